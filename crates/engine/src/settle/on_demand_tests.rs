//! Ending periods that are open until somebody ends them.

use jiff::civil::{Date, date};

use super::*;
use crate::accrue;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::rules;
use crate::views::story::{self, noon};

const CAMPAIGN: &str = "
program: campaign
currency: EUR
starts: 2026-01-01
periods: { every: on_demand, grace: 2 days }
accrue: { every: month }
terms:
  - term: volume
    measure: sum(amount)
    method: all_units
    tiers: [ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ]
";

/// Each with the day on which it is recorded.
const FACTS: [(&str, Date); 3] = [
    ("2026-01-10 sale S1 P1 B1 5 600.00", date(2026, 1, 12)),
    ("2026-02-20 sale S2 P1 B1 5 500.00", date(2026, 3, 1)),
    ("2026-03-05 sale S3 P1 B1 5 300.00", date(2026, 3, 6)),
];

async fn told(db: &Db) {
    story::tell_master_data(db).await;
    story::activate(db, CAMPAIGN).await;
    for (line, recorded) in FACTS {
        story::take(db, line, noon(recorded)).await;
    }
    story::know(db).await;
}

/// What comes of ending the period so, on that day.
async fn end(db: &Db, today: Date, name: &str, until: Date) -> Result<Closed, SettleError> {
    let mut tx = db.write().await.expect("writes");
    let master = crate::catalog::load_master(&mut tx).await.expect("master data");
    let (of, note) = (EndOn { name, until }, CloseNote::everything("as told"));
    let by = Actor::System;
    let done = close_on_demand(&mut tx, &master, &by, noon(today), ("campaign", of), &note).await;
    if done.is_ok() {
        tx.commit().await.expect("commits");
    }
    done
}

/// `period name amount` of each award.
async fn awards(db: &Db) -> Vec<String> {
    story::know(db).await;
    let mut reader = db.read().await.expect("reads");
    let filter = accrue::AwardFilter::default();
    let (mut rows, _) = accrue::awards(&mut reader, &filter, (0, 100)).await.expect("reads");
    rows.sort_by_key(|row| row.period);
    rows.iter().map(|row| format!("{} {}", row.period_name, row.amount.normalize())).collect()
}

