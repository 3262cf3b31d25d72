//! `cargo xtask bench api`: how long a batch of facts waits for its answer, at a fixed rate.
//!
//! Batches are sent when their time has come, whether or not earlier ones were answered, and a
//! batch's time counts from when it should have been sent: what waits is not hidden by a sender
//! that waits, too. All goes through a real socket of this machine; an answer means that the rows
//! are on disk.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use engine::access::{Actor, NewToken, Passwords, Scope, create_token};
use engine::clock::{Clock, SystemClock};
use engine::db::testing::TestDatabase;
use engine::journal;
use engine::office::Office;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::time::Instant;
use web::app::{App, Options};

use crate::bench::{self, PARTNERS, PRODUCTS, PROGRAMS, Random};

const BATCHES_PER_SECOND: u64 = 100;
const LINES_PER_BATCH: u64 = 100;
/// Before anything is counted: connections, caches.
const WARM_UP_SECONDS: u64 = 2;
const SECONDS: u64 = 20;
/// A batch that is not answered by then fails the run.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long answers took, in order.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn of(mut took: Vec<Duration>) -> Latencies {
        took.sort();
        Latencies(took)
    }

    /// The time within which that share of the answers came, in thousandths.
    pub fn at(&self, thousandths: usize) -> Duration {
        let place = (self.0.len() * thousandths).div_ceil(1000).max(1) - 1;
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// `cargo xtask bench api [BATCHES PER SECOND [SECONDS]]`.
pub fn api(arguments: &[String]) -> anyhow::Result<()> {
    let mut numbers = arguments.iter().map(|text| text.parse::<u64>().context("a number"));
    let rate = numbers.next().transpose()?.unwrap_or(BATCHES_PER_SECOND).max(1);
    let seconds = numbers.next().transpose()?.unwrap_or(SECONDS).clamp(1, 600);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "{rate} batches of {LINES_PER_BATCH} lines a second, for {seconds} s, {PROGRAMS} active programs"
    );
    println!();
    println!("| database | p50 | p90 | p99 | longest | lines/s |");
    println!("|---|---:|---:|---:|---:|---:|");
    runtime.block_on(async {
        let sqlite = TestDatabase::sqlite();
        one("SQLite", &sqlite, rate, seconds).await?;
        sqlite.remove().await;
        match TestDatabase::postgres().await {
            Some(postgres) => {
                one("PostgreSQL", &postgres, rate, seconds).await?;
                postgres.remove().await;
            }
            None => println!("| PostgreSQL | not found, not measured | | | | |"),
        }
        anyhow::Ok(())
    })
}

