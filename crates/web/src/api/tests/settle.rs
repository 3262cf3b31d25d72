//! Exceptions, adjustments, holds and disputes, as programs use them.

use super::*;

/// Sales of P-1 and P-2, evaluated; the second token may decide what the first one asked for.
async fn told() -> (TestApi, String) {
    let test = TestApi::new().await;
    let facts = json!([sale("S-1", "P-1", "9000"), sale("S-2", "P-2", "2000")]);
    test.post("/facts", &facts).await.ok();
    test.office.accrue().await.expect("accrued");
    let second = test.token(&[Scope::Read, Scope::PayoutsWrite], None).await;
    (test, second)
}

impl TestApi {
    /// Sends a body with a token.
    async fn say(&self, line: &str, token: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call(line, token, &headers, &body.to_string()).await
    }
}

#[tokio::test]
async fn a_debt_is_acknowledged_before_a_close() {
    let (test, second) = told().await;
    let ask = json!({
        "program": "RB-1", "partner": "P-2", "period": "2026Q1", "amount": "-50.00",
        "reason_code": "data", "reason": "counted twice",
    });
    let mut wrong = ask.clone();
    wrong["reason_code"] = json!("mood");
    assert_eq!(test.say("POST /adjustments", &test.all, &wrong).await.problem(), "invalid");
    wrong = ask.clone();
    wrong["amount"] = json!("a lot");
    assert_eq!(test.say("POST /adjustments", &test.all, &wrong).await.problem(), "invalid");
    let asked = test.say("POST /adjustments", &test.all, &ask).await.ok();
    let id = asked["id"].as_str().expect("an id").to_owned();
    assert_eq!((&asked["status"], &asked["amount"]), (&json!("pending"), &json!("-50.00")));
    let approve = format!("POST /adjustments/{id}/approve");
    let own = test.call(&approve, &test.all, &[], "").await;
    assert_eq!(own.problem(), "conflict", "{}", own.text);
    let done = test.call(&approve, &second, &[], "").await.ok();
    assert_eq!(done["status"], json!("approved"));

    let path = "/periods/exceptions?program=RB-1&period=2026Q1";
    let found = test.get(path, &test.all).await.ok();
    let debt = &found["items"][0];
    assert_eq!(
        (&debt["kind"], &debt["serious"], &debt["amount"], &debt["partners"]),
        (&json!("negative"), &json!(true), &json!("-30.00"), &json!(["P-2"])),
        "{found}"
    );
    let mut close = json!({"program": "RB-1", "period": "2026Q1"});
    let refused = test.post("/periods/close", &close).await;
    assert_eq!(refused.problem(), "conflict");
    assert!(refused.text.contains("`negative`"), "{}", refused.text);
    close["acknowledge"] = json!(["nothing"]);
    assert_eq!(test.post("/periods/close", &close).await.problem(), "invalid");
    close["acknowledge"] = json!(["negative"]);
    assert_eq!(test.post("/periods/close", &close).await.problem(), "conflict", "no comment");
    close["comment"] = json!("agreed with P-2");
    assert_eq!(test.post("/periods/close", &close).await.ok()["total"], json!("90.00"));
}

