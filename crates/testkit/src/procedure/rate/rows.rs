//! What the rows of a term's table pay for where somebody stands, and what `after` and `up_to` leave.

use std::collections::BTreeMap;

use domain::program::{
    Baseline, BaselineOf, Method, Opens, PackageCount, Row, RowValue, Term, View, WhenZero,
};
use rust_decimal::Decimal;

use super::super::{Asked, Found, Part, TermAt};
use super::{ONE, One, Paid, Rated, Stand, Step, ZERO, same_axis, same_total};

/// What `after` and `up_to` leave of each fact, where they act fact by fact.
pub(super) fn cut(term: &Term, ones: &mut [One]) {
    let Some(measure) = &term.measure else { return };
    let grouped = term.group_by.fact || !term.group_by.names.is_empty();
    let by_facts = measure.after.and_then(|after| after.facts);
    let bounded = measure.after.is_some() || measure.up_to.is_some();
    if by_facts.is_none() && !(grouped && bounded) {
        return;
    }
    let total = measure.after.and_then(|after| after.total);
    let after = match by_facts {
        None => Some(total.unwrap_or_default()),
        Some(first) => {
            let (mut running, mut count, mut position) = (ZERO, 0, None);
            for one in ones.iter() {
                if count == first && position.is_none() {
                    position = Some(running);
                }
                running += one.net;
                count += u32::from(!one.takes_back);
            }
            if count >= first && position.is_none() {
                position = Some(running);
            }
            match (total, position) {
                (Some(total), Some(position)) => Some(total.min(position)),
                (total, position) => position.or(total),
            }
        }
    };
    let mut running = ZERO;
    for one in ones {
        let begin = running;
        running += one.net;
        let Some(after) = after else {
            one.left = Some(ZERO);
            continue;
        };
        let clamp = |position: Decimal| {
            let position = measure.up_to.map_or(position, |up_to| position.min(up_to));
            if measure.after.is_some() { position.max(after) } else { position }
        };
        one.left = Some(clamp(running) - clamp(begin));
    }
}

/// The piece of the measure that a step covers.
pub(super) fn piece(
    part: &Part<'_>,
    step: &Step,
    begin: (Decimal, Decimal),
    end: (Decimal, Decimal),
) -> Option<(Decimal, Decimal)> {
    let measure = part.term.measure.as_ref()?;
    let after = measure.after.and_then(|after| after.total).unwrap_or_default();
    let clamp = |position: Decimal| {
        let position = measure.up_to.map_or(position, |up_to| position.min(up_to));
        if after.is_zero() { position } else { position.max(after) }
    };
    let (from, to) = match (step.left, step.axis) {
        (Some(_), _) => (begin.1, end.1),
        (None, Some((from, to))) if same_axis(part.program, part.term) && !step.netted => {
            (clamp(from), clamp(to))
        }
        (None, _) => (clamp(begin.0), clamp(end.0)),
    };
    let Some(size) = measure.packages_of else { return Some((from, to)) };
    let origin = if step.left.is_some() { ZERO } else { clamp(ZERO) };
    let count = |position: Decimal| {
        let exact = (position - origin) / size;
        let full = exact.trunc();
        match measure.count {
            PackageCount::Full => full,
            PackageCount::Started if exact == full => full,
            PackageCount::Started if exact < ZERO => full - ONE,
            PackageCount::Started => full + ONE,
        }
    };
    Some((count(from), count(to)))
}

pub(super) fn against(
    baseline: &Baseline,
    view: &View,
    total: Decimal,
    plain: Stand,
    bases: &dyn Fn(&BaselineOf) -> (Decimal, Decimal),
) -> Option<Stand> {
    let first = bases(&baseline.of);
    let mut found = first;
    if found.0 <= ZERO
        && let WhenZero::Other(other) = &baseline.when_zero
    {
        found = bases(other);
    }
    let shown = if found.0 > ZERO { found.0 } else { first.0 };
    if baseline.minimum.is_some_and(|minimum| shown < minimum) {
        return None;
    }
    if found.0 > ZERO {
        let (base, measure) = found;
        let plain = Stand { measure_base: Some(measure), ..plain };
        return Some(match view {
            View::Growth => {
                Stand { over: total - base, under: base, zero: base, scale: base, ..plain }
            }
            View::Increase => Stand { over: total - base, zero: base, ..plain },
            _ => plain,
        });
    }
    // Nothing lies above what was reached, or everything lies above nothing. What is no growth is
    // compared as it is.
    match (&baseline.when_zero, view) {
        (WhenZero::NoGrowth, View::Growth | View::Increase) => {
            Some(Stand { over: ZERO, zero: total, measure_base: Some(Decimal::MAX), ..plain })
        }
        (WhenZero::NoGrowth, _) => Some(Stand { measure_base: Some(Decimal::MAX), ..plain }),
        (WhenZero::FullGrowth, View::Growth) => {
            Some(Stand { over: ONE, scale: total, measure_base: Some(ZERO), ..plain })
        }
        (WhenZero::FullGrowth, _) => Some(Stand { measure_base: Some(ZERO), ..plain }),
        _ => None,
    }
}

