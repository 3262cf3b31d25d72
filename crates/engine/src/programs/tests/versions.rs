//! Versions that come while life goes on: the ledger says what a fresh try of the same story says.

use std::collections::BTreeMap;

use domain::case::{self, Story};
use domain::program::{Program, Revision, Thresholds};
use jiff::civil::date;

use super::*;
use crate::accrue;
use crate::db::date_of;
use crate::ledger;
use crate::rules;
use crate::settle;
use crate::views::story::{know, noon, take};

/// 1 % from the first euro, 2 % from 2,000, by quarter, paid by quarter.
const FIRST: &str = "\
program: v
currency: EUR
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter }
terms:
  - term: t
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 0, rate: 1% }
      - { from: 2000, rate: 2% }
";

/// What happens, a line each: `day sale KEY PARTNER BUSINESS-DAY AMOUNT`, `day close PERIOD`,
/// `day correct VERSION | amend DAY | split DAY | end DAY, with REPLACED => REPLACEMENT`.
async fn check(story: &str) {
    for_each_database(async |db| {
        known_world(&db).await;
        let mut told = Told { texts: Vec::new(), timeline: Vec::new(), until: None };
        told.activate(&db, date(2026, 1, 1), FIRST.to_owned()).await;
        for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
            told.step(&db, line).await;
            let ledger = booked(&db).await;
            let tried = told.tried();
            assert_eq!(ledger, accruals(&tried), "after `{line}`\n{}", told.case());
            assert_eq!(awarded(&db).await, awards(&tried), "after `{line}`\n{}", told.case());
        }
    })
    .await;
}

struct Told {
    texts: Vec<String>,
    timeline: Vec<String>,
    until: Option<Date>,
}

impl Told {
    async fn step(&mut self, db: &Db, line: &str) {
        let (day, what) = line.split_once(' ').expect("a day");
        let day: Date = day.parse().expect("a day");
        self.until = Some(day);
        let words: Vec<&str> = what.split_whitespace().collect();
        match words.as_slice() {
            ["sale", key, partner, on, amount] => {
                let fact = format!("{on} sale {key} {partner} - 1 {amount}");
                take(db, &fact, noon(day)).await;
                self.timeline.push(format!(
                    "{{ on: {on}, recorded: {day}, sale: {key}, partner: {partner}, \
                     quantity: 1, amount: {amount} }}"
                ));
            }
            ["close", period] => {
                let mut tx = db.write().await.unwrap();
                let master = load_master(&mut tx).await.unwrap();
                let of = ("v", *period);
                let note = settle::CloseNote::everything("looked at");
                settle::close(&mut tx, &master, &Actor::System, noon(day), of, &note)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                self.timeline.push(format!("{{ on: {day}, close: {period}, program: v }}"));
            }
            _ => self.revise(db, day, what).await,
        }
        know_at(db).await;
    }

    async fn revise(&mut self, db: &Db, day: Date, what: &str) {
        let (what, replaced) = what.split_once(", with ").unwrap_or((what, ""));
        let (word, of) = what.split_once(' ').expect("what is revised");
        let from = || of.parse::<Date>().expect("a day");
        let (of, revision) = match word {
            "correct" => (of.parse().ok(), Revision::Correct),
            "amend" => (None, Revision::Amend { from: from(), thresholds: Thresholds::Whole }),
            "split" => (None, Revision::Amend { from: from(), thresholds: Thresholds::Split }),
            "end" => (None, Revision::End { last: from() }),
            other => panic!("`{other}`"),
        };
        let mut reader = db.read().await.unwrap();
        let begun = begin(&mut reader, "v", of, &revision).await.unwrap();
        let mut text = begun.text.replacen("version:", &format!("recorded: {day}\nversion:"), 1);
        if let Some((old, new)) = replaced.split_once(" => ") {
            assert!(text.contains(old), "`{old}` in\n{text}");
            text = text.replace(old, new);
        }
        drop(reader);
        self.activate(db, day, text).await;
    }

