//! Reports of partners that wait until somebody of the vendor took them.
//!
//! A mapping that says `review: yes` asks for it. A report that is read by no saved mapping waits
//! where any mapping of facts asks, so that leaving the mapping out leads around nothing.
//!
//! # Invariants
//!
//! * Nothing of a report counts before it was taken, and what is taken is what was sent.
//! * A report is taken or given back once, by somebody of the vendor, and audited.
//! * What was given back stays as a record; the same file, sent again, is another report.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ImportError, ImportReport, ImportRow, Input, Progress, Request, Status, run};
use crate::access::Actor;
use crate::args;
use crate::audit;
use crate::catalog;
use crate::db::{DbError, Reader, Tx};
use crate::ingest::mapping::{Feeds, Mapping};
use crate::office::Office;

/// No report that waits is larger: it is kept in the database.
pub const HELD_BYTES_MAX: usize = 32 << 20;
/// Characters of what is said to a partner.
const COMMENT_CHARS_MAX: usize = 2_000;

/// Whether what a partner sends by this mapping, or by none, waits.
pub async fn asks_review(reader: &mut Reader, mapping: Option<&Mapping>) -> Result<bool, DbError> {
    if mapping.is_some_and(|mapping| mapping.review) {
        return Ok(true);
    }
    let saved = catalog::mappings(reader).await?;
    if mapping.is_some_and(|mapping| saved.iter().any(|saved| saved.name == mapping.name)) {
        return Ok(false);
    }
    let read = |body: &Value| {
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        Mapping::parse(&text).ok()
    };
    let asks = |mapping: Mapping| mapping.feeds == Feeds::Facts && mapping.review;
    Ok(saved.iter().filter_map(|saved| read(&saved.body)).any(asks))
}

/// Keeps the file of a report that waits.
pub(super) async fn hold(tx: &mut Tx, import_id: i64, body: &[u8]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let packed = lz4_flex::block::compress_prepend_size(body);
    tx.execute(
        "INSERT INTO import_held (tenant_id, import_id, body) VALUES ($1, $2, $3)",
        args![tenant, import_id, packed],
    )
    .await?;
    Ok(())
}

/// What a report that waits holds, as it was sent; `None` once it was read to its end.
pub async fn held_file(reader: &mut Reader, import_id: i64) -> Result<Option<Vec<u8>>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT body FROM import_held WHERE tenant_id = $1 AND import_id = $2",
            args![tenant, import_id],
        )
        .await?;
    Ok(row.and_then(|row| lz4_flex::block::decompress_size_prepended(row.bytes(0)).ok()))
}

/// Takes a report: from now on its lines count. One whose taking was cut short goes on.
pub async fn take_report(
    office: &Office,
    actor: &Actor,
    import: &ImportRow,
    comment: Option<&str>,
    progress: &mut (dyn FnMut(&Progress) -> std::ops::ControlFlow<()> + Send),
) -> Result<ImportReport, ImportError> {
    let now = office.now();
    let mut tx = office.db().write().await?;
    let held = held_file(&mut tx, import.import_id).await?;
    let (Some(body), Status::Review | Status::Running | Status::Failed, Ok(mapping)) =
        (held, import.status, Mapping::parse(&import.mapping))
    else {
        return Err(not_in_review(import));
    };
    if import.status == Status::Review {
        let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
        let of = (import, comment);
        if !decide(&mut tx, now, actor, of, Status::Running).await? {
            return Err(not_in_review(import));
        }
    }
    tx.commit().await?;
    let request = Request {
        partner_id: import.partner_id,
        sent_by: Some(import.actor_name.clone()),
        ..Request::new(
            import.name.clone(),
            import.origin,
            Input::Bytes(Arc::from(body)),
            mapping,
            actor.clone(),
        )
    };
    run(office, request, progress).await
}

/// Gives a report back to its sender, with a word that says why.
pub async fn return_report(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    import: &ImportRow,
    comment: &str,
) -> Result<(), ImportError> {
    let comment = comment.trim();
    if comment.is_empty() {
        return Err(ImportError::NoComment);
    }
    if !decide(tx, now, actor, (import, Some(comment)), Status::Returned).await? {
        return Err(not_in_review(import));
    }
    Ok(())
}

fn not_in_review(import: &ImportRow) -> ImportError {
    ImportError::NotInReview { name: import.name.clone(), status: import.status.word() }
}

/// Notes the word that was said; `false` if the report does not wait any more.
async fn decide(
    tx: &mut Tx,
    now: Timestamp,
    actor: &Actor,
    (import, comment): (&ImportRow, Option<&str>),
    to: Status,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let comment: Option<String> =
        comment.map(|comment| comment.chars().take(COMMENT_CHARS_MAX).collect());
    let finished = (to == Status::Returned).then_some(now);
    let changed = tx
        .execute(
            "UPDATE import SET status = $3, reviewed_by = $4, reviewed_at = $5, \
             review_comment = $6, updated_at = $5, finished_at = $7 \
             WHERE tenant_id = $1 AND import_id = $2 AND status = 'review'",
            args![
                tenant,
                import.import_id,
                to.word(),
                actor.name(),
                now,
                comment.as_deref(),
                finished
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let action = if to == Status::Returned { "give_back" } else { "take_in" };
    let said = json!({ "file": import.name, "comment": comment });
    let entry = audit::Entry::of(action, "import", import.id.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(true)
}

/// The file of a report that was read to its end is kept row by row and not a second time.
pub(super) async fn let_go(tx: &mut Tx, import_id: i64) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "DELETE FROM import_held WHERE tenant_id = $1 AND import_id = $2",
        args![tenant, import_id],
    )
    .await?;
    Ok(())
}
