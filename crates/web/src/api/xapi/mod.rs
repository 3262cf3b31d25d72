//! xAPI: statements of outside learning systems become activities.
//!
//! # Promises
//!
//! * A statement is a fact: its id is the key (`xapi/…`), its verb the type (`xapi_passed`), its
//!   actor a user or partner of ours. So terms count it as they count everything else.
//! * All statements of a request are taken, or none, and then the answer says what is wrong with
//!   each. What was taken is given back as it was sent.
//! * The same statement again is known; another one under its id is refused (409).
//!
//! What it deliberately is not: a store of whatever anybody did. Groups, attachments, states and
//! profiles are refused, and who is nobody of ours is, too.

mod statement;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, middleware};
use domain::code::FactKey;
use engine::catalog::MasterData;
use engine::db::{Reader, Tx};
use engine::imports::{self, Post, PostAnswer, Posted, PostedRow};
use engine::journal::{self, Entry};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Params, done};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use statement::{Statement, Who};

/// No request has more statements.
const STATEMENTS_MAX: usize = 500;
/// No answer has more statements.
const SHOWN_MAX: i64 = 100;
/// How many are looked through for an answer; the rest is behind `more`.
const LOOKED_MAX: usize = 5_000;
/// The versions that are understood, the newest last.
const VERSIONS: [&str; 5] = ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"];
const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
const THROUGH: HeaderName = HeaderName::from_static("x-experience-api-consistent-through");

pub fn add(routes: &mut Routes) {
    let own = middleware::from_fn(headers_of);
    routes.add(Verb::Get, "/api/v1/xapi/about", get(about).layer(own.clone()));
    let statements = get(read).post(store).put(put).layer(own);
    routes.add(Verb::Get, "/api/v1/xapi/statements", statements);
}

/// Every answer says which version it speaks.
async fn headers_of(request: axum::extract::Request, next: middleware::Next) -> Response {
    let asked = request.headers().get(&VERSION).and_then(|it| it.to_str().ok());
    let speaks = match asked {
        Some(version) if version.starts_with("1.") => "1.0.3",
        _ => "2.0.0",
    };
    let mut response = next.run(request).await;
    response.headers_mut().insert(VERSION, HeaderValue::from_static(speaks));
    response
}

/// What this interface understands.
#[derive(Debug, Serialize, ToSchema)]
pub struct XapiAbout {
    pub version: Vec<&'static str>,
}

/// The versions of xAPI that are understood.
#[utoipa::path(get, path = "/api/v1/xapi/about", tag = "xapi",
    responses((status = 200, body = XapiAbout), ApiError), security(()))]
pub async fn about() -> Json<XapiAbout> {
    Json(XapiAbout { version: VERSIONS.to_vec() })
}

/// A request says which version it speaks.
fn version(headers: &HeaderMap) -> Result<(), ApiError> {
    let named = headers.get(&VERSION).and_then(|it| it.to_str().ok()).unwrap_or_default();
    // `1.0` is how some write the first of its kind.
    if VERSIONS.contains(&named) || named == "1.0" {
        return Ok(());
    }
    let what = format!("send `X-Experience-API-Version`: one of {}", VERSIONS.join(", "));
    Err(ApiError::Malformed { what })
}

/// Takes statements of outside learning systems.
///
/// The actor is a user of ours by `mbox` or `account.name` (its login or id), or a partner by
/// `account.name` (its code). The verb becomes the type of an activity: `…/verbs/passed` is
/// `xapi_passed`. `result.score.scaled` is `fact.score`, the object's id `fact.object`.
/// `voided` takes back the statement that it names. All are taken or none.
#[utoipa::path(post, path = "/api/v1/xapi/statements", tag = "xapi",
    params(("X-Experience-API-Version" = String, Header, description = "`1.0.0` to `1.0.3`, or `2.0.0`.")),
    request_body(content((Vec<Object> = "application/json"))),
    responses((status = 200, body = Vec<String>), ApiError))]
