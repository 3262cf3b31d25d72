//! Dated tables, found by key: rates, units and prices as they hold on a day.
//!
//! # Invariants
//!
//! * Finding what holds on a day takes no longer the more keys there are, and hardly longer the more
//!   days: facts ask by the million.
//! * Of two entries with the same key and day the later added counts.

use std::collections::HashMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::{ProductCode, Unit};
use crate::master::{ExchangeRate, Price, UnitFactor};

/// Values of one key, each from its day until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Since<V>(
    // INVARIANT: ascends by day, `None` being the beginning.
    Vec<(Option<Date>, V)>,
);

impl<V> Default for Since<V> {
    fn default() -> Since<V> {
        Since(Vec::new())
    }
}

impl<V> Since<V> {
    fn add(&mut self, from: Option<Date>, value: V) {
        let at = self.0.partition_point(|(known, _)| *known <= from);
        self.0.insert(at, (from, value));
    }

    fn on(&self, day: Date) -> Option<&V> {
        self.since(day).map(|(_, value)| value)
    }

    /// With the day from which it holds.
    fn since(&self, day: Date) -> Option<(Option<Date>, &V)> {
        let at = self.0.partition_point(|(from, _)| from.is_none_or(|from| from <= day));
        self.0.get(at.checked_sub(1)?).map(|(from, value)| (*from, value))
    }
}

/// Exchange rates by their two currencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(HashMap<(Currency, Currency), Since<Decimal>>);

impl Rates {
    /// How much of `to` one `of` is.
    pub fn on(&self, of: Currency, to: Currency, day: Date) -> Option<Decimal> {
        self.0.get(&(of, to))?.on(day).copied()
    }

    /// The same with the day from which it holds; `None` is the beginning.
    pub fn since(&self, of: Currency, to: Currency, day: Date) -> Option<(Option<Date>, Decimal)> {
        self.0.get(&(of, to))?.since(day).map(|(from, rate)| (from, *rate))
    }
}

impl FromIterator<ExchangeRate> for Rates {
    fn from_iter<I: IntoIterator<Item = ExchangeRate>>(rates: I) -> Rates {
        let mut all = Rates::default();
        for rate in rates {
            all.0.entry((rate.of, rate.to)).or_default().add(rate.from, rate.rate);
        }
        all
    }
}

/// Factors of two units, by product.
type Factors = HashMap<Option<ProductCode>, Since<Decimal>>;

/// Unit factors by their two units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units(HashMap<Unit, HashMap<Unit, Factors>>);

impl Units {
    /// How many `of` one `unit` holds; the product's own goes before that for all.
    pub fn on(
        &self,
        product: Option<&ProductCode>,
        unit: &str,
        of: &str,
        day: Date,
    ) -> Option<Decimal> {
        self.since(product, unit, of, day).map(|(_, holds)| holds)
    }

    /// The same with the day from which it holds; `None` is the beginning.
    pub fn since(
        &self,
        product: Option<&ProductCode>,
        unit: &str,
        of: &str,
        day: Date,
    ) -> Option<(Option<Date>, Decimal)> {
        let factors = self.0.get(unit)?.get(of)?;
        let of = |product: Option<&ProductCode>| {
            factors.get(&product.cloned())?.since(day).map(|(from, holds)| (from, *holds))
        };
        product.and_then(|own| of(Some(own))).or_else(|| of(None))
    }
}

impl FromIterator<UnitFactor> for Units {
    fn from_iter<I: IntoIterator<Item = UnitFactor>>(factors: I) -> Units {
        let mut all = Units::default();
        for factor in factors {
            let of_units = all.0.entry(factor.unit).or_default().entry(factor.of).or_default();
            of_units.entry(factor.product).or_default().add(factor.from, factor.holds);
        }
        all
    }
}

/// Prices by list and product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices(HashMap<String, HashMap<ProductCode, Since<(Decimal, Currency)>>>);

impl Prices {
    /// What a product costs by a list.
    pub fn on(&self, list: &str, product: &ProductCode, day: Date) -> Option<(Decimal, Currency)> {
        self.0.get(list)?.get(product)?.on(day).copied()
    }

    /// The same with the day from which it holds; `None` is the beginning.
    pub fn since(
        &self,
        list: &str,
        product: &ProductCode,
        day: Date,
    ) -> Option<(Option<Date>, (Decimal, Currency))> {
        self.0.get(list)?.get(product)?.since(day).map(|(from, price)| (from, *price))
    }
}

impl FromIterator<Price> for Prices {
    fn from_iter<I: IntoIterator<Item = Price>>(prices: I) -> Prices {
        let mut all = Prices::default();
        for price in prices {
            let list = all.0.entry(price.list).or_default();
            list.entry(price.product).or_default().add(price.from, (price.price, price.currency));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `from value` pairs in the order in which they are added, and `day value` pairs to be found.
    #[track_caller]
    fn check(entries: &str, expected: &str) {
        let day = |text: &str| -> Option<Date> {
            (text != "-").then(|| text.parse().expect("a day or `-`"))
        };
        let mut since = Since::default();
        for entry in entries.split(", ") {
            let (from, value) = entry.split_once(' ').expect("`from value`");
            since.add(day(from), value.to_owned());
        }
        for case in expected.split(", ") {
            let (on, value) = case.split_once(' ').expect("`day value`");
            let found = since.on(day(on).expect("a day"));
            assert_eq!(found.map_or("none", String::as_str), value, "on {on} of `{entries}`");
        }
    }

    #[test]
    fn an_entry_holds_from_its_day_until_the_next() {
        check("2026-04-01 a", "2026-03-31 none, 2026-04-01 a, 2030-01-01 a");
        check("2026-05-01 b, - a, 2026-06-01 c", "2020-01-01 a, 2026-05-31 b, 2026-06-01 c");
        check("2026-05-01 old, 2026-05-01 new, - a", "2026-04-30 a, 2026-05-01 new");
    }

    #[test]
    fn the_product_s_own_factor_goes_before_that_for_all() {
        let factor = |product: Option<&str>, holds: i64, from: &str| UnitFactor {
            product: product.map(ProductCode::new),
            unit: Unit::new("case"),
            holds: holds.into(),
            of: Unit::new("piece"),
            from: from.parse().ok(),
        };
        let units: Units = [factor(None, 12, "2026-06-01"), factor(Some("B1"), 24, "2026-02-01")]
            .into_iter()
            .collect();
        let on = |product: Option<&str>, day: &str| {
            let product = product.map(ProductCode::new);
            units.on(product.as_ref(), "case", "piece", day.parse().expect("a day"))
        };
        assert_eq!(on(Some("B1"), "2026-07-01"), Some(24.into()), "though that for all is newer");
        assert_eq!(on(Some("B2"), "2026-07-01"), Some(12.into()));
        assert_eq!(on(None, "2026-05-01"), None);
        assert_eq!(on(Some("B1"), "2026-01-01"), None);
    }
}
