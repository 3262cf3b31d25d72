//! Disputes: a partner says that an amount is not what was agreed, and gets an answer.
//!
//! A transition consumes the state, so a dispute that is over cannot go on.

use rust_decimal::Decimal;
use thiserror::Error;

/// Where a dispute stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispute {
    /// The vendor has to answer.
    Open,
    /// The vendor answered; the partner may ask again, withdraw, or leave it.
    Answered,
    /// The vendor owes this much more, or less; an adjustment brings it.
    Accepted {
        amount: Decimal,
        adjustment: String,
    },
    Rejected,
    /// Taken back by the partner.
    Withdrawn,
}

/// The words of the states, in the order of a life.
pub const STATES: [&str; 5] = ["open", "answered", "accepted", "rejected", "withdrawn"];

/// What somebody does about a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeStep {
    /// The vendor writes.
    Answer,
    /// The partner writes.
    Reply,
    Accept {
        amount: Decimal,
        adjustment: String,
    },
    Reject,
    Withdraw,
}

/// The dispute is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the dispute is {0} already")]
pub struct Over(pub &'static str);

impl Dispute {
    pub fn word(&self) -> &'static str {
        match self {
            Dispute::Open => "open",
            Dispute::Answered => "answered",
            Dispute::Accepted { .. } => "accepted",
            Dispute::Rejected => "rejected",
            Dispute::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody still has to act.
    pub fn is_open(&self) -> bool {
        matches!(self, Dispute::Open | Dispute::Answered)
    }

    /// The state a step leads to.
    pub fn after(self, step: DisputeStep) -> Result<Dispute, Over> {
        if !self.is_open() {
            return Err(Over(self.word()));
        }
        Ok(match step {
            DisputeStep::Answer => Dispute::Answered,
            DisputeStep::Reply => Dispute::Open,
            DisputeStep::Accept { amount, adjustment } => Dispute::Accepted { amount, adjustment },
            DisputeStep::Reject => Dispute::Rejected,
            DisputeStep::Withdraw => Dispute::Withdrawn,
        })
    }
}

#[cfg(test)]
mod tests;
