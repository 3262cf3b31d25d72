//! What is asked of funds: each line to its place, and whether it may be asked at all.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::declared::{Activity, Asking, Fund, Reimburse, Sources, Whose};
use super::lines::{FundLine, Purpose};
use super::sources::Asker;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::condition::{Awarded, Expr, Subject};
use crate::fact::Fact;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::dates::later;
use crate::wallet::ledger::Unit;
use crate::wallet::rewards;

/// What a request or a claim says, as rules read it.
pub(super) struct Said<'a> {
    pub partner: &'a PartnerCode,
    pub fund: &'a Fund,
    pub activity: &'a Activity,
    pub from: Option<&'a Sources>,
    pub date: Date,
    pub cost: Option<Decimal>,
    pub amount: Option<Decimal>,
    pub own_cash: Option<Decimal>,
    pub invoice: Option<&'a str>,
}

impl<'a> Said<'a> {
    pub fn asker(&'a self) -> Asker<'a> {
        Asker {
            partner: self.partner,
            fund: &self.fund.code,
            activity: self.activity,
            date: self.date,
            from: self.from,
        }
    }

    /// It, as conditions read it.
    fn fact(&self) -> Fact {
        let mut fact = rewards::nothing(self.partner, self.date);
        fact.amount = self.amount;
        fact.activity_type = Some(self.activity.code.to_string());
        let numbers = [("cost", self.cost), ("own_cash", self.own_cash)];
        let numbers = numbers.into_iter().filter_map(|(word, it)| Some((word, it?.to_string())));
        let invoice = self.invoice.map(|it| ("invoice", it.to_owned()));
        fact.attributes = numbers.chain(invoice).map(|(word, it)| (word.to_owned(), it)).collect();
        fact
    }
}

impl Book {
    /// Does what a line about funds asks.
    pub(in crate::wallet) fn act_on_funds(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &FundLine,
    ) -> Result<(), Refusal> {
        if self.channel.has(key) && line.fund().is_none() {
            return self.move_claim(key, on.date(), line);
        }
        match line {
            FundLine::Credit { partner, fund, amount, expires, usable, .. } => {
                self.credit_coop(key, on, (partner, fund), *amount, (*expires, *usable))
            }
            FundLine::Transfer { fund, from, to, amount } => {
                self.transfer_of_fund(key, on, fund, (from, to), *amount)
            }
            FundLine::TopUp { fund, amount } => self.raise(key, fund, *amount),
            FundLine::Allocate { fund, partner, amount } => {
                self.allocate(key, fund, partner.as_ref(), *amount)
            }
            FundLine::Request(asked) => self.request(key, on.date(), asked),
            FundLine::Claim(asked) => self.claim(key, on.date(), asked),
            FundLine::Submit(_) | FundLine::SendBack { .. } | FundLine::Approve { .. }
                if !self.funds.has(key) =>
            {
                Err(Refusal::UnknownKey)
            }
            FundLine::Submit(mended) if self.funds.requests.contains_key(key) => {
                self.submit_request(key, on.date(), mended)
            }
            FundLine::Submit(mended) => self.submit_claim(key, on.date(), mended),
            FundLine::SendBack { .. } => self.send_back(key),
            FundLine::Approve { amount, .. } if self.funds.requests.contains_key(key) => {
                self.approve_request(key, *amount)
            }
            FundLine::Approve { amount, .. } => self.approve_claim(key, *amount),
            FundLine::Reject { .. } => self.reject(key),
            FundLine::Pay { amount, .. } => self.pay_claim(key, *amount),
            FundLine::Close { .. } => self.close_request(key),
        }
    }

    /// The fund and the activity that somebody asks of, if they may ask it at all.
    pub(super) fn may_ask(&self, of: &Purpose) -> Result<(Fund, Activity), Refusal> {
        if self.is_unknown(&of.partner) || self.wallet.pools.contains_key(&of.partner) {
            return Err(Refusal::UnknownPartner);
        }
        let fund = self.wallet.funds.get(&of.fund).ok_or(Refusal::UnknownCode)?;
        let activity = fund.activity(of.activity.as_deref()).ok_or(Refusal::UnknownCode)?;
        for source in of.from.iter().flat_map(Sources::all) {
            let code = source.fund.as_ref().unwrap_or(&of.fund);
            let other = self.wallet.funds.get(code).ok_or(Refusal::UnknownCode)?;
            let Some(named) = &source.allocation else { continue };
            let own = self.allocation_of(code, named, &of.partner);
            let is_there = self.funds.allocations.get(&(code.clone(), own)).is_some();
            if !is_there && other.row(named).is_none() {
                return Err(Refusal::UnknownCode);
            }
        }
        self.stands_alone(&of.partner)?;
        let is_others = |only: &PartnerCode| self.survivor(only) != &of.partner;
        if fund.partner.as_ref().is_some_and(is_others) {
            return Err(Refusal::NotOwner);
        }
        for source in of.from.iter().flat_map(Sources::all) {
            let code = source.fund.as_ref().unwrap_or(&of.fund);
            let Some(named) = &source.allocation else { continue };
            if self.is_of_others(code, named, &of.partner) {
                return Err(Refusal::NotOwner);
            }
        }
        Ok((fund.clone(), activity.clone()))
    }

