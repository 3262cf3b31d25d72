//! How a partner stands in one term and period: what pages, portal and API show of an award.

use std::collections::{BTreeMap, HashMap};

use domain::amount::Currency;
use domain::award::Award;
use domain::booking::{More, Question};
use domain::explain::CountedIn;
use domain::period::{Period, day_of};
use domain::plan::{Plan, Rule};
use domain::program::{Every, Names, Opens, RowValue, View};
use domain::standing::{Attained, attained, days_left, forecast};
use domain::totals::{Cell, Group, Slot, Sums};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Row, days_of};
use crate::exact;
use crate::explain::AwardRef;
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// How a partner stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Opens the explanation. Of terms that take each fact by itself it names the term, partner
    /// and period alone.
    pub of: AwardRef,
    pub partner_id: i64,
    pub program_id: i64,
    pub program_names: Names,
    pub version: u32,
    pub term_names: Names,
    /// How many terms the program has.
    pub terms: usize,
    pub period: Period,
    pub every: Every,
    pub fiscal_year_from: i8,
    /// `None` once the period is over, and where it has no end.
    pub days_left: Option<i32>,
    pub currency: Currency,
    /// What the qualifier's total is counted in.
    pub qualified_in: CountedIn,
    /// The currency of the qualifier where that is money; it may be another than of the award.
    pub qualified_currency: Currency,
    /// Whether `qualifier` and thresholds are shares of 1: growth, attainment, mix.
    pub is_ratio: bool,
    pub measured_in: Option<CountedIn>,
    /// The table of the group, ascending.
    pub tiers: Vec<Tier>,
    /// Counted from 1; `None` below the first.
    pub tier: Option<u32>,
    /// What is compared with thresholds; `None` where there is nothing to compare.
    pub qualifier: Option<Decimal>,
    pub qualifier_total: Decimal,
    pub measure: Option<Decimal>,
    pub baseline: Option<Decimal>,
    /// Where the term has a target for this partner.
    pub target: Option<Attained>,
    pub facts: i64,
    /// What has been earned so far, exact.
    pub earned: Decimal,
    pub next: Option<Next>,
    /// Where the present pace leads; an estimate. Of periods that run.
    pub forecast: Option<Forecast>,
}

/// A row of a tier table.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// Counted from 1.
    pub tier: u32,
    pub name: Option<Names>,
    pub opens: Opens,
    pub value: Option<RowValue>,
    pub fixed: Option<Decimal>,
}

/// The tier above, and what is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    pub tier: u32,
    pub name: Option<Names>,
    /// Its threshold; ratios are shares of 1.
    pub opens: Option<Decimal>,
    /// What the qualifier's total lacks.
    pub gap: Option<Decimal>,
    /// What reaching it would add; an estimate.
    pub worth: Option<Decimal>,
}

/// Where the present pace leads at the end of the period: an estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub qualifier: Option<Decimal>,
    pub qualifier_total: Decimal,
    pub tier: Option<u32>,
    pub amount: Decimal,
}

/// The numbers of an award, however it was come by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figures {
    pub key: Stale,
    pub group: Group,
    pub version: u32,
    pub amount: Decimal,
    pub tier: Option<u32>,
    pub qualifier: Option<Decimal>,
    pub qualifier_total: Decimal,
    pub measure: Option<Decimal>,
    pub baseline: Option<Decimal>,
    pub facts: i64,
    pub next: Option<Next>,
}

/// The columns that [`figures`] reads, of the table `a`.
pub(super) const FIGURES: &str = "a.program_id, a.partner_id, a.term, a.period_day, a.group_key, \
    a.version, a.amount, a.tier, a.qualifier, a.qualifier_total, a.measure, a.baseline, a.facts, \
    a.next_tier, a.next_name, a.next_opens, a.gap, a.worth";
/// How many columns those are.
pub(super) const FIGURES_COUNT: usize = 18;

pub(super) fn figures(row: &Row) -> Figures {
    let some = |column: usize| row.opt_text(column).map(number_of);
    let tier = |column: usize| row.opt_int(column).and_then(|tier| u32::try_from(tier).ok());
    let next = tier(13).map(|tier| Next {
        tier,
        name: row.opt_text(14).and_then(|text| serde_json::from_str(text).ok()),
        opens: some(15),
        gap: some(16),
        worth: some(17),
    });
    Figures {
        key: Stale {
            program_id: row.int(0),
            partner_id: row.int(1),
            term: row.int(2),
            period_day: row.int(3),
        },
        group: Group::from_stored(row.text(4)),
        version: u32::try_from(row.int(5)).unwrap_or(0),
        amount: number_of(row.text(6)),
        tier: tier(7),
        qualifier: some(8),
        qualifier_total: number_of(row.text(9)),
        measure: some(10),
        baseline: some(11),
        facts: row.int(12),
        next,
    }
}

