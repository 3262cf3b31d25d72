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

mod view;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode};
use crate::condition::{Depends, Expr, Subject};
use crate::fact::Fact;
use crate::master::{Fields, Master};
use crate::period::Period;
use crate::plan::{Closes, Plan, Read, ReadWindow, Rule};
use crate::program::{FactsOf, Member, Members, Program, Returns, Total};
use crate::totals::{Cell, Group, Slot, Sums, Totals};
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

/// One read of one rule, with what it last found.
#[derive(Debug)]
struct Gauge<'a> {
    plan: usize,
    version: usize,
    term: u16,
    rule: &'a Rule,
    read: &'a Read,
    program: &'a Program,
    by_product: Vec<&'a Expr>,
    by_partner: Vec<&'a Expr>,
    by_line: Vec<&'a Expr>,
    /// Empty unless members are listed by name.
    members: HashMap<&'a str, Vec<&'a Member>>,
    last: Option<Placed>,
    booked: Option<Booked>,
}

/// Where something was booked last, since facts of one commit are recorded at one instant.
#[derive(Debug, Clone, Copy)]
struct Booked {
    period: Date,
    natural: Date,
    recorded: Timestamp,
    payout: Date,
    accounting: Date,
}

/// A partner as it was on a day.
#[derive(Debug, Clone, Copy)]
struct Stood<'m> {
    day: Date,
    fields: Option<&'m Fields>,
    /// Its row among the findings about partners.
    row: usize,
}

