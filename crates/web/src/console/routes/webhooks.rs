//! Webhooks in the console: made, changed, tried, and sent again.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::db::Reader;
use engine::outbox::delivery::{self, Again};
use engine::outbox::kinds;
use engine::outbox::webhook::{self, Said, Status, Webhook, WebhookError};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::console::webhooks::{Attempt, One, Page, Row, Sent as Message, State as Stands};
use crate::failure::Failure;
use crate::i18n::fill;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/webhooks", get(list));
    routes.post("/console/webhooks", post(create));
    routes.get("/console/webhooks/{id}", get(one));
    routes.post("/console/webhooks/{id}", post(change));
    routes.post("/console/webhooks/{id}/{act}", post(act));
}

const DELIVERIES_SHOWN: i64 = 50;

async fn list(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let all = webhook::all(&mut reader).await?;
    let rows = all.into_iter().map(|it| row(&visit, it)).collect();
    Ok(visit.page(&Page { rows, kinds: kinds::all().collect() }).into_response())
}

fn row(visit: &Visit, of: Webhook) -> Row {
    Row {
        state: match of.status {
            Status::On => Stands::On,
            Status::Failing => Stands::Failing,
            Status::Off | Status::Removed => Stands::Off,
        },
        id: of.id,
        url: of.url,
        description: of.description,
        events: of.kinds,
        failing_since: of.failing_since.map(|at| visit.local(at)),
        both_until: of.both_until.filter(|at| visit.now < *at).map(|at| visit.local(at)),
        created_by: of.created_by,
        created: visit.local(of.created_at),
    }
}

/// What was asked for and is told above the page.
#[derive(Default)]
struct Told {
    secret: Option<String>,
    said: Option<String>,
}

async fn one(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    page(&visit, &mut reader, &id, Told::default()).await
}

async fn page(
    visit: &Visit,
    reader: &mut Reader,
    id: &str,
    told: Told,
) -> Result<Response, Failure> {
    let found = webhook::one(reader, id).await.map_err(|error| refused(visit, error))?;
    let query = crate::visit::query(&visit.here);
    let before = query.get("before").and_then(|text| text.parse().ok());
    let rows = delivery::page(reader, found.webhook_id, before, DELIVERIES_SHOWN).await?;
    let is_full = i64::try_from(rows.len()) == Ok(DELIVERIES_SHOWN);
    let older = rows.last().filter(|_| is_full).map(|last| last.delivery_id);
    let page = One {
        row: row(visit, found),
        secret: told.secret,
        told: told.said,
        kinds: kinds::all().collect(),
        sent: rows.into_iter().map(|it| message(visit, it)).collect(),
        older,
    };
    let status = if page.secret.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, visit.page(&page)).into_response())
}

fn message(visit: &Visit, of: delivery::Delivery) -> Message {
    let attempts = of.attempts.into_iter().map(|it| Attempt {
        number: it.attempt,
        at: visit.local(it.at),
        took_millis: it.took_millis,
        status: it.status,
        answer: it.answer,
        failure: it.failure,
    });
    Message {
        attempts: attempts.collect(),
        message: of.news.message(),
        event: of.news.id,
        kind: of.news.kind,
        partner: of.news.partner,
        at: visit.local(of.made_at),
        cause: of.cause,
        status: of.status,
        due: of.due.map(|at| visit.local(at)),
    }
}

#[derive(Deserialize)]
struct Form {
    url: String,
    #[serde(default)]
    description: String,
    events: String,
}

fn said(app: &App, visit: &Visit, form: Form) -> Result<Said, Failure> {
    let url = form.url.trim().to_owned();
    if app.options().reach.target(&url).is_err() {
        return Err(refused(visit, WebhookError::Url));
    }
    Ok(Said { url, description: form.description, kinds: vec![form.events] })
}

async fn create(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Form>,
) -> Result<Response, Failure> {
    let said = said(&app, &visit, sent.form)?;
    let mut tx = app.office().db().write().await?;
    let made = webhook::create(&mut tx, &visit.actor()?, visit.now, said).await;
    let (made, secret) = made.map_err(|error| refused(&visit, error))?;
    tx.commit().await?;
    let told = Told { secret: Some(secret), said: None };
    page(&visit, &mut visit.reader().await?, &made.id, told).await
}

