//! Every word of the language and every message of the checker has a conformance case.
//!
//! What is missing is listed; it is mended by writing the case. Words are taken from the tables of
//! keys that the parser reads by, so a new word is missing from the day it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::keys::{ACTIONS, FACT, SELECTORS};
use crate::case::story::RejectionReason;
use crate::case::{count_words, refusals, words};
use crate::program::keys::MONTHS;
use crate::wallet;
use crate::yaml::{self, Kind, Node};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// All conformance cases, read as YAML.
fn cases() -> Vec<Node> {
    let mut paths = Vec::new();
    files(&workspace().join("conformance"), ".yaml", &mut paths);
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a text");
    let read = |path: &PathBuf| yaml::parse(&text(path)).expect("YAML").root;
    paths.iter().map(read).filter(|case| case.get("refused").is_none()).collect()
}

/// Words that say nothing about what is computed, or that a table says again.
fn needs_no_case(place: &str) -> bool {
    let again = ["payout.every=", "accrue.every="];
    let tests = place.starts_with("tests.");
    tests || again.iter().any(|start| place.starts_with(start))
}

#[test]
fn every_key_and_value_has_a_case() {
    let all = words();
    let mut there = BTreeMap::new();
    for case in cases() {
        count_words(&case, &mut there);
    }
    let missing: Vec<&String> =
        all.iter().filter(|place| !there.contains_key(*place) && !needs_no_case(place)).collect();
    assert!(all.len() > 250, "the tables of keys are read, {}", all.len());
    assert!(missing.is_empty(), "no conformance case says {missing:#?}");
    assert!(
        MONTHS.iter().all(|month| there.contains_key(&format!("periods.fiscal_year_from={month}")))
    );
}

/// Every scalar under a key, wherever it stands.
fn under(node: &Node, word: &str, into: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                if key.text() == Some(word) {
                    texts(value, into);
                }
                under(value, word, into);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| under(item, word, into)),
        Kind::Scalar(_) => {}
    }
}

fn texts(node: &Node, into: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            into.insert(scalar.text.clone());
        }
        Kind::List(items) => items.iter().for_each(|item| texts(item, into)),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| texts(value, into)),
    }
}

/// The keys of the mappings in a list under a key of the case.
fn words_of_lines(case: &Node, list: &str, into: &mut BTreeSet<String>) {
    for line in case.get(list).and_then(Node::list).unwrap_or_default() {
        for (key, _) in line.map().unwrap_or_default() {
            into.insert(key.text().unwrap_or_default().to_owned());
        }
    }
}

#[track_caller]
fn all_there(what: &str, all: &[&str], there: &BTreeSet<String>) {
    let missing: Vec<&&str> = all.iter().filter(|word| !there.contains(**word)).collect();
    assert!(missing.is_empty(), "no conformance case has the {what} {missing:?}");
}

#[test]
fn every_reason_has_a_case() {
    let (mut reasons, mut reason, mut kinds) = Default::default();
    for case in cases() {
        let expect = case.get("expect").cloned().expect("something is expected");
        under(&expect, "reasons", &mut reasons);
        under(&expect, "reason", &mut reason);
        under(&expect, "kind", &mut kinds);
    }
    all_there(
        "reason of an award",
        &[
            "tier",
            "no_tier",
            "no_row",
            "no_baseline",
            "baseline_minimum",
            "no_target",
            "requires",
            "after",
            "up_to",
            "frequency",
            "net_of",
            "at_least",
            "at_most",
            "guarantee",
            "budget",
            "lane",
            "skip",
            "external",
        ],
        &reasons,
    );
    let waits = ["no_rate", "no_factor", "no_price", "no_value"];
    all_there("reason of waiting", &waits, &reason);
    let rejections = [
        RejectionReason::UnknownProgram,
        RejectionReason::NotExternal,
        RejectionReason::OtherContent,
        RejectionReason::UnknownPartner,
        RejectionReason::UnknownFact,
        RejectionReason::NegativeReturn,
        RejectionReason::ClosedTwice,
    ];
    all_there("rejection", &rejections.map(RejectionReason::word), &reason);
    all_there("kind", &["base", "rate", "prior_period", "true_up"], &kinds);
}

