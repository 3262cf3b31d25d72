//! Consent: by which channels people agreed to be reached, and in which wording.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;
use engine::access as door;
use engine::db::Reader;
use engine::members::{
    self as store, ContactChannel, NewWording, Subject, WORDING_CHARS_MAX, Wording,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{Fields, Params, done, json};
use super::matrix::Verb;
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/partners/{code}/consents", get(of_partner).post(agree));
    routes.add(Verb::Get, "/api/v1/consent-wordings", get(wordings).post(set_wording));
}

/// What somebody said of a channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentShown {
    /// The user whose word it is; absent: the partner's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "usr_0198c5")]
    pub user: Option<String>,
    /// `mail`, `phone`, `messaging` or `post`.
    pub channel: &'static str,
    pub given: bool,
    /// The version of the wording; 0 is the product's own.
    pub wording: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub at: String,
    /// Who wrote it down.
    pub by: String,
    /// Whether it is what was said last of that channel.
    pub holds: bool,
}

/// The word of each subject of a partner: its own, and that of its users.
async fn subjects(
    reader: &mut Reader,
    partner_id: i64,
) -> Result<Vec<(Subject, Option<String>)>, ApiError> {
    let mut all = vec![(Subject::Partner(partner_id), None)];
    for user in door::users(reader, Some(partner_id)).await? {
        all.push((Subject::User(user.user_id), Some(user.id)));
    }
    Ok(all)
}

/// What a partner and its users said of channels, the newest first of each.
#[utoipa::path(get, path = "/api/v1/partners/{code}/consents", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    responses((status = 200, body = Vec<ConsentShown>), ApiError))]
pub async fn of_partner(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
) -> Result<Json<Vec<ConsentShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let master = api.office().master(&mut reader).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let mut shown = Vec::new();
    for (subject, user) in subjects(&mut reader, id).await? {
        let mut seen = Vec::new();
        for said in store::history(&mut reader, subject).await? {
            let holds = !seen.contains(&said.channel);
            seen.push(said.channel);
            shown.push(ConsentShown {
                user: user.clone(),
                channel: said.channel.word(),
                given: said.given,
                wording: said.wording,
                note: said.note,
                at: said.at.to_string(),
                by: said.actor,
                holds,
            });
        }
    }
    Ok(Json(shown))
}

/// What somebody said of a channel.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewConsent {
    /// The user whose word it is; without it the partner's own.
    pub user: Option<String>,
    /// `mail`, `phone`, `messaging` or `post`.
    pub channel: String,
    pub given: bool,
    /// Where and how it was said.
    pub note: Option<String>,
}

/// How many rows it made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentTaken {
    /// 0: it was said just so before.
    pub rows: usize,
}

/// Writes down what a partner or one of its users said of a channel.
#[utoipa::path(post, path = "/api/v1/partners/{code}/consents", tag = "members",
    params(("code" = String, Path, description = "The partner's code.")),
    request_body = NewConsent,
    responses((status = 200, body = ConsentTaken), ApiError))]
pub async fn agree(
    State(api): State<Api>,
    caller: Caller,
    Path(code): Path<String>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ConsentTaken>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut user, mut channel, mut given, mut note) = (None, None, false, None);
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        user = fields.text("user", &mut faults);
        if let Some(word) = fields.needed("channel", &mut faults) {
            channel = ContactChannel::from_word(&word);
            if channel.is_none() {
                let known = "`mail`, `phone`, `messaging`, `post`";
                let detail = format!("`{word}` is not one of {known}");
                faults.push(Fault::in_body("/channel", "bad_value", detail));
            }
        }
        if fields.value("given").is_none() {
            faults.push(Fault::in_body("/given", "missing", "`given` is missing"));
        }
        given = fields.flag("given", &mut faults);
        note = fields.text("note", &mut faults).filter(|text| !text.is_empty());
        fields.end(&mut faults);
    }
    done(faults)?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let id = master.partner_id(&code).filter(|id| caller.actor().sees(*id));
    let id = id.ok_or(ApiError::NotFound)?;
    let all = subjects(&mut tx, id).await?;
    let subject = all.into_iter().find(|(_, own)| *own == user).map(|(subject, _)| subject);
    let subject = subject.ok_or(ApiError::NotFound)?;
    let channel = channel.ok_or(ApiError::NotFound)?;
    let by = (caller.actor(), office.now());
    let says = [(channel, given)];
    let rows = store::agree(&mut tx, by, subject, &says, note.as_deref()).await?;
    tx.commit().await?;
    Ok(Json(ConsentTaken { rows }))
}

/// What people are asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordingShown {
    pub version: i64,
    pub en: String,
    pub ja: String,
    pub at: String,
    pub by: String,
}

fn wording_shown(of: Wording) -> WordingShown {
    WordingShown { version: of.version, en: of.en, ja: of.ja, at: of.at.to_string(), by: of.actor }
}

/// The wordings in which people were asked, the newest first. Version 0, the product's own, is not
/// among them.
#[utoipa::path(get, path = "/api/v1/consent-wordings", tag = "members",
    responses((status = 200, body = Vec<WordingShown>), ApiError))]
pub async fn wordings(
    State(api): State<Api>,
    _: Caller,
    params: Params,
) -> Result<Json<Vec<WordingShown>>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let all = store::wordings(&mut reader).await?;
    Ok(Json(all.into_iter().map(wording_shown).collect()))
}

/// Other words to ask in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document describes it, and it is read field by field")]
pub struct NewWordingSent {
    pub en: String,
    pub ja: String,
}

/// Asks in other words from now on. The same words again are the same version.
#[utoipa::path(post, path = "/api/v1/consent-wordings", tag = "members",
    request_body = NewWordingSent,
    responses((status = 200, body = Vec<WordingShown>), ApiError))]
pub async fn set_wording(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Vec<WordingShown>>, ApiError> {
    params.end()?;
    let sent = json(&headers, body).await?;
    let mut faults = Vec::new();
    let (mut en, mut ja) = (String::new(), String::new());
    if let Some(mut fields) = Fields::of(&sent, String::new(), &mut faults) {
        en = fields.needed("en", &mut faults).unwrap_or_default();
        ja = fields.needed("ja", &mut faults).unwrap_or_default();
        for (name, text) in [("/en", &en), ("/ja", &ja)] {
            if WORDING_CHARS_MAX < text.chars().count() {
                let detail = format!("no wording is longer than {WORDING_CHARS_MAX}");
                faults.push(Fault::in_body(name, "too_many", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let office = api.office();
    let mut tx = office.db().write().await?;
    let new = NewWording { en: &en, ja: &ja };
    store::set_wording(&mut tx, (caller.actor(), office.now()), &new).await?;
    let all = store::wordings(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(all.into_iter().map(wording_shown).collect()))
}
