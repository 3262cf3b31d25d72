//! What the executable does when it is called: one module for each command.
//!
//! Results go to standard output, everything else to standard error. The status is 0 where all is
//! well, 1 where the answer is no (a program with errors, a case that does not hold, a file of which
//! every row was refused), 2 where the question could not be understood or answered.

mod activate;
mod database;
mod doctor;
mod dry_run;
mod explain;
mod export;
mod import;
mod program;
mod rebuild;
mod serve;
mod settings;
mod user;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use engine::db::Db;

use crate::config::Config;
use crate::telemetry;

/// Channel incentive management: rebates from sales lines to payouts.
#[derive(Debug, Parser)]
#[command(name = "tokuten", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command knows.
#[derive(Debug, Args)]
pub struct Common {
    /// A YAML file with settings; also `TOKUTEN_CONFIG`
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: `sqlite:PATH` or `postgres://…`; also `TOKUTEN_DATABASE_URL`
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve console, portal and API
    Serve,
    /// Show all of it on an invented company
    Demo(serve::Demo),
    /// Look at programs as text
    #[command(subcommand)]
    Program(program::Command),
    /// Try a case, or a program on a table of facts, without any database
    Try(dry_run::Try),
    /// Compare cases with what they expect, a line each
    Conformance(dry_run::Conformance),
    /// Take a file of facts, partners, products, payees, amounts from outside or reference data in
    #[command(after_help = import::STATUS)]
    Import(import::Import),
    /// Let a draft act, in somebody's name
    #[command(after_help = activate::STATUS)]
    Activate(activate::Activate),
    /// Bring the database to the schema of this release
    Migrate,
    /// Check that this installation can work
    Doctor,
    /// Write the whole database into a file
    Backup(database::Backup),
    /// Fill a new database from a backup
    Restore(database::Restore),
    /// Measure everything anew from the journal
    Rebuild(rebuild::Rebuild),
    /// Say why an amount is what it is, down to the facts
    Explain(explain::Explain),
    /// Hand the ledger to the books
    #[command(subcommand)]
    Export(export::Command),
    /// What an administrator decides about deciding: the second person, approvals, deputies
    #[command(subcommand)]
    Settings(settings::Command),
    /// People who can sign in
    #[command(subcommand)]
    User(user::Command),
    /// Print the reference of all settings, in Markdown
    #[command(hide = true)]
    ConfigReference,
}

/// How a command that could be carried out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

/// Carries out what was asked.
pub fn run(arguments: Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match carried_out(arguments, &mut out) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(error) => {
            eprintln!("tokuten: {}", told(&error));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes in a line. Some causes are part of what stands before them already.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn carried_out(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let common = arguments.common;
    match arguments.command {
        // These need neither settings nor a database.
        Command::Program(command) => program::run(command, out),
        Command::Try(attempt) => dry_run::run(&attempt, out),
        Command::Conformance(conformance) => dry_run::conformance(&conformance, out),
        Command::ConfigReference => {
            write!(out, "{}", crate::config::reference())?;
            Ok(Answer::Yes)
        }
        Command::Serve => with_database(&common, async |config| serve::run(&config, out).await),
        Command::Demo(_) if common.database.is_some() => bail!(
            "the demo makes a database of its own and takes no `--database`; to keep it, name a \
             folder with `--keep FOLDER`"
        ),
        Command::Demo(demo) => {
            with_database(&common, async |config| serve::demo(&config, &demo, out).await)
        }
        Command::Import(import) => {
            with_database(&common, async |config| import::run(&config, &import, out).await)
        }
        Command::Activate(activate) => {
            with_database(&common, async |config| activate::run(&config, &activate, out).await)
        }
        Command::Migrate => {
            with_database(&common, async |config| database::migrate(&config, out).await)
        }
        Command::Doctor => with_database(&common, async |config| doctor::run(&config, out).await),
        Command::Backup(backup) => {
            with_database(&common, async |config| database::backup(&config, &backup, out).await)
        }
        Command::Restore(restore) => {
            with_database(&common, async |config| database::restore(&config, &restore, out).await)
        }
        Command::Rebuild(rebuild) => {
            with_database(&common, async |config| rebuild::run(&config, &rebuild, out).await)
        }
        Command::Explain(explain) => {
            with_database(&common, async |config| explain::run(&config, &explain, out).await)
        }
        Command::Export(command) => {
            with_database(&common, async |config| export::run(&config, command, out).await)
        }
        Command::Settings(command) => {
            with_database(&common, async |config| settings::run(&config, command, out).await)
        }
        Command::User(command) => {
            with_database(&common, async |config| user::run(&config, command, out).await)
        }
    }
}

/// Reads the settings, starts telling what happens, and runs what waits for a database.
fn with_database(
    common: &Common,
    command: impl AsyncFnOnce(Config) -> anyhow::Result<Answer>,
) -> anyhow::Result<Answer> {
    let config = common.settings()?;
    telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Runtime::new().context("could not start threads")?;
    runtime.block_on(command(config))
}

impl Common {
    fn settings(&self) -> anyhow::Result<Config> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let named = std::env::var_os("TOKUTEN_CONFIG").map(PathBuf::from);
        let file = self.config.clone().or(named);
        let mut config = Config::load(file.as_deref(), variables)?;
        if let Some(url) = &self.database {
            config.database.url.clone_from(url);
        }
        Ok(config)
    }
}

/// The database as it is.
async fn open(config: &Config) -> anyhow::Result<Db> {
    Ok(Db::open(&config.database.url).await?)
}

/// The database that is there: a file that is missing is not made.
async fn open_present(config: &Config) -> anyhow::Result<Db> {
    if let Some(file) = sqlite_file(&config.database.url)
        && !file.exists()
    {
        bail!(
            "there is no database `{}`; `tokuten migrate` makes it, or name another with \
             `--database`",
            file.display()
        );
    }
    open(config).await
}

/// The file of an SQLite database.
fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    // No file, and refused by whoever opens it.
    let is_memory = path.is_empty() || path == ":memory:" || path.contains("mode=memory");
    (!is_memory).then(|| Path::new(path))
}

/// The database, refused where its schema is not the one of this release.
async fn open_current(config: &Config) -> anyhow::Result<Db> {
    let db = open_present(config).await?;
    db.check_schema().await?;
    Ok(db)
}
