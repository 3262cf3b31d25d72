//! What people click, in a real browser: a manager imports a file and the attainment moves under
//! its eyes; the partner sees the gap and walks back to the row of the file; what belongs to
//! another partner does not exist. And the whole way of a program: [`whole_way`]; of a course: [`training`].
//!
//! It needs `chromium` and `chromedriver`. Where they are missing it says that it was skipped.

mod driver;
mod points;
mod promotions;
mod scratch;
mod story;
mod training;
mod whole_way;

use fantoccini::Locator;
use serde_json::{Value, json};

use driver::Browser;
use story::{Known, Served, TOKEN_HEADER};

/// The line that the manager brings: 500 more, and 500 less to the next tier.
const NEW_LINES: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
S3,2026-06-01,P1,B1,2,500,EUR,INV-X,1
";

#[tokio::test(flavor = "multi_thread")]
async fn from_a_file_to_what_a_partner_sees_and_why() {
    let Some(browser) = Browser::start().await else { return };
    let (served, known) = Served::two_partners().await;
    manager_imports(&browser, &served).await;
    browser.forget().await;
    partner_walks_back(&browser, &served).await;
    others_do_not_exist(&browser, &served, &known).await;
    browser.end().await;
}

async fn sign_in(browser: &Browser, served: &Served, login: &str) {
    browser.open(&served.at("/sign-in")).await;
    browser.fill("login", login).await;
    browser.fill("password", story::PASSWORD).await;
    browser.press("form[action='/sign-in'] button[type='submit']").await;
}

async fn manager_imports(browser: &Browser, served: &Served) {
    sign_in(browser, served, "manager").await;
    browser.sees_at("/console").await;
    browser.open(&served.at("/console/programs/volume")).await;
    browser.sees("Adler").await;
    browser.sees("12.00").await;
    browser.note_that_it_stays().await;

    let table = browser.another_window().await;
    import(browser, served, "june.csv", NEW_LINES).await;

    browser.back_to(table).await;
    browser.sees("17.00").await;
    assert!(browser.stayed().await, "the figures moved in the page, without loading it again");
}

/// Brings a file, as somebody who is signed in.
async fn import(browser: &Browser, served: &Served, name: &str, lines: &str) {
    browser.open(&served.at("/console/imports/new")).await;
    browser.choose_file("file", &served.file(name, lines)).await;
    browser.press("form[enctype] button[type='submit']").await;
    browser.press("button[name='do'][value='run']").await;
    browser.sees(&format!("{name} Done")).await;
}

async fn partner_walks_back(browser: &Browser, served: &Served) {
    sign_in(browser, served, "adler").await;
    browser.sees_at("/portal").await;
    browser.sees("EUR 300.00").await;
    browser.sees("Gold").await;
    browser.press("a[href^='/portal/explain/']").await;
    browser.sees("How EUR 17.00 came about").await;
    browser.sees("INV-X-1").await;
    browser.press_link("INV-X-1").await;
    browser.sees("Row 2").await;
    browser.sees("june.csv").await;
}

async fn others_do_not_exist(browser: &Browser, served: &Served, known: &Known) {
    let other = "volume~bikes~P2~2026Q2~";
    let own = "volume~bikes~P1~2026Q2~";
    let cases = [
        (format!("/portal/explain/{own}"), 200),
        (format!("/portal/explain/{other}"), 404),
        (format!("/console/explain/{own}"), 404),
        ("/console/partners/P2".into(), 404),
        (format!("/portal/uploads/{}", known.others_upload), 404),
        (format!("/portal/uploads/{}/rejected", known.others_upload), 404),
        (format!("/console/imports/{}/rejected", known.others_upload), 404),
    ];
    for (path, status) in cases {
        assert_eq!(browser.status(&path, json!({})).await, status, "{path}");
    }
    let header: Value = json!({ TOKEN_HEADER: format!("Bearer {}", known.token) });
    for (id, status) in [(own, 200), (other, 404)] {
        let path = format!("/api/v1/awards/explain?ref={id}");
        assert_eq!(browser.status(&path, header.clone()).await, status, "{path}");
    }
    browser.open(&served.at(&format!("/portal/explain/{other}"))).await;
    browser.sees_element(Locator::Css("h1")).await;
    browser.does_not_see("Birke").await;
}
