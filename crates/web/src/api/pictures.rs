//! Pictures of rewards, vouchers and promotions.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use engine::pictures::{self, Alt, BYTES_MAX, Picture, PictureError, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Params};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/pictures", get(list));
    routes.add(Verb::Get, "/api/v1/pictures/{kind}/{code}", get(one).put(put));
    routes.add(Verb::Get, "/api/v1/pictures/{kind}/{code}/content", get(content));
    routes.add(Verb::Post, "/api/v1/pictures/{kind}/{code}/remove", post(remove));
}

/// A picture, and what it is of.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureShown {
    /// `reward`, `voucher` or `promotion`.
    pub kind: &'static str,
    pub code: String,
    /// Of its bytes, in hexadecimal. Pages show it at `/pictures/{sha256}`.
    pub sha256: String,
    /// By its content: `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    pub bytes: i64,
    /// It is there for its looks alone, and nothing is said of it.
    pub decorative: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_ja: Option<String>,
    pub changed_at: String,
}

fn shown(of: Picture) -> PictureShown {
    let (decorative, alt_en, alt_ja) = match of.alt {
        Alt::Decorative => (true, None, None),
        Alt::Said { en, ja } => (false, Some(en), Some(ja)),
    };
    PictureShown {
        kind: of.subject.word(),
        code: of.code,
        sha256: of.hash,
        media_type: of.media_type,
        width: of.width,
        height: of.height,
        bytes: of.bytes,
        decorative,
        alt_en,
        alt_ja,
        changed_at: of.changed_at.to_string(),
    }
}

impl From<PictureError> for ApiError {
    fn from(error: PictureError) -> ApiError {
        match error {
            PictureError::Db(error) => ApiError::Db(error),
            PictureError::NotFound => ApiError::NotFound,
            PictureError::TooLarge => {
                ApiError::TooLarge { what: "the picture", limit: "BYTES_MAX", max: BYTES_MAX }
            }
            PictureError::Alt | PictureError::LongAlt => {
                ApiError::invalid(Fault::in_parameter("alt_en", "bad_alt", error.to_string()))
            }
            PictureError::Format | PictureError::Empty | PictureError::TooWide { .. } => {
                ApiError::invalid(Fault::in_body("", "bad_picture", error.to_string()))
            }
        }
    }
}

fn subject(kind: &str) -> Result<Subject, ApiError> {
    Subject::from_word(kind).ok_or(ApiError::NotFound)
}

/// All pictures, by kind and code.
#[utoipa::path(get, path = "/api/v1/pictures", tag = "wallets",
    responses((status = 200, body = Vec<PictureShown>), ApiError))]
pub async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<PictureShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    Ok(Json(pictures::list(&mut reader).await?.into_iter().map(shown).collect()))
}

/// The picture of one thing, without its bytes.
#[utoipa::path(get, path = "/api/v1/pictures/{kind}/{code}", tag = "wallets",
    params(
        ("kind" = String, Path, description = "`reward`, `voucher` or `promotion`."),
        ("code" = String, Path, description = "Its code."),
    ),
    responses((status = 200, body = PictureShown), ApiError))]
pub async fn one(
    State(api): State<Api>,
    Path((kind, code)): Path<(String, String)>,
    params: Params,
) -> Result<Json<PictureShown>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = pictures::of(&mut reader, (subject(&kind)?, &code)).await?;
    Ok(Json(shown(found.ok_or(ApiError::NotFound)?)))
}

/// The bytes of the picture of one thing.
#[utoipa::path(get, path = "/api/v1/pictures/{kind}/{code}/content", tag = "wallets",
    params(
        ("kind" = String, Path, description = "`reward`, `voucher` or `promotion`."),
        ("code" = String, Path, description = "Its code."),
    ),
    responses((status = 200, description = "The picture.", body = Vec<u8>,
        content_type = "image/png"), ApiError))]
pub async fn content(
    State(api): State<Api>,
    Path((kind, code)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let found = pictures::of(&mut reader, (subject(&kind)?, &code)).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let body = pictures::body(&mut reader, &found.hash).await?;
    let (media_type, bytes) = body.ok_or(ApiError::NotFound)?;
    let mut response = crate::pictures::response(&media_type, bytes);
    // At this address another one may stand tomorrow.
    let headers = response.headers_mut();
    headers.insert(
        axum::http::header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("private, no-cache"),
    );
    Ok(response)
}

/// Gives something a picture, in place of the one it had: PNG, JPEG or WebP, which its content
/// says, of at most 1 MB and 4,096 pixels a side. What it shows is said in both languages, or it is
/// `decorative`. The same content once more changes nothing.
#[utoipa::path(put, path = "/api/v1/pictures/{kind}/{code}", tag = "wallets",
    params(
        ("kind" = String, Path, description = "`reward`, `voucher` or `promotion`."),
        ("code" = String, Path, description = "The code of something that an active wallet declares."),
        ("alt_en" = Option<String>, Query, description = "What it shows, in English."),
        ("alt_ja" = Option<String>, Query, description = "What it shows, in Japanese."),
        ("decorative" = Option<String>, Query, description = "`yes`: it is there for its looks alone."),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = PictureShown), ApiError))]
pub async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
    mut params: Params,
    body: Body,
) -> Result<Json<PictureShown>, ApiError> {
    let of = subject(&kind)?;
    let (en, ja) = (params.text("alt_en"), params.text("alt_ja"));
    let decorative = params.word("decorative", |word| (word == "yes").then_some(()), &["yes"]);
    params.end()?;
    let alt = match decorative {
        Some(()) => Alt::Decorative,
        None => Alt::Said { en: en.unwrap_or_default(), ja: ja.unwrap_or_default() },
    };
    let bytes = input::bytes(body, "BYTES_MAX", BYTES_MAX).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let is_declared = rules.wallets.iter().any(|own| match of {
        Subject::Reward => own.wallet.rewards.contains_key(code.as_str()),
        Subject::Voucher => own.wallet.vouchers.contains_key(code.as_str()),
        Subject::Promotion => own.wallet.promotions.contains_key(code.as_str()),
    });
    if !is_declared {
        return Err(ApiError::NotFound);
    }
    let by = (caller.actor(), now);
    let kept = pictures::put(&mut tx, by, (of, &code), Some(&bytes), &alt).await?;
    tx.commit().await?;
    Ok(Json(shown(kept)))
}

/// Takes the picture of something away. Said again it is not there any more.
#[utoipa::path(post, path = "/api/v1/pictures/{kind}/{code}/remove", tag = "wallets",
    params(
        ("kind" = String, Path, description = "`reward`, `voucher` or `promotion`."),
        ("code" = String, Path, description = "Its code."),
    ),
    responses((status = 204, description = "It is gone."), ApiError))]
pub async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
    params: Params,
) -> Result<axum::http::StatusCode, ApiError> {
    params.end()?;
    let mut tx = api.office().db().write().await?;
    let by = (caller.actor(), api.office().now());
    pictures::remove(&mut tx, by, (subject(&kind)?, &code)).await?;
    tx.commit().await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
