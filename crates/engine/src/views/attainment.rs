//! The attainment of a program: how each partner stands in one term and period.

use std::collections::HashMap;

use domain::explain::Lang;
use domain::period::{Period, day_of};
use domain::plan::Plan;
use domain::program::{Compare, Names};
use domain::standing::Pace;
use domain::totals::Group;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::standing::{FIGURES, FIGURES_COUNT, figures, rule_of, standings, sum_of};
use super::{Standing, Tier, like};
use crate::access::Viewer;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, days_of};
use crate::rules::Rules;
use crate::totals::Stale;

/// Rows on a page at most.
const ROWS_PER_PAGE_MAX: i64 = 1_000;
/// Periods to choose from, with the one shown.
const PERIODS_MAX: usize = 12;

/// Which partners to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    #[default]
    All,
    /// A tenth or less of the next threshold is missing.
    Near,
    /// Behind the same days of the year before.
    BelowLastYear,
    NoTier,
    Tier(u32),
}

/// By what to sort. Where there is nothing to compare, rows come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    Partner,
    Region,
    Level,
    Tier,
    Qualifier,
    Gap,
    #[default]
    Worth,
    Measure,
    Earned,
}

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub program: String,
    /// The first one, if none is named.
    pub term: Option<String>,
    /// By name; the running one, or else the last, if none is named.
    pub period: Option<String>,
    pub filter: Filter,
    /// Part of a code or a name.
    pub search: String,
    pub region: String,
    pub sort: Sort,
    pub descending: bool,
    /// Names are sorted in it.
    pub lang: Lang,
    pub offset: i64,
    pub limit: i64,
}

/// The attainment of one term and period.
#[derive(Debug, Clone)]
pub struct Attainment {
    pub program_id: i64,
    pub code: String,
    pub names: Names,
    pub term: String,
    /// Code and names of all terms.
    pub terms: Vec<(String, Names)>,
    pub period: Period,
    /// Recent periods, oldest first.
    pub periods: Vec<Period>,
    pub pace: Option<Pace>,
    /// Rows of a partner with groups: more than one.
    pub tiers: Vec<Tier>,
    pub counts: Counts,
    /// Everything that matches.
    pub totals: Totals,
    /// Everything, whatever the filter.
    pub earned: Decimal,
    /// Where `earned` leads if it goes on as it went so far: an estimate, linear in days.
    pub forecast: Option<Decimal>,
    pub rows: Vec<AttainmentRow>,
}

/// How many rows each filter shows, with this search and region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub all: i64,
    pub near: i64,
    pub below_last_year: i64,
    pub no_tier: i64,
    /// By tier, ascending; those with nobody are left out.
    pub tiers: Vec<(u32, i64)>,
}

/// Sums over everything that matches, exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub rows: i64,
    pub partners: i64,
    pub facts: i64,
    pub earned: Decimal,
    pub measure: Decimal,
    pub accrued: Decimal,
}

/// A partner, or a group of one.
#[derive(Debug, Clone)]
pub struct AttainmentRow {
    pub code: String,
    pub names: Names,
    pub region: Option<String>,
    pub level: Option<String>,
    pub standing: Standing,
    /// What the ledger holds of it.
    pub accrued: Decimal,
}

/// The statement's fixed parts for one term and period.
struct Scope {
    from: String,
    near: &'static str,
    below: String,
}

/// Reads a page. `None` if there is no such program, term or period for the viewer.
pub async fn attainment(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (viewer, now): (Viewer, Timestamp),
    query: &Query,
) -> Result<Option<Attainment>, DbError> {
    let Some((at, term, period)) = chosen(rules, query, now) else { return Ok(None) };
    let plan = &rules.plans[at];
    let program_id = rules.program_ids[at];
    let Some(rule) = rule_of(plan, term, plan.newest().version) else { return Ok(None) };
    let scope = scope(rules, (at, term), &period, (viewer, now));
    let regions = format!("COALESCE({}, '')", reader.json_text("p.fields", "region"));
    let listed =
        format!("{} AND p.search LIKE $2 ESCAPE '!' AND ($3 = '' OR {regions} = $3)", scope.from);
    let search = like(&query.search);
    let args = args![reader.tenant(), &search, &query.region];

    let counts = counts(reader, &scope, &listed, args).await?;
    let (everything, _) = sums(reader, &scope.from, args![reader.tenant()]).await?;
    let matching = format!("{listed} AND {}", condition(query.filter, &scope));
    let (mut totals, keys) = sums(reader, &matching, args).await?;
    totals.accrued = accrued_of(reader, (program_id, term), &period, keys.as_ref()).await?;
    let rows = rows(reader, rules, master, now, (&matching, args), query).await?;
    let pace = Pace::of(&period, day_of(now, &plan.zone));
    let tiers = domain::evaluate::table(&rule.term, &Group::one());
    Ok(Some(Attainment {
        program_id,
        code: plan.code.to_string(),
        names: plan.newest().name.clone(),
        term: rule.term.code.to_string(),
        terms: terms(plan),
        periods: recent(plan, term, &period, now),
        pace,
        tiers: tiers.into_iter().zip(1..).map(|(row, tier)| super::tier_of(row, tier)).collect(),
        counts,
        totals,
        earned: everything.earned,
        forecast: pace
            .and_then(|pace| pace.ahead(everything.earned))
            .map(|amount| amount.round_dp(rule.currency.decimals())),
        rows,
        period,
    }))
}

