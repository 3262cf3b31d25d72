//! The SQL of statements.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;

use super::{Statement, StatementError};
use crate::access::{Actor, Viewer};
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};
use crate::settle::PayoutRow;

/// A statement without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    pub statement_id: i64,
    pub public_id: String,
    pub number: String,
    pub partner_id: i64,
    pub partner_code: String,
    pub unit: String,
    pub from: Date,
    pub to: Date,
    pub due: Date,
    pub net: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
    pub is_void: bool,
    pub run_id: Option<i64>,
    /// `issued`, `void`, `filed` in a payment file, `paid`; `credited` by a credit note, `claimed` by
    /// a demand, `received`.
    pub status: &'static str,
    pub issued_by: String,
    pub issued_at: Timestamp,
}

const COLUMNS: &str = "SELECT s.statement_id, s.public_id, s.number, s.partner_id, r.code, \
    s.unit, s.from_day, s.to_day, s.due_day, s.net, s.tax, s.total, s.status, s.run_id, \
    s.issued_by, s.issued_at, n.status, (SELECT COUNT(*) FROM statement_payout q \
    JOIN payout y ON y.tenant_id = q.tenant_id AND y.public_id = q.payout \
    WHERE q.tenant_id = s.tenant_id AND q.statement_id = s.statement_id \
    AND y.status <> 'paid'), x.kind, x.status FROM statement s \
    JOIN partner r ON r.tenant_id = s.tenant_id AND r.partner_id = s.partner_id \
    LEFT JOIN payment_run n ON n.tenant_id = s.tenant_id AND n.run_id = s.run_id \
    LEFT JOIN settlement_note x ON x.tenant_id = s.tenant_id \
    AND x.statement_id = s.statement_id AND x.status <> 'void' WHERE s.tenant_id = $1";

fn statement_row(row: &Row) -> StatementRow {
    let decimal = |column: usize| row.text(column).parse().unwrap_or_default();
    let is_void = row.text(12) == "void";
    StatementRow {
        statement_id: row.int(0),
        public_id: row.string(1),
        number: row.string(2),
        partner_id: row.int(3),
        partner_code: row.string(4),
        unit: row.string(5),
        from: row.date(6),
        to: row.date(7),
        due: row.date(8),
        net: decimal(9),
        tax: decimal(10),
        total: decimal(11),
        is_void,
        run_id: row.opt_int(13),
        status: match row.opt_text(16) {
            _ if is_void => "void",
            _ if row.opt_text(18) == Some("credit") => "credited",
            _ if row.opt_text(19) == Some("received") => "received",
            _ if row.opt_text(18) == Some("debit") => "claimed",
            // By its file, or each of its payouts by hand.
            _ if row.int(17) == 0 => "paid",
            Some(_) => "filed",
            None => "issued",
        },
        issued_by: row.string(14),
        issued_at: row.instant(15),
    }
}

/// Statements that a viewer may see, newest first; of one partner, or of all.
pub async fn list(
    reader: &mut Reader,
    viewer: Viewer,
    partner_id: Option<i64>,
    limit: i64,
) -> Result<Vec<StatementRow>, DbError> {
    let Ok(partner_id) = viewer.scope(partner_id) else { return Ok(Vec::new()) };
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} AND ($2 = 0 OR s.partner_id = $2) AND ($3 = 1 OR s.status = 'issued') \
         ORDER BY s.statement_id DESC LIMIT $4"
    );
    let sees_void = viewer == Viewer::Vendor;
    let arguments = args![tenant, partner_id.unwrap_or(0), sees_void, limit];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?;
    Ok(rows.iter().map(statement_row).collect())
}

/// The statement with that id or number, if the viewer may see it.
pub async fn row(
    reader: &mut Reader,
    viewer: Viewer,
    id: &str,
) -> Result<Option<StatementRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND (s.public_id = $2 OR s.number = $2)");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    let row = row.as_ref().map(statement_row);
    Ok(row
        .filter(|row| viewer.may_see(row.partner_id) && (viewer == Viewer::Vendor || !row.is_void)))
}

/// The content of a statement, as it was issued.
pub async fn load(reader: &mut Reader, row: &StatementRow) -> Result<Statement, StatementError> {
    let tenant = reader.tenant();
    let found = reader
        .row(
            "SELECT body FROM statement WHERE tenant_id = $1 AND statement_id = $2",
            args![tenant, row.statement_id],
        )
        .await?;
    let read = || {
        let packed = found.as_ref()?;
        let body = lz4_flex::decompress_size_prepended(packed.bytes(0)).ok()?;
        serde_json::from_slice(&body).ok()
    };
    read().ok_or_else(|| StatementError::Unreadable { number: row.number.clone() })
}

/// The statement a payout is on.
pub async fn of_payout(reader: &mut Reader, payout: &str) -> Result<Option<StatementRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} AND s.statement_id = (SELECT p.statement_id FROM statement_payout p \
         WHERE p.tenant_id = $1 AND p.payout = $2 AND p.is_live = 1)"
    );
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, payout]).await?;
    Ok(row.as_ref().map(statement_row))
}

/// Issued, in no payment file and under no note, in this currency or any, and due by a day; by
/// partner.
pub(in crate::papers) async fn payable_in(
    reader: &mut Reader,
    unit: Option<&str>,
    until: Date,
) -> Result<Vec<StatementRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "{COLUMNS} AND s.status = 'issued' AND s.run_id IS NULL AND ($2 = '' OR s.unit = $2) \
         AND s.due_day <= $3 ORDER BY s.partner_id, s.statement_id"
    );
    let rows =
        reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, unit.unwrap_or(""), until]).await?;
    Ok(rows.iter().map(statement_row).filter(|row| row.status == "issued").collect())
}

