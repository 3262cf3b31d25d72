//! The order in which facts arrive changes no award: every case under `conformance/` comes to the
//! same in the end, told backwards.

use std::path::{Path, PathBuf};

use domain::case::{self, Case, Moment, What};

fn cases_under(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("an entry of the folder of cases").path();
        if path.is_dir() {
            cases_under(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

/// Whether only facts happen, and nothing is said to depend on when they were recorded:
/// no grace, no budget, no tier that counts from then on.
fn may_be_told_backwards(case: &Case) -> bool {
    let facts = case.timeline.iter().all(|event| matches!(event.what, What::Fact { .. }));
    let programs = case.inline_programs().expect("programs stand in the case");
    let waits = programs.iter().flat_map(|program| &program.terms).any(|term| {
        let budget = term.limits.budget.is_some();
        budget || term.periods.grace_days.is_some()
    });
    let mut groups = case.wallet.iter().flat_map(|wallet| wallet.tier_groups.values());
    let seen = groups.any(|group| group.sets.is_some());
    facts && !waits && !seen
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let mut paths = Vec::new();
    cases_under(&folder, &mut paths);
    let mut told = 0;
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a case is text");
        if case::refusals(&text).is_some() {
            continue;
        }
        let mut case = case::parse(&text).into_result().expect("a case that reads");
        if !may_be_told_backwards(&case) {
            continue;
        }
        case.expect.clear();
        let last = case.last_day().expect("a day");
        case.until = Some(last);
        for event in &mut case.timeline {
            event.recorded = Some(Moment::Day(last));
        }
        let programs = || case.inline_programs().expect("programs stand in the case");
        let forwards = case.run(programs()).expect("a case that runs");
        let mut other = case.clone();
        other.timeline.reverse();
        let backwards = other.run(programs()).expect("a case that runs");
        let of = |story: &case::Story| story.snapshots[0].awards.clone();
        assert_eq!(of(&forwards), of(&backwards), "in {}", path.display());
        told += 1;
    }
    assert!(15 < told, "only {told} cases were told backwards");
}
