//! Tiers set by hand: a tier that a partner does not fall below, does not rise above, or stands in.
//!
//! # Promises
//!
//! * What figures brought is never changed by a hold: it stands beside it, and holds when it ends.
//! * A hold that lifts and one that lowers at once: the one that lowers goes first.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::{MovedBy, TierGroup, TierStanding};
use crate::code::PartnerCode;
use crate::reader::Reader;
use crate::wallet::book::Book;
use crate::wallet::command::{Refusal, SetTier};
use crate::wallet::line::Line;
use crate::wallet::lot::Ends;
use crate::yaml::Node;

/// Which way a tier set by hand holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The partner does not fall below it.
    #[default]
    Floor,
    /// It does not rise above it.
    Ceiling,
    /// It stands in it, whatever figures say.
    Fixed,
}

impl Hold {
    pub const ALL: [Hold; 3] = [Hold::Floor, Hold::Ceiling, Hold::Fixed];

    pub fn word(self) -> &'static str {
        match self {
            Hold::Floor => "floor",
            Hold::Ceiling => "ceiling",
            Hold::Fixed => "fixed",
        }
    }

    pub fn from_word(word: &str) -> Option<Hold> {
        Hold::ALL.into_iter().find(|hold| hold.word() == word)
    }

    /// As it is kept: lines from before there was another one say nothing.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
    pub(crate) fn is_floor(&self) -> bool {
        *self == Hold::Floor
    }
}

/// Until when somebody sets a tier by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldUntil {
    /// Its last day.
    After(Date),
    /// From then on it does not hold.
    At(DateTime),
    Never,
    /// Until the tier is assessed next.
    NextCheck,
}

impl From<Ends> for HeldUntil {
    fn from(ends: Ends) -> HeldUntil {
        match ends {
            Ends::After(day) => HeldUntil::After(day),
            Ends::At(moment) => HeldUntil::At(moment),
            Ends::Never => HeldUntil::Never,
        }
    }
}

impl HeldUntil {
    /// As a line says it.
    pub const NEXT_CHECK: &str = "next_check";

    /// The day or moment it names itself.
    pub fn ends(self) -> Option<Ends> {
        match self {
            HeldUntil::After(day) => Some(Ends::After(day)),
            HeldUntil::At(moment) => Some(Ends::At(moment)),
            HeldUntil::Never => Some(Ends::Never),
            HeldUntil::NextCheck => None,
        }
    }
}

/// A tier that was set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    pub tier: usize,
    pub until: Option<Ends>,
    #[serde(default, skip_serializing_if = "Hold::is_floor")]
    pub hold: Hold,
}

impl Floor {
    pub(super) fn lasts(self, now: DateTime) -> bool {
        self.until.and_then(Ends::gone).is_none_or(|gone| now < gone)
    }
}

impl TierStanding {
    /// What holds leave of what figures brought.
    pub(in crate::wallet) fn held_up(&self) -> Option<usize> {
        let lifted = self.earned.max(self.highest_floor());
        match self.lowest_ceiling() {
            Some(ceiling) => lifted.min(Some(ceiling)),
            None => lifted,
        }
    }

    fn holds(&self) -> impl Iterator<Item = &Floor> {
        self.floor.iter().chain(self.brought.values())
    }

    /// The highest of the floors that hold it up.
    pub(in crate::wallet) fn highest_floor(&self) -> Option<usize> {
        self.holds().filter(|it| it.hold != Hold::Ceiling).map(|it| it.tier).max()
    }

    /// The lowest of the ceilings that hold it down.
    pub(in crate::wallet) fn lowest_ceiling(&self) -> Option<usize> {
        self.holds().filter(|it| it.hold != Hold::Floor).map(|it| it.tier).min()
    }

