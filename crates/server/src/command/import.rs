//! `tokuten import`: a file comes in, with a bar that shows how far it is.

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use engine::access::Actor;
use engine::catalog::{self, MasterCache};
use engine::clock::SystemClock;
use engine::db::Db;
use engine::imports::{self, ImportReport, Input, Origin, Parts, Progress, Request, Status};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::Language;
use engine::ingest::source::{Reader, SourceOptions};
use engine::rebuild;
use engine::rules::RulesCache;
use indicatif::{ProgressBar, ProgressStyle};

use super::program::read;
use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Import {
    /// CSV, TSV or XLSX
    file: PathBuf,
    /// How to read it: a file with a mapping, or the name of a saved one. Without this the
    /// headings tell, where they are the words of a fact, a partner or a product
    #[arg(long, value_name = "MAPPING")]
    mapping: Option<String>,
    /// What it holds, where no mapping says so
    #[arg(long, value_enum, default_value_t = FeedsWord::Facts, conflicts_with = "mapping")]
    feeds: FeedsWord,
    /// Where to write the rows that were refused, each with its reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FeedsWord {
    Facts,
    Partners,
    Products,
}

impl From<FeedsWord> for Feeds {
    fn from(word: FeedsWord) -> Feeds {
        match word {
            FeedsWord::Facts => Feeds::Facts,
            FeedsWord::Partners => Feeds::Partners,
            FeedsWord::Products => Feeds::Products,
        }
    }
}

/// The answer is no if a row was refused or the file could not be read to its end.
pub async fn run(config: &Config, import: &Import, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    let mapping = mapping(&db, import).await?;
    let name = import.file.file_name().unwrap_or(import.file.as_os_str());
    let request = Request::new(
        name.to_string_lossy(),
        Origin::File,
        Input::File(import.file.clone()),
        mapping,
        Actor::System,
    );
    let (master, rules) = (MasterCache::default(), RulesCache::default());
    let parts = Parts { db: &db, master: &master, rules: &rules, clock: &SystemClock };
    let bar = Bar::new();
    let report = imports::run(parts, request, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })
    .await?;
    bar.0.finish_and_clear();
    tell(&report, out)?;
    if report.remeasure {
        remeasure(parts, out).await?;
    }
    if let Some(path) = &import.rejects
        && report.import.counts.rejected > 0
    {
        write_rejects(&db, &report, path, out).await?;
    }
    db.close().await;
    let whole = report.import.status == Status::Done && report.import.counts.rejected == 0;
    Ok(if whole { Answer::Yes } else { Answer::No })
}

/// The mapping of a file, a saved one, or the headings themselves.
async fn mapping(db: &Db, import: &Import) -> anyhow::Result<Mapping> {
    let Some(named) = &import.mapping else {
        let file = File::open(&import.file)
            .with_context(|| format!("could not open `{}`", import.file.display()))?;
        let reader = Reader::open_seekable(Box::new(file), &SourceOptions::default())
            .with_context(|| format!("`{}`", import.file.display()))?;
        return Ok(Mapping::by_headings(import.feeds.into(), reader.headers()));
    };
    if Path::new(named).is_file() {
        let text = read(Path::new(named))?;
        return Mapping::parse(&text).with_context(|| format!("mapping `{named}`"));
    }
    let saved = catalog::find_mapping(&mut db.read().await?, named).await?;
    let saved = saved.with_context(|| {
        format!("there is neither a file `{named}` nor a saved mapping of that name")
    })?;
    let Some(text) = saved.body.as_str() else {
        bail!("the saved mapping `{named}` cannot be read; save it again");
    };
    Mapping::parse(text).with_context(|| format!("saved mapping `{named}`"))
}

fn tell(report: &ImportReport, out: &mut dyn Write) -> anyhow::Result<()> {
    let ImportReport { import, resumed_after, created, changed, accrued, .. } = report;
    let counts = import.counts;
    if *resumed_after > 0 {
        writeln!(out, "went on after row {resumed_after}")?;
    }
    writeln!(
        out,
        "`{}`: {} rows read, {} accepted, {} known already, {} rejected",
        import.name, counts.read, counts.accepted, counts.known, counts.rejected
    )?;
    if import.feeds == Feeds::Facts {
        writeln!(out, "{} awards evaluated, {} postings", accrued.evaluated, accrued.postings)?;
    } else {
        writeln!(out, "{created} new, {changed} changed")?;
    }
    if let Some(failure) = &import.failure {
        writeln!(out, "{failure}")?;
    }
    if counts.accepted == 0 && counts.rejected == 0 && import.status == Status::Done {
        writeln!(out, "nothing was added: every row was there before")?;
    }
    Ok(())
}

/// Master data changed while there are facts: every program is measured anew.
async fn remeasure(parts: Parts<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut tx = parts.db.write().await?;
    let (rules, master) = (parts.rules.get(&mut tx).await?, parts.master.get(&mut tx).await?);
    rebuild::programs(&mut tx, &rules, &master, None).await?;
    tx.commit().await?;
    let accrued = imports::accrue_stale(parts).await?;
    writeln!(out, "programs were measured anew: {} awards evaluated", accrued.evaluated)?;
    Ok(())
}

async fn write_rejects(
    db: &Db,
    report: &ImportReport,
    path: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let shown = path.display();
    let file = File::create_new(path).with_context(|| format!("could not create `{shown}`"))?;
    let mut reader = db.read().await?;
    imports::write_rejects(&mut reader, &report.import, file, Language::English).await?;
    writeln!(out, "the rejected rows are in `{shown}`, each with its reason")?;
    Ok(())
}

/// A bar over the bytes of a text, or the rows of a workbook.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Bar {
        Bar(ProgressBar::new_spinner())
    }

    fn show(&self, progress: &Progress) {
        let counts = progress.counts;
        if let Some(done) = progress.bytes_done {
            if self.0.length().is_none() {
                let style = "{bar:30} {percent:>3} %  {msg}  {eta} left";
                self.0.set_style(
                    ProgressStyle::with_template(style)
                        .unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                self.0.set_length(progress.bytes_total);
            }
            self.0.set_position(done);
        }
        self.0.set_message(format!(
            "{} rows: {} accepted, {} known, {} rejected",
            counts.read, counts.accepted, counts.known, counts.rejected
        ));
        self.0.tick();
    }
}
