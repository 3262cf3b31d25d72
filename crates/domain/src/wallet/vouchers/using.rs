//! Using vouchers, at once or in two steps, and undoing it.
//!
//! # Invariants
//!
//! * On an order a voucher pays the least of what is asked, what is left of it, and what is still
//!   due. Several on one order act one after the other, each on what the ones before left.
//! * What was promised is kept: a reservation is not asked about limits or prices again.
//! * Undoing equals never having done; what comes back to a voucher that is over is gone again.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Voucher, VoucherKind, VoucherPays, VoucherState};
use crate::amount::RoundingMode;
use crate::code::PartnerCode;
use crate::program::Span;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::dates::later;
use crate::wallet::ledger::{Account, Unit};
use crate::wallet::lot::{Ends, Place};
use crate::wallet::spending::SpendingState;

/// How long a reservation lasts if it says nothing.
const HOLD: Span = Span { months: 0, days: 30 };

/// A line that uses a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseVoucher {
    /// Its code, or the name it was issued by.
    pub voucher: Arc<str>,
    /// Who shows it, if that is said.
    pub partner: Option<PartnerCode>,
    pub amount: Option<Decimal>,
    pub order: Option<String>,
    /// What the order comes to, without tax.
    pub order_amount: Option<Decimal>,
    /// What is still to be paid of it.
    pub due: Option<Decimal>,
    pub tax: Option<Decimal>,
}

/// What was reserved or redeemed of a voucher under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherUse {
    /// The code.
    pub voucher: Arc<str>,
    pub unit: Unit,
    /// Of the voucher: money, or its one piece.
    pub amount: Decimal,
    pub returned: Decimal,
    paid: Paid,
    /// What lapsed of the voucher with this use.
    lapsed: Decimal,
    /// What was said of the order.
    said: Order,
    /// The order as it stood before.
    before: Order,
    pub state: SpendingState,
}

/// What a use pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Paid {
    /// As much money as is used.
    Amount,
    /// So much money for the piece.
    Share(Decimal),
    Goods,
}

/// An order, as far as vouchers need to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Order {
    /// What it comes to without tax.
    whole: Option<Decimal>,
    /// The same, less what was paid.
    left: Option<Decimal>,
    tax: Option<Decimal>,
    due: Option<Decimal>,
}

impl Order {
    /// A line says how the order stands now. What it does not say stays.
    fn say(&mut self, said: &Order) {
        self.tax = said.tax.or(self.tax);
        if said.whole.is_some() {
            (self.whole, self.left) = (said.whole, said.whole);
        }
        let says_more = said.whole.is_some() || said.tax.is_some();
        if let Some(left) = self.left.filter(|_| says_more) {
            self.due = Some(left + self.tax.unwrap_or_default());
        }
        self.due = said.due.or(self.due);
    }

    fn pay(&mut self, value: Decimal) {
        for left in [&mut self.left, &mut self.due].into_iter().flatten() {
            *left = (*left - value).max(Decimal::ZERO);
        }
    }
}

impl VoucherUse {
    /// What it still is.
    pub fn left(&self) -> Decimal {
        self.amount - self.returned
    }

    /// In money, what it pays; `None` for goods.
    pub fn value(&self) -> Option<Decimal> {
        match self.paid {
            Paid::Amount => Some(self.left()),
            Paid::Share(value) => Some(if self.left().is_zero() { Decimal::ZERO } else { value }),
            Paid::Goods => None,
        }
    }

    /// What it leaves to be paid of the order, without tax.
    pub fn order_left(&self) -> Option<Decimal> {
        let value = self.value().filter(|_| self.state.is_live()).unwrap_or_default();
        self.before.left.map(|left| (left - value).max(Decimal::ZERO))
    }

    /// The same with tax, if anybody said how much that is.
    pub fn order_left_with_tax(&self) -> Option<Decimal> {
        let value = self.value().filter(|_| self.state.is_live()).unwrap_or_default();
        let whole = self.before.left.zip(self.before.tax);
        whole.map(|(left, tax)| (left + tax - value).max(Decimal::ZERO))
    }
}

