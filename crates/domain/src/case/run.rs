//! Running a case: the timeline becomes what is known at a moment, and that becomes a snapshot.
//!
//! # Invariants
//!
//! * Every snapshot is computed from scratch out of what was recorded by then. Booking depends on no
//!   run. Only where a partner changed after a close is it computed what that close booked, since
//!   such a change has no instant by which it would be booked later.
//! * Events get strictly increasing instants, so the order written decides what came before a
//!   close on the same day.
//! * A rejection is data; only a text that cannot be run is an error.

mod known;
mod sales;
mod taken;
mod wallet;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

pub use taken::Remains;

use super::snapshot::{booked, snapshot};
use super::story::{Rejection, RejectionReason, Snapshot, Story};
use super::{Adjust, AdjustStatus, Case, Event, ExternalAward, Moment, ProgramSource, What};
use crate::booking::closed::Booked;
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode};
use crate::evaluate::is_amount;
use crate::fact::Fact;
use crate::figure::{FigureEntry, Figures};
use crate::master::{Master, Partner};
use crate::measure::{self, EventChange};
use crate::period::{Period, begins};
use crate::plan::{Closes, Plan};
use crate::problem::Problem;
use crate::program::{Change, Position, Program, unsupported};
use crate::settlement::{self, Adjustment, AdjustmentStatus};

impl Case {
    /// The programs of the case if all of them stand in it.
    pub fn inline_programs(&self) -> Option<Vec<Program>> {
        self.programs
            .iter()
            .map(|source| match source {
                ProgramSource::Inline(program) => Some((**program).clone()),
                ProgramSource::Path { .. } => None,
            })
            .collect()
    }

    /// Runs the story with its programs, all versions of each. An error says that the text of the
    /// case cannot be run as it stands.
    pub fn run(&self, programs: Vec<Program>) -> Result<Story, Vec<Problem>> {
        self.run_as(programs, Detail::Facts)
    }

    /// The same, told in so much detail.
    pub fn run_as(&self, programs: Vec<Program>, detail: Detail) -> Result<Story, Vec<Problem>> {
        let mut refused: Vec<Problem> = programs.iter().flat_map(unsupported).collect();
        // Tables bring partners that no text was read for.
        refused.extend(self.circles(&|_| self.at));
        if !refused.is_empty() {
            return Err(refused);
        }
        let mut moments: Vec<Moment> = Vec::new();
        for moment in self.expect.iter().filter_map(|line| line.as_of) {
            if !moments.contains(&moment) {
                moments.push(moment);
            }
        }
        // What is wrong is said below, with all of the timeline.
        let with_tiers = Teller::new(self, programs.clone()).with_tiers(&moments);
        let with_tiers = with_tiers.unwrap_or_default();
        let teller = Teller::new(with_tiers.as_ref().unwrap_or(self), programs);
        let last = teller.last_moment();
        // Whatever is wrong shows with all of the timeline, also beyond the last day.
        if teller.goes_on_after(last) {
            teller.known(Moment::Day(Date::MAX))?;
        }
        moments.push(last);
        let snapshots: Result<Vec<Snapshot>, Vec<Problem>> =
            moments.into_iter().map(|moment| teller.tell(moment, detail)).collect();
        Ok(Story { case: self.code.clone(), snapshots: snapshots? })
    }
}

/// How much of a story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Awards without the facts behind them, but for those that say what is given.
    Awards,
    /// Every award with its facts.
    Facts,
}

/// How long after one event the next one of the same time counts as recorded.
const A_MOMENT: SignedDuration = SignedDuration::from_micros(1);

/// What is known at a moment.
pub(super) struct Known {
    pub plans: Vec<Plan>,
    /// One for each plan.
    pub closes: Vec<Closes>,
    pub master: Master,
    facts: Vec<Fact>,
    /// What happened to facts, each with its unit, in the order in which it happened.
    happenings: Vec<(usize, Happening)>,
    /// The names of the units, which are those of their sales.
    units: Vec<FactKey>,
    keys: HashMap<FactKey, Key>,
    /// By program and key; the last word on each.
    adjustments: BTreeMap<(ProgramCode, String), Adjust>,
    pub rejections: Vec<Rejection>,
    /// Amounts for terms that take them from outside, as they came.
    pub sent: Vec<(Timestamp, SentAward)>,
    /// What closes booked, where partners changed after one of them.
    pub frozen: Option<Frozen>,
    /// The program and period of a close that is under way.
    pub under_way: Option<(ProgramCode, String)>,
    /// The day of the moment.
    pub today: Date,
}

