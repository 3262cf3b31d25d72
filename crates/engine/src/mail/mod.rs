//! Mail: letters to people, from what happened until a server took them.
//!
//! # Promises
//!
//! * A letter is written in the commit of what it tells: there is none of what did not happen.
//! * Each has a key that says what it tells to whom, and no key is written twice.
//! * Nothing is written while no server is named ([`switch`]), so that nothing old goes out on the
//!   day when one is.
//! * What needs consent is looked at twice: when it is written and when it is sent. Without consent
//!   it is held back, and says so.
//! * Subject and text are kept as they were sent, without the links that let their holder in.
//! * A letter is tried by one process at a time, and again after longer and longer breaks; a server
//!   that says no for good ends it at once ([`delivery`]).
//! * A letter that a server took is not sent again. Between its yes and our writing that down a
//!   process may die: then it goes once more, under the same `Message-ID`.
//!
//! It sends nothing itself and knows no words: `web` writes the text and speaks with the server.
//!
//! Owns `mail`, `mail_attempt` and `mail_stop`.

pub mod delivery;
mod list;

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::access::{self, User};
use crate::args;
use crate::catalog;
use crate::db::{DbError, Reader, Tx};
use crate::hex::hex;
use crate::id::{Id, Kind as IdKind};
use crate::members::{self, ContactChannel, Subject, people};

pub use list::{
    Attempt, Filter, LETTERS_PER_PAGE_MAX, Mail, attempts, counts_of, failed_since, find, page,
    purge, written_since,
};

/// What a letter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A statement of points was issued.
    Statement,
    /// A promotion that its reader may take part in.
    Promotion,
    /// A sponsor's pack is low; to people of the vendor.
    SponsorLow,
    /// A member invites a friend.
    Friend,
    /// Somebody may sign in from now on.
    Invitation,
    /// Somebody forgot a password.
    Password,
    /// Whether mail works.
    Test,
}

impl Kind {
    pub const ALL: [Kind; 7] = [
        Kind::Statement,
        Kind::Promotion,
        Kind::SponsorLow,
        Kind::Friend,
        Kind::Invitation,
        Kind::Password,
        Kind::Test,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Statement => "statement",
            Kind::Promotion => "promotion",
            Kind::SponsorLow => "sponsor_low",
            Kind::Friend => "friend",
            Kind::Invitation => "invitation",
            Kind::Password => "password",
            Kind::Test => "test",
        }
    }

    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether its reader has to have agreed to letters.
    pub fn needs_consent(self) -> bool {
        matches!(self, Kind::Statement | Kind::Promotion)
    }
}

/// How far a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is tried, or tried again.
    Waiting,
    /// A server took it.
    Sent,
    /// A server said no for good.
    Failed,
    /// It was tried as often as letters are.
    GivenUp,
    /// It may not be sent.
    Held,
}

impl Status {
    pub const ALL: [Status; 5] =
        [Status::Waiting, Status::Sent, Status::Failed, Status::GivenUp, Status::Held];

    pub fn word(self) -> &'static str {
        match self {
            Status::Waiting => "waiting",
            Status::Sent => "sent",
            Status::Failed => "failed",
            Status::GivenUp => "given_up",
            Status::Held => "held",
        }
    }

    pub fn from_word(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// Why a letter is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Its reader did not agree to letters.
    NoConsent,
    /// Who reads at this address wants no more of them.
    Stopped,
    /// Its reader may not sign in any more.
    NoUser,
}

impl Why {
    pub fn word(self) -> &'static str {
        match self {
            Why::NoConsent => "no_consent",
            Why::Stopped => "stopped",
            Why::NoUser => "no_user",
        }
    }

    pub fn from_word(word: &str) -> Option<Why> {
        [Why::NoConsent, Why::Stopped, Why::NoUser].into_iter().find(|why| why.word() == word)
    }
}

/// Whom a letter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct To {
    pub user_id: Option<i64>,
    pub address: String,
    pub name: String,
    /// `en`, `ja`.
    pub language: String,
}

impl To {
    /// A user; `None` if the login is no address.
    pub fn user(user: &User) -> Option<To> {
        Some(To {
            user_id: Some(user.user_id),
            address: address(&user.login)?.to_owned(),
            name: user.name.clone(),
            language: user.language.clone(),
        })
    }
}

/// A letter to be written.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: Kind,
    /// What it tells to whom; never written twice.
    pub key: String,
    pub to: To,
    /// The partner it is about.
    pub partner_id: Option<i64>,
    pub mailing_id: Option<i64>,
    /// What the text is made from.
    pub data: Value,
    /// The paper that goes with it: a statement of points.
    pub paper: Option<String>,
}

const ADDRESS_CHARS_MAX: usize = 254;

/// A text that mail can be sent to, as far as its form tells.
pub fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let (local, host) = text.rsplit_once('@')?;
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"@".contains(c);
    let is_name = |part: &str| {
        !part.is_empty()
            && part.chars().all(plain)
            && !part.starts_with('.')
            && !part.ends_with('.')
    };
    let is_host =
        host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    (text.len() <= ADDRESS_CHARS_MAX && is_name(local) && is_name(host) && is_host).then_some(text)
}

