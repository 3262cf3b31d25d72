//! Rows: a mapping applied to a record gives a fact, a partner or a product, or a rejection.
//!
//! # Invariants
//!
//! * Every record gives exactly one of the two.
//! * Amounts and quantities are exact and keep the decimals they were written with.
//! * A code is taken as written, without the spaces around it: `0012` stays `0012`.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::amount::Currency;
use domain::code::{FactKey, PartnerCode, ProductCode, Unit};
use domain::fact::{Fact, FactKind};
use domain::nearest::nearest;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use thiserror::Error;

use super::date::{self, DateOrder};
use super::mapping::{Feeds, Field, FieldSource, Mapping, Origin, REASON_HEADING, Rest};
use super::number::{self, DecimalSign};
use super::rejection::{Reason, Rejection};
use super::source::{CellKind, Record};
use super::width;

mod cell;
mod hash;

use cell::{Cell, Fault};

pub use hash::ContentHash;

/// Characters of a code or a key.
pub const CODE_CHARS_MAX: usize = 200;
/// Characters of a name or an attribute.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// A fact as a source told it, before anyone looked up its partner and product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    pub key: FactKey,
    pub kind: FactKind,
    /// A date alone is the start of its day.
    pub at: DateTime,
    pub of: Option<FactKey>,
    /// Absent only in a return or credit note that names its sale.
    pub partner: Option<PartnerCode>,
    pub product: Option<ProductCode>,
    pub quantity: Option<Decimal>,
    pub unit: Option<Unit>,
    pub amount: Option<Decimal>,
    pub currency: Option<Currency>,
    pub order: Option<String>,
    pub line: Option<String>,
    pub channel: Option<String>,
    pub activity_type: Option<String>,
    /// Role to partner, in order of the roles.
    pub parties: Vec<(Arc<str>, PartnerCode)>,
    /// Name to text, in order of the names; without those that are empty.
    pub attributes: Vec<(Arc<str>, String)>,
}

/// A partner as a source told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRow {
    pub code: PartnerCode,
    /// By language; the empty text is no language.
    pub names: BTreeMap<String, String>,
    pub parent: Option<PartnerCode>,
    pub joined: Option<Date>,
    /// All else under the names of the language of programs: `country`, `level`, attributes; with
    /// `parent` and `joined` as text.
    pub fields: BTreeMap<String, String>,
}

/// A product as a source told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    pub code: ProductCode,
    /// By language; the empty text is no language.
    pub names: BTreeMap<String, String>,
    /// From the widest to the narrowest.
    pub category_path: Vec<String>,
    pub unit: Option<Unit>,
    /// All else, with `category`, `subcategory` and `unit` as text.
    pub fields: BTreeMap<String, String>,
}

/// Why a mapping does not fit a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the mapping `{mapping}` does not fit the file: {}", problems.join("; "))]
pub struct MappingError {
    pub mapping: String,
    pub problems: Vec<String>,
}

/// A mapping bound to the columns of one file.
#[derive(Debug)]
pub struct Mapper {
    feeds: Feeds,
    zone: Option<TimeZone>,
    /// In order of the fields, so that the places below stay right.
    cells: BTreeMap<Field, Cell>,
    keys: Vec<(FactKind, Cell)>,
    parties: Vec<(Arc<str>, Cell)>,
    attributes: Vec<(Arc<str>, Cell)>,
    slots: FactCells,
}

/// The cells of a fact, found once.
#[derive(Debug, Default)]
struct FactCells {
    key: Option<Cell>,
    kind: Option<Cell>,
    date: Option<Cell>,
    of: Option<Cell>,
    partner: Option<Cell>,
    product: Option<Cell>,
    quantity: Option<Cell>,
    unit: Option<Cell>,
    amount: Option<Cell>,
    currency: Option<Cell>,
    order: Option<Cell>,
    line: Option<Cell>,
    channel: Option<Cell>,
    activity_type: Option<Cell>,
}