impl Book {
    pub(in crate::wallet) fn redeem_voucher(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &UseVoucher,
    ) -> Result<(), Refusal> {
        let mut of = self.promise(line, SpendingState::Done)?;
        let places = (Place::Open, Place::Redeemed);
        self.shift_voucher(key, &of.voucher, places, of.amount);
        self.used(key, &mut of);
        self.keep_use(key, on, line, of);
        Ok(())
    }

    pub(in crate::wallet) fn reserve_voucher(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        line: &UseVoucher,
        until: Option<Ends>,
    ) -> Result<(), Refusal> {
        let until = until.unwrap_or_else(|| Ends::After(later(on.date(), HOLD)));
        let ends = until.gone().unwrap_or(DateTime::MAX);
        let of = self.promise(line, SpendingState::Reserved(ends))?;
        self.shift_voucher(key, &of.voucher, (Place::Open, Place::Reserved), of.amount);
        self.keep_use(key, on, line, of);
        if ends <= self.now {
            self.free_voucher(key, SpendingState::Lapsed)?;
        }
        Ok(())
    }

    fn keep_use(&mut self, key: &Arc<str>, on: DateTime, line: &UseVoucher, of: VoucherUse) {
        let voucher = self.vouchers.by_code.get(&of.voucher);
        if let Some(partner) = voucher.and_then(|voucher| voucher.partner.clone()) {
            self.is_active(&partner, on.date());
        }
        self.vouchers.on_order(line.order.as_ref(), key);
        self.vouchers.uses.insert(key.clone(), of);
    }

    /// What a line may use of a voucher and what that pays, or why nothing.
    fn promise(&self, line: &UseVoucher, state: SpendingState) -> Result<VoucherUse, Refusal> {
        if line.partner.as_ref().is_some_and(|partner| self.is_unknown(partner)) {
            return Err(Refusal::UnknownPartner);
        }
        let voucher = self.vouchers.find(&line.voucher).ok_or(Refusal::UnknownCode)?;
        let kind = self.wallet.vouchers.get(&voucher.kind).ok_or(Refusal::UnknownCode)?;
        line.partner.as_ref().map_or(Ok(()), |partner| self.stands_alone(partner))?;
        if line.partner.is_some() && voucher.partner.is_some() && line.partner != voucher.partner {
            return Err(Refusal::NotOwner);
        }
        self.is_sound(line, kind)?;
        let said = Order { whole: line.order_amount, left: None, tax: line.tax, due: line.due };
        let mut order = self.order_so_far(line.order.as_deref());
        order.say(&said);
        let needs_order = kind.minimum.is_some() || matches!(kind.pays, VoucherPays::Share { .. });
        if needs_order && order.whole.is_none() {
            return Err(Refusal::InvalidAmount);
        }
        match voucher.state() {
            VoucherState::Issued => {}
            VoucherState::Expired => return Err(Refusal::Expired),
            VoucherState::Redeemed | VoucherState::Cancelled => return Err(Refusal::WrongState),
        }
        let comes_to = |with_tax: bool| {
            let tax = order.tax.filter(|_| with_tax).unwrap_or_default();
            order.whole.unwrap_or_default() + tax
        };
        if kind.minimum.is_some_and(|minimum| comes_to(minimum.with_tax) < minimum.order) {
            return Err(Refusal::BelowMinimum);
        }
        let (amount, paid) = self.payment(line, (kind, voucher), &order)?;
        Ok(VoucherUse {
            voucher: voucher.code.clone(),
            unit: self.unit_of_voucher(kind),
            amount,
            returned: Decimal::ZERO,
            paid,
            lapsed: Decimal::ZERO,
            said,
            before: order,
            state,
        })
    }

    /// Whether the numbers of a line can be what they say.
    fn is_sound(&self, line: &UseVoucher, kind: &VoucherKind) -> Result<(), Refusal> {
        let is_goods = matches!(kind.pays, VoucherPays::Goods(_));
        if let Some(asked) = line.amount {
            let decimals = if is_goods { 0 } else { self.decimals_of_money() };
            if decimals < asked.normalize().scale() {
                return Err(Refusal::WrongUnit);
            }
            if asked <= Decimal::ZERO || !crate::evaluate::is_amount(asked) {
                return Err(Refusal::InvalidAmount);
            }
        }
        let of_order = [line.order_amount, line.due, line.tax];
        let is_wrong = |said: &Decimal| *said < Decimal::ZERO || !crate::evaluate::is_amount(*said);
        if of_order.iter().flatten().any(is_wrong) {
            return Err(Refusal::InvalidAmount);
        }
        Ok(())
    }

