//! Mappings: which column of a source feeds which field, saved under a name and reused.
//!
//! # Invariants
//!
//! * A mapping decides everything that a file leaves open: decimal sign, order of dates, kind.
//! * Its text is YAML, and so is JSON; what [`Mapping::write`] writes, [`Mapping::parse`] reads
//!   back as the same mapping.
//! * Field names are a closed set, so a misspelled one is an error and never an attribute.

use std::collections::BTreeMap;

use domain::fact::FactKind;

use super::date::DateOrder;
use super::number::DecimalSign;
use super::source::SourceOptions;
use crate::catalog::ReferenceTable;

mod field;
mod read;
mod suggest;
mod write;

pub use field::Field;
pub use read::{MappingProblem, MappingProblems};

/// What a source feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feeds {
    Facts,
    Partners,
    Products,
    /// Names, addresses, tax and accounts of partners who are paid.
    Payees,
    /// Amounts that somebody else computed, for terms with `external: true`.
    External,
    Reference(ReferenceTable),
}

impl Feeds {
    pub const ALL: [Feeds; 11] = [
        Feeds::Facts,
        Feeds::Partners,
        Feeds::Products,
        Feeds::Payees,
        Feeds::External,
        Feeds::Reference(ReferenceTable::ExchangeRates),
        Feeds::Reference(ReferenceTable::UnitFactors),
        Feeds::Reference(ReferenceTable::Lists),
        Feeds::Reference(ReferenceTable::Figures),
        Feeds::Reference(ReferenceTable::Prices),
        Feeds::Reference(ReferenceTable::BankHolidays),
    ];

    pub fn word(self) -> &'static str {
        match self {
            Feeds::Facts => "facts",
            Feeds::Partners => "partners",
            Feeds::Products => "products",
            Feeds::Payees => "payees",
            Feeds::External => "external",
            Feeds::Reference(table) => table.word(),
        }
    }

    pub fn from_word(word: &str) -> Option<Feeds> {
        Feeds::ALL.into_iter().find(|feeds| feeds.word() == word)
    }

    /// What is not kept of facts, partners and products can never be asked for later without
    /// another import; nothing else has attributes.
    fn rest(self) -> Rest {
        match self {
            Feeds::Facts | Feeds::Partners | Feeds::Products => Rest::All,
            Feeds::Payees | Feeds::External | Feeds::Reference(_) => Rest::None,
        }
    }
}

/// How columns of a source become fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub name: String,
    pub feeds: Feeds,
    /// Encoding, delimiter, sheet, header row.
    pub source: SourceOptions,
    pub decimal: DecimalSign,
    pub dates: DateOrder,
    /// The name of the zone in which instants with an offset become local dates.
    pub time_zone: Option<String>,
    /// A business date that lies more years before or after the day of the import is refused: it
    /// is a mistyped year, or the `1900-01-01` that some systems write for nothing. From 1 to
    /// [`YEARS_AWAY_MAX`].
    pub years_away: u16,
    /// What partners send by it waits until somebody of the vendor took it.
    pub review: bool,
    pub fields: BTreeMap<Field, FieldSource>,
    /// Attributes under names of their own.
    pub attributes: BTreeMap<String, FieldSource>,
    /// Other columns that are kept as attributes under their headings.
    pub rest: Rest,
}

/// Where a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSource {
    pub origin: Origin,
    /// What is written in the file to what it means; `*` stands for everything else. Empty: as
    /// written.
    pub values: BTreeMap<String, String>,
    /// Another decimal sign than the mapping's.
    pub decimal: Option<DecimalSign>,
    /// Another order than the mapping's.
    pub dates: Option<DateOrder>,
}

/// A column, several of them, or no column at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Column(String),
    /// One text of several columns, such as a key of order and line. Empty if any of them is.
    Columns {
        columns: Vec<String>,
        join: String,
    },
    Constant(String),
}

/// What becomes of the columns that no field names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Rest {
    #[default]
    None,
    All,
    Columns(Vec<String>),
}

/// What an amount from outside cannot do without. Without a period it is for that of its date, and
/// without both for that of the day on which it comes.
pub const EXTERNAL_NEEDED: [Field; 5] =
    [Field::Key, Field::Program, Field::Term, Field::Partner, Field::Amount];

