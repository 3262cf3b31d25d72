use super::*;

/// `created changed unchanged removed`, then what was counted and evaluated anew.
fn told(answer: &Value) -> String {
    let counts =
        ["created", "changed", "unchanged", "removed"].map(|name| answer[name].to_string());
    format!("{} {} {}", counts.join(" "), answer["measured"], answer["evaluated"])
}

impl TestApi {
    async fn put(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call(&format!("PUT {path}"), &self.all, &headers, &body.to_string()).await
    }
}

#[tokio::test]
async fn a_rate_makes_waiting_facts_count() {
    let test = TestApi::new().await;
    let mut fact = sale("S1", "P-1", "100");
    fact["currency"] = json!("USD");
    test.post("/facts", &json!({"facts": [fact]})).await.ok();
    test.office.accrue().await.unwrap();
    assert_eq!(test.get("/awards", &test.all).await.ok()["items"], json!([]));

    let shown = test.get("/waiting", &test.all).await.ok();
    assert_eq!(shown["total"], 1);
    let line = &shown["items"][0];
    let said = ["fact", "reason", "partner", "amount", "currency"].map(|name| line[name].clone());
    assert_eq!(said, ["S1", "no_rate", "P-1", "100", "USD"].map(Value::from));
    let (lacks, day) = (&line["lacks"], &line["date"]);
    assert_eq!(*lacks, json!({"what": "rate", "of": "USD", "to": "EUR", "day": day}));
    assert_eq!(line["terms"][0]["program"], "RB-1");
    let other = test.get("/waiting?reason=no_price", &test.all).await.ok();
    assert_eq!(other["items"], json!([]));
    assert_eq!(test.get("/waiting?program=none", &test.all).await.problem(), "not-found");

    let rates =
        json!({"entries": [{"of": "USD", "in": "EUR", "rate": "0.5", "from": "2026-01-01"}]});
    let answer = test.put("/exchange-rates", &rates).await.ok();
    assert_eq!(told(&answer), r#"1 0 0 0 ["RB-1"] []"#);
    test.office.accrue().await.unwrap();
    assert_eq!(test.get("/awards", &test.all).await.ok()["items"][0]["amount"], "0.50");
    assert_eq!(told(&test.put("/exchange-rates", &rates).await.ok()), "0 0 1 0 [] []");

    let shown = test.get("/exchange-rates?search=usd", &test.all).await.ok();
    let entry = &shown["items"][0];
    let said = ["of", "in", "rate", "from", "updated_by"].map(|name| entry[name].clone());
    assert_eq!(said, ["USD", "EUR", "0.5", "2026-01-01", "ERP"].map(Value::from));

    let gone = json!({"entries": [
        {"of": "USD", "in": "EUR", "from": "2026-01-01", "remove": true},
        {"of": "GBP", "in": "EUR", "remove": true},
    ]});
    let answer = test.put("/exchange-rates", &gone).await.ok();
    assert_eq!(told(&answer), r#"0 0 0 1 ["RB-1"] []"#);
}

#[tokio::test]
async fn figures_prices_units_and_lists_are_written_and_read() {
    let test = TestApi::new().await;
    let figures = json!({"entries": [
        {"partner": "P-1", "period": "2026Q1", "groups": {"brand": "Kita"}, "value": "900.5"},
        {"value": 7},
        {"partner": "P-9", "value": "1"},
    ]});
    let answer = test.put("/figures/plan", &figures).await.ok();
    assert_eq!(told(&answer), "2 0 0 0 [] []");
    assert_eq!(answer["rejected"][0]["row"], 3);
    assert_eq!(answer["rejected"][0]["reason"], "unknown_partner");
    let names = json!([{"name": "plan", "entries": 2}]);
    assert_eq!(test.get("/figures", &test.all).await.ok(), names);
    let own = test.get("/figures/plan?partner=P-1", &test.all).await.ok();
    assert_eq!(own["total"], 1);
    assert_eq!(own["items"][0]["groups"], json!({"brand": "Kita"}));
    assert_eq!(test.get("/figures/none", &test.all).await.problem(), "not-found");

    let prices = json!({"entries": [{"product": "A", "price": "480", "currency": "EUR"}]});
    assert_eq!(told(&test.put("/prices/net", &prices).await.ok()), "1 0 0 0 [] []");
    assert_eq!(test.get("/prices/net", &test.all).await.ok()["items"][0]["price"], "480");

    let units = json!({"entries": [{"unit": "case", "holds": "24", "of": "piece"}]});
    assert_eq!(told(&test.put("/unit-factors", &units).await.ok()), "1 0 0 0 [] []");
    let shown = test.get("/unit-factors", &test.all).await.ok();
    assert_eq!(shown["items"][0].get("product"), None);

    assert_eq!(test.get("/lists/spring", &test.all).await.problem(), "not-found");
    for (codes, expected) in [
        (json!(["A", "B", "A"]), "2 0 0 0 [] []"),
        (json!(["B", "C"]), "1 0 1 1 [] []"),
        (json!(["B", "C"]), "0 0 2 0 [] []"),
    ] {
        let answer = test.put("/lists/spring", &json!({ "codes": codes })).await.ok();
        assert_eq!(told(&answer), expected);
    }
    let codes = test.get("/lists/spring", &test.all).await.ok();
    assert_eq!(codes, json!({"codes": ["B", "C"]}));
}

#[tokio::test]
async fn all_that_is_wrong_with_entries_is_told_at_once() {
    let test = TestApi::new().await;
    let wrong = json!({"entries": [
        {"of": "USD", "in": "EUR", "rate": 0.5},
        {"of": "usd", "in": "EUR", "rate": "1"},
        {"of": "EUR", "in": "EUR", "rate": "1"},
        {"of": "USD", "in": "EUR", "rate": "1", "form": "2026-01-01"},
        {"of": "USD", "in": "EUR"},
        {"of": "USD", "in": "EUR", "rate": "-1", "from": "yesterday"},
    ]});
    let answer = test.put("/exchange-rates", &wrong).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.text);
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    let told: Vec<String> = body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"]))
        .collect();
    assert_eq!(
        told,
        [
            r#"/entries/0/rate "wrong_type""#,
            r#"/entries/1/of "bad_value""#,
            r#"/entries/2 "bad_value""#,
            r#"/entries/3/form "unknown_field""#,
            r#"/entries/4/rate "missing""#,
            r#"/entries/5/from "bad_value""#,
            r#"/entries/5 "bad_value""#,
        ]
    );
    assert_eq!(test.get("/exchange-rates", &test.all).await.ok()["total"], 0);
    let read_only = test.token(&[Scope::Read], None).await;
    let headers = [("content-type", "application/json")];
    let refused = test.call("PUT /lists/x", &read_only, &headers, r#"{"codes": []}"#).await;
    assert_eq!(refused.problem(), "scope-missing");
    let bound = test.token(&Scope::ALL, Some("P-1")).await;
    assert_eq!(test.get("/figures", &bound).await.problem(), "not-found");
}
