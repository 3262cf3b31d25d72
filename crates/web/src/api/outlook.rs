//! What was accrued, and accrual against forecast.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use domain::booking::BookingKind;
use engine::accrue::{AccruedFilter, AccruedRow};
use engine::catalog::MasterData;
use engine::rules::Rules;
use engine::views::outlook::{self, Which};
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::money;
use super::input::{self, Params};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/accruals", get(accruals));
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

/// What one accounting period booked for an award, of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accrued {
    pub program: String,
    pub term: String,
    /// Who is paid.
    pub partner: String,
    /// Who earned it, if that is somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earner: Option<String>,
    /// The group of the award, by the names of the term.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// The accounting period.
    #[schema(example = "2026-04")]
    pub period: String,
    pub period_start: String,
    /// The period it was earned in.
    #[schema(example = "2026Q2")]
    pub earned_in: String,
    pub earned_from: String,
    /// `base`: as earned. `rate`: a tier moved, and what was booked before is rated anew.
    /// `prior_period`: of facts of earlier periods. `true_up`: what a close booked beyond that.
    pub kind: &'static str,
    /// Currency of the amount.
    pub unit: String,
    pub amount: String,
}

/// Accruals as they are booked, newest accounting period first.
#[utoipa::path(get, path = "/api/v1/accruals", tag = "ledger",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("kind" = Option<String>, Query,
            description = "`base`, `rate`, `prior_period` or `true_up`."),
        ("from" = Option<String>, Query,
            description = "Accounting periods that begin on this day or later."),
        ("to" = Option<String>, Query,
            description = "Accounting periods that begin before this day."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Accrued>), ApiError))]
pub async fn accruals(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Accrued>>, ApiError> {
    let (program, partner) = (params.text("program"), params.text("partner"));
    let kind =
        params.word("kind", BookingKind::from_word, &BookingKind::ALL.map(BookingKind::word));
    let (from, to) = (params.day("from"), params.day("to"));
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let program_id = input::program_id(&rules, program)?;
    let partner_id = input::partner_id(&master, partner)?;
    let filter = AccruedFilter { program_id, partner_id, kind, from, to };
    let window = (part.offset, part.limit);
    let (rows, total) = engine::accrue::accruals(&mut reader, &filter, window).await?;
    let items = rows.iter().filter_map(|row| accrued(&rules, &master, row)).collect();
    Ok(Json(part.page(items, total)))
}

/// A row in the words of people; `None` if its program is not in force any more.
pub fn accrued(rules: &Rules, master: &MasterData, row: &AccruedRow) -> Option<Accrued> {
    let plan = &rules.plans[rules.position(row.program_id)?];
    let number = u16::try_from(row.term).ok()?;
    let term = plan.terms.get(usize::from(number))?;
    let unit = plan.currency_of(number).unwrap_or(plan.newest().currency).to_string();
    let name = |id| Some(master.partner_code(id)?.to_string());
    let named = |period: Option<domain::period::Period>| {
        period.map(|period| period.name.to_string()).unwrap_or_default()
    };
    Some(Accrued {
        program: plan.code.to_string(),
        term: term.code.to_string(),
        partner: name(row.payee_id)?,
        earner: name(row.partner_id).filter(|_| row.partner_id != row.payee_id),
        group: super::group(&row.group_key),
        period: named(term.accounting.containing(row.accounting)),
        period_start: row.accounting.to_string(),
        earned_in: named(term.calendar.containing(row.period)),
        earned_from: row.period.to_string(),
        kind: row.kind.word(),
        amount: money(row.amount, &unit),
        unit,
    })
}
