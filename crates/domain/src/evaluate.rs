//! Evaluating: what totals earn under the versions of a term.
//!
//! # Invariants
//!
//! * A pure function of totals and terms: same input, same award, to the last digit.
//! * Ratios are compared by multiplying out, never by dividing first.
//! * An award is rounded once, after its parts were added up, unless the term rounds by tier or
//!   fact.
//!
//! The period may be cut into parts by amendments and dated rows. The qualifier is the total of the
//! whole period and picks the row in each part's own table; the measure runs through the parts as
//! one running total, of which each part covers its own piece (`thresholds: whole`). With
//! `thresholds: split` the parts on both sides of a cut are *segments* that stand by themselves.

mod next;
mod rows;
mod standing;

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amount::RoundingMode;
use crate::award::{Award, FactPart, Part, Reason};
use crate::plan::Rule;
use crate::program::{Bounds, Measure, Method, Opens, PackageCount, Reward, RoundAt, Row, Term};
use crate::totals::Group;
use rows::{Piece, interpolated, marginal, one_row};
use standing::{highest_reached, stand};

/// More than anybody owes: sums of such amounts stay within the range of decimals.
pub const AMOUNT_MAX: u64 = 1_000_000_000_000_000_000;

/// A number left the range of 96-bit decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

/// What an award is computed from.
#[derive(Debug, Clone, Default)]
pub struct AwardInput<'a> {
    /// Spans that stand by themselves, each with its parts in order.
    pub segments: Vec<Vec<PartInput<'a>>>,
    /// The facts that counted, where they are told apart.
    pub facts: Vec<FactPart>,
}

/// What one part of the period brings.
#[derive(Debug, Clone)]
pub struct PartInput<'a> {
    pub version: u32,
    pub rule: &'a Rule,
    /// The term with its numbers in proportion, if it is not the rule's.
    pub term: Cow<'a, Term>,
    /// A day of the part, for rows with days of their own.
    pub day: Date,
    /// The measure's total of this part.
    pub measure: Decimal,
    /// What `after` and `up_to` leave of it, where they act fact by fact.
    pub left: Option<Decimal>,
    /// Facts counted in this part.
    pub facts: i64,
    pub looked: Looked,
    /// The piece of the qualifier's axis that the part covers; `None`: all of it.
    pub axis: Option<(Decimal, Decimal)>,
    /// The first of what the term requires that does not hold.
    pub unmet: Option<Unmet>,
    /// More to say about what was counted.
    pub notes: Notes,
}

/// A requirement that does not hold: its position in the term, and what its reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmet {
    pub nth: usize,
    pub value: Option<Decimal>,
}

/// What was done to the facts before they were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notes {
    /// Facts beyond the first ones.
    pub left_out: u32,
    /// What other terms' awards changed in the measure.
    pub net_of: Decimal,
}

/// Totals of the whole period or segment, as one version reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    pub qualifier: Decimal,
    pub share_of: Decimal,
    pub baseline: Decimal,
    pub baseline_else: Decimal,
    pub measure_baseline: Decimal,
    pub measure_baseline_else: Decimal,
    /// Figures, where baseline or target are such.
    pub target: Option<Decimal>,
    pub fixed_baseline: Option<Decimal>,
    pub fixed_baseline_else: Option<Decimal>,
}

type Exact<T> = Result<T, OutOfRange>;

fn mul(a: Decimal, b: Decimal) -> Exact<Decimal> {
    a.checked_mul(b).ok_or(OutOfRange)
}

fn add(a: Decimal, b: Decimal) -> Exact<Decimal> {
    a.checked_add(b).ok_or(OutOfRange)
}

fn sub(a: Decimal, b: Decimal) -> Exact<Decimal> {
    a.checked_sub(b).ok_or(OutOfRange)
}

fn div(a: Decimal, b: Decimal) -> Exact<Decimal> {
    a.checked_div(b).ok_or(OutOfRange)
}

