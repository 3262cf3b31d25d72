//! What a program accrued, day by day, and what it owes.
//!
//! Postings are only ever added, so sums of them are remembered with the number of the last one,
//! and only those behind it are read the next time.

use std::collections::{BTreeMap, HashMap};

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
use crate::ledger::{Account, Cause};
use crate::rules::Rules;

/// Postings looked at for one picture; beyond them there is none, as it would take too long.
const POSTINGS_MAX: i64 = 1_000_000;
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
    let accrued = accrued(reader, (program_id, program.code.as_str())).await?;
    let (pending, approved) = (PayoutStatus::Pending.word(), PayoutStatus::Approved.word());
    let sql = format!(
        "SELECT {} FROM payout WHERE tenant_id = $1 AND program_id = $2 AND status IN ($3, $4) \
         AND unit = $5",
        reader.exact_sum("amount")
    );
    let of = args![reader.tenant(), program_id, pending, approved, unit.as_str()];
    let owed = reader.row(sqlx::AssertSqlSafe(sql), of).await?;
    let owed = owed.and_then(|row| row.opt_string(0));
    Ok(Liability {
        accrued: accrued.get(unit.as_str()).copied().unwrap_or_default(),
        payable: owed.as_deref().map(sum_of).transpose()?.unwrap_or_default(),
    })
}

/// What was held when the last posting was this one: by program, then by unit.
#[derive(Default)]
struct Held(HashMap<i64, (i64, BTreeMap<String, Decimal>)>);

/// What a program's accounts hold as accrued, by unit.
async fn accrued(
    reader: &mut Reader,
    (program_id, code): (i64, &str),
) -> Result<BTreeMap<String, Decimal>, DbError> {
    let prefix = format!("accrued/{code}/");
    let newest = newest(reader).await?;
    let known = reader.remembered(|held: &mut Held| held.0.get(&program_id).cloned()).flatten();
    let sums = match known {
        Some((last, sums)) if last == newest => return Ok(sums),
        Some((last, mut sums)) if last < newest => {
            for (unit, added) in held_since(reader, program_id, &prefix, (last, newest)).await? {
                exact::add(sums.entry(unit).or_default(), added, "postings")?;
            }
            sums
        }
        _ => held(reader, &prefix).await?,
    };
    reader.remembered(|held: &mut Held| held.0.insert(program_id, (newest, sums.clone())));
    Ok(sums)
}

/// What postings behind one, up to another, added to a program's accounts of a kind, by unit.
async fn held_since(
    reader: &mut Reader,
    program_id: i64,
    prefix: &str,
    (last, newest): (i64, i64),
) -> Result<Vec<(String, Decimal)>, DbError> {
    let amount = "CASE WHEN c.name >= $3 AND c.name < $4 THEN p.amount \
                  WHEN d.name >= $3 AND d.name < $4 THEN '-' || p.amount ELSE '0' END";
    let sql = format!(
        "SELECT p.unit, {} FROM posting p \
         JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
         JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
         WHERE p.tenant_id = $1 AND p.program_id = $2 AND p.posting_seq > $5 \
         AND p.posting_seq <= $6 GROUP BY p.unit",
        reader.exact_sum(amount)
    );
    let end = format!("{prefix}{}", char::MAX);
    let of = args![reader.tenant(), program_id, prefix, end, last, newest];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    rows.iter().map(|row| Ok((row.string(0), sum_of(row.text(1))?))).collect()
}

/// The number of the last posting.
async fn newest(reader: &mut Reader) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let last = reader
        .row("SELECT MAX(posting_seq) FROM posting WHERE tenant_id = $1", args![tenant])
        .await?;
    Ok(last.and_then(|row| row.opt_int(0)).unwrap_or(0))
}

/// What was accrued on each day, up to a posting; `None` where they are too many to look at.
#[derive(Clone)]
struct Read {
    up_to: i64,
    postings: i64,
    days: Option<BTreeMap<Date, Decimal>>,
}

