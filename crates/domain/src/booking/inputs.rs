//! From cells to what an award is computed from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Span;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::facts::{Facts, counted, cuts_facts, is_among};
use super::fold::fold;
use super::segments::{ActingPart, Segment, is_whole};
use super::{Links, Question, Upto};
use crate::award::{Award, FactPart};
use crate::code::PartnerCode;
use crate::detail::Spot;
use crate::evaluate::{
    AwardInput, Looked, Notes, OutOfRange, PartInput, Unmet, award, no_value, reaches,
    reading_value,
};
use crate::figure::Asked;
use crate::period::Prior;
use crate::plan::{Grain, PlanVersion, Read, ReadNames, ReadWindow, Rule, Weight};
use crate::program::{
    Baseline, BaselineOf, Compare, FactsOf, Figure, Requirement, Scope, Split, Term, View, WhenZero,
};
use crate::totals::{Cell, Group, Look, Slot, Sums};

type Exact<T> = Result<T, OutOfRange>;
/// Cells by the name of their award's group.
type ByGroup<'c> = HashMap<&'c str, Vec<&'c (Cell, Sums)>>;

impl Question<'_> {
    /// The awards of all groups by themselves, with what their own cells say.
    pub(super) fn groups(
        &self,
        acting: &[(Date, Option<&PlanVersion>)],
        upto: Upto,
        links: &dyn Links,
    ) -> Vec<Award> {
        let segments = self.segments(acting);
        if segments.iter().all(|segment| segment.parts.is_empty()) {
            return Vec::new();
        }
        let mut cells = ByGroup::new();
        for cell in self.cells {
            cells.entry(cell.0.group.name()).or_default().push(cell);
        }
        // What came and was taken back again, booked in two periods, is no fact at all; nor is
        // what lies on days on which another version acts, or none that has the term.
        let mut counted: BTreeMap<Group, i64> = BTreeMap::new();
        for (cell, sums) in self
            .cells
            .iter()
            .filter(|(cell, _)| cell.slot == Slot::Measure && cell.period == self.period.start)
            .filter(|(cell, _)| acts_on(acting, cell) && self.is_measured(cell, upto))
        {
            *counted.entry(cell.group.of_award()).or_default() += sums.facts;
        }
        let mut groups: BTreeSet<Group> = counted
            .into_iter()
            .filter_map(|(group, facts)| (facts != 0).then_some(group))
            .collect();
        if groups.is_empty() && self.is_member(upto) {
            groups.insert(Group::one());
        }
        let inputs = Inputs { question: self, upto, links, cells: &cells, segments: &segments };
        let facts = inputs.facts();
        groups.iter().map(|group| inputs.award(group, &facts)).collect()
    }
}

/// The facts of each part, by segment and part; nothing where they are not told apart.
type AllFacts<'c> = Exact<Vec<Vec<Option<Facts<'c>>>>>;

struct Inputs<'i, 'q> {
    question: &'i Question<'q>,
    upto: Upto,
    links: &'i dyn Links,
    cells: &'i ByGroup<'q>,
    segments: &'i [Segment<'q>],
}

