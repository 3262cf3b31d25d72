//! What was closed stays as it was reported, also where what is known of the past changes.
//!
//! Late facts are booked late by their dates. Master data has no such dates: a partner that turns
//! out to have been gold since April is measured anew from April on, as if that had always been
//! known. What this changes in closed periods is posted to the first open one, as prior period.
//!
//! # Invariants
//!
//! * After a close nothing is posted to its periods any more, and its dues stay.
//! * What is booked of an award in all periods is what is earned: what closed periods lack or have
//!   too much, the first open one has.
//! * Where nothing changed behind a close, nothing is moved. A second run posts nothing: what was
//!   moved is among what was posted once its period is closed, too.
//!
//! Deliberately coarse: the first open accounting period is the first one of the first open payout
//! period, whenever in it the change came.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::booking::{Accrual, BookingKind, Due, Outcome};
use domain::code::PartnerCode;
use domain::period::{Calendar, Period};
use domain::totals::Group;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::AccrualKey;
use crate::catalog::MasterData;
use crate::db::{DbError, date_of, days_of};
use crate::exact;
use crate::rules::Rules;
use crate::totals::Stale;

/// What is added up here, for an error.
const BOOKED: &str = "what was booked in closed periods";

/// The payout periods of an award: those that are closed, in order, and the first that is open.
struct Payouts {
    closed: Vec<Period>,
    open: Period,
}

/// The outcomes with what they change in closed periods moved to the first open one.
pub(super) fn kept<'o>(
    outcomes: &'o [(Stale, Option<Outcome>)],
    rules: &Rules,
    directory: &MasterData,
    posted: &BTreeMap<AccrualKey, Decimal>,
) -> Result<Cow<'o, [(Stale, Option<Outcome>)]>, DbError> {
    let mut kept = Cow::Borrowed(outcomes);
    for (at, (of, outcome)) in outcomes.iter().enumerate() {
        let Some(outcome) = outcome else { continue };
        if let Some(moved) = moved(outcome, of, rules, directory, posted)? {
            kept.to_mut()[at].1 = Some(moved);
        }
    }
    Ok(kept)
}

/// `None` where nothing is to be moved.
fn moved(
    outcome: &Outcome,
    of: &Stale,
    rules: &Rules,
    directory: &MasterData,
    posted: &BTreeMap<AccrualKey, Decimal>,
) -> Result<Option<Outcome>, DbError> {
    let Some(payouts) = payouts(of, rules, &outcome.period) else { return Ok(None) };
    let Some(accounting) = accounting(of, rules) else { return Ok(None) };
    let end = payouts.open.start;
    let wanted = outcome.accruals.iter().filter(|accrual| accrual.accounting.start < end);
    let wanted = summed(wanted.map(|accrual| {
        let (group, day) = (accrual.group.as_str().to_owned(), days_of(accrual.accounting.start));
        ((group, day, accrual.kind, accrual.partner.clone()), accrual.amount)
    }))?;
    let frozen = frozen(of, directory, posted, days_of(end))?;
    if wanted == frozen {
        return Ok(None);
    }
    let Some(open) = period_of(accounting, end) else { return Ok(None) };
    let mut accruals = Vec::with_capacity(outcome.accruals.len());
    for ((group, day, kind, partner), amount) in &frozen {
        let day = date_of(*day).unwrap_or(Date::MAX);
        let Some(accounting) = period_of(accounting, day) else { return Ok(None) };
        let (group, partner) = (Group::from_stored(group), partner.clone());
        accruals.push(Accrual { group, accounting, kind: *kind, partner, amount: *amount });
    }
    let is_open = |accrual: &&Accrual| end <= accrual.accounting.start;
    accruals.extend(outcome.accruals.iter().filter(is_open).cloned());
    for ((group, partner), amount) in changed(&wanted, &frozen, (Date::MIN, end))? {
        let (group, accounting) = (Group::from_stored(&group), open.clone());
        let kind = BookingKind::PriorPeriod;
        accruals.push(Accrual { group, accounting, kind, partner, amount });
    }
    accruals.sort();

    let mut due = outcome.due.clone();
    let mut from = Date::MIN;
    for closed in &payouts.closed {
        for ((group, partner), amount) in changed(&wanted, &frozen, (from, closed.end))? {
            let group = Group::from_stored(&group);
            add_due(&mut due, (&group, closed, &partner), -amount)?;
            add_due(&mut due, (&group, &payouts.open, &partner), amount)?;
        }
        from = closed.end;
    }
    due.retain(|due| !due.amount.is_zero());
    Ok(Some(Outcome { accruals, due, ..outcome.clone() }))
}

