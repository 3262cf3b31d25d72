//! The SQL of adjustments.

use std::collections::BTreeMap;

use domain::settlement::{Adjustment, AdjustmentStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{NewAdjustment, actor_id};
use crate::access::Actor;
use crate::accrue::AwardRef;
use crate::args;
use crate::db::{DbError, Reader, Row, Tx, date_of};
use crate::id::{Id, Kind};

/// An adjustment somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentRow {
    pub public_id: String,
    pub program_id: i64,
    pub program_code: String,
    pub partner_id: i64,
    pub partner_code: String,
    pub period_name: String,
    pub unit: String,
    pub amount: Decimal,
    pub reason: String,
    pub status: AdjustmentStatus,
    pub asked_by: String,
    pub asked_by_id: String,
    pub asked_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub comment: Option<String>,
    pub reason_code: String,
    /// As of a payout.
    pub chain: Option<String>,
    pub step: i64,
    pub due: Option<Date>,
    /// The dispute it answers.
    pub dispute: Option<String>,
    /// The term it is about, by its code.
    pub term: Option<String>,
}

impl AdjustmentRow {
    /// As settlement counts it.
    pub fn counted(&self) -> Adjustment {
        Adjustment {
            period: self.period_name.as_str().into(),
            amount: self.amount,
            status: self.status,
        }
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// What was said of a period that was open until somebody would end it stays with what was ended.
pub(super) async fn name_period(
    tx: &mut Tx,
    program_id: i64,
    (from, to): (&str, &str),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for table in ["adjustment", "dispute"] {
        let sql = format!(
            "UPDATE {table} SET period_name = $4 WHERE tenant_id = $1 AND program_id = $2 \
             AND period_name = $3"
        );
        tx.execute(sqlx::AssertSqlSafe(sql), args![tenant, program_id, from, to]).await?;
    }
    // Disputed awards are named by their period.
    let rows = tx
        .rows(
            "SELECT dispute_id, subject FROM dispute WHERE tenant_id = $1 AND program_id = $2 \
             AND subject_kind = 'award'",
            args![tenant, program_id],
        )
        .await?;
    for row in rows {
        let Some(mut award) = row.text(1).parse::<AwardRef>().ok() else { continue };
        if award.period == from {
            to.clone_into(&mut award.period);
            tx.execute(
                "UPDATE dispute SET subject = $3 WHERE tenant_id = $1 AND dispute_id = $2",
                args![tenant, row.int(0), award.to_string()],
            )
            .await?;
        }
    }
    Ok(())
}

const ADJUSTMENT_COLUMNS: &str = "SELECT a.public_id, a.program_id, g.code, a.partner_id, r.code, \
    a.period_name, a.unit, a.amount, a.reason, a.status, a.asked_by, a.asked_by_id, a.asked_at, \
    a.decided_by, a.decided_at, a.comment, a.reason_code, a.chain, a.step, a.due_day, a.dispute, \
    a.term FROM adjustment a \
    JOIN program g ON g.tenant_id = a.tenant_id AND g.program_id = a.program_id \
    JOIN partner r ON r.tenant_id = a.tenant_id AND r.partner_id = a.partner_id";

fn adjustment_row(row: &Row) -> AdjustmentRow {
    AdjustmentRow {
        public_id: row.string(0),
        program_id: row.int(1),
        program_code: row.string(2),
        partner_id: row.int(3),
        partner_code: row.string(4),
        period_name: row.string(5),
        unit: row.string(6),
        amount: decimal(row.text(7)),
        reason: row.string(8),
        status: AdjustmentStatus::from_word(row.text(9)).unwrap_or(AdjustmentStatus::Pending),
        asked_by: row.string(10),
        asked_by_id: row.string(11),
        asked_at: row.instant(12),
        decided_by: row.opt_string(13),
        decided_at: row.opt_instant(14),
        comment: row.opt_string(15),
        reason_code: row.string(16),
        chain: row.opt_string(17),
        step: row.int(18),
        due: row.opt_int(19).and_then(date_of),
        dispute: row.opt_string(20),
        term: row.opt_string(21),
    }
}

pub async fn adjustment(
    reader: &mut Reader,
    public_id: &str,
) -> Result<Option<AdjustmentRow>, DbError> {
    let sql = format!("{ADJUSTMENT_COLUMNS} WHERE a.tenant_id = $1 AND a.public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, public_id]).await?;
    Ok(row.as_ref().map(adjustment_row))
}

/// Adjustments of a program, newest first; 0 means all programs.
pub async fn adjustments(
    reader: &mut Reader,
    program_id: i64,
    status: Option<AdjustmentStatus>,
) -> Result<Vec<AdjustmentRow>, DbError> {
    let sql = format!(
        "{ADJUSTMENT_COLUMNS} WHERE a.tenant_id = $1 AND ($2 = 0 OR a.program_id = $2) \
         AND ($3 = '' OR a.status = $3) ORDER BY a.adjustment_id DESC"
    );
    let tenant = reader.tenant();
    let status = status.map_or("", AdjustmentStatus::word);
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id, status]).await?;
    Ok(rows.iter().map(adjustment_row).collect())
}

/// What approved adjustments of a period come to for each term, by partner and currency.
pub(super) async fn adjusted_terms(
    reader: &mut Reader,
    program_id: i64,
    period: &str,
) -> Result<BTreeMap<(i64, String), BTreeMap<Option<String>, Decimal>>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT partner_id, unit, term, amount FROM adjustment WHERE tenant_id = $1 \
             AND program_id = $2 AND period_name = $3 AND status = 'approved'",
            args![tenant, program_id, period],
        )
        .await?;
    let mut sums: BTreeMap<(i64, String), BTreeMap<Option<String>, Decimal>> = BTreeMap::new();
    for row in &rows {
        let of = sums.entry((row.int(0), row.string(1))).or_default();
        let sum = of.entry(row.opt_string(2)).or_default();
        crate::exact::add(sum, decimal(row.text(3)), "adjustments")?;
    }
    Ok(sums)
}