/// A decimal as it is stored.
pub(super) fn number_of(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// The exact sum of decimals with spaces between them. What no decimal can hold is an error.
pub(super) fn sum_of(text: &str) -> Result<Decimal, DbError> {
    const SHOWN: &str = "what is shown";
    let mut sum = Decimal::ZERO;
    for number in text.split(' ').filter(|number| !number.is_empty()) {
        let number = Decimal::from_str_exact(number);
        exact::add(&mut sum, number.map_err(|_| DbError::OutOfRange { what: SHOWN })?, SHOWN)?;
    }
    Ok(sum)
}

impl Figures {
    fn of_award(key: Stale, award: &Award) -> Figures {
        let next = award.next.as_ref().map(|next| Next {
            tier: next.tier,
            name: next.name.clone(),
            opens: match next.opens {
                Opens::Always => None,
                Opens::From(threshold) | Opens::Above(threshold) => Some(threshold),
            },
            gap: next.gap,
            worth: next.worth,
        });
        Figures {
            key,
            group: award.group.clone(),
            version: award.version,
            amount: award.amount,
            tier: award.tier,
            qualifier: award.qualifier,
            qualifier_total: award.qualifier_total,
            measure: award.measure,
            baseline: award.baseline,
            facts: award.facts,
            next,
        }
    }
}

/// What a program says about one term.
pub(super) fn rule_of(plan: &Plan, term: u16, version: u32) -> Option<&Rule> {
    let at = usize::from(term);
    let exact = plan.version(version).and_then(|version| version.rules[at].as_ref());
    exact.or_else(|| plan.versions.iter().rev().find_map(|version| version.rules[at].as_ref()))
}

/// Makes standings of figures, in their order, with forecasts where their periods run. `None` for
/// what no active program knows any more.
pub(super) async fn standings(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    rows: &[Figures],
) -> Result<Vec<Option<Standing>>, DbError> {
    let mut running: Vec<Stale> = rows
        .iter()
        .map(|row| row.key)
        .filter(|key| {
            period_of(rules, key)
                .is_some_and(|(plan, _, period)| period.contains(day_of(now, &plan.zone)))
        })
        .collect();
    running.sort_unstable();
    running.dedup();
    let cells = totals::cells_of(reader, rules, master, &running).await?;
    let mut forecasts: HashMap<Stale, BTreeMap<Group, Forecast>> = HashMap::new();
    for (key, cells) in &cells {
        forecasts.insert(*key, ahead(rules, master, now, key, cells));
    }
    let nothing = BTreeMap::new();
    Ok(rows
        .iter()
        .map(|row| {
            let forecasts = forecasts.get(&row.key).unwrap_or(&nothing);
            standing(rules, master, now, row, forecasts.get(&row.group).cloned())
        })
        .collect())
}

/// The plan, term and period of a key.
pub(super) fn period_of<'r>(rules: &'r Rules, key: &Stale) -> Option<(&'r Plan, u16, Period)> {
    let plan = &rules.plans[rules.position(key.program_id)?];
    let term = u16::try_from(key.term).ok()?;
    let calendar = &plan.terms.get(usize::from(term))?.calendar;
    let period = calendar.containing(crate::db::date_of(key.period_day)?)?;
    Some((plan, term, period))
}

fn ahead(
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    key: &Stale,
    cells: &[(Cell, Sums)],
) -> BTreeMap<Group, Forecast> {
    let found = || {
        let (plan, term, period) = period_of(rules, key)?;
        let earner = master.partner_code(key.partner_id)?;
        let at = rules.position(key.program_id)?;
        // What others earn decides, too, and nobody knows how they go on.
        if rules.family_of((at, term)).is_some() {
            return None;
        }
        let closes = &rules.closes[at];
        let more = More { figures: Some(&master.master.figures), ..More::default() };
        let question = Question { plan, term, earner, period: &period, closes, cells, more };
        forecast(&question, day_of(now, &plan.zone))
    };
    let forecast = |award: &Award| Forecast {
        qualifier: award.qualifier,
        qualifier_total: award.qualifier_total,
        tier: award.tier,
        amount: award.amount,
    };
    let awards = found().unwrap_or_default();
    awards.iter().map(|award| (award.group.clone(), forecast(award))).collect()
}

