//! A file that somebody sends: kept beside the database while it is read, gone afterwards.
//!
//! # Invariants
//!
//! * The form's token stands before the file and is compared before a byte of the file is kept.
//! * Memory does not grow with the file.
//! * The file goes away with its [`Kept`], however the import ends.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use engine::imports::{self, ImportError, Input, Request};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::source::{Reader, Record, SourceError};
use engine::office::Office;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::failure::Failure;
use crate::visit::Visit;

/// No file is larger.
pub const MEGABYTES_MAX: u32 = 500;
/// The same in bytes, with room for the form around it.
pub const BYTES_MAX: usize = MEGABYTES_MAX as usize * 1_000_000 + 100_000;
/// No other field of such a form is larger.
const FIELD_BYTES_MAX: usize = 10_000;
/// Longer names are cut.
const NAME_CHARS_MAX: usize = 200;
/// Rows that say how numbers and dates are written.
const ROWS_LOOKED_AT: usize = 100;
/// Rows of a transaction, so that the first answers are there soon.
const ROWS_PER_BATCH: usize = 5_000;

/// A form with a file.
#[derive(Debug)]
pub struct Upload {
    pub fields: HashMap<String, String>,
    /// What the sender calls the file, without any folder.
    pub name: String,
    pub file: Kept,
}

/// A file of ours that is removed with this value.
#[derive(Debug)]
pub struct Kept(PathBuf);

impl Kept {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // A file that cannot be removed is only untidy.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Reads a form with a file. `None` if no file was chosen.
pub async fn receive(visit: &Visit, mut form: Multipart) -> Result<Option<Upload>, Failure> {
    let mut fields = HashMap::new();
    while let Some(field) = form.next_field().await.map_err(|error| failure(&error))? {
        let field_name = field.name().unwrap_or_default().to_string();
        if field_name != "file" {
            fields.insert(field_name, text_of(field).await?);
            continue;
        }
        if !visit.is_csrf(fields.get("csrf").map_or("", String::as_str)) {
            return Err(Failure::Stale);
        }
        let name = plain_name(field.file_name().unwrap_or_default());
        if name.is_empty() {
            continue;
        }
        let file = keep(field).await?;
        return Ok(Some(Upload { fields, name, file }));
    }
    let right = visit.is_csrf(fields.get("csrf").map_or("", String::as_str));
    if right { Ok(None) } else { Err(Failure::Stale) }
}

fn failure(error: &MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        _ => Failure::Unreadable("form".into()),
    }
}

async fn text_of(mut field: Field<'_>) -> Result<String, Failure> {
    let mut bytes = vec![];
    while let Some(chunk) = field.chunk().await.map_err(|error| failure(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::Unreadable("form".into()))
}

/// Browsers on some systems send whole paths.
fn plain_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

async fn keep(mut field: Field<'_>) -> Result<Kept, Failure> {
    let name = format!("tokuten-upload-{}", Uuid::now_v7().simple());
    let kept = Kept(std::env::temp_dir().join(name));
    let mut file = create(kept.path()).await.map_err(Failure::Keep)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| failure(&error))? {
        file.write_all(&chunk).await.map_err(Failure::Keep)?;
    }
    file.flush().await.map_err(Failure::Keep)?;
    Ok(kept)
}

/// A new file that nobody else on this machine may read.
async fn create(path: &Path) -> std::io::Result<File> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await
}

/// A mapping for a file without one, found out from its headings and first rows.
pub async fn guess(feeds: Feeds, file: &Kept) -> Result<Mapping, SourceError> {
    let path = file.path().to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let input = std::fs::File::open(path).map_err(SourceError::Read)?;
        let mut reader = Reader::open_seekable(Box::new(input), &Mapping::new("", feeds).source)?;
        let headings = reader.headers().to_vec();
        let mut sample = vec![];
        let mut record = Record::new();
        while sample.len() < ROWS_LOOKED_AT && reader.next(&mut record)? {
            sample.push(std::mem::take(&mut record));
        }
        Ok(Mapping::suggest(feeds, &headings, &sample))
    });
    read.await.unwrap_or_else(|stopped| Err(SourceError::Read(std::io::Error::other(stopped))))
}

/// What is asked for with a kept file.
pub fn request(
    upload: &Upload,
    origin: imports::Origin,
    mapping: Mapping,
    actor: engine::access::Actor,
) -> Request {
    let input = Input::File(upload.file.path().to_owned());
    Request {
        rows_per_batch: ROWS_PER_BATCH,
        ..Request::new(upload.name.clone(), origin, input, mapping, actor)
    }
}

/// Begins to take a file in and goes on in the background. Comes back with the import's number as
/// soon as there is something to show of it, or with the reason why it did not even begin.
pub async fn begin(office: &Office, request: Request, file: Kept) -> Result<i64, ImportError> {
    let (to, from) = oneshot::channel();
    let office = office.clone();
    tokio::spawn(async move {
        let mut to = Some(to);
        let name = request.name.clone();
        let mut answer = |answer| {
            // Whoever asked may have gone; the import goes on.
            if let Some(to) = to.take() {
                let _ = to.send(answer);
            }
        };
        let done = imports::run(&office, request, &mut |progress| {
            answer(Ok(progress.import_id));
            ControlFlow::Continue(())
        })
        .await;
        match done {
            Ok(report) => answer(Ok(report.import.import_id)),
            Err(error) => {
                tracing::warn!(%error, name, "an upload was not taken in to its end");
                answer(Err(error));
            }
        }
        drop(file);
    });
    from.await.unwrap_or_else(|_| Err(Arc::new(ImportError::Stopped { name: "upload".into() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_alone() {
        let cases = [
            ("sales.csv", "sales.csv"),
            ("C:\\Users\\sato\\売上.xlsx", "売上.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("a\u{0}b\n.csv", "ab.csv"),
            ("", ""),
        ];
        for (sent, name) in cases {
            assert_eq!(plain_name(sent), name, "`{sent}`");
        }
    }
}
