//! Quotes, members, products for a list, and reports that wait.

use engine::catalog::{MappingTarget, save_mapping};

use super::*;

async fn save(test: &TestApi, name: &str, text: &str) {
    let mut tx = test.office.db().write().await.expect("a transaction");
    let (now, target) = (test.office.now(), MappingTarget::Facts);
    let body = Value::String(text.to_owned());
    save_mapping(&mut tx, now, &Actor::System, name, target, body).await.expect("saved");
    tx.commit().await.expect("committed");
}

const QUOTE: &str = "mapping: quote\nfeeds: facts\nfields: { key: pos, date: day, partner: dealer, \
    amount: net, currency: { constant: EUR } }\n";

#[tokio::test]
async fn a_quote_is_asked_about_under_a_saved_mapping() {
    let test = TestApi::new().await;
    save(&test, "quote", QUOTE).await;
    let csv = [("content-type", "text/csv")];
    let body = "pos,day,dealer,net\n1,2026-02-10,P-1,6000\n2,2026-02-11,P-1,5000\n";
    let answer = test.call("POST /what-if?mapping=quote", &test.all, &csv, body).await.ok();
    assert_eq!(answer["partner"], json!("P-1"));
    assert_eq!(answer["rewards"][0]["brings"], json!("220.00"), "{answer}");
    let first = json!({"line": 1, "program": "RB-1", "term": "volume"});
    assert_eq!(
        (answer["eligible"].as_array().map(Vec::len), &answer["eligible"][0]),
        (Some(2), &first)
    );
    let bad = body.replace("5000", "much");
    for (path, body) in [
        ("POST /what-if", body),
        ("POST /what-if?mapping=none", body),
        ("POST /what-if?mapping=quote&partner=P-2", body),
        ("POST /what-if?mapping=quote", bad.as_str()),
    ] {
        assert_eq!(test.call(path, &test.all, &csv, body).await.problem(), "invalid", "{path}");
    }
    let other = test.token(&[Scope::Read], Some("P-2")).await;
    let theirs = test.call("POST /what-if?mapping=quote", &other, &csv, body).await;
    assert_eq!(theirs.problem(), "not-found", "a partner asks for itself");
}

#[tokio::test]
async fn members_are_enrolled_by_a_draft_and_products_go_onto_a_list() {
    let test = TestApi::new().await;
    let all = test.get("/programs/RB-1/members", &test.all).await.ok();
    assert_eq!((&all["condition"], &all["draft"]), (&json!("all"), &json!(false)));
    let new = json!({"members": "P-1,2026-07-01", "from": "2026-07-01"});
    assert_eq!(test.post("/programs/RB-1/members", &new).await.problem(), "conflict");
    let new = json!({"members": "P-1,2026-07-01", "from": "2026-07-01", "replace": "yes"});
    let done = test.post("/programs/RB-1/members", &new).await.ok();
    assert_eq!((&done["version"], &done["added"]), (&json!(2), &json!(1)), "{done}");
    let now = test.get("/programs/RB-1/members", &test.all).await.ok();
    let member = json!({"partner": "P-1", "from": "2026-07-01", "skip": false});
    assert_eq!((&now["members"][0], &now["draft"]), (&member, &json!(true)), "{now}");
    let nobody = json!({"members": "P-77"});
    assert_eq!(test.post("/programs/RB-1/members", &nobody).await.problem(), "invalid");

    let done = test.post("/lists/spring/products", &json!({"search": ""})).await.ok();
    assert_eq!(done["created"], json!(1), "{done}");
    let list = test.get("/lists/spring", &test.all).await.ok();
    assert_eq!(list["codes"].as_array().map(Vec::len), Some(1), "{list}");
    let path = "PUT /lists/spring";
    let json = [("content-type", "application/json")];
    let done = test.call(path, &test.all, &json, "{\"codes\": []}").await.ok();
    assert_eq!(done["removed"], json!(1), "{done}");
}

#[tokio::test]
async fn a_report_of_a_partner_waits_and_amounts_from_outside_come_as_a_file() {
    let test = TestApi::new().await;
    save(&test, "reports", &format!("{}review: yes\n", QUOTE.replace("quote", "reports"))).await;
    let own = test.token(&[Scope::Read, Scope::FactsWrite], Some("P-1")).await;
    let csv = [("content-type", "text/csv")];
    let body = "pos,day,dealer,net\n1,2026-02-10,P-1,6000\n";
    let sent = test.call("POST /imports?mapping=reports", &own, &csv, body).await.ok();
    assert_eq!((&sent["status"], &sent["rows"]), (&json!("review"), &json!(0)), "{sent}");
    let batch = test.call("POST /facts?mapping=reports", &own, &csv, body).await;
    assert_eq!(batch.problem(), "conflict", "no way around");
    let id = sent["id"].as_str().expect("an id");
    let json = [("content-type", "application/json")];
    let path = format!("POST /imports/{id}/return");
    assert_eq!(test.call(&path, &own, &json, "{\"comment\": \"x\"}").await.problem(), "not-found");
    assert_eq!(test.call(&path, &test.all, &json, "{}").await.problem(), "invalid");
    let take = format!("POST /imports/{id}/take");
    let taken = test.call(&take, &test.all, &json, "{\"comment\": \"thanks\"}").await.ok();
    assert_eq!((&taken["status"], &taken["accepted"]), (&json!("done"), &json!(1)), "{taken}");
    assert_eq!(test.call(&take, &test.all, &json, "{}").await.problem(), "conflict");
    let seen = test.get(&format!("/imports/{id}"), &own).await.ok();
    assert_eq!(seen["review_comment"], json!("thanks"), "{seen}");
    let again = test.call("POST /imports?mapping=quote", &test.all, &csv, body).await;
    assert_eq!(again.problem(), "invalid", "there is no such mapping");

    let amounts = "key,program,term,partner,period,amount\nA-1,RB-1,volume,P-1,2026Q1,100\n";
    let done = test.call("POST /imports?feeds=external", &test.all, &csv, amounts).await.ok();
    assert_eq!((&done["feeds"], &done["rejected"]), (&json!("external"), &json!(1)), "{done}");
    let id = done["id"].as_str().expect("an id");
    let file = test.get(&format!("/imports/{id}/rejected"), &test.all).await;
    assert!(file.text.contains("not_external"), "{}", file.text);
}
