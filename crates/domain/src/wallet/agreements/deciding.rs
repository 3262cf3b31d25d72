//! Deciding lines: what they are of, and whether they come in time.
//!
//! # Promises
//!
//! * A line has one reason, the first that applies in the order of the reasons; what is payable
//!   nevertheless is.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::conditions::Asks;
use super::declared::{Agreement, AgreementKind};
use super::lines::AskedLine;
use super::state::{ChannelClaim, Decided, Why};
use crate::amount::RoundingMode;
use crate::code::{PartnerCode, ProductCode};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::dates::later;

/// A line that is looked at, by what it claims.
pub(super) struct Looked<'a> {
    pub agreement: &'a Agreement,
    pub partner: &'a PartnerCode,
    pub said: &'a AskedLine,
    /// The day on which the claim was submitted first.
    pub submitted: Date,
    /// The day of a line that says none.
    pub day: Date,
}

impl Looked<'_> {
    /// A line of which nothing is paid.
    pub fn refused(&self, reason: Refusal) -> Decided {
        let quantity = self.said.quantity.unwrap_or_default();
        Decided {
            product: self.said.product.clone(),
            date: self.said.date.unwrap_or(self.day),
            quantity,
            payable: Decimal::ZERO,
            rejected: quantity.max(Decimal::ZERO),
            cost: self.said.cost,
            amount: Decimal::ZERO,
            reason: Some(reason),
            why: Why::Nothing,
        }
    }

    /// Whether a day lies in those of the agreement, and was claimed in time.
    pub fn is_in_time(&self, day: Date) -> Result<(), Refusal> {
        let Agreement { starts, ends, claim_within, .. } = self.agreement;
        if starts.is_some_and(|starts| day < starts) {
            return Err(Refusal::NotStarted);
        }
        if ends.is_some_and(|ends| ends < day) {
            return Err(Refusal::Expired);
        }
        if claim_within.is_some_and(|within| later(day, within) < self.submitted) {
            return Err(Refusal::TooLate);
        }
        Ok(())
    }

    pub fn asks(&self, product: &ProductCode, date: Date, quantity: Decimal) -> Asks {
        Asks::of(self.partner, date).with(self.said, product, quantity)
    }
}

impl Book {
    /// What is payable of a line, with what was claimed by then.
    pub(super) fn decide_line(
        &self,
        agreement: &Agreement,
        claim: &ChannelClaim,
        said: &AskedLine,
    ) -> Decided {
        let looked = Looked {
            agreement,
            partner: &claim.partner,
            said,
            submitted: claim.submitted.unwrap_or(claim.date),
            day: claim.date,
        };
        let decided = match &agreement.kind {
            AgreementKind::SpecialPrice(terms) => self.special_price(&looked, terms),
            AgreementKind::PriceProtection(terms) => self.price_protection(&looked, terms),
            AgreementKind::StockRotation(terms) => self.stock_rotation(&looked, terms),
        };
        decided.unwrap_or_else(|reason| looked.refused(reason))
    }

    /// Whether what the agreement asks of all its lines holds.
    pub(super) fn is_agreed(&self, looked: &Looked<'_>, asks: &Asks) -> Result<(), Refusal> {
        match &looked.agreement.when {
            Some(when) if !self.agrees(when, asks) => Err(Refusal::NotEligible),
            _ => Ok(()),
        }
    }

    /// An amount of money; what is beyond any amount is none.
    pub(super) fn in_money(&self, exact: Option<Decimal>) -> Result<Decimal, Refusal> {
        let exact = exact.filter(|exact| crate::evaluate::is_amount(*exact));
        let exact = exact.ok_or(Refusal::InvalidAmount)?;
        Ok(RoundingMode::HalfUp.round(exact, self.decimals_of_money()))
    }
}

/// A number that may be claimed: above zero.
pub(super) fn above_zero(number: Option<Decimal>) -> Result<Decimal, Refusal> {
    let is_right = |it: &Decimal| Decimal::ZERO < *it && crate::evaluate::is_amount(*it);
    number.filter(is_right).ok_or(Refusal::InvalidAmount)
}
