//! Entries of reference data as JSON: read strictly, with all that is wrong at once, and written.

use std::collections::BTreeSet;

use domain::amount::Currency;
use domain::banking::BankHoliday;
use domain::code::{PartnerCode, ProductCode, Unit};
use domain::figure::FigureEntry;
use domain::master;
use engine::catalog::{ReferenceEntry, ReferenceTable, Said};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::api::input::{Fields, done};
use crate::api::master::ITEMS_PER_BATCH_MAX;
use crate::api::problem::{ApiError, Fault};

/// Reads a batch; all that is wrong is told at once.
pub(super) fn entries(
    body: &Value,
    of: (ReferenceTable, &str),
) -> Result<Vec<(ReferenceEntry, bool)>, ApiError> {
    let mut faults = Vec::new();
    let mut entries = Vec::new();
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        match fields.value("entries") {
            Some(Value::Array(found)) if found.len() > ITEMS_PER_BATCH_MAX => {
                let (what, limit) = ("the batch", "ITEMS_PER_BATCH_MAX");
                return Err(ApiError::TooLarge { what, limit, max: ITEMS_PER_BATCH_MAX });
            }
            Some(Value::Array(found)) => {
                for (place, value) in found.iter().enumerate() {
                    entries.extend(entry(value, format!("/entries/{place}"), of, &mut faults));
                }
            }
            _ => {
                let detail = "a list of `entries` is needed";
                faults.push(Fault::in_body("/entries", "missing", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok(entries)
}

pub(super) fn codes(body: &Value) -> Result<Vec<String>, ApiError> {
    let mut faults = Vec::new();
    let mut codes: Vec<String> = Vec::new();
    let mut known: BTreeSet<&String> = BTreeSet::new();
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        if let Some(Value::Array(found)) = fields.value("codes") {
            for (place, value) in found.iter().enumerate() {
                match value {
                    Value::String(code) if !known.insert(code) => {}
                    Value::String(code) => codes.push(code.clone()),
                    _ => {
                        let detail = "a code is a text";
                        let pointer = format!("/codes/{place}");
                        faults.push(Fault::in_body(pointer, "wrong_type", detail));
                    }
                }
            }
        } else {
            let detail = "a list of `codes` is needed";
            faults.push(Fault::in_body("/codes", "missing", detail));
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok(codes)
}

/// The list or figure table of an entry, and the entry as it is written in a batch.
pub fn written_entry(said: &Said) -> (String, Value) {
    let mut object = serde_json::Map::new();
    let mut put = |name: &str, text: String| {
        object.insert(name.to_owned(), Value::String(text));
    };
    let (name, from) = match said {
        Said::Rate(rate) => {
            put("of", rate.of.to_string());
            put("in", rate.to.to_string());
            put("rate", rate.rate.to_string());
            ("", rate.from)
        }
        Said::Unit(unit) => {
            if let Some(product) = &unit.product {
                put("product", product.to_string());
            }
            put("unit", unit.unit.to_string());
            put("holds", unit.holds.to_string());
            put("of", unit.of.to_string());
            ("", unit.from)
        }
        Said::Listed { list, code } => {
            put("code", code.clone());
            (list.as_str(), None)
        }
        Said::Figure { table, entry } => {
            if let Some(partner) = &entry.partner {
                put("partner", partner.to_string());
            }
            if let Some(period) = &entry.period {
                put("period", period.clone());
            }
            put("value", entry.value.to_string());
            (table.as_str(), entry.from)
        }
        Said::Price(price) => {
            put("product", price.product.to_string());
            put("price", price.price.to_string());
            put("currency", price.currency.to_string());
            (price.list.as_str(), price.from)
        }
        Said::Holiday(holiday) => {
            put("country", holiday.country.clone());
            put("date", holiday.day.to_string());
            ("", None)
        }
    };
    if let Some(from) = from {
        put("from", from.to_string());
    }
    let texts = match said {
        Said::Figure { entry, .. } => Some(("groups", &entry.groups)),
        Said::Holiday(holiday) => Some(("names", &holiday.names)),
        _ => None,
    };
    if let Some((field, texts)) = texts {
        let texts = texts.iter().map(|(name, text)| (name.clone(), Value::String(text.clone())));
        object.insert(field.to_owned(), Value::Object(texts.collect()));
    }
    (name.to_owned(), Value::Object(object))
}

/// Reads what [`written_entry`] wrote.
pub fn read_entry(value: &Value, of: (ReferenceTable, &str)) -> Option<Said> {
    let mut faults = Vec::new();
    let (entry, _) = entry(value, String::new(), of, &mut faults)?;
    faults.is_empty().then(|| entry.said().clone())
}

/// Reads an entry, and whether it shall go.
fn entry(
    value: &Value,
    pointer: String,
    (table, name): (ReferenceTable, &str),
    faults: &mut Vec<Fault>,
) -> Option<(ReferenceEntry, bool)> {
    let mut read = Read { fields: Fields::of(value, pointer.clone(), faults)?, faults };
    let remove = read.fields.flag("remove", read.faults);
    // A holiday is on a day, and holds from none on.
    let from = match table {
        ReferenceTable::BankHolidays => None,
        _ => read.parsed("from", A_DAY),
    };
    let said = read.said(table, name, from, remove);
    let Read { fields, .. } = read;
    fields.end(faults);
    match ReferenceEntry::new(said?) {
        Ok(entry) => Some((entry, remove)),
        Err(why) => {
            faults.push(Fault::in_body(pointer, "bad_value", why.to_string()));
            None
        }
    }
}

const A_DAY: &str = "a day, written as 2026-04-01";

/// An entry while it is read.
struct Read<'a, 'f> {
    fields: Fields<'a>,
    faults: &'f mut Vec<Fault>,
}

impl Read<'_, '_> {
    /// A text as what it means; a fault if it is not that.
    fn parsed<T: std::str::FromStr>(&mut self, name: &'static str, what: &str) -> Option<T> {
        self.as_what(name, what, |text| text.parse().ok())
    }

    fn as_what<T>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.fields.text(name, self.faults)?;
        let found = read(&text);
        if found.is_none() {
            let detail = format!("`{text}` is not {what}");
            self.faults.push(Fault::in_body(self.fields.pointer(name), "bad_value", detail));
        }
        found
    }

    fn needed(&mut self, name: &'static str) -> Option<String> {
        self.fields.needed(name, self.faults)
    }

    /// A number; one that goes needs none.
    fn number(&mut self, name: &'static str, goes: bool) -> Option<Decimal> {
        if goes && self.fields.value(name).is_none() {
            return Some(Decimal::ONE);
        }
        self.needed(name)?;
        self.parsed(name, "a number, written as a text such as \"12.50\"")
    }

    fn currency(&mut self, name: &'static str) -> Option<Currency> {
        self.needed(name)?;
        self.as_what(name, "a currency, three capital letters as in `JPY`", Currency::parse)
    }

    fn said(
        &mut self,
        table: ReferenceTable,
        name: &str,
        from: Option<Date>,
        goes: bool,
    ) -> Option<Said> {
        Some(match table {
            ReferenceTable::ExchangeRates => {
                let (of, to) = (self.currency("of"), self.currency("in"));
                let rate = self.number("rate", goes);
                Said::Rate(master::ExchangeRate { of: of?, to: to?, rate: rate?, from })
            }
            ReferenceTable::UnitFactors => {
                let product = self.fields.text("product", self.faults).map(ProductCode::new);
                let (unit, of) = (self.needed("unit"), self.needed("of"));
                let holds = self.number("holds", goes);
                let (unit, of) = (Unit::new(unit?), Unit::new(of?));
                Said::Unit(master::UnitFactor { product, unit, holds: holds?, of, from })
            }
            ReferenceTable::Figures => {
                let partner = self.fields.text("partner", self.faults).map(PartnerCode::new);
                let period = self.fields.text("period", self.faults);
                let groups = self.fields.texts("groups", self.faults).unwrap_or_default();
                let groups =
                    groups.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let value = self.number("value", goes)?;
                let entry = FigureEntry { partner, period, groups, value, from };
                Said::Figure { table: name.to_owned(), entry }
            }
            ReferenceTable::Prices => {
                let product = self.needed("product").map(ProductCode::new);
                let price = self.number("price", goes);
                let currency = if goes && self.fields.value("currency").is_none() {
                    Currency::parse("XXX")
                } else {
                    self.currency("currency")
                };
                let list = name.to_owned();
                let (product, price) = (product?, price?);
                Said::Price(master::Price { list, product, price, currency: currency?, from })
            }
            ReferenceTable::BankHolidays => {
                let country = self.needed("country");
                self.needed("date");
                let day = self.parsed("date", A_DAY);
                let names = self.fields.texts("names", self.faults).unwrap_or_default();
                let names = names.into_iter().map(|(tag, name)| (tag.to_owned(), name)).collect();
                Said::Holiday(BankHoliday { country: country?, day: day?, names })
            }
            ReferenceTable::Lists => {
                Said::Listed { list: name.to_owned(), code: self.needed("code")? }
            }
        })
    }
}
