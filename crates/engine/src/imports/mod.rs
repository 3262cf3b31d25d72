//! Imports: a whole file or upload comes in, to its last row, whatever happens on the way.
//!
//! Reading, parsing and mapping run on a thread of their own; writing goes on beside it, one
//! transaction a batch.
//!
//! # Invariants
//!
//! * One transaction holds all of a batch: facts, totals, marks, refused rows, the raw rows, and
//!   how far the import is. A kill at any point leaves whole batches, and the same file goes on
//!   after the last of them: nothing is lost, nothing comes twice.
//! * Each row is accepted, known already, or refused with a reason; one bad row never stops a file.
//! * A file that was finished and comes again is read again and adds nothing.
//! * An import is done only if what was read is what it is known by: a file that changes under way
//!   fails and says so, and nothing ever goes on with it.
//! * Memory does not grow with the file, nor with any of its rows.
//! * A report that waits for review brings nothing until it was taken.
//! * An import for a partner brings sales and returns of that partner and of nobody else.
//!
//! Owns `import`, `import_chunk`, `import_known` and `import_rejection`.

mod answers;
mod chunk;
mod content;
mod external;
mod known;
mod news;
mod payees;
mod post;
mod read;
mod review;
mod run;
mod show;
mod store;
mod write;

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::access::Actor;
use crate::accrue::Accrued;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::ingest::mapping::{Feeds, Mapping};
use crate::ingest::rejection::Rejection;
use crate::ingest::source::ReadSeek;
use crate::rules::RulesError;

pub use answers::{RowAnswer, answers, rejections_page};
pub use known::{KNOWN_ROWS_KEPT_MAX, known_kept, write_known};
pub use post::{Post, PostAnswer, PostReport, Posted, PostedRow, partners_of, post_facts};
pub use review::{HELD_BYTES_MAX, asks_review, held_file, return_report, take_report};
pub use run::run;
pub use show::{SourceRow, source_row, write_rejects};
pub use store::{
    Filter, by_number, get, in_review, list, rejection_counts, rejections, unfinished_imports,
};
pub use write::unknown_code;

/// Rows of a transaction, unless a request says otherwise.
pub const ROWS_PER_BATCH: usize = 20_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What people know it by: the file's name.
    pub name: String,
    pub origin: Origin,
    pub input: Input,
    pub mapping: Mapping,
    pub actor: Actor,
    /// Who sent it, where that is not who takes it in.
    pub sent_by: Option<String>,
    /// Only facts of this partner are taken. An actor bound to a partner is bound here too.
    pub partner_id: Option<i64>,
    /// From when changes of partners hold; by default from today in the vendor's time zone.
    pub changes_hold_from: Option<Date>,
    /// At least 1.
    pub rows_per_batch: usize,
}

impl Request {
    pub fn new(
        name: impl Into<String>,
        origin: Origin,
        input: Input,
        mapping: Mapping,
        actor: Actor,
    ) -> Request {
        Request {
            name: name.into(),
            origin,
            input,
            mapping,
            sent_by: None,
            partner_id: actor.partner(),
            actor,
            changes_hold_from: None,
            rows_per_batch: ROWS_PER_BATCH,
        }
    }
}

/// Where rows come from. They are read twice: to know the content, and to take it in.
#[derive(Debug, Clone)]
pub enum Input {
    File(PathBuf),
    /// For uploads and generated data that are small.
    Bytes(Arc<[u8]>),
    /// Anything else that can be opened again and again.
    With(Opener),
}

/// Opens a source from its beginning.
#[derive(Clone)]
pub struct Opener(Arc<dyn Fn() -> std::io::Result<Box<dyn ReadSeek>> + Send + Sync>);

impl Opener {
    pub fn new(
        open: impl Fn() -> std::io::Result<Box<dyn ReadSeek>> + Send + Sync + 'static,
    ) -> Opener {
        Opener(Arc::new(open))
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

impl Input {
    fn open(&self) -> std::io::Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Input::File(path) => Box::new(std::fs::File::open(path)?),
            Input::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Input::With(opener) => (opener.0)()?,
        })
    }
}

/// Which way an import came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `tokuten import`.
    File,
    Console,
    Portal,
    Api,
}

impl Origin {
    pub fn word(self) -> &'static str {
        match self {
            Origin::File => "file",
            Origin::Console => "console",
            Origin::Portal => "portal",
            Origin::Api => "api",
        }
    }

    fn from_word(word: &str) -> Origin {
        let all = [Origin::File, Origin::Console, Origin::Portal, Origin::Api];
        all.into_iter().find(|origin| origin.word() == word).unwrap_or(Origin::File)
    }
}

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Under way, or stopped: the same file goes on from where it is.
    Running,
    /// A partner's report that waits for the vendor to take it.
    Review,
    /// The vendor gave it back; nothing of it counts.
    Returned,
    Done,
    /// The file could not be read to its end.
    Failed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Review => "review",
            Status::Returned => "returned",
            Status::Done => "done",
            Status::Failed => "failed",
        }
    }

    fn from_word(word: &str) -> Status {
        match word {
            "done" => Status::Done,
            "review" => Status::Review,
            "returned" => Status::Returned,
            "failed" => Status::Failed,
            _ => Status::Running,
        }
    }
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub read: i64,
    pub accepted: i64,
    /// There before, just so.
    pub known: i64,
    pub rejected: i64,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.read += other.read;
        self.accepted += other.accepted;
        self.known += other.known;
        self.rejected += other.rejected;
    }
}

