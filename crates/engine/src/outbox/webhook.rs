//! The places that news is sent to: an address, what it wants to hear, and the secret that signs.
//!
//! # Invariants
//!
//! * A secret is shown when it is made and never again; no page, export, log or trail has it. It
//!   cannot be kept as a hash, since every message is signed with it: who reads the database may sign
//!   in our name, so backups are kept like keys, and a secret is changed in a minute.
//! * After a change both secrets sign for a day, so that a receiver changes at its leisure.
//! * A place that is off hears nothing. What happened meanwhile is sent again by hand.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use thiserror::Error;

use super::{kinds, last, sign};
use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};

/// How long the secret before goes on signing.
const BOTH_SIGN: SignedDuration = SignedDuration::from_hours(24);
pub const URL_CHARS_MAX: usize = 2_000;
pub const DESCRIPTION_CHARS_MAX: usize = 200;
/// No vendor has more places.
pub const WEBHOOKS_MAX: usize = 50;

/// A place that news is sent to. Never with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub webhook_id: i64,
    pub id: String,
    pub url: String,
    pub description: String,
    /// Patterns of kinds.
    pub kinds: Vec<String>,
    pub status: Status,
    /// Up to where it has looked through the outbox.
    pub seen_seq: i64,
    /// Since when nothing that was sent was taken.
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before signs, too.
    pub both_until: Option<Timestamp>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    On,
    Off,
    /// Switched off by us, since it did not answer for days.
    Failing,
    Removed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::On => "on",
            Status::Off => "off",
            Status::Failing => "failing",
            Status::Removed => "removed",
        }
    }

    fn from_word(word: &str) -> Status {
        match word {
            "on" => Status::On,
            "failing" => Status::Failing,
            "removed" => Status::Removed,
            _ => Status::Off,
        }
    }
}

/// What people say of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub url: String,
    pub description: String,
    pub kinds: Vec<String>,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum WebhookError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the machine gave no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("there is no such webhook")]
    NotFound,
    #[error("an address begins with `https://`")]
    Url,
    #[error("`{pattern}` is no kind of news, and chooses none")]
    Kinds { pattern: String },
    #[error("choose at least one kind of news")]
    NoKinds,
    #[error("a description has at most {DESCRIPTION_CHARS_MAX} characters")]
    Description,
    #[error("there are {WEBHOOKS_MAX} webhooks already; remove one that nobody listens to")]
    TooMany,
    #[error("this event is not there")]
    NoEvent,
    #[error("the webhook is off; switch it on before")]
    Off,
}

const COLUMNS: &str = "webhook_id, public_id, url, description, kinds, status, seen_seq, \
    failing_since, both_until, created_by, created_at, changed_at";

fn webhook(row: &Row) -> Webhook {
    Webhook {
        webhook_id: row.int(0),
        id: row.string(1),
        url: row.string(2),
        description: row.string(3),
        kinds: row.text(4).split(' ').map(str::to_owned).collect(),
        status: Status::from_word(row.text(5)),
        seen_seq: row.int(6),
        failing_since: row.opt_instant(7),
        both_until: row.opt_instant(8),
        created_by: row.string(9),
        created_at: row.instant(10),
        changed_at: row.instant(11),
    }
}

/// All that were not removed, the newest first.
pub async fn all(reader: &mut Reader) -> Result<Vec<Webhook>, DbError> {
    let tenant = reader.tenant();
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook WHERE tenant_id = $1 AND status <> 'removed' \
         ORDER BY webhook_id DESC"
    );
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    Ok(rows.iter().map(webhook).collect())
}

/// The one of that id, if it was not removed.
pub async fn one(reader: &mut Reader, id: &str) -> Result<Webhook, WebhookError> {
    let tenant = reader.tenant();
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook WHERE tenant_id = $1 AND public_id = $2 \
         AND status <> 'removed'"
    );
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    row.as_ref().map(webhook).ok_or(WebhookError::NotFound)
}

/// The secrets that sign at a moment, the newest first.
pub(super) async fn secrets(
    reader: &mut Reader,
    webhook_id: i64,
    now: Timestamp,
) -> Result<Vec<String>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT secret, CASE WHEN both_until > $3 THEN secret_before END \
             FROM webhook WHERE tenant_id = $1 AND webhook_id = $2",
            args![tenant, webhook_id, now],
        )
        .await?;
    let both = row.map(|row| [Some(row.string(0)), row.opt_string(1)]);
    Ok(both.into_iter().flatten().flatten().collect())
}

