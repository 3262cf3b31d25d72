//! What is found about drafts of a story's program, on every database.

use super::*;
use crate::db::testing::for_each_database;
use crate::views::story::{self, TODAY, VOLUME};

fn said(finding: &Finding) -> String {
    match finding {
        Finding::NoVersion { from, to } => format!("no version {from} {to}"),
        Finding::NoRow { term, from, to } => format!("no row {term} {from} {to}"),
        Finding::NoTable { term, group, lines, partners } => {
            format!("{term} has no table for {group}, {lines} of {partners}")
        }
        Finding::Unreachable { term, row, why, .. } => format!("{term} row {row} {why:?}"),
        Finding::NeverMet { term, condition } => {
            let term = term.as_ref().map_or("-", |term| term.as_str());
            format!("never {term} {condition}")
        }
        Finding::NothingCounts { term } => format!("nothing {term}"),
        Finding::Overlap { term, program, other, lines, of } => {
            format!("overlap {term} {program}/{other} {lines} of {of}")
        }
        Finding::Waiting { reason, what, lines, partners } => {
            format!("{} {what} {lines} of {partners}", reason.word())
        }
        Finding::NoFigures { term, table, partners, of, named } => {
            format!("{term} {table} {partners} of {of} {named:?}")
        }
        Finding::NoFacts { partners, of, named } => {
            format!("idle {partners} of {of} {named:?}")
        }
    }
}

/// What is replaced in a copy of the story's program, and what is found.
async fn check(replaced: &[(&str, &str)], expected: &[&str]) {
    let mut text = VOLUME.replace("program: volume", "program: draft");
    for (old, new) in replaced {
        assert!(text.contains(old), "`{old}`");
        text = text.replace(old, new);
    }
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let parsed = domain::program::parse(&text);
        let program = parsed.into_result().unwrap_or_else(|p| panic!("{p:#?}\n{text}"));
        let mut reader = db.read().await.expect("reads");
        let of = (&program, &[][..]);
        let found = findings(&mut reader, &story.rules, &story.master, TODAY, of).await;
        let found = found.expect("looks");
        let got: Vec<String> = found.found.iter().map(said).collect();
        assert_eq!(got, expected, "{text}");
        assert!(!found.is_sample && found.facts > 0);
    })
    .await;
}

const OVERLAPS: [&str; 2] =
    ["overlap bikes volume/bikes 5 of 5", "overlap bikes growth/all 5 of 5"];

#[tokio::test]
async fn a_copy_of_what_acts_meets_it_on_every_line() {
    let idle = "idle 1 of 4 [\"P5\"]";
    check(&[], &[OVERLAPS[0], OVERLAPS[1], idle]).await;
}

#[tokio::test]
async fn conditions_that_nothing_meets_are_named() {
    check(&[("\"Bikes\"", "\"Bycicles\"")], &["never bikes product.category == \"Bycicles\""])
        .await;
    check(
        &[("partner.country == \"DE\"", "partner.country == \"DE\" && partner.level == \"x\"")],
        &["never - partner.level == \"x\""],
    )
    .await;
    check(&[("\"Bikes\"", "\"Clothing\""), ("\"DE\"", "\"FR\"")], &["nothing bikes"]).await;
}

#[tokio::test]
async fn rates_figures_and_rows_that_are_missing_are_named() {
    let idle = "idle 1 of 4 [\"P5\"]";
    check(&[("currency: EUR", "currency: USD")], &["no_rate EUR 6 of 3"]).await;
    check(
        &[
            (
                "measure: sum(amount)",
                "target: goals\n    qualifier: { total: sum(amount), as: \
          attainment }\n    measure: sum(amount)",
            ),
            ("from: 1000", "from: 80%"),
            ("from: 2000", "from: 100%"),
        ],
        &["bikes goals 4 of 4 [\"P1\", \"P2\", \"P3\", \"P5\"]", OVERLAPS[0], OVERLAPS[1], idle],
    )
    .await;
    check(
        &[
            ("rate: 1%, name", "rate: 1%, starts: 2026-01-01, name"),
            ("rate: 2%, name", "rate: 2%, ends: 2025-06-30, name"),
        ],
        &["no row bikes 2025-07-01 2025-12-31", OVERLAPS[0], OVERLAPS[1], idle],
    )
    .await;
    check(
        &[
            ("measure: sum(amount)", "group_by: [product.code]\n    measure: sum(amount)"),
            ("{ from: 2000, rate: 2%", "{ code: B9, from: 2000, rate: 2%"),
        ],
        &["bikes row 2 Group", OVERLAPS[0], OVERLAPS[1], idle],
    )
    .await;
    check(
        &[("rate: 2%, name", "rate: 2%, ends: 2024-06-30, name")],
        &["bikes row 2 Days", OVERLAPS[0], OVERLAPS[1], idle],
    )
    .await;
}

#[tokio::test]
async fn values_without_a_row_are_named_with_what_they_would_lose() {
    let idle = "idle 1 of 4 [\"P5\"]";
    let by_code = "group_by: [product.code]\n    measure: sum(amount)";
    check(
        &[
            ("measure: sum(amount)", by_code),
            ("{ from: 1000, rate: 1%", "{ code: B9, from: 1000, rate: 1%"),
            ("{ from: 2000, rate: 2%", "{ code: B9, from: 2000, rate: 2%"),
        ],
        &[
            "bikes row 1 Group",
            "bikes row 2 Group",
            "bikes has no table for code: B1, 4 of 3",
            "bikes has no table for code: B2, 1 of 1",
            OVERLAPS[0],
            OVERLAPS[1],
            idle,
        ],
    )
    .await;
    // What is net of another term counts the same lines on purpose.
    check(
        &[("measure: sum(amount)", "net_of: [volume/bikes]\n    measure: sum(amount)")],
        &[OVERLAPS[1], idle],
    )
    .await;
    // A table of figures that says nothing for the products that are bought.
    check(
        &[
            ("measure: sum(amount)", "group_by: [product.code]\n    target: goals\n    qualifier: { total: sum(amount), as: attainment }\n    measure: sum(amount)"),
            ("from: 1000", "from: 80%"),
            ("from: 2000", "from: 100%"),
        ],
        &["bikes goals 3 of 3 [\"P1\", \"P2\", \"P3\"]", OVERLAPS[0], OVERLAPS[1], idle],
    )
    .await;
}
