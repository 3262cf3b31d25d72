//! Points by hand that need a second person: they wait, another one looks, then they act.
//!
//! # Promises
//!
//! * What is given or taken by hand from the amount on at which the vendor's chains for adjustments
//!   begin waits for somebody who may approve adjustments, whoever asks, by page or program. Points
//!   count at what they cost or pay, whichever is more.
//! * Nobody approves what they asked for.
//! * What is approved acts in the same commit; what the wallet refuses then goes on waiting, with the
//!   reason told. The key is the line's own, so that what is asked twice waits once and acts once.
//!
//! Owns `wallet_proposal`.

use std::sync::Arc;

use domain::approval::Subject;
use domain::code::PartnerCode;
use domain::wallet::{Command, Refusal};
use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde_json::json;
use thiserror::Error;

use crate::access::{Action, Actor};
use crate::args;
use crate::audit::{self, Entry};
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::policy::policy;
use crate::rules::Rules;
use crate::wallets::{self, Answer, Ask, WalletError};

/// No list is longer.
const PROPOSALS_SHOWN: i64 = 500;
const COMMENT_CHARS_MAX: usize = 2_000;

/// Points that somebody asked for, and what became of that.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub id: String,
    pub wallet_id: i64,
    pub ask: Ask,
    pub verb: String,
    pub partner: String,
    pub unit: String,
    pub amount: Decimal,
    pub reason: Option<String>,
    pub status: Status,
    pub asked_by: String,
    pub asked_by_id: String,
    pub asked_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Proposed,
    Approved,
    Rejected,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Approved => "approved",
            Status::Rejected => "rejected",
        }
    }

    fn from_word(word: &str) -> Status {
        match word {
            "approved" => Status::Approved,
            "rejected" => Status::Rejected,
            _ => Status::Proposed,
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum ByHandError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("there is no such request for points")]
    NotFound,
    #[error("this was decided before")]
    Decided,
    #[error("a second person approves: you asked for these points yourself")]
    OwnRequest,
    #[error("you may not approve adjustments")]
    MayNot,
    #[error("a comment has at most {COMMENT_CHARS_MAX} characters")]
    LongComment,
    #[error("the key stands for another request that waits; take a new key")]
    OtherContent,
    #[error("the wallet refuses it now")]
    Refused(Refusal),
}

/// What waits, if a line needs a second person: the points and whose they are.
pub async fn needs_second(
    reader: &mut Reader,
    rules: &Rules,
    command: &Command,
) -> Result<bool, DbError> {
    let Some(of) = of(command) else { return Ok(false) };
    let Some((money, all)) = wallets::at_most_worth(rules, of.unit, of.amount) else {
        return Ok(false);
    };
    let policy = policy(reader).await?;
    Ok(policy.steps(Subject::Adjustment, money.as_str(), all).is_some())
}

/// Points by hand, in one form.
struct Of<'c> {
    partner: &'c PartnerCode,
    unit: &'c Arc<str>,
    amount: Decimal,
    reason: Option<&'c String>,
}

fn of(command: &Command) -> Option<Of<'_>> {
    match command {
        Command::Credit(by_hand) => Some(Of {
            partner: &by_hand.partner,
            unit: &by_hand.unit,
            amount: by_hand.amount,
            reason: by_hand.reason.as_ref(),
        }),
        Command::Debit { partner, unit, amount, reason } => {
            Some(Of { partner, unit, amount: *amount, reason: reason.as_ref() })
        }
        _ => None,
    }
}

const COLUMNS: &str = "public_id, wallet_id, key, verb, on_at, partner, unit, amount, reason, body, \
    status, asked_by, asked_by_id, asked_at, decided_by, decided_at, comment";

fn proposal(row: &Row) -> Result<Proposal, ByHandError> {
    let command = serde_json::from_str(row.text(9)).map_err(|error| WalletError::Piece {
        kind: "proposal".to_owned(),
        name: row.string(0),
        problem: error.to_string(),
    })?;
    let on: Option<DateTime> = row.opt_text(4).and_then(|text| text.parse().ok());
    Ok(Proposal {
        id: row.string(0),
        wallet_id: row.int(1),
        ask: Ask { key: Arc::from(row.text(2)), on, command },
        verb: row.string(3),
        partner: row.string(5),
        unit: row.string(6),
        amount: row.text(7).parse().unwrap_or_default(),
        reason: row.opt_string(8),
        status: Status::from_word(row.text(10)),
        asked_by: row.string(11),
        asked_by_id: row.string(12),
        asked_at: row.instant(13),
        decided_by: row.opt_string(14),
        decided_at: row.opt_instant(15),
        comment: row.opt_string(16),
    })
}

/// Everything that was asked, what waits first, then the newest.
pub async fn all(reader: &mut Reader) -> Result<Vec<Proposal>, ByHandError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM wallet_proposal WHERE tenant_id = $1 \
         ORDER BY CASE status WHEN 'proposed' THEN 0 ELSE 1 END, proposal_id DESC LIMIT $2"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, PROPOSALS_SHOWN]).await?;
    rows.iter().map(proposal).collect()
}

