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

use super::book::Book;
use super::command::Refusal;
use super::dates::{Since, later};
use super::ledger::{Postings, Unit};
use super::lot::{Ends, Lot, Place, midnight};
use super::model::PointCurrency;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;

/// What was credited under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    pub unit: Unit,
    pub amount: Decimal,
    pub undone: Decimal,
    /// Of the owner first, then of its pools.
    pub(super) parts: Vec<Part>,
}

/// What one owner has of a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub owner: PartnerCode,
    pub amount: Decimal,
    pub undone: Decimal,
    /// What was found to have ended by itself when it was taken back.
    pub counted: Decimal,
}

/// To whom and how something is credited.
#[derive(Debug, Clone)]
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
}

impl Book {
    /// Makes a credit, or more of one, of which the pools of the owner take their share. The amount
    /// fits the currency.
    pub(super) fn grant(&mut self, key: &Arc<str>, grant: &Grant, amount: Decimal) {
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.points.get(&grant.unit) else { return };
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
            let mut postings = Postings::new(key);
            self.purse(owner, &grant.unit).credit(lot, now, &mut postings);
            self.enter(postings);
            self.came_late(owner, &grant.unit);
        }
        let unit = grant.unit.clone();
        let credit = self.credits.entry(key.clone()).or_insert_with(|| Credit::nothing(unit));
        credit.amount += amount;
        for (owner, amount) in parts {
            credit.part(&owner).amount += amount;
        }
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
        let after_wait = if currency.escrow.is_nothing() {
            grant.on
        } else {
            midnight(later(day, currency.escrow))
        };
        let usable = grant.usable.unwrap_or(after_wait);
        let anchors = self.anchors(owner, currency);
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
        let name = (grant.name.clone(), key.clone());
        let mut lot = Lot::new(name, grant.subtype, (grant.on, usable), ends, amount, place);
        let by_activity = currency.expiry.is_some_and(|expiry| expiry.is_by_activity());
        lot.by_activity = by_activity && grant.expires.is_none();
        lot
    }

    /// Brings what an award credited to what it is now: more of it, or a part taken back. What an
    /// award is below zero beyond its credit is taken back all the same.
    pub fn earned(&mut self, key: &Arc<str>, grant: &Grant, total: Decimal) {
        let before = self.credits.get(key).map_or(Decimal::ZERO, Credit::left);
        if before < total {
            self.grant(key, grant, total - before);
        } else if total < before {
            let unit = grant.unit.clone();
            let credit = self.credits.entry(key.clone()).or_insert_with(|| Credit::nothing(unit));
            credit.part(&grant.partner);
            self.undo(key, key, before - total);
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
        let left = credit.left();
        let amount = amount.unwrap_or(left);
        if left <= Decimal::ZERO {
            return Err(Refusal::WrongState);
        }
        self.counted(&credit.unit, amount)?;
        self.undo(of, cause, amount.min(left));
        Ok(())
    }

    fn undo(&mut self, of: &Arc<str>, cause: &Arc<str>, amount: Decimal) {
        let Some(mut credit) = self.credits.get(of).cloned() else { return };
        let wallet = self.wallet.clone();
        let Some(currency) = wallet.points.get(&credit.unit) else { return };
        credit.undone += amount;
        let shares = credit.shares_undone(currency);
        for (part, undone) in credit.parts.iter_mut().zip(shares) {
            let more = undone - part.undone;
            part.undone = undone;
            let mut postings = Postings::new(cause);
            let currency = self.as_of_tier(currency, &part.owner);
            let counted = part.counted;
            let purse = self.purse(&part.owner, &credit.unit);
            purse.claw(of, cause, more, &mut part.counted, &currency, &mut postings);
            self.enter(postings);
            self.went_late(&part.owner, &credit.unit, of, part.counted - counted);
        }
        self.credits.insert(of.clone(), credit);
    }
}

impl Credit {
    fn nothing(unit: Unit) -> Credit {
        Credit { unit, amount: Decimal::ZERO, undone: Decimal::ZERO, parts: Vec::new() }
    }

    /// What is not taken back; below zero for an award that never was a credit.
    pub fn left(&self) -> Decimal {
        self.amount - self.undone
    }

    fn part(&mut self, owner: &PartnerCode) -> &mut Part {
        let at = self.parts.iter().position(|part| part.owner == *owner);
        let at = at.unwrap_or_else(|| {
            let (owner, nothing) = (owner.clone(), Decimal::ZERO);
            self.parts.push(Part { owner, amount: nothing, undone: nothing, counted: nothing });
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }

    /// How much of each part is undone: the pools by their share, the owner the rest.
    fn shares_undone(&self, currency: &PointCurrency) -> Vec<Decimal> {
        let of_pool = |part: &Part| {
            let share = part.amount.checked_div(self.amount).unwrap_or_default();
            pool_share(currency, self.undone, share).min(part.amount)
        };
        let mut shares: Vec<Decimal> = self.parts.iter().skip(1).map(of_pool).collect();
        let pools: Decimal = shares.iter().sum();
        shares.insert(0, self.undone - pools);
        shares
    }
}

/// The share of a pool, rounded to the currency.
fn pool_share(currency: &PointCurrency, amount: Decimal, share: Decimal) -> Decimal {
    RoundingMode::HalfUp.round(amount * share, currency.decimals)
}
