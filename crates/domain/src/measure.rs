//! Measuring: which terms a fact counts for, and what it adds to their totals.
//!
//! # Invariants
//!
//! * What a fact adds depends on the fact, the sale or returns it belongs with, master data on its
//!   day, the plan and the closes; never on the order in which facts arrive.
//! * A sale and its returns are one *unit*. An event adds the difference between what the unit
//!   counted before and after it, booked by when the event was recorded. A correction is an event
//!   too, so late truth needs no other path.
//! * A sale that came back whole counts as if it had never been.

mod gauge;
mod told;
mod view;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::exact_sum;
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode};
use crate::condition::{Awarded, Subject};
use crate::fact::Fact;
use crate::master::{Fields, Master};
use crate::period::{Period, begins, day_of};
use crate::plan::{Closes, Plan, PlanVersion, ReadWindow};
use crate::program::{Earner, Scope};
use crate::totals::{Cell, Group, Slot, Sums, Totals};
use gauge::Gauge;
pub use told::{Converted, Lack};
use view::{View, views};

/// What happened to a unit: facts came, or were taken back by a correction or cancellation.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    pub recorded: Timestamp,
    pub fact: &'a Fact,
    pub change: EventChange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventChange {
    Came,
    TakenBack,
}

/// Why a fact counts for nothing in a term until something arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitReason {
    NoRate,
    NoFactor,
    NoPrice,
    NoValue,
}

impl WaitReason {
    pub const ALL: [WaitReason; 4] =
        [WaitReason::NoRate, WaitReason::NoFactor, WaitReason::NoPrice, WaitReason::NoValue];

    pub fn word(self) -> &'static str {
        match self {
            WaitReason::NoRate => "no_rate",
            WaitReason::NoFactor => "no_factor",
            WaitReason::NoPrice => "no_price",
            WaitReason::NoValue => "no_value",
        }
    }
}

/// A fact that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    pub key: FactKey,
    pub program: ProgramCode,
    pub term: TermCode,
    pub reason: WaitReason,
}

/// Why a fact does not count in a term, for people who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut<'a> {
    Kind,
    /// Outside the days of the program, the term, or its periods.
    Days,
    NotEnrolled,
    /// The condition it does not meet.
    Condition(&'a str),
    ReturnsIgnored,
    /// The sale and its returns are no fact at all.
    CameBackWhole,
    Waits(WaitReason),
}

/// A fact as one reading of one term of one version sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedFact {
    pub key: FactKey,
    /// Position of the plan among those measured together.
    pub plan: usize,
    pub version: u32,
    pub term: u16,
    pub slot: Slot,
    pub earner: PartnerCode,
    pub counted: Counted,
}

/// A fact as one term sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub period: Period,
    pub group: Group,
    pub part: Date,
    pub total: Decimal,
}

/// Measures facts against many plans, keeping what it learned about products and partners.
///
/// Conditions that look only at the product are evaluated once for each product, those that look
/// only at the partner once for each state of a partner.
#[derive(Debug)]
pub struct Measurer<'a> {
    plans: &'a [Plan],
    closes: &'a [Closes],
    master: &'a Master,
    gauges: Vec<Gauge<'a>>,
    /// What was found for the conditions of each gauge, a row of gauges for each product.
    products: Findings<ProductCode>,
    /// The same for each state of a partner.
    partners: Findings<(PartnerCode, usize)>,
}

/// What a [`Measurer`] found out about products, partners and days, kept for the next one of the
/// same plans, closes and master data.
#[derive(Debug)]
pub struct Learned {
    products: Findings<ProductCode>,
    partners: Findings<(PartnerCode, usize)>,
    placed: Vec<Vec<Placed>>,
}

impl Default for Learned {
    fn default() -> Learned {
        let (products, partners) = (Findings::new(0), Findings::new(0));
        Learned { products, partners, placed: Vec::new() }
    }
}

impl Learned {
    /// More than this is not worth its memory: it is found out again.
    const FINDINGS_MAX: usize = 32 << 20;
}

/// Where something was booked before, and for which instants of recording the same holds: facts of
/// one commit are recorded at one instant, and those of a table on few days.
#[derive(Debug, Clone, Copy)]
struct Booked {
    period: Date,
    natural: Natural,
    from: Timestamp,
    until: Timestamp,
    payout: Date,
    accounting: Date,
}

