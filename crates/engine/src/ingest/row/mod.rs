//! Rows: a mapping applied to a record gives a fact, a partner, a product, a payee, an entry of
//! reference data or an amount from outside, or a rejection.
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
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

mod bind;
mod cell;
mod external;
mod hash;
mod mapper;
mod payee;
mod take;

pub use external::ExternalAmount;
pub use hash::ContentHash;
pub use mapper::{Mapper, MappingError};
pub use payee::PayeeRow;

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

#[cfg(test)]
mod tests;