/// What was posted to periods before a day.
fn frozen(
    of: &Stale,
    directory: &MasterData,
    posted: &BTreeMap<AccrualKey, Decimal>,
    end: i64,
) -> Result<Booked, DbError> {
    let of_award = posted.iter().filter(|(key, _)| key.of == *of && key.accounting_day < end);
    summed(of_award.filter_map(|(key, amount)| {
        let partner = directory.partner_code(key.payee_id)?.clone();
        Some(((key.group_key.clone(), key.accounting_day, key.kind, partner), *amount))
    }))
}

/// `None` where nothing of the award is closed. The period that is being closed is open: its close
/// books in it.
fn payouts(of: &Stale, rules: &Rules, earned: &Period) -> Option<Payouts> {
    let at = rules.position(of.program_id)?;
    let calendar = &rules.plans[at].terms.get(usize::try_from(of.term).ok()?)?.payout;
    let is_closed = |period: &Period| {
        let under_way = rules.under_way.as_ref();
        let is_under_way = under_way
            .is_some_and(|(program, name)| *program == of.program_id && **name == *period.name);
        rules.closes[at].0.contains_key(&period.name) && !is_under_way
    };
    let mut closed = Vec::new();
    let mut period = calendar.containing(earned.start)?;
    while is_closed(&period) {
        let next = calendar.next(&period)?;
        closed.push(std::mem::replace(&mut period, next));
    }
    (!closed.is_empty()).then_some(Payouts { closed, open: period })
}

fn accounting<'r>(of: &Stale, rules: &'r Rules) -> Option<&'r Calendar> {
    let plan = &rules.plans[rules.position(of.program_id)?];
    Some(&plan.terms.get(usize::try_from(of.term).ok()?)?.accounting)
}

/// The accounting period of a day, also behind the last one of the program.
fn period_of(calendar: &Calendar, day: Date) -> Option<Period> {
    if let Some(period) = calendar.containing(day) {
        return Some(period);
    }
    let mut period = calendar.containing(calendar.last()?)?;
    while period.end <= day {
        period = calendar.next(&period)?;
    }
    period.contains(day).then_some(period)
}

/// Group, accounting day, kind, and who is paid.
type BookedKey = (String, i64, BookingKind, PartnerCode);
type Booked = BTreeMap<BookedKey, Decimal>;

fn summed(booked: impl Iterator<Item = (BookedKey, Decimal)>) -> Result<Booked, DbError> {
    let mut sums = Booked::new();
    for (key, amount) in booked {
        exact::add(sums.entry(key).or_default(), amount, BOOKED)?;
    }
    sums.retain(|_, amount| !amount.is_zero());
    Ok(sums)
}

/// What is wanted beyond what is frozen in these days, by group and who is paid.
fn changed(
    wanted: &Booked,
    frozen: &Booked,
    (from, to): (Date, Date),
) -> Result<BTreeMap<(String, PartnerCode), Decimal>, DbError> {
    let days = days_of(from)..days_of(to);
    let wanted = wanted.iter().map(|(key, amount)| (key, *amount));
    let frozen = frozen.iter().map(|(key, amount)| (key, -*amount));
    let mut changed: BTreeMap<(String, PartnerCode), Decimal> = BTreeMap::new();
    for ((group, day, _, partner), amount) in wanted.chain(frozen) {
        if days.contains(day) {
            let sum = changed.entry((group.clone(), partner.clone())).or_default();
            exact::add(sum, amount, BOOKED)?;
        }
    }
    changed.retain(|_, amount| !amount.is_zero());
    Ok(changed)
}

fn add_due(
    dues: &mut Vec<Due>,
    (group, payout, partner): (&Group, &Period, &PartnerCode),
    amount: Decimal,
) -> Result<(), DbError> {
    let found = dues.iter_mut().find(|due| {
        due.group == *group && due.payout.start == payout.start && due.partner == *partner
    });
    if let Some(due) = found {
        return exact::add(&mut due.amount, amount, BOOKED);
    }
    let (group, payout, partner) = (group.clone(), payout.clone(), partner.clone());
    dues.push(Due { group, payout, partner, amount });
    Ok(())
}
