//! Disputes: the list, the thread, and what the vendor does about one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::dispute::Dispute;
use engine::access::Viewer;
use engine::catalog::partner_by_id;
use engine::proof::Of;
use engine::settle::{self, DisputeKind, DisputeRow};
use serde::Deserialize;

use super::adjustments::typed_amount;
use super::{Partners, money};
use crate::app::{App, Routes};
use crate::console::disputes;
use crate::dispute::{self, Face, Message, State as Stage};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::proofs;
use crate::reading;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/disputes", get(show_all));
    routes.get("/console/disputes/{id}", get(show));
    routes.post("/console/disputes/{id}/messages", post(answer));
    routes.post("/console/disputes/{id}/accept", post(accept));
    routes.post("/console/disputes/{id}/reject", post(reject));
}

/// What a dispute is about, and where that is.
pub fn subject(visit: &Visit, row: &DisputeRow, face: Face) -> (String, Option<String>) {
    let s = &visit.lang.words().settle;
    let (payouts, explain) = match face {
        Face::Console => ("/console/payouts", "/console/explain"),
        Face::Portal => ("/portal/payouts", "/portal/explain"),
    };
    let of_payout = row.payout.as_ref().map(|id| format!("{payouts}/{id}"));
    match row.kind {
        DisputeKind::Payout => (s.subject_payout.into(), of_payout),
        DisputeKind::Award => {
            (s.subject_award.into(), Some(format!("{explain}/{}", crate::ui::encode(&row.subject))))
        }
        DisputeKind::Line => (fill(s.line, &[("key", &row.subject)]), of_payout),
    }
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/disputes", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = settle::disputes(&mut reader, Viewer::Vendor).await?;
    let partners =
        Partners::of(&visit, &mut reader, found.iter().map(|row| row.partner_id)).await?;
    let words = visit.lang.words();
    let mut rows: Vec<disputes::Row> = found
        .iter()
        .filter_map(|row| {
            let program = reading::program_named(visit.lang, &rules, &row.program_code);
            let period = reading::period_named(&rules, &row.program_code, &row.period_name);
            let period = period.map_or_else(String::new, |period| period.short(visit.lang));
            let subject = subject(&visit, row, Face::Console).0;
            Some(disputes::Row {
                id: row.public_id.clone(),
                partner: partners.get(row.partner_id, &row.partner_code),
                about: format!("{} {period} · {subject}", program.name),
                reason: dispute::reason(words, row.reason.word()).into(),
                stated: money(row.stated, &row.unit)?,
                expected: row.expected.and_then(|amount| money(amount, &row.unit)),
                state: Stage::of(row.state.word()),
                due: row.due,
            })
        })
        .collect();
    let open = rows.iter().filter(|row| row.state == Stage::Open).count() as u64;
    let q = list.q.to_lowercase();
    rows.retain(|row| {
        let named = row.partner.name.to_lowercase().contains(&q)
            || row.partner.code.to_lowercase().contains(&q);
        named && list.filter.as_deref().is_none_or(|word| row.state == Stage::of(word))
    });
    let rows = reading::page_of(&mut list, rows);
    let page = disputes::Page { today: visit.today(), open, list, rows };
    Ok(visit.page(&page).into_response())
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    Ok(visit.page(&page(&visit, &id, Face::Console).await?).into_response())
}

/// The page of a dispute, for either side.
pub async fn page(visit: &Visit, id: &str, face: Face) -> Result<dispute::Page, Failure> {
    let viewer = match face {
        Face::Console => Viewer::Vendor,
        Face::Portal => Viewer::Partner(visit.partner_id()?),
    };
    let mut reader = visit.reader().await?;
    let row = settle::dispute(&mut reader, viewer, id).await?.ok_or(Failure::NotFound)?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let partner = partner_by_id(&mut reader, row.partner_id).await?.ok_or(Failure::NotFound)?;
    let words = visit.lang.words();
    // Partners are answered by the vendor, not by one of its people.
    let author = |one: &settle::Message| match face {
        Face::Portal if !one.of_partner => words.settle.vendor.to_string(),
        _ => one.author.clone(),
    };
    let messages = settle::dispute_messages(&mut reader, id)
        .await?
        .into_iter()
        .filter(|one| !one.text.is_empty())
        .map(|one| Message {
            of_partner: one.of_partner,
            author: author(&one),
            at: visit.local(one.at),
            text: one.text,
        })
        .collect();
    let accepted = match &row.state {
        Dispute::Accepted { amount, .. } => money(*amount, &row.unit),
        _ => None,
    };
    let decided = row.decided_at.map(|at| {
        let when = format::moment(visit.local(at), visit.lang);
        let who = match face {
            Face::Console => row.decided_by.clone().unwrap_or_default(),
            Face::Portal => words.settle.vendor.to_string(),
        };
        match row.state {
            Dispute::Withdrawn => when,
            _ => fill(words.settle.decided_by, &[("who", &who), ("when", &when)]),
        }
    });
    let write = match face {
        Face::Console => "/console/disputes/{id}/messages",
        Face::Portal => "/portal/disputes/{id}/messages",
    };
    let may_act = crate::access::may_post(visit.role(), write);
    let place = match face {
        Face::Console => "/console",
        Face::Portal => "/portal",
    };
    let action = (may_act && row.state.is_open()).then(|| format!("{place}/disputes/{id}/proofs"));
    let of = Of::Dispute(id);
    let proofs = proofs::of(visit, &mut reader, (viewer, place), of, action).await?;
    Ok(dispute::Page {
        face,
        subject: subject(visit, &row, face),
        partner: reading::partner_ref(visit.lang, &partner),
        program: reading::program_named(visit.lang, &rules, &row.program_code).name,
        period: reading::period_named(&rules, &row.program_code, &row.period_name),
        reason: dispute::reason(words, row.reason.word()).into(),
        stated: money(row.stated, &row.unit).ok_or(Failure::NotFound)?,
        expected: row.expected.and_then(|amount| money(amount, &row.unit)),
        state: Stage::of(row.state.word()),
        due: row.due,
        decided,
        accepted,
        messages,
        may_act,
        proofs,
        id: row.public_id,
    })
}

#[derive(Deserialize)]
pub struct TextForm {
    #[serde(default)]
    pub text: String,
}

#[derive(Deserialize)]
struct AcceptForm {
    amount: String,
    text: String,
}

async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let (actor, text) = (visit.actor()?, sent.form.text.as_str());
    settle::write_to_dispute(&mut tx, &actor, visit.now, &id, text).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/disputes/{id}?done=answered")))
}

async fn accept(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<AcceptForm>,
) -> Result<Redirect, Failure> {
    let m = &visit.lang.words().money;
    let amount = typed_amount(&sent.form.amount);
    let amount = amount.ok_or_else(|| Failure::field(&["amount"], m.bad_amount))?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let actor = visit.actor()?;
    let (said, who) = ((amount, sent.form.text.as_str()), (&actor, visit.now));
    settle::accept_dispute(&mut tx, &rules, &master, who, &id, said).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/disputes/{id}?done=answered")))
}

async fn reject(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let (actor, text) = (visit.actor()?, sent.form.text.as_str());
    settle::reject_dispute(&mut tx, &actor, visit.now, &id, text).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/disputes/{id}?done=answered")))
}
