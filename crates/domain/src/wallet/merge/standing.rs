//! Tiers, benefits and activity of memberships that become one, and two again.
//!
//! # Promises
//!
//! * The higher tier stays, with the days it had, and counts what both bring from then on. Floors of
//!   both hold.
//! * A benefit that both have is one. Becoming one gives nothing twice, and parting gives nothing.
//! * Parted, each stands where it stood, or where what is its own has brought it since; what would
//!   have been assessed meanwhile is assessed with that.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::code::PartnerCode;
use crate::wallet::as_list;
use crate::wallet::book::Book;
use crate::wallet::dates::{Starts, later};
use crate::wallet::ledger::Unit;
use crate::wallet::lot::{Ends, Lot, Place, midnight};
use crate::wallet::purse::Purse;
use crate::wallet::tiers::{Downgrade, MovedBy, TierGroup, TierStanding};
use crate::wallet::{Expiry, HeldBenefit};

/// Where memberships stood before they were one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::wallet) struct Memberships {
    /// By whom they are part of, and in the order in which they became that.
    parts: Vec<Part>,
}

/// A membership that is part of another one now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::wallet) struct Part {
    /// Of those that became parts of the same membership, in order.
    nth: u32,
    partner: PartnerCode,
    into: PartnerCode,
    own: Stood,
    /// Where the survivor stood before.
    survivor: Stood,
    /// Its last activity, and what joining another one made of that of the survivor.
    activity: Activity,
    /// What was started again at zero, by unit.
    resets: BTreeMap<Unit, Resets>,
}

/// Where somebody stood, and what came with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Stood {
    /// By tier group.
    tiers: BTreeMap<Unit, TierStanding>,
    /// By tier group and benefit.
    #[serde(with = "as_list")]
    benefits: Benefits,
}

type Benefits = BTreeMap<(Unit, Unit), HeldBenefit>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Activity {
    of_survivor: Option<Date>,
    of_both: Option<Date>,
}

/// What balances were before they started again, as it was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Resets {
    on: Option<Date>,
    before: Decimal,
    before_last: Decimal,
}

impl Memberships {
    /// Lays in where a membership stood.
    pub(in crate::wallet) fn put(&mut self, part: Part) {
        self.parts.push(part);
        self.parts.sort_by(|one, other| (&one.into, one.nth).cmp(&(&other.into, other.nth)));
    }

    pub(in crate::wallet) fn all(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter()
    }

    fn next(&self, into: &PartnerCode) -> u32 {
        let own = self.parts.iter().filter(|part| part.into == *into);
        1 + own.map(|part| part.nth).max().unwrap_or(0)
    }
}

impl Part {
    pub(in crate::wallet) fn partner(&self) -> &PartnerCode {
        &self.partner
    }

    pub(in crate::wallet) fn into(&self) -> &PartnerCode {
        &self.into
    }
}

impl Book {
    /// Whoever is part of a membership now, however indirectly.
    pub(in crate::wallet) fn parts_of(&self, survivor: &PartnerCode) -> Vec<PartnerCode> {
        let all = self.merges.keys();
        all.filter(|partner| self.survivor(partner) == survivor).cloned().collect()
    }

    /// Keeps where two stand, and lets the survivor stand for both. Lots are moved already.
    pub(super) fn join_standing(&mut self, partner: &PartnerCode, into: &PartnerCode) {
        let wallet = self.wallet.clone();
        for group in wallet.tier_groups.values() {
            if self.tiers.contains_key(&(partner.clone(), group.code.clone())) {
                self.stand(into, group);
            }
        }
        let (own, survivor) = (self.stood(partner), self.stood(into));
        for (code, brought) in &own.tiers {
            let Some((group, before)) = wallet.tier_groups.get(code).zip(survivor.tiers.get(code))
            else {
                continue;
            };
            self.tiers.remove(&(partner.clone(), code.clone()));
            self.take_benefits(partner, group);
            let mut benefits = self.take_benefits(into, group);
            join_benefits(&mut benefits, of_group(&own.benefits, group));
            let mut standing = both(group, before.clone(), partner, brought);
            let was = (before.tier, before.since);
            standing.remember(group, was, (self.now.date(), MovedBy::Merge));
            let were = (before.tier, brought.tier);
            self.stand_as(into, group, were, (standing, MovedBy::Merge), benefits);
        }
        let (resets, activity) =
            (self.join_resets(partner, into), self.join_activity(partner, into));
        let (partner, into) = (partner.clone(), into.clone());
        let nth = self.memberships.next(&into);
        let part = Part { nth, partner, into, own, survivor, activity, resets };
        self.memberships.put(part);
    }

