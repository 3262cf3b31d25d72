use super::*;
use crate::program::parse;

/// Each line: a term, and what is refused of it; nothing if it is evaluated.
#[track_caller]
fn check(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (term, expected) = case.split_once(" => ").unwrap_or((case, ""));
        let text = format!(
            "program: p\ncurrency: JPY\nstarts: 2026-01-01\nterms:\n  - {{ term: a, {term} }}\n  \
             - {{ term: b, measure: sum(amount), rate: 1% }}\n"
        );
        let program = parse(&text).into_result().unwrap_or_else(|p| panic!("`{term}`: {p:#?}"));
        let got: Vec<String> = unsupported(&program).into_iter().map(|p| p.message).collect();
        let got = got.join("; ");
        if got != expected {
            wrong.push(format!("`{term}` is refused as `{got}`, not `{expected}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_are_evaluated_alone() {
    check(
        r#"
        measure: sum(amount), rate: 1%, frequency: { first: 3 }
        measure: sum(amount), rate: 1%, earner: partner.parent, split: contributors
        measure: sum(quantity), per_unit: 1, unit: case, settle: at_once
        measure: sum(amount), rate: 1%, requires: [ { term: b } ], net_of: [ b ]
        measure: sum(awarded("b")), factor: 3
        measure: { total: count_distinct(product.code) }, per_unit: 1
        measure: { sets: [ { when: product.code == "A", quantity: 1 } ] }, per_unit: 1
        measure: { total: max(amount), up_to: 9 }, rate: 1%
        measure: sum(price("p") * quantity), rate: 1%
        external: true
        facts: none, fixed: 5
        qualifier: { total: sum(amount), window: to_date }, measure: sum(amount), method: all_units, tiers: [ { rate: 1% } ]
        "#,
    );
}

#[test]
fn words_that_do_not_go_together_are_refused() {
    check(
        r#"
        measure: { total: count_distinct(product.code) }, per_unit: 1, frequency: { first: 3 } => `frequency` with a measure of `count_distinct`
        measure: { total: max(amount), after: { facts: 1 } }, rate: 1% => `after: { facts: … }` with a measure of `max`
        measure: { total: min(amount), up_to: 3 }, group_by: fact, rate: 1% => `up_to beside group_by` with a measure of `min`
        measure: { total: max(amount), after: 3 }, group_by: fact, rate: 1% => `after beside group_by` with a measure of `max`
        measure: { total: max(amount) }, rounding: { at: fact }, rate: 1% => `rounding: { at: fact }` with a measure of `max`
        qualifier: { total: count_distinct(product.code), window: to_date }, measure: sum(amount), method: all_units, tiers: [ { rate: 1% } ] => a reading of `count_distinct` that takes facts one after another
        qualifier: { total: count_distinct(product.code), each: { total: max(amount), from: 3 } }, measure: sum(amount), method: all_units, tiers: [ { rate: 1% } ] => `each` with a total of `max`
        measure: sum(amount), rate: 1%, when: awarded("b") > 3 => `awarded(…)` outside the sum of a measure
        "#,
    );
}
