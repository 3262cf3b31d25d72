//! Every conformance case and every scenario holds in memory and on both databases.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::{self, Case, OutputList, ProgramSource, What};
use domain::yaml::Tree;
use engine::db::testing::{TestDatabase, for_each_database};

use super::{files_under, workspace};
use crate::settlement::Settlement;
use crate::{scenario, story};

/// A case by the name of its file, with the steps of a settlement and the text of its wallet.
type Told = (String, Case, Option<Settlement>, Option<String>);

/// Runs cases, each on a database of its own, and says which do not hold where.
async fn check(cases: Vec<Told>) {
    assert!(!cases.is_empty(), "no cases found");
    let mut wrong = Vec::new();
    for (name, case, settlement, wallet) in &cases {
        let found = std::sync::Mutex::new(Vec::new());
        for_each_database(async |db| {
            let dialect = db.dialect().name();
            for text in
                story::differences_with(&db, case, settlement.as_ref(), wallet.as_deref()).await
            {
                found.lock().unwrap().push(format!("{name} on {dialect}: {text}"));
            }
        })
        .await;
        wrong.extend(found.into_inner().unwrap());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What of a case the database keeps up to date: its programs without the terms that are refused at
/// activation, and what is expected of the rest. `None` if that is nothing.
fn carried(mut case: Case) -> Option<Case> {
    let wallet = case.wallet.as_deref();
    let wallet = wallet.cloned();
    let wallet = wallet.as_ref();
    if wallet.is_some_and(|wallet| !wallet.agreements.is_empty()) {
        // Agreements act in cases alone: an installation refuses their text.
        return None;
    }
    // What is left of a program: the terms that are gone, or nothing at all.
    let mut without: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for program in case.inline_programs().expect("programs stand in the case") {
        for problem in engine::programs::not_carried_by(&program, wallet) {
            let code = program.code.to_string();
            match problem.term {
                Some(term) => {
                    without.entry(code).or_default().insert(term.to_string());
                }
                None => {
                    gone.insert(code);
                }
            }
        }
    }
    for source in &mut case.programs {
        let ProgramSource::Inline(program) = source else { continue };
        let code = program.code.to_string();
        let Some(terms) = without.get(&code) else { continue };
        program.terms.retain(|term| !terms.contains(term.code.as_str()));
        if program.terms.is_empty() {
            gone.insert(code);
        }
    }
    case.programs.retain(|source| match source {
        ProgramSource::Inline(program) => !gone.contains(program.code.as_str()),
        ProgramSource::Path { .. } => false,
    });
    case.timeline.retain(|event| match &event.what {
        What::Close { program, .. } => !gone.contains(program.as_str()),
        What::Adjust(adjust) => !gone.contains(adjust.program.as_str()),
        What::Award(award) => !gone.contains(award.program.as_str()),
        _ => true,
    });
    let whole = gone.is_empty() && without.is_empty();
    case.expect.retain(|line| match line.list {
        OutputList::Awards | OutputList::Accruals | OutputList::Payouts => {
            let said = |word: &str| line.selectors.iter().find(|(key, _)| key == word);
            let kept = without.get(&line.of).is_none_or(|terms| {
                said("term").is_some_and(
                    |(_, term)| matches!(term, Tree::Text(term) if !terms.contains(term)),
                )
            });
            !gone.contains(&line.of) && kept
        }
        _ => whole,
    });
    (!case.expect.is_empty()).then_some(case)
}

#[tokio::test]
async fn every_conformance_case_holds_on_every_database() {
    cases_hold(false).await;
}

#[tokio::test]
async fn every_case_with_a_wallet_holds_on_every_database() {
    cases_hold(true).await;
}

async fn cases_hold(with_wallets: bool) {
    let mut cases = Vec::new();
    for path in files_under(&workspace().join("conformance"), ".yaml") {
        let name = path.file_name().expect("a file").display().to_string();
        let text = std::fs::read_to_string(&path).expect("a case is text");
        if case::refusals(&text).is_some() {
            // What cannot be read has no story to tell.
            continue;
        }
        let case = case::parse(&text).into_result().expect("cases are read in domain's tests");
        let wallet = domain::wallet::of_case(&text);
        if wallet.is_some() == with_wallets {
            cases.extend(carried(case).map(|case| (name, case, None, wallet)));
        }
    }
    assert!(25 < cases.len(), "only {} cases are carried by the database", cases.len());
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
        let in_memory_alone = |s: &scenario::Scenario| {
            let wallet = s.case.wallet.as_deref();
            wallet.is_some_and(|wallet| !wallet.agreements.is_empty())
        };
        for told in scenarios.iter().filter(|it| in_memory_alone(it)) {
            // An installation refuses agreements: what it says holds in memory.
            let programs = told.case.inline_programs().expect("programs stand in the case");
            let wrong = told.case.check(programs).expect("it can be run");
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
        let scenarios = scenarios.into_iter().filter(|it| !in_memory_alone(it));
        let named = |s: scenario::Scenario| {
            (format!("{name}, {}", s.heading), s.case, s.settlement, s.wallet)
        };
        cases.extend(scenarios.map(named));
    }
    check(cases).await;
}

/// A cent that is said otherwise is found, on a statement and in a payment file, and a step that
/// nobody took in the audit log.
#[tokio::test]
async fn a_year_that_is_a_cent_off_does_not_hold() {
    let path = workspace().join("scenarios/a-year-in-the-life.md");
    let text = std::fs::read_to_string(path).expect("a scenario is text");
    let mut off = text;
    for (right, wrong) in [
        ("total: 2796.66", "total: 2796.67"),
        ("net: 7514.50", "net: 7514.51"),
        ("pay payment_run, by: finance", "pay payment_run, by: manager"),
    ] {
        assert!(off.contains(right), "the year says `{right}`");
        off = off.replace(right, wrong);
    }
    let told = scenario::read(&off).expect("it reads").remove(0);
    let database = TestDatabase::sqlite();
    let db = database.open().await;
    db.migrate().await.expect("a new database can be migrated");
    let found = story::differences_with(&db, &told.case, told.settlement.as_ref(), None).await;
    let expected = [
        "file `E1` has 2 transfers of 2796.66",
        "Adler has 4 statements: net 7514.5, tax 0, total 7514.5 EUR",
        "`pay payment_run` 0 times so, 8 in all",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}\nand not {expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}
