//! Reference data: exchange rates, units, lists of codes, prices, figures such as targets, and the
//! holidays of banks.
//!
//! Rates, units, prices and figures are entries that hold from a day on, until the next of the
//! same key. A list of codes has no dates, and a holiday of a bank is on one day.
//!
//! # Promises
//!
//! * What is put is added to what is there. The value of an entry that is there already is changed
//!   only where the same key and day say so, and the audit trail has it with before and after.
//! * A second run of the same entries changes nothing and says so.
//! * What changed is told by name, so that whoever counts with it can count anew.
//!
//! Owns `exchange_rate`, `unit_factor`, `code_list`, `figure`, `price` and `bank_holiday`.

mod dated;
mod lists;

use std::collections::BTreeSet;

use domain::amount::Currency;
use domain::banking::BankHoliday;
use domain::code::Unit;
use domain::figure::FigureEntry;
use domain::master::{ExchangeRate, Price, UnitFactor};
use jiff::Timestamp;
use rust_decimal::Decimal;
use thiserror::Error;

use super::load::raise_version;
use super::{CODE_CHARS_MAX, Page};
use crate::access::Actor;
use crate::db::{DbError, Reader, Tx};

pub use dated::{bank_days, exchange_rates, figures, prices, unit_factors, units};
pub use lists::{code_lists, delete_code_list, set_code_list};

/// A table of reference data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceTable {
    ExchangeRates,
    UnitFactors,
    Lists,
    Figures,
    Prices,
    BankHolidays,
}

impl ReferenceTable {
    pub const ALL: [ReferenceTable; 6] = [
        ReferenceTable::ExchangeRates,
        ReferenceTable::UnitFactors,
        ReferenceTable::Lists,
        ReferenceTable::Figures,
        ReferenceTable::Prices,
        ReferenceTable::BankHolidays,
    ];

    /// The word for it in addresses, mappings and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            ReferenceTable::ExchangeRates => "exchange-rates",
            ReferenceTable::UnitFactors => "unit-factors",
            ReferenceTable::Lists => "lists",
            ReferenceTable::Figures => "figures",
            ReferenceTable::Prices => "prices",
            ReferenceTable::BankHolidays => "bank-holidays",
        }
    }

    pub fn from_word(word: &str) -> Option<ReferenceTable> {
        ReferenceTable::ALL.into_iter().find(|table| table.word() == word)
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Rate(ExchangeRate),
    Unit(UnitFactor),
    /// A code is on a list.
    Listed {
        list: String,
        code: String,
    },
    Figure {
        table: String,
        entry: FigureEntry,
    },
    Price(Price),
    Holiday(BankHoliday),
}

impl Said {
    pub fn table(&self) -> ReferenceTable {
        match self {
            Said::Rate(_) => ReferenceTable::ExchangeRates,
            Said::Unit(_) => ReferenceTable::UnitFactors,
            Said::Listed { .. } => ReferenceTable::Lists,
            Said::Figure { .. } => ReferenceTable::Figures,
            Said::Price(_) => ReferenceTable::Prices,
            Said::Holiday(_) => ReferenceTable::BankHolidays,
        }
    }

    /// The texts by which it is known, with the names of their fields.
    fn texts(&self) -> Vec<(&'static str, &str)> {
        match self {
            Said::Rate(_) => Vec::new(),
            Said::Unit(factor) => {
                let product = factor.product.iter().map(|code| ("product", code.as_str()));
                let units = [("unit", factor.unit.as_str()), ("of", factor.of.as_str())];
                product.chain(units).collect()
            }
            Said::Listed { list, code } => vec![("list", list), ("code", code)],
            Said::Figure { table, entry } => {
                let partner = entry.partner.iter().map(|code| ("partner", code.as_str()));
                let period = entry.period.iter().map(|name| ("period", name.as_str()));
                let groups = entry.groups.iter();
                let groups = groups.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
                let groups = groups.map(|text| ("group", text));
                [("table", table.as_str())]
                    .into_iter()
                    .chain(partner)
                    .chain(period)
                    .chain(groups)
                    .collect()
            }
            Said::Price(price) => vec![("list", &price.list), ("product", price.product.as_str())],
            Said::Holiday(holiday) => {
                let names = holiday.names.values().map(|name| ("name", name.as_str()));
                std::iter::once(("country", holiday.country.as_str())).chain(names).collect()
            }
        }
    }
}

/// An entry that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceEntry(
    // INVARIANT: texts are there, within the limits and without control characters; rates and
    // factors are above zero and lead to something else; no price is below zero; a country is two
    // capital letters.
    Said,
);

impl ReferenceEntry {
    pub fn new(said: Said) -> Result<ReferenceEntry, EntryRejection> {
        for (field, text) in said.texts() {
            if text.trim().is_empty() {
                return Err(EntryRejection::Missing { field });
            }
            if text.chars().count() > CODE_CHARS_MAX || text.contains(char::is_control) {
                let text = text.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
                return Err(EntryRejection::BadText { field, text });
            }
        }
        let (field, number, ends) = match &said {
            Said::Rate(rate) => ("rate", rate.rate, Some((rate.of.as_str(), rate.to.as_str()))),
            Said::Unit(unit) => ("holds", unit.holds, Some((unit.unit.as_str(), unit.of.as_str()))),
            Said::Price(price) if price.price.is_sign_negative() && !price.price.is_zero() => {
                return Err(EntryRejection::NotPositive { field: "price", number: price.price });
            }
            Said::Holiday(holiday) if !is_country(&holiday.country) => {
                return Err(EntryRejection::NoCountry { text: holiday.country.clone() });
            }
            Said::Holiday(_) | Said::Price(_) | Said::Figure { .. } | Said::Listed { .. } => {
                return Ok(ReferenceEntry(said));
            }
        };
        if number <= Decimal::ZERO {
            return Err(EntryRejection::NotPositive { field, number });
        }
        if let Some((of, _)) = ends.filter(|(of, to)| of == to) {
            return Err(EntryRejection::ToItself { of: of.to_owned() });
        }
        Ok(ReferenceEntry(said))
    }

