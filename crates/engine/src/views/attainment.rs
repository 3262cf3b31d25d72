//! The attainment of a program: how each partner stands in one term and period.

use std::collections::HashMap;
use std::fmt::{self, Write};

use domain::explain::Lang;
use domain::period::{Period, day_of};
use domain::plan::Plan;
use domain::program::{Compare, Names};
use domain::standing::Pace;
use domain::totals::Group;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::remembered::{self, Turn};
use super::standing::{FIGURES, FIGURES_COUNT, figures, number_of, rule_of, standings, sum_of};
use super::{Standing, Tier, like};
use crate::access::Viewer;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Arg, Column, DbError, Reader, Row, days_of};
use crate::exact;
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
    /// Rows to leave out. Counting them takes as long as reading them: `after` does not.
    pub offset: i64,
    pub limit: i64,
    /// Begins after this row instead, if the sort is by a figure.
    pub after: Option<After>,
}

/// The last row of a page, after which the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// What it is sorted by.
    value: Option<i64>,
    partner_id: i64,
    group: String,
}

impl After {
    /// Reads what [`fmt::Display`] wrote into an address.
    pub fn parse(text: &str) -> Option<After> {
        let mut parts = text.splitn(3, '~');
        let (value, partner_id, group) = (parts.next()?, parts.next()?, parts.next()?);
        let value = if value.is_empty() { None } else { Some(value.parse().ok()?) };
        Some(After { value, partner_id: partner_id.parse().ok()?, group: group.to_owned() })
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.map(|value| value.to_string()).unwrap_or_default();
        write!(f, "{value}~{}~{}", self.partner_id, self.group)
    }
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
    /// Whether the term compares with a target.
    pub has_target: bool,
    /// Rows of a partner with groups: more than one.
    pub tiers: Vec<Tier>,
    pub counts: Counts,
    /// Everything that matches.
    pub totals: Totals,
    /// Everything, whatever the filter and the search.
    pub everything: Totals,
    /// Where what was earned leads if it goes on as it went so far: an estimate, linear in days.
    pub forecast: Option<Decimal>,
    pub rows: Vec<AttainmentRow>,
    /// Where the next page begins, if this one is full and sorted by a figure.
    pub next: Option<After>,
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

/// The statements' parts for one term and period.
struct Scope {
    /// The awards as table `a`, and which of them.
    awards: String,
    /// The same for those that search and region leave.
    listed: String,
    /// Of `listed`.
    args: Vec<Arg<'static>>,
    below: String,
    /// What [`totals_of`] reads.
    sums: String,
    /// Whether a partner may have several rows.
    has_groups: bool,
    by_fact: bool,
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
    let scope = scope(reader, rules, (at, term), &period, (viewer, now), query);
    let turn = remembered::turn(reader, program_id).await?;
    let (counts, listed) = counts(reader, &scope, (program_id, turn)).await?;
    let everything = if scope.is_all() {
        listed
    } else {
        let tenant = [Arg::from(reader.tenant())];
        sums(reader, &scope, (&scope.awards, &tenant), (program_id, turn)).await?
    };
    let matching = format!("{} AND {}", scope.listed, condition(query.filter, &scope));
    let totals = match query.filter {
        Filter::All => listed,
        _ => sums(reader, &scope, (&matching, &scope.args), (program_id, turn)).await?,
    };
    let (rows, next) = rows(reader, rules, master, now, (&scope, &matching), query).await?;
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
        has_target: matches!(rule.term.compare, Compare::Target(_)),
        tiers: tiers.into_iter().zip(1..).map(|(row, tier)| super::tier_of(row, tier)).collect(),
        counts,
        totals,
        everything,
        forecast: pace
            .and_then(|pace| pace.ahead(everything.earned))
            .map(|amount| amount.round_dp(rule.currency.decimals())),
        rows,
        next,
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
    let period = if let Some(name) = &query.period {
        calendar.by_name(name)?
    } else {
        let today = day_of(now, &plan.zone);
        let running = calendar.containing(today);
        running
            .or_else(|| calendar.up_to(today).pop())
            .or_else(|| calendar.containing(plan.newest().starts))?
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
    reader: &Reader,
    rules: &Rules,
    (at, term): (usize, u16),
    period: &Period,
    (viewer, now): (Viewer, Timestamp),
    query: &Query,
) -> Scope {
    let plan = &rules.plans[at];
    let (program_id, day) = (rules.program_ids[at], days_of(period.start));
    let rule = rule_of(plan, term, plan.newest().version);
    let own = match viewer {
        Viewer::Vendor => String::new(),
        Viewer::Partner(partner_id) => format!(" AND a.partner_id = {partner_id}"),
    };
    let which = format!(
        "a.tenant_id = $1 AND a.program_id = {program_id} AND a.term = {term} \
         AND a.period_day = {day}{own}"
    );
    let by_fact = rule.is_some_and(|rule| rule.term.group_by.fact);
    let awards = if by_fact {
        format!("FROM ({}) a WHERE 1 = 1", added_up(&which))
    } else {
        format!("FROM award a WHERE {which}")
    };
    let mut args = vec![Arg::from(reader.tenant())];
    let mut of_partner = String::new();
    if !query.search.trim().is_empty() {
        args.push(Arg::from(like(&query.search)));
        write!(of_partner, " AND p.search LIKE ${} ESCAPE '!'", args.len()).expect("writes");
    }
    if !query.region.is_empty() {
        args.push(Arg::from(query.region.clone()));
        let region = reader.json_text("p.fields", "region");
        write!(of_partner, " AND {region} = ${}", args.len()).expect("writes");
    }
    let mut listed = awards.clone();
    if !of_partner.is_empty() {
        write!(
            listed,
            " AND a.partner_id IN (SELECT p.partner_id FROM partner p \
             WHERE p.tenant_id = $1{of_partner})"
        )
        .expect("writes");
    }
    let has_groups = !by_fact && rule.is_some_and(|rule| !rule.term.group_by.names.is_empty());
    let (below, sums) = (below(plan, term, period, now), sums_of(reader, by_fact));
    Scope { awards, listed, args, below, sums, has_groups, by_fact }
}

impl Scope {
    /// Whether nothing was searched for.
    fn is_all(&self) -> bool {
        self.args.len() == 1
    }
}

/// The condition for being behind the same days of the year before.
fn below(plan: &Plan, term: u16, period: &Period, now: Timestamp) -> String {
    let pace = Pace::of(period, day_of(now, &plan.zone)).unwrap_or(Pace { passed: 1, days: 1 });
    let (passed, days) = (pace.passed, pace.days);
    let rule = rule_of(plan, term, plan.newest().version);
    if rule.is_some_and(|rule| matches!(rule.term.compare, Compare::Baseline(_))) {
        return format!(
            "(a.baseline IS NOT NULL AND \
             a.qualifier_sort < CAST(a.baseline AS numeric) * 100 * {passed} / {days})"
        );
    }
    let calendar = &plan.terms[usize::from(term)].calendar;
    let prior = period.start.checked_sub(1.year()).ok().and_then(|day| calendar.containing(day));
    let Some(prior) = prior else { return "1 = 0".to_owned() };
    format!(
        "EXISTS (SELECT 1 FROM award b WHERE b.tenant_id = a.tenant_id \
         AND b.program_id = a.program_id AND b.partner_id = a.partner_id AND b.term = a.term \
         AND b.period_day = {} AND b.group_key = a.group_key \
         AND a.qualifier_sort < CAST(b.qualifier_sort AS numeric) * {passed} / {days})",
        days_of(prior.start)
    )
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
        "SELECT {} FROM award a WHERE {which} \
         GROUP BY tenant_id, program_id, partner_id, term, period_day",
        columns.join(", ")
    )
}

fn condition(filter: Filter, scope: &Scope) -> String {
    match filter {
        Filter::All => "1 = 1".to_owned(),
        Filter::Near => NEAR.to_owned(),
        Filter::BelowLastYear => scope.below.clone(),
        Filter::NoTier => "a.tier IS NULL".to_owned(),
        Filter::Tier(tier) => format!("a.tier = {tier}"),
    }
}

/// How many each filter shows, and the sums of them all.
async fn counts(reader: &mut Reader, scope: &Scope, of: Turn) -> Result<(Counts, Totals), DbError> {
    let sql = format!(
        "SELECT a.tier, COUNT(CASE WHEN {NEAR} THEN 1 END), COUNT(CASE WHEN {} THEN 1 END), \
         {} {} GROUP BY a.tier ORDER BY a.tier",
        scope.below, scope.sums, scope.listed
    );
    // What is searched for is of partners, who change without their awards.
    if scope.is_all()
        && let Some(known) = remembered::find(reader, of, &sql)
    {
        return Ok(known);
    }
    let text = sql.clone();
    let (mut counts, mut totals) = (Counts::default(), Totals::default());
    for row in reader.rows(sqlx::AssertSqlSafe(sql), &scope.args).await? {
        let of_tier = totals_of(&row, 3)?;
        counts.all += of_tier.rows;
        counts.near += row.int(1);
        counts.below_last_year += row.int(2);
        match row.opt_int(0).and_then(|tier| u32::try_from(tier).ok()) {
            Some(tier) => counts.tiers.push((tier, of_tier.rows)),
            None => counts.no_tier += of_tier.rows,
        }
        totals.rows += of_tier.rows;
        totals.facts += of_tier.facts;
        exact::add(&mut totals.earned, of_tier.earned, "awards")?;
        exact::add(&mut totals.measure, of_tier.measure, "measures")?;
    }
    totals.partners = partners(reader, scope, &scope.listed, &scope.args, totals.rows).await?;
    if scope.is_all() {
        remembered::keep(reader, of, text, (counts.clone(), totals));
    }
    Ok((counts, totals))
}

/// What [`totals_of`] reads. Where each fact is an award, amounts of partners are texts of many.
fn sums_of(reader: &Reader, by_fact: bool) -> String {
    let sum = |column: &str| {
        if by_fact { format!("string_agg({column}, ' ')") } else { reader.exact_sum(column) }
    };
    format!(
        "COUNT(*), CAST(COALESCE(SUM(a.facts), 0) AS bigint), {}, {}",
        sum("a.amount"),
        sum("a.measure")
    )
}

fn totals_of(row: &Row, first: usize) -> Result<Totals, DbError> {
    let sum = |column: usize| row.opt_text(column).map(sum_of).transpose();
    Ok(Totals {
        rows: row.int(first),
        partners: 0,
        facts: row.int(first + 1),
        earned: sum(first + 2)?.unwrap_or_default(),
        measure: sum(first + 3)?.unwrap_or_default(),
    })
}

async fn sums(
    reader: &mut Reader,
    scope: &Scope,
    (matching, args): (&str, &[Arg<'_>]),
    of: Turn,
) -> Result<Totals, DbError> {
    let sql = format!("SELECT {} {matching}", scope.sums);
    let is_all = args.len() == 1;
    if is_all && let Some((_, known)) = remembered::find(reader, of, &sql) {
        return Ok(known);
    }
    let text = sql.clone();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args).await?;
    let mut totals = row.map(|row| totals_of(&row, 0)).transpose()?.unwrap_or_default();
    totals.partners = partners(reader, scope, matching, args, totals.rows).await?;
    if is_all {
        remembered::keep(reader, of, text, (Counts::default(), totals));
    }
    Ok(totals)
}

/// How many partners so many rows are of.
async fn partners(
    reader: &mut Reader,
    scope: &Scope,
    matching: &str,
    args: &[Arg<'_>],
    rows: i64,
) -> Result<i64, DbError> {
    if !scope.has_groups {
        return Ok(rows);
    }
    let sql = format!("SELECT COUNT(DISTINCT a.partner_id) {matching}");
    let row = reader.row(sqlx::AssertSqlSafe(sql), args).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

async fn rows(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (scope, matching): (&Scope, &str),
    query: &Query,
) -> Result<(Vec<AttainmentRow>, Option<After>), DbError> {
    let found = page(reader, scope, matching, query).await?;
    let is_full = i64::try_from(found.len()) == Ok(limit_of(query));
    let next = found.last().filter(|_| is_full && figure(query.sort).is_some()).map(|row| After {
        value: row.opt_int(FIGURES_COUNT + 4),
        partner_id: row.int(1),
        group: row.string(4),
    });
    let all: Vec<_> = found.iter().map(figures).collect();
    let keys: Vec<Stale> = all.iter().map(|figures| figures.key).collect();
    let accrued = accrued_by_award(reader, &keys).await?;
    let standings = standings(reader, rules, master, now, &all).await?;
    let mut rows = Vec::with_capacity(found.len());
    for (row, standing) in found.iter().zip(standings) {
        let Some(standing) = standing else { continue };
        let first = FIGURES_COUNT;
        let group = standing.of.group.as_str();
        let of_group = |(known, _): &&(String, Decimal)| group.is_empty() || known == group;
        let posted = accrued.get(&standing.partner_id).map_or(&[][..], Vec::as_slice);
        let posted = posted.iter().filter(of_group).map(|(_, amount)| *amount);
        rows.push(AttainmentRow {
            code: row.string(first),
            names: serde_json::from_str(row.text(first + 1)).unwrap_or_default(),
            region: row.opt_string(first + 2),
            level: row.opt_string(first + 3),
            accrued: exact::sum(posted, "accruals")?,
            standing,
        });
    }
    Ok((rows, next))
}

fn limit_of(query: &Query) -> i64 {
    query.limit.clamp(1, ROWS_PER_PAGE_MAX)
}

/// The condition for coming after a row, in the order of a figure.
fn beyond(
    after: &After,
    (sort, by): (Sort, &str),
    descending: bool,
    args: &mut Vec<Arg<'static>>,
) -> String {
    args.push(Arg::from(after.group.clone()));
    let group = args.len();
    let partner = after.partner_id;
    let same = format!(
        "(a.partner_id > {partner} OR (a.partner_id = {partner} AND a.group_key > ${group}))"
    );
    match after.value {
        Some(value) => {
            let further = if descending { "<" } else { ">" };
            if is_always_there(sort) {
                return format!(
                    " AND {by} {further}= {value} AND ({by} {further} {value} OR {same})"
                );
            }
            format!(" AND ({by} {further} {value} OR {by} IS NULL OR ({by} = {value} AND {same}))")
        }
        None => format!(" AND {by} IS NULL AND {same}"),
    }
}

/// The rows of a page. First which they are, from what an index holds; then all of them.
async fn page(
    reader: &mut Reader,
    scope: &Scope,
    matching: &str,
    query: &Query,
) -> Result<Vec<Row>, DbError> {
    let (by, is_of_partner) = order(reader, query);
    let way = if query.descending { "DESC" } else { "ASC" };
    // What is never missing is not asked for, so that an index may be read in its order.
    let missing =
        if is_always_there(query.sort) { String::new() } else { format!("({by} IS NULL), ") };
    let order = format!("{missing}{by} {way}, a.partner_id, a.group_key");
    let (limit, mut offset) = (limit_of(query), query.offset.max(0));
    let (mut matching, mut args) = (matching.to_owned(), scope.args.clone());
    if let (Some(after), Some(figure)) = (&query.after, figure(query.sort)) {
        matching.push_str(&beyond(after, (query.sort, figure), query.descending, &mut args));
        offset = 0;
    }
    let columns = format!(
        "{FIGURES}, p.code, p.names, {}, {}, {}",
        reader.json_text("p.fields", "region"),
        reader.json_text("p.fields", "level"),
        figure(query.sort).unwrap_or("CAST(NULL AS bigint)"),
    );
    let with_partner = |table: &str| {
        format!(
            "JOIN partner p ON p.tenant_id = {table}.tenant_id \
             AND p.partner_id = {table}.partner_id"
        )
    };
    let sql = if scope.by_fact {
        format!(
            "SELECT {columns} FROM (SELECT a.* {matching}) a {} \
             ORDER BY {order} LIMIT {limit} OFFSET {offset}",
            with_partner("a")
        )
    } else {
        let joined = if is_of_partner {
            matching.replacen("FROM award a", &format!("FROM award a {}", with_partner("a")), 1)
        } else {
            matching
        };
        format!(
            "SELECT {columns} FROM (SELECT a.tenant_id, a.program_id, a.partner_id, a.term, \
             a.period_day, a.group_key {joined} ORDER BY {order} LIMIT {limit} OFFSET {offset}) t \
             JOIN award a ON a.tenant_id = t.tenant_id AND a.program_id = t.program_id \
             AND a.partner_id = t.partner_id AND a.term = t.term AND a.period_day = t.period_day \
             AND a.group_key = t.group_key {} ORDER BY {order}",
            with_partner("t")
        )
    };
    reader.rows(sqlx::AssertSqlSafe(sql), &args).await
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
    let rows = reader
        .lookup(
            "SELECT a.partner_id, a.group_key, a.amount FROM {keys} CROSS JOIN accrued a \
             WHERE a.tenant_id = k.tenant AND a.program_id = k.k1 AND a.partner_id = k.k2 \
             AND a.term = k.k3 AND a.period_day = k.k4",
            args![],
            columns,
        )
        .await?;
    let mut found: HashMap<i64, Vec<(String, Decimal)>> = HashMap::new();
    for row in rows {
        found.entry(row.int(0)).or_default().push((row.string(1), number_of(row.text(2))));
    }
    Ok(found)
}

/// What to sort by, and whether that is something of the partner.
fn order(reader: &Reader, query: &Query) -> (String, bool) {
    match (query.sort, figure(query.sort)) {
        (_, Some(figure)) => (figure.to_owned(), false),
        (Sort::Region, None) => (reader.json_text("p.fields", "region"), true),
        (Sort::Level, None) => (reader.json_text("p.fields", "level"), true),
        (_, None) => (super::name_order(reader, "p", query.lang), true),
    }
}

/// Whether every award has the column that a sort is by.
fn is_always_there(sort: Sort) -> bool {
    matches!(sort, Sort::Qualifier | Sort::Measure | Sort::Earned)
}

/// The column of an award that a sort is by, unless it is something of the partner.
fn figure(sort: Sort) -> Option<&'static str> {
    match sort {
        Sort::Partner | Sort::Region | Sort::Level => None,
        Sort::Tier => Some("a.tier"),
        Sort::Qualifier => Some("a.qualifier_sort"),
        Sort::Gap => Some("a.gap_sort"),
        Sort::Worth => Some("a.worth_sort"),
        Sort::Measure => Some("a.measure_sort"),
        Sort::Earned => Some("a.amount_sort"),
    }
}
