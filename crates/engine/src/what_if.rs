//! What if a partner bought this: what each program would bring more, and nothing is written.
//!
//! The partner's totals are read into memory, the lines are measured as if they had just been sent,
//! and both go through the same evaluation as what is accrued.

use std::collections::{BTreeSet, HashSet};

use domain::award::NextTier;
use domain::booking::world::Ground;
use domain::code::{FactKey, PartnerCode, ProductCode};
use domain::fact::Fact;
use domain::measure::{Event, EventChange, Measurer, WaitReason, Waiting};
use domain::period::{Period, day_of};
use domain::plan::{Plan, Rule};
use domain::program::{Names, Opens, Reward, Scope, Term};
use domain::totals::{Cell, Group, Sums, Totals};
use domain::what_if::tried;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::catalog::MasterData;
use crate::db::{DbError, Reader, days_of};
use crate::rules::Rules;
use crate::totals::{self, Stale};

/// A line that has not happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidate {
    pub product: Option<String>,
    pub quantity: Option<Decimal>,
    pub unit: Option<String>,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    /// Today, if nothing is said.
    pub date: Option<Date>,
    pub channel: Option<String>,
}

/// No question has more lines.
pub const LINES_MAX: usize = 1_000;

/// Why the question could not be asked.
#[derive(Debug, Error)]
pub enum WhatIfError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("there is no partner `{0}`")]
    NoPartner(String),
    #[error("there is nothing to try; give at least one line")]
    NoLines,
    #[error("there are more than {LINES_MAX} lines; try fewer at a time")]
    TooManyLines,
    #[error("line {line}: there is no product `{product}`")]
    NoProduct { line: usize, product: String },
    #[error("line {line}: `{currency}` is no currency; write three letters, such as EUR")]
    NoCurrency { line: usize, currency: String },
    #[error("line {line}: give a quantity or an amount")]
    NoNumber { line: usize },
    #[error("line {line}: the number is more than any amount")]
    TooLarge { line: usize },
}

/// The answer.
#[derive(Debug, Clone)]
pub struct WhatIf {
    pub partner: PartnerCode,
    /// What the lines bring where, the most first.
    pub rewards: Vec<Brought>,
    /// Lines that would count for nothing until something arrives: number of the line, counted
    /// from 1, and what is missing in which program.
    pub waiting: Vec<(usize, String, WaitReason)>,
    /// Numbers of lines that no program counts.
    pub uncounted: Vec<usize>,
}

/// What becomes of one award.
#[derive(Debug, Clone)]
pub struct Brought {
    pub program: String,
    pub program_names: Names,
    pub term: String,
    pub term_names: Names,
    /// Who is paid: the partner, or whoever earns on its facts.
    pub earner: PartnerCode,
    pub period: Period,
    pub group: Group,
    /// A currency, or the code of what is given.
    pub unit: String,
    pub now: Decimal,
    pub then: Decimal,
    /// What of the difference comes from another tier on what was there already.
    pub lift: Decimal,
    pub tier_now: Option<Reached>,
    pub tier_then: Option<Reached>,
    /// What is missing for the next tier, with the lines.
    pub next: Option<NextTier>,
    /// The term as it acts then.
    pub rule: std::sync::Arc<Term>,
    /// Whether others share in it (a group's total, a budget), whose facts of today were not
    /// counted anew.
    pub depends_on_others: bool,
}

impl Brought {
    pub fn brings(&self) -> Decimal {
        self.then - self.now
    }
}

/// A tier somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub tier: u32,
    pub name: Option<Names>,
    pub opens: Opens,
}

/// Asks.
pub async fn what_if(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (partner, lines): (&str, &[Candidate]),
) -> Result<WhatIf, WhatIfError> {
    if master.partner_id(partner).is_none() {
        return Err(WhatIfError::NoPartner(partner.to_owned()));
    }
    let partner = PartnerCode::new(partner);
    let facts = facts(rules, master, now, &partner, lines)?;
    let (more, waits, counted) = measured(rules, master, &facts);
    let asked = asked(rules, &partner, &facts, &more);
    let had = held(reader, rules, master, &asked).await?;
    let today = facts.iter().map(Fact::date).max().unwrap_or(Date::MIN);
    let rewards = brought(rules, master, today, &asked, had, more);
    let number = |key: &FactKey| facts.iter().position(|fact| &fact.key == key).unwrap_or(0) + 1;
    let waiting: BTreeSet<(usize, String, WaitReason)> = waits
        .iter()
        .map(|waits| (number(&waits.key), waits.program.to_string(), waits.reason))
        .collect();
    let uncounted = (1..=facts.len())
        .filter(|at| !counted.contains(at) && waiting.iter().all(|(line, ..)| line != at));
    Ok(WhatIf {
        partner,
        rewards,
        uncounted: uncounted.collect(),
        waiting: waiting.into_iter().collect(),
    })
}

