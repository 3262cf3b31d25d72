//! One payout: how it comes about, who decided, what stops it.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::approval::Subject;
use domain::settlement::PayoutStatus;
use engine::access::{self as door, User, Viewer};
use engine::catalog::partner_by_id;
use engine::db::Reader;
use engine::settle::{self, DecisionRow, PayoutRow, SignOff};

use super::approvals::{approvers, refusal};
use super::{money, payout_state};
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::payout::{Dispute, Event, Hold, Page, Step};
use crate::dispute::{self, State};
use crate::explain::PartKind;
use crate::failure::Failure;
use crate::format::{self, Money};
use crate::i18n::fill;
use crate::owing::Owing;
use crate::reading;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/console/payouts/{id}", get(show));
}

/// What a payout is made of, zeroes left out. `rated` is what of it a moved tier made.
pub fn parts(row: &PayoutRow, rated: Decimal) -> Vec<(PartKind, Money)> {
    let kinds = [
        (PartKind::Base, row.calculated - rated),
        (PartKind::TierMoved, rated),
        (PartKind::PriorPeriod, row.prior_period),
        (PartKind::Manual, row.adjustments),
        (PartKind::CarriedIn, row.carried_in),
        (PartKind::CarriedOut, -row.carried_out),
    ];
    kinds
        .into_iter()
        .filter(|(kind, amount)| *kind == PartKind::Base || !amount.is_zero())
        .filter_map(|(kind, amount)| Some((kind, money(amount, &row.unit)?)))
        .collect()
}

/// A partner's sign-off in a sentence.
pub fn agreed(visit: &Visit, one: &SignOff) -> String {
    let when = format::moment(visit.local(one.at), visit.lang);
    let said = fill(visit.lang.words().settle.agreed, &[("when", &when), ("who", &one.by)]);
    one.comment.iter().fold(said, |said, comment| format!("{said}: {comment}"))
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = settle::payout(&mut reader, &id).await?.ok_or(Failure::NotFound)?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let people = door::users(&mut reader, None).await?;
    let actor = visit.actor()?;
    let person = settle::person(&mut reader, &actor, Subject::Payout, visit.now).await?;
    let approval = settle::of_payout(&mut reader, &row).await?;
    let steps = steps(&visit, &row, &people);
    let may = approval.authority(&person).map(|_| ()).map_err(|why| {
        let next = steps.iter().find(|step| !step.is_done).map_or("", |step| step.who.as_str());
        match refusal(visit.lang, why) {
            said if said.is_empty() => {
                fill(visit.lang.words().settle.refused_theirs, &[("who", next)])
            }
            said => said,
        }
    });
    let partner = partner_by_id(&mut reader, row.partner_id).await?.ok_or(Failure::NotFound)?;
    let decisions = settle::decisions(&mut reader, &id).await?;
    let paper = settle::filed::file_of(&mut reader, &id).await?;
    let signed = settle::sign_off_of(&mut reader, &id).await?;
    let rated = settle::rated(&mut reader, &rules, &row).await?;
    let page = Page {
        partner: reading::partner_ref(visit.lang, &partner),
        owing: Owing::of(visit.lang, &rules, &row).ok_or(Failure::NotFound)?,
        amount: money(row.amount, &row.unit).ok_or(Failure::NotFound)?,
        state: payout_state(row.status),
        parts: parts(&row, rated),
        steps,
        history: decisions.iter().map(|one| event(&visit, &row, one)).collect(),
        paper: paper.map(|number| {
            let place = if number.starts_with("PR-") { "payments" } else { "notes" };
            (number.clone(), format!("/console/{place}/{number}"))
        }),
        remark: row
            .comment
            .clone()
            .filter(|said| decisions.iter().all(|one| one.comment.as_ref() != Some(said))),
        holds: holds(&visit, &mut reader, &row).await?,
        disputes: disputes(&visit, &mut reader, &row).await?,
        agreed: signed.as_ref().map(|one| agreed(&visit, one)),
        may,
        id: row.public_id,
    };
    Ok(visit.page(&page).into_response())
}

fn steps(visit: &Visit, row: &PayoutRow, people: &[User]) -> Vec<Step> {
    let chain = row.chain.as_deref().and_then(|chain| settle::read_steps(chain).ok());
    let is_over = matches!(row.status, PayoutStatus::Approved | PayoutStatus::Paid);
    let taken = usize::try_from(row.step).unwrap_or_default();
    let step = |(at, who): (usize, String)| Step {
        who,
        is_done: is_over || at < taken,
        due: row.due.filter(|_| !is_over && at == taken),
    };
    let who: Vec<String> = match chain {
        Some(chain) => chain.iter().map(|one| approvers(visit.lang, one, people)).collect(),
        None => vec![visit.lang.words().settle.role_anyone.into()],
    };
    who.into_iter().enumerate().map(step).collect()
}

fn event(visit: &Visit, row: &PayoutRow, one: &DecisionRow) -> Event {
    let s = &visit.lang.words().settle;
    let verdict = match one.verdict.as_str() {
        "approved" => s.verdict_approved,
        "rejected" => s.verdict_rejected,
        _ if row.amount.is_sign_negative() => visit.lang.words().papers.money_received,
        _ => s.verdict_paid,
    };
    let round = fill(s.round, &[("n", &one.round.to_string())]);
    Event {
        what: if one.round > 1 { format!("{verdict} · {round}") } else { verdict.into() },
        who: match &one.stands_for {
            Some(other) => fill(s.deputy_of, &[("who", &one.by), ("other", other)]),
            None => one.by.clone(),
        },
        at: visit.local(one.at),
        comment: one.comment.clone(),
    }
}

async fn holds(visit: &Visit, reader: &mut Reader, row: &PayoutRow) -> Result<Vec<Hold>, Failure> {
    let today = visit.today();
    let found = settle::holds(reader, Some(row.partner_id)).await?;
    Ok(found
        .into_iter()
        .filter(|hold| hold.acts_on(today))
        .filter(|hold| hold.payout.as_ref().is_none_or(|only| *only == row.public_id))
        .map(|hold| Hold { id: hold.public_id, reason: hold.reason, until: hold.until })
        .collect())
}

async fn disputes(
    visit: &Visit,
    reader: &mut Reader,
    row: &PayoutRow,
) -> Result<Vec<Dispute>, Failure> {
    let found = settle::disputes(reader, Viewer::Partner(row.partner_id)).await?;
    Ok(found
        .into_iter()
        .filter(|one| one.payout.as_ref() == Some(&row.public_id))
        .map(|one| Dispute {
            id: one.public_id,
            reason: dispute::reason(visit.lang.words(), one.reason.word()).into(),
            state: State::of(one.state.word()),
        })
        .collect())
}
