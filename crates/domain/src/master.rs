//! Master data as evaluation reads it: partners with their history, products, units, rates,
//! prices, figures, lists.
//!
//! A partner's or product's fields are kept as text under the names the language uses
//! (`country`, `region`, `level`, `parent`, … and custom ones); the program declares the types of
//! custom fields and reads them accordingly.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::{Currency, of_a_fact};
use crate::code::{PartnerCode, ProductCode, Unit};
use crate::dated::{Prices, Rates, Units};
use crate::figure::Figures;

/// Fields by name, values as written.
pub type Fields = BTreeMap<String, String>;

/// What a partner was from a day on, until the next entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerState {
    /// `None`: from the beginning.
    pub from: Option<Date>,
    pub fields: Fields,
}

/// A partner and how it changed. INVARIANT: `states` is not empty and ascends by `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    states: Vec<PartnerState>,
    /// What it was within days on which something done changed it, in the order of recording.
    within: Vec<Within>,
}

/// What a partner was for the facts of a day that were recorded after a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    pub day: Date,
    pub after: Timestamp,
    pub fields: Fields,
}

impl Partner {
    pub fn new(fields: Fields) -> Partner {
        Partner { states: vec![PartnerState { from: None, fields }], within: Vec::new() }
    }

    /// A partner with its history. `None` if there is none, or it does not ascend.
    pub fn from_states(states: Vec<PartnerState>) -> Option<Partner> {
        let ascending = states.iter().zip(states.iter().skip(1)).all(|(a, b)| a.from < b.from);
        (!states.is_empty() && ascending).then_some(Partner { states, within: Vec::new() })
    }

    /// The same with what it was within days, in the order of recording.
    #[must_use]
    pub fn with_within(self, within: Vec<Within>) -> Partner {
        Partner { within, ..self }
    }

    /// What it was within days, in the order of recording.
    pub fn within(&self) -> &[Within] {
        &self.within
    }

    /// The partner always had these values, unless something else was said.
    pub fn set_always(&mut self, changes: &Fields) {
        let states = self.states.iter_mut().map(|state| &mut state.fields);
        for fields in states.chain(self.within.iter_mut().map(|within| &mut within.fields)) {
            for (name, value) in changes {
                fields.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }

    /// Position of the state that holds on that day.
    pub fn state_on(&self, date: Date) -> usize {
        let at = self.states.iter().rposition(|state| state.from.is_none_or(|from| from <= date));
        at.unwrap_or(0)
    }

    /// Position of what holds for a fact of that day that was recorded then; see
    /// [`Partner::fields_at`].
    pub fn state_for(&self, date: Date, recorded: Timestamp) -> usize {
        let holds = |it: &Within| it.day == date && it.after < recorded;
        match self.within.iter().rposition(holds) {
            Some(at) => self.states.len() + at,
            None => self.state_on(date),
        }
    }

    /// The fields behind a position.
    pub fn fields_at(&self, state: usize) -> &Fields {
        match self.states.get(state) {
            Some(state) => &state.fields,
            None => &self.within[state - self.states.len()].fields,
        }
    }

    /// What the partner was on that day.
    pub fn on(&self, date: Date) -> &Fields {
        &self.states[self.state_on(date)].fields
    }

    /// The newest state.
    pub fn now(&self) -> &Fields {
        &self.states[self.states.len() - 1].fields
    }

    pub fn states(&self) -> &[PartnerState] {
        &self.states
    }

    /// The partner has these values from that day on, in every later state too.
    pub fn set(&mut self, from: Date, changes: &Fields) {
        let same = self.states.iter().position(|state| state.from == Some(from));
        if same.is_none() {
            let fields = self.on(from).clone();
            let at = self.states.partition_point(|state| state.from.is_none_or(|day| day < from));
            self.states.insert(at, PartnerState { from: Some(from), fields });
        }
        for state in
            self.states.iter_mut().filter(|state| state.from.is_some_and(|day| from <= day))
        {
            state.fields.extend(changes.clone());
        }
        for within in self.within.iter_mut().filter(|within| from <= within.day) {
            within.fields.extend(changes.clone());
        }
    }

    /// The same because of something recorded then: the facts of that day that came before do not
    /// know of it.
    pub fn set_after(&mut self, from: Date, after: Timestamp, changes: &Fields) {
        let own: Vec<Within> = self.within.extract_if(.., |within| within.day == from).collect();
        let before = own.last().map_or_else(|| self.on(from), |within| &within.fields).clone();
        self.set(from, changes);
        let mut fields = before.clone();
        fields.extend(changes.clone());
        if own.is_empty() {
            self.within.push(Within { day: from, after: Timestamp::MIN, fields: before });
        }
        self.within.extend(own);
        self.within.push(Within { day: from, after, fields });
    }
}

/// One EUR is 160.5 JPY from that day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    pub of: Currency,
    pub to: Currency,
    pub rate: Decimal,
    pub from: Option<Date>,
}

/// One case holds 24 pieces, from a day on; without `product` for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFactor {
    pub product: Option<ProductCode>,
    pub unit: Unit,
    pub holds: Decimal,
    pub of: Unit,
    pub from: Option<Date>,
}

