//! Payouts of closed periods, and the steps they take.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::settlement::PayoutStep;
use engine::access::Viewer;
use engine::explain;
use engine::settle::{self, PayoutRow, Source};
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::{money, visible_partner};
use super::guard::Caller;
use super::input::{self, Fields, Params, done, media_type};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::periods::{Stands, stands};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/payouts", get(payouts));
    routes.add(Verb::Post, "/api/v1/payouts/decide", post(decide));
    routes.add(Verb::Get, "/api/v1/payouts/sums", get(sums));
    routes.add(Verb::Get, "/api/v1/payouts/{id}", get(payout));
    routes.add(Verb::Post, "/api/v1/payouts/{id}/approve", post(approve));
    routes.add(Verb::Post, "/api/v1/payouts/{id}/reject", post(reject));
    routes.add(Verb::Post, "/api/v1/payouts/{id}/pay", post(pay));
    routes.add(Verb::Get, "/api/v1/payouts/{id}/awards", get(awards));
    routes.add(Verb::Get, "/api/v1/payouts/{id}/decisions", get(decisions));
}

/// What a closed period, or the order of a reward, pays a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payout {
    #[schema(example = "pay_0198c5d2a4b87c7e9f00a1b2c3d4e5f6")]
    pub id: String,
    /// What owes it: `period`, a closed period of a program, or `reward`, an order of a reward.
    pub source: &'static str,
    /// Of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    pub partner: String,
    /// Of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_start: Option<String>,
    /// Of an order of a reward: what for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardOrder>,
    /// Currency of the amounts.
    pub unit: String,
    /// calculated + `prior_period` + adjustments + `carried_in` − `carried_out`.
    pub amount: String,
    pub calculated: String,
    /// What of `calculated` is there because a tier moved after something was booked at the one
    /// before. Only told of a single payout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_adjustment: Option<String>,
    /// What became known late about earlier periods.
    pub prior_period: String,
    pub adjustments: String,
    pub carried_in: String,
    pub carried_out: String,
    pub lapsed: String,
    /// `pending`, `approved`, `rejected` or `paid`; `withdrawn` if what it was for was cancelled
    /// before it was paid.
    pub status: &'static str,
    pub created_by: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// The steps of its approval, where there is a chain for its amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// How many steps were taken.
    pub steps_taken: i64,
    /// The day by which the next step should be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// The order of a reward that owes a payout.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardOrder {
    /// The key it was redeemed under.
    #[schema(example = "R-1")]
    pub order: String,
    /// The code of the reward.
    pub reward: String,
    /// The points that the amount is for; below zero where they were given back.
    pub points: String,
    /// The point currency.
    pub unit: String,
    pub on: String,
}

/// A yes or no that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// Counted from 1; a rejection begins the next.
    pub round: i64,
    /// Counted from 1.
    pub step: i64,
    /// `approved`, `rejected` or `paid`.
    pub verdict: String,
    pub by: String,
    /// In whose name, if not their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<String>,
    pub at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Why; a rejection needs it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Comment {
    comment: Option<String>,
}

/// Which payouts, and what to do with them.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Choice {
    /// At most 1,000 ids.
    payouts: Vec<String>,
    /// `approve` or `reject`.
    decision: String,
    /// Why; a rejection needs it.
    comment: Option<String>,
}

/// What became of the payouts that were chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// Those that took the step, as they stand now.
    pub decided: Vec<Payout>,
    pub left: Vec<Left>,
}

/// A payout that did not take the step.
#[derive(Debug, Serialize, ToSchema)]
pub struct Left {
    pub id: String,
    /// `prepared`, `given_before`, `not_theirs`, `not_now`, `in_file`, `held`, `not_found` or
    /// `other`.
    pub code: &'static str,
    pub detail: String,
}

