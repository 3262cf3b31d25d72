//! Badges: what a partner may call itself, for a while or for good.
//!
//! # Promises
//!
//! * A badge that is given again before it ends lives on: it is held since the first day.
//! * Whether it is held is a function of the day; nothing has to end it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::command::{GiveBadge, Refusal};
use super::credit::Grant;
use super::dates::Lifetime;
use super::dates::{Anchors, Expiry};
use super::keys::EXPIRY;
use super::ledger::Unit;
use super::lot::Ends;
use super::read::lifetime;
use super::report::{Line, List, Said};
use crate::code::PartnerCode;
use crate::program::Names;
use crate::program::keys::{Key, Shape};
use crate::reader::Reader;
use crate::yaml::Node;

pub(crate) const BADGE: &[Key] = &[
    Key { word: "name", shape: Shape::Names, says: "What people call it.", required: false },
    Key { word: "description", shape: Shape::Names, says: "What it is for.", required: false },
    Key {
        word: "expiry",
        shape: Shape::OneOf(&[Shape::Word, Shape::Map(EXPIRY)]),
        says: "Its last day.",
        required: false,
    },
];

/// What is declared of a badge.
#[derive(Debug, Clone, PartialEq)]
pub struct BadgeKind {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// `None`: never.
    pub expiry: Option<Expiry>,
}

/// What gave a badge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub since: Date,
    pub ends: Ends,
    is_taken_back: bool,
    /// The memberships it came of that are part of others now, the last one last.
    merged: Vec<PartnerCode>,
    /// Why, if people gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// People took it away: what gave it gives it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<Date>,
}

/// Whether a badge is held at a moment, and since and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeHeld {
    /// `active`, `expired`, `cancelled`.
    pub status: &'static str,
    pub since: Option<Date>,
    pub ends: Ends,
    pub reason: Option<String>,
}

impl Given {
    pub fn is_taken_back(&self) -> bool {
        self.is_taken_back
    }
}

impl BadgeHeld {
    /// By everything that gave a badge to a partner.
    pub fn of<'g>(given: impl Iterator<Item = &'g Given> + Clone, now: DateTime) -> BadgeHeld {
        let held = held(given.clone(), now);
        let status = match held {
            Some(held) if held.ends.gone().is_none_or(|gone| now < gone) => "active",
            Some(_) => "expired",
            None => "cancelled",
        };
        let last = given.filter(|given| !given.is_taken_back && given.since <= now.date());
        let reason = last.max_by_key(|given| given.since).and_then(|given| given.reason.clone());
        let ends = held.map_or(Ends::Never, |held| held.ends);
        BadgeHeld { status, since: held.map(|held| held.since), ends, reason }
    }
}

/// The badges of all partners, each with what gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Badges {
    given: BTreeMap<(PartnerCode, Unit), BTreeMap<Arc<str>, Given>>,
    /// Who has what a key gives.
    holders: BTreeMap<Arc<str>, PartnerCode>,
}

impl Badges {
    pub(super) fn all(
        &self,
    ) -> impl Iterator<Item = (&(PartnerCode, Unit), &BTreeMap<Arc<str>, Given>)> {
        self.given.iter()
    }

    /// Whether a key gives somebody a badge.
    pub(super) fn has(&self, key: &str) -> bool {
        self.holders.contains_key(key)
    }
}

/// A time without a gap in which a badge was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    since: Date,
    ends: Ends,
}

pub(super) fn read(reader: &mut Reader<'_>, code: &Unit, node: &Node) -> Option<BadgeKind> {
    if node.is_nothing() {
        let (name, description) = (Names::new(), Names::new());
        return Some(BadgeKind { code: code.clone(), name, description, expiry: None });
    }
    let fields = reader.fields(node, "a badge", BADGE)?;
    Some(BadgeKind {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        expiry: reader.maybe(&fields, "expiry", lifetime).and_then(Lifetime::expiry),
    })
}

