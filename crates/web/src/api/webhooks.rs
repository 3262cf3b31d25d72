//! Webhooks: where news is sent, what was sent and what came of it, and the news itself.
//!
//! A secret is in the answer that makes it and in no other one.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use engine::outbox::delivery::{self, Again};
use engine::outbox::webhook::{self, Said, Status, Webhook, WebhookError};
use engine::outbox::{self, Told, kinds};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{self, PageOf};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/events", get(events));
    routes.add(Verb::Get, "/api/v1/events/kinds", get(event_kinds));
    routes.add(Verb::Get, "/api/v1/webhooks", get(list));
    routes.add(Verb::Post, "/api/v1/webhooks", post(create));
    routes.add(Verb::Get, "/api/v1/webhooks/{id}", get(one));
    routes.add(Verb::Put, "/api/v1/webhooks/{id}", put(change));
    routes.add(Verb::Post, "/api/v1/webhooks/{id}/rotate", post(rotate));
    routes.add(Verb::Post, "/api/v1/webhooks/{id}/test", post(test));
    routes.add(Verb::Post, "/api/v1/webhooks/{id}/replay", post(replay));
    routes.add(Verb::Get, "/api/v1/webhooks/{id}/deliveries", get(deliveries));
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// The same at every attempt and in every replay.
    pub id: String,
    /// In the order of writing. Messages may come in another order.
    pub sequence: i64,
    #[serde(rename = "type")]
    #[schema(example = "wallet.points.credited")]
    pub kind: String,
    pub timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[schema(value_type = Object)]
    pub data: Value,
}

fn event(told: Told) -> Event {
    Event {
        id: told.id,
        sequence: told.seq,
        kind: told.kind,
        timestamp: told.at.to_string(),
        partner: told.partner,
        data: serde_json::from_str(&told.body).unwrap_or_default(),
    }
}

/// A place that news is sent to.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookShown {
    pub id: String,
    pub url: String,
    pub description: String,
    /// Patterns: `*`, `wallet.*`, `wallet.points.*`, or a kind itself.
    pub events: Vec<String>,
    /// `on`, `off`, or `failing`: switched off, since it took nothing for three days.
    pub status: &'static str,
    /// Since when nothing was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// Until when the secret before signs, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub both_secrets_until: Option<String>,
    pub created_by: String,
    pub created_at: String,
    /// Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
}

fn shown(of: Webhook, now: Timestamp, secret: Option<String>) -> WebhookShown {
    WebhookShown {
        id: of.id,
        url: of.url,
        description: of.description,
        events: of.kinds,
        status: of.status.word(),
        failing_since: of.failing_since.map(|at| at.to_string()),
        both_secrets_until: of.both_until.filter(|at| now < *at).map(|at| at.to_string()),
        created_by: of.created_by,
        created_at: of.created_at.to_string(),
        secret,
    }
}

/// What a webhook is to be.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewWebhook {
    /// `https:`, and no address inside your own network unless the configuration allows its host.
    url: String,
    description: Option<String>,
    events: Vec<String>,
    /// `on`, `off` or `removed`; only with PUT.
    status: Option<String>,
}

/// Everything that happened since there was a webhook, in the order of writing.
#[utoipa::path(get, path = "/api/v1/events", tag = "webhooks",
    params(
        ("after" = Option<i64>, Query, description = "The `sequence` of the last one that you know; from the beginning if left out."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<Event>), ApiError))]
pub async fn events(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<Vec<Event>>, ApiError> {
    let after = params.number("after", (0, i64::MAX)).unwrap_or(0);
    let limit = params.number("limit", (1, outbox::NEWS_PER_PAGE_MAX)).unwrap_or(100);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = outbox::after(&mut reader, after, limit).await?;
    Ok(Json(all.into_iter().map(event).collect()))
}

/// Every kind of event there is.
#[utoipa::path(get, path = "/api/v1/events/kinds", tag = "webhooks",
    responses((status = 200, body = Vec<String>), ApiError))]
pub async fn event_kinds(params: Params) -> Result<Json<Vec<&'static str>>, ApiError> {
    params.end()?;
    Ok(Json(kinds::all().collect()))
}

/// All webhooks, the newest first.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = Vec<WebhookShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<WebhookShown>>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let all = webhook::all(&mut reader).await?;
    Ok(Json(all.into_iter().map(|it| shown(it, now, None)).collect()))
}

