//! The five programs of `programs/aw-*.yaml` on the reseller sales of `AdventureWorks`, against
//! plain SQL over the source's own files. The SQL shares no code with the engine: amounts are whole
//! numbers of 1/10000 dollar and rates whole numbers of 1/10000, so every figure is exact.
//!
//! The data is not part of this repository. Its folder is named by `TOKUTEN_ADVENTUREWORKS`;
//! without it these tests say that they were skipped.

mod csv;
mod database;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Row, SqlitePool};

/// What a program pays by the SQL, in cents, by partner code and period name.
pub type Payouts = BTreeMap<(String, String), i64>;

/// A program's code, the SQL that computes it, and what it pays in all: number of payouts above
/// zero, and their sum in cents.
const PROGRAMS: [(&str, &str, usize, i64); 5] = [
    ("aw-quarterly-units", include_str!("aw-quarterly-units.sql"), 1_689, 108_694_443),
    ("aw-europe-marginal", include_str!("aw-europe-marginal.sql"), 103, 14_041_075),
    ("aw-growth", include_str!("aw-growth.sql"), 328, 24_420_646),
    ("aw-clothing-units", include_str!("aw-clothing-units.sql"), 2_361, 2_604_540),
    ("aw-product-mix", include_str!("aw-product-mix.sql"), 504, 5_102_411),
];

/// The folder with the source's files, if this machine has it.
fn folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TOKUTEN_ADVENTUREWORKS").map(PathBuf::from);
    if folder.is_none() {
        // Not `eprintln`, which the test harness keeps to itself when a test passes.
        let mut all = std::io::stderr().lock();
        writeln!(all, "{test}: skipped, set TOKUTEN_ADVENTUREWORKS to the folder of the CSV files")
            .expect("standard error is open");
    }
    folder
}

/// A scratch database with the raw tables of `schema.sql`.
async fn load(folder: &Path) -> SqlitePool {
    let options = SqlitePoolOptions::new().max_connections(1);
    let pool = options.connect("sqlite::memory:").await.expect("a database in memory");
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.expect("the schema");

    let partners =
        ["reseller_key", "reseller_alternate_key", "business_type", "sales_territory_key"];
    let products = ["product_key", "english_product_category_name"];
    let lines = [
        "reseller_key",
        "product_key",
        "promotion_key",
        "order_date",
        "order_quantity",
        "sales_amount",
    ];
    fill(&pool, folder, "partners.csv", "partner", &partners).await;
    fill(&pool, folder, "products.csv", "product", &products).await;
    fill(&pool, folder, "reseller_sales.csv", "line", &lines).await;
    pool
}

/// Copies columns of a file into a table of the same number of columns, in one transaction.
async fn fill(pool: &SqlitePool, folder: &Path, file: &str, table: &str, columns: &[&str]) {
    let text = std::fs::read_to_string(folder.join(file)).expect(file);
    let mut rows = csv::rows(&text);
    let header = rows.next().expect("a header");
    let at = columns.iter().map(|column| {
        header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no `{column}`"))
    });
    let at: Vec<usize> = at.collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT INTO {table} VALUES ({marks})");

    let mut tx = pool.begin().await.expect("a transaction");
    for row in rows {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert.as_str()));
        for (column, at) in columns.iter().zip(&at) {
            let value = &row[*at];
            query = match *column {
                "sales_amount" => query.bind(csv::ten_thousandths(value)),
                name if name.ends_with("_key") && name != "reseller_alternate_key" => {
                    query.bind(value.parse::<i64>().expect("a whole number"))
                }
                "order_quantity" => query.bind(value.parse::<i64>().expect("a whole number")),
                _ => query.bind(value.clone()),
            };
        }
        query.execute(&mut *tx).await.expect("a row");
    }
    tx.commit().await.expect("committed");
}

