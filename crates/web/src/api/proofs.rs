//! Files attached to disputes and reports.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use engine::access::Viewer;
use engine::proof::{self, BYTES_MAX, Of, ProofError, ProofRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Params};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/disputes/{id}/proofs", get(of_dispute));
    routes.add(Verb::Post, "/api/v1/disputes/{id}/proofs", post(add_to_dispute));
    routes.add(Verb::Get, "/api/v1/imports/{id}/proofs", get(of_report));
    routes.add(Verb::Post, "/api/v1/imports/{id}/proofs", post(add_to_report));
    routes.add(Verb::Get, "/api/v1/proofs/{id}", get(file));
}

/// A file that was attached.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proof {
    #[schema(example = "prf_0198c5d2a4b87c7e9f00a1b2c3d4e5f6")]
    pub id: String,
    pub name: String,
    /// By its content: `application/pdf`, `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    pub bytes: i64,
    /// `partner` or `vendor`.
    pub side: &'static str,
    pub added_at: String,
}

impl From<ProofError> for ApiError {
    fn from(error: ProofError) -> ApiError {
        match error {
            ProofError::Db(error) => ApiError::Db(error),
            ProofError::NotFound => ApiError::NotFound,
            ProofError::TooMany | ProofError::Over { .. } => {
                ApiError::Conflict { what: error.to_string() }
            }
            ProofError::TooLarge => {
                ApiError::TooLarge { what: "the file", limit: "BYTES_MAX", max: BYTES_MAX }
            }
            ProofError::Format | ProofError::Empty => {
                ApiError::invalid(Fault::in_body("", "bad_file", error.to_string()))
            }
        }
    }
}

fn shown(row: ProofRow) -> Proof {
    Proof {
        id: row.public_id,
        name: row.name,
        media_type: row.media_type,
        bytes: row.bytes,
        side: if row.of_partner { "partner" } else { "vendor" },
        added_at: row.added_at.to_string(),
    }
}

async fn list(api: &Api, caller: &Caller, of: Of<'_>) -> Result<Json<Vec<Proof>>, ApiError> {
    let mut reader = api.office().db().read().await?;
    let rows = proof::list(&mut reader, Viewer::of(caller.partner()), of).await?;
    Ok(Json(rows.into_iter().map(shown).collect()))
}

async fn attach(
    api: &Api,
    caller: &Caller,
    of: Of<'_>,
    mut params: Params,
    body: Body,
) -> Result<(StatusCode, Json<Proof>), ApiError> {
    let name = params.text("name").unwrap_or_default();
    params.end()?;
    let bytes = input::bytes(body, "BYTES_MAX", BYTES_MAX).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = proof::attach(&mut tx, caller.actor(), now, of, (&name, &bytes)).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown(row))))
}

/// The files of a dispute.
#[utoipa::path(get, path = "/api/v1/disputes/{id}/proofs", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")),
    responses((status = 200, body = [Proof]), ApiError))]
pub async fn of_dispute(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Vec<Proof>>, ApiError> {
    params.end()?;
    list(&api, &caller, Of::Dispute(&id)).await
}

/// Attaches a file to a dispute: PDF, PNG, JPEG or WebP, which its content says. The same content
/// once more is the file that is there.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/proofs", tag = "payouts",
    params(
        ("id" = String, Path, description = "The dispute's id."),
        ("name" = Option<String>, Query, description = "What the file is called."),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Proof), ApiError))]
pub async fn add_to_dispute(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Result<(StatusCode, Json<Proof>), ApiError> {
    attach(&api, &caller, Of::Dispute(&id), params, body).await
}

/// The files of a report that a partner sent.
#[utoipa::path(get, path = "/api/v1/imports/{id}/proofs", tag = "imports",
    params(("id" = String, Path, description = "The import's id.")),
    responses((status = 200, body = [Proof]), ApiError))]
pub async fn of_report(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Vec<Proof>>, ApiError> {
    params.end()?;
    list(&api, &caller, Of::Report(&id)).await
}

/// Attaches a file to a report that a partner sent.
#[utoipa::path(post, path = "/api/v1/imports/{id}/proofs", tag = "imports",
    params(
        ("id" = String, Path, description = "The import's id."),
        ("name" = Option<String>, Query, description = "What the file is called."),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Proof), ApiError))]
pub async fn add_to_report(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Result<(StatusCode, Json<Proof>), ApiError> {
    attach(&api, &caller, Of::Report(&id), params, body).await
}

/// A file, as it was attached.
#[utoipa::path(get, path = "/api/v1/proofs/{id}", tag = "payouts",
    params(("id" = String, Path, description = "The file's id.")),
    responses((status = 200, description = "The file.", body = Vec<u8>,
        content_type = "application/octet-stream"), ApiError))]
pub async fn file(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = proof::load(&mut reader, Viewer::of(caller.partner()), &id).await?;
    let (row, bytes) = found.ok_or(ApiError::NotFound)?;
    Ok(crate::proofs::download(&row, bytes))
}
