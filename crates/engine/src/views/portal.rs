//! The portal: what a partner has earned, what comes next and what it is worth.

use std::collections::BTreeMap;

use domain::period::{Calendar, Period, day_of};
use domain::program::{Every, Names};
use domain::standing::is_enrolled;
use domain::totals::Group;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::standing::{FIGURES, Figures, figures, key_on, not_yet, rule_of, standings};
use super::{Standing, attainment};
use crate::access::Viewer;
use crate::args;
use crate::catalog::{self, MasterData, Settings};
use crate::db::{DbError, Reader, days_of};
use crate::exact;
use crate::rules::Rules;
use crate::settle::{self, PayoutRow};
use crate::totals::Stale;
use crate::wallets;

/// Awards read for one partner at most, newest first.
const AWARDS_MAX: i64 = 5_000;
/// Payouts shown on the home page.
const PAYOUTS_RECENT: i64 = 5;

/// A partner's home page.
#[derive(Debug, Clone)]
pub struct Home {
    pub code: String,
    pub names: Names,
    /// How it stands in each term that runs, by what reaching the next tier is worth.
    pub standings: Vec<Standing>,
    /// The fiscal year that runs, as the vendor's settings have it.
    pub fiscal_year: Period,
    /// Earned in periods that began in it, by currency.
    pub earned_this_year: BTreeMap<String, Decimal>,
    /// Earned in periods that run, by currency.
    pub earned_running: BTreeMap<String, Decimal>,
    /// Settled and not paid yet, by currency.
    pub payable: BTreeMap<String, Decimal>,
    pub payouts: Vec<PayoutRow>,
}

/// One program as a partner sees it.
#[derive(Debug, Clone)]
pub struct ProgramPage {
    pub code: String,
    pub names: Names,
    pub description: Names,
    pub version: u32,
    pub version_from: Date,
    pub starts: Date,
    /// Last day.
    pub ends: Option<Date>,
    /// The period shown, of the first term.
    pub period: Period,
    /// Recent periods, oldest first.
    pub periods: Vec<Period>,
    /// One for each term, or group of it.
    pub standings: Vec<Standing>,
    /// Earlier periods, newest first.
    pub past: Vec<Standing>,
    /// Payouts of the program, newest first.
    pub payouts: Vec<PayoutRow>,
}

/// The home page of a partner. `None` if the viewer may not see it.
pub async fn home(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (viewer, now): (Viewer, Timestamp),
    partner_id: i64,
) -> Result<Option<Home>, DbError> {
    if !viewer.may_see(partner_id) {
        return Ok(None);
    }
    let Some(partner) = catalog::partner_by_id(reader, partner_id).await? else { return Ok(None) };
    let settings = catalog::load_settings(reader).await?;
    let fiscal_year = fiscal_year(&settings, now);
    let all = awards_of(reader, rules, partner_id).await?;
    let mut earned_this_year = BTreeMap::new();
    for figures in &all {
        let Some(day) = crate::db::date_of(figures.key.period_day) else { continue };
        if let Some(unit) = currency(rules, figures)
            && fiscal_year.contains(day)
        {
            exact::add(earned_this_year.entry(unit).or_default(), figures.amount, "awards")?;
        }
    }
    let standings = running(reader, rules, master, now, partner_id, &all).await?;
    let mut earned_running = BTreeMap::new();
    for standing in &standings {
        let sum = earned_running.entry(standing.currency.to_string()).or_default();
        exact::add(sum, standing.earned, "awards")?;
    }
    Ok(Some(Home {
        code: partner.code,
        names: partner.names,
        standings,
        fiscal_year,
        earned_this_year,
        earned_running,
        payable: payable(reader, partner_id).await?,
        payouts: settle::payouts_of_partner(reader, partner_id, PAYOUTS_RECENT).await?,
    }))
}

