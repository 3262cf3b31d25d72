//! Credits: what was earned or given, to its owner and to the pools that take a share of it, and
//! how much of it was taken back.
//!
//! # Invariants
//!
//! * A credit is taken back at the ratio at which it was earned, from its owner and from pools
//!   alike, and never more than was credited.
//! * The shares of pools and what the owner has come to the credit.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::command::Refusal;
use super::dates::{Lifetime, Since, later};
use super::ledger::{Postings, Unit};
use super::lot::{Ends, Lot, Place, midnight};
use super::model::PointCurrency;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::program::Span;

/// What was credited under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub unit: Unit,
    pub amount: Decimal,
    pub undone: Decimal,
    /// Of the owner first, then of its pools.
    pub(super) parts: Vec<Part>,
}

/// What one owner has of a credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub owner: PartnerCode,
    pub amount: Decimal,
    pub undone: Decimal,
    /// What was found to have ended by itself when it was taken back.
    pub counted: Decimal,
    /// The memberships it came of that are part of others now, the last one last.
    pub merged: Vec<PartnerCode>,
}

/// To whom and how something is credited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// What people know the lot by.
    pub name: Arc<str>,
    pub partner: PartnerCode,
    pub unit: Unit,
    /// Its place among those of the currency.
    pub subtype: usize,
    /// From when its days count.
    pub on: DateTime,
    pub expires: Option<Ends>,
    pub usable: Option<DateTime>,
    /// Where it is not as the currency says.
    pub lifetime: Option<Lifetime>,
    pub escrow: Option<Span>,
}

impl Book {
    /// What a pool has of the credits of a member, less what was taken back of it.
    pub fn shared_with(&self, pool: &PartnerCode, member: &PartnerCode) -> Decimal {
        let own = self
            .credits
            .values()
            .filter(|credit| credit.parts.first().is_some_and(|first| first.owner == *member));
        let parts = own.flat_map(|credit| credit.parts.iter().skip(1));
        parts.filter(|part| part.owner == *pool).map(|part| part.amount - part.undone).sum()
    }

    /// Makes a credit, or more of one, of which the pools of the owner take their share. The amount
    /// fits the currency. What a sponsor cannot pay yet waits.
    pub(super) fn grant(&mut self, key: &Arc<str>, grant: &Grant, amount: Decimal) {
        if !self.has_to_wait(key, grant, amount) {
            self.credit_now(key, grant, amount);
        }
    }

