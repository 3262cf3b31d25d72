//! Budgets: they open, are allocated by their rows, by lines and by benefits, raised, and moved
//! between allocations.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::declared::{AllocationRow, Fund, FundKind, Size, Whose};
use super::state::Allocation;
use crate::booking::split;
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::ledger::{Account, Unit};
use crate::wallet::lot::midnight;

impl Book {
    /// Opens the budgets that begin by now.
    pub(in crate::wallet) fn open_funds(&mut self, due: &[Unit], turn: DateTime) {
        let wallet = self.wallet.clone();
        for code in due {
            let Some(fund) = wallet.funds.get(code) else { continue };
            let (Some(budget), Some(starts)) = (fund.budget(), fund.starts) else { continue };
            let account = self.funds.accounts.get(code);
            if turn < midnight(starts) || account.is_some_and(|account| account.is_open) {
                continue;
            }
            let account = self.funds.accounts.get_or_insert_with(code.clone(), Default::default);
            account.is_open = true;
            account.budget += budget.amount;
            account.free += budget.amount;
            let (source, free) = (Account::Source(code.clone()), Account::Free(code.clone()));
            self.post_in_money(code, source, free, budget.amount);
        }
    }

    /// Makes the allocations whose first day has come, as their rows say.
    pub(in crate::wallet) fn begin_allocations(&mut self, due: &[Unit], turn: DateTime) {
        let wallet = self.wallet.clone();
        for code in due {
            let Some(fund) = wallet.funds.get(code) else { continue };
            let FundKind::Mdf(budget) = &fund.kind else { continue };
            for (at, row) in budget.allocations.iter().enumerate() {
                let begins = row.starts.or(fund.starts).map(midnight);
                let account = self.funds.accounts.get(code).filter(|it| it.is_open && !it.is_ended);
                let is_due = begins.is_some_and(|begins| begins <= turn);
                if !is_due || account.is_none_or(|account| account.begun.contains(&row.code)) {
                    continue;
                }
                let shares = self.shares(fund);
                let amount = match row.size {
                    Size::Amount(amount) => amount,
                    Size::Share(_) => shares.get(at).copied().unwrap_or_default(),
                };
                self.begin_row(fund, row, amount, turn.date());
                if let Some(account) = self.funds.accounts.get_mut(code) {
                    account.begun.insert(row.code.clone());
                }
            }
        }
    }

    /// What the rows by share come to, each at the place of its row; together they are the share of
    /// all of them.
    fn shares(&self, fund: &Fund) -> Vec<Decimal> {
        let Some(budget) = fund.budget() else { return Vec::new() };
        let weights: Vec<Decimal> = budget
            .allocations
            .iter()
            .map(|row| if let Size::Share(share) = row.size { share } else { Decimal::ZERO })
            .collect();
        let all: Decimal = weights.iter().sum();
        if all.is_zero() {
            return vec![Decimal::ZERO; weights.len()];
        }
        let decimals = self.decimals_of_money();
        let all = crate::amount::RoundingMode::Down.round(budget.amount * all, decimals);
        split(all, &weights, decimals, budget.remainder)
    }

    fn begin_row(&mut self, fund: &Fund, row: &AllocationRow, amount: Decimal, today: Date) {
        let begin = |book: &mut Book, partner: Option<&PartnerCode>| {
            let code = partner.map_or_else(|| row.code.clone(), |partner| row.of(partner));
            let made = new_allocation(fund, &code, &row.code, partner);
            let allocated = book.give_allocation(&code, made, amount);
            if allocated.is_err()
                && let Some(account) = book.funds.accounts.get_mut(&fund.code)
            {
                account.lacks.insert(code, amount);
            }
        };
        match &row.whose {
            Whose::Partner(partner) => begin(self, Some(partner)),
            Whose::Pool => begin(self, None),
            Whose::Each(when) => {
                let master = Arc::clone(&self.people.master);
                // In order of their codes: who comes last may be left without.
                let all: BTreeSet<&PartnerCode> = master.partners.keys().collect();
                for partner in all {
                    let may = fund.partner.as_ref().is_none_or(|only| only == partner);
                    let meets = when.as_ref().is_none_or(|when| self.holds(when, partner, today));
                    if may && meets {
                        begin(self, Some(partner));
                    }
                }
            }
        }
    }

