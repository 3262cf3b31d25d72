use std::fmt::Write;

use crate::case::telling::{award_text, case_of, told};

/// One row each: what was bought `->` the award. Numbers are amounts, `q10` a quantity, `y90` an
/// amount of the year before, `n5` a return of 5 that names no sale.
#[track_caller]
fn check(term: &str, rows: &str) {
    check_in("", term, rows);
}

#[track_caller]
fn check_in(header: &str, term: &str, rows: &str) {
    let rows: Vec<&str> = rows.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    let mut timeline = String::new();
    for (partner, row) in rows.iter().enumerate() {
        let (bought, _) = row.split_once("->").expect("`->`");
        for (at, word) in bought.split_whitespace().enumerate() {
            let (day, kind, said) = match word.split_at(1) {
                ("y", amount) => ("2025-01-10", "sale", format!("amount: {amount}, quantity: 0")),
                ("n", amount) => ("01-20", "return", format!("amount: {amount}, quantity: 0")),
                ("q", both) => match both.split_once('=') {
                    None => ("01-10", "sale", format!("quantity: {both}, amount: 0")),
                    Some((quantity, amount)) => {
                        ("01-10", "sale", format!("quantity: {quantity}, amount: {amount}"))
                    }
                },
                _ => ("01-10", "sale", format!("amount: {word}, quantity: 0")),
            };
            let line = format!("{day} {kind}: F{partner}-{at}, partner: P{partner}, {said}");
            let _ = writeln!(timeline, "{line}");
        }
    }
    let snapshot = told(&case_of(header, term, &timeline));
    for (partner, row) in rows.iter().enumerate() {
        let (_, expected) = row.split_once("->").expect("`->`");
        let award =
            snapshot.awards.iter().find(|line| line.partner.as_str() == format!("P{partner}"));
        let got = award.map_or("none".to_owned(), award_text);
        assert_eq!(got, expected.trim(), "in row `{row}`");
    }
}

const BANDS: &str =
    "tiers: [ { from: 0, rate: 1% }, { from: 50000, rate: 2% }, { from: 100000, rate: 3% } ]";

#[test]
fn the_tier_reached_rates_everything() {
    check(
        &format!("measure: sum(amount)\nmethod: all_units\n{BANDS}"),
        "
        0        -> 0 tier 1
        49999.99 -> 500 tier 1
        50000    -> 1000 tier 2
        99999.99 -> 2000 tier 2
        100000   -> 3000 tier 3
        120000   -> 3600 tier 3
        n5       -> 0 no_tier
        10000 n5000 -> 50 tier 1
        50000 n0.01 -> 500 tier 1
        ",
    );
}

#[test]
fn each_band_rates_its_slice() {
    check(
        &format!("measure: sum(amount)\nmethod: marginal\n{BANDS}"),
        "
        49999.99 -> 500 tier 1
        50000    -> 500 tier 2
        50000.50 -> 500.01 tier 2
        100000   -> 1500 tier 3
        120000   -> 2100 tier 3
        n5       -> 0 no_tier
        ",
    );
}

#[test]
fn every_tier_reached_rates_everything() {
    check(
        &format!("measure: sum(amount)\nmethod: stacked\n{BANDS}"),
        "
        40000  -> 400 tier 1
        50000  -> 1500 tier 2
        120000 -> 7200 tier 3
        ",
    );
}

#[test]
fn only_what_lies_above_is_rated() {
    check(
        "measure: sum(amount)\nmethod: excess\ntiers: [ { from: 1000, rate: 10% }, { above: 5000, rate: 20% } ]",
        "
        999  -> 0 no_tier
        1000 -> 0 tier 1
        1500 -> 50 tier 1
        5000 -> 400 tier 1
        5001 -> 0.2 tier 2
        ",
    );
    check(
        "measure: sum(amount)\ntarget: 2000\nmethod: excess\ntiers: [ { from: 1000, rate: 10% }, { from: 2500, rate: 20% } ]",
        "
        1500 -> 0 tier 1
        2100 -> 10 tier 1
        3000 -> 200 tier 2
        ",
    );
}

