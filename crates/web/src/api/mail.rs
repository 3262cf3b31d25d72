//! Letters: to whom, how far, and what servers said. Their text is in the console alone.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use engine::mail::{self, Filter, Kind, LETTERS_PER_PAGE_MAX, Mail, Status, Why};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::Params;
use super::matrix::Verb;
use super::problem::ApiError;
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/mail", get(list));
    routes.add(Verb::Get, "/api/v1/mail/{id}", get(one));
}

/// A letter.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterShown {
    pub id: String,
    /// In the order of writing.
    pub number: i64,
    /// `statement`, `promotion`, `sponsor_low`, `friend`, `invitation`, `password` or `test`.
    pub kind: &'static str,
    /// `waiting`, `sent`, `failed` (refused for good), `given_up` (after ten attempts) or `held`.
    pub status: &'static str,
    /// Why it is held back: `no_consent`, `stopped` or `no_user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
    /// Absent once it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub language: String,
    pub attempts: i64,
    pub written_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
}

/// A letter with what came of each attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterWithAttempts {
    #[serde(flatten)]
    pub letter: LetterShown,
    pub tried: Vec<TryShown>,
}

/// What came of an attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryShown {
    pub attempt: i64,
    pub at: String,
    pub took_millis: i64,
    /// The server's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 250)]
    pub code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why there was no answer: `timeout`, `connect` or `encrypt`, and what the machine said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

fn shown(of: Mail) -> LetterShown {
    LetterShown {
        id: of.id,
        number: of.mail_id,
        kind: of.kind.word(),
        status: of.status.word(),
        why: of.why.map(Why::word),
        address: (!of.address.is_empty()).then_some(of.address),
        subject: of.subject,
        language: of.language,
        attempts: of.attempts,
        written_at: of.made_at.to_string(),
        next_attempt: of.due.map(|at| at.to_string()),
        ended_at: of.ended_at.map(|at| at.to_string()),
    }
}

/// Letters, the newest first.
#[utoipa::path(get, path = "/api/v1/mail", tag = "mail",
    params(
        ("status" = Option<String>, Query, description = "`waiting`, `sent`, `failed`, `given_up` or `held`."),
        ("kind" = Option<String>, Query, description = "What it tells, such as `statement`."),
        ("before" = Option<i64>, Query, description = "The `number` of the last one that you know."),
        ("limit" = Option<i64>, Query, description = "1 to 200, by default 100."),
    ),
    responses((status = 200, body = Vec<LetterShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<Vec<LetterShown>>, ApiError> {
    let filter = Filter {
        status: params.word("status", Status::from_word, &Status::ALL.map(Status::word)),
        kind: params.word("kind", Kind::from_word, &Kind::ALL.map(Kind::word)),
        before: params.number("before", (0, i64::MAX)),
    };
    let limit = params.number("limit", (1, LETTERS_PER_PAGE_MAX)).unwrap_or(100);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = mail::page(&mut reader, &filter, limit).await?;
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// One letter, with what came of each attempt.
#[utoipa::path(get, path = "/api/v1/mail/{id}", tag = "mail",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, body = LetterWithAttempts), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<LetterWithAttempts>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = mail::find(&mut reader, &id).await?.ok_or(ApiError::NotFound)?;
    let tried = mail::attempts(&mut reader, found.mail_id).await?;
    let tried = tried.into_iter().map(|it| TryShown {
        attempt: it.attempt,
        at: it.at.to_string(),
        took_millis: it.took_millis,
        code: it.code,
        answer: it.answer,
        failure: it.failure,
    });
    Ok(Json(LetterWithAttempts { letter: shown(found), tried: tried.collect() }))
}
