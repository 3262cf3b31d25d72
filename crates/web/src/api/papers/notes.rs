//! Credit notes and demands.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use domain::explain::Lang;
use engine::access::Viewer;
use engine::papers::note::{self, NoteRow};
use engine::papers::statement::NoteKind;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::books::read;
use crate::api::awards::{money, visible_partner};
use crate::api::guard::Caller;
use crate::api::input::{Params, json};
use crate::api::matrix::Verb;
use crate::api::paging::{PageOf, Part};
use crate::api::problem::{ApiError, Fault};
use crate::api::{Api, Routes};
use crate::console::routes::statements::{drawn, file};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/notes", get(notes));
    routes.add(Verb::Post, "/api/v1/notes", post(issue));
    routes.add(Verb::Get, "/api/v1/notes/{id}", get(one));
    routes.add(Verb::Get, "/api/v1/notes/{id}/{paper}", get(paper));
    routes.add(Verb::Post, "/api/v1/notes/{id}/received", post(received));
    routes.add(Verb::Post, "/api/v1/notes/{id}/void", post(void));
}

/// A credit note that settled a statement, or a demand for what was paid too much.
#[derive(Debug, Serialize, ToSchema)]
pub struct Note {
    pub id: String,
    #[schema(example = "CN-2026-000007")]
    pub number: String,
    /// `credit` or `debit`.
    pub kind: &'static str,
    /// The number of its statement.
    pub statement: String,
    pub partner: String,
    pub unit: String,
    /// What is credited, or demanded.
    pub total: String,
    pub issued: String,
    /// When the money of a demand is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// `issued`, `received` or `void`.
    pub status: &'static str,
    /// When the money came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// Why it is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What to issue.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewNote {
    /// The id or number of a statement: below zero it becomes a demand, otherwise a credit note.
    /// Without one every credit note that waits is issued.
    pub statement: Option<String>,
    /// When a demand is due; otherwise after as many days as payouts are.
    pub due: Option<String>,
}

/// When money came in, or why a note is void.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoteEnd {
    /// When the money came in; today if it is not said.
    pub day: Option<String>,
    /// Why the note is void.
    pub reason: Option<String>,
}

fn shown(row: NoteRow) -> Note {
    Note {
        id: row.public_id,
        number: row.number,
        kind: row.kind.word(),
        statement: row.statement,
        partner: row.partner_code,
        total: money(row.total.abs(), &row.unit),
        unit: row.unit,
        issued: row.issued.to_string(),
        due: (row.kind == NoteKind::Debit).then(|| row.due.to_string()),
        status: row.status.word(),
        received: row.received.map(|day| day.to_string()),
        reason: row.comment,
    }
}

/// No list is longer.
const NOTES_MAX: i64 = 100_000;

/// Credit notes and demands, newest first.
#[utoipa::path(get, path = "/api/v1/notes", tag = "papers",
    params(
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Note>), ApiError))]
pub async fn notes(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Note>>, ApiError> {
    let partner = params.text("partner");
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let partner = visible_partner(&caller, &master, partner.as_deref())?;
    let viewer = Viewer::of(caller.partner());
    let rows = note::list(&mut reader, viewer, partner, NOTES_MAX).await?;
    Ok(Json(part.cut(rows, shown)))
}

fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let detail = format!("`{text}` is no day; write it as 2026-07-31");
        ApiError::invalid(Fault::in_body(format!("/{field}"), "bad_value", detail))
    })
}

/// Issues the note that settles a statement, or every credit note that waits.
#[utoipa::path(post, path = "/api/v1/notes", tag = "papers", request_body = NewNote,
    responses((status = 200, body = [Note]), ApiError))]
pub async fn issue(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<Note>>, ApiError> {
    params.end()?;
    let new: NewNote = read(json(&headers, body).await?)?;
    let due = day("due", new.due.as_deref())?;
    let office = api.office();
    let issued = match new.statement {
        None => note::credit_all(office, caller.actor(), Date::constant(9999, 12, 31)).await?,
        Some(id) => {
            let mut tx = office.db().write().await?;
            let row = note::issue(&mut tx, caller.actor(), office.now(), &id, due).await?;
            tx.commit().await?;
            vec![row]
        }
    };
    Ok(Json(issued.into_iter().map(shown).collect()))
}

/// A credit note or a demand, by id or number.
#[utoipa::path(get, path = "/api/v1/notes/{id}", tag = "papers",
    params(("id" = String, Path, description = "The note's id or number.")),
    responses((status = 200, body = Note), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Note>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = note::row(&mut reader, Viewer::of(caller.partner()), &id).await?;
    Ok(Json(shown(row.ok_or(ApiError::NotFound)?)))
}

/// The paper: `ja.pdf`, `en.pdf`, `ja.xlsx` or `en.xlsx`.
#[utoipa::path(get, path = "/api/v1/notes/{id}/{paper}", tag = "papers",
    params(
        ("id" = String, Path, description = "The note's id or number."),
        ("paper" = String, Path, description = "`ja.pdf`, `en.pdf`, `ja.xlsx` or `en.xlsx`."),
    ),
    responses((status = 200, description = "The paper.", body = Vec<u8>,
        content_type = "application/pdf"), ApiError))]
pub async fn paper(
    State(api): State<Api>,
    caller: Caller,
    Path((id, paper)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = note::row(&mut reader, Viewer::of(caller.partner()), &id).await?;
    let row = row.ok_or(ApiError::NotFound)?;
    let content = note::load(&mut reader, &row).await?;
    let (lang, kind) = paper.split_once('.').ok_or(ApiError::NotFound)?;
    let lang = match lang {
        "ja" => Lang::Ja,
        "en" => Lang::En,
        _ => return Err(ApiError::NotFound),
    };
    let drawn = drawn(&content, lang, kind).ok_or(ApiError::NotFound)?;
    let bytes = drawn.map_err(|what| ApiError::Conflict { what })?;
    Ok(file(&format!("{}-{}.{kind}", row.number, lang.tag()), bytes))
}

/// Says that the money of a demand came in, and posts it.
#[utoipa::path(post, path = "/api/v1/notes/{id}/received", tag = "papers",
    params(("id" = String, Path, description = "The note's id or number.")),
    request_body = NoteEnd, responses((status = 200, body = Note), ApiError))]
pub async fn received(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Note>, ApiError> {
    params.end()?;
    let end: NoteEnd = read(json(&headers, body).await?)?;
    let on = day("day", end.day.as_deref())?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = note::received(&mut tx, caller.actor(), now, &id, on).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// Makes a note void, with a reason: its statement waits to be settled again.
#[utoipa::path(post, path = "/api/v1/notes/{id}/void", tag = "papers",
    params(("id" = String, Path, description = "The note's id or number.")),
    request_body = NoteEnd, responses((status = 200, body = Note), ApiError))]
pub async fn void(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Note>, ApiError> {
    params.end()?;
    let end: NoteEnd = read(json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let reason = end.reason.unwrap_or_default();
    let row = note::void(&mut tx, caller.actor(), now, &id, &reason).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}
