//! Files on their way in: kept in a folder until they are imported, shown before they are read.
//!
//! # Invariants
//!
//! * A file is written to disk as it comes; no more of it is in memory than a few kilobytes.
//! * The token of the form is read before the first byte of the file.
//! * A file that broke off on its way leaves nothing behind, and one that nobody comes back for is
//!   removed after a while: see [`crate::housekeeping`].

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::access::Actor;
use engine::catalog::ReferenceTable;
use engine::imports::{self, ImportError, ImportRow, Input, Origin, Request};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::source::{ReadSeek, Reader, Record, SourceError, SourceOptions};
use engine::office::{Live, Office};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::app::App;
use crate::failure::Failure;
use crate::forms::{Answer, Sending};
use crate::visit::{Visit, hex};

/// No upload is larger; the command line has no limit.
pub const MEGABYTES_MAX: u32 = 500;
/// Room for the fields around the file.
pub const BYTES_MAX: usize = MEGABYTES_MAX as usize * 1_000_000 + 100_000;
/// Rows that are read to suggest a mapping, and rows that are shown.
const ROWS_READ: usize = 200;

/// A file that waits in the folder.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: String,
    pub name: String,
    pub path: PathBuf,
    pub feeds: Feeds,
    pub mapping: Option<String>,
    pub bytes: u64,
}

/// The first rows of a file, and how they could be read.
pub struct Peek {
    pub headings: Vec<String>,
    pub rows: Vec<Record>,
    pub suggested: Mapping,
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        match error {
            ImportError::Db(error) => error.into(),
            ImportError::Rules(error) => error.into(),
            ImportError::NoPartner { .. } => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unreadable(error: axum::extract::multipart::MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        _ => Failure::Unreadable(error.body_text()),
    }
}

fn disk(error: std::io::Error) -> Failure {
    Failure::Disk(error)
}

/// Keeps the file of a form. `None` if no file was chosen.
async fn keep(
    visit: &Visit,
    mut form: Multipart,
) -> Result<Option<(Kept, Option<Sending>)>, Failure> {
    let folder = visit.app.options().uploads.clone();
    tokio::fs::create_dir_all(&folder).await.map_err(disk)?;
    let mut is_ours = false;
    let (mut feeds, mut mapping, mut kept) = (Feeds::Facts, None, None);
    let (mut key, mut content) = (String::new(), Sha256::new());
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "csrf" => is_ours = visit.is_csrf(&field.text().await.map_err(unreadable)?),
            "key" => key = field.text().await.map_err(unreadable)?,
            "kind" => {
                let word = field.text().await.map_err(unreadable)?;
                feeds = feeds_of(&word).ok_or(Failure::Unreadable("kind".into()))?;
            }
            "mapping" => {
                let name = field.text().await.map_err(unreadable)?;
                mapping = Some(name).filter(|name| !name.is_empty());
            }
            "file" if is_ours => {
                let name = field.file_name().unwrap_or_default().to_string();
                if name.is_empty() {
                    continue;
                }
                let id = format!("upl_{}", Uuid::now_v7().simple());
                let path = folder.join(&id);
                let unfinished = Unfinished(Some(path.clone()));
                let mut file = tokio::fs::File::create(&path).await.map_err(disk)?;
                let mut bytes = 0;
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    bytes += chunk.len() as u64;
                    content.update(&chunk);
                    file.write_all(&chunk).await.map_err(disk)?;
                }
                file.flush().await.map_err(disk)?;
                kept = Some((id, name, (path, unfinished), bytes));
            }
            _ => {}
        }
    }
    if !is_ours {
        return Err(Failure::Stale);
    }
    let Some((id, name, (path, unfinished), bytes)) = kept else { return Ok(None) };
    let kept = Kept { id, name, path, feeds, mapping, bytes };
    kept.note().await?;
    unfinished.whole();
    // Another file is another upload, also when it comes from the page that sent the first one.
    let said = format!("{} {} {:?}", kept.name, kept.feeds.word(), kept.mapping);
    content.update(said.as_bytes());
    let content = content.finalize();
    let key = if key.is_empty() { key } else { format!("{key} {}", hex(&content)) };
    let sending = Sending::new(visit, &key, &content);
    Ok(Some((kept, sending)))
}

