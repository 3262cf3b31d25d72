use domain::wallet::{AskedLine, read_line};
use domain::yaml::Tree;
use jiff::civil::Date;

use super::*;
use crate::access::Role;
use crate::catalog::{self, Fields, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::office::Office;
use crate::policy::{self, Policy};
use crate::wallets::{activate, balances, draft};

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { worth: 0.05, cost: 0.04 }
  DEAR: { cost: 2 }
  FREE: {}
";

/// An office where adjustments from 100 euros on go through a chain.
async fn office(db: &Db) -> Office {
    let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let office = Office::new(db.clone(), Arc::new(FixedClock::at(now)));
    let mut tx = db.write().await.expect("a turn to write");
    let by = Actor::System;
    let item = Item::new("P1", Names::new(), Fields::new()).expect("an item");
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, vec![item]).await.expect("a partner");
    draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    activate(&mut tx, &by, now, "club").await.expect("a wallet that acts");
    let chains = vec![policy::read_chain("adjustment EUR 100: anyone 3").expect("a chain")];
    let policy = Policy { chains, ..Policy::default() };
    policy::keep(&mut tx, &by, now, &policy).await.expect("a policy");
    tx.commit().await.expect("a commit");
    office
}

fn user(name: &str, role: Role) -> Actor {
    let id = Id::new(Kind::User, Timestamp::UNIX_EPOCH);
    Actor::User { id, name: name.to_owned(), role }
}

fn line(text: &str) -> Ask {
    let root = domain::yaml::parse(text).expect("YAML").root;
    let parsed = read_line(&Tree::from(&root), &jiff::tz::TimeZone::UTC);
    let AskedLine { key, on, command } = parsed.value.expect("a line");
    Ask { key, on, command }
}

fn credit(key: &str, amount: u32) -> Ask {
    line(&format!("{{ credit: {key}, partner: P1, points: STAR, amount: {amount} }}"))
}

async fn ask(office: &Office, by: &Actor, ask: &Ask) -> Result<Proposal, ByHandError> {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let asked = Box::pin(propose(&mut tx, &rules, by, office.now(), ask)).await?;
    tx.commit().await.expect("a commit");
    Ok(asked)
}

async fn answer(
    office: &Office,
    by: &Actor,
    to: (&str, Status),
    comment: Option<&str>,
) -> Result<Proposal, ByHandError> {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let of = (&*rules, &*master);
    let decided = Box::pin(decide(&mut tx, of, by, office.now(), to, comment)).await?;
    tx.commit().await.expect("a commit");
    Ok(decided)
}

async fn balance(office: &Office) -> Decimal {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let owner = PartnerCode::new("P1");
    let rows = balances(&mut reader, &rules, &master, office.now(), &owner).await;
    let rows = rows.expect("balances");
    rows.iter().filter(|row| row.unit == "STAR").map(|row| row.amount).sum()
}

#[tokio::test]
async fn points_count_at_what_they_cost_or_pay_whichever_is_more() {
    for_each_database(async |db| {
        let office = Box::pin(office(&db)).await;
        let mut reader = db.read().await.expect("a reader");
        let rules = office.rules(&mut reader).await.expect("rules");
        for (verb, points, amount, expected) in [
            ("credit", "STAR", 1_999, false),
            ("credit", "STAR", 2_000, true),
            ("debit", "STAR", 1_999, false),
            ("debit", "STAR", 2_000, true),
            ("credit", "DEAR", 49, false),
            ("credit", "DEAR", 50, true),
            ("credit", "FREE", 1_000_000, false),
            ("credit", "NONE", 1_000_000, false),
        ] {
            let text = format!("{{ {verb}: K, partner: P1, points: {points}, amount: {amount} }}");
            let needs = needs_second(&mut reader, &rules, &line(&text).command).await;
            assert_eq!(needs.expect("reads"), expected, "{text}");
        }
        let other = line("{ redeem: K, partner: P1, points: STAR, amount: 9000 }");
        let needs = needs_second(&mut reader, &rules, &other.command).await.expect("reads");
        assert!(!needs, "what a partner spends is its own");
    })
    .await;
}

