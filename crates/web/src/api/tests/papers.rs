use engine::papers::check::{Country, Iban};
use engine::papers::party::{Account, Address, IbanAccount};
use engine::papers::payee::{self, Decision};
use engine::papers::settings::{self, Company, OwnAccount};

use super::*;

/// Both partners earned, the period is closed and its payouts are approved.
async fn settled() -> TestApi {
    let test = TestApi::new().await;
    let facts = json!([sale("S-1", "P-1", "11000"), sale("S-2", "P-2", "1000")]);
    test.post("/facts", &facts).await.ok();
    test.office.accrue().await.expect("accrued");
    test.post("/periods/close", &json!({"program": "RB-1", "period": "2026Q1"})).await.ok();
    let second = test.token(&[Scope::Read, Scope::PayoutsWrite], None).await;
    let payouts = test.get("/payouts?program=RB-1", &test.all).await.ok();
    for payout in payouts["items"].as_array().expect("items") {
        let id = payout["id"].as_str().expect("an id");
        test.call(&format!("POST /payouts/{id}/approve"), &second, &[], "").await.ok();
    }
    let address = Address {
        town: "Berlin".into(),
        country: Some(Country::parse("DE").expect("a country")),
        ..Address::default()
    };
    let account = Account::Iban(IbanAccount {
        iban: Iban::parse("DE89370400440532013000").expect("an IBAN"),
        bic: None,
        holder: "Hibari".into(),
    });
    let own = OwnAccount { code: "main".into(), currency: "EUR".into(), account };
    let company = Company {
        names: [("en".to_owned(), "Hibari".to_owned())].into(),
        address,
        accounts: vec![own],
        ..Company::default()
    };
    let now = test.office.now();
    let mut tx = test.office.db().write().await.expect("a transaction");
    settings::save_company(&mut tx, &Actor::System, now, &company).await.expect("a company");
    tx.commit().await.expect("committed");
    test
}

async fn put_payee(test: &TestApi, code: &str) -> Value {
    let body = json!({
        "details": {
            "address": {"street": "Hauptstr. 5", "town": "Berlin", "country": "DE"},
            "treatment": {"kind": "vat", "rate": "0.19"},
        },
        "account": {"kind": "iban", "iban": "FR1420041010050500013M02606", "holder": "Adler"},
    });
    let headers = [("content-type", "application/json")];
    let line = format!("PUT /partners/{code}/payee");
    test.call(&line, &test.all, &headers, &body.to_string()).await.ok()
}

