//! Requests that may be sent again: the first answer to a key is kept and given again.
//!
//! # Invariants
//!
//! * The answer is kept in the transaction of what was done: there is no effect without its answer
//!   and no answer without its effect.
//! * A key belongs to who sent it; two senders never meet.
//! * The same key with another request is refused, never answered.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::args;
use crate::db::{Column, DbError, Reader, Tx};

/// No key is longer.
pub const KEY_CHARS_MAX: usize = 200;

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Never seen: do it, and [`keep`] the answer in the same transaction.
    New,
    /// Done before: this was the answer.
    Answered(String),
    /// The key was used for another request.
    OtherRequest,
}

/// The hash that tells a request from another.
pub fn request_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a text cannot fail");
        text
    })
}

/// Looks a key up. Ask in the transaction that will do the work, so that nobody comes between.
pub async fn find(
    reader: &mut Reader,
    actor: &str,
    key: &str,
    request_hash: &str,
) -> Result<Standing, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT request_hash, answer FROM idempotency \
             WHERE tenant_id = $1 AND actor = $2 AND key = $3",
            args![tenant, actor, key],
        )
        .await?;
    Ok(match row {
        None => Standing::New,
        Some(row) if row.text(0) == request_hash => Standing::Answered(row.string(1)),
        Some(_) => Standing::OtherRequest,
    })
}

/// A request as its key tells it from others: who sends it, the key, the hash.
pub type Request<'a> = (&'a str, &'a str, &'a str);

/// Looks many keys up at once; the answers are in the order asked.
pub async fn find_all(
    reader: &mut Reader,
    requests: &[Request<'_>],
) -> Result<Vec<Standing>, DbError> {
    let text = |read: fn(&Request<'_>) -> String| Column::Text(requests.iter().map(read).collect());
    let rows = reader
        .lookup(
            "SELECT k.i, a.request_hash, a.answer FROM {keys} CROSS JOIN idempotency a \
             WHERE a.tenant_id = k.tenant AND a.actor = k.k1 AND a.key = k.k2",
            args![],
            vec![text(|request| request.0.to_owned()), text(|request| request.1.to_owned())],
        )
        .await?;
    let mut found = vec![Standing::New; requests.len()];
    for row in rows {
        let Some(at) = usize::try_from(row.int(0)).ok().filter(|at| *at < found.len()) else {
            continue;
        };
        found[at] = if row.text(1) == requests[at].2 {
            Standing::Answered(row.string(2))
        } else {
            Standing::OtherRequest
        };
    }
    Ok(found)
}

/// Keeps the answers to keys that were new.
pub async fn keep_all(
    tx: &mut Tx,
    now: Timestamp,
    answered: &[(Request<'_>, &str)],
) -> Result<(), DbError> {
    if answered.is_empty() {
        return Ok(());
    }
    let text = |read: fn(&(Request<'_>, &str)) -> String| {
        Column::Text(answered.iter().map(read).collect())
    };
    let data = vec![
        Column::same(tx.tenant()),
        text(|(request, _)| request.0.to_owned()),
        text(|(request, _)| request.1.to_owned()),
        text(|(request, _)| request.2.to_owned()),
        text(|(_, answer)| (*answer).to_owned()),
        Column::same(now),
    ];
    let columns = ["tenant_id", "actor", "key", "request_hash", "answer", "created_at"];
    tx.insert_many("idempotency", &columns, data, "").await?;
    Ok(())
}

/// Keeps the answer to a key that was new.
pub async fn keep(
    tx: &mut Tx,
    now: Timestamp,
    (actor, key, request_hash): (&str, &str, &str),
    answer: &str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO idempotency (tenant_id, actor, key, request_hash, answer, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        args![tenant, actor, key, request_hash, answer, now],
    )
    .await?;
    Ok(())
}

/// Forgets answers from before an instant; nobody sends a request again after days.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM idempotency WHERE tenant_id = $1 AND created_at < $2",
        args![tenant, before],
    )
    .await
}

#[cfg(test)]
mod tests;
