//! News on its way: what is due, who tries it, what came of it.
//!
//! # Promises
//!
//! * Each piece of news goes to each place that wants it until it is taken, over about three days,
//!   with longer and longer breaks. Order is not promised: one message that is refused must not hold
//!   up the others, so each has a number to be sorted by.
//! * Who tries a delivery has it alone until its lease is over; then somebody else may try.
//! * Every attempt is kept. A place that takes nothing for three days is switched off.
//! * Sent again is the same message with the same id.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::webhook::{self, Status, Webhook, WebhookError};
use super::{News, Told, kinds, told, write};
use crate::access::Actor;
use crate::args;
use crate::audit::{self, Entry};
use crate::db::{Column, DbError, Reader, Row, Tx};

/// How long one attempt may hold a delivery: longer than any attempt takes.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// The breaks after the first attempt, the second, and so on: three days and a bit.
const BREAKS_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A place that takes nothing for so long is switched off.
const OFF_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// News that is looked through in one commit.
const NEWS_PER_STEP: i64 = 500;
/// What is kept of an answer.
pub const ANSWER_CHARS_MAX: usize = 500;
/// No replay has more; a narrower span gives the rest.
pub const REPLAY_MAX: usize = 10_000;
pub const DELIVERIES_PER_PAGE_MAX: i64 = 200;

/// A delivery to try now.
#[derive(Debug, Clone)]
pub struct Job {
    pub delivery_id: i64,
    pub webhook_id: i64,
    pub url: String,
    /// The attempt that this is, counted from 1.
    pub attempt: i64,
    pub id: String,
    pub body: String,
    /// Those that sign, the newest first.
    pub secrets: Vec<String>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub took_millis: i64,
    pub came: Came,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// A status, and how the answer began.
    Answer(u16, String),
    /// Why there was no answer.
    Nothing(String),
}

impl Came {
    fn is_taken(&self) -> bool {
        matches!(self, Came::Answer(200..=299, _))
    }

    /// The receiver says that it is not there any more.
    fn is_gone(&self) -> bool {
        matches!(self, Came::Answer(410, _))
    }
}

/// A delivery as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub delivery_id: i64,
    pub news: Told,
    /// `news`, `replay` or `test`.
    pub cause: String,
    /// `waiting`, `delivered` or `failed`.
    pub status: String,
    pub due: Option<Timestamp>,
    pub made_at: Timestamp,
    pub attempts: Vec<Attempt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub attempt: i64,
    pub at: Timestamp,
    pub took_millis: i64,
    pub status: Option<i64>,
    pub answer: Option<String>,
    pub failure: Option<String>,
}

/// Whether something is to be looked through or tried.
pub async fn is_wanted(reader: &mut Reader, now: Timestamp) -> Result<bool, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT 1 FROM webhook w WHERE w.tenant_id = $1 AND w.status = 'on' AND (w.seen_seq < \
             (SELECT coalesce(max(o.outbox_seq), 0) FROM outbox o WHERE o.tenant_id = $1) \
             OR EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.tenant_id = $1 \
             AND d.webhook_id = w.webhook_id AND d.due <= $2)) LIMIT 1",
            args![tenant, now],
        )
        .await?;
    Ok(row.is_some())
}

/// Looks through what is new, for every place that is on, and says whether there is more.
pub async fn spread(tx: &mut Tx, now: Timestamp) -> Result<bool, DbError> {
    let mut more = false;
    for place in webhook::all(tx).await?.into_iter().filter(|it| it.status == Status::On) {
        let news = super::after(tx, place.seen_seq, NEWS_PER_STEP).await?;
        let Some(last) = news.last() else { continue };
        more |= i64::try_from(news.len()) == Ok(NEWS_PER_STEP);
        let wants = |kind: &str| place.kinds.iter().any(|pattern| kinds::chooses(pattern, kind));
        let wanted: Vec<i64> = news
            .iter()
            .filter(|told| told.kind != kinds::TEST && wants(&told.kind))
            .map(|told| told.seq)
            .collect();
        add(tx, now, &place, wanted, "news").await?;
        let tenant = tx.tenant();
        tx.execute(
            "UPDATE webhook SET seen_seq = $3 WHERE tenant_id = $1 AND webhook_id = $2",
            args![tenant, place.webhook_id, last.seq],
        )
        .await?;
    }
    Ok(more)
}

