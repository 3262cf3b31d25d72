//! `tokuten settings`: what an administrator decides about deciding, for those who have the machine:
//! the second person for programs, chains of approval, deputies, the accounts of the books.
//!
//! What is done here stands in the audit trail as done by the system.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use engine::access::{self, Actor, User};
use engine::clock::{Clock, SystemClock};
use engine::db::{Db, Reader};
use engine::papers::accounting::Chart;
use engine::papers::settings as papers;
use engine::programs::{self, FourEyes};
use engine::settle::{self, Delegation, Policy};
use jiff::civil::Date;
use web::approvers;

use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print all of them
    Show,
    /// Say whether a second person activates programs
    FourEyes {
        /// `auto` (as soon as two people may), `always` or `never`
        rule: String,
    },
    /// Replace the chains of approval, a line each, as `settings show` prints them
    Chains {
        /// A file with the lines; `-` is standard input
        file: PathBuf,
    },
    /// Let somebody decide for somebody else while they are away
    Deputy(Deputy),
    /// End a delegation before its last day
    EndDeputy {
        /// As `settings show` prints it
        id: String,
    },
    /// Replace the chart of accounts by a JSON document, as `settings show` prints it
    Chart {
        /// A file with the document; `-` is standard input
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Deputy {
    /// Login of who is away
    absent: String,
    /// Login of who stands in
    deputy: String,
    /// The first day
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DATE")]
    until: Date,
}

pub async fn run(config: &Config, command: Command, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    match command {
        Command::Show => show(&mut db.read().await?, out).await?,
        Command::FourEyes { rule } => four_eyes(&db, &rule, out).await?,
        Command::Chains { file } => chains(&db, &text(&file)?, out).await?,
        Command::Deputy(deputy) => delegate(&db, &deputy, out).await?,
        Command::EndDeputy { id } => end(&db, &id, out).await?,
        Command::Chart { file } => chart(&db, &text(&file)?, out).await?,
    }
    db.close().await;
    Ok(Answer::Yes)
}

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("could not read standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("could not read `{}`", file.display()))
}

async fn show(reader: &mut Reader, out: &mut dyn Write) -> anyhow::Result<()> {
    let people = access::users(reader, None).await?;
    told_four_eyes(reader, out).await?;
    writeln!(out, "\nchains of approval:")?;
    let policy = settle::policy(reader).await?;
    if policy.chains.is_empty() {
        writeln!(out, "  none: one person approves, who is not the one who asked")?;
    }
    for chain in &policy.chains {
        writeln!(out, "  {}", approvers::show(chain, &people))?;
    }
    writeln!(out, "\ndeputies:")?;
    let deputies = settle::delegations(reader, None).await?;
    let open: Vec<&Delegation> = deputies.iter().filter(|one| one.ended_at.is_none()).collect();
    if open.is_empty() {
        writeln!(out, "  none")?;
    }
    for one in open {
        let (who, deputy) = (login(&people, &one.from_user), login(&people, &one.to_user));
        let (from, until) = (one.from, one.until);
        writeln!(out, "  {}  {deputy} for {who}, {from} to {until}", one.public_id)?;
    }
    let chart = papers::chart(reader).await?;
    writeln!(out, "\nchart of accounts:\n{}", serde_json::to_string_pretty(&chart)?)?;
    Ok(())
}

fn login<'a>(people: &'a [User], id: &'a str) -> &'a str {
    people.iter().find(|user| user.id == id).map_or(id, |user| user.login.as_str())
}

async fn told_four_eyes(reader: &mut Reader, out: &mut dyn Write) -> anyhow::Result<()> {
    let rule = programs::four_eyes(reader).await?.word();
    let now = if programs::needs_second(reader).await? { "needs" } else { "does not need" };
    writeln!(out, "second person for programs: {rule}; a draft {now} one as things are")?;
    Ok(())
}

async fn four_eyes(db: &Db, rule: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let Some(rule) = FourEyes::from_word(rule) else {
        bail!("`{rule}` is no rule; write `auto`, `always` or `never`");
    };
    let mut tx = db.write().await?;
    programs::set_four_eyes(&mut tx, &Actor::System, SystemClock.now(), rule).await?;
    tx.commit().await?;
    told_four_eyes(&mut db.read().await?, out).await
}

/// Lines that are empty, or begin with `#`, say nothing.
async fn chains(db: &Db, text: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    let people = access::users(&mut tx, None).await?;
    let mut chains = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if !line.is_empty() && !line.starts_with('#') {
            let chain = approvers::read(line, &people);
            chains.push(chain.with_context(|| format!("line {number}"))?);
        }
    }
    let policy = Policy { chains, ..settle::policy(&mut tx).await? };
    policy.check()?;
    settle::set_policy(&mut tx, &Actor::System, SystemClock.now(), &policy).await?;
    tx.commit().await?;
    writeln!(
        out,
        "chains of approval: {}; they act on what is closed and asked for from now on",
        policy.chains.len()
    )?;
    Ok(())
}

async fn delegate(db: &Db, new: &Deputy, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    let people = access::users(&mut tx, None).await?;
    let id = |login: &str| {
        let user = people.iter().find(|user| user.login == login);
        user.map(|user| user.id.clone())
            .with_context(|| format!("there is no user `{login}`; `tokuten user list` lists them"))
    };
    let (absent, deputy) = (id(&new.absent)?, id(&new.deputy)?);
    let of = (absent.as_str(), deputy.as_str());
    let days = (new.from, new.until);
    let id = settle::delegate(&mut tx, &Actor::System, SystemClock.now(), of, days).await?;
    tx.commit().await?;
    writeln!(out, "`{id}`: {} decides for {}", new.deputy, new.absent)?;
    Ok(())
}

async fn end(db: &Db, id: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    settle::end_delegation(&mut tx, &Actor::System, SystemClock.now(), id).await?;
    tx.commit().await?;
    writeln!(out, "`{id}` has ended")?;
    Ok(())
}

async fn chart(db: &Db, text: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let chart: Chart = serde_json::from_str(text).context("the chart of accounts")?;
    let mut tx = db.write().await?;
    papers::save_chart(&mut tx, &Actor::System, SystemClock.now(), &chart).await?;
    tx.commit().await?;
    writeln!(out, "accounts of your books: {}", chart.accounts.len())?;
    Ok(())
}
