//! Tokens for clients that fetch one: the id and the secret of a token of ours are the client's id
//! and secret, and the secret is the access token.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::access as door;
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::input;
use crate::api::problem::ApiError;

const FORM_BYTES_MAX: usize = 10_000;

/// `grant_type=client_credentials`, and nothing else: people sign in with pages.
pub async fn token(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let bytes = input::bytes(body, "FORM_BYTES_MAX", FORM_BYTES_MAX).await?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let uri: axum::http::Uri = format!("/?{text}").parse().unwrap_or_default();
    let form: axum::extract::Query<Vec<(String, String)>> =
        axum::extract::Query::try_from_uri(&uri)
            .map_err(|error| ApiError::Malformed { what: error.body_text() })?;
    let field = |name: &str| form.0.iter().find(|(key, _)| key == name).map(|(_, text)| &**text);
    if field("grant_type") != Some("client_credentials") {
        return Ok(refused("unsupported_grant_type", "only client_credentials is there"));
    }
    let (id, secret) =
        (field("client_id").unwrap_or_default(), field("client_secret").unwrap_or_default());
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let found = door::find_token(&mut reader, now, secret).await?;
    let Some(token) = found.filter(|token| token.id == id) else {
        return Ok(refused("invalid_client", "client_id is a token's id, client_secret itself"));
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let proto = headers.get("x-forwarded-proto").and_then(|it| it.to_str().ok());
    let instance = format!("{}://{host}", proto.unwrap_or("http"));
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
    Ok(Json(json!({
        "access_token": secret,
        "token_type": "Bearer",
        "instance_url": instance,
        "id": format!("{instance}/id/{id}"),
        "issued_at": now.as_millisecond().to_string(),
        "scope": scopes.join(" "),
    }))
    .into_response())
}

fn refused(code: &str, why: &str) -> Response {
    let told: Value = json!({"error": code, "error_description": why});
    (StatusCode::BAD_REQUEST, Json(told)).into_response()
}