/// One webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = WebhookShown), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<WebhookShown>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = webhook::one(&mut reader, &id).await?;
    Ok(Json(shown(found, api.office().now(), None)))
}

/// Makes a webhook, which hears what happens from now on. The answer has its secret, this once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks",
    request_body = NewWebhook,
    responses((status = 201, body = WebhookShown), ApiError))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<WebhookShown>), ApiError> {
    params.end()?;
    let (said, _) = read(&api, &json(&headers, body).await?, Switch::Not)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let (made, secret) = webhook::create(&mut tx, caller.actor(), now, said).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown(made, now, Some(secret)))))
}

/// Changes a webhook, and switches it on or off, or removes it. One that is switched on hears from
/// then on; what happened meanwhile is replayed by hand.
#[utoipa::path(put, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Its id.")),
    request_body = NewWebhook,
    responses((status = 200, body = WebhookShown), ApiError))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WebhookShown>, ApiError> {
    params.end()?;
    let (said, status) = read(&api, &json(&headers, body).await?, Switch::May)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let mut found = webhook::change(&mut tx, caller.actor(), now, &id, said).await?;
    if let Some(status) = status {
        webhook::switch(&mut tx, caller.actor(), now, &id, status).await?;
        found = match status {
            Status::Removed => Webhook { status, ..found },
            _ => webhook::one(&mut tx, &id).await?,
        };
    }
    tx.commit().await?;
    Ok(Json(shown(found, now, None)))
}

/// Gives a webhook a new secret, which the answer has, this once. The one before signs for another
/// day, so that receivers change without losing a message.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate", tag = "webhooks",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = WebhookShown), ApiError))]
pub async fn rotate(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<WebhookShown>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let (found, secret) = webhook::rotate(&mut tx, caller.actor(), now, &id).await?;
    tx.commit().await?;
    Ok(Json(shown(found, now, Some(secret))))
}

/// What is sent now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sending {
    pub deliveries: usize,
    /// The id of the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// Sends an event of the type `webhook.test` to this webhook alone.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 202, body = Sending), ApiError))]
pub async fn test(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<(StatusCode, Json<Sending>), ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let event = delivery::test(&mut tx, caller.actor(), now, &id).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(Sending { deliveries: 1, event: Some(event) })))
}

/// Which events are sent again: `event`, or `from` and `until`.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Replay {
    event: Option<String>,
    /// Instants, as 2026-04-01T00:00:00Z; `until` is not part of it.
    from: Option<String>,
    until: Option<String>,
}

/// Sends an event, or all of a span that the webhook wants to hear, once more: with the same ids, so
/// that receivers know what they know. At most 10,000 at once.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks",
    params(("id" = String, Path, description = "Its id.")),
    request_body = Replay,
    responses((status = 202, body = Sending), ApiError))]
pub async fn replay(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Sending>), ApiError> {
    params.end()?;
    let again = which(&json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let deliveries = delivery::replay(&mut tx, caller.actor(), now, &id, &again).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(Sending { deliveries, event: None })))
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryShown {
    pub number: i64,
    pub event: Event,
    /// `news`, `replay` or `test`.
    pub cause: String,
    /// `waiting`, `delivered` or `failed`.
    pub status: String,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<String>,
    pub attempts: Vec<AttemptShown>,
}

/// What came of an attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptShown {
    pub attempt: i64,
    pub at: String,
    pub took_millis: i64,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// How the answer began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why there was no answer: `timeout`, `connect`, `encrypt`, `inside` and others, and what the
    /// machine said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What was sent to a webhook, the newest first, with every attempt.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(
        ("id" = String, Path, description = "Its id."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
        ("limit" = Option<i64>, Query, description = "By default 100, at most 200."),
    ),
    responses((status = 200, body = PageOf<DeliveryShown>), ApiError))]
