//! The second pair of eyes.

use super::*;
use crate::access::{NewUser, Passwords, Role, UserChange, change_user, create_user};
use crate::audit;
use crate::rules;

async fn person(db: &Db, login: &str, role: Role) -> Actor {
    let mut tx = db.write().await.unwrap();
    let new = NewUser {
        login: login.to_owned(),
        name: login.to_owned(),
        password: Passwords::for_tests().hash("correct horse").await.unwrap(),
        role,
        language: "en".to_owned(),
    };
    let user = create_user(&mut tx, now(), &Actor::System, new).await.unwrap();
    tx.commit().await.unwrap();
    user.actor()
}

/// What one of them does with version 1 of `p`; what came of it.
async fn does(db: &Db, actor: &Actor, what: &str) -> String {
    let (what, said) = what.split_once(": ").unwrap_or((what, ""));
    let mut tx = db.write().await.unwrap();
    let of = ("p", 1);
    let done = match what {
        "save" => save_draft(&mut tx, actor, now(), &text("", said)).await.map(|_| ()),
        "submit" => submit(&mut tx, actor, now(), of, Some(said)).await,
        "return" => send_back(&mut tx, actor, now(), of, said).await,
        "activate" => {
            let master = load_master(&mut tx).await.unwrap();
            activate(&mut tx, &master, actor, now(), of).await
        }
        other => panic!("`{other}`"),
    };
    match done {
        Ok(()) => {
            tx.commit().await.unwrap();
            "done".to_owned()
        }
        Err(error) => error.to_string(),
    }
}

async fn told(db: &Db) -> Vec<String> {
    let mut reader = db.read().await.unwrap();
    let Some(row) = rules::program_by_code(&mut reader, "p").await.unwrap() else { return vec![] };
    let found = reviews(&mut reader, row.program_id, 1).await.unwrap();
    let told = found.into_iter().map(|review| {
        let said = review.comment.or(review.note).unwrap_or_default();
        let by = review.decided_by.unwrap_or_else(|| "-".to_owned());
        format!("{} {} {by} {said}", review.status.word(), review.asked_by)
    });
    told.map(|line| line.trim_end().to_owned()).collect()
}

const OWN: &str = "a second person activates: this draft was written or handed in by yourself";

#[tokio::test]
async fn who_wrote_or_handed_in_does_not_activate() {
    for_each_database(async |db| {
        known_world(&db).await;
        let ann = person(&db, "ann", Role::IncentiveManager).await;
        let ben = person(&db, "ben", Role::Administrator).await;
        let cyd = person(&db, "cyd", Role::IncentiveManager).await;
        let steps = [
            (&ann, "save", "done"),
            (&ann, "activate", OWN),
            (
                &ben,
                "return: why",
                "version 1 of `p` was not handed in; there is nothing to give back",
            ),
            (&cyd, "submit: please", "done"),
            (&ann, "submit", "version 1 of `p` was handed in already and waits for a decision"),
            (&ann, "activate", OWN),
            (&cyd, "activate", OWN),
            (&ben, "return:  ", "say what to change"),
            (&ben, "return: rate is too high", "done"),
            (&ann, "submit: lower now", "done"),
            (&ann, "save: , returns: own_date", "done"),
            (&ben, "save: , returns: own_date", "done"),
            (&cyd, "submit", "done"),
            (&ben, "activate", "done"),
            (&ben, "activate", "there is no draft of version 1 of `p`"),
        ];
        for (who, what, expected) in steps {
            assert_eq!(does(&db, who, what).await, expected, "{} does `{what}`", who.name());
        }
        assert_eq!(
            told(&db).await,
            [
                "activated cyd ben",
                "withdrawn ann ann lower now",
                "returned cyd ben rate is too high",
            ]
        );
        let mut reader = db.read().await.unwrap();
        let filter = audit::Filter {
            subject_kind: Some("program".to_owned()),
            subject_id: Some("p/1".to_owned()),
            ..audit::Filter::default()
        };
        let trail = audit::page(&mut reader, &filter, 50).await.unwrap();
        let actions: Vec<&str> = trail.iter().rev().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            ["save_draft", "submit", "return", "submit", "save_draft", "submit", "activate"]
        );
    })
    .await;
}

#[tokio::test]
async fn one_person_alone_needs_no_second_unless_the_vendor_wants_it() {
    for_each_database(async |db| {
        known_world(&db).await;
        let ann = person(&db, "ann", Role::IncentiveManager).await;
        let fin = person(&db, "fin", Role::Finance).await;
        let choose = async |choice| {
            let mut tx = db.write().await.unwrap();
            set_four_eyes(&mut tx, &fin, now(), choice).await.unwrap();
            tx.commit().await.unwrap();
        };
        let needs = async || needs_second(&mut db.read().await.unwrap()).await.unwrap();
        assert!(!needs().await, "finance does not write programs");
        choose(FourEyes::Always).await;
        assert_eq!(does(&db, &ann, "save").await, "done");
        assert_eq!(does(&db, &ann, "activate").await, OWN);
        choose(FourEyes::Auto).await;
        let ben = person(&db, "ben", Role::Administrator).await;
        assert!(needs().await);
        choose(FourEyes::Never).await;
        assert!(!needs().await);
        choose(FourEyes::Auto).await;
        let mut tx = db.write().await.unwrap();
        let Actor::User { id, .. } = &ben else { panic!("a user") };
        // Who only closes periods is no second person for programs.
        person_is(&mut tx, id.as_str(), "other", Role::Administrator).await;
        let change = UserChange { role: Some(Role::Finance), ..UserChange::default() };
        change_user(&mut tx, now(), &Actor::System, id.as_str(), change).await.unwrap();
        tx.commit().await.unwrap();
        assert!(needs().await, "there is another administrator");
        assert_eq!(does(&db, &Actor::System, "activate").await, "done", "a command");
    })
    .await;
}

/// Another one of a role, since the last administrator stays one.
async fn person_is(tx: &mut crate::db::Tx, _: &str, login: &str, role: Role) {
    let new = NewUser {
        login: login.to_owned(),
        name: login.to_owned(),
        password: Passwords::for_tests().hash("correct horse").await.unwrap(),
        role,
        language: "en".to_owned(),
    };
    create_user(tx, now(), &Actor::System, new).await.unwrap();
}

#[tokio::test]
async fn the_trail_has_the_text_before_and_after() {
    for_each_database(async |db| {
        known_world(&db).await;
        act(&db, &text("", "")).await.expect("active");
        let second = text("version: 2 | amends: { from: 2026-08-01 }", ", returns: own_date");
        act(&db, &second).await.expect("active");
        let mut reader = db.read().await.unwrap();
        let filter = audit::Filter {
            subject_id: Some("p/2".to_owned()),
            subject_kind: Some("program".to_owned()),
            ..audit::Filter::default()
        };
        let trail = audit::page(&mut reader, &filter, 50).await.unwrap();
        let entry = trail.iter().find(|entry| entry.action == "activate").expect("an entry");
        let said = |value: &Option<serde_json::Value>| {
            value.as_ref().and_then(|value| value.as_str().map(str::to_owned))
        };
        assert_eq!(said(&entry.before), Some(text("", "")));
        assert_eq!(said(&entry.after), Some(second));
    })
    .await;
}
