//! What an administrator decides about deciding: chains of approval, deputies, the second person
//! for programs.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post, put};
use domain::approval::Chain;
use engine::access::{self, User};
use engine::programs::{self, FourEyes};
use engine::settle::{self, Delegation};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Fields, Params, done};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use crate::approvers;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/settlement/chains", get(chains));
    routes.add(Verb::Put, "/api/v1/settlement/chains", put(put_chains));
    routes.add(Verb::Get, "/api/v1/delegations", get(delegations));
    routes.add(Verb::Post, "/api/v1/delegations", post(delegate));
    routes.add(Verb::Post, "/api/v1/delegations/{id}/end", post(end));
    routes.add(Verb::Get, "/api/v1/settings/four-eyes", get(four_eyes));
    routes.add(Verb::Put, "/api/v1/settings/four-eyes", put(put_four_eyes));
}

/// The chains of approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chains {
    /// Of what, currency, from which amount, and the steps, each with who and within how many
    /// days. A person is named by login.
    #[schema(example = json!(["payout EUR 10000: role:finance 3 > role:administrator 5"]))]
    pub chains: Vec<String>,
}

/// Somebody decides for somebody else while they are away.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deputy {
    pub id: String,
    /// Login of who is away.
    pub absent: String,
    /// Login of who stands in.
    pub deputy: String,
    pub from: String,
    /// The last day.
    pub until: String,
    /// Whether it acts today.
    pub acting: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
}

/// A deputy to be named.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewDeputy {
    /// Login of who is away.
    absent: String,
    /// Login of who stands in.
    deputy: String,
    from: String,
    /// The last day.
    until: String,
}

/// Whether a second person activates programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondPerson {
    /// `auto`: as soon as two people may; `always`; `never`.
    #[schema(example = "auto")]
    pub rule: &'static str,
    /// Whether a draft needs a second person as things are.
    pub needed: bool,
}

/// The rule to be set.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct SecondPersonRule {
    /// `auto`, `always` or `never`.
    rule: String,
}

/// The chains of approval, as the settlement rules have them.
#[utoipa::path(get, path = "/api/v1/settlement/chains", tag = "settings",
    responses((status = 200, body = Chains), ApiError))]
pub async fn chains(State(api): State<Api>, params: Params) -> Result<Json<Chains>, ApiError> {
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let policy = settle::policy(&mut reader).await?;
    let people = access::users(&mut reader, None).await?;
    Ok(Json(shown(&policy.chains, &people)))
}

fn shown(chains: &[Chain], people: &[User]) -> Chains {
    Chains { chains: chains.iter().map(|chain| approvers::show(chain, people)).collect() }
}

/// Replaces the chains of approval. They act on what is closed and asked for from now on.
#[utoipa::path(put, path = "/api/v1/settlement/chains", tag = "settings", request_body = Chains,
    responses((status = 200, body = Chains), ApiError))]
