//! Booking: in which payout and accounting period each part of an award belongs.
//!
//! What period *k* books for an award is what the award is with everything belonging up to *k*,
//! less what it was with everything up to *k* − 1. It depends on no run: computed again it is the
//! same, and nothing closed changes.
//!
//! # Invariants
//!
//! * What all payout periods book for an award adds up to the award.
//! * What all accounting periods book adds up to it too, once its payout periods are closed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::amount::RoundingMode;
use crate::award::{Award, Reason};
use crate::code::PartnerCode;
use crate::evaluate::{Looked, PartInput, award, is_amount, no_value};
use crate::period::{Period, begins};
use crate::plan::{Closes, Plan, PlanVersion};
use crate::program::{AccrueBy, Bounds, Members, Remainder, Term};
use crate::totals::{Cell, Group, Slot, Sums};

/// Why a booking was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookingKind {
    Base,
    /// What the new qualifier does to the measure booked before.
    Rate,
    /// What facts of earlier periods add.
    PriorPeriod,
    /// What a close books beyond the accruals.
    TrueUp,
}

impl BookingKind {
    pub const ALL: [BookingKind; 4] =
        [BookingKind::Base, BookingKind::Rate, BookingKind::PriorPeriod, BookingKind::TrueUp];

    pub fn word(self) -> &'static str {
        match self {
            BookingKind::Base => "base",
            BookingKind::Rate => "rate",
            BookingKind::PriorPeriod => "prior_period",
            BookingKind::TrueUp => "true_up",
        }
    }

    pub fn from_word(word: &str) -> Option<BookingKind> {
        BookingKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What an accounting period books for an award.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accrual {
    pub group: Group,
    pub accounting: Period,
    pub kind: BookingKind,
    pub amount: Decimal,
}

/// What a payout period books for an award.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub group: Group,
    pub payout: Period,
    pub amount: Decimal,
}

/// Everything about one term, earner and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub period: Period,
    /// With everything known.
    pub awards: Vec<Award>,
    pub due: Vec<Due>,
    pub accruals: Vec<Accrual>,
}

/// What is asked about: cells are those of this plan, term, earner and period, and no others.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub plan: &'a Plan,
    pub term: u16,
    pub earner: &'a PartnerCode,
    pub period: &'a Period,
    pub closes: &'a Closes,
    pub cells: &'a [(Cell, Sums)],
}

/// Which cells are taken into account: the measure's, and those that pick the tier.
#[derive(Clone, Copy)]
struct Upto<'f> {
    measure: &'f dyn Fn(&Cell) -> bool,
    rest: &'f dyn Fn(&Cell) -> bool,
}

type Amounts = BTreeMap<Group, Decimal>;
type ByGroup<'c> = HashMap<&'c Group, Vec<&'c (Cell, Sums)>>;

