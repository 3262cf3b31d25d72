use jiff::{SignedDuration, Timestamp};

use super::delivery::{self, Again, Came, Outcome};
use super::webhook::{self, Said, Status, Webhook};
use super::*;
use crate::access::Actor;
use crate::db::Db;
use crate::db::testing::for_each_database;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn said(kinds: &str) -> Said {
    let kinds = kinds.split(' ').map(str::to_owned).collect();
    Said { url: "https://hooks.example.com/in".into(), description: "ERP".into(), kinds }
}

fn news(kind: &'static str) -> News {
    News::new(kind, Some("P1")).says("amount", "200")
}

async fn place(db: &Db, now: Timestamp, kinds: &str) -> Webhook {
    let mut tx = db.write().await.expect("a turn");
    let made = webhook::create(&mut tx, &Actor::System, now, said(kinds)).await.expect("made");
    tx.commit().await.expect("a commit");
    assert!(made.1.starts_with(sign::PREFIX), "the secret is told once");
    made.0
}

async fn tell_all(db: &Db, now: Timestamp, kinds: &[&'static str]) {
    let mut tx = db.write().await.expect("a turn");
    tell(&mut tx, now, kinds.iter().map(|kind| news(kind)).collect()).await.expect("told");
    delivery::spread(&mut tx, now).await.expect("spread");
    tx.commit().await.expect("a commit");
}

/// Takes what is due and says what came of each.
async fn try_all(db: &Db, now: Timestamp, status: u16) -> Vec<delivery::Job> {
    let mut tx = db.write().await.expect("a turn");
    let jobs = delivery::take(&mut tx, now, |_| 10).await.expect("taken");
    for job in &jobs {
        let outcome = Outcome { took_millis: 12, came: Came::Answer(status, "well\0".into()) };
        delivery::record(&mut tx, now, job, &outcome, 0).await.expect("kept");
    }
    tx.commit().await.expect("a commit");
    jobs
}

#[tokio::test]
async fn nothing_is_written_for_nobody_and_everybody_hears_what_they_want() {
    for_each_database(async |db: Db| {
        let db = &db;
        let now = at("2026-05-04T09:00:00Z");
        tell_all(db, now, &["wallet.points.credited"]).await;
        let mut reader = db.read().await.expect("a reader");
        assert!(after(&mut reader, 0, 10).await.expect("read").is_empty(), "nobody listens");
        drop(reader);
        let points = place(db, now, "wallet.points.*").await;
        let all = place(db, now, "*").await;
        tell_all(db, now, &["wallet.points.credited", "payout.paid"]).await;
        let jobs = try_all(db, now, 200).await;
        let of =
            |place: &Webhook| jobs.iter().filter(|it| it.webhook_id == place.webhook_id).count();
        assert_eq!((of(&points), of(&all)), (1, 2));
        assert!(jobs[0].body.contains("\"partner\":\"P1\""), "{}", jobs[0].body);
        assert!(try_all(db, now, 200).await.is_empty(), "once taken it is over");
        let mut reader = db.read().await.expect("a reader");
        let sent = delivery::page(&mut reader, all.webhook_id, None, 10).await.expect("a page");
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|it| it.status == "delivered" && it.attempts.len() == 1));
        assert_eq!(sent[0].attempts[0].answer.as_deref(), Some("well"), "without the zero");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_for_three_days_under_the_same_id() {
    for_each_database(async |db: Db| {
        let db = &db;
        let mut now = at("2026-05-04T09:00:00Z");
        let place = place(db, now, "*").await;
        tell_all(db, now, &["payout.paid"]).await;
        let first = try_all(db, now, 500).await;
        let begun = now;
        let mut tries = 1;
        loop {
            assert!(try_all(db, now, 500).await.is_empty(), "not before its break is over");
            let mut reader = db.read().await.expect("a reader");
            let sent = delivery::page(&mut reader, place.webhook_id, None, 1).await.expect("read");
            drop(reader);
            let Some(due) = sent[0].due else { break };
            now = due;
            let mut tx = db.write().await.expect("a turn");
            let jobs = delivery::take(&mut tx, now, |_| 10).await.expect("taken");
            tx.commit().await.expect("a commit");
            assert_eq!(jobs.len(), 1, "attempt {tries}");
            assert_eq!((&jobs[0].id, &jobs[0].body), (&first[0].id, &first[0].body));
            let mut tx = db.write().await.expect("a turn");
            let outcome = Outcome { took_millis: 1, came: Came::Nothing("timed out".into()) };
            delivery::record(&mut tx, now, &jobs[0], &outcome, 255).await.expect("kept");
            tx.commit().await.expect("a commit");
            tries += 1;
        }
        assert_eq!(tries, 10);
        let took = now.duration_since(begun);
        let days = |days: i64| SignedDuration::from_hours(days * 24);
        assert!(days(3) < took && took < days(4), "{took}");
        // After three days without an answer the place is off, and the trail says so.
        let mut reader = db.read().await.expect("a reader");
        let found = webhook::one(&mut reader, &place.id).await.expect("found");
        assert_eq!(found.status, Status::Failing);
        let filter = crate::audit::Filter { action: Some("change".into()), ..Default::default() };
        let trail = crate::audit::page(&mut reader, &filter, 5).await.expect("the trail");
        assert_eq!((&*trail[0].subject_kind, &*trail[0].actor_kind), ("webhook", "system"));
    })
    .await;
}

#[tokio::test]
async fn who_was_killed_on_the_way_is_followed_by_another() {
    for_each_database(async |db: Db| {
        let db = &db;
        let now = at("2026-05-04T09:00:00Z");
        let after_lease = at("2026-05-04T09:01:31Z");
        place(db, now, "*").await;
        tell_all(db, now, &["payout.paid"]).await;
        let mut tx = db.write().await.expect("a turn");
        let killed = delivery::take(&mut tx, now, |_| 10).await.expect("taken");
        tx.commit().await.expect("a commit");
        assert_eq!(killed.len(), 1);
        assert!(try_all(db, now, 200).await.is_empty(), "it has it alone");
        let next = try_all(db, after_lease, 200).await;
        assert_eq!(next.len(), 1);
        assert_eq!((next[0].attempt, &next[0].id), (1, &killed[0].id), "the same message");
        // The one who was believed dead comes back: it is over, and stays so.
        let mut tx = db.write().await.expect("a turn");
        let outcome = Outcome { took_millis: 1, came: Came::Answer(500, String::new()) };
        delivery::record(&mut tx, after_lease, &killed[0], &outcome, 0).await.expect("heard");
        tx.commit().await.expect("a commit");
        assert!(try_all(db, at("2026-05-09T09:00:00Z"), 200).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_is_sent_again_with_its_id_and_tests_go_to_one_place() {
    for_each_database(async |db: Db| {
        let db = &db;
        let now = at("2026-05-04T09:00:00Z");
        let by = Actor::System;
        let one = place(db, now, "payout.*").await;
        let other = place(db, now, "*").await;
        tell_all(db, now, &["payout.paid", "wallet.points.spent"]).await;
        let first = try_all(db, now, 200).await;
        let mut tx = db.write().await.expect("a turn");
        let span = Again::Span(now, at("2026-05-04T09:00:01Z"));
        assert_eq!(delivery::replay(&mut tx, &by, now, &one.id, &span).await.expect("again"), 1);
        let id = Again::Event(first[0].id.clone());
        assert_eq!(delivery::replay(&mut tx, &by, now, &other.id, &id).await.expect("again"), 1);
        let unknown = Again::Event("evt_0".into());
        assert!(delivery::replay(&mut tx, &by, now, &one.id, &unknown).await.is_err());
        let test = delivery::test(&mut tx, &by, now, &one.id).await.expect("a test");
        delivery::spread(&mut tx, now).await.expect("spread");
        tx.commit().await.expect("a commit");
        let again = try_all(db, now, 200).await;
        let ids: Vec<&str> = again.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(again.len(), 3, "{ids:?}");
        assert_eq!(ids.iter().filter(|id| **id == test).count(), 1, "one place was tested");
        assert_eq!(ids.iter().filter(|id| **id == first[0].id).count(), 2, "the same id");
    })
    .await;
}

#[tokio::test]
async fn both_secrets_sign_for_a_day_and_what_is_off_hears_nothing() {
    for_each_database(async |db: Db| {
        let db = &db;
        let now = at("2026-05-04T09:00:00Z");
        let by = Actor::System;
        let place = place(db, now, "*").await;
        let mut tx = db.write().await.expect("a turn");
        let (_, new) = webhook::rotate(&mut tx, &by, now, &place.id).await.expect("a new secret");
        tx.commit().await.expect("a commit");
        tell_all(db, now, &["payout.paid"]).await;
        let jobs = try_all(db, now, 500).await;
        assert_eq!((jobs[0].secrets.len(), &jobs[0].secrets[0]), (2, &new));
        let later = at("2026-05-05T09:00:01Z");
        assert_eq!(try_all(db, later, 200).await[0].secrets, [new.as_str()]);
        let mut tx = db.write().await.expect("a turn");
        webhook::switch(&mut tx, &by, later, &place.id, Status::Off).await.expect("off");
        tx.commit().await.expect("a commit");
        tell_all(db, later, &["payout.paid"]).await;
        let mut tx = db.write().await.expect("a turn");
        webhook::switch(&mut tx, &by, later, &place.id, Status::On).await.expect("on");
        tx.commit().await.expect("a commit");
        tell_all(db, later, &["payout.approved"]).await;
        let jobs = try_all(db, later, 200).await;
        assert_eq!(jobs.len(), 1, "what happened meanwhile is sent again by hand");
        assert!(jobs[0].body.contains("payout.approved"));
        // No trail has a secret.
        let mut reader = db.read().await.expect("a reader");
        let trail = crate::audit::page(&mut reader, &crate::audit::Filter::default(), 50).await;
        let text = format!("{:?}", trail.expect("the trail"));
        assert!(!text.contains(sign::PREFIX), "{text}");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    for_each_database(async |db: Db| {
        let db = &db;
        let now = at("2026-05-04T09:00:00Z");
        let mut tx = db.write().await.expect("a turn");
        for url in
            ["", "ftp://x", "https://", "https://a:b@example.com", "https://x y", "javascript:"]
        {
            let said = Said { url: url.into(), ..said("*") };
            let made = webhook::create(&mut tx, &Actor::System, now, said).await;
            assert!(matches!(made, Err(webhook::WebhookError::Url)), "`{url}`");
        }
        let made = webhook::create(&mut tx, &Actor::System, now, said("wallets.*")).await;
        assert!(matches!(made, Err(webhook::WebhookError::Kinds { .. })));
    })
    .await;
}

#[test]
fn breaks_grow_and_are_spread() {
    let now = at("2026-05-04T09:00:00Z");
    let after = |attempts, jitter| {
        delivery::next_try(attempts, now, jitter).map(|due| due.duration_since(now).as_millis())
    };
    assert_eq!(after(1, 0), Some(5_000));
    assert_eq!(after(1, 255), Some(5_500));
    assert_eq!(after(9, 0), Some(86_400_000));
    assert_eq!((after(10, 0), after(0, 0)), (None, None));
}
