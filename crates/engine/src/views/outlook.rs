//! Accrual against forecast: what programs accrued in a period, where it leads, what was settled.
//!
//! A forecast is an estimate, linear in days: what is earned so far, times the days of the period,
//! over the days passed. Agreed sums do not grow with days. Of a period that is over nothing is
//! estimated: what was earned stands in its place.

use std::collections::{BTreeMap, BTreeSet};

use domain::amount::Currency;
use domain::period::{Period, day_of};
use domain::program::{AccrueBy, Names};
use domain::settlement::PayoutStatus;
use domain::standing::Pace;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::standing::{rule_of, sum_of};
use crate::args;
use crate::db::{Column, DbError, Reader, days_of};
use crate::exact;
use crate::rules::Rules;

/// Periods of a term looked at: the one that runs and those before it.
const PERIODS_MAX: usize = 5;

/// Which periods to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// That run.
    #[default]
    Running,
    /// That are over.
    Ended,
    All,
}

/// How the forecast was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The period is over: what was earned.
    Final,
    /// The pace so far.
    Pace,
    /// The pace so far at the tiers that the program's declared figures lead to.
    Declared,
}

impl Basis {
    pub fn word(self) -> &'static str {
        match self {
            Basis::Final => "final",
            Basis::Pace => "pace",
            Basis::Declared => "declared",
        }
    }
}

/// One period of a program, in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    pub program: String,
    pub names: Names,
    pub period: Period,
    pub currency: Currency,
    pub basis: Basis,
    /// How much of the period is over; `None` once it is.
    pub pace: Option<Pace>,
    /// What the ledger holds of it.
    pub accrued: Decimal,
    pub earned: Decimal,
    /// At the end of the period.
    pub forecast: Decimal,
    /// Closed and not rejected: what payouts of it come to.
    pub settled: Decimal,
    /// Of that, what was paid.
    pub paid: Decimal,
}

impl Outlook {
    /// What is still to be accrued if the forecast holds.
    pub fn difference(&self) -> Decimal {
        self.forecast.saturating_sub(self.accrued)
    }
}

/// A period of a term: program, term, first day.
type Key = (i64, i64, i64);

/// Reads what is asked for: newest periods first, then by program. `program` is the only one, if
/// it is named.
pub async fn outlook(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
    (program, which): (Option<&str>, Which),
) -> Result<Vec<Outlook>, DbError> {
    let periods = periods(rules, now, program, which);
    let keys: Vec<Key> = periods.keys().copied().collect();
    let earned = sums(reader, &keys, EARNED).await?;
    let accrued = sums(reader, &keys, ACCRUED).await?;
    let mut rows: BTreeMap<(usize, Period, Currency), Outlook> = BTreeMap::new();
    for (key, (at, period)) in periods {
        let plan = &rules.plans[at];
        let term = u16::try_from(key.1).unwrap_or(u16::MAX);
        let Some(rule) = rule_of(plan, term, plan.newest().version) else { continue };
        let today = day_of(now, &plan.zone);
        let pace = Pace::of(&period, today);
        let earned = earned.get(&key).copied().unwrap_or_default();
        let accrued = accrued.get(&key).copied().unwrap_or_default();
        let declared = matches!(rule.term.accrue.by, AccrueBy::Forecast(_));
        // A period without an end runs without a pace: nothing is known of what is to come.
        let (basis, so_far) = match (period.contains(today), declared) {
            (false, _) => (Basis::Final, earned),
            (true, true) => (Basis::Declared, accrued),
            (true, false) => (Basis::Pace, earned),
        };
        let grows = rule.term.measure.is_some();
        let ahead = pace.filter(|_| grows).and_then(|pace| pace.ahead(so_far)).unwrap_or(so_far);
        let row = rows.entry((at, period.clone(), rule.currency)).or_insert_with(|| Outlook {
            program: plan.code.to_string(),
            names: plan.newest().name.clone(),
            period,
            currency: rule.currency,
            basis,
            pace,
            accrued: Decimal::ZERO,
            earned: Decimal::ZERO,
            forecast: Decimal::ZERO,
            settled: Decimal::ZERO,
            paid: Decimal::ZERO,
        });
        row.basis = row.basis.max(basis);
        exact::add(&mut row.accrued, accrued, "accruals")?;
        exact::add(&mut row.earned, earned, "awards")?;
        exact::add(&mut row.forecast, ahead.round_dp(rule.currency.decimals()), "forecasts")?;
    }
    settled(reader, rules, &mut rows).await?;
    let mut found: Vec<Outlook> = rows.into_values().collect();
    found.sort_by(|a, b| {
        (b.period.start, &a.program, a.period.end).cmp(&(a.period.start, &b.program, b.period.end))
    });
    Ok(found)
}

