//! Promotions: what terms and lines give under one name, for a while, to those who take part, and
//! up to limits.
//!
//! # Promises
//!
//! * Whether a promotion runs is a function of the moment; nothing has to end it.
//! * What it gives is decided when it is recorded, in that order, and not again: who enrols later,
//!   or room that comes later, changes nothing. Only a fact that is corrected to another moment is
//!   decided anew.
//! * What was given less what was taken back never exceeds a limit. What was taken back is room
//!   again, and the use stays used.

pub(crate) mod keys;
pub(in crate::wallet) mod read;
mod stance;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::book::Book;
use super::command::Refusal;
use super::ledger::Unit;
use super::lot::Ends;
use super::report::{Line, List, Said, Use};
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::condition::Expr;
use crate::program::Names;
pub use stance::{Left, Stance};
pub use uses::{GivenAs, OneUse, RefusedUse, Taken, TakenWhat, by_day, by_partner, by_refusal};
pub(super) use uses::{PromotionUse, tally_names};

/// What is declared of a promotion.
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// `None`: from the beginning.
    pub starts: Option<DateTime>,
    pub ends: Ends,
    pub enrol: Enrol,
    /// Over the partner alone; `None`: everybody.
    pub when: Option<Expr>,
    pub limits: PromotionLimits,
    /// The last use is cut to what a limit leaves; if not, it is refused.
    pub cut: bool,
}

/// Who takes part before anybody said anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrol {
    /// Everybody, until they leave.
    Automatic,
    /// Who enrolled before the fact.
    Required,
}

/// How much a promotion gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromotionLimits {
    /// How many awards and credits.
    pub uses: Option<u32>,
    pub uses_per_partner: Option<u32>,
    pub points: Option<Decimal>,
    pub points_per_partner: Option<Decimal>,
    pub vouchers: Option<u32>,
    /// What all of it costs, whether it was spent or not.
    pub liability: Option<Decimal>,
}

/// Where a promotion stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromotionState {
    /// It did not start yet.
    Draft,
    Running,
    Over,
    Cancelled,
}

impl PromotionState {
    pub fn word(self) -> &'static str {
        match self {
            PromotionState::Draft => "draft",
            PromotionState::Running => "running",
            PromotionState::Over => "over",
            PromotionState::Cancelled => "cancelled",
        }
    }
}

/// What became of the promotions of a book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Promotions {
    /// From when partners take part, or do not any more, in the order in which it was recorded.
    enrolments: BTreeMap<(Unit, PartnerCode), Vec<(DateTime, bool)>>,
    cancelled: BTreeSet<Unit>,
    /// By promotion and key: of a line, or of an award.
    uses: BTreeMap<Unit, BTreeMap<Arc<str>, PromotionUse>>,
}

/// What the list of promotions says.
pub(super) const WORDS: &[(&str, Use)] = &[
    ("partner", Use::Selects),
    ("status", Use::Same),
    ("uses", Use::Adds),
    ("points", Use::Adds),
    ("vouchers", Use::Adds),
    ("liability", Use::Adds),
];

/// The name under which those are counted who said last that they take part, or do not any more.
pub fn enrolled_as(promotion: &str, takes_part: bool) -> String {
    format!("promotion-enrolled/{promotion}/{}", if takes_part { "in" } else { "out" })
}

impl Promotions {
    pub(super) fn put_enrolment(
        &mut self,
        promotion: Unit,
        partner: PartnerCode,
        said: Vec<(DateTime, bool)>,
    ) {
        self.enrolments.insert((promotion, partner), said);
    }

    /// How many partners said last that they take part, and that they do not, by promotion.
    pub(super) fn enrolled(&self) -> BTreeMap<String, Decimal> {
        let mut counts: BTreeMap<String, Decimal> = BTreeMap::new();
        for ((promotion, _), said) in &self.enrolments {
            let last = said.iter().max_by_key(|(from, _)| *from);
            if let Some((_, takes_part)) = last {
                *counts.entry(enrolled_as(promotion, *takes_part)).or_default() += Decimal::ONE;
            }
        }
        counts
    }