#[test]
fn every_line_of_a_story_has_a_case() {
    let (mut lines, mut expected, mut windows, mut scopes, mut zeros) = Default::default();
    for case in cases() {
        words_of_lines(&case, "timeline", &mut lines);
        words_of_lines(&case, "expect", &mut expected);
        under(&case, "window", &mut windows);
        under(&case, "scope", &mut scopes);
        under(&case, "when_zero", &mut zeros);
    }
    all_there("word of a fact", FACT, &lines);
    all_there("kind of fact", &["sale", "return", "credit_note", "activity"], &lines);
    all_there("action", ACTIONS, &lines);
    all_there("selector", SELECTORS, &expected);
    let lists = ["awards", "accruals", "payouts", "rejections", "waiting", "what_if"];
    all_there("list", &lists, &expected);
    all_there("window", &["period", "to_date", "prior_period", "prior_year", "program"], &windows);
    assert!(windows.iter().any(|window| window.ends_with("months")), "a span of time");
    all_there("scope", &["partner", "all"], &scopes);
    assert!(scopes.iter().any(|scope| scope.contains('.')), "the path of a scope");
    all_there("policy for zero", &["no_award", "no_growth", "full_growth", "prior_year"], &zeros);
}

/// The same for lines of wallets, with what they may say, and for what their lists say.
#[test]
fn every_word_of_a_wallet_has_a_case() {
    let (mut reason, mut status, mut accounts) = Default::default();
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let expect = case.get("expect").cloned().expect("something is expected");
        under(&expect, "reason", &mut reason);
        under(&expect, "status", &mut status);
        under(&expect, "debit", &mut accounts);
        under(&expect, "credit", &mut accounts);
        said_by_lines(&case, "timeline", &mut lines);
        said_by_lines(&case, "expect", &mut lists);
    }
    let nothing = BTreeSet::new();
    for word in wallet::line::words().chain(["cancel"]) {
        let there = lines.get(word).unwrap_or(&nothing);
        let all = [&[word], wallet::line::words_of(word).unwrap_or_default()].concat();
        all_there(&format!("word of `{word}`"), &all, there);
    }
    for list in wallet::List::ALL {
        let there = lists.get(list.word()).unwrap_or(&nothing);
        let all: Vec<&str> = list.words().iter().map(|(word, _)| *word).collect();
        all_there(&format!("word of `{}`", list.word()), &all, there);
    }
    all_there("refusal", &wallet::Refusal::ALL.map(wallet::Refusal::word), &reason);
    let states = ["escrow", "open", "empty", "expired", "reset"];
    all_there("state of a lot", &states, &status);
    let states = ["reserved", "committed", "released", "lapsed", "done", "cancelled"];
    all_there("state of a redemption", &states, &status);
    all_there("state of a redemption", &["partly_cancelled"], &status);
    let states = ["draft", "running", "over", "cancelled"];
    all_there("state of a promotion", &states, &status);
    let roles: BTreeSet<String> =
        accounts.iter().filter_map(|it| it.split('/').next()).map(str::to_owned).collect();
    let all = ["granted", "escrow", "open", "reserved", "arrears", "redeemed", "expired"];
    all_there("account", &all, &roles);
    all_there("account", &["adjusted", "reset", "redeemed.expense", "orders"], &roles);
    all_there("account", &["cash", "pack", "sponsored", "receivable"], &roles);
    all_there("account", &["source", "free", "used", "expense", "payable"], &roles);
    let stages = ["draft", "submitted", "sent_back", "approved", "closed", "lapsed", "rejected"];
    all_there("state of a request or a claim", &stages, &status);
    all_there("state of a request or a claim", &["cancelled", "paid"], &status);
    all_there("state of an allocation", &["open", "claims_only", "ended"], &status);
    all_there("state of a credit with a sponsor", &["waiting", "done", "cancelled"], &status);
}

/// What the lines of a list of the case say, by the first word of the line.
fn said_by_lines(case: &Node, list: &str, into: &mut BTreeMap<String, BTreeSet<String>>) {
    for line in case.get(list).and_then(Node::list).unwrap_or_default() {
        let keys = line.map().unwrap_or_default().iter().filter_map(|(key, _)| key.text());
        let keys: Vec<&str> = keys.collect();
        let first = keys.iter().find(|key| !matches!(**key, "on" | "recorded" | "as_of"));
        if let Some(first) = first {
            into.entry((*first).to_owned()).or_default().extend(keys.iter().map(|&it| it.into()));
        }
    }
}

