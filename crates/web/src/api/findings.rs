//! What is found about a version beside the data, before it is activated.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use engine::findings::{self as checker, Finding};
use engine::{programs, rules};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use crate::reading;

pub fn add(routes: &mut Routes) {
    let path = "/api/v1/programs/{code}/versions/{version}/findings";
    routes.add(Verb::Get, path, get(findings));
}

/// What was found about a version, on which data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Findings {
    /// Whether the text may be activated.
    pub valid: bool,
    /// Errors and warnings of the text, with line and column.
    pub problems: Vec<Fault>,
    /// What the data say: it keeps no version from being activated.
    pub findings: Vec<FindingShown>,
    /// The days whose facts were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    pub facts: usize,
    /// Whether there were more.
    pub sample: bool,
    pub members: usize,
}

/// Something to look at before deciding.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingShown {
    /// `no_version`, `no_row`, `no_table`, `unreachable`, `never_met`, `nothing_counts`, `overlap`, `waiting`,
    /// `no_figures` or `no_facts`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// In the language of the request.
    pub message: String,
    /// Codes of partners it is about, some of them where there are many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<String>,
}

/// Everything the checker finds about a version: in its text, and beside the facts of the last
/// year, other programs and reference data.
#[utoipa::path(get, path = "/api/v1/programs/{code}/versions/{version}/findings", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    responses((status = 200, body = Findings), ApiError))]
pub async fn findings(
    State(api): State<Api>,
    caller: Caller,
    Path((code, version)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Findings>, ApiError> {
    params.end()?;
    let number: i64 = version.parse().map_err(|_| ApiError::NotFound)?;
    let mut reader = api.office().db().read().await?;
    let row = rules::program_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    let versions = rules::versions(&mut reader, row.program_id).await?;
    let version = versions.iter().find(|row| row.version == number).ok_or(ApiError::NotFound)?;
    let check = programs::check(&mut reader, &version.text).await?;
    let problems = check.problems.iter().map(Fault::of_text).collect();
    let nothing = Findings {
        valid: check.may_act(),
        problems,
        findings: Vec::new(),
        from: None,
        to: None,
        facts: 0,
        sample: false,
        members: 0,
    };
    let Some(program) = &check.program else { return Ok(Json(nothing)) };
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let today = engine::settle::today(&mut reader, api.office().now()).await?;
    let of = (program, versions.as_slice());
    let found = checker::findings(&mut reader, &rules, &master, today, of).await?;
    let shown = |finding: &Finding| {
        let told = reading::findings::told(caller.lang(), program, finding);
        FindingShown {
            kind: finding.word(),
            term: finding.term().map(ToString::to_string),
            message: told.message,
            partners: told.partners,
        }
    };
    Ok(Json(Findings {
        findings: found.found.iter().map(shown).collect(),
        from: Some(found.from.to_string()),
        to: Some(found.to.to_string()),
        facts: found.facts,
        sample: found.is_sample,
        members: found.members,
        ..nothing
    }))
}
