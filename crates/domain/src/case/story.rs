//! What came of a case: the lists of its output, as values.
//!
//! A [`Story`] keeps exact numbers; how they are written is the business of `json`, and how they
//! are compared with what a case expects that of `check`.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::Moment;
use crate::amount::Currency;
use crate::award::Award;
use crate::booking::BookingKind;
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode};
use crate::explain::{Context, Lang};
use crate::measure::WaitReason;
use crate::period::Period;
use crate::program::{Reward, Term};
use crate::settlement::PayoutLine;
pub use crate::share::FactLine;
use crate::totals::Group;
use crate::wallet;

/// A case that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub case: String,
    /// One for each `as_of` that is expected, in order, and the final one. Never empty.
    pub snapshots: Vec<Snapshot>,
}

/// The state at the end of a day, or at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub as_of: Moment,
    pub awards: Vec<AwardLine>,
    pub accruals: Vec<AccrualLine>,
    pub payouts: Vec<PartnerPayout>,
    pub waiting: Vec<WaitingLine>,
    pub rejections: Vec<Rejection>,
    pub what_if: Vec<WhatIfLine>,
    /// What a wallet says, list by list; nothing without one.
    pub wallet: Vec<wallet::Line>,
}

/// An award with everything that names it, and its facts.
#[derive(Debug, Clone, PartialEq)]
pub struct AwardLine {
    pub program: ProgramCode,
    /// As the version of the award's last fact says it.
    pub term: Arc<Term>,
    pub currency: Currency,
    pub partner: PartnerCode,
    pub earner: PartnerCode,
    pub period: Period,
    /// Of a split award what this partner is paid.
    pub award: Award,
    /// The product that is given, where that is the one that was sold.
    pub goods: Option<ProductCode>,
    /// The final amount shared over the facts, by date and time, then key.
    pub lines: Vec<FactLine>,
}

/// What an accounting period books for an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccrualLine {
    pub program: ProgramCode,
    pub term: TermCode,
    pub partner: PartnerCode,
    pub group: Group,
    /// The accounting period it is booked in.
    pub period: Period,
    /// The qualifying period it was earned in.
    pub earned_in: Period,
    pub kind: BookingKind,
    pub unit: Currency,
    pub amount: Decimal,
}

/// What a payout period brings a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerPayout {
    pub program: ProgramCode,
    pub partner: PartnerCode,
    pub unit: Currency,
    pub line: PayoutLine,
}

/// A fact that counts for nothing somewhere until something arrives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingLine {
    pub key: FactKey,
    pub reason: WaitReason,
}

/// A line of the timeline that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Of the fact, or of what the line named instead of one.
    pub key: String,
    /// The line of a claim, counted from 1.
    pub line: Option<usize>,
    pub reason: RejectionReason,
}

/// Why a line was refused, by precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectionReason {
    /// An amount for a program that nobody knows yet.
    UnknownProgram,
    /// An amount for a term that nobody knows yet.
    NotExternal,
    OtherContent,
    UnknownPartner,
    UnknownFact,
    NegativeReturn,
    ClosedTwice,
    /// Of a line that acts on a wallet.
    Wallet(wallet::Refusal),
}

impl RejectionReason {
    pub fn word(self) -> &'static str {
        match self {
            RejectionReason::UnknownProgram => "unknown_program",
            RejectionReason::NotExternal => "not_external",
            RejectionReason::OtherContent => "other_content",
            RejectionReason::UnknownPartner => "unknown_partner",
            RejectionReason::UnknownFact => "unknown_fact",
            RejectionReason::NegativeReturn => "negative_return",
            RejectionReason::ClosedTwice => "closed_twice",
            RejectionReason::Wallet(refusal) => refusal.word(),
        }
    }
}

/// What tried facts would do to an award.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfLine {
    pub what_if: String,
    pub program: ProgramCode,
    pub term: TermCode,
    pub partner: PartnerCode,
    pub period: Period,
    pub group: Group,
    pub now: Decimal,
    pub projected: Decimal,
    /// The tier with the tried facts.
    pub tier: Option<u32>,
}

impl WhatIfLine {
    pub fn brings(&self) -> Decimal {
        self.projected - self.now
    }
}

impl Story {
    /// The snapshot of a moment, or the final one.
    pub fn at(&self, as_of: Option<Moment>) -> Option<&Snapshot> {
        match as_of {
            None => self.snapshots.last(),
            Some(moment) => self.snapshots.iter().find(|snapshot| snapshot.as_of == moment),
        }
    }
}

impl AwardLine {
    /// In what it pays: the currency, or the code of the points, fund, voucher, badge, benefit or
    /// product.
    pub fn unit(&self) -> &str {
        match (&self.term.reward, &self.goods) {
            (Reward::Money, _) => self.currency.as_str(),
            (Reward::Goods(_), Some(product)) => product.as_str(),
            (reward, _) => reward.code(),
        }
    }

    /// What the words for its reasons need to know.
    pub fn context(&self) -> Context<'_> {
        Context { award: &self.award, term: &self.term, currency: self.currency }
    }

    /// What people call the tier, in the language without a tag or English.
    pub fn tier_name(&self) -> Option<&str> {
        self.award.tier_name.as_ref().and_then(|name| Lang::En.of(name))
    }
}

impl PartnerPayout {
    pub fn status(&self) -> &'static str {
        if self.line.closed { "closed" } else { "open" }
    }
}
