use std::collections::BTreeSet;

use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::code::PartnerCode;
use crate::master::{Master, Partner};
use crate::reader::mutations;

const COURSE: &str = r#"course: ebike-basics
name: { en: E-bikes in the workshop, ja: 工房のeバイク }
description: { en: What differs, ja: 何が違うか }
minutes: 20
fields: { partner.business_type: text }
when: partner.country == "JP" && partner.business_type == "specialty_store"
pages:
  - page: battery
    name: { en: The battery, ja: バッテリー }
    text: { en: "Switch it **off** first.", ja: "まず**電源を切ります**。" }
    video: https://videos.example/battery
    files:
      - { name: { en: Checklist }, link: https://files.example/checklist.pdf }
  - page: motor
    name: { en: The motor, ja: モーター }
    text: { en: Read the hours. }
quiz:
  pass: 66%
  tries: 3
  questions:
    - question: off
      asks: { en: What comes first? }
      options:
        - { text: { en: Switch it off }, right: true }
        - { text: { en: Take the wheel out } }
      why: { en: "A motor that starts takes fingers." }
    - question: tools
      asks: { en: Which are needed? }
      choose: several
      options:
        - { text: A, right: true }
        - { text: B, right: true }
        - { text: C }
    - question: water
      asks: { en: A battery may be washed with a hose. }
      is: false
certificate: { name: { en: E-bike mechanic }, valid: 2 years }
"#;

fn course() -> Course {
    parse(COURSE).into_result().expect("a course")
}

fn answers(text: &[(&str, &[usize])]) -> Answers {
    text.iter().map(|(code, at)| ((*code).to_owned(), at.iter().copied().collect())).collect()
}

#[test]
fn a_course_is_read() {
    let course = course();
    assert_eq!(course.pages().len(), 2);
    assert_eq!(course.page("motor").map(|(at, _)| at), Some(1));
    let quiz = course.quiz.as_ref().expect("a quiz");
    assert_eq!((quiz.pass, quiz.tries, quiz.shuffle), (Decimal::new(66, 2), Some(3), true));
    let chosen: Vec<Choose> = quiz.questions().iter().map(|it| it.choose).collect();
    assert_eq!(chosen, [Choose::One, Choose::Several, Choose::TrueFalse]);
    assert_eq!(quiz.questions()[2].right(), BTreeSet::from([1]));
    assert_eq!(quiz.needs(), 2);
    let certificate = course.certificate.expect("a certificate");
    assert_eq!(certificate.last_day(date(2026, 4, 1)), Some(date(2028, 3, 31)));
    assert_eq!(certificate.remind_days, REMIND_DAYS);
}

/// 66 % of 3 is 1.98: 2 pass, and nothing is divided on the way.
#[test]
fn answers_are_compared_with_what_is_right() {
    let course = course();
    let quiz = course.quiz.expect("a quiz");
    let cases: &[(&[(&str, &[usize])], u32, bool)] = &[
        (&[], 0, false),
        (&[("off", &[0]), ("tools", &[0, 1]), ("water", &[1])], 3, true),
        (&[("off", &[0]), ("tools", &[0]), ("water", &[1])], 2, true),
        (&[("off", &[0]), ("tools", &[0, 1, 2]), ("water", &[0])], 1, false),
        (&[("off", &[0, 1]), ("tools", &[0, 1])], 1, false),
    ];
    for (given, right, passed) in cases {
        let graded = quiz.grade(&answers(given));
        assert_eq!((graded.right_count(), graded.of, graded.passed), (*right, 3, *passed));
    }
    assert_eq!(share(2, 3).to_string(), "0.6666");
    assert_eq!(share(3, 3).to_string(), "1");
}

/// A whole third is a third: 33.34 % of 3 needs two, 33.33 % one.
#[test]
fn a_pass_mark_is_not_rounded() {
    for (pass, needs) in [("33.33%", 1), ("33.34%", 2), ("100%", 3), ("0.01%", 1)] {
        let text = COURSE.replace("pass: 66%", &format!("pass: {pass}"));
        let quiz = parse(&text).into_result().expect("a course").quiz.expect("a quiz");
        assert_eq!(quiz.needs(), needs, "{pass}");
    }
}

#[test]
fn a_sheet_is_drawn_again_and_read_back() {
    let course = course();
    let quiz = course.quiz.expect("a quiz");
    assert_eq!(quiz.sheet("usr_1/1"), quiz.sheet("usr_1/1"));
    let mut orders = BTreeSet::new();
    for at in 0..50 {
        let sheet = quiz.sheet(&format!("usr_1/{at}"));
        let codes = sheet.questions.iter().map(|it| it.question.code.clone());
        orders.insert(codes.collect::<Vec<_>>().join(" "));
        // Whoever chooses what is right, wherever it stands, has all of it.
        let right = sheet.questions.iter().enumerate().flat_map(|(number, shown)| {
            let right = shown.question.right();
            let places = shown.order.iter().enumerate().filter(move |(_, at)| right.contains(at));
            places.map(move |(place, _)| (number, place)).collect::<Vec<_>>()
        });
        let graded = quiz.grade(&sheet.read(right));
        assert_eq!(graded.right_count(), 3, "sheet {at}");
        let true_false = sheet.questions.iter().find(|it| it.question.code == "water");
        assert_eq!(true_false.expect("it is there").order, [0, 1], "true stands first");
    }
    assert_eq!(orders.len(), 6, "every order comes up");
    assert_eq!(quiz.sheet("x").read([(9, 0), (0, 9)].into_iter()), Answers::new());
    let still = COURSE.replace("  tries: 3", "  shuffle: false");
    let still = parse(&still).into_result().expect("a course").quiz.expect("a quiz");
    let sheet = still.sheet("anything");
    let codes: Vec<&str> = sheet.questions.iter().map(|it| &*it.question.code).collect();
    assert_eq!(codes, ["off", "tools", "water"]);
    assert!(sheet.questions.iter().all(|it| it.order.is_sorted()));
}

#[test]
fn a_course_is_for_whom_its_condition_names() {
    let fields = |country: &str| {
        let entries = [("country", country), ("business_type", "specialty_store")];
        entries.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    };
    let mut master = Master::default();
    let (here, there) = (PartnerCode::new("P1"), PartnerCode::new("P2"));
    master.partners.insert(here.clone(), Partner::new(fields("JP")));
    master.partners.insert(there.clone(), Partner::new(fields("US")));
    let (course, day) = (course(), date(2026, 6, 1));
    let nothing = std::collections::BTreeSet::new();
    assert!(course.is_for(&here, day, &master, &nothing));
    assert!(!course.is_for(&there, day, &master, &nothing));
    assert!(!course.is_for(&PartnerCode::new("P9"), day, &master, &nothing));
    let open = COURSE.lines().filter(|line| !line.starts_with("when")).collect::<Vec<_>>();
    let text = open.join("\n");
    let open = parse(&text).into_result().expect("a course");
    assert!(open.is_for(&there, day, &master, &nothing));
    // What a benefit has to open is closed without it, whatever the condition says.
    let gated = format!("access: academy\n{text}");
    let gated = parse(&gated).into_result().expect("a course");
    assert!(!gated.is_for(&there, day, &master, &nothing));
    assert!(gated.is_for(&there, day, &master, &["academy".to_owned()].into()));
}

/// What is replaced in the course, by what, and what is said then: `line:column: …`.
#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases: &[(&str, &str, &str)] = &[
        ("minutes: 20", "minuts: 20", "4:1: error: unknown key `minuts` in a course, did you mean"),
        ("course: ebike-basics", "course: a/b", "`a/b` has a stroke"),
        ("partner.country == \"JP\"", "fact.amount > 1", "depends on more than partners"),
        ("partner.country == \"JP\"", "partner.land == \"JP\"", "partner.land"),
        ("  - page: motor", "  - page: battery", "two pages are called `battery`"),
        ("    text: { en: Read the hours. }\n", "", "the page has nothing on it"),
        ("https://videos.example/battery", "videos.example", "is not an address"),
        ("https://videos.example/battery", "javascript:alert(1)", "is not an address"),
        ("https://files.example/checklist.pdf", "\"https://a b\"", "is not an address"),
        ("pass: 66%", "pass: 0%", "`pass` is a share above 0 %"),
        ("pass: 66%", "pass: 101%", "`pass` is a share above 0 %"),
        ("tries: 3", "tries: 0", "`tries` is a number from 1 to 100"),
        ("question: tools", "question: off", "two questions are called `off`"),
        ("is: false", "choose: one\n      is: false", "a sentence that is true or not has no"),
        ("      is: false\n", "", "a question has either `options` or `is`"),
        ("      choose: several\n", "", "more than one option is right"),
        ("{ text: { en: Switch it off }, right: true }", "{ text: x }", "no option is right"),
        ("        - { text: { en: Take the wheel out } }\n", "", "2 to 12 options"),
        ("valid: 2 years", "valid: soon", "`soon` is not a span of time"),
        ("valid: 2 years", "remind: 3 days", "`remind` without `valid`"),
        ("    name: { en: The motor, ja: モーター }\n", "", "`name` is required"),
    ];
    for (there, instead, says) in cases {
        let text = COURSE.replacen(there, instead, 1);
        assert_ne!(text, COURSE, "`{there}` stands there");
        let read = parse(&text);
        let said: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        assert!(read.value.is_none(), "`{instead}` is refused");
        assert!(said.iter().any(|it| it.contains(says)), "`{says}` in {said:#?}");
    }
    let empty = parse("course: c\nname: N\npages: []\n");
    let said: Vec<String> = empty.problems.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["3:1: error: `pages` is empty; add `- page: …`"]);
    let page = |at| format!("- {{ page: P{at}, name: N, text: T }}");
    let long = (0..=PAGES_MAX).map(page).collect::<Vec<_>>().join("\n");
    let long = parse(&format!("course: c\nname: N\npages:\n{long}"));
    assert!(long.problems[0].to_string().contains("`pages` has more than 200 entries"));
}

/// Whatever is written, reading ends, and what has no value says why.
#[test]
fn nearly_a_course_is_read_without_harm() {
    mutations(COURSE, 2_000, |text| {
        let read = parse(text);
        assert!(
            read.value.is_some() || read.problems.iter().any(crate::problem::Problem::is_error)
        );
        if let Some(quiz) = read.value.and_then(|course| course.quiz) {
            assert!(!quiz.grade(&Answers::new()).passed, "nothing answered is nothing passed");
        }
    });
}
