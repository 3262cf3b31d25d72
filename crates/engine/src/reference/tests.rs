use domain::amount::Currency;
use domain::code::{PartnerCode, ProductCode, Unit};
use domain::figure::FigureEntry;
use domain::master::{ExchangeRate, Price, UnitFactor};
use jiff::civil::Date;

use super::*;
use crate::audit::{self, Filter};
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::rules;
use crate::views::story::{self, TODAY, noon};

/// An entry in words: `rate EUR USD 1.1`, `unit B1 case 24 piece`, `list spring B1`,
/// `figure plan P1 2026Q2 900 [brand=Kita]`, `price net B1 480 USD`; the last word may be the day
/// from which it holds.
fn said(text: &str) -> Said {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let from: Option<Date> = words.last().and_then(|word| word.parse().ok());
    if from.is_some() {
        words.pop();
    }
    let some = |word: &str| (word != "-").then(|| word.to_owned());
    let currency = |word| Currency::parse(word).expect("a currency");
    let number = |word: &str| word.parse().expect("a number");
    match words.as_slice() {
        ["rate", of, to, rate] => Said::Rate(ExchangeRate {
            of: currency(of),
            to: currency(to),
            rate: number(rate),
            from,
        }),
        ["unit", product, unit, holds, of] => Said::Unit(UnitFactor {
            product: some(product).map(ProductCode::new),
            unit: Unit::new(unit),
            holds: number(holds),
            of: Unit::new(of),
            from,
        }),
        ["list", list, code] => Said::Listed { list: (*list).to_owned(), code: (*code).to_owned() },
        ["figure", table, partner, period, value, groups @ ..] => Said::Figure {
            table: (*table).to_owned(),
            entry: FigureEntry {
                partner: some(partner).map(PartnerCode::new),
                period: some(period),
                groups: groups
                    .iter()
                    .filter_map(|group| group.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                value: number(value),
                from,
            },
        },
        ["price", list, product, price, of] => Said::Price(Price {
            list: (*list).to_owned(),
            product: ProductCode::new(product),
            price: number(price),
            currency: currency(of),
            from,
        }),
        other => panic!("{other:?} is no entry"),
    }
}

async fn put_all(db: &Db, entries: &str) -> Changed {
    let entries: Vec<ReferenceEntry> = entries
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| ReferenceEntry::new(said(line)).expect(line))
        .collect();
    let mut tx = db.write().await.unwrap();
    let rules = rules::load(&mut tx).await.unwrap();
    let changed = put(&mut tx, &rules, noon(TODAY), &Actor::System, entries).await.unwrap();
    tx.commit().await.unwrap();
    changed
}

async fn remove_all(db: &Db, entry: &str) -> Changed {
    let mut tx = db.write().await.unwrap();
    let rules = rules::load(&mut tx).await.unwrap();
    let entries = vec![said(entry)];
    let changed = remove(&mut tx, &rules, noon(TODAY), &Actor::System, entries).await.unwrap();
    tx.commit().await.unwrap();
    changed
}

/// `program partner period amount` of the awards, and what waits.
async fn figures(db: &Db) -> (Vec<String>, Vec<String>) {
    let story = story::know(db).await;
    let mut reader = db.read().await.unwrap();
    let (_, differences) =
        rebuild::compare(&mut reader, &story.rules, &story.master).await.unwrap();
    assert_eq!(differences, [], "totals are what measuring anew gives");
    let mut awards = Vec::new();
    for (at, program_id) in story.rules.program_ids.iter().enumerate() {
        for partner in ["P1", "P2"] {
            let partner_id = story.master.partner_id(partner).unwrap();
            let of = crate::accrue::awards_of_partner(&mut reader, partner_id, 100).await.unwrap();
            for award in of.iter().filter(|award| award.program_id == *program_id) {
                let program = &story.rules.plans[at].code;
                awards.push(format!("{program} {partner} {}", award.amount.normalize()));
            }
        }
    }
    let waiting = totals::waiting_list(&mut reader, 100).await.unwrap();
    (awards, waiting.into_iter().map(|(key, _, _, reason)| format!("{key} {reason}")).collect())
}

/// Facts are in EUR.
async fn world(db: &Db, programs: &[&str]) {
    story::tell_master_data(db).await;
    for text in programs {
        story::activate(db, text).await;
    }
}