    pub(super) fn enrolments(
        &self,
    ) -> impl Iterator<Item = (&Unit, &PartnerCode, &Vec<(DateTime, bool)>)> {
        self.enrolments.iter().map(|((promotion, partner), said)| (promotion, partner, said))
    }

    pub(super) fn put_cancelled(&mut self, promotion: Unit) {
        self.cancelled.insert(promotion);
    }

    pub(super) fn cancelled(&self) -> impl Iterator<Item = &Unit> {
        self.cancelled.iter()
    }

    pub(super) fn put_uses(&mut self, key: &Arc<str>, uses: BTreeMap<Unit, PromotionUse>) {
        for (promotion, own) in uses {
            self.uses.entry(promotion).or_default().insert(key.clone(), own);
        }
    }

    /// The promotions that count what goes by a key.
    pub(super) fn of_key<'p>(&'p self, key: &'p str) -> impl Iterator<Item = &'p Unit> {
        self.uses.iter().filter(move |(_, uses)| uses.contains_key(key)).map(|(code, _)| code)
    }

    /// The uses of each key, by promotion.
    pub(super) fn uses(&self) -> BTreeMap<&Arc<str>, BTreeMap<Unit, PromotionUse>> {
        let mut all: BTreeMap<&Arc<str>, BTreeMap<Unit, PromotionUse>> = BTreeMap::new();
        for (promotion, uses) in &self.uses {
            for (key, own) in uses {
                all.entry(key).or_default().insert(promotion.clone(), own.clone());
            }
        }
        all
    }
}

impl Promotion {
    /// Whether it is there at a moment.
    fn is_on(&self, at: DateTime) -> Result<(), Refusal> {
        if self.starts.is_some_and(|starts| at < starts) {
            return Err(Refusal::NotStarted);
        }
        if self.ends.gone().is_some_and(|gone| gone <= at) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }
}

impl Book {
    /// Where a promotion stands now.
    pub fn state_of(&self, promotion: &Promotion) -> PromotionState {
        if self.promotions.cancelled.contains(&promotion.code) {
            return PromotionState::Cancelled;
        }
        match promotion.is_on(self.now) {
            Ok(()) => PromotionState::Running,
            Err(Refusal::NotStarted) => PromotionState::Draft,
            Err(_) => PromotionState::Over,
        }
    }

    /// Whether a promotion gives a partner anything now.
    pub fn takes_part(&self, promotion: &Promotion, partner: &PartnerCode) -> Result<(), Refusal> {
        self.may_take_part(promotion, Some(partner), self.now)
    }

    /// A partner takes part from a moment on. Said again it changes nothing.
    pub(super) fn enrol(
        &mut self,
        partner: &PartnerCode,
        promotion: &Unit,
        on: DateTime,
    ) -> Result<(), Refusal> {
        let of = self.may_join(partner, promotion)?;
        // Before it starts one may enrol, too.
        if of.ends.gone().is_some_and(|gone| gone <= on) {
            return Err(Refusal::Expired);
        }
        if of.when.as_ref().is_some_and(|when| !self.holds(when, partner, on.date())) {
            return Err(Refusal::NotEligible);
        }
        let said = self.promotions.enrolments.entry((promotion.clone(), partner.clone()));
        said.or_default().push((on, true));
        Ok(())
    }

    /// A partner does not take part any more. What it was given stays.
    pub(super) fn leave(
        &mut self,
        partner: &PartnerCode,
        promotion: &Unit,
        on: DateTime,
    ) -> Result<(), Refusal> {
        let of = self.may_join(partner, promotion)?;
        if !self.is_enrolled(&of, Some(partner), on) {
            return Err(Refusal::NotEnrolled);
        }
        let said = self.promotions.enrolments.entry((promotion.clone(), partner.clone()));
        said.or_default().push((on, false));
        Ok(())
    }

