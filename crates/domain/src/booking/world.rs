//! Awards that depend on each other: terms that look at terms, lanes, budgets, pools, guarantees,
//! limits over several terms, readings over other partners.
//!
//! Everything still goes through the cells: a [`World`] only knows which cells each award sees
//! beside its own, and in which order awards are computed.
//!
//! # Invariants
//!
//! * A term is evaluated after all terms it looks at and after their lanes.
//! * Under every [`Upto`] the same rules hold, so what was booked once is never changed.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::family::{
    Extent, Family, TermAt, crosses, families, find, is_for_members, order, rules,
};
use super::inputs::acts_on;
use super::together::{Awards, Together};
use super::{Links, More, Others, Outcome, Question, Upto};
use crate::award::Award;
use crate::code::{PartnerCode, ProgramCode};
use crate::condition::{Awarded, Subject};
use crate::master::Master;
use crate::measure::{is_scope, scope_code};
use crate::period::{Calendar, Period};
use crate::plan::{Closes, Link, Plan, ReadWindow, Rule};
use crate::program::{Members, Program, Scope, TermRef};
use crate::standing::{is_enrolled, nothing_yet};
use crate::totals::{Cell, Group, Slot, Sums};

/// Which award is meant, all its groups together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub plan: usize,
    pub term: u16,
    pub earner: PartnerCode,
    /// First day of the period.
    pub period: Date,
}

/// What is known of a question before it is asked.
#[derive(Debug)]
pub(super) struct Held {
    pub period: Period,
    pub cells: Vec<(Cell, Sums)>,
    /// The versions by which the earner is enrolled and the term pays without facts.
    pub member: Vec<u32>,
    /// Whether the earner would be enrolled by a fact that counts here.
    pub by_facts: bool,
}

/// When something was recorded, and which it was of all that was recorded at that instant: the
/// lines of a file come one after another.
pub type Recorded = (Timestamp, i64);

/// What a world is made of.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub plans: &'a [Plan],
    /// One for each plan.
    pub closes: &'a [Closes],
    pub master: &'a Master,
    /// The day on which it is asked.
    pub today: Date,
    /// When a fact was recorded.
    pub recorded: &'a dyn Fn(&str) -> Option<Recorded>,
    /// Where only a part of all awards is asked for; its cells are all that matter to it.
    pub only: Option<Only<'a>>,
}

/// A part of all awards that depends on no other.
#[derive(Clone, Copy)]
pub struct Only<'a> {
    pub family: &'a Family,
    /// Where the family's extent is an earner: which ones.
    pub earners: Option<&'a BTreeSet<PartnerCode>>,
}

impl Ground<'_> {
    fn has_term(&self, at: TermAt) -> bool {
        self.only.is_none_or(|only| only.family.terms.binary_search(&at).is_ok())
    }

    fn has_earner(&self, code: &PartnerCode) -> bool {
        let earners = self.only.and_then(|only| only.earners);
        earners.is_none_or(|earners| earners.contains(code))
    }
}

/// All awards of some plans.
pub struct World<'a> {
    pub(super) ground: Ground<'a>,
    pub(super) held: BTreeMap<Asked, Held>,
    /// Terms whose awards depend on others or are looked at, each after those it looks at.
    pub(super) order: Vec<TermAt>,
    memo: RefCell<HashMap<(TermAt, Upto), Rc<Awards>>>,
    families: OnceCell<Vec<Family>>,
    /// Where booking periods end that anything of a family is booked in.
    payout_ends: Ends,
    accounting_ends: Ends,
}

/// Last days, by the position of a family, and by earner where nobody else's awards matter.
type Ends = RefCell<HashMap<(usize, Option<PartnerCode>), Rc<BTreeSet<Date>>>>;

