//! What points and vouchers will cost: what is open, waiting and promised, and when it ends.

use std::collections::BTreeMap;

use domain::amount::Currency;
use domain::program::Names;
use domain::wallet::{
    DebtKind, Ends, Lot, Piece, Place, PointCurrency, Purse, Voucher, VoucherKind, VoucherPays,
    VoucherState, is_hidden,
};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::bodies;
use crate::db::Reader;
use crate::wallets::{Active, WalletError};

/// How many months are looked ahead.
pub const MONTHS: usize = 18;

/// What a wallet owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Liability {
    pub money: Option<Currency>,
    pub currencies: Vec<CurrencySums>,
    pub vouchers: Vec<VoucherSums>,
}

/// What all partners hold of a point currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencySums {
    pub unit: String,
    pub name: Names,
    pub decimals: u32,
    /// Who holds, waits for or owes any of it.
    pub partners: u64,
    pub open: Decimal,
    pub escrow: Decimal,
    pub reserved: Decimal,
    /// What partners owe: arrears, and balances below zero.
    pub owed: Decimal,
    /// What is open, waiting and reserved, at what it costs; not rounded.
    pub cost: Decimal,
    pub ageing: Ageing,
    pub run_off: RunOff,
}

/// Years of lots that an estimate goes by.
const RUN_OFF_YEARS: i32 = 2;

/// Lots whose last day fell in the last two years: what became of them tells what may become of
/// those that are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOff {
    /// What was credited and neither taken back nor passed on.
    pub points: Decimal,
    /// Of which nobody used so many.
    pub expired: Decimal,
}

impl RunOff {
    /// The share that expired; `None` before any lot ran off.
    pub fn share(&self) -> Option<Decimal> {
        self.expired.checked_div(self.points)
    }
}

impl CurrencySums {
    /// What of the points that end may lapse, by what lapsed of those that ended, and what they
    /// cost: the estimate of breakage by its history (IFRS 15 B46, ASC 606-10-55-48). Not rounded.
    pub fn may_lapse(&self) -> Option<(Decimal, Decimal)> {
        let share = self.run_off.share()?;
        let months = self.ageing.months.iter().map(|(_, points, cost)| (*points, *cost));
        let ending = months.chain([self.ageing.later]);
        let (points, cost) = ending
            .fold((Decimal::ZERO, Decimal::ZERO), |(a, b), (points, cost)| (a + points, b + cost));
        Some((points.checked_mul(share)?, cost.checked_mul(share)?))
    }

    /// What is expected to be redeemed, at what it costs; all of it without a history.
    pub fn expected_cost(&self) -> Decimal {
        self.cost - self.may_lapse().map_or(Decimal::ZERO, |(_, cost)| cost)
    }
}

/// How much ends when, in points and at what they cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ageing {
    /// By the first day of the month; all of [`MONTHS`], this one first.
    pub months: Vec<(Date, Decimal, Decimal)>,
    pub later: (Decimal, Decimal),
    pub never: (Decimal, Decimal),
}

/// The vouchers of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherSums {
    pub code: String,
    pub name: Names,
    pub is_money: bool,
    /// Issued and not cancelled.
    pub issued: u64,
    /// Of which something can still be used.
    pub open: u64,
    /// What is left of those: money, or pieces.
    pub amount: Decimal,
    /// At what it costs; not rounded.
    pub cost: Decimal,
}

impl Ageing {
    fn from(today: Date) -> Ageing {
        let first = today.first_of_month();
        let months = (0..MONTHS).filter_map(|nth| {
            let month = first.checked_add(i32::try_from(nth).ok()?.months()).ok()?;
            Some((month, Decimal::ZERO, Decimal::ZERO))
        });
        Ageing { months: months.collect(), ..Ageing::default() }
    }

    fn add(&mut self, ends: Ends, amount: Decimal, cost: Decimal) {
        let last = match ends {
            Ends::After(day) => Some(day),
            Ends::At(moment) => Some(moment.date()),
            Ends::Never => None,
        };
        let month = last.map(Date::first_of_month);
        let at = match month {
            None => return sum(&mut self.never, amount, cost),
            Some(month) => self.months.iter_mut().find(|(first, ..)| *first == month),
        };
        match at {
            Some((_, points, money)) => (*points, *money) = (*points + amount, *money + cost),
            None => sum(&mut self.later, amount, cost),
        }
    }
}

fn sum(into: &mut (Decimal, Decimal), amount: Decimal, cost: Decimal) {
    *into = (into.0 + amount, into.1 + cost);
}

/// What a wallet owes now. Everything that anybody holds is read, some thousand pieces at a time.
pub async fn liability(
    reader: &mut Reader,
    of: &Active,
    now: Timestamp,
) -> Result<Liability, WalletError> {
    let local = of.wallet.time_zone.to_datetime(now);
    let mut currencies: BTreeMap<&str, CurrencySums> = BTreeMap::new();
    for currency in of.wallet.points.values().filter(|it| !is_hidden(&it.unit)) {
        currencies.insert(&currency.unit, nothing_of(currency, local.date()));
    }
    let mut after = Some(String::new());
    while let Some(from) = after {
        let (read, next) = bodies(reader, of, "purse", (&from, "")).await?;
        for piece in read.iter().filter_map(|body| serde_json::from_str::<Piece>(body).ok()) {
            let Some(purse) = piece.purse() else { continue };
            let currency = of.wallet.points.get(&purse.unit);
            if let Some((sums, currency)) = currencies.get_mut(&*purse.unit).zip(currency) {
                add_purse(sums, purse, currency, local);
            }
        }
        after = next;
    }
    Ok(Liability {
        money: of.money,
        currencies: currencies.into_values().collect(),
        vouchers: vouchers(reader, of, local).await?,
    })
}

