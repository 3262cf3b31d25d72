//! Days on which the banks of a country pay: not on weekends, and not on bank holidays.
//!
//! The holidays are data that the vendor brings in; none are known here. Weekends are Saturday and
//! Sunday.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

/// A day on which the banks of a country do not pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankHoliday {
    /// Two capital letters by ISO 3166.
    pub country: String,
    pub day: Date,
    /// By language.
    pub names: BTreeMap<String, String>,
}

/// Why a bank does not pay on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    Weekend,
    Holiday(BankHoliday),
}

/// The calendar of the banks of a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankDays {
    country: String,
    // INVARIANT: all are of the country, each under its day.
    holidays: BTreeMap<Date, BankHoliday>,
}

impl BankDays {
    /// Takes what is of the country, and leaves the rest.
    pub fn new(country: &str, holidays: impl IntoIterator<Item = BankHoliday>) -> BankDays {
        let own = holidays.into_iter().filter(|holiday| holiday.country == country);
        BankDays {
            country: country.to_owned(),
            holidays: own.map(|holiday| (holiday.day, holiday)).collect(),
        }
    }

    pub fn country(&self) -> &str {
        &self.country
    }

    /// Whether any holiday of that year is known. No country's banks work through a year, so a
    /// year without one is a year nobody has entered.
    pub fn knows(&self, year: i16) -> bool {
        self.holidays.keys().any(|day| day.year() == year)
    }

    /// Why the banks do not pay on a day; `None` if they do. A holiday on a weekend is told as
    /// the holiday.
    pub fn closed(&self, day: Date) -> Option<Closed> {
        if let Some(holiday) = self.holidays.get(&day) {
            return Some(Closed::Holiday(holiday.clone()));
        }
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        is_weekend.then_some(Closed::Weekend)
    }

    /// The first day from this one on that the banks pay on.
    #[must_use]
    pub fn from(&self, day: Date) -> Date {
        let mut open = day;
        while self.closed(open).is_some() {
            let Ok(next) = open.tomorrow() else { return day };
            open = next;
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of Japan's banks at the turn of 2026, as somebody has entered them.
    fn japan() -> BankDays {
        let days = ["2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03", "2027-01-11"];
        let of = |country: &str, day: &str| BankHoliday {
            country: country.to_owned(),
            day: day.parse().expect("a day"),
            names: BTreeMap::new(),
        };
        let holidays = days.iter().map(|day| of("JP", day));
        BankDays::new("JP", holidays.chain([of("DE", "2027-01-04")]))
    }

    /// One case a line: `day -> the day the bank pays`.
    #[track_caller]
    fn check(days: &BankDays, cases: &str) {
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (asked, pays) = case.split_once(" -> ").expect("`day -> day`");
            let found = days.from(asked.parse().expect("a day"));
            assert_eq!(found.to_string(), pays, "in case `{case}`");
        }
    }

    #[test]
    fn a_bank_pays_on_the_next_day_it_is_open() {
        check(
            &japan(),
            "
            2026-12-30 -> 2026-12-30
            2026-12-31 -> 2027-01-04
            2027-01-02 -> 2027-01-04
            2027-01-09 -> 2027-01-12
            2027-01-10 -> 2027-01-12
            2027-01-11 -> 2027-01-12
            ",
        );
    }

    #[test]
    fn without_a_calendar_only_weekends_are_left_out() {
        let none = BankDays::new("FR", []);
        check(
            &none,
            "
            2027-01-01 -> 2027-01-01
            2027-01-02 -> 2027-01-04
            9999-12-31 -> 9999-12-31
            ",
        );
        assert!(!none.knows(2027));
        assert!(japan().knows(2027) && !japan().knows(2025));
    }

    #[test]
    fn the_holiday_is_told_before_the_weekend() {
        let closed = |day: &str| japan().closed(day.parse().expect("a day"));
        assert!(matches!(closed("2027-01-02"), Some(Closed::Holiday(_))));
        assert_eq!(closed("2027-01-09"), Some(Closed::Weekend));
        assert_eq!(closed("2027-01-12"), None);
    }
}
