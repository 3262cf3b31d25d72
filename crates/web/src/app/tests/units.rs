//! A program that pays in two currencies and ends its periods on demand, on its pages.

use domain::amount::Currency;
use domain::master::ExchangeRate;
use engine::catalog::{ReferenceEntry, Said, put_reference};

use super::own::{Story, activate, says};
use super::*;

/// 1 % of bikes in euros, 2 % of caps in dollars, settled whenever somebody ends a period.
const CAMPAIGN: &str = "
program: campaign
name: { en: Campaign }
currency: EUR
starts: 2026-01-01
periods: { every: on_demand }
terms:
  - { term: bikes, when: product.category == \"Bikes\", measure: sum(amount), rate: 1% }
  - { term: caps, when: product.category == \"Clothing\", measure: sum(amount), rate: 2%, currency: USD }
";

async fn told() -> Story {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let unit = |code| Currency::parse(code).expect("a currency");
    let rate = ExchangeRate { of: unit("EUR"), to: unit("USD"), rate: 2.into(), from: None };
    let entries = vec![ReferenceEntry::new(Said::Rate(rate)).expect("a rate")];
    put_reference(&mut tx, office.now(), &Actor::System, entries).await.expect("a rate");
    tx.commit().await.expect("committed");
    activate(office, CAMPAIGN).await;
    office.accrue().await.expect("accrued");
    story
}

#[tokio::test]
async fn currencies_stand_beside_each_other_and_are_never_added_up() {
    let story = told().await;
    let admin = story.test.sign_in("administrator").await;
    // 7,300 of bikes, and 20 euros of caps at 2 dollars.
    let both = "EUR 73.00, USD 0.80";
    for path in ["/console/periods", "/console/programs", "/console/programs/campaign?tab=periods"]
    {
        let page = story.ok(path, &admin).await;
        assert!(says(&page, both), "{path}: {page}");
    }
    let page = story.ok("/console/periods/campaign~open", &admin).await;
    assert!(says(&page, "EUR 73.00") && says(&page, "USD 0.80"), "{page}");
    assert!(page.contains("since 1 Jan 2026") && !page.contains("9998"), "{page}");
    let page = story.ok("/console/adjustments", &admin).await;
    assert!(page.contains("(EUR)") && page.contains("(USD)"), "{page}");
    for path in [
        "/console",
        "/console/programs/campaign",
        "/console/programs/campaign?term=caps",
        "/console/partners/P1",
    ] {
        let page = story.ok(path, &admin).await;
        assert!(!page.contains("9998") && !page.contains("9999"), "{path}: {page}");
    }
    for path in ["/portal", "/portal/programs/campaign"] {
        let page = story.ok(path, &story.one).await;
        assert!(says(&page, "USD 0.80") && says(&page, "EUR 32.00"), "{path}: {page}");
        assert!(!page.contains("9998") && !page.contains("9999"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_period_is_ended_on_a_day_after_looking_at_what_that_pays() {
    let story = told().await;
    let finance = story.test.sign_in("finance").await;
    let path = "/console/periods/campaign~open";
    let page = story.ok(path, &finance).await;
    assert!(page.contains("name=\"until\"") && !page.contains("name=\"total\""), "{page}");
    let refused = story.ok(&format!("{path}?until=2031-01-01&name=winter"), &finance).await;
    assert!(refused.contains("Choose a day from"), "{refused}");
    let refused = story.ok(&format!("{path}?until=2026-03-31&name=2026-03"), &finance).await;
    assert!(refused.contains("This name is taken"), "{refused}");

    let chosen = story.ok(&format!("{path}?until=2026-03-31&name=winter"), &finance).await;
    assert!(says(&chosen, "EUR 50.00") && !says(&chosen, "USD 0.80"), "{chosen}");
    let (_, rest) = chosen.split_once("name=\"total\" value=\"").expect("a form to close");
    let total = rest.split('"').next().expect("a value");
    // Looking changed nothing.
    let page = story.ok(path, &finance).await;
    assert!(says(&page, "EUR 73.00"), "{page}");

    let close = format!("{path}/close");
    let form = |total: &str, key: &str| {
        let csrf = csrf(&chosen);
        format!("csrf={csrf}&key={key}&total={total}&until=2026-03-31&name=winter&comment=")
    };
    let (status, _, body) = story.test.post(&close, &finance, &form("49", "1")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let (status, headers, body) = story.test.post(&close, &finance, &form(total, "2")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    assert!(headers.contains("/console/periods/campaign~winter?done=closed"), "{headers}");
    let winter = story.ok("/console/periods/campaign~winter", &finance).await;
    assert!(says(&winter, "EUR 50.00"), "{winter}");
    let open = story.ok(path, &finance).await;
    assert!(says(&open, "EUR 23.00") && says(&open, "USD 0.80"), "{open}");

    // The rest in both currencies at once, named by its day.
    let chosen = story.ok(&format!("{path}?until=2026-04-30"), &finance).await;
    let (_, rest) = chosen.split_once("name=\"total\" value=\"").expect("a form to close");
    let total = rest.split('"').next().expect("a value");
    assert_eq!(total, "EUR 23, USD 0.8");
    let form = format!(
        "csrf={}&key=3&total={}&until=2026-04-30&name=2026-04-30&comment=",
        csrf(&chosen),
        crate::ui::encode(total)
    );
    let (status, headers, body) = story.test.post(&close, &finance, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    assert!(headers.contains("campaign~2026-04-30"), "{headers}");
    let payouts = story.ok("/console/payouts", &finance).await;
    assert!(says(&payouts, "USD 0.80"), "{payouts}");
}
