//! The attainment of a program: how each partner stands in one term and period.

pub(super) mod rows;

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use domain::explain::Lang;
use domain::period::{Period, day_of};
use domain::plan::Plan;
use domain::program::{Compare, Names};
use domain::standing::{Pace, compared_days};
use jiff::Timestamp;
use rust_decimal::Decimal;

use self::rows::rows;
use super::remembered::{self, Turn};
use super::standing::{rule_of, sum_of};
use super::{Standing, Tier, like};
use crate::access::Viewer;
use crate::accrue;
use crate::accrue::sums::{Group, Sum};
use crate::catalog::MasterData;
use crate::db::{Arg, DbError, Reader, Row, days_of};
use crate::exact;
use crate::rules::Rules;

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
    /// Whether nothing was searched for.
    is_all: bool,
    /// Of `listed`.
    args: Vec<Arg<'static>>,
    below: String,
    /// The term and period, if sums over all that is listed are kept.
    kept: Option<(i64, i64, i64)>,
    /// How many days of the period have passed: those that are compared with the year before.
    passed: i64,
    /// What [`totals_of`] reads.
    sums: String,
    /// Whether a partner may have several rows.
    has_groups: bool,
    by_fact: bool,
    turn: Turn,
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
    let chosen = chosen_partners(reader, query).await?;
    let turn = remembered::turn(reader, program_id).await?;
    let scope = Scope {
        turn: (program_id, turn),
        ..scope((reader, rules), (at, term), &period, (viewer, now), chosen)
    };
    let matching = format!("{} AND {}", scope.listed, condition(query.filter, &scope));
    let kept = kept_sums(reader, &scope).await?;
    let (counts, listed) = match kept.as_ref().filter(|_| scope.is_all) {
        Some(groups) => {
            let listed = scope.totals_of(reader, groups, (Filter::All, &matching)).await?;
            (scope.counts_of(groups), listed)
        }
        None => counts(reader, &scope, (program_id, turn)).await?,
    };
    let everything = if scope.is_all {
        listed
    } else if let Some(groups) = &kept {
        scope.totals_of(reader, groups, (Filter::All, &scope.awards)).await?
    } else {
        let tenant = [Arg::from(reader.tenant())];
        sums(reader, &scope, (&scope.awards, &tenant), (program_id, turn)).await?
    };
    let totals = match (query.filter, kept.as_ref().filter(|_| scope.is_all)) {
        (Filter::All, _) => listed,
        (filter, Some(groups)) => scope.totals_of(reader, groups, (filter, &matching)).await?,
        _ => sums(reader, &scope, (&matching, &scope.args), (program_id, turn)).await?,
    };
    let of = (&scope, matching.as_str(), counts.all);
    let (rows, next) = rows(reader, rules, master, now, of, query).await?;
    let pace = Pace::of(&period, day_of(now, &plan.zone));
    let tiers = domain::evaluate::table(&rule.term, &domain::totals::Group::one());
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

