//! Letters on their way: what is due, who tries it, what came of it. The shape is that of webhooks
//! ([`crate::outbox::delivery`]), with the same breaks.
//!
//! # Promises
//!
//! * Who tries a letter has it alone until its lease is over; then somebody else may try.
//! * Every attempt is kept with the server's answer.
//! * Sent again is the same letter with the same `Message-ID`, with new links.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Kind, Mail, Status, Why, find, held_back};
use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Tx};
use crate::outbox::delivery::{ANSWER_CHARS_MAX, next_try};
use crate::outbox::{self, News, kinds};

/// How long one attempt may hold a letter: longer than any attempt takes.
const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// A letter to try now.
#[derive(Debug, Clone)]
pub struct Job {
    pub mail_id: i64,
    pub id: String,
    pub kind: Kind,
    pub user_id: Option<i64>,
    pub address: String,
    pub name: String,
    pub language: String,
    pub data: Value,
    pub paper: Option<String>,
    /// The attempt that this is, counted from 1.
    pub attempt: i64,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub took_millis: i64,
    pub came: Came,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// The server took it.
    Taken(u16, String),
    /// The server says no for now, or before it was asked to take anything.
    Later(u16, String),
    /// The server says no to this letter for good.
    Never(u16, String),
    /// There was no answer, and why.
    Nothing(String),
    /// It cannot be written as a message, and why.
    Unwritable(String),
}

/// Whether something is to be tried.
pub async fn is_wanted(reader: &mut Reader, now: Timestamp) -> Result<bool, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row("SELECT 1 FROM mail WHERE tenant_id = $1 AND due <= $2 LIMIT 1", args![tenant, now])
        .await?;
    Ok(row.is_some())
}

/// Takes what is due, no more than there is room for. What may not be sent any more is held back.
/// Nobody else takes them before their lease is over.
pub async fn take(tx: &mut Tx, now: Timestamp, room: i64) -> Result<Vec<Job>, DbError> {
    let tenant = tx.tenant();
    let rows = tx
        .rows(
            "SELECT mail_id, public_id, kind, user_id, address, name, language, data, paper, \
             attempts FROM mail WHERE tenant_id = $1 AND due <= $2 ORDER BY due, mail_id LIMIT $3",
            args![tenant, now, room.max(0)],
        )
        .await?;
    let mut jobs = Vec::new();
    for row in &rows {
        let Some(kind) = Kind::from_word(row.text(2)) else { continue };
        let job = Job {
            mail_id: row.int(0),
            id: row.string(1),
            kind,
            user_id: row.opt_int(3),
            address: row.string(4),
            name: row.string(5),
            language: row.string(6),
            data: serde_json::from_str(row.text(7)).unwrap_or_default(),
            paper: row.opt_string(8),
            attempt: row.int(9) + 1,
        };
        if let Some(why) = held_back(tx, kind, job.user_id, &job.address).await? {
            hold(tx, now, job.mail_id, why).await?;
            continue;
        }
        jobs.push(job);
    }
    let until = now.checked_add(LEASE).unwrap_or(now);
    for job in &jobs {
        tx.execute(
            "UPDATE mail SET due = $3 WHERE tenant_id = $1 AND mail_id = $2",
            args![tenant, job.mail_id, until],
        )
        .await?;
    }
    Ok(jobs)
}

async fn hold(tx: &mut Tx, now: Timestamp, mail_id: i64, why: Why) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE mail SET status = 'held', why = $3, due = NULL, ended_at = $4 \
         WHERE tenant_id = $1 AND mail_id = $2",
        args![tenant, mail_id, why.word(), now],
    )
    .await
    .map(|_| ())
}

/// Keeps what a letter says, before it is sent. `text` and `html` hold no link that lets in.
pub async fn keep_text(
    tx: &mut Tx,
    mail_id: i64,
    (subject, text, html): (&str, &str, &str),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE mail SET subject = $3, body_text = $4, body_html = $5 \
         WHERE tenant_id = $1 AND mail_id = $2",
        args![tenant, mail_id, subject, text, html],
    )
    .await
    .map(|_| ())
}

