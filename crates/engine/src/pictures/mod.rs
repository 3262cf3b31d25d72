//! Pictures of what partners can have: rewards, vouchers, promotions.
//!
//! # Invariants
//!
//! * What a picture is, its bytes say: PNG, JPEG or WebP, with its size. Its name says nothing.
//! * A picture is kept once, by the hash of its bytes, and never changes. Another picture of the
//!   same thing is pointed to instead; one that nothing points to any more is not kept.
//! * What a picture shows is said in both languages, or it is said to be there for its looks alone.
//!
//! Owns `picture` and `picture_of`.

mod header;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{DbError, Reader, Row, Tx};
use crate::hex::hex;

pub use header::{Header, header};

/// No picture is larger.
pub const BYTES_MAX: usize = 1_000_000;
/// No side of a picture is longer.
pub const SIDE_PIXELS_MAX: u32 = 4_096;
/// What is said of a picture is no longer.
pub const ALT_CHARS_MAX: usize = 300;

/// What a picture is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Reward,
    Voucher,
    Promotion,
}

impl Subject {
    pub const ALL: [Subject; 3] = [Subject::Reward, Subject::Voucher, Subject::Promotion];

    pub fn word(self) -> &'static str {
        match self {
            Subject::Reward => "reward",
            Subject::Voucher => "voucher",
            Subject::Promotion => "promotion",
        }
    }

    pub fn from_word(word: &str) -> Option<Subject> {
        Subject::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// What is said of a picture to whoever does not see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alt {
    /// It is there for its looks.
    Decorative,
    Said {
        en: String,
        ja: String,
    },
}

/// A picture without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub subject: Subject,
    pub code: String,
    pub hash: String,
    pub media_type: String,
    pub width: u32,
    pub height: u32,
    pub bytes: i64,
    pub alt: Alt,
    pub changed_by: String,
    pub changed_at: Timestamp,
}

/// Why a picture is not kept. Nothing was changed.
#[derive(Debug, Error)]
pub enum PictureError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the file is neither PNG, JPEG nor WebP; save the picture as one of those")]
    Format,
    #[error("the file is empty; choose another")]
    Empty,
    #[error("the picture is larger than {} KB; save it smaller", BYTES_MAX / 1_000)]
    TooLarge,
    #[error("the picture has {width} × {height} pixels; scale it down to {SIDE_PIXELS_MAX} a side")]
    TooWide { width: u32, height: u32 },
    #[error("say what the picture shows in English and Japanese, or that it is decorative")]
    Alt,
    #[error("what a picture shows is said in at most {ALT_CHARS_MAX} characters")]
    LongAlt,
    #[error("it is not there")]
    NotFound,
}

const COLUMNS: &str = "SELECT o.kind, o.code, o.hash, p.media_type, p.width, p.height, p.bytes, \
    o.alt_en, o.alt_ja, o.changed_by, o.changed_at FROM picture_of o \
    JOIN picture p ON p.tenant_id = o.tenant_id AND p.hash = o.hash WHERE o.tenant_id = $1";

fn picture(row: &Row) -> Option<Picture> {
    Some(Picture {
        subject: Subject::from_word(row.text(0))?,
        code: row.string(1),
        hash: row.string(2),
        media_type: row.string(3),
        width: u32::try_from(row.int(4)).unwrap_or_default(),
        height: u32::try_from(row.int(5)).unwrap_or_default(),
        bytes: row.int(6),
        alt: match (row.opt_string(7), row.opt_string(8)) {
            (Some(en), Some(ja)) => Alt::Said { en, ja },
            _ => Alt::Decorative,
        },
        changed_by: row.string(9),
        changed_at: row.instant(10),
    })
}

/// All pictures there are, by kind and code.
pub async fn list(reader: &mut Reader) -> Result<Vec<Picture>, DbError> {
    let sql = format!("{COLUMNS} ORDER BY o.kind, o.code");
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![reader.tenant()]).await?;
    Ok(rows.iter().filter_map(picture).collect())
}

/// The picture of one thing.
pub async fn of(
    reader: &mut Reader,
    (subject, code): (Subject, &str),
) -> Result<Option<Picture>, DbError> {
    let sql = format!("{COLUMNS} AND o.kind = $2 AND o.code = $3");
    let arguments = args![reader.tenant(), subject.word(), code];
    let row = reader.row(sqlx::AssertSqlSafe(sql), arguments).await?;
    Ok(row.as_ref().and_then(picture))
}