/// Where days of facts count, found once and kept, since facts mostly come by date.
#[derive(Debug, Clone)]
struct Placed {
    from: Date,
    to: Date,
    period: Period,
    /// The accounting period of the day.
    natural: Period,
    matters: bool,
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
    natural: Period,
    group: Group,
    part: Date,
    sums: Sums,
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
        let (products, partners) = (Findings::new(width), Findings::new(width));
        Measurer { plans, closes, master, gauges, products, partners }
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
                self.book(event, Share { sums, ..share.clone() }, totals, &mut waits);
            }
            for share in &after {
                self.book(event, share.clone(), totals, &mut waits);
            }
            before = after;
        }
        waiting.append(&mut waits);
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
        let share = self.try_gauge(gauge.ok_or(LeftOut::Days)?, &seen)?;
        Ok(Counted {
            period: share.period,
            group: share.group,
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
                let Ok(share) = self.try_gauge(at, &seen) else { continue };
                let gauge = &self.gauges[at];
                found.push(CountedFact {
                    key: view.fact.key.clone(),
                    plan: gauge.plan,
                    version: gauge.program.version,
                    term: gauge.term,
                    slot: gauge.read.slot,
                    earner: share.earner,
                    counted: Counted {
                        period: share.period,
                        group: share.group,
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
                match self.try_gauge(at, &seen) {
                    Ok(share) => shares.push(share),
                    Err(LeftOut::Waits(reason)) => {
                        waiting.push(self.waits(at, &view.fact.key, reason));
                    }
                    Err(_) => {}
                }
            }
        }
        waiting.dedup();
        shares
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
        let partner = partner.map(|earner| self.stood(earner, view.fact.date()));
        Seen { view, product, product_row, partner }
    }

    fn stood(&mut self, earner: &PartnerCode, day: Date) -> Stood<'a> {
        let partner = self.master.partners.get(earner);
        let state = partner.map_or(usize::MAX, |partner| partner.state_on(day));
        let fields = partner.map(|partner| &partner.states()[state].fields);
        Stood { day, fields, row: self.partners.row((earner.clone(), state)) }
    }

    fn try_gauge(&mut self, at: usize, seen: &Seen<'_, 'a>) -> Result<Share, LeftOut<'a>> {
        // First what is cheapest: most facts fail most terms by their product.
        let found = self.products.found[seen.product_row + at];
        if matches!(found, Finding::Fails(_) | Finding::Waits) {
            return Err(Gauge::failed_by(&self.gauges[at].by_product, found));
        }
        let view = seen.view;
        let fact: &Fact = &view.fact;
        let gauge = &self.gauges[at];
        let term = &gauge.rule.term;
        let is_return = fact.kind.counts_against();
        let kinds = match &term.facts {
            FactsOf::Kinds(kinds) if kinds.contains(&fact.kind) => kinds,
            _ => return Err(LeftOut::Kind),
        };
        if is_return && term.returns == Returns::Ignored {
            return Err(LeftOut::ReturnsIgnored);
        }
        // A term that takes facts one by one nets a return with its sale.
        let nets = match term.returns {
            Returns::WithSale => true,
            Returns::OwnDate => term.group_by.fact,
            Returns::Ignored => false,
        };
        if nets && view.came_back.whole_for(kinds) {
            return Err(LeftOut::CameBackWhole);
        }
        let day = match view.sale_date {
            Some(sale) if nets => sale,
            _ => fact.date(),
        };
        let placed = self.place(at, day)?;
        let Some(earner) = &fact.partner else { return Err(LeftOut::NotEnrolled) };
        let stood = match seen.partner {
            Some(stood) if stood.day == day => stood,
            _ => self.stood(earner, day),
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
            earner: fields.map(|fields| (earner, fields)),
            master: self.master,
            lists: &gauge.program.lists,
        };
        if found == Finding::NotYet {
            let found = Gauge::find(&gauge.by_product, &subject);
            self.products.found[seen.product_row + at] = found;
            if found != Finding::Met {
                return Err(Gauge::failed_by(&gauge.by_product, found));
            }
        }
        let row = stood.row + at;
        if self.partners.found[row] == Finding::NotYet {
            self.partners.found[row] = self.gauges[at].find_partner(earner, &subject);
        }
        let gauge = &self.gauges[at];
        match self.partners.found[row] {
            Finding::Met => {}
            found => return Err(Gauge::failed_by(&gauge.by_partner, found)),
        }
        gauge.enrolled(earner, &subject)?;
        convert(&mut subject, gauge.program, self.master);
        match Gauge::find(&gauge.by_line, &subject) {
            Finding::Met => {}
            found => return Err(Gauge::failed_by(&gauge.by_line, found)),
        }
        let total = gauge.take(&subject)?;
        let against = is_return && gauge.read.total != Some(Total::Count);
        let total = match (&gauge.read.total, is_return) {
            // Of facts, returns aside.
            (Some(Total::Count), true) => Decimal::ZERO,
            _ if against => -total,
            _ => total,
        };
        let plan = &self.plans[gauge.plan];
        let part = match gauge.read.window {
            ReadWindow::Period => plan.part_of(day),
            ReadWindow::Prior(_) => plan.part_of(placed.period.start),
        };
        let group = gauge.group(view.unit, &subject);
        let sums = Sums { total, facts: 1 };
        let Placed { period, natural, .. } = placed;
        Ok(Share { gauge: at, earner: earner.clone(), period, natural, group, part, sums })
    }

    /// Where a day counts.
    fn place(&mut self, at: usize, day: Date) -> Result<Placed, LeftOut<'a>> {
        let gauge = &self.gauges[at];
        if let Some(last) = &gauge.last
            && last.from <= day
            && day < last.to
        {
            return if last.matters { Ok(last.clone()) } else { Err(LeftOut::Days) };
        }
        let plan = &self.plans[gauge.plan];
        let of = &plan.terms[usize::from(gauge.term)];
        let term = &gauge.rule.term;
        let (period, mut from, mut to) = match gauge.read.window {
            ReadWindow::Period => {
                let starts = term.starts.unwrap_or(Date::MIN);
                let ends = term.ends.and_then(|ends| ends.tomorrow().ok()).unwrap_or(Date::MAX);
                if day < starts || ends <= day {
                    return Err(LeftOut::Days);
                }
                let period = of.calendar.containing(day).ok_or(LeftOut::Days)?;
                let (from, to) = (period.start.max(starts), period.end.min(ends));
                (period, from, to)
            }
            ReadWindow::Prior(prior) => {
                let period = of.calendar.following(day, prior).ok_or(LeftOut::Days)?;
                let (from, to) = of.calendar.prior(&period, prior).ok_or(LeftOut::Days)?;
                (period, from, to)
            }
        };
        let booked_from = if gauge.read.window == ReadWindow::Period { day } else { period.start };
        let natural = of.accounting.containing(booked_from).unwrap_or_else(|| period.clone());
        if gauge.read.window == ReadWindow::Period {
            (from, to) = (from.max(natural.start), to.min(natural.end));
        }
        let version = &plan.versions[gauge.version];
        let matters = plan.matters(version, gauge.term, &period, &self.closes[gauge.plan]);
        let placed = Placed { from, to, period, natural, matters };
        self.gauges[at].last = Some(placed.clone());
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
            late: booked.accounting != share.natural.start,
        };
        if !totals.add(cell, share.sums) {
            waiting.push(self.waits(share.gauge, &event.fact.key, WaitReason::NoValue));
        }
    }

    fn booked(&mut self, share: &Share, recorded: Timestamp) -> Booked {
        let gauge = &mut self.gauges[share.gauge];
        let (period, natural) = (share.period.start, share.natural.start);
        if let Some(last) = gauge.booked
            && (last.period, last.natural, last.recorded) == (period, natural, recorded)
        {
            return last;
        }
        let plan = &self.plans[gauge.plan];
        let closes = &self.closes[gauge.plan];
        let payout = plan.booked(gauge.term, &share.period, recorded, closes).start;
        let days = (&share.natural, &share.period);
        let accounting = plan.booked_accounting(gauge.term, days, recorded, closes).start;
        let booked = Booked { period, natural, recorded, payout, accounting };
        gauge.booked = Some(booked);
        booked
    }
}