impl Question<'_> {
    /// Awards and where they are booked.
    pub fn outcome(&self) -> Outcome {
        let all = |_: &Cell| true;
        let known = |_: &PlanVersion| true;
        let mut awards = self.awards(Upto { measure: &all, rest: &all }, &known);
        // What was taken back whole was looked at for its bookings alone.
        awards.retain(|award| award.facts != 0);
        let due = self.due();
        let accruals = self.accruals(&due);
        Outcome { period: self.period.clone(), awards, due, accruals }
    }

    /// The awards with everything known, and nothing about where they are booked.
    pub fn earned(&self) -> Vec<Award> {
        let all = |_: &Cell| true;
        self.awards(Upto { measure: &all, rest: &all }, &|_: &PlanVersion| true)
    }

    /// The awards of all groups, limits over groups applied.
    fn awards(&self, upto: Upto<'_>, known: &dyn Fn(&PlanVersion) -> bool) -> Vec<Award> {
        let acting = self.plan.acting(self.term, self.period, known);
        let cells = self.by_group();
        let groups: BTreeSet<&Group> = self
            .cells
            .iter()
            .filter(|(cell, _)| cell.slot == Slot::Measure && (upto.measure)(cell))
            .map(|(cell, _)| &cell.group)
            .collect();
        let mut awards: Vec<Award> = groups
            .into_iter()
            .map(|group| match self.inputs(group, &acting, upto, &cells) {
                (parts, true) => award(&parts, group),
                (parts, false) => no_value(&parts, group),
            })
            .filter(|award| award.version != 0)
            .collect();
        let last = acting.iter().rev().find_map(|(_, version)| *version);
        if let Some(version) = last
            && let Some(rule) = &version.rules[usize::from(self.term)]
        {
            let decimals = rule.term.rounding.scale.unwrap_or(rule.currency.decimals());
            bound_period(&mut awards, rule.term.limits.per_partner_period, &rule.term, decimals);
            if is_skipped(version, self.earner, self.period) {
                for award in &mut awards {
                    award.amount = Decimal::ZERO;
                    award.reasons.push(Reason::Skip);
                }
            }
        }
        awards
    }

    /// What the parts of the period bring to a group, and whether all of it is within the range of
    /// decimals.
    fn inputs<'p>(
        &self,
        group: &Group,
        acting: &[(Date, Option<&'p PlanVersion>)],
        upto: Upto<'_>,
        cells: &ByGroup<'_>,
    ) -> (Vec<PartInput<'p>>, bool) {
        let mut parts = Vec::new();
        let mut in_range = true;
        let mut add = |to: &mut Decimal, more: Decimal| match to.checked_add(more) {
            Some(sum) => *to = sum,
            None => in_range = false,
        };
        let none: &[&(Cell, Sums)] = &[];
        let of_group = cells.get(group).map_or(none, Vec::as_slice);
        for (part, version) in acting {
            let Some(version) = version else { continue };
            let Some(rule) = &version.rules[usize::from(self.term)] else { continue };
            let coarse = coarse(group, &rule.term);
            let of_coarse = if coarse == *group { None } else { cells.get(&coarse) };
            let number = version.program.version;
            let mut input = PartInput {
                version: number,
                rule,
                measure: Decimal::ZERO,
                facts: 0,
                looked: Looked::default(),
            };
            let looked = &mut input.looked;
            for (cell, sums) in of_group.iter().filter(|(cell, _)| cell.version == number) {
                if cell.slot != Slot::Measure {
                    continue;
                }
                if cell.part == *part && (upto.measure)(cell) {
                    add(&mut input.measure, sums.total);
                    input.facts += sums.facts;
                }
                if rule.same_total && (upto.rest)(cell) {
                    add(&mut looked.qualifier, sums.total);
                }
            }
            let rest = of_group.iter().chain(of_coarse.map_or(none, Vec::as_slice));
            for (cell, sums) in rest.filter(|(cell, _)| cell.version == number) {
                let to = match cell.slot {
                    Slot::Measure => continue,
                    Slot::Qualifier => &mut looked.qualifier,
                    Slot::ShareOf => &mut looked.share_of,
                    Slot::Baseline => &mut looked.baseline,
                    Slot::BaselineElse => &mut looked.baseline_else,
                    Slot::MeasureBaseline => &mut looked.measure_baseline,
                    Slot::MeasureBaselineElse => &mut looked.measure_baseline_else,
                };
                if (upto.rest)(cell) {
                    add(to, sums.total);
                }
            }
            parts.push(input);
        }
        (parts, in_range)
    }

    fn by_group(&self) -> ByGroup<'_> {
        let mut by_group = ByGroup::new();
        for cell in self.cells {
            by_group.entry(&cell.0.group).or_default().push(cell);
        }
        by_group
    }

    fn due(&self) -> Vec<Due> {
        let mut periods: BTreeSet<Date> = self.cells.iter().map(|(cell, _)| cell.payout).collect();
        let booked: Vec<(u32, Date)> = self
            .plan
            .versions
            .iter()
            .map(|version| {
                let since = self.plan.known_since(version);
                let booked = self.plan.booked(self.term, self.period, since, self.closes);
                (version.program.version, booked.start)
            })
            .collect();
        if !self.cells.is_empty() {
            periods.extend(booked.iter().map(|(_, start)| *start));
        }
        let mut due = Vec::new();
        let mut before = Amounts::new();
        for start in periods {
            let Some(payout) = self.payout(start) else { continue };
            let counts = |cell: &Cell| cell.payout <= start;
            let known = |version: &PlanVersion| is_booked(&booked, version, start);
            let amounts = amounts(&self.awards(Upto { measure: &counts, rest: &counts }, &known));
            for (group, amount) in differences(&before, &amounts) {
                due.push(Due { group, payout: payout.clone(), amount });
            }
            before = amounts;
        }
        due
    }

    fn accruals(&self, due: &[Due]) -> Vec<Accrual> {
        let of = &self.plan.terms[usize::from(self.term)];
        let mut accruals = match &self.newest_term().map(|term| term.accrue.by.clone()) {
            Some(AccrueBy::Rate(value) | AccrueBy::PerUnit(value)) => self.accrued_flat(*value),
            _ => self.accrued_earned(),
        };
        // A close books what was earned beyond the accruals.
        let mut true_ups = Vec::new();
        let mut payout = Some(self.period.clone());
        while let Some(period) = payout {
            if self.closes.0.contains_key(&period.name) {
                let through = |day: Date| day < period.end;
                let mut open: Amounts = Amounts::new();
                for due in due.iter().filter(|due| through(due.payout.start)) {
                    *open.entry(due.group.clone()).or_default() += due.amount;
                }
                for accrual in accruals.iter().filter(|a| through(a.accounting.start)) {
                    *open.entry(accrual.group.clone()).or_default() -= accrual.amount;
                }
                let last = of.accounting.containing(period.last()).unwrap_or(period.clone());
                for (group, amount) in open.into_iter().filter(|(_, amount)| !amount.is_zero()) {
                    let accounting = last.clone();
                    let kind = BookingKind::TrueUp;
                    true_ups.push(Accrual { group, accounting, kind, amount });
                }
                accruals.append(&mut true_ups);
            }
            let later = due.iter().any(|due| period.end <= due.payout.start)
                || accruals.iter().any(|accrual| period.end <= accrual.accounting.start);
            payout = if later { of.calendar.next(&period) } else { None };
        }
        accruals.retain(|accrual| !accrual.amount.is_zero());
        accruals.sort();
        accruals
    }

    /// What is earned so far, told apart by what made it.
    fn accrued_earned(&self) -> Vec<Accrual> {
        let booked: Vec<(u32, Date)> = self
            .plan
            .versions
            .iter()
            .map(|version| (version.program.version, self.version_accounting(version)))
            .collect();
        let mut periods: BTreeSet<Date> =
            self.cells.iter().map(|(cell, _)| cell.accounting).collect();
        if let Some(first) = periods.first().copied() {
            periods.extend(booked.iter().map(|(_, start)| *start).filter(|start| first < *start));
        }
        let measured = self.newest_term().is_some_and(|term| term.measure.is_some());
        let mut accruals = Vec::new();
        let mut previous: Option<(Date, Amounts)> = None;
        for start in periods {
            let Some(accounting) = self.accounting(start) else { continue };
            let upto = |cell: &Cell| cell.accounting <= start;
            let known = |version: &PlanVersion| is_booked(&booked, version, start);
            let now = amounts(&self.awards(Upto { measure: &upto, rest: &upto }, &known));
            let (last, before) = previous.take().unwrap_or((Date::MIN, Amounts::new()));
            let had = |cell: &Cell| cell.accounting <= last;
            let rerated = if measured {
                amounts(&self.awards(Upto { measure: &had, rest: &upto }, &known))
            } else {
                before.clone()
            };
            let had_or_late = |cell: &Cell| had(cell) || (upto(cell) && cell.late);
            let late = if self.cells.iter().any(|(cell, _)| upto(cell) && !had(cell) && cell.late) {
                let rest: &dyn Fn(&Cell) -> bool = if measured { &upto } else { &had_or_late };
                amounts(&self.awards(Upto { measure: &had_or_late, rest }, &known))
            } else {
                rerated.clone()
            };
            for (kind, from, to) in [
                (BookingKind::Rate, &before, &rerated),
                (BookingKind::PriorPeriod, &rerated, &late),
                (BookingKind::Base, &late, &now),
            ] {
                for (group, amount) in differences(from, to) {
                    accruals.push(Accrual { group, accounting: accounting.clone(), kind, amount });
                }
            }
            previous = Some((start, now));
        }
        accruals
    }

    /// A share of the measure or an amount per unit of it, whatever the tier.
    fn accrued_flat(&self, value: Decimal) -> Vec<Accrual> {
        let all = |_: &PlanVersion| true;
        let acting = self.plan.acting(self.term, self.period, &all);
        let periods: BTreeSet<Date> = self.cells.iter().map(|(cell, _)| cell.accounting).collect();
        let groups: BTreeSet<&Group> = self.cells.iter().map(|(cell, _)| &cell.group).collect();
        let cells = self.by_group();
        let mut accruals = Vec::new();
        for group in groups {
            let mut before = Decimal::ZERO;
            let mut last = Date::MIN;
            for start in &periods {
                let Some(accounting) = self.accounting(*start) else { continue };
                let amount = |counts: &dyn Fn(&Cell) -> bool| {
                    let upto = Upto { measure: counts, rest: counts };
                    let (inputs, in_range) = self.inputs(group, &acting, upto, &cells);
                    if !in_range {
                        return Decimal::ZERO;
                    }
                    let measured = award(&inputs, group).measure.unwrap_or_default();
                    let decimals = inputs.last().map_or(2, |part| part.rule.currency.decimals());
                    let exact = measured.checked_mul(value).unwrap_or_default();
                    // What is beyond any amount is accrued once it was mended.
                    let exact = if is_amount(exact) { exact } else { Decimal::ZERO };
                    RoundingMode::HalfUp.round(exact, decimals)
                };
                let had = |cell: &Cell| cell.accounting <= last;
                let upto = |cell: &Cell| cell.accounting <= *start;
                let late = amount(&|cell: &Cell| had(cell) || (upto(cell) && cell.late));
                let now = amount(&upto);
                let steps =
                    [(BookingKind::PriorPeriod, late - before), (BookingKind::Base, now - late)];
                for (kind, amount) in steps {
                    let (group, accounting) = (group.clone(), accounting.clone());
                    accruals.push(Accrual { group, accounting, kind, amount });
                }
                (before, last) = (now, *start);
            }
        }
        accruals
    }

    fn newest_term(&self) -> Option<&Term> {
        let mut rules = self.plan.versions.iter().rev();
        let rule = rules.find_map(|version| version.rules[usize::from(self.term)].as_ref());
        rule.map(|rule| &*rule.term)
    }

    fn version_accounting(&self, version: &PlanVersion) -> Date {
        let of = &self.plan.terms[usize::from(self.term)];
        let from = version.from.max(self.period.start);
        let natural = of.accounting.containing(from).unwrap_or_else(|| self.period.clone());
        let since = self.plan.known_since(version);
        self.plan.booked_accounting(self.term, (&natural, self.period), since, self.closes).start
    }

    /// The payout period that begins on a day, at or after this one.
    fn payout(&self, start: Date) -> Option<Period> {
        let of = &self.plan.terms[usize::from(self.term)];
        find(self.period.clone(), start, |period| of.calendar.next(period))
    }

    fn accounting(&self, start: Date) -> Option<Period> {
        let of = &self.plan.terms[usize::from(self.term)];
        let first = of.accounting.containing(self.period.start)?;
        find(first, start, |period| of.accounting.next(period))
    }
}