/// Partners who are looked for by name, or in a region.
enum Chosen {
    All,
    /// By their numbers.
    These(Vec<i64>),
    /// The condition, with its arguments from the second on.
    Many(String, Vec<Arg<'static>>),
}

/// Found once, as long as they are not many: each look at all partners takes time.
async fn chosen_partners(reader: &mut Reader, query: &Query) -> Result<Chosen, DbError> {
    const THESE_MAX: usize = 1_000;
    let (mut condition, mut args) = (String::new(), vec![Arg::from(reader.tenant())]);
    if !query.search.trim().is_empty() {
        args.push(Arg::from(like(&query.search)));
        write!(condition, " AND p.search LIKE ${} ESCAPE '!'", args.len()).expect("writes");
    }
    if !query.region.is_empty() {
        args.push(Arg::from(query.region.clone()));
        let region = reader.json_text("p.fields", "region");
        write!(condition, " AND {region} = ${}", args.len()).expect("writes");
    }
    if condition.is_empty() {
        return Ok(Chosen::All);
    }
    let which = format!("SELECT p.partner_id FROM partner p WHERE p.tenant_id = $1{condition}");
    let sql = format!("{which} LIMIT {}", THESE_MAX + 1);
    let found = reader.rows(sqlx::AssertSqlSafe(sql), &args).await?;
    if THESE_MAX < found.len() {
        args.remove(0);
        return Ok(Chosen::Many(which, args));
    }
    Ok(Chosen::These(found.iter().map(|row| row.int(0)).collect()))
}

fn scope(
    (reader, rules): (&Reader, &Rules),
    (at, term): (usize, u16),
    period: &Period,
    (viewer, now): (Viewer, Timestamp),
    chosen: Chosen,
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
    let is_all = matches!(chosen, Chosen::All);
    let listed = match chosen {
        Chosen::All => awards.clone(),
        Chosen::These(ids) if ids.is_empty() => format!("{awards} AND 1 = 0"),
        Chosen::These(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!("{awards} AND a.partner_id IN ({})", ids.join(", "))
        }
        Chosen::Many(which, more) => {
            args.extend(more);
            format!("{awards} AND a.partner_id IN ({which})")
        }
    };
    let has_groups = !by_fact && rule.is_some_and(|rule| !rule.term.group_by.names.is_empty());
    let pace = Pace::of(period, day_of(now, &plan.zone));
    let passed = i64::from(pace.map_or_else(|| compared_days(period), |pace| pace.passed));
    let is_kept = viewer == Viewer::Vendor && !by_fact;
    Scope {
        awards,
        listed,
        is_all,
        args,
        below: format!("(a.behind_from <= {passed} AND {passed} < a.behind_until)"),
        kept: is_kept.then_some((program_id, i64::from(term), day)),
        passed,
        sums: sums_of(reader, by_fact),
        has_groups,
        by_fact,
        turn: (program_id, 0),
    }
}

type Groups = Vec<(Group, Sum)>;

/// The sums that are kept over everything, if they are and decimals hold them.
async fn kept_sums(reader: &mut Reader, scope: &Scope) -> Result<Option<Groups>, DbError> {
    let Some(of) = scope.kept else { return Ok(None) };
    let groups = accrue::sums::sums(reader, of).await?;
    let is_exact = |(_, sum): &(Group, Sum)| sum.amount.is_some() && sum.measure.is_some();
    Ok(Some(groups).filter(|groups| groups.iter().all(is_exact)))
}

impl Scope {
    fn shows(&self, filter: Filter, group: &Group) -> bool {
        match filter {
            Filter::All => true,
            Filter::Near => group.near,
            Filter::BelowLastYear => group.behind.is_on(self.passed),
            Filter::NoTier => group.tier.is_none(),
            Filter::Tier(tier) => group.tier == Some(i64::from(tier)),
        }
    }

    fn counts_of(&self, groups: &[(Group, Sum)]) -> Counts {
        let mut counts = Counts::default();
        let mut tiers: BTreeMap<u32, i64> = BTreeMap::new();
        for (group, sum) in groups {
            let of = |filter| if self.shows(filter, group) { sum.awards } else { 0 };
            counts.all += sum.awards;
            counts.near += of(Filter::Near);
            counts.below_last_year += of(Filter::BelowLastYear);
            match group.tier.and_then(|tier| u32::try_from(tier).ok()) {
                Some(tier) => *tiers.entry(tier).or_default() += sum.awards,
                None => counts.no_tier += sum.awards,
            }
        }
        counts.tiers = tiers.into_iter().collect();
        counts
    }

    /// The sums of the groups that a filter shows; `matching` are their rows.
    async fn totals_of(
        &self,
        reader: &mut Reader,
        groups: &[(Group, Sum)],
        (filter, matching): (Filter, &str),
    ) -> Result<Totals, DbError> {
        let mut totals = Totals::default();
        for (_, sum) in groups.iter().filter(|(group, _)| self.shows(filter, group)) {
            totals.rows += sum.awards;
            totals.facts += sum.facts;
            exact::add(&mut totals.earned, sum.amount.unwrap_or_default(), "awards")?;
            exact::add(&mut totals.measure, sum.measure.unwrap_or_default(), "measures")?;
        }
        let tenant = [Arg::from(reader.tenant())];
        totals.partners = partners(reader, self, matching, &tenant, totals.rows).await?;
        Ok(totals)
    }
}

/// A tenth or less of the next threshold is missing, and reaching it is worth something: word by
/// word the condition of the index `award_near`.
pub(super) const NEAR: &str =
    "(a.gap_sort > 0 AND +a.worth_sort > 0 AND a.gap_sort <= a.qualifier_sort / 9)";

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
        // The year before had other facts.
        "0 AS behind_from, 0 AS behind_until".to_owned(),
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
    if scope.is_all
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
    if scope.is_all {
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
    let is_all = scope.is_all || matching == scope.awards;
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
    let is_all = scope.is_all || matching == scope.awards;
    if is_all && let Some((_, known)) = remembered::find(reader, scope.turn, &sql) {
        return Ok(known.partners);
    }
    let text = sql.clone();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args).await?;
    let partners = row.map_or(0, |row| row.int(0));
    if is_all {
        let totals = Totals { partners, ..Totals::default() };
        remembered::keep(reader, scope.turn, text, (Counts::default(), totals));
    }
    Ok(partners)
}
