//! `cargo xtask bench realtime` and `cargo xtask bench wallets`: how long a fact waits for the
//! answer that says everything it did, how long it takes to write down what time did by itself for
//! many members, and how long the balance of a member with many lots takes.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use domain::code::PartnerCode;
use domain::wallet::{AskedLine, read_line};
use domain::yaml::Tree;
use engine::access::{Actor, Passwords};
use engine::catalog::{self, Item, Names};
use engine::clock::FixedClock;
use engine::db::Db;
use engine::db::testing::TestDatabase;
use engine::office::Office;
use engine::programs;
use engine::wallets::{self, Ask};
use jiff::civil::Date;
use tokio::net::TcpListener;
use web::app::{App, Options};

use crate::bench::{self, Random};
use crate::bench_api::{Client, Latencies, token};

const RATE: u64 = 500;
const SECONDS: u64 = 20;
const WARM_UP_SECONDS: u64 = 3;
const MEMBERS: u64 = 1_000_000;
const SENDERS_OF: u64 = 5_000;
const LOTS: u64 = 10_000;
const PROMOTIONS: u64 = 10;
const AIM_OF_FACTS: Duration = Duration::from_millis(20);
const AIM_OF_MEMBERS: Duration = Duration::from_mins(1);
const AIM_OF_BALANCE: Duration = Duration::from_millis(5);

/// A wallet with as many promotions, each with an end and with limits that everybody counts against.
fn wallet() -> String {
    let mut text = WALLET.to_owned();
    text.push_str("promotions:\n");
    for number in 0..PROMOTIONS {
        let _ = writeln!(
            text,
            "  promo-{number}: {{ starts: 2026-05-01, ends: 2026-12-31, limits: {{ points: 900000000, \
             uses_per_partner: 900000, liability: 90000000 }} }}"
        );
    }
    text
}

const WALLET: &str = "\
wallet: club
currency: EUR
points:
  STAR: { worth: 0.05, cost: 0.04, expiry: { after: 12 months, to: month_end } }
  MILES: { kind: qualifying, reset: { every: 1 year, from: 2026-01-01 } }
tier_groups:
  level:
    by: { points: MILES }
    tiers: [ { tier: member, from: 0 }, { tier: silver, from: 600 }, { tier: gold, from: 2500 } ]
";

/// A program with a term for miles and one for each promotion, each with other goods and days.
fn program() -> String {
    let mut text = String::from(
        "program: club\ncurrency: EUR\nstarts: 2026-01-01\nterms:\n  \
         - { term: miles, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: MILES } }\n",
    );
    for number in 0..PROMOTIONS {
        let (from, to) = (number * 50, number * 50 + 400);
        let _ = writeln!(
            text,
            "  - {{ term: promo-{number}, group_by: fact, when: 'fact.amount >= {from} && \
             fact.amount < {to}', measure: sum(amount), per_unit: 0.1, \
             reward: {{ points: STAR, promotion: promo-{number} }} }}"
        );
    }
    text
}

async fn office(db: Db, partners: u64, clock: Arc<FixedClock>) -> anyhow::Result<Office> {
    let office = Office::new(db, clock);
    let now = office.now();
    let by = Actor::System;
    let mut tx = office.db().write().await?;
    let item = |at: u64| Item::new(&format!("P{at:07}"), Names::new(), catalog::Fields::new());
    let mut at = 0;
    while at < partners {
        let next = (at + 20_000).min(partners);
        let items = (at..next).map(item).collect::<Result<Vec<_>, _>>()?;
        catalog::upsert_partners(&mut tx, now, &by, Date::MIN, items).await?;
        at = next;
    }
    wallets::draft(&mut tx, &by, now, &wallet()).await?;
    wallets::activate(&mut tx, &by, now, "club").await?;
    let (program, check) = programs::save_draft(&mut tx, &by, now, &program()).await?;
    if !check.may_act() {
        bail!("the program: {:?}", check.problems);
    }
    let master = office.master(&mut tx).await?;
    let of = (program.code.as_str(), program.version);
    programs::activate(&mut tx, &master, &by, now, of).await?;
    tx.commit().await?;
    Ok(office)
}

fn clock() -> anyhow::Result<Arc<FixedClock>> {
    Ok(Arc::new(FixedClock::at("2026-05-04T09:00:00Z".parse()?)))
}

/// Each database that this machine has, after the other.
async fn on_each(
    run: impl AsyncFn(&str, &TestDatabase) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let sqlite = TestDatabase::sqlite();
    run("SQLite", &sqlite).await?;
    sqlite.remove().await;
    match TestDatabase::postgres().await {
        Some(postgres) => {
            run("PostgreSQL", &postgres).await?;
            postgres.remove().await;
        }
        None => println!("PostgreSQL: not found, not measured"),
    }
    Ok(())
}