/// An import as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    pub import_id: i64,
    pub id: String,
    pub feeds: Feeds,
    pub origin: Origin,
    pub name: String,
    /// The mapping as it was, as text.
    pub mapping: String,
    pub mapping_name: String,
    pub status: Status,
    pub bytes_total: i64,
    pub counts: Counts,
    pub encoding: Option<String>,
    pub delimiter: Option<String>,
    pub headers: Vec<String>,
    /// Why it failed, what was kept, what to do.
    pub failure: Option<String>,
    pub actor_name: String,
    pub partner_id: Option<i64>,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// What the vendor said to a partner's report, once it did.
    pub reviewed: Option<Reviewed>,
}

/// Somebody of the vendor took a partner's report or gave it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    pub by: String,
    pub at: Timestamp,
    /// For the partner to read.
    pub comment: Option<String>,
}

/// A refused row with its raw text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    pub rejection: Rejection,
    pub raw: String,
}

/// How far an import is, told after every batch that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub import_id: i64,
    /// In all, with what an earlier run had read.
    pub counts: Counts,
    /// `None` where only the end will tell: in a workbook.
    pub bytes_done: Option<u64>,
    pub bytes_total: u64,
    /// Of this run.
    pub rows_per_second: Option<i64>,
    pub time_left: Option<SignedDuration>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    pub import: ImportRow,
    /// Rows that an earlier run of the same import had read.
    pub resumed_after: i64,
    /// Partners, products or entries that are new, and such that are other than before.
    pub created: usize,
    pub changed: usize,
    /// Master data changed while there are facts, so programs were measured anew.
    pub remeasured: bool,
    pub accrued: Accrued,
    pub took: SignedDuration,
}

/// An import could not go on. Nothing of the batch under way was kept; the same import goes on
/// from where it was.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(
        "after {read} rows of `{name}`, which are kept, the import stopped: {cause}; import the \
         same file again, it goes on from there"
    )]
    Halfway {
        name: String,
        read: i64,
        /// What happened to the batch after those rows; nothing of that batch is kept.
        cause: Box<ImportError>,
    },

    #[error(transparent)]
    Db(#[from] DbError),

    #[error(transparent)]
    Rules(#[from] RulesError),

    #[error("cannot read `{name}`")]
    Read {
        name: String,
        #[source]
        source: std::io::Error,
    },

    #[error("cannot write the refused rows of `{name}`")]
    Write {
        name: String,
        #[source]
        source: std::io::Error,
    },

    #[error("a partner may send facts only, but the mapping `{mapping}` feeds {feeds}")]
    NotForPartners { mapping: String, feeds: &'static str },

    #[error("there is no partner with id {partner_id}")]
    NoPartner { partner_id: i64 },

    #[error("another process goes on with the import of `{name}`; wait until it has finished")]
    TakenOver { name: String },

    #[error("the import of `{name}` is not under way: it is {status}")]
    NotRunning { name: String, status: &'static str },

    #[error(
        "the report `{name}` waits for review and may have at most {HELD_BYTES_MAX} bytes; split it"
    )]
    TooLargeToHold { name: String },

    #[error("the report `{name}` does not wait for review: it is {status}")]
    NotInReview { name: String, status: &'static str },

    #[error("say why the report is returned: its sender has to know what to mend")]
    NoComment,

    #[error("reading `{name}` stopped unexpectedly; report this with the file")]
    Stopped { name: String },
}

/// Stops an import that is under way. What is in by then stays, and its record says so; the same
/// file, imported again, goes on from there.
pub async fn stop(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    import: &ImportRow,
) -> Result<(), ImportError> {
    let failure = format!(
        "the import was stopped by {}. The {} rows before it are done ({} accepted): import the \
         same file again to go on from there",
        actor.name(),
        import.counts.read,
        import.counts.accepted
    );
    if !store::stop(tx, now, import.import_id, (actor.name(), &failure)).await? {
        let (name, status) = (import.name.clone(), import.status.word());
        return Err(ImportError::NotRunning { name, status });
    }
    news::of_end(tx, now, import.import_id).await?;
    let said = serde_json::json!({
        "file": import.name,
        "read": import.counts.read,
        "accepted": import.counts.accepted,
    });
    let entry = audit::Entry::of("cancel", "import", import.id.clone(), None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(())
}

/// An error and all that caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
