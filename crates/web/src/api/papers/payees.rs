//! Who is paid. Accounts go in whole and come out masked; people confirm them in the console.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, put};
use engine::catalog::partner_by_code;
use engine::papers::party::Account;
use engine::papers::payee::{self, Payee};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::books::read;
use crate::api::guard::Caller;
use crate::api::input::{Params, json};
use crate::api::matrix::Verb;
use crate::api::problem::ApiError;
use crate::api::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/payee", get(show));
    routes.add(Verb::Put, "/api/v1/partners/{code}/payee", put(save));
}

/// A partner as a payee.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownPayee {
    pub partner: String,
    /// `name`, `address` of `street`, `postal_code`, `town` and `country`, `tax_number`, and
    /// `treatment` with `kind` `none`, `japan`, `vat` (and `rate`) or `vat_unchanged`;
    /// `credited_in`, a list of currencies that are settled by credit note.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The end of the number that is paid to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The end of a number that waits for somebody to confirm it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

/// What to change. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayee {
    /// As it is shown.
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
    /// `kind` `iban` with `iban`, `bic` and `holder`; `japan` with `bank`, `branch`,
    /// `account_type`, `number` and `holder`; `other` with `number`, `bic` and `holder`. It waits
    /// for somebody to confirm it in the console.
    #[schema(value_type = Option<Object>)]
    pub account: Option<Value>,
}

/// A partner as a payee, its account masked.
#[utoipa::path(get, path = "/api/v1/partners/{code}/payee", tag = "partners",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = ShownPayee), ApiError))]
pub async fn show(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<ShownPayee>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = partner_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    let known = payee::payee(&mut reader, row.partner_id).await?;
    Ok(Json(ShownPayee {
        partner: code,
        details: serde_json::to_value(&known.details).unwrap_or_default(),
        account: known.account.as_ref().map(Account::masked),
        asked: known.asked.as_ref().map(|asked| asked.account.masked()),
    }))
}

/// Changes a payee. An account waits for somebody to confirm it.
#[utoipa::path(put, path = "/api/v1/partners/{code}/payee", tag = "partners",
    params(("code" = String, Path, description = "The partner's code.")), request_body = NewPayee,
    responses((status = 200, body = ShownPayee), ApiError))]
pub async fn save(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ShownPayee>, ApiError> {
    params.end()?;
    let new: NewPayee = read(json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = partner_by_code(&mut tx, &code).await?.ok_or(ApiError::NotFound)?;
    let of = (row.partner_id, code.as_str());
    if let Some(details) = new.details {
        let details: Payee = read(details)?;
        payee::save_details(&mut tx, caller.actor(), now, of, &details).await?;
    }
    if let Some(account) = new.account {
        let account: Account = read(account)?;
        payee::ask_account(&mut tx, caller.actor(), now, of, &account).await?;
    }
    let known = payee::payee(&mut tx, row.partner_id).await?;
    tx.commit().await?;
    Ok(Json(ShownPayee {
        partner: code,
        details: serde_json::to_value(&known.details).unwrap_or_default(),
        account: known.account.as_ref().map(Account::masked),
        asked: known.asked.as_ref().map(|asked| asked.account.masked()),
    }))
}
