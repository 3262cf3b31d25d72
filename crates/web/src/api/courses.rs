//! Courses: their texts, and who takes them.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use engine::training::{self, CourseVersion, Person, Show, TrainingError};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::programs::ProgramText;
use super::{Api, Routes, programs};

/// No answer has more people.
const PEOPLE_MAX: i64 = 1_000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/courses", get(list).post(save));
    routes.add(Verb::Post, "/api/v1/courses/check", post(check));
    routes.add(Verb::Get, "/api/v1/courses/{code}", get(one));
    routes.add(Verb::Post, "/api/v1/courses/{code}/activate", post(activate));
    routes.add(Verb::Get, "/api/v1/courses/{code}/people", get(people));
}

/// A version of a course.
#[derive(Debug, Serialize, ToSchema)]
pub struct CourseShown {
    pub course: String,
    pub version: i64,
    /// `draft` or `active`; the newest active one is what people read.
    pub status: &'static str,
    pub created_by: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<String>,
    pub text: String,
}

fn shown(version: CourseVersion) -> CourseShown {
    CourseShown {
        course: version.code,
        version: version.version,
        status: version.status.word(),
        created_by: version.created_by,
        created_at: version.created_at.to_string(),
        activated_by: version.activated_by,
        activated_at: version.activated_at.map(|at| at.to_string()),
        text: version.text,
    }
}

/// What was found about the text of a course.
#[derive(Debug, Serialize, ToSchema)]
pub struct CourseChecked {
    /// Its code, if it reads at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    pub problems: Vec<Fault>,
}

/// Courses with all their versions, the newest first.
#[utoipa::path(get, path = "/api/v1/courses", tag = "training",
    responses((status = 200, body = Vec<CourseShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<CourseShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    Ok(Json(training::versions(&mut reader).await?.into_iter().map(shown).collect()))
}

/// The versions of a course, the newest first.
#[utoipa::path(get, path = "/api/v1/courses/{code}", tag = "training",
    params(("code" = String, Path, description = "The course's code.")),
    responses((status = 200, body = Vec<CourseShown>), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<CourseShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let mut all = training::versions(&mut reader).await?;
    all.retain(|version| version.code == code);
    if all.is_empty() {
        return Err(ApiError::NotFound);
    }
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// Says everything that is wrong with a text, and keeps nothing.
#[utoipa::path(post, path = "/api/v1/courses/check", tag = "training",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 200, body = CourseChecked), ApiError))]
pub async fn check(
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CourseChecked>, ApiError> {
    params.end()?;
    let text = programs::text(&headers, body).await?;
    let (course, problems) = training::check(&text);
    let problems = problems.iter().map(Fault::of_text).collect();
    Ok(Json(CourseChecked { course: course.map(|of| of.code), version: None, problems }))
}

/// Keeps a text as the draft of its course's next version, in place of a draft that is there. A
/// text with errors is refused with all that is wrong with it (422).
#[utoipa::path(post, path = "/api/v1/courses", tag = "training",
    request_body(content((String = "application/yaml"), (ProgramText = "application/json"))),
    responses((status = 201, body = CourseChecked), ApiError))]
pub async fn save(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<CourseChecked>), ApiError> {
    params.end()?;
    let text = programs::text(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let (code, version) = training::draft(&mut tx, caller.actor(), now, &text).await?;
    tx.commit().await?;
    let saved = CourseChecked { course: Some(code), version: Some(version), problems: Vec::new() };
    Ok((StatusCode::CREATED, Json(saved)))
}

/// Makes the draft of a course what people read.
#[utoipa::path(post, path = "/api/v1/courses/{code}/activate", tag = "training",
    params(("code" = String, Path, description = "The course's code.")),
    responses((status = 200, body = CourseChecked), ApiError))]
pub async fn activate(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<CourseChecked>, ApiError> {
    params.end()?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let version = training::activate(&mut tx, caller.actor(), now, &code).await?;
    tx.commit().await?;
    Ok(Json(CourseChecked { course: Some(code), version: Some(version), problems: Vec::new() }))
}

/// Somebody who began a course.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taker {
    pub person: String,
    pub partner: String,
    pub began: String,
    pub last: String,
    /// Pages read in the newest round.
    pub pages_read: i64,
    pub tries: i64,
    /// The best score as a share, never more than it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0.8333")]
    pub score: Option<String>,
    /// The day on which it was finished last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Its last day, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_until: Option<String>,
}

fn taker(of: Person) -> Taker {
    let (certificate, until) = of.certificate.unzip();
    Taker {
        person: of.name,
        partner: of.partner,
        began: of.began.to_string(),
        last: of.last.to_string(),
        pages_read: of.pages,
        tries: of.attempts,
        score: of.best.map(|(right, of)| domain::training::share(right, of).to_string()),
        finished: of.finished.map(|day| day.to_string()),
        certificate,
        certificate_until: until.flatten().map(|day| day.to_string()),
    }
}

/// People of a course.
#[derive(Debug, Serialize, ToSchema)]
pub struct Takers {
    pub total: i64,
    pub people: Vec<Taker>,
}

/// Who takes a course, who did something last first.
#[utoipa::path(get, path = "/api/v1/courses/{code}/people", tag = "training",
    params(
        ("code" = String, Path, description = "The course's code."),
        ("show" = Option<String>, Query, description = "`open`, `finished` or `lapsing`; all if left out."),
        ("on" = Option<String>, Query, description = "Of `lapsing`: the day; today in UTC if left out."),
        ("offset" = Option<i64>, Query, description = "So many are passed over."),
        ("limit" = Option<i64>, Query, description = "At most so many; 1,000."),
    ),
    responses((status = 200, body = Takers), ApiError))]
pub async fn people(
    State(api): State<Api>,
    Path(code): Path<String>,
    mut params: Params,
) -> Result<Json<Takers>, ApiError> {
    let today = api.office().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let on = params.day("on").unwrap_or(today);
    let words = ["open", "finished", "lapsing"];
    let show = params.word("show", |word| shows(word, on), &words).unwrap_or_default();
    let offset = params.number("offset", (0, i64::MAX)).unwrap_or(0);
    let limit = params.number("limit", (1, PEOPLE_MAX)).unwrap_or(PEOPLE_MAX);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = training::versions(&mut reader).await?;
    let of = all.iter().find(|version| version.code == code).ok_or(ApiError::NotFound)?;
    let found = training::people(&mut reader, of.course_id, show, (offset, limit)).await?;
    let people = found.rows.into_iter().map(taker).collect();
    Ok(Json(Takers { total: found.total, people }))
}

fn shows(word: &str, on: Date) -> Option<Show> {
    match word {
        "open" => Some(Show::Open),
        "finished" => Some(Show::Finished),
        "lapsing" => Some(Show::Lapsing(on)),
        _ => None,
    }
}

impl From<TrainingError> for ApiError {
    fn from(error: TrainingError) -> ApiError {
        match error {
            TrainingError::Db(error) => error.into(),
            TrainingError::Rules(error) => error.into(),
            TrainingError::Wallet(error) => error.into(),
            TrainingError::Problems(problems) => ApiError::Program(problems),
            TrainingError::NoDraft { .. } | TrainingError::NoPage => ApiError::NotFound,
            told => ApiError::Conflict { what: told.to_string() },
        }
    }
}