impl<'a> World<'a> {
    /// A world of these cells.
    pub fn new(ground: Ground<'a>, cells: impl Iterator<Item = (Cell, Sums)>) -> World<'a> {
        let mut by: BTreeMap<Asked, Vec<(Cell, Sums)>> = BTreeMap::new();
        for (cell, sums) in cells {
            let asked = Asked {
                plan: usize::try_from(cell.plan).unwrap_or(usize::MAX),
                term: cell.term,
                earner: cell.earner.clone(),
                period: cell.period,
            };
            by.entry(asked).or_default().push((cell, sums));
        }
        let mut held = BTreeMap::new();
        for asked in by.keys().filter(|asked| !is_scope(&asked.earner)) {
            let Some(plan) = ground.plans.get(asked.plan) else { continue };
            let calendar = &plan.terms[usize::from(asked.term)].calendar;
            let Some(period) = calendar.containing(asked.period) else { continue };
            let nobody = Held { period, cells: Vec::new(), member: Vec::new(), by_facts: false };
            held.insert(asked.clone(), nobody);
        }
        for Membership { asked, period, version } in members(&ground) {
            let there = Held { period, cells: Vec::new(), member: Vec::new(), by_facts: false };
            held.entry(asked).or_insert(there).member.push(version);
        }
        // Who has a fact that counts is enrolled, whether master data names everyone or not. What
        // is only looked at, in a window before the period, enrols nobody.
        for (asked, held) in &mut held {
            let plan = &ground.plans[asked.plan];
            let everyone = !matches!(plan.newest().partners, Members::List(_));
            let guaranteed = |rule: &Rule| rule.term.limits.guarantee.is_some();
            if !everyone || !rules(plan, asked.term).any(guaranteed) {
                continue;
            }
            let acting = plan.acting(asked.term, &held.period, &|_| true);
            let own =
                |(cell, _): &(Cell, Sums)| cell.slot == Slot::Measure && acts_on(&acting, cell);
            held.by_facts = by.get(asked).is_some_and(|cells| cells.iter().any(own));
        }
        for (asked, held) in &mut held {
            // Most questions see their own cells alone.
            held.cells = if reaches_out(&ground.plans[asked.plan], asked.term) {
                gather(&ground, asked, &held.period, &by)
            } else {
                by.remove(asked).unwrap_or_default()
            };
            held.cells.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let order = match ground.only {
            Some(only) => only.family.order.clone(),
            None => order(ground.plans),
        };
        World {
            ground,
            held,
            order,
            memo: RefCell::default(),
            families: OnceCell::new(),
            payout_ends: Ends::default(),
            accounting_ends: Ends::default(),
        }
    }

    /// Every award, and where it is booked.
    pub fn outcomes(&self) -> BTreeMap<Asked, Outcome> {
        let outcomes = self
            .held
            .iter()
            .map(|(asked, held)| (asked.clone(), self.question(asked, held, true).outcome()));
        outcomes.collect()
    }

    /// Every award as far as it is asked for, and nothing about where it is booked.
    pub fn earned(&self, upto: Upto) -> BTreeMap<Asked, (Period, Vec<Award>)> {
        let earned = self.held.iter().map(|(asked, held)| {
            let question = self.question(asked, held, true);
            let mut awards = question.awards(upto);
            let member = question.is_member(upto);
            awards.retain(|award| award.facts != 0 || member || !award.amount.is_zero());
            (asked.clone(), (held.period.clone(), awards))
        });
        earned.collect()
    }

    pub(super) fn question<'w>(
        &'w self,
        asked: &'w Asked,
        held: &'w Held,
        with_others: bool,
    ) -> Question<'w> {
        let linked = self.order.contains(&(asked.plan, asked.term));
        let others: Option<&dyn Others> = if linked && with_others { Some(self) } else { None };
        Question {
            plan: &self.ground.plans[asked.plan],
            term: asked.term,
            earner: &asked.earner,
            period: &held.period,
            closes: &self.ground.closes[asked.plan],
            cells: &held.cells,
            more: More {
                figures: Some(&self.ground.master.figures),
                today: Some(self.ground.today),
                member: &held.member,
                forecast: None,
                others,
            },
        }
    }

    /// The questions about one term.
    pub(super) fn of_term(&self, at: TermAt) -> impl Iterator<Item = (&Asked, &Held)> {
        self.of_earner(at, None)
    }

    fn asked(&self, question: &Question<'_>) -> Option<Asked> {
        let plan = self.ground.plans.iter().position(|plan| std::ptr::eq(plan, question.plan))?;
        let (term, earner) = (question.term, question.earner.clone());
        Some(Asked { plan, term, earner, period: question.period.start })
    }

