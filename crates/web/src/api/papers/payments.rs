//! Payment files.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use engine::papers::run::{self, Asked, Returned, RunRow};
use engine::papers::settings;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::books::read;
use crate::api::awards::money;
use crate::api::guard::Caller;
use crate::api::input::{Fields, Params, done, json};
use crate::api::matrix::Verb;
use crate::api::paging::{PageOf, Part};
use crate::api::problem::{ApiError, Fault};
use crate::api::{Api, Routes};
use crate::console::routes::statements::file;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/payments", get(runs));
    routes.add(Verb::Post, "/api/v1/payments", post(create));
    routes.add(Verb::Post, "/api/v1/payments/plan", post(plan));
    routes.add(Verb::Get, "/api/v1/payments/{id}", get(one));
    routes.add(Verb::Get, "/api/v1/payments/{id}/file", get(download));
    routes.add(Verb::Post, "/api/v1/payments/{id}/paid", post(paid));
    routes.add(Verb::Post, "/api/v1/payments/{id}/withdraw", post(withdraw));
    routes.add(Verb::Get, "/api/v1/payments/{id}/transfers", get(transfers));
    routes.add(Verb::Post, "/api/v1/payments/{id}/returned", post(returned));
}

/// A payment file that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    pub id: String,
    #[schema(example = "PR-2026-0007")]
    pub number: String,
    /// `pain001` or `zengin`.
    pub format: &'static str,
    /// The vendor's account, by its code.
    pub account: String,
    pub unit: String,
    /// When the bank pays.
    pub day: String,
    /// `filed`, `paid` or `withdrawn`.
    pub status: &'static str,
    pub payments: i64,
    pub total: String,
    pub file_name: String,
    /// Of the file, in hexadecimal.
    pub sha256: String,
    pub created_at: String,
}

/// What is to be paid.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewRun {
    /// The vendor's account, by its code; it says currency and format.
    account: String,
    /// What is due by this day.
    until: String,
    /// When the bank is to pay; on weekends and bank holidays it is the next day it is open.
    day: Option<String>,
    /// What the plan said is paid; another total is refused.
    total: Option<String>,
}

/// A transfer, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transfer {
    pub partner: String,
    pub amount: String,
    /// The end of the account's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `no_account`, `unconfirmed_account`, `other_kind_of_account`, `text`, `nothing_to_pay`, `held`,
    /// `changed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What a file would hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentPlan {
    pub unit: String,
    /// When the bank pays: the day that was asked for, or the next one that is no weekend and no
    /// bank holiday.
    pub day: String,
    pub total: String,
    pub ready: Vec<Transfer>,
    pub exceptions: Vec<Transfer>,
    /// Approved payouts without a statement, which a file does not hold: issue them first.
    pub unstated: usize,
    /// Statements that are settled by credit note, and so by no file.
    pub noted: usize,
}

fn shown(row: RunRow) -> Run {
    Run {
        id: row.public_id,
        number: row.number,
        format: row.format.word(),
        account: row.account,
        day: row.day.to_string(),
        status: row.status.word(),
        payments: row.payments,
        total: money(row.total, &row.unit),
        unit: row.unit,
        file_name: row.file_name,
        sha256: row.content_hash,
        created_at: row.created_at.to_string(),
    }
}

/// No list is longer.
const RUNS_MAX: i64 = 10_000;

/// Payment files, newest first.
#[utoipa::path(get, path = "/api/v1/payments", tag = "papers",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Run>), ApiError))]
pub async fn runs(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Run>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rows = run::runs(&mut reader, RUNS_MAX).await?;
    Ok(Json(part.cut(rows, shown)))
}

async fn asked(headers: &HeaderMap, body: Body) -> Result<Asked, ApiError> {
    let value = json(headers, body).await?;
    let mut faults = Vec::new();
    let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) else {
        return Err(ApiError::Invalid(faults));
    };
    let account = fields.needed("account", &mut faults).unwrap_or_default();
    let until = fields.needed("until", &mut faults);
    let day = fields.text("day", &mut faults);
    let total = fields.text("total", &mut faults);
    fields.end(&mut faults);
    let mut read_day = |name: &str, text: &str| {
        let day: Option<Date> = text.parse().ok();
        if day.is_none() {
            let detail = format!("`{text}` is no day; write it as 2026-07-31");
            faults.push(Fault::in_body(format!("/{name}"), "bad_value", detail));
        }
        day.unwrap_or_default()
    };
    let until = until.map(|text| read_day("until", &text)).unwrap_or_default();
    let day = day.map_or(until, |text| read_day("day", &text));
    let total = total.map(|text| text.parse::<Decimal>().map_err(|_| text)).transpose();
    let total = total.unwrap_or_else(|text| {
        let detail = format!("`{text}` is no amount");
        faults.push(Fault::in_body("/total".to_owned(), "bad_value", detail));
        None
    });
    done(faults)?;
    Ok(Asked { account, until, day, total })
}

/// What a file would hold, and who cannot be paid and why.
#[utoipa::path(post, path = "/api/v1/payments/plan", tag = "papers", request_body = NewRun,
    responses((status = 200, body = PaymentPlan), ApiError))]
