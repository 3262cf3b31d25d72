//! Claims on agreements: what is asked of them, and what becomes of them; deliveries, reports of
//! stock and prices.
//!
//! # Promises
//!
//! * Lines are decided when a claim is submitted, one after the other, and count from then on until
//!   it is rejected or cancelled.
//! * A claim of which no line is payable is rejected at once.
//! * What is approved is no more than what the lines come to, and what is paid no more than what was
//!   approved.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::declared::Agreement;
use super::lines::{AskedChannelClaim, ChannelLine, PriceLine, ShipmentLine, StockLine};
use super::state::{ChannelClaim, ClaimLine, Delivery, Listed, Report};
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::funds::{FundLine, Mended, Stage};
use crate::wallet::ledger::Account;

impl Book {
    /// Does what a line about agreements, stock or prices asks.
    pub(in crate::wallet) fn act_on_channel(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &ChannelLine,
    ) -> Result<(), Refusal> {
        match line {
            ChannelLine::Claim(asked) => self.claim_by(key, on.date(), asked),
            ChannelLine::Shipment(line) => self.deliver(key, on, line),
            ChannelLine::Stock(line) => self.report_stock(key, on, line),
            ChannelLine::Price(line) => self.list_price(key, on.date(), line),
        }
    }

    /// Moves a claim on an agreement. Deliveries, reports and prices do not move.
    pub(in crate::wallet) fn move_claim(
        &mut self,
        key: &Arc<str>,
        on: Date,
        line: &FundLine,
    ) -> Result<(), Refusal> {
        let claim = self.channel.claims.get(key).cloned().ok_or(Refusal::WrongState)?;
        match line {
            FundLine::Submit(mended) => self.submit_again(key, on, claim, mended),
            FundLine::SendBack { .. } if claim.stage == Stage::Submitted => {
                self.keep_claim(key, ChannelClaim { stage: Stage::SentBack, ..claim });
                Ok(())
            }
            FundLine::Approve { amount, .. } => self.approve_channel(key, claim, *amount),
            FundLine::Reject { .. } if claim.stage == Stage::Submitted => {
                self.give_back(&claim);
                self.keep_claim(key, ChannelClaim { stage: Stage::Rejected, ..claim });
                Ok(())
            }
            FundLine::Pay { amount, .. } => self.pay_channel(key, claim, *amount),
            _ => Err(Refusal::WrongState),
        }
    }

    fn keep_claim(&mut self, key: &Arc<str>, claim: ChannelClaim) {
        self.channel.claims.insert(key.clone(), claim);
    }

    fn is_partner(&self, partner: &PartnerCode) -> Result<(), Refusal> {
        if self.is_unknown(partner) || self.wallet.pools.contains_key(partner) {
            return Err(Refusal::UnknownPartner);
        }
        Ok(())
    }

    fn claim_by(
        &mut self,
        key: &Arc<str>,
        on: Date,
        asked: &AskedChannelClaim,
    ) -> Result<(), Refusal> {
        let AskedChannelClaim { partner, agreement, lines, draft } = asked;
        self.is_partner(partner)?;
        let wallet = self.wallet.clone();
        let of = wallet.agreements.get(agreement).ok_or(Refusal::UnknownCode)?;
        self.stands_alone(partner)?;
        self.may_claim(of, partner, on)?;
        let lines = lines.iter().map(|said| ClaimLine { said: said.clone(), decided: None });
        let mut claim = ChannelClaim {
            partner: partner.clone(),
            agreement: agreement.clone(),
            date: on,
            lines: lines.collect(),
            stage: Stage::Draft,
            submitted: None,
            approved: Decimal::ZERO,
            paid: Decimal::ZERO,
        };
        if !draft {
            self.submit_by(key, on, of, &mut claim);
        }
        self.keep_claim(key, claim);
        self.approve_small(key, of);
        Ok(())
    }

    fn submit_again(
        &mut self,
        key: &Arc<str>,
        on: Date,
        mut claim: ChannelClaim,
        mended: &Mended,
    ) -> Result<(), Refusal> {
        // What only a claim on a fund says is no part of it.
        let Mended { date, cost, amount, own_cash, evidence, invoice, reason: _, lines } = mended;
        let of_funds = cost.or(*amount).or(*own_cash).is_some() || date.is_some();
        if of_funds || evidence.is_some() || invoice.is_some() {
            return Err(Refusal::WrongUnit);
        }
        if !matches!(claim.stage, Stage::Draft | Stage::SentBack) {
            return Err(Refusal::WrongState);
        }
        let wallet = self.wallet.clone();
        let of = wallet.agreements.get(&claim.agreement).ok_or(Refusal::UnknownCode)?;
        self.stands_alone(&claim.partner)?;
        if claim.counts() {
            self.give_back(&claim);
        }
        if let Some(lines) = lines {
            let lines = lines.iter().map(|said| ClaimLine { said: said.clone(), decided: None });
            claim.lines = lines.collect();
        }
        self.submit_by(key, on, of, &mut claim);
        self.keep_claim(key, claim);
        self.approve_small(key, of);
        Ok(())
    }

