//! A partner on a phone scratches a card, sees what came of it and finds it in the list of plays.

use engine::access::{Actor, Role};
use engine::wallets;
use jiff::civil::date;

use super::driver::{Browser, Screen};
use super::sign_in;
use super::story::{Served, Vendor, activate, import, item, master_data};

const WALLET: &str = "
wallet: stars
name: { en: Star Club }
currency: EUR
points: { STAR: { name: Stars }, CARD: { name: Cards, expiry: 30 days } }
games:
  summer:
    name: Summer card
    prizes: [ { prize: ten, odds: 100%, gives: { points: STAR, amount: 10 } } ]
    play: { points: CARD, price: 1 }
";

/// One card for each line over 1,000.
const PROGRAM: &str = "
program: cards
name: { en: Cards for orders }
currency: EUR
starts: 2026-01-01
terms:
  - { term: cards, when: fact.amount > 1000, group_by: fact, measure: count(), per_unit: 1, reward: { points: CARD } }
";

const LINES: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
S1,2026-06-10,P1,B1,5,1200,EUR,INV-S,1
S2,2026-06-10,P1,B1,1,200,EUR,INV-S,2
S3,2026-06-11,P1,B1,6,1500,EUR,INV-T,1
";

async fn served() -> Served {
    let vendor = Vendor::at("2026-06-12T00:42:00Z").await;
    let office = &vendor.office;
    let partners = vec![item("P1", "Adler", &[])];
    let products = vec![item("B1", "Road bike", &[("category", "Bikes")])];
    master_data(office, date(2026, 1, 1), partners, products).await;
    let (now, system) = (office.now(), Actor::System);
    let mut tx = office.db().write().await.expect("a transaction");
    wallets::draft(&mut tx, &system, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    activate(office, PROGRAM).await;
    import(office, "june.csv", LINES, Actor::System).await;
    vendor.user("manager", Role::IncentiveManager).await;
    vendor.partner_user("adler", "P1").await;
    vendor.serve().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_scratches_a_card() {
    let Some(phone) = Browser::start_as(Screen::Phone).await else { return };
    let served = served().await;
    sign_in(&phone, &served, "adler").await;
    phone.sees_at("/portal").await;
    phone.open(&served.at("/portal/points/games")).await;
    phone.sees("You have 2 Cards").await;
    phone.fits().await;
    phone.press_link("Play").await;
    phone.sees("100.0%").await;
    phone.press("form[action='/portal/points/games/summer'] button").await;
    // Covered: nobody sees it, with eyes or without, before it is scratched.
    phone.press("[data-game-show]").await;
    phone.sees("You won: 10 Stars").await;
    phone.sees("You have 1 Cards").await;
    phone.fits().await;
    phone.press("form[action='/portal/points/games/summer'] button").await;
    phone.scratch(".tk-game__cover").await;
    phone.sees("You have 0 Cards").await;
    phone.sees("You won: 10 Stars").await;
    phone.sees("You do not have what a play costs.").await;
    phone.open(&served.at("/portal/points/games")).await;
    phone.sees("10 Stars").await;
    phone.fits().await;
    phone.open(&served.at("/portal/points")).await;
    phone.sees("20").await;
    phone.end().await;
}