impl Book {
    /// Gives a badge, once for each key.
    pub(super) fn give_badge(
        &mut self,
        key: &Arc<str>,
        (partner, badge): (&PartnerCode, &Unit),
        on: DateTime,
        expires: Option<Ends>,
    ) {
        let wallet = self.wallet.clone();
        let Some(kind) = wallet.badges.get(badge) else { return };
        let joined = self.people.joined.get(partner).copied();
        let anchors = Anchors { joined, reset: None };
        let day = on.date();
        let by_kind =
            || kind.expiry.map_or(Ends::Never, |it| Ends::After(it.last_day(day, anchors)));
        let ends = expires.unwrap_or_else(by_kind);
        let given = Given {
            since: day,
            ends,
            is_taken_back: false,
            merged: Vec::new(),
            reason: None,
            withdrawn: None,
        };
        self.badges.holders.insert(key.clone(), partner.clone());
        let of = self.badges.given.entry((partner.clone(), badge.clone())).or_default();
        of.insert(key.clone(), given);
    }

    /// A badge that people give, with their reason.
    pub(super) fn badge_by_hand(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        give: &GiveBadge,
    ) -> Result<(), Refusal> {
        self.may_have_badge(&give.partner, &give.badge)?;
        if give.expires.and_then(Ends::gone).is_some_and(|gone| gone <= on) {
            return Err(Refusal::Expired);
        }
        self.give_badge(key, (&give.partner, &give.badge), on, give.expires);
        let of = self.badges.given.get_mut(&(give.partner.clone(), give.badge.clone()));
        if let Some(given) = of.and_then(|of| of.get_mut(key)) {
            given.reason.clone_from(&give.reason);
        }
        Ok(())
    }

    /// People take a badge away, whatever gave it.
    pub(super) fn take_by_hand(
        &mut self,
        partner: &PartnerCode,
        badge: &Unit,
    ) -> Result<(), Refusal> {
        self.may_have_badge(partner, badge)?;
        let today = self.now.date();
        let Some(of) = self.badges.given.get_mut(&(partner.clone(), badge.clone())) else {
            return Err(Refusal::WrongState);
        };
        let mut taken = Vec::new();
        for (key, given) in of.iter_mut().filter(|(_, given)| !given.is_taken_back) {
            (given.is_taken_back, given.withdrawn) = (true, Some(today));
            taken.push(key.clone());
        }
        for key in &taken {
            self.badges.holders.remove(key);
        }
        if taken.is_empty() { Err(Refusal::WrongState) } else { Ok(()) }
    }

    /// A badge that people gave was a mistake.
    pub(super) fn cancel_badge(
        &mut self,
        key: &str,
        (partner, badge): (&PartnerCode, &Unit),
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        if amount.is_some() {
            return Err(Refusal::WrongUnit);
        }
        // Whoever it became a part of has it now.
        let Some(holder) = self.badges.holders.get(key).cloned() else {
            return Err(Refusal::WrongState);
        };
        self.take_badge(key, if holder == *partner { partner } else { &holder }, badge);
        Ok(())
    }

    fn may_have_badge(&self, partner: &PartnerCode, badge: &Unit) -> Result<(), Refusal> {
        if self.is_unknown(partner) || self.wallet.pools.contains_key(partner) {
            return Err(Refusal::UnknownPartner);
        }
        if !self.wallet.badges.contains_key(badge) {
            return Err(Refusal::UnknownCode);
        }
        self.stands_alone(partner)
    }

    /// What gave a badge does not give it any more.
    pub(super) fn take_badge(&mut self, key: &str, partner: &PartnerCode, badge: &Unit) {
        let holder = self.badges.holders.remove(key).unwrap_or_else(|| partner.clone());
        let of = self.badges.given.get_mut(&(holder, badge.clone()));
        if let Some(given) = of.and_then(|of| of.get_mut(key)) {
            given.is_taken_back = true;
        }
    }

