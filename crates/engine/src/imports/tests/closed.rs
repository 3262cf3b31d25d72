//! What changes in the past behind a close: nothing closed moves, the difference comes later.

use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::settle;

const GOLD: &str = "
program: gold
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-04-01
ends: 2027-03-31
periods: { every: quarter, fiscal_year_from: april }
terms:
  - term: t
    when: partner.level == \"gold\"
    measure: sum(amount)
    rate: 1%
";

/// `period amount` of the payouts of P1, closed or not.
async fn paid(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.unwrap();
    let rules = office.rules(&mut reader).await.unwrap();
    let program_id = rules.program_ids[rules.by_code("gold").unwrap()];
    let lines = settle::preview(&mut reader, &rules, program_id, None).await.unwrap();
    let told = |payout: &settle::PartnerPayout| {
        let line = &payout.line;
        format!(
            "{} {} + {}",
            line.period.name,
            line.calculated.normalize(),
            line.prior_period.normalize()
        )
    };
    lines.iter().map(told).collect()
}

/// `booked day, kind, amount` of what was accrued.
async fn accrued(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.unwrap();
    let sums = ledger::accrual_sums(&mut reader).await.unwrap();
    let sums = sums.iter().filter(|(_, amount)| !amount.is_zero());
    let told = sums.map(|(of, amount)| {
        let day = crate::db::date_of(of.booked_day).unwrap();
        format!("{day} {} {}", of.kind, amount.normalize())
    });
    told.collect()
}

async fn close(office: &Office, period: &str) -> String {
    let mut tx = office.db().write().await.unwrap();
    let master = office.master(&mut tx).await.unwrap();
    let (by, now, of) = (Actor::System, office.now(), ("gold", period));
    let note = settle::CloseNote::everything("as told");
    let closed = settle::close(&mut tx, &master, &by, now, of, &note).await.unwrap();
    tx.commit().await.unwrap();
    format!("{} payouts, {}", closed.payouts, closed.totals[0].1.normalize())
}

/// Partner P1 turns out to have had another level since a day.
async fn turns_out(office: &Office, level: &str, from: Date) {
    let file = format!("code,name,country,level\nP1,Aoki,JP,{level}\n");
    let mut request = request(&format!("{level}-{from}.csv"), partners(), file);
    request.changes_hold_from = Some(from);
    assert!(import(office, request).await.remeasured);
}

fn partners() -> Mapping {
    mapping(Feeds::Partners, "code name country level")
}

#[tokio::test]
async fn a_back_dated_change_of_a_partner_moves_nothing_that_is_closed() {
    for_each_database(async |db| {
        let clock = Arc::new(FixedClock::at(now()));
        let office = Office::new(db.clone(), Arc::clone(&clock) as Arc<dyn crate::clock::Clock>);
        let file = "code,name,country,level\nP1,Aoki,JP,silver\nP2,Baum,DE,gold\n";
        import(
            &office,
            Request { changes_hold_from: Some(date(2026, 1, 1)), ..request("p", partners(), file) },
        )
        .await;
        let products = mapping(Feeds::Products, "code name category");
        import(&office, request("q", products, PRODUCTS)).await;
        activate(&office, GOLD).await;
        let file = lines(
            "
            S1,sale,2026-04-10,,P1,B1,4,400000,JPY,
            S2,sale,2026-05-10,,P2,B1,4,100000,JPY,
            S3,sale,2026-07-10,,P2,B1,4,200000,JPY,
            ",
        );
        import(&office, request("sales.csv", sales(), file)).await;
        assert_eq!(close(&office, "2026Q1").await, "1 payouts, 1000");
        let accrued_at_close = ["2026-04-01 base 1000", "2026-07-01 base 2000"];
        assert_eq!(accrued(&office).await, accrued_at_close);

        turns_out(&office, "gold", date(2026, 4, 1)).await;
        // The closed quarter stays; the difference of 4000 is in the open one.
        let after =
            ["2026-07-01 prior_period 4000", "2026-04-01 base 1000", "2026-07-01 base 2000"];
        assert_eq!(accrued(&office).await, after);
        assert_eq!(paid(&office).await, ["2026Q2 0 + 4000", "2026Q1 1000 + 0", "2026Q2 2000 + 0"]);
        figures(&office).await;

        // A second run and a rebuild post nothing.
        let mut tx = db.write().await.unwrap();
        let (rules, master) =
            (office.rules(&mut tx).await.unwrap(), office.master(&mut tx).await.unwrap());
        let rebuilt = rebuild::all(&mut tx, &rules, &master, office.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rebuilt.postings, 0);
        assert_eq!(paid(&office).await, ["2026Q2 0 + 4000", "2026Q1 1000 + 0", "2026Q2 2000 + 0"]);

        // Closed in its turn, the next quarter pays it once.
        clock.advance(SignedDuration::from_hours(24 * 40));
        assert_eq!(close(&office, "2026Q2").await, "2 payouts, 6000");
        assert_eq!(accrued(&office).await, after);

        // It was a mistake: what was paid for two closed quarters is taken back in the third.
        turns_out(&office, "silver", date(2026, 4, 1)).await;
        let paid_now = paid(&office).await;
        assert_eq!(
            paid_now,
            ["2026Q2 0 + 4000", "2026Q3 0 + -4000", "2026Q1 1000 + 0", "2026Q2 2000 + 0"]
        );
        figures(&office).await;
    })
    .await;
}