impl Mapper {
    /// Finds the mapping's columns among the headings of a file: as written, or else in another
    /// case or width.
    pub fn new(mapping: &Mapping, headings: &[String]) -> Result<Mapper, MappingError> {
        let mut bind = Bind::new(mapping, headings);
        let cells: BTreeMap<Field, Cell> = mapping
            .fields
            .iter()
            .map(|(field, source)| (field.clone(), bind.cell(&field.to_string(), source)))
            .collect();
        let mut attributes: Vec<(Arc<str>, Cell)> = mapping
            .attributes
            .iter()
            .map(|(name, source)| (Arc::from(name.as_str()), bind.cell(name, source)))
            .collect();
        bind.rest(&mapping.rest, &mut attributes);
        attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        let zone = mapping.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let mut problems = mapping.problems();
        problems.append(&mut bind.problems);
        if !problems.is_empty() {
            return Err(MappingError { mapping: mapping.name.clone(), problems });
        }
        let slots = FactCells::of(&cells);
        let mut keys = Vec::new();
        let mut parties = Vec::new();
        for (field, cell) in &cells {
            match field {
                Field::KeyOf(kind) => keys.push((*kind, cell.clone())),
                Field::Party(role) => parties.push((Arc::from(role.as_str()), cell.clone())),
                _ => {}
            }
        }
        Ok(Mapper { feeds: mapping.feeds, zone, cells, keys, parties, attributes, slots })
    }

    pub fn feeds(&self) -> Feeds {
        self.feeds
    }

    /// The fact a record tells.
    pub fn fact(&self, record: &Record) -> Result<FactRow, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let (kind, key) = self.kind_and_key(&mut take);
        let slots = &self.slots;
        let at = take.date(slots.date.as_ref());
        if at.is_none() {
            take.missing(slots.date.as_ref(), Field::Date, Reason::MissingDate);
        }
        let of = take.code(slots.of.as_ref()).map(FactKey::new);
        let partner = take.code(slots.partner.as_ref()).map(PartnerCode::new);
        let names_sale = of.is_some() && kind.is_some_and(FactKind::counts_against);
        if partner.is_none() && !names_sale {
            take.missing(slots.partner.as_ref(), Field::Partner, Reason::MissingPartner);
        }
        let product = take.code(slots.product.as_ref()).map(ProductCode::new);
        let quantity = take.number(slots.quantity.as_ref());
        let unit = take.code(slots.unit.as_ref()).map(Unit::new);
        let amount = take.number(slots.amount.as_ref());
        let currency = take.currency(slots.currency.as_ref());
        let order = take.code(slots.order.as_ref());
        let line = take.code(slots.line.as_ref());
        let channel = take.code(slots.channel.as_ref());
        let activity_type = take.code(slots.activity_type.as_ref());
        let mut parties = Vec::with_capacity(self.parties.len());
        for (role, cell) in &self.parties {
            if let Some(code) = take.code(Some(cell)) {
                parties.push((Arc::clone(role), PartnerCode::new(code)));
            }
        }
        let attributes = take.attributes(&self.attributes);
        if let Some(fault) = take.fault {
            return Err(fault);
        }
        let (Some(kind), Some(key), Some(at)) = (kind, key, at) else {
            // Each of the three was missed above.
            return Err(Rejection::new(record.row_number(), Reason::MissingKey, None, ""));
        };
        Ok(FactRow {
            key,
            kind,
            at,
            of,
            partner,
            product,
            quantity,
            unit,
            amount,
            currency,
            order,
            line,
            channel,
            activity_type,
            parties,
            attributes,
        })
    }

    /// The kind of a fact and its key; where each kind has a column of keys, exactly one is filled.
    fn kind_and_key(&self, take: &mut Take<'_>) -> (Option<FactKind>, Option<FactKey>) {
        if self.keys.is_empty() {
            let key = take.code(self.slots.key.as_ref()).map(FactKey::new);
            if key.is_none() {
                take.missing(self.slots.key.as_ref(), Field::Key, Reason::MissingKey);
            }
            let Some(cell) = &self.slots.kind else { return (Some(FactKind::Sale), key) };
            let kind = take.read(Some(cell), |text, _| {
                let known = FactKind::from_word(text);
                known.map(Some).ok_or(Fault::of(Reason::UnknownKind))
            });
            if kind.is_none() {
                take.missing(Some(cell), Field::Kind, Reason::UnknownKind);
            }
            return (kind, key);
        }
        let mut found = None;
        for (kind, cell) in &self.keys {
            let Some(key) = take.code(Some(cell)) else { continue };
            if found.is_some() {
                take.missing(Some(cell), Field::Kind, Reason::UnknownKind);
            }
            found = Some((*kind, FactKey::new(key)));
        }
        if found.is_none() {
            take.missing(self.keys.first().map(|(_, cell)| cell), Field::Key, Reason::MissingKey);
        }
        found.map_or((None, None), |(kind, key)| (Some(kind), Some(key)))
    }

    /// The partner a record tells.
    pub fn partner(&self, record: &Record) -> Result<PartnerRow, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let code = take.code(self.cells.get(&Field::Code));
        if code.is_none() {
            take.missing(self.cells.get(&Field::Code), Field::Code, Reason::MissingCode);
        }
        let parent = take.code(self.cells.get(&Field::Parent));
        let joined = take.date(self.cells.get(&Field::Joined)).map(|at| at.date());
        let names = self.names(&mut take);
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        for field in [Field::Country, Field::Region, Field::Segment, Field::Level] {
            if let Some(text) = take.text(self.cells.get(&field)) {
                fields.insert(field.to_string(), text);
            }
        }
        put(&mut fields, "parent", parent.clone());
        put(&mut fields, "joined", joined.map(|date| date.to_string()));
        self.add_attributes(&mut take, &mut fields);
        match (take.fault, code) {
            (None, Some(code)) => Ok(PartnerRow {
                code: PartnerCode::new(code),
                names,
                parent: parent.map(PartnerCode::new),
                joined,
                fields,
            }),
            (fault, _) => Err(fault.unwrap_or_else(|| {
                Rejection::new(record.row_number(), Reason::MissingCode, None, "")
            })),
        }
    }

    /// The product a record tells.
    pub fn product(&self, record: &Record) -> Result<ProductRow, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let code = take.code(self.cells.get(&Field::Code));
        if code.is_none() {
            take.missing(self.cells.get(&Field::Code), Field::Code, Reason::MissingCode);
        }
        let names = self.names(&mut take);
        let unit = take.code(self.cells.get(&Field::Unit));
        let category_path = self.category_path(&mut take);
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        put(&mut fields, "category", category_path.first().cloned());
        put(&mut fields, "subcategory", category_path.get(1).cloned());
        put(&mut fields, "brand", take.text(self.cells.get(&Field::Brand)));
        put(&mut fields, "unit", unit.clone());
        self.add_attributes(&mut take, &mut fields);
        match (take.fault, code) {
            (None, Some(code)) => Ok(ProductRow {
                code: ProductCode::new(code),
                names,
                category_path,
                unit: unit.map(Unit::new),
                fields,
            }),
            (fault, _) => Err(fault.unwrap_or_else(|| {
                Rejection::new(record.row_number(), Reason::MissingCode, None, "")
            })),
        }
    }

    fn names(&self, take: &mut Take<'_>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (field, cell) in &self.cells {
            if let Field::Name(language) = field
                && let Some(name) = take.text(Some(cell))
            {
                names.insert(language.clone(), name);
            }
        }
        names
    }

    /// The path cell, or else category and subcategory; a subcategory alone is a path of one.
    fn category_path(&self, take: &mut Take<'_>) -> Vec<String> {
        if let Some(path) = take.text(self.cells.get(&Field::CategoryPath)) {
            let parts = path.split(['/', '>', '＞', '／']).map(str::trim);
            return parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
        }
        let cells = [Field::Category, Field::Subcategory].map(|field| self.cells.get(&field));
        cells.into_iter().filter_map(|cell| take.text(cell)).collect()
    }

    fn add_attributes(&self, take: &mut Take<'_>, fields: &mut BTreeMap<String, String>) {
        for (name, text) in take.attributes(&self.attributes) {
            fields.entry(name.to_string()).or_insert(text);
        }
    }
}

