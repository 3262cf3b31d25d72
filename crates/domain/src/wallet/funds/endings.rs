//! The end of funds and their allocations: what nobody asked for is recaptured or carried over, and
//! what is asked stays reserved until it is decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::claims::said_of;
use super::declared::Unused;
use super::state::add;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::ledger::{Account, Unit};

/// What of funds is due at a moment.
#[derive(Debug, Default)]
pub(in crate::wallet) struct FundsDue {
    pub accounts: Vec<Unit>,
    allocations: BTreeSet<(Unit, Unit)>,
    requests: BTreeSet<Arc<str>>,
    claims: BTreeSet<Arc<str>>,
}

impl Book {
    /// What of funds is due at a moment.
    pub(in crate::wallet) fn funds_due(&mut self, turn: DateTime) -> FundsDue {
        let funds = &mut self.funds;
        FundsDue {
            accounts: funds.accounts.due(turn).into_iter().collect(),
            allocations: funds.allocations.due(turn),
            requests: funds.requests.due(turn),
            claims: funds.claims.due(turn),
        }
    }

    /// Before lots of these owners end: what their claims ask of them that nobody decided stays.
    pub(in crate::wallet) fn spare_lots(
        &mut self,
        owners: &BTreeSet<(PartnerCode, Unit)>,
        turn: DateTime,
    ) {
        for (owner, unit) in owners {
            if self.wallet.lots_of(unit).is_none() || !self.wallet.funds.contains_key(unit) {
                continue;
            }
            let is_over =
                |lot: &crate::wallet::Lot| lot.ends.gone().is_some_and(|gone| gone <= turn);
            let purse = self.purses.get(&(owner.clone(), unit.clone()));
            if !purse.is_some_and(|purse| purse.lots.iter().any(is_over)) {
                continue;
            }
            let own = self.funds.claims.iter().filter(|(_, claim)| {
                claim.stage.is_undecided()
                    && claim.request.is_none()
                    && self.survivor(&claim.partner) == owner
            });
            let keys: Vec<Arc<str>> = own.map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.reserve_asked(&key, Some(unit));
            }
        }
    }

    /// Reserves what a claim asks for itself, as far as it is there. Of what a fund is asked alone
    /// that pays in lots, if one is named.
    fn reserve_asked(&mut self, key: &Arc<str>, lots: Option<&Unit>) {
        let Some(mut claim) = self.funds.claims.get(key).cloned() else { return };
        claim.until = None;
        let is_asked = claim.stage.is_undecided() && claim.request.is_none();
        let missing = self.most_of(&claim) - super::state::sum(&claim.held);
        if let Ok((fund, activity)) = self.activity_asked(&claim.fund, &claim.activity)
            && is_asked
            && Decimal::ZERO < missing
        {
            let said = said_of(&claim, &fund, &activity);
            let plan = self.plan_most(&said.asker(), missing).ok().filter(|plan| {
                let is_of = |fund: &Unit| plan.draws.iter().any(|draw| draw.pot.fund == *fund);
                lots.is_none_or(is_of)
            });
            if let Some(plan) = plan {
                for draw in self.hold(key, &claim.partner.clone(), &plan) {
                    add(&mut claim.held, &draw.pot, draw.amount);
                }
            }
        }
        self.funds.claims.insert(key.clone(), claim);
    }

    /// Ends allocations and funds whose last day for claims was yesterday.
    pub(in crate::wallet) fn end_funds(&mut self, due: &FundsDue, turn: DateTime) {
        for key in &due.claims {
            self.reserve_asked(key, None);
        }
        let wallet = self.wallet.clone();
        for code in &due.accounts {
            let Some(fund) = wallet.funds.get(code) else { continue };
            if fund.budget().is_none() || fund.gone().is_none_or(|gone| turn < gone) {
                continue;
            }
            let Some(account) = self.funds.accounts.get_mut(code) else { continue };
            account.is_ended = true;
            let free = account.free;
            self.end_free(code, code, free);
        }
        for key in &due.allocations {
            let Some(own) = self.funds.allocations.get_mut(key) else { continue };
            if own.gone().is_some_and(|gone| gone <= turn) {
                own.is_ended = true;
                let cause = own.code.clone();
                self.recapture(&cause, key);
            }
        }
        for key in &due.requests {
            self.settle_request(key);
        }
    }

    /// What is open of an allocation that is over is free again, and goes on if the fund is over.
    pub(super) fn recapture(&mut self, cause: &Arc<str>, key: &(Unit, Unit)) {
        let Some(own) = self.funds.allocations.get_mut(key) else { return };
        let amount = std::mem::take(&mut own.open);
        own.recaptured += amount;
        let (fund, code) = key.clone();
        let Some(account) = self.funds.accounts.get_mut(&fund) else { return };
        account.free += amount;
        let is_ended = account.is_ended;
        let open = Account::OpenAllocation(fund.clone(), code);
        self.post_in_money(cause, open, Account::Free(fund.clone()), amount);
        if is_ended {
            self.end_free(cause, &fund, amount);
        }
    }

    /// What is free of a fund that is over goes to the next one, as far as it may, and to its source.
    fn end_free(&mut self, cause: &Arc<str>, fund: &Unit, amount: Decimal) {
        let wallet = self.wallet.clone();
        let unused = wallet.funds.get(fund).and_then(|of| of.budget()).map(|of| &of.unused);
        let decimals = self.decimals_of_money();
        let Some(account) = self.funds.accounts.get_mut(fund) else { return };
        let carried = match unused {
            Some(Unused::CarryOver { to, at_most, once }) => {
                let share =
                    at_most.map(|share| RoundingMode::Down.round(account.budget * share, decimals));
                let most = share.unwrap_or(account.budget);
                // What was carried over is what was spent first.
                let own = account.budget - account.carried_in;
                let most = if *once { most.min(own) } else { most };
                let room = (most - account.carried).max(Decimal::ZERO);
                Some((to.clone(), amount.min(room)))
            }
            Some(Unused::Recapture) | None => None,
        };
        let goes = carried.as_ref().map_or(Decimal::ZERO, |(_, goes)| *goes);
        account.free -= amount;
        account.carried += goes;
        account.recaptured += amount - goes;
        let free = Account::Free(fund.clone());
        self.post_in_money(cause, free.clone(), Account::Source(fund.clone()), amount - goes);
        if let Some((to, goes)) = carried.filter(|(_, goes)| !goes.is_zero()) {
            self.post_in_money(cause, free, Account::Free(to.clone()), goes);
            let account = self.funds.accounts.get_or_insert_with(to.clone(), Default::default);
            account.free += goes;
            account.budget += goes;
            account.carried_in += goes;
            let is_ended = account.is_ended;
            if is_ended {
                self.end_free(cause, &to, goes);
            }
        }
    }
}
