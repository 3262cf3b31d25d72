//! Handing the ledger to the vendor's books, each posting once.

use std::collections::HashMap;

use domain::period::day_of;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::accounting::{self, Chart, Columns, Entry};
use super::statement::zone;
use super::{beancount, settings};
use crate::access::Actor;
use crate::args;
use crate::audit;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row, Tx, date_of};
use crate::id::{Id, Kind};
use crate::ledger::{self, POSTING_COLUMNS, posting_row};
use crate::rules;

/// Why there is no export.
#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("nothing was posted since the last export")]
    Nothing,
    #[error("there is no export `{0}`")]
    NotFound(String),
    #[error("export `{0}` would not be the file it was; nothing was written")]
    Differs(String),
}

/// An export that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    pub export_id: i64,
    pub public_id: String,
    pub number: String,
    /// Numbers of the ledger, both included.
    pub first_seq: i64,
    pub last_seq: i64,
    pub entries: i64,
    /// SHA-256 of the file.
    pub content_hash: String,
    pub created_by: String,
    pub created_at: Timestamp,
    made_by: MadeBy,
}

/// What a file was made with, kept so that it can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MadeBy {
    chart: Chart,
    zone: String,
    /// Files from before there was a column more stay as they are.
    #[serde(default)]
    columns: Columns,
}

impl ExportRow {
    pub fn file_name(&self) -> String {
        format!("{}.csv", self.number)
    }
}

const COLUMNS: &str = "SELECT export_id, public_id, number, first_seq, last_seq, entries, chart, \
    content_hash, created_by, created_at FROM accounting_export WHERE tenant_id = $1";

fn export_row(row: &Row) -> ExportRow {
    let nothing =
        || MadeBy { chart: Chart::default(), zone: "UTC".into(), columns: Columns::default() };
    ExportRow {
        export_id: row.int(0),
        public_id: row.string(1),
        number: row.string(2),
        first_seq: row.int(3),
        last_seq: row.int(4),
        entries: row.int(5),
        made_by: serde_json::from_str(row.text(6)).unwrap_or_else(|_| nothing()),
        content_hash: row.string(7),
        created_by: row.string(8),
        created_at: row.instant(9),
    }
}

/// Exports, newest first.
pub async fn exports(reader: &mut Reader) -> Result<Vec<ExportRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} ORDER BY export_id DESC");
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    Ok(rows.iter().map(export_row).collect())
}

/// The export with that id or number.
pub async fn export(reader: &mut Reader, id: &str) -> Result<Option<ExportRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND (public_id = $2 OR number = $2)");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    Ok(row.as_ref().map(export_row))
}

/// How many postings no export holds yet.
pub async fn unexported(reader: &mut Reader) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT COUNT(*) FROM posting WHERE tenant_id = $1 AND posting_seq > \
             (SELECT COALESCE(MAX(last_seq), 0) FROM accounting_export WHERE tenant_id = $1)",
            args![tenant],
        )
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Exports everything posted since the last export, and remembers it. Gives the file, too.
pub async fn create(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
) -> Result<(ExportRow, Vec<u8>), ExportError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(export_id), 0) + 1, COALESCE(MAX(last_seq), 0) + 1 \
             FROM accounting_export WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let (export_id, first) = row.map_or((1, 1), |row| (row.int(0), row.int(1)));
    let chart = settings::chart(tx).await?;
    let zone = zone(tx).await?;
    let entries = entries(tx, master, &zone, (first, i64::MAX)).await?;
    let last = entries.last().ok_or(ExportError::Nothing)?.seq;
    let number = format!("AX-{export_id:06}");
    let columns = Columns::WithWallets;
    let bytes = accounting::csv((&chart, columns), &number, &entries);
    let made_by = MadeBy { chart, zone: zone.iana_name().unwrap_or("UTC").to_owned(), columns };
    let id = Id::new(Kind::AccountingExport, now);
    let found = ExportRow {
        export_id,
        public_id: id.as_str().to_owned(),
        number,
        first_seq: first,
        last_seq: last,
        entries: i64::try_from(entries.len()).unwrap_or(i64::MAX),
        content_hash: crate::hex::hex(&Sha256::digest(&bytes)),
        created_by: actor.name().to_owned(),
        created_at: now,
        made_by,
    };
    tx.execute(
        "INSERT INTO accounting_export (tenant_id, export_id, public_id, number, first_seq, \
         last_seq, entries, chart, content_hash, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            tenant,
            export_id,
            &id,
            &found.number,
            first,
            last,
            found.entries,
            serde_json::to_string(&found.made_by).unwrap_or_default(),
            &found.content_hash,
            actor.name(),
            now
        ],
    )
    .await?;
    let said = json!({ "first": first, "last": last, "sha256": found.content_hash });
    let entry = audit::Entry::of("export", "accounting", found.number.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok((found, bytes))
}

/// The file of an export, made again and compared with what was handed out.
pub async fn file(
    reader: &mut Reader,
    master: &MasterData,
    export: &ExportRow,
) -> Result<Vec<u8>, ExportError> {
    let zone = TimeZone::get(&export.made_by.zone).unwrap_or(TimeZone::UTC);
    let range = (export.first_seq, export.last_seq);
    let entries = entries(reader, master, &zone, range).await?;
    let made_by = &export.made_by;
    let bytes = accounting::csv((&made_by.chart, made_by.columns), &export.number, &entries);
    if crate::hex::hex(&Sha256::digest(&bytes)) == export.content_hash {
        Ok(bytes)
    } else {
        Err(ExportError::Differs(export.number.clone()))
    }
}

/// The whole ledger as a Beancount file.
pub async fn beancount(reader: &mut Reader, master: &MasterData) -> Result<String, DbError> {
    let zone = zone(reader).await?;
    let name = crate::catalog::load_settings(reader).await?.vendor_name;
    let entries = entries(reader, master, &zone, (1, i64::MAX)).await?;
    let balances = ledger::balances(reader, None).await?;
    Ok(beancount::file(&name, &entries, &balances))
}

const POSTINGS_PER_PAGE: i64 = 10_000;

/// The postings of a range, in their order.
pub(in crate::papers) async fn entries(
    reader: &mut Reader,
    master: &MasterData,
    zone: &TimeZone,
    (first, last): (i64, i64),
) -> Result<Vec<Entry>, DbError> {
    let programs: HashMap<i64, String> =
        rules::programs(reader).await?.into_iter().map(|row| (row.program_id, row.code)).collect();
    let tenant = reader.tenant();
    let mut entries: Vec<Entry> = Vec::new();
    let mut after = first - 1;
    loop {
        let sql = format!(
            "{POSTING_COLUMNS} WHERE p.tenant_id = $1 AND p.posting_seq > $2 \
             AND p.posting_seq <= $3 ORDER BY p.posting_seq LIMIT $4"
        );
        let arguments = args![tenant, after, last, POSTINGS_PER_PAGE];
        let rows = reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?;
        let Some(newest) = rows.last().map(|row| row.int(0)) else { return Ok(entries) };
        after = newest;
        entries.extend(rows.iter().map(posting_row).map(|row| Entry {
            seq: row.seq,
            day: day_of(row.recorded, zone),
            booked: row.booked_day.and_then(date_of),
            program: row.program_id.and_then(|id| programs.get(&id).cloned()),
            partner: row.partner_id.and_then(|id| master.partner_code(id)).map(ToString::to_string),
            cause: row.cause,
            kind: row.kind,
            debit: row.debit,
            credit: row.credit,
            unit: row.unit,
            amount: row.amount,
            subject: row.subject,
        }));
    }
}