pub async fn store(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<String>>, ApiError> {
    params.end()?;
    version(&headers)?;
    let body = input::json(&headers, body).await?;
    let list = match body {
        Value::Array(list) => list,
        one => vec![one],
    };
    if list.len() > STATEMENTS_MAX {
        let max = STATEMENTS_MAX;
        return Err(ApiError::TooLarge { what: "the list", limit: "STATEMENTS_MAX", max });
    }
    Ok(Json(take(&api, &caller, list).await?))
}

/// Takes one statement under the id of the address.
#[utoipa::path(put, path = "/api/v1/xapi/statements", tag = "xapi",
    params(
        ("statementId" = String, Query, description = "Its UUID."),
        ("X-Experience-API-Version" = String, Header, description = "`1.0.0` to `1.0.3`, or `2.0.0`."),
    ),
    request_body(content((Object = "application/json"))),
    responses((status = 204), ApiError))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let id = params.needed("statementId");
    params.end()?;
    version(&headers)?;
    let mut body = input::json(&headers, body).await?;
    let Value::Object(object) = &mut body else {
        let detail = "one statement is needed";
        return Err(ApiError::invalid(Fault::in_body("", "wrong_type", detail)));
    };
    let own = object.entry("id").or_insert_with(|| json!(id));
    if !own.as_str().is_some_and(|own| own.eq_ignore_ascii_case(&id)) {
        let detail = "the id of the statement is not the one of the address";
        return Err(ApiError::invalid(Fault::in_body("/id", "bad_value", detail)));
    }
    take(&api, &caller, vec![body]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes statements in one commit, and says their ids.
async fn take(api: &Api, caller: &Caller, list: Vec<Value>) -> Result<Vec<String>, ApiError> {
    let office = api.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let now = office.now();
    let zone = zone(&mut tx).await?;
    let mut faults = Vec::new();
    let mut read: Vec<Statement> = Vec::with_capacity(list.len());
    for (at, value) in list.into_iter().enumerate() {
        let pointer = format!("/{at}");
        read.extend(statement::read(value, (&pointer, now), &mut faults));
    }
    done(faults)?;
    let ids: Vec<String> = read.iter().map(|it| it.id.clone()).collect();
    let rows = rows(&mut tx, &master, &zone, read).await?;
    if rows.is_empty() {
        return Ok(ids);
    }
    let posts = [Post { name: &caller.token().name, actor: caller.actor(), rows: &rows }];
    let reports = imports::post_facts(&mut tx, (&rules, &master), now, &posts).await?;
    let answers = reports.into_iter().flat_map(|report| report.answers);
    let mut faults = Vec::new();
    for answer in answers {
        if let PostAnswer::Refused(rejection) = answer {
            let pointer = format!("/{}", rejection.row.saturating_sub(1));
            let detail = rejection.sentence(caller.language());
            faults.push(Fault::in_body(pointer, rejection.reason.code(), detail));
        }
    }
    done(faults)?;
    tx.commit().await?;
    office.wake();
    Ok(ids)
}

async fn zone(reader: &mut Reader) -> Result<jiff::tz::TimeZone, ApiError> {
    let settings = engine::catalog::load_settings(reader).await?;
    Ok(jiff::tz::TimeZone::get(&settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC))
}

/// The facts of statements that are new. One that is there and says something else is refused, and
/// so is one of nobody.
async fn rows(
    tx: &mut Tx,
    master: &MasterData,
    zone: &jiff::tz::TimeZone,
    read: Vec<Statement>,
) -> Result<Vec<PostedRow>, ApiError> {
    let keys: Vec<FactKey> = read.iter().map(Statement::key).collect();
    let known = journal::existing(tx, &keys).await?;
    let mut here: HashMap<FactKey, Value> = HashMap::new();
    let (mut rows, mut faults) = (Vec::with_capacity(read.len()), Vec::new());
    for (at, of) in read.into_iter().enumerate() {
        let key = of.key();
        let before = match here.get(&key) {
            Some(before) => Some(before.clone()),
            None if known.contains_key(&key) => stored(tx, master, &key).await?,
            None => None,
        };
        if let Some(before) = before {
            if of.is_same(&before) {
                continue;
            }
            let what = format!("there is another statement `{}` already", of.id);
            return Err(ApiError::Conflict { what });
        }
        here.insert(key, of.value.clone());
        let posted = match &of.voids {
            Some(voided) => {
                let key = statement::key_of(voided);
                Posted::Cancellation(key)
            }
            None => match statement::who(tx, master, &of).await? {
                Who::Known { partner, user } => Posted::New(of.row(zone, partner, user)),
                Who::Nobody(detail) => {
                    let pointer = format!("/{at}/actor");
                    faults.push(Fault::in_body(pointer, "unknown_actor", detail));
                    continue;
                }
            },
        };
        rows.push(PostedRow { content: posted, raw: of.value.to_string() });
    }
    done(faults)?;
    Ok(rows)
}

/// A statement as it was sent.
async fn stored(
    reader: &mut Reader,
    master: &MasterData,
    key: &FactKey,
) -> Result<Option<Value>, ApiError> {
    let entries = journal::units_of(reader, master, std::slice::from_ref(key)).await?;
    let came = entries.iter().find(|entry| entry.fact.key == *key);
    match came {
        Some(entry) => sent(reader, entry).await,
        None => Ok(None),
    }
}

async fn sent(reader: &mut Reader, entry: &Entry) -> Result<Option<Value>, ApiError> {
    let Some(source) = entry.source else { return Ok(None) };
    let row = imports::source_row(reader, source.import_id, source.row).await?;
    let value = row.and_then(|row| serde_json::from_str::<Value>(&row.raw).ok());
    Ok(value.map(|mut value| {
        value["stored"] = json!(entry.fact.recorded.to_string());
        value
    }))
}

/// What an answer is narrowed to.
struct Wanted {
    verb: Option<String>,
    activity: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    agent: Option<Value>,
    limit: usize,
}

impl Wanted {
    fn takes(&self, value: &Value, stored: Timestamp) -> bool {
        let is = |wanted: &Option<String>, found: &Value| {
            wanted.as_deref().is_none_or(|wanted| found.as_str() == Some(wanted))
        };
        let agent = |wanted: &Value| {
            ["mbox", "account"]
                .iter()
                .any(|name| wanted.get(name).is_some_and(|it| value["actor"].get(name) == Some(it)))
        };
        is(&self.verb, &value["verb"]["id"])
            && is(&self.activity, &value["object"]["id"])
            && self.since.is_none_or(|since| since < stored)
            && self.until.is_none_or(|until| stored <= until)
            && self.agent.as_ref().is_none_or(agent)
    }
}

/// Statements as they were sent.
///
/// `statementId` gives one; otherwise the newest come first, narrowed by `verb`, `activity`,
/// `agent` (JSON), `since` and `until`. What was voided is left out.
#[utoipa::path(get, path = "/api/v1/xapi/statements", tag = "xapi",
    params(
        ("statementId" = Option<String>, Query, description = "The one of this UUID."),
        ("verb" = Option<String>, Query, description = "The id of the verb."),
        ("activity" = Option<String>, Query, description = "The id of the object."),
        ("agent" = Option<String>, Query, description = "The actor, as JSON with `mbox` or `account`."),
        ("since" = Option<String>, Query, description = "Stored after this instant."),
        ("until" = Option<String>, Query, description = "Stored at this instant or before."),
        ("limit" = Option<i64>, Query, description = "At most so many; 100."),
        ("before" = Option<i64>, Query, description = "Written by `more`."),
        ("X-Experience-API-Version" = String, Header, description = "`1.0.0` to `1.0.3`, or `2.0.0`."),
    ),
    responses((status = 200, body = Object), ApiError))]
