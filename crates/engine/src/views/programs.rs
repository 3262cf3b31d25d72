//! Programs in a list, and what stands above a program's page.

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::period::{Period, day_of};
use domain::plan::Plan;
use domain::program::{Every, Names, Program};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::standing::sum_of;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, days_of};
use crate::exact;
use crate::rules::{self, Rules, VersionRow, VersionStatus};
use crate::wallets;

/// What is in several currencies, each once. Never one number.
pub type Amounts = Vec<(Currency, Decimal)>;

/// Where a program is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramState {
    /// No version of it acts.
    Draft,
    /// Its first day is to come.
    Planned,
    Running,
    Ended,
}

/// A program in the list.
#[derive(Debug, Clone)]
pub struct ProgramLine {
    pub program_id: i64,
    pub code: String,
    pub names: Names,
    /// The number of its contract or the like, and a page about it.
    pub reference: Option<String>,
    pub url: Option<String>,
    pub state: ProgramState,
    /// The newest that acts; of a draft its own.
    pub version: u32,
    /// A newer version that does not act yet.
    pub draft: Option<u32>,
    pub currency: Currency,
    pub starts: Date,
    /// Last day.
    pub ends: Option<Date>,
    /// Of its first term.
    pub every: Every,
    pub fiscal_year_from: i8,
    /// The period of its first term that runs.
    pub period: Option<Period>,
    /// In periods that run.
    pub running: Running,
}

/// Figures of the periods of a program that run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Partners with facts that count.
    pub partners: i64,
    /// Partners who lack a tenth or less of a threshold.
    pub near: i64,
    /// By currency, the program's own first.
    pub earned: Amounts,
}

/// What stands above a program's page.
#[derive(Debug, Clone)]
pub struct ProgramHead {
    pub line: ProgramLine,
    pub description: Names,
    /// From when the newest version acts.
    pub version_from: Date,
    /// What the ledger holds as accrued and not settled, by currency, the program's own first.
    pub accrued: Amounts,
    /// What accounting periods booked, oldest first.
    pub by_accounting_period: Vec<Accounting>,
    /// Newest first.
    pub versions: Vec<VersionRow>,
}

/// What an accounting period booked for a program in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounting {
    pub period: Period,
    pub unit: Currency,
    pub amount: Decimal,
}

