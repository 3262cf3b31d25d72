use crate::case::telling::{award_text, case_of, told};

/// A story, and the awards, waiting and rejections that come of it: `P1 2026Q1: 10 tier 1`,
/// `waiting S1: no_rate`, `rejected S1: other_content`.
#[track_caller]
fn check(header: &str, term: &str, timeline: &str, expected: &str) {
    check_with("", header, term, timeline, expected);
}

#[track_caller]
fn check_with(blocks: &str, header: &str, term: &str, timeline: &str, expected: &str) {
    let case = case_of(header, term, timeline) + blocks;
    let snapshot = told(&case);
    let mut got = Vec::new();
    for line in &snapshot.awards {
        let mut group: Vec<String> = Vec::new();
        for (_, value) in line.award.group.values() {
            group.push(format!(" [{value}]"));
        }
        let (partner, period) = (&line.partner, &line.period.name);
        got.push(format!("{partner} {period}{}: {}", group.concat(), award_text(line)));
    }
    for line in &snapshot.waiting {
        got.push(format!("waiting {}: {}", line.key, line.reason.word()));
    }
    for line in &snapshot.rejections {
        got.push(format!("rejected {}: {}", line.key, line.reason.word()));
    }
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(got, expected, "got\n{}", got.join("\n"));
}

const ALL: &str = "measure: sum(amount)\nrate: 1%";
const ONE_BY_ONE: &str = "group_by: fact\nmeasure: sum(amount)\nrate: 1%";

#[test]
fn a_return_counts_where_the_term_says() {
    let story = "
        01-10 sale: S1, partner: P1, amount: 1000, quantity: 10
        04-10 return: R1, of: S1, amount: 300, quantity: 3
        ";
    check("", ALL, story, "P1 2026Q1: 7 tier 1");
    check(
        "",
        &format!("{ALL}\nreturns: own_date"),
        story,
        "P1 2026Q1: 10 tier 1\n P1 2026Q2: -3 tier 1",
    );
    check("", &format!("{ALL}\nreturns: ignored"), story, "P1 2026Q1: 10 tier 1");
    check("", &format!("{ALL}\nfacts: [sale]"), story, "P1 2026Q1: 10 tier 1");
    check("", &format!("{ALL}\nfacts: [sale, credit_note]"), story, "P1 2026Q1: 10 tier 1");
}

#[test]
fn a_sale_that_came_back_whole_is_no_fact() {
    let story = "
        01-10 sale: S1, partner: P1, amount: 1000, quantity: 10
        04-10 return: R1, of: S1
        ";
    check("", ALL, story, "");
    check("", "measure: count()\nper_unit: 5", story, "");
    check(
        "",
        &format!("{ALL}\nreturns: own_date"),
        story,
        "P1 2026Q1: 10 tier 1\n P1 2026Q2: -10 tier 1",
    );
    check("", &format!("{ALL}\nreturns: ignored"), story, "P1 2026Q1: 10 tier 1");
    check("", &format!("{ALL}\nfacts: [sale, credit_note]"), story, "P1 2026Q1: 10 tier 1");
    // In two goes, by a return and a credit note.
    let story = "
        01-10 sale: S1, partner: P1, amount: 1000, quantity: 10
        04-10 return: R1, of: S1, amount: 400, quantity: 10
        04-10 credit_note: C1, of: S1, amount: 600, quantity: 0
        ";
    check("", ALL, story, "");
    check("", &format!("{ALL}\nfacts: [sale, return]"), story, "P1 2026Q1: 6 tier 1");
}

