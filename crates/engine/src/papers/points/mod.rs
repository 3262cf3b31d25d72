//! Statements of points: what a member had, what happened, what it has, and what ends when.
//!
//! # Promises
//!
//! * Opening balance, movements and closing balance are read from the ledger, so they add up to the
//!   last decimal, and what one statement closes with the next one opens with.
//! * Before one is issued, time has passed in the wallet: nothing is written down later for days
//!   that it covers, unless somebody says something for a day of before.
//! * What was issued is kept as it was.
//!
//! Points that wait count as held; points that are owed count against it.

mod gather;
mod issue;
mod pdf;
mod words;

use std::collections::BTreeMap;

use domain::program::Names;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::members::Every;

pub use gather::gather;
pub use issue::{Issued, find, issue_due, issued};
pub use pdf::pdf;

/// A month or a quarter of the calendar, as addresses write it: `2026-05`, `2026-Q2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Covered {
    pub from: Date,
    /// Its last day.
    pub to: Date,
}

impl Covered {
    pub fn month(of: Date) -> Covered {
        let from = of.first_of_month();
        Covered { from, to: of.last_of_month() }
    }

    pub fn quarter(of: Date) -> Covered {
        let first = (of.month() - 1) / 3 * 3 + 1;
        let from = Date::new(of.year(), first, 1).unwrap_or(of);
        let last = Date::new(of.year(), first + 2, 1).unwrap_or(of);
        Covered { from, to: last.last_of_month() }
    }

    /// The last one that is over on a day; `None` where none is asked for.
    pub fn last_before(every: Every, today: Date) -> Option<Covered> {
        let before = |it: Covered| it.from.yesterday().ok();
        match every {
            Every::Never => None,
            Every::Month => before(Covered::month(today)).map(Covered::month),
            Every::Quarter => before(Covered::quarter(today)).map(Covered::quarter),
        }
    }

    pub fn word(self) -> String {
        if Covered::month(self.from) == self {
            return format!("{:04}-{:02}", self.from.year(), self.from.month());
        }
        format!("{:04}-Q{}", self.from.year(), (self.from.month() - 1) / 3 + 1)
    }

    pub fn from_word(word: &str) -> Option<Covered> {
        let (year, part) = word.split_once('-')?;
        let year = year.parse().ok().filter(|year| (2000..=9000).contains(year))?;
        if let Some(quarter) = part.strip_prefix('Q') {
            let quarter: i8 = quarter.parse().ok().filter(|it| (1..=4).contains(it))?;
            return Some(Covered::quarter(Date::new(year, quarter * 3, 1).ok()?));
        }
        Some(Covered::month(Date::new(year, part.parse().ok()?, 1).ok()?))
    }

    /// So many months that are over or under way on a day, the newest first.
    pub fn months_until(today: Date, count: i32) -> Vec<Covered> {
        let month = |back: i32| today.first_of_month().checked_sub(back.months()).ok();
        (0..count).filter_map(month).map(Covered::month).collect()
    }
}

/// A statement of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointStatement {
    pub number: String,
    pub issued: Date,
    pub from: Date,
    pub to: Date,
    pub vendor: BTreeMap<String, String>,
    pub wallet: String,
    pub wallet_names: Names,
    pub partner: String,
    pub partner_names: BTreeMap<String, String>,
    /// The number of the membership, if it has one.
    pub member: Option<i64>,
    pub parts: Vec<UnitPart>,
}

/// What happened in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitPart {
    pub unit: String,
    pub names: Names,
    pub opening: Decimal,
    /// In the order of the ledger.
    pub moves: Vec<Move>,
    pub closing: Decimal,
    /// What of it waits on the day of issue.
    pub waiting: Decimal,
    /// What ends on which last day, as of the day of issue.
    pub ending: Vec<(Date, Decimal)>,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub day: Date,
    /// The role of the account on the other side: `granted`, `redeemed`, `expired`.
    pub other: String,
    /// The line, fact or voucher behind it.
    pub cause: String,
    /// Below zero if the member has less.
    pub amount: Decimal,
}

#[cfg(test)]
mod tests;
