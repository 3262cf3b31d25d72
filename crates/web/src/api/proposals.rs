//! Points by hand that wait for a second person.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use engine::by_hand::{self, ByHandError, Proposal, Status};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Fields, Params, done};
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes, wallets};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/wallet-proposals", get(list));
    routes.add(Verb::Post, "/api/v1/wallet-proposals/{id}/approve", post(approve));
    routes.add(Verb::Post, "/api/v1/wallet-proposals/{id}/reject", post(reject));
}

/// Points that somebody asked for, and what became of that.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalShown {
    pub id: String,
    /// The key of the line.
    pub key: String,
    /// `credit` or `debit`.
    pub what: String,
    pub partner: String,
    pub unit: String,
    #[schema(example = "20000")]
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `proposed`, `approved` or `rejected`.
    pub status: &'static str,
    pub asked_by: String,
    pub asked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn shown(of: Proposal) -> ProposalShown {
    ProposalShown {
        id: of.id,
        key: of.ask.key.to_string(),
        what: of.verb,
        partner: of.partner,
        unit: of.unit,
        amount: of.amount.normalize().to_string(),
        reason: of.reason,
        status: of.status.word(),
        asked_by: of.asked_by,
        asked_at: of.asked_at.to_string(),
        decided_by: of.decided_by,
        decided_at: of.decided_at.map(|at| at.to_string()),
        comment: of.comment,
    }
}

/// What is said about it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct ProposalComment {
    comment: Option<String>,
}

/// Points by hand that needed a second person: what waits first, then the newest; at most 500.
#[utoipa::path(get, path = "/api/v1/wallet-proposals", tag = "wallets",
    responses((status = 200, body = Vec<ProposalShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<ProposalShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = by_hand::all(&mut reader).await?;
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// Approves points that another one asked for: they act at once. If the wallet refuses them now,
/// nothing is decided (409).
#[utoipa::path(post, path = "/api/v1/wallet-proposals/{id}/approve", tag = "wallets",
    params(("id" = String, Path, description = "Its id.")),
    request_body = Option<ProposalComment>,
    responses((status = 200, body = ProposalShown), ApiError))]
pub async fn approve(
    state: State<Api>,
    caller: Caller,
    id: Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ProposalShown>, ApiError> {
    decide(state, caller, id, params, (headers, body), Status::Approved).await
}

/// Rejects points that were asked for; whoever asked may take it back so.
#[utoipa::path(post, path = "/api/v1/wallet-proposals/{id}/reject", tag = "wallets",
    params(("id" = String, Path, description = "Its id.")),
    request_body = Option<ProposalComment>,
    responses((status = 200, body = ProposalShown), ApiError))]
pub async fn reject(
    state: State<Api>,
    caller: Caller,
    id: Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ProposalShown>, ApiError> {
    decide(state, caller, id, params, (headers, body), Status::Rejected).await
}

async fn decide(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    (headers, body): (HeaderMap, Body),
    to: Status,
) -> Result<Json<ProposalShown>, ApiError> {
    params.end()?;
    let comment = comment(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let of = (&*rules, &*master);
    let done = by_hand::decide(&mut tx, of, caller.actor(), now, (&id, to), comment.as_deref());
    let done = done.await.map_err(|error| match error {
        ByHandError::Refused(refusal) => {
            ApiError::Conflict { what: wallets::detail(refusal, caller.lang()).to_owned() }
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    api.office().wake();
    Ok(Json(shown(done)))
}

async fn comment(headers: &HeaderMap, body: Body) -> Result<Option<String>, ApiError> {
    let bytes = input::bytes(body, "JSON_BYTES_MAX", input::JSON_BYTES_MAX).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let value = input::json(headers, Body::from(bytes)).await?;
    let (mut faults, mut comment) = (Vec::new(), None);
    if let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) {
        comment = fields.text("comment", &mut faults);
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok(comment)
}

impl From<ByHandError> for ApiError {
    fn from(error: ByHandError) -> ApiError {
        match error {
            ByHandError::Db(error) => error.into(),
            ByHandError::Wallet(error) => error.into(),
            ByHandError::NotFound => ApiError::NotFound,
            told => ApiError::Conflict { what: told.to_string() },
        }
    }
}
