//! The outbox: what happened, told to whoever wants to hear of it.
//!
//! # Promises
//!
//! * News is written in the commit of what it tells: there is none of what did not happen, and what
//!   happened is never missing.
//! * Nothing is written for nobody: as long as no place is there that news is sent to, the outbox
//!   stays empty. What happened stands in journal, ledger and trail all the same.
//! * News keeps its id through every attempt and every replay, so that a receiver tells a repetition.
//! * A delivery is tried by one process at a time; one that was killed on the way is tried again.
//! * What time does by itself is news when it is written down.
//!
//! It sends nothing itself: who takes deliveries says what came of each ([`delivery`]).
//!
//! Owns `outbox`, `webhook`, `webhook_delivery` and `webhook_attempt`.

pub mod delivery;
pub mod kinds;
pub mod sign;
pub mod webhook;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::args;
use crate::db::{Column, DbError, Reader, Row, Tx};
use crate::id::{Id, Kind};

/// Something that happened, to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// One of the words of [`kinds`].
    pub kind: &'static str,
    /// The code of the partner it is about.
    pub partner: Option<String>,
    /// Everything else, in the words of the API, numbers as texts.
    pub data: Map<String, Value>,
}

/// News as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub seq: i64,
    pub id: String,
    pub kind: String,
    pub at: Timestamp,
    pub partner: Option<String>,
    /// The data, as JSON.
    pub body: String,
}

/// No page of news is longer.
pub const NEWS_PER_PAGE_MAX: i64 = 1_000;

impl News {
    pub fn new(kind: &'static str, partner: Option<&str>) -> News {
        News { kind, partner: partner.map(str::to_owned), data: Map::new() }
    }

    #[must_use]
    pub fn says(mut self, word: &str, text: impl Into<String>) -> News {
        self.data.insert(word.to_owned(), Value::String(text.into()));
        self
    }
}

impl Told {
    /// The message as it is sent, the same at every attempt.
    pub fn message(&self) -> String {
        let data: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let mut message = Map::new();
        message.insert("type".to_owned(), Value::String(self.kind.clone()));
        message.insert("timestamp".to_owned(), Value::String(self.at.to_string()));
        message.insert("id".to_owned(), Value::String(self.id.clone()));
        message.insert("sequence".to_owned(), Value::from(self.seq));
        message.insert("data".to_owned(), data);
        Value::Object(message).to_string()
    }
}

/// Whether there is anybody to tell.
pub async fn is_heard(reader: &mut Reader) -> Result<bool, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT 1 FROM webhook WHERE tenant_id = $1 AND status <> 'removed' LIMIT 1",
            args![tenant],
        )
        .await?;
    Ok(row.is_some())
}

/// Writes news down, if there is anybody to tell.
pub async fn tell(tx: &mut Tx, now: Timestamp, news: Vec<News>) -> Result<(), DbError> {
    if news.is_empty() || !is_heard(tx).await? {
        return Ok(());
    }
    write(tx, now, news).await.map(|_| ())
}

/// Writes news down and says its first number.
async fn write(tx: &mut Tx, now: Timestamp, news: Vec<News>) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let first = last(tx).await? + 1;
    let (mut ids, mut kinds) = (Vec::new(), Vec::new());
    let (mut partners, mut bodies) = (Vec::new(), Vec::new());
    for News { kind, partner, mut data } in news {
        if let Some(partner) = &partner {
            data.insert("partner".to_owned(), Value::String(partner.clone()));
        }
        ids.push(Id::new(Kind::Event, now).to_string());
        kinds.push(kind.to_owned());
        partners.push(partner);
        bodies.push(Value::Object(data).to_string());
    }
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(ids.len()).collect()),
        Column::Text(ids),
        Column::Text(kinds),
        Column::same(now),
        Column::OptText(partners),
        Column::Text(bodies),
    ];
    let columns = ["tenant_id", "outbox_seq", "public_id", "kind", "at", "partner", "body"];
    tx.insert_many("outbox", &columns, data, "").await?;
    Ok(first)
}

/// The number of the newest.
async fn last(reader: &mut Reader) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let sql = "SELECT coalesce(max(outbox_seq), 0) FROM outbox WHERE tenant_id = $1";
    Ok(reader.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0)))
}

/// News after a number, in the order in which it was written.
pub async fn after(reader: &mut Reader, seq: i64, limit: i64) -> Result<Vec<Told>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT outbox_seq, public_id, kind, at, partner, body FROM outbox \
             WHERE tenant_id = $1 AND outbox_seq > $2 ORDER BY outbox_seq LIMIT $3",
            args![tenant, seq, limit.clamp(1, NEWS_PER_PAGE_MAX)],
        )
        .await?;
    Ok(rows.iter().map(told).collect())
}

fn told(row: &Row) -> Told {
    Told {
        seq: row.int(0),
        id: row.string(1),
        kind: row.string(2),
        at: row.instant(3),
        partner: row.opt_string(4),
        body: row.string(5),
    }
}

#[cfg(test)]
mod tests;
