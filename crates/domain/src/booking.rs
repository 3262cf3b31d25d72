//! Booking: in which payout and accounting period each part of an award belongs.
//!
//! What period *k* books for an award is what the award is with everything belonging up to *k*,
//! less what it was with everything up to *k* − 1. It depends on no run: computed again it is the
//! same, and nothing closed changes.
//!
//! # Invariants
//!
//! * What all payout periods book for an award adds up to the award, once all of them have come.
//! * What all accounting periods book adds up to it too, once its payout periods are closed.

mod accruals;
pub mod closed;
mod facts;
pub mod family;
mod fold;
mod inputs;
mod limits;
mod segments;
mod together;
mod upto;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::award::{Award, Reason};
use crate::code::PartnerCode;
use crate::evaluate::rounding;
use crate::figure::Figures;
use crate::period::{Period, begins};
use crate::plan::{Closes, Link, Plan, PlanVersion, Rule};
use crate::program::{CatchUp, Release, Settle, Term, TermRef};
use crate::totals::{Cell, Group, Sums};

pub use limits::split;
pub use upto::{Reach, Upto};

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
    /// Who is paid: the earner, unless the award is split.
    pub partner: PartnerCode,
    pub amount: Decimal,
}

/// What a payout period books for an award.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub group: Group,
    pub payout: Period,
    /// Who is paid: the earner, unless the award is split.
    pub partner: PartnerCode,
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

/// What is asked about: cells are those of this plan, term, earner and period, and those of scopes
/// and other periods that its readings look at.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub plan: &'a Plan,
    pub term: u16,
    pub earner: &'a PartnerCode,
    pub period: &'a Period,
    pub closes: &'a Closes,
    pub cells: &'a [(Cell, Sums)],
    pub more: More<'a>,
}

/// What some words need beside cells.
#[derive(Clone, Copy, Default)]
pub struct More<'a> {
    pub figures: Option<&'a Figures>,
    /// The day on which the question is asked.
    pub today: Option<Date>,
    /// The versions by which the earner has an award here, whatever was counted: an agreed sum, a
    /// guarantee.
    pub member: &'a [u32],
    /// A figure table that the tier is picked by, and the day on which it is read.
    pub forecast: Option<(&'a str, Date)>,
    /// Where the award depends on other awards.
    pub others: Option<&'a dyn Others>,
}

impl fmt::Debug for More<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("More").field("today", &self.today).finish_non_exhaustive()
    }
}