    fn together(&self, target: TermAt, upto: Upto, forecast: Option<(&str, Date)>) -> Rc<Awards> {
        if forecast.is_some() {
            return Rc::new(Together::new(self, target, upto, forecast).awards());
        }
        if let Some(found) = self.memo.borrow().get(&(target, upto)) {
            return Rc::clone(found);
        }
        let found = Rc::new(Together::new(self, target, upto, None).awards());
        self.memo.borrow_mut().insert((target, upto), Rc::clone(&found));
        found
    }

    /// The position of a term's family, its terms that are evaluated together, and how far a change
    /// of one reaches.
    fn kin(&self, at: TermAt) -> (usize, &[TermAt], Extent) {
        if let Some(only) = self.ground.only {
            return (0, &self.order, only.family.extent);
        }
        let families = self.families.get_or_init(|| families(self.ground.plans));
        let found = families.iter().position(|family| family.terms.contains(&at));
        found.map_or((0, &self.order, Extent::Everyone), |found| {
            (found, &families[found].order, families[found].extent)
        })
    }

    /// The questions about one term of an earner, or of everybody.
    fn of_earner(
        &self,
        (plan, term): TermAt,
        earner: Option<&PartnerCode>,
    ) -> impl Iterator<Item = (&Asked, &Held)> {
        let first = Asked {
            plan,
            term,
            earner: earner.cloned().unwrap_or_else(|| PartnerCode::new("")),
            period: Date::MIN,
        };
        let earner = earner.cloned();
        self.held.range(first..).take_while(move |(asked, _)| {
            (asked.plan, asked.term) == (plan, term)
                && earner.as_ref().is_none_or(|earner| *earner == asked.earner)
        })
    }

    /// Where booking periods end in which anything is booked that a term may depend on.
    fn ends(
        &self,
        asked: &Asked,
        of: fn(&Plan, u16) -> &Calendar,
        booked: fn(&Cell) -> Date,
        known: &Ends,
    ) -> Rc<BTreeSet<Date>> {
        let (family, kin, extent) = self.kin((asked.plan, asked.term));
        let earner = (extent != Extent::Everyone).then_some(&asked.earner);
        let key = (family, earner.cloned());
        if let Some(ends) = known.borrow().get(&key) {
            return Rc::clone(ends);
        }
        let mut ends: BTreeSet<Date> = BTreeSet::new();
        for at in kin {
            let calendar = of(&self.ground.plans[at.0], at.1);
            let cells = self.of_earner(*at, earner).flat_map(|(_, held)| &held.cells);
            let mut starts: BTreeSet<Date> = cells.map(|(cell, _)| booked(cell)).collect();
            // What is owed without a fact comes with its period, or once that is over.
            let owed = |held: &Held| !held.member.is_empty() || held.by_facts;
            for (_, held) in self.of_earner(*at, earner).filter(|(_, held)| owed(held)) {
                let last = held.period.last().min(self.ground.today.max(held.period.start));
                starts.extend([held.period.start, last]);
            }
            ends.extend(starts.into_iter().map(|start| calendar.end_of(start)));
        }
        let ends = Rc::new(ends);
        known.borrow_mut().insert(key, Rc::clone(&ends));
        ends
    }

    /// First days of booking periods of a question in which anything of its family is booked.
    fn moments(
        &self,
        question: &Question<'_>,
        of: fn(&Plan, u16) -> &Calendar,
        booked: fn(&Cell) -> Date,
        known: &Ends,
    ) -> BTreeSet<Date> {
        let own = of(question.plan, question.term);
        let Some(first) = own.containing(question.period.start) else { return BTreeSet::new() };
        let Some(asked) = self.asked(question) else { return BTreeSet::new() };
        let ends = self.ends(&asked, of, booked, known);
        let mut starts = BTreeSet::new();
        let mut period = first;
        for end in ends.iter() {
            while period.end < *end {
                match own.next(&period) {
                    Some(next) => period = next,
                    None => break,
                }
            }
            starts.insert(period.start);
        }
        starts
    }
}