/// A partner as it was on a day, for what was recorded then.
#[derive(Debug, Clone, Copy)]
struct Stood<'m> {
    day: Date,
    recorded: Timestamp,
    fields: Option<&'m Fields>,
    /// Its row among the findings about partners.
    row: usize,
}

/// Where days of facts count, found once and kept, since there are few periods.
#[derive(Debug, Clone)]
struct Placed {
    from: Date,
    to: Date,
    period: Period,
    /// First days of the accounting and the payout period of the day.
    natural: Natural,
    matters: bool,
}

/// Where a day is booked if it is in time: first days of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Natural {
    accounting: Date,
    payout: Date,
}

/// What was found about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    NotYet,
    Met,
    /// The first one of its list that is not met.
    Fails(u8),
    NotEnrolled,
    Waits,
}

#[derive(Debug)]
struct Findings<K> {
    rows: HashMap<K, usize>,
    found: Vec<Finding>,
    width: usize,
}

impl<K: std::hash::Hash + Eq> Findings<K> {
    fn new(width: usize) -> Findings<K> {
        Findings { rows: HashMap::new(), found: Vec::new(), width }
    }

    /// The row of a key, as a position in `found`.
    fn row(&mut self, key: K) -> usize {
        let next = self.rows.len() * self.width;
        let row = *self.rows.entry(key).or_insert(next);
        if row == next {
            self.found.resize(self.found.len().max(next + self.width), Finding::NotYet);
        }
        row
    }
}

/// What a unit counts, before it is booked.
#[derive(Debug, Clone, PartialEq)]
struct Share {
    gauge: usize,
    earner: PartnerCode,
    period: Period,
    natural: Natural,
    group: Group,
    part: Date,
    sums: Sums,
    /// Finer cells beside it: of sets, of distinct values, of what other terms awarded.
    more: Vec<(Slot, Group, Decimal)>,
}

/// A view on the day it counts, with what master data says of it.
struct Seen<'v, 'm> {
    view: &'v View<'v>,
    product: Option<&'m Fields>,
    product_row: usize,
    /// On the fact's own date.
    partner: Option<Stood<'m>>,
}

impl<'a> Measurer<'a> {
    /// `closes` has one entry for each plan.
    pub fn new(plans: &'a [Plan], closes: &'a [Closes], master: &'a Master) -> Measurer<'a> {
        Measurer::with(Learned::default(), plans, closes, master)
    }

    /// As [`Measurer::new`], with what another one learned of the same plans, closes and master.
    pub fn with(
        learned: Learned,
        plans: &'a [Plan],
        closes: &'a [Closes],
        master: &'a Master,
    ) -> Measurer<'a> {
        let mut gauges = Vec::new();
        for (at, plan) in plans.iter().enumerate() {
            for (number, version) in plan.versions.iter().enumerate() {
                for (term, rule) in version.rules.iter().enumerate() {
                    let Some(rule) = rule else { continue };
                    let term = u16::try_from(term).unwrap_or(u16::MAX);
                    for read in &rule.reads {
                        gauges.push(Gauge::new((at, number, term), rule, read, &version.program));
                    }
                }
            }
        }
        let width = gauges.len();
        let Learned { mut products, mut partners, placed } = learned;
        let findings = products.found.len() + partners.found.len();
        if products.width != width || findings > Learned::FINDINGS_MAX {
            (products, partners) = (Findings::new(width), Findings::new(width));
        }
        for (gauge, placed) in gauges.iter_mut().zip(placed) {
            gauge.placed = placed;
        }
        Measurer { plans, closes, master, gauges, products, partners }
    }

    /// What it found out, for the next one.
    pub fn into_learned(self) -> Learned {
        let placed = self.gauges.into_iter().map(|gauge| gauge.placed).collect();
        Learned { products: self.products, partners: self.partners, placed }
    }

