//! Periods that end when somebody ends them.
//!
//! # Invariants
//!
//! * A period ends on a day that is over everywhere in the program, with its days of grace and
//!   calculation, and on which the shorter periods in it end.
//! * What came after that day belongs to the next period, which begins on the day after it: the
//!   program is measured anew in the same commit.
//! * What was said of the open period, as adjustments and disputes, stays with what was ended.

use domain::period::{Period, day_of};
use domain::plan::Plan;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::close::{PeriodView, accrue_all, close_now, earlier_closed, periods};
use super::{CloseNote, Closed, PeriodState, SettleError, said, store};
use crate::access::Actor;
use crate::catalog::MasterData;
use crate::db::Tx;
use crate::rebuild;
use crate::rules::{self, Rules};

/// The name of a period is no longer.
pub const NAME_CHARS_MAX: usize = 40;

/// How a period is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndOn<'a> {
    /// What it is called from now on.
    pub name: &'a str,
    /// Its last day.
    pub until: Date,
}

/// The days on which the open period may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndDays {
    pub open: Period,
    /// The last one, which is the one to offer. `None` before the first such day.
    pub last: Option<Date>,
    /// The first day on which it may be closed at all.
    pub from: Date,
}

/// On which days the open period of a program may end. `None` if it has none.
pub fn end_days(plan: &Plan, now: Timestamp) -> Option<EndDays> {
    let open = plan.open_on_demand()?;
    let wait = waits(plan);
    let over = |last: Date| last.checked_add((wait + 1).days()).unwrap_or(Date::MAX);
    let mut first = open.start;
    while !plan.may_end_on(first) {
        first = first.tomorrow().ok()?;
    }
    let today = day_of(now, &plan.zone);
    let latest = today.checked_sub((wait + 1).days()).ok()?.min(open.last());
    let mut last = latest;
    while open.start < last && !plan.may_end_on(last) {
        last = last.yesterday().ok()?;
    }
    let last = Some(last).filter(|last| first <= *last && plan.may_end_on(*last));
    Some(EndDays { from: over(first), last, open })
}

/// Whole days after the last one before a close, as for any other period.
fn waits(plan: &Plan) -> i64 {
    let terms = plan.terms.iter().filter(|term| term.payout.is_on_demand());
    let wait = terms.map(|term| {
        let calculated = term.calculate_after_days.saturating_sub(1);
        calculated.max(term.grace_days.unwrap_or(0))
    });
    wait.max().map_or(0, i64::from)
}

/// The period as it will be, if it may be ended so.
fn ended_view(
    plan: &Plan,
    closes: &domain::plan::Closes,
    now: Timestamp,
    end: EndOn<'_>,
) -> Result<PeriodView, SettleError> {
    let program = || plan.code.to_string();
    let Some(days) = end_days(plan, now) else {
        return Err(SettleError::NotOnDemand { program: program() });
    };
    if closes.0.contains_key(end.name) {
        return Err(SettleError::ClosedAlready { program: program(), period: end.name.to_owned() });
    }
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let fits = (1..=NAME_CHARS_MAX).contains(&end.name.chars().count());
    if !fits || !end.name.chars().all(plain) || !plan.may_be_called(end.name) {
        return Err(SettleError::BadName { name: end.name.to_owned() });
    }
    let last = days.last.ok_or(SettleError::NoDayOver { from: days.from })?;
    if end.until < days.open.start || last < end.until || !plan.may_end_on(end.until) {
        return Err(SettleError::BadDay { from: days.open.start, to: last });
    }
    earlier_closed(&periods(plan, closes, now), &days.open)?;
    let after = end.until.tomorrow().unwrap_or(end.until);
    Ok(PeriodView {
        period: Period { start: days.open.start, end: after, name: end.name.into() },
        state: PeriodState::Ready,
        closable_from: after.checked_add(waits(plan).days()).unwrap_or(Date::MAX),
        closed_at: None,
        on_demand: true,
        is_correction: false,
    })
}

/// What the program would be with its open period ended so. To look at it, in a transaction that
/// is not committed.
pub async fn ended(
    tx: &mut Tx,
    master: &MasterData,
    now: Timestamp,
    program: &str,
    end: EndOn<'_>,
) -> Result<(Rules, PeriodView), SettleError> {
    let mut rules = rules::load(tx).await?;
    let at = rules.by_code(program).ok_or_else(|| SettleError::NoProgram(program.to_owned()))?;
    let view = ended_view(&rules.plans[at], &rules.closes[at], now, end)?;
    let (program_id, open) = (rules.program_ids[at], rules.plans[at].open_on_demand());
    rules.plans[at].end_on_demand(end.name, end.until);
    if let Some(open) = open {
        store::name_period(tx, program_id, (&open.name, end.name)).await?;
    }
    rebuild::programs(tx, &rules, master, Some(&[program_id])).await?;
    accrue_all(tx, &rules, master, now).await?;
    Ok((rules, view))
}

/// Ends the open period of a program on a day, and closes it.
pub async fn close_on_demand(
    tx: &mut Tx,
    master: &MasterData,
    actor: &Actor,
    now: Timestamp,
    (program, end): (&str, EndOn<'_>),
    note: &CloseNote<'_>,
) -> Result<Closed, SettleError> {
    said(note.comment)?;
    let before = rules::load(tx).await?;
    let at = before.by_code(program).ok_or_else(|| SettleError::NoProgram(program.to_owned()))?;
    let view = ended_view(&before.plans[at], &before.closes[at], now, end)?;
    accrue_all(tx, &before, master, now).await?;
    let (program_id, open) = (before.program_ids[at], before.plans[at].open_on_demand());
    if let Some(open) = open {
        store::name_period(tx, program_id, (&open.name, end.name)).await?;
    }
    close_now(tx, master, actor, now, (program, program_id, &view), note).await
}
