//! Ordered rewards: where they stand, and the steps on their way.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use domain::code::PartnerCode;
use engine::catalog::MasterData;
use engine::orders::{self, Order, OrderError, OrderState, Step, Taken};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/reward-orders", get(list));
    routes.add(Verb::Get, "/api/v1/reward-orders/{key}", get(one));
    routes.add(Verb::Post, "/api/v1/reward-orders/{key}/{step}", post(step));
}

/// An ordered reward that somebody has to hand over.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardOrder {
    /// To ask for the orders before it.
    pub seq: i64,
    pub key: String,
    pub partner: String,
    pub reward: String,
    #[schema(example = "2")]
    pub pieces: String,
    pub points: String,
    pub unit: String,
    /// Points that were given back.
    pub returned: String,
    pub on: String,
    pub recorded: String,
    /// `ordered`, `approved`, `sent`, `delivered` or `cancelled`.
    pub state: &'static str,
    /// The partner asks to cancel it.
    pub cancel_asked: bool,
    pub steps: Vec<RewardStep>,
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardStep {
    /// `approved`, `sent`, `delivered`, `cancelled` or `cancel_asked`.
    pub step: String,
    pub recorded: String,
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn taken(step: Taken) -> RewardStep {
    RewardStep {
        step: step.step,
        recorded: step.at.to_string(),
        by: step.by,
        carrier: step.carrier,
        tracking: step.tracking,
        reason: step.note,
    }
}

fn shown(order: Order) -> RewardOrder {
    RewardOrder {
        seq: order.seq,
        key: order.key,
        partner: order.partner.to_string(),
        reward: order.reward,
        pieces: order.pieces.normalize().to_string(),
        points: order.points.normalize().to_string(),
        unit: order.unit,
        returned: order.returned.normalize().to_string(),
        on: order.on.to_string(),
        recorded: order.recorded.to_string(),
        state: order.state.word(),
        cancel_asked: order.cancel_asked,
        steps: order.steps.into_iter().map(taken).collect(),
    }
}

/// The partner whose orders alone a token may see.
fn own(caller: &Caller, master: &MasterData) -> Result<Option<PartnerCode>, ApiError> {
    let Some(id) = caller.partner() else { return Ok(None) };
    master.partner_code(id).cloned().map(Some).ok_or(ApiError::NotFound)
}

/// Ordered rewards that somebody has to hand over, the newest first. A token of a partner sees that
/// partner's own.
#[utoipa::path(get, path = "/api/v1/reward-orders", tag = "wallets",
    params(
        ("state" = Option<String>, Query, description = "`ordered`, `approved`, `sent`, `delivered` or `cancelled`."),
        ("partner" = Option<String>, Query, description = "The partner's code."),
        ("before" = Option<i64>, Query, description = "The `seq` of the last order of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<RewardOrder>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Vec<RewardOrder>>, ApiError> {
    let words = OrderState::ALL.map(OrderState::word);
    let state = params.word("state", OrderState::parse, &words);
    let partner = params.text("partner").map(PartnerCode::new);
    let before = params.number("before", (1, i64::MAX));
    let limit = params.number("limit", (1, 1000)).unwrap_or(100);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let own = own(&caller, &master)?;
    if let (Some(own), Some(asked)) = (&own, &partner)
        && own != asked
    {
        return Err(ApiError::NotFound);
    }
    let query = orders::Query {
        state,
        partner: own.or(partner),
        before,
        limit: usize::try_from(limit).unwrap_or(100),
        ..orders::Query::default()
    };
    let found = orders::list(&mut reader, &rules, &query).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// One order.
#[utoipa::path(get, path = "/api/v1/reward-orders/{key}", tag = "wallets",
    params(("key" = String, Path, description = "The key of the line that ordered.")),
    responses((status = 200, body = RewardOrder), ApiError))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path(key): Path<String>,
    params: Params,
) -> Result<Json<RewardOrder>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let own = own(&caller, &master)?;
    let order = orders::one(&mut reader, &rules, &key).await?;
    let order = order.filter(|order| own.is_none_or(|own| own == order.partner));
    Ok(Json(shown(order.ok_or(ApiError::NotFound)?)))
}

/// What a step says besides.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewStep {
    /// Of `send`: with whom it travels.
    carrier: Option<String>,
    /// Of `send`: the number to follow it by.
    tracking: Option<String>,
    /// Of `cancel` and `ask-cancel`.
    reason: Option<String>,
}

/// Takes a step of an order: `approve`, `send`, `deliver`, `cancel`, `ask-cancel`.
///
/// The same step again is the same step. One that does not follow is refused (409). What is cancelled
/// gives points and stock back. An order worth as much as what the chains for adjustments begin at
/// is approved by a token that may approve adjustments, and refused (403) otherwise. A token of a partner may ask to cancel its own orders, and nothing
/// else.
#[utoipa::path(post, path = "/api/v1/reward-orders/{key}/{step}", tag = "wallets",
    params(
        ("key" = String, Path, description = "The key of the line that ordered."),
        ("step" = String, Path, description = "`approve`, `send`, `deliver`, `cancel` or `ask-cancel`."),
    ),
    request_body = NewStep,
    responses((status = 200, body = RewardOrder), ApiError))]
pub async fn step(
    State(api): State<Api>,
    caller: Caller,
    Path((key, word)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RewardOrder>, ApiError> {
    params.end()?;
    let mut faults = Vec::new();
    let sent = json(&headers, body).await?;
    let (mut carrier, mut tracking, mut reason) = (None, None, None);
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        match word.as_str() {
            "send" => {
                carrier = fields.text("carrier", &mut faults);
                tracking = fields.text("tracking", &mut faults);
            }
            "cancel" | "ask-cancel" => reason = fields.text("reason", &mut faults),
            _ => {}
        }
        fields.end(&mut faults);
    }
    let taken = match word.as_str() {
        "approve" => Step::Approve,
        "send" => Step::Send { carrier, tracking },
        "deliver" => Step::Deliver,
        "cancel" => Step::Cancel { reason },
        "ask-cancel" => Step::AskCancel { reason },
        _ => return Err(ApiError::NotFound),
    };
    done(faults)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    if let Some(own) = own(&caller, &master)? {
        let order = orders::one(&mut tx, &rules, &key).await?;
        let is_own = order.is_some_and(|order| order.partner == own);
        if !is_own || !matches!(taken, Step::AskCancel { .. }) {
            return Err(ApiError::NotFound);
        }
    }
    let by = (caller.actor(), now);
    let order = orders::step(&mut tx, (&rules, &master), by, &key, &taken).await?;
    tx.commit().await?;
    api.office().wake();
    Ok(Json(shown(order)))
}

impl From<OrderError> for ApiError {
    fn from(error: OrderError) -> ApiError {
        match error {
            OrderError::Db(error) => error.into(),
            OrderError::Wallet(error) => error.into(),
            OrderError::Unknown { .. } => ApiError::NotFound,
            told @ OrderError::OverLimit { .. } => ApiError::NotAllowed { what: told.to_string() },
            told @ (OrderError::WrongState { .. } | OrderError::Refused { .. }) => {
                ApiError::Conflict { what: told.to_string() }
            }
        }
    }
}