    /// Decides the lines of a claim, each after those before it.
    fn submit_by(&mut self, key: &Arc<str>, on: Date, of: &Agreement, claim: &mut ChannelClaim) {
        claim.submitted = Some(claim.submitted.unwrap_or(on));
        claim.stage = Stage::Submitted;
        for at in 0..claim.lines.len() {
            let said = std::mem::take(&mut claim.lines[at].said);
            let decided = self.decide_line(of, claim, &said);
            let line = ClaimLine { said, decided: Some(decided) };
            self.channel.count(key, claim, &line);
            claim.lines[at] = line;
        }
        if claim.decided().all(|decided| decided.payable.is_zero()) {
            claim.stage = Stage::Rejected;
        }
    }

    fn give_back(&mut self, claim: &ChannelClaim) {
        for line in &claim.lines {
            self.channel.uncount(claim, line);
        }
    }

    fn approve_small(&mut self, key: &Arc<str>, of: &Agreement) {
        let Some(claim) = self.channel.claims.get(key) else { return };
        let calculated = claim.calculated();
        let is_small = |limit: Decimal| Decimal::ZERO < calculated && calculated <= limit;
        if claim.stage == Stage::Submitted && of.auto_approve.is_some_and(is_small) {
            let claim = claim.clone();
            // What is calculated can be approved.
            let _ = self.approve_channel(key, claim, None);
        }
    }

    fn approve_channel(
        &mut self,
        key: &Arc<str>,
        claim: ChannelClaim,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        self.are_money_of_claims(amount)?;
        if claim.stage != Stage::Submitted {
            return Err(Refusal::WrongState);
        }
        let calculated = claim.calculated();
        if amount.is_some_and(|amount| calculated < amount) || is_in_parts(&claim, amount) {
            return Err(Refusal::ExceedsClaim);
        }
        let approved = amount.unwrap_or(calculated);
        self.owe_by_agreement(key, &claim, approved);
        self.keep_claim(key, ChannelClaim { stage: Stage::Approved, approved, ..claim });
        Ok(())
    }

    fn are_money_of_claims(&self, amount: Option<Decimal>) -> Result<(), Refusal> {
        let Some(amount) = amount else { return Ok(()) };
        if self.decimals_of_money() < amount.normalize().scale() {
            return Err(Refusal::WrongUnit);
        }
        if amount <= Decimal::ZERO || !crate::evaluate::is_amount(amount) {
            return Err(Refusal::InvalidAmount);
        }
        Ok(())
    }

    /// Posts what is owed; what is below zero, the other way.
    fn owe_by_agreement(&mut self, cause: &Arc<str>, claim: &ChannelClaim, amount: Decimal) {
        let expense = Account::Expense(claim.agreement.clone());
        let payable = Account::Payable(self.survivor(&claim.partner).clone());
        let (debit, credit) =
            if amount < Decimal::ZERO { (payable, expense) } else { (expense, payable) };
        self.post_in_money(cause, debit, credit, amount.abs());
    }

    fn pay_channel(
        &mut self,
        key: &Arc<str>,
        claim: ChannelClaim,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        self.are_money_of_claims(amount)?;
        if claim.stage != Stage::Approved {
            return Err(Refusal::WrongState);
        }
        let owed = claim.approved - claim.paid;
        if amount.is_some_and(|amount| owed < amount) || is_in_parts(&claim, amount) {
            return Err(Refusal::ExceedsClaim);
        }
        let amount = amount.unwrap_or(owed);
        let payable = Account::Payable(self.survivor(&claim.partner).clone());
        let (debit, credit) = if amount < Decimal::ZERO {
            (Account::Cash, payable)
        } else {
            (payable, Account::Cash)
        };
        self.post_in_money(key, debit, credit, amount.abs());
        let paid = claim.paid + amount;
        let stage = if paid == claim.approved { Stage::Paid } else { Stage::Approved };
        self.keep_claim(key, ChannelClaim { stage, paid, ..claim });
        Ok(())
    }

