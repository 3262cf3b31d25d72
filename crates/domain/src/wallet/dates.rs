//! How long things last: spans, and the ends to which they are moved out.
//!
//! A month that lacks the day ends on its last one. A last day is inclusive: twelve months from
//! 3 May 2026 is 3 May 2027, with `month_end` 31 May 2027.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::program::Span;

/// When lots end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    pub after: Span,
    pub since: Since,
    pub to: Option<MovedOut>,
}

/// Whether lots end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lifetime {
    Never,
    Ends(Expiry),
}

impl Lifetime {
    /// `None`: never.
    pub fn expiry(self) -> Option<Expiry> {
        match self {
            Lifetime::Never => None,
            Lifetime::Ends(expiry) => Some(expiry),
        }
    }
}

/// From which day an expiry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Since {
    /// The day of the credit.
    #[default]
    Credit,
    /// The end of the waiting time.
    Usable,
    /// The owner's last activity, which moves the end of all of its lots.
    Activity,
}

impl Since {
    pub fn word(self) -> &'static str {
        match self {
            Since::Credit => "credit",
            Since::Usable => "usable",
            Since::Activity => "activity",
        }
    }
}

/// To where an end is moved out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MovedOut {
    MonthEnd,
    QuarterEnd,
    YearEnd,
    /// The day before the currency's next reset.
    Reset,
    /// The day before the owner's next anniversary.
    Anniversary,
}

/// A period that comes again and again: every year from a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurring {
    pub every: Span,
    pub from: Starts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// The same for all.
    On(Date),
    /// The day the owner joined.
    Enrolment,
    /// Anew with each rise of a tier.
    Upgrade,
}

/// What dates of one owner depend on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anchors {
    pub joined: Option<Date>,
    pub reset: Option<Recurring>,
}

/// The day so long after another one; the last possible one beyond the calendar.
pub fn later(day: Date, span: Span) -> Date {
    let by = i64::from(span.months).months().days(i64::from(span.days));
    day.checked_add(by).unwrap_or(Date::MAX)
}

impl Recurring {
    /// The first beginning of a period after a day. `None` if the owner has no day it counts from.
    pub fn next_after(self, day: Date, joined: Option<Date>) -> Option<Date> {
        let first = self.first(joined)?;
        let mut turn = 0;
        loop {
            let begins = self.nth(first, turn)?;
            if day < begins {
                return Some(begins);
            }
            turn += 1;
        }
    }

    /// The beginning of the period that a day lies in. Before the first it is the first.
    pub fn begins(self, day: Date, joined: Option<Date>) -> Option<Date> {
        let first = self.first(joined)?;
        let mut begins = first;
        let mut turn = 1;
        while let Some(next) = self.nth(first, turn)
            && next <= day
        {
            begins = next;
            turn += 1;
        }
        Some(begins)
    }

    fn first(self, joined: Option<Date>) -> Option<Date> {
        match self.from {
            Starts::On(day) => Some(day),
            Starts::Enrolment => joined,
            Starts::Upgrade => None,
        }
    }

    /// Counted from the first, so that the 31st comes again after a short month.
    fn nth(self, first: Date, turn: u32) -> Option<Date> {
        let span = Span {
            months: self.every.months.checked_mul(turn)?,
            days: self.every.days.checked_mul(turn)?,
        };
        let by = i64::from(span.months).months().days(i64::from(span.days));
        let begins = first.checked_add(by).ok()?;
        (turn == 0 || first < begins).then_some(begins)
    }
}

impl Expiry {
    pub fn is_by_activity(&self) -> bool {
        self.since == Since::Activity
    }

    /// The last day of what counts from a day.
    pub fn last_day(self, from: Date, anchors: Anchors) -> Date {
        let day = later(from, self.after);
        self.to.map_or(day, |to| to.of(day, anchors))
    }
}

impl MovedOut {
    pub fn word(self) -> &'static str {
        match self {
            MovedOut::MonthEnd => "month_end",
            MovedOut::QuarterEnd => "quarter_end",
            MovedOut::YearEnd => "year_end",
            MovedOut::Reset => "reset",
            MovedOut::Anniversary => "anniversary",
        }
    }

    fn of(self, day: Date, anchors: Anchors) -> Date {
        let before = |next: Option<Date>| next.and_then(|next| next.yesterday().ok());
        let moved = match self {
            MovedOut::MonthEnd => Some(day.last_of_month()),
            MovedOut::QuarterEnd => {
                let months = (3 - (day.month() - 1) % 3) - 1;
                let last = day.first_of_month().checked_add(i64::from(months).months());
                last.ok().map(Date::last_of_month)
            }
            MovedOut::YearEnd => Some(day.last_of_year()),
            MovedOut::Reset => {
                before(anchors.reset.and_then(|reset| reset.next_after(day, anchors.joined)))
            }
            MovedOut::Anniversary => {
                let yearly =
                    Recurring { every: Span { months: 12, days: 0 }, from: Starts::Enrolment };
                before(yearly.next_after(day, anchors.joined))
            }
        };
        moved.unwrap_or(day)
    }
}
