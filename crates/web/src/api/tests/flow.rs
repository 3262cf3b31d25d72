use jiff::SignedDuration;

use super::*;

#[tokio::test]
async fn from_a_sale_to_a_payment() {
    let test = TestApi::new().await;
    let facts = json!([sale("S-1", "P-1", "9000"), sale("S-2", "P-1", "2000")]);
    test.post("/facts", &facts).await.ok();
    test.office.accrue().await.expect("accrued");

    let page = test.get("/attainment?program=RB-1&period=2026Q1", &test.all).await.ok();
    let award = &page["items"][0];
    assert_eq!(award["amount"], json!("220.00"), "{page}");
    assert_eq!((&award["tier"], &award["term"]), (&json!(2), &json!("volume")));
    let path = format!("/awards/explain?ref={}", award["ref"].as_str().expect("a ref"));
    let why = test.get(&path, &test.all).await.ok();
    assert_eq!(
        (&why["amount"], &why["proof"]["agrees"]),
        (&json!("220.00"), &json!(true)),
        "{why}"
    );
    assert_eq!(why["lines"][0]["source"]["row"], json!(1), "down to the row that was sent: {why}");
    assert_eq!(why["reasons"][0]["code"], json!("tier"));
    assert!(
        why["text"]["term"].as_str().is_some_and(|text| text.contains("term: volume")),
        "{why}"
    );

    let periods = test.get("/periods?program=RB-1", &test.all).await.ok();
    assert_eq!(periods["items"][0]["state"], json!("ready"), "{periods}");
    let close = json!({"program": "RB-1", "period": "2026Q1"});
    let closed = test.post("/periods/close", &close).await.ok();
    assert_eq!((&closed["payouts"], &closed["total"]), (&json!(1), &json!("220.00")));
    assert_eq!(test.post("/periods/close", &close).await.problem(), "conflict");
    let early = json!({"program": "RB-1", "period": "2026Q2"});
    assert_eq!(test.post("/periods/close", &early).await.problem(), "conflict");
    let none = json!({"program": "RB-1", "period": "spring"});
    assert_eq!(test.post("/periods/close", &none).await.problem(), "not-found");

    let payouts = test.get("/payouts?program=RB-1", &test.all).await.ok();
    let id = payouts["items"][0]["id"].as_str().expect("an id").to_owned();
    let step = |step: &str| format!("POST /payouts/{id}/{step}");
    let answer = test.call(&step("approve"), &test.all, &[], "").await;
    assert_eq!(answer.problem(), "conflict", "who closed does not approve: {}", answer.text);
    let second = test.token(&[Scope::Read, Scope::PayoutsWrite], None).await;
    assert_eq!(test.call(&step("pay"), &second, &[], "").await.problem(), "conflict");
    assert_eq!(test.call(&step("reject"), &second, &[], "").await.problem(), "invalid");
    let answer = test.call(&step("approve"), &second, &[], "").await.ok();
    assert_eq!(answer["status"], json!("approved"));
    let answer = test.call(&step("pay"), &second, &[], "").await.ok();
    assert_eq!(answer["status"], json!("paid"));

    let postings = test.get("/ledger/postings?partner=P-1&limit=1", &test.all).await.ok();
    assert_eq!(postings["items"][0]["cause"], json!("payment"), "{postings}");
    let next = postings["next"].as_str().expect("more");
    let more = test.get(&format!("/ledger/postings?partner=P-1&cursor={next}"), &test.all).await;
    assert!(more.ok()["items"].as_array().is_some_and(|items| items.len() >= 2));
    let balances = test.get("/ledger/balances?partner=P-1", &test.all).await.ok();
    for balance in balances["items"].as_array().expect("items") {
        assert_eq!(balance["balance"].as_str().map(|b| b.trim_end_matches(['0', '.'])), Some(""));
    }
}