    /// How much of the voucher is used, and what that pays.
    fn payment(
        &self,
        line: &UseVoucher,
        (kind, voucher): (&VoucherKind, &Voucher),
        order: &Order,
    ) -> Result<(Decimal, Paid), Refusal> {
        let there = voucher.lot.holds(Place::Open);
        if there.is_zero() {
            return Err(Refusal::Insufficient);
        }
        let paid = match &kind.pays {
            VoucherPays::Goods(_) => {
                let enough = line.amount.is_none_or(|asked| asked <= there);
                return if enough { Ok((there, Paid::Goods)) } else { Err(Refusal::Insufficient) };
            }
            VoucherPays::Share { percent, at_most } => {
                let share = order.left.unwrap_or_default() * percent;
                let share = RoundingMode::HalfUp.round(share, self.decimals_of_money());
                let limits = [*at_most, line.amount, order.due];
                limits.into_iter().flatten().fold(share, Decimal::min)
            }
            VoucherPays::Value(_) | VoucherPays::OpenValue => {
                let asked = line.amount.unwrap_or(there);
                let on_order = line.order.is_some() || order.due.is_some();
                if !on_order && there < asked {
                    return Err(Refusal::Insufficient);
                }
                order.due.into_iter().fold(asked.min(there), Decimal::min)
            }
        };
        if paid <= Decimal::ZERO {
            return Err(Refusal::InvalidAmount);
        }
        Ok(if kind.is_counted() { (there, Paid::Share(paid)) } else { (paid, Paid::Amount) })
    }

    /// How an order stands after all that was paid on it so far.
    fn order_so_far(&self, order: Option<&str>) -> Order {
        let mut so_far = Order::default();
        let keys = order.and_then(|order| self.vouchers.on_orders.get(order));
        for key in keys.into_iter().flatten() {
            let paid = if let Some(of) = self.vouchers.uses.get(key) {
                so_far.say(&of.said);
                of.value().filter(|_| of.state.is_live())
            } else if let Some(points) = self.spendings.get(key) {
                so_far.say(&Order { whole: points.order_amount, ..Order::default() });
                points.value.filter(|_| points.state.is_live())
            } else {
                None
            };
            so_far.pay(paid.unwrap_or_default());
        }
        so_far
    }

    /// What follows once a voucher was used: what a share pays is an expense, and the rest of a
    /// voucher that is used only once lapses.
    fn used(&mut self, key: &Arc<str>, of: &mut VoucherUse) {
        let Some(voucher) = self.vouchers.by_code.get(&of.voucher) else { return };
        let kind = voucher.kind.clone();
        if let Paid::Share(value) = of.paid {
            self.post_in_money(key, Account::RedeemedExpense(kind), Account::Orders, value);
        }
        of.lapsed += self.lapse_rest(key, &of.voucher);
    }

    /// Posts money, of which there is a currency wherever there is a program.
    pub(in crate::wallet) fn post_in_money(
        &mut self,
        key: &Arc<str>,
        debit: Account,
        credit: Account,
        value: Decimal,
    ) {
        if let Some(money) = self.money {
            self.post(key, &Arc::from(money.as_str()), debit, credit, value);
        }
    }

    /// What is open of a voucher that cannot be used bit by bit lapses once it was used.
    fn lapse_rest(&mut self, cause: &Arc<str>, code: &Arc<str>) -> Decimal {
        let Some(voucher) = self.vouchers.by_code.get(code) else { return Decimal::ZERO };
        let partial = self.wallet.vouchers.get(&voucher.kind).is_none_or(|kind| kind.partial);
        if partial || voucher.lot.holds(Place::Redeemed).is_zero() {
            return Decimal::ZERO;
        }
        let all = Decimal::MAX;
        let gone = self.shift_voucher(cause, code, (Place::Open, Place::Expired), all);
        if let Some(voucher) = self.vouchers.by_code.get_mut(code) {
            voucher.lapsed += gone;
        }
        gone
    }

