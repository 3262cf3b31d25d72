//! Stock: what lies at a partner, and what is under way to it, at any moment.
//!
//! # Promises
//!
//! * The last report counts, with what was received and less what was sold since. A report speaks of
//!   its moment, before anything that moves at the same one.
//! * Without an earlier report it is counted back from the next one, and without any from nothing.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::state::{Channel, Delivery, Report};
use crate::code::{FactKey, PartnerCode, ProductCode};
use crate::wallet::lot::midnight;

/// What a partner sold, less what came back of it, as facts say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    pub partner: PartnerCode,
    pub product: Option<ProductCode>,
    pub quantity: Option<Decimal>,
    pub at: DateTime,
    pub parties: std::collections::BTreeMap<String, PartnerCode>,
}

/// All that is known of sales, found by key, and by partner and product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sales {
    by_key: HashMap<FactKey, Sale>,
    /// What left a partner's stock, in order of time; what came back is below zero.
    moved: HashMap<(PartnerCode, ProductCode), Vec<(DateTime, Decimal)>>,
}

/// What a partner has of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    pub amount: Decimal,
    pub in_transit: Decimal,
    /// The last report, less what was computed without it.
    pub difference: Option<Decimal>,
}

/// Up to when movements count.
#[derive(Debug, Clone, Copy)]
pub(super) enum Upto {
    /// The beginning of a day: what moves at it comes after.
    BeginningOf(Date),
    /// All of it.
    Moment(DateTime),
}

impl Upto {
    fn moment(self) -> DateTime {
        match self {
            Upto::BeginningOf(day) => midnight(day),
            Upto::Moment(moment) => moment,
        }
    }

    fn has(self, moved: DateTime) -> bool {
        match self {
            Upto::BeginningOf(day) => moved < midnight(day),
            Upto::Moment(moment) => moved <= moment,
        }
    }
}

impl Sales {
    /// What facts say: sales by key, and goods that came back of whom, with or without a sale.
    pub fn of(
        sales: impl IntoIterator<Item = (FactKey, Sale)>,
        returned: impl IntoIterator<Item = (Option<FactKey>, Sale)>,
    ) -> Sales {
        let mut all = Sales { by_key: sales.into_iter().collect(), moved: HashMap::new() };
        for sale in all.by_key.values() {
            leaves(&mut all.moved, sale, false);
        }
        for (of, sale) in returned {
            leaves(&mut all.moved, &sale, true);
            let sold = of.and_then(|key| all.by_key.get_mut(&key)?.quantity.as_mut());
            if let (Some(sold), Some(back)) = (sold, sale.quantity) {
                *sold -= back;
            }
        }
        for moved in all.moved.values_mut() {
            moved.sort_unstable();
        }
        all
    }

    /// A sale, with what is left of it.
    pub fn get(&self, key: &FactKey) -> Option<&Sale> {
        self.by_key.get(key)
    }

    /// What was sold from one moment up to another, less what came back.
    fn between(
        &self,
        place: &(PartnerCode, ProductCode),
        from: DateTime,
        upto: impl Fn(DateTime) -> bool,
    ) -> Decimal {
        let Some(moved) = self.moved.get(place) else { return Decimal::ZERO };
        let first = moved.partition_point(|(at, _)| *at < from);
        moved[first..].iter().take_while(|(at, _)| upto(*at)).map(|(_, quantity)| *quantity).sum()
    }

    fn has_moved(&self, place: &(PartnerCode, ProductCode), before: DateTime) -> bool {
        let moved = self.moved.get(place).and_then(|moved| moved.first());
        moved.is_some_and(|(at, _)| *at < before)
    }
}

fn leaves(
    moved: &mut HashMap<(PartnerCode, ProductCode), Vec<(DateTime, Decimal)>>,
    sale: &Sale,
    comes_back: bool,
) {
    let (Some(product), Some(quantity)) = (&sale.product, sale.quantity) else { return };
    let quantity = if comes_back { -quantity } else { quantity };
    moved.entry((sale.partner.clone(), product.clone())).or_default().push((sale.at, quantity));
}

impl Channel {
    /// What a partner has of a product.
    pub(super) fn stock(&self, partner: &PartnerCode, product: &ProductCode, upto: Upto) -> Stock {
        let reports = self.reports_of(partner, product);
        let last = reports.iter().rposition(|report| report.at <= upto.moment());
        let amount = match last {
            Some(last) => self.since(reports[last], upto),
            None => match reports.first() {
                Some(next) => self.counted_back(next, upto),
                None => self.moved(partner, product, DateTime::MIN, |at| upto.has(at)),
            },
        };
        Stock {
            amount,
            in_transit: self.under_way(partner, product, last.map(|at| reports[at]), upto),
            difference: last.and_then(|last| self.difference(&reports, last)),
        }
    }

