//! Accrual against forecast, by program and period.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use engine::views::outlook::{self, Which};
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::money;
use super::input::Params;
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/accruals/outlook", get(outlook));
}

/// What a program accrued in a period, and where that leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outlook {
    pub program: String,
    #[schema(example = "2026Q1")]
    pub period: String,
    pub period_start: String,
    /// The first day after it.
    pub period_end: String,
    /// Currency of the amounts.
    pub unit: String,
    /// What the ledger holds of it.
    pub accrued: String,
    pub earned: String,
    /// At the end of the period; an estimate while it runs.
    pub forecast: String,
    /// `pace`: what is earned so far, carried on to the end. `declared`: the same at the tiers that
    /// the program's declared figures lead to. `final`: the period is over.
    pub forecast_basis: &'static str,
    /// forecast − accrued.
    pub difference: String,
    /// What its payouts come to, without rejected ones.
    pub settled: String,
    /// Of that, what was paid.
    pub paid: String,
}

/// Accrual against forecast: periods that run, or all of them, newest first.
#[utoipa::path(get, path = "/api/v1/accruals/outlook", tag = "ledger",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("periods" = Option<String>, Query,
            description = "`running`, `ended` or `all`; by default `running`."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Outlook>), ApiError))]
pub async fn outlook(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Outlook>>, ApiError> {
    let program = params.text("program");
    let which = |word: &str| match word {
        "running" => Some(Which::Running),
        "ended" => Some(Which::Ended),
        "all" => Some(Which::All),
        _ => None,
    };
    let which = params.word("periods", which, &["running", "ended", "all"]).unwrap_or_default();
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    if program.as_deref().is_some_and(|code| rules.by_code(code).is_none()) {
        return Err(ApiError::NotFound);
    }
    let asked = (program.as_deref(), which);
    let rows = outlook::outlook(&mut reader, &rules, api.office().now(), asked).await?;
    Ok(Json(part.cut(rows, |row| {
        let unit = row.currency.to_string();
        let difference = row.difference();
        Outlook {
            period: row.period.name.to_string(),
            period_start: row.period.start.to_string(),
            period_end: row.period.end.to_string(),
            accrued: money(row.accrued, &unit),
            earned: money(row.earned, &unit),
            forecast: money(row.forecast, &unit),
            forecast_basis: row.basis.word(),
            difference: money(difference, &unit),
            settled: money(row.settled, &unit),
            paid: money(row.paid, &unit),
            program: row.program,
            unit,
        }
    })))
}
