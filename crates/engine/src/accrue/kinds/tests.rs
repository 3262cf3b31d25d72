use jiff::civil::date;

use super::*;
use crate::access::{Actor, Viewer};
use crate::db::testing::for_each_database;
use crate::explain;
use crate::settle::{self, CloseNote};
use crate::views::story::{self, noon};

/// From 3,000 on 2 % of everything: what was booked in April at 1 % is rated anew in May.
const MOVING: &str = "
program: moving
currency: EUR
starts: 2026-04-01
periods: { every: quarter }
accrue: { every: month }
terms:
  - term: bikes
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 1000, rate: 1% }
      - { from: 3000, rate: 2% }
";

const FACTS: &str = "
2026-04-10 sale S1 P1 B1 4 2000
2026-05-10 sale S2 P1 B1 4 2000
2026-05-11 sale T1 P2 B1 4 1500
";

#[tokio::test]
async fn a_moved_tier_is_told_apart_in_accruals_and_in_the_payout() {
    for_each_database(async |db| {
        story::tell_master_data(&db).await;
        story::activate(&db, MOVING).await;
        story::take(&db, FACTS, noon(date(2026, 5, 31))).await;
        let story = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let told = async |reader: &mut Reader, filter: AccruedFilter| {
            let (rows, total) = accruals(reader, &filter, (0, 50)).await.expect("reads");
            let row = |row: &AccruedRow| {
                let partner = story.master.partner_code(row.partner_id).expect("a partner");
                let kind = row.kind.word();
                format!("{} {partner} {kind} {}", row.accounting, row.amount.normalize())
            };
            let mut rows: Vec<String> = rows.iter().map(row).collect();
            rows.push(total.to_string());
            rows
        };
        assert_eq!(
            told(&mut reader, AccruedFilter::default()).await,
            [
                "2026-05-01 P1 base 40",
                "2026-05-01 P1 rate 20",
                "2026-05-01 P2 base 15",
                "2026-04-01 P1 base 20",
                "4",
            ]
        );
        let filter = AccruedFilter {
            partner_id: story.master.partner_id("P1"),
            kind: Some(BookingKind::Base),
            to: Some(date(2026, 5, 1)),
            ..AccruedFilter::default()
        };
        assert_eq!(told(&mut reader, filter).await, ["2026-04-01 P1 base 20", "1"]);
        drop(reader);

        let mut tx = db.write().await.expect("writes");
        let note = CloseNote::everything("in order");
        let (who, now) = (Actor::System, noon(date(2026, 7, 10)));
        let of = ("moving", "2026Q2");
        settle::close(&mut tx, &story.master, &who, now, of, &note).await.expect("closes");
        tx.commit().await.expect("commits");

        let story = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let mut told = Vec::new();
        for row in settle::payouts(&mut reader, 0, "", 10).await.expect("payouts") {
            let rated = settle::rated(&mut reader, &story.rules, &row).await.expect("reads");
            let id = &row.public_id;
            let (rules, master) = (&story.rules, &story.master);
            let door = explain::payout(&mut reader, rules, master, Viewer::Vendor, id);
            let door = door.await.expect("reads").expect("a payout");
            assert_eq!(door.rated, rated);
            let awards: Decimal = door.awards.iter().map(|due| due.amount).sum();
            assert_eq!(awards, row.calculated, "the awards behind it add up");
            told.push(format!("{} {} {}", row.partner_code, row.calculated, rated.normalize()));
        }
        assert_eq!(told, ["P1 80 20", "P2 15 0"]);
    })
    .await;
}
