//! Evaluating: what totals earn under the versions of a term.
//!
//! # Invariants
//!
//! * A pure function of cells and terms: same input, same award, to the last digit.
//! * Ratios are compared by multiplying out, never by dividing first.
//! * An award is rounded once, after its parts were added up.
//!
//! The period may be cut into parts by amendments. The qualifier is the total of the whole period
//! and picks the row in each part's own table; the measure runs through the parts as one running
//! total, of which each part covers its own piece (`thresholds: whole`).

use rust_decimal::Decimal;

use crate::award::{Award, NextTier, Part, Reason};
use crate::plan::Rule;
use crate::program::{
    BaselineOf, Bounds, Compare, Figure, Measure, Method, Opens, Row, RowValue, Term, View,
    WhenZero,
};
use crate::totals::Group;

/// More than anybody owes: sums of such amounts stay within the range of decimals.
const AMOUNT_MAX: u64 = 1_000_000_000_000_000_000;

/// A number left the range of 96-bit decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

/// What one part of the period brings.
#[derive(Debug, Clone)]
pub struct PartInput<'a> {
    pub version: u32,
    pub rule: &'a Rule,
    /// The measure's total of this part.
    pub measure: Decimal,
    /// Facts counted in this part.
    pub facts: i64,
    pub looked: Looked,
}

/// Totals of the whole period, as one version reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    pub qualifier: Decimal,
    pub share_of: Decimal,
    pub baseline: Decimal,
    pub baseline_else: Decimal,
    pub measure_baseline: Decimal,
    pub measure_baseline_else: Decimal,
}

/// The qualifier, ready to be compared: `over / under`, with `under` above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Standing {
    over: Decimal,
    under: Decimal,
    /// Where a threshold lies on the axis of the qualifier's total: `zero + t * scale`.
    zero: Decimal,
    scale: Decimal,
    /// Of the measure, for `excess`.
    measure_base: Option<Decimal>,
    /// As people are shown it.
    shown_base: Option<Decimal>,
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

