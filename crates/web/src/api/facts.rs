//! Facts: sales, returns, credit notes and activities, in batches.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use engine::catalog::{MappingTarget, find_mapping};
use engine::idempotency::{KEY_CHARS_MAX, request_hash};
use engine::imports::{self, PostAnswer, PostReport};
use engine::ingest::mapping::Mapping;
use engine::ingest::rejection::Language;
use engine::intake::{Batch, IntakeError, Key, Outcome};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Params, media_type};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::rows::{self, Row};
use super::{Api, Routes};

/// No batch has more rows; a file to `/imports` may have any number.
pub const ROWS_PER_BATCH_MAX: usize = 10_000;
/// No body of facts is larger.
pub const BODY_BYTES_MAX: usize = 16 << 20;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Post, "/api/v1/facts", post(post_facts));
}

/// A fact as it is sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewFact {
    /// Tells the fact from all others, for good: order and line, say.
    #[schema(example = "SO-2026-004711/1")]
    key: String,
    /// `sale` if left out; `return`, `credit_note`, `activity`.
    kind: Option<String>,
    /// The business date, ISO.
    #[schema(example = "2026-04-01")]
    date: String,
    /// Of a return or credit note: the key of the sale it takes back.
    of: Option<String>,
    /// The partner's code. Left out only in a return that names its sale.
    partner: Option<String>,
    /// The product's code.
    product: Option<String>,
    #[schema(example = "12")]
    quantity: Option<String>,
    unit: Option<String>,
    #[schema(example = "1250.00")]
    amount: Option<String>,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: Option<String>,
    order: Option<String>,
    line: Option<String>,
    channel: Option<String>,
    /// Of an activity.
    r#type: Option<String>,
    /// Further partners by role: `ship_to`.
    parties: Option<std::collections::BTreeMap<String, String>>,
    /// Whatever else conditions of programs look at.
    attributes: Option<std::collections::BTreeMap<String, String>>,
    /// This is the fact as it should have been; the one of this key is taken back.
    correct: Option<bool>,
    /// The fact of this key never was; of the rest nothing counts.
    cancel: Option<bool>,
}

/// What a batch did.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactsTaken {
    pub accepted: i64,
    /// There before, just so.
    pub known: i64,
    pub rejected: i64,
    /// One for each row, in order.
    pub rows: Vec<FactAnswer>,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactAnswer {
    /// Its place in the batch, the first being 1.
    pub row: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// `accepted`, `known` or `rejected`.
    pub result: &'static str,
    /// Why it was rejected, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "unknown_partner")]
    pub code: Option<&'static str>,
    /// Why it was rejected and what to do, in the language of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field or column that it was rejected for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Takes facts in.
///
/// A bad row never stops the others: the answer says for each what became of it, and is given when
/// the accepted ones are on disk and in the totals. Awards follow within seconds.
///
/// `application/json` is one fact, a list, or `{"facts": […]}`; `application/x-ndjson` is one fact
/// a line; `text/csv` has the names of the fields as headings, or any with `mapping`.
#[utoipa::path(post, path = "/api/v1/facts", tag = "facts",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body gets the first answer again and does nothing; with another body it is refused. Keys belong to their token and are kept for days."),
        ("mapping" = Option<String>, Query, description = "A saved mapping that reads the columns of the CSV."),
        ("source" = Option<String>, Query, description = "What people know the sender by; the token's name if left out."),
    ),
    request_body(content(
        (Vec<NewFact> = "application/json"),
        (NewFact = "application/x-ndjson"),
        (String = "text/csv"),
    )),
    responses((status = 200, body = FactsTaken), ApiError))]
