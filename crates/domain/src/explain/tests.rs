use super::*;
use crate::case::telling::{case_of, told};

/// One term and what one partner bought, and the sentences in English and Japanese.
#[track_caller]
fn check(term: &str, timeline: &str, expected: &str) {
    let snapshot = told(&case_of("", term, timeline));
    let line = snapshot.awards.first().expect("an award");
    let context = line.context();
    let mut got = Vec::new();
    for reason in &line.award.reasons {
        got.push(reason.text(Lang::En, &context));
        got.push(reason.text(Lang::Ja, &context));
    }
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(got, expected, "got\n{}", got.join("\n"));
}

const BOUGHT: &str = "01-10 sale: S1, partner: P1, quantity: 100, amount: 1000000";

#[test]
fn the_tier_reached() {
    check(
        "qualifier: sum(quantity)\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1% }, { from: 100, rate: 2% } ]",
        BOUGHT,
        "
        100 pieces reach tier 2 (from 100): 2 % of 1,000,000
        100個で第2段階（100以上）に到達：1,000,000の2%
        ",
    );
    check(
        "measure: sum(amount)\nmethod: marginal\ntiers: [ { rate: 1% }, { above: 900000, rate: 2.5%, name: { en: gold, ja: 金 } } ]",
        BOUGHT,
        "
        1,000,000 USD reach tier 2, gold (above 900,000): 1 % of 900,000 + 2.5 % of 100,000
        1,000,000 USDで第2段階「金」（900,000超）に到達：900,000の1%＋100,000の2.5%
        ",
    );
    check(
        "measure: sum(quantity)\nper_unit: 2",
        BOUGHT,
        "
        2 for each of 100
        100につき1単位2
        ",
    );
    check(
        "qualifier: count()\nmethod: highest\ntiers: [ { from: 1, fixed: 500 } ]",
        BOUGHT,
        "
        1 line reaches tier 1 (from 1): 500 fixed
        1件で第1段階（1以上）に到達：定額500
        ",
    );
}

#[test]
fn no_tier_and_no_baseline() {
    check(
        "measure: sum(amount)\nmethod: all_units\ntiers: [ { from: 1000000.01, rate: 2% } ]",
        BOUGHT,
        "
        1,000,000 USD reach no tier; the first one opens at 1,000,000.01 USD
        1,000,000 USDではどの段階にも届きません（最初の段階は1,000,000.01 USDから）
        ",
    );
    let growth = "qualifier: { total: sum(amount), as: growth }\nmeasure: sum(amount)\nbaseline: { of: prior_year, minimum: 1000 }\nmethod: all_units\ntiers: [ { from: 10%, rate: 2% } ]";
    check(
        growth,
        BOUGHT,
        "
        the baseline of 0 USD is below the minimum of 1,000 USD
        基準の実績0 USDは最低条件1,000 USDに届きません
        ",
    );
    let grown = format!("{BOUGHT}\n2025-01-10 sale: S0, partner: P1, quantity: 1, amount: 980000");
    check(
        growth,
        &grown,
        "
        growth of 2.0408 % reaches no tier; the first one opens at growth of 10 %
        伸び率2.0408%ではどの段階にも届きません（最初の段階は伸び率10%から）
        ",
    );
    check(
        &growth.replace(", minimum: 1000", ""),
        BOUGHT,
        "
        there is no baseline above zero to compare with
        比較の基準となる実績がありません
        ",
    );
}

#[test]
fn what_was_cut_and_lifted() {
    check(
        "measure: { total: sum(amount), up_to: 1000 }\nrate: 50%\nlimits: { per_award: 400, per_partner_period: { at_least: 450 } }",
        BOUGHT,
        "
        999,000 lies above what is rated at most and is left out
        上限を超える999,000を除きました
        50 % of 1,000
        1,000の50%
        500 USD is cut to the most of 400 USD
        500 USDを上限400 USDに抑えました
        400 USD is lifted to the least for a partner and period of 450 USD
        400 USDをパートナー・期間ごとの下限450 USDに引き上げました
        ",
    );
    check(
        "measure: { total: sum(amount), after: 2000000 }\nrate: 50%",
        BOUGHT,
        "
        1,000,000 lies outside what is rated and is left out
        計算対象に入らない1,000,000を除きました
        tier 1 pays nothing on it
        支払い対象はありません
        ",
    );
}

#[test]
fn numbers_for_people() {
    for (number, text) in [
        ("0", "0"),
        ("-0.00", "0"),
        ("999", "999"),
        ("1000", "1,000"),
        ("-1234567.8900", "-1,234,567.89"),
        ("0.1234567", "0.123457"),
        ("79228162514264337593543950335", "79,228,162,514,264,337,593,543,950,335"),
    ] {
        assert_eq!(super::number(number.parse().expect("a number")), text);
    }
}

#[test]
fn what_is_required_is_named_with_how_far_it_is() {
    check(
        "requires: [ { total: sum(quantity), from: 120 } ]\nmeasure: sum(amount)\nrate: 2%",
        BOUGHT,
        "
        required is at least 120 for sum(quantity), which is 100
        sum(quantity)が100で、条件の120以上に届いていません
        ",
    );
}

#[test]
fn a_budget_says_whose_it_is_and_how_much_there_is() {
    check(
        "measure: sum(amount)\nrate: 2%\nlimits: { budget: { amount: 15000 } }",
        BOUGHT,
        "
        2 % of 1,000,000
        1,000,000の2%
        the term's budget of 15,000 USD leaves 15,000 USD of 20,000 USD
        条項の予算15,000 USDの残りにより20,000 USDのうち15,000 USDとなりました
        ",
    );
}

#[test]
fn a_group_without_a_row_is_named() {
    check(
        "group_by: { brand: product.brand }\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { brand: Kita, rate: 2% } ]",
        "01-10 sale: S1, partner: P1, product: B1, quantity: 1, amount: 100",
        "
        no row of the tier table is for brand: –
        brand：–に当たる段階がありません
        ",
    );
}
