//! `tokuten user`: people who can sign in, for those who have the machine and not yet a page.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use engine::access::{self, Actor, NewUser, Passwords, Role, User};
use engine::catalog;
use engine::clock::{Clock, SystemClock};
use engine::db::{Db, Reader};

use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let somebody sign in; prints a password unless one is given
    Add(Add),
    /// List everybody who can sign in
    List,
    /// Give somebody another password and end their sessions
    Password {
        login: String,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Shut somebody out and end their sessions
    Disable { login: String },
    /// Let somebody in again
    Enable { login: String },
}

#[derive(Debug, Args)]
pub struct Add {
    /// Often an e-mail address
    login: String,
    #[arg(long)]
    role: RoleWord,
    /// The code of the partner whose data the user sees; with `--role partner`
    #[arg(long, value_name = "CODE", required_if_eq("role", "partner"))]
    partner: Option<String>,
    /// As people call them; the login by default
    #[arg(long)]
    name: Option<String>,
    /// `en` or `ja`
    #[arg(long, default_value = "en")]
    language: String,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Debug, Args)]
pub struct PasswordFrom {
    /// A file with the password in its first line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Roles by their words.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum RoleWord {
    Administrator,
    IncentiveManager,
    Finance,
    Partner,
}

impl RoleWord {
    /// The role, which for a partner's user names the partner.
    async fn role(self, reader: &mut Reader, partner: Option<&str>) -> anyhow::Result<Role> {
        let role = match (self, partner) {
            (RoleWord::Partner, Some(code)) => {
                let row = catalog::partner_by_code(reader, code).await?;
                let row = row.with_context(|| format!("there is no partner `{code}`"))?;
                return Ok(Role::Partner { partner_id: row.partner_id });
            }
            (RoleWord::Partner, None) => bail!("a partner's user needs `--partner CODE`"),
            (_, Some(_)) => bail!("`--partner` goes with `--role partner` alone"),
            (RoleWord::Administrator, None) => Role::Administrator,
            (RoleWord::IncentiveManager, None) => Role::IncentiveManager,
            (RoleWord::Finance, None) => Role::Finance,
        };
        Ok(role)
    }
}

pub async fn run(config: &Config, command: Command, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    match command {
        Command::Add(add) => self::add(&db, add, out).await?,
        Command::List => list(&db, out).await?,
        Command::Password { login, password } => set_password(&db, &login, &password, out).await?,
        Command::Disable { login } => set_disabled(&db, &login, true, out).await?,
        Command::Enable { login } => set_disabled(&db, &login, false, out).await?,
    }
    db.close().await;
    Ok(Answer::Yes)
}

async fn add(db: &Db, add: Add, out: &mut dyn Write) -> anyhow::Result<()> {
    let role = add.role.role(&mut db.read().await?, add.partner.as_deref()).await?;
    let (password, is_generated) = add.password.get()?;
    let new = NewUser {
        name: add.name.unwrap_or_else(|| add.login.clone()),
        login: add.login,
        password: Passwords::new()?.hash(&password).await?,
        role,
        language: add.language,
    };
    let mut tx = db.write().await?;
    let user = access::create_user(&mut tx, SystemClock.now(), &Actor::System, new).await?;
    tx.commit().await?;
    writeln!(out, "`{}` can sign in as {}", user.login, user.role.word())?;
    tell(&password, is_generated, out)
}

async fn list(db: &Db, out: &mut dyn Write) -> anyhow::Result<()> {
    for user in access::users(&mut db.read().await?, None).await? {
        let state = if user.disabled { "  (disabled)" } else { "" };
        writeln!(out, "{:<32}  {:<18}  {}{state}", user.login, user.role.word(), user.name)?;
    }
    Ok(())
}

async fn set_password(
    db: &Db,
    login: &str,
    from: &PasswordFrom,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (password, is_generated) = from.get()?;
    let hash = Passwords::new()?.hash(&password).await?;
    let mut tx = db.write().await?;
    let user = found(access::user_by_login(&mut tx, login).await?, login)?;
    access::set_password(&mut tx, SystemClock.now(), &Actor::System, &user.id, &hash).await?;
    tx.commit().await?;
    writeln!(out, "`{}` has another password", user.login)?;
    tell(&password, is_generated, out)
}

async fn set_disabled(
    db: &Db,
    login: &str,
    disabled: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    let user = found(access::user_by_login(&mut tx, login).await?, login)?;
    let now = SystemClock.now();
    access::set_user_disabled(&mut tx, now, &Actor::System, &user.id, disabled).await?;
    tx.commit().await?;
    let can = if disabled { "cannot sign in any more" } else { "can sign in again" };
    writeln!(out, "`{}` {can}", user.login)?;
    Ok(())
}

fn found(user: Option<User>, login: &str) -> anyhow::Result<User> {
    user.with_context(|| format!("there is no user `{login}`; `tokuten user list` lists them"))
}

fn tell(password: &str, is_generated: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if is_generated {
        writeln!(out, "password: {password}")?;
    }
    Ok(())
}

impl PasswordFrom {
    /// The password, and whether it was made here.
    fn get(&self) -> anyhow::Result<(String, bool)> {
        let Some(path) = &self.password_file else {
            return Ok((Passwords::generated()?, true));
        };
        let text = if path == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("could not read standard input")?;
            text
        } else {
            std::fs::read_to_string(path)
                .with_context(|| format!("could not read `{}`", path.display()))?
        };
        match text.lines().next() {
            Some(password) if !password.is_empty() => Ok((password.to_owned(), false)),
            _ => bail!("the first line of `{}` holds no password", path.display()),
        }
    }
}
