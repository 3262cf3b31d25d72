//! Two memberships become one, and two again.
//!
//! # Promises
//!
//! * What a partner holds, owes, promised and spent becomes the survivor's, with every day it had,
//!   and with it whatever the partner's facts earn from then on.
//! * Undone at once, everything is again as it was. Undone later, a partner gets back what is left
//!   of what came of it: what was spent meanwhile stays spent, and what each of the two took stays
//!   with whoever took it.

mod orders;
mod standing;

use std::sync::Arc;

use rust_decimal::Decimal;

use super::book::Book;
use super::command::Refusal;
use super::ledger::{Account, Postings, Unit};
use super::lot::{Lot, Place};
use super::purse::{DebtKind, Purse, Taking};
use crate::code::PartnerCode;

pub(super) use standing::{Memberships, Part};

impl Book {
    /// Who has what is a partner's: itself, or the one it became a part of.
    pub fn survivor<'b>(&'b self, partner: &'b PartnerCode) -> &'b PartnerCode {
        let mut survivor = partner;
        while let Some(into) = self.merges.get(survivor) {
            survivor = into;
        }
        survivor
    }

    pub(super) fn stands_alone(&self, partner: &PartnerCode) -> Result<(), Refusal> {
        if self.merges.contains_key(partner) { Err(Refusal::Merged) } else { Ok(()) }
    }

    pub(super) fn merge(&mut self, key: &Arc<str>, into: &PartnerCode) -> Result<(), Refusal> {
        let partner = &PartnerCode::new(&**key);
        for member in [partner, into] {
            if self.is_unknown(member) || self.wallet.pools.contains_key(member) {
                return Err(Refusal::UnknownPartner);
            }
        }
        self.stands_alone(partner)?;
        self.stands_alone(into)?;
        if partner == into {
            return Err(Refusal::WrongState);
        }
        for unit in self.units_of(partner) {
            self.bring(key, &unit, partner, into);
        }
        for part in self.credits.values_mut().flat_map(|credit| &mut credit.parts) {
            if part.owner == *partner {
                part.owner = into.clone();
                part.merged.push(partner.clone());
            }
        }
        self.vouchers.hand_over(partner, into);
        self.hand_over_badges(partner, into);
        self.hand_over_orders(key, partner, into);
        self.merges.insert(partner.clone(), into.clone());
        self.join_standing(partner, into);
        Ok(())
    }

    pub(super) fn unmerge(&mut self, key: &Arc<str>) -> Result<(), Refusal> {
        let partner = &PartnerCode::new(&**key);
        if self.is_unknown(partner) {
            return Err(Refusal::UnknownPartner);
        }
        let into = self.merges.get(partner).cloned().ok_or(Refusal::WrongState)?;
        self.stands_alone(&into)?;
        for unit in self.units_of(&into) {
            self.part(key, &unit, partner, &into);
        }
        for part in self.credits.values_mut().flat_map(|credit| &mut credit.parts) {
            if part.merged.last() == Some(partner) {
                part.merged.pop();
                part.owner = partner.clone();
            }
        }
        self.vouchers.hand_back(partner);
        self.hand_back_badges(partner);
        self.hand_back_orders(key, partner);
        self.merges.remove(partner);
        self.part_standing(partner, &into);
        self.unranked.let_in_on = None;
        let now = self.now;
        for owner in [partner, &into] {
            for unit in self.units_of(owner) {
                self.on_purse(&(owner.clone(), unit), |purse, postings| purse.end(now, postings));
            }
        }
        Ok(())
    }

    fn units_of(&self, partner: &PartnerCode) -> Vec<Unit> {
        let own = self.purses.keys().filter(|(owner, _)| owner == partner);
        own.map(|(_, unit)| unit.clone()).collect()
    }

    /// Lays what a partner holds of a unit to what the survivor holds.
    fn bring(&mut self, key: &Arc<str>, unit: &Unit, partner: &PartnerCode, into: &PartnerCode) {
        let giver = self.purse(partner, unit);
        let mut postings = Postings::new(key);
        hand_over(giver, into, &mut postings);
        let (lots, debts) = (std::mem::take(&mut giver.lots), std::mem::take(&mut giver.debts));
        let survivor = self.purse(into, unit);
        let shift = survivor.lots.len();
        for mut lot in lots {
            lot.merged.push(partner.clone());
            survivor.lots.push(lot);
        }
        for mut debt in debts {
            debt.merged.push(partner.clone());
            debt.filled.iter_mut().for_each(|filled| filled.lot += shift);
            survivor.debts.push(debt);
        }
        for spending in self.spendings.values_mut() {
            if spending.owner == *partner && spending.unit == *unit {
                spending.owner = into.clone();
                spending.merged.push(partner.clone());
                spending.takings.iter_mut().for_each(|taking| taking.lot += shift);
            }
        }
        let wallet = self.wallet.clone();
        if let Some(currency) = wallet.lots_of(unit) {
            self.purse(into, unit).settle(currency, &mut postings);
        }
        self.enter(postings);
    }

