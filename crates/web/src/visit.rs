//! A request on its way in: who it is, in which language, whether it may, and the page if not.
//!
//! # Invariants
//!
//! * Every request passes [`guard`]; a route that the matrix does not allow answers as if it did
//!   not exist.
//! * A form that posts is only read through [`Sent`], which compares its token. That it acts once
//!   is the promise of [`crate::forms`].

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Form;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use engine::access::{self as door, Action, Actor, Role, Session};
use engine::catalog::{Settings, load_settings};
use engine::db::Reader;
use engine::members::people;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use maud::Markup;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access;
use crate::app::{App, no_store};
use crate::failure::{Failure, Refusal};
use crate::gate::refused::{self, Reason};
use crate::i18n::{Lang, sentence};
use crate::portal::{points, training};
use crate::refused_form::{Again, Refused, Typed};
use crate::shell::{Done, Shell, Theme, View, Viewer, Waiting};

pub const SESSION_COOKIE: &str = "tokuten_session";
const GUEST_COOKIE: &str = "tokuten_guest";
pub const LANGUAGE_COOKIE: &str = "tokuten_language";
pub const THEME_COOKIE: &str = "tokuten_theme";

/// What is known about a request before its handler runs.
#[derive(Clone)]
pub struct Visit {
    pub app: App,
    pub lang: Lang,
    pub theme: Theme,
    pub settings: Settings,
    pub session: Option<Session>,
    pub now: Timestamp,
    /// Path and query.
    pub here: String,
    pub request_id: String,
    /// Where the request comes from, to slow down who guesses passwords.
    pub address: String,
    csrf: String,
    waiting: Waiting,
    /// What the reader's points are called, where a wallet acts.
    points: Option<String>,
    /// Whether there is a course for the reader.
    trains: bool,
    /// Whose points the pages of points are about.
    whose: Option<Whose>,
    done: Option<Done>,
    /// A form of this page that was refused just now.
    refused: Option<Refused>,
    /// Set for visitors without a session who have none yet.
    new_guest: Option<String>,
}

/// A reader who is a member of its own, and whose points the pages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    pub person_id: i64,
    pub is_own: bool,
}

/// Remembers whose points the pages of points are about.
pub const WHOSE_COOKIE: &str = "tokuten_whose";
pub const WHOSE_OWN: &str = "own";

impl Visit {
    /// Reads the session and the settings, and decides language and theme.
    async fn of(app: &App, parts: &Parts) -> Result<Visit, Failure> {
        let now = app.office().now();
        let mut reader = app.office().db().read().await?;
        let session = match cookie(&parts.headers, SESSION_COOKIE) {
            Some(secret) => door::find_session(&mut reader, now, secret).await?,
            None => None,
        };
        let settings = load_settings(&mut reader).await?;
        let waiting = match &session {
            Some(session) if is_console_page(parts) => {
                waiting(app, &mut reader, session, now).await?
            }
            _ => Waiting::default(),
        };
        let lang = language(&parts.headers, session.as_ref(), &settings);
        let (points, trains, whose) = match session.as_ref().and_then(|it| it.user.role.partner()) {
            Some(partner_id) if is_of_portal(parts) => {
                let rules = app.office().rules(&mut reader).await?;
                let master = app.office().master(&mut reader).await?;
                let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
                let today = now.to_zoned(zone).date();
                let days = (now, today);
                let of = (&*rules, &*master);
                let trains = training::has_courses(&mut reader, of, partner_id, days).await?;
                let user_id = session.as_ref().map_or(0, |it| it.user.user_id);
                let person = people::person_of(&mut reader, user_id).await?;
                let is_own = cookie(&parts.headers, WHOSE_COOKIE) == Some(WHOSE_OWN);
                let whose = person.map(|person_id| Whose { person_id, is_own });
                (points::name_of(lang, &rules), trains, whose)
            }
            _ => (None, false, None),
        };
        drop(reader);
        if let Some(session) = session.as_ref().filter(|session| session.wants_touch(now)) {
            let mut tx = app.office().db().write().await?;
            door::touch_session(&mut tx, now, session).await?;
            tx.commit().await?;
        }
        let guest = cookie(&parts.headers, GUEST_COOKIE).map(str::to_string);
        let new_guest = if session.is_none() && guest.is_none() { Some(secret()?) } else { None };
        let csrf = match (&session, guest.as_ref().or(new_guest.as_ref())) {
            (Some(session), _) => session.csrf.clone(),
            (None, Some(guest)) => token_of(guest),
            (None, None) => String::new(),
        };
        let refused = parts.extensions.get::<Refused>().cloned();
        let here = parts.uri.path_and_query().map_or("/", |here| here.as_str()).to_string();
        Ok(Visit {
            app: app.clone(),
            lang,
            theme: theme(&parts.headers, session.as_ref()),
            settings,
            session,
            now,
            done: query(&here)
                .get("done")
                .and_then(|key| Done::parse(key))
                .filter(|_| refused.is_none()),
            refused,
            here,
            request_id: Uuid::now_v7().to_string(),
            address: address(parts),
            csrf,
            waiting,
            points,
            trains,
            whose,
            new_guest,
        })
    }

