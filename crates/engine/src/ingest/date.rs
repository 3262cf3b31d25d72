//! Dates from what people and spreadsheets write.
//!
//! `01/04/2026` is a day in April or in January, so the order is never guessed: the mapping says
//! `dates: day_first` or `month_first`, and without it only forms that start with the year are
//! read. A date that does not exist is refused, and so is a year of an era outside that era.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::width::fold;

/// In which order a source writes its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// The year is written first, in four digits or with its era.
    #[default]
    YearFirst,
    DayFirst,
    MonthFirst,
    /// Days since an epoch, as spreadsheets count them.
    Serial(Epoch),
}

/// Where serial dates start to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Epoch {
    /// 1 is 1900-01-01, and 60 is a day that never was.
    #[default]
    Y1900,
    /// 0 is 1904-01-01.
    Y1904,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateError {
    NotADate,
    /// The day does not exist.
    Impossible,
    /// Day or month may come first.
    DayOrMonthFirst,
    /// The year has two digits and no era.
    ShortYear,
    /// The era had not begun or had ended.
    OutsideEra,
    /// The text has an offset from UTC and the mapping no zone to see it in.
    ZoneNeeded,
}

/// The first year that is read; the calendar is the Gregorian one.
pub const YEAR_MIN: i16 = 1868;

/// Reads a date with an optional time; a date alone is the start of that day.
pub fn parse(
    text: &str,
    order: DateOrder,
    zone: Option<&TimeZone>,
) -> Result<Option<DateTime>, DateError> {
    if let Some(date) = plain(text) {
        return date.map(|date| Some(date.to_datetime(Time::midnight())));
    }
    let folded = fold(text);
    let text = folded.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let DateOrder::Serial(epoch) = order
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return from_serial(text, epoch).map(Some).ok_or(DateError::Impossible);
    }
    let mut scan = Scan { rest: text };
    let date = scan.date(order)?;
    scan.weekday(date)?;
    let time = scan.time()?;
    let local = date.to_datetime(time.unwrap_or(Time::midnight()));
    let offset_seconds = scan.offset()?;
    if !scan.rest.trim().is_empty() {
        return Err(DateError::NotADate);
    }
    match (offset_seconds, zone) {
        (None, _) => Ok(Some(local)),
        (Some(_), None) => Err(DateError::ZoneNeeded),
        (Some(seconds), Some(zone)) => {
            let offset = jiff::tz::Offset::from_seconds(seconds);
            let instant = offset.and_then(|offset| offset.to_timestamp(local));
            let instant = instant.map_err(|_| DateError::Impossible)?;
            Ok(Some(zone.to_datetime(instant)))
        }
    }
}

/// The date and time of a serial number, to the nearest second.
pub fn from_serial(number: &str, epoch: Epoch) -> Option<DateTime> {
    let number = Decimal::from_str_exact(number).ok()?;
    let seconds = (number.fract() * Decimal::from(86_400)).round().to_i64()?;
    let days = number.trunc().to_i64()?;
    let start = match epoch {
        Epoch::Y1904 if days >= 0 => Date::constant(1904, 1, 1),
        // Lotus took 1900 for a leap year, and every spreadsheet since counts its 29th February.
        Epoch::Y1900 if (1..60).contains(&days) => Date::constant(1899, 12, 31),
        Epoch::Y1900 if days > 60 => Date::constant(1899, 12, 30),
        _ => return None,
    };
    let span = jiff::Span::new().try_days(days).ok()?.try_seconds(seconds).ok()?;
    start.to_datetime(Time::midnight()).checked_add(span).ok()
}

/// `2026-04-01`, the common form.
fn plain(text: &str) -> Option<Result<Date, DateError>> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().fold(0_i16, |number, digit| number * 10 + i16::from(digit - b'0'))
    };
    Some(date_of(number(&digits[..4]), number(&digits[4..6]), number(&digits[6..])))
}

fn date_of(year: i16, month: i16, day: i16) -> Result<Date, DateError> {
    let small = |number: i16| i8::try_from(number).map_err(|_| DateError::Impossible);
    if year < YEAR_MIN {
        return Err(DateError::Impossible);
    }
    Date::new(year, small(month)?, small(day)?).map_err(|_| DateError::Impossible)
}

/// The eras since the calendar is the Gregorian one. The day of a change belongs to both.
struct Era {
    names: &'static [&'static str],
    first: Date,
    last: Date,
}