/// Every built-in field, function and part of a date stands in some condition or total.
#[test]
fn every_field_and_function_has_a_case() {
    let mut texts = BTreeSet::new();
    for case in cases() {
        case.get("programs").iter().for_each(|programs| scalars(programs, &mut texts));
    }
    let all = crate::condition::built_in();
    assert!(45 < all.len(), "the tables of fields are read: {}", all.len());
    let missing: Vec<&String> =
        all.iter().filter(|word| !texts.iter().any(|text| text.contains(*word))).collect();
    assert!(missing.is_empty(), "no conformance case reads {missing:#?}");
}

fn scalars(node: &Node, into: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            into.insert(scalar.text.clone());
        }
        Kind::List(items) => items.iter().for_each(|item| scalars(item, into)),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| scalars(value, into)),
    }
}

/// Where the sources say that a text is wrong, by file and line.
fn places_that_refuse() -> BTreeSet<(String, u32)> {
    const SAYS: [&str; 9] = [
        ".error(",
        ".warn(",
        ".term_error(",
        ".term_error_at(",
        ".term_warn(",
        ".refuse(",
        ".wrong(",
        "Problem::error(",
        "ConditionError::new(",
    ];
    // These hand on what somebody else says, or are asked where no text of a case goes: with the
    // versions of an installation, with lists known beforehand, with any value wanted.
    const NOT_OF_A_CASE: [(&str, &str); 16] = [
        ("program/check/mod.rs", "Problem::"),
        ("program/check/mod.rs", "self.term_error_at("),
        ("program/unsupported.rs", "Problem::error("),
        ("condition/check.rs", "// too long for a case"),
        ("reader.rs", "Problem::error("),
        ("condition/check.rs", "ConditionError::new(offset, message)"),
        ("condition/syntax.rs", "ConditionError::new(self.peek().start, message)"),
        ("program/parse/mod.rs", "Problem::error(error.at, error.message, \"\")"),
        ("wallet/ask.rs", "Problem::error("),
        ("wallet/ask.rs", "reader.error("),
        ("wallet/file.rs", "Problem::error(error.at, error.message, \"\")"),
        ("wallet/file.rs", "reader.warn("),
        ("program/check/versions.rs", "problems.push(Problem::error("),
        ("program/check/versions.rs", "return Some(Problem::error("),
        ("condition/calls.rs", "return self.wrong(argument.start, message); // known lists"),
        ("condition/check.rs", "(other, Wanted::Any) => self.wrong("),
    ];
    let source = workspace().join("crates/domain/src");
    let mut paths = Vec::new();
    for folder in ["program", "condition", "wallet"] {
        files(&source.join(folder), ".rs", &mut paths);
    }
    paths.push(source.join("reader.rs"));
    let mut places = BTreeSet::new();
    for path in paths.iter().filter(|path| !path.to_string_lossy().contains("tests")) {
        let name = path.strip_prefix(&source).expect("a source").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a text");
        for (number, line) in (1..).zip(text.lines()) {
            if !SAYS.iter().any(|word| line.contains(*word)) {
                continue;
            }
            let elsewhere =
                NOT_OF_A_CASE.iter().any(|(of, says)| *of == name && line.contains(says));
            if !elsewhere && !line.trim_start().starts_with("//") {
                places.insert((name.clone(), number));
            }
        }
    }
    places
}

/// Every place in the sources at which a text is found wrong is reached by a case under
/// `conformance/refused`, which says in which words.
#[test]
fn every_message_of_the_checker_has_a_case() {
    let mut reached = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut paths = Vec::new();
    files(&workspace().join("conformance/refused"), ".yaml", &mut paths);
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a text");
        let refused = refusals(&text).expect("`refused`").unwrap_or_else(|it| panic!("{it}"));
        for refused in refused.texts {
            wrong.extend(refused.mismatch().map(|it| format!("{}: {it}", path.display())));
            let said = refused.problems();
            reached.extend(said.iter().map(|problem| {
                let file = problem.origin.at.file().replace('\\', "/");
                let name = file.rsplit_once("src/").map_or(file.as_str(), |(_, name)| name);
                (name.to_owned(), problem.origin.at.line())
            }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let places = places_that_refuse();
    assert!(130 < places.len(), "the sources are read: {}", places.len());
    let missing: Vec<String> = places
        .iter()
        .filter(|place| !reached.contains(*place))
        .map(|(file, line)| format!("{file}:{line}"))
        .collect();
    assert!(missing.is_empty(), "no case under conformance/refused reaches {missing:#?}");
}