fn chosen(rules: &Rules, query: &Query, now: Timestamp) -> Option<(usize, u16, Period)> {
    let at = rules.by_code(&query.program)?;
    let plan = &rules.plans[at];
    let term = match &query.term {
        Some(code) => plan.term(code)?,
        None => 0,
    };
    let calendar = &plan.terms.get(usize::from(term))?.calendar;
    let period = match &query.period {
        Some(name) => calendar.by_name(name)?,
        None => {
            let today = day_of(now, &plan.zone);
            let running = calendar.containing(today);
            running
                .or_else(|| calendar.up_to(today).pop())
                .or_else(|| calendar.containing(plan.newest().starts))?
        }
    };
    Some((at, term, period))
}

pub(super) fn terms(plan: &Plan) -> Vec<(String, Names)> {
    let names = |term: usize| {
        let rule = plan.versions.iter().rev().find_map(|version| version.rules[term].as_ref());
        rule.map(|rule| rule.term.name.clone()).unwrap_or_default()
    };
    plan.terms.iter().enumerate().map(|(at, term)| (term.code.to_string(), names(at))).collect()
}

pub(super) fn recent(plan: &Plan, term: u16, shown: &Period, now: Timestamp) -> Vec<Period> {
    let calendar = &plan.terms[usize::from(term)].calendar;
    let mut periods = calendar.up_to(day_of(now, &plan.zone).max(shown.start));
    let surplus = periods.len().saturating_sub(PERIODS_MAX);
    periods.drain(..surplus);
    if !periods.iter().any(|period| period.start == shown.start) {
        periods.insert(0, shown.clone());
    }
    periods
}

fn scope(
    rules: &Rules,
    (at, term): (usize, u16),
    period: &Period,
    (viewer, now): (Viewer, Timestamp),
) -> Scope {
    let plan = &rules.plans[at];
    let (program_id, day) = (rules.program_ids[at], days_of(period.start));
    let rule = rule_of(plan, term, plan.newest().version);
    let own = match viewer {
        Viewer::Vendor => String::new(),
        Viewer::Partner(partner_id) => format!(" AND partner_id = {partner_id}"),
    };
    let which = format!(
        "tenant_id = $1 AND program_id = {program_id} AND term = {term} AND period_day = {day}{own}"
    );
    let by_fact = rule.is_some_and(|rule| rule.term.group_by.fact);
    let awards =
        if by_fact { added_up(&which) } else { format!("SELECT * FROM award WHERE {which}") };
    let from = format!(
        "FROM ({awards}) a JOIN partner p ON p.tenant_id = a.tenant_id \
         AND p.partner_id = a.partner_id WHERE 1 = 1"
    );
    let pace = Pace::of(period, day_of(now, &plan.zone)).unwrap_or(Pace { passed: 1, days: 1 });
    let (passed, days) = (pace.passed, pace.days);
    let has_baseline = rule.is_some_and(|rule| matches!(rule.term.compare, Compare::Baseline(_)));
    let calendar = &plan.terms[usize::from(term)].calendar;
    let prior = period.start.checked_sub(1.year()).ok().and_then(|day| calendar.containing(day));
    let below = match prior {
        _ if has_baseline => format!(
            "(a.baseline IS NOT NULL AND \
             a.qualifier_sort < CAST(a.baseline AS numeric) * 100 * {passed} / {days})"
        ),
        Some(prior) => format!(
            "EXISTS (SELECT 1 FROM award b WHERE b.tenant_id = a.tenant_id \
             AND b.program_id = a.program_id AND b.partner_id = a.partner_id AND b.term = a.term \
             AND b.period_day = {} AND b.group_key = a.group_key \
             AND a.qualifier_sort < CAST(b.qualifier_sort AS numeric) * {passed} / {days})",
            days_of(prior.start)
        ),
        None => "1 = 0".to_owned(),
    };
    Scope { from, near: NEAR, below }
}