    /// Adds what the events of a unit count. `events` are all of the unit in the order in which
    /// they were recorded; those before `new_from` are in the totals already.
    pub fn unit(
        &mut self,
        events: &[Event<'_>],
        new_from: usize,
        totals: &mut Totals,
        waiting: &mut Vec<Waiting>,
    ) {
        let mut waits = Vec::new();
        let mut before =
            if new_from == 0 { Vec::new() } else { self.count(&events[..new_from], &mut waits) };
        for upto in new_from + 1..=events.len() {
            waits.clear();
            let after = self.count(&events[..upto], &mut waits);
            let event = events[upto - 1];
            for share in &before {
                let sums = share.sums.negated();
                let mut share = Share { sums, ..share.clone() };
                for (_, _, total) in &mut share.more {
                    *total = -*total;
                }
                self.book(event, share, totals, &mut waits);
            }
            for share in &after {
                self.book(event, share.clone(), totals, &mut waits);
            }
            before = after;
        }
        waiting.append(&mut waits);
    }

    /// Adds an amount that somebody else computed, for a term that takes such amounts. `before` is
    /// what was said last for the partner, period and group. Returns false if a sum leaves the
    /// range of decimals: then nothing that was added counts.
    #[must_use]
    pub fn external(
        &self,
        (plan, term): (usize, u16),
        (earner, period, group): (&PartnerCode, &Period, &Group),
        (before, now): (Option<Decimal>, Decimal),
        recorded: Timestamp,
        totals: &mut Totals,
    ) -> bool {
        let of = &self.plans[plan];
        let natural = natural(of, term, period, period.start);
        let Some(total) = exact_sum(now, -before.unwrap_or_default()) else { return false };
        // It is the period's, so it lies in the last part that is evaluated: the version at the
        // period's end says what bounds it.
        let acting = of.acting(term, period, &|_| true);
        let last = acting.iter().rev().find(|(_, version)| version.is_some());
        let part = last.map_or_else(|| of.part_of(term, period.start), |(part, _)| *part);
        let takes = |version: &&PlanVersion| {
            version.rules[usize::from(term)].as_ref().is_some_and(|rule| rule.term.external)
        };
        let mut is_in_range = true;
        for version in of.versions.iter().filter(takes) {
            let booked = booked(of, &self.closes[plan], term, (period, natural), recorded);
            let cell = Cell {
                plan: u32::try_from(plan).unwrap_or(u32::MAX),
                version: version.program.version,
                term,
                earner: earner.clone(),
                period: period.start,
                group: group.clone(),
                slot: Slot::Measure,
                part,
                payout: booked.payout,
                accounting: booked.accounting,
                late: booked.accounting != natural.accounting,
            };
            is_in_range &= totals.add(cell, Sums { total, facts: i64::from(before.is_none()) });
        }
        is_in_range
    }

    /// How a fact counts for the own facts of one term of one version, or why it does not.
    /// `events` are those of the fact's unit.
    pub fn explain(
        &mut self,
        events: &[Event<'_>],
        key: &FactKey,
        (plan, version, term): (usize, u32, u16),
    ) -> Result<Counted, LeftOut<'a>> {
        let views = views(events);
        let view = views.iter().find(|view| &view.fact.key == key).ok_or(LeftOut::Days)?;
        let gauge = self.gauges.iter().position(|gauge| {
            (gauge.plan, gauge.program.version, gauge.term) == (plan, version, term)
                && gauge.read.slot == Slot::Measure
        });
        let seen = self.see(view);
        let share = self.try_gauge(gauge.ok_or(LeftOut::Days)?, &seen, 0)?;
        Ok(Counted {
            period: share.period,
            group: share.group.of_award(),
            part: share.part,
            total: share.sums.total,
        })
    }

    /// All that the facts of a unit count, each fact by itself, in every reading of every term.
    pub fn counted(&mut self, events: &[Event<'_>]) -> Vec<CountedFact> {
        let mut found = Vec::new();
        for view in &views(events) {
            let seen = self.see(view);
            for at in 0..self.gauges.len() {
                let Ok(share) = self.try_gauge(at, &seen, 0) else { continue };
                let gauge = &self.gauges[at];
                if gauge.read.scope != Scope::Partner {
                    continue;
                }
                found.push(CountedFact {
                    key: view.fact.key.clone(),
                    plan: gauge.plan,
                    version: gauge.program.version,
                    term: gauge.term,
                    slot: gauge.read.slot,
                    earner: share.earner,
                    counted: Counted {
                        period: share.period,
                        group: share.group.of_award(),
                        part: share.part,
                        total: share.sums.total,
                    },
                });
            }
        }
        found
    }

    /// What a unit counts after these events.
    fn count(&mut self, events: &[Event<'_>], waiting: &mut Vec<Waiting>) -> Vec<Share> {
        let mut shares = Vec::new();
        for view in &views(events) {
            let seen = self.see(view);
            for at in 0..self.gauges.len() {
                let mut nth = 0;
                loop {
                    match self.try_gauge(at, &seen, nth) {
                        Ok(share) => shares.push(share),
                        Err(LeftOut::Waits(reason)) => {
                            waiting.push(self.waits(at, &view.fact.key, reason));
                            break;
                        }
                        // A period that does not matter may come before some that do.
                        Err(LeftOut::Days) if self.reaches_on(at, view, nth) => {}
                        Err(_) => break,
                    }
                    // Only a span of time reaches into more than one period.
                    if !matches!(self.gauges[at].read.window, ReadWindow::Span(..)) {
                        break;
                    }
                    nth += 1;
                }
            }
        }
        waiting.dedup();
        shares
    }

    /// Whether a fact counts for a reading in a period beyond the `nth`.
    fn reaches_on(&self, at: usize, view: &View<'_>, nth: usize) -> bool {
        let gauge = &self.gauges[at];
        let of = &self.plans[gauge.plan].terms[usize::from(gauge.term)];
        matches!(gauge.read.window, ReadWindow::Span(..))
            && gauge.day_of(view).is_ok_and(|(day, _)| gauge.period(of, day, nth + 1).is_some())
    }

    fn waits(&self, at: usize, key: &FactKey, reason: WaitReason) -> Waiting {
        let gauge = &self.gauges[at];
        Waiting {
            key: key.clone(),
            program: gauge.program.code.clone(),
            term: gauge.rule.term.code.clone(),
            reason,
        }
    }

    fn see<'v>(&mut self, view: &'v View<'v>) -> Seen<'v, 'a> {
        let code = view.fact.product.clone().unwrap_or_else(|| ProductCode::new(""));
        let product = self.master.products.get(&code);
        let product_row = self.products.row(code);
        let partner = view.fact.partner.as_ref();
        let partner = partner.map(|earner| self.stood(earner, view.fact.date(), view.recorded));
        Seen { view, product, product_row, partner }
    }

    fn stood(&mut self, earner: &PartnerCode, day: Date, recorded: Timestamp) -> Stood<'a> {
        let partner = self.master.partners.get(earner);
        let state = partner.map_or(usize::MAX, |partner| partner.state_for(day, recorded));
        let fields = partner.map(|partner| partner.fields_at(state));
        Stood { day, recorded, fields, row: self.partners.row((earner.clone(), state)) }
    }

    /// What a fact counts for a reading, in the `nth` of the periods it counts for.
    fn try_gauge(
        &mut self,
        at: usize,
        seen: &Seen<'_, 'a>,
        nth: usize,
    ) -> Result<Share, LeftOut<'a>> {
        // First what is cheapest: most facts fail most terms by their product.
        let found = self.products.found[seen.product_row + at];
        if matches!(found, Finding::Fails(_) | Finding::Waits) {
            return Err(Gauge::failed_by(&self.gauges[at].by_product, found));
        }
        let view = seen.view;
        let fact: &Fact = &view.fact;
        let (day, nets) = self.gauges[at].day_of(view)?;
        let placed = self.place(at, day, nth)?;
        let Some(partner) = &fact.partner else { return Err(LeftOut::NotEnrolled) };
        let recorded = if nets || view.sale_at.is_none() { view.recorded } else { fact.recorded };
        let stood = match seen.partner {
            Some(stood) if stood.day == day && stood.recorded == recorded => stood,
            _ => self.stood(partner, day, recorded),
        };
        let fields = stood.fields;
        let gauge = &self.gauges[at];
        let mut subject = Subject {
            fact,
            date: day,
            quantity: fact.quantity,
            amount: fact.amount,
            partner: fields,
            product: seen.product,
            earner: fields.map(|fields| (partner, fields)),
            master: self.master,
            lists: &gauge.program.lists,
            currency: Some(gauge.read.currency),
            awarded: Awarded::Nothing,
        };
        if found == Finding::NotYet {
            let found = Gauge::find(&gauge.by_product, &subject);
            self.products.found[seen.product_row + at] = found;
            if found != Finding::Met {
                return Err(Gauge::failed_by(&gauge.by_product, found));
            }
        }
        // Most earn for themselves; who else earns stands in the fact or above the partner.
        let earner = match &self.gauges[at].rule.term.earner {
            Earner::Partner => None,
            other => Some(payee(other, &subject).ok_or(LeftOut::NotEnrolled)?),
        };
        if let Some(earner) = &earner {
            let fields = self.master.partners.get(earner).map(|partner| partner.on(day));
            subject.earner = fields.map(|fields| (earner, fields));
        }
        let row = stood.row + at;
        if self.partners.found[row] == Finding::NotYet {
            self.partners.found[row] = self.gauges[at].find_partner(partner, &subject);
        }
        let gauge = &self.gauges[at];
        match self.partners.found[row] {
            Finding::Met => {}
            found => return Err(Gauge::failed_by(&gauge.by_partner, found)),
        }
        gauge.enrolled(earner.as_ref().unwrap_or(partner), &subject)?;
        gauge.convert(&mut subject, self.master);
        match Gauge::find(&gauge.by_line, &subject) {
            Finding::Met => {}
            Finding::Waits => return Err(gauge.unanswered(&subject)),
            found => return Err(Gauge::failed_by(&gauge.by_line, found)),
        }
        let taken = gauge.take(&subject, view, nets)?;
        let earner = match (&gauge.read.scope, &earner) {
            (Scope::Partner, Some(earner)) => earner.clone(),
            (Scope::Partner, None) => partner.clone(),
            (scope, _) => scope_code(scope, &subject).ok_or(LeftOut::NotEnrolled)?,
        };
        let part = self.part(gauge, day, &placed.period);
        let sums = Sums { total: taken.total, facts: 1 };
        let (period, natural) = (placed.period, placed.natural);
        let (group, more) = (taken.group, taken.more);
        Ok(Share { gauge: at, earner, period, natural, group, part, sums, more })
    }