    /// Lets two stand for themselves again. Lots are parted already.
    pub(super) fn part_standing(&mut self, partner: &PartnerCode, into: &PartnerCode) {
        let of = |part: &Part| part.partner == *partner;
        let Some(at) = self.memberships.parts.iter().position(of) else { return };
        let mut parts = std::mem::take(&mut self.memberships.parts);
        let part = parts.remove(at);
        self.part_resets(&part);
        self.part_activity(&part);
        let wallet = self.wallet.clone();
        for group in wallet.tier_groups.values() {
            let Some(now) = self.tiers.remove(&(into.clone(), group.code.clone())) else {
                continue;
            };
            let of_both = self.take_benefits(into, group);
            let later = parts[at..].iter_mut().filter(|later| later.into == *into);
            let (standing, mut benefits) = without(group, &part, later);
            let brought = of_group(&part.own.benefits, group);
            for (of, held) in of_both {
                // What the survivor was given meanwhile it was given.
                if let Some(own) = benefits.get_mut(&of) {
                    own.given = own.given.max(held.given);
                } else if !brought.contains_key(&of) || held.given.is_some() {
                    benefits.insert(of, held);
                }
            }
            let was = now.tier;
            let own = part.own.tiers.get(&group.code);
            if let Some(mut standing) = standing {
                // What was said of floors meanwhile was said of the survivor.
                standing.floor = now.floor;
                standing.brought = now.brought;
                let gone = |of: &PartnerCode| {
                    of == partner || own.is_some_and(|own| own.brought.contains_key(of))
                };
                standing.brought.retain(|of, _| !gone(of));
                standing.moves = now.moves;
                let standing = self.caught_up(into, group, standing);
                self.stand_as(into, group, (was, was), (standing, MovedBy::Part), benefits);
            }
            if let Some(standing) = own {
                let standing = self.caught_up(partner, group, standing.clone());
                self.stand_as(partner, group, (was, was), (standing, MovedBy::Part), brought);
            }
        }
        self.memberships.parts = parts;
    }

    /// Where a membership stands now.
    fn stood(&self, partner: &PartnerCode) -> Stood {
        let groups = self.wallet.tier_groups.keys();
        let tiers = groups.filter_map(|group| {
            let standing = self.tiers.get(&(partner.clone(), group.clone()))?;
            Some((group.clone(), standing.clone()))
        });
        let benefits = self.benefits.iter().filter(|((owner, ..), _)| owner == partner);
        let benefits =
            benefits.map(|((_, group, of), held)| ((group.clone(), of.clone()), held.clone()));
        Stood { tiers: tiers.collect(), benefits: benefits.collect() }
    }

    fn take_benefits(&mut self, partner: &PartnerCode, group: &TierGroup) -> Benefits {
        let is_own =
            |(owner, of, _): &(PartnerCode, Unit, Unit)| owner == partner && *of == group.code;
        let keys: Vec<_> = self.benefits.keys().filter(|key| is_own(key)).cloned().collect();
        let taken = keys.into_iter().filter_map(|key| {
            let held = self.benefits.remove(&key)?;
            Some(((key.1, key.2), held))
        });
        taken.collect()
    }

    /// A partner stands so from now on, and has what comes with that; nothing is given for it.
    /// `was` is in which tier it was, and in which those were that are part of it.
    fn stand_as(
        &mut self,
        partner: &PartnerCode,
        group: &TierGroup,
        (was, parts_were): (Option<usize>, Option<usize>),
        (mut standing, by): (TierStanding, MovedBy),
        mut benefits: Benefits,
    ) {
        let today = self.now.date();
        let tier = standing.held_up();
        if standing.tier != tier {
            standing.moves_to(group, tier, (today, by));
        }
        // Where it stood while it was one with another membership is among its moves.
        standing.remember(group, (tier, standing.since), (today, by));
        let row = tier.map(|at| &group.rows[at]);
        for ((_, of), held) in &mut benefits {
            if !row.is_some_and(|row| row.benefits.contains(of)) && held.is_active {
                (held.is_active, held.since) = (false, Some(today));
            }
        }
        for of in row.iter().flat_map(|row| &row.benefits) {
            let Some(code) = row.map(|row| row.tier.clone()) else { continue };
            let key = (group.code.clone(), of.clone());
            let given = benefits.get(&key).and_then(|held| held.given);
            let before = benefits.get(&key).filter(|held| held.is_active);
            let renewed = before.and_then(|held| held.renewed);
            let since = before.map_or(standing.since, |held| held.since);
            let held = HeldBenefit { is_active: true, since, tier: code, given, renewed };
            benefits.insert(key, held);
        }
        let owned = benefits
            .into_iter()
            .map(|((of_group, of), held)| ((partner.clone(), of_group, of), held));
        self.benefits.extend(owned);
        if was != tier {
            self.tier_is(partner, group, tier);
        }
        if was != tier || parts_were != tier {
            for part in self.parts_of(partner) {
                self.tier_is(&part, group, tier);
            }
        }
        self.tiers.insert((partner.clone(), group.code.clone()), standing);
    }