#[tokio::test]
async fn master_data_come_and_change() {
    let test = TestApi::new().await;
    let body = json!({"from": "2026-01-01", "items": [
        {"code": "P-1", "names": {"en": "Acme", "ja": "アクメ"}, "fields": {"country": "JP"}},
        {"code": "P-3", "fields": {"level": "gold", "parent": "P-1"}},
    ]});
    let done = test.post("/partners", &body).await.ok();
    assert_eq!((&done["created"], &done["changed"]), (&json!(1), &json!(1)));
    let done = test.post("/partners", &body).await.ok();
    assert_eq!((&done["created"], &done["unchanged"]), (&json!(0), &json!(2)));
    let partner = test.get("/partners/P-3", &test.all).await.ok();
    assert_eq!((&partner["parent"], &partner["fields"]["level"]), (&json!("P-1"), &json!("gold")));

    let headers = [("content-type", "application/json")];
    let put = json!({"fields": {"parent": "P-3"}}).to_string();
    let done = test.call("PUT /partners/P-1", &test.all, &headers, &put).await.ok();
    assert_eq!(done["rejected"][0]["code"], json!("P-1"), "its own ancestor: {done}");
    let put = json!({"code": "B", "nmaes": {}}).to_string();
    let answer = test.call("PUT /products/A", &test.all, &headers, &put).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(2), "{}", answer.text);
    let put = json!({"names": {"en": "Bike"}, "fields": {"category": "Bikes"}}).to_string();
    let done = test.call("PUT /products/B%2F1", &test.all, &headers, &put).await.ok();
    assert_eq!(done["created"], json!(1));
    let product = test.get("/products/B%2F1", &test.all).await.ok();
    assert_eq!((&product["code"], &product["category"]), (&json!("B/1"), &json!("Bikes")));

    let mut seen = Vec::new();
    let mut path = "/partners?limit=2".to_owned();
    loop {
        let page = test.get(&path, &test.all).await.ok();
        let items = page["items"].as_array().expect("items").clone();
        seen.extend(items.into_iter().map(|one| one["code"].as_str().expect("code").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/partners?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["P-1", "P-2", "P-3"]);
}

#[tokio::test]
async fn programs_are_checked_kept_and_activated() {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    let wrong = PROGRAM.replace("RB-1", "RB-2").replace("sum(amount)", "sum(amuont)");
    let answer = test.call("POST /programs/check", &test.all, &yaml, &wrong).await.ok();
    assert_eq!(answer["valid"], json!(false));
    assert!(answer["problems"][0]["line"].as_u64().is_some_and(|line| line > 1), "{answer}");
    let answer = test.call("POST /programs", &test.all, &yaml, "nonsense").await;
    assert_eq!(answer.problem(), "invalid");
    assert_eq!(answer.json()["errors"][0]["line"], json!(1));

    let text = PROGRAM.replace("RB-1", "RB-2");
    let saved = test.post("/programs", &json!({"text": text})).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.text);
    assert_eq!(saved.ok()["valid"], json!(true), "{}", saved.text);
    let other = format!("{text}# another\n");
    let again = test.post("/programs", &json!({"text": other})).await;
    assert_eq!(again.problem(), "conflict", "a draft is not lost by a second one: {}", again.text);
    let way = "PUT /api/v1/programs/RB-2/versions/1";
    assert!(
        again.json()["detail"].as_str().is_some_and(|told| told.contains(way)),
        "{}",
        again.text
    );
    let put = "PUT /programs/RB-2/versions/1";
    let changed = format!("{text}# changed\n");
    for _ in 0..2 {
        let done = test.call(put, &test.all, &yaml, &changed).await;
        assert_eq!((done.status, done.json()["version"].clone()), (StatusCode::OK, json!(1)));
    }
    let draft = test.get("/programs/RB-2/versions/1", &test.all).await.ok();
    assert_eq!(draft["text"], json!(changed));
    let elsewhere = test.call("PUT /programs/RB-2/versions/2", &test.all, &yaml, &text).await;
    assert_eq!(elsewhere.problem(), "invalid", "{}", elsewhere.text);
    let saved = test.call(put, &test.all, &yaml, &text).await;
    assert_eq!(saved.ok()["valid"], json!(true));
    let program = test.get("/programs/RB-2", &test.all).await.ok();
    assert_eq!(
        (&program["active"], &program["versions"][0]["status"]),
        (&json!(false), &json!("draft"))
    );
    let activate = "POST /programs/RB-2/versions/1/activate";
    let done = test.call(activate, &test.all, &[], "").await.ok();
    assert_eq!((&done["status"], &done["text"]), (&json!("active"), &json!(text)));
    assert_eq!(test.call(activate, &test.all, &[], "").await.problem(), "conflict");
    let answer = test.call("POST /programs", &test.all, &yaml, &text).await;
    assert_eq!(answer.problem(), "conflict", "an active version never changes");
    assert_eq!(test.call(put, &test.all, &yaml, &text).await.problem(), "conflict");
    let programs = test.get("/programs", &test.all).await.ok();
    assert_eq!(programs["total"], json!(2));
    assert_eq!(programs["items"][1]["names"]["ja"], json!("数量リベート"));
}