    /// Brings a badge to what an award says now: held if it is one or more.
    pub fn earned_badge(&mut self, key: &Arc<str>, grant: &Grant, total: Decimal) {
        let partner = self.survivor(&grant.partner).clone();
        let of = (&partner, &grant.unit);
        let holder = self.badges.holders.get(key).unwrap_or(&partner);
        let given = self.badges.given.get(&(holder.clone(), grant.unit.clone()));
        let given = given.and_then(|given| given.get(key));
        if given.is_some_and(|given| given.withdrawn.is_some()) {
            return;
        }
        let is_given = given.is_some_and(|given| !given.is_taken_back);
        if total < Decimal::ONE {
            self.take_badge(key, of.0, of.1);
        } else if !is_given {
            self.is_active(&partner, grant.on.date());
            self.give_badge(key, of, grant.on, grant.expires);
        }
    }

    /// What gave a partner a badge gave it to another one.
    pub(super) fn hand_over_badges(&mut self, partner: &PartnerCode, into: &PartnerCode) {
        let badges = std::mem::take(&mut self.badges.given);
        for ((owner, badge), given) in badges {
            let is_own = owner == *partner;
            for (key, mut given) in given {
                let owner = if is_own { into } else { &owner };
                if is_own {
                    given.merged.push(partner.clone());
                }
                self.put_badge(key, (owner, &badge), given);
            }
        }
    }

    /// What came of a partner is its own again.
    pub(super) fn hand_back_badges(&mut self, partner: &PartnerCode) {
        let badges = std::mem::take(&mut self.badges.given);
        for ((owner, badge), given) in badges {
            for (key, mut given) in given {
                let is_own = given.merged.last() == Some(partner);
                let owner = if is_own { partner } else { &owner };
                if is_own {
                    given.merged.pop();
                }
                self.put_badge(key, (owner, &badge), given);
            }
        }
    }

    pub(super) fn put_badge(
        &mut self,
        key: Arc<str>,
        (owner, badge): (&PartnerCode, &Unit),
        given: Given,
    ) {
        if !given.is_taken_back {
            self.badges.holders.insert(key.clone(), owner.clone());
        }
        let of = self.badges.given.entry((owner.clone(), badge.clone())).or_default();
        of.insert(key, given);
    }

    /// The lines of all badges that anybody ever had.
    pub(super) fn report_badges(&self) -> Vec<Line> {
        let line = |((partner, badge), given): (&(PartnerCode, Unit), &BTreeMap<_, Given>)| {
            let held = BadgeHeld::of(given.values(), self.now);
            let mut says = vec![("badge", Said::Text(badge.to_string()))];
            says.push(("status", Said::Text(held.status.to_owned())));
            says.extend(held.since.map(|since| ("since", Said::Text(since.to_string()))));
            says.extend(held.ends.text().map(|ends| ("expires", Said::Text(ends))));
            says.extend(held.reason.map(|reason| ("reason", Said::Text(reason))));
            Line { list: List::Badges, of: partner.to_string(), says }
        };
        self.badges.given.iter().map(line).collect()
    }
}

/// The last time without a gap in which a badge was held, up to now.
fn held<'g>(given: impl Iterator<Item = &'g Given>, now: DateTime) -> Option<Held> {
    let there = given.filter(|given| !given.is_taken_back && given.since <= now.date());
    let mut times: Vec<Held> =
        there.map(|given| Held { since: given.since, ends: given.ends }).collect();
    times.sort_by_key(|time| time.since);
    times.into_iter().reduce(|before, next| {
        let gone = |ends: Ends| ends.gone().unwrap_or(DateTime::MAX);
        if next.since.at(0, 0, 0, 0) <= gone(before.ends) {
            let longer = if gone(before.ends) < gone(next.ends) { next.ends } else { before.ends };
            Held { since: before.since, ends: longer }
        } else {
            next
        }
    })
}
