//! Training: courses that partners' people read, quizzes they answer, certificates they gain.
//!
//! # Promises
//!
//! * What was read, answered, finished and gained is only ever added.
//! * A course is finished when all its pages were read and its quiz, if it has one, was passed. That
//!   is a fact, told through [`crate::activities`] in the same commit, with everything it earns in
//!   wallets; so whoever finished sees at once what arrived.
//! * A sheet is answered once. Sent again, or from a sheet of before, it is refused.
//! * What is right leaves this module only for questions that were answered.
//! * A certificate may be renewed from the day on which it is about to lapse: everything is read and
//!   answered again, in the next round.
//!
//! Reads `rules`, `catalog`, `access`. Owns `course`, `course_version`, `course_visit`,
//! `quiz_attempt`, `course_finish`, `certificate` and `certificate_told`.

mod certificates;
mod declared;
mod people;
mod store;
mod taking;

use domain::problem::Problem;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::db::DbError;
use crate::rules::RulesError;
use crate::wallets::WalletError;

pub use crate::rules::courses::{ActiveCourse, CourseVersion, version, versions};
pub use certificates::{Certificate, by_code, of_user, tell_lapsing};
pub use declared::{activate, check, draft};
pub use people::{Counts, People, Person, Show, counts, people};
pub use taking::{Learner, Sheet, Standing, Step, answer, opened, read_page, sheet, standing};

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum TrainingError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("the text has errors")]
    Problems(Vec<Problem>),
    #[error("there is no draft of course `{code}`")]
    NoDraft { code: String },
    /// Whoever wrote it is not the second person.
    #[error("a second person activates: this draft was written by yourself")]
    FourEyes,
    #[error("there is no such page")]
    NoPage,
    #[error("read all pages first")]
    NotRead,
    #[error("there are no tries left")]
    NoTriesLeft,
    #[error("the course is finished")]
    Finished,
    /// It was answered before, or the course changed since it was drawn.
    #[error("this sheet was answered already, or is of a text of before")]
    OldSheet,
}

/// An attempt at a quiz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub round: i64,
    pub number: i64,
    pub version: i64,
    pub at: Timestamp,
    /// The options of each question, by their places in the text.
    pub answers: domain::training::Answers,
    pub right: u32,
    pub of: u32,
    pub passed: bool,
}

/// A course that somebody finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    pub round: i64,
    pub version: i64,
    pub at: Timestamp,
    pub day: Date,
    pub arrived: Arrived,
}

/// What arrived in wallets by one thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Arrived {
    /// Unit and exact amount.
    pub points: Vec<(String, String)>,
    /// Codes of badges.
    pub badges: Vec<String>,
    /// Codes of vouchers.
    pub vouchers: Vec<String>,
    /// Some of the points wait before they can be used.
    #[serde(default)]
    pub is_later: bool,
}

impl Arrived {
    pub fn is_nothing(&self) -> bool {
        self.points.is_empty() && self.badges.is_empty() && self.vouchers.is_empty()
    }
}

#[cfg(test)]
mod tests;
