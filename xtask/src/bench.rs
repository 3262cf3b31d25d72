//! `cargo xtask bench ingest`: how fast sales lines become durable and counted; and what all
//! benchmarks have in common.
//!
//! Each database is measured twice in one run on the same machine: the product's own import of a
//! file under active programs, and the bare load of rows of the same kind into a table that does
//! nothing. The ratio of the two is the figure to compare; the machine is not.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use domain::master::Fields;
use engine::access::Actor;
use engine::catalog::{self, Item};
use engine::clock::{Clock, SystemClock};
use engine::db::testing::{TempFolder, TestDatabase};
use engine::db::{Db, measure};
use engine::imports::{self, Input, Origin, Request};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::office::Office;
use engine::programs;
use engine::{journal, rebuild};

pub(crate) const PARTNERS: u64 = 700;
pub(crate) const PRODUCTS: u64 = 300;
const CATEGORIES: [&str; 4] = ["Bikes", "Components", "Clothing", "Accessories"];
const COUNTRIES: [&str; 4] = ["JP", "US", "DE", "FR"];
/// Programs that are active during the load.
pub const PROGRAMS: u64 = 20;

/// Splitmix64: the same rows for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// `cargo xtask bench ingest [LINES]`.
pub fn ingest(arguments: &[String]) -> anyhow::Result<()> {
    let lines: u64 = match arguments.first() {
        Some(text) => text.parse().context("the number of lines")?,
        None => 500_000,
    };
    let folder = TempFolder::new("bench");
    let file = folder.path().join("lines.csv");
    write_lines(&file, lines)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{lines} lines, {PARTNERS} partners, {PRODUCTS} products, {PROGRAMS} active programs");
    println!();
    println!(
        "| database | bare load, rows/s | import, lines/s | ratio | with the ledger caught up | peak memory |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    runtime.block_on(async {
        let sqlite = TestDatabase::sqlite();
        measure_one("SQLite", &sqlite, &file, lines).await?;
        sqlite.remove().await;
        match TestDatabase::postgres().await {
            Some(postgres) => {
                measure_one("PostgreSQL", &postgres, &file, lines).await?;
                postgres.remove().await;
            }
            None => println!("| PostgreSQL | not found, not measured | | | | |"),
        }
        anyhow::Ok(())
    })
}

async fn measure_one(
    name: &str,
    database: &TestDatabase,
    file: &Path,
    lines: u64,
) -> anyhow::Result<()> {
    let db = database.open().await;
    db.migrate().await?;
    let office = prepare(db.clone()).await?;
    let bare = measure::measure_insert(&db, i64::try_from(lines)?).await?.rows_per_second();
    forget_peak_memory();
    let (took, all) = import(&office, file, lines).await?;
    let rate = per_second(lines, took);
    println!(
        "| {name} | {bare} | {rate} | {} % | {} | {} MiB |",
        rate * 100 / bare.max(1),
        per_second(lines, all),
        peak_memory_mib()
    );
    check(&office, lines).await
}

pub(crate) fn per_second(lines: u64, took: std::time::Duration) -> u64 {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    lines.saturating_mul(1_000_000) / micros
}

/// Master data and programs.
pub(crate) async fn prepare(db: Db) -> anyhow::Result<Office> {
    let office = Office::new(db, Arc::new(SystemClock));
    let now = SystemClock.now();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut tx = office.db().write().await?;
    let partners = (0..PARTNERS).map(|at| {
        let country = COUNTRIES[usize::try_from(at % 4).unwrap_or(0)];
        let level = if at % 3 == 0 { "gold" } else { "silver" };
        item(&format!("P{at:05}"), &[("country", country), ("level", level)])
    });
    let partners = partners.collect::<anyhow::Result<Vec<Item>>>()?;
    catalog::upsert_partners(&mut tx, now, &Actor::System, day, partners).await?;
    let products = (0..PRODUCTS).map(|at| {
        let category = CATEGORIES[usize::try_from(at % 4).unwrap_or(0)];
        item(&format!("A{at:04}"), &[("category", category), ("brand", "Kita")])
    });
    let products = products.collect::<anyhow::Result<Vec<Item>>>()?;
    catalog::upsert_products(&mut tx, now, &Actor::System, products).await?;
    let master = office.master(&mut tx).await?;
    for number in 0..PROGRAMS {
        let text = program(number);
        let (program, check) = programs::save_draft(&mut tx, &Actor::System, now, &text).await?;
        if !check.may_act() {
            bail!("program {number}: {:?}", check.problems);
        }
        let of = (program.code.as_str(), program.version);
        programs::activate(&mut tx, &master, &Actor::System, now, of).await?;
    }
    tx.commit().await?;
    Ok(office)
}

fn item(code: &str, fields: &[(&str, &str)]) -> anyhow::Result<Item> {
    let fields: Fields =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Item::new(code, catalog::Names::new(), fields)?)
}

