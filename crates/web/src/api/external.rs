//! Amounts that somebody else computed, for terms with `external: true`.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use engine::catalog::MasterData;
use engine::external::{
    self, ExternalAnswer, ExternalFilter, ExternalRefusal, ExternalRow, NewExternal,
};
use engine::rules::Rules;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::{self, Fields, Params, done, json};
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};

/// No batch has more.
const AMOUNTS_PER_BATCH_MAX: usize = 5_000;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/external-awards", get(list_external));
    routes.add(Verb::Post, "/api/v1/external-awards", post(post_external));
}

/// Amounts as they are sent.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewExternalAwards {
    awards: Vec<NewExternalAward>,
}

/// An amount for a partner, period and group.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of the body for the document; reading it tells all faults")]
pub struct NewExternalAward {
    /// Names it for good. Sent again it is known; a new amount needs a new key.
    #[schema(example = "CALC-2026Q1-TOK-0012")]
    key: String,
    program: String,
    /// A term with `external: true`.
    term: String,
    partner: String,
    /// The qualifying period by its name; without it that of `date`.
    #[schema(example = "2026Q1")]
    period: Option<String>,
    /// A day of the period; today if neither is given.
    date: Option<String>,
    /// Values of the term's `group_by`.
    group: Option<BTreeMap<String, String>>,
    /// All of it, in the currency of the term. It takes the place of an earlier amount.
    #[schema(example = "1250.00")]
    amount: String,
    /// For people to read.
    reason: Option<String>,
}

/// What a batch did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalTaken {
    pub accepted: usize,
    /// There before, just so.
    pub known: usize,
    pub rejected: usize,
    /// One for each amount, in order.
    pub awards: Vec<ExternalResult>,
}

/// What became of an amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalResult {
    pub key: String,
    /// `accepted`, `known` or `rejected`.
    pub result: &'static str,
    /// Why it was rejected, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "not_external")]
    pub code: Option<&'static str>,
    /// Why it was rejected and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// Takes amounts that somebody else computed.
///
/// A bad one never stops the others. The newest amount of a partner, period and group counts; the
/// difference to the one before is booked by when it came, so that closed periods stay as they are.
#[utoipa::path(post, path = "/api/v1/external-awards", tag = "awards",
    request_body = NewExternalAwards,
    responses((status = 200, body = ExternalTaken), ApiError))]
