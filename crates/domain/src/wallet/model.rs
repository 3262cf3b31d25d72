//! What is declared of points: currencies, their subtypes, and the rules of holding and spending.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::agreements::Agreement;
use super::badges::BadgeKind;
use super::benefits::Benefit;
use super::dates::{Expiry, Recurring};
use super::funds::Fund;
use super::games::Game;
use super::ledger::Unit;
use super::members::Members;
use super::promotions::Promotion;
use super::rewards::CatalogueReward;
use super::sponsors::Sponsor;
use super::tiers::TierGroup;
use super::vouchers::VoucherKind;
use crate::amount::Currency;
use crate::code::PartnerCode;
use crate::evaluate::AMOUNT_MAX;
use crate::program::{Names, Span};

/// What a wallet declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Wallet {
    /// The money of costs, worths and prices; `None`: the one of the programs.
    pub currency: Option<Currency>,
    /// Where a day begins.
    pub time_zone: TimeZone,
    pub members: Members,
    pub points: BTreeMap<Unit, PointCurrency>,
    pub pools: BTreeMap<PartnerCode, Pool>,
    pub tier_groups: BTreeMap<Unit, TierGroup>,
    pub benefits: BTreeMap<Unit, Benefit>,
    pub vouchers: BTreeMap<Unit, VoucherKind>,
    /// What points buy.
    pub rewards: BTreeMap<Unit, CatalogueReward>,
    pub badges: BTreeMap<Unit, BadgeKind>,
    pub promotions: BTreeMap<Unit, Promotion>,
    /// Other companies that pay for points.
    pub sponsors: BTreeMap<Unit, Sponsor>,
    pub games: BTreeMap<Unit, Game>,
    /// Money for agreed activities.
    pub funds: BTreeMap<Unit, Fund>,
    /// Special prices, price protection, stock rotation.
    pub agreements: BTreeMap<Unit, Agreement>,
}

impl Default for Wallet {
    fn default() -> Wallet {
        Wallet {
            currency: None,
            time_zone: TimeZone::UTC,
            members: Members::default(),
            points: BTreeMap::new(),
            pools: BTreeMap::new(),
            tier_groups: BTreeMap::new(),
            benefits: BTreeMap::new(),
            vouchers: BTreeMap::new(),
            rewards: BTreeMap::new(),
            badges: BTreeMap::new(),
            promotions: BTreeMap::new(),
            sponsors: BTreeMap::new(),
            games: BTreeMap::new(),
            funds: BTreeMap::new(),
            agreements: BTreeMap::new(),
        }
    }
}

/// A unit that partners earn beside money.
#[derive(Debug, Clone, PartialEq)]
pub struct PointCurrency {
    pub unit: Unit,
    pub name: Names,
    pub description: Names,
    pub kind: PointKind,
    /// Places of an amount.
    pub decimals: u32,
    /// Money for one point: what it costs the vendor.
    pub cost: Decimal,
    /// What it pays.
    pub worth: Option<Decimal>,
    /// `None`: never.
    pub expiry: Option<Expiry>,
    /// How long a credit waits before it can be used.
    pub escrow: Span,
    /// How long a reservation lasts if it says nothing.
    pub hold: Span,
    pub negative: Negative,
    /// Whether spending may use what may be below zero, too.
    pub overdraw: bool,
    pub clawback: Clawback,
    pub restore: Restore,
    /// At least one; the first is what a credit has that names none.
    pub subtypes: Vec<Subtype>,
    pub spending: Spending,
    /// To whom partners pass points on by themselves. What the vendor passes on is not asked.
    pub pass_on: PassOn,
    /// When the balance starts again at zero.
    pub reset: Option<Recurring>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointKind {
    Spendable,
    /// Counts for tiers, and cannot be spent or passed on.
    Qualifying,
}

/// To whom partners pass points on by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PassOn {
    #[default]
    Nobody,
    /// Pools that they are members of.
    Pools,
    /// These, and any other partner.
    Partners,
}