async fn one(name: &str, database: &TestDatabase, rate: u64, seconds: u64) -> anyhow::Result<()> {
    let db = database.open().await;
    db.migrate().await?;
    let office = bench::prepare(db).await?;
    let token = token(&office).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let at = listener.local_addr()?;
    let app = App::new(office.clone(), Passwords::for_tests(), Options::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(web::serve::serve(listener, app, async move {
        let _ = stopped.await;
    }));
    let client = Arc::new(Client::new(at, token));
    let warm = load(&client, rate, WARM_UP_SECONDS, 0).await?;
    let sent = u64::try_from(warm.0.len())?;
    let start = Instant::now();
    let latencies = load(&client, rate, seconds, sent).await?;
    let took = start.elapsed();
    let lines = u64::try_from(latencies.0.len())? * LINES_PER_BATCH;
    println!(
        "| {name} | {} | {} | {} | {} | {} |",
        bench::millis(latencies.at(500)),
        bench::millis(latencies.at(900)),
        bench::millis(latencies.at(990)),
        bench::millis(latencies.at(1000)),
        bench::per_second(lines, took)
    );
    let _ = stop.send(());
    client.idle.lock().await.clear();
    let _ = tokio::time::timeout(ANSWER_WITHIN, server).await;
    let all = i64::try_from(lines + sent * LINES_PER_BATCH)?;
    if journal::count(&mut office.db().read().await?).await? != all {
        bail!("the journal does not hold every line once");
    }
    Ok(())
}

/// A token that may bring facts.
pub async fn token(office: &Office) -> anyhow::Result<String> {
    let new = NewToken {
        name: "bench".into(),
        scopes: vec![Scope::FactsWrite],
        partner_id: None,
        expires_at: None,
    };
    let mut tx = office.db().write().await?;
    let (secret, _) = create_token(&mut tx, SystemClock.now(), &Actor::System, new).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Sends batches at their times and gives back how long each took.
async fn load(
    client: &Arc<Client>,
    rate: u64,
    seconds: u64,
    first: u64,
) -> anyhow::Result<Latencies> {
    let every = Duration::from_secs(1) / u32::try_from(rate)?;
    let start = Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    for number in 0..rate * seconds {
        let due = start + every * u32::try_from(number)?;
        let body = batch(first + number);
        tokio::time::sleep_until(due).await;
        let client = Arc::clone(client);
        under_way.spawn(async move {
            tokio::time::timeout(ANSWER_WITHIN, client.post(first + number, &body))
                .await
                .context("a batch was not answered in time")??;
            anyhow::Ok(due.elapsed())
        });
    }
    let mut took = Vec::new();
    while let Some(done) = under_way.join_next().await {
        took.push(done??);
    }
    Ok(Latencies::of(took))
}

/// The lines of a batch, as JSON: of this week, as tills and shops send them, and one in twenty of
/// any day of the year, as corrections of an ERP are.
fn batch(number: u64) -> String {
    let mut random = Random(number);
    let day = jiff::civil::date(2025, 1, 1);
    let rows: Vec<serde_json::Value> = (0..LINES_PER_BATCH)
        .map(|line| {
            let days = match random.below(20) {
                0 => random.below(360),
                _ => 353 + random.below(7),
            };
            let days = i64::try_from(days).unwrap_or(0);
            let date = day.checked_add(jiff::Span::new().days(days)).unwrap_or(day);
            let cents = random.below(500_000) + 100;
            serde_json::json!({
                "key": format!("B{number:06}-{line}"),
                "date": date.to_string(),
                "partner": format!("P{:05}", random.below(PARTNERS)),
                "product": format!("A{:04}", random.below(PRODUCTS)),
                "quantity": (random.below(20) + 1).to_string(),
                "amount": format!("{}.{:02}", cents / 100, cents % 100),
                "currency": "USD",
            })
        })
        .collect();
    serde_json::Value::Array(rows).to_string()
}

/// A sender that keeps its connections.
pub struct Client {
    at: SocketAddr,
    token: String,
    path: &'static str,
    lines: u64,
    idle: Mutex<Vec<TcpStream>>,
}

impl Client {
    pub fn new(at: SocketAddr, token: String) -> Client {
        Client::to(at, token, "/api/v1/facts", LINES_PER_BATCH)
    }

    /// One that sends so many lines at a time elsewhere.
    pub fn to(at: SocketAddr, token: String, path: &'static str, lines: u64) -> Client {
        Client { at, token, path, lines, idle: Mutex::new(Vec::new()) }
    }

    /// Sends a batch, and waits until all of it is kept.
    pub async fn post(&self, number: u64, body: &str) -> anyhow::Result<()> {
        let kept = self.idle.lock().await.pop();
        let mut stream = if let Some(stream) = kept {
            stream
        } else {
            let stream = TcpStream::connect(self.at).await?;
            stream.set_nodelay(true)?;
            stream
        };
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: batch-{number}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.path,
            self.at,
            self.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let answer = answer(&mut stream).await?;
        let all = format!("\"accepted\":{},", self.lines);
        if !answer.contains(" 200 ") || !answer.contains(&all) {
            bail!("a batch was not taken: {}", answer.chars().take(1_000).collect::<String>());
        }
        self.idle.lock().await.push(stream);
        Ok(())
    }
}

/// Reads one answer, which says how long it is.
async fn answer(stream: &mut TcpStream) -> anyhow::Result<String> {
    let mut read = Vec::with_capacity(16 << 10);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            bail!("the connection was closed before the answer");
        }
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok())
            .context("the answer does not say how long it is")?;
        if length <= body.len() {
            return Ok(text.into_owned());
        }
    }
}
