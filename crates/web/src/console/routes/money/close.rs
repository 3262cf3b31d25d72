//! Closing periods: exceptions first, each with its number, and the word of whoever closes.

use std::collections::{BTreeSet, HashMap};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::period::Period;
use domain::plan::Plan;
use domain::settlement::PayoutLine;
use engine::db::Reader;
use engine::rules::Rules;
use engine::settle::{
    self, Acknowledged, CloseNote, EndOn, Exception, ExceptionKind, PartnerPayout, PeriodView,
    SettleError,
};
use engine::views::checks::{self as views, Checks};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Partners;
use crate::access;
use crate::app::{App, Routes};
use crate::console::routes::programs::in_each;
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
    for (at, plan) in rules.shown() {
        let previews = settle::preview(&mut reader, &rules, rules.program_ids[at], None).await?;
        let program = reading::program_ref(visit.lang, plan.newest());
        for view in settle::periods(plan, &rules.closes[at], visit.now) {
            let mine: Vec<_> =
                previews.iter().filter(|one| one.line.period.name == view.period.name).collect();
            let partners: BTreeSet<i64> = mine.iter().map(|one| one.partner_id).collect();
            if view.is_correction && pays_nothing(&mine) {
                continue;
            }
            let amounts = mine.iter().map(|one| Money::new(one.line.amount, one.unit));
            rows.push(periods::Row {
                id: reading::period_id(&program.code, &view.period.name),
                program: program.clone(),
                period: reading::period(&view.period),
                state: reading::period_state(&view),
                may_close_from: view.closable_from,
                partners: partners.len() as u64,
                amounts: in_each(plan.newest().currency, amounts),
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

/// Whether nothing of a period is earned, corrected, paid or to be decided. What is only carried on
/// was told before.
pub fn pays_nothing(payouts: &[&PartnerPayout]) -> bool {
    let line = |one: &&PartnerPayout| {
        let line = &one.line;
        [line.calculated, line.prior_period, line.adjustments, line.amount]
            .iter()
            .all(Decimal::is_zero)
            && line.pending.is_zero()
    };
    payouts.iter().all(line)
}

async fn show_period(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let (code, name) = reading::of_period_id(&id).ok_or(Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let at = rules.by_code(code).ok_or(Failure::NotFound)?;
    let views = settle::periods(&rules.plans[at], &rules.closes[at], visit.now);
    let view = views.iter().find(|view| &*view.period.name == name).ok_or(Failure::NotFound)?;
    let Some(days) = settle::end_days(&rules.plans[at], visit.now).filter(|_| view.on_demand)
    else {
        let page = period_page(&visit, &mut reader, &rules, (at, view), &id, None).await?;
        return Ok(visit.page(&page).into_response());
    };
    let query = visit::query(&visit.here);
    let chosen: Option<Date> = query.get("until").and_then(|day| day.parse().ok());
    let until = chosen.or(days.last).unwrap_or(days.open.start);
    let written = query.get("name").map(|name| name.trim()).filter(|name| !name.is_empty());
    let mut end = period::End {
        first: days.open.start,
        last: days.last,
        until,
        // Without another name it is called by its last day.
        name: written.map_or_else(|| until.to_string(), ToString::to_string),
        is_chosen: false,
        problem: None,
    };
    let may = access::may_post(visit.role(), "/console/periods/{id}/close");
    if chosen.is_some() && may {
        // Ended as asked for, to see what it pays, and never committed.
        drop(reader);
        let office = visit.app.office();
        let mut tx = office.db().write().await?;
        let master = office.master(&mut tx).await?;
        let asked = EndOn { name: &end.name, until };
        match settle::ended(&mut tx, &master, visit.now, code, asked).await {
            Ok((rules, view)) => {
                end.is_chosen = true;
                let end = Some(end);
                let page = period_page(&visit, &mut tx, &rules, (at, &view), &id, end).await?;
                return Ok(visit.page(&page).into_response());
            }
            Err(SettleError::Db(error)) => return Err(SettleError::Db(error).into()),
            Err(SettleError::Rules(error)) => return Err(SettleError::Rules(error).into()),
            Err(why) => end.problem = Some(end_problem(visit.lang, &why)),
        }
        drop(tx);
        reader = visit.reader().await?;
    }
    let page = period_page(&visit, &mut reader, &rules, (at, view), &id, Some(end)).await?;
    Ok(visit.page(&page).into_response())
}

/// Why a period cannot be ended so.
fn end_problem(lang: Lang, why: &SettleError) -> String {
    let m = &lang.words().money;
    let day = |day: &Date| format::day_long(*day, lang);
    match why {
        SettleError::BadName { .. } | SettleError::ClosedAlready { .. } => m.end_bad_name.into(),
        SettleError::BadDay { from, to } => {
            fill(m.end_bad_day, &[("from", &day(from)), ("to", &day(to))])
        }
        SettleError::EarlierOpen { earlier } => fill(m.end_earlier, &[("period", earlier)]),
        other => other.to_string(),
    }
}

/// The page of a period, which may be one that is only tried.
async fn period_page(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
    (at, view): (usize, &PeriodView),
    id: &str,
    end: Option<period::End>,
) -> Result<period::Page, Failure> {
    let (plan, program_id) = (&rules.plans[at], rules.program_ids[at]);
    let name = &*view.period.name;
    let previews = settle::preview(reader, rules, program_id, None).await?;
    let mut mine: Vec<_> =
        previews.iter().filter(|one| one.line.period.name == view.period.name).collect();
    let own = plan.newest().currency;
    mine.sort_by_key(|one| (one.unit != own, one.unit, std::cmp::Reverse(one.line.amount)));
    let closing = engine::rules::closings(reader, Some(program_id)).await?;
    let closed_by = closing.into_iter().find(|closing| closing.period_name == name);
    let (mut checks, mut exceptional) = (vec![], vec![]);
    if view.state != settle::PeriodState::Closed {
        let open = previews.iter().filter(|one| !one.line.closed);
        let due = open.map(|one| Money::new(one.line.calculated + one.line.prior_period, one.unit));
        let due = in_each(own, due);
        let found = views::checks(reader, rules, program_id).await?;
        let undecided = sum(&mine, |line| line.pending).0;
        checks = checked(visit, &found, &due, undecided);
        let master = visit.app.office().master(reader).await?;
        let of = (program_id, &view.period);
        let found = settle::exceptions(reader, rules, &master, of, visit.now).await?;
        let of = (plan.code.as_str(), &*found);
        exceptional = exceptions(visit, reader, of).await?;
    }
    let acknowledged = settle::acknowledged(reader, program_id, name).await?;
    let totals = settle::totals(plan, mine.iter().copied())?;
    let rated = engine::accrue::rated(reader, rules, program_id, None).await?;
    let rated_of = |one: &PartnerPayout| {
        let of = (one.partner_id, one.unit, one.line.period.start);
        rated.get(&of).copied().unwrap_or_default()
    };
    let sums: Vec<period::Sum> = totals
        .iter()
        .map(|(unit, total)| {
            let of: Vec<&PartnerPayout> =
                mine.iter().copied().filter(|one| one.unit == *unit).collect();
            let carried = sum(&of, |line| line.carried_out);
            period::Sum {
                partners: of.len() as u64,
                parts: parts(&of, *unit, &rated_of),
                total: Money::new(*total, *unit),
                carried: (carried.0 > 0).then(|| (carried.0, Money::new(carried.1, *unit))),
            }
        })
        .collect();
    let partners: BTreeSet<i64> = mine.iter().map(|one| one.partner_id).collect();
    let stands = settle::period_sums(reader, program_id, Some(name)).await?;
    Ok(period::Page {
        id: encode(id),
        program: reading::program_ref(visit.lang, plan.newest()),
        period: reading::period(&view.period),
        state: reading::period_state(view),
        lines_due: lines_due(plan, view),
        may_close_from: view.closable_from,
        closed: closed_by.map(|closing| period::Close {
            at: visit.local(closing.closed_at),
            by: closing.closed_by,
            comment: closing.comment,
            acknowledged: known(visit.lang, &acknowledged, own),
        }),
        today: visit.today(),
        partners: partners.len() as u64,
        exceptions: exceptional,
        sums,
        shown: shown(&totals),
        end,
        largest: largest(visit, reader, (plan, &view.period), &previews, &mine).await?,
        checks,
        stands: stands
            .iter()
            .filter_map(|((_, unit), sums)| {
                let currency = Currency::parse(unit)?;
                Some(period::Stands {
                    count: sums.count,
                    pending: Money::new(sums.pending, currency),
                    approved: Money::new(sums.approved, currency),
                    rejected: Money::new(sums.rejected, currency),
                    paid: Money::new(sums.paid, currency),
                })
            })
            .collect(),
    })
}

/// How totals are named to whoever closes, so that what moved since is seen: of one currency the
/// number alone.
fn shown(totals: &[(Currency, Decimal)]) -> String {
    let said: Vec<String> = totals
        .iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(unit, amount)| format!("{unit} {}", amount.normalize()))
        .collect();
    match totals {
        [(_, amount)] => amount.normalize().to_string(),
        _ => said.join(", "),
    }
}

/// Those who are paid most, in each currency, with the difference to the period before.
async fn largest(
    visit: &Visit,
    reader: &mut Reader,
    (plan, period): (&Plan, &Period),
    previews: &[PartnerPayout],
    mine: &[&PartnerPayout],
) -> Result<Vec<period::Payout>, Failure> {
    let mut taken: HashMap<Currency, usize> = HashMap::new();
    let mut shown = vec![];
    for one in mine {
        let of_unit = taken.entry(one.unit).or_default();
        *of_unit += 1;
        if *of_unit <= LARGEST {
            shown.push(*one);
        }
    }
    let partners = Partners::of(visit, reader, shown.iter().map(|one| one.partner_id)).await?;
    let views = settle::periods(plan, &domain::plan::Closes::default(), visit.now);
    let before = views.iter().rfind(|view| view.period.end <= period.start);
    let earlier = |of: &PartnerPayout| {
        let before = &before?.period.name;
        let found = previews.iter().find(|one| {
            (one.partner_id, one.unit) == (of.partner_id, of.unit)
                && &one.line.period.name == before
        });
        found.map(|found| found.line.amount)
    };
    let row = |one: &PartnerPayout| period::Payout {
        partner: partners.get(one.partner_id, ""),
        amount: Money::new(one.line.amount, one.unit),
        change: earlier(one).map(|before| Money::new(one.line.amount - before, one.unit)),
        explain: None,
    };
    Ok(shown.into_iter().map(row).collect())
}

const LARGEST: usize = 12;

/// How many are not zero, and what they add up to.
fn sum(mine: &[&PartnerPayout], part: impl Fn(&PayoutLine) -> Decimal) -> (u64, Decimal) {
    of_each(mine, |one| part(&one.line))
}

fn of_each(mine: &[&PartnerPayout], part: impl Fn(&PartnerPayout) -> Decimal) -> (u64, Decimal) {
    let amounts: Vec<Decimal> =
        mine.iter().map(|one| part(one)).filter(|amount| !amount.is_zero()).collect();
    (amounts.len() as u64, amounts.into_iter().sum())
}

/// What a period is made of. `rated` says what of a payout a moved tier made.
fn parts(
    mine: &[&PartnerPayout],
    currency: Currency,
    rated: &dyn Fn(&PartnerPayout) -> Decimal,
) -> Vec<period::Part> {
    let kinds = [
        (PartKind::Base, of_each(mine, |one| one.line.calculated - rated(one))),
        (PartKind::TierMoved, of_each(mine, rated)),
        (PartKind::PriorPeriod, sum(mine, |line| line.prior_period)),
        (PartKind::Manual, sum(mine, |line| line.adjustments)),
        (PartKind::CarriedIn, sum(mine, |line| line.carried_in)),
        (PartKind::CarriedOut, sum(mine, |line| -line.carried_out - line.lapsed)),
    ];
    kinds
        .into_iter()
        .filter(|(kind, (partners, _))| *kind == PartKind::Base || *partners > 0)
        .map(|(kind, (partners, amount))| period::Part {
            kind,
            partners,
            amount: Money::new(amount, currency),
        })
        .collect()
}

/// What was checked, each with how it came out.
fn checked(visit: &Visit, found: &Checks, due: &[Money], undecided: u64) -> Vec<period::Checked> {
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
    if let Some(accrued) = &found.accrued {
        let accrued = accrued.iter().filter_map(|(unit, amount)| super::money(-*amount, unit));
        let own = due.first().map(|money| money.currency);
        let mut apart =
            own.map_or_else(Vec::new, |own| in_each(own, due.iter().copied().chain(accrued)));
        apart.retain(|money| !money.is_zero());
        let said = format::each(&apart, visit.lang);
        let differs = fill(m.check_recalculated_differs, &[("amount", &said)]);
        checks.push(check(apart.is_empty(), m.check_recalculated, differs));
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
    (program, found): (&str, &[Exception]),
) -> Result<Vec<period::Exception>, Failure> {
    let policy = settle::policy(reader).await?;
    let ids = found.iter().flat_map(|one| &one.partners).map(|(id, _)| *id);
    let partners = Partners::of(visit, reader, ids.collect::<Vec<_>>().into_iter()).await?;
    let (m, s) = (&visit.lang.words().money, &visit.lang.words().settle);
    let factor = policy.jump_factor.normalize().to_string();
    let waiting = format!("/console/waiting?program={}", encode(program));
    let one = |one: &Exception| {
        let currency = one.unit;
        let (detail, act) = match one.kind {
            ExceptionKind::Negative => (s.detail_negative.to_string(), None),
            ExceptionKind::Jump => (fill(s.detail_jump, &[("factor", &factor)]), None),
            ExceptionKind::Dispute => {
                (s.detail_dispute.into(), Some((m.decide, "/console/disputes")))
            }
            ExceptionKind::Waiting => (m.waiting_detail.into(), Some((s.look, &*waiting))),
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
        let amount = Money::new(one.amount, one.unit.unwrap_or(currency));
        if amount.is_zero() { title } else { format!("{title}: {}", amount.text(lang)) }
    };
    found.iter().map(say).collect()
}

#[derive(Deserialize)]
struct CloseForm {
    /// What the page said that closing pays.
    total: String,
    /// The last day of a period that is open until somebody ends it, and its name.
    #[serde(default)]
    until: String,
    #[serde(default)]
    name: String,
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
    let closed = if let Ok(until) = sent.form.until.parse::<Date>() {
        let of = (code, EndOn { name: sent.form.name.trim(), until });
        settle::close_on_demand(&mut tx, &master, &actor, visit.now, of, &note).await?
    } else {
        settle::close(&mut tx, &master, &actor, visit.now, (code, name), &note).await?
    };
    let said: Result<Decimal, _> = sent.form.total.parse();
    let is_same = match closed.totals.as_slice() {
        [(_, total)] if said.is_ok() => said == Ok(*total),
        _ => sent.form.total == shown(&closed.totals),
    };
    if !is_same {
        // Lines arrived since the page was drawn: who closes has to see the new total first.
        let m = &visit.lang.words().money;
        return Err(Failure::Conflict(m.total_moved.into()));
    }
    tx.commit().await?;
    office.tell(engine::office::Live::Rules);
    let id = reading::period_id(code, &closed.period.name);
    Ok(Redirect::to(&format!("/console/periods/{id}?done=closed")))
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
