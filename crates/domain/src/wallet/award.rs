//! Awards that wallets hold: points, vouchers and badges follow what terms give.
//!
//! # Promises
//!
//! * What an award gives now takes the place of what it gave before: more of it, or a part taken
//!   back.
//! * It counts for its promotion, and its sponsors bear it, as they did with its first piece.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::book::Book;
use super::credit::Grant;
use super::ledger::Unit;
use super::promotions::GivenAs;
use super::sponsors::Bearer;
use crate::code::PartnerCode;
use crate::program::{PointReward, Reward, Term};

/// What a term gave to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldAward {
    pub reward: Reward,
    pub promotion: Option<Unit>,
    /// What people know it by: its fact, or `program/term/period`.
    pub name: Arc<str>,
    pub partner: PartnerCode,
    /// From when its days count.
    pub on: DateTime,
    /// The moment that promotions ask about, of an award of no single fact.
    pub period: Option<DateTime>,
}

/// In what a term pays, if wallets hold it.
fn given_as(reward: &Reward) -> Option<GivenAs> {
    match reward {
        // What a fund gives is in lots, too.
        Reward::Points(_) | Reward::Fund(_) => Some(GivenAs::Points),
        Reward::Voucher(_) => Some(GivenAs::Vouchers),
        Reward::Badge(_) => Some(GivenAs::Badge),
        _ => None,
    }
}

impl Reward {
    /// Whether wallets hold it.
    pub fn is_held(&self) -> bool {
        given_as(self).is_some()
    }

    /// The code of what wallets hold of it.
    pub fn held_unit(&self) -> Option<&str> {
        match self {
            Reward::Points(reward) => Some(&reward.points),
            Reward::Voucher(code) | Reward::Badge(code) | Reward::Fund(code) => Some(code),
            _ => None,
        }
    }

    fn points(&self) -> Option<&PointReward> {
        match self {
            Reward::Points(reward) => Some(reward),
            _ => None,
        }
    }

    /// Who bears it.
    pub fn bearers(&self) -> &[Bearer] {
        self.points().map_or(&[], |reward| &reward.sponsors)
    }
}

impl HeldAward {
    /// What a term gives for a fact of that moment; without one for a period that ends before a
    /// day, as of now.
    pub fn of(
        term: &Term,
        partner: &PartnerCode,
        (name, now): (Arc<str>, DateTime),
        at: Result<DateTime, Date>,
    ) -> HeldAward {
        // An award of a period is made by its last day, however late it is closed.
        let last = |end: Date| end.yesterday().unwrap_or(Date::MAX).at(0, 0, 0, 0).min(now);
        HeldAward {
            reward: term.reward.clone(),
            promotion: term.promotion.as_deref().map(Arc::from),
            name,
            partner: partner.clone(),
            on: at.unwrap_or(now),
            period: at.err().map(last),
        }
    }
}

impl Book {
    /// Brings what an award gives to what it is now.
    pub fn award(&mut self, id: &Arc<str>, of: &HeldAward, total: Decimal) {
        let (Some(given_as), Some(unit)) = (given_as(&of.reward), of.reward.held_unit()) else {
            return;
        };
        let unit: Unit = Arc::from(unit);
        let reward = of.reward.points();
        let subtype = reward.and_then(|reward| reward.subtype.as_deref());
        let currency = self.wallet.lots_of(&unit);
        let grant = Grant {
            name: of.name.clone(),
            partner: of.partner.clone(),
            subtype: currency.and_then(|currency| currency.subtype(subtype)).unwrap_or(0),
            on: of.on,
            expires: None,
            usable: None,
            lifetime: reward.and_then(|reward| reward.lifetime),
            escrow: reward.and_then(|reward| reward.escrow),
            unit,
        };
        self.borne_by(id, &grant, of.reward.bearers());
        let wallet = self.wallet.clone();
        let promotion = of.promotion.as_ref().filter(|code| wallet.promotions.contains_key(*code));
        let total = self.as_member(id, (given_as, &grant), (promotion, of.period), total);
        if let Some(promotion) = promotion {
            self.earned_under(promotion, id, (given_as, &grant), of.period, total);
            return;
        }
        match given_as {
            GivenAs::Points => self.earned(id, &grant, total),
            GivenAs::Vouchers => self.earned_vouchers(id, &grant, total),
            GivenAs::Badge => self.earned_badge(id, &grant, total),
        }
    }
}