#[test]
fn fixed_amounts() {
    let rows = "tiers: [ { from: 100, fixed: 500 }, { above: 250, fixed: 1500 } ]";
    check(
        &format!("qualifier: sum(quantity)\nmethod: highest\n{rows}"),
        "
        q99  -> 0 no_tier
        q100 -> 500 tier 1
        q250 -> 500 tier 1
        q251 -> 1500 tier 2
        ",
    );
    check(
        &format!("qualifier: sum(quantity)\nmethod: sum_of_reached\n{rows}"),
        "
        q99  -> 0 no_tier
        q100 -> 500 tier 1
        q251 -> 2000 tier 2
        ",
    );
}

#[test]
fn a_fixed_amount_beside_a_rate() {
    let rows = "tiers: [ { from: 0, rate: 1%, fixed: 10 }, { from: 1000, rate: 2%, fixed: 20 } ]";
    for (method, expected) in [
        ("all_units", "0 -> 10 tier 1\n 500 -> 15 tier 1\n 1000 -> 40 tier 2"),
        ("marginal", "500 -> 15 tier 1\n 1000 -> 40 tier 2\n 1100 -> 42 tier 2"),
        ("stacked", "500 -> 15 tier 1\n 1000 -> 60 tier 2"),
        ("excess", "500 -> 15 tier 1\n 1100 -> 22 tier 2"),
    ] {
        check(&format!("measure: sum(amount)\nmethod: {method}\n{rows}"), expected);
    }
}

#[test]
fn an_amount_for_each_unit() {
    check(
        "measure: sum(quantity)\nmethod: marginal\ntiers: [ { per_unit: 2 }, { above: 200, per_unit: 5 } ]",
        "
        q200   -> 400 tier 1
        q200.5 -> 402.5 tier 2
        q300   -> 900 tier 2
        ",
    );
}

#[test]
fn slices_of_another_total_are_spread() {
    // Half of the axis lies in each band, so half of the money does.
    check(
        "qualifier: sum(quantity)\nmeasure: sum(amount)\nmethod: marginal\ntiers: [ { from: 0, rate: 1% }, { from: 100, rate: 2% } ]",
        "
        q50=1000  -> 10 tier 1
        q200=1000 -> 15 tier 2
        q300=900  -> 15 tier 2
        ",
    );
}

#[test]
fn below_zero_only_a_row_without_a_threshold_pays() {
    let always = "tiers: [ { rate: 1% }, { from: 1000, rate: 2% } ]";
    check(&format!("measure: sum(amount)\nmethod: all_units\n{always}"), "n500 -> -5 tier 1");
    check(&format!("measure: sum(amount)\nmethod: marginal\n{always}"), "n500 -> -5 tier 1");
    check("measure: sum(amount)\nrate: 3%", "n500 -> -15 tier 1");
}

#[test]
fn only_a_stretch_of_the_measure_is_rated() {
    check(
        "measure: { total: sum(amount), after: 300, up_to: 1000 }\nrate: 10%",
        "
        200  -> 0 tier 1 after
        300  -> 0 tier 1 after
        500  -> 20 tier 1 after
        1000 -> 70 tier 1 after
        1500 -> 70 tier 1 up_to
        n50  -> 0 tier 1 after
        ",
    );
    // A row caps what it rates itself.
    check(
        "measure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1%, up_to: 100 }, { from: 1000, rate: 2%, up_to: 500 } ]",
        "
        90   -> 0.9 tier 1
        900  -> 1 tier 1
        2000 -> 10 tier 2
        ",
    );
}

