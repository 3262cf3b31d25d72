//! How figures, amounts and dates are written.
//!
//! # Rules
//!
//! * An exact amount is written to its last unit. An estimate is rounded to two digits and says
//!   "about", so that nobody takes a forecast for a promise.
//! * Yen are `139,874円` in Japanese and `¥139,874` in English. Every other currency carries its
//!   ISO code in front, because "$" names twenty currencies.
//! * A minus is a minus (U+2212), which is as wide as a digit in a column of figures.
//! * Everything is computed in exact decimals; floats exist only in `chart`, for pixels.

use domain::amount::Currency;
use jiff::civil::{Date, DateTime, Weekday};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::i18n::Lang;

/// The character every minus is written with.
pub const MINUS: char = '\u{2212}';

/// An amount of one currency, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: Decimal, currency: Currency) -> Money {
        Money { amount, currency }
    }

    /// The digits alone, for a column whose heading names the currency.
    pub fn digits(self) -> String {
        let decimals = self.currency.decimals();
        // An unrounded amount, such as net sales of a file, keeps what it has.
        figure(self.amount, decimals.max(self.amount.normalize().scale()))
    }

    /// The amount in a sentence or on a card.
    pub fn text(self, lang: Lang) -> String {
        in_currency(self.currency, lang, self.amount.is_sign_negative(), &self.digits())
    }

    /// An estimate in a sentence: two digits and the word "about".
    pub fn about(self, lang: Lang) -> String {
        let rounded = two_digits(self.amount);
        let digits = match (self.is_yen(), lang) {
            (true, Lang::Ja) => short(rounded, lang),
            _ => figure(rounded, 0),
        };
        let amount = in_currency(self.currency, lang, rounded.is_sign_negative(), &digits);
        format!("{}{amount}", lang.say("約", "about "))
    }

    /// A short figure for strips and axes: `1.2億円`, `¥120M`, `USD 1.2M`.
    pub fn short(self, lang: Lang) -> String {
        let digits = short(self.amount, lang);
        in_currency(self.currency, lang, self.amount.is_sign_negative(), &digits)
    }

    /// An estimate where there is little room: `about ¥48M`.
    pub fn about_short(self, lang: Lang) -> String {
        let rounded = Money { amount: two_digits(self.amount), ..self };
        format!("{}{}", lang.say("約", "about "), rounded.short(lang))
    }

    /// The digits of an estimate, for a column whose heading says "about".
    pub fn about_digits(self) -> String {
        figure(two_digits(self.amount), 0)
    }

    /// A difference in a column whose heading names the currency.
    pub fn signed_digits(self) -> String {
        let sign = if self.amount.is_zero() {
            "±"
        } else if self.amount.is_sign_positive() {
            "+"
        } else {
            ""
        };
        format!("{sign}{}", self.digits())
    }

    /// A difference, always with its sign.
    pub fn signed(self, lang: Lang) -> String {
        if self.amount.is_zero() {
            return "±0".into();
        }
        let plus = if self.amount.is_sign_positive() { "+" } else { "" };
        format!("{plus}{}", self.text(lang))
    }

    /// A difference that is an estimate: two digits, and its sign.
    pub fn about_signed(self, lang: Lang) -> String {
        let rounded = Money { amount: two_digits(self.amount), ..self };
        if rounded.amount.is_zero() {
            return "±0".into();
        }
        format!("{}{}", lang.say("約", "about "), rounded.signed(lang))
    }

    pub fn is_yen(self) -> bool {
        self.currency.as_str() == "JPY"
    }

    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }
}

fn in_currency(currency: Currency, lang: Lang, negative: bool, digits: &str) -> String {
    match (currency.as_str(), lang) {
        ("JPY", Lang::Ja) => format!("{digits}円"),
        ("JPY", Lang::En) => {
            let minus = if negative { MINUS.to_string() } else { String::new() };
            format!("{minus}¥{}", digits.trim_start_matches(MINUS))
        }
        (code, _) => format!("{code}\u{a0}{digits}"),
    }
}