    /// First day of the span of versions and dated rows that a day counts in.
    fn part(&self, gauge: &Gauge<'_>, day: Date, period: &Period) -> Date {
        let day = match gauge.read.window {
            ReadWindow::Period | ReadWindow::Program => day,
            ReadWindow::Prior(prior) => prior.served(day).max(period.start),
            ReadWindow::Span(..) => period.start,
        };
        self.plans[gauge.plan].part_of(gauge.term, day)
    }

    /// Where a day counts.
    fn place(&mut self, at: usize, day: Date, nth: usize) -> Result<Placed, LeftOut<'a>> {
        let gauge = &self.gauges[at];
        let behind = gauge.placed.partition_point(|placed| placed.to <= day);
        if let Some(placed) = gauge.placed.get(behind)
            && placed.from <= day
        {
            return if placed.matters { Ok(placed.clone()) } else { Err(LeftOut::Days) };
        }
        let plan = &self.plans[gauge.plan];
        let of = &plan.terms[usize::from(gauge.term)];
        let (period, mut from, mut to) = gauge.period(of, day, nth).ok_or(LeftOut::Days)?;
        let booked_from = match gauge.read.window {
            ReadWindow::Period | ReadWindow::Program => day,
            ReadWindow::Prior(_) => period.start,
            ReadWindow::Span(..) => day.max(period.start),
        };
        let natural = natural(plan, gauge.term, &period, booked_from);
        if let ReadWindow::Period | ReadWindow::Program = gauge.read.window {
            for calendar in [&of.accounting, &of.payout, &of.calendar] {
                let Some(period) = calendar.containing(day) else { continue };
                (from, to) = (from.max(period.start), to.min(period.end));
            }
        }
        let version = &plan.versions[gauge.version];
        // What every period looks at matters to those that are still open.
        let matters = gauge.read.window == ReadWindow::Program
            || plan.matters(version, gauge.term, &period, &self.closes[gauge.plan]);
        let placed = Placed { from, to, period, natural, matters };
        if !matches!(gauge.read.window, ReadWindow::Span(..)) {
            self.gauges[at].placed.insert(behind, placed.clone());
        }
        if matters { Ok(placed) } else { Err(LeftOut::Days) }
    }

    fn book(
        &mut self,
        event: Event<'_>,
        share: Share,
        totals: &mut Totals,
        waiting: &mut Vec<Waiting>,
    ) {
        let booked = self.booked(&share, event.recorded);
        let gauge = &self.gauges[share.gauge];
        let cell = Cell {
            plan: u32::try_from(gauge.plan).unwrap_or(u32::MAX),
            version: gauge.program.version,
            term: gauge.term,
            earner: share.earner,
            period: share.period.start,
            group: share.group,
            slot: gauge.read.slot,
            part: share.part,
            payout: booked.payout,
            accounting: booked.accounting,
            late: booked.accounting != share.natural.accounting,
        };
        let mut in_range = true;
        for (slot, group, total) in share.more {
            let cell = Cell { group, slot, ..cell.clone() };
            in_range &= totals.add(cell, Sums { total, facts: share.sums.facts });
        }
        if !(totals.add(cell, share.sums) && in_range) {
            waiting.push(self.waits(share.gauge, &event.fact.key, WaitReason::NoValue));
        }
    }

    fn booked(&mut self, share: &Share, recorded: Timestamp) -> Booked {
        let gauge = &mut self.gauges[share.gauge];
        let (period, natural) = (share.period.start, share.natural);
        let before = gauge.booked.iter().find(|before| {
            (before.period, before.natural) == (period, natural) && before.holds(recorded)
        });
        if let Some(before) = before {
            return *before;
        }
        let plan = &self.plans[gauge.plan];
        let closes = &self.closes[gauge.plan];
        let booked = booked(plan, closes, gauge.term, (&share.period, natural), recorded);
        gauge.booked.retain(|before| before.holds(recorded));
        gauge.booked.push(booked);
        booked
    }
}

