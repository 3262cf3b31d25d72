//! Adjustments and holds: what people add to payouts, and what they keep back.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::settlement::AdjustmentStatus;
use engine::settle::{self, AdjustmentRow, HoldRow, NewAdjustment, Target};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::money;
use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::payouts::{Comment, comment};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/adjustments", get(adjustments));
    routes.add(Verb::Post, "/api/v1/adjustments", post(ask));
    routes.add(Verb::Post, "/api/v1/adjustments/{id}/approve", post(approve));
    routes.add(Verb::Post, "/api/v1/adjustments/{id}/reject", post(reject));
    routes.add(Verb::Get, "/api/v1/holds", get(holds));
    routes.add(Verb::Post, "/api/v1/holds", post(place));
    routes.add(Verb::Post, "/api/v1/holds/{id}/release", post(release));
}

/// An amount of a body, written as a text.
pub fn amount(
    fields: &mut Fields<'_>,
    name: &'static str,
    faults: &mut Vec<Fault>,
) -> Option<Decimal> {
    let text = fields.text(name, faults)?;
    let found = text.parse().ok();
    if found.is_none() {
        let detail = format!("`{text}` is no amount; write it as \"12.50\"");
        faults.push(Fault::in_body(fields.pointer(name), "bad_amount", detail));
    }
    found
}

/// What somebody asked to add to a payout, or to take from it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Adjustment {
    #[schema(example = "adj_0198c5d2a4b87c7e9f00a1b2c3d4e5f6")]
    pub id: String,
    pub program: String,
    pub partner: String,
    /// The payout period it counts in.
    pub period: String,
    pub amount: String,
    /// Currency of the amount.
    pub unit: String,
    /// A code of the vendor's list.
    pub reason_code: String,
    pub reason: String,
    /// `pending`, `approved` or `rejected`.
    pub status: &'static str,
    /// How many steps of its approval were taken.
    pub steps_taken: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// The dispute it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispute: Option<String>,
    /// The code of the term it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    pub asked_by: String,
    pub asked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
}

/// What is asked for.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct AskAdjustment {
    program: String,
    partner: String,
    period: String,
    /// With its sign.
    amount: String,
    /// The currency, by default the program's own.
    unit: Option<String>,
    /// By default `other`.
    reason_code: Option<String>,
    reason: String,
    /// The code of the term it is about.
    term: Option<String>,
}

fn shown(row: AdjustmentRow) -> Adjustment {
    Adjustment {
        id: row.public_id,
        program: row.program_code,
        partner: row.partner_code,
        period: row.period_name,
        amount: money(row.amount, &row.unit),
        unit: row.unit,
        reason_code: row.reason_code,
        reason: row.reason,
        status: row.status.word(),
        steps_taken: row.step,
        due: row.due.map(|day| day.to_string()),
        dispute: row.dispute,
        term: row.term,
        asked_by: row.asked_by,
        asked_at: row.asked_at.to_string(),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(|at| at.to_string()),
    }
}

/// Adjustments, newest first.
#[utoipa::path(get, path = "/api/v1/adjustments", tag = "payouts",
    params(
        ("status" = Option<String>, Query, description = "`pending`, `approved` or `rejected`."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Adjustment>), ApiError))]
pub async fn adjustments(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Adjustment>>, ApiError> {
    let words = ["pending", "approved", "rejected"];
    let status = params.word("status", AdjustmentStatus::from_word, &words);
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rows = settle::adjustments(&mut reader, 0, status).await?;
    Ok(Json(part.cut(rows, shown)))
}

/// Asks for an adjustment of a payout period that is open. Somebody else has to approve it.
#[utoipa::path(post, path = "/api/v1/adjustments", tag = "payouts", request_body = AskAdjustment,
    responses((status = 200, body = Adjustment), ApiError))]
pub async fn ask(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Adjustment>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let new = Fields::of(&value, String::new(), &mut faults).map(|mut fields| {
        let mut needed = |name| fields.needed(name, &mut faults).unwrap_or_default();
        let (program, partner) = (needed("program"), needed("partner"));
        let (period, reason) = (needed("period"), needed("reason"));
        let reason_code = fields.text("reason_code", &mut faults);
        let term = fields.text("term", &mut faults);
        let (unit, pointer) = (fields.text("unit", &mut faults), fields.pointer("unit"));
        let parsed = unit.as_deref().map(Currency::parse);
        if parsed == Some(None) {
            let detail = "a currency is needed, as `EUR`";
            faults.push(Fault::in_body(pointer, "bad_value", detail));
        }
        let unit = parsed.flatten();
        let amount = amount(&mut fields, "amount", &mut faults).unwrap_or_default();
        fields.end(&mut faults);
        let reason_code = reason_code.unwrap_or_else(|| settle::REASON_OTHER.to_owned());
        let dispute = None;
        NewAdjustment { program, partner, period, amount, unit, reason_code, reason, dispute, term }
    });
    done(faults)?;
    let new = new.ok_or(ApiError::NotFound)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let id = settle::ask_adjustment(&mut tx, &rules, &master, caller.actor(), now, &new).await?;
    let row = settle::adjustment(&mut tx, &id).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// Approves an adjustment, or takes a step of its chain.
#[utoipa::path(post, path = "/api/v1/adjustments/{id}/approve", tag = "payouts",
    params(("id" = String, Path, description = "The adjustment's id.")),
    request_body = Option<Comment>,
    responses((status = 200, body = Adjustment), ApiError))]