/// What the parts earn together. Parts without a term earn nothing and are not given.
pub fn award(parts: &[PartInput<'_>], group: &Group) -> Award {
    match try_award(parts, group) {
        Ok(mut award) => {
            award.next = next_tier(parts, group, &award);
            award
        }
        Err(OutOfRange) => no_value(parts, group),
    }
}

/// The award where a number left the range of decimals: nothing, and it says so.
pub fn no_value(parts: &[PartInput<'_>], group: &Group) -> Award {
    Award { reasons: vec![Reason::NoValue], ..nothing(parts, group) }
}

/// Whether an amount is small enough for any number of its kind to be added up.
pub fn is_amount(amount: Decimal) -> bool {
    amount.abs() <= Decimal::from(AMOUNT_MAX)
}

fn nothing(parts: &[PartInput<'_>], group: &Group) -> Award {
    Award {
        version: parts.last().map_or(0, |part| part.version),
        group: group.clone(),
        amount: Decimal::ZERO,
        tier: None,
        tier_name: None,
        qualifier: None,
        qualifier_total: Decimal::ZERO,
        measure: None,
        baseline: None,
        facts: parts.iter().map(|part| part.facts).sum(),
        parts: Vec::new(),
        reasons: Vec::new(),
        next: None,
    }
}

fn try_award(parts: &[PartInput<'_>], group: &Group) -> Exact<Award> {
    let mut award = nothing(parts, group);
    let mut running = Decimal::ZERO;
    let mut exact = Decimal::ZERO;
    let mut measured = Decimal::ZERO;
    let last = parts.iter().rposition(|part| part.facts != 0).unwrap_or(0);
    for (at, part) in parts.iter().enumerate() {
        let begin = running;
        running = add(running, part.measure)?;
        let mut found = rate_part(part, group, (begin, running), &mut award.reasons, at == last)?;
        if at != last {
            // Fixed amounts are those of the version on the day of the last fact.
            for row in &mut found.parts {
                if let Some(fixed) = row.fixed.take() {
                    row.amount = sub(row.amount, fixed)?;
                }
            }
            found.parts.retain(|row| row.value.is_some());
        }
        for row in &found.parts {
            exact = add(exact, row.amount)?;
        }
        measured = add(measured, found.measured)?;
        award.parts.append(&mut found.parts);
        if at == last {
            award.version = part.version;
            award.tier = found.tier;
            award.tier_name = found.name;
            award.qualifier = found.qualifier;
            award.qualifier_total = part.looked.qualifier;
            award.baseline = found.baseline;
        }
    }
    award.parts.retain(|row| !row.amount.is_zero() || row.measure != Some(Decimal::ZERO));
    let Some(part) = parts.get(last) else { return Ok(award) };
    let term = &part.rule.term;
    award.measure = term.measure.as_ref().map(|_| measured);
    if award.facts == 0 && measured.is_zero() {
        exact = Decimal::ZERO;
        award.parts.clear();
    }
    if !is_amount(exact) {
        return Err(OutOfRange);
    }
    let bounded = bound(exact, term.limits.per_award, &mut award.reasons);
    award.amount = term.rounding.mode.round(bounded, decimals(term, part));
    Ok(award)
}

/// Decimals of what a term pays.
fn decimals(term: &Term, part: &PartInput<'_>) -> u32 {
    term.rounding.scale.unwrap_or(part.rule.currency.decimals())
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

fn rate_part(
    part: &PartInput<'_>,
    group: &Group,
    (begin, end): (Decimal, Decimal),
    reasons: &mut Vec<Reason>,
    speaks: bool,
) -> Exact<Rated> {
    let term = &part.rule.term;
    let mut rated = Rated::default();
    let mut say = |reason: Reason| {
        if speaks {
            reasons.push(reason);
        }
    };
    let table = table(term, group);
    let standing = stand(part, end)?;
    let piece = term.measure.as_ref().map(|measure| piece(measure, begin, end)).transpose()?;
    if let (Some(measure), Some((from, to))) = (&term.measure, piece) {
        rated.measured = sub(to, from)?;
        say_cut(measure, (begin, end), (from, to), &mut say)?;
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

/// The rows for a group: those that name the most of its values, and only they.
pub fn table<'t>(term: &'t Term, group: &Group) -> Vec<&'t Row> {
    let fitting: Vec<&Row> = term
        .rows
        .iter()
        .filter(|row| {
            row.dimensions.iter().all(|(name, value)| group.get(name) == Some(value.as_str()))
        })
        .collect();
    let most = fitting.iter().map(|row| row.dimensions.len()).max().unwrap_or(0);
    fitting.into_iter().filter(|row| row.dimensions.len() == most).collect()
}

fn number(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// What `after` and `up_to` leave of the running total from `begin` to `end`.
fn piece(measure: &Measure, begin: Decimal, end: Decimal) -> Exact<(Decimal, Decimal)> {
    let after = measure.after.and_then(|after| after.total).unwrap_or_default();
    let clamp = |position: Decimal| -> Exact<Decimal> {
        let position = match measure.up_to {
            Some(up_to) => position.min(up_to),
            None => position,
        };
        if after.is_zero() { Ok(position) } else { Ok(position.max(after)) }
    };
    Ok((clamp(begin)?, clamp(end)?))
}

fn say_cut(
    measure: &Measure,
    (begin, end): (Decimal, Decimal),
    (from, to): (Decimal, Decimal),
    say: &mut dyn FnMut(Reason),
) -> Exact<()> {
    let left_out = sub(sub(end, begin)?, sub(to, from)?)?;
    if left_out.is_zero() {
        return Ok(());
    }
    if measure.up_to.is_some_and(|up_to| up_to < end) {
        say(Reason::UpTo { left_out });
    } else {
        say(Reason::After { left_out });
    }
    Ok(())
}

fn stand(part: &PartInput<'_>, measured: Decimal) -> Exact<Result<Standing, Reason>> {
    let term = &part.rule.term;
    let looked = &part.looked;
    let view = term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view);
    let total = if term.qualifier.is_none() && term.measure.is_none() {
        measured
    } else {
        looked.qualifier
    };
    let plain = Standing {
        over: total,
        under: Decimal::ONE,
        zero: Decimal::ZERO,
        scale: Decimal::ONE,
        measure_base: None,
        shown_base: None,
    };
    match (&term.compare, view) {
        (_, View::Share(_)) => Ok(Ok(if looked.share_of > Decimal::ZERO {
            Standing { under: looked.share_of, scale: looked.share_of, ..plain }
        } else {
            Standing { over: Decimal::ZERO, ..plain }
        })),
        (Compare::Nothing, _) => Ok(Ok(plain)),
        (Compare::Target(Figure::Number(target)), _) => {
            let base = Some(*target);
            let plain = Standing { measure_base: base, shown_base: base, ..plain };
            Ok(Ok(match view {
                View::Attainment if target > &Decimal::ZERO => {
                    Standing { under: *target, scale: *target, ..plain }
                }
                View::Increase => Standing { over: sub(total, *target)?, zero: *target, ..plain },
                _ => plain,
            }))
        }
        (Compare::Target(Figure::Table(_)), _) => Ok(Err(Reason::NoBaseline)),
        (Compare::Baseline(_), _) => against_baseline(part, view, total, plain),
    }
}

/// The baseline of the qualifier's total and of the measure's.
enum Base {
    Found(Decimal, Decimal),
    Zero,
}

fn base_of(of: &BaselineOf, otherwise: bool, part: &PartInput<'_>) -> Base {
    let looked = &part.looked;
    let (qualifier, measure) = match (of, otherwise) {
        (BaselineOf::Figure(Figure::Number(number)), _) => (*number, *number),
        (BaselineOf::Figure(Figure::Table(_)), _) => return Base::Zero,
        (_, false) => (looked.baseline, looked.measure_baseline),
        (_, true) => (looked.baseline_else, looked.measure_baseline_else),
    };
    let measure = if part.rule.same_total { qualifier } else { measure };
    if qualifier > Decimal::ZERO { Base::Found(qualifier, measure) } else { Base::Zero }
}

fn against_baseline(
    part: &PartInput<'_>,
    view: &View,
    total: Decimal,
    plain: Standing,
) -> Exact<Result<Standing, Reason>> {
    let Compare::Baseline(baseline) = &part.rule.term.compare else { return Ok(Ok(plain)) };
    let found = match (base_of(&baseline.of, false, part), &baseline.when_zero) {
        (Base::Zero, WhenZero::Other(other)) => base_of(other, true, part),
        (found, _) => found,
    };
    let shown = match found {
        Base::Found(qualifier, _) => qualifier,
        Base::Zero => part.looked.baseline,
    };
    if let Some(minimum) = baseline.minimum
        && shown < minimum
    {
        return Ok(Err(Reason::BaselineMinimum { baseline: shown, minimum }));
    }
    let plain = Standing { shown_base: Some(shown), ..plain };
    let standing = match (found, &baseline.when_zero) {
        (Base::Found(base, measure), _) => {
            let plain = Standing { measure_base: Some(measure), ..plain };
            let over = sub(total, base)?;
            match view {
                View::Growth => Standing { over, under: base, zero: base, scale: base, ..plain },
                View::Increase => Standing { over, zero: base, ..plain },
                _ => plain,
            }
        }
        (Base::Zero, WhenZero::NoGrowth) => {
            let measure_base = Some(Decimal::MAX);
            Standing { over: Decimal::ZERO, zero: total, measure_base, ..plain }
        }
        (Base::Zero, WhenZero::FullGrowth) => Standing {
            over: Decimal::ONE,
            scale: total,
            measure_base: Some(Decimal::ZERO),
            ..plain
        },
        (Base::Zero, _) => return Ok(Err(Reason::NoBaseline)),
    };
    Ok(Ok(standing))
}

fn is_reached(opens: Opens, standing: &Standing) -> Exact<bool> {
    Ok(match opens {
        Opens::Always => true,
        Opens::From(threshold) => mul(threshold, standing.under)? <= standing.over,
        Opens::Above(threshold) => mul(threshold, standing.under)? < standing.over,
    })
}

fn highest_reached(table: &[&Row], standing: &Standing) -> Exact<Option<usize>> {
    for (at, row) in table.iter().enumerate().rev() {
        if is_reached(row.opens, standing)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn rate_of(value: RowValue) -> Decimal {
    match value {
        RowValue::Rate(value) | RowValue::PerUnit(value) => value,
        RowValue::Factor(factor) => factor - Decimal::ONE,
    }
}

/// What one row pays on the whole measure: for `all_units`, `excess` and `highest` that of the
/// highest row reached, for `stacked` and `sum_of_reached` every row reached.
fn one_row(
    part: &PartInput<'_>,
    (at, row): (usize, &Row),
    standing: &Standing,
    piece: Option<(Decimal, Decimal)>,
) -> Exact<Part> {
    let (mut from, mut to) = piece.unwrap_or_default();
    if part.rule.term.method == Method::Excess {
        let base = match (standing.measure_base, row.opens) {
            (Some(base), _) => base,
            (None, Opens::From(threshold) | Opens::Above(threshold)) => threshold,
            (None, Opens::Always) => Decimal::ZERO,
        };
        (from, to) = (from.max(base), to.max(base));
    }
    if let Some(up_to) = row.up_to {
        (from, to) = (from.min(up_to), to.min(up_to));
    }
    let measure = sub(to, from)?;
    let rated = match row.value {
        Some(value) => mul(rate_of(value), measure)?,
        None => Decimal::ZERO,
    };
    Ok(Part {
        version: part.version,
        tier: number(at),
        value: row.value,
        fixed: row.fixed,
        measure: row.value.map(|_| measure),
        amount: add(rated, row.fixed.unwrap_or_default())?,
    })
}

/// Each band's value on the slice of the measure that lies in the band.
fn marginal(
    part: &PartInput<'_>,
    table: &[&Row],
    standing: &Standing,
    piece: Option<(Decimal, Decimal)>,
) -> Exact<Vec<Part>> {
    let (from, to) = piece.unwrap_or_default();
    let axis = part.looked.qualifier;
    let spread = !part.rule.same_total;
    let mut rows = Vec::new();
    for (at, row) in table.iter().enumerate() {
        if !is_reached(row.opens, standing)? {
            break;
        }
        let opens = position(row.opens, standing)?;
        let ends = match table.get(at + 1) {
            Some(next) => position(next.opens, standing)?,
            None => None,
        };
        let within = |x: Decimal| {
            let x = opens.map_or(x, |opens| x.max(opens));
            ends.map_or(x, |ends| x.min(ends))
        };
        let slice = if spread {
            if axis <= Decimal::ZERO {
                if row.opens == Opens::Always { sub(to, from)? } else { Decimal::ZERO }
            } else {
                let part_of_axis = sub(within(axis), within(Decimal::ZERO))?;
                mul(sub(to, from)?, part_of_axis)?.checked_div(axis).ok_or(OutOfRange)?
            }
        } else {
            sub(within(to), within(from))?
        };
        let rated = match row.value {
            Some(value) => mul(rate_of(value), slice)?,
            None => Decimal::ZERO,
        };
        rows.push(Part {
            version: part.version,
            tier: number(at),
            value: row.value,
            fixed: row.fixed,
            measure: row.value.map(|_| slice),
            amount: add(rated, row.fixed.unwrap_or_default())?,
        });
    }
    Ok(rows)
}

/// Where a row opens on the axis of the qualifier's total; `None` for a row that always does.
fn position(opens: Opens, standing: &Standing) -> Exact<Option<Decimal>> {
    Ok(match opens {
        Opens::Always => None,
        Opens::From(threshold) | Opens::Above(threshold) => {
            Some(add(standing.zero, mul(threshold, standing.scale)?)?)
        }
    })
}

/// The tier above the one reached, what it lacks, and what reaching it would add.
fn next_tier(parts: &[PartInput<'_>], group: &Group, award: &Award) -> Option<NextTier> {
    let part = parts.iter().rfind(|part| part.facts != 0)?;
    let table = table(&part.rule.term, group);
    let at = award.tier.map_or(0, |tier| usize::try_from(tier).unwrap_or(0));
    let row = table.get(at)?;
    let running =
        parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.measure))?;
    let standing = stand(part, running).ok()?.ok()?;
    let (Opens::From(threshold) | Opens::Above(threshold)) = row.opens else { return None };
    let view = part.rule.term.qualifier.as_ref().map_or(&View::Total, |q| &q.view);
    let gap = if let View::Share(_) = view {
        // What is added counts above and below the line.
        let lacks = threshold.checked_mul(standing.under)?.checked_sub(standing.over)?;
        lacks.checked_div(Decimal::ONE.checked_sub(threshold)?)?
    } else {
        let at = standing.zero.checked_add(threshold.checked_mul(standing.scale)?)?;
        at.checked_sub(part.looked.qualifier)?
    };
    let worth = worth_of(parts, group, award, gap);
    let (tier, name) = (number(at), row.name.clone());
    Some(NextTier { tier, name, opens: row.opens, gap: Some(gap), worth })
}

fn worth_of(
    parts: &[PartInput<'_>],
    group: &Group,
    award: &Award,
    gap: Decimal,
) -> Option<Decimal> {
    let mut grown = parts.to_vec();
    let last = grown.iter().rposition(|part| part.facts != 0)?;
    let total = grown[last].looked.qualifier;
    let added = if grown[last].rule.same_total {
        gap
    } else if total > Decimal::ZERO {
        let measure = grown.iter().try_fold(Decimal::ZERO, |sum, p| sum.checked_add(p.measure))?;
        measure.checked_mul(gap)?.checked_div(total)?
    } else {
        Decimal::ZERO
    };
    for part in &mut grown {
        part.looked.qualifier = part.looked.qualifier.checked_add(gap)?;
        part.looked.share_of = part.looked.share_of.checked_add(gap)?;
    }
    grown[last].measure = grown[last].measure.checked_add(added)?;
    let reached = try_award(&grown, group).ok()?;
    let worth = reached.amount.checked_sub(award.amount)?;
    (worth > Decimal::ZERO).then_some(worth)
}

#[cfg(test)]
mod tests;
