//! The SQL of payment runs.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Asked, Format, Ready, RunError};
use crate::access::Actor;
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx, date_of};
use crate::id::{Id, Kind};

/// Where a payment file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Made; the bank has it, or will.
    Filed,
    Paid,
    Withdrawn,
}

impl RunStatus {
    pub fn word(self) -> &'static str {
        match self {
            RunStatus::Filed => "filed",
            RunStatus::Paid => "paid",
            RunStatus::Withdrawn => "withdrawn",
        }
    }
}

/// A payment run without its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    pub run_id: i64,
    pub public_id: String,
    pub number: String,
    pub format: Format,
    pub account: String,
    pub unit: String,
    pub day: Date,
    pub status: RunStatus,
    pub payments: i64,
    pub total: Decimal,
    pub file_name: String,
    /// SHA-256 of the file.
    pub content_hash: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub ended_by: Option<String>,
    pub ended_at: Option<Timestamp>,
}

/// A transfer of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub position: i64,
    pub partner_id: i64,
    pub amount: Decimal,
    /// The numbers of its statements.
    pub reference: String,
    /// That the bank sent it back: when, why, and who said so.
    pub returned: Option<(Date, String, String)>,
}

pub(super) struct NewRun<'a> {
    pub run_id: i64,
    pub number: &'a str,
    pub format: Format,
    pub asked: &'a Asked,
    /// When the bank pays.
    pub day: Date,
    pub unit: &'a str,
    pub total: Decimal,
    pub file_name: &'a str,
    pub content_hash: String,
    pub body: Vec<u8>,
}

const COLUMNS: &str = "SELECT run_id, public_id, number, format, account, unit, execution_day, \
    status, payments, total, file_name, content_hash, created_by, created_at, ended_by, ended_at \
    FROM payment_run WHERE tenant_id = $1";

fn run_row(row: &Row) -> RunRow {
    RunRow {
        run_id: row.int(0),
        public_id: row.string(1),
        number: row.string(2),
        format: Format::from_word(row.text(3)).unwrap_or(Format::Pain001),
        account: row.string(4),
        unit: row.string(5),
        day: row.date(6),
        status: match row.text(7) {
            "paid" => RunStatus::Paid,
            "withdrawn" => RunStatus::Withdrawn,
            _ => RunStatus::Filed,
        },
        payments: row.int(8),
        total: row.text(9).parse().unwrap_or_default(),
        file_name: row.string(10),
        content_hash: row.string(11),
        created_by: row.string(12),
        created_at: row.instant(13),
        ended_by: row.opt_string(14),
        ended_at: row.opt_instant(15),
    }
}

/// Runs, newest first.
pub async fn runs(reader: &mut Reader, limit: i64) -> Result<Vec<RunRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} ORDER BY run_id DESC LIMIT $2");
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, limit]).await?;
    Ok(rows.iter().map(run_row).collect())
}

/// The run with that id or number.
pub async fn run(reader: &mut Reader, id: &str) -> Result<Option<RunRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND (public_id = $2 OR number = $2)");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    Ok(row.as_ref().map(run_row))
}

/// The file of a run, to the last byte as it was made.
pub async fn file_of(reader: &mut Reader, row: &RunRow) -> Result<Vec<u8>, DbError> {
    let tenant = reader.tenant();
    let found = reader
        .row(
            "SELECT body FROM payment_run WHERE tenant_id = $1 AND run_id = $2",
            args![tenant, row.run_id],
        )
        .await?;
    Ok(found.map(|row| row.bytes(0).to_vec()).unwrap_or_default())
}

/// The transfers of a run, in the order of its file.
pub async fn payments(reader: &mut Reader, run_id: i64) -> Result<Vec<PaymentRow>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT position, partner_id, amount, reference, returned_day, returned_reason, \
             returned_by FROM payment WHERE tenant_id = $1 AND run_id = $2 ORDER BY position",
            args![tenant, run_id],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| PaymentRow {
            position: row.int(0),
            partner_id: row.int(1),
            amount: row.text(2).parse().unwrap_or_default(),
            reference: row.string(3),
            returned: returned(row),
        })
        .collect())
}

