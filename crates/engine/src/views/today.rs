//! Today: where a call changes a result, what may be closed, what waits for somebody's word, and
//! what needs a person to look at it.

use std::collections::BTreeMap;

use domain::period::Period;
use domain::program::Names;
use domain::settlement::AdjustmentStatus;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Standing;
use super::attainment::NEAR;
use super::programs::{Amounts, Stock, amounts, held, running_keys, stock};
use super::standing::{FIGURES, FIGURES_COUNT, Figures, figures, standings, sum_of};
use crate::accrue::sums;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row};
use crate::exact;
use crate::rules::Rules;
use crate::settle::{self, AdjustmentRow, PeriodState};
use crate::wallets;

/// Near misses shown at most.
const NEAR_MAX: usize = 20;
/// Imports with refused rows shown at most.
const IMPORTS_MAX: i64 = 10;
/// Imports whose refused rows are looked through for codes nobody knows.
const IMPORTS_READ: i64 = 50;
/// Unknown codes shown at most.
const UNKNOWN_MAX: i64 = 20;

/// What a manager looks at in the morning.
#[derive(Debug, Clone)]
pub struct Today {
    pub stock: Stock,
    /// Partners for whom a little more changes the result, by what it is worth.
    pub near: Vec<NearMiss>,
    /// How many there are in all.
    pub near_all: i64,
    /// Periods that may be closed, then those that soon may.
    pub closes: Vec<Close>,
    pub payouts: Vec<PayoutsWaiting>,
    /// Adjustments that wait for a second person.
    pub adjustments: Vec<AdjustmentRow>,
    /// Recent imports with refused rows.
    pub refused: Vec<RefusedRows>,
    /// What recent imports name and nobody has registered since.
    pub unknown: Vec<Unknown>,
    /// Facts that count for nothing until something arrives, by reason.
    pub waiting: Vec<(String, i64)>,
    /// What the ledger holds as accrued and not settled, by currency.
    pub accrued: BTreeMap<String, Decimal>,
}

/// A partner close to the next tier.
#[derive(Debug, Clone)]
pub struct NearMiss {
    pub code: String,
    pub names: Names,
    pub region: Option<String>,
    pub standing: Standing,
}

/// A payout period that is over and not closed.
#[derive(Debug, Clone)]
pub struct Close {
    pub program_id: i64,
    pub program: String,
    pub program_names: Names,
    pub period: Period,
    pub is_ready: bool,
    /// First day on which it may be closed.
    pub closable_from: Date,
    /// What it will book, by currency, the program's own first.
    pub amounts: Amounts,
    pub partners: i64,
    /// Facts of the program that wait for something.
    pub waiting: i64,
}

/// Payouts of a program and period, or of orders of rewards, that wait for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutsWaiting {
    /// Program and name of the period; `None` for what orders of rewards owe.
    pub period: Option<(String, String)>,
    pub payouts: i64,
    pub unit: String,
    pub amount: Decimal,
}

/// A code that rows were refused for because nothing by it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// `unknown_product` or `unknown_partner`.
    pub reason: String,
    pub code: String,
    pub rows: i64,
    /// The newest import with such rows.
    pub import: String,
}

/// An import with refused rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRows {
    pub import: String,
    pub name: String,
    pub started_at: Timestamp,
    pub rows: i64,
    /// By reason, most first.
    pub reasons: Vec<(String, i64)>,
}