    /// Undoes a claim that is not paid, a delivery, a report or a price: all of it. What was decided
    /// by what they said stays.
    pub(in crate::wallet) fn cancel_of_channel(
        &mut self,
        key: &Arc<str>,
        is_whole: bool,
    ) -> Result<(), Refusal> {
        if !is_whole {
            return Err(Refusal::WrongState);
        }
        if let Some(claim) = self.channel.claims.get(key).cloned() {
            return self.cancel_channel_claim(key, claim);
        }
        let channel = &self.channel;
        if let Some(own) = channel.delivery(key).filter(|own| !own.is_cancelled).cloned() {
            self.channel.put_delivery(key.clone(), Delivery { is_cancelled: true, ..own });
        } else if let Some(own) = channel.report(key).filter(|own| !own.is_cancelled).cloned() {
            self.channel.put_report(key.clone(), Report { is_cancelled: true, ..own });
        } else if let Some(own) = channel.price(key).filter(|own| !own.is_cancelled).cloned() {
            self.channel.put_price(key.clone(), Listed { is_cancelled: true, ..own });
        } else {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    fn cancel_channel_claim(&mut self, key: &Arc<str>, claim: ChannelClaim) -> Result<(), Refusal> {
        if !claim.stage.is_live() || !claim.paid.is_zero() {
            return Err(Refusal::WrongState);
        }
        if claim.stage == Stage::Approved {
            let cause: Arc<str> = Arc::from(format!("{key}-c"));
            self.owe_by_agreement(&cause, &claim, -claim.approved);
        }
        if claim.counts() {
            self.give_back(&claim);
        }
        let approved = Decimal::ZERO;
        self.keep_claim(key, ChannelClaim { stage: Stage::Cancelled, approved, ..claim });
        Ok(())
    }

    fn deliver(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &ShipmentLine,
    ) -> Result<(), Refusal> {
        let ShipmentLine { partner, product, quantity, price, arrives } = line;
        self.is_partner(partner)?;
        self.stands_alone(partner)?;
        let arrives = arrives.unwrap_or(on);
        let is_priced = price.is_none_or(|price| is_number(price, Decimal::ZERO));
        if !is_number(*quantity, Decimal::ZERO) || quantity.is_zero() || !is_priced || arrives < on
        {
            return Err(Refusal::InvalidAmount);
        }
        let delivery = Delivery {
            partner: partner.clone(),
            product: product.clone(),
            quantity: *quantity,
            price: *price,
            sent: on,
            arrives,
            is_cancelled: false,
        };
        self.channel.put_delivery(key.clone(), delivery);
        Ok(())
    }

    fn report_stock(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &StockLine,
    ) -> Result<(), Refusal> {
        let StockLine { partner, product, quantity, in_transit } = line;
        self.is_partner(partner)?;
        self.stands_alone(partner)?;
        let zero = Decimal::ZERO;
        if !is_number(*quantity, zero) || in_transit.is_some_and(|it| !is_number(it, zero)) {
            return Err(Refusal::InvalidAmount);
        }
        let shelf = self.channel.shelf(partner, product);
        if shelf.is_some_and(|shelf| shelf.reports.contains_key(&on)) {
            return Err(Refusal::WrongState);
        }
        let report = Report {
            partner: partner.clone(),
            product: product.clone(),
            at: on,
            quantity: *quantity,
            in_transit: *in_transit,
            is_cancelled: false,
        };
        self.channel.put_report(key.clone(), report);
        Ok(())
    }

    fn list_price(&mut self, key: &Arc<str>, on: Date, line: &PriceLine) -> Result<(), Refusal> {
        let PriceLine { list, product, amount } = line;
        if !is_number(*amount, Decimal::ZERO) {
            return Err(Refusal::InvalidAmount);
        }
        let days = self.channel.listed(list, product);
        if days.is_some_and(|days| days.contains_key(&on)) {
            return Err(Refusal::WrongState);
        }
        let price = Listed {
            list: list.clone(),
            product: product.clone(),
            from: on,
            amount: *amount,
            is_cancelled: false,
        };
        self.channel.put_price(key.clone(), price);
        Ok(())
    }
}

/// Whether so much is a part of a claim of which the partner owes a line: that is owed as a whole.
fn is_in_parts(claim: &ChannelClaim, amount: Option<Decimal>) -> bool {
    let owes = |line: &super::state::Decided| line.amount < Decimal::ZERO;
    amount.is_some_and(|amount| amount != claim.calculated()) && claim.decided().any(owes)
}

/// Whether it is a number from a least one on.
fn is_number(number: Decimal, least: Decimal) -> bool {
    least <= number && crate::evaluate::is_amount(number)
}