impl<'q> Inputs<'_, 'q> {
    fn facts(&self) -> AllFacts<'q> {
        let mut all = Vec::new();
        for segment in self.segments {
            let mut of_segment = Vec::new();
            for (at, acting) in segment.parts.iter().enumerate() {
                if !acting.rule.by_fact {
                    of_segment.push(None);
                    continue;
                }
                let counts = counted(self.question, self.upto, &segment.days);
                let version = acting.version.program.version;
                let mut facts =
                    self.question.facts(acting.rule, version, (&counts, self.upto), self.links)?;
                if cuts_facts(acting.rule)
                    && let Some(measure) = &segment.terms[at].measure
                {
                    facts.cut(measure)?;
                }
                of_segment.push(Some(facts));
            }
            all.push(of_segment);
        }
        Ok(all)
    }

    fn award(&self, group: &Group, facts: &AllFacts<'q>) -> Award {
        let input = match facts {
            Ok(facts) => self.input(group, facts),
            Err(OutOfRange) => Err(OutOfRange),
        };
        match input {
            Ok(input) => {
                let mut award = award(&input, group);
                award.payees = self.payees(group);
                award
            }
            Err(OutOfRange) => no_value(&self.bare(), group),
        }
    }

    /// Parts without numbers: only what they are of.
    fn bare(&self) -> AwardInput<'q> {
        let parts = self.segments.iter().map(|segment| {
            let parts = segment.parts.iter().zip(&segment.terms);
            parts.map(|(acting, term)| self.part(acting, term)).collect()
        });
        AwardInput { segments: parts.collect(), facts: Vec::new() }
    }

    fn part(&self, acting: &ActingPart<'q>, term: &Cow<'q, Term>) -> PartInput<'q> {
        PartInput {
            version: acting.version.program.version,
            rule: acting.rule,
            term: term.clone(),
            day: acting.part.max(self.question.period.start),
            measure: Decimal::ZERO,
            left: None,
            facts: 0,
            looked: Looked::default(),
            axis: None,
            unmet: None,
            notes: Notes::default(),
        }
    }

    fn input(&self, group: &Group, facts: &[Vec<Option<Facts<'q>>>]) -> Exact<AwardInput<'q>> {
        let mut input = AwardInput::default();
        for (segment, facts) in self.segments.iter().zip(facts) {
            let mut parts = Vec::new();
            for (at, acting) in segment.parts.iter().enumerate() {
                let mut part = self.part(acting, &segment.terms[at]);
                part.looked = self.looked(group, segment, acting, facts[at].as_ref())?;
                match &facts[at] {
                    Some(facts) if !is_folded(acting.rule) => {
                        self.by_facts(group, segment, acting, facts, part, &mut parts)?;
                        weigh(group, acting, facts, &mut input.facts);
                    }
                    facts => {
                        if let Some(facts) = facts {
                            weigh(group, acting, facts, &mut input.facts);
                        }
                        (part.measure, part.facts) = self.measured(group, segment, at)?;
                        // What does not add up is rated once, where its last fact stands.
                        let last = facts.as_ref().and_then(|facts| {
                            let mut own = facts.all.iter().rev();
                            own.find(|it| it.group == group.name() && it.part == acting.part)
                        });
                        let spot = last.map(|fact| &fact.spot);
                        if let Some(spot) = spot {
                            self.stand_at(group, segment, acting, spot, &mut part)?;
                        }
                        part.unmet = self.unmet(group, segment, acting, &part, spot)?;
                        parts.push(part);
                    }
                }
            }
            input.segments.push(parts);
        }
        if self.question.is_member(self.upto) {
            let last = input.segments.iter_mut().filter_map(|parts| parts.last_mut());
            for part in last.filter(|part| part.term.facts == FactsOf::None) {
                part.facts = 1;
            }
        }
        Ok(input)
    }

    /// A part whose facts are told apart: as one, or one after another where each has a standing
    /// of its own.
    fn by_facts(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        facts: &Facts<'q>,
        part: PartInput<'q>,
        parts: &mut Vec<PartInput<'q>>,
    ) -> Exact<()> {
        let beyond = facts.beyond.get(group.name()).copied().unwrap_or_default();
        let own =
            facts.all.iter().filter(|fact| fact.group == group.name() && fact.part == acting.part);
        let one_by_one = looks_back(acting.rule);
        let mut whole = part.clone();
        whole.notes.left_out = beyond;
        for fact in own {
            let mut single = if one_by_one { part.clone() } else { whole };
            single.measure = sum(single.measure, fact.net)?;
            single.notes.net_of =
                sum(single.notes.net_of, fact.net.checked_sub(fact.total).ok_or(OutOfRange)?)?;
            single.facts += fact.facts;
            if let Some(left) = fact.left {
                single.left = Some(sum(single.left.unwrap_or_default(), left)?);
            }
            if one_by_one {
                single.axis = self.stand_at(group, segment, acting, &fact.spot, &mut single)?;
                single.unmet = self.unmet(group, segment, acting, &single, Some(&fact.spot))?;
                single.notes.left_out = beyond;
                parts.push(single);
                whole = part.clone();
            } else {
                whole = single;
            }
        }
        if !one_by_one {
            whole.unmet = self.unmet(group, segment, acting, &whole, None)?;
            parts.push(whole);
        } else if parts.is_empty() {
            whole.notes.left_out = beyond;
            parts.push(whole);
        }
        Ok(())
    }

    /// What a part looks at where a fact stands, if its readings are taken anew for each; gives the
    /// piece of the qualifier's axis that is the fact's.
    fn stand_at(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        spot: &Spot<'_>,
        part: &mut PartInput<'q>,
    ) -> Exact<Option<(Decimal, Decimal)>> {
        let in_order = |slot: Slot| acting.rule.read(slot).filter(|read| read.in_order);
        let mut axis = None;
        if let Some(read) = in_order(Slot::Qualifier) {
            let (before, after) = self.to_date(group, segment, acting, read, spot)?;
            part.looked.qualifier = after;
            axis = Some((before, after));
        }
        if let Some(read) = in_order(Slot::ShareOf) {
            (_, part.looked.share_of) = self.to_date(group, segment, acting, read, spot)?;
        }
        Ok(axis)
    }

    /// The measure's total of a part, and the facts that counted.
    fn measured(&self, group: &Group, segment: &Segment<'q>, at: usize) -> Exact<(Decimal, i64)> {
        let acting = &segment.parts[at];
        let version = acting.version.program.version;
        let empty: &[&(Cell, Sums)] = &[];
        let of_group = self.cells.get(group.name()).map_or(empty, Vec::as_slice);
        let own = of_group.iter().copied().filter(|(cell, _)| {
            cell.slot == Slot::Measure
                && cell.version == version
                && cell.period == self.question.period.start
                && self.question.is_measured(cell, self.upto)
        });
        let facts = own
            .clone()
            .filter(|(cell, _)| cell.part == acting.part && !is_piece(acting.rule, cell));
        let facts = facts.map(|(_, sums)| sums.facts).sum();
        let read = &acting.rule.reads[0];
        if !is_folded(acting.rule) {
            let here = own.filter(|(cell, _)| cell.part == acting.part);
            return Ok((fold(read, here)?, facts));
        }
        // What does not add up runs through the parts: each brings what it adds to those before.
        let through = |last: Date, included: bool| {
            own.clone().filter(move |(cell, _)| {
                segment.days.contains(&cell.part)
                    && (cell.part < last || (included && cell.part == last))
            })
        };
        let before = fold(read, through(acting.part, false))?;
        let after = fold(read, through(acting.part, true))?;
        Ok((after.checked_sub(before).ok_or(OutOfRange)?, facts))
    }

    fn looked(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        facts: Option<&Facts<'q>>,
    ) -> Exact<Looked> {
        let rule = acting.rule;
        let mut looked = Looked::default();
        for read in &rule.reads {
            let to = match read.slot {
                Slot::Measure | Slot::Link(_) | Slot::Required(..) => continue,
                Slot::Qualifier => &mut looked.qualifier,
                Slot::ShareOf => &mut looked.share_of,
                Slot::Baseline => &mut looked.baseline,
                Slot::BaselineElse => &mut looked.baseline_else,
                Slot::MeasureBaseline => &mut looked.measure_baseline,
                Slot::MeasureBaselineElse => &mut looked.measure_baseline_else,
            };
            *to = self.total(group, segment, acting, read)?;
        }
        if rule.same_total {
            looked.qualifier = match facts {
                Some(_) if !is_folded(rule) => self.counted_total(group, segment, acting)?,
                _ => self.total(group, segment, acting, &rule.reads[0])?,
            };
        }
        if let Some((table, known)) = self.question.more.forecast
            && let Some(forecast) = self.question.figure(table, group, known)
        {
            looked.qualifier = forecast;
        }
        self.figures(group, segment, acting, &mut looked)?;
        Ok(looked)
    }

    /// The qualifier where it is the measure's total and facts are told apart.
    fn counted_total(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
    ) -> Exact<Decimal> {
        let upto = Upto { measure: self.upto.rest, late: self.upto.rest, ..self.upto };
        let counts = counted(self.question, upto, &segment.days);
        let version = acting.version.program.version;
        let facts = self.question.facts(acting.rule, version, (&counts, upto), self.links)?;
        let own = facts.all.iter().filter(|fact| fact.group == group.name());
        own.map(|fact| fact.total).try_fold(Decimal::ZERO, sum)
    }

    fn figures(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        looked: &mut Looked,
    ) -> Exact<()> {
        let at = segment.parts.iter().position(|part| part.part == acting.part).unwrap_or(0);
        let find = |figure: &Figure| -> Exact<Option<Decimal>> {
            match figure {
                Figure::Number(number) => Ok(Some(*number)),
                Figure::Table(table) => {
                    let known = self.question.period.last();
                    let Some(found) = self.question.figure(table, group, known) else {
                        return Ok(None);
                    };
                    let whole = segment.terms[at].qualifier.as_ref().is_some_and(is_whole);
                    let Some((days, all)) = segment.share.filter(|_| !whole) else {
                        return Ok(Some(found));
                    };
                    let product = found.checked_mul(days).ok_or(OutOfRange)?;
                    Ok(Some(product.checked_div(all).ok_or(OutOfRange)?))
                }
            }
        };
        match &segment.terms[at].compare {
            Compare::Nothing => {}
            Compare::Target(target) => looked.target = find(target)?,
            Compare::Baseline(Baseline { of, when_zero, .. }) => {
                if let BaselineOf::Figure(figure) = of {
                    looked.fixed_baseline = find(figure)?;
                    looked.baseline = looked.fixed_baseline.unwrap_or_default();
                }
                if let WhenZero::Other(other) = when_zero
                    && let BaselineOf::Figure(figure) = &**other
                {
                    looked.fixed_baseline_else = find(figure)?;
                }
            }
        }
        Ok(())
    }

    /// What a read comes to for a group.
    fn total(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        read: &Read,
    ) -> Exact<Decimal> {
        let name = group_of(read, group, acting.rule);
        // Without a fact to look back from, it is from the period's end.
        let since = match read.window {
            ReadWindow::Span(span, Grain::Fact) => {
                back_from(self.question.period.end, span).map(|first| first.to_string())
            }
            _ => None,
        };
        let first = self.first_ones(acting, segment, read).filter(|_| since.is_none());
        let cells = self.looked_at(&name, segment, acting, read).filter(|(cell, _)| {
            let spot = cell.group.detail().and_then(Spot::read);
            spot.is_none_or(|spot| {
                first.as_ref().is_none_or(|first| is_among(first, &spot))
                    && since.as_ref().is_none_or(|since| since.as_str() <= spot.day())
            })
        });
        let total = fold(read, cells)?;
        match (segment.share, read.window) {
            // A baseline of other days is in proportion, too.
            (Some((days, all)), ReadWindow::Prior(Prior::Period)) => {
                let product = total.checked_mul(days).ok_or(OutOfRange)?;
                product.checked_div(all).ok_or(OutOfRange)
            }
            _ => Ok(total),
        }
    }

    fn looked_at<'l>(
        &'l self,
        name: &str,
        segment: &'l Segment<'q>,
        acting: &ActingPart<'q>,
        read: &Read,
    ) -> impl Iterator<Item = &'q (Cell, Sums)> + use<'l, 'q> {
        let version = acting.version.program.version;
        let (slot, window) = (read.slot, read.window);
        // A term that only one version has looks at that version's days.
        let of_days = window == ReadWindow::Period
            || (segment.share.is_some() && window == ReadWindow::Prior(Prior::Year));
        let period = self.question.period.start;
        let of_group = self.cells.get(name).map_or(&[][..], Vec::as_slice);
        of_group.iter().copied().filter(move |(cell, _)| {
            cell.slot == slot
                && cell.version == version
                && (cell.period == period || window == ReadWindow::Program)
                && (!of_days || segment.days.contains(&cell.part))
                && self.question.is_looked_at(cell, self.upto)
        })
    }

    /// The facts that `frequency` leaves of a reading of the term's own facts.
    fn first_ones(
        &self,
        acting: &ActingPart<'q>,
        segment: &Segment<'q>,
        read: &Read,
    ) -> Option<HashSet<&'q str>> {
        let frequency = acting.rule.term.frequency.as_ref()?;
        let own = read.scope == Scope::Partner && read.filter == acting.rule.reads[0].filter;
        if read.grain != Grain::Fact || !own {
            return None;
        }
        let upto = Upto { measure: self.upto.rest, late: self.upto.rest, ..self.upto };
        let counts = counted(self.question, upto, &segment.days);
        let version = acting.version.program.version;
        Some(self.question.first_ones(frequency, version, (&counts, upto)))
    }

    /// A total before and up to a fact.
    fn to_date(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        read: &Read,
        spot: &Spot<'_>,
    ) -> Exact<(Decimal, Decimal)> {
        let name = group_of(read, group, acting.rule);
        let first = self.first_ones(acting, segment, read);
        let since = match read.window {
            ReadWindow::Span(span, _) => {
                let at: Option<DateTime> = spot.at.parse().ok();
                at.and_then(|at| back_from(at.date(), span)).map(|last| last.to_string())
            }
            _ => None,
        };
        let counts = |cell: &Cell, with: bool| {
            let Some(other) = cell.group.detail().and_then(Spot::read) else { return false };
            first.as_ref().is_none_or(|first| is_among(first, &other))
                && since.as_ref().is_none_or(|since| since.as_str() < other.day())
                && (other.place() < spot.place() || (with && other.place() == spot.place()))
        };
        let cells = || self.looked_at(&name, segment, acting, read);
        let before = fold(read, cells().filter(|(cell, _)| counts(cell, false)))?;
        let after = fold(read, cells().filter(|(cell, _)| counts(cell, true)))?;
        Ok((before, after))
    }

    /// The first of what the term requires that does not hold.
    fn unmet(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        part: &PartInput<'q>,
        spot: Option<&Spot<'_>>,
    ) -> Exact<Option<Unmet>> {
        for (nth, requirement) in part.term.requires.iter().enumerate() {
            let (met, value) = match requirement {
                Requirement::Term { term, tier } => (self.links.reached(term, *tier, group), None),
                Requirement::Reading { reading, opens } => {
                    let slot = u8::try_from(nth).unwrap_or(u8::MAX);
                    let looked = self.required(group, segment, acting, slot, spot)?;
                    let mut other = part.clone();
                    let mut term = other.term.into_owned();
                    // What compares with nothing does not ask for a baseline or target.
                    if matches!(reading.view, View::Total | View::Share(_)) {
                        term.compare = Compare::Nothing;
                    }
                    term.qualifier = Some((**reading).clone());
                    other.term = Cow::Owned(term);
                    other.looked = Looked {
                        fixed_baseline: part.looked.fixed_baseline,
                        fixed_baseline_else: part.looked.fixed_baseline_else,
                        target: part.looked.target,
                        ..looked
                    };
                    (reaches(&other, *opens), reading_value(&other))
                }
            };
            if !met {
                return Ok(Some(Unmet { nth, value }));
            }
        }
        Ok(None)
    }

    fn required(
        &self,
        group: &Group,
        segment: &Segment<'q>,
        acting: &ActingPart<'q>,
        nth: u8,
        spot: Option<&Spot<'_>>,
    ) -> Exact<Looked> {
        let mut looked = Looked::default();
        for read in &acting.rule.reads {
            let Slot::Required(of, look) = read.slot else { continue };
            if of != nth {
                continue;
            }
            let total = match spot {
                Some(spot) if read.in_order => self.to_date(group, segment, acting, read, spot)?.1,
                _ => self.total(group, segment, acting, read)?,
            };
            match look {
                Look::Total => looked.qualifier = total,
                Look::ShareOf => looked.share_of = total,
                Look::Baseline => looked.baseline = total,
                Look::BaselineElse => looked.baseline_else = total,
            }
        }
        Ok(looked)
    }

    /// Who is paid what part of an award.
    fn payees(&self, group: &Group) -> Vec<(PartnerCode, Decimal)> {
        let mut weights: BTreeMap<&str, (Decimal, Decimal)> = BTreeMap::new();
        for segment in self.segments {
            for acting in &segment.parts {
                let Some(split) = &acting.rule.term.split else { continue };
                let version = acting.version.program.version;
                let by = acting.rule.weight();
                let first = self.first_ones(acting, segment, &acting.rule.reads[0]);
                let own = self.cells.get(group.name()).into_iter().flatten();
                let own = own.filter(|(cell, _)| {
                    (cell.slot == Slot::Measure
                        || (cell.slot == Slot::Qualifier && by == Weight::Qualifier))
                        && cell.version == version
                        && cell.part == acting.part
                        && cell.period == self.question.period.start
                        && self.question.is_measured(cell, self.upto)
                });
                for (cell, sums) in own {
                    let Some(spot) = cell.group.detail().and_then(Spot::read) else { continue };
                    if first.as_ref().is_some_and(|first| !is_among(first, &spot)) {
                        continue;
                    }
                    let (number, count) = match (cell.slot, by) {
                        (Slot::Measure, Weight::Measure) => (sums.total, sums.facts),
                        (Slot::Measure, _) => (Decimal::ZERO, sums.facts),
                        _ => (sums.total, 0),
                    };
                    for (nth, payee) in spot.payees().enumerate() {
                        let share = match split {
                            Split::Contributors => Decimal::ONE,
                            Split::Shares(shares) => {
                                shares.get(nth).map_or(Decimal::ZERO, |(_, share)| *share)
                            }
                        };
                        let (measure, facts) = weights.entry(payee).or_default();
                        let add = |to: &mut Decimal, number: Decimal| {
                            let more = number.checked_mul(share).unwrap_or_default();
                            *to = to.checked_add(more).unwrap_or(*to);
                        };
                        add(measure, number);
                        add(facts, Decimal::from(count));
                    }
                }
            }
        }
        // Whose facts were all taken back has no part.
        weights.retain(|_, (measure, facts)| !(measure.is_zero() && facts.is_zero()));
        // Where there is nothing to share by, each fact is as good as any other.
        let measured = weights.values().any(|(measure, _)| !measure.is_zero());
        weights
            .into_iter()
            .map(|(payee, (measure, facts))| {
                (PartnerCode::new(payee), if measured { measure } else { facts })
            })
            .collect()
    }
}