pub async fn post_external(
    State(api): State<Api>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ExternalTaken>, ApiError> {
    params.end()?;
    let incoming = amounts(&json(&headers, body).await?)?;
    let now = api.office().now();
    let mut tx = api.office().db().write().await?;
    let rules = api.office().rules(&mut tx).await?;
    let master = api.office().master(&mut tx).await?;
    let answers = external::take(&mut tx, &rules, &master, caller.actor(), now, &incoming).await?;
    tx.commit().await?;
    api.office().wake();
    let count = |wanted: fn(&ExternalAnswer) -> bool| answers.iter().filter(|a| wanted(a)).count();
    Ok(Json(ExternalTaken {
        accepted: count(|answer| *answer == ExternalAnswer::Accepted),
        known: count(|answer| *answer == ExternalAnswer::Known),
        rejected: count(|answer| matches!(answer, ExternalAnswer::Refused(_))),
        awards: incoming
            .into_iter()
            .zip(&answers)
            .map(|(new, answer)| told(new, *answer))
            .collect(),
    }))
}

fn told(new: NewExternal, answer: ExternalAnswer) -> ExternalResult {
    let (result, refusal) = match answer {
        ExternalAnswer::Accepted => ("accepted", None),
        ExternalAnswer::Known => ("known", None),
        ExternalAnswer::Refused(refusal) => ("rejected", Some(refusal)),
    };
    let detail = |refusal| match refusal {
        ExternalRefusal::BadKey => "the key is empty or too long",
        ExternalRefusal::UnknownProgram => "there is no active program with this code",
        ExternalRefusal::NotExternal => "name a term of the program with `external: true`",
        ExternalRefusal::UnknownPeriod => "the term has no such period, or none with this day",
        ExternalRefusal::UnknownPartner => "add the partner, or correct its code",
        ExternalRefusal::BadAmount => "the amount has too many digits",
        ExternalRefusal::OtherContent => {
            "the key stands for something else already; a new amount needs a new key"
        }
    };
    let (code, detail) = (refusal.map(ExternalRefusal::word), refusal.map(detail));
    ExternalResult { key: new.key, result, code, detail }
}

fn amounts(body: &Value) -> Result<Vec<NewExternal>, ApiError> {
    let mut faults = Vec::new();
    let mut found = Vec::new();
    if let Some(mut fields) = Fields::of(body, String::new(), &mut faults) {
        match fields.value("awards") {
            Some(Value::Array(list)) if list.len() <= AMOUNTS_PER_BATCH_MAX => {
                for (at, value) in list.iter().enumerate() {
                    found.extend(amount(value, format!("/awards/{at}"), &mut faults));
                }
            }
            Some(Value::Array(list)) => {
                let detail = format!(
                    "{} amounts are more than the {AMOUNTS_PER_BATCH_MAX} of a batch",
                    list.len()
                );
                faults.push(Fault::in_body("/awards", "too_many", detail));
            }
            Some(_) => {
                let detail = "a list of amounts is needed".to_owned();
                faults.push(Fault::in_body("/awards", "wrong_type", detail));
            }
            None => {
                let detail = "`awards` is missing".to_owned();
                faults.push(Fault::in_body("/awards", "missing", detail));
            }
        }
        fields.end(&mut faults);
    }
    done(faults)?;
    Ok(found)
}

fn amount(value: &Value, pointer: String, faults: &mut Vec<Fault>) -> Option<NewExternal> {
    let mut fields = Fields::of(value, pointer, faults)?;
    let key = fields.needed("key", faults);
    let program = fields.needed("program", faults);
    let term = fields.needed("term", faults);
    let partner = fields.needed("partner", faults);
    let period = fields.text("period", faults);
    let on = fields.text("date", faults).and_then(|text| {
        let day: Option<Date> = text.parse().ok();
        if day.is_none() {
            let detail = format!("`{text}` is no day; write it as 2026-04-01");
            faults.push(Fault::in_body(fields.pointer("date"), "bad_value", detail));
        }
        day
    });
    let group = fields.texts("group", faults).unwrap_or_default();
    let amount = fields.needed("amount", faults).and_then(|text| {
        let amount = Decimal::from_str_exact(text.trim()).ok();
        if amount.is_none() {
            let detail = format!("`{text}` is no amount; write it as \"1250.00\"");
            faults.push(Fault::in_body(fields.pointer("amount"), "bad_value", detail));
        }
        amount
    });
    let reason = fields.text("reason", faults);
    fields.end(faults);
    Some(NewExternal {
        key: key?,
        program: program?,
        term: term?,
        partner: partner?,
        period,
        on,
        group: group.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        amount: amount?,
        reason,
    })
}

/// An amount that came from outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalShown {
    pub key: String,
    pub program: String,
    pub term: String,
    pub partner: String,
    /// The qualifying period it is for.
    pub period: String,
    /// Values of the term's `group_by`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    pub unit: String,
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub recorded: String,
    /// Who sent it.
    pub sent_by: String,
    /// The newest of its partner, period and group; another one took the place of the rest.
    pub counts: bool,
}

/// Amounts that came from outside, newest first.
#[utoipa::path(get, path = "/api/v1/external-awards", tag = "awards",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<ExternalShown>), ApiError))]
pub async fn list_external(
    State(api): State<Api>,
    mut params: Params,
) -> Result<Json<PageOf<ExternalShown>>, ApiError> {
    let (program, partner) = (params.text("program"), params.text("partner"));
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let program_id = input::program_id(&rules, program)?;
    let partner_id = input::partner_id(&master, partner)?;
    let filter = ExternalFilter { program_id, partner_id };
    let (rows, total) = external::list(&mut reader, &filter, (part.offset, part.limit)).await?;
    let items = rows.into_iter().filter_map(|row| shown(&rules, &master, row)).collect();
    Ok(Json(part.page(items, total)))
}

fn shown(rules: &Rules, master: &MasterData, row: ExternalRow) -> Option<ExternalShown> {
    let plan = &rules.plans[rules.position(row.program_id)?];
    let term = plan.term(&row.term)?;
    let unit = plan.currency_of(term).unwrap_or(plan.newest().currency).to_string();
    let period = plan.terms[usize::from(term)].calendar.containing(row.period)?;
    Some(ExternalShown {
        key: row.key,
        program: plan.code.to_string(),
        term: row.term,
        partner: master.partner_code(row.partner_id)?.to_string(),
        period: period.name.to_string(),
        group: super::group(&row.group_key),
        amount: super::awards::money(row.amount, &unit),
        unit,
        reason: row.reason,
        recorded: row.recorded.to_string(),
        sent_by: row.by,
        counts: row.counts,
    })
}
