//! A plan: all versions of one program, compiled for measuring and evaluating.
//!
//! # Invariants
//!
//! * Terms are known by their position in [`Plan::terms`], which does not depend on versions.
//! * A term of a later version has the same periods, grain and earner as the first that has it;
//!   the checker refuses anything else, since that would be a new term.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::amount::Currency;
use crate::code::{ProgramCode, TermCode};
use crate::condition::{Depends, Expr};
use crate::period::{Calendar, Period, begins};
use crate::program::{Change, Earner, Members, Program, Reward, Scope, TermRef, Thresholds, Total};

mod rule;

pub use rule::{Grain, Link, LinkBy, Read, ReadNames, ReadWindow, Rule, Weight, is_sum};

/// Why versions do not make a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error("a program needs at least one version")]
    Empty,
    #[error("version {0} stands twice")]
    SameVersion(u32),
    #[error("version {version} corrects version {corrects}, which is not there")]
    NothingToCorrect { version: u32, corrects: u32 },
    #[error("time zone `{0}` is not known; write an IANA name such as `Asia/Tokyo`")]
    TimeZone(String),
    #[error(
        "version {version} changes the periods of term `{term}`; give the changed term a code of its own"
    )]
    ChangedTerm { version: u32, term: TermCode },
}

/// All versions of one program.
#[derive(Debug, Clone)]
pub struct Plan {
    pub code: ProgramCode,
    pub zone: TimeZone,
    /// Ascending by number.
    pub versions: Vec<PlanVersion>,
    pub terms: Vec<PlanTerm>,
    /// For each term the days on which amendments and dated rows begin or end to act, ascending.
    cuts: Vec<Vec<Date>>,
    /// The on-demand periods that somebody ended, oldest first: name and last day.
    ended: Vec<(Arc<str>, Date)>,
}

/// A version and what of it is compiled.
#[derive(Debug, Clone)]
pub struct PlanVersion {
    pub program: Arc<Program>,
    /// First day on which it acts: the program's, or the amendment's.
    pub from: Date,
    /// The version it replaces as a whole.
    pub corrects: Option<u32>,
    /// Whether the part of a period it begins with stands by itself.
    pub splits: bool,
    /// The last close before it was activated, where that is known: whatever its text says, it
    /// rewrites nothing that was closed by then.
    pub after_close: Option<Timestamp>,
    /// For each of the plan's terms, if this version has it.
    pub rules: Vec<Option<Rule>>,
}

/// What does not change from version to version.
#[derive(Debug, Clone)]
pub struct PlanTerm {
    pub code: TermCode,
    /// The qualifying periods.
    pub calendar: Calendar,
    pub payout: Calendar,
    pub accounting: Calendar,
    pub grace_days: Option<u32>,
    pub calculate_after_days: u32,
}

/// When the payout periods of a program were closed, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closes(pub BTreeMap<Arc<str>, Timestamp>);

impl Plan {
    pub fn new(programs: Vec<Program>) -> Result<Plan, PlanError> {
        let mut programs: Vec<Arc<Program>> = programs.into_iter().map(Arc::new).collect();
        programs.sort_by_key(|program| program.version);
        let first = programs.first().ok_or(PlanError::Empty)?.clone();
        for (a, b) in programs.iter().zip(programs.iter().skip(1)) {
            if a.version == b.version {
                return Err(PlanError::SameVersion(a.version));
            }
        }
        let zone = TimeZone::get(&first.time_zone)
            .map_err(|_| PlanError::TimeZone(first.time_zone.clone()))?;
        let terms = plan_terms(&programs)?;
        let mut froms: HashMap<u32, (Date, bool)> = HashMap::new();
        let mut versions = Vec::new();
        for program in programs {
            let (from, splits, corrects) = match program.change {
                Change::First => (program.starts, false, None),
                Change::Amends { from, thresholds } => {
                    (from, thresholds == Thresholds::Split, None)
                }
                Change::Corrects { version } => {
                    let (from, splits) =
                        *froms.get(&version).ok_or(PlanError::NothingToCorrect {
                            version: program.version,
                            corrects: version,
                        })?;
                    (from, splits, Some(version))
                }
            };
            froms.insert(program.version, (from, splits));
            let rules = terms.iter().map(|term| Rule::new(&program, &term.code)).collect();
            let after_close = None;
            versions.push(PlanVersion { program, from, corrects, splits, after_close, rules });
        }
        let cuts = (0..terms.len()).map(|term| cuts(&versions, term)).collect();
        let ended = Vec::new();
        let mut plan = Plan { code: first.code.clone(), zone, versions, terms, cuts, ended };
        for of in plan.looked_at() {
            plan.keep_facts_of(&of);
        }
        Ok(plan)
    }

