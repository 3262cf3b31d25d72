use jiff::Timestamp;

use super::*;
use crate::access::Actor;
use crate::db::testing::for_each_database;

/// The newest word holds, everything that was said stays, and the same is not said twice.
#[tokio::test]
async fn what_somebody_says_last_holds() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let mut tx = db.write().await.expect("a turn to write");
        let by = (&Actor::System, now);
        let of = Subject::User(7);
        let mail = ContactChannel::Mail;
        assert!(!may_reach(&mut tx, of, mail).await.expect("read"), "who said nothing");
        let no = agree(&mut tx, by, of, &[(mail, false)], None).await.expect("kept");
        assert_eq!(no, 0, "who never agreed has nothing to take back");
        let both = [(mail, true), (ContactChannel::Post, true)];
        assert_eq!(agree(&mut tx, by, of, &both, Some("fair")).await.expect("kept"), 2);
        assert_eq!(agree(&mut tx, by, of, &both, None).await.expect("kept"), 0);
        assert!(may_reach(&mut tx, of, mail).await.expect("read"));
        assert!(!may_reach(&mut tx, Subject::Partner(7), mail).await.expect("read"));
        let new = NewWording { en: "May we?", ja: "よろしいですか" };
        assert_eq!(set_wording(&mut tx, by, &new).await.expect("kept"), 1);
        assert_eq!(set_wording(&mut tx, by, &new).await.expect("kept"), 1, "the same wording");
        assert!(may_reach(&mut tx, of, mail).await.expect("read"), "agreed in the old wording");
        assert_eq!(agree(&mut tx, by, of, &[(mail, true)], None).await.expect("kept"), 1);
        assert_eq!(agree(&mut tx, by, of, &[(mail, false)], None).await.expect("kept"), 1);
        assert!(!may_reach(&mut tx, of, mail).await.expect("read"));
        let said = history(&mut tx, of).await.expect("read");
        let words: Vec<(&str, bool, i64)> =
            said.iter().map(|it| (it.channel.word(), it.given, it.wording)).collect();
        let expected =
            [("mail", false, 1), ("mail", true, 1), ("post", true, 0), ("mail", true, 0)];
        assert_eq!(words, expected);
    })
    .await;
}

/// Who chose last that statements come monthly is found, and nobody else.
#[tokio::test]
async fn who_is_sent_statements_is_who_chose_so_last() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let mut tx = db.write().await.expect("a turn to write");
        let by = (&Actor::System, now);
        let monthly = Choice { every: Every::Month, promotions: false };
        let quarterly = Choice { every: Every::Quarter, ..monthly };
        for (of, choice, is_new) in [
            ((1, 1), monthly, true),
            ((1, 1), monthly, false),
            ((1, 2), monthly, true),
            ((1, 2), quarterly, true),
            ((2, 1), quarterly, true),
            ((2, 1), monthly, true),
        ] {
            assert_eq!(choose(&mut tx, by, of, choice).await.expect("kept"), is_new, "{of:?}");
        }
        let due = due_for(&mut tx, Every::Month).await.expect("read");
        assert_eq!(due, [(1, 1, monthly), (2, 1, monthly)]);
        let due = due_for(&mut tx, Every::Quarter).await.expect("read");
        assert_eq!(due, [(1, 2, quarterly)]);
        assert_eq!(choice(&mut tx, 3, 1).await.expect("read"), None);
    })
    .await;
}