/// A tenth or less of the next threshold is missing, and reaching it is worth something.
pub(super) const NEAR: &str =
    "(a.gap_sort > 0 AND a.worth_sort > 0 AND a.gap_sort <= a.qualifier_sort / 9)";

/// One row for each partner where each fact is an award by itself.
fn added_up(which: &str) -> String {
    let sum = |column: &str| format!("CAST(SUM({column}) AS bigint) AS {column}");
    let all = |column: &str| format!("string_agg({column}, ' ') AS {column}");
    let any = |column: &str| format!("MAX({column}) AS {column}");
    let no_text = |column: &str| format!("CAST(NULL AS text) AS {column}");
    let no_int = |column: &str| format!("CAST(NULL AS bigint) AS {column}");
    let columns = [
        "tenant_id, program_id, partner_id, term, period_day, '' AS group_key".to_owned(),
        any("version"),
        all("amount"),
        sum("amount_sort"),
        any("tier"),
        no_text("qualifier"),
        all("qualifier_total"),
        sum("qualifier_sort"),
        all("measure"),
        sum("measure_sort"),
        no_text("baseline"),
        sum("facts"),
        no_int("next_tier"),
        no_text("next_name"),
        no_text("next_opens"),
        no_text("gap"),
        no_int("gap_sort"),
        no_text("worth"),
        no_int("worth_sort"),
    ];
    format!(
        "SELECT {} FROM award WHERE {which} \
         GROUP BY tenant_id, program_id, partner_id, term, period_day",
        columns.join(", ")
    )
}

fn condition(filter: Filter, scope: &Scope) -> String {
    match filter {
        Filter::All => "1 = 1".to_owned(),
        Filter::Near => scope.near.to_owned(),
        Filter::BelowLastYear => scope.below.clone(),
        Filter::NoTier => "a.tier IS NULL".to_owned(),
        Filter::Tier(tier) => format!("a.tier = {tier}"),
    }
}

