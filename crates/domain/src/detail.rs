//! Details: what a cell says beyond the group of its award.
//!
//! A detail is text, so that cells are stored and compared like any others. In the order of text,
//! facts stand by date and time, then by key: never in the order in which they arrived.

use crate::program::Total;

const BETWEEN: char = '\u{1f}';
/// A fact that takes back, on a date of its own.
const AGAINST: &str = "r";
const VALUE: &str = "v";
const EACH: &str = "e";

/// A fact in its place among others, and who is paid for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot<'a> {
    /// Date and time; empty where facts are not told apart.
    pub at: &'a str,
    pub key: &'a str,
    /// The sale it belongs with.
    pub unit: &'a str,
    against: &'a str,
    /// Codes, in the order of the term's `split`.
    payees: &'a str,
}

impl<'a> Spot<'a> {
    pub fn read(detail: &'a str) -> Option<Spot<'a>> {
        let mut words = detail.splitn(5, BETWEEN);
        let mut word = || words.next();
        Some(Spot {
            at: word()?,
            key: word()?,
            unit: word()?,
            against: word()?,
            payees: word().unwrap_or(""),
        })
    }

    pub fn write(place: Option<(&str, &str, &str, bool)>, payees: &[String]) -> String {
        let (at, key, unit, against) = place.unwrap_or(("", "", "", false));
        let mut text = [at, key, unit, if against { AGAINST } else { "" }].join("\u{1f}");
        for payee in payees {
            text.push(BETWEEN);
            text.push_str(payee);
        }
        text
    }

    /// Where it stands, whoever is paid.
    pub fn place(&self) -> (&'a str, &'a str) {
        (self.at, self.key)
    }

    /// Whether it takes back, so that it is not counted among facts.
    pub fn takes_back(&self) -> bool {
        self.against == AGAINST
    }

    /// The day as it is written.
    pub fn day(&self) -> &'a str {
        self.at.get(..10).unwrap_or(self.at)
    }

    pub fn payees(&self) -> impl Iterator<Item = &'a str> {
        self.payees.split(BETWEEN).filter(|payee| !payee.is_empty())
    }
}

/// A distinct value.
pub fn value(value: &str) -> String {
    format!("{VALUE}{BETWEEN}{value}")
}

/// What a distinct value has to reach.
pub fn each(value: &str) -> String {
    format!("{EACH}{BETWEEN}{value}")
}

/// A part of a set.
pub fn part(nth: usize) -> String {
    nth.to_string()
}

/// What stands in the detail of a total: a value and whether it is counted, or a part of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Value(&'a str),
    Each(&'a str),
    Part(usize),
    Fact(Spot<'a>),
}

impl<'a> Piece<'a> {
    pub fn read(detail: &'a str, total: Option<&Total>) -> Option<Piece<'a>> {
        match total {
            Some(Total::CountDistinct(_)) => match detail.split_once(BETWEEN)? {
                (VALUE, value) => Some(Piece::Value(value)),
                (EACH, value) => Some(Piece::Each(value)),
                _ => None,
            },
            Some(Total::Sets(_)) => Some(Piece::Part(detail.parse().ok()?)),
            _ => Some(Piece::Fact(Spot::read(detail)?)),
        }
    }
}
