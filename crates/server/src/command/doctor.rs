//! `tokuten doctor`: whether this installation can work, a line for each thing looked at.

use std::io::Write;

use engine::access::{self, Role};
use engine::db::Db;

use super::{Answer, open_present, told};
use crate::config::Config;

/// What was found, and what to do about it where it is not well.
enum Finding {
    Well(String),
    Note(String),
    Wrong(String),
}

pub async fn run(config: &Config, out: &mut dyn Write) -> anyhow::Result<Answer> {
    let mut findings = vec![address(config)];
    match open_present(config).await {
        Err(error) => findings.push(Finding::Wrong(format!("database: {}", told(&error)))),
        Ok(db) => {
            findings.push(Finding::Well(format!(
                "database: {} at {}",
                db.dialect().name(),
                db.label()
            )));
            if let Err(error) = db.check_schema().await {
                findings.push(Finding::Wrong(format!("schema: {error}")));
            } else {
                findings.push(Finding::Well("schema: the one of this release".to_owned()));
                findings.push(administrator(&db).await);
                findings.push(ledger(&db).await);
                findings.extend(imports(&db).await);
            }
            db.close().await;
        }
    }
    let mut answer = Answer::Yes;
    for finding in findings {
        let (word, text) = match &finding {
            Finding::Well(text) => ("ok   ", text),
            Finding::Note(text) => ("note ", text),
            Finding::Wrong(text) => ("WRONG", text),
        };
        if matches!(finding, Finding::Wrong(_)) {
            answer = Answer::No;
        }
        writeln!(out, "{word}  {text}")?;
    }
    Ok(answer)
}

fn address(config: &Config) -> Finding {
    let listen = config.server.listen;
    match &config.server.public_url {
        Some(url) if url.starts_with("https:") => Finding::Well(format!("address: {url}")),
        _ if listen.ip().is_loopback() => {
            Finding::Well(format!("address: {listen}, for this machine alone"))
        }
        _ => Finding::Note(format!(
            "address: {listen} is open to others without encryption; put a proxy with TLS in \
             front and set `server.public_url`"
        )),
    }
}

async fn administrator(db: &Db) -> Finding {
    let users = async {
        let mut reader = db.read().await?;
        access::users(&mut reader, None).await
    };
    match users.await {
        Err(error) => Finding::Wrong(format!("users: {error}")),
        Ok(users) => {
            let is_there =
                |user: &&access::User| user.role == Role::Administrator && !user.disabled;
            match users.iter().filter(is_there).count() {
                0 => Finding::Wrong(
                    "users: nobody is administrator; run `tokuten user add LOGIN --role \
                     administrator`"
                        .to_owned(),
                ),
                1 => Finding::Well(format!("users: {}, one administrator", users.len())),
                count => Finding::Well(format!("users: {}, {count} administrators", users.len())),
            }
        }
    }
}

/// Imports that did not come to their end, if there are any.
async fn imports(db: &Db) -> Option<Finding> {
    let found = async {
        let mut reader = db.read().await?;
        engine::imports::unfinished_imports(&mut reader).await
    };
    let found = match found.await {
        Err(error) => return Some(Finding::Wrong(format!("imports: {error}"))),
        Ok(found) => found,
    };
    let shown: Vec<String> = found
        .iter()
        .take(5)
        .map(|import| {
            let since = import.updated_at.strftime("%Y-%m-%d %H:%M UTC");
            format!("`{}` ({} rows done, last at {since})", import.name, import.counts.read)
        })
        .collect();
    let more = match found.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!found.is_empty()).then(|| {
        Finding::Note(format!(
            "imports: not finished: {}{more}; if no process is at it, import the same file again: \
             it goes on from there",
            shown.join(", ")
        ))
    })
}

/// Whether the postings balance, and the balances are what the postings say.
async fn ledger(db: &Db) -> Finding {
    let checked = async {
        let mut reader = db.read().await?;
        engine::ledger::check(&mut reader).await
    };
    match checked.await {
        Err(error) => Finding::Wrong(format!("ledger: {error}")),
        Ok((should, is)) if should == is => {
            Finding::Well(format!("ledger: {} balances are what the postings say", is.len()))
        }
        Ok(_) => Finding::Wrong(
            "ledger: balances differ from the postings; run `tokuten rebuild`".to_owned(),
        ),
    }
}
