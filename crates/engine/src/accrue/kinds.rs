//! What was accrued, told apart by what made it: for lists, and for the part of a payout that a
//! moved tier makes.
//!
//! # Promises
//!
//! * What a close fixed is told the same way later: what changes afterwards is accrued in periods
//!   that are open then.

use std::collections::BTreeMap;

use domain::amount::Currency;
use domain::booking::BookingKind;
use domain::program::{CatchUp, Release};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::store::decimal;
use crate::args;
use crate::db::{DbError, Reader, date_of, days_of};
use crate::exact;
use crate::rules::Rules;

/// What is added up here, for an error.
const RATED: &str = "what moved tiers add";

/// What one accounting period booked for an award, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccruedRow {
    pub program_id: i64,
    /// Who earned it.
    pub partner_id: i64,
    /// Who is paid it.
    pub payee_id: i64,
    pub term: i64,
    /// First day of the period it was earned in.
    pub period: Date,
    pub group_key: String,
    /// First day of the accounting period.
    pub accounting: Date,
    pub kind: BookingKind,
    pub amount: Decimal,
}

/// Which accruals to list; `None` stands for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccruedFilter {
    pub program_id: Option<i64>,
    /// Who is paid.
    pub partner_id: Option<i64>,
    pub kind: Option<BookingKind>,
    /// Accounting periods that begin on this day or later.
    pub from: Option<Date>,
    /// Accounting periods that begin before this day.
    pub to: Option<Date>,
}

/// Accruals, the newest accounting period first, and how many there are.
pub async fn accruals(
    reader: &mut Reader,
    filter: &AccruedFilter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<AccruedRow>, i64), DbError> {
    // What was booked and taken back leaves a row of nothing.
    let condition = "WHERE tenant_id = $1 AND ($2 = 0 OR program_id = $2) \
        AND ($3 = 0 OR payee_id = $3) AND ($4 = '' OR kind = $4) AND accounting_day >= $5 \
        AND accounting_day < $6 AND amount <> '0'";
    let tenant = reader.tenant();
    let (program, payee) = (filter.program_id.unwrap_or(0), filter.partner_id.unwrap_or(0));
    let kind = filter.kind.map(BookingKind::word).unwrap_or_default();
    let from = filter.from.map_or(i64::MIN, days_of);
    let to = filter.to.map_or(i64::MAX, days_of);
    let sql = format!("SELECT COUNT(*) FROM accrued {condition}");
    let of = args![tenant, program, payee, kind, from, to];
    let total = reader.row(sqlx::AssertSqlSafe(sql), of).await?.map_or(0, |row| row.int(0));
    let sql = format!(
        "SELECT program_id, partner_id, payee_id, term, period_day, group_key, accounting_day, \
         kind, amount FROM accrued {condition} ORDER BY accounting_day DESC, program_id, term, \
         period_day DESC, partner_id, payee_id, group_key, kind LIMIT $7 OFFSET $8"
    );
    let of = args![tenant, program, payee, kind, from, to, limit, offset];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    let row = |row: &crate::db::Row| {
        Some(AccruedRow {
            program_id: row.int(0),
            partner_id: row.int(1),
            payee_id: row.int(2),
            term: row.int(3),
            period: row.date(4),
            group_key: row.string(5),
            accounting: row.date(6),
            kind: BookingKind::from_word(row.text(7))?,
            amount: decimal(row.text(8)),
        })
    };
    Ok((rows.iter().filter_map(row).collect(), total))
}

/// What moved tiers add to payouts, by who is paid, in what, and the payout period's first day.
pub type Rated = BTreeMap<(i64, Currency, Date), Decimal>;

/// What of a program's payouts is there because a tier moved after something was booked at the one
/// before: a part of what they calculate. For terms that pay little by little nothing can be told
/// apart, and nothing is said.
pub async fn rated(
    reader: &mut Reader,
    rules: &Rules,
    program_id: i64,
    payee_id: Option<i64>,
) -> Result<Rated, DbError> {
    let Some(at) = rules.position(program_id) else { return Ok(Rated::new()) };
    let plan = &rules.plans[at];
    let rows = reader
        .rows(
            "SELECT payee_id, term, period_day, accounting_day, amount FROM accrued \
             WHERE tenant_id = $1 AND program_id = $2 AND ($3 = 0 OR payee_id = $3) \
             AND kind = 'rate'",
            args![reader.tenant(), program_id, payee_id.unwrap_or(0)],
        )
        .await?;
    let mut rated = Rated::new();
    for row in &rows {
        let Ok(number) = u16::try_from(row.int(1)) else { continue };
        let Some(of) = plan.terms.get(usize::from(number)) else { continue };
        let newest = plan.newest();
        let pays = newest.terms.iter().find(|term| term.code == of.code).map(|term| &term.payout);
        let day = match pays.map(|payout| (payout.release, payout.catch_up)) {
            Some((Release::Evenly, _)) => continue,
            // What the tiers of earlier payouts left is paid with the last.
            Some((_, CatchUp::End)) => {
                let earned = date_of(row.int(2)).and_then(|day| of.calendar.containing(day));
                earned.map(|earned| earned.last())
            }
            _ => date_of(row.int(3)),
        };
        let earned = date_of(row.int(2)).and_then(|day| of.calendar.containing(day));
        let payout = day.and_then(|day| of.payout.containing(day));
        let Some((earned, payout)) = earned.zip(payout) else { continue };
        // The rest became known late, and is told as that.
        if earned.contains(payout.start) {
            let unit = plan.currency_of(number).unwrap_or(newest.currency);
            let sum = rated.entry((row.int(0), unit, payout.start)).or_default();
            exact::add(sum, decimal(row.text(4)), RATED)?;
        }
    }
    Ok(rated)
}

#[cfg(test)]
mod tests;