/// Awards that depend on each other, evaluated together.
pub trait Others {
    /// The awards of a question after everything that bounds them together.
    fn awards(&self, question: &Question<'_>, upto: Upto) -> Vec<Award>;

    /// The first days of the payout periods in which anything about them is booked.
    fn payouts(&self, question: &Question<'_>) -> BTreeSet<Date>;

    /// The same for accounting periods.
    fn accountings(&self, question: &Question<'_>) -> BTreeSet<Date>;
}

/// What a term looks at in other terms, evaluated before it.
pub trait Links {
    /// What a term awarded for a fact, or for a sale with all that belongs to it.
    fn awarded(&self, link: &Link, key: &str, with_returns: bool) -> Decimal;

    /// Whether a term reached a tier that pays.
    fn reached(&self, term: &TermRef, tier: Option<u32>, group: &Group) -> bool;
}

/// A term that looks at no other.
struct Alone;

impl Links for Alone {
    fn awarded(&self, _: &Link, _: &str, _: bool) -> Decimal {
        Decimal::ZERO
    }

    fn reached(&self, _: &TermRef, _: Option<u32>, _: &Group) -> bool {
        false
    }
}

type Amounts = BTreeMap<(PartnerCode, Group), Decimal>;

impl<'q> Question<'q> {
    /// Awards and where they are booked.
    pub fn outcome(&self) -> Outcome {
        let mut awards = self.awards(Upto::ALL);
        // What was taken back whole was looked at for its bookings alone.
        let member = self.is_member(Upto::ALL);
        awards.retain(|award| award.facts != 0 || member || !award.amount.is_zero());
        let due = self.due(self.catch_up(), self.release());
        let accruals = self.accruals();
        Outcome { period: self.period.clone(), awards, due, accruals }
    }

    /// The awards with everything known, and nothing about where they are booked.
    pub fn earned(&self) -> Vec<Award> {
        self.awards(Upto::ALL)
    }

    fn awards(&self, upto: Upto) -> Vec<Award> {
        match self.more.others {
            Some(others) => others.awards(self, upto),
            None => self.own_awards(upto, &Alone),
        }
    }

    /// Whether the earner has an award here, whatever was counted, by what is known.
    fn is_member(&self, upto: Upto) -> bool {
        let among = |last: &PlanVersion| self.more.member.contains(&last.program.version);
        !self.more.member.is_empty() && self.last_version(upto).is_some_and(among)
    }

    /// The version that acts on the last day of the period that has the term, by what is known.
    fn last_version(&self, upto: Upto) -> Option<&'q PlanVersion> {
        let known = |version: &PlanVersion| self.knows(version, upto);
        let acting = self.plan.acting(self.term, self.period, &known);
        acting.iter().rev().find_map(|(_, version)| *version)
    }

    /// The awards of all groups, with the limits of the term over them.
    fn own_awards(&self, upto: Upto, links: &dyn Links) -> Vec<Award> {
        let acting = self.plan.acting(self.term, self.period, &|version| self.knows(version, upto));
        let mut awards = self.groups(&acting, upto, links);
        awards.retain(|award| award.version != 0);
        let last = acting.iter().rev().find_map(|(_, version)| *version);
        if let Some(version) = last
            && let Some(rule) = &version.rules[usize::from(self.term)]
        {
            limits::bound_period(&mut awards, rule.term.limits.per_partner_period, rule);
            if limits::is_skipped(version, self.earner, self.period) {
                for award in &mut awards {
                    award.amount = Decimal::ZERO;
                    award.reasons.push(Reason::Skip);
                }
            }
        }
        awards
    }

    /// What is owed in which payout period.
    fn due(&self, catch_up: CatchUp, release: Release) -> Vec<Due> {
        let whole = catch_up == CatchUp::Each && release == Release::AsEarned;
        let payouts = self.payout_periods(whole);
        let mut due = Vec::new();
        let mut paid = Amounts::new();
        for payout in payouts {
            let upto = Upto::to(Reach::Payout(payout.end));
            let awards = self.awards(upto);
            let now = self.amounts(&awards, release, &payout);
            let is_last = self.period.end <= payout.end;
            let differences = if catch_up == CatchUp::End && !is_last {
                // Only its own facts, at the tier reached so far.
                let had = Reach::Payout(payout.start);
                let before = self.awards(Upto { measure: had, late: had, ..upto });
                differences(&self.amounts(&before, release, &payout), &now)
            } else {
                differences(&paid, &now)
            };
            for ((partner, group), amount) in differences {
                *paid.entry((partner.clone(), group.clone())).or_default() += amount;
                due.push(Due { group, payout: payout.clone(), partner, amount });
            }
        }
        due
    }

    /// The payout periods in which something may be owed; `whole` if that is only where something
    /// was booked.
    fn payout_periods(&self, whole: bool) -> Vec<Period> {
        let of = &self.plan.terms[usize::from(self.term)];
        let mut starts: BTreeSet<Date> = self.cells.iter().map(|(cell, _)| cell.payout).collect();
        if !self.cells.is_empty() || !self.more.member.is_empty() {
            starts.extend(self.plan.versions.iter().map(|version| self.version_payout(version)));
        }
        let Some(first) = of.payout.containing(self.period.start) else { return Vec::new() };
        if !self.more.member.is_empty() {
            starts.insert(first.start);
            starts.extend(of.payout.containing(self.period.last()).map(|last| last.start));
        }
        if let Some(others) = self.more.others {
            starts.extend(others.payouts(self));
        }
        if !whole {
            let mut period = first.clone();
            let mut came_before = true;
            while period.start < self.period.end {
                let closed = self.closes.0.contains_key(&period.name);
                let begun = self.more.today.is_some_and(|today| period.start <= today);
                if came_before || begun {
                    starts.insert(period.start);
                }
                came_before = closed;
                match of.payout.next(&period) {
                    Some(next) => period = next,
                    None => break,
                }
            }
        }
        starts.into_iter().filter_map(|start| of.payout.starting(first.clone(), start)).collect()
    }

    /// What awards come to, by who is paid. Fixed sums may be released little by little.
    fn amounts(&self, awards: &[Award], release: Release, payout: &Period) -> Amounts {
        let mut amounts = Amounts::new();
        for award in awards {
            let Some(rule) = self.rule_of(award) else { continue };
            let mut amount = award.amount;
            if release == Release::Evenly && payout.end < self.period.end {
                let (come, all) = self.payouts_come(payout);
                let held = award.fixed.checked_mul(Decimal::from(all - come));
                let held = held.and_then(|held| held.checked_div(Decimal::from(all)));
                let (mode, decimals) = rounding(rule);
                amount -= mode.round(held.unwrap_or_default(), decimals);
            }
            for (partner, amount) in paid(award, amount, self.earner, rule) {
                *amounts.entry((partner, award.group.clone())).or_default() += amount;
            }
        }
        amounts
    }

    /// How many payout periods of the qualifying period have come, and how many there are.
    fn payouts_come(&self, payout: &Period) -> (u32, u32) {
        let of = &self.plan.terms[usize::from(self.term)];
        let (mut come, mut all) = (0, 0);
        let mut next = of.payout.containing(self.period.start);
        while let Some(period) = next.filter(|period| period.start < self.period.end) {
            all += 1;
            come += u32::from(period.start <= payout.start);
            next = of.payout.next(&period);
        }
        (come, all.max(1))
    }

    fn rule_of(&self, award: &Award) -> Option<&'q Rule> {
        let plan = self.plan;
        plan.version(award.version)?.rules[usize::from(self.term)].as_ref()
    }

    fn newest_term(&self) -> Option<&'q Term> {
        let plan = self.plan;
        let mut rules = plan.versions.iter().rev();
        let rule = rules.find_map(|version| version.rules[usize::from(self.term)].as_ref());
        rule.map(|rule| &*rule.term)
    }

