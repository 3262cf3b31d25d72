//! Vouchers: money, a share of an order, or a product, for whoever shows a code.
//!
//! # Invariants
//!
//! * A value voucher is a lot of money, any other one is a lot of one piece.
//! * No code is given out twice.
//! * What was redeemed, reserved, cancelled or expired of a voucher is never open at the same time.

mod codes;
mod declared;
mod issuing;
mod using;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use codes::{CodeForm, CodeSecret};
pub(crate) use declared::{VOUCHER, WORDS_OF_ISSUE};
pub(super) use declared::{days_in_order, read, read_issue, read_use};
pub use issuing::Issue;
pub use using::{UseVoucher, VoucherUse};

use super::agenda::Agenda;
use super::book::Book;
use super::dates::Expiry;
use super::ledger::{Account, Unit};
use super::lot::{Lot, Place};
use super::report::{Line, List, Said};
use super::spending::SpendingState;
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::program::Names;

/// What is declared of a voucher.
#[derive(Debug, Clone, PartialEq)]
pub struct VoucherKind {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    pub pays: VoucherPays,
    /// It may be used bit by bit; if not, the rest lapses with the first use.
    pub partial: bool,
    /// The smallest order it can be used on.
    pub minimum: Option<SmallestOrder>,
    /// The days on which it is issued. Without an expiry it can be used as long.
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub expiry: Option<Expiry>,
    /// How many may be issued.
    pub limit: IssueLimit,
    /// What one costs the vendor; `None`: what it is worth.
    pub cost: Option<Decimal>,
    /// What codes look like; `None`: those of lines are the lines' keys.
    pub codes: Option<CodeForm>,
}

/// What a voucher pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoucherPays {
    Value(Decimal),
    /// So much money as is said when it is issued.
    OpenValue,
    /// A share of an order.
    Share {
        percent: Decimal,
        at_most: Option<Decimal>,
    },
    /// A product.
    Goods(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallestOrder {
    pub order: Decimal,
    /// The order counts with its tax.
    pub with_tax: bool,
}

/// How many vouchers of a kind may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IssueLimit {
    pub total: Option<u32>,
    pub per_partner: Option<u32>,
}

/// A voucher that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    pub code: Arc<str>,
    /// What lines may call it beside its code: the key it was issued by, with a number if there
    /// were several.
    pub name: Arc<str>,
    pub kind: Unit,
    /// `None`: whoever shows the code.
    pub partner: Option<PartnerCode>,
    /// Of money, or of one piece.
    pub lot: Lot,
    /// What went because it cannot be used bit by bit.
    lapsed: Decimal,
    is_cancelled: bool,
    /// The award that issued it is not given any more.
    is_taken_back: bool,
    /// The memberships it came of that are part of others now, the last one last.
    merged: Vec<PartnerCode>,
}

/// What became of a voucher. Part of an issued one may be reserved or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoucherState {
    Issued,
    Redeemed,
    Expired,
    Cancelled,
}

impl VoucherState {
    pub fn word(self) -> &'static str {
        match self {
            VoucherState::Issued => "issued",
            VoucherState::Redeemed => "redeemed",
            VoucherState::Expired => "expired",
            VoucherState::Cancelled => "cancelled",
        }
    }
}

/// All vouchers of a book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Vouchers {
    by_code: Agenda<Arc<str>, Voucher>,
    codes_by_name: BTreeMap<Arc<str>, Arc<str>>,
    /// What each line, award or order issued, in order.
    issued_by: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    uses: Agenda<Arc<str>, VoucherUse>,
    /// What paid on an order, vouchers and points, one after another.
    on_orders: BTreeMap<String, Vec<Arc<str>>>,
}

impl VoucherKind {
    /// A share of an order, or a product: counted in pieces.
    pub fn is_counted(&self) -> bool {
        matches!(self.pays, VoucherPays::Share { .. } | VoucherPays::Goods(_))
    }

    /// What one that holds so much costs the vendor.
    pub(super) fn cost_of_one(&self, amount: Decimal) -> Decimal {
        let worth = if self.is_counted() { Decimal::ZERO } else { amount };
        self.cost.unwrap_or(worth)
    }
}

impl Voucher {
    /// What becomes of it: issued, and then what ended it.
    pub fn state(&self) -> VoucherState {
        let holds = |place: Place| self.lot.holds(place);
        if !holds(Place::Open).is_zero() || !holds(Place::Reserved).is_zero() {
            VoucherState::Issued
        } else if self.is_cancelled {
            VoucherState::Cancelled
        } else if self.lapsed < holds(Place::Expired) {
            VoucherState::Expired
        } else if !holds(Place::Redeemed).is_zero() {
            VoucherState::Redeemed
        } else {
            VoucherState::Cancelled
        }
    }

    /// Nothing of it was used or promised.
    fn is_whole(&self) -> bool {
        self.lot.holds(Place::Open) == self.lot.credited
    }

