//! Memberships, choices, consent and referrals by the API.

use super::*;

const WALLET: &str = "\
wallet: club
currency: EUR
members: { enrol: required, by_oneself: true, lasts: 1 years }
points: { STAR: {} }
";

const OTHER: &str = "wallet: inner\ncurrency: EUR\npoints: { MILES: {} }\n";

const SALES: &str = "\
program: stars
currency: EUR
starts: 2026-01-01
terms:
  - { term: each, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
";

async fn with_wallets() -> TestApi {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    let second = test.token(&Scope::ALL, None).await;
    for (text, code) in [(WALLET, "club"), (OTHER, "inner")] {
        test.call("POST /wallets", &test.all, &yaml, text).await.ok();
        test.call(&format!("POST /wallets/{code}/activate"), &second, &[], "").await.ok();
    }
    test.call("POST /programs", &test.all, &yaml, SALES).await.ok();
    test.call("POST /programs/stars/versions/1/activate", &second, &[], "").await.ok();
    test
}

#[tokio::test]
async fn a_membership_begins_rests_and_ends_and_every_step_is_told() {
    let test = with_wallets().await;
    let all = test.get("/partners/P-1/memberships", &test.all).await.ok();
    let states: Vec<String> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| format!("{} {}", it["wallet"], it["state"]))
        .collect();
    assert_eq!(states, ["\"club\" \"outside\"", "\"inner\" \"active\""]);
    let early = json!([sale("S-1", "P-1", "100")]);
    let told = test.post("/realtime/facts", &early).await.ok();
    assert_eq!(told["partners"][0]["now"], json!({}), "nothing is given: {told}");
    assert!(told.to_string().contains("not_enrolled"), "{told}");

    let enrol = json!({"wallet": "club", "step": "enrol", "reason": "fair"});
    let taken = test.post("/partners/P-1/memberships", &enrol).await.ok();
    assert_eq!((&taken["result"], &taken["membership"]["number"]), (&json!("taken"), &json!(1)));
    let again = test.post("/partners/P-1/memberships", &enrol).await.ok();
    assert_eq!((&again["result"], &again["code"]), (&json!("refused"), &json!("wrong_state")));
    let rest = json!({"wallet": "club", "step": "suspend"});
    test.post("/partners/P-1/memberships", &rest).await.ok();
    let found = test.get("/wallets/club/members?state=suspended", &test.all).await.ok();
    assert_eq!((&found["total"], &found["items"][0]["partner"]), (&json!(1), &json!("P-1")));
    let resting = json!([sale("S-2", "P-1", "50")]);
    let told = test.post("/realtime/facts", &resting).await.ok();
    assert_eq!(told["partners"][0]["now"].get("balances"), None, "{told}");
    let steps = test.get("/partners/P-1/memberships/club/lifecycle", &test.all).await.ok();
    let words: Vec<&str> =
        steps.as_array().expect("a list").iter().filter_map(|it| it["step"].as_str()).collect();
    assert_eq!(words, ["suspend", "enrol", "enrol"]);
    assert_eq!((&steps[2]["reason"], &steps[1]["code"]), (&json!("fair"), &json!("wrong_state")));

    for wrong in [
        json!({"wallet": "club", "step": "begin"}),
        json!({"wallet": "club", "step": "end", "until": "2026-12-31"}),
        json!({"wallet": "club", "step": "enrol", "until": "soon"}),
        json!({"step": "enrol"}),
    ] {
        let problem = test.post("/partners/P-1/memberships", &wrong).await.problem();
        assert_eq!(problem, "invalid", "{wrong}");
    }
    let nowhere = json!({"wallet": "none", "step": "enrol"});
    assert_eq!(test.post("/partners/P-1/memberships", &nowhere).await.problem(), "not-found");
}