/// By program, term and first day of the period.
#[derive(Default)]
struct Days(HashMap<(i64, u16, Date), Read>);
/// Periods that are remembered; beyond, all are forgotten.
const PERIODS_REMEMBERED_MAX: usize = 2_000;

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
    let key = (program_id, term, period.start);
    let newest = newest(reader).await?;
    let known = reader.remembered(|days: &mut Days| days.0.get(&key).cloned()).flatten();
    let mut read = if let Some(known) = known.filter(|known| known.up_to <= newest) {
        known
    } else {
        let up_to = last_before(reader, zone, (period.start, newest)).await?;
        Read { up_to, postings: 0, days: Some(BTreeMap::new()) }
    };
    // Days as the program's zone had them when the period began.
    let offset = zone_offset(zone, period.start);
    if read.up_to < newest && read.days.is_some() {
        let program = rules.plans[at].code.to_string();
        let expense = Account::Expense { program }.to_string();
        read.add(reader, key, (newest, offset), &expense).await?;
    }
    read.up_to = newest;
    let mut total = Decimal::ZERO;
    let mut days = Vec::new();
    for (day, added) in read.days.iter().flatten() {
        exact::add(&mut total, *added, "postings")?;
        days.push((*day, total));
    }
    reader.remembered(|all: &mut Days| {
        if all.0.len() >= PERIODS_REMEMBERED_MAX {
            all.0.clear();
        }
        all.0.insert(key, read)
    });
    Ok(days)
}

impl Read {
    /// Adds the postings behind those that were read. What is credited to the program's expenses is
    /// taken back.
    async fn add(
        &mut self,
        reader: &mut Reader,
        (program_id, term, start): (i64, u16, Date),
        (newest, offset): (i64, i64),
        expense: &str,
    ) -> Result<(), DbError> {
        let Some(days) = &mut self.days else { return Ok(()) };
        let amount = "CASE WHEN p.cause = $3 AND p.term = $4 AND p.period_day = $5 THEN CASE \
             WHEN p.credit_id = (SELECT account_id FROM account WHERE tenant_id = $1 AND name = $8) \
             THEN '-' || p.amount ELSE p.amount END END";
        let sql = format!(
            "SELECT (p.recorded + {offset}) / {MICROSECONDS_PER_DAY}, COUNT(*), {} \
             FROM (SELECT recorded, cause, term, period_day, credit_id, amount FROM posting \
             WHERE tenant_id = $1 AND program_id = $2 AND posting_seq > $6 AND posting_seq <= $7 \
             ORDER BY posting_seq LIMIT {}) p GROUP BY 1 ORDER BY 1",
            reader.exact_sum(amount),
            POSTINGS_MAX + 1 - self.postings
        );
        let (cause, day) = (Cause::Accrual.word(), days_of(start));
        let (tenant, term) = (reader.tenant(), i64::from(term));
        let of = args![tenant, program_id, cause, term, day, self.up_to, newest, expense];
        for row in reader.rows(sqlx::AssertSqlSafe(sql), of).await? {
            self.postings += row.int(1);
            let Some((added, day)) = row.opt_text(2).zip(date_of(row.int(0))) else { continue };
            exact::add(days.entry(day).or_default(), sum_of(added)?, "postings")?;
        }
        if POSTINGS_MAX < self.postings {
            self.days = None;
        }
        Ok(())
    }
}

/// The last posting recorded before a day began, so that older ones need not be read: postings are
/// numbered in the order they are recorded in.
async fn last_before(
    reader: &mut Reader,
    zone: &TimeZone,
    (day, newest): (Date, i64),
) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let began = day.to_zoned(zone.clone()).map_or(i64::MIN, |at| at.timestamp().as_microsecond());
    // Postings up to `low` are older; those from `high` on are not.
    let (mut low, mut high) = (0, newest + 1);
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