fn put(fields: &mut BTreeMap<String, String>, name: &str, text: Option<String>) {
    if let Some(text) = text {
        fields.insert(name.to_owned(), text);
    }
}

impl FactCells {
    fn of(cells: &BTreeMap<Field, Cell>) -> FactCells {
        let get = |field: Field| cells.get(&field).cloned();
        FactCells {
            key: get(Field::Key),
            kind: get(Field::Kind),
            date: get(Field::Date),
            of: get(Field::Of),
            partner: get(Field::Partner),
            product: get(Field::Product),
            quantity: get(Field::Quantity),
            unit: get(Field::Unit),
            amount: get(Field::Amount),
            currency: get(Field::Currency),
            order: get(Field::Order),
            line: get(Field::Line),
            channel: get(Field::Channel),
            activity_type: get(Field::Type),
        }
    }
}

impl FactRow {
    /// The fact, recorded now.
    pub fn into_fact(self, recorded: Timestamp) -> Fact {
        let parties = self.parties.into_iter().map(|(role, code)| (role.to_string(), code));
        let attributes = self.attributes.into_iter().map(|(name, text)| (name.to_string(), text));
        Fact {
            key: self.key,
            kind: self.kind,
            at: self.at,
            recorded,
            of: self.of,
            partner: self.partner,
            product: self.product,
            quantity: self.quantity,
            unit: self.unit,
            amount: self.amount,
            currency: self.currency,
            order: self.order,
            line: self.line,
            channel: self.channel,
            activity_type: self.activity_type,
            parties: parties.collect(),
            attributes: attributes.collect(),
        }
    }