    /// Until when what decides holds: the lowest ceiling, else the highest floor.
    pub(in crate::wallet) fn held_until(&self) -> Option<Ends> {
        let lowers = self.holds().filter(|it| it.hold != Hold::Floor).min_by_key(|it| it.tier);
        lowers.or_else(|| self.holds().max_by_key(|it| it.tier))?.until
    }

    /// What moves it to a tier now. `before`: where it stood.
    pub(super) fn moved_by(&self, before: Option<&TierStanding>, to: Option<usize>) -> MovedBy {
        let was = |is: fn(&TierStanding) -> bool| before.is_some_and(is);
        if self.tier < to {
            let was_lowered = was(|before| before.tier < before.earned);
            return match (self.earned < to, was_lowered) {
                (true, _) => MovedBy::Floor,
                (false, true) => MovedBy::CeilingEnd,
                (false, false) => MovedBy::Rise,
            };
        }
        match (to < self.earned, was(|before| before.earned < before.tier)) {
            (true, _) => MovedBy::Ceiling,
            (false, true) => MovedBy::FloorEnd,
            (false, false) => MovedBy::Fall,
        }
    }

    /// Forgets holds whose last day is over.
    pub(in crate::wallet) fn drop_floors(&mut self, now: DateTime) {
        self.floor = self.floor.filter(|floor| floor.lasts(now));
        self.brought.retain(|_, floor| floor.lasts(now));
    }
}

impl Book {
    /// Sets a tier by hand, or lets go of the one that was set. The last word holds.
    pub(in crate::wallet) fn assign(
        &mut self,
        partner: &PartnerCode,
        set: &SetTier,
    ) -> Result<(), Refusal> {
        if self.is_unknown(partner) || self.wallet.pools.contains_key(partner) {
            return Err(Refusal::UnknownPartner);
        }
        let wallet = self.wallet.clone();
        let group = wallet.tier_groups.get(set.group.as_str()).ok_or(Refusal::UnknownCode)?;
        let tier = set.tier.as_deref().map(|code| {
            let at = group.rows.iter().position(|row| &*row.tier == code);
            at.ok_or(Refusal::UnknownCode)
        });
        let tier = tier.transpose()?;
        self.stands_alone(partner)?;
        let waits_for_check = tier.is_some() && set.until == Some(HeldUntil::NextCheck);
        if waits_for_check && !self.is_assessed(partner, group) {
            return Err(Refusal::WrongState);
        }
        self.stand(partner, group);
        let Some(standing) = self.tiers.get_mut(&(partner.clone(), group.code.clone())) else {
            return Ok(());
        };
        let until = if waits_for_check {
            last_day_before_check(standing, group)
        } else {
            set.until.and_then(HeldUntil::ends)
        };
        let floor = tier.map(|tier| Floor { tier, until, hold: set.hold });
        standing.floor = floor.filter(|floor| floor.lasts(self.now));
        standing.brought.clear();
        Ok(())
    }

    /// Whether the tier of a partner is ever looked at again by a day; without a period every figure
    /// counts at once.
    fn is_assessed(&self, partner: &PartnerCode, group: &TierGroup) -> bool {
        if let Some(standing) = self.tiers.get(&(partner.clone(), group.code.clone())) {
            return standing.ends.is_some();
        }
        let joined = self.people.joined.get(partner).copied();
        group.period.and_then(|period| period.begins(self.now.date(), joined)).is_some()
    }
}

/// So that the assessment itself decides by figures alone.
fn last_day_before_check(standing: &TierStanding, group: &TierGroup) -> Option<Ends> {
    let check = group.checked_on(standing.ends?);
    check.yesterday().ok().map(Ends::After)
}

/// A last day, a moment, or the next assessment.
pub(in crate::wallet) fn read_until(
    line: &Line<'_, '_>,
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
) -> Option<HeldUntil> {
    if node.text() == Some(HeldUntil::NEXT_CHECK) {
        return Some(HeldUntil::NextCheck);
    }
    line.ends(reader, key, node).map(HeldUntil::from)
}
