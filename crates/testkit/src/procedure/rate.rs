//! What the facts of one group earn by themselves.

#![expect(clippy::too_many_arguments, reason = "steps of the procedure, called alike")]

use std::collections::{BTreeMap, HashSet};

use domain::code::PartnerCode;
use domain::program::{
    BaselineOf, Bounds, Compare, Every, FrequencyPer, Opens, Program, Reading, Requirement,
    RoundAt, RowValue, Scope, Term, Total, View, Window,
};
use jiff::Span;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::count::{Hit, Look, Seen, fold, look_of, look_of_measure};
use super::limits::{bound, rounding};
use super::share::{scaled, spans};
use super::{Asked, Found, Part, Procedure, TermAt, view_of, window};

mod payees;
mod rows;
mod stand;

use rows::{cut, pays, piece, reached, rows};
use stand::prior_of;

const ZERO: Decimal = Decimal::ZERO;
const ONE: Decimal = Decimal::ONE;

/// A fact's part in an award.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub key: String,
    pub unit: String,
    pub weight: Decimal,
}

/// An award on its way.
#[derive(Debug, Clone)]
pub(super) struct Rated {
    pub group: Vec<(String, String)>,
    pub amount: Decimal,
    pub tier: Option<u32>,
    /// Whether some row pays anything.
    pub pays: bool,
    /// The part of its last fact.
    pub speaker: usize,
    pub facts: Vec<Weighed>,
    /// By payee: what was measured, and how many facts.
    pub payees: BTreeMap<String, (Decimal, Decimal)>,
}

/// A fact with what was taken from it in its place.
#[derive(Debug, Clone)]
struct One {
    place: (DateTime, String),
    unit: String,
    takes_back: bool,
    group: Vec<(String, String)>,
    day: Date,
    total: Decimal,
    net: Decimal,
    left: Option<Decimal>,
}

/// What is rated at once: a part of the period, or a fact with a standing of its own.
#[derive(Debug, Clone)]
struct Step {
    part: usize,
    measure: Decimal,
    left: Option<Decimal>,
    facts: usize,
    qualifier: Decimal,
    share_of: Decimal,
    axis: Option<(Decimal, Decimal)>,
    met: bool,
    /// Whether what others awarded changed the measure.
    netted: bool,
}

/// Where a qualifier stands: reached is `threshold * under <= over`.
#[derive(Debug, Clone, Copy)]
struct Stand {
    over: Decimal,
    under: Decimal,
    /// A threshold lies on the axis at `zero + threshold * scale`.
    zero: Decimal,
    scale: Decimal,
    measure_base: Option<Decimal>,
}

/// What one row pays on one step.
#[derive(Debug, Clone)]
struct Paid {
    version: u32,
    tier: u32,
    value: Option<RowValue>,
    measure: Option<Decimal>,
    rated: Decimal,
    fixed: Option<Decimal>,
}

/// An amount that was sent.
pub(super) fn external(group: Vec<(String, String)>, amount: Decimal, part: &Part<'_>) -> Rated {
    let bounded = bound(amount, part.term.limits.per_award);
    let (mode, decimals) = rounding(part);
    Rated {
        group,
        amount: mode.round(bounded, decimals),
        tier: None,
        pays: false,
        speaker: 0,
        facts: Vec::new(),
        payees: BTreeMap::new(),
    }
}

fn is_sum(total: Option<&Total>) -> bool {
    matches!(total, Some(Total::Sum(_) | Total::Count))
}

fn is_folded(term: &Term) -> bool {
    term.measure.as_ref().is_some_and(|measure| !is_sum(Some(&measure.total)))
}

fn is_in_order(term: &Term, reading: &Reading) -> bool {
    reading.window == Window::ToDate
        || (term.group_by.fact && matches!(reading.window, Window::Span(_)))
}

/// Whether the qualifier is the measure's total, but for a window up to each fact.
fn same_axis(program: &Program, term: &Term) -> bool {
    let Some(reading) = &term.qualifier else { return true };
    let Some(measure) = look_of_measure(program, term) else { return false };
    let look = look_of(program, term, reading);
    let grouped = reading.group_by.is_none()
        || (look.names.is_empty() && term.group_by.names.is_empty() && !term.group_by.fact);
    look.total == measure.total
        && reading.when.is_none()
        && look.unit == measure.unit
        && look.currency == measure.currency
        && reading.each.is_none()
        && reading.scope == Scope::Partner
        && matches!(reading.window, Window::Period | Window::ToDate)
        && grouped
}

