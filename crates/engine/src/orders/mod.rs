//! Ordered rewards on their way: approved, sent, delivered, or cancelled with points and stock
//! returned.
//!
//! Reads what was ordered from the pieces and lines of wallets. Writes the steps that people take.
//!
//! # Invariants
//!
//! * A step follows the one before: ordered, approved, sent, delivered. What is sent is not
//!   cancelled.
//! * An order is cancelled by the book, which gives points and stock back, and the step says so in
//!   the same transaction. What was cancelled elsewhere is cancelled here, too.
//! * Only what somebody has to hand over takes steps: vouchers, badges and money are given at
//!   once.
//! * A partner may ask to cancel as long as nobody approved.
//! * An order worth as much as what the vendor lets several people decide about (the chains for
//!   adjustments) is approved by somebody who may approve adjustments, whoever asks, by page or
//!   program. Points count at what they cost or pay, whichever is more.
//!
//! Owns `reward_order_step`.

mod store;

use std::sync::Arc;

use domain::amount::Currency;
use domain::approval::Subject;
use domain::code::PartnerCode;
use domain::wallet::{Command, Refusal, RewardGives};
use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::access::{Action, Actor};
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx};
use crate::policy::policy;
use crate::rules::Rules;
use crate::wallets::{self, Answer, Ask, WalletError};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderState {
    Ordered,
    Approved,
    Sent,
    Delivered,
    Cancelled,
}

impl OrderState {
    pub const ALL: [OrderState; 5] = [
        OrderState::Ordered,
        OrderState::Approved,
        OrderState::Sent,
        OrderState::Delivered,
        OrderState::Cancelled,
    ];

    pub fn word(self) -> &'static str {
        match self {
            OrderState::Ordered => "ordered",
            OrderState::Approved => "approved",
            OrderState::Sent => "sent",
            OrderState::Delivered => "delivered",
            OrderState::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<OrderState> {
        OrderState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What somebody does to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Approve,
    /// With whom it travels, and the number to follow it by.
    Send {
        carrier: Option<String>,
        tracking: Option<String>,
    },
    Deliver,
    Cancel {
        reason: Option<String>,
    },
    /// The partner asks to cancel.
    AskCancel {
        reason: Option<String>,
    },
}

impl Step {
    /// What is kept of it.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Approve => "approved",
            Step::Send { .. } => "sent",
            Step::Deliver => "delivered",
            Step::Cancel { .. } => "cancelled",
            Step::AskCancel { .. } => "cancel_asked",
        }
    }

    /// Whether it may follow a state.
    fn follows(&self, state: OrderState) -> bool {
        match self {
            Step::Approve | Step::AskCancel { .. } => state == OrderState::Ordered,
            Step::Send { .. } => state == OrderState::Approved,
            Step::Deliver => state == OrderState::Sent,
            Step::Cancel { .. } => matches!(state, OrderState::Ordered | OrderState::Approved),
        }
    }
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub seq: i64,
    pub step: String,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub note: Option<String>,
    pub at: Timestamp,
    pub by: String,
}

/// An order of something that has to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Of the line that made it: the greater, the newer.
    pub seq: i64,
    pub key: String,
    pub wallet_id: i64,
    pub partner: PartnerCode,
    pub reward: String,
    pub unit: String,
    /// What it took, and what of it was given back.
    pub points: Decimal,
    pub pieces: Decimal,
    pub returned: Decimal,
    /// The day or moment it was ordered for, and when that was recorded.
    pub on: DateTime,
    pub recorded: Timestamp,
    pub ordered_by: String,
    pub state: OrderState,
    /// The partner asks to cancel it, and nobody has answered.
    pub cancel_asked: bool,
    /// In order.
    pub steps: Vec<Taken>,
}

/// Which orders are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub state: Option<OrderState>,
    /// Only where the partner asks to cancel.
    pub cancel_asked: bool,
    pub partner: Option<PartnerCode>,
    pub reward: Option<String>,
    /// Older than this `seq`.
    pub before: Option<i64>,
    pub limit: usize,
}

/// Why a step was not taken.
#[derive(Debug, Error)]
pub enum OrderError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("there is no order `{key}` of something to hand over")]
    Unknown { key: String },
    #[error("order `{key}` is {state}, so that this step does not follow")]
    WrongState { key: String, state: &'static str },
    #[error(
        "order `{key}` is worth {amount} {unit}; somebody who may approve adjustments approves it"
    )]
    OverLimit { key: String, amount: Decimal, unit: Currency },
    #[error("the book refuses to cancel order `{key}`: {}", .refusal.word())]
    Refused { key: String, refusal: Refusal },
}

/// Whether somebody has to hand over what a reward gives. What no text declares any more is handed
/// over as well: somebody ordered it.
fn is_goods(rules: &Rules, wallet_id: i64, reward: &str) -> bool {
    let of = rules.wallets.iter().find(|of| of.wallet_id == wallet_id);
    let declared = of.and_then(|of| of.wallet.rewards.get(reward));
    declared.is_none_or(|reward| reward.gives == RewardGives::Goods)
}

/// Lines that are looked through at once.
const LINES_PER_READ: i64 = 500;

