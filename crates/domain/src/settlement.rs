//! Settlement: what a partner is owed for a payout period, and what is carried on.
//!
//! # Invariants
//!
//! * amount = calculated + prior period + adjustments + carried in − carried out.
//! * Every currency is settled by itself: nothing of one is carried, rounded or held back with
//!   another. A minimum is in the program's currency and holds for payouts in that.
//! * An amount is in the minor unit of its currency, also where awards are finer. What that leaves
//!   over is carried: what was paid to date is what was earned to date, rounded once.
//! * What is carried out of a closed period is carried into the next, once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::amount::{Currency, RoundingMode};
use crate::booking::Due;
use crate::period::Period;
use crate::plan::{Closes, Plan};
use crate::program::{BelowMinimum, Negative, Payout, Term};

/// An amount a person adds to a payout, or takes from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub period: Arc<str>,
    pub amount: Decimal,
    pub status: AdjustmentStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentStatus {
    Pending,
    Approved,
    Rejected,
}

impl AdjustmentStatus {
    pub fn word(self) -> &'static str {
        match self {
            AdjustmentStatus::Pending => "pending",
            AdjustmentStatus::Approved => "approved",
            AdjustmentStatus::Rejected => "rejected",
        }
    }

    pub fn from_word(word: &str) -> Option<AdjustmentStatus> {
        [AdjustmentStatus::Pending, AdjustmentStatus::Approved, AdjustmentStatus::Rejected]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// What one payout period brings one partner from one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutLine {
    pub period: Period,
    pub closed: bool,
    /// Earned in this period.
    pub calculated: Decimal,
    /// What became known late about earlier periods.
    pub prior_period: Decimal,
    /// Approved by hand.
    pub adjustments: Decimal,
    /// Asked for, not yet decided.
    pub pending: Decimal,
    pub carried_in: Decimal,
    pub carried_out: Decimal,
    /// Given up because it is below the minimum. Part of what is carried out, and goes nowhere.
    pub lapsed: Decimal,
    pub amount: Decimal,
}

/// The payouts of one partner in one program and currency, by period. `due` are all of the
/// partner's in that currency, each with the period it was earned in.
pub fn payouts(
    plan: &Plan,
    unit: Currency,
    due: &[(Period, Due)],
    adjustments: &[Adjustment],
    closes: &Closes,
) -> Vec<PayoutLine> {
    payouts_in(&mut Followed::of(plan), unit, due, adjustments, closes)
}

/// The payout periods of a plan with those after them, each found once: where payouts are many,
/// nearly all of them carry something from one period to the next.
pub struct Followed<'p> {
    plan: &'p Plan,
    known: HashMap<Period, Option<Period>>,
}