async fn counts(
    reader: &mut Reader,
    scope: &Scope,
    listed: &str,
    args: &[crate::db::Arg<'_>],
) -> Result<Counts, DbError> {
    let sql = format!(
        "SELECT a.tier, COUNT(*), COUNT(CASE WHEN {} THEN 1 END), COUNT(CASE WHEN {} THEN 1 END) \
         {listed} GROUP BY a.tier ORDER BY a.tier",
        scope.near, scope.below
    );
    let mut counts = Counts::default();
    for row in reader.rows(sqlx::AssertSqlSafe(sql), args).await? {
        counts.all += row.int(1);
        counts.near += row.int(2);
        counts.below_last_year += row.int(3);
        match row.opt_int(0).and_then(|tier| u32::try_from(tier).ok()) {
            Some(tier) => counts.tiers.push((tier, row.int(1))),
            None => counts.no_tier += row.int(1),
        }
    }
    Ok(counts)
}

/// The sums of all rows, and, if they are not all rows there are, of which partners they are.
async fn sums(
    reader: &mut Reader,
    matching: &str,
    args: &[crate::db::Arg<'_>],
) -> Result<(Totals, Option<Vec<i64>>), DbError> {
    let sql = format!(
        "SELECT COUNT(*), COUNT(DISTINCT a.partner_id), CAST(COALESCE(SUM(a.facts), 0) AS bigint), \
         string_agg(a.amount, ' '), string_agg(a.measure, ' '), \
         string_agg(CAST(a.partner_id AS text), ' ') {matching}"
    );
    let Some(row) = reader.row(sqlx::AssertSqlSafe(sql), args).await? else {
        return Ok((Totals::default(), None));
    };
    let totals = Totals {
        rows: row.int(0),
        partners: row.int(1),
        facts: row.int(2),
        earned: row.opt_text(3).map(sum_of).unwrap_or_default(),
        measure: row.opt_text(4).map(sum_of).unwrap_or_default(),
        accrued: Decimal::ZERO,
    };
    let partners = row.opt_text(5).unwrap_or_default();
    let partners = partners.split(' ').filter_map(|id| id.parse().ok()).collect();
    Ok((totals, Some(partners)))
}

/// What the ledger holds for these partners in a term and period.
async fn accrued_of(
    reader: &mut Reader,
    (program_id, term): (i64, u16),
    period: &Period,
    partners: Option<&Vec<i64>>,
) -> Result<Decimal, DbError> {
    let mut partners = partners.cloned().unwrap_or_default();
    partners.sort_unstable();
    partners.dedup();
    let tenant = reader.tenant();
    let row = reader
        .lookup(
            "SELECT string_agg(a.amount, ' ') FROM {keys} CROSS JOIN accrued a \
             WHERE a.tenant_id = $1 AND a.program_id = $2 AND a.partner_id = k.k1 \
             AND a.term = $3 AND a.period_day = $4",
            args![tenant, program_id, i64::from(term), period.start],
            vec![Column::Int(partners)],
        )
        .await?;
    Ok(row.first().and_then(|row| row.opt_text(0).map(sum_of)).unwrap_or_default())
}

async fn rows(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (matching, args): (&str, &[crate::db::Arg<'_>]),
    query: &Query,
) -> Result<Vec<AttainmentRow>, DbError> {
    let by = order(reader, query);
    let (limit, offset) = (query.limit.clamp(1, ROWS_PER_PAGE_MAX), query.offset.max(0));
    let sql = format!(
        "SELECT {FIGURES}, p.code, p.names, {}, {} {matching} \
         ORDER BY {by} LIMIT {limit} OFFSET {offset}",
        reader.json_text("p.fields", "region"),
        reader.json_text("p.fields", "level"),
    );
    let found = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    let all: Vec<_> = found.iter().map(figures).collect();
    let keys: Vec<Stale> = all.iter().map(|figures| figures.key).collect();
    let accrued = accrued_by_award(reader, &keys).await?;
    let standings = standings(reader, rules, master, now, &all).await?;
    Ok(found
        .iter()
        .zip(standings)
        .filter_map(|(row, standing)| {
            let standing = standing?;
            let next = FIGURES_COUNT;
            let group = standing.of.group.as_str();
            let of_group = |(known, _): &&(String, Decimal)| group.is_empty() || known == group;
            let posted = accrued.get(&standing.partner_id).map_or(&[][..], Vec::as_slice);
            Some(AttainmentRow {
                code: row.string(next),
                names: serde_json::from_str(row.text(next + 1)).unwrap_or_default(),
                region: row.opt_string(next + 2),
                level: row.opt_string(next + 3),
                accrued: posted.iter().filter(of_group).map(|(_, amount)| *amount).sum(),
                standing,
            })
        })
        .collect())
}

/// What was posted, by partner: group and amount.
async fn accrued_by_award(
    reader: &mut Reader,
    keys: &[Stale],
) -> Result<HashMap<i64, Vec<(String, Decimal)>>, DbError> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let int = |read: fn(&Stale) -> i64| Column::Int(keys.iter().map(read).collect());
    let columns =
        vec![int(|k| k.program_id), int(|k| k.partner_id), int(|k| k.term), int(|k| k.period_day)];
    let tenant = reader.tenant();
    let rows = reader
        .lookup(
            "SELECT a.partner_id, a.group_key, a.amount FROM {keys} CROSS JOIN accrued a \
             WHERE a.tenant_id = $1 AND a.program_id = k.k1 AND a.partner_id = k.k2 \
             AND a.term = k.k3 AND a.period_day = k.k4",
            args![tenant],
            columns,
        )
        .await?;
    let mut found: HashMap<i64, Vec<(String, Decimal)>> = HashMap::new();
    for row in rows {
        found.entry(row.int(0)).or_default().push((row.string(1), sum_of(row.text(2))));
    }
    Ok(found)
}

fn order(reader: &Reader, query: &Query) -> String {
    let by = match query.sort {
        Sort::Partner => super::name_order(reader, "p", query.lang),
        Sort::Region => reader.json_text("p.fields", "region"),
        Sort::Level => reader.json_text("p.fields", "level"),
        Sort::Tier => "a.tier".to_owned(),
        Sort::Qualifier => "a.qualifier_sort".to_owned(),
        Sort::Gap => "a.gap_sort".to_owned(),
        Sort::Worth => "a.worth_sort".to_owned(),
        Sort::Measure => "a.measure_sort".to_owned(),
        Sort::Earned => "a.amount_sort".to_owned(),
    };
    let way = if query.descending { "DESC" } else { "ASC" };
    format!("({by} IS NULL), {by} {way}, p.code, a.group_key")
}