fn same_total(program: &Program, term: &Term) -> bool {
    let now = |reading: &Reading| reading.window == Window::Period;
    same_axis(program, term) && term.qualifier.as_ref().is_none_or(now)
}

/// The names of the term's own groups.
fn own_names(term: &Term) -> Vec<String> {
    let names = term.group_by.names.iter().map(|(name, _)| name.clone());
    names.chain(term.group_by.fact.then(|| "fact".to_owned())).collect()
}

/// The names of a group that a reading is taken by.
fn coarse(group: &[(String, String)], look: &Look<'_>) -> Vec<(String, String)> {
    group.iter().filter(|(name, _)| look.names.contains(name)).cloned().collect()
}

impl Procedure<'_> {
    pub(super) fn rate(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        group: Vec<(String, String)>,
        seen: &Seen,
        found: &Found,
    ) -> Rated {
        let spans = spans(asked);
        let mut facts: Vec<Weighed> = Vec::new();
        let mut all = Vec::new();
        for span in &spans {
            let own = Asked { parts: &span.parts, share: span.share, ..*asked };
            let mut steps: Vec<Step> = Vec::new();
            for nth in 0..own.parts.len() {
                let ones = self.ones(at, &own, nth, seen, found);
                facts.extend(weighed(&own.parts[nth], &group, &ones));
                self.steps(at, &own, nth, &group, (&ones, seen, found), &mut steps);
            }
            let agreed = own
                .parts
                .last()
                .is_some_and(|part| part.term.facts == domain::program::FactsOf::None);
            if let Some(step) = steps.last_mut().filter(|_| agreed) {
                step.facts = 1;
            }
            all.push((own, span.first, steps));
        }
        let payees = self.payees(at, asked, &group, seen);
        let mut rated = self.rate_spans(&group, &all, &mut facts);
        (rated.facts, rated.payees) = (facts, payees);
        rated
    }

    /// The facts of a version, one after another, with what is left of each.
    fn ones(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        nth: usize,
        seen: &Seen,
        found: &Found,
    ) -> Vec<One> {
        let part = &asked.parts[nth];
        let (program, term) = (part.program, part.term);
        let Some(look) = look_of_measure(program, term) else {
            return self.collect(at, asked, nth, seen, &|hit| (hit.number, hit.number));
        };
        let nets = term.returns == domain::program::Returns::WithSale || term.group_by.fact;
        let awarded = |name: &str, hit: &Hit| -> Decimal {
            let Some(of) = self.named(at.0, name) else { return ZERO };
            let key = if nets { hit.unit.clone() } else { hit.place.1.clone() };
            let shares = found.shares.get(&of);
            shares.and_then(|shares| shares.get(&(nets, key))).copied().unwrap_or_default()
        };
        self.collect(at, asked, nth, seen, &|hit| self.linked(program, term, &look, hit, &awarded))
    }

    fn collect(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        nth: usize,
        seen: &Seen,
        numbers: &dyn Fn(&Hit) -> (Decimal, Decimal),
    ) -> Vec<One> {
        let part = &asked.parts[nth];
        let mut ones: Vec<One> = Vec::new();
        for hit in own_hits(asked, nth, seen) {
            let (total, net) = numbers(hit);
            let same = ones.iter_mut().find(|one| {
                one.place == hit.place
                    && one.group == hit.group
                    && one.unit == hit.unit
                    && one.takes_back == hit.takes_back
                    && one.day == hit.day
            });
            match same {
                Some(one) => {
                    one.total += total;
                    one.net += net;
                }
                None => ones.push(One {
                    place: hit.place.clone(),
                    unit: hit.unit.clone(),
                    takes_back: hit.takes_back,
                    group: hit.group.clone(),
                    day: hit.day,
                    total,
                    net,
                    left: None,
                }),
            }
        }
        ones.sort_by(|a, b| a.place.cmp(&b.place));
        if part.term.frequency.is_some() {
            let first = self.first_ones(at, asked, nth, seen);
            ones.retain(|one| among(&first, &one.place.1, &one.unit, one.takes_back));
        }
        cut(part.term, &mut ones);
        ones
    }

    /// The keys of the first facts of each day, month, period, year, or of the program.
    fn first_ones(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        nth: usize,
        seen: &Seen,
    ) -> HashSet<String> {
        let part = &asked.parts[nth];
        let frequency = part.term.frequency.as_ref().expect("the term has one");
        let calendar = self.calendar(at);
        let around = matches!(frequency.per, FrequencyPer::Year | FrequencyPer::Program);
        let mut by: BTreeMap<(String, Vec<(String, String)>), Vec<&(DateTime, String)>> =
            BTreeMap::new();
        let all =
            seen.measures.iter().flat_map(|(version, hits)| hits.iter().map(|h| (*version, h)));
        let own = all.filter(|(_, hit)| hit.counts && &hit.earner == asked.earner);
        for (version, hit) in own.filter(|(_, hit)| !hit.takes_back) {
            let Some(period) = calendar.containing(hit.day) else { continue };
            let counts = if period.start == asked.period.start {
                version == part.program.version && asked.parts.iter().any(|it| it.holds(hit.day))
            } else {
                // In another period the version that acts there says what counts.
                let parts = if around { self.parts(at, &period) } else { Vec::new() };
                parts.iter().any(|it| it.program.version == version && it.holds(hit.day))
            };
            if !counts {
                continue;
            }
            let bucket = match frequency.per {
                FrequencyPer::Day => hit.place.0.date().to_string(),
                FrequencyPer::Month => hit.place.0.date().to_string()[..7].to_owned(),
                FrequencyPer::Period | FrequencyPer::Program => String::new(),
                FrequencyPer::Year => calendar
                    .like(Every::Year)
                    .containing(hit.place.0.date())
                    .map_or(String::new(), |year| year.name.to_string()),
            };
            let mut group = hit.group.clone();
            group.retain(|(name, _)| name != "fact");
            let there = by.entry((bucket, group)).or_default();
            if !there.contains(&&hit.place) {
                there.push(&hit.place);
            }
        }
        let mut first = HashSet::new();
        for mut places in by.into_values() {
            places.sort();
            let some = usize::try_from(frequency.first).expect("few");
            first.extend(places.into_iter().take(some).map(|place| place.1.clone()));
        }
        first
    }

    #[expect(clippy::too_many_lines, reason = "the steps of one part, as the procedure tells them")]
    fn steps(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        nth: usize,
        group: &[(String, String)],
        (ones, seen, found): (&[One], &Seen, &Found),
        steps: &mut Vec<Step>,
    ) {
        let part = &asked.parts[nth];
        let (program, term) = (part.program, part.term);
        let own: Vec<&One> =
            ones.iter().filter(|one| one.group == group && part.holds(one.day)).collect();
        let first = term.frequency.is_some().then(|| self.first_ones(at, asked, nth, seen));
        let mut qualifier = if same_total(program, term) {
            match look_of_measure(program, term) {
                None => ZERO,
                Some(look) if is_folded(term) => {
                    let hits = own_hits(asked, nth, seen).filter(|hit| hit.group == group);
                    fold(&look, hits)
                }
                Some(_) => ones.iter().filter(|one| one.group == group).map(|one| one.total).sum(),
            }
        } else {
            ZERO
        };
        let reading = term.qualifier.as_ref();
        let look = reading.map(|reading| look_of(program, term, reading));
        let mut share_of = ZERO;
        if let (Some(reading), Some(look)) = (reading, &look) {
            if !same_total(program, term) {
                qualifier = self.read(asked, nth, look, group, first.as_ref(), None);
            }
            if let View::Share(of) = &reading.view {
                let whole = Look { when: Some(of), ..look.clone() };
                share_of = self.read(asked, nth, &whole, group, None, None);
            }
        }
        let plain = Step {
            part: nth,
            measure: ZERO,
            left: None,
            facts: 0,
            qualifier,
            share_of,
            axis: None,
            met: true,
            netted: false,
        };
        let met = |spot: Option<&One>| self.met(at, asked, nth, group, first.as_ref(), spot, found);
        if is_folded(term) {
            let measured = look_of_measure(program, term).expect("a measure");
            let hits = || own_hits(asked, nth, seen).filter(|hit| hit.group == group);
            let before = fold(&measured, hits().filter(|hit| hit.day < part.from));
            let after = fold(&measured, hits().filter(|hit| hit.day < part.to));
            let facts = hits().filter(|hit| part.holds(hit.day)).count();
            let mut step = Step { measure: after - before, facts, ..plain };
            // It is rated once, where its last fact stands.
            let last = own.last().copied();
            if let (Some(one), Some(reading), Some(look)) = (last, reading, &look)
                && is_in_order(term, reading)
            {
                let upto = |look: &Look<'_>, first| {
                    self.read(asked, nth, look, group, first, Some((one, true)))
                };
                step.qualifier = upto(look, first.as_ref());
                if let View::Share(of) = &reading.view {
                    step.share_of = upto(&Look { when: Some(of), ..look.clone() }, None);
                }
            }
            step.met = met(last);
            steps.push(step);
            return;
        }
        let required = term.requires.iter().any(|requirement| match requirement {
            Requirement::Reading { reading, .. } => is_in_order(term, reading),
            Requirement::Term { .. } => false,
        });
        let one_by_one = required || reading.is_some_and(|reading| is_in_order(term, reading));
        if !one_by_one || own.is_empty() {
            let mut step = plain;
            for one in &own {
                step.measure += one.net;
                step.netted |= one.net != one.total;
                step.facts += 1;
                if let Some(left) = one.left {
                    step.left = Some(step.left.unwrap_or_default() + left);
                }
            }
            step.met = if one_by_one { true } else { met(None) };
            steps.push(step);
            return;
        }
        for one in own {
            let mut step = plain.clone();
            (step.measure, step.left, step.facts) = (one.net, one.left, 1);
            step.netted = one.net != one.total;
            if let (Some(reading), Some(look)) = (reading, &look)
                && is_in_order(term, reading)
            {
                let upto =
                    |with| self.read(asked, nth, look, group, first.as_ref(), Some((one, with)));
                step.qualifier = upto(true);
                step.axis = Some((upto(false), upto(true)));
                if let View::Share(of) = &reading.view {
                    let whole = Look { when: Some(of), ..look.clone() };
                    step.share_of = self.read(asked, nth, &whole, group, None, Some((one, true)));
                }
            }
            step.met = met(Some(one));
            steps.push(step);
        }
    }

    /// What a reading comes to; up to a fact, with it or without it, if one is given.
    fn read(
        &self,
        asked: &Asked<'_>,
        nth: usize,
        look: &Look<'_>,
        group: &[(String, String)],
        first: Option<&HashSet<String>>,
        upto: Option<(&One, bool)>,
    ) -> Decimal {
        let part = &asked.parts[nth];
        let (program, term) = (part.program, part.term);
        // Back from a fact: whenever that was.
        let since = match (look.window, upto) {
            (Window::Span(span), Some((one, _))) => {
                let length = Span::new().months(i64::from(span.months)).days(i64::from(span.days));
                Some(one.place.0.date().checked_sub(length).expect("a day"))
            }
            _ => None,
        };
        let Some((from, to, asks)) = window(look, asked, term, program) else { return ZERO };
        let own_facts = look.when == term.when.as_ref() && *look.scope == Scope::Partner;
        let first = first.filter(|_| {
            own_facts && (matches!(look.window, Window::Period | Window::ToDate) || upto.is_some())
        });
        let whose = self.whose(asked, program, look);
        let names = coarse(group, look);
        let hits = self.story.hits(program, term, look);
        let counted = hits.iter().filter(|hit| {
            let in_days = match since {
                Some(since) => since < hit.day,
                None => from <= hit.day && hit.day < to,
            };
            // A term that only one version has looks at that version's days.
            let in_days = in_days
                && (!matches!(look.window, Window::Period | Window::ToDate)
                    || asked.parts.iter().any(|part| part.from <= hit.day && hit.day < part.to));
            let in_days = in_days && (look.window != Window::PriorYear || in_span(asked, hit.day));
            let whose = match (look.scope, &whose) {
                (Scope::Partner, _) => &hit.earner == asked.earner,
                (Scope::All, _) => true,
                (Scope::Path(_), value) => value.is_some() && &hit.scope == value,
            };
            let enrolled = !asks || hit.enrolled || *look.scope != Scope::Partner;
            let is_first =
                first.is_none_or(|first| among(first, &hit.place.1, &hit.unit, hit.takes_back));
            let before = upto.is_none_or(|(one, with)| {
                hit.place < one.place || (with && hit.place == one.place)
            });
            in_days && whose && enrolled && is_first && before && hit.group == names
        });
        let total = fold(look, counted);
        // Days before the period are in proportion, too.
        if look.window == Window::PriorPeriod { scaled(total, asked.share) } else { total }
    }

    /// What the earner has at the scope's path at the period's end.
    fn whose(&self, asked: &Asked<'_>, program: &Program, look: &Look<'_>) -> Option<String> {
        let Scope::Path(path) = look.scope else { return None };
        let last = program.ends.map_or(asked.period.last(), |e| e.min(asked.period.last()));
        self.story.of_partner(asked.earner, last, program, |subject| {
            path.value(subject).map(|value| value.to_string())
        })
    }

    fn met(
        &self,
        at: TermAt,
        asked: &Asked<'_>,
        nth: usize,
        group: &[(String, String)],
        first: Option<&HashSet<String>>,
        spot: Option<&One>,
        found: &Found,
    ) -> bool {
        let part = &asked.parts[nth];
        let (program, term) = (part.program, part.term);
        term.requires.iter().all(|requirement| match requirement {
            Requirement::Term { term, tier } => {
                let named = term.program.as_ref().map(domain::code::ProgramCode::as_str);
                let Some(of) = self.at(at.0, named, term.term.as_str()) else { return false };
                reached(found, of, asked, group, tier.unwrap_or(1))
            }
            Requirement::Reading { reading, opens } => {
                let look = look_of(program, term, reading);
                let upto = spot.filter(|_| is_in_order(term, reading)).map(|one| (one, true));
                let total = self.read(asked, nth, &look, group, first, upto);
                let share_of = match &reading.view {
                    View::Share(of) => {
                        let whole = Look { when: Some(of), ..look.clone() };
                        self.read(asked, nth, &whole, group, None, upto)
                    }
                    _ => ZERO,
                };
                let nothing = Compare::Nothing;
                let compare = match reading.view {
                    View::Total | View::Share(_) => &nothing,
                    _ => &term.compare,
                };
                let bases = |of: &BaselineOf| {
                    let base = match prior_of(of) {
                        Ok(window) => self.before(asked, nth, group, window, look.clone()),
                        Err(figure) => self.figure(asked, term, group, figure).unwrap_or_default(),
                    };
                    (base, base)
                };
                let standing = (total, share_of);
                let stand =
                    self.stand(asked, term, group, (&reading.view, compare), standing, &bases);
                stand.is_some_and(|stand| match *opens {
                    Opens::Always => true,
                    Opens::From(threshold) => threshold * stand.under <= stand.over,
                    Opens::Above(threshold) => threshold * stand.under < stand.over,
                })
            }
        })
    }

    /// What the spans of a period come to, each rated by itself.
    fn rate_spans(
        &self,
        group: &[(String, String)],
        spans: &[(Asked<'_>, usize, Vec<Step>)],
        facts: &mut [Weighed],
    ) -> Rated {
        let speaks = |(nth, (.., steps)): (usize, &(Asked<'_>, usize, Vec<Step>))| {
            let last = steps.iter().rposition(|step| step.facts != 0)?;
            Some((nth, last))
        };
        let speaker = spans.iter().enumerate().rev().find_map(speaks);
        let speaker = speaker.unwrap_or_else(|| {
            let first = spans.iter().position(|(.., steps)| !steps.is_empty());
            (first.expect("some part has the term"), 0)
        });
        let alone = spans.len() == 1;
        let (mut exact, mut measured) = (ZERO, ZERO);
        let mut all: Vec<Paid> = Vec::new();
        let mut tier = None;
        for (nth, (asked, _, steps)) in spans.iter().enumerate() {
            let own = Some(speaker.1).filter(|_| nth == speaker.0);
            let mut found = self.rate_steps(asked, group, steps, own);
            if own.is_some() {
                tier = found.tier;
            }
            let counted = steps.iter().any(|step| step.facts != 0);
            // What stands by itself earns nothing where nothing was counted.
            if !alone && !counted && found.measured.is_zero() {
                continue;
            }
            if let Some(part) = asked.parts.last().filter(|_| !alone) {
                found.exact = bound(found.exact, part.term.limits.per_award);
            }
            exact += found.exact;
            measured += found.measured;
            all.extend(found.rows);
        }
        if spans.iter().all(|(.., steps)| steps.iter().all(|step| step.facts == 0))
            && measured.is_zero()
        {
            exact = ZERO;
            all.clear();
        }
        let (asked, first, steps) = &spans[speaker.0];
        let speaking = steps[speaker.1].part;
        let part = &asked.parts[speaking];
        let (mode, decimals) = rounding(part);
        if part.term.rounding.at == RoundAt::Fact && !facts.is_empty() {
            let weights: Decimal = facts.iter().map(|fact| fact.weight).sum();
            let count = Decimal::from(facts.len());
            let each = facts.iter().map(|fact| {
                let share =
                    if weights.is_zero() { exact / count } else { exact * fact.weight / weights };
                mode.round(share, decimals)
            });
            exact = each.sum();
        }
        if alone {
            exact = bound(exact, part.term.limits.per_award);
        }
        Rated {
            group: group.to_vec(),
            amount: mode.round(exact, decimals),
            tier,
            pays: pays(&all),
            speaker: first + speaking,
            facts: Vec::new(),
            payees: BTreeMap::new(),
        }
    }

    /// What the steps of a span come to; `own` is the one that speaks for the award.
    fn rate_steps(
        &self,
        asked: &Asked<'_>,
        group: &[(String, String)],
        steps: &[Step],
        own: Option<usize>,
    ) -> RatedSpan {
        let last = steps.iter().rposition(|step| step.facts != 0).unwrap_or(0);
        let (mut running, mut left) = (ZERO, ZERO);
        let mut found = RatedSpan::default();
        for (at, step) in steps.iter().enumerate() {
            let part = &asked.parts[step.part];
            let begin = (running, left);
            running += step.measure;
            left += step.left.unwrap_or_default();
            let piece = piece(part, step, begin, (running, left));
            found.measured += piece.map_or(ZERO, |(from, to)| to - from);
            let bases = |of: &BaselineOf| self.base(asked, step.part, group, of);
            let compared = (view_of(part.term), &part.term.compare);
            let standing = (step.qualifier, step.share_of);
            let stand = self.stand(asked, part.term, group, compared, standing, &bases);
            let Some(stand) = stand else { continue };
            let (reached, mut paid) = rows(part, group, step, &stand, piece);
            if own == Some(at) {
                found.tier = reached;
            }
            if at != last {
                for row in &mut paid {
                    row.fixed = None;
                }
                paid.retain(|row| row.value.is_some());
            }
            for row in paid {
                let amount = row.rated + row.fixed.unwrap_or_default();
                found.exact += if part.term.rounding.at == RoundAt::Tier {
                    let (mode, decimals) = rounding(part);
                    mode.round(amount, decimals)
                } else {
                    amount
                };
                found.rows.push(row);
            }
        }
        found
    }
}

/// What a span comes to.
#[derive(Debug, Default)]
struct RatedSpan {
    exact: Decimal,
    measured: Decimal,
    tier: Option<u32>,
    rows: Vec<Paid>,
}

/// The facts of a group in a part, by what an award is shared.
fn weighed(part: &Part<'_>, group: &[(String, String)], ones: &[One]) -> Vec<Weighed> {
    let measured = part.term.measure.as_ref().is_some_and(|measure| is_sum(Some(&measure.total)));
    let own = ones.iter().filter(|one| one.group == group && part.holds(one.day));
    own.map(|one| Weighed {
        key: one.place.1.clone(),
        unit: one.unit.clone(),
        weight: if measured { one.left.unwrap_or(one.net) } else { ONE },
    })
    .collect()
}

/// Whether a day of the year before is one of those that a span is compared with.
fn in_span(asked: &Asked<'_>, day: Date) -> bool {
    let on = day.checked_add(Span::new().years(1)).expect("a day").max(asked.period.start);
    let parts = asked.parts.iter();
    asked.share.is_none() || parts.into_iter().any(|part| part.from <= on && on < part.to)
}

/// The facts of a version in the parts of the period.
fn own_hits<'s>(asked: &'s Asked<'_>, nth: usize, seen: &'s Seen) -> impl Iterator<Item = &'s Hit> {
    let hits = seen.measures[&asked.parts[nth].program.version].iter();
    hits.filter(|hit| {
        let here = asked.parts.iter().any(|part| part.from <= hit.day && hit.day < part.to);
        hit.counts && here && &hit.earner == asked.earner
    })
}

fn among(first: &HashSet<String>, key: &str, unit: &str, takes_back: bool) -> bool {
    match takes_back {
        true if unit != key => first.contains(unit),
        true => true,
        false => first.contains(key),
    }
}

/// Somebody's code, for keys.
pub(super) type Whose = PartnerCode;

/// No bounds at all.
pub(in super::super) fn is_free(bounds: Bounds) -> bool {
    bounds == Bounds::default()
}