/// All programs: those that run first, then by code.
pub async fn programs(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<ProgramLine>, DbError> {
    let known = rules::programs(reader).await?;
    let versions = rules::list(reader).await?;
    let figures = running(reader, rules, now).await?;
    let mut lines = Vec::new();
    for program in known {
        let mut drafts = versions.iter().filter(|version| {
            version.program_id == program.program_id && version.status == VersionStatus::Draft
        });
        let draft = drafts.next();
        let figures = figures.get(&program.program_id).cloned().unwrap_or_default();
        let id = program.program_id;
        let line = match rules.position(id) {
            Some(at) => Some(active(rules, at, draft, figures, now)),
            None => draft.and_then(|draft| of_draft(id, draft)),
        };
        lines.extend(line);
    }
    lines.sort_by(|a, b| (rank(a.state), &a.code).cmp(&(rank(b.state), &b.code)));
    Ok(lines)
}

fn rank(state: ProgramState) -> u8 {
    match state {
        ProgramState::Running => 0,
        ProgramState::Planned => 1,
        ProgramState::Draft => 2,
        ProgramState::Ended => 3,
    }
}

fn active(
    rules: &Rules,
    at: usize,
    draft: Option<&VersionRow>,
    running: Running,
    now: Timestamp,
) -> ProgramLine {
    let plan = &rules.plans[at];
    let today = day_of(now, &plan.zone);
    let program = plan.newest();
    let state = if today < program.starts {
        ProgramState::Planned
    } else if program.ends.is_some_and(|ends| ends < today) {
        ProgramState::Ended
    } else {
        ProgramState::Running
    };
    let period = plan.terms.first().and_then(|term| term.calendar.containing(today));
    let draft = draft.and_then(|draft| u32::try_from(draft.version).ok());
    let line = line(rules.program_ids[at], program, state);
    ProgramLine { draft, period, running, ..line }
}

fn of_draft(program_id: i64, draft: &VersionRow) -> Option<ProgramLine> {
    let program = rules::read_program(&draft.text).ok()?;
    Some(line(program_id, &program, ProgramState::Draft))
}

fn line(program_id: i64, program: &Program, state: ProgramState) -> ProgramLine {
    let periods = program.terms.first().map(|term| &term.periods);
    ProgramLine {
        program_id,
        code: program.code.to_string(),
        names: program.name.clone(),
        reference: program.reference.clone(),
        url: program.url.clone(),
        state,
        version: program.version,
        draft: None,
        currency: program.currency,
        starts: program.starts,
        ends: program.ends,
        every: periods.map_or(Every::Program, |periods| periods.every.clone()),
        fiscal_year_from: periods.map_or(1, |periods| periods.fiscal_year_from),
        period: None,
        running: Running::default(),
    }
}

/// The terms and periods that run and pay money: program, term, first day. Points are no amount.
pub(super) fn running_keys(rules: &Rules, now: Timestamp) -> Vec<(i64, i64, i64)> {
    let mut keys = Vec::new();
    for (at, plan) in rules.shown() {
        let program_id = &rules.program_ids[at];
        let today = day_of(now, &plan.zone);
        for (term, of) in (0_i64..).zip(&plan.terms) {
            if wallets::pays_into(rules, *program_id, term) {
                continue;
            }
            if let Some(period) = of.calendar.containing(today) {
                keys.push((*program_id, term, days_of(period.start)));
            }
        }
    }
    keys
}

async fn running(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
) -> Result<HashMap<i64, Running>, DbError> {
    let keys = running_keys(rules, now);
    let rows = reader
        .lookup(
            "SELECT a.program_id, COUNT(DISTINCT a.partner_id), COUNT(DISTINCT CASE WHEN \
             a.gap_sort > 0 AND a.worth_sort > 0 AND a.gap_sort <= a.qualifier_sort / 9 \
             THEN a.partner_id END), string_agg(a.amount, ' ') \
             FROM {keys} CROSS JOIN award a WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 \
             AND a.term = k.k2 AND a.period_day = k.k3 GROUP BY a.program_id",
            args![],
            vec![
                Column::Int(keys.iter().map(|key| key.0).collect()),
                Column::Int(keys.iter().map(|key| key.1).collect()),
                Column::Int(keys.iter().map(|key| key.2).collect()),
            ],
        )
        .await?;
    let mut found = HashMap::new();
    for row in &rows {
        let Some(at) = rules.position(row.int(0)) else { continue };
        let own = rules.plans[at].newest().currency;
        let earned = vec![(own, sum_of(row.text(3))?)];
        found.insert(row.int(0), Running { partners: row.int(1), near: row.int(2), earned });
    }
    earned_apart(reader, rules, &keys, &mut found).await?;
    Ok(found)
}

/// What was earned in programs that pay in several currencies, each by itself.
async fn earned_apart(
    reader: &mut Reader,
    rules: &Rules,
    keys: &[(i64, i64, i64)],
    found: &mut HashMap<i64, Running>,
) -> Result<(), DbError> {
    let is_mixed =
        |id: i64| rules.position(id).is_some_and(|at| rules.plans[at].currencies().len() > 1);
    let keys: Vec<_> = keys.iter().filter(|key| is_mixed(key.0)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let rows = reader
        .lookup(
            "SELECT a.program_id, a.unit, string_agg(a.amount, ' ') \
             FROM {keys} CROSS JOIN award a WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 \
             AND a.term = k.k2 AND a.period_day = k.k3 GROUP BY a.program_id, a.unit",
            args![],
            vec![
                Column::Int(keys.iter().map(|key| key.0).collect()),
                Column::Int(keys.iter().map(|key| key.1).collect()),
                Column::Int(keys.iter().map(|key| key.2).collect()),
            ],
        )
        .await?;
    let mut sums: HashMap<i64, BTreeMap<String, Decimal>> = HashMap::new();
    for row in &rows {
        sums.entry(row.int(0)).or_default().insert(row.string(1), sum_of(row.text(2))?);
    }
    for (program_id, sums) in sums {
        if let (Some(running), Some(at)) = (found.get_mut(&program_id), rules.position(program_id))
        {
            running.earned = amounts(&rules.plans[at], &sums);
        }
    }
    Ok(())
}

/// What there is of each currency of a program that has any, its own first, and always.
pub(super) fn amounts(plan: &Plan, sums: &BTreeMap<String, Decimal>) -> Amounts {
    let own = plan.newest().currency;
    let amount = |unit: Currency| sums.get(unit.as_str()).copied().unwrap_or_default();
    let all = plan.currencies().into_iter().map(|unit| (unit, amount(unit)));
    all.filter(|(unit, amount)| *unit == own || !amount.is_zero()).collect()
}

/// What stands above the page of a program. `None` if there is none with that code.
pub async fn head(
    reader: &mut Reader,
    rules: &Rules,
    now: Timestamp,
    code: &str,
) -> Result<Option<ProgramHead>, DbError> {
    let Some(program) = rules::program_by_code(reader, code).await? else { return Ok(None) };
    let versions = rules::versions(reader, program.program_id).await?;
    let draft = versions.iter().find(|version| version.status == VersionStatus::Draft);
    let Some(at) = rules.position(program.program_id) else {
        let Some(line) = draft.and_then(|draft| of_draft(program.program_id, draft)) else {
            return Ok(None);
        };
        return Ok(Some(ProgramHead {
            description: Names::new(),
            version_from: line.starts,
            accrued: vec![(line.currency, Decimal::ZERO)],
            by_accounting_period: Vec::new(),
            line,
            versions,
        }));
    };
    let plan = &rules.plans[at];
    let figures = running(reader, rules, now).await?;
    let running = figures.get(&program.program_id).cloned().unwrap_or_default();
    let line = active(rules, at, draft, running, now);
    let prefix = format!("accrued/{code}/");
    let accrued = held(reader, &prefix).await?;
    Ok(Some(ProgramHead {
        description: plan.newest().description.clone(),
        version_from: plan.versions.last().map_or(line.starts, |version| version.from),
        accrued: amounts(plan, &accrued),
        by_accounting_period: by_accounting_period(reader, rules, at).await?,
        line,
        versions,
    }))
}

/// What accounts hold whose names begin so, by unit: credit less debit.
pub(super) async fn held(
    reader: &mut Reader,
    prefix: &str,
) -> Result<BTreeMap<String, Decimal>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "SELECT b.unit, {}, {} FROM account a \
         JOIN balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.account_id \
         WHERE a.tenant_id = $1 AND a.name >= $2 AND a.name < $3 GROUP BY b.unit",
        reader.exact_sum("b.credit"),
        reader.exact_sum("b.debit"),
    );
    let of = args![tenant, prefix, format!("{prefix}{}", char::MAX)];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    let amount =
        |row: &crate::db::Row| exact::less(sum_of(row.text(1))?, sum_of(row.text(2))?, "balances");
    rows.iter().map(|row| Ok((row.string(0), amount(row)?))).collect()
}