impl<'a> AwardInput<'a> {
    fn parts(&self) -> impl DoubleEndedIterator<Item = &PartInput<'a>> {
        self.segments.iter().flatten()
    }

    /// The part of the award's last fact, which says what holds for the whole.
    fn last(&self) -> Option<&PartInput<'a>> {
        self.parts().rfind(|part| part.facts != 0).or_else(|| self.parts().next())
    }
}

/// What the parts earn together. Parts without a term earn nothing and are not given.
pub fn award(input: &AwardInput<'_>, group: &Group) -> Award {
    match try_award(input, group) {
        Ok(mut award) => {
            award.next = next::next_tier(input, group, &award);
            award
        }
        Err(OutOfRange) => no_value(input, group),
    }
}

/// The award where a number left the range of decimals: nothing, and it says so.
pub fn no_value(input: &AwardInput<'_>, group: &Group) -> Award {
    Award { reasons: vec![Reason::NoValue], ..nothing(input, group) }
}

/// Whether an amount is small enough for any number of its kind to be added up.
pub fn is_amount(amount: Decimal) -> bool {
    amount.abs() <= Decimal::from(AMOUNT_MAX)
}

/// How amounts of a term are rounded, and to how many decimals.
pub fn rounding(rule: &Rule) -> (RoundingMode, u32) {
    let rounding = rule.term.rounding;
    match rule.term.reward {
        Reward::Money | Reward::Fund(_) => {
            (rounding.mode, rounding.scale.unwrap_or(rule.currency.decimals()))
        }
        Reward::Points(_) => (rounding.mode, rounding.scale.unwrap_or(0)),
        // Pieces are whole, and nobody gets one that was not earned.
        Reward::Voucher(_) | Reward::Badge(_) | Reward::Benefit(_) | Reward::Goods(_) => {
            (RoundingMode::Down, 0)
        }
    }
}

fn nothing(input: &AwardInput<'_>, group: &Group) -> Award {
    Award {
        version: input.parts().last().map_or(0, |part| part.version),
        group: group.clone(),
        amount: Decimal::ZERO,
        fixed: Decimal::ZERO,
        tier: None,
        tier_name: None,
        qualifier: None,
        qualifier_total: Decimal::ZERO,
        measure: None,
        baseline: None,
        facts: input.parts().map(|part| part.facts).sum(),
        parts: Vec::new(),
        reasons: Vec::new(),
        next: None,
        by_fact: input.facts.clone(),
        payees: Vec::new(),
    }
}

fn try_award(input: &AwardInput<'_>, group: &Group) -> Exact<Award> {
    let mut award = nothing(input, group);
    let Some(speaker) = input.last() else { return Ok(award) };
    let (term, rule) = (&*speaker.term, speaker.rule);
    let alone = input.segments.len() == 1;
    let mut exact = Decimal::ZERO;
    let mut fixed = Decimal::ZERO;
    let mut measured = Decimal::ZERO;
    for segment in &input.segments {
        let had = award.parts.len();
        let found = rate_segment(segment, group, speaker, &mut award)?;
        // What stands by itself earns nothing where nothing was counted.
        let counted = segment.iter().any(|part| part.facts != 0);
        if !alone && !counted && found.measured.is_zero() {
            award.parts.truncate(had);
            continue;
        }
        // A segment that stands by itself is limited by its own share of the limits.
        let limits = segment.last().map(|part| part.term.limits.per_award);
        let limits = limits.filter(|_| !alone).unwrap_or_default();
        exact = add(exact, bound(found.exact, limits, &mut award.reasons))?;
        fixed = add(fixed, found.fixed)?;
        measured = add(measured, found.measured)?;
    }
    award.parts.retain(|row| !row.amount.is_zero() || row.measure != Some(Decimal::ZERO));
    award.measure = term.measure.as_ref().map(|_| measured);
    if award.facts == 0 && measured.is_zero() {
        exact = Decimal::ZERO;
        award.parts.clear();
    }
    if !is_amount(exact) {
        return Err(OutOfRange);
    }
    let (mode, decimals) = rounding(rule);
    if term.rounding.at == RoundAt::Fact {
        exact = round_facts(&mut award.by_fact, exact, mode, decimals)?;
    }
    let limits = if alone { term.limits.per_award } else { Bounds::default() };
    let bounded = bound(exact, limits, &mut award.reasons);
    award.amount = mode.round(bounded, decimals);
    award.fixed = if exact.is_zero() { fixed } else { div(mul(fixed, bounded)?, exact)? };
    Ok(award)
}

