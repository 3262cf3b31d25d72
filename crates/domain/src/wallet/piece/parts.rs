//! What is read of a piece from outside: what it is, and what of it others count.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::{Body, Piece};
use crate::code::PartnerCode;
use crate::wallet::agreements::ChannelClaim;
use crate::wallet::badges::Given;
use crate::wallet::funds::{Allocation, Claim, FundAccount, Request};
use crate::wallet::games::Played;
use crate::wallet::ledger::Unit;
use crate::wallet::members::Withheld;
use crate::wallet::promotions::{OneUse, PromotionUse, RefusedUse};
use crate::wallet::purse::Purse;
use crate::wallet::spending::Spending;
use crate::wallet::tiers::TierStanding;
use crate::wallet::vouchers::Voucher;

impl Piece {
    pub fn kind(&self) -> &'static str {
        match &self.0 {
            Body::Purse(_) => "purse",
            Body::Credit(_) => "credit",
            Body::Spending(_) => "spending",
            Body::Order(_) => "order",
            Body::Voucher(_) => "voucher",
            Body::Use(_) => "use",
            Body::Paid(_) => "paid",
            Body::Badge(..) => "badge",
            Body::Tier(..) => "tier",
            Body::Benefit(..) => "benefit",
            Body::Merged(_) => "merged",
            Body::Parts(_) => "parts",
            Body::Stood(_) => "stood",
            Body::Enrolled(..) => "enrolled",
            Body::Ended(_) => "ended",
            Body::Promoted(..) => "promoted",
            Body::Sponsor(..) => "sponsor",
            Body::Borne(_) => "borne",
            Body::Queue(_) => "queue",
            Body::Play(_) => "play",
            Body::Fund(..) => "fund",
            Body::Allocation(_) => "allocation",
            Body::Request(_) => "request",
            Body::Claim(_) => "claim",
            Body::Cut(_) => "cut",
            Body::ChannelClaim(_) => "channel_claim",
            Body::Agreement(..) => "agreement",
            Body::ClaimedSale(..) => "claimed_sale",
            Body::Taken(..) => "taken",
            Body::Delivery(_) => "delivery",
            Body::Stock(_) => "stock",
            Body::Price(_) => "price",
            Body::Active(_) => "active",
            Body::Member(_) => "member",
            Body::Withheld(_) => "withheld",
        }
    }

    pub(in crate::wallet) fn body(&self) -> &Body {
        &self.0
    }

    /// The lots and debts of an owner in a unit, if it is that.
    pub fn purse(&self) -> Option<&Purse> {
        match &self.0 {
            Body::Purse(purse) => Some(purse),
            _ => None,
        }
    }

    /// The voucher that it is.
    pub fn voucher(&self) -> Option<&Voucher> {
        match &self.0 {
            Body::Voucher(voucher) => Some(voucher),
            _ => None,
        }
    }

    /// What promotions refused or cut under a key, if it is that.
    pub fn refused(&self) -> Vec<RefusedUse> {
        match &self.0 {
            Body::Promoted(_, uses) => {
                uses.iter().filter_map(|(code, own)| own.refused_of(code)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a promotion gave under a key, if it is that.
    pub fn use_of(&self, promotion: &str) -> Option<OneUse> {
        match &self.0 {
            Body::Promoted(_, uses) => uses.get(promotion).map(PromotionUse::alone),
            _ => None,
        }
    }

    /// Of which membership one is a part, if it is that.
    pub fn merged_into(&self) -> Option<&PartnerCode> {
        match &self.0 {
            Body::Merged(into) => Some(into),
            _ => None,
        }
    }

    /// What was reserved or redeemed, if it is that.
    pub fn spending(&self) -> Option<&Spending> {
        match &self.0 {
            Body::Spending(spending) => Some(spending),
            _ => None,
        }
    }

    /// Who said when that it takes part in which promotion, if it is that.
    pub fn enrolled(&self) -> Option<(&PartnerCode, &Unit, &[(DateTime, bool)])> {
        match &self.0 {
            Body::Enrolled(partner, promotion, said) => Some((partner, promotion, said)),
            _ => None,
        }
    }

    /// The order of a reward that it is: who ordered, what, and the price of one then.
    pub fn order(&self) -> Option<(&PartnerCode, &Unit, Decimal)> {
        match &self.0 {
            Body::Order(order) => Some((&order.partner, &order.reward, order.price)),
            _ => None,
        }
    }

    /// The money that an order gave for each piece.
    pub fn cash(&self) -> Option<Decimal> {
        match &self.0 {
            Body::Order(order) => order.cash,
            _ => None,
        }
    }

    /// The request that it is.
    pub fn request(&self) -> Option<&Request> {
        match &self.0 {
            Body::Request(request) => Some(request),
            _ => None,
        }
    }

    /// The award that was withheld, if it is that.
    pub fn withheld(&self) -> Option<&Withheld> {
        match &self.0 {
            Body::Withheld(withheld) => Some(withheld),
            _ => None,
        }
    }

    /// The claim on a fund that it is.
    pub fn claim(&self) -> Option<&Claim> {
        match &self.0 {
            Body::Claim(claim) => Some(claim),
            _ => None,
        }
    }

    /// The claim on an agreement that it is.
    pub fn channel_claim(&self) -> Option<&ChannelClaim> {
        match &self.0 {
            Body::ChannelClaim(claim) => Some(claim),
            _ => None,
        }
    }

    /// Whether something was said of a membership in it.
    pub fn is_member(&self) -> bool {
        matches!(self.0, Body::Member(_))
    }

    /// What is known of a fund as a whole, if it is that.
    pub fn fund(&self) -> Option<(&Unit, &FundAccount)> {
        match &self.0 {
            Body::Fund(fund, account) => Some((fund, account)),
            _ => None,
        }
    }

    /// The allocation that it is.
    pub fn allocation(&self) -> Option<&Allocation> {
        match &self.0 {
            Body::Allocation(allocation) => Some(allocation),
            _ => None,
        }
    }

    /// The play that it is.
    pub fn play(&self) -> Option<&Played> {
        match &self.0 {
            Body::Play(played) => Some(played),
            _ => None,
        }
    }

    /// Who has a badge by what it gives, if it is that.
    pub fn badge(&self) -> Option<(&PartnerCode, &Unit, &Arc<str>, &Given)> {
        match &self.0 {
            Body::Badge(partner, badge, by, given) => Some((partner, badge, by, given)),
            _ => None,
        }
    }

    /// Where a partner stands in a group, if it is that.
    pub fn tier(&self) -> Option<(&PartnerCode, &Unit, &TierStanding)> {
        match &self.0 {
            Body::Tier(partner, group, standing) => Some((partner, group, standing)),
            _ => None,
        }
    }
}
