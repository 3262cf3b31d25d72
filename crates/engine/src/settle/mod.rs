//! Settling: closing payout periods, adjustments, approval, payment.
//!
//! # Invariants
//!
//! * Closed means closed: a closing is never undone; what arrives later is booked in the first
//!   open period.
//! * A close posts once: what was accrued becomes payable, and the sum of payable postings of a
//!   payout is its amount.
//! * Nobody decides about what they asked for or prepared themselves.
//!
//! Owns `payout` and `adjustment`; writes closings and postings.

mod close;
pub mod filed;
mod store;

use domain::settlement::{AdjustmentStatus, PayoutStatus, PayoutStep};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::access::Actor;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::ledger::{self, About, Account, Cause, NewPosting};
use crate::rules::{Rules, RulesError};

pub use close::{Closed, PartnerPayout, PeriodState, PeriodView, close, periods, preview};
pub use store::{
    AdjustmentRow, PayoutRow, adjustment, adjustments, payout, payouts, payouts_of_partner,
    undecided,
};

/// Why a step of settlement cannot be taken. Nothing was changed.
#[derive(Debug, Error)]
pub enum SettleError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("there is no active program `{0}`")]
    NoProgram(String),
    #[error("program `{program}` has no payout period `{period}`")]
    NoPeriod { program: String, period: String },
    #[error("period `{period}` of `{program}` is closed already")]
    ClosedAlready { program: String, period: String },
    #[error("period `{period}` may be closed from {from} on")]
    TooEarly { period: String, from: Date },
    #[error("close period `{earlier}` first, so that what is carried over goes the right way")]
    EarlierOpen { earlier: String },
    #[error("the one who prepared it cannot decide about it; ask a second person")]
    FourEyes,
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

/// Approves, rejects or pays a payout.
pub async fn step(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    step: PayoutStep,
    comment: Option<&str>,
) -> Result<PayoutRow, SettleError> {
    let comment = said(comment)?;
    let payout = store::payout(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    if payout.status != PayoutStatus::Paid
        && let Some(run) = filed::file_of(tx, public_id).await?
    {
        return Err(SettleError::InFile { run });
    }
    let status =
        payout.status.after(step).ok_or(SettleError::NotNow { status: payout.status.word() })?;
    let by = actor.name().to_owned();
    if step == PayoutStep::Approve && payout.created_by_id == actor_id(actor) {
        return Err(SettleError::FourEyes);
    }
    if step == PayoutStep::Reject && comment.is_none() {
        return Err(SettleError::NoReason);
    }
    if status == PayoutStatus::Paid {
        let posting = NewPosting {
            cause: Cause::Payment,
            debit: Account::Payable { partner: payout.partner_code.clone() },
            credit: Account::Cash,
            unit: payout.unit.clone(),
            amount: payout.amount,
            about: About {
                program_id: Some(payout.program_id),
                partner_id: Some(payout.partner_id),
                booked_day: Some(crate::db::days_of(payout.period)),
                subject: Some(payout.public_id.clone()),
                ..About::default()
            },
        };
        ledger::post(tx, vec![posting], now).await?;
    }
    store::set_payout_status(tx, &payout, status, &by, now, comment).await?;
    let mut change = vec![("status", payout.status.word(), status.word())];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("payout", public_id), step_word(step), &change).await?;
    Ok(PayoutRow { status, ..payout })
}

fn step_word(step: PayoutStep) -> &'static str {
    match step {
        PayoutStep::Approve => "approve",
        PayoutStep::Reject => "reject",
        PayoutStep::Pay => "pay",
    }
}

/// What somebody asks to add to a payout, or to take from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdjustment {
    pub program: String,
    pub partner: String,
    pub period: String,
    pub amount: Decimal,
    pub reason: String,
}

/// Asks for an adjustment of a payout period that is still open.
pub async fn ask_adjustment(
    tx: &mut Tx,
    rules: &Rules,
    master: &crate::catalog::MasterData,
    actor: &Actor,
    now: Timestamp,
    new: &NewAdjustment,
) -> Result<String, SettleError> {
    let at =
        rules.by_code(&new.program).ok_or_else(|| SettleError::NoProgram(new.program.clone()))?;
    let plan = &rules.plans[at];
    let currency = plan.newest().currency;
    let decimals = currency.decimals();
    if new.amount.is_zero() || new.amount.normalize().scale() > decimals {
        return Err(SettleError::BadAmount { decimals });
    }
    if new.reason.trim().is_empty() || new.reason.chars().count() > COMMENT_CHARS_MAX {
        return Err(SettleError::NoReason);
    }
    let partner_id = master.partner_id(&new.partner).ok_or(SettleError::NotFound)?;
    if domain::settlement::named(plan, &new.period).is_none() {
        return Err(SettleError::NoPeriod {
            program: new.program.clone(),
            period: new.period.clone(),
        });
    }
    if rules.closes[at].0.contains_key(new.period.as_str()) {
        return Err(SettleError::ClosedAlready {
            program: new.program.clone(),
            period: new.period.clone(),
        });
    }
    let of = (rules.program_ids[at], partner_id);
    let id = store::add_adjustment(tx, of, new, currency.as_str(), actor, now).await?;
    let amount = new.amount.to_string();
    let change = [("amount", "", amount.as_str()), ("reason", "", new.reason.as_str())];
    record(tx, actor, now, ("adjustment", &id), "ask", &change).await?;
    Ok(id)
}

/// Approves or rejects an adjustment. If its period was closed meanwhile, an approved one counts
/// in the first that is open.
pub async fn decide_adjustment(
    tx: &mut Tx,
    rules: &Rules,
    actor: &Actor,
    now: Timestamp,
    public_id: &str,
    approve: AdjustmentStatus,
    comment: Option<&str>,
) -> Result<AdjustmentRow, SettleError> {
    let comment = said(comment)?;
    let found = store::adjustment(tx, public_id).await?.ok_or(SettleError::NotFound)?;
    if found.status != AdjustmentStatus::Pending {
        return Err(SettleError::NotNow { status: found.status.word() });
    }
    if found.asked_by_id == actor_id(actor) {
        return Err(SettleError::FourEyes);
    }
    let period = open_period(rules, &found);
    store::decide_adjustment(tx, &found, approve, &period, actor.name(), now, comment).await?;
    let mut change = vec![("status", found.status.word(), approve.word())];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("adjustment", public_id), approve.word(), &change).await?;
    Ok(AdjustmentRow { status: approve, period_name: period, ..found })
}

/// The period an adjustment counts in, which is open.
fn open_period(rules: &Rules, adjustment: &AdjustmentRow) -> String {
    let name = &adjustment.period_name;
    let Some(at) = rules.position(adjustment.program_id) else { return name.clone() };
    let plan = &rules.plans[at];
    let mut period = domain::settlement::named(plan, name);
    while let Some(found) = &period {
        if !rules.closes[at].0.contains_key(&found.name) {
            return found.name.to_string();
        }
        period = domain::settlement::following(plan, found);
    }
    name.clone()
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
