//! What rows pay on the measure.

use rust_decimal::Decimal;

use super::standing::{Standing, is_reached, position};
use super::{Exact, PartInput, add, div, mul, number, sub};
use crate::award::Part;
use crate::program::{Method, Opens, Row, RowValue};

/// The piece of the measure that a part covers, from a position on its running total to another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    pub(super) from: Decimal,
    pub(super) to: Decimal,
}

impl Piece {
    pub(super) fn size(&self) -> Exact<Decimal> {
        sub(self.to, self.from)
    }
}

fn rate_of(value: RowValue) -> Decimal {
    match value {
        RowValue::Rate(value) | RowValue::PerUnit(value) => value,
        RowValue::Factor(factor) => factor - Decimal::ONE,
    }
}

/// What one row pays on the whole measure: for `all_units`, `excess` and `highest` that of the
/// highest row reached, for `stacked` and `sum_of_reached` every row reached.
pub(super) fn one_row(
    part: &PartInput<'_>,
    (at, row): (usize, &Row),
    standing: &Standing,
    piece: Option<Piece>,
) -> Exact<Part> {
    let Piece { mut from, mut to } = piece.unwrap_or_default();
    if part.term.method == Method::Excess {
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
        guarantee: None,
        amount: add(rated, row.fixed.unwrap_or_default())?,
    })
}

/// Each band's value on the slice of the measure that lies in the band.
pub(super) fn marginal(
    part: &PartInput<'_>,
    table: &[&Row],
    standing: &Standing,
    piece: Option<Piece>,
) -> Exact<Vec<Part>> {
    let Piece { from, to } = piece.unwrap_or_default();
    let (axis_from, axis_to) = part.axis.unwrap_or((Decimal::ZERO, part.looked.qualifier));
    let axis = sub(axis_to, axis_from)?;
    let covers = if part.axis.is_some() { part.rule.same_axis } else { part.rule.same_total };
    // What is not the qualifier's own total has no place on its axis.
    let spread = !covers || part.left.is_some() || !part.notes.net_of.is_zero();
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
            if axis.is_zero() || (part.axis.is_none() && axis < Decimal::ZERO) {
                if row.opens == Opens::Always { sub(to, from)? } else { Decimal::ZERO }
            } else {
                let part_of_axis = sub(within(axis_to), within(axis_from))?;
                div(mul(sub(to, from)?, part_of_axis)?, axis)?
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
            guarantee: None,
            amount: add(rated, row.fixed.unwrap_or_default())?,
        });
    }
    Ok(rows)
}

/// What lies on the line between two points: rows are points, and their values run straight from
/// one to the next; after the last it stays.
pub(super) fn interpolated(
    part: &PartInput<'_>,
    table: &[&Row],
    reached: usize,
    standing: &Standing,
    piece: Option<Piece>,
) -> Exact<Part> {
    let row = table[reached];
    let place = |opens: Opens| match opens {
        Opens::Always => Decimal::ZERO,
        Opens::From(threshold) | Opens::Above(threshold) => threshold,
    };
    // How far along: `over / under`, from 0 at this point to 1 at the next.
    let (over, under) = match table.get(reached + 1) {
        None => (Decimal::ZERO, Decimal::ONE),
        Some(next) => {
            let (from, to) = (place(row.opens), place(next.opens));
            (
                sub(standing.over, mul(from, standing.under)?)?.max(Decimal::ZERO),
                mul(sub(to, from)?, standing.under)?,
            )
        }
    };
    let between = |here: Decimal, there: Decimal, of: Decimal| -> Exact<Decimal> {
        let steps = mul(mul(sub(there, here)?, over)?, of)?;
        add(mul(here, of)?, div(steps, under)?)
    };
    let next = table.get(reached + 1).copied().unwrap_or(row);
    let measure = piece.unwrap_or_default().size()?;
    let fixed = row
        .fixed
        .map(|fixed| between(fixed, next.fixed.unwrap_or(fixed), Decimal::ONE))
        .transpose()?;
    let there = next.value.or(row.value).map_or(Decimal::ZERO, rate_of);
    let rated = match row.value {
        Some(value) => between(rate_of(value), there, measure)?,
        None => Decimal::ZERO,
    };
    let value = match row.value {
        Some(RowValue::Rate(rate)) => Some(RowValue::Rate(between(rate, there, Decimal::ONE)?)),
        Some(RowValue::PerUnit(each)) => {
            Some(RowValue::PerUnit(between(each, there, Decimal::ONE)?))
        }
        Some(RowValue::Factor(_)) => {
            let less_one = between(
                rate_of(row.value.unwrap_or(RowValue::Factor(Decimal::ONE))),
                there,
                Decimal::ONE,
            )?;
            Some(RowValue::Factor(add(less_one, Decimal::ONE)?))
        }
        None => None,
    };
    Ok(Part {
        version: part.version,
        tier: number(reached),
        value,
        fixed,
        measure: row.value.map(|_| measure),
        guarantee: None,
        amount: add(rated, fixed.unwrap_or_default())?,
    })
}
