//! What waits for the reader's word, and who stands in for whom.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::approval::{Approver, Refusal, Step, Subject};
use engine::access::{self as door, Action, Role, User};
use engine::db::Reader;
use engine::settle::{self, SettleError};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Partners, money};
use crate::access::role_label;
use crate::app::{App, Routes};
use crate::console::approvals::{self, Absence, Queue};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/approvals", get(show));
    routes.post("/console/delegations", post(delegate));
    routes.post("/console/delegations/{id}/end", post(end));
}

/// Why the reader has no button, in the reader's language.
pub fn refusal(lang: Lang, why: Refusal) -> String {
    let s = &lang.words().settle;
    match why {
        Refusal::Prepared => s.refused_prepared.into(),
        Refusal::GivenBefore => s.refused_given.into(),
        Refusal::NotTheirs => String::new(),
    }
}

/// Where an approval stands: the step if there are several, and by when.
pub fn step_said(lang: Lang, chain: Option<&str>, step: i64, due: Option<Date>) -> Option<String> {
    let s = &lang.words().settle;
    let steps = chain.and_then(|chain| settle::read_steps(chain).ok()).map_or(1, |all| all.len());
    let of = (steps > 1).then(|| {
        let places = [("step", &*(step + 1).to_string()), ("steps", &*steps.to_string())];
        fill(s.step_of, &places)
    });
    let by = due.map(|day| fill(s.due, &[("day", &format::day(day, lang))]));
    let said: Vec<String> = of.into_iter().chain(by).collect();
    (!said.is_empty()).then(|| said.join(lang.say("、", ", ")))
}

/// Who may take a step, by name.
pub fn approvers(lang: Lang, step: &Step, people: &[User]) -> String {
    let words = lang.words();
    let name = |by: &Approver| match by {
        Approver::Anyone => words.settle.role_anyone.to_string(),
        Approver::Role(role) => Role::from_word(role, None)
            .map_or_else(|| role.clone(), |role| role_label(role, words).to_string()),
        Approver::User(id) => people
            .iter()
            .find(|user| user.id == *id)
            .map_or_else(|| id.clone(), |user| user.name.clone()),
    };
    step.by.iter().map(name).collect::<Vec<_>>().join(words.settle.or_word)
}

/// Payouts by period and adjustments one by one, whose next step is the reader's.
pub async fn queue(visit: &Visit, reader: &mut Reader) -> Result<Vec<Queue>, Failure> {
    let (lang, actor) = (visit.lang, visit.actor()?);
    let rules = visit.app.office().rules(reader).await?;
    let person = settle::person(reader, &actor, Subject::Payout, visit.now).await?;
    let mut found = vec![];
    for row in settle::waiting_for(reader, &person).await? {
        let Some(amount) = money(row.amount, &row.unit) else { continue };
        let (href, title, period) = match &row.period {
            Some((program, name)) => {
                let Some(period) = reading::period_named(&rules, program, name) else { continue };
                let id = reading::period_id(program, name);
                let program_name = reading::program_named(lang, &rules, program).name;
                (
                    format!("/console/payouts?period={id}&filter=mine"),
                    format!("{program_name} · {}", period.long(lang)),
                    Some(format!("{program}~{name}")),
                )
            }
            None => (
                "/console/payouts?source=reward&filter=mine".into(),
                lang.words().owing.rewards.into(),
                None,
            ),
        };
        let places = [("step", &*row.step.to_string()), ("steps", &*row.steps.to_string())];
        found.push(Queue {
            href,
            title,
            detail: (row.steps > 1).then(|| fill(lang.words().settle.step_of, &places)),
            payouts: u64::try_from(row.payouts).unwrap_or_default(),
            amount,
            due: row.due,
            period,
        });
    }
    let person = settle::person(reader, &actor, Subject::Adjustment, visit.now).await?;
    let rows = settle::adjustments_for(reader, &person).await?;
    let partners = Partners::of(visit, reader, rows.iter().map(|row| row.partner_id)).await?;
    for row in rows {
        let Some(amount) = money(row.amount, &row.unit) else { continue };
        let partner = partners.get(row.partner_id, &row.partner_code);
        found.push(Queue {
            href: "/console/adjustments?filter=requested".into(),
            title: fill(lang.words().console.adjustment_of, &[("partner", &partner.name)]),
            detail: Some(format!("{} · {}", row.reason, row.asked_by)),
            payouts: 0,
            amount,
            due: row.due,
            period: None,
        });
    }
    found.sort_by_key(|row| row.due.unwrap_or(Date::MAX));
    Ok(found)
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let queue = queue(&visit, &mut reader).await?;
    let people: Vec<User> = door::users(&mut reader, None)
        .await?
        .into_iter()
        .filter(|user| user.role.partner().is_none() && !user.disabled)
        .collect();
    let actor = visit.actor()?;
    let own = actor.public_id().unwrap_or_default().to_string();
    let name = |id: &str| {
        let found = people.iter().find(|user| user.id == id);
        found.map_or_else(|| id.to_string(), |user| user.name.clone())
    };
    let may_all = actor.may(Action::EditUsers);
    let absences = settle::delegations(&mut reader, Some(visit.today()))
        .await?
        .into_iter()
        .map(|one| Absence {
            who: name(&one.from_user),
            deputy: name(&one.to_user),
            from: one.from,
            until: one.until,
            may_end: may_all || one.from_user == own,
            id: one.public_id,
        })
        .collect();
    let choices: Vec<(String, String)> =
        people.iter().map(|user| (user.id.clone(), user.name.clone())).collect();
    let page = approvals::Page {
        today: visit.today(),
        queue,
        absences,
        away: choices.iter().filter(|(id, _)| may_all || *id == own).cloned().collect(),
        deputies: choices,
        own,
    };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct AbsenceForm {
    who: String,
    deputy: String,
    from: String,
    until: String,
}

async fn delegate(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<AbsenceForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let day = |name: &'static [&'static str], text: &str| {
        let bad = || Failure::field(name, SettleError::BadDays.to_string());
        text.parse::<Date>().map_err(|_| bad())
    };
    let days = (day(&["from"], &form.from)?, day(&["until"], &form.until)?);
    let mut tx = app.office().db().write().await?;
    let (actor, of) = (visit.actor()?, (form.who.as_str(), form.deputy.as_str()));
    settle::delegate(&mut tx, &actor, visit.now, of, days).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/approvals?done=saved"))
}

async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    settle::end_delegation(&mut tx, &visit.actor()?, visit.now, &id).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/approvals?done=saved"))
}