pub async fn deliveries(
    State(api): State<Api>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<DeliveryShown>>, ApiError> {
    let (before, limit) = paging::before(&mut params);
    params.end()?;
    let limit = limit.min(delivery::DELIVERIES_PER_PAGE_MAX);
    let mut reader = api.office().db().read().await?;
    let place = webhook::one(&mut reader, &id).await?;
    let rows = delivery::page(&mut reader, place.webhook_id, Some(before), limit).await?;
    let last = rows.last().map(|row| row.delivery_id);
    let items = rows.into_iter().map(delivery_shown).collect();
    Ok(Json(paging::page_before(items, last, limit)))
}

fn delivery_shown(row: delivery::Delivery) -> DeliveryShown {
    let attempts = row.attempts.into_iter().map(|it| AttemptShown {
        attempt: it.attempt,
        at: it.at.to_string(),
        took_millis: it.took_millis,
        status: it.status,
        answer: it.answer,
        failure: it.failure,
    });
    DeliveryShown {
        number: row.delivery_id,
        event: event(row.news),
        cause: row.cause,
        status: row.status,
        next_attempt: row.due.map(|at| at.to_string()),
        attempts: attempts.collect(),
    }
}

/// Whether a body may switch a webhook.
#[derive(PartialEq, Eq)]
enum Switch {
    Not,
    May,
}

fn read(api: &Api, body: &Value, switch: Switch) -> Result<(Said, Option<Status>), ApiError> {
    let mut faults = Vec::new();
    let mut said = Said { url: String::new(), description: String::new(), kinds: Vec::new() };
    let mut status = None;
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        said.url = fields.needed("url", &mut faults).unwrap_or_default();
        said.description = fields.text("description", &mut faults).unwrap_or_default();
        let events = fields.value("events").and_then(Value::as_array);
        let texts = events.map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        match (events, texts) {
            (Some(events), Some(texts)) if events.len() == texts.len() => {
                said.kinds = texts.into_iter().map(str::to_owned).collect();
            }
            _ => {
                let detail = "`events` is a list of kinds or patterns, such as [\"wallet.*\"]";
                faults.push(Fault::in_body("/events", "missing", detail));
            }
        }
        if switch == Switch::May
            && let Some(word) = fields.text("status", &mut faults)
        {
            status = [Status::On, Status::Off, Status::Removed]
                .into_iter()
                .find(|status| status.word() == word);
            if status.is_none() {
                let detail = format!("`{word}` is not one of `on`, `off`, `removed`");
                faults.push(Fault::in_body("/status", "bad_value", detail));
            }
        }
        fields.end(&mut faults);
    }
    if faults.is_empty()
        && let Err(error) = api.reach().target(said.url.trim())
    {
        faults.push(Fault::in_body("/url", "bad_value", error.to_string()));
    }
    done(faults)?;
    Ok((said, status))
}

fn which(body: &Value) -> Result<Again, ApiError> {
    let mut faults = Vec::new();
    let (mut event, mut from, mut until) = (None, None, None);
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        event = fields.text("event", &mut faults);
        let mut instant = |name: &'static str| {
            let text = fields.text(name, &mut faults)?;
            let at: Option<Timestamp> = text.parse().ok();
            if at.is_none() {
                let detail = format!("`{text}` is no instant; write it as 2026-04-01T00:00:00Z");
                faults.push(Fault::in_body(format!("/{name}"), "bad_value", detail));
            }
            at
        };
        (from, until) = (instant("from"), instant("until"));
        fields.end(&mut faults);
    }
    match (event, from, until) {
        (Some(event), None, None) if faults.is_empty() => Ok(Again::Event(event)),
        (None, Some(from), Some(until)) if faults.is_empty() => Ok(Again::Span(from, until)),
        _ => {
            if faults.is_empty() {
                let detail = "give `event`, or `from` and `until`";
                faults.push(Fault::in_body("", "missing", detail));
            }
            Err(ApiError::Invalid(faults))
        }
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> ApiError {
        let fault = |pointer: &str, told: String| {
            ApiError::invalid(Fault::in_body(pointer, "bad_value", told))
        };
        match error {
            WebhookError::Db(error) => error.into(),
            WebhookError::NotFound | WebhookError::NoEvent => ApiError::NotFound,
            told @ WebhookError::Url => fault("/url", told.to_string()),
            told @ (WebhookError::Kinds { .. } | WebhookError::NoKinds) => {
                fault("/events", told.to_string())
            }
            told @ WebhookError::Description => fault("/description", told.to_string()),
            told @ (WebhookError::TooMany | WebhookError::Off) => {
                ApiError::Conflict { what: told.to_string() }
            }
            told @ WebhookError::Random(_) => {
                ApiError::Broken { doing: "making a secret", source: Box::new(told) }
            }
        }
    }
}