pub async fn plan(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PaymentPlan>, ApiError> {
    params.end()?;
    let asked = asked(&headers, body).await?;
    let office = api.office();
    let mut reader = office.db().read().await?;
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let plan =
        run::plan(&mut reader, &rules, &master, &asked.account, asked.until, asked.day).await?;
    let unit = plan.unit.clone();
    Ok(Json(PaymentPlan {
        day: plan.day.to_string(),
        total: money(plan.total(), &unit),
        ready: plan
            .ready
            .iter()
            .map(|one| Transfer {
                partner: one.partner.clone(),
                amount: money(one.amount, &unit),
                account: Some(one.account.masked()),
                reason: None,
                detail: None,
            })
            .collect(),
        exceptions: plan
            .exceptions
            .iter()
            .map(|one| Transfer {
                partner: one.partner.clone(),
                amount: money(one.amount, &unit),
                account: None,
                reason: Some(one.fault.code()),
                detail: one.fault.detail().map(str::to_owned),
            })
            .collect(),
        unstated: plan.unstated,
        noted: plan.noted,
        unit,
    }))
}

/// Makes a file of all that is stated, due and can be paid. Statements that are missing are issued.
#[utoipa::path(post, path = "/api/v1/payments", tag = "papers", request_body = NewRun,
    responses((status = 200, body = Run), ApiError))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Run>, ApiError> {
    params.end()?;
    let asked = asked(&headers, body).await?;
    let office = api.office();
    let mut reader = office.db().read().await?;
    let company = settings::company(&mut reader).await?;
    drop(reader);
    if let Some(own) = company.own_account(&asked.account) {
        let of = (Some(asked.until), Some(own.currency.as_str()));
        run::state_all(office, caller.actor(), of).await?;
    }
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let now = office.now();
    let row = run::create(&mut tx, &rules, &master, caller.actor(), now, &asked).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// A payment file, by id or number.
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    responses((status = 200, body = Run), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Run>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = run::run(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(shown(row)))
}

/// The file itself, as it was made.
#[utoipa::path(get, path = "/api/v1/payments/{id}/file", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    responses((status = 200, description = "The file.", body = Vec<u8>,
        content_type = "application/octet-stream"), ApiError))]
pub async fn download(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = run::run(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    let bytes = run::file_of(&mut reader, &row).await?;
    Ok(file(&row.file_name, bytes))
}

/// Says that the bank paid the file, and posts it.
#[utoipa::path(post, path = "/api/v1/payments/{id}/paid", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    responses((status = 200, body = Run), ApiError))]
pub async fn paid(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Run>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = run::paid(&mut tx, caller.actor(), now, &id).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// Takes a file back that the bank did not get or refused.
#[utoipa::path(post, path = "/api/v1/payments/{id}/withdraw", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    responses((status = 200, body = Run), ApiError))]
pub async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Run>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = run::withdraw(&mut tx, caller.actor(), now, &id).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// A transfer of a payment file.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentTransfer {
    /// Its place in the file, from 1.
    pub position: i64,
    pub partner: String,
    pub amount: String,
    /// The numbers of its statements.
    pub reference: String,
    /// The day the bank sent it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<String>,
    /// Why the bank sent it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A transfer that the bank sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturn {
    /// Its place in the file, from 1.
    pub position: i64,
    pub day: String,
    pub reason: String,
}

/// The transfers of a payment file, in its order.
#[utoipa::path(get, path = "/api/v1/payments/{id}/transfers", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    responses((status = 200, body = [SentTransfer]), ApiError))]
pub async fn transfers(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Vec<SentTransfer>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = run::run(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    let master = api.office().master(&mut reader).await?;
    let payments = run::payments(&mut reader, row.run_id).await?;
    let shown = |one: run::PaymentRow| {
        let (returned, reason) =
            one.returned.map(|(day, reason, _)| (day.to_string(), reason)).unzip();
        SentTransfer {
            position: one.position,
            partner: master
                .partner_code(one.partner_id)
                .map(ToString::to_string)
                .unwrap_or_default(),
            amount: money(one.amount, &row.unit),
            reference: one.reference,
            returned,
            reason,
        }
    };
    Ok(Json(payments.into_iter().map(shown).collect()))
}

/// Says that the bank sent one transfer of a paid file back: it is owed again.
#[utoipa::path(post, path = "/api/v1/payments/{id}/returned", tag = "papers",
    params(("id" = String, Path, description = "The file's id or number.")),
    request_body = NewReturn, responses((status = 200, body = Run), ApiError))]
pub async fn returned(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Run>, ApiError> {
    params.end()?;
    let new: NewReturn = read(json(&headers, body).await?)?;
    let day: Date = new.day.parse().map_err(|_| {
        let detail = format!("`{}` is no day; write it as 2026-07-31", new.day);
        ApiError::invalid(Fault::in_body("/day", "bad_value", detail))
    })?;
    let said = Returned { day, reason: new.reason };
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row =
        run::send_back(&mut tx, caller.actor(), now, (id.as_str(), new.position), &said).await?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}
