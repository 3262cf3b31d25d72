//! Every conformance case and every scenario holds in memory and on both databases.

use domain::case::{self, Case};
use engine::db::testing::for_each_database;

use super::{files_under, workspace};
use crate::{scenario, story};

/// Runs cases, each on a database of its own, and says which do not hold where.
async fn check(cases: Vec<(String, Case)>) {
    assert!(!cases.is_empty(), "no cases found");
    let mut wrong = Vec::new();
    for (name, case) in &cases {
        let found = std::sync::Mutex::new(Vec::new());
        for_each_database(async |db| {
            let dialect = db.dialect().name();
            for text in story::differences(&db, case).await {
                found.lock().unwrap().push(format!("{name} on {dialect}: {text}"));
            }
        })
        .await;
        wrong.extend(found.into_inner().unwrap());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_conformance_case_holds_on_every_database() {
    let mut cases = Vec::new();
    for path in files_under(&workspace().join("conformance"), ".yaml") {
        let name = path.file_name().expect("a file").display().to_string();
        let text = std::fs::read_to_string(&path).expect("a case is text");
        let case = case::parse(&text).into_result().expect("cases are read in domain's tests");
        cases.push((name, case));
    }
    check(cases).await;
}

#[tokio::test]
async fn every_scenario_holds_on_every_database() {
    let mut cases = Vec::new();
    for path in files_under(&workspace().join("scenarios"), ".md") {
        let name = path.file_name().expect("a file").display().to_string();
        if name == "README.md" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a scenario is text");
        let scenarios = scenario::read(&text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        assert!(!scenarios.is_empty(), "`{name}` tells no story; write its blocks as ```yaml");
        let named = |s: scenario::Scenario| (format!("{name}, {}", s.heading), s.case);
        cases.extend(scenarios.into_iter().map(named));
    }
    check(cases).await;
}