/// How far from the day of the import a date may lie, unless a mapping says otherwise.
pub const YEARS_AWAY: u16 = 30;
/// The most that a mapping may say.
pub const YEARS_AWAY_MAX: u16 = 200;
/// The word in `values` that stands for everything else.
pub const OTHERWISE: &str = "*";
/// The heading of the column that says why a row was rejected; never an attribute.
pub const REASON_HEADING: &str = "_reason";

impl FieldSource {
    pub fn column(heading: impl Into<String>) -> FieldSource {
        FieldSource::of(Origin::Column(heading.into()))
    }

    pub fn constant(text: impl Into<String>) -> FieldSource {
        FieldSource::of(Origin::Constant(text.into()))
    }

    pub fn of(origin: Origin) -> FieldSource {
        FieldSource { origin, values: BTreeMap::new(), decimal: None, dates: None }
    }

    /// The headings it names.
    pub fn columns(&self) -> &[String] {
        match &self.origin {
            Origin::Column(column) => std::slice::from_ref(column),
            Origin::Columns { columns, .. } => columns,
            Origin::Constant(_) => &[],
        }
    }
}

impl Mapping {
    /// A mapping that maps nothing yet.
    pub fn new(name: impl Into<String>, feeds: Feeds) -> Mapping {
        Mapping {
            name: name.into(),
            feeds,
            source: SourceOptions::default(),
            decimal: DecimalSign::default(),
            dates: DateOrder::default(),
            time_zone: None,
            years_away: YEARS_AWAY,
            review: false,
            fields: BTreeMap::new(),
            attributes: BTreeMap::new(),
            rest: Rest::None,
        }
    }

    /// The mapping of a table whose headings already are the names of the fields. Other columns
    /// are kept as attributes.
    pub fn by_headings(feeds: Feeds, headings: &[String]) -> Mapping {
        let mut mapping = Mapping::new("by headings", feeds);
        for heading in headings {
            let word = super::width::heading(heading);
            if let Some(field) = Field::parse(feeds, &word) {
                mapping.fields.entry(field).or_insert_with(|| FieldSource::column(heading));
            }
        }
        mapping.rest = feeds.rest();
        mapping
    }

    /// Which field tells the kind of a fact, if any column does; without one every row is a sale.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (FactKind, &FieldSource)> {
        self.fields.iter().filter_map(|(field, source)| match field {
            Field::KeyOf(kind) => Some((*kind, source)),
            _ => None,
        })
    }

    /// What is missing for a row of this kind to be anything at all.
    pub fn problems(&self) -> Vec<String> {
        let has = |field: Field| self.fields.contains_key(&field);
        let mut problems = Vec::new();
        let mut need = |there: bool, message: &str| {
            if !there {
                problems.push(message.to_owned());
            }
        };
        match self.feeds {
            Feeds::Facts => {
                let keys = self.kinds().count();
                need(
                    has(Field::Key) || keys > 0,
                    "`key` is missing: say which column or columns \
                     tell one row from all others, such as order and line number",
                );
                need(
                    !(has(Field::Key) && keys > 0),
                    "`key` and a column of keys such as `sale` \
                     exclude each other: keep one",
                );
                need(
                    !(has(Field::Kind) && keys > 0),
                    "`kind` and a column of keys such as `sale` \
                     exclude each other: keep one",
                );
                need(has(Field::Date), "`date` is missing: say which column has the business date");
                need(
                    has(Field::Partner) || has(Field::Of),
                    "`partner` is missing: say which \
                     column has the partner's code",
                );
            }
            Feeds::Partners | Feeds::Products => {
                need(has(Field::Code), "`code` is missing: say which column has the code");
            }
            Feeds::Payees => {
                need(
                    has(Field::Partner),
                    "`partner` is missing: say which column has the partner's code",
                );
            }
            Feeds::External => {
                for field in EXTERNAL_NEEDED {
                    let missing = format!(
                        "`{field}` is missing: say which column has it, or write it as a constant"
                    );
                    need(has(field.clone()), &missing);
                }
            }
            Feeds::Reference(table) => {
                for field in Field::needed(table) {
                    let missing = format!(
                        "`{field}` is missing: say which column has it, or write it as a constant"
                    );
                    need(has(field.clone()), &missing);
                }
            }
        }
        if let Some(zone) = &self.time_zone {
            let known = jiff::tz::TimeZone::get(zone).is_ok();
            need(known, "`time_zone` is not known: write a name such as `Asia/Tokyo`");
        }
        problems
    }
}

#[cfg(test)]
mod tests;
