//! Lots: amounts with an owner, a first and a last day, and where each part of them is.
//!
//! # Invariants
//!
//! * What was credited is at every moment in the places of the lot, each part in exactly one.
//! * Nothing is taken from a place that does not hold it.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::code::PartnerCode;

/// Where a part of a lot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// Waits until it can be used.
    Escrow,
    Open,
    /// Promised to a reservation.
    Reserved,
    Redeemed,
    /// Taken by hand.
    Debited,
    /// Passed on to another owner.
    Transferred,
    /// Taken back with the credit it came from, or for another one that was taken back.
    ClawedBack,
    Expired,
    Reset,
}

impl Place {
    pub const ALL: [Place; 9] = [
        Place::Escrow,
        Place::Open,
        Place::Reserved,
        Place::Redeemed,
        Place::Debited,
        Place::Transferred,
        Place::ClawedBack,
        Place::Expired,
        Place::Reset,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Place::Escrow => "escrow",
            Place::Open => "open",
            Place::Reserved => "reserved",
            Place::Redeemed => "redeemed",
            Place::Debited => "debited",
            Place::Transferred => "transferred",
            Place::ClawedBack => "clawed_back",
            Place::Expired => "expired",
            Place::Reset => "reset",
        }
    }
}

/// When a lot is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ends {
    /// Its last day, inclusive.
    After(Date),
    /// From then on.
    At(DateTime),
    Never,
}

impl Ends {
    /// The first moment at which it is gone.
    pub fn gone(self) -> Option<DateTime> {
        match self {
            Ends::After(day) => Some(day.tomorrow().map_or(DateTime::MAX, midnight)),
            Ends::At(moment) => Some(moment),
            Ends::Never => None,
        }
    }

    /// As it is written; `None` for never.
    pub fn text(self) -> Option<String> {
        match self {
            Ends::After(day) => Some(day.to_string()),
            Ends::At(moment) => Some(moment.to_string()),
            Ends::Never => None,
        }
    }
}

/// The beginning of a day.
pub(super) fn midnight(day: Date) -> DateTime {
    day.at(0, 0, 0, 0)
}

/// A part of a lot that a line took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Went {
    /// The key of the line.
    pub by: Arc<str>,
    pub to: Place,
    pub amount: Decimal,
    /// Who has it now, if it was passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PartnerCode>,
}

/// A credit, or what was passed on of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// What people know it by: the key of its credit, or of the fact that earned it.
    pub name: Arc<str>,
    /// The credit it came of.
    pub credit: Arc<str>,
    /// The place of its subtype among those of the currency.
    pub subtype: usize,
    /// From when its days count.
    pub day: DateTime,
    /// From when it can be used.
    pub usable: DateTime,
    pub ends: Ends,
    /// Its end moves with what the owner does.
    pub by_activity: bool,
    pub credited: Decimal,
    /// How much was taken back and let go because it was spent.
    pub forgiven: Decimal,
    /// Came of another owner, so no credit of this one stands behind it.
    pub passed_on: bool,
    /// The memberships it came of that are part of others now, the last one last.
    pub merged: Vec<PartnerCode>,
    /// By which memberships that joined its owner's it ends later by activity: when it ended before,
    /// and when since.
    pub prolonged: Vec<(PartnerCode, Ends, Ends)>,
    /// What was taken of it by something that keeps no record of its own: a debit by hand, a
    /// transfer, a claw-back of another credit. Redemptions and debts name what they took themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub went: Vec<Went>,
    /// The transfer it came by, and of whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<(Arc<str>, PartnerCode)>,
    // INVARIANT: never negative, and together what was credited.
    holds: [Decimal; Place::ALL.len()],
}

impl Lot {
    pub fn new(
        (name, credit): (Arc<str>, Arc<str>),
        subtype: usize,
        (day, usable): (DateTime, DateTime),
        ends: Ends,
        amount: Decimal,
        place: Place,
    ) -> Lot {
        let mut holds = [Decimal::ZERO; Place::ALL.len()];
        holds[place as usize] = amount;
        Lot {
            name,
            credit,
            subtype,
            day,
            usable,
            ends,
            by_activity: false,
            credited: amount,
            forgiven: Decimal::ZERO,
            passed_on: false,
            merged: Vec::new(),
            prolonged: Vec::new(),
            went: Vec::new(),
            came: None,
            holds,
        }
    }

    pub fn holds(&self, place: Place) -> Decimal {
        self.holds[place as usize]
    }

    /// Moves up to so much from one place to another, and says how much it was.
    pub fn shift(&mut self, from: Place, to: Place, at_most: Decimal) -> Decimal {
        let amount = at_most.min(self.holds(from)).max(Decimal::ZERO);
        self.holds[from as usize] -= amount;
        self.holds[to as usize] += amount;
        amount
    }

    /// Whether it holds a credit of its owner with this key.
    pub fn is_of(&self, credit: &str) -> bool {
        !self.passed_on && &*self.credit == credit
    }

    /// Makes a part of what a place holds a lot of its own, which is in another place.
    pub fn split(&mut self, from: Place, to: Place, amount: Decimal) -> Lot {
        let part = amount.min(self.holds(from));
        self.holds[from as usize] -= part;
        self.credited -= part;
        let name = (self.name.clone(), self.credit.clone());
        let days = (self.day, self.usable);
        let lot = Lot::new(name, self.subtype, days, self.ends, part, to);
        let (merged, prolonged) = (self.merged.clone(), self.prolonged.clone());
        let came = self.came.clone();
        Lot { passed_on: self.passed_on, merged, prolonged, came, ..lot }
    }

    /// It ends as if a membership had not joined its owner's, if nothing prolonged it since.
    pub(super) fn ends_without(&mut self, joined: &PartnerCode) {
        let Some(at) = self.prolonged.iter().position(|(by, ..)| by == joined) else { return };
        let (_, before, since) = self.prolonged.remove(at);
        match self.prolonged.get_mut(at) {
            Some(next) if next.1 == since => next.1 = before,
            None if self.ends == since => self.ends = before,
            _ => {}
        }
    }

    /// What becomes of it: `escrow`, `open`, and then what ended it.
    pub fn status(&self) -> &'static str {
        let has = |place: Place| !self.holds(place).is_zero();
        if has(Place::Open) || has(Place::Reserved) {
            "open"
        } else if has(Place::Escrow) {
            "escrow"
        } else if has(Place::Expired) {
            "expired"
        } else if has(Place::Reset) {
            "reset"
        } else {
            "empty"
        }
    }
}