    /// What tells the same content from other content under the same key.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(self)
    }
}

/// Finds columns by their headings and notes those that are not there.
struct Bind<'a> {
    mapping: &'a Mapping,
    headings: &'a [String],
    plain: Vec<String>,
    used: Vec<bool>,
    problems: Vec<String>,
}

impl<'a> Bind<'a> {
    fn new(mapping: &'a Mapping, headings: &'a [String]) -> Bind<'a> {
        let plain = headings.iter().map(|heading| width::heading(heading)).collect();
        let used = vec![false; headings.len()];
        Bind { mapping, headings, plain, used, problems: Vec::new() }
    }

    fn cell(&mut self, name: &str, source: &FieldSource) -> Cell {
        let decimal = source.decimal.unwrap_or(self.mapping.decimal);
        let dates = source.dates.unwrap_or(self.mapping.dates);
        let columns: Vec<usize> =
            source.columns().iter().filter_map(|column| self.column(name, column)).collect();
        let label = match source.columns() {
            [] => name.to_owned(),
            headings => headings.join(" + "),
        };
        let place = match &source.origin {
            Origin::Constant(text) => cell::Place::Constant(Arc::from(text.trim())),
            Origin::Column(_) => cell::Place::One(columns.first().copied().unwrap_or(usize::MAX)),
            Origin::Columns { join, .. } => cell::Place::Many(columns, Arc::from(join.as_str())),
        };
        Cell::new(place, label, &source.values, decimal, dates)
    }

    /// The place of a heading, as written or else in the form in which headings are compared.
    fn column(&mut self, name: &str, heading: &str) -> Option<usize> {
        let wanted = width::heading(heading);
        let exact = self.headings.iter().enumerate().filter(|(_, known)| *known == heading.trim());
        let mut found: Vec<usize> = exact.map(|(index, _)| index).collect();
        if found.is_empty() {
            let alike = self.plain.iter().enumerate().filter(|(_, known)| **known == wanted);
            found = alike.map(|(index, _)| index).collect();
        }
        match found.as_slice() {
            [index] => {
                self.used[*index] = true;
                Some(*index)
            }
            [] => {
                let known = self.headings.iter().map(String::as_str);
                let hint = match nearest(heading, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the file has {}", listed(self.headings)),
                };
                self.problems.push(format!("`{name}`: there is no column `{heading}`; {hint}"));
                None
            }
            [..] => {
                let times = found.len();
                self.problems.push(format!(
                    "`{name}`: {times} columns are called `{heading}`; give each a name of its own"
                ));
                None
            }
        }
    }

    /// The columns that are kept under their headings.
    fn rest(&mut self, rest: &Rest, attributes: &mut Vec<(Arc<str>, Cell)>) {
        let wanted: Vec<usize> = match rest {
            Rest::None => Vec::new(),
            Rest::All => (0..self.headings.len())
                .filter(|index| !self.used[*index])
                .filter(|index| {
                    let heading = self.plain[*index].as_str();
                    !heading.is_empty() && heading != REASON_HEADING && heading != "recorded"
                })
                .collect(),
            Rest::Columns(columns) => {
                columns.iter().filter_map(|column| self.column("rest", column)).collect()
            }
        };
        for index in wanted {
            let name = self.name_of_its_own(index, attributes);
            let (decimal, dates) = (DecimalSign::default(), DateOrder::default());
            let heading = self.headings[index].clone();
            let place = cell::Place::One(index);
            let cell = Cell::new(place, heading, &BTreeMap::new(), decimal, dates);
            attributes.push((name, cell));
        }
    }

    /// A heading that stands twice is told apart by a number.
    fn name_of_its_own(&self, index: usize, attributes: &[(Arc<str>, Cell)]) -> Arc<str> {
        let heading = &self.headings[index];
        let taken = |name: &str| attributes.iter().any(|(known, _)| **known == *name);
        if !taken(heading) {
            return Arc::from(heading.as_str());
        }
        let mut number = 2;
        while taken(&format!("{heading} {number}")) {
            number += 1;
        }
        Arc::from(format!("{heading} {number}"))
    }
}

fn listed(headings: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = headings.iter().filter(|heading| !heading.is_empty()).take(SHOWN);
    let mut names: Vec<String> = shown.map(|heading| format!("`{heading}`")).collect();
    if headings.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Takes values out of a record and keeps the fault that comes first in precedence.
struct Take<'a> {
    record: &'a Record,
    zone: Option<&'a TimeZone>,
    scratch: String,
    fault: Option<Rejection>,
}

