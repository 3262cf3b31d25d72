//! Payouts in payment files: what may go into one, what is in one, and what was paid by it.
//!
//! # Invariants
//!
//! * Only an approved payout goes into a file, and into one at most.
//! * While it is in a file it takes no other step: nobody pays, rejects or changes it beside the
//!   bank.

use domain::settlement::{PayoutStatus, PayoutStep};
use jiff::Timestamp;

use super::{PayoutRow, SettleError, store};
use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Tx};

/// Approved payouts that are in no file, in the order they were made.
pub async fn fileable(reader: &mut Reader) -> Result<Vec<PayoutRow>, DbError> {
    let sql = store::payouts_where(
        "p.status = $2 AND p.payment_run IS NULL AND p.amount_sort <> 0 ORDER BY p.payout_id",
    );
    let tenant = reader.tenant();
    let approved = PayoutStatus::Approved.word();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, approved]).await?;
    Ok(rows.iter().map(store::payout_row).collect())
}

/// The payment file a payout stands in.
pub(super) async fn file_of(reader: &mut Reader, id: &str) -> Result<Option<String>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT payment_run FROM payout WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.and_then(|row| row.opt_string(0)))
}

/// Says that these payouts stand in a file. Fails if one of them may not.
pub async fn file(tx: &mut Tx, run: &str, payouts: &[String]) -> Result<(), SettleError> {
    let tenant = tx.tenant();
    let approved = PayoutStatus::Approved.word();
    let may = tx
        .lookup(
            "SELECT p.public_id, p.status, p.payment_run FROM {keys} CROSS JOIN payout p \
             WHERE p.tenant_id = k.tenant AND p.public_id = k.k1",
            args![],
            vec![Column::Text(payouts.to_vec())],
        )
        .await?;
    let free = may.iter().filter(|row| row.text(1) == approved && row.opt_text(2).is_none());
    if free.count() != payouts.len() {
        return Err(SettleError::NotNow { status: "in another payment file, or not approved" });
    }
    for payout in payouts {
        tx.execute(
            "UPDATE payout SET payment_run = $3 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout, run],
        )
        .await?;
    }
    Ok(())
}

/// Takes payouts out of their file, as if they had never been in it.
pub async fn unfile(tx: &mut Tx, payouts: &[String]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for payout in payouts {
        tx.execute(
            "UPDATE payout SET payment_run = NULL WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout],
        )
        .await?;
    }
    Ok(())
}

/// Says that the bank paid these payouts, and posts it. They keep the name of their file.
pub async fn pay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    run: &str,
    payouts: &[String],
) -> Result<(), SettleError> {
    unfile(tx, payouts).await?;
    let tenant = tx.tenant();
    for payout in payouts {
        super::step(tx, actor, now, payout, PayoutStep::Pay, None).await?;
        tx.execute(
            "UPDATE payout SET payment_run = $3 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, payout, run],
        )
        .await?;
    }
    Ok(())
}
