//! Master data as evaluation reads it: partners with their history, products, units, rates,
//! prices, figures, lists.
//!
//! A partner's or product's fields are kept as text under the names the language uses
//! (`country`, `region`, `level`, `parent`, … and custom ones); the program declares the types of
//! custom fields and reads them accordingly.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::{PartnerCode, ProductCode, Unit};

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
}

impl Partner {
    pub fn new(fields: Fields) -> Partner {
        Partner { states: vec![PartnerState { from: None, fields }] }
    }

    /// What the partner was on that day.
    pub fn on(&self, date: Date) -> &Fields {
        let later =
            self.states.iter().rposition(|state| state.from.is_none_or(|from| from <= date));
        &self.states[later.unwrap_or(0)].fields
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

/// All that evaluation reads beside facts and programs.
#[derive(Debug, Clone, Default)]
pub struct Master {
    pub partners: HashMap<PartnerCode, Partner>,
    pub products: HashMap<ProductCode, Fields>,
    pub units: Vec<UnitFactor>,
    pub rates: Vec<ExchangeRate>,
    /// Named lists of codes that no program declares itself.
    pub lists: BTreeMap<String, Vec<String>>,
}
