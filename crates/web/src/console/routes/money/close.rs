//! Closing periods: exceptions first, each with its number, and the word of whoever closes.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::settlement::PayoutLine;
use engine::db::Reader;
use engine::settle::{self, Acknowledged, CloseNote, Exception, ExceptionKind};
use engine::views::checks::{self as views, Checks};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Partners;
use crate::app::{App, Routes};
use crate::console::{period, periods};
use crate::explain::PartKind;
use crate::failure::Failure;
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::ui::{Tone, encode};
use crate::view::PeriodState;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/periods", get(show_periods));
    routes.get("/console/periods/{id}", get(show_period));
    routes.post("/console/periods/{id}/close", post(close_period));
}

async fn show_periods(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/periods", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let mut rows = vec![];
    for (at, plan) in rules.plans.iter().enumerate() {
        let previews = settle::preview(&mut reader, &rules, rules.program_ids[at], None).await?;
        let program = reading::program_ref(visit.lang, plan.newest());
        for view in settle::periods(plan, &rules.closes[at], visit.now) {
            let mine: Vec<_> =
                previews.iter().filter(|one| one.line.period.name == view.period.name).collect();
            let total = mine.iter().map(|one| one.line.amount).sum();
            rows.push(periods::Row {
                id: reading::period_id(&program.code, &view.period.name),
                program: program.clone(),
                period: reading::period(&view.period),
                state: reading::period_state(&view),
                may_close_from: view.closable_from,
                partners: mine.len() as u64,
                amount: Money::new(total, plan.newest().currency),
                exceptions: 0,
            });
        }
    }
    let due = rows.iter().filter(|row| row.state == PeriodState::Due).count() as u64;
    rows.retain(|row| match list.filter.as_deref() {
        Some("due") => row.state == PeriodState::Due,
        Some("open") => matches!(row.state, PeriodState::Open | PeriodState::Grace),
        Some("closed") => row.state == PeriodState::Closed,
        _ => true,
    });
    // What may be closed first, then by day.
    rows.sort_by_key(|row| (row.state != PeriodState::Due, std::cmp::Reverse(row.may_close_from)));
    let rows = reading::page_of(&mut list, rows);
    Ok(visit.page(&periods::Page { due, list, rows }).into_response())
}

