//! Sponsors: what they bought, used and owe, and their accounts.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use domain::wallet::Billing;
use engine::views::loyalty::{self, SponsorEntry, SponsorShown};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::Params;
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/sponsors", get(list));
    routes.add(Verb::Get, "/api/v1/sponsors/{code}", get(one));
    routes.add(Verb::Get, "/api/v1/sponsors/{code}/entries", get(entries));
}

/// A company that pays for points. A pack is filled by the line `top_up`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SponsorStands {
    pub sponsor: String,
    pub wallet: String,
    /// `prepaid` or `postpaid`.
    pub billing: &'static str,
    /// The point currency that it pays for.
    pub points: String,
    pub bought: String,
    pub used: String,
    /// What is left in the pack.
    pub pack: String,
    /// What credits that wait for the pack ask of it.
    pub waiting: String,
    /// In money.
    pub paid: String,
    pub owed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_below: Option<String>,
    /// The pack is below that.
    pub alert: bool,
    /// Credits that wait, in order.
    pub queue: Vec<SponsorWaits>,
}

/// A credit that waits for a pack.
#[derive(Debug, Serialize, ToSchema)]
pub struct SponsorWaits {
    pub credit: String,
    pub partner: String,
    pub amount: String,
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn stands(of: SponsorShown) -> SponsorStands {
    SponsorStands {
        sponsor: of.sponsor.code.to_string(),
        wallet: of.wallet,
        billing: match of.sponsor.billing {
            Billing::Prepaid => "prepaid",
            Billing::Postpaid => "postpaid",
        },
        points: of.sponsor.points.to_string(),
        bought: number(of.bought),
        used: number(of.used),
        pack: number(of.pack),
        waiting: number(of.waiting),
        paid: number(of.paid),
        owed: number(of.owed),
        alert_below: of.sponsor.alert.map(number),
        alert: of.alerts,
        queue: of
            .queue
            .into_iter()
            .map(|it| SponsorWaits {
                credit: it.credit,
                partner: it.partner.to_string(),
                amount: number(it.amount),
            })
            .collect(),
    }
}

/// The sponsors of the wallets that act, and how each stands.
#[utoipa::path(get, path = "/api/v1/sponsors", tag = "wallets",
    responses((status = 200, body = Vec<SponsorStands>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<SponsorStands>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let all = loyalty::sponsors(&mut reader, (&rules, &master), api.office().now()).await?;
    Ok(Json(all.into_iter().map(stands).collect()))
}

/// One sponsor.
#[utoipa::path(get, path = "/api/v1/sponsors/{code}", tag = "wallets",
    params(("code" = String, Path, description = "The sponsor's code.")),
    responses((status = 200, body = SponsorStands), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<SponsorStands>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let now = api.office().now();
    let found = loyalty::sponsor(&mut reader, (&rules, &master), now, &code).await?;
    Ok(Json(stands(found.ok_or(ApiError::NotFound)?)))
}

/// An entry of a sponsor's account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SponsorEntryShown {
    pub seq: i64,
    pub recorded: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The line or credit behind it.
    pub cause: String,
    /// `bought`, `used` or `owed`.
    pub kind: &'static str,
    pub unit: String,
    /// Below zero where it was taken back.
    pub amount: String,
}

fn entry(of: SponsorEntry) -> SponsorEntryShown {
    SponsorEntryShown {
        seq: of.seq,
        recorded: of.recorded.to_string(),
        day: of.day.map(|day| day.to_string()),
        cause: of.cause,
        kind: of.kind.word(),
        unit: of.unit,
        amount: number(of.amount),
    }
}

/// The account of a sponsor, the newest entry first.
#[utoipa::path(get, path = "/api/v1/sponsors/{code}/entries", tag = "wallets",
    params(
        ("code" = String, Path, description = "The sponsor's code."),
        ("before" = Option<i64>, Query, description = "The `seq` of the last entry of the page before."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
    ),
    responses((status = 200, body = Vec<SponsorEntryShown>), ApiError))]
pub async fn entries(
    State(api): State<Api>,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<Vec<SponsorEntryShown>>, ApiError> {
    let before = params.number("before", (1, i64::MAX));
    let limit = params.number("limit", (1, 1000)).unwrap_or(100);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    if !rules.wallets.iter().any(|of| of.wallet.sponsors.contains_key(code.as_str())) {
        return Err(ApiError::NotFound);
    }
    let rows = loyalty::sponsor_entries(&mut reader, &code, (before, limit)).await?;
    Ok(Json(rows.into_iter().map(entry).collect()))
}
