use std::sync::Arc;

use jiff::civil::Date;

use super::*;
use crate::access::{Actor, NewUser, Passwords, Role, create_user};
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::testing::for_each_database;
use crate::mail::Filter;
use crate::office::Office;
use crate::wallets;

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { cost: 0.04 } }
sponsors: { HOTEL: { name: Grand Hotel, billing: prepaid, points: STAR, cost: 0.03, alert: 300 } }
";

async fn tell(office: &Office, line: &str) {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let root = domain::yaml::parse(line).expect("YAML").root;
    let tree = domain::yaml::Tree::from(&root);
    let asked = domain::wallet::read_line(&tree, &jiff::tz::TimeZone::UTC).value.expect("a line");
    let ask = wallets::Ask { key: asked.key, on: asked.on, command: asked.command };
    let by = (&Actor::System, office.now());
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    assert!(matches!(answer, wallets::Answer::Taken(_)), "{line}: {answer:?}");
    tx.commit().await.expect("committed");
}

async fn written(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let all = mail::page(&mut reader, &Filter::default(), 50).await.expect("letters");
    all.into_iter().map(|it| format!("{} {}", it.kind.word(), it.address)).collect()
}

/// Told once for each time that a pack falls below its level, to people of the vendor who have an
/// address.
#[tokio::test]
async fn a_pack_that_is_low_is_told_once_for_each_time() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(now));
        let office = Office::new(db.clone(), clock.clone());
        let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
        let item = Item::new("P1", Names::new(), catalog::Fields::new()).expect("an item");
        catalog::upsert_partners(&mut tx, now, &by, Date::MIN, vec![item]).await.expect("partners");
        wallets::draft(&mut tx, &by, now, WALLET).await.expect("a draft");
        wallets::activate(&mut tx, &by, now, "club").await.expect("active");
        for (login, role) in [
            ("finance@hibari.example", Role::Finance),
            ("manager", Role::IncentiveManager),
            ("one@adler.example", Role::Partner { partner_id: 1 }),
        ] {
            let password = Passwords::for_tests().hash("correct horse").await.expect("hashed");
            let (login, name) = (login.to_owned(), login.to_owned());
            let new = NewUser { login, name, password, role, language: "en".into() };
            create_user(&mut tx, now, &by, new).await.expect("a user");
        }
        mail::switch(&mut tx, now, true).await.expect("switched");
        tx.commit().await.expect("committed");

        tell(&office, "{ top_up: B1, sponsor: HOTEL, amount: 1000 }").await;
        let credit = |key: &str, amount: i32| {
            format!(
                "{{ credit: {key}, partner: P1, points: STAR, amount: {amount}, sponsor: HOTEL }}"
            )
        };
        tell(&office, &credit("C1", 600)).await;
        assert_eq!(written(&office).await, Vec::<String>::new(), "400 are left");
        let finance = "sponsor_low finance@hibari.example";
        clock.advance(jiff::SignedDuration::from_secs(1));
        tell(&office, &credit("C2", 200)).await;
        assert_eq!(written(&office).await, [finance]);
        clock.advance(jiff::SignedDuration::from_secs(1));
        tell(&office, &credit("C3", 50)).await;
        assert_eq!(written(&office).await, [finance], "it is low still");
        tell(&office, "{ top_up: B2, sponsor: HOTEL, amount: 500 }").await;
        clock.advance(jiff::SignedDuration::from_secs(1));
        tell(&office, &credit("C4", 400)).await;
        assert_eq!(written(&office).await, [finance, finance], "it fell again");
    })
    .await;
}
