//! Games and ordered rewards: a partner plays and orders, the vendor checks draws and hands over.

use engine::wallets;
use jiff::SignedDuration;

use super::own::{Story, says};
use super::*;

const WALLET: &str = "
wallet: stars
name: { en: Star Club, ja: スタークラブ }
currency: EUR
points: { STAR: { name: Stars, worth: 0.05, cost: 0.04, expiry: 12 months } }
vouchers: { GIFT: { name: Gift card, value: 25, expiry: 4 months } }
rewards:
  cap: { name: Cap, points: STAR, price: 100, stock: 3 }
  gift: { name: Gift, points: STAR, price: 200, gives: { voucher: GIFT } }
games:
  card:
    name: Summer card
    prizes:
      - { prize: gift, odds: 60%, limit: 2, gives: { voucher: GIFT } }
      - { prize: mug, odds: 40%, limit: 1 }
    play: { points: STAR, price: 10 }
  daily:
    name: Daily wheel
    looks: wheel
    prizes: [ { prize: five, odds: 100%, gives: { points: STAR, amount: 5 } } ]
    play: { per_day: 1 }
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

async fn post(
    story: &Story,
    cookie: &str,
    (path, form): (&str, &str),
) -> (StatusCode, String, String) {
    let (_, _, page) = story.test.get("/portal/points", cookie).await;
    let token = if page.contains("csrf") {
        csrf(&page)
    } else {
        csrf(&story.test.get("/console", cookie).await.2)
    };
    story.test.post(path, cookie, &format!("csrf={token}&{form}")).await
}

/// Where an answer leads.
fn location(headers: &str) -> String {
    let line = headers.lines().find_map(|line| line.strip_prefix("location: "));
    line.expect("a way on").trim().to_owned()
}

