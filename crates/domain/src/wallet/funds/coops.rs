//! Credits of a `coop`: lots like those of points, which requests reserve and claims use.
//!
//! # Invariants
//!
//! * What a request or a claim has of lots is a spending of its own, named `fund/key`, so that lots
//!   know who took them, also when memberships become one.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::state::Cut;
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::credit::{Credit, Grant};
use crate::wallet::dates::later;
use crate::wallet::ledger::{Account, Postings, Unit};
use crate::wallet::lot::{Ends, Place};
use crate::wallet::model::Restore;
use crate::wallet::purse::{Returned, Taking};
use crate::wallet::spending::{Spending, SpendingState};

/// What a request or a claim has of the lots of a fund is kept under.
pub(in crate::wallet) fn spent_name(fund: &str, key: &str) -> String {
    format!("{fund}/{key}")
}

impl Book {
    /// A credit by hand of a fund that partners earn.
    pub(super) fn credit_coop(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        (partner, fund): (&PartnerCode, &Unit),
        amount: Decimal,
        (expires, usable): (Option<Ends>, Option<DateTime>),
    ) -> Result<(), Refusal> {
        if self.is_unknown(partner) {
            return Err(Refusal::UnknownPartner);
        }
        let of = self.wallet.funds.get(fund).cloned().ok_or(Refusal::UnknownCode)?;
        self.stands_alone(partner)?;
        if of.partner.as_ref().is_some_and(|only| self.survivor(only) != partner) {
            return Err(Refusal::NotOwner);
        }
        if of.coop().is_none() {
            return Err(Refusal::WrongUnit);
        }
        self.is_money(amount)?;
        if amount < Decimal::ZERO {
            return Err(Refusal::InvalidAmount);
        }
        if self.room_of(fund).is_some_and(|room| room < amount) {
            return Err(Refusal::ExceedsFund);
        }
        let grant = Grant {
            name: key.clone(),
            partner: partner.clone(),
            unit: fund.clone(),
            subtype: 0,
            on,
            expires,
            usable,
            lifetime: None,
            escrow: None,
        };
        self.grant(key, &grant, amount);
        Ok(())
    }

    /// How much may still be credited of a fund; `None` without a limit.
    fn room_of(&self, fund: &Unit) -> Option<Decimal> {
        let limit = self.wallet.funds.get(fund)?.coop()?.limit?;
        let raised = self.funds.accounts.get(fund).map_or(Decimal::ZERO, |it| it.raised);
        let own = self.credits.values().filter(|credit| credit.unit == *fund);
        let given: Decimal = own.map(Credit::left).sum();
        let elsewhere = self.counted_elsewhere(&super::credited_name(fund));
        Some((limit + raised - given - elsewhere).max(Decimal::ZERO))
    }

    /// What an award gives, of a fund that may give no more. What it was not given stays so: room
    /// that comes later changes nothing, and what it shrinks by is first what it was not given.
    pub(in crate::wallet) fn within_fund(
        &mut self,
        key: &Arc<str>,
        grant: &Grant,
        total: Decimal,
    ) -> Decimal {
        let Some(room) = self.room_of(&grant.unit) else { return total };
        let given = self.credits.get(key).map_or(Decimal::ZERO, Credit::left);
        let lacked = self.funds.cuts.get(key).map_or(Decimal::ZERO, |cut| cut.amount);
        let more = total - given - lacked;
        let lacks = if more < Decimal::ZERO {
            (lacked + more).max(Decimal::ZERO)
        } else {
            lacked + (more - room).max(Decimal::ZERO)
        };
        if lacks.is_zero() {
            self.funds.cuts.remove(key);
        } else {
            let (fund, partner) = (grant.unit.clone(), grant.partner.clone());
            let cut = Cut { fund, partner, name: grant.name.clone(), amount: lacks };
            self.funds.cuts.insert(key.clone(), cut);
        }
        total - lacks
    }

    /// Passes lots on to another partner.
    pub(super) fn transfer_coop(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        (from, to): (&PartnerCode, &PartnerCode),
        fund: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        if [from, to].into_iter().any(|partner| self.is_unknown(partner)) {
            return Err(Refusal::UnknownPartner);
        }
        self.stands_alone(from)?;
        self.stands_alone(to)?;
        let only = self.wallet.funds.get(fund).and_then(|of| of.partner.as_ref());
        if only.is_some_and(|only| self.survivor(only) != to) {
            return Err(Refusal::NotOwner);
        }
        self.is_money(amount)?;
        if amount < Decimal::ZERO {
            return Err(Refusal::InvalidAmount);
        }
        if from == to {
            return Err(Refusal::WrongState);
        }
        if self.balance_of(from, fund) < amount {
            return Err(Refusal::Insufficient);
        }
        self.pass_on(key, on, (from, to), fund, amount);
        Ok(())
    }