impl Question<'_> {
    /// A figure for this earner, period and group.
    pub(super) fn figure(&self, table: &str, group: &Group, known: Date) -> Option<Decimal> {
        let calendar = &self.plan.terms[usize::from(self.term)].calendar;
        let (partner, period) = (self.earner, self.period);
        self.more.figures?.find(table, &Asked { partner, period, calendar, group, known })
    }
}

/// Whether a cell is of a version on days on which that version acts.
pub(super) fn acts_on(acting: &[(Date, Option<&PlanVersion>)], cell: &Cell) -> bool {
    acting.iter().any(|(part, version)| {
        *part == cell.part && version.is_some_and(|it| it.program.version == cell.version)
    })
}

fn sum(a: Decimal, b: Decimal) -> Exact<Decimal> {
    a.checked_add(b).ok_or(OutOfRange)
}

/// Whether the measure's total does not simply add up.
fn is_folded(rule: &Rule) -> bool {
    use crate::program::Total;
    matches!(
        rule.reads[0].total,
        Some(Total::CountDistinct(_) | Total::Sets(_) | Total::Max(_) | Total::Min(_))
    )
}

/// Whether a cell is a piece of a total beside the one that counts the facts.
fn is_piece(rule: &Rule, cell: &Cell) -> bool {
    use crate::program::Total;
    matches!(rule.reads[0].total, Some(Total::CountDistinct(_) | Total::Sets(_)))
        && cell.group.detail().is_some_and(|detail| Spot::read(detail).is_none())
}