    /// What is cancelled unused is as if it had never been issued.
    pub(super) fn counts(&self) -> bool {
        !self.is_cancelled || self.lot.holds(Place::ClawedBack) != self.lot.credited
    }

    fn is_over(&self, now: DateTime) -> bool {
        self.lot.ends.gone().is_some_and(|gone| gone <= now)
    }

    fn open(&self) -> Account {
        Account::OpenVoucher(self.kind.clone(), self.code.clone())
    }

    /// What is usable or promised, at the share of the cost.
    fn liability(&self, kind: &VoucherKind) -> Decimal {
        let (open, reserved) = (self.lot.holds(Place::Open), self.lot.holds(Place::Reserved));
        let cost = kind.cost_of_one(self.lot.credited);
        // The product first: a third of what a third costs is exact.
        let share = cost.checked_mul(open + reserved);
        share.and_then(|share| share.checked_div(self.lot.credited)).unwrap_or_default()
    }
}

impl Vouchers {
    /// A voucher by its code, or by the name that lines call it.
    pub(super) fn find(&self, named: &str) -> Option<&Voucher> {
        let by_name = || self.by_code.get(self.codes_by_name.get(named)?);
        self.by_code.get(named).or_else(by_name)
    }

    /// The vouchers that a key issued, or the one with that code or name.
    pub(super) fn meant(&self, key: &str) -> Vec<Arc<str>> {
        match self.issued_by.get(key) {
            Some(codes) => codes.clone(),
            None => self.find(key).map(|voucher| voucher.code.clone()).into_iter().collect(),
        }
    }

    /// What one partner has is another one's now.
    pub(super) fn hand_over(&mut self, partner: &PartnerCode, into: &PartnerCode) {
        for voucher in self.by_code.values_mut() {
            if voucher.partner.as_ref() == Some(partner) {
                voucher.partner = Some(into.clone());
                voucher.merged.push(partner.clone());
            }
        }
    }

    /// What came of a partner is its own again.
    pub(super) fn hand_back(&mut self, partner: &PartnerCode) {
        for voucher in self.by_code.values_mut() {
            if voucher.merged.last() == Some(partner) {
                voucher.partner = voucher.merged.pop();
            }
        }
    }

    /// Whether a key names the use of a voucher.
    pub(super) fn has_use(&self, key: &str) -> bool {
        self.uses.contains_key(key)
    }

    /// Something paid on an order.
    pub(super) fn on_order(&mut self, order: Option<&String>, key: &Arc<str>) {
        if let Some(order) = order {
            self.on_orders.entry(order.clone()).or_default().push(key.clone());
        }
    }

    /// Lays a voucher in, where it was when it was issued.
    pub(super) fn put(&mut self, voucher: Voucher) {
        let (code, name) = (voucher.code.clone(), voucher.name.clone());
        self.codes_by_name.entry(name).or_insert_with(|| code.clone());
        let issued = self.issued_by.entry(voucher.lot.credit.clone()).or_default();
        self.by_code.insert(code.clone(), voucher);
        if !issued.contains(&code) {
            issued.push(code);
            // Names are numbered in the order of issue.
            let place = |code: &Arc<str>| {
                let name = self.by_code.get(code).map(|voucher| voucher.name.clone());
                name.map(|name| (name.len(), name))
            };
            issued.sort_by_key(place);
        }
    }

    pub(super) fn put_use(&mut self, key: Arc<str>, of: VoucherUse) {
        self.uses.insert(key, of);
    }

    pub(super) fn put_paid(&mut self, order: &str, keys: Vec<Arc<str>>) {
        self.on_orders.insert(order.to_owned(), keys);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Voucher> {
        self.by_code.values()
    }

    /// Whose voucher was used under a key.
    pub(super) fn user_of(&self, key: &str) -> Option<&PartnerCode> {
        self.by_code.get(&self.uses.get(key)?.voucher)?.partner.as_ref()
    }

    pub(super) fn uses(&self) -> impl Iterator<Item = (&Arc<str>, &VoucherUse)> {
        self.uses.iter()
    }

    /// What paid on orders.
    pub(super) fn paid(&self) -> impl Iterator<Item = (&String, &Vec<Arc<str>>)> {
        self.on_orders.iter()
    }

    /// Every voucher there is, and every use.
    #[cfg(test)]
    pub(super) fn report_all(&self) -> (Vec<&Voucher>, Vec<(&Arc<str>, &VoucherUse)>) {
        (self.by_code.values().collect(), self.uses.iter().collect())
    }

    /// When something of a voucher ends by itself next after a moment.
    pub(super) fn next_turn(&self, after: DateTime) -> Option<DateTime> {
        self.by_code.next(after).into_iter().chain(self.uses.next(after)).min()
    }

    /// Puts what changed where it is due now.
    pub(super) fn file(&mut self, now: DateTime) {
        self.by_code.file(|_, voucher| {
            let is_open = !voucher.lot.holds(Place::Open).is_zero();
            voucher.lot.ends.gone().filter(|gone| is_open && now < *gone)
        });
        self.uses.file(|_, of| of.state.lapses().filter(|ends| now < *ends));
    }
}

impl Book {
    /// The lines of all vouchers, by code.
    pub(super) fn report_vouchers(&self) -> Vec<Line> {
        self.vouchers.by_code.values().map(|voucher| self.report_voucher(voucher)).collect()
    }

