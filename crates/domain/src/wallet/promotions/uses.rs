//! The uses of a promotion: what it gave under which key, what it refused, and what its limits
//! leave.
//!
//! # Invariants
//!
//! * A use is an award, or a line: whatever becomes of it, it is one.
//! * How much a use holds is asked of the credit and the vouchers themselves, so what is taken back
//!   by whatever way is room again.

use std::collections::BTreeMap;
use std::ops::Add;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Promotion;
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::credit::{Credit, Grant};
use crate::wallet::ledger::Unit;
use crate::wallet::tallies::of_partner;

/// As what something is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenAs {
    Points,
    Vouchers,
    Badge,
}

/// An award or a line under a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::wallet) struct PromotionUse {
    /// What people know it by.
    name: Arc<str>,
    /// `None`: vouchers for whoever shows them.
    partner: Option<PartnerCode>,
    given_as: GivenAs,
    /// Places of an amount.
    decimals: u32,
    /// What one costs the vendor.
    cost: Decimal,
    on: DateTime,
    /// An award of one fact, or a line.
    is_of_fact: bool,
    /// What the award is, or the line asks.
    asked: Decimal,
    /// How much of it the promotion gives.
    given: Decimal,
    /// It gave something once.
    is_used: bool,
    /// Why it does not give more.
    refused: Option<Refusal>,
}

/// An award that a promotion refused or cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedUse {
    pub promotion: Unit,
    pub partner: Option<PartnerCode>,
    /// Its fact, or `program/term/period`.
    pub award: Arc<str>,
    pub on: DateTime,
    pub given_as: GivenAs,
    /// What the award is.
    pub asked: Decimal,
    /// How much of it was given.
    pub given: Decimal,
    pub refusal: Refusal,
}

/// One use of a promotion: an award, or a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneUse {
    /// Its fact, `program/term/period`, or the key of its line.
    pub award: Arc<str>,
    pub on: DateTime,
    pub given_as: GivenAs,
    /// What the award is, or the line asks.
    pub asked: Decimal,
    /// How much of it the promotion gave.
    pub given: Decimal,
    /// Why it did not give more.
    pub refused: Option<Refusal>,
}

/// What was given of a promotion less what was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub uses: u32,
    pub points: Decimal,
    pub vouchers: Decimal,
    pub liability: Decimal,
}

const USES: &str = "uses";
const POINTS: &str = "points";
const VOUCHERS: &str = "vouchers";
const LIABILITY: &str = "liability";

/// Under which name a limit counts, over all or of a partner.
fn counted_as(promotion: &str, what: &str, partner: Option<&PartnerCode>) -> String {
    of_partner(format!("promotion/{promotion}/{what}"), partner)
}

/// Under which name is counted what a promotion gave for a day.
fn day_name(promotion: &str, day: Date, what: &str) -> String {
    format!("{}{day}/{what}", by_day(promotion))
}

/// With what the names of all days of a promotion begin; the day and what is counted follow.
pub fn by_day(promotion: &str) -> String {
    format!("promotion-day/{promotion}/")
}

/// With what the names of refused awards of a promotion begin; the reason follows.
pub fn by_refusal(promotion: &str) -> String {
    format!("promotion-refused/{promotion}/")
}

/// With what the names of what each partner was given begin; its code follows.
pub fn by_partner(promotion: &str, what: TakenWhat) -> String {
    counted_as(promotion, what.word(), None) + "/"
}

/// What is counted of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenWhat {
    Uses,
    Points,
    Vouchers,
    Liability,
}

impl TakenWhat {
    pub const ALL: [TakenWhat; 4] =
        [TakenWhat::Uses, TakenWhat::Points, TakenWhat::Vouchers, TakenWhat::Liability];

    pub fn word(self) -> &'static str {
        match self {
            TakenWhat::Uses => USES,
            TakenWhat::Points => POINTS,
            TakenWhat::Vouchers => VOUCHERS,
            TakenWhat::Liability => LIABILITY,
        }
    }
}