const ERAS: [Era; 5] = [
    Era {
        names: &["令和", "㋿", "R", "r"],
        first: Date::constant(2019, 5, 1),
        last: Date::constant(9999, 12, 31),
    },
    Era {
        names: &["平成", "㍻", "H", "h"],
        first: Date::constant(1989, 1, 8),
        last: Date::constant(2019, 4, 30),
    },
    Era {
        names: &["昭和", "㍼", "S", "s"],
        first: Date::constant(1926, 12, 25),
        last: Date::constant(1989, 1, 7),
    },
    Era {
        names: &["大正", "㍽", "T", "t"],
        first: Date::constant(1912, 7, 30),
        last: Date::constant(1926, 12, 25),
    },
    Era {
        names: &["明治", "㍾", "M", "m"],
        first: Date::constant(1873, 1, 1),
        last: Date::constant(1912, 7, 30),
    },
];

/// The first year of an era counts as 1; of Meiji it was 1868, before the calendar changed.
fn era_start(era: &Era) -> i16 {
    if era.names[0] == "明治" { 1868 } else { era.first.year() }
}

/// Reads on through a text.
struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn date(&mut self, order: DateOrder) -> Result<Date, DateError> {
        if let Some(era) = self.era() {
            return self.era_date(era);
        }
        let first = self.digits();
        match first.len() {
            8 => {
                let (year, rest) = first.split_at(4);
                let (month, day) = rest.split_at(2);
                date_of(number(year)?, number(month)?, number(day)?)
            }
            4 => {
                let separator = self.separator(&['-', '/', '.', '年'])?;
                let month = self.number()?;
                self.expect(if separator == '年' { '月' } else { separator })?;
                let day = self.number()?;
                if separator == '年' {
                    self.expect('日')?;
                }
                date_of(number(first)?, month, day)
            }
            1 | 2 => self.short_first(number(first)?, order),
            _ => Err(DateError::NotADate),
        }
    }

    /// `01/04/2026`.
    fn short_first(&mut self, first: i16, order: DateOrder) -> Result<Date, DateError> {
        let separator = self.separator(&['-', '/', '.', '年'])?;
        if separator == '年' {
            return Err(DateError::ShortYear);
        }
        let second = self.number()?;
        self.expect(separator)?;
        let year = self.digits();
        if matches!(year.len(), 1 | 2) {
            return Err(DateError::ShortYear);
        }
        if year.len() != 4 {
            return Err(DateError::NotADate);
        }
        match order {
            DateOrder::DayFirst => date_of(number(year)?, second, first),
            DateOrder::MonthFirst => date_of(number(year)?, first, second),
            DateOrder::YearFirst | DateOrder::Serial(_) => Err(DateError::DayOrMonthFirst),
        }
    }

    fn era(&mut self) -> Option<&'static Era> {
        for era in &ERAS {
            let Some(rest) = era.names.iter().find_map(|name| self.rest.strip_prefix(name)) else {
                continue;
            };
            self.rest = rest.trim_start_matches([' ', '.']);
            return Some(era);
        }
        None
    }

    fn era_date(&mut self, era: &'static Era) -> Result<Date, DateError> {
        let year = match self.rest.strip_prefix('元') {
            Some(rest) => {
                self.rest = rest;
                1
            }
            None => self.number()?,
        };
        let separator = self.separator(&['-', '/', '.', '年'])?;
        let month = self.number()?;
        self.expect(if separator == '年' { '月' } else { separator })?;
        let day = self.number()?;
        if separator == '年' {
            self.expect('日')?;
        }
        if year < 1 {
            return Err(DateError::Impossible);
        }
        let date = date_of(era_start(era) + year - 1, month, day)?;
        if (era.first..=era.last).contains(&date) { Ok(date) } else { Err(DateError::OutsideEra) }
    }

    /// `(水)` after the date, which has to be right.
    fn weekday(&mut self, date: Date) -> Result<(), DateError> {
        let Some(rest) = self.rest.trim_start().strip_prefix('(') else { return Ok(()) };
        let mut chars = rest.chars();
        let weekday = match chars.next() {
            Some('月') => Weekday::Monday,
            Some('火') => Weekday::Tuesday,
            Some('水') => Weekday::Wednesday,
            Some('木') => Weekday::Thursday,
            Some('金') => Weekday::Friday,
            Some('土') => Weekday::Saturday,
            Some('日') => Weekday::Sunday,
            _ => return Err(DateError::NotADate),
        };
        if chars.next() != Some(')') {
            return Err(DateError::NotADate);
        }
        self.rest = chars.as_str();
        if date.weekday() == weekday { Ok(()) } else { Err(DateError::Impossible) }
    }

    /// `T09:30`, ` 9:30:15`, ` 9:30:15.250`, or nothing.
    fn time(&mut self) -> Result<Option<Time>, DateError> {
        let rest = self.rest.trim_start();
        let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest);
        if rest.is_empty() {
            self.rest = rest;
            return Ok(None);
        }
        self.rest = rest;
        let hour = self.number()?;
        self.expect(':')?;
        let minute = self.number()?;
        let mut second = 0;
        let mut nanosecond = 0;
        if self.rest.starts_with(':') {
            self.expect(':')?;
            second = self.number()?;
            if let Some(rest) = self.rest.strip_prefix(['.', ',']) {
                self.rest = rest;
                let digits = self.digits();
                if digits.is_empty() || digits.len() > 9 {
                    return Err(DateError::NotADate);
                }
                nanosecond = format!("{digits:0<9}").parse().map_err(|_| DateError::NotADate)?;
            }
        }
        let small = |number: i16| i8::try_from(number).map_err(|_| DateError::Impossible);
        Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond)
            .map(Some)
            .map_err(|_| DateError::Impossible)
    }

    /// `Z`, `+09:00`, `+0900`, `-05`, in seconds.
    fn offset(&mut self) -> Result<Option<i32>, DateError> {
        let rest = self.rest.trim_start();
        if let Some(rest) = rest.strip_prefix(['Z', 'z']) {
            self.rest = rest;
            return Ok(Some(0));
        }
        let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-')) else {
            return Ok(None);
        };
        self.rest = &rest[1..];
        let first = self.digits();
        let (hours, minutes) = match first.len() {
            4 => (number(&first[..2])?, number(&first[2..])?),
            2 if self.rest.starts_with(':') => {
                self.expect(':')?;
                (number(first)?, self.number()?)
            }
            2 => (number(first)?, 0),
            _ => return Err(DateError::NotADate),
        };
        if hours > 23 || minutes > 59 {
            return Err(DateError::Impossible);
        }
        let seconds = i32::from(hours) * 3_600 + i32::from(minutes) * 60;
        Ok(Some(if sign == '-' { -seconds } else { seconds }))
    }

    fn digits(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits
    }

    /// One or two digits.
    fn number(&mut self) -> Result<i16, DateError> {
        let digits = self.digits();
        if matches!(digits.len(), 1 | 2) { number(digits) } else { Err(DateError::NotADate) }
    }

    fn separator(&mut self, allowed: &[char]) -> Result<char, DateError> {
        let rest = self.rest.trim_start();
        let found = rest.chars().next().filter(|c| allowed.contains(c));
        let separator = found.ok_or(DateError::NotADate)?;
        self.rest = &rest[separator.len_utf8()..];
        Ok(separator)
    }

    fn expect(&mut self, separator: char) -> Result<(), DateError> {
        self.separator(&[separator]).map(|_| ())
    }
}