pub async fn put_chains(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Chains>, ApiError> {
    params.end()?;
    let value = input::json(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let people = access::users(&mut tx, None).await?;
    let mut faults = Vec::new();
    let mut chains = Vec::new();
    if let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) {
        let at = fields.pointer("chains");
        match fields.value("chains").and_then(Value::as_array) {
            Some(lines) => {
                for (number, line) in lines.iter().enumerate() {
                    match approvers::read(line.as_str().unwrap_or_default(), &people) {
                        Ok(chain) => chains.push(chain),
                        Err(error) => {
                            let at = format!("{at}/{number}");
                            faults.push(Fault::in_body(at, "bad_value", error.to_string()));
                        }
                    }
                }
            }
            None => faults.push(Fault::in_body(at, "missing", "send a list of lines")),
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let policy = settle::Policy { chains, ..settle::policy(&mut tx).await? };
    policy.check().map_err(|error| {
        ApiError::invalid(Fault::in_body("/chains", "bad_value", error.to_string()))
    })?;
    settle::set_policy(&mut tx, caller.actor(), now, &policy).await?;
    tx.commit().await?;
    Ok(Json(shown(&policy.chains, &people)))
}

/// Deputies, by their first day; also those whose days are over.
#[utoipa::path(get, path = "/api/v1/delegations", tag = "settings",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Deputy>), ApiError))]
pub async fn delegations(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<Deputy>>, ApiError> {
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let today = settle::today(&mut reader, api.office().now()).await?;
    let people = access::users(&mut reader, None).await?;
    let all = settle::delegations(&mut reader, None).await?;
    Ok(Json(part.cut(all, |one| deputy(&one, &people, today))))
}

fn deputy(one: &Delegation, people: &[User], today: Date) -> Deputy {
    let login = |id: &str| {
        let found = people.iter().find(|user| user.id == id);
        found.map_or_else(|| id.to_owned(), |user| user.login.clone())
    };
    Deputy {
        id: one.public_id.clone(),
        absent: login(&one.from_user),
        deputy: login(&one.to_user),
        from: one.from.to_string(),
        until: one.until.to_string(),
        acting: one.ended_at.is_none() && one.from <= today && today <= one.until,
        ended_at: one.ended_at.map(|at| at.to_string()),
    }
}

/// Lets somebody decide for somebody else while they are away. A deputy may what the absent may,
/// and no more; what a deputy does is kept with both names.
#[utoipa::path(post, path = "/api/v1/delegations", tag = "settings", request_body = NewDeputy,
    responses((status = 200, body = Deputy), ApiError))]
pub async fn delegate(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Deputy>, ApiError> {
    params.end()?;
    let value = input::json(&headers, body).await?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let people = access::users(&mut tx, None).await?;
    let mut faults = Vec::new();
    let mut who = Vec::new();
    let mut days = Vec::new();
    if let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) {
        for name in ["absent", "deputy"] {
            let Some(login) = fields.needed(name, &mut faults) else { continue };
            let known = people.iter().find(|user| user.login == login || user.id == login);
            if let Some(user) = known {
                who.push(user.id.clone());
            } else {
                let detail = format!("there is no user `{login}`");
                faults.push(Fault::in_body(fields.pointer(name), "unknown_user", detail));
            }
        }
        for name in ["from", "until"] {
            let Some(day) = fields.needed(name, &mut faults) else { continue };
            if let Ok(day) = day.parse::<Date>() {
                days.push(day);
            } else {
                let detail = format!("`{day}` is not a date; write it as 2026-04-01");
                faults.push(Fault::in_body(fields.pointer(name), "bad_value", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let ([absent, deputy_id], [from, until]) = (who.as_slice(), days.as_slice()) else {
        return Err(ApiError::NotFound);
    };
    let of = (absent.as_str(), deputy_id.as_str());
    let id = settle::delegate(&mut tx, caller.actor(), now, of, (*from, *until)).await?;
    let found = one_of(&mut tx, &api, &id).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Ends a delegation before its last day.
#[utoipa::path(post, path = "/api/v1/delegations/{id}/end", tag = "settings",
    params(("id" = String, Path, description = "The delegation's id.")),
    responses((status = 200, body = Deputy), ApiError))]
pub async fn end(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Deputy>, ApiError> {
    params.end()?;
    let mut tx = api.office().db().write().await?;
    settle::end_delegation(&mut tx, caller.actor(), api.office().now(), &id).await?;
    let found = one_of(&mut tx, &api, &id).await?;
    tx.commit().await?;
    Ok(Json(found))
}

async fn one_of(reader: &mut engine::db::Reader, api: &Api, id: &str) -> Result<Deputy, ApiError> {
    let today = settle::today(reader, api.office().now()).await?;
    let people = access::users(reader, None).await?;
    let all = settle::delegations(reader, None).await?;
    let found = all.iter().find(|one| one.public_id == id).ok_or(ApiError::NotFound)?;
    Ok(deputy(found, &people, today))
}

/// Whether a second person activates programs.
#[utoipa::path(get, path = "/api/v1/settings/four-eyes", tag = "settings",
    responses((status = 200, body = SecondPerson), ApiError))]
pub async fn four_eyes(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<SecondPerson>, ApiError> {
    params.end()?;
    second_person(&mut api.office().db().read().await?).await
}

async fn second_person(reader: &mut engine::db::Reader) -> Result<Json<SecondPerson>, ApiError> {
    let rule = programs::four_eyes(reader).await?.word();
    Ok(Json(SecondPerson { rule, needed: programs::needs_second(reader).await? }))
}

/// Decides whether a second person activates programs.
#[utoipa::path(put, path = "/api/v1/settings/four-eyes", tag = "settings",
    request_body = SecondPersonRule,
    responses((status = 200, body = SecondPerson), ApiError))]
pub async fn put_four_eyes(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SecondPerson>, ApiError> {
    params.end()?;
    let value = input::json(&headers, body).await?;
    let mut faults = Vec::new();
    let mut rule = None;
    if let Some(mut fields) = Fields::of(&value, String::new(), &mut faults) {
        if let Some(word) = fields.needed("rule", &mut faults) {
            rule = FourEyes::from_word(&word);
            if rule.is_none() {
                let detail = "`rule` is `auto`, `always` or `never`";
                faults.push(Fault::in_body(fields.pointer("rule"), "bad_value", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    let Some(rule) = rule else { return Err(ApiError::NotFound) };
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    programs::set_four_eyes(&mut tx, caller.actor(), now, rule).await?;
    let found = second_person(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}
