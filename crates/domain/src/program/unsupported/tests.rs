use super::*;
use crate::program::parse;

const PLAIN: &str = r#"
program: plain
currency: JPY
starts: 2026-04-01
ends: 2027-03-31
periods: { every: quarter, fiscal_year_from: april, grace: 5 days, calculate_after: 3 days }
payout: { minimum: 5, below_minimum: lapse, negative: claim_back }
accrue: { every: month, rate: 1% }
partners: [ P1, { partner: P2, from: 2026-05-01, ship_to: S, skip: true } ]
when: product.brand == "Kita"
fields: { product.family: text }
lists: { a: [B1] }
terms:
  - term: a
    when: product.code in list("a")
    returns: own_date
    group_by: [product.brand, fact.channel]
    currency: JPY
    qualifier: { total: sum(amount), when: product.family == "x", window: prior_year }
    measure: sum(quantity)
    method: marginal
    tiers:
      - { rate: 1%, name: all }
      - { brand: Kita, above: 5, per_unit: 2, fixed: 3 }
    limits: { per_award: { at_least: 1, at_most: 9 }, per_partner_period: 10 }
    rounding: { mode: down, scale: 3 }
  - { term: b, group_by: fact, measure: sum(amount), rate: 1%, settle: at_once }
  - { term: c, qualifier: { total: sum(amount), as: growth }, measure: sum(amount), baseline: { of: prior_period, minimum: 3, when_zero: 9 }, method: excess, tiers: [ { from: 3%, per_unit: 1 } ] }
  - { term: d, qualifier: { total: sum(amount), as: share, share_of: "true" }, method: highest, tiers: [ { from: 3%, fixed: 1 } ] }
  - { term: e, measure: { total: sum(amount), after: 5, up_to: 9 }, rate: 1%, target: 5 }
"#;

/// Each line: `what is replaced => by what => where and which word is refused`.
#[track_caller]
fn check(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = case.split(" => ").collect();
        let [from, to, expected] = parts.as_slice() else { panic!("`{case}`") };
        assert!(PLAIN.contains(from), "`{from}` is not in the text");
        let text = PLAIN.replacen(from, to, 1);
        let program = parse(&text).into_result().unwrap_or_else(|p| panic!("`{to}`: {p:#?}"));
        let got: Vec<String> = unsupported(&program)
            .into_iter()
            .map(|p| format!("{}:{} {}", p.at.line, p.at.column, p.message))
            .collect();
        let (place, word) = expected.split_once(' ').expect("a place and a word");
        let expected = format!("{place} `{word}` is not evaluated by this release");
        if !got.contains(&expected) {
            wrong.push(format!("`{to}` is not refused as {expected}, but as {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_evaluated_is_not_refused() {
    let program = parse(PLAIN).into_result().expect("a program");
    assert_eq!(unsupported(&program), []);
}

#[test]
fn words_of_the_header_are_refused_by_name() {
    check(
        r#"
        when: product.brand == "Kita" => when: price("p") > 3 => 10:1 price(…)
        lists: { a: [B1] } => lanes: { x: best } => 12:1 lanes
        lists: { a: [B1] } => limits: { per_partner: 3 } => 12:11 per_partner
        lists: { a: [B1] } => limits: { per_partner_period: 3 } => 12:11 per_partner_period
        lists: { a: [B1] } => limits: { budget: { amount: 3 } } => 12:11 budget
        "#,
    );
    let split = PLAIN.replace(
        "program: plain",
        "program: plain\nversion: 2\namends: { from: 2026-08-01, thresholds: split }",
    );
    let program = parse(&split).into_result().expect("a program");
    let refused = unsupported(&program);
    assert_eq!(refused.len(), 1);
    assert!(refused[0].message.starts_with("`thresholds: split`"));
    assert_eq!((refused[0].at.line, refused[0].at.column), (4, 29));
}

#[test]
fn words_of_a_term_are_refused_by_name() {
    check(
        "
        returns: own_date => frequency: { first: 3 } => 16:5 frequency
        returns: own_date => earner: partner.parent => 16:5 earner
        returns: own_date => split: contributors => 16:5 split
        returns: own_date => unit: case => 16:5 unit
        returns: own_date => settle: at_once => 16:5 settle
        returns: own_date => requires: [ { term: b } ] => 16:5 requires
        up_to: 9 }, rate => up_to: 9 }, net_of: [b], rate => 30:69 net_of
        returns: own_date => reward: { points: STAR } => 16:15 reward: points
        returns: own_date => reward: { fund: F } => 16:15 reward: fund
        returns: own_date => payout: { every: month } => 16:15 payout.every
        returns: own_date => payout: { catch_up: end } => 16:15 catch_up: end
        returns: own_date => payout: { every: month, release: evenly } => 16:29 release: evenly
        returns: own_date => accrue: { forecast: plan } => 16:15 forecast
        returns: own_date => periods: { every: on_demand } => 16:16 every: on_demand
        { mode: down => { at: fact, mode: down => 26:17 at: fact
        { mode: down => { at: tier, mode: down => 26:17 at: tier
        limits: { per_award => limits: { per_partner: 3, per_award => 25:15 per_partner
        limits: { per_award => limits: { guarantee: { amount: 3 }, per_award => 25:15 guarantee
        limits: { per_award => limits: { budget: { amount: 3 }, per_award => 25:15 budget
        { rate: 1%, name: all } => { rate: 1%, name: all, ends: 2026-12-31 } => 23:32 ends
        { rate: 1%, name: all } => { rate: 1%, starts: 2026-12-31 } => 23:21 starts
        method: marginal => method: interpolated => 21:5 method: interpolated
        ",
    );
}

#[test]
fn words_of_readings_are_refused_by_name() {
    check(
        r#"
        window: prior_year => window: to_date => 19:67 window: to_date
        window: prior_year => window: program => 19:67 window: program
        window: prior_year => window: 12 months => 19:67 window of a span
        window: prior_year => scope: all => 19:67 scope
        window: prior_year => group_by: none => 19:67 group_by
        window: prior_year => unit: case => 19:67 unit
        window: prior_year => currency: EUR => 19:67 currency
        { total: sum(amount), when: product.family => { total: max(amount), when: product.family => 19:18 max(…)
        measure: sum(quantity) => measure: count_distinct(product.code) => 20:5 count_distinct(…)
        measure: sum(quantity) => measure: min(quantity) => 20:5 min(…)
        measure: sum(quantity) => measure: sum(price("p")) => 20:5 price(…)
        measure: sum(quantity) => measure: { total: sum(quantity), after: 5 } => 20:38 after beside group_by
        measure: sum(quantity) => measure: { total: sum(quantity), up_to: 5 } => 20:38 up_to beside group_by
        after: 5, up_to => after: { facts: 3, total: 5 }, up_to => 30:56 after.facts
        measure: { total: sum(amount), after: 5, up_to: 9 } => measure: { sets: [ { when: product.code == "A", quantity: 2 } ] } => 30:27 sets
        target: 5 => target: plan => 30:79 target from a figure table
        { of: prior_period, minimum => { of: plan, minimum => 28:97 baseline from a figure table
        when_zero: 9 => when_zero: plan => 28:127 when_zero from a figure table
        as: growth } => as: growth, window: prior_year } => 28:61 window beside a comparison
        "#,
    );
}
