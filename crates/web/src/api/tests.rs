mod access;
mod documents;
mod enrol;
mod facts;
mod flow;
mod games;
mod members;
mod mirror;
mod papers;
mod pictures;
mod promotions;
mod proposals;
mod reference;
mod settle;
mod training;
mod wallets;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use engine::access::{Actor, NewToken, Scope, create_token, revoke_token};
use engine::catalog::{Item, upsert_partners, upsert_products};
use engine::clock::FixedClock;
use engine::db::testing::TestDatabase;
use engine::office::Office;
use engine::programs;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use tower::ServiceExt;

/// The API over a database with two partners, one product and an active program.
struct TestApi {
    office: Office,
    router: Router,
    clock: Arc<FixedClock>,
    /// With all scopes, bound to nobody.
    all: String,
    _database: TestDatabase,
}

/// An answer, read.
struct Answer {
    status: StatusCode,
    headers: BTreeMap<String, String>,
    text: String,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The body of what went well.
    #[track_caller]
    fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// The word of the problem, which has to be one.
    #[track_caller]
    fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], json!(self.status.as_u16()));
        assert_eq!(
            body["request_id"].as_str(),
            self.headers.get("x-request-id").map(String::as_str)
        );
        let kind = body["type"].as_str().expect("a type");
        kind.strip_prefix("/api#problem-").expect("a type of ours").to_owned()
    }
}

const PROGRAM: &str = "\
program: RB-1
name: { en: Volume rebate, ja: 数量リベート }
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
terms:
  - term: volume
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 0, rate: 1% }
      - { from: 10000, rate: 2% }
";

impl TestApi {
    async fn new() -> TestApi {
        let database = TestDatabase::sqlite();
        let db = database.open().await;
        db.migrate().await.expect("migrated");
        let now: Timestamp = "2026-06-12T00:42:00Z".parse().expect("an instant");
        let clock = Arc::new(FixedClock::at(now));
        let office = Office::new(db, Arc::clone(&clock) as Arc<_>);
        seed(&office).await;
        let router = super::router(office.clone());
        let mut test = TestApi { office, router, clock, all: String::new(), _database: database };
        test.all = test.token(&Scope::ALL, None).await;
        test
    }

    async fn token(&self, scopes: &[Scope], partner: Option<&str>) -> String {
        let mut tx = self.office.db().write().await.expect("a transaction");
        let master = self.office.master(&mut tx).await.expect("master data");
        let partner_id = partner.map(|code| master.partner_id(code).expect("a partner"));
        let new =
            NewToken { name: "ERP".into(), scopes: scopes.to_vec(), partner_id, expires_at: None };
        let made = create_token(&mut tx, self.office.now(), &Actor::System, new).await;
        tx.commit().await.expect("committed");
        made.expect("a token").0
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let bytes = axum::body::to_bytes(response.into_body(), 100_000_000).await.expect("a body");
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Sends what `VERB path` says, with headers written as `name: value`.
    async fn call(&self, line: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (verb, path) = line.split_once(' ').expect("`VERB path`");
        let mut request = Request::builder().method(verb).uri(format!("/api/v1{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(&format!("GET {path}"), token, &[], "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call(&format!("POST {path}"), &self.all, &headers, &body.to_string()).await
    }
}

async fn seed(office: &Office) {
    let now = office.now();
    let item = |code: &str| Item::new(code, BTreeMap::new(), BTreeMap::new()).expect("an item");
    let mut tx = office.db().write().await.expect("a transaction");
    let partners = vec![item("P-1"), item("P-2")];
    upsert_partners(&mut tx, now, &Actor::System, Date::MIN, partners).await.expect("partners");
    upsert_products(&mut tx, now, &Actor::System, vec![item("A")]).await.expect("products");
    programs::save_draft(&mut tx, &Actor::System, now, PROGRAM).await.expect("a draft");
    let master = office.master(&mut tx).await.expect("master data");
    let of = ("RB-1", 1);
    programs::activate(&mut tx, &master, &Actor::System, now, of).await.expect("activated");
    tx.commit().await.expect("committed");
}

fn sale(key: &str, partner: &str, amount: &str) -> Value {
    json!({"key": key, "date": "2026-02-01", "partner": partner, "product": "A",
        "quantity": "1", "amount": amount, "currency": "EUR"})
}
