//! Pools, who has which badge, and the reasons that people choose from.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;
use domain::code::PartnerCode;
use engine::views::loyalty::{self, PoolShown};
use engine::wallets::{self, Reason, ReasonError, ReasonKind};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Fields, Params, done};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/pools", get(pools));
    routes.add(Verb::Get, "/api/v1/pools/{code}", get(pool));
    routes.add(Verb::Get, "/api/v1/badges/{code}/partners", get(holders));
    routes.add(Verb::Get, "/api/v1/reasons", get(reasons));
    routes.add(Verb::Put, "/api/v1/reasons/{kind}", axum::routing::put(put_reasons));
}

/// A group that shares points, and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct PoolStands {
    pub pool: String,
    pub wallet: String,
    pub points: String,
    /// Of each credit of a member: 0.25 is a quarter.
    #[schema(example = "0.25")]
    pub share: String,
    /// Whether members take points out by themselves.
    pub draw: bool,
    pub members: Vec<String>,
    /// What can be used; below zero if more was taken.
    pub amount: String,
    pub escrow: String,
    pub reserved: String,
    pub arrears: String,
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn stands(of: PoolShown) -> PoolStands {
    PoolStands {
        pool: of.code.to_string(),
        wallet: of.wallet,
        points: of.pool.points.to_string(),
        share: number(of.pool.share),
        draw: of.pool.draw,
        members: of.pool.members.iter().map(ToString::to_string).collect(),
        amount: number(of.amount),
        escrow: number(of.escrow),
        reserved: number(of.reserved),
        arrears: number(of.arrears),
    }
}

/// Whoever a token is bound to.
fn bound(caller: &Caller, master: &engine::catalog::MasterData) -> Option<PartnerCode> {
    caller.partner().and_then(|id| master.partner_code(id)).cloned()
}

/// Groups that share points. A token of a partner sees those that it is a member of.
#[utoipa::path(get, path = "/api/v1/pools", tag = "wallets",
    responses((status = 200, body = Vec<PoolStands>), ApiError))]
pub async fn pools(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
) -> Result<Json<Vec<PoolStands>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let own = bound(&caller, &master);
    let now = api.office().now();
    let all = loyalty::pools(&mut reader, (&rules, &master), now, own.as_ref()).await?;
    Ok(Json(all.into_iter().map(stands).collect()))
}

pub(super) async fn found(api: &Api, caller: &Caller, code: &str) -> Result<PoolShown, ApiError> {
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let now = api.office().now();
    let of = loyalty::pool(&mut reader, (&rules, &master), now, code).await?;
    let is_own =
        |of: &PoolShown| bound(caller, &master).is_none_or(|it| of.pool.members.contains(&it));
    of.filter(is_own).ok_or(ApiError::NotFound)
}

/// One group.
#[utoipa::path(get, path = "/api/v1/pools/{code}", tag = "wallets",
    params(("code" = String, Path, description = "The pool's code.")),
    responses((status = 200, body = PoolStands), ApiError))]
pub async fn pool(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<PoolStands>, ApiError> {
    params.end()?;
    Ok(Json(stands(found(&api, &caller, &code).await?)))
}

/// A partner that has a badge, or had it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadgeHolder {
    pub partner: String,
    /// `active`, `expired`, `cancelled`.
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who has a badge, those who have it now first.
#[utoipa::path(get, path = "/api/v1/badges/{code}/partners", tag = "wallets",
    params(("code" = String, Path, description = "The badge's code.")),
    responses((status = 200, body = Vec<BadgeHolder>), ApiError))]
pub async fn holders(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<BadgeHolder>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let of = rules.wallets.iter().find(|of| of.wallet.badges.contains_key(code.as_str()));
    let of = of.ok_or(ApiError::NotFound)?;
    let mut all = loyalty::badge_holders(&mut reader, of, api.office().now()).await?;
    let own = all.remove(&code).unwrap_or_default();
    let shown = own.into_iter().map(|it| BadgeHolder {
        partner: it.partner.to_string(),
        status: it.held.status,
        since: it.held.since.map(|day| day.to_string()),
        expires: it.held.ends.text(),
        reason: it.held.reason,
    });
    Ok(Json(shown.collect()))
}

/// A reason that people choose from. A line keeps it in `reason`, as `code` or `code: a note`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonShown {
    /// `adjustment`, `cancellation`, `floor`, `badge`.
    pub kind: &'static str,
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_ja: Option<String>,
    /// Forms offer it no more.
    pub retired: bool,
}

fn shown(of: Reason) -> ReasonShown {
    let kind = of.kind.word();
    let Reason { code, name_en, name_ja, is_retired: retired, .. } = of;
    ReasonShown { kind, code, name_en, name_ja, retired }
}

/// The reasons that forms offer, kind by kind, in their order.
#[utoipa::path(get, path = "/api/v1/reasons", tag = "wallets",
    responses((status = 200, body = Vec<ReasonShown>), ApiError))]
pub async fn reasons(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<ReasonShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    Ok(Json(wallets::reasons(&mut reader).await?.into_iter().map(shown).collect()))
}

/// The reasons of a kind, in the order in which forms offer them.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewReasons {
    reasons: Vec<NewReason>,
}

/// One of them.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewReason {
    /// Letters, digits, `-` and `_`.
    code: String,
    name_en: Option<String>,
    name_ja: Option<String>,
}

/// Keeps the reasons of a kind. What is not among them any more is retired.
#[utoipa::path(put, path = "/api/v1/reasons/{kind}", tag = "wallets",
    params(("kind" = String, Path, description = "`adjustment`, `cancellation`, `floor` or `badge`.")),
    request_body = NewReasons,
    responses((status = 200, body = Vec<ReasonShown>), ApiError))]
pub async fn put_reasons(
    State(api): State<Api>,
    caller: Caller,
    Path(kind): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<ReasonShown>>, ApiError> {
    params.end()?;
    let kind = ReasonKind::from_word(&kind).ok_or(ApiError::NotFound)?;
    let list = listed(kind, &input::json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    match wallets::put_reasons(&mut tx, (caller.actor(), now), kind, &list).await {
        Ok(()) => {}
        Err(ReasonError::Db(error)) => return Err(error.into()),
        Err(wrong) => {
            let fault = Fault::in_body("/reasons", "bad_value", wrong.to_string());
            return Err(ApiError::invalid(fault));
        }
    }
    let all = wallets::reasons(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(all.into_iter().filter(|it| it.kind == kind).map(shown).collect()))
}

fn listed(kind: ReasonKind, body: &Value) -> Result<Vec<Reason>, ApiError> {
    let mut faults = Vec::new();
    let mut list = Vec::new();
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        if let Some(Value::Array(all)) = fields.value("reasons") {
            for (at, one) in all.iter().enumerate() {
                list.extend(reason(kind, (at, one), &mut faults));
            }
        } else {
            let detail = "a list of reasons is needed";
            faults.push(Fault::in_body("/reasons", "missing", detail));
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok(list)
}

fn reason(kind: ReasonKind, (at, one): (usize, &Value), faults: &mut Vec<Fault>) -> Option<Reason> {
    let mut fields = Fields::of(one, format!("/reasons/{at}"), faults)?;
    let code = fields.needed("code", faults);
    let (name_en, name_ja) = (fields.text("name_en", faults), fields.text("name_ja", faults));
    fields.end(faults);
    Some(Reason { kind, code: code?, name_en, name_ja, is_retired: false })
}