/// What was booked of awards: by program, term, earner and first day of the period.
pub(super) type Frozen = BTreeMap<(ProgramCode, TermCode, PartnerCode, Date), Booked>;

/// An amount that somebody else computed.
pub(super) struct SentAward {
    pub award: ExternalAward,
    pub plan: usize,
    pub term: u16,
    pub period: Period,
}

/// A fact came or was taken back.
#[derive(Debug, Clone, Copy)]
struct Happening {
    recorded: Timestamp,
    /// Position among the facts.
    fact: usize,
    change: EventChange,
}

/// What a key names: a fact, a unit, or both.
#[derive(Debug, Default)]
struct Key {
    fact: Option<Entry>,
    unit: Option<usize>,
}

/// What became of a fact.
#[derive(Debug, Clone)]
struct Entry {
    /// As it was sent first.
    first: usize,
    /// `None` once cancelled.
    current: Option<usize>,
}

impl Known {
    /// The events of all units, in the order in which the units came up.
    pub fn units(&self) -> Units<'_> {
        self.units_as((0..self.units.len()).collect())
    }

    /// The same in the order of the units' names, which no order of arrival changes.
    pub fn units_by_name(&self) -> Units<'_> {
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by_key(|unit| &self.units[*unit]);
        let mut places = vec![0; order.len()];
        for (place, unit) in order.into_iter().enumerate() {
            places[unit] = place;
        }
        self.units_as(places)
    }

    /// The events by the places of their units: counted first, then put where they belong.
    fn units_as(&self, places: Vec<usize>) -> Units<'_> {
        let mut ends = vec![0; places.len()];
        for (unit, _) in &self.happenings {
            ends[places[*unit]] += 1;
        }
        let mut end = 0;
        for at in &mut ends {
            end += *at;
            *at = end;
        }
        let mut next: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).collect();
        let mut order = vec![0; self.happenings.len()];
        for (at, (unit, _)) in self.happenings.iter().enumerate() {
            let place = &mut next[places[*unit]];
            order[*place] = at;
            *place += 1;
        }
        let of = |at: usize| {
            let (_, happening) = self.happenings[at];
            let (recorded, change) = (happening.recorded, happening.change);
            measure::Event { recorded, fact: &self.facts[happening.fact], change }
        };
        Units { events: order.into_iter().map(of).collect(), ends }
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.keys.get(key)?.fact.as_ref()
    }

    /// A field of a fact that is there, or of the sale it names.
    fn or_of_sale<T>(&self, key: &FactKey, read: fn(&Fact) -> Option<&T>) -> Option<&T> {
        let fact = self.fact(key)?;
        read(fact).or_else(|| read(self.fact(fact.of.as_ref()?)?))
    }

    /// The partner of a fact that is there.
    pub fn partner_of(&self, key: &FactKey) -> Option<&PartnerCode> {
        self.or_of_sale(key, |fact| fact.partner.as_ref())
    }

    /// The product of a fact that is there.
    pub fn product_of(&self, key: &FactKey) -> Option<&ProductCode> {
        self.or_of_sale(key, |fact| fact.product.as_ref())
    }

    /// When a fact came first.
    pub fn recorded(&self, key: &str) -> Option<Timestamp> {
        self.entry(key).map(|entry| self.facts[entry.first].recorded)
    }

    /// When a fact that is there happened.
    pub fn fact(&self, key: &FactKey) -> Option<&Fact> {
        self.facts.get(self.entry(key.as_str())?.current?)
    }

    /// What people added to payouts of a program, with the partners they did it for.
    pub fn adjustments(&self, program: &ProgramCode) -> BTreeMap<PartnerCode, Vec<Adjustment>> {
        let mut by_partner: BTreeMap<PartnerCode, Vec<Adjustment>> = BTreeMap::new();
        for adjust in self.adjustments.values().filter(|adjust| &adjust.program == program) {
            by_partner.entry(adjust.partner.clone()).or_default().push(Adjustment {
                period: std::sync::Arc::from(&*adjust.period),
                amount: adjust.amount,
                status: match adjust.status {
                    AdjustStatus::Approved => AdjustmentStatus::Approved,
                    AdjustStatus::Pending => AdjustmentStatus::Pending,
                    AdjustStatus::Rejected => AdjustmentStatus::Rejected,
                },
            });
        }
        by_partner
    }
}

