use std::collections::BTreeSet;

use super::*;
use crate::api::matrix::ROUTES;
use crate::api::problem::ApiError;
use crate::api::{Kind, document};
use crate::i18n::Lang;

const REFERENCE: &str = include_str!("../../../../../docs/reference/api.md");

#[tokio::test]
async fn router_matrix_and_document_have_the_same_routes() {
    let test = TestApi::new().await;
    let served = test.get("/openapi.json", "").await.ok();
    assert_eq!(&served, document());
    assert!(served["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut described: BTreeSet<String> = BTreeSet::new();
    for (path, item) in served["paths"].as_object().expect("paths") {
        for verb in item.as_object().expect("an item").keys() {
            described.insert(format!("{verb} {path}"));
        }
    }
    let of_documents = ["get /api/v1/openapi.json", "get /api/v1/docs"];
    described.extend(of_documents.map(str::to_owned));
    let known: BTreeSet<String> =
        ROUTES.iter().map(|row| format!("{} {}", row.verb.word(), row.path)).collect();
    assert_eq!(described, known);
    // Every row of the matrix is routed: with no token it is 401, and not 404.
    assert_eq!(known.len(), ROUTES.len(), "a route stands once");
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let text = document().to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().expect("a name");
        assert!(document()["components"]["schemas"].get(name).is_some(), "no schema `{name}`");
    }
    for (path, item) in document()["paths"].as_object().expect("paths") {
        for (verb, operation) in item.as_object().expect("an item") {
            assert!(operation["summary"].is_string(), "{verb} {path} has no summary");
            assert!(operation["x-scope"].is_string(), "{verb} {path} says no scope");
            assert!(operation["responses"]["default"].is_object(), "{verb} {path}");
        }
    }
}

/// The parts of the reference that are made from code, as they have to be.
fn generated() -> String {
    let mut text = String::from("| route | scope | token bound to a partner |\n|---|---|---|\n");
    for row in ROUTES {
        let operation = &document()["paths"][row.path][row.verb.word()];
        let (Some(scope), Some(bound)) =
            (operation["x-scope"].as_str(), operation["x-partner-bound"].as_str())
        else {
            continue;
        };
        let verb = row.verb.word().to_uppercase();
        text.push_str(&format!("| `{verb} {}` | `{scope}` | {bound} |\n", row.path));
    }
    text.push_str("\n| type | status | meaning |\n|---|---:|---|\n");
    for kind in Kind::ALL {
        let status = kind.status().as_u16();
        text.push_str(&format!("| `{}` | {status} | {} |\n", kind.uri(), kind.meaning()));
    }
    text
}

#[test]
fn the_reference_page_says_what_the_code_does() {
    for part in generated().split("\n\n") {
        let part = part.trim();
        assert!(
            REFERENCE.contains(part),
            "docs/reference/api.md lacks or differs from:\n\n{part}\n"
        );
    }
    for limit in [
        format!("`ROWS_PER_BATCH_MAX` | {}", super::super::ROWS_PER_BATCH_MAX),
        format!("`BODY_BYTES_MAX` | {}", super::super::BODY_BYTES_MAX),
        format!("`FILE_BYTES_MAX` | {}", super::super::imports::FILE_BYTES_MAX),
        format!("`JSON_BYTES_MAX` | {}", super::super::input::JSON_BYTES_MAX),
        format!("`ITEMS_PER_BATCH_MAX` | {}", super::super::master::ITEMS_PER_BATCH_MAX),
    ] {
        assert!(REFERENCE.contains(&limit), "docs/reference/api.md lacks `{limit}`");
    }
}

#[test]
fn a_full_disk_is_not_busy() {
    let error = ApiError::from(engine::db::testing::full_disk());
    let document = error.document(Lang::En, "req_1");
    assert_eq!((document.status, document.kind.as_str()), (507, "/api#problem-storage-full"));
    let response = document.response(&error);
    assert!(!response.headers().contains_key("retry-after"), "trying again does not help");
}
