//! `tokuten demo`: an invented company in a database of its own, which goes away at the end.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use engine::clock::{Clock, SystemClock};
use engine::db::Db;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use super::Answer;
use crate::config::Config;
use crate::demo::{self, SEED, SIGN_INS};

/// Makes the company and says how to sign in.
pub async fn run(config: &Config, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let folder = Folder::new()?;
    let url = format!("sqlite:{}", folder.0.join("demo.sqlite").display());
    let db = Db::open(&url).await?;
    db.migrate().await?;
    make(&db).await?;
    for sign_in in &SIGN_INS {
        writeln!(out, "{:<18} {}  {}", sign_in.who, sign_in.login, sign_in.password)?;
    }
    let _ = config;
    db.close().await;
    Ok(Answer::Yes)
}

async fn make(db: &Db) -> anyhow::Result<()> {
    let zone = TimeZone::get("Asia/Tokyo").context("the zone comes with the executable")?;
    let today = SystemClock.now().to_zoned(zone).date();
    let company = demo::company(SEED, today);
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{msg}  {bar:30} {pos} of {len} weeks")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message("telling the story of Hibari Cycles");
    demo::fill(db, &company, today, &|told| {
        bar.set_length(u64::try_from(told.of).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(told.files).unwrap_or(u64::MAX));
    })
    .await?;
    bar.finish_and_clear();
    Ok(())
}

/// A folder of our own among the temporary ones, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("tokuten-demo-{}", std::process::id()));
        std::fs::create_dir(&path)
            .with_context(|| format!("could not create `{}`", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears temporary folders.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
