//! The books: exports of the ledger, and the chart they are made with.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post, put};
use engine::papers::accounting::Chart;
use engine::papers::export::{self, ExportRow};
use engine::papers::settings;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::guard::Caller;
use crate::api::input::{Params, json};
use crate::api::matrix::Verb;
use crate::api::paging::{PageOf, Part};
use crate::api::problem::{ApiError, Fault};
use crate::api::{Api, Routes};
use crate::console::routes::statements::file;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/accounting/exports", get(exports));
    routes.add(Verb::Post, "/api/v1/accounting/exports", post(create));
    routes.add(Verb::Get, "/api/v1/accounting/exports/{id}/file", get(download));
    routes.add(Verb::Get, "/api/v1/accounting/chart", get(chart));
    routes.add(Verb::Put, "/api/v1/accounting/chart", put(put_chart));
    routes.add(Verb::Get, "/api/v1/ledger/beancount", get(beancount));
}

/// Postings that were handed to the books, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountingExport {
    pub id: String,
    #[schema(example = "AX-000007")]
    pub number: String,
    /// Number of its first posting.
    pub first: i64,
    pub last: i64,
    pub entries: i64,
    /// Of the file, in hexadecimal.
    pub sha256: String,
    pub created_at: String,
}

fn shown(row: ExportRow) -> AccountingExport {
    AccountingExport {
        id: row.public_id,
        number: row.number,
        first: row.first_seq,
        last: row.last_seq,
        entries: row.entries,
        sha256: row.content_hash,
        created_at: row.created_at.to_string(),
    }
}

/// Exports, newest first.
#[utoipa::path(get, path = "/api/v1/accounting/exports", tag = "papers",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<AccountingExport>), ApiError))]
pub async fn exports(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<AccountingExport>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rows = export::exports(&mut reader).await?;
    Ok(Json(part.cut(rows, shown)))
}

/// Exports everything posted since the last export. With nothing new it is 409.
#[utoipa::path(post, path = "/api/v1/accounting/exports", tag = "papers",
    responses((status = 200, body = AccountingExport), ApiError))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> Result<Json<AccountingExport>, ApiError> {
    params.end()?;
    let office = api.office();
    let now = office.now();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let (row, _) = export::create(&mut tx, &master, caller.actor(), now).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// The CSV of an export: the same bytes each time.
#[utoipa::path(get, path = "/api/v1/accounting/exports/{id}/file", tag = "papers",
    params(("id" = String, Path, description = "The export's id or number.")),
    responses((status = 200, description = "The file.", body = String,
        content_type = "text/csv"), ApiError))]
pub async fn download(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = export::export(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    let master = api.office().master(&mut reader).await?;
    let bytes = export::file(&mut reader, &master, &found).await?;
    Ok(file(&found.file_name(), bytes))
}

/// The vendor's chart of accounts: `layout`, `accounts` of `role`, `program`, `code` and `name`,
/// `cost_centres` by program, `cost_centre` of all others.
#[utoipa::path(get, path = "/api/v1/accounting/chart", tag = "papers",
    responses((status = 200, body = Object), ApiError))]
pub async fn chart(State(api): State<Api>, params: Params) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let chart = settings::chart(&mut reader).await?;
    Ok(Json(serde_json::to_value(chart).unwrap_or_default()))
}

/// Changes the chart of accounts. Exports that were made stay as they are.
#[utoipa::path(put, path = "/api/v1/accounting/chart", tag = "papers", request_body = Object,
    responses((status = 200, body = Object), ApiError))]
pub async fn put_chart(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let chart: Chart = read(value.clone())?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    settings::save_chart(&mut tx, caller.actor(), now, &chart).await?;
    tx.commit().await?;
    Ok(Json(value))
}

/// A body of a stored form.
pub(super) fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value)
        .map_err(|error| ApiError::invalid(Fault::in_body("", "bad_value", error.to_string())))
}

/// The whole ledger as a Beancount file.
#[utoipa::path(get, path = "/api/v1/ledger/beancount", tag = "ledger",
    responses((status = 200, description = "The file.", body = String,
        content_type = "text/plain"), ApiError))]
pub async fn beancount(State(api): State<Api>, params: Params) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let text = export::beancount(&mut reader, &master).await?;
    Ok(file("ledger.beancount", text.into_bytes()))
}
