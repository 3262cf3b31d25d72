//! Adjustments: asked for with a reason, decided by somebody else.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::approval::Subject;
use domain::settlement::AdjustmentStatus;
use engine::rules::Rules;
use engine::settle::{self, AdjustmentRow, NewAdjustment, Policy, SettleError};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::approvals::{refusal, step_said};
use super::{Partners, money};
use crate::app::{App, Routes};
use crate::console::adjustments;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::view::AdjustmentState;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/adjustments", get(show_adjustments));
    routes.post("/console/adjustments", post(ask_adjustment));
    routes.post("/console/adjustments/{id}/approve", post(approve_adjustment));
    routes.post("/console/adjustments/{id}/reject", post(reject_adjustment));
}

/// A reason code in the reader's language.
pub fn reason_name(lang: Lang, policy: &Policy, code: &str) -> String {
    let known = policy.reason(code);
    known.map_or(code, |reason| lang.say(&reason.ja, &reason.en)).to_string()
}

/// An amount as people type it: with commas, with our minus or theirs.
pub fn typed_amount(text: &str) -> Option<Decimal> {
    text.trim().replace(',', "").replace(format::MINUS, "-").parse().ok()
}

async fn show_adjustments(visit: Visit) -> Result<Response, Failure> {
    adjustments_page(&visit, adjustments::Draft::default()).await
}

async fn adjustments_page(visit: &Visit, draft: adjustments::Draft) -> Result<Response, Failure> {
    let mut list = reading::list("/console/adjustments", &visit::query(&visit.here));
    list.path = "/console/adjustments".into();
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = settle::adjustments(&mut reader, 0, None).await?;
    let partners = Partners::of(visit, &mut reader, found.iter().map(|row| row.partner_id)).await?;
    let requested =
        found.iter().filter(|row| row.status == AdjustmentStatus::Pending).count() as u64;
    let policy = settle::policy(&mut reader).await?;
    let mut rows: Vec<adjustments::Row> = found
        .iter()
        .filter_map(|row| adjustment_row(visit, (&rules, &policy), &partners, row))
        .collect();
    rows.retain(|row| match list.filter.as_deref() {
        Some("requested") => row.state == AdjustmentState::Requested,
        Some("approved") => row.state == AdjustmentState::Approved,
        Some("rejected") => row.state == AdjustmentState::Rejected,
        _ => true,
    });
    let mut rows = reading::page_of(&mut list, rows);
    let person =
        settle::person(&mut reader, &visit.actor()?, Subject::Adjustment, visit.now).await?;
    for row in rows.iter_mut().filter(|row| row.state == AdjustmentState::Requested) {
        if let Some(of) = found.iter().find(|of| of.public_id == row.id) {
            let approval = settle::of_adjustment(&mut reader, of).await?;
            let may = approval.authority(&person).map(|_| ());
            row.may = may.map_err(|why| refusal(visit.lang, why));
        }
    }
    let reasons = policy
        .reasons
        .iter()
        .map(|one| (one.code.clone(), visit.lang.say(&one.ja, &one.en).to_string()))
        .collect();
    let programs = open_periods(visit, &rules);
    let page = adjustments::Page { list, rows, requested, programs, reasons, draft };
    Ok(visit.page(&page).into_response())
}

/// Programs with their open periods: what an adjustment can be settled with.
fn open_periods(visit: &Visit, rules: &Rules) -> Vec<(String, String)> {
    let mut open = vec![];
    for (at, plan) in rules.shown() {
        let program = reading::program_ref(visit.lang, plan.newest());
        let views = settle::periods(plan, &rules.closes[at], visit.now);
        let is_open = |view: &&settle::PeriodView| view.closed_at.is_none();
        // Behind the end of a program the period that comes next is enough.
        let first = views.iter().filter(is_open).find(|view| view.is_correction);
        let offered = views.iter().filter(is_open).filter(|view| {
            !view.is_correction || first.is_some_and(|first| first.period == view.period)
        });
        for view in offered.rev() {
            let period = reading::period(&view.period).long(visit.lang);
            for (nth, unit) in plan.currencies().into_iter().enumerate() {
                // The program's own currency need not be said.
                let said = if nth == 0 { String::new() } else { format!(" {unit}") };
                let key = format!("{}~{}{said}", program.code, view.period.name);
                open.push((key, format!("{} {period} ({unit})", program.name)));
            }
        }
    }
    open
}

