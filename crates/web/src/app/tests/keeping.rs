//! Pools, passing points on, traces, badges by hand, reasons, and what was there on a day.

use jiff::SignedDuration;

use super::own::{Story, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club, ja: スタークラブ }
currency: EUR
points: { STAR: { name: Stars, worth: 0.05, expiry: 12 months, pass_on: pools } }
pools: { crew: { name: The crew, members: [P1], share: 10%, points: STAR, draw: true } }
badges: { expert: { name: Expert } }
vouchers: { GIFT: { name: Gift card, value: 25 } }
rewards: { cap: { name: Cap, points: STAR, price: 100 } }
tier_groups:
  level:
    name: Club level
    by: { points: STAR }
    tiers: [ { tier: base, from: 0, name: Base }, { tier: gold, from: 1000, name: Gold } ]
";

const PROGRAM: &str = "
program: star-sales
name: { en: Stars for sales }
currency: EUR
starts: 2026-01-01
terms:
  - { term: sales, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
";

/// P1 earned 3,220 points of three sales, of which the crew has a tenth; P2 has 4,100 of two.
async fn told() -> Story {
    Story::told().await.with_wallet(WALLET, PROGRAM).await
}

async fn post(
    story: &Story,
    cookie: &str,
    (from, path, form): (&str, &str, &str),
) -> (StatusCode, String, String) {
    let (_, _, page) = story.test.get(from, cookie).await;
    story.test.post_from(from, path, cookie, &format!("csrf={}&{form}", csrf(&page))).await
}

#[tokio::test]
async fn a_group_shows_what_it_holds_to_its_members_and_lets_them_draw() {
    let story = told().await;
    let home = story.ok("/portal/points", &story.one).await;
    assert!(says(&home, "Your groups") && says(&home, "The crew"), "{home}");
    assert!(says(&home, "2,898") && says(&home, "322 Stars"), "{home}");
    let path = "/portal/points/pools/crew";
    let page = story.ok(path, &story.one).await;
    for seen in ["322 Stars", "By your part of each credit", "Take points out"] {
        assert!(says(&page, seen), "`{seen}`: {page}");
    }
    story.is_not_there(path, &story.two).await;
    let other = story.ok("/portal/points", &story.two).await;
    assert!(!says(&other, "The crew") && !says(&other, "Pass points on"), "{other}");
    story.is_not_there("/portal/points/pass-on", &story.two).await;

    let check = story.ok(&format!("{path}?amount=22"), &story.one).await;
    assert!(says(&check, "Take out 22 Stars") && says(&check, "300 Stars"), "{check}");
    let many = story.ok(&format!("{path}?amount=400"), &story.one).await;
    assert!(!many.contains("name=\"amount\" value=\"400\""), "more than there is: {many}");
    let wrong = story.ok(&format!("{path}?amount=lots"), &story.one).await;
    assert!(says(&wrong, "as a number above zero"), "{wrong}");
    for _ in 0..2 {
        let form = "key=k1&amount=22";
        let (status, ..) =
            post(&story, &story.one, (&format!("{path}?amount=22"), path, form)).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let page = story.ok(path, &story.one).await;
    assert!(says(&page, "300 Stars") && says(&page, "Taken out by you"), "once: {page}");
    let statement = story.ok("/portal/points/history", &story.one).await;
    assert!(says(&statement, "+22") && says(&statement, "crew"), "what was received: {statement}");
    let (status, ..) = post(&story, &story.two, ("/portal/points", path, "key=k2&amount=1")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let manager = story.test.sign_in("incentive_manager").await;
    let list = story.ok("/console/loyalty/pools", &manager).await;
    assert!(says(&list, "The crew") && says(&list, "300 Stars"), "{list}");
    let one = story.ok("/console/loyalty/pools/crew", &manager).await;
    assert!(says(&one, "Members may take points out") && one.contains("/partners/P1/"), "{one}");
    assert!(one.contains("−22") || one.contains("-22"), "{one}");
    story.is_not_there("/console/loyalty/pools/moon", &manager).await;
    story.is_not_there("/console/loyalty/pools", &story.one).await;
}

#[tokio::test]
async fn points_are_passed_on_as_far_as_the_text_allows() {
    let story = told().await;
    let path = "/portal/points/pass-on";
    let page = story.ok(path, &story.one).await;
    assert!(says(&page, "The crew") && !page.contains("name=\"partner\""), "{page}");
    let address = format!("{path}?unit=STAR&to=crew&amount=98");
    let check = story.ok(&address, &story.one).await;
    assert!(says(&check, "Pass on 98 Stars") && says(&check, "2,800 Stars"), "{check}");
    let other = story.ok(&format!("{path}?unit=STAR&partner=P2&amount=98"), &story.one).await;
    assert!(says(&other, "cannot be passed on to them"), "{other}");
    let form = "key=k1&unit=STAR&partner=crew&amount=98";
    let (status, ..) = post(&story, &story.one, (&address, path, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let form = "key=k2&unit=STAR&partner=P2&amount=98";
    let (status, ..) = post(&story, &story.one, (&address, path, form)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "not to another partner");
    let crew = story.ok("/portal/points/pools/crew", &story.one).await;
    assert!(says(&crew, "420 Stars") && says(&crew, "Passed on to the pool by you"), "{crew}");
}

#[tokio::test]
async fn a_key_says_where_points_came_from_and_went() {
    let story = told().await;
    let manager = story.test.sign_in("incentive_manager").await;
    let debit = "/console/partners/P1/loyalty/debit";
    let form = "key=k1&unit=STAR&amount=30&reason=a+mistake";
    let (status, ..) = post(&story, &manager, (debit, debit, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok("/console/partners/P1/loyalty", &manager).await;
    assert!(page.contains("loyalty-trace?key=DK1"), "{page}");
    let trace = story.ok("/console/partners/P1/loyalty-trace?key=DK1", &manager).await;
    assert!(says(&trace, "These points came from") && says(&trace, "Debited by hand"), "{trace}");
    let link = "tk-mono\" href=\"/console/partners/P1/loyalty-trace?key=";
    let (_, rest) = trace.split_once(link).expect("a lot");
    let lot = rest.split('"').next().expect("a key");
    let of_lot = story.ok(&format!("/portal/points/trace?key={lot}"), &story.one).await;
    assert!(says(&of_lot, "Where they went") && says(&of_lot, "30 Stars"), "{of_lot}");
    story.is_not_there(&format!("/portal/points/trace?key={lot}"), &story.two).await;
    story.is_not_there("/portal/points/trace?key=nothing", &story.one).await;
}

#[tokio::test]
async fn badges_are_given_with_a_reason_of_the_list_and_taken_away() {
    let story = told().await;
    let manager = story.test.sign_in("incentive_manager").await;
    let list = "/console/loyalty/reasons";
    let save = "/console/loyalty/reasons/badge";
    let form = "key=k0&code-0=fair&en-0=Spoke+at+the+fair&ja-0=%E7%99%BB%E5%A3%87&code-1=old";
    let (status, _, body) = post(&story, &manager, (list, save, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let twice = "key=k1&code-0=fair&code-1=fair";
    let (status, _, body) = post(&story, &manager, (list, save, twice)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&body, "A code stands twice"), "{body}");

    let give = "/console/partners/P1/loyalty/badge";
    let page = story.ok(give, &manager).await;
    assert!(says(&page, "Spoke at the fair") && page.contains("name=\"why\""), "{page}");
    let form = "key=k2&badge=expert&until=2026-12-31&why=fair&reason=in+Berlin";
    let (status, ..) = post(&story, &manager, (give, give, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, ..) =
        post(&story, &manager, (give, give, "key=k3&badge=expert&why=moon&reason=x")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no such reason");
    let (status, ..) = post(&story, &manager, (give, give, "key=k4&badge=expert&why=")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is needed");
    let page = story.ok("/console/loyalty/badges", &manager).await;
    assert!(says(&page, "Spoke at the fair · in Berlin") && says(&page, "2026-12-31"), "{page}");
    let own = story.ok("/portal/points", &story.one).await;
    assert!(says(&own, "Expert"), "{own}");

    let take = "/console/partners/P1/loyalty/take-badge";
    let form = "key=k5&badge=expert&why=old";
    let (status, ..) = post(&story, &manager, (take, take, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = story.ok("/console/loyalty/badges", &manager).await;
    assert!(says(&page, "Cancelled"), "{page}");
    // What is retired is offered no more, and its lines still say what it means.
    let form = "key=k6&code-0=old";
    post(&story, &manager, (list, save, form)).await;
    let page = story.ok(give, &manager).await;
    assert!(!says(&page, "Spoke at the fair"), "{page}");
    let page = story.ok("/console/partners/P1/loyalty", &manager).await;
    assert!(says(&page, "Spoke at the fair · in Berlin"), "{page}");
}

#[tokio::test]
async fn what_was_there_on_a_day_is_asked_of_the_ledger() {
    let story = told().await;
    story.test.clock.advance(SignedDuration::from_hours(48));
    let manager = story.test.sign_in("incentive_manager").await;
    let debit = "/console/partners/P1/loyalty/debit";
    let form = "key=k1&unit=STAR&amount=2000&reason=a+mistake";
    let (status, ..) = post(&story, &manager, (debit, debit, form)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let path = "/console/partners/P1/loyalty";
    let page = story.ok(&format!("{path}?on=2026-06-13"), &manager).await;
    assert!(says(&page, "2,898 Stars") && says(&page, "Gold"), "{page}");
    let page = story.ok(&format!("{path}?on=2026-01-01"), &manager).await;
    assert!(says(&page, "Nothing was held then") || says(&page, "0 Stars"), "{page}");
    let page = story.ok(&format!("{path}?on=2027-01-01"), &manager).await;
    assert!(says(&page, "Choose a day that is over"), "{page}");
    let cookie = story.test.sign_in("login-P1").await;
    let page = story.ok("/portal/points/history?on=2026-06-13", &cookie).await;
    assert!(says(&page, "2,898 Stars"), "{page}");
    let page = story.ok("/portal/points", &cookie).await;
    assert!(says(&page, "Tiers before") && says(&page, "Fell by its figure"), "{page}");
}