/// The type and the bytes of a picture, by its hash.
pub async fn body(reader: &mut Reader, hash: &str) -> Result<Option<(String, Vec<u8>)>, DbError> {
    let row = reader
        .row(
            "SELECT media_type, body FROM picture WHERE tenant_id = $1 AND hash = $2",
            args![reader.tenant(), hash],
        )
        .await?;
    Ok(row.map(|row| (row.string(0), row.bytes(1).to_vec())))
}

/// Whether a picture may be kept, and what it is.
pub fn check(bytes: &[u8]) -> Result<Header, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if BYTES_MAX < bytes.len() {
        return Err(PictureError::TooLarge);
    }
    let found = header(bytes).ok_or(PictureError::Format)?;
    let (width, height) = (found.width, found.height);
    if SIDE_PIXELS_MAX < width.max(height) {
        return Err(PictureError::TooWide { width, height });
    }
    Ok(found)
}

/// Gives something a picture, in place of the one it had. Without bytes the picture stays, and what
/// is said of it changes.
pub async fn put(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (subject, code): (Subject, &str),
    bytes: Option<&[u8]>,
    alt: &Alt,
) -> Result<Picture, PictureError> {
    let words = match alt {
        Alt::Decorative => (None, None),
        Alt::Said { en, ja } => {
            let (en, ja) = (en.trim(), ja.trim());
            if en.is_empty() || ja.is_empty() {
                return Err(PictureError::Alt);
            }
            if [en, ja].iter().any(|text| ALT_CHARS_MAX < text.chars().count()) {
                return Err(PictureError::LongAlt);
            }
            (Some(en.to_owned()), Some(ja.to_owned()))
        }
    };
    let before = of(tx, (subject, code)).await?;
    let hash = match (bytes, &before) {
        (Some(bytes), _) => keep(tx, (actor, now), bytes).await?,
        (None, Some(before)) => before.hash.clone(),
        (None, None) => return Err(PictureError::Empty),
    };
    tx.execute(
        "INSERT INTO picture_of (tenant_id, kind, code, hash, alt_en, alt_ja, changed_by, \
         changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (tenant_id, kind, code) DO UPDATE SET hash = excluded.hash, \
         alt_en = excluded.alt_en, alt_ja = excluded.alt_ja, changed_by = excluded.changed_by, \
         changed_at = excluded.changed_at",
        args![tx.tenant(), subject.word(), code, &hash, words.0, words.1, actor.name(), now],
    )
    .await?;
    forget(tx).await?;
    let after = of(tx, (subject, code)).await?.ok_or(PictureError::NotFound)?;
    told(tx, (actor, now), (subject, code), before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// Takes the picture of something away.
pub async fn remove(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (subject, code): (Subject, &str),
) -> Result<(), PictureError> {
    let before = of(tx, (subject, code)).await?.ok_or(PictureError::NotFound)?;
    tx.execute(
        "DELETE FROM picture_of WHERE tenant_id = $1 AND kind = $2 AND code = $3",
        args![tx.tenant(), subject.word(), code],
    )
    .await?;
    forget(tx).await?;
    told(tx, (actor, now), (subject, code), Some(&before), None).await
}

async fn keep(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    bytes: &[u8],
) -> Result<String, PictureError> {
    let found = check(bytes)?;
    let hash = hex(&Sha256::digest(bytes));
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO picture (tenant_id, hash, media_type, width, height, bytes, body, added_by, \
         added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (tenant_id, hash) DO NOTHING",
        args![
            tx.tenant(),
            &hash,
            found.media_type,
            i64::from(found.width),
            i64::from(found.height),
            length,
            bytes.to_vec(),
            actor.name(),
            now,
        ],
    )
    .await?;
    Ok(hash)
}

/// Lets go of pictures that nothing points to.
async fn forget(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM picture WHERE tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM picture_of o \
         WHERE o.tenant_id = picture.tenant_id AND o.hash = picture.hash)",
        args![tx.tenant()],
    )
    .await?;
    Ok(())
}

/// Writes down what changed, if anything did.
async fn told(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    (subject, code): (Subject, &str),
    before: Option<&Picture>,
    after: Option<&Picture>,
) -> Result<(), PictureError> {
    let said = |of: &Picture| {
        let (en, ja) = match &of.alt {
            Alt::Decorative => (None, None),
            Alt::Said { en, ja } => (Some(en), Some(ja)),
        };
        json!({ "sha256": of.hash, "bytes": of.bytes, "alt_en": en, "alt_ja": ja })
    };
    let (before, after) = (before.map(said), after.map(said));
    if before != after {
        let of = format!("{}/{code}", subject.word());
        audit::append(tx, now, actor, Entry::of("change", "picture", of, before, after)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
