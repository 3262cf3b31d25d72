//! `cargo xtask bench try`: how long `tokuten try` takes for one program and a table of lines.
//!
//! The command itself is run, from its start to its end, as a person runs it; what it prints is
//! compared with a plain loop over the same lines.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "looks at another process now and then")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine::db::testing::TempFolder;

use crate::bench::{self, Random};

const LINES: u64 = 1_000_000;
const PARTNERS: u64 = 2_000;
const PRODUCTS: u64 = 500;
const RUNS: u32 = 3;
const AIM: Duration = Duration::from_secs(2);

/// Rates of the program below, from a sum on, in cents.
const TIERS: [(i128, i128); 3] = [(0, 1), (10_000_000, 2), (50_000_000, 3)];
const PROGRAM: &str = "\
program: volume
currency: EUR
starts: 2026-01-01
ends: 2026-12-31
periods: { every: quarter }
terms:
  - term: volume
    measure: sum(amount)
    method: marginal
    tiers:
      - { from: 0, rate: 1% }
      - { from: 100000, rate: 2% }
      - { from: 500000, rate: 3% }
";

/// Cents by partner and quarter.
type Sums = BTreeMap<(String, String), i128>;

/// `cargo xtask bench try [LINES]`.
pub fn try_program(arguments: &[String]) -> anyhow::Result<()> {
    let lines: u64 = match arguments.first() {
        Some(text) => text.parse().context("the number of lines")?,
        None => LINES,
    };
    let folder = TempFolder::new("bench-try");
    let (program, facts) = (folder.path().join("p.yaml"), folder.path().join("facts.csv"));
    std::fs::write(&program, PROGRAM)?;
    let expected = write_lines(&facts, lines)?;
    let tokuten = bench::tokuten()?;
    println!("one program on {lines} lines of {PARTNERS} partners, `tokuten try` as a whole");
    println!();
    println!("| run | took | lines/s | of both cores | peak memory |");
    println!("|---|---:|---:|---:|---:|");
    let mut best = Duration::MAX;
    for run in 1..=RUNS {
        let told = once(&tokuten, &program, &facts)?;
        check(&told.text, &expected)?;
        best = best.min(told.took);
        println!(
            "| {run} | {} ms | {} | {} ms | {} MiB |",
            told.took.as_millis(),
            bench::per_second(lines, told.took),
            told.worked.as_millis(),
            told.peak_kib / 1024
        );
    }
    println!();
    println!("best of {RUNS}: {} ms; {}", best.as_millis(), bench::aim(best, AIM, lines >= LINES));
    Ok(())
}

/// What a run printed, and what it took.
struct Told {
    text: String,
    took: Duration,
    worked: Duration,
    peak_kib: u64,
}

fn once(tokuten: &Path, program: &Path, facts: &Path) -> anyhow::Result<Told> {
    let out = facts.with_extension("out");
    let start = Instant::now();
    let mut child = Command::new(tokuten)
        .args([Path::new("try"), program, facts])
        .stdout(Stdio::from(std::fs::File::create(&out)?))
        .spawn()
        .context("`tokuten try` could not be started")?;
    let (mut worked, mut peak_kib) = (Duration::ZERO, 0);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak_kib = peak_kib.max(bench::peak_memory_kib(&child.id().to_string()));
        worked = worked.max(bench::worked(&child.id().to_string()));
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    if !status.success() {
        bail!("`tokuten try` failed: {status}");
    }
    Ok(Told { text: std::fs::read_to_string(out)?, took, worked, peak_kib })
}

fn write_lines(path: &PathBuf, lines: u64) -> anyhow::Result<Sums> {
    let mut random = Random(11);
    let mut sums = Sums::new();
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "key,date,partner,product,quantity,amount,currency")?;
    for at in 0..lines {
        // As an export by order number is: any day.
        let day = i64::try_from(random.below(365))?;
        let date = jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(day))?;
        let partner = format!("P{:05}", random.below(PARTNERS));
        let (product, quantity) = (random.below(PRODUCTS), random.below(40) + 1);
        let cents = random.below(1_000_000) + 100;
        writeln!(
            out,
            "SO-{:07}/{},{date},{partner},B{product:04},{quantity},{}.{:02},EUR",
            at / 3,
            at % 3 + 1,
            cents / 100,
            cents % 100
        )?;
        let quarter = format!("2026Q{}", (date.month() + 2) / 3);
        *sums.entry((partner, quarter)).or_default() += i128::from(cents);
    }
    out.flush()?;
    Ok(sums)
}

/// The amounts of the first table are those of the plain loop.
fn check(told: &str, expected: &Sums) -> anyhow::Result<()> {
    let mut found = Sums::new();
    for row in told.lines().skip(1).take_while(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [partner, _, period, .., amount] = words.as_slice() else { bail!("`{row}`") };
        let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
        let cents: i128 = format!("{whole}{part:0<2}").parse().context("an amount")?;
        found.insert(((*partner).to_owned(), (*period).to_owned()), cents);
    }
    let earned = expected.iter().map(|(of, cents)| (of.clone(), marginal(*cents)));
    if found != earned.collect::<Sums>() {
        bail!("what `tokuten try` tells is not what a plain loop finds");
    }
    Ok(())
}

/// Each tier's rate on what lies in it, in cents, half a cent rounded up.
fn marginal(cents: i128) -> i128 {
    let mut hundredths = 0;
    for (nth, (from, rate)) in TIERS.iter().enumerate() {
        let to = TIERS.get(nth + 1).map_or(i128::MAX, |(next, _)| *next);
        hundredths += (cents.min(to) - from).max(0) * rate;
    }
    (hundredths + 50) / 100
}
