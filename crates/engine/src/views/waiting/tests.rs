use domain::amount::Currency;
use domain::code::{ProductCode, Unit};
use domain::master::{ExchangeRate, Price, UnitFactor};

use super::*;
use crate::access::Actor;
use crate::catalog::{self, Item, ReferenceEntry, Said};
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::reference;
use crate::rules;
use crate::views::story::{self, TODAY, noon};

/// Four terms that each lack something else of facts in EUR.
const PROGRAMS: [&str; 2] = [
    "
program: dollars
currency: USD
starts: 2026-01-01
periods: { every: quarter }
terms:
  - { term: amounts, measure: sum(amount), rate: 10% }
  - { term: cases, when: 'product.code == \"D1\"', measure: sum(quantity), unit: case, per_unit: 5 }
",
    "
program: euros
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
terms:
  - { term: prices, when: 'product.category == \"Bikes\"', measure: 'sum(price(\"net\") * quantity)', rate: 1% }
  - { term: lists, when: 'product.code in list(\"spring\")', measure: sum(amount), rate: 1% }
  - { term: weights, measure: 'sum(fact.weight)', rate: 1% }
fields: { fact.weight: number }
",
];

async fn told(db: &Db, viewer: Viewer, query: &WaitingQuery) -> Vec<String> {
    let mut reader = db.read().await.expect("reads");
    let rules = rules::load(&mut reader).await.expect("rules load");
    let master = catalog::load_master(&mut reader).await.expect("master data load");
    let found = waiting(&mut reader, (&rules, &master), viewer, query).await.expect("reads");
    let line = |line: &WaitingLine| {
        let who = line.partner.as_ref().map_or("-", |(code, _)| code);
        let terms: Vec<String> = line
            .terms
            .iter()
            .map(|(at, term)| rules.plans[*at].terms[usize::from(*term)].code.to_string())
            .collect();
        let lack = match &line.lack {
            None => "nothing".to_owned(),
            Some(Lack::Rate { of, to, day }) => format!("rate {of} {to} {day}"),
            Some(Lack::Factor { product, unit, to, day }) => {
                format!("factor {} {unit} {to} {day}", product.as_ref().map_or("-", |p| p.as_str()))
            }
            Some(Lack::Price { list, product, day }) => {
                format!("price {list} {} {day}", product.as_ref().map_or("-", |p| p.as_str()))
            }
            Some(Lack::List(name)) => format!("list {name}"),
            Some(Lack::Field(path)) => format!("field {path}"),
            Some(Lack::Answer(text)) => format!("answer {text}"),
        };
        format!("{} {who} {}: {lack}", line.key, terms.join("+"))
    };
    let mut lines: Vec<String> = found.rows.iter().map(line).collect();
    lines.push(format!("{} of {:?}", found.total, found.reasons));
    lines
}