impl Taken {
    /// Adds to one of the counts.
    pub fn put(&mut self, what: TakenWhat, amount: Decimal) {
        match what {
            TakenWhat::Uses => {
                self.uses = self.uses.saturating_add(amount.to_u32().unwrap_or_default());
            }
            TakenWhat::Points => self.points += amount,
            TakenWhat::Vouchers => self.vouchers += amount,
            TakenWhat::Liability => self.liability += amount,
        }
    }

    pub fn is_nothing(&self) -> bool {
        *self == Taken::default()
    }
}

/// The names under which the limits of a promotion count, over all or of a partner.
pub(in crate::wallet) fn tally_names(
    promotion: &Unit,
    partner: Option<&PartnerCode>,
) -> Vec<String> {
    let counts = [USES, POINTS, VOUCHERS, LIABILITY];
    let counts = if partner.is_none() { &counts[..] } else { &counts[..2] };
    counts.iter().map(|what| counted_as(promotion, what, partner)).collect()
}

impl Add for Taken {
    type Output = Taken;

    fn add(self, other: Taken) -> Taken {
        Taken {
            uses: self.uses.saturating_add(other.uses),
            points: self.points + other.points,
            vouchers: self.vouchers + other.vouchers,
            liability: self.liability + other.liability,
        }
    }
}

impl PromotionUse {
    /// To whom it gives.
    pub(in crate::wallet) fn partner(&self) -> Option<&PartnerCode> {
        self.partner.as_ref()
    }

    /// Nothing yet. `cost` is what one of them costs the vendor.
    pub(in crate::wallet) fn new(
        name: &Arc<str>,
        partner: Option<&PartnerCode>,
        on: DateTime,
        given_as: GivenAs,
        cost: Decimal,
    ) -> PromotionUse {
        PromotionUse {
            name: name.clone(),
            partner: partner.cloned(),
            given_as,
            decimals: 0,
            cost,
            on,
            is_of_fact: true,
            asked: Decimal::ZERO,
            given: Decimal::ZERO,
            is_used: false,
            refused: None,
        }
    }

    /// What is told of it, if it is given less than it is.
    pub(in crate::wallet) fn refused_of(&self, promotion: &Unit) -> Option<RefusedUse> {
        let refusal = self.told()?;
        Some(RefusedUse {
            promotion: promotion.clone(),
            partner: self.partner.clone(),
            award: self.name.clone(),
            on: self.on,
            given_as: self.given_as,
            asked: self.asked,
            given: self.given,
            refusal,
        })
    }

    /// What the award is, or the line asks.
    pub(in crate::wallet) fn asked(&self) -> Decimal {
        self.asked
    }

    /// As it is told by itself.
    pub(in crate::wallet) fn alone(&self) -> OneUse {
        OneUse {
            award: self.name.clone(),
            on: self.on,
            given_as: self.given_as,
            asked: self.asked,
            given: self.given,
            refused: self.told(),
        }
    }

    /// How much is given.
    pub(in crate::wallet) fn given(&self) -> Decimal {
        self.given
    }

    /// An award that is given less than it is, and why.
    pub(in crate::wallet) fn told(&self) -> Option<Refusal> {
        self.refused.filter(|_| Decimal::ZERO < self.asked && self.given < self.asked)
    }
}

impl Book {
    /// What a grant would be a use of.
    pub(in crate::wallet) fn use_of(&self, grant: &Grant, given_as: GivenAs) -> PromotionUse {
        let currency = self.wallet.points.get(&grant.unit);
        let kind = self.wallet.vouchers.get(&grant.unit);
        let cost = match given_as {
            GivenAs::Points => currency.map(|currency| currency.cost_of(grant.subtype)),
            GivenAs::Vouchers => kind.and_then(|kind| Some(kind.cost_of_one(kind.amount()?))),
            GivenAs::Badge => None,
        };
        let partner = Some(&grant.partner);
        let cost = cost.unwrap_or_default();
        let own = PromotionUse::new(&grant.name, partner, grant.on, given_as, cost);
        let decimals = currency.filter(|_| given_as == GivenAs::Points);
        PromotionUse { decimals: decimals.map_or(0, |currency| currency.decimals), ..own }
    }

