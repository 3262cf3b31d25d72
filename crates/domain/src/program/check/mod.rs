//! Whether the words of a program fit together, and whether what they name is there.
//!
//! Three questions, asked where the answer can be known: [`parse`](super::parse) asks what the
//! text alone answers; [`check`] asks what the installation answers (partners, lists, tables);
//! [`check_versions`] asks what only all versions of a program answer together. What past facts
//! and other programs say is asked by whoever has them, and so is whether the tests hold: see
//! [`crate::case::test_problems`].

mod budget;
mod header;
mod relations;
mod rows;
mod term;
mod versions;
mod world;

use super::places::Places;
use super::{Position, Program, Term};
use crate::code::TermCode;
use crate::problem::Problem;
use crate::yaml::Node;

pub use versions::check_versions;
pub use world::{Known, check};

/// Everything that the text alone says is wrong. A part that could not be read is not asked: a
/// term of which something is an error, or the header.
pub(super) fn check_text(program: &Program, root: &Node, read: &[Problem]) -> Vec<Problem> {
    let broken = |term: Option<&TermCode>| {
        read.iter().any(|problem| problem.is_error() && problem.term.as_ref() == term)
    };
    let mut found = Found { places: Places::new(root), program, problems: Vec::new() };
    let header_reads = !broken(None);
    if header_reads {
        header::check(&mut found);
        budget::check_header(&mut found);
    }
    for term in &program.terms {
        if !broken(Some(&term.code)) {
            term::check(&mut found, term, header_reads);
            if header_reads {
                budget::check_term(&mut found, term);
            }
            rows::check(&mut found, term, header_reads);
        }
    }
    relations::check(&mut found, &broken);
    found.problems
}

/// What is found wrong, and where to look for its place.
struct Found<'p> {
    places: Places<'p>,
    program: &'p Program,
    problems: Vec<Problem>,
}

impl Found<'_> {
    #[track_caller]
    fn error(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let at = self.places.header(path);
        self.problems.push(Problem::error(at, message, help));
    }

    #[track_caller]
    fn warn(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let at = self.places.header(path);
        self.problems.push(Problem::warning(at, message, help));
    }

    #[track_caller]
    fn term_error(
        &mut self,
        term: &Term,
        path: &[&str],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let at = self.places.term(term, path);
        self.term_error_at(term, at, message, help);
    }

    #[track_caller]
    fn term_error_at(
        &mut self,
        term: &Term,
        at: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem::error(at, message, help).of_term(&term.code));
    }

    #[track_caller]
    fn term_warn(
        &mut self,
        term: &Term,
        path: &[&str],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let at = self.places.term(term, path);
        self.problems.push(Problem::warning(at, message, help).of_term(&term.code));
    }
}

#[cfg(test)]
mod tests;