    /// Whether an allocation that a partner names is another one's.
    fn is_of_others(&self, fund: &Unit, named: &Unit, partner: &PartnerCode) -> bool {
        let code = self.allocation_of(fund, named, partner);
        if let Some(own) = self.funds.allocations.get(&(fund.clone(), code)) {
            return own.partner.as_ref().is_some_and(|own| self.survivor(own) != partner);
        }
        let row = self.wallet.funds.get(fund).and_then(|fund| fund.row(named));
        let has_begun = self.funds.accounts.get(fund).is_some_and(|it| it.begun.contains(named));
        match row.map(|row| &row.whose) {
            Some(Whose::Partner(own)) => self.survivor(own) != partner,
            // Those who have one have it since its first day.
            Some(Whose::Each(_)) => has_begun,
            Some(Whose::Pool) | None => false,
        }
    }

    /// Amounts that are said are money, and above zero.
    pub(super) fn are_money(&self, amounts: &[Option<Decimal>]) -> Result<(), Refusal> {
        let all = || amounts.iter().flatten();
        if all().any(|amount| self.decimals_of_money() < amount.normalize().scale()) {
            return Err(Refusal::WrongUnit);
        }
        let is_wrong =
            |amount: &Decimal| *amount <= Decimal::ZERO || !crate::evaluate::is_amount(*amount);
        if all().any(is_wrong) { Err(Refusal::InvalidAmount) } else { Ok(()) }
    }

    /// Whether these days lie in those of the fund, and of the allocations that are named.
    pub(super) fn is_in_time(&self, said: &Said<'_>, days: &[Date]) -> Result<(), Refusal> {
        let Said { fund, .. } = said;
        let mut spans = vec![(fund.starts, fund.ends)];
        for source in said.from.iter().flat_map(|from| from.all()) {
            let code = source.fund.as_ref().unwrap_or(&fund.code);
            let Some(named) = &source.allocation else { continue };
            let own = self.allocation_of(code, named, said.partner);
            match self.funds.allocations.get(&(code.clone(), own)) {
                Some(own) => spans.push((own.starts, own.ends)),
                None => return Err(Refusal::NotStarted),
            }
        }
        let before = |day: Date, starts: Option<Date>| starts.is_some_and(|starts| day < starts);
        if spans.iter().any(|(starts, _)| days.iter().any(|day| before(*day, *starts))) {
            return Err(Refusal::NotStarted);
        }
        if fund.budget().is_some()
            && !self.funds.accounts.get(&fund.code).is_some_and(|it| it.is_open)
        {
            return Err(Refusal::NotStarted);
        }
        let after = |day: Date, ends: Option<Date>| ends.is_some_and(|ends| ends < day);
        if spans.iter().any(|(_, ends)| days.iter().any(|day| after(*day, *ends))) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }

    /// Whether a claim comes in time, on a day.
    pub(super) fn is_claimed_in_time(&self, said: &Said<'_>, on: Date) -> Result<(), Refusal> {
        let within = said.activity.claim_within.map(|within| later(said.date, within));
        let mut last = vec![within, said.fund.last_claims()];
        for source in said.from.iter().flat_map(|from| from.all()) {
            let code = source.fund.as_ref().unwrap_or(&said.fund.code);
            let Some(named) = &source.allocation else { continue };
            let own = self.allocation_of(code, named, said.partner);
            let own = self.funds.allocations.get(&(code.clone(), own));
            last.push(own.and_then(|own| own.claims_until));
        }
        let is_late = last.into_iter().flatten().any(|last| last < on);
        if is_late { Err(Refusal::TooLate) } else { Ok(()) }
    }

    /// Whether what is said meets the conditions of its activity, and what share the fund pays: so
    /// much of the cost.
    pub(super) fn reimbursed(&self, said: &Said<'_>) -> Result<Decimal, Refusal> {
        let cost = said.cost.unwrap_or_default();
        if said.activity.when.as_ref().is_some_and(|when| !self.is_met(when, said)) {
            return Err(Refusal::NotEligible);
        }
        for source in said.from.iter().flat_map(|from| from.all()) {
            let code = source.fund.as_ref().unwrap_or(&said.fund.code);
            let Some(named) = &source.allocation else { continue };
            let own = self.allocation_of(code, named, said.partner);
            let own = self.funds.allocations.get(&(code.clone(), own));
            let activities = own.and_then(|own| own.activities.as_ref());
            if *code == said.fund.code
                && activities.is_some_and(|all| !all.contains(&said.activity.code))
            {
                return Err(Refusal::NotEligible);
            }
        }
        let exact = match &said.activity.reimburse {
            Reimburse::Match(times) => cost.checked_div(Decimal::ONE + times),
            Reimburse::Rows(rows) => {
                let holds =
                    |when: &Option<Expr>| when.as_ref().is_none_or(|it| self.is_met(it, said));
                let row = rows.iter().find(|(when, _)| holds(when)).ok_or(Refusal::NotEligible)?;
                cost.checked_mul(row.1)
            }
        };
        let exact = exact.ok_or(Refusal::InvalidAmount)?;
        Ok(RoundingMode::HalfUp.round(exact, self.decimals_of_money()))
    }

    fn is_met(&self, when: &Expr, said: &Said<'_>) -> bool {
        let fact = said.fact();
        let master = &self.people.master;
        let partner = self.survivor(said.partner);
        let own = master.partners.get(partner).map(|own| own.on(said.date));
        let subject = Subject {
            fact: &fact,
            date: said.date,
            quantity: None,
            amount: fact.amount,
            partner: own,
            product: None,
            earner: own.map(|own| (partner, own)),
            master,
            lists: &master.lists,
            currency: self.money,
            awarded: Awarded::Unknown,
        };
        when.truth(&subject).unwrap_or(false)
    }
}

/// Whether it may be asked for by a request.
pub(super) fn may_be_requested(activity: &Activity) -> Result<(), Refusal> {
    if activity.request == Asking::None { Err(Refusal::WrongState) } else { Ok(()) }
}
