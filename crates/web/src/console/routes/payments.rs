//! Payment files: what can be paid, making one, and what became of it.

use std::error::Error as _;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::banking::Closed;
use engine::catalog::bank_days;
use engine::db::Reader;
use engine::papers::run::{
    self, Asked, Fault, Format, Plan, Returned, RunError, RunRow, RunStatus,
};
use engine::papers::settings::{self, Company};
use jiff::civil::Date;
use serde::Deserialize;

use super::statements::{file, partners};
use crate::app::{App, Routes};
use crate::console::papers::payments::{
    Draft, Due, Found, Page, Row, RunPage, State as Shown, Transfer,
};
use crate::failure::Failure;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::view::PartnerRef;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/payments", get(show));
    routes.post("/console/payments", post(create));
    routes.get("/console/payments/{id}", get(show_run));
    routes.get("/console/payments/{id}/file", get(download));
    routes.post("/console/payments/{id}/paid", post(paid));
    routes.post("/console/payments/{id}/withdraw", post(withdraw));
    routes.post("/console/payments/{id}/returned", post(returned));
}

/// No list is longer.
const RUNS_MAX: i64 = 500;

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut reader = visit.reader().await?;
    let company = settings::company(&mut reader).await?;
    let today = visit.today();
    let text = |name: &str, otherwise: String| query.get(name).cloned().unwrap_or(otherwise);
    let first = company.accounts.first().map(|own| own.code.clone()).unwrap_or_default();
    let tomorrow = today.tomorrow().unwrap_or(today);
    let next = match company.accounts.first() {
        Some(own) => bank_days(&mut reader, own.account.country()).await?.from(tomorrow),
        None => tomorrow,
    };
    let mut draft = Draft {
        account: text("account", first),
        until: text("until", today.to_string()),
        day: text("day", next.to_string()),
        problem: None,
    };
    let mut found = None;
    if query.contains_key("account") {
        match (draft.until.parse(), draft.day.parse()) {
            (Ok(until), Ok(day)) => {
                found = Some(look(&visit, &mut reader, &company, &draft, (until, day)).await?);
            }
            _ => draft.problem = Some(visit.lang.words().papers.bad_day.into()),
        }
    }
    let runs = run::runs(&mut reader, RUNS_MAX).await?;
    let rows = runs.iter().filter_map(|row| shown(&visit, row)).collect();
    let accounts = company
        .accounts
        .iter()
        .map(|own| {
            let masked = own.account.masked();
            let name =
                format!("{} ({}, …{})", own.code, own.currency, masked.trim_start_matches('•'));
            (own.code.clone(), name)
        })
        .collect();
    Ok(visit.page(&Page { rows, accounts, draft, found }).into_response())
}

async fn look(
    visit: &Visit,
    reader: &mut Reader,
    company: &Company,
    draft: &Draft,
    (until, day): (Date, Date),
) -> Result<Found, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let own = company.own_account(&draft.account).ok_or(Failure::NotFound)?;
    let currency = Currency::parse(&own.currency).ok_or(Failure::NotFound)?;
    let plan = run::plan(reader, &rules, &master, &draft.account, until, day).await?;
    let ids = plan.ready.iter().map(|one| one.partner_id);
    let ids = ids.chain(plan.exceptions.iter().map(|one| one.partner_id));
    let partners = partners(visit, reader, ids).await?;
    let named = |id: i64, code: &str| {
        let unknown = || PartnerRef { code: code.into(), name: code.into() };
        partners.get(&id).cloned().unwrap_or_else(unknown)
    };
    let words = visit.lang.words();
    let ready = plan.ready.iter().map(|one| Due {
        partner: named(one.partner_id, &one.partner),
        amount: Money::new(one.amount, currency),
        detail: one.account.masked(),
    });
    let exceptions = plan.exceptions.iter().map(|one| Due {
        partner: named(one.partner_id, &one.partner),
        amount: Money::new(one.amount, currency),
        detail: said(words, &one.fault),
    });
    Ok(Found {
        day: plan.day,
        notes: notes(visit.lang, &plan, day),
        total: Money::new(plan.total(), currency),
        said: plan.total().normalize().to_string(),
        unstated: plan.unstated as u64,
        noted: plan.noted as u64,
        ready: ready.collect(),
        exceptions: exceptions.collect(),
    })
}

/// What the calendar of the bank says to the day that was asked for.
fn notes(lang: Lang, plan: &Plan, asked: Date) -> Vec<String> {
    let p = &lang.words().papers;
    let country = plan.calendar.country.as_str();
    let mut notes = Vec::new();
    if let Some(closed) = &plan.calendar.closed {
        let why = match closed {
            Closed::Weekend => p.closed_weekend.to_owned(),
            Closed::Holiday(holiday) => {
                let name = holiday.names.get(lang.tag()).or_else(|| holiday.names.values().next());
                name.cloned().unwrap_or_else(|| p.closed_holiday.to_owned())
            }
        };
        let (asked, day) = (format::day(asked, lang), format::day(plan.day, lang));
        let places = [("asked", asked.as_str()), ("why", &why), ("day", &day)];
        notes.push(fill(p.day_moved, &places));
    }
    if !plan.calendar.is_known {
        let year = plan.day.year().to_string();
        notes.push(fill(p.calendar_unknown, &[("country", country), ("year", &year)]));
    }
    notes
}