#[tokio::test]
async fn a_draft_is_handed_in_tried_and_a_what_if_writes_nothing() {
    let test = TestApi::new().await;
    let text = PROGRAM.replace("RB-1", "RB-2");
    test.post("/programs", &json!({"text": text})).await.ok();
    let submit = "POST /programs/RB-2/versions/1/submit";
    let json = [("content-type", "application/json")];
    test.call(submit, &test.all, &json, "{\"comment\": \"please\"}").await.ok();
    assert_eq!(test.call(submit, &test.all, &[], "").await.problem(), "conflict");
    let back = "POST /programs/RB-2/versions/1/return";
    assert_eq!(test.call(back, &test.all, &[], "").await.problem(), "invalid");
    test.call(back, &test.all, &json, "{\"comment\": \"why\"}").await.ok();
    assert_eq!(
        test.call(back, &test.all, &json, "{\"comment\": \"y\"}").await.problem(),
        "conflict"
    );

    let fact = json!({"rows": [{"key": "S-1", "kind": "sale", "date": "2026-02-01",
        "partner": "P-1", "amount": "100.00", "currency": "EUR"}]});
    let _ = test.post("/facts", &fact).await;
    let tried = json!({"text": text, "from": "2026-01-01", "to": "2026-12-31", "against": "-"});
    let tried = test.post("/programs/try", &tried).await.ok();
    assert_eq!((&tried["program"], &tried["moved"]), (&json!("RB-2"), &json!(false)), "{tried}");
    let wrong = json!({"text": text, "from": "2026-01-01", "to": "x"});
    assert_eq!(test.post("/programs/try", &wrong).await.problem(), "invalid");

    let order = json!({"partner": "P-1", "lines": [{"quantity": "10", "amount": "1000000",
        "currency": "EUR", "date": "2026-02-10"}]});
    let answer = test.post("/what-if", &order).await.ok();
    let reward = &answer["rewards"][0];
    assert_eq!(reward["program"], json!("RB-1"), "{answer}");
    assert!(reward["brings"].as_str().is_some_and(|brings| brings != "0"), "{answer}");
    assert_eq!(reward["tier_pays"]["rate"], json!("0.02"), "{answer}");
    let again = test.post("/what-if", &order).await.ok();
    assert_eq!(answer, again, "nothing was written");
    let unknown = json!({"partner": "P-1", "lines": [{"product": "none", "amount": "1"}]});
    assert_eq!(test.post("/what-if", &unknown).await.problem(), "invalid");
    let nobody = json!({"partner": "P-77", "lines": [{"amount": "1"}]});
    assert_eq!(test.post("/what-if", &nobody).await.problem(), "not-found");
}