/// Twenty programs that together match each line a little more than once, as real ones do.
fn program(number: u64) -> String {
    let category = CATEGORIES[usize::try_from(number % 4).unwrap_or(0)];
    let country = COUNTRIES[usize::try_from(number / 4 % 4).unwrap_or(0)];
    let every = ["quarter", "month", "half", "year"][usize::try_from(number % 4).unwrap_or(0)];
    let mut text = format!(
        "program: bench-{number}\ncurrency: USD\nstarts: 2024-01-01\nends: 2025-12-31\n\
         periods: {{ every: {every}, fiscal_year_from: april }}\n\
         partners: partner.country == \"{country}\"\nterms:\n  - term: volume\n"
    );
    let _ = writeln!(text, "    when: product.category == \"{category}\"");
    text.push_str(
        "    measure: sum(amount)\n    qualifier: sum(quantity)\n    method: all_units\n    tiers:\n      \
         - { from: 0, rate: 1% }\n      - { from: 100, rate: 2% }\n      - { from: 1000, rate: 3% }\n",
    );
    text
}

fn write_lines(path: &PathBuf, lines: u64) -> anyhow::Result<()> {
    let mut random = Random(7);
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(
        out,
        "key,date,partner,product,quantity,amount,currency,order,line,channel,warehouse"
    )?;
    for at in 0..lines {
        // By date, as an ERP writes them: two years.
        let day = at * 730 / lines.max(1);
        let date = jiff::civil::date(2024, 1, 1)
            .checked_add(jiff::Span::new().days(i64::try_from(day)?))?;
        let (order, line) = (at / 5, at % 5 + 1);
        let (partner, product) = (random.below(PARTNERS), random.below(PRODUCTS));
        let (quantity, cents) = (random.below(20) + 1, random.below(500_000) + 100);
        writeln!(
            out,
            "SO{order:08}-{line},{date},P{partner:05},A{product:04},{quantity},{}.{:02},USD,\
             SO{order:08},{line},store,W{}",
            cents / 100,
            cents % 100,
            at % 7
        )?;
    }
    out.flush()?;
    Ok(())
}

/// Times the import until the last line is durable, and until the ledger has caught up.
async fn import(
    office: &Office,
    file: &Path,
    lines: u64,
) -> anyhow::Result<(std::time::Duration, std::time::Duration)> {
    let headings: Vec<String> = [
        "key",
        "date",
        "partner",
        "product",
        "quantity",
        "amount",
        "currency",
        "order",
        "line",
        "channel",
        "warehouse",
    ]
    .map(str::to_owned)
    .to_vec();
    let mapping = Mapping::by_headings(Feeds::Facts, &headings);
    let input = Input::File(file.to_owned());
    let request = Request::new("lines.csv", Origin::File, input, mapping, Actor::System);
    let start = Instant::now();
    let mut durable = start.elapsed();
    let report = imports::run(office, request, &mut |progress| {
        if progress.counts.read == i64::try_from(lines).unwrap_or(i64::MAX) {
            durable = start.elapsed();
        }
        ControlFlow::Continue(())
    })
    .await?;
    let counts = report.import.counts;
    if counts.accepted != i64::try_from(lines)? {
        bail!("{} of {lines} lines were accepted", counts.accepted);
    }
    office.accrue().await?;
    Ok((durable, start.elapsed()))
}

/// A fast wrong answer is no answer.
async fn check(office: &Office, lines: u64) -> anyhow::Result<()> {
    let mut reader = office.db().read().await?;
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    if journal::count(&mut reader).await? != i64::try_from(lines)? {
        bail!("the journal does not hold every line once");
    }
    let (cells, differences) = rebuild::compare(&mut reader, &rules, &master).await?;
    if cells == 0 || !differences.is_empty() {
        bail!("{} of {cells} totals differ from the journal", differences.len());
    }
    Ok(())
}

/// Lets the system count the most memory anew, so that each database has its own.
pub(crate) fn forget_peak_memory() {
    // Where the system has no such thing, the peak of the whole process is told: never too little.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory this process held since, as the system counts it.
pub(crate) fn peak_memory_mib() -> u64 {
    peak_memory_kib("self") / 1024
}

/// The most memory a process held, by its number.
pub(crate) fn peak_memory_kib(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok());
    kib.unwrap_or(0)
}

/// How long a process had all cores together, to a hundredth of a second.
pub(crate) fn worked(process: &str) -> std::time::Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name may have blanks and stands in parentheses.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks =
        rest.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok());
    std::time::Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// Whether an aim is met, in words. What is smaller than the aim asks for meets nothing.
pub(crate) fn aim(
    took: std::time::Duration,
    within: std::time::Duration,
    is_whole: bool,
) -> String {
    let met = match (is_whole, took < within) {
        (_, false) => "MISSED",
        (true, true) => "met",
        (false, true) => "not shown, as the aim is for more than this",
    };
    format!("{} where {} is the aim: {met}", millis(took), millis(within))
}

pub(crate) fn millis(took: std::time::Duration) -> String {
    format!("{}.{} ms", took.as_millis(), took.subsec_micros() / 100 % 10)
}

/// The executable as it is built for use, built now if it is not.
pub(crate) fn tokuten() -> anyhow::Result<PathBuf> {
    crate::cargo(&["build", "--release", "--quiet", "--package", "server"], &[])?;
    let own = std::env::current_exe()?;
    let folder = own.parent().context("this program lies in no folder")?;
    Ok(folder.join(format!("tokuten{}", std::env::consts::EXE_SUFFIX)))
}