impl Said {
    /// Checked, with the shape an address has to have. Where it leads is looked at when it is used.
    fn checked(self) -> Result<Said, WebhookError> {
        let url = self.url.trim().to_owned();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        // A name and a password in an address would stand in logs and lists.
        let is_host = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
        if !is_plain || !is_host || URL_CHARS_MAX < url.len() || url.contains('#') {
            return Err(WebhookError::Url);
        }
        let description = self.description.trim().to_owned();
        if DESCRIPTION_CHARS_MAX < description.chars().count() {
            return Err(WebhookError::Description);
        }
        let kinds = match kinds::read(&self.kinds.join(" ")) {
            Ok(kinds) if kinds.is_empty() => return Err(WebhookError::NoKinds),
            Ok(kinds) => kinds,
            Err(wrong) => return Err(WebhookError::Kinds { pattern: wrong.join(" ") }),
        };
        Ok(Said { url, description, kinds })
    }

    fn audited(&self) -> serde_json::Value {
        json!({"url": self.url, "description": self.description, "kinds": self.kinds.join(" ")})
    }
}

/// Makes a place, which hears what happens from now on, and says its secret this once.
pub async fn create(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    said: Said,
) -> Result<(Webhook, String), WebhookError> {
    let said = said.checked()?;
    if WEBHOOKS_MAX <= all(tx).await?.len() {
        return Err(WebhookError::TooMany);
    }
    let secret = sign::secret().map_err(WebhookError::Random)?;
    let id = Id::new(Kind::Webhook, now);
    let tenant = tx.tenant();
    let seen = last(tx).await?;
    tx.execute(
        "INSERT INTO webhook (tenant_id, webhook_id, public_id, url, description, kinds, status, \
         seen_seq, secret, created_by, created_at, changed_at) \
         SELECT $1, coalesce(max(webhook_id), 0) + 1, $2, $3, $4, $5, 'on', $6, $7, $8, $9, $9 \
         FROM webhook WHERE tenant_id = $1",
        args![
            tenant,
            &id,
            &said.url,
            &said.description,
            said.kinds.join(" "),
            seen,
            &secret,
            actor.name(),
            now
        ],
    )
    .await?;
    let entry = Entry::create("webhook", id.as_str(), said.audited());
    audit::append(tx, now, actor, entry).await?;
    Ok((one(tx, id.as_str()).await?, secret))
}

/// Changes what a place is and hears.
pub async fn change(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    said: Said,
) -> Result<Webhook, WebhookError> {
    let said = said.checked()?;
    let found = one(tx, id).await?;
    let before = Said { url: found.url, description: found.description, kinds: found.kinds };
    if before == said {
        return one(tx, id).await;
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE webhook SET url = $3, description = $4, kinds = $5, changed_at = $6 \
         WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, &said.url, &said.description, said.kinds.join(" "), now],
    )
    .await?;
    let entry = Entry::change("webhook", id, before.audited(), said.audited());
    audit::append(tx, now, actor, entry).await?;
    one(tx, id).await
}

/// Switches a place on or off, or removes it. One that is switched on hears from now on; what was
/// still waiting for one that is removed is not sent any more.
pub async fn switch(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    to: Status,
) -> Result<(), WebhookError> {
    let found = one(tx, id).await?;
    if found.status == to {
        return Ok(());
    }
    let tenant = tx.tenant();
    let seen = match to {
        Status::On => last(tx).await?,
        _ => found.seen_seq,
    };
    tx.execute(
        "UPDATE webhook SET status = $3, seen_seq = $4, failing_since = NULL, changed_at = $5 \
         WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, to.word(), seen, now],
    )
    .await?;
    if to == Status::Removed {
        tx.execute(
            "UPDATE webhook_delivery SET status = 'failed', due = NULL \
             WHERE tenant_id = $1 AND webhook_id = $2 AND due IS NOT NULL",
            args![tenant, found.webhook_id],
        )
        .await?;
    }
    let side = |status: Status| json!({ "status": status.word() });
    let entry = Entry::change("webhook", id, side(found.status), side(to));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// Gives a place a new secret and says it this once. The one before signs for another day.
pub async fn rotate(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<(Webhook, String), WebhookError> {
    one(tx, id).await?;
    let secret = sign::secret().map_err(WebhookError::Random)?;
    let until = now.checked_add(BOTH_SIGN).unwrap_or(now);
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE webhook SET secret_before = secret, both_until = $3, secret = $4, \
         changed_at = $5 WHERE tenant_id = $1 AND public_id = $2",
        args![tenant, id, until, &secret, now],
    )
    .await?;
    let entry = Entry::of("rotate", "webhook", id, None, None);
    audit::append(tx, now, actor, entry).await?;
    Ok((one(tx, id).await?, secret))
}