    /// Gives an allocation so much of the free budget, if there is as much.
    fn give_allocation(
        &mut self,
        cause: &Arc<str>,
        made: Allocation,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let (fund, code) = (made.fund.clone(), made.code.clone());
        let account = self.funds.accounts.get_mut(&fund).ok_or(Refusal::UnknownCode)?;
        if account.free < amount {
            return Err(Refusal::ExceedsFund);
        }
        account.free -= amount;
        if made.partner.is_none() {
            account.pools.insert(code.clone());
        }
        let key = (fund.clone(), code.clone());
        let own = self.funds.allocations.get_or_insert_with(key, || made);
        own.amount += amount;
        own.open += amount;
        let (free, open) = (Account::Free(fund.clone()), Account::OpenAllocation(fund, code));
        self.post_in_money(cause, free, open, amount);
        Ok(())
    }

    /// What allocations lack comes from the free budget, as a plan says.
    pub(super) fn top_allocation_up(
        &mut self,
        cause: &Arc<str>,
        fund: &Unit,
        code: &Unit,
        amount: Decimal,
    ) {
        if let Some(own) = self.funds.allocations.get(&(fund.clone(), code.clone())).cloned() {
            // The plan has seen that it is free.
            let _ = self.give_allocation(cause, own, amount);
        }
    }

    /// A budget that lines act on: it is open and not over.
    fn open_budget(&self, fund: &Unit) -> Result<(), Refusal> {
        let of = self.wallet.funds.get(fund).ok_or(Refusal::UnknownCode)?;
        if of.budget().is_none() {
            return Err(Refusal::WrongUnit);
        }
        let account = self.funds.accounts.get(fund);
        if account.is_none_or(|account| !account.is_open) {
            return Err(Refusal::NotStarted);
        }
        if account.is_some_and(|account| account.is_ended) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }

    /// An amount of money, of any sign but not nothing.
    pub(super) fn is_money(&self, amount: Decimal) -> Result<(), Refusal> {
        if self.decimals_of_money() < amount.normalize().scale() {
            return Err(Refusal::WrongUnit);
        }
        if amount.is_zero() || !crate::evaluate::is_amount(amount) {
            return Err(Refusal::InvalidAmount);
        }
        Ok(())
    }

    /// An allocation has so much more, or so much of what is free of it is taken back.
    pub(super) fn allocate(
        &mut self,
        key: &Arc<str>,
        fund: &Unit,
        partner: Option<&PartnerCode>,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        if partner.is_some_and(|partner| self.is_unknown(partner)) {
            return Err(Refusal::UnknownPartner);
        }
        let of = self.wallet.funds.get(fund).cloned().ok_or(Refusal::UnknownCode)?;
        partner.map_or(Ok(()), |partner| self.stands_alone(partner))?;
        let row = of.row(key);
        let code = match (row, partner) {
            (Some(row), Some(partner)) => row.of(partner),
            (None, Some(partner)) => self.allocation_of(fund, key, partner),
            _ => key.clone(),
        };
        let there = self.funds.allocations.get(&(fund.clone(), code.clone())).cloned();
        let owner = match (&there, row.map(|row| &row.whose)) {
            (Some(own), _) => own.partner.clone(),
            (None, Some(Whose::Partner(planned))) => Some(planned.clone()),
            (None, Some(Whose::Pool)) => None,
            (None, Some(Whose::Each(_)) | None) => partner.cloned(),
        };
        // A pool is nobody's, and what is somebody's is no other one's.
        if partner.is_some_and(|partner| {
            owner.as_ref().is_none_or(|own| self.survivor(own) != partner)
                || of.partner.as_ref().is_some_and(|only| self.survivor(only) != partner)
        }) {
            return Err(Refusal::NotOwner);
        }
        if of.budget().is_none() {
            return Err(Refusal::WrongUnit);
        }
        self.is_money(amount)?;
        self.open_budget(fund)?;
        if there.as_ref().is_some_and(|own| own.is_ended) {
            return Err(Refusal::Expired);
        }
        if amount < Decimal::ZERO {
            return self.take_allocation_back(key, fund, &code, -amount);
        }
        let name = row.map_or_else(|| key.clone(), |row| row.code.clone());
        let made = there.unwrap_or_else(|| new_allocation(&of, &code, &name, owner.as_ref()));
        self.give_allocation(key, made, amount)
    }

    fn take_allocation_back(
        &mut self,
        cause: &Arc<str>,
        fund: &Unit,
        code: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let key = (fund.clone(), code.clone());
        let own = self.funds.allocations.get_mut(&key).ok_or(Refusal::UnknownKey)?;
        if own.open < amount {
            return Err(Refusal::ExceedsAllocation);
        }
        own.open -= amount;
        own.amount -= amount;
        if let Some(account) = self.funds.accounts.get_mut(fund) {
            account.free += amount;
        }
        let open = Account::OpenAllocation(fund.clone(), code.clone());
        self.post_in_money(cause, open, Account::Free(fund.clone()), amount);
        Ok(())
    }

