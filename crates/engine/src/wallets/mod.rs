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
//! Owns `wallet`, `wallet_version`, `wallet_line`, `wallet_piece`, `wallet_balance`, `wallet_tally`
//! and `wallet_award`.

mod declared;
mod earned;
mod passing;
mod read;
mod slice;
mod store;
mod tiers;

use std::sync::Arc;

use domain::amount::Currency;
use domain::code::PartnerCode;
use domain::problem::Problem;
use domain::program::{Names, Program};
use domain::wallet::{Command, Entry, Refusal, Wallet};
use jiff::Timestamp;
use jiff::civil::DateTime;
use thiserror::Error;

use crate::access::Actor;
use crate::accrue;
use crate::catalog::MasterData;
use crate::db::{DbError, Tx};
use crate::journal;
use crate::rules::{Rules, RulesError};
use crate::totals;

pub(crate) use declared::load;
pub use declared::{VersionStatus, WalletVersion, activate, active, check, draft, versions};
pub(crate) use earned::{follow, were_active};
pub use earned::{is_held, pays_into, unit_of};
pub use passing::{Passed, pass};
pub use read::{balances, book_of, credited_by, report};
pub use store::{BalanceRow, LineRow, lines_of};

/// A wallet that acts.
#[derive(Debug, Clone)]
pub struct Active {
    pub wallet_id: i64,
    pub code: String,
    pub version: i64,
    pub name: Names,
    pub description: Names,
    pub wallet: Arc<Wallet>,
    /// The money of worths, where the wallet names none that of the programs.
    pub money: Option<Currency>,
}

impl Active {
    /// The programs behind the totals that tiers go by, in the money and zone of the wallet.
    pub(crate) fn totals(&self) -> impl Iterator<Item = Program> {
        let totals = self.wallet.tier_groups.values().filter_map(|group| group.total.as_deref());
        totals.filter_map(|total| Some(self.wallet.in_own_terms(total, self.money?)))
    }
}

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum WalletError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
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
    #[error("the {kind} `{name}` does not read any more: {problem}")]
    Piece { kind: String, name: String, problem: String },
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

/// Does what a line asks. `now` is when it is recorded.
pub async fn act(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    (actor, now): (&Actor, Timestamp),
    ask: &Ask,
) -> Result<Answer, WalletError> {
    let now = journal::moment(tx, now).await?;
    let Ask { key, command, .. } = ask;
    let Some(of) = wallet_of(tx, rules, ask).await? else {
        return Ok(Answer::Refused(unknown(command)));
    };
    let (owners, names) = domain::wallet::asks_for(key, command);
    let local = of.wallet.time_zone.to_datetime(now);
    evaluate(tx, rules, master, now, &owners).await?;
    let on = ask.on.unwrap_or(local);
    let mut wanted = slice::Wanted {
        owners: owners.iter().cloned().collect(),
        names: names.into_iter().collect(),
        all: command.is_sweeping(),
    };
    loop {
        let mut slice = slice::open(tx, of, master, now, wanted.clone()).await?;
        for line in store::taken_lines(tx, vec![key.to_string()]).await? {
            if let Ok(before) = serde_json::from_str::<Command>(&line.body)
                && before.makes_its_key()
            {
                slice.book.put_asked(key, line.on, before);
            }
        }
        let was_known = command.makes_its_key() && slice.book.knows(key);
        let posted = slice.book.entries().len();
        let done = slice.book.act(key, on, command);
        if was_known && done.is_ok() {
            return Ok(Answer::Known);
        }
        let clashes = slice.clashes(tx).await?;
        if !clashes.is_empty() {
            // A code that was made is another voucher's: with that one at hand, another is made.
            wanted.names.extend(clashes);
            continue;
        }
        let line = store::NewLine {
            wallet_id: of.wallet_id,
            key: key.to_string(),
            verb: command.word(),
            on,
            owner: owners.first().map(PartnerCode::to_string),
            body: written(key, command)?,
            refusal: done.err().map(Refusal::word),
        };
        store::append(tx, now, actor, &[line]).await?;
        let kept = slice.keep(tx, master, now).await?;
        let posted: Vec<Entry> = kept.entries.iter().skip(posted).cloned().collect();
        tiers::carry(tx, rules, of, now, kept).await?;
        return Ok(match done {
            Ok(()) => Answer::Taken(posted),
            Err(refusal) => Answer::Refused(refusal),
        });
    }
}

/// Evaluates what these partners have earned by now: whoever spends has what it earned.
async fn evaluate(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    owners: &[PartnerCode],
) -> Result<(), WalletError> {
    let ids: Vec<i64> =
        owners.iter().filter_map(|owner| master.partner_id(owner.as_str())).collect();
    let marks = totals::marks_of(tx, (&rules.program_ids, Some(&ids))).await?;
    if !marks.is_empty() {
        accrue::marks(tx, rules, master, now, &marks).await?;
    }
    Ok(())
}

fn written(key: &str, command: &Command) -> Result<String, WalletError> {
    serde_json::to_string(command).map_err(|error| WalletError::Piece {
        kind: "line".to_owned(),
        name: key.to_owned(),
        problem: error.to_string(),
    })
}

/// The wallet that a line is about: the one that declares what it names, or that has what its key
/// names.
async fn wallet_of<'r>(
    tx: &mut Tx,
    rules: &'r Rules,
    ask: &Ask,
) -> Result<Option<&'r Active>, WalletError> {
    if let [only] = rules.wallets.as_slice() {
        return Ok(Some(only));
    }
    if let Some(code) = ask.command.names_code() {
        return Ok(rules.wallets.iter().find(|of| of.wallet.declares(code)));
    }
    let (_, names) = domain::wallet::asks_for(&ask.key, &ask.command);
    let found = store::named(tx, names).await?;
    let by_piece = found.first().map(|found| found.wallet_id);
    let lines = store::taken_lines(tx, vec![ask.key.to_string()]).await?;
    let id = by_piece.or_else(|| lines.first().map(|line| line.wallet_id));
    Ok(match id {
        Some(id) => rules.wallets.iter().find(|of| of.wallet_id == id),
        // Whatever it says, somebody has to say no.
        None => rules.wallets.first(),
    })
}

/// Why a line is refused that no wallet knows anything of.
fn unknown(command: &Command) -> Refusal {
    if command.names_code().is_some() { Refusal::UnknownCode } else { Refusal::UnknownKey }
}
