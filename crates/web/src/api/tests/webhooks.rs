use super::*;

#[tokio::test]
async fn a_webhook_is_made_changed_and_its_secret_told_once() {
    let test = TestApi::new().await;
    let body = json!({"url": "https://erp.example.com/in", "events": ["payout.*", "wallet.*"]});
    let made = test.post("/webhooks", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("whsec_"));
    let id = made["id"].as_str().expect("an id").to_owned();
    for path in ["/webhooks", &format!("/webhooks/{id}"), "/audit"] {
        let answer = test.get(path, &test.all).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        assert!(!answer.text.contains("whsec_"), "{path} tells the secret");
    }
    let turned = test.call(&format!("POST /webhooks/{id}/rotate"), &test.all, &[], "").await.ok();
    assert_ne!(turned["secret"].as_str(), Some(secret.as_str()));
    assert!(turned["both_secrets_until"].is_string());

    let sent = test.call(&format!("POST /webhooks/{id}/test"), &test.all, &[], "").await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    let event = sent.json()["event"].as_str().expect("an event").to_owned();
    let list = test.get(&format!("/webhooks/{id}/deliveries"), &test.all).await.ok();
    assert_eq!(list["items"][0]["event"]["id"], json!(event), "{list}");
    assert_eq!(list["items"][0]["event"]["type"], json!("webhook.test"));
    let again = test.post(&format!("/webhooks/{id}/replay"), &json!({"event": event})).await;
    assert_eq!(again.json()["deliveries"], json!(1), "{}", again.text);
    let span = json!({"from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"});
    let again = test.post(&format!("/webhooks/{id}/replay"), &span).await;
    assert_eq!(again.json()["deliveries"], json!(0), "tests are for nobody else");
    let both = test.post(&format!("/webhooks/{id}/replay"), &json!({})).await;
    assert_eq!(both.problem(), "invalid");

    let json_type = [("content-type", "application/json")];
    let off = json!({"url": "https://erp.example.com/in", "events": ["*"], "status": "off"});
    let line = format!("PUT /webhooks/{id}");
    let told = test.call(&line, &test.all, &json_type, &off.to_string()).await.ok();
    assert_eq!((&told["status"], &told["events"]), (&json!("off"), &json!(["*"])));
    let sent = test.call(&format!("POST /webhooks/{id}/test"), &test.all, &[], "").await;
    assert_eq!(sent.problem(), "conflict", "it is off");
    for (url, events) in [
        ("http://erp.example.com/", json!(["*"])),
        ("https://127.0.0.1/", json!(["*"])),
        ("https://[::1]/", json!(["*"])),
        ("nowhere", json!(["*"])),
        ("https://erp.example.com/", json!(["wallets.*"])),
        ("https://erp.example.com/", json!([])),
        ("https://erp.example.com/", json!("*")),
    ] {
        let body = json!({"url": url, "events": events});
        assert_eq!(test.post("/webhooks", &body).await.problem(), "invalid", "{body}");
    }
    let reader = test.token(&[Scope::Read], None).await;
    assert_eq!(test.get("/webhooks", &reader).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_happens_is_told_in_the_words_of_the_api() {
    let test = wallets::with_wallet().await;
    let body = json!({"url": "https://erp.example.com/in", "events": ["*"]});
    assert_eq!(test.post("/webhooks", &body).await.status, StatusCode::CREATED);
    test.post("/realtime/facts", &json!([sale("S-1", "P-1", "6000")])).await.ok();
    let lines = json!({"lines": [
        {"redeem": "X1", "partner": "P-1", "points": "STAR", "amount": "200"},
        {"issue": "V1", "voucher": "CUP", "partner": "P-1", "code": "AB12"},
        {"redeem": "X2", "voucher": "AB12", "amount": "4"},
        {"redeem": "X3", "partner": "P-1", "points": "STAR", "amount": "99999"},
    ]});
    test.post("/wallet-lines", &lines).await.ok();
    let all = test.get("/events", &test.all).await.ok();
    let told: Vec<(String, String)> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| {
            let data = &event["data"];
            let amount = data["amount"].as_str().or(data["tier"].as_str()).unwrap_or_default();
            (event["type"].as_str().unwrap_or_default().to_owned(), amount.to_owned())
        })
        .collect();
    let expected = [
        ("wallet.points.credited", "600"),
        ("wallet.tier.changed", "gold"),
        ("wallet.points.spent", "200"),
        ("wallet.voucher.issued", "10"),
        ("wallet.voucher.redeemed", "4"),
    ];
    for (kind, amount) in expected {
        let found = told.iter().filter(|it| it.0 == kind && it.1 == amount).count();
        assert_eq!(found, 1, "{kind} {amount}: {told:?}");
    }
    assert!(!told.iter().any(|it| it.1 == "99999"), "what was refused is no news: {told:?}");
    assert_eq!(all[0]["data"]["wallet"], json!("club"));
    assert_eq!(all[0]["data"]["partner"], json!("P-1"));
    // The journal of lines says what was asked, and what was refused.
    let lines = test.get("/partners/P-1/wallet-lines", &test.all).await.ok();
    assert_eq!((&lines[0]["key"], &lines[0]["code"]), (&json!("X3"), &json!("insufficient")));
    assert_eq!(lines[1]["code"], Value::Null, "{lines}");
    let own = test.token(&[Scope::Read], Some("P-2")).await;
    assert_eq!(test.get("/partners/P-1/wallet-lines", &own).await.problem(), "not-found");
    // A fact sent again is known, and told once.
    let count = told.len();
    test.post("/realtime/facts", &json!([sale("S-1", "P-1", "6000")])).await.ok();
    let last = all[count - 1]["sequence"].as_i64().expect("a number");
    let more = test.get(&format!("/events?after={last}"), &test.all).await.ok();
    assert_eq!(more, json!([]), "nothing twice");
    // What is only tried is told nobody.
    let tried = json!([sale("S-2", "P-1", "6000")]);
    test.post("/realtime/facts?simulate=true", &tried).await.ok();
    let more = test.get(&format!("/events?after={last}"), &test.all).await.ok();
    assert_eq!(more, json!([]));
    // What ends by itself is told when it is written down, with the day it belongs to.
    test.clock.advance(jiff::SignedDuration::from_hours(24 * 400));
    test.office.accrue().await.expect("time passes");
    let more = test.get(&format!("/events?after={last}"), &test.all).await.ok();
    let expired: Vec<&Value> = more
        .as_array()
        .expect("a list")
        .iter()
        .filter(|event| event["type"] == json!("wallet.points.expired"))
        .collect();
    assert_eq!(expired.len(), 1, "{more}");
    assert_eq!(expired[0]["data"]["amount"], json!("400"), "{more}");
    let at = expired[0]["data"]["at"].as_str().expect("a moment");
    assert!(at < "2027-07-17", "{at}");
}
