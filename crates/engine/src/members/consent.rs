//! What people agreed to: by which channels they may be reached.
//!
//! # Promises
//!
//! * Consent is somebody's own word: of a user, or of a partner where somebody else writes down what
//!   it said. Who wrote it down stands beside it.
//! * Each row names the wording that was agreed to, and no wording is ever changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::Actor;
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};

/// No wording is longer, in either language.
pub const WORDING_CHARS_MAX: usize = 2000;

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactChannel {
    Mail,
    Phone,
    Messaging,
    Post,
}

impl ContactChannel {
    pub const ALL: [ContactChannel; 4] = [
        ContactChannel::Mail,
        ContactChannel::Phone,
        ContactChannel::Messaging,
        ContactChannel::Post,
    ];

    pub fn word(self) -> &'static str {
        match self {
            ContactChannel::Mail => "mail",
            ContactChannel::Phone => "phone",
            ContactChannel::Messaging => "messaging",
            ContactChannel::Post => "post",
        }
    }

    pub fn from_word(word: &str) -> Option<ContactChannel> {
        ContactChannel::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// Whose word it is, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    User(i64),
    /// A partner: a person without a login, or a company for its post.
    Partner(i64),
}

impl Subject {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Subject::User(id) => ("user", id),
            Subject::Partner(id) => ("partner", id),
        }
    }
}

/// What was said of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub channel: ContactChannel,
    pub given: bool,
    /// The version of the wording; 0 is the product's own.
    pub wording: i64,
    /// What whoever wrote it down adds: by phone, on the form of the fair.
    pub note: Option<String>,
    pub at: Timestamp,
    pub actor: String,
}

/// What people are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    pub version: i64,
    pub en: String,
    pub ja: String,
    pub at: Timestamp,
    pub actor: String,
}

/// A new wording, in both languages.
#[derive(Debug, Clone)]
pub struct NewWording<'w> {
    pub en: &'w str,
    pub ja: &'w str,
}

const COLUMNS: &str = "channel, given, wording, note, at, actor_name";

fn consent_row(row: &Row) -> Option<Consent> {
    Some(Consent {
        channel: ContactChannel::from_word(row.text(0))?,
        given: row.int(1) != 0,
        wording: row.int(2),
        note: row.opt_string(3),
        at: row.instant(4),
        actor: row.string(5),
    })
}

/// All that somebody said, the newest first.
pub async fn history(reader: &mut Reader, of: Subject) -> Result<Vec<Consent>, DbError> {
    let (kind, id) = of.parts();
    let sql = format!(
        "SELECT {COLUMNS} FROM consent WHERE tenant_id = $1 AND subject_kind = $2 \
         AND subject_id = $3 ORDER BY consent_seq DESC"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, kind, id]).await?;
    Ok(rows.iter().filter_map(consent_row).collect())
}

/// What somebody said last of each channel.
pub async fn consents(
    reader: &mut Reader,
    of: Subject,
) -> Result<BTreeMap<ContactChannel, Consent>, DbError> {
    let mut last = BTreeMap::new();
    for said in history(reader, of).await? {
        last.entry(said.channel).or_insert(said);
    }
    Ok(last)
}

/// Whether somebody may be reached that way.
pub async fn may_reach(
    reader: &mut Reader,
    of: Subject,
    channel: ContactChannel,
) -> Result<bool, DbError> {
    Ok(consents(reader, of).await?.get(&channel).is_some_and(|said| said.given))
}

/// Keeps what somebody says of channels, in the wording that acts now. What was said just so before
/// is not said again, unless the wording is new. How many rows that made.
pub async fn agree(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    of: Subject,
    says: &[(ContactChannel, bool)],
    note: Option<&str>,
) -> Result<usize, DbError> {
    let last = consents(tx, of).await?;
    let wording = wording(tx).await?.map_or(0, |it| it.version);
    let (kind, id) = of.parts();
    let tenant = tx.tenant();
    let mut new = 0;
    for (channel, given) in says {
        let same = |before: &Consent| before.given == *given && before.wording == wording;
        let was = last.get(channel);
        // Nobody who never agreed has to say no.
        if was.is_some_and(same) || (was.is_none() && !given) {
            continue;
        }
        tx.execute(
            "INSERT INTO consent (tenant_id, consent_seq, subject_kind, subject_id, channel, given, \
             wording, note, at, actor_kind, actor_id, actor_name) \
             SELECT $1, COALESCE(MAX(consent_seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
             FROM consent WHERE tenant_id = $1",
            args![
                tenant,
                kind,
                id,
                channel.word(),
                i64::from(*given),
                wording,
                note,
                now,
                actor.kind(),
                actor.public_id(),
                actor.name()
            ],
        )
        .await?;
        new += 1;
    }
    Ok(new)
}

/// All wordings, the newest first.
pub async fn wordings(reader: &mut Reader) -> Result<Vec<Wording>, DbError> {
    let rows = reader
        .rows(
            "SELECT version, text_en, text_ja, at, actor_name FROM consent_wording \
             WHERE tenant_id = $1 ORDER BY version DESC",
            args![reader.tenant()],
        )
        .await?;
    let wording = |row: &Row| Wording {
        version: row.int(0),
        en: row.string(1),
        ja: row.string(2),
        at: row.instant(3),
        actor: row.string(4),
    };
    Ok(rows.iter().map(wording).collect())
}

/// The one that acts; `None`: the product's own.
pub async fn wording(reader: &mut Reader) -> Result<Option<Wording>, DbError> {
    Ok(wordings(reader).await?.into_iter().next())
}

/// Asks in other words from now on. What was agreed to before stays agreed to, in its wording.
pub async fn set_wording(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    new: &NewWording<'_>,
) -> Result<i64, DbError> {
    let last = wording(tx).await?;
    let cut = |text: &str| text.trim().chars().take(WORDING_CHARS_MAX).collect::<String>();
    let (en, ja) = (cut(new.en), cut(new.ja));
    if let Some(last) = &last
        && (&last.en, &last.ja) == (&en, &ja)
    {
        return Ok(last.version);
    }
    let version = last.map_or(0, |it| it.version) + 1;
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO consent_wording (tenant_id, version, text_en, text_ja, at, actor_kind, \
         actor_id, actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![tenant, version, &en, &ja, now, actor.kind(), actor.public_id(), actor.name()],
    )
    .await?;
    Ok(version)
}
