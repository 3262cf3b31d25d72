//! Rewards: what points buy, at once or in two steps.
//!
//! # Promises
//!
//! * An order takes its points, its piece of the stock and what one partner may have together, or
//!   nothing; cancelled, all of it goes back, and what it gave is taken back.
//! * Rules are asked when a reward is ordered or reserved, and not again when it is given.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::command::{Refusal, Spend, SpendAmount};
use super::credit::Grant;
use super::ledger::{Account, Unit};
use super::line;
use super::lot::Ends;
use super::purse::Purse;
use super::read::{above_zero, not_negative};
use super::spending::{Spending, room_below};
use super::tallies::ordered;
use super::vouchers::days_in_order;
use crate::amount::Currency;
use crate::code::{FactKey, PartnerCode};
use crate::condition::{Awarded, Declared, Depends, Expr, Subject};
use crate::fact::{Fact, FactKind};
use crate::program::Names;
use crate::program::keys::{Key, Shape};
use crate::reader::Reader;
use crate::yaml::Node;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

const GIVES: &[Key] = &[
    key("voucher", Shape::Word, "A voucher for each piece."),
    key("cash", Shape::Number, "So much money for each piece."),
    key("badge", Shape::Word, "A badge."),
];

pub(crate) const REWARD: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is."),
    required("points", Shape::Word, "The point currency it is paid in."),
    required("price", Shape::Number, "How many points one costs."),
    key("money", Shape::Number, "What one costs in money besides."),
    key("stock", Shape::Whole, "How many there are."),
    key("per_partner", Shape::Whole, "How many one partner may take."),
    key("when", Shape::Condition, "Who may take it."),
    key("starts", Shape::Date, "The first day on which it is there."),
    key("ends", Shape::Date, "The last one."),
    key("gives", Shape::OneOf(&[Shape::Words(&["goods"]), Shape::Map(GIVES)]), "What one gets."),
];

/// What points buy.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueReward {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    /// The point currency.
    pub points: Unit,
    pub price: Decimal,
    /// What it costs in money besides.
    pub money: Option<Decimal>,
    pub stock: Option<u32>,
    pub per_partner: Option<u32>,
    /// Over the partner alone; `None`: everybody.
    pub when: Option<Expr>,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub gives: RewardGives,
}

/// What a reward gives, for each piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewardGives {
    Goods,
    Voucher(Unit),
    Cash(Decimal),
    /// Once, however many pieces.
    Badge(Unit),
}

/// A line that orders a reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReward {
    pub partner: PartnerCode,
    pub reward: Unit,
    pub quantity: u32,
}

/// A reward that was ordered; its points are a spending under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) reward: Unit,
    pub(super) partner: PartnerCode,
    /// The price of one when it was ordered.
    pub(super) price: Decimal,
    /// The money that one gave when it was ordered.
    #[serde(default)]
    pub(super) cash: Option<Decimal>,
    /// The memberships it came of that are part of others now, the last one last.
    pub(super) merged: Vec<PartnerCode>,
}

/// One reward of the catalogue.
pub(super) fn read(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    (declared, money): (&Declared, Option<Currency>),
) -> Option<CatalogueReward> {
    let fields = reader.fields(node, "a reward", REWARD)?;
    let points = reader.needed(&fields, "points", Reader::code);
    let price = reader.needed(&fields, "price", above_zero);
    let when = reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), declared));
    days_in_order(reader, &fields);
    Some(CatalogueReward {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        money: reader.maybe(&fields, "money", not_negative),
        stock: reader.maybe(&fields, "stock", Reader::whole),
        per_partner: reader.maybe(&fields, "per_partner", Reader::whole),
        starts: reader.maybe(&fields, "starts", Reader::date),
        ends: reader.maybe(&fields, "ends", Reader::date),
        gives: reader
            .maybe(&fields, "gives", |r, k, n| gives(r, k, n, money))
            .unwrap_or(RewardGives::Goods),
        points: Arc::from(points?),
        price: price?,
        when,
    })
}

