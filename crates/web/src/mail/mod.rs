//! Mail: takes letters that are due, writes their text in the reader's language, and hands them to a
//! server.
//!
//! # Promises
//!
//! * A job without input: it looks at what is due, may be killed anywhere and run in several
//!   processes. What it took and never came back with is taken by another one.
//! * The text is written and kept before anything is sent. What is kept has no link that lets its
//!   reader in; each attempt has links of its own.
//! * A server that is slow holds up as many letters as are sent at once, and no longer than its
//!   patience.

mod content;
mod draft;
#[cfg(test)]
pub mod kept;
mod message;
pub mod smtp;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::access::AccessError;
use engine::catalog::load_settings;
use engine::db::{DbError, Tx};
use engine::links::{self, NewLink, Purpose, Uses};
use engine::mail::Kind;
use engine::mail::delivery::{self, Came, Job, Outcome};
use engine::office::Office;
use engine::wallets::WalletError;
use jiff::SignedDuration;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::i18n::Lang;

pub use content::{Content, Promoted, promoted};
pub use draft::{Frame, Links, Written, write};
pub use message::{Attached, Outgoing};

/// Letters that are sent at once.
const AT_ONCE: i64 = 4;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a link to choose a password works.
const PASSWORD_LASTS: SignedDuration = SignedDuration::from_hours(2);
/// How long the first one of a new user does.
const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long letters can be ended by the link in one of them.
const UNSUBSCRIBE_LASTS: SignedDuration = SignedDuration::from_hours(400 * 24);
/// What a text that is kept has in the place of what lets its reader in.
const LEFT_OUT: &str = "…";

/// Hands a message to whoever brings it to its reader.
pub trait Mailer: Send + Sync + Debug {
    fn send<'a>(&'a self, message: &'a Outgoing)
    -> Pin<Box<dyn Future<Output = Came> + Send + 'a>>;
}

/// How this installation sends mail.
#[derive(Debug, Clone)]
pub struct Post {
    pub mailer: Arc<dyn Mailer>,
    /// The server as people see it, without what signs in.
    pub server: String,
    /// The address that letters come from.
    pub from: String,
    /// How browsers reach the pages that letters lead to, without a slash at the end.
    pub address: String,
    /// How long texts and addresses are kept.
    pub keep_days: u16,
}

/// Why a letter could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Rules(#[from] engine::rules::RulesError),
    #[error(transparent)]
    Wallet(#[from] WalletError),
}

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    office: Office,
    post: Arc<Post>,
}

/// A letter on its way: taken, and its message, or why there is none.
struct Ready {
    job: Job,
    message: Result<Outgoing, String>,
}

impl Sender {
    pub fn new(office: Office, post: Arc<Post>) -> Sender {
        Sender { office, post }
    }

    /// Sends what is due, whenever something is, until cancelled.
    pub async fn keep_sending(self) {
        let mut under_way: JoinSet<()> = JoinSet::new();
        loop {
            let busy = i64::try_from(under_way.len()).unwrap_or(AT_ONCE);
            match self.take(AT_ONCE - busy).await {
                Ok(all) => {
                    for ready in all {
                        let sender = self.clone();
                        under_way.spawn(async move { sender.attempt(ready).await });
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "letters could not be looked at, trying again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
            tokio::select! {
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Sends what is due now, and waits for it.
    #[cfg(test)]
    pub async fn round(&self) -> usize {
        let all = self.take(AT_ONCE).await.expect("letters");
        let count = all.len();
        for ready in all {
            self.attempt(ready).await;
        }
        count
    }

    /// What is due, taken, its text written and kept.
    async fn take(&self, room: i64) -> Result<Vec<Ready>, PrepareError> {
        let (db, now) = (self.office.db(), self.office.now());
        if room < 1 || !delivery::is_wanted(&mut db.read().await?, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = db.write().await?;
        let jobs = delivery::take(&mut tx, now, room).await?;
        let mut all = Vec::new();
        for job in jobs {
            let message = self.prepare(&mut tx, &job).await?;
            all.push(Ready { job, message });
        }
        tx.commit().await?;
        Ok(all)
    }

    /// Writes a letter and keeps what it says.
    async fn prepare(
        &self,
        tx: &mut Tx,
        job: &Job,
    ) -> Result<Result<Outgoing, String>, PrepareError> {
        let lang = Lang::parse(&job.language).unwrap_or(Lang::En);
        let settings = load_settings(tx).await?;
        let (content, attached) = match content::of(tx, &self.office, lang, job).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        let frame = Frame {
            lang,
            vendor: settings.vendor_name.clone(),
            address: self.post.address.clone(),
            name: job.name.clone(),
        };
        let links = self.links(tx, job).await?;
        let kept = write(&frame, &content, &links.as_ref().map_token(LEFT_OUT));
        delivery::keep_text(tx, job.mail_id, (&kept.subject, &kept.text, &kept.html)).await?;
        let written = write(&frame, &content, &links);
        Ok(Ok(Outgoing {
            id: job.id.clone(),
            from: (settings.vendor_name, self.post.from.clone()),
            to: (job.name.clone(), job.address.clone()),
            at: self.office.now(),
            subject: written.subject,
            text: written.text,
            html: written.html,
            unsubscribe: links.unsubscribe.as_deref().map(|it| frame.unsubscribe(it)),
            attached,
        }))
    }

    /// The links of one attempt.
    async fn links(&self, tx: &mut Tx, job: &Job) -> Result<Links, PrepareError> {
        let now = self.office.now();
        let mut links = Links::default();
        let stop;
        let made = match job.kind {
            Kind::Statement | Kind::Promotion => {
                Some((Purpose::Unsubscribe, job.id.as_str(), Uses::Many, UNSUBSCRIBE_LASTS))
            }
            Kind::Friend => {
                stop = engine::mail::address_hash(&job.address);
                Some((Purpose::Stop, stop.as_str(), Uses::Many, UNSUBSCRIBE_LASTS))
            }
            Kind::Invitation | Kind::Password => {
                let lasts = match job.kind {
                    Kind::Invitation => INVITATION_LASTS,
                    _ => PASSWORD_LASTS,
                };
                let user = job.data.get("user").and_then(serde_json::Value::as_str);
                user.map(|user| (Purpose::Password, user, Uses::Once, lasts))
            }
            Kind::SponsorLow | Kind::Test => None,
        };
        let Some((purpose, subject, uses, lasts)) = made else { return Ok(links) };
        let until = now.checked_add(lasts).unwrap_or(now);
        let new = NewLink { purpose, subject, user_id: job.user_id, uses, until };
        let token = links::make(tx, now, new).await?;
        match purpose {
            Purpose::Password => links.act = Some(token),
            Purpose::Unsubscribe | Purpose::Stop => links.unsubscribe = Some(token),
        }
        Ok(links)
    }

    /// Tries one, and writes down what came of it. What cannot be written down is tried again.
    async fn attempt(&self, ready: Ready) {
        let began = Instant::now();
        let came = match &ready.message {
            Ok(message) => self.post.mailer.send(message).await,
            Err(why) => Came::Unwritable(why.clone()),
        };
        let took_millis = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        if let Err(error) = self.record(&ready.job, &Outcome { took_millis, came }).await {
            tracing::error!(%error, mail = ready.job.id, "an attempt was not written down");
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