    /// Whether a line names a promotion that there is.
    pub(in crate::wallet) fn known_promotion(&self, code: Option<&Unit>) -> Result<(), Refusal> {
        let is_known = code.is_none_or(|code| self.wallet.promotions.contains_key(code));
        if is_known { Ok(()) } else { Err(Refusal::UnknownCode) }
    }

    /// What a promotion gives of what a line asks, or why it gives nothing.
    pub(in crate::wallet) fn allot(
        &self,
        promotion: &Unit,
        key: &str,
        own: PromotionUse,
        asked: Decimal,
    ) -> Result<PromotionUse, Refusal> {
        let of = self.wallet.promotions.get(promotion).ok_or(Refusal::UnknownCode)?;
        self.may_take_part(of, own.partner.as_ref(), own.on)?;
        let (given, _) = self.within(of, key, &own, asked)?;
        // A line that is cut is not refused.
        Ok(PromotionUse { asked: given, given, is_used: true, ..own })
    }

    /// Keeps what was promised and given.
    pub(in crate::wallet) fn record_use(
        &mut self,
        promotion: &Unit,
        key: &Arc<str>,
        own: PromotionUse,
    ) {
        let of = self.promotions.uses.entry(promotion.clone()).or_default();
        of.insert(key.clone(), own);
    }

    /// Brings what an award under a promotion gives to what it is now, as far as the promotion
    /// gives it. `period` is the moment of an award of no single fact.
    pub fn earned_under(
        &mut self,
        promotion: &Unit,
        key: &Arc<str>,
        (given_as, grant): (GivenAs, &Grant),
        period: Option<DateTime>,
        total: Decimal,
    ) {
        let wallet = self.wallet.clone();
        let Some(of) = wallet.promotions.get(promotion) else { return };
        let total = if given_as == GivenAs::Points { total } else { total.floor() };
        let before = self.promotions.uses.get(promotion).and_then(|uses| uses.get(key)).cloned();
        let is_of_fact = period.is_none();
        let own = PromotionUse { is_of_fact, ..self.use_of(grant, given_as) };
        let mut own = match before {
            None if total.is_zero() => return,
            None => own,
            Some(before) if is_of_fact && before.on != grant.on => {
                // As if it had not been asked yet; its use, if it had one, is not taken again.
                PromotionUse { is_used: before.is_used, ..own }
            }
            Some(before) if before.asked == total => return,
            Some(before) => before,
        };
        self.decide(of, key, &mut own, (grant, period.unwrap_or(grant.on)), total);
        own.asked = total;
        match given_as {
            GivenAs::Points => self.earned(key, grant, own.given),
            GivenAs::Badge => self.earned_badge(key, grant, own.given),
            GivenAs::Vouchers => {
                self.earned_vouchers(key, grant, own.given);
                let there = Decimal::from(self.standing_of(key));
                if there < own.given {
                    let (day, unit) = (grant.on.date(), &grant.unit);
                    own.refused = self.may_give(unit, &grant.partner, day, 1).err();
                    own.given = there;
                }
            }
        }
        self.record_use(promotion, key, own);
    }

