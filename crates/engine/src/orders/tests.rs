use std::sync::Arc;

use domain::wallet::{ByHand, OrderReward};
use jiff::civil::Date;

use super::*;
use crate::catalog::{self, Item, Names};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::office::Office;
use crate::wallets::{activate, draft};

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { expiry: 12 months } }
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
    let mut tx = office.db().write().await.expect("a turn to write");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let by = (&Actor::System, office.now());
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
