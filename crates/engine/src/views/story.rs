//! A small story for tests: two programs, five partners, returns and a late fact.

use domain::amount::Currency;
use domain::code::{FactKey, PartnerCode, ProductCode};
use domain::fact::{Fact, FactKind};
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::access::Actor;
use crate::accrue;
use crate::catalog::{self, Fields, Item, MasterData, Names};
use crate::db::Db;
use crate::journal::Source;
use crate::programs;
use crate::rules::{self, Rules};
use crate::take::{self, Incoming, Intent};

/// 1 % from 1,000 of bikes in a quarter, 2 % from 2,000, on everything.
pub(crate) const VOLUME: &str = "
program: volume
name: { en: Volume rebate, ja: 数量リベート }
currency: EUR
starts: 2025-01-01
periods: { every: quarter, grace: 5 days }
partners: partner.country == \"DE\"
terms:
  - term: bikes
    name: { en: Bikes }
    when: product.category == \"Bikes\"
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 1000, rate: 1%, name: { en: Silver } }
      - { from: 2000, rate: 2%, name: { en: Gold } }
";

/// 1 % for growing by 10 % over the quarter a year before, 3 % for 50 %.
pub(crate) const GROWTH: &str = "
program: growth
name: { en: Growth bonus }
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
terms:
  - term: all
    baseline: prior_year
    qualifier: { total: sum(amount), as: growth }
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 10%, rate: 1% }
      - { from: 50%, rate: 3% }
";

/// `day kind key partner product quantity amount [of]`.
const FACTS: &str = "
2025-04-10 sale   O1 P1 B1  4  800.00
2025-05-10 sale   O2 P2 B1  9 1800.00
2026-04-10 sale   S1 P1 B1  5  500.00
2026-04-20 sale   S2 P1 B2  5  600.00
2026-05-05 sale   S3 P1 C1 10  100.00
2026-05-14 sale   S4 P1 B1  9  900.10
2026-04-11 sale   T1 P2 B1  9  950.00
2026-04-12 sale   U1 P3 B1 30 3000.00
2026-04-13 sale   V1 P4 B1 30 3000.00
2026-05-20 return R1 P1 -   1  100.00 S4
2026-05-21 return R2 -  -   5  600.00 S2
2026-04-25 sale   S5 P1 B2  7  700.00
";

/// The day on which the story is looked at.
pub(crate) const TODAY: Date = date(2026, 5, 31);

pub(crate) fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("a day has a noon").timestamp()
}

/// What the story leaves in memory.
pub(crate) struct Story {
    pub rules: Rules,
    pub master: MasterData,
}

/// Tells it to a database.
pub(crate) async fn tell(db: &Db) -> Story {
    tell_master_data(db).await;
    for text in [VOLUME, GROWTH] {
        activate(db, text).await;
    }
    take(db, FACTS, noon(TODAY)).await;
    know(db).await
}

/// Evaluates what is stale and reads everything again.
pub(crate) async fn know(db: &Db) -> Story {
    let mut reader = db.read().await.expect("reads");
    let rules = rules::load(&mut reader).await.expect("rules load");
    let master = catalog::load_master(&mut reader).await.expect("master data load");
    drop(reader);
    accrue::run(db, &rules, &master, noon(TODAY)).await.expect("accrues");
    Story { rules, master }
}

