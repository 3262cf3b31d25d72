//! What fits together is accepted; what is refused are cases under `conformance/refused`.

use super::{Known, check_versions};
use crate::program::parse;

/// A program with a term to put words into, at `TERM`, and a header to put words into, at `HEAD`.
fn text(head: &str, terms: &[&str]) -> String {
    let mut text = "program: p\ncurrency: JPY\nstarts: 2026-04-01\nends: 2027-03-31\n".to_owned();
    for line in head.split(" | ").filter(|line| !line.is_empty()) {
        let key = line.split(':').next().unwrap_or_default();
        let replaced: Vec<&str> =
            text.lines().filter(|old| !old.starts_with(&format!("{key}:"))).collect();
        text = format!("{}\n{line}\n", replaced.join("\n"));
    }
    text.push_str("terms:\n");
    for term in terms {
        text = format!("{text}  - {{ {term} }}\n");
    }
    text
}

/// Each line: `header lines || term || term`, of which nothing is said.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = case.split("||").map(str::trim);
        let head = parts.next().unwrap_or_default();
        let parsed = parse(&text(head, &parts.collect::<Vec<_>>()));
        assert_eq!(parsed.problems, [], "in `{case}`");
        let program = parsed.value.expect("a program of which nothing is said");
        assert_eq!(crate::program::check(&program, &Known::default()), [], "in `{case}`");
    }
}

/// A term that is right, and where to add to it.
const OK: &str = "term: a, measure: sum(amount), rate: 1%";

#[test]
fn words_that_fit_together_are_accepted() {
    check(&format!("|| {OK}"));
    check(
        "
        partners: partner.country == \"JP\" || term: a, rate: 1%, measure: sum(amount)
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount)
        periods: { every: half, fiscal_year_from: april } | accrue: { every: month } || term: a, rate: 1%, measure: sum(amount)
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: y, from: 2026-09-01, to: 2027-03-31 } ] } | accrue: { every: month } || term: a, rate: 1%, measure: sum(amount)
        partners: [ { partner: P1, to: 2026-04-30 }, { partner: P1, from: 2026-05-01 } ] || term: a, rate: 1%, measure: sum(amount)
        || term: a, measure: sum(amount), rate: 1%, net_of: [ other/base ]
        || term: a, method: all_units, measure: sum(amount), tiers: [ { from: 60, rate: 1% }, { above: 60, rate: 2% } ]
        || term: a, measure: sum(amount), baseline: prior_year, qualifier: { total: sum(amount), as: growth }, method: all_units, tiers: [ { from: 8%, rate: 1% } ]
        || term: a, measure: sum(quantity), qualifier: { total: sum(amount), as: growth }, baseline: prior_year, method: excess, tiers: [ { from: 8%, rate: 1% } ]
        || term: a, measure: sum(amount), method: excess, rate: 1%, target: 5
        || term: a, fixed: 10
        || term: a, facts: none, fixed: 1
        || term: a, measure: sum(amount), group_by: [product.brand, fact.channel], method: all_units, tiers: [ { brand: K, rate: 1% }, { channel: web, rate: 2% }, { brand: K, channel: web, rate: 3% } ]
        || term: a, measure: sum(amount), group_by: [product.brand, fact.channel], method: all_units, tiers: [ { brand: K, rate: 1% }, { brand: L, rate: 2% } ]
        || term: a, external: true
        || term: a, measure: sum(amount), rate: 1%, target: 5, requires: [ { total: sum(amount), as: attainment, from: 5% } ]
        || term: a, measure: sum(amount), method: all_units, tiers: [ { rate: 1%, ends: 2026-04-30 }, { rate: 2%, starts: 2026-05-01 } ]
        || term: a, measure: sum(amount), rate: 1%, limits: { budget: { amount: 5, share: in_proportion } }
        || term: a, measure: sum(amount), periods: { every: year, fiscal_year_from: april }, method: all_units, tiers: [ { from: 5, rate: 1% } ]
        ",
    );
}

/// The problems of the last of these versions, each `terms` of a program.
#[track_caller]
fn check_versions_of(versions: &[(&str, &str)], expected: &[&str]) {
    let versions: Vec<crate::program::Program> = versions
        .iter()
        .map(|(head, term)| {
            let text = text(head, &[term]);
            parse(&text).into_result().unwrap_or_else(|problems| panic!("{problems:#?}"))
        })
        .collect();
    let versions: Vec<&crate::program::Program> = versions.iter().collect();
    let got: Vec<String> =
        check_versions(&versions).into_iter().map(|problem| problem.message).collect();
    assert_eq!(got, expected);
}

#[test]
fn versions_follow_each_other() {
    let amends = "version: 2 | amends: { from: 2026-08-01 }";
    check_versions_of(&[("", OK), (amends, OK)], &[]);
    check_versions_of(&[("", OK), ("", OK)], &["two versions with one number: 1"]);
    check_versions_of(&[(amends, OK)], &["`amends` a version that is not there"]);
    check_versions_of(
        &[("", OK), ("version: 3 | corrects: 2", OK)],
        &["`corrects` a version that is not there: 2"],
    );
    check_versions_of(
        &[("", OK), (amends, OK), ("version: 3 | amends: { from: 2026-08-01 }", OK)],
        &["`amends.from` is not after the version before, which acts from 2026-08-01"],
    );
    for (word, change) in [
        ("periods", "periods: { every: month }"),
        ("group_by", "group_by: fact"),
        ("earner", "earner: partner.parent"),
        ("currency", "currency: EUR"),
        ("reward", "reward: { points: STAR }"),
    ] {
        let changed = format!("{OK}, {change}");
        let expected = format!("a later version changes the term's `{word}`");
        check_versions_of(&[("", OK), (amends, &changed)], &[&expected]);
    }
}