impl<'p> Followed<'p> {
    pub fn of(plan: &'p Plan) -> Followed<'p> {
        Followed { plan, known: HashMap::new() }
    }

    fn by(&mut self, period: &Period) -> Option<Period> {
        if let Some(next) = self.known.get(period) {
            return next.clone();
        }
        let next = following(self.plan, period);
        self.known.insert(period.clone(), next.clone());
        next
    }
}

/// The same of one of many partners.
pub fn payouts_in(
    periods: &mut Followed<'_>,
    unit: Currency,
    due: &[(Period, Due)],
    adjustments: &[Adjustment],
    closes: &Closes,
) -> Vec<PayoutLine> {
    let plan = periods.plan;
    let mut lines: BTreeMap<Period, PayoutLine> = BTreeMap::new();
    for (earned, due) in due {
        let line = line_of(&mut lines, &due.payout, closes);
        if earned.contains(due.payout.start) {
            line.calculated += due.amount;
        } else {
            line.prior_period += due.amount;
        }
    }
    for adjustment in adjustments {
        let Some(mut period) = named(plan, &adjustment.period) else { continue };
        // What is decided after the close counts in the first open period.
        while adjustment.status == AdjustmentStatus::Pending
            && closes.0.contains_key(&period.name)
            && let Some(next) = periods.by(&period)
        {
            period = next;
        }
        let line = line_of(&mut lines, &period, closes);
        match adjustment.status {
            AdjustmentStatus::Approved => line.adjustments += adjustment.amount,
            AdjustmentStatus::Pending => line.pending += adjustment.amount,
            AdjustmentStatus::Rejected => {}
        }
    }
    carry(periods, unit, lines, closes)
}

fn carry(
    periods: &mut Followed<'_>,
    unit: Currency,
    mut waiting: BTreeMap<Period, PayoutLine>,
    closes: &Closes,
) -> Vec<PayoutLine> {
    let newest = periods.plan.newest();
    let terms = newest.terms.first().map(|term| &term.payout);
    let pays = |term: &&Term| term.currency_in(newest) == unit;
    let first = newest.terms.iter().find(pays).or(newest.terms.first());
    let mode = first.map_or(RoundingMode::HalfUp, |term| term.rounding.mode);
    let own = newest.currency == unit;
    let mut lines = Vec::new();
    while let Some((period, mut line)) = waiting.pop_first() {
        let all = line.calculated + line.prior_period + line.adjustments + line.carried_in;
        let (kept, lapsed) =
            terms.map_or((Decimal::ZERO, Decimal::ZERO), |terms| kept(terms, all, own));
        let payable = all - kept - lapsed;
        line.amount = mode.round(payable, unit.decimals());
        let carried = kept + payable - line.amount;
        line.carried_out = carried + lapsed;
        line.lapsed = lapsed;
        if line.closed
            && !carried.is_zero()
            && let Some(next) = periods.by(&period)
        {
            line_of(&mut waiting, &next, closes).carried_in += carried;
        }
        lines.push(line);
    }
    lines
}

/// What of an amount is carried to the next period, and what lapses. `own` says whether it is in
/// the currency of the program, which is the minimum's.
fn kept(terms: &Payout, amount: Decimal, own: bool) -> (Decimal, Decimal) {
    let nothing = (Decimal::ZERO, Decimal::ZERO);
    if amount < Decimal::ZERO {
        return match terms.negative {
            Negative::Carry => (amount, Decimal::ZERO),
            Negative::ClaimBack => nothing,
        };
    }
    match terms.minimum {
        Some(minimum) if own && amount < minimum && !amount.is_zero() => {
            match terms.below_minimum {
                BelowMinimum::Carry => (amount, Decimal::ZERO),
                BelowMinimum::Lapse => (Decimal::ZERO, amount),
            }
        }
        _ => nothing,
    }
}

/// The line of a period. One that the program's last day cuts short is the same, cut or not.
fn line_of<'l>(
    lines: &'l mut BTreeMap<Period, PayoutLine>,
    period: &Period,
    closes: &Closes,
) -> &'l mut PayoutLine {
    let same = |known: &&Period| known.start == period.start && known.name == period.name;
    let key = lines.keys().find(same).unwrap_or(period).clone();
    lines.entry(key).or_insert_with_key(|period| empty(period, closes))
}

fn empty(period: &Period, closes: &Closes) -> PayoutLine {
    PayoutLine {
        period: period.clone(),
        closed: closes.0.contains_key(&period.name),
        calculated: Decimal::ZERO,
        prior_period: Decimal::ZERO,
        adjustments: Decimal::ZERO,
        pending: Decimal::ZERO,
        carried_in: Decimal::ZERO,
        carried_out: Decimal::ZERO,
        lapsed: Decimal::ZERO,
        amount: Decimal::ZERO,
    }
}

/// The payout period with this name, in the calendar of any term.
pub fn named(plan: &Plan, name: &str) -> Option<Period> {
    plan.terms.iter().find_map(|term| term.payout.by_name(name))
}

/// The payout period after this one.
pub fn following(plan: &Plan, period: &Period) -> Option<Period> {
    let of = plan.terms.iter().find(|term| {
        term.payout.by_name(&period.name).is_some_and(|found| found.start == period.start)
    });
    of.or(plan.terms.first()).and_then(|term| term.payout.next(period))
}

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayoutStatus {
    /// Closed, waits for a second person.
    Pending,
    Approved,
    /// Held back with a reason; may still be approved.
    Rejected,
    Paid,
    /// What it was for is not owed any more, and it was not paid.
    Withdrawn,
}

/// What a person does to a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutStep {
    Approve,
    Reject,
    Pay,
}

impl PayoutStatus {
    pub const ALL: [PayoutStatus; 5] = [
        PayoutStatus::Pending,
        PayoutStatus::Approved,
        PayoutStatus::Rejected,
        PayoutStatus::Paid,
        PayoutStatus::Withdrawn,
    ];

    pub fn word(self) -> &'static str {
        match self {
            PayoutStatus::Pending => "pending",
            PayoutStatus::Approved => "approved",
            PayoutStatus::Rejected => "rejected",
            PayoutStatus::Paid => "paid",
            PayoutStatus::Withdrawn => "withdrawn",
        }
    }

    pub fn from_word(word: &str) -> Option<PayoutStatus> {
        PayoutStatus::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Where a step leads; `None` if it may not be taken from here.
    pub fn after(self, step: PayoutStep) -> Option<PayoutStatus> {
        match (self, step) {
            (PayoutStatus::Pending | PayoutStatus::Rejected, PayoutStep::Approve) => {
                Some(PayoutStatus::Approved)
            }
            (PayoutStatus::Pending | PayoutStatus::Approved, PayoutStep::Reject) => {
                Some(PayoutStatus::Rejected)
            }
            (PayoutStatus::Approved, PayoutStep::Pay) => Some(PayoutStatus::Paid),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
