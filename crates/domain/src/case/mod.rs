//! Cases: a complete, self-contained story of programs, master data, a timeline, and what must
//! hold.
//!
//! A case is read here and run elsewhere. Everything in it is typed and checked against the
//! language; words of wallets, funds and claims are refused by name, never ignored.

mod ancestors;
mod check;
mod expect;
mod json;
pub(crate) mod keys;
mod parse;
mod refused;
mod run;
mod snapshot;
mod story;
#[cfg(test)]
pub(crate) mod telling;
mod timeline;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode, Unit};
use crate::condition::FieldType;
use crate::fact::{Fact, FactKind};
use crate::master::{ExchangeRate, Fields, Price, UnitFactor};
use crate::program::{Position, Program};
use crate::wallet::{self, Command, Wallet};
use crate::yaml::Tree;

pub use check::{Mismatch, TestRun, run_tests, test_problems};
pub use json::plain;
pub use parse::parse;
pub(crate) use parse::{check_tests, tests_of};
pub use refused::{Refusals, Refused, refusals};
pub use run::{Detail, Remains, standing_alone};
pub use story::*;
pub(crate) use timeline::parties;
pub use words::{count_words, words};

/// One story.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The name of the case, or of a program's test.
    pub code: String,
    pub at: Position,
    pub note: Option<String>,
    pub programs: Vec<ProgramSource>,
    /// `None`: the case names no partners, so none is unknown.
    pub partners: Option<BTreeMap<PartnerCode, Fields>>,
    pub products: BTreeMap<ProductCode, Fields>,
    pub units: Vec<UnitFactor>,
    pub rates: Vec<ExchangeRate>,
    pub prices: Vec<Price>,
    pub figures: Vec<FigureValue>,
    pub lists: BTreeMap<String, Vec<String>>,
    /// Declared fields by full path, beside those of the programs.
    pub fields: BTreeMap<String, FieldType>,
    /// What is declared of points; `None`: the case has no wallet.
    pub wallet: Option<Arc<Wallet>>,
    /// As written; see [`Case::in_order`].
    pub timeline: Vec<Event>,
    pub what_if: Vec<WhatIf>,
    /// The story's last day, if it is said.
    pub until: Option<Date>,
    pub expect: Vec<Expectation>,
}

/// Where a program of a case comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum ProgramSource {
    Inline(Box<Program>),
    /// A file, relative to the case's.
    Path {
        path: String,
        at: Position,
    },
}

/// A day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Day(Date),
    Instant(Timestamp),
}

/// An entry of a figure table. What it does not name it is for all of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureValue {
    pub table: String,
    pub partner: Option<PartnerCode>,
    pub period: Option<String>,
    /// Group name to value.
    pub groups: BTreeMap<String, String>,
    pub value: Decimal,
    /// Since when it is known.
    pub from: Option<Date>,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Position,
    pub on: Moment,
    /// `None`: as `on`.
    pub recorded: Option<Moment>,
    pub what: What,
}

/// What a line of the timeline is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Fact {
        kind: FactKind,
        key: FactKey,
        fields: FactFields,
    },
    /// The fact as it should have been: what is not said stays.
    Correct {
        key: FactKey,
        date: Option<Moment>,
        fields: FactFields,
    },
    /// As if it had never been.
    Cancel {
        key: FactKey,
    },
    /// The partner has this from that day on.
    Set {
        partner: PartnerCode,
        fields: Fields,
    },
    Award(ExternalAward),
    Adjust(Adjust),
    Close {
        period: String,
        program: ProgramCode,
        /// The last day of an on-demand period.
        until: Option<Date>,
    },
    /// What is asked of the wallet.
    Wallet {
        key: Arc<str>,
        command: Command,
    },
}

/// What a fact line says; everything may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactFields {
    pub of: Option<FactKey>,
    pub partner: Option<PartnerCode>,
    pub product: Option<ProductCode>,
    pub quantity: Option<Decimal>,
    pub unit: Option<Unit>,
    pub amount: Option<Decimal>,
    /// `None`: the program's.
    pub currency: Option<Currency>,
    pub order: Option<String>,
    pub line: Option<String>,
    pub channel: Option<String>,
    pub activity_type: Option<String>,
    pub parties: BTreeMap<String, PartnerCode>,
    /// Declared fields of the fact, as written.
    pub attributes: BTreeMap<String, String>,
}

/// An amount for an `external` term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalAward {
    pub key: FactKey,
    pub program: ProgramCode,
    pub term: TermCode,
    pub partner: PartnerCode,
    pub amount: Decimal,
    /// `None`: by its date.
    pub period: Option<String>,
    pub group: BTreeMap<String, String>,
}