fn find(first: Period, start: Date, next: impl Fn(&Period) -> Option<Period>) -> Option<Period> {
    let mut period = first;
    while period.start < start {
        period = next(&period)?;
    }
    (period.start == start).then_some(period)
}

fn is_booked(booked: &[(u32, Date)], version: &PlanVersion, upto: Date) -> bool {
    booked.iter().any(|(number, start)| *number == version.program.version && *start <= upto)
}

/// A group without the fact itself, as readings over other windows see it.
fn coarse(group: &Group, term: &Term) -> Group {
    if !term.group_by.fact {
        return group.clone();
    }
    let names = &term.group_by.names;
    Group::new(group.values().filter(|(name, _)| names.iter().any(|(known, _)| known == name)))
}

fn amounts(awards: &[Award]) -> Amounts {
    awards.iter().map(|award| (award.group.clone(), award.amount)).collect()
}

fn differences(before: &Amounts, after: &Amounts) -> Vec<(Group, Decimal)> {
    let groups: BTreeSet<&Group> = before.keys().chain(after.keys()).collect();
    groups
        .into_iter()
        .map(|group| {
            let of = |amounts: &Amounts| amounts.get(group).copied().unwrap_or_default();
            (group.clone(), of(after) - of(before))
        })
        .filter(|(_, difference)| !difference.is_zero())
        .collect()
}

