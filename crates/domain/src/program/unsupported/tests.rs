use super::*;
use crate::program::parse;

/// Each line: a term that is evaluated. What is refused are cases under `conformance/refused`.
#[track_caller]
fn check(cases: &str) {
    for term in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let text = format!(
            "program: p\ncurrency: JPY\nstarts: 2026-01-01\nterms:\n  - {{ term: a, {term} }}\n  \
             - {{ term: b, measure: sum(amount), rate: 1% }}\n"
        );
        let program = parse(&text).into_result().unwrap_or_else(|p| panic!("`{term}`: {p:#?}"));
        assert_eq!(unsupported(&program), [], "in `{term}`");
    }
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