/// How far below zero a balance may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Negative {
    UpTo(Decimal),
    Unlimited,
    /// By the tier that the owner has in a group.
    ByTier {
        group: Unit,
        default: Decimal,
        by_tier: BTreeMap<Arc<str>, Decimal>,
    },
}

/// What a claw-back does when the points are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clawback {
    /// The rest is owed, apart from the balance.
    Arrears,
    /// The balance goes below zero if the whole rest fits, else it is owed apart.
    Negative,
    /// The rest is forgiven.
    Clamp,
}

/// What comes back to a lot after its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// It expires with its lot.
    Original,
    /// It lives so long from that day.
    For(Span),
}

/// A part of a currency with a cost of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtype {
    pub code: Arc<str>,
    /// `None`: the currency's.
    pub cost: Option<Decimal>,
    /// The smaller is spent first.
    pub priority: u32,
}

/// The rules of one redemption.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spending {
    pub minimum: Option<Decimal>,
    pub steps: Option<Decimal>,
    /// The share of an order that points may pay.
    pub of_order: Option<Decimal>,
}

/// A group that shares points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    pub name: Names,
    pub members: Vec<PartnerCode>,
    /// Members take points out for themselves.
    pub draw: bool,
    /// Of each credit of a member.
    pub share: Decimal,
    pub points: Unit,
}

impl Wallet {
    /// Whether a partner may pass points on by itself: its own, or those of a pool that lets its
    /// members take some out.
    pub fn may_pass_on(
        &self,
        partner: &PartnerCode,
        unit: &str,
        (from, to): (&PartnerCode, &PartnerCode),
    ) -> bool {
        let Some(currency) = self.points.get(unit).filter(|it| it.is_spendable()) else {
            return false;
        };
        let is_member = |pool: &Pool| pool.members.contains(partner);
        match (self.pools.get(from), self.pools.get(to)) {
            (Some(pool), None) => to == partner && pool.draw && is_member(pool),
            (None, Some(pool)) => {
                from == partner && is_member(pool) && currency.pass_on != PassOn::Nobody
            }
            (None, None) => from == partner && currency.pass_on == PassOn::Partners,
            (Some(_), Some(_)) => false,
        }
    }

    /// How lots of a unit go: those of a point currency, or of a fund that partners earn.
    pub fn lots_of(&self, unit: &str) -> Option<&PointCurrency> {
        self.points.get(unit).or_else(|| self.funds.get(unit)?.lots())
    }

    /// All that is held in lots.
    pub(super) fn all_lots(&self) -> impl Iterator<Item = (&Unit, &PointCurrency)> {
        let funds = self.funds.iter().filter_map(|(code, fund)| Some((code, fund.lots()?)));
        self.points.iter().chain(funds)
    }

    /// Counts funds in a money.
    pub(super) fn count_in(&mut self, money: Currency) {
        for fund in self.funds.values_mut() {
            if let super::funds::FundKind::Coop(coop) = &mut fund.kind {
                coop.lots.decimals = money.decimals();
            }
        }
    }
}

impl PointCurrency {
    pub fn is_spendable(&self) -> bool {
        self.kind == PointKind::Spendable
    }

    /// The place of a subtype; without a name the first.
    pub fn subtype(&self, name: Option<&str>) -> Option<usize> {
        match name {
            None => Some(0),
            Some(name) => self.subtypes.iter().position(|subtype| &*subtype.code == name),
        }
    }

    /// How far a balance may go below zero; where that is by tier, of who has none that is named.
    pub fn below_zero(&self) -> Decimal {
        match &self.negative {
            Negative::Unlimited => Decimal::from(AMOUNT_MAX),
            Negative::UpTo(limit) | Negative::ByTier { default: limit, .. } => *limit,
        }
    }

    /// What one point of a subtype costs.
    pub fn cost_of(&self, subtype: usize) -> Decimal {
        self.subtypes.get(subtype).and_then(|subtype| subtype.cost).unwrap_or(self.cost)
    }
}
