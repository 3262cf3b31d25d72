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
    while let Some(first) = from.recv().await {
        let mut rows = first.batch.rows.len();
        let mut group = vec![first];
        while rows < ROWS_PER_COMMIT {
            let Ok(next) = from.try_recv() else { break };
            rows += next.batch.rows.len();
            group.push(next);
        }
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

/// Takes batches in one commit.
async fn together(office: &Office, batches: &[&Batch]) -> Result<Vec<Outcome>, IntakeError> {
    let mut tx = office.db().write().await.map_err(RulesError::from)?;
    let rules = office.rules(&mut tx).await?;
    let master = office.master(&mut tx).await.map_err(RulesError::from)?;
    let now = office.now();
    let mut outcomes = Vec::with_capacity(batches.len());
    let mut accepted = 0;
    for batch in batches {
        let sender = batch.actor.public_id().unwrap_or("system");
        if let Some(outcome) = before(&mut tx, sender, batch).await.map_err(RulesError::from)? {
            outcomes.push(outcome);
            continue;
        }
        let post = Post { name: &batch.name, actor: &batch.actor, rows: batch.rows.clone() };
        let report = post_facts(&mut tx, (&rules, &master), now, post);
        let report = report.await.map_err(RulesError::from)?;
        accepted += report.counts.accepted;
        let answer = (batch.answer)(&report);
        if let Some(key) = &batch.key {
            let of = (sender, key.key.as_str(), key.request_hash.as_str());
            idempotency::keep(&mut tx, now, of, &answer).await.map_err(RulesError::from)?;
        }
        outcomes.push(Outcome::Taken(answer));
    }
    tx.commit().await.map_err(RulesError::from)?;
    if accepted > 0 {
        office.wake();
    }
    Ok(outcomes)
}

/// What is known about the key of a batch.
async fn before(tx: &mut Tx, sender: &str, batch: &Batch) -> Result<Option<Outcome>, DbError> {
    let Some(key) = &batch.key else { return Ok(None) };
    Ok(match idempotency::find(tx, sender, &key.key, &key.request_hash).await? {
        Standing::New => None,
        Standing::Answered(answer) => Some(Outcome::Before(answer)),
        Standing::OtherRequest => Some(Outcome::OtherRequest),
    })
}
