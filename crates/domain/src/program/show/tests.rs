use super::*;
use crate::program::parse::tests::WHOLE;
use crate::program::{Requirement, parse};

/// The program without what differs between two texts that say the same.
fn bare(mut program: Program) -> Program {
    let nowhere = crate::program::Position::default();
    program.text = String::new();
    for term in &mut program.terms {
        term.at = nowhere;
        term.rows.iter_mut().for_each(|row| row.at = nowhere);
        term.qualifier.iter_mut().for_each(|reading| reading.at = nowhere);
        term.measure.iter_mut().for_each(|measure| measure.at = nowhere);
        for requirement in &mut term.requires {
            if let Requirement::Reading { reading, .. } = requirement {
                reading.at = nowhere;
            }
        }
    }
    program
}

#[track_caller]
fn check_round(text: &str) {
    let program = parse(text).into_result().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let shown = show(&program);
    let again = parse(&shown).into_result().unwrap_or_else(|p| panic!("{p:#?} in\n{shown}"));
    assert_eq!(show(&again), shown, "shown twice");
    assert_eq!(again.tests().len(), program.tests().len());
    assert_eq!(bare(again), bare(program), "read again from\n{shown}");
}

#[test]
fn what_is_shown_reads_as_the_same_program() {
    check_round(WHOLE);
    check_round(
        "program: 0012\ncurrency: JPY\nstarts: 2026-04-01\nperiods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 } ] }\npartners: partner.country == \"JP\"\nterms:\n  - { term: a, periods: { every: program }, payout: { every: custom }, measure: sum(amount), rate: 300% }\n  - { term: b, measure: count(), per_unit: 0.10 }\ntests:\n  - { test: x, expect: [ { awards: 0012, amount: 5 } ] }\n",
    );
}

#[test]
fn all_defaults_are_written_out() {
    let text = "program: p\ncurrency: JPY\nstarts: 2026-04-01\nterms: [ { term: a, measure: sum(amount), rate: 1% } ]\n";
    let program = parse(text).into_result().expect("a program");
    let expected = "\
program: p
version: 1
name: p
currency: JPY
time_zone: UTC
starts: 2026-04-01
payout: { below_minimum: carry, negative: carry }
partners: all
when: true
terms:
  - term: a
    name: a
    periods: { every: program, fiscal_year_from: january, calculate_after: 0 days }
    payout: { every: program, catch_up: each, release: as_earned }
    accrue: { every: program }
    facts: [sale, return, credit_note]
    when: true
    returns: with_sale
    earner: partner
    measure: { total: sum(amount) }
    method: all_units
    tiers:
      - { rate: 1% }
    rounding: { mode: half_up, at: award, remainder: largest }
    settle: period_end
    reward: money
";
    assert_eq!(show(&program), expected);
}
