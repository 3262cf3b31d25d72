//! The audit log: who changed what, when, from what to what.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use engine::audit::{self, Filter, Recorded};
use engine::db::Reader;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::input::{Params, done};
use super::matrix::Verb;
use super::paging::PageOf;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use crate::console::routes::audit_csv;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/audit", get(entries));
    routes.add(Verb::Get, "/api/v1/audit.csv", get(file));
}

/// A change that was made. Entries are added and never changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    pub number: i64,
    pub at: String,
    /// `user`, `token` or `system`.
    pub actor_kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    pub actor_name: String,
    /// What was done: `create`, `approve`, `pay`.
    pub action: String,
    /// What it was done to: `payout`, `program`.
    pub kind: String,
    /// The id, code or number it is known by.
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

fn shown(entry: Recorded) -> AuditEntry {
    AuditEntry {
        number: entry.audit_id,
        at: entry.at.to_string(),
        actor_kind: entry.actor_kind,
        actor: entry.actor_id,
        actor_name: entry.actor_name,
        action: entry.action,
        kind: entry.subject_kind,
        subject: entry.subject_id,
        before: entry.before,
        after: entry.after,
    }
}

/// Reads the filters. Days are those of the vendor.
fn filter(params: &mut Params, zone: &TimeZone) -> Filter {
    let mut midnight = |name: &'static str, days: i64| {
        let text = params.text(name)?;
        let day = text.parse::<Date>().ok();
        let day = day.and_then(|day| day.checked_add(jiff::Span::new().days(days)).ok());
        let at = day.and_then(|day| day.to_zoned(zone.clone()).ok());
        if at.is_none() {
            let detail = format!("`{text}` is no day; write it as 2026-07-31");
            params.faults.push(Fault::in_parameter(name, "bad_value", detail));
        }
        at.map(|at| at.timestamp())
    };
    let (from, until) = (midnight("from", 0), midnight("until", 1));
    Filter {
        subject_kind: params.text("kind"),
        subject_id: params.text("subject"),
        actor_id: params.text("actor"),
        action: params.text("action"),
        from,
        until,
        older_than: None,
    }
}

async fn zone(reader: &mut Reader) -> Result<TimeZone, ApiError> {
    let settings = engine::catalog::load_settings(reader).await?;
    Ok(TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC))
}

/// Entries of the audit log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(
        ("kind" = Option<String>, Query, description = "What it was done to: `payout`."),
        ("subject" = Option<String>, Query, description = "The id, code or number."),
        ("action" = Option<String>, Query, description = "What was done: `approve`."),
        ("actor" = Option<String>, Query, description = "The id of a user or token."),
        ("from" = Option<String>, Query, description = "First day."),
        ("until" = Option<String>, Query, description = "Last day."),
        ("limit" = Option<i64>, Query, description = "1 to 500, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<AuditEntry>), ApiError))]
pub async fn entries(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<AuditEntry>>, ApiError> {
    let mut reader = api.office().db().read().await?;
    let mut which = filter(&mut params, &zone(&mut reader).await?);
    let limit = params.number("limit", (1, audit::ENTRIES_PER_PAGE_MAX)).unwrap_or(100);
    // New entries come in front, so that a place counted from there would move.
    if let Some(cursor) = params.text("cursor") {
        which.older_than = cursor.parse().ok();
        if which.older_than.is_none() {
            let detail = format!("`{cursor}` is no cursor of ours; send `next` as it came");
            params.faults.push(Fault::in_parameter("cursor", "bad_value", detail));
        }
    }
    done(std::mem::take(&mut params.faults))?;
    params.end()?;
    let found = audit::page(&mut reader, &which, limit).await?;
    let is_full = i64::try_from(found.len()) == Ok(limit);
    let next = found.last().filter(|_| is_full).map(|last| last.audit_id.to_string());
    Ok(Json(PageOf { items: found.into_iter().map(shown).collect(), next, total: None }))
}

/// The same as a file for spreadsheets, without pages.
#[utoipa::path(get, path = "/api/v1/audit.csv", tag = "audit",
    params(
        ("kind" = Option<String>, Query, description = "What it was done to: `payout`."),
        ("subject" = Option<String>, Query, description = "The id, code or number."),
        ("action" = Option<String>, Query, description = "What was done: `approve`."),
        ("actor" = Option<String>, Query, description = "The id of a user or token."),
        ("from" = Option<String>, Query, description = "First day."),
        ("until" = Option<String>, Query, description = "Last day."),
    ),
    responses((status = 200, description = "The file.", body = String,
        content_type = "text/csv"), ApiError))]
pub async fn file(State(api): State<Api>, mut params: Params) -> Result<Response, ApiError> {
    let mut reader = api.office().db().read().await?;
    let which = filter(&mut params, &zone(&mut reader).await?);
    done(std::mem::take(&mut params.faults))?;
    params.end()?;
    Ok(audit_csv(&audit::all(&mut reader, &which).await?))
}