/// How many wait.
pub async fn waiting(reader: &mut Reader) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let sql = "SELECT count(*) FROM wallet_proposal WHERE tenant_id = $1 AND status = 'proposed'";
    Ok(reader.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0)))
}

async fn by(reader: &mut Reader, column: Column, value: &str) -> Result<Proposal, ByHandError> {
    let column = match column {
        Column::Id => "public_id",
        Column::Key => "key",
    };
    let sql =
        format!("SELECT {COLUMNS} FROM wallet_proposal WHERE tenant_id = $1 AND {column} = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, value]).await?;
    row.as_ref().map_or(Err(ByHandError::NotFound), proposal)
}

#[derive(Clone, Copy)]
enum Column {
    Id,
    Key,
}

/// One of them.
pub async fn one(reader: &mut Reader, id: &str) -> Result<Proposal, ByHandError> {
    by(reader, Column::Id, id).await
}

/// Asks for points. The same line again is the same request; what was rejected stays so.
pub async fn propose(
    tx: &mut Tx,
    rules: &Rules,
    actor: &Actor,
    now: Timestamp,
    ask: &Ask,
) -> Result<Proposal, ByHandError> {
    match by(tx, Column::Key, &ask.key).await {
        Ok(known) if known.ask == *ask => return Ok(known),
        Ok(_) => return Err(ByHandError::OtherContent),
        Err(ByHandError::NotFound) => {}
        Err(other) => return Err(other),
    }
    let points = of(&ask.command).ok_or(ByHandError::NotFound)?;
    let wallet = rules.wallets.iter().find(|it| it.wallet.points.contains_key(points.unit));
    let wallet = wallet.ok_or(ByHandError::Refused(Refusal::UnknownCode))?;
    if points.amount <= Decimal::ZERO {
        return Err(ByHandError::Refused(Refusal::InvalidAmount));
    }
    let body = serde_json::to_string(&ask.command).map_err(|error| WalletError::Piece {
        kind: "proposal".to_owned(),
        name: ask.key.to_string(),
        problem: error.to_string(),
    })?;
    let id = Id::new(Kind::PointsProposal, now);
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO wallet_proposal (tenant_id, proposal_id, public_id, wallet_id, key, verb, \
         on_at, partner, unit, amount, reason, body, status, asked_by, asked_by_id, asked_at) \
         SELECT $1, coalesce(max(proposal_id), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         'proposed', $12, $13, $14 FROM wallet_proposal WHERE tenant_id = $1",
        args![
            tenant,
            &id,
            wallet.wallet_id,
            &*ask.key,
            ask.command.word(),
            ask.on.map(|on| on.to_string()).unwrap_or_default(),
            points.partner.as_str(),
            &**points.unit,
            points.amount.normalize().to_string(),
            points.reason.cloned(),
            &body,
            actor.name(),
            actor_id(actor),
            now
        ],
    )
    .await?;
    let said = json!({
        "partner": points.partner.as_str(),
        "unit": &**points.unit,
        "amount": points.amount.normalize().to_string(),
        "reason": points.reason,
    });
    let entry = Entry::of("ask", "points", id.as_str(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    one(tx, id.as_str()).await
}

/// Approves or rejects what was asked. What is approved acts at once, or nothing is decided.
pub async fn decide(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    actor: &Actor,
    now: Timestamp,
    (id, to): (&str, Status),
    comment: Option<&str>,
) -> Result<Proposal, ByHandError> {
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| COMMENT_CHARS_MAX < comment.chars().count()) {
        return Err(ByHandError::LongComment);
    }
    let found = one(tx, id).await?;
    if found.status != Status::Proposed {
        return Err(ByHandError::Decided);
    }
    let is_own = found.asked_by_id == actor_id(actor);
    if to == Status::Approved && is_own {
        return Err(ByHandError::OwnRequest);
    }
    // Nobody needs a second person to take back what they asked for.
    if !is_own && !actor.may(Action::ApproveAdjustment) {
        return Err(ByHandError::MayNot);
    }
    if to == Status::Approved {
        match wallets::act(tx, rules, master, (actor, now), &found.ask).await? {
            Answer::Taken(_) | Answer::Known => {}
            Answer::Refused(refusal) => return Err(ByHandError::Refused(refusal)),
        }
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE wallet_proposal SET status = $3, decided_by = $4, decided_by_id = $5, \
         decided_at = $6, comment = $7 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, to.word(), actor.name(), actor_id(actor), now, comment],
    )
    .await?;
    let side = |status: Status| json!({ "status": status.word() });
    let action = if to == Status::Approved { "approve" } else { "reject" };
    let entry = Entry::of(action, "points", id, Some(side(found.status)), Some(side(to)));
    audit::append(tx, now, actor, entry).await?;
    one(tx, id).await
}

/// What tells people apart, since names do not.
fn actor_id(actor: &Actor) -> &str {
    actor.public_id().unwrap_or("system")
}

#[cfg(test)]
mod tests;