    /// Parts again what came of a partner from what the survivor holds of a unit.
    fn part(&mut self, key: &Arc<str>, unit: &Unit, partner: &PartnerCode, into: &PartnerCode) {
        let goes = |merged: &[PartnerCode]| merged.last() == Some(partner);
        let survivor = self.purse(into, unit);
        let mut lots = std::mem::take(&mut survivor.lots);
        let (mut gone, mut stays): (Vec<_>, Vec<_>) =
            std::mem::take(&mut survivor.debts).into_iter().partition(|debt| goes(&debt.merged));
        for debt in gone.iter_mut().chain(&mut stays) {
            go_along(&mut lots, &mut debt.filled, debt.place, &debt.merged, goes);
        }
        let of_both = self
            .spendings
            .values_mut()
            .filter(|spending| spending.owner == *into && spending.unit == *unit);
        let mut spendings: Vec<_> = of_both.collect();
        for spending in &mut spendings {
            let is_promised = spending.lapses().is_some();
            let place = if is_promised { Place::Reserved } else { Place::Redeemed };
            go_along(&mut lots, &mut spending.takings, place, &spending.merged, goes);
        }
        let (mut own, mut left) = (Vec::new(), Vec::new());
        let mut moved = Vec::new();
        for mut lot in lots {
            lot.ends_without(partner);
            let side = if goes(&lot.merged) { &mut own } else { &mut left };
            moved.push(side.len());
            if goes(&lot.merged) {
                lot.merged.pop();
            }
            side.push(lot);
        }
        for spending in spendings {
            spending.takings.iter_mut().for_each(|taking| taking.lot = moved[taking.lot]);
            if goes(&spending.merged) {
                spending.merged.pop();
                spending.owner = partner.clone();
            }
        }
        for debt in gone.iter_mut().chain(&mut stays) {
            debt.filled.iter_mut().for_each(|filled| filled.lot = moved[filled.lot]);
            if goes(&debt.merged) {
                debt.merged.pop();
            }
        }
        let survivor = self.purse(into, unit);
        (survivor.lots, survivor.debts) = (left, stays);
        let mut postings = Postings::new(key);
        let purse = self.purse(partner, unit);
        purse.lots.extend(own);
        purse.debts.extend(gone);
        take_over(purse, into, &mut postings);
        self.enter(postings);
    }
}

/// Lets what was taken of lots go where those go who took it, as lots of their own.
fn go_along(
    lots: &mut Vec<Lot>,
    takings: &mut [Taking],
    place: Place,
    merged: &[PartnerCode],
    goes: impl Fn(&[PartnerCode]) -> bool,
) {
    for taking in takings {
        let lot = &mut lots[taking.lot];
        if goes(&lot.merged) != goes(merged) {
            let mut part = lot.split(place, place, taking.amount);
            (part.passed_on, part.by_activity) = (true, lot.by_activity);
            part.merged = merged.to_vec();
            taking.lot = lots.len();
            lots.push(part);
        }
    }
}

/// Posts what an owner has to another one's accounts.
fn hand_over(purse: &Purse, to: &PartnerCode, postings: &mut Postings) {
    let other = Purse::new(to.clone(), purse.unit.clone());
    move_accounts(purse, (purse, &other), postings);
}

/// Posts what an owner has now out of another one's accounts.
fn take_over(purse: &Purse, from: &PartnerCode, postings: &mut Postings) {
    let other = Purse::new(from.clone(), purse.unit.clone());
    move_accounts(purse, (&other, purse), postings);
}

/// Moves what a purse has between the accounts of two owners. What is below zero, and what is
/// owed, moves the other way.
fn move_accounts(has: &Purse, (from, to): (&Purse, &Purse), postings: &mut Postings) {
    let mut add = |debit: Account, credit: Account, amount: Decimal| {
        if amount < Decimal::ZERO {
            postings.add(&has.unit, credit, debit, -amount);
        } else {
            postings.add(&has.unit, debit, credit, amount);
        }
    };
    add(from.open(), to.open(), has.balance());
    add(from.escrow(), to.escrow(), has.held(Place::Escrow));
    add(to.arrears(), from.arrears(), has.owed(DebtKind::Arrears));
}
