//! Payout periods, and closing them.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::amount::Currency;
use engine::office::Live;
use engine::settle::{self, CloseNote, EndOn, ExceptionKind, PeriodState, Sums};
use jiff::civil::Date;
use rust_decimal::Decimal;
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
    /// The period ends when somebody ends it; `end` is the latest it may be.
    pub on_demand: bool,
    /// The last day on which such a period may be ended now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_max: Option<String>,
    /// The payouts of a closed period, by currency and by where they stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<Stands>,
}

/// Payouts in one currency, added up by where they stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stands {
    pub unit: String,
    /// How many there are.
    pub count: u64,
    pub pending: String,
    pub approved: String,
    pub rejected: String,
    pub paid: String,
}

pub fn stands(unit: &str, sums: &Sums) -> Stands {
    Stands {
        unit: unit.to_owned(),
        count: sums.count,
        pending: money(sums.pending, unit),
        approved: money(sums.approved, unit),
        rejected: money(sums.rejected, unit),
        paid: money(sums.paid, unit),
    }
}

/// Which period to close.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct Close {
    program: String,
    /// The period's name; with `until` the one it gets, which may be left out: the day itself.
    period: Option<String>,
    /// Ends the period that is open until somebody does, on this day.
    #[schema(example = "2026-03-15")]
    until: Option<String>,
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
    /// What payouts add up to in each currency; `total` is the first of them.
    pub totals: Vec<Total>,
}

/// A sum in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    pub amount: String,
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
    for (at, plan) in rules.shown() {
        if only.is_none_or(|only| only == at) {
            let views = settle::periods(plan, &rules.closes[at], now);
            let last = settle::end_days(plan, now).and_then(|days| days.last);
            let program_id = rules.program_ids[at];
            all.extend(
                views.into_iter().map(|view| (program_id, plan.code.to_string(), view, last)),
            );
        }
    }
    let mut sums = BTreeMap::new();
    for program_id in all.iter().map(|(program_id, ..)| *program_id).collect::<BTreeSet<_>>() {
        for ((period, unit), of) in settle::period_sums(&mut reader, program_id, None).await? {
            let list: &mut Vec<Stands> = sums.entry((program_id, period)).or_default();
            list.push(stands(&unit, &of));
        }
    }
    Ok(Json(part.cut(all, |(program_id, program, view, last)| Period {
        payouts: sums.remove(&(program_id, view.period.name.to_string())).unwrap_or_default(),
        program,
        period: view.period.name.to_string(),
        start: view.period.start.to_string(),
        end: view.period.end.to_string(),
        state: state(view.state),
        closable_from: view.closable_from.to_string(),
        closed_at: view.closed_at.map(|at| at.to_string()),
        on_demand: view.on_demand,
        until_max: last.filter(|_| view.on_demand).map(|day| day.to_string()),
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
    Ok(Json(part.cut(found, |one| {
        let unit = one.unit.to_string();
        PeriodException {
            kind: one.kind.word(),
            serious: one.kind.is_serious(),
            cases: one.cases,
            amount: money(one.amount, &unit),
            unit,
            partners: one
                .partners
                .iter()
                .filter_map(|(id, _)| Some(master.partner_code(*id)?.to_string()))
                .collect(),
        }
    })))
}

/// Closes a period, for good: what was accrued becomes payable. A period that is open until somebody
/// ends it is ended `until` a day.
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
        let (until, pointer) = (fields.text("until", &mut faults), fields.pointer("until"));
        let day: Option<Date> = until.as_deref().and_then(|text| text.parse().ok());
        if until.is_some() && day.is_none() {
            faults.push(Fault::in_body(pointer, "bad_date", "a day is needed, as 2026-03-15"));
        }
        let until = day;
        let period = match until {
            Some(day) => fields.text("period", &mut faults).unwrap_or_else(|| day.to_string()),
            None => fields.needed("period", &mut faults).unwrap_or_default(),
        };
        let comment = fields.text("comment", &mut faults);
        let pointer = fields.pointer("acknowledge");
        let kinds = acknowledged(fields.value("acknowledge"), &pointer, &mut faults);
        fields.end(&mut faults);
        (program, period, until, comment, kinds)
    });
    done(faults)?;
    let (program, period, until, comment, kinds) = names.unwrap_or_default();
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let master = api.office().master(&mut tx).await?;
    let note = CloseNote { comment: comment.as_deref(), acknowledged: &kinds };
    let by = caller.actor();
    let closed = if let Some(until) = until {
        let end = EndOn { name: &period, until };
        settle::close_on_demand(&mut tx, &master, by, now, (&program, end), &note).await?
    } else {
        let of = (program.as_str(), period.as_str());
        settle::close(&mut tx, &master, by, now, of, &note).await?
    };
    tx.commit().await?;
    api.office().wake();
    api.office().tell(Live::Rules);
    let period = closed.period.name.to_string();
    let sum = |(unit, amount): &(Currency, Decimal)| {
        let unit = unit.to_string();
        Total { amount: money(*amount, &unit), unit }
    };
    let totals: Vec<Total> = closed.totals.iter().map(sum).collect();
    let first = totals.first().ok_or(ApiError::NotFound)?;
    let (total, unit) = (first.amount.clone(), first.unit.clone());
    Ok(Json(Closed { program, period, payouts: closed.payouts, total, unit, totals }))
}
