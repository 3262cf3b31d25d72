use super::*;

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { worth: 0.05, cost: 0.04, expiry: 12 months, spending: { minimum: 20 } }
tier_groups:
  level: { by: { points: STAR }, tiers: [ { tier: member, from: 0 }, { tier: gold, from: 500 } ] }
vouchers:
  CUP: { value: 10, limit: { total: 1 } }
rewards:
  mug: { points: STAR, price: 100, stock: 2 }
";

const POINTS: &str = "\
program: PT-1
currency: EUR
starts: 2026-01-01
terms:
  - { term: stars, group_by: fact, measure: sum(amount), per_unit: 0.1, reward: { points: STAR } }
";

/// The API with a wallet and a program that pays into it.
pub(super) async fn with_wallet() -> TestApi {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    let draft = test.call("POST /programs", &test.all, &yaml, POINTS).await.ok();
    assert_eq!(draft["valid"], json!(false), "no wallet declares the points yet: {draft}");
    let saved = test.call("POST /wallets", &test.all, &yaml, WALLET).await.ok();
    assert_eq!((&saved["wallet"], &saved["version"]), (&json!("club"), &json!(1)));
    test.call("POST /wallets/club/activate", &test.all, &[], "").await.ok();
    let second = test.token(&Scope::ALL, None).await;
    test.call("POST /programs/PT-1/versions/1/activate", &second, &[], "").await.ok();
    test
}

async fn ask(test: &TestApi, token: &str, body: Value) -> Answer {
    let headers = [("content-type", "application/json")];
    test.call("POST /wallet-lines", token, &headers, &body.to_string()).await
}

#[tokio::test]
async fn facts_are_answered_with_all_they_did() {
    let test = with_wallet().await;
    let facts = json!([sale("S-1", "P-1", "4000"), sale("S-2", "P-1", "2000")]);
    let tried = test.post("/realtime/facts?simulate=true", &facts).await.ok();
    assert_eq!((&tried["accepted"], &tried["simulated"]), (&json!(2), &json!(true)));
    let has = test.get("/partners/P-1/wallets", &test.all).await.ok();
    assert_eq!(has[0]["has"]["balances"], Value::Null, "nothing was kept: {has}");

    let done = test.post("/realtime/facts", &facts).await.ok();
    let partner = &done["partners"][0];
    assert_eq!(partner["now"]["balances"][0]["amount"], json!("600"), "{done}");
    assert_eq!(partner["changed"]["tiers"][0]["tier"], json!("gold"), "{done}");
    let credits: Vec<&Value> = partner["moved"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|moved| moved["unit"] == json!("STAR"))
        .collect();
    assert_eq!(credits.len(), 2, "{done}");
    assert_eq!(credits[0]["credit"], json!("open/STAR/P-1"));
    let money = partner["moved"].as_array().expect("a list").iter();
    let money: Vec<&Value> = money.filter(|moved| moved["program"] == json!("RB-1")).collect();
    assert_eq!(money[0]["amount"], json!("60"), "1 % of 6,000 is accrued as well: {done}");

    let by_fact = done["facts"].as_array().expect("a list");
    let keys: Vec<&str> = by_fact.iter().filter_map(|it| it["key"].as_str()).collect();
    assert_eq!(keys, ["S-1", "S-2"], "{done}");
    for of in by_fact {
        assert_eq!(of["partner"], json!("P-1"), "{done}");
        let stars = of["moved"].as_array().expect("a list").iter();
        let stars: Vec<&Value> = stars.filter(|it| it["unit"] == json!("STAR")).collect();
        assert_eq!((stars.len(), &stars[0]["cause"]), (1, &of["key"]), "{done}");
    }

    let again = test.post("/realtime/facts", &facts).await.ok();
    assert_eq!(again["facts"], json!([]), "nothing twice: {again}");
    assert_eq!(again["known"], json!(2));
    assert_eq!(again["partners"][0]["moved"], json!([]), "nothing twice: {again}");
    let has = test.get("/partners/P-1/wallets?on=2027-02-02", &test.all).await.ok();
    assert_eq!(has[0]["has"]["balances"][0]["amount"], json!("0"), "expired by then: {has}");
    let past = test.get("/partners/P-1/wallets?on=2026-06-01", &test.all).await.ok();
    assert_eq!(past[0]["has"]["balances"], json!([]), "a day that is over: {past}");
    assert_eq!(past[0]["has"]["tiers"][0]["tier"], json!("member"), "{past}");
    let moved = test.get("/partners/P-1/wallet-movements?limit=1", &test.all).await.ok();
    assert_eq!((&moved[0]["amount"], &moved[0]["cause"]), (&json!("200"), &json!("S-2")));
}

