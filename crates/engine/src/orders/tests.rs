use std::sync::Arc;

use domain::wallet::{ByHand, OrderReward};
use jiff::civil::Date;

use super::*;
use crate::access::{Role, Scope};
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::id::{Id, Kind};
use crate::office::Office;
use crate::policy::{self, Policy};
use crate::wallets::{activate, draft};

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { expiry: 12 months, worth: 0.5 } }
vouchers: { CUP: { value: 10 } }
rewards:
  mug: { points: STAR, price: 100, stock: 3 }
  card: { points: STAR, price: 50, gives: { voucher: CUP } }
";

/// P1 and P2 have 500 each.
async fn office(db: &Db) -> Office {
    let now: Timestamp = "2026-05-04T09:00:00Z".parse().expect("an instant");
    let office = Office::new(db.clone(), Arc::new(FixedClock::at(now)));
    let mut tx = db.write().await.expect("a turn to write");
    let item = |at: i32| Item::new(&format!("P{at}"), Names::new(), catalog::Fields::new());
    let items = (1..3).map(item).collect::<Result<Vec<_>, _>>().expect("items");
    let by = Actor::System;
    catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await.expect("partners");
    draft(&mut tx, &by, now, WALLET).await.expect("a draft");
    activate(&mut tx, &by, now, "club").await.expect("a wallet that acts");
    tx.commit().await.expect("a commit");
    for partner in ["P1", "P2"] {
        let command = Command::Credit(ByHand {
            partner: PartnerCode::new(partner),
            unit: Arc::from("STAR"),
            amount: 500.into(),
            subtype: None,
            expires: None,
            usable: None,
            promotion: None,
            sponsors: Vec::new(),
            reason: None,
        });
        tell(&office, &format!("C-{partner}"), command).await;
    }
    office
}

async fn tell(office: &Office, key: &str, command: Command) -> Answer {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let ask = Ask { key: Arc::from(key), on: None, command };
    let by = (&Actor::System, office.now());
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    tx.commit().await.expect("a commit");
    answer
}

async fn order(office: &Office, (key, partner, reward): (&str, &str, &str)) -> Answer {
    let (partner, reward) = (PartnerCode::new(partner), Arc::from(reward));
    tell(office, key, Command::OrderReward(OrderReward { partner, reward, quantity: 1 })).await
}

async fn take(office: &Office, key: &str, taken: Step) -> Result<Order, OrderError> {
    take_as(office, &Actor::System, key, taken).await
}

async fn take_as(
    office: &Office,
    actor: &Actor,
    key: &str,
    taken: Step,
) -> Result<Order, OrderError> {
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let by = (actor, office.now());
    let order = step(&mut tx, (&rules, &master), by, key, &taken).await?;
    tx.commit().await.expect("a commit");
    Ok(order)
}

async fn found(office: &Office, query: Query) -> Vec<(String, OrderState)> {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let orders = list(&mut reader, &rules, &query).await.expect("orders");
    orders.into_iter().map(|order| (order.key, order.state)).collect()
}

fn all() -> Query {
    Query { limit: 100, ..Query::default() }
}

