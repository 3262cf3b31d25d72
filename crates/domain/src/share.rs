//! Sharing an award over the facts that earned it.
//!
//! # Invariants
//!
//! * The shares of an award add up to its amount, to the last unit.
//! * Facts stand by date and time, then key: never in the order in which they arrived.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::award::Award;
use crate::booking::split;
use crate::code::FactKey;
use crate::measure::CountedFact;
use crate::period::Period;
use crate::plan::{Plan, Weight};
use crate::totals::Slot;

/// A fact's part of an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactLine {
    pub fact: FactKey,
    /// Before `after` and `up_to`.
    pub measure: Option<Decimal>,
    pub amount: Decimal,
}

/// The final amount shared over the facts: by measure if that is a sum, else by the qualifier if
/// that is a sum of the same facts, else equally.
///
/// `counted` are the facts that this plan's term counts for the earner and period of the award, of
/// all versions; `at` says when a fact happened.
pub fn fact_lines(
    plan: &Plan,
    (term, period): (u16, &Period),
    award: &Award,
    counted: &[CountedFact],
    at: &dyn Fn(&FactKey) -> DateTime,
) -> Vec<FactLine> {
    let acting: BTreeMap<Date, u32> = plan
        .acting(term, period, &|_| true)
        .into_iter()
        .filter_map(|(part, version)| Some((part, version?.program.version)))
        .collect();
    let in_award = |fact: &&CountedFact| {
        fact.counted.group == award.group && acting.get(&fact.counted.part) == Some(&fact.version)
    };
    let mut facts: Vec<(DateTime, &CountedFact)> = counted
        .iter()
        .filter(|fact| fact.slot == Slot::Measure)
        .filter(in_award)
        .map(|fact| (at(&fact.key), fact))
        .collect();
    facts.sort_by(|(a, one), (b, other)| (a, &one.key).cmp(&(b, &other.key)));

    let rule = plan.version(award.version).and_then(|v| v.rules[usize::from(term)].as_ref());
    let Some(rule) = rule else { return Vec::new() };
    let of_qualifier: BTreeMap<&FactKey, Decimal> = counted
        .iter()
        .filter(|fact| fact.slot == Slot::Qualifier)
        .filter(in_award)
        .map(|fact| (&fact.key, fact.counted.total))
        .collect();
    let by = rule.weight();
    let weights: Vec<Decimal> = facts
        .iter()
        .map(|(_, fact)| match by {
            Weight::Measure => fact.counted.total,
            Weight::Qualifier => of_qualifier.get(&fact.key).copied().unwrap_or_default(),
            Weight::Equal => Decimal::ONE,
        })
        .collect();
    let decimals = rule.term.rounding.scale.unwrap_or(rule.currency.decimals());
    let shares = split(award.amount, &weights, decimals, rule.term.rounding.remainder);
    facts
        .iter()
        .zip(shares)
        .map(|((_, fact), amount)| FactLine {
            fact: fact.key.clone(),
            measure: rule.term.measure.as_ref().map(|_| fact.counted.total),
            amount,
        })
        .collect()
}