#[tokio::test]
async fn a_partners_token_does_what_partners_do_by_themselves_and_sees_its_own() {
    let test = with_wallets().await;
    let own = test.token(&[Scope::Read, Scope::WalletsWrite], Some("P-2")).await;
    let json_body = [("content-type", "application/json")];
    let say = async |body: &str| {
        test.call("POST /partners/P-2/memberships", &own, &json_body, body).await
    };
    let taken = say("{\"wallet\": \"club\", \"step\": \"enrol\"}").await.ok();
    assert_eq!(taken["membership"]["channel"], json!("api"));
    for refused in [
        "{\"wallet\": \"club\", \"step\": \"suspend\"}",
        "{\"wallet\": \"club\", \"step\": \"renew\", \"until\": \"2090-01-01\"}",
        "{\"wallet\": \"club\", \"step\": \"end\", \"on\": \"2026-01-01\"}",
        "{\"wallet\": \"inner\", \"step\": \"end\"}",
    ] {
        assert_eq!(say(refused).await.problem(), "not-found", "{refused}");
    }
    for path in ["memberships", "memberships/club/lifecycle", "consents", "referrals"] {
        test.get(&format!("/partners/P-2/{path}"), &own).await.ok();
        let theirs = test.get(&format!("/partners/P-1/{path}"), &own).await;
        assert_eq!(theirs.problem(), "not-found", "{path}");
    }
    let choice = "{\"statements\": \"month\", \"promotions\": false}";
    let path = "PUT /partners/P-2/memberships/club/choice";
    let kept = test.call(path, &own, &json_body, choice).await.ok();
    assert_eq!(kept, json!({"statements": "month", "promotions": false}));
    let part = test.call(path, &own, &json_body, "{\"promotions\": true}").await.ok();
    assert_eq!(part["statements"], json!("month"), "what is left out stays");
    let bad = test.call(path, &own, &json_body, "{\"statements\": \"daily\"}").await;
    assert_eq!(bad.problem(), "invalid");
    let seen = test.get("/partners/P-2/memberships", &own).await.ok();
    assert_eq!(seen[0]["choice"], json!({"statements": "month", "promotions": true}));
}

#[tokio::test]
async fn consent_is_told_with_who_said_what_in_which_wording() {
    let test = with_wallets().await;
    let path = "/partners/P-1/consents";
    let said = json!({"channel": "post", "given": true, "note": "fair"});
    assert_eq!(test.post(path, &said).await.ok()["rows"], json!(1));
    assert_eq!(test.post(path, &said).await.ok()["rows"], json!(0), "said before");
    let words = json!({"en": "May we write?", "ja": "ご連絡してもよいですか"});
    let all = test.post("/consent-wordings", &words).await.ok();
    assert_eq!(all[0]["version"], json!(1));
    let back = json!({"channel": "post", "given": false});
    test.post(path, &back).await.ok();
    let told = test.get(path, &test.all).await.ok();
    let rows: Vec<String> = told
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| format!("{} {} {} {}", it["channel"], it["given"], it["wording"], it["holds"]))
        .collect();
    assert_eq!(rows, ["\"post\" false 1 true", "\"post\" true 0 false"]);
    for wrong in [
        json!({"channel": "fax", "given": true}),
        json!({"channel": "mail"}),
        json!({"channel": "mail", "given": "yes"}),
    ] {
        assert_eq!(test.post(path, &wrong).await.problem(), "invalid", "{wrong}");
    }
    let nobody = json!({"channel": "mail", "given": true, "user": "usr_0"});
    assert_eq!(test.post(path, &nobody).await.problem(), "not-found");
}

#[tokio::test]
async fn who_was_brought_by_whom_is_told_once() {
    let test = with_wallets().await;
    let friend = json!({"name": "Somebody"});
    let made = test.post("/partners/P-1/referrals", &friend).await.ok();
    let code = made["code"].as_str().expect("a code").to_owned();
    let register = json!({"code": code});
    let path = "/partners/P-2/referrals/register";
    test.post(path, &register).await.ok();
    assert_eq!(test.post(path, &register).await.problem(), "conflict", "once");
    let own = test.post("/partners/P-1/referrals/register", &register).await;
    assert_eq!(own.problem(), "conflict", "not oneself");
    let told = test.get("/partners/P-1/referrals", &test.all).await.ok();
    assert_eq!(told["code"], json!(code));
    assert_eq!(told["referrals"][0]["partner"], json!("P-2"));
    assert_eq!(told["referrals"][0]["stage"], json!("registered"));
    assert_eq!(told["referrals"][1]["stage"], json!("invited"));
    let bound = test.token(&[Scope::Read], Some("P-1")).await;
    let seen = test.get("/partners/P-1/referrals", &bound).await.ok();
    assert_eq!(seen["referrals"][0].get("partner"), None, "codes are the vendor's");
    let theirs = test.get("/partners/P-2/referrals", &test.all).await.ok();
    assert_eq!(theirs["brought_by"], json!("P-1"));
}
