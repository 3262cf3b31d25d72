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
use crate::condition::Expr;
use crate::period::{Calendar, Period, Prior, begins};
use crate::program::{
    Baseline, BaselineOf, Change, Compare, Measure, Method, Program, Reading, Term, Total, View,
    WhenZero, Window,
};
use crate::totals::Slot;

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
    /// Days on which amendments begin to act, ascending.
    cuts: Vec<Date>,
}

/// A version and what of it is compiled.
#[derive(Debug, Clone)]
pub struct PlanVersion {
    pub program: Arc<Program>,
    /// First day on which it acts: the program's, or the amendment's.
    pub from: Date,
    /// The version it replaces as a whole.
    pub corrects: Option<u32>,
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
    pub calendar: Calendar,
    pub accounting: Calendar,
    pub grace_days: Option<u32>,
    pub calculate_after_days: u32,
}

/// A term of a version, compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    pub term: Arc<Term>,
    /// Of the program.
    pub currency: Currency,
    pub reads: Vec<Read>,
    /// Whether the qualifier is the measure's total.
    pub same_total: bool,
}

/// One sum that a rule takes of facts.
#[derive(Debug, Clone)]
pub struct Read {
    pub slot: Slot,
    /// `None`: only the facts are counted.
    pub total: Option<Total>,
    pub filter: Vec<Expr>,
    pub window: ReadWindow,
}

