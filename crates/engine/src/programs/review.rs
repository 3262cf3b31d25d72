//! The second pair of eyes: who may let a draft act, and the way of a draft to whoever decides.
//!
//! # Invariants
//!
//! * While a second person is needed, nobody activates what they wrote or handed in.
//! * What was handed in is kept as it read then; a draft that changes is no longer handed in.
//! * The executable itself (commands, a demo) is nobody's second person and needs none.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ProgramError, check};
use crate::access::{Action, Actor, users};
use crate::args;
use crate::audit;
use crate::catalog::{set_setting, setting};
use crate::db::{DbError, Reader, Row, Tx};
use crate::rules::{self, VersionRow, VersionStatus};

/// Whether a second person activates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FourEyes {
    /// As soon as more than one person may.
    #[default]
    Auto,
    Always,
    Never,
}

impl FourEyes {
    pub const ALL: [FourEyes; 3] = [FourEyes::Auto, FourEyes::Always, FourEyes::Never];

    pub fn word(self) -> &'static str {
        match self {
            FourEyes::Auto => "auto",
            FourEyes::Always => "always",
            FourEyes::Never => "never",
        }
    }

    pub fn from_word(word: &str) -> Option<FourEyes> {
        FourEyes::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

const SETTING: &str = "program_four_eyes";

/// What the vendor decided about it.
pub async fn four_eyes(reader: &mut Reader) -> Result<FourEyes, DbError> {
    let said = setting(reader, SETTING).await?;
    Ok(said.and_then(|word| FourEyes::from_word(&word)).unwrap_or_default())
}

/// Decides it.
pub async fn set_four_eyes(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    choice: FourEyes,
) -> Result<(), DbError> {
    let before = four_eyes(tx).await?;
    if before == choice {
        return Ok(());
    }
    set_setting(tx, now, SETTING, choice.word()).await?;
    let (before, after) = (json!(before.word()), json!(choice.word()));
    audit::append(tx, now, actor, audit::Entry::change("setting", SETTING, before, after)).await
}

/// Whether a draft needs a second person as things are.
pub async fn needs_second(reader: &mut Reader) -> Result<bool, DbError> {
    Ok(match four_eyes(reader).await? {
        FourEyes::Always => true,
        FourEyes::Never => false,
        FourEyes::Auto => {
            let all = users(reader, None).await?;
            let may =
                |user: &&crate::access::User| !user.disabled && user.role.may(Action::EditPrograms);
            all.iter().filter(may).count() > 1
        }
    })
}

/// What became of what was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewStatus {
    Submitted,
    /// Given back, with what to change.
    Returned,
    Activated,
    /// The draft changed before anybody decided.
    Withdrawn,
}

impl ReviewStatus {
    const ALL: [ReviewStatus; 4] = [
        ReviewStatus::Submitted,
        ReviewStatus::Returned,
        ReviewStatus::Activated,
        ReviewStatus::Withdrawn,
    ];

    pub fn word(self) -> &'static str {
        match self {
            ReviewStatus::Submitted => "submitted",
            ReviewStatus::Returned => "returned",
            ReviewStatus::Activated => "activated",
            ReviewStatus::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> ReviewStatus {
        ReviewStatus::ALL
            .into_iter()
            .find(|status| status.word() == word)
            .unwrap_or(ReviewStatus::Withdrawn)
    }
}

/// A draft that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub review_id: i64,
    pub program_id: i64,
    pub version: i64,
    pub status: ReviewStatus,
    pub text: String,
    /// What the one who handed it in says.
    pub note: Option<String>,
    pub asked_by: String,
    pub asked_by_id: String,
    pub asked_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    /// What the one who decided says.
    pub comment: Option<String>,
}

/// No note or comment is longer.
pub const COMMENT_CHARS_MAX: usize = 2_000;

/// A note as it is kept: without blanks around it, and none if nothing is left.
fn said(text: Option<&str>) -> Result<Option<&str>, ProgramError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > COMMENT_CHARS_MAX || text.contains('\0') => {
            Err(ProgramError::BadComment)
        }
        other => Ok(other),
    }
}

/// Hands a draft in. Only one that could be activated: nobody is asked to find errors that the
/// checker knows.
pub async fn submit(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (code, version): (&str, u32),
    note: Option<&str>,
) -> Result<(), ProgramError> {
    let note = said(note)?;
    let draft = draft(tx, code, version).await?;
    let check = check(tx, &draft.text).await?;
    if !check.may_act() {
        return Err(ProgramError::Problems(check.problems));
    }
    if open(tx, draft.program_id, draft.version).await?.is_some() {
        return Err(ProgramError::SubmittedAlready { code: code.to_owned(), version });
    }
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO program_review (tenant_id, review_id, program_id, version, status, text, \
         note, asked_by, asked_by_id, asked_at) SELECT $1, COALESCE(MAX(review_id), 0) + 1, $2, \
         $3, 'submitted', $4, $5, $6, $7, $8 FROM program_review WHERE tenant_id = $1",
        args![
            tenant,
            draft.program_id,
            draft.version,
            &draft.text,
            note,
            actor.name(),
            id(actor),
            now
        ],
    )
    .await?;
    let after = json!({ "status": "submitted", "note": note, "text": draft.text });
    let entry = audit::Entry::of("submit", "program", named(code, version), None, Some(after));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// Gives a draft back with what to change.
