use std::collections::BTreeMap;

use super::*;
use crate::amount::Currency;
use crate::code::{FactKey, ProductCode, Unit};
use crate::fact::FactKind;
use crate::master::Partner;

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

/// One case a line: `expression -> column: message`, several joined by ` | `.
#[track_caller]
fn check_wrong(wanted: Wanted, table: &str) {
    for (text, expected) in cases(table) {
        let Err(errors) = Expr::parse(text, &declared(), wanted) else {
            panic!("`{text}` should not parse");
        };
        let found: Vec<String> = errors.iter().map(|error| located(text, error)).collect();
        assert_eq!(found.join(" | "), expected, "in case `{text}`");
    }
}

fn located(text: &str, error: &ConditionError) -> String {
    let column = text[..error.offset].chars().count() + 1;
    format!("{column}: {}", error.message)
}

#[test]
fn fields_of_every_root_are_read() {
    check(
        r#"
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
        "#,
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
fn unknown_names_come_with_the_nearest_known_one() {
    check_wrong(
        Wanted::Truth,
        r#"
        product.categry == "x" -> 9: unknown field `product.categry`; did you mean `product.category`? Otherwise declare `product.categry` under `fields`
        product.colour == "x" -> 9: unknown field `product.colour`; declare `product.colour` under `fields`
        product.famly == "x" -> 9: unknown field `product.famly`; did you mean `product.family`? Otherwise declare `product.famly` under `fields`
        fact.category == "x" -> 6: unknown field `fact.category`; did you mean `product.category`? Otherwise declare `fact.category` under `fields`
        partner.parent.regoin == "x" -> 16: unknown field `partner.parent.regoin`; did you mean `partner.parent.region`? Otherwise declare `partner.regoin` under `fields`
        party.distributor.stuff == 1 -> 19: unknown field `party.distributor.stuff`; did you mean `party.distributor.staff`? Otherwise declare `partner.stuff` under `fields`
        produkt.category == "x" -> 1: unknown field `produkt.category`; did you mean `product.category`?
        category == "x" -> 1: unknown field `category`; write `product.category`
        amount > 1 -> 1: unknown field `amount`; write `fact.amount`
        code == "x" -> 1: unknown field `code`; write `product.code` or `partner.code`
        fact.channel == online -> 17: unknown field `online`; write text in quotes: `"online"`
        customer.name == "x" -> 1: unknown field `customer.name`; fields begin with `fact.`, `product.`, `partner.`, `earner.` or `party.`
        fact == "x" -> 1: `fact` alone has no value; name a field of it, such as `fact.channel`
        party == "x" -> 1: `party` alone has no value; name a field of it, such as `party.ship_to`
        fact.partner.region == "x" -> 14: `fact.partner` is text and has no members; did you mean `partner.region`?
        fact.date.mont == 1 -> 11: a date has no `.mont`; did you mean `.month`?
        date("2026-05-01").week == 1 -> 20: a date has no `.week`; use `.year`, `.month`, `.day` or `.weekday`
        fact.date.month.day == 1 -> 17: `fact.date.month` is a number and has no members
        partner.name.length > 1 -> 14: `partner.name` is text and has no members
        product.code in list("sprnig") -> 22: unknown list `sprnig`; did you mean `spring`?
        product.code in list("other") -> 22: unknown list `other`; declare it under `lists`
        hass(fact.of) -> 1: unknown function `hass`; did you mean `has`?
        size(fact.of) > 1 -> 1: unknown function `size`; there are `has`, `list`, `price`, `awarded`, `date`
        fact.of.startWith("x") -> 9: unknown function `.startWith`; did you mean `.startsWith`?
        fact.of.size() > 1 -> 9: unknown function `.size`; text has `.startsWith`, `.endsWith`, `.contains`, `.matches`
        "#,
    );
}

#[test]
fn types_that_do_not_fit_are_refused() {
    check_wrong(
        Wanted::Truth,
        r#"
        partner.level == 3 -> 1: `partner.level` is text and is compared with a number; write `"3"` in quotes
        3 < partner.level -> 1: `3` is a number and is compared with text; write `"3"` in quotes
        fact.quantity > "10" -> 1: `fact.quantity` is a number and is compared with text; write `10` without quotes
        fact.quantity > partner.name -> 1: `fact.quantity` is a number and is compared with text; compare like with like, or declare the field as `number`
        fact.date > "2026-05-01" -> 1: `fact.date` is a date and is compared with text; write `date("2026-05-01")`
        fact.date > "May" -> 1: `fact.date` is a date and is compared with text; write a date as `date("2026-05-01")`
        fact.date > 5 -> 1: `fact.date` is a date and is compared with a number; use `.year`, `.month`, `.day` or `.weekday` of the date
        fact.promo == "yes" -> 1: `fact.promo` is yes or no and is compared with text; compare like with like
        partner.level == ["gold"] -> 1: `partner.level` is text and is compared with a list; write `in`
        fact.promo < true -> 1: `fact.promo < true` compares yes and no by size; only `==` and `!=` make sense
        1 < 2 < 3 -> 1: `1 < 2` is yes or no and is compared with a number; compare like with like
        partner.name + 1 == "y" -> 1: `partner.name` is text; only numbers can be added, subtracted, multiplied or divided
        fact.due - 1 > fact.date -> 1: `fact.due` is a date; only numbers can be added, subtracted, multiplied or divided
        -partner.name == "x" -> 2: `partner.name` is text; only numbers can be added, subtracted, multiplied or divided
        partner.level in "gold" -> 18: `"gold"` is text; behind `in` stands a list, such as `["a", "b"]` or `list("name")`
        fact.quantity in ["1"] -> 1: `fact.quantity` is a number and is looked for in a list of text; compare like with like
        fact.quantity in list("spring") -> 1: `fact.quantity` is a number and is looked for in a list of text; compare like with like
        partner.level in [1] -> 1: `partner.level` is text and is looked for in a list of numbers; compare like with like
        partner.level in ["a", 1] -> 24: `1` is a number in a list that begins with text; a list holds one type
        partner.level in [] -> 18: an empty list holds nothing; name what it should hold
        fact.promo in [true] -> 16: a list holds texts, numbers or dates
        fact.quantity -> 1: a condition is needed here, but `fact.quantity` is a number; compare it with something
        partner.name && true -> 1: `partner.name` is text, where yes or no is needed; compare it with something
        !partner.name -> 2: `partner.name` is text, where yes or no is needed; compare it with something
        1 ? true : false -> 1: `1` is a number, where yes or no is needed; compare it with something
        (true ? 1 : "a") == 1 -> 1: `? :` chooses between a number and text; both must be of one type
        fact.amount.startsWith("1") -> 1: `fact.amount` is a number; `.startsWith` is of text alone
        partner.name.contains(1) -> 23: `.contains` takes text, but `1` is a number; write it in quotes
        partner.name.matches("(") -> 22: `(` is not a regular expression: found open group without closing ')'
        partner.name.matches(fact.of) -> 22: `.matches` takes a regular expression in quotes
        "#,
    );
    check_wrong(
        Wanted::Number,
        r#"
        amount > 1 -> 1: a number is needed here, but `amount > 1` is yes or no
        true && false -> 1: a number is needed here, but `true && false` is yes or no
        partner.name -> 1: a number is needed here, but `partner.name` is text
        "#,
    );
    check_wrong(
        Wanted::Any,
        r#"
        ["a"] -> 1: `["a"]` is a list; it can stand only behind `in`
        "#,
    );
}

#[test]
fn functions_are_used_as_meant() {
    check_wrong(
        Wanted::Truth,
        r#"
        sum(fact.amount) > 1 -> 1: a total such as `sum(…)` stands only in `total`
        [1].exists(x, x > 1) -> 5: macros such as `.exists(…)` are not part of the language; use `in`
        has(1) -> 5: `has` takes a field, such as `has(fact.channel)`, not `1`
        has(fact.of, fact.key) -> 1: `has` takes one argument, not 2
        has() -> 1: `has` takes one argument, not 0
        matches(fact.of, "x") -> 1: write `x.matches(…)`, with the text in front
        list(spring) -> 6: `list` takes a text in quotes, such as `list("name")`, not `spring`
        fact.date > date(2026) -> 18: `date` takes a text in quotes, such as `date("2026-05-01")`, not `2026`
        fact.date > date("2026-02-30") -> 18: `date("2026-02-30")` is not a date; write year, month and day such as `date("2026-05-01")`
        fact.date > date("20260501") -> 18: `date("20260501")` is not a date; write year, month and day such as `date("2026-05-01")`
        fact.of.contains() -> 9: `.contains` takes one argument, not 0
        "#,
    );
}

#[test]
fn texts_that_are_no_expression_are_refused_where_they_go_wrong() {
    check_wrong(
        Wanted::Truth,
        r#"
        fact.of = "x" -> 9: `=` does not compare; write `==`
        fact.of == “x” -> 12: `“` does not quote; write text in "straight" or 'single' quotes
        true and false -> 6: write `&&` for and
        true or false -> 6: write `||` for or
        not true -> 1: write `!` for not
        true & false -> 6: `&` is not an operator; write `&&`
        fact.of == null -> 12: there is no `null`; write `!has(x)` for a missing value
        fact.of not in ["x"] -> 9: `not` is not an operator; write `!(a in b)`, `==`, or `a.contains("…")`
        fact.quantity ≥ 1 -> 15: `≥` is not an operator; write `>=`
        fact["of"] == "x" -> 5: nothing can be looked up with `[…]`; name the field with a point
        5 % 2 == 1 -> 3: `%` is not an operator; write `0.025` for 2.5 %
        (true -> 6: expected `)` to close `(`, found the end
        true) -> 5: `)` closes nothing; remove it
        true ? 1 -> 9: expected `:` and what to take otherwise, found the end
        fact.of in ["a" "b"] -> 17: expected `]` or `,`, found `"b"`
        true && -> 8: the text ends where a field, a value or `(` is expected
        && true -> 1: `&&` stands where a field, a value or `(` is expected
        fact. == 1 -> 7: a name is expected after `.`
        fact.of == "x -> 12: the text that begins here does not end; close it with "
        fact.of == "\q" -> 13: `\q` is not an escape; write `\\` for a backslash, or the text as r"…"
        fact.of == "\u12" -> 13: `\u` is not an escape; write `\\` for a backslash, or the text as r"…"
        fact.amount > 1e3 -> 15: `1e3` is not a number; write digits and at most one point, such as `1200` or `0.5`, and text in quotes
        fact.amount > 1,000 -> 16: expected an operator such as `&&` before `,`
        fact.amount > 1234567890123456 -> 15: `1234567890123456` has more than 15 digits; write fewer
        fact.amount > 1.234567890123456 -> 15: `1.234567890123456` has more than 15 digits; write fewer
        fact.amount > 0.00000000000000000000000000001 -> 15: `0.00000000000000000000000000001` is finer than numbers can be; write at most 28 decimals
        "#,
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    check_wrong(
        Wanted::Truth,
        r#"
        fact.a == "x" && product.categry == 1 && 1e3 > 2 -> 1: `fact.a` is a number and is compared with text; compare like with like, or declare the field as `number` | 26: unknown field `product.categry`; did you mean `product.category`? Otherwise declare `product.categry` under `fields` | 42: `1e3` is not a number; write digits and at most one point, such as `1200` or `0.5`, and text in quotes
        produkt.name == hass(x) || !1 -> 1: unknown field `produkt.name`; did you mean `product.name`? | 17: unknown function `hass`; did you mean `has`? | 29: `1` is a number, where yes or no is needed; compare it with something
        "#,
    );
}

#[test]
fn nothing_too_long_or_too_deep_is_read() {
    let wrong = |text: &str| {
        let errors = Expr::parse(text, &declared(), Wanted::Any).expect_err("too much");
        errors[0].message.clone()
    };
    assert!(wrong("").contains("nothing stands here"));
    assert!(wrong(" \n ").contains("nothing stands here"));
    assert!(wrong(&"(".repeat(10_000)).contains("levels deep"));
    assert!(wrong(&"!".repeat(10_000)).contains("levels deep"));
    assert!(wrong(&"-".repeat(10_000)).contains("levels deep"));
    assert!(wrong(&"[".repeat(10_000)).contains("levels deep"));
    assert!(wrong(&vec!["1"; 10_000].join("+")).contains("levels deep"));
    assert!(wrong(&"true ? 1 : ".repeat(5_000)).contains("levels deep"));
    assert!(wrong(&vec!["fact"; 10_000].join(".")).contains("levels deep"));
    assert!(wrong(&" ".repeat(EXPRESSION_BYTES_MAX + 1)).contains("put codes into a list"));

    let long = vec!["1 < 2"; 6_000].join(" && ");
    let expr = Expr::parse(&long, &declared(), Wanted::Truth).expect("long, but flat");
    assert_eq!(expr.conjuncts().len(), 6_000);
    assert_eq!(expr.truth(&story().subject()), Ok(true));
}

/// One case a line: `condition -> part ; part`.
#[test]
fn a_condition_splits_into_its_parts() {
    let table = r#"
        fact.promo -> fact.promo
        fact.promo && (product.brand == "a" || partner.level == "b") -> fact.promo ; (product.brand == "a" || partner.level == "b")
        fact.promo && (partner.certified && true) -> fact.promo ; partner.certified ; true
        fact.promo || true -> fact.promo || true
        !fact.promo && 1 < 2 -> !fact.promo ; 1 < 2
    "#;
    for (text, expected) in cases(table) {
        let expr = Expr::parse(text, &declared(), Wanted::Truth).expect("a condition");
        let parts: Vec<String> =
            expr.conjuncts().iter().map(|part| part.text().to_owned()).collect();
        assert_eq!(parts.join(" ; "), expected, "in case `{text}`");
    }
}

#[test]
fn conditions_join_with_their_parts_kept_apart() {
    let parse = |text: &str| Expr::parse(text, &declared(), Wanted::Truth).expect("a condition");
    let texts = ["fact.promo || true", "1 < 2 && 2 < 3", "true ? false : true"];
    let joined = Expr::and(texts.map(parse).into()).expect("parts");
    assert_eq!(joined.text(), "(fact.promo || true) && 1 < 2 && 2 < 3 && (true ? false : true)");
    assert_eq!(joined, parse(joined.text()));
    assert_eq!(Expr::and(vec![parse(texts[0])]), Some(parse(texts[0])));
    assert_eq!(Expr::and(Vec::new()), None);
}

#[test]
fn an_expression_says_what_it_reads() {
    let parse = |text: &str| Expr::parse(text, &declared(), Wanted::Any).expect(text);
    let depends = |text: &str| parse(text).depends();
    assert_eq!(depends("1 < 2"), Depends::NOTHING);
    assert_eq!(depends("product.brand in list(\"spring\")"), Depends::PRODUCT);
    assert_eq!(depends("partner.parent.region == \"x\""), Depends::PARTNER);
    assert_eq!(depends("has(earner.region)"), Depends::EARNER);
    assert_eq!(depends("fact.date.month"), Depends::FACT);
    assert_eq!(depends("amount * 2"), Depends::NUMBERS);
    assert_eq!(depends("party.ship_to"), Depends::PARTY);
    assert_eq!(depends("product.vendor.region"), Depends::PRODUCT.with(Depends::PARTY));
    assert_eq!(depends("price(\"p\") - awarded(\"t\")"), Depends::PRICE.with(Depends::AWARDED));
    let both = depends("product.brand == \"a\" && partner.level == \"b\"");
    assert!(both.on(Depends::PRODUCT) && !both.on(Depends::FACT));
    assert!(both.only(Depends::PRODUCT.with(Depends::PARTNER)) && !both.only(Depends::PRODUCT));

    let expr = parse(
        "fact.of in [product.brand, partner.top] && partner.top.region in list(\"spring\") && \
         fact.date.month in [1] && amount > price(\"p\") + awarded(\"t\") - awarded(\"t\")",
    );
    let paths = ["fact.of", "product.brand", "partner.top", "partner.top.region", "fact.date"];
    assert_eq!(expr.walk_fields()[..5], paths);
    assert_eq!(expr.walk_fields()[5..], ["fact.amount"]);
    assert_eq!(expr.lists(), ["spring"]);
    assert_eq!(expr.bind(&story().lists).lists(), ["spring"]);
    assert_eq!(expr.price_lists(), ["p"]);
    assert_eq!(expr.uses_awarded(), ["t"]);
}

#[test]
fn bound_lists_are_those_given() {
    let story = story();
    let expr = Expr::parse("product.code in list(\"spring\")", &declared(), Wanted::Truth);
    let expr = expr.expect("a condition");
    let other = BTreeMap::from([("spring".to_owned(), vec!["X".to_owned()])]);
    assert_eq!(expr.truth(&story.subject()), Ok(true));
    assert_eq!(expr.bind(&other).truth(&story.subject()), Ok(false));
    assert_eq!(expr.bind(&BTreeMap::new()).truth(&story.subject()), Ok(true));
    assert_eq!(expr.bind(&story.lists).bind(&other).truth(&story.subject()), Ok(true));
}

#[test]
fn about_the_earner_partner_is_the_earner() {
    let text = "partner.region == \"North\" && partner.code == \"P9\" && partner.parent == \"P0\"";
    let expr = Expr::parse(text, &declared(), Wanted::Truth).expect("a condition");
    assert_eq!(expr.truth(&story().subject()), Ok(false));
    let about = expr.about_earner();
    assert_eq!(about.truth(&story().subject()), Ok(true));
    assert_eq!(about.depends(), Depends::EARNER);
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
fn what_is_no_path_is_refused() {
    let table = r#"
        1 -> 1: `1` is not a path; write names joined by points, such as `partner.region`
        partner.region == "x" -> 1: `partner.region == "x"` is not a path; write names joined by points, such as `partner.region`
        fact -> 1: `fact` alone has no value; name a field of it, such as `fact.channel`
        partner.regon -> 9: unknown field `partner.regon`; did you mean `partner.region`? Otherwise declare `partner.regon` under `fields`
        partner. -> 9: a name is expected after `.`
    "#;
    for (text, expected) in cases(table) {
        let errors = Path::parse(text, &declared()).expect_err(text);
        assert_eq!(located(text, &errors[0]), expected, "in case `{text}`");
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

/// No soup of tokens or characters makes the parser or the evaluation panic.
#[test]
fn no_soup_of_tokens_makes_it_panic() {
    const TOKENS: &[&str] = &[
        "&&",
        "||",
        "!",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "+",
        "-",
        "*",
        "/",
        "?",
        ":",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "%",
        "=",
        "\"",
        "'",
        "\\",
        "\"a\"",
        "'b'",
        "r\"",
        "0",
        "1",
        "0.1",
        "999999999999999",
        "1e9",
        "true",
        "false",
        "null",
        "has",
        "has(",
        "list(\"spring\")",
        "price(\"p\")",
        "awarded(\"t\")",
        "date(\"2026-05-01\")",
        ".year",
        ".weekday",
        ".startsWith(",
        ".matches(\"a+\")",
        "fact",
        "fact.of",
        "fact.most",
        "fact.absent",
        "fact.promo",
        "product.brand",
        "partner",
        "partner.top",
        ".parent",
        "earner",
        "party",
        "party.circle.top",
        "quantity",
        "amount",
        "東",
        "🚲",
        "\u{0}",
        "\n",
        "//",
        "“",
        " ",
    ];
    // A xorshift generator with a fixed seed: every run tries the same texts.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let (story, declared) = (story(), declared());
    let mut parsed = 0;
    for _ in 0..60_000 {
        let mut text = String::new();
        for _ in 0..=random(9) {
            text.push_str(TOKENS[random(TOKENS.len())]);
            if random(3) == 0 {
                text.push(' ');
            }
        }
        let _ = Path::parse(&text, &declared);
        match Expr::parse(&text, &declared, Wanted::Any) {
            Ok(expr) => {
                parsed += 1;
                let _ = expr.value(&story.subject());
                for part in expr.bind(&story.lists).conjuncts() {
                    let _ = part.about_earner().value(&story.subject());
                }
            }
            Err(errors) => {
                assert!(!errors.is_empty(), "`{text}`");
                for error in errors {
                    assert!(text.is_char_boundary(error.offset), "`{text}`: {error:?}");
                }
            }
        }
    }
    assert!(parsed > 500, "only {parsed} of the texts were expressions: the soup is too thin");
}