/// Deliveries that are due at once.
async fn add(
    tx: &mut Tx,
    now: Timestamp,
    place: &Webhook,
    seqs: Vec<i64>,
    cause: &'static str,
) -> Result<usize, DbError> {
    if seqs.is_empty() {
        return Ok(0);
    }
    let tenant = tx.tenant();
    let sql = "SELECT coalesce(max(delivery_id), 0) FROM webhook_delivery WHERE tenant_id = $1";
    let first = tx.row(sql, args![tenant]).await?.map_or(0, |row| row.int(0)) + 1;
    let count = seqs.len();
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(count).collect()),
        Column::same(place.webhook_id),
        Column::Int(seqs),
        Column::same(cause),
        Column::same("waiting"),
        Column::same(0_i64),
        Column::same(now),
        Column::same(now),
    ];
    let columns = [
        "tenant_id",
        "delivery_id",
        "webhook_id",
        "outbox_seq",
        "cause",
        "status",
        "attempts",
        "due",
        "made_at",
    ];
    tx.insert_many("webhook_delivery", &columns, data, "").await?;
    Ok(count)
}

/// Takes what is due, for each place no more than it has room for: `busy` says how many of each are
/// under way. Nobody else takes them before their lease is over.
pub async fn take(
    tx: &mut Tx,
    now: Timestamp,
    room: impl Fn(i64) -> i64,
) -> Result<Vec<Job>, DbError> {
    let tenant = tx.tenant();
    let until = now.checked_add(LEASE).unwrap_or(now);
    let mut jobs = Vec::new();
    for place in webhook::all(tx).await?.into_iter().filter(|it| it.status == Status::On) {
        let room = room(place.webhook_id);
        if room < 1 {
            continue;
        }
        let rows = tx
            .rows(
                "SELECT d.delivery_id, d.attempts, o.outbox_seq, o.public_id, o.kind, o.at, \
                 o.partner, o.body FROM webhook_delivery d JOIN outbox o \
                 ON o.tenant_id = d.tenant_id AND o.outbox_seq = d.outbox_seq \
                 WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.due <= $3 \
                 ORDER BY d.due, d.delivery_id LIMIT $4",
                args![tenant, place.webhook_id, now, room],
            )
            .await?;
        if rows.is_empty() {
            continue;
        }
        let secrets = webhook::secrets(tx, place.webhook_id, now).await?;
        for row in &rows {
            let news = told_at(row, 2);
            jobs.push(Job {
                delivery_id: row.int(0),
                webhook_id: place.webhook_id,
                url: place.url.clone(),
                attempt: row.int(1) + 1,
                body: news.message(),
                id: news.id,
                secrets: secrets.clone(),
            });
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
        tx.execute_many(
            "UPDATE webhook_delivery SET due = $1 WHERE (tenant_id, delivery_id) IN \
             (SELECT k.tenant, k.k1 FROM {keys})",
            args![until],
            vec![Column::Int(ids)],
        )
        .await?;
    }
    Ok(jobs)
}

fn told_at(row: &Row, from: usize) -> Told {
    Told {
        seq: row.int(from),
        id: row.string(from + 1),
        kind: row.string(from + 2),
        at: row.instant(from + 3),
        partner: row.opt_string(from + 4),
        body: row.string(from + 5),
    }
}

/// When it is tried again after so many attempts; `None`: not any more. `jitter` (0 to 255) moves it
/// by up to a tenth, so that what failed together does not come back together.
pub fn next_try(attempts: i64, now: Timestamp, jitter: u8) -> Option<Timestamp> {
    let at = usize::try_from(attempts - 1).ok()?;
    let seconds = *BREAKS_SECONDS.get(at)?;
    let millis = seconds * 1_000 + seconds * 100 * i64::from(jitter) / 255;
    now.checked_add(SignedDuration::from_millis(millis)).ok()
}

/// Writes down what came of an attempt, and what follows from it.
pub async fn record(
    tx: &mut Tx,
    now: Timestamp,
    job: &Job,
    outcome: &Outcome,
    jitter: u8,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let tried = tx
        .row(
            "SELECT attempts FROM webhook_delivery WHERE tenant_id = $1 AND delivery_id = $2 \
             AND status = 'waiting'",
            args![tenant, job.delivery_id],
        )
        .await?;
    // Somebody else tried it meanwhile, since this one took longer than its lease; or it is over.
    if tried.is_none_or(|row| row.int(0) + 1 != job.attempt) {
        return Ok(());
    }
    let (status, answer, failure) = match &outcome.came {
        Came::Answer(status, answer) => (Some(i64::from(*status)), Some(cut(answer)), None),
        Came::Nothing(why) => (None, None, Some(cut(why))),
    };
    tx.execute(
        "INSERT INTO webhook_attempt (tenant_id, delivery_id, attempt, at, took_millis, status, \
         answer, failure) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            tenant,
            job.delivery_id,
            job.attempt,
            now,
            outcome.took_millis,
            status,
            answer,
            failure
        ],
    )
    .await?;
    let is_taken = outcome.came.is_taken();
    let due = if is_taken { None } else { next_try(job.attempt, now, jitter) };
    let word = match (is_taken, due) {
        (true, _) => "delivered",
        (false, Some(_)) => "waiting",
        (false, None) => "failed",
    };
    tx.execute(
        "UPDATE webhook_delivery SET status = $3, attempts = $4, due = $5 \
         WHERE tenant_id = $1 AND delivery_id = $2",
        args![tenant, job.delivery_id, word, job.attempt, due],
    )
    .await?;
    stands(tx, now, job.webhook_id, &outcome.came).await
}

