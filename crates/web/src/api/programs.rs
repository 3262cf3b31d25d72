//! Programs: their texts, checking them, drafts, activation.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use domain::program::Members;
use engine::db::Reader;
use engine::office::Live;
use engine::programs::{self, Check, Enrolment, ProgramError, TEXT_BYTES_MAX};
use engine::rules::{self, ProgramRow, Rules, VersionRow};
use engine::{acting, settle};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Fields, Params, done, media_type};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::payouts::{Comment, comment};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use crate::ui::encode;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/programs", get(list));
    routes.add(Verb::Post, "/api/v1/programs", post(save));
    routes.add(Verb::Post, "/api/v1/programs/check", post(check));
    routes.add(Verb::Get, "/api/v1/programs/{code}", get(one));
    routes.add(Verb::Get, "/api/v1/programs/{code}/members", get(members));
    routes.add(Verb::Post, "/api/v1/programs/{code}/members", post(enrol));
    routes.add(Verb::Get, "/api/v1/programs/{code}/versions/{version}", get(version));
    routes.add(Verb::Put, "/api/v1/programs/{code}/versions/{version}", put(replace));
    let path = "/api/v1/programs/{code}/versions/{version}/activate";
    routes.add(Verb::Post, path, post(activate));
    let path = "/api/v1/programs/{code}/versions/{version}/submit";
    routes.add(Verb::Post, path, post(submit));
    let path = "/api/v1/programs/{code}/versions/{version}/return";
    routes.add(Verb::Post, path, post(send_back));
}

/// A program and its versions, newest first, without their texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Program {
    pub id: String,
    pub code: String,
    /// By language, of the newest active version.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// The number of the contract or the like, of the newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// A page about the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether any version acts.
    pub active: bool,
    pub versions: Vec<Version>,
}

/// A version of a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    pub id: String,
    pub version: i64,
    /// `draft`, `active` or `inactive`.
    pub status: &'static str,
    pub created_by: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<String>,
    /// Why it was activated over warnings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation_reason: Option<String>,
    /// The program's text; only where one version is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What was found about a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// Whether it may be activated.
    pub valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Errors and warnings with line and column, in the order of the text.
    pub problems: Vec<Fault>,
}

/// A program's text.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct ProgramText {
    text: String,
}

fn shown(row: ProgramRow, versions: Vec<VersionRow>, rules: &Rules) -> Program {
    let plan = rules.position(row.program_id).map(|at| &rules.plans[at]);
    let draft = || versions.first().and_then(|row| domain::program::parse(&row.text).value);
    let about = match plan {
        Some(plan) => Some((plan.newest().reference.clone(), plan.newest().url.clone())),
        None => draft().map(|draft| (draft.reference, draft.url)),
    };
    let (reference, url) = about.unwrap_or_default();
    Program {
        reference,
        url,
        id: row.public_id,
        code: row.code,
        names: plan.map(|plan| plan.newest().name.clone()).unwrap_or_default(),
        active: plan.is_some(),
        versions: versions.into_iter().map(|row| Version { text: None, ..full(row) }).collect(),
    }
}

fn full(row: VersionRow) -> Version {
    Version {
        id: row.public_id,
        version: row.version,
        status: row.status.word(),
        created_by: row.created_by,
        created_at: row.created_at.to_string(),
        activated_by: row.activated_by,
        activated_at: row.activated_at.map(|at| at.to_string()),
        activation_reason: row.activation_reason,
        text: Some(row.text),
    }
}

fn checked(check: &Check) -> Checked {
    Checked {
        valid: check.may_act(),
        code: check.program.as_ref().map(|program| program.code.to_string()),
        version: check.program.as_ref().map(|program| program.version),
        problems: check.problems.iter().map(Fault::of_text).collect(),
    }
}

