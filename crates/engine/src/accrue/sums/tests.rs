use jiff::civil::date;

use super::{Behind, check, sums};
use crate::args;
use crate::db::testing::for_each_database;
use crate::db::{Db, days_of};
use crate::views::story::{self, know, noon, take};

#[test]
fn an_award_is_behind_on_the_days_of_which_it_has_less_than_their_share() {
    for days in [1, 2, 7, 90] {
        for before in [-901, -90, -7, -1, 0, 1, 7, 89, 90, 91, 100_000] {
            for own in [-200_000, -91, -90, -8, -1, 0, 1, 6, 7, 8, 90, 99_999, 100_000, 100_001] {
                let behind = Behind::of(own, before, days);
                for passed in 1..=days {
                    let plain = own * days < before * passed;
                    let of = (own, before, days, passed);
                    assert_eq!(behind.is_on(passed), plain, "{of:?} {behind:?}");
                }
            }
        }
    }
    // Equal shares are never behind, however large they are.
    assert_eq!(Behind::of(i64::MAX, i64::MAX, 3_000), Behind::NEVER);
}

/// Program, term, awards, facts, amount and how many are behind after 61 days, as kept.
async fn told(db: &Db, program_id: i64, day: jiff::civil::Date) -> Vec<String> {
    let mut reader = db.read().await.expect("reads");
    let (groups, differ) = check(&mut reader).await.expect("reads");
    assert!(groups > 0 && differ.is_empty(), "{differ:?}");
    let found = sums(&mut reader, (program_id, 0, days_of(day))).await.expect("reads");
    let mut lines: Vec<String> = found
        .iter()
        .map(|(group, sum)| {
            let behind = if group.behind.is_on(61) { " behind" } else { "" };
            let near = if group.near { " near" } else { "" };
            let amount = sum.amount.expect("a decimal").normalize();
            let tier = group.tier.map_or("-".to_owned(), |tier| tier.to_string());
            format!("tier {tier}{near}{behind}: {} of {}, {amount}", sum.awards, sum.facts)
        })
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn sums_follow_awards_and_the_year_before() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let id = story.rules.program_ids[story.rules.by_code("volume").expect("a program")];
        let quarter = date(2026, 4, 1);
        let near = "tier - near behind: 1 of 1, 0";
        assert_eq!(told(&db, id, quarter).await, [near, "tier 2: 2 of 5, 100"]);
        // A late line of the year before puts one behind that had nothing to be behind of.
        take(&db, "2025-06-10 sale O3 P3 B1 9 9000.00", noon(story::TODAY)).await;
        know(&db).await;
        let with_behind = [near, "tier 2 behind: 1 of 1, 60", "tier 2: 1 of 4, 40"];
        assert_eq!(told(&db, id, quarter).await, with_behind);
        // What is taken back is not there any more.
        take(&db, "2025-06-11 return O4 P3 - 9 9000.00 O3", noon(story::TODAY)).await;
        take(&db, "2026-05-22 return T2 P2 - 9 950.00 T1", noon(story::TODAY)).await;
        know(&db).await;
        assert_eq!(told(&db, id, quarter).await, ["tier 2: 2 of 5, 100"]);
    })
    .await;
}

#[tokio::test]
async fn a_sum_that_is_not_the_sum_is_found() {
    for_each_database(async |db| {
        story::tell(&db).await;
        let mut tx = db.write().await.expect("writes");
        let sql = "UPDATE award_sum SET facts = facts + 1 WHERE tenant_id = $1 AND awards = 2";
        let tenant = tx.tenant();
        let changed = tx.execute(sql, args![tenant]).await.expect("changes");
        let (_, differ) = check(&mut tx).await.expect("reads");
        assert!(changed > 0 && u64::try_from(differ.len()) == Ok(changed), "{differ:?}");
    })
    .await;
}