/// A payout as its statement has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::papers) struct OnStatement {
    pub statement_id: i64,
    pub payout: String,
    pub amount: Decimal,
    /// On top of it.
    pub tax: Decimal,
}

/// The payouts of statements, in their order.
pub(in crate::papers) async fn payouts_of(
    reader: &mut Reader,
    statements: &[i64],
) -> Result<Vec<OnStatement>, DbError> {
    let rows = reader
        .lookup(
            "SELECT p.statement_id, p.payout, p.amount, p.tax FROM {keys} \
             CROSS JOIN statement_payout p WHERE p.tenant_id = k.tenant AND p.statement_id = k.k1",
            args![],
            vec![Column::Int(statements.to_vec())],
        )
        .await?;
    let mut found: Vec<OnStatement> = rows
        .iter()
        .map(|row| OnStatement {
            statement_id: row.int(0),
            payout: row.string(1),
            amount: row.text(2).parse().unwrap_or_default(),
            tax: row.text(3).parse().unwrap_or_default(),
        })
        .collect();
    found.sort_by(|a, b| (a.statement_id, &a.payout).cmp(&(b.statement_id, &b.payout)));
    Ok(found)
}

/// Payouts that are on a statement that is not void.
pub(super) async fn on_live(reader: &mut Reader) -> Result<BTreeSet<String>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT payout FROM statement_payout WHERE tenant_id = $1 AND is_live = 1",
            args![tenant],
        )
        .await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}

/// Those of these payouts that are on a statement that is not void.
pub(super) async fn stated(
    reader: &mut Reader,
    payouts: &[PayoutRow],
) -> Result<BTreeSet<String>, DbError> {
    let ids = payouts.iter().map(|payout| payout.public_id.clone()).collect();
    let rows = reader
        .lookup(
            "SELECT p.payout FROM {keys} CROSS JOIN statement_payout p \
             WHERE p.tenant_id = k.tenant AND p.payout = k.k1 AND p.is_live = 1",
            args![],
            vec![Column::Text(ids)],
        )
        .await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}

pub(super) async fn next_id(tx: &mut Tx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(statement_id), 0) + 1 FROM statement WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    Ok(row.map_or(1, |row| row.int(0)))
}

pub(super) async fn add(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (statement_id, partner_id): (i64, i64),
    statement: &Statement,
) -> Result<StatementRow, StatementError> {
    let tenant = tx.tenant();
    let id = Id::new(Kind::Statement, now);
    let body = serde_json::to_vec(statement).unwrap_or_default();
    let plain = |amount: Decimal| amount.normalize().to_string();
    tx.execute(
        "INSERT INTO statement (tenant_id, statement_id, public_id, number, partner_id, unit, \
         from_day, to_day, due_day, net, tax, total, status, body, issued_by, issued_at) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'issued', $13, $14, $15)",
        args![
            tenant,
            statement_id,
            &id,
            &statement.number,
            partner_id,
            &statement.unit,
            statement.from,
            statement.to,
            statement.due,
            plain(statement.net.0),
            plain(statement.tax.0),
            plain(statement.total.0),
            lz4_flex::compress_prepend_size(&body),
            actor.name(),
            now
        ],
    )
    .await?;
    let text = |read: &dyn Fn(&super::ProgramPart) -> String| {
        Column::Text(statement.programs.iter().map(read).collect())
    };
    let data = vec![
        Column::same(tenant),
        Column::same(statement_id),
        text(&|part| part.payout.clone()),
        text(&|part| plain(part.amount.0)),
        text(&|part| plain(part.tax.0)),
        Column::same(1_i64),
    ];
    let columns = ["tenant_id", "statement_id", "payout", "amount", "tax", "is_live"];
    tx.insert_many("statement_payout", &columns, data, "").await?;
    let said = json!({
        "partner": statement.partner.code,
        "total": plain(statement.total.0),
        "unit": statement.unit,
    });
    let entry = Entry::of("issue", "statement", statement.number.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    let found = row(tx, Viewer::Vendor, id.as_str()).await?;
    found.ok_or(StatementError::NotFound)
}

/// Makes a statement void, so that its payouts may be stated anew.
pub async fn void(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<StatementRow, StatementError> {
    let found = row(tx, Viewer::Vendor, id).await?.ok_or(StatementError::NotFound)?;
    if found.status != "issued" {
        return Err(StatementError::NotNow { number: found.number, status: found.status });
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE statement SET status = 'void', voided_by = $3, voided_at = $4 \
         WHERE tenant_id = $1 AND statement_id = $2",
        args![tenant, found.statement_id, actor.name(), now],
    )
    .await?;
    tx.execute(
        "UPDATE statement_payout SET is_live = 0 WHERE tenant_id = $1 AND statement_id = $2",
        args![tenant, found.statement_id],
    )
    .await?;
    let entry = Entry::of(
        "void",
        "statement",
        found.number.clone(),
        Some(json!({ "status": "issued" })),
        Some(json!({ "status": "void" })),
    );
    audit::append(tx, now, actor, entry).await?;
    Ok(StatementRow { is_void: true, status: "void", ..found })
}

/// Puts statements into a payment file, or takes them out of it.
pub(in crate::papers) async fn set_run(
    tx: &mut Tx,
    statements: &[i64],
    run_id: Option<i64>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for statement in statements {
        tx.execute(
            "UPDATE statement SET run_id = $3 WHERE tenant_id = $1 AND statement_id = $2",
            args![tenant, *statement, run_id],
        )
        .await?;
    }
    Ok(())
}