/// `cargo xtask bench realtime [FACTS PER SECOND [SECONDS]]`.
pub fn realtime(arguments: &[String]) -> anyhow::Result<()> {
    let mut numbers = arguments.iter().map(|text| text.parse::<u64>().context("a number"));
    let rate = numbers.next().transpose()?.unwrap_or(RATE).max(1);
    let seconds = numbers.next().transpose()?.unwrap_or(SECONDS).clamp(1, 600);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "{rate} facts a second, each answered with all it did, for {seconds} s; {PROMOTIONS} \
         promotions and a tier group, {SENDERS_OF} members"
    );
    println!();
    println!("| database | p50 | p90 | p99 | longest |");
    println!("|---|---:|---:|---:|---:|");
    runtime.block_on(on_each(async |name, database| {
        let db = database.open().await;
        db.migrate().await?;
        let office = office(db, SENDERS_OF, clock()?).await?;
        office.accrue().await?;
        let secret = token(&office).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let app = App::new(office.clone(), Passwords::for_tests(), Options::default());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(web::serve::serve(listener, app, async move {
            let _ = stopped.await;
        }));
        load((at, &secret), rate, WARM_UP_SECONDS, 0).await?;
        let took = load((at, &secret), rate, seconds, rate * WARM_UP_SECONDS).await?;
        println!(
            "| {name} | {} | {} | {} | {} |",
            bench::millis(took.at(500)),
            bench::millis(took.at(900)),
            bench::millis(took.at(990)),
            bench::millis(took.at(1000)),
        );
        let _ = stop.send(());
        let _ = tokio::time::timeout(Duration::from_secs(10), server).await;
        let is_whole = RATE <= rate && SECONDS <= seconds;
        println!();
        println!("{name}: at p99 {}", bench::aim(took.at(990), AIM_OF_FACTS, is_whole));
        println!();
        Ok(())
    }))
}

/// Sends facts at their times and gives back how long each took.
async fn load(
    (at, secret): (SocketAddr, &str),
    rate: u64,
    seconds: u64,
    first: u64,
) -> anyhow::Result<Latencies> {
    let client = Arc::new(Client::to(at, secret.to_owned(), "/api/v1/realtime/facts", 1));
    let every = Duration::from_secs(1) / u32::try_from(rate)?;
    let start = tokio::time::Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    for number in 0..rate * seconds {
        let due = start + every * u32::try_from(number)?;
        let mut random = Random(first + number);
        let cents = random.below(60_000) + 100;
        let body = format!(
            "[{{\"key\":\"F{:08}\",\"date\":\"2026-05-0{}\",\"partner\":\"P{:07}\",\
             \"amount\":\"{}.{:02}\",\"currency\":\"EUR\"}}]",
            first + number,
            random.below(4) + 1,
            random.below(SENDERS_OF),
            cents / 100,
            cents % 100,
        );
        tokio::time::sleep_until(due).await;
        let client = Arc::clone(&client);
        under_way.spawn(async move {
            client.post(first + number, &body).await?;
            anyhow::Ok(due.elapsed())
        });
    }
    let mut took = Vec::new();
    while let Some(done) = under_way.join_next().await {
        took.push(done??);
    }
    Ok(Latencies::of(took))
}

/// `cargo xtask bench wallets [MEMBERS [postgres|sqlite]]`.
pub fn wallets(arguments: &[String]) -> anyhow::Result<()> {
    let (only, numbers): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let members = match numbers.first() {
        Some(text) => text.parse().context("the number of members")?,
        None => MEMBERS,
    };
    let wants = |name: &str| only.is_empty() || only.iter().any(|it| name.eq_ignore_ascii_case(it));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(on_each(async |name, database| {
        if !wants(name) {
            return Ok(());
        }
        let db = database.open().await;
        db.migrate().await?;
        let clock = clock()?;
        let office = office(db, members, Arc::clone(&clock)).await?;
        let began = Instant::now();
        fill(&office, members).await?;
        println!("{name}: {members} members filled in {} s", began.elapsed().as_secs());
        balances(name, &office).await?;
        let is_whole = MEMBERS <= members;
        let (took, seen) = look_ahead(&office).await?;
        println!(
            "{name}: who moves at the next assessment and what ends in which month, {seen} members \
             looked at, {}",
            bench::aim(took, AIM_OF_MEMBERS, is_whole)
        );
        // What was credited in May 2026 ends with May 2027; miles start again in January.
        clock.advance(jiff::SignedDuration::from_hours(24 * 240));
        bench::forget_peak_memory();
        let (took, owners) = pass(&office).await?;
        println!(
            "{name}: tiers assessed and miles started again for {owners} members, written down in \
             {} s; peak memory {} MiB",
            took.as_secs(),
            bench::peak_memory_mib()
        );
        clock.advance(jiff::SignedDuration::from_hours(24 * 160));
        let (took, owners) = pass(&office).await?;
        println!("{name}: lots expired for {owners} members, written down in {} s", took.as_secs());
        println!();
        Ok(())
    }))
}