/// The events of many units, those of a unit side by side in the order in which they happened.
pub(super) struct Units<'k> {
    events: Vec<measure::Event<'k>>,
    /// Where the events of each unit end.
    ends: Vec<usize>,
}

impl<'k> Units<'k> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The events of each of these units.
    pub fn each(
        &self,
        units: std::ops::Range<usize>,
    ) -> impl Iterator<Item = &[measure::Event<'k>]> {
        let start = |unit: usize| unit.checked_sub(1).map_or(0, |before| self.ends[before]);
        units.map(move |unit| &self.events[start(unit)..self.ends[unit]])
    }
}

/// A case with its programs by code, and their zones.
struct Teller<'c> {
    case: &'c Case,
    /// All versions of each program, in the order in which the programs are written.
    programs: Vec<Vec<Program>>,
    zones: Vec<TimeZone>,
    /// The keys of what is asked of the wallet.
    names_of_wallet: HashSet<String>,
    /// When days begin, found once.
    days: RefCell<HashMap<Date, Timestamp>>,
}

impl<'c> Teller<'c> {
    fn new(case: &'c Case, mut programs: Vec<Program>) -> Teller<'c> {
        programs.extend(wallet::behind_tiers(case, &programs));
        let mut by_code: Vec<Vec<Program>> = Vec::new();
        let mut zones = Vec::new();
        for mut program in programs {
            if let Some(wallet) = &case.wallet {
                wallet.fit(&mut program);
            }
            zones.extend(TimeZone::get(&program.time_zone).ok());
            match by_code.iter_mut().find(|versions| versions[0].code == program.code) {
                Some(versions) => versions.push(program),
                None => by_code.push(vec![program]),
            }
        }
        zones.extend(case.wallet.as_ref().map(|wallet| wallet.time_zone.clone()));
        if zones.is_empty() {
            zones.push(TimeZone::UTC);
        }
        let names_of_wallet = wallet::names(case);
        Teller { case, programs: by_code, zones, names_of_wallet, days: RefCell::default() }
    }

    /// The instant at which a day has begun in the zone of every program, and of the wallet.
    fn day(&self, day: Date) -> Timestamp {
        let found = || self.zones.iter().map(|zone| begins(day, zone)).max();
        let mut days = self.days.borrow_mut();
        *days.entry(day).or_insert_with(|| found().unwrap_or(Timestamp::MIN))
    }

    fn instant(&self, moment: Moment) -> Timestamp {
        match moment {
            Moment::Day(day) => self.day(day),
            Moment::Instant(instant) => instant,
        }
    }

    /// The business date and time, as the first program's clocks show it.
    fn local(&self, moment: Moment) -> DateTime {
        match moment {
            Moment::Day(day) => day.at(0, 0, 0, 0),
            Moment::Instant(instant) => self.zones[0].to_datetime(instant),
        }
    }

    /// The first instant that is not part of the story at a moment.
    fn beyond(&self, moment: Moment) -> Timestamp {
        match moment {
            Moment::Day(day) => day.tomorrow().map_or(Timestamp::MAX, |next| self.day(next)),
            Moment::Instant(instant) => {
                instant.checked_add(1.nanosecond()).unwrap_or(Timestamp::MAX)
            }
        }
    }

    fn last_moment(&self) -> Moment {
        let days = self.case.timeline.iter().map(|event| self.local(event.known()).date());
        let starts = self.programs.iter().flatten().map(|program| program.starts).min();
        Moment::Day(self.case.until.or_else(|| days.max()).or(starts).unwrap_or(Date::MIN))
    }

    /// Whether anything becomes known after a moment.
    fn goes_on_after(&self, moment: Moment) -> bool {
        let beyond = self.beyond(moment);
        self.case.timeline.iter().any(|event| beyond <= self.instant(event.known()))
            || self.programs.iter().flatten().any(|program| !self.is_recorded(program, moment))
    }

    /// Whether a version is known at a moment.
    fn is_recorded(&self, program: &Program, moment: Moment) -> bool {
        program.recorded.is_none_or(|day| match moment {
            Moment::Day(today) => day <= today,
            Moment::Instant(_) => self.day(day) < self.beyond(moment),
        })
    }

    fn tell(&self, moment: Moment, detail: Detail) -> Result<Snapshot, Vec<Problem>> {
        let known = self.known(moment)?;
        let tried = self
            .case
            .what_if
            .iter()
            .filter(|what_if| self.instant(what_if.on) < self.beyond(moment))
            .map(|what_if| {
                let before = self.known(what_if.on)?;
                let after = self.known_with(what_if.on, &what_if.facts)?;
                Ok((&*what_if.name, before, after))
            })
            .collect::<Result<Vec<_>, Vec<Problem>>>()?;
        let mut snapshot = snapshot(moment, &known, &tried, detail);
        if let Some(told) = self.wallet(moment)? {
            snapshot.wallet = told.book.report();
            snapshot.rejections.extend(told.rejections);
            wallet::hide(&mut snapshot);
        }
        Ok(snapshot)
    }

    fn known(&self, moment: Moment) -> Result<Known, Vec<Problem>> {
        self.known_with(moment, &[])
    }

    /// What is known at a moment, if these facts had come last.
    fn known_with(&self, moment: Moment, tried: &[Event]) -> Result<Known, Vec<Problem>> {
        let mut events = self.events(moment);
        let came = events.len();
        let at = self.instant(moment);
        events.extend(tried.iter().map(|event| (at, event)));
        let known = self.known_of(moment, &events)?;
        let frozen = self.frozen(&known, &events[..came])?;
        Ok(Known { frozen, ..known })
    }

    /// What became known up to a moment, in order, with the instants at which it did.
    fn events(&self, moment: Moment) -> Vec<(Timestamp, &'c Event)> {
        let beyond = self.beyond(moment);
        let all = self.case.timeline.iter().map(|event| (self.instant(event.known()), event));
        let mut events: Vec<(Timestamp, &Event)> = all.collect();
        events.sort_by_key(|(instant, _)| *instant);
        events.retain(|(instant, _)| *instant < beyond);
        events
    }

    /// What was booked when periods were closed, if a partner changed after a close and what it
    /// changed reaches behind it: that has no instant at which it became known, and what was closed
    /// stays. So it does where a version came after a close, whose accruals may be of both sides.
    fn frozen(
        &self,
        known: &Known,
        events: &[(Timestamp, &Event)],
    ) -> Result<Option<Frozen>, Vec<Problem>> {
        let (mut closes, mut first) = (Vec::new(), None);
        for (at, (instant, event)) in events.iter().enumerate() {
            match &event.what {
                What::Close { program, period, .. } => {
                    let again = closes.iter().any(|(_, _, of)| *of == (program, period));
                    if !again {
                        closes.push((at, *instant, (program, period)));
                    }
                }
                What::Set { .. } if first.is_none() => {
                    let day = self.local(event.on).date();
                    let reached = closes.iter().any(|(.., of)| known.reaches(*of, day));
                    first = reached.then_some(at);
                }
                _ => {}
            }
        }
        let versions = self.programs.iter().flatten();
        for known in versions.filter_map(|program| Some(self.day(program.recorded?))) {
            if closes.first().is_some_and(|(_, instant, _)| *instant < known) {
                let at = events.partition_point(|(instant, _)| *instant < known);
                first = Some(first.map_or(at, |first: usize| first.min(at)));
            }
        }
        let Some(first) = first else { return Ok(None) };
        // Before the first such change booking depends on no run: one look is enough.
        let plain = closes.iter().rposition(|(at, ..)| *at < first).unwrap_or(0);
        let mut frozen = None;
        for (at, instant, (program, period)) in &closes[plain..] {
            let then = self.known_of(Moment::Instant(*instant), &events[..=*at])?;
            let under_way = Some(((*program).clone(), (*period).clone()));
            frozen = Some(booked(&Known { frozen, under_way, ..then }));
        }
        Ok(frozen)
    }

    /// What is known before anything happened, with room for so many facts.
    fn nothing_yet(&self, moment: Moment, facts: usize) -> Result<Known, Vec<Problem>> {
        let mut plans = Vec::new();
        for versions in &self.programs {
            let recorded_by = |program: &&Program| self.is_recorded(program, moment);
            let versions: Vec<Program> = versions.iter().filter(recorded_by).cloned().collect();
            if !versions.is_empty() {
                let plan = Plan::new(versions).map_err(|error| {
                    vec![Problem::error(self.case.at, error.to_string(), "correct the programs")]
                })?;
                plans.push(plan);
            }
        }
        Plan::link(&mut plans);
        Ok(Known {
            closes: vec![Closes::default(); plans.len()],
            plans,
            master: self.master(),
            facts: Vec::with_capacity(facts),
            happenings: Vec::with_capacity(facts),
            units: Vec::with_capacity(facts),
            keys: HashMap::with_capacity(facts),
            adjustments: BTreeMap::new(),
            rejections: Vec::new(),
            sent: Vec::new(),
            frozen: None,
            under_way: None,
            today: self.local(moment).date(),
        })
    }

    /// What is known at a moment after these events.
    fn known_of(
        &self,
        moment: Moment,
        events: &[(Timestamp, &Event)],
    ) -> Result<Known, Vec<Problem>> {
        let mut known = self.nothing_yet(moment, events.len())?;
        let mut problems = Vec::new();
        let mut clock = Timestamp::MIN;
        // A version is known before the lines of its day.
        let versions = self.programs.iter().flatten();
        let known_since: Vec<Timestamp> =
            versions.filter_map(|program| Some(self.day(program.recorded?))).collect();
        for (instant, event) in events {
            clock = next(clock, *instant);
            if known_since.contains(&clock) {
                clock = next(clock, clock);
            }
            if let Err(problem) = self.happen(&mut known, clock, event) {
                problems.push(problem);
            }
        }
        if problems.is_empty() { Ok(known) } else { Err(problems) }
    }

    fn master(&self) -> Master {
        let case = self.case;
        let partners = case.partners.iter().flatten();
        Master {
            partners: partners
                .map(|(code, fields)| (code.clone(), Partner::new(fields.clone())))
                .collect(),
            products: case.products.clone().into_iter().collect(),
            units: case.units.iter().cloned().collect(),
            rates: case.rates.iter().cloned().collect(),
            prices: case.prices.iter().cloned().collect(),
            figures: self.figures(),
            lists: case.lists.clone(),
        }
    }

    fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for figure in &self.case.figures {
            let entry = FigureEntry {
                partner: figure.partner.clone(),
                period: figure.period.clone(),
                groups: figure.groups.clone(),
                value: figure.value,
                from: figure.from,
            };
            figures.add(&figure.table, entry);
        }
        figures
    }

