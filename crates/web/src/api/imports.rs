//! Whole files.

use std::ops::ControlFlow;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::access::Scope;
use engine::catalog::find_mapping;
use engine::imports::{self, Filter, ImportError, ImportRow, Input, Origin, Request};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::source::{Reader, SourceOptions};
use engine::office::Live;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::facts::read_mapping;
use super::guard::Caller;
use super::input::{self, Fields, Params, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

/// No file sent here is larger; larger ones go to `tokuten import`.
pub const FILE_BYTES_MAX: usize = 64 << 20;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/imports", get(list));
    routes.add(Verb::Post, "/api/v1/imports", post(upload));
    routes.add(Verb::Get, "/api/v1/imports/{id}", get(one));
    routes.add(Verb::Get, "/api/v1/imports/{id}/rejected", get(rejected));
    routes.add(Verb::Get, "/api/v1/imports/{id}/known", get(known));
    routes.add(Verb::Post, "/api/v1/imports/{id}/take", post(take));
    routes.add(Verb::Post, "/api/v1/imports/{id}/return", post(give_back));
    routes.add(Verb::Post, "/api/v1/imports/{id}/cancel", post(cancel));
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    pub id: String,
    pub name: String,
    /// `facts`, `partners`, `products`, `payees`, `external` or a table of reference data.
    pub feeds: &'static str,
    /// `file`, `console`, `portal` or `api`.
    pub origin: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mapping: String,
    /// `running`, `done`, `failed`; a partner's report also `review`, while it waits to be taken, or
    /// `returned`.
    pub status: &'static str,
    pub rows: i64,
    pub accepted: i64,
    pub known: i64,
    pub rejected: i64,
    /// Why it failed, what was kept, what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub by: String,
    pub started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// When the vendor took or returned the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<String>,
    /// What the vendor said to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_comment: Option<String>,
}

fn shown(row: ImportRow) -> Import {
    Import {
        id: row.id,
        name: row.name,
        feeds: row.feeds.word(),
        origin: row.origin.word(),
        mapping: row.mapping_name,
        status: row.status.word(),
        rows: row.counts.read,
        accepted: row.counts.accepted,
        known: row.counts.known,
        rejected: row.counts.rejected,
        failure: row.failure,
        by: row.actor_name,
        started_at: row.started_at.to_string(),
        finished_at: row.finished_at.map(|at| at.to_string()),
        reviewed_at: row.reviewed.as_ref().map(|word| word.at.to_string()),
        review_comment: row.reviewed.and_then(|word| word.comment),
    }
}

/// Imports, newest first; batches of `/facts` are among them.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Import>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Import>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let filter = Filter { partner_id: caller.partner(), with_api: true };
    let (rows, total) = imports::list(&mut reader, &filter, (part.offset, part.limit)).await?;
    Ok(Json(part.page(rows.into_iter().map(shown).collect(), total)))
}

async fn visible(api: &Api, caller: &Caller, id: &str) -> Result<ImportRow, ApiError> {
    let mut reader = api.office().db().read().await?;
    let row = imports::get(&mut reader, id).await?.ok_or(ApiError::NotFound)?;
    match caller.partner() {
        Some(own) if row.partner_id != Some(own) => Err(ApiError::NotFound),
        _ => Ok(row),
    }
}

/// An import.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    responses((status = 200, body = Import), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Import>, ApiError> {
    params.end()?;
    Ok(Json(shown(visible(&api, &caller, &id).await?)))
}

/// Stops an import that is under way. What is in stays; the same file goes on from there.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    responses((status = 200, body = Import), ApiError))]
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Import>, ApiError> {
    params.end()?;
    let import = visible(&api, &caller, &id).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    imports::stop(&mut tx, caller.actor(), now, &import).await?;
    tx.commit().await?;
    api.office().tell(Live::Import(std::sync::Arc::from(id.as_str())));
    Ok(Json(shown(visible(&api, &caller, &id).await?)))
}

