//! How somebody stands in a promotion, and what of it is left.
//!
//! # Promises
//!
//! * What is told here is what an award of this moment would be decided by.

use rust_decimal::Decimal;

use super::{Promotion, PromotionState, Taken};
use crate::code::PartnerCode;
use crate::condition::Expr;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;

/// How a partner stands in a promotion now.
#[derive(Debug, Clone, PartialEq)]
pub struct Stance {
    pub state: PromotionState,
    /// What of its condition does not hold; nothing if the partner may take part.
    pub lacks: Vec<Expr>,
    pub is_enrolled: bool,
    /// Why an award of now would be given nothing.
    pub refusal: Option<Refusal>,
    /// What the partner was given.
    pub taken: Taken,
    /// What is left for it, by its own limits alone.
    pub left: Left,
}

/// What limits leave; `None` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    pub uses: Option<Decimal>,
    pub points: Option<Decimal>,
    pub vouchers: Option<Decimal>,
    pub liability: Option<Decimal>,
}

impl Left {
    /// One of them leaves nothing.
    pub fn is_used_up(&self) -> bool {
        let all = [self.uses, self.points, self.vouchers, self.liability];
        all.into_iter().flatten().any(|left| left <= Decimal::ZERO)
    }
}

impl Promotion {
    /// What is left when so much was given to all.
    pub fn left(&self, taken: &Taken) -> Left {
        let limits = &self.limits;
        Left {
            uses: limits.uses.map(|limit| Decimal::from(limit) - Decimal::from(taken.uses)),
            points: limits.points.map(|limit| limit - taken.points),
            vouchers: limits.vouchers.map(|limit| Decimal::from(limit) - taken.vouchers),
            liability: limits.liability.map(|limit| limit - taken.liability),
        }
    }

    /// What is left for a partner that was given so much, whatever others were given.
    pub fn left_for_one(&self, taken: &Taken) -> Left {
        let uses = self.limits.uses_per_partner;
        Left {
            uses: uses.map(|limit| Decimal::from(limit) - Decimal::from(taken.uses)),
            points: self.limits.points_per_partner.map(|limit| limit - taken.points),
            ..Left::default()
        }
    }

    /// Neither a last day nor anything that bounds what it costs in all.
    pub fn is_boundless(&self) -> bool {
        let limits = &self.limits;
        let has_bound = limits.uses.is_some()
            || limits.points.is_some()
            || limits.vouchers.is_some()
            || limits.liability.is_some();
        self.ends.gone().is_none() && !has_bound
    }
}

impl Book {
    /// What a promotion gave to all, less what was taken back.
    pub fn given_by(&self, of: &Promotion) -> Taken {
        self.taken(of, "", None)
    }

    /// How a partner stands in a promotion now.
    pub fn stance(&self, of: &Promotion, partner: &PartnerCode) -> Stance {
        let now = self.now;
        let who = self.survivor(partner);
        let taken = self.taken_by(of, "", Some(who));
        let left = of.left_for_one(&taken);
        let used_up = if left.is_used_up() {
            Some(Refusal::LimitPartner)
        } else {
            of.left(&self.given_by(of)).is_used_up().then_some(Refusal::LimitTotal)
        };
        let parts = of.when.iter().flat_map(Expr::conjuncts);
        Stance {
            state: self.state_of(of),
            lacks: parts.filter(|part| !self.holds(part, who, now.date())).collect(),
            is_enrolled: self.is_enrolled(of, Some(who), now),
            refusal: self.may_take_part(of, Some(who), now).err().or(used_up),
            taken,
            left,
        }
    }

    /// Whether a partner may take part on the day of this moment, enrolled or not.
    pub fn may_join_in(&self, of: &Promotion, partner: &PartnerCode) -> bool {
        let day = self.now.date();
        of.when.as_ref().is_none_or(|when| self.holds(when, self.survivor(partner), day))
    }
}
