//! `tokuten migrate`, `backup`, `restore`.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use engine::db::latest_schema;

use super::{Answer, open, open_present};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; one that is there already is not touched
    file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `tokuten backup` wrote
    file: PathBuf,
}

pub async fn migrate(config: &Config, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = open(config).await?;
    let before = db.schema_version().await?;
    db.migrate().await?;
    let (label, now) = (db.label(), latest_schema());
    if before == now {
        writeln!(out, "{label} has schema {now} already")?;
    } else {
        writeln!(out, "{label} went from schema {before} to {now}")?;
    }
    db.close().await;
    Ok(Answer::Yes)
}

pub async fn backup(
    config: &Config,
    backup: &Backup,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let db = open_present(config).await?;
    let path = backup.file.display();
    let file = new_file(&backup.file).with_context(|| format!("could not create `{path}`"))?;
    let mut writer = BufWriter::new(file);
    let saved = engine::backup::save(&db, &mut writer).await;
    let synced = saved.and_then(|amount| {
        writer.get_ref().sync_all().map_err(engine::backup::BackupError::Write)?;
        Ok(amount)
    });
    db.close().await;
    match synced {
        Ok(amount) => {
            writeln!(out, "`{path}`: {} rows of {} tables", amount.rows, amount.tables)?;
            Ok(Answer::Yes)
        }
        Err(error) => {
            // Half a backup is worse than none, because somebody may rely on it.
            let _ = std::fs::remove_file(&backup.file);
            Err(error.into())
        }
    }
}

pub async fn restore(
    config: &Config,
    restore: &Restore,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let path = restore.file.display();
    let file = File::open(&restore.file).with_context(|| format!("could not open `{path}`"))?;
    let db = open(config).await?;
    let amount = engine::backup::restore(&db, &mut BufReader::new(file)).await?;
    let label = db.label();
    writeln!(out, "{label}: {} rows of {} tables from `{path}`", amount.rows, amount.tables)?;
    db.close().await;
    Ok(Answer::Yes)
}

/// A new file that only its owner may read: a backup holds hashes of passwords.
fn new_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