/// A partner is shown what it gets, not who decided.
fn shown(row: PayoutRow, caller: &Caller) -> Payout {
    let inside = caller.partner().is_none();
    Payout {
        source: row.source.word(),
        program: row.period().map(|of| of.program.clone()),
        period: row.period().map(|of| of.name.clone()),
        period_start: row.period().map(|of| of.start.to_string()),
        reward: match &row.source {
            Source::Period(_) => None,
            Source::Reward(of) => Some(RewardOrder {
                order: of.order.clone(),
                reward: of.reward.clone(),
                points: of.points.normalize().to_string(),
                unit: of.unit.clone(),
                on: of.on.to_string(),
            }),
        },
        id: row.public_id,
        partner: row.partner_code,
        amount: money(row.amount, &row.unit),
        calculated: money(row.calculated, &row.unit),
        rate_adjustment: None,
        prior_period: money(row.prior_period, &row.unit),
        adjustments: money(row.adjustments, &row.unit),
        carried_in: money(row.carried_in, &row.unit),
        carried_out: money(row.carried_out, &row.unit),
        lapsed: money(row.lapsed, &row.unit),
        unit: row.unit,
        status: row.status.word(),
        created_by: if inside { row.created_by } else { String::new() },
        created_at: row.created_at.to_string(),
        decided_by: row.decided_by.filter(|_| inside),
        decided_at: row.decided_at.map(|at| at.to_string()),
        comment: row.comment.filter(|_| inside),
        paid_at: row.paid_at.map(|at| at.to_string()),
        chain: row.chain.filter(|_| inside),
        steps_taken: row.step,
        due: row.due.filter(|_| inside).map(|day| day.to_string()),
    }
}

/// Payouts, newest period first.
#[utoipa::path(get, path = "/api/v1/payouts", tag = "payouts",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("period" = Option<String>, Query, description = "A period's name."),
        ("source" = Option<String>, Query,
            description = "`period`: owed by closed periods of programs; `reward`: by orders of rewards."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Payout>), ApiError))]
pub async fn payouts(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Payout>>, ApiError> {
    let program = params.text("program");
    let partner = params.text("partner");
    let period = params.text("period").unwrap_or_default();
    let source =
        params.word("source", |word| SOURCES.into_iter().find(|known| *known == word), &SOURCES);
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner = visible_partner(&caller, &master, partner.as_deref())?;
    let program_id = match &program {
        None => 0,
        Some(code) => rules.program_ids[rules.by_code(code).ok_or(ApiError::NotFound)?],
    };
    let mut rows = if let Some(partner) = partner {
        settle::payouts_of_partner(&mut reader, partner, ROWS_READ_MAX).await?
    } else {
        settle::payouts(&mut reader, program_id, &period, ROWS_READ_MAX).await?
    };
    rows.retain(|row| {
        (program_id == 0 || row.program_id() == Some(program_id))
            && (period.is_empty() || row.period_name() == period)
            && source.is_none_or(|source| row.source.word() == source)
    });
    Ok(Json(part.cut(rows, |row| shown(row, &caller))))
}

/// What the payouts of a partner come to in a program, or for orders of rewards, since ever.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerSums {
    /// None of what orders of rewards owe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    #[serde(flatten)]
    pub payouts: Stands,
}

/// What the payouts of a partner come to since ever, by program and currency and by where they
/// stand. A partner may leave itself out.
#[utoipa::path(get, path = "/api/v1/payouts/sums", tag = "payouts",
    params(("partner" = Option<String>, Query, description = "A partner's code.")),
    responses((status = 200, body = Vec<PartnerSums>), ApiError))]
pub async fn sums(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Vec<PartnerSums>>, ApiError> {
    let partner = match caller.partner() {
        None => Some(params.needed("partner")),
        Some(_) => params.text("partner"),
    };
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let of = visible_partner(&caller, &master, partner.as_deref())?.ok_or(ApiError::NotFound)?;
    let found = settle::partner_sums(&mut reader, of).await?;
    let shown = found
        .into_iter()
        .map(|((program, unit), sums)| PartnerSums { program, payouts: stands(&unit, &sums) });
    Ok(Json(shown.collect()))
}

/// What a payout may be owed by.
const SOURCES: [&str; 2] = ["period", "reward"];

/// Of more payouts than this a filter has to be given.
const ROWS_READ_MAX: i64 = 100_000;

/// A payout.
#[utoipa::path(get, path = "/api/v1/payouts/{id}", tag = "payouts",
    params(("id" = String, Path, description = "The payout's id.")),
    responses((status = 200, body = Payout), ApiError))]
