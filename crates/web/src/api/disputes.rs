//! Disputes, their threads, and what partners agreed to.
//!
//! A token that is bound to a partner opens, replies, withdraws and agrees; others answer, accept
//! and reject. The same address serves both, and each sees only its own side's steps.

use std::str::FromStr;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::dispute::Dispute as Stage;
use engine::access::Viewer;
use engine::explain::{self, AwardRef};
use engine::settle::{self, DisputeKind, DisputeReason, DisputeRow, NewDispute};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::adjustments::amount;
use super::awards::money;
use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/disputes", get(disputes));
    routes.add(Verb::Post, "/api/v1/disputes", post(open));
    routes.add(Verb::Get, "/api/v1/disputes/{id}", get(one));
    routes.add(Verb::Post, "/api/v1/disputes/{id}/messages", post(write));
    routes.add(Verb::Post, "/api/v1/disputes/{id}/accept", post(accept));
    routes.add(Verb::Post, "/api/v1/disputes/{id}/reject", post(reject));
    routes.add(Verb::Post, "/api/v1/disputes/{id}/withdraw", post(withdraw));
    routes.add(Verb::Post, "/api/v1/payouts/{id}/agree", post(agree));
}

/// A partner says that an amount is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dispute {
    pub id: String,
    pub partner: String,
    pub program: String,
    pub period: String,
    /// `payout`, `award` or `line`.
    pub kind: &'static str,
    /// Id of the payout, reference of the award, or key of the line.
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<String>,
    /// `missing_sales`, `wrong_amount`, `wrong_tier`, `terms` or `other`.
    pub reason: &'static str,
    /// Currency of the amounts.
    pub unit: String,
    /// What was stated.
    pub stated: String,
    /// What the partner says it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// `open`, `answered`, `accepted`, `rejected` or `withdrawn`.
    pub status: &'static str,
    /// The difference that was accepted, and the adjustment that brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<String>,
    pub opened_at: String,
    /// The day by which the vendor answers.
    pub answer_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// What was written, oldest first; in lists it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
}

/// What one side wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// `partner` or `vendor`.
    pub side: &'static str,
    pub at: String,
    /// `open`, `answer`, `reply`, `accept`, `reject` or `withdraw`.
    pub step: String,
    pub text: String,
}

/// What is disputed, and why.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct OpenDispute {
    /// Id of a payout; or give `award`.
    payout: Option<String>,
    /// Reference of an award.
    award: Option<String>,
    /// Key of a line, if it is about one.
    line: Option<String>,
    reason: String,
    text: String,
    expected: Option<String>,
}

/// What is said.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Said {
    text: String,
}

/// What is accepted, and why.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Accept {
    /// The difference that is owed, with its sign.
    amount: String,
    text: String,
}

/// What is agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agreed {
    pub payout: String,
    pub amount: String,
    pub unit: String,
    pub agreed_by: String,
    pub agreed_at: String,
}

fn shown(row: DisputeRow) -> Dispute {
    let status = row.state.word();
    let (accepted, adjustment) = match row.state {
        Stage::Accepted { amount, adjustment } => {
            (Some(money(amount, &row.unit)), Some(adjustment))
        }
        _ => (None, None),
    };
    Dispute {
        id: row.public_id,
        partner: row.partner_code,
        program: row.program_code,
        period: row.period_name,
        kind: row.kind.word(),
        subject: row.subject,
        payout: row.payout,
        reason: row.reason.word(),
        stated: money(row.stated, &row.unit),
        expected: row.expected.map(|amount| money(amount, &row.unit)),
        unit: row.unit,
        status,
        accepted,
        adjustment,
        opened_at: row.opened_at.to_string(),
        answer_by: row.due.to_string(),
        decided_at: row.decided_at.map(|at| at.to_string()),
        messages: None,
    }
}

async fn whole(api: &Api, caller: &Caller, id: &str) -> Result<Json<Dispute>, ApiError> {
    let mut reader = api.office().db().read().await?;
    let viewer = Viewer::of(caller.partner());
    let row = settle::dispute(&mut reader, viewer, id).await?.ok_or(ApiError::NotFound)?;
    let messages = settle::dispute_messages(&mut reader, id).await?;
    let message = |one: settle::Message| Message {
        side: if one.of_partner { "partner" } else { "vendor" },
        at: one.at.to_string(),
        step: one.step,
        text: one.text,
    };
    let messages = Some(messages.into_iter().map(message).collect());
    Ok(Json(Dispute { messages, ..shown(row) }))
}