    fn catch_up(&self) -> CatchUp {
        self.newest_term().map_or(CatchUp::Each, |term| term.payout.catch_up)
    }

    fn release(&self) -> Release {
        self.newest_term().map_or(Release::AsEarned, |term| term.payout.release)
    }

    fn accounting(&self, start: Date) -> Option<Period> {
        let of = &self.plan.terms[usize::from(self.term)];
        let first = of.accounting.containing(self.period.start)?;
        of.accounting.starting(first, start)
    }
}

/// Who is paid what of an amount, so that the parts add up to it.
pub fn paid(
    award: &Award,
    amount: Decimal,
    earner: &PartnerCode,
    rule: &Rule,
) -> Vec<(PartnerCode, Decimal)> {
    if award.payees.is_empty() {
        return vec![(earner.clone(), amount)];
    }
    let weights: Vec<Decimal> = award.payees.iter().map(|(_, weight)| *weight).collect();
    let (_, decimals) = rounding(rule);
    let shares = split(amount, &weights, decimals, rule.term.rounding.remainder);
    award.payees.iter().map(|(payee, _)| payee.clone()).zip(shares).collect()
}

/// What an award of a term that does not pay in money has given: what is owed at once as it is
/// known, the rest as far as its payout periods are closed.
pub fn credited(
    outcome: &Outcome,
    rule: &Rule,
    earner: &PartnerCode,
    closes: &Closes,
) -> Vec<(Group, PartnerCode, Decimal)> {
    if rule.term.settle == Settle::AtOnce {
        let of = |award: &Award| {
            let all = paid(award, award.amount, earner, rule).into_iter();
            let group = award.group.clone();
            all.map(move |(who, amount)| (group.clone(), who, amount)).collect::<Vec<_>>()
        };
        return outcome.awards.iter().flat_map(of).collect();
    }
    let closed = outcome.due.iter().filter(|due| closes.0.contains_key(&due.payout.name));
    closed.map(|due| (due.group.clone(), due.partner.clone(), due.amount)).collect()
}

fn differences(before: &Amounts, after: &Amounts) -> Vec<((PartnerCode, Group), Decimal)> {
    let keys: BTreeSet<&(PartnerCode, Group)> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .map(|key| {
            let of = |amounts: &Amounts| amounts.get(key).copied().unwrap_or_default();
            (key.clone(), of(after) - of(before))
        })
        .filter(|(_, difference)| !difference.is_zero())
        .collect()
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