/// A decimal with its thousands separated and exactly so many decimals: `1,234,567.50`.
pub fn figure(value: Decimal, decimals: u32) -> String {
    let rounded = half_up(value, decimals);
    let text = format!("{:.1$}", rounded.abs(), usize::try_from(decimals).unwrap_or(0));
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if rounded.is_sign_negative() && !rounded.is_zero() {
        out.push(MINUS);
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// A quantity as it is: no decimals where it has none, never more than six.
pub fn quantity(value: Decimal) -> String {
    let value = half_up(value, 6).normalize();
    figure(value, value.scale())
}

/// An integer with thousands separated: `1,234,567`.
pub fn count(n: impl Into<i128>) -> String {
    figure(Decimal::from_i128_with_scale(n.into(), 0), 0)
}

/// A difference, which always shows its sign.
pub fn signed(value: Decimal) -> String {
    if value.is_zero() {
        "±0".into()
    } else if value.is_sign_positive() {
        format!("+{}", quantity(value))
    } else {
        quantity(value)
    }
}

/// A short figure for axes and summaries: `1.2億`, `4,820万`, `48.2M`. Never for a payable amount.
pub fn short(value: Decimal, lang: Lang) -> String {
    let units: &[(i64, &str)] = match lang {
        Lang::Ja => &[(100_000_000, "億"), (10_000, "万")],
        Lang::En => &[(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")],
    };
    let Some((size, unit)) = units.iter().find(|(size, _)| value.abs() >= Decimal::from(*size))
    else {
        return figure(value, 0);
    };
    let scaled = value / Decimal::from(*size);
    let tenths = half_up(scaled, 1).normalize();
    let decimals = if tenths.abs() >= Decimal::ONE_HUNDRED { 0 } else { tenths.scale() };
    format!("{}{unit}", figure(scaled, decimals))
}

/// A rate held as a share: `0.025` is `2.5%`. One decimal at least, as many as it has.
pub fn rate(share: Decimal) -> String {
    let percent = (share * Decimal::ONE_HUNDRED).normalize();
    format!("{}%", figure(percent, percent.scale().clamp(1, 4)))
}

/// A share in whole percents: `94%`.
pub fn percent(share: Decimal) -> String {
    format!("{}%", figure(share * Decimal::ONE_HUNDRED, 0))
}

/// Bytes of a file, for people: `4.2 MB`.
pub fn bytes(size: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| size >= *unit) {
        Some((unit, name)) => {
            format!("{} {name}", figure(Decimal::from(size) / Decimal::from(*unit), 1))
        }
        None => format!("{size} B"),
    }
}

fn half_up(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// An estimate: two digits, but no part of a unit.
pub fn two_digits(value: Decimal) -> Decimal {
    let mut step = Decimal::ONE;
    while value.abs() / step >= Decimal::ONE_HUNDRED {
        step *= Decimal::TEN;
    }
    half_up(value / step, 0) * step
}

/// Amounts of several currencies, which are never added up: `JPY 1,200, EUR 30.00`.
pub fn each(amounts: &[Money], lang: Lang) -> String {
    let texts: Vec<String> = amounts.iter().map(|money| money.text(lang)).collect();
    texts.join(lang.say("、", ", "))
}

/// For sentences: `6月30日(火)`, `Tue 30 Jun`.
pub fn day(date: Date, lang: Lang) -> String {
    let weekday = weekday(date, lang);
    match lang {
        Lang::Ja => format!("{}月{}日({weekday})", date.month(), date.day()),
        Lang::En => format!("{weekday} {} {}", date.day(), month_name(date.month())),
    }
}

/// For records: `2026年6月30日`, `30 Jun 2026`.
pub fn day_long(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Lang::En => format!("{} {} {}", date.day(), month_name(date.month()), date.year()),
    }
}

/// For columns: `2026/06/30`, `2026-06-30`.
pub fn day_column(date: Date, lang: Lang) -> String {
    let mark = lang.say("/", "-");
    format!("{}{mark}{:02}{mark}{:02}", date.year(), date.month(), date.day())
}

/// A moment in a sentence: `6月11日(木) 16:20`, `Thu 11 Jun, 16:20`.
pub fn moment(at: DateTime, lang: Lang) -> String {
    let comma = lang.say("", ",");
    format!("{}{comma} {}", day(at.date(), lang), clock(at))
}

/// A moment in a column: `2026/06/11 16:20`.
pub fn moment_column(at: DateTime, lang: Lang) -> String {
    format!("{} {}", day_column(at.date(), lang), clock(at))
}

/// The time of a day: `9:42`.
pub fn clock(at: DateTime) -> String {
    format!("{}:{:02}", at.hour(), at.minute())
}

/// A month by name: `4月`, `Apr`.
pub fn month(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{}月", date.month()),
        Lang::En => month_name(date.month()).into(),
    }
}

pub(crate) fn month_name(month: i8) -> &'static str {
    let names =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(month - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
}

fn weekday(date: Date, lang: Lang) -> &'static str {
    match date.weekday() {
        Weekday::Monday => lang.say("月", "Mon"),
        Weekday::Tuesday => lang.say("火", "Tue"),
        Weekday::Wednesday => lang.say("水", "Wed"),
        Weekday::Thursday => lang.say("木", "Thu"),
        Weekday::Friday => lang.say("金", "Fri"),
        Weekday::Saturday => lang.say("土", "Sat"),
        Weekday::Sunday => lang.say("日", "Sun"),
    }
}

#[cfg(test)]
mod tests;
