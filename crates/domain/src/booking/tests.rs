use crate::amount::Currency;
use crate::case::telling::{books, case_of, told};
use crate::program::Remainder;
use rust_decimal::Decimal;

/// A story, and everything that is booked of it.
#[track_caller]
fn check(header: &str, term: &str, timeline: &str, expected: &str) {
    let snapshot = told(&case_of(header, term, timeline));
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let got = books(&snapshot);
    assert_eq!(got, expected, "got\n{}", got.join("\n"));
}

const BANDS: &str = "measure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1% }, { from: 50000, rate: 2% } ]";
const BY_MONTH: &str = "periods: { every: quarter, grace: 5 days }\naccrue: { every: month }";

#[test]
fn the_example_of_the_language() {
    check(
        "periods: { every: year }\naccrue: { every: month }",
        "measure: sum(amount)\nmethod: all_units\ntiers: [ { rate: 2% }, { from: 60000, rate: 3% } ]",
        "
        04-10 sale: S1, partner: P1, amount: 50000
        05-10 sale: S2, partner: P1, amount: 20000
        ",
        "
        base 2026-04 of 2026: 1000
        base 2026-05 of 2026: 600
        rate 2026-05 of 2026: 500
        open 2026: calculated 2100 = 2100
        ",
    );
}

#[test]
fn a_tier_left_again_takes_back() {
    check(
        BY_MONTH,
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 60000
        02-10 credit_note: R1, partner: P1, amount: 20000
        ",
        "
        base 2026-01 of 2026Q1: 1200
        base 2026-02 of 2026Q1: -200
        rate 2026-02 of 2026Q1: -600
        open 2026Q1: calculated 400 = 400
        ",
    );
}

#[test]
fn what_is_late_is_booked_in_the_first_open_period() {
    // In time on the last day of grace, late on the day after.
    check(
        BY_MONTH,
        BANDS,
        "
        01-10/02-05 sale: S1, partner: P1, amount: 1000
        01-10/02-06 sale: S2, partner: P1, amount: 2000
        01-10/03-06 sale: S3, partner: P1, amount: 4000
        01-10/04-06 sale: S4, partner: P1, amount: 8000
        ",
        "
        base 2026-01 of 2026Q1: 10
        prior_period 2026-02 of 2026Q1: 20
        prior_period 2026-03 of 2026Q1: 40
        prior_period 2026-04 of 2026Q1: 80
        open 2026Q1: calculated 70 = 70
        open 2026Q2: prior 80 = 80
        ",
    );
}

#[test]
fn without_grace_a_period_is_open_until_it_is_closed() {
    check(
        "",
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 1000
        01-11/04-20 sale: S2, partner: P1, amount: 2000
        04-20 close: 2026Q1, program: p
        01-12/04-20 sale: S3, partner: P1, amount: 4000
        ",
        "
        base 2026Q1 of 2026Q1: 30
        prior_period 2026Q2 of 2026Q1: 40
        closed 2026Q1: calculated 30 = 30
        open 2026Q2: prior 40 = 40
        ",
    );
}

#[test]
fn a_late_line_that_lifts_the_tier_re_rates_what_is_closed() {
    check(
        "",
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 40000
        04-10 close: 2026Q1, program: p
        01-11/04-11 sale: S2, partner: P1, amount: 10000
        04-12 sale: S3, partner: P1, amount: 100
        ",
        "
        base 2026Q1 of 2026Q1: 400
        rate 2026Q2 of 2026Q1: 400
        prior_period 2026Q2 of 2026Q1: 200
        base 2026Q2 of 2026Q2: 1
        closed 2026Q1: calculated 400 = 400
        open 2026Q2: calculated 1 prior 600 = 601
        ",
    );
}