pub(super) async fn add_adjustment(
    tx: &mut Tx,
    (program_id, partner_id): (i64, i64),
    new: &NewAdjustment,
    unit: &str,
    (chain, due): (Option<&str>, Date),
    actor: &Actor,
    now: Timestamp,
) -> Result<String, DbError> {
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(adjustment_id), 0) + 1 FROM adjustment WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let id = Id::new(Kind::Adjustment, now);
    tx.execute(
        "INSERT INTO adjustment (tenant_id, adjustment_id, public_id, program_id, partner_id, \
         period_name, unit, amount, reason, status, asked_by, asked_by_id, asked_at, reason_code, \
         chain, due_day, dispute, term) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', \
         $10, $11, $12, $13, $14, $15, $16, $17)",
        args![
            tenant,
            row.map_or(1, |row| row.int(0)),
            &id,
            program_id,
            partner_id,
            &new.period,
            unit,
            new.amount.to_string(),
            new.reason.trim(),
            actor.name(),
            actor_id(actor),
            now,
            &new.reason_code,
            chain,
            due,
            &new.dispute,
            &new.term
        ],
    )
    .await?;
    Ok(id.as_str().to_owned())
}

/// An adjustment waits for its next step.
pub(super) async fn set_adjustment_step(
    tx: &mut Tx,
    public_id: &str,
    step: usize,
    due: Date,
) -> Result<(), DbError> {
    let (tenant, step) = (tx.tenant(), i64::try_from(step).unwrap_or(i64::MAX));
    tx.execute(
        "UPDATE adjustment SET step = $3, due_day = $4 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, public_id, step, due],
    )
    .await?;
    Ok(())
}

pub(super) async fn decide_adjustment(
    tx: &mut Tx,
    adjustment: &AdjustmentRow,
    status: AdjustmentStatus,
    period: &str,
    by: &str,
    now: Timestamp,
    comment: Option<&str>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE adjustment SET status = $3, period_name = $4, decided_by = $5, decided_at = $6, \
         comment = $7 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, &adjustment.public_id, status.word(), period, by, now, comment],
    )
    .await?;
    Ok(())
}
