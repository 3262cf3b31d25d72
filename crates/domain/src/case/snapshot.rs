//! From what is known at a moment to the lists people read.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::ops::Range;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::Moment;
use super::run::{Detail, Frozen, Known, SentAward, Units};
use super::story::{
    AccrualLine, AwardLine, FactLine, PartnerPayout, Snapshot, WaitingLine, WhatIfLine,
};
use crate::amount::Currency;
use crate::award::Award;
use crate::booking::closed::{self, Booked, Closed};
use crate::booking::world::{Asked, Ground, World};
use crate::booking::{Due, Outcome, credited as given_by, paid};
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode};
use crate::measure::{CountedFact, Measurer, WaitReason, Waiting};
use crate::period::Period;
use crate::plan::{Plan, Rule};
use crate::program::{Reward, Split};
use crate::settlement::payouts;
use crate::share::fact_lines;
use crate::totals::{Group, Totals};

/// Everything evaluated.
struct Evaluated {
    outcomes: BTreeMap<Asked, Outcome>,
    counted: BTreeMap<Asked, Vec<CountedFact>>,
    waiting: Vec<Waiting>,
}

/// The state at a moment. `tried` are what-ifs by name, without and with their facts.
pub(super) fn snapshot(
    as_of: Moment,
    known: &Known,
    tried: &[(&str, Known, Known)],
    detail: Detail,
) -> Snapshot {
    let evaluated = evaluate(known, detail == Detail::Facts || gives_what_was_sold(known));
    let mut awards = Vec::new();
    let mut accruals = Vec::new();
    for (asked, outcome) in &evaluated.outcomes {
        let plan = &known.plans[asked.plan];
        for award in &outcome.awards {
            awards.extend(award_lines(asked, outcome, award, &evaluated, known));
        }
        let Some(unit) = plan.currency_of(asked.term) else { continue };
        accruals.extend(outcome.accruals.iter().map(|accrual| AccrualLine {
            program: plan.code.clone(),
            term: plan.terms[usize::from(asked.term)].code.clone(),
            partner: accrual.partner.clone(),
            group: accrual.group.clone(),
            period: accrual.accounting.clone(),
            earned_in: outcome.period.clone(),
            kind: accrual.kind,
            unit,
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
        wallet: Vec::new(),
    }
}

/// Whether what an award gives stands in the facts behind it.
fn gives_what_was_sold(known: &Known) -> bool {
    let rules = known.plans.iter().flat_map(|plan| &plan.versions).flat_map(|it| &it.rules);
    rules.flatten().any(|rule| matches!(&rule.term.reward, Reward::Goods(code) if code == "same"))
}

/// What facts count for.
#[derive(Default)]
struct Measured {
    totals: Totals,
    counted: BTreeMap<Asked, Vec<CountedFact>>,
    waiting: Vec<Waiting>,
}

/// So many units are worth a thread of their own; in tests a few, so that all of them are told by
/// several.
const UNITS_PER_THREAD: usize = if cfg!(test) { 2 } else { 50_000 };

/// Measures all units. What facts count adds up, so parts of them are measured side by side.
fn measure(known: &Known, with_facts: bool) -> Measured {
    let units = known.units();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(units.len() / UNITS_PER_THREAD).max(1);
    let per_thread = units.len().div_ceil(threads).max(1);
    let part = |from: usize| from..(from + per_thread).min(units.len());
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (per_thread..units.len())
            .step_by(per_thread)
            .map(|from| {
                let (units, part) = (&units, part(from));
                scope.spawn(move || measure_part(known, units, part, with_facts))
            })
            .collect();
        let mut all = measure_part(known, &units, part(0), with_facts);
        for other in others {
            all.add(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    if all.totals.beyond().is_some() {
        // Which fact is too much must not depend on the order in which they came.
        let units = known.units_by_name();
        all = measure_part(known, &units, 0..units.len(), with_facts);
    }
    all
}

impl Measured {
    fn add(&mut self, other: Measured) {
        // What is out of range is remembered by the totals.
        self.totals.add_all(other.totals);
        self.waiting.extend(other.waiting);
        for (asked, facts) in other.counted {
            self.counted.entry(asked).or_default().extend(facts);
        }
    }
}

fn measure_part(
    known: &Known,
    units: &Units<'_>,
    part: Range<usize>,
    with_facts: bool,
) -> Measured {
    let mut measurer = Measurer::new(&known.plans, &known.closes, &known.master);
    let mut measured = Measured::default();
    for unit in units.each(part) {
        measurer.unit(unit, 0, &mut measured.totals, &mut measured.waiting);
        if !with_facts {
            continue;
        }
        for fact in measurer.counted(unit) {
            let asked = Asked {
                plan: fact.plan,
                term: fact.term,
                earner: fact.earner.clone(),
                period: fact.counted.period.start,
            };
            measured.counted.entry(asked).or_default().push(fact);
        }
    }
    measured
}

fn evaluate(known: &Known, with_facts: bool) -> Evaluated {
    let Measured { mut totals, counted, mut waiting } = measure(known, with_facts);
    let measurer = Measurer::new(&known.plans, &known.closes, &known.master);
    let mut last: BTreeMap<(Asked, Group), Decimal> = BTreeMap::new();
    for (recorded, sent) in &known.sent {
        let (earner, period) = (&sent.award.partner, &sent.period);
        let group = sent_group(known, sent);
        let asked = Asked {
            plan: sent.plan,
            term: sent.term,
            earner: earner.clone(),
            period: period.start,
        };
        let before = last.insert((asked, group.clone()), sent.award.amount);
        let (at, whose) = ((sent.plan, sent.term), (earner, period, &group));
        let amounts = (before, sent.award.amount);
        if !measurer.external(at, whose, amounts, *recorded, &mut totals) {
            let award = &sent.award;
            waiting.push(Waiting {
                key: FactKey::new(award.key.as_str()),
                program: award.program.clone(),
                term: award.term.clone(),
                reason: WaitReason::NoValue,
            });
        }
    }
    // No two of a story come at the same instant, and what is owed since then comes before them.
    let recorded = |key: &str| Some((known.recorded(key)?, 1));
    let ground = Ground {
        plans: &known.plans,
        closes: &known.closes,
        master: &known.master,
        today: known.today,
        recorded: &recorded,
        only: None,
    };
    let mut outcomes = World::new(ground, totals.into_cells()).outcomes();
    if let Some(frozen) = &known.frozen {
        keep_closed(&mut outcomes, frozen, known);
    }
    Evaluated { outcomes, counted, waiting }
}

/// Moves what outcomes change in closed periods to the first open one.
fn keep_closed(outcomes: &mut BTreeMap<Asked, Outcome>, frozen: &Frozen, known: &Known) {
    let mut left: BTreeSet<_> = frozen.keys().collect();
    let closed_of = |plan: usize, term: u16| {
        let of = &known.plans[plan];
        let under_way = known.under_way.as_ref().filter(|(program, _)| *program == of.code);
        let under_way = under_way.map(|(_, period)| &**period);
        Closed { term: &of.terms[usize::from(term)], closes: &known.closes[plan], under_way }
    };
    // A sum that no decimal holds is no booking: the outcome stays as it is.
    let nothing = Booked::new();
    for (asked, outcome) in &mut *outcomes {
        let key = frozen_key(asked, known);
        left.remove(&key);
        let booked = frozen.get(&key).unwrap_or(&nothing);
        let moved = closed::kept(outcome, &closed_of(asked.plan, asked.term), booked);
        if let Ok(Some(moved)) = moved {
            *outcome = moved;
        }
    }
    // Who is not looked at any more keeps what was closed.
    for key in left {
        let Some(plan) = known.plans.iter().position(|plan| plan.code == key.0) else { continue };
        let Some(term) = known.plans[plan].term(key.1.as_str()) else { continue };
        let closed = closed_of(plan, term);
        let Some(period) = closed.earned(key.3) else { continue };
        let gone = Outcome { period, awards: Vec::new(), due: Vec::new(), accruals: Vec::new() };
        if let Ok(Some(moved)) = closed::kept(&gone, &closed, &frozen[key]) {
            let asked = Asked { plan, term, earner: key.2.clone(), period: key.3 };
            outcomes.insert(asked, moved);
        }
    }
}

/// What terms have credited of points, vouchers and badges at a moment: what is owed at once as it is known, the rest
/// as far as its payout periods are closed.
pub(super) fn credited(known: &Known) -> Vec<Credited> {
    let evaluated = evaluate(known, false);
    let mut credited = Vec::new();
    for (asked, outcome) in &evaluated.outcomes {
        let plan = &known.plans[asked.plan];
        let of = |group: &Group, partner: &PartnerCode, amount: Decimal| Credited {
            program: plan.code.clone(),
            term: plan.terms[usize::from(asked.term)].code.clone(),
            earner: asked.earner.clone(),
            period: outcome.period.clone(),
            group: group.clone(),
            partner: partner.clone(),
            amount,
        };
        let Some(rule) = newest_rule(plan, asked.term) else { continue };
        let kept = rule.term.reward.is_held();
        if !kept {
            continue;
        }
        let given = given_by(outcome, rule, &asked.earner, &known.closes[asked.plan]);
        credited.extend(given.iter().map(|(group, who, amount)| of(group, who, *amount)));
    }
    credited
}

/// What a term has credited to a partner.
pub(super) struct Credited {
    pub program: ProgramCode,
    pub term: TermCode,
    pub earner: PartnerCode,
    pub period: Period,
    pub group: Group,
    pub partner: PartnerCode,
    pub amount: Decimal,
}

fn newest_rule(plan: &Plan, term: u16) -> Option<&Rule> {
    plan.versions.iter().rev().find_map(|version| version.rules[usize::from(term)].as_ref())
}

/// What is booked at a moment, award by award.
pub(super) fn booked(known: &Known) -> Frozen {
    let evaluated = evaluate(known, false);
    let booked = evaluated.outcomes.iter().filter_map(|(asked, outcome)| {
        Some((frozen_key(asked, known), closed::booked_by(outcome).ok()?))
    });
    booked.collect()
}

fn frozen_key(asked: &Asked, known: &Known) -> (ProgramCode, TermCode, PartnerCode, Date) {
    let plan = &known.plans[asked.plan];
    let term = plan.terms[usize::from(asked.term)].code.clone();
    (plan.code.clone(), term, asked.earner.clone(), asked.period)
}

/// The group of an amount from outside, its names in the order of the term.
fn sent_group(known: &Known, sent: &SentAward) -> Group {
    let mut versions = known.plans[sent.plan].versions.iter().rev();
    let rule = versions.find_map(|v| v.rules[usize::from(sent.term)].as_ref());
    let names = rule.map_or(&[][..], |rule| rule.term.group_by.names.as_slice());
    let value = |name: &String| sent.award.group.get(name).map_or("", String::as_str);
    Group::new(names.iter().map(|(name, _)| (name.as_str(), value(name))))
}

/// An award as people read it: one line for each partner who is paid of it.
fn award_lines(
    asked: &Asked,
    outcome: &Outcome,
    award: &Award,
    evaluated: &Evaluated,
    known: &Known,
) -> Vec<AwardLine> {
    let plan = &known.plans[asked.plan];
    let version = plan.version(award.version);
    let rule = version.and_then(|version| version.rules[usize::from(asked.term)].as_ref());
    let Some(rule) = rule else { return Vec::new() };
    let counted = evaluated.counted.get(asked).map_or(&[][..], Vec::as_slice);
    let by_contributor = rule.term.split == Some(Split::Contributors);
    let mut lines = Vec::new();
    for (partner, amount) in paid(award, award.amount, &asked.earner, rule) {
        let own: Vec<CountedFact> = counted
            .iter()
            .filter(|fact| !by_contributor || known.partner_of(&fact.key) == Some(&partner))
            .cloned()
            .collect();
        let award = Award { amount, ..award.clone() };
        let of = (asked.term, &outcome.period);
        let facts = fact_lines(plan, of, &award, &own, &|key| {
            known.fact(key).map_or(DateTime::MAX, |fact| fact.at)
        });
        let goods = match &rule.term.reward {
            Reward::Goods(code) if code == "same" => same_product(&facts, known),
            _ => None,
        };
        lines.push(AwardLine {
            program: plan.code.clone(),
            term: rule.term.clone(),
            currency: rule.currency,
            partner,
            earner: asked.earner.clone(),
            period: outcome.period.clone(),
            award,
            goods,
            lines: facts,
        });
    }
    lines
}

/// The product of all these facts, if it is one.
fn same_product(facts: &[FactLine], known: &Known) -> Option<ProductCode> {
    let mut products = facts.iter().map(|line| known.product_of(&line.fact));
    let first = products.next()??;
    products.all(|product| product == Some(first)).then(|| first.clone())
}

fn all_payouts(known: &Known, evaluated: &Evaluated) -> Vec<PartnerPayout> {
    let mut lines = Vec::new();
    for (at, plan) in known.plans.iter().enumerate() {
        let adjustments = known.adjustments(&plan.code);
        let own = plan.newest().currency;
        let mut due: BTreeMap<(Currency, PartnerCode), Vec<(Period, Due)>> =
            adjustments.keys().map(|partner| ((own, partner.clone()), Vec::new())).collect();
        for (asked, outcome) in evaluated.outcomes.iter().filter(|(asked, _)| asked.plan == at) {
            let Some(currency) = plan.currency_of(asked.term) else { continue };
            let period = &outcome.period;
            let first = plan.terms[usize::from(asked.term)].payout.containing(period.start);
            // Whoever was looked at has a payout, be it of nothing.
            for award in &outcome.awards {
                let payout = first.clone().unwrap_or_else(|| period.clone());
                let (group, amount) = (award.group.clone(), Decimal::ZERO);
                let payees: Vec<PartnerCode> = match award.payees.as_slice() {
                    [] => vec![asked.earner.clone()],
                    payees => payees.iter().map(|(payee, _)| payee.clone()).collect(),
                };
                for partner in payees {
                    let payout = payout.clone();
                    let nothing =
                        Due { group: group.clone(), payout, partner: partner.clone(), amount };
                    due.entry((currency, partner)).or_default().push((period.clone(), nothing));
                }
            }
            for found in &outcome.due {
                let of = due.entry((currency, found.partner.clone())).or_default();
                of.push((period.clone(), found.clone()));
            }
        }
        let mut due: Vec<_> = due.into_iter().collect();
        due.sort_by(|((_, a), _), ((_, b), _)| a.cmp(b));
        for ((unit, partner), due) in due {
            let adjustments = match adjustments.get(&partner) {
                Some(adjustments) if unit == own => adjustments.as_slice(),
                _ => &[],
            };
            lines.extend(
                payouts(plan, unit, &due, adjustments, &known.closes[at]).into_iter().map(|line| {
                    PartnerPayout {
                        program: plan.code.clone(),
                        partner: partner.clone(),
                        unit,
                        line,
                    }
                }),
            );
        }
    }
    lines
}

/// The awards that the tried facts touch.
fn what_if(name: &str, before: &Known, after: &Known) -> Vec<WhatIfLine> {
    let (now, then) = (evaluate(before, false), evaluate(after, false));
    let mut lines = Vec::new();
    let keys: BTreeSet<&Asked> = now.outcomes.keys().chain(then.outcomes.keys()).collect();
    for asked in keys {
        let plan = &after.plans[asked.plan];
        let (had, has) = (now.outcomes.get(asked), then.outcomes.get(asked));
        let Some(period) = has.or(had).map(|outcome| &outcome.period) else { continue };
        let awards =
            |of: Option<&'_ Outcome>| of.map_or(&[][..], |of| of.awards.as_slice()).to_vec();
        let (had, has) = (awards(had), awards(has));
        let find = |among: &[Award], group: &Group| {
            among.iter().find(|award| &award.group == group).cloned()
        };
        let gone = had
            .iter()
            .filter(|award| !award.amount.is_zero() && find(&has, &award.group).is_none());
        for award in has.iter().chain(gone) {
            let (had, has) = (find(&had, &award.group), find(&has, &award.group));
            if had == has {
                continue;
            }
            let amount =
                |award: &Option<Award>| award.as_ref().map_or(Decimal::ZERO, |it| it.amount);
            lines.push(WhatIfLine {
                what_if: name.to_owned(),
                program: plan.code.clone(),
                term: plan.terms[usize::from(asked.term)].code.clone(),
                partner: asked.earner.clone(),
                period: period.clone(),
                group: award.group.clone(),
                now: amount(&had),
                projected: amount(&has),
                tier: has.as_ref().and_then(|award| award.tier),
            });
        }
    }
    lines
}
