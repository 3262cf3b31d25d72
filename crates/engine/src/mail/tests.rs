use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::delivery::{self, Came, NotAgain, Outcome};
use super::*;
use crate::access::{Actor, NewUser, Passwords, Role, create_user, set_user_disabled};
use crate::db::testing::for_each_database;
use crate::members::agree;
use crate::outbox;
use crate::outbox::webhook::{self, Said};

const NOON: &str = "2026-05-04T12:00:00Z";

fn after(seconds: i64) -> Timestamp {
    let noon: Timestamp = NOON.parse().expect("an instant");
    noon + SignedDuration::from_secs(seconds)
}

async fn user(tx: &mut Tx, login: &str) -> User {
    let password = Passwords::for_tests().hash("correct horse").await.expect("hashed");
    let new = NewUser {
        login: login.into(),
        name: "Misaki".into(),
        password,
        role: Role::Finance,
        language: "ja".into(),
    };
    create_user(tx, after(0), &Actor::System, new).await.expect("a user")
}

fn letter(kind: Kind, key: &str, user: &User) -> Letter {
    Letter {
        kind,
        key: key.into(),
        to: To::user(user).expect("an address"),
        partner_id: None,
        mailing_id: None,
        data: json!({ "n": 1 }),
        paper: None,
    }
}

#[test]
fn an_address_has_the_form_of_one() {
    for (text, expected) in [
        (" misaki@tsubame.example ", Some("misaki@tsubame.example")),
        ("m.sato+points@mail.tsubame.co.jp", Some("m.sato+points@mail.tsubame.co.jp")),
        ("finance", None),
        ("a@b", None),
        ("@tsubame.example", None),
        ("a b@tsubame.example", None),
        ("a@tsubame.example\r\nBcc: x@y.example", None),
        ("a@-@tsubame.example", None),
        ("<a@tsubame.example>", None),
        ("a@tsubame..", None),
    ] {
        assert_eq!(address(text), expected, "`{text}`");
    }
}

/// No server, no letter; one letter for each key; consent is asked when it is written and again
/// when it is sent.
#[tokio::test]
async fn letters_are_written_once_and_held_back_without_consent() {
    for_each_database(async |db| {
        let mut tx = db.write().await.expect("a turn to write");
        let misaki = user(&mut tx, "misaki@tsubame.example").await;
        let of = Subject::User(misaki.user_id);
        let by = (&Actor::System, after(0));
        let mail = ContactChannel::Mail;
        let first = letter(Kind::Statement, "s/1", &misaki);
        assert_eq!(write(&mut tx, after(0), &first).await.expect("asked"), None, "no server");
        switch(&mut tx, after(0), true).await.expect("switched");
        let held = write(&mut tx, after(0), &first).await.expect("written").expect("a letter");
        let kept = find(&mut tx, &held).await.expect("read").expect("a letter");
        assert_eq!((kept.status, kept.why), (Status::Held, Some(Why::NoConsent)));
        agree(&mut tx, by, of, &[(mail, true)], None).await.expect("kept");
        assert_eq!(write(&mut tx, after(0), &first).await.expect("asked"), None, "the same key");
        let second = letter(Kind::Statement, "s/2", &misaki);
        let id = write(&mut tx, after(0), &second).await.expect("written").expect("a letter");
        agree(&mut tx, by, of, &[(mail, false)], None).await.expect("kept");
        assert!(delivery::is_wanted(&mut tx, after(0)).await.expect("read"));
        assert!(delivery::take(&mut tx, after(1), 9).await.expect("taken").is_empty());
        let kept = find(&mut tx, &id).await.expect("read").expect("a letter");
        assert_eq!((kept.status, kept.why), (Status::Held, Some(Why::NoConsent)));
        let again = delivery::again(&mut tx, &Actor::System, after(2), &id).await.expect("read");
        assert_eq!(again, Err(NotAgain::Held(Why::NoConsent)));
        agree(&mut tx, by, of, &[(mail, true)], None).await.expect("kept");
        let again = delivery::again(&mut tx, &Actor::System, after(2), &id).await.expect("read");
        assert_eq!(again, Ok(()));
        assert_eq!(delivery::take(&mut tx, after(2), 9).await.expect("taken").len(), 1);
        // What a password needs asks for no consent, but for a user who may sign in.
        set_user_disabled(&mut tx, after(0), &Actor::System, &misaki.id, true).await.expect("off");
        let shut = letter(Kind::Password, "p/1", &misaki);
        let id = write(&mut tx, after(0), &shut).await.expect("written").expect("a letter");
        let kept = find(&mut tx, &id).await.expect("read").expect("a letter");
        assert_eq!(kept.why, Some(Why::NoUser));
        let mut friend = letter(Kind::Friend, "f/1", &misaki);
        friend.to.user_id = None;
        stop(&mut tx, after(0), &address_hash(" MISAKI@tsubame.example")).await.expect("stopped");
        let id = write(&mut tx, after(0), &friend).await.expect("written").expect("a letter");
        let kept = find(&mut tx, &id).await.expect("read").expect("a letter");
        assert_eq!(kept.why, Some(Why::Stopped));
    })
    .await;
}

