//! A mapping bound to a file, applied to its records.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::banking::BankHoliday;
use domain::code::{FactKey, PartnerCode, ProductCode, Unit};
use domain::fact::FactKind;
use domain::figure::FigureEntry;
use domain::master::{ExchangeRate, Price, UnitFactor};
use jiff::Span;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use thiserror::Error;

use super::bind::Bind;
use super::cell::{Cell, Fault};
use super::take::Take;
use super::{FactRow, PartnerRow, ProductRow};
use crate::catalog::{EntryRejection, ReferenceEntry, ReferenceTable, Said};
use crate::ingest::mapping::{Feeds, Field, Mapping};
use crate::ingest::rejection::{Reason, Rejection};
use crate::ingest::source::Record;

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
    years_away: u16,
    /// The first and the last day a fact may have; without them it may have any.
    days: Option<(Date, Date)>,
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
        Ok(Mapper {
            feeds: mapping.feeds,
            zone,
            years_away: mapping.years_away,
            days: None,
            cells,
            keys,
            parties,
            attributes,
            slots,
        })
    }

    /// Refuses facts whose date lies further from the day on which they come in than the mapping
    /// allows. Where nothing comes in, as in a dry run, there is no such day.
    #[must_use]
    pub fn on(mut self, today: Date) -> Mapper {
        let years = Span::new().years(self.years_away);
        let first = today.checked_sub(years).unwrap_or(Date::MIN);
        let last = today.checked_add(years).unwrap_or(Date::MAX);
        self.days = Some((first, last));
        self
    }

    /// Begins to read a record.
    pub(super) fn take<'a>(&'a self, record: &'a Record) -> Result<Take<'a>, Rejection> {
        Take::new(record, self.zone.as_ref())
    }

    /// Where a field stands, if anything feeds it.
    pub(super) fn cell(&self, field: &Field) -> Option<&Cell> {
        self.cells.get(field)
    }

    /// All fields with where they stand.
    pub(super) fn cells(&self) -> &BTreeMap<Field, Cell> {
        &self.cells
    }

    /// The first and the last day a date may have.
    pub(super) fn days(&self) -> Option<(Date, Date)> {
        self.days
    }

    pub fn feeds(&self) -> Feeds {
        self.feeds
    }

    /// The fact a record tells.
    pub fn fact(&self, record: &Record) -> Result<FactRow, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let (kind, key) = self.kind_and_key(&mut take);
        let slots = &self.slots;
        let at = take.date_within(slots.date.as_ref(), self.days);
        if at.is_none() {
            take.missing(slots.date.as_ref(), "date", Reason::MissingDate);
        }
        let of = take.code_as::<FactKey>(slots.of.as_ref());
        let partner = take.code_as::<PartnerCode>(slots.partner.as_ref());
        let names_sale = of.is_some() && kind.is_some_and(FactKind::counts_against);
        if partner.is_none() && !names_sale {
            take.missing(slots.partner.as_ref(), "partner", Reason::MissingPartner);
        }
        let product = take.code_as::<ProductCode>(slots.product.as_ref());
        let quantity = take.number(slots.quantity.as_ref());
        let unit = take.code_as::<Unit>(slots.unit.as_ref());
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
            let key = take.code_as::<FactKey>(self.slots.key.as_ref());
            if key.is_none() {
                take.missing(self.slots.key.as_ref(), "key", Reason::MissingKey);
            }
            let Some(cell) = &self.slots.kind else { return (Some(FactKind::Sale), key) };
            let kind = take.read(Some(cell), |text, _| {
                let known = FactKind::from_word(text);
                known.map(Some).ok_or(Fault::of(Reason::UnknownKind))
            });
            if kind.is_none() {
                take.missing(Some(cell), "kind", Reason::UnknownKind);
            }
            return (kind, key);
        }
        let mut found = None;
        for (kind, cell) in &self.keys {
            let Some(key) = take.code(Some(cell)) else { continue };
            if found.is_some() {
                take.missing(Some(cell), "kind", Reason::UnknownKind);
            }
            found = Some((*kind, FactKey::new(key)));
        }
        if found.is_none() {
            take.missing(self.keys.first().map(|(_, cell)| cell), "key", Reason::MissingKey);
        }
        found.map_or((None, None), |(kind, key)| (Some(kind), Some(key)))
    }

    /// The partner a record tells.
    pub fn partner(&self, record: &Record) -> Result<PartnerRow, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let code = take.code(self.cells.get(&Field::Code));
        if code.is_none() {
            take.missing(self.cells.get(&Field::Code), "code", Reason::MissingCode);
        }
        let parent = take.code(self.cells.get(&Field::Parent));
        let joined = take.date(self.cells.get(&Field::Joined)).map(DateTime::date);
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
            take.missing(self.cells.get(&Field::Code), "code", Reason::MissingCode);
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

    /// The entry of reference data that a record tells.
    pub fn entry(&self, record: &Record) -> Result<ReferenceEntry, Rejection> {
        let mut take = Take::new(record, self.zone.as_ref())?;
        let Feeds::Reference(table) = self.feeds else {
            return Err(Rejection::new(record.row_number(), Reason::MissingCode, None, ""));
        };
        let said = self.said(&mut take, table);
        for field in Field::needed(table) {
            let cell = self.cells.get(field);
            if take.is_empty(cell) {
                take.missing(cell, &field.to_string(), Reason::MissingValue);
            }
        }
        if let Some(fault) = take.fault {
            return Err(fault);
        }
        // What is needed and was not found was missed above.
        let said = said
            .ok_or_else(|| Rejection::new(record.row_number(), Reason::MissingValue, None, ""))?;
        ReferenceEntry::new(said).map_err(|why| self.refused(&why, record))
    }

    fn said(&self, take: &mut Take<'_>, table: ReferenceTable) -> Option<Said> {
        let cell = |field: Field| self.cells.get(&field);
        let from = take.date(cell(Field::From)).map(DateTime::date);
        Some(match table {
            ReferenceTable::ExchangeRates => {
                let of = take.currency(cell(Field::Of));
                let to = take.currency(cell(Field::In));
                let rate = take.number(cell(Field::Rate));
                Said::Rate(ExchangeRate { of: of?, to: to?, rate: rate?, from })
            }
            ReferenceTable::UnitFactors => {
                let product = take.code_as::<ProductCode>(cell(Field::Product));
                let unit = take.code_as::<Unit>(cell(Field::Unit));
                let holds = take.number(cell(Field::Holds));
                let of = take.code_as::<Unit>(cell(Field::Of));
                Said::Unit(UnitFactor { product, unit: unit?, holds: holds?, of: of?, from })
            }
            ReferenceTable::Lists => {
                let list = take.code(cell(Field::List));
                let code = take.code(cell(Field::Code));
                Said::Listed { list: list?, code: code? }
            }
            ReferenceTable::Figures => {
                let name = take.code(cell(Field::Table));
                let partner = take.code_as::<PartnerCode>(cell(Field::Partner));
                let period = take.code(cell(Field::Period));
                let mut groups = BTreeMap::new();
                for (field, cell) in &self.cells {
                    if let Field::Group(group) = field
                        && let Some(value) = take.code(Some(cell))
                    {
                        groups.insert(group.clone(), value);
                    }
                }
                let value = take.number(cell(Field::Value));
                let entry = FigureEntry { partner, period, groups, value: value?, from };
                Said::Figure { table: name?, entry }
            }
            ReferenceTable::Prices => {
                let list = take.code(cell(Field::List));
                let product = take.code_as::<ProductCode>(cell(Field::Product));
                let price = take.number(cell(Field::Price));
                let currency = take.currency(cell(Field::Currency));
                let (list, product, price) = (list?, product?, price?);
                Said::Price(Price { list, product, price, currency: currency?, from })
            }
            ReferenceTable::BankHolidays => {
                let country = self.country(take).map(String::from);
                let day = take.date(cell(Field::Date)).map(DateTime::date);
                let names = self.names(take);
                Said::Holiday(BankHoliday { country: country?, day: day?, names })
            }
        })
    }

    /// The rejection of a row whose entry the catalog refuses.
    fn refused(&self, why: &EntryRejection, record: &Record) -> Rejection {
        let (field, reason, value) = match why {
            EntryRejection::Missing { field } => (*field, Reason::MissingValue, String::new()),
            EntryRejection::BadText { field, text } => (*field, Reason::BadText, text.clone()),
            EntryRejection::NotPositive { field, number } => {
                (*field, Reason::NotPositive, number.to_string())
            }
            EntryRejection::ToItself { of } => ("of", Reason::ToItself, of.clone()),
            EntryRejection::NoCountry { text } => ("country", Reason::BadCountry, text.clone()),
        };
        let cell = Field::parse(self.feeds, field).and_then(|field| self.cells.get(&field));
        let column = cell.map_or(field, Cell::label);
        Rejection::new(record.row_number(), reason, Some(column), &value)
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