pub async fn read(
    State(api): State<Api>,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = params.text("statementId");
    let before = params.number("before", (0, i64::MAX));
    let limit = params.number("limit", (0, i64::MAX)).unwrap_or(0);
    // 0 is as many as there may be.
    let limit = if limit == 0 { SHOWN_MAX } else { limit.min(SHOWN_MAX) };
    let wanted = Wanted {
        verb: params.text("verb"),
        activity: params.text("activity"),
        since: instant(&mut params, "since"),
        until: instant(&mut params, "until"),
        agent: agent(&mut params),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    };
    params.end()?;
    version(&headers)?;
    let office = api.office();
    let mut reader = office.db().read().await?;
    let master = office.master(&mut reader).await?;
    let body = match id {
        Some(id) => {
            let key = statement::key_of(&id);
            let known = journal::existing(&mut reader, std::slice::from_ref(&key)).await?;
            let is_there = known.get(&key).is_some_and(journal::Existing::is_there);
            let found = if is_there { stored(&mut reader, &master, &key).await? } else { None };
            found.ok_or(ApiError::NotFound)?
        }
        None => listed(&mut reader, &master, &wanted, before).await?,
    };
    let through = office.now().to_string();
    let through = HeaderValue::from_str(&through).unwrap_or(HeaderValue::from_static(""));
    let mut response = Json(body).into_response();
    response.headers_mut().insert(THROUGH, through);
    Ok(response)
}

