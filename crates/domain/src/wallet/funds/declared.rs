//! What is declared of funds: budgets that are allocated, and credits that partners earn; what may
//! be claimed of them, and what pays.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::code::PartnerCode;
use crate::condition::Expr;
use crate::program::{Names, Remainder, Span};
use crate::wallet::ledger::Unit;
use crate::wallet::lot::Ends;
use crate::wallet::model::PointCurrency;

/// A fund.
#[derive(Debug, Clone, PartialEq)]
pub struct Fund {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    pub kind: FundKind,
    /// The only one who may use it.
    pub partner: Option<PartnerCode>,
    pub starts: Option<Date>,
    /// The last day of activities and requests.
    pub ends: Option<Date>,
    /// The last day for claims, where it is not the end.
    pub claims_until: Option<Date>,
    /// What an allocation lacks comes from the free budget.
    pub top_up: bool,
    /// At least one.
    pub activities: BTreeMap<Unit, Activity>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FundKind {
    /// Promised before sales: a budget.
    Mdf(Budget),
    /// Earned from sales: each partner holds lots, which go by this.
    Coop(Box<Coop>),
}

/// A budget that is allocated.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    pub amount: Decimal,
    pub allocations: Vec<AllocationRow>,
    pub remainder: Remainder,
    pub unused: Unused,
}

/// Credits that partners earn.
#[derive(Debug, Clone, PartialEq)]
pub struct Coop {
    pub lots: PointCurrency,
    /// Of all credits together.
    pub limit: Option<Decimal>,
}

/// What becomes of what is left at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unused {
    Recapture,
    CarryOver {
        to: Unit,
        /// Of the budget.
        at_most: Option<Decimal>,
        /// What was carried over is not carried on.
        once: bool,
    },
}

/// A part of a budget, as it is planned.
#[derive(Debug, Clone, PartialEq)]
pub struct AllocationRow {
    pub code: Unit,
    pub whose: Whose,
    pub size: Size,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub claims_until: Option<Date>,
    /// `None`: all of the fund.
    pub activities: Option<Vec<Unit>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Whose {
    Partner(PartnerCode),
    /// One for each partner who meets it on the first day; `None`: for everybody.
    Each(Option<Expr>),
    /// Open to all.
    Pool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Amount(Decimal),
    /// Of the budget.
    Share(Decimal),
}

/// What may be claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    pub reimburse: Reimburse,
    /// The share of its own part that the partner pays in cash.
    pub own_cash: Option<Decimal>,
    /// The most that one claim pays.
    pub at_most: Option<Decimal>,
    pub minimum: Option<Decimal>,
    pub request: Asking,
    pub lead_time: Option<Span>,
    pub claim_within: Option<Span>,
    /// Kinds of proof that a claim has.
    pub evidence: Vec<String>,
    pub when: Option<Expr>,
    /// Up to this it is approved as it is submitted.
    pub auto_approve: Option<Decimal>,
    /// `None`: the partner's allocations, then pools.
    pub from: Option<Sources>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Reimburse {
    /// The first row whose condition holds.
    Rows(Vec<(Option<Expr>, Decimal)>),
    /// So many times what the fund pays, the partner pays itself.
    Match(Decimal),
}

/// Whether a request comes before a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Required,
    Optional,
    None,
}

/// What pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sources {
    /// One after the other.
    InOrder(Vec<Source>),
    /// Shares of the amount, all of which are met.
    Shares(Vec<SourceShare>),
}

/// A share of an amount, and what pays it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceShare {
    pub share: Decimal,
    pub from: Vec<Source>,
}

/// An allocation, another fund, or what the partner has of the fund that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// `None`: the one that is asked.
    pub fund: Option<Unit>,
    pub allocation: Option<Unit>,
    pub at_most: Option<Decimal>,
}

impl Sources {
    /// What the partner has of the fund that is asked.
    pub fn own() -> Sources {
        Sources::InOrder(vec![Source::default()])
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        let (ordered, shares): (&[Source], &[SourceShare]) = match self {
            Sources::InOrder(sources) => (sources, &[]),
            Sources::Shares(shares) => (&[], shares),
        };
        ordered.iter().chain(shares.iter().flat_map(|share| &share.from))
    }
}

impl Fund {
    /// How its lots go, if partners hold any.
    pub fn lots(&self) -> Option<&PointCurrency> {
        self.coop().map(|coop| &coop.lots)
    }

    pub fn coop(&self) -> Option<&Coop> {
        match &self.kind {
            FundKind::Coop(coop) => Some(coop),
            FundKind::Mdf(_) => None,
        }
    }

    pub fn budget(&self) -> Option<&Budget> {
        match &self.kind {
            FundKind::Mdf(budget) => Some(budget),
            FundKind::Coop(_) => None,
        }
    }

    /// The word of its kind.
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            FundKind::Mdf(_) => "mdf",
            FundKind::Coop(_) => "coop",
        }
    }

    /// The last day for claims; `None`: it never ends.
    pub fn last_claims(&self) -> Option<Date> {
        self.claims_until.or(self.ends)
    }

    /// From when on nothing can be claimed.
    pub fn gone(&self) -> Option<DateTime> {
        self.last_claims().and_then(|last| Ends::After(last).gone())
    }

    /// The activity of a name; without one the only one.
    pub fn activity(&self, name: Option<&str>) -> Option<&Activity> {
        match name {
            Some(name) => self.activities.get(name),
            None if self.activities.len() == 1 => self.activities.values().next(),
            None => None,
        }
    }

    /// The row that plans an allocation, by the code of either.
    pub fn row(&self, allocation: &str) -> Option<&AllocationRow> {
        let rows = &self.budget()?.allocations;
        rows.iter().find(|row| *row.code == *allocation)
    }
}

impl AllocationRow {
    /// The code of what a partner has of it: `gold/P1`, where it is one for each.
    pub fn of(&self, partner: &PartnerCode) -> Unit {
        match self.whose {
            Whose::Each(_) => of_partner(&self.code, partner),
            Whose::Partner(_) | Whose::Pool => self.code.clone(),
        }
    }
}

/// The code of an allocation that each partner has one of.
pub(super) fn of_partner(code: &str, partner: &PartnerCode) -> Unit {
    Arc::from(format!("{code}/{partner}"))
}
