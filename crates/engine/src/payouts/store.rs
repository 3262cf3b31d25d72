//! The SQL of payouts.

use domain::settlement::{PayoutLine, PayoutStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{OfPeriod, OfReward, PartnerPayout, PayoutRow, Source};
use crate::access::Actor;
use crate::args;
use crate::db::{Arg, Column, DbError, Reader, Row, Tx, date_of, days_of};
use crate::exact::sort_key;
use crate::id::{Id, Kind};

const COLUMNS: &str = "SELECT p.public_id, p.program_id, g.code, p.partner_id, r.code, \
    p.period_name, p.period_day, p.unit, p.calculated, p.prior_period, p.adjustments, \
    p.carried_in, p.carried_out, p.lapsed, p.amount, p.status, p.created_by, p.created_by_id, \
    p.created_at, p.decided_by, p.decided_at, p.comment, p.paid_at, p.chain, p.round, p.step, \
    p.due_day, p.source_key, p.source, p.payment_run FROM payout p \
    LEFT JOIN program g ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
    JOIN partner r ON r.tenant_id = p.tenant_id AND r.partner_id = p.partner_id";

fn payout_row(row: &Row) -> Result<PayoutRow, DbError> {
    Ok(PayoutRow {
        public_id: row.string(0),
        source: source(row)?,
        partner_id: row.int(3),
        partner_code: row.string(4),
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
    })
}

fn source(row: &Row) -> Result<Source, DbError> {
    if let Some(program_id) = row.opt_int(1) {
        return Ok(Source::Period(OfPeriod {
            program_id,
            program: row.opt_string(2).unwrap_or_default(),
            name: row.string(5),
            start: row.date(6),
        }));
    }
    let kept = row.opt_text(28).unwrap_or_default();
    let read = serde_json::from_str::<OfReward>(kept);
    read.map(Source::Reward).map_err(|_| DbError::OutOfRange { what: "the source of a payout" })
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

async fn rows(
    reader: &mut Reader,
    condition: &str,
    arguments: &[Arg<'_>],
) -> Result<Vec<PayoutRow>, DbError> {
    let sql = format!("{COLUMNS} WHERE p.tenant_id = $1 AND {condition}");
    reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?.iter().map(payout_row).collect()
}

/// A payout by its id.
pub async fn payout(reader: &mut Reader, public_id: &str) -> Result<Option<PayoutRow>, DbError> {
    let tenant = reader.tenant();
    Ok(rows(reader, "p.public_id = $2", args![tenant, public_id]).await?.pop())
}

/// Payouts of a program and period, newest period first, then largest first; 0 and an empty name
/// mean all, those of no program as well.
pub async fn payouts(
    reader: &mut Reader,
    program_id: i64,
    period_name: &str,
    limit: i64,
) -> Result<Vec<PayoutRow>, DbError> {
    let tenant = reader.tenant();
    let condition = "($2 = 0 OR p.program_id = $2) AND ($3 = '' OR p.period_name = $3) \
        ORDER BY p.period_day DESC, p.amount_sort DESC, p.payout_id LIMIT $4";
    rows(reader, condition, args![tenant, program_id, period_name, limit]).await
}

/// Payouts of a partner, newest first.
pub async fn of_partner(
    reader: &mut Reader,
    partner_id: i64,
    limit: i64,
) -> Result<Vec<PayoutRow>, DbError> {
    let tenant = reader.tenant();
    let condition = "p.partner_id = $2 ORDER BY p.period_day DESC, p.payout_id LIMIT $3";
    rows(reader, condition, args![tenant, partner_id, limit]).await
}

/// Approved payouts that are in no file, in the order they were made.
pub async fn fileable(reader: &mut Reader) -> Result<Vec<PayoutRow>, DbError> {
    let tenant = reader.tenant();
    let condition =
        "p.status = $2 AND p.payment_run IS NULL AND p.amount_sort <> 0 ORDER BY p.payout_id";
    rows(reader, condition, args![tenant, PayoutStatus::Approved.word()]).await
}

/// What was made of a source and not withdrawn, each with whether it is paid or stands in a file.
pub(super) async fn of_source(
    reader: &mut Reader,
    source: &Source,
) -> Result<Vec<(PayoutRow, bool)>, DbError> {
    let Some(key) = key(source) else { return Ok(Vec::new()) };
    let sql = format!(
        "{COLUMNS} WHERE p.tenant_id = $1 AND p.source_kind = $2 AND p.source_key = $3 \
         AND p.status <> $4 ORDER BY p.payout_id"
    );
    let withdrawn = PayoutStatus::Withdrawn.word();
    let arguments = args![reader.tenant(), source.word(), key, withdrawn];
    let found = reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?;
    let one = |row: &Row| {
        let payout = payout_row(row)?;
        let is_fixed = payout.status == PayoutStatus::Paid || row.opt_text(29).is_some();
        Ok((payout, is_fixed))
    };
    found.iter().map(one).collect()
}

fn key(source: &Source) -> Option<&str> {
    match source {
        Source::Period(_) => None,
        Source::Reward(of) => Some(&of.order),
    }
}

/// What new payouts are of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of<'a> {
    /// Of the program with that number; each line says its period.
    Program(i64),
    Reward(&'a OfReward),
}

/// Adds payouts, each with its id and how its approval begins.
pub(crate) async fn add(
    tx: &mut Tx,
    of: Of<'_>,
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
    let (program_id, kind, key, source) = match of {
        Of::Program(program_id) => (Some(program_id), "period", None, None),
        Of::Reward(of) => {
            let kept = serde_json::to_string(of).expect("texts and numbers can be written");
            (None, "reward", Some(of.order.clone()), Some(kept))
        }
    };
    let same_text = |text: Option<String>| Column::OptText(vec![text; lines.len()]);
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(lines.len()).collect()),
        Column::Text(ids.to_vec()),
        Column::OptInt(vec![program_id; lines.len()]),
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
        Column::same(actor.public_id().unwrap_or("system").to_owned()),
        Column::same(now),
        Column::OptInt(lines.iter().zip(&begun).map(due_of).collect()),
        Column::OptText(begun.into_iter().map(|(chain, _)| chain).collect()),
        Column::same(kind.to_owned()),
        same_text(key),
        same_text(source),
    ];
    tx.insert_many("payout", &INSERTED, data, "").await?;
    Ok(())
}

const INSERTED: [&str; 25] = [
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
    "source_kind",
    "source_key",
    "source",
];

/// Ids for so many payouts, in the order of their index, so that its pages are touched once.
pub(crate) fn ids(count: usize, now: Timestamp) -> Vec<String> {
    let mut ids: Vec<String> = Vec::with_capacity(count);
    ids.resize_with(count, || Id::new(Kind::Payout, now).into());
    ids.sort_unstable();
    ids
}

/// Keeps the state of a payout as it is in the row.
pub(crate) async fn set(
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

/// The payment file or note a payout stands in, or was settled by.
pub async fn file_of(reader: &mut Reader, id: &str) -> Result<Option<String>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT payment_run FROM payout WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.and_then(|row| row.opt_string(0)))
}

