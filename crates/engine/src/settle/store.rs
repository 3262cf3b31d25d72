//! The SQL of payouts and adjustments.

use std::collections::BTreeMap;

use domain::settlement::{Adjustment, AdjustmentStatus, PayoutLine, PayoutStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{NewAdjustment, PartnerPayout, actor_id};
use crate::access::Actor;
use crate::accrue::{AwardRef, sort_key};
use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx, date_of, days_of};
use crate::id::{Id, Kind};

/// A payout of a closed period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRow {
    pub public_id: String,
    pub program_id: i64,
    pub program_code: String,
    pub partner_id: i64,
    pub partner_code: String,
    pub period_name: String,
    /// First day of the period.
    pub period: Date,
    pub unit: String,
    pub calculated: Decimal,
    pub prior_period: Decimal,
    pub adjustments: Decimal,
    pub carried_in: Decimal,
    pub carried_out: Decimal,
    pub lapsed: Decimal,
    pub amount: Decimal,
    pub status: PayoutStatus,
    pub created_by: String,
    pub created_by_id: String,
    pub created_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub comment: Option<String>,
    pub paid_at: Option<Timestamp>,
    /// The steps of its approval as they were at the close; `None` for one step by whoever may
    /// approve.
    pub chain: Option<String>,
    /// Counted from 1; a rejection begins the next.
    pub round: i64,
    /// Steps taken in this round.
    pub step: i64,
    /// The day by which the next step should be taken.
    pub due: Option<Date>,
}

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

const PAYOUT_COLUMNS: &str = "SELECT p.public_id, p.program_id, g.code, p.partner_id, r.code, \
    p.period_name, p.period_day, p.unit, p.calculated, p.prior_period, p.adjustments, \
    p.carried_in, p.carried_out, p.lapsed, p.amount, p.status, p.created_by, p.created_by_id, \
    p.created_at, p.decided_by, p.decided_at, p.comment, p.paid_at, p.chain, p.round, p.step, \
    p.due_day FROM payout p \
    JOIN program g ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
    JOIN partner r ON r.tenant_id = p.tenant_id AND r.partner_id = p.partner_id";

/// A query of payouts; `$1` is the tenant.
pub(super) fn payouts_where(condition: &str) -> String {
    format!("{PAYOUT_COLUMNS} WHERE p.tenant_id = $1 AND {condition}")
}

pub(super) fn payout_row(row: &Row) -> PayoutRow {
    PayoutRow {
        public_id: row.string(0),
        program_id: row.int(1),
        program_code: row.string(2),
        partner_id: row.int(3),
        partner_code: row.string(4),
        period_name: row.string(5),
        period: row.date(6),
        unit: row.string(7),
        calculated: decimal(row.text(8)),
        prior_period: decimal(row.text(9)),
        adjustments: decimal(row.text(10)),
        carried_in: decimal(row.text(11)),
        carried_out: decimal(row.text(12)),
        lapsed: decimal(row.text(13)),
        amount: decimal(row.text(14)),
        status: PayoutStatus::from_word(row.text(15)).unwrap_or(PayoutStatus::Pending),
        created_by: row.string(16),
        created_by_id: row.string(17),
        created_at: row.instant(18),
        decided_by: row.opt_string(19),
        decided_at: row.opt_instant(20),
        comment: row.opt_string(21),
        paid_at: row.opt_instant(22),
        chain: row.opt_string(23),
        round: row.int(24),
        step: row.int(25),
        due: row.opt_int(26).and_then(date_of),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

pub async fn payout(reader: &mut Reader, public_id: &str) -> Result<Option<PayoutRow>, DbError> {
    let sql = format!("{PAYOUT_COLUMNS} WHERE p.tenant_id = $1 AND p.public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, public_id]).await?;
    Ok(row.as_ref().map(payout_row))
}

/// Payouts of a program and period, largest first; 0 and an empty name mean all.
pub async fn payouts(
    reader: &mut Reader,
    program_id: i64,
    period_name: &str,
    limit: i64,
) -> Result<Vec<PayoutRow>, DbError> {
    let sql = format!(
        "{PAYOUT_COLUMNS} WHERE p.tenant_id = $1 AND ($2 = 0 OR p.program_id = $2) \
         AND ($3 = '' OR p.period_name = $3) \
         ORDER BY p.period_day DESC, p.amount_sort DESC, p.payout_id LIMIT $4"
    );
    let tenant = reader.tenant();
    let rows = reader
        .rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id, period_name, limit])
        .await?;
    Ok(rows.iter().map(payout_row).collect())
}

/// Payouts of a partner, newest first.
pub async fn payouts_of_partner(
    reader: &mut Reader,
    partner_id: i64,
    limit: i64,
) -> Result<Vec<PayoutRow>, DbError> {
    let sql = format!(
        "{PAYOUT_COLUMNS} WHERE p.tenant_id = $1 AND p.partner_id = $2 \
         ORDER BY p.period_day DESC, p.payout_id LIMIT $3"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, partner_id, limit]).await?;
    Ok(rows.iter().map(payout_row).collect())
}

