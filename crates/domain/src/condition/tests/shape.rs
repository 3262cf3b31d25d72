//! Parts, joined conditions, bound lists, and what an expression says it reads.

use super::*;

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
    for own in ["partner", "partner.region", "partner.parent", "partner.parent_or_self.code"] {
        assert_eq!(depends(own), Depends::PARTNER, "`{own}`");
    }
    for others in ["partner.parent.region", "partner.top", "partner.parent.parent"] {
        assert_eq!(depends(others), Depends::PARTNER.with(Depends::PARTY), "`{others}`");
    }
    assert_eq!(depends("earner.top"), Depends::EARNER.with(Depends::PARTY));
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
