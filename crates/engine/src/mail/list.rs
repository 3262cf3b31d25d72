//! Letters as they are looked at: the list, one of them, and what was long ago and goes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Kind, Status, Why};
use crate::args;
use crate::db::{DbError, Reader, Row, Tx};

/// No page has more letters.
pub const LETTERS_PER_PAGE_MAX: i64 = 200;

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub mail_id: i64,
    pub id: String,
    pub kind: Kind,
    pub user_id: Option<i64>,
    pub partner_id: Option<i64>,
    /// Empty where it was deleted.
    pub address: String,
    pub name: String,
    pub language: String,
    pub paper: Option<String>,
    /// As it was sent; `None` before the first attempt and after it was deleted.
    pub subject: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    pub status: Status,
    pub why: Option<Why>,
    pub attempts: i64,
    pub due: Option<Timestamp>,
    pub made_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// What it said, and to whom, was deleted.
    pub is_cleared: bool,
}

/// What came of an attempt, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub attempt: i64,
    pub at: Timestamp,
    pub took_millis: i64,
    pub code: Option<i64>,
    pub answer: Option<String>,
    pub failure: Option<String>,
}

/// Which letters are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    /// Letters before this one.
    pub before: Option<i64>,
}

const COLUMNS: &str = "mail_id, public_id, kind, user_id, partner_id, address, name, language, \
    paper, subject, body_text, body_html, status, why, attempts, due, made_at, ended_at, cleared_at";

fn mail_of(row: &Row) -> Option<Mail> {
    Some(Mail {
        mail_id: row.int(0),
        id: row.string(1),
        kind: Kind::from_word(row.text(2))?,
        user_id: row.opt_int(3),
        partner_id: row.opt_int(4),
        address: row.string(5),
        name: row.string(6),
        language: row.string(7),
        paper: row.opt_string(8),
        subject: row.opt_string(9),
        text: row.opt_string(10),
        html: row.opt_string(11),
        status: Status::from_word(row.text(12))?,
        why: row.opt_string(13).as_deref().and_then(Why::from_word),
        attempts: row.int(14),
        due: row.opt_instant(15),
        made_at: row.instant(16),
        ended_at: row.opt_instant(17),
        is_cleared: row.opt_instant(18).is_some(),
    })
}

/// Letters, the newest first.
pub async fn page(reader: &mut Reader, filter: &Filter, limit: i64) -> Result<Vec<Mail>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM mail WHERE tenant_id = $1 AND ($2 IS NULL OR status = $2) \
         AND ($3 IS NULL OR kind = $3) AND mail_id < $4 ORDER BY mail_id DESC LIMIT $5"
    );
    let of = args![
        reader.tenant(),
        filter.status.map(Status::word),
        filter.kind.map(Kind::word),
        filter.before.unwrap_or(i64::MAX),
        limit.clamp(1, LETTERS_PER_PAGE_MAX)
    ];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), of).await?;
    Ok(rows.iter().filter_map(mail_of).collect())
}

/// One letter.
pub async fn find(reader: &mut Reader, id: &str) -> Result<Option<Mail>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM mail WHERE tenant_id = $1 AND public_id = $2");
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    Ok(row.as_ref().and_then(mail_of))
}

/// What came of each attempt to send a letter.
pub async fn attempts(reader: &mut Reader, mail_id: i64) -> Result<Vec<Attempt>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT attempt, at, took_millis, code, answer, failure FROM mail_attempt \
             WHERE tenant_id = $1 AND mail_id = $2 ORDER BY attempt",
            args![tenant, mail_id],
        )
        .await?;
    let attempt = |row: &Row| Attempt {
        attempt: row.int(0),
        at: row.instant(1),
        took_millis: row.int(2),
        code: row.opt_int(3),
        answer: row.opt_string(4),
        failure: row.opt_string(5),
    };
    Ok(rows.iter().map(attempt).collect())
}

/// How many letters of a mailing are how far.
pub async fn counts_of(
    reader: &mut Reader,
    mailing_id: i64,
) -> Result<BTreeMap<&'static str, u64>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT status, count(*) FROM mail WHERE tenant_id = $1 AND mailing_id = $2 \
             GROUP BY status",
            args![tenant, mailing_id],
        )
        .await?;
    let count = |row: &Row| {
        let status = Status::from_word(row.text(0))?;
        Some((status.word(), u64::try_from(row.int(1)).unwrap_or_default()))
    };
    Ok(rows.iter().filter_map(count).collect())
}

/// How many letters did not reach their readers since a moment.
pub async fn failed_since(reader: &mut Reader, since: Timestamp) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT count(*) FROM mail WHERE tenant_id = $1 AND status IN ('failed', 'given_up') \
             AND ended_at >= $2",
            args![tenant, since],
        )
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// How many letters of a kind were written for a partner since a moment.
pub async fn written_since(
    reader: &mut Reader,
    partner_id: i64,
    kind: Kind,
    since: Timestamp,
) -> Result<i64, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT count(*) FROM mail WHERE tenant_id = $1 AND partner_id = $2 AND kind = $3 \
             AND made_at >= $4",
            args![tenant, partner_id, kind.word(), since],
        )
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Deletes what letters said and to whom, where they ended before a moment. That there was one, of
/// which kind and how far it came, stays.
pub async fn purge(tx: &mut Tx, now: Timestamp, before: Timestamp) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM mail_attempt WHERE tenant_id = $1 AND mail_id IN (SELECT m.mail_id FROM mail m \
         WHERE m.tenant_id = $1 AND m.ended_at < $2 AND m.cleared_at IS NULL)",
        args![tenant, before],
    )
    .await?;
    tx.execute(
        "UPDATE mail SET address = '', name = '', data = '{}', subject = NULL, body_text = NULL, \
         body_html = NULL, cleared_at = $3 \
         WHERE tenant_id = $1 AND ended_at < $2 AND cleared_at IS NULL",
        args![tenant, before, now],
    )
    .await
}
