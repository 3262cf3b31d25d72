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

fn of_air() -> domain::wallet::Wallet {
    let text =
        "wallet: club\ncurrency: EUR\npoints: { STAR: {} }\nsponsors: { AIR: { points: STAR } }\n";
    let file = domain::wallet::parse(text, &[]).into_result().expect("a wallet");
    file.wallet
}

/// A number is one member's at a time, and means it from the first day to the day before the end.
#[tokio::test]
async fn a_number_elsewhere_means_its_member_while_the_link_holds() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let mut tx = db.write().await.expect("a turn to write");
        let by = (&Actor::System, now);
        let (wallet, may) = (of_air(), |day| jiff::civil::date(2026, 5, day));
        let new = |number: &str, day| NewLink {
            sponsor: "AIR".into(),
            number: Some(number.into()),
            attributes: [("card".to_owned(), "green".to_owned())].into(),
            since: may(day),
        };
        let made = link(&mut tx, by, (1, &wallet, 7), &new("U1", 4)).await.expect("a link");
        assert_eq!((made.shown().as_str(), made.attributes.len()), ("00000001", 1));
        let again = link(&mut tx, by, (1, &wallet, 7), &new("U2", 9)).await;
        assert!(matches!(again, Err(LinkError::Already { .. })), "one at a time: {again:?}");
        let taken = link(&mut tx, by, (1, &wallet, 8), &new("U1", 9)).await;
        assert!(matches!(taken, Err(LinkError::NumberTaken { .. })), "{taken:?}");
        for number in ["a:b", &*"x".repeat(101)] {
            let refused = link(&mut tx, by, (1, &wallet, 8), &new(number, 9)).await;
            assert!(matches!(refused, Err(LinkError::BadNumber { .. })), "{refused:?}");
        }
        let elsewhere = NewLink { sponsor: "RAIL".into(), ..new("U1", 4) };
        let refused = link(&mut tx, by, (1, &wallet, 8), &elsewhere).await;
        assert!(matches!(refused, Err(LinkError::UnknownSponsor { .. })), "{refused:?}");

        let how = |day| Unlink { on: may(day), reason: Some(" asked ".into()), note: None };
        let early = unlink(&mut tx, by, (7, made.link_id), &how(3)).await;
        assert!(matches!(early, Err(LinkError::BeforeItBegan { .. })), "{early:?}");
        let theirs = unlink(&mut tx, by, (8, made.link_id), &how(9)).await;
        assert!(matches!(theirs, Err(LinkError::NotLinked)), "another's: {theirs:?}");
        unlink(&mut tx, by, (7, made.link_id), &how(9)).await.expect("ended");
        let twice = unlink(&mut tx, by, (7, made.link_id), &how(9)).await;
        assert!(matches!(twice, Err(LinkError::NotLinked)), "{twice:?}");
        let ended = links(&mut tx, 7).await.expect("links")[0].ended.clone().expect("its end");
        assert_eq!((ended.on, ended.reason.as_deref()), (may(9), Some("asked")));
        link(&mut tx, by, (1, &wallet, 8), &new("U1", 9)).await.expect("the number is free");

        let code = |text: &str| domain::code::PartnerCode::new(text);
        let named = [("AIR:U1", 3), ("AIR:U1", 4), ("AIR:U1", 8), ("AIR:U1", 9), ("AIR:U2", 5)];
        let named = named.map(|(text, day)| (code(text), may(day))).into();
        let meant = meant_by(&mut tx, &named).await.expect("read");
        let whose = |text: &str, day| meant.get(&(code(text), may(day))).copied();
        assert_eq!([3, 4, 8, 9].map(|day| whose("AIR:U1", day)), [None, Some(7), Some(7), Some(8)]);
        assert_eq!(whose("AIR:U2", 5), None);
    })
    .await;
}

#[tokio::test]
async fn who_looks_after_people_is_what_was_said_last() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let mut tx = db.write().await.expect("a turn to write");
        let by = (&Actor::System, now);
        assert!(leads(&mut tx, 7).await.expect("read").is_empty());
        for (user, says) in [(1, Lead::Looks), (2, Lead::Looks), (1, Lead::Not), (3, Lead::Not)] {
            say_lead(&mut tx, by, (7, user), says).await.expect("kept");
        }
        assert_eq!(leads(&mut tx, 7).await.expect("read"), [2].into());
        assert!(leads(&mut tx, 8).await.expect("read").is_empty(), "another company");
    })
    .await;
}
