//! `cargo xtask bench close`: how long it takes to close a quarter of many partners in many
//! programs.
//!
//! Every partner earns in every program, so that a quarter has as many payouts as there are
//! partners times programs: the most there can be. Each program is closed in a commit of its own,
//! as people close them. Then the payouts are compared with the awards and the balances with the
//! postings, which is not timed.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine::access::Actor;
use engine::accrue::{self, AwardFilter};
use engine::db::testing::{TempFolder, TestDatabase};
use engine::ledger;
use engine::office::Office;
use engine::settle::{self, CloseNote};
use jiff::SignedDuration;
use jiff::civil::date;
use rust_decimal::Decimal;

use crate::bench;
use crate::bench_state::{Plan, build};

const PARTNERS: u64 = 100_000;
const PROGRAMS: u64 = 20;
const AIM: Duration = Duration::from_mins(1);
const PERIOD: &str = "2026Q1";
/// Lines of each partner in the quarter.
const LINES: u64 = 2;

/// `cargo xtask bench close [PARTNERS [PROGRAMS [postgres|sqlite]]]`.
pub fn close(arguments: &[String]) -> anyhow::Result<()> {
    let (only, numbers): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let mut numbers = numbers.iter().map(|text| text.parse::<u64>().context("a number"));
    let partners = numbers.next().transpose()?.unwrap_or(PARTNERS).max(1);
    let programs = numbers.next().transpose()?.unwrap_or(PROGRAMS).max(1);
    let wants = |name: &str| only.is_empty() || only.iter().any(|word| *word == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("closing {PERIOD} of {partners} partners in each of {programs} programs");
    println!();
    println!(
        "| database | lines imported | awards accrued | close, all programs | longest | payouts/s | peak memory |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    runtime.block_on(async {
        if wants("postgres") {
            match TestDatabase::postgres().await {
                Some(database) => one("PostgreSQL", database, (partners, programs)).await?,
                None => println!("| PostgreSQL | not found, not measured | | | | | |"),
            }
        }
        if wants("sqlite") {
            one("SQLite", TestDatabase::sqlite(), (partners, programs)).await?;
        }
        anyhow::Ok(())
    })
}

async fn one(
    name: &str,
    database: TestDatabase,
    (partners, programs): (u64, u64),
) -> anyhow::Result<()> {
    let folder = TempFolder::new("bench-close");
    let plan = Plan {
        now: "2026-03-31T12:00:00Z".parse()?,
        partners,
        programs,
        quarters: &[(date(2026, 1, 1), LINES)],
    };
    let built = build(database.open().await, folder.path(), &plan).await?;
    // Every earlier period has passed without a line, and is closed before.
    built.clock.advance(SignedDuration::from_hours(5 * 24));
    close_empty(&built.office, programs).await?;
    bench::forget_peak_memory();
    let (mut all, mut longest) = (Duration::ZERO, Duration::ZERO);
    for number in 0..programs {
        let took = close_one(&built.office, number, PERIOD, partners).await?;
        (all, longest) = (all + took, longest.max(took));
    }
    let peak = bench::peak_memory_mib();
    println!(
        "| {name} | {} in {} s | {} in {} s | {} | {} | {} | {peak} MiB |",
        built.lines,
        built.imported_in.as_secs(),
        built.evaluated,
        built.accrued_in.as_secs(),
        seconds(all),
        seconds(longest),
        bench::per_second(partners * programs, all)
    );
    check(&built.office, programs).await?;
    println!();
    let is_whole = partners >= PARTNERS && programs >= PROGRAMS;
    let aim = bench::aim(all, AIM, is_whole);
    println!("{name}: payouts are what was earned, postings balance; {aim}");
    println!();
    database.remove().await;
    Ok(())
}

fn seconds(took: Duration) -> String {
    format!("{}.{} s", took.as_secs(), took.subsec_millis() / 100)
}

/// Closes what lies before the period: nothing happened there.
async fn close_empty(office: &Office, programs: u64) -> anyhow::Result<()> {
    for number in 0..programs {
        for earlier in ["2025Q1", "2025Q2", "2025Q3", "2025Q4"] {
            close_one(office, number, earlier, 0).await?;
        }
    }
    Ok(())
}

/// Closes a period as a page does, and says how long that took until it was durable.
async fn close_one(
    office: &Office,
    number: u64,
    period: &str,
    payouts: u64,
) -> anyhow::Result<Duration> {
    let code = format!("many-{number}");
    let began = Instant::now();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let (of, note) = ((code.as_str(), period), CloseNote::everything("bench"));
    let closed = settle::close(&mut tx, &master, &Actor::System, office.now(), of, &note).await?;
    tx.commit().await?;
    let took = began.elapsed();
    if u64::try_from(closed.payouts)? != payouts {
        bail!("{} payouts of {code} in {period} where {payouts} are due", closed.payouts);
    }
    Ok(took)
}

/// A fast wrong answer is no answer.
async fn check(office: &Office, programs: u64) -> anyhow::Result<()> {
    let mut reader = office.db().read().await?;
    let rules = office.rules(&mut reader).await?;
    let mut all = Decimal::ZERO;
    for number in 0..programs {
        let code = format!("many-{number}");
        let at = rules.by_code(&code).context("the program is gone")?;
        let program_id = rules.program_ids[at];
        let payouts = settle::payouts(&mut reader, program_id, "", i64::MAX).await?;
        let filter = AwardFilter { program_id: Some(program_id), ..AwardFilter::default() };
        let (awards, _) = accrue::awards(&mut reader, &filter, (0, i64::MAX)).await?;
        let paid: Decimal = payouts.iter().map(|payout| payout.amount).sum();
        let earned: Decimal = awards.iter().map(|award| award.amount).sum();
        if paid != earned || paid.is_zero() {
            bail!("{code} pays {paid} where {earned} was earned");
        }
        all += paid;
    }
    let (should, are) = ledger::check(&mut reader).await?;
    let key = |sum: &ledger::Balance| (sum.account.clone(), sum.unit.clone());
    let (mut should, mut are) = (should, are);
    should.sort_by_key(key);
    are.sort_by_key(key);
    if should != are {
        bail!("balances are not the sums of postings");
    }
    let credit = |account: &str| -> Decimal {
        let of = are.iter().filter(|sum| sum.account.starts_with(account));
        of.map(|sum| sum.credit - sum.debit).sum()
    };
    let (payable, accrued, expense) = (credit("payable/"), credit("accrued/"), credit("expense/"));
    if payable != all || !accrued.is_zero() || expense != -all {
        bail!("the ledger holds {payable} payable, {accrued} accrued, {expense} expense for {all}");
    }
    Ok(())
}