#[tokio::test]
async fn lines_are_taken_known_or_refused_and_nothing_is_lost() {
    let test = with_wallet().await;
    test.post("/realtime/facts", &json!([sale("S-1", "P-1", "4000")])).await.ok();
    let redeem = json!({"redeem": "X-1", "partner": "P-1", "points": "STAR", "amount": "150"});
    let tried = ask(&test, &test.all, json!({"lines": [redeem], "simulate": true})).await.ok();
    assert_eq!((&tried["taken"], &tried["simulated"]), (&json!(1), &json!(true)));
    let lines = json!({"lines": [
        redeem,
        redeem,
        {"redeem": "X-1", "partner": "P-1", "points": "STAR", "amount": "20"},
        {"redeem": "X-2", "partner": "P-1", "points": "STAR", "amount": "10"},
        {"redeem": "X-3", "partner": "P-1", "points": "STAR", "amount": "9000"},
        {"redeem": "X-4", "partner": "P-9", "points": "STAR", "amount": "20"},
        {"redeem": "X-5", "partner": "P-1", "points": "MOON", "amount": "20"},
        {"redeem": "X-6", "partner": "P-1", "points": "STAR", "amount": "20.5"},
        {"redeem": "X-7", "partner": "P-1", "reward": "mug"},
        {"issue": "V-1", "voucher": "CUP", "partner": "P-1"},
        {"issue": "V-2", "voucher": "CUP", "partner": "P-2"},
        {"redeem": "U-1", "voucher": "V-1", "partner": "P-1"},
        {"redeem": "U-2", "voucher": "V-1", "partner": "P-1"},
        {"cancel": "X-1", "amount": "50"},
    ]});
    let done = ask(&test, &test.all, lines).await.ok();
    let told: Vec<(&str, &str)> = done["lines"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| {
            let code = line["code"].as_str().unwrap_or_default();
            (line["result"].as_str().expect("a word"), code)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("taken", ""),
            ("known", ""),
            ("refused", "other_content"),
            ("refused", "below_minimum"),
            ("refused", "insufficient"),
            ("refused", "unknown_partner"),
            ("refused", "unknown_code"),
            ("refused", "wrong_unit"),
            ("taken", ""),
            ("taken", ""),
            ("refused", "limit_total"),
            ("taken", ""),
            ("refused", "wrong_state"),
            ("taken", ""),
        ]
    );
    let balance = &done["partners"][0]["has"]["balances"][0];
    assert_eq!(balance["amount"], json!("200"), "400 - 150 - 100 + 50: {done}");
    let wrong = json!({"lines": [{"redem": "X-8"}, {"debit": "D-1", "amount": 1.5}]});
    let answer = ask(&test, &test.all, wrong).await;
    assert_eq!(answer.problem(), "invalid");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(2), "{}", answer.text);
}

#[tokio::test]
async fn a_partner_spends_its_own_and_nothing_else() {
    let test = with_wallet().await;
    let facts = json!([sale("S-1", "P-1", "4000"), sale("S-2", "P-2", "4000")]);
    test.post("/realtime/facts", &facts).await.ok();
    let own = test.token(&[Scope::Read, Scope::WalletsWrite], Some("P-1")).await;
    let line = |partner: &str| json!({"lines": [{"redeem": format!("O-{partner}"), "partner": partner, "reward": "mug"}]});
    assert_eq!(ask(&test, &own, line("P-1")).await.ok()["taken"], json!(1));
    assert_eq!(ask(&test, &own, line("P-2")).await.problem(), "not-found");
    let gift =
        json!({"lines": [{"credit": "C-1", "partner": "P-1", "points": "STAR", "amount": "9"}]});
    assert_eq!(ask(&test, &own, gift).await.problem(), "not-found");
    let undo = json!({"lines": [{"cancel": "O-P-1"}]});
    assert_eq!(ask(&test, &own, undo).await.problem(), "not-found");
    assert_eq!(test.get("/partners/P-2/wallets", &own).await.problem(), "not-found");
    let has = test.get("/partners/P-1/wallets", &own).await.ok();
    assert_eq!(has[0]["has"]["balances"][0]["amount"], json!("300"), "{has}");
}

#[tokio::test]
async fn what_is_held_stays_declared() {
    let test = with_wallet().await;
    test.post("/realtime/facts", &json!([sale("S-1", "P-1", "4000")])).await.ok();
    let yaml = [("content-type", "application/yaml")];
    let without = "wallet: club\ncurrency: EUR\npoints:\n  MOON: {}\n";
    test.call("POST /wallets", &test.all, &yaml, without).await.ok();
    let answer = test.call("POST /wallets/club/activate", &test.all, &[], "").await;
    assert_eq!(answer.problem(), "conflict", "{}", answer.text);
    let other = "wallet: other\npoints:\n  STAR: {}\n";
    test.call("POST /wallets", &test.all, &yaml, other).await.ok();
    let answer = test.call("POST /wallets/other/activate", &test.all, &[], "").await;
    assert_eq!(answer.problem(), "conflict", "{}", answer.text);
    let broken = test.call("POST /wallets", &test.all, &yaml, "wallet: x\npoints: 3\n").await;
    assert_eq!(broken.problem(), "invalid");
    let none = test.call("POST /wallets/nowhere/activate", &test.all, &[], "").await;
    assert_eq!(none.problem(), "not-found");
}