/// Why somebody is not paid, in the reader's language.
pub(super) fn said(words: &Words, fault: &Fault) -> String {
    let p = &words.papers;
    match fault {
        Fault::NoAccount => p.fault_no_account.into(),
        Fault::Unconfirmed => p.fault_unconfirmed.into(),
        Fault::Held(why) => format!("{}: {why}", p.fault_held),
        Fault::OtherKind => p.fault_other_kind.into(),
        Fault::Text(what) => fill(p.fault_text, &[("what", what)]),
        Fault::NothingToPay => p.fault_nothing.into(),
        Fault::Changed { statement } => fill(p.fault_changed, &[("what", statement)]),
    }
}

fn shown(visit: &Visit, row: &RunRow) -> Option<Row> {
    let p = &visit.lang.words().papers;
    Some(Row {
        number: row.number.clone(),
        format: match row.format {
            Format::Pain001 => p.format_pain,
            Format::Zengin => p.format_zengin,
        },
        account: row.account.clone(),
        day: row.day,
        payments: u64::try_from(row.payments).unwrap_or_default(),
        total: Money::new(row.total, Currency::parse(&row.unit)?),
        state: match row.status {
            RunStatus::Filed => Shown::Filed,
            RunStatus::Paid => Shown::Paid,
            RunStatus::Withdrawn => Shown::Withdrawn,
        },
        created: (row.created_by.clone(), visit.local(row.created_at)),
    })
}

#[derive(Deserialize)]
struct RunForm {
    account: String,
    until: String,
    day: String,
    total: String,
}

async fn create(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<RunForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let bad_day = |field| Failure::field(field, visit.lang.words().papers.bad_day);
    let until: Date = form.until.parse().map_err(|_| bad_day(&["until"]))?;
    let day: Date = form.day.parse().map_err(|_| bad_day(&["day"]))?;
    let office = app.office();
    let actor = visit.actor()?;
    let mut reader = visit.reader().await?;
    let company = settings::company(&mut reader).await?;
    drop(reader);
    let own = company.own_account(&form.account).ok_or(Failure::NotFound)?;
    let asked_for = (Some(until), Some(own.currency.as_str()));
    if !run::state_all(office, &actor, asked_for).await?.is_empty() {
        // Now everything has a statement: it is shown before it is paid.
        let pairs = [("account", form.account), ("day", form.day), ("until", form.until)];
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        return Ok(Redirect::to(&crate::ui::list::with_query("/console/payments", &pairs)));
    }
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let asked = Asked { account: form.account, until, day, total: form.total.parse().ok() };
    let made = run::create(&mut tx, &rules, &master, &actor, visit.now, &asked).await;
    let row = made.map_err(|error| match error {
        RunError::Pain(_) | RunError::Zengin(_) => {
            let what = error.source().map_or_else(String::new, ToString::to_string);
            let p = &visit.lang.words().papers;
            Failure::Conflict(fill(p.own_data, &[("what", &what)]))
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/payments/{}?done=saved", row.number)))
}

async fn find(reader: &mut Reader, id: &str) -> Result<RunRow, Failure> {
    run::run(reader, id).await?.ok_or(Failure::NotFound)
}

async fn show_run(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = find(&mut reader, &id).await?;
    let currency = Currency::parse(&found.unit).ok_or(Failure::NotFound)?;
    let payments = run::payments(&mut reader, found.run_id).await?;
    let ids = payments.iter().map(|payment| payment.partner_id);
    let partners = partners(&visit, &mut reader, ids).await?;
    let transfers = payments
        .iter()
        .filter_map(|payment| {
            let back = |(day, reason, who): &(Date, String, String)| {
                let day = crate::format::day(*day, visit.lang);
                let words = &visit.lang.words().papers;
                fill(words.came_back_said, &[("day", &day), ("reason", reason), ("who", who)])
            };
            Some(Transfer {
                position: payment.position,
                due: Due {
                    partner: partners.get(&payment.partner_id)?.clone(),
                    amount: Money::new(payment.amount, currency),
                    detail: payment.reference.clone(),
                },
                returned: payment.returned.as_ref().map(back),
            })
        })
        .collect();
    let page = RunPage {
        row: shown(&visit, &found).ok_or(Failure::NotFound)?,
        file_name: found.file_name.clone(),
        fingerprint: found.content_hash.clone(),
        ended: found.ended_by.clone().zip(found.ended_at.map(|at| visit.local(at))),
        transfers,
        today: visit.today(),
    };
    Ok(visit.page(&page).into_response())
}

async fn download(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = find(&mut reader, &id).await?;
    let bytes = run::file_of(&mut reader, &found).await?;
    Ok(file(&found.file_name, bytes))
}

async fn paid(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let row = run::paid(&mut tx, &visit.actor()?, visit.now, &id).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/payments/{}?done=paid", row.number)))
}

async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let row = run::withdraw(&mut tx, &visit.actor()?, visit.now, &id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/console/payments/{}?done=revoked", row.number)))
}

#[derive(Deserialize)]
struct ReturnedForm {
    position: i64,
    day: String,
    reason: String,
}

async fn returned(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<ReturnedForm>,
) -> Result<Redirect, Failure> {
    let bad_day = || Failure::Conflict(visit.lang.words().papers.bad_day.into());
    let day: Date = sent.form.day.parse().map_err(|_| bad_day())?;
    let said = Returned { day, reason: sent.form.reason };
    let of = (id.as_str(), sent.form.position);
    let mut tx = app.office().db().write().await?;
    let row = run::send_back(&mut tx, &visit.actor()?, visit.now, of, &said).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/payments/{}?done=saved", row.number)))
}
