//! Spending, in one step or two, and undoing it; debits and transfers.
//!
//! # Invariants
//!
//! * What was reserved is committed, released or lapses; nothing else ends it.
//! * Rules are asked when something is promised, and not again when it is kept.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::command::{Refusal, Spend, SpendAmount};
use super::dates::later;
use super::ledger::{Account, Posting, Postings, Unit};
use super::lot::{Ends, Lot, Place};
use super::model::{PointCurrency, Restore};
use super::purse::{DebtKind, Returned, Taking};
use crate::amount::RoundingMode;
use crate::code::PartnerCode;

/// What was reserved or redeemed under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    pub owner: PartnerCode,
    pub unit: Unit,
    /// What was reserved or redeemed, less what a commit left.
    pub amount: Decimal,
    /// The lots it took, in the order of taking.
    pub takings: Vec<Taking>,
    /// What it took below zero, after the lots.
    pub below_zero: Decimal,
    pub returned: Decimal,
    /// What it paid on an order, in money.
    pub value: Option<Decimal>,
    pub order: Option<String>,
    /// What the order comes to.
    pub order_amount: Option<Decimal>,
    pub state: SpendingState,
    /// The memberships it came of that are part of others now, the last one last.
    pub(super) merged: Vec<PartnerCode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpendingState {
    /// Until it lapses.
    Reserved(DateTime),
    Committed,
    Released,
    Lapsed,
    /// Redeemed in one step.
    Done,
}

impl SpendingState {
    /// When it ends by itself.
    pub(super) fn lapses(self) -> Option<DateTime> {
        match self {
            SpendingState::Reserved(until) => Some(until),
            _ => None,
        }
    }

    /// Promised or kept, and not let go.
    pub(super) fn is_live(self) -> bool {
        !matches!(self, SpendingState::Released | SpendingState::Lapsed)
    }

    pub(super) fn status(self, amount: Decimal, returned: Decimal) -> &'static str {
        match self {
            SpendingState::Reserved(_) => "reserved",
            SpendingState::Released => "released",
            SpendingState::Lapsed => "lapsed",
            _ if !returned.is_zero() && returned == amount => "cancelled",
            _ if !returned.is_zero() => "partly_cancelled",
            SpendingState::Committed => "committed",
            SpendingState::Done => "done",
        }
    }
}

impl Spending {
    /// When it ends by itself.
    pub(super) fn lapses(&self) -> Option<DateTime> {
        self.state.lapses()
    }

    pub(super) fn is_spent(&self) -> bool {
        matches!(self.state, SpendingState::Committed | SpendingState::Done)
    }

    pub fn status(&self) -> &'static str {
        self.state.status(self.amount, self.returned)
    }

    /// What it still is.
    pub fn left(&self) -> Decimal {
        self.amount - self.returned
    }
}

impl Book {
    pub(super) fn redeem(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        spend: &Spend,
    ) -> Result<(), Refusal> {
        let amount = self.spendable(spend, on)?;
        self.redeem_all(key, on, spend, amount);
        Ok(())
    }

    /// Spends so much, which is there.
    pub(super) fn redeem_all(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        spend: &Spend,
        amount: Decimal,
    ) {
        let mut spending = self.spend(key, on, spend, amount, Place::Redeemed);
        spending.state = SpendingState::Done;
        let from = Account::Open(spend.unit.clone(), spend.partner.clone());
        self.post(key, &spend.unit, from, Account::Redeemed(spend.unit.clone()), amount);
        self.pay(key, &mut spending);
        self.vouchers.on_order(spend.order.as_ref(), key);
        self.spendings.insert(key.clone(), spending);
    }

    pub(super) fn reserve(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        spend: &Spend,
        until: Option<Ends>,
    ) -> Result<(), Refusal> {
        let amount = self.spendable(spend, on)?;
        self.reserve_all(key, on, spend, amount, until);
        Ok(())
    }

    /// Reserves so much, which is there.
    pub(super) fn reserve_all(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        spend: &Spend,
        amount: Decimal,
        until: Option<Ends>,
    ) {
        let until = until.unwrap_or_else(|| {
            let hold = self.wallet.points[&spend.unit].hold;
            Ends::After(later(on.date(), hold))
        });
        let ends = until.gone().unwrap_or(DateTime::MAX);
        let mut spending = self.spend(key, on, spend, amount, Place::Reserved);
        spending.state = SpendingState::Reserved(ends);
        let from = Account::Open(spend.unit.clone(), spend.partner.clone());
        let to = Account::Reserved(spend.unit.clone(), key.clone());
        self.post(key, &spend.unit, from, to, amount);
        self.vouchers.on_order(spend.order.as_ref(), key);
        self.spendings.insert(key.clone(), spending);
        if ends <= self.now {
            self.lapse(key);
        }
    }

