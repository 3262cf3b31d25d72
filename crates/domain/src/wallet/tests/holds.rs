//! What always holds of a book.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::code::PartnerCode;
use crate::wallet::credit::Part;
use crate::wallet::spending::SpendingState;
use crate::wallet::*;

type Held = (PartnerCode, Unit, Vec<Lot>, [Decimal; 4]);

/// Lots, debts and closed periods of everybody, those aside who have nothing.
pub(super) fn what_is_held(book: &Book) -> Vec<Held> {
    let held = |purse: &Purse| {
        let owed = [DebtKind::BelowZero, DebtKind::Arrears].map(|kind| purse.owed(kind));
        let (owner, unit) = (purse.owner.clone(), purse.unit.clone());
        let before = [purse.before_reset, purse.before_last_reset];
        (owner, unit, purse.lots.clone(), [owed[0], owed[1], before[0], before[1]])
    };
    let all = book.purses().map(held);
    all.filter(|(.., lots, has)| !lots.is_empty() || *has != [Decimal::ZERO; 4]).collect()
}

/// Everything beside lots is the same: tiers, benefits, vouchers, orders, badges, memberships. What
/// lapsed is history, and so are the tiers of before.
#[track_caller]
pub(super) fn assert_had(what: &str, one: &Book, other: &Book) {
    let active = |book: &Book| -> Vec<_> {
        let active = book.benefits.iter().filter(|(_, held)| held.is_active);
        active.map(|(of, held)| (of.clone(), held.clone())).collect()
    };
    let tiers = |book: &Book| -> Vec<_> {
        let tiers = book.tiers.iter().map(|(of, standing)| (of.clone(), standing.clone()));
        tiers.map(|(of, standing)| (of, TierStanding { moves: Vec::new(), ..standing })).collect()
    };
    assert_eq!(tiers(one), tiers(other), "{what}");
    assert_eq!(active(one), active(other), "{what}");
    assert_eq!(one.vouchers, other.vouchers, "{what}");
    assert_eq!(one.orders, other.orders, "{what}");
    assert_eq!(one.badges, other.badges, "{what}");
    assert_eq!(one.people.active, other.people.active, "{what}");
    assert_eq!((&one.merges, &one.memberships), (&other.merges, &other.memberships), "{what}");
}

/// Two texts are the same; where not, the lines that differ.
#[track_caller]
pub(super) fn assert_same(what: &str, one: &str, other: &str) {
    if one != other {
        let differ = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
        panic!("{what}: {:#?}", differ.take(20).collect::<Vec<_>>());
    }
}

/// Credits less debits of every account.
pub(super) fn add_up(accounts: &mut BTreeMap<(Account, Unit), Decimal>, entries: &[Entry]) {
    for Entry { posting, .. } in entries {
        assert!(Decimal::ZERO < posting.amount, "a posting is above zero");
        assert_ne!(posting.debit, posting.credit, "a posting moves something");
        let unit = &posting.unit;
        *accounts.entry((posting.debit.clone(), unit.clone())).or_default() -= posting.amount;
        *accounts.entry((posting.credit.clone(), unit.clone())).or_default() += posting.amount;
    }
}