/// Disputes, those that need an answer first.
#[utoipa::path(get, path = "/api/v1/disputes", tag = "payouts",
    params(
        ("status" = Option<String>, Query, description = "`open`, `answered`, `accepted`, `rejected` or `withdrawn`."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Dispute>), ApiError))]
pub async fn disputes(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Dispute>>, ApiError> {
    let states = &domain::dispute::STATES;
    let known = |word: &str| states.iter().find(|state| **state == word).copied();
    let status = params.word("status", known, states);
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let mut rows = settle::disputes(&mut reader, Viewer::of(caller.partner())).await?;
    rows.retain(|row| status.is_none_or(|status| row.state.word() == status));
    Ok(Json(part.cut(rows, shown)))
}

/// A dispute with its thread.
#[utoipa::path(get, path = "/api/v1/disputes/{id}", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")),
    responses((status = 200, body = Dispute), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    whole(&api, &caller, &id).await
}

/// What a body says of a dispute.
#[derive(Default)]
struct Asked {
    payout: Option<String>,
    award: Option<String>,
    line: Option<String>,
    reason: Option<DisputeReason>,
    text: String,
    expected: Option<Decimal>,
}

fn asked(value: &serde_json::Value) -> Result<Asked, ApiError> {
    let mut faults = Vec::new();
    let asked = Fields::of(value, String::new(), &mut faults).map(|mut fields| {
        let asked = Asked {
            payout: fields.text("payout", &mut faults),
            award: fields.text("award", &mut faults),
            line: fields.text("line", &mut faults),
            reason: fields.needed("reason", &mut faults).and_then(|word| {
                let found = DisputeReason::from_word(&word);
                if found.is_none() {
                    let detail = format!("`{word}` is no reason of a dispute");
                    faults.push(Fault::in_body("/reason", "bad_value", detail));
                }
                found
            }),
            text: fields.needed("text", &mut faults).unwrap_or_default(),
            expected: amount(&mut fields, "expected", &mut faults),
        };
        fields.end(&mut faults);
        asked
    });
    if let Some(asked) = &asked
        && asked.payout.is_some() == asked.award.is_some()
    {
        let detail = "name either a payout or an award";
        faults.push(Fault::in_body("/payout", "missing", detail));
    }
    done(faults)?;
    Ok(asked.unwrap_or_default())
}

/// Opens a dispute. Only a token that is bound to a partner can.
#[utoipa::path(post, path = "/api/v1/disputes", tag = "payouts", request_body = OpenDispute,
    responses((status = 200, body = Dispute), ApiError))]
pub async fn open(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    let asked = asked(&json(&headers, body).await?)?;
    let own = caller.partner().ok_or(ApiError::NotFound)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let (program, period, stated) = match (&asked.payout, &asked.award) {
        (Some(id), _) => {
            let row = settle::payout(&mut tx, id).await?.ok_or(ApiError::NotFound)?;
            // What an order of a reward owes is not disputed: the order is cancelled.
            let of = row.period().ok_or(settle::SettleError::NotOfAProgram)?;
            (of.program.clone(), of.name.clone(), row.amount)
        }
        (None, award) => {
            let of = award.as_deref().and_then(|text| AwardRef::from_str(text).ok());
            let of = of.ok_or(ApiError::NotFound)?;
            let viewer = Viewer::Partner(own);
            let found = explain::award(&mut tx, &rules, &master, viewer, &of).await?;
            let found = found.ok_or(ApiError::NotFound)?;
            let at = rules.by_code(&of.program).ok_or(ApiError::NotFound)?;
            let period = settle::payout_period(&rules.plans[at], found.period.start);
            (of.program, period.ok_or(ApiError::NotFound)?, found.award.amount)
        }
    };
    let (kind, subject) = match (&asked.line, &asked.payout, &asked.award) {
        (Some(line), ..) => (DisputeKind::Line, line.clone()),
        (None, Some(id), _) => (DisputeKind::Payout, id.clone()),
        (None, None, award) => (DisputeKind::Award, award.clone().unwrap_or_default()),
    };
    let new = NewDispute {
        kind,
        subject,
        payout: asked.payout,
        program,
        period,
        stated,
        expected: asked.expected,
        reason: asked.reason.unwrap_or(DisputeReason::Other),
        text: asked.text,
    };
    let who = (caller.actor(), own);
    let id = settle::open_dispute(&mut tx, &rules, who, now, &new).await?;
    tx.commit().await?;
    whole(&api, &caller, &id).await
}