    /// How much may be spent, or why nothing.
    fn spendable(&self, spend: &Spend, on: DateTime) -> Result<Decimal, Refusal> {
        let (SpendAmount::Exactly(asked) | SpendAmount::UpTo(asked)) = spend.amount;
        if !self.may_hold(&[&spend.partner], &spend.unit)?.is_spendable() {
            return Err(Refusal::WrongUnit);
        }
        let wallet = self.counted(&spend.unit, asked)?;
        self.is_member(&spend.partner, on)?;
        let currency = self.as_of_tier(&wallet.points[&spend.unit], &spend.partner);
        let there = self.balance_of(&spend.partner, &spend.unit) + room_below(&currency);
        let of_order = limit_of_order(&currency, spend);
        let rules = &currency.spending;
        let amount = match spend.amount {
            SpendAmount::Exactly(amount) => amount,
            SpendAmount::UpTo(most) => {
                let most = most.min(there).min(of_order.unwrap_or(most));
                rules.steps.map_or(most, |step| (most / step).floor() * step)
            }
        };
        let is_up_to = matches!(spend.amount, SpendAmount::UpTo(_));
        if is_up_to && amount <= Decimal::ZERO {
            return Err(Refusal::Insufficient);
        }
        if rules.minimum.is_some_and(|minimum| amount < minimum) {
            return Err(Refusal::BelowMinimum);
        }
        if rules.steps.is_some_and(|step| !(amount % step).is_zero()) {
            return Err(Refusal::NotAStep);
        }
        if of_order.is_some_and(|most| most < amount) {
            return Err(Refusal::LimitTotal);
        }
        if there < amount {
            return Err(Refusal::Insufficient);
        }
        Ok(amount)
    }

    /// Takes what is to be spent out of the lots, and below zero if it must.
    fn spend(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        spend: &Spend,
        amount: Decimal,
        to: Place,
    ) -> Spending {
        self.is_active(&spend.partner, on.date());
        let wallet = self.wallet.clone();
        let purse = self.purse(&spend.partner, &spend.unit);
        let takings = match wallet.points.get(&spend.unit) {
            Some(currency) => purse.take(currency, amount, to),
            None => Vec::new(),
        };
        let below_zero = amount - taken(&takings);
        purse.owe(key, DebtKind::BelowZero, Place::Redeemed, below_zero);
        let worth = wallet.points.get(&spend.unit).and_then(|currency| currency.worth);
        let value = worth.zip(spend.order.as_ref()).map(|(worth, _)| self.money(amount * worth));
        Spending {
            owner: spend.partner.clone(),
            unit: spend.unit.clone(),
            amount,
            takings,
            below_zero,
            returned: Decimal::ZERO,
            value,
            order: spend.order.clone(),
            order_amount: spend.order_amount,
            state: SpendingState::Done,
            merged: Vec::new(),
        }
    }

    fn money(&self, exact: Decimal) -> Decimal {
        RoundingMode::HalfUp.round(exact, self.money.map_or(2, crate::amount::Currency::decimals))
    }

    /// What points pay on an order is an expense.
    fn pay(&mut self, key: &Arc<str>, spending: &mut Spending) {
        let wallet = self.wallet.clone();
        let worth = wallet.points.get(&spending.unit).and_then(|currency| currency.worth);
        let value = worth.zip(spending.order.as_ref());
        let value = value.map(|(worth, _)| self.money(spending.left() * worth));
        let before = std::mem::replace(&mut spending.value, value);
        if let (Some(value), Some(money)) = (value, self.money) {
            let is_first = spending.returned.is_zero();
            let paid = if is_first { Decimal::ZERO } else { before.unwrap_or(value) };
            let expense = Account::RedeemedExpense(spending.unit.clone());
            let money: Unit = Arc::from(money.as_str());
            if paid < value {
                self.post(key, &money, expense, Account::Orders, value - paid);
            } else {
                self.post(key, &money, Account::Orders, expense, paid - value);
            }
        }
    }

    /// What was spent or reserved of points under a key. What requests and claims have of funds is
    /// none of it.
    fn points_spent(&self, key: &str) -> Result<Spending, Refusal> {
        let spending =
            self.spendings.get(key).filter(|it| !self.wallet.funds.contains_key(&it.unit));
        let other = if self.funds.has(key) { Refusal::WrongState } else { Refusal::UnknownKey };
        spending.cloned().ok_or(other)
    }