/// Which period a fact counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWindow {
    /// The one its date lies in; only enrolled partners.
    Period,
    /// The one whose baseline its date lies in; enrolled then or not.
    Prior(Prior),
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
        let mut froms: HashMap<u32, Date> = HashMap::new();
        let mut versions = Vec::new();
        for program in programs {
            let (from, corrects) = match program.change {
                Change::First => (program.starts, None),
                Change::Amends { from, .. } => (from, None),
                Change::Corrects { version } => {
                    let from = *froms.get(&version).ok_or(PlanError::NothingToCorrect {
                        version: program.version,
                        corrects: version,
                    })?;
                    (from, Some(version))
                }
            };
            froms.insert(program.version, from);
            let rules = terms.iter().map(|term| rule(&program, &term.code)).collect();
            versions.push(PlanVersion { program, from, corrects, after_close: None, rules });
        }
        let mut cuts: Vec<Date> = versions
            .iter()
            .filter(|version| matches!(version.program.change, Change::Amends { .. }))
            .map(|version| version.from)
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        Ok(Plan { code: first.code.clone(), zone, versions, terms, cuts })
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

    /// First day of the span of versions that a day lies in.
    pub fn part_of(&self, day: Date) -> Date {
        match self.cuts.iter().rev().find(|cut| **cut <= day) {
            Some(cut) => *cut,
            None => Date::MIN,
        }
    }

    /// First days of the spans that a period touches, ascending.
    pub fn parts_of(&self, period: &Period) -> Vec<Date> {
        let inside = self.cuts.iter().filter(|cut| period.start < **cut && **cut < period.end);
        std::iter::once(self.part_of(period.start)).chain(inside.copied()).collect()
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
        self.parts_of(period)
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
            replaces
                && (since == Timestamp::MIN
                    || self.booked(term, period, since, closes).start == period.start)
        });
        let begun = version.from < period.end;
        begun && !superseded
    }

    /// The payout period in which something about `period` is booked that was recorded then:
    /// itself while it is open, else the first one that was open.
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
            match of.calendar.next(&booked) {
                Some(next) => booked = next,
                None => break,
            }
        }
        booked
    }

    /// The same for accounting periods, from the one of the fact's date on.
    pub fn booked_accounting(
        &self,
        term: u16,
        (natural, of_period): (&Period, &Period),
        recorded: Timestamp,
        closes: &Closes,
    ) -> Period {
        let of = &self.terms[usize::from(term)];
        let (mut booked, mut payout) = (natural.clone(), of_period.clone());
        while !self.is_open(of, &booked, &payout, recorded, closes) {
            let Some(next) = of.accounting.next(&booked) else { break };
            if payout.end <= next.start {
                match of.calendar.next(&payout) {
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

fn rule(program: &Program, code: &TermCode) -> Option<Rule> {
    let term = program.terms.iter().find(|term| &term.code == code)?;
    let bind = |expr: &Expr| expr.bind(&program.lists).conjuncts();
    let general: Vec<Expr> = program.when.iter().flat_map(bind).collect();
    let own: Vec<Expr> = general.iter().cloned().chain(term.when.iter().flat_map(bind)).collect();
    let under = |when: &Option<Expr>| match when {
        None => own.clone(),
        Some(when) => general.iter().cloned().chain(bind(when)).collect(),
    };

    let measured = term.measure.as_ref().map(|measure: &Measure| measure.total.clone());
    let mut reads = vec![Read {
        slot: Slot::Measure,
        total: measured.clone(),
        filter: own.clone(),
        window: ReadWindow::Period,
    }];
    let same_total = term.qualifier.as_ref().is_none_or(|qualifier| {
        Some(&qualifier.total) == measured.as_ref()
            && qualifier.when.is_none()
            && qualifier.window == Window::Period
    });
    let (qualified, qualified_filter) = match &term.qualifier {
        Some(qualifier) => (Some(qualifier.total.clone()), under(&qualifier.when)),
        None => (measured.clone(), own.clone()),
    };
    if let Some(qualifier) = &term.qualifier {
        read_qualifier(qualifier, same_total, &qualified_filter, &general, &bind, &mut reads);
    }
    if let Compare::Baseline(baseline) = &term.compare {
        let slots = [Slot::Baseline, Slot::BaselineElse];
        read_baseline(baseline, slots, qualified.as_ref(), &qualified_filter, &mut reads);
        if term.method == Method::Excess && !same_total {
            let slots = [Slot::MeasureBaseline, Slot::MeasureBaselineElse];
            read_baseline(baseline, slots, measured.as_ref(), &own, &mut reads);
        }
    }
    let currency = program.currency;
    Some(Rule { term: Arc::new(term.clone()), currency, reads, same_total })
}

fn read_qualifier(
    qualifier: &Reading,
    same_total: bool,
    filter: &[Expr],
    general: &[Expr],
    bind: &dyn Fn(&Expr) -> Vec<Expr>,
    reads: &mut Vec<Read>,
) {
    let window = match qualifier.window {
        Window::PriorPeriod => ReadWindow::Prior(Prior::Period),
        Window::PriorYear => ReadWindow::Prior(Prior::Year),
        _ => ReadWindow::Period,
    };
    if !same_total {
        reads.push(Read {
            slot: Slot::Qualifier,
            total: Some(qualifier.total.clone()),
            filter: filter.to_vec(),
            window,
        });
    }
    if let View::Share(of) = &qualifier.view {
        reads.push(Read {
            slot: Slot::ShareOf,
            total: Some(qualifier.total.clone()),
            filter: general.iter().cloned().chain(bind(of)).collect(),
            window,
        });
    }
}

fn read_baseline(
    baseline: &Baseline,
    slots: [Slot; 2],
    total: Option<&Total>,
    filter: &[Expr],
    reads: &mut Vec<Read>,
) {
    let otherwise = match &baseline.when_zero {
        WhenZero::Other(other) => Some(&**other),
        _ => None,
    };
    for (of, slot) in std::iter::once(&baseline.of).chain(otherwise).zip(slots) {
        let prior = match of {
            BaselineOf::PriorPeriod => Prior::Period,
            BaselineOf::PriorYear => Prior::Year,
            BaselineOf::Figure(_) => continue,
        };
        reads.push(Read {
            slot,
            total: total.cloned(),
            filter: filter.to_vec(),
            window: ReadWindow::Prior(prior),
        });
    }
}
