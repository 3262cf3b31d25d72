//! What pays: the pots that a request or a claim may draw on, in order or by shares, and how much
//! of an amount they have.
//!
//! # Promises
//!
//! * An amount is paid in full or not at all; shares give out the remainder.
//! * Where less than what is asked may be paid, it is the most that all shares alike can pay.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::declared::{Activity, Source, Sources};
use super::state::{Draw, add};
use crate::booking::split;
use crate::code::PartnerCode;
use crate::program::Remainder;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::ledger::Unit;

/// What can be drawn on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pot {
    pub fund: Unit,
    /// `None`: what the partner holds of a `coop`.
    pub allocation: Option<Unit>,
}

/// Who asks what to be paid.
pub(super) struct Asker<'a> {
    pub partner: &'a PartnerCode,
    pub fund: &'a Unit,
    pub activity: &'a Activity,
    pub date: Date,
    pub from: Option<&'a Sources>,
}

/// How an amount is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub draws: Vec<Draw>,
    /// What of it allocations lack, and the free budget gives them first.
    pub topped: Vec<Draw>,
}

/// What is left of what is drawn on.
#[derive(Default)]
struct Left {
    pots: BTreeMap<Pot, Decimal>,
    free: BTreeMap<Unit, Decimal>,
}

impl Book {
    /// How an amount is drawn on what pays, or why it is not.
    pub(super) fn plan(&self, asker: &Asker<'_>, amount: Decimal) -> Result<Plan, Refusal> {
        let own = Sources::own();
        let sources = asker.from.or(asker.activity.from.as_ref()).unwrap_or(&own);
        let mut plan = Plan::default();
        let mut left = Left::default();
        match sources {
            Sources::InOrder(list) => self.draw(asker, (list, amount), &mut left, &mut plan)?,
            Sources::Shares(shares) => {
                let weights: Vec<Decimal> = shares.iter().map(|row| row.share).collect();
                let decimals = self.decimals_of_money();
                let parts = split(amount, &weights, decimals, Remainder::Largest);
                for (row, part) in shares.iter().zip(parts) {
                    self.draw(asker, (&row.from, part), &mut left, &mut plan)?;
                }
            }
        }
        Ok(plan)
    }

    /// The most that can be drawn of an amount, or why it is nothing.
    pub(super) fn plan_most(&self, asker: &Asker<'_>, most: Decimal) -> Result<Plan, Refusal> {
        let refusal = match self.plan(asker, most) {
            Ok(plan) => return Ok(plan),
            Err(refusal) => refusal,
        };
        let unit = Decimal::new(1, self.decimals_of_money());
        let units = |amount: Decimal| (amount / unit).floor();
        // What can be paid is found between nothing, which always can, and what cannot.
        let (mut can, mut cannot) = (Decimal::ZERO, units(most));
        while Decimal::ONE < cannot - can {
            let middle = ((can + cannot) / Decimal::TWO).floor();
            if self.plan(asker, middle * unit).is_ok() {
                can = middle;
            } else {
                cannot = middle;
            }
        }
        if can.is_zero() { Err(refusal) } else { self.plan(asker, can * unit) }
    }

    /// Draws an amount on these, one after the other, and on the free budget if they may.
    fn draw(
        &self,
        asker: &Asker<'_>,
        (list, amount): (&[Source], Decimal),
        left: &mut Left,
        plan: &mut Plan,
    ) -> Result<(), Refusal> {
        let mut need = amount;
        let mut first = None;
        for source in list {
            let mut most = source.at_most.unwrap_or(need);
            for pot in self.pots(source, asker) {
                let there =
                    left.pots.entry(pot.clone()).or_insert_with(|| self.there_is(&pot, asker));
                let taken = need.min(most).min(*there).max(Decimal::ZERO);
                *there -= taken;
                need -= taken;
                most -= taken;
                add(&mut plan.draws, &pot, taken);
                first = first.or(pot.allocation.is_some().then_some(pot));
            }
        }
        if need <= Decimal::ZERO {
            return Ok(());
        }
        let Some(pot) = first else { return Err(Refusal::Insufficient) };
        if !self.wallet.funds.get(&pot.fund).is_some_and(|fund| fund.top_up) {
            return Err(Refusal::ExceedsAllocation);
        }
        let of_fund = || self.funds.accounts.get(&pot.fund).map_or(Decimal::ZERO, |it| it.free);
        let free = left.free.entry(pot.fund.clone()).or_insert_with(of_fund);
        if *free < need {
            return Err(Refusal::ExceedsFund);
        }
        *free -= need;
        add(&mut plan.draws, &pot, need);
        add(&mut plan.topped, &pot, need);
        Ok(())
    }