/// How a partner stands in a program. `None` if there is no such program for it: one in which it
/// may not earn and never did does not exist.
pub async fn program(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (viewer, now): (Viewer, Timestamp),
    partner_id: i64,
    (code, period): (&str, Option<&str>),
) -> Result<Option<ProgramPage>, DbError> {
    let Some(at) = rules.by_code(code).filter(|_| viewer.may_see(partner_id)) else {
        return Ok(None);
    };
    let plan = &rules.plans[at];
    let program_id = rules.program_ids[at];
    let today = day_of(now, &plan.zone);
    let mut all = awards_of(reader, rules, partner_id).await?;
    all.retain(|figures| figures.key.program_id == program_id);
    let has_any = !all.is_empty();
    // Money alone is shown here; points are in the wallet.
    let in_money = |row: &Figures| !wallets::pays_into(rules, program_id, row.key.term);
    all.retain(in_money);
    let enrolled = master
        .partner_code(partner_id)
        .is_some_and(|code| is_enrolled(plan.newest(), code, today, &master.master));
    if !has_any && !enrolled {
        return Ok(None);
    }
    let Some(first) = plan.terms.first() else { return Ok(None) };
    let shown = if let Some(name) = period {
        first.calendar.by_name(name)
    } else {
        let running = first.calendar.containing(today);
        running.or_else(|| first.calendar.up_to(today).pop())
    };
    let before = || first.calendar.containing(plan.newest().starts);
    let shown = shown.or_else(|| if period.is_none() { before() } else { None });
    let Some(shown) = shown else { return Ok(None) };
    let (of_period, past): (Vec<Figures>, Vec<Figures>) =
        all.into_iter().partition(|figures| is_in(figures, &shown, today, rules));
    let mut now_rows = of_period;
    if shown.contains(today) && enrolled {
        fill(reader, rules, master, now, (at, partner_id), &mut now_rows).await?;
        now_rows.retain(in_money);
    }
    let ended: Vec<Figures> =
        past.into_iter().filter(|figures| figures.key.period_day < days_of(shown.start)).collect();
    let made = |rows: Vec<Option<Standing>>| rows.into_iter().flatten().collect::<Vec<_>>();
    let newest = plan.newest();
    let version = plan.versions.last();
    let mut payouts = settle::payouts_of_partner(reader, partner_id, AWARDS_MAX).await?;
    payouts.retain(|payout| payout.program_id() == Some(program_id));
    Ok(Some(ProgramPage {
        code: plan.code.to_string(),
        names: newest.name.clone(),
        description: newest.description.clone(),
        version: newest.version,
        version_from: version.map_or(newest.starts, |version| version.from),
        starts: newest.starts,
        ends: newest.ends,
        periods: attainment::recent(plan, 0, &shown, now),
        standings: made(standings(reader, rules, master, now, &now_rows).await?),
        past: made(standings(reader, rules, master, now, &ended).await?),
        period: shown,
        payouts,
    }))
}

/// Whether an award belongs to the page of a period: it overlaps it, and if the period runs, so
/// does the award's.
fn is_in(figures: &Figures, shown: &Period, today: Date, rules: &Rules) -> bool {
    let Some((_, _, period)) = super::standing::period_of(rules, &figures.key) else {
        return false;
    };
    if shown.contains(today) {
        period.contains(today)
    } else {
        shown.start < period.end && period.start < shown.end
    }
}

/// All awards of a partner, newest period first; those of single facts added up by term.
pub(super) async fn awards_of(
    reader: &mut Reader,
    rules: &Rules,
    partner_id: i64,
) -> Result<Vec<Figures>, DbError> {
    let sql = format!(
        "SELECT {FIGURES} FROM award a WHERE a.tenant_id = $1 AND a.partner_id = $2 \
         ORDER BY a.period_day DESC, a.program_id, a.term, a.group_key LIMIT {AWARDS_MAX}"
    );
    let args = args![reader.tenant(), partner_id];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    let mut found: Vec<Figures> = Vec::new();
    for figures in rows.iter().map(figures) {
        let is_single = is_by_fact(rules, &figures.key);
        match found.last_mut().filter(|last| is_single && last.key == figures.key) {
            Some(sum) => {
                exact::add(&mut sum.amount, figures.amount, "awards")?;
                exact::add(&mut sum.qualifier_total, figures.qualifier_total, "qualifiers")?;
                sum.facts += figures.facts;
                sum.tier = sum.tier.max(figures.tier);
                let added = figures.measure.unwrap_or_default();
                if let Some(measure) = &mut sum.measure {
                    exact::add(measure, added, "measures")?;
                }
            }
            None if is_single => found.push(Figures {
                group: Group::one(),
                qualifier: None,
                baseline: None,
                next: None,
                ..figures
            }),
            None => found.push(figures),
        }
    }
    Ok(found)
}

fn is_by_fact(rules: &Rules, key: &Stale) -> bool {
    let found = || {
        let plan = &rules.plans[rules.position(key.program_id)?];
        let rule = rule_of(plan, u16::try_from(key.term).ok()?, plan.newest().version)?;
        Some(rule.term.group_by.fact)
    };
    found().unwrap_or(false)
}