    /// Received less sold, from a moment on.
    fn moved(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
        from: DateTime,
        upto: impl Fn(DateTime) -> bool + Copy,
    ) -> Decimal {
        let own = self.deliveries_of(partner, product);
        let own = own.filter(|it| from <= it.arrives && upto(it.arrives));
        let received: Decimal = own.map(|it| it.quantity).sum();
        let place = (partner.clone(), product.clone());
        received - self.sales.between(&place, from, upto)
    }

    fn since(&self, report: &Report, upto: Upto) -> Decimal {
        let Report { partner, product, at, quantity, .. } = report;
        *quantity + self.moved(partner, product, *at, |moved| upto.has(moved))
    }

    fn counted_back(&self, next: &Report, upto: Upto) -> Decimal {
        let Report { partner, product, at, quantity, .. } = next;
        let all = self.moved(partner, product, DateTime::MIN, |moved| moved < *at);
        let before = self.moved(partner, product, DateTime::MIN, |it| upto.has(it) && it < *at);
        *quantity - (all - before)
    }

    /// What a report says more than was computed; `None` if nothing was known before it.
    fn difference(&self, reports: &[&Report], at: usize) -> Option<Decimal> {
        let report = reports[at];
        let Report { partner, product, .. } = report;
        let before = |moved: DateTime| moved < report.at;
        let computed = if let Some(last) = at.checked_sub(1).map(|before| reports[before]) {
            last.quantity + self.moved(partner, product, last.at, before)
        } else {
            let mut own = self.deliveries_of(partner, product);
            let place = (partner.clone(), product.clone());
            let is_known =
                own.any(|it| before(it.arrives)) || self.sales.has_moved(&place, report.at);
            if !is_known {
                return None;
            }
            self.moved(partner, product, DateTime::MIN, before)
        };
        Some(report.quantity - computed)
    }

    /// What was sent and has not arrived; where the last report says it, that and what was sent
    /// since.
    fn under_way(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
        report: Option<&Report>,
        upto: Upto,
    ) -> Decimal {
        let said = report.and_then(|report| Some((report.at, report.in_transit?)));
        let mut sum = said.map_or(Decimal::ZERO, |(_, quantity)| quantity);
        for it in self.deliveries_of(partner, product).filter(|it| upto.has(it.sent)) {
            let has_come = upto.has(it.arrives);
            // Of what was said to be under way only what has come since is none any more.
            if let Some((at, _)) = said.filter(|(at, _)| it.sent < *at) {
                let is_new = at <= it.arrives && has_come;
                sum -= if is_new { it.quantity } else { Decimal::ZERO };
            } else if !has_come {
                sum += it.quantity;
            }
        }
        sum.max(Decimal::ZERO)
    }

    /// What came to a partner from a day on.
    pub(super) fn received(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
        from: Date,
        upto: Upto,
    ) -> Decimal {
        let own = self.deliveries_of(partner, product);
        let own = own.filter(|it| midnight(from) <= it.arrives && upto.has(it.arrives));
        own.map(|it| it.quantity).sum()
    }

    /// The price last paid up to a day.
    pub(super) fn last_paid(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
        day: Date,
    ) -> Option<Decimal> {
        let own = self.deliveries_of(partner, product).filter(|it| it.sent.date() <= day);
        own.filter_map(|it| Some((it.sent, it.price?))).max_by_key(|(sent, _)| *sent).map(|of| of.1)
    }

    /// The moment of the last report up to a day.
    pub(super) fn last_report(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
        day: Date,
    ) -> Option<DateTime> {
        let reports = self.shelf(partner, product).map(|shelf| &shelf.reports)?;
        reports.range(..=midnight(day)).next_back().map(|(at, _)| *at)
    }

    fn deliveries_of(
        &self,
        partner: &PartnerCode,
        product: &ProductCode,
    ) -> impl Iterator<Item = &Delivery> {
        let keys = self.shelf(partner, product).into_iter().flat_map(|shelf| &shelf.deliveries);
        keys.filter_map(|key| self.delivery(key))
    }

    fn reports_of(&self, partner: &PartnerCode, product: &ProductCode) -> Vec<&Report> {
        let keys = self.shelf(partner, product).into_iter().flat_map(|it| it.reports.values());
        keys.filter_map(|key| self.report(key)).collect()
    }
}
