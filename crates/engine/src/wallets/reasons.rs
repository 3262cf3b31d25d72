//! Why people do something by hand: the reasons that forms let them choose from.
//!
//! # Promises
//!
//! * A line keeps the reason as a text of its own: the code that was chosen, and what somebody wrote
//!   beside it. Texts of before, and those of whoever chooses none, stay as they are.
//! * A reason that is not used any more is retired and never deleted, so that lines of before still
//!   say what they mean.
//!
//! Owns `wallet_reason`.

use jiff::Timestamp;
use serde_json::json;
use thiserror::Error;

use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};

/// No list is longer.
pub const REASONS_MAX: usize = 200;
const CODE_CHARS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 200;

/// What reasons are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonKind {
    /// Points credited or debited by hand.
    Adjustment,
    /// What is undone.
    Cancellation,
    /// A tier that is held up.
    Floor,
    /// A badge that is given or taken.
    Badge,
}

impl ReasonKind {
    pub const ALL: [ReasonKind; 4] =
        [ReasonKind::Adjustment, ReasonKind::Cancellation, ReasonKind::Floor, ReasonKind::Badge];

    pub fn word(self) -> &'static str {
        match self {
            ReasonKind::Adjustment => "adjustment",
            ReasonKind::Cancellation => "cancellation",
            ReasonKind::Floor => "floor",
            ReasonKind::Badge => "badge",
        }
    }

    pub fn from_word(word: &str) -> Option<ReasonKind> {
        ReasonKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A reason that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub kind: ReasonKind,
    /// Letters, digits, `-` and `_`.
    pub code: String,
    pub name_en: Option<String>,
    pub name_ja: Option<String>,
    /// Forms offer it no more.
    pub is_retired: bool,
}

/// Why a list of reasons was not kept.
#[derive(Debug, Error)]
pub enum ReasonError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("`{code}` is no code: letters, digits, `-` and `_`, at most {CODE_CHARS_MAX}")]
    Code { code: String },
    #[error("the code `{code}` stands twice")]
    Twice { code: String },
    #[error("a name has at most {NAME_CHARS_MAX} characters")]
    LongName { code: String },
    #[error("a list has at most {REASONS_MAX} reasons")]
    TooMany,
}

/// All reasons, kind by kind, in the order in which forms offer them.
pub async fn reasons(reader: &mut Reader) -> Result<Vec<Reason>, DbError> {
    let rows = reader
        .rows(
            "SELECT kind, code, name_en, name_ja, status FROM wallet_reason \
             WHERE tenant_id = $1 ORDER BY kind, position, code",
            args![reader.tenant()],
        )
        .await?;
    Ok(rows.iter().filter_map(reason).collect())
}

fn reason(row: &Row) -> Option<Reason> {
    Some(Reason {
        kind: ReasonKind::from_word(row.text(0))?,
        code: row.string(1),
        name_en: row.opt_string(2),
        name_ja: row.opt_string(3),
        is_retired: row.text(4) == "retired",
    })
}

/// Keeps the list of a kind, in this order. What is not in it any more is retired.
pub async fn put_reasons(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    kind: ReasonKind,
    list: &[Reason],
) -> Result<(), ReasonError> {
    checked(list)?;
    let before: Vec<Reason> =
        reasons(tx).await?.into_iter().filter(|own| own.kind == kind).collect();
    let gone = before.iter().filter(|own| !list.iter().any(|new| new.code == own.code));
    let gone = gone.map(|own| Reason { is_retired: true, ..own.clone() });
    let after: Vec<Reason> = list.iter().cloned().chain(gone).collect();
    if before == after {
        return Ok(());
    }
    let tenant = tx.tenant();
    for (position, own) in (1i64..).zip(&after) {
        let status = if own.is_retired { "retired" } else { "used" };
        tx.execute(
            "INSERT INTO wallet_reason (tenant_id, kind, code, position, name_en, name_ja, status, \
             changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (tenant_id, kind, code) DO UPDATE SET position = excluded.position, \
             name_en = excluded.name_en, name_ja = excluded.name_ja, status = excluded.status, \
             changed_by = excluded.changed_by, changed_at = excluded.changed_at",
            args![
                tenant,
                kind.word(),
                &own.code,
                position,
                &own.name_en,
                &own.name_ja,
                status,
                actor.name(),
                now,
            ],
        )
        .await?;
    }
    let told = |all: &[Reason]| {
        let used = all.iter().filter(|own| !own.is_retired);
        json!(used.map(|own| own.code.as_str()).collect::<Vec<_>>())
    };
    let entry =
        Entry::of("change", "reasons", kind.word(), Some(told(&before)), Some(told(&after)));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

fn checked(list: &[Reason]) -> Result<(), ReasonError> {
    if REASONS_MAX < list.len() {
        return Err(ReasonError::TooMany);
    }
    for (nth, own) in list.iter().enumerate() {
        let code = own.code.clone();
        let fits = !code.is_empty() && code.chars().count() <= CODE_CHARS_MAX;
        if !fits || !code.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '-' | '_')) {
            return Err(ReasonError::Code { code });
        }
        if list[..nth].iter().any(|other| other.code == code) {
            return Err(ReasonError::Twice { code });
        }
        let names = [&own.name_en, &own.name_ja];
        if names.into_iter().flatten().any(|name| NAME_CHARS_MAX < name.chars().count()) {
            return Err(ReasonError::LongName { code });
        }
    }
    Ok(())
}

/// The text that a line keeps: the code of what was chosen, and what was written beside it.
pub fn reason_text(chosen: Option<&str>, note: &str) -> Option<String> {
    let note = note.trim();
    match (chosen.map(str::trim).filter(|code| !code.is_empty()), note) {
        (None, "") => None,
        (None, note) => Some(note.to_owned()),
        (Some(code), "") => Some(code.to_owned()),
        (Some(code), note) => Some(format!("{code}: {note}")),
    }
}

/// The reason that a text names, and what stands beside it; nothing for a text of one's own.
pub fn reason_of<'r, 't>(
    all: &'r [Reason],
    kind: ReasonKind,
    text: &'t str,
) -> Option<(&'r Reason, &'t str)> {
    let (code, note) = text.split_once(':').map_or((text, ""), |(code, note)| (code, note.trim()));
    let found = all.iter().find(|own| own.kind == kind && own.code == code.trim());
    found.map(|own| (own, note))
}
