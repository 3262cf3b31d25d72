//! Tiers: what a figure has reached, how long it holds, and what is set by hand.
//!
//! # Promises
//!
//! * Rising is immediate; falling is too without a period, else it waits for the assessment.
//! * What is set by hand hides nothing: what figures brought is kept beside it, and holds when it
//!   ends.
//! * What is true at a moment follows from what was recorded by then, whether or not somebody
//!   looked in between.

mod holds;
pub(crate) mod keys;
mod ranking;
pub(crate) mod read;
mod report;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(super) use holds::read_until;
pub use holds::{Floor, HeldUntil, Hold};
pub(super) use ranking::Unranked;

use super::book::Book;
use super::dates::{Recurring, Starts, later};
use super::ledger::Unit;
use super::lot::midnight;
use super::model::{Negative, PointCurrency};
use super::purse::Purse;
use crate::code::PartnerCode;
use crate::program::{Names, Program, Span};

/// Tiers of one kind, of which a partner has one at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct TierGroup {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// The point currency whose balance is the figure.
    pub by: Unit,
    /// What credits that currency where the figure is a total of facts.
    pub total: Option<Box<Program>>,
    /// Ascending.
    pub rows: Vec<TierRow>,
    /// `None`: a tier holds as long as its figure.
    pub period: Option<Recurring>,
    pub grace: Span,
    pub downgrade: Downgrade,
    /// The partner's attribute that carries the tier.
    pub sets: Option<String>,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierRow {
    pub tier: Arc<str>,
    pub name: Names,
    pub colour: Option<String>,
    pub from: Decimal,
    /// The threshold itself does not belong to it.
    pub is_above: bool,
    pub benefits: Vec<Unit>,
}

/// What an assessment may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downgrade {
    /// All that the figure does not hold.
    ByBalance,
    /// One row at most.
    OneDown,
    None,
}

/// Where a partner stands in a group. A tier is a position among its rows, nothing is below them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierStanding {
    /// What figures brought, whatever was set by hand.
    pub earned: Option<usize>,
    pub tier: Option<usize>,
    /// `None`: from the beginning.
    pub since: Option<Date>,
    /// The first day after the running period, or after the one that waits for its assessment.
    pub ends: Option<Date>,
    /// The tier that was set by hand, whichever way it holds.
    pub floor: Option<Floor>,
    /// What was set by hand of memberships that are part of this one.
    pub brought: BTreeMap<PartnerCode, Floor>,
    /// The tiers it had, the present one last. Nothing for who never moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<TierMove>,
}

/// A tier that a partner had from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierMove {
    /// By its code; `None`: none.
    pub tier: Option<Arc<str>>,
    /// `None`: from the beginning.
    pub since: Option<Date>,
    pub by: MovedBy,
}

/// What moved a partner to a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedBy {
    /// Nothing: it stood there first.
    Start,
    Rise,
    Fall,
    /// A floor lifted it.
    Floor,
    /// A floor ended that held it.
    FloorEnd,
    /// A ceiling lowered it.
    Ceiling,
    /// A ceiling ended that held it down.
    CeilingEnd,
    /// It became one with another membership.
    Merge,
    /// It is one of its own again.
    Part,
}

impl MovedBy {
    pub const ALL: [MovedBy; 9] = [
        MovedBy::Start,
        MovedBy::Rise,
        MovedBy::Fall,
        MovedBy::Floor,
        MovedBy::FloorEnd,
        MovedBy::Ceiling,
        MovedBy::CeilingEnd,
        MovedBy::Merge,
        MovedBy::Part,
    ];

    pub fn word(self) -> &'static str {
        match self {
            MovedBy::Start => "start",
            MovedBy::Rise => "rise",
            MovedBy::Fall => "fall",
            MovedBy::Floor => "floor",
            MovedBy::FloorEnd => "floor_end",
            MovedBy::Ceiling => "ceiling",
            MovedBy::CeilingEnd => "ceiling_end",
            MovedBy::Merge => "merge",
            MovedBy::Part => "part",
        }
    }
}

