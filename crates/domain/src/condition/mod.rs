//! Conditions and expressions: CEL over declared fields, exact decimals, typed before use.
//!
//! # Invariants
//!
//! * A parsed [`Expr`] is well typed: text is never compared with a number.
//! * Evaluation is exact. A missing value equals nothing; a missing number in arithmetic is
//!   reported, never taken as zero.

use std::collections::{BTreeMap, BTreeSet};

/// The type of a declared field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Number,
    /// In the fact's currency.
    Money,
    Date,
    YesNo,
    Partner,
}

/// What an expression may name beside the built-in fields.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// By full path: `fact.points_paid`, `partner.buying_group`.
    pub fields: BTreeMap<String, FieldType>,
    /// Names for `list("…")`; `None`: any name is taken on trust.
    pub lists: Option<BTreeSet<String>>,
}

/// A typed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    text: String,
}

/// A path such as `partner.country` or `party.distributor.code`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: String,
}