fn periods(
    rules: &Rules,
    now: Timestamp,
    program: Option<&str>,
    which: Which,
) -> BTreeMap<Key, (usize, Period)> {
    let mut found = BTreeMap::new();
    for (at, plan) in rules.shown() {
        if program.is_some_and(|code| code != plan.code.as_str()) {
            continue;
        }
        let today = day_of(now, &plan.zone);
        for (term, of) in (0..).zip(&plan.terms) {
            if crate::wallets::pays_into(rules, rules.program_ids[at], term) {
                continue;
            }
            let periods = of.calendar.up_to(today);
            for period in periods.into_iter().rev().take(PERIODS_MAX) {
                let runs = period.contains(today);
                let wanted = match which {
                    Which::Running => runs,
                    Which::Ended => !runs,
                    Which::All => true,
                };
                if wanted {
                    let key = (rules.program_ids[at], term, days_of(period.start));
                    found.insert(key, (at, period));
                }
            }
        }
    }
    found
}

const EARNED: &str = "SELECT a.program_id, a.term, a.period_day, string_agg(a.amount, ' ') \
    FROM {keys} CROSS JOIN award a WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 \
    AND a.term = k.k2 AND a.period_day = k.k3 GROUP BY a.program_id, a.term, a.period_day";
const ACCRUED: &str = "SELECT a.program_id, a.term, a.period_day, string_agg(a.amount, ' ') \
    FROM {keys} CROSS JOIN accrued a WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 \
    AND a.term = k.k2 AND a.period_day = k.k3 GROUP BY a.program_id, a.term, a.period_day";

/// The exact sum of a table's amounts, by period of a term.
async fn sums(
    reader: &mut Reader,
    keys: &[Key],
    sql: &'static str,
) -> Result<BTreeMap<Key, Decimal>, DbError> {
    let columns = vec![
        Column::Int(keys.iter().map(|key| key.0).collect()),
        Column::Int(keys.iter().map(|key| key.1).collect()),
        Column::Int(keys.iter().map(|key| key.2).collect()),
    ];
    let rows = reader.lookup(sql, args![], columns).await?;
    let sum =
        |row: &crate::db::Row| Ok(((row.int(0), row.int(1), row.int(2)), sum_of(row.text(3))?));
    rows.iter().map(sum).collect()
}

/// Adds what payout periods within a period came to. A payout is counted with the first of a
/// program's rows that holds its first day.
async fn settled(
    reader: &mut Reader,
    rules: &Rules,
    rows: &mut BTreeMap<(usize, Period, Currency), Outlook>,
) -> Result<(), DbError> {
    let programs: BTreeSet<usize> = rows.keys().map(|key| key.0).collect();
    for at in programs {
        let found = reader
            .rows(
                "SELECT period_day, unit, status, string_agg(amount, ' ') FROM payout \
                 WHERE tenant_id = $1 AND program_id = $2 AND status <> $3 \
                 GROUP BY period_day, unit, status",
                args![reader.tenant(), rules.program_ids[at], PayoutStatus::Rejected.word()],
            )
            .await?;
        for payout in found {
            let day = payout.date(0);
            let holds = |(key, row): &(&(usize, Period, Currency), &mut Outlook)| {
                key.0 == at && row.period.contains(day) && key.2.as_str() == payout.text(1)
            };
            let Some((_, row)) = rows.iter_mut().find(holds) else { continue };
            let amount = sum_of(payout.text(3))?;
            exact::add(&mut row.settled, amount, "payouts")?;
            if payout.text(2) == PayoutStatus::Paid.word() {
                exact::add(&mut row.paid, amount, "payouts")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