    pub fn role(&self) -> Option<Role> {
        self.session.as_ref().map(|session| session.user.role)
    }

    /// Who acts. Guarded routes always have one.
    pub fn actor(&self) -> Result<Actor, Failure> {
        let session = self.session.as_ref().ok_or(Failure::NotFound)?;
        Ok(session.user.actor())
    }

    /// The partner whose portal it is.
    pub fn partner_id(&self) -> Result<i64, Failure> {
        self.role().and_then(Role::partner).ok_or(Failure::NotFound)
    }

    /// Whose points it is about: the company's, or the reader's own, who is a member of its own.
    pub fn member_id(&self) -> Result<i64, Failure> {
        let company = self.partner_id()?;
        let own = self.whose.filter(|whose| whose.is_own);
        Ok(own.map_or(company, |whose| whose.person_id))
    }

    pub async fn reader(&self) -> Result<Reader, Failure> {
        Ok(self.app.office().db().read().await?)
    }

    /// The vendor's time zone, in which days begin.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.settings.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// An instant on the vendor's clock.
    pub fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone()).datetime()
    }

    /// What the engine says, in the reader's language.
    pub fn said(&self, what: &impl std::fmt::Display) -> String {
        sentence(self.lang, &what.to_string())
    }

    pub fn today(&self) -> Date {
        self.local(self.now).date()
    }

    pub fn is_csrf(&self, brought: &str) -> bool {
        match &self.session {
            Some(session) => session.is_csrf(brought),
            None => !self.csrf.is_empty() && self.csrf == brought,
        }
    }

    pub fn shell(&self) -> Shell {
        let vendor = self.settings.vendor_name.trim();
        Shell {
            lang: self.lang,
            theme: self.theme,
            vendor: if vendor.is_empty() { "Tokuten".into() } else { vendor.into() },
            here: self.here.clone(),
            csrf: self.csrf.clone(),
            form_key: Uuid::now_v7().to_string(),
            viewer: self.session.as_ref().map(|session| Viewer {
                name: session.user.name.clone(),
                role: session.user.role,
                waiting: self.waiting,
                points: self.points.clone(),
                trains: self.trains,
                whose: self.whose,
            }),
            done: self.done,
            refused: self.refused.clone(),
            assets: std::sync::Arc::clone(self.app.assets()),
        }
    }

    /// A page for this reader.
    pub fn page(&self, view: &impl View) -> Markup {
        self.shell().page(view)
    }

    /// The address of a cookie's header.
    pub fn cookie(&self, name: &str, value: &str, days: u32) -> HeaderValue {
        let secure = if self.app.options().is_secure { "; Secure" } else { "" };
        let age = u64::from(days) * 86_400;
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Failure> {
        parts.extensions.get::<Visit>().cloned().ok_or(Failure::NotFound)
    }
}

/// A form that was sent, read only if its token is right.
pub struct Sent<T> {
    pub form: T,
}