/// Writes down what came of an attempt, and what follows from it.
pub async fn record(
    tx: &mut Tx,
    now: Timestamp,
    job: &Job,
    outcome: &Outcome,
    jitter: u8,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let tried = tx
        .row(
            "SELECT attempts, partner_id FROM mail WHERE tenant_id = $1 AND mail_id = $2 \
             AND status = 'waiting'",
            args![tenant, job.mail_id],
        )
        .await?;
    // Somebody else tried it meanwhile, since this one took longer than its lease; or it is over.
    let Some(row) = tried.filter(|row| row.int(0) + 1 == job.attempt) else { return Ok(()) };
    let (code, answer, failure) = match &outcome.came {
        Came::Taken(code, answer) | Came::Later(code, answer) | Came::Never(code, answer) => {
            (Some(i64::from(*code)), Some(cut(answer)), None)
        }
        Came::Nothing(why) | Came::Unwritable(why) => (None, None, Some(cut(why))),
    };
    tx.execute(
        "INSERT INTO mail_attempt (tenant_id, mail_id, attempt, at, took_millis, code, answer, \
         failure) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![tenant, job.mail_id, job.attempt, now, outcome.took_millis, code, answer, failure],
    )
    .await?;
    let due = match outcome.came {
        Came::Later(..) | Came::Nothing(_) => next_try(job.attempt, now, jitter),
        Came::Taken(..) | Came::Never(..) | Came::Unwritable(_) => None,
    };
    let status = match (&outcome.came, due) {
        (Came::Taken(..), _) => Status::Sent,
        (Came::Never(..) | Came::Unwritable(_), _) => Status::Failed,
        (_, Some(_)) => Status::Waiting,
        (_, None) => Status::GivenUp,
    };
    tx.execute(
        "UPDATE mail SET status = $3, attempts = $4, due = $5, ended_at = $6 \
         WHERE tenant_id = $1 AND mail_id = $2",
        args![tenant, job.mail_id, status.word(), job.attempt, due, due.is_none().then_some(now)],
    )
    .await?;
    if matches!(status, Status::Failed | Status::GivenUp) {
        let partner = match row.opt_int(1) {
            Some(id) => crate::catalog::partner_by_id(tx, id).await?.map(|it| it.code),
            None => None,
        };
        let news = News::new(kinds::MAIL_FAILED, partner.as_deref())
            .says("mail", &job.id)
            .says("kind", job.kind.word())
            .says("status", status.word());
        outbox::tell(tx, now, vec![news]).await?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    // PostgreSQL keeps no text with a zero in it.
    text.chars().filter(|c| *c != '\0').take(ANSWER_CHARS_MAX).collect()
}

/// Why a letter is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAgain {
    NoLetter,
    /// It is on its way.
    Waiting,
    /// What it said was deleted.
    Cleared,
    Held(Why),
    /// No server is named.
    Off,
}

/// Sends a letter once more, whatever became of it. One that was given up is tried once each time.
pub async fn again(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<Result<(), NotAgain>, DbError> {
    let Some(Mail { mail_id, kind, user_id, address, status, is_cleared, .. }) =
        find(tx, id).await?
    else {
        return Ok(Err(NotAgain::NoLetter));
    };
    if !super::is_on(tx).await? {
        return Ok(Err(NotAgain::Off));
    }
    if status == Status::Waiting {
        return Ok(Err(NotAgain::Waiting));
    }
    if is_cleared {
        return Ok(Err(NotAgain::Cleared));
    }
    if let Some(why) = held_back(tx, kind, user_id, &address).await? {
        return Ok(Err(NotAgain::Held(why)));
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE mail SET status = 'waiting', why = NULL, due = $3, ended_at = NULL \
         WHERE tenant_id = $1 AND mail_id = $2",
        args![tenant, mail_id, now],
    )
    .await?;
    audit::append(tx, now, actor, Entry::of("send_again", "mail", id, None, None)).await?;
    Ok(Ok(()))
}