    /// Plans that know which of their terms others of them look at fact by fact.
    pub fn link(plans: &mut [Plan]) {
        let looked_at: Vec<TermRef> = plans.iter().flat_map(Plan::looked_at).collect();
        for plan in plans {
            for of in &looked_at {
                plan.keep_facts_of(of);
            }
        }
    }

    /// The terms whose awards this plan's terms look at fact by fact, named in full.
    fn looked_at(&self) -> Vec<TermRef> {
        let rules = self.versions.iter().flat_map(|version| version.rules.iter().flatten());
        let links = rules.flat_map(|rule| &rule.links);
        links
            .map(|link| TermRef {
                program: Some(link.program.clone().unwrap_or_else(|| self.code.clone())),
                term: link.term.clone(),
            })
            .collect()
    }

    fn keep_facts_of(&mut self, of: &TermRef) {
        if of.program.as_ref() != Some(&self.code) {
            return;
        }
        let Some(term) = self.term(of.term.as_str()) else { return };
        for version in &mut self.versions {
            if let Some(rule) = &mut version.rules[usize::from(term)] {
                rule.keep_facts();
            }
        }
    }

    /// Whether what a fact counts depends on no other partner than its own, and counts for none.
    pub fn keeps_to_partner(&self) -> bool {
        let own = |expr: &Expr| !expr.depends().on(Depends::PARTY);
        let member = |version: &PlanVersion| match &version.program.partners {
            Members::Where(condition) => own(condition),
            Members::All | Members::List(_) => true,
        };
        let reads = |read: &Read| {
            let total = match &read.total {
                Some(Total::Sum(expr) | Total::Max(expr) | Total::Min(expr)) => own(expr),
                Some(Total::CountDistinct(path)) => !path.depends().on(Depends::PARTY),
                Some(Total::Sets(parts)) => parts.iter().all(|(when, _)| own(when)),
                Some(Total::Count) | None => true,
            };
            total && read.scope == Scope::Partner && read.filter.iter().all(own)
        };
        let rules = self.versions.iter().flat_map(|version| version.rules.iter().flatten());
        self.versions.iter().all(member)
            && rules.into_iter().all(|rule| {
                let mut names = rule.term.group_by.names.iter();
                rule.term.earner == Earner::Partner
                    && rule.term.split.is_none()
                    && names.all(|(_, path)| !path.depends().on(Depends::PARTY))
                    && rule.reads.iter().all(reads)
            })
    }

    /// Ends the open period of every on-demand calendar on a day, under a name. False if there is
    /// none, the day lies outside it, or shorter periods do not end with it.
    pub fn end_on_demand(&mut self, name: &str, last: Date) -> bool {
        if !self.may_end_on(last) {
            return false;
        }
        let mut ended = false;
        for term in &mut self.terms {
            for calendar in [&mut term.calendar, &mut term.payout, &mut term.accounting] {
                ended |= calendar.end_on_demand(name, last);
            }
        }
        if ended {
            self.ended.push((Arc::from(name), last));
        }
        ended
    }

    /// Whether the shorter periods of terms with an on-demand period, for payouts or accounting,
    /// end on that day: periods consist of whole ones.
    pub fn may_end_on(&self, last: Date) -> bool {
        let ends = |calendar: &Calendar| {
            calendar.is_on_demand()
                || calendar.containing(last).is_none_or(|period| period.last() == last)
        };
        let on_demand = |term: &&PlanTerm| {
            [&term.calendar, &term.payout, &term.accounting].iter().any(|c| c.is_on_demand())
        };
        let mut terms = self.terms.iter().filter(on_demand);
        terms.all(|term| [&term.calendar, &term.payout, &term.accounting].into_iter().all(ends))
    }