pub async fn approve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Adjustment>, ApiError> {
    params.end()?;
    let said = comment(&headers, body).await?;
    decide(&api, &caller, &id, AdjustmentStatus::Approved, said).await
}

/// Rejects an adjustment.
#[utoipa::path(post, path = "/api/v1/adjustments/{id}/reject", tag = "payouts",
    params(("id" = String, Path, description = "The adjustment's id.")),
    request_body = Option<Comment>,
    responses((status = 200, body = Adjustment), ApiError))]
pub async fn reject(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Adjustment>, ApiError> {
    params.end()?;
    let said = comment(&headers, body).await?;
    decide(&api, &caller, &id, AdjustmentStatus::Rejected, said).await
}

async fn decide(
    api: &Api,
    caller: &Caller,
    id: &str,
    to: AdjustmentStatus,
    said: Option<String>,
) -> Result<Json<Adjustment>, ApiError> {
    let (now, said) = (api.office().now(), said.as_deref());
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    settle::decide_adjustment(&mut tx, &rules, caller.actor(), now, id, to, said).await?;
    let row = settle::adjustment(&mut tx, id).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(Json(shown(row)))
}

/// What is not paid for now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hold {
    pub id: String,
    pub partner: String,
    /// The only payout it is on; left out for everything of the partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<String>,
    pub reason: String,
    /// The last day on which it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether it acts today.
    pub acting: bool,
    pub placed_by: String,
    pub placed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<String>,
}

/// What is put on hold: a payout, or everything of a partner.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct PlaceHold {
    payout: Option<String>,
    partner: Option<String>,
    reason: String,
    /// A day; left out, it acts until it is released.
    until: Option<String>,
}

fn hold_shown(row: HoldRow, today: Date) -> Hold {
    Hold {
        acting: row.acts_on(today),
        id: row.public_id,
        partner: row.partner_code,
        payout: row.payout,
        reason: row.reason,
        until: row.until.map(|day| day.to_string()),
        placed_by: row.placed_by,
        placed_at: row.placed_at.to_string(),
        released_at: row.released.as_ref().map(|end| end.at.to_string()),
        released_by: row.released.map(|end| end.by),
    }
}

/// Holds, newest first.
#[utoipa::path(get, path = "/api/v1/holds", tag = "payouts",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Hold>), ApiError))]
pub async fn holds(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Hold>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let today = settle::today(&mut reader, api.office().now()).await?;
    let rows = settle::holds(&mut reader, None).await?;
    Ok(Json(part.cut(rows, |row| hold_shown(row, today))))
}

/// Puts a payout, or everything of a partner, on hold.
#[utoipa::path(post, path = "/api/v1/holds", tag = "payouts", request_body = PlaceHold,
    responses((status = 200, body = Hold), ApiError))]
pub async fn place(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Hold>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let found = Fields::of(&value, String::new(), &mut faults).map(|mut fields| {
        let payout = fields.text("payout", &mut faults);
        let partner = fields.text("partner", &mut faults);
        let reason = fields.needed("reason", &mut faults).unwrap_or_default();
        let until = fields.text("until", &mut faults);
        fields.end(&mut faults);
        (payout, partner, reason, until)
    });
    let (payout, partner, reason, until) = found.unwrap_or_default();
    let until = until.map(|text| text.parse::<Date>());
    if matches!(until, Some(Err(_))) {
        faults.push(Fault::in_body("/until", "bad_value", "write the day as `2026-06-30`"));
    }
    if payout.is_some() == partner.is_some() {
        faults.push(Fault::in_body("/payout", "missing", "name either a payout or a partner"));
    }
    done(faults)?;
    let target = match (&payout, &partner) {
        (Some(id), _) => Target::Payout(id),
        (None, code) => Target::Partner(code.as_deref().unwrap_or_default()),
    };
    let why = (reason.as_str(), until.and_then(Result::ok));
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let master = api.office().master(&mut tx).await?;
    let id = settle::place(&mut tx, &master, caller.actor(), now, target, why).await?;
    let row = settle::hold(&mut tx, &id).await?.ok_or(ApiError::NotFound)?;
    let today = settle::today(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Json(hold_shown(row, today)))
}

/// Releases a hold.
#[utoipa::path(post, path = "/api/v1/holds/{id}/release", tag = "payouts",
    params(("id" = String, Path, description = "The hold's id.")), request_body = Option<Comment>,
    responses((status = 200, body = Hold), ApiError))]
pub async fn release(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Hold>, ApiError> {
    params.end()?;
    let said = comment(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = settle::release(&mut tx, caller.actor(), now, &id, said.as_deref()).await?;
    let today = settle::today(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Json(hold_shown(row, today)))
}
