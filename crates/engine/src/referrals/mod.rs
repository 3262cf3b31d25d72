//! Members who bring others: a code of their own, whom they invited, who came, and who sold first.
//!
//! # Promises
//!
//! * Each stage is told as facts of kind `activity`, one for who brought and one for who came, so
//!   that terms reward them as they reward anything; nothing is rewarded here.
//! * Nobody is brought twice, nobody brings itself, and two do not bring each other.
//! * Stages are written down once and never changed.
//!
//! Owns `referral_code`, `referral`, `referral_friend` and `referral_step`.

mod stages;
mod store;

use domain::code::PartnerCode;
use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use crate::access::AccessError;
use crate::db::DbError;
use crate::rules::RulesError;

pub use stages::{invite, qualify, register};
pub use store::{code_of, find_code, is_code, of_advocate, of_friend};

/// No name and no contact is longer.
pub const TEXT_CHARS_MAX: usize = 200;
/// How many open invitations one member may have.
pub const INVITATIONS_MAX: usize = 200;

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Invited,
    /// It is a partner now, and named the code.
    Registered,
    /// It sold for the first time since.
    Qualified,
}

impl Stage {
    pub const ALL: [Stage; 3] = [Stage::Invited, Stage::Registered, Stage::Qualified];

    pub fn word(self) -> &'static str {
        match self {
            Stage::Invited => "invited",
            Stage::Registered => "registered",
            Stage::Qualified => "qualified",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// Somebody whom a member brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    pub referral_id: i64,
    pub id: String,
    pub advocate_id: i64,
    /// What the member wrote, or what the friend is called.
    pub name: String,
    pub contact: String,
    pub friend_id: Option<i64>,
    /// The stages it reached, each with its business day.
    pub stages: Vec<(Stage, Date)>,
    pub at: Timestamp,
}

impl Referral {
    /// The last stage it reached.
    pub fn stage(&self) -> Stage {
        self.stages.iter().map(|(stage, _)| *stage).max().unwrap_or(Stage::Invited)
    }

    /// The day on which it reached a stage.
    pub fn reached(&self, stage: Stage) -> Option<Date> {
        self.stages.iter().find(|(it, _)| *it == stage).map(|(_, day)| *day)
    }
}

/// Why nothing came of it.
#[derive(Debug, Error)]
pub enum ReferralError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("no member has the code `{code}`")]
    UnknownCode { code: String },
    #[error("`{partner}` cannot bring itself, or who brought it")]
    Oneself { partner: PartnerCode },
    #[error("`{partner}` was brought by somebody already")]
    Already { partner: PartnerCode },
    #[error("`{partner}` sold before it named a code")]
    SoldBefore { partner: PartnerCode },
    #[error("there are {INVITATIONS_MAX} open invitations already")]
    TooMany,
}

#[cfg(test)]
mod tests;
