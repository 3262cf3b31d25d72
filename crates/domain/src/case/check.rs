//! Comparing a story with what its case expects, and running the tests of a program.
//!
//! A line of `expect` chooses lines of one list of one snapshot. Amounts are compared as sums over
//! the lines chosen, all other words in every one of them; of `parts`, `lines` and `reasons` what
//! is written must be among what is there.

use rust_decimal::{Decimal, RoundingStrategy};

use super::json::plain;
use super::run::standing_alone;
use super::story::{AwardLine, Rejection, Snapshot, Story};
use super::{Case, Expectation, OutputList};
use crate::award::Part;
use crate::explain::Lang;
use crate::problem::Problem;
use crate::program::{Position, Program, RowValue};
use crate::reader::{decimal_of, percent_of};
use crate::totals::Group;
use crate::wallet::{self, Use};
use crate::yaml::Tree;

/// Numbers with more decimals than this come of a quotient that does not end.
const DECIMALS_OF_EXACT_MAX: u32 = 12;

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where it is written.
    pub at: Position,
    /// `amount: expected 20000, got 9000, because …`.
    pub text: String,
}

/// What a line of the output says under one word.
#[derive(Debug, Clone)]
enum Said {
    /// Added up over the lines chosen.
    Sum(Decimal),
    /// The same in every line.
    Number(Decimal, Exactness),
    Text(String),
    /// What is written must be among it.
    List(Vec<Vec<(&'static str, Said)>>),
    /// The key is left out.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exactness {
    Exact,
    /// Compared at the decimals written.
    Ratio,
}

/// A line of the output in the words of `expect`.
struct Line<'s> {
    of: String,
    selectors: Vec<(&'static str, String)>,
    group: Option<&'s Group>,
    says: Vec<(&'static str, Said)>,
    award: Option<&'s AwardLine>,
}

impl Case {
    /// Runs the case with its programs and compares. An error says that it cannot be run.
    pub fn check(&self, programs: Vec<Program>) -> Result<Vec<Mismatch>, Vec<Problem>> {
        let story = self.run(programs)?;
        Ok(self.compare(&story))
    }

    /// What of the case's expectations does not hold, in the order in which they are written.
    pub fn compare(&self, story: &Story) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        for expectation in &self.expect {
            // Every moment that is expected has a snapshot.
            let Some(snapshot) = story.at(expectation.as_of) else { continue };
            for text in compare(expectation, snapshot) {
                mismatches.push(Mismatch { at: expectation.at, text });
            }
        }
        mismatches
    }
}

/// A test of a program's text, and what it said: where it differs, or why it cannot be run.
#[derive(Debug)]
pub struct TestRun {
    pub test: Case,
    pub said: Result<Vec<Mismatch>, Vec<Problem>>,
}

/// Runs the tests that stand in a program's text, each with this version alone.
pub fn run_tests(program: &Program) -> Vec<TestRun> {
    let run = |test: Case| TestRun { said: test.check(vec![standing_alone(program)]), test };
    program.tests().into_iter().map(run).collect()
}

/// What the tests that stand in a program's text find wrong.
pub fn test_problems(program: &Program) -> Vec<Problem> {
    let mut problems = Vec::new();
    for TestRun { test, said } in run_tests(program) {
        match said {
            Ok(mismatches) => problems.extend(mismatches.into_iter().map(|mismatch| {
                let message = format!("test `{}` fails: {}", test.code, mismatch.text);
                Problem::error(mismatch.at, message, "correct the terms, or what the test expects")
            })),
            Err(found) => problems.extend(found),
        }
    }
    problems
}

fn compare(expectation: &Expectation, snapshot: &Snapshot) -> Vec<String> {
    let lines = lines(expectation.list, snapshot);
    let chosen: Vec<&Line<'_>> = lines
        .iter()
        .filter(|line| line.of == expectation.of)
        .filter(|line| expectation.selectors.iter().all(|by| line.is_chosen(by)))
        .collect();
    let because = because(&chosen, &lines, expectation);
    let mut wrong = Vec::new();
    for (word, expected) in &expectation.compared {
        let found = match word.as_str() {
            "parts" | "lines" | "reasons" if expectation.list == OutputList::Awards => {
                among(word, expected, &chosen)
            }
            "lines" | "reasons" | "trace" => listed_among(word, expected, &chosen),
            _ => scalar(word, expected, &chosen, expectation.list),
        };
        wrong.extend(found.map(|found| format!("{word}: {found}{because}")));
    }
    wrong
}

/// The sentences of the awards chosen, or what is there instead of them.
fn because(chosen: &[&Line<'_>], lines: &[Line<'_>], expectation: &Expectation) -> String {
    if chosen.is_empty() {
        let there = lines.iter().filter(|line| line.of == expectation.of).count();
        let (list, of) = (expectation.list.word(), &expectation.of);
        return format!(", because none of the {there} lines of {list} `{of}` is meant");
    }
    let texts: Vec<String> = chosen
        .iter()
        .filter_map(|line| line.award)
        .flat_map(|line| {
            let context = line.context();
            line.award.reasons.iter().map(move |reason| reason.text(Lang::En, &context))
        })
        .take(5)
        .collect();
    if texts.is_empty() { String::new() } else { format!(", because {}", texts.join("; ")) }
}

/// One word of scalars. `None` if it holds.
fn scalar(word: &str, expected: &Tree, chosen: &[&Line<'_>], list: OutputList) -> Option<String> {
    let Tree::Text(text) = expected else {
        return Some("expected a single value".to_owned());
    };
    if is_summed(word, list) {
        let Some(wanted) = number_of(text) else {
            return Some(format!("`{text}` is not a number"));
        };
        let mut sum = Decimal::ZERO;
        for said in chosen.iter().filter_map(|line| line.said(word)) {
            if let Said::Sum(number) = said {
                sum = sum.checked_add(*number)?;
            }
        }
        return (sum != wanted).then(|| format!("expected {}, got {}", plain(wanted), plain(sum)));
    }
    if chosen.is_empty() {
        return Some(format!("expected {text}, got no line"));
    }
    chosen
        .iter()
        .map(|line| line.said(word).unwrap_or(&Said::Nothing))
        .find(|said| !says(said, text))
        .map(|said| format!("expected {text}, got {}", shown(said)))
}

fn is_summed(word: &str, list: OutputList) -> bool {
    match list {
        OutputList::Awards | OutputList::Accruals => word == "amount",
        OutputList::Payouts => word != "status",
        OutputList::WhatIf => word != "tier",
        OutputList::Rejections | OutputList::Waiting => false,
        OutputList::Wallet(list) => list.words().contains(&(word, Use::Adds)),
    }
}

/// The same for lists of wallets.
fn listed_among(word: &str, expected: &Tree, chosen: &[&Line<'_>]) -> Option<String> {
    let one = std::slice::from_ref(expected);
    let items = if let Tree::List(items) = expected { items } else { one };
    let there: Vec<&Vec<(&'static str, Said)>> = chosen
        .iter()
        .filter_map(|line| match line.said(word) {
            Some(Said::List(items)) => Some(items),
            _ => None,
        })
        .flatten()
        .collect();
    items.iter().find_map(|item| {
        let found = match item {
            Tree::Map(entries) => is_among(entries, &there),
            // The reason of a line, by its word alone.
            Tree::Text(text) => {
                let says_it = |(key, said): &(&str, Said)| *key == "reason" && says(said, text);
                there.iter().any(|all| all.iter().any(says_it))
            }
            Tree::List(_) => false,
        };
        if found {
            return None;
        }
        let there: Vec<String> = there.iter().map(|says| shown_all(says)).collect();
        let there = if there.is_empty() { "nothing".to_owned() } else { there.join("; ") };
        Some(format!("expected {}, got {there}", written(item)))
    })
}

fn shown_all(says: &[(&'static str, Said)]) -> String {
    let words: Vec<String> =
        says.iter().map(|(key, said)| format!("{key}: {}", shown(said))).collect();
    words.join(", ")
}

fn says(said: &Said, text: &str) -> bool {
    match said {
        Said::Sum(number) => number_of(text) == Some(*number),
        Said::Number(number, exactness) => {
            number_of(text).is_some_and(|wanted| is_about(*number, wanted, *exactness))
        }
        Said::Text(said) => said == text,
        Said::List(_) => false,
        Said::Nothing => matches!(text, "" | "~" | "null" | "none"),
    }
}

fn shown(said: &Said) -> String {
    match said {
        Said::Sum(number) | Said::Number(number, _) => plain(*number),
        Said::Text(text) => text.clone(),
        Said::List(items) => {
            let items: Vec<String> = items.iter().map(|says| shown_all(says)).collect();
            items.join("; ")
        }
        Said::Nothing => "nothing".to_owned(),
    }
}

/// Whether a number is the one written; ratios and quotients at the decimals written.
fn is_about(number: Decimal, wanted: Decimal, exactness: Exactness) -> bool {
    if exactness == Exactness::Ratio || DECIMALS_OF_EXACT_MAX <= number.normalize().scale() {
        let half_up = RoundingStrategy::MidpointAwayFromZero;
        number.round_dp_with_strategy(wanted.scale(), half_up) == wanted
    } else {
        number == wanted
    }
}

fn number_of(text: &str) -> Option<Decimal> {
    decimal_of(text).or_else(|| percent_of(text))
}

/// A list whose items must be among what is there.
fn among(word: &str, expected: &Tree, chosen: &[&Line<'_>]) -> Option<String> {
    let one = std::slice::from_ref(expected);
    let items = if let Tree::List(items) = expected { items } else { one };
    let awards = || chosen.iter().filter_map(|line| line.award);
    for item in items {
        let found = match (word, item) {
            ("reasons", Tree::Text(code)) => awards().any(|line| has_reason(line, code)),
            ("reasons", Tree::Map(entries)) => {
                let codes = entries.iter().filter(|(key, _)| key == "code");
                codes.clone().next().is_some()
                    && codes.clone().all(|(_, code)| {
                        matches!(code, Tree::Text(code) if awards().any(|l| has_reason(l, code)))
                    })
            }
            ("parts", Tree::Map(entries)) => awards()
                .flat_map(|line| &line.award.parts)
                .any(|part| entries.iter().all(|entry| holds(&part_says(part), entry))),
            ("lines", Tree::Map(entries)) => awards().flat_map(|line| &line.lines).any(|line| {
                let mut says = vec![
                    ("fact", Said::Text(line.fact.as_str().to_owned())),
                    ("amount", Said::Number(line.amount, Exactness::Exact)),
                ];
                let measure = line.measure.map(|m| ("measure", Said::Number(m, Exactness::Exact)));
                says.extend(measure);
                entries.iter().all(|entry| holds(&says, entry))
            }),
            _ => false,
        };
        if !found {
            let there = awards().flat_map(|line| listed(word, line)).collect::<Vec<_>>();
            let there = if there.is_empty() { "nothing".to_owned() } else { there.join("; ") };
            return Some(format!("expected {}, got {there}", written(item)));
        }
    }
    None
}

fn has_reason(line: &AwardLine, code: &str) -> bool {
    line.award.reasons.iter().any(|reason| reason.code() == code)
}

fn holds(says_all: &[(&'static str, Said)], (word, expected): &(String, Tree)) -> bool {
    let own = says_all.iter().find(|(key, _)| key == word).map(|(_, said)| said);
    match (expected, own) {
        (Tree::Text(text), Some(said)) => says(said, text),
        (Tree::List(items), Some(Said::List(there))) => {
            let there: Vec<&Vec<(&'static str, Said)>> = there.iter().collect();
            let is_there = |item: &Tree| match item {
                Tree::Map(entries) => is_among(entries, &there),
                _ => false,
            };
            items.iter().all(is_there)
        }
        _ => false,
    }
}

/// Whether one of what is there says all of this.
fn is_among(entries: &[(String, Tree)], there: &[&Vec<(&'static str, Said)>]) -> bool {
    there.iter().any(|says| entries.iter().all(|entry| holds(says, entry)))
}

fn part_says(part: &Part) -> Vec<(&'static str, Said)> {
    let exact = |number| Said::Number(number, Exactness::Exact);
    let mut words =
        vec![("version", exact(Decimal::from(part.version))), ("amount", exact(part.amount))];
    if part.tier != 0 {
        words.push(("tier", exact(Decimal::from(part.tier))));
    }
    words.extend(part.value.map(|value| match value {
        RowValue::Rate(rate) => ("rate", exact(rate)),
        RowValue::PerUnit(each) => ("per_unit", exact(each)),
        RowValue::Factor(factor) => ("factor", exact(factor)),
    }));
    words.extend(part.guarantee.map(|amount| ("guarantee", exact(amount))));
    words.extend(part.fixed.map(|fixed| ("fixed", exact(fixed))));
    words.extend(part.measure.map(|measure| ("measure", exact(measure))));
    words
}

/// What an award has under a word, for people.
fn listed(word: &str, line: &AwardLine) -> Vec<String> {
    match word {
        "reasons" => line.award.reasons.iter().map(|r| r.code().to_owned()).collect(),
        "parts" => line.award.parts.iter().map(|part| shown_all(&part_says(part))).collect(),
        _ => line.lines.iter().map(|l| format!("{}: {}", l.fact, plain(l.amount))).collect(),
    }
}

fn written(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => text.clone(),
        Tree::List(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        Tree::Map(entries) => entries
            .iter()
            .map(|(key, value)| format!("{key}: {}", written(value)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

impl Line<'_> {
    fn said(&self, word: &str) -> Option<&Said> {
        self.says.iter().find(|(key, _)| *key == word).map(|(_, said)| said)
    }

    fn is_chosen(&self, (word, by): &(String, Tree)) -> bool {
        match by {
            Tree::Text(text) => {
                self.selectors.iter().any(|(key, value)| key == word && value == text)
            }
            Tree::Map(names) if word == "group" => names.iter().all(|(name, value)| {
                let has = self.group.and_then(|group| group.get(name));
                matches!(value, Tree::Text(value) if has == Some(value.as_str()))
            }),
            Tree::Map(_) | Tree::List(_) => false,
        }
    }
}

fn lines(list: OutputList, snapshot: &Snapshot) -> Vec<Line<'_>> {
    match list {
        OutputList::Awards => snapshot.awards.iter().map(award_line).collect(),
        OutputList::Accruals => snapshot
            .accruals
            .iter()
            .map(|line| Line {
                of: line.program.to_string(),
                selectors: vec![
                    ("program", line.program.to_string()),
                    ("term", line.term.to_string()),
                    ("partner", line.partner.to_string()),
                    ("period", line.period.name.to_string()),
                    ("earned_in", line.earned_in.name.to_string()),
                    ("kind", line.kind.word().to_owned()),
                    ("unit", line.unit.to_string()),
                ],
                group: Some(&line.group),
                says: vec![("amount", Said::Sum(line.amount))],
                award: None,
            })
            .collect(),
        OutputList::Payouts => payout_lines(snapshot),
        OutputList::Rejections => {
            let lines = snapshot.rejections.iter();
            let said = |line: &Rejection| {
                let of = reason_line(&line.key, line.reason.word());
                let at = line.line.map(|at| ("line", at.to_string()));
                Line { selectors: at.into_iter().collect(), ..of }
            };
            lines.map(said).collect()
        }
        OutputList::Waiting => {
            let lines = snapshot.waiting.iter();
            lines.map(|line| reason_line(line.key.as_str(), line.reason.word())).collect()
        }
        OutputList::WhatIf => snapshot
            .what_if
            .iter()
            .map(|line| Line {
                of: line.what_if.clone(),
                selectors: vec![
                    ("program", line.program.to_string()),
                    ("term", line.term.to_string()),
                    ("partner", line.partner.to_string()),
                    ("period", line.period.name.to_string()),
                ],
                group: Some(&line.group),
                says: vec![
                    ("now", Said::Sum(line.now)),
                    ("projected", Said::Sum(line.projected)),
                    ("brings", Said::Sum(line.brings())),
                    ("tier", count(line.tier)),
                ],
                award: None,
            })
            .collect(),
        OutputList::Wallet(list) => {
            let own = snapshot.wallet.iter().filter(|line| line.list == list);
            own.map(wallet_line).collect()
        }
    }
}

fn wallet_line(line: &wallet::Line) -> Line<'_> {
    let use_of = |word: &str| {
        let mut words = line.list.words().iter();
        words.find(|(known, _)| *known == word).map(|(_, of)| *of)
    };
    let mut of = Line {
        of: line.of.clone(),
        selectors: Vec::new(),
        group: None,
        says: Vec::new(),
        award: None,
    };
    for (word, said) in &line.says {
        match (use_of(word), said) {
            (Some(Use::Selects), wallet::Said::Text(text)) => {
                of.selectors.push((word, text.clone()));
            }
            (Some(Use::Adds), wallet::Said::Number(number)) => {
                of.says.push((word, Said::Sum(*number)));
            }
            (_, said) => of.says.push((word, Said::from(said))),
        }
    }
    of
}

impl From<&wallet::Said> for Said {
    fn from(said: &wallet::Said) -> Said {
        match said {
            wallet::Said::Number(number) => Said::Number(*number, Exactness::Exact),
            wallet::Said::Text(text) => Said::Text(text.clone()),
            wallet::Said::List(items) => Said::List(
                items
                    .iter()
                    .map(|item| item.iter().map(|(word, said)| (*word, Said::from(said))).collect())
                    .collect(),
            ),
        }
    }
}

fn count(number: Option<u32>) -> Said {
    number.map_or(Said::Nothing, |number| Said::Number(number.into(), Exactness::Exact))
}

fn award_line(line: &AwardLine) -> Line<'_> {
    let award = &line.award;
    let is_ratio = line.term.qualifier.as_ref().is_some_and(|q| q.view.is_ratio());
    let exactness = if is_ratio { Exactness::Ratio } else { Exactness::Exact };
    let number = |number: Option<Decimal>, exactness| {
        number.map_or(Said::Nothing, |number| Said::Number(number, exactness))
    };
    let name = line.tier_name().map_or(Said::Nothing, |name| Said::Text(name.to_owned()));
    Line {
        of: line.program.to_string(),
        selectors: vec![
            ("program", line.program.to_string()),
            ("term", line.term.code.to_string()),
            ("partner", line.partner.to_string()),
            ("earner", line.earner.to_string()),
            ("period", line.period.name.to_string()),
            ("reward", line.term.reward.word().to_owned()),
            ("unit", line.unit().to_owned()),
        ],
        group: Some(&award.group),
        says: vec![
            ("amount", Said::Sum(award.amount)),
            ("version", count(Some(award.version))),
            ("tier", count(award.tier)),
            ("tier_name", name),
            ("qualifier", number(award.qualifier, exactness)),
            ("measure", number(award.measure, Exactness::Exact)),
            ("baseline", number(award.baseline, Exactness::Exact)),
        ],
        award: Some(line),
    }
}

fn payout_lines(snapshot: &Snapshot) -> Vec<Line<'_>> {
    snapshot
        .payouts
        .iter()
        .map(|payout| {
            let line = &payout.line;
            Line {
                of: payout.program.to_string(),
                selectors: vec![
                    ("program", payout.program.to_string()),
                    ("partner", payout.partner.to_string()),
                    ("period", line.period.name.to_string()),
                    ("unit", payout.unit.to_string()),
                ],
                group: None,
                says: vec![
                    ("status", Said::Text(payout.status().to_owned())),
                    ("calculated", Said::Sum(line.calculated)),
                    ("prior_period", Said::Sum(line.prior_period)),
                    ("adjustments", Said::Sum(line.adjustments)),
                    ("pending", Said::Sum(line.pending)),
                    ("carried_in", Said::Sum(line.carried_in)),
                    ("carried_out", Said::Sum(line.carried_out)),
                    ("amount", Said::Sum(line.amount)),
                ],
                award: None,
            }
        })
        .collect()
}

fn reason_line(key: &str, reason: &str) -> Line<'static> {
    Line {
        of: key.to_owned(),
        selectors: Vec::new(),
        group: None,
        says: vec![("reason", Said::Text(reason.to_owned()))],
        award: None,
    }
}

#[cfg(test)]
mod tests;