async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<Form>,
) -> Result<Response, Failure> {
    let said = said(&app, &visit, sent.form)?;
    let mut tx = app.office().db().write().await?;
    let changed = webhook::change(&mut tx, &visit.actor()?, visit.now, &id, said).await;
    changed.map_err(|error| refused(&visit, error))?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/webhooks/{id}?done=saved")).into_response())
}

#[derive(Deserialize)]
struct ActForm {
    #[serde(default)]
    event: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, act)): Path<(String, String)>,
    sent: Sent<ActForm>,
) -> Result<Response, Failure> {
    let (actor, now) = (visit.actor()?, visit.now);
    let w = &visit.lang.words().webhooks;
    let wrong = |error: WebhookError| refused(&visit, error);
    let mut tx = app.office().db().write().await?;
    let mut told = Told::default();
    match act.as_str() {
        "test" => {
            delivery::test(&mut tx, &actor, now, &id).await.map_err(wrong)?;
            told.said = Some(w.test_done.into());
        }
        "rotate" => {
            let (_, secret) = webhook::rotate(&mut tx, &actor, now, &id).await.map_err(wrong)?;
            told.secret = Some(secret);
        }
        "again" | "replay" => {
            let again = which(&visit, &act, &sent.form)?;
            let sent = delivery::replay(&mut tx, &actor, now, &id, &again).await;
            told.said = Some(match sent.map_err(wrong)? {
                0 => w.replay_none.into(),
                n => fill(w.replay_done, &[("n", &n.to_string())]),
            });
        }
        "on" | "off" | "remove" => {
            let to = match act.as_str() {
                "on" => Status::On,
                "off" => Status::Off,
                _ => Status::Removed,
            };
            webhook::switch(&mut tx, &actor, now, &id, to).await.map_err(wrong)?;
            tx.commit().await?;
            let to = match to {
                Status::Removed => "/console/webhooks?done=removed".to_owned(),
                _ => format!("/console/webhooks/{id}?done=saved"),
            };
            return Ok(Redirect::to(&to).into_response());
        }
        _ => return Err(Failure::NotFound),
    }
    tx.commit().await?;
    page(&visit, &mut visit.reader().await?, &id, told).await
}

/// Which events are sent again. Days are those of the vendor, the last one with them.
fn which(visit: &Visit, act: &str, form: &ActForm) -> Result<Again, Failure> {
    if act == "again" {
        return Ok(Again::Event(form.event.clone()));
    }
    let day = |text: &str| text.trim().parse::<Date>().ok();
    let begins = |day: Date| day.to_zoned(visit.zone()).ok().map(|at| at.timestamp());
    let days = day(&form.from).zip(day(&form.until)).filter(|(from, until)| from <= until);
    let span = days.and_then(|(from, until)| {
        Some(Again::Span(begins(from)?, begins(until.checked_add(1.day()).ok()?)?))
    });
    let wrong = || Failure::field(&["from", "until"], visit.lang.words().webhooks.bad_days);
    span.ok_or_else(wrong)
}

fn refused(visit: &Visit, error: WebhookError) -> Failure {
    let w = &visit.lang.words().webhooks;
    match error {
        WebhookError::Db(error) => Failure::Db(error),
        WebhookError::NotFound | WebhookError::NoEvent => Failure::NotFound,
        WebhookError::Url => Failure::field(&["url"], w.bad_url),
        WebhookError::Kinds { pattern } => {
            Failure::field(&["events"], fill(w.bad_events, &[("names", &pattern)]))
        }
        WebhookError::NoKinds => Failure::field(&["events"], w.no_events),
        WebhookError::Description => Failure::field(&["description"], w.bad_description),
        WebhookError::TooMany => Failure::Conflict(w.too_many.into()),
        WebhookError::Off => Failure::Conflict(w.is_off.into()),
        WebhookError::Random(error) => Failure::Access(engine::access::AccessError::Random(error)),
    }
}
