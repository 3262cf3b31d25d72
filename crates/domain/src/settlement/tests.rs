use crate::case::telling::{books, case_of, told};

/// A story, and its payouts.
#[track_caller]
fn check(header: &str, term: &str, timeline: &str, expected: &str) {
    let snapshot = told(&case_of(header, term, timeline));
    let got: Vec<String> =
        books(&snapshot).into_iter().filter(|line| line.contains(" = ")).collect();
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(got, expected, "got\n{}", got.join("\n"));
}

const FINE: &str = "periods: { every: month }\nrounding: { scale: 4 }";
const ONE_PERCENT: &str = "measure: sum(amount)\nrate: 1%";

#[test]
fn a_payout_is_in_the_minor_unit_though_awards_are_finer() {
    // What is left over is carried, so three months pay what their sum rounds to.
    check(
        FINE,
        ONE_PERCENT,
        "
        01-10 sale: S1, partner: P1, amount: 100.40
        02-01 close: 2026-01, program: p
        02-10 sale: S2, partner: P1, amount: 100.40
        03-01 close: 2026-02, program: p
        03-10 sale: S3, partner: P1, amount: 100
        ",
        "
        closed 2026-01: calculated 1.004 out 0.004 = 1
        closed 2026-02: calculated 1.004 in 0.004 out -0.002 = 1.01
        open 2026-03: calculated 1 in -0.002 out -0.002 = 1
        ",
    );
}

#[test]
fn a_payout_is_rounded_as_its_term_says() {
    for (mode, expected) in [
        ("half_up", "open 2026-01: calculated 1.005 out -0.005 = 1.01"),
        ("half_even", "open 2026-01: calculated 1.005 out 0.005 = 1"),
        ("down", "open 2026-01: calculated 1.005 out 0.005 = 1"),
        ("up", "open 2026-01: calculated 1.005 out -0.005 = 1.01"),
    ] {
        let header = format!("periods: {{ every: month }}\nrounding: {{ scale: 4, mode: {mode} }}");
        check(&header, ONE_PERCENT, "01-10 sale: S1, partner: P1, amount: 100.50", expected);
    }
}

#[test]
fn what_lapses_or_is_carried_whole_is_not_rounded() {
    let sale = "
        01-10 sale: S1, partner: P1, amount: 100.40
        02-01 close: 2026-01, program: p
    ";
    let minimum = |below: &str| format!("{FINE}\npayout: {{ minimum: 5, below_minimum: {below} }}");
    check(
        &minimum("carry"),
        ONE_PERCENT,
        sale,
        "
        closed 2026-01: calculated 1.004 out 1.004 = 0
        open 2026-02: in 1.004 out 1.004 = 0
        ",
    );
    check(&minimum("lapse"), ONE_PERCENT, sale, "closed 2026-01: calculated 1.004 out 1.004 = 0");
    // What is owed back in part goes with it, whole.
    check(
        FINE,
        ONE_PERCENT,
        "01-10 credit_note: R1, partner: P1, amount: 100.40",
        "open 2026-01: calculated -1.004 out -1.004 = 0",
    );
    check(
        &format!("{FINE}\npayout: {{ negative: claim_back }}"),
        ONE_PERCENT,
        "01-10 credit_note: R1, partner: P1, amount: 100.40",
        "open 2026-01: calculated -1.004 out -0.004 = -1",
    );
}
