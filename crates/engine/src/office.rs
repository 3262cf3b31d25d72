//! The office: one deployment's database, clock and caches, and the work that goes on in it.
//!
//! Pages, API and commands hold an [`Office`] and call its stages. It keeps master data and rules
//! in memory as long as their versions stand, wakes the accruing of what became stale, and tells
//! whoever listens that figures moved.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};

use crate::accrue::{self, Accrued};
use crate::catalog::{MasterCache, MasterData};
use crate::clock::Clock;
use crate::db::{Db, DbError, Reader, Tx};
use crate::rules::{Rules, RulesCache, RulesError};
use crate::take::{self, Incoming, Taken};
use crate::totals::{self, Stale};
use crate::wallets;

/// Something on somebody's screen may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// Awards of these partners in these programs: `(program_id, partner_id)`.
    Awards(Arc<Vec<(i64, i64)>>),
    /// What a partner has in wallets, by its number.
    Wallet(i64),
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
        let (mut done, mut after) = (Accrued::default(), None);
        loop {
            let (step, last) = self.accrue_step(after, MARKS_PER_STEP).await?;
            if last.is_none() {
                return Ok(done);
            }
            after = last;
            done.evaluated += step.evaluated;
            done.postings += step.postings;
        }
    }

    /// Evaluates the next marks, and says which was the last; none if nothing is stale.
    async fn accrue_step(
        &self,
        after: Option<Stale>,
        limit: i64,
    ) -> Result<(Accrued, Option<Stale>), RulesError> {
        let mut tx = self.db().write().await?;
        let rules = self.rules(&mut tx).await?;
        let master = self.master(&mut tx).await?;
        let mut new_day = accrue::days_passed(&mut tx, &rules, &master, self.now()).await?;
        let (rules, master) = self.pass(&mut tx, (rules, master), &mut new_day).await?;
        let marks = totals::next_stale(&mut tx, after, limit).await?;
        let Some(last) = marks.last().copied() else {
            if new_day {
                tx.commit().await?;
            }
            return Ok((Accrued::default(), None));
        };
        let (step, moved) = accrue::marks(&mut tx, &rules, &master, self.now(), &marks).await?;
        tx.commit().await?;
        self.tell(Live::Awards(Arc::new(moved.into_iter().collect())));
        Ok((step, Some(last)))
    }

    /// Lets time pass in wallets: what it makes of tiers counts for what is evaluated next.
    async fn pass(
        &self,
        tx: &mut Tx,
        (rules, master): (Arc<Rules>, Arc<MasterData>),
        changed: &mut bool,
    ) -> Result<(Arc<Rules>, Arc<MasterData>), RulesError> {
        let passed = wallets::pass(tx, &rules, &master, self.now()).await;
        if passed.map_err(wallets::WalletError::into_rules)?.owners == 0 {
            return Ok((rules, master));
        }
        *changed = true;
        let master = self.master(tx).await?;
        Ok((rules, master))
    }

    /// A job without input: evaluates what is stale, whenever something is, until cancelled.
    pub async fn keep_accruing(&self) {
        let (mut after, mut limit) = (None, MARKS_PER_STEP);
        loop {
            let began = Instant::now();
            match self.accrue_step(after, limit).await {
                Ok((_, None)) => {
                    after = None;
                    // Another process may have brought facts, so look without being woken too.
                    let _ = tokio::time::timeout(LOOK_EVERY, self.0.stale.notified()).await;
                }
                Ok((_, last)) => {
                    after = last;
                    let took = began.elapsed();
                    limit = if took > STEP_TAKES { limit / 2 } else { limit * 2 };
                    limit = limit.clamp(MARKS_PER_STEP_MIN, MARKS_PER_STEP);
                    if self.db().is_wanted() {
                        tokio::time::sleep(took * STEPS_LEFT_TO_OTHERS).await;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "accruing failed, trying again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
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

/// Marks one transaction evaluates at most.
const MARKS_PER_STEP: i64 = 1_000;
const MARKS_PER_STEP_MIN: i64 = 25;
/// How long a step in the background should hold the only writer: senders of facts wait for it.
const STEP_TAKES: Duration = Duration::from_millis(4);
/// While others want to write, accruing leaves them that many times what it took.
const STEPS_LEFT_TO_OTHERS: u32 = 4;
const RETRY_AFTER: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_secs(2);