/// The text of a body.
async fn said(headers: &HeaderMap, body: Body) -> Result<String, ApiError> {
    let value = json(headers, body).await?;
    let mut faults = Vec::new();
    let text = Fields::of(&value, String::new(), &mut faults).and_then(|mut fields| {
        let text = fields.needed("text", &mut faults);
        fields.end(&mut faults);
        text
    });
    done(faults)?;
    Ok(text.unwrap_or_default())
}

/// Writes to the thread: the partner asks again, the vendor answers.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/messages", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")), request_body = Said,
    responses((status = 200, body = Dispute), ApiError))]
pub async fn write(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    let text = said(&headers, body).await?;
    let mut tx = api.office().db().write().await?;
    settle::write_to_dispute(&mut tx, caller.actor(), api.office().now(), &id, &text).await?;
    tx.commit().await?;
    whole(&api, &caller, &id).await
}

/// Accepts a dispute: the amount becomes an adjustment that somebody else approves.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/accept", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")), request_body = Accept,
    responses((status = 200, body = Dispute), ApiError))]
pub async fn accept(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let found = Fields::of(&value, String::new(), &mut faults).map(|mut fields| {
        let amount = amount(&mut fields, "amount", &mut faults);
        let text = fields.needed("text", &mut faults).unwrap_or_default();
        fields.end(&mut faults);
        (amount.unwrap_or_default(), text)
    });
    done(faults)?;
    let (amount, text) = found.unwrap_or_default();
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let who = (caller.actor(), now);
    settle::accept_dispute(&mut tx, &rules, &master, who, &id, (amount, &text)).await?;
    tx.commit().await?;
    whole(&api, &caller, &id).await
}

/// Rejects a dispute, with the reason.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/reject", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")), request_body = Said,
    responses((status = 200, body = Dispute), ApiError))]
pub async fn reject(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    let text = said(&headers, body).await?;
    let mut tx = api.office().db().write().await?;
    settle::reject_dispute(&mut tx, caller.actor(), api.office().now(), &id, &text).await?;
    tx.commit().await?;
    whole(&api, &caller, &id).await
}

/// Takes a dispute back. Only a token that is bound to its partner can.
#[utoipa::path(post, path = "/api/v1/disputes/{id}/withdraw", tag = "payouts",
    params(("id" = String, Path, description = "The dispute's id.")),
    responses((status = 200, body = Dispute), ApiError))]
pub async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Dispute>, ApiError> {
    params.end()?;
    let mut tx = api.office().db().write().await?;
    settle::withdraw_dispute(&mut tx, caller.actor(), api.office().now(), &id, "").await?;
    tx.commit().await?;
    whole(&api, &caller, &id).await
}

/// Agrees to a payout. Only a token that is bound to its partner can.
#[utoipa::path(post, path = "/api/v1/payouts/{id}/agree", tag = "payouts",
    params(("id" = String, Path, description = "The payout's id.")),
    responses((status = 200, body = Agreed), ApiError))]
pub async fn agree(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Agreed>, ApiError> {
    params.end()?;
    let mut tx = api.office().db().write().await?;
    settle::sign_off(&mut tx, caller.actor(), api.office().now(), &id, None).await?;
    let row = settle::payout(&mut tx, &id).await?.ok_or(ApiError::NotFound)?;
    let signed = settle::sign_off_of(&mut tx, &id).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(Json(Agreed {
        payout: id,
        amount: money(signed.amount, &row.unit),
        unit: row.unit,
        agreed_by: signed.by,
        agreed_at: signed.at.to_string(),
    }))
}
