mod enrol;
mod review;
mod versions;

use jiff::civil::Date;

use super::*;
use crate::catalog::{Item, Names, load_master, set_code_list, upsert_partners};
use crate::db::Db;
use crate::db::testing::for_each_database;

fn now() -> Timestamp {
    "2026-06-12T00:42:00Z".parse().unwrap()
}

/// A program with these lines in its header and these words in its term.
fn text(head: &str, term: &str) -> String {
    let head = head.replace(" | ", "\n");
    format!(
        "program: p\ncurrency: JPY\nstarts: 2026-04-01\nends: 2027-03-31\n{head}\nterms:\n  \
         - {{ term: a, measure: sum(amount), rate: 1%{term} }}\n"
    )
}

/// Partners P1 and P2, and a list of codes.
async fn known_world(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let item = |code| Item::new(code, Names::new(), domain::master::Fields::new()).unwrap();
    let items = vec![item("P1"), item("P2")];
    upsert_partners(&mut tx, now(), &Actor::System, Date::MIN, items).await.unwrap();
    let codes = ["B1".to_owned()];
    set_code_list(&mut tx, now(), &Actor::System, "spring", &codes).await.unwrap();
    tx.commit().await.unwrap();
}

/// Saves a text and activates it; what was refused, if it was.
async fn act(db: &Db, text: &str) -> Result<Check, Vec<String>> {
    let mut tx = db.write().await.unwrap();
    let (program, check) = save_draft(&mut tx, &Actor::System, now(), text).await.unwrap();
    let master = load_master(&mut tx).await.unwrap();
    let of = (program.code.as_str(), program.version);
    match activate(&mut tx, &master, &Actor::System, now(), of).await {
        Ok(()) => {
            tx.commit().await.unwrap();
            Ok(check)
        }
        Err(ProgramError::Problems(problems)) => {
            assert_eq!(check.problems, problems, "the draft was told the same");
            Err(problems.iter().map(ToString::to_string).collect())
        }
        Err(other) => panic!("{other}"),
    }
}

/// Each line `head || term -> what refuses it`, or `ok`. They are activated one after the other,
/// and what is refused leaves nothing behind.
async fn check_all(cases: &str) {
    for_each_database(async |db| {
        known_world(&db).await;
        let mut wrong = Vec::new();
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (said, expected) = case.split_once(" -> ").expect("`->`");
            let (head, term) = said.split_once("||").expect("`||`");
            let got = match act(&db, &text(head.trim(), term.trim_end())).await {
                Ok(_) => "ok".to_owned(),
                Err(problems) => problems.join(" && "),
            };
            if got != expected {
                wrong.push(format!("{said} -> {got}"));
            }
        }
        assert!(wrong.is_empty(), "otherwise:\n{}", wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn what_a_program_names_must_be_there() {
    check_all(
        "
        partners: [P1, P3] || -> 5:16: error: unknown partner `P3`; did you mean `P1`?
        partners: [{ partner: P1, ship_to: X }] || -> 5:12: error: unknown partner `X`; add the partner, or correct its name
        || , when: product.code in list(\"sprng\") -> 7:49: error: term `a`: unknown product list `sprng`; did you mean `spring`?
        lists: { own: [B1] } || , when: product.code in list(\"own\") -> ok
        version: 2 | amends: { from: 2026-08-01 } | partners: [P1, P2] || , when: product.code in list(\"spring\") -> ok
        ",
    )
    .await;
}

#[tokio::test]
async fn a_version_must_fit_to_the_ones_before_it() {
    check_all(
        "
        version: 2 | amends: { from: 2026-08-01 } || -> 1:1: error: version 2 has no version before it; activate version 1 first
        || -> ok
        version: 2 | amends: { from: 2026-04-01 } || -> 6:11: error: `amends.from` is not after the version before, which acts from 2026-04-01; write a later day, or `corrects` to replace it
        version: 2 | amends: { from: 2026-08-01 } || , periods: { every: month } -> 8:49: error: term `a`: a later version changes the term's `periods`; that is a new term: give it a code of its own
        version: 2 | amends: { from: 2026-08-01 } || , group_by: [product.brand] -> 8:49: error: term `a`: a later version changes the term's `group_by`; that is a new term: give it a code of its own
        version: 2 | amends: { from: 2026-08-01 } || -> ok
        version: 4 | corrects: 3 || -> 6:1: error: `corrects` a version that is not there: 3; name a version that exists
        version: 3 | amends: { from: 2026-08-01 } || -> 6:11: error: `amends.from` is not after the version before, which acts from 2026-08-01; write a later day, or `corrects` to replace it
        version: 3 | corrects: 2 || -> ok
        ",
    )
    .await;
}

#[tokio::test]
async fn a_warning_is_told_and_refuses_nothing() {
    for_each_database(async |db| {
        known_world(&db).await;
        let text = text("partners: [P1]", ", returns: ignored");
        let check = act(&db, &text).await.expect("activated");
        let told: Vec<String> = check.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("warning: term `a`: `returns: ignored`"), "{told:?}");

        let mut reader = db.read().await.unwrap();
        let again = super::check(&mut reader, &text).await.unwrap();
        assert_eq!(again.problems, check.problems, "the text that acts is still the same");
    })
    .await;
}

#[tokio::test]
async fn a_new_draft_replaces_no_other() {
    for_each_database(async |db| {
        let mut tx = db.write().await.unwrap();
        let (first, second) = (text("name: one", ""), text("name: two", ""));
        let by = Actor::System;
        create_draft(&mut tx, &by, now(), &first).await.unwrap();
        for again in [&first, &second] {
            let refused = create_draft(&mut tx, &by, now(), again).await;
            assert!(matches!(refused, Err(ProgramError::DraftAlready { version: 1, .. })));
        }
        let program = rules::program_by_code(&mut tx, "p").await.unwrap().unwrap();
        let kept = rules::version_text(&mut tx, program.program_id, 1).await.unwrap().unwrap();
        assert_eq!(kept.text, first);
        let saved = async |tx: &mut Tx| {
            let found = audit::page(tx, &audit::Filter::default(), 9).await.unwrap();
            found.iter().filter(|entry| entry.action == "save_draft").count()
        };
        for (text, count) in [(&first, 1), (&second, 2), (&second, 2)] {
            save_draft(&mut tx, &by, now(), text).await.unwrap();
            assert_eq!(saved(&mut tx).await, count, "the same text once more changes nothing");
        }
        let kept = rules::version_text(&mut tx, program.program_id, 1).await.unwrap().unwrap();
        assert_eq!(kept.text, second);
    })
    .await;
}