pub async fn post_facts(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let mapping = params.text("mapping");
    let name = params.text("source").unwrap_or_else(|| caller.token().name.clone());
    params.end()?;
    let key = idempotency_key(&headers)?;
    let bytes = input::bytes(body, "BODY_BYTES_MAX", BODY_BYTES_MAX).await?;
    let kind = media_type(&headers);
    let key = key.map(|key| {
        // The same bytes read another way are another request.
        let mut hash = Sha256::new();
        for part in [kind.as_bytes(), mapping.as_deref().unwrap_or_default().as_bytes(), &bytes] {
            hash.update(Sha256::digest(part));
        }
        Key { key, request_hash: request_hash(&hash.finalize()) }
    });
    // A day more or less does not matter among years.
    let today = api.office().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let rows = match kind.as_str() {
        "text/csv" => {
            let mapping = saved_mapping(&api, mapping).await?;
            counts_at_once(&api, &caller, mapping.as_ref()).await?;
            rows::of_csv(&bytes, mapping, today)?
        }
        _ if mapping.is_some() => {
            let detail = "a mapping reads the columns of CSV; send `text/csv`, or leave it out";
            return Err(ApiError::invalid(Fault::in_parameter("mapping", "bad_value", detail)));
        }
        "application/json" => {
            counts_at_once(&api, &caller, None).await?;
            rows::of_json(&bytes, today)?
        }
        "application/x-ndjson" | "application/jsonl" => {
            counts_at_once(&api, &caller, None).await?;
            rows::of_ndjson(&bytes, today)?
        }
        _ => {
            let expected = "`application/json`, `application/x-ndjson` or `text/csv`";
            return Err(ApiError::MediaType { found: kind, expected });
        }
    };
    let (keys, rows): (Vec<String>, Vec<_>) =
        rows.into_iter().map(|Row { key, posted }| (key, posted)).unzip();
    let language = caller.language();
    let answer = Arc::new(move |report: &PostReport| answer(report, &keys, language));
    let batch = Batch { name, actor: caller.actor().clone(), rows, key, answer };
    let (text, is_replayed) = match api.intake().take(batch).await? {
        Outcome::Taken(text) => (text, false),
        Outcome::Before(text) => (text, true),
        Outcome::OtherRequest => return Err(ApiError::KeyReused),
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if is_replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value
        .to_str()
        .ok()
        .map(str::trim)
        .filter(|key| !key.is_empty() && key.chars().count() <= KEY_CHARS_MAX);
    let detail = format!("a key has 1 to {KEY_CHARS_MAX} characters of ASCII");
    let fault = Fault::in_parameter("Idempotency-Key", "bad_value", detail);
    key.map(|key| Some(key.to_owned())).ok_or_else(|| ApiError::invalid(fault))
}

/// What a partner sends and has to be taken first comes as a file: lines of a batch count at once.
pub async fn counts_at_once(
    api: &Api,
    caller: &Caller,
    mapping: Option<&Mapping>,
) -> Result<(), ApiError> {
    if caller.partner().is_none() {
        return Ok(());
    }
    let mut reader = api.office().db().read().await?;
    if !imports::asks_review(&mut reader, mapping).await? {
        return Ok(());
    }
    let what = "reports of partners wait for review here; send them as a file to /imports";
    Err(ApiError::Conflict { what: what.to_owned() })
}

/// A saved mapping of facts.
pub async fn saved_mapping(api: &Api, name: Option<String>) -> Result<Option<Mapping>, ApiError> {
    let Some(name) = name else { return Ok(None) };
    let mut reader = api.office().db().read().await?;
    let saved = find_mapping(&mut reader, &name).await?;
    let Some(saved) = saved.filter(|saved| saved.target == MappingTarget::Facts) else {
        let detail = format!("there is no mapping of facts `{name}`");
        return Err(ApiError::invalid(Fault::in_parameter("mapping", "unknown_mapping", detail)));
    };
    read_mapping(&saved).map(Some)
}

/// The mapping that a saved one holds.
pub fn read_mapping(saved: &engine::catalog::Mapping) -> Result<Mapping, ApiError> {
    // The console keeps its text, the API what it was sent.
    let text = saved.body.as_str().map_or_else(|| saved.body.to_string(), str::to_owned);
    Mapping::parse(&text).map_err(|problems| {
        let detail = format!("the mapping `{}` does not read any more: {problems}", saved.name);
        ApiError::invalid(Fault::in_parameter("mapping", "broken_mapping", detail))
    })
}

/// What became of each row.
pub fn answers(report: &PostReport, keys: &[String], language: Language) -> Vec<FactAnswer> {
    let rows = report.answers.iter().zip(keys).enumerate().map(|(place, (answer, key))| {
        let (result, rejection) = match answer {
            PostAnswer::Accepted => ("accepted", None),
            PostAnswer::Known => ("known", None),
            PostAnswer::Refused(rejection) => ("rejected", Some(rejection)),
        };
        FactAnswer {
            row: place + 1,
            key: key.clone(),
            result,
            code: rejection.map(|rejection| rejection.reason.code()),
            detail: rejection.map(|rejection| rejection.sentence(language)),
            field: rejection.and_then(|rejection| rejection.column.clone()),
        }
    });
    rows.collect()
}

fn answer(report: &PostReport, keys: &[String], language: Language) -> String {
    let counts = report.counts;
    let taken = FactsTaken {
        accepted: counts.accepted,
        known: counts.known,
        rejected: counts.rejected,
        rows: answers(report, keys, language),
    };
    serde_json::to_string(&taken).expect("texts and numbers can be written")
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> ApiError {
        match error {
            IntakeError::Rules(error) => error.into(),
            stopped @ IntakeError::Stopped => {
                ApiError::Broken { doing: "taking facts in", source: Box::new(stopped) }
            }
        }
    }
}
