//! Links of members with their memberships at sponsors of a wallet.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use engine::members::{self as store, Link, LinkError, NewLink, Unlink};
use engine::rules::Rules;
use engine::wallets::Active;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Params, done, json};
use super::matrix::Verb;
use super::members::day;
use super::problem::{ApiError, Fault};
use super::{Api, Routes, input};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/links", get(of_partner).post(link));
    routes.add(Verb::Post, "/api/v1/partners/{code}/links/{number}/end", post(end));
}

/// A member's own membership at a company that shares the wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkShown {
    /// Of the link itself.
    #[schema(example = "00000028")]
    pub link: String,
    pub wallet: String,
    /// The company, by its code among the wallet's sponsors.
    pub sponsor: String,
    /// The member's number there. Facts whose partner is written `SPONSOR:NUMBER` are this
    /// member's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// `active`, or `ended`.
    pub status: &'static str,
    pub since: String,
    pub by: String,
    /// The first day on which it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn shown(rules: &Rules, link: Link) -> LinkShown {
    let wallet = rules.wallets.iter().find(|of| of.wallet_id == link.wallet_id);
    let number = link.shown();
    let ended = link.ended;
    LinkShown {
        link: number,
        wallet: wallet.map(|of| of.code.clone()).unwrap_or_default(),
        sponsor: link.sponsor,
        number: link.number,
        attributes: link.attributes,
        status: if ended.is_some() { "ended" } else { "active" },
        since: link.since.to_string(),
        by: link.actor,
        ended_on: ended.as_ref().map(|end| end.on.to_string()),
        ended_by: ended.as_ref().map(|end| end.actor.clone()),
        reason: ended.as_ref().and_then(|end| end.reason.clone()),
        note: ended.and_then(|end| end.note),
    }
}

/// Today by the clocks of a wallet.
pub(super) fn today(of: &Active, now: Timestamp) -> Date {
    of.wallet.time_zone.to_datetime(now).date()
}

/// Why there is no such link, in the API's words.
pub(super) fn refused(error: LinkError) -> ApiError {
    let detail = error.to_string();
    let (pointer, code) = match error {
        LinkError::Db(error) => return error.into(),
        LinkError::NotLinked => return ApiError::NotFound,
        LinkError::UnknownSponsor { .. } => ("/sponsor", "unknown_code"),
        LinkError::Already { .. } => ("/sponsor", "wrong_state"),
        LinkError::NumberTaken { .. } => ("/number", "wrong_state"),
        LinkError::BadNumber { .. } => ("/number", "bad_value"),
        LinkError::TooMany => ("/attributes", "too_many"),
        LinkError::BeforeItBegan { .. } => ("/on", "bad_value"),
    };
    ApiError::invalid(Fault::in_body(pointer, code, detail))
}

/// The links of a member, the newest first, also those that ended.
#[utoipa::path(get, path = "/api/v1/partners/{code}/links", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = Vec<LinkShown>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<LinkShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let all = store::links(&mut reader, id.ok_or(ApiError::NotFound)?).await?;
    Ok(Json(all.into_iter().map(|link| shown(&rules, link)).collect()))
}

/// A link to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct LinkAsked {
    pub wallet: String,
    pub sponsor: String,
    /// The member's number there.
    pub number: Option<String>,
    /// The first day on which facts that name it are the member's; today if left out.
    pub since: Option<String>,
}

/// Links a member with its membership at a company that shares the wallet.
#[utoipa::path(post, path = "/api/v1/partners/{code}/links", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    request_body = LinkAsked,
    responses((status = 201, body = LinkShown), ApiError))]
pub async fn link(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<LinkShown>), ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let mut asked = None;
    if let Some(mut fields) = input::Fields::of(&sent, String::new(), &mut faults) {
        let wallet = fields.needed("wallet", &mut faults).unwrap_or_default();
        let sponsor = fields.needed("sponsor", &mut faults).unwrap_or_default();
        let number = fields.text("number", &mut faults).filter(|text| !text.is_empty());
        let since = day(&mut fields, "since", &mut faults);
        fields.end(&mut faults);
        asked = Some((wallet, sponsor, number, since));
    }
    done(faults)?;
    let (wallet, sponsor, number, since) = asked.ok_or(ApiError::NotFound)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    let of = super::members::wallet_of(&rules, &wallet)?;
    let since = since.unwrap_or_else(|| today(of, now));
    let new = NewLink { sponsor, number, attributes: BTreeMap::new(), since };
    let by = (caller.actor(), now);
    let made = store::link(&mut tx, by, (of.wallet_id, &of.wallet, id), &new).await;
    let made = made.map_err(refused)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown(&rules, made))))
}

/// How a link ends.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct LinkEnded {
    /// The first day on which it is no more; today if left out.
    pub on: Option<String>,
    pub reason: Option<String>,
    pub note: Option<String>,
}

/// Ends a link of a member. What was credited stays.
#[utoipa::path(post, path = "/api/v1/partners/{code}/links/{number}/end", tag = "members",
    params(
        ("code" = String, Path, description = "The partner's code."),
        ("number" = String, Path, description = "The number of the link."),
    ),
    request_body = LinkEnded,
    responses((status = 200, body = LinkShown), ApiError))]
pub async fn end(
    State(api): State<Api>,
    caller: Caller,
    Path((code, number)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LinkShown>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut on, mut reason, mut note) = (None, None, None);
    if let Some(mut fields) = input::Fields::of(&sent, String::new(), &mut faults) {
        on = day(&mut fields, "on", &mut faults);
        reason = fields.text("reason", &mut faults);
        note = fields.text("note", &mut faults);
        fields.end(&mut faults);
    }
    done(faults)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let id = master.partner_id(&code).ok_or(ApiError::NotFound)?;
    let all = store::links(&mut tx, id).await?;
    let found = all.into_iter().find(|link| link.shown() == number).ok_or(ApiError::NotFound)?;
    let of = rules.wallets.iter().find(|of| of.wallet_id == found.wallet_id);
    let on = on.or_else(|| of.map(|of| today(of, now))).unwrap_or_default();
    let how = Unlink { on, reason, note };
    let by = (caller.actor(), now);
    store::unlink(&mut tx, by, (id, found.link_id), &how).await.map_err(refused)?;
    let all = store::links(&mut tx, id).await?;
    tx.commit().await?;
    let ended = all.into_iter().find(|link| link.link_id == found.link_id);
    Ok(Json(shown(&rules, ended.ok_or(ApiError::NotFound)?)))
}
