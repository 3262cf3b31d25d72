use super::*;

const WALLET: &str = "\
wallet: club
currency: EUR
points: { STAR: { cost: 0.1 } }
promotions:
  spring: { starts: 2026-01-01, ends: 2026-12-31, limits: { points: 700, uses_per_partner: 2, liability: 500 } }
  inner: { starts: 2026-01-01, enrol: required, when: partner.code != \"P-7\" }
  gone: { starts: 2025-01-01, ends: 2025-02-01 }
";

const BONUS: &str = "\
program: bonus
currency: EUR
starts: 2026-01-01
terms:
  - { term: each, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR, promotion: spring } }
  - { term: goal, qualifier: sum(amount), method: highest, tiers: [ { from: 1000, fixed: 50 } ], settle: at_once, reward: { points: STAR, promotion: spring } }
";

async fn with_promotions() -> TestApi {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    test.call("POST /wallets", &test.all, &yaml, WALLET).await.ok();
    let second = test.token(&Scope::ALL, None).await;
    test.call("POST /wallets/club/activate", &second, &[], "").await.ok();
    test.call("POST /programs", &test.all, &yaml, BONUS).await.ok();
    test.call("POST /programs/bonus/versions/1/activate", &second, &[], "").await.ok();
    for (key, partner, amount) in
        [("S-1", "P-1", "400"), ("S-2", "P-2", "500"), ("S-3", "P-1", "9")]
    {
        test.post("/realtime/facts", &json!([sale(key, partner, amount)])).await.ok();
    }
    test
}

#[tokio::test]
async fn promotions_are_told_with_what_they_gave_and_what_is_left() {
    let test = with_promotions().await;
    let all = test.get("/promotions", &test.all).await.ok();
    let told: Vec<String> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| format!("{} {} {}", it["promotion"], it["status"], it["given"]["points"]))
        .collect();
    assert_eq!(
        told,
        [
            "\"spring\" \"running\" \"409\"",
            "\"inner\" \"running\" \"0\"",
            "\"gone\" \"over\" \"0\"",
        ]
    );
    assert_eq!(
        test.get("/promotions?status=over", &test.all).await.ok().as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(test.get("/promotions?status=soon", &test.all).await.problem(), "invalid");
    let spring = test.get("/promotions/spring", &test.all).await.ok();
    assert_eq!(spring["left"]["points"], json!("291"));
    assert_eq!(
        spring["top"],
        json!([{"partner": "P-1", "uses": 2, "points": "409", "vouchers": "0", "liability": "40.9"}])
    );
    assert_eq!(spring["refused"], json!({"limit_total": 1}));
    assert_eq!(spring["newest_refused"][0]["award"], json!("S-2"));
    let pays = spring["pays"].as_array().expect("a list").iter();
    assert_eq!(
        pays.map(|it| it["is_goal"].as_bool()).collect::<Vec<_>>(),
        [Some(false), Some(true)]
    );
    let page = test.get("/promotions/spring/partners?limit=1", &test.all).await.ok();
    assert_eq!((&page["items"][0]["partner"], &page["next"]), (&json!("P-1"), &json!("P-1")));
    let page = test.get("/promotions/spring/partners?cursor=P-1", &test.all).await.ok();
    assert_eq!(page, json!({"items": []}), "P-2 was given nothing");
    assert_eq!(test.get("/promotions/none", &test.all).await.problem(), "not-found");
}

#[tokio::test]
async fn a_partner_sees_and_enrols_itself_alone() {
    let test = with_promotions().await;
    let own = test.token(&[Scope::Read, Scope::WalletsWrite], Some("P-1")).await;
    let seen = test.get("/partners/P-1/promotions", &own).await.ok();
    let spring = &seen[0];
    assert_eq!(
        (&spring["promotion"], &spring["code"]),
        (&json!("spring"), &json!("limit_partner"))
    );
    assert_eq!(spring["progress"][0]["missing"], json!("591"), "409 of 1,000: {spring}");
    assert_eq!(spring["given"].get("liability"), None, "what it costs is the vendor's: {spring}");
    assert_eq!(spring["left"].get("liability"), None, "{spring}");
    let by_vendor = test.get("/partners/P-1/promotions", &test.all).await.ok();
    assert_eq!(by_vendor[0]["given"]["liability"], json!("40.9"));
    let inner = &seen[1];
    assert_eq!((&inner["eligibility"], &inner["code"]), (&json!("open"), &json!("not_enrolled")));

    let say = async |path: &str, token: &str, body: Value| {
        let headers = [("content-type", "application/json")];
        test.call(&format!("POST /promotions/{path}"), token, &headers, &body.to_string()).await
    };
    assert_eq!(say("inner/enrolments", &own, json!({})).await.ok()["result"], json!("taken"));
    assert_eq!(say("inner/enrolments", &own, json!({})).await.ok()["result"], json!("known"));
    let seen = test.get("/partners/P-1/promotions", &own).await.ok();
    assert_eq!(seen[1]["eligibility"], json!("enrolled"), "{seen}");
    let other = say("inner/enrolments", &own, json!({"partner": "P-2"})).await;
    assert_eq!(other.problem(), "not-found");
    assert_eq!(test.get("/partners/P-2/promotions", &own).await.problem(), "not-found");
    assert_eq!(test.get("/promotions", &own).await.problem(), "not-found");
    let nobody = say("inner/enrolments", &test.all, json!({})).await;
    assert_eq!(nobody.problem(), "invalid");
    let left = say("inner/enrolments/end", &own, json!({"partner": "P-1"})).await.ok();
    assert_eq!((&left["result"], &left["takes_part"]), (&json!("taken"), &json!(false)));
    let all = test.get("/promotions/inner/enrolments", &test.all).await.ok();
    assert_eq!(
        (&all["items"][0]["partner"], &all["items"][0]["takes_part"]),
        (&json!("P-1"), &json!(false))
    );
    let over = say("gone/enrolments", &test.all, json!({"partner": "P-1"})).await.ok();
    assert_eq!((&over["result"], &over["code"]), (&json!("refused"), &json!("expired")));
    assert_eq!(say("none/enrolments", &own, json!({})).await.problem(), "not-found");
}