impl<'a> Gauge<'a> {
    fn new(
        (plan, version, term): (usize, usize, u16),
        rule: &'a Rule,
        read: &'a Read,
        program: &'a Program,
    ) -> Gauge<'a> {
        let (mut by_product, mut by_partner, mut by_line) = (Vec::new(), Vec::new(), Vec::new());
        for expr in &read.filter {
            match expr.depends() {
                depends if depends.only(Depends::PRODUCT) => by_product.push(expr),
                depends if depends.only(Depends::PARTNER) => by_partner.push(expr),
                _ => by_line.push(expr),
            }
        }
        let mut members: HashMap<&str, Vec<&Member>> = HashMap::new();
        if let Members::List(list) = &program.partners {
            for member in list {
                members.entry(member.partner.as_str()).or_default().push(member);
            }
        }
        Gauge {
            plan,
            version,
            term,
            rule,
            read,
            program,
            by_product,
            by_partner,
            by_line,
            members,
            last: None,
            booked: None,
        }
    }

    fn find(conditions: &[&Expr], subject: &Subject<'_>) -> Finding {
        for (at, condition) in conditions.iter().enumerate() {
            match condition.truth(subject) {
                Ok(true) => {}
                Ok(false) => return Finding::Fails(u8::try_from(at).unwrap_or(u8::MAX)),
                Err(_) => return Finding::Waits,
            }
        }
        Finding::Met
    }

    fn find_partner(&self, earner: &PartnerCode, subject: &Subject<'_>) -> Finding {
        let enrolled = match &self.program.partners {
            _ if self.read.window != ReadWindow::Period => Ok(true),
            Members::Where(condition) if !looks_above(condition) => condition.truth(subject),
            Members::All | Members::Where(_) => Ok(true),
            Members::List(_) => Ok(self.members.contains_key(earner.as_str())),
        };
        match enrolled {
            Ok(true) => Gauge::find(&self.by_partner, subject),
            Ok(false) => Finding::NotEnrolled,
            Err(_) => Finding::Waits,
        }
    }

    /// What of enrolment depends on the day or the fact.
    fn enrolled(&self, earner: &PartnerCode, subject: &Subject<'_>) -> Result<(), LeftOut<'a>> {
        if self.read.window != ReadWindow::Period {
            return Ok(());
        }
        let (fact, day) = (subject.fact, subject.date);
        let enrolled = match &self.program.partners {
            Members::Where(condition) if looks_above(condition) => {
                condition.truth(subject).map_err(|_| LeftOut::Waits(WaitReason::NoValue))?
            }
            Members::All | Members::Where(_) => true,
            Members::List(_) => {
                let listed = self.members.get(earner.as_str()).map_or(&[][..], Vec::as_slice);
                let site = fact.parties.get("ship_to");
                listed.iter().any(|member| {
                    member.from.is_none_or(|from| from <= day)
                        && member.to.is_none_or(|to| day <= to)
                        && (member.ship_to.is_none() || member.ship_to.as_ref() == site)
                })
            }
        };
        if enrolled { Ok(()) } else { Err(LeftOut::NotEnrolled) }
    }

    fn failed(conditions: &[&'a Expr], which: u8) -> LeftOut<'a> {
        LeftOut::Condition(conditions.get(usize::from(which)).map_or("", |expr| expr.text()))
    }

    fn failed_by(conditions: &[&'a Expr], found: Finding) -> LeftOut<'a> {
        match found {
            Finding::Fails(which) => Gauge::failed(conditions, which),
            Finding::NotEnrolled => LeftOut::NotEnrolled,
            _ => LeftOut::Waits(WaitReason::NoValue),
        }
    }

    /// The number this fact adds to the total.
    fn take(&self, subject: &Subject<'_>) -> Result<Decimal, LeftOut<'a>> {
        let reads = match &self.read.total {
            None => return Ok(Decimal::ZERO),
            Some(Total::Sum(expr)) => expr,
            Some(_) => return Ok(Decimal::ONE),
        };
        reads.number(subject).map_err(|_| {
            let fact = subject.fact;
            let no_rate = fact.amount.is_some() && subject.amount.is_none();
            let no_factor = fact.quantity.is_some() && subject.quantity.is_none();
            let names = |what: &str| reads.walk_fields().iter().any(|path| path.ends_with(what));
            LeftOut::Waits(match (no_rate, no_factor) {
                (true, _) if names("amount") => WaitReason::NoRate,
                (_, true) if names("quantity") => WaitReason::NoFactor,
                _ => WaitReason::NoValue,
            })
        })
    }

    fn group(&self, unit: &str, subject: &Subject<'_>) -> Group {
        let by = &self.rule.term.group_by;
        if !by.fact && by.names.is_empty() {
            return Group::one();
        }
        let mut values: Vec<(&str, String)> = Vec::new();
        for (name, path) in &by.names {
            values.push((name, path.value(subject).map_or(String::new(), |v| v.to_string())));
        }
        if by.fact && self.read.window == ReadWindow::Period {
            values.push(("fact", unit.to_owned()));
        }
        Group::new(values.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

/// Whether it reads those above a partner, who may change on days of their own.
fn looks_above(condition: &Expr) -> bool {
    !condition.depends().only(Depends::PARTNER)
}

/// Converts amount and quantity to the program's currency and the product's unit, by the rate and
/// factor of the business date. Without a rate or factor the number is missing.
fn convert(subject: &mut Subject<'_>, program: &Program, master: &Master) {
    let fact = subject.fact;
    if let (Some(amount), Some(currency)) = (fact.amount, fact.currency)
        && currency != program.currency
    {
        subject.amount = master
            .rate(currency, program.currency, fact.date())
            .and_then(|rate| rate.apply(amount));
    }
    let unit = subject.product.and_then(|product| product.get("unit"));
    if let (Some(quantity), Some(from), Some(to)) = (fact.quantity, &fact.unit, unit)
        && from.as_str() != to
    {
        subject.quantity = master
            .factor(fact.product.as_ref(), from.as_str(), to, fact.date())
            .and_then(|rate| rate.apply(quantity));
    }
}

#[cfg(test)]
mod tests;
