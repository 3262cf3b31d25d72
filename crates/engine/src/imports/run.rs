//! Running an import: the reading side feeds the writing side, batch by batch.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::news;
use super::read::{self, Message, Opened};
use super::write::{self, Job};
use super::{
    Counts, HELD_BYTES_MAX, ImportError, ImportReport, ImportRow, Progress, Request, Status, chunk,
    content, review, store,
};
use crate::accrue::{self, Accrued};
use crate::catalog;
use crate::hex::hex;
use crate::ingest::mapping::Feeds;
use crate::journal;
use crate::office::{Live, Office};
use crate::rebuild;

/// Figures move while a long import runs: first after this long,
const ACCRUE_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// and then so seldom that it takes no more than this part of the time.
const ACCRUE_PART: i32 = 10;
/// What is said of a file that another program still writes.
const CHANGED: &str = "the file changed while it was read; wait until it is written to its end";
/// Batches between the reading and the writing side.
const BATCHES_AHEAD: usize = 1;

/// Takes a whole source in, or goes on with it.
///
/// `progress` is told after every batch, when that is durable; `Break` stops the import there, and
/// the same source goes on later. A source that cannot be read to its end is no error: the report
/// says that it failed, why, and what was kept.
pub async fn run(
    office: &Office,
    request: Request,
    progress: &mut (dyn FnMut(&Progress) -> ControlFlow<()> + Send),
) -> Result<ImportReport, ImportError> {
    let started = office.now();
    let (job, plan, before) = match start(office, &request).await? {
        Started::Reads(reading) => *reading,
        Started::Waits(import) => return Ok(held(*import)),
    };
    let mut import = Import {
        office,
        job,
        counts: before.counts,
        created: 0,
        changed: 0,
        remeasured: false,
        accrued: Accrued::default(),
        accrue_next: started.saturating_add(ACCRUE_AFTER).unwrap_or(Timestamp::MAX),
        pace: Pace::new(before.import_id, before.bytes_total, before.counts, started),
    };
    let (to, mut from) = mpsc::channel(BATCHES_AHEAD);
    tokio::task::spawn_blocking(move || read::run(&plan, &to));
    while let Some(message) = from.recv().await {
        match message {
            Message::Opened(opened) => import.opened(opened).await?,
            Message::Batch(batch) => {
                let bytes_done = batch.bytes_done;
                match import.batch(*batch).await {
                    Err(ImportError::TakenOver { .. }) if import.was_stopped().await? => {
                        import.remeasure().await?;
                        import.accrue().await?;
                        return import.report(before.counts.read, started).await;
                    }
                    done => done?,
                }
                let now = office.now();
                if progress(&import.pace.progress(now, import.counts, bytes_done)).is_break() {
                    return import.report(before.counts.read, started).await;
                }
            }
            Message::End => {
                import.end(None).await?;
                return import.report(before.counts.read, started).await;
            }
            Message::Changed => {
                import.forget_content().await?;
                let failure = told(CHANGED, import.counts);
                import.end(Some(&failure)).await?;
                return import.report(before.counts.read, started).await;
            }
            Message::Failed(failure) => {
                let failure = told(&failure, import.counts);
                import.end(Some(&failure)).await?;
                return import.report(before.counts.read, started).await;
            }
        }
    }
    Err(ImportError::Stopped { name: request.name })
}

/// An import under way.
struct Import<'a> {
    office: &'a Office,
    job: Job,
    counts: Counts,
    created: usize,
    changed: usize,
    remeasured: bool,
    accrued: Accrued,
    accrue_next: Timestamp,
    pace: Pace,
}

