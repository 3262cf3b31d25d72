//! Lines that wait: the page and its files.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::access::Viewer;
use engine::papers::sheet::{self, Cell};
use engine::rules::Rules;
use engine::views::waiting::{WaitingLine, WaitingQuery, waiting};

use super::money::csv;
use super::statements::file;
use crate::app::Routes;
use crate::console::waiting::{Page, REASONS};
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::reading;
use crate::ui::List;
use crate::visit::{self, Query, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/waiting", get(show));
    routes.get("/console/waiting.csv", get(as_csv));
    routes.get("/console/waiting.xlsx", get(as_xlsx));
}

/// No file is longer.
const EXPORT_MAX: i64 = 10_000;

fn asked(query: &Query, rules: &Rules, list: &List) -> WaitingQuery {
    let (offset, limit) = reading::window(list);
    let program = query.get("program").filter(|code| !code.is_empty());
    // A program that is not there has no lines; no program at all has those of all.
    let program_id = program.map(|code| rules.by_code(code).map_or(-1, |at| rules.program_ids[at]));
    WaitingQuery {
        program_id,
        partner_id: None,
        reason: list.filter.clone().unwrap_or_default(),
        search: list.q.clone(),
        offset,
        limit,
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/waiting", &query);
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let wanted = asked(&query, &rules, &list);
    let found = waiting(&mut reader, (&rules, &master), Viewer::Vendor, &wanted).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    let program = query.get("program").cloned().unwrap_or_default();
    if !program.is_empty() {
        list.keep.push(("program".into(), program.clone()));
    }
    let programs = rules.shown().map(|(_, plan)| {
        let program = reading::program_ref(visit.lang, plan.newest());
        (program.code, program.name)
    });
    let reasons = REASONS.map(|reason| {
        found.reasons.get(reason).and_then(|n| u64::try_from(*n).ok()).unwrap_or_default()
    });
    let rows = found.rows.iter().map(|line| reading::waiting::row(visit.lang, &rules, line));
    let page = Page { rows: rows.collect(), reasons, programs: programs.collect(), program, list };
    Ok(visit.page(&page).into_response())
}

const HEADINGS: [&str; 13] = [
    "line", "date", "kind", "partner", "name", "product", "quantity", "unit", "amount", "currency",
    "reason", "missing", "terms",
];

fn cells(lang: Lang, rules: &Rules, line: &WaitingLine) -> Vec<Cell> {
    let fact = line.fact.as_ref();
    let text = |text: Option<String>| Cell::Text(text.unwrap_or_default());
    let number = |number: Option<rust_decimal::Decimal>| match number {
        Some(number) => Cell::Number(number.normalize()),
        None => Cell::Text(String::new()),
    };
    let partner = line.partner.as_ref();
    let terms = line.terms.iter().map(|(at, term)| {
        let plan = &rules.plans[*at];
        let term = plan.terms.get(usize::from(*term));
        format!("{}/{}", plan.code, term.map(|term| term.code.to_string()).unwrap_or_default())
    });
    vec![
        Cell::Text(line.key.clone()),
        text(fact.map(|fact| fact.date().to_string())),
        text(fact.map(|fact| fact.kind.word().to_owned())),
        text(partner.map(|(code, _)| code.clone())),
        text(partner.map(|(code, names)| reading::name(lang, names, code))),
        text(fact.and_then(|fact| fact.product.as_ref()).map(ToString::to_string)),
        number(fact.and_then(|fact| fact.quantity)),
        text(fact.and_then(|fact| fact.unit.as_ref()).map(ToString::to_string)),
        number(fact.and_then(|fact| fact.amount)),
        text(fact.and_then(|fact| fact.currency).map(|currency| currency.to_string())),
        Cell::Text(line.reason.clone()),
        Cell::Text(reading::waiting::missing(lang, line.lack.as_ref())),
        Cell::Text(terms.collect::<Vec<_>>().join(" ")),
    ]
}

async fn rows(visit: &Visit) -> Result<Vec<Vec<Cell>>, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/waiting", &query);
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let wanted = WaitingQuery { offset: 0, limit: EXPORT_MAX, ..asked(&query, &rules, &list) };
    let found = waiting(&mut reader, (&rules, &master), Viewer::Vendor, &wanted).await?;
    Ok(found.rows.iter().map(|line| cells(visit.lang, &rules, line)).collect())
}

async fn as_csv(visit: Visit) -> Result<Response, Failure> {
    let text = |cell: Cell| match cell {
        Cell::Text(text) => text,
        Cell::Number(number) => number.to_string(),
    };
    let mut lines = vec![HEADINGS.map(String::from).to_vec()];
    for row in rows(&visit).await? {
        lines.push(row.into_iter().map(text).collect());
    }
    Ok(csv("waiting.csv", &lines))
}

async fn as_xlsx(visit: Visit) -> Result<Response, Failure> {
    let rows = rows(&visit).await?;
    let bytes = sheet::sheet(visit.lang.words().trace.waiting, &HEADINGS, &rows)
        .map_err(|error| Failure::Conflict(error.to_string()))?;
    Ok(file("waiting.xlsx", bytes))
}
