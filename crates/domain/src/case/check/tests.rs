use crate::case;
use crate::case::telling::case_of;
use crate::program;

/// A line of `expect`, and what is wrong with it: nothing, or a text that starts so.
#[track_caller]
fn check(rows: &str) {
    let term = "qualifier: { total: sum(amount), as: growth }
measure: sum(amount)
baseline: prior_year
group_by: { line: fact.line }
method: all_units
tiers: [ { from: 0%, rate: 1%, name: base }, { from: 20%, rate: 2% } ]
limits: { per_award: 30 }";
    let story = case_of(
        "",
        term,
        "
        2025-01-10 sale: A, partner: P1, line: x, amount: 900
        2025-01-10 sale: B, partner: P1, line: y, amount: 900
        01-10 sale: C, partner: P1, line: x, amount: 1000
        01-11 sale: D, partner: P1, line: y, amount: 800
        01-12 sale: E, partner: P1, line: y, amount: 1200
        01-12 sale: E, partner: P1, line: y, amount: 1300
        04-10 close: 2026Q1, program: p
        ",
    );
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (line, expected) = row.split_once("=>").unwrap_or((row, ""));
        let text = format!("{story}expect:\n  - {{ {} }}\n", line.trim());
        let case = case::parse(&text).into_result().unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let programs = case.inline_programs().expect("inline");
        let wrong = case.check(programs).expect("it runs");
        let wrong: Vec<String> = wrong.into_iter().map(|mismatch| mismatch.text).collect();
        match (expected.trim(), wrong.as_slice()) {
            ("", []) => {}
            (expected, [one]) if !expected.is_empty() && one.starts_with(expected) => {}
            (_, wrong) => panic!("`{row}`: {wrong:?}"),
        }
    }
}

#[test]
fn numbers_are_sums_over_the_lines_chosen() {
    check(
        "
        awards: p, amount: 40
        awards: p, term: t, partner: P1, period: 2026Q1, amount: 40.00
        awards: p, group: { line: x }, amount: 10
        awards: p, group: { line: y }, amount: 30
        awards: p, partner: P2, amount: 0
        awards: q, amount: 0
        awards: p, group: { line: x }, amount: 11 => amount: expected 11, got 10, because growth of 11.1111 % reaches tier 1, base (from 0 %): 1 % of 1,000
        awards: p, kind: base, amount: 40 => amount: expected 40, got 0, because none of the 2 lines
        payouts: p, period: 2026Q1, status: closed, calculated: 40, amount: 40
        payouts: p, status: open => status: expected open, got closed
        accruals: p, kind: base, earned_in: 2026Q1, amount: 40
        ",
    );
}

#[test]
fn other_words_hold_in_every_line() {
    check(
        "
        awards: p, group: { line: x }, tier: 1
        awards: p, group: { line: y }, tier: 2
        awards: p, tier: 1 => tier: expected 1, got 2
        awards: p, baseline: 900
        awards: p, group: { line: y }, measure: 2000, tier_name: none
        awards: p, group: { line: x }, tier_name: base
        awards: p, partner: P9, tier: 1 => tier: expected 1, got no line, because none of the 2 lines of awards `p` is meant
        ",
    );
}

#[test]
fn ratios_are_compared_at_the_decimals_written() {
    check(
        "
        awards: p, group: { line: x }, qualifier: 0.1111
        awards: p, group: { line: x }, qualifier: 0.111111111111
        awards: p, group: { line: x }, qualifier: 11.1%
        awards: p, group: { line: x }, qualifier: 0.1
        awards: p, group: { line: x }, qualifier: 0.1112 => qualifier: expected 0.1112, got 0.111111111111
        awards: p, group: { line: x }, measure: 1000.4 => measure: expected 1000.4, got 1000
        ",
    );
}

#[test]
fn what_is_written_of_lists_is_among_them() {
    check(
        "
        awards: p, group: { line: y }, reasons: [ tier, at_most ]
        awards: p, group: { line: y }, reasons: [ { code: at_most } ]
        awards: p, group: { line: x }, reasons: [ at_most ] => reasons: expected at_most, got tier
        awards: p, group: { line: y }, parts: [ { tier: 2, rate: 2%, measure: 2000, amount: 40 } ]
        awards: p, group: { line: y }, parts: [ { tier: 2, rate: 3% } ] => parts: expected tier: 2, rate: 3%, got
        awards: p, group: { line: y }, lines: [ { fact: E, measure: 1200, amount: 18 }, { fact: D, amount: 12 } ]
        awards: p, group: { line: y }, lines: [ { fact: E, amount: 12 } ] => lines: expected fact: E, amount: 12, got D: 12; E: 18
        ",
    );
}

#[test]
fn rejections_by_key() {
    check(
        "
        rejections: E, reason: other_content
        rejections: C, reason: other_content => reason: expected other_content, got no line
        waiting: C, reason: no_rate => reason: expected no_rate, got no line
        ",
    );
}

#[test]
fn a_test_that_fails_says_what_was_expected_and_why() {
    let text = "program: p
version: 2
amends: { from: 2026-02-01 }
recorded: 2026-01-20
currency: USD
starts: 2026-01-01
terms: [ { term: t, measure: sum(amount), rate: 1% } ]
tests:
  - test: one percent
    timeline: [ { on: 2026-01-10, sale: S1, partner: P1, amount: 100 } ]
    expect:
      - { awards: p, amount: 1 }
      - { awards: p, amount: 2 }
";
    let program = program::parse(text).into_result().expect("a program");
    let problems: Vec<String> =
        super::test_problems(&program).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "13:9: error: test `one percent` fails: amount: expected 2, got 1, because 1 % of 100; correct the terms, or what the test expects"
        ]
    );
}
