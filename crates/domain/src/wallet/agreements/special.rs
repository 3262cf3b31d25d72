//! Special prices: a partner sold for less, and is paid what it had paid too much.
//!
//! # Promises
//!
//! * A sale is claimed once, by whichever agreement.
//! * Of a row no more is paid than its quantity and its amount, over all claims; steps go by the
//!   quantity that was claimed before.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::deciding::{Looked, above_zero};
use super::declared::{Proof, Row, SpecialPrice, Step};
use super::lines::AskedLine;
use super::state::{Decided, Part, Tally, Why};
use super::stock::{Sale, Upto};
use crate::code::{FactKey, PartnerCode, ProductCode};
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::lot::midnight;

/// What a line claims, once its sale was looked up.
struct Sold {
    product: ProductCode,
    date: Date,
    quantity: Decimal,
    /// No more than this was sold.
    proven: Option<Decimal>,
}

impl Book {
    pub(super) fn special_price(
        &self,
        looked: &Looked<'_>,
        terms: &SpecialPrice,
    ) -> Result<Decided, Refusal> {
        let sale = self.sale_of(looked)?;
        let said = as_sold(looked.said, sale);
        let looked = &Looked { said: &said, ..*looked };
        if said.method.is_some() {
            return Err(Refusal::WrongUnit);
        }
        let product = said.product.clone().ok_or(Refusal::InvalidAmount)?;
        let date = said.date.unwrap_or(looked.day);
        let quantity = above_zero(said.quantity)?;
        let sold = Sold {
            proven: sale.and_then(|sale| sale.quantity).map(|it| it.max(Decimal::ZERO)),
            product,
            date,
            quantity,
        };
        let refused = |reason: Refusal| {
            let product = Some(sold.product.clone());
            Decided { product, date, quantity, rejected: quantity, ..looked.refused(reason) }
        };
        Ok(self.row_decided(looked, terms, &sold).unwrap_or_else(refused))
    }

    fn row_decided(
        &self,
        looked: &Looked<'_>,
        terms: &SpecialPrice,
        sold: &Sold,
    ) -> Result<Decided, Refusal> {
        let Sold { product, date, quantity, .. } = sold;
        let cost = match &terms.list {
            Some(list) => self.listed_price(list, product, *date).ok_or(Refusal::UnknownCode)?.1,
            None => looked.said.cost.ok_or(Refusal::InvalidAmount)?,
        };
        if cost < Decimal::ZERO || !crate::evaluate::is_amount(cost) {
            return Err(Refusal::InvalidAmount);
        }
        looked.is_in_time(*date)?;
        let asks = looked.asks(product, *date, *quantity);
        self.is_agreed(looked, &asks)?;
        let row = self.row_for(terms, product, &asks).ok_or(Refusal::NotEligible)?;
        self.is_proven(looked, terms.proof)?;
        if row.minimum.is_some_and(|minimum| *quantity < minimum) {
            return Err(Refusal::BelowMinimum);
        }
        let claimed = self.tally_of(looked, row);
        let (payable, mut reason) = self.cut(looked, terms, (row, claimed), sold);
        let parts = slices(&row.steps, cost, claimed.quantity, payable);
        let parts = parts.ok_or(Refusal::InvalidAmount)?;
        let exact = parts.iter().try_fold(Decimal::ZERO, |sum, part| {
            sum.checked_add(part.quantity.checked_mul(part.each)?)
        });
        let mut amount = self.in_money(exact)?;
        if let Some(limit) = row.amount {
            let left = (limit - claimed.amount).max(Decimal::ZERO);
            if left < amount {
                amount = left;
                reason = Some(first(reason, Refusal::LimitTotal));
            }
        }
        if amount.is_zero() {
            // What was paid is not above what was agreed, or nothing is left.
            return Err(reason.unwrap_or(Refusal::NotEligible));
        }
        Ok(Decided {
            product: Some(product.clone()),
            date: *date,
            quantity: *quantity,
            payable,
            rejected: *quantity - payable,
            cost: Some(cost),
            amount,
            reason,
            why: Why::Special { row: row.name.clone(), parts },
        })
    }