async fn try_once(tx: &mut Tx, at: Timestamp, came: Came) -> usize {
    let jobs = delivery::take(tx, at, 9).await.expect("taken");
    for job in &jobs {
        let outcome = Outcome { took_millis: 3, came: came.clone() };
        delivery::record(tx, at, job, &outcome, 0).await.expect("recorded");
    }
    jobs.len()
}

/// No for now is tried again with longer breaks, no for good ends it, ten attempts end it, and
/// who listens is told.
#[tokio::test]
async fn what_a_server_says_decides() {
    for_each_database(async |db| {
        let mut tx = db.write().await.expect("a turn to write");
        switch(&mut tx, after(0), true).await.expect("switched");
        let said = Said {
            url: "https://erp.example/".into(),
            description: String::new(),
            kinds: vec!["mail.*".into()],
        };
        webhook::create(&mut tx, &Actor::System, after(0), said).await.expect("a place");
        let misaki = user(&mut tx, "misaki@tsubame.example").await;
        let id = |it: Option<String>| it.expect("a letter");
        let test = letter(Kind::Test, "t/1", &misaki);
        let first = id(write(&mut tx, after(0), &test).await.expect("written"));
        let busy = || Came::Later(451, "4.7.1 greylisted".into());
        assert_eq!(try_once(&mut tx, after(0), busy()).await, 1);
        assert_eq!(try_once(&mut tx, after(4), busy()).await, 0, "not yet");
        assert_eq!(try_once(&mut tx, after(5), Came::Nothing("timeout".into())).await, 1);
        assert_eq!(try_once(&mut tx, after(300), busy()).await, 0, "a longer break");
        assert_eq!(try_once(&mut tx, after(305), Came::Taken(250, "ok".into())).await, 1);
        assert_eq!(try_once(&mut tx, after(900_000), busy()).await, 0, "taken is taken");
        let kept = find(&mut tx, &first).await.expect("read").expect("a letter");
        assert_eq!((kept.status, kept.attempts), (Status::Sent, 3));
        let tried = attempts(&mut tx, kept.mail_id).await.expect("read");
        let answers: Vec<(Option<i64>, Option<&str>, Option<&str>)> =
            tried.iter().map(|it| (it.code, it.answer.as_deref(), it.failure.as_deref())).collect();
        assert_eq!(
            answers,
            [
                (Some(451), Some("4.7.1 greylisted"), None),
                (None, None, Some("timeout")),
                (Some(250), Some("ok"), None)
            ]
        );

        let test = letter(Kind::Test, "t/2", &misaki);
        let second = id(write(&mut tx, after(0), &test).await.expect("written"));
        assert_eq!(try_once(&mut tx, after(0), Came::Never(550, "no such user".into())).await, 1);
        let kept = find(&mut tx, &second).await.expect("read").expect("a letter");
        assert_eq!((kept.status, kept.due), (Status::Failed, None));

        let test = letter(Kind::Test, "t/3", &misaki);
        let third = id(write(&mut tx, after(0), &test).await.expect("written"));
        let mut at = 0;
        while try_once(&mut tx, after(at), busy()).await == 1 {
            at += 90_000;
        }
        let kept = find(&mut tx, &third).await.expect("read").expect("a letter");
        assert_eq!((kept.status, kept.attempts), (Status::GivenUp, 10));
        assert_eq!(failed_since(&mut tx, after(0)).await.expect("read"), 2);
        let told = outbox::after(&mut tx, 0, 9).await.expect("news");
        let told: Vec<&str> = told.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(told, ["mail.failed", "mail.failed"]);
    })
    .await;
}

