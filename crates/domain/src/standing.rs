//! Standing: how far along a period somebody is, and where the present pace leads.
//!
//! # Invariants
//!
//! * A forecast is an estimate by one rule that anyone can check by hand: what the period holds so
//!   far, times its days, over the days passed (today counts as passed).
//! * The forecast of an amount is the award that the forecast totals would earn, by the same
//!   evaluation as any other award.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::award::Award;
use crate::booking::Question;
use crate::code::{FactKey, PartnerCode};
use crate::condition::{Awarded, Expr, Subject};
use crate::fact::{Fact, FactKind};
use crate::master::Master;
use crate::period::Period;
use crate::program::{Compare, Members, Opens, Program, Term, View, Window};
use crate::totals::{Cell, Look, Slot, Sums};

/// Periods without an end have no pace.
const DAYS_MAX: i32 = 3_660;
/// Decimals of what is only estimated.
const DECIMALS: u32 = 6;
/// Decimals of a share of a target: hundredths of a percent.
const SHARE_DECIMALS: u32 = 4;

/// How much of a period is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Today counts as passed.
    pub passed: i32,
    pub days: i32,
}

impl Pace {
    /// `None` before the period, after it, and where it has no end.
    pub fn of(period: &Period, today: Date) -> Option<Pace> {
        let days = period.days();
        if !period.contains(today) || days > DAYS_MAX || period.is_open_on_demand() {
            return None;
        }
        Some(Pace { passed: (today - period.start).get_days() + 1, days })
    }

    /// Where a total leads that has come to this so far.
    pub fn ahead(self, total: Decimal) -> Option<Decimal> {
        let all = total.checked_mul(Decimal::from(self.days))?;
        Some(all.checked_div(Decimal::from(self.passed))?.round_dp(DECIMALS))
    }
}

/// How many days of a period there are to pass when a part of it is compared with the same part of
/// another one: 1 where it has no end, so that all is compared with all.
pub fn compared_days(period: &Period) -> i32 {
    let days = period.days();
    if days > DAYS_MAX || period.is_open_on_demand() { 1 } else { days }
}

/// A target, and how much of it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attained {
    pub target: Decimal,
    pub reached: Decimal,
    /// What is reached of the target, as a share of 1: rounded down, so that 100 % is all of it.
    pub share: Decimal,
    /// The share that the present pace leads to; an estimate. Of periods that run, where what is
    /// reached is counted in the period alone.
    pub ahead: Option<Decimal>,
}

/// How much of its target an award reached; `base` is what the award was compared with. `None`
/// where the term has no target, or there is none for this partner.
pub fn attained(
    term: &Term,
    base: Option<Decimal>,
    reached: Decimal,
    (period, today): (&Period, Date),
) -> Option<Attained> {
    if !matches!(term.compare, Compare::Target(_)) {
        return None;
    }
    let target = base.filter(|target| *target > Decimal::ZERO)?;
    let share = |total: Decimal| {
        let share = total.checked_div(target)?;
        Some(share.round_dp_with_strategy(SHARE_DECIMALS, RoundingStrategy::ToNegativeInfinity))
    };
    let whole = term.qualifier.as_ref().is_none_or(|reading| reading.window == Window::Period);
    let ahead = Pace::of(period, today).filter(|_| whole).and_then(|pace| pace.ahead(reached));
    Some(Attained { target, reached, share: share(reached)?, ahead: ahead.and_then(share) })
}

/// Days from today to the last day of a period: 0 on it. `None` once it is over, and where it has
/// no end.
pub fn days_left(period: &Period, today: Date) -> Option<i32> {
    let left = (period.last() - today).get_days();
    let has_end = period.days() <= DAYS_MAX && !period.is_open_on_demand();
    (0 <= left && has_end).then_some(left)
}

