//! A request on its way in and out: who sends it, whether it may, and the problem if not.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::access::{self as door, Actor, ApiToken};
use engine::ingest::rejection::Language;
use uuid::Uuid;

use super::Api;
use super::matrix::{self, Needs, Row, Verb};
use super::problem::{ApiError, Told};
use crate::i18n::Lang;

/// Where the id of a request stands, in its answer and in our log.
const REQUEST_ID: &str = "x-request-id";

/// Who sends a request.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Known>);

#[derive(Debug)]
struct Known {
    token: ApiToken,
    actor: Actor,
    lang: Lang,
}

impl Caller {
    pub fn token(&self) -> &ApiToken {
        &self.0.token
    }

    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The only partner this caller may see.
    pub fn partner(&self) -> Option<i64> {
        self.0.token.partner_id
    }

    pub fn lang(&self) -> Lang {
        self.0.lang
    }

    pub fn language(&self) -> Language {
        match self.0.lang {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        }
    }
}

/// Lets a request in if the matrix allows it, and draws the problem if anything went wrong.
pub async fn guard(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let lang = language(request.headers());
    let path = request.uri().path().to_owned();
    let Shown { row, secret } = Shown::of(&request);
    let response = match admit(&api, (row, secret), lang).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    let mut response = draw(response, lang, &id, &path);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What a request shows of itself. The request cannot be lent while others are waited for.
struct Shown {
    /// The row of its route; without one the router says what is wrong.
    row: Option<&'static Row>,
    secret: Option<String>,
}

impl Shown {
    fn of(request: &Request) -> Shown {
        let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let verb = Verb::parse(request.method());
        let row = matched.zip(verb).and_then(|(path, verb)| matrix::row(verb, path));
        let secret = bearer(request.headers()).map(str::to_owned);
        // Systems of xAPI have a key and a secret, and know nothing of tokens.
        let is_xapi = row.is_some_and(|row| row.path.starts_with("/api/v1/xapi/"));
        let secret = secret.or_else(|| basic(request.headers()).filter(|_| is_xapi));
        Shown { row, secret }
    }
}

/// Who sends a request, if the row of its route lets it in. Without a row the router says what is
/// wrong, and where nothing is needed nobody is asked for.
pub async fn admit(
    api: &Api,
    (row, secret): (Option<&'static Row>, Option<String>),
    lang: Lang,
) -> Result<Option<Caller>, ApiError> {
    let Some(row) = row else { return Ok(None) };
    let (scope, for_bound) = match row.needs {
        Needs::Nothing => return Ok(None),
        Needs::Own(scope) => (scope, true),
        Needs::All(scope) => (scope, false),
    };
    let secret = secret.ok_or(ApiError::NoToken)?;
    let now = api.office().now();
    let mut reader = api.office().db().read().await?;
    let token = door::find_token(&mut reader, now, &secret).await?.ok_or(ApiError::BadToken)?;
    drop(reader);
    if token.partner_id.is_some() && !for_bound {
        return Err(ApiError::NotFound);
    }
    if !token.has(scope) {
        return Err(ApiError::Scope { needed: scope });
    }
    if token.wants_touch(now) {
        let mut tx = api.office().db().write().await?;
        door::touch_token(&mut tx, now, &token).await?;
        tx.commit().await?;
    }
    let actor = token.actor();
    Ok(Some(Caller(Arc::new(Known { token, actor, lang }))))
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
}

/// The token of a name and a password: the password, or the name where that is empty.
fn basic(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64(text.trim())?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(if password.is_empty() { name } else { password }.to_owned())
}

/// The bytes of a text in Base64.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for sign in text.trim_end_matches('=').bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// English, unless the first language that the request accepts of ours is Japanese.
pub fn language(headers: &HeaderMap) -> Lang {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(Lang::accepted)
        .unwrap_or(Lang::En)
}

/// What went wrong, as a problem document; anything else as it is.
fn draw(mut response: Response, lang: Lang, id: &str, path: &str) -> Response {
    if let Some(told) = response.extensions_mut().remove::<Told>() {
        if response.status().is_server_error() {
            tracing::error!(request = id, path, error = told.0.chain(), "a request failed");
        }
        return told.0.document(lang, id).response(&told.0);
    }
    // What the framework itself refuses, such as a path that is no text.
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let error = match status {
            StatusCode::METHOD_NOT_ALLOWED => ApiError::Method,
            StatusCode::NOT_FOUND => ApiError::NotFound,
            _ => ApiError::Malformed { what: "the request cannot be read".into() },
        };
        return error.document(lang, id).response(&error);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_as_a_password_or_a_name() {
        let token = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            basic(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        assert_eq!(token("Basic bHJzOnRrdF94").as_deref(), Some("tkt_x"));
        assert_eq!(token("basic dGt0X3g6").as_deref(), Some("tkt_x"));
        assert_eq!(token("Basic %%%"), None);
        assert_eq!(token("Bearer tkt_x"), None);
        assert_eq!(base64("aGVsbG8gd29ybGQ=").as_deref(), Some(&b"hello world"[..]));
    }
}