#[tokio::test]
async fn a_card_says_its_odds_is_drawn_once_and_checked_the_day_after() {
    let story = told().await;
    let list = story.ok("/portal/points/games", &story.one).await;
    assert!(says(&list, "Summer card") && says(&list, "10 Stars a play"), "{list}");
    assert!(says(&list, "1 play left today") && says(&list, "Free"), "{list}");
    let page = story.ok("/portal/points/games/card", &story.one).await;
    for seen in ["60.0%", "40.0%", "Gift card", "You have 3,220 Stars", "Take a card"] {
        assert!(says(&page, seen), "`{seen}`: {page}");
    }
    let (status, headers, body) =
        post(&story, &story.one, ("/portal/points/games/card", "key=k1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let to = location(&headers);
    let won = story.ok(&to, &story.one).await;
    assert!(won.contains("data-covered") && says(&won, "You won: "), "{won}");
    assert!(says(&won, "You have 3,210 Stars"), "the price is paid: {won}");
    let (_, headers, _) = post(&story, &story.one, ("/portal/points/games/card", "key=k1")).await;
    assert_eq!(location(&headers), to, "the same form is the same play");
    let again = story.ok("/portal/points/games/card", &story.one).await;
    assert!(says(&again, "You have 3,210 Stars"), "{again}");
    story.is_not_there(&to, &story.two).await;
    let open = story.ok(&format!("{to}&open=1"), &story.one).await;
    assert!(!open.contains("data-covered"), "{open}");

    let manager = story.test.sign_in("incentive_manager").await;
    let game = story.ok("/console/loyalty/games/card", &manager).await;
    assert!(says(&game, "Told when the day is over"), "{game}");
    let today = "/console/loyalty/games/card/2026-06-12";
    story.is_not_there(today, &manager).await;
    story.test.clock.advance(SignedDuration::from_hours(24));
    let manager = story.test.sign_in("incentive_manager").await;
    let day = story.ok(today, &manager).await;
    assert!(says(&day, "Every draw follows from the seed, and none is missing"), "{day}");
    assert!(day.contains(to.split("play=").nth(1).expect("a key")), "{day}");
    let games = story.ok("/console/loyalty/games", &manager).await;
    assert!(says(&games, "Daily wheel"), "{games}");
}

#[tokio::test]
async fn a_free_game_says_when_its_day_is_used_up() {
    let story = told().await;
    let path = "/portal/points/games/daily";
    let (status, headers, _) = post(&story, &story.one, (path, "key=k1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let won = story.ok(&location(&headers), &story.one).await;
    assert!(says(&won, "You won: 5 Stars") && won.contains("data-game=\"wheel\""), "{won}");
    assert!(says(&won, "You have played as often as a day allows. Come back tomorrow."), "{won}");
    let (status, _, page) = post(&story, &story.one, (path, "key=k2")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says(&page, "You have played as often as a day allows"), "{page}");
    let (status, ..) = post(&story, &story.two, (path, "key=k1")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "everybody has a day of its own");
    let (status, ..) = post(&story, &story.one, ("/portal/points/games/lotto", "key=k3")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_order_is_approved_sent_and_followed_by_its_partner() {
    let story = told().await;
    for (key, reward) in [("k1", "cap"), ("k2", "cap"), ("k3", "gift")] {
        let path = format!("/portal/points/rewards/{reward}");
        let form = format!("key={key}&quantity=1");
        let (status, ..) = post(&story, &story.one, (&path, &form)).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let mine = story.ok("/portal/points/rewards", &story.one).await;
    assert_eq!(mine.matches("/ask-cancel\"").count(), 2, "a voucher is there at once: {mine}");
    let manager = story.test.sign_in("incentive_manager").await;
    let inbox = story.ok("/console/loyalty/orders", &manager).await;
    let keys: Vec<String> = inbox
        .split("name=\"chosen\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    assert_eq!(keys.len(), 2, "{inbox}");
    let (one, two) = (&keys[0], &keys[1]);
    // The partner asks to cancel one, the vendor does.
    let ask = format!("/portal/points/orders/{one}/ask-cancel");
    let (status, ..) = post(&story, &story.two, (&ask, "key=a&reason=")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "of somebody else");
    let (status, ..) = post(&story, &story.one, (&ask, "key=a&reason=size")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let asks = story.ok("/console/loyalty/orders?filter=cancel_asked", &manager).await;
    assert!(asks.contains(one.as_str()) && !asks.contains(two.as_str()), "{asks}");
    let to = |key: &str, step: &str| format!("/console/loyalty/orders/{key}/{step}");
    let (status, ..) = post(&story, &manager, (&to(one, "cancel"), "key=b&reason=asked")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let mine = story.ok("/portal/points/rewards", &story.one).await;
    assert!(says(&mine, "2,920 Stars"), "3,220 less a cap and a gift: {mine}");

    let both = format!("key=c&do=approve&chosen={one}&chosen={two}");
    let (status, headers, _) = post(&story, &manager, ("/console/loyalty/orders", &both)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(location(&headers).contains("left=1"), "one is cancelled: {headers}");
    let send = "key=d&carrier=Yamato&tracking=4412-3390";
    let (status, ..) = post(&story, &manager, (&to(two, "send"), send)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, _, page) = post(&story, &manager, (&to(two, "cancel"), "key=e&reason=")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it is on its way: {page}");
    let mine = story.ok("/portal/points/rewards", &story.one).await;
    for seen in ["Sent", "Yamato", "4412-3390", "Cancelled"] {
        assert!(says(&mine, seen), "`{seen}`: {mine}");
    }
    let (_, _, csv) = story.test.get("/console/loyalty/orders.csv", &manager).await;
    let csv = csv.replace('"', "");
    assert!(csv.contains(&format!("{two},P1,cap,1,100,STAR,")), "{csv}");
    assert!(csv.contains(",sent,false,Yamato,4412-3390"), "{csv}");
}

#[tokio::test]
async fn a_sponsor_is_topped_up_and_says_what_it_paid() {
    let story = Story::told().await;
    let office = story.test.app.office();
    let mut tx = office.db().write().await.expect("a transaction");
    let (now, system) = (office.now(), Actor::System);
    let sponsors = "
wallet: stars
currency: EUR
points: { STAR: { name: Stars, cost: 0.04 } }
sponsors:
  HOTEL: { name: Hotel Alster, points: STAR, cost: 0.03, alert: 50 }
  AIR: { name: Air North, billing: postpaid, points: STAR, cost: 0.02 }
";
    wallets::draft(&mut tx, &system, now, sponsors).await.expect("a draft");
    wallets::activate(&mut tx, &system, now, "stars").await.expect("active");
    tx.commit().await.expect("committed");
    let manager = story.test.sign_in("incentive_manager").await;
    let page = story.ok("/console/loyalty/sponsors", &manager).await;
    assert!(says(&page, "Hotel Alster") && says(&page, "Pack runs low"), "{page}");
    let path = "/console/loyalty/sponsors/HOTEL";
    let (status, _, body) = post(&story, &manager, (path, "key=t1&amount=200")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let page = story.ok(path, &manager).await;
    assert!(says(&page, "200") && says(&page, "EUR 6.00") && !says(&page, "Pack runs low"));
    assert!(says(&page, "2026-06"), "a month of its statement: {page}");
    let (status, ..) = post(&story, &manager, (path, "key=t2&amount=none")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let air = "/console/loyalty/sponsors/AIR";
    let page = story.ok(air, &manager).await;
    assert!(!page.contains("name=\"amount\""), "it pays afterwards: {page}");
    let (status, ..) = post(&story, &manager, (air, "key=t3&amount=5")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, _, csv) = story.test.get(&format!("{path}/statement.csv"), &manager).await;
    let csv = csv.replace('"', "");
    assert!(csv.contains(",HOTEL,2026-06-12,bought,STAR,200,"), "{csv}");
    let (status, headers, _) =
        story.test.get("/console/loyalty/sponsors/HOTEL/statement.pdf", &manager).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("application/pdf"), "{headers}");
    story.is_not_there("/console/loyalty/sponsors/MOON/statement.pdf", &manager).await;
    story.is_not_there("/console/loyalty/sponsors/MOON", &manager).await;
    story.is_not_there("/console/loyalty/sponsors", &story.one).await;
}