#[tokio::test]
async fn a_file_comes_in_and_its_rejected_rows_go_back() {
    let test = TestApi::new().await;
    let file = "key,date,partner,amount\nS-1,2026-02-01,P-1,10\nS-2,2026-02-01,P-9,10\n";
    let upload = "POST /imports?name=lines.csv";
    let done = test.call(upload, &test.all, &[], file).await.ok();
    assert_eq!(
        (&done["status"], &done["accepted"], &done["rejected"]),
        (&json!("done"), &json!(1), &json!(1))
    );
    let id = done["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        test.get(&format!("/imports/{id}"), &test.all).await.ok()["name"],
        json!("lines.csv")
    );
    let rejected = test.get(&format!("/imports/{id}/rejected"), &test.all).await;
    assert!(rejected.headers["content-type"].starts_with("text/csv"));
    assert!(rejected.text.contains("S-2") && !rejected.text.contains("S-1"), "{}", rejected.text);
    test.clock.advance(SignedDuration::from_secs(1));
    let again = test.call(upload, &test.all, &[], file).await.ok();
    assert_eq!(again["accepted"].as_i64().map(|n| n <= 1), Some(true), "{again}");

    let partners = "code,name,country\nP-7,Seven,JP\n";
    let done = test.call("POST /imports?feeds=partners", &test.all, &[], partners).await.ok();
    assert_eq!(done["accepted"], json!(1), "{done}");
    test.get("/partners/P-7", &test.all).await.ok();
    let facts_only = test.token(&[Scope::FactsWrite], None).await;
    let answer = test.call("POST /imports?feeds=partners", &facts_only, &[], partners).await;
    assert_eq!(answer.problem(), "scope-missing");
    let answer = test.call("POST /imports?feeds=claims", &test.all, &[], partners).await;
    assert_eq!(answer.problem(), "invalid");
    let answer = test.call("POST /imports", &test.all, &[], "PK\u{3}\u{4}truncated").await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
}

#[tokio::test]
async fn amounts_from_outside_take_the_place_of_earlier_ones() {
    let test = TestApi::new().await;
    let text = "program: OUT\ncurrency: EUR\nstarts: 2026-01-01\nterms:\n  \
                - { term: bonus, external: true, periods: { every: quarter } }\n";
    test.post("/programs", &json!({ "text": text })).await.ok();
    let activate = "POST /programs/OUT/versions/1/activate";
    test.call(activate, &test.all, &[], "").await.ok();
    let sent = |key: &str, partner: &str, amount: &str| {
        json!({ "key": key, "program": "OUT", "term": "bonus", "partner": partner,
                "period": "2026Q1", "amount": amount })
    };
    let send = async |awards: serde_json::Value| {
        test.post("/external-awards", &json!({ "awards": awards })).await.ok()
    };
    let told = send(json!([sent("X-1", "P-1", "100.00"), sent("X-2", "nobody", "5")])).await;
    assert_eq!((&told["accepted"], &told["rejected"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["awards"][1]["code"], json!("unknown_partner"), "{told}");
    let told = send(json!([sent("X-1", "P-1", "100.00")])).await;
    assert_eq!(told["known"], json!(1), "{told}");
    let told = send(json!([sent("X-1", "P-1", "101.00")])).await;
    assert_eq!(told["awards"][0]["code"], json!("other_content"), "{told}");
    let told = send(json!([sent("X-3", "P-1", "120.50")])).await;
    assert_eq!(told["accepted"], json!(1), "{told}");

    test.office.accrue().await.expect("accrued");
    let page = test.get("/awards?program=OUT", &test.all).await.ok();
    assert_eq!(page["items"][0]["amount"], json!("120.50"), "{page}");
    let bad = json!({ "awards": [sent("X-4", "P-1", "1e3")] });
    assert_eq!(test.post("/external-awards", &bad).await.problem(), "invalid");
}

#[tokio::test]
async fn a_partner_that_changes_is_measured_anew() {
    let test = TestApi::new().await;
    let text = "program: GOLD\ncurrency: EUR\nstarts: 2026-01-01\n\
                partners: partner.level == \"gold\"\nterms:\n  \
                - { term: t, measure: sum(amount), rate: 10% }\n";
    test.post("/programs", &json!({ "text": text })).await.ok();
    test.call("POST /programs/GOLD/versions/1/activate", &test.all, &[], "").await.ok();
    test.post("/facts", &json!([sale("S-1", "P-1", "1000")])).await.ok();
    let awards = async || {
        test.office.accrue().await.expect("accrued");
        let page = test.get("/awards?program=GOLD", &test.all).await.ok();
        page["items"].as_array().map(Vec::len)
    };
    assert_eq!(awards().await, Some(0));
    let gold = json!({ "from": "2026-01-01",
                       "items": [{ "code": "P-1", "fields": { "level": "gold" } }] });
    test.post("/partners", &gold).await.ok();
    assert_eq!(awards().await, Some(1));
}