/// Orders, the newest first.
pub async fn list(
    reader: &mut Reader,
    rules: &Rules,
    query: &Query,
) -> Result<Vec<Order>, OrderError> {
    let mut found: Vec<Order> = Vec::new();
    let mut before = query.before.unwrap_or(i64::MAX);
    while found.len() < query.limit {
        let partner = query.partner.as_ref().map(PartnerCode::as_str);
        let rows = store::ordered(reader, partner, (before, LINES_PER_READ)).await?;
        let Some(last) = rows.last().map(|row| row.seq) else { break };
        let keys = rows.iter().map(|row| row.key.clone()).collect();
        let mut steps = store::steps(reader, keys).await?;
        let goods = rows.into_iter().filter(|row| is_goods(rules, row.wallet_id, &row.reward));
        for order in goods.filter_map(|row| {
            let own = steps.remove(&row.key).unwrap_or_default();
            placed(row, own)
        }) {
            let fits = query.state.is_none_or(|state| state == order.state)
                && (!query.cancel_asked || order.cancel_asked)
                && query.reward.as_ref().is_none_or(|reward| *reward == order.reward);
            if fits && found.len() < query.limit {
                found.push(order);
            }
        }
        before = last;
    }
    Ok(found)
}

/// How many orders wait in each state; and how many partners ask to cancel.
pub async fn counts(
    reader: &mut Reader,
    rules: &Rules,
) -> Result<(Vec<(OrderState, usize)>, usize), OrderError> {
    let all = list(reader, rules, &Query { limit: usize::MAX, ..Query::default() }).await?;
    let of = |state: OrderState| all.iter().filter(|order| order.state == state).count();
    let asked = all.iter().filter(|order| order.cancel_asked).count();
    Ok((OrderState::ALL.into_iter().map(|state| (state, of(state))).collect(), asked))
}

/// One order, if it is one of something to hand over.
pub async fn one(
    reader: &mut Reader,
    rules: &Rules,
    key: &str,
) -> Result<Option<Order>, OrderError> {
    let Some(row) = store::ordered_as(reader, key).await? else { return Ok(None) };
    if !is_goods(rules, row.wallet_id, &row.reward) {
        return Ok(None);
    }
    let mut steps = store::steps(reader, vec![row.key.clone()]).await?;
    let own = steps.remove(key).unwrap_or_default();
    Ok(placed(row, own))
}

/// An order with its state. What is only reserved is none yet.
fn placed(row: store::Ordered, steps: Vec<Taken>) -> Option<Order> {
    let state = match row.status {
        "done" | "committed" | "partly_cancelled" => {
            let last = steps.iter().rev().find_map(|step| OrderState::parse(&step.step));
            // Given back and ordered again is nothing that a book does.
            last.unwrap_or(OrderState::Ordered)
        }
        "cancelled" => OrderState::Cancelled,
        _ => return None,
    };
    let asked = steps.last().is_some_and(|step| step.step == "cancel_asked");
    Some(Order {
        seq: row.seq,
        key: row.key,
        wallet_id: row.wallet_id,
        partner: row.partner,
        reward: row.reward,
        unit: row.unit,
        points: row.points,
        pieces: row.pieces,
        returned: row.returned,
        on: row.on,
        recorded: row.recorded,
        ordered_by: row.ordered_by,
        cancel_asked: asked && state == OrderState::Ordered,
        state,
        steps,
    })
}

/// Takes a step. Says the order as it is then. The same step again is the same step.
pub async fn step(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    (actor, now): (&Actor, Timestamp),
    key: &str,
    step: &Step,
) -> Result<Order, OrderError> {
    let unknown = || OrderError::Unknown { key: key.to_owned() };
    let order = one(tx, rules, key).await?.ok_or_else(unknown)?;
    let is_again = match step {
        Step::AskCancel { .. } => order.cancel_asked,
        _ => order.state.word() == step.word(),
    };
    if is_again {
        return Ok(order);
    }
    if !step.follows(order.state) {
        return Err(OrderError::WrongState { key: key.to_owned(), state: order.state.word() });
    }
    if *step == Step::Approve {
        within_limit(tx, rules, actor, &order).await?;
    }
    let (mut carrier, mut tracking, mut note) = (None, None, None);
    match step {
        Step::Approve | Step::Deliver => {}
        Step::Send { carrier: with, tracking: number } => {
            (carrier, tracking) = (with.clone(), number.clone());
        }
        Step::AskCancel { reason } => note.clone_from(reason),
        Step::Cancel { reason } => {
            note.clone_from(reason);
            let (amount, expires, reason) = (None, None, reason.clone());
            let command = Command::Cancel { amount, expires, reason };
            let ask = Ask { key: Arc::from(key), on: None, command };
            let answer = wallets::act(tx, rules, master, (actor, now), &ask).await?;
            if let Answer::Refused(refusal) = answer {
                return Err(OrderError::Refused { key: key.to_owned(), refusal });
            }
        }
    }
    let kept = store::NewStep { step: step.word(), carrier, tracking, note };
    store::keep(tx, (actor, now), key, &kept).await?;
    one(tx, rules, key).await?.ok_or_else(unknown)
}

/// Fails if an order is worth as much as what several people decide about, and the actor is none of
/// those who approve adjustments.
async fn within_limit(
    reader: &mut Reader,
    rules: &Rules,
    actor: &Actor,
    order: &Order,
) -> Result<(), OrderError> {
    let Some((unit, amount)) = wallets::at_most_worth(rules, &order.unit, order.points) else {
        return Ok(());
    };
    let is_large =
        policy(reader).await?.steps(Subject::Adjustment, unit.as_str(), amount).is_some();
    if is_large && !actor.may(Action::ApproveAdjustment) {
        return Err(OrderError::OverLimit { key: order.key.clone(), amount, unit });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
