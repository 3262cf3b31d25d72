use domain::wallet::Command;
use jiff::civil::date;

use super::*;
use crate::access::Actor;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::views::story::{self, Story, TODAY, noon};
use crate::wallets::{Answer, Ask, act, activate, draft};

const CLUB: &str = "
wallet: club
currency: EUR
points: { STAR: { cost: 0.1 } }
tier_groups:
  level: { by: { total: sum(amount) }, sets: partner.level, tiers: [ { tier: gold, from: 100000 } ] }
promotions:
  spring: { starts: 2026-05-25, ends: 2026-06-30, limits: { points: 700, uses_per_partner: 2 } }
  inner: { starts: 2026-05-25, ends: 2026-06-10, enrol: required, when: partner.country == \"DE\" }
  later: { starts: 2026-07-01, when: partner.level == \"gold\" }
  goal: { starts: 2026-05-01, ends: 2026-05-31 }
  gone: { starts: 2026-01-01, ends: 2026-02-01 }
";

const BONUS: &str = "
program: bonus
currency: EUR
starts: 2026-05-01
periods: { every: month }
terms:
  - { term: each, starts: 2026-05-25, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR, promotion: spring } }
  - { term: inner, starts: 2026-05-25, group_by: fact, fixed: 5, reward: { points: STAR, promotion: inner } }
  - { term: goal, qualifier: sum(amount), method: highest, tiers: [ { from: 1400, fixed: 50 } ], settle: at_once, reward: { points: STAR, promotion: goal } }
";

/// P1 has 300 and 200 of spring and nothing of its third sale, P2 nothing of 500 and then 100.
async fn club(db: &Db) -> Story {
    let story = story::tell(db).await;
    let now = noon(TODAY);
    let mut tx = db.write().await.expect("a transaction");
    let (code, _) = draft(&mut tx, &Actor::System, now, CLUB).await.expect("a draft");
    activate(&mut tx, &Actor::System, now, &code).await.expect("active");
    tx.commit().await.expect("committed");
    drop(story);
    story::activate(db, BONUS).await;
    let story = story::know(db).await;
    enrol(db, &story, "P2").await;
    for line in [
        "2026-05-26 sale X1 P1 B1 1 300.00",
        "2026-05-27 sale X2 P1 B1 1 200.00",
        "2026-05-27 sale X3 P1 B1 1 10.00",
        "2026-05-28 sale X4 P2 B1 1 500.00",
        "2026-05-31 sale X5 P2 B1 1 100.00",
    ] {
        story::take(db, line, now).await;
        story::know(db).await;
    }
    story::know(db).await
}

async fn enrol(db: &Db, story: &Story, partner: &str) {
    let mut tx = db.write().await.expect("a transaction");
    let command = Command::Enrol { promotion: "inner".into() };
    // After its first sale and before the second one.
    let on = Some(date(2026, 5, 29).at(0, 0, 0, 0));
    let ask = Ask { key: partner.into(), on, command };
    let by = (&Actor::System, noon(TODAY));
    let done = act(&mut tx, &story.rules, &story.master, by, &ask).await;
    assert!(matches!(done, Ok(Answer::Taken(_))), "{done:?}");
    tx.commit().await.expect("committed");
}

fn said(taken: &Taken) -> String {
    let Taken { uses, points, vouchers, liability } = taken;
    format!("{uses} {} {vouchers} {}", points.normalize(), liability.normalize())
}

#[tokio::test]
async fn promotions_say_where_they_stand_and_who_was_given_what() {
    Box::pin(for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master, now) = (&story.rules, &story.master, noon(TODAY));
        let all = list(&mut reader, rules, master, now).await.expect("reads");
        let told: Vec<String> = all
            .iter()
            .map(|row| format!("{} {} {}", row.of.code, row.state.word(), said(&row.taken)))
            .collect();
        assert_eq!(
            told,
            [
                "goal running 1 50 0 5",
                "inner running 1 5 0 0.5",
                "spring running 3 600 0 60",
                "later draft 0 0 0 0",
                "gone over 0 0 0 0",
            ]
        );
        let spring = page(&mut reader, rules, master, now, "spring").await.expect("reads");
        let spring = spring.expect("a promotion");
        assert_eq!(spring.row.left.points, Some(100.into()));
        assert_eq!(spring.row.pays.len(), 1);
        let days: Vec<String> =
            spring.days.iter().map(|(day, taken)| format!("{day} {}", said(taken))).collect();
        assert_eq!(
            days,
            ["2026-05-26 1 300 0 30", "2026-05-27 1 200 0 20", "2026-05-31 1 100 0 10"]
        );
        let top: Vec<String> =
            spring.top.iter().map(|it| format!("{} {}", it.partner, said(&it.taken))).collect();
        assert_eq!(top, ["P1 2 500 0 50", "P2 1 100 0 10"]);
        let refused: Vec<String> = spring
            .refused
            .iter()
            .map(|it| format!("{} {} {}", it.award, it.asked.normalize(), it.refusal.word()))
            .collect();
        assert_eq!(refused, ["X4 500 limit_total", "X3 10 limit_partner"]);
        let counts = [(Refusal::LimitPartner, 1), (Refusal::LimitTotal, 1)];
        assert_eq!(spring.row.refused, counts);
        let found = partners(&mut reader, rules, "spring", ("P1", 5)).await.expect("reads");
        assert_eq!(found.expect("some").len(), 1, "who comes behind P1");
        let inner = all.iter().find(|row| &*row.of.code == "inner").expect("inner");
        assert_eq!((inner.enrolled, inner.gone), (1, 0));
        assert_eq!(inner.refused, [(Refusal::NotEnrolled, 4)], "the sales of P1, and one of P2");
        let none = page(&mut reader, rules, master, now, "winter").await.expect("reads");
        assert!(none.is_none());
    }))
    .await;
}