/// Programs, by code.
#[utoipa::path(get, path = "/api/v1/programs", tag = "programs",
    params(
        ("reference" = Option<String>, Query, description = "The number of a contract."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Program>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Program>>, ApiError> {
    let reference = params.text("reference");
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let programs = rules::programs(&mut reader).await?;
    let mut versions: BTreeMap<i64, Vec<VersionRow>> = BTreeMap::new();
    for row in rules::list(&mut reader).await? {
        versions.entry(row.program_id).or_default().push(row);
    }
    let rules = api.office().rules(&mut reader).await?;
    let mut found: Vec<Program> = programs
        .into_iter()
        .map(|row| {
            let versions = versions.remove(&row.program_id).unwrap_or_default();
            shown(row, versions, &rules)
        })
        .collect();
    found.retain(|program| reference.is_none() || program.reference == reference);
    Ok(Json(part.cut(found, |program| program)))
}

/// A program.
#[utoipa::path(get, path = "/api/v1/programs/{code}", tag = "programs",
    params(("code" = String, Path, description = "The program's code.")),
    responses((status = 200, body = Program), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Program>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let row = rules::program_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    let versions = rules::versions(&mut reader, row.program_id).await?;
    let rules = api.office().rules(&mut reader).await?;
    Ok(Json(shown(row, versions, &rules)))
}

/// A version of a program, with its text.
#[utoipa::path(get, path = "/api/v1/programs/{code}/versions/{version}", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    responses((status = 200, body = Version), ApiError))]
pub async fn version(
    State(api): State<Api>,
    Path((code, version)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Version>, ApiError> {
    params.end()?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let mut reader = api.office().db().read().await?;
    let row = rules::program_by_code(&mut reader, &code).await?.ok_or(ApiError::NotFound)?;
    let found = rules::version_text(&mut reader, row.program_id, i64::from(version)).await?;
    Ok(Json(full(found.ok_or(ApiError::NotFound)?)))
}

/// Says everything that is wrong with a text, and keeps nothing.
#[utoipa::path(post, path = "/api/v1/programs/check", tag = "programs",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 200, body = Checked), ApiError))]
pub async fn check(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Checked>, ApiError> {
    params.end()?;
    let text = text(&headers, body).await?;
    let mut reader = api.office().db().read().await?;
    let check = programs::check(&mut reader, &text).await?;
    Ok(Json(checked(&check)))
}

/// Keeps the text of a new draft. A text that cannot be read as a program is refused with all that
/// is wrong with it (422); what the checks find beyond that is in the answer and keeps the draft
/// from being activated, not from being kept. A version that is there already is left as it is
/// (409): a draft is replaced with PUT.
#[utoipa::path(post, path = "/api/v1/programs", tag = "programs",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 201, body = Checked), ApiError))]
pub async fn save(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Checked>), ApiError> {
    params.end()?;
    let text = text(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let saved = programs::create_draft(&mut tx, caller.actor(), now, &text).await;
    let (_, check) = saved.map_err(|error| match error {
        ProgramError::DraftAlready { code, version } => ApiError::Conflict {
            what: format!(
                "version {version} of `{code}` is a draft already; replace it with `PUT \
                 /api/v1/programs/{}/versions/{version}`",
                encode(&code)
            ),
        },
        error => error.into(),
    })?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(checked(&check))))
}

/// Keeps a text as the draft of this version, in place of what the draft said before; sent twice it
/// is as sent once. The text names the same program and version as the address. A version that was
/// activated is left as it is (409).
#[utoipa::path(put, path = "/api/v1/programs/{code}/versions/{version}", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 200, body = Checked), ApiError))]
pub async fn replace(
    State(api): State<Api>,
    caller: Caller,
    Path((code, version)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Checked>, ApiError> {
    params.end()?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let text = text(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let (program, check) = programs::save_draft(&mut tx, caller.actor(), now, &text).await?;
    if program.code.as_str() != code || program.version != version {
        let (found, number) = (&program.code, program.version);
        let detail = format!("the text is version {number} of `{found}`; send it to its own path");
        return Err(ApiError::invalid(Fault::in_body("", "other_program", detail)));
    }
    tx.commit().await?;
    Ok(Json(checked(&check)))
}

/// Who takes part in a program, by its newest text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgramMembers {
    /// The version of the text.
    pub version: u32,
    pub draft: bool,
    /// Who takes part, where the text says a condition or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    pub members: Vec<ProgramMember>,
}

/// An enrolled partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgramMember {
    pub partner: String,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<String>,
    /// Left out.
    pub skip: bool,
}

/// Who is enrolled in a program, by its newest text, be it a draft.
#[utoipa::path(get, path = "/api/v1/programs/{code}/members", tag = "programs",
    params(("code" = String, Path, description = "The program's code.")),
    responses((status = 200, body = ProgramMembers), ApiError))]
pub async fn members(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<ProgramMembers>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let newest = programs::newest(&mut reader, &code).await?;
    let (program, draft) = newest.ok_or(ApiError::NotFound)?;
    let (condition, members) = match &program.partners {
        Members::All => (Some("all".to_owned()), &[][..]),
        Members::Where(condition) => (Some(condition.text().to_owned()), &[][..]),
        Members::List(members) => (None, members.as_slice()),
    };
    let member = |one: &domain::program::Member| ProgramMember {
        partner: one.partner.to_string(),
        from: one.from.map(|day| day.to_string()),
        to: one.to.map(|day| day.to_string()),
        ship_to: one.ship_to.as_ref().map(ToString::to_string),
        skip: one.skip,
    };
    let members = members.iter().map(member).collect();
    Ok(Json(ProgramMembers {
        version: program.version,
        draft: draft.is_some(),
        condition,
        members,
    }))
}

/// Partners to enrol.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewMembers {
    /// A line each: the code, and behind it, with commas, the first day, the last day, a ship-to and
    /// `skip`; all but the code may be left out.
    #[schema(example = "P-001,2026-07-01")]
    members: String,
    /// The day from which the amendment holds. A draft that is there keeps its own.
    from: Option<String>,
    /// `yes`, if the list takes the place of a condition or of `all`.
    replace: Option<String>,
}

/// What became of an enrolment.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledMembers {
    /// The draft that says so; it acts once it is activated.
    pub version: u32,
    pub added: usize,
    /// Enrolled before, just so.
    pub known: usize,
}

/// Writes partners into the members of a program: into its draft, or into a new amendment. Nothing
/// changes before that draft is activated.
#[utoipa::path(post, path = "/api/v1/programs/{code}/members", tag = "programs",
    params(("code" = String, Path, description = "The program's code.")),
    request_body = NewMembers,
    responses((status = 200, body = EnrolledMembers), ApiError))]