/// Where a day of a period is booked if it is in time.
fn natural(plan: &Plan, term: u16, period: &Period, day: Date) -> Natural {
    let of = &plan.terms[usize::from(term)];
    let start = |calendar: &crate::period::Calendar| {
        calendar.containing(day).map_or(period.start, |found| found.start)
    };
    Natural { accounting: start(&of.accounting), payout: start(&of.payout) }
}

/// Where something recorded then is booked.
fn booked(
    plan: &Plan,
    closes: &Closes,
    term: u16,
    (period, natural): (&Period, Natural),
    recorded: Timestamp,
) -> Booked {
    let of = &plan.terms[usize::from(term)];
    let own = |calendar: &crate::period::Calendar, start: Date| {
        calendar.containing(start).unwrap_or_else(|| period.clone())
    };
    let payout = own(&of.payout, natural.payout);
    let accounting = own(&of.accounting, natural.accounting);
    let days = (&accounting, &payout);
    let (from, until) = same_while(plan, closes, recorded);
    Booked {
        period: period.start,
        natural,
        from,
        until,
        payout: plan.booked(term, &payout, recorded, closes).start,
        accounting: plan.booked_accounting(term, days, recorded, closes).start,
    }
}

impl Booked {
    fn holds(&self, recorded: Timestamp) -> bool {
        self.from <= recorded && recorded < self.until
    }
}