pub(crate) async fn tell_master_data(db: &Db) {
    let item = |code: &str, en: &str, ja: &str, fields: &[(&str, &str)]| {
        let names = [("en", en), ("ja", ja)];
        let names: Names = names.map(|(tag, name)| (tag.to_owned(), name.to_owned())).into();
        let fields: Fields =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Item::new(code, names, fields).expect("an item")
    };
    let partners = vec![
        item("P1", "Adler", "アドラー", &[("country", "DE"), ("region", "North")]),
        item("P2", "Birke", "ビルケ", &[("country", "DE"), ("region", "South")]),
        item("P3", "Cedar", "シダー", &[("country", "DE"), ("region", "South"), ("parent", "P2")]),
        item("P4", "Dune", "デューン", &[("country", "FR")]),
        item("P5", "Esche", "エッシェ", &[("country", "DE"), ("level", "gold")]),
    ];
    let products = vec![
        item("B1", "Road bike", "ロードバイク", &[("category", "Bikes")]),
        item("B2", "City bike", "シティバイク", &[("category", "Bikes")]),
        item("C1", "Cap", "帽子", &[("category", "Clothing")]),
    ];
    let (now, day) = (noon(date(2025, 1, 1)), date(2025, 1, 1));
    let mut tx = db.write().await.expect("writes");
    catalog::upsert_partners(&mut tx, now, &Actor::System, day, partners).await.expect("partners");
    catalog::upsert_products(&mut tx, now, &Actor::System, products).await.expect("products");
    tx.commit().await.expect("commits");
}

pub(crate) async fn activate(db: &Db, text: &str) {
    let mut tx = db.write().await.expect("writes");
    let now = noon(date(2026, 1, 1));
    let master = catalog::load_master(&mut tx).await.expect("master data load");
    let (program, check) =
        programs::save_draft(&mut tx, &Actor::System, now, text).await.expect("a draft");
    assert!(check.may_act(), "{:?}", check.problems);
    let of = (program.code.as_str(), program.version);
    programs::activate(&mut tx, &master, &Actor::System, now, of).await.expect("activates");
    tx.commit().await.expect("commits");
}

/// Takes facts in, a line each; accruing is left to [`know`].
pub(crate) async fn take(db: &Db, lines: &str, now: Timestamp) {
    take_as(db, lines, now, None).await;
}

/// Takes facts in as rows of an import.
pub(crate) async fn take_from(db: &Db, lines: &str, now: Timestamp, import_id: i64) {
    take_as(db, lines, now, Some(import_id)).await;
}

async fn take_as(db: &Db, lines: &str, now: Timestamp, import_id: Option<i64>) {
    let mut tx = db.write().await.expect("writes");
    let rules = rules::load(&mut tx).await.expect("rules load");
    let master = catalog::load_master(&mut tx).await.expect("master data load");
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let source = |row| import_id.map(|import_id| Source { import_id, row });
    let incoming: Vec<Incoming> = (1..)
        .zip(lines)
        .map(|(row, line)| Incoming { source: source(row), ..incoming(line, now) })
        .collect();
    let count = incoming.len();
    let taken = take::facts(&mut tx, &rules, &master, now, incoming).await.expect("takes");
    assert_eq!(taken.accepted(), count, "{:?}", taken.answers);
    tx.commit().await.expect("commits");
}

fn incoming(line: &str, now: Timestamp) -> Incoming {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [day, kind, key, partner, product, quantity, amount, of @ ..] = words.as_slice() else {
        panic!("`{line}` is not `day kind key partner product quantity amount [of]`");
    };
    let some = |word: &&str| (*word != "-").then(|| (*word).to_owned());
    let fact = Fact {
        key: FactKey::new(key),
        kind: FactKind::from_word(kind).expect("a kind"),
        at: day.parse::<Date>().expect("a day").at(0, 0, 0, 0),
        recorded: now,
        of: of.first().copied().map(FactKey::new),
        partner: some(partner).map(PartnerCode::new),
        product: some(product).map(ProductCode::new),
        quantity: Some(quantity.parse().expect("a quantity")),
        unit: None,
        amount: Some(amount.parse().expect("an amount")),
        currency: Currency::parse("EUR"),
        order: Some(format!("INV-{key}")),
        line: None,
        channel: None,
        activity_type: None,
        parties: std::collections::BTreeMap::new(),
        attributes: std::collections::BTreeMap::new(),
    };
    Incoming { fact, hash: line.as_bytes().to_vec(), source: None, intent: Intent::New }
}
