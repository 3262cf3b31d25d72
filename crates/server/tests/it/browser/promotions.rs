//! A promotion by the pages alone: built from a template at a desk, looked at before anything is
//! kept, let act by a second person; then a sale brings its bonus, and the partner sees it on a
//! phone.
//!
//! The figures: Adler bought bikes for 1,200 and 300, Birke for 900 in the last weeks. A hundred
//! points for each partner's first order of bikes would have been given twice.

use engine::access::{Actor, Role};
use engine::wallets;
use fantoccini::Locator;
use jiff::civil::date;

use super::driver::{Browser, Screen};
use super::story::{self, Served, Vendor, item};
use super::{import, sign_in};

const CLUB: &str = "\
wallet: club
name: { en: Partner club }
currency: EUR
time_zone: Europe/Berlin
points: { STAR: { name: { en: Stars }, cost: 0.5 } }
";

const SALES: &str = "
program: sales
name: { en: Stars for sales }
currency: EUR
time_zone: Europe/Berlin
starts: 2026-01-01
terms:
  - { term: all, group_by: fact, measure: sum(amount), per_unit: 0.1, reward: { points: STAR } }
";

const SPRING: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
A1,2026-05-04,P1,B1,2,1200,EUR,INV-1,1
A2,2026-05-11,P2,B1,2,900,EUR,INV-2,1
A3,2026-05-18,P1,B1,1,300,EUR,INV-3,1
";

/// On the first day of the promotion.
const JUNE: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
C1,2026-06-22,P1,B1,1,400,EUR,INV-4,1
";

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_built_previewed_handed_on_and_pays() {
    let Some(browser) = Browser::start().await else { return };
    let served = vendor().await.serve().await;
    manager_builds(&browser, &served).await;
    second_person_activates(&browser, &served).await;
    import(&browser, &served, "june.csv", JUNE).await;
    browser.open(&served.at("/console/loyalty/promotions/welcome")).await;
    browser.sees("1 of 100").await;
    let phone = Browser::start_as(Screen::Phone).await.expect("a second browser");
    partner_sees(&phone, &served).await;
    phone.end().await;
    browser.end().await;
}

async fn vendor() -> Vendor {
    let vendor = Vendor::at("2026-06-22T07:00:00Z").await;
    let office = &vendor.office;
    let partners = vec![item("P1", "Adler", &[]), item("P2", "Birke", &[])];
    let bike = item("B1", "Road bike", &[("category", "Bikes")]);
    story::master_data(office, date(2026, 1, 1), partners, vec![bike]).await;
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let (code, _) = wallets::draft(&mut tx, &system, now, CLUB).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, &code).await.expect("active");
    tx.commit().await.expect("committed");
    story::activate(office, SALES).await;
    story::import(office, "spring.csv", SPRING, Actor::System).await;
    vendor.user("maria", Role::IncentiveManager).await;
    vendor.user("ken", Role::Administrator).await;
    vendor.partner_user("adler", "P1").await;
    vendor
}

async fn manager_builds(browser: &Browser, served: &Served) {
    sign_in(browser, served, "maria").await;
    browser.sees_at("/console").await;
    browser.open(&served.at("/console/loyalty/promotions")).await;
    browser.press("a[href='/console/loyalty/promotions/new']").await;
    browser.press("a[href$='?template=hundred']").await;
    browser.write("input[name='code']", "welcome").await;
    browser.write("input[name='name_en']", "Welcome bonus").await;
    browser.write("input[name='categories']", "Bikes").await;
    browser.press("button[name='do'][value='preview']").await;
    browser.sees("2 of 2 partners meet the condition today").await;
    browser.sees("Looked back at 90 days").await;
    browser.sees("Adler").await;
    browser.sees("EUR 100.00").await;
    browser.sees("promotion: welcome").await;
    browser.press("button[name='do'][value='save']").await;
    browser.sees_at("/console/loyalty/promotions/welcome").await;
    browser.sees("What waits").await;
}

async fn second_person_activates(browser: &Browser, served: &Served) {
    browser.forget().await;
    sign_in(browser, served, "ken").await;
    browser.sees_at("/console").await;
    browser.open(&served.at("/console/loyalty/promotions/welcome")).await;
    browser.press("a[href^='/console/loyalty/wallets/club']").await;
    browser.press("form[action='/console/loyalty/wallets/club/activate'] button").await;
    browser.sees_element(Locator::Css("h1")).await;
    browser.open(&served.at("/console/loyalty/promotions/welcome")).await;
    browser.sees("No active program pays under it").await;
    browser.press("a[href^='/console/programs/welcome/versions/']").await;
    browser.sees("Activate version 1").await;
    // It counts what earns points as well, which is meant.
    let why = "textarea[name='comment']";
    browser.write_if_asked(why, "On top of the points for sales.").await;
    browser.press("button[name='do'][value='activate']").await;
    browser.sees_at("/console/programs/welcome").await;
    browser.open(&served.at("/console/loyalty/promotions/welcome")).await;
    browser.sees("100 Stars for each sale").await;
}

async fn partner_sees(phone: &Browser, served: &Served) {
    sign_in(phone, served, "adler").await;
    phone.sees_at("/portal").await;
    phone.open(&served.at("/portal/points")).await;
    phone.sees("1 promotion runs for you").await;
    phone.open(&served.at("/portal/points/promotions")).await;
    phone.sees("Welcome bonus").await;
    phone.sees("It has brought you 100 points").await;
    phone.sees("99 left for all").await;
    phone.fits().await;
}