#[test]
fn where_nothing_is_left_nothing_is_earned() {
    check(
        "measure: { total: sum(amount), after: 300 }\nmethod: all_units\ntiers: [ { from: 0, rate: 10%, fixed: 5 } ]",
        "
        300 -> 0 tier 1 after
        301 -> 5.1 tier 1 after
        ",
    );
}

#[test]
fn growth_in_its_three_readings() {
    let growth = "qualifier: { total: sum(amount), as: growth }\nmeasure: sum(amount)\nbaseline: prior_year\ntiers: [ { from: 10%, rate: 1% }, { from: 20%, rate: 2% } ]";
    check(
        &format!("{growth}\nmethod: all_units"),
        "
        y80000 87999.99 -> 0 no_tier
        y80000 88000    -> 880 tier 1
        y80000 95999.99 -> 960 tier 1
        y80000 100000   -> 2000 tier 2
        y3 3.3          -> 0.03 tier 1
        y3 3.6          -> 0.07 tier 2
        100             -> 0 no_baseline
        y0 100          -> 0 no_baseline
        ",
    );
    check(
        &format!("{growth}\nmethod: excess"),
        "
        y80000 88000  -> 80 tier 1
        y80000 100000 -> 400 tier 2
        ",
    );
    check(
        &format!("{growth}\nmethod: marginal"),
        "
        y80000 88000  -> 0 tier 1
        y80000 100000 -> 160 tier 2
        ",
    );
}

#[test]
fn increase_attainment_and_share() {
    check(
        "qualifier: { total: sum(amount), as: increase }\nmeasure: sum(amount)\nbaseline: prior_year\nmethod: all_units\ntiers: [ { from: 100, rate: 1% } ]",
        "
        y1000 1099 -> 0 no_tier
        y1000 1100 -> 11 tier 1
        ",
    );
    let attained = "qualifier: { total: sum(amount), as: attainment }\nmeasure: sum(amount)\ntarget: 1000\ntiers: [ { from: 90%, rate: 1% }, { from: 100%, rate: 2% } ]";
    check(
        &format!("{attained}\nmethod: all_units"),
        "
        899  -> 0 no_tier
        900  -> 9 tier 1
        1000 -> 20 tier 2
        ",
    );
    // 90 % of the target lies at 900.
    check(&format!("{attained}\nmethod: marginal"), "950 -> 0.5 tier 1\n 1100 -> 3 tier 2");
    check(&format!("{attained}\nmethod: excess"), "950 -> 0 tier 1\n 1100 -> 2 tier 2");
    let share = "qualifier: { total: sum(amount), when: fact.quantity > 0, as: share, share_of: \"true\" }\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { from: 50%, rate: 1% } ]";
    check(
        share,
        "
        q1=49 51 -> 0 no_tier
        q1=50 50 -> 1 tier 1
        q1=50    -> 0.5 tier 1
        50       -> 0 no_tier
        ",
    );
}

#[test]
fn what_a_baseline_of_zero_means() {
    let term = |when_zero: &str, method: &str| {
        format!(
            "qualifier: {{ total: sum(amount), as: growth }}\nmeasure: sum(amount)\nbaseline: {{ of: prior_year{when_zero} }}\nmethod: {method}\ntiers: [ {{ from: 0%, rate: 1% }}, {{ from: 50%, rate: 2% }} ]"
        )
    };
    check(&term("", "all_units"), "1000 -> 0 no_baseline\n y-5 1000 -> 0 no_baseline");
    check(
        &term(", when_zero: no_growth", "all_units"),
        "1000 -> 10 tier 1\n y-5 1000 -> 10 tier 1",
    );
    check(&term(", when_zero: full_growth", "all_units"), "1000 -> 20 tier 2");
    check(&term(", when_zero: no_growth", "excess"), "1000 -> 0 tier 1");
    check(&term(", when_zero: full_growth", "excess"), "1000 -> 20 tier 2");
    check(&term(", when_zero: no_growth", "marginal"), "1000 -> 0 tier 1");
    check(&term(", when_zero: 400", "all_units"), "599 -> 5.99 tier 1\n 600 -> 12 tier 2");
    check(&term(", when_zero: 400", "excess"), "600 -> 4 tier 2");
    check(
        &term(", minimum: 100", "all_units"),
        "
        y99 1000  -> 0 baseline_minimum
        y100 1000 -> 20 tier 2
        1000      -> 0 baseline_minimum
        ",
    );
}

