use super::super::tests::{TODAY, close_all, people, save, with_chains};
use super::*;
use crate::access::User;
use crate::db::testing::for_each_database;
use crate::settle::payouts;
use crate::views::story::{self, noon};

/// `P1 approved, P2 not_now`, in the order asked for.
async fn decide(
    db: &Db,
    by: &User,
    ids: &[(String, String)],
    to: PayoutStep,
    comment: &str,
) -> String {
    let chosen: Vec<String> = ids.iter().map(|(_, id)| id.clone()).collect();
    let step = (to, Some(comment));
    let taken = step_each(db, &by.actor(), noon(TODAY), &chosen, step).await.expect("takes");
    let of = |id: &str| ids.iter().find(|(_, own)| own == id).map_or("?", |(code, _)| code);
    let said = taken.iter().map(|one| match &one.outcome {
        Ok(row) => format!("{} {}", of(&one.id), row.status.word()),
        Err(error) => format!("{} {}", of(&one.id), error.word()),
    });
    said.collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn each_of_many_takes_its_step_by_its_own_rules() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        // Above 50 euros a second person decides, too.
        let chain = ["payout EUR 50: role:finance 3 > role:administrator 5"];
        save(&db, &people.admin, &with_chains(&chain)).await;
        close_all(&db, &people).await;
        let mut reader = db.read().await.expect("reads");
        let rows = payouts(&mut reader, 0, "2026Q2", 10).await.expect("payouts");
        let mut ids: Vec<(String, String)> =
            rows.into_iter().map(|row| (row.partner_code, row.public_id)).collect();
        ids.sort();
        drop(reader);
        let (approve, reject) = (PayoutStep::Approve, PayoutStep::Reject);
        assert_eq!(
            decide(&db, &people.manager, &ids, approve, "").await,
            "P1 prepared, P2 prepared, P3 prepared",
            "who closed decides about none"
        );
        assert_eq!(
            decide(&db, &people.finance, &ids[..1], reject, " ").await,
            "P1 no_reason",
            "a rejection says why"
        );
        ids.push(("?".to_owned(), "pay_nothing".to_owned()));
        ids.push(ids[0].clone());
        assert_eq!(
            decide(&db, &people.finance, &ids, approve, "seen").await,
            "P1 approved, P2 approved, P3 pending, ? not_found",
            "one that is named twice is decided once"
        );
        assert_eq!(
            decide(&db, &people.finance, &ids[..3], approve, "").await,
            "P1 not_now, P2 not_now, P3 given_before"
        );
        assert_eq!(decide(&db, &people.admin, &ids[2..3], approve, "").await, "P3 approved");
        assert_eq!(
            decide(&db, &people.finance, &ids[..2], reject, "wrong rate").await,
            "P1 rejected, P2 rejected"
        );
    })
    .await;
}