/// Whether each fact has a standing of its own.
fn looks_back(rule: &Rule) -> bool {
    rule.reads.iter().any(|read| read.in_order)
}

/// The name of the group that a read is taken by.
fn group_of<'g>(read: &Read, group: &'g Group, rule: &Rule) -> Cow<'g, str> {
    let names: Vec<&str> = match &read.names {
        ReadNames::Award => return Cow::Borrowed(group.name()),
        ReadNames::Names if !rule.term.group_by.fact => return Cow::Borrowed(group.name()),
        ReadNames::Names => {
            rule.term.group_by.names.iter().map(|(name, _)| name.as_str()).collect()
        }
        ReadNames::Some(names) => names.iter().map(String::as_str).collect(),
    };
    let coarse = Group::new(group.values().filter(|(name, _)| names.contains(name)));
    Cow::Owned(coarse.as_str().to_owned())
}

/// The day that lies a span before a day.
fn back_from(day: Date, span: crate::program::Span) -> Option<Date> {
    let length = Span::new().try_months(span.months).and_then(|it| it.try_days(span.days)).ok()?;
    day.checked_sub(length).ok()
}

/// By what an award is shared over its facts.
fn weigh(group: &Group, acting: &ActingPart<'_>, facts: &Facts<'_>, into: &mut Vec<FactPart>) {
    use crate::plan::is_sum;
    let measured = is_sum(acting.rule.reads[0].total.as_ref());
    for fact in
        facts.all.iter().filter(|fact| fact.group == group.name() && fact.part == acting.part)
    {
        let weight = if measured { fact.left.unwrap_or(fact.net) } else { Decimal::ONE };
        into.push(FactPart {
            key: fact.spot.key.to_owned(),
            unit: fact.spot.unit.to_owned(),
            weight,
            amount: None,
        });
    }
}
