//! What merged memberships ordered, and what they are still to be paid for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::ledger::Account;
use crate::wallet::rewards::Order;

impl Book {
    /// What a partner ordered is another one's now, and what it is still to be paid for it.
    pub(super) fn hand_over_orders(
        &mut self,
        cause: &Arc<str>,
        partner: &PartnerCode,
        into: &PartnerCode,
    ) {
        self.move_orders(cause, |order| {
            if order.partner != *partner {
                return false;
            }
            order.partner = into.clone();
            order.merged.push(partner.clone());
            true
        });
    }

    /// What came of a partner is its own again.
    pub(super) fn hand_back_orders(&mut self, cause: &Arc<str>, partner: &PartnerCode) {
        self.move_orders(cause, |order| {
            if order.merged.last() != Some(partner) {
                return false;
            }
            order.partner = partner.clone();
            order.merged.pop();
            true
        });
    }

    fn move_orders(&mut self, cause: &Arc<str>, change: impl Fn(&mut Order) -> bool) {
        let mut orders = std::mem::take(&mut self.orders);
        let mut paid = BTreeMap::new();
        for (key, order) in &mut orders {
            let before = order.partner.clone();
            if change(order) {
                let cash = self.money_of(key, order).0.unwrap_or_default();
                *paid.entry((before, order.partner.clone())).or_insert(Decimal::ZERO) += cash;
            }
        }
        self.orders = orders;
        for ((from, to), cash) in paid {
            self.post_in_money(cause, Account::Payable(from), Account::Payable(to), cash);
        }
    }
}