/// A limit over all groups cuts them in proportion and gives out the remainder.
fn bound_period(awards: &mut [Award], bounds: Bounds, term: &Term, decimals: u32) {
    let total: Decimal = awards.iter().map(|award| award.amount).sum();
    let size = total.abs();
    let (bound, reason) = match bounds {
        Bounds { at_most: Some(most), .. } if most < size => {
            (most, Reason::AtMostInPeriod { was: total, bound: most })
        }
        Bounds { at_least: Some(least), .. } if size < least && !total.is_zero() => {
            (least, Reason::AtLeastInPeriod { was: total, bound: least })
        }
        _ => return,
    };
    let bound = if total.is_sign_negative() { -bound } else { bound };
    let weights: Vec<Decimal> = awards.iter().map(|award| award.amount).collect();
    for (award, share) in
        awards.iter_mut().zip(split(bound, &weights, decimals, term.rounding.remainder))
    {
        award.amount = share;
        award.reasons.push(reason.clone());
    }
}

/// Splits an amount by weights, so that the parts add up to it. Each part is cut to the last decimal
/// away from the amount's sign, and what is left goes out in units of that decimal, to the largest
/// remainders first, or to the first parts.
///
/// Cut like this no remainder is below zero, whatever the signs of the weights, so the largest is
/// the part that is furthest from what is exact; and minus an amount splits into minus its parts.
pub fn split(
    amount: Decimal,
    weights: &[Decimal],
    decimals: u32,
    remainder: Remainder,
) -> Vec<Decimal> {
    let total = weights.iter().try_fold(Decimal::ZERO, |sum, weight| sum.checked_add(*weight));
    // Weights beyond the range of decimals share alike, as weights of nothing do.
    let total = total.unwrap_or_default();
    if weights.is_empty() {
        return Vec::new();
    }
    let even = total.is_zero();
    let exact: Vec<Decimal> = weights
        .iter()
        .map(|weight| {
            let (of, under) =
                if even { (Decimal::ONE, Decimal::from(weights.len())) } else { (*weight, total) };
            amount
                .checked_mul(of)
                .and_then(|product| product.checked_div(under))
                .unwrap_or_default()
        })
        .collect();
    let (cut, unit) = if amount.is_sign_negative() {
        (RoundingStrategy::ToPositiveInfinity, -Decimal::new(1, decimals))
    } else {
        (RoundingStrategy::ToNegativeInfinity, Decimal::new(1, decimals))
    };
    let mut parts: Vec<Decimal> =
        exact.iter().map(|part| part.round_dp_with_strategy(decimals, cut)).collect();
    let mut left = amount - parts.iter().copied().sum::<Decimal>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if remainder == Remainder::Largest {
        order.sort_by_key(|at| std::cmp::Reverse((exact[*at] - parts[*at]).abs()));
    }
    for at in order.iter().cycle().take(parts.len().saturating_mul(2)) {
        if left.abs() < unit.abs() {
            break;
        }
        parts[*at] += unit;
        left -= unit;
    }
    // What is smaller than the last decimal stays with the first in order.
    if let Some(first) = order.first()
        && !left.is_zero()
    {
        parts[*first] += left;
    }
    parts
}

fn is_skipped(version: &PlanVersion, earner: &PartnerCode, period: &Period) -> bool {
    let Members::List(members) = &version.program.partners else { return false };
    let mut of = members
        .iter()
        .filter(|member| &member.partner == earner)
        .filter(|member| member.from.is_none_or(|from| from < period.end))
        .filter(|member| member.to.is_none_or(|to| period.start <= to))
        .peekable();
    of.peek().is_some() && of.all(|member| member.skip)
}

impl Plan {
    /// Since when a version is known.
    pub fn known_since(&self, version: &PlanVersion) -> jiff::Timestamp {
        let said = version.program.recorded.map(|day| begins(day, &self.zone));
        said.max(version.after_close).unwrap_or(jiff::Timestamp::MIN)
    }
}

#[cfg(test)]
mod tests;
