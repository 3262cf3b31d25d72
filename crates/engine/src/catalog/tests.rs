use domain::code::{PartnerCode, ProductCode, Unit};
use domain::master::{ExchangeRate, UnitFactor};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::json;

use super::*;
use crate::access::Actor;
use crate::audit::{self, Filter};
use crate::db::Db;
use crate::db::testing::for_each_database;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// `code name=Name field=value …`; `name` is the English name, `name.ja` the Japanese one.
fn item(line: &str) -> Item {
    let mut words = line.split_whitespace();
    let code = words.next().unwrap();
    let (mut names, mut fields) = (Names::new(), Fields::new());
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        let value = value.to_owned();
        match key.split_once('.') {
            Some(("name", language)) => names.insert(language.to_owned(), value),
            _ if key == "name" => names.insert("en".to_owned(), value),
            _ => fields.insert(key.to_owned(), value),
        };
    }
    Item::new(code, names, fields).unwrap()
}

fn items(lines: &str) -> Vec<Item> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(item).collect()
}

async fn put_partners(db: &Db, from: Date, lines: &str) -> Upserted {
    let mut tx = db.write().await.unwrap();
    let done = upsert_partners(&mut tx, now(), &Actor::System, from, items(lines)).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn counts(done: &Upserted) -> (usize, usize, usize) {
    (done.created, done.changed, done.unchanged)
}

fn fields(fields: &Fields) -> String {
    let words: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.join(" ")
}

/// The history of a partner, a state a word: `from: field=value …`.
async fn history(db: &Db, code: &str) -> Vec<String> {
    let mut reader = db.read().await.unwrap();
    let partner = partner_by_code(&mut reader, code).await.unwrap().unwrap();
    let states = partner_history(&mut reader, partner.partner_id).await.unwrap();
    let from = |day: Option<Date>| day.map_or("ever".to_owned(), |day| day.to_string());
    states.iter().map(|state| format!("{}: {}", from(state.from), fields(&state.fields))).collect()
}

const APRIL: Date = date(2026, 4, 1);
const JUNE: Date = date(2026, 6, 1);

#[tokio::test]
async fn a_batch_creates_changes_and_leaves() {
    for_each_database(async |db| {
        let batch = "P1 name=Kita name.ja=北 country=JP level=gold\nP2 name=Süd country=DE";
        assert_eq!(counts(&put_partners(&db, APRIL, batch).await), (2, 0, 0));
        assert_eq!(counts(&put_partners(&db, APRIL, batch).await), (0, 0, 2));
        assert_eq!(history(&db, "P1").await, ["ever: country=JP level=gold"]);

        let done = put_partners(&db, APRIL, "P1 level=silver\nP3 country=FR\nP2 country=DE").await;
        assert_eq!(counts(&done), (1, 1, 1));
        assert_eq!(
            history(&db, "P1").await,
            ["ever: country=JP level=gold", "2026-04-01: country=JP level=silver"]
        );
        let mut reader = db.read().await.unwrap();
        let p1 = partner_by_code(&mut reader, "P1").await.unwrap().unwrap();
        assert_eq!((p1.partner_id, fields(&p1.fields)), (1, "country=JP level=silver".into()));
        assert_eq!(name_in(&p1.names, "ja"), Some("北"));
        assert_eq!(partner_by_id(&mut reader, 1).await.unwrap(), Some(p1.clone()));
        assert_eq!(partner_by_public_id(&mut reader, &p1.id).await.unwrap(), Some(p1));
        assert_eq!(partner_by_code(&mut reader, "p1").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_change_holds_from_its_day_and_in_all_later_states() {
    for_each_database(async |db| {
        put_partners(&db, APRIL, "P1 level=gold region=East").await;
        put_partners(&db, JUNE, "P1 level=platinum").await;
        // Known later: since April it is another region.
        put_partners(&db, APRIL, "P1 region=West").await;
        let expected = [
            "ever: level=gold region=East",
            "2026-04-01: level=gold region=West",
            "2026-06-01: level=platinum region=West",
        ];
        assert_eq!(history(&db, "P1").await, expected);
        assert_eq!(counts(&put_partners(&db, APRIL, "P1 region=West").await), (0, 0, 1));
        assert_eq!(history(&db, "P1").await, expected);
        // An empty value clears, from that day on.
        assert_eq!(counts(&put_partners(&db, JUNE, "P1 region=").await), (0, 1, 0));
        assert_eq!(history(&db, "P1").await[2], "2026-06-01: level=platinum");
        assert_eq!(counts(&put_partners(&db, JUNE, "P1 region=").await), (0, 0, 1));
        // A new name has no date.
        assert_eq!(counts(&put_partners(&db, JUNE, "P1 name=Other").await), (0, 1, 0));
        assert_eq!(history(&db, "P1").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn one_code_twice_in_a_batch_is_one_partner() {
    for_each_database(async |db| {
        let done = put_partners(&db, APRIL, "P1 level=gold a=1\nP1 level=silver b=2").await;
        assert_eq!(counts(&done), (1, 0, 0));
        assert_eq!(history(&db, "P1").await, ["ever: a=1 b=2 level=silver"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_its_own_ancestor() {
    for_each_database(async |db| {
        let rejected = |done: &Upserted| {
            let texts = done.rejected.iter().map(|(_, reason)| reason.to_string());
            texts.collect::<Vec<_>>()
        };
        let done = put_partners(&db, APRIL, "A parent=B\nB parent=C\nC x=1\nD parent=A").await;
        assert_eq!((counts(&done), rejected(&done).len()), ((4, 0, 0), 0));
        let done = put_partners(&db, APRIL, "C parent=D\nD x=2").await;
        assert_eq!(counts(&done), (0, 1, 0));
        assert_eq!(rejected(&done), ["`C` would be its own ancestor through its parent `D`"]);
        let done = put_partners(&db, APRIL, "E parent=E\nF parent=G\nG parent=H\nH parent=F").await;
        assert_eq!(done.created, 2);
        assert_eq!(rejected(&done).len(), 2);
        // A turns round once it has let go of its parent in the same batch.
        let done = put_partners(&db, APRIL, "A parent=\nB parent=A").await;
        assert_eq!((done.changed, rejected(&done).len()), (2, 0));
        let mut reader = db.read().await.unwrap();
        let children = children_of(&mut reader, "A").await.unwrap();
        let codes: Vec<&str> = children.iter().map(|child| child.code.as_str()).collect();
        assert_eq!(codes, ["B", "D"]);
    })
    .await;
}

#[tokio::test]
async fn thousands_come_in_at_once() {
    for_each_database(async |db| {
        let lines = |level: &str| {
            let line = |n| format!("P{n:05} name=N{n} level={level}");
            (0..3_000).map(line).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(counts(&put_partners(&db, APRIL, &lines("gold")).await), (3_000, 0, 0));
        let done = put_partners(&db, JUNE, &lines("silver")).await;
        assert_eq!(counts(&done), (0, 3_000, 0));
        let mut reader = db.read().await.unwrap();
        let data = load_master(&mut reader).await.unwrap();
        assert_eq!((data.master.partners.len(), data.version), (3_000, 2));
        let code = PartnerCode::new("P02999");
        let partner = &data.master.partners[&code];
        assert_eq!(partner.on(APRIL)["level"], "gold");
        assert_eq!(
            (partner.now()["level"].as_str(), partner.now()["name"].as_str()),
            ("silver", "N2999")
        );
        assert_eq!(data.partner_code(data.partner_ids[&code]), Some(&code));
        assert_eq!((data.partner_code(0), data.partner_code(3_001)), (None, None));
    })
    .await;
}

#[tokio::test]
async fn lists_are_searched_and_paged() {
    for_each_database(async |db| {
        put_partners(
            &db,
            APRIL,
            "b-1 name=Alpha\nB_2 name=Beta name.ja=北の店\na%3 name=Ärger\nC4 name=alphabet",
        )
        .await;
        let mut reader = db.read().await.unwrap();
        for (search, expected) in [
            ("", "B_2 C4 a%3 b-1"),
            ("ALPHA", "C4 b-1"),
            ("_", "B_2"),
            ("%", "a%3"),
            ("北", "B_2"),
            ("ärg", "a%3"),
            ("!", ""),
            ("b", "B_2 C4 b-1"),
        ] {
            let listing = Listing { search: search.to_owned(), offset: 0, limit: 50 };
            let page = partners(&mut reader, &listing).await.unwrap();
            let codes: Vec<&str> = page.rows.iter().map(|row| row.code.as_str()).collect();
            assert_eq!(codes.join(" "), expected, "searching `{search}`");
            assert_eq!(page.total, i64::try_from(codes.len()).unwrap());
        }
        let listing = Listing { search: String::new(), offset: 1, limit: 2 };
        let page = partners(&mut reader, &listing).await.unwrap();
        let codes: Vec<&str> = page.rows.iter().map(|row| row.code.as_str()).collect();
        assert_eq!((codes, page.total), (vec!["C4", "a%3"], 4));
    })
    .await;
}

#[tokio::test]
async fn products_are_created_changed_and_found() {
    for_each_database(async |db| {
        let put = async |lines: &str| {
            let mut tx = db.write().await.unwrap();
            let done = upsert_products(&mut tx, now(), &Actor::System, items(lines)).await.unwrap();
            tx.commit().await.unwrap();
            counts(&done)
        };
        let batch = "B1 name=Road name.ja=ロード category=Bikes unit=piece\nH1 category=Helmets";
        assert_eq!(put(batch).await, (2, 0, 0));
        assert_eq!(put(batch).await, (0, 0, 2));
        assert_eq!(
            put("B1 unit= brand=Kita\nH1 category=Helmets\nB2 category=Bikes").await,
            (1, 1, 1)
        );
        let mut reader = db.read().await.unwrap();
        let b1 = product_by_code(&mut reader, "B1").await.unwrap().unwrap();
        assert_eq!(fields(&b1.fields), "brand=Kita category=Bikes");
        assert_eq!(product_by_id(&mut reader, b1.product_id).await.unwrap(), Some(b1));
        let all = categories(&mut reader).await.unwrap();
        assert_eq!(all, [("Bikes".to_owned(), 2), ("Helmets".to_owned(), 1)]);
        let listing = Listing { search: "ロー".into(), offset: 0, limit: 10 };
        assert_eq!(products(&mut reader, &listing).await.unwrap().total, 1);
        let data = load_master(&mut reader).await.unwrap();
        let code = ProductCode::new("B1");
        assert_eq!(data.master.products[&code]["name"], "Road");
        assert_eq!(data.product_code(data.product_ids[&code]), Some(&code));
    })
    .await;
}

#[tokio::test]
async fn the_cache_loads_again_when_something_changed() {
    for_each_database(async |db| {
        let cache = MasterCache::default();
        put_partners(&db, APRIL, "P1 level=gold").await;
        let first = cache.current(&db).await.unwrap();
        assert!(std::sync::Arc::ptr_eq(&first, &cache.current(&db).await.unwrap()));
        put_partners(&db, APRIL, "P1 level=gold").await;
        assert!(std::sync::Arc::ptr_eq(&first, &cache.current(&db).await.unwrap()));
        let mut old = db.read().await.unwrap();
        assert_eq!(master_version(&mut old).await.unwrap(), first.version);
        put_partners(&db, APRIL, "P1 level=silver").await;
        let second = cache.current(&db).await.unwrap();
        assert_eq!(second.version, first.version + 1);
        // A reader that began before still sees what it saw, and does not spoil the cache.
        assert_eq!(cache.get(&mut old).await.unwrap().version, first.version);
        assert!(std::sync::Arc::ptr_eq(&second, &cache.current(&db).await.unwrap()));
    })
    .await;
}

#[tokio::test]
async fn units_rates_and_lists_are_kept() {
    for_each_database(async |db| {
        let decimal = |text: &str| text.parse().unwrap();
        let factor = |holds: &str| UnitFactor {
            product: Some(ProductCode::new("B1")),
            unit: Unit::new("case"),
            holds: decimal(holds),
            of: Unit::new("piece"),
            from: None,
        };
        let currency = |text| domain::amount::Currency::parse(text).unwrap();
        let rate = ExchangeRate {
            of: currency("EUR"),
            to: currency("JPY"),
            rate: decimal("160.50"),
            from: Some(APRIL),
        };
        let mut tx = db.write().await.unwrap();
        let system = Actor::System;
        let entry = |said: Said| vec![ReferenceEntry::new(said).unwrap()];
        for holds in ["24", "12.5"] {
            let entries = entry(Said::Unit(factor(holds)));
            put_reference(&mut tx, now(), &system, entries).await.unwrap();
        }
        let entries = entry(Said::Rate(rate.clone()));
        put_reference(&mut tx, now(), &system, entries).await.unwrap();
        let codes = ["P1".to_owned(), "P2".to_owned()];
        set_code_list(&mut tx, now(), &system, "club", &codes).await.unwrap();
        set_code_list(&mut tx, now(), &system, "other", &[]).await.unwrap();
        delete_code_list(&mut tx, now(), &system, "other").await.unwrap();
        let error = delete_code_list(&mut tx, now(), &system, "other").await.unwrap_err();
        assert_eq!(error.to_string(), "there is no list `other`");
        let master = load_master(&mut tx).await.unwrap().master;
        assert_eq!(master.units, [factor("12.5")].into_iter().collect());
        assert_eq!(master.rates, [rate].into_iter().collect());
        assert_eq!(exchange_rates(&mut tx).await.unwrap()[0].rate.to_string(), "160.50");
        assert_eq!(master.lists, BTreeMap::from([("club".to_owned(), codes.to_vec())]));
    })
    .await;
}

#[tokio::test]
async fn mappings_have_versions() {
    for_each_database(async |db| {
        let mut tx = db.write().await.unwrap();
        let system = Actor::System;
        let target = MappingTarget::Facts;
        let body = json!({"columns": {"a": "b"}});
        let made =
            save_mapping(&mut tx, now(), &system, " aw ", target, body.clone()).await.unwrap();
        assert_eq!((made.name.as_str(), made.version), ("aw", 1));
        let same = save_mapping(&mut tx, now(), &system, "aw", target, body.clone()).await.unwrap();
        assert_eq!(same, made);
        let changed = save_mapping(&mut tx, now(), &system, "aw", target, json!({})).await.unwrap();
        assert_eq!((changed.version, &changed.id), (2, &made.id));
        assert_eq!(find_mapping(&mut tx, &made.id).await.unwrap(), Some(changed.clone()));
        assert_eq!(mappings(&mut tx).await.unwrap(), [changed]);
        let trail = audit::page(&mut tx, &Filter::default(), 9).await.unwrap();
        assert_eq!(trail.len(), 2);
        assert_eq!(trail[0].before, Some(body));
        delete_mapping(&mut tx, now(), &system, "aw").await.unwrap();
        let error = delete_mapping(&mut tx, now(), &system, "aw").await.unwrap_err();
        assert_eq!(error.to_string(), "there is no mapping `aw`");
        let error = save_mapping(&mut tx, now(), &system, " ", target, json!({})).await;
        assert_eq!(error.unwrap_err().to_string(), "`` cannot be a name; use 1 to 200 characters");
    })
    .await;
}

#[tokio::test]
async fn settings_are_checked_and_kept() {
    for_each_database(async |db| {
        let mut tx = db.write().await.unwrap();
        assert_eq!(load_settings(&mut tx).await.unwrap(), Settings::default());
        let good = Settings {
            vendor_name: "北の自転車".into(),
            fiscal_year_month: 4,
            time_zone: "Asia/Tokyo".into(),
            currency: "JPY".into(),
            default_language: "ja".into(),
            ..Settings::default()
        };
        save_settings(&mut tx, now(), &Actor::System, &good).await.unwrap();
        assert_eq!(load_settings(&mut tx).await.unwrap(), good);
        for (bad, expected) in [
            (
                Settings { brand_colour: "red".into(), ..good.clone() },
                "`brand_colour` cannot be `red`",
            ),
            (
                Settings { fiscal_year_month: 13, ..good.clone() },
                "`fiscal_year_month` cannot be `13`",
            ),
            (Settings { time_zone: "Mars".into(), ..good.clone() }, "`time_zone` cannot be `Mars`"),
            (Settings { currency: "yen".into(), ..good.clone() }, "`currency` cannot be `yen`"),
            (Settings { default_language: "xx".into(), ..good.clone() }, "`default_language`"),
            (Settings { vendor_name: " ".into(), ..good.clone() }, "`vendor_name`"),
        ] {
            let error = save_settings(&mut tx, now(), &Actor::System, &bad).await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        set_setting(&mut tx, now(), "demo.seed", "42").await.unwrap();
        assert_eq!(setting(&mut tx, "demo.seed").await.unwrap().as_deref(), Some("42"));
        assert_eq!(setting(&mut tx, "none").await.unwrap(), None);
    })
    .await;
}

#[test]
fn what_cannot_be_an_item_is_refused() {
    let long = "x".repeat(CODE_CHARS_MAX + 1);
    let of = |code: &str, field: &str, value: &str| {
        let fields = Fields::from([(field.to_owned(), value.to_owned())]);
        Item::new(code, Names::new(), fields).unwrap_err().to_string()
    };
    for (code, field, value, expected) in [
        (" ", "a", "b", "the code is missing"),
        ("a\u{0}b", "a", "b", "the code `ab` is too long or holds a control character"),
        (&long, "a", "b", "is too long or holds a control character"),
        ("P1", "a", "b\u{0}", "the value of `a` is longer than 2000 characters or holds a NUL"),
    ] {
        let message = of(code, field, value);
        assert!(message.contains(expected), "{message}");
    }
    let many = (0..=FIELDS_MAX).map(|n| (n.to_string(), "x".to_owned())).collect();
    let error = Item::new("P1", Names::new(), many).unwrap_err();
    assert_eq!(error, ItemRejection::TooManyFields { count: 501 });
    assert_eq!(Item::new(" 0012", Names::new(), Fields::new()).unwrap().code(), " 0012");
}
