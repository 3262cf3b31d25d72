//! Requests that may be sent again: the first answer to a key is kept and given again.
//!
//! # Invariants
//!
//! * The answer is kept in the transaction of what was done: there is no effect without its answer
//!   and no answer without its effect. Where the work commits by itself, its key is claimed before:
//!   an effect may then be without its answer, if the process ended between, but is never repeated.
//! * A key belongs to who sent it; two senders never meet.
//! * The same key with another request is refused, never answered.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::args;
use crate::db::{Column, DbError, Reader, Tx};
use crate::hex::hex;

/// No key is longer.
pub const KEY_CHARS_MAX: usize = 200;

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Never seen: do it, and [`keep_all`] the answer in the same transaction.
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

/// Looks a key up. Ask in the transaction that will do the work, so that nobody comes between.
pub async fn find(
    reader: &mut Reader,
    actor: &str,
    key: &str,
    request_hash: &str,
) -> Result<Standing, DbError> {
    let mut found = find_all(reader, &[(actor, key, request_hash)]).await?;
    Ok(found.pop().unwrap_or(Standing::New))
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

/// How a key stands for somebody who takes it before the work begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody else acts on it: do the work, then [`answer`] or [`release`] it.
    Mine,
    /// The same request was sent before, and has no answer: it is being worked on, or whoever
    /// worked on it came to an end in between.
    UnderWay,
    /// Done before: this was the answer.
    Answered(String),
    /// The key was used for another request.
    OtherRequest,
}

/// Takes a key for work that commits by itself. Commit the claim before the work begins: whatever
/// happens then, the work is done at most once.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    (actor, key, request_hash): (&str, &str, &str),
) -> Result<Claim, DbError> {
    if let Some(claim) = claimed(tx, (actor, key, request_hash)).await? {
        return Ok(claim);
    }
    let tenant = tx.tenant();
    let added = tx
        .execute(
            "INSERT INTO idempotency (tenant_id, actor, key, request_hash, answer, created_at) \
             VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (tenant_id, actor, key) DO NOTHING",
            args![tenant, actor, key, request_hash, now],
        )
        .await?;
    Ok(if added == 0 { Claim::UnderWay } else { Claim::Mine })
}

/// How a key stands that somebody claimed; `None` if nobody did.
pub async fn claimed(
    reader: &mut Reader,
    (actor, key, request_hash): (&str, &str, &str),
) -> Result<Option<Claim>, DbError> {
    Ok(match find(reader, actor, key, request_hash).await? {
        Standing::New => None,
        Standing::Answered(answer) if answer.is_empty() => Some(Claim::UnderWay),
        Standing::Answered(answer) => Some(Claim::Answered(answer)),
        Standing::OtherRequest => Some(Claim::OtherRequest),
    })
}

/// Keeps the answer to a key that was claimed; it must not be empty.
pub async fn answer(tx: &mut Tx, (actor, key): (&str, &str), answer: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE idempotency SET answer = $4 \
         WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND answer = ''",
        args![tenant, actor, key, answer],
    )
    .await?;
    Ok(())
}

/// Gives back a key that was claimed, since nothing was changed: the request may come again.
pub async fn release(tx: &mut Tx, (actor, key): (&str, &str)) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM idempotency WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND answer = ''",
        args![tenant, actor, key],
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