/// Adds the payouts of a closed period and gives their ids, in the same order.
pub(super) async fn add_payouts(
    tx: &mut Tx,
    program_id: i64,
    (lines, ids): (&[PartnerPayout], &[String]),
    begun: &(dyn Fn(&PartnerPayout) -> (Option<String>, Date) + Sync),
    actor: &Actor,
    now: Timestamp,
) -> Result<(), DbError> {
    if lines.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let row = tx
        .row("SELECT COALESCE(MAX(payout_id), 0) FROM payout WHERE tenant_id = $1", args![tenant])
        .await?;
    let first = row.map_or(0, |row| row.int(0)) + 1;
    let amounts = |read: fn(&PayoutLine) -> Decimal| {
        Column::Text(lines.iter().map(|one| read(&one.line).normalize().to_string()).collect())
    };
    let status = |line: &PayoutLine| {
        // Nothing to pay is nothing to decide.
        let status =
            if line.amount.is_zero() { PayoutStatus::Approved } else { PayoutStatus::Pending };
        status.word().to_owned()
    };
    let begun: Vec<(Option<String>, Date)> = lines.iter().map(begun).collect();
    let due_of = |(one, begun): (&PartnerPayout, &(Option<String>, Date))| {
        (!one.line.amount.is_zero()).then(|| days_of(begun.1))
    };
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(lines.len()).collect()),
        Column::Text(ids.to_vec()),
        Column::same(program_id),
        Column::Int(lines.iter().map(|one| one.partner_id).collect()),
        Column::Text(lines.iter().map(|one| one.line.period.name.to_string()).collect()),
        Column::Int(lines.iter().map(|one| days_of(one.line.period.start)).collect()),
        Column::Text(lines.iter().map(|one| one.unit.to_string()).collect()),
        amounts(|line| line.calculated),
        amounts(|line| line.prior_period),
        amounts(|line| line.adjustments),
        amounts(|line| line.carried_in),
        amounts(|line| line.carried_out),
        amounts(|line| line.lapsed),
        amounts(|line| line.amount),
        Column::Int(lines.iter().map(|one| sort_key(one.line.amount)).collect()),
        Column::Text(lines.iter().map(|one| status(&one.line)).collect()),
        Column::same(actor.name().to_owned()),
        Column::same(actor_id(actor).to_owned()),
        Column::same(now),
        Column::OptInt(lines.iter().zip(&begun).map(due_of).collect()),
        Column::OptText(begun.into_iter().map(|(chain, _)| chain).collect()),
    ];
    let columns = [
        "tenant_id",
        "payout_id",
        "public_id",
        "program_id",
        "partner_id",
        "period_name",
        "period_day",
        "unit",
        "calculated",
        "prior_period",
        "adjustments",
        "carried_in",
        "carried_out",
        "lapsed",
        "amount",
        "amount_sort",
        "status",
        "created_by",
        "created_by_id",
        "created_at",
        "due_day",
        "chain",
    ];
    tx.insert_many("payout", &columns, data, "").await?;
    Ok(())
}

/// Ids for so many payouts, in the order of their index, so that its pages are touched once.
pub(super) fn payout_ids(count: usize, now: Timestamp) -> Vec<String> {
    let mut ids: Vec<String> = Vec::with_capacity(count);
    ids.resize_with(count, || Id::new(Kind::Payout, now).into());
    ids.sort_unstable();
    ids
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

/// Keeps the state of a payout as it is in the row.
pub(super) async fn set_payout(
    tx: &mut Tx,
    row: &PayoutRow,
    by: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let due = row.due.map(days_of);
    let (id, status) = (&row.public_id, row.status.word());
    if row.status == PayoutStatus::Paid {
        tx.execute(
            "UPDATE payout SET status = $3, paid_by = $4, paid_at = $5, comment = $6 \
             WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id, status, by, now, &row.comment],
        )
        .await?;
    } else {
        tx.execute(
            "UPDATE payout SET status = $3, decided_by = $4, decided_at = $5, comment = $6, \
             round = $7, step = $8, due_day = $9 WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id, status, by, now, &row.comment, row.round, row.step, due],
        )
        .await?;
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
