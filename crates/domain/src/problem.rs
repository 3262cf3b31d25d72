//! What is wrong with a text of ours: where, what, and what to do about it.

use std::fmt;

use crate::code::TermCode;
use crate::program::Position;

/// One thing that is wrong with a program's or a case's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: Position,
    /// The term it is about, if one.
    pub term: Option<TermCode>,
    pub severity: Severity,
    /// The stable word for what is wrong, so that it can be said in other languages; empty where
    /// there is only the message.
    pub code: &'static str,
    /// What the message puts in its places, in their order.
    pub values: Vec<String>,
    /// What is wrong, in lower case without full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The text cannot be used.
    Error,
    /// It can be used, by somebody who says why.
    Warning,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A message, with a stable code and its values where other languages have a sentence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: &'static str,
    pub values: Vec<String>,
    pub text: String,
}

impl Said {
    /// A message that has a code. `values` are what it puts in its places, in their order.
    pub fn new(code: &'static str, values: &[&str], text: impl Into<String>) -> Said {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Said { code, values, text: text.into() }
    }
}

impl From<String> for Said {
    fn from(text: String) -> Said {
        Said { code: "", values: Vec::new(), text }
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Said {
        Said::from(text.to_owned())
    }
}

impl Problem {
    pub fn error(at: Position, message: impl Into<Said>, help: impl Into<String>) -> Problem {
        let Said { code, values, text } = message.into();
        Problem {
            at,
            term: None,
            severity: Severity::Error,
            code,
            values,
            message: text,
            help: help.into(),
        }
    }

    pub fn warning(at: Position, message: impl Into<Said>, help: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(at, message, help) }
    }

    #[must_use]
    pub fn of_term(self, term: &TermCode) -> Problem {
        Problem { term: Some(term.clone()), ..self }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `12:5: error: …; …`, with the term if there is one.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { at, term, severity, message, help, .. } = self;
        write!(f, "{}:{}: {}: ", at.line, at.column, severity.word())?;
        if let Some(term) = term {
            write!(f, "term `{term}`: ")?;
        }
        f.write_str(message)?;
        if help.is_empty() { Ok(()) } else { write!(f, "; {help}") }
    }
}

/// What came of reading a text: the value if nothing is wrong enough to prevent it, and all that
/// is wrong, in the order of the text.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    pub value: Option<T>,
    pub problems: Vec<Problem>,
}

impl<T> Parsed<T> {
    /// The value if there is no error among the problems.
    pub(crate) fn of(value: Option<T>, mut problems: Vec<Problem>) -> Parsed<T> {
        problems.sort_by_key(|problem| (problem.at, problem.severity));
        problems.dedup();
        let usable = !problems.iter().any(Problem::is_error);
        Parsed { value: value.filter(|_| usable), problems }
    }

    /// The value, or every problem; warnings are dropped.
    pub fn into_result(self) -> Result<T, Vec<Problem>> {
        self.value.ok_or(self.problems)
    }
}
