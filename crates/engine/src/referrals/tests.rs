use std::sync::Arc;

use jiff::civil::Date;

use super::*;
use crate::access::Actor;
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::testing::for_each_database;
use crate::office::Office;
use crate::wallets;

const WALLET: &str = "wallet: club\ncurrency: EUR\npoints:\n  STAR: {}\n";

/// Who brings is given 10 for a registration and 100 for the first sale, who comes 25.
const PROGRAM: &str = "\
program: friends
currency: EUR
starts: 2026-01-01
terms:
  - term: registered
    facts: [ activity ]
    when: fact.type == \"referral_registered\"
    group_by: fact
    fixed: 10
    reward: { points: STAR }
  - term: qualified
    facts: [ activity ]
    when: fact.type == \"referral_qualified\"
    group_by: fact
    fixed: 100
    reward: { points: STAR }
  - term: welcome
    facts: [ activity ]
    when: fact.type == \"referred_qualified\"
    group_by: fact
    fixed: 25
    reward: { points: STAR }
";

async fn balance(office: &Office, of: &str) -> String {
    office.accrue().await.expect("evaluated");
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let owner = PartnerCode::new(of);
    let rows = wallets::balances(&mut reader, &rules, &master, office.now(), &owner).await;
    rows.expect("balances").iter().map(|row| row.amount.to_string()).collect::<Vec<_>>().join(",")
}

async fn office_of(db: &crate::db::Db, now: Timestamp) -> (Office, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(now));
    let office = Office::new(db.clone(), clock.clone());
    let (by, mut tx) = (Actor::System, db.write().await.expect("a turn to write"));
    let item = |code: &str| Item::new(code, Names::new(), catalog::Fields::new()).expect("an item");
    let items = vec![item("P1"), item("P2"), item("P3")];
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
    wallets::draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &by, now, "club").await.expect("a wallet");
    crate::programs::save_draft(&mut tx, &by, now, PROGRAM).await.expect("a draft");
    let master = office.master(&mut tx).await.expect("master data");
    crate::programs::activate(&mut tx, &master, &by, now, ("friends", 1)).await.expect("active");
    tx.commit().await.expect("committed");
    (office, clock)
}

/// A sale of a partner, as any source tells it.
async fn sells(office: &Office, key: &str, partner: &str, day: &str) {
    let mut tx = office.db().write().await.expect("a turn to write");
    let (rules, master) = (
        office.rules(&mut tx).await.expect("rules"),
        office.master(&mut tx).await.expect("master data"),
    );
    let row = crate::ingest::row::FactRow {
        key: domain::code::FactKey::new(key),
        kind: domain::fact::FactKind::Sale,
        at: day.parse::<Date>().expect("a day").at(0, 0, 0, 0),
        of: None,
        partner: Some(PartnerCode::new(partner)),
        product: None,
        quantity: None,
        unit: None,
        amount: Some("50".parse().expect("an amount")),
        currency: Some(domain::amount::Currency::parse("EUR").expect("a currency")),
        order: None,
        line: None,
        channel: None,
        activity_type: None,
        parties: Vec::new(),
        attributes: Vec::new(),
    };
    let content = crate::imports::Posted::New(row);
    let rows = [crate::imports::PostedRow { content, raw: "{}".to_owned() }];
    let posts = [crate::imports::Post { name: "shop", actor: &Actor::System, rows: &rows }];
    let reports = crate::imports::post_facts(&mut tx, (&rules, &master), office.now(), &posts);
    let accepted = reports.await.expect("posted")[0].counts.accepted;
    assert_eq!(accepted, 1, "{key}");
    tx.commit().await.expect("committed");
}

async fn registers(office: &Office, code: &str, friend: &str) -> Result<String, ReferralError> {
    let mut tx = office.db().write().await.expect("a turn to write");
    let (rules, master) = (
        office.rules(&mut tx).await.expect("rules"),
        office.master(&mut tx).await.expect("master data"),
    );
    let row = catalog::partner_by_code(&mut tx, friend).await.expect("read").expect("a partner");
    let by = (&Actor::System, office.now());
    let done = register(&mut tx, (&rules, &master), by, code, &row).await;
    tx.commit().await.expect("committed");
    done
}

#[tokio::test]
async fn who_brings_and_who_comes_are_given_what_terms_say_once() {
    for_each_database(async |db| {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
        let (office, clock) = office_of(&db, now).await;
        let mut tx = db.write().await.expect("a turn to write");
        let code = code_of(&mut tx, now, 1).await.expect("a code");
        assert_eq!(code_of(&mut tx, now, 1).await.expect("a code"), code, "one for good");
        let of_friend_code = code_of(&mut tx, now, 2).await.expect("a code");
        let (rules, master) = (
            office.rules(&mut tx).await.expect("rules"),
            office.master(&mut tx).await.expect("master data"),
        );
        let by = (&Actor::System, now);
        let names = ("p2", "p2@example.com");
        let id = invite(&mut tx, (&rules, &master), by, 1, names).await.expect("invited");
        tx.commit().await.expect("committed");

        let refused = |it: Result<String, ReferralError>| it.expect_err("refused").to_string();
        let nobody = refused(registers(&office, "XXXXXXXX", "P2").await);
        assert_eq!(nobody, "no member has the code `XXXXXXXX`");
        let oneself = refused(registers(&office, &code, "P1").await);
        assert_eq!(oneself, "`P1` cannot bring itself, or who brought it");
        sells(&office, "S0", "P3", "2026-04-01").await;
        let late = refused(registers(&office, &code, "P3").await);
        assert_eq!(late, "`P3` sold before it named a code");

        let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);
        let done = registers(&office, &typed, "P2").await.expect("registered");
        assert_eq!(done, id, "the invitation of that name");
        let twice = refused(registers(&office, &code, "P2").await);
        assert_eq!(twice, "`P2` was brought by somebody already");
        let each_other = refused(registers(&office, &of_friend_code, "P1").await);
        assert_eq!(each_other, "`P1` cannot bring itself, or who brought it");
        assert_eq!(balance(&office, "P1").await, "10");

        assert_eq!(qualify(&office).await.expect("looked"), 0, "nothing was sold yet");
        clock.advance(jiff::SignedDuration::from_hours(72));
        sells(&office, "S1", "P2", "2026-05-06").await;
        sells(&office, "S2", "P2", "2026-05-05").await;
        assert_eq!(qualify(&office).await.expect("looked"), 1);
        assert_eq!(qualify(&office).await.expect("looked"), 0, "once");
        assert_eq!(balance(&office, "P1").await, "110");
        assert_eq!(balance(&office, "P2").await, "25");

        let mut reader = db.read().await.expect("a reader");
        let all = of_advocate(&mut reader, 1).await.expect("read");
        let [one] = all.as_slice() else { panic!("one referral, {all:?}") };
        assert_eq!((one.stage(), one.friend_id), (Stage::Qualified, Some(2)));
        assert_eq!(one.reached(Stage::Qualified), Some(Date::constant(2026, 5, 5)));
    })
    .await;
}
