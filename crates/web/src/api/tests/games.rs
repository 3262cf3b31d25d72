//! Games, ordered rewards and sponsors by the API.

use super::*;

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { worth: 0.05, cost: 0.04, expiry: 12 months } }
rewards: { mug: { points: STAR, price: 100, stock: 2 } }
sponsors: { HOTEL: { points: STAR, factor: 2, cost: 0.03, alert: 50 } }
games:
  card:
    prizes: [ { prize: cap, odds: 100%, limit: 1 } ]
    play: { points: STAR, price: 10 }
";

async fn with_games() -> TestApi {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    test.call("POST /wallets", &test.all, &yaml, WALLET).await.ok();
    test.call("POST /wallets/club/activate", &test.all, &[], "").await.ok();
    let lines = json!({"lines": [
        {"credit": "C-1", "partner": "P-1", "points": "STAR", "amount": "300"},
        {"top_up": "B-1", "sponsor": "HOTEL", "amount": "100"},
    ]});
    test.post("/wallet-lines", &lines).await.ok();
    test
}

#[tokio::test]
async fn a_partner_plays_for_itself_and_the_same_key_is_the_same_play() {
    let test = with_games().await;
    let games = test.get("/games", &test.all).await.ok();
    assert_eq!(games[0]["prizes"][0]["odds"], json!("1"), "{games}");
    assert_eq!(games[0]["prizes"][0]["left"], json!("1"));
    let bound = test.token(&[Scope::WalletsWrite, Scope::Read], Some("P-1")).await;
    let headers = [("content-type", "application/json")];
    let play = async |token: &str, body: Value| {
        test.call("POST /games/card/plays", token, &headers, &body.to_string()).await
    };
    let won = play(&bound, json!({"key": "G-1"})).await.ok();
    assert_eq!((&won["result"], &won["prize"]), (&json!("taken"), &json!("cap")), "{won}");
    assert_eq!(won["posted"][0]["amount"], json!("10"), "its price: {won}");
    let again = play(&bound, json!({"key": "G-1"})).await.ok();
    assert_eq!((&again["result"], &again["draw"]), (&json!("known"), &won["draw"]));
    assert_eq!((&again["number"], &again["prize"]), (&json!(1), &json!("cap")));
    let none = play(&bound, json!({"key": "G-2"})).await.ok();
    assert_eq!((&none["result"], &none["prize"]), (&json!("taken"), &Value::Null), "used up");
    let other = play(&bound, json!({"key": "G-3", "partner": "P-2"})).await;
    assert_eq!(other.problem(), "not-found");
    let unnamed = play(&test.all, json!({"key": "G-3"})).await;
    assert_eq!(unnamed.problem(), "invalid", "{}", unnamed.text);
    let poor = play(&test.all, json!({"key": "G-4", "partner": "P-2"})).await.ok();
    assert_eq!((&poor["code"], &poor["draw"]), (&json!("insufficient"), &Value::Null), "{poor}");
    let game = test.get("/games/card", &bound).await.ok();
    assert_eq!(game["prizes"][0]["left"], json!("0"));
    let day = won["day"].as_str().expect("a day").to_owned();
    let early = test.get(&format!("/games/card/draws/{day}"), &test.all).await;
    assert_eq!(early.problem(), "not-found", "the day is not over");
}

#[tokio::test]
async fn an_order_takes_its_steps_and_its_partner_may_ask_alone() {
    let test = with_games().await;
    let order = |key: &str| json!({"redeem": key, "partner": "P-1", "reward": "mug"});
    test.post("/wallet-lines", &json!({"lines": [order("R-1"), order("R-2")]})).await.ok();
    let bound = test.token(&[Scope::WalletsWrite, Scope::Read], Some("P-1")).await;
    let headers = [("content-type", "application/json")];
    let step = async |token: &str, at: &str, body: Value| {
        test.call(&format!("POST /reward-orders/{at}"), token, &headers, &body.to_string()).await
    };
    let asked = step(&bound, "R-1/ask-cancel", json!({"reason": "size"})).await.ok();
    assert_eq!((&asked["state"], &asked["cancel_asked"]), (&json!("ordered"), &json!(true)));
    assert_eq!(step(&bound, "R-1/approve", json!({})).await.problem(), "not-found");
    let gone = step(&test.all, "R-1/cancel", json!({})).await.ok();
    assert_eq!((&gone["state"], &gone["returned"]), (&json!("cancelled"), &json!("100")));
    assert_eq!(step(&test.all, "R-1/approve", json!({})).await.status.as_u16(), 409);
    step(&test.all, "R-2/approve", json!({})).await.ok();
    let sent = step(&test.all, "R-2/send", json!({"tracking": "12"})).await.ok();
    assert_eq!(sent["steps"][1]["tracking"], json!("12"), "{sent}");
    let own = test.get("/reward-orders?state=sent", &bound).await.ok();
    assert_eq!(own[0]["key"], json!("R-2"), "{own}");
    let other = test.token(&[Scope::Read], Some("P-2")).await;
    assert_eq!(test.get("/reward-orders", &other).await.ok(), json!([]));
    assert_eq!(test.get("/reward-orders/R-2", &other).await.problem(), "not-found");
}