/// The money that an award is in; `None` where wallets hold it.
fn currency(rules: &Rules, figures: &Figures) -> Option<String> {
    if wallets::pays_into(rules, figures.key.program_id, figures.key.term) {
        return None;
    }
    let plan = &rules.plans[rules.position(figures.key.program_id)?];
    let term = u16::try_from(figures.key.term).ok()?;
    plan.currency_of(term).map(|unit| unit.to_string())
}

/// How a partner stands in every term whose period runs, also where nothing counted yet; by what
/// reaching the next tier is worth. What pays into wallets stands there.
pub(super) async fn running(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner_id: i64,
    all: &[Figures],
) -> Result<Vec<Standing>, DbError> {
    let mut rows = Vec::new();
    let Some(code) = master.partner_code(partner_id) else { return Ok(Vec::new()) };
    for (at, plan) in rules.shown() {
        let today = day_of(now, &plan.zone);
        let of_program = |figures: &&Figures| figures.key.program_id == rules.program_ids[at];
        let runs = |figures: &&Figures| {
            let period = super::standing::period_of(rules, &figures.key);
            period.is_some_and(|(_, _, period)| period.contains(today))
        };
        let mut of_plan: Vec<Figures> =
            all.iter().filter(of_program).filter(runs).cloned().collect();
        if is_enrolled(plan.newest(), code, today, &master.master) {
            fill(reader, rules, master, now, (at, partner_id), &mut of_plan).await?;
        }
        of_plan.retain(|row| !wallets::pays_into(rules, row.key.program_id, row.key.term));
        rows.append(&mut of_plan);
    }
    let made = standings(reader, rules, master, now, &rows).await?;
    let mut found: Vec<Standing> = made.into_iter().flatten().collect();
    let worth = |s: &Standing| s.next.as_ref().and_then(|next| next.worth).unwrap_or_default();
    found.sort_by(|a, b| worth(b).cmp(&worth(a)).then_with(|| a.of.program.cmp(&b.of.program)));
    Ok(found)
}

/// How a partner stands in these terms on the way to a goal, in the periods that run.
pub(super) async fn on_the_way(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (partner_id, terms): (i64, &[(usize, u16)]),
) -> Result<Vec<Standing>, DbError> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let all = awards_of(reader, rules, partner_id).await?;
    let mut rows = Vec::new();
    for (at, term) in terms {
        let Some(key) = key_on(rules, (*at, *term, partner_id), now) else { continue };
        let own: Vec<Figures> = all.iter().filter(|row| row.key == key).cloned().collect();
        if own.is_empty() {
            rows.extend(not_yet(reader, rules, master, key).await?);
        }
        rows.extend(own);
    }
    Ok(standings(reader, rules, master, now, &rows).await?.into_iter().flatten().collect())
}

/// Adds the terms that run and of which there is no award yet.
async fn fill(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (at, partner_id): (usize, i64),
    rows: &mut Vec<Figures>,
) -> Result<(), DbError> {
    for term in 0..rules.plans[at].terms.len() {
        let Ok(term) = u16::try_from(term) else { continue };
        let Some(key) = key_on(rules, (at, term, partner_id), now) else { continue };
        if rows.iter().all(|row| row.key != key)
            && let Some(figures) = not_yet(reader, rules, master, key).await?
        {
            rows.push(figures);
        }
    }
    rows.sort_by(|a, b| (a.key.term, &a.group).cmp(&(b.key.term, &b.group)));
    Ok(())
}

/// The fiscal year of the vendor that a moment lies in.
pub(super) fn fiscal_year(settings: &Settings, now: Timestamp) -> Period {
    let zone = jiff::tz::TimeZone::get(&settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let today = day_of(now, &zone);
    let calendar = Calendar::new(Every::Year, settings.fiscal_year_month, Date::MIN, None);
    calendar.containing(today).unwrap_or_else(|| Period {
        start: today.first_of_year(),
        end: today.last_of_year(),
        name: today.year().to_string().into(),
    })
}

/// What was settled and is not paid yet, by currency.
pub(super) async fn payable(
    reader: &mut Reader,
    partner_id: i64,
) -> Result<BTreeMap<String, Decimal>, DbError> {
    let balances = crate::ledger::balances(reader, Some(partner_id)).await?;
    let mut payable = BTreeMap::new();
    for balance in balances.into_iter().filter(|b| b.account.starts_with("payable/")) {
        let owed = exact::less(balance.credit, balance.debit, "balances")?;
        exact::add(payable.entry(balance.unit).or_default(), owed, "balances")?;
    }
    payable.retain(|_, amount: &mut Decimal| !amount.is_zero());
    Ok(payable)
}
