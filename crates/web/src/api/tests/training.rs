use super::*;
use engine::access::{NewUser, Passwords, Role, create_user};

const COURSE: &str = "course: c\nname: N\npages:\n  - { page: p, name: P, text: T }\n";
const VERSION: (&str, &str) = ("x-experience-api-version", "1.0.3");
const JSON: (&str, &str) = ("content-type", "application/json");
const ID: &str = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee";

#[tokio::test]
async fn courses_are_checked_kept_and_let_act() {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    let broken = "course: c\nname: N\npags: []\n";
    let checked = test.call("POST /courses/check", &test.all, &yaml, broken).await.ok();
    assert_eq!(checked["problems"][0]["line"], json!(1), "{checked}");
    assert_eq!(test.call("POST /courses", &test.all, &yaml, broken).await.problem(), "invalid");
    let saved = test.call("POST /courses", &test.all, &yaml, COURSE).await.ok();
    assert_eq!((&saved["course"], &saved["version"]), (&json!("c"), &json!(1)));
    test.call("POST /courses/c/activate", &test.all, &[], "").await.ok();
    let again = test.call("POST /courses/c/activate", &test.all, &[], "").await;
    assert_eq!(again.problem(), "not-found");
    let all = test.get("/courses", &test.all).await.ok();
    assert_eq!((&all[0]["status"], &all[0]["text"]), (&json!("active"), &json!(COURSE)));
    let people = test.get("/courses/c/people?show=lapsing", &test.all).await.ok();
    assert_eq!(people, json!({"total": 0, "people": []}));
    let wrong = test.get("/courses/c/people?show=all", &test.all).await;
    assert_eq!(wrong.problem(), "invalid");
}

/// A user of P-1 whose login is an address.
async fn with_user() -> TestApi {
    let test = TestApi::new().await;
    let mut tx = test.office.db().write().await.expect("a transaction");
    let master = test.office.master(&mut tx).await.expect("master data");
    let partner_id = master.partner_id("P-1").expect("a partner");
    let password = Passwords::for_tests().hash("correct horse").await.expect("hashed");
    let new = NewUser {
        login: "sato@aoba.example".into(),
        name: "Sato".into(),
        password,
        role: Role::Partner { partner_id },
        language: "en".into(),
    };
    create_user(&mut tx, test.office.now(), &Actor::System, new).await.expect("a user");
    tx.commit().await.expect("committed");
    test
}

fn passed(id: &str) -> Value {
    json!({
        "id": id,
        "actor": {"mbox": "mailto:Sato@aoba.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://learn.example/ebike"},
        "result": {"success": true, "score": {"scaled": 0.85, "raw": "17"}},
        "timestamp": "2026-06-11T23:30:00Z",
    })
}

impl TestApi {
    async fn xapi(&self, line: &str, body: &Value) -> Answer {
        self.call(line, &self.all, &[VERSION, JSON], &body.to_string()).await
    }

    async fn fact(&self, id: &str) -> domain::fact::Fact {
        let mut reader = self.office.db().read().await.expect("a reader");
        let master = self.office.master(&mut reader).await.expect("master data");
        let key = domain::code::FactKey::new(format!("xapi/{id}"));
        let found = engine::journal::units_of(&mut reader, &master, &[key]).await.expect("read");
        found[0].fact.clone()
    }
}

#[tokio::test]
async fn a_statement_is_an_activity_and_comes_back_as_it_was_sent() {
    let test = with_user().await;
    let ids = test.xapi("POST /xapi/statements", &json!([passed(ID)])).await.ok();
    assert_eq!(ids, json!([ID]));
    let fact = test.fact(ID).await;
    assert_eq!(fact.activity_type.as_deref(), Some("xapi_passed"));
    assert_eq!(fact.partner.expect("a partner").as_str(), "P-1");
    assert_eq!((&*fact.attributes["score"], &*fact.attributes["score_raw"]), ("0.85", "17"));
    assert_eq!(fact.attributes["object"], "https://learn.example/ebike");
    assert!(fact.attributes["user"].starts_with("usr_"));

    let again = test.xapi("POST /xapi/statements", &passed(ID)).await.ok();
    assert_eq!(again, json!([ID]), "the same is known");
    let mut other = passed(ID);
    other["result"]["score"]["scaled"] = json!(0.9);
    let refused = test.xapi("POST /xapi/statements", &other).await;
    assert_eq!(refused.problem(), "conflict");

    let path = format!("GET /xapi/statements?statementId={ID}");
    let back = test.call(&path, &test.all, &[VERSION], "").await;
    assert_eq!(back.headers["x-experience-api-version"], "1.0.3");
    let mut back = back.ok();
    assert!(back.as_object_mut().expect("an object").remove("stored").is_some());
    assert_eq!(back, passed(ID));
    let basic = [VERSION, ("authorization", "")];
    assert_eq!(test.call(&path, "", &basic[..1], "").await.problem(), "no-token");
    let unversioned = test.get("/xapi/statements", &test.all).await;
    assert_eq!(unversioned.problem(), "malformed");
}

