//! Limits over several awards, and splitting without losing a unit.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::award::{Award, Reason};
use crate::code::PartnerCode;
use crate::evaluate::rounding;
use crate::period::Period;
use crate::plan::{PlanVersion, Rule};
use crate::program::{Bounds, Members, Remainder};

/// A limit over all groups cuts them in proportion and gives out the remainder.
pub(super) fn bound_period(awards: &mut [Award], bounds: Bounds, rule: &Rule) {
    let total: Decimal = awards.iter().map(|award| award.amount).sum();
    for award in awards.iter_mut() {
        bound_worth(award, total, bounds);
    }
    let Some((bound, reason)) = bounded(total, bounds) else { return };
    give(awards, bound, rule, &reason);
}

/// What the next tier brings is no more than a limit over the sum leaves.
pub(super) fn bound_worth(award: &mut Award, total: Decimal, bounds: Bounds) {
    let Some(next) = &mut award.next else { return };
    let within = |sum| bounded(sum, bounds).map_or(sum, |(bound, _)| bound);
    next.worth = next
        .worth
        .and_then(|worth| within(total.checked_add(worth)?).checked_sub(within(total)))
        .filter(|worth| *worth > Decimal::ZERO);
}

/// What a limit makes of a sum, and why; `None` if it leaves it.
pub(super) fn bounded(total: Decimal, bounds: Bounds) -> Option<(Decimal, Reason)> {
    let size = total.abs();
    let (bound, reason) = match bounds {
        Bounds { at_most: Some(most), .. } if most < size => {
            (most, Reason::AtMostInPeriod { was: total, bound: most })
        }
        Bounds { at_least: Some(least), .. } if size < least && !total.is_zero() => {
            (least, Reason::AtLeastInPeriod { was: total, bound: least })
        }
        _ => return None,
    };
    Some((if total.is_sign_negative() { -bound } else { bound }, reason))
}

/// Gives an amount out over awards, in proportion to what they are.
pub(super) fn give(awards: &mut [Award], amount: Decimal, rule: &Rule, reason: &Reason) {
    let weights: Vec<Decimal> = awards.iter().map(|award| award.amount).collect();
    let (_, decimals) = rounding(rule);
    let shares = split(amount, &weights, decimals, rule.term.rounding.remainder);
    for (award, share) in awards.iter_mut().zip(shares) {
        award.amount = share;
        award.reasons.push(reason.clone());
    }
}

/// Splits an amount by weights, so that the parts add up to it. Each part is cut to the last decimal
/// away from the amount's sign, and what is left goes out in units of that decimal, to the largest
/// remainders first, or to the first parts.
///
/// Cut like this no remainder is below zero, whatever the signs of the weights, so the largest is
/// the part that is furthest from what is exact; and minus an amount splits into minus its parts.
pub fn split(
    amount: Decimal,
    weights: &[Decimal],
    decimals: u32,
    remainder: Remainder,
) -> Vec<Decimal> {
    let total = weights.iter().try_fold(Decimal::ZERO, |sum, weight| sum.checked_add(*weight));
    // Weights beyond the range of decimals share alike, as weights of nothing do.
    let total = total.unwrap_or_default();
    if weights.is_empty() {
        return Vec::new();
    }
    let even = total.is_zero();
    let exact: Vec<Decimal> = weights
        .iter()
        .map(|weight| {
            let (of, under) =
                if even { (Decimal::ONE, Decimal::from(weights.len())) } else { (*weight, total) };
            amount
                .checked_mul(of)
                .and_then(|product| product.checked_div(under))
                .unwrap_or_default()
        })
        .collect();
    let (cut, unit) = if amount.is_sign_negative() {
        (RoundingStrategy::ToPositiveInfinity, -Decimal::new(1, decimals))
    } else {
        (RoundingStrategy::ToNegativeInfinity, Decimal::new(1, decimals))
    };
    let mut parts: Vec<Decimal> =
        exact.iter().map(|part| part.round_dp_with_strategy(decimals, cut)).collect();
    let mut left = amount - parts.iter().copied().sum::<Decimal>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if remainder == Remainder::Largest {
        order.sort_by_key(|at| std::cmp::Reverse((exact[*at] - parts[*at]).abs()));
    }
    for at in order.iter().cycle().take(parts.len().saturating_mul(2)) {
        if left.abs() < unit.abs() {
            break;
        }
        parts[*at] += unit;
        left -= unit;
    }
    // What is smaller than the last decimal stays with the first in order.
    if let Some(first) = order.first()
        && !left.is_zero()
    {
        parts[*first] += left;
    }
    parts
}

/// Whether a partner is counted for others but not paid in a period.
pub(super) fn is_skipped(version: &PlanVersion, earner: &PartnerCode, period: &Period) -> bool {
    let Members::List(members) = &version.program.partners else { return false };
    let mut of = members
        .iter()
        .filter(|member| &member.partner == earner)
        .filter(|member| member.from.is_none_or(|from| from < period.end))
        .filter(|member| member.to.is_none_or(|to| period.start <= to))
        .peekable();
    of.peek().is_some() && of.all(|member| member.skip)
}