pub async fn send_back(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (code, version): (&str, u32),
    comment: &str,
) -> Result<(), ProgramError> {
    let comment = said(Some(comment))?.ok_or(ProgramError::NoComment)?;
    let draft = draft(tx, code, version).await?;
    let review = open(tx, draft.program_id, draft.version).await?;
    let none = || ProgramError::NotSubmitted { code: code.to_owned(), version };
    let review = review.ok_or_else(none)?;
    decide(tx, &review, ReviewStatus::Returned, actor, now, Some(comment)).await?;
    let before = json!({ "status": "submitted", "text": review.text });
    let after = json!({ "status": "returned", "comment": comment });
    let entry =
        audit::Entry::of("return", "program", named(code, version), Some(before), Some(after));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// Refuses who may not be the one to let this draft act.
pub(super) async fn allow(
    reader: &mut Reader,
    actor: &Actor,
    draft: &VersionRow,
) -> Result<(), ProgramError> {
    if matches!(actor, Actor::System) || !needs_second(reader).await? {
        return Ok(());
    }
    let review = open(reader, draft.program_id, draft.version).await?;
    let asked = review.as_ref().map(|review| review.asked_by_id.as_str());
    if is_own(actor, draft.author_id.as_deref(), asked) {
        return Err(ProgramError::FourEyes);
    }
    Ok(())
}

/// Whether this actor wrote the draft or handed it in.
pub fn is_own(actor: &Actor, author: Option<&str>, asked_by: Option<&str>) -> bool {
    author == Some(id(actor)) || asked_by == Some(id(actor))
}

/// A draft changed: whoever was asked to decide would decide about another text.
pub(super) async fn withdraw(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (program_id, version): (i64, i64),
) -> Result<(), ProgramError> {
    if let Some(review) = open(tx, program_id, version).await? {
        decide(tx, &review, ReviewStatus::Withdrawn, actor, now, None).await?;
    }
    Ok(())
}

/// It acts now.
pub(super) async fn activated(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (program_id, version): (i64, i64),
) -> Result<(), ProgramError> {
    if let Some(review) = open(tx, program_id, version).await? {
        decide(tx, &review, ReviewStatus::Activated, actor, now, None).await?;
    }
    Ok(())
}

async fn decide(
    tx: &mut Tx,
    review: &Review,
    status: ReviewStatus,
    actor: &Actor,
    now: Timestamp,
    comment: Option<&str>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    tx.execute(
        "UPDATE program_review SET status = $3, decided_by = $4, decided_at = $5, comment = $6 \
         WHERE tenant_id = $1 AND review_id = $2 AND status = 'submitted'",
        args![tenant, review.review_id, status.word(), actor.name(), now, comment],
    )
    .await
    .map(|_| ())
}

/// The draft of a version.
pub(super) async fn draft(
    reader: &mut Reader,
    code: &str,
    version: u32,
) -> Result<VersionRow, ProgramError> {
    let none = || ProgramError::NoDraft { code: code.to_owned(), version };
    let row = rules::program_by_code(reader, code).await?.ok_or_else(none)?;
    let draft = rules::version_text(reader, row.program_id, i64::from(version)).await?;
    draft.filter(|row| row.status == VersionStatus::Draft).ok_or_else(none)
}

fn named(code: &str, version: u32) -> String {
    format!("{code}/{version}")
}

/// What tells people apart, since names do not.
pub(super) fn id(actor: &Actor) -> &str {
    actor.public_id().unwrap_or("system")
}

const COLUMNS: &str = "SELECT review_id, program_id, version, status, text, note, asked_by, \
    asked_by_id, asked_at, decided_by, decided_at, comment FROM program_review";

fn review(row: &Row) -> Review {
    Review {
        review_id: row.int(0),
        program_id: row.int(1),
        version: row.int(2),
        status: ReviewStatus::from_word(row.text(3)),
        text: row.string(4),
        note: row.opt_string(5),
        asked_by: row.string(6),
        asked_by_id: row.string(7),
        asked_at: row.instant(8),
        decided_by: row.opt_string(9),
        decided_at: row.opt_instant(10),
        comment: row.opt_string(11),
    }
}

/// What waits for a decision about a version.
pub async fn open(
    reader: &mut Reader,
    program_id: i64,
    version: i64,
) -> Result<Option<Review>, DbError> {
    let sql = format!(
        "{COLUMNS} WHERE tenant_id = $1 AND program_id = $2 AND version = $3 \
         AND status = 'submitted'"
    );
    let tenant = reader.tenant();
    let row = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, program_id, version]).await?;
    Ok(row.as_ref().map(review))
}

/// All that was handed in of a version, newest first.
pub async fn reviews(
    reader: &mut Reader,
    program_id: i64,
    version: i64,
) -> Result<Vec<Review>, DbError> {
    let sql = format!(
        "{COLUMNS} WHERE tenant_id = $1 AND program_id = $2 AND version = $3 \
         ORDER BY review_id DESC LIMIT 50"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, program_id, version]).await?;
    Ok(rows.iter().map(review).collect())
}

/// Everything that waits for a decision, oldest first.
pub async fn waiting(reader: &mut Reader) -> Result<Vec<Review>, DbError> {
    let sql = format!("{COLUMNS} WHERE tenant_id = $1 AND status = 'submitted' ORDER BY review_id");
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    Ok(rows.iter().map(review).collect())
}

/// The text an activated version replaces, for the trail: of the version it corrects, else of the
/// one that acted last.
pub(super) fn replaced<'v>(
    program: &domain::program::Program,
    versions: &'v [VersionRow],
) -> Option<&'v VersionRow> {
    let active = || versions.iter().filter(|row| row.status == VersionStatus::Active);
    match program.change {
        domain::program::Change::Corrects { version } => {
            active().find(|row| row.version == i64::from(version))
        }
        _ => active().max_by_key(|row| row.version),
    }
}

pub(super) fn text(row: Option<&VersionRow>) -> Option<Value> {
    row.map(|row| Value::String(row.text.clone()))
}
