//! From what is known at a moment to the lists people read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::Moment;
use super::run::Known;
use super::story::{AccrualLine, AwardLine, PartnerPayout, Snapshot, WaitingLine, WhatIfLine};
use crate::award::Award;
use crate::booking::{Due, Outcome, Question};
use crate::code::PartnerCode;
use crate::measure::{CountedFact, Measurer, Waiting};
use crate::settlement::payouts;
use crate::share::fact_lines;
use crate::totals::{Cell, Sums, Totals};

/// Which award is meant, all its groups together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    plan: usize,
    term: u16,
    earner: PartnerCode,
    /// First day of the period.
    period: Date,
}

/// Everything evaluated.
struct Evaluated {
    outcomes: BTreeMap<Asked, Outcome>,
    counted: BTreeMap<Asked, Vec<CountedFact>>,
    waiting: Vec<Waiting>,
}

/// The state at a moment. `tried` are what-ifs by name, without and with their facts.
pub(super) fn snapshot(as_of: Moment, known: &Known, tried: &[(&str, Known, Known)]) -> Snapshot {
    let evaluated = evaluate(known);
    let mut awards = Vec::new();
    let mut accruals = Vec::new();
    for (asked, outcome) in &evaluated.outcomes {
        let plan = &known.plans[asked.plan];
        for award in &outcome.awards {
            awards.extend(award_line(asked, outcome, award, &evaluated, known));
        }
        accruals.extend(outcome.accruals.iter().map(|accrual| AccrualLine {
            program: plan.code.clone(),
            term: plan.terms[usize::from(asked.term)].code.clone(),
            partner: asked.earner.clone(),
            group: accrual.group.clone(),
            period: accrual.accounting.clone(),
            earned_in: outcome.period.clone(),
            kind: accrual.kind,
            unit: plan.newest().currency,
            amount: accrual.amount,
        }));
    }
    let waiting: BTreeSet<WaitingLine> = evaluated
        .waiting
        .iter()
        .map(|waiting| WaitingLine { key: waiting.key.clone(), reason: waiting.reason })
        .collect();
    Snapshot {
        as_of,
        awards,
        accruals,
        payouts: all_payouts(known, &evaluated),
        waiting: waiting.into_iter().collect(),
        rejections: known.rejections.clone(),
        what_if: tried
            .iter()
            .flat_map(|(name, before, after)| what_if(name, before, after))
            .collect(),
    }
}

fn evaluate(known: &Known) -> Evaluated {
    let mut measurer = Measurer::new(&known.plans, &known.closes, &known.master);
    let (mut totals, mut waiting) = (Totals::default(), Vec::new());
    let mut counted: BTreeMap<Asked, Vec<CountedFact>> = BTreeMap::new();
    for unit in &known.units() {
        measurer.unit(unit, 0, &mut totals, &mut waiting);
        for fact in measurer.counted(unit) {
            let asked = Asked {
                plan: fact.plan,
                term: fact.term,
                earner: fact.earner.clone(),
                period: fact.counted.period.start,
            };
            counted.entry(asked).or_default().push(fact);
        }
    }
    let mut cells: BTreeMap<Asked, Vec<(Cell, Sums)>> = BTreeMap::new();
    for (cell, sums) in totals.into_cells() {
        let asked = Asked {
            plan: usize::try_from(cell.plan).unwrap_or(usize::MAX),
            term: cell.term,
            earner: cell.earner.clone(),
            period: cell.period,
        };
        cells.entry(asked).or_default().push((cell, sums));
    }
    let mut outcomes = BTreeMap::new();
    for (asked, mut cells) in cells {
        cells.sort_by(|(a, _), (b, _)| a.cmp(b));
        let plan = &known.plans[asked.plan];
        let calendar = &plan.terms[usize::from(asked.term)].calendar;
        let Some(period) = calendar.containing(asked.period) else { continue };
        let question = Question {
            plan,
            term: asked.term,
            earner: &asked.earner,
            period: &period,
            closes: &known.closes[asked.plan],
            cells: &cells,
        };
        let outcome = question.outcome();
        outcomes.insert(asked, outcome);
    }
    Evaluated { outcomes, counted, waiting }
}

fn award_line(
    asked: &Asked,
    outcome: &Outcome,
    award: &Award,
    evaluated: &Evaluated,
    known: &Known,
) -> Option<AwardLine> {
    let plan = &known.plans[asked.plan];
    let rule = plan.version(award.version)?.rules[usize::from(asked.term)].as_ref()?;
    let counted = evaluated.counted.get(asked).map_or(&[][..], Vec::as_slice);
    Some(AwardLine {
        program: plan.code.clone(),
        term: rule.term.clone(),
        currency: rule.currency,
        partner: asked.earner.clone(),
        earner: asked.earner.clone(),
        period: outcome.period.clone(),
        award: award.clone(),
        lines: fact_lines(plan, (asked.term, &outcome.period), award, counted, &|key| {
            known.fact(key).map_or(DateTime::MAX, |fact| fact.at)
        }),
    })
}

fn all_payouts(known: &Known, evaluated: &Evaluated) -> Vec<PartnerPayout> {
    let mut lines = Vec::new();
    for (at, plan) in known.plans.iter().enumerate() {
        let adjustments = known.adjustments(&plan.code);
        let mut due: BTreeMap<&PartnerCode, Vec<(Date, Due)>> =
            adjustments.keys().map(|partner| (partner, Vec::new())).collect();
        for (asked, outcome) in evaluated.outcomes.iter().filter(|(asked, _)| asked.plan == at) {
            let of = due.entry(&asked.earner).or_default();
            // Whoever was looked at has a payout, be it of nothing.
            of.extend(outcome.awards.iter().map(|award| {
                let (group, payout) = (award.group.clone(), outcome.period.clone());
                (outcome.period.start, Due { group, payout, amount: Decimal::ZERO })
            }));
            of.extend(outcome.due.iter().map(|due| (outcome.period.start, due.clone())));
        }
        for (partner, due) in due {
            let adjustments = adjustments.get(partner).map_or(&[][..], Vec::as_slice);
            lines.extend(payouts(plan, &due, adjustments, &known.closes[at]).into_iter().map(
                |line| PartnerPayout {
                    program: plan.code.clone(),
                    partner: partner.clone(),
                    unit: plan.newest().currency,
                    line,
                },
            ));
        }
    }
    lines
}

/// The awards that the tried facts touch.
fn what_if(name: &str, before: &Known, after: &Known) -> Vec<WhatIfLine> {
    let (now, then) = (evaluate(before), evaluate(after));
    let mut lines = Vec::new();
    for (asked, outcome) in &then.outcomes {
        let plan = &after.plans[asked.plan];
        let had = now.outcomes.get(asked);
        for award in &outcome.awards {
            let had = had.and_then(|had| had.awards.iter().find(|a| a.group == award.group));
            if had.is_some_and(|had| had == award) {
                continue;
            }
            lines.push(WhatIfLine {
                what_if: name.to_owned(),
                program: plan.code.clone(),
                term: plan.terms[usize::from(asked.term)].code.clone(),
                partner: asked.earner.clone(),
                period: outcome.period.clone(),
                group: award.group.clone(),
                now: had.map_or(Decimal::ZERO, |had| had.amount),
                projected: award.amount,
                tier: award.tier,
            });
        }
    }
    lines
}