#[test]
fn facts_taken_one_by_one_are_netted_with_their_returns() {
    let story = "
        01-10 sale: S1, partner: P1, amount: 1000, quantity: 10
        01-11 sale: S2, partner: P1, amount: 500, quantity: 5
        04-10 return: R1, of: S1, amount: 300, quantity: 3
        04-10 return: R2, of: S2
        ";
    for mode in ["with_sale", "own_date"] {
        let term = format!("{ONE_BY_ONE}\nreturns: {mode}");
        check("", &term, story, "P1 2026Q1 [S1]: 7 tier 1");
    }
    check(
        "",
        &format!("{ONE_BY_ONE}\nreturns: ignored"),
        story,
        "P1 2026Q1 [S1]: 10 tier 1\n P1 2026Q1 [S2]: 5 tier 1",
    );
}

#[test]
fn a_return_takes_what_it_does_not_say_from_its_sale() {
    check(
        "fields: { fact.campaign: text }",
        "when: fact.channel == \"shop\" && fact.campaign == \"x\"\nmeasure: sum(amount)\nrate: 1%",
        "
        01-10 sale: S1, partner: P1, channel: shop, campaign: x, amount: 1000, quantity: 1
        01-20 return: R1, of: S1, amount: 400, quantity: 0
        ",
        "P1 2026Q1: 6 tier 1",
    );
}

#[test]
fn a_return_waits_for_no_sale() {
    // It counts by itself until its sale is known, whichever comes first.
    check("", ALL, "04-10 return: R1, of: S1, partner: P1, amount: 300", "P1 2026Q2: -3 tier 1");
    check(
        "",
        ALL,
        "
        04-10 return: R1, of: S1, partner: P1, amount: 300
        01-10/04-11 sale: S1, partner: P1, amount: 1000
        ",
        "P1 2026Q1: 7 tier 1",
    );
    // Nobody knows whose it is.
    check("", ALL, "04-10 return: R1, of: S1, amount: 300", "");
}

#[test]
fn corrections_and_cancellations() {
    let sale = "01-10 sale: S1, partner: P1, amount: 1000\n";
    check("", ALL, &format!("{sale} 01-11 correct: S1, amount: 2000"), "P1 2026Q1: 20 tier 1");
    check("", ALL, &format!("{sale} 01-11 correct: S1, date: 2026-05-01"), "P1 2026Q2: 10 tier 1");
    check("", ALL, &format!("{sale} 01-11 correct: S1, partner: P2"), "P2 2026Q1: 10 tier 1");
    check("", ALL, &format!("{sale} 01-11 cancel: S1"), "");
    check(
        "",
        ALL,
        &format!("{sale} 01-11 cancel: S2"),
        "P1 2026Q1: 10 tier 1\n rejected S2: unknown_fact",
    );
    check(
        "",
        ALL,
        &format!("{sale} 01-11 cancel: S1\n 01-12 correct: S1, amount: 5"),
        "rejected S1: unknown_fact",
    );
    // A return moves with the sale it names.
    check(
        "",
        ALL,
        &format!(
            "{sale} 04-02 return: R1, of: S1, amount: 400\n 04-03 correct: S1, date: 2026-08-01"
        ),
        "P1 2026Q3: 6 tier 1",
    );
    check("", ALL, &format!("{sale} 04-02 return: R1, of: S1, amount: 400\n 04-03 cancel: S1"), "");
}

#[test]
fn the_same_key_again() {
    let sale = "01-10 sale: S1, partner: P1, amount: 1000\n";
    check("", ALL, &format!("{sale}{sale}"), "P1 2026Q1: 10 tier 1");
    check(
        "",
        ALL,
        &format!("{sale} 01-10 sale: S1, partner: P1, amount: 1000.01"),
        "P1 2026Q1: 10 tier 1\n rejected S1: other_content",
    );
    check(
        "",
        ALL,
        &format!("{sale} 01-10 return: S1, partner: P1, amount: 1000"),
        "P1 2026Q1: 10 tier 1\n rejected S1: other_content",
    );
    // Sent again after a correction it is still the same fact.
    check(
        "",
        ALL,
        &format!(
            "{sale} 01-11 correct: S1, amount: 2000\n 01-10/01-12 sale: S1, partner: P1, amount: 1000"
        ),
        "P1 2026Q1: 20 tier 1",
    );
    check(
        "",
        ALL,
        "01-10 return: R1, partner: P1, amount: -5\n 01-10 credit_note: R2, partner: P1, quantity: -5",
        "rejected R1: negative_return\n rejected R2: negative_return",
    );
}

