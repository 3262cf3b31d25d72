use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::access::{Actor, Role};
use crate::clock::FixedClock;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::id::{Id, Kind};
use crate::ingest::rejection::Language;
use crate::office::Office;
use crate::{accrue, journal, ledger, programs, rebuild};

mod bad;
mod closed;
mod external;
mod master;
mod post;
mod resume;
mod review;

/// 2026-09-21.
fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

const PROGRAM: &str = "
program: volume
name: Volume
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-04-01
ends: 2027-03-31
periods: { every: quarter, fiscal_year_from: april }
terms:
  - term: bikes
    when: product.category == \"Bikes\"
    qualifier: sum(quantity)
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 1, rate: 1% }
      - { from: 10, rate: 2% }
";

const PARTNERS: &str = "code,name,country,level\nP1,Aoki,JP,gold\nP2,Baum,DE,silver\n";
const PRODUCTS: &str = "code,name,category\nB1,Road bike,Bikes\nH1,Helmet,Gear\n";

/// A mapping in which fields and columns have the same names.
fn mapping(feeds: Feeds, fields: &str) -> Mapping {
    let fields: Vec<String> =
        fields.split_whitespace().map(|field| format!("{field}: {field}")).collect();
    let text =
        format!("mapping: test\nfeeds: {}\nfields: {{ {} }}\n", feeds.word(), fields.join(", "));
    Mapping::parse(&text).unwrap()
}

fn sales() -> Mapping {
    let mut mapping =
        mapping(Feeds::Facts, "key kind date of partner product quantity amount currency");
    mapping.rest = crate::ingest::mapping::Rest::All;
    mapping
}

const HEADER: &str = "key,kind,date,of,partner,product,quantity,amount,currency,note";

