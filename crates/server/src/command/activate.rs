//! `tokuten activate`: a draft begins to act, in somebody's name.
//!
//! # Invariants
//!
//! * What the page refuses is refused here: errors and tests that do not hold, warnings without a
//!   reason, a draft that needs a second person, a person who may not activate.
//! * The audit trail says who, why, and over which warnings, as it does of the page; and that the
//!   command line named this person, whose password it does not ask for.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use engine::access::{self, Action, Actor};
use engine::acting;
use engine::audit::{self, Entry};
use engine::clock::{Clock, SystemClock};
use engine::office::Office;
use engine::programs::{self, ProgramError};
use engine::rules::{self, VersionStatus};
use engine::settle;
use serde_json::json;

use super::{Answer, open_current};
use crate::config::Config;

/// What the status says, for the help.
pub const STATUS: &str = "Status: 0 if the version acts now, 1 if it is refused with the reason, \
    2 if nothing could be tried.";

#[derive(Debug, Args)]
pub struct Activate {
    /// The program's code, or a file with its text, which becomes the draft
    program: String,
    /// The draft's version; without it the only draft there is
    #[arg(long, value_name = "NUMBER")]
    version: Option<u32>,
    /// Login of whoever activates
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// Why it is right to do so; needed where there are warnings
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub async fn run(
    config: &Config,
    activate: &Activate,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let mut tx = db.write().await?;
    let people = access::users(&mut tx, None).await?;
    let login = activate.user.to_lowercase();
    let Some(user) = people.iter().find(|user| user.login == login) else {
        bail!("there is no user `{}`", activate.user);
    };
    if user.disabled || !user.role.may(Action::EditPrograms) {
        bail!("`{}` may not activate programs", user.login);
    }
    let (code, named) = match text(&activate.program)? {
        None => (activate.program.clone(), activate.version),
        Some(text) => {
            let actor = user.actor();
            match programs::save_draft(&mut tx, &actor, SystemClock.now(), &text).await {
                Ok((program, _)) => (program.code.to_string(), Some(program.version)),
                Err(error) => return refused(&activate.program, error, out),
            }
        }
    };
    let code = code.as_str();
    let Some(program) = rules::program_by_code(&mut tx, code).await? else {
        bail!("there is no program `{code}`");
    };
    let versions = rules::versions(&mut tx, program.program_id).await?;
    let drafts = versions.iter().filter(|row| row.status == VersionStatus::Draft);
    let drafts: Vec<u32> = drafts.filter_map(|row| u32::try_from(row.version).ok()).collect();
    let version = match (named, drafts.as_slice()) {
        (Some(version), drafts) if drafts.contains(&version) => version,
        (None, [version]) => *version,
        (Some(version), _) => bail!("version {version} of `{code}` is no draft"),
        (None, []) => bail!("`{code}` has no draft"),
        (None, [..]) => bail!("`{code}` has several drafts; name one with `--version`"),
    };
    let master = office.master(&mut tx).await?;
    let now = SystemClock.now();
    let today = settle::today(&mut tx, now).await.context("could not tell the day")?;
    let (when, of) = ((now, today), (code, version));
    let reason = activate.reason.as_deref();
    match acting::activate(&mut tx, &master, &user.actor(), when, of, reason).await {
        Ok(()) => {}
        Err(error) => return refused(&activate.program, error, out),
    }
    let said = json!({ "activated": "on the command line", "as": user.login });
    let entry = Entry::of("acknowledge", "program", format!("{code}/{version}"), None, Some(said));
    audit::append(&mut tx, now, &Actor::System, entry).await?;
    tx.commit().await?;
    let accrued = office.accrue().await?;
    writeln!(
        out,
        "version {version} of `{code}` acts now, in the name of `{}`: {} awards evaluated, {} \
         postings",
        user.login, accrued.evaluated, accrued.postings
    )?;
    db.close().await;
    Ok(Answer::Yes)
}

/// The text, if a file was named.
fn text(program: &str) -> anyhow::Result<Option<String>> {
    if !Path::new(program).is_file() {
        return Ok(None);
    }
    let text =
        std::fs::read_to_string(program).with_context(|| format!("could not read `{program}`"))?;
    Ok(Some(text))
}

/// Says why nothing was done; what is not about the program is an error.
fn refused(program: &str, error: ProgramError, out: &mut dyn Write) -> anyhow::Result<Answer> {
    match error {
        ProgramError::Db(error) => return Err(error.into()),
        ProgramError::Rules(error) => return Err(error.into()),
        ProgramError::Problems(problems) => {
            for problem in &problems {
                writeln!(out, "{program}:{problem}")?;
            }
            writeln!(out, "`{program}` was not activated")?;
        }
        error => writeln!(out, "`{program}` was not activated: {error}")?,
    }
    Ok(Answer::No)
}
