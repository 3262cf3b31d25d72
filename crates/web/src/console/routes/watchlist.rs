//! The watchlist of near misses.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::views::watch::{self, WatchQuery, Watchlist};

use super::money::csv;
use super::today::near_miss;
use crate::app::Routes;
use crate::console::watchlist::Page;
use crate::failure::Failure;
use crate::reading;
use crate::ui::List;
use crate::visit::{self, Query, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/watchlist", get(show));
    routes.get("/console/watchlist.csv", get(export));
}

/// No file is longer.
const EXPORT_MAX: usize = 10_000;

fn asked(query: &Query, list: &List) -> WatchQuery {
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (offset, limit) = reading::window(list);
    WatchQuery {
        program: text("program"),
        region: text("region"),
        search: list.q.clone(),
        percent: text("percent").trim().trim_end_matches('%').parse().ok(),
        offset: usize::try_from(offset).unwrap_or_default(),
        limit: usize::try_from(limit).unwrap_or_default(),
    }
}

async fn read(visit: &Visit, query: &WatchQuery) -> Result<Watchlist, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    Ok(watch::watchlist(&mut reader, &rules, &master, visit.now, query).await?)
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/watchlist", &query);
    let wanted = asked(&query, &list);
    let found = read(&visit, &wanted).await?;
    list.rows = found.all as u64;
    for name in ["program", "region", "percent"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            list.keep.push((name.into(), value.clone()));
        }
    }
    let rules = visit.app.office().rules(&mut visit.reader().await?).await?;
    let programs = rules.shown().map(|(_, plan)| {
        let program = reading::program_ref(visit.lang, plan.newest());
        (program.code, program.name)
    });
    let page = Page {
        rows: found.rows.iter().map(|near| near_miss(visit.lang, near)).collect(),
        programs: programs.collect(),
        program: wanted.program,
        regions: found.regions.into_iter().collect(),
        region: wanted.region,
        percent: query.get("percent").cloned().unwrap_or_default(),
        list,
    };
    Ok(visit.page(&page).into_response())
}

async fn export(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/watchlist", &query);
    let wanted = WatchQuery { offset: 0, limit: EXPORT_MAX, ..asked(&query, &list) };
    let found = read(&visit, &wanted).await?;
    let heading = [
        "partner",
        "name",
        "region",
        "program",
        "period",
        "now",
        "gap",
        "tier",
        "worth",
        "currency",
        "days_left",
        "forecast",
    ];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for near in &found.rows {
        let of = &near.standing;
        let next = of.next.as_ref();
        let text = |number: Option<rust_decimal::Decimal>| {
            number.map(|number| number.normalize().to_string()).unwrap_or_default()
        };
        rows.push(vec![
            near.code.clone(),
            reading::name(visit.lang, &near.names, &near.code),
            near.region.clone().unwrap_or_default(),
            of.of.program.clone(),
            of.period.name.to_string(),
            text(Some(of.qualifier_total)),
            text(next.and_then(|next| next.gap)),
            next.map(|next| next.tier.to_string()).unwrap_or_default(),
            text(next.and_then(|next| next.worth)),
            of.currency.to_string(),
            of.days_left.map(|days| days.to_string()).unwrap_or_default(),
            text(of.forecast.as_ref().map(|forecast| forecast.qualifier_total)),
        ]);
    }
    Ok(csv("watchlist.csv", &rows))
}