pub async fn enrol(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EnrolledMembers>, ApiError> {
    params.end()?;
    let body = input::json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut lines, mut from, mut replaces) = (String::new(), None, false);
    if let Some(mut fields) = Fields::of(&body, String::new(), &mut faults) {
        lines = fields.needed("members", &mut faults).unwrap_or_default();
        from = fields.text("from", &mut faults).and_then(|text| {
            let day: Option<Date> = text.parse().ok();
            if day.is_none() {
                let detail = format!("`{text}` is no day; write it as 2026-04-01");
                faults.push(Fault::in_body("/from", "bad_value", detail));
            }
            day
        });
        replaces = fields.text("replace", &mut faults).is_some_and(|word| word == "yes");
        fields.end(&mut faults);
    }
    done(faults)?;
    let more = programs::pasted(&lines)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let today = settle::today(&mut tx, now).await?;
    let from = from.unwrap_or_else(|| today.tomorrow().unwrap_or(today));
    let how = if replaces { Enrolment::Replaces { from } } else { Enrolment::Adds { from } };
    let master = api.office().master(&mut tx).await?;
    let by = (caller.actor(), now);
    let done = programs::enrol(&mut tx, &master, by, &code, how, &more).await?;
    tx.commit().await?;
    let (version, added, known) = (done.version, done.added, done.known);
    Ok(Json(EnrolledMembers { version, added, known }))
}

/// Makes a draft act: all of history is measured for it in the same commit. Where the checker
/// warns, or findings stand against it, the comment says why it is activated all the same; it is
/// kept, and without one the draft stays a draft.
#[utoipa::path(post, path = "/api/v1/programs/{code}/versions/{version}/activate", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    request_body = Option<Comment>,
    responses((status = 200, body = Version), ApiError))]
