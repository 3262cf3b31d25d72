//! `tokuten export`: the ledger for the books.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use engine::access::Actor;
use engine::clock::SystemClock;
use engine::office::Office;
use engine::papers::export::{self, ExportError};

use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything posted since the last export, as CSV of your accounts, each posting once
    Accounting(Accounting),
    /// The whole ledger as a Beancount file
    Beancount(Beancount),
}

#[derive(Debug, Args)]
pub struct Accounting {
    /// The file to write; one that is there already is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write an export that was made before once more, by its number: the same file
    #[arg(long, value_name = "NUMBER")]
    again: Option<String>,
}

#[derive(Debug, Args)]
pub struct Beancount {
    /// The file to write; one that is there already is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(config: &Config, command: Command, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let answer = match command {
        Command::Accounting(asked) => accounting(&office, &asked, out).await?,
        Command::Beancount(asked) => beancount(&office, &asked, out).await?,
    };
    db.close().await;
    Ok(answer)
}

/// The export is committed once its file is there: a full disk costs no posting its place.
async fn accounting(
    office: &Office,
    asked: &Accounting,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let path = asked.out.display();
    if let Some(number) = &asked.again {
        let mut reader = office.db().read().await?;
        let master = office.master(&mut reader).await?;
        let Some(row) = export::export(&mut reader, number).await? else {
            bail!(ExportError::NotFound(number.clone()));
        };
        let bytes = export::file(&mut reader, &master, &row).await?;
        write_new(&asked.out, &bytes)?;
        writeln!(out, "{number} once more: {} postings to `{path}`", row.entries)?;
        return Ok(Answer::Yes);
    }
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    match export::create(&mut tx, &master, &Actor::System, office.now()).await {
        Ok((row, bytes)) => {
            write_new(&asked.out, &bytes)?;
            tx.commit().await?;
            let (first, last) = (row.first_seq, row.last_seq);
            writeln!(out, "{}: postings {first} to {last} to `{path}`", row.number)?;
            Ok(Answer::Yes)
        }
        Err(ExportError::Nothing) => {
            writeln!(out, "{}", ExportError::Nothing)?;
            Ok(Answer::No)
        }
        Err(error) => Err(error.into()),
    }
}

async fn beancount(
    office: &Office,
    asked: &Beancount,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let mut reader = office.db().read().await?;
    let master = office.master(&mut reader).await?;
    let text = export::beancount(&mut reader, &master).await?;
    write_new(&asked.out, text.as_bytes())?;
    writeln!(out, "the ledger is in `{}`", asked.out.display())?;
    Ok(Answer::Yes)
}

fn write_new(path: &std::path::Path, bytes: &[u8]) -> anyhow::Result<()> {
    let named = || format!("could not create `{}`", path.display());
    let mut file = std::fs::File::create_new(path).with_context(named)?;
    file.write_all(bytes).with_context(named)?;
    file.sync_all().with_context(named)
}