fn program(code: &str, currency: &str, term: &str) -> String {
    format!(
        "program: {code}\ncurrency: {currency}\nstarts: 2026-01-01\nends: 2026-12-31\n\
         periods: {{ every: quarter }}\nterms:\n  - {{ term: t, {term} }}\n"
    )
}

#[tokio::test]
async fn facts_that_waited_for_a_rate_count_from_then_on() {
    for_each_database(async |db| {
        let dollars = program("dollars", "USD", "measure: sum(amount), rate: 10%");
        let euros = program("euros", "EUR", "measure: sum(amount), rate: 10%");
        world(&db, &[&dollars, &euros]).await;
        story::take(&db, "2026-04-10 sale S1 P1 B1 4 1000", noon(TODAY)).await;
        let (awards, waiting) = figures(&db).await;
        assert_eq!(awards, ["euros P1 100"]);
        assert_eq!(waiting, ["S1 no_rate"]);

        // A rate of other currencies is no concern of either; one that comes too late still waits.
        let changed = put_all(&db, "rate GBP CHF 1.1\nrate EUR USD 1.3 2026-05-01").await;
        assert_eq!(changed.became, [Became::Created, Became::Created]);
        assert_eq!(changed.measured.len(), 2, "both name one of EUR and USD");
        assert_eq!(figures(&db).await.1, ["S1 no_rate"]);

        put_all(&db, "rate EUR USD 1.2 2026-04-01").await;
        let (awards, waiting) = figures(&db).await;
        assert_eq!(awards, ["dollars P1 120", "euros P1 100"]);
        assert_eq!(waiting, [""; 0]);

        // The same again is known; another value is a change, and the difference is posted.
        let again = put_all(&db, "rate EUR USD 1.20 2026-04-01").await;
        assert_eq!((again.became, again.measured), (vec![Became::Unchanged], vec![]));
        let changed = put_all(&db, "rate EUR USD 1.5 2026-04-01").await;
        assert_eq!(changed.became, [Became::Changed]);
        assert_eq!(figures(&db).await.0, ["dollars P1 150", "euros P1 100"]);

        // What goes is missing again.
        assert_eq!(remove_all(&db, "rate EUR USD 1 2026-04-01").await.removed, 1);
        assert_eq!(remove_all(&db, "rate EUR USD 1 2026-04-01").await, Changed::default());
        assert_eq!(figures(&db).await.1, ["S1 no_rate"]);
    })
    .await;
}

#[tokio::test]
async fn prices_lists_and_units_measure_what_names_them() {
    for_each_database(async |db| {
        put_all(&db, "price net B1 30 EUR\nlist spring B1").await;
        put_all(&db, "unit - case 24 piece").await;
        let by_price = program("a", "EUR", "measure: 'sum(price(\"net\") * quantity)', rate: 10%");
        let by_list = program(
            "b",
            "EUR",
            "when: 'product.code in list(\"spring\")', measure: sum(amount), rate: 10%",
        );
        let plain = program("c", "EUR", "measure: sum(amount), rate: 10%");
        world(&db, &[&by_price, &by_list, &plain]).await;
        let facts = "2026-04-10 sale S1 P1 B1 4 1000\n2026-04-11 sale S2 P1 B2 2 500";
        story::take(&db, facts, noon(TODAY)).await;
        let (awards, waiting) = figures(&db).await;
        assert_eq!(awards, ["a P1 12", "b P1 100", "c P1 150"]);
        assert_eq!(waiting, ["S2 no_price"]);

        let changed = put_all(&db, "price net B2 20 EUR 2026-04-01").await;
        assert_eq!(changed.measured.len(), 1);
        assert_eq!(
            figures(&db).await,
            (vec!["a P1 16".into(), "b P1 100".into(), "c P1 150".into()], vec![])
        );

        let changed = put_all(&db, "list spring B2\nlist spring B1").await;
        assert_eq!(changed.became, [Became::Created, Became::Unchanged]);
        assert_eq!(changed.measured.len(), 1);
        assert_eq!(figures(&db).await.0, ["a P1 16", "b P1 150", "c P1 150"]);
        assert_eq!(remove_all(&db, "list spring B1").await.removed, 1);
        assert_eq!(figures(&db).await.0, ["a P1 16", "b P1 50", "c P1 150"]);

        // Quantities are read by one of them alone.
        assert_eq!(put_all(&db, "unit B1 box 6 piece").await.measured.len(), 1);
        // What nobody names is measured for nobody.
        let changed = put_all(&db, "price gross B1 99 EUR\nlist other B1").await;
        assert_eq!((changed.measured, changed.marked), (vec![], vec![]));
    })
    .await;
}