async fn show_period(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let (code, name) = reading::of_period_id(&id).ok_or(Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let at = rules.by_code(code).ok_or(Failure::NotFound)?;
    let (plan, program_id) = (&rules.plans[at], rules.program_ids[at]);
    let views = settle::periods(plan, &rules.closes[at], visit.now);
    let position = views.iter().position(|view| &*view.period.name == name);
    let position = position.ok_or(Failure::NotFound)?;
    let view = &views[position];
    let before = position.checked_sub(1).map(|at| &views[at].period.name);
    let currency = plan.newest().currency;
    let previews = settle::preview(&mut reader, &rules, program_id, None).await?;
    let mut mine: Vec<_> =
        previews.iter().filter(|one| one.line.period.name == view.period.name).collect();
    mine.sort_by_key(|one| std::cmp::Reverse(one.line.amount));
    let largest_ids = mine.iter().take(LARGEST).map(|one| one.partner_id);
    let partners = Partners::of(&visit, &mut reader, largest_ids).await?;
    let earlier = |partner_id: i64| {
        let before = before?;
        let found = previews
            .iter()
            .find(|one| one.partner_id == partner_id && &one.line.period.name == before)?;
        Some(found.line.amount)
    };
    let largest = mine
        .iter()
        .take(LARGEST)
        .map(|one| period::Payout {
            partner: partners.get(one.partner_id, ""),
            amount: Money::new(one.line.amount, currency),
            change: earlier(one.partner_id)
                .map(|before| Money::new(one.line.amount - before, currency)),
            explain: None,
        })
        .collect();
    let closing = engine::rules::closings(&mut reader, Some(program_id)).await?;
    let closed_by = closing.into_iter().find(|closing| closing.period_name == name);
    let carried = sum(&mine, |line| line.carried_out);
    let (mut checks, mut exceptional) = (vec![], vec![]);
    if view.state != settle::PeriodState::Closed {
        let open = previews.iter().filter(|one| !one.line.closed);
        let due = open.map(|one| one.line.calculated + one.line.prior_period).sum();
        let found = views::checks(&mut reader, &rules, program_id).await?;
        let undecided = sum(&mine, |line| line.pending).0;
        checks = checked(&visit, &found, Money::new(due, currency), undecided);
        let master = visit.app.office().master(&mut reader).await?;
        let of = (program_id, &view.period);
        let found = settle::exceptions(&mut reader, &rules, &master, of, visit.now).await?;
        exceptional = exceptions(&visit, &mut reader, &found, currency).await?;
    }
    let acknowledged = settle::acknowledged(&mut reader, program_id, name).await?;
    let page = period::Page {
        id: encode(&id),
        program: reading::program_ref(visit.lang, plan.newest()),
        period: reading::period(&view.period),
        state: reading::period_state(view),
        lines_due: lines_due(plan, view),
        may_close_from: view.closable_from,
        closed: closed_by.map(|closing| period::Close {
            at: visit.local(closing.closed_at),
            by: closing.closed_by,
            comment: closing.comment,
            acknowledged: known(visit.lang, &acknowledged, currency),
        }),
        today: visit.today(),
        partners: mine.len() as u64,
        exceptions: exceptional,
        parts: parts(&mine, currency),
        total: Money::new(sum(&mine, |line| line.amount).1, currency),
        largest,
        checks,
        carried: (carried.0 > 0).then(|| (carried.0, Money::new(carried.1, currency))),
    };
    Ok(visit.page(&page).into_response())
}

const LARGEST: usize = 12;

/// How many are not zero, and what they add up to.
fn sum(mine: &[&settle::PartnerPayout], part: impl Fn(&PayoutLine) -> Decimal) -> (u64, Decimal) {
    let amounts: Vec<Decimal> =
        mine.iter().map(|one| part(&one.line)).filter(|amount| !amount.is_zero()).collect();
    (amounts.len() as u64, amounts.into_iter().sum())
}

fn parts(mine: &[&settle::PartnerPayout], currency: Currency) -> Vec<period::Part> {
    type Read = fn(&PayoutLine) -> Decimal;
    let kinds: [(PartKind, Read); 5] = [
        (PartKind::Base, |line| line.calculated),
        (PartKind::PriorPeriod, |line| line.prior_period),
        (PartKind::Manual, |line| line.adjustments),
        (PartKind::CarriedIn, |line| line.carried_in),
        (PartKind::CarriedOut, |line| -line.carried_out - line.lapsed),
    ];
    kinds
        .into_iter()
        .map(|(kind, read)| (kind, sum(mine, read)))
        .filter(|(kind, (partners, _))| *kind == PartKind::Base || *partners > 0)
        .map(|(kind, (partners, amount))| period::Part {
            kind,
            partners,
            amount: Money::new(amount, currency),
        })
        .collect()
}

/// What was checked, each with how it came out.
fn checked(visit: &Visit, found: &Checks, due: Money, undecided: u64) -> Vec<period::Checked> {
    let m = &visit.lang.words().money;
    let number = |n: i64| format::count(u64::try_from(n).unwrap_or_default());
    let check = |good: bool, what: &str, otherwise: String| period::Checked {
        tone: if good { Tone::Good } else { Tone::Wait },
        what: if good { what.to_string() } else { otherwise },
        detail: String::new(),
    };
    let pending = fill(m.check_not_evaluated, &[("n", &number(found.pending))]);
    let waiting = fill(m.check_some_wait, &[("n", &number(found.waiting))]);
    let undecided_say = fill(m.pending_adjustments, &[("n", &format::count(undecided))]);
    let mut checks = vec![check(found.pending == 0, m.check_evaluated, pending)];
    if let Some(accrued) = found.accrued {
        let apart = Money::new(due.amount - accrued, due.currency).text(visit.lang);
        let differs = fill(m.check_recalculated_differs, &[("amount", &apart)]);
        checks.push(check(due.amount == accrued, m.check_recalculated, differs));
    }
    checks.push(check(found.waiting == 0, m.check_waiting, waiting));
    checks.push(check(undecided == 0, m.check_adjustments, undecided_say));
    checks.push(check(found.is_balanced, m.check_balanced, m.check_not_balanced.into()));
    checks
}

/// Exceptions as the page lists them, with who they are about.
async fn exceptions(
    visit: &Visit,
    reader: &mut Reader,
    found: &[Exception],
    currency: Currency,
) -> Result<Vec<period::Exception>, Failure> {
    let policy = settle::policy(reader).await?;
    let ids = found.iter().flat_map(|one| &one.partners).map(|(id, _)| *id);
    let partners = Partners::of(visit, reader, ids.collect::<Vec<_>>().into_iter()).await?;
    let (m, s) = (&visit.lang.words().money, &visit.lang.words().settle);
    let factor = policy.jump_factor.normalize().to_string();
    let one = |one: &Exception| {
        let (detail, act) = match one.kind {
            ExceptionKind::Negative => (s.detail_negative.to_string(), None),
            ExceptionKind::Jump => (fill(s.detail_jump, &[("factor", &factor)]), None),
            ExceptionKind::Dispute => {
                (s.detail_dispute.into(), Some((m.decide, "/console/disputes")))
            }
            ExceptionKind::Waiting => {
                (m.waiting_detail.into(), Some((s.look, "/console#exceptions")))
            }
            ExceptionKind::PendingAdjustment => {
                let href = "/console/adjustments?filter=requested";
                (m.pending_detail.into(), Some((m.decide, href)))
            }
            ExceptionKind::MissingData => {
                (s.detail_missing.into(), Some((s.look, "/console/imports/new?kind=partners")))
            }
            ExceptionKind::PriorPeriod => (s.detail_prior.into(), None),
            ExceptionKind::CapHit => (s.detail_cap.into(), None),
            ExceptionKind::Held => (s.detail_held.into(), Some((s.look, "/console/holds"))),
            ExceptionKind::BelowMinimum => (s.detail_minimum.into(), None),
        };
        period::Exception {
            tone: if one.kind.is_serious() { Tone::Bad } else { Tone::Wait },
            title: title(visit.lang, one.kind, one.cases),
            detail,
            effect: Some(Money::new(one.amount, currency)).filter(|money| !money.is_zero()),
            act: act.map(|(label, href)| (label.into(), href.into())),
            acknowledge: one.kind.is_serious().then(|| one.kind.word().to_string()),
            more: one.cases.saturating_sub(one.partners.len()) as u64
                * u64::from(!one.partners.is_empty()),
            partners: one
                .partners
                .iter()
                .map(|(id, amount)| (partners.get(*id, ""), Money::new(*amount, currency)))
                .collect(),
        }
    };
    Ok(found.iter().map(one).collect())
}

/// An exception in a sentence, with its number.
fn title(lang: Lang, kind: ExceptionKind, cases: usize) -> String {
    let (m, s) = (&lang.words().money, &lang.words().settle);
    let template = match kind {
        ExceptionKind::Negative => s.exc_negative,
        ExceptionKind::Jump => s.exc_jump,
        ExceptionKind::Dispute => s.exc_dispute,
        ExceptionKind::Waiting => m.check_some_wait,
        ExceptionKind::PendingAdjustment => m.pending_adjustments,
        ExceptionKind::MissingData => s.exc_missing,
        ExceptionKind::PriorPeriod => s.exc_prior,
        ExceptionKind::CapHit => s.exc_cap,
        ExceptionKind::Held => s.exc_held,
        ExceptionKind::BelowMinimum => s.exc_minimum,
    };
    fill(template, &[("n", &format::count(cases as u64))])
}

/// What was known at a close, in a sentence each.
fn known(lang: Lang, found: &[Acknowledged], currency: Currency) -> Vec<String> {
    let say = |one: &Acknowledged| {
        let title = title(lang, one.kind, usize::try_from(one.cases).unwrap_or_default());
        let amount = Money::new(one.amount, currency);
        if amount.is_zero() { title } else { format!("{title}: {}", amount.text(lang)) }
    };
    found.iter().map(say).collect()
}

#[derive(Deserialize)]
struct CloseForm {
    /// What the page said that closing pays.
    total: String,
    #[serde(default)]
    comment: String,
    /// The boxes that were ticked, among them: `ack_negative`.
    #[serde(flatten)]
    others: HashMap<String, String>,
}

async fn close_period(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<CloseForm>,
) -> Result<Redirect, Failure> {
    let (code, name) = reading::of_period_id(&id).ok_or(Failure::NotFound)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let actor = visit.actor()?;
    let ticked =
        |kind: &ExceptionKind| sent.form.others.contains_key(&format!("ack_{}", kind.word()));
    let acknowledged: Vec<ExceptionKind> = ExceptionKind::ALL.into_iter().filter(ticked).collect();
    let comment = Some(sent.form.comment.as_str());
    let note = CloseNote { comment, acknowledged: &acknowledged };
    let of = (code, name);
    let closed = settle::close(&mut tx, &master, &actor, visit.now, of, &note).await?;
    if sent.form.total.parse() != Ok(closed.total) {
        // Lines arrived since the page was drawn: who closes has to see the new total first.
        let m = &visit.lang.words().money;
        return Err(Failure::Conflict(m.total_moved.into()));
    }
    tx.commit().await?;
    office.tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/periods/{}?done=closed", encode(&id))))
}

/// The last day on which a line of the period still counts in it. Where no grace is agreed, lines
/// count until the close.
fn lines_due(plan: &domain::plan::Plan, view: &settle::PeriodView) -> Date {
    let begins = |term: &&domain::plan::PlanTerm| term.payout.by_name(&view.period.name).is_some();
    let grace = plan.terms.iter().find(begins).and_then(|term| term.grace_days);
    let over = match grace {
        Some(days) => view.period.end.checked_add(jiff::Span::new().days(i64::from(days))),
        None => Ok(view.closable_from),
    };
    over.and_then(Date::yesterday).unwrap_or(view.closable_from)
}