fn lines(rows: &str) -> String {
    let rows: Vec<&str> = rows.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn request(name: &str, mapping: Mapping, content: impl AsRef<[u8]>) -> Request {
    let input = Input::Bytes(Arc::from(content.as_ref()));
    Request::new(name, Origin::Console, input, mapping, Actor::System)
}

async fn import(office: &Office, request: Request) -> ImportReport {
    run(office, request, &mut |_| ControlFlow::Continue(())).await.unwrap()
}

/// An office with two partners, two products and a program.
async fn office(db: &Db) -> Office {
    let office = Office::new(db.clone(), Arc::new(FixedClock::at(now())));
    let partners = mapping(Feeds::Partners, "code name country level");
    assert_eq!(import(&office, request("p", partners, PARTNERS)).await.created, 2);
    let products = mapping(Feeds::Products, "code name category");
    assert_eq!(import(&office, request("q", products, PRODUCTS)).await.created, 2);
    activate(&office, PROGRAM).await;
    office
}

async fn activate(office: &Office, text: &str) {
    let mut tx = office.db().write().await.unwrap();
    let (program, _) = programs::save_draft(&mut tx, &Actor::System, now(), text).await.unwrap();
    let master = office.master(&mut tx).await.unwrap();
    let of = (program.code.as_str(), program.version);
    programs::activate(&mut tx, &master, &Actor::System, now(), of).await.unwrap();
    tx.commit().await.unwrap();
}

fn counts(report: &ImportReport) -> String {
    let Counts { read, accepted, known, rejected } = report.import.counts;
    let status = report.import.status.word();
    format!("{status}: {read} read, {accepted} accepted, {known} known, {rejected} rejected")
}

/// `row reason column value` of every refused row.
async fn refused(office: &Office, import: &ImportRow) -> Vec<String> {
    let mut reader = office.db().read().await.unwrap();
    let rows = rejections(&mut reader, import.import_id, 0, 1_000).await.unwrap();
    rows.iter()
        .map(|RejectedRow { rejection, .. }| {
            let column = rejection.column.as_deref().unwrap_or("-");
            let words = [rejection.reason.code(), column, rejection.value.as_str()];
            format!("{} {}", rejection.row, words.join(" ").trim_end())
        })
        .collect()
}

/// What the journal leads to: facts, totals equal to a fresh measurement, `partner period amount`
/// of the awards, and a ledger that balances.
async fn figures(office: &Office) -> (i64, Vec<String>) {
    let mut reader = office.db().read().await.unwrap();
    let rules = office.rules(&mut reader).await.unwrap();
    let master = office.master(&mut reader).await.unwrap();
    let (_, differences) = rebuild::compare(&mut reader, &rules, &master).await.unwrap();
    assert!(differences.is_empty(), "kept totals differ from the journal: {differences:?}");
    assert_eq!(crate::totals::stale_count(&mut reader).await.unwrap(), 0, "all is evaluated");
    let (kept, posted) = ledger::check(&mut reader).await.unwrap();
    assert_eq!(kept, posted, "balances are the sums of the postings");
    let mut awards = Vec::new();
    for (code, partner_id) in &master.partner_ids {
        for award in accrue::awards_of_partner(&mut reader, *partner_id, 100).await.unwrap() {
            if !award.amount.is_zero() {
                awards.push(format!("{code} {} {}", award.period_name, award.amount.normalize()));
            }
        }
    }
    awards.sort();
    (journal::count(&mut reader).await.unwrap(), awards)
}

#[tokio::test]
async fn a_mixed_file_keeps_the_good_rows_and_says_why_of_the_bad_ones() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let file = lines(
            "
            S1,sale,2026-04-10,,P1,B1,4,400000,JPY,first
            S2,sale,2026-04-31,,P1,B1,4,400000,JPY,
            S3,sale,2026-05-10,,P9,B1,4,400000,JPY,
            S4,sale,2026-05-10,,P2,X9,4,400000,JPY,
            S5,sale,2026-05-10,,P2,B1,NaN,400000,JPY,
            S6,sale,2026-05-10,,P2,B1,1,99999999999999999999999999999999,JPY,
            S7,sale,2026-05-11,,P2,B1,10,\"1,000,000\",JPY,\"quoted, with comma\"
            S1,sale,2026-04-10,,P1,B1,5,400000,JPY,other
            R1,return,2026-05-12,S1,,,-1,,,
            R2,return,2026-05-12,S1,,,1,100000,JPY,
            S8,sale,2026-05-12,,P1
            S9,gift,2026-05-12,,P1,B1,1,1,JPY,
            S1,sale,2026-04-10,,P1,B1,4,400000,JPY,first
            S10,sale,1900-01-01,,P1,B1,4,400000,JPY,
            ",
        );
        let report = import(&office, request("sales.csv", sales(), &file)).await;
        assert_eq!(counts(&report), "done: 14 read, 3 accepted, 1 known, 10 rejected");
        assert_eq!(
            refused(&office, &report.import).await,
            [
                "3 impossible_date date 2026-04-31",
                "4 unknown_partner partner P9",
                "5 unknown_product product X9",
                "6 bad_number quantity NaN",
                "7 out_of_range amount 99999999999999999999999999999999",
                "9 other_content key S1",
                "10 negative_return quantity -1",
                "12 wrong_column_count - 5 ≠ 10",
                "13 unknown_kind kind gift",
                "15 far_date date 1900-01-01",
            ]
        );
        let (facts, awards) = figures(&office).await;
        assert_eq!(facts, 3);
        assert_eq!(awards, ["P1 2026Q1 3000", "P2 2026Q1 20000"]);
        shows_its_rows(&office, &report.import).await;
        gives_the_refused_rows_back(&office, &report.import).await;
        adds_nothing_again(&office, &file).await;
    })
    .await;
}

async fn shows_its_rows(office: &Office, import: &ImportRow) {
    let mut reader = office.db().read().await.unwrap();
    let row = source_row(&mut reader, import.import_id, 8).await.unwrap().unwrap();
    assert_eq!(row.headers.join(","), HEADER);
    assert_eq!(row.cells[7..], ["1,000,000", "JPY", "quoted, with comma"]);
    let bad = source_row(&mut reader, import.import_id, 3).await.unwrap().unwrap();
    assert_eq!(bad.raw, "S2,sale,2026-04-31,,P1,B1,4,400000,JPY,", "refused rows too");
    assert_eq!(source_row(&mut reader, import.import_id, 99).await.unwrap(), None);
    assert_eq!(source_row(&mut reader, 99, 2).await.unwrap(), None);

    let found = get(&mut reader, &import.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(import));
    let (listed, total) = list(&mut reader, &Filter::default(), (0, 2)).await.unwrap();
    assert_eq!((listed.len(), total), (2, 3), "partners, products, sales");
    assert_eq!(listed[0], *import, "the newest first");
    let reasons = rejection_counts(&mut reader, import.import_id).await.unwrap();
    assert_eq!(reasons.len(), 10);
}

