//! Points on a phone: a partner orders a reward and shows a voucher, and what it has moves under its
//! eyes when the vendor takes a sale in.

use engine::access::{Actor, Role};
use engine::office::Office;
use engine::wallets;
use fantoccini::Locator;
use jiff::civil::date;

use super::driver::{Browser, Screen};
use super::sign_in;
use super::story::{self, Served, Vendor, item};

pub const CLUB: &str = "
wallet: club
name: { en: Star Club }
currency: EUR
points:
  STAR: { name: { en: Stars }, worth: 0.05, expiry: 12 months }
vouchers:
  LUNCH: { name: { en: Lunch }, value: 25, expiry: 6 months }
rewards:
  cap: { name: { en: Cap }, points: STAR, price: 100, stock: 5, per_partner: 3 }
  lunch: { name: { en: Lunch for two }, points: STAR, price: 400, gives: { voucher: LUNCH } }
  bike: { name: { en: Bike }, points: STAR, price: 90000 }
";

const SALES: &str = "
program: star-sales
name: { en: Stars for sales }
currency: EUR
starts: 2026-01-01
terms:
  - { term: stars, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
";

const LINES: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
S1,2026-05-10,P1,B1,5,640,EUR,INV-S,1
";

/// Lets a wallet act.
pub async fn activate(office: &Office, text: &str) {
    let (now, by) = (office.now(), Actor::System);
    let mut tx = office.db().write().await.expect("a transaction");
    let (code, _) = wallets::draft(&mut tx, &by, now, text).await.expect("a draft");
    wallets::activate(&mut tx, &by, now, &code).await.expect("a wallet that acts");
    tx.commit().await.expect("committed");
}

async fn vendor() -> Vendor {
    let vendor = Vendor::at("2026-06-12T09:00:00Z").await;
    let office = &vendor.office;
    let partners = vec![item("P1", "Adler", &[]), item("P2", "Birke", &[])];
    let products = vec![item("B1", "Road bike", &[("category", "Bikes")])];
    story::master_data(office, date(2026, 1, 1), partners, products).await;
    activate(office, CLUB).await;
    story::activate(office, SALES).await;
    story::import(office, "may.csv", LINES, Actor::System).await;
    vendor.user("manager", Role::IncentiveManager).await;
    vendor.partner_user("adler", "P1").await;
    vendor
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_redeems_on_a_phone() {
    let Some(phone) = Browser::start_as(Screen::Phone).await else { return };
    let served = vendor().await.serve().await;
    sign_in(&phone, &served, "adler").await;
    phone.sees("640 Stars").await;
    phone.fits().await;
    orders_caps(&phone, &served).await;
    shows_a_voucher(&phone, &served).await;
    reads_what_happened(&phone, &served).await;
    phone.end().await;
}

/// Two caps for 200 stars, after a look at what is left; four are more than one partner may have.
async fn orders_caps(phone: &Browser, served: &Served) {
    phone.open(&served.at("/portal/points/rewards")).await;
    phone.sees("89,360 points are missing").await;
    phone.fits().await;
    phone.press("a[href='/portal/points/rewards/cap']").await;
    phone.write("#quantity", "4").await;
    phone.press("form[method='get'] button").await;
    phone.sees("This is more than one partner may have").await;
    phone.open(&served.at("/portal/points/rewards/cap")).await;
    phone.write("#quantity", "2").await;
    phone.press("form[method='get'] button").await;
    phone.sees("Order for 200 Stars").await;
    phone.sees("440 Stars").await;
    phone.fits().await;
    phone.press("form[method='post'][action='/portal/points/rewards/cap'] button").await;
    phone.sees_at("/portal/points/rewards").await;
    phone.sees("Cap × 2").await;
    phone.sees("440 Stars").await;
}

/// The lunch is a voucher, which is shown as a code to scan.
async fn shows_a_voucher(phone: &Browser, served: &Served) {
    phone.press("a[href='/portal/points/rewards/lunch']").await;
    phone.press("form[method='get'] button").await;
    phone.press("form[method='post'][action='/portal/points/rewards/lunch'] button").await;
    phone.sees("40 Stars").await;
    phone.open(&served.at("/portal/points/vouchers")).await;
    phone.sees("EUR 25.00").await;
    phone.press("a[href^='/portal/points/vouchers/']").await;
    phone.sees_element(Locator::Css(".tk-qr")).await;
    phone.fits().await;
}

async fn reads_what_happened(phone: &Browser, served: &Served) {
    phone.open(&served.at("/portal/points/history")).await;
    for seen in ["−400 Stars", "−200 Stars", "+640 Stars", "Stars for sales · S1"] {
        phone.sees(seen).await;
    }
    phone.fits().await;
}
