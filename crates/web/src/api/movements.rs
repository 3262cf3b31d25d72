//! What moved points and vouchers, of a partner and of a pool.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use engine::views::wallet as views;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes, keeping};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/wallet-movements", get(of_partner));
    routes.add(Verb::Get, "/api/v1/pools/{code}/movements", get(of_pool));
}

/// Something that moved points or vouchers of a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementShown {
    pub seq: i64,
    pub recorded: String,
    /// The day it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The line, fact or voucher behind it.
    pub cause: String,
    pub unit: String,
    /// Below zero if the partner has less.
    pub amount: String,
    /// The role of the partner's own account: `open`, `escrow`, `arrears`.
    pub own: String,
    pub other: String,
    /// Whose the other account is: whoever passed points on, or received them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whose: Option<String>,
    /// The code of the voucher that moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
}

/// What moved points and vouchers of a partner, the newest first.
#[utoipa::path(get, path = "/api/v1/partners/{code}/wallet-movements", tag = "wallets",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("before" = Option<i64>, Query, description = "The `seq` of the last movement of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<MovementShown>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<MovementShown>>, ApiError> {
    let (before, limit) = part_of(params)?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(id) {
        return Err(ApiError::NotFound);
    }
    let rules = api.office().rules(&mut reader).await?;
    let rows = views::movements(&mut reader, &rules, id, before, limit).await?;
    Ok(Json(rows.into_iter().map(shown).collect()))
}

/// A movement as it is told.
fn shown(row: views::Movement) -> MovementShown {
    MovementShown {
        seq: row.seq,
        recorded: row.recorded.to_string(),
        day: row.day.map(|day| day.to_string()),
        cause: row.cause,
        unit: row.unit,
        amount: row.amount.normalize().to_string(),
        own: row.own,
        other: row.other,
        whose: row.whose,
        voucher: row.voucher,
    }
}

/// What moved points of a group, the newest first.
#[utoipa::path(get, path = "/api/v1/pools/{code}/movements", tag = "wallets",
    params(
        ("code" = String, Path, description = "The pool's code."),
        ("before" = Option<i64>, Query, description = "The `seq` of the last movement of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<MovementShown>), ApiError))]
pub async fn of_pool(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<MovementShown>>, ApiError> {
    let page = part_of(params)?;
    let of = keeping::found(&api, &caller, &code).await?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let rows = views::movements_of_pool(&mut reader, &rules, &of.code, page).await?;
    Ok(Json(rows.into_iter().map(shown).collect()))
}

/// Behind which movement, and how many: they are read part by part, the newest first.
fn part_of(mut params: Params) -> Result<(Option<i64>, i64), ApiError> {
    let before = params.number("before", (1, i64::MAX));
    let limit = params.number("limit", (1, 1000)).unwrap_or(100);
    params.end()?;
    Ok((before, limit))
}
