use super::*;

#[tokio::test]
async fn large_points_by_hand_wait_for_a_second_person() {
    let test = wallets::with_wallet().await;
    limit(&test).await;
    // 1,000 points cost 50: below. 4,000 cost 200: above.
    let credit = |key: &str, amount: &str| {
        json!({"lines": [{"credit": key, "partner": "P-1", "points": "STAR", "amount": amount,
            "reason": "thanks"}]})
    };
    let small = test.post("/wallet-lines", &credit("C1", "1000")).await.ok();
    assert_eq!(small["lines"][0]["result"], json!("taken"), "{small}");
    let large = test.post("/wallet-lines", &credit("C2", "4000")).await.ok();
    assert_eq!(large["lines"][0]["result"], json!("proposed"), "{large}");
    assert_eq!((&large["proposed"], &large["taken"]), (&json!(1), &json!(0)));
    let id = large["lines"][0]["proposal"].as_str().expect("an id").to_owned();
    let again = test.post("/wallet-lines", &credit("C2", "4000")).await.ok();
    assert_eq!(again["lines"][0]["proposal"], json!(id), "asked twice, waits once");
    let other = test.post("/wallet-lines", &credit("C2", "5000")).await.ok();
    assert_eq!(other["lines"][0]["code"], json!("other_content"), "{other}");
    let balance = async || {
        let has = test.get("/partners/P-1/wallets", &test.all).await.ok();
        has[0]["has"]["balances"][0]["amount"].clone()
    };
    assert_eq!(balance().await, json!("1000"), "nothing moved yet");

    let approve = format!("POST /wallet-proposals/{id}/approve");
    let own = test.call(&approve, &test.all, &[], "").await;
    assert_eq!(own.problem(), "conflict", "nobody approves what they asked for");
    let second = test.token(&Scope::ALL, None).await;
    let weak = test.token(&[Scope::WalletsWrite], None).await;
    assert_eq!(test.call(&approve, &weak, &[], "").await.status, StatusCode::FORBIDDEN);
    let done = test.call(&approve, &second, &[], "").await.ok();
    assert_eq!(done["status"], json!("approved"), "{done}");
    assert_eq!(balance().await, json!("5000"));
    assert_eq!(test.call(&approve, &second, &[], "").await.problem(), "conflict", "once");
    let known = test.post("/wallet-lines", &credit("C2", "4000")).await.ok();
    assert_eq!(known["lines"][0]["result"], json!("known"), "{known}");
    assert_eq!(balance().await, json!("5000"));

    let debit = json!({"lines": [{"debit": "D1", "partner": "P-1", "points": "STAR",
        "amount": "3000", "reason": "error"}]});
    let asked = test.post("/wallet-lines", &debit).await.ok();
    let id = asked["lines"][0]["proposal"].as_str().expect("an id").to_owned();
    let reject = format!("POST /wallet-proposals/{id}/reject");
    let json_type = [("content-type", "application/json")];
    let done = test.call(&reject, &test.all, &json_type, r#"{"comment": "my mistake"}"#).await.ok();
    assert_eq!((&done["status"], &done["comment"]), (&json!("rejected"), &json!("my mistake")));
    assert_eq!(balance().await, json!("5000"));
    let list = test.get("/wallet-proposals", &test.all).await.ok();
    assert_eq!(list.as_array().map(Vec::len), Some(2), "{list}");
    // In the caller's language.
    let ja = [("content-type", "application/json"), ("accept-language", "ja")];
    let body = credit("C2", "5000").to_string();
    let told = test.call("POST /wallet-lines", &test.all, &ja, &body).await.ok();
    let detail = told["lines"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("キー"), "{detail}");
}

/// Adjustments from 100 EUR on go through a chain.
async fn limit(test: &TestApi) {
    let office = &test.office;
    let chain = engine::settle::read_chain("adjustment EUR 100: role:finance 3").expect("a chain");
    let policy = engine::settle::Policy { chains: vec![chain], ..Default::default() };
    let mut tx = office.db().write().await.expect("a turn");
    let now = office.now();
    engine::settle::set_policy(&mut tx, &Actor::System, now, &policy).await.expect("set");
    tx.commit().await.expect("a commit");
}
