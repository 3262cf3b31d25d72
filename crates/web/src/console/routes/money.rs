//! Periods, payouts, adjustments.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::settlement::{AdjustmentStatus, PayoutStatus, PayoutStep};
use engine::access::Actor;
use engine::catalog::partner_by_id;
use engine::db::Reader;
use engine::rules::Rules;
use engine::settle::{self, AdjustmentRow, NewAdjustment, PayoutRow, SettleError};
use engine::views::checks::{self as views, Checks};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::console::{adjustments, payouts, period, periods};
use crate::explain::PartKind;
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::fill;
use crate::reading;
use crate::ui::encode;
use crate::view::{AdjustmentState, PartnerRef, PayoutState, PeriodState};
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/periods", get(show_periods));
    routes.get("/console/periods/{id}", get(show_period));
    routes.post("/console/periods/{id}/close", post(close_period));
    routes.get("/console/payouts", get(show_payouts));
    routes.get("/console/payouts.csv", get(export_payouts));
    routes.post("/console/payouts/{id}/approve", post(approve));
    routes.post("/console/payouts/{id}/reject", post(reject));
    routes.post("/console/payouts/{id}/paid", post(pay));
    routes.get("/console/adjustments", get(show_adjustments));
    routes.post("/console/adjustments", post(ask_adjustment));
    routes.post("/console/adjustments/{id}/approve", post(approve_adjustment));
    routes.post("/console/adjustments/{id}/reject", post(reject_adjustment));
}