    /// Whether a period that is ended may have this name: no calendar has it for another, nor
    /// would any that a later version may bring.
    pub fn may_be_called(&self, name: &str) -> bool {
        self.terms.iter().all(|term| {
            [&term.calendar, &term.payout, &term.accounting].iter().all(|c| c.may_be_called(name))
        })
    }

    /// Ends the on-demand periods that were ended in another plan of the same program.
    pub fn end_like(&mut self, other: &Plan) {
        for (name, last) in &other.ended {
            self.end_on_demand(name, *last);
        }
    }

    /// The payout period that ends when somebody ends it: the first day it may end on, and the
    /// last one, if the program has one. `None` if there is none, or all of it is over.
    pub fn open_on_demand(&self) -> Option<Period> {
        self.terms.iter().find_map(|term| term.payout.open_on_demand())
    }

    /// What the awards of a term are in, if they are money. It is the same in every version.
    pub fn currency_of(&self, term: u16) -> Option<Currency> {
        let mut versions = self.versions.iter().rev();
        let rule = versions.find_map(|v| v.rules.get(usize::from(term))?.as_ref())?;
        (rule.term.reward == Reward::Money).then_some(rule.currency)
    }

    /// The currencies in which the program pays: its own first, then those of its terms.
    pub fn currencies(&self) -> Vec<Currency> {
        let mut found = vec![self.newest().currency];
        for term in (0..self.terms.len()).filter_map(|term| u16::try_from(term).ok()) {
            found.extend(self.currency_of(term).filter(|currency| !found.contains(currency)));
        }
        found
    }

    /// The newest version.
    pub fn newest(&self) -> &Program {
        &self.versions[self.versions.len() - 1].program
    }

    pub fn term(&self, code: &str) -> Option<u16> {
        let at = self.terms.iter().position(|term| term.code.as_str() == code)?;
        u16::try_from(at).ok()
    }

    pub fn version(&self, number: u32) -> Option<&PlanVersion> {
        self.versions.iter().find(|version| version.program.version == number)
    }

    /// First day of the span of versions and dated rows that a day lies in.
    pub fn part_of(&self, term: u16, day: Date) -> Date {
        match self.cuts[usize::from(term)].iter().rev().find(|cut| **cut <= day) {
            Some(cut) => *cut,
            None => Date::MIN,
        }
    }

    /// First days of the spans that a period touches, ascending.
    pub fn parts_of(&self, term: u16, period: &Period) -> Vec<Date> {
        let cuts = &self.cuts[usize::from(term)];
        let inside = cuts.iter().filter(|cut| period.start < **cut && **cut < period.end);
        std::iter::once(self.part_of(term, period.start)).chain(inside.copied()).collect()
    }

    /// The versions that act on each part of a period, among those `known`: first day of the part,
    /// and the version, none where no version has the term.
    pub fn acting(
        &self,
        term: u16,
        period: &Period,
        known: &dyn Fn(&PlanVersion) -> bool,
    ) -> Vec<(Date, Option<&PlanVersion>)> {
        let known: Vec<&PlanVersion> =
            self.versions.iter().filter(|version| known(version)).collect();
        let replaced = |version: &PlanVersion| {
            known.iter().any(|other| other.corrects == Some(version.program.version))
        };
        self.parts_of(term, period)
            .into_iter()
            .map(|part| {
                let acting = known
                    .iter()
                    .filter(|version| version.from <= part || version.from <= period.start)
                    .filter(|version| !replaced(version))
                    .max_by_key(|version| (version.from, version.program.version));
                let acting =
                    acting.filter(|version| version.rules[usize::from(term)].is_some()).copied();
                (part, acting)
            })
            .collect()
    }