    async fn activate(&mut self, db: &Db, day: Date, text: String) {
        let mut tx = db.write().await.unwrap();
        let now = noon(day);
        let (program, check) = save_draft(&mut tx, &Actor::System, now, &text).await.unwrap();
        assert!(check.may_act(), "{:?}\n{text}", check.problems);
        let master = load_master(&mut tx).await.unwrap();
        let of = (program.code.as_str(), program.version);
        activate(&mut tx, &master, &Actor::System, now, of).await.unwrap();
        tx.commit().await.unwrap();
        self.texts.push(text);
    }

    fn case(&self) -> String {
        let until = self.until.map(|day| format!("until: {day}\n")).unwrap_or_default();
        let timeline: Vec<String> =
            self.timeline.iter().map(|line| format!("  - {line}\n")).collect();
        let timeline = timeline.concat();
        let timeline =
            if timeline.is_empty() { " []\n".to_owned() } else { format!("\n{timeline}") };
        format!("case: v\nprograms: [v.yaml]\n{until}timeline:{timeline}expect: []\n")
    }

    fn tried(&self) -> Story {
        let text = self.case();
        let case = case::parse(&text).into_result().unwrap_or_else(|p| panic!("{p:#?}\n{text}"));
        let programs: Vec<Program> = self
            .texts
            .iter()
            .map(|text| domain::program::parse(text).into_result().expect("a program"))
            .collect();
        case.run(programs).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }
}

/// Partner, period it was earned in, accounting period, kind: and what it comes to.
type Booked = BTreeMap<(String, Date, Date, String), Decimal>;

use rust_decimal::Decimal;

async fn booked(db: &Db) -> Booked {
    let mut reader = db.read().await.unwrap();
    let master = load_master(&mut reader).await.unwrap();
    let mut booked = Booked::new();
    let sums = ledger::accrual_sums(&mut reader).await.unwrap();
    for (of, sum) in sums {
        let (partner, period) = (of.payee_id, of.period_day);
        let (accounting, kind) = (of.booked_day, of.kind);
        let partner = master.partner_code(partner).expect("a partner").to_string();
        let (period, accounting) = (date_of(period).unwrap(), date_of(accounting).unwrap());
        *booked.entry((partner, period, accounting, kind)).or_default() += sum;
    }
    booked.retain(|_, sum| !sum.is_zero());
    booked
}

fn accruals(story: &Story) -> Booked {
    let mut booked = Booked::new();
    for line in &story.at(None).expect("a snapshot").accruals {
        let key = (
            line.partner.to_string(),
            line.earned_in.start,
            line.period.start,
            line.kind.word().to_owned(),
        );
        *booked.entry(key).or_default() += line.amount;
    }
    booked.retain(|_, sum| !sum.is_zero());
    booked
}

type Awards = BTreeMap<(String, String), Decimal>;

async fn awarded(db: &Db) -> Awards {
    let mut reader = db.read().await.unwrap();
    let master = load_master(&mut reader).await.unwrap();
    let filter = accrue::AwardFilter::default();
    let (rows, _) = accrue::awards(&mut reader, &filter, (0, 1000)).await.unwrap();
    let of = |row: accrue::AwardRow| {
        let partner = master.partner_code(row.partner_id).expect("a partner").to_string();
        ((partner, row.period_name), row.amount.normalize())
    };
    rows.into_iter().map(of).filter(|(_, amount)| !amount.is_zero()).collect()
}

fn awards(story: &Story) -> Awards {
    let lines = &story.at(None).expect("a snapshot").awards;
    let of = |line: &case::AwardLine| {
        ((line.partner.to_string(), line.period.name.to_string()), line.award.amount.normalize())
    };
    lines.iter().map(of).filter(|(_, amount)| !amount.is_zero()).collect()
}

async fn know_at(db: &Db) {
    let _ = know(db).await;
}