impl<'a> Take<'a> {
    fn new(record: &'a Record, zone: Option<&'a TimeZone>) -> Result<Take<'a>, Rejection> {
        match record.fault() {
            Some(fault) => Err(Rejection::of_fault(record.row_number(), fault)),
            None => Ok(Take { record, zone, scratch: String::new(), fault: None }),
        }
    }

    /// Reads the text of a cell, if it has any.
    fn read<T>(
        &mut self,
        cell: Option<&Cell>,
        parse: impl FnOnce(&str, CellKind) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let cell = cell?;
        let mut scratch = std::mem::take(&mut self.scratch);
        let read = match cell.text(self.record, &mut scratch) {
            Ok((text, _)) if text.is_empty() => Ok(None),
            Ok((text, kind)) => parse(text, kind).map_err(|fault| fault.with(text)),
            Err(fault) => Err(fault),
        };
        self.scratch = scratch;
        read.unwrap_or_else(|fault| {
            self.refuse(Rejection::new(
                self.record.row_number(),
                fault.reason,
                Some(cell.label()),
                &fault.value,
            ));
            None
        })
    }

    fn refuse(&mut self, rejection: Rejection) {
        if self.fault.as_ref().is_none_or(|known| rejection.reason < known.reason) {
            self.fault = Some(rejection);
        }
    }

    /// What has to be there is not; a fault of the cell itself comes first.
    fn missing(&mut self, cell: Option<&Cell>, field: Field, reason: Reason) {
        let label = cell.map_or_else(|| field.to_string(), |cell| cell.label().to_owned());
        let same = |known: &Rejection| known.column.as_deref() == Some(label.as_str());
        if !self.fault.as_ref().is_some_and(same) {
            let value = cell.map_or("", |cell| cell.first_text(self.record));
            self.refuse(Rejection::new(self.record.row_number(), reason, Some(&label), value));
        }
    }

    /// A short text without line breaks.
    fn code(&mut self, cell: Option<&Cell>) -> Option<String> {
        self.read(cell, |text, _| {
            if text.chars().any(char::is_control) {
                return Err(Fault::of(Reason::BadText));
            }
            within(text, CODE_CHARS_MAX).map(Some)
        })
    }

    fn text(&mut self, cell: Option<&Cell>) -> Option<String> {
        self.read(cell, |text, _| within(text, TEXT_CHARS_MAX).map(Some))
    }

    fn number(&mut self, cell: Option<&Cell>) -> Option<Decimal> {
        let decimal = cell.map_or(DecimalSign::Point, |cell| cell.decimal);
        self.read(cell, |text, kind| {
            // What a spreadsheet stores as a number is written by us, with a point.
            let sign = if kind == CellKind::Number { DecimalSign::Point } else { decimal };
            number::parse(text, sign).map_err(|error| Fault::of(error.into()))
        })
    }

    fn date(&mut self, cell: Option<&Cell>) -> Option<DateTime> {
        let order = cell.map_or(DateOrder::YearFirst, |cell| cell.dates);
        let epoch = self.record.epoch();
        let zone = self.zone;
        self.read(cell, |text, kind| {
            let read = match kind {
                // `20260401` typed as a number is a date as well, and no serial one.
                CellKind::Number if text.len() != 8 || text.contains('.') => {
                    date::from_serial(text, epoch).map(Some).ok_or(date::DateError::NotADate)
                }
                CellKind::Number | CellKind::Date => date::parse(text, DateOrder::YearFirst, zone),
                _ => date::parse(text, order, zone),
            };
            read.map_err(|error| Fault::of(error.into()))
        })
    }

    fn currency(&mut self, cell: Option<&Cell>) -> Option<Currency> {
        self.read(cell, |text, _| {
            let known = Currency::parse(&width::fold(text).to_ascii_uppercase());
            known.map(Some).ok_or(Fault::of(Reason::BadCurrency))
        })
    }

    fn attributes(&mut self, cells: &[(Arc<str>, Cell)]) -> Vec<(Arc<str>, String)> {
        let mut attributes = Vec::with_capacity(cells.len());
        for (name, cell) in cells {
            if let Some(text) = self.text(Some(cell)) {
                attributes.push((Arc::clone(name), text));
            }
        }
        attributes
    }
}

fn within(text: &str, chars_max: usize) -> Result<String, Fault> {
    // Bytes are quicker to count and never fewer than characters.
    if text.len() > chars_max && text.chars().count() > chars_max {
        return Err(Fault::of(Reason::TextTooLong));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
