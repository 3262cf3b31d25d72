//! The SQL of ordered rewards and their steps.

use std::collections::HashMap;

use domain::code::PartnerCode;
use domain::wallet::Piece;
use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::Taken;
use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx};
use crate::wallets::WalletError;

/// An order as wallets know it.
pub(super) struct Ordered {
    pub seq: i64,
    pub wallet_id: i64,
    pub key: String,
    pub partner: PartnerCode,
    pub reward: String,
    pub unit: String,
    pub points: Decimal,
    pub pieces: Decimal,
    pub returned: Decimal,
    pub status: &'static str,
    pub on: DateTime,
    pub recorded: Timestamp,
    pub ordered_by: String,
}

const ORDERED: &str = "SELECT l.wallet_line_seq, l.wallet_id, l.key, l.on_at, l.recorded, \
    l.actor_name, o.body, s.body FROM wallet_line l \
    JOIN wallet_piece o ON o.tenant_id = l.tenant_id AND o.wallet_id = l.wallet_id \
    AND o.kind = 'order' AND o.name = l.key \
    JOIN wallet_piece s ON s.tenant_id = l.tenant_id AND s.wallet_id = l.wallet_id \
    AND s.kind = 'spending' AND s.name = l.key \
    WHERE l.tenant_id = $1 AND l.refusal IS NULL AND l.verb IN ('redeem', 'reserve')";

fn ordered_row(row: &Row) -> Result<Option<Ordered>, WalletError> {
    let key = row.string(2);
    let piece = |at: usize, kind: &str| -> Result<Piece, WalletError> {
        serde_json::from_str(row.text(at)).map_err(|error| WalletError::Piece {
            kind: kind.to_owned(),
            name: key.clone(),
            problem: error.to_string(),
        })
    };
    let (order, spending) = (piece(6, "order")?, piece(7, "spending")?);
    let (Some((partner, reward, price)), Some(spent)) = (order.order(), spending.spending()) else {
        return Ok(None);
    };
    Ok(Some(Ordered {
        seq: row.int(0),
        wallet_id: row.int(1),
        partner: partner.clone(),
        reward: reward.to_string(),
        unit: spent.unit.to_string(),
        points: spent.amount,
        pieces: spent.amount.checked_div(price).unwrap_or_default().normalize(),
        returned: spent.returned,
        status: spent.status(),
        on: row.text(3).parse().unwrap_or_default(),
        recorded: row.instant(4),
        ordered_by: row.string(5),
        key,
    }))
}

/// What was ordered before a line, of everybody or of one, the newest first.
pub(super) async fn ordered(
    reader: &mut Reader,
    partner: Option<&str>,
    (before, limit): (i64, i64),
) -> Result<Vec<Ordered>, WalletError> {
    let sql = format!(
        "{ORDERED} AND l.wallet_line_seq < $2 AND ($3 = '' OR l.owner = $3) \
         ORDER BY l.wallet_line_seq DESC LIMIT $4"
    );
    let args = args![reader.tenant(), before, partner.unwrap_or_default(), limit];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    let read: Result<Vec<Option<Ordered>>, WalletError> = rows.iter().map(ordered_row).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// What was ordered under a key.
pub(super) async fn ordered_as(
    reader: &mut Reader,
    key: &str,
) -> Result<Option<Ordered>, WalletError> {
    let sql = format!("{ORDERED} AND l.key = $2 ORDER BY l.wallet_line_seq LIMIT 1");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![reader.tenant(), key]).await?;
    row.as_ref().map_or(Ok(None), ordered_row)
}

/// The steps of these orders, each in order.
pub(super) async fn steps(
    reader: &mut Reader,
    keys: Vec<String>,
) -> Result<HashMap<String, Vec<Taken>>, DbError> {
    let rows = reader
        .lookup(
            "SELECT r.step_seq, r.key, r.step, r.carrier, r.tracking, r.note, r.recorded, \
             r.actor_name FROM {keys} CROSS JOIN reward_order_step r \
             WHERE r.tenant_id = k.tenant AND r.key = k.k1 ORDER BY r.step_seq",
            args![],
            vec![Column::Text(keys)],
        )
        .await?;
    let mut steps: HashMap<String, Vec<Taken>> = HashMap::new();
    for row in &rows {
        steps.entry(row.string(1)).or_default().push(Taken {
            seq: row.int(0),
            step: row.string(2),
            carrier: row.opt_string(3),
            tracking: row.opt_string(4),
            note: row.opt_string(5),
            at: row.instant(6),
            by: row.string(7),
        });
    }
    Ok(steps)
}

/// A step to keep.
pub(super) struct NewStep {
    pub step: &'static str,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub note: Option<String>,
}

pub(super) async fn keep(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    key: &str,
    step: &NewStep,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO reward_order_step (tenant_id, step_seq, key, step, carrier, tracking, note, \
         recorded, actor_kind, actor_id, actor_name) \
         SELECT $1, COALESCE(MAX(step_seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 \
         FROM reward_order_step WHERE tenant_id = $1",
        args![
            tenant,
            key,
            step.step,
            step.carrier.as_deref(),
            step.tracking.as_deref(),
            step.note.as_deref(),
            now,
            actor.kind(),
            actor.public_id(),
            actor.name()
        ],
    )
    .await?;
    Ok(())
}
