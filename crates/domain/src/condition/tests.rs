use std::collections::BTreeMap;

use super::*;
use crate::amount::Currency;
use crate::code::{FactKey, ProductCode, Unit};
use crate::fact::FactKind;
use crate::master::Partner;

mod shape;
mod soup;
mod wrong;

/// One story for all cases: P1 in the East sells B1 by the case; P1 belongs to P9, P9 to P0.
struct Story {
    fact: Fact,
    master: Master,
    lists: BTreeMap<String, Vec<String>>,
    earner: PartnerCode,
}

fn fields(text: &str) -> Fields {
    let pairs = text.split(", ").map(|pair| pair.split_once(": ").expect("`name: value`"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn story() -> Story {
    let mut p1 = Partner::new(fields(
        "name: Acme, country: JP, region: East, level: gold, parent: P9, buying_group: G1, \
         joined: 2025-11-03, staff: 12, certified: yes, budget: plenty",
    ));
    p1.set("2026-06-01".parse().expect("date"), &fields("region: West"));
    let partners = [
        ("P1", p1),
        ("P9", Partner::new(fields("country: JP, region: North, parent: P0"))),
        ("P0", Partner::new(fields("country: SE, name: Holding, parent: P0"))),
        ("G1", Partner::new(fields("region: South, parent: P9"))),
        ("D1", Partner::new(fields("name: Distributor, parent: P0, staff: 700"))),
        ("C1", Partner::new(fields("parent: C2"))),
        ("C2", Partner::new(fields("parent: C1"))),
    ];
    let mut master = Master::default();
    master.partners.extend(partners.map(|(code, partner)| (PartnerCode::new(code), partner)));
    let product = fields("category: Bikes, brand: Kita, unit: piece, family: road, vendor: D1");
    master.products.insert(ProductCode::new("B1"), product);
    master.lists.insert("shared".to_owned(), vec!["P1".to_owned()]);

    let parties = [("ship_to", "P1-Osaka"), ("distributor", "D1"), ("circle", "C1")];
    let fact = Fact {
        key: FactKey::new("S1"),
        kind: FactKind::Sale,
        at: "2026-05-06T23:30".parse().expect("instant"),
        recorded: "2026-05-08T01:00+09:00".parse().expect("instant"),
        of: None,
        partner: Some(PartnerCode::new("P1")),
        product: Some(ProductCode::new("B1")),
        quantity: "2".parse().ok(),
        unit: Some(Unit::new("case")),
        amount: "10".parse().ok(),
        currency: Currency::parse("EUR"),
        order: Some("O-77".to_owned()),
        line: None,
        channel: Some("online".to_owned()),
        activity_type: None,
        parties: parties.map(|(role, code)| (role.to_owned(), PartnerCode::new(code))).into(),
        attributes: fields(
            "points_paid: 12.50, promo: false, due: 2026-06-30, 取引区分: 掛売, text: a\"b, \
             a: 0.1, b: 0.2, most: 79228162514264337593543950335, third_party: P9",
        ),
    };
    let codes = ["B1", "B4"].map(str::to_owned).to_vec();
    let lists = BTreeMap::from([("spring".to_owned(), codes)]);
    Story { fact, master, lists, earner: PartnerCode::new("P9") }
}

impl Story {
    fn subject(&self) -> Subject<'_> {
        let date = self.fact.date();
        let on = |code: &PartnerCode| self.master.partners.get(code).map(|p| p.on(date));
        Subject {
            fact: &self.fact,
            date,
            quantity: "48".parse().ok(),
            amount: "1605.5".parse().ok(),
            partner: self.fact.partner.as_ref().and_then(on),
            product: self.fact.product.as_ref().and_then(|code| self.master.products.get(code)),
            earner: on(&self.earner).map(|fields| (&self.earner, fields)),
            master: &self.master,
            lists: &self.lists,
            currency: None,
            awarded: Awarded::Unknown,
        }
    }
}

fn declared() -> Declared {
    let fields = [
        ("fact.points_paid", FieldType::Money),
        ("fact.promo", FieldType::YesNo),
        ("fact.gift", FieldType::YesNo),
        ("fact.due", FieldType::Date),
        ("fact.取引区分", FieldType::Text),
        ("fact.text", FieldType::Text),
        ("fact.a", FieldType::Number),
        ("fact.b", FieldType::Number),
        ("fact.most", FieldType::Number),
        ("fact.absent", FieldType::Number),
        ("fact.third_party", FieldType::Partner),
        ("product.family", FieldType::Text),
        ("product.vendor", FieldType::Partner),
        ("partner.buying_group", FieldType::Partner),
        ("partner.staff", FieldType::Number),
        ("partner.certified", FieldType::YesNo),
        ("partner.budget", FieldType::Number),
    ];
    Declared {
        fields: fields.map(|(path, declared)| (path.to_owned(), declared)).into(),
        lists: Some(["spring", "shared", "gone"].map(str::to_owned).into()),
        ..Declared::default()
    }
}

/// The lines of a table.
fn cases(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| {
        let (text, expected) = line.rsplit_once(" -> ").expect("`text -> expected`");
        (text.trim(), expected)
    })
}

/// One case a line: `expression -> value`, or `waits: why`.
#[track_caller]
fn check(table: &str) {
    let story = story();
    for (text, expected) in cases(table) {
        let expr = match Expr::parse(text, &declared(), Wanted::Any) {
            Ok(expr) => expr,
            Err(errors) => panic!("`{text}` does not parse: {errors:?}"),
        };
        assert_eq!(expr.text(), text);
        let found = match expr.value(&story.subject()) {
            Ok(value) => value.to_string(),
            Err(missing) => format!("waits: {missing}"),
        };
        assert_eq!(found, expected, "in case `{text}`");

        // A condition says the same when its lists are bound, and part by part.
        if let Body::Truth(_) = expr.body {
            let bound = expr.bind(&story.lists).bind(&story.master.lists);
            assert_eq!(bound.truth(&story.subject()).is_err(), expected.starts_with("waits"));
            let again = Expr::and(expr.conjuncts()).expect("at least one part");
            assert_eq!(again.truth(&story.subject()), expr.truth(&story.subject()));
            let read = Expr::parse(again.text(), &declared(), Wanted::Truth).expect("its text");
            assert_eq!(read.body, expr.body, "`{}` for `{text}`", again.text());
        }
    }
}

fn located(text: &str, error: &ConditionError) -> String {
    let column = text[..error.offset].chars().count() + 1;
    format!("{column}: {}", error.message)
}

#[test]
fn fields_of_every_root_are_read() {
    check(
        "
        fact.kind -> sale
        fact.key -> S1
        fact.of -> waits: `fact.of` is missing or not of its type
        fact.order -> O-77
        fact.channel -> online
        fact.unit -> case
        fact.currency -> EUR
        fact.partner -> P1
        fact.product -> B1
        fact.date -> 2026-05-06
        fact.recorded -> 2026-05-07
        fact.due -> 2026-06-30
        fact.promo -> false
        fact.points_paid -> 12.5
        fact.取引区分 -> 掛売
        fact.third_party -> P9
        fact.third_party.region -> North
        product.code -> B1
        product.category -> Bikes
        product.family -> road
        product.vendor -> D1
        product.vendor.name -> Distributor
        partner -> P1
        partner.code -> P1
        partner.region -> East
        partner.joined -> 2025-11-03
        partner.staff -> 12
        partner.certified -> true
        partner.budget -> waits: `partner.budget` is missing or not of its type
        earner -> P9
        earner.region -> North
        earner.parent.name -> Holding
        ",
    );
}

#[test]
fn quantity_and_amount_are_the_converted_ones() {
    check(
        "
        quantity -> 48
        amount -> 1605.5
        fact.quantity -> 48
        fact.amount -> 1605.5
        amount / quantity -> 33.447916666666666666666666667
        ",
    );
}

#[test]
fn paths_go_up_and_across_the_hierarchy() {
    check(
        "
        partner.parent -> P9
        partner.parent.region -> North
        partner.parent.parent -> P0
        partner.parent.parent.country -> SE
        partner.parent.parent.parent -> waits: `partner.parent.parent.parent` is missing or not of its type
        partner.top -> P0
        partner.top.top -> P0
        partner.top.parent_or_self -> P0
        partner.parent_or_self -> P9
        partner.buying_group -> G1
        partner.buying_group.region -> South
        partner.parent.buying_group -> waits: `partner.parent.buying_group` is missing or not of its type
        partner.buying_group.parent.region -> North
        party.ship_to -> P1-Osaka
        party.ship_to.code -> P1-Osaka
        party.ship_to.top -> P1-Osaka
        party.ship_to.region -> waits: `party.ship_to.region` is missing or not of its type
        party.distributor.name -> Distributor
        party.distributor.staff -> 700
        party.distributor.parent.name -> Holding
        party.circle.parent -> C2
        party.circle.parent.parent -> C1
        party.circle.top -> waits: `party.circle.top` is missing or not of its type
        has(party.circle.top) -> false
        has(party.end_customer) -> false
        ",
    );
}

#[test]
fn operators_bind_as_in_cel() {
    check(
        r#"
        1 + 2 * 3 -> 7
        (1 + 2) * 3 -> 9
        10 - 4 - 3 -> 3
        24 / 4 / 3 -> 2
        -2 * -3 -> 6
        1 - -1 -> 2
        - (1 + 2) -> -3
        2 + 3 == 5 -> true
        1 < 2 == true -> true
        true || false && false -> true
        (true || false) && false -> false
        !false && false -> false
        !(false && false) -> true
        !!true -> true
        true ? 1 : 2 -> 1
        false ? 1 : true ? 2 : 3 -> 2
        true ? (false ? 1 : 2) : 3 -> 2
        false || true ? "a" : "b" -> a
        1 + 1 in [1, 2] -> true
        ! ("a" in ["b"]) -> true
        true // a comment -> true
        "#,
    );
}

#[test]
fn numbers_are_exact() {
    check(
        "
        0.1 + 0.2 == 0.3 -> true
        fact.a + fact.b == 0.3 -> true
        fact.a + fact.b -> 0.3
        1.10 == 1.1 -> true
        .5 + .5 == 1 -> true
        007 == 7 -> true
        12345678901234.5 + 0.00000000000001 -> 12345678901234.50000000000001
        999999999999 * 0.999999999999999 -> 999999999998.999000000000001
        123456789012345 + 0.000000000000001 -> 123456789012345
        4.35 * 100 == 435 -> true
        1 / 3 -> 0.3333333333333333333333333333
        7 / 2 -> 3.5
        0.00000000000000000001 * 100000000000000 -> 0.000001
        ",
    );
}

#[test]
fn what_has_no_number_waits() {
    check(
        r#"
        1 / 0 -> waits: `1 / 0` divides by zero
        1 + amount / (fact.a - 0.1) -> waits: `amount / (fact.a - 0.1)` divides by zero
        999999999999999 * 999999999999999 -> waits: `999999999999999 * 999999999999999` is beyond the range of numbers
        fact.most * 10 -> waits: `fact.most * 10` is beyond the range of numbers
        fact.most + 1 -> waits: `fact.most + 1` is beyond the range of numbers
        -fact.most - 1 -> waits: `-fact.most - 1` is beyond the range of numbers
        fact.absent -> waits: `fact.absent` is missing or not of its type
        fact.absent + 1 -> waits: `fact.absent` is missing or not of its type
        1 / 0 > 1 -> waits: `1 / 0` divides by zero
        1 / 0 != 1 -> waits: `1 / 0` divides by zero
        fact.absent == 1 / 0 -> waits: `1 / 0` divides by zero
        !(1 / 0 > 1) -> waits: `1 / 0` divides by zero
        1 / 0 in [1, 2] -> waits: `1 / 0` divides by zero
        price("list") -> waits: price list `list` has no price here
        awarded("volume") * 2 -> waits: what term `volume` awarded is not known here
        price("list") > 1 -> waits: price list `list` has no price here
        "x" in list("gone") -> waits: list `gone` is not there
        "#,
    );
}

#[test]
fn a_side_that_decides_needs_no_other() {
    check(
        "
        false && 1 / 0 > 1 -> false
        1 / 0 > 1 && false -> false
        true && 1 / 0 > 1 -> waits: `1 / 0` divides by zero
        true || 1 / 0 > 1 -> true
        1 / 0 > 1 || true -> true
        (1 / 0 > 1 || false) && false -> false
        1 / 0 > 1 || false -> waits: `1 / 0` divides by zero
        false ? 1 / 0 : 2 -> 2
        2 in [1 / 0, 2] -> true
        ",
    );
}

#[test]
fn a_missing_value_equals_nothing() {
    check(
        r#"
        fact.of == "S0" -> false
        fact.of != "S0" -> true
        fact.of < "S0" -> false
        fact.of >= "S0" -> false
        fact.of == fact.line -> false
        fact.of != fact.line -> true
        !(fact.of == "S0") -> true
        fact.of in ["S0", "S1"] -> false
        !(fact.of in ["S0", "S1"]) -> true
        "S0" in [fact.of, "S0"] -> true
        fact.of.startsWith("S") -> false
        "S".startsWith(fact.of) -> false
        fact.of.matches("") -> false
        fact.absent > 0 -> false
        fact.absent <= 0 -> false
        fact.absent == 0 -> false
        fact.absent != 0 -> true
        fact.absent * 2 > 0 -> false
        fact.absent * 2 != 0 -> true
        fact.absent in [0] -> false
        partner.budget == partner.budget -> false
        party.end_customer == "X" -> false
        party.end_customer.joined > date("2020-01-01") -> false
        party.end_customer.joined.year != 2020 -> true
        fact.gift -> false
        fact.gift == true -> false
        fact.gift != true -> true
        fact.gift == false -> false
        !fact.gift -> true
        fact.gift && true -> false
        fact.gift || true -> true
        fact.gift ? 1 : 2 -> 2
        has(fact.gift) -> false
        has(fact.promo) -> true
        has(fact.of) -> false
        has(fact.channel) -> true
        has(partner.budget) -> false
        has(partner.joined.year) -> true
        "#,
    );
}

#[test]
fn a_missing_yes_or_no_is_no_as_a_condition() {
    let expr = Expr::parse("fact.gift", &declared(), Wanted::Truth).expect("a condition");
    assert_eq!(expr.truth(&story().subject()), Ok(false));
}

#[test]
fn texts_dates_and_lists_are_compared() {
    check(
        r#"
        product.category == "Bikes" && !(fact.channel == "b-stock") -> true
        partner.country == 'JP' && partner.level in ["silver", "gold"] -> true
        partner.level < "silver" -> true
        product.code in list("spring") -> true
        partner.code in list("shared") -> true
        partner in list("spring") -> false
        partner.parent == partner.parent_or_self -> true
        partner.top == "P0" -> true
        product.code in ["1","2","3","4","5","6","7","8","B1"] -> true
        product.code in ["1","2","3","4","5","6","7","8","9"] -> false
        product.code in ["1","2","3","4","5","6","7","8",fact.product] -> true
        product.brand in ["a", "Kita",] -> true
        fact.quantity in [12, 24, 48.0] -> true
        fact.date in [date("2026-05-06")] -> true
        fact.date >= date("2026-05-01") && fact.date <= date("2026-05-31") -> true
        fact.date < fact.due -> true
        fact.date.year -> 2026
        fact.date.month -> 5
        fact.date.day -> 6
        fact.date.weekday -> 3
        date("2026-05-04").weekday -> 1
        date("2026-05-10").weekday -> 7
        (fact.date).month == 5 -> true
        (true ? fact.date : fact.due).month -> 5
        partner.joined.year == fact.date.year - 1 -> true
        fact.promo == fact.gift -> false
        fact.promo == (1 > 2) -> true
        partner.certified -> true
        partner.name.startsWith("Ac") && partner.name.endsWith("me") -> true
        partner.name.contains("cm") -> true
        partner.name.matches("^A.{2}e$") -> true
        fact.order.matches(r"\d+") -> true
        fact.order.matches("\\d{3}") -> false
        "#,
    );
}

#[test]
fn escapes_in_texts_are_read() {
    check(
        r#"
        fact.text == "a\"b" -> true
        fact.text == 'a"b' -> true
        "a\tb" == "a\x09b" -> true
        "\u6771\u4EAC" == "東京" -> true
        "\U0001F6B2" -> 🚲
        '\'' -> '
        "\101" -> A
        r"\n" -> \n
        "a // b" -> a // b
        "#,
    );
}

#[test]
fn partners_are_read_as_they_were_on_the_day() {
    let mut story = story();
    story.fact.parties.insert("other".to_owned(), PartnerCode::new("P1"));
    let path = Path::parse("party.other.region", &declared()).expect("a path");
    for (day, region) in [("2026-05-31", "East"), ("2026-06-01", "West")] {
        let subject = Subject { date: day.parse().expect("date"), ..story.subject() };
        assert_eq!(path.value(&subject).map(|value| value.to_string()).as_deref(), Some(region));
    }
}

/// One case a line: `path -> value, kind`.
#[test]
fn paths_lead_to_values_and_partners() {
    let table = "
        partner -> P1, partner
        partner.code -> P1, value
        partner.region -> East, value
        partner.parent_or_self -> P9, partner
        partner.parent.parent -> P0, partner
        partner.buying_group -> G1, partner
        partner.parent.parent.parent -> nothing, partner
        party.distributor -> D1, partner
        party.ship_to -> P1-Osaka, partner
        party.ship_to.code -> P1-Osaka, value
        earner.parent -> P0, partner
        product.vendor -> D1, partner
        product.brand -> Kita, value
        fact.order -> O-77, value
        fact.line -> nothing, value
        fact.date.month -> 5, value
        fact.date -> 2026-05-06, value
        fact.promo -> false, value
        fact.points_paid -> 12.5, value
    ";
    let story = story();
    for (text, expected) in cases(table) {
        let path = Path::parse(text, &declared()).expect(text);
        assert_eq!(path.text(), text);
        let value = path.value(&story.subject()).map_or("nothing".to_owned(), |v| v.to_string());
        let kind = if path.leads_to_partner() { "partner" } else { "value" };
        assert_eq!(format!("{value}, {kind}"), expected, "in case `{text}`");
        let partner = path.partner(&story.subject()).map(|code| code.to_string());
        let expected = (kind == "partner" && value != "nothing").then_some(value);
        assert_eq!(partner, expected, "in case `{text}`");
    }
}

#[test]
fn a_fact_without_partner_or_product_has_no_fields_of_them() {
    let mut story = story();
    story.fact.partner = None;
    story.fact.product = None;
    for text in ["partner", "partner.region", "partner.top", "product.code", "product.brand"] {
        let path = Path::parse(text, &declared()).expect(text);
        assert_eq!(path.value(&story.subject()), None, "in case `{text}`");
    }
}