    /// Where a partner would stand now that stood so before it was one with another, by what is its
    /// own. What several assessments would have left is told by the last of them.
    fn caught_up(
        &self,
        partner: &PartnerCode,
        group: &TierGroup,
        mut standing: TierStanding,
    ) -> TierStanding {
        let today = self.now.date();
        standing.drop_floors(self.now);
        let runs = group.reached(self.figure(partner, group));
        let Some(period) = group.period else {
            standing.earned = runs;
            return standing;
        };
        let joined = self.people.joined.get(partner).copied();
        let next = |ends: Date| match period.from {
            Starts::Upgrade => Some(later(ends, period.every)),
            Starts::On(_) | Starts::Enrolment => period.next_after(ends, joined),
        };
        let mut assessed = None;
        while let Some(ends) = standing.ends.filter(|ends| group.checked_on(*ends) <= today) {
            assessed = Some(ends);
            standing.ends = next(ends).filter(|next| ends < *next);
        }
        if let Some(ends) = assessed {
            let says = group.reached(self.figure_of_period(partner, group, ends));
            let left = match group.downgrade {
                Downgrade::ByBalance => None,
                Downgrade::OneDown => standing.earned.and_then(|tier| tier.checked_sub(1)),
                Downgrade::None => standing.earned,
            };
            standing.earned = says.max(left);
        }
        standing.earned = standing.earned.max(runs);
        standing
    }

    /// What both did is what the survivor did: what ends by activity ends with the later of both.
    fn join_activity(&mut self, partner: &PartnerCode, into: &PartnerCode) -> Activity {
        let of_survivor = self.people.active.get(into).copied();
        let of_both = of_survivor.max(self.people.active.get(partner).copied());
        let Some(active) = of_both else { return Activity::default() };
        self.people.active.insert(into.clone(), active);
        let wallet = self.wallet.clone();
        for (unit, currency) in wallet.all_lots() {
            let Some(expiry) = currency.expiry.filter(Expiry::is_by_activity) else { continue };
            let last = Ends::After(expiry.last_day(active, self.anchors(into, currency)));
            let Some(purse) = self.purses.get_mut(&(into.clone(), unit.clone())) else { continue };
            for lot in purse.lots.iter_mut().filter(|lot| lot.by_activity) {
                if matches!(lot.ends, Ends::After(_)) && lot.ends < last {
                    lot.prolonged.push((partner.clone(), lot.ends, last));
                    lot.ends = last;
                }
            }
        }
        Activity { of_survivor, of_both }
    }

    /// The survivor's last activity is its own again, if nothing was done since.
    fn part_activity(&mut self, Part { into, activity, .. }: &Part) {
        if self.people.active.get(into).copied() != activity.of_both {
            return;
        }
        match activity.of_survivor {
            Some(before) => self.people.active.insert(into.clone(), before),
            None => self.people.active.remove(into),
        };
    }

    /// What the last periods of both brought counts together where they ended on the same day.
    fn join_resets(&mut self, partner: &PartnerCode, into: &PartnerCode) -> BTreeMap<Unit, Resets> {
        let mut brought = BTreeMap::new();
        let wallet = self.wallet.clone();
        for unit in wallet.points.keys() {
            let key = |owner: &PartnerCode| (owner.clone(), unit.clone());
            let day = self.purses.get(&key(into)).and_then(|purse| purse.reset_on);
            let Some(own) = self.purses.get_mut(&key(partner)) else { continue };
            if day.is_none() || own.reset_on != day {
                continue;
            }
            let before = std::mem::take(&mut own.before_reset);
            let before_last = std::mem::take(&mut own.before_last_reset);
            brought.insert(unit.clone(), Resets { on: day, before, before_last });
            self.bring_before(into, unit, (before, before_last));
        }
        brought
    }