pub async fn payout(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Payout>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = settle::payout(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(row.partner_id) {
        return Err(ApiError::NotFound);
    }
    let rules = api.office().rules(&mut reader).await?;
    let rated = settle::rated(&mut reader, &rules, &row).await?;
    let rate_adjustment = Some(money(rated, &row.unit));
    Ok(Json(Payout { rate_adjustment, ..shown(row, &caller) }))
}

/// What of an award is due with a payout.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutAward {
    /// What `GET /api/v1/awards/explain` takes.
    #[serde(rename = "ref")]
    pub reference: String,
    pub program: String,
    pub term: String,
    /// Who earned it.
    pub partner: String,
    /// The period it was earned in.
    pub earned_in: String,
    /// The group of the award, by the names of the term.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// Of an earlier period, and known late.
    pub is_prior: bool,
    pub unit: String,
    /// What of it is due with this payout.
    pub amount: String,
}

/// The awards behind a payout, each with what of it is due: they add up to `calculated` and
/// `prior_period`.
#[utoipa::path(get, path = "/api/v1/payouts/{id}/awards", tag = "payouts",
    params(
        ("id" = String, Path, description = "The payout's id."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<PayoutAward>), ApiError))]
pub async fn awards(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<PayoutAward>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let viewer = Viewer::of(caller.partner());
    let row = settle::payout(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    if !caller.actor().sees(row.partner_id) {
        return Err(ApiError::NotFound);
    }
    let door = explain::payout(&mut reader, &rules, &master, viewer, &id).await?;
    // Behind what an order of a reward owes there are points, and no awards.
    let (unit, awards) = door.map(|door| (door.unit, door.awards)).unwrap_or_default();
    Ok(Json(part.cut(awards, |due| PayoutAward {
        reference: due.award.to_string(),
        group: due.award.group.values().map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        earned_in: due.award.period,
        program: due.award.program,
        term: due.award.term,
        partner: due.award.partner,
        is_prior: due.is_prior,
        amount: money(due.amount, &unit),
        unit: unit.clone(),
    })))
}

/// Everything that was decided about a payout, oldest first.
#[utoipa::path(get, path = "/api/v1/payouts/{id}/decisions", tag = "payouts",
    params(
        ("id" = String, Path, description = "The payout's id."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Decision>), ApiError))]
pub async fn decisions(
    State(api): State<Api>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<PageOf<Decision>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    settle::payout(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    let rows = settle::decisions(&mut reader, &id).await?;
    Ok(Json(part.cut(rows, |one| Decision {
        round: one.round,
        step: one.step,
        verdict: one.verdict,
        by: one.by,
        stands_for: one.stands_for,
        at: one.at.to_string(),
        comment: one.comment,
    })))
}

/// Approves a payout, or takes a step of its chain.
#[utoipa::path(post, path = "/api/v1/payouts/{id}/approve", tag = "payouts",
    params(("id" = String, Path, description = "The payout's id.")), request_body = Option<Comment>,
    responses((status = 200, body = Payout), ApiError))]
pub async fn approve(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Payout>, ApiError> {
    params.end()?;
    step(&api, &caller, &id, PayoutStep::Approve, comment(&headers, body).await?).await
}

/// Rejects a payout. The comment says why and is needed.
#[utoipa::path(post, path = "/api/v1/payouts/{id}/reject", tag = "payouts",
    params(("id" = String, Path, description = "The payout's id.")), request_body = Comment,
    responses((status = 200, body = Payout), ApiError))]
