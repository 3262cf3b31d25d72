//! Members and their memberships at program partners, which are the sponsors of a wallet.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use engine::members::{self as store, LinkError, NewLink, Unlink};
use engine::wallets::Active;
use serde_json::{Value, json};

use super::{Sent, is_called, member, program, wrong};
use crate::api::Api;
use crate::api::guard::Caller;
use crate::api::input::{self, Params};
use crate::api::links::today;
use crate::api::problem::ApiError;

/// A program, a member and a program partner, as an address names them.
type Named = Path<(String, String, String, String)>;

/// Links a member with its membership at a program partner, from today on.
pub async fn link(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number, partner)): Named,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let sent = input::json(&headers, body).await?;
    let mut fields = Sent::of(&sent, "")?;
    let at = fields.text("externalId")?;
    let mut attributes = BTreeMap::new();
    if let Some(value) = fields.value("additionalAttributes") {
        let inner = Sent::of(value, "/additionalAttributes")?;
        for (name, value) in inner.rest() {
            let text = super::plain(value);
            let text = text.map_err(|detail| wrong(inner.at(name), "INVALID_INPUT", detail))?;
            attributes.insert(name.clone(), text);
        }
    }
    fields.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let of = program(&rules, &named)?;
    let code = member(&caller, &master, &number)?;
    let id = master.partner_id(code.as_str()).ok_or(ApiError::NotFound)?;
    let new =
        NewLink { sponsor: sponsor(of, &partner)?, number: at, attributes, since: today(of, now) };
    let by = (caller.actor(), now);
    let made = store::link(&mut tx, by, (of.wallet_id, &of.wallet, id), &new).await;
    let made = made.map_err(refused)?;
    tx.commit().await?;
    Ok(Json(json!({ "linkNumber": made.shown(), "message": null, "status": true })))
}

/// Ends the link of a member with a program partner, from today on.
pub async fn unlink(
    State(api): State<Api>,
    caller: Caller,
    Path((_, named, number, partner)): Named,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    params.end()?;
    let sent = input::json(&headers, body).await?;
    let mut fields = Sent::of(&sent, "")?;
    let (link_number, at) = (fields.text("linkNumber")?, fields.text("externalId")?);
    let (reason, note) = (fields.text("unlinkReasonType")?, fields.text("comments")?);
    fields.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let of = program(&rules, &named)?;
    let code = member(&caller, &master, &number)?;
    let id = master.partner_id(code.as_str()).ok_or(ApiError::NotFound)?;
    let sponsor = sponsor(of, &partner)?;
    let all = store::links(&mut tx, id).await?;
    let found = all.iter().find(|link| {
        let is_named = link_number.as_ref().is_none_or(|it| *it == link.shown());
        let is_known_as = at.is_none() || at == link.number;
        let is_there = link.wallet_id == of.wallet_id && link.sponsor == sponsor;
        is_there && is_named && is_known_as && link.ended.is_none()
    });
    let found = found.ok_or_else(|| refused(LinkError::NotLinked))?;
    let how = Unlink { on: today(of, now).max(found.since), reason, note };
    let by = (caller.actor(), now);
    store::unlink(&mut tx, by, (id, found.link_id), &how).await.map_err(refused)?;
    tx.commit().await?;
    Ok(Json(json!({ "message": null, "status": true })))
}

/// The sponsor that a program partner is, by its code or name.
pub(super) fn sponsor(of: &Active, named: &str) -> Result<String, ApiError> {
    let mut all = of.wallet.sponsors.values();
    let found = all.find(|it| is_called(&it.name, &it.code, named));
    found.map(|it| it.code.to_string()).ok_or(ApiError::NotFound)
}

fn refused(error: LinkError) -> ApiError {
    let detail = error.to_string();
    match error {
        LinkError::Db(error) => error.into(),
        LinkError::UnknownSponsor { .. } => ApiError::NotFound,
        LinkError::NumberTaken { .. } | LinkError::BadNumber { .. } => {
            wrong("/externalId", "INVALID_INPUT", detail)
        }
        LinkError::TooMany => wrong("/additionalAttributes", "INVALID_INPUT", detail),
        LinkError::Already { .. } | LinkError::NotLinked | LinkError::BeforeItBegan { .. } => {
            wrong("", "INVALID_OPERATION", detail)
        }
    }
}
