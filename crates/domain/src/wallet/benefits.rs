//! Benefits: what comes with a tier.
//!
//! # Promises
//!
//! * A benefit that two tiers share lives on when a partner moves between them.
//! * What was given is not taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::credit::Grant;
use super::ledger::Unit;
use super::tiers::TierGroup;
use crate::code::PartnerCode;
use crate::program::Names;

/// What may come with a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benefit {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// When something is given. What holds as long as the tier asks for none.
    pub on: Vec<Occasion>,
    pub gives: Gives,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Its tier is reached.
    Assign,
    /// An assessment keeps the tier.
    Renew,
    /// The tier is left.
    Lapse,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gives {
    /// A right, as long as the tier holds.
    Entitlement(String),
    /// What may be seen, as long as the tier holds.
    Access(String),
    Points(Unit, Decimal),
    /// One, as far as its limits leave any.
    Voucher(Unit),
    /// An allocation of a budget, as far as that suffices, or a credit of what partners earn.
    Fund(Unit, Decimal),
}

impl Gives {
    /// What it is, and its code: a right, an access, a point currency, a voucher, a fund.
    pub fn what(&self) -> (&'static str, &str) {
        match self {
            Gives::Entitlement(code) => ("entitlement", code),
            Gives::Access(code) => ("access", code),
            Gives::Points(unit, _) => ("points", unit),
            Gives::Voucher(code) => ("voucher", code),
            Gives::Fund(fund, _) => ("fund", fund),
        }
    }
}

/// A benefit of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBenefit {
    pub is_active: bool,
    /// When it was assigned, or lapsed; `None`: from the beginning.
    pub since: Option<Date>,
    /// The tier it comes with, or came with last.
    pub tier: Arc<str>,
    /// The day on which it gave something last, and how often on that day.
    pub given: Option<(Date, u32)>,
    /// The day on which an assessment kept its tier last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Date>,
}

impl Book {
    /// What the benefits of a partner open for it now, by code.
    pub fn opened(&self, partner: &PartnerCode) -> BTreeSet<String> {
        let partner = self.survivor(partner);
        let own = self.benefits.iter().filter(|((owner, ..), _)| owner == partner);
        let active = own.filter(|(_, held)| held.is_active).map(|((_, _, of), _)| of);
        let opens = active.filter_map(|of| match &self.wallet.benefits.get(of)?.gives {
            Gives::Access(code) => Some(code.clone()),
            _ => None,
        });
        opens.collect()
    }

    /// A partner moves to another tier of a group.
    pub(super) fn move_benefits(
        &mut self,
        partner: &PartnerCode,
        group: &TierGroup,
        from: Option<usize>,
        to: Option<usize>,
    ) {
        let of =
            |tier: Option<usize>| tier.map_or(&[][..], |at| group.rows[at].benefits.as_slice());
        let standing = self.tiers.get(&(partner.clone(), group.code.clone()));
        let since = standing.and_then(|standing| standing.since);
        let tier = |at: Option<usize>| at.map(|at| group.rows[at].tier.clone());
        for benefit in of(from).iter().filter(|benefit| !of(to).contains(benefit)) {
            let Some(tier) = tier(from) else { continue };
            let given = self.given(partner, group, benefit);
            let lapsed = HeldBenefit { is_active: false, since, tier, given, renewed: None };
            self.keep(partner, group, benefit, lapsed);
            self.give_benefit(partner, group, benefit, Occasion::Lapse);
        }
        for benefit in of(to) {
            let Some(tier) = tier(to) else { continue };
            let key = (partner.clone(), group.code.clone(), benefit.clone());
            let before = self.benefits.get(&key).filter(|held| held.is_active);
            let is_new = before.is_none();
            let given = self.given(partner, group, benefit);
            let renewed = before.and_then(|held| held.renewed);
            let since = before.map_or(since, |held| held.since);
            self.benefits.insert(key, HeldBenefit { is_active: true, since, tier, given, renewed });
            if is_new {
                self.give_benefit(partner, group, benefit, Occasion::Assign);
            }
        }
    }

    fn keep(&mut self, partner: &PartnerCode, group: &TierGroup, of: &Unit, held: HeldBenefit) {
        self.benefits.insert((partner.clone(), group.code.clone(), of.clone()), held);
    }

    /// An assessment kept the tier.
    pub(super) fn renew_benefits(&mut self, partner: &PartnerCode, group: &TierGroup) {
        let standing = self.tiers.get(&(partner.clone(), group.code.clone()));
        let Some(tier) = standing.and_then(|standing| standing.tier) else { return };
        let today = Some(self.now.date());
        for benefit in &group.rows[tier].benefits {
            let key = (partner.clone(), group.code.clone(), benefit.clone());
            if let Some(held) = self.benefits.get_mut(&key) {
                held.renewed = today;
            }
            self.give_benefit(partner, group, benefit, Occasion::Renew);
        }
    }

    fn given(
        &self,
        partner: &PartnerCode,
        group: &TierGroup,
        benefit: &Unit,
    ) -> Option<(Date, u32)> {
        let held = self.benefits.get(&(partner.clone(), group.code.clone(), benefit.clone()));
        held.and_then(|held| held.given)
    }

    /// How often a benefit gave something on a day, whatever group it came with.
    fn given_on(&self, partner: &PartnerCode, benefit: &Unit, day: Date) -> u32 {
        let own = self.benefits.iter();
        let own = own.filter(|((owner, _, of), _)| owner == partner && of == benefit);
        let times = own.filter_map(|(_, held)| held.given.filter(|(last, _)| *last == day));
        times.map(|(_, times)| times).sum()
    }

    fn give_benefit(
        &mut self,
        partner: &PartnerCode,
        group: &TierGroup,
        benefit: &Unit,
        occasion: Occasion,
    ) {
        let wallet = self.wallet.clone();
        let Some(of) = wallet.benefits.get(benefit).filter(|of| of.on.contains(&occasion)) else {
            return;
        };
        let (Gives::Points(unit, _) | Gives::Voucher(unit) | Gives::Fund(unit, _)) = &of.gives
        else {
            return;
        };
        let day = self.now.date();
        let nth = 1 + self.given_on(partner, benefit, day);
        let again = if nth == 1 { String::new() } else { format!("/{nth}") };
        let key: Arc<str> = Arc::from(format!("{benefit}/{partner}/{day}{again}"));
        let held = self.benefits.get_mut(&(partner.clone(), group.code.clone(), benefit.clone()));
        if let Some(held) = held {
            let before = held.given.filter(|(last, _)| *last == day);
            held.given = Some((day, 1 + before.map_or(0, |(_, times)| times)));
        }
        let grant = Grant {
            name: benefit.clone(),
            partner: partner.clone(),
            unit: unit.clone(),
            subtype: 0,
            on: self.now,
            expires: None,
            usable: None,
            lifetime: None,
            escrow: None,
        };
        match &of.gives {
            Gives::Fund(fund, amount)
                if wallet.funds.get(fund).is_some_and(|of| of.budget().is_some()) =>
            {
                self.allocate_benefit(benefit, partner, fund, *amount);
            }
            Gives::Fund(_, amount) => self.earned(&key, &grant, *amount),
            Gives::Points(_, amount) => self.grant(&key, &grant, *amount),
            Gives::Voucher(voucher) if self.may_give(voucher, partner, day, 1).is_ok() => {
                self.hand_out_several(&key, &grant, 1);
            }
            _ => {}
        }
    }
}
