use super::*;

/// A program in which every key of the language stands where it may.
pub(in crate::program) const WHOLE: &str = r#"
program: fy26-all
version: 2
amends: { from: 2026-08-01, thresholds: whole }
recorded: 2026-07-20
name: { en: All words, ja: 全部の言葉 }
description: Every word once
reference: C-1
url: https://example.com/c-1
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-04-01
ends: 2027-03-31
periods: { every: quarter, fiscal_year_from: april, grace: 5 days, calculate_after: 10 days }
payout: { every: month, catch_up: end, release: evenly, minimum: 100, below_minimum: lapse, negative: claim_back }
accrue: { every: month, rate: 1.5% }
partners:
  - P1
  - { partner: P2, from: 2026-05-01, to: 2026-12-31, ship_to: P2-Osaka, skip: true }
when: fact.channel != "b-stock"
fields: { product.family: text, fact.points_paid: money, partner.buying_group: partner }
lists: { spring-range: [B1, 0012] }
lanes: { spring: best }
rounding: { mode: half_even, at: tier, scale: 1, remainder: first }
returns: own_date
limits: { per_partner_period: 500000, per_partner: { at_least: 1, at_most: 900000 }, budget: { amount: 7, share: in_proportion, per: period } }
terms:
  - term: volume
    name: { en: Volume }
    starts: 2026-05-01
    ends: 2027-02-28
    periods: { every: year }
    payout: { every: quarter, catch_up: each, release: as_earned }
    accrue: { every: month, per_unit: 4 }
    facts: [sale, return]
    when: product.code in list("spring-range") && product.family == "x"
    frequency: { first: 3, per: month }
    returns: with_sale
    earner: partner.parent_or_self
    split: [ { to: partner, share: 65% }, { to: party.distributor, share: 0.35 } ]
    group_by: { brand: product.brand, month: fact.date.month }
    unit: case
    currency: EUR
    qualifier: { total: sum(quantity), when: product.brand == "Kita", scope: partner.buying_group, window: 12 months, group_by: none, unit: piece, currency: USD, as: growth }
    measure: { total: sum(amount - fact.points_paid), unit: case, currency: EUR, after: { facts: 4, total: 300 }, up_to: 9000 }
    baseline: { of: prior_year, minimum: 10, when_zero: prior_period }
    method: all_units
    tiers:
      - { rate: 0.4%, name: base }
      - { brand: Kita, from: 0%, rate: 1%, fixed: 10, up_to: 100, starts: 2026-05-01, ends: 2027-02-28 }
      - { brand: Kita, month: 5, above: 8.5%, per_unit: 2, name: { en: Top } }
    requires: [ { term: base, tier: 2 }, { term: other/base }, { total: count(), when: "true", from: 10 }, { total: sum(amount), as: share, share_of: "true", above: 5% } ]
    net_of: [best, other/base]
    limits: { per_award: { at_least: 20, at_most: 900 }, per_partner_period: 5000, per_partner: 12000, guarantee: { amount: 2600, carry_over: true }, budget: { amount: 70000 } }
    rounding: { at: award }
    settle: at_once
  - { term: base, measure: sum(quantity), per_unit: 3, group_by: fact, lane: spring, reward: { points: STAR, subtype: bonus, expiry: { after: 12 months, since: usable, to: month_end }, escrow: 10 days, promotion: launch, sponsor: { HOTEL: 30% } } }
  - { term: triple, measure: "sum(awarded(\"base\"))", factor: 3, group_by: [fact, fact.order], reward: { points: STAR } }
  - { term: sets, measure: { sets: [ { when: product.code == "A7", quantity: 2 } ], packages_of: 5, count: started }, per_unit: 3, target: plan, reward: { goods: same } }
  - { term: brands, qualifier: { total: count_distinct(product.brand), each: { total: sum(quantity), from: 6 } }, method: highest, tiers: [ { from: 3, fixed: 9 } ], split: contributors, accrue: { forecast: plan } }
  - { term: best, qualifier: max(amount), measure: min(quantity), rate: 1%, earner: P9, baseline: 100 }
  - { term: mix, returns: with_sale, qualifier: { total: sum(amount), as: attainment, window: to_date }, measure: sum(amount), method: excess, target: 100, tiers: [ { from: 90%, rate: 3% } ] }
  - { term: agreed, facts: none, fixed: 100 }
  - { term: outside, external: true }