/// Whether a place is well, and what happens if it was not for long.
async fn stands(tx: &mut Tx, now: Timestamp, webhook_id: i64, came: &Came) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let all = webhook::all(tx).await?;
    let Some(place) = all.into_iter().find(|it| it.webhook_id == webhook_id) else {
        return Ok(());
    };
    let since = match (came.is_taken(), place.failing_since) {
        (true, None) => return Ok(()),
        (true, Some(_)) => None,
        (false, since) => Some(since.unwrap_or(now)),
    };
    let is_over = since.is_some_and(|since| OFF_AFTER <= now.duration_since(since));
    let is_off = place.status == Status::On && (came.is_gone() || is_over);
    let status = if is_off { Status::Failing } else { place.status };
    tx.execute(
        "UPDATE webhook SET failing_since = $3, status = $4 \
         WHERE tenant_id = $1 AND webhook_id = $2",
        args![tenant, webhook_id, since, status.word()],
    )
    .await?;
    if is_off {
        let side = |status: Status| json!({ "status": status.word() });
        let entry = Entry::change("webhook", &place.id, side(place.status), side(status));
        audit::append(tx, now, &Actor::System, entry).await?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    // PostgreSQL keeps no text with a zero in it.
    text.chars().filter(|c| *c != '\0').take(ANSWER_CHARS_MAX).collect()
}

/// Which news is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// One, by its id.
    Event(String),
    /// What was recorded from then on, and before that, as far as the place wants to hear it.
    Span(Timestamp, Timestamp),
}