impl<S, T> FromRequest<S> for Sent<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Sent<T>, Failure> {
        let visit = request.extensions().get::<Visit>().cloned().ok_or(Failure::NotFound)?;
        let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
                _ => Failure::Unreadable("form".into()),
            })?;
        let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
        if !visit.is_csrf(find("csrf").unwrap_or_default()) {
            return Err(Failure::Stale);
        }
        Ok(Sent { form: read_pairs(&pairs)? })
    }
}

/// Fields that stand more than once become lists.
fn read_pairs<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Failure> {
    let mut fields = serde_json::Map::new();
    for (name, value) in pairs {
        let many = name == "scope" || name == "chosen";
        let entry = fields.entry(name.clone());
        if many {
            let list = entry.or_insert_with(|| serde_json::Value::Array(vec![]));
            if let Some(list) = list.as_array_mut() {
                list.push(value.clone().into());
            }
        } else {
            entry.or_insert_with(|| value.clone().into());
        }
    }
    serde_json::from_value(serde_json::Value::Object(fields))
        .map_err(|error| Failure::Unreadable(error.to_string()))
}

/// Decides whether a request goes on, and draws a page for one that failed.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match Visit::of(&app, &parts).await {
        Ok(visit) => visit,
        Err(failure) => return without_visit(&app, failure),
    };
    let back = came_from(&parts);
    if let Some(answer) = turned_away(&visit, &parts) {
        return dressed(&visit, back, answer);
    }
    parts.extensions.insert(visit.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    dressed(&visit, back, response)
}

fn is_console_page(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.uri.path().starts_with("/console")
}

fn is_of_portal(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/portal")
}

/// What waits for this reader, to be written beside the places of the console.
async fn waiting(
    app: &App,
    reader: &mut Reader,
    session: &Session,
    now: Timestamp,
) -> Result<Waiting, Failure> {
    let (role, actor) = (session.user.role, session.user.actor());
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let mut waiting = Waiting::default();
    if role.may(Action::ClosePeriod) {
        let rules = app.office().rules(reader).await?;
        let due = rules
            .plans
            .iter()
            .zip(&rules.closes)
            .flat_map(|(plan, closes)| engine::settle::periods(plan, closes, now));
        // Of those behind the end of a program the page tells, where there is anything in them.
        let due = due
            .filter(|view| view.state == engine::settle::PeriodState::Ready && !view.is_correction);
        waiting.periods = u32::try_from(due.count()).unwrap_or(u32::MAX);
    }
    if role.may(Action::EditPrograms) {
        let handed_in = engine::programs::waiting(reader).await?;
        waiting.programs = u32::try_from(handed_in.len()).unwrap_or(u32::MAX);
    }
    let (payouts, adjustments) = engine::settle::waiting_counts(reader, &actor, now).await?;
    waiting.payouts = count(payouts);
    waiting.adjustments = count(adjustments);
    if role.may(Action::RequestAdjustment) {
        waiting.disputes = count(engine::settle::disputes_open(reader).await?);
    }
    Ok(waiting)
}

/// The answer to somebody who may not go on.
fn turned_away(visit: &Visit, parts: &Parts) -> Option<Response> {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let route = path.and_then(|path| access::route(&parts.method, path));
    if parts.method == Method::POST && is_from_elsewhere(&parts.headers) {
        return Some(Failure::Stale.into_response());
    }
    match route {
        Some(route) if route.who.includes(visit.role()) => None,
        _ if visit.session.is_none() && is_behind_the_door(parts) => {
            let next = crate::ui::encode(&visit.here);
            Some(Redirect::to(&format!("/sign-in?next={next}")).into_response())
        }
        _ => Some(Failure::NotFound.into_response()),
    }
}

/// Whether there is, or might be, something that signing in would show.
fn is_behind_the_door(parts: &Parts) -> bool {
    let path = parts.uri.path();
    parts.method == Method::GET && (path.starts_with("/console") || path.starts_with("/portal"))
}

/// What the browser itself says about where a form came from.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|site| site != "same-origin" && site != "none")
}

/// The page of ours on which a form was filled in. Going back there, browsers keep what was typed.
fn came_from(parts: &Parts) -> Option<String> {
    if parts.method != Method::POST {
        return None;
    }
    let page: Uri = parts.headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let host = parts.headers.get(header::HOST)?.to_str().ok()?;
    let is_ours = page.authority().is_some_and(|authority| authority.as_str() == host);
    is_ours.then(|| page.path_and_query().map(ToString::to_string)).flatten()
}