impl From<SettleError> for Failure {
    fn from(error: SettleError) -> Failure {
        match error {
            SettleError::Db(error) => error.into(),
            SettleError::Rules(error) => error.into(),
            SettleError::NotFound | SettleError::NoProgram(_) | SettleError::NoPeriod { .. } => {
                Failure::NotFound
            }
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// No list of payouts is longer; the address narrows it to a period.
const PAYOUTS_MAX: i64 = 20_000;

/// Partners by their number, as far as a page needs them.
struct Partners(HashMap<i64, PartnerRef>);

impl Partners {
    async fn of(
        visit: &Visit,
        reader: &mut Reader,
        ids: impl Iterator<Item = i64>,
    ) -> Result<Partners, Failure> {
        let mut found = HashMap::new();
        for id in ids {
            if found.contains_key(&id) {
                continue;
            }
            if let Some(row) = partner_by_id(reader, id).await? {
                found.insert(id, reading::partner_ref(visit.lang, &row));
            }
        }
        Ok(Partners(found))
    }

    fn get(&self, id: i64, code: &str) -> PartnerRef {
        let unknown = || PartnerRef { code: code.into(), name: code.into() };
        self.0.get(&id).cloned().unwrap_or_else(unknown)
    }
}

fn money(amount: Decimal, unit: &str) -> Option<Money> {
    Some(Money::new(amount, Currency::parse(unit)?))
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
    let (mut checks, mut waiting) = (vec![], 0);
    if view.state != settle::PeriodState::Closed {
        let open = previews.iter().filter(|one| !one.line.closed);
        let due = open.map(|one| one.line.calculated + one.line.prior_period).sum();
        let found = views::checks(&mut reader, &rules, program_id).await?;
        waiting = found.waiting;
        let undecided = sum(&mine, |line| line.pending).0;
        checks = checked(&visit, &found, Money::new(due, currency), undecided);
    }
    let exceptions = exceptions(&visit, &mine, waiting);
    let page = period::Page {
        id: encode(&id),
        program: reading::program_ref(visit.lang, plan.newest()),
        period: reading::period(&view.period),
        state: reading::period_state(view),
        lines_due: view.closable_from,
        may_close_from: view.closable_from,
        closed: closed_by.map(|closing| period::Close {
            at: visit.local(closing.closed_at),
            by: closing.closed_by,
            comment: closing.comment,
        }),
        today: visit.today(),
        partners: mine.len() as u64,
        exceptions,
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
fn sum(
    mine: &[&settle::PartnerPayout],
    part: impl Fn(&domain::settlement::PayoutLine) -> Decimal,
) -> (u64, Decimal) {
    let amounts: Vec<Decimal> =
        mine.iter().map(|one| part(&one.line)).filter(|amount| !amount.is_zero()).collect();
    (amounts.len() as u64, amounts.into_iter().sum())
}

fn parts(mine: &[&settle::PartnerPayout], currency: Currency) -> Vec<period::Part> {
    type Read = fn(&domain::settlement::PayoutLine) -> Decimal;
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
    use crate::ui::Tone;
    let m = &visit.lang.words().money;
    let number = |n: i64| crate::format::count(u64::try_from(n).unwrap_or_default());
    let check = |good: bool, what: &str, otherwise: String| period::Checked {
        tone: if good { Tone::Good } else { Tone::Wait },
        what: if good { what.to_string() } else { otherwise },
        detail: String::new(),
    };
    let pending = fill(m.check_not_evaluated, &[("n", &number(found.pending))]);
    let waiting = fill(m.check_some_wait, &[("n", &number(found.waiting))]);
    let undecided_say = fill(m.pending_adjustments, &[("n", &crate::format::count(undecided))]);
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

/// What a close would leave behind: adjustments that nobody has decided, and lines that wait.
fn exceptions(
    visit: &Visit,
    mine: &[&settle::PartnerPayout],
    waiting: i64,
) -> Vec<period::Exception> {
    let m = &visit.lang.words().money;
    let mut found = vec![];
    let (pending, _) = sum(mine, |line| line.pending);
    if pending > 0 {
        found.push(period::Exception {
            tone: crate::ui::Tone::Wait,
            title: fill(m.pending_adjustments, &[("n", &crate::format::count(pending))]),
            detail: m.pending_detail.into(),
            effect: None,
            act: Some((m.decide.into(), "/console/adjustments?filter=requested".into())),
        });
    }
    if waiting > 0 {
        let n = crate::format::count(u64::try_from(waiting).unwrap_or_default());
        found.push(period::Exception {
            tone: crate::ui::Tone::Wait,
            title: fill(m.check_some_wait, &[("n", &n)]),
            detail: m.waiting_detail.into(),
            effect: None,
            act: None,
        });
    }
    found
}

#[derive(Deserialize)]
struct CloseForm {
    /// What the page said that closing pays.
    total: String,
    #[serde(default)]
    comment: String,
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
    let comment = Some(sent.form.comment.as_str());
    let of = (code, name);
    let closed = settle::close(&mut tx, &master, &actor, visit.now, of, comment).await?;
    if sent.form.total.parse() != Ok(closed.total) {
        // Lines arrived since the page was drawn: who closes has to see the new total first.
        let m = &visit.lang.words().money;
        return Err(Failure::Conflict(m.total_moved.into()));
    }
    tx.commit().await?;
    office.tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/periods/{}?done=closed", encode(&id))))
}

/// The rows of the list in the address: all that match, not yet cut to a page.
struct Found {
    rows: Vec<PayoutRow>,
    of: Option<(String, String)>,
    rules: Arc<Rules>,
}

async fn find_payouts(
    visit: &Visit,
    reader: &mut Reader,
    query: &visit::Query,
) -> Result<Found, Failure> {
    let rules = visit.app.office().rules(reader).await?;
    let of = query.get("period").and_then(|id| reading::of_period_id(id));
    let of = of.map(|(program, name)| (program.to_string(), name.to_string()));
    let (program_id, name) = match &of {
        Some((code, name)) => {
            let at = rules.by_code(code).ok_or(Failure::NotFound)?;
            (rules.program_ids[at], name.as_str())
        }
        None => (0, ""),
    };
    let rows = settle::payouts(reader, program_id, name, PAYOUTS_MAX).await?;
    Ok(Found { rows, of, rules })
}

async fn show_payouts(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/payouts", &query);
    let mut reader = visit.reader().await?;
    let found = find_payouts(&visit, &mut reader, &query).await?;
    if let Some(period) = query.get("period") {
        list.keep.push(("period".into(), period.clone()));
    }
    let of = found.of.as_ref().and_then(|(code, name)| {
        let period = reading::period_named(&found.rules, code, name)?;
        Some((reading::program_named(visit.lang, &found.rules, code), period))
    });
    let counts = counts(&found.rows);
    let partners =
        Partners::of(&visit, &mut reader, found.rows.iter().map(|row| row.partner_id)).await?;
    let mut rows: Vec<payouts::Row> = found
        .rows
        .iter()
        .filter_map(|row| payout_row(&visit, &found.rules, &partners, row))
        .collect();
    rows.retain(|row| matches(&list, row));
    sort(&list, &mut rows);
    let totals = totals(&rows);
    let rows = reading::page_of(&mut list, rows);
    Ok(visit.page(&payouts::Page { of, counts, totals, list, rows }).into_response())
}

fn counts(rows: &[PayoutRow]) -> payouts::Counts {
    let n = |status| rows.iter().filter(|row| row.status == status).count() as u64;
    payouts::Counts {
        waiting: n(PayoutStatus::Pending),
        approved: n(PayoutStatus::Approved),
        rejected: n(PayoutStatus::Rejected),
        paid: n(PayoutStatus::Paid),
    }
}

pub fn payout_state(status: PayoutStatus) -> PayoutState {
    match status {
        PayoutStatus::Pending => PayoutState::Waiting,
        PayoutStatus::Approved => PayoutState::Approved,
        PayoutStatus::Rejected => PayoutState::Rejected,
        PayoutStatus::Paid => PayoutState::Paid,
    }
}

fn payout_row(
    visit: &Visit,
    rules: &Rules,
    partners: &Partners,
    row: &PayoutRow,
) -> Option<payouts::Row> {
    let m = &visit.lang.words().money;
    let own = visit
        .actor()
        .ok()
        .is_some_and(|actor: Actor| actor.public_id().is_some_and(|id| id == row.created_by_id));
    let decided = row.decided_by.as_ref().map(|who| {
        let said = fill(m.decided_by, &[("who", who)]);
        match &row.comment {
            Some(comment) => format!("{said}: {comment}"),
            None => said,
        }
    });
    Some(payouts::Row {
        id: row.public_id.clone(),
        partner: partners.get(row.partner_id, &row.partner_code),
        program: reading::program_named(visit.lang, rules, &row.program_code),
        period: reading::period_named(rules, &row.program_code, &row.period_name)?,
        amount: money(row.amount, &row.unit)?,
        state: payout_state(row.status),
        decided,
        paid_on: row.paid_at.map(|at| visit.local(at).date()),
        is_own: own,
    })
}

fn matches(list: &crate::ui::List, row: &payouts::Row) -> bool {
    let q = list.q.to_lowercase();
    let named = row.partner.name.to_lowercase().contains(&q)
        || row.partner.code.to_lowercase().contains(&q);
    named
        && match list.filter.as_deref() {
            Some("waiting") => row.state == PayoutState::Waiting,
            Some("approved") => row.state == PayoutState::Approved,
            Some("rejected") => row.state == PayoutState::Rejected,
            Some("paid") => row.state == PayoutState::Paid,
            _ => true,
        }
}

fn sort(list: &crate::ui::List, rows: &mut [payouts::Row]) {
    let Some(sort) = &list.sort else { return };
    match sort.key.as_str() {
        "amount" => rows.sort_by_key(|row| row.amount.amount),
        "state" => rows.sort_by_key(|row| row.state as u8),
        _ => rows.sort_by(|a, b| a.partner.name.cmp(&b.partner.name)),
    }
    if sort.descending {
        rows.reverse();
    }
}

/// What rows add up to, by currency.
fn totals(rows: &[payouts::Row]) -> Vec<Money> {
    let mut sums: Vec<Money> = vec![];
    for row in rows {
        match sums.iter_mut().find(|sum| sum.currency == row.amount.currency) {
            Some(sum) => sum.amount += row.amount.amount,
            None => sums.push(row.amount),
        }
    }
    sums
}

async fn export_payouts(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/payouts", &query);
    let mut reader = visit.reader().await?;
    let found = find_payouts(&visit, &mut reader, &query).await?;
    let partners =
        Partners::of(&visit, &mut reader, found.rows.iter().map(|row| row.partner_id)).await?;
    let mut rows = vec![
        ["id", "program", "period", "partner", "name", "amount", "currency", "state", "paid_on"]
            .map(String::from)
            .to_vec(),
    ];
    for row in &found.rows {
        let Some(shown) = payout_row(&visit, &found.rules, &partners, row) else { continue };
        if !matches(&list, &shown) {
            continue;
        }
        rows.push(vec![
            shown.id,
            shown.program.code,
            row.period_name.clone(),
            shown.partner.code,
            shown.partner.name,
            row.amount.to_string(),
            row.unit.clone(),
            row.status.word().into(),
            shown.paid_on.map(|day| day.to_string()).unwrap_or_default(),
        ]);
    }
    Ok(csv("payouts.csv", &rows))
}

/// A file for spreadsheets: UTF-8 with its mark, cells quoted, no cell that a formula begins.
pub fn csv(name: &str, rows: &[Vec<String>]) -> Response {
    let mut text = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

fn quoted(cell: &str) -> String {
    // A name that begins like a formula would be run by a spreadsheet. Numbers stay numbers.
    let formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<Decimal>().is_err();
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

#[derive(Deserialize)]
struct StepForm {
    #[serde(default)]
    back: String,
    #[serde(default)]
    comment: String,
}

async fn approve(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Approve, sent.form).await
}

async fn reject(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Reject, sent.form).await
}

async fn pay(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    step(&app, &visit, &id, PayoutStep::Pay, sent.form).await
}

async fn step(
    app: &App,
    visit: &Visit,
    id: &str,
    step: PayoutStep,
    form: StepForm,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let comment = Some(form.comment.trim()).filter(|text| !text.is_empty());
    settle::step(&mut tx, &visit.actor()?, visit.now, id, step, comment).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    let done = match step {
        PayoutStep::Approve => "approved",
        PayoutStep::Reject => "rejected",
        PayoutStep::Pay => "paid",
    };
    Ok(Redirect::to(&back_with(&form.back, "/console/payouts", done)))
}

/// Back to the list as it was, with what was done said above it.
fn back_with(back: &str, path: &str, done: &str) -> String {
    let mut query = visit::query(back);
    query.insert("done".into(), done.into());
    let mut pairs: Vec<(String, String)> = query.into_iter().collect();
    pairs.sort();
    crate::ui::list::with_query(path, &pairs)
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
    let mut rows: Vec<adjustments::Row> =
        found.iter().filter_map(|row| adjustment_row(visit, &rules, &partners, row)).collect();
    rows.retain(|row| match list.filter.as_deref() {
        Some("requested") => row.state == AdjustmentState::Requested,
        Some("approved") => row.state == AdjustmentState::Approved,
        Some("rejected") => row.state == AdjustmentState::Rejected,
        _ => true,
    });
    let rows = reading::page_of(&mut list, rows);
    let status =
        if draft.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let programs = open_periods(visit, &rules);
    let page = adjustments::Page { list, rows, requested, programs, draft };
    Ok((status, visit.page(&page)).into_response())
}

/// Programs with their open periods: what an adjustment can be settled with.
fn open_periods(visit: &Visit, rules: &Rules) -> Vec<(String, String)> {
    let mut open = vec![];
    for (at, plan) in rules.plans.iter().enumerate() {
        let program = reading::program_ref(visit.lang, plan.newest());
        let views = settle::periods(plan, &rules.closes[at], visit.now);
        for view in views.iter().filter(|view| view.closed_at.is_none()).rev() {
            let period = reading::period(&view.period).long(visit.lang);
            let key = format!("{}~{}", program.code, view.period.name);
            open.push((key, format!("{} {period} ({})", program.name, plan.newest().currency)));
        }
    }
    open
}

fn adjustment_row(
    visit: &Visit,
    rules: &Rules,
    partners: &Partners,
    row: &AdjustmentRow,
) -> Option<adjustments::Row> {
    let m = &visit.lang.words().money;
    let own = visit
        .actor()
        .ok()
        .is_some_and(|actor| actor.public_id().is_some_and(|id| id == row.asked_by_id));
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
        is_own: own,
    })
}

#[derive(Deserialize)]
struct AdjustmentForm {
    partner: String,
    program: String,
    amount: String,
    reason: String,
}

async fn ask_adjustment(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<AdjustmentForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    let problem = match try_ask(&app, &visit, &form).await? {
        Ok(()) => return Ok(Redirect::to("/console/adjustments?done=requested").into_response()),
        Err(problem) => problem,
    };
    let draft = adjustments::Draft {
        partner: form.partner,
        program: form.program,
        amount: form.amount,
        reason: form.reason,
        problem: Some(problem),
    };
    adjustments_page(&visit, draft).await
}

async fn try_ask(
    app: &App,
    visit: &Visit,
    form: &AdjustmentForm,
) -> Result<Result<(), String>, Failure> {
    let m = &visit.lang.words().money;
    let typed = form.amount.trim().replace(',', "").replace(crate::format::MINUS, "-");
    let Ok(amount) = typed.parse::<Decimal>() else { return Ok(Err(m.bad_amount.into())) };
    let Some((program, period)) = reading::of_period_id(&form.program) else {
        return Ok(Err(m.no_period.into()));
    };
    let new = NewAdjustment {
        program: program.into(),
        partner: form.partner.trim().into(),
        period: period.into(),
        amount,
        reason: form.reason.trim().into(),
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    match settle::ask_adjustment(&mut tx, &rules, &master, &visit.actor()?, visit.now, &new).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(Ok(()))
        }
        Err(SettleError::NotFound) => Ok(Err(fill(m.no_partner, &[("code", &new.partner)]))),
        Err(SettleError::BadAmount { .. }) => Ok(Err(m.bad_amount.into())),
        Err(SettleError::NoReason) => Ok(Err(m.reason_needed.into())),
        Err(SettleError::Db(error)) => Err(error.into()),
        Err(other) => Ok(Err(other.to_string())),
    }
}

async fn approve_adjustment(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &id, AdjustmentStatus::Approved).await
}

async fn reject_adjustment(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    decide(&app, &visit, &id, AdjustmentStatus::Rejected).await
}

async fn decide(
    app: &App,
    visit: &Visit,
    id: &str,
    to: AdjustmentStatus,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let actor = visit.actor()?;
    settle::decide_adjustment(&mut tx, &rules, &actor, visit.now, id, to, None).await?;
    tx.commit().await?;
    let done = if to == AdjustmentStatus::Approved { "approved" } else { "rejected" };
    Ok(Redirect::to(&format!("/console/adjustments?done={done}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_start_no_formula() {
        let cases = [
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "\"'=1+1\""),
            ("-92600", "\"-92600\""),
            ("@SUM", "\"'@SUM\""),
        ];
        for (cell, expected) in cases {
            assert_eq!(quoted(cell), expected);
        }
    }

    #[test]
    fn the_list_is_found_again_as_it_was() {
        let back = "/console/payouts?period=a~2026Q1&filter=waiting&done=paid";
        assert_eq!(
            back_with(back, "/console/payouts", "approved"),
            "/console/payouts?done=approved&filter=waiting&period=a~2026Q1"
        );
    }
}