struct Segment {
    exact: Decimal,
    fixed: Decimal,
    measured: Decimal,
}

fn rate_segment(
    segment: &[PartInput<'_>],
    group: &Group,
    speaker: &PartInput<'_>,
    award: &mut Award,
) -> Exact<Segment> {
    let (mut running, mut left) = (Decimal::ZERO, Decimal::ZERO);
    let mut found = Segment { exact: Decimal::ZERO, fixed: Decimal::ZERO, measured: Decimal::ZERO };
    let last = segment.iter().rposition(|part| part.facts != 0).unwrap_or(0);
    for (at, part) in segment.iter().enumerate() {
        let begin = (running, left);
        running = add(running, part.measure)?;
        left = add(left, part.left.unwrap_or_default())?;
        let speaks = std::ptr::eq(part, speaker);
        let mut rated =
            rate_part(part, group, [begin, (running, left)], &mut award.reasons, speaks)?;
        if at != last {
            // Fixed amounts are those of the version on the day of the last fact.
            for row in &mut rated.parts {
                if let Some(fixed) = row.fixed.take() {
                    row.amount = sub(row.amount, fixed)?;
                }
            }
            rated.parts.retain(|row| row.value.is_some());
        }
        for row in &mut rated.parts {
            if part.term.rounding.at == RoundAt::Tier {
                let (mode, decimals) = rounding(part.rule);
                row.amount = mode.round(row.amount, decimals);
            }
            found.exact = add(found.exact, row.amount)?;
            found.fixed = add(found.fixed, row.fixed.unwrap_or_default())?;
        }
        found.measured = add(found.measured, rated.measured)?;
        merge(&mut award.parts, rated.parts)?;
        if speaks {
            award.version = part.version;
            award.tier = rated.tier;
            award.tier_name = rated.name;
            award.qualifier = rated.qualifier;
            award.qualifier_total = part.looked.qualifier;
            award.baseline = rated.baseline;
        }
    }
    Ok(found)
}

/// Rows used for one fact after another are one part of the award.
fn merge(parts: &mut Vec<Part>, more: Vec<Part>) -> Exact<()> {
    for part in more {
        let same = |other: &&mut Part| {
            (other.version, other.tier, other.value, other.fixed)
                == (part.version, part.tier, part.value, part.fixed)
                && part.fixed.is_none()
        };
        match parts.iter_mut().find(same) {
            Some(there) => {
                there.amount = add(there.amount, part.amount)?;
                there.measure = match (there.measure, part.measure) {
                    (Some(a), Some(b)) => Some(add(a, b)?),
                    (a, b) => a.or(b),
                };
            }
            None => parts.push(part),
        }
    }
    Ok(())
}

/// Rounds the share of each fact; the award is their sum.
fn round_facts(
    facts: &mut [FactPart],
    exact: Decimal,
    mode: RoundingMode,
    decimals: u32,
) -> Exact<Decimal> {
    let all = facts.iter().try_fold(Decimal::ZERO, |sum, fact| sum.checked_add(fact.weight));
    let all = all.ok_or(OutOfRange)?;
    let count = Decimal::from(facts.len());
    let mut rounded = Decimal::ZERO;
    for fact in facts.iter_mut() {
        let share =
            if all.is_zero() { div(exact, count)? } else { div(mul(exact, fact.weight)?, all)? };
        let share = mode.round(share, decimals);
        fact.amount = Some(share);
        rounded = add(rounded, share)?;
    }
    if facts.is_empty() { Ok(exact) } else { Ok(rounded) }
}

/// Limits act on the size: what is below zero is bounded like what is above.
fn bound(amount: Decimal, bounds: Bounds, reasons: &mut Vec<Reason>) -> Decimal {
    if amount.is_zero() {
        return amount;
    }
    let size = amount.abs();
    let sign = if amount.is_sign_negative() { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
    match bounds {
        Bounds { at_most: Some(most), .. } if most < size => {
            reasons.push(Reason::AtMost { was: amount, bound: most });
            sign * most
        }
        Bounds { at_least: Some(least), .. } if size < least => {
            reasons.push(Reason::AtLeast { was: amount, bound: least });
            sign * least
        }
        _ => amount,
    }
}

#[derive(Default)]
struct Rated {
    parts: Vec<Part>,
    measured: Decimal,
    tier: Option<u32>,
    name: Option<crate::program::Names>,
    qualifier: Option<Decimal>,
    baseline: Option<Decimal>,
}

/// `ends` are the running totals before and after the part, before and after cutting by facts.
fn rate_part(
    part: &PartInput<'_>,
    group: &Group,
    ends: [(Decimal, Decimal); 2],
    reasons: &mut Vec<Reason>,
    speaks: bool,
) -> Exact<Rated> {
    let term = &*part.term;
    let mut rated = Rated::default();
    let mut say = |reason: Reason| {
        if speaks {
            reasons.push(reason);
        }
    };
    if part.notes.left_out != 0 {
        say(Reason::Frequency { left_out: part.notes.left_out });
    }
    if !part.notes.net_of.is_zero() && !term.net_of.is_empty() {
        say(Reason::NetOf { by: part.notes.net_of });
    }
    if term.external {
        say(Reason::External);
        rated.parts = vec![external(part)];
        return Ok(rated);
    }
    let table = table_on(term, group, part.day);
    let standing = stand(part, ends[1].0)?;
    let piece = term.measure.as_ref().map(|measure| piece(part, measure, ends)).transpose()?;
    if let (Some(measure), Some(piece)) = (&term.measure, &piece) {
        rated.measured = piece.size()?;
        say_cut(measure, part, ends, piece, &mut say)?;
    }
    let standing = match standing {
        Ok(standing) => standing,
        Err(reason) => {
            rated.baseline = match reason {
                Reason::BaselineMinimum { baseline, .. } => Some(baseline),
                _ => None,
            };
            say(reason);
            return Ok(rated);
        }
    };
    rated.baseline = standing.shown_base;
    rated.qualifier = standing.over.checked_div(standing.under);
    if let Some(Unmet { nth, value }) = part.unmet {
        say(Reason::Requires { nth, value });
        return Ok(rated);
    }
    if table.is_empty() {
        say(Reason::NoRow);
        return Ok(rated);
    }
    let Some(reached) = highest_reached(&table, &standing)? else {
        say(Reason::NoTier {
            qualifier: rated.qualifier,
            lowest: table.first().map(|row| row.opens),
        });
        return Ok(rated);
    };
    let row = table[reached];
    rated.tier = Some(number(reached));
    rated.name.clone_from(&row.name);
    say(Reason::Tier {
        tier: number(reached),
        name: row.name.clone(),
        qualifier: rated.qualifier.unwrap_or_default(),
        opens: row.opens,
    });
    let nothing_left = term.measure.as_ref().is_some_and(|measure| measure.after.is_some())
        && rated.measured.is_zero();
    if !nothing_left {
        rated.parts = match term.method {
            Method::Marginal => marginal(part, &table, &standing, piece)?,
            Method::Interpolated => vec![interpolated(part, &table, reached, &standing, piece)?],
            Method::Stacked | Method::SumOfReached => {
                let mut all = Vec::new();
                for (at, row) in table.iter().enumerate().take(reached + 1) {
                    all.push(one_row(part, (at, row), &standing, piece)?);
                }
                all
            }
            _ => vec![one_row(part, (reached, row), &standing, piece)?],
        };
    }
    Ok(rated)
}

fn external(part: &PartInput<'_>) -> Part {
    Part {
        version: part.version,
        tier: 0,
        value: None,
        fixed: None,
        measure: None,
        guarantee: None,
        amount: part.measure,
    }
}

/// Whether a reading reaches a threshold. The part's term has it for its qualifier.
pub fn reaches(part: &PartInput<'_>, opens: Opens) -> bool {
    let Ok(Ok(standing)) = stand(part, Decimal::ZERO) else { return false };
    standing::is_reached(opens, &standing).unwrap_or(false)
}

/// What a reading comes to, where that can be said. The part's term has it for its qualifier.
pub fn reading_value(part: &PartInput<'_>) -> Option<Decimal> {
    let standing = stand(part, Decimal::ZERO).ok()?.ok()?;
    standing.over.checked_div(standing.under)
}

/// The rows for a group: those that name the most of its values, and only they.
pub fn table<'t>(term: &'t Term, group: &Group) -> Vec<&'t Row> {
    most_specific(term.rows.iter(), group)
}

