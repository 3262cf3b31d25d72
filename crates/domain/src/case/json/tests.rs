use crate::case;

use super::*;

/// What comes of the case below.
const EXPECTED: &str = r#"{
  "case": "shape \"of\" it",
  "snapshots": [
    {
      "as_of": "2026-01-12",
      "awards": [
        {
          "program": "p",
          "version": 1,
          "term": "t",
          "partner": "P1",
          "earner": "P1",
          "period": "2026Q1",
          "group": {
            "line": "x"
          },
          "reward": "money",
          "unit": "USD",
          "amount": "1.01",
          "tier": 1,
          "tier_name": "base",
          "qualifier": "0.116666666667",
          "measure": "100.5",
          "baseline": "90",
          "parts": [
            {
              "version": 1,
              "tier": 1,
              "rate": "0.01",
              "measure": "100.5",
              "amount": "1.005"
            }
          ],
          "lines": [
            {
              "fact": "S1",
              "measure": "100.5",
              "amount": "1.01"
            }
          ],
          "reasons": [
            {
              "code": "tier",
              "text": "growth of 11.6667 % reaches tier 1, base (from 0 %): 1 % of 100.5"
            }
          ]
        }
      ],
      "accruals": [
        {
          "program": "p",
          "term": "t",
          "partner": "P1",
          "group": {
            "line": "x"
          },
          "period": "2026Q1",
          "earned_in": "2026Q1",
          "kind": "base",
          "unit": "USD",
          "amount": "1.01"
        }
      ],
      "payouts": [
        {
          "program": "p",
          "partner": "P1",
          "period": "2026Q1",
          "status": "open",
          "calculated": "1.01",
          "prior_period": "0",
          "adjustments": "0",
          "pending": "0",
          "carried_in": "0",
          "carried_out": "0",
          "unit": "USD",
          "amount": "1.01"
        }
      ],
      "balances": [],
      "lots": [],
      "redemptions": [],
      "takings": [],
      "tiers": [],
      "tier_history": [],
      "benefits": [],
      "vouchers": [],
      "badges": [],
      "promotions": [],
      "sponsors": [],
      "sponsored": [],
      "plays": [],
      "members": [],
      "funds": [],
      "claims": [],
      "stock": [],
      "postings": [],
      "waiting": [
        {
          "key": "S2",
          "reason": "no_rate"
        }
      ],
      "rejections": [
        {
          "key": "S9",
          "reason": "unknown_fact"
        }
      ],
      "what_if": [
        {
          "what_if": "more",
          "program": "p",
          "term": "t",
          "partner": "P1",
          "period": "2026Q1",
          "group": {
            "line": "x"
          },
          "now": "1.01",
          "projected": "2.01",
          "brings": "1",
          "tier": 1
        }
      ]
    }
  ]
}
"#;

#[test]
fn the_shape_of_the_output() {
    let text = r#"
case: "shape \"of\" it"
programs:
  - program: p
    currency: USD
    starts: 2026-01-01
    periods: { every: quarter }
    terms:
      - term: t
        group_by: { line: fact.line }
        qualifier: { total: sum(amount), as: growth }
        measure: sum(amount)
        baseline: { of: prior_year, when_zero: 90 }
        method: all_units
        tiers: [ { from: 0%, rate: 1%, name: { ja: 基本, en: base } } ]
timeline:
  - { on: 2026-01-10, sale: S1, partner: P1, line: x, amount: 100.50 }
  - { on: 2026-01-11, sale: S2, partner: P1, line: x, amount: 10, currency: EUR }
  - { on: 2026-01-12, cancel: S9 }
what_if:
  - { what_if: more, on: 2026-01-12, facts: [ { sale: X, partner: P1, line: x, amount: 100 } ] }
"#;
    let case = case::parse(text).into_result().expect("a case");
    let story = case.run(case.inline_programs().expect("inline")).expect("it runs");
    let got = story.to_json();
    assert_eq!(got, EXPECTED, "{got}");
}

#[test]
fn numbers_are_plain() {
    for (number, text) in [
        ("0.00", "0"),
        ("-0", "0"),
        ("1.500", "1.5"),
        ("-12.50", "-12.5"),
        ("0.3333333333333333333333333333", "0.333333333333"),
        ("0.6666666666666666666666666667", "0.666666666667"),
        ("0.000000000001", "0.000000000001"),
        ("79228162514264337593543950335", "79228162514264337593543950335"),
    ] {
        assert_eq!(plain(number.parse().expect("a number")), text);
    }
}

#[test]
fn texts_are_escaped() {
    let mut text = String::new();
    write_text("a\"\\\n\r\t\u{1}日", &mut text);
    assert_eq!(text, "\"a\\\"\\\\\\n\\r\\t\\u0001日\"");
}
