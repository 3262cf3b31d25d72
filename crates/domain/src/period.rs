//! Periods: half-open spans of days that a program's calendar makes, and their names.
//!
//! # Invariants
//!
//! * The same calendar makes the same periods, whoever asks and when.
//! * Periods do not overlap and leave no gap inside the program's days.
//! * A period's name is unique within its calendar: `2026-04`, `2026Q1`, `2026H1`, `2026`,
//!   `program`, or the name given to a custom one. Fiscal quarters, halves and years are named
//!   after the year in which the fiscal year starts.

use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::program::{CustomPeriod, Every, Program, Term};

/// The name that stands for whatever comes after the last period of a calendar without a next.
const AFTER: &str = "after";
/// The name of an on-demand period that nobody has closed yet.
const OPEN: &str = "open";
/// Open programs end here for the sake of arithmetic.
const NEVER: Date = date(9999, 1, 1);

/// A span of days `[start, end)` with its name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    pub start: Date,
    /// The first day after it.
    pub end: Date,
    pub name: Arc<str>,
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}, {})", self.name, self.start, self.end)
    }
}

impl Period {
    pub fn contains(&self, day: Date) -> bool {
        self.start <= day && day < self.end
    }

    /// The last day in it.
    pub fn last(&self) -> Date {
        self.end.yesterday().unwrap_or(self.end)
    }

    /// Whether it ends when somebody ends it, and nobody has: `open` is the name of no other.
    pub fn is_open_on_demand(&self) -> bool {
        &*self.name == OPEN
    }

    pub fn days(&self) -> i32 {
        (self.end - self.start).get_days()
    }
}

/// How a program, or a term of it, divides its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    every: Every,
    /// 1 to 12.
    fiscal_year_from: i8,
    starts: Date,
    /// The first day after the program.
    ends: Date,
    /// Whether its periods end where somebody ended them.
    is_on_demand: bool,
}

/// Which neighbour a baseline looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    Period,
    Year,
}

impl Prior {
    /// The day that a day of the baseline is compared with, where that is one day.
    pub fn served(self, day: Date) -> Date {
        match self {
            Prior::Year => day.checked_add(1.year()).unwrap_or(day),
            Prior::Period => Date::MIN,
        }
    }
}

impl Calendar {
    /// The first period.
    pub fn first(&self) -> Option<Period> {
        self.containing(self.starts)
    }

    /// The qualifying periods of a term.
    pub fn qualifying(program: &Program, term: &Term) -> Calendar {
        Calendar::of(program, term.periods.every.clone(), term.periods.fiscal_year_from)
    }

    /// The accounting periods of a term: those it names, or its payout periods.
    pub fn accounting(program: &Program, term: &Term) -> Calendar {
        let every = term.accrue.every.clone().or_else(|| term.payout.every.clone());
        let every = every.unwrap_or_else(|| term.periods.every.clone());
        Calendar::of(program, every, term.periods.fiscal_year_from)
    }

    /// The payout periods of a term: those it names, or its qualifying ones.
    pub fn payout(program: &Program, term: &Term) -> Calendar {
        let every = term.payout.every.clone().unwrap_or_else(|| term.periods.every.clone());
        Calendar::of(program, every, term.periods.fiscal_year_from)
    }

    /// The same days divided otherwise.
    #[must_use]
    pub fn like(&self, every: Every) -> Calendar {
        let is_on_demand = every == Every::OnDemand;
        Calendar { every, is_on_demand, ..self.clone() }
    }

    /// The period that begins on a day, from `first` on, also beyond the program's last day.
    pub fn starting(&self, first: Period, start: Date) -> Option<Period> {
        let mut period = first;
        while period.start < start {
            period = self.next(&period)?;
        }
        (period.start == start).then_some(period)
    }

    /// An on-demand calendar ends its open period on that day, under that name. False if it is not
    /// one, or the day does not fit.
    pub fn end_on_demand(&mut self, name: &str, last: Date) -> bool {
        if self.every == Every::OnDemand {
            let to = self.ends.yesterday().unwrap_or(self.ends);
            let (name, from) = (OPEN.to_owned(), self.starts);
            self.every = Every::Custom(vec![CustomPeriod { name, from, to }]);
        }
        let Every::Custom(list) = &mut self.every else { return false };
        if !self.is_on_demand {
            return false;
        }
        let Some(open) = list.last_mut().filter(|open| open.name == OPEN) else { return false };
        let Some(next) = last.tomorrow().ok().filter(|_| open.from <= last && last <= open.to)
        else {
            return false;
        };
        let rest = CustomPeriod { name: OPEN.to_owned(), from: next, to: open.to };
        name.clone_into(&mut open.name);
        open.to = last;
        if rest.from <= rest.to {
            list.push(rest);
        }
        true
    }

