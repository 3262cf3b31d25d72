//! Facts: what happened in the business, as a source told it. Facts never change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::amount::Currency;
use crate::code::{FactKey, PartnerCode, ProductCode, Unit};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    Sale,
    Return,
    CreditNote,
    Activity,
}

impl FactKind {
    pub const ALL: [FactKind; 4] =
        [FactKind::Sale, FactKind::Return, FactKind::CreditNote, FactKind::Activity];

    /// The word of the language of programs and cases.
    pub fn word(self) -> &'static str {
        match self {
            FactKind::Sale => "sale",
            FactKind::Return => "return",
            FactKind::CreditNote => "credit_note",
            FactKind::Activity => "activity",
        }
    }

    pub fn from_word(word: &str) -> Option<FactKind> {
        FactKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Returns and credit notes are written with positive numbers and count against.
    pub fn counts_against(self) -> bool {
        matches!(self, FactKind::Return | FactKind::CreditNote)
    }
}

/// One fact. Amounts and quantities keep the source's precision.
///
/// A return or credit note that names its sale (`of`) takes from it all it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub key: FactKey,
    pub kind: FactKind,
    /// When it happened in the business, in the program's or the source's local time; a fact with
    /// a date alone happened at the start of that day.
    pub at: DateTime,
    /// When we learned it.
    pub recorded: Timestamp,
    /// The sale that a return or credit note takes back.
    pub of: Option<FactKey>,
    /// Absent only in a return that names its sale.
    pub partner: Option<PartnerCode>,
    pub product: Option<ProductCode>,
    pub quantity: Option<Decimal>,
    pub unit: Option<Unit>,
    pub amount: Option<Decimal>,
    pub currency: Option<Currency>,
    pub order: Option<String>,
    pub line: Option<String>,
    pub channel: Option<String>,
    /// `type` in the language: of an activity, `training_passed`.
    pub activity_type: Option<String>,
    /// Role to partner: `ship_to`, `distributor`, `end_customer`.
    pub parties: BTreeMap<String, PartnerCode>,
    /// Everything else the source said, as written.
    pub attributes: BTreeMap<String, String>,
}

impl Fact {
    /// The business date.
    pub fn date(&self) -> Date {
        self.at.date()
    }
}
