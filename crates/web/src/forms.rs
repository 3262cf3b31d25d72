//! Forms that come twice: a double click, back and send again, a try again after a lost answer.
//!
//! # Invariants
//!
//! * A form of console or portal that is sent again acts once, and is answered with where the
//!   first one led. The key that its page gave it is kept, with what the form said.
//! * A key that comes again with other content is refused; nothing is done.
//! * What was begun is brought to its end and its answer kept, also if the browser has hung up.
//! * Where nothing was changed (a problem to correct, a preview) nothing is kept, and the form may
//!   be corrected and sent again.
//!
//! The work commits by itself, so the key is claimed before: if the process ends between the work
//! and keeping its answer, the form that comes again is not acted on, and says so.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use engine::idempotency::{self, Claim, KEY_CHARS_MAX, request_hash};

use crate::app::App;
use crate::failure::Failure;
use crate::refused_form::Typed;
use crate::visit::Visit;

/// How often somebody looks whether the form that came first has its answer, and how long it is
/// waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: u32 = 300;

/// A form as it is known again.
pub struct Sending {
    app: App,
    actor: String,
    key: String,
    hash: String,
    /// Where its answer is seen again if it is a page and no address.
    page: String,
    /// How often it is looked whether another one has its answer.
    looks: u32,
}

/// How a form was answered.
pub enum Answer {
    /// By acting, now.
    Acted(Response),
    /// As the same form was before, or with a refusal: nothing was done now.
    Before(Response),
}

impl Answer {
    pub fn into_response(self) -> Response {
        match self {
            Answer::Acted(response) | Answer::Before(response) => response,
        }
    }
}

impl Sending {
    /// The form with this key, sent by somebody who is signed in. `None` without a key.
    ///
    /// One page gives all its forms one key, so a key belongs to the address that it is sent to.
    pub fn new(visit: &Visit, key: &str, content: &[u8]) -> Option<Sending> {
        let user = &visit.session.as_ref()?.user;
        if key.is_empty() || KEY_CHARS_MAX < key.len() {
            return None;
        }
        let page = visit.here.split('?').next().unwrap_or_default().to_string();
        Some(Sending {
            app: visit.app.clone(),
            actor: format!("form:{}", user.id),
            key: request_hash(format!("{page}\n{key}").as_bytes()),
            hash: request_hash(content),
            page,
            looks: LOOKS,
        })
    }

    /// Acts, unless the same form was sent before.
    pub async fn once(self, act: impl Future<Output = Response> + Send + 'static) -> Answer {
        // Who sent it may hang up; what was begun goes on.
        match tokio::spawn(self.decide(act)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => Answer::Before(failure.into_response()),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Answer::Before(Failure::Stopped(error).into_response()),
        }
    }

    async fn decide(self, act: impl Future<Output = Response> + Send) -> Result<Answer, Failure> {
        for _ in 0..self.looks {
            match self.claim().await? {
                Claim::Mine => {
                    let response = act.await;
                    self.keep(leads_to(&response, &self.page)).await;
                    return Ok(Answer::Acted(response));
                }
                Claim::Answered(to) => {
                    return Ok(Answer::Before(Redirect::to(&to).into_response()));
                }
                Claim::OtherRequest => return Err(Failure::OtherForm),
                Claim::UnderWay => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
        Err(Failure::NoAnswer)
    }

    async fn claim(&self) -> Result<Claim, Failure> {
        let of = (self.actor.as_str(), self.key.as_str(), self.hash.as_str());
        let office = self.app.office();
        let mut reader = office.db().read().await?;
        if let Some(known) = idempotency::claimed(&mut reader, of).await? {
            return Ok(known);
        }
        drop(reader);
        let mut tx = office.db().write().await?;
        let claim = idempotency::claim(&mut tx, office.now(), of).await?;
        tx.commit().await?;
        Ok(claim)
    }

    /// Keeps where the answer led, or gives the key back if nothing was changed.
    async fn keep(&self, to: Option<String>) {
        if let Err(error) = self.try_keep(to).await {
            // The key stays claimed: sent again, the form is not acted on and says so.
            tracing::error!(%error, path = %self.page, "the answer to a form could not be kept");
        }
    }

    async fn try_keep(&self, to: Option<String>) -> Result<(), Failure> {
        let of = (self.actor.as_str(), self.key.as_str());
        let mut tx = self.app.office().db().write().await?;
        match to {
            Some(to) => idempotency::answer(&mut tx, of, &to).await?,
            None => idempotency::release(&mut tx, of).await?,
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Where an answer leads if something was changed. A page with a secret that is shown once is
/// `201 Created`; the page is seen again without it.
fn leads_to(response: &Response, page: &str) -> Option<String> {
    match response.status() {
        StatusCode::SEE_OTHER => {
            Some(response.headers().get(header::LOCATION)?.to_str().ok()?.to_owned())
        }
        StatusCode::CREATED => Some(page.to_owned()),
        _ => None,
    }
}

/// Lets every form act once. Forms with files come through [`crate::uploads::once`].
pub async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Visit>().cloned();
    match visit {
        Some(visit) if is_form(&request) && visit.session.is_some() => {
            match read(&visit, request, &app).await {
                Ok((request, Some(sending))) => {
                    let typed = request.extensions().get::<Arc<Typed>>().cloned();
                    let act = async move { next.run(request).await };
                    let mut response = sending.once(act).await.into_response();
                    // Whoever gives a refusal its page may show the form again.
                    if let Some(typed) = typed {
                        response.extensions_mut().insert(typed);
                    }
                    response
                }
                Ok((request, None)) => next.run(request).await,
                Err(failure) => failure.into_response(),
            }
        }
        _ => next.run(request).await,
    }
}

/// A form of console or portal, without files.
fn is_form(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST
        && (path.starts_with("/console") || path.starts_with("/portal"))
        && has_fields(request.headers())
}

fn has_fields(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The request as it came, and the form in it. One whose token is wrong is left to its handler,
/// which refuses it.
async fn read(
    visit: &Visit,
    request: Request,
    app: &App,
) -> Result<(Request, Option<Sending>), Failure> {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = Bytes::from_request(whole, app).await.map_err(|rejection| {
        match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
            _ => Failure::Unreadable("form".into()),
        }
    })?;
    let again = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let form = Form::<Vec<(String, String)>>::from_request(again, app).await;
    let request = Request::from_parts(parts, Body::from(bytes));
    let Ok(Form(fields)) = form else { return Ok((request, None)) };
    let field = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    if !visit.is_csrf(field("csrf")) {
        return Ok((request, None));
    }
    let said: Vec<_> = fields.iter().filter(|(name, _)| name != "csrf" && name != "key").collect();
    let content = serde_json::to_vec(&said).unwrap_or_default();
    let sending = Sending::new(visit, field("key"), &content);
    let mut request = request;
    request.extensions_mut().insert(Arc::new(fields));
    Ok((request, sending))
}

#[cfg(test)]
mod tests;
