//! Texts that must be refused: conformance cases for what the checker says.
//!
//! A file of them has `refused` in place of `programs`: a list of cases that are wrong, each with
//! `says`, everything that is said of it, in the order of the text. A warning begins with
//! `warning: `. What else stands beside `refused` is shared by all of them. Under `known` stands what the installation has, where the text alone does not tell.

use std::collections::BTreeSet;

use super::parse;
use super::{Case, ProgramSource};
use crate::problem::{Problem, Severity};
use crate::program::{self, Known, Position, unsupported};
use crate::yaml::{self, Document, Duplicate, Kind, Node};

/// The wrong cases of one file.
#[derive(Debug, Clone)]
pub struct Refusals {
    /// The name of the file's case.
    pub code: String,
    pub texts: Vec<Refused>,
}

/// A case that is wrong, and what must be said of it.
#[derive(Debug, Clone)]
pub struct Refused {
    pub at: Position,
    pub says: Vec<String>,
    known: Known,
    document: Document,
}

/// Keys of an entry that are not part of the wrong case.
const BESIDE: [&str; 3] = ["says", "note", "known"];

/// The wrong cases of a text; `None` if it is a case as others are. An error says that the list
/// itself cannot be read.
pub fn refusals(text: &str) -> Option<Result<Refusals, Problem>> {
    let document = yaml::parse(text).ok()?;
    let listed = document.root.get("refused")?;
    Some(read(&document, listed))
}

fn read(document: &Document, listed: &Node) -> Result<Refusals, Problem> {
    let wrong = |at, message: &str, help: &str| Problem::error(at, message, help);
    let code = document.root.get("case").and_then(Node::text).ok_or_else(|| {
        wrong(document.root.at, "`case` is required", "add `case: …`, the name of the case")
    })?;
    let entries = listed.list().filter(|entries| !entries.is_empty()).ok_or_else(|| {
        wrong(listed.at, "`refused` is a list of wrong cases", "write `- says: …` lines")
    })?;
    let mut texts = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let end = entries.get(place + 1).map(|next| next.at);
        let within = |at: Position| entry.at <= at && end.is_none_or(|end| at < end);
        let duplicates: Vec<Duplicate> =
            document.duplicates.iter().filter(|it| within(it.at)).cloned().collect();
        let says = entry.get("says").map(texts_of).unwrap_or_default();
        if says.is_empty() {
            return Err(wrong(entry.at, "`says` is required", "add what is said of the case"));
        }
        let known = known(entry.get("known"))?;
        let own = entry
            .map()
            .unwrap_or_default()
            .iter()
            .filter(|(key, _)| key.text().is_some_and(|word| !BESIDE.contains(&word)));
        let shared = document.root.map().unwrap_or_default().iter().filter(|(key, _)| {
            let word = key.text().unwrap_or_default();
            !["refused", "note"].contains(&word) && entry.get(word).is_none()
        });
        let own: Vec<(Node, Node)> = shared.chain(own).cloned().collect();
        let root = Node { at: entry.at, kind: Kind::Map(own) };
        texts.push(Refused { at: entry.at, says, known, document: Document { root, duplicates } });
    }
    Ok(Refusals { code: code.to_owned(), texts })
}

fn texts_of(node: &Node) -> Vec<String> {
    match node.list() {
        Some(items) => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
        None => node.text().map(str::to_owned).into_iter().collect(),
    }
}

fn known(node: Option<&Node>) -> Result<Known, Problem> {
    let mut known = Known::default();
    for (key, names) in node.and_then(Node::map).unwrap_or_default() {
        let kind = match key.text().unwrap_or_default() {
            "partners" => &mut known.partners,
            "lists" => &mut known.lists,
            "figures" => &mut known.figures,
            "price_lists" => &mut known.price_lists,
            "units" => &mut known.units,
            "point_currencies" => &mut known.point_currencies,
            "funds" => &mut known.funds,
            "terms" => &mut known.terms,
            word => {
                let message = format!("`known` has no kind `{word}`");
                let help = "write partners, lists, figures, price_lists, units, point_currencies, \
                            funds, terms";
                return Err(Problem::error(key.at, message, help));
            }
        };
        *kind = Some(texts_of(names).into_iter().collect::<BTreeSet<String>>());
    }
    Ok(known)
}

impl Refused {
    /// Everything that is said of the case, as `says` has it.
    pub fn said(&self) -> Vec<String> {
        self.problems().iter().map(in_words).collect()
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let parsed = parse::parse_document(&self.document);
        let mut problems = parsed.problems;
        if let Some(case) = parsed.value {
            problems.extend(self.said_of(&case));
        }
        problems
    }

    /// What is said of a case that can be read.
    fn said_of(&self, case: &Case) -> Vec<Problem> {
        let mut problems = Vec::new();
        for source in &case.programs {
            let ProgramSource::Inline(program) = source else { continue };
            problems.extend(program::check(program, &self.known));
            problems.extend(unsupported(program));
            problems.extend(super::test_problems(program));
        }
        if problems.iter().any(Problem::is_error) {
            return problems;
        }
        let programs = case.inline_programs().unwrap_or_default();
        problems.extend(case.run(programs).err().unwrap_or_default());
        problems
    }

    /// What is wrong with what is said; `None` if it is as it must be.
    pub fn mismatch(&self) -> Option<String> {
        let said = self.said();
        (said != self.says).then(|| {
            let at = self.at;
            format!("{}:{}: expected {:?}, got {said:?}", at.line, at.column, self.says)
        })
    }
}

fn in_words(problem: &Problem) -> String {
    match problem.severity {
        Severity::Error => problem.message.clone(),
        Severity::Warning => format!("warning: {}", problem.message),
    }
}