    /// Whether some booking of this period could still be computed with this version.
    pub fn matters(
        &self,
        version: &PlanVersion,
        term: u16,
        period: &Period,
        closes: &Closes,
    ) -> bool {
        let superseded = self.versions.iter().any(|other| {
            let replaces = other.corrects == Some(version.program.version)
                || (version.from < other.from && other.from <= period.start);
            let since = self.known_since(other);
            let first = || self.terms[usize::from(term)].payout.containing(period.start);
            replaces
                && (since == Timestamp::MIN
                    || first().is_some_and(|first| {
                        self.booked(term, &first, since, closes).start == first.start
                    }))
        });
        let begun = version.from < period.end;
        begun && !superseded
    }

    /// The payout period in which something about a payout period is booked that was recorded
    /// then: itself while it is open, else the first one that was open.
    pub fn booked(
        &self,
        term: u16,
        period: &Period,
        recorded: Timestamp,
        closes: &Closes,
    ) -> Period {
        let of = &self.terms[usize::from(term)];
        let mut booked = period.clone();
        while !self.is_open(of, &booked, &booked, recorded, closes) {
            match of.payout.next(&booked) {
                Some(next) => booked = next,
                None => break,
            }
        }
        booked
    }

    /// The same for accounting periods, from those of the fact's date on.
    pub fn booked_accounting(
        &self,
        term: u16,
        (natural, natural_payout): (&Period, &Period),
        recorded: Timestamp,
        closes: &Closes,
    ) -> Period {
        let of = &self.terms[usize::from(term)];
        let (mut booked, mut payout) = (natural.clone(), natural_payout.clone());
        while !self.is_open(of, &booked, &payout, recorded, closes) {
            let Some(next) = of.accounting.next(&booked) else { break };
            if payout.end <= next.start {
                match of.payout.next(&payout) {
                    Some(following) => payout = following,
                    None => break,
                }
            }
            booked = next;
        }
        booked
    }

    fn is_open(
        &self,
        term: &PlanTerm,
        period: &Period,
        payout: &Period,
        recorded: Timestamp,
        closes: &Closes,
    ) -> bool {
        let in_grace = term.grace_days.is_none_or(|days| {
            let cutoff = period.end.checked_add(jiff::Span::new().days(i64::from(days)));
            cutoff.map_or(true, |cutoff| recorded < begins(cutoff, &self.zone))
        });
        in_grace && closes.0.get(&payout.name).is_none_or(|closed| recorded < *closed)
    }
}

fn plan_terms(programs: &[Arc<Program>]) -> Result<Vec<PlanTerm>, PlanError> {
    let mut terms: Vec<(PlanTerm, Arc<Program>)> = Vec::new();
    for program in programs {
        for term in &program.terms {
            let made = PlanTerm {
                code: term.code.clone(),
                calendar: Calendar::qualifying(program, term),
                payout: Calendar::payout(program, term),
                accounting: Calendar::accounting(program, term),
                grace_days: term.periods.grace_days,
                calculate_after_days: term.periods.calculate_after_days,
            };
            match terms.iter().position(|(known, _)| known.code == term.code) {
                None => terms.push((made, program.clone())),
                Some(at) => {
                    let (known, by) = &terms[at];
                    let before = by.terms.iter().find(|other| other.code == term.code);
                    if before.is_some_and(|before| {
                        before.periods.every != term.periods.every
                            || before.periods.fiscal_year_from != term.periods.fiscal_year_from
                    }) {
                        return Err(PlanError::ChangedTerm {
                            version: program.version,
                            term: known.code.clone(),
                        });
                    }
                    // The newest word on dates and grace counts: a program may be prolonged.
                    terms[at] = (made, program.clone());
                }
            }
        }
    }
    Ok(terms.into_iter().map(|(term, _)| term).collect())
}

/// The days on which amendments and dated rows of a term begin or end to act.
fn cuts(versions: &[PlanVersion], term: usize) -> Vec<Date> {
    let mut cuts: Vec<Date> = versions
        .iter()
        .filter(|version| matches!(version.program.change, Change::Amends { .. }))
        .map(|version| version.from)
        .collect();
    for rule in versions.iter().filter_map(|version| version.rules[term].as_ref()) {
        for row in &rule.term.rows {
            cuts.extend(row.starts);
            cuts.extend(row.ends.and_then(|ends| ends.tomorrow().ok()));
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}
