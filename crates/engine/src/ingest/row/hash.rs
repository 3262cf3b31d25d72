//! The content of a fact in 128 bits.
//!
//! Two rows with the same key are the same fact if they say the same. What they say is written as
//! canonical bytes: each field with its length, decimals without trailing zeros, names in order.
//! The key is not part of it, nor is anything of the file. The bytes start with a version, so a
//! later form can never be taken for this one.
//!
//! SHA-256 cut to 16 bytes: whoever sends facts may choose them, so a fast hash that lets somebody
//! build two rows with one hash would let them replace a line unseen. Hashing takes about a
//! microsecond a row, far below what storing one costs.

use domain::amount::Currency;
use domain::code::{FactKey, PartnerCode, ProductCode, Unit};
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::FactRow;

const VERSION: u8 = 1;

/// The first 16 bytes of the SHA-256 of a fact's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 16]);

impl ContentHash {
    pub(super) fn of(fact: &FactRow) -> ContentHash {
        let mut content = Content { bytes: Vec::with_capacity(256) };
        content.bytes.push(VERSION);
        content.text(fact.kind.word());
        content.time(fact.at);
        content.optional(fact.of.as_ref().map(FactKey::as_str));
        content.optional(fact.partner.as_ref().map(PartnerCode::as_str));
        content.optional(fact.product.as_ref().map(ProductCode::as_str));
        content.number(fact.quantity);
        content.optional(fact.unit.as_ref().map(Unit::as_str));
        content.number(fact.amount);
        content.optional(fact.currency.as_ref().map(Currency::as_str));
        content.optional(fact.order.as_deref());
        content.optional(fact.line.as_deref());
        content.optional(fact.channel.as_deref());
        content.optional(fact.activity_type.as_deref());
        content.count(fact.parties.len());
        for (role, code) in &fact.parties {
            content.text(role);
            content.text(code.as_str());
        }
        content.count(fact.attributes.len());
        for (name, text) in &fact.attributes {
            content.text(name);
            content.text(text);
        }
        let digest = Sha256::digest(&content.bytes);
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        ContentHash(hash)
    }
}

/// Bytes that no two different contents share: every part says how long it is.
struct Content {
    bytes: Vec<u8>,
}

impl Content {
    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.bytes.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn number(&mut self, number: Option<Decimal>) {
        let number = number.map(|number| number.normalize());
        self.bytes.push(u8::from(number.is_some()));
        let number = number.unwrap_or_default();
        self.bytes.extend_from_slice(&number.mantissa().to_le_bytes());
        self.bytes.extend_from_slice(&number.scale().to_le_bytes());
    }

    fn time(&mut self, at: DateTime) {
        self.bytes.extend_from_slice(&at.year().to_le_bytes());
        let parts = [at.month(), at.day(), at.hour(), at.minute(), at.second()];
        self.bytes.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
        self.bytes.extend_from_slice(&at.subsec_nanosecond().to_le_bytes());
    }
}