    fn may_join(&self, partner: &PartnerCode, promotion: &Unit) -> Result<Promotion, Refusal> {
        if self.is_unknown(partner) {
            return Err(Refusal::UnknownPartner);
        }
        let of = self.wallet.promotions.get(promotion).ok_or(Refusal::UnknownCode)?;
        self.stands_alone(partner)?;
        if self.promotions.cancelled.contains(promotion) {
            return Err(Refusal::WrongState);
        }
        Ok(of.clone())
    }

    /// Ends a promotion before its time: it gives nothing any more, and what it gave stays.
    pub(super) fn cancel_promotion(
        &mut self,
        key: &str,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let of = self.wallet.promotions.get(key).ok_or(Refusal::UnknownKey)?;
        if amount.is_some() {
            return Err(Refusal::WrongUnit);
        }
        if matches!(self.state_of(of), PromotionState::Over | PromotionState::Cancelled) {
            return Err(Refusal::WrongState);
        }
        let code = of.code.clone();
        self.promotions.cancelled.insert(code);
        Ok(())
    }

    /// What a partner said last by then; else what those did who are part of it now.
    fn is_enrolled(&self, of: &Promotion, partner: Option<&PartnerCode>, at: DateTime) -> bool {
        let without_a_word = of.enrol == Enrol::Automatic;
        let Some(partner) = partner.map(|partner| self.survivor(partner)) else {
            return without_a_word;
        };
        let last = |said: &Vec<(DateTime, bool)>| {
            let by_then = said.iter().filter(|(from, _)| *from <= at);
            // Of two of the same moment the one recorded later.
            by_then.max_by_key(|(from, _)| *from).map(|(_, takes_part)| *takes_part)
        };
        let said = &self.promotions.enrolments;
        let own = said.get(&(of.code.clone(), partner.clone())).and_then(last);
        let merged = || {
            let all = said.iter().filter(|((code, who), _)| {
                *code == of.code && who != partner && self.survivor(who) == partner
            });
            all.filter_map(|(_, said)| last(said)).reduce(|one, other| one || other)
        };
        own.or_else(merged).unwrap_or(without_a_word)
    }

    /// Whether a promotion gives a partner anything at a moment.
    fn may_take_part(
        &self,
        of: &Promotion,
        partner: Option<&PartnerCode>,
        at: DateTime,
    ) -> Result<(), Refusal> {
        if self.promotions.cancelled.contains(&of.code) {
            return Err(Refusal::WrongState);
        }
        of.is_on(at)?;
        if !self.is_enrolled(of, partner, at) {
            return Err(Refusal::NotEnrolled);
        }
        let Some(when) = &of.when else { return Ok(()) };
        let holds = |partner: &PartnerCode| self.holds(when, self.survivor(partner), at.date());
        if partner.is_some_and(holds) { Ok(()) } else { Err(Refusal::NotEligible) }
    }

    /// The lines of all promotions: one for each partner who used it, or one of nobody.
    pub(super) fn promotion_lines(&self) -> Vec<Line> {
        let of_promotion = |of: &Promotion| {
            let status = self.state_of(of).word();
            let line = |(partner, taken): (Option<PartnerCode>, Taken)| {
                let cost = RoundingMode::HalfUp.round(taken.liability, self.decimals_of_money());
                let partner = partner.map(|who| ("partner", Said::Text(who.to_string())));
                let mut says: Vec<(&'static str, Said)> = partner.into_iter().collect();
                says.extend([
                    ("status", Said::Text(status.to_owned())),
                    ("uses", Said::Number(taken.uses.into())),
                    ("points", Said::Number(taken.points)),
                    ("vouchers", Said::Number(taken.vouchers)),
                    ("liability", Said::Number(cost)),
                ]);
                Line { list: List::Promotions, of: of.code.to_string(), says }
            };
            self.taken_by_each(of).into_iter().map(line).collect::<Vec<Line>>()
        };
        self.wallet.promotions.values().flat_map(of_promotion).collect()
    }
}