#[tokio::test]
async fn a_hold_stops_paying_until_it_is_released() {
    let (test, second) = told().await;
    let close = json!({"program": "RB-1", "period": "2026Q1"});
    test.post("/periods/close", &close).await.ok();
    let payouts = test.get("/payouts?partner=P-1", &test.all).await.ok();
    let id = payouts["items"][0]["id"].as_str().expect("an id").to_owned();
    test.call(&format!("POST /payouts/{id}/approve"), &second, &[], "").await.ok();
    for wrong in [
        json!({"reason": "x"}),
        json!({"payout": id, "partner": "P-1", "reason": "x"}),
        json!({"partner": "P-1", "reason": "x", "until": "soon"}),
        json!({"partner": "P-1", "reason": "x", "until": "2026-01-01"}),
    ] {
        assert_eq!(test.say("POST /holds", &test.all, &wrong).await.problem(), "invalid");
    }
    let none = json!({"partner": "P-9", "reason": "x"});
    assert_eq!(test.say("POST /holds", &test.all, &none).await.problem(), "not-found");
    let hold = json!({"partner": "P-1", "reason": "bank details"});
    let hold = test.say("POST /holds", &test.all, &hold).await.ok();
    assert_eq!(hold["acting"], json!(true));
    let pay = format!("POST /payouts/{id}/pay");
    let refused = test.call(&pay, &second, &[], "").await;
    assert_eq!(refused.problem(), "conflict");
    assert!(refused.text.contains("bank details"), "{}", refused.text);
    let hold = hold["id"].as_str().expect("an id");
    test.call(&format!("POST /holds/{hold}/release"), &test.all, &[], "").await.ok();
    test.call(&pay, &second, &[], "").await.ok();
    let history = test.get(&format!("/payouts/{id}/decisions"), &test.all).await.ok();
    let verdicts: Vec<&str> = history["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|one| one["verdict"].as_str())
        .collect();
    assert_eq!(verdicts, ["approved", "paid"]);
}

#[tokio::test]
async fn a_bound_token_disputes_and_agrees() {
    let (test, second) = told().await;
    let close = json!({"program": "RB-1", "period": "2026Q1"});
    test.post("/periods/close", &close).await.ok();
    let own = test.token(&[Scope::Read, Scope::PayoutsWrite], Some("P-1")).await;
    let other = test.token(&[Scope::Read, Scope::PayoutsWrite], Some("P-2")).await;
    let payouts = test.get("/payouts", &own).await.ok();
    let id = payouts["items"][0]["id"].as_str().expect("an id").to_owned();
    let new = json!({
        "payout": id, "reason": "missing_sales", "text": "one is missing", "expected": "95.00",
    });
    assert_eq!(test.say("POST /disputes", &other, &new).await.problem(), "not-found");
    assert_eq!(test.say("POST /disputes", &second, &new).await.problem(), "not-found");
    let wrong = json!({"payout": id, "award": "x", "reason": "mood", "text": "x"});
    assert_eq!(test.say("POST /disputes", &own, &wrong).await.problem(), "invalid");
    let opened = test.say("POST /disputes", &own, &new).await.ok();
    assert_eq!((&opened["status"], &opened["stated"]), (&json!("open"), &json!("90.00")));
    let dispute = opened["id"].as_str().expect("an id").to_owned();
    let path = format!("/disputes/{dispute}");
    assert_eq!(test.get(&path, &other).await.problem(), "not-found");
    assert_eq!(test.get("/disputes", &other).await.ok()["total"], json!(0));
    let agree = format!("POST /payouts/{id}/agree");
    assert_eq!(test.call(&agree, &own, &[], "").await.problem(), "conflict", "it is disputed");
    assert_eq!(test.call(&agree, &other, &[], "").await.problem(), "not-found");

    let text = json!({"text": "which one?"});
    let answered = test.say(&format!("POST {path}/messages"), &second, &text).await.ok();
    assert_eq!(answered["status"], json!("answered"));
    let accept = json!({"amount": "5.00", "text": "right"});
    let line = format!("POST {path}/accept");
    assert_eq!(test.say(&line, &own, &accept).await.problem(), "not-found");
    let accepted = test.say(&line, &second, &accept).await.ok();
    assert_eq!((&accepted["status"], &accepted["accepted"]), (&json!("accepted"), &json!("5.00")));
    let asked = test.get("/adjustments?status=pending", &test.all).await.ok();
    let adjustment = &asked["items"][0];
    assert_eq!(
        (&adjustment["id"], &adjustment["period"], &adjustment["dispute"]),
        (&accepted["adjustment"], &json!("2026Q2"), &json!(dispute)),
        "{asked}"
    );
    let over = test.call(&format!("POST {path}/withdraw"), &own, &[], "").await;
    assert_eq!(over.problem(), "conflict", "{}", over.text);
    let agreed = test.call(&agree, &own, &[], "").await.ok();
    assert_eq!(agreed["amount"], json!("90.00"));
    assert_eq!(test.call(&agree, &own, &[], "").await.problem(), "conflict", "once");
}

#[tokio::test]
async fn a_period_on_demand_ends_on_the_day_that_is_named() {
    let (test, _) = told().await;
    let text = super::PROGRAM.replace("RB-1", "RB-2").replace("quarter", "on_demand");
    let (mut tx, now) = (test.office.db().write().await.expect("writes"), test.office.now());
    let master = test.office.master(&mut tx).await.expect("master data");
    engine::programs::save_draft(&mut tx, &Actor::System, now, &text).await.expect("a draft");
    let of = ("RB-2", 1);
    engine::programs::activate(&mut tx, &master, &Actor::System, now, of).await.expect("activated");
    tx.commit().await.expect("commits");
    test.office.accrue().await.expect("accrued");

    let found = test.get("/periods?program=RB-2", &test.all).await.ok();
    let open = &found["items"][0];
    assert_eq!(
        (&open["period"], &open["state"], &open["on_demand"], &open["until_max"]),
        (&json!("open"), &json!("running"), &json!(true), &json!("2026-06-11")),
        "{found}"
    );
    let bare = json!({"program": "RB-2", "period": "open"});
    assert_eq!(test.post("/periods/close", &bare).await.problem(), "conflict");
    for until in ["soon", "2026-06-12", "2025-12-31"] {
        let body = json!({"program": "RB-2", "until": until});
        assert_eq!(test.post("/periods/close", &body).await.problem(), "invalid", "{until}");
    }
    let body = json!({"program": "RB-2", "until": "2026-03-15"});
    let closed = test.post("/periods/close", &body).await.ok();
    assert_eq!(
        (&closed["period"], &closed["total"], &closed["totals"]),
        (&json!("2026-03-15"), &json!("110.00"), &json!([{"amount": "110.00", "unit": "EUR"}])),
        "{closed}"
    );
    let ask = json!({"program": "RB-2", "partner": "P-1", "period": "open", "amount": "5.00",
        "unit": "USD", "reason": "samples"});
    let refused = test.post("/adjustments", &ask).await;
    assert_eq!(refused.problem(), "invalid");
    assert!(refused.text.contains("it pays in EUR"), "{}", refused.text);
}
