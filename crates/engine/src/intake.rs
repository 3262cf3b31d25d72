//! Taking small batches in, several to a commit.
//!
//! A commit waits for the disk, and there is one writer. Batches that come while a commit is under
//! way are taken together in the next one, each with its own answer, so that many small senders
//! cost hardly more than one large one.
//!
//! # Invariants
//!
//! * A batch is answered after its commit is on disk.
//! * Batches of one commit are taken in the order they came; each sees those before it.
//! * A batch that cannot be taken fails alone: the others of its commit are taken again without it.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::access::Actor;
use crate::db::{DbError, Tx};
use crate::idempotency::{self, Standing};
use crate::imports::{Post, PostReport, PostedRow, post_facts};
use crate::office::Office;
use crate::rules::RulesError;

/// Facts of one request.
#[derive(Clone)]
pub struct Batch {
    /// What people know the source by.
    pub name: String,
    pub actor: Actor,
    pub rows: Vec<PostedRow>,
    pub key: Option<Key>,
    /// Writes the answer that is kept with the key.
    pub answer: Arc<dyn Fn(&PostReport) -> String + Send + Sync>,
}

/// What makes a request one that may be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub key: String,
    pub request_hash: String,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Taken(String),
    /// The same request came before; this was its answer.
    Before(String),
    /// The key was used for another request.
    OtherRequest,
}

/// A batch was not taken, and nothing of it was kept.
#[derive(Debug, Error)]
pub enum IntakeError {
    #[error(transparent)]
    Rules(#[from] RulesError),

    #[error("taking in stopped before the batch's turn; send it again")]
    Stopped,
}

/// The way in. Cheap to clone; the task behind it ends with the last clone.
#[derive(Clone)]
pub struct Intake(mpsc::Sender<Waiting>);

struct Waiting {
    batch: Batch,
    to: oneshot::Sender<Result<Outcome, IntakeError>>,
}

/// Batches that wait for their turn before senders have to wait to hand theirs over.
const WAITING_MAX: usize = 256;
/// Rows of one commit: a batch more is taken only while there are fewer, so that nobody waits long.
const ROWS_PER_COMMIT: usize = 2_000;

impl Intake {
    /// Starts the task that writes. Within a runtime.
    pub fn start(office: Office) -> Intake {
        let (to, from) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write(office, from));
        Intake(to)
    }

    /// Takes a batch in; it is on disk when this returns.
    pub async fn take(&self, batch: Batch) -> Result<Outcome, IntakeError> {
        let (to, answer) = oneshot::channel();
        self.0.send(Waiting { batch, to }).await.map_err(|_| IntakeError::Stopped)?;
        answer.await.map_err(|_| IntakeError::Stopped)?
    }
}

async fn write(office: Office, mut from: mpsc::Receiver<Waiting>) {
    let mut held = None;
    loop {
        let first = match held.take() {
            Some(first) => first,
            None => match from.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let mut group = vec![first];
        held = gather(&mut group, &mut from);
        let batches: Vec<&Batch> = group.iter().map(|waiting| &waiting.batch).collect();
        match together(&office, &batches).await {
            Ok(outcomes) => {
                for (waiting, outcome) in group.into_iter().zip(outcomes) {
                    // Who went away does not want to know.
                    let _ = waiting.to.send(Ok(outcome));
                }
            }
            Err(error) if group.len() == 1 => {
                if let Some(waiting) = group.pop() {
                    let _ = waiting.to.send(Err(error));
                }
            }
            Err(_) => {
                for waiting in group {
                    let alone = together(&office, &[&waiting.batch]).await;
                    let outcome = alone.and_then(|mut all| all.pop().ok_or(IntakeError::Stopped));
                    let _ = waiting.to.send(outcome);
                }
            }
        }
    }
}

/// Adds what waits to a group, up to its size or to a request that the group has already: that
/// one is given back, and is answered with what became of the first.
fn gather(group: &mut Vec<Waiting>, from: &mut mpsc::Receiver<Waiting>) -> Option<Waiting> {
    let mut rows = group.iter().map(|waiting| waiting.batch.rows.len()).sum::<usize>();
    while rows < ROWS_PER_COMMIT {
        let next = from.try_recv().ok()?;
        let request = next.batch.request();
        if request.is_some() && group.iter().any(|one| one.batch.request() == request) {
            return Some(next);
        }
        rows += next.batch.rows.len();
        group.push(next);
    }
    None
}

/// Takes batches in one commit.
async fn together(office: &Office, batches: &[&Batch]) -> Result<Vec<Outcome>, IntakeError> {
    let mut tx = office.db().write().await.map_err(RulesError::from)?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await.map_err(RulesError::from)?;
    let now = office.now();
    let mut outcomes = before(&mut tx, batches).await.map_err(RulesError::from)?;
    let new: Vec<(usize, &Batch)> =
        (0..).zip(batches.iter().copied()).filter(|(at, _)| outcomes[*at].is_none()).collect();
    let posts: Vec<Post<'_>> = new
        .iter()
        .map(|(_, batch)| Post { name: &batch.name, actor: &batch.actor, rows: &batch.rows })
        .collect();
    let reports = post_facts(&mut tx, (&rules, &master), now, &posts).await;
    let reports = reports.map_err(RulesError::from)?;
    let accepted: i64 = reports.iter().map(|report| report.counts.accepted).sum();
    let answers: Vec<String> =
        new.iter().zip(&reports).map(|((_, batch), report)| (batch.answer)(report)).collect();
    let with_keys = new.iter().zip(&answers);
    let with_keys: Vec<_> = with_keys
        .filter_map(|((_, batch), answer)| {
            let key = batch.key.as_ref()?;
            Some(((batch.sender(), key.key.as_str(), key.request_hash.as_str()), answer.as_str()))
        })
        .collect();
    idempotency::keep_all(&mut tx, now, &with_keys).await.map_err(RulesError::from)?;
    tx.commit().await.map_err(RulesError::from)?;
    for ((at, _), answer) in new.into_iter().zip(answers) {
        outcomes[at] = Some(Outcome::Taken(answer));
    }
    if accepted > 0 {
        office.wake();
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// What is known about the keys of batches; nothing, if they are new.
async fn before(tx: &mut Tx, batches: &[&Batch]) -> Result<Vec<Option<Outcome>>, DbError> {
    let mut outcomes = vec![None; batches.len()];
    let with_keys: Vec<(usize, &Key)> = batches
        .iter()
        .enumerate()
        .filter_map(|(at, batch)| Some((at, batch.key.as_ref()?)))
        .collect();
    let requests: Vec<_> = with_keys
        .iter()
        .map(|(at, key)| (batches[*at].sender(), key.key.as_str(), key.request_hash.as_str()))
        .collect();
    let found = idempotency::find_all(tx, &requests).await?;
    for ((at, _), standing) in with_keys.into_iter().zip(found) {
        outcomes[at] = match standing {
            Standing::New => None,
            Standing::Answered(answer) => Some(Outcome::Before(answer)),
            Standing::OtherRequest => Some(Outcome::OtherRequest),
        };
    }
    Ok(outcomes)
}

impl Batch {
    fn sender(&self) -> &str {
        self.actor.public_id().unwrap_or("system")
    }

    /// What no two batches of a commit share.
    fn request(&self) -> Option<(&str, &str)> {
        Some((self.sender(), self.key.as_ref()?.key.as_str()))
    }
}