/// Sends news to a place once more, whether it came before or not, and says how much.
pub async fn replay(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
    again: &Again,
) -> Result<usize, WebhookError> {
    let place = webhook::one(tx, id).await?;
    if place.status != Status::On {
        return Err(WebhookError::Off);
    }
    let tenant = tx.tenant();
    let wants = |kind: &str| place.kinds.iter().any(|pattern| kinds::chooses(pattern, kind));
    let (seqs, said): (Vec<i64>, _) = match again {
        Again::Event(event) => {
            let sql = "SELECT outbox_seq FROM outbox WHERE tenant_id = $1 AND public_id = $2";
            let row = tx.row(sql, args![tenant, event]).await?.ok_or(WebhookError::NoEvent)?;
            (vec![row.int(0)], json!({ "event": event }))
        }
        Again::Span(from, until) => {
            let rows = tx
                .rows(
                    "SELECT outbox_seq, kind FROM outbox WHERE tenant_id = $1 AND at >= $2 \
                     AND at < $3 ORDER BY at, outbox_seq",
                    args![tenant, *from, *until],
                )
                .await?;
            let wanted = rows.iter().filter(|row| row.text(1) != kinds::TEST && wants(row.text(1)));
            let seqs = wanted.map(|row| row.int(0)).take(REPLAY_MAX).collect();
            (seqs, json!({ "from": from.to_string(), "until": until.to_string() }))
        }
    };
    let count = add(tx, now, &place, seqs, "replay").await?;
    let entry = Entry::of("replay", "webhook", id, None, Some(said));
    audit::append(tx, now, actor, entry).await?;
    Ok(count)
}

/// Sends a test to a place and to no other one.
pub async fn test(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    id: &str,
) -> Result<String, WebhookError> {
    let place = webhook::one(tx, id).await?;
    if place.status != Status::On {
        return Err(WebhookError::Off);
    }
    let news = News::new(kinds::TEST, None).says("webhook", id).says("asked_by", actor.name());
    let seq = write(tx, now, vec![news]).await?;
    add(tx, now, &place, vec![seq], "test").await?;
    let tenant = tx.tenant();
    let sql = "SELECT public_id FROM outbox WHERE tenant_id = $1 AND outbox_seq = $2";
    let row = tx.row(sql, args![tenant, seq]).await?;
    Ok(row.map(|row| row.string(0)).unwrap_or_default())
}

/// What was sent to a place, the newest first, each with its attempts.
pub async fn page(
    reader: &mut Reader,
    webhook_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT d.delivery_id, d.cause, d.status, d.due, d.made_at, o.outbox_seq, o.public_id, \
             o.kind, o.at, o.partner, o.body FROM webhook_delivery d JOIN outbox o \
             ON o.tenant_id = d.tenant_id AND o.outbox_seq = d.outbox_seq \
             WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.delivery_id < $3 \
             ORDER BY d.delivery_id DESC LIMIT $4",
            args![
                tenant,
                webhook_id,
                before.unwrap_or(i64::MAX),
                limit.clamp(1, DELIVERIES_PER_PAGE_MAX)
            ],
        )
        .await?;
    let mut all: Vec<Delivery> = rows
        .iter()
        .map(|row| Delivery {
            delivery_id: row.int(0),
            cause: row.string(1),
            status: row.string(2),
            due: row.opt_instant(3),
            made_at: row.instant(4),
            news: told_at(row, 5),
            attempts: Vec::new(),
        })
        .collect();
    let ids = all.iter().map(|delivery| delivery.delivery_id).collect();
    let rows = reader
        .lookup(
            "SELECT a.delivery_id, a.attempt, a.at, a.took_millis, a.status, a.answer, a.failure \
             FROM {keys} CROSS JOIN webhook_attempt a \
             WHERE a.tenant_id = k.tenant AND a.delivery_id = k.k1 ORDER BY a.attempt",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    for row in &rows {
        let own = all.iter_mut().find(|delivery| delivery.delivery_id == row.int(0));
        if let Some(delivery) = own {
            delivery.attempts.push(Attempt {
                attempt: row.int(1),
                at: row.instant(2),
                took_millis: row.int(3),
                status: row.opt_int(4),
                answer: row.opt_string(5),
                failure: row.opt_string(6),
            });
        }
    }
    Ok(all)
}

/// One piece of news by its id.
pub async fn event(reader: &mut Reader, id: &str) -> Result<Option<Told>, DbError> {
    let tenant = reader.tenant();
    let row = reader
        .row(
            "SELECT outbox_seq, public_id, kind, at, partner, body FROM outbox \
             WHERE tenant_id = $1 AND public_id = $2",
            args![tenant, id],
        )
        .await?;
    Ok(row.as_ref().map(told))
}