/// Reads the page.
pub async fn today(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Today, DbError> {
    let (near, near_all) = near(reader, rules, master, now).await?;
    Ok(Today {
        stock: stock(reader, master).await?,
        near,
        near_all,
        closes: closes(reader, rules, now).await?,
        payouts: payouts(reader).await?,
        adjustments: settle::adjustments(reader, 0, Some(AdjustmentStatus::Pending)).await?,
        refused: refused(reader).await?,
        unknown: unknown(reader).await?,
        waiting: waiting(reader).await?,
        accrued: held(reader, "accrued/").await?,
    })
}

async fn near(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<(Vec<NearMiss>, i64), DbError> {
    let region = reader.json_text("p.fields", "region");
    let (mut all, mut found) = (0, Vec::new());
    for (program_id, term, day) in running_keys(rules, now) {
        let which = format!(
            "FROM award a WHERE a.tenant_id = $1 AND a.program_id = $2 AND a.term = $3 \
             AND a.period_day = $4 AND {NEAR}"
        );
        let args = args![reader.tenant(), program_id, term, day];
        all += sums::near(reader, (program_id, term, day)).await?;
        // First which they are, from what an index holds.
        let sql = format!(
            "SELECT {FIGURES}, p.code, p.names, {region} FROM (SELECT a.tenant_id, a.program_id, \
             a.partner_id, a.term, a.period_day, a.group_key {which} \
             ORDER BY a.worth_sort DESC, a.partner_id LIMIT {NEAR_MAX}) t \
             JOIN award a ON a.tenant_id = t.tenant_id AND a.program_id = t.program_id \
             AND a.partner_id = t.partner_id AND a.term = t.term AND a.period_day = t.period_day \
             AND a.group_key = t.group_key JOIN partner p ON p.tenant_id = t.tenant_id \
             AND p.partner_id = t.partner_id ORDER BY a.worth_sort DESC, a.partner_id"
        );
        for row in reader.rows(sqlx::AssertSqlSafe(sql), args).await? {
            let names: Names =
                serde_json::from_str(row.text(FIGURES_COUNT + 1)).unwrap_or_default();
            let of = (row.string(FIGURES_COUNT), names, row.opt_string(FIGURES_COUNT + 2));
            found.push((figures(&row), of));
        }
    }
    let worth = |of: &Figures| of.next.as_ref().and_then(|next| next.worth).unwrap_or_default();
    found.sort_by_key(|(figures, _)| std::cmp::Reverse(worth(figures)));
    found.truncate(NEAR_MAX);
    let (rows, partners): (Vec<Figures>, Vec<_>) = found.into_iter().unzip();
    let standings = standings(reader, rules, master, now, &rows).await?;
    let near = partners
        .into_iter()
        .zip(standings)
        .filter_map(|((code, names, region), standing)| {
            Some(NearMiss { code, names, region, standing: standing? })
        })
        .collect();
    Ok((near, all))
}

async fn closes(reader: &mut Reader, rules: &Rules, now: Timestamp) -> Result<Vec<Close>, DbError> {
    let mut found = Vec::new();
    for (at, plan) in rules.shown() {
        let program_id = rules.program_ids[at];
        let tenant = reader.tenant();
        let over: Vec<_> = settle::periods(plan, &rules.closes[at], now)
            .into_iter()
            .filter(|view| matches!(view.state, PeriodState::Ready | PeriodState::Waiting))
            .collect();
        if over.is_empty() {
            continue;
        }
        let waiting = reader
            .row(
                "SELECT COUNT(DISTINCT key) FROM waiting WHERE tenant_id = $1 AND program_id = $2",
                args![tenant, program_id],
            )
            .await?
            .map_or(0, |row| row.int(0));
        let dues = reader
            .rows(
                "SELECT payout_day, COUNT(DISTINCT payee_id) FROM due \
                 WHERE tenant_id = $1 AND program_id = $2 GROUP BY payout_day",
                args![tenant, program_id],
            )
            .await?;
        let by_term = reader
            .rows(
                "SELECT payout_day, term, string_agg(amount, ' ') FROM due \
                 WHERE tenant_id = $1 AND program_id = $2 GROUP BY payout_day, term",
                args![tenant, program_id],
            )
            .await?;
        for view in over {
            let due = dues.iter().find(|row| row.date(0) == view.period.start);
            let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
            let in_money = |row: &&Row| !wallets::pays_into(rules, program_id, row.int(1));
            let of_period = by_term.iter().filter(|row| row.date(0) == view.period.start);
            for row in of_period.filter(in_money) {
                let unit = u16::try_from(row.int(1)).ok().and_then(|term| plan.currency_of(term));
                if let Some(unit) = unit {
                    let sum = sums.entry(unit.to_string()).or_default();
                    exact::add(sum, sum_of(row.text(2))?, "what is due")?;
                }
            }
            if view.is_correction && sums.values().all(Decimal::is_zero) {
                continue;
            }
            found.push(Close {
                program_id,
                program: plan.code.to_string(),
                program_names: plan.newest().name.clone(),
                is_ready: view.state == PeriodState::Ready,
                closable_from: view.closable_from,
                amounts: amounts(plan, &sums),
                partners: due.map_or(0, |row| row.int(1)),
                waiting,
                period: view.period,
            });
        }
    }
    found.sort_by(|a, b| {
        (!a.is_ready, a.closable_from, &a.program).cmp(&(!b.is_ready, b.closable_from, &b.program))
    });
    Ok(found)
}

async fn payouts(reader: &mut Reader) -> Result<Vec<PayoutsWaiting>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT p.program_id, g.code, p.period_name, COUNT(*), p.unit, \
             string_agg(p.amount, ' ') FROM payout p LEFT JOIN program g \
             ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
             WHERE p.tenant_id = $1 AND p.status = 'pending' \
             GROUP BY p.program_id, g.code, p.period_name, p.unit \
             ORDER BY MIN(p.period_day), g.code, p.unit",
            args![tenant],
        )
        .await?;
    let waiting = |row: &crate::db::Row| -> Result<PayoutsWaiting, DbError> {
        Ok(PayoutsWaiting {
            period: row.opt_string(1).map(|program| (program, row.string(2))),
            payouts: row.int(3),
            unit: row.string(4),
            amount: sum_of(row.text(5))?,
        })
    };
    rows.iter().map(waiting).collect()
}

