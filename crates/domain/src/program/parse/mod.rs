//! From text to [`Program`]: every key of the language, every problem at once.
//!
//! What a program says for all its terms is filled into each of them, as are all defaults. The
//! values are only read here; whether they fit together is `check`'s to say.

mod header;
mod periods;
mod reading;
mod term;
mod tiers;

use super::{Program, check};
use crate::case;
use crate::condition::Declared;
use crate::problem::{Parsed, Problem};
use crate::reader::Reader;
use crate::yaml::{self, Node};

pub(crate) use header::{fields_block, lists_block, time_zone};

/// Reads and checks one version of a program. The value is there if nothing is an error.
pub fn parse(text: &str) -> Parsed<Program> {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let problem = Problem::error(error.at, error.message, "");
            return Parsed::of(None, vec![problem]);
        }
    };
    let declared = Declared::default();
    let mut duplicates = Reader::new(&declared);
    duplicates.duplicates(&document);
    let mut parsed = parse_node(&document.root, text, &declared);
    parsed.problems.append(&mut duplicates.problems);
    Parsed::of(parsed.value, parsed.problems)
}

/// The same from a node of another document, `text` being what the program keeps as its text.
/// `declared` adds fields to those the program declares itself.
pub(crate) fn parse_node(node: &Node, text: &str, declared: &Declared) -> Parsed<Program> {
    let mut problems = Vec::new();
    let declared = header::declared(node, declared, &mut problems);
    let mut reader = Reader::new(&declared);
    reader.problems = problems;
    let program = header::program(&mut reader, node, text);
    let mut problems = reader.problems;
    if let Some(program) = &program {
        problems.extend(check::check_text(program, node, &problems));
    }
    let whole = program.as_ref().filter(|_| !problems.iter().any(Problem::is_error));
    problems.extend(case::check_tests(node, &declared, whole));
    Parsed::of(program, problems)
}

#[cfg(test)]
pub(super) mod tests;
