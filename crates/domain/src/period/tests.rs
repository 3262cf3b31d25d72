use super::*;

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn calendar(words: &str) -> Calendar {
    let words: Vec<&str> = words.split_whitespace().collect();
    let every = match words[0] {
        "month" => Every::Month,
        "quarter" => Every::Quarter,
        "half" => Every::Half,
        "year" => Every::Year,
        "program" => Every::Program,
        "custom" => Every::Custom(vec![
            CustomPeriod { name: "spring".into(), from: day("2026-03-01"), to: day("2026-05-31") },
            CustomPeriod { name: "autumn".into(), from: day("2026-09-01"), to: day("2026-11-30") },
        ]),
        other => panic!("`{other}` is not a frequency"),
    };
    let last = words.get(3).map(|last| day(last));
    Calendar::new(every, words[1].parse().expect("a month"), day(words[2]), last)
}

/// `calendar | day -> name start end`
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (left, expected) = case.split_once("->").expect("->");
        let (of, on) = left.split_once('|').expect("|");
        let found = match calendar(of).containing(day(on.trim())) {
            Some(period) => format!("{} {} {}", period.name, period.start, period.end),
            None => "none".to_owned(),
        };
        assert_eq!(found, expected.trim(), "in case `{case}`");
    }
}

#[test]
fn a_day_lies_in_one_period() {
    check(
        "
        month   1 2026-01-01            | 2026-02-28 -> 2026-02 2026-02-01 2026-03-01
        month   4 2026-04-01            | 2027-01-31 -> 2027-01 2027-01-01 2027-02-01
        quarter 4 2026-04-01            | 2026-04-01 -> 2026Q1 2026-04-01 2026-07-01
        quarter 4 2026-04-01            | 2027-03-31 -> 2026Q4 2027-01-01 2027-04-01
        quarter 1 2026-02-15            | 2026-02-20 -> 2026Q1 2026-02-15 2026-04-01
        half    4 2026-04-01            | 2026-10-01 -> 2026H2 2026-10-01 2027-04-01
        year    4 2026-04-01 2026-12-31 | 2026-12-31 -> 2026 2026-04-01 2027-01-01
        year    4 2026-04-01 2026-12-31 | 2027-01-01 -> none
        year    4 2026-04-01            | 2026-03-31 -> none
        program 1 2026-04-01 2026-06-30 | 2026-06-30 -> program 2026-04-01 2026-07-01
        custom  1 2026-01-01            | 2026-05-31 -> spring 2026-03-01 2026-06-01
        custom  1 2026-01-01            | 2026-07-01 -> none
        ",
    );
}

#[test]
fn a_name_finds_its_period() {
    for (of, on) in [
        ("month 4 2025-04-01", "2026-02-03"),
        ("quarter 4 2025-04-01", "2026-02-03"),
        ("quarter 1 2025-04-01", "2026-02-03"),
        ("half 10 2025-04-01", "2026-02-03"),
        ("half 10 2025-04-01", "2026-05-03"),
        ("year 7 2025-04-01", "2026-02-03"),
        ("program 7 2025-04-01", "2026-02-03"),
        ("custom 7 2025-04-01", "2026-09-03"),
    ] {
        let calendar = calendar(of);
        let period = calendar.containing(day(on)).expect("a period");
        assert_eq!(calendar.by_name(&period.name), Some(period), "of {of}");
    }
    assert_eq!(calendar("month 1 2026-01-01").by_name("2026Q1"), None);
}

#[test]
fn the_prior_window_and_what_follows_agree() {
    for of in ["month 4 2025-04-01", "quarter 4 2025-05-15 2027-03-31", "year 4 2025-04-01"] {
        let calendar = calendar(of);
        for prior in [Prior::Period, Prior::Year] {
            let mut on = day("2024-01-01");
            while on < day("2027-06-01") {
                let following = calendar.following(on, prior);
                let held: Vec<Period> = calendar
                    .up_to(day("2029-01-01"))
                    .into_iter()
                    .filter(|period| calendar.holds(period, prior, on))
                    .collect();
                assert_eq!(following.as_ref(), held.first(), "{of} {prior:?} {on}");
                on = on.tomorrow().expect("a day");
            }
        }
    }
}

#[test]
fn after_the_last_period_there_is_one_more() {
    let quarter = calendar("quarter 4 2026-04-01 2026-08-31");
    let second = quarter.containing(day("2026-08-01")).expect("a period");
    assert_eq!(second.end, day("2026-09-01"));
    assert_eq!(&*quarter.next(&second).expect("a next").name, "2026Q3");
    let whole = calendar("program 1 2026-04-01 2026-06-30");
    let only = whole.containing(day("2026-04-01")).expect("a period");
    assert_eq!(&*whole.next(&only).expect("a next").name, "after");
    assert_eq!(calendar("program 1 2026-04-01").next(&only), None);
}