/// What an assessment left of a tier.
#[derive(Debug)]
pub(super) struct Assessed {
    partner: PartnerCode,
    group: Unit,
    before: Option<usize>,
    after: Option<usize>,
}

/// A partner moved to another tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierChange {
    pub partner: PartnerCode,
    pub group: Unit,
    /// `None`: it has none.
    pub tier: Option<Arc<str>>,
    pub at: DateTime,
}

/// Where a partner stands, by the code of its tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub partner: PartnerCode,
    pub group: Unit,
    pub tier: Option<Arc<str>>,
}

/// With what a name begins that nobody wrote: of the currency behind a total of facts.
const OWN: char = '~';

/// Whether a currency or a program is behind a tier group and shown to nobody.
pub fn is_hidden(code: &str) -> bool {
    code.starts_with(OWN)
}

/// The currency, program and term behind the total of a group.
pub(crate) fn hidden(group: &str) -> String {
    format!("{OWN}{group}")
}

impl TierGroup {
    /// The highest row that a figure reaches.
    pub fn reached(&self, figure: Decimal) -> Option<usize> {
        let reaches = |row: &TierRow| row.from < figure || (row.from == figure && !row.is_above);
        self.rows.iter().rposition(reaches)
    }

    pub(super) fn starts_anew(&self) -> bool {
        self.period.is_some_and(|period| period.from == Starts::Upgrade)
    }

    pub(super) fn checked_on(&self, ends: Date) -> Date {
        later(ends, self.grace)
    }
}

impl TierStanding {
    /// Stands in another tier from a day on.
    pub(super) fn moves_to(
        &mut self,
        group: &TierGroup,
        to: Option<usize>,
        (on, by): (Date, MovedBy),
    ) {
        let was = (self.tier, self.since);
        (self.tier, self.since) = (to, Some(on));
        self.remember(group, was, (on, by));
    }

    /// Remembers the tier it has now, if that is another one than it had before.
    pub(super) fn remember(
        &mut self,
        group: &TierGroup,
        was: (Option<usize>, Option<Date>),
        (on, by): (Date, MovedBy),
    ) {
        let code = |at: Option<usize>| at.and_then(|at| Some(group.rows.get(at)?.tier.clone()));
        if self.moves.is_empty() && was.0 != self.tier {
            self.moves.push(TierMove { tier: code(was.0), since: was.1, by: MovedBy::Start });
        }
        let tier = code(self.tier);
        if self.moves.last().is_some_and(|last| last.tier != tier) {
            self.moves.push(TierMove { tier, since: Some(on), by });
        }
    }
}

impl Book {
    /// Keeps where a partner stands now, and says in which tier that is.
    fn stand_at(
        &mut self,
        key: (PartnerCode, Unit),
        group: &TierGroup,
        mut standing: TierStanding,
    ) -> Option<usize> {
        let tier = standing.held_up();
        if standing.tier != tier {
            let by = standing.moved_by(self.tiers.get(&key), tier);
            standing.moves_to(group, tier, (self.now.date(), by));
            self.tier_is(&key.0, group, tier);
            for part in self.parts_of(&key.0) {
                self.tier_is(&part, group, tier);
            }
        }
        if self.tiers.get(&key) != Some(&standing) {
            self.tiers.insert(key, standing);
        }
        tier
    }

    /// Says that a partner is in another tier now.
    pub(super) fn tier_is(
        &mut self,
        partner: &PartnerCode,
        group: &TierGroup,
        tier: Option<usize>,
    ) {
        self.tier_changes.push(TierChange {
            partner: partner.clone(),
            group: group.code.clone(),
            tier: tier.map(|at| group.rows[at].tier.clone()),
            at: self.now,
        });
    }

