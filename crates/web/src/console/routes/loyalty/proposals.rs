//! Points by hand that wait for a second person: the list, and the decision.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::Action;
use engine::by_hand::{self, ByHandError, Proposal, Status};
use engine::office::Live;
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::console::loyalty::proposals::{Page, Row, State as Stands};
use crate::failure::Failure;
use crate::reading::loyalty as say;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/proposals", get(show));
    routes.post("/console/loyalty/proposals/{id}/{act}", post(decide));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let all = by_hand::all(&mut reader).await.map_err(|error| refused(&visit, error))?;
    let codes = all.iter().map(|it| it.partner.as_str());
    let found = super::partners(&visit, &mut reader, codes).await?;
    let actor = visit.actor()?;
    let own = actor.public_id().unwrap_or_default().to_owned();
    let may = actor.may(Action::ApproveAdjustment);
    let row = |it: Proposal| {
        let currency = rules.wallets.iter().find_map(|of| of.wallet.points.get(it.unit.as_str()));
        let amount = match currency {
            Some(currency) => say::points(visit.lang, it.amount, &currency.name, &it.unit),
            None => format!("{} {}", it.amount.normalize(), it.unit),
        };
        let is_own = it.asked_by_id == own;
        Row {
            state: match (it.status, it.decided_at) {
                (Status::Proposed, _) | (_, None) => {
                    Stands::Waiting { may_approve: may && !is_own, may_reject: may || is_own }
                }
                (status, Some(at)) => Stands::Decided {
                    approved: status == Status::Approved,
                    by: it.decided_by.unwrap_or_default(),
                    at: visit.local(at),
                    comment: it.comment,
                },
            },
            id: it.id,
            partner: super::partner_of(&found, &it.partner),
            amount,
            is_credit: it.verb == "credit",
            reason: it.reason,
            asked_by: it.asked_by,
            asked_at: visit.local(it.asked_at),
        }
    };
    let rows = all.into_iter().map(row).collect();
    Ok(visit.page(&Page { rows }).into_response())
}

#[derive(Deserialize)]
struct DecideForm {
    #[serde(default)]
    comment: String,
}

async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((id, act)): Path<(String, String)>,
    sent: Sent<DecideForm>,
) -> Result<Redirect, Failure> {
    let to = match act.as_str() {
        "approve" => Status::Approved,
        "reject" => Status::Rejected,
        _ => return Err(Failure::NotFound),
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let actor = visit.actor()?;
    let comment = Some(sent.form.comment.as_str());
    let of = (&*rules, &*master);
    let done = by_hand::decide(&mut tx, of, &actor, visit.now, (&id, to), comment).await;
    let done = done.map_err(|error| refused(&visit, error))?;
    tx.commit().await?;
    if let Some(partner_id) = master.partner_id(&done.partner) {
        office.wake();
        office.tell(Live::Awards(Arc::new(vec![(0, partner_id)])));
    }
    let word = if to == Status::Approved { "approved" } else { "rejected" };
    Ok(Redirect::to(&format!("/console/loyalty/proposals?done={word}")))
}

/// Why nothing was asked or decided.
pub(super) fn refused(visit: &Visit, error: ByHandError) -> Failure {
    let w = &visit.lang.words().proposals;
    match error {
        ByHandError::Db(error) => Failure::Db(error),
        ByHandError::Wallet(error) => error.into(),
        ByHandError::NotFound => Failure::NotFound,
        ByHandError::Decided => Failure::Conflict(w.decided.into()),
        ByHandError::OwnRequest => Failure::Conflict(w.own.into()),
        ByHandError::MayNot => Failure::Conflict(w.may_not.into()),
        ByHandError::LongComment => Failure::field(&["comment"], w.long_comment),
        ByHandError::OtherContent => Failure::Conflict(say::refusal(visit.lang, "other_content")),
        ByHandError::Refused(refusal) => {
            let word = refusal.word();
            Failure::field(say::field_of(word), say::refusal(visit.lang, word))
        }
    }
}