/// How much of its target an award of a version reached: what it was compared with, and its total.
pub fn attained_by(
    rules: &Rules,
    key: &Stale,
    version: u32,
    (base, reached): (Option<Decimal>, Decimal),
    now: Timestamp,
) -> Option<Attained> {
    let (plan, term, period) = period_of(rules, key)?;
    let rule = rule_of(plan, term, version)?;
    attained(&rule.term, base, reached, (&period, day_of(now, &plan.zone)))
}

fn standing(
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    row: &Figures,
    forecast: Option<Forecast>,
) -> Option<Standing> {
    let (plan, term, period) = period_of(rules, &row.key)?;
    let rule = rule_of(plan, term, row.version)?;
    let today = day_of(now, &plan.zone);
    let tiers = domain::evaluate::table(&rule.term, &row.group);
    let view = rule.term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view);
    let version = plan.version(row.version).map_or(plan.newest(), |version| &version.program);
    Some(Standing {
        of: AwardRef {
            program: plan.code.to_string(),
            term: rule.term.code.to_string(),
            partner: master.partner_code(row.key.partner_id)?.to_string(),
            period: period.name.to_string(),
            group: row.group.clone(),
        },
        partner_id: row.key.partner_id,
        program_id: row.key.program_id,
        program_names: version.name.clone(),
        version: version.version,
        term_names: rule.term.name.clone(),
        terms: plan.terms.len(),
        days_left: days_left(&period, today),
        target: attained(&rule.term, row.baseline, row.qualifier_total, (&period, today)),
        period,
        every: rule.term.periods.every.clone(),
        fiscal_year_from: rule.term.periods.fiscal_year_from,
        currency: rule.currency,
        qualified_in: CountedIn::of_qualifier(&rule.term),
        qualified_currency: rule.term.qualifier_currency_in(version),
        is_ratio: view.is_ratio(),
        measured_in: CountedIn::of_measure(&rule.term),
        tiers: tiers.into_iter().zip(1..).map(|(row, tier)| super::tier_of(row, tier)).collect(),
        tier: row.tier,
        qualifier: row.qualifier,
        qualifier_total: row.qualifier_total,
        measure: row.measure,
        baseline: row.baseline,
        facts: row.facts,
        earned: row.amount,
        next: row.next.clone(),
        forecast,
    })
}

/// The figures of somebody who may earn and for whom nothing counted yet, so that what can be
/// reached is shown. `None` for terms with groups: which of them there will be nobody knows.
pub(super) async fn not_yet(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    key: Stale,
) -> Result<Option<Figures>, DbError> {
    let Some((plan, term, period)) = period_of(rules, &key) else { return Ok(None) };
    let Some(at) = rules.position(key.program_id) else { return Ok(None) };
    let Some(earner) = master.partner_code(key.partner_id) else { return Ok(None) };
    let Some(rule) = rule_of(plan, term, plan.newest().version) else { return Ok(None) };
    if rule.term.group_by.fact || !rule.term.group_by.names.is_empty() {
        return Ok(None);
    }
    let found = totals::cells_of(reader, rules, master, &[key]).await?;
    let mut cells = found.into_values().next().unwrap_or_default();
    let acting = plan.acting(term, &period, &|_| true);
    let Some((part, Some(version))) = acting.last().copied() else { return Ok(None) };
    // A fact of nothing: it opens the award and adds nothing to it.
    let cell = Cell {
        plan: 0,
        version: version.program.version,
        term,
        earner: earner.clone(),
        period: period.start,
        group: Group::one(),
        slot: Slot::Measure,
        part,
        payout: period.start,
        accounting: period.start,
        late: false,
    };
    cells.push((cell, Sums { total: Decimal::ZERO, facts: 1 }));
    let closes = &rules.closes[at];
    let more = More { figures: Some(&master.master.figures), ..More::default() };
    let cells = cells.as_slice();
    let question = Question { plan, term, earner, period: &period, closes, cells, more };
    let award = question.earned().into_iter().next();
    Ok(award.map(|award| Figures { facts: 0, ..Figures::of_award(key, &award) }))
}

/// The key of a term's period that a day lies in.
pub(super) fn key_on(
    rules: &Rules,
    (at, term, partner_id): (usize, u16, i64),
    now: Timestamp,
) -> Option<Stale> {
    let plan = &rules.plans[at];
    let period = plan.terms[usize::from(term)].calendar.containing(day_of(now, &plan.zone))?;
    Some(Stale {
        program_id: rules.program_ids[at],
        partner_id,
        term: i64::from(term),
        period_day: days_of(period.start),
    })
}
