//! Signing off a statement: a partner says that all of it is right, once and for good.
//!
//! It is kept with the total it was about. Payouts may be signed off by themselves as well; neither
//! closes a door.
//!
//! Owns `statement_sign_off`.

use std::collections::HashMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;

use super::{StatementError, StatementRow, row};
use crate::access::{Actor, Viewer};
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};
use crate::settle::{COMMENT_CHARS_MAX, SettleError};

/// A partner's word about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOff {
    pub statement_id: i64,
    pub total: Decimal,
    pub by: String,
    pub at: Timestamp,
    pub comment: Option<String>,
}

/// Agrees to a statement in the name of its partner. Refused while one of its payouts is disputed.
pub async fn agree(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    comment: Option<&str>,
) -> Result<StatementRow, StatementError> {
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        return Err(SettleError::LongComment.into());
    }
    let own = actor.partner().ok_or(StatementError::NotFound)?;
    let found = row(tx, Viewer::Partner(own), id).await?.ok_or(StatementError::NotFound)?;
    let over = |status| StatementError::Over { number: found.number.clone(), status };
    if agreements(tx, Some(own)).await?.contains_key(&found.statement_id) {
        return Err(over("agreed"));
    }
    let tenant = tx.tenant();
    let open = tx
        .row(
            "SELECT 1 FROM dispute d JOIN statement_payout s ON s.tenant_id = d.tenant_id \
             AND s.payout = d.payout WHERE d.tenant_id = $1 AND d.partner_id = $2 \
             AND s.statement_id = $3 AND d.status IN ('open', 'answered')",
            args![tenant, own, found.statement_id],
        )
        .await?;
    if open.is_some() {
        return Err(over("disputed"));
    }
    let total = found.total.normalize().to_string();
    tx.execute(
        "INSERT INTO statement_sign_off (tenant_id, statement_id, partner_id, total, agreed_by, \
         agreed_by_id, agreed_at, comment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            tenant,
            found.statement_id,
            own,
            &total,
            actor.name(),
            actor.public_id().unwrap_or("system"),
            now,
            comment
        ],
    )
    .await?;
    let said = json!({ "total": total, "unit": found.unit, "comment": comment });
    let entry = Entry::of("agree", "statement", found.number.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(found)
}

/// Statements that were agreed to, by their numbers inside; of one partner, or of all.
pub async fn agreements(
    reader: &mut Reader,
    partner_id: Option<i64>,
) -> Result<HashMap<i64, SignedOff>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT statement_id, total, agreed_by, agreed_at, comment FROM statement_sign_off \
             WHERE tenant_id = $1 AND ($2 = 0 OR partner_id = $2)",
            args![tenant, partner_id.unwrap_or(0)],
        )
        .await?;
    let signed = |row: &Row| SignedOff {
        statement_id: row.int(0),
        total: row.text(1).parse().unwrap_or_default(),
        by: row.string(2),
        at: row.instant(3),
        comment: row.opt_string(4),
    };
    Ok(rows.iter().map(signed).map(|one| (one.statement_id, one)).collect())
}
