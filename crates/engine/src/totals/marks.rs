//! Marks: which awards must be evaluated again, and which of their groups.

use std::collections::{BTreeMap, HashMap};

use domain::totals::{Cell, Sums};

use crate::db::Column;

/// Awards to evaluate again: those of one program, partner, term and period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stale {
    pub program_id: i64,
    pub partner_id: i64,
    pub term: i64,
    pub period_day: i64,
}

/// What of the awards of a mark must be evaluated again.
#[derive(Debug)]
pub(super) enum Touched {
    All,
    /// These groups, and no others: whoever marked them said so, and nobody else did.
    Groups(GroupsOf),
}

impl Touched {
    pub(super) fn new_cells(&self) -> usize {
        match self {
            Touched::All => 0,
            Touched::Groups(groups) => new_cells(groups),
        }
    }

    pub(super) fn also(&mut self, more: GroupsOf) {
        if let Touched::Groups(groups) = self {
            for (group, cells) in more {
                // What comes to cells that were new stands beside them in the table.
                let is_other = groups.contains_key(&group);
                groups.insert(group, cells.filter(|_| !is_other));
            }
            if groups.len() > GROUPS_TOUCHED_MAX {
                *self = Touched::All;
            }
        }
    }
}

/// Groups that a mark is about: of those of new facts all cells, since nothing else is kept of them
/// yet, neither awards nor what they brought.
pub type GroupsOf = BTreeMap<String, Option<Vec<(Cell, Sums)>>>;

/// How many cells of new facts these groups hold.
pub(super) fn new_cells(groups: &GroupsOf) -> usize {
    groups.values().flatten().map(Vec::len).sum()
}

/// The groups that marks are about, of those that are not about all.
pub type Groups = HashMap<Stale, GroupsOf>;

/// Beyond that the awards of a mark are evaluated all together.
const GROUPS_TOUCHED_MAX: usize = 1_000;

/// Keys of awards of which something may be kept: of each mark all its groups, from the first to the
/// last, or each of those that it is about. To be compared with `k.k1` to `k.k4`, and the group with
/// `k.k5` and `k.k6`.
pub(crate) fn award_keys(stale: &[Stale], groups: &Groups) -> Vec<Column> {
    const LAST: &str = "\u{10ffff}";
    let (mut all, mut from, mut to) = (Vec::with_capacity(stale.len()), Vec::new(), Vec::new());
    for of in stale {
        let mut span = |first: &str, last: &str| {
            all.push(*of);
            from.push(first.to_owned());
            to.push(last.to_owned());
        };
        match groups.get(of) {
            None => span("", LAST),
            Some(some) => {
                let kept = some.iter().filter(|(_, new)| new.is_none());
                kept.for_each(|(group, _)| span(group, group));
            }
        }
    }
    let mut keys = stale_columns(&all);
    keys.push(Column::Text(from));
    keys.push(Column::Text(to));
    keys
}

/// Whether a group is of a new fact, so that nothing is kept of it in any period.
pub(crate) fn is_new(groups: &Groups, of: &Stale, group: &str) -> bool {
    groups.get(of).and_then(|groups| groups.get(group)).is_some_and(Option::is_some)
}

pub(super) fn stale_columns(stale: &[Stale]) -> Vec<Column> {
    let int = |read: fn(&Stale) -> i64| Column::Int(stale.iter().map(read).collect());
    vec![
        int(|stale| stale.program_id),
        int(|stale| stale.partner_id),
        int(|stale| stale.term),
        int(|stale| stale.period_day),
    ]
}