    pub(super) fn commit(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let mut spending = self.points_spent(key)?;
        let amount = amount.unwrap_or(spending.amount);
        self.counted(&spending.unit, amount)?;
        if spending.lapses().is_none() {
            return Err(Refusal::WrongState);
        }
        if spending.amount < amount {
            return Err(Refusal::Insufficient);
        }
        self.let_go(key, &mut spending, |left| left - amount);
        spending.amount = amount;
        for taking in &spending.takings {
            let purse = self.purse(&spending.owner, &spending.unit);
            purse.lots[taking.lot].shift(Place::Reserved, Place::Redeemed, taking.amount);
        }
        spending.state = SpendingState::Committed;
        let unit = spending.unit.clone();
        let from = Account::Reserved(unit.clone(), key.clone());
        self.post(key, &unit, from, Account::Redeemed(unit.clone()), amount);
        self.pay(key, &mut spending);
        self.spendings.insert(key.clone(), spending);
        Ok(())
    }

    pub(super) fn release(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        self.free(key, SpendingState::Released)
    }

    /// Ends a reservation that ran out.
    pub(super) fn lapse(&mut self, key: &Arc<str>) {
        // It is reserved: that is how it was found.
        let _ = self.free(key, SpendingState::Lapsed);
    }

    fn free(&mut self, key: &Arc<str>, state: SpendingState) -> Result<(), Refusal> {
        let mut spending = self.points_spent(key)?;
        if spending.lapses().is_none() {
            return Err(Refusal::WrongState);
        }
        self.let_go(key, &mut spending, |left| left);
        spending.state = state;
        spending.value = spending.value.map(|_| Decimal::ZERO);
        self.spendings.insert(key.clone(), spending);
        Ok(())
    }

    /// Lets a part of a reservation go, the last taken first. What it held of lots that are over
    /// expires at once.
    fn let_go(
        &mut self,
        key: &Arc<str>,
        spending: &mut Spending,
        part: impl FnOnce(Decimal) -> Decimal,
    ) {
        let amount = part(spending.amount);
        let reserved = Account::Reserved(spending.unit.clone(), key.clone());
        let (from, revived) = (Place::Reserved, Revival::WithItsLot);
        let back = Back { cause: key.clone(), from, account: reserved, revived };
        self.take_back(key, spending, amount, &back);
    }

    /// Gives a part of what was spent back to where it came from.
    fn take_back(&mut self, key: &Arc<str>, spending: &mut Spending, amount: Decimal, back: &Back) {
        let now = self.now;
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.lots_of(&spending.unit) else { return };
        let revived = match (&back.revived, currency.restore) {
            (Revival::Until(ends), _) => Some(*ends),
            (Revival::AsTheCurrencySays, Restore::For(span)) => {
                Some(Ends::After(later(now.date(), span)))
            }
            (Revival::AsTheCurrencySays, Restore::Original) | (Revival::WithItsLot, _) => None,
        };
        let mut returned: Vec<Returned> = Vec::new();
        let below = amount.min(spending.below_zero);
        spending.below_zero -= below;
        let purse = self.purse(&spending.owner, &spending.unit);
        returned.extend(purse.forgive(key, below, revived, now));
        let mut left = amount - below;
        while !left.is_zero()
            && let Some(taking) = spending.takings.last_mut()
        {
            let part = Taking { lot: taking.lot, amount: left.min(taking.amount) };
            left -= part.amount;
            taking.amount -= part.amount;
            returned.push(purse.give_back(&part, back.from, revived, now));
            if taking.amount.is_zero() {
                spending.takings.pop();
            }
        }
        let mut postings = Postings::new(&back.cause);
        let open = Account::Open(spending.unit.clone(), spending.owner.clone());
        let expired = Account::Expired(spending.unit.clone());
        let all: Decimal = returned.iter().map(|it| it.amount).sum();
        let gone: Decimal = returned.iter().filter(|it| it.expired).map(|it| it.amount).sum();
        postings.add(&spending.unit, back.account.clone(), open.clone(), all);
        postings.add(&spending.unit, open, expired, gone);
        purse.settle(currency, &mut postings);
        self.enter(postings);
    }

    /// Undoes a redemption, or takes a credit back.
    pub(super) fn cancel(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
        expires: Option<Ends>,
    ) -> Result<(), Refusal> {
        let undoing: Arc<str> = Arc::from(format!("{key}-c"));
        if self.credits.contains_key(key) {
            return self.claw_back(key, &undoing, amount);
        }
        let spending = self.points_spent(key).ok();
        // Debits, transfers and claw-backs are not undone, but made good by a line of their own.
        let other = if self.knows(key) { Refusal::WrongState } else { Refusal::UnknownKey };
        let mut spending = spending.ok_or(other)?;
        if let Some(amount) = amount {
            self.counted(&spending.unit, amount)?;
        }
        let amount = amount.unwrap_or(spending.left());
        if !spending.is_spent() || spending.left().is_zero() {
            return Err(Refusal::WrongState);
        }
        if spending.left() < amount {
            return Err(Refusal::Insufficient);
        }
        let back = Back {
            cause: undoing.clone(),
            from: Place::Redeemed,
            account: Account::Redeemed(spending.unit.clone()),
            revived: expires.map_or(Revival::AsTheCurrencySays, Revival::Until),
        };
        self.take_back(key, &mut spending, amount, &back);
        spending.returned += amount;
        self.pay(&undoing, &mut spending);
        self.spendings.insert(key.clone(), spending);
        Ok(())
    }