impl Import<'_> {
    async fn opened(&mut self, opened: Opened) -> Result<(), ImportError> {
        if self.counts.read > 0 {
            return Ok(());
        }
        let mut tx = self.office.db().write().await?;
        let shape = (opened.encoding, opened.delimiter);
        store::set_shape(&mut tx, self.job.import_id, shape, &opened.headings).await?;
        let head = opened.head.iter().map(|line| (store::HEAD, line.as_str()));
        let chunks = chunk::pack(head).into_iter().map(|chunk| (self.job.import_id, chunk));
        store::add_chunks(&mut tx, chunks.collect()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn batch(&mut self, batch: read::Batch) -> Result<(), ImportError> {
        let written = write::batch(self.office, &self.job, self.counts.read, batch).await;
        let written = written.map_err(|cause| self.halfway(cause))?;
        self.counts.add(written.added);
        self.created += written.created;
        self.changed += written.changed;
        self.remeasured |= written.remeasured;
        self.office.tell(Live::Import(Arc::clone(&self.job.id)));
        let now = self.office.now();
        if self.accrue_next <= now {
            self.accrue().await?;
            let after = self.office.now();
            let pause = (after.duration_since(now) * ACCRUE_PART).max(ACCRUE_AFTER);
            self.accrue_next = after.saturating_add(pause).unwrap_or(Timestamp::MAX);
        }
        Ok(())
    }

    /// Whether somebody ended the import while it ran.
    async fn was_stopped(&self) -> Result<bool, ImportError> {
        let mut reader = self.office.db().read().await?;
        let import = store::by_number(&mut reader, self.job.import_id).await?;
        Ok(import.is_some_and(|import| import.status == Status::Failed))
    }

    /// What an error says once rows before it are kept.
    fn halfway(&self, cause: ImportError) -> ImportError {
        match cause {
            cause @ (ImportError::Db(_) | ImportError::Rules(_)) if self.counts.read > 0 => {
                let (name, read) = (self.job.name.clone(), self.counts.read);
                ImportError::Halfway { name, read, cause: Box::new(cause) }
            }
            cause => cause,
        }
    }

    async fn accrue(&mut self) -> Result<(), ImportError> {
        let done = self.office.accrue().await?;
        self.accrued.evaluated += done.evaluated;
        self.accrued.postings += done.postings;
        Ok(())
    }

    /// Awards come before the end is noted: what is killed in between goes on with them.
    async fn end(&mut self, failure: Option<&str>) -> Result<(), ImportError> {
        self.remeasure().await?;
        self.accrue().await?;
        let mut tx = self.office.db().write().await?;
        let now = self.office.now();
        store::end(&mut tx, now, self.job.import_id, failure).await?;
        news::of_end(&mut tx, now, self.job.import_id).await?;
        if failure.is_none() {
            review::let_go(&mut tx, self.job.import_id).await?;
        }
        tx.commit().await?;
        self.office.tell(Live::Import(Arc::clone(&self.job.id)));
        Ok(())
    }

    /// The rows that were taken in are not those of the content the import started with: the
    /// same content, when it comes, must not go on behind them.
    async fn forget_content(&mut self) -> Result<(), ImportError> {
        let mut tx = self.office.db().write().await?;
        store::forget_content(&mut tx, self.job.import_id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Facts count by what partners and products are: where those changed, all is measured anew.
    /// Accepted rows of an earlier run of the same import count too.
    async fn remeasure(&mut self) -> Result<(), ImportError> {
        let of_items = matches!(self.job.mapping.feeds, Feeds::Partners | Feeds::Products);
        if !of_items || self.counts.accepted == 0 {
            return Ok(());
        }
        let mut tx = self.office.db().write().await?;
        let rules = self.office.rules(&mut tx).await?;
        if journal::highest_seq(&mut tx).await? == 0 {
            // Terms that ask for no facts ask who is there.
            accrue::begin_anew(&mut tx, &rules.program_ids).await?;
            tx.commit().await?;
            return Ok(());
        }
        let master = self.office.master(&mut tx).await?;
        rebuild::programs(&mut tx, &rules, &master, None).await?;
        tx.commit().await?;
        self.remeasured = true;
        Ok(())
    }

    async fn report(
        &self,
        resumed_after: i64,
        started: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        let mut reader = self.office.db().read().await?;
        let import = store::by_number(&mut reader, self.job.import_id).await?;
        let import =
            import.ok_or_else(|| ImportError::TakenOver { name: self.job.name.clone() })?;
        Ok(ImportReport {
            import,
            resumed_after,
            created: self.created,
            changed: self.changed,
            remeasured: self.remeasured,
            accrued: self.accrued,
            took: self.office.now().duration_since(started),
        })
    }
}

/// What became of a request at first.
enum Started {
    Reads(Box<(Job, read::Plan, ImportRow)>),
    /// It is a partner's report that has to be taken before it is read.
    Waits(Box<ImportRow>),
}

/// What there is to tell of a report that waits.
fn held(import: ImportRow) -> ImportReport {
    ImportReport {
        import,
        resumed_after: 0,
        created: 0,
        changed: 0,
        remeasured: false,
        accrued: Accrued::default(),
        took: SignedDuration::ZERO,
    }
}

/// Finds out what the content is, and where to go on.
async fn start(office: &Office, request: &Request) -> Result<Started, ImportError> {
    let own = request.actor.partner().or(request.partner_id);
    if own.is_some() && request.mapping.feeds != Feeds::Facts {
        return Err(ImportError::NotForPartners {
            mapping: request.mapping.name.clone(),
            feeds: request.mapping.feeds.word(),
        });
    }
    let mapping_text = request.mapping.write();
    let (bytes_hash, bytes_total) = hash_content(request).await?;
    let content_hash = content_hash(bytes_hash, &mapping_text, own);

    let now = office.now();
    let mut tx = office.db().write().await?;
    let settings = catalog::load_settings(&mut tx).await?;
    let own_code = match own {
        Some(partner_id) => {
            let directory = office.master(&mut tx).await?;
            let code = directory.partner_code(partner_id).cloned();
            Some(code.ok_or(ImportError::NoPartner { partner_id })?)
        }
        None => None,
    };
    let known = store::unfinished(&mut tx, &content_hash).await?;
    let import_id = if let Some(import) = known {
        if import.status == Status::Review {
            return Ok(Started::Waits(Box::new(import)));
        }
        store::resume(&mut tx, now, import.import_id).await?;
        import.import_id
    } else {
        let waits = own.is_some() && review::asks_review(&mut tx, Some(&request.mapping)).await?;
        let new = store::NewImport {
            status: if waits { Status::Review } else { Status::Running },
            feeds: request.mapping.feeds,
            origin: request.origin,
            name: &request.name,
            content_hash,
            mapping: &mapping_text,
            mapping_name: &request.mapping.name,
            bytes_total: i64::try_from(bytes_total).unwrap_or(i64::MAX),
            actor_name: request.sent_by.as_deref().unwrap_or(request.actor.name()),
            partner_id: own,
        };
        let import_id = store::next_number(&mut tx).await?;
        store::create(&mut tx, now, import_id, &new).await?;
        if waits {
            review::hold(&mut tx, import_id, &content_to_hold(request).await?).await?;
        }
        import_id
    };
    let import = store::by_number(&mut tx, import_id).await?;
    tx.commit().await?;
    let import = import.ok_or_else(|| ImportError::TakenOver { name: request.name.clone() })?;
    if import.status == Status::Review {
        office.tell(Live::Import(Arc::from(import.id.as_str())));
        return Ok(Started::Waits(Box::new(import)));
    }
    let today = today(now, &settings.time_zone);
    let job = Job {
        import_id,
        id: Arc::from(import.id.as_str()),
        name: request.name.clone(),
        mapping: request.mapping.clone(),
        actor: request.actor.clone(),
        own,
        changes_hold_from: request.changes_hold_from.unwrap_or(today),
    };
    let plan = read::Plan {
        input: request.input.clone(),
        bytes_hash,
        mapping: request.mapping.clone(),
        import_id,
        skip: import.counts.read,
        rows_max: request.rows_per_batch.max(1),
        own: own_code,
        today,
        language: settings.default_language,
    };
    Ok(Started::Reads(Box::new((job, plan, import))))
}

fn today(now: Timestamp, time_zone: &str) -> Date {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(now).date()
}

/// What a report holds that waits, as it is.
async fn content_to_hold(request: &Request) -> Result<Vec<u8>, ImportError> {
    let input = request.input.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut body = Vec::new();
        let most = u64::try_from(HELD_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        input.open()?.take(most).read_to_end(&mut body)?;
        Ok(body)
    });
    let read = read.await.map_err(|_| ImportError::Stopped { name: request.name.clone() })?;
    let body: Vec<u8> =
        read.map_err(|source| ImportError::Read { name: request.name.clone(), source })?;
    if body.len() > HELD_BYTES_MAX {
        return Err(ImportError::TooLargeToHold { name: request.name.clone() });
    }
    Ok(body)
}

/// The hash of the source's bytes, and how many there are.
async fn hash_content(request: &Request) -> Result<(content::Hash, u64), ImportError> {
    let input = request.input.clone();
    let hashed = tokio::task::spawn_blocking(move || content::hash_of(&input)).await;
    let hashed = hashed.map_err(|_| ImportError::Stopped { name: request.name.clone() })?;
    hashed.map_err(|source| ImportError::Read { name: request.name.clone(), source })
}

/// The hash of what is read and how.
fn content_hash(bytes: content::Hash, mapping: &str, own: Option<i64>) -> String {
    let mut all = Sha256::new();
    all.update(bytes);
    all.update(own.unwrap_or(0).to_le_bytes());
    all.update(mapping);
    hex(&all.finalize())
}

/// What a failure says to whoever has to mend the file.
fn told(failure: &str, counts: Counts) -> String {
    match counts.read {
        0 => format!("{failure}. Nothing was taken in: mend it and import it again"),
        read => format!(
            "{failure}. The {read} rows before it are done ({} accepted): mend the file and import \
             it again, what is known already adds nothing",
            counts.accepted
        ),
    }
}

/// How fast a run is.
struct Pace {
    import_id: i64,
    bytes_total: u64,
    /// When counting began, with the rows and bytes that lay behind then. A run that goes on with
    /// an import counts from its first batch: what it passes over says nothing.
    since: Option<(Timestamp, i64, u64)>,
}

impl Pace {
    fn new(import_id: i64, bytes_total: i64, before: Counts, started: Timestamp) -> Pace {
        let bytes_total = u64::try_from(bytes_total).unwrap_or(0);
        Pace { import_id, bytes_total, since: (before.read == 0).then_some((started, 0, 0)) }
    }

    fn progress(&mut self, now: Timestamp, counts: Counts, bytes_done: Option<u64>) -> Progress {
        let (since, rows, bytes) =
            *self.since.get_or_insert((now, counts.read, bytes_done.unwrap_or(0)));
        let millis = now.duration_since(since).as_millis();
        let rows = i128::from(counts.read - rows);
        let rows_per_second =
            (millis > 0).then(|| i64::try_from(rows * 1_000 / millis).unwrap_or(i64::MAX));
        let time_left = bytes_done.and_then(|done| {
            let gone = i128::from(done.saturating_sub(bytes));
            let left = i128::from(self.bytes_total.saturating_sub(done));
            let millis_left = (gone > 0).then(|| millis * left / gone)?;
            Some(SignedDuration::from_millis(i64::try_from(millis_left).ok()?))
        });
        Progress {
            import_id: self.import_id,
            counts,
            bytes_done,
            bytes_total: self.bytes_total,
            rows_per_second,
            time_left,
        }
    }
}
