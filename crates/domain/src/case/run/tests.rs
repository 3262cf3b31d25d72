use crate::case;
use crate::case::telling::{award_text, books, case_of, told};

const TERM: &str = "measure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ]";

/// The snapshots of a case: the moment, and the amounts of its awards.
fn moments(text: &str) -> Vec<String> {
    let case = case::parse(text).into_result().expect("a case");
    let story = case.run(case.inline_programs().expect("inline")).expect("it runs");
    let tell = |snapshot: &case::Snapshot| {
        let awards: Vec<String> = snapshot.awards.iter().map(award_text).collect();
        format!("{}: {}", snapshot.as_of.text(), awards.join(", "))
    };
    story.snapshots.iter().map(tell).collect()
}

/// What a case that cannot be run is told.
fn refused(text: &str) -> Vec<String> {
    let case = case::parse(text).into_result().expect("a case");
    let problems = case.run(case.inline_programs().expect("inline")).expect_err("refused");
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_snapshot_for_each_moment_and_the_final_one() {
    let story = case_of(
        "time_zone: Asia/Tokyo",
        TERM,
        "
        01-10 sale: A, partner: P1, amount: 100
        01-11/03-01 sale: B, partner: P1, amount: 200
        2026-01-20T12:00:00+09:00 sale: C, partner: P1, amount: 400
        01-21 sale: D, partner: P1, amount: 800
        ",
    );
    let expected = "expect:
  - { as_of: 2026-01-21, awards: p, amount: 0 }
  - { as_of: 2026-01-20T02:59:59Z, awards: p, amount: 0 }
  - { as_of: 2026-01-20T03:00:00Z, awards: p, amount: 0 }
  - { as_of: 2026-01-21, awards: p, amount: 0 }
  - { as_of: 2026-01-09, awards: p, amount: 0 }
  - { awards: p, amount: 0 }
";
    assert_eq!(
        moments(&format!("{story}{expected}")),
        [
            "2026-01-21: 26 tier 2",
            "2026-01-20T02:59:59Z: 1 tier 1",
            "2026-01-20T03:00:00Z: 5 tier 1",
            "2026-01-09: ",
            "2026-03-01: 30 tier 2"
        ]
    );
    assert_eq!(moments(&format!("{story}until: 2026-02-01\n")), ["2026-02-01: 26 tier 2"]);
}

#[test]
fn the_order_written_decides_on_the_day_of_a_close() {
    let books = |lines: &str| books(&told(&case_of("", TERM, lines)));
    let sale = "01-10/04-10 sale: A, partner: P1, amount: 100\n";
    let close = "04-10 close: 2026Q1, program: p\n";
    assert_eq!(
        books(&format!("{sale}{close}")),
        ["base 2026Q1 of 2026Q1: 1", "closed 2026Q1: calculated 1 = 1"]
    );
    // Whoever was looked at has a payout, be it of nothing.
    assert_eq!(
        books(&format!("{close}{sale}")),
        ["prior_period 2026Q2 of 2026Q1: 1", "closed 2026Q1: = 0", "open 2026Q2: prior 1 = 1"]
    );
}

#[test]
fn versions_are_known_from_the_day_they_were_recorded() {
    let version = |number: u32, more: &str, rate: &str| {
        format!(
            "  - program: p\n    version: {number}\n{more}    currency: USD\n    starts: 2026-01-01\n    terms: [ {{ term: t, measure: sum(amount), rate: {rate} }} ]\n"
        )
    };
    let text = format!(
        "case: c\nprograms:\n{}{}timeline:\n  - {{ on: 2026-01-10, sale: S1, partner: P1, amount: 100 }}\nuntil: 2026-06-30\nexpect:\n  - {{ as_of: 2026-04-30, awards: p, amount: 1 }}\n  - {{ as_of: 2026-05-01, awards: p, amount: 3 }}\n",
        version(1, "", "1%"),
        version(2, "    corrects: 1\n    recorded: 2026-05-01\n", "3%"),
    );
    assert_eq!(
        moments(&text),
        ["2026-04-30: 1 tier 1", "2026-05-01: 3 tier 1", "2026-06-30: 3 tier 1"]
    );
}

#[test]
fn adjustments_take_their_last_status() {
    let lines = "
        01-10 sale: A, partner: P1, amount: 100
        01-11 adjust: A1, program: p, partner: P1, period: 2026Q1, amount: 5, status: pending
        01-12 adjust: A1, program: p, partner: P1, period: 2026Q1, amount: 5, status: approved
        01-12 adjust: A2, program: p, partner: P1, period: 2026Q1, amount: 7, status: pending
        01-13 adjust: A2, program: p, partner: P1, period: 2026Q1, amount: 7, status: rejected
        ";
    assert_eq!(
        books(&told(&case_of("", TERM, lines))),
        ["base 2026Q1 of 2026Q1: 1", "open 2026Q1: calculated 1 adjusted 5 = 6"]
    );
}

#[test]
fn trying_leaves_the_story_alone() {
    let text = case_of("", TERM, "01-10 sale: A, partner: P1, amount: 950\n02-10 sale: B, partner: P1, amount: 1000")
        + "what_if:
  - { what_if: early, on: 2026-01-10, facts: [ { sale: X, partner: P1, amount: 100 } ] }
  - { what_if: other, on: 2026-02-10, facts: [ { sale: X, partner: P2, amount: 100 }, { on: 2026-05-01, sale: Y, partner: P2, amount: 10 } ] }
";
    let snapshot = told(&text);
    let lines: Vec<String> = snapshot
        .what_if
        .iter()
        .map(|line| {
            format!(
                "{} {} {} {} {} {:?}",
                line.what_if,
                line.partner,
                line.period.name,
                line.now.normalize(),
                line.projected.normalize(),
                line.tier
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "early P1 2026Q1 9.5 21 Some(2)",
            "other P2 2026Q1 0 1 Some(1)",
            "other P2 2026Q2 0 0.1 Some(1)"
        ]
    );
    assert_eq!(award_text(&snapshot.awards[0]), "39 tier 2");
}

#[test]
fn what_cannot_be_run_is_refused_by_name() {
    assert_eq!(
        refused(&case_of("", TERM, "01-10 close: 2026-01, program: p")),
        [
            "14:5: error: program `p` has no period `2026-01`; name one as its calendar does: 2026-04, 2026Q1, 2026H1, 2026, program"
        ]
    );
    assert_eq!(
        refused(&case_of("", TERM, "01-10 close: 2026Q1, program: q")),
        [
            "14:5: error: program `q` is not in the case; add it under `programs`, or name one that is there"
        ]
    );
    assert_eq!(
        refused(&case_of("", TERM, "01-10 award: X, program: p, term: t, partner: P1, amount: 1")),
        ["14:5: error: term `t` takes no amounts from outside; name a term with `external: true`"]
    );
    let outside = |line: &str| refused(&case_of("", "external: true", line));
    let beyond = outside("2027-03-01 award: X, program: p, term: t, partner: P1, amount: 1");
    assert!(beyond[0].contains("2027-03-01 is no day of program `p`"), "{beyond:?}");
    let adjust = "01-10 adjust: A, program: p, partner: P1, period: 2026Q1, status: approved, \
                  reason: agreed, amount: 99999999999999999999";
    assert!(refused(&case_of("", TERM, adjust))[0].contains("` is more than any amount"));
    let on_demand = |line: &str| refused(&case_of("periods: { every: on_demand }", TERM, line));
    let early = on_demand("01-10 close: 1st, program: p, until: 2025-01-01");
    assert!(early[0].contains("no period on demand can end on 2025-01-01 as `1st`"), "{early:?}");
    let together = "measure: count_distinct(product.code)\nper_unit: 1\nfrequency: { first: 1 }";
    let told = refused(&case_of("", together, "01-10 sale: S, partner: P1, amount: 1"));
    assert!(told[0].contains("`frequency` with a measure of `count_distinct`"), "{told:?}");
}

#[test]
fn a_case_that_is_given_away_is_told_alike() {
    let facts = "01-10 sale: A, partner: P1, amount: 100\n01-11 sale: B, partner: P1, amount: 200";
    for more in ["", "\n01-12 cancel: B", "\n01-12 correct: B, amount: 50"] {
        let text = case_of("", TERM, &format!("{facts}{more}"));
        let case = case::parse(&text).into_result().expect("a case");
        let programs = case.inline_programs().expect("inline");
        let kept = case.run(programs.clone()).expect("it runs").to_json();
        let (given, _) = case.into_story(programs, case::Detail::Facts).expect("it runs");
        assert_eq!(given.to_json(), kept, "{more}");
    }
}
