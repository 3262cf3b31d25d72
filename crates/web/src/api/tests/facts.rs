use super::*;

/// Posts facts and gives back `result code` of each row.
async fn post(test: &TestApi, body: &Value) -> Vec<String> {
    rows(&test.post("/facts", body).await)
}

#[track_caller]
fn rows(answer: &Answer) -> Vec<String> {
    let body = answer.ok();
    let rows = body["rows"].as_array().expect("rows");
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row["row"], json!(place + 1));
    }
    let word = |row: &Value| match row["code"].as_str() {
        Some(code) => format!("{} {code}", row["result"].as_str().expect("a result")),
        None => row["result"].as_str().expect("a result").to_owned(),
    };
    rows.iter().map(word).collect()
}

#[tokio::test]
async fn each_row_is_answered_for_itself() {
    let test = TestApi::new().await;
    let mut other = sale("S-1", "P-1", "11");
    other["date"] = json!("2026-02-02");
    let body = json!([
        sale("S-1", "P-1", "10.50"),
        sale("S-1", "P-1", "10.50"),
        other,
        sale("S-2", "P-9", "1"),
        sale("", "P-1", "1"),
        {"key": "S-3", "date": "2026-02-30", "partner": "P-1", "amount": "1"},
        {"key": "S-4", "date": "2026-02-03", "partner": "P-1", "amount": "NaN"},
        {"key": "S-5", "date": "2026-02-03", "partner": "P-1", "product": "Z", "amount": 1},
    ]);
    let expected = [
        "accepted",
        "known",
        "rejected other_content",
        "rejected unknown_partner",
        "rejected missing_key",
        "rejected impossible_date",
        "rejected bad_number",
        "rejected unknown_product",
    ];
    let answer = test.post("/facts", &body).await;
    assert_eq!(rows(&answer), expected);
    let told = answer.json();
    assert_eq!(
        (&told["accepted"], &told["known"], &told["rejected"]),
        (&json!(1), &json!(1), &json!(6))
    );
    assert_eq!(told["rows"][0]["key"], json!("S-1"));
    assert_eq!(told["rows"][3]["field"], json!("partner"));
    assert!(told["rows"][3]["detail"].as_str().is_some_and(|text| text.contains("P-9")), "{told}");

    let again = post(&test, &json!({"facts": [sale("S-1", "P-1", "10.50")]})).await;
    assert_eq!(again, ["known"], "the same in another request");
}

#[tokio::test]
async fn sentences_follow_the_language_of_the_request() {
    let test = TestApi::new().await;
    let headers = [("content-type", "application/json"), ("accept-language", "ja,en;q=0.5")];
    let body = json!([sale("S-1", "P-9", "1")]).to_string();
    let answer = test.call("POST /facts", &test.all, &headers, &body).await;
    let detail = answer.ok()["rows"][0]["detail"].as_str().expect("a sentence").to_owned();
    assert!(!detail.is_ascii(), "{detail}");
    let answer = test.call("POST /facts", "tkt_none", &headers, &body).await;
    assert_eq!(answer.json()["title"], json!("有効なトークンが必要です"));
}

#[tokio::test]
async fn corrections_and_cancellations_take_back() {
    let test = TestApi::new().await;
    let body = json!([sale("S-1", "P-1", "100"), sale("S-2", "P-1", "200")]);
    assert_eq!(post(&test, &body).await, ["accepted", "accepted"]);
    let mut corrected = sale("S-1", "P-1", "150");
    corrected["correct"] = json!(true);
    let mut unknown = sale("S-9", "P-1", "1");
    unknown["correct"] = json!(true);
    let cancelled = json!({"key": "S-2", "cancel": true});
    let body = json!([corrected, unknown, cancelled, {"key": "S-8", "cancel": true}]);
    let expected = ["accepted", "rejected unknown_fact", "accepted", "rejected unknown_fact"];
    assert_eq!(post(&test, &body).await, expected);
    test.office.accrue().await.expect("accrued");
    let awards = test.get("/awards?partner=P-1", &test.all).await.ok();
    assert_eq!(awards["items"][0]["measure"], json!("150"), "{awards}");
    assert_eq!(awards["items"][0]["amount"], json!("1.50"), "{awards}");
}

#[tokio::test]
async fn lines_of_json_and_tables_are_read_as_json_is() {
    let test = TestApi::new().await;
    let lines = format!("{}\n\n{}\n", sale("S-1", "P-1", "1.10"), sale("S-2", "P-9", "2"));
    let headers = [("content-type", "application/x-ndjson")];
    let answer = test.call("POST /facts", &test.all, &headers, &lines).await;
    assert_eq!(rows(&answer), ["accepted", "rejected unknown_partner"]);

    let table = "key,date,partner,product,quantity,amount,currency\n\
                 S-1,2026-02-01,P-1,A,1,1.10,EUR\nS-3,01/02/2026,P-1,A,1,2,EUR\n";
    let headers = [("content-type", "text/csv; charset=utf-8")];
    let answer = test.call("POST /facts", &test.all, &headers, table).await;
    assert_eq!(rows(&answer), ["known", "rejected ambiguous_date"]);

    let answer = test.call("POST /facts", &test.all, &headers, "order,when\n1,2\n").await;
    assert_eq!(answer.problem(), "invalid");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(3), "{}", answer.text);
    let answer = test.call("POST /facts?mapping=none", &test.all, &headers, table).await;
    assert_eq!(answer.json()["errors"][0]["code"], json!("unknown_mapping"));
}