#[test]
fn a_close_turns_flat_accruals_into_what_was_earned() {
    let header = "periods: { every: quarter }\naccrue: { every: month, rate: 2.5% }";
    let term = "measure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 2% }, { from: 40000, rate: 3% } ]";
    check(
        header,
        term,
        "
        01-15 sale: S1, partner: P1, amount: 25000
        03-15 sale: S2, partner: P1, amount: 15000
        04-10 close: 2026Q1, program: p
        03-16/04-11 sale: S3, partner: P1, amount: 1000
        07-10 close: 2026Q2, program: p
        ",
        "
        base 2026-01 of 2026Q1: 625
        base 2026-03 of 2026Q1: 375
        true_up 2026-03 of 2026Q1: 200
        prior_period 2026-04 of 2026Q1: 25
        true_up 2026-06 of 2026Q1: 5
        closed 2026Q1: calculated 1200 = 1200
        closed 2026Q2: prior 30 = 30
        ",
    );
    check(
        "accrue: { every: month, per_unit: 4 }",
        "measure: sum(quantity)\nper_unit: 3",
        "
        01-15 sale: S1, partner: P1, quantity: 10
        04-10 close: 2026Q1, program: p
        ",
        "
        base 2026-01 of 2026Q1: 40
        true_up 2026-03 of 2026Q1: -10
        closed 2026Q1: calculated 30 = 30
        ",
    );
}

#[test]
fn a_return_after_the_close_is_owed_back_in_the_open_period() {
    check(
        "",
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 40000
        04-10 close: 2026Q1, program: p
        04-15 return: R1, of: S1, amount: 10000
        ",
        "
        base 2026Q1 of 2026Q1: 400
        prior_period 2026Q2 of 2026Q1: -100
        closed 2026Q1: calculated 400 = 400
        open 2026Q2: prior -100 out -100 = 0
        ",
    );
}

#[test]
fn a_sale_that_came_back_whole_leaves_only_its_bookings() {
    check(
        "payout: { negative: claim_back }",
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 40000
        04-10 close: 2026Q1, program: p
        04-15 cancel: S1
        ",
        "
        base 2026Q1 of 2026Q1: 400
        prior_period 2026Q2 of 2026Q1: -400
        closed 2026Q1: calculated 400 = 400
        open 2026Q2: prior -400 = -400
        ",
    );
}

#[test]
fn what_is_carried_from_period_to_period() {
    let sales = "
        01-10 sale: S1, partner: P1, amount: 1000
        04-10 close: 2026Q1, program: p
        04-11 sale: S2, partner: P1, amount: 2000
        07-10 close: 2026Q2, program: p
        ";
    check(
        "payout: { minimum: 25 }",
        BANDS,
        sales,
        "
        base 2026Q1 of 2026Q1: 10
        base 2026Q2 of 2026Q2: 20
        closed 2026Q1: calculated 10 out 10 = 0
        closed 2026Q2: calculated 20 in 10 = 30
        ",
    );
    check(
        "payout: { minimum: 15, below_minimum: lapse }",
        BANDS,
        sales,
        "
        base 2026Q1 of 2026Q1: 10
        base 2026Q2 of 2026Q2: 20
        closed 2026Q1: calculated 10 out 10 = 0
        closed 2026Q2: calculated 20 = 20
        ",
    );
    check(
        "payout: { minimum: 15 }",
        BANDS,
        &format!(
            "{sales}\n07-11 adjust: A1, program: p, partner: P1, period: 2026Q3, amount: 5, status: approved"
        ),
        "
        base 2026Q1 of 2026Q1: 10
        base 2026Q2 of 2026Q2: 20
        closed 2026Q1: calculated 10 out 10 = 0
        closed 2026Q2: calculated 20 in 10 = 30
        open 2026Q3: adjusted 5 out 5 = 0
        ",
    );
}

#[test]
fn what_is_late_in_the_last_period_is_booked_after_it() {
    check(
        "periods: { every: program, grace: 5 days }",
        BANDS,
        "
        01-10 sale: S1, partner: P1, amount: 1000
        01-10/2027-01-05 sale: S2, partner: P1, amount: 2000
        01-10/2027-01-06 sale: S3, partner: P1, amount: 4000
        ",
        "
        base program of program: 30
        prior_period after of program: 40
        open program: calculated 30 = 30
        open after: prior 40 = 40
        ",
    );
}

