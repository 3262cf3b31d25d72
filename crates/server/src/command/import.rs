//! `tokuten import`: a file of facts, partners, products, payees, amounts from outside or
//! reference data comes in.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use engine::access::Actor;
use engine::catalog::{self, ReferenceTable};
use engine::clock::SystemClock;
use engine::db::Db;
use engine::imports::{
    self, ImportReport, Input, Origin, Progress, ROWS_PER_BATCH, Request, Status,
};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::Language;
use engine::ingest::source::{Reader, SourceOptions};
use engine::office::Office;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

use super::{Answer, open_current};
use crate::config::Config;

/// What the status says, for the help.
pub const STATUS: &str = "Status: 0 if the file was read to its end, 1 if it was not or if every \
    row was refused, 2 if nothing could be tried.";

#[derive(Debug, Args)]
pub struct Import {
    /// CSV, TSV or XLSX
    file: PathBuf,
    /// How its columns become fields: a file, or the name of a saved mapping
    #[arg(long, value_name = "MAPPING", required_unless_present = "feeds")]
    mapping: Option<String>,
    /// What a file feeds whose headings already are the names of the fields
    #[arg(long, value_enum, conflicts_with = "mapping")]
    feeds: Option<Target>,
    /// From when changes of partners hold; today, unless named
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Write the refused rows into this file, with a column that says why
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Rows of one transaction
    #[arg(long, value_name = "ROWS", default_value_t = ROWS_PER_BATCH, hide = true)]
    rows_per_batch: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    Facts,
    Partners,
    Products,
    Payees,
    External,
    ExchangeRates,
    UnitFactors,
    Lists,
    Figures,
    Prices,
    BankHolidays,
}

/// Imports, or goes on with an import of the same file that was stopped.
pub async fn run(config: &Config, import: &Import, out: &mut dyn Write) -> anyhow::Result<Answer> {
    check_is_file(&import.file)?;
    let db = open_current(config).await?;
    let mapping = mapping(&db, import).await?;
    let name = import.file.file_name().unwrap_or(import.file.as_os_str());
    let request = Request {
        changes_hold_from: import.from,
        rows_per_batch: import.rows_per_batch,
        ..Request::new(
            name.to_string_lossy(),
            Origin::File,
            Input::File(import.file.clone()),
            mapping,
            Actor::System,
        )
    };
    // Before anything is taken in, so that a mistake in its name costs nothing.
    let rejects = import.rejects.as_deref().map(create_rejects).transpose()?;
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let bar = bar();
    let report = imports::run(&office, request, &mut |progress| {
        show(&bar, progress);
        ControlFlow::Continue(())
    })
    .await;
    bar.finish_and_clear();
    let report = report?;
    tell(&report, out)?;
    match (rejects, report.import.counts.rejected) {
        (Some((path, file)), 0) => {
            drop(file);
            std::fs::remove_file(path)
                .with_context(|| format!("could not remove the empty `{}`", path.display()))?;
        }
        (Some((path, file)), _) => write_rejects(&db, &report, (path, file), out).await?,
        (None, 0) => {}
        (None, _) => writeln!(
            out,
            "why rows were refused: import the same file again with `--rejects FILE`"
        )?,
    }
    db.close().await;
    let counts = report.import.counts;
    Ok(match report.import.status {
        Status::Done if counts.read > 0 && counts.rejected == counts.read => Answer::No,
        Status::Done => Answer::Yes,
        Status::Running | Status::Failed | Status::Review | Status::Returned => Answer::No,
    })
}

/// What a folder is told; anything else that cannot be read says so itself.
fn check_is_file(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("`{}` is a folder; name a file in it, one import for each", path.display());
    }
    Ok(())
}

async fn mapping(db: &Db, import: &Import) -> anyhow::Result<Mapping> {
    let Some(named) = &import.mapping else { return by_headings(import) };
    if Path::new(named).is_file() {
        let text = std::fs::read_to_string(named)
            .with_context(|| format!("could not read the mapping `{named}`"))?;
        return Mapping::parse(&text).with_context(|| format!("the mapping `{named}`"));
    }
    let saved = catalog::find_mapping(&mut db.read().await?, named).await?;
    let Some(saved) = saved else {
        bail!("there is neither a file nor a saved mapping `{named}`");
    };
    let text = match saved.body {
        serde_json::Value::String(text) => text,
        body => body.to_string(),
    };
    Mapping::parse(&text).with_context(|| format!("the saved mapping `{named}`"))
}