    pub(in crate::wallet) fn commit_voucher(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let mut of = self.vouchers.uses.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        let amount = self.part_of_use(&of, amount, of.amount)?;
        if of.state.lapses().is_none() {
            return Err(Refusal::WrongState);
        }
        if of.amount < amount {
            return Err(Refusal::Insufficient);
        }
        of.lapsed += self.bring_back(key, &of.voucher, Place::Reserved, of.amount - amount);
        of.amount = amount;
        self.shift_voucher(key, &of.voucher, (Place::Reserved, Place::Redeemed), amount);
        of.state = SpendingState::Committed;
        self.used(key, &mut of);
        self.vouchers.uses.insert(key.clone(), of);
        Ok(())
    }

    /// A part of a use: of money, or the one piece.
    fn part_of_use(
        &self,
        of: &VoucherUse,
        amount: Option<Decimal>,
        all: Decimal,
    ) -> Result<Decimal, Refusal> {
        let Some(amount) = amount else { return Ok(all) };
        if of.paid != Paid::Amount && !amount.fract().is_zero() {
            return Err(Refusal::WrongUnit);
        }
        self.counted_in_money(amount)
    }

    /// Ends a reservation: what it held is free again, or gone with its voucher.
    pub(in crate::wallet) fn free_voucher(
        &mut self,
        key: &Arc<str>,
        state: SpendingState,
    ) -> Result<(), Refusal> {
        let mut of = self.vouchers.uses.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        if of.state.lapses().is_none() {
            return Err(Refusal::WrongState);
        }
        self.bring_back(key, &of.voucher, Place::Reserved, of.amount);
        of.state = state;
        self.vouchers.uses.insert(key.clone(), of);
        Ok(())
    }

    /// Undoes a use, or a part of it. `expires` says how long a voucher lives that is over.
    pub(in crate::wallet) fn cancel_use(
        &mut self,
        key: &Arc<str>,
        amount: Option<Decimal>,
        expires: Option<Ends>,
    ) -> Result<(), Refusal> {
        let mut of = self.vouchers.uses.get(key).cloned().ok_or(Refusal::UnknownKey)?;
        let amount = self.part_of_use(&of, amount, of.left())?;
        let is_spent = matches!(of.state, SpendingState::Committed | SpendingState::Done);
        if !is_spent || of.left().is_zero() {
            return Err(Refusal::WrongState);
        }
        if of.left() < amount {
            return Err(Refusal::Insufficient);
        }
        let now = self.now;
        if let Some(voucher) = self.vouchers.by_code.get_mut(&of.voucher)
            && let Some(ends) = expires.filter(|_| voucher.is_over(now))
        {
            voucher.lot.ends = ends;
        }
        let undoing: Arc<str> = Arc::from(format!("{key}-c"));
        let kind = self.vouchers.by_code.get(&of.voucher).map(|voucher| voucher.kind.clone());
        if let (Paid::Share(value), Some(kind)) = (of.paid, kind) {
            let expense = Account::RedeemedExpense(kind);
            self.post_in_money(&undoing, Account::Orders, expense, value);
        }
        of.returned += amount;
        of.lapsed += self.bring_back(&undoing, &of.voucher, Place::Redeemed, amount);
        if of.left().is_zero() {
            // What lapsed with this use comes back with the last of it.
            let lapsed = std::mem::take(&mut of.lapsed);
            if let Some(voucher) = self.vouchers.by_code.get_mut(&of.voucher) {
                voucher.lapsed -= lapsed;
            }
            self.bring_back(&undoing, &of.voucher, Place::Expired, lapsed);
        }
        self.vouchers.uses.insert(key.clone(), of);
        Ok(())
    }

    /// Opens a part of a voucher again. It ends at once if the voucher is cancelled, is over, or was
    /// used and cannot be used bit by bit: says how much of it lapsed for that.
    fn bring_back(
        &mut self,
        cause: &Arc<str>,
        code: &Arc<str>,
        from: Place,
        amount: Decimal,
    ) -> Decimal {
        self.shift_voucher(cause, code, (from, Place::Open), amount);
        let Some(voucher) = self.vouchers.by_code.get(code) else { return Decimal::ZERO };
        let end = if voucher.is_cancelled {
            Place::ClawedBack
        } else if voucher.is_over(self.now) {
            Place::Expired
        } else {
            return self.lapse_rest(cause, code);
        };
        self.shift_voucher(cause, code, (Place::Open, end), Decimal::MAX);
        Decimal::ZERO
    }
}