/// The awards if the rest of the period goes on as it went so far. `None` where that cannot be
/// said: outside the period, and where each fact is an award by itself.
pub fn forecast(question: &Question<'_>, today: Date) -> Option<Vec<Award>> {
    let mut newest = question.plan.versions.iter().rev();
    let rule = newest.find_map(|version| version.rules[usize::from(question.term)].as_ref())?;
    if rule.term.group_by.fact {
        return None;
    }
    let pace = Pace::of(question.period, today)?;
    let mut cells: Vec<(Cell, Sums)> = Vec::with_capacity(question.cells.len());
    for (cell, sums) in question.cells {
        let grows = match cell.slot {
            Slot::Measure
            | Slot::Qualifier
            | Slot::ShareOf
            | Slot::Required(_, Look::Total | Look::ShareOf) => true,
            Slot::Baseline
            | Slot::BaselineElse
            | Slot::MeasureBaseline
            | Slot::MeasureBaselineElse
            | Slot::Link(_)
            | Slot::Required(_, Look::Baseline | Look::BaselineElse) => false,
        };
        let total = if grows { pace.ahead(sums.total)? } else { sums.total };
        cells.push((cell.clone(), Sums { total, ..*sums }));
    }
    Some(Question { cells: &cells, ..*question }.earned())
}

/// Where a tier opens on the axis of the qualifier's total: growth of 10 % over 200 opens at 220.
/// `None` for a tier that is always open, and where the axis has no fixed place for it.
pub fn opens_at(term: &Term, baseline: Option<Decimal>, opens: Opens) -> Option<Decimal> {
    let (Opens::From(threshold) | Opens::Above(threshold)) = opens else { return None };
    let view = term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view);
    let base = || baseline.filter(|base| *base > Decimal::ZERO);
    match (view, &term.compare) {
        (View::Share(_), _) => None,
        (View::Total, _) | (_, Compare::Nothing) => Some(threshold),
        (View::Growth, _) => base()?.checked_mul(threshold.checked_add(Decimal::ONE)?),
        (View::Increase, _) => base()?.checked_add(threshold),
        (View::Attainment, _) => base()?.checked_mul(threshold),
    }
}

/// Whether a partner may earn in a program on a day, before it has done anything.
pub fn is_enrolled(program: &Program, code: &PartnerCode, day: Date, master: &Master) -> bool {
    let last = program.ends.unwrap_or(Date::MAX);
    if day < program.starts || last < day {
        return false;
    }
    let condition = match &program.partners {
        Members::All => return true,
        Members::List(members) => {
            return members.iter().any(|member| {
                &member.partner == code
                    && member.from.is_none_or(|from| from <= day)
                    && member.to.is_none_or(|to| day <= to)
            });
        }
        Members::Where(condition) => condition,
    };
    meets(condition, (code, day), master, &program.lists)
}

/// Whether a condition holds for a partner on a day, before it has done anything.
pub(crate) fn meets(
    condition: &Expr,
    (code, day): (&PartnerCode, Date),
    master: &Master,
    lists: &BTreeMap<String, Vec<String>>,
) -> bool {
    let Some(partner) = master.partners.get(code) else { return false };
    let fields = partner.on(day);
    let fact = nothing_yet(code, day);
    let subject = Subject {
        fact: &fact,
        date: day,
        quantity: None,
        amount: None,
        partner: Some(fields),
        product: None,
        earner: Some((code, fields)),
        master,
        lists,
        currency: None,
        awarded: Awarded::Unknown,
    };
    condition.truth(&subject).unwrap_or(false)
}

/// A fact that says nothing but whose it is, for conditions that ask only that.
pub(crate) fn nothing_yet(code: &PartnerCode, day: Date) -> Fact {
    Fact {
        key: FactKey::new(""),
        kind: FactKind::Activity,
        at: day.at(0, 0, 0, 0),
        recorded: Timestamp::MIN,
        of: None,
        partner: Some(code.clone()),
        product: None,
        quantity: None,
        unit: None,
        amount: None,
        currency: None,
        order: None,
        line: None,
        channel: None,
        activity_type: None,
        parties: BTreeMap::new(),
        attributes: BTreeMap::new(),
    }
}

/// Whether a tier that opens there is reached with this total.
pub fn is_reached(opens: Opens, at: Option<Decimal>, total: Decimal) -> bool {
    match (opens, at) {
        (Opens::Always, _) => true,
        (Opens::From(_), Some(at)) => at <= total,
        (Opens::Above(_), Some(at)) => at < total,
        (Opens::From(_) | Opens::Above(_), None) => false,
    }
}

#[cfg(test)]
mod tests;