#[tokio::test]
async fn figures_change_awards_and_no_totals() {
    for_each_database(async |db| {
        put_all(&db, "figure plan P2 2026 8000").await;
        let text = program(
            "growth",
            "EUR",
            "qualifier: { total: sum(amount), as: attainment }, target: plan, \
             measure: sum(amount), method: all_units, \
             tiers: [ { from: 100%, rate: 10% }, { from: 200%, rate: 20% } ]",
        );
        world(&db, &[&text]).await;
        story::take(&db, "2026-04-10 sale S1 P1 B1 4 1000", noon(TODAY)).await;
        assert_eq!(figures(&db).await.0, ["growth P1 0"], "it has no target");

        // A yearly target is spread over the quarters.
        let changed = put_all(&db, "figure plan P1 2026 4000").await;
        assert_eq!((changed.measured.len(), changed.marked.len()), (0, 1));
        assert_eq!(figures(&db).await.0, ["growth P1 100"]);
        // The quarter's own goes before it.
        put_all(&db, "figure plan P1 2026Q2 500").await;
        assert_eq!(figures(&db).await.0, ["growth P1 200"]);
        assert_eq!(put_all(&db, "figure other P1 2026Q2 1").await.marked, [0; 0]);
        remove_all(&db, "figure plan P1 2026Q2 0").await;
        assert_eq!(figures(&db).await.0, ["growth P1 100"]);
    })
    .await;
}

#[tokio::test]
async fn a_program_that_names_what_is_not_there_is_refused() {
    for_each_database(async |db| {
        put_all(&db, "figure fy26-plan - 2026 8000\nprice net B1 30 EUR\nunit - case 24 piece")
            .await;
        let mut reader = db.read().await.unwrap();
        for (term, expected) in [
            (
                "measure: sum(amount), rate: 1%, target: fy26-pln",
                "unknown figure table `fy26-pln`: did you mean `fy26-plan`?",
            ),
            (
                "measure: 'sum(price(\"nte\"))', rate: 1%",
                "unknown price list `nte`: did you mean `net`?",
            ),
            (
                "measure: sum(quantity), unit: cas, per_unit: 1",
                "unknown unit `cas`: did you mean `case`?",
            ),
            ("measure: sum(quantity), unit: case, per_unit: 1", ""),
        ] {
            let text = program("p", "EUR", term);
            let check = crate::programs::check(&mut reader, &text).await.unwrap();
            let errors: Vec<String> = check
                .problems
                .iter()
                .filter(|problem| problem.is_error())
                .map(|problem| format!("{}: {}", problem.message, problem.help))
                .collect();
            assert_eq!(errors.join("\n"), expected, "in `{term}`");
        }
    })
    .await;
}

