//! The journal: facts in the order in which they were recorded, numbered, never changed.
//!
//! # Invariants
//!
//! * A row is never updated or deleted (the database refuses it). A correction is two more rows:
//!   the fact taken back, and the fact as it should have been.
//! * Of the rows of a key, the last one says how the fact stands now.
//!
//! Writes `fact` and nothing else; knows no stage.

mod store;

use domain::code::FactKey;
use domain::fact::Fact;
use domain::measure::EventChange;

pub(crate) use store::is_recorded;
pub use store::{
    Existing, append, count, existing, first_recorded, highest_seq, moment, of_partner,
    partners_of, recent, scan, times_of, units_of, with_prefix, with_seqs,
};

/// A row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub change: EventChange,
    pub fact: Fact,
    /// Of the content as its source gave it.
    pub hash: Vec<u8>,
    /// The import it came with, and the row in its file.
    pub source: Option<Source>,
}

/// The key of the sale a fact belongs with: its own, or the one it names.
pub fn unit_key(fact: &Fact) -> &FactKey {
    fact.of.as_ref().unwrap_or(&fact.key)
}

/// Where in which import a fact stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source {
    pub import_id: i64,
    pub row: i64,
}
