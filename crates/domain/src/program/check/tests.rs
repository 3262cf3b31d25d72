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

/// Each line: `header lines || term || term => problem`, the problem as it is displayed without
/// its help, or `ok`. Problems must be exactly these; several are divided by `&&&`.
#[track_caller]
fn check(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (words, expected) = case.rsplit_once(" => ").expect("`=>`");
        let mut parts = words.split("||").map(str::trim);
        let head = parts.next().unwrap_or_default();
        let text = text(head, &parts.collect::<Vec<_>>());
        let got: Vec<String> = parse(&text)
            .problems
            .into_iter()
            .map(|problem| {
                assert!(problem.at.line > 0 && problem.at.column > 0);
                format!("{}: {}", problem.severity.word(), problem.message)
            })
            .collect();
        let expected: Vec<String> = expected
            .split(" &&& ")
            .filter(|expected| *expected != "ok")
            .map(|expected| match expected.strip_prefix("warning: ") {
                Some(_) => expected.to_owned(),
                None => format!("error: {expected}"),
            })
            .collect();
        if got != expected {
            wrong.push(format!("{words}\n    expected {expected:#?}\n    got {got:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A term that is right, and where to add to it.
const OK: &str = "term: a, measure: sum(amount), rate: 1%";

#[track_caller]
fn check_term(cases: &str) {
    let cases: Vec<String> = cases
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("|| term: a, {line}"))
        .collect();
    check(&cases.join("\n"));
}

#[test]
fn words_1() {
    check(&format!("|| {OK} => ok"));
    check(
        "
        || trm: a, rate: 1%, measure: sum(amount) => `term` is required &&& unknown key `trm` in a term, did you mean `term`?
        || term: a, rate: 1%, measure: sum(amount), zzzzzzz: 1 => unknown key `zzzzzzz` in a term
        || term: a, rate: 1%, rate: 2%, measure: sum(amount) => duplicate key `rate`
        || term: a, rate: much, measure: sum(amount) => `much` is not a share
        || term: a, rate: [1%], measure: sum(amount) => a list is not a share
        || term: a, per_unit: 1/2, measure: sum(amount) => `1/2` is not a number
        || term: a, per_unit: \"1,000\", measure: sum(amount) => `1,000` is not a number
        || term: a, per_unit: 123456789012345678901234567890, measure: sum(amount) => `123456789012345678901234567890` is not a number
        || term: a, rate: 1%, measure: sum(amount), starts: 2026-13-01 => `2026-13-01` is not a date
        || term: a, rate: 1%, measure: sum(amount), starts: 1.4.2026 => `1.4.2026` is not a date
        periods: { grace: 5 } || term: a, rate: 1%, measure: sum(amount) => `5` is not a span of days
        periods: { grace: 5 weeks } || term: a, rate: 1%, measure: sum(amount) => `5 weeks` is not a span of days
        || term: a, rate: 1%, measure: sum(amount), qualifier: { total: sum(amount), window: 12 } => `12` is not a span
        version: 1.5 || term: a, rate: 1%, measure: sum(amount) => `1.5` is not a whole number
        currency: || term: a, rate: 1%, measure: sum(amount) => nothing is not a currency
        program: || term: a, rate: 1%, measure: sum(amount) => `program` is a text, not nothing
        program: [a] || term: a, rate: 1%, measure: sum(amount) => `program` is a text, not a list
        name: { e?: x } || term: a, rate: 1%, measure: sum(amount) => `e?` is not a language
        time_zone: Europe/Berln || term: a, rate: 1%, measure: sum(amount) => `Europe/Berln` is not a time zone
        periods: { every: qarter } || term: a, rate: 1%, measure: sum(amount) => `qarter` is no word of `every`, did you mean `quarter`?
        fields: { customer.x: text } || term: a, rate: 1%, measure: sum(amount) => `customer.x` is not a field that can be declared
        fields: { partner.level: number } || term: a, rate: 1%, measure: sum(amount) => `partner.level` is built in
        program: a/b || term: a, rate: 1%, measure: sum(amount) => `a/b` has a stroke, which divides a program from its term
        payout: { minimum: -1 } || term: a, rate: 1%, measure: sum(amount) => `minimum` is below zero
        || term: a, rate: 1%, measure: sum(amount), limits: { per_award: -1 } => `per_award` is below zero
        fields: { fact.x: texts } || term: a, rate: 1%, measure: sum(amount) => `texts` is no word of `fact.x`, did you mean `text`?
        tests: { test: x } || term: a, rate: 1%, measure: sum(amount) => `tests` is a list, not a mapping
        tests: [ { test: x, expect: [ { awards: p, amuont: 1 } ] } ] || term: a, rate: 1%, measure: sum(amount) => unknown key `amuont` in a line of `awards`, did you mean `amount`?
        limits: { per_award: 3 } || term: a, rate: 1%, measure: sum(amount) => `per_award` limits a term, not a program
        || term: a, rate: 1%, measure: sum(amount), payout: { minimum: 3 } => `minimum` is said of the whole program's payouts
        || term: a, rate: 1%, measure: sum(amount), limits: { per_award: {} } => `per_award` is empty
        || term: a, rate: 1%, measure: sum(amount), reward: { points: S, expiry: never } => `expiry` of a reward is not evaluated by this release
        || term: a, rate: 1%, measure: sum(amount), reward: { point: S } => `reward` says not in what it pays &&& unknown key `point` in `reward`, did you mean `points`?
        || term: a, rate: 1%, measure: sum(amount), accrue: { rate: 1%, per_unit: 3 } => `accrue` has both `rate` and `per_unit`
        accrue: { every: month, rate: x } || term: a, rate: 1%, measure: sum(amount) => `x` is not a share
        version: 2 || term: a, rate: 1%, measure: sum(amount) => version 2 does not say what it does to the one before
        corrects: 1 || term: a, rate: 1%, measure: sum(amount) => version 1 cannot have `corrects`: there is no version before it
        version: 2 | corrects: 1 | amends: { from: 2026-08-01 } || term: a, rate: 1%, measure: sum(amount) => a version has `corrects` or `amends`, not both
        || term: a, rate: 3, measure: sum(amount) => warning: `rate: 3` is 3 times the measure
        ",
    );
}

#[test]
fn conditions_2() {
    check_term(
        "
        rate: 1%, measure: sum(amount), when: product.color == \"x\" => unknown field `product.color`
        rate: 1%, measure: sum(amount), when: partner.country == 3 => `partner.country` is text and is compared with a number
        rate: 1%, measure: sum(amount), when: sum(amount) > 3 => a total such as `sum(…)` stands only in `total`
        rate: 1%, measure: sum(product.brand) => a number is needed here, but `product.brand` is text
        rate: 1%, measure: sum(amount), when: fact.quantity > 1234567890123456 => `1234567890123456` has more than 15 digits
        rate: 1%, measure: sum(amount), when: foo(amount) > 3 => unknown function `foo`
        rate: 1%, measure: amount => `amount` is not a total
        rate: 1%, measure: sum(amount) + sum(quantity) => `sum(amount) + sum(quantity)` is not a total
        rate: 1%, measure: summ(amount) => `summ(amount)` is not a total, did you mean `sum(…)`?
        rate: 1%, measure: count(amount) => `count()` takes nothing between its parentheses
        rate: 1%, measure: sum(amount), earner: partner.country => `partner.country` does not lead to a partner
        ",
    );
    check(
        "
        partners: fact.channel == \"x\" || term: a, rate: 1%, measure: sum(amount) => `partners` asks about `fact.channel`, but says who can earn
        partners: partner.country == \"JP\" || term: a, rate: 1%, measure: sum(amount) => ok
        ",
    );
}

#[test]
fn names_3() {
    check(
        "
        currency: EUU || term: a, rate: 1%, measure: sum(amount) => unknown currency `EUU`
        || term: a, rate: 1%, measure: sum(amount), currency: YEN => unknown currency `YEN`
        || term: a, rate: 1%, measure: sum(amount), lane: x => unknown lane `x`
        ",
    );
}

#[test]
fn days_and_periods_4() {
    check(
        "
        ends: 2026-03-01 || term: a, rate: 1%, measure: sum(amount) => `ends` is before `starts`
        || term: a, rate: 1%, measure: sum(amount), starts: 2026-06-01, ends: 2026-05-01 => `ends` is before `starts`
        || term: a, rate: 1%, measure: sum(amount), starts: 2026-03-01 => `starts` of the term is outside the program
        periods: { every: custom } || term: a, rate: 1%, measure: sum(amount) => `every: custom` has no `list` of periods
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: y, from: 2026-08-31, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => custom periods overlap: `y` begins before `x` has ended
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: y, from: 2026-09-02, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => custom periods leave a gap between `x` and `y`
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: x, from: 2026-09-01, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => two periods are named `x`
        periods: { every: custom, list: [ { period: x, from: 2026-04-02, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => warning: days of the program lie in no custom period
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => ok
        periods: { every: month, list: [ { period: x, from: 2026-04-01, to: 2027-03-31 } ] } || term: a, rate: 1%, measure: sum(amount) => `list` names periods, but `every` is not `custom`
        periods: { every: quarter, fiscal_year_from: april } | payout: { every: year } || term: a, rate: 1%, measure: sum(amount) => payout periods are longer than the qualifying ones or do not fit
        periods: { every: quarter, fiscal_year_from: april } | accrue: { every: half } || term: a, rate: 1%, measure: sum(amount) => accounting periods are longer than the qualifying ones or do not fit
        periods: { every: half, fiscal_year_from: april } | accrue: { every: month } || term: a, rate: 1%, measure: sum(amount) => ok
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: y, from: 2026-09-01, to: 2027-03-31 } ] } | accrue: { every: month } || term: a, rate: 1%, measure: sum(amount) => ok
        periods: { every: custom, list: [ { period: x, from: 2026-04-01, to: 2026-08-31 }, { period: y, from: 2026-09-01, to: 2027-03-31 } ] } | accrue: { every: quarter } || term: a, rate: 1%, measure: sum(amount) => accounting periods are longer than the qualifying ones or do not fit
        version: 2 | amends: { from: 2028-01-01 } || term: a, rate: 1%, measure: sum(amount) => `amends.from` is outside the program: 2028-01-01
        version: 2 | corrects: 2 || term: a, rate: 1%, measure: sum(amount) => `corrects` a version that is not there: 2
        || term: a, rate: 1%, measure: sum(amount) || term: a, rate: 1%, measure: sum(amount) => two terms with one code: `a`
        partners: [ P1, { partner: P1, from: 2026-05-01 } ] || term: a, rate: 1%, measure: sum(amount) => partner `P1` is enrolled twice on the same days
        partners: [ { partner: P1, to: 2026-04-30 }, { partner: P1, from: 2026-05-01 } ] || term: a, rate: 1%, measure: sum(amount) => ok
        partners: [ { partner: P1, from: 2026-05-02, to: 2026-05-01 } ] || term: a, rate: 1%, measure: sum(amount) => `to` is before `from`
        ",
    );
}

#[test]
fn tiers_5() {
    check_term(
        "
        measure: sum(amount), tiers: [ { from: 0, rate: 1% } ] => `method` is missing
        method: all_units, qualifier: sum(amount), tiers: [ { from: 1, fixed: 1 } ] => rows with only `fixed` need `highest`, `sum_of_reached` or `interpolated`
        method: highest, measure: sum(amount), tiers: [ { from: 1, rate: 1% } ] => `highest` with a rate
        method: all_units, measure: sum(amount), tiers: [ { from: 60, rate: 1% }, { from: 40, rate: 2% } ] => thresholds do not ascend: `from: 40` after `from: 60`
        method: all_units, measure: sum(amount), tiers: [ { above: 60, rate: 1% }, { from: 60, rate: 2% } ] => thresholds do not ascend: `from: 60` after `above: 60`
        method: all_units, measure: sum(amount), tiers: [ { from: 60, rate: 1% }, { above: 60, rate: 2% } ] => ok
        method: all_units, measure: sum(amount), tiers: [ { from: 60, rate: 1% }, { from: 60.0, rate: 2% } ] => two rows open at the same threshold, `from: 60.0`
        method: all_units, measure: sum(amount), tiers: [ { from: 60, rate: 1% }, { rate: 2% } ] => thresholds do not ascend: no threshold after `from: 60`
        method: all_units, measure: sum(amount), tiers: [ { from: 1, above: 1, rate: 1% } ] => `from` and `above` stand together
        method: all_units, measure: sum(amount), tiers: [ { from: 1, rate: 1%, per_unit: 3 } ] => the row has both `rate` and `per_unit`
        method: all_units, measure: sum(amount), tiers: [ { from: 1, per_unit: 3, factor: 3 } ] => the row has both `per_unit` and `factor`
        method: all_units, measure: sum(amount), tiers: [ { from: 1 } ] => the row pays nothing
        method: all_units, measure: sum(amount), tiers: [] => `tiers` is empty
        method: all_units, measure: sum(amount), tiers: [ { form: 1, rate: 1% } ] => unknown key `form` in a row of `tiers`, did you mean `from`?
        measure: sum(amount), rate: 1%, per_unit: 2 => the term has both `rate` and `per_unit`
        measure: sum(amount), rate: 1%, method: all_units, tiers: [ { rate: 1% } ] => `rate` stands beside `tiers`
        measure: sum(amount) => `tiers` is required
        ",
    );
}

#[test]
fn comparisons_6() {
    check_term(
        "
        measure: sum(amount), method: all_units, tiers: [ { from: 8%, rate: 1% } ] => `8%` is in %, but the qualifier is no ratio
        measure: sum(amount), baseline: prior_year, qualifier: { total: sum(amount), as: growth }, method: all_units, tiers: [ { from: 8, rate: 1% } ] => `8` is not in %, but the qualifier is
        measure: sum(amount), baseline: prior_year, qualifier: { total: sum(amount), as: growth }, method: all_units, tiers: [ { from: 8%, rate: 1% } ] => ok
        measure: sum(amount), qualifier: { total: sum(amount), as: growth }, method: all_units, tiers: [ { from: 8%, rate: 1% } ] => `as: growth` without `baseline`
        measure: sum(amount), qualifier: { total: sum(amount), as: increase }, method: all_units, tiers: [ { from: 8, rate: 1% } ] => `as: increase` without `baseline`
        measure: sum(amount), qualifier: { total: sum(amount), as: attainment }, method: all_units, tiers: [ { from: 8%, rate: 1% } ] => `as: attainment` without `target`
        measure: sum(amount), rate: 1%, baseline: 5, target: 5 => the term has both `baseline` and `target`
        measure: sum(amount), rate: 1%, qualifier: { total: sum(amount), share_of: \"true\" } => `share_of` without `as: share`
        measure: sum(amount), rate: 1%, qualifier: { total: sum(amount), as: share } => `share_of` is required with `as: share`
        measure: sum(quantity), qualifier: { total: sum(amount), as: growth }, baseline: 500, method: excess, tiers: [ { from: 8%, rate: 1% } ] => a fixed `baseline` for two different totals: the qualifier's and the measure's
        measure: sum(quantity), qualifier: { total: sum(amount), as: growth }, baseline: prior_year, method: excess, tiers: [ { from: 8%, rate: 1% } ] => ok
        measure: sum(amount), rate: 1%, baseline: prior_period => `prior_period` in a program of one period
        measure: sum(amount), rate: 1%, qualifier: { total: sum(amount), window: prior_period } => `prior_period` in a program of one period
        measure: sum(amount), rate: 1%, baseline: { of: prior_year, when_zero: prior_period } => `prior_period` in a program of one period
        measure: sum(amount), rate: 1%, baseline: 5% => `5%` of `baseline` is a share, not a number
        ",
    );
}

#[test]
fn readings_7() {
    check_term(
        "
        measure: sum(amount), qualifier: sum(quantity), method: excess, tiers: [ { from: 5, rate: 1% } ] => `excess` compares a measure with a threshold of another total
        measure: sum(amount), method: excess, rate: 1% => `excess` has nothing to exceed
        measure: sum(amount), method: excess, rate: 1%, target: 5 => ok
        qualifier: sum(amount), rate: 1% => `measure` is missing though a row has a rate
        method: highest, tiers: [ { from: 5, fixed: 1 } ] => `qualifier` is missing though a fixed row has a threshold
        fixed: 10 => ok
        measure: { total: sum(amount), packages_of: 3 }, method: marginal, tiers: [ { per_unit: 1 } ] => `packages_of` with `marginal`
        measure: sum(amount), method: marginal, tiers: [ { rate: 1%, up_to: 3 } ] => `up_to` in a row with `marginal`
        measure: { total: sum(amount), packages_of: 0 }, per_unit: 1 => `packages_of` is not above zero
        measure: { total: sum(amount), after: 5, up_to: 5 }, rate: 1% => `after` is not below `up_to`
        measure: { total: sum(amount), count: started }, rate: 1% => `count` without `packages_of`
        measure: { unit: case }, rate: 1% => `total` is required
        measure: { total: count(), sets: [] }, rate: 1% => a reading has `total` or `sets`, not both
        measure: { window: period, total: count() }, rate: 1% => unknown key `window` in a measure
        measure: sum(amount), factor: 3 => `factor` without `awarded(…)`
        facts: none, measure: sum(amount), rate: 1% => `facts: none` with `measure`
        facts: none, qualifier: sum(amount), fixed: 1 => `facts: none` with `qualifier`
        facts: none, group_by: fact, fixed: 1 => `facts: none` with `group_by`
        facts: none, fixed: 1 => ok
        facts: [sales], measure: sum(amount), rate: 1% => `sales` is no word of `facts`, did you mean `sale`?
        ",
    );
}

#[test]
fn groups_8() {
    check_term(
        "
        measure: sum(amount), method: all_units, tiers: [ { colour: red, rate: 1% } ] => the row names the dimension `colour`, which `group_by` lacks
        measure: sum(amount), rate: 1%, group_by: product.name => a dimension is named like a key of a row: `name`
        measure: sum(amount), rate: 1%, group_by: [product.code, partner.code] => two groups are named `code`
        measure: sum(amount), group_by: [product.brand, fact.channel], method: all_units, tiers: [ { brand: K, rate: 1% }, { channel: web, rate: 2% } ] => two tables fit the group { brand: K, channel: web } equally well
        measure: sum(amount), group_by: [product.brand, fact.channel], method: all_units, tiers: [ { brand: K, rate: 1% }, { channel: web, rate: 2% }, { brand: K, channel: web, rate: 3% } ] => ok
        measure: sum(amount), group_by: [product.brand, fact.channel], method: all_units, tiers: [ { brand: K, rate: 1% }, { brand: L, rate: 2% } ] => ok
        measure: sum(amount), rate: 1%, group_by: product.brand, qualifier: { total: sum(amount), group_by: fact } => `fact` stands in the `group_by` of a reading
        measure: sum(amount), rate: 1%, group_by: product.brand, qualifier: { total: sum(amount), group_by: category } => `category` is no name of the term's `group_by`
        ",
    );
    check(
        "
        lanes: { x: best } || term: a, lane: x, measure: sum(amount), rate: 1% || term: b, lane: x, measure: sum(amount), rate: 1%, group_by: fact => terms of a lane with different `group_by` or rewards: `a`
        lanes: { x: best } || term: a, lane: x, measure: sum(amount), rate: 1% || term: b, lane: x, measure: sum(amount), rate: 1%, reward: { points: S } => terms of a lane with different `group_by` or rewards: `a`
        ",
    );
}

#[test]
fn other_terms_9() {
    check(
        "
        || term: a, measure: sum(quantity), rate: 1%, net_of: [b] || term: b, measure: sum(amount), rate: 1% => `net_of` with a measure that is not money
        || term: a, measure: sum(amount), rate: 1%, net_of: [b] || term: b, measure: sum(amount), rate: 1%, reward: { points: S } => `net_of` of `b`, which does not pay money
        || term: a, measure: sum(amount), rate: 1%, net_of: [b] || term: b, measure: sum(amount), rate: 1%, requires: [ { term: a } ] => `requires`, `net_of`, `awarded` form a circle: a → b → a
        || term: a, measure: sum(awarded(\"a\")), factor: 3 => `requires`, `net_of`, `awarded` form a circle: a → a
        || term: a, measure: sum(amount), rate: 1%, requires: [ { term: volme } ] || term: volume, measure: sum(amount), rate: 1% => unknown term `volme`
        || term: a, measure: sum(amount), rate: 1%, net_of: [ other/base ] => ok
        || term: a, measure: sum(amount), rate: 1%, requires: [ { term: b, from: 3 } ] || term: b, measure: sum(amount), rate: 1% => `from` stands beside `term` in a requirement
        || term: a, measure: sum(amount), rate: 1%, requires: [ { total: sum(amount) } ] => a requirement needs a threshold
        ",
    );
}

#[test]
fn limits_10() {
    check_term(
        "
        measure: sum(amount), rate: 1%, split: [ { to: partner, share: 60% }, { to: P2, share: 30% } ] => shares of `split` do not add up to 100 %, but to 90 %
        measure: sum(amount), rate: 1%, limits: { per_award: { at_least: 5, at_most: 3 } } => `at_least` is above `at_most`
        measure: sum(amount), rate: 1%, limits: { guarantee: { amount: 5 }, per_partner_period: 3 } => the guarantee is above `per_partner_period`
        external: true, rate: 1% => `external` with rows
        measure: sum(amount), rate: 1%, payout: { release: evenly } => `release: evenly` without shorter payouts
        external: true => ok
        ",
    );
    check(
        "limits: { per_partner: { at_least: 5, at_most: 3 } } || term: a, rate: 1%, measure: sum(amount) => `at_least` is above `at_most`",
    );
}

#[test]
fn warnings() {
    check_term(
        "
        measure: sum(amount), method: all_units, tiers: [ { rate: 1%, starts: 2026-05-01 } ] => warning: rows leave days of the period uncovered, from 2026-04-01
        measure: sum(amount), method: all_units, tiers: [ { rate: 1%, ends: 2026-04-30 }, { rate: 2%, starts: 2026-05-02 } ] => warning: rows leave days of the period uncovered, from 2026-05-01
        measure: sum(amount), method: all_units, tiers: [ { rate: 1%, ends: 2026-04-30 }, { rate: 2%, starts: 2026-05-01 } ] => ok
        measure: sum(amount), method: all_units, tiers: [ { rate: 1% }, { from: 5, rate: 2%, starts: 2028-05-01 } ] => warning: a row that nothing can reach: its days lie outside the term's
        measure: sum(amount), qualifier: { total: sum(amount), as: share, share_of: \"true\" }, method: all_units, tiers: [ { from: 101%, rate: 2% } ] => warning: a row that nothing can reach: a share of more than 100 % does not exist
        measure: sum(amount), rate: 1%, returns: ignored => warning: `returns: ignored`: goods that come back keep their reward
        measure: sum(amount), rate: 1%, returns: own_date, qualifier: { total: sum(amount), window: to_date } => warning: `window: to_date` with returns on their own date
        measure: sum(amount), rate: 1%, limits: { budget: { amount: 5 } } => warning: `first_come` among awards of one period is decided by partner code
        measure: sum(amount), rate: 1%, limits: { budget: { amount: 5, share: in_proportion } } => ok
        measure: sum(amount), periods: { every: year }, method: all_units, tiers: [ { from: 5, rate: 1% } ] => warning: a period cut by the program's days keeps full thresholds
        measure: sum(amount), periods: { every: year, fiscal_year_from: april }, method: all_units, tiers: [ { from: 5, rate: 1% } ] => ok
        ",
    );
    check(
        "version: 2 | amends: { from: 2026-08-01, thresholds: split } || term: a, fixed: 5 => warning: `thresholds: split` with `highest` splits fixed amounts by days",
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

#[test]
fn names_3_that_only_an_installation_knows() {
    let text = text(
        "partners: [P1, P2] | lists: { own: [B1] }",
        &[
            "term: a, measure: sum(price(\"lst\")), rate: 1%, unit: cas, earner: P3, \
             when: product.code in list(\"own\") && product.code in list(\"sprng\"), target: pln, \
             reward: { points: STRA }, net_of: [], accrue: { forecast: plan }",
            "term: b, measure: sum(amount), rate: 1%, net_of: [other/bse], reward: { fund: F2 }",
        ],
    );
    let program = parse(&text).into_result().unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(crate::program::check(&program, &Known::default()), []);
    let names = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let known = Known {
        partners: names(&["P1", "P3"]),
        lists: names(&["spring"]),
        figures: names(&["plan"]),
        price_lists: names(&["list"]),
        units: names(&["case"]),
        point_currencies: names(&["STAR"]),
        funds: names(&["F1"]),
        terms: names(&["other/base"]),
    };
    let got: Vec<String> =
        crate::program::check(&program, &known).into_iter().map(|p| p.message).collect();
    assert_eq!(
        got,
        [
            "unknown partner `P2`",
            "unknown product list `sprng`",
            "unknown unit `cas`",
            "unknown price list `lst`",
            "unknown figure table `pln`",
            "unknown point currency `STRA`",
            "unknown fund `F2`",
            "unknown term `other/bse`",
        ]
    );
}

#[test]
fn what_a_word_cannot_hold() {
    check(
        "
        version: 0 || term: a, measure: sum(amount), rate: 1% => versions count from 1
        || term: \" x\", measure: sum(amount), rate: 1% => ` x` is not a code
        || term: a, measure: sum(amount), rate: 1%, frequency: { first: 0, per: month } => `first: 0` counts nothing
        || term: a, measure: sum(amount), rate: 1%, facts: [] => `facts` is empty
        || term: a, measure: sum(amount), rate: 1%, reward: { points: STAR, goods: same } => a term pays in one reward
        || term: a, measure: { total: sum(amount), after: {} }, rate: 1% => `after` is empty
        || term: a, measure: { sets: [] }, rate: 1% => `sets` is empty
        || term: a, measure: { sets: [ { when: \"true\", quantity: 0 } ] }, per_unit: 1 => `quantity` of a set is not above zero
        || term: a, measure: sum(amount), qualifier: { total: count_distinct(product.brand), each: { total: sum(quantity) } }, method: all_units, tiers: [ { from: 3, rate: 1% } ] => `each` says not what to reach
        || term: a, measure: sum(amount), qualifier: { total: count_distinct(product.brand), each: { total: sum(quantity), from: 1, share: 4% } }, method: all_units, tiers: [ { from: 3, rate: 1% } ] => `each` has both `from` and `share`
        || term: a, measure: sum(amount), qualifier: { total: sum(amount), each: { total: sum(quantity), from: 1 } }, method: all_units, tiers: [ { from: 3, rate: 1% } ] => `each` needs a total of `count_distinct(…)`
        || term: b, measure: sum(amount), rate: 1% || term: a, measure: sum(amount), rate: 1%, requires: [ { term: b, tier: 0 } ] => tiers count from 1
        || term: a, measure: sum(amount), rate: 1%, requires: [ { total: sum(amount), from: 1, tier: 2 } ] => `tier` without `term`
        || term: a, measure: sum(amount), method: all_units, tiers: [ { rate: 1%, starts: 2026-05-02, ends: 2026-05-01 } ] => `ends` of the row is before `starts`
        ",
    );
    let empty = parse("program: p\ncurrency: JPY\nstarts: 2026-04-01\nterms: []\n").problems;
    assert_eq!(empty.first().map(|it| it.message.as_str()), Some("`terms` is empty"));
    let none = parse("program: p\ncurrency: JPY\nstarts: 2026-04-01\n").problems;
    assert_eq!(none.first().map(|it| it.message.as_str()), Some("`terms` is required"));
}
