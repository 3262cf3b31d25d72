//! Who is looked at: whoever may have moved to another tier since it was looked at last.
//!
//! # Promises
//!
//! * Everybody who is there stands somewhere, and where its figures have brought it.
//! * Nobody is looked at of whom nothing changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::TierGroup;
use crate::code::PartnerCode;
use crate::wallet::book::{Book, People};
use crate::wallet::dates::later;
use crate::wallet::ledger::Unit;
use crate::wallet::lot::midnight;
use crate::wallet::purse::Purse;

/// What may have moved somebody to another tier, and was not looked at yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::wallet) struct Unranked {
    pub(in crate::wallet) purses: BTreeSet<(PartnerCode, Unit)>,
    standings: BTreeSet<(PartnerCode, Unit)>,
    /// On which days known partners join.
    joining: Arc<BTreeSet<DateTime>>,
    /// On which day that was looked at last.
    pub(in crate::wallet) let_in_on: Option<Date>,
}

impl Unranked {
    pub(in crate::wallet) fn before_anybody(people: &People) -> Unranked {
        let mut unranked = Unranked::default();
        unranked.people_are(people);
        unranked
    }

    /// Somebody else may be there.
    pub(in crate::wallet) fn people_are(&mut self, people: &People) {
        let is_known = |partner: &PartnerCode| {
            people.known.as_ref().is_some_and(|known| known.contains(partner))
        };
        let joining = people.joined.iter().filter(|(partner, _)| is_known(partner));
        let joining = joining.map(|(_, day)| *day).chain(people.since).map(midnight);
        (self.joining, self.let_in_on) = (Arc::new(joining.collect()), None);
    }
}

impl Book {
    /// Lets every partner stand where figures have brought it by now.
    pub fn rank(&mut self) {
        let wallet = self.wallet.clone();
        if wallet.tier_groups.is_empty() {
            self.unranked.purses.clear();
            return;
        }
        self.let_in();
        // Benefits may give points that lift again; whoever moved as often as there are tiers goes
        // round in circles.
        let rounds = wallet.tier_groups.values().map(|group| group.rows.len()).sum::<usize>();
        let mut ranked: BTreeMap<(PartnerCode, Unit), usize> = BTreeMap::new();
        while let Some((partner, group)) = self.next_unranked() {
            let Some(group) = wallet.tier_groups.get(&group) else { continue };
            let times = ranked.entry((partner.clone(), group.code.clone())).or_default();
            *times += 1;
            if *times <= rounds + 1 {
                self.rank_one(&partner, group);
            }
        }
    }

    /// Who is to be ranked next, in order. Whoever holds something of a currency stands somewhere.
    fn next_unranked(&mut self) -> Option<(PartnerCode, Unit)> {
        self.file();
        let wallet = self.wallet.clone();
        while let Some(key) = self.unranked.purses.pop_first() {
            let (owner, unit) = &key;
            let has = |purse: &Purse| !purse.lots.is_empty() || !purse.debts.is_empty();
            let holds = self.purses.get(&key).is_some_and(has);
            let is_member = !wallet.pools.contains_key(owner) && !self.merges.contains_key(owner);
            for group in wallet.tier_groups.values().filter(|group| group.by == *unit) {
                if holds && is_member {
                    self.stand(owner, group);
                }
                self.unranked.standings.insert((owner.clone(), group.code.clone()));
            }
        }
        self.unranked.standings.pop_first()
    }

    /// Puts standings where they are due now.
    pub(in crate::wallet) fn file_tiers(&mut self) {
        let (now, wallet) = (self.now, &self.wallet);
        let touched = self.tiers.file(|(_, group), standing| {
            let floors = standing.floor.iter().chain(standing.brought.values());
            let floors = floors.filter_map(|floor| floor.until?.gone());
            let group = wallet.tier_groups.get(group);
            let check = group.zip(standing.ends).map(|(it, ends)| midnight(it.checked_on(ends)));
            floors.chain(check).filter(|turn| now < *turn).min()
        });
        self.unranked.standings.extend(touched);
    }

    fn rank_one(&mut self, partner: &PartnerCode, group: &TierGroup) {
        let key = (partner.clone(), group.code.clone());
        let Some(mut standing) = self.tiers.get(&key).cloned() else { return };
        let mut says = group.reached(self.figure(partner, group));
        if let Some(ends) = standing.ends.filter(|ends| *ends <= self.now.date()) {
            // The period waits for its assessment, and what belongs to it may still come.
            says = says.max(group.reached(self.figure_of_period(partner, group, ends)));
        }
        if group.period.is_none() {
            standing.earned = says;
        } else if standing.earned < says {
            standing.earned = says;
            if let Some(period) = group.period.filter(|_| group.starts_anew()) {
                standing.ends = Some(later(self.now.date(), period.every));
            }
        }
        let before = standing.tier;
        let tier = self.stand_at(key, group, standing);
        if before != tier {
            self.move_benefits(partner, group, before, tier);
        }
    }

    /// Gives everybody a standing who is known and there by now: from the day they joined.
    fn let_in(&mut self) {
        let today = Some(self.now.date());
        if self.unranked.let_in_on.replace(self.now.date()) == today {
            return;
        }
        let wallet = self.wallet.clone();
        for group in wallet.tier_groups.values() {
            let mut there: Vec<PartnerCode> = Vec::new();
            if let Some(known) = &self.people.known {
                let today = self.now.date();
                let is_there = |partner: &&PartnerCode| {
                    let joined = self.people.joined.get(*partner).copied();
                    joined.or(self.people.since).is_none_or(|day| day <= today)
                };
                there.extend(known.iter().filter(is_there).cloned());
            }
            for partner in there {
                if !wallet.pools.contains_key(&partner) && !self.merges.contains_key(&partner) {
                    self.stand(&partner, group);
                }
            }
        }
    }

    /// When somebody joins, a floor ends, or a period is assessed next.
    pub(in crate::wallet) fn next_turn_of_tiers(&self) -> Option<DateTime> {
        if self.wallet.tier_groups.is_empty() {
            return None;
        }
        let joining = self.unranked.joining.range((Bound::Excluded(self.now), Bound::Unbounded));
        joining.take(1).copied().chain(self.tiers.next(self.now)).min()
    }
}
