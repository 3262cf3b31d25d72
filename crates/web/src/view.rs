//! What pages are given: things of the field as a reader meets them.
//!
//! These are plain data, already in the reader's language where they carry names. They decide
//! nothing; how they are written is in `format`, how they are drawn in `ui` and on the pages.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::format::{self, Money};
use crate::i18n::{Lang, fill};

/// A partner as it is named in lists and links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRef {
    pub code: String,
    pub name: String,
}

/// A program as it is named in lists and links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRef {
    pub code: String,
    pub name: String,
}

/// How long the periods of a program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Month,
    Quarter,
    Half,
    Year,
    /// The whole program, custom dates: named by their days.
    Dates,
    /// Open until somebody ends it.
    Open,
}

/// A period by the vendor's name for it. `ends` is the first day after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub every: Every,
    /// The fiscal year, or the calendar year of a month.
    pub year: i16,
    /// Which one of its year: quarter 1 to 4, half 1 or 2, month 1 to 12.
    pub number: u8,
    pub starts: Date,
    pub ends: Date,
}

impl Period {
    /// `2026年度 第1四半期`, `FY2026 Q1`.
    pub fn long(&self, lang: Lang) -> String {
        let (year, n) = (self.year, self.number);
        match (self.every, lang) {
            (Every::Month, Lang::Ja) => format!("{year}年{n}月"),
            (Every::Month, Lang::En) => {
                format!("{} {year}", format::month_name(i8::try_from(n).unwrap_or(1)))
            }
            (Every::Quarter, Lang::Ja) => format!("{year}年度 第{n}四半期"),
            (Every::Quarter, Lang::En) => format!("FY{year} Q{n}"),
            (Every::Half, Lang::Ja) => {
                format!("{year}年度 {}", if n == 1 { "上期" } else { "下期" })
            }
            (Every::Half, Lang::En) => format!("FY{year} H{n}"),
            (Every::Year, Lang::Ja) => format!("{year}年度"),
            (Every::Year, Lang::En) => format!("FY{year}"),
            (Every::Dates | Every::Open, _) => self.days(lang),
        }
    }

    /// `26年度 1Q`, `FY26 Q1`, where there is little room.
    pub fn short(&self, lang: Lang) -> String {
        let (year, n) = (self.year.rem_euclid(100), self.number);
        match (self.every, lang) {
            (Every::Quarter, Lang::Ja) => format!("{year:02}年度 {n}Q"),
            (Every::Quarter, Lang::En) => format!("FY{year:02} Q{n}"),
            _ => self.long(lang),
        }
    }

    /// Its first and last day.
    pub fn days(&self, lang: Lang) -> String {
        let last = self.ends.yesterday().unwrap_or(self.ends);
        if self.is_endless() {
            let first = format::day_long(self.starts, lang);
            return lang.say("{day}から", "since {day}").replace("{day}", &first);
        }
        let mark = lang.say("–", " to ");
        format!("{}{mark}{}", format::day_long(self.starts, lang), format::day_long(last, lang))
    }

    /// Whether nobody knows yet where it ends.
    pub fn is_endless(&self) -> bool {
        self.every == Every::Open || self.ends.year() >= 9_998
    }

    /// Where its axis ends in a picture: of a period without an end with the month of today.
    pub fn axis_end(&self, today: Date) -> Date {
        if self.is_endless() {
            today.last_of_month().tomorrow().unwrap_or(today)
        } else {
            self.ends
        }
    }

    /// How it is written in an address: its first day.
    pub fn key(&self) -> String {
        self.starts.to_string()
    }
}

/// What a qualifier or a measure counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Money(domain::amount::Currency),
    Units,
    Lines,
    /// A share: growth, attainment of a target, mix.
    Share,
    /// A number of its own.
    Plain,
}

/// A value with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    pub value: Decimal,
    pub unit: Unit,
}

impl Measured {
    pub fn text(&self, lang: Lang) -> String {
        let words = &lang.words().common;
        let n = format::quantity(self.value);
        match self.unit {
            Unit::Money(currency) => Money::new(self.value, currency).text(lang),
            Unit::Units => fill(words.n_units, &[("n", &n)]),
            Unit::Lines => fill(words.n_lines, &[("n", &n)]),
            Unit::Share => format::rate(self.value.round_dp(4)),
            Unit::Plain => n,
        }
    }

    /// Short enough for an axis or the mark of a tier.
    pub fn short(&self, lang: Lang) -> String {
        match self.unit {
            Unit::Money(currency) => Money::new(self.value, currency).short(lang),
            Unit::Units | Unit::Lines | Unit::Plain => format::quantity(self.value),
            Unit::Share => format::rate(self.value.round_dp(4)),
        }
    }