#[test]
fn limits_act_on_the_size() {
    let limits = "limits: { per_award: { at_least: 20, at_most: 900 } }";
    check(
        &format!("measure: sum(amount)\nrate: 10%\n{limits}"),
        "
        0     -> 0 tier 1
        100   -> 20 tier 1 at_least
        200   -> 20 tier 1
        9000  -> 900 tier 1
        10000 -> 900 tier 1 at_most
        n100  -> -20 tier 1 at_least
        n10000 -> -900 tier 1 at_most
        ",
    );
    check(
        "measure: sum(amount)\nrate: 10%\nlimits: { per_award: 50, per_partner_period: 30 }",
        "
        300 -> 30 tier 1
        400 -> 30 tier 1 at_most
        600 -> 30 tier 1 at_most at_most
        ",
    );
}

#[test]
fn rounded_once_where_the_term_says() {
    for (rounding, expected) in [
        ("{ mode: half_up }", "0.5 -> 0.01 tier 1\n 1.5 -> 0.02 tier 1\n n0.5 -> -0.01 tier 1"),
        ("{ mode: half_even }", "0.5 -> 0 tier 1\n 1.5 -> 0.02 tier 1\n 2.5 -> 0.02 tier 1"),
        ("{ mode: down }", "1.9 -> 0.01 tier 1\n n1.9 -> -0.01 tier 1"),
        ("{ mode: up }", "1.1 -> 0.02 tier 1\n n1.1 -> -0.02 tier 1"),
        ("{ scale: 0 }", "50 -> 1 tier 1\n 49.99 -> 0 tier 1"),
        ("{ scale: 4 }", "1.23 -> 0.0123 tier 1"),
    ] {
        check(&format!("measure: sum(amount)\nrate: 1%\nrounding: {rounding}"), expected);
    }
    // Parts are added before rounding: 0.004 + 0.004 is 0.01, where each by itself is nothing.
    check(
        "measure: sum(amount)\nmethod: marginal\ntiers: [ { from: 0, rate: 1% }, { from: 0.4, rate: 1.0% } ]",
        "0.8 -> 0.01 tier 2",
    );
}

#[test]
fn the_rows_that_name_the_most_are_the_table() {
    let term = "group_by: { site: fact.channel }\nmeasure: sum(amount)\nmethod: all_units\ntiers:\n  - { rate: 1% }\n  - { site: online, from: 100, rate: 2% }";
    let case = case_of(
        "",
        term,
        "
        01-10 sale: A, partner: P1, channel: shop, amount: 50
        01-10 sale: B, partner: P1, channel: online, amount: 50
        01-10 sale: C, partner: P2, channel: online, amount: 100
        01-10 sale: D, partner: P3, amount: 100
        ",
    );
    let awards: Vec<String> = told(&case)
        .awards
        .iter()
        .map(|line| {
            let site = line.award.group.get("site").unwrap_or_default();
            format!("{} {site}: {}", line.partner, award_text(line))
        })
        .collect();
    assert_eq!(
        awards,
        ["P1 online: 0 no_tier", "P1 shop: 0.5 tier 1", "P2 online: 2 tier 1", "P3 : 1 tier 1"]
    );
    let case = case_of(
        "",
        "group_by: { site: fact.channel }\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { site: online, rate: 2% } ]",
        "01-10 sale: A, partner: P1, channel: shop, amount: 50",
    );
    assert_eq!(award_text(&told(&case).awards[0]), "0 no_row");
}
