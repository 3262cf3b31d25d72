//! Holds: placing and releasing what is not paid for now.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::settle::{self, SettleError, Target};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Partners, back_with};
use crate::app::{App, Routes};
use crate::console::holds::{Draft, Page, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::reading;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/holds", get(show));
    routes.post("/console/holds", post(place));
    routes.post("/console/holds/{id}/release", post(release));
    routes.post("/console/payouts/{id}/hold", post(hold_payout));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    page(&visit, Draft::default()).await
}

async fn page(visit: &Visit, draft: Draft) -> Result<Response, Failure> {
    let mut list = reading::list("/console/holds", &visit::query(&visit.here));
    list.path = "/console/holds".into();
    let mut reader = visit.reader().await?;
    let mut found = settle::holds(&mut reader, None).await?;
    let today = visit.today();
    // Those that act first, the newest first.
    found.sort_by_key(|hold| !hold.acts_on(today));
    let partners = Partners::of(visit, &mut reader, found.iter().map(|row| row.partner_id)).await?;
    let s = &visit.lang.words().settle;
    let rows = found
        .into_iter()
        .map(|hold| Row {
            partner: partners.get(hold.partner_id, &hold.partner_code),
            is_acting: hold.acts_on(today),
            released: hold.released.as_ref().map(|end| {
                let when = format::moment(visit.local(end.at), visit.lang);
                let said = fill(s.released_by, &[("who", &end.by), ("when", &when)]);
                end.comment.iter().fold(said, |said, comment| format!("{said}: {comment}"))
            }),
            placed_at: visit.local(hold.placed_at),
            id: hold.public_id,
            payout: hold.payout,
            reason: hold.reason,
            until: hold.until,
            placed_by: hold.placed_by,
        })
        .collect();
    let rows = reading::page_of(&mut list, rows);
    Ok(visit.page(&Page { list, rows, draft }).into_response())
}

#[derive(Deserialize)]
struct HoldForm {
    #[serde(default)]
    partner: String,
    reason: String,
    #[serde(default)]
    until: String,
}

/// The day typed; none for none.
fn day(text: &str) -> Result<Option<Date>, SettleError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| SettleError::BadDays),
    }
}

async fn put(
    app: &App,
    visit: &Visit,
    target: Target<'_>,
    form: &HoldForm,
) -> Result<(), SettleError> {
    let until = day(&form.until)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let actor = visit.actor().map_err(|_| SettleError::NotFound)?;
    let why = (form.reason.as_str(), until);
    settle::place(&mut tx, &master, &actor, visit.now, target, why).await?;
    tx.commit().await?;
    Ok(())
}

async fn place(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<HoldForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let code = form.partner.trim();
    put(&app, &visit, Target::Partner(code), &form).await.map_err(|error| match error {
        SettleError::NotFound => {
            let m = &visit.lang.words().money;
            Failure::field(&["partner"], fill(m.no_partner, &[("code", code)]))
        }
        other => other.into(),
    })?;
    Ok(Redirect::to("/console/holds?done=held"))
}

async fn hold_payout(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<HoldForm>,
) -> Result<Redirect, Failure> {
    put(&app, &visit, Target::Payout(&id), &sent.form).await?;
    Ok(Redirect::to(&format!("/console/payouts/{id}?done=held")))
}

#[derive(Deserialize)]
struct ReleaseForm {
    #[serde(default)]
    back: String,
    #[serde(default)]
    comment: String,
}

async fn release(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<ReleaseForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let comment = Some(sent.form.comment.as_str());
    let hold = settle::release(&mut tx, &visit.actor()?, visit.now, &id, comment).await?;
    tx.commit().await?;
    let own = hold.payout.map(|payout| format!("/console/payouts/{payout}"));
    let path = match own {
        Some(path) if sent.form.back.starts_with(&path) => path,
        _ => "/console/holds".into(),
    };
    Ok(Redirect::to(&back_with(&sent.form.back, &path, "released")))
}