async fn gives_the_refused_rows_back(office: &Office, import: &ImportRow) {
    let mut reader = office.db().read().await.unwrap();
    let file = write_rejects(&mut reader, import, Vec::new(), Language::English).await.unwrap();
    let text = String::from_utf8(file).unwrap();
    let rows: Vec<&str> = text.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(rows.len(), 11);
    assert_eq!(rows[0], format!("{HEADER},_reason"));
    assert!(
        rows[2].starts_with("S3,sale,2026-05-10,,P9,B1,4,400000,JPY,,\"unknown_partner: There")
    );
    assert!(rows[8].starts_with("S8,sale,2026-05-12,,P1,,,,,,wrong_column_count: "), "{}", rows[8]);

    // Corrected, it is read by the same mapping.
    let mended = text.replace("2026-04-31", "2026-04-30").replace(",P9,", ",P2,");
    let report = import_text(office, &mended).await;
    assert_eq!(counts(&report), "done: 10 read, 3 accepted, 0 known, 7 rejected");
}

async fn import_text(office: &Office, text: &str) -> ImportReport {
    import(office, request("mended.csv", sales(), text)).await
}

async fn adds_nothing_again(office: &Office, file: &str) {
    let before = figures(office).await;
    let report = import(office, request("sales.csv", sales(), file)).await;
    assert_eq!(counts(&report), "done: 14 read, 0 accepted, 4 known, 10 rejected");
    assert_eq!(report.resumed_after, 0, "a finished import starts anew");
    assert_eq!(report.accrued.postings, 0);
    assert_eq!(figures(office).await, before);
}

#[tokio::test]
async fn a_partner_brings_its_own_sales_and_returns_only() {
    for_each_database(async |db| {
        let office = office(&db).await;
        let vendors = lines(
            "S1,sale,2026-04-10,,P1,B1,4,400000,JPY,\nS2,sale,2026-04-10,,P2,B1,4,400000,JPY,",
        );
        import(&office, request("vendor.csv", sales(), vendors)).await;
        let mut reader = db.read().await.unwrap();
        let partner_id = office.master(&mut reader).await.unwrap().partner_id("P1").unwrap();
        drop(reader);
        let actor = Actor::User {
            id: Id::new(Kind::User, now()),
            name: "Aoki".to_owned(),
            role: Role::Partner { partner_id },
        };
        let file = lines(
            "
            U1,sale,2026-04-11,,P1,B1,1,100000,JPY,own
            U2,sale,2026-04-11,,P2,B1,1,100000,JPY,of another
            U3,sale,2026-04-11,,P9,B1,1,100000,JPY,of nobody
            U4,activity,2026-04-11,,P1,B1,1,100000,JPY,no sale
            U5,return,2026-04-12,S2,P1,B1,1,100000,JPY,takes back a sale of another
            U6,return,2026-04-12,S2,,,,,,the same without a partner
            U7,return,2026-04-12,S1,,,1,100000,,takes back an own one
            U8,return,2026-04-12,U1,,,,,,takes back one of this file
            U9,return,2026-04-12,S8,,,,,,takes back what is not there
            ",
        );
        let mut upload = request("upload.csv", sales(), &file);
        upload.actor = actor.clone();
        let report = import(&office, upload).await;
        assert_eq!(
            refused(&office, &report.import).await,
            [
                "3 unknown_partner partner P2",
                "4 unknown_partner partner P9",
                "5 unknown_kind kind activity",
                "6 unknown_sale of S2",
                "7 unknown_sale of S2",
                "10 unknown_sale of S8",
            ]
        );
        assert_eq!(report.import.partner_id, Some(partner_id));
        let (facts, awards) = figures(&office).await;
        assert_eq!(facts, 5);
        assert_eq!(awards, ["P1 2026Q1 3000", "P2 2026Q1 4000"]);

        let mut master =
            request("p.csv", mapping(Feeds::Partners, "code name country level"), PARTNERS);
        master.actor = actor;
        let refused = run(&office, master, &mut |_| ControlFlow::Continue(())).await;
        assert!(matches!(refused, Err(ImportError::NotForPartners { .. })), "{refused:?}");
    })
    .await;
}