    pub fn said(&self) -> &Said {
        &self.0
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Why an entry cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryRejection {
    #[error("`{field}` is missing")]
    Missing { field: &'static str },
    #[error(
        "`{text}` in `{field}` is longer than {CODE_CHARS_MAX} characters or holds a control \
         character"
    )]
    BadText { field: &'static str, text: String },
    #[error("`{number}` in `{field}` is not above zero; write it as a positive number")]
    NotPositive { field: &'static str, number: Decimal },
    #[error("`{of}` is converted to itself; name two")]
    ToItself { of: String },
    #[error("`{text}` is no country: write two letters of ISO 3166 such as `JP`")]
    NoCountry { text: String },
}

/// An entry as it is kept, with who said so last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    pub said: Said,
    /// `None` where that was before it was kept.
    pub updated_at: Option<Timestamp>,
    pub updated_by: String,
}

/// What putting entries did to each, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    Created,
    Changed,
    Unchanged,
}

/// What of the reference data is other than before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    pub lists: BTreeSet<String>,
    pub price_lists: BTreeSet<String>,
    pub figures: BTreeSet<String>,
    /// From and to.
    pub currencies: BTreeSet<(Currency, Currency)>,
    /// A unit, and what it holds.
    pub units: BTreeSet<(Unit, Unit)>,
}

impl Touched {
    pub fn is_empty(&self) -> bool {
        *self == Touched::default()
    }

    pub(super) fn add(&mut self, said: &Said) {
        match said {
            Said::Rate(rate) => drop(self.currencies.insert((rate.of, rate.to))),
            Said::Unit(unit) => drop(self.units.insert((unit.unit.clone(), unit.of.clone()))),
            Said::Listed { list, .. } => drop(self.lists.insert(list.clone())),
            Said::Figure { table, .. } => drop(self.figures.insert(table.clone())),
            Said::Price(price) => drop(self.price_lists.insert(price.list.clone())),
            // Nothing counts with it: it moves days on which banks pay from now on.
            Said::Holiday(_) => {}
        }
    }
}

/// Adds entries, or changes the value of those that are there. Of two with the same key the later
/// counts.
pub async fn put_reference(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    entries: Vec<ReferenceEntry>,
) -> Result<(Vec<Became>, Touched), DbError> {
    let mut touched = Touched::default();
    let mut became = vec![Became::Unchanged; entries.len()];
    for table in ReferenceTable::ALL {
        let of_table: Vec<(usize, Said)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.0.table() == table)
            .map(|(place, entry)| (place, entry.0.clone()))
            .collect();
        if of_table.is_empty() {
            continue;
        }
        let done = match table {
            ReferenceTable::Lists => lists::put(tx, now, actor, of_table, &mut touched).await?,
            _ => dated::put(tx, now, actor, (table, of_table), &mut touched).await?,
        };
        for (place, is) in done {
            became[place] = is;
        }
    }
    if !touched.is_empty() {
        raise_version(tx).await?;
    }
    Ok((became, touched))
}

/// Removes entries, by key and day; what is not there is passed over. Says how many went.
pub async fn remove_reference(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    entries: Vec<Said>,
) -> Result<(usize, Touched), DbError> {
    let mut touched = Touched::default();
    let mut removed = 0;
    for table in ReferenceTable::ALL {
        let of_table: Vec<Said> =
            entries.iter().filter(|said| said.table() == table).cloned().collect();
        if of_table.is_empty() {
            continue;
        }
        removed += match table {
            ReferenceTable::Lists => lists::remove(tx, now, actor, of_table, &mut touched).await?,
            _ => dated::remove(tx, now, actor, (table, of_table), &mut touched).await?,
        };
    }
    if !touched.is_empty() {
        raise_version(tx).await?;
    }
    Ok((removed, touched))
}

/// Which entries to show.
#[derive(Debug, Clone, Default)]
pub struct ReferenceListing {
    /// Only of this list, figure table or country.
    pub name: Option<String>,
    /// Only figures of this partner.
    pub partner: Option<String>,
    /// Part of any text of the key; empty for all.
    pub search: String,
    pub offset: i64,
    /// At most [`super::ROWS_PER_PAGE_MAX`].
    pub limit: i64,
}

/// Entries in the order of their keys, and how many there are.
pub async fn reference_entries(
    reader: &mut Reader,
    table: ReferenceTable,
    listing: &ReferenceListing,
) -> Result<Page<KeptEntry>, DbError> {
    match table {
        ReferenceTable::Lists => lists::page(reader, listing).await,
        _ => dated::page(reader, table, listing).await,
    }
}

/// The names of lists, figure tables or countries, with how many entries each has; none of rates and units.
pub async fn reference_names(
    reader: &mut Reader,
    table: ReferenceTable,
) -> Result<Vec<(String, i64)>, DbError> {
    match table {
        ReferenceTable::Lists => Ok(lists::names(reader).await?),
        ReferenceTable::Figures | ReferenceTable::Prices | ReferenceTable::BankHolidays => {
            dated::names(reader, table).await
        }
        ReferenceTable::ExchangeRates | ReferenceTable::UnitFactors => Ok(Vec::new()),
    }
}
