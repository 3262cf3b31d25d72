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
    /// What is wrong, in lower case without full stop.
    pub message: String,
    /// What to do.
    pub help: String,
    pub(crate) origin: Origin,
}

/// Where in this crate something was found wrong. Tests ask it, so that nothing can be said of a
/// text without a case in which it is said; elsewhere it is nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    #[cfg(test)]
    pub at: &'static std::panic::Location<'static>,
}

impl Origin {
    #[track_caller]
    pub(crate) fn here() -> Origin {
        Origin {
            #[cfg(test)]
            at: std::panic::Location::caller(),
        }
    }
}

/// What is said is the same, wherever it was found.
impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Eq for Origin {}

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

impl Problem {
    #[track_caller]
    pub fn error(at: Position, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            at,
            term: None,
            severity: Severity::Error,
            message: message.into(),
            help: help.into(),
            origin: Origin::here(),
        }
    }

    #[track_caller]
    pub fn warning(at: Position, message: impl Into<String>, help: impl Into<String>) -> Problem {
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
