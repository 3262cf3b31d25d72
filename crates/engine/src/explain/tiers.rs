//! The tier table of an award: which rows were reached, and when.

use std::collections::BTreeMap;

use domain::award::Award;
use domain::code::FactKey;
use domain::evaluate;
use domain::measure::CountedFact;
use domain::plan::Rule;
use domain::program::{Names, Opens, RowValue};
use domain::standing::{is_reached, opens_at};
use domain::totals::{Group, Slot};
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::db::DbError;
use crate::exact;

/// A row of the tier table, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TierRow {
    /// Counted from 1.
    pub tier: u32,
    pub name: Option<Names>,
    pub opens: Opens,
    /// Where it opens on the axis of the qualifier's total, where that can be said.
    pub opens_at: Option<Decimal>,
    pub value: Option<RowValue>,
    pub fixed: Option<Decimal>,
    pub is_reached: bool,
    /// The highest one reached.
    pub is_current: bool,
    /// With which fact it was reached for good.
    pub crossed: Option<Crossing>,
}

/// The moment a tier was reached and never left again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    pub fact: FactKey,
    pub at: DateTime,
    /// The qualifier's total before and after the fact.
    pub before: Decimal,
    pub after: Decimal,
}

/// The table with its crossings. `counted` are the facts that count for the award's period.
pub(super) fn table(
    rule: &Rule,
    award: &Award,
    counted: &[CountedFact],
    at: &dyn Fn(&FactKey) -> DateTime,
) -> Result<Vec<TierRow>, DbError> {
    let term = &rule.term;
    let course = course(rule, award, counted, at)?;
    let rows = evaluate::table(term, &award.group)
        .into_iter()
        .zip(1..)
        .map(|(row, tier)| {
            let opens_at = opens_at(term, award.baseline, row.opens);
            let is_reached = award.tier.is_some_and(|reached| tier <= reached);
            let crossed = opens_at
                .filter(|_| is_reached)
                .and_then(|_| crossing(&course, row.opens, opens_at));
            TierRow {
                tier,
                name: row.name.clone(),
                opens: row.opens,
                opens_at,
                value: row.value,
                fixed: row.fixed,
                is_reached,
                is_current: award.tier == Some(tier),
                crossed,
            }
        })
        .collect();
    Ok(rows)
}

/// A fact on the way of the qualifier's total through the period.
struct Step {
    fact: FactKey,
    at: DateTime,
    before: Decimal,
    after: Decimal,
}

/// How the qualifier's total came about, by date and time, then key. Empty where it is no sum over
/// the facts of the period.
fn course(
    rule: &Rule,
    award: &Award,
    counted: &[CountedFact],
    at: &dyn Fn(&FactKey) -> DateTime,
) -> Result<Vec<Step>, DbError> {
    let slot = if rule.same_total { Slot::Measure } else { Slot::Qualifier };
    let coarse = coarse(&award.group, rule);
    let mut facts: BTreeMap<(DateTime, &FactKey), Decimal> = BTreeMap::new();
    for fact in counted.iter().filter(|fact| {
        fact.slot == slot
            && fact.version == award.version
            && (fact.counted.group == award.group || fact.counted.group == coarse)
    }) {
        let of_fact = facts.entry((at(&fact.key), &fact.key)).or_default();
        exact::add(of_fact, fact.counted.total, "what a fact counts")?;
    }
    let mut running = Decimal::ZERO;
    let mut steps = Vec::with_capacity(facts.len());
    for ((at, fact), added) in facts {
        let before = running;
        exact::add(&mut running, added, "what the facts count")?;
        steps.push(Step { fact: fact.clone(), at, before, after: running });
    }
    // If it does not lead to the total, it is not how the total came about.
    Ok(if running == award.qualifier_total { steps } else { Vec::new() })
}

/// The qualifier's total at the end of each day on which it changed, ascending. Empty where it is
/// no sum over the facts of the period.
pub(super) fn by_day(
    rule: &Rule,
    award: &Award,
    counted: &[CountedFact],
    at: &dyn Fn(&FactKey) -> DateTime,
) -> Result<Vec<(Date, Decimal)>, DbError> {
    let mut days: Vec<(Date, Decimal)> = Vec::new();
    for step in course(rule, award, counted, at)? {
        let day = step.at.date();
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, total)) => *total = step.after,
            None => days.push((day, step.after)),
        }
    }
    Ok(days)
}

/// A group without the fact itself.
fn coarse(group: &Group, rule: &Rule) -> Group {
    let names = &rule.term.group_by.names;
    Group::new(group.values().filter(|(name, _)| names.iter().any(|(known, _)| known == name)))
}

fn crossing(course: &[Step], opens: Opens, at: Option<Decimal>) -> Option<Crossing> {
    let stands = |total: Decimal| is_reached(opens, at, total);
    let step = course.iter().rev().find(|step| !stands(step.before) && stands(step.after))?;
    Some(Crossing { fact: step.fact.clone(), at: step.at, before: step.before, after: step.after })
}