/// Gives a failure its page, and every answer its headers.
fn dressed(visit: &Visit, back: Option<String>, mut response: Response) -> Response {
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let status = response.status();
        if let Some(chain) = &refusal.chain {
            tracing::error!(request_id = %visit.request_id, path = %visit.here, "{chain}");
        }
        let request_id = visit.request_id.clone();
        let typed = response.extensions_mut().remove::<Arc<Typed>>();
        let reason = refusal.reason.said(visit.lang);
        let again = match &reason {
            Reason::Conflict { what } => typed.zip(back.clone()).map(|(typed, page)| Again {
                page,
                refused: Refused {
                    action: visit.here.clone(),
                    fields: refusal.fields,
                    what: capitalised(what),
                    typed,
                },
            }),
            _ => None,
        };
        let page = refused::Page { reason, request_id, back };
        response = (status, visit.page(&page)).into_response();
        if let Some(again) = again {
            response.extensions_mut().insert(again);
        }
    }
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&visit.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Some(guest) = &visit.new_guest {
        headers.append(header::SET_COOKIE, visit.cookie(GUEST_COOKIE, guest, 1));
    }
    if headers.contains_key(header::CACHE_CONTROL) { response } else { no_store(response) }
}

/// Messages begin with a small letter; a sentence on a page does not.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The kit writes `style` attributes for widths; everything else comes from our own files.
const SECURITY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// The database does not answer, so neither reader nor language are known.
fn without_visit(app: &App, failure: Failure) -> Response {
    let mut response = failure.into_response();
    let request_id = Uuid::now_v7().to_string();
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    if let Some(chain) = &refusal.chain {
        tracing::error!(%request_id, "{chain}");
    }
    let shell = Shell {
        lang: Lang::En,
        theme: Theme::Light,
        vendor: "Tokuten".into(),
        here: "/".into(),
        csrf: String::new(),
        form_key: String::new(),
        viewer: None,
        done: None,
        refused: None,
        assets: std::sync::Arc::clone(app.assets()),
    };
    let page = refused::Page { reason: refusal.reason, request_id, back: None };
    no_store((response.status(), shell.page(&page)).into_response())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The cookie of this browser, the user's record, what the browser asks for, the vendor's own.
fn language(headers: &HeaderMap, session: Option<&Session>, settings: &Settings) -> Lang {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    cookie(headers, LANGUAGE_COOKIE)
        .and_then(Lang::parse)
        .or_else(|| session.and_then(|session| Lang::parse(&session.user.language)))
        .or_else(|| asked.and_then(Lang::accepted))
        .or_else(|| Lang::parse(&settings.default_language))
        .unwrap_or(Lang::En)
}

fn theme(headers: &HeaderMap, session: Option<&Session>) -> Theme {
    let chosen = session.map(|session| session.user.theme);
    cookie(headers, THEME_COOKIE).and_then(Theme::parse).unwrap_or(match chosen {
        Some(door::Theme::Dark) => Theme::Dark,
        _ => Theme::Light,
    })
}

fn address(parts: &Parts) -> String {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "unknown".into(), |ConnectInfo(address)| address.ip().to_string())
}

/// The fields of an address's query, by name.
pub type Query = HashMap<String, String>;

/// Reads the query of an address.
pub fn query(here: &str) -> Query {
    let Some((_, query)) = here.split_once('?') else { return HashMap::new() };
    let uri = format!("/?{query}").parse::<axum::http::Uri>();
    uri.ok()
        .and_then(|uri| axum::extract::Query::<HashMap<String, String>>::try_from_uri(&uri).ok())
        .map(|query| query.0)
        .unwrap_or_default()
}

/// 256 random bits as text.
fn secret() -> Result<String, Failure> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Access(engine::access::AccessError::Random(error)))?;
    Ok(hex(&bytes))
}

/// A guest's form token: known only to who holds the cookie.
fn token_of(guest: &str) -> String {
    let digest = Sha256::digest(format!("form:{guest}"));
    hex(&digest)
}

/// Bytes as hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
