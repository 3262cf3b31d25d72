//! Issuing vouchers: by lines, by terms, by rewards; and taking them back.
//!
//! # Invariants
//!
//! * What a definition limits is never exceeded: a line is refused whole, an award brings as many as
//!   there may be. A voucher that is cancelled unused counts as never issued.
//! * What an award does not bring any more is taken back, unused vouchers first; what was used stays
//!   used.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::codes::{self, CodeForm};
use super::{IssueLimit, Voucher, VoucherKind, VoucherPays};
use crate::code::PartnerCode;
use crate::wallet::book::Book;
use crate::wallet::command::Refusal;
use crate::wallet::credit::Grant;
use crate::wallet::dates::Anchors;
use crate::wallet::ledger::{Account, Unit};
use crate::wallet::lot::{Ends, Lot, Place};
use crate::wallet::promotions::{GivenAs, PromotionUse};
use crate::wallet::tallies::issued;

/// No line and no award issues more.
pub(super) const COUNT_MAX: u32 = 100_000;

/// A line that issues vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub voucher: Unit,
    pub partner: Option<PartnerCode>,
    /// Of a voucher whose value is open.
    pub value: Option<Decimal>,
    pub code: Option<Arc<str>>,
    pub expires: Option<Ends>,
    /// Several, whose names are numbered.
    pub count: Option<u32>,
    /// In whose limits they count.
    pub promotion: Option<Unit>,
}

/// How many more vouchers of a kind may be issued.
struct Room {
    of_partner: u32,
    of_all: u32,
}

/// To whom and how one voucher is issued.
pub(in crate::wallet) struct HandOut<'h> {
    /// What issues it.
    pub key: &'h Arc<str>,
    pub name: Arc<str>,
    /// `None`: one is made.
    pub code: Option<Arc<str>>,
    pub voucher: &'h Unit,
    pub partner: Option<&'h PartnerCode>,
    pub amount: Decimal,
    pub on: DateTime,
    pub expires: Option<Ends>,
}

impl Issue {
    /// What the vouchers go by that it issues under a key, beside codes that are made.
    pub fn names(&self, key: &str) -> Vec<String> {
        let code = self.code.as_deref().map(str::to_owned);
        let several = (1..=self.count.unwrap_or(0)).map(|nth| numbered(key, nth).to_string());
        code.into_iter().chain(several).collect()
    }
}

impl VoucherKind {
    /// What a voucher holds if nobody says it; `None` if somebody must.
    pub(in crate::wallet) fn amount(&self) -> Option<Decimal> {
        match self.pays {
            VoucherPays::Value(value) => Some(value),
            VoucherPays::OpenValue => None,
            VoucherPays::Share { .. } | VoucherPays::Goods(_) => Some(Decimal::ONE),
        }
    }

    fn is_issued_on(&self, day: Date) -> Result<(), Refusal> {
        if self.starts.is_some_and(|starts| day < starts) {
            return Err(Refusal::NotStarted);
        }
        if self.ends.is_some_and(|ends| ends < day) { Err(Refusal::Expired) } else { Ok(()) }
    }
}

impl Book {
    pub(in crate::wallet) fn issue(
        &mut self,
        key: &Arc<str>,
        on: DateTime,
        issue: &Issue,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet.clone();
        let count = issue.count.unwrap_or(1);
        let is_made = || wallet.vouchers.get(&issue.voucher).is_some_and(|it| it.codes.is_some());
        let code = |nth: u32| match (&issue.code, issue.count) {
            (Some(code), _) => Some(code.clone()),
            _ if is_made() => None,
            (None, None) => Some(key.clone()),
            (None, Some(_)) => Some(numbered(key, nth)),
        };
        let is_taken = |code: Arc<str>| self.vouchers.by_code.contains_key(&code);
        if (1..=count).filter_map(code).any(is_taken) {
            return Err(Refusal::OtherContent);
        }
        if issue.partner.as_ref().is_some_and(|partner| self.is_unknown(partner)) {
            return Err(Refusal::UnknownPartner);
        }
        let kind = wallet.vouchers.get(&issue.voucher).ok_or(Refusal::UnknownCode)?;
        self.known_promotion(issue.promotion.as_ref())?;
        issue.partner.as_ref().map_or(Ok(()), |partner| self.stands_alone(partner))?;
        let amount = self.worth_of_issue(kind, issue)?;
        issue.partner.as_ref().map_or(Ok(()), |partner| self.is_member(partner, on))?;
        let promised = issue.promotion.as_ref().map(|promotion| {
            let cost = kind.cost_of_one(amount);
            let partner = issue.partner.as_ref();
            let own = PromotionUse::new(key, partner, on, GivenAs::Vouchers, cost);
            self.allot(promotion, key, own, count.into()).map(|own| (promotion, own))
        });
        let promised = promised.transpose();
        let count = match &promised {
            Ok(Some((_, own))) => own.given().to_u32().unwrap_or(count),
            _ => count,
        };
        let in_time = kind.is_issued_on(on.date());
        let room = self.may_issue(kind, issue.partner.as_ref(), count);
        // The first that applies, of the voucher and of its promotion.
        let verdicts = [in_time.err(), promised.as_ref().err().copied(), room.err()];
        if let Some(refusal) = verdicts.into_iter().flatten().min() {
            return Err(refusal);
        }
        for nth in 1..=count {
            let name = issue.count.map_or_else(|| key.clone(), |_| numbered(key, nth));
            self.hand_out(&HandOut {
                key,
                name,
                code: code(nth),
                voucher: &issue.voucher,
                partner: issue.partner.as_ref(),
                amount,
                on,
                expires: issue.expires,
            });
        }
        if let Ok(Some((promotion, own))) = promised {
            self.record_use(promotion, key, own);
        }
        Ok(())
    }