#[test]
fn who_is_enrolled_when() {
    let sales = "
        01-10 sale: S1, partner: P1, amount: 1000
        02-10 sale: S2, partner: P1, amount: 2000
        03-10 sale: S3, partner: P2, amount: 4000
        03-11 sale: S4, partner: P2, amount: 8000, parties: { ship_to: X }
        ";
    check(
        "partners: [ { partner: P1, from: 2026-02-01, to: 2026-02-10 }, { partner: P2, ship_to: X } ]",
        ALL,
        sales,
        "P1 2026Q1: 20 tier 1\n P2 2026Q1: 80 tier 1",
    );
    check(
        "partners: [ P1, { partner: P2, skip: true } ]",
        ALL,
        sales,
        "P1 2026Q1: 30 tier 1\n P2 2026Q1: 0 tier 1 skip",
    );
    check_with(
        "partners: { P1: { level: gold }, P2: { level: bronze } }\n",
        "partners: partner.level == \"gold\"",
        ALL,
        &format!("{sales} 03-11 set: P2, level: gold\n 03-01/03-12 set: P1, level: bronze"),
        "P1 2026Q1: 30 tier 1\n P2 2026Q1: 80 tier 1",
    );
    check_with(
        "partners: { P1: {} }\n",
        "",
        ALL,
        sales,
        "P1 2026Q1: 30 tier 1\n rejected S3: unknown_partner\n rejected S4: unknown_partner",
    );
}

#[test]
fn the_days_of_a_term() {
    check(
        "",
        &format!("{ALL}\nstarts: 2026-02-01\nends: 2026-02-28"),
        "
        01-31 sale: S1, partner: P1, amount: 1000
        02-01 sale: S2, partner: P1, amount: 2000
        02-28 sale: S3, partner: P1, amount: 4000
        03-01 sale: S4, partner: P1, amount: 8000
        2025-12-31 sale: S5, partner: P1, amount: 8000
        ",
        "P1 2026Q1: 60 tier 1",
    );
}

#[test]
fn conversion_by_dated_tables() {
    check_with(
        "rates: [ { of: EUR, in: USD, rate: 2, from: 2026-01-01 }, { of: EUR, in: USD, rate: 3, from: 2026-02-01 }, { of: USD, in: GBP, rate: 0.5 } ]\n",
        "",
        ALL,
        "
        01-31 sale: S1, partner: P1, amount: 100, currency: EUR
        02-01 sale: S2, partner: P1, amount: 100, currency: EUR
        02-02 sale: S3, partner: P1, amount: 100, currency: GBP
        02-03 sale: S4, partner: P1, amount: 100, currency: JPY
        ",
        "P1 2026Q1: 7 tier 1\n waiting S4: no_rate",
    );
    check_with(
        "products: { A: { unit: piece } }\nunits: [ { product: A, unit: case, holds: 12, of: piece } ]\n",
        "",
        "measure: sum(quantity)\nper_unit: 1",
        "
        01-31 sale: S1, partner: P1, product: A, quantity: 10, unit: case
        01-31 sale: S2, partner: P1, product: A, quantity: 1, unit: piece
        01-31 sale: S3, partner: P1, product: A, quantity: 1
        01-31 sale: S4, partner: P1, product: A, quantity: 1, unit: pallet
        01-31 sale: S5, partner: P1, product: A
        ",
        "P1 2026Q1: 122 tier 1\n waiting S4: no_factor\n waiting S5: no_value",
    );
}

