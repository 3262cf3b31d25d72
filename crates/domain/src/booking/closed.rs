//! What was closed stays as it was reported, also where what is known of the past changes.
//!
//! Late facts are booked late by their dates. Master data has no such dates: a partner that turns
//! out to have been gold since April is measured anew from April on, as if that had always been
//! known. What this changes in closed periods is booked in the first open one, as prior period.
//!
//! # Invariants
//!
//! * What was booked in closed periods, and their dues, stay.
//! * What is booked of an award in all periods is what is earned: what closed periods lack or have
//!   too much, the first open one has.
//!
//! Deliberately coarse: the first open accounting period is the first one behind the last closed
//! payout period, whenever the change came. Where a program ends within a period, months of it
//! follow that no payout period of its own has.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use super::{Accrual, BookingKind, Due, Outcome};
use crate::amount::exact_sum;
use crate::code::PartnerCode;
use crate::period::{Calendar, Period};
use crate::plan::{Closes, PlanTerm};
use crate::totals::Group;

/// What was booked for an award: by group, first day of the accounting period, kind and who is paid.
pub type Booked = BTreeMap<(Group, Date, BookingKind, PartnerCode), Decimal>;

/// A sum of what was booked has more digits than a decimal can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sum of what was booked in closed periods could not be kept exactly")]
pub struct BeyondDecimals;

/// A term, and what of its program is closed.
#[derive(Debug, Clone, Copy)]
pub struct Closed<'a> {
    pub term: &'a PlanTerm,
    pub closes: &'a Closes,
    /// A period whose close is under way: it is open, since its close books in it.
    pub under_way: Option<&'a str>,
}

/// The payout periods of an award: those that are closed, in order, and the first that is open, or
/// the last one.
struct Payouts {
    closed: Vec<Period>,
    open: Period,
    /// The first day behind the closed ones.
    end: Date,
}

/// An outcome with what it changes in closed periods moved to the first open one; `booked` is what
/// was booked before. `None` where nothing is to be moved.
pub fn kept(
    outcome: &Outcome,
    closed: &Closed<'_>,
    booked: &Booked,
) -> Result<Option<Outcome>, BeyondDecimals> {
    let Some(payouts) = closed.payouts(&outcome.period) else { return Ok(None) };
    let accounting = &closed.term.accounting;
    let end = payouts.end;
    let mut wanted = booked_by(outcome)?;
    wanted.retain(|(_, day, ..), _| *day < end);
    let mut frozen = booked.clone();
    frozen.retain(|(_, day, ..), amount| *day < end && !amount.is_zero());
    if wanted == frozen {
        return Ok(None);
    }
    let Some(open) = period_from(accounting, end) else { return Ok(None) };
    let mut accruals = Vec::with_capacity(outcome.accruals.len());
    for ((group, day, kind, partner), amount) in &frozen {
        let Some(accounting) = period_from(accounting, *day) else { return Ok(None) };
        let (group, partner) = (group.clone(), partner.clone());
        accruals.push(Accrual { group, accounting, kind: *kind, partner, amount: *amount });
    }
    let is_open = |accrual: &&Accrual| end <= accrual.accounting.start;
    accruals.extend(outcome.accruals.iter().filter(is_open).cloned());
    for ((group, partner), amount) in changed(&wanted, &frozen, (Date::MIN, end))? {
        let (kind, accounting) = (BookingKind::PriorPeriod, open.clone());
        let moved = Accrual { group, accounting, kind, partner, amount };
        add_accrual(&mut accruals, moved)?;
    }
    accruals.retain(|accrual| !accrual.amount.is_zero());
    accruals.sort();

    let mut due = outcome.due.clone();
    let mut from = Date::MIN;
    for closed in &payouts.closed {
        for ((group, partner), amount) in changed(&wanted, &frozen, (from, closed.end))? {
            add_due(&mut due, (&group, closed, &partner), -amount)?;
            add_due(&mut due, (&group, &payouts.open, &partner), amount)?;
        }
        from = closed.end;
    }
    due.retain(|due| !due.amount.is_zero());
    Ok(Some(Outcome { due, accruals, ..outcome.clone() }))
}