    fn happen(&self, known: &mut Known, clock: Timestamp, event: &Event) -> Result<(), Problem> {
        match &event.what {
            What::Fact { kind, key, fields } => {
                let fact = fields.fact(key, *kind, self.local(event.on), clock);
                known.come(fact, self.case);
            }
            What::Correct { key, date, fields } => {
                let at = date.map(|date| self.local(date));
                known.correct(key, at, fields, clock, self.case);
            }
            What::Cancel { key } if self.names_of_wallet.contains(key.as_str()) => {}
            What::Cancel { key } => known.cancel(key, clock),
            // The wallet is told apart.
            What::Wallet { .. } => {}
            What::Set { partner, fields } => {
                let day = self.local(event.on).date();
                if wallet::is_of_tiers(event) {
                    known.set_after(partner, day, clock, fields);
                } else {
                    known.set(partner, day, fields, self.case);
                }
            }
            What::Award(award) => {
                self.external(known, award, clock, event)?;
            }
            What::Adjust(adjust) => {
                self.plan(known, &adjust.program, Some(&adjust.period), event.at)?;
                if !is_amount(adjust.amount) {
                    return Err(Problem::error(
                        event.at,
                        format!("`{}` is more than any amount", adjust.amount),
                        "write what is meant",
                    ));
                }
                if is_unknown(&adjust.partner, self.case) {
                    known.reject(&adjust.key, RejectionReason::UnknownPartner);
                } else {
                    let key = (adjust.program.clone(), adjust.key.clone());
                    known.adjustments.insert(key, adjust.clone());
                }
            }
            What::Close { period, program, until } => {
                if let Some(last) = until
                    && let Some(at) = self.plan(known, program, None, event.at)?
                    && !known.closes[at].0.contains_key(&**period)
                    && !known.end_on_demand(at, period, *last)
                {
                    return Err(Problem::error(
                        event.at,
                        format!("no period on demand can end on {last} as `{period}`"),
                        "give it a day of the open period; other periods close by their name alone",
                    ));
                }
                let at = self.plan(known, program, Some(period), event.at)?;
                if let Some(at) = at {
                    known.close(at, period, clock);
                }
            }
        }
        Ok(())
    }