#[test]
fn counts_leave_returns_aside() {
    check(
        "",
        "measure: count()\nper_unit: 5",
        "
        01-10 sale: S1, partner: P1, amount: 1000, quantity: 1
        01-11 sale: S2, partner: P1, amount: 1000, quantity: 1
        01-12 return: R1, of: S1, amount: 1, quantity: 0
        01-12 return: R2, partner: P1, amount: 1, quantity: 0
        ",
        "P1 2026Q1: 10 tier 1",
    );
}

#[test]
fn baselines_look_back() {
    let growth = |of: &str| {
        format!(
            "qualifier: {{ total: sum(amount), as: increase }}\nmeasure: sum(amount)\nbaseline: {of}\nmethod: excess\ntiers: [ {{ from: 1, rate: 1% }} ]"
        )
    };
    let story = "
        2025-12-31 sale: A, partner: P1, amount: 100
        2025-02-10 sale: B, partner: P1, amount: 1000
        2025-02-11 return: C, of: B, amount: 200
        01-10 sale: D, partner: P1, amount: 2000
        05-10 sale: E, partner: P1, amount: 5000
        ";
    check("", &growth("prior_year"), story, "P1 2026Q1: 12 tier 1\n P1 2026Q2: 0 no_baseline");
    check("", &growth("prior_period"), story, "P1 2026Q1: 19 tier 1\n P1 2026Q2: 30 tier 1");
    check(
        "",
        &growth("{ of: prior_year, when_zero: prior_period }"),
        story,
        "P1 2026Q1: 12 tier 1\n P1 2026Q2: 30 tier 1",
    );
    check("", &growth("1500"), story, "P1 2026Q1: 5 tier 1\n P1 2026Q2: 35 tier 1");
    // By group, and read under the same condition.
    check(
        "",
        &format!(
            "when: fact.channel != \"web\"\ngroup_by: {{ line: fact.line }}\n{}",
            growth("prior_year")
        ),
        "
        2025-02-10 sale: A, partner: P1, line: x, amount: 100
        2025-02-10 sale: B, partner: P1, line: y, amount: 200
        2025-02-10 sale: C, partner: P1, line: y, amount: 900, channel: web
        02-10 sale: D, partner: P1, line: x, amount: 1000
        02-10 sale: E, partner: P1, line: y, amount: 1000
        ",
        "P1 2026Q1 [x]: 9 tier 1\n P1 2026Q1 [y]: 8 tier 1",
    );
}

#[test]
fn a_qualifier_over_another_window() {
    check(
        "",
        "qualifier: { total: sum(amount), window: prior_period }\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ]",
        "
        01-10 sale: A, partner: P1, amount: 1000
        05-10 sale: B, partner: P1, amount: 500
        08-10 sale: C, partner: P1, amount: 500
        ",
        "P1 2026Q1: 10 tier 1\n P1 2026Q2: 10 tier 2\n P1 2026Q3: 5 tier 1",
    );
}

#[test]
fn a_qualifier_of_other_facts() {
    check(
        "",
        "when: fact.channel == \"a\"\nqualifier: { total: sum(amount), when: \"true\" }\nmeasure: sum(amount)\nmethod: all_units\ntiers: [ { from: 0, rate: 1% }, { from: 1000, rate: 2% } ]",
        "
        01-10 sale: A, partner: P1, channel: a, amount: 400
        01-10 sale: B, partner: P1, channel: b, amount: 600
        01-10 sale: C, partner: P2, channel: b, amount: 600
        ",
        "P1 2026Q1: 8 tier 2",
    );
}

#[test]
fn a_day_is_that_of_the_programs_zone() {
    check(
        "time_zone: Asia/Tokyo\nperiods: { every: month }",
        ALL,
        "
        2026-01-31T14:59:59Z sale: A, partner: P1, amount: 100
        2026-01-31T15:00:00Z sale: B, partner: P1, amount: 200
        ",
        "P1 2026-01: 1 tier 1\n P1 2026-02: 2 tier 1",
    );
}
