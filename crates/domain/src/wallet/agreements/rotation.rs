//! Stock rotation: a share of what was bought goes back.
//!
//! # Promises
//!
//! * Over all claims of a window no more goes back than the share of what was received in it.

use rust_decimal::Decimal;

use super::deciding::{Looked, above_zero};
use super::declared::{Method, StockRotation};
use super::protection::earlier;
use super::state::{Decided, Why};
use super::stock::Upto;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::lot::midnight;

impl Book {
    pub(super) fn stock_rotation(
        &self,
        looked: &Looked<'_>,
        terms: &StockRotation,
    ) -> Result<Decided, Refusal> {
        let said = looked.said;
        if said.sale.is_some() || said.cost.is_some() {
            return Err(Refusal::WrongUnit);
        }
        let product = said.product.as_ref().ok_or(Refusal::InvalidAmount)?;
        let quantity = above_zero(said.quantity)?;
        let date = said.date.unwrap_or(looked.day);
        let price = said.price.or_else(|| self.channel.last_paid(looked.partner, product, date));
        let price = above_zero(price)?;
        looked.is_in_time(date)?;
        let asks = looked.asks(product, date, quantity);
        self.is_agreed(looked, &asks)?;
        let method = said.method.or(terms.method).unwrap_or(Method::Return);
        if terms.method.is_some_and(|only| only != method) {
            return Err(Refusal::NotEligible);
        }
        let from = earlier(date, terms.window);
        let upto = Upto::Moment(midnight(date));
        let received = self.channel.received(looked.partner, product, from, upto);
        let place = (looked.agreement.code.clone(), looked.partner.clone(), product.clone());
        let taken = self.channel.taken.get(&place).map(|taken| taken.by_day.range(from..=date));
        let rotated: Decimal = taken.into_iter().flatten().map(|(_, quantity)| *quantity).sum();
        let most = received.checked_mul(terms.share).ok_or(Refusal::InvalidAmount)? - rotated;
        let payable = quantity.min(most.max(Decimal::ZERO));
        if payable.is_zero() {
            return Err(Refusal::QuantityLimit);
        }
        Ok(Decided {
            product: Some(product.clone()),
            date,
            quantity,
            payable,
            rejected: quantity - payable,
            cost: Some(price),
            amount: self.in_money(payable.checked_mul(price))?,
            reason: (payable < quantity).then_some(Refusal::QuantityLimit),
            why: Why::Rotation { received, rotated },
        })
    }
}
