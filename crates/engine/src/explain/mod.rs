//! Explaining: from an amount back to every fact behind it, computed again while you look.
//!
//! Reads journal, master data, rules, awards and the ledger; writes nothing.
//!
//! # Promises
//!
//! * What is shown is not remembered but recomputed from the journal, and compared with what is
//!   stored and posted. [`Proof`] says whether they agree.
//! * The shares of the facts add up to the award.
//! * A viewer is told only of what it may see; anything else is `None`.

mod award;
mod door;
mod effect;
mod lines;
mod recompute;
mod tiers;

use std::sync::Arc;

use domain::amount::Currency;
use domain::award::Award;
use domain::booking::{Accrual, Due};
use domain::explain::CountedIn;
use domain::fact::Fact;
use domain::measure::Converted;
use domain::period::Period;
use domain::program::{Names, Term};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::external::ExternalRow;
use crate::ledger::PostingRow;

pub use crate::accrue::{AwardRef, AwardRefError};
pub use award::award;
pub(crate) use door::award_ref;
pub use door::{DueAward, PayoutDoor, PostingDoor, groups, payout, posting};
pub use effect::{Effect, of_import};
pub use recompute::Why;
pub use tiers::{Crossing, TierRow};

/// One award and every reason for it.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub of: AwardRef,
    pub program_names: Names,
    pub partner_names: Names,
    pub period: Period,
    /// Of what is paid.
    pub currency: Currency,
    /// The term as the version of the award's last fact says it.
    pub term: Arc<Term>,
    /// What the qualifier's total is counted in.
    pub qualified_in: CountedIn,
    /// The currency of the qualifier where that is money; it may be another than of what is paid.
    pub qualified_currency: Currency,
    /// What the measure is counted in; `None` for a term that rates nothing.
    pub measured_in: Option<CountedIn>,
    /// As computed now.
    pub award: Award,
    /// The sum of the parts, before limits and rounding.
    pub exact: Decimal,
    pub reasons: Vec<ReasonText>,
    /// The table of the award's group, ascending.
    pub tiers: Vec<TierRow>,
    /// The qualifier's total at the end of each day on which it changed, ascending. Empty where it
    /// is no sum over the facts of the period.
    pub days: Vec<(Date, Decimal)>,
    pub baseline: Option<BaselineDays>,
    /// Counted facts with their shares, by date and time, then key.
    pub lines: Vec<Line>,
    /// Sums of the lines, by month.
    pub months: Vec<Month>,
    pub left_out: Vec<LeftOutLine>,
    /// Amounts that somebody else computed for it, the one that counts first; empty where the term
    /// computes its own.
    pub sent: Vec<ExternalRow>,
    /// What accounting periods book, oldest first.
    pub accruals: Vec<Accrual>,
    /// What payout periods book, oldest first.
    pub dues: Vec<Due>,
    /// What the ledger holds about it, oldest first.
    pub postings: Vec<PostingRow>,
    /// Payouts of the periods in which something is due.
    pub payouts: Vec<PayoutRef>,
    pub proof: Proof,
    pub text: Excerpt,
}

/// A reason in the languages of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText {
    pub code: &'static str,
    pub en: String,
    pub ja: String,
}

/// What growth is measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineDays {
    pub total: Decimal,
    pub from: Date,
    /// The first day after them.
    pub to: Date,
}

/// A counted fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub seq: i64,
    pub fact: Fact,
    pub product_names: Names,
    /// By which rate and factor its amount and quantity were converted before they counted.
    pub converted: Vec<Converted>,
    /// What it added to the measure, below zero for a return.
    pub measure: Option<Decimal>,
    /// Its share of the award.
    pub amount: Decimal,
    pub source: Option<SourceRef>,
}

/// The row of an import a fact stood in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRef {
    pub import_id: i64,
    pub import: String,
    pub name: String,
    pub row: i64,
    pub received: Timestamp,
}

/// Counted facts of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    pub first_day: Date,
    pub facts: usize,
    /// Returns taken off.
    pub quantity: Decimal,
    pub measure: Decimal,
    /// Their share of the award.
    pub amount: Decimal,
}

/// A fact of the period that does not count.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOutLine {
    pub seq: i64,
    pub fact: Fact,
    pub why: Why,
}

/// A payout to which the award belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRef {
    pub id: String,
    pub period_name: String,
    pub amount: Decimal,
    pub status: String,
}

/// What stands behind the promise that the amount is what the terms say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Computed just now.
    pub recomputed: Decimal,
    /// As evaluated last; `None` if it was not yet.
    pub stored: Option<Decimal>,
    /// What the ledger holds of its accruals.
    pub posted: Decimal,
    /// What it should hold.
    pub accrued: Decimal,
    /// Facts have come that are not evaluated yet; a moment later stored and posted follow.
    pub is_pending: bool,
    /// The newest row of the journal that was looked at.
    pub journal_seq: i64,
    pub version: u32,
}

impl Proof {
    /// Whether what is stored and posted is what was computed.
    pub fn agrees(&self) -> bool {
        self.stored.unwrap_or_default() == self.recomputed && self.posted == self.accrued
    }
}

/// The text of the version that acts, and the lines of it that did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub version: u32,
    pub text: String,
    /// First and last line of the term, counted from 1.
    pub term: (u32, u32),
    /// The rows of the tier table that were used.
    pub acted: Vec<u32>,
}

#[cfg(test)]
mod tests;