    /// Each has again what its own periods brought.
    fn part_resets(&mut self, Part { partner, into, resets, .. }: &Part) {
        for (unit, brought) in resets {
            let key = |owner: &PartnerCode| (owner.clone(), unit.clone());
            let Some((of_both, of_part)) =
                self.purses.get(&key(into)).zip(self.purses.get(&key(partner)))
            else {
                continue;
            };
            let day = of_both.reset_on;
            let Some(first) = day.filter(|_| of_part.reset_on == day) else { continue };
            let (before, before_last) = if day == brought.on {
                (brought.before, brought.before_last)
            } else {
                let since = self.period_before(into, unit, first);
                let is_next = since.is_some() && since == brought.on;
                let last = if is_next { brought.before } else { Decimal::ZERO };
                (reset_of(of_part, since, first), last)
            };
            self.bring_before(into, unit, (-before, -before_last));
            self.bring_before(partner, unit, (before, before_last));
        }
    }

    fn period_before(&self, owner: &PartnerCode, unit: &Unit, first: Date) -> Option<Date> {
        let joined = self.people.joined.get(owner).copied();
        let reset = self.wallet.points.get(unit)?.reset?;
        reset.begins(first.yesterday().ok()?, joined)
    }

    fn bring_before(
        &mut self,
        owner: &PartnerCode,
        unit: &Unit,
        (before, before_last): (Decimal, Decimal),
    ) {
        if let Some(purse) = self.purses.get_mut(&(owner.clone(), unit.clone())) {
            purse.before_reset += before;
            purse.before_last_reset += before_last;
        }
    }
}

/// Where the survivor stood before a membership joined it, and where it has stood since with those
/// that joined later.
fn without<'p>(
    group: &TierGroup,
    part: &Part,
    later: impl Iterator<Item = &'p mut Part>,
) -> (Option<TierStanding>, Benefits) {
    let mut standing = part.survivor.tiers.get(&group.code).cloned();
    let mut benefits = of_group(&part.survivor.benefits, group);
    for joined in later {
        if let Some(before) = &standing {
            joined.survivor.tiers.insert(group.code.clone(), before.clone());
        }
        joined.survivor.benefits.retain(|(of, _), _| *of != group.code);
        joined.survivor.benefits.extend(benefits.clone());
        join_benefits(&mut benefits, of_group(&joined.own.benefits, group));
        if let Some(brought) = joined.own.tiers.get(&group.code) {
            standing = standing.map(|before| both(group, before, &joined.partner, brought));
        }
    }
    (standing, benefits)
}

/// How one stands for itself and for another one.
fn both(
    group: &TierGroup,
    one: TierStanding,
    of_other: &PartnerCode,
    other: &TierStanding,
) -> TierStanding {
    let mut standing = one;
    if group.starts_anew() {
        standing.ends = match standing.earned.cmp(&other.earned) {
            Ordering::Less => other.ends,
            Ordering::Equal => standing.ends.max(other.ends),
            Ordering::Greater => standing.ends,
        };
    }
    standing.since = match standing.tier.cmp(&other.tier) {
        Ordering::Less => other.since,
        Ordering::Equal => standing.since.min(other.since),
        Ordering::Greater => standing.since,
    };
    standing.earned = standing.earned.max(other.earned);
    standing.tier = standing.tier.max(other.tier);
    let brought = other.brought.iter().map(|(of, floor)| (of.clone(), *floor));
    standing.brought.extend(brought);
    standing.brought.extend(other.floor.map(|floor| (of_other.clone(), floor)));
    standing
}

fn of_group(benefits: &Benefits, group: &TierGroup) -> Benefits {
    let own = benefits.iter().filter(|((of, _), _)| *of == group.code);
    own.map(|(of, held)| (of.clone(), held.clone())).collect()
}

/// What both have is held once, since the first day on which one of them had it. What the other one
/// was given it was given, not the survivor.
fn join_benefits(one: &mut Benefits, other: Benefits) {
    for (of, brought) in other {
        let Some(held) = one.get_mut(&of) else {
            one.insert(of, HeldBenefit { given: None, ..brought });
            continue;
        };
        let is_better = match (brought.is_active, held.is_active) {
            (true, true) => brought.since < held.since,
            (false, false) => held.since < brought.since,
            (is_active, _) => is_active,
        };
        if is_better {
            *held = HeldBenefit { given: held.given, ..brought };
        }
    }
}

/// What of a purse was started again at zero with the period between two days.
fn reset_of(purse: &Purse, since: Option<Date>, first: Date) -> Decimal {
    let is_of_period =
        |lot: &&Lot| lot.day < midnight(first) && since.is_none_or(|day| midnight(day) <= lot.day);
    purse.lots.iter().filter(is_of_period).map(|lot| lot.holds(Place::Reset)).sum()
}