impl Others for World<'_> {
    fn awards(&self, question: &Question<'_>, upto: Upto) -> Vec<Award> {
        let Some(asked) = self.asked(question) else { return Vec::new() };
        let target = (asked.plan, asked.term);
        let all = self.together(target, upto, question.more.forecast);
        all.of(&asked).to_vec()
    }

    fn payouts(&self, question: &Question<'_>) -> BTreeSet<Date> {
        let calendar: fn(&Plan, u16) -> &Calendar = |plan, at| &plan.terms[usize::from(at)].payout;
        self.moments(question, calendar, |cell| cell.payout, &self.payout_ends)
    }

    fn accountings(&self, question: &Question<'_>) -> BTreeSet<Date> {
        let calendar: fn(&Plan, u16) -> &Calendar =
            |plan, at| &plan.terms[usize::from(at)].accounting;
        self.moments(question, calendar, |cell| cell.accounting, &self.accounting_ends)
    }
}

/// A partner enrolled by a version in a term that pays without facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub asked: Asked,
    pub period: Period,
    pub version: u32,
}

/// Enrolled partners of terms that pay without facts, by the periods that have begun. A version
/// counts that some booking may still be computed with, also where a later one has taken its place:
/// what was owed by it and what is owed now are booked apart.
pub fn members(ground: &Ground<'_>) -> Vec<Membership> {
    let mut found = Vec::new();
    for (plan, of) in ground.plans.iter().enumerate() {
        for (term, plan_term) in (0u16..).zip(&of.terms) {
            if !ground.has_term((plan, term)) || !rules(of, term).any(is_for_members) {
                continue;
            }
            for period in plan_term.calendar.up_to(ground.today) {
                let closes = &ground.closes[plan];
                for version in of.versions.iter().filter(|it| of.matters(it, term, &period, closes))
                {
                    let Some(rule) = &version.rules[usize::from(term)] else { continue };
                    let runs = rule.term.starts.is_none_or(|starts| starts < period.end)
                        && rule.term.ends.is_none_or(|ends| period.start <= ends);
                    if !is_for_members(rule) || !runs {
                        continue;
                    }
                    let version = &version.program;
                    let at = (version.version, period.start);
                    let of_version = enrolled(version, &period, ground).into_iter().map(|earner| {
                        let asked = Asked { plan, term, earner, period: at.1 };
                        Membership { asked, period: period.clone(), version: at.0 }
                    });
                    found.extend(of_version);
                }
            }
        }
    }
    found
}

/// Who is enrolled in a period: a listed member on any of its days, else on its last.
fn enrolled(program: &Program, period: &Period, ground: &Ground<'_>) -> Vec<PartnerCode> {
    match &program.partners {
        Members::List(members) => {
            let mut codes: Vec<PartnerCode> = members
                .iter()
                .filter(|member| member.from.is_none_or(|from| from < period.end))
                .filter(|member| member.to.is_none_or(|to| period.start <= to))
                .map(|member| member.partner.clone())
                .filter(|code| ground.has_earner(code))
                .collect();
            codes.sort();
            codes.dedup();
            codes
        }
        Members::All | Members::Where(_) => {
            let last = program.ends.map_or(period.last(), |ends| ends.min(period.last()));
            let is_there = |code: &&PartnerCode| {
                ground.master.partners.contains_key(*code)
                    && is_enrolled(program, code, last, ground.master)
            };
            match ground.only.and_then(|only| only.earners) {
                Some(earners) => earners.iter().filter(is_there).cloned().collect(),
                None => ground.master.partners.keys().filter(is_there).cloned().collect(),
            }
        }
    }
}

/// Whether a term reads the facts of others, or of other periods than a fact's own.
fn reaches_out(plan: &Plan, term: u16) -> bool {
    rules(plan, term).any(|rule| {
        rule.looks_around() || rule.reads.iter().any(|read| read.scope != Scope::Partner)
    })
}