/// The lines as facts that were just sent.
fn facts(
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    partner: &PartnerCode,
    lines: &[Candidate],
) -> Result<Vec<Fact>, WhatIfError> {
    if lines.is_empty() {
        return Err(WhatIfError::NoLines);
    }
    if lines.len() > LINES_MAX {
        return Err(WhatIfError::TooManyLines);
    }
    let zone = rules.plans.first().map_or(jiff::tz::TimeZone::UTC, |plan| plan.zone.clone());
    let today = day_of(now, &zone);
    let mut facts = Vec::with_capacity(lines.len());
    for (line, candidate) in (1..).zip(lines) {
        let product = candidate.product.as_deref().map(str::trim).filter(|code| !code.is_empty());
        if let Some(product) = product
            && master.product_id(product).is_none()
        {
            return Err(WhatIfError::NoProduct { line, product: product.to_owned() });
        }
        let currency = match candidate.currency.as_deref().filter(|code| !code.is_empty()) {
            None => None,
            Some(code) => {
                let found = domain::amount::Currency::parse(code);
                let unknown = || WhatIfError::NoCurrency { line, currency: code.to_owned() };
                Some(found.ok_or_else(unknown)?)
            }
        };
        let numbers = [candidate.quantity, candidate.amount];
        if numbers == [None, None] {
            return Err(WhatIfError::NoNumber { line });
        }
        if numbers.into_iter().flatten().any(|number| !domain::evaluate::is_amount(number)) {
            return Err(WhatIfError::TooLarge { line });
        }
        facts.push(Fact {
            // No source has such keys: a blank begins none.
            key: FactKey::new(format!(" {line}")),
            kind: domain::fact::FactKind::Sale,
            at: candidate.date.unwrap_or(today).at(0, 0, 0, 0),
            recorded: now,
            of: None,
            partner: Some(partner.clone()),
            product: product.map(ProductCode::new),
            quantity: candidate.quantity,
            unit: candidate.unit.as_deref().filter(|u| !u.is_empty()).map(domain::code::Unit::new),
            amount: candidate.amount,
            currency,
            order: None,
            line: None,
            channel: candidate.channel.clone(),
            activity_type: None,
            parties: std::collections::BTreeMap::new(),
            attributes: std::collections::BTreeMap::new(),
        });
    }
    Ok(facts)
}

/// What the lines add, what waits, and the numbers of those that count somewhere.
fn measured(
    rules: &Rules,
    master: &MasterData,
    facts: &[Fact],
) -> (Totals, Vec<Waiting>, BTreeSet<usize>) {
    let mut measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
    let (mut totals, mut waits, mut counted) = (Totals::default(), Vec::new(), BTreeSet::new());
    for (number, fact) in (1..).zip(facts) {
        let event = Event { recorded: fact.recorded, fact, change: EventChange::Came };
        let mut own = Totals::default();
        measurer.unit(&[event], 0, &mut own, &mut waits);
        for (cell, sums) in own.into_cells() {
            if cell.slot == domain::totals::Slot::Measure {
                counted.insert(number);
            }
            totals.add(cell, sums);
        }
    }
    (totals, waits, counted)
}

/// A term, earner and period.
type Of = (usize, u16, PartnerCode, Period);

