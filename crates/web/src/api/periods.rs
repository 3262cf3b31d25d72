//! Payout periods, and closing them.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use engine::office::Live;
use engine::settle::{self, CloseNote, ExceptionKind, PeriodState};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::awards::money;
use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/periods", get(periods));
    routes.add(Verb::Get, "/api/v1/periods/exceptions", get(exceptions));
    routes.add(Verb::Post, "/api/v1/periods/close", post(close));
}

/// A payout period of a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    pub program: String,
    #[schema(example = "2026Q1")]
    pub period: String,
    pub start: String,
    /// The first day after it.
    pub end: String,
    /// `running`, `waiting` for grace or calculation days, `ready` to be closed, or `closed`.
    pub state: &'static str,
    /// The first day on which it may be closed.
    pub closable_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
}

/// Which period to close.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Close {
    program: String,
    period: String,
    /// Kept with the close, for the audit. Needed where something serious is acknowledged.
    comment: Option<String>,
    /// The kinds of serious exceptions that were looked at: `negative`, `jump`, `dispute`,
    /// `waiting`. A close that meets one that is not named here is refused.
    acknowledge: Option<Vec<String>>,
}

/// What a close did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Closed {
    pub program: String,
    pub period: String,
    /// How many payouts it made.
    pub payouts: usize,
    pub total: String,
    /// Currency of the total.
    pub unit: String,
}

fn state(state: PeriodState) -> &'static str {
    match state {
        PeriodState::Running => "running",
        PeriodState::Waiting => "waiting",
        PeriodState::Ready => "ready",
        PeriodState::Closed => "closed",
    }
}

/// Payout periods up to today, oldest first.
#[utoipa::path(get, path = "/api/v1/periods", tag = "payouts",
    params(
        ("program" = Option<String>, Query, description = "A program's code; all active ones if left out."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Period>), ApiError))]
pub async fn periods(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Period>>, ApiError> {
    let program = params.text("program");
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let only = match program {
        None => None,
        Some(code) => Some(rules.by_code(&code).ok_or(ApiError::NotFound)?),
    };
    let now = api.office().now();
    let mut all = Vec::new();
    for (at, plan) in rules.plans.iter().enumerate() {
        if only.is_none_or(|only| only == at) {
            let views = settle::periods(plan, &rules.closes[at], now);
            all.extend(views.into_iter().map(|view| (plan.code.to_string(), view)));
        }
    }
    Ok(Json(part.cut(all, |(program, view)| Period {
        program,
        period: view.period.name.to_string(),
        start: view.period.start.to_string(),
        end: view.period.end.to_string(),
        state: state(view.state),
        closable_from: view.closable_from.to_string(),
        closed_at: view.closed_at.map(|at| at.to_string()),
    })))
}

/// The kinds that a body acknowledges.
fn acknowledged(
    value: Option<&Value>,
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Vec<ExceptionKind> {
    let Some(value) = value else { return Vec::new() };
    let Value::Array(words) = value else {
        let detail = "a list of words is needed";
        faults.push(Fault::in_body(pointer, "wrong_type", detail));
        return Vec::new();
    };
    let mut kinds = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let found = word.as_str().and_then(ExceptionKind::from_word);
        if found.is_none() {
            let detail = format!("{word} is no kind of exception");
            faults.push(Fault::in_body(format!("{pointer}/{at}"), "bad_value", detail));
        }
        kinds.extend(found);
    }
    kinds
}

/// Something out of the ordinary about a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodException {
    /// `negative`, `jump`, `dispute`, `waiting`, `pending_adjustment`, `missing_data`,
    /// `prior_period`, `cap_hit`, `held` or `below_minimum`.
    pub kind: &'static str,
    /// Whether a close needs it acknowledged.
    pub serious: bool,
    /// Partners, facts, adjustments or disputes, as the kind says.
    pub cases: usize,
    pub amount: String,
    /// Currency of the amount.
    pub unit: String,
    /// Codes of those with the largest amounts.
    pub partners: Vec<String>,
}

/// What has to be looked at before a period is closed, the serious kinds first.
#[utoipa::path(get, path = "/api/v1/periods/exceptions", tag = "payouts",
    params(
        ("program" = String, Query, description = "A program's code."),
        ("period" = String, Query, description = "A period's name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<PeriodException>), ApiError))]
pub async fn exceptions(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<PeriodException>>, ApiError> {
    let (program, period) = (params.needed("program"), params.needed("period"));
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let at = rules.by_code(&program).ok_or(ApiError::NotFound)?;
    let plan = &rules.plans[at];
    let period = domain::settlement::named(plan, &period).ok_or(ApiError::NotFound)?;
    let of = (rules.program_ids[at], &period);
    let now = api.office().now();
    let found = settle::exceptions(&mut reader, &rules, &master, of, now).await?;
    let unit = plan.newest().currency.to_string();
    Ok(Json(part.cut(found, |one| {
        PeriodException {
            kind: one.kind.word(),
            serious: one.kind.is_serious(),
            cases: one.cases,
            amount: money(one.amount, &unit),
            unit: unit.clone(),
            partners: one
                .partners
                .iter()
                .filter_map(|(id, _)| Some(master.partner_code(*id)?.to_string()))
                .collect(),
        }
    })))
}

/// Closes a period, for good: what was accrued becomes payable.
#[utoipa::path(post, path = "/api/v1/periods/close", tag = "payouts", request_body = Close,
    responses((status = 200, body = Closed), ApiError))]
pub async fn close(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Closed>, ApiError> {
    params.end()?;
    let value = json(&headers, body).await?;
    let mut faults = Vec::new();
    let names = Fields::of(&value, String::new(), &mut faults).map(|mut fields| {
        let program = fields.needed("program", &mut faults).unwrap_or_default();
        let period = fields.needed("period", &mut faults).unwrap_or_default();
        let comment = fields.text("comment", &mut faults);
        let pointer = fields.pointer("acknowledge");
        let kinds = acknowledged(fields.value("acknowledge"), &pointer, &mut faults);
        fields.end(&mut faults);
        (program, period, comment, kinds)
    });
    done(faults)?;
    let (program, period, comment, kinds) = names.unwrap_or_default();
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let master = api.office().master(&mut tx).await?;
    let of = (program.as_str(), period.as_str());
    let rules = api.office().rules(&mut tx).await?;
    let at = rules.by_code(&program).ok_or(ApiError::NotFound)?;
    let unit = rules.plans[at].newest().currency.to_string();
    let note = CloseNote { comment: comment.as_deref(), acknowledged: &kinds };
    let closed = settle::close(&mut tx, &master, caller.actor(), now, of, &note).await?;
    tx.commit().await?;
    api.office().wake();
    api.office().tell(Live::Rules);
    let period = closed.period.name.to_string();
    let total = money(closed.total, &unit);
    Ok(Json(Closed { program, period, payouts: closed.payouts, total, unit }))
}
