//! The portal's handlers of payouts and disputes. Every query is bound to the reader's own partner.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::Viewer;
use engine::db::Reader;
use engine::papers::statement;
use engine::settle::{self, DisputeKind, DisputeReason, NewDispute, SettleError};
use serde::Deserialize;

use super::{dispute_new, payout, records};
use crate::app::{App, Routes};
use crate::console::routes::money::adjustments::typed_amount;
use crate::console::routes::money::disputes::{TextForm, page as thread, subject};
use crate::console::routes::money::{agreed, money, parts, payout_state};
use crate::dispute::{self, Face, State as Stage};
use crate::explain::Reader as ExplainFace;
use crate::explain_from;
use crate::failure::Failure;
use crate::i18n::fill;
use crate::owing::Owing;
use crate::reading;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/portal/payouts/{id}", get(show_payout));
    routes.post("/portal/payouts/{id}/agree", post(agree));
    routes.get("/portal/disputes/new", get(new_dispute));
    routes.post("/portal/disputes", post(open));
    routes.get("/portal/disputes/{id}", get(show_dispute));
    routes.post("/portal/disputes/{id}/messages", post(write));
    routes.post("/portal/disputes/{id}/withdraw", post(withdraw));
}

/// The reader's disputes, those that wait first.
pub async fn disputes_of(
    visit: &Visit,
    reader: &mut Reader,
    payout: Option<&str>,
) -> Result<Vec<records::Dispute>, Failure> {
    let rules = visit.app.office().rules(reader).await?;
    let found = settle::disputes(reader, Viewer::Partner(visit.partner_id()?)).await?;
    let words = visit.lang.words();
    Ok(found
        .iter()
        .filter(|row| payout.is_none_or(|id| row.payout.as_deref() == Some(id)))
        .map(|row| {
            let program = reading::program_named(visit.lang, &rules, &row.program_code).name;
            let period = reading::period_named(&rules, &row.program_code, &row.period_name);
            let period = period.map_or_else(String::new, |period| period.short(visit.lang));
            let what = subject(visit, row, Face::Portal).0;
            records::Dispute {
                id: row.public_id.clone(),
                about: format!("{program} {period} · {what}"),
                reason: dispute::reason(words, row.reason.word()).into(),
                state: Stage::of(row.state.word()),
                due: row.due,
                decided_on: row.decided_at.map(|at| visit.local(at).date()),
            }
        })
        .collect())
}

async fn show_payout(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = settle::payout(&mut reader, &id).await?.ok_or(Failure::NotFound)?;
    if row.partner_id != visit.partner_id()? {
        return Err(Failure::NotFound);
    }
    let rules = visit.app.office().rules(&mut reader).await?;
    let signed = settle::sign_off_of(&mut reader, &id).await?;
    let paper = statement::of_payout(&mut reader, &id).await?;
    let rated = settle::rated(&mut reader, &rules, &row).await?;
    let page = payout::Page {
        statement: paper.map(|paper| (paper.public_id, paper.number)),
        owing: Owing::of(visit.lang, &rules, &row).ok_or(Failure::NotFound)?,
        amount: money(row.amount, &row.unit).ok_or(Failure::NotFound)?,
        state: payout_state(row.status),
        parts: parts(&row, rated),
        agreed: signed.as_ref().map(|one| agreed(&visit, one)),
        disputes: disputes_of(&visit, &mut reader, Some(&id)).await?,
        id,
    };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct AgreeForm {
    #[serde(default)]
    comment: String,
}

async fn agree(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<AgreeForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let comment = Some(sent.form.comment.as_str());
    settle::sign_off(&mut tx, &visit.actor()?, visit.now, &id, comment).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/portal/payouts/{id}?done=agreed")))
}

async fn new_dispute(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let of = query.get("of").ok_or(Failure::NotFound)?;
    form(&visit, of, dispute_new::Draft::default()).await
}

async fn form(visit: &Visit, of: &str, draft: dispute_new::Draft) -> Result<Response, Failure> {
    // What the reader may not see has no explanation either.
    let about = explain_from::page(visit, ExplainFace::Portal, of).await?;
    let words = visit.lang.words();
    let page = dispute_new::Page {
        of: of.into(),
        program: about.program.name,
        period: about.period,
        stated: about.total,
        reasons: DisputeReason::ALL
            .map(|one| (one.word().to_string(), dispute::reason(words, one.word()).to_string()))
            .to_vec(),
        draft,
    };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct DisputeForm {
    of: String,
    reason: String,
    #[serde(default)]
    expected: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    text: String,
}

async fn open(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<DisputeForm>,
) -> Result<Redirect, Failure> {
    let id = try_open(&app, &visit, &sent.form).await?;
    Ok(Redirect::to(&format!("/portal/disputes/{id}?done=opened")))
}

async fn try_open(app: &App, visit: &Visit, form: &DisputeForm) -> Result<String, Failure> {
    let m = &visit.lang.words().money;
    let expected = match form.expected.trim() {
        "" => None,
        text => match typed_amount(text) {
            Some(amount) => Some(amount),
            None => return Err(Failure::field(&["expected"], m.bad_amount)),
        },
    };
    let Some(reason) = DisputeReason::from_word(&form.reason) else {
        return Err(Failure::field(&["reason"], m.reason_needed));
    };
    let about = explain_from::page(visit, ExplainFace::Portal, &form.of).await?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let payout =
        if form.of.starts_with("pay_") { settle::payout(&mut tx, &form.of).await? } else { None };
    let at = rules.by_code(&about.program.code).ok_or(Failure::NotFound)?;
    let period = match &payout {
        Some(payout) => payout.period_name().into(),
        None => {
            settle::payout_period(&rules.plans[at], about.period.starts).ok_or(Failure::NotFound)?
        }
    };
    let line = form.line.trim();
    let (kind, subject) = match (&payout, line) {
        (_, line) if !line.is_empty() => (DisputeKind::Line, line.to_string()),
        (Some(payout), _) => (DisputeKind::Payout, payout.public_id.clone()),
        (None, _) => (DisputeKind::Award, form.of.clone()),
    };
    let new = NewDispute {
        kind,
        subject,
        payout: payout.map(|payout| payout.public_id),
        program: about.program.code,
        period,
        stated: about.total.amount,
        expected,
        reason,
        text: form.text.clone(),
    };
    let (actor, own) = (visit.actor()?, visit.partner_id()?);
    match settle::open_dispute(&mut tx, &rules, (&actor, own), visit.now, &new).await {
        Ok(id) => {
            tx.commit().await?;
            Ok(id)
        }
        Err(SettleError::BadAmount { .. }) => Err(Failure::field(&["expected"], m.bad_amount)),
        Err(SettleError::NoReason) => Err(Failure::field(&["text"], m.reason_needed)),
        Err(SettleError::NotFound) if !line.is_empty() => {
            let said = fill(visit.lang.words().settle.no_line, &[("key", line)]);
            Err(Failure::field(&["line"], said))
        }
        Err(other) => Err(other.into()),
    }
}

async fn show_dispute(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    Ok(visit.page(&thread(&visit, &id, Face::Portal).await?).into_response())
}

async fn write(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let (actor, text) = (visit.actor()?, sent.form.text.as_str());
    settle::write_to_dispute(&mut tx, &actor, visit.now, &id, text).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/portal/disputes/{id}?done=opened")))
}

async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let (actor, text) = (visit.actor()?, sent.form.text.as_str());
    settle::withdraw_dispute(&mut tx, &actor, visit.now, &id, text).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/portal/disputes/{id}?done=withdrawn")))
}
