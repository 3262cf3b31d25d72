//! `cargo xtask bench page`: how long the page of a program with many partners takes.
//!
//! Pages are asked for through a real socket of this machine by somebody signed in, one after the
//! other: as they open, sorted, filtered, searched, turned; the last rounds while lines come in.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine::access::{Actor, NewUser, Passwords, Role, create_user, sign_in};
use engine::db::testing::{TempFolder, TestDatabase};
use engine::office::Office;
use jiff::civil::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use web::app::{App, Options};

use crate::bench::{self, Random};
use crate::bench_api::{Client, Latencies, token};
use crate::bench_state::{Plan, build};

const PARTNERS: u64 = 100_000;
const ROUNDS: usize = 40;
const AIM: Duration = Duration::from_millis(100);
const PASSWORD: &str = "correct horse";
/// The page as it opens, and what people do with it.
const QUERIES: [(&str, &str); 7] = [
    ("as it opens", ""),
    ("by worth", "?tab=attainment&sort=-worth"),
    ("by partner", "?tab=attainment&sort=partner"),
    ("near the next tier", "?tab=attainment&filter=near"),
    ("behind last year", "?tab=attainment&filter=below"),
    ("the quarter before", "?tab=attainment&period=2026Q1"),
    ("searched", "?tab=attainment&q=P0123"),
];

/// `cargo xtask bench page [PARTNERS [postgres|sqlite]]`.
pub fn page(arguments: &[String]) -> anyhow::Result<()> {
    let (only, numbers): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let partners = match numbers.first() {
        Some(text) => text.parse().context("the number of partners")?,
        None => PARTNERS,
    };
    let wants = |name: &str| only.is_empty() || only.iter().any(|word| *word == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("the page of a program with {partners} partners, {ROUNDS} times each");
    println!();
    println!("| database | page | p50 | p90 | p99 | longest |");
    println!("|---|---|---:|---:|---:|---:|");
    runtime.block_on(async {
        if wants("postgres") {
            match TestDatabase::postgres().await {
                Some(database) => one("PostgreSQL", database, partners).await?,
                None => println!("| PostgreSQL | not found, not measured | | | | |"),
            }
        }
        if wants("sqlite") {
            one("SQLite", TestDatabase::sqlite(), partners).await?;
        }
        anyhow::Ok(())
    })
}

async fn one(name: &str, database: TestDatabase, partners: u64) -> anyhow::Result<()> {
    let folder = TempFolder::new("bench-page");
    let plan = Plan {
        now: "2026-06-10T09:00:00Z".parse()?,
        partners,
        programs: 1,
        quarters: &[(date(2025, 4, 1), 1), (date(2026, 1, 1), 1), (date(2026, 4, 1), 2)],
    };
    let built = build(database.open().await, folder.path(), &plan).await?;
    let office = built.office;
    let cookie = session(&office).await?;
    let facts = token(&office).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let at = listener.local_addr()?;
    let app = App::new(office, Passwords::for_tests(), Options::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(web::serve::serve(listener, app, async move {
        let _ = stopped.await;
    }));
    bench::forget_peak_memory();
    let mut quiet = Vec::new();
    for (title, query) in QUERIES {
        let took = round((at, &cookie), query).await?;
        row(name, title, &took);
        quiet.extend(took);
    }
    row(name, "all of them", &quiet);
    let client = Client::new(at, facts);
    let lines = tokio::spawn(async move { bring_lines(&client, partners).await });
    let mut live = Vec::new();
    for (_, query) in QUERIES {
        live.extend(round((at, &cookie), query).await?);
    }
    row(name, "all, while 100 lines come in each second", &live);
    if lines.is_finished() {
        lines.await??;
        bail!("no more lines came in");
    }
    lines.abort();
    let peak = bench::peak_memory_mib();
    let _ = stop.send(());
    let _ = tokio::time::timeout(Duration::from_secs(10), server).await;
    let p99 = |took: Vec<Duration>| Latencies::of(took).at(990);
    println!();
    let aim = |took| bench::aim(p99(took), AIM, partners >= PARTNERS);
    println!("{name}: at p99 {}; peak memory {peak} MiB", aim(quiet));
    println!("{name}, while lines come in: at p99 {}", aim(live));
    println!();
    database.remove().await;
    Ok(())
}

fn row(name: &str, title: &str, took: &[Duration]) {
    let took = Latencies::of(took.to_vec());
    let at = |thousandths| bench::millis(took.at(thousandths));
    println!("| {name} | {title} | {} | {} | {} | {} |", at(500), at(900), at(990), at(1000));
}

/// Somebody who signs in, as a cookie.
async fn session(office: &Office) -> anyhow::Result<String> {
    let passwords = Passwords::for_tests();
    let new = NewUser {
        login: "ken".into(),
        name: "Ken".into(),
        password: passwords.hash(PASSWORD).await?,
        role: Role::IncentiveManager,
        language: "en".into(),
    };
    let mut tx = office.db().write().await?;
    create_user(&mut tx, office.now(), &Actor::System, new).await?;
    tx.commit().await?;
    let (db, clock) = (office.db(), office.clock());
    let signed = sign_in(db, clock, &passwords, "ken", PASSWORD, "127.0.0.1").await?;
    Ok(format!("tokuten_session={}", signed.cookie))
}

/// How long a page takes each time, the first one after a start among them.
async fn round((at, cookie): (SocketAddr, &str), query: &str) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let page = get(at, cookie, &format!("/console/programs/many-0{query}")).await?;
        took.push(began.elapsed());
        // A fast wrong answer is no answer.
        if !page.contains(" 200 ") || !page.contains("data-live=\"attainment\"") {
            bail!("no such page: {}", page.chars().take(1_000).collect::<String>());
        }
    }
    Ok(took)
}

async fn get(at: SocketAddr, cookie: &str, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(at).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {at}\r\nCookie: {cookie}\r\nAccept-Language: en\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(256 << 10);
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A batch of 100 lines each second, of any partner.
async fn bring_lines(client: &Client, partners: u64) -> anyhow::Result<()> {
    let mut random = Random(17);
    for batch in 0.. {
        let rows: Vec<serde_json::Value> = (0..100)
            .map(|line| {
                serde_json::json!({
                    "key": format!("L{batch:06}-{line}"),
                    "date": "2026-06-09",
                    "partner": format!("P{:06}", random.below(partners)),
                    "product": "A0001",
                    "quantity": "1",
                    "amount": (random.below(900) + 1).to_string(),
                    "currency": "EUR",
                })
            })
            .collect();
        client.post(batch, &serde_json::Value::Array(rows).to_string()).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
