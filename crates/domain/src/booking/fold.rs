//! Folding cells: what the details of a group come to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::amount::RoundingMode;
use crate::detail::{Piece, Spot};
use crate::evaluate::OutOfRange;
use crate::plan::Read;
use crate::program::{Each, EachReach, Total};
use crate::totals::{Cell, Sums};

/// What the cells of a reading come to.
pub(super) fn fold<'c>(
    read: &Read,
    cells: impl Iterator<Item = &'c (Cell, Sums)>,
) -> Result<Decimal, OutOfRange> {
    match &read.total {
        None => Ok(Decimal::ZERO),
        Some(Total::Sum(_) | Total::Count) => {
            let mut sum = Decimal::ZERO;
            for (_, sums) in cells {
                sum = sum.checked_add(sums.total).ok_or(OutOfRange)?;
            }
            Ok(sum)
        }
        Some(Total::CountDistinct(_)) => distinct(read, cells),
        Some(Total::Max(_)) => extreme(read, cells, true),
        Some(Total::Min(_)) => extreme(read, cells, false),
        Some(Total::Sets(parts)) => sets(read, parts.iter().map(|(_, size)| *size), cells),
    }
}

/// The cells with a piece each, added up by it.
fn pieces<'c, K: Ord>(
    read: &Read,
    cells: impl Iterator<Item = &'c (Cell, Sums)>,
    key: impl Fn(Piece<'c>) -> Option<K>,
) -> Result<BTreeMap<K, Sums>, OutOfRange> {
    let mut by: BTreeMap<K, Sums> = BTreeMap::new();
    for (cell, sums) in cells {
        let piece = cell.group.detail().and_then(|it| Piece::read(it, read.total.as_ref()));
        if let Some(key) = piece.and_then(&key) {
            let there = by.entry(key).or_default();
            *there = there.plus(*sums).ok_or(OutOfRange)?;
        }
    }
    Ok(by)
}

fn distinct<'c>(
    read: &Read,
    cells: impl Iterator<Item = &'c (Cell, Sums)>,
) -> Result<Decimal, OutOfRange> {
    let by = pieces(read, cells, |piece| match piece {
        Piece::Value(value) => Some((false, value)),
        Piece::Each(value) => Some((true, value)),
        Piece::Part(_) | Piece::Fact(_) => None,
    })?;
    let all = by
        .iter()
        .filter(|((each, _), _)| *each)
        .try_fold(Decimal::ZERO, |sum, (_, sums)| sum.checked_add(sums.total))
        .ok_or(OutOfRange)?;
    let mut count = Decimal::ZERO;
    for ((_, value), sums) in by.iter().filter(|((each, _), _)| !each) {
        let reaches = match &read.each {
            None => true,
            Some(Each { reach, .. }) => {
                let reached = by.get(&(true, *value)).map_or(Decimal::ZERO, |sums| sums.total);
                match reach {
                    EachReach::From(from) => *from <= reached,
                    EachReach::Share(share) => share.checked_mul(all).ok_or(OutOfRange)? <= reached,
                }
            }
        };
        if Decimal::ZERO < sums.total && reaches {
            count += Decimal::ONE;
        }
    }
    Ok(count)
}

/// The greatest or least of the facts, what was taken back from them deducted.
fn extreme<'c>(
    read: &Read,
    cells: impl Iterator<Item = &'c (Cell, Sums)>,
    greatest: bool,
) -> Result<Decimal, OutOfRange> {
    let by = pieces(read, cells, |piece| match piece {
        Piece::Fact(spot) => (!spot.takes_back()).then_some(Spot::place(&spot)),
        Piece::Value(_) | Piece::Each(_) | Piece::Part(_) => None,
    })?;
    let there = by.values().filter(|sums| 0 < sums.facts).map(|sums| sums.total);
    let found = if greatest { there.max() } else { there.min() };
    Ok(found.unwrap_or_default())
}

/// Complete sets: as many as the scarcest part makes, never less than none.
fn sets<'c>(
    read: &Read,
    sizes: impl Iterator<Item = Decimal>,
    cells: impl Iterator<Item = &'c (Cell, Sums)>,
) -> Result<Decimal, OutOfRange> {
    let by = pieces(read, cells, |piece| match piece {
        Piece::Part(nth) => Some(nth),
        Piece::Value(_) | Piece::Each(_) | Piece::Fact(_) => None,
    })?;
    let mut complete: Option<Decimal> = None;
    for (nth, size) in sizes.enumerate() {
        let there = by.get(&nth).map_or(Decimal::ZERO, |sums| sums.total);
        let made = there.checked_div(size).ok_or(OutOfRange)?;
        let made = RoundingMode::Down.round(made, 0).max(Decimal::ZERO);
        complete = Some(complete.map_or(made, |complete| complete.min(made)));
    }
    Ok(complete.unwrap_or_default())
}
