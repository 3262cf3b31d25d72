//! Payouts: what is owed to partners in money, one by one, each with why it is owed.
//!
//! A payout comes of a closed period of a program, or of something else that posted to what is
//! payable to a partner. Whatever it comes of, it is decided, filed, paid and stated in one way.
//!
//! # Invariants
//!
//! * A payout says its source, and what it says of it stays as it was.
//! * What the payouts of an order add up to, those that were withdrawn left out, is what the order
//!   owes by now; the difference is made in the commit that posts it.
//! * What is paid or stands in a file stays as it is: what changes afterwards is a payout of its
//!   own, below zero if it was too much. What is neither gives way to what is owed now.
//! * What was paid stays with whom it was paid to, also if the membership became part of another.
//!
//! Owns `payout`. Who decides about one is settlement's.

mod follow;
mod store;

use domain::amount::Currency;
use domain::settlement::{PayoutLine, PayoutStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) use follow::told;
pub use follow::{Owed, follow};
pub(crate) use store::{Of, add, are_free, ids, put_in_file, set, take_out_of_file, unpaid};
pub use store::{file_of, fileable, of_partner, payout, payouts};

/// Why something is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A period of a program was closed.
    Period(OfPeriod),
    /// Points were redeemed for a reward that gives money.
    Reward(OfReward),
}

/// The closed period that owes a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPeriod {
    pub program_id: i64,
    pub program: String,
    pub name: String,
    /// Its first day.
    pub start: Date,
}

/// The order that owes a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfReward {
    /// The key it was redeemed under.
    pub order: String,
    /// The reward, by its code.
    pub reward: String,
    /// The points that this payout is for, and what they are called; below zero where points were
    /// given back.
    pub points: Decimal,
    pub unit: String,
    /// The business day of the order.
    pub on: Date,
}

impl Source {
    /// The word it is kept and told by.
    pub fn word(&self) -> &'static str {
        match self {
            Source::Period(_) => "period",
            Source::Reward(_) => "reward",
        }
    }
}

/// A payout as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRow {
    pub public_id: String,
    pub source: Source,
    pub partner_id: i64,
    pub partner_code: String,
    pub unit: String,
    pub calculated: Decimal,
    pub prior_period: Decimal,
    pub adjustments: Decimal,
    pub carried_in: Decimal,
    pub carried_out: Decimal,
    pub lapsed: Decimal,
    pub amount: Decimal,
    pub status: PayoutStatus,
    pub created_by: String,
    pub created_by_id: String,
    pub created_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub comment: Option<String>,
    pub paid_at: Option<Timestamp>,
    /// The steps of its approval as they were when it was made; `None` for one step by whoever may
    /// approve.
    pub chain: Option<String>,
    /// Counted from 1; a rejection begins the next.
    pub round: i64,
    /// Steps taken in this round.
    pub step: i64,
    /// The day by which the next step should be taken.
    pub due: Option<Date>,
}

impl PayoutRow {
    /// The closed period it comes of.
    pub fn period(&self) -> Option<&OfPeriod> {
        match &self.source {
            Source::Period(of) => Some(of),
            Source::Reward(_) => None,
        }
    }

    /// The program that owes it, if one does.
    pub fn program_id(&self) -> Option<i64> {
        self.period().map(|of| of.program_id)
    }

    /// The code of the program that owes it; empty if none does.
    pub fn program(&self) -> &str {
        self.period().map_or("", |of| &of.program)
    }

    /// The name of its period; empty if it is of none.
    pub fn period_name(&self) -> &str {
        self.period().map_or("", |of| &of.name)
    }

    /// The day it is booked for: the first one of its period, or that of its order.
    pub fn day(&self) -> Date {
        match &self.source {
            Source::Period(of) => of.start,
            Source::Reward(of) => of.on,
        }
    }
}

/// What a period pays a partner in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerPayout {
    pub partner_id: i64,
    pub unit: Currency,
    pub line: PayoutLine,
}