/// What a program pays, by its SQL.
async fn payouts(pool: &SqlitePool, sql: &'static str) -> Payouts {
    let rows = sqlx::query(sql).fetch_all(pool).await.expect("the independent computation");
    rows.iter().map(|row| ((row.get("partner"), row.get("period")), row.get("cents"))).collect()
}

/// What a program pays by `tokuten try`, with the project's sample mappings.
fn tried(folder: &Path, program: &str) -> Payouts {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mapping = |of: &str| root.join(format!("mappings/aw-{of}.yaml"));
    let output = Command::new(env!("CARGO_BIN_EXE_tokuten"))
        .arg("try")
        .arg(root.join(format!("programs/{program}.yaml")))
        .arg(folder.join("reseller_sales.csv"))
        .arg("--partners")
        .arg(folder.join("partners.csv"))
        .arg("--products")
        .arg(folder.join("products.csv"))
        .args(["--format", "json"])
        .args(["sales", "partners", "products"].map(|of| {
            let mut argument = std::ffi::OsString::from("--mapping=");
            argument.push(mapping(of));
            argument
        }))
        .output()
        .expect("the executable can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{program}: {told}");

    let output: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let last = output["snapshots"].as_array().and_then(|all| all.last()).expect("a snapshot");
    let mut payouts = Payouts::new();
    for award in last["awards"].as_array().expect("awards") {
        let text = |key: &str| award[key].as_str().expect("a text").to_owned();
        let cents = csv::ten_thousandths(&text("amount")) / 100;
        *payouts.entry((text("partner"), text("period"))).or_default() += cents;
    }
    payouts
}

/// Where two computations differ, a line each; a partner who is not named is paid nothing.
fn differences(expected: &Payouts, found: &Payouts) -> Vec<String> {
    let cents = |payouts: &Payouts, key| payouts.get(key).copied().unwrap_or_default();
    let keys: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    keys.into_iter()
        .map(|key| (key, cents(expected, key), cents(found, key)))
        .filter(|(_, expected, found)| expected != found)
        .map(|((partner, period), expected, found)| {
            format!("{partner} {period}: expected {expected} cents, got {found}")
        })
        .collect()
}

#[tokio::test]
async fn every_partner_is_paid_what_the_independent_computation_says() {
    let Some(folder) = folder("every_partner_is_paid_what_the_independent_computation_says") else {
        return;
    };
    let pool = load(&folder).await;
    for (program, sql, count, _) in PROGRAMS {
        let expected = payouts(&pool, sql).await;
        let differences = differences(&expected, &tried(&folder, program));
        assert!(differences.is_empty(), "{program}, {count} payouts: {differences:#?}");
    }
}

#[test]
fn a_difference_of_one_cent_is_found() {
    let payouts = |cents: i64| Payouts::from([(("AW1".to_owned(), "2012".to_owned()), cents)]);
    assert!(differences(&payouts(5), &payouts(5)).is_empty());
    assert!(differences(&payouts(0), &Payouts::new()).is_empty());
    assert_eq!(differences(&payouts(5), &payouts(6)), ["AW1 2012: expected 5 cents, got 6"]);
    assert_eq!(differences(&payouts(5), &Payouts::new()).len(), 1);
}

#[tokio::test]
async fn the_independent_computation_is_the_one_that_was_verified() {
    let Some(folder) = folder("the_independent_computation_is_the_one_that_was_verified") else {
        return;
    };
    let pool = load(&folder).await;
    let totals = "SELECT count(*), sum(quantity), sum(amount) FROM line";
    let totals: (i64, i64, i64) = sqlx::query_as(totals).fetch_one(&pool).await.expect("totals");
    assert_eq!(totals, (60_855, 214_378, 804_505_969_823));

    for (program, sql, count, sum) in PROGRAMS {
        let payouts = payouts(&pool, sql).await;
        let above_zero = payouts.values().filter(|cents| **cents > 0).count();
        assert_eq!((above_zero, payouts.values().sum::<i64>()), (count, sum), "{program}");
    }
}