/// A condition over the partner. Fields that programs declare are known to it, too.
fn condition(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Expr> {
    let mut own = Reader::new(declared);
    let read = own.condition(key, node);
    reader.problems.append(&mut own.problems);
    if read.as_ref().is_some_and(|it| !it.depends().only(Depends::PARTNER.with(Depends::PARTY))) {
        let help = "ask about `partner.…`: nothing was sold when a reward is ordered";
        reader.error(node.at, "the condition of a reward reads more than the partner", help);
    }
    read
}

fn gives(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
    money: Option<Currency>,
) -> Option<RewardGives> {
    if node.map().is_none() {
        return reader.word(key, node, &[("goods", ())]).map(|()| RewardGives::Goods);
    }
    let fields = reader.fields(node, "`gives`", GIVES)?;
    match fields.among(&["voucher", "cash", "badge"]).as_slice() {
        ["voucher"] => {
            reader.maybe(&fields, "voucher", Reader::code).map(Arc::from).map(RewardGives::Voucher)
        }
        ["cash"] => {
            let cash = reader.maybe(&fields, "cash", above_zero)?;
            // Nobody could be paid it.
            if let Some(money) = money.filter(|money| money.decimals() < cash.normalize().scale()) {
                reader.error(
                    fields.at("cash"),
                    format!("`cash` has more decimals than {money}"),
                    format!("{money} has {}: round the amount", money.decimals()),
                );
            }
            Some(RewardGives::Cash(cash))
        }
        ["badge"] => {
            reader.maybe(&fields, "badge", Reader::code).map(Arc::from).map(RewardGives::Badge)
        }
        _ => {
            let help = "write `gives: goods`, or one of `{ voucher: CODE }`, `{ cash: 20 }`, \
                        `{ badge: CODE }`";
            reader.error(node.at, "a reward gives one thing", help);
            None
        }
    }
}

/// `redeem: X1, partner: P1, reward: headset, quantity: 2`.
pub(super) fn read_order(
    reader: &mut Reader<'_>,
    read: &line::Line<'_, '_>,
) -> Option<OrderReward> {
    let partner = read.partner(reader, "partner");
    let reward = reader.needed(read.fields, "reward", Reader::code);
    let quantity = reader.maybe(read.fields, "quantity", Reader::whole).unwrap_or(1);
    Some(OrderReward { partner: partner?, reward: Arc::from(reward?), quantity })
}

impl Book {
    pub(super) fn redeem_reward(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &OrderReward,
    ) -> Result<(), Refusal> {
        let (reward, spend, amount) = self.affordable(line, on)?;
        self.redeem_all(key, on, &spend, amount);
        self.keep_order(key, line, &reward);
        self.give_reward(key, on, line.quantity);
        Ok(())
    }

    pub(super) fn reserve_reward(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &OrderReward,
        until: Option<Ends>,
    ) -> Result<(), Refusal> {
        let (reward, spend, amount) = self.affordable(line, on)?;
        self.reserve_all(key, on, &spend, amount, until);
        self.keep_order(key, line, &reward);
        Ok(())
    }

    fn keep_order(&mut self, key: &Arc<str>, line: &OrderReward, reward: &CatalogueReward) {
        let (partner, price) = (line.partner.clone(), reward.price);
        let cash = match reward.gives {
            RewardGives::Cash(each) => Some(each),
            RewardGives::Goods | RewardGives::Voucher(_) | RewardGives::Badge(_) => None,
        };
        let (reward, merged) = (reward.code.clone(), Vec::new());
        let order = Order { reward, partner, price, cash, merged };
        self.orders.insert(key.clone(), order);
    }

    /// What an order takes, or why it cannot be had.
    fn affordable(
        &self,
        line: &OrderReward,
        on: DateTime,
    ) -> Result<(CatalogueReward, Spend, Decimal), Refusal> {
        if self.is_unknown(&line.partner) {
            return Err(Refusal::UnknownPartner);
        }
        let wallet = self.wallet.clone();
        let reward = wallet.rewards.get(&line.reward).ok_or(Refusal::UnknownCode)?;
        self.stands_alone(&line.partner)?;
        let amount = reward.price.checked_mul(line.quantity.into());
        let amount = amount.ok_or(Refusal::InvalidAmount)?;
        self.counted(&reward.points, amount)?;
        self.is_member(&line.partner, on)?;
        let day = on.date();
        if reward.starts.is_some_and(|starts| day < starts) {
            return Err(Refusal::NotStarted);
        }
        if reward.ends.is_some_and(|ends| ends < day) {
            return Err(Refusal::Expired);
        }
        let given = match &reward.gives {
            RewardGives::Voucher(voucher) => {
                self.may_give(voucher, &line.partner, day, line.quantity)
            }
            _ => Ok(()),
        };
        if let Err(refusal @ (Refusal::NotStarted | Refusal::Expired)) = given {
            return Err(refusal);
        }
        if reward.when.as_ref().is_some_and(|when| !self.holds(when, &line.partner, day)) {
            return Err(Refusal::NotEligible);
        }
        let limits = self.within_limits(reward, line);
        // The first that applies, limits from the inside out.
        if let Some(refusal) = [limits, given].into_iter().filter_map(Result::err).min() {
            return Err(refusal);
        }
        let currency = self.as_of_tier(&wallet.points[&reward.points], &line.partner);
        let purse = self.purses.get(&(line.partner.clone(), reward.points.clone()));
        let there = purse.map_or(Decimal::ZERO, Purse::balance) + room_below(&currency);
        if there < amount {
            return Err(Refusal::Insufficient);
        }
        let spend = Spend {
            partner: line.partner.clone(),
            unit: reward.points.clone(),
            amount: SpendAmount::Exactly(amount),
            order: None,
            order_amount: None,
        };
        Ok((reward.clone(), spend, amount))
    }

    /// What one partner may have, and what there is.
    fn within_limits(&self, reward: &CatalogueReward, line: &OrderReward) -> Result<(), Refusal> {
        let elsewhere = |partner| self.counted_elsewhere(&ordered(&reward.code, partner));
        let (mut taken, mut own) = (elsewhere(None), elsewhere(Some(&line.partner)));
        let orders = self.orders.iter().filter(|(_, order)| order.reward == reward.code);
        for (key, order) in orders {
            let pieces = self.pieces_of(key, order);
            taken += pieces;
            own += if order.partner == line.partner { pieces } else { Decimal::ZERO };
        }
        let wanted = Decimal::from(line.quantity);
        let exceeds = |limit: Option<u32>, there: Decimal| {
            limit.is_some_and(|limit| Decimal::from(limit) < there + wanted)
        };
        if exceeds(reward.per_partner, own) {
            return Err(Refusal::LimitPartner);
        }
        if exceeds(reward.stock, taken) { Err(Refusal::OutOfStock) } else { Ok(()) }
    }

    /// How many pieces of an order are reserved or taken, and not given back.
    pub(super) fn pieces_of(&self, key: &str, order: &Order) -> Decimal {
        let spending = self.spendings.get(key).filter(|spending| spending.state.is_live());
        spending.map_or(Decimal::ZERO, |spending| spending.left() / order.price)
    }

    /// Whether a condition holds of a partner on a day.
    pub(super) fn holds(&self, when: &Expr, partner: &PartnerCode, day: Date) -> bool {
        let fact = nothing(partner, day);
        let master = &self.people.master;
        let own = master.partners.get(partner).map(|own| own.on(day));
        let subject = Subject {
            fact: &fact,
            date: day,
            quantity: None,
            amount: None,
            partner: own,
            product: None,
            earner: own.map(|own| (partner, own)),
            master,
            lists: &master.lists,
            currency: self.money,
            awarded: Awarded::Unknown,
        };
        when.truth(&subject).unwrap_or(false)
    }

    /// Gives what so many pieces of an order bring.
    fn give_reward(&mut self, key: &Arc<str>, on: DateTime, pieces: u32) {
        let wallet = self.wallet.clone();
        let Some(order) = self.orders.get(key).cloned() else { return };
        let Some(reward) = wallet.rewards.get(&order.reward) else { return };
        if let Some(each) = order.cash {
            let expense = Account::RedeemedExpense(reward.points.clone());
            let payable = Account::Payable(order.partner.clone());
            self.post_in_money(key, expense, payable, each * Decimal::from(pieces));
        }
        match &reward.gives {
            // Money is given as it was ordered, whatever the text says by now.
            RewardGives::Goods | RewardGives::Cash(_) => {}
            RewardGives::Voucher(voucher) => {
                let (partner, unit) = (order.partner, voucher.clone());
                let grant = Grant {
                    name: key.clone(),
                    partner,
                    unit,
                    subtype: 0,
                    on,
                    expires: None,
                    usable: None,
                    lifetime: None,
                    escrow: None,
                };
                self.hand_out_several(key, &grant, pieces);
            }
            RewardGives::Badge(badge) => self.give_badge(key, (&order.partner, badge), on, None),
        }
    }

    /// Whole pieces that an amount of points is; `None`: all of them.
    fn whole_pieces(&self, key: &str, amount: Option<Decimal>) -> Result<Option<u32>, Refusal> {
        let Some(order) = self.orders.get(key) else { return Err(Refusal::UnknownKey) };
        let Some(amount) = amount else {
            return Ok(self.pieces_of(key, order).to_u32());
        };
        if !(amount % order.price).is_zero() {
            return Err(Refusal::NotAStep);
        }
        Ok((amount / order.price).to_u32())
    }

    /// Gives what was reserved, or fewer pieces of it.
    pub(super) fn commit_reward(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let is_reserved = self.spendings.get(key).is_some_and(|of| of.lapses().is_some());
        let pieces = if is_reserved { self.whole_pieces(key, amount)? } else { None };
        self.commit(key, amount)?;
        self.give_reward(key, on, pieces.unwrap_or_default());
        Ok(())
    }

    /// Undoes an order, or some pieces of it. Vouchers that it gave must not have been used.
    pub(super) fn cancel_reward(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
        expires: Option<Ends>,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet.clone();
        let order = self.orders.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        let left = self.pieces_of(key, &order);
        let is_spent = self.spendings.get(key).is_some_and(Spending::is_spent);
        let pieces = if is_spent { self.whole_pieces(key, amount)? } else { None };
        let pieces = pieces.unwrap_or_default();
        let is_all = left == Decimal::from(pieces);
        let reward = wallet.rewards.get(&order.reward).ok_or(Refusal::UnknownCode)?;
        let undoing: Arc<str> = Arc::from(format!("{key}-c"));
        let unused = match &reward.gives {
            RewardGives::Voucher(_) if is_spent => self.unused_of(key),
            _ => Vec::new(),
        };
        let wanted = usize::try_from(pieces).unwrap_or(usize::MAX);
        let gave_vouchers = matches!(reward.gives, RewardGives::Voucher(_));
        if gave_vouchers && unused.len() < wanted && Decimal::from(pieces) <= left {
            return Err(Refusal::WrongState);
        }
        self.cancel(key, amount, expires)?;
        if let Some(each) = order.cash {
            let expense = Account::RedeemedExpense(reward.points.clone());
            let payable = Account::Payable(order.partner.clone());
            self.post_in_money(&undoing, payable, expense, each * Decimal::from(pieces));
        }
        match &reward.gives {
            RewardGives::Voucher(_) => {
                let last = unused.len() - wanted.min(unused.len());
                self.cancel_vouchers(key, &unused[last..], None)?;
            }
            RewardGives::Badge(badge) if is_all => self.take_badge(key, &order.partner, badge),
            RewardGives::Goods | RewardGives::Cash(_) | RewardGives::Badge(_) => {}
        }
        Ok(())
    }

    /// What an order of a reward pays out in money, and what is left to be paid for it.
    pub fn money_of_order(&self, key: &str) -> (Option<Decimal>, Option<Decimal>) {
        self.orders.get(key).map_or((None, None), |order| self.money_of(key, order))
    }

    /// The same of an order.
    pub(super) fn money_of(&self, key: &str, order: &Order) -> (Option<Decimal>, Option<Decimal>) {
        let pieces = self.pieces_of(key, order);
        let is_spent = self.spendings.get(key).is_some_and(Spending::is_spent);
        let cash = order.cash.filter(|_| is_spent).map(|each| each * pieces);
        let reward = self.wallet.rewards.get(&order.reward);
        (cash, reward.and_then(|reward| reward.money).map(|each| each * pieces))
    }
}

/// A fact that says nothing but who and when: conditions are asked of facts.
pub(super) fn nothing(partner: &PartnerCode, day: Date) -> Fact {
    Fact {
        key: FactKey::new(""),
        kind: FactKind::Activity,
        at: day.at(0, 0, 0, 0),
        recorded: jiff::Timestamp::MIN,
        of: None,
        partner: Some(partner.clone()),
        product: None,
        quantity: None,
        unit: None,
        amount: None,
        currency: None,
        order: None,
        line: None,
        channel: None,
        activity_type: None,
        parties: std::collections::BTreeMap::new(),
        attributes: std::collections::BTreeMap::new(),
    }
}