    /// An amount for a term that takes amounts from outside. Who sends it before the term is known
    /// is refused, whatever becomes known later.
    fn external(
        &self,
        known: &mut Known,
        award: &ExternalAward,
        clock: Timestamp,
        event: &Event,
    ) -> Result<(), Problem> {
        let (at, day) = (event.at, self.local(event.on).date());
        let own = self.programs.iter().flatten().filter(|program| program.code == award.program);
        let takes = |program: &&Program| {
            program.terms.iter().any(|term| term.code == award.term && term.external)
        };
        if own.clone().next().is_some() && !own.clone().any(|program| takes(&program)) {
            return Err(Problem::error(
                at,
                format!("term `{}` takes no amounts from outside", award.term),
                "name a term with `external: true`",
            ));
        }
        let sent = self.instant(event.known());
        let mut then = own.filter(|program| program.recorded.is_none_or(|d| self.day(d) <= sent));
        let is_program_known = then.clone().next().is_some();
        let is_term_known = then.any(|program| takes(&program));
        let found = self.plan(known, &award.program, None, at)?;
        let Some((found, term)) = found
            .filter(|_| is_term_known)
            .and_then(|found| Some((found, known.plans[found].term(award.term.as_str())?)))
        else {
            let reason = if is_program_known {
                RejectionReason::NotExternal
            } else {
                RejectionReason::UnknownProgram
            };
            known.reject(award.key.as_str(), reason);
            return Ok(());
        };
        self.plan(known, &award.program, award.period.as_deref(), at)?;
        let plan = &known.plans[found];
        let calendar = &plan.terms[usize::from(term)].calendar;
        let period = match &award.period {
            Some(name) => calendar.by_name(name),
            None => calendar.containing(day),
        };
        let Some(period) = period else {
            return Err(Problem::error(
                at,
                format!("{day} is no day of program `{}`", award.program),
                "name the `period` of the award, or correct the day",
            ));
        };
        if is_unknown(&award.partner, self.case) {
            known.reject(award.key.as_str(), RejectionReason::UnknownPartner);
            return Ok(());
        }
        if let Some((_, before)) = known.sent.iter().find(|(_, sent)| sent.award.key == award.key) {
            if before.award != *award {
                known.reject(award.key.as_str(), RejectionReason::OtherContent);
            }
            return Ok(());
        }
        let sent = SentAward { award: award.clone(), plan: found, term, period };
        known.sent.push((clock, sent));
        Ok(())
    }

