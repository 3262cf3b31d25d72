mod coverage;

use super::*;

const LATE: &str = r"
case: late-invoice-lifts-the-tier
note: from the design
programs:
  - program: fy26-bikes-volume
    currency: JPY
    starts: 2026-04-01
    fields: { fact.points_paid: money, partner.buying_group: partner }
    terms: [ { term: volume, measure: sum(amount), group_by: product.brand, rate: 1% } ]
  - ../other.yaml
partners: { P1: { country: JP, level: gold, buying_group: G1 }, 0012: }
products: { B1: { category: Bikes } }
units: [ { product: B1, unit: case, holds: 24, of: piece, from: 2026-01-01 } ]
rates: [ { of: EUR, in: JPY, rate: 160.5, from: 2026-04-01 } ]
prices: { list: [ { product: B1, price: 480, currency: JPY, from: 2026-04-01 } ] }
figures: { plan: [ { partner: P1, period: 2026, value: 900000 }, { period: 2026Q3, brand: Kita, value: 70000 } ] }
lists: { spring-range: [B1, B4] }
fields: { fact.campaign: text }
timeline:
  - { on: 2026-04-10, sale: S1, partner: P1, product: B1, quantity: 90, amount: 900000, points_paid: 5, campaign: x }
  - { on: 2026-06-30T10:00:00Z, recorded: 2026-07-03, sale: S2, partner: P1, product: B1, quantity: 10.5, unit: case, amount: -0.5, currency: EUR, order: O1, line: 0010, channel: web, parties: { ship_to: P1-Osaka } }
  - { on: 2026-07-01, return: R1, of: S1, quantity: 1 }
  - { on: 2026-07-01, activity: A1, partner: P1, type: training_passed }
  - { on: 2026-07-02, correct: S1, date: 2026-04-11, quantity: 91 }
  - { on: 2026-07-02, cancel: S2 }
  - { on: 2026-07-02, set: P1, level: silver }
  - { on: 2026-07-02, award: X1, program: fy26-bikes-volume, term: volume, partner: P1, amount: 5, period: 2026Q1, group: { brand: Kita } }
  - { on: 2026-07-02, adjust: A1, program: fy26-bikes-volume, partner: P1, period: 2026Q1, amount: -200, status: approved, reason: agreed }
  - { on: 2026-07-10, close: 2026Q1, program: fy26-bikes-volume }
what_if:
  - { what_if: one-more-order, on: 2026-06-20, facts: [ { sale: W1, partner: P1, product: B1, quantity: 1, amount: 5 } ] }
until: 2026-07-31
expect:
  - { as_of: 2026-04-10, awards: fy26-bikes-volume, term: volume, partner: P1, period: 2026Q1, group: { brand: Kita }, amount: 9000, parts: [ { tier: 1, amount: 9000 } ] }
  - { rejections: S1, reason: other_content }
  - { what_if: one-more-order, term: volume, brings: 5 }
";