    /// Ends what was set by hand and is over.
    pub(super) fn end_floors(&mut self, due: &BTreeSet<(PartnerCode, Unit)>, turn: DateTime) {
        for key in due {
            if let Some(standing) = self.tiers.get_mut(key) {
                standing.drop_floors(turn);
            }
        }
    }

    /// Assesses whose period and grace are over, before currencies start again; what that is for
    /// benefits comes after.
    pub(super) fn assess(
        &mut self,
        due: BTreeSet<(PartnerCode, Unit)>,
        turn: DateTime,
    ) -> Vec<Assessed> {
        let wallet = self.wallet.clone();
        let mut assessed = Vec::new();
        for key in due {
            let (Some(group), Some(standing)) =
                (wallet.tier_groups.get(&key.1), self.tiers.get(&key))
            else {
                continue;
            };
            let (Some(period), Some(ends)) = (group.period, standing.ends) else { continue };
            if turn < midnight(group.checked_on(ends)) {
                continue;
            }
            let mut standing = standing.clone();
            let says = group.reached(self.figure_of_period(&key.0, group, ends));
            let left = match group.downgrade {
                Downgrade::ByBalance => None,
                Downgrade::OneDown => standing.earned.and_then(|tier| tier.checked_sub(1)),
                Downgrade::None => standing.earned,
            };
            let runs = group.reached(self.figure(&key.0, group));
            standing.earned = says.max(left).max(runs);
            let joined = self.people.joined.get(&key.0).copied();
            standing.ends = match period.from {
                Starts::Upgrade => Some(later(turn.date(), period.every)),
                Starts::On(_) | Starts::Enrolment => period.next_after(ends, joined),
            };
            let before = standing.tier;
            let after = self.stand_at(key.clone(), group, standing);
            assessed.push(Assessed { partner: key.0, group: key.1, before, after });
        }
        assessed
    }

    /// Renews benefits of who kept a tier, and moves those of who did not.
    pub(super) fn after_assessment(&mut self, assessed: Vec<Assessed>) {
        let wallet = self.wallet.clone();
        for Assessed { partner, group, before, after } in assessed {
            match wallet.tier_groups.get(&group) {
                Some(group) if before == after => self.renew_benefits(&partner, group),
                Some(group) => self.move_benefits(&partner, group, before, after),
                None => {}
            }
        }
    }

    /// The balance by which a group goes.
    pub(super) fn figure(&self, partner: &PartnerCode, group: &TierGroup) -> Decimal {
        let purse = self.purses.get(&(partner.clone(), group.by.clone()));
        purse.map_or(Decimal::ZERO, Purse::balance)
    }

    /// What a period brought: the balance before the currency started again with its end.
    pub(super) fn figure_of_period(
        &self,
        partner: &PartnerCode,
        group: &TierGroup,
        ends: Date,
    ) -> Decimal {
        let purse = self.purses.get(&(partner.clone(), group.by.clone()));
        match purse {
            Some(purse) if purse.reset_on == Some(ends) => purse.before_reset,
            Some(purse) => purse.balance(),
            None => Decimal::ZERO,
        }
    }

    /// A partner stands at nothing before anything is known of it.
    pub(super) fn stand(&mut self, partner: &PartnerCode, group: &TierGroup) {
        let key = (partner.clone(), group.code.clone());
        if self.tiers.contains_key(&key) {
            return;
        }
        let (today, joined) = (self.now.date(), self.people.joined.get(partner).copied());
        let running = group.period.and_then(|period| {
            let begins = period.begins(today, joined)?;
            // In its grace the period before takes facts, too.
            let is_first = period.begins(begins.yesterday().ok()?, joined) == Some(begins);
            let waits = !is_first && today < group.checked_on(begins);
            if waits { Some(begins) } else { period.next_after(begins, joined) }
        });
        let lowest = group.reached(Decimal::ZERO);
        self.tiers.insert(
            key,
            TierStanding {
                earned: lowest,
                tier: lowest,
                since: joined.filter(|joined| *joined <= today),
                ends: running,
                floor: None,
                brought: BTreeMap::new(),
                moves: Vec::new(),
            },
        );
        if lowest.is_some() {
            self.move_benefits(partner, group, None, lowest);
        }
    }