/// All cells that a question sees: its own, those of its scopes, and of its other periods.
fn gather(
    ground: &Ground<'_>,
    asked: &Asked,
    period: &Period,
    by: &BTreeMap<Asked, Vec<(Cell, Sums)>>,
) -> Vec<(Cell, Sums)> {
    let plan = &ground.plans[asked.plan];
    let mut cells = by.get(asked).cloned().unwrap_or_default();
    let first = plan.terms[usize::from(asked.term)].calendar.first();
    let first = first.map_or(period.start, |first| first.start);
    let mut seen: BTreeSet<(PartnerCode, Date, Slot)> = BTreeSet::new();
    for version in &plan.versions {
        let Some(rule) = &version.rules[usize::from(asked.term)] else { continue };
        for read in &rule.reads {
            let kept = if read.window == ReadWindow::Program { first } else { period.start };
            let from = match &read.scope {
                Scope::Partner => Some(asked.earner.clone()),
                scope => scope_of(scope, &version.program, &asked.earner, period, ground.master),
            };
            let Some(earner) = from else { continue };
            let own = earner == asked.earner && kept == asked.period;
            if own || !seen.insert((earner.clone(), kept, read.slot)) {
                continue;
            }
            let elsewhere = Asked { earner, period: kept, ..asked.clone() };
            let more = by.get(&elsewhere).into_iter().flatten();
            cells.extend(more.filter(|(cell, _)| cell.slot == read.slot).cloned());
        }
    }
    if rules(plan, asked.term).any(|rule| rule.looks_around() && rule.term.frequency.is_some()) {
        let others = by.iter().filter(|(other, _)| {
            (other.plan, other.term, &other.earner) == (asked.plan, asked.term, &asked.earner)
                && other.period != asked.period
        });
        for (_, more) in others {
            cells.extend(more.iter().filter(|(cell, _)| cell.slot == Slot::Measure).cloned());
        }
    }
    cells
}

/// Under whose name the facts of an earner's scope are kept, as it is at the period's end.
fn scope_of(
    scope: &Scope,
    program: &Program,
    earner: &PartnerCode,
    period: &Period,
    master: &Master,
) -> Option<PartnerCode> {
    let last = program.ends.map_or(period.last(), |ends| ends.min(period.last()));
    let fact = nothing_yet(earner, last);
    let fields = master.partners.get(earner).map(|partner| partner.on(last));
    let subject = Subject {
        fact: &fact,
        date: last,
        quantity: None,
        amount: None,
        partner: fields,
        product: None,
        earner: fields.map(|fields| (earner, fields)),
        master,
        lists: &program.lists,
        currency: None,
        awarded: Awarded::Unknown,
    };
    scope_code(scope, &subject)
}

/// What the terms evaluated so far say to one question.
pub(super) struct LinksOf<'w> {
    pub plans: &'w [Plan],
    pub asked: &'w Asked,
    pub period: &'w Period,
    pub awards: &'w Awards,
}

impl Links for LinksOf<'_> {
    fn awarded(&self, link: &Link, key: &str, with_returns: bool) -> Decimal {
        let program = link.program.as_ref().map(ProgramCode::as_str);
        let Some(at) = find(self.plans, self.asked.plan, program, link.term.as_str()) else {
            return Decimal::ZERO;
        };
        let crosses = crosses(self.plans, (self.asked.plan, self.asked.term), at);
        let own = (!crosses).then_some(&self.asked.earner);
        self.awards.for_fact(at, own, key, with_returns)
    }

    fn reached(&self, term: &TermRef, tier: Option<u32>, group: &Group) -> bool {
        let program = term.program.as_ref().map(ProgramCode::as_str);
        let Some(at) = find(self.plans, self.asked.plan, program, term.term.as_str()) else {
            return false;
        };
        self.awards.around(at, &self.asked.earner, self.period).is_some_and(|awards| {
            let same = awards.iter().find(|award| &award.group == group);
            let looked = same.map_or(awards, std::slice::from_ref);
            looked.iter().any(|award| {
                let pays = award.parts.iter().any(|part| {
                    let value = part.value.is_some_and(|value| !value.is_nothing());
                    value || part.fixed.is_some_and(|fixed| !fixed.is_zero())
                });
                pays && award.tier.is_some_and(|reached| tier.unwrap_or(1) <= reached)
            })
        })
    }
}