    /// How much of an award is given from now on.
    fn decide(
        &self,
        of: &Promotion,
        key: &str,
        own: &mut PromotionUse,
        (grant, at): (&Grant, DateTime),
        total: Decimal,
    ) {
        let partner = own.partner.clone();
        if total < Decimal::ZERO {
            // It takes back no more than the promotion gave.
            let may = self.may_take_part(of, partner.as_ref(), at).is_ok();
            let gave = self.taken_by(of, key, partner.as_ref()).points.max(Decimal::ZERO);
            let back = if may && own.given_as == GivenAs::Points { gave } else { Decimal::ZERO };
            own.given = total.max(-back);
            return;
        }
        let is_new = own.asked <= Decimal::ZERO;
        // What more facts add to an award of several is decided by itself.
        let was_refused = !is_new && own.given.is_zero() && own.is_of_fact;
        if total <= own.asked || was_refused {
            own.given = own.given.min(total);
            return;
        }
        if is_new {
            own.given = Decimal::ZERO;
        }
        let wanted = if is_new { total } else { own.given + total - own.asked };
        let may_give = match own.given_as {
            GivenAs::Vouchers => self.may_give(&grant.unit, &grant.partner, grant.on.date(), 1),
            _ => Ok(()),
        };
        let verdicts = [self.may_take_part(of, partner.as_ref(), at), may_give];
        let given = match verdicts.into_iter().filter_map(Result::err).min() {
            Some(refusal) => Err(refusal),
            None => self.within(of, key, own, wanted),
        };
        match given {
            Ok((given, refused)) => {
                (own.given, own.is_used) = (given, true);
                own.refused = refused.or(own.refused);
            }
            Err(refusal) => own.refused = Some(refusal),
        }
    }

    /// How much of what is wanted the limits leave, and which of them cut it.
    fn within(
        &self,
        of: &Promotion,
        key: &str,
        own: &PromotionUse,
        wanted: Decimal,
    ) -> Result<(Decimal, Option<Refusal>), Refusal> {
        let limits = &of.limits;
        let all = self.taken(of, key, None);
        let mine = self.taken_by(of, key, own.partner.as_ref());
        let use_left = |limit: Option<u32>, taken: u32| {
            let left = limit.is_none_or(|limit| own.is_used || taken < limit);
            (!left).then_some(Decimal::ZERO)
        };
        let points = |limit: Option<Decimal>, taken: Decimal| {
            limit.filter(|_| own.given_as == GivenAs::Points).map(|limit| limit - taken)
        };
        let vouchers = limits.vouchers.filter(|_| own.given_as == GivenAs::Vouchers);
        let costs = limits.liability.filter(|_| !own.cost.is_zero());
        let pieces = costs.and_then(|limit| (limit - all.liability).checked_div(own.cost));
        let of_partner = own.partner.is_some();
        let rooms = [
            (use_left(limits.uses_per_partner, mine.uses).filter(|_| of_partner), true),
            (points(limits.points_per_partner, mine.points).filter(|_| of_partner), true),
            (use_left(limits.uses, all.uses), false),
            (points(limits.points, all.points), false),
            (vouchers.map(|limit| Decimal::from(limit) - all.vouchers), false),
            (pieces.map(|room| room.trunc_with_scale(own.decimals)), false),
        ];
        let (mut given, mut cut_by) = (wanted, None);
        for (room, is_of_partner) in rooms {
            let Some(room) = room.filter(|room| *room < given) else { continue };
            let refusal = if is_of_partner { Refusal::LimitPartner } else { Refusal::LimitTotal };
            if !of.cut || room <= own.given {
                return Err(refusal);
            }
            (given, cut_by) = (room, Some(refusal));
        }
        Ok((given, cut_by))
    }

    /// What a partner and those that are part of it were given beside one key; without a partner
    /// nothing.
    pub(super) fn taken_by(
        &self,
        of: &Promotion,
        key: &str,
        partner: Option<&PartnerCode>,
    ) -> Taken {
        let Some(partner) = partner.map(|partner| self.survivor(partner)) else {
            return Taken::default();
        };
        self.taken(of, key, Some(partner))
    }

    /// What was given beside one key to all, or to one and those that are part of it, whether it is
    /// in this book or elsewhere.
    pub(super) fn taken(
        &self,
        of: &Promotion,
        beside: &str,
        partner: Option<&PartnerCode>,
    ) -> Taken {
        let uses = self.promotions.uses.get(&of.code).into_iter().flatten();
        let mut taken = self.taken_elsewhere(of, partner);
        let parts = partner.map(|partner| self.parts_of(partner));
        for part in parts.iter().flatten() {
            taken = taken + self.taken_elsewhere(of, Some(part));
        }
        for (key, own) in uses.filter(|(key, _)| &***key != beside) {
            let who = own.partner.as_ref().map(|partner| self.survivor(partner));
            if partner.is_none() || who == partner {
                self.add(&mut taken, key, own);
            }
        }
        taken
    }