#[tokio::test]
async fn the_trail_has_every_change_with_before_and_after() {
    for_each_database(async |db| {
        put_all(&db, "figure plan P1 2026Q2 500 brand=Kita 2026-04-01").await;
        // Of two in one go the later counts.
        let twice = "price net B1 30 EUR\nprice net B1 31 EUR\nfigure plan P1 2026Q2 700 brand=Kita 2026-04-01";
        let changed = put_all(&db, twice).await;
        assert_eq!(changed.became, [Became::Created, Became::Changed, Became::Changed]);
        remove_all(&db, "price net B1 0 EUR").await;
        let mut reader = db.read().await.unwrap();
        let page = audit::page(&mut reader, &Filter::default(), 9).await.unwrap();
        let told: Vec<String> = page
            .iter()
            .rev()
            .map(|entry| {
                let json = |value: &Option<serde_json::Value>| {
                    value.as_ref().map_or("-".to_owned(), ToString::to_string)
                };
                let (before, after) = (json(&entry.before), json(&entry.after));
                format!("{} {} {before} {after}", entry.action, entry.subject_id)
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"create plan / P1 / 2026Q2 / {"brand":"Kita"} / 2026-04-01 - {"value":"500"}"#,
                r#"change plan / P1 / 2026Q2 / {"brand":"Kita"} / 2026-04-01 {"value":"500"} {"value":"700"}"#,
                r#"create net / B1 - {"currency":"EUR","price":"30"}"#,
                r#"change net / B1 {"currency":"EUR","price":"30"} {"currency":"EUR","price":"31"}"#,
                r#"delete net / B1 {"currency":"EUR","price":"31"} -"#,
            ]
        );
        let listing = catalog::ReferenceListing {
            search: "P1".into(),
            limit: 10,
            ..catalog::ReferenceListing::default()
        };
        let table = catalog::ReferenceTable::Figures;
        let page = catalog::reference_entries(&mut reader, table, &listing).await.unwrap();
        assert_eq!(page.total, 1);
        assert_eq!(page.rows[0].said, said("figure plan P1 2026Q2 700 brand=Kita 2026-04-01"));
        assert_eq!(page.rows[0].updated_at, Some(noon(TODAY)));
        let none = catalog::ReferenceListing { search: "zz".into(), ..listing };
        assert_eq!(catalog::reference_entries(&mut reader, table, &none).await.unwrap().total, 0);
    })
    .await;
}

#[test]
fn what_cannot_be_an_entry_is_refused() {
    for (text, expected) in [
        ("rate EUR EUR 1", "`EUR` is converted to itself; name two"),
        ("rate EUR USD 0", "`0` in `rate` is not above zero; write it as a positive number"),
        (
            "unit - case -1 piece",
            "`-1` in `holds` is not above zero; write it as a positive number",
        ),
        ("unit - case 2 case", "`case` is converted to itself; name two"),
        ("price net B1 -2 EUR", "`-2` in `price` is not above zero; write it as a positive number"),
    ] {
        let error = ReferenceEntry::new(said(text)).unwrap_err();
        assert_eq!(error.to_string(), expected, "of `{text}`");
    }
    for text in ["price net B1 0 EUR", "figure plan - - -5"] {
        assert!(ReferenceEntry::new(said(text)).is_ok(), "`{text}`");
    }
}

#[tokio::test]
async fn found_products_go_onto_a_list_that_is_emptied_again() {
    for_each_database(async |db| {
        let listed = program(
            "listed",
            "EUR",
            "measure: sum(amount), rate: 10%, \
            when: 'product.code in list(\"spring\")'",
        );
        story::tell_master_data(&db).await;
        put_all(&db, "list spring X9").await;
        story::activate(&db, &listed).await;
        story::take(&db, "2026-04-10 sale S1 P1 B1 4 1000", noon(TODAY)).await;
        assert_eq!(figures(&db).await.0, Vec::<String>::new());
        let mut tx = db.write().await.unwrap();
        let rules = rules::load(&mut tx).await.unwrap();
        let who = Actor::System;
        let (found, changed) =
            list_products(&mut tx, &rules, noon(TODAY), &who, ("spring", "B1")).await.unwrap();
        assert_eq!((found, changed.count(Became::Created)), (1, 1));
        assert_eq!(changed.measured.len(), 1, "the program that looks it up is counted anew");
        tx.commit().await.unwrap();
        let of = |lists: &mut std::collections::BTreeMap<String, Vec<String>>| {
            lists.remove("spring").unwrap()
        };
        let mut reader = db.read().await.unwrap();
        let codes = of(&mut catalog::code_lists(&mut reader).await.unwrap());
        drop(reader);
        assert_eq!(codes, ["X9", "B1"], "what was there stays");
        let mut tx = db.write().await.unwrap();
        let rules = rules::load(&mut tx).await.unwrap();
        let none = empty_list(&mut tx, &rules, noon(TODAY), &who, "autumn").await;
        assert!(matches!(none, Err(CatalogError::NotFound { .. })), "{none:?}");
        let changed = empty_list(&mut tx, &rules, noon(TODAY), &who, "spring").await.unwrap();
        assert_eq!(changed.measured.len(), 1);
        tx.commit().await.unwrap();
        let mut reader = db.read().await.unwrap();
        let codes = of(&mut catalog::code_lists(&mut reader).await.unwrap());
        assert!(codes.is_empty(), "the list stays");
    })
    .await;
}