fn number(digits: &str) -> Result<i16, DateError> {
    digits.parse().map_err(|_| DateError::NotADate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One case a line: `written -> date`, `nothing` or why it is refused.
    #[track_caller]
    fn check(order: DateOrder, cases: &str) {
        check_in(order, None, cases);
    }

    #[track_caller]
    fn check_in(order: DateOrder, zone: Option<&str>, cases: &str) {
        let zone = zone.map(|name| TimeZone::get(name).expect("a zone"));
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (written, expected) = case.split_once("->").expect("written -> date");
            let found = match parse(written.trim_matches(' '), order, zone.as_ref()) {
                Ok(Some(at)) if at.time() == Time::midnight() => at.date().to_string(),
                Ok(Some(at)) => at.to_string(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(found, expected.trim(), "in case `{case}`");
        }
    }

    #[test]
    fn the_year_comes_first() {
        check(
            DateOrder::YearFirst,
            "
            2026-04-01      -> 2026-04-01
            2026/4/1        -> 2026-04-01
            2026.04.01      -> 2026-04-01
            20260401        -> 2026-04-01
            2026年4月1日    -> 2026-04-01
            2026年 4月 1日  -> 2026-04-01
            2026年4月1日(水)   -> 2026-04-01
            2026年4月1日（水） -> 2026-04-01
            2026年4月1日(木)   -> Impossible
            ２０２６／０４／０１ -> 2026-04-01
            2026-04-01T09:30 -> 2026-04-01T09:30:00
            2026/04/01 9:30:15 -> 2026-04-01T09:30:15
            2026-04-01T09:30:15.25 -> 2026-04-01T09:30:15.25
            2026-04-01 00:00:00 -> 2026-04-01
            2026-4/1        -> NotADate
            2026-04         -> NotADate
            202604          -> NotADate
            2026-04-01 x    -> NotADate
            yesterday       -> NotADate
            46113           -> NotADate
                            -> nothing
            ",
        );
    }

    #[test]
    fn what_could_be_two_days_is_refused() {
        check(
            DateOrder::YearFirst,
            "
            01/04/2026 -> DayOrMonthFirst
            25/12/2026 -> DayOrMonthFirst
            1.4.2026   -> DayOrMonthFirst
            26/4/1     -> ShortYear
            01-04-26   -> ShortYear
            8年4月1日  -> ShortYear
            ",
        );
        check(
            DateOrder::DayFirst,
            "
            01/04/2026 -> 2026-04-01
            1.4.2026   -> 2026-04-01
            31-12-2026 -> 2026-12-31
            12/31/2026 -> Impossible
            2026-04-01 -> 2026-04-01
            ",
        );
        check(DateOrder::MonthFirst, "04/01/2026 -> 2026-04-01\n31/12/2026 -> Impossible");
    }

    #[test]
    fn a_day_that_never_is_is_refused() {
        check(
            DateOrder::YearFirst,
            "
            2026-02-30 -> Impossible
            2026-02-29 -> Impossible
            2028-02-29 -> 2028-02-29
            2026-13-01 -> Impossible
            2026-00-10 -> Impossible
            20260431   -> Impossible
            0226-04-01 -> Impossible
            2026-04-01T24:00 -> Impossible
            2026-04-01T12:60 -> Impossible
            ",
        );
    }

    #[test]
    fn years_of_an_era_stay_within_it() {
        check(
            DateOrder::YearFirst,
            "
            令和8年4月1日    -> 2026-04-01
            令和元年5月1日   -> 2019-05-01
            令和元年4月30日  -> OutsideEra
            ㋿8年4月1日      -> 2026-04-01
            R8.4.1           -> 2026-04-01
            R08/04/01        -> 2026-04-01
            r8-4-1           -> 2026-04-01
            Ｒ８．４．１     -> 2026-04-01
            平成31年4月30日  -> 2019-04-30
            平成31年5月1日   -> OutsideEra
            H31.4.30         -> 2019-04-30
            平成元年1月8日   -> 1989-01-08
            昭和64年1月7日   -> 1989-01-07
            昭和64年1月8日   -> OutsideEra
            S63.12.31        -> 1988-12-31
            大正15年12月25日 -> 1926-12-25
            昭和元年12月25日 -> 1926-12-25
            明治45年7月30日  -> 1912-07-30
            明治5年1月1日    -> OutsideEra
            令和8年2月30日   -> Impossible
            令和0年4月1日    -> Impossible
            R8               -> NotADate
            R2D2             -> NotADate
            ",
        );
    }

    #[test]
    fn random_texts_never_panic_and_read_back() {
        let pieces: Vec<char> =
            "00112233456789-/.年月日令和平成昭大正明治元RHSTMZ:T+ (水)０９㋿x".chars().collect();
        let mut random = 88_172_645_463_325_252_u64;
        let orders = [
            DateOrder::YearFirst,
            DateOrder::DayFirst,
            DateOrder::MonthFirst,
            DateOrder::Serial(Epoch::Y1900),
        ];
        for round in 0..50_000 {
            let mut text = String::new();
            for _ in 0..random % 14 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                text.push(pieces[usize::try_from(random % pieces.len() as u64).expect("small")]);
            }
            random = random.wrapping_add(0x9E37_79B9_7F4A_7C15);
            if let Ok(Some(at)) = parse(&text, orders[round % orders.len()], Some(&TimeZone::UTC)) {
                let plain = at.to_string();
                assert_eq!(parse(&plain, DateOrder::YearFirst, None), Ok(Some(at)), "`{text}`");
            }
        }
    }

    #[test]
    fn serial_dates_count_as_spreadsheets_do() {
        check(
            DateOrder::Serial(Epoch::Y1900),
            "
            1         -> 1900-01-01
            59        -> 1900-02-28
            60        -> Impossible
            61        -> 1900-03-01
            46113     -> 2026-04-01
            46113.395833333336 -> 2026-04-01T09:30:00
            0         -> Impossible
            9999999   -> Impossible
            2026-04-01 -> 2026-04-01
            ",
        );
        check(DateOrder::Serial(Epoch::Y1904), "0 -> 1904-01-01\n44651 -> 2026-04-01");
    }

    #[test]
    fn an_instant_is_seen_in_the_zone_of_the_mapping() {
        check(DateOrder::YearFirst, "2026-03-31T20:00:00Z -> ZoneNeeded");
        check_in(
            DateOrder::YearFirst,
            Some("Asia/Tokyo"),
            "
            2026-03-31T20:00:00Z      -> 2026-04-01T05:00:00
            2026-03-31T20:00:00+09:00 -> 2026-03-31T20:00:00
            2026-03-31T20:00:00-0500  -> 2026-04-01T10:00:00
            2026-03-31T20:00          -> 2026-03-31T20:00:00
            ",
        );
    }
}