#[tokio::test]
async fn an_order_goes_its_way_step_by_step() {
    for_each_database(async |db| {
        let office = office(&db).await;
        for of in [("R1", "P1", "mug"), ("R2", "P2", "mug"), ("R3", "P1", "card")] {
            assert!(matches!(order(&office, of).await, Answer::Taken(_)));
        }
        let both = [("R2".to_owned(), OrderState::Ordered), ("R1".to_owned(), OrderState::Ordered)];
        assert_eq!(found(&office, all()).await, both, "a voucher is given at once");
        let early = take(&office, "R1", Step::Deliver).await;
        assert!(matches!(early, Err(OrderError::WrongState { state: "ordered", .. })));
        take(&office, "R1", Step::Approve).await.expect("approved");
        take(&office, "R1", Step::Approve).await.expect("and again the same");
        let (carrier, tracking) = (Some("Yamato".to_owned()), Some("1234".to_owned()));
        let sent = take(&office, "R1", Step::Send { carrier, tracking }).await.expect("sent");
        assert_eq!(sent.steps.last().and_then(|it| it.tracking.as_deref()), Some("1234"));
        let late = take(&office, "R1", Step::Cancel { reason: None }).await;
        assert!(matches!(late, Err(OrderError::WrongState { state: "sent", .. })));
        let done = take(&office, "R1", Step::Deliver).await.expect("delivered");
        let words: Vec<&str> = done.steps.iter().map(|it| it.step.as_str()).collect();
        assert_eq!(words, ["approved", "sent", "delivered"]);
        let one = Query { state: Some(OrderState::Delivered), ..all() };
        assert_eq!(found(&office, one).await.len(), 1);
        let none = take(&office, "R3", Step::Approve).await;
        assert!(matches!(none, Err(OrderError::Unknown { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_is_cancelled_gives_points_and_stock_back() {
    for_each_database(async |db| {
        let office = office(&db).await;
        for key in ["R1", "R2", "R3"] {
            order(&office, (key, "P1", "mug")).await;
        }
        assert_eq!(order(&office, ("R4", "P2", "mug")).await, Answer::Refused(Refusal::OutOfStock));
        let asked = take(&office, "R2", Step::AskCancel { reason: None }).await.expect("asked");
        assert!(asked.cancel_asked && asked.state == OrderState::Ordered);
        assert_eq!(found(&office, Query { cancel_asked: true, ..all() }).await.len(), 1);
        let reason = Some("out of print".to_owned());
        let gone = take(&office, "R2", Step::Cancel { reason }).await.expect("cancelled");
        assert_eq!((gone.state, gone.returned), (OrderState::Cancelled, gone.points));
        assert!(matches!(order(&office, ("R5", "P2", "mug")).await, Answer::Taken(_)));
        // Cancelled where all lines are: it is cancelled here.
        tell(&office, "R3", Command::Cancel { amount: None, expires: None, reason: None }).await;
        let cancelled = Query { state: Some(OrderState::Cancelled), ..all() };
        assert_eq!(found(&office, cancelled).await.len(), 2);
        take(&office, "R1", Step::Approve).await.expect("approved");
        let late = take(&office, "R1", Step::AskCancel { reason: None }).await;
        assert!(matches!(late, Err(OrderError::WrongState { state: "approved", .. })));
        let own = Query { partner: Some(PartnerCode::new("P2")), ..all() };
        assert_eq!(found(&office, own).await, [("R5".to_owned(), OrderState::Ordered)]);
    })
    .await;
}

/// What is worth 50 is for somebody who may approve adjustments, from 50 on.
#[tokio::test]
async fn a_large_order_is_approved_by_who_may_approve_so_much() {
    let user = |name: &str, role| {
        let id = Id::new(Kind::User, Timestamp::UNIX_EPOCH);
        Actor::User { id, name: name.to_owned(), role }
    };
    for_each_database(async |db| {
        let office = office(&db).await;
        let (manager, finance) =
            (user("manager", Role::IncentiveManager), user("finance", Role::Finance));
        let limit = async |line: &str| {
            let chains = vec![policy::read_chain(line).expect("a chain")];
            let policy = Policy { chains, ..Policy::default() };
            let mut tx = office.db().write().await.expect("a turn to write");
            policy::keep(&mut tx, &finance, office.now(), &policy).await.expect("kept");
            tx.commit().await.expect("a commit");
        };
        order(&office, ("R1", "P1", "mug")).await;
        order(&office, ("R2", "P1", "mug")).await;
        limit("adjustment EUR 50.01: anyone 3").await;
        take_as(&office, &manager, "R1", Step::Approve).await.expect("less than the limit");
        limit("adjustment EUR 50: anyone 3").await;
        let refused = take_as(&office, &manager, "R2", Step::Approve).await;
        let Err(OrderError::OverLimit { amount, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(amount, 50.into());
        assert_eq!(found(&office, all()).await[0], ("R2".to_owned(), OrderState::Ordered));
        let (carrier, tracking) = (None, None);
        let sent = take_as(&office, &manager, "R1", Step::Send { carrier, tracking }).await;
        sent.expect("only the approval is asked");
        let token = |scope| Actor::Token {
            id: Id::new(Kind::ApiToken, Timestamp::UNIX_EPOCH),
            name: "shop".into(),
            scopes: vec![scope],
            partner: None,
        };
        let weak = take_as(&office, &token(Scope::WalletsWrite), "R2", Step::Approve).await;
        assert!(matches!(weak, Err(OrderError::OverLimit { .. })), "{weak:?}");
        let done = take_as(&office, &finance, "R2", Step::Approve).await.expect("approved");
        assert_eq!(done.state, OrderState::Approved);
    })
    .await;
}
