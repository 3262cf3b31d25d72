use domain::code::PartnerCode;
use domain::wallet::{ByHand, Command, Ends, Issue};
use jiff::ToSpan;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::access::Actor;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::rules;
use crate::views::story::{self, Story, TODAY, noon};
use crate::wallets::{Answer, Ask, act, activate, draft};

const CLUB: &str = "
wallet: club
currency: EUR
points:
  STAR: { cost: 0.5, expiry: { after: 12 months, to: month_end } }
  MILES: { kind: qualifying, reset: { every: 1 year, from: 2026-01-01 } }
tier_groups:
  level:
    by: { points: MILES }
    tiers: [ { tier: member, from: 0 }, { tier: gold, from: 100 } ]
vouchers:
  SPRING: { value: 80, cost: 75 }
rewards:
  cap: { points: STAR, price: 40, stock: 3 }
";

/// P1 and P2 hold points, P1 is gold, P2 has a voucher of which nothing was used.
async fn club(db: &Db) -> Story {
    let story = story::tell(db).await;
    let now = noon(TODAY);
    let mut tx = db.write().await.expect("a transaction");
    let (code, _) = draft(&mut tx, &Actor::System, now, CLUB).await.expect("a draft");
    activate(&mut tx, &Actor::System, now, &code).await.expect("active");
    let rules = rules::load(&mut tx).await.expect("rules");
    let credit = |partner: &str, unit: &str, amount: i64, expires| {
        Command::Credit(ByHand {
            partner: PartnerCode::new(partner),
            unit: unit.into(),
            amount: amount.into(),
            subtype: None,
            expires,
            usable: None,
            promotion: None,
            sponsors: Vec::new(),
            reason: None,
        })
    };
    let issue = Issue {
        voucher: "SPRING".into(),
        partner: Some(PartnerCode::new("P2")),
        value: None,
        code: Some("SPRING-1".into()),
        expires: None,
        count: None,
        promotion: None,
    };
    let soon = Some(Ends::After(TODAY.last_of_month()));
    for (key, command) in [
        ("C1", credit("P1", "STAR", 100, None)),
        ("C2", credit("P1", "STAR", 30, soon)),
        ("C3", credit("P2", "STAR", 50, None)),
        ("C4", credit("P1", "MILES", 150, None)),
        ("V1", Command::Issue(issue)),
    ] {
        let ask = Ask { key: key.into(), on: None, command };
        let done = act(&mut tx, &rules, &story.master, (&Actor::System, now), &ask).await;
        assert!(matches!(done, Ok(Answer::Taken(_))), "{key}: {done:?}");
    }
    tx.commit().await.expect("committed");
    Story { rules, ..story }
}

fn told(found: &Members) -> String {
    let one = |it: &Member| format!("{} {} {:?}", it.owner, it.amount, it.tiers);
    let rows: Vec<String> = found.rows.iter().map(one).collect();
    format!("{}: {}", found.total, rows.join(", "))
}

#[tokio::test]
async fn members_are_sorted_by_what_they_hold_and_found_by_name_and_tier() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let of = &story.rules.wallets[0];
        let stars = MemberQuery { unit: Some("STAR".into()), limit: 10, ..Default::default() };
        let gold = Some(("level".to_owned(), Some(1)));
        let none = Some(("level".to_owned(), None));
        let cases = [
            (stars.clone(), "2: P1 130 [(\"level\", Some(1))], P2 50 [(\"level\", Some(0))]"),
            (
                MemberQuery { order: MemberOrder::LeastFirst, limit: 1, ..stars.clone() },
                "2: P2 50 [(\"level\", Some(0))]",
            ),
            (
                MemberQuery { search: "p1".into(), ..stars.clone() },
                "1: P1 130 [(\"level\", Some(1))]",
            ),
            (MemberQuery { tier: gold, ..stars.clone() }, "1: P1 130 [(\"level\", Some(1))]"),
            (MemberQuery { tier: none, ..stars }, "0: "),
        ];
        for (query, expected) in cases {
            let with = (&story.rules, &story.master);
            let found = members(&mut reader, with, of, noon(TODAY), &query).await.expect("reads");
            assert_eq!(told(&found), expected, "{query:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_points_cost_is_told_by_the_month_they_end_in() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let of = &story.rules.wallets[0];
        let found = liability(&mut reader, of, noon(TODAY)).await.expect("reads");
        let stars = found.currencies.iter().find(|it| it.unit == "STAR").expect("stars");
        assert_eq!((stars.open, stars.cost, stars.partners), (180.into(), 90.into(), 2));
        // No lot has ended: there is no history to estimate by.
        assert_eq!((stars.may_lapse(), stars.expected_cost()), (None, 90.into()));
        let ends = stars.ageing.months.iter().filter(|(_, points, _)| !points.is_zero());
        let ends: Vec<String> =
            ends.map(|(at, points, cost)| format!("{at} {points} {cost}")).collect();
        let year = TODAY.first_of_month().checked_add(12.months()).expect("a month");
        let first = TODAY.first_of_month();
        assert_eq!(ends, [format!("{first} 30 15.0"), format!("{year} 150 75.0")]);
        let spring = &found.vouchers[0];
        assert_eq!((spring.issued, spring.open, spring.cost), (1, 1, 75.into()));
        // A month later the 30 are over, although nobody wrote that down.
        let later = noon(TODAY.checked_add(1.month()).expect("a day"));
        let found = liability(&mut reader, of, later).await.expect("reads");
        let stars = found.currencies.iter().find(|it| it.unit == "STAR").expect("stars");
        assert_eq!((stars.open, stars.cost), (150.into(), 75.into()));
        // All of the lots that ended so far expired, so nothing says that the others will not.
        assert_eq!((stars.run_off.points, stars.run_off.expired), (30.into(), 30.into()));
        assert_eq!(stars.may_lapse(), Some((150.into(), 75.into())));
        assert_eq!(stars.expected_cost(), Decimal::ZERO);
    })
    .await;
}

#[tokio::test]
async fn who_falls_is_told_before_the_assessment() {
    Box::pin(for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let of = &story.rules.wallets[0];
        let look = async |reader: &mut Reader, day| {
            let when = (noon(TODAY), day);
            movers(reader, of, &story.master, when, "level").await.expect("reads")
        };
        let next = look(&mut reader, None).await.expect("a group");
        assert_eq!((next.day, next.rows.len()), (date(2027, 1, 1), 0), "what the year brought");
        let then = look(&mut reader, Some(date(2028, 1, 1))).await.expect("a group");
        let [mover] = then.rows.as_slice() else { panic!("{:?}", then.rows) };
        assert_eq!((mover.owner.as_str(), mover.from, mover.to), ("P1", Some(1), Some(0)));
        assert_eq!(mover.figure, Decimal::from(150));
        let gold = then.counts[2];
        assert_eq!((gold.now, gold.after, then.counts[1].falls), (1, 0, 1));
        let nothing = movers(&mut reader, of, &story.master, (noon(TODAY), None), "other").await;
        assert_eq!(nothing.expect("reads"), None);
    }))
    .await;
}

#[tokio::test]
async fn what_limits_count_is_told_by_code() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let found = taken(&mut reader, &story.rules.wallets[0]).await.expect("reads");
        assert_eq!(found.issued["SPRING"], Decimal::ONE);
        assert_eq!(found.ordered["cap"], Decimal::ZERO);
    })
    .await;
}
