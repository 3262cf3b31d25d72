//! Awards: what one term earned one partner in one period and group, and every reason for it.

use rust_decimal::Decimal;

use crate::code::{PartnerCode, TermCode};
use crate::program::{Names, Opens, RowValue};
use crate::totals::Group;

/// The earned amount of one term, earner, period and group.
#[derive(Debug, Clone, PartialEq)]
pub struct Award {
    /// The version that acts on the award's last fact.
    pub version: u32,
    pub group: Group,
    /// Rounded, after limits.
    pub amount: Decimal,
    /// Counted from 1 in the group's table.
    pub tier: Option<u32>,
    pub tier_name: Option<Names>,
    /// What picked the tier; ratios are shares of 1.
    pub qualifier: Option<Decimal>,
    /// The qualifier's total before it was compared with anything.
    pub qualifier_total: Decimal,
    /// What was rated, after `after` and `up_to`.
    pub measure: Option<Decimal>,
    /// Baseline or target.
    pub baseline: Option<Decimal>,
    /// Facts that counted.
    pub facts: i64,
    pub parts: Vec<Part>,
    pub reasons: Vec<Reason>,
    pub next: Option<NextTier>,
    /// What of the amount is fixed sums.
    pub fixed: Decimal,
    /// The facts that counted, where they are told apart.
    pub by_fact: Vec<FactPart>,
    /// Who is paid, by their weights; empty: the earner.
    pub payees: Vec<(PartnerCode, Decimal)>,
}

/// A fact's part of an award.
#[derive(Debug, Clone, PartialEq)]
pub struct FactPart {
    pub key: String,
    /// The sale it belongs with.
    pub unit: String,
    /// By what the award is shared.
    pub weight: Decimal,
    /// Where each fact's part is rounded.
    pub amount: Option<Decimal>,
}

/// How an amount came about: one for each row and part of the period used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub version: u32,
    pub tier: u32,
    pub value: Option<RowValue>,
    pub fixed: Option<Decimal>,
    pub measure: Option<Decimal>,
    /// What is owed at least, where that is what it brings.
    pub guarantee: Option<Decimal>,
    /// Before limits and rounding.
    pub amount: Decimal,
}

/// The tier above, and what is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTier {
    pub tier: u32,
    pub name: Option<Names>,
    pub opens: Opens,
    /// What the qualifier's total lacks, in its unit; `None` where it cannot be said.
    pub gap: Option<Decimal>,
    /// What reaching it would add, if the measure grows with the qualifier. An estimate.
    pub worth: Option<Decimal>,
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetOf {
    Term,
    Program,
}

/// Why an award is what it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    Tier {
        tier: u32,
        name: Option<Names>,
        qualifier: Decimal,
        opens: Opens,
    },
    NoTier {
        qualifier: Option<Decimal>,
        lowest: Option<Opens>,
    },
    /// No row of the table is for this group.
    NoRow,
    NoBaseline,
    BaselineMinimum {
        baseline: Decimal,
        minimum: Decimal,
    },
    After {
        left_out: Decimal,
    },
    UpTo {
        left_out: Decimal,
    },
    AtLeast {
        was: Decimal,
        bound: Decimal,
    },
    AtMost {
        was: Decimal,
        bound: Decimal,
    },
    /// The bound of a partner and period, over all groups.
    AtMostInPeriod {
        was: Decimal,
        bound: Decimal,
    },
    AtLeastInPeriod {
        was: Decimal,
        bound: Decimal,
    },
    NoTarget,
    /// Something that the term requires does not hold: the first of its requirements, by position,
    /// and what its reading came to.
    Requires {
        nth: usize,
        value: Option<Decimal>,
    },
    /// Facts beyond the first ones do not count.
    Frequency {
        left_out: u32,
    },
    /// What other terms awarded was taken off the measure.
    NetOf {
        by: Decimal,
    },
    /// The amount was sent, not computed.
    External,
    /// What is owed at least.
    Guarantee {
        was: Decimal,
        amount: Decimal,
    },
    /// What the budget leaves of an award, whose budget it is and how much that is in all.
    Budget {
        was: Decimal,
        left: Decimal,
        of: BudgetOf,
        amount: Decimal,
    },
    /// Another term of the lane pays instead.
    Lane {
        winner: TermCode,
    },
    /// Counted for others but not paid.
    Skip,
    /// A number left the range of decimals; nothing is paid until it is mended.
    NoValue,
}

impl Reason {
    /// The word of the language.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Tier { .. } => "tier",
            Reason::NoTier { .. } => "no_tier",
            Reason::NoRow => "no_row",
            Reason::NoBaseline => "no_baseline",
            Reason::BaselineMinimum { .. } => "baseline_minimum",
            Reason::After { .. } => "after",
            Reason::UpTo { .. } => "up_to",
            Reason::AtLeast { .. } | Reason::AtLeastInPeriod { .. } => "at_least",
            Reason::AtMost { .. } | Reason::AtMostInPeriod { .. } => "at_most",
            Reason::NoTarget => "no_target",
            Reason::Requires { .. } => "requires",
            Reason::Frequency { .. } => "frequency",
            Reason::NetOf { .. } => "net_of",
            Reason::External => "external",
            Reason::Guarantee { .. } => "guarantee",
            Reason::Budget { .. } => "budget",
            Reason::Lane { .. } => "lane",
            Reason::Skip => "skip",
            Reason::NoValue => "no_value",
        }
    }
}