/// Gives every member stars and miles, and the first one as many lots as there are.
async fn fill(office: &Office, members: u64) -> anyhow::Result<()> {
    const AT_A_TIME: u64 = 1_000;
    let mut at = 0;
    while at < members {
        let next = (at + AT_A_TIME).min(members);
        let lines = (at..next).flat_map(|member| {
            let miles = 100 + member % 3_000;
            ["STAR", "MILES"].map(|unit| {
                format!(
                    "{{ credit: {unit}-{member}, partner: P{member:07}, points: {unit}, amount: {miles} }}"
                )
            })
        });
        tell(office, lines).await?;
        at = next;
    }
    let mut lot = 0;
    while lot < LOTS {
        let lines = (lot..lot + AT_A_TIME).map(|lot| {
            let days = lot % 300;
            let day = jiff::civil::date(2026, 6, 1)
                .checked_add(jiff::Span::new().days(i64::try_from(days).unwrap_or(0)));
            let day = day.unwrap_or(Date::MAX);
            format!(
                "{{ credit: L{lot}, partner: P0000000, points: STAR, amount: 1, expires: {day} }}"
            )
        });
        tell(office, lines).await?;
        lot += AT_A_TIME;
    }
    Ok(())
}

async fn tell(office: &Office, lines: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut asks = Vec::new();
    for text in lines {
        let root = domain::yaml::parse(&text).map_err(|error| anyhow::anyhow!("{error:?}"))?.root;
        let read = read_line(&Tree::from(&root), &jiff::tz::TimeZone::UTC).value;
        let AskedLine { key, on, command } = read.context("a line")?;
        asks.push(Ask { key, on, command });
    }
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await?;
    let by = (&Actor::System, office.now());
    for answer in wallets::act_many(&mut tx, &rules, &master, by, &asks).await? {
        if !matches!(answer, wallets::Answer::Taken(_)) {
            bail!("a credit was not taken: {answer:?}");
        }
    }
    tx.commit().await?;
    Ok(())
}

/// How long the balance of a member with many lots takes.
async fn balances(name: &str, office: &Office) -> anyhow::Result<()> {
    let owner = PartnerCode::new("P0000000");
    let mut took = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        let mut reader = office.db().read().await?;
        let rules = office.rules(&mut reader).await?;
        let master = office.master(&mut reader).await?;
        let rows = wallets::balances(&mut reader, &rules, &master, office.now(), &owner).await?;
        if rows.len() != 2 {
            bail!("two currencies are held, not {}", rows.len());
        }
        took.push(began.elapsed());
    }
    let p99 = Latencies::of(took).at(990);
    println!(
        "{name}: balance of a member with {LOTS} lots at p99 {}",
        bench::aim(p99, AIM_OF_BALANCE, true)
    );
    Ok(())
}

/// Owners that one look takes together, as the page does.
const OWNERS_PER_LOOK: usize = 200;
/// As many as there are cores to look with.
const LOOKERS: usize = 2;

/// Who moves at the next assessment, of everybody whose things change by then, and what ends in
/// which month: nothing is written.
async fn look_ahead(office: &Office) -> anyhow::Result<(Duration, usize)> {
    let began = Instant::now();
    let now = office.now();
    let day = jiff::civil::date(2027, 1, 1);
    let mut reader = office.db().read().await?;
    let rules = office.rules(&mut reader).await?;
    let master = office.master(&mut reader).await?;
    let of = rules.wallets.first().context("a wallet")?;
    let by = day.at(0, 0, 0, 0);
    let (owners, is_cut) = wallets::change_by(&mut reader, of, by, usize::MAX).await?;
    if is_cut {
        bail!("not everybody was looked at");
    }
    drop(reader);
    let all: Arc<Vec<PartnerCode>> = Arc::new(owners.iter().map(PartnerCode::new).collect());
    let mut lookers = tokio::task::JoinSet::new();
    for nth in 0..LOOKERS {
        let (office, all) = (office.clone(), Arc::clone(&all));
        let (rules, master) = (Arc::clone(&rules), Arc::clone(&master));
        lookers.spawn(async move {
            let mut reader = office.db().read().await?;
            let of = rules.wallets.first().context("a wallet")?;
            let mut moved = 0;
            for chunk in all.chunks(OWNERS_PER_LOOK).skip(nth).step_by(LOOKERS) {
                let look = (now, day);
                let seen =
                    wallets::foresee(&mut reader, of, &master, look, ("level", chunk)).await?;
                moved += seen.len();
            }
            anyhow::Ok(moved)
        });
    }
    let owed = async {
        let mut reader = office.db().read().await?;
        engine::views::loyalty::liability(&mut reader, of, now).await
    };
    let owed = owed.await?;
    if owed.currencies.is_empty() {
        bail!("nothing is owed");
    }
    while let Some(done) = lookers.join_next().await {
        done??;
    }
    Ok((began.elapsed(), all.len()))
}

/// Writes down what time did, and says how long that took and for how many.
async fn pass(office: &Office) -> anyhow::Result<(Duration, usize)> {
    let began = Instant::now();
    let mut owners = 0;
    loop {
        let mut tx = office.db().write().await?;
        let rules = office.rules(&mut tx).await?;
        let master = office.master(&mut tx).await?;
        let passed = wallets::pass(&mut tx, &rules, &master, office.now()).await?;
        tx.commit().await?;
        if passed.owners == 0 {
            return Ok((began.elapsed(), owners));
        }
        owners += passed.owners;
    }
}
