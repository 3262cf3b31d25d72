//! The project's own chores: `cargo xtask test`, `cargo xtask lint`, `cargo xtask ci`,
//! `cargo xtask prove`.
//!
//! What continuous integration runs is what a person runs: `.ci/run` installs what is missing and
//! calls these.

mod bench;
mod bench_api;
mod bench_close;
mod bench_page;
mod bench_state;
mod bench_try;
mod bench_wallet;
mod prove;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

/// What the executable has, too, so that benchmarks measure it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
cargo xtask COMMAND

  test [ARGUMENT...]   all tests of the workspace; arguments go to `cargo test`
  lint                 format, clippy, deny, documentation
  ci                   test, then lint
  prove [--cases N] [--engine N] [--worlds N] [--seed S] [--keep FOLDER]
                       random stories against the plain procedure and the databases, and worlds
                       told by the simulator; what fails is shrunk and kept
  bench ingest [LINES] lines per second, durable and counted, beside the bare load of the same rows
  bench api [RATE [SECONDS]]
                       how long a batch of 100 facts waits for its answer, at so many a second
  bench try [LINES]    how long `tokuten try` takes for one program and so many lines
  bench close [PARTNERS [PROGRAMS]] [postgres|sqlite]
                       how long closing a quarter takes, with everybody in every program
  bench page [PARTNERS] [postgres|sqlite]
                       how long the page of a program with so many partners takes
  bench realtime [RATE [SECONDS]]
                       how long a fact waits for the answer that says all it did, at so many a second
  bench wallets [MEMBERS] [postgres|sqlite]
                       how long expiry and tiers of so many members take, and a balance of many lots

Tests that need PostgreSQL or a browser say when they are skipped and how to get them;
with TOKUTEN_REQUIRE_ALL=1 they fail instead.";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    let done = match command.as_str() {
        "test" => test(&arguments),
        "lint" => lint(),
        "ci" => test(&arguments).and_then(|()| lint()),
        "bench" => bench(&arguments),
        "prove" => prove::prove(&arguments),
        "" | "help" | "--help" | "-h" => {
            eprintln!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("unknown command `{other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test(arguments: &[String]) -> anyhow::Result<()> {
    let mut words = vec!["test", "--workspace"];
    words.extend(arguments.iter().map(String::as_str));
    cargo(&words, &[])
}

/// Benchmarks run optimized: this calls itself again in a release build.
fn bench(arguments: &[String]) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        let mut words = vec!["run", "--release", "--quiet", "--package", "xtask", "--", "bench"];
        words.extend(arguments.iter().map(String::as_str));
        return cargo(&words, &[("TOKUTEN_TEST_FSYNC", "1")]);
    }
    match arguments.split_first() {
        Some((what, rest)) if what == "ingest" => bench::ingest(rest),
        Some((what, rest)) if what == "api" => bench_api::api(rest),
        Some((what, rest)) if what == "try" => bench_try::try_program(rest),
        Some((what, rest)) if what == "close" => bench_close::close(rest),
        Some((what, rest)) if what == "page" => bench_page::page(rest),
        Some((what, rest)) if what == "realtime" => bench_wallet::realtime(rest),
        Some((what, rest)) if what == "wallets" => bench_wallet::wallets(rest),
        _ => bail!("there is `bench` with `ingest`, `api`, `try`, `close` and `page`"),
    }
}

fn lint() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"], &[])
        .context("is `cargo deny` there? `cargo install cargo-deny --locked` gets it")?;
    advisories()?;
    cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])
}

/// Advisories come from the network. Where they cannot be had nothing is known, which is said, not
/// hidden; where they can, they must pass.
fn advisories() -> anyhow::Result<()> {
    if let Err(error) = cargo(&["deny", "--workspace", "fetch", "db"], &[]) {
        eprintln!("xtask: SECURITY ADVISORIES WERE NOT CHECKED, their database is out of reach");
        eprintln!("xtask: {error:#}");
        return Ok(());
    }
    cargo(&["deny", "--workspace", "check", "--disable-fetch", "advisories"], &[])
}

/// Runs cargo with these words, as the person running this would.
fn cargo(words: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    eprintln!("xtask: cargo {}", words.join(" "));
    let status = Command::new(cargo)
        .args(words)
        .envs(environment.iter().copied())
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("`cargo {}` failed", words.join(" "));
    }
    Ok(())
}