const SWITCH: &str = "mail.on";

/// Says whether a server is named, as a process does when it starts to serve.
pub async fn switch(tx: &mut Tx, now: Timestamp, on: bool) -> Result<(), DbError> {
    if is_on(tx).await? == on {
        return Ok(());
    }
    catalog::set_setting(tx, now, SWITCH, if on { "1" } else { "0" }).await
}

/// Whether letters are written.
pub async fn is_on(reader: &mut Reader) -> Result<bool, DbError> {
    Ok(catalog::setting(reader, SWITCH).await?.as_deref() == Some("1"))
}

/// Writes a letter, due at once or held back, and says its id. `None` if no server is named or its
/// key was written before.
pub async fn write(
    tx: &mut Tx,
    now: Timestamp,
    letter: &Letter,
) -> Result<Option<String>, DbError> {
    let tenant = tx.tenant();
    let known = tx
        .row("SELECT 1 FROM mail WHERE tenant_id = $1 AND key = $2", args![tenant, &letter.key])
        .await?;
    if known.is_some() || !is_on(tx).await? {
        return Ok(None);
    }
    let why = held_back(tx, letter.kind, letter.to.user_id, &letter.to.address).await?;
    let status = if why.is_some() { Status::Held } else { Status::Waiting };
    let next = tx
        .row("SELECT coalesce(max(mail_id), 0) + 1 FROM mail WHERE tenant_id = $1", args![tenant])
        .await?;
    let mail_id = next.map_or(1, |row| row.int(0));
    let id = Id::new(IdKind::Mail, now).to_string();
    tx.execute(
        "INSERT INTO mail (tenant_id, mail_id, public_id, key, kind, user_id, partner_id, \
         mailing_id, address, name, language, data, paper, status, why, attempts, due, made_at, \
         ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, \
         $16, $17, $18)",
        args![
            tenant,
            mail_id,
            &id,
            &letter.key,
            letter.kind.word(),
            letter.to.user_id,
            letter.partner_id,
            letter.mailing_id,
            &letter.to.address,
            &letter.to.name,
            &letter.to.language,
            &letter.data.to_string(),
            letter.paper.as_deref(),
            status.word(),
            why.map(Why::word),
            why.is_none().then_some(now),
            now,
            why.is_some().then_some(now)
        ],
    )
    .await?;
    Ok(Some(id))
}

/// Whether a letter of that key was written before.
pub async fn is_written(reader: &mut Reader, key: &str) -> Result<bool, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row("SELECT 1 FROM mail WHERE tenant_id = $1 AND key = $2", args![tenant, key])
        .await?;
    Ok(row.is_some())
}

/// Who reads for a partner: its users who may sign in, and the user that it is itself.
pub async fn readers_of(reader: &mut Reader, partner_id: i64) -> Result<Vec<User>, DbError> {
    let mut all = access::users(reader, Some(partner_id)).await?;
    if let Some(id) = people::user_of(reader, partner_id).await? {
        all.extend(access::find_user(reader, &id).await?);
    }
    all.retain(|user| !user.disabled);
    Ok(all)
}

/// Why a letter may not be sent, as things stand.
async fn held_back(
    reader: &mut Reader,
    kind: Kind,
    user_id: Option<i64>,
    address: &str,
) -> Result<Option<Why>, DbError> {
    let Some(user_id) = user_id else {
        return Ok(is_stopped(reader, address).await?.then_some(Why::Stopped));
    };
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT disabled FROM user_account WHERE tenant_id = $1 AND user_id = $2",
            args![tenant, user_id],
        )
        .await?;
    if row.is_none_or(|row| row.bool(0)) {
        return Ok(Some(Why::NoUser));
    }
    if !kind.needs_consent() {
        return Ok(None);
    }
    let may = members::may_reach(reader, Subject::User(user_id), ContactChannel::Mail).await?;
    Ok((!may).then_some(Why::NoConsent))
}

/// What is kept of an address that wants no more letters.
pub fn address_hash(address: &str) -> String {
    hex(&Sha256::digest(address.trim().to_lowercase()))
}

/// Whether who reads at an address wants no more letters.
pub async fn is_stopped(reader: &mut Reader, address: &str) -> Result<bool, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT 1 FROM mail_stop WHERE tenant_id = $1 AND address_hash = $2",
            args![tenant, &address_hash(address)],
        )
        .await?;
    Ok(row.is_some())
}

/// Sends nothing more to an address that is no user's. It is named by [`address_hash`], as the link
/// in a letter does.
pub async fn stop(tx: &mut Tx, now: Timestamp, address_hash: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO mail_stop (tenant_id, address_hash, at) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant_id, address_hash) DO NOTHING",
        args![tenant, address_hash, now],
    )
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests;