fn adjustment_row(
    visit: &Visit,
    (rules, policy): (&Rules, &Policy),
    partners: &Partners,
    row: &AdjustmentRow,
) -> Option<adjustments::Row> {
    let m = &visit.lang.words().money;
    Some(adjustments::Row {
        id: row.public_id.clone(),
        partner: partners.get(row.partner_id, &row.partner_code),
        program: reading::program_named(visit.lang, rules, &row.program_code),
        period: reading::period_named(rules, &row.program_code, &row.period_name)?,
        amount: money(row.amount, &row.unit)?,
        reason: row.reason.clone(),
        requested_by: row.asked_by.clone(),
        requested_at: visit.local(row.asked_at),
        decided: row.decided_by.as_ref().map(|who| fill(m.decided_by, &[("who", who)])),
        state: match row.status {
            AdjustmentStatus::Pending => AdjustmentState::Requested,
            AdjustmentStatus::Approved => AdjustmentState::Approved,
            AdjustmentStatus::Rejected => AdjustmentState::Rejected,
        },
        reason_name: reason_name(visit.lang, policy, &row.reason_code),
        dispute: row.dispute.clone(),
        term: row.term.clone(),
        step: (row.status == AdjustmentStatus::Pending)
            .then(|| step_said(visit.lang, row.chain.as_deref(), row.step, row.due))
            .flatten(),
        may: Err(String::new()),
    })
}

#[derive(Deserialize)]
struct AdjustmentForm {
    partner: String,
    program: String,
    amount: String,
    #[serde(default)]
    reason_code: String,
    reason: String,
    #[serde(default)]
    term: String,
}

async fn ask_adjustment(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<AdjustmentForm>,
) -> Result<Redirect, Failure> {
    let (form, m) = (sent.form, &visit.lang.words().money);
    let amount = typed_amount(&form.amount);
    let amount = amount.ok_or_else(|| Failure::field(&["amount"], m.bad_amount))?;
    let (place, unit) = match form.program.split_once(' ') {
        Some((place, unit)) => (place, Currency::parse(unit)),
        None => (form.program.as_str(), None),
    };
    let period = reading::of_period_id(place);
    let (program, period) = period.ok_or_else(|| Failure::field(&["program"], m.no_period))?;
    let new = NewAdjustment {
        program: program.into(),
        partner: form.partner.trim().into(),
        period: period.into(),
        amount,
        unit,
        reason_code: match form.reason_code.trim() {
            "" => settle::REASON_OTHER.into(),
            code => code.into(),
        },
        reason: form.reason.trim().into(),
        term: Some(form.term.trim().to_owned()).filter(|term| !term.is_empty()),
        dispute: None,
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let actor = visit.actor()?;
    let asked = settle::ask_adjustment(&mut tx, &rules, &master, &actor, visit.now, &new).await;
    asked.map_err(|error| match error {
        SettleError::NotFound => {
            Failure::field(&["partner"], fill(m.no_partner, &[("code", &new.partner)]))
        }
        SettleError::NoReason => Failure::field(&["reason"], m.reason_needed),
        SettleError::BadAmount { .. } => Failure::field(&["amount"], m.bad_amount),
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(Redirect::to("/console/adjustments?done=requested"))
}

#[derive(Deserialize)]
struct DecideForm {
    #[serde(default)]
    comment: String,
}

async fn approve_adjustment(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<DecideForm>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &id, AdjustmentStatus::Approved, &sent.form.comment).await
}

async fn reject_adjustment(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<DecideForm>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &id, AdjustmentStatus::Rejected, &sent.form.comment).await
}

async fn decide(
    app: &App,
    visit: &Visit,
    id: &str,
    to: AdjustmentStatus,
    comment: &str,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let actor = visit.actor()?;
    settle::decide_adjustment(&mut tx, &rules, &actor, visit.now, id, to, Some(comment)).await?;
    tx.commit().await?;
    let done = if to == AdjustmentStatus::Approved { "approved" } else { "rejected" };
    Ok(Redirect::to(&format!("/console/adjustments?done={done}")))
}