#[tokio::test]
async fn a_correction_posts_the_difference_where_it_is_open_and_afterwards_where_it_is_closed() {
    check(
        "
        2026-02-10 sale S1 P1 2026-02-10 1500
        2026-02-11 sale S2 P2 2026-02-11 2500
        2026-04-10 close 2026Q1
        2026-04-20 sale S3 P1 2026-04-20 800
        2026-05-05 sale S4 P1 2026-05-05 2100
        2026-05-31 correct 1, with rate: 2% => rate: 2.5%
        2026-06-02 sale S5 P1 2026-03-20 600
        2026-07-10 close 2026Q2
        2026-07-20 correct 2, with from: 2000 => from: 2600
        2026-10-10 close 2026Q3
        ",
    )
    .await;
}

#[tokio::test]
async fn an_amendment_cuts_a_period_and_leaves_what_came_before() {
    check(
        "
        2026-04-10 close 2026Q1
        2026-04-20 sale S1 P1 2026-04-20 1500
        2026-05-05 sale S2 P1 2026-05-05 700
        2026-05-06 sale S3 P2 2026-05-06 900
        2026-05-31 amend 2026-05-01, with rate: 2% => rate: 3%
        2026-06-15 sale S4 P2 2026-06-15 1200
        2026-07-10 close 2026Q2
        2026-07-12 sale S5 P2 2026-04-02 400
        2026-08-01 correct 2, with rate: 3% => rate: 4%
        2026-10-10 close 2026Q3
        ",
    )
    .await;
    check(
        "
        2026-04-10 close 2026Q1
        2026-04-20 sale S1 P1 2026-04-20 1500
        2026-05-05 sale S2 P1 2026-05-05 1500
        2026-05-31 split 2026-05-16, with rate: 1% => rate: 1.5%
        2026-06-15 sale S4 P1 2026-06-15 1200
        2026-07-10 close 2026Q2
        ",
    )
    .await;
}

#[tokio::test]
async fn a_program_that_ends_early_counts_nothing_after_its_last_day() {
    check(
        "
        2026-04-10 close 2026Q1
        2026-04-20 sale S1 P1 2026-04-20 1500
        2026-06-05 sale S2 P1 2026-06-05 1500
        2026-06-10 end 2026-05-31
        2026-06-15 sale S3 P1 2026-06-15 1200
        2026-06-16 sale S4 P1 2026-05-31 100
        2026-07-10 close 2026Q2
        ",
    )
    .await;
}

#[tokio::test]
async fn a_version_begins_with_the_text_it_comes_from() {
    for_each_database(async |db| {
        known_world(&db).await;
        act(&db, FIRST).await.expect("active");
        let mut reader = db.read().await.unwrap();
        let amend = |from| Revision::Amend { from, thresholds: Thresholds::Whole };
        let copy = |code: &str| Revision::Copy { code: domain::code::ProgramCode::new(code) };
        let cases = [
            ("v", None, Revision::Correct, "version 2"),
            ("v", Some(1), amend(date(2026, 5, 1)), "version 2"),
            ("v", None, copy("w"), "version 1"),
            ("v", None, copy("v"), "there is a program `v` already; give the copy another code"),
            (
                "v",
                None,
                copy("a b"),
                "`a b` cannot be a code; use letters, digits, `-`, `_` and `.`",
            ),
            ("v", Some(7), Revision::Correct, "there is no version 7 of `v` that reads"),
            ("x", None, Revision::Correct, "there is no version 1 of `x` that reads"),
            (
                "v",
                None,
                amend(date(2026, 1, 1)),
                "2026-01-01 is no day of this version; choose one after 2026-01-01 and within the \
                 program",
            ),
            (
                "v",
                None,
                Revision::End { last: date(2027, 1, 1) },
                "2027-01-01 is no day of this version; choose one after 2026-01-01 and within the \
                 program",
            ),
        ];
        for (code, of, revision, expected) in cases {
            let got = match begin(&mut reader, code, of, &revision).await {
                Ok(begun) => {
                    let check = super::super::check(&mut reader, &begun.text).await.unwrap();
                    assert!(check.may_act(), "{:?}\n{}", check.problems, begun.text);
                    format!("version {}", begun.version)
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(got, expected, "{revision:?}");
        }
        assert_eq!(rules::programs(&mut reader).await.unwrap().len(), 1, "nothing is saved");
    })
    .await;
}
