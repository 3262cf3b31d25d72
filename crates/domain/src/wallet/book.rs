//! The book of a wallet: what was asked of it, what every owner holds, what was posted.
//!
//! # Invariants
//!
//! * Time is a function: whatever ends or begins by itself does so on its day, before any line of
//!   that day, whether or not somebody looked.
//! * What is refused is refused whole, with one reason, and leaves nothing behind.
//! * A key is used once; the same line again counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::command::{Command, Refusal};
use super::dates::{Anchors, Since, later};
use super::ledger::{Entry, Postings, Unit};
use super::lot::{Ends, Lot, Place, midnight};
use super::model::{PointCurrency, Wallet};
use super::purse::Purse;
use super::spending::Spending;
use crate::amount::{Currency, RoundingMode};
use crate::code::PartnerCode;

/// Everything that a wallet holds at a moment.
#[derive(Debug, Clone)]
pub struct Book {
    pub(super) wallet: Arc<Wallet>,
    /// The money of worths.
    pub(super) money: Option<Currency>,
    pub(super) people: People,
    pub(super) now: DateTime,
    pub(super) purses: BTreeMap<(PartnerCode, Unit), Purse>,
    pub(super) spendings: BTreeMap<Arc<str>, Spending>,
    pub(super) credits: BTreeMap<Arc<str>, Credit>,
    /// What was asked under a key.
    asked: BTreeMap<Arc<str>, (DateTime, Command)>,
    pub(super) entries: Vec<Entry>,
}

/// Who there is, as far as wallets need to know.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// `None`: nobody is unknown.
    pub known: Option<BTreeSet<PartnerCode>>,
    pub joined: BTreeMap<PartnerCode, Date>,
    pub active: BTreeMap<PartnerCode, Date>,
}

/// What was credited under a key, to its owner and to the pools that take a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credit {
    pub unit: Unit,
    pub amount: Decimal,
    pub undone: Decimal,
    pub parts: Vec<CreditPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CreditPart {
    pub owner: PartnerCode,
    pub amount: Decimal,
    pub undone: Decimal,
    /// What was found to have ended by itself when it was taken back.
    pub counted: Decimal,
}

/// A credit that is to be made.
#[derive(Debug, Clone)]
pub struct Grant {
    pub partner: PartnerCode,
    pub unit: Unit,
    pub amount: Decimal,
    pub subtype: usize,
    /// From when its days count.
    pub on: DateTime,
    pub expires: Option<Ends>,
    pub usable: Option<DateTime>,
}

impl Book {
    pub fn new(wallet: Arc<Wallet>, money: Option<Currency>, people: People) -> Book {
        let money = wallet.currency.or(money);
        Book {
            wallet,
            money,
            people,
            now: DateTime::MIN,
            purses: BTreeMap::new(),
            spendings: BTreeMap::new(),
            credits: BTreeMap::new(),
            asked: BTreeMap::new(),
            entries: Vec::new(),
        }
    }

    /// Whether a key names something that was asked of the wallet.
    pub fn knows(&self, key: &str) -> bool {
        self.asked.contains_key(key) || self.credits.contains_key(key)
    }

    /// Does what a line asks. `on` is its day or instant; the book stands at the moment at which
    /// it was recorded.
    pub fn act(&mut self, key: &Arc<str>, on: DateTime, command: &Command) -> Result<(), Refusal> {
        if command.makes_its_key() {
            if let Some((before_on, before)) = self.asked.get(key) {
                let same = *before_on == on && before == command;
                return if same { Ok(()) } else { Err(Refusal::OtherContent) };
            }
            if self.credits.contains_key(key) {
                return Err(Refusal::OtherContent);
            }
        }
        let done = match command {
            Command::Credit { .. } => self.credit_by_hand(key, on, command),
            Command::Debit { partner, unit, amount, .. } => {
                self.debit(key, partner, unit, *amount)
            }
            Command::Redeem(spend) => self.redeem(key, on, spend),
            Command::Reserve(spend, until) => self.reserve(key, on, spend, *until),
            Command::Commit { amount } => self.commit(key, *amount),
            Command::Release => self.release(key),
            Command::Clawback { of, amount } => self.claw_back(of, key, *amount),
            Command::Transfer { from, to, unit, amount } => {
                self.transfer(key, on, (from, to), unit, *amount)
            }
            Command::Cancel { amount, expires, .. } => self.cancel(key, *amount, *expires),
        };
        done?;
        if command.makes_its_key() {
            self.asked.insert(key.clone(), (on, command.clone()));
        }
        Ok(())
    }