fn returned(row: &Row) -> Option<(Date, String, String)> {
    let day = row.opt_int(4).and_then(date_of)?;
    Some((day, row.opt_string(5)?, row.opt_string(6)?))
}

/// Keeps that the bank sent a transfer back.
pub(super) async fn set_returned(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (run_id, position): (i64, i64),
    (day, reason): (Date, &str),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE payment SET returned_day = $4, returned_reason = $5, returned_by = $6, \
         returned_at = $7 WHERE tenant_id = $1 AND run_id = $2 AND position = $3",
        args![tenant, run_id, position, day, reason, actor.name(), now],
    )
    .await?;
    Ok(())
}

/// The statements that a run pays to a partner.
pub(super) async fn statements_to(
    reader: &mut Reader,
    run_id: i64,
    partner_id: i64,
) -> Result<Vec<i64>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT statement_id FROM statement WHERE tenant_id = $1 AND run_id = $2 \
             AND partner_id = $3 ORDER BY statement_id",
            args![tenant, run_id, partner_id],
        )
        .await?;
    Ok(rows.iter().map(|row| row.int(0)).collect())
}

pub(super) async fn statements_of(reader: &mut Reader, run_id: i64) -> Result<Vec<i64>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT statement_id FROM statement WHERE tenant_id = $1 AND run_id = $2 \
             ORDER BY statement_id",
            args![tenant, run_id],
        )
        .await?;
    Ok(rows.iter().map(|row| row.int(0)).collect())
}

pub(super) async fn next_id(tx: &mut Tx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(run_id), 0) + 1 FROM payment_run WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    Ok(row.map_or(1, |row| row.int(0)))
}

pub(super) async fn add(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    new: NewRun<'_>,
    ready: &[Ready],
) -> Result<RunRow, RunError> {
    let tenant = tx.tenant();
    let id = Id::new(Kind::PaymentRun, now);
    let payments = i64::try_from(ready.len()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO payment_run (tenant_id, run_id, public_id, number, format, account, unit, \
         execution_day, status, payments, total, file_name, content_hash, body, created_by, \
         created_by_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'filed', $9, $10, \
         $11, $12, $13, $14, $15, $16)",
        args![
            tenant,
            new.run_id,
            &id,
            new.number,
            new.format.word(),
            &new.asked.account,
            new.unit,
            new.day,
            payments,
            new.total.normalize().to_string(),
            new.file_name,
            &new.content_hash,
            new.body,
            actor.name(),
            actor.public_id().unwrap_or("system"),
            now
        ],
    )
    .await?;
    let reference = |ready: &Ready| {
        ready.statements.iter().map(|row| row.number.as_str()).collect::<Vec<_>>().join(" ")
    };
    let data = vec![
        Column::same(tenant),
        Column::same(new.run_id),
        Column::Int((1..=payments).collect()),
        Column::Int(ready.iter().map(|ready| ready.partner_id).collect()),
        Column::Text(ready.iter().map(|one| one.amount.normalize().to_string()).collect()),
        Column::Text(ready.iter().map(reference).collect()),
    ];
    let columns = ["tenant_id", "run_id", "position", "partner_id", "amount", "reference"];
    tx.insert_many("payment", &columns, data, "").await?;
    run(tx, id.as_str()).await?.ok_or(RunError::NotFound)
}

pub(super) async fn set_status(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    run_id: i64,
    status: RunStatus,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE payment_run SET status = $3, ended_by = $4, ended_at = $5 \
         WHERE tenant_id = $1 AND run_id = $2",
        args![tenant, run_id, status.word(), actor.name(), now],
    )
    .await?;
    Ok(())
}