    /// How much of a line is payable, and what cuts it.
    fn cut(
        &self,
        looked: &Looked<'_>,
        terms: &SpecialPrice,
        (row, claimed): (&Row, Tally),
        sold: &Sold,
    ) -> (Decimal, Option<Refusal>) {
        let stock = (terms.proof == Proof::Stock).then(|| self.claimable(looked, sold));
        let limit = row.quantity.map(|limit| limit - claimed.quantity);
        let cuts = [
            (sold.proven, Refusal::Evidence),
            (stock, Refusal::OutOfStock),
            (limit, Refusal::QuantityLimit),
        ];
        let (mut payable, mut reason) = (sold.quantity, None);
        for (most, cut) in cuts {
            let Some(most) = most.map(|most| most.max(Decimal::ZERO)) else { continue };
            if most < payable {
                payable = most;
                reason = Some(first(reason, cut));
            }
        }
        (payable, reason)
    }

    /// What lies in stock, less what was claimed of it since the last report.
    fn claimable(&self, looked: &Looked<'_>, sold: &Sold) -> Decimal {
        let Sold { product, date, .. } = sold;
        let channel = &self.channel;
        let stock = channel.stock(looked.partner, product, Upto::Moment(midnight(*date)));
        let since = channel.last_report(looked.partner, product, *date);
        let since = since.map_or(Date::MIN, DateTime::date);
        let place = (looked.agreement.code.clone(), looked.partner.clone(), product.clone());
        let taken = channel.taken.get(&place).map(|taken| taken.by_day.range(since..));
        let taken: Decimal = taken.into_iter().flatten().map(|(_, quantity)| *quantity).sum();
        stock.amount - taken
    }

    fn tally_of(&self, looked: &Looked<'_>, row: &Row) -> Tally {
        let account = self.channel.accounts.get(&looked.agreement.code);
        account.and_then(|account| account.rows.get(&row.name)).copied().unwrap_or_default()
    }

    /// The sale that a line names, if it is the claimant's.
    fn sale_of(&self, looked: &Looked<'_>) -> Result<Option<&Sale>, Refusal> {
        let Some(key) = &looked.said.sale else { return Ok(None) };
        let sale = self.channel.sales.get(key).ok_or(Refusal::UnknownKey)?;
        let is_own = |partner: &PartnerCode| self.survivor(partner) == looked.partner;
        let distributor = sale.parties.get("distributor");
        if is_own(&sale.partner) || distributor.is_some_and(is_own) {
            Ok(Some(sale))
        } else {
            Err(Refusal::NotOwner)
        }
    }

    /// Whether the sale of a line proves it, and was not claimed before.
    fn is_proven(&self, looked: &Looked<'_>, proof: Proof) -> Result<(), Refusal> {
        let Some(key) = &looked.said.sale else {
            return if proof == Proof::Sale { Err(Refusal::Evidence) } else { Ok(()) };
        };
        let sale = self.channel.sales.get(key).ok_or(Refusal::UnknownKey)?;
        let differs = |own: &AskedLine| {
            let other = |(role, who): (&String, &PartnerCode)| {
                sale.parties.get(role).is_some_and(|sold| sold != who)
            };
            own.product.as_ref().is_some_and(|own| Some(own) != sale.product.as_ref())
                || own.date.is_some_and(|own| own != sale.at.date())
                || own.parties.iter().any(other)
        };
        if differs(looked.said) {
            return Err(Refusal::Evidence);
        }
        if self.is_claimed(key) { Err(Refusal::Duplicate) } else { Ok(()) }
    }

    fn is_claimed(&self, sale: &FactKey) -> bool {
        self.channel.claimed.contains_key(sale)
    }
}

/// The first of two reasons in the order of the reasons.
fn first(reason: Option<Refusal>, other: Refusal) -> Refusal {
    reason.map_or(other, |reason| reason.min(other))
}

/// A line with what its sale says where it says nothing itself.
fn as_sold(said: &AskedLine, sale: Option<&Sale>) -> AskedLine {
    let mut said = said.clone();
    let Some(sale) = sale else { return said };
    said.product = said.product.or_else(|| sale.product.clone());
    said.quantity = said.quantity.or(sale.quantity);
    said.date = said.date.or(Some(sale.at.date()));
    for (role, who) in &sale.parties {
        said.parties.entry(role.clone()).or_insert_with(|| who.clone());
    }
    said
}

/// So many, after so many that were claimed before, each slice at its own step. What lies below the
/// first step is paid nothing.
fn slices(steps: &[Step], cost: Decimal, claimed: Decimal, quantity: Decimal) -> Option<Vec<Part>> {
    let end = claimed.checked_add(quantity)?;
    let mut parts = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let next = steps.get(at + 1).map_or(end, |next| next.from.min(end));
        let own = next - step.from.max(claimed);
        if Decimal::ZERO < own {
            parts.push(Part { quantity: own, each: step.support.of(cost)? });
        }
    }
    Some(parts)
}