    /// Lets time pass: everything that is due until then happens on its day.
    pub fn until(&mut self, moment: DateTime) {
        while let Some(turn) = self.next_turn().filter(|turn| *turn <= moment) {
            self.now = turn;
            self.turn(turn);
        }
        self.now = self.now.max(moment);
    }

    fn next_turn(&self) -> Option<DateTime> {
        let purses = self.purses.values().filter_map(|purse| {
            let currency = self.wallet.points.get(&purse.unit)?;
            let own = purse.next_turn(self.now);
            own.into_iter().chain(self.next_reset(purse, currency)).min()
        });
        let holds = self.spendings.values().filter_map(Spending::lapses);
        purses.chain(holds).filter(|turn| self.now < *turn).min()
    }

    fn next_reset(&self, purse: &Purse, currency: &PointCurrency) -> Option<DateTime> {
        let joined = self.people.joined.get(&purse.owner).copied();
        let last = purse.lots.first().map(|lot| lot.day.date())?;
        let after = purse.reset_on.unwrap_or(last.min(self.now.date()));
        currency.reset?.next_after(after, joined).map(midnight)
    }

    /// What happens by itself at a moment, in the order of a day: reservations, lots, waiting
    /// times, resets.
    fn turn(&mut self, turn: DateTime) {
        let lapsing: Vec<Arc<str>> = self
            .spendings
            .iter()
            .filter(|(_, spending)| spending.lapses().is_some_and(|ends| ends <= turn))
            .map(|(key, _)| key.clone())
            .collect();
        for key in lapsing {
            self.lapse(&key);
        }
        let owners: Vec<(PartnerCode, Unit)> = self.purses.keys().cloned().collect();
        for owner in owners {
            self.on_purse(&owner, |purse, postings| purse.end(turn, postings));
            self.on_purse(&owner, |purse, postings| purse.ripen(turn, postings));
        }
        let due: Vec<((PartnerCode, Unit), DateTime)> = self
            .purses
            .iter()
            .filter_map(|(owner, purse)| {
                let currency = self.wallet.points.get(&purse.unit)?;
                let reset = self.next_reset(purse, currency)?;
                (reset <= turn).then(|| (owner.clone(), reset))
            })
            .collect();
        for (owner, reset) in due {
            self.on_purse(&owner, |purse, postings| purse.reset(reset.date(), postings));
        }
    }

    /// Changes a purse and enters what it posts, each under what caused it.
    fn on_purse(
        &mut self,
        owner: &(PartnerCode, Unit),
        change: impl FnOnce(&mut Purse, &mut Postings),
    ) {
        let mut postings = Postings::new(&owner.1);
        if let Some(purse) = self.purses.get_mut(owner) {
            change(purse, &mut postings);
        }
        self.enter(postings);
    }

    pub(super) fn enter(&mut self, postings: Postings) {
        let at = self.now;
        let entries = postings.made.into_iter().map(|(cause, posting)| Entry { cause, at, posting });
        self.entries.extend(entries);
    }

    pub(super) fn is_unknown(&self, partner: &PartnerCode) -> bool {
        let known = self.people.known.as_ref();
        known.is_some_and(|known| !known.contains(partner))
            && !self.wallet.pools.contains_key(partner)
    }

    pub(super) fn purse(&mut self, owner: &PartnerCode, unit: &Unit) -> &mut Purse {
        self.purses
            .entry((owner.clone(), unit.clone()))
            .or_insert_with(|| Purse::new(owner.clone(), unit.clone()))
    }

    /// A currency, and an amount of it: above zero, and with no more places than it has.
    pub(super) fn counted(
        &self,
        unit: &Unit,
        amount: Decimal,
    ) -> Result<(Arc<Wallet>, Unit), Refusal> {
        let Some((unit, currency)) = self.wallet.points.get_key_value(unit) else {
            return Err(Refusal::UnknownCode);
        };
        if currency.decimals < amount.normalize().scale() {
            return Err(Refusal::WrongUnit);
        }
        if amount <= Decimal::ZERO || !crate::evaluate::is_amount(amount) {
            return Err(Refusal::InvalidAmount);
        }
        Ok((self.wallet.clone(), unit.clone()))
    }

    fn credit_by_hand(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        command: &Command,
    ) -> Result<(), Refusal> {
        let Command::Credit { partner, unit, amount, subtype, expires, usable, .. } = command else {
            return Ok(());
        };
        if self.is_unknown(partner) {
            return Err(Refusal::UnknownPartner);
        }
        let currency = self.wallet.points.get(unit).ok_or(Refusal::UnknownCode)?;
        let subtype = currency.subtype(subtype.as_deref()).ok_or(Refusal::UnknownCode)?;
        self.counted(unit, *amount)?;
        let usable = usable.map(|moment| self.local(moment));
        let grant = Grant {
            partner: partner.clone(),
            unit: unit.clone(),
            amount: *amount,
            subtype,
            on,
            expires: *expires,
            usable,
        };
        self.grant(key, &grant);
        Ok(())
    }

