//! Paying partners by the pages: who is paid, statements, a file, the books.

use super::own::{Story, closed};
use super::*;

/// Posts a form as somebody who is signed in, with the token of a page they see.
async fn post(test: &TestApp, who: &str, path: &str, form: &str) -> (StatusCode, String, String) {
    let (_, _, page) = test.get("/console", who).await;
    let key = uuid::Uuid::now_v7();
    test.post(path, who, &format!("csrf={}&key={key}&{form}", csrf(&page))).await
}

async fn done(test: &TestApp, who: &str, path: &str, form: &str) -> String {
    let (status, headers, page) = post(test, who, path, form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{path}\n{page}");
    let place = headers.lines().find_map(|line| line.strip_prefix("location: "));
    place.expect("a place to go to").to_owned()
}

const ACCOUNT: &str = "kind=iban&holder=Adler&iban=FR1420041010050500013M02606&bic=&number=&bank=\
    &bank_name=&branch=&branch_name=&account_type=ordinary";

#[tokio::test]
async fn partners_are_paid_by_a_file_that_finance_makes() {
    let story = Story::told().await;
    let test = &story.test;
    let payout = closed(&test.app, "P1").await;
    let finance = test.sign_in("finance").await;
    let second = test.sign_in("administrator").await;
    let step = format!("/console/payouts/{payout}/approve");
    done(test, &finance, &step, "back=&comment=").await;

    // The vendor, as a company with an account.
    let company = "name_en=Hibari+GmbH&country=DE&street=Weg+1&town=Berlin&due_days=10";
    done(test, &finance, "/console/company", company).await;
    let wrong = format!("{company}&registration=T4011001098994");
    let (status, _, page) = post(test, &finance, "/console/company", &wrong).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("check digit"), "{page}");
    let own = format!("code=main&currency=EUR&{ACCOUNT}").replace("Adler", "Hibari");
    done(test, &finance, "/console/company/accounts", &own).await;

    // The partner: what one enters another confirms, and nobody sees the number whole.
    let payee = "/console/partners/P1/payee";
    done(test, &finance, payee, "country=DE&treatment=vat&vat_rate=19&town=Bonn").await;
    let bad = ACCOUNT.replace("FR14", "FR15");
    let (status, _, page) = post(test, &finance, &format!("{payee}/account"), &bad).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("FR15"), "{page}");
    done(test, &finance, &format!("{payee}/account"), ACCOUNT).await;
    let page = story.ok(payee, &finance).await;
    assert!(page.contains("•2606") && !page.contains("FR1420041010"), "{page}");
    let (status, _, _) = post(test, &finance, &format!("{payee}/confirm"), "").await;
    assert_eq!(status, StatusCode::CONFLICT, "who entered it does not confirm it");
    done(test, &second, &format!("{payee}/confirm"), "").await;

    // Statements first, then the file.
    let form = "account=main&until=2026-06-12&day=2026-06-30&total=0";
    let look = done(test, &finance, "/console/payments", form).await;
    let page = story.ok(&look, &finance).await;
    let (_, rest) = page.split_once("name=\"total\" value=\"").expect("a total to send back");
    let total = rest.split('"').next().expect("a value");
    let form = format!("account=main&until=2026-06-12&day=2026-06-30&total={total}");
    let run = done(test, &finance, "/console/payments", &form).await;
    let run = run.split('?').next().expect("an address");
    let file = story.ok(&format!("{run}/file"), &finance).await;
    let sum: rust_decimal::Decimal = total.parse().expect("an amount");
    assert!(file.contains(&format!("<CtrlSum>{sum:.2}</CtrlSum>")), "{file}");
    assert_eq!(file, story.ok(&format!("{run}/file"), &finance).await);
    let manager = test.sign_in("incentive_manager").await;
    let (status, _, _) = test.get(&format!("{run}/file"), &manager).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "account numbers are for finance");
    done(test, &finance, &format!("{run}/paid"), "").await;

    // The partner sees its paper, and the other partner does not.
    let page = story.ok("/portal/statements", &story.one).await;
    assert!(page.contains("ST-2026-000001") && page.contains("Paid"), "{page}");
    let (_, rest) = page.split_once("href=\"/portal/statements/stm_").expect("a paper");
    let paper = format!("/portal/statements/stm_{}", rest.split('"').next().expect("a link"));
    assert!(story.ok(&paper, &story.one).await.starts_with("%PDF-"));
    let (status, _, _) = test.get(&paper, &story.two).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!story.ok("/portal/statements", &story.two).await.contains("ST-2026-000001"));

    // The books: accounts of one's own, each posting once.
    let chart = "layout=detail&accounts=cash%2C+*%2C+1200%2C+Bank&cost_centres=&cost_centre=CC-1";
    done(test, &finance, "/console/accounting/chart", chart).await;
    done(test, &finance, "/console/accounting", "").await;
    let (status, _, _) = post(test, &finance, "/console/accounting", "").await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing new is no export");
    let csv = story.ok("/console/accounting/AX-000001/file", &finance).await;
    assert!(csv.contains(",payment,1200,Bank,,"), "{csv}");
    let ledger = story.ok("/console/accounting/ledger.beancount", &finance).await;
    assert!(ledger.contains("balance Assets:Tax"), "{ledger}");
}