    /// The position of a plan; `None` for a program that is written but not known yet.
    fn plan(
        &self,
        known: &Known,
        program: &ProgramCode,
        period: Option<&str>,
        at: Position,
    ) -> Result<Option<usize>, Problem> {
        let Some(found) = known.plans.iter().position(|plan| &plan.code == program) else {
            if self.programs.iter().flatten().any(|written| &written.code == program) {
                return Ok(None);
            }
            return Err(Problem::error(
                at,
                format!("program `{program}` is not in the case"),
                "add it under `programs`, or name one that is there",
            ));
        };
        match period {
            Some(period) if settlement::named(&known.plans[found], period).is_none() => {
                Err(Problem::error(
                    at,
                    format!("program `{program}` has no period `{period}`"),
                    "name one as its calendar does: 2026-04, 2026Q1, 2026H1, 2026, program",
                ))
            }
            _ => Ok(Some(found)),
        }
    }
}

/// When an event counts as recorded: later than the one before.
fn next(clock: Timestamp, instant: Timestamp) -> Timestamp {
    instant.max(clock.checked_add(A_MOMENT).unwrap_or(clock))
}

fn is_unknown(partner: &PartnerCode, case: &Case) -> bool {
    case.partners.as_ref().is_some_and(|partners| !partners.contains_key(partner))
}

/// A version by itself, as the tests in its text and dry runs see it: it is the whole text, and
/// acts from the beginning.
pub fn standing_alone(program: &Program) -> Program {
    Program { change: Change::First, recorded: None, ..program.clone() }
}

#[cfg(test)]
mod tests;