/// A manual adjustment of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjust {
    pub key: String,
    pub program: ProgramCode,
    pub partner: PartnerCode,
    pub period: String,
    pub amount: Decimal,
    pub status: AdjustStatus,
    pub term: Option<TermCode>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustStatus {
    Approved,
    Pending,
    Rejected,
}

/// Facts tried on top of a day, apart from the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    pub name: String,
    pub at: Position,
    pub on: Moment,
    pub facts: Vec<Event>,
}

/// The lists of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutputList {
    Awards,
    Accruals,
    Payouts,
    Rejections,
    Waiting,
    WhatIf,
    /// Of a wallet.
    Wallet(wallet::List),
}

impl OutputList {
    pub const OF_PROGRAMS: [OutputList; 6] = [
        OutputList::Awards,
        OutputList::Accruals,
        OutputList::Payouts,
        OutputList::Rejections,
        OutputList::Waiting,
        OutputList::WhatIf,
    ];

    /// All lists there are.
    pub fn all() -> impl Iterator<Item = OutputList> {
        OutputList::OF_PROGRAMS.into_iter().chain(wallet::List::ALL.map(OutputList::Wallet))
    }

    pub fn word(self) -> &'static str {
        match self {
            OutputList::Awards => "awards",
            OutputList::Accruals => "accruals",
            OutputList::Payouts => "payouts",
            OutputList::Rejections => "rejections",
            OutputList::Waiting => "waiting",
            OutputList::WhatIf => "what_if",
            OutputList::Wallet(list) => list.word(),
        }
    }
}

/// A line of `expect`: which lines of the output, and what must hold in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    pub at: Position,
    /// The state at the end of that day or at that instant; `None`: at the end of the story.
    pub as_of: Option<Moment>,
    pub list: OutputList,
    /// A program's code, the key of a fact, or the name of a `what_if`.
    pub of: String,
    /// Words that choose lines. The group is a mapping, all others are texts.
    pub selectors: Vec<(String, Tree)>,
    /// Words that are compared.
    pub compared: Vec<(String, Tree)>,
}

impl Case {
    /// The timeline in the order in which things became known: by `recorded`, then as written.
    /// A day counts from its beginning, and instants are days of UTC where the two meet.
    pub fn in_order(&self) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.timeline.iter().collect();
        events.sort_by_key(|event| event.known().start());
        events
    }

    /// The story's last day: as said, or that of the timeline.
    pub fn last_day(&self) -> Option<Date> {
        let days = self.timeline.iter().map(|event| event.known().day());
        self.until.or_else(|| days.max())
    }
}

impl Event {
    /// When we learned it.
    pub fn known(&self) -> Moment {
        self.recorded.unwrap_or(self.on)
    }
}

impl Moment {
    /// The day, of an instant in UTC.
    pub fn day(self) -> Date {
        match self {
            Moment::Day(day) => day,
            Moment::Instant(instant) => instant.to_zoned(jiff::tz::TimeZone::UTC).date(),
        }
    }

    fn start(self) -> DateTime {
        match self {
            Moment::Day(day) => day.at(0, 0, 0, 0),
            Moment::Instant(instant) => instant.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        }
    }
}

impl FactFields {
    /// The fact, once it is known when it happened and when we learned it.
    pub fn fact(&self, key: &FactKey, kind: FactKind, at: DateTime, recorded: Timestamp) -> Fact {
        self.clone().into_fact(key.clone(), kind, at, recorded)
    }

    /// The same, with nothing copied.
    pub fn into_fact(
        self,
        key: FactKey,
        kind: FactKind,
        at: DateTime,
        recorded: Timestamp,
    ) -> Fact {
        let own = self;
        Fact {
            key,
            kind,
            at,
            recorded,
            of: own.of,
            partner: own.partner,
            product: own.product,
            quantity: own.quantity,
            unit: own.unit,
            amount: own.amount,
            currency: own.currency,
            order: own.order,
            line: own.line,
            channel: own.channel,
            activity_type: own.activity_type,
            parties: own.parties,
            attributes: own.attributes,
        }
    }
}

/// JSON Schema of a case's file, for editors.
pub fn json_schema() -> String {
    crate::program::schema::document("Case", "A story that Tokuten can run.", keys::CASE)
}

impl Program {
    /// The tests that stand in the program's text, each a case of this program alone. A test that
    /// cannot be read is left out: `parse` has told of it.
    pub fn tests(&self) -> Vec<Case> {
        tests_of(self)
    }
}

#[cfg(test)]
mod tests;
