//! Money for points, by the pages: ordered in the portal, decided in the console, told to both.

use domain::wallet::{ByHand, Command};
use engine::wallets::{self, Ask};

use super::own::{Story, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club }
currency: EUR
points: { STAR: { name: Stars, worth: 0.05, expiry: 12 months } }
rewards:
  cash: { name: 20 euros, points: STAR, price: 400, gives: { cash: 20 } }
";

/// P1 has 1,000 stars.
async fn told() -> Story {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    wallets::draft(&mut tx, &system, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    let mut tx = office.db().write().await.expect("a transaction");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let command = Command::Credit(ByHand {
        partner: domain::code::PartnerCode::new("P1"),
        unit: "STAR".into(),
        amount: 1000.into(),
        subtype: None,
        expires: None,
        usable: None,
        promotion: None,
        sponsors: Vec::new(),
        reason: None,
    });
    let ask = Ask { key: "C-1".into(), on: None, command };
    wallets::act(&mut tx, &rules, &master, (&system, now), &ask).await.expect("credited");
    tx.commit().await.expect("committed");
    story
}

#[tokio::test]
async fn money_for_points_is_a_payout_that_says_why() {
    let story = told().await;
    let test = &story.test;
    let (path, form) = ("/portal/points/rewards/cash", "key=k1&quantity=1");
    let (_, _, page) = test.get("/portal/points", &story.one).await;
    let form = format!("csrf={}&{form}", csrf(&page));
    let (status, _, body) = test.post(path, &story.one, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");

    // The partner finds it among its payouts, and why.
    let records = story.ok("/portal/records", &story.one).await;
    assert!(
        says(&records, "Reward: 20 euros") && says(&records, "400 Stars, order R-"),
        "{records}"
    );
    let (_, rest) = records.split_once("href=\"/portal/payouts/").expect("a payout");
    let id = rest.split('"').next().expect("an id").to_owned();
    let own = story.ok(&format!("/portal/payouts/{id}"), &story.one).await;
    assert!(says(&own, "EUR 20.00 for 400 Stars, order R-"), "{own}");
    assert!(!own.contains("/portal/disputes/new") && !own.contains("/portal/explain/"), "{own}");
    story.is_not_there(&format!("/portal/payouts/{id}"), &story.two).await;

    // Finance finds it among what waits, by itself, and approves it.
    let finance = test.sign_in("finance").await;
    let queue = story.ok("/console/approvals", &finance).await;
    assert!(says(&queue, "Rewards in cash"), "{queue}");
    let (_, rest) = queue.split_once("href=\"/console/payouts?source=reward").expect("a queue");
    let rest = rest.split('"').next().expect("an address").replace("&amp;", "&");
    let list = story.ok(&format!("/console/payouts?source=reward{rest}"), &finance).await;
    assert!(says(&list, "Reward: 20 euros · 400 Stars, order R-"), "{list}");
    let none = story.ok("/console/payouts?source=period", &finance).await;
    assert!(!says(&none, "Reward: 20 euros"), "{none}");
    let page = story.ok(&format!("/console/payouts/{id}"), &finance).await;
    assert!(says(&page, "Why it is owed") && says(&page, "EUR 20.00 for 400 Stars"), "{page}");
    assert!(page.contains("/console/partners/P1/loyalty"), "{page}");
    let ja = format!("{finance}; tokuten_language=ja");
    let page = story.ok(&format!("/console/payouts/{id}"), &ja).await;
    assert!(says(&page, "EUR 20.00をお支払いします"), "{page}");
    let form = format!("csrf={}&key=k2&back=&comment=", csrf(&page));
    let approve = format!("/console/payouts/{id}/approve");
    let (status, _, body) = test.post(&approve, &finance, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let order = own.split("order ").nth(1).expect("a key").split([' ', '<']).next();
    let order = order.expect("a key").to_owned();
    let found = story.ok(&format!("/console/search?q={order}"), &finance).await;
    assert!(says(&found, "Rewards in cash"), "found by its order: {found}");

    // What is cancelled before it is paid is not paid.
    let office = test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let rules = office.rules(&mut tx).await.expect("rules");
    let master = office.master(&mut tx).await.expect("master data");
    let command = Command::Cancel { amount: None, expires: None, reason: None };
    let ask = Ask { key: order.as_str().into(), on: None, command };
    let by = (&Actor::System, office.now());
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await.expect("an answer");
    assert!(matches!(answer, wallets::Answer::Taken(_)), "{answer:?}");
    tx.commit().await.expect("committed");
    let page = story.ok(&format!("/console/payouts/{id}"), &finance).await;
    assert!(says(&page, "Withdrawn") && !page.contains(&format!("{id}/paid")), "{page}");
    let own = story.ok(&format!("/portal/payouts/{id}"), &story.one).await;
    assert!(says(&own, "Withdrawn") && !own.contains("/agree"), "{own}");
    let list = story.ok("/console/payouts?filter=withdrawn", &finance).await;
    assert!(says(&list, "Reward: 20 euros"), "{list}");
}