    /// What each voucher of a line holds.
    fn worth_of_issue(&self, kind: &VoucherKind, issue: &Issue) -> Result<Decimal, Refusal> {
        if issue.value.is_some() && kind.pays != VoucherPays::OpenValue {
            return Err(Refusal::WrongUnit);
        }
        if issue.count == Some(0) {
            return Err(Refusal::InvalidAmount);
        }
        let amount = kind.amount().or(issue.value).ok_or(Refusal::InvalidAmount)?;
        if kind.is_counted() {
            return Ok(amount);
        }
        self.counted_in_money(amount)
    }

    /// An amount of money above zero, with no more places than it has.
    pub(super) fn counted_in_money(&self, amount: Decimal) -> Result<Decimal, Refusal> {
        if self.decimals_of_money() < amount.normalize().scale() {
            return Err(Refusal::WrongUnit);
        }
        if amount <= Decimal::ZERO || !crate::evaluate::is_amount(amount) {
            return Err(Refusal::InvalidAmount);
        }
        Ok(amount)
    }

    /// Whether the limits of a definition leave room for so many more.
    pub(in crate::wallet) fn may_issue(
        &self,
        kind: &VoucherKind,
        partner: Option<&PartnerCode>,
        count: u32,
    ) -> Result<(), Refusal> {
        let room = self.room(kind, partner);
        if room.of_partner < count {
            return Err(Refusal::LimitPartner);
        }
        if room.of_all < count { Err(Refusal::LimitTotal) } else { Ok(()) }
    }

    fn room(&self, kind: &VoucherKind, partner: Option<&PartnerCode>) -> Room {
        let IssueLimit { total, per_partner } = kind.limit;
        if total.is_none() && per_partner.is_none() {
            return Room { of_partner: u32::MAX, of_all: u32::MAX };
        }
        let elsewhere = |partner| {
            let counted = self.counted_elsewhere(&issued(&kind.code, partner));
            counted.to_u32().unwrap_or(u32::MAX)
        };
        let (mut of_partner, mut of_all) =
            (partner.map_or(0, |it| elsewhere(Some(it))), elsewhere(None));
        for voucher in self.vouchers.by_code.values() {
            if voucher.kind == kind.code && voucher.counts() {
                of_all += 1;
                of_partner += u32::from(partner.is_some() && voucher.partner.as_ref() == partner);
            }
        }
        let left = |limit: Option<u32>, issued: u32| {
            limit.map_or(u32::MAX, |limit| limit.saturating_sub(issued))
        };
        Room { of_partner: left(per_partner, of_partner), of_all: left(total, of_all) }
    }

    /// Whether so many vouchers of a kind can be given to a partner on a day.
    pub(in crate::wallet) fn may_give(
        &self,
        voucher: &Unit,
        partner: &PartnerCode,
        day: Date,
        count: u32,
    ) -> Result<(), Refusal> {
        let kind = self.wallet.vouchers.get(voucher).ok_or(Refusal::UnknownCode)?;
        kind.is_issued_on(day)?;
        self.may_issue(kind, Some(partner), count)
    }

