//! Proofs: files that people attach to a dispute or to a report, so that others can see them.
//!
//! # Invariants
//!
//! * What a file is, its first bytes say: PDF, PNG, JPEG or WebP. Its name says nothing.
//! * A partner sees and adds files of its own disputes and reports alone; for others they do not
//!   exist.
//! * Files are kept whole and never change; the same file once more is the one that is there.
//!
//! Owns `proof`.

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::access::{Actor, Viewer};
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};
use crate::hex::hex;
use crate::id::{Id, Kind};
use crate::{imports, settle};

/// No file is larger.
pub const BYTES_MAX: usize = 10_000_000;
/// No dispute or report has more files.
pub const FILES_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 120;

/// What a file is attached to, by its public id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of<'a> {
    Dispute(&'a str),
    /// An import that a partner sent.
    Report(&'a str),
}

impl<'a> Of<'a> {
    fn word(self) -> &'static str {
        match self {
            Of::Dispute(_) => "dispute",
            Of::Report(_) => "import",
        }
    }

    fn id(self) -> &'a str {
        match self {
            Of::Dispute(id) | Of::Report(id) => id,
        }
    }
}

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Pdf,
    Png,
    Jpeg,
    WebP,
}

impl Format {
    /// The format that the first bytes say.
    pub fn of(bytes: &[u8]) -> Option<Format> {
        if bytes.starts_with(b"%PDF-") {
            Some(Format::Pdf)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Format::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Format::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
            Some(Format::WebP)
        } else {
            None
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Pdf => "application/pdf",
            Format::Png => "image/png",
            Format::Jpeg => "image/jpeg",
            Format::WebP => "image/webp",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Format::Pdf => "pdf",
            Format::Png => "png",
            Format::Jpeg => "jpg",
            Format::WebP => "webp",
        }
    }
}

/// Why a file is not kept. Nothing was changed.
#[derive(Debug, Error)]
pub enum ProofError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the file is neither PDF, PNG, JPEG nor WebP; attach one of those")]
    Format,
    #[error("the file is empty; choose another")]
    Empty,
    #[error("the file is larger than {} megabytes; attach a smaller one", BYTES_MAX / 1_000_000)]
    TooLarge,
    #[error("there are {FILES_MAX} files already; no more can be attached")]
    TooMany,
    #[error("it is {status} already; nothing can be attached any more")]
    Over { status: &'static str },
    #[error("it is not there")]
    NotFound,
}

/// A file without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    pub public_id: String,
    pub partner_id: i64,
    /// Whether the partner attached it.
    pub of_partner: bool,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    pub added_by: String,
    pub added_at: Timestamp,
}

const COLUMNS: &str = "SELECT public_id, partner_id, side, name, media_type, bytes, added_by, \
    added_at FROM proof WHERE tenant_id = $1";

fn proof_row(row: &Row) -> ProofRow {
    ProofRow {
        public_id: row.string(0),
        partner_id: row.int(1),
        of_partner: row.text(2) == "partner",
        name: row.string(3),
        media_type: row.string(4),
        bytes: row.int(5),
        added_by: row.string(6),
        added_at: row.instant(7),
    }
}

/// Whose the thing is, if the viewer may see it; and why nothing is added to it any more.
async fn owner(
    reader: &mut Reader,
    viewer: Viewer,
    of: Of<'_>,
) -> Result<(i64, Option<&'static str>), ProofError> {
    let (partner_id, over) = match of {
        Of::Dispute(id) => {
            let found = settle::dispute(reader, viewer, id).await;
            let row = found?.ok_or(ProofError::NotFound)?;
            let over = (!row.state.is_open()).then(|| row.state.word());
            (row.partner_id, over)
        }
        Of::Report(id) => {
            let row = imports::get(reader, id).await?.ok_or(ProofError::NotFound)?;
            let partner_id = row.partner_id.filter(|own| viewer.may_see(*own));
            (partner_id.ok_or(ProofError::NotFound)?, None)
        }
    };
    Ok((partner_id, over))
}

