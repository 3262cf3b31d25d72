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

    let attach = format!("POST {path}/proofs?name=invoice.pdf");
    let pdf = "%PDF-1.4 invoice 8841";
    assert_eq!(test.call(&attach, &other, &[], pdf).await.problem(), "not-found");
    assert_eq!(test.call(&attach, &own, &[], "<html>").await.problem(), "invalid");
    let kept = test.call(&attach, &own, &[], pdf).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
    let proof = format!("/proofs/{}", kept.json()["id"].as_str().expect("an id"));
    assert_eq!(test.get(&proof, &other).await.problem(), "not-found");
    let served = test.get(&proof, &second).await;
    assert_eq!(served.text, pdf);
    assert_eq!(served.headers["content-type"], "application/pdf");
    assert!(served.headers["content-disposition"].starts_with("attachment"));
    let seen = test.get(&format!("{path}/proofs"), &second).await.json();
    assert_eq!((&seen[0]["name"], &seen[0]["side"]), (&json!("invoice.pdf"), &json!("partner")));

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

#[tokio::test]
async fn many_payouts_are_decided_in_one_request_each_by_itself() {
    let (test, second) = told().await;
    let close = json!({"program": "RB-1", "period": "2026Q1"});
    test.post("/periods/close", &close).await.ok();
    let payouts = test.get("/payouts", &test.all).await.ok();
    let ids: Vec<&str> = payouts["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 2, "{payouts}");
    for wrong in [
        json!({"payouts": [], "decision": "approve"}),
        json!({"payouts": "all", "decision": "approve"}),
        json!({"payouts": ids, "decision": "pay"}),
        json!({"payouts": ids, "decision": "reject"}),
        json!({"payouts": ids, "decision": "approve", "why": "x"}),
    ] {
        let answer = test.say("POST /payouts/decide", &second, &wrong).await;
        assert_eq!(answer.problem(), "invalid", "{}", answer.text);
    }
    let all = json!({"payouts": ids, "decision": "approve"});
    let own = test.say("POST /payouts/decide", &test.all, &all).await.ok();
    assert_eq!(own["decided"], json!([]), "who closed decides about none");
    assert_eq!(own["left"][0]["code"], json!("prepared"));
    let some = json!({"payouts": [ids[0], "pay_nothing"], "decision": "approve"});
    let done = test.say("POST /payouts/decide", &second, &some).await.ok();
    assert_eq!(done["decided"][0]["status"], json!("approved"));
    assert_eq!(done["left"][0]["code"], json!("not_found"));

    let outlook = test.get("/accruals/outlook?periods=all&program=RB-1", &test.all).await.ok();
    let quarter = outlook["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|one| one["period"] == json!("2026Q1"))
        .expect("the quarter");
    assert_eq!(quarter["settled"], json!("110.00"), "{outlook}");
    assert_eq!(test.get("/accruals/outlook?program=no", &test.all).await.problem(), "not-found");
    assert_eq!(test.get("/accruals/outlook?periods=some", &test.all).await.problem(), "invalid");
}

impl TestApi {
    async fn user(&self, login: &str, role: engine::access::Role) {
        let hash = engine::access::Passwords::for_tests().hash("correct horse").await;
        let new = engine::access::NewUser {
            login: login.into(),
            name: login.into(),
            password: hash.expect("hashed"),
            role,
            language: "en".into(),
        };
        let mut tx = self.office.db().write().await.expect("a transaction");
        let now = self.office.now();
        engine::access::create_user(&mut tx, now, &Actor::System, new).await.expect("a user");
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn who_approves_and_who_stands_in_is_set_with_a_scope_of_its_own() {
    use engine::access::Role;
    let (test, second) = told().await;
    for (login, role) in [("amy", Role::Finance), ("ben", Role::Administrator)] {
        test.user(login, role).await;
    }
    let chain = "payout EUR 10000: role:finance 3 > user:ben 5";
    let chains = json!({"chains": [chain]});
    let refused = test.say("PUT /settlement/chains", &second, &chains).await;
    assert_eq!(refused.problem(), "scope-missing", "who pays does not choose who looks");
    let set = test.say("PUT /settlement/chains", &test.all, &chains).await.ok();
    assert_eq!(set, chains, "a login stands for its id");
    assert_eq!(test.get("/settlement/chains", &second).await.ok(), chains);
    for wrong in [
        json!({"chains": ["payout EUR x: anyone 2"]}),
        json!({"chains": [chain, chain]}),
        json!({"chains": ["payout EUR 0: user:nobody 2"]}),
        json!({"chain": []}),
        json!({}),
    ] {
        let answer = test.say("PUT /settlement/chains", &test.all, &wrong).await;
        assert_eq!(answer.problem(), "invalid", "{wrong}");
    }

    let away = json!({
        "absent": "amy", "deputy": "ben", "from": "2026-06-10", "until": "2026-06-20",
    });
    let made = test.post("/delegations", &away).await.ok();
    assert_eq!(
        (&made["absent"], &made["deputy"], &made["acting"]),
        (&json!("amy"), &json!("ben"), &json!(true))
    );
    for (field, value, problem) in [
        ("deputy", "cat", "invalid"),
        ("deputy", "amy", "conflict"),
        ("until", "2026-06-01", "invalid"),
        ("until", "soon", "invalid"),
    ] {
        let mut wrong = away.clone();
        wrong[field] = json!(value);
        assert_eq!(test.post("/delegations", &wrong).await.problem(), problem, "{field} {value}");
    }
    let id = made["id"].as_str().expect("an id");
    let end = format!("POST /delegations/{id}/end");
    assert_eq!(test.call(&end, &test.all, &[], "").await.ok()["acting"], json!(false));
    assert_eq!(test.call(&end, &test.all, &[], "").await.problem(), "conflict", "once");
    let all = test.get("/delegations", &second).await.ok();
    assert_eq!(all["total"], json!(1), "{all}");

    let rule = test.get("/settings/four-eyes", &second).await.ok();
    assert_eq!(rule["rule"], json!("auto"));
    let never = json!({"rule": "never"});
    let set = test.say("PUT /settings/four-eyes", &test.all, &never).await.ok();
    assert_eq!(set, json!({"rule": "never", "needed": false}));
    let wrong = json!({"rule": "sometimes"});
    let answer = test.say("PUT /settings/four-eyes", &test.all, &wrong).await;
    assert_eq!(answer.problem(), "invalid");
}

#[tokio::test]
async fn findings_of_a_version_are_read_before_it_is_activated() {
    let (test, second) = told().await;
    let text = "program: twin\ncurrency: EUR\nstarts: 2026-01-01\nterms:\n  - { term: a, when: \
                product.category == \"Boats\", measure: sum(amount), rate: 1% }\n";
    test.post("/programs", &json!({"text": text})).await.ok();
    let path = "/programs/twin/versions/1/findings";
    let found = test.get(path, &second).await.ok();
    assert_eq!(found["valid"], json!(true), "{found}");
    let kinds: Vec<&str> = found["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"never_met") || kinds.contains(&"nothing_counts"), "{found}");
    let headers = [("accept-language", "ja")];
    let japanese = test.call(&format!("GET {path}"), &second, &headers, "").await.ok();
    let message = japanese["findings"][0]["message"].as_str().expect("a message");
    assert!(!message.is_ascii(), "{message}");
    let none = "/programs/twin/versions/9/findings";
    assert_eq!(test.get(none, &second).await.problem(), "not-found");
}