    /// Issues one voucher. Whether it may be issued was asked before.
    pub(in crate::wallet) fn hand_out(&mut self, out: &HandOut<'_>) {
        let wallet = self.wallet.clone();
        let Some(kind) = wallet.vouchers.get(out.voucher) else { return };
        let of_key = self.vouchers.issued_by.get(out.key).map_or(0, Vec::len);
        let code = out.code.clone().unwrap_or_else(|| {
            let plain = CodeForm::default();
            let form = kind.codes.as_ref().unwrap_or(&plain);
            let nth = u64::try_from(of_key).unwrap_or(u64::MAX);
            codes::code(form, self.code_secret.as_ref(), (out.voucher, out.key, nth), |code| {
                self.vouchers.by_code.contains_key(code)
            })
        });
        let (day, now) = (out.on.date(), self.now);
        let by_kind = || match (kind.expiry, kind.ends) {
            (Some(expiry), _) => Ends::After(expiry.last_day(day, self.anchors_of(out.partner))),
            (None, Some(last)) => Ends::After(last),
            (None, None) => Ends::Never,
        };
        let ends = out.expires.unwrap_or_else(by_kind);
        let (name, days) = ((out.name.clone(), out.key.clone()), (out.on, out.on));
        let voucher = Voucher {
            code: code.clone(),
            name: out.name.clone(),
            kind: kind.code.clone(),
            partner: out.partner.cloned(),
            lot: Lot::new(name, 0, days, ends, out.amount, Place::Open),
            lapsed: Decimal::ZERO,
            is_cancelled: false,
            is_taken_back: false,
            merged: Vec::new(),
        };
        let (granted, open) = (Account::Granted(kind.code.clone()), voucher.open());
        self.post(out.key, &self.unit_of_voucher(kind), granted, open, out.amount);
        self.vouchers.codes_by_name.entry(out.name.clone()).or_insert_with(|| code.clone());
        self.vouchers.issued_by.entry(out.key.clone()).or_default().push(code.clone());
        let is_over = voucher.is_over(now);
        self.vouchers.by_code.insert(code.clone(), voucher);
        if is_over {
            self.shift_voucher(&code, &code, (Place::Open, Place::Expired), Decimal::MAX);
        }
    }

    fn anchors_of(&self, partner: Option<&PartnerCode>) -> Anchors {
        let joined = partner.and_then(|partner| self.people.joined.get(partner).copied());
        Anchors { joined, reset: None }
    }

    /// Issues several vouchers under names with numbers behind what made them, which need not be
    /// the key they are kept by.
    pub(in crate::wallet) fn hand_out_several(&mut self, key: &Arc<str>, grant: &Grant, more: u32) {
        let wallet = self.wallet.clone();
        let kind = wallet.vouchers.get(&grant.unit);
        let Some((kind, amount)) = kind.and_then(|kind| Some((kind, kind.amount()?))) else {
            return;
        };
        let mut nth = 0;
        for _ in 0..more {
            let name = loop {
                nth += 1;
                let name = numbered(&grant.name, nth);
                if self.vouchers.find(&name).is_none() {
                    break name;
                }
            };
            self.hand_out(&HandOut {
                key,
                name,
                code: None,
                voucher: &kind.code,
                partner: Some(&grant.partner),
                amount,
                on: grant.on,
                expires: grant.expires,
            });
        }
    }

    /// Brings the vouchers of an award to as many as it is now: more of them, or some taken back.
    pub fn earned_vouchers(&mut self, key: &Arc<str>, grant: &Grant, total: Decimal) {
        let wallet = self.wallet.clone();
        let Some(kind) = wallet.vouchers.get(&grant.unit) else { return };
        let grant = &Grant { partner: self.survivor(&grant.partner).clone(), ..grant.clone() };
        let wanted = total.max(Decimal::ZERO).floor().to_u32().unwrap_or(COUNT_MAX).min(COUNT_MAX);
        let issued = self.vouchers.issued_by.get(key);
        let there: Vec<Arc<str>> = issued.into_iter().flatten().cloned().collect();
        let mut standing: Vec<Arc<str>> = there
            .into_iter()
            .filter(|code| self.vouchers.by_code.get(code).is_some_and(|it| !it.is_taken_back))
            .collect();
        let count = u32::try_from(standing.len()).unwrap_or(COUNT_MAX);
        if count < wanted {
            self.is_active(&grant.partner, grant.on.date());
            let room = self.room(kind, Some(&grant.partner));
            let in_time = kind.is_issued_on(grant.on.date()).is_ok();
            let room = if in_time { room.of_partner.min(room.of_all) } else { 0 };
            self.hand_out_several(key, grant, room.min(wanted - count));
            return;
        }
        // Unused ones first, the last one issued first of all; then what is gone by itself, which
        // counts as given back; then what was used in part.
        standing.reverse();
        standing.sort_by_key(|code| {
            let voucher = self.vouchers.by_code.get(code);
            let has = |place| voucher.is_some_and(|it| !it.lot.holds(place).is_zero());
            (has(Place::Redeemed), !has(Place::Open))
        });
        let too_many = usize::try_from(count - wanted).unwrap_or(usize::MAX);
        for code in standing.into_iter().take(too_many) {
            self.take_back_voucher(key, &code);
        }
    }