/// What accounting periods booked, of all terms together; where terms have periods of different
/// lengths, each keeps its own.
async fn by_accounting_period(
    reader: &mut Reader,
    rules: &Rules,
    at: usize,
) -> Result<Vec<Accounting>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT term, accounting_day, string_agg(amount, ' ') FROM accrued \
             WHERE tenant_id = $1 AND program_id = $2 GROUP BY term, accounting_day",
            args![tenant, rules.program_ids[at]],
        )
        .await?;
    let plan = &rules.plans[at];
    let mut sums: BTreeMap<(Period, Currency), Decimal> = BTreeMap::new();
    for row in rows {
        let found = || {
            let of = u16::try_from(row.int(0)).ok()?;
            let term = plan.terms.get(usize::from(of))?;
            let day = row.date(1);
            // What arrives after the last period is booked beyond the calendar.
            let period = term.accounting.containing(day).or_else(|| {
                let last = term.accounting.containing(term.accounting.last()?)?;
                term.accounting.next(&last).filter(|next| next.start == day)
            })?;
            Some((period, plan.currency_of(of)?))
        };
        if let Some(of) = found() {
            exact::add(sums.entry(of).or_default(), sum_of(row.text(2))?, "accruals")?;
        }
    }
    let one = |((period, unit), amount)| Accounting { period, unit, amount };
    Ok(sums.into_iter().map(one).collect())
}

/// How many programs there are for the partners of the vendor, and what is in the house.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    pub partners: i64,
    pub products: i64,
    pub facts: i64,
    pub programs: i64,
}

pub(super) async fn stock(reader: &mut Reader, master: &MasterData) -> Result<Stock, DbError> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Stock {
        partners: count(master.partner_ids.len()),
        products: count(master.product_ids.len()),
        // Rows are numbered without gaps, so this needs no counting.
        facts: crate::journal::highest_seq(reader).await?,
        programs: count(rules::programs(reader).await?.len()),
    })
}