/// Whether all of these payouts are approved and in no file.
pub(crate) async fn are_free(reader: &mut Reader, ids: &[String]) -> Result<bool, DbError> {
    let approved = PayoutStatus::Approved.word();
    let rows = reader
        .lookup(
            "SELECT p.public_id, p.status, p.payment_run FROM {keys} CROSS JOIN payout p \
             WHERE p.tenant_id = k.tenant AND p.public_id = k.k1",
            args![],
            vec![Column::Text(ids.to_vec())],
        )
        .await?;
    let free = rows.iter().filter(|row| row.text(1) == approved && row.opt_text(2).is_none());
    Ok(free.count() == ids.len())
}

/// Says which file or note a payout stands in, or was settled by.
pub(crate) async fn put_in_file(tx: &mut Tx, id: &str, run: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE payout SET payment_run = $3 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, run],
    )
    .await?;
    Ok(())
}

/// Takes a payout out of its file, as if it had never been in it.
pub(crate) async fn take_out_of_file(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE payout SET payment_run = NULL WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id],
    )
    .await?;
    Ok(())
}

/// Takes back that a payout was paid: it is approved, in no file, and `why` stands beside it.
pub(crate) async fn unpaid(tx: &mut Tx, id: &str, why: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE payout SET status = $3, payment_run = NULL, paid_by = NULL, paid_at = NULL, \
         comment = $4 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, PayoutStatus::Approved.word(), why],
    )
    .await?;
    Ok(())
}