#[tokio::test]
async fn statements_are_put_listed_and_voided() {
    let test = with_user().await;
    let mut without = passed(ID);
    let object = without.as_object_mut().expect("an object");
    object.remove("id");
    object.remove("timestamp");
    object.insert(
        "actor".into(),
        json!({"account": {"homePage": "https://x.example", "name": "P-2"}}),
    );
    let line = format!("PUT /xapi/statements?statementId={ID}");
    for time in ["first", "second"] {
        let answer = test.xapi(&line, &without).await;
        assert_eq!(answer.status.as_u16(), 204, "the {time} time: {}", answer.text);
        test.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    assert_eq!(test.fact(ID).await.partner.expect("a partner").as_str(), "P-2");
    let second = "11111111-3ef0-4ed3-8b37-7f3964730bee";
    test.xapi("POST /xapi/statements", &passed(second)).await.ok();
    let list = async |query: &str| {
        let line = format!("GET /xapi/statements{query}");
        test.call(&line, &test.all, &[VERSION], "").await.ok()
    };
    let ids = |body: &Value| {
        let all = body["statements"].as_array().expect("a list").iter();
        all.map(|it| it["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let all = list("").await;
    assert_eq!((ids(&all), &all["more"]), (vec![second.to_owned(), ID.to_owned()], &json!("")));
    let one = list("?limit=1").await;
    assert_eq!(ids(&one), [second]);
    let more = one["more"].as_str().expect("more").strip_prefix("/api/v1/xapi/statements");
    assert_eq!(ids(&list(more.expect("an address")).await), [ID]);
    assert_eq!(ids(&list("?verb=http%3A%2F%2Fx.example%2Fv").await), Vec::<String>::new());
    assert_eq!(
        ids(&list("?agent=%7B%22mbox%22%3A%22mailto%3ASato%40aoba.example%22%7D").await),
        [second]
    );

    let void = json!({
        "actor": {"mbox": "mailto:sato@aoba.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": second},
    });
    test.xapi("POST /xapi/statements", &void).await.ok();
    assert_eq!(ids(&list("").await), [ID]);
    let path = format!("GET /xapi/statements?statementId={second}");
    assert_eq!(test.call(&path, &test.all, &[VERSION], "").await.problem(), "not-found");
}

/// One that cannot be taken stops all of its request, and each says why.
#[tokio::test]
async fn what_cannot_be_taken_is_said_and_nothing_is_kept() {
    let test = with_user().await;
    let mut nobody = passed("22222222-3ef0-4ed3-8b37-7f3964730bee");
    nobody["actor"] = json!({"mbox": "mailto:nobody@x.example"});
    let answer = test.xapi("POST /xapi/statements", &json!([passed(ID), nobody])).await;
    assert_eq!(answer.problem(), "invalid");
    let fault = &answer.json()["errors"][0];
    assert_eq!((&fault["pointer"], &fault["code"]), (&json!("/1/actor"), &json!("unknown_actor")));
    let path = format!("GET /xapi/statements?statementId={ID}");
    assert_eq!(test.call(&path, &test.all, &[VERSION], "").await.problem(), "not-found");

    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut value = passed(ID);
        change(&mut value);
        value
    };
    let cases: [(Value, &str); 7] = [
        (wrong(&|it| it["id"] = json!("x")), "/0/id"),
        (wrong(&|it| it["verb"] = json!({})), "/0/verb/id"),
        (wrong(&|it| it["object"] = json!({"id": "x"})), "/0/object/id"),
        (wrong(&|it| it["object"]["objectType"] = json!("Agent")), "/0/object/objectType"),
        (wrong(&|it| it["result"]["score"]["scaled"] = json!(1.01)), "/0/result/score/scaled"),
        (wrong(&|it| it["timestamp"] = json!("today")), "/0/timestamp"),
        (wrong(&|it| it["actor"]["objectType"] = json!("Group")), "/0/actor"),
    ];
    for (body, pointer) in cases {
        let answer = test.xapi("POST /xapi/statements", &body).await;
        assert_eq!(answer.problem(), "invalid", "{pointer}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{}", answer.text);
    }
    let own = test.token(&[Scope::Read, Scope::FactsWrite], Some("P-1")).await;
    let body = passed(ID).to_string();
    let bound = test.call("POST /xapi/statements", &own, &[VERSION, JSON], &body).await;
    assert_eq!(bound.problem(), "not-found", "a partner does not say that it passed");
}