/// The instants around this one between which nothing happens that booking depends on: grace ends
/// where a day begins, and closes are instants.
fn same_while(plan: &Plan, closes: &Closes, recorded: Timestamp) -> (Timestamp, Timestamp) {
    let day = day_of(recorded, &plan.zone);
    let next = day.tomorrow().map_or(Timestamp::MAX, |next| begins(next, &plan.zone));
    let (mut from, mut until) = (begins(day, &plan.zone).min(recorded), next);
    for closed in closes.0.values() {
        if *closed <= recorded {
            from = from.max(*closed);
        } else {
            until = until.min(*closed);
        }
    }
    (from, until)
}

/// A partner that a path or code of a term leads to.
fn payee(to: &Earner, subject: &Subject<'_>) -> Option<PartnerCode> {
    match to {
        Earner::Partner => subject.fact.partner.clone(),
        Earner::Path(path) => path.partner(subject),
        Earner::Code(code) => Some(code.clone()),
    }
}

/// Under whose name the facts of a scope are kept: no partner's.
pub fn scope_code(scope: &Scope, subject: &Subject<'_>) -> Option<PartnerCode> {
    match scope {
        Scope::Partner => subject.fact.partner.clone(),
        Scope::All => Some(PartnerCode::new("\u{1d}")),
        Scope::Path(path) => {
            let value = path.value(subject)?;
            Some(PartnerCode::new(format!("\u{1d}{value}")))
        }
    }
}

/// Whether a code is a scope's, and no partner's.
pub fn is_scope(code: &PartnerCode) -> bool {
    code.as_str().starts_with('\u{1d}')
}

#[cfg(test)]
mod tests;