/// The mapping of a file whose headings are the names of the fields.
fn by_headings(import: &Import) -> anyhow::Result<Mapping> {
    let path = import.file.display();
    let file =
        std::fs::File::open(&import.file).with_context(|| format!("could not open `{path}`"))?;
    let reader = Reader::open_seekable(Box::new(file), &SourceOptions::default())
        .with_context(|| format!("could not read `{path}`"))?;
    let feeds = match import.feeds {
        Some(Target::Partners) => Feeds::Partners,
        Some(Target::Products) => Feeds::Products,
        Some(Target::Payees) => Feeds::Payees,
        Some(Target::External) => Feeds::External,
        Some(Target::ExchangeRates) => Feeds::Reference(ReferenceTable::ExchangeRates),
        Some(Target::UnitFactors) => Feeds::Reference(ReferenceTable::UnitFactors),
        Some(Target::Lists) => Feeds::Reference(ReferenceTable::Lists),
        Some(Target::Figures) => Feeds::Reference(ReferenceTable::Figures),
        Some(Target::Prices) => Feeds::Reference(ReferenceTable::Prices),
        Some(Target::BankHolidays) => Feeds::Reference(ReferenceTable::BankHolidays),
        Some(Target::Facts) | None => Feeds::Facts,
    };
    Ok(Mapping::by_headings(feeds, reader.headers()))
}

/// A bar of bytes; hidden by itself where nobody looks.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let counts = progress.counts;
    let rate = progress.rows_per_second.map(|rate| format!(", {} rows/s", grouped(rate)));
    let left = progress.time_left.map(|left| format!(", {} s left", left.as_secs()));
    bar.set_length(progress.bytes_total);
    bar.set_position(progress.bytes_done.unwrap_or(0));
    bar.set_message(format!(
        "{} rows: {} accepted, {} known, {} refused{}{}",
        grouped(counts.read),
        grouped(counts.accepted),
        grouped(counts.known),
        grouped(counts.rejected),
        rate.unwrap_or_default(),
        left.unwrap_or_default(),
    ));
}

fn tell(report: &ImportReport, out: &mut dyn Write) -> anyhow::Result<()> {
    let import = &report.import;
    let counts = import.counts;
    writeln!(out, "`{}`: {} rows", import.name, grouped(counts.read))?;
    if let Some(encoding) = &import.encoding {
        writeln!(out, "  read as        {:>12}", shown_encoding(encoding))?;
    }
    writeln!(out, "  accepted       {:>12}", grouped(counts.accepted))?;
    writeln!(out, "  known already  {:>12}", grouped(counts.known))?;
    writeln!(out, "  refused        {:>12}", grouped(counts.rejected))?;
    if report.resumed_after > 0 {
        let before = grouped(report.resumed_after);
        writeln!(out, "went on with an import that was stopped after {before} rows")?;
    }
    if counts.accepted == 0 && counts.known > 0 && import.status == Status::Done {
        writeln!(out, "nothing was added: all of it was known already")?;
    }
    if counts.read == 0 && import.status == Status::Done {
        writeln!(out, "there is a header and no row below it: nothing to take in")?;
    }
    if counts.read > 0 && counts.rejected == counts.read && import.status == Status::Done {
        writeln!(out, "nothing was taken in: every row was refused")?;
    }
    if report.remeasured {
        writeln!(out, "master data changed: programs that count with it were measured anew")?;
    }
    if report.accrued.evaluated > 0 {
        let (awards, postings) = (report.accrued.evaluated, report.accrued.postings);
        let (awards, postings) = (count(awards), count(postings));
        writeln!(out, "{} awards evaluated, {} postings", grouped(awards), grouped(postings))?;
    }
    if let Some(failure) = &import.failure {
        writeln!(out, "failed: {failure}")?;
    }
    Ok(())
}

/// An encoding as people here know it.
fn shown_encoding(name: &str) -> &str {
    if name == "Shift_JIS" { "CP932" } else { name }
}

/// Makes the file for refused rows; one that is there is not written over.
fn create_rejects(path: &Path) -> anyhow::Result<(&Path, std::fs::File)> {
    let file = std::fs::File::create_new(path)
        .with_context(|| format!("could not create `{}`", path.display()))?;
    Ok((path, file))
}

async fn write_rejects(
    db: &Db,
    report: &ImportReport,
    (path, file): (&Path, std::fs::File),
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let shown = path.display();
    let mut reader = db.read().await?;
    let writer = BufWriter::new(file);
    imports::write_rejects(&mut reader, &report.import, writer, Language::English).await?;
    writeln!(out, "refused rows: `{shown}`")?;
    Ok(())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `1234567` as `1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-60_855, "-60,855")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