#[tokio::test]
async fn from_approved_payouts_to_a_file_and_the_books() {
    let test = settled().await;
    let shown = put_payee(&test, "P-1").await;
    assert!(!shown.to_string().contains("FR14"), "accounts come out masked: {shown}");
    assert_eq!(shown["account"], Value::Null, "nobody confirmed it: {shown}");
    let issued = test.post("/statements", &json!({})).await.ok();
    assert_eq!(issued.as_array().map(Vec::len), Some(2), "{issued}");
    let asked = json!({"account": "main", "until": "2026-06-30"});
    let plan = test.post("/payments/plan", &asked).await.ok();
    let reasons: Vec<&str> = plan["exceptions"]
        .as_array()
        .expect("exceptions")
        .iter()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["unconfirmed_account", "no_account"]);
    assert_eq!(test.post("/payments", &asked).await.problem(), "conflict");

    let now = test.office.now();
    let mut tx = test.office.db().write().await.expect("a transaction");
    let master = test.office.master(&mut tx).await.expect("master data");
    let of = (master.partner_id("P-1").expect("a partner"), "P-1");
    let yes = Decision::Confirm;
    payee::decide_account(&mut tx, &Actor::System, now, of, yes).await.expect("confirmed");
    tx.commit().await.expect("committed");
    // 2 % of 11,000, and 19 % on top.
    let run = test.post("/payments", &asked).await.ok();
    assert_eq!((&run["total"], &run["payments"]), (&json!("261.80"), &json!(1)), "{run}");
    let number = run["number"].as_str().expect("a number").to_owned();
    let path = format!("/payments/{number}/file");
    let file = test.get(&path, &test.all).await;
    assert!(file.text.contains("<CtrlSum>261.80</CtrlSum>"), "{}", file.text);
    assert_eq!(file.text, test.get(&path, &test.all).await.text);
    let payouts = test.get("/payouts?partner=P-1", &test.all).await.ok();
    let sums = test.get("/payouts/sums?partner=P-1", &test.all).await.ok();
    assert_eq!(sums[0]["program"], json!("RB-1"), "{sums}");
    assert_eq!(sums[0]["count"], json!(payouts["items"].as_array().map_or(0, Vec::len)), "{sums}");
    assert_eq!(test.get("/payouts/sums", &test.all).await.problem(), "invalid");
    let id = payouts["items"][0]["id"].as_str().expect("an id");
    let beside = test.call(&format!("POST /payouts/{id}/pay"), &test.all, &[], "").await;
    assert_eq!(beside.problem(), "conflict");
    let paid = test.post(&format!("/payments/{number}/paid"), &json!({})).await.ok();
    assert_eq!(paid["status"], json!("paid"));

    let export = test.post("/accounting/exports", &json!({})).await.ok();
    let path = format!("/accounting/exports/{}/file", export["number"].as_str().expect("one"));
    let csv = test.get(&path, &test.all).await.text;
    assert!(csv.contains(",tax,tax,tax,41.8,,EUR,"), "{csv}");
    assert_eq!(test.post("/accounting/exports", &json!({})).await.problem(), "conflict");
    let ledger = test.get("/ledger/beancount", &test.all).await;
    assert!(ledger.text.contains("balance Assets:Cash  -261.8 EUR"), "{}", ledger.text);
}

