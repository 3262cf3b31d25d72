//! The texts of courses: drafts, checking, activating.
//!
//! # Invariants
//!
//! * A text that was activated never changes; a change is a new version.
//! * While programs need a second person, nobody activates a text of their own.

use domain::problem::Problem;
use domain::training::{self, Course};
use jiff::Timestamp;
use serde_json::json;

use super::{TrainingError, versions};
use crate::access::Actor;
use crate::args;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::id::{Id, Kind};
use crate::programs;
use crate::rules;

/// Reads a text and says everything that is wrong with it.
pub fn check(text: &str) -> (Option<Course>, Vec<Problem>) {
    let parsed = training::parse(text);
    (parsed.value, parsed.problems)
}

/// Keeps a text as the draft of its course's next version. Says which course and version it is.
pub async fn draft(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    text: &str,
) -> Result<(String, i64), TrainingError> {
    let (course, problems) = check(text);
    let Some(course) = course else { return Err(TrainingError::Problems(problems)) };
    let course_id = number(tx, now, &course.code).await?;
    let tenant = tx.tenant();
    let row = tx
        .row(
            "SELECT COALESCE(MAX(version), 0) + 1 FROM course_version \
             WHERE tenant_id = $1 AND course_id = $2 AND status = 'active'",
            args![tenant, course_id],
        )
        .await?;
    let version = row.map_or(1, |row| row.int(0));
    tx.execute(
        "INSERT INTO course_version (tenant_id, course_id, version, status, text, created_by, \
         author_id, created_at) VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7) \
         ON CONFLICT (tenant_id, course_id, version) DO UPDATE SET text = excluded.text, \
         created_by = excluded.created_by, author_id = excluded.author_id, \
         created_at = excluded.created_at WHERE course_version.status = 'draft'",
        args![tenant, course_id, version, text, actor.name(), actor.public_id(), now],
    )
    .await?;
    Ok((course.code, version))
}

/// The number of the course of that code, which is made if it is new.
async fn number(tx: &mut Tx, now: Timestamp, code: &str) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let known = tx
        .row("SELECT course_id FROM course WHERE tenant_id = $1 AND code = $2", args![tenant, code])
        .await?;
    if let Some(row) = known {
        return Ok(row.int(0));
    }
    let sql = "SELECT COALESCE(MAX(course_id), 0) + 1 FROM course WHERE tenant_id = $1";
    let course_id = tx.row(sql, args![tenant]).await?.map_or(1, |row| row.int(0));
    tx.execute(
        "INSERT INTO course (tenant_id, course_id, public_id, code) VALUES ($1, $2, $3, $4)",
        args![tenant, course_id, &Id::new(Kind::Course, now), code],
    )
    .await?;
    Ok(course_id)
}

/// Makes the draft of a course act: from now on it is what people read.
pub async fn activate(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    code: &str,
) -> Result<i64, TrainingError> {
    let all = versions(tx).await?;
    let draft = all.iter().find(|row| row.code == code && !row.is_active());
    let Some(draft) = draft else {
        return Err(TrainingError::NoDraft { code: code.to_owned() });
    };
    if !matches!(actor, Actor::System)
        && programs::is_own(actor, draft.author_id.as_deref(), None)
        && programs::needs_second(tx).await?
    {
        return Err(TrainingError::FourEyes);
    }
    let (course, problems) = check(&draft.text);
    if course.is_none() {
        return Err(TrainingError::Problems(problems));
    }
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE course_version SET status = 'active', activated_by = $4, activated_at = $5 \
         WHERE tenant_id = $1 AND course_id = $2 AND version = $3",
        args![tenant, draft.course_id, draft.version, actor.name(), now],
    )
    .await?;
    rules::changed(tx).await?;
    let after = json!({ "version": draft.version });
    let entry = audit::Entry::of("activate", "course", code, None, Some(after));
    audit::append(tx, now, actor, entry).await?;
    Ok(draft.version)
}
