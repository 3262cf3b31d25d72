//! Signing off: a partner says that the amount of a payout is right, once and for good.
//!
//! A sign-off is kept with the amount it was about. It closes no door: what becomes known later is
//! a matter of the next period.
//!
//! Owns `sign_off`.

use std::collections::HashMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{SettleError, actor_id, record, said};
use crate::access::Actor;
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};
use crate::payouts;

/// A partner's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    pub payout: String,
    pub amount: Decimal,
    pub by: String,
    pub at: Timestamp,
    pub comment: Option<String>,
}

/// Agrees to a payout in the name of its partner. Refused while the partner disputes it.
pub async fn sign_off(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    payout: &str,
    comment: Option<&str>,
) -> Result<(), SettleError> {
    let comment = said(comment)?;
    let row = payouts::payout(tx, payout).await?.ok_or(SettleError::NotFound)?;
    if actor.partner() != Some(row.partner_id) {
        return Err(SettleError::NotFound);
    }
    if sign_off_of(tx, payout).await?.is_some() {
        return Err(SettleError::NotNow { status: "agreed" });
    }
    let tenant = tx.tenant();
    let open = tx
        .row(
            "SELECT 1 FROM dispute WHERE tenant_id = $1 AND partner_id = $2 AND payout = $3 \
             AND status IN ('open', 'answered')",
            args![tenant, row.partner_id, payout],
        )
        .await?;
    if open.is_some() {
        return Err(SettleError::NotNow { status: "disputed" });
    }
    let amount = row.amount.normalize().to_string();
    tx.execute(
        "INSERT INTO sign_off (tenant_id, payout, partner_id, amount, agreed_by, agreed_by_id, \
         agreed_at, comment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![tenant, payout, row.partner_id, &amount, actor.name(), actor_id(actor), now, comment],
    )
    .await?;
    let mut change = vec![("agreed", "", amount.as_str())];
    change.extend(comment.map(|comment| ("comment", "", comment)));
    record(tx, actor, now, ("payout", payout), "agree", &change).await?;
    Ok(())
}

const COLUMNS: &str = "SELECT payout, amount, agreed_by, agreed_at, comment FROM sign_off \
    WHERE tenant_id = $1";

fn signed(row: &Row) -> SignOff {
    SignOff {
        payout: row.string(0),
        amount: row.text(1).parse().unwrap_or_default(),
        by: row.string(2),
        at: row.instant(3),
        comment: row.opt_string(4),
    }
}

/// The sign-off of a payout, if there is one.
pub async fn sign_off_of(reader: &mut Reader, payout: &str) -> Result<Option<SignOff>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND payout = $2");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, payout]).await?;
    Ok(row.as_ref().map(signed))
}

/// Sign-offs by payout; of one partner, or of all.
pub async fn sign_offs(
    reader: &mut Reader,
    partner_id: Option<i64>,
) -> Result<HashMap<String, SignOff>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND ($2 = 0 OR partner_id = $2)");
    let args = args![tenant, partner_id.unwrap_or(0)];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    Ok(rows.iter().map(signed).map(|one| (one.payout.clone(), one)).collect())
}