#[tokio::test]
async fn a_partner_sees_its_own_statements_alone() {
    let test = settled().await;
    test.post("/statements", &json!({})).await.ok();
    let own = test.token(&[Scope::Read], Some("P-1")).await;
    let all = test.get("/statements", &own).await.ok();
    let items = all["items"].as_array().expect("items");
    assert_eq!((items.len(), &items[0]["partner"]), (1, &json!("P-1")), "{all}");
    let id = items[0]["id"].as_str().expect("an id");
    let pdf = test.get(&format!("/statements/{id}/ja.pdf"), &own).await;
    assert!(pdf.text.starts_with("%PDF-"), "{}", pdf.text.len());
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    for paper in ["xx.pdf", "ja.doc", "ja"] {
        let none = test.get(&format!("/statements/{id}/{paper}"), &own).await;
        assert_eq!(none.problem(), "not-found", "{paper}");
    }
    let others = test.get("/statements?partner=P-2", &own).await;
    assert_eq!(others.problem(), "not-found");
    let every = test.get("/statements", &test.all).await.ok();
    let other = every["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|one| one["partner"] == json!("P-2"))
        .and_then(|one| one["number"].as_str())
        .expect("a number");
    assert_eq!(test.get(&format!("/statements/{other}"), &own).await.problem(), "not-found");
    let paper = format!("/statements/{other}/en.xlsx");
    assert_eq!(test.get(&paper, &own).await.problem(), "not-found");
    for path in ["/payments", "/accounting/exports", "/partners/P-1/payee"] {
        assert_eq!(test.get(path, &own).await.problem(), "not-found", "{path}");
    }
}

#[tokio::test]
async fn a_credit_note_settles_and_a_wrong_one_is_taken_back() {
    let test = settled().await;
    put_payee(&test, "P-1").await;
    let headers = [("content-type", "application/json")];
    let body = json!({"details": {
        "address": {"town": "Berlin", "country": "DE"},
        "treatment": {"kind": "vat", "rate": "0.19"},
        "credited_in": ["EUR"],
    }});
    let line = "PUT /partners/P-1/payee";
    let shown = test.call(line, &test.all, &headers, &body.to_string()).await.ok();
    assert_eq!(shown["details"]["credited_in"], json!(["EUR"]));
    let bad = json!({"details": {"address": {"country": "DE"}, "credited_in": ["Euro"]}});
    let refused = test.call(line, &test.all, &headers, &bad.to_string()).await;
    assert_eq!(refused.problem(), "invalid");
    test.post("/statements", &json!({})).await.ok();
    let asked = json!({"account": "main", "until": "2026-06-30"});
    let plan = test.post("/payments/plan", &asked).await.ok();
    assert_eq!(plan["noted"], json!(1), "{plan}");
    let by_bank = test.get("/statements?partner=P-2", &test.all).await.ok();
    let number = by_bank["items"][0]["number"].as_str().expect("a number").to_owned();
    let refused = test.post("/notes", &json!({"statement": number})).await;
    assert_eq!(refused.problem(), "conflict");

    let issued = test.post("/notes", &json!({})).await.ok();
    let note = &issued[0];
    assert_eq!(
        (&note["kind"], &note["total"], &note["status"]),
        (&json!("credit"), &json!("261.80"), &json!("issued")),
        "{issued}"
    );
    let number = note["number"].as_str().expect("a number").to_owned();
    let own = test.token(&[Scope::Read], Some("P-1")).await;
    let other = test.token(&[Scope::Read], Some("P-2")).await;
    let pdf = test.get(&format!("/notes/{number}/ja.pdf"), &own).await;
    assert!(pdf.text.starts_with("%PDF-"), "{}", pdf.text.len());
    for path in [format!("/notes/{number}"), format!("/notes/{number}/ja.pdf")] {
        assert_eq!(test.get(&path, &other).await.problem(), "not-found");
    }
    let of = test.get("/statements?partner=P-1", &own).await.ok();
    assert_eq!(of["items"][0]["status"], json!("credited"));
    let money = test.post(&format!("/notes/{number}/received"), &json!({})).await;
    assert_eq!(money.problem(), "conflict");
    let silent = test.post(&format!("/notes/{number}/void"), &json!({})).await;
    assert!(silent.status.is_client_error(), "{}", silent.text);
    let void = test.post(&format!("/notes/{number}/void"), &json!({"reason": "typo"})).await.ok();
    assert_eq!((&void["status"], &void["reason"]), (&json!("void"), &json!("typo")));
    assert_eq!(test.get(&format!("/notes/{number}"), &own).await.problem(), "not-found");

    // All of it is in the audit log, for who may read that alone.
    assert_eq!(test.get("/audit", &own).await.problem(), "not-found");
    let reader = test.token(&[Scope::SettingsWrite], None).await;
    let log = test.get("/audit?kind=settlement_note&limit=1", &reader).await.ok();
    assert_eq!(log["items"][0]["action"], json!("void"), "{log}");
    let next = log["next"].as_str().expect("there is more");
    let more = test.get(&format!("/audit?kind=settlement_note&cursor={next}"), &reader).await.ok();
    assert_eq!(more["items"][0]["action"], json!("issue"), "{more}");
    assert_eq!(test.get("/audit?from=soon", &reader).await.problem(), "invalid");
    let file = test.get("/audit.csv?action=void", &reader).await.text;
    assert_eq!(file.lines().count(), 2, "{file}");
}

#[tokio::test]
async fn a_partner_agrees_to_its_statement_once() {
    let test = settled().await;
    test.post("/statements", &json!({})).await.ok();
    let own = test.token(&[Scope::Read, Scope::PayoutsWrite], Some("P-1")).await;
    let all = test.get("/statements", &own).await.ok();
    let id = all["items"][0]["id"].as_str().expect("an id");
    let line = format!("POST /statements/{id}/agree");
    assert_eq!(test.call(&line, &test.all, &[], "").await.problem(), "not-found");
    let agreed = test.call(&line, &own, &[], "").await.ok();
    assert!(agreed["agreed_at"].is_string(), "{agreed}");
    assert_eq!(test.call(&line, &own, &[], "").await.problem(), "conflict");
    let periods = test.get("/periods?program=RB-1", &test.all).await.ok();
    let closed = periods["items"].as_array().expect("items").iter();
    let closed = closed.filter(|one| one["state"] == json!("closed")).collect::<Vec<_>>();
    assert_eq!(closed[0]["payouts"][0]["approved"], json!("230.00"), "{periods}");
}
