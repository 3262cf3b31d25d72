//! What the next tier lacks, and what reaching it would add.

use rust_decimal::Decimal;

use super::standing::stand;
use super::{AwardInput, number, table_on, try_award};
use crate::award::{Award, NextTier};
use crate::program::{Opens, View};
use crate::totals::Group;

/// The tier above the one reached, what it lacks, and what reaching it would add.
pub(super) fn next_tier(input: &AwardInput<'_>, group: &Group, award: &Award) -> Option<NextTier> {
    // Where facts are rated one by one, or segments stand by themselves, there is no one tier.
    let [parts] = input.segments.as_slice() else { return None };
    if parts.iter().any(|part| part.axis.is_some() || part.unmet.is_some()) {
        return None;
    }
    let part = parts.iter().rfind(|part| part.facts != 0)?;
    let table = table_on(&part.term, group, part.day);
    let at = award.tier.map_or(0, |tier| usize::try_from(tier).unwrap_or(0));
    let row = table.get(at)?;
    let running =
        parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.measure))?;
    let standing = stand(part, running).ok()?.ok()?;
    let (Opens::From(threshold) | Opens::Above(threshold)) = row.opens else { return None };
    let view = part.term.qualifier.as_ref().map_or(&View::Total, |q| &q.view);
    let gap = if let View::Share(_) = view {
        // What is added counts above and below the line.
        let lacks = threshold.checked_mul(standing.under)?.checked_sub(standing.over)?;
        lacks.checked_div(Decimal::ONE.checked_sub(threshold)?)?
    } else {
        let at = standing.zero.checked_add(threshold.checked_mul(standing.scale)?)?;
        at.checked_sub(part.looked.qualifier)?
    };
    let worth = worth_of(input, group, award, gap);
    let (tier, name) = (number(at), row.name.clone());
    Some(NextTier { tier, name, opens: row.opens, gap: Some(gap), worth })
}

fn worth_of(input: &AwardInput<'_>, group: &Group, award: &Award, gap: Decimal) -> Option<Decimal> {
    let mut input = input.clone();
    let grown = input.segments.first_mut()?;
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
    for part in grown.iter_mut() {
        part.looked.qualifier = part.looked.qualifier.checked_add(gap)?;
        part.looked.share_of = part.looked.share_of.checked_add(gap)?;
    }
    grown[last].measure = grown[last].measure.checked_add(added)?;
    if let Some(left) = &mut grown[last].left {
        *left = left.checked_add(added)?;
    }
    let reached = try_award(&input, group).ok()?;
    let worth = reached.amount.checked_sub(award.amount)?;
    (worth > Decimal::ZERO).then_some(worth)
}
