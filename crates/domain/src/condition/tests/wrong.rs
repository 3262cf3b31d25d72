//! What is refused, where, and in which words.

use super::*;

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
        "
        amount > 1 -> 1: a number is needed here, but `amount > 1` is yes or no
        true && false -> 1: a number is needed here, but `true && false` is yes or no
        partner.name -> 1: a number is needed here, but `partner.name` is text
        ",
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
        fact.channel in (has(fact.of) ? ["a"] : ["b"]) -> 17: `? :` does not choose between lists; write `(a && x in […]) || (!a && x in […])`
        fact.of ! "x" -> 9: write `!=` for unequal, or `&&` before `!`
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
fn an_expression_has_an_end() {
    let Err(errors) = Expr::parse(" ", &declared(), Wanted::Truth) else { panic!("nothing") };
    assert_eq!(errors[0].message, "nothing stands here; write a condition or an expression");
    let long =
        format!("fact.channel == \"{}\"", "x".repeat(crate::condition::EXPRESSION_BYTES_MAX));
    let Err(errors) = Expr::parse(&long, &declared(), Wanted::Truth) else { panic!("too long") };
    let said = &errors[0].message;
    assert!(said.ends_with("bytes; put codes into a list under `lists`"), "{said}");
}