#[test]
fn a_program_that_corrects_another_posts_the_difference() {
    let version = |number: u32, more: &str, rate: &str| {
        format!(
            "  - program: p\n    version: {number}\n{more}    currency: USD\n    starts: 2026-01-01\n    ends: 2026-12-31\n    periods: {{ every: quarter }}\n    terms: [ {{ term: t, measure: sum(amount), rate: {rate} }} ]\n"
        )
    };
    let case = |recorded: &str, close: &str| {
        format!(
            "case: c\nprograms:\n{}{}timeline:\n  - {{ on: 2026-01-10, sale: S1, partner: P1, amount: 1000 }}\n{close}until: 2026-09-30\n",
            version(1, "", "1%"),
            version(2, &format!("    corrects: 1\n    recorded: {recorded}\n"), "3%"),
        )
    };
    let close = "  - { on: 2026-04-10, close: 2026Q1, program: p }\n";
    assert_eq!(
        books(&told(&case("2026-02-01", close))),
        ["base 2026Q1 of 2026Q1: 30", "closed 2026Q1: calculated 30 = 30"]
    );
    assert_eq!(
        books(&told(&case("2026-05-01", close))),
        [
            "base 2026Q1 of 2026Q1: 10",
            "rate 2026Q2 of 2026Q1: 20",
            "closed 2026Q1: calculated 10 = 10",
            "open 2026Q2: prior 20 = 20"
        ]
    );
}

#[test]
fn an_amendment_cuts_the_period_in_parts() {
    let case = |second: &str, sales: &str| {
        format!(
            "case: c
programs:
  - program: p
    currency: USD
    starts: 2026-01-01
    periods: {{ every: quarter }}
    terms:
      - {{ term: t, measure: sum(amount), method: METHOD, tiers: [ {{ from: 0, rate: 1% }}, {{ from: 1000, rate: 2% }} ] }}
  - program: p
    version: 2
    amends: {{ from: 2026-02-15 }}
    currency: USD
    starts: 2026-01-01
    periods: {{ every: quarter }}
    terms:
      - {{ term: t, measure: sum(amount), method: METHOD, tiers: {second} }}
timeline:
{sales}"
        )
    };
    let sales = "  - { on: 2026-01-10, sale: S1, partner: P1, amount: 800 }\n  - { on: 2026-02-15, sale: S2, partner: P1, amount: 400 }\n";
    let amount = |second: &str, method: &str| {
        let text = case(second, sales).replace("METHOD", method);
        told(&text).awards[0].award.amount.to_string()
    };
    let same = "[ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ]";
    let other = "[ { from: 0, rate: 3% }, { from: 1000, rate: 4% } ]";
    // An amendment that changes nothing changes no award.
    assert_eq!(amount(same, "all_units"), "24.00");
    assert_eq!(amount(same, "marginal"), "14.00");
    // 800 at 2 % and 400 at 4 %; 800 at 1 %, 200 at 3 %, 200 at 4 %.
    assert_eq!(amount(other, "all_units"), "32.00");
    assert_eq!(amount(other, "marginal"), "22.00");
    // A fixed amount is paid once: that of the version on the day of the last fact.
    let text = case("[ { from: 0, rate: 1%, fixed: 7 } ]", sales)
        .replace("METHOD", "all_units")
        .replace("{ from: 0, rate: 1% },", "{ from: 0, rate: 1%, fixed: 5 },");
    assert_eq!(told(&text).awards[0].award.amount.to_string(), "27.00");
}

