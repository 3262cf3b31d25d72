//! Facts of a question, where they are told apart: in their order, after `frequency`, with what
//! other terms awarded for them, and with what `after` and `up_to` leave of each.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::inputs::acts_on;
use super::{Links, Question, Upto};
use crate::detail::Spot;
use crate::evaluate::OutOfRange;
use crate::plan::{LinkBy, PlanVersion, Rule};
use crate::program::{Every, Frequency, FrequencyPer, Measure, Returns};
use crate::totals::{Cell, Group, Slot, Sums};

/// A fact as one version's measure has it.
#[derive(Debug, Clone)]
pub(super) struct Fact<'c> {
    pub spot: Spot<'c>,
    /// The group of the award.
    pub group: &'c str,
    pub part: Date,
    pub facts: i64,
    /// What it adds to the qualifier, where that is the measure's total.
    pub total: Decimal,
    /// The same less what other terms awarded.
    pub net: Decimal,
    /// What `after` and `up_to` leave of it.
    pub left: Option<Decimal>,
}

/// The facts of a question under one version.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts<'c> {
    /// In order.
    pub all: Vec<Fact<'c>>,
    /// Left out by `frequency`, by group.
    pub beyond: BTreeMap<&'c str, u32>,
}

impl<'q> Question<'q> {
    /// The facts that a version counts on some parts of the period.
    pub(super) fn facts(
        &self,
        rule: &Rule,
        version: u32,
        (counts, upto): (&dyn Fn(&Cell) -> bool, Upto),
        links: &dyn Links,
    ) -> Result<Facts<'q>, OutOfRange> {
        let mut by: BTreeMap<(Spot<'q>, &'q str, Date), Fact<'q>> = BTreeMap::new();
        let nets = rule.term.returns == Returns::WithSale || rule.term.group_by.fact;
        for (cell, sums) in self.own_cells(version).filter(|(cell, _)| counts(cell)) {
            let Some(spot) = cell.group.detail().and_then(Spot::read) else { continue };
            let more = match cell.slot {
                Slot::Measure => sums.total,
                Slot::Link(nth) => {
                    let Some(link) = rule.links.get(usize::from(nth)) else { continue };
                    let key = if nets { spot.unit } else { spot.key };
                    let awarded = links.awarded(link, key, nets);
                    sums.total.checked_mul(awarded).ok_or(OutOfRange)?
                }
                _ => continue,
            };
            let is_measure = cell.slot == Slot::Measure;
            let net_of = match cell.slot {
                Slot::Link(nth) => {
                    rule.links.get(usize::from(nth)).is_some_and(|it| it.by == LinkBy::NetOf)
                }
                _ => false,
            };
            let fact = by.entry((spot, cell.group.name(), cell.part)).or_insert(Fact {
                spot,
                group: cell.group.name(),
                part: cell.part,
                facts: 0,
                total: Decimal::ZERO,
                net: Decimal::ZERO,
                left: None,
            });
            fact.facts += if is_measure { sums.facts } else { 0 };
            fact.net = fact.net.checked_add(more).ok_or(OutOfRange)?;
            if !net_of {
                fact.total = fact.total.checked_add(more).ok_or(OutOfRange)?;
            }
        }
        let all = by.into_values().filter(|fact| fact.facts != 0 || !fact.total.is_zero());
        let mut facts = Facts { all: all.collect(), beyond: BTreeMap::new() };
        if let Some(frequency) = &rule.term.frequency {
            let first = self.first_ones(frequency, version, (counts, upto));
            facts.all.retain(|fact| {
                let keeps = is_among(&first, &fact.spot);
                if !keeps {
                    *facts.beyond.entry(fact.group).or_default() += 1;
                }
                keeps
            });
        }
        Ok(facts)
    }

    /// Cells of the measure of one version in this period.
    fn own_cells(&self, version: u32) -> impl Iterator<Item = &'q (Cell, Sums)> + use<'q> {
        let period = self.period.start;
        self.cells.iter().filter(move |(cell, _)| {
            cell.version == version
                && cell.period == period
                && matches!(cell.slot, Slot::Measure | Slot::Link(_))
        })
    }

    /// The first facts of each day, month, …: their keys.
    pub(super) fn first_ones(
        &self,
        frequency: &Frequency,
        version: u32,
        (counts, upto): (&dyn Fn(&Cell) -> bool, Upto),
    ) -> HashSet<&'q str> {
        let around = matches!(frequency.per, FrequencyPer::Year | FrequencyPer::Program);
        let mut by: BTreeMap<(String, &'q str), BTreeMap<Spot<'q>, i64>> = BTreeMap::new();
        let names = &self.plan.terms[usize::from(self.term)].calendar;
        let mut elsewhere: BTreeMap<Date, Vec<(Date, Option<&PlanVersion>)>> = BTreeMap::new();
        // In another period it is the version that acts there that says what counts.
        let mut acts_there = |cell: &Cell| {
            let acting = elsewhere.entry(cell.period).or_insert_with(|| {
                let period = names.containing(cell.period);
                let known = |version: &PlanVersion| self.knows(version, upto);
                period.map_or(Vec::new(), |it| self.plan.acting(self.term, &it, &known))
            });
            acts_on(acting, cell)
        };
        for (cell, sums) in self.cells.iter().filter(|(cell, _)| cell.slot == Slot::Measure) {
            let here = if cell.period == self.period.start {
                cell.version == version
            } else {
                around && acts_there(cell)
            };
            if !here || !counts(cell) {
                continue;
            }
            let Some(spot) = cell.group.detail().and_then(Spot::read) else { continue };
            let day = spot.day();
            let bucket = match frequency.per {
                FrequencyPer::Day => day,
                FrequencyPer::Month => day.get(..7).unwrap_or(day),
                FrequencyPer::Period | FrequencyPer::Program => "",
                FrequencyPer::Year => {
                    let year =
                        day.parse().ok().and_then(|day| names.like(Every::Year).containing(day));
                    let name = year.map_or(String::new(), |year| year.name.to_string());
                    let there = by.entry((name, without_fact(&cell.group))).or_default();
                    *there.entry(spot).or_default() += sums.facts;
                    continue;
                }
            };
            let there = by.entry((bucket.to_owned(), without_fact(&cell.group))).or_default();
            *there.entry(spot).or_default() += sums.facts;
        }
        let first = usize::try_from(frequency.first).unwrap_or(usize::MAX);
        by.into_values()
            .flat_map(|spots| {
                spots
                    .into_iter()
                    .filter(|(spot, facts)| 0 < *facts && !spot.takes_back())
                    .take(first)
                    .map(|(spot, _)| spot.key)
            })
            .collect()
    }
}