/// Says or takes back reference data.
async fn reference(db: &Db, put: bool, said: Vec<Said>) {
    let mut tx = db.write().await.expect("writes");
    let rules = rules::load(&mut tx).await.expect("rules load");
    let (now, who) = (noon(TODAY), Actor::System);
    if put {
        let entries = said.into_iter().map(|said| ReferenceEntry::new(said).expect("an entry"));
        reference::put(&mut tx, &rules, now, &who, entries.collect()).await.expect("puts");
    } else {
        reference::remove(&mut tx, &rules, now, &who, said).await.expect("removes");
    }
    tx.commit().await.expect("commits");
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

fn rate() -> Said {
    let to = Currency::parse("USD").expect("a currency");
    Said::Rate(ExchangeRate { of: eur(), to, rate: 2.into(), from: None })
}

fn listed() -> Said {
    Said::Listed { list: "spring".into(), code: "C1".into() }
}

async fn world(db: &Db) {
    story::tell_master_data(db).await;
    let fields = [("category".to_owned(), "Bikes".to_owned()), ("unit".into(), "piece".into())];
    let tandem = Item::new("D1", catalog::Names::new(), fields.into()).expect("an item");
    let mut tx = db.write().await.expect("writes");
    let (now, who) = (noon(TODAY), Actor::System);
    catalog::upsert_products(&mut tx, now, &who, vec![tandem]).await.expect("products");
    tx.commit().await.expect("commits");
    let product = || ProductCode::new("C1");
    let unit = Said::Unit(UnitFactor {
        product: Some(product()),
        unit: Unit::new("case"),
        holds: 24.into(),
        of: Unit::new("piece"),
        from: None,
    });
    let price = Price {
        list: "net".into(),
        product: product(),
        price: 30.into(),
        currency: eur(),
        from: None,
    };
    reference(db, true, vec![unit, Said::Price(price), listed()]).await;
    for text in PROGRAMS {
        story::activate(db, text).await;
    }
    reference(db, false, vec![listed()]).await;
    let facts = "2026-04-10 sale S1 P1 D1 4 1000\n2026-04-11 sale S2 P2 C1 2 500\n\
                 2026-04-12 return R1 - - 1 250 S1";
    story::take(db, facts, noon(TODAY)).await;
}

#[tokio::test]
async fn each_line_is_listed_with_what_it_lacks_and_to_whom_it_belongs() {
    for_each_database(async |db| {
        world(&db).await;
        let all = WaitingQuery { limit: 50, ..WaitingQuery::default() };
        assert_eq!(
            told(&db, Viewer::Vendor, &all).await,
            [
                "R1 P1 cases: factor D1 piece case 2026-04-12",
                "R1 P1 prices: price net D1 2026-04-10",
                "R1 P1 amounts: rate EUR USD 2026-04-12",
                "R1 P1 weights: field fact.weight",
                "S2 P2 amounts: rate EUR USD 2026-04-11",
                "S2 P2 weights: field fact.weight",
                "S1 P1 cases: factor D1 piece case 2026-04-10",
                "S1 P1 prices: price net D1 2026-04-10",
                "S1 P1 amounts: rate EUR USD 2026-04-10",
                "S1 P1 weights: field fact.weight",
                "10 of {\"no_factor\": 2, \"no_price\": 2, \"no_rate\": 3, \"no_value\": 3}",
            ]
        );
        let mut reader = db.read().await.expect("reads");
        let (rules, master) = (
            rules::load(&mut reader).await.expect("rules load"),
            catalog::load_master(&mut reader).await.expect("master data load"),
        );
        let birke = Viewer::Partner(master.partner_id("P2").expect("a partner"));
        let dollars = rules.program_ids[rules.by_code("dollars").expect("a program")];
        let by_reason = WaitingQuery { reason: "no_rate".into(), ..all.clone() };
        assert_eq!(
            told(&db, birke, &by_reason).await,
            ["S2 P2 amounts: rate EUR USD 2026-04-11", "1 of {\"no_rate\": 1, \"no_value\": 1}",]
        );
        let by_program = WaitingQuery {
            program_id: Some(dollars),
            search: "adler".into(),
            offset: 3,
            ..all.clone()
        };
        assert_eq!(
            told(&db, Viewer::Vendor, &by_program).await,
            ["S1 P1 amounts: rate EUR USD 2026-04-10", "4 of {\"no_factor\": 2, \"no_rate\": 2}",]
        );
        let adler = WaitingQuery { partner_id: master.partner_id("P1"), ..all.clone() };
        assert_eq!(told(&db, birke, &adler).await, ["0 of {}"], "of others there is nothing");
        assert_eq!(waits(&mut reader, birke).await.expect("counts"), 1);
        assert_eq!(waits(&mut reader, Viewer::Vendor).await.expect("counts"), 3);
        drop(reader);

        reference(&db, true, vec![rate()]).await;
        let by_reason = told(&db, Viewer::Vendor, &by_reason).await;
        assert_eq!(by_reason.len(), 1, "with the rate they count: {by_reason:?}");
    })
    .await;
}
