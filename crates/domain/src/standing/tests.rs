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