    /// Whether its periods end where somebody ends them.
    pub fn is_on_demand(&self) -> bool {
        self.is_on_demand
    }

    /// The period that ends when somebody ends it.
    pub fn open_on_demand(&self) -> Option<Period> {
        match &self.every {
            Every::OnDemand => self.first(),
            Every::Custom(list) => {
                let last = list.last().filter(|last| last.name == OPEN && self.is_on_demand)?;
                Some(self.cut(custom(last)))
            }
            _ => None,
        }
    }

    /// Whether a period may have this name when it is ended: no other period has it, nor would
    /// one of any calendar.
    pub fn may_be_called(&self, name: &str) -> bool {
        let taken = |every| self.like(every).by_name(name).is_some();
        let grids = [Every::Month, Every::Quarter, Every::Half, Every::Year];
        let words = [AFTER, OPEN, "program"];
        !words.contains(&name) && self.by_name(name).is_none() && !grids.into_iter().any(taken)
    }

    fn of(program: &Program, every: Every, fiscal_year_from: i8) -> Calendar {
        let ends = program.ends.and_then(|last| last.tomorrow().ok()).unwrap_or(NEVER);
        let is_on_demand = every == Every::OnDemand;
        Calendar { every, fiscal_year_from, starts: program.starts, ends, is_on_demand }
    }

    pub fn new(every: Every, fiscal_year_from: i8, starts: Date, last: Option<Date>) -> Calendar {
        let ends = last.and_then(|last| last.tomorrow().ok()).unwrap_or(NEVER);
        let is_on_demand = every == Every::OnDemand;
        Calendar { every, fiscal_year_from, starts, ends, is_on_demand }
    }

    /// The period a day of the program lies in, cut by the program's first and last day.
    pub fn containing(&self, day: Date) -> Option<Period> {
        if day < self.starts || self.ends <= day {
            return None;
        }
        Some(self.cut(self.whole(day)?))
    }

    /// The first day after the period that begins on a day, also beyond the program's last day.
    pub fn end_of(&self, start: Date) -> Date {
        match self.containing(start).or_else(|| self.whole(start)) {
            Some(period) if period.start <= start && start < period.end => period.end,
            _ => NEVER,
        }
    }

    /// The period with this name.
    pub fn by_name(&self, name: &str) -> Option<Period> {
        match &self.every {
            Every::Custom(list) => {
                list.iter().find(|p| p.name == name).map(|p| self.cut(custom(p)))
            }
            Every::Program | Every::OnDemand => {
                let whole = self.containing(self.starts)?;
                if &*whole.name == name { Some(whole) } else { self.after(name) }
            }
            _ => {
                let year: i16 = name.get(..4)?.parse().ok()?;
                let from = Date::new(year, self.fiscal_month(name)?, 1).ok()?;
                // A month is named by the calendar, longer periods by the fiscal year.
                let found = self.whole(from)?;
                let found = if &*found.name == name {
                    found
                } else {
                    self.whole(Date::new(year + 1, from.month(), 1).ok()?)?
                };
                // Behind the last day nothing is left to cut: it is whole, as the one that follows.
                let behind = self.ends <= found.start;
                (&*found.name == name).then(|| if behind { found } else { self.cut(found) })
            }
        }
    }

    /// A month in which the period named lies.
    fn fiscal_month(&self, name: &str) -> Option<i8> {
        let rest = name.get(4..)?;
        let months = match (&self.every, rest.as_bytes()) {
            (Every::Month, [b'-', ..]) => return rest.get(1..)?.parse().ok(),
            (Every::Quarter, [b'Q', n @ b'1'..=b'4']) => i8::try_from(n - b'1').ok()? * 3,
            (Every::Half, [b'H', n @ b'1'..=b'2']) => i8::try_from(n - b'1').ok()? * 6,
            (Every::Year, []) => 0,
            _ => return None,
        };
        Some((self.fiscal_year_from - 1 + months) % 12 + 1)
    }

    /// The period that follows, cut by the program's last day, or whole beyond it: what arrives
    /// late must be booked somewhere.
    pub fn next(&self, period: &Period) -> Option<Period> {
        match &self.every {
            Every::Custom(list) => list
                .iter()
                .map(custom)
                .find(|next| period.end <= next.start)
                .or_else(|| self.after(AFTER)),
            Every::Program | Every::OnDemand => self.after(AFTER),
            _ => {
                let whole = self.whole(period.start)?;
                self.whole(whole.end)
            }
        }
        .filter(|next| next.start < NEVER && period.end <= next.start)
        // Behind the last day nothing is left to cut.
        .map(|next| if next.start < self.ends { self.cut(next) } else { next })
    }