/// A file on its way in, which goes again with this value: the rest of it may never come.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// The file is all there and stays.
    fn whole(mut self) -> Option<PathBuf> {
        self.0.take()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed now is removed with what is old.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes the files of uploads that came before an instant, which their ids tell; how many.
pub async fn remove_older(folder: &Path, before: Timestamp) -> Result<u64, Failure> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        // Nobody has uploaded anything yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(disk(error)),
    };
    let mut removed = 0;
    while let Some(entry) = entries.next_entry().await.map_err(disk)? {
        let came = entry.file_name().to_str().and_then(came_at);
        if came.is_some_and(|came| came < before) {
            tokio::fs::remove_file(entry.path()).await.map_err(disk)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// When an upload came, by the name of its file or of the note beside it.
fn came_at(name: &str) -> Option<Timestamp> {
    let id = name.strip_prefix("upl_")?;
    let id = Uuid::try_parse(id.strip_suffix(".json").unwrap_or(id)).ok()?;
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

/// Takes the file of a form in and acts with it, once however often the form comes. `None` if no
/// file was chosen.
pub async fn once<F>(
    visit: &Visit,
    form: Multipart,
    act: impl FnOnce(Kept) -> F,
) -> Result<Option<Response>, Failure>
where
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    let Some((kept, sending)) = keep(visit, form).await? else { return Ok(None) };
    let Some(sending) = sending else { return act(kept).await.map(Some) };
    let acting = act(kept.clone());
    let answer = sending.once(async move { acting.await.unwrap_or_else(Failure::into_response) });
    Ok(Some(match answer.await {
        Answer::Acted(response) => response,
        Answer::Before(response) => {
            kept.discard().await;
            response
        }
    }))
}

/// The first rows of what is in memory.
pub async fn peek_bytes(
    body: Vec<u8>,
    feeds: Feeds,
    options: SourceOptions,
) -> Result<Result<Peek, SourceError>, Failure> {
    let read = tokio::task::spawn_blocking(move || {
        peek_at(Box::new(std::io::Cursor::new(body)), feeds, options)
    });
    read.await.map_err(|error| Failure::Disk(std::io::Error::other(error)))
}

fn peek_at(
    input: Box<dyn ReadSeek>,
    feeds: Feeds,
    options: SourceOptions,
) -> Result<Peek, SourceError> {
    let mut reader = Reader::open_seekable(input, &options)?;
    let headings = reader.headers().to_vec();
    let mut rows = vec![];
    for _ in 0..ROWS_READ {
        let mut record = Record::new();
        if !reader.next(&mut record)? {
            break;
        }
        rows.push(record);
    }
    let mut suggested = Mapping::suggest(feeds, &headings, &rows);
    suggested.source = options;
    Ok(Peek { headings, rows, suggested })
}

/// Takes a report in the background; gives back once it is sure to be read.
pub async fn take_report(
    office: &Office,
    actor: Actor,
    import: ImportRow,
    comment: String,
) -> Result<(), Failure> {
    let office = office.clone();
    let (first, begun) = oneshot::channel();
    let task = tokio::spawn(async move {
        let mut first = Some(first);
        let comment = Some(comment.as_str());
        let done = imports::take_report(&office, &actor, &import, comment, &mut |_| {
            if let Some(first) = first.take() {
                // Nobody waits any more: the reader has gone.
                let _ = first.send(());
            }
            ControlFlow::Continue(())
        })
        .await;
        if let Err(error) = &done {
            tracing::error!(file = %import.name, %error, "a report could not be taken");
        }
        office.wake();
        office.tell(Live::Import(std::sync::Arc::from(import.id.as_str())));
        done.map(|_| ())
    });
    match begun.await {
        Ok(()) => Ok(()),
        // It ended before its first batch.
        Err(_) => match task.await {
            Ok(done) => done.map_err(Failure::from),
            Err(error) => Err(Failure::Disk(std::io::Error::other(error))),
        },
    }
}

/// What a file holds, as forms write it.
pub fn feeds_of(word: &str) -> Option<Feeds> {
    match word {
        "lines" => Some(Feeds::Facts),
        "partners" => Some(Feeds::Partners),
        "products" => Some(Feeds::Products),
        "payees" => Some(Feeds::Payees),
        "external" => Some(Feeds::External),
        _ => ReferenceTable::from_word(word).map(Feeds::Reference),
    }
}

impl Kept {
    /// Writes down beside the file what it is.
    async fn note(&self) -> Result<(), Failure> {
        let note = json!({ "name": self.name, "feeds": self.feeds.word(),
            "mapping": self.mapping, "bytes": self.bytes });
        let path = self.path.with_extension("json");
        tokio::fs::write(path, note.to_string()).await.map_err(disk)
    }

    /// Keeps rows that were typed or pasted as if they had come in a file.
    pub async fn of_text(app: &App, feeds: Feeds, name: &str, text: &str) -> Result<Kept, Failure> {
        let folder = app.options().uploads.clone();
        tokio::fs::create_dir_all(&folder).await.map_err(disk)?;
        let id = format!("upl_{}", Uuid::now_v7().simple());
        let path = folder.join(&id);
        tokio::fs::write(&path, text).await.map_err(disk)?;
        let bytes = text.len() as u64;
        let kept = Kept { id, name: name.into(), path, feeds, mapping: None, bytes };
        kept.note().await?;
        Ok(kept)
    }

    /// The file of that id, if it still waits.
    pub async fn find(app: &App, id: &str) -> Result<Kept, Failure> {
        let hex = id.strip_prefix("upl_").ok_or(Failure::NotFound)?;
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::NotFound);
        }
        let path = app.options().uploads.join(id);
        let text = tokio::fs::read_to_string(path.with_extension("json")).await;
        let note: Value =
            text.ok().and_then(|text| serde_json::from_str(&text).ok()).ok_or(Failure::NotFound)?;
        Ok(Kept {
            id: id.into(),
            name: note["name"].as_str().unwrap_or_default().into(),
            path,
            feeds: note["feeds"].as_str().and_then(Feeds::from_word).unwrap_or(Feeds::Facts),
            mapping: note["mapping"].as_str().map(Into::into),
            bytes: note["bytes"].as_u64().unwrap_or_default(),
        })
    }

    /// Reads the first rows, with the options of a mapping or without any.
    pub async fn peek(&self, options: SourceOptions) -> Result<Result<Peek, SourceError>, Failure> {
        let (path, feeds) = (self.path.clone(), self.feeds);
        let read = tokio::task::spawn_blocking(move || {
            let file = File::open(path).map_err(SourceError::Read)?;
            peek_at(Box::new(file), feeds, options)
        });
        read.await.map_err(|error| Failure::Disk(std::io::Error::other(error)))
    }

    /// Lets the file go: nothing will come of it.
    pub async fn discard(self) {
        let note = self.path.with_extension("json");
        for path in [self.path, note] {
            if let Err(error) = tokio::fs::remove_file(&path).await {
                tracing::warn!(file = %path.display(), %error, "an upload could not be removed");
            }
        }
    }

    /// Takes the file in, in the background, and gives the id of the import as soon as there is
    /// one. The file goes when the import has ended.
    pub async fn import(
        self,
        office: &Office,
        mapping: Mapping,
        origin: Origin,
        actor: Actor,
    ) -> Result<String, Failure> {
        let (waiting, office) = (office.clone(), office.clone());
        let (first, number) = oneshot::channel();
        let task = tokio::spawn(async move {
            let input = Input::File(self.path.clone());
            let request = Request::new(&self.name, origin, input, mapping, actor);
            let mut first = Some(first);
            let done = imports::run(&office, request, &mut |progress| {
                if let Some(first) = first.take() {
                    // Nobody waits any more: the reader has gone.
                    let _ = first.send(progress.import_id);
                }
                ControlFlow::Continue(())
            })
            .await;
            if let Err(error) = &done {
                tracing::error!(file = %self.name, %error, "an upload could not be imported");
            }
            let _ = tokio::fs::remove_file(&self.path).await;
            let _ = tokio::fs::remove_file(self.path.with_extension("json")).await;
            office.wake();
            done.map(|report| report.import.id)
        });
        match number.await {
            Ok(number) => {
                let mut reader = waiting.db().read().await?;
                let import = imports::by_number(&mut reader, number).await?;
                Ok(import.ok_or(Failure::NotFound)?.id)
            }
            // It ended before its first batch: an empty file, or one that cannot be read.
            Err(_) => match task.await {
                Ok(Ok(id)) => Ok(id),
                Ok(Err(error)) => Err(error.into()),
                Err(error) => Err(Failure::Disk(std::io::Error::other(error))),
            },
        }
    }
}

#[cfg(test)]
mod tests;