"#;

fn problems(text: &str) -> String {
    let problems = parse(text).problems;
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_word_of_the_language_reads() {
    let parsed = parse(WHOLE);
    assert_eq!(problems(WHOLE), "");
    let program = parsed.value.expect("a program");
    assert_eq!(program.terms.len(), 9);
}

/// Each line of `cases`: `what is replaced => by what => the problem with its place`.
#[track_caller]
fn check(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = case.split(" => ").collect();
        let [from, to, expected] = parts.as_slice() else { panic!("`{case}`") };
        assert!(WHOLE.contains(from), "`{from}` is not in the text");
        let got = problems(&WHOLE.replacen(from, &to.replace("\\n", "\n"), 1));
        if !got.lines().any(|line| line.starts_with(expected)) {
            wrong.push(format!("`{to}` should say `{expected}`, but says:\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn problems_stand_where_the_word_is() {
    check(
        "
        currency: JPY => currncy: JPY => 10:1: error: unknown key `currncy` in a program, did you mean `currency`?
        fiscal_year_from: april => fiscal_year_from: apri => 14:46: error: `apri` is no word of `fiscal_year_from`, did you mean `april`?
        when: fact.channel != => when: fact.chanel != => 20:12: error: unknown field `fact.chanel`
        && product.family == => && product.famly == => 36:59: error: term `volume`: unknown field `product.famly`
        sum(amount - fact.points_paid) => sum(amount - fact.point_paid) => 45:41: error: term `volume`: unknown field `fact.point_paid`
        grace: 5 days => grace: 5 => 14:60: error: `5` is not a span of days
        { brand: Kita, from: 0%, => { brand: Kita, from: 0%, rte: 1, => 50:34: error: term `volume`: unknown key `rte`
        amends: { from: 2026-08-01 => amends: { from: 2028-08-01 => 4:11: error: `amends.from` is outside the program
        share: 65% => share: 60% => 40:5: error: term `volume`: shares of `split` do not add up
        facts: [sale, return] => facts: [sale, retrn] => 35:19: error: term `volume`: `retrn` is no word
        ",
    );
}

#[test]
fn what_is_no_program_is_said() {
    assert_eq!(
        problems(""),
        "1:1: error: a program is a mapping, not nothing; write `key: value` lines, or `{ key: value }`"
    );
    assert_eq!(
        problems("[a]"),
        "1:1: error: a program is a mapping, not a list; write `key: value` lines, or `{ key: value }`"
    );
    assert!(problems("program: [").contains("error: not YAML: "));
    let bare = problems("program: p");
    for key in ["currency", "starts", "terms"] {
        assert!(bare.contains(&format!("`{key}` is required")), "{bare}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    crate::reader::mutations(WHOLE, 150, |text| {
        if let Some(program) = parse(text).value {
            let shown = crate::program::show(&program);
            let again = parse(&shown).into_result();
            assert!(again.is_ok(), "{again:#?} of\n{shown}");
            let _ = crate::program::unsupported(&program);
        }
    });
}

#[test]
fn every_key_stands_in_the_text_that_reads() {
    use crate::program::keys::{HEADER, Key, Shape};
    fn words(shape: &Shape, out: &mut Vec<&'static str>) {
        match shape {
            Shape::Map(keys) => all(keys, out),
            Shape::OpenMap(keys, others) => {
                all(keys, out);
                words(others, out);
            }
            Shape::ByName(value) | Shape::List(value) => words(value, out),
            Shape::OneOf(shapes) => shapes.iter().for_each(|shape| words(shape, out)),
            _ => {}
        }
    }
    fn all(keys: &[Key], out: &mut Vec<&'static str>) {
        for key in keys.iter().filter(|key| key.word != "tests") {
            out.push(key.word);
            words(&key.shape, out);
        }
    }
    let mut known = Vec::new();
    all(HEADER, &mut known);
    known.sort_unstable();
    known.dedup();
    // A version either corrects or amends; a reward is one of several.
    known
        .retain(|word| !["corrects", "list", "fund", "voucher", "badge", "benefit"].contains(word));
    for word in known {
        let key = format!("{word}:");
        assert!(WHOLE.contains(&key), "`{word}` is in the table, but not in the text of all words");
    }
}
