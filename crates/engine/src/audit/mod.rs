//! The audit trail: who changed what, when, from what to what.
//!
//! Entries are written in the transaction of the change itself, so there is no change without its
//! entry and no entry without its change. They are never updated or deleted; the database refuses
//! it. Passwords, tokens and their hashes never appear in one.

use jiff::Timestamp;
use serde_json::Value;

use crate::access::Actor;
use crate::db::{Column, DbError, Reader, Row, Tx, args};

/// A change, as the trail keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// A verb: `create`, `change`, `sign_in`.
    pub action: &'static str,
    pub subject: Subject,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What was changed: a kind, and the id or code people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: String,
}

/// An entry as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub audit_id: i64,
    pub at: Timestamp,
    /// `user`, `token` or `system`.
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Which entries to read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub subject_kind: Option<String>,
    pub subject_id: Option<String>,
    pub actor_id: Option<String>,
    pub action: Option<String>,
    /// Not before this instant, and before that one.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only entries older than this one: the last of the page before.
    pub older_than: Option<i64>,
}

/// No page of the trail is longer.
pub const ENTRIES_PER_PAGE_MAX: i64 = 500;

/// No file of the trail has more; a filter by days gives the rest.
pub const ENTRIES_OF_FILE_MAX: usize = 100_000;

impl Entry {
    /// Something was made.
    pub fn create(kind: &'static str, id: impl Into<String>, after: Value) -> Entry {
        Entry::of("create", kind, id, None, Some(after))
    }

    /// Something was changed.
    pub fn change(kind: &'static str, id: impl Into<String>, before: Value, after: Value) -> Entry {
        Entry::of("change", kind, id, Some(before), Some(after))
    }

    /// Something was done to it.
    pub fn of(
        action: &'static str,
        kind: &'static str,
        id: impl Into<String>,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Entry {
        Entry { action, subject: Subject { kind, id: id.into() }, before, after }
    }
}

/// Adds an entry.
pub async fn append(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    entry: Entry,
) -> Result<(), DbError> {
    append_many(tx, now, actor, vec![entry]).await
}

/// Adds many entries of one actor.
pub async fn append_many(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    entries: Vec<Entry>,
) -> Result<(), DbError> {
    if entries.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let last = tx
        .row("SELECT coalesce(max(audit_id), 0) FROM audit WHERE tenant_id = $1", args![tenant])
        .await?
        .map_or(0, |row| row.int(0));
    let (mut ids, mut actions, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut befores, mut afters) = (Vec::new(), Vec::new(), Vec::new());
    for (id, entry) in (last + 1..).zip(entries) {
        ids.push(id);
        actions.push(entry.action.to_owned());
        kinds.push(entry.subject.kind.to_owned());
        subjects.push(entry.subject.id);
        befores.push(entry.before.map(|value| value.to_string()));
        afters.push(entry.after.map(|value| value.to_string()));
    }
    let columns = [
        ("tenant_id", Column::same(tenant)),
        ("audit_id", Column::Int(ids)),
        ("at", Column::same(now)),
        ("actor_kind", Column::same(actor.kind())),
        ("actor_id", Column::same(actor.public_id().map(str::to_owned))),
        ("actor_name", Column::same(actor.name().to_owned())),
        ("action", Column::Text(actions)),
        ("subject_kind", Column::Text(kinds)),
        ("subject_id", Column::Text(subjects)),
        ("before", Column::OptText(befores)),
        ("after", Column::OptText(afters)),
    ];
    let (names, data): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    tx.insert_many("audit", &names, data, "").await.map(|_| ())
}

/// A page of entries, newest first.
pub async fn page(
    reader: &mut Reader,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Recorded>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT audit_id, at, actor_kind, actor_id, actor_name, action, subject_kind, \
             subject_id, before, after FROM audit \
             WHERE tenant_id = $1 AND audit_id < $2 \
             AND ($3 IS NULL OR subject_kind = $3) AND ($4 IS NULL OR subject_id = $4) \
             AND ($5 IS NULL OR actor_id = $5) AND at >= $6 AND at < $7 \
             AND ($9 IS NULL OR action = $9) ORDER BY audit_id DESC LIMIT $8",
            args![
                tenant,
                filter.older_than.unwrap_or(i64::MAX),
                &filter.subject_kind,
                &filter.subject_id,
                &filter.actor_id,
                filter.from.map_or(i64::MIN, Timestamp::as_microsecond),
                filter.until.map_or(i64::MAX, Timestamp::as_microsecond),
                limit.clamp(1, ENTRIES_PER_PAGE_MAX),
                &filter.action,
            ],
        )
        .await?;
    Ok(rows.iter().map(recorded).collect())
}

/// All entries of a filter, newest first; of very many the newest [`ENTRIES_OF_FILE_MAX`].
pub async fn all(reader: &mut Reader, filter: &Filter) -> Result<Vec<Recorded>, DbError> {
    let mut found: Vec<Recorded> = Vec::new();
    let mut filter = filter.clone();
    while found.len() < ENTRIES_OF_FILE_MAX {
        let more = page(reader, &filter, ENTRIES_PER_PAGE_MAX).await?;
        let Some(last) = more.last() else { break };
        filter.older_than = Some(last.audit_id);
        found.extend(more);
    }
    Ok(found)
}

/// The kinds of things that were ever changed, for a list to choose from.
pub async fn subject_kinds(reader: &mut Reader) -> Result<Vec<String>, DbError> {
    let tenant = reader.tenant();
    let sql = "SELECT DISTINCT subject_kind FROM audit WHERE tenant_id = $1 ORDER BY subject_kind";
    Ok(reader.rows(sql, args![tenant]).await?.iter().map(|row| row.string(0)).collect())
}

fn recorded(row: &Row) -> Recorded {
    let json = |column| row.opt_text(column).and_then(|text| serde_json::from_str(text).ok());
    Recorded {
        audit_id: row.int(0),
        at: row.instant(1),
        actor_kind: row.string(2),
        actor_id: row.opt_string(3),
        actor_name: row.string(4),
        action: row.string(5),
        subject_kind: row.string(6),
        subject_id: row.string(7),
        before: json(8),
        after: json(9),
    }
}

#[cfg(test)]
mod tests;