/// Attaches a file. The same content once more gives the file that is there.
pub async fn attach(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    of: Of<'_>,
    (name, bytes): (&str, &[u8]),
) -> Result<ProofRow, ProofError> {
    let viewer = Viewer::of(actor.partner());
    let (partner_id, over) = owner(tx, viewer, of).await?;
    if let Some(status) = over {
        return Err(ProofError::Over { status });
    }
    if bytes.is_empty() {
        return Err(ProofError::Empty);
    }
    if bytes.len() > BYTES_MAX {
        return Err(ProofError::TooLarge);
    }
    let format = Format::of(bytes).ok_or(ProofError::Format)?;
    let hash = hex(&Sha256::digest(bytes));
    let tenant = tx.tenant();
    let sql = format!("{COLUMNS} AND subject = $2 AND content_hash = $3");
    let known = tx.row(sqlx::AssertSqlSafe(sql), args![tenant, of.id(), &hash]).await?;
    if let Some(known) = known {
        return Ok(proof_row(&known));
    }
    if list(tx, viewer, of).await?.len() >= FILES_MAX {
        return Err(ProofError::TooMany);
    }
    let next = tx
        .row("SELECT COALESCE(MAX(proof_id), 0) + 1 FROM proof WHERE tenant_id = $1", args![tenant])
        .await?;
    let id = Id::new(Kind::Proof, now);
    let name = clean(name, format);
    let row = ProofRow {
        public_id: id.as_str().to_owned(),
        partner_id,
        of_partner: actor.partner().is_some(),
        name,
        media_type: format.media_type().to_owned(),
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        added_by: actor.name().to_owned(),
        added_at: now,
    };
    tx.execute(
        "INSERT INTO proof (tenant_id, proof_id, public_id, subject_kind, subject, partner_id, \
         side, name, media_type, bytes, content_hash, body, added_by, added_by_id, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        args![
            tenant,
            next.map_or(1, |row| row.int(0)),
            &row.public_id,
            of.word(),
            of.id(),
            partner_id,
            if row.of_partner { "partner" } else { "vendor" },
            &row.name,
            &row.media_type,
            row.bytes,
            &hash,
            bytes.to_vec(),
            &row.added_by,
            actor.public_id().unwrap_or("system"),
            now
        ],
    )
    .await?;
    let said = json!({ "file": row.name, "bytes": row.bytes, "sha256": hash });
    let entry = Entry::of("attach", of.word(), of.id(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(row)
}

/// A name that a file can be kept under anywhere, ending as its content is.
fn clean(name: &str, format: Format) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let stem: String = stem
        .chars()
        .filter(|c| !c.is_control() && !r#"<>:"|?*;%"#.contains(*c))
        .take(NAME_CHARS_MAX)
        .collect();
    let stem = stem.trim().trim_start_matches('.');
    let stem = if stem.is_empty() { "file" } else { stem };
    format!("{stem}.{}", format.extension())
}

/// The files of a dispute or a report, in the order they came; none of what the viewer may not see.
pub async fn list(
    reader: &mut Reader,
    viewer: Viewer,
    of: Of<'_>,
) -> Result<Vec<ProofRow>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND subject_kind = $2 AND subject = $3 ORDER BY proof_id");
    let arguments = args![tenant, of.word(), of.id()];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), arguments).await?;
    Ok(rows.iter().map(proof_row).filter(|row| viewer.may_see(row.partner_id)).collect())
}

/// A file with its content, if the viewer may see it.
pub async fn load(
    reader: &mut Reader,
    viewer: Viewer,
    id: &str,
) -> Result<Option<(ProofRow, Vec<u8>)>, DbError> {
    let tenant = reader.tenant();
    let sql = format!("{COLUMNS} AND public_id = $2");
    let found = reader.row(sqlx::AssertSqlSafe(sql), args![tenant, id]).await?;
    let Some(row) = found.as_ref().map(proof_row).filter(|row| viewer.may_see(row.partner_id))
    else {
        return Ok(None);
    };
    let body = reader
        .row("SELECT body FROM proof WHERE tenant_id = $1 AND public_id = $2", args![tenant, id])
        .await?;
    Ok(body.map(|body| (row, body.bytes(0).to_vec())))
}

#[cfg(test)]
mod tests;
