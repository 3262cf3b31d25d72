//! The rules of settling, as an administrator types them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::{self as door, User};
use engine::programs;
use engine::settle::{self, NearRule, Policy, ReasonCode, SettleError};
use serde::Deserialize;

use super::adjustments::typed_amount;
use crate::app::{App, Routes};
use crate::approvers;
use crate::console::settlement::{Draft, Page};
use crate::failure::Failure;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/settlement", get(show));
    routes.post("/console/settlement", post(save));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let policy = settle::policy(&mut reader).await?;
    let people = door::users(&mut reader, None).await?;
    let draft = draft_of(&policy, &people);
    let four_eyes = programs::four_eyes(&mut reader).await?;
    Ok(visit.page(&Page { draft, four_eyes }).into_response())
}

/// Logins stand for ids in what people type.
fn draft_of(policy: &Policy, people: &[User]) -> Draft {
    let chains: Vec<String> =
        policy.chains.iter().map(|chain| approvers::show(chain, people)).collect();
    let reason = |one: &ReasonCode| format!("{} | {} | {}", one.code, one.en, one.ja);
    Draft {
        jump_factor: policy.jump_factor.normalize().to_string(),
        payee_fields: policy.payee_fields.join(", "),
        chains: chains.join("\n"),
        approval_days: policy.approval_days.to_string(),
        reasons: policy.reasons.iter().map(reason).collect::<Vec<_>>().join("\n"),
        dispute_days: policy.dispute_days.to_string(),
        answer_days: policy.answer_days.to_string(),
        near_percent: policy.near.percent.normalize().to_string(),
        near_gap: policy.near.gap.map(|gap| gap.normalize().to_string()).unwrap_or_default(),
        near_days: policy.near.days.to_string(),
        problem: None,
    }
}

#[derive(Deserialize)]
struct PolicyForm {
    jump_factor: String,
    #[serde(default)]
    payee_fields: String,
    #[serde(default)]
    chains: String,
    approval_days: String,
    reasons: String,
    dispute_days: String,
    answer_days: String,
    near_percent: String,
    #[serde(default)]
    near_gap: String,
    near_days: String,
}

impl PolicyForm {
    /// The policy, or what of it cannot be read.
    fn policy(&self, people: &[User]) -> Result<Policy, String> {
        let number =
            |text: &str| typed_amount(text).ok_or_else(|| format!("`{text}` is no number"));
        let days = |text: &str| {
            text.trim().parse::<u16>().map_err(|_| format!("`{text}` is no number of days"))
        };
        let gap = match self.near_gap.trim() {
            "" => None,
            text => Some(number(text)?),
        };
        let reason = |line: &str| {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            match parts.as_slice() {
                [code, en, ja] if !en.is_empty() && !ja.is_empty() => Ok(ReasonCode {
                    code: (*code).to_owned(),
                    en: (*en).to_owned(),
                    ja: (*ja).to_owned(),
                }),
                _ => Err(format!("`{line}` is no reason; write `code | English | 日本語`")),
            }
        };
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        };
        let chain =
            |line: &String| approvers::read(line, people).map_err(|error| error.to_string());
        let fields = self.payee_fields.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Policy {
            jump_factor: number(&self.jump_factor)?,
            payee_fields: fields.map(str::to_owned).collect(),
            reasons: lines(&self.reasons)
                .iter()
                .map(|line| reason(line))
                .collect::<Result<_, _>>()?,
            chains: lines(&self.chains).iter().map(chain).collect::<Result<_, _>>()?,
            approval_days: days(&self.approval_days)?,
            dispute_days: days(&self.dispute_days)?,
            answer_days: days(&self.answer_days)?,
            near: NearRule {
                percent: number(&self.near_percent)?,
                gap,
                days: days(&self.near_days)?,
            },
        })
    }

    fn draft(self, problem: String) -> Draft {
        Draft {
            jump_factor: self.jump_factor,
            payee_fields: self.payee_fields,
            chains: self.chains,
            approval_days: self.approval_days,
            reasons: self.reasons,
            dispute_days: self.dispute_days,
            answer_days: self.answer_days,
            near_percent: self.near_percent,
            near_gap: self.near_gap,
            near_days: self.near_days,
            problem: Some(problem),
        }
    }
}

async fn save(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<PolicyForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    let mut reader = visit.reader().await?;
    let people = door::users(&mut reader, None).await?;
    let four_eyes = programs::four_eyes(&mut reader).await?;
    drop(reader);
    let refused = |form: PolicyForm, problem: String| {
        let page = Page { draft: form.draft(problem), four_eyes };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response())
    };
    let policy = match form.policy(&people) {
        Ok(policy) => policy,
        Err(problem) => return refused(form, visit.said(&problem)),
    };
    let mut tx = app.office().db().write().await?;
    match settle::set_policy(&mut tx, &visit.actor()?, visit.now, &policy).await {
        Ok(()) => {}
        Err(SettleError::Policy(error)) => return refused(form, visit.said(&error)),
        Err(other) => return Err(other.into()),
    }
    tx.commit().await?;
    Ok(Redirect::to("/console/settlement?done=saved").into_response())
}