    /// What a source means to who asks: an allocation, what they hold of a `coop`, or all that they
    /// may use of a budget.
    fn pots(&self, source: &Source, asker: &Asker<'_>) -> Vec<Pot> {
        let fund = source.fund.as_ref().unwrap_or(asker.fund);
        let Some(of) = self.wallet.funds.get(fund) else { return Vec::new() };
        let pot =
            |allocation: Option<&Unit>| Pot { fund: fund.clone(), allocation: allocation.cloned() };
        if of.coop().is_some() {
            return vec![pot(None)];
        }
        // Names of activities are those of the fund that is asked.
        let activity = (fund == asker.fund).then_some(&asker.activity.code);
        let partner = self.survivor(asker.partner);
        let fits = |allocation: &super::Allocation| {
            let is_own =
                allocation.partner.as_ref().is_none_or(|own| self.survivor(own) == partner);
            is_own && allocation.is_for(activity, asker.date)
        };
        if let Some(named) = &source.allocation {
            let code = self.allocation_of(fund, named, partner);
            let own = self.funds.allocations.get(&(fund.clone(), code));
            return own
                .filter(|own| fits(own))
                .map(|own| pot(Some(&own.code)))
                .into_iter()
                .collect();
        }
        let all = self.funds.allocations.iter().filter(|((of, _), _)| of == fund);
        let mut all: Vec<_> = all.map(|(_, allocation)| allocation).filter(|it| fits(it)).collect();
        let last = |allocation: &super::Allocation| allocation.claims_until.unwrap_or(Date::MAX);
        all.sort_by_key(|it| (it.partner.is_none(), last(it), it.code.clone()));
        all.into_iter().map(|it| pot(Some(&it.code))).collect()
    }

    /// The code of the allocation that somebody means by a name: of a row with one for each its own.
    pub(super) fn allocation_of(&self, fund: &Unit, named: &Unit, partner: &PartnerCode) -> Unit {
        let of_partner = super::declared::of_partner(named, partner);
        let is_there =
            |code: &Unit| self.funds.allocations.get(&(fund.clone(), code.clone())).is_some();
        if !is_there(named) && is_there(&of_partner) { of_partner } else { named.clone() }
    }

    /// How much can be drawn of a pot.
    fn there_is(&self, pot: &Pot, asker: &Asker<'_>) -> Decimal {
        match &pot.allocation {
            Some(code) => {
                let own = self.funds.allocations.get(&(pot.fund.clone(), code.clone()));
                own.map_or(Decimal::ZERO, |own| own.open)
            }
            None => self.balance_of(self.survivor(asker.partner), &pot.fund).max(Decimal::ZERO),
        }
    }

    /// When the first of the allocations ends that may pay, if one does.
    pub(super) fn first_end(&self, asker: &Asker<'_>) -> Option<jiff::civil::DateTime> {
        let own = Sources::own();
        let sources = asker.from.or(asker.activity.from.as_ref()).unwrap_or(&own);
        let pots = sources.all().flat_map(|source| self.pots(source, asker));
        pots.filter_map(|pot| self.end_of(&pot)).min()
    }

    /// From when on a pot pays nothing any more.
    pub(super) fn end_of(&self, pot: &Pot) -> Option<jiff::civil::DateTime> {
        match &pot.allocation {
            Some(code) => self.funds.allocations.get(&(pot.fund.clone(), code.clone()))?.gone(),
            None => self.wallet.funds.get(&pot.fund)?.gone(),
        }
    }
}