    /// The first day of the reset period before the running one, while what was earned in it still
    /// belongs to it: its tiers are not assessed yet.
    pub(super) fn in_grace(&self, owner: &PartnerCode, unit: &Unit) -> Option<Date> {
        let reset = self.wallet.points.get(unit)?.reset?;
        let first = self.purses.get(&(owner.clone(), unit.clone()))?.reset_on?;
        let groups = self.wallet.tier_groups.values();
        let waits = |group: &TierGroup| {
            let standing = self.tiers.get(&(owner.clone(), group.code.clone()));
            standing.is_some_and(|standing| standing.ends == Some(first))
        };
        if self.now.date() < first || !groups.filter(|it| it.by == *unit).any(waits) {
            return None;
        }
        let joined = self.people.joined.get(owner).copied();
        reset.begins(first.yesterday().ok()?, joined).filter(|before| *before < first)
    }

    /// Something was credited: what belongs to a period that is over and not assessed yet is
    /// started again with it.
    pub(super) fn came_late(&mut self, owner: &PartnerCode, unit: &Unit) {
        let wallet = self.wallet.clone();
        if wallet.pools.contains_key(owner) {
            return;
        }
        for group in wallet.tier_groups.values().filter(|group| group.by == *unit) {
            self.stand(owner, group);
        }
        if let Some(since) = self.in_grace(owner, unit) {
            let key = (owner.clone(), unit.clone());
            self.on_purse(&key, |purse, postings| purse.reset_late(since, postings));
        }
    }

    /// So much of a credit was taken back that had ended by itself: if its period is not assessed
    /// yet, the period did not bring it.
    pub(super) fn went_late(&mut self, owner: &PartnerCode, unit: &Unit, of: &str, gone: Decimal) {
        let Some(since) = self.in_grace(owner, unit).filter(|_| !gone.is_zero()) else { return };
        if let Some(purse) = self.purses.get_mut(&(owner.clone(), unit.clone())) {
            purse.brought_less(of, since, gone);
        }
    }

    /// The currency with the limit that the tier of an owner gives.
    pub(super) fn as_of_tier<'c>(
        &self,
        currency: &'c PointCurrency,
        owner: &PartnerCode,
    ) -> Cow<'c, PointCurrency> {
        let Negative::ByTier { group, default, by_tier } = &currency.negative else {
            return Cow::Borrowed(currency);
        };
        let limit = self.tier_of(owner, group).and_then(|tier| by_tier.get(tier));
        let negative = Negative::UpTo(*limit.unwrap_or(default));
        Cow::Owned(PointCurrency { negative, ..currency.clone() })
    }

    /// The code of the tier that a partner has.
    pub(super) fn tier_of(&self, partner: &PartnerCode, group: &str) -> Option<&str> {
        let (code, group) = self.wallet.tier_groups.get_key_value(group)?;
        let tier = match self.tiers.get(&(partner.clone(), code.clone())) {
            Some(standing) => standing.tier,
            None => group.reached(Decimal::ZERO),
        };
        tier.map(|at| &*group.rows[at].tier)
    }

    /// Where a partner came to stand first, before anything moved it.
    pub fn first_standing(&self, partner: &PartnerCode, group: &Unit) -> Standing {
        let group_of = self.wallet.tier_groups.get(group);
        let lowest = group_of.and_then(|it| Some(it.rows[it.reached(Decimal::ZERO)?].tier.clone()));
        Standing { partner: partner.clone(), group: group.clone(), tier: lowest }
    }

    /// What changed since this was asked last, in order.
    pub fn take_tier_changes(&mut self) -> Vec<TierChange> {
        std::mem::take(&mut self.tier_changes)
    }
}

#[cfg(test)]
mod tests;
