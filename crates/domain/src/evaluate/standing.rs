//! Where a qualifier stands against its baseline or target, and which rows it reaches.

use rust_decimal::Decimal;

use super::{Exact, PartInput, add, mul, sub};
use crate::award::Reason;
use crate::program::{BaselineOf, Compare, Opens, Row, View, WhenZero};

/// The qualifier, ready to be compared: `over / under`, with `under` above zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    pub(super) over: Decimal,
    pub(super) under: Decimal,
    /// Where a threshold lies on the axis of the qualifier's total: `zero + t * scale`.
    pub(super) zero: Decimal,
    pub(super) scale: Decimal,
    /// Of the measure, for `excess`.
    pub(super) measure_base: Option<Decimal>,
    /// As people are shown it.
    pub(super) shown_base: Option<Decimal>,
}

pub(super) fn stand(part: &PartInput<'_>, measured: Decimal) -> Exact<Result<Standing, Reason>> {
    let term = &*part.term;
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
        (Compare::Target(_), _) => {
            let Some(target) = looked.target else { return Ok(Err(Reason::NoTarget)) };
            let base = Some(target);
            let plain = Standing { measure_base: base, shown_base: base, ..plain };
            Ok(Ok(match view {
                View::Attainment if target > Decimal::ZERO => {
                    Standing { under: target, scale: target, ..plain }
                }
                // There is nothing to attain.
                View::Attainment => return Ok(Err(Reason::NoTarget)),
                View::Increase => Standing { over: sub(total, target)?, zero: target, ..plain },
                _ => plain,
            }))
        }
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
        (BaselineOf::Figure(_), otherwise) => {
            let figure = if otherwise { looked.fixed_baseline_else } else { looked.fixed_baseline };
            let Some(figure) = figure else { return Base::Zero };
            (figure, figure)
        }
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
    let Compare::Baseline(baseline) = &part.term.compare else { return Ok(Ok(plain)) };
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
        // Nothing lies above what was reached. What is no growth is compared as it is.
        (Base::Zero, WhenZero::NoGrowth) => {
            let plain = Standing { measure_base: Some(Decimal::MAX), ..plain };
            match view {
                View::Growth | View::Increase => {
                    Standing { over: Decimal::ZERO, zero: total, ..plain }
                }
                _ => plain,
            }
        }
        // Everything lies above nothing, and is 100 % of it.
        (Base::Zero, WhenZero::FullGrowth) => {
            let plain = Standing { measure_base: Some(Decimal::ZERO), ..plain };
            match view {
                View::Growth => Standing { over: Decimal::ONE, scale: total, ..plain },
                _ => plain,
            }
        }
        (Base::Zero, _) => return Ok(Err(Reason::NoBaseline)),
    };
    Ok(Ok(standing))
}

pub(super) fn is_reached(opens: Opens, standing: &Standing) -> Exact<bool> {
    Ok(match opens {
        Opens::Always => true,
        Opens::From(threshold) => mul(threshold, standing.under)? <= standing.over,
        Opens::Above(threshold) => mul(threshold, standing.under)? < standing.over,
    })
}

pub(super) fn highest_reached(table: &[&Row], standing: &Standing) -> Exact<Option<usize>> {
    for (at, row) in table.iter().enumerate().rev() {
        if is_reached(row.opens, standing)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Where a row opens on the axis of the qualifier's total; `None` for a row that always does.
pub(super) fn position(opens: Opens, standing: &Standing) -> Exact<Option<Decimal>> {
    Ok(match opens {
        Opens::Always => None,
        Opens::From(threshold) | Opens::Above(threshold) => {
            Some(add(standing.zero, mul(threshold, standing.scale)?)?)
        }
    })
}