#[tokio::test]
async fn a_second_person_lets_points_act_and_nobody_else() {
    Box::pin(for_each_database(async |db| {
        let office = Box::pin(office(&db)).await;
        let (ann, bob) = (user("Ann", Role::Finance), user("Bob", Role::Finance));
        let asked = ask(&office, &ann, &credit("C1", 4_000)).await.expect("asked");
        assert_eq!((asked.status, asked.amount), (Status::Proposed, 4_000.into()));
        assert_eq!(balance(&office).await, 0.into(), "it waits");
        let own = answer(&office, &ann, (&asked.id, Status::Approved), None).await;
        assert!(matches!(own, Err(ByHandError::OwnRequest)), "{own:?}");
        let manager = user("Max", Role::IncentiveManager);
        for to in [Status::Approved, Status::Rejected] {
            let weak = answer(&office, &manager, (&asked.id, to), None).await;
            assert!(matches!(weak, Err(ByHandError::MayNot)), "{weak:?}");
        }
        let long = "x".repeat(COMMENT_CHARS_MAX + 1);
        let long = answer(&office, &bob, (&asked.id, Status::Approved), Some(&long)).await;
        assert!(matches!(long, Err(ByHandError::LongComment)), "{long:?}");
        let done = answer(&office, &bob, (&asked.id, Status::Approved), Some(" seen ")).await;
        let done = done.expect("approved");
        assert_eq!(
            (done.decided_by.as_deref(), done.comment.as_deref()),
            (Some("Bob"), Some("seen"))
        );
        assert_eq!(balance(&office).await, 4_000.into());
        let twice = answer(&office, &bob, (&asked.id, Status::Approved), None).await;
        assert!(matches!(twice, Err(ByHandError::Decided)), "{twice:?}");
        assert_eq!(balance(&office).await, 4_000.into());
        let none = answer(&office, &bob, ("nothing", Status::Approved), None).await;
        assert!(matches!(none, Err(ByHandError::NotFound)), "{none:?}");
    }))
    .await;
}

#[tokio::test]
async fn what_is_asked_twice_waits_once_and_a_key_stands_for_one_thing() {
    for_each_database(async |db| {
        let office = Box::pin(office(&db)).await;
        let ann = user("Ann", Role::Finance);
        let first = ask(&office, &ann, &credit("C1", 4_000)).await.expect("asked");
        let again = ask(&office, &ann, &credit("C1", 4_000)).await.expect("asked");
        assert_eq!(first, again);
        let other = ask(&office, &ann, &credit("C1", 5_000)).await;
        assert!(matches!(other, Err(ByHandError::OtherContent)), "{other:?}");
        let replaced = ask(&office, &ann, &credit("C2", 5_000)).await.expect("a new key");
        assert_ne!(replaced.id, first.id);
        for (text, refusal) in [
            ("{ credit: C3, partner: P1, points: STAR, amount: 0 }", Refusal::InvalidAmount),
            ("{ credit: C3, partner: P1, points: NONE, amount: 9 }", Refusal::UnknownCode),
        ] {
            let refused = ask(&office, &ann, &line(text)).await;
            let found = matches!(&refused, Err(ByHandError::Refused(why)) if *why == refusal);
            assert!(found, "{text}: {refused:?}");
        }
        let spent = ask(&office, &ann, &line("{ release: H }")).await;
        assert!(matches!(spent, Err(ByHandError::NotFound)), "{spent:?}");
        let mut reader = db.read().await.expect("a reader");
        assert_eq!(waiting(&mut reader).await.expect("reads"), 2);
        let keys: Vec<String> = all(&mut reader)
            .await
            .expect("reads")
            .iter()
            .map(|one| one.ask.key.to_string())
            .collect();
        assert_eq!(keys, ["C2", "C1"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_asked_is_withdrawn_by_who_asked_and_stays_so() {
    for_each_database(async |db| {
        let office = Box::pin(office(&db)).await;
        let manager = user("Max", Role::IncentiveManager);
        let asked = ask(&office, &manager, &credit("C1", 4_000)).await.expect("asked");
        let gone = answer(&office, &manager, (&asked.id, Status::Rejected), Some("typo")).await;
        assert_eq!(gone.expect("taken back").status, Status::Rejected);
        let bob = user("Bob", Role::Finance);
        let late = answer(&office, &bob, (&asked.id, Status::Approved), None).await;
        assert!(matches!(late, Err(ByHandError::Decided)), "{late:?}");
        let again = ask(&office, &manager, &credit("C1", 4_000)).await.expect("the same request");
        assert_eq!(again.status, Status::Rejected, "what was rejected stays so");
        assert_eq!(balance(&office).await, 0.into());
    })
    .await;
}

#[tokio::test]
async fn what_the_wallet_refuses_goes_on_waiting() {
    for_each_database(async |db| {
        let office = Box::pin(office(&db)).await;
        let (ann, bob) = (user("Ann", Role::Finance), user("Bob", Role::Finance));
        let debit = line("{ debit: D1, partner: P1, points: STAR, amount: 3000 }");
        let asked = ask(&office, &ann, &debit).await.expect("asked");
        let refused = answer(&office, &bob, (&asked.id, Status::Approved), None).await;
        assert!(matches!(refused, Err(ByHandError::Refused(Refusal::Insufficient))), "{refused:?}");
        let first = ask(&office, &ann, &credit("C1", 4_000)).await.expect("asked");
        answer(&office, &bob, (&first.id, Status::Approved), None).await.expect("approved");
        let done = answer(&office, &bob, (&asked.id, Status::Approved), None).await;
        assert_eq!(done.expect("there is enough now").status, Status::Approved);
        assert_eq!(balance(&office).await, 1_000.into());
    })
    .await;
}
