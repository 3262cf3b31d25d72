//! For tests: programs, stories and what came of them as short texts.

use std::fmt::Write;

use super::json::plain;
use super::story::{AwardLine, Snapshot};
use crate::award::Reason;
use crate::case;

/// Defaults of a program for tests: dollars, 2026, by quarter unless the text says otherwise.
pub(crate) fn header(more: &str) -> String {
    let mut text =
        String::from("program: p\ncurrency: USD\nstarts: 2026-01-01\nends: 2026-12-31\n");
    if !more.contains("periods:") {
        text.push_str("periods: { every: quarter }\n");
    }
    for line in more.lines().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A case of one program with one term. `timeline` has a line of YAML without braces for each
/// event; a day is `01-15`, or `2025-01-15` with its year.
pub(crate) fn case_of(more: &str, term: &str, timeline: &str) -> String {
    let mut text = String::from("case: test\nprograms:\n");
    push_indented(&mut text, "  - ", "    ", &header(more));
    text.push_str("    terms:\n");
    push_indented(&mut text, "      - ", "        ", &format!("term: t\n{term}"));
    text.push_str("timeline:\n");
    for line in timeline.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let _ = writeln!(text, "  - {{ {} }}", dated(line));
    }
    text
}

/// `01-15 sale: S1, …` and `01-15/02-20 sale: S1, …` with a day recorded.
fn dated(line: &str) -> String {
    let (days, rest) = line.split_once(' ').expect("a day and what happened");
    let year = |day: &str| if day.len() == 5 { format!("2026-{day}") } else { day.to_owned() };
    match days.split_once('/') {
        None => format!("on: {}, {rest}", year(days)),
        Some((on, recorded)) => {
            format!("on: {}, recorded: {}, {rest}", year(on), year(recorded))
        }
    }
}

fn push_indented(text: &mut String, first: &str, others: &str, block: &str) {
    let mut indent = first;
    let common = block
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        let own = line.len() - line.trim_start().len();
        let line = if own >= common { &line[common..] } else { line.trim_start() };
        text.push_str(indent);
        text.push_str(line);
        text.push('\n');
        indent = others;
    }
}

/// The final snapshot of a case given as text.
#[track_caller]
pub(crate) fn told(text: &str) -> Snapshot {
    let case = case::parse(text).into_result().unwrap_or_else(|problems| {
        panic!(
            "{}\n{text}",
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        )
    });
    let programs = case.inline_programs().expect("programs stand in the case");
    let mut story = case.run(programs.clone()).unwrap_or_else(|problems| {
        panic!(
            "{}\n{text}",
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        )
    });
    let taken = case.into_story(programs, case::Detail::Facts);
    let (taken, _) = taken.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert_eq!(taken.to_json(), story.to_json(), "facts that are taken and copied");
    story.snapshots.pop().expect("a final snapshot")
}

/// An award as `36 tier 2`, with its reasons beside the tier's.
pub(crate) fn award_text(line: &AwardLine) -> String {
    let mut text = plain(line.award.amount);
    if let Some(tier) = line.award.tier {
        let _ = write!(text, " tier {tier}");
    }
    for reason in line.award.reasons.iter().map(Reason::code) {
        if reason != "tier" {
            let _ = write!(text, " {reason}");
        }
    }
    text
}

/// Everything booked, a line each.
pub(crate) fn books(snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for line in &snapshot.accruals {
        lines.push(format!(
            "{} {} of {}: {}",
            line.kind.word(),
            line.period.name,
            line.earned_in.name,
            plain(line.amount)
        ));
    }
    for payout in &snapshot.payouts {
        let line = &payout.line;
        let mut text = format!("{} {}:", payout.status(), line.period.name);
        for (word, amount) in [
            ("calculated", line.calculated),
            ("prior", line.prior_period),
            ("adjusted", line.adjustments),
            ("pending", line.pending),
            ("in", line.carried_in),
            ("out", line.carried_out),
        ] {
            if !amount.is_zero() {
                let _ = write!(text, " {word} {}", plain(amount));
            }
        }
        let _ = write!(text, " = {}", plain(line.amount));
        lines.push(text);
    }
    lines
}