/// A group by its names alone: the fact stands last.
fn without_fact(group: &Group) -> &str {
    let name = group.name();
    match name.rsplit_once('\u{1e}') {
        Some((rest, last)) if last.starts_with("fact\u{1f}") => rest,
        None if name.starts_with("fact\u{1f}") => "",
        _ => name,
    }
}

/// Whether a fact is one of the first, or takes back from one of them.
pub(super) fn is_among(first: &HashSet<&str>, spot: &Spot<'_>) -> bool {
    if spot.takes_back() && spot.unit != spot.key {
        return first.contains(spot.unit);
    }
    spot.takes_back() || first.contains(spot.key)
}

impl Facts<'_> {
    /// What `after` and `up_to` leave of each fact, as positions on the running total of the
    /// earner and period.
    pub(super) fn cut(&mut self, measure: &Measure) -> Result<(), OutOfRange> {
        let after = match measure.after {
            None => Some(Decimal::ZERO),
            Some(after) => {
                let by_facts = after.facts.map(|first| self.position_after(first));
                match (after.total, by_facts) {
                    (total, None) => Some(total.unwrap_or_default()),
                    (total, Some(by_facts)) => match (total, by_facts?) {
                        (Some(total), Some(position)) => Some(total.min(position)),
                        (total, position) => position.or(total),
                    },
                }
            }
        };
        let mut running = Decimal::ZERO;
        for fact in &mut self.all {
            let begin = running;
            running = running.checked_add(fact.net).ok_or(OutOfRange)?;
            // Fewer facts than are left out: nothing is left.
            let Some(after) = after else {
                fact.left = Some(Decimal::ZERO);
                continue;
            };
            let clamp = |position: Decimal| {
                let position = measure.up_to.map_or(position, |up_to| position.min(up_to));
                if measure.after.is_none() { position } else { position.max(after) }
            };
            fact.left = Some(clamp(running).checked_sub(clamp(begin)).ok_or(OutOfRange)?);
        }
        Ok(())
    }

    /// Where the running total stands after the first facts; `None` if there are not so many.
    fn position_after(&self, first: u32) -> Result<Option<Decimal>, OutOfRange> {
        let (mut running, mut seen) = (Decimal::ZERO, 0);
        for fact in &self.all {
            if seen == first {
                return Ok(Some(running));
            }
            running = running.checked_add(fact.net).ok_or(OutOfRange)?;
            seen += u32::from(!fact.spot.takes_back());
        }
        Ok((first <= seen).then_some(running))
    }
}

/// Whether `after` and `up_to` of a term act fact by fact.
pub(super) fn cuts_facts(rule: &Rule) -> bool {
    let term = &rule.term;
    let grouped = term.group_by.fact || !term.group_by.names.is_empty();
    term.measure.as_ref().is_some_and(|measure| {
        measure.after.is_some_and(|after| after.facts.is_some())
            || (grouped && (measure.after.is_some() || measure.up_to.is_some()))
    })
}

/// Which cells of the measure count.
pub(super) fn counted<'f>(
    question: &'f Question<'f>,
    upto: Upto,
    parts: &'f [Date],
) -> impl Fn(&Cell) -> bool + 'f {
    move |cell: &Cell| {
        question.is_measured(cell, upto)
            && (cell.period != question.period.start || parts.contains(&cell.part))
    }
}