    /// Makes a credit, of which the pools of the owner take their share. Its amount fits.
    pub fn grant(&mut self, key: &Arc<str>, grant: &Grant) {
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.points.get(&grant.unit) else { return };
        self.is_active(&grant.partner, grant.on.date());
        let mut own = grant.amount;
        let mut parts = Vec::new();
        for (pool, of) in &wallet.pools {
            if of.points == grant.unit && of.members.contains(&grant.partner) {
                let share = pool_share(currency, grant.amount, of.share).min(own);
                own -= share;
                parts.push((pool.clone(), share));
            }
        }
        parts.insert(0, (grant.partner.clone(), own));
        parts.retain(|(_, amount)| !amount.is_zero());
        for (owner, amount) in &parts {
            let lot = self.lot(key, currency, grant, owner, *amount);
            let now = self.now;
            let mut postings = Postings::new(key);
            self.purse(owner, &grant.unit).credit(lot, now, &mut postings);
            self.enter(postings);
        }
        let nothing = Decimal::ZERO;
        let part = |(owner, amount)| CreditPart { owner, amount, undone: nothing, counted: nothing };
        let parts: Vec<CreditPart> = parts.into_iter().map(part).collect();
        let credit = self.credits.entry(key.clone()).or_insert_with(|| Credit {
            unit: grant.unit.clone(),
            amount: nothing,
            undone: nothing,
            parts: Vec::new(),
        });
        credit.amount += grant.amount;
        credit.parts.extend(parts);
    }

    fn lot(
        &self,
        key: &Arc<str>,
        currency: &PointCurrency,
        grant: &Grant,
        owner: &PartnerCode,
        amount: Decimal,
    ) -> Lot {
        let day = grant.on.date();
        let waits = !(currency.escrow.months == 0 && currency.escrow.days == 0);
        let after_wait = if waits { midnight(later(day, currency.escrow)) } else { grant.on };
        let usable = grant.usable.unwrap_or(after_wait);
        let anchors = self.anchors(owner, currency);
        let by_activity = currency.expiry.is_some_and(|it| it.since == Since::Activity);
        let ends = grant.expires.unwrap_or_else(|| match currency.expiry {
            None => Ends::Never,
            Some(expiry) => {
                let from = match expiry.since {
                    Since::Credit => day,
                    Since::Usable => usable.date(),
                    Since::Activity => {
                        self.people.active.get(owner).map_or(day, |active| day.max(*active))
                    }
                };
                Ends::After(expiry.last_day(from, anchors))
            }
        });
        let place = if self.now < usable { Place::Escrow } else { Place::Open };
        let lot = Lot::new(key.clone(), grant.subtype, (grant.on, usable), ends, amount, place);
        Lot { by_activity: by_activity && grant.expires.is_none(), ..lot }
    }

    fn anchors(&self, owner: &PartnerCode, currency: &PointCurrency) -> Anchors {
        Anchors { joined: self.people.joined.get(owner).copied(), reset: currency.reset }
    }

    /// The owner did something on a day.
    pub fn is_active(&mut self, owner: &PartnerCode, day: Date) {
        let last = self.people.active.entry(owner.clone()).or_insert(day);
        *last = day.max(*last);
        let active = *last;
        let wallet = self.wallet.clone();
        let anchors_of = |book: &Book, currency| book.anchors(owner, currency);
        for (unit, currency) in &wallet.points {
            let Some(expiry) = currency.expiry else { continue };
            let anchors = anchors_of(self, currency);
            if let Some(purse) = self.purses.get_mut(&(owner.clone(), unit.clone())) {
                purse.moved(currency, expiry.last_day(active, anchors));
            }
        }
    }

    pub(super) fn local(&self, moment: crate::case::Moment) -> DateTime {
        match moment {
            crate::case::Moment::Day(day) => midnight(day),
            crate::case::Moment::Instant(instant) => self.wallet.time_zone.to_datetime(instant),
        }
    }
}

/// The share of a pool, rounded to the currency.
pub(super) fn pool_share(currency: &PointCurrency, amount: Decimal, share: Decimal) -> Decimal {
    RoundingMode::HalfUp.round(amount * share, currency.decimals)
}

impl Command {
    /// Whether the key names what the line makes, and not what it acts on.
    pub fn makes_its_key(&self) -> bool {
        !matches!(self, Command::Commit { .. } | Command::Release | Command::Cancel { .. })
    }
}