/// The rejected rows in the shape they came in, with a column that says why. Correct them and send
/// them again.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rejected", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    responses((status = 200, body = String, content_type = "text/csv"), ApiError))]
pub async fn rejected(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let import = with_rows(&api, &caller, &id).await?;
    let mut reader = api.office().db().read().await?;
    let text = imports::write_rejects(&mut reader, &import, Vec::new(), caller.language()).await?;
    Ok(csv(text))
}

/// An import whose rows may be read.
async fn with_rows(api: &Api, caller: &Caller, id: &str) -> Result<ImportRow, ApiError> {
    let import = visible(api, caller, id).await?;
    if import.feeds == Feeds::Payees {
        // Its rows hold accounts.
        allowed(caller, import.feeds)?;
    }
    Ok(import)
}

fn csv(text: Vec<u8>) -> Response {
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The rows that were there before, in the shape they came in; of a long file the first 100,000.
#[utoipa::path(get, path = "/api/v1/imports/{id}/known", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    responses((status = 200, body = String, content_type = "text/csv"), ApiError))]
pub async fn known(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let import = with_rows(&api, &caller, &id).await?;
    let mut reader = api.office().db().read().await?;
    Ok(csv(imports::write_known(&mut reader, &import, Vec::new()).await?))
}

/// What is said to a partner's report.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct ReportWord {
    /// For the partner to read; needed to return a report.
    comment: Option<String>,
}

fn comment_of(body: &Value) -> Result<Option<String>, ApiError> {
    let mut faults = Vec::new();
    let mut comment = None;
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        comment = fields.text("comment", &mut faults);
        fields.end(&mut faults);
    }
    input::done(faults)?;
    Ok(comment)
}

/// Takes a partner's report that waits for review: its lines are read, and count.
#[utoipa::path(post, path = "/api/v1/imports/{id}/take", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    request_body = ReportWord,
    responses((status = 200, body = Import), ApiError))]
pub async fn take(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Import>, ApiError> {
    params.end()?;
    let comment = comment_of(&json(&headers, body).await?)?;
    let import = visible(&api, &caller, &id).await?;
    let done = imports::take_report(
        api.office(),
        caller.actor(),
        &import,
        comment.as_deref(),
        &mut |_| ControlFlow::Continue(()),
    )
    .await?;
    api.office().wake();
    api.office().tell(Live::Import(std::sync::Arc::from(id.as_str())));
    Ok(Json(shown(done.import)))
}

/// Gives a partner's report back, with a word that says why. Nothing of it counts.
#[utoipa::path(post, path = "/api/v1/imports/{id}/return", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    request_body = ReportWord,
    responses((status = 200, body = Import), ApiError))]
pub async fn give_back(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Import>, ApiError> {
    params.end()?;
    let comment = comment_of(&json(&headers, body).await?)?.unwrap_or_default();
    let import = visible(&api, &caller, &id).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    imports::return_report(&mut tx, now, caller.actor(), &import, &comment).await?;
    tx.commit().await?;
    api.office().tell(Live::Import(std::sync::Arc::from(id.as_str())));
    Ok(Json(shown(visible(&api, &caller, &id).await?)))
}

/// Takes a whole file in: CSV, TSV or XLSX, which is the body as it is.
///
/// The answer is given when the last row is on disk. A connection that breaks leaves whole batches;
/// the same file sent again goes on after them, and a file that was finished adds nothing.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports",
    params(
        ("name" = Option<String>, Query, description = "What people know it by: the file's name."),
        ("mapping" = Option<String>, Query, description = "A saved mapping. Without one the headings are the names of the fields."),
        ("feeds" = Option<String>, Query, description = "Without a mapping: `facts`, `partners`, `products`, `exchange-rates`, `unit-factors`, `lists`, `figures`, `prices`, `bank-holidays`, `payees` or `external`; `facts` if left out."),
    ),
    request_body(content((String = "text/csv"), (Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = Import), ApiError))]
