use super::*;
use crate::api::matrix::{Needs, ROUTES};

/// A route with something in the place of its parameters.
fn filled(path: &str) -> String {
    let path = path.strip_prefix("/api/v1").expect("a route of the API");
    path.replace("{code}", "P-1").replace("{version}", "1").replace("{id}", "x")
}

#[tokio::test]
async fn every_route_asks_for_its_token_and_scope() {
    let test = TestApi::new().await;
    let revoked = test.token(&Scope::ALL, None).await;
    let mut tx = test.office.db().write().await.expect("a transaction");
    let token = engine::access::find_token(&mut tx, test.office.now(), &revoked).await;
    let id = token.expect("read").expect("there").id;
    revoke_token(&mut tx, test.office.now(), &Actor::System, &id).await.expect("revoked");
    tx.commit().await.expect("committed");
    let bound = test.token(&Scope::ALL, Some("P-1")).await;
    for row in ROUTES {
        let line = format!("{} {}", row.verb.word().to_uppercase(), filled(row.path));
        let (scope, for_bound) = match row.needs {
            Needs::Nothing => {
                let answer = test.call(&line, "", &[], "").await;
                assert!(!answer.status.is_client_error(), "{line}: {}", answer.status);
                continue;
            }
            Needs::Own(scope) => (scope, true),
            Needs::All(scope) => (scope, false),
        };
        for token in ["", "tkt_unknown", &revoked] {
            let answer = test.call(&line, token, &[], "").await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (401, "no-token"),
                "{line}"
            );
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let answer = test.call(&line, &test.token(&others, None).await, &[], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (403, "scope-missing"),
            "{line}"
        );
        assert!(answer.text.contains(scope.word()), "{}", answer.text);
        if !for_bound {
            let answer = test.call(&line, &bound, &[], "").await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (404, "not-found"),
                "{line}"
            );
        }
    }
}

#[tokio::test]
async fn a_bound_token_sees_its_partner_and_nothing_else() {
    let test = TestApi::new().await;
    let facts = json!([sale("S-1", "P-1", "100"), sale("S-2", "P-2", "100")]);
    test.post("/facts", &facts).await.ok();
    test.office.accrue().await.expect("accrued");
    let closed = test.post("/periods/close", &json!({"program": "RB-1", "period": "2026Q1"})).await;
    assert_eq!(closed.ok()["payouts"], json!(2));
    let own = test.token(&Scope::ALL, Some("P-1")).await;
    let all = test.get("/awards", &test.all).await.ok();
    let reference = |partner: &str| {
        let items = all["items"].as_array().expect("items");
        let award =
            items.iter().find(|award| award["partner"] == json!(partner)).expect("an award");
        award["ref"].as_str().expect("a ref").to_owned()
    };
    let payouts = test.get("/payouts", &test.all).await.ok();
    let payout = |partner: &str| {
        let items = payouts["items"].as_array().expect("items");
        let found = items.iter().find(|one| one["partner"] == json!(partner)).expect("a payout");
        found["id"].as_str().expect("an id").to_owned()
    };
    let imports = test.get("/imports", &test.all).await.ok();
    let import = imports["items"][0]["id"].as_str().expect("an id").to_owned();

    for path in ["/partners", "/awards", "/attainment?program=RB-1", "/payouts"] {
        let page = test.get(path, &own).await.ok();
        assert_eq!(page["total"], json!(1), "{path}: {page}");
        assert!(!page.to_string().contains("P-2"), "{path}: {page}");
    }
    assert_eq!(test.get("/imports", &own).await.ok()["total"], json!(0));
    test.get("/partners/P-1", &own).await.ok();
    test.get(&format!("/payouts/{}", payout("P-1")), &own).await.ok();
    test.get(&format!("/awards/explain?ref={}", reference("P-1")), &own).await.ok();
    for path in [
        "/partners/P-2".to_owned(),
        "/awards?partner=P-2".to_owned(),
        "/payouts?partner=P-2".to_owned(),
        "/attainment?program=RB-1&partner=P-2".to_owned(),
        format!("/payouts/{}", payout("P-2")),
        format!("/awards/explain?ref={}", reference("P-2")),
        format!("/imports/{import}"),
        format!("/imports/{import}/rejected"),
    ] {
        let answer = test.get(&path, &own).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (404, "not-found"),
            "{path}"
        );
    }
    let headers = [("content-type", "application/json")];
    let facts = json!([sale("S-3", "P-1", "1"), sale("S-4", "P-2", "1"), sale("S-2", "P-1", "1")]);
    let answer = test.call("POST /facts", &own, &headers, &facts.to_string()).await.ok();
    assert_eq!(answer["rows"][0]["result"], json!("accepted"), "{answer}");
    assert_eq!(answer["rows"][1]["result"], json!("rejected"), "{answer}");
    assert_eq!(answer["rows"][2]["result"], json!("rejected"), "not told of the other's: {answer}");
    let cancel = json!([{"key": "S-2", "cancel": true}]).to_string();
    let answer = test.call("POST /facts", &own, &headers, &cancel).await.ok();
    assert_eq!(answer["rows"][0]["result"], json!("rejected"), "{answer}");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let test = TestApi::new().await;
    for (line, status) in [
        ("GET /nowhere", 404),
        ("GET /partners/P-9", 404),
        ("GET /products/Z", 404),
        ("GET /programs/RB-9", 404),
        ("GET /programs/RB-1/versions/7", 404),
        ("GET /programs/RB-1/versions/x", 404),
        ("GET /imports/imp_x", 404),
        ("GET /payouts/pay_x", 404),
        ("GET /awards/explain?ref=RB-1~volume~P-1~2026Q1~", 404),
        ("GET /attainment?program=RB-9", 404),
        ("GET /periods?program=RB-9", 404),
        ("GET /ledger/balances?partner=P-9", 404),
        ("DELETE /partners/P-1", 405),
        ("GET /facts", 405),
        ("GET /partners?limit=0", 422),
        ("GET /partners?limti=10", 422),
        ("GET /partners?cursor=7", 422),
        ("GET /attainment", 422),
        ("GET /awards/explain?ref=x", 422),
        ("POST /facts", 415),
        ("POST /programs", 415),
        ("POST /partners", 415),
        ("GET /partners/%FF", 400),
    ] {
        let answer = test.call(line, &test.all, &[], "").await;
        assert_eq!(answer.status.as_u16(), status, "{line}: {}", answer.text);
        answer.problem();
    }
    let answer = test.get("/partners?limti=10", &test.all).await;
    assert!(answer.text.contains("did you mean `limit`"), "{}", answer.text);
    for (path, body) in [("/facts", "{"), ("/partners", "]"), ("/periods/close", "\u{0}")] {
        let headers = [("content-type", "application/json")];
        let answer = test.call(&format!("POST {path}"), &test.all, &headers, body).await;
        assert_eq!(answer.problem(), "malformed", "{path}");
    }
}