/// All terms of the programs the lines touch, for whoever earns, in the periods of the lines.
fn asked(rules: &Rules, partner: &PartnerCode, facts: &[Fact], more: &Totals) -> BTreeSet<Of> {
    let mut earners: BTreeSet<(usize, PartnerCode)> = BTreeSet::new();
    for (cell, _) in more.iter() {
        let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
        // Sums of many partners stand under names that are no codes.
        let is_code = !cell.earner.as_str().starts_with('\u{1d}');
        earners.insert((plan, if is_code { cell.earner.clone() } else { partner.clone() }));
    }
    let days: BTreeSet<Date> = facts.iter().map(Fact::date).collect();
    let mut asked = BTreeSet::new();
    for (at, earner) in earners {
        let Some(plan) = rules.plans.get(at) else { continue };
        for (term, plan_term) in (0u16..).zip(&plan.terms) {
            for period in days.iter().filter_map(|day| plan_term.calendar.containing(*day)) {
                asked.insert((at, term, earner.clone(), period));
            }
        }
    }
    asked
}

async fn held(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &BTreeSet<Of>,
) -> Result<Vec<(Cell, Sums)>, DbError> {
    let stale: Vec<Stale> = asked
        .iter()
        .filter_map(|(plan, term, earner, period)| {
            Some(Stale {
                program_id: rules.program_ids[*plan],
                partner_id: master.partner_id(earner.as_str())?,
                term: i64::from(*term),
                period_day: days_of(period.start),
            })
        })
        .collect();
    if stale.is_empty() {
        return Ok(Vec::new());
    }
    let cells = totals::cells_of(reader, rules, master, &stale).await?;
    Ok(cells.into_values().flatten().collect())
}

fn brought(
    rules: &Rules,
    master: &MasterData,
    today: Date,
    asked: &BTreeSet<Of>,
    had: Vec<(Cell, Sums)>,
    more: Totals,
) -> Vec<Brought> {
    let ground = Ground {
        only: None,
        plans: &rules.plans,
        closes: &rules.closes,
        master: &master.master,
        today,
        recorded: &|_| None,
    };
    let found = tried(ground, had.iter().cloned(), more.into_cells());
    let wanted: HashSet<(usize, u16, &PartnerCode, Date)> =
        asked.iter().map(|(plan, term, earner, p)| (*plan, *term, earner, p.start)).collect();
    let mut rewards: Vec<Brought> = found
        .into_iter()
        .filter(|one| {
            let of = &one.asked;
            wanted.contains(&(of.plan, of.term, &of.earner, of.period)) && (one.now != one.then)
        })
        .filter_map(|one| {
            let plan = &rules.plans[one.asked.plan];
            let award = one.then.as_ref().or(one.now.as_ref())?;
            let rule = plan.version(award.version)?.rules[usize::from(one.asked.term)].as_ref()?;
            let newest = plan.newest();
            let reached = |award: &Option<domain::award::Award>| reached(award.as_ref()?);
            Some(Brought {
                program: newest.code.to_string(),
                program_names: newest.name.clone(),
                term: rule.term.code.to_string(),
                term_names: rule.term.name.clone(),
                earner: one.asked.earner.clone(),
                period: one.period.clone(),
                group: one.group.clone(),
                unit: match &rule.term.reward {
                    Reward::Money => rule.currency.to_string(),
                    other => other.code().to_owned(),
                },
                now: one.amount_now(),
                then: one.amount_then(),
                lift: one.lift,
                tier_now: reached(&one.now),
                tier_then: reached(&one.then),
                next: one.then.as_ref().and_then(|award| award.next.clone()),
                depends_on_others: depends(plan, rule),
                rule: std::sync::Arc::clone(&rule.term),
            })
        })
        .collect();
    rewards.sort_by(|a, b| {
        b.brings()
            .cmp(&a.brings())
            .then_with(|| (&a.program, &a.term, &a.period).cmp(&(&b.program, &b.term, &b.period)))
    });
    rewards
}

fn reached(award: &domain::award::Award) -> Option<Reached> {
    let tier = award.tier?;
    let opens = award.reasons.iter().find_map(|reason| match reason {
        domain::award::Reason::Tier { opens, .. } => Some(*opens),
        _ => None,
    });
    Some(Reached { tier, name: award.tier_name.clone(), opens: opens.unwrap_or(Opens::Always) })
}

