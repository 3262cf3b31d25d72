//! The journal of a partner's wallets: every line that was asked, taken or refused, and by whom.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use domain::wallet::Refusal;
use engine::wallets;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::problem::ApiError;
use super::wallets::detail;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/wallet-lines", get(lines));
}

/// A line that was asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineShown {
    pub seq: i64,
    pub key: String,
    /// The word of the line: `credit`, `redeem`, `enrol`, `merge`, `assign`.
    pub what: String,
    /// What it is for, by the clocks of the wallet.
    pub on: String,
    pub recorded: String,
    pub by: String,
    /// Why it was refused, for programs; absent if it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "insufficient")]
    pub code: Option<String>,
    /// Why it was refused and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// What was asked of a partner's wallets, taken or refused, the newest first.
#[utoipa::path(get, path = "/api/v1/partners/{code}/wallet-lines", tag = "wallets",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<LineShown>), ApiError))]
pub async fn lines(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<Vec<LineShown>>, ApiError> {
    let limit = params.number("limit", (1, 1000)).unwrap_or(100);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(id) {
        return Err(ApiError::NotFound);
    }
    let rows = wallets::lines_of(&mut reader, &code, limit).await?;
    let shown = rows.into_iter().map(|row| {
        let refusal = row.refusal.as_deref();
        let known = Refusal::ALL.into_iter().find(|it| Some(it.word()) == refusal);
        LineShown {
            seq: row.seq,
            key: row.key,
            what: row.verb,
            on: row.on.to_string(),
            recorded: row.recorded.to_string(),
            by: row.actor,
            detail: known.map(|it| detail(it, caller.lang())),
            code: row.refusal,
        }
    });
    Ok(Json(shown.collect()))
}
