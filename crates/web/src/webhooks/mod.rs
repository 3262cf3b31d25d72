//! Webhooks: takes news from the outbox and brings it to the places that want it.
//!
//! # Promises
//!
//! * A job without input: it looks at what is due, may be killed anywhere and run in several
//!   processes. What it took and never came back with is taken by another one.
//! * A place that is slow holds up no other one.
//! * Where a message goes is looked at each time ([`reach`]); redirects are not followed.

pub mod reach;
mod send;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::db::DbError;
use engine::office::Office;
use engine::outbox::delivery::{self, Came, Job, Outcome};
use engine::outbox::sign;
use tokio::task::{Id, JoinSet};

pub use reach::Reach;

/// Attempts that are under way to one place.
const ATTEMPTS_PER_PLACE_MAX: i64 = 4;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a receiver may take, from the first byte to the status of its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Brings news to its places. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    office: Office,
    reach: Arc<Reach>,
    tls: send::Tls,
    patience: Duration,
}

impl Sender {
    pub fn new(office: Office, reach: Arc<Reach>) -> Sender {
        Sender { office, reach, tls: send::Tls::default(), patience: PATIENCE }
    }

    /// For tests of receivers that never answer.
    #[cfg(test)]
    pub fn with_patience(self, patience: Duration) -> Sender {
        Sender { patience, ..self }
    }

    /// Sends what is due, whenever something is, until cancelled.
    pub async fn keep_sending(self) {
        let mut under_way: JoinSet<()> = JoinSet::new();
        let mut places: HashMap<Id, i64> = HashMap::new();
        loop {
            match self.take(&places).await {
                Ok(jobs) => {
                    for job in jobs {
                        let place = job.webhook_id;
                        let sender = self.clone();
                        let task = under_way.spawn(async move { sender.attempt(job).await });
                        places.insert(task.id(), place);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "webhooks could not be looked at, trying again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
            tokio::select! {
                Some(done) = under_way.join_next_with_id(), if !under_way.is_empty() => {
                    let id = match &done {
                        Ok((id, ())) => *id,
                        Err(died) => died.id(),
                    };
                    places.remove(&id);
                }
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Sends what is due now, and waits for it.
    #[cfg(test)]
    pub async fn round(&self) -> usize {
        let jobs = self.take(&HashMap::new()).await.expect("the outbox");
        let count = jobs.len();
        for job in jobs {
            self.attempt(job).await;
        }
        count
    }

    /// What is due and has room, taken.
    async fn take(&self, places: &HashMap<Id, i64>) -> Result<Vec<Job>, DbError> {
        let db = self.office.db();
        let now = self.office.now();
        if !delivery::is_wanted(&mut db.read().await?, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = db.write().await?;
        while delivery::spread(&mut tx, now).await? {}
        let room = |place: i64| {
            let busy = places.values().filter(|it| **it == place).count();
            ATTEMPTS_PER_PLACE_MAX - i64::try_from(busy).unwrap_or(i64::MAX)
        };
        let jobs = delivery::take(&mut tx, now, room).await?;
        tx.commit().await?;
        Ok(jobs)
    }

    /// Tries one, and writes down what came of it. What cannot be written down is tried again.
    async fn attempt(&self, job: Job) {
        let began = Instant::now();
        let came = match tokio::time::timeout(self.patience, self.send(&job)).await {
            Ok(came) => came,
            Err(_) => Came::Nothing("timeout".to_owned()),
        };
        let took_millis = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        if let Err(error) = self.record(&job, &Outcome { took_millis, came }).await {
            tracing::error!(%error, event = job.id, "an attempt was not written down");
        }
    }

    async fn send(&self, job: &Job) -> Came {
        let now = self.office.now();
        let secrets: Vec<&str> = job.secrets.iter().map(String::as_str).collect();
        let headers = [
            (sign::ID, job.id.clone()),
            (sign::TIMESTAMP, now.as_second().to_string()),
            (sign::SIGNATURE, sign::header(&secrets, &job.id, now, &job.body)),
        ];
        match send::post(&self.reach, &self.tls, &job.url, &headers, job.body.clone()).await {
            Ok((status, answer)) => Came::Answer(status, answer),
            Err(error) => Came::Nothing(error.told()),
        }
    }

    async fn record(&self, job: &Job, outcome: &Outcome) -> Result<(), DbError> {
        let mut jitter = [0u8; 1];
        // Without random numbers the breaks are the shortest ones.
        let _ = getrandom::fill(&mut jitter);
        let now = self.office.now();
        let mut tx = self.office.db().write().await?;
        delivery::record(&mut tx, now, job, outcome, jitter[0]).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests;