/// Whether an award is more than its earner's own facts.
fn depends(plan: &Plan, rule: &Rule) -> bool {
    let limits = &plan.newest().limits;
    rule.term.limits.budget.is_some()
        || limits.budget.is_some()
        || rule.reads.iter().any(|read| read.scope != Scope::Partner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::for_each_database;
    use crate::views::story::{self, TODAY, noon};

    fn line(product: &str, quantity: i64, amount: i64) -> Candidate {
        Candidate {
            product: Some(product.to_owned()),
            quantity: Some(quantity.into()),
            amount: Some(amount.into()),
            ..Candidate::default()
        }
    }

    #[tokio::test]
    async fn an_order_brings_what_taking_it_in_would() {
        for_each_database(async |db| {
            let story = story::tell(&db).await;
            let mut reader = db.read().await.expect("reads");
            let ask = (noon(TODAY), [line("B1", 2, 600), line("C1", 1, 50)]);
            // P1 has 2,000.10 of bikes less 700 given back, which is Silver.
            let answer =
                what_if(&mut reader, &story.rules, &story.master, ask.0, ("P1", &ask.1)).await;
            let answer = answer.expect("answers");
            let told: Vec<String> = answer
                .rewards
                .iter()
                .map(|one| {
                    let gap = one.next.as_ref().and_then(|next| next.gap).unwrap_or_default();
                    format!(
                        "{}/{} {} {} {} {gap}",
                        one.program, one.term, one.now, one.then, one.lift
                    )
                })
                .collect();
            drop(reader);

            // The same order, taken in.
            story::take(
                &db,
                "2026-05-31 sale X1 P1 B1 2 600\n2026-05-31 sale X2 P1 C1 1 50",
                noon(TODAY),
            )
            .await;
            let after = story::know(&db).await;
            let mut reader = db.read().await.expect("reads");
            let partner = after.master.partner_id("P1").expect("a partner");
            let rows = crate::accrue::awards_of_partner(&mut reader, partner, 100).await;
            let rows = rows.expect("reads");
            for one in &answer.rewards {
                let at = after.rules.by_code(&one.program).expect("a program");
                let row = rows.iter().find(|row| {
                    row.program_id == after.rules.program_ids[at] && row.period == one.period.start
                });
                assert_eq!(row.map(|row| row.amount), Some(one.then), "{told:?}");
            }
            assert_eq!(told.len(), 2, "{told:?}");
            assert!(answer.waiting.is_empty() && answer.uncounted.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn what_cannot_be_asked_says_why() {
        for_each_database(async |db| {
            let story = story::tell(&db).await;
            let mut reader = db.read().await.expect("reads");
            let cases = [
                ("P9", vec![line("B1", 1, 1)], "there is no partner `P9`"),
                ("P1", vec![], "there is nothing to try; give at least one line"),
                ("P1", vec![line("Z", 1, 1)], "line 1: there is no product `Z`"),
                (
                    "P1",
                    vec![line("B1", 1, 1), Candidate::default()],
                    "line 2: give a quantity or an amount",
                ),
                (
                    "P1",
                    vec![Candidate { currency: Some("yen".into()), ..line("B1", 1, 1) }],
                    "line 1: `yen` is no currency; write three letters, such as EUR",
                ),
            ];
            for (partner, lines, expected) in cases {
                let of = (partner, lines.as_slice());
                let asked = what_if(&mut reader, &story.rules, &story.master, noon(TODAY), of);
                assert_eq!(asked.await.unwrap_err().to_string(), expected);
            }
            // Who is in no program: nothing comes of it, and it says so.
            let of = ("P4", &[line("C1", 1, 10)][..]);
            let old = Candidate { date: Some("2020-01-01".parse().unwrap()), ..line("C1", 1, 10) };
            let none =
                what_if(&mut reader, &story.rules, &story.master, noon(TODAY), (of.0, &[old]))
                    .await
                    .expect("answers");
            assert!(none.rewards.is_empty());
            assert_eq!(none.uncounted, [1]);
            let foreign = Candidate { currency: Some("USD".into()), ..line("B1", 1, 10) };
            let waits =
                what_if(&mut reader, &story.rules, &story.master, noon(TODAY), ("P1", &[foreign]))
                    .await
                    .expect("answers");
            assert!(
                waits.waiting.iter().all(|(line, _, why)| (*line, *why) == (1, WaitReason::NoRate))
                    && !waits.waiting.is_empty()
            );
        })
        .await;
    }
}
