//! The SQL of credit notes and demands.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{NoteError, NoteHead, NoteKind};
use crate::access::{Actor, Viewer};
use crate::args;
use crate::db::{DbError, Reader, Row, Tx, date_of};
use crate::id::{Id, Kind};
use crate::papers::statement::StatementRow;

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteStatus {
    /// A credit note has settled; a demand waits for its money.
    Issued,
    /// The money of a demand came in.
    Received,
    Void,
}

impl NoteStatus {
    pub fn word(self) -> &'static str {
        match self {
            NoteStatus::Issued => "issued",
            NoteStatus::Received => "received",
            NoteStatus::Void => "void",
        }
    }
}

/// A credit note or a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    pub note_id: i64,
    pub public_id: String,
    pub number: String,
    pub kind: NoteKind,
    pub statement_id: i64,
    /// The number of its statement.
    pub statement: String,
    pub partner_id: i64,
    pub partner_code: String,
    pub unit: String,
    /// As its statement has it: below zero for a demand.
    pub total: Decimal,
    pub issued: Date,
    pub due: Date,
    pub status: NoteStatus,
    pub head: NoteHead,
    pub issued_by: String,
    pub issued_at: Timestamp,
    /// When the money came in.
    pub received: Option<Date>,
    /// Who said that it came in, or made it void, and when.
    pub ended: Option<(String, Timestamp)>,
    pub comment: Option<String>,
}

const COLUMNS: &str = "SELECT n.note_id, n.public_id, n.number, n.kind, n.statement_id, s.number, \
    n.partner_id, r.code, n.unit, n.total, n.issued_day, n.due_day, n.status, n.body, \
    n.issued_by, n.issued_at, n.received_day, n.ended_by, n.ended_at, n.comment \
    FROM settlement_note n \
    JOIN statement s ON s.tenant_id = n.tenant_id AND s.statement_id = n.statement_id \
    JOIN partner r ON r.tenant_id = n.tenant_id AND r.partner_id = n.partner_id \
    WHERE n.tenant_id = $1";

fn note_row(row: &Row) -> NoteRow {
    let kind = if row.text(3) == "debit" { NoteKind::Debit } else { NoteKind::Credit };
    let statement = row.string(5);
    let bare = || NoteHead { kind, statement: statement.clone(), pay_to: None };
    NoteRow {
        note_id: row.int(0),
        public_id: row.string(1),
        number: row.string(2),
        kind,
        statement_id: row.int(4),
        partner_id: row.int(6),
        partner_code: row.string(7),
        unit: row.string(8),
        total: row.text(9).parse().unwrap_or_default(),
        issued: row.date(10),
        due: row.date(11),
        status: match row.text(12) {
            "received" => NoteStatus::Received,
            "void" => NoteStatus::Void,
            _ => NoteStatus::Issued,
        },
        head: serde_json::from_str(row.text(13)).unwrap_or_else(|_| bare()),
        statement,
        issued_by: row.string(14),
        issued_at: row.instant(15),
        received: row.opt_int(16).and_then(date_of),
        ended: row.opt_string(17).zip(row.opt_instant(18)),
        comment: row.opt_string(19),
    }
}

/// Notes that a viewer may see, newest first; of one partner, or of all.
pub async fn list(
    reader: &mut Reader,
    viewer: Viewer,
    partner_id: Option<i64>,
    limit: i64,
) -> Result<Vec<NoteRow>, DbError> {
    let Ok(partner_id) = viewer.scope(partner_id) else { return Ok(Vec::new()) };
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} AND ($2 = 0 OR n.partner_id = $2) AND ($3 = 1 OR n.status <> 'void') \
         ORDER BY n.note_id DESC LIMIT $4"
    );
    let sees_void = viewer == Viewer::Vendor;
    let arguments = args![tenant, partner_id.unwrap_or(0), sees_void, limit];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?;
    Ok(rows.iter().map(note_row).collect())
}

/// The note with that id or number, if the viewer may see it.
pub async fn row(
    reader: &mut Reader,
    viewer: Viewer,
    id: &str,
) -> Result<Option<NoteRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND (n.public_id = $2 OR n.number = $2)");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    let sees_void = viewer == Viewer::Vendor;
    Ok(row
        .as_ref()
        .map(note_row)
        .filter(|row| viewer.may_see(row.partner_id))
        .filter(|row| sees_void || row.status != NoteStatus::Void))
}

pub(super) async fn add(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (of, head): (&StatementRow, &NoteHead),
    (issued, due): (Date, Date),
) -> Result<NoteRow, NoteError> {
    let tenant = tx.tenant();
    let next = tx
        .row(
            "SELECT COALESCE(MAX(note_id), 0) + 1 FROM settlement_note WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let note_id = next.map_or(1, |row| row.int(0));
    let number = format!("{}-{}-{note_id:06}", head.kind.prefix(), issued.year());
    let id = Id::new(Kind::SettlementNote, now);
    tx.execute(
        "INSERT INTO settlement_note (tenant_id, note_id, public_id, number, kind, statement_id, \
         partner_id, unit, total, issued_day, due_day, status, body, issued_by, issued_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'issued', $12, $13, $14)",
        args![
            tenant,
            note_id,
            &id,
            number,
            head.kind.word(),
            of.statement_id,
            of.partner_id,
            &of.unit,
            of.total.normalize().to_string(),
            issued,
            due,
            serde_json::to_string(head).unwrap_or_default(),
            actor.name(),
            now
        ],
    )
    .await?;
    row(tx, Viewer::Vendor, id.as_str()).await?.ok_or(NoteError::NotFound)
}

pub(super) async fn end(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    note_id: i64,
    (status, day, comment): (NoteStatus, Option<Date>, Option<&str>),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE settlement_note SET status = $3, received_day = $4, comment = $5, ended_by = $6, \
         ended_at = $7 WHERE tenant_id = $1 AND note_id = $2",
        args![
            tenant,
            note_id,
            status.word(),
            day.map(crate::db::days_of),
            comment,
            actor.name(),
            now
        ],
    )
    .await?;
    Ok(())
}