    pub(super) fn debit(
        &mut self,
        key: &Arc<str>,
        partner: &PartnerCode,
        unit: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        self.may_hold(&[partner], unit)?;
        let wallet = self.counted(unit, amount)?;
        let currency = &self.as_of_tier(&wallet.points[unit], partner);
        if self.balance_of(partner, unit) + room_below(currency) < amount {
            return Err(Refusal::Insufficient);
        }
        let purse = self.purse(partner, unit);
        let takings = purse.take(currency, amount, Place::Debited);
        purse.note(&takings, key, Place::Debited, None);
        let below = amount - taken(&takings);
        purse.owe(key, DebtKind::BelowZero, Place::Debited, below);
        let from = Account::Open(unit.clone(), partner.clone());
        self.post(key, unit, from, Account::Adjusted(unit.clone()), amount);
        Ok(())
    }

    pub(super) fn transfer(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        (from, to): (&PartnerCode, &PartnerCode),
        unit: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        if !self.may_hold(&[from, to], unit)?.is_spendable() {
            return Err(Refusal::WrongUnit);
        }
        self.counted(unit, amount)?;
        if from == to {
            return Err(Refusal::WrongState);
        }
        self.are_members(&[from, to], on)?;
        if self.balance_of(from, unit) < amount {
            return Err(Refusal::Insufficient);
        }
        self.pass_on(key, on, (from, to), unit, amount);
        Ok(())
    }

    /// Passes so much on, which is there.
    pub(super) fn pass_on(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        (from, to): (&PartnerCode, &PartnerCode),
        unit: &Unit,
        amount: Decimal,
    ) {
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.lots_of(unit) else { return };
        self.is_active(from, on.date());
        let giver = self.purse(from, unit);
        let takings = giver.take(currency, amount, Place::Transferred);
        let came = (key.clone(), from.clone());
        let passed = |it: &Taking| passed_on(&giver.lots[it.lot], it, came.clone());
        let lots: Vec<Lot> = takings.iter().map(passed).collect();
        giver.note(&takings, key, Place::Transferred, Some(to));
        let accounts = [from, to].map(|owner| Account::Open(unit.clone(), owner.clone()));
        let [debit, credit] = accounts;
        self.post(key, unit, debit, credit, amount);
        let mut postings = Postings::new(key);
        let receiver = self.purse(to, unit);
        receiver.lots.extend(lots);
        receiver.settle(currency, &mut postings);
        self.enter(postings);
    }

    pub(super) fn post(
        &mut self,
        cause: &Arc<str>,
        unit: &Unit,
        debit: Account,
        credit: Account,
        amount: Decimal,
    ) {
        if Decimal::ZERO < amount {
            let mut postings = Postings::new(cause);
            postings
                .made
                .push((cause.clone(), Posting { debit, credit, unit: unit.clone(), amount }));
            self.enter(postings);
        }
    }
}

/// How what was taken goes back.
struct Back {
    /// What it is posted under.
    cause: Arc<str>,
    from: Place,
    account: Account,
    revived: Revival,
}

enum Revival {
    Until(Ends),
    AsTheCurrencySays,
    WithItsLot,
}

fn taken(takings: &[Taking]) -> Decimal {
    takings.iter().map(|taking| taking.amount).sum()
}

/// How far spending may go below zero.
pub(super) fn room_below(currency: &PointCurrency) -> Decimal {
    if currency.overdraw { currency.below_zero() } else { Decimal::ZERO }
}

/// The most points that may pay on an order.
fn limit_of_order(currency: &PointCurrency, spend: &Spend) -> Option<Decimal> {
    let share = currency.spending.of_order?;
    let worth = currency.worth.filter(|worth| !worth.is_zero())?;
    let most = spend.order_amount? * share / worth;
    Some(RoundingMode::Down.round(most, currency.decimals))
}

/// A part of a lot as its new owner holds it.
fn passed_on(lot: &Lot, part: &Taking, came: (Arc<str>, PartnerCode)) -> Lot {
    let (name, days) = ((lot.name.clone(), lot.credit.clone()), (lot.day, lot.usable));
    let mut passed = Lot::new(name, lot.subtype, days, lot.ends, part.amount, Place::Open);
    (passed.passed_on, passed.by_activity) = (true, lot.by_activity);
    passed.came = Some(came);
    passed
}
