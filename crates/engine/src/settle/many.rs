//! Many payouts decided at once, each by itself.
//!
//! Every payout takes its step in a transaction of its own, by the same rules as one that is decided
//! alone: its chain, its second pair of eyes, its holds. One that cannot is told with why; it stops
//! no other.

use std::collections::BTreeSet;

use domain::approval::Refusal;
use domain::settlement::PayoutStep;
use jiff::Timestamp;

use super::{PayoutRow, SettleError, step};
use crate::access::Actor;
use crate::db::{Db, DbError};

/// No more payouts are decided in one go.
pub const CHOSEN_MAX: usize = 1_000;

/// What became of one that was chosen.
#[derive(Debug)]
pub struct Taken {
    pub id: String,
    /// As it stands now, or why it did not take the step.
    pub outcome: Result<PayoutRow, SettleError>,
}

/// Lets each payout take a step; one that is named twice takes it once. An error is one of the
/// database, after which those before it have taken theirs.
pub async fn step_each(
    db: &Db,
    actor: &Actor,
    now: Timestamp,
    ids: &[String],
    (to, comment): (PayoutStep, Option<&str>),
) -> Result<Vec<Taken>, DbError> {
    let mut seen = BTreeSet::new();
    let mut taken = Vec::new();
    for id in ids.iter().filter(|id| seen.insert(id.as_str())).take(CHOSEN_MAX) {
        let mut tx = db.write().await?;
        let outcome = match step(&mut tx, actor, now, id, to, comment).await {
            Ok(row) => {
                tx.commit().await?;
                Ok(row)
            }
            Err(SettleError::Db(error)) => return Err(error),
            Err(error) => Err(error),
        };
        taken.push(Taken { id: id.clone(), outcome });
    }
    Ok(taken)
}

impl SettleError {
    /// The stable word for why a payout does not take a step.
    pub fn word(&self) -> &'static str {
        match self {
            SettleError::Refused(Refusal::Prepared) => "prepared",
            SettleError::Refused(Refusal::GivenBefore) => "given_before",
            SettleError::Refused(Refusal::NotTheirs) => "not_theirs",
            SettleError::NotNow { .. } => "not_now",
            SettleError::InFile { .. } => "in_file",
            SettleError::Held { .. } => "held",
            SettleError::NotFound => "not_found",
            SettleError::NoReason => "no_reason",
            _ => "other",
        }
    }
}

#[cfg(test)]
mod tests;