#[tokio::test]
async fn a_partner_sees_what_it_may_take_part_in_and_how_far_it_is() {
    for_each_database(async |db| {
        let story = Box::pin(club(&db)).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let told = async |reader: &mut Reader, partner: &str, day: Date| -> Vec<String> {
            let partner = PartnerCode::new(partner);
            let all = of_partner(reader, rules, master, noon(day), &partner).await.expect("reads");
            let one = |it: &PartnerPromotion| {
                let way = it.standings.iter().map(|it| {
                    let gap = it.next.as_ref().and_then(|next| next.gap);
                    format!(" {} {gap:?}", it.qualifier_total.normalize())
                });
                let refusal = it.stance.refusal.map_or("", Refusal::word);
                let (code, may) = (&it.row.of.code, it.eligibility().word());
                format!("{code} {may} {refusal}{}", way.collect::<String>())
            };
            all.iter().map(one).collect()
        };
        let one = told(&mut reader, "P1", TODAY).await;
        assert_eq!(
            one,
            [
                "goal enrolled  1410.1 None",
                "inner open not_enrolled",
                "spring enrolled limit_partner",
                "later not_eligible not_started",
            ]
        );
        let four = told(&mut reader, "P4", TODAY).await;
        assert_eq!(four[1], "inner not_eligible not_enrolled");
        assert_eq!(four[0], "goal enrolled  0 Some(1400)");
        // A month later, although nothing was written down.
        let later = told(&mut reader, "P2", date(2026, 7, 2)).await;
        let over = ["later not_eligible not_eligible", "inner enrolled expired"];
        assert_eq!(later[..2], over, "{later:?}");
        let of = &rules.wallets[0];
        let partner = PartnerCode::new("P1");
        let all = of_partner(&mut reader, rules, master, noon(TODAY), &partner).await;
        let all = all.expect("reads");
        assert_eq!(all[3].reachable(of), Some(vec!["level".to_owned()]));
        let four = PartnerCode::new("P4");
        let none = of_partner(&mut reader, rules, master, noon(TODAY), &four).await;
        assert_eq!(none.expect("reads")[1].reachable(of), None, "nobody moves to Germany");
    })
    .await;
}
