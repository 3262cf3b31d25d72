use domain::code::FactKey;

use super::*;
use crate::ingest::mapping::Field;
use crate::ingest::row::{FactRow, Mapper};
use crate::ingest::source::Record;

/// A row of `HEADER` as the API would read it.
fn fact(row: &str) -> FactRow {
    let headings: Vec<String> = HEADER.split(',').map(str::to_owned).collect();
    let mapper = Mapper::new(&sales(), &headings).unwrap();
    mapper.fact(&Record::of_cells(1, row.split(','))).unwrap()
}

fn posted(row: &str) -> PostedRow {
    let raw = format!("{{\"row\":\"{row}\"}}");
    let content = match row.split_once(' ') {
        Some(("correct", row)) => Posted::Correction(fact(row)),
        Some(("cancel", key)) => Posted::Cancellation(FactKey::new(key)),
        _ => Posted::New(fact(row)),
    };
    PostedRow { content, raw }
}

/// Posts rows and gives a word for each.
async fn post(office: &Office, actor: &Actor, rows: &[&str]) -> (PostReport, Vec<String>) {
    let mut tx = office.db().write().await.unwrap();
    let rules = office.rules(&mut tx).await.unwrap();
    let master = office.master(&mut tx).await.unwrap();
    let rows: Vec<PostedRow> = rows.iter().map(|row| posted(row)).collect();
    let post = Post { name: "shop", actor, rows: &rows };
    let mut reports = post_facts(&mut tx, (&rules, &master), now(), &[post]).await.unwrap();
    let report = reports.remove(0);
    tx.commit().await.unwrap();
    office.accrue().await.unwrap();
    let words = report.answers.iter().map(|answer| match answer {
        PostAnswer::Accepted => "accepted".to_owned(),
        PostAnswer::Known => "known".to_owned(),
        PostAnswer::Refused(rejection) => format!("{} {}", rejection.row, rejection.reason.code()),
    });
    let words = words.collect();
    (report, words)
}

#[tokio::test]
async fn small_batches_are_answered_row_by_row() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let system = Actor::System;
        let first =
            ["A1,sale,2026-04-10,,P1,B1,4,400000,JPY,", "A2,sale,2026-04-10,,P9,B1,4,1,JPY,"];
        let (report, words) = post(&office, &system, &first).await;
        assert_eq!(words, ["accepted", "2 unknown_partner"]);
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 4000"]);
        let mut reader = db.read().await.unwrap();
        let row = source_row(&mut reader, report.import_id.unwrap(), 1).await.unwrap().unwrap();
        assert_eq!(row.raw, format!("{{\"row\":\"{}\"}}", first[0]), "as it was sent");
        assert_eq!(list(&mut reader, &Filter::default(), (0, 9)).await.unwrap().1, 2);
        drop(reader);

        let second = [
            "A1,sale,2026-04-10,,P1,B1,4,400000,JPY,",
            "A1,sale,2026-04-10,,P1,B1,5,400000,JPY,",
            "correct A1,sale,2026-04-10,,P1,B1,5,500000,JPY,",
            "correct A7,sale,2026-04-10,,P1,B1,5,500000,JPY,",
            "cancel A7",
            "correct A7,sale,2026-04-10,,P9,B1,5,500000,JPY,",
            "correct A1,sale,2026-04-10,,P9,B1,5,500000,JPY,",
        ];
        let (_, words) = post(&office, &system, &second).await;
        assert_eq!(
            words,
            [
                "known",
                "2 other_content",
                "accepted",
                "4 unknown_fact",
                "5 unknown_fact",
                "6 unknown_fact",
                "7 unknown_partner",
            ]
        );
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 5000"]);
        let (_, words) = post(&office, &system, &["cancel A1", "cancel A1"]).await;
        assert_eq!(words, ["accepted", "known"]);
        assert!(figures(&office).await.1.is_empty());
        let (none, words) = post(&office, &system, &["cancel A1"]).await;
        assert_eq!((none.import_id, words), (None, vec!["known".to_owned()]));
    })
    .await;
}

#[tokio::test]
async fn a_partners_token_reaches_only_its_own_facts() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let sale = "A1,sale,2026-04-10,,P2,B1,4,400000,JPY,";
        post(&office, &Actor::System, &[sale]).await;
        let mut reader = db.read().await.unwrap();
        let own = office.master(&mut reader).await.unwrap().partner_id("P1");
        drop(reader);
        let id = Id::new(Kind::ApiToken, now());
        let actor = Actor::Token { id, name: "till".to_owned(), scopes: Vec::new(), partner: own };
        let rows = [
            "cancel A1",
            "correct A1,sale,2026-04-10,,P1,B1,4,400000,JPY,",
            sale,
            "B1,sale,2026-04-10,,P1,B1,1,100000,JPY,",
            "correct B1,sale,2026-04-10,,P1,B1,1,200000,JPY,",
        ];
        let (_, words) = post(&office, &actor, &rows).await;
        assert_eq!(
            words,
            ["1 unknown_fact", "2 unknown_fact", "3 unknown_partner", "accepted", "accepted"]
        );
        assert_eq!(figures(&office).await.1, ["P1 2026Q1 2000", "P2 2026Q1 4000"]);
    })
    .await;
}

#[test]
fn api_rows_are_named_by_their_fields() {
    let mapping = Mapping::new("api", Feeds::Facts);
    assert_eq!(crate::imports::read::label(&mapping, &Field::Partner), "partner");
}
