//! The office: one deployment's database, clock and caches, and the work that goes on in it.
//!
//! Pages, API and commands hold an [`Office`] and call its stages. It keeps master data and rules
//! in memory as long as their versions stand, wakes the accruing of what became stale, and tells
//! whoever listens that figures moved.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};

use crate::accrue::{self, Accrued};
use crate::catalog::{MasterCache, MasterData};
use crate::clock::Clock;
use crate::db::{Db, DbError, Reader};
use crate::rules::{Rules, RulesCache, RulesError};
use crate::take::{self, Incoming, Taken};
use crate::totals;

/// Something on somebody's screen may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// Awards of these partners in these programs: `(program_id, partner_id)`.
    Awards(Arc<Vec<(i64, i64)>>),
    /// An import moved on, by its public id.
    Import(Arc<str>),
    /// A program was activated or a period closed.
    Rules,
}

/// Listeners that fall behind by more than this miss the oldest.
const LIVE_BACKLOG: usize = 256;

/// One deployment, cheap to clone.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    master: MasterCache,
    rules: RulesCache,
    live: broadcast::Sender<Live>,
    stale: Notify,
}

impl Office {
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Office {
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        Office(Arc::new(Inner {
            db,
            clock,
            master: MasterCache::default(),
            rules: RulesCache::default(),
            live,
            stale: Notify::new(),
        }))
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Master data as this reader sees them.
    pub async fn master(&self, reader: &mut Reader) -> Result<Arc<MasterData>, DbError> {
        self.0.master.get(reader).await
    }

    /// The rules as this reader sees them.
    pub async fn rules(&self, reader: &mut Reader) -> Result<Arc<Rules>, RulesError> {
        self.0.rules.get(reader).await
    }

    /// Takes facts in, in one commit, and wakes the accruing.
    pub async fn take(&self, incoming: Vec<Incoming>) -> Result<Taken, RulesError> {
        let mut tx = self.db().write().await?;
        let rules = self.rules(&mut tx).await?;
        let master = self.master(&mut tx).await?;
        let now = self.now();
        let taken = take::facts(&mut tx, &rules, &master, now, incoming).await?;
        tx.commit().await?;
        if !taken.stale.is_empty() {
            self.wake();
        }
        Ok(taken)
    }

    /// Says that something is stale, so that [`Office::keep_accruing`] looks at once.
    pub fn wake(&self) {
        self.0.stale.notify_one();
    }

    /// Evaluates all that is stale and tells the ledger, now.
    pub async fn accrue(&self) -> Result<Accrued, RulesError> {
        let mut done = Accrued::default();
        loop {
            let mut tx = self.db().write().await?;
            let rules = self.rules(&mut tx).await?;
            let master = self.master(&mut tx).await?;
            let now = self.now();
            let marks = totals::take_stale(&mut tx, MARKS_PER_STEP).await?;
            let step = accrue::batch(&mut tx, &rules, &master, now, MARKS_PER_STEP).await?;
            tx.commit().await?;
            if step.evaluated == 0 {
                return Ok(done);
            }
            done.evaluated += step.evaluated;
            done.postings += step.postings;
            let mut moved: Vec<(i64, i64)> =
                marks.iter().map(|mark| (mark.program_id, mark.partner_id)).collect();
            moved.dedup();
            self.tell(Live::Awards(Arc::new(moved)));
        }
    }

    /// A job without input: evaluates what is stale, whenever something is, until cancelled.
    pub async fn keep_accruing(&self) {
        loop {
            if let Err(error) = self.accrue().await {
                tracing::error!(%error, "accruing failed, trying again");
                tokio::time::sleep(RETRY_AFTER).await;
                continue;
            }
            // Another process may have brought facts, so look without being woken as well.
            let _ = tokio::time::timeout(LOOK_EVERY, self.0.stale.notified()).await;
        }
    }

    /// What happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Live> {
        self.0.live.subscribe()
    }

    pub fn tell(&self, live: Live) {
        // Nobody listening is no error.
        let _ = self.0.live.send(live);
    }
}

/// Marks one transaction evaluates: short, so that writers of facts wait little.
const MARKS_PER_STEP: i64 = 1_000;
const RETRY_AFTER: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_secs(2);
