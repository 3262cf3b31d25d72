//! `cargo xtask prove`: the random proofs of the testkit, with as many cases as one has time for.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, bail};

/// What may be said, and the variable by which the tests are told.
const SETTINGS: [(&str, &str); 9] = [
    ("--cases", "TOKUTEN_PROVE_CASES"),
    ("--engine", "TOKUTEN_PROVE_ENGINE"),
    ("--worlds", "TOKUTEN_PROVE_WORLDS"),
    ("--postgres-every", "TOKUTEN_PROVE_POSTGRES_EVERY"),
    ("--threads", "TOKUTEN_PROVE_THREADS"),
    ("--coverage", "TOKUTEN_PROVE_COVERAGE"),
    ("--seed", "TOKUTEN_PROVE_SEED"),
    ("--failures", "TOKUTEN_PROVE_FAILURES"),
    ("--keep", "TOKUTEN_PROVE_KEEP"),
];

pub fn prove(arguments: &[String]) -> anyhow::Result<()> {
    let mut told = Vec::new();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!("`{}` says nothing", pair[0]) };
        let Some((_, variable)) = SETTINGS.iter().find(|(word, _)| word == name) else {
            let words: Vec<&str> = SETTINGS.iter().map(|(word, _)| *word).collect();
            bail!("`{name}` is not known; there are {}", words.join(", "));
        };
        if *variable == "TOKUTEN_PROVE_KEEP" {
            std::fs::create_dir_all(value).with_context(|| format!("`{value}`"))?;
            let whole = std::fs::canonicalize(value)?;
            told.push(((*variable).to_owned(), whole.display().to_string()));
            continue;
        }
        value.parse::<u64>().with_context(|| format!("`{name} {value}` is not a number"))?;
        told.push(((*variable).to_owned(), value.clone()));
    }
    // Databases of stories need not survive the machine: in memory nothing waits for a disk. They are
    // files all the same, written and synced as ever.
    let memory = std::path::Path::new("/dev/shm");
    if std::env::var_os("TMPDIR").is_none() && memory.is_dir() {
        told.push(("TMPDIR".to_owned(), memory.display().to_string()));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    // A release checks overflow too.
    let words =
        ["test", "--release", "--package", "testkit", "--test", "prove", "--", "--nocapture"];
    eprintln!("xtask: cargo {}", words.join(" "));
    let status =
        Command::new(cargo).args(words).envs(told).status().context("could not start cargo")?;
    if !status.success() {
        bail!("some story fails; it is printed above");
    }
    Ok(())
}