/// A process that died on the way is followed by another one when its lease is over, and what the
/// first one brings back then does not count.
#[tokio::test]
async fn a_letter_is_tried_by_one_process_at_a_time() {
    for_each_database(async |db| {
        let mut tx = db.write().await.expect("a turn to write");
        switch(&mut tx, after(0), true).await.expect("switched");
        let misaki = user(&mut tx, "misaki@tsubame.example").await;
        let test = letter(Kind::Test, "t/1", &misaki);
        write(&mut tx, after(0), &test).await.expect("written");
        let died = delivery::take(&mut tx, after(0), 9).await.expect("taken");
        assert_eq!(died.len(), 1);
        assert_eq!(try_once(&mut tx, after(119), Came::Taken(250, "ok".into())).await, 0);
        assert_eq!(try_once(&mut tx, after(120), Came::Taken(250, "ok".into())).await, 1);
        let late = Outcome { took_millis: 1, came: Came::Never(550, "late".into()) };
        delivery::record(&mut tx, after(121), &died[0], &late, 0).await.expect("recorded");
        let all = page(&mut tx, &Filter::default(), 9).await.expect("read");
        assert_eq!((all[0].status, all[0].attempts), (Status::Sent, 1));
    })
    .await;
}

/// What a letter said and to whom goes; that there was one stays, and is not sent again.
#[tokio::test]
async fn what_is_old_is_deleted() {
    for_each_database(async |db| {
        let mut tx = db.write().await.expect("a turn to write");
        switch(&mut tx, after(0), true).await.expect("switched");
        let misaki = user(&mut tx, "misaki@tsubame.example").await;
        for key in ["t/1", "t/2"] {
            write(&mut tx, after(0), &letter(Kind::Test, key, &misaki)).await.expect("written");
        }
        let jobs = delivery::take(&mut tx, after(0), 1).await.expect("taken");
        let text = ("S", "T", "<p>T</p>");
        delivery::keep_text(&mut tx, jobs[0].mail_id, text).await.expect("kept");
        let outcome = Outcome { took_millis: 3, came: Came::Taken(250, "ok".into()) };
        delivery::record(&mut tx, after(0), &jobs[0], &outcome, 0).await.expect("recorded");
        assert_eq!(purge(&mut tx, after(10), after(0)).await.expect("purged"), 0, "not so old");
        assert_eq!(purge(&mut tx, after(10), after(1)).await.expect("purged"), 1);
        assert_eq!(purge(&mut tx, after(10), after(1)).await.expect("purged"), 0, "once");
        let old = find(&mut tx, &jobs[0].id).await.expect("read").expect("a letter");
        assert!(old.is_cleared && old.address.is_empty() && old.text.is_none(), "{old:?}");
        assert!(attempts(&mut tx, old.mail_id).await.expect("read").is_empty());
        let again = delivery::again(&mut tx, &Actor::System, after(11), &old.id).await;
        assert_eq!(again.expect("read"), Err(NotAgain::Cleared));
        let filter = Filter { status: Some(Status::Waiting), ..Filter::default() };
        let waiting = page(&mut tx, &filter, 9).await.expect("read");
        assert_eq!(waiting.len(), 1, "what waits stays");
        assert_eq!(waiting[0].address, "misaki@tsubame.example");
    })
    .await;
}
