use jiff::SignedDuration;

use super::*;
use crate::db::testing::for_each_database;

fn password(token: &str) -> (&str, Purpose) {
    (token, Purpose::Password)
}

fn once(subject: &str, user_id: Option<i64>, until: Timestamp) -> NewLink<'_> {
    NewLink { purpose: Purpose::Password, subject, user_id, uses: Uses::Once, until }
}

/// Used twice, too late, by somebody else or for something else: each is refused with its reason.
#[tokio::test]
async fn a_link_is_used_once_in_time_by_whom_it_is_for() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let until = now + SignedDuration::from_hours(1);
        let mut tx = db.write().await.expect("a turn to write");
        let token = make(&mut tx, now, once("usr_1", Some(7), until)).await.expect("a link");
        let other = make(&mut tx, now, once("usr_1", Some(7), until)).await.expect("a link");
        let free = make(&mut tx, now, once("usr_2", None, until)).await.expect("a link");
        let stored = tx.row("SELECT token_hash FROM link LIMIT 1", args![]).await.expect("read");
        assert_ne!(stored.expect("a row").text(0), token, "the database does not hold it");
        let cases = [
            (("nothing", Purpose::Password), now, None, Refused::Unknown),
            ((&*token, Purpose::Unsubscribe), now, None, Refused::Unknown),
            (password(&token), until, None, Refused::Over(until)),
            (password(&token), now, Some(8), Refused::SomebodyElse),
        ];
        for (of, at, who, expected) in cases {
            let looked = look(&mut tx, at, of, who).await.expect("read");
            assert_eq!(looked, Err(expected), "{of:?}");
            assert_eq!(take(&mut tx, at, of, who).await.expect("read"), Err(expected), "{of:?}");
        }
        let looked = look(&mut tx, now, password(&token), Some(7)).await.expect("read");
        assert!(looked.is_ok(), "looking uses nothing up");
        let taken = take(&mut tx, now, password(&token), Some(7)).await.expect("taken");
        assert_eq!(taken.expect("it is good").subject, "usr_1");
        let later = now + SignedDuration::from_mins(1);
        let again = take(&mut tx, later, password(&token), Some(7)).await.expect("read");
        assert_eq!(again, Err(Refused::Used(now)));
        let twin = take(&mut tx, later, password(&other), Some(7)).await.expect("read");
        assert_eq!(twin, Err(Refused::Used(now)), "another letter offered the same");
        assert!(take(&mut tx, now, password(&free), Some(8)).await.expect("read").is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_may_be_used_often_stays_until_it_is_over() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let until = now + SignedDuration::from_hours(1);
        let mut tx = db.write().await.expect("a turn to write");
        let new = NewLink {
            purpose: Purpose::Unsubscribe,
            subject: "mal_1",
            user_id: None,
            uses: Uses::Many,
            until,
        };
        let token = make(&mut tx, now, new).await.expect("a link");
        let of = (&*token, Purpose::Unsubscribe);
        for _ in 0..2 {
            assert!(take(&mut tx, now, of, Some(3)).await.expect("read").is_ok());
        }
        assert_eq!(purge(&mut tx, until).await.expect("purged"), 0);
        assert_eq!(purge(&mut tx, until + SignedDuration::from_secs(1)).await.expect("purged"), 1);
        assert_eq!(look(&mut tx, now, of, None).await.expect("read"), Err(Refused::Unknown));
    })
    .await;
}
