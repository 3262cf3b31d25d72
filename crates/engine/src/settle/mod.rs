//! Settling: closing payout periods, adjustments, approval, payment.
//!
//! # Invariants
//!
//! * Closed means closed: a closing is never undone; what arrives later is booked in the first
//!   open period.
//! * A close posts once: what was accrued becomes payable, and the sum of payable postings of a
//!   payout is its amount.
//! * Nobody decides about what they asked for or prepared themselves, nor twice in one round.
//! * What is carried on, a debt too, stays accrued on the partner's account of the program; it
//!   becomes payable with the payout that takes it up. A debt is written off by an adjustment.
//! * Whatever a partner or a person said is kept as it was said; states move, words stay.
//!
//! Owns `adjustment`, `decision`, `delegation`, `hold`, `acknowledgement`, `dispute`,
//! `dispute_message` and `sign_off`; writes closings and postings.

mod adjust;
mod approval;
mod caps;
mod close;
mod delegation;
mod dispute;
mod exceptions;
pub mod filed;
mod hold;
mod many;
mod news;
mod on_demand;
mod queue;
mod rated;
mod sign_off;
mod store;
mod sums;

use domain::approval::Refusal;
use domain::dispute::Over;
use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use crate::access::Actor;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::rules::RulesError;

pub use crate::catalog::today;
pub use crate::payouts::{
    OfPeriod, OfReward, PartnerPayout, PayoutRow, Source, of_partner as payouts_of_partner, payout,
    payouts,
};
pub use crate::policy::{
    NearRule, Policy, PolicyError, REASON_DISPUTE, REASON_OTHER, ReasonCode, is_share, policy,
    read_chain, read_steps, show_chain, show_steps,
};

pub use adjust::{NewAdjustment, ask_adjustment, decide_adjustment};
pub use approval::{DecisionRow, decisions, of_adjustment, of_payout, of_payouts, person, step};
pub use close::{Closed, PeriodState, PeriodView, close, payout_period, periods, preview, totals};
pub use delegation::{Delegation, delegate, delegations, end_delegation};
pub use dispute::{
    DisputeKind, DisputeReason, DisputeRow, Message, NewDispute, accept_dispute, dispute,
    dispute_messages, disputes, disputes_open, open_dispute, reject_dispute, withdraw_dispute,
    write_to_dispute,
};
pub use exceptions::{
    Acknowledged, CloseNote, Exception, ExceptionKind, Kinds, acknowledged, exceptions,
};
pub use hold::{HoldRow, Release, Target, hold, holds, holds_acting, place, release};
pub use many::{CHOSEN_MAX, Taken, step_each};
pub use on_demand::{EndDays, EndOn, NAME_CHARS_MAX, close_on_demand, end_days, ended};
pub use queue::{Waiting, adjustments_for, waiting_counts, waiting_for};
pub use rated::rated;
pub use sign_off::{SignOff, sign_off, sign_off_of, sign_offs};
pub use store::{AdjustmentRow, adjustment, adjustments};

pub use sums::{Sums, partner_sums, period_sums};

/// Why a step of settlement cannot be taken. Nothing was changed.
#[derive(Debug, Error)]
pub enum SettleError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("there is no active program `{0}`")]
    NoProgram(String),
    #[error("program `{program}` has no term `{term}`")]
    NoTerm { program: String, term: String },
    #[error("program `{program}` has no payout period `{period}`")]
    NoPeriod { program: String, period: String },
    #[error("period `{period}` of `{program}` is closed already")]
    ClosedAlready { program: String, period: String },
    #[error("period `{period}` may be closed from {from} on")]
    TooEarly { period: String, from: Date },
    #[error("period `{period}` ends when somebody ends it: say its last day, and what to call it")]
    NeedsDay { period: String },
    #[error("program `{program}` has no period that ends when somebody ends it")]
    NotOnDemand { program: String },
    #[error("the period may end on a day from {from} to {to}, as shorter periods in it do")]
    BadDay { from: Date, to: Date },
    #[error("no day of the period is over yet; it may be closed from {from} on")]
    NoDayOver { from: Date },
    #[error(
        "`{name}` cannot be the name of a period: use up to {NAME_CHARS_MAX} letters, digits, \
         `-`, `_` and `.`, and no name that the calendar gives"
    )]
    BadName { name: String },
    #[error("program `{program}` does not pay in `{unit}`; it pays in {known}")]
    NotPaidIn { program: String, unit: String, known: String },
    #[error("close period `{earlier}` first, so that what is carried over goes the right way")]
    EarlierOpen { earlier: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Over(#[from] Over),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("look at these exceptions, acknowledge them and say why in a comment: {kinds}")]
    Unacknowledged { kinds: Kinds },
    #[error("it is on hold: {reason}; release the hold first")]
    Held { reason: String },
    #[error("there is no reason code `{0}`")]
    NoReasonCode(String),
    #[error("the last day must not be before the first, nor in the past")]
    BadDays,
    #[error("nobody can stand in for themselves; name somebody else")]
    OwnDeputy,
    #[error("it could be disputed until {until}")]
    TooLate { until: Date },
    #[error("an order of a reward owes it, which is cancelled and not disputed")]
    NotOfAProgram,
    #[error("there is an open dispute about it already; write to that one")]
    DisputedAlready,
    #[error("it is {status} already")]
    NotNow { status: &'static str },
    #[error("it stands in payment file `{run}`; say there that it was paid, or withdraw the file")]
    InFile { run: String },
    #[error("it is not there")]
    NotFound,
    #[error("the amount must have at most {decimals} decimals and must not be zero")]
    BadAmount { decimals: u32 },
    #[error("say why, in at most 2,000 characters")]
    NoReason,
    #[error("the comment is longer than {COMMENT_CHARS_MAX} characters; shorten it")]
    LongComment,
}

/// Saves the policy. It acts on what is closed and asked for from now on.
pub async fn set_policy(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    new: &Policy,
) -> Result<(), SettleError> {
    new.check()?;
    Ok(crate::policy::keep(tx, actor, now, new).await?)
}

/// No comment is longer.
pub const COMMENT_CHARS_MAX: usize = 2_000;

/// A comment as it is kept: without blanks around it, and none if nothing is left.
fn said(comment: Option<&str>) -> Result<Option<&str>, SettleError> {
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    match comment {
        Some(comment) if comment.chars().count() > COMMENT_CHARS_MAX => {
            Err(SettleError::LongComment)
        }
        other => Ok(other),
    }
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (kind, id): (&'static str, &str),
    action: &'static str,
    changes: &[(&str, &str, &str)],
) -> Result<(), DbError> {
    let side = |read: fn(&(&str, &str, &str)) -> String| {
        let fields: serde_json::Map<String, serde_json::Value> = changes
            .iter()
            .map(|change| (change.0.to_owned(), serde_json::Value::String(read(change))))
            .collect();
        serde_json::Value::Object(fields)
    };
    let (before, after) = (side(|change| change.1.to_owned()), side(|change| change.2.to_owned()));
    let entry = audit::Entry::of(action, kind, id, Some(before), Some(after));
    audit::append(tx, now, actor, entry).await
}

/// What tells people apart, since names do not.
fn actor_id(actor: &Actor) -> &str {
    actor.public_id().unwrap_or("system")
}

#[cfg(test)]
mod on_demand_tests;
#[cfg(test)]
mod tests;