    fn report_voucher(&self, voucher: &Voucher) -> Line {
        let held = |place: Place| Said::Number(voucher.lot.holds(place));
        let kind = self.wallet.vouchers.get(&voucher.kind);
        let liability = kind.map_or(Decimal::ZERO, |kind| voucher.liability(kind));
        let liability = RoundingMode::HalfUp.round(liability, self.decimals_of_money());
        let mut says = vec![("voucher", text(&voucher.kind))];
        says.extend(voucher.partner.as_ref().map(|partner| ("partner", text(partner.as_str()))));
        says.push(("status", text(voucher.state().word())));
        says.extend([
            ("amount", held(Place::Open)),
            ("reserved", held(Place::Reserved)),
            ("redeemed", held(Place::Redeemed)),
        ]);
        says.extend(voucher.lot.ends.text().map(|ends| ("expires", Said::Text(ends))));
        says.push(("liability", Said::Number(liability)));
        Line { list: List::Vouchers, of: voucher.code.to_string(), says }
    }

    /// The lines of what was reserved or redeemed of vouchers, by key.
    pub(super) fn report_uses(&self) -> Vec<Line> {
        let line = |(key, of): (&Arc<str>, &VoucherUse)| {
            let mut says = vec![("unit", text(&of.unit)), ("amount", Said::Number(of.left()))];
            says.extend(of.value().map(|value| ("value", Said::Number(value))));
            says.extend(of.order_left().map(|left| ("left", Said::Number(left))));
            let with_tax = of.order_left_with_tax();
            says.extend(with_tax.map(|left| ("left_with_tax", Said::Number(left))));
            says.push(("status", text(of.state.status(of.amount, of.returned))));
            let taken = vec![("lot", text(&of.voucher)), ("amount", Said::Number(of.left()))];
            says.push(("trace", Said::List(vec![taken])));
            Line { list: List::Redemptions, of: key.to_string(), says }
        };
        self.vouchers.uses.iter().map(line).collect()
    }

    /// In what a voucher is counted: the money, or pieces of its kind.
    fn unit_of_voucher(&self, kind: &VoucherKind) -> Unit {
        match self.money {
            Some(money) if !kind.is_counted() => Arc::from(money.as_str()),
            _ => kind.code.clone(),
        }
    }

    /// Ends what has run out: reservations of vouchers.
    pub(super) fn lapse_vouchers(&mut self, turn: DateTime) {
        for key in self.vouchers.uses.due(turn) {
            // It is reserved: that is how it was found.
            let _ = self.free_voucher(&key, SpendingState::Lapsed);
        }
    }

    /// Ends the vouchers that had their last day. What is reserved is spared.
    pub(super) fn end_vouchers(&mut self, turn: DateTime) {
        for code in self.vouchers.by_code.due(turn) {
            if !self.vouchers.by_code.get(&code).is_some_and(|voucher| voucher.is_over(turn)) {
                continue;
            }
            let all = Decimal::MAX;
            self.shift_voucher(&code, &code, (Place::Open, Place::Expired), all);
        }
    }

    /// Moves up to so much of a voucher from being open to where it ends, or back, and posts it.
    /// Says how much it was.
    fn shift_voucher(
        &mut self,
        cause: &Arc<str>,
        code: &Arc<str>,
        (from, to): (Place, Place),
        at_most: Decimal,
    ) -> Decimal {
        let wallet = self.wallet.clone();
        let Some(voucher) = self.vouchers.by_code.get_mut(code) else { return Decimal::ZERO };
        let Some(kind) = wallet.vouchers.get(&voucher.kind) else { return Decimal::ZERO };
        let account = |place: Place| match place {
            Place::Redeemed => Account::Orders,
            Place::Reserved => Account::Reserved(kind.code.clone(), cause.clone()),
            Place::Expired => Account::Expired(kind.code.clone()),
            Place::ClawedBack => Account::Granted(kind.code.clone()),
            _ => voucher.open(),
        };
        let (debit, credit) = (account(from), account(to));
        let moved = voucher.lot.shift(from, to, at_most);
        let unit = self.unit_of_voucher(kind);
        self.post(cause, &unit, debit, credit, moved);
        moved
    }
}

fn text(text: impl AsRef<str>) -> Said {
    Said::Text(text.as_ref().to_owned())
}

#[cfg(test)]
mod tests;