#[tokio::test]
async fn a_day_must_be_over_and_end_the_months_in_the_period() {
    for_each_database(async |db| {
        told(&db).await;
        let (feb, march) = (date(2026, 2, 28), date(2026, 3, 31));
        for (today, name, until, expected) in [
            (date(2026, 3, 20), "open", feb, "`open` cannot be the name"),
            (date(2026, 3, 20), "2026-02", feb, "`2026-02` cannot be the name"),
            (date(2026, 3, 20), "a b", feb, "`a b` cannot be the name"),
            (date(2026, 3, 20), "winter", date(2026, 2, 27), "from 2026-01-01 to 2026-02-28"),
            (date(2026, 3, 20), "winter", march, "from 2026-01-01 to 2026-02-28"),
            (date(2026, 3, 2), "winter", feb, "from 2026-01-01 to 2026-01-31"),
            (date(2026, 2, 1), "winter", feb, "may be closed from 2026-02-03 on"),
        ] {
            let error = end(&db, today, name, until).await.expect_err("is refused").to_string();
            assert!(error.contains(expected), "{name} until {until} on {today}: {error}");
        }
        let mut tx = db.write().await.expect("writes");
        let master = crate::catalog::load_master(&mut tx).await.expect("master data");
        let note = CloseNote::everything("as told");
        let (by, now) = (Actor::System, noon(date(2026, 3, 20)));
        let bare = close(&mut tx, &master, &by, now, ("campaign", "open"), &note).await;
        let error = bare.expect_err("needs a day").to_string();
        assert!(error.contains("say its last day"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn what_came_after_the_last_day_begins_the_next_period() {
    for_each_database(async |db| {
        told(&db).await;
        assert_eq!(awards(&db).await, ["open 28"]);
        let closed = end(&db, date(2026, 3, 20), "winter", date(2026, 2, 28)).await;
        let closed = closed.expect("closes");
        assert_eq!((closed.payouts, closed.totals[0].1), (1, 22.into()));
        assert_eq!(awards(&db).await, ["winter 22", "open 3"]);
        let again = end(&db, date(2026, 4, 20), "winter", date(2026, 3, 31)).await;
        assert!(matches!(again, Err(SettleError::ClosedAlready { .. })), "{again:?}");

        // A late line is paid with the next one, and closed stays closed.
        story::take(&db, "2026-02-10 sale S4 P1 B1 1 100.00", noon(date(2026, 3, 25))).await;
        assert_eq!(awards(&db).await, ["winter 24", "open 3"]);
        let closed = end(&db, date(2026, 4, 20), "spring", date(2026, 3, 31)).await;
        assert_eq!(closed.expect("closes").totals[0].1, 5.into());
        assert_eq!(awards(&db).await, ["winter 24", "spring 3"]);

        // From the journal alone comes the same.
        let mut tx = db.write().await.expect("writes");
        let rules = rules::load(&mut tx).await.expect("rules");
        let master = crate::catalog::load_master(&mut tx).await.expect("master data");
        let (_, differences) =
            crate::rebuild::compare(&mut tx, &rules, &master).await.expect("compares");
        assert_eq!(differences, []);
        let now = noon(date(2026, 4, 21));
        let done = crate::rebuild::all(&mut tx, &rules, &master, now).await.expect("rebuilds");
        assert_eq!(done.postings, 0);
        let named = rules.plans[0].open_on_demand().expect("the next one");
        assert_eq!((named.start, &*named.name), (date(2026, 4, 1), "open"));
    })
    .await;
}

#[tokio::test]
async fn what_was_said_of_the_open_period_stays_with_what_was_ended() {
    for_each_database(async |db| {
        told(&db).await;
        let mut tx = db.write().await.expect("writes");
        let rules = rules::load(&mut tx).await.expect("rules");
        let master = crate::catalog::load_master(&mut tx).await.expect("master data");
        let new = NewAdjustment {
            term: None,
            program: "campaign".into(),
            partner: "P1".into(),
            period: "open".into(),
            amount: 7.into(),
            unit: None,
            reason_code: REASON_OTHER.into(),
            reason: "as agreed".into(),
            dispute: None,
        };
        let (by, now) = (Actor::System, noon(date(2026, 3, 10)));
        let usd = domain::amount::Currency::parse("USD");
        let wrong = NewAdjustment { unit: usd, ..new.clone() };
        let refused = ask_adjustment(&mut tx, &rules, &master, &by, now, &wrong).await;
        assert!(matches!(refused, Err(SettleError::NotPaidIn { .. })), "{refused:?}");
        let id = ask_adjustment(&mut tx, &rules, &master, &by, now, &new).await.expect("asks");
        tx.commit().await.expect("commits");

        // Looking at it changes nothing.
        let mut tx = db.write().await.expect("writes");
        let asked = EndOn { name: "winter", until: date(2026, 2, 28) };
        let now = noon(date(2026, 3, 20));
        let (tried, view) = ended(&mut tx, &master, now, "campaign", asked).await.expect("tries");
        let lines = preview(&mut tx, &tried, tried.program_ids[0], None).await.expect("reads");
        let winter = lines.iter().find(|one| one.line.period == view.period).expect("a line");
        assert_eq!((winter.line.amount, winter.line.pending), (22.into(), 7.into()));
        drop(tx);
        assert_eq!(awards(&db).await, ["open 28"]);

        end(&db, date(2026, 3, 20), "winter", date(2026, 2, 28)).await.expect("closes");
        let mut reader = db.read().await.expect("reads");
        let found = adjustment(&mut reader, &id).await.expect("reads").expect("is there");
        assert_eq!(found.period_name, "winter");
    })
    .await;
}
