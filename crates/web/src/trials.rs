//! Trials that run or ran lately, by the id in their address.
//!
//! Kept in memory: a trial changes nothing, and can be run again. The oldest make room.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::problem::Problem;
use engine::trial::{Ask, Trial, TrialError, trial};
use jiff::Timestamp;

use crate::app::App;

/// No more are kept.
const KEPT_MAX: usize = 24;
/// How long a request waits for its answer before it shows that it is being worked on.
const WAIT: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// One trial.
pub struct Job {
    pub id: String,
    pub ask: Ask,
    pub started: Timestamp,
    done: Mutex<Option<Result<Arc<Trial>, TrialError>>>,
}

/// What has become of it.
pub enum Stage {
    Running,
    Done(Arc<Trial>),
    /// The text has errors; the first of them.
    Wrong(Problem),
    Failed(String),
}

impl Job {
    pub fn stage(&self) -> Stage {
        match &*self.done.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Stage::Running,
            Some(Ok(trial)) => Stage::Done(Arc::clone(trial)),
            Some(Err(TrialError::Problems(problems))) if !problems.is_empty() => {
                Stage::Wrong(problems[0].clone())
            }
            Some(Err(error)) => Stage::Failed(error.to_string()),
        }
    }
}

/// The trials of this process.
#[derive(Default)]
pub struct Trials(Mutex<VecDeque<Arc<Job>>>);

impl Trials {
    pub fn find(&self, id: &str) -> Option<Arc<Job>> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter().find(|job| job.id == id).cloned()
    }

    /// Begins a trial and waits a moment for it, so that small ones need no second look.
    pub async fn run(&self, app: &App, ask: Ask, now: Timestamp) -> Arc<Job> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let job = Arc::new(Job { id, ask, started: now, done: Mutex::new(None) });
        {
            let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.push_front(Arc::clone(&job));
            jobs.truncate(KEPT_MAX);
        }
        let (app, mine) = (app.clone(), Arc::clone(&job));
        tokio::spawn(async move {
            let answer = answer(&app, &mine.ask, now).await;
            *mine.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.map(Arc::new));
        });
        let waited = async {
            while matches!(job.stage(), Stage::Running) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        // Whoever waits longer sees that it is being worked on.
        let _ = tokio::time::timeout(WAIT, waited).await;
        job
    }
}

async fn answer(app: &App, ask: &Ask, now: Timestamp) -> Result<Trial, TrialError> {
    let office = app.office();
    let mut reader = office.db().read().await?;
    let rules = office.rules(&mut reader).await?;
    let master = office.master(&mut reader).await?;
    trial(&mut reader, &rules, &master, now, ask).await
}