#[test]
fn splits_add_up() {
    let usd = Currency::parse("USD").expect("a currency");
    for (amount, weights, remainder, expected) in [
        ("100", "1 1 1", Remainder::Largest, "33.34 33.33 33.33"),
        ("100", "1 2 4", Remainder::Largest, "14.29 28.57 57.14"),
        ("100", "1 2 4", Remainder::First, "14.29 28.57 57.14"),
        ("10", "3 3 3 1", Remainder::Largest, "3 3 3 1"),
        ("0.05", "1 1 1", Remainder::First, "0.02 0.02 0.01"),
        ("-100", "1 1 1", Remainder::Largest, "-33.34 -33.33 -33.33"),
        ("8", "9 -1", Remainder::Largest, "9 -1"),
        // 16.666… and -6.666…: the first is further above its cut than the second.
        ("10", "5 -2", Remainder::Largest, "16.67 -6.67"),
        ("-10", "5 -2", Remainder::Largest, "-16.67 6.67"),
        ("10", "-2 5", Remainder::Largest, "-6.67 16.67"),
        ("10", "-2 5", Remainder::First, "-6.66 16.66"),
        // A part below zero that is a little more than its cut gets nothing of what is left.
        ("0.01", "7 7 5 -9", Remainder::Largest, "0.01 0.01 0 -0.01"),
        ("-0.01", "7 7 5 -9", Remainder::Largest, "-0.01 -0.01 0 0.01"),
        ("0", "7 -3", Remainder::Largest, "0 0"),
        ("10", "0 0", Remainder::Largest, "5 5"),
        ("10", "5 -5", Remainder::Largest, "5 5"),
        ("0.015", "1 1", Remainder::Largest, "0.015 0"),
    ] {
        let number = |text: &str| text.parse::<Decimal>().expect("a number");
        let weights: Vec<Decimal> = weights.split(' ').map(number).collect();
        let parts = super::split(number(amount), &weights, usd.decimals(), remainder);
        let text: Vec<String> = parts.iter().map(|p| p.normalize().to_string()).collect();
        assert_eq!(text.join(" "), expected, "of {amount}");
        assert_eq!(parts.iter().sum::<Decimal>(), number(amount));
    }
}

#[test]
fn numbers_beyond_the_range_earn_nothing_and_say_so() {
    let huge = "70000000000000000000000000000";
    let story = format!(
        "
        01-10 sale: S1, partner: P1, amount: {huge}
        04-10 close: 2026Q1, program: p
        01-10/04-11 sale: S2, partner: P1, amount: {huge}
        "
    );
    for (header, term) in [
        ("", "measure: sum(amount)\nrate: 100%"),
        ("", "measure: sum(amount)\nper_unit: 2"),
        (
            "",
            "measure: sum(amount)\nmethod: marginal\ntiers: [ { from: 0, rate: 1% }, { from: 9, rate: 2% } ]",
        ),
        ("", "group_by: fact\nmeasure: sum(amount)\nrate: 100%\nlimits: { per_partner_period: 5 }"),
        ("accrue: { every: month, per_unit: 9 }", "measure: sum(amount)\nrate: 100%"),
    ] {
        let snapshot = told(&case_of(header, term, &story));
        for line in &snapshot.awards {
            assert!(line.award.amount.is_zero(), "{term}");
            assert!(line.award.reasons.iter().any(|reason| reason.code() == "no_value"), "{term}");
        }
        assert!(snapshot.payouts.iter().all(|payout| payout.line.amount.is_zero()), "{term}");
    }
    // Two in one sum: the second waits.
    let story = format!(
        "01-10 sale: S1, partner: P1, amount: {huge}\n01-11 sale: S2, partner: P1, amount: {huge}"
    );
    let snapshot = told(&case_of("", "measure: sum(amount)\nrate: 0.000000001%", &story));
    assert_eq!(snapshot.waiting.len(), 1);
}

/// What the next tier brings of P1, in the first award.
#[track_caller]
fn check_worth(header: &str, term: &str, timeline: &str, expected: Option<i64>) {
    let snapshot = told(&case_of(header, term, timeline));
    let next = snapshot.awards[0].award.next.as_ref().expect("a next tier");
    assert_eq!(next.worth, expected.map(Decimal::from), "{header} {term}");
}

#[test]
fn the_next_tier_is_worth_what_limits_leave() {
    let story = "01-10 sale: S1, partner: P1, amount: 40000";
    let limited = |limits: &str| format!("{BANDS}\nlimits: {{ {limits} }}");
    // Of 50,000 it is 1,000, where 400 are earned.
    check_worth("", BANDS, story, Some(600));
    check_worth("", &limited("per_award: 900"), story, Some(500));
    check_worth("", &limited("per_partner_period: 900"), story, Some(500));
    check_worth("", &limited("per_partner: 900"), story, Some(500));
    check_worth("limits: { per_partner_period: 900 }", BANDS, story, Some(500));
    check_worth("limits: { per_partner: 900 }", BANDS, story, Some(500));
    // Nothing is left of the limit.
    check_worth("", &limited("per_partner_period: 300"), story, None);
    check_worth("limits: { per_partner: 300 }", BANDS, story, None);
}