    /// As an estimate: two digits.
    pub fn about(&self, lang: Lang) -> String {
        match self.unit {
            Unit::Money(currency) => Money::new(self.value, currency).about(lang),
            Unit::Units | Unit::Lines | Unit::Plain => {
                let value = format::two_digits(self.value);
                let text = Measured { value, unit: self.unit }.text(lang);
                format!("{}{text}", lang.say("約", "about "))
            }
            Unit::Share => {
                let percent = format::two_digits(self.value * Decimal::ONE_HUNDRED);
                let rate = format::rate(percent / Decimal::ONE_HUNDRED);
                format!("{}{rate}", lang.say("約", "about "))
            }
        }
    }
}

/// A share as an estimate: whole percents.
pub fn about_share(lang: Lang, share: Decimal) -> String {
    format!("{}{}", lang.say("約", "about "), format::rate(share.round_dp(2)))
}

/// What a tier pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pays {
    /// A share of the measure.
    Rate(Decimal),
    /// So much for each unit.
    PerUnit(Money),
    /// So much once.
    Fixed(Money),
    /// So many for each, as points are.
    Factor(Decimal),
}

impl Pays {
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Pays::Rate(share) => format::rate(*share),
            Pays::PerUnit(money) => {
                fill(lang.words().common.per_unit, &[("amount", &money.text(lang))])
            }
            Pays::Fixed(money) => money.text(lang),
            Pays::Factor(factor) => format!("× {}", format::quantity(*factor)),
        }
    }
}

/// A tier of a term, and where it stands among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// What the terms call it, if they do.
    pub name: Option<String>,
    /// 1 is the lowest.
    pub rank: usize,
    pub from: Measured,
    pub pays: Pays,
}

impl Tier {
    pub fn label(&self, lang: Lang) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => fill(lang.words().common.tier_n, &[("n", &self.rank.to_string())]),
        }
    }
}

/// How a partner stands in one term and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub program: ProgramRef,
    /// The name of the term, where a program has several.
    pub term: Option<String>,
    pub period: Period,
    pub days_left: i32,
    pub now: Measured,
    /// Where the present rate leads at the end of the period.
    pub forecast: Option<Measured>,
    /// All tiers, ascending.
    pub tiers: Vec<Tier>,
    /// How many of them are reached.
    pub reached: usize,
    /// What is missing to the next tier, in what people can sell: money for a growth.
    pub missing: Option<Measured>,
    /// What has been earned so far: the accrual, exact.
    pub earned: Money,
    /// What the rate applies to.
    pub measure: Option<Measured>,
    /// More when the next tier is reached, an estimate.
    pub worth: Option<Money>,
    /// Where the term has a target for this partner.
    pub target: Option<Target>,
}

/// A target, and how much of it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub amount: Measured,
    pub reached: Measured,
    /// Of 1, rounded down.
    pub share: Decimal,
    /// Where the present pace leads, an estimate.
    pub ahead: Option<Decimal>,
}

impl Standing {
    /// The highest tier reached.
    pub fn tier(&self) -> Option<&Tier> {
        self.tiers.get(self.reached.checked_sub(1)?)
    }

    /// The tier after it.
    pub fn next(&self) -> Option<&Tier> {
        self.tiers.get(self.reached)
    }

    /// What is missing to the next tier.
    pub fn gap(&self) -> Option<Measured> {
        let next = self.next()?;
        let apart = Measured { value: next.from.value - self.now.value, unit: self.now.unit };
        Some(self.missing.unwrap_or(apart))
    }

    /// The right end of the bar: the last tier, with some room for what lies beyond it.
    pub fn end(&self) -> Decimal {
        let Some(last) = self.tiers.last().map(|tier| tier.from.value) else {
            return self.now.value.max(Decimal::ONE);
        };
        let ahead = self.forecast.map_or(self.now.value, |forecast| forecast.value);
        let room = last * Decimal::new(12, 1);
        let end = self.now.value.max(ahead).min(room).max(last);
        if end <= Decimal::ZERO { Decimal::ONE } else { end }
    }
}

/// Where a version of a program is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramState {
    Draft,
    Planned,
    Running,
    Ended,
}

/// Where a settlement period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodState {
    Open,
    /// Its last day is over, lines may still arrive.
    Grace,
    /// May be closed.
    Due,
    Closed,
}

/// Where a payout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutState {
    Waiting,
    Approved,
    Rejected,
    Paid,
    /// Not owed any more, and never paid.
    Withdrawn,
}

/// Where an adjustment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentState {
    Requested,
    Approved,
    Rejected,
}