    fn after(&self, name: &str) -> Option<Period> {
        (name == AFTER && self.ends < NEVER).then(|| Period {
            start: self.ends,
            end: NEVER,
            name: Arc::from(AFTER),
        })
    }

    /// The days that a baseline of this period is read on.
    pub fn prior(&self, period: &Period, prior: Prior) -> Option<(Date, Date)> {
        match prior {
            Prior::Year => Some((back(period.start, 1.year())?, back(period.end, 1.year())?)),
            Prior::Period => match &self.every {
                Every::Custom(list) => {
                    let before = list.iter().map(custom).rfind(|p| p.end <= period.start)?;
                    Some((before.start, before.end))
                }
                Every::Program | Every::OnDemand => None,
                _ => {
                    let whole = self.whole(period.start)?;
                    let before = self.whole(whole.start.yesterday().ok()?)?;
                    let before =
                        if self.starts < before.end { self.cut_start(before) } else { before };
                    Some((before.start, before.end))
                }
            },
        }
    }

    /// The periods for which a fact of this day lies in the prior window.
    pub fn following(&self, day: Date, prior: Prior) -> Option<Period> {
        let candidate = match prior {
            Prior::Year => {
                // 29 February and period ends: the day a year on, or the one after it.
                let on = day.checked_add(1.year()).ok()?;
                [on, on.tomorrow().ok()?, on.yesterday().ok()?]
                    .into_iter()
                    .filter_map(|on| self.containing(on))
                    .find(|period| self.holds(period, prior, day))
            }
            Prior::Period => match &self.every {
                Every::Custom(list) => {
                    let at = list.iter().position(|p| custom(p).contains(day))?;
                    list.get(at + 1).map(|p| self.cut(custom(p)))
                }
                Every::Program | Every::OnDemand => None,
                _ => self.containing(self.whole(day)?.end.max(self.starts)),
            },
        }?;
        self.holds(&candidate, prior, day).then_some(candidate)
    }

    fn holds(&self, period: &Period, prior: Prior, day: Date) -> bool {
        self.prior(period, prior).is_some_and(|(from, to)| from <= day && day < to)
    }

    /// All periods from the first up to the one that contains `until`.
    pub fn up_to(&self, until: Date) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut next = self.containing(self.starts);
        while let Some(period) = next {
            if until < period.start || self.ends <= period.start {
                break;
            }
            next = self.next(&period);
            periods.push(period);
        }
        periods
    }

    /// The last day of the program, if it has one.
    pub fn last(&self) -> Option<Date> {
        if self.ends == NEVER { None } else { self.ends.yesterday().ok() }
    }

    /// The period of the grid, not cut by the program's days.
    fn whole(&self, day: Date) -> Option<Period> {
        let months = match &self.every {
            Every::Month => 1,
            Every::Quarter => 3,
            Every::Half => 6,
            Every::Year => 12,
            Every::Program | Every::OnDemand => {
                let name = if self.every == Every::OnDemand { OPEN } else { "program" };
                return Some(Period { start: self.starts, end: self.ends, name: Arc::from(name) });
            }
            Every::Custom(list) => return list.iter().map(custom).find(|p| p.contains(day)),
        };
        let since = (i32::from(day.month()) - i32::from(self.fiscal_year_from)).rem_euclid(12);
        let year = if day.month() < self.fiscal_year_from { day.year() - 1 } else { day.year() };
        let nth = since / months;
        let start = Date::new(year, self.fiscal_year_from, 1)
            .ok()?
            .checked_add(Span::new().months(nth * months))
            .ok()?;
        let end = start.checked_add(Span::new().months(months)).ok()?;
        let name = match months {
            1 => format!("{:04}-{:02}", start.year(), start.month()),
            3 => format!("{year:04}Q{}", nth + 1),
            6 => format!("{year:04}H{}", nth + 1),
            _ => format!("{year:04}"),
        };
        Some(Period { start, end, name: Arc::from(name) })
    }

    fn cut(&self, period: Period) -> Period {
        Period { end: period.end.min(self.ends), ..self.cut_start(period) }
    }

    fn cut_start(&self, period: Period) -> Period {
        Period { start: period.start.max(self.starts), ..period }
    }
}

fn custom(period: &CustomPeriod) -> Period {
    Period {
        start: period.from,
        end: period.to.tomorrow().unwrap_or(period.to),
        name: Arc::from(&*period.name),
    }
}

fn back(day: Date, span: Span) -> Option<Date> {
    day.checked_sub(span).ok()
}

/// The instant at which a day begins in a zone.
pub fn begins(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_zoned(day.at(0, 0, 0, 0))
        .compatible()
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The day of an instant in a zone.
pub fn day_of(instant: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(instant).date()
}

#[cfg(test)]
mod tests;