fn nothing_of(currency: &PointCurrency, today: Date) -> CurrencySums {
    CurrencySums {
        unit: currency.unit.to_string(),
        name: currency.name.clone(),
        decimals: currency.decimals,
        partners: 0,
        open: Decimal::ZERO,
        escrow: Decimal::ZERO,
        reserved: Decimal::ZERO,
        owed: Decimal::ZERO,
        cost: Decimal::ZERO,
        ageing: Ageing::from(today),
        run_off: RunOff::default(),
    }
}

/// Adds a lot that is over.
fn add_run_off(sums: &mut RunOff, lot: &Lot) {
    let unused = lot.holds(Place::Open) + lot.holds(Place::Escrow);
    let gone = lot.holds(Place::ClawedBack) + lot.holds(Place::Transferred);
    sums.points += lot.credited - gone;
    sums.expired += lot.holds(Place::Expired) + unused;
}

/// Adds what an owner has, as it is at a moment. What is over by then counts no more, whether or
/// not that was written down.
fn add_purse(sums: &mut CurrencySums, purse: &Purse, currency: &PointCurrency, at: DateTime) {
    let is_over = |lot: &Lot| lot.ends.gone().is_some_and(|gone| gone <= at);
    let since = at.checked_sub(RUN_OFF_YEARS.years()).unwrap_or(DateTime::MIN);
    let mut holds = false;
    for lot in &purse.lots {
        let (mut open, mut escrow) = (lot.holds(Place::Open), lot.holds(Place::Escrow));
        if is_over(lot) && lot.ends.gone().is_some_and(|gone| since < gone) {
            add_run_off(&mut sums.run_off, lot);
        }
        if is_over(lot) {
            (open, escrow) = (Decimal::ZERO, Decimal::ZERO);
        }
        if lot.usable <= at {
            (open, escrow) = (open + escrow, Decimal::ZERO);
        }
        let reserved = lot.holds(Place::Reserved);
        let all = open + escrow + reserved;
        if all.is_zero() {
            continue;
        }
        holds = true;
        let cost = currency.cost_of(lot.subtype);
        sums.open += open;
        sums.escrow += escrow;
        sums.reserved += reserved;
        sums.cost += all * cost;
        // What is promised does not end.
        let ending = open + escrow;
        if !ending.is_zero() {
            sums.ageing.add(lot.ends, ending, ending * cost);
        }
    }
    let owed = purse.owed(DebtKind::Arrears) + purse.owed(DebtKind::BelowZero);
    sums.owed += owed;
    sums.partners += u64::from(holds || !owed.is_zero());
}

async fn vouchers(
    reader: &mut Reader,
    of: &Active,
    at: DateTime,
) -> Result<Vec<VoucherSums>, WalletError> {
    let nothing = |kind: &VoucherKind| VoucherSums {
        code: kind.code.to_string(),
        name: kind.name.clone(),
        is_money: !kind.is_counted(),
        issued: 0,
        open: 0,
        amount: Decimal::ZERO,
        cost: Decimal::ZERO,
    };
    let kinds = of.wallet.vouchers.iter();
    let mut all: BTreeMap<&str, VoucherSums> =
        kinds.map(|(code, kind)| (&**code, nothing(kind))).collect();
    let mut after = (!all.is_empty()).then(String::new);
    while let Some(from) = after {
        let (read, next) = bodies(reader, of, "voucher", (&from, "")).await?;
        for piece in read.iter().filter_map(|body| serde_json::from_str::<Piece>(body).ok()) {
            let Some(voucher) = piece.voucher() else { continue };
            let kind = of.wallet.vouchers.get(&voucher.kind);
            if let Some((sums, kind)) = all.get_mut(&*voucher.kind).zip(kind) {
                add_voucher(sums, voucher, kind, at);
            }
        }
        after = next;
    }
    Ok(all.into_values().collect())
}

fn add_voucher(sums: &mut VoucherSums, voucher: &Voucher, kind: &VoucherKind, at: DateTime) {
    sums.issued += u64::from(voucher.state() != VoucherState::Cancelled);
    let is_over = voucher.lot.ends.gone().is_some_and(|gone| gone <= at);
    let open = if is_over { Decimal::ZERO } else { voucher.lot.holds(Place::Open) };
    let left = open + voucher.lot.holds(Place::Reserved);
    if left.is_zero() {
        return;
    }
    let worth = match kind.pays {
        VoucherPays::Value(_) | VoucherPays::OpenValue => voucher.lot.credited,
        VoucherPays::Share { .. } | VoucherPays::Goods(_) => Decimal::ZERO,
    };
    let cost = kind.cost.unwrap_or(worth).checked_mul(left);
    sums.open += 1;
    sums.amount += left;
    sums.cost += cost.and_then(|cost| cost.checked_div(voucher.lot.credited)).unwrap_or_default();
}