/// An entry of a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub list: String,
    pub product: ProductCode,
    pub price: Decimal,
    pub currency: Currency,
    pub from: Option<Date>,
}

/// All that evaluation reads beside facts and programs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Master {
    pub partners: HashMap<PartnerCode, Partner>,
    pub products: HashMap<ProductCode, Fields>,
    pub units: Units,
    pub rates: Rates,
    pub prices: Prices,
    /// Targets, fixed baselines, forecasts.
    pub figures: Figures,
    /// Named lists of codes that no program declares itself.
    pub lists: BTreeMap<String, Vec<String>>,
}

/// How to convert: multiply, or divide where only the inverse is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    Times(Decimal),
    Over(Decimal),
}

impl Conversion {
    /// What a number comes to, as a fact adds it.
    pub fn apply(self, number: Decimal) -> Option<Decimal> {
        let converted = match self {
            Conversion::Times(factor) => number.checked_mul(factor),
            Conversion::Over(factor) => number.checked_div(factor),
        };
        converted.map(of_a_fact)
    }
}

/// A conversion with the day from which its rate or factor holds; `None` is the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedConversion {
    pub by: Conversion,
    pub since: Option<Date>,
}

impl DatedConversion {
    fn times((since, number): (Option<Date>, Decimal)) -> DatedConversion {
        DatedConversion { by: Conversion::Times(number), since }
    }

    fn over((since, number): (Option<Date>, Decimal)) -> DatedConversion {
        DatedConversion { by: Conversion::Over(number), since }
    }
}

impl Master {
    /// The price of a product on a day, in a currency.
    pub fn price(
        &self,
        list: &str,
        product: &ProductCode,
        to: Currency,
        day: Date,
    ) -> Option<Decimal> {
        let (price, currency) = self.prices.on(list, product, day)?;
        if currency == to {
            return Some(price);
        }
        self.rate(currency, to, day)?.apply(price)
    }

    /// The rate of a day; the inverse is used, a third currency never.
    pub fn rate(&self, of: Currency, to: Currency, day: Date) -> Option<Conversion> {
        let rates = &self.rates;
        let times = rates.on(of, to, day).map(Conversion::Times);
        times.or_else(|| rates.on(to, of, day).map(Conversion::Over))
    }

    /// The same with the day from which it holds.
    pub fn rate_since(&self, of: Currency, to: Currency, day: Date) -> Option<DatedConversion> {
        let times = self.rates.since(of, to, day).map(DatedConversion::times);
        times.or_else(|| self.rates.since(to, of, day).map(DatedConversion::over))
    }

    /// The factor of a day between two units; the product's own goes before that for all.
    pub fn factor(
        &self,
        product: Option<&ProductCode>,
        unit: &str,
        to: &str,
        day: Date,
    ) -> Option<Conversion> {
        let units = &self.units;
        let times = units.on(product, unit, to, day).map(Conversion::Times);
        times.or_else(|| units.on(product, to, unit, day).map(Conversion::Over))
    }

    /// The same with the day from which it holds.
    pub fn factor_since(
        &self,
        product: Option<&ProductCode>,
        unit: &str,
        to: &str,
        day: Date,
    ) -> Option<DatedConversion> {
        let units = &self.units;
        let times = units.since(product, unit, to, day).map(DatedConversion::times);
        times.or_else(|| units.since(product, to, unit, day).map(DatedConversion::over))
    }
}
