//! What one owner holds of one unit: its lots, and what it owes.
//!
//! # Invariants
//!
//! * Balance = what open lots hold, less what is owed below zero.
//! * While something is owed, no lot is open: whatever becomes usable pays debts first.
//! * Undoing equals never having done: what comes back goes to the lots it came from, in reverse
//!   order of taking.
//!
//! Nothing is refused here; whoever calls has asked whether there is enough.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ledger::{Account, Postings, Unit};
use super::lot::{Ends, Lot, Place, Went, midnight};
use super::model::{Clawback, PointCurrency};
use crate::code::PartnerCode;

/// A part of a lot that went somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taking {
    /// Its position among the lots of the purse.
    pub lot: usize,
    pub amount: Decimal,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// What took what was not there.
    pub cause: Arc<str>,
    pub kind: DebtKind,
    /// Where that goes which pays it.
    pub(super) place: Place,
    pub left: Decimal,
    /// What paid it.
    pub filled: Vec<Taking>,
    /// The memberships it came of that are part of others now, the last one last.
    pub(super) merged: Vec<PartnerCode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DebtKind {
    /// The balance is below zero by it.
    BelowZero,
    /// It stands beside a balance of zero.
    Arrears,
}

/// The lots and debts of an owner in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    pub owner: PartnerCode,
    pub unit: Unit,
    pub lots: Vec<Lot>,
    pub debts: Vec<Debt>,
    /// The balance at the last reset, and at the one before.
    pub before_reset: Decimal,
    pub before_last_reset: Decimal,
    /// Since when the present reset period runs.
    pub reset_on: Option<Date>,
}

impl Purse {
    pub fn new(owner: PartnerCode, unit: Unit) -> Purse {
        Purse {
            owner,
            unit,
            lots: Vec::new(),
            debts: Vec::new(),
            before_reset: Decimal::ZERO,
            before_last_reset: Decimal::ZERO,
            reset_on: None,
        }
    }

    /// What all lots hold in a place.
    pub fn held(&self, place: Place) -> Decimal {
        self.lots.iter().map(|lot| lot.holds(place)).sum()
    }

    pub fn owed(&self, kind: DebtKind) -> Decimal {
        self.debts.iter().filter(|debt| debt.kind == kind).map(|debt| debt.left).sum()
    }

    /// What can be used; below zero if more was taken.
    pub fn balance(&self) -> Decimal {
        self.held(Place::Open) - self.owed(DebtKind::BelowZero)
    }

    /// What came of other owners.
    pub fn transferred_in(&self) -> Decimal {
        self.lots.iter().filter(|lot| lot.passed_on).map(|lot| lot.credited).sum()
    }

    pub(super) fn open(&self) -> Account {
        Account::Open(self.unit.clone(), self.owner.clone())
    }

    pub(super) fn escrow(&self) -> Account {
        Account::Escrow(self.unit.clone(), self.owner.clone())
    }

    pub(super) fn arrears(&self) -> Account {
        Account::Arrears(self.unit.clone(), self.owner.clone())
    }

    /// Adds a lot, in escrow or open, and lets it pay debts and end as its days ask.
    pub fn credit(
        &mut self,
        lot: Lot,
        currency: &PointCurrency,
        now: DateTime,
        postings: &mut Postings,
    ) {
        let granted = Account::Granted(self.unit.clone());
        let to = if now < lot.usable { self.escrow() } else { self.open() };
        postings.add(&self.unit, granted, to, lot.credited);
        self.lots.push(lot);
        self.end(now, postings);
        self.settle(currency, postings);
    }