    /// The same of what need not wait.
    pub(super) fn credit_now(&mut self, key: &Arc<str>, grant: &Grant, amount: Decimal) {
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.lots_of(&grant.unit) else { return };
        let grant = &Grant { partner: self.survivor(&grant.partner).clone(), ..grant.clone() };
        self.is_active(&grant.partner, grant.on.date());
        let mut own = amount;
        let mut parts = Vec::new();
        for (pool, of) in &wallet.pools {
            if of.points == grant.unit && of.members.contains(&grant.partner) {
                let share = pool_share(currency, amount, of.share).min(own);
                own -= share;
                parts.push((pool.clone(), share));
            }
        }
        parts.insert(0, (grant.partner.clone(), own));
        for (owner, amount) in parts.iter().filter(|(_, amount)| !amount.is_zero()) {
            let lot = self.lot(key, currency, grant, owner, *amount);
            let now = self.now;
            let mut postings = Postings::new(&grant.name);
            self.purse(owner, &grant.unit).credit(lot, currency, now, &mut postings);
            self.enter(postings);
            self.came_late(owner, &grant.unit);
        }
        let unit = grant.unit.clone();
        let credit = self.credits.entry(key.clone()).or_insert_with(|| Credit::nothing(unit));
        credit.amount += amount;
        for (owner, amount) in parts {
            credit.part(&owner).amount += amount;
        }
        self.bear(key, &grant.name);
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
        let escrow = grant.escrow.unwrap_or(currency.escrow);
        let expiry = grant.lifetime.map_or(currency.expiry, Lifetime::expiry);
        let after_wait = if escrow.is_nothing() { grant.on } else { midnight(later(day, escrow)) };
        let usable = grant.usable.unwrap_or(after_wait);
        let anchors = self.anchors(owner, currency);
        let ends = grant.expires.unwrap_or_else(|| match expiry {
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
        let name = (grant.name.clone(), key.clone());
        let mut lot = Lot::new(name, grant.subtype, (grant.on, usable), ends, amount, place);
        let by_activity = expiry.is_some_and(|expiry| expiry.is_by_activity());
        lot.by_activity = by_activity && grant.expires.is_none();
        lot
    }

    /// Brings what an award credited to what it is now: more of it, or a part taken back. What an
    /// award is below zero beyond its credit is taken back all the same.
    pub fn earned(&mut self, key: &Arc<str>, grant: &Grant, total: Decimal) {
        let total = self.within_fund(key, grant, total);
        let before = self.credits.get(key).map_or(Decimal::ZERO, Credit::left);
        let before = before + self.waiting_of(key);
        if before < total {
            self.grant(key, grant, total - before);
        } else if total < before {
            let unit = grant.unit.clone();
            let owner = self.survivor(&grant.partner).clone();
            let credit = self.credits.entry(key.clone()).or_insert_with(|| Credit::nothing(unit));
            if credit.parts.is_empty() {
                credit.part(&owner);
            }
            self.undo(key, &grant.name, before - total);
        }
    }

    /// Takes a credit back, or a part of it.
    pub(super) fn claw_back(
        &mut self,
        of: &Arc<str>,
        cause: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let credit = self.credits.get(of).ok_or(Refusal::UnknownKey)?;
        let left = credit.left() + self.waiting_of(of);
        if let Some(amount) = amount {
            self.counted(&credit.unit, amount)?;
        }
        if left <= Decimal::ZERO {
            return Err(Refusal::WrongState);
        }
        let amount = amount.unwrap_or(left);
        self.undo(of, cause, amount.min(left));
        Ok(())
    }

    /// Takes so much back, of what still waits first.
    fn undo(&mut self, of: &Arc<str>, cause: &Arc<str>, amount: Decimal) {
        let amount = amount - self.withdraw(of, amount);
        let Some(mut credit) = self.credits.get(of).cloned() else { return };
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.lots_of(&credit.unit) else { return };
        let shares = credit.shares_of(amount, currency);
        credit.undone += amount;
        for (part, more) in credit.parts.iter_mut().zip(shares) {
            part.undone += more;
            let mut postings = Postings::new(cause);
            let currency = self.as_of_tier(currency, &part.owner);
            let counted = part.counted;
            let purse = self.purse(&part.owner, &credit.unit);
            purse.claw(of, cause, more, &mut part.counted, &currency, &mut postings);
            self.enter(postings);
            self.went_late(&part.owner, &credit.unit, of, part.counted - counted);
        }
        self.credits.insert(of.clone(), credit);
        self.bear(of, cause);
        self.follow();
    }
}

impl Credit {
    pub(super) fn nothing(unit: Unit) -> Credit {
        Credit { unit, amount: Decimal::ZERO, undone: Decimal::ZERO, parts: Vec::new() }
    }

    /// What is not taken back; below zero for an award that never was a credit.
    pub fn left(&self) -> Decimal {
        self.amount - self.undone
    }

    /// Who has a part of it.
    pub(super) fn owners(&self) -> impl Iterator<Item = &PartnerCode> {
        self.parts.iter().map(|part| &part.owner)
    }

    fn part(&mut self, owner: &PartnerCode) -> &mut Part {
        let is_own = |part: &Part| part.owner == *owner && part.merged.is_empty();
        let at = self.parts.iter().position(is_own).unwrap_or_else(|| {
            self.parts.push(Part {
                owner: owner.clone(),
                amount: Decimal::ZERO,
                undone: Decimal::ZERO,
                counted: Decimal::ZERO,
                merged: Vec::new(),
            });
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }

    /// How much of each part is taken back with so much more of the credit: of the pools their
    /// share of what is undone by then, of the owner the rest. Nobody gives back what it never had
    /// while another one has it, and nobody gets back what it gave.
    fn shares_of(&self, more: Decimal, currency: &PointCurrency) -> Vec<Decimal> {
        let undone = self.undone + more;
        let mut left = more;
        let mut shares = vec![Decimal::ZERO; self.parts.len()];
        let mut give = |at: usize, most: Decimal| {
            let part = &self.parts[at];
            let room = part.amount - part.undone - shares[at];
            let amount = most.min(room).min(left).max(Decimal::ZERO);
            shares[at] += amount;
            left -= amount;
        };
        for (at, part) in self.parts.iter().enumerate().skip(1) {
            let share = part.amount.checked_div(self.amount).unwrap_or_default();
            give(at, pool_share(currency, undone, share) - part.undone);
        }
        (0..self.parts.len()).for_each(|at| give(at, more));
        shares.iter_mut().take(1).for_each(|own| *own += left);
        shares
    }
}

/// The share of a pool, rounded to the currency.
fn pool_share(currency: &PointCurrency, amount: Decimal, share: Decimal) -> Decimal {
    RoundingMode::HalfUp.round(amount * share, currency.decimals)
}