/// 100 points are worth 5 euros; from there on somebody approves who may approve adjustments.
#[tokio::test]
async fn a_large_order_is_not_approved_by_a_token_that_may_not_decide_so_much() {
    let test = with_games().await;
    let order = json!({"redeem": "R-1", "partner": "P-1", "reward": "mug"});
    test.post("/wallet-lines", &json!({"lines": [order]})).await.ok();
    let chains = json!({"chains": ["adjustment EUR 5: anyone 3"]}).to_string();
    let headers = [("content-type", "application/json")];
    test.call("PUT /settlement/chains", &test.all, &headers, &chains).await.ok();
    let weak = test.token(&[Scope::WalletsWrite], None).await;
    let approve = "POST /reward-orders/R-1/approve";
    let refused = test.call(approve, &weak, &headers, "{}").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert_eq!(refused.problem(), "not-allowed");
    assert!(refused.text.contains("worth 5 EUR"), "{}", refused.text);
    let able = test.token(&[Scope::WalletsWrite, Scope::PayoutsWrite], None).await;
    let done = test.call(approve, &able, &headers, "{}").await.ok();
    assert_eq!(done["state"], json!("approved"), "{done}");
}

#[tokio::test]
async fn a_sponsor_says_what_is_left_and_who_waits() {
    let test = with_games().await;
    let credit = |key: &str, amount: &str| json!({"credit": key, "partner": "P-1", "points": "STAR", "amount": amount, "sponsor": "HOTEL"});
    let lines = json!({"lines": [credit("S-1", "30"), credit("S-2", "40")]});
    test.post("/wallet-lines", &lines).await.ok();
    let one = test.get("/sponsors/HOTEL", &test.all).await.ok();
    assert_eq!((&one["pack"], &one["alert"]), (&json!("40"), &json!(true)), "{one}");
    assert_eq!(one["queue"][0]["credit"], json!("S-2"), "80 are more than 40: {one}");
    let more = json!({"lines": [{"top_up": "B-2", "sponsor": "HOTEL", "amount": "100"}]});
    test.post("/wallet-lines", &more).await.ok();
    let all = test.get("/sponsors", &test.all).await.ok();
    assert_eq!((&all[0]["pack"], &all[0]["queue"]), (&json!("60"), &json!([])), "{all}");
    let entries = test.get("/sponsors/HOTEL/entries", &test.all).await.ok();
    let said = entries.as_array().expect("a list").iter().map(|it| {
        format!("{} {}", it["kind"].as_str().unwrap_or(""), it["amount"].as_str().unwrap_or(""))
    });
    assert_eq!(said.collect::<Vec<_>>(), ["used 80", "bought 100", "used 60", "bought 100"]);
    assert_eq!(test.get("/sponsors/MOON", &test.all).await.problem(), "not-found");
}

/// What a fact moved stands with the fact, and the plays that it pays with the game.
#[tokio::test]
async fn a_fact_says_what_it_brought_and_which_games_it_pays() {
    let test = with_games().await;
    let yaml = [("content-type", "application/yaml")];
    let program = "program: PT-1\ncurrency: EUR\nstarts: 2026-01-01\nterms:\n  - { term: stars, \
        group_by: fact, measure: sum(amount), per_unit: 0.1, reward: { points: STAR } }\n";
    test.call("POST /programs", &test.all, &yaml, program).await.ok();
    let second = test.token(&Scope::ALL, None).await;
    test.call("POST /programs/PT-1/versions/1/activate", &second, &[], "").await.ok();
    let sale = |key: &str, partner: &str, amount: &str| {
        json!({"key": key, "date": "2026-06-01", "partner": partner, "amount": amount,
            "currency": "EUR"})
    };
    let facts = json!([sale("A", "P-1", "350"), sale("B", "P-2", "50"), sale("C", "P-1", "100")]);
    let told = test.post("/realtime/facts?simulate=true", &facts).await.ok();
    let of = |at: usize| &told["facts"][at];
    assert_eq!((&of(0)["key"], &of(0)["partner"]), (&json!("A"), &json!("P-1")), "{told}");
    let plays = json!([{"wallet": "club", "game": "card", "plays": "3"}]);
    assert_eq!(of(0)["games"], plays, "35 points at 10 a play: {told}");
    assert_eq!((&of(1)["partner"], &of(1)["games"]), (&json!("P-2"), &Value::Null), "{told}");
    assert_eq!(of(2)["games"][0]["plays"], json!("1"), "{told}");
}