    /// Raises a budget, or the limit of a fund that partners earn.
    pub(super) fn raise(
        &mut self,
        key: &Arc<str>,
        fund: &Unit,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let of = self.wallet.funds.get(fund).cloned().ok_or(Refusal::UnknownCode)?;
        self.is_money(amount)?;
        if amount < Decimal::ZERO {
            return Err(Refusal::InvalidAmount);
        }
        if let Some(coop) = of.coop() {
            // Without a limit there is nothing to raise.
            if coop.limit.is_none() {
                return Err(Refusal::WrongState);
            }
            let account = self.funds.accounts.get_or_insert_with(fund.clone(), Default::default);
            account.raised += amount;
            return Ok(());
        }
        self.open_budget(fund)?;
        let account = self.funds.accounts.get_mut(fund).ok_or(Refusal::NotStarted)?;
        account.budget += amount;
        account.free += amount;
        let (source, free) = (Account::Source(fund.clone()), Account::Free(fund.clone()));
        self.post_in_money(key, source, free, amount);
        Ok(())
    }

    /// Moves what is free of an allocation to another one, or what a partner holds of a `coop` to
    /// another partner.
    pub(super) fn transfer_of_fund(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        fund: &Unit,
        (from, to): (&str, &str),
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let of = self.wallet.funds.get(fund).cloned().ok_or(Refusal::UnknownCode)?;
        if of.coop().is_some() {
            let [from, to] = [from, to].map(PartnerCode::new);
            return self.transfer_coop(key, on, (&from, &to), fund, amount);
        }
        let allocation = |code: &str| {
            let key = (fund.clone(), Arc::from(code));
            let planned = of.row(code).is_some();
            match self.funds.allocations.get(&key) {
                Some(own) => Ok(Some(own)),
                None if planned => Ok(None),
                None => Err(Refusal::UnknownKey),
            }
        };
        let (giver, taker) = (allocation(from)?, allocation(to)?);
        self.is_money(amount)?;
        if amount < Decimal::ZERO {
            return Err(Refusal::InvalidAmount);
        }
        if from == to {
            return Err(Refusal::WrongState);
        }
        let (Some(giver), Some(taker)) = (giver, taker) else { return Err(Refusal::NotStarted) };
        if giver.is_ended || taker.is_ended {
            return Err(Refusal::Expired);
        }
        if giver.open < amount {
            return Err(Refusal::ExceedsAllocation);
        }
        let [from, to]: [(Unit, Unit); 2] = [from, to].map(|code| (fund.clone(), Arc::from(code)));
        for (key, sign) in [(&from, -amount), (&to, amount)] {
            if let Some(own) = self.funds.allocations.get_mut(key) {
                own.open += sign;
                own.amount += sign;
            }
        }
        let open = |(fund, code): (Unit, Unit)| Account::OpenAllocation(fund, code);
        self.post_in_money(key, open(from), open(to), amount);
        Ok(())
    }

    /// What a benefit gives of a budget: an allocation of its own for the partner, or more of it. A
    /// budget that does not suffice gives nothing.
    pub(in crate::wallet) fn allocate_benefit(
        &mut self,
        benefit: &Unit,
        partner: &PartnerCode,
        fund: &Unit,
        amount: Decimal,
    ) {
        if self.open_budget(fund).is_err() {
            return;
        }
        let Some(of) = self.wallet.funds.get(fund).cloned() else { return };
        let code = super::declared::of_partner(benefit, partner);
        let made = new_allocation(&of, &code, benefit, Some(partner));
        let there = self.funds.allocations.get(&(fund.clone(), code.clone()));
        if there.is_none_or(|own| !own.is_ended) {
            let _ = self.give_allocation(benefit, made, amount);
        }
    }
}

/// An allocation of nothing yet, with the days of its row, or of the fund.
fn new_allocation(
    fund: &Fund,
    code: &Unit,
    row: &Unit,
    partner: Option<&PartnerCode>,
) -> Allocation {
    let planned = fund.row(row);
    Allocation {
        fund: fund.code.clone(),
        code: code.clone(),
        row: row.clone(),
        partner: partner.cloned(),
        amount: Decimal::ZERO,
        open: Decimal::ZERO,
        recaptured: Decimal::ZERO,
        starts: planned.and_then(|row| row.starts).or(fund.starts),
        ends: planned.and_then(|row| row.ends).or(fund.ends),
        claims_until: planned.and_then(|row| row.claims_until).or(fund.last_claims()),
        activities: planned.and_then(|row| row.activities.clone()),
        is_ended: false,
    }
}
