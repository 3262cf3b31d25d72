//! What a program accrued, day by day, and what it owes.

use domain::amount::Currency;
use domain::period::Period;
use domain::settlement::PayoutStatus;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::programs::held;
use super::standing::sum_of;
use crate::args;
use crate::db::{DbError, Reader, date_of, days_of};
use crate::exact;
use crate::ledger::Cause;
use crate::rules::Rules;

/// Postings looked at for one picture; beyond them there is none, as it would take too long.
const POSTINGS_MAX: i64 = 100_000;
const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// What a program owes in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Liability {
    /// Booked, and its period not closed.
    pub accrued: Decimal,
    /// Closed, and not paid.
    pub payable: Decimal,
}

/// What the ledger holds for a program in one currency.
pub async fn liability(
    reader: &mut Reader,
    rules: &Rules,
    (program_id, unit): (i64, Currency),
) -> Result<Liability, DbError> {
    let Some(at) = rules.position(program_id) else { return Ok(Liability::default()) };
    let program = rules.plans[at].newest();
    let accrued = held(reader, &format!("accrued/{}/", program.code)).await?;
    let (pending, approved) = (PayoutStatus::Pending.word(), PayoutStatus::Approved.word());
    let owed = reader
        .row(
            "SELECT string_agg(amount, ' ') FROM payout WHERE tenant_id = $1 \
             AND program_id = $2 AND status IN ($3, $4) AND unit = $5",
            args![reader.tenant(), program_id, pending, approved, unit.as_str()],
        )
        .await?;
    let owed = owed.and_then(|row| row.opt_string(0));
    Ok(Liability {
        accrued: accrued.get(unit.as_str()).copied().unwrap_or_default(),
        payable: owed.as_deref().map(sum_of).transpose()?.unwrap_or_default(),
    })
}

/// What a period of a term had accrued at the end of each day on which something was posted,
/// ascending, as the ledger recorded it. Days are those of the program. Empty where there are too
/// many postings to look at.
pub async fn by_day(
    reader: &mut Reader,
    rules: &Rules,
    (program_id, term): (i64, u16),
    period: &Period,
) -> Result<Vec<(Date, Decimal)>, DbError> {
    let Some(at) = rules.position(program_id) else { return Ok(Vec::new()) };
    let zone = &rules.plans[at].zone;
    let after = last_before(reader, zone, period.start).await?;
    // Days as the program's zone had them when the period began.
    let offset = zone_offset(zone, period.start);
    let sql = format!(
        "SELECT (p.recorded + {offset}) / {MICROSECONDS_PER_DAY}, COUNT(*), \
         string_agg(CASE WHEN p.cause = $3 AND p.term = $4 AND p.period_day = $5 THEN \
         CASE WHEN c.name LIKE 'expense/%' THEN '-' || p.amount ELSE p.amount END END, ' ') \
         FROM (SELECT * FROM posting WHERE tenant_id = $1 AND program_id = $2 \
         AND posting_seq > $6 ORDER BY posting_seq LIMIT {}) p \
         JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
         GROUP BY 1 ORDER BY 1",
        POSTINGS_MAX + 1
    );
    let (cause, day) = (Cause::Accrual.word(), days_of(period.start));
    let args = args![reader.tenant(), program_id, cause, i64::from(term), day, after];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    if POSTINGS_MAX < rows.iter().map(|row| row.int(1)).sum() {
        return Ok(Vec::new());
    }
    let mut total = Decimal::ZERO;
    let mut days = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(added) = row.opt_text(2) else { continue };
        exact::add(&mut total, sum_of(added)?, "postings")?;
        days.extend(date_of(row.int(0)).map(|day| (day, total)));
    }
    Ok(days)
}

/// The last posting recorded before a day began, so that older ones need not be read: postings are
/// numbered in the order they are recorded in.
async fn last_before(reader: &mut Reader, zone: &TimeZone, day: Date) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let began = day.to_zoned(zone.clone()).map_or(i64::MIN, |at| at.timestamp().as_microsecond());
    let last = reader
        .row("SELECT MAX(posting_seq) FROM posting WHERE tenant_id = $1", args![tenant])
        .await?;
    // Postings up to `low` are older; those from `high` on are not.
    let (mut low, mut high) = (0, last.and_then(|row| row.opt_int(0)).unwrap_or(0) + 1);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        let row = reader
            .row(
                "SELECT recorded, posting_seq FROM posting WHERE tenant_id = $1 \
                 AND posting_seq >= $2 ORDER BY posting_seq LIMIT 1",
                args![tenant, middle],
            )
            .await?;
        match row {
            Some(row) if row.int(0) < began => low = row.int(1),
            _ => high = middle,
        }
    }
    Ok(low)
}

fn zone_offset(zone: &TimeZone, day: Date) -> i64 {
    let at = day.to_zoned(zone.clone());
    at.map_or(0, |at| i64::from(at.offset().seconds()) * 1_000_000)
}