    fn taken_elsewhere(&self, of: &Promotion, partner: Option<&PartnerCode>) -> Taken {
        let counted = |what: &str| self.counted_elsewhere(&counted_as(&of.code, what, partner));
        Taken {
            uses: counted(USES).to_u32().unwrap_or(u32::MAX),
            points: counted(POINTS),
            vouchers: counted(VOUCHERS),
            liability: counted(LIABILITY),
        }
    }

    /// What promotions gave under the keys of this book, as limits count it.
    pub(in crate::wallet) fn tallies_of_promotions(&self) -> Vec<(String, Decimal)> {
        let mut tallies = Vec::new();
        for (promotion, uses) in &self.promotions.uses {
            for (key, own) in uses {
                let mut taken = Taken::default();
                self.add(&mut taken, key, own);
                let of_all = [
                    (USES, Decimal::from(taken.uses)),
                    (POINTS, taken.points),
                    (VOUCHERS, taken.vouchers),
                    (LIABILITY, taken.liability),
                ];
                for (what, amount) in of_all {
                    tallies.push((counted_as(promotion, what, None), amount));
                    tallies.push((day_name(promotion, own.on.date(), what), amount));
                    let of_one = own.partner.as_ref().map(Some);
                    tallies.extend(of_one.map(|it| (counted_as(promotion, what, it), amount)));
                }
                let why = own.told().map(|why| by_refusal(promotion) + why.word());
                tallies.extend(why.map(|name| (name, Decimal::ONE)));
            }
        }
        tallies
    }

    /// What was given to each, vouchers for whoever shows them to nobody; one entry at least.
    pub(super) fn taken_by_each(&self, of: &Promotion) -> BTreeMap<Option<PartnerCode>, Taken> {
        let uses = self.promotions.uses.get(&of.code).into_iter().flatten();
        let mut all: BTreeMap<Option<PartnerCode>, Taken> = BTreeMap::new();
        for (key, own) in uses.filter(|(_, own)| own.is_used || !own.given.is_zero()) {
            let partner = own.partner.as_ref().map(|partner| self.survivor(partner).clone());
            self.add(all.entry(partner).or_default(), key, own);
        }
        if all.is_empty() {
            all.insert(None, Taken::default());
        }
        all
    }

    fn add(&self, taken: &mut Taken, key: &str, own: &PromotionUse) {
        taken.uses += u32::from(own.is_used);
        let pieces = match own.given_as {
            // What waits for a sponsor is promised.
            GivenAs::Points => {
                self.credits.get(key).map_or(Decimal::ZERO, Credit::left) + self.waiting_of(key)
            }
            GivenAs::Vouchers => Decimal::from(self.issued_for_good(key)),
            GivenAs::Badge => return,
        };
        match own.given_as {
            GivenAs::Vouchers => taken.vouchers += pieces,
            _ => taken.points += pieces,
        }
        taken.liability += pieces.checked_mul(own.cost).unwrap_or_default();
    }

    /// What an award under a promotion was the last time.
    pub(in crate::wallet) fn asked_of(&self, promotion: &Unit, key: &str) -> Option<Decimal> {
        self.promotions.uses.get(promotion)?.get(key).map(PromotionUse::asked)
    }

    /// What promotions refused to awards, each under `promotion/partner/award`, where the award is
    /// called as its lot would be: by its fact, or `program/term/period`.
    pub(in crate::wallet) fn refused_by_promotions(&self) -> Vec<(String, Refusal)> {
        let mut refused: Vec<(String, Refusal)> = Vec::new();
        for (promotion, uses) in &self.promotions.uses {
            for own in uses.values() {
                let partner = own.partner.as_ref().map_or("", |partner| partner.as_str());
                let key = format!("{promotion}/{partner}/{}", own.name);
                refused.extend(own.told().map(|refusal| (key, refusal)));
            }
        }
        refused.sort();
        refused.dedup();
        refused
    }
}