#[tokio::test]
async fn all_that_is_wrong_with_the_shape_is_told_and_nothing_is_done() {
    let test = TestApi::new().await;
    let body = json!({"facts": [
        sale("S-1", "P-1", "1"),
        {"key": "S-2", "date": "2026-02-01", "partner": "P-1", "amuont": "1", "quantity": 1.5},
        {"key": "S-3", "attributes": {"colour": ["red"]}, "parties": {"ship to": "P-2"}},
        7,
    ]});
    let answer = test.post("/facts", &body).await;
    assert_eq!(answer.problem(), "invalid");
    let body = answer.json();
    let told: Vec<String> = body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|e| {
            format!(
                "{} {}",
                e["pointer"].as_str().unwrap_or("-"),
                e["code"].as_str().unwrap_or("-")
            )
        })
        .collect();
    let expected = [
        "/facts/1/quantity wrong_type",
        "/facts/1/amuont unknown_field",
        "/facts/2/parties/ship to bad_value",
        "/facts/2/attributes/colour wrong_type",
        "/facts/3 wrong_type",
    ];
    assert_eq!(told, expected);
    assert!(answer.text.contains("did you mean `amount`"), "{}", answer.text);
    assert_eq!(post(&test, &json!([sale("S-1", "P-1", "1")])).await, ["accepted"]);
}

#[tokio::test]
async fn limits_have_names() {
    let test = TestApi::new().await;
    let many: Vec<Value> = vec![json!({}); super::super::ROWS_PER_BATCH_MAX + 1];
    let answer = test.post("/facts", &json!(many)).await;
    assert_eq!(answer.problem(), "too-large");
    assert!(answer.text.contains("ROWS_PER_BATCH_MAX"), "{}", answer.text);
    let headers = [("content-type", "text/csv")];
    let big = "x".repeat(super::super::BODY_BYTES_MAX + 1);
    let answer = test.call("POST /facts", &test.all, &headers, &big).await;
    assert_eq!(answer.problem(), "too-large");
    assert!(answer.text.contains("BODY_BYTES_MAX"), "{}", answer.text);
}

#[tokio::test]
async fn a_key_gets_its_first_answer_again() {
    let test = TestApi::new().await;
    let keyed = [("content-type", "application/json"), ("idempotency-key", "batch-1")];
    let body = json!([sale("S-1", "P-1", "1"), sale("S-2", "P-9", "1")]).to_string();
    let first = test.call("POST /facts", &test.all, &keyed, &body).await;
    assert_eq!(rows(&first), ["accepted", "rejected unknown_partner"]);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let second = test.call("POST /facts", &test.all, &keyed, &body).await;
    assert_eq!(second.text, first.text, "not `known`: the first answer");
    assert_eq!(second.headers["idempotency-replayed"], "true");

    let other = json!([sale("S-3", "P-1", "1")]).to_string();
    let answer = test.call("POST /facts", &test.all, &keyed, &other).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "key-reused"));

    let another = test.token(&[Scope::FactsWrite], None).await;
    let answer = test.call("POST /facts", &another, &keyed, &other).await;
    assert_eq!(rows(&answer), ["accepted"], "keys of two tokens never meet");

    let keyed = [("content-type", "application/json"), ("idempotency-key", " ")];
    let answer = test.call("POST /facts", &test.all, &keyed, &other).await;
    assert_eq!(answer.json()["errors"][0]["parameter"], json!("Idempotency-Key"));
}

#[tokio::test]
async fn the_same_key_at_the_same_time_is_done_once() {
    let test = TestApi::new().await;
    let body = json!((0..100).map(|i| sale(&format!("S-{i}"), "P-1", "1")).collect::<Vec<_>>());
    let body = body.to_string();
    let keyed = [("content-type", "application/json"), ("idempotency-key", "batch-1")];
    let calls = (0..8).map(|_| test.call("POST /facts", &test.all, &keyed, &body));
    let answers = futures_util::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer.ok()["accepted"], json!(100), "{}", answer.text);
    }
    let fresh = answers.iter().filter(|a| !a.headers.contains_key("idempotency-replayed"));
    assert_eq!(fresh.count(), 1);
    test.office.accrue().await.expect("accrued");
    let awards = test.get("/awards", &test.all).await.ok();
    assert_eq!(awards["items"][0]["facts"], json!(100));
}

#[tokio::test]
async fn batches_at_the_same_time_are_each_answered() {
    let test = TestApi::new().await;
    let bodies: Vec<Value> = (0..20)
        .map(|batch| {
            let own = |i| sale(&format!("S-{batch}-{i}"), "P-1", "1");
            let mut rows: Vec<Value> = (0..10).map(own).collect();
            rows.push(sale("S-shared", "P-1", "1"));
            json!(rows)
        })
        .collect();
    let answers =
        futures_util::future::join_all(bodies.iter().map(|body| test.post("/facts", body))).await;
    let sum = |name: &str| -> i64 {
        answers.iter().map(|answer| answer.ok()[name].as_i64().expect("a count")).sum()
    };
    assert_eq!((sum("accepted"), sum("known"), sum("rejected")), (201, 19, 0));
}