/// The rows of a group's table on a day.
pub(super) fn table<'t>(part: &Part<'t>, group: &[(String, String)]) -> Vec<&'t Row> {
    let day = part.from;
    let fits = |row: &&Row| {
        let there = row.starts.is_none_or(|starts| starts <= day)
            && row.ends.is_none_or(|ends| day <= ends);
        let named = |(name, value): (&String, &String)| {
            group.iter().any(|(own, of)| own == name && of == value)
        };
        there && row.dimensions.iter().all(named)
    };
    let mut rows: Vec<&Row> = part.term.rows.iter().filter(fits).collect();
    let most = rows.iter().map(|row| row.dimensions.len()).max().unwrap_or(0);
    rows.retain(|row| row.dimensions.len() == most);
    rows
}

pub(super) fn value_of(row: &Row) -> Decimal {
    match row.value {
        Some(RowValue::Rate(value) | RowValue::PerUnit(value)) => value,
        Some(RowValue::Factor(factor)) => factor - ONE,
        None => ZERO,
    }
}

pub(super) fn lies(opens: Opens, stand: &Stand) -> Option<Decimal> {
    match opens {
        Opens::Always => None,
        Opens::From(t) | Opens::Above(t) => Some(stand.zero + t * stand.scale),
    }
}

/// The tier reached, and what its rows pay.
pub(super) fn rows(
    part: &Part<'_>,
    group: &[(String, String)],
    step: &Step,
    stand: &Stand,
    piece: Option<(Decimal, Decimal)>,
) -> (Option<u32>, Vec<Paid>) {
    let term = part.term;
    if !step.met {
        return (None, Vec::new());
    }
    let table = table(part, group);
    let is_reached = |row: &Row| match row.opens {
        Opens::Always => true,
        Opens::From(threshold) => threshold * stand.under <= stand.over,
        Opens::Above(threshold) => threshold * stand.under < stand.over,
    };
    let Some(highest) = table.iter().rposition(|row| is_reached(row)) else {
        return (None, Vec::new());
    };
    let tier = Some(u32::try_from(highest + 1).expect("few rows"));
    let size = piece.map_or(ZERO, |(from, to)| to - from);
    let skips = term.measure.as_ref().is_some_and(|measure| measure.after.is_some());
    if skips && size.is_zero() {
        return (tier, Vec::new());
    }
    let paid = |at: usize, measure: Decimal, rated: Decimal, fixed: Option<Decimal>| Paid {
        version: part.program.version,
        tier: u32::try_from(at + 1).expect("few rows"),
        value: table[at].value,
        measure: table[at].value.map(|_| measure),
        rated,
        fixed,
    };
    let one = |at: usize| {
        let row = table[at];
        let (mut from, mut to) = piece.unwrap_or_default();
        if term.method == Method::Excess {
            let threshold = match row.opens {
                Opens::Always => ZERO,
                Opens::From(threshold) | Opens::Above(threshold) => threshold,
            };
            let base = stand.measure_base.unwrap_or(threshold);
            (from, to) = (from.max(base), to.max(base));
        }
        if let Some(up_to) = row.up_to {
            (from, to) = (from.min(up_to), to.min(up_to));
        }
        paid(at, to - from, value_of(row) * (to - from), row.fixed)
    };
    let rows = match term.method {
        Method::AllUnits | Method::Excess | Method::Highest => vec![one(highest)],
        Method::Stacked | Method::SumOfReached => (0..=highest).map(one).collect(),
        Method::Interpolated => vec![{
            let (measure, rated, fixed) = between(&table, highest, stand, size);
            paid(highest, measure, rated, fixed)
        }],
        Method::Marginal => (0..=highest)
            .map(|at| {
                let slice = slice(part, &table, at, step, stand, piece.unwrap_or_default());
                paid(at, slice, value_of(table[at]) * slice, table[at].fixed)
            })
            .collect(),
    };
    (tier, rows)
}