    /// What a request or claim has of the lots of a fund.
    fn spent_of(&self, fund: &Unit, key: &str, owner: &PartnerCode) -> (Arc<str>, Spending) {
        let name: Arc<str> = Arc::from(spent_name(fund, key));
        let there = self.spendings.get(&name).cloned();
        let spending = there.unwrap_or_else(|| Spending {
            owner: owner.clone(),
            unit: fund.clone(),
            amount: Decimal::ZERO,
            takings: Vec::new(),
            below_zero: Decimal::ZERO,
            returned: Decimal::ZERO,
            value: None,
            order: None,
            order_amount: None,
            state: SpendingState::Done,
            merged: Vec::new(),
        });
        (name, spending)
    }

    fn keep_spent(&mut self, name: Arc<str>, spending: Spending) {
        if spending.amount.is_zero() {
            self.spendings.remove(&name);
        } else {
            self.spendings.insert(name, spending);
        }
    }

    /// Takes so much of the open lots of a partner, for a request or claim.
    pub(super) fn take_lots(
        &mut self,
        (fund, key): (&Unit, &Arc<str>),
        partner: &PartnerCode,
        amount: Decimal,
        to: Place,
    ) {
        let wallet = self.wallet.clone();
        let Some(lots) = wallet.lots_of(fund) else { return };
        let owner = self.survivor(partner).clone();
        let takings = self.purse(&owner, fund).take(lots, amount, to);
        let (name, mut spending) = self.spent_of(fund, key, &owner);
        spending.amount += amount;
        spending.takings.extend(takings);
        if to == Place::Reserved {
            spending.state = SpendingState::Reserved(DateTime::MAX);
        }
        self.keep_spent(name, spending);
    }

    /// Lets so much of what one of them has be the other one's: a claim uses what its request has
    /// reserved, or gives it back.
    pub(super) fn move_lots(
        &mut self,
        fund: &Unit,
        (from, to): (&Arc<str>, &Arc<str>),
        amount: Decimal,
        (before, after): (Place, Place),
    ) {
        let from_name: Arc<str> = Arc::from(spent_name(fund, from));
        let Some(mut giver) = self.spendings.get(&from_name).cloned() else { return };
        let owner = giver.owner.clone();
        let (to_name, mut taker) = if from == to {
            // The same one uses what it has reserved.
            (
                from_name.clone(),
                Spending { amount: Decimal::ZERO, takings: Vec::new(), ..giver.clone() },
            )
        } else {
            self.spent_of(fund, to, &owner)
        };
        taker.merged.clone_from(&giver.merged);
        let mut left = amount;
        let mut rest = Vec::new();
        for taking in std::mem::take(&mut giver.takings) {
            let part = left.min(taking.amount);
            left -= part;
            if !part.is_zero() {
                let purse = self.purse(&owner, fund);
                purse.lots[taking.lot].shift(before, after, part);
                taker.takings.push(Taking { lot: taking.lot, amount: part });
            }
            if part < taking.amount {
                rest.push(Taking { lot: taking.lot, amount: taking.amount - part });
            }
        }
        giver.takings = rest;
        giver.amount -= amount;
        taker.amount += amount;
        taker.state = match after {
            Place::Reserved => SpendingState::Reserved(DateTime::MAX),
            _ => SpendingState::Done,
        };
        self.keep_spent(from_name, giver);
        self.keep_spent(to_name, taker);
    }

    /// Gives so much back to the lots it came from, the last taken first, and posts it. What was
    /// promised ends with its lot, what was used comes back as the fund says.
    pub(super) fn give_lots_back(
        &mut self,
        (fund, key): (&Unit, &Arc<str>),
        amount: Decimal,
        from: Place,
        (account, cause): (Account, &Arc<str>),
    ) {
        let wallet = self.wallet.clone();
        let Some(lots) = wallet.lots_of(fund) else { return };
        let name: Arc<str> = Arc::from(spent_name(fund, key));
        let Some(mut spending) = self.spendings.get(&name).cloned() else { return };
        let now = self.now;
        let revived = match lots.restore {
            Restore::For(span) if from == Place::Redeemed => {
                Some(Ends::After(later(now.date(), span)))
            }
            _ => None,
        };
        let mut left = amount;
        let mut returned: Vec<Returned> = Vec::new();
        let purse = self.purse(&spending.owner, fund);
        while !left.is_zero()
            && let Some(taking) = spending.takings.last_mut()
        {
            let part = Taking { lot: taking.lot, amount: left.min(taking.amount) };
            left -= part.amount;
            taking.amount -= part.amount;
            returned.push(purse.give_back(&part, from, revived, now));
            if taking.amount.is_zero() {
                spending.takings.pop();
            }
        }
        spending.amount -= amount;
        let mut postings = Postings::new(cause);
        let open = Account::Open(fund.clone(), spending.owner.clone());
        let gone: Decimal = returned.iter().filter(|it| it.expired).map(|it| it.amount).sum();
        postings.add(fund, account, open.clone(), amount);
        postings.add(fund, open, Account::Expired(fund.clone()), gone);
        purse.settle(lots, &mut postings);
        self.enter(postings);
        self.keep_spent(name, spending);
    }
}
