//! Points in the portal: a partner sees and spends its own, once.

use super::own::{Story, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club, ja: スタークラブ }
currency: EUR
points: { STAR: { name: Stars, worth: 0.05, expiry: 12 months } }
tier_groups:
  level:
    name: Club level
    by: { total: sum(amount) }
    tiers:
      - { tier: base, from: 0, name: Base }
      - { tier: gold, from: 5000, name: Gold, benefits: [hotline] }
benefits: { hotline: { name: Hotline, gives: { entitlement: support } } }
vouchers: { GIFT: { name: Gift card, value: 25, expiry: 4 months } }
rewards:
  cap: { name: Cap, points: STAR, price: 100, money: 3, per_partner: 3 }
  card: { name: Card for friends, points: STAR, price: 200, gives: { voucher: GIFT } }
  bike: { name: Bike, points: STAR, price: 90000 }
";

const PROGRAM: &str = "
program: star-sales
name: { en: Stars for sales }
currency: EUR
starts: 2026-01-01
terms:
  - { term: sales, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
";

/// P1 has 3,220 points of three sales, P2 has 4,100 of two.
async fn told() -> Story {
    Story::told().await.with_wallet(WALLET, PROGRAM).await
}

/// Sends the form of an order.
async fn order(
    story: &Story,
    cookie: &str,
    (code, quantity, key): (&str, &str, &str),
) -> (StatusCode, String, String) {
    let path = format!("/portal/points/rewards/{code}");
    let from = format!("{path}?quantity={quantity}");
    let (_, _, page) = story.test.get("/portal/points", cookie).await;
    let form = format!("csrf={}&key={key}&quantity={quantity}", csrf(&page));
    story.test.post_from(&from, &path, cookie, &form).await
}

#[tokio::test]
async fn without_a_wallet_there_are_no_points() {
    let story = Story::told().await;
    for path in ["", "/rewards", "/vouchers", "/history"] {
        story.is_not_there(&format!("/portal/points{path}"), &story.one).await;
    }
    let home = story.ok("/portal", &story.one).await;
    assert!(!home.contains("/portal/points"), "{home}");
}

#[tokio::test]
async fn what_a_partner_has_is_on_its_page_and_its_home() {
    let story = told().await;
    let page = story.ok("/portal/points", &story.one).await;
    for seen in ["Star Club", "Stars", "3,220", "Worth EUR 161.00", "Club level", "Base", "Hotline"]
    {
        assert!(says(&page, seen), "`{seen}`: {page}");
    }
    assert!(says(&page, "EUR 1,780.00 to Gold"), "{page}");
    assert!(page.contains("data-live=\"points:STAR\"") && !says(&page, "4,100"), "{page}");
    // The sale of 3 February ends first.
    assert!(says(&page, "2,000 Stars expire after 3 Feb 2027"), "{page}");
    let home = story.ok("/portal", &story.one).await;
    assert!(says(&home, "3,220 Stars") && says(&home, "EUR 1,780.00 to Gold"), "{home}");
    assert!(
        says(&home, "EUR 12.00") && !says(&home, "EUR 3,232.00"),
        "points are no money: {home}"
    );
    let programs = story.ok("/portal/programs", &story.one).await;
    assert!(!programs.contains("star-sales"), "{programs}");
    let program = story.ok("/portal/programs/star-sales", &story.one).await;
    assert!(says(&program, "Stars for sales") && !says(&program, "EUR 3,220"), "{program}");
    let ja = format!("{}; tokuten_language=ja", story.one);
    let page = story.ok("/portal/points", &ja).await;
    assert!(says(&page, "スタークラブ") && says(&page, "あとEUR 1,780.00でGold"), "{page}");
}

#[tokio::test]
async fn an_order_is_looked_at_and_then_made_once() {
    let story = told().await;
    let catalogue = story.ok("/portal/points/rewards", &story.one).await;
    assert!(says(&catalogue, "100 Stars + EUR 3.00"), "{catalogue}");
    assert!(says(&catalogue, "86,780 points are missing"), "the bike: {catalogue}");
    assert!(!catalogue.contains("/portal/points/rewards/bike\""), "and no button to it");

    let path = "/portal/points/rewards/cap?quantity=";
    let check = story.ok(&format!("{path}%EF%BC%92"), &story.one).await;
    for seen in ["200 Stars", "3,220 Stars", "3,020 Stars", "EUR 6.00", "Order for 200 Stars"] {
        assert!(says(&check, seen), "`{seen}`: {check}");
    }
    let many = story.ok(&format!("{path}4"), &story.one).await;
    assert!(says(&many, "more than one partner may have") && !many.contains("Order for"), "{many}");
    let none = story.ok(&format!("{path}two"), &story.one).await;
    assert!(says(&none, "a whole number from 1 to 999") && none.contains("value=\"two\""));

    for time in ["first", "second"] {
        let (status, headers, body) = order(&story, &story.one, ("cap", "2", "k1")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "the {time} time: {body}");
        assert!(headers.contains("done=ordered"), "{headers}");
    }
    let after = story.ok("/portal/points/rewards?done=ordered", &story.one).await;
    assert!(says(&after, "3,020 Stars") && says(&after, "Cap × 2"), "once: {after}");
    assert_eq!(after.matches("id=\"order-R-").count(), 1, "{after}");
    let other = story.ok("/portal/points/rewards", &story.two).await;
    assert!(says(&other, "4,100 Stars") && !other.contains("order-R-"), "{other}");
}

#[tokio::test]
async fn a_refused_order_says_why_where_it_was_made_and_takes_nothing() {
    let story = told().await;
    let (status, _, page) = order(&story, &story.one, ("cap", "4", "k1")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "This is more than one partner may have. Choose fewer."), "{page}");
    assert!(page.contains("tk-portal") && says(&page, "Check your order"), "{page}");
    let (status, _, page) = order(&story, &story.one, ("bike", "1", "k2")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "You do not have enough points"), "{page}");
    let (status, ..) = order(&story, &story.one, ("cap", "0", "k3")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, ..) = order(&story, &story.one, ("moon", "1", "k4")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let page = story.ok("/portal/points/rewards", &story.one).await;
    assert!(says(&page, "3,220 Stars") && !page.contains("order-R-"), "{page}");
    // The same page may be corrected and sent again.
    let (status, ..) = order(&story, &story.one, ("cap", "3", "k1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok("/portal/points/rewards", &story.one).await;
    assert!(says(&page, "You have had as many as one partner may"), "not one more: {page}");
    let finance = story.test.sign_in("finance").await;
    let (_, _, page) = story.test.get("/console", &finance).await;
    let form = format!("csrf={}&key=k9&quantity=1", csrf(&page));
    let (status, ..) = story.test.post("/portal/points/rewards/cap", &finance, &form).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "staff spend nobody's points here");
}

#[tokio::test]
async fn a_voucher_is_shown_to_its_holder_alone() {
    let story = told().await;
    let (status, _, page) = order(&story, &story.one, ("card", "1", "k1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let list = story.ok("/portal/points/vouchers", &story.one).await;
    assert!(says(&list, "EUR 25.00") && says(&list, "12 Oct 2026"), "{list}");
    let (_, rest) = list.split_once("/portal/points/vouchers/").expect("a link");
    let path = format!("/portal/points/vouchers/{}", rest.split('"').next().expect("a code"));
    let page = story.ok(&path, &story.one).await;
    assert!(page.contains("tk-counter") && page.contains("class=\"tk-qr\""), "{page}");
    story.is_not_there(&path, &story.two).await;
    let other = story.ok("/portal/points/vouchers", &story.two).await;
    assert!(says(&other, "No vouchers yet"), "{other}");
}

#[tokio::test]
async fn the_statement_says_what_happened_and_what_a_day_will_leave() {
    let story = told().await;
    order(&story, &story.one, ("cap", "2", "k1")).await;
    let page = story.ok("/portal/points/history", &story.one).await;
    for seen in ["Redeemed", "−200 Stars", "Earned", "+1,200 Stars", "Stars for sales · S1"] {
        assert!(says(&page, seen), "`{seen}`: {page}");
    }
    assert!(page.contains("/portal/points/rewards#order-R-"), "{page}");
    assert!(page.contains("/portal/programs/star-sales"), "{page}");
    assert!(!page.contains("T1") && !says(&page, "1,100"), "of the other: {page}");
    // The sale of February has its last day on 3 February.
    for (day, left) in [("2026-06-12", "3,020"), ("2027-02-03", "3,020"), ("2027-02-04", "1,220")] {
        let page = story.ok(&format!("/portal/points/history?on={day}"), &story.one).await;
        let (_, shown) = page.split_once("tk-points__on").expect("an answer");
        let shown = shown.split_once("</div>").expect("its end").0;
        assert!(says(&format!("<{shown}"), &format!("{left} Stars")), "{day}: {shown}");
    }
    let page = story.ok("/portal/points/history?on=someday", &story.one).await;
    assert!(says(&page, "Choose a day"), "{page}");
}
