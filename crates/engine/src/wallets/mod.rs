//! Wallets: what is asked of them, kept and answered; what awards credit; what time does by itself.
//!
//! The rules are the domain's: this module finds the part of the book that a line needs, lets the
//! book act, and keeps what changed.
//!
//! # Invariants
//!
//! * Each line is taken, known already, or refused with one reason, and the journal says which; what
//!   is refused leaves nothing else behind. The same line again is the same line.
//! * Pieces, limits, postings and the line change in the same transaction.
//! * A balance is right on every day, whether or not a job ran: what is due happens before anything
//!   is asked or answered.
//! * What awards credit follows them: it is the difference to what they credited before.
//!
//! Owns `wallet`, `wallet_version`, `wallet_line`, `wallet_piece`, `wallet_balance`, `wallet_tally`,
//! `wallet_award`, `wallet_reason`, `game_seed`, `game_draw` and `member_number`.

mod act;
mod declared;
pub mod draws;
mod earned;
mod foresee;
mod letters;
mod members;
mod memory;
mod news;
mod owed;
mod passing;
mod read;
mod reasons;
mod slice;
mod store;
mod tiers;

use std::sync::Arc;

use domain::amount::Currency;
use domain::problem::Problem;
use domain::wallet::{Command, Entry, Refusal};
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::access::AccessError;
use crate::db::DbError;
use crate::rules::{Rules, RulesError};

pub use crate::rules::wallets::{Active, VersionStatus, WalletVersion, versions};
pub(crate) use act::evaluate;
pub use act::{act, act_many, take_part};
pub use declared::{activate, active, check, codes_as_tried, draft};
pub use earned::pays_into;
pub(crate) use earned::{Credits, credits, follow, were_active};
pub use foresee::{Foreseen, change_by, foresee, redemption};
pub use members::{
    Member, MembersFound, MembersOrder, MembersQuery, Said, enrolling, lifecycle, member_numbered,
    members, membership, number_shown, say, withheld,
};
pub use passing::{Passed, pass};
pub(crate) use read::book_of_live;
pub use read::{
    balances, book_of, book_of_all_alike, credited_by, opened_for, report, sponsored, whole,
};
pub use reasons::{
    REASONS_MAX, Reason, ReasonError, ReasonKind, put_reasons, reason_of, reason_text, reasons,
};
pub use store::{BalanceRow, LineRow, lines_of};

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum WalletError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the text has errors")]
    Problems(Vec<Problem>),
    #[error("there is no draft of wallet `{code}`")]
    NoDraft { code: String },
    #[error("`{declared}` is declared by wallet `{other}` already; give it another code")]
    Declared { declared: String, other: String },
    #[error(
        "`{declared}` is held by somebody, so that a new text cannot leave it out or change {what}"
    )]
    Held { declared: String, what: &'static str },
    #[error("taking facts in stopped before their turn; send them again")]
    Stopped,
    /// Whoever wrote it, or handed it in, is not the second person.
    #[error("a second person activates: this draft was written or handed in by yourself")]
    FourEyes,
    #[error("the {kind} `{name}` does not read any more: {problem}")]
    Piece { kind: String, name: String, problem: String },
    #[error("there is no randomness for the seed of a game")]
    Random(#[source] getrandom::Error),
}

impl WalletError {
    /// As an error of whoever only follows, and knows of the database alone.
    pub(crate) fn into_db(self) -> DbError {
        self.into_rules().into_db()
    }

    /// As an error of whoever only follows.
    pub(crate) fn into_rules(self) -> RulesError {
        match self {
            WalletError::Db(error) => RulesError::Db(error),
            WalletError::Rules(error) => error,
            other => RulesError::Db(DbError::Derived { what: other.to_string() }),
        }
    }
}

/// A line to act on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub key: Arc<str>,
    /// The day or instant it is for, by the clocks of the wallet; `None`: now.
    pub on: Option<DateTime>,
    pub command: Command,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With everything that was posted.
    Taken(Vec<Entry>),
    /// It was there before, just so.
    Known,
    Refused(Refusal),
}

/// What so many points cost the vendor or pay, whichever is more: what a limit in money looks at.
/// `None` of points that no wallet with a money declares.
pub(crate) fn at_most_worth(
    rules: &Rules,
    unit: &str,
    points: Decimal,
) -> Option<(Currency, Decimal)> {
    let found = rules.wallets.iter().find_map(|of| Some((of, of.wallet.points.get(unit)?)));
    let (of, currency) = found?;
    let each = currency.worth.unwrap_or_default().max(currency.cost);
    Some((of.money?, each.checked_mul(points).unwrap_or(Decimal::MAX).normalize()))
}

#[cfg(test)]
mod tests;
