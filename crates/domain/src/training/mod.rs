//! Training: a course as it is written, its quiz, and what answers to it are worth.
//!
//! # Promises
//!
//! * Everything wrong with a text is found at once, with its line and what to do.
//! * A score is a count of questions out of a count of questions; whether it passes is multiplied
//!   out, never divided.
//! * The order in which questions and options are shown follows from the course and a seed, so that
//!   the same sheet is drawn again when it comes back.
//!
//! What a course does not know: who reads it, when, and what finishing it earns. That it was
//! finished is a fact like others.

mod audience;
mod file;
mod quiz;

use crate::condition::Expr;
use crate::program::{Names, Span};

pub use file::{OPTIONS_MAX, PAGES_MAX, QUESTIONS_MAX, REMIND_DAYS, TRIES_MAX, parse};
pub use quiz::{Answers, Graded, Sheet, ShownQuestion, share};

use rust_decimal::Decimal;

/// A course as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub code: String,
    pub name: Names,
    pub description: Names,
    /// About how long it takes, in minutes.
    pub minutes: Option<u32>,
    /// Whom it is for; everybody where nothing is said.
    pub when: Option<Expr>,
    /// What a benefit of the partner has to open, beside that.
    pub access: Option<String>,
    /// INVARIANT: not empty, and no two of a code.
    pages: Vec<Page>,
    pub quiz: Option<Quiz>,
    pub certificate: Option<Certified>,
}

/// A page to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub code: String,
    pub name: Names,
    /// Markdown.
    pub text: Names,
    pub video: Option<Link>,
    pub files: Vec<Link>,
}

/// Something that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub name: Names,
    /// INVARIANT: begins with `https://` and holds neither blanks nor control signs.
    link: String,
}

impl Link {
    pub fn href(&self) -> &str {
        &self.link
    }
}

/// What is asked after reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiz {
    /// The share of questions that has to be right, above 0 and at most 1.
    pub pass: Decimal,
    /// How often one may try; as often as one likes where nothing is said.
    pub tries: Option<u32>,
    /// Whether everybody sees another order.
    pub shuffle: bool,
    /// INVARIANT: not empty, no two of a code, and each has an answer that is right.
    questions: Vec<Question>,
}

/// A question with what can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub code: String,
    pub asks: Names,
    pub choose: Choose,
    pub options: Vec<Choice>,
    /// Why it is so, told once it was answered.
    pub why: Names,
}

/// How many answers a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    One,
    /// All that are right and no other.
    Several,
    /// A sentence is true or not: the first option is that it is.
    TrueFalse,
}

/// An answer that can be chosen. One of a sentence that is true or not has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub text: Names,
    pub right: bool,
}

/// What is given to who finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    pub name: Names,
    /// How long it is valid; for good where nothing is said.
    pub valid: Option<Span>,
    /// Days before its end on which it is about to lapse.
    pub remind_days: u32,
}

impl Course {
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// A page with its place, counted from 0.
    pub fn page(&self, code: &str) -> Option<(usize, &Page)> {
        self.pages.iter().enumerate().find(|(_, page)| page.code == code)
    }
}

impl Certified {
    /// The last day of one that begins on a day; `None`: it has none.
    pub fn last_day(&self, from: jiff::civil::Date) -> Option<jiff::civil::Date> {
        let span = self.valid?;
        let span = jiff::Span::new().months(span.months).days(span.days);
        let end = from.checked_add(span).unwrap_or(jiff::civil::Date::MAX);
        Some(end.yesterday().unwrap_or(end).max(from))
    }
}

#[cfg(test)]
mod tests;