    /// The lots that hold something open, in the order in which they are spent.
    fn spending_order(&self, currency: &PointCurrency) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.lots.len())
            .filter(|at| !self.lots[*at].holds(Place::Open).is_zero())
            .collect();
        order.sort_by_key(|at| {
            let lot = &self.lots[*at];
            let priority = currency.subtypes.get(lot.subtype).map_or(u32::MAX, |it| it.priority);
            (lot.ends.gone().unwrap_or(DateTime::MAX), priority, lot.day, *at)
        });
        order
    }

    /// Takes up to so much of what is open. Nothing is posted.
    pub fn take(&mut self, currency: &PointCurrency, amount: Decimal, to: Place) -> Vec<Taking> {
        let mut left = amount;
        let mut takings = Vec::new();
        for at in self.spending_order(currency) {
            if left <= Decimal::ZERO {
                break;
            }
            let taken = self.lots[at].shift(Place::Open, to, left);
            left -= taken;
            takings.push(Taking { lot: at, amount: taken });
        }
        takings
    }

    /// Keeps with the lots what a line took of them, and who has it now.
    pub(super) fn note(
        &mut self,
        takings: &[Taking],
        by: &Arc<str>,
        to: Place,
        owner: Option<&PartnerCode>,
    ) {
        for Taking { lot, amount } in takings {
            let (by, owner) = (by.clone(), owner.cloned());
            self.lots[*lot].went.push(Went { by, to, amount: *amount, owner });
        }
    }

    /// Owes what could not be taken; whatever pays it goes to `place`.
    pub fn owe(&mut self, cause: &Arc<str>, kind: DebtKind, place: Place, amount: Decimal) {
        if Decimal::ZERO < amount {
            self.debts.push(Debt {
                cause: cause.clone(),
                kind,
                place,
                left: amount,
                filled: Vec::new(),
                merged: Vec::new(),
            });
        }
    }

    /// Lets what is open pay what is owed: below zero first, then arrears, oldest first.
    pub fn settle(&mut self, currency: &PointCurrency, postings: &mut Postings) {
        if self.debts.iter().all(|debt| debt.left.is_zero()) {
            return;
        }
        let open = self.spending_order(currency);
        let mut order: Vec<usize> =
            (0..self.debts.len()).filter(|at| !self.debts[*at].left.is_zero()).collect();
        order.sort_by_key(|at| (self.debts[*at].kind, *at));
        for debt in order {
            for lot in &open {
                let debt = &mut self.debts[debt];
                let amount = self.lots[*lot].shift(Place::Open, debt.place, debt.left);
                if !amount.is_zero() {
                    debt.left -= amount;
                    debt.filled.push(Taking { lot: *lot, amount });
                    if debt.kind == DebtKind::Arrears {
                        let (unit, name) = (self.unit.clone(), self.lots[*lot].name.clone());
                        postings.add_of(&name, &unit, self.open(), self.arrears(), amount);
                    }
                }
            }
        }
    }

    /// Gives back up to so much of what a cause took, the last first: what it owes is owed no
    /// more, what paid for it is free again. Says how much of it was owed or paid for.
    pub fn forgive(
        &mut self,
        cause: &str,
        amount: Decimal,
        revived: Option<Ends>,
        now: DateTime,
    ) -> Vec<Returned> {
        let mut left = amount;
        let mut returned = Vec::new();
        for debt in self.debts.iter_mut().rev().filter(|debt| &*debt.cause == cause) {
            let never = left.min(debt.left);
            debt.left -= never;
            left -= never;
            if !never.is_zero() {
                returned.push(Returned { amount: never, expired: false });
            }
            while !left.is_zero()
                && let Some(filled) = debt.filled.last_mut()
            {
                let part = left.min(filled.amount);
                filled.amount -= part;
                left -= part;
                let taking = Taking { lot: filled.lot, amount: part };
                returned.push(come_back(&mut self.lots, &taking, debt.place, revived, now));
                if filled.amount.is_zero() {
                    debt.filled.pop();
                }
            }
        }
        returned
    }

    /// Gives back a part of a lot from where it went. A lot past its end takes it back for as long
    /// as `revived` says, or loses it at once.
    pub fn give_back(
        &mut self,
        taking: &Taking,
        from: Place,
        revived: Option<Ends>,
        now: DateTime,
    ) -> Returned {
        come_back(&mut self.lots, taking, from, revived, now)
    }

    /// Takes back so much of a credit. `counted` is how much of it was found gone by itself before.
    pub fn claw(
        &mut self,
        credit: &str,
        cause: &Arc<str>,
        amount: Decimal,
        counted: &mut Decimal,
        currency: &PointCurrency,
        postings: &mut Postings,
    ) {
        let granted = Account::Granted(self.unit.clone());
        let mut left = amount;
        for (place, account) in [(Place::Escrow, self.escrow()), (Place::Open, self.open())] {
            let mut taken = Decimal::ZERO;
            for lot in self.lots.iter_mut().filter(|lot| lot.is_of(credit)) {
                taken += lot.shift(place, Place::ClawedBack, left - taken);
            }
            postings.add(&self.unit, account, granted.clone(), taken);
            left -= taken;
        }
        let own = self.lots.iter().filter(|lot| lot.is_of(credit));
        let gone: Decimal = own
            .map(|lot| {
                lot.holds(Place::Expired) + lot.holds(Place::Reset) + lot.holds(Place::Debited)
            })
            .sum();
        let by_itself = left.min(gone - *counted).max(Decimal::ZERO);
        *counted += by_itself;
        left -= by_itself;
        if left <= Decimal::ZERO || !currency.is_spendable() {
            return;
        }
        let takings = self.take(currency, left, Place::ClawedBack);
        self.note(&takings, cause, Place::ClawedBack, None);
        let taken: Decimal = takings.iter().map(|taking| taking.amount).sum();
        postings.add(&self.unit, self.open(), granted.clone(), taken);
        left -= taken;
        if left.is_zero() {
            return;
        }
        let fits = self.owed(DebtKind::BelowZero) + left <= currency.below_zero();
        match currency.clawback {
            Clawback::Clamp => {
                if let Some(lot) = self.lots.iter_mut().find(|lot| lot.is_of(credit)) {
                    lot.forgiven += left;
                }
            }
            Clawback::Negative if fits => {
                postings.add(&self.unit, self.open(), granted, left);
                self.owe(cause, DebtKind::BelowZero, Place::ClawedBack, left);
            }
            Clawback::Negative | Clawback::Arrears => {
                postings.add(&self.unit, self.arrears(), granted, left);
                self.owe(cause, DebtKind::Arrears, Place::ClawedBack, left);
            }
        }
    }

    /// Ends the lots whose time is over: what is in escrow or open expires, what is reserved is
    /// spared.
    pub fn end(&mut self, now: DateTime, postings: &mut Postings) {
        let expired = Account::Expired(self.unit.clone());
        for (place, account) in [(Place::Escrow, self.escrow()), (Place::Open, self.open())] {
            for lot in &mut self.lots {
                if lot.ends.gone().is_some_and(|gone| gone <= now) {
                    let all = lot.holds(place);
                    let ended = lot.shift(place, Place::Expired, all);
                    let (from, to) = (account.clone(), expired.clone());
                    postings.add_of(&lot.name, &self.unit, from, to, ended);
                }
            }
        }
    }

    /// Opens the lots whose waiting time is over.
    pub fn ripen(&mut self, currency: &PointCurrency, now: DateTime, postings: &mut Postings) {
        let (escrow, open) = (self.escrow(), self.open());
        for lot in self.lots.iter_mut().filter(|lot| lot.usable <= now) {
            let all = lot.holds(Place::Escrow);
            let ripe = lot.shift(Place::Escrow, Place::Open, all);
            postings.add_of(&lot.name, &self.unit, escrow.clone(), open.clone(), ripe);
        }
        self.settle(currency, postings);
    }

    /// Starts again at zero: what was credited for days before is gone, and remembered.
    pub fn reset(&mut self, first: Date, postings: &mut Postings) {
        let before = self.balance();
        self.before_last_reset = std::mem::replace(&mut self.before_reset, before);
        self.reset_on = Some(first);
        let ends = Account::Reset(self.unit.clone());
        for (place, account) in [(Place::Escrow, self.escrow()), (Place::Open, self.open())] {
            for lot in self.lots.iter_mut().filter(|lot| lot.day < midnight(first)) {
                let all = lot.holds(place);
                let gone = lot.shift(place, Place::Reset, all);
                let (from, to) = (account.clone(), ends.clone());
                postings.add_of(&lot.name, &self.unit, from, to, gone);
            }
        }
        let below = self.owed(DebtKind::BelowZero);
        for debt in self.debts.iter_mut().filter(|debt| debt.kind == DebtKind::BelowZero) {
            debt.left = Decimal::ZERO;
        }
        postings.add(&self.unit, ends, self.open(), below);
    }

    /// The same of what came later and belongs to the period before, which began then.
    pub fn reset_late(&mut self, since: Date, postings: &mut Postings) {
        let Some(first) = self.reset_on else { return };
        let days = midnight(since)..midnight(first);
        let ends = Account::Reset(self.unit.clone());
        for (place, account) in [(Place::Escrow, self.escrow()), (Place::Open, self.open())] {
            for lot in self.lots.iter_mut().filter(|lot| days.contains(&lot.day)) {
                let all = lot.holds(place);
                let gone = lot.shift(place, Place::Reset, all);
                if place == Place::Open {
                    self.before_reset += gone;
                }
                let (from, to) = (account.clone(), ends.clone());
                postings.add_of(&lot.name, &self.unit, from, to, gone);
            }
        }
    }

    /// So much of a credit that was reset with the period before, which began then, was none.
    pub fn brought_less(&mut self, credit: &str, since: Date, amount: Decimal) {
        let Some(first) = self.reset_on else { return };
        let days = midnight(since)..midnight(first);
        let own = self.lots.iter().filter(|lot| lot.is_of(credit) && days.contains(&lot.day));
        let reset: Decimal = own.map(|lot| lot.holds(Place::Reset)).sum();
        self.before_reset -= amount.min(reset);
    }

    /// The owner did something: what ends by activity ends later.
    pub fn moved(&mut self, last_day: Date) {
        for lot in self.lots.iter_mut().filter(|lot| lot.by_activity) {
            if matches!(lot.ends, Ends::After(day) if day < last_day) {
                lot.ends = Ends::After(last_day);
            }
        }
    }

    /// What is promised or can be used, at what it costs.
    pub fn liability(&self, currency: &PointCurrency) -> Decimal {
        let promised = |lot: &Lot| {
            lot.holds(Place::Open) + lot.holds(Place::Escrow) + lot.holds(Place::Reserved)
        };
        self.lots.iter().map(|lot| promised(lot) * currency.cost_of(lot.subtype)).sum()
    }

    /// When something ends or becomes usable by itself next after a moment.
    pub fn next_turn(&self, after: DateTime) -> Option<DateTime> {
        let of_lot = |lot: &Lot| {
            let waits = !lot.holds(Place::Escrow).is_zero();
            let ends = waits || !lot.holds(Place::Open).is_zero();
            let usable = waits.then_some(lot.usable);
            [usable, lot.ends.gone().filter(|_| ends)].into_iter().flatten()
        };
        self.lots.iter().flat_map(of_lot).filter(|turn| after < *turn).min()
    }
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    pub amount: Decimal,
    /// It was past its end, and is gone again.
    pub expired: bool,
}

fn come_back(
    lots: &mut Vec<Lot>,
    taking: &Taking,
    from: Place,
    revived: Option<Ends>,
    now: DateTime,
) -> Returned {
    let is_over = |ends: Ends| ends.gone().is_some_and(|gone| gone <= now);
    let amount = taking.amount;
    let lot = &mut lots[taking.lot];
    let ends = revived.filter(|_| is_over(lot.ends)).unwrap_or(lot.ends);
    let expired = is_over(ends);
    let to = if expired { Place::Expired } else { Place::Open };
    if ends == lot.ends {
        lot.shift(from, to, amount);
    } else {
        let mut part = lot.split(from, to, amount);
        part.ends = ends;
        lots.push(part);
    }
    Returned { amount, expired }
}
