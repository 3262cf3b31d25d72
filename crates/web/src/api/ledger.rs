//! The ledger: balances and postings.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use domain::totals::Group;
use engine::db::date_of;
use engine::ledger::{self as books, PostingRow};
use engine::rules::Rules;
use serde::Serialize;
use utoipa::ToSchema;

use super::awards::money;
use super::input::{self, Params};
use super::matrix::Verb;
use super::paging::{PageOf, Part, before, page_before};
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/ledger/balances", get(balances));
    routes.add(Verb::Get, "/api/v1/ledger/postings", get(postings));
}

/// The sums of an account in one unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balance {
    pub account: String,
    pub unit: String,
    pub debit: String,
    pub credit: String,
    /// debit − credit.
    pub balance: String,
}

/// An amount that moved from one account to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posting {
    pub seq: i64,
    pub recorded: String,
    /// `accrual`, `close`, `adjustment`, `payment`, …
    pub cause: String,
    pub debit: String,
    pub credit: String,
    pub unit: String,
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// First day of the award's period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_start: Option<String>,
    /// First day of the period it is booked in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked: Option<String>,
    /// The term of the award it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// The group of the award, by the names of the term.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// Why an accrual was booked: `base`, `rate`, `prior_period` or `true_up`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it is about, such as a payout's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// Balances, by account.
#[utoipa::path(get, path = "/api/v1/ledger/balances", tag = "ledger",
    params(
        ("partner" = Option<String>, Query, description = "Only accounts of this partner."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Balance>), ApiError))]
pub async fn balances(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Balance>>, ApiError> {
    let partner = params.text("partner");
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let partner = input::partner_id(&master, partner)?;
    let all = books::balances(&mut reader, partner).await?;
    Ok(Json(part.cut(all, |row| Balance {
        account: row.account,
        debit: money(row.debit, &row.unit),
        credit: money(row.credit, &row.unit),
        balance: money(row.debit - row.credit, &row.unit),
        unit: row.unit,
    })))
}

/// Postings, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/postings", tag = "ledger",
    params(
        ("partner" = Option<String>, Query, description = "Only those about this partner."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Posting>), ApiError))]
pub async fn postings(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Posting>>, ApiError> {
    let partner = params.text("partner");
    let (below, limit) = before(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner = input::partner_id(&master, partner)?;
    let rows = books::postings(&mut reader, partner, below, limit).await?;
    let last = rows.last().map(|row| row.seq);
    let program = |id: i64| rules.position(id).map(|at| rules.plans[at].code.to_string());
    let day = |days: i64| date_of(days).map(|day| day.to_string());
    let shown = |row: PostingRow| Posting {
        seq: row.seq,
        recorded: row.recorded.to_string(),
        cause: row.cause,
        debit: row.debit,
        credit: row.credit,
        amount: money(row.amount, &row.unit),
        unit: row.unit,
        program: row.program_id.and_then(program),
        partner: row.partner_id.and_then(|id| master.partner_code(id)).map(ToString::to_string),
        period_start: row.period_day.and_then(day),
        booked: row.booked_day.and_then(day),
        term: row.program_id.zip(row.term).and_then(|(id, term)| term_code(&rules, id, term)),
        group: row.group_key.as_deref().map(group).unwrap_or_default(),
        kind: row.kind,
        subject: row.subject,
    };
    Ok(Json(page_before(rows.into_iter().map(shown).collect(), last, limit)))
}

/// The code of a term, by its position in its program.
pub fn term_code(rules: &Rules, program_id: i64, term: i64) -> Option<String> {
    let plan = &rules.plans[rules.position(program_id)?];
    Some(plan.terms.get(usize::try_from(term).ok()?)?.code.to_string())
}

/// The names and values of a group, as it is stored.
pub fn group(stored: &str) -> BTreeMap<String, String> {
    let group = Group::from_stored(stored);
    let values = group.values();
    values.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
