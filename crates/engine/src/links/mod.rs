//! Links that let their holder do one thing: end letters, choose a password, decide.
//!
//! # Promises
//!
//! * What a link holds is random and is in the database only as a hash: a copy of the database opens
//!   nothing.
//! * A link is for one purpose and one subject, until a moment, and, where it names a user, for
//!   nobody else who is signed in.
//! * A link of one use is used once. Whoever comes later, too late, or as somebody else is told why
//!   it is refused.
//! * To look at a link changes nothing, so that programs which open links in letters use none up.
//!
//! What a link does is done by whoever asked for it, in the transaction that uses it up.
//!
//! Owns `link`.

use jiff::Timestamp;

use crate::access::{AccessError, hash_secret, random_secret};
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Ends letters to a user; the subject is the letter.
    Unsubscribe,
    /// Ends letters to an address without a user; the subject is the letter.
    Stop,
    /// Chooses a password; the subject is the user.
    Password,
}

impl Purpose {
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Unsubscribe => "unsubscribe",
            Purpose::Stop => "stop",
            Purpose::Password => "password",
        }
    }

    fn from_word(word: &str) -> Option<Purpose> {
        let all = [Purpose::Unsubscribe, Purpose::Stop, Purpose::Password];
        all.into_iter().find(|purpose| purpose.word() == word)
    }
}

/// How often a link may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uses {
    Once,
    /// To end what has ended is no harm.
    Many,
}

/// What a new link is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'l> {
    pub purpose: Purpose,
    pub subject: &'l str,
    /// Whom it is for, if that is a user.
    pub user_id: Option<i64>,
    pub uses: Uses,
    pub until: Timestamp,
}

/// A link that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub link_id: i64,
    pub purpose: Purpose,
    pub subject: String,
    pub user_id: Option<i64>,
    pub uses: Uses,
    pub until: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// Why a link is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none, or it is for something else.
    Unknown,
    /// Its time is over.
    Over(Timestamp),
    /// It was used.
    Used(Timestamp),
    /// Somebody else is signed in.
    SomebodyElse,
}

/// Makes a link and says what it holds, shown only now.
pub async fn make(tx: &mut Tx, now: Timestamp, new: NewLink<'_>) -> Result<String, AccessError> {
    let token = random_secret()?;
    let tenant = tx.tenant();
    let uses = if new.uses == Uses::Once { "once" } else { "many" };
    tx.execute(
        "INSERT INTO link (tenant_id, link_id, token_hash, purpose, subject, user_id, uses, \
         made_at, until) SELECT $1, COALESCE(MAX(link_id), 0) + 1, $2, $3, $4, $5, $6, $7, $8 \
         FROM link WHERE tenant_id = $1",
        args![
            tenant,
            &hash_secret(&token),
            new.purpose.word(),
            new.subject,
            new.user_id,
            uses,
            now,
            new.until
        ],
    )
    .await?;
    Ok(token)
}

/// Looks at a link. `who` is the user who is signed in, if anybody is.
pub async fn look(
    reader: &mut Reader,
    now: Timestamp,
    (token, purpose): (&str, Purpose),
    who: Option<i64>,
) -> Result<Result<Link, Refused>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT link_id, purpose, subject, user_id, uses, until, used_at FROM link \
             WHERE tenant_id = $1 AND token_hash = $2",
            args![tenant, &hash_secret(token)],
        )
        .await?;
    let found = row.as_ref().and_then(link_of).filter(|link| link.purpose == purpose);
    Ok(match found {
        None => Err(Refused::Unknown),
        Some(link) => match (link.used_at, link.uses) {
            (Some(at), Uses::Once) => Err(Refused::Used(at)),
            _ if link.until <= now => Err(Refused::Over(link.until)),
            _ if who.is_some() && link.user_id.is_some() && who != link.user_id => {
                Err(Refused::SomebodyElse)
            }
            _ => Ok(link),
        },
    })
}

/// Uses a link, in the transaction of what it does. Other links of one use for the same are used
/// with it, so that what several letters offer is done once.
pub async fn take(
    tx: &mut Tx,
    now: Timestamp,
    of: (&str, Purpose),
    who: Option<i64>,
) -> Result<Result<Link, Refused>, DbError> {
    let link = match look(tx, now, of, who).await? {
        Ok(link) => link,
        Err(refused) => return Ok(Err(refused)),
    };
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE link SET used_at = $3 WHERE tenant_id = $1 AND link_id = $2 AND used_at IS NULL",
        args![tenant, link.link_id, now],
    )
    .await?;
    if link.uses == Uses::Once {
        end(tx, now, link.purpose, &link.subject).await?;
    }
    Ok(Ok(link))
}

/// From now on no link of one use for this works.
pub async fn end(
    tx: &mut Tx,
    now: Timestamp,
    purpose: Purpose,
    subject: &str,
) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE link SET used_at = $4 WHERE tenant_id = $1 AND purpose = $2 AND subject = $3 \
         AND uses = 'once' AND used_at IS NULL",
        args![tenant, purpose.word(), subject, now],
    )
    .await
}

/// Lets go of links whose time was over before a moment.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute("DELETE FROM link WHERE tenant_id = $1 AND until < $2", args![tenant, before]).await
}

fn link_of(row: &Row) -> Option<Link> {
    Some(Link {
        link_id: row.int(0),
        purpose: Purpose::from_word(row.text(1))?,
        subject: row.string(2),
        user_id: row.opt_int(3),
        uses: if row.text(4) == "once" { Uses::Once } else { Uses::Many },
        until: row.instant(5),
        used_at: row.opt_instant(6),
    })
}

#[cfg(test)]
mod tests;
