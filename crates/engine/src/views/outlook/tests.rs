use super::*;
use crate::db::testing::for_each_database;
use crate::views::story::{self, TODAY, noon};

/// A sum agreed on, one paid as sales go, and one that accrues at the tier of a declared figure.
const AGREED: &str = "
program: agreed
currency: EUR
starts: 2026-04-01
periods: { every: quarter }
terms:
  - { term: fee, facts: none, fixed: 90 }
  - { term: sales, measure: sum(amount), rate: 1% }
";

/// `program period basis: accrued forecast difference settled paid`.
fn lines(rows: &[Outlook]) -> Vec<String> {
    let line = |row: &Outlook| {
        let amounts = [row.accrued, row.forecast, row.difference(), row.settled, row.paid];
        let amounts = amounts.map(|amount| amount.normalize().to_string()).join(" ");
        format!("{} {} {}: {amounts}", row.program, row.period.name, row.basis.word())
    };
    rows.iter().map(line).collect()
}

#[tokio::test]
async fn what_is_accrued_stands_beside_where_it_leads() {
    for_each_database(async |db| {
        story::tell(&db).await;
        story::activate(&db, AGREED).await;
        let story = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let mut read = async |program, which| {
            let asked = (program, which);
            let found = outlook(&mut reader, &story.rules, noon(TODAY), asked).await;
            lines(&found.expect("reads"))
        };
        // 61 of 91 days are over. Five partners have 90 each agreed, which does not grow with
        // days; 1 % of 9,050.10 does.
        assert_eq!(
            read(None, Which::Running).await,
            [
                "agreed 2026Q2 pace: 540.5 585.01 44.51 0 0",
                "growth 2026Q2 pace: 63 93.98 30.98 0 0",
                "volume 2026Q2 pace: 100 149.18 49.18 0 0",
            ]
        );
        assert_eq!(
            read(Some("volume"), Which::Ended).await,
            [
                "volume 2026Q1 final: 0 0 0 0 0",
                "volume 2025Q4 final: 0 0 0 0 0",
                "volume 2025Q3 final: 0 0 0 0 0",
                "volume 2025Q2 final: 18 18 0 0 0",
            ]
        );
        assert_eq!(read(Some("volume"), Which::All).await.len(), 5);
        assert!(read(Some("no"), Which::All).await.is_empty());
    })
    .await;
}
