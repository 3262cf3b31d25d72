//! Accrual against forecast: the page and its file.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::accrue::{self, AccruedFilter};
use engine::views::outlook::{self, Outlook, Which};

use super::money::csv;
use crate::api::accrued;
use crate::app::Routes;
use crate::console::outlook::{Basis, Page, Row};
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::ui::List;
use crate::view::ProgramRef;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/outlook", get(show));
    routes.get("/console/outlook.csv", get(export));
    routes.get("/console/accruals.csv", get(accruals));
}

/// What the address asks for: by state of the period, and by a part of a program's name or code.
async fn read(visit: &Visit, list: &List) -> Result<Vec<(ProgramRef, Outlook)>, Failure> {
    let which = match list.filter.as_deref() {
        Some("ended") => Which::Ended,
        Some("all") => Which::All,
        _ => Which::Running,
    };
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = outlook::outlook(&mut reader, &rules, visit.now, (None, which)).await?;
    let q = list.q.to_lowercase();
    let named = |row: Outlook| {
        let name = reading::name(visit.lang, &row.names, &row.program);
        (ProgramRef { code: row.program.clone(), name }, row)
    };
    let wanted = |(program, _): &(ProgramRef, Outlook)| {
        program.name.to_lowercase().contains(&q) || program.code.to_lowercase().contains(&q)
    };
    Ok(found.into_iter().map(named).filter(wanted).collect())
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/outlook", &query);
    let found = read(&visit, &list).await?;
    let rows = reading::page_of(&mut list, found.into_iter().map(row_of).collect());
    Ok(visit.page(&Page { list, rows }).into_response())
}

fn row_of((program, row): (ProgramRef, Outlook)) -> Row {
    let money = |amount| Money::new(amount, row.currency);
    Row {
        program,
        period: reading::period(&row.period),
        days: row.pace.map(|pace| (pace.passed, pace.days)),
        basis: match row.basis {
            outlook::Basis::Final => Basis::Final,
            outlook::Basis::Pace => Basis::Pace,
            outlook::Basis::Declared => Basis::Declared,
        },
        accrued: money(row.accrued),
        forecast: money(row.forecast),
        difference: money(row.difference()),
        settled: money(row.settled),
        paid: money(row.paid),
    }
}

async fn export(visit: Visit) -> Result<Response, Failure> {
    let list = reading::list("/console/outlook", &visit::query(&visit.here));
    let heading = [
        "program",
        "name",
        "period",
        "period_start",
        "period_last_day",
        "currency",
        "accrued",
        "earned",
        "forecast",
        "forecast_basis",
        "difference",
        "settled",
        "paid",
    ];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for (program, row) in read(&visit, &list).await? {
        let difference = row.difference();
        rows.push(vec![
            program.code,
            program.name,
            row.period.name.to_string(),
            row.period.start.to_string(),
            row.period.last().to_string(),
            row.currency.to_string(),
            row.accrued.normalize().to_string(),
            row.earned.normalize().to_string(),
            row.forecast.normalize().to_string(),
            row.basis.word().into(),
            difference.normalize().to_string(),
            row.settled.normalize().to_string(),
            row.paid.normalize().to_string(),
        ]);
    }
    Ok(csv("accrual-forecast.csv", &rows))
}

/// No file is longer.
const ACCRUALS_MAX: i64 = 100_000;

/// Accruals as they are booked, newest accounting period first.
async fn accruals(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let all = AccruedFilter::default();
    let (found, _) = accrue::accruals(&mut reader, &all, (0, ACCRUALS_MAX)).await?;
    let heading = [
        "program",
        "term",
        "partner",
        "earner",
        "group",
        "accounting_period",
        "accounting_start",
        "earned_in",
        "earned_from",
        "kind",
        "currency",
        "amount",
    ];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for row in found.iter().filter_map(|row| accrued(&rules, &master, row)) {
        let group = row.group.iter().map(|(name, value)| format!("{name}={value}"));
        rows.push(vec![
            row.program,
            row.term,
            row.partner,
            row.earner.unwrap_or_default(),
            group.collect::<Vec<_>>().join(" "),
            row.period,
            row.period_start,
            row.earned_in,
            row.earned_from,
            row.kind.into(),
            row.unit,
            row.amount,
        ]);
    }
    Ok(csv("accruals.csv", &rows))
}
