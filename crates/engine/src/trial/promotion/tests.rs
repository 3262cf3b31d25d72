use domain::wallet::parse;
use jiff::civil::date;

use super::*;
use crate::db::testing::for_each_database;
use crate::views::story::{self, TODAY, noon};

const WALLET: &str = "
wallet: club
currency: EUR
points: { STAR: { cost: 0.1 } }
promotions:
  spring: { starts: 2026-07-01, ends: 2026-07-31, enrol: required, when: partner.country == \"DE\", limits: { points: 4000, uses_per_partner: 3 } }
";

const BONUS: &str = "
program: spring
currency: EUR
starts: 2026-07-01
ends: 2026-07-31
terms:
  - { term: bonus, when: product.category == \"Bikes\", group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR, promotion: spring } }
";

fn draft(limits: &str) -> Draft {
    let text = WALLET.replace("points: 4000, uses_per_partner: 3", limits);
    let wallet = parse(&text, &[]).into_result().expect("a wallet").wallet;
    let program = domain::program::parse(BONUS).into_result().expect("a program");
    Draft { money: wallet.currency, wallet, promotion: "spring".into(), program }
}

#[tokio::test]
async fn a_draft_tells_who_may_and_what_it_would_have_given() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (&story.rules, &story.master);
        let may = draft("uses: 9").may_take_part(master, TODAY);
        let codes: Vec<&str> = may.partners.iter().map(PartnerCode::as_str).collect();
        assert_eq!((may.all, codes), (5, vec!["P1", "P2", "P3", "P5"]), "P4 is in France");

        let days = (date(2026, 4, 1), TODAY);
        let would = async |reader: &mut Reader, limits: &str| {
            let draft = draft(limits);
            let ask = (&draft, days.0, days.1);
            let would = promotion(reader, rules, master, noon(TODAY), ask).await.expect("tries");
            let each = would.partners.iter().map(|(partner, taken)| {
                format!("{partner} {} {}", taken.uses, taken.points.normalize())
            });
            let refused = would.refused.iter().map(|(why, n)| format!("{} {n}", why.word()));
            let all = would.taken.liability.normalize().to_string();
            each.chain([all]).chain(refused).collect::<Vec<String>>()
        };
        // S1 500, S4 900.10 less 100, S5 700; S2 came back; T1 950; U1 3,000; V1 is in France.
        let free = would(&mut reader, "uses: 9").await;
        assert_eq!(free, ["P1 3 2000", "P2 1 950", "P3 1 3000", "595", "not_eligible 1"]);
        let each = would(&mut reader, "uses_per_partner: 1").await;
        assert_eq!(each[0], "P1 1 500", "the first that was recorded: {each:?}");
        let all = would(&mut reader, "points: 3000").await;
        assert_eq!(all, ["P1 3 2000", "P2 1 950", "295", "not_eligible 1", "limit_total 1"]);
        // Nothing of it is kept.
        let sql = "SELECT 1 FROM wallet_piece";
        assert!(reader.rows(sql, crate::args![]).await.expect("reads").is_empty());
    })
    .await;
}

#[tokio::test]
async fn another_span_gives_what_its_days_bring() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let mut reader = db.read().await.expect("reads");
        let draft = draft("uses: 9");
        let ask = (&draft, date(2025, 4, 1), date(2025, 5, 31));
        let (rules, master) = (&story.rules, &story.master);
        let would = promotion(&mut reader, rules, master, noon(TODAY), ask).await.expect("tries");
        assert_eq!((would.taken.uses, would.taken.points), (2, 2600.into()));
        assert_eq!(would.from, date(2025, 4, 1));
    })
    .await;
}
