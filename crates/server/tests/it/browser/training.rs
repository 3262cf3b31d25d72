//! A partner's mechanic on a phone: reads a course, answers wrong, answers right, and sees the points
//! arrive. On the way the points of signing in come, and the vendor sees who finished.

use engine::access::{Actor, Role};
use engine::{training, wallets};
use jiff::civil::date;

use super::driver::{Browser, Screen};
use super::sign_in;
use super::story::{self, Served, Vendor, item};

const WALLET: &str = "
wallet: stars
name: { en: Star Club }
currency: EUR
points: { STAR: { name: Stars } }
";

const PROGRAM: &str = "
program: learning
name: { en: Learning }
currency: EUR
starts: 2026-01-01
fields: { fact.course: text, fact.score: number }
terms:
  - term: course
    facts: [activity]
    when: fact.type == \"course_finished\" && fact.score >= 0.5
    group_by: fact
    measure: count()
    per_unit: 50
    reward: { points: STAR }
  - term: sign-in
    facts: [activity]
    when: fact.type == \"sign_in\"
    frequency: { first: 1, per: program }
    group_by: fact
    measure: count()
    per_unit: 5
    reward: { points: STAR }
";

const COURSE: &str = "
course: ebike
name: { en: E-bike basics }
when: partner.country == \"DE\"
pages:
  - { page: battery, name: The battery, text: Switch it **off** first. }
  - { page: motor, name: The motor, text: Then look at the display. }
quiz:
  pass: 100%
  tries: 3
  shuffle: false
  questions:
    - question: first
      asks: What comes first?
      options:
        - { text: Wash it }
        - { text: Switch it off, right: true }
      why: It may start by itself.
    - { question: hose, asks: A hose is fine., is: false, why: Water gets in. }
certificate: { name: { en: E-bike fitter }, valid: 2 years }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_course_is_finished_on_a_phone_and_points_arrive() {
    let Some(phone) = Browser::start_as(Screen::Phone).await else { return };
    let served = vendor().await.serve().await;
    reads(&phone, &served).await;
    fails_and_passes(&phone, &served).await;
    has_points(&phone, &served).await;
    phone.end().await;
    let browser = Browser::start().await.expect("a second browser");
    sign_in(&browser, &served, "manager").await;
    browser.sees_at("/console").await;
    browser.open(&served.at("/console/training/ebike/people?filter=finished")).await;
    browser.sees("adler").await;
    browser.sees("2 / 2").await;
    browser.end().await;
}

async fn vendor() -> Vendor {
    let vendor = Vendor::at("2026-06-22T07:00:00Z").await;
    let office = &vendor.office;
    let partners = vec![item("P1", "Adler", &[("country", "DE")])];
    story::master_data(office, date(2026, 1, 1), partners, vec![]).await;
    let (now, system) = (office.now(), Actor::System);
    let mut tx = office.db().write().await.expect("a transaction");
    wallets::draft(&mut tx, &system, now, WALLET).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("a wallet");
    training::draft(&mut tx, &system, now, COURSE).await.expect("a draft");
    training::activate(&mut tx, &system, now, "ebike").await.expect("a course");
    tx.commit().await.expect("committed");
    story::activate(office, PROGRAM).await;
    vendor.user("manager", Role::IncentiveManager).await;
    vendor.partner_user("adler", "P1").await;
    vendor
}

async fn reads(phone: &Browser, served: &Served) {
    sign_in(phone, served, "adler").await;
    phone.sees_at("/portal").await;
    phone.open(&served.at("/portal/training")).await;
    phone.sees("E-bike basics").await;
    phone.fits().await;
    phone.press_link("Begin").await;
    phone.sees("Switch it off first").await;
    phone.fits().await;
    phone.press("form[action$='/pages/battery'] button[type='submit']").await;
    phone.sees("Then look at the display").await;
    phone.press("form[action$='/pages/motor'] button[type='submit']").await;
    phone.sees("What comes first?").await;
    phone.fits().await;
}

async fn answers(phone: &Browser, first: u32, hose: u32) {
    phone.press(&format!("input[name='q0'][value='{first}']")).await;
    phone.press(&format!("input[name='q1'][value='{hose}']")).await;
    phone.press("form[action$='/quiz'] button[type='submit']").await;
}

async fn fails_and_passes(phone: &Browser, served: &Served) {
    answers(phone, 0, 1).await;
    phone.sees("Not passed yet").await;
    phone.sees("It may start by itself.").await;
    phone.does_not_see("Stars").await;
    phone.fits().await;
    phone.open(&served.at("/portal/training/ebike/quiz")).await;
    phone.sees("What comes first?").await;
    answers(phone, 1, 1).await;
    phone.sees("2 of 2 right").await;
    phone.sees("+50 Stars").await;
    phone.fits().await;
    phone.press_link("Show the certificate").await;
    phone.sees("E-bike fitter").await;
    phone.fits().await;
}

async fn has_points(phone: &Browser, served: &Served) {
    phone.open(&served.at("/portal/points")).await;
    // 50 of the course, 5 of signing in.
    phone.sees("55").await;
    phone.open(&served.at("/portal/points/history")).await;
    phone.sees("Learning").await;
}