/// The same of the rows that are there on a day.
pub fn table_on<'t>(term: &'t Term, group: &Group, day: Date) -> Vec<&'t Row> {
    let there = term.rows.iter().filter(|row| {
        row.starts.is_none_or(|starts| starts <= day) && row.ends.is_none_or(|ends| day <= ends)
    });
    most_specific(there, group)
}

fn most_specific<'t>(rows: impl Iterator<Item = &'t Row>, group: &Group) -> Vec<&'t Row> {
    let mut fitting: Vec<&Row> = rows
        .filter(|row| {
            row.dimensions.iter().all(|(name, value)| group.get(name) == Some(value.as_str()))
        })
        .collect();
    let most = fitting.iter().map(|row| row.dimensions.len()).max().unwrap_or(0);
    fitting.retain(|row| row.dimensions.len() == most);
    fitting
}

fn number(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// What `after` and `up_to` leave of the running total, and what packages make of it.
fn piece(
    part: &PartInput<'_>,
    measure: &Measure,
    [begin, end]: [(Decimal, Decimal); 2],
) -> Exact<Piece> {
    let after = measure.after.and_then(|after| after.total).unwrap_or_default();
    let clamp = |position: Decimal| -> Decimal {
        let position = measure.up_to.map_or(position, |up_to| position.min(up_to));
        if after.is_zero() { position } else { position.max(after) }
    };
    let (from, to) = match (part.left, part.axis) {
        (Some(_), _) => (begin.1, end.1),
        // A fact covers its own piece of the axis.
        (None, Some((from, to))) if part.rule.same_axis && part.notes.net_of.is_zero() => {
            (clamp(from), clamp(to))
        }
        (None, _) => (clamp(begin.0), clamp(end.0)),
    };
    let Some(size) = measure.packages_of else { return Ok(Piece { from, to }) };
    let origin = if part.left.is_some() { Decimal::ZERO } else { clamp(Decimal::ZERO) };
    let packages = |position: Decimal| -> Exact<Decimal> {
        let exact = div(sub(position, origin)?, size)?;
        Ok(match measure.count {
            PackageCount::Full => RoundingMode::Down.round(exact, 0),
            PackageCount::Started => RoundingMode::Up.round(exact, 0),
        })
    };
    Ok(Piece { from: packages(from)?, to: packages(to)? })
}

fn say_cut(
    measure: &Measure,
    part: &PartInput<'_>,
    [begin, end]: [(Decimal, Decimal); 2],
    piece: &Piece,
    say: &mut dyn FnMut(Reason),
) -> Exact<()> {
    if measure.packages_of.is_some() && part.left.is_none() {
        return Ok(());
    }
    let whole = sub(end.0, begin.0)?;
    let left = if part.left.is_some() { sub(end.1, begin.1)? } else { piece.size()? };
    let left_out = sub(whole, left)?;
    if left_out.is_zero() {
        return Ok(());
    }
    let capped = match part.left {
        Some(_) => measure.after.is_none(),
        None => measure.up_to.is_some_and(|up_to| up_to < end.0),
    };
    say(if capped { Reason::UpTo { left_out } } else { Reason::After { left_out } });
    Ok(())
}

#[cfg(test)]
mod tests;