fn instant(params: &mut Params, name: &'static str) -> Option<Timestamp> {
    let text = params.text(name)?;
    let read = text.parse().ok();
    if read.is_none() {
        let detail = format!("`{text}` is no instant; write it as 2026-04-01T09:00:00Z");
        params.faults.push(Fault::in_parameter(name, "bad_value", detail));
    }
    read
}

fn agent(params: &mut Params) -> Option<Value> {
    let text = params.text("agent")?;
    let read = serde_json::from_str(&text).ok();
    if read.is_none() {
        let detail = "the agent is no JSON";
        params.faults.push(Fault::in_parameter("agent", "bad_value", detail));
    }
    read
}

async fn listed(
    reader: &mut Reader,
    master: &MasterData,
    wanted: &Wanted,
    before: Option<i64>,
) -> Result<Value, ApiError> {
    let mut found: Vec<Value> = Vec::new();
    let (mut next, mut looked) = (before, 0);
    let more = loop {
        let of = (next, SHOWN_MAX);
        let entries = journal::with_prefix(reader, master, statement::PREFIX, of).await?;
        for entry in &entries {
            let sent = sent(reader, entry).await?;
            if let Some(value) = sent.filter(|it| wanted.takes(it, entry.fact.recorded)) {
                if found.len() == wanted.limit {
                    break;
                }
                found.push(value);
            }
            next = Some(entry.seq);
        }
        looked += entries.len();
        let is_last = i64::try_from(entries.len()).unwrap_or(0) < SHOWN_MAX;
        let is_full = found.len() == wanted.limit || LOOKED_MAX <= looked;
        match (is_full, is_last) {
            (true, _) => break next,
            (false, true) => break None,
            (false, false) => {}
        }
    };
    let more = more.map(|seq| more_of(wanted, seq)).unwrap_or_default();
    Ok(json!({"statements": found, "more": more}))
}

/// Where the rest is.
fn more_of(wanted: &Wanted, seq: i64) -> String {
    let mut pairs = vec![
        ("before".to_owned(), seq.to_string()),
        ("limit".to_owned(), wanted.limit.to_string()),
    ];
    let texts = [
        ("verb", wanted.verb.clone()),
        ("activity", wanted.activity.clone()),
        ("since", wanted.since.map(|at| at.to_string())),
        ("until", wanted.until.map(|at| at.to_string())),
        ("agent", wanted.agent.as_ref().map(Value::to_string)),
    ];
    let some = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    pairs.extend(some);
    crate::ui::list::with_query("/api/v1/xapi/statements", &pairs)
}
