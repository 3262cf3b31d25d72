use std::sync::Arc;

use super::*;

/// One case a line: `first-day day-after today total -> passed/days left ahead`.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let words: Vec<&str> = case.split_whitespace().collect();
        let [start, end, today, total, "->", expected @ ..] = words.as_slice() else {
            panic!("`{case}` is not `start end today total -> …`");
        };
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let period = Period { start: day(start), end: day(end), name: Arc::from("p") };
        let pace = Pace::of(&period, day(today));
        let ahead = pace.and_then(|pace| pace.ahead(total.parse().expect("a number")));
        let found = format!(
            "{} {} {}",
            pace.map_or("-".to_owned(), |pace| format!("{}/{}", pace.passed, pace.days)),
            days_left(&period, day(today)).map_or("-".to_owned(), |left| left.to_string()),
            ahead.map_or("-".to_owned(), |ahead| ahead.normalize().to_string()),
        );
        assert_eq!(found, expected.join(" "), "in case `{case}`");
    }
}

#[test]
fn the_pace_of_a_period_is_linear_and_today_counts() {
    check(
        "
        2026-04-01 2026-07-01 2026-04-01  10 -> 1/91 90 910
        2026-04-01 2026-07-01 2026-06-30 910 -> 91/91 0 910
        2026-04-01 2026-07-01 2026-04-03  10 -> 3/91 88 303.333333
        2026-04-01 2026-07-01 2026-04-02 -10 -> 2/91 89 -455
        2026-04-01 2026-07-01 2026-07-01  10 -> - - -
        2026-04-01 2026-07-01 2026-03-31  10 -> - 91 -
        2026-04-01 9999-01-01 2026-05-01  10 -> - - -
        ",
    );
}

/// One case a line: `term | base reached today -> target reached share ahead`, in April 2026.
#[track_caller]
fn check_target(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (asked, expected) = case.split_once(" -> ").expect("a case");
        let (term, figures) = asked.split_once(" | ").expect("a term and figures");
        let text = format!(
            "program: p\ncurrency: JPY\nstarts: 2026-01-01\nterms:\n  - {{ term: a, measure: \
             sum(amount), {term} }}\n"
        );
        let program = crate::program::parse(&text).into_result().expect("a program");
        let words: Vec<&str> = figures.split_whitespace().collect();
        let [base, reached, today] = words.as_slice() else { panic!("`{case}`") };
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let (start, end) = (day("2026-04-01"), day("2026-05-01"));
        let period = Period { start, end, name: Arc::from("p") };
        let reached = reached.parse().expect("a number");
        let of = (&period, day(today));
        let found = match attained(&program.terms[0], base.parse().ok(), reached, of) {
            None => "none".to_owned(),
            Some(found) => {
                let ahead = found.ahead.map_or("-".to_owned(), |n| n.normalize().to_string());
                let share = found.share.normalize();
                format!("{} {} {share} {ahead}", found.target, found.reached)
            }
        };
        assert_eq!(found, expected, "in case `{case}`");
    }
}

#[test]
fn a_target_is_attained_only_when_all_of_it_is() {
    let attainment = "target: 300, qualifier: { total: sum(amount), as: attainment }, rate: 1%";
    let to_date =
        "target: 300, qualifier: { total: sum(amount), window: to_date, as: attainment }, rate: 1%";
    let excess = "target: 300, method: excess, rate: 1%";
    check_target(&format!(
        "
        {attainment} | 300 299.99 2026-04-30 -> 300 299.99 0.9999 0.9999
        {attainment} | 300 300 2026-04-30 -> 300 300 1 1
        {attainment} | 300 100 2026-04-15 -> 300 100 0.3333 0.6666
        {attainment} | 300 -30 2026-04-15 -> 300 -30 -0.1 -0.2
        {attainment} | 300 100 2026-05-02 -> 300 100 0.3333 -
        {to_date} | 300 100 2026-04-15 -> 300 100 0.3333 -
        {attainment} | - 100 2026-04-15 -> none
        {attainment} | 0 100 2026-04-15 -> none
        {excess} | 300 450 2026-04-30 -> 300 450 1.5 1.5
        rate: 1% | 300 100 2026-04-15 -> none
        "
    ));
}