/// What an outcome books.
pub fn booked_by(outcome: &Outcome) -> Result<Booked, BeyondDecimals> {
    let mut booked = Booked::new();
    for accrual in &outcome.accruals {
        let (group, partner) = (accrual.group.clone(), accrual.partner.clone());
        let key = (group, accrual.accounting.start, accrual.kind, partner);
        add(booked.entry(key).or_default(), accrual.amount)?;
    }
    booked.retain(|_, amount| !amount.is_zero());
    Ok(booked)
}

impl Closed<'_> {
    /// The qualifying period of a day.
    pub fn earned(&self, day: Date) -> Option<Period> {
        self.term.calendar.containing(day)
    }

    /// `None` where nothing of an award is closed.
    fn payouts(&self, earned: &Period) -> Option<Payouts> {
        let calendar = &self.term.payout;
        let is_closed = |period: &Period| {
            self.closes.0.contains_key(&period.name) && self.under_way != Some(&*period.name)
        };
        let mut closed = Vec::new();
        let mut period = calendar.containing(earned.start)?;
        // The last period of all takes what comes late, closed or not.
        while is_closed(&period)
            && let Some(next) = calendar.next(&period)
        {
            closed.push(std::mem::replace(&mut period, next));
        }
        let end = closed.last()?.end;
        Some(Payouts { closed, open: period, end })
    }
}

/// The accounting period of a day, or the next one where none has it, also behind the last one of
/// the program.
fn period_from(calendar: &Calendar, day: Date) -> Option<Period> {
    if let Some(period) = calendar.containing(day) {
        return Some(period);
    }
    let mut period = calendar.containing(calendar.last()?)?;
    while period.end <= day {
        period = calendar.next(&period)?;
    }
    Some(period)
}

/// What is wanted beyond what is frozen in these days, by group and who is paid.
fn changed(
    wanted: &Booked,
    frozen: &Booked,
    (from, to): (Date, Date),
) -> Result<BTreeMap<(Group, PartnerCode), Decimal>, BeyondDecimals> {
    let wanted = wanted.iter().map(|(key, amount)| (key, *amount));
    let frozen = frozen.iter().map(|(key, amount)| (key, -*amount));
    let mut changed: BTreeMap<(Group, PartnerCode), Decimal> = BTreeMap::new();
    for ((group, day, _, partner), amount) in wanted.chain(frozen) {
        if from <= *day && *day < to {
            add(changed.entry((group.clone(), partner.clone())).or_default(), amount)?;
        }
    }
    changed.retain(|_, amount| !amount.is_zero());
    Ok(changed)
}

fn add_due(
    dues: &mut Vec<Due>,
    (group, payout, partner): (&Group, &Period, &PartnerCode),
    amount: Decimal,
) -> Result<(), BeyondDecimals> {
    let found = dues.iter_mut().find(|due| {
        due.group == *group && due.payout.start == payout.start && due.partner == *partner
    });
    if let Some(due) = found {
        return add(&mut due.amount, amount);
    }
    let (group, payout, partner) = (group.clone(), payout.clone(), partner.clone());
    dues.push(Due { group, payout, partner, amount });
    Ok(())
}

fn add_accrual(accruals: &mut Vec<Accrual>, more: Accrual) -> Result<(), BeyondDecimals> {
    let found = accruals.iter_mut().find(|accrual| {
        (&accrual.group, accrual.accounting.start, accrual.kind, &accrual.partner)
            == (&more.group, more.accounting.start, more.kind, &more.partner)
    });
    if let Some(accrual) = found {
        return add(&mut accrual.amount, more.amount);
    }
    accruals.push(more);
    Ok(())
}

fn add(sum: &mut Decimal, number: Decimal) -> Result<(), BeyondDecimals> {
    *sum = exact_sum(*sum, number).ok_or(BeyondDecimals)?;
    Ok(())
}