/// What always holds.
pub(super) fn check(book: &Book, accounts: &BTreeMap<(Account, Unit), Decimal>) {
    let mut left = accounts.clone();
    let mut come_to = |account: Account, unit: &Unit, amount: Decimal| {
        let posted = left.remove(&(account.clone(), unit.clone())).unwrap_or_default();
        assert_eq!(posted, amount, "{account}");
    };
    let mut expired: BTreeMap<Unit, Decimal> = BTreeMap::new();
    for purse in book.purses() {
        let (unit, owner) = (&purse.unit, &purse.owner);
        for lot in &purse.lots {
            let places: Decimal = Place::ALL.iter().map(|place| lot.holds(*place)).sum();
            assert_eq!(places, lot.credited, "the places of a lot come to what was credited");
            assert!(Place::ALL.iter().all(|place| Decimal::ZERO <= lot.holds(*place)));
        }
        let (open, below) = (purse.held(Place::Open), purse.owed(DebtKind::BelowZero));
        let owed = purse.owed(DebtKind::Arrears);
        assert!(open.is_zero() || (below + owed).is_zero(), "who owes has nothing open");
        come_to(Account::Open(unit.clone(), owner.clone()), unit, open - below);
        come_to(Account::Escrow(unit.clone(), owner.clone()), unit, purse.held(Place::Escrow));
        come_to(Account::Arrears(unit.clone(), owner.clone()), unit, -owed);
        *expired.entry(unit.clone()).or_default() += purse.held(Place::Expired);
    }
    no_lot_is_spent_twice(book);
    for (key, spending) in book.spendings() {
        let is_promised = spending.lapses().is_some();
        let promised = if is_promised { spending.amount } else { Decimal::ZERO };
        let unit = &spending.unit;
        come_to(Account::Reserved(unit.clone(), key.clone()), unit, promised);
    }
    for part in book.merges.keys() {
        let has = |owner: &PartnerCode| owner == part;
        assert!(!book.tiers.keys().any(|(owner, _)| has(owner)), "{part} has a tier");
        assert!(!book.benefits.keys().any(|(owner, ..)| has(owner)), "{part} has a benefit");
        let own = book.purses().filter(|purse| has(&purse.owner));
        let is_empty = |purse: &Purse| purse.lots.is_empty() && purse.debts.is_empty();
        assert!(own.into_iter().all(is_empty), "{part} holds something");
    }
    let (vouchers, uses) = book.vouchers.report_all();
    for voucher in vouchers {
        let open = Account::OpenVoucher(voucher.kind.clone(), voucher.code.clone());
        come_to(open, &Arc::from("EUR"), voucher.lot.holds(Place::Open));
        assert!(voucher.partner.as_ref().is_none_or(|it| book.survivor(it) == it), "who has it");
    }
    for (key, of) in uses {
        let promised = if of.state.lapses().is_some() { of.amount } else { Decimal::ZERO };
        come_to(Account::Reserved(Arc::from("V"), key.clone()), &of.unit, promised);
    }
    for unit in book.wallet().points.keys() {
        let spent = book.spendings().filter(|(_, it)| it.unit == *unit && it.is_spent());
        let spent: Decimal = spent.map(|(_, spending)| spending.left()).sum();
        come_to(Account::Redeemed(unit.clone()), unit, spent);
        let ended = expired.get(unit).copied().unwrap_or_default();
        come_to(Account::Expired(unit.clone()), unit, ended);
    }
    for (unit, currency) in &book.wallet().points {
        let purses = || book.purses().filter(|purse| purse.unit == *unit);
        let credits = || book.credits.values().filter(|credit| credit.unit == *unit);
        let owed = |purse: &Purse| -> Decimal {
            let for_credits = purse.debts.iter().filter(|debt| debt.place == Place::ClawedBack);
            for_credits.map(|debt| debt.left).sum()
        };
        let clawed: Decimal = purses().map(|it| it.held(Place::ClawedBack) + owed(it)).sum();
        let credited: Decimal = credits().map(|credit| credit.amount).sum();
        come_to(Account::Granted(unit.clone()), unit, clawed - credited);
        if currency.is_spendable() && currency.clawback != Clawback::Clamp {
            let gone = credits().flat_map(|it| &it.parts).map(|part| part.counted);
            let undone: Decimal = credits().map(|credit| credit.undone).sum();
            assert_eq!(undone, clawed + gone.sum::<Decimal>(), "everything undone is somewhere");
        }
    }
    let alive = |(account, _): &(Account, Unit)| {
        matches!(
            account,
            Account::Open(..)
                | Account::OpenVoucher(..)
                | Account::Escrow(..)
                | Account::Arrears(..)
                | Account::Reserved(..)
        )
    };
    let nobodys = left.iter().find(|(account, amount)| alive(account) && !amount.is_zero());
    assert!(nobodys.is_none(), "{nobodys:?} is nobody's");
    for (key, credit) in &book.credits {
        let given = |part: &Part| part.undone <= part.amount;
        assert!(credit.parts.iter().skip(1).all(given), "no pool gives what it never had");
        let own = credit.parts.first().is_none_or(given);
        // An award may have been below zero before it was a credit.
        assert!(own || key.starts_with("award"), "nobody gives what another one has");
        let amount: Decimal = credit.parts.iter().map(|part| part.amount).sum();
        let undone: Decimal = credit.parts.iter().map(|part| part.undone).sum();
        assert_eq!((credit.amount, credit.undone), (amount, undone), "parts come to the credit");
    }
}

/// What is spent or promised of a lot is what somebody took of it.
fn no_lot_is_spent_twice(book: &Book) {
    let mut taken: BTreeMap<(&PartnerCode, &Unit, usize, bool), Decimal> = BTreeMap::new();
    for (_, of) in book.spendings() {
        let is_promised = matches!(of.state, SpendingState::Reserved(_));
        for taking in &of.takings {
            assert!(is_promised || of.is_spent(), "what was let go holds nothing");
            *taken.entry((&of.owner, &of.unit, taking.lot, is_promised)).or_default() +=
                taking.amount;
        }
    }
    for purse in book.purses() {
        for debt in purse.debts.iter().filter(|debt| debt.place == Place::Redeemed) {
            for filled in &debt.filled {
                let key = (&purse.owner, &purse.unit, filled.lot, false);
                *taken.entry(key).or_default() += filled.amount;
            }
        }
        for (at, lot) in purse.lots.iter().enumerate() {
            for (place, is_promised) in [(Place::Reserved, true), (Place::Redeemed, false)] {
                let key = (&purse.owner, &purse.unit, at, is_promised);
                let by_all = taken.remove(&key).unwrap_or_default();
                assert_eq!(lot.holds(place), by_all, "no lot is spent twice");
            }
        }
    }
    assert!(taken.values().all(Decimal::is_zero), "what was taken is of a lot");
}