pub async fn reject(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Payout>, ApiError> {
    params.end()?;
    step(&api, &caller, &id, PayoutStep::Reject, comment(&headers, body).await?).await
}

/// Says that an approved payout was paid, and posts it.
#[utoipa::path(post, path = "/api/v1/payouts/{id}/pay", tag = "payouts",
    params(("id" = String, Path, description = "The payout's id.")), request_body = Option<Comment>,
    responses((status = 200, body = Payout), ApiError))]
pub async fn pay(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Payout>, ApiError> {
    params.end()?;
    step(&api, &caller, &id, PayoutStep::Pay, comment(&headers, body).await?).await
}

async fn step(
    api: &Api,
    caller: &Caller,
    id: &str,
    step: PayoutStep,
    comment: Option<String>,
) -> Result<Json<Payout>, ApiError> {
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    settle::step(&mut tx, caller.actor(), now, id, step, comment.as_deref()).await?;
    let row = settle::payout(&mut tx, id).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(Json(shown(row, caller)))
}

/// The comment of a body, which may be missing as a whole.
pub(super) async fn comment(headers: &HeaderMap, body: Body) -> Result<Option<String>, ApiError> {
    let found = media_type(headers);
    let bytes = input::bytes(body, "JSON_BYTES_MAX", input::JSON_BYTES_MAX).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if found != "application/json" {
        return Err(ApiError::MediaType { found, expected: "`application/json`" });
    }
    let value = input::parse(&bytes)?;
    let mut faults = Vec::new();
    let fields = Fields::of(&value, String::new(), &mut faults);
    let comment = fields.and_then(|mut fields| {
        let comment = fields.text("comment", &mut faults);
        fields.end(&mut faults);
        comment
    });
    done(faults)?;
    Ok(comment)
}

/// Approves or rejects many payouts, each by itself: one that cannot stops no other.
#[utoipa::path(post, path = "/api/v1/payouts/decide", tag = "payouts", request_body = Choice,
    responses((status = 200, body = Decided), ApiError))]
pub async fn decide(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Decided>, ApiError> {
    params.end()?;
    let value = input::json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut ids, mut to, mut comment) = (Vec::new(), None, None);
    if let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) {
        let at = fields.pointer("payouts");
        let list = fields.value("payouts").and_then(serde_json::Value::as_array);
        let read = |list: &Vec<serde_json::Value>| -> Option<Vec<String>> {
            list.iter().map(|id| id.as_str().map(str::to_owned)).collect()
        };
        match list.and_then(read) {
            Some(list) if !list.is_empty() && list.len() <= settle::CHOSEN_MAX => ids = list,
            _ => {
                let detail = format!("send 1 to {} ids of payouts", settle::CHOSEN_MAX);
                faults.push(Fault::in_body(at, "bad_value", detail));
            }
        }
        let at = fields.pointer("decision");
        to = match fields.needed("decision", &mut faults).as_deref() {
            Some("approve") => Some(PayoutStep::Approve),
            Some("reject") => Some(PayoutStep::Reject),
            Some(_) => {
                let detail = "`decision` is `approve` or `reject`";
                faults.push(Fault::in_body(at, "bad_value", detail));
                None
            }
            None => None,
        };
        comment = fields.text("comment", &mut faults);
        fields.end(&mut faults);
    }
    done(faults)?;
    let Some(to) = to else { return Err(ApiError::NotFound) };
    if to == PayoutStep::Reject && comment.as_deref().is_none_or(|text| text.trim().is_empty()) {
        return Err(settle::SettleError::NoReason.into());
    }
    let now = api.office().now();
    let step = (to, comment.as_deref());
    let taken = settle::step_each(api.office().db(), caller.actor(), now, &ids, step).await?;
    let (mut decided, mut left) = (Vec::new(), Vec::new());
    for one in taken {
        match one.outcome {
            Ok(row) => decided.push(shown(row, &caller)),
            Err(error) => {
                let (code, detail) = (error.word(), error.to_string());
                left.push(Left { id: one.id, code, detail });
            }
        }
    }
    Ok(Json(Decided { decided, left }))
}