pub(super) fn slice(
    part: &Part<'_>,
    table: &[&Row],
    at: usize,
    step: &Step,
    stand: &Stand,
    (from, to): (Decimal, Decimal),
) -> Decimal {
    let opens = lies(table[at].opens, stand);
    let ends = table.get(at + 1).and_then(|row| lies(row.opens, stand));
    let within = |x: Decimal| {
        let x = opens.map_or(x, |opens| x.max(opens));
        ends.map_or(x, |ends| x.min(ends))
    };
    let covers = match step.axis {
        Some(_) => same_axis(part.program, part.term),
        None => same_total(part.program, part.term),
    };
    if covers && step.left.is_none() && !step.netted {
        return within(to) - within(from);
    }
    let (axis_from, axis_to) = step.axis.unwrap_or((ZERO, step.qualifier));
    let axis = axis_to - axis_from;
    if axis.is_zero() || (step.axis.is_none() && axis < ZERO) {
        return if table[at].opens == Opens::Always { to - from } else { ZERO };
    }
    (to - from) * (within(axis_to) - within(axis_from)) / axis
}

/// What lies on the line between two points: measured, rated, fixed.
pub(super) fn between(
    table: &[&Row],
    at: usize,
    stand: &Stand,
    size: Decimal,
) -> (Decimal, Decimal, Option<Decimal>) {
    let row = table[at];
    let place = |row: &Row| match row.opens {
        Opens::Always => ZERO,
        Opens::From(threshold) | Opens::Above(threshold) => threshold,
    };
    let next = table.get(at + 1);
    let along = |here: Decimal, there: Decimal, of: Decimal| match next {
        None => here * of,
        Some(next) => {
            let beyond = (stand.over - place(row) * stand.under).max(ZERO);
            let span = (place(next) - place(row)) * stand.under;
            here * of + (there - here) * beyond * of / span
        }
    };
    let fixed = row.fixed.map(|fixed| {
        let there = next.and_then(|next| next.fixed).unwrap_or(fixed);
        along(fixed, there, ONE)
    });
    let there =
        next.filter(|next| next.value.is_some()).map_or(value_of(row), |next| value_of(next));
    let rated = if row.value.is_some() { along(value_of(row), there, size) } else { ZERO };
    (size, rated, fixed)
}

/// Whether some row used pays anything.
pub(super) fn pays(all: &[Paid]) -> bool {
    let mut rows: BTreeMap<(u32, u32), (Decimal, Option<Decimal>, bool)> = BTreeMap::new();
    let mut lump = false;
    for row in all {
        let worth = row.value.is_some_and(|value| !value.is_nothing());
        if let Some(fixed) = row.fixed {
            let nothing = row.measure == Some(ZERO) && (row.rated + fixed).is_zero();
            lump |= !nothing && (worth || !fixed.is_zero());
        } else {
            let there = rows.entry((row.version, row.tier)).or_insert((ZERO, None, worth));
            there.0 += row.rated;
            there.1 = match (there.1, row.measure) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
    }
    lump || rows
        .values()
        .any(|(amount, measure, worth)| *worth && !(amount.is_zero() && *measure == Some(ZERO)))
}

/// Whether a term reached a tier that pays, in this period or the one around it.
pub(super) fn reached(
    found: &Found,
    of: TermAt,
    asked: &Asked<'_>,
    group: &[(String, String)],
    tier: u32,
) -> bool {
    let Some(awards) = found.by.get(&of) else { return false };
    let around = awards.iter().find(|((earner, _), (period, _))| {
        earner == asked.earner
            && period.start <= asked.period.start
            && asked.period.end <= period.end
    });
    let Some((_, (_, rated))) = around else { return false };
    let same: Vec<&Rated> = rated.iter().filter(|award| award.group == group).collect();
    let looked = if same.is_empty() { rated.iter().collect() } else { same };
    looked.iter().any(|award| award.pays && award.tier.is_some_and(|reached| tier <= reached))
}