async fn refused(reader: &mut Reader) -> Result<Vec<RefusedRows>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT import_id, public_id, name, started_at, rejected FROM import \
             WHERE tenant_id = $1 AND rejected > 0 ORDER BY import_id DESC LIMIT $2",
            args![tenant, IMPORTS_MAX],
        )
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let reasons = reader
            .rows(
                "SELECT reason, COUNT(*) FROM import_rejection WHERE tenant_id = $1 \
                 AND import_id = $2 GROUP BY reason ORDER BY COUNT(*) DESC, reason",
                args![tenant, row.int(0)],
            )
            .await?;
        found.push(RefusedRows {
            import: row.string(1),
            name: row.string(2),
            started_at: row.instant(3),
            rows: row.int(4),
            reasons: reasons.iter().map(|row| (row.string(0), row.int(1))).collect(),
        });
    }
    Ok(found)
}

/// Products and partners that recent imports name and nobody has registered since, those with
/// most rows first.
pub async fn unknown(reader: &mut Reader) -> Result<Vec<Unknown>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "SELECT r.reason, r.value, COUNT(*) AS refused, MAX(r.import_id) \
         FROM (SELECT import_id FROM import WHERE tenant_id = $1 AND rejected > 0 \
         ORDER BY import_id DESC LIMIT {IMPORTS_READ}) i \
         JOIN import_rejection r ON r.tenant_id = $1 AND r.import_id = i.import_id \
         LEFT JOIN product d ON r.reason = 'unknown_product' AND d.tenant_id = $1 \
         AND d.code = r.value \
         LEFT JOIN partner p ON r.reason = 'unknown_partner' AND p.tenant_id = $1 \
         AND p.code = r.value \
         WHERE r.reason IN ('unknown_product', 'unknown_partner') AND r.value IS NOT NULL \
         AND d.code IS NULL AND p.code IS NULL \
         GROUP BY r.reason, r.value ORDER BY refused DESC, r.reason, r.value LIMIT {UNKNOWN_MAX}"
    );
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    let mut found = Vec::new();
    for row in rows {
        let import = reader
            .row(
                "SELECT public_id FROM import WHERE tenant_id = $1 AND import_id = $2",
                args![tenant, row.int(3)],
            )
            .await?;
        found.push(Unknown {
            reason: row.string(0),
            code: row.string(1),
            rows: row.int(2),
            import: import.map(|row| row.string(0)).unwrap_or_default(),
        });
    }
    Ok(found)
}

/// Facts that wait, by reason, most first.
pub async fn waiting(reader: &mut Reader) -> Result<Vec<(String, i64)>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT reason, COUNT(DISTINCT key) AS facts FROM waiting WHERE tenant_id = $1 \
             GROUP BY reason ORDER BY facts DESC, reason",
            args![tenant],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1))).collect())
}
