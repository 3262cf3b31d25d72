//! Price protection: a price falls, and what lay in stock is worth less.
//!
//! # Promises
//!
//! * A change of a price is claimed once by a partner, whatever claim names it.
//! * What is supported is what lay there at the beginning of the day of the change.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::deciding::{Looked, above_zero};
use super::declared::PriceProtection;
use super::state::{Decided, Why};
use super::stock::Upto;
use crate::code::ProductCode;
use crate::program::Span;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;

/// A change of a price: from which day on, and from what to what.
struct Changed {
    on: Date,
    old: Decimal,
    new: Decimal,
}

impl Book {
    pub(super) fn price_protection(
        &self,
        looked: &Looked<'_>,
        terms: &PriceProtection,
    ) -> Result<Decided, Refusal> {
        let said = looked.said;
        if said.sale.is_some() || said.method.is_some() || said.cost.or(said.price).is_some() {
            return Err(Refusal::WrongUnit);
        }
        let product = said.product.as_ref().ok_or(Refusal::InvalidAmount)?;
        if said.quantity.is_some() {
            above_zero(said.quantity)?;
        }
        let date = said.date.unwrap_or(looked.day);
        let changed = self.last_change(&terms.list, product, date).ok_or(Refusal::NotEligible)?;
        looked.is_in_time(changed.on)?;
        if changed.old < changed.new && !terms.reverse {
            return Err(Refusal::NotEligible);
        }
        let stock = self.channel.stock(looked.partner, product, Upto::BeginningOf(changed.on));
        let mut in_stock = stock.amount.max(Decimal::ZERO);
        if let Some(within) = terms.bought_within {
            // The oldest is sold first: what is left is what came last.
            let from = earlier(changed.on, within);
            let upto = Upto::BeginningOf(changed.on);
            let received = self.channel.received(looked.partner, product, from, upto);
            in_stock = in_stock.min(received);
        }
        let in_transit = if terms.in_transit { stock.in_transit } else { Decimal::ZERO };
        let there = in_stock + in_transit;
        let quantity = said.quantity.unwrap_or(there);
        let asks = looked.asks(product, date, quantity);
        self.is_agreed(looked, &asks)?;
        let place = (looked.agreement.code.clone(), looked.partner.clone(), product.clone());
        let claimed = self.channel.taken.get(&place);
        if claimed.is_some_and(|claimed| claimed.changes.contains_key(&changed.on)) {
            return Err(Refusal::Duplicate);
        }
        let units = quantity.min(there);
        let payable = units.checked_mul(terms.quantity).ok_or(Refusal::InvalidAmount)?;
        if payable.is_zero() {
            return Err(Refusal::OutOfStock);
        }
        let each = (changed.old - changed.new).checked_mul(terms.price);
        let amount = self.in_money(each.and_then(|each| each.checked_mul(payable)))?;
        Ok(Decided {
            product: Some(product.clone()),
            date: changed.on,
            quantity,
            payable,
            rejected: quantity - units,
            cost: Some(changed.old),
            amount,
            reason: (units < quantity).then_some(Refusal::OutOfStock),
            why: Why::Protection {
                changed: changed.on,
                old: changed.old,
                new: changed.new,
                in_stock,
                in_transit,
            },
        })
    }

    /// The last change of a price up to a day. The first price of a product is no change.
    fn last_change(&self, list: &str, product: &ProductCode, day: Date) -> Option<Changed> {
        let mut day = day;
        loop {
            let (since, new) = self.listed_price(list, product, day)?;
            let on = since?;
            let before = on.yesterday().ok()?;
            let (_, old) = self.listed_price(list, product, before)?;
            if old != new {
                return Some(Changed { on, old, new });
            }
            day = before;
        }
    }

    /// What a product costs by a list on a day, and since when. What lines say of a day goes before
    /// what the list says of the same.
    pub(super) fn listed_price(
        &self,
        list: &str,
        product: &ProductCode,
        day: Date,
    ) -> Option<(Option<Date>, Decimal)> {
        let told = self.channel.listed(list, product);
        let told = told.and_then(|days| days.range(..=day).next_back());
        let told = told.map(|(from, (_, price))| (Some(*from), *price));
        let known = self.people.master.prices.since(list, product, day);
        let known = known.filter(|(_, (_, currency))| self.money == Some(*currency));
        let known = known.map(|(from, (price, _))| (from, price));
        match (told, known) {
            (Some(told), Some(known)) if told.0 < known.0 => Some(known),
            (told, known) => told.or(known),
        }
    }
}

/// A day so long before.
pub(super) fn earlier(day: Date, span: Span) -> Date {
    let by = i64::from(span.months).months().days(i64::from(span.days));
    day.checked_sub(by).unwrap_or(Date::MIN)
}