pub async fn upload(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
    body: Body,
) -> Result<Json<Import>, ApiError> {
    let name = params.text("name").unwrap_or_else(|| "upload".to_owned());
    let mapping = params.text("mapping");
    let words: Vec<&str> = Feeds::ALL.into_iter().map(Feeds::word).collect();
    let feeds = params.word("feeds", Feeds::from_word, &words);
    params.end()?;
    let bytes = input::bytes(body, "FILE_BYTES_MAX", FILE_BYTES_MAX).await?;
    let mapping = match mapping {
        Some(name) => {
            let mut reader = api.office().db().read().await?;
            let saved = find_mapping(&mut reader, &name).await?.ok_or_else(|| {
                let detail = format!("there is no mapping `{name}`");
                ApiError::invalid(Fault::in_parameter("mapping", "unknown_mapping", detail))
            })?;
            read_mapping(&saved)?
        }
        None => by_headings(&bytes, feeds.unwrap_or(Feeds::Facts))?,
    };
    allowed(&caller, mapping.feeds)?;
    let input = Input::Bytes(bytes.to_vec().into());
    let request = Request::new(name, Origin::Api, input, mapping, caller.actor().clone());
    let report = imports::run(api.office(), request, &mut |_| ControlFlow::Continue(())).await?;
    api.office().wake();
    api.office().tell(Live::Import(report.import.id.as_str().into()));
    Ok(Json(shown(report.import)))
}

/// The mapping of a file whose headings already are the names of the fields.
fn by_headings(bytes: &[u8], feeds: Feeds) -> Result<Mapping, ApiError> {
    let unreadable = |error: engine::ingest::source::SourceError| ApiError::Malformed {
        what: error.to_string(),
    };
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let reader = Reader::open(input, &SourceOptions::default()).map_err(unreadable)?;
    let mapping = Mapping::by_headings(feeds, reader.headers());
    let fault = |problem: String| Fault::in_body("", "mapping", problem);
    let faults: Vec<Fault> = mapping.problems().into_iter().map(fault).collect();
    input::done(faults)?;
    Ok(mapping)
}

/// What a mapping feeds needs a scope of its own.
fn allowed(caller: &Caller, feeds: Feeds) -> Result<(), ApiError> {
    let needed = match feeds {
        Feeds::Facts | Feeds::External => Scope::FactsWrite,
        Feeds::Partners => Scope::PartnersWrite,
        Feeds::Products => Scope::ProductsWrite,
        Feeds::Payees => Scope::PayoutsWrite,
        Feeds::Reference(_) => Scope::ReferenceWrite,
    };
    if caller.token().has(needed) { Ok(()) } else { Err(ApiError::Scope { needed }) }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> ApiError {
        match error {
            ImportError::Halfway { cause, .. } => ApiError::from(*cause),
            ImportError::Db(error) => ApiError::Db(error),
            ImportError::Rules(error) => error.into(),
            ImportError::NotForPartners { .. } => ApiError::invalid(Fault::in_parameter(
                "mapping",
                "not_for_partners",
                error.to_string(),
            )),
            ImportError::NoPartner { .. } => ApiError::NotFound,
            ImportError::NoComment => {
                ApiError::invalid(Fault::in_body("/comment", "missing", error.to_string()))
            }
            ImportError::TooLargeToHold { .. } => {
                ApiError::invalid(Fault::in_body("", "too_large", error.to_string()))
            }
            ImportError::TakenOver { .. }
            | ImportError::NotRunning { .. }
            | ImportError::NotInReview { .. } => ApiError::Conflict { what: error.to_string() },
            ImportError::Read { .. } | ImportError::Write { .. } | ImportError::Stopped { .. } => {
                ApiError::Broken { doing: "the import", source: Box::new(error) }
            }
        }
    }
}