/// What is wrong with a text, a line each.
fn problems(text: &str) -> String {
    let problems = parse(text).problems;
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_word_of_a_case_reads() {
    assert_eq!(problems(LATE), "");
    let case = parse(LATE).value.expect("a case");
    assert_eq!(case.timeline.len(), 10);
    assert_eq!(case.expect.len(), 3);
    assert_eq!(case.last_day().map(|day| day.to_string()).as_deref(), Some("2026-07-31"));
    let What::Fact { kind, key, fields } = &case.timeline[1].what else { panic!("a fact") };
    assert_eq!((kind.word(), key.as_str()), ("sale", "S2"));
    assert_eq!(fields.line.as_deref(), Some("0010"));
    assert_eq!(fields.quantity.map(|q| q.to_string()).as_deref(), Some("10.5"));
    assert_eq!(case.what_if[0].facts[0].on, case.what_if[0].on);
    assert_eq!(case.partners.as_ref().map(BTreeMap::len), Some(2));
    let known: Vec<&str> = case
        .in_order()
        .iter()
        .filter_map(|event| match &event.what {
            What::Fact { key, .. } | What::Correct { key, .. } | What::Cancel { key } => {
                Some(key.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(known, ["S1", "R1", "A1", "S1", "S2", "S2"]);
    let expected = &case.expect[0];
    assert_eq!(expected.list, OutputList::Awards);
    assert_eq!(expected.selectors.len(), 4);
    assert_eq!(expected.compared.len(), 2);
}

/// Each line of `cases`: `what is replaced => by what => the problem`.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = case.split(" => ").collect();
        let [from, to, expected] = parts.as_slice() else { panic!("`{case}`") };
        assert!(LATE.contains(from), "`{from}` is not in the text");
        let text = LATE.replacen(from, to, 1);
        let got = problems(&text);
        assert!(
            got.lines().any(|line| line.contains(expected)),
            "`{to}` should say `{expected}`, but says:\n{got}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_case_is_said() {
    check(
        "
        note: from => noet: from => 3:1: error: unknown key `noet` in a case, did you mean `note`?
        until: => wallet: {} # => `wallet` is a word of wallets, funds and claims, which this release does not run
        on: 2026-07-02, set: P1, level: silver => on: 2026-07-02 => the line says not what happened
        rejections: S1, reason: other_content => as_of: 2026-04-10 => the line names no list
        sale: S1, partner: P1 => sale: S1, partnr: P1 => unknown key `partnr` in a line of `sale`, did you mean `partner`?
        sale: S1, => sael: S1, => unknown key `sael` in a line of the timeline
        sale: S1, => redeem: S1, => `redeem` without points
        sale: S1, => allocate: S1, => `allocate` without points
        sale: S1, => shipment: S1, => `shipment` without points
        on: 2026-04-10 => on: 10.4.2026 => `10.4.2026` is not a date or an instant
        on: 2026-04-10 => on: 2026-02-30 => `2026-02-30` is not a date or an instant
        quantity: 90 => quantity: NaN => `NaN` is not a number
        quantity: 90 => quantity: 1e3 => `1e3` is not a number
        partner: P1, product: B1, quantity: 90 => product: B1 => `partner` is required
        awards: fy26-bikes-volume, => awrads: fy26-bikes-volume, => did you mean `awards`?
        awards: fy26-bikes-volume, => stock: P1, => unknown key `term` in a line of `stock`
        amount: 9000, parts => amuont: 9000, parts => did you mean `amount`?
        reason: other_content => amount: 1 => unknown key `amount` in a line of `rejections`
        status: approved => status: maybe => `maybe` is no word of `status`
        amount: -200, status: approved => amount: -200 => `status` is required
        holds: 24 => holds: 0 => `holds` is not above zero
        currency: JPY, from => currency: Yen, from => `Yen` is not a currency
        facts: [ { sale: W1 => facts: [ { cancel: W1 => a what-if tries facts only
        return: R1, of: S1 => sale: R1, of: S1 => `of` in a line of `sale`
        rate: 1% => rat: 1% => 9:77: error: term `volume`: unknown key `rat`

        level: gold => level: gold, level: silver => duplicate key `level`
        ",
    );
}

#[test]
fn nobody_is_its_own_ancestor() {
    let set = "set: P1, level: silver";
    let partners = |of: &str| LATE.replace("0012: }", &format!("0012: {{ {of} }} }}"));
    assert_eq!(problems(&partners("parent: P1")), "");
    let ring = partners("parent: P1").replace("level: gold, buying", "parent: 0012, buying");
    let says = |by: &str, parent: &str| {
        format!("error: `{by}` would be its own ancestor through its parent `{parent}`")
    };
    assert!(problems(&ring).contains(&says("P1", "0012")), "{}", problems(&ring));
    assert!(problems(&partners("parent: 0012")).contains(&says("0012", "0012")));
    // Changes are taken in the order in which they become known.
    let later = partners("parent: P1").replace(set, "set: P1, parent: 0012");
    assert!(problems(&later).contains(&says("P1", "0012")), "{}", problems(&later));
    let other = partners("parent: P1").replace(set, "set: P1, parent: P9");
    assert_eq!(problems(&other), "");
    // What comes of tables is read by nobody before it runs.
    let mut case = parse(&partners("").replace("  - ../other.yaml\n", "")).value.expect("a case");
    let of = |parent: &str| Fields::from([("parent".to_owned(), parent.to_owned())]);
    case.partners = Some(BTreeMap::from([
        (PartnerCode::new("P1"), of("P2")),
        (PartnerCode::new("P2"), of("P1")),
    ]));
    let refused = case.run(case.inline_programs().expect("inline")).expect_err("a circle");
    assert!(refused[0].to_string().contains(&says("P2", "P1")), "{}", refused[0]);
}

#[test]
fn fields_nobody_declared_are_refused_where_all_programs_are_known() {
    let text = LATE.replace("  - ../other.yaml\n", "").replace("campaign: x", "campagne: x");
    assert!(problems(&text).contains("unknown key `campagne`"), "{}", problems(&text));
    let text =
        LATE.replace("  - ../other.yaml\n", "").replace("brand: Kita, value", "brnd: K, value");
    assert!(problems(&text).contains("did you mean `brand`?"), "{}", problems(&text));
}

#[test]
fn programs_of_a_case_follow_each_other() {
    let one = "program: p, currency: JPY, starts: 2026-04-01";
    let terms = "terms: [ { term: a, measure: sum(amount), rate: 1% } ]";
    let case = |second: &str| {
        problems(&format!(
            "case: x\nprograms:\n  - {{ {one}, {terms} }}\n  - {{ {one}, {second} }}\n"
        ))
    };
    assert_eq!(case(&format!("version: 2, amends: {{ from: 2026-08-01 }}, {terms}")), "");
    assert!(case(terms).starts_with("4:5: error: two programs with one code and version: `p` 1"));
    let changed = "terms: [ { term: a, group_by: fact, measure: sum(amount), rate: 1% } ]";
    let got = case(&format!("version: 2, amends: {{ from: 2026-08-01 }}, {changed}"));
    assert!(got.contains("a later version changes the term's `group_by`"), "{got}");
}

#[test]
fn no_text_makes_it_panic() {
    crate::reader::mutations(LATE, 150, |text| {
        let _ = parse(text);
    });
}

#[test]
fn a_case_has_a_program() {
    let got = problems("case: x\nprograms: []\n");
    assert!(got.contains("`programs` is empty"), "{got}");
}