pub async fn activate(
    State(api): State<Api>,
    caller: Caller,
    Path((code, version)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Version>, ApiError> {
    params.end()?;
    let reason = comment(&headers, body).await?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let row = rules::program_by_code(&mut tx, &code).await?.ok_or(ApiError::NotFound)?;
    let number = i64::from(version);
    let found = rules::version_text(&mut tx, row.program_id, number).await?;
    if found.ok_or(ApiError::NotFound)?.status != rules::VersionStatus::Draft {
        let what = format!("version {version} of `{code}` is no draft any more");
        return Err(ApiError::Conflict { what });
    }
    let master = api.office().master(&mut tx).await?;
    let today = settle::today(&mut tx, now).await?;
    let (of, when) = ((code.as_str(), version), (now, today));
    acting::activate(&mut tx, &master, caller.actor(), when, of, reason.as_deref()).await?;
    let found = rules::version_text(&mut tx, row.program_id, number).await?;
    tx.commit().await?;
    api.office().wake();
    api.office().tell(Live::Rules);
    Ok(Json(full(found.ok_or(ApiError::NotFound)?)))
}

/// Hands a draft in, for a second person to decide. The comment is a word to whoever decides.
#[utoipa::path(post, path = "/api/v1/programs/{code}/versions/{version}/submit", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    request_body = Option<Comment>,
    responses((status = 200, body = Version), ApiError))]
pub async fn submit(
    State(api): State<Api>,
    caller: Caller,
    Path((code, version)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Version>, ApiError> {
    params.end()?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let note = comment(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let of = (code.as_str(), version);
    programs::submit(&mut tx, caller.actor(), now, of, note.as_deref()).await?;
    let found = version_of(&mut tx, of).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Gives a draft that was handed in back. The comment says what to change and is needed.
#[utoipa::path(post, path = "/api/v1/programs/{code}/versions/{version}/return", tag = "programs",
    params(
        ("code" = String, Path, description = "The program's code."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    request_body = Comment,
    responses((status = 200, body = Version), ApiError))]
pub async fn send_back(
    State(api): State<Api>,
    caller: Caller,
    Path((code, version)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Version>, ApiError> {
    params.end()?;
    let version: u32 = version.parse().map_err(|_| ApiError::NotFound)?;
    let said = comment(&headers, body).await?.unwrap_or_default();
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let of = (code.as_str(), version);
    programs::send_back(&mut tx, caller.actor(), now, of, &said).await?;
    let found = version_of(&mut tx, of).await?;
    tx.commit().await?;
    Ok(Json(found))
}

async fn version_of(
    reader: &mut Reader,
    (code, version): (&str, u32),
) -> Result<Version, ApiError> {
    let row = rules::program_by_code(reader, code).await?.ok_or(ApiError::NotFound)?;
    let found = rules::version_text(reader, row.program_id, i64::from(version)).await?;
    Ok(full(found.ok_or(ApiError::NotFound)?))
}

/// A program's text, as YAML or within JSON.
/// The text of a program or wallet that was sent.
pub async fn text(headers: &HeaderMap, body: Body) -> Result<String, ApiError> {
    let found = media_type(headers);
    match found.as_str() {
        "application/json" => {
            let value = input::json(headers, body).await?;
            let mut faults = Vec::new();
            let fields = Fields::of(&value, String::new(), &mut faults);
            let text = fields.and_then(|mut fields| {
                let text = fields.needed("text", &mut faults);
                fields.end(&mut faults);
                text
            });
            done(faults)?;
            Ok(text.unwrap_or_default())
        }
        "application/yaml" | "text/yaml" | "application/x-yaml" | "text/plain" => {
            let bytes = input::bytes(body, "TEXT_BYTES_MAX", TEXT_BYTES_MAX).await?;
            String::from_utf8(bytes.to_vec())
                .map_err(|_| ApiError::Malformed { what: "the text is not UTF-8".into() })
        }
        _ => {
            let expected = "`application/yaml`, or `application/json` with `text`";
            Err(ApiError::MediaType { found, expected })
        }
    }
}