    /// Cancels what is open of a voucher. What was used of it stays used: it is earned once more
    /// before another one is issued.
    fn take_back_voucher(&mut self, cause: &Arc<str>, code: &Arc<str>) {
        let all = Decimal::MAX;
        let taken = self.shift_voucher(cause, code, (Place::Open, Place::ClawedBack), all);
        if let Some(voucher) = self.vouchers.by_code.get_mut(code) {
            let is_used_up = taken.is_zero() && !voucher.lot.holds(Place::Redeemed).is_zero();
            voucher.is_cancelled |=
                !taken.is_zero() || !voucher.lot.holds(Place::Reserved).is_zero();
            voucher.is_taken_back = !is_used_up;
        }
    }

    /// How many vouchers of an award stand: issued, and not taken back.
    pub(in crate::wallet) fn standing_of(&self, key: &str) -> u32 {
        self.count_of(key, |voucher| !voucher.is_taken_back)
    }

    /// How many vouchers a key issued that count: those cancelled unused do not.
    pub(in crate::wallet) fn issued_for_good(&self, key: &str) -> u32 {
        self.count_of(key, Voucher::counts)
    }

    fn count_of(&self, key: &str, counts: impl Fn(&Voucher) -> bool) -> u32 {
        let issued = self.vouchers.issued_by.get(key).into_iter().flatten();
        let those = issued.filter(|code| self.vouchers.by_code.get(*code).is_some_and(&counts));
        u32::try_from(those.count()).unwrap_or(COUNT_MAX)
    }

    /// The vouchers that a key issued and nobody used yet.
    pub(in crate::wallet) fn unused_of(&self, key: &str) -> Vec<Arc<str>> {
        let issued = self.vouchers.issued_by.get(key).into_iter().flatten();
        let is_whole =
            |code: &&Arc<str>| self.vouchers.by_code.get(*code).is_some_and(Voucher::is_whole);
        issued.filter(is_whole).cloned().collect()
    }

    /// Cancels vouchers: what is open of them is gone, or a part of it.
    pub(in crate::wallet) fn cancel_vouchers(
        &mut self,
        key: &Arc<str>,
        codes: &[Arc<str>],
        amount: Option<Decimal>,
    ) -> Result<(), Refusal> {
        let of = |code: &Arc<str>| self.vouchers.by_code.get(code);
        let open = |code: &Arc<str>| of(code).map_or(Decimal::ZERO, |it| it.lot.holds(Place::Open));
        let all: Decimal = codes.iter().map(open).sum();
        if codes.is_empty() {
            return Err(Refusal::UnknownKey);
        }
        if let Some(amount) = amount {
            self.counted_in_money(amount)?;
        }
        if all.is_zero() {
            return Err(Refusal::WrongState);
        }
        if amount.is_some_and(|amount| all < amount) {
            return Err(Refusal::Insufficient);
        }
        let undoing: Arc<str> = Arc::from(format!("{key}-c"));
        let mut left = amount.unwrap_or(all);
        for code in codes.iter().rev() {
            left -= self.shift_voucher(&undoing, code, (Place::Open, Place::ClawedBack), left);
            if let Some(voucher) = self.vouchers.by_code.get_mut(code) {
                let has = |place: Place| !voucher.lot.holds(place).is_zero();
                // What is reserved stays so, and is gone when it is released.
                let promised = amount.is_none() && has(Place::Reserved);
                voucher.is_cancelled |= !has(Place::Open) && (promised || has(Place::ClawedBack));
            }
        }
        Ok(())
    }
}

fn numbered(key: &str, nth: u32) -> Arc<str> {
    Arc::from(format!("{key}-{nth}"))
}
