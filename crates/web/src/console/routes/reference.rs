//! Reference data: the tables, rows that are pasted, entries that go, and files for spreadsheets.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::catalog::{
    KeptEntry, ROWS_PER_PAGE_MAX, ReferenceListing, ReferenceTable, Said, reference_entries,
    reference_names,
};
use engine::db::Reader;
use engine::ingest::mapping::Feeds;
use engine::reference;
use serde::Deserialize;

use crate::api::{read_entry, written_entry};
use crate::app::{App, Routes};
use crate::console::reference::{Cell, Page, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading;
use crate::ui::encode;
use crate::uploads::Kept;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/reference", get(first));
    routes.get("/console/reference/{table}", get(show));
    routes.get("/console/reference/{table}/export.csv", get(export));
    routes.post("/console/reference/{table}/paste", post(paste));
    routes.post("/console/reference/{table}/remove", post(remove));
    routes.post("/console/reference/lists/empty", post(empty));
}

fn table_of(word: &str) -> Result<ReferenceTable, Failure> {
    ReferenceTable::from_word(word).ok_or(Failure::NotFound)
}

async fn first(visit: Visit) -> Result<Response, Failure> {
    page(&visit, ReferenceTable::ExchangeRates, None).await
}

async fn show(visit: Visit, Path(word): Path<String>) -> Result<Response, Failure> {
    page(&visit, table_of(&word)?, None).await
}

async fn page(
    visit: &Visit,
    table: ReferenceTable,
    pasted: Option<String>,
) -> Result<Response, Failure> {
    let path = format!("/console/reference/{}", table.word());
    let mut list = reading::list(path, &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let (offset, limit) = reading::window(&list);
    let (name, search) = (list.filter.clone(), list.q.clone());
    let listing = ReferenceListing { name, partner: None, search, offset, limit };
    let found = reference_entries(&mut reader, table, &listing).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    let names = reference_names(&mut reader, table).await?;
    let names = names.into_iter().map(|(name, rows)| (name, u64::try_from(rows).unwrap_or(0)));
    let problem = pasted.is_some().then(|| visit.lang.words().data.ref_no_rows.into());
    let page = Page {
        table,
        list,
        names: names.collect(),
        rows: found.rows.into_iter().map(|entry| row(visit, entry)).collect(),
        pasted: pasted.unwrap_or_else(|| format!("{}\n", headings(table).join(","))),
        problem,
    };
    let status = match page.problem {
        Some(_) => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        None => axum::http::StatusCode::OK,
    };
    Ok((status, visit.page(&page)).into_response())
}

fn row(visit: &Visit, entry: KeptEntry) -> Row {
    let key = written_entry(&entry.said);
    let (cells, from) = cells(visit.lang, &entry.said);
    let at = entry.updated_at.map(|at| visit.local(at));
    Row {
        cells,
        from,
        changed: at.map(|at| (at, entry.updated_by)),
        key: (key.0, key.1.to_string()),
    }
}

/// The cells of an entry in the order of the page's columns, and from when it holds.
fn cells(lang: Lang, said: &Said) -> (Vec<Cell>, Option<jiff::civil::Date>) {
    let d = &lang.words().data;
    let code = |text: &str| Cell::Code(text.to_owned());
    let figure = |number| Cell::Figure(format::quantity(number));
    match said {
        Said::Rate(rate) => {
            (vec![code(rate.of.as_str()), code(rate.to.as_str()), figure(rate.rate)], rate.from)
        }
        Said::Unit(unit) => {
            let product = unit.product.as_ref();
            let product = product.map_or(Cell::All(d.ref_all_products), |it| code(it.as_str()));
            let units = [code(unit.unit.as_str()), figure(unit.holds), code(unit.of.as_str())];
            (std::iter::once(product).chain(units).collect(), unit.from)
        }
        Said::Listed { list, code: of } => (vec![code(list), code(of)], None),
        Said::Figure { table, entry } => {
            let partner = entry.partner.as_ref();
            let partner = partner
                .map_or(Cell::All(d.ref_all_partners), |code| Cell::Partner(code.to_string()));
            let period = entry.period.as_deref();
            let period = period.map_or(Cell::All(d.ref_all_periods), code);
            let groups: Vec<String> =
                entry.groups.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let groups = Cell::Text(groups.join(", "));
            (vec![code(table), partner, period, groups, figure(entry.value)], entry.from)
        }
        Said::Price(price) => (
            vec![
                code(&price.list),
                code(price.product.as_str()),
                figure(price.price),
                code(price.currency.as_str()),
            ],
            price.from,
        ),
        Said::Holiday(holiday) => {
            let name = |language: &str| {
                Cell::Text(holiday.names.get(language).cloned().unwrap_or_default())
            };
            let cells =
                vec![Cell::Day(holiday.day), code(&holiday.country), name("en"), name("ja")];
            (cells, None)
        }
    }
}

/// The words by which files name the columns of a table.
fn headings(table: ReferenceTable) -> &'static [&'static str] {
    match table {
        ReferenceTable::ExchangeRates => &["of", "in", "rate", "from"],
        ReferenceTable::UnitFactors => &["product", "unit", "holds", "of", "from"],
        ReferenceTable::Lists => &["list", "code"],
        ReferenceTable::Figures => &["table", "partner", "period", "value", "from"],
        ReferenceTable::Prices => &["list", "product", "price", "currency", "from"],
        ReferenceTable::BankHolidays => &["country", "date", "name.en", "name.ja"],
    }
}

/// What is narrowed on the page as a file that can be imported again.
async fn export(visit: Visit, Path(word): Path<String>) -> Result<Response, Failure> {
    let table = table_of(&word)?;
    let list = reading::list("", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let entries = all(&mut reader, table, &list).await?;
    let groups: BTreeSet<&String> = entries
        .iter()
        .filter_map(|entry| match &entry.said {
            Said::Figure { entry, .. } => Some(entry.groups.keys()),
            _ => None,
        })
        .flatten()
        .collect();
    let mut head: Vec<String> = headings(table).iter().map(|word| (*word).to_owned()).collect();
    head.extend(groups.iter().map(|group| format!("group.{group}")));
    head.extend(["updated_at".to_owned(), "updated_by".to_owned()]);
    let mut rows = vec![head];
    for entry in &entries {
        let mut cells = exported(&entry.said);
        if let Said::Figure { entry, .. } = &entry.said {
            let value = |group: &&String| entry.groups.get(*group).cloned().unwrap_or_default();
            cells.extend(groups.iter().map(value));
        }
        cells.push(entry.updated_at.map(|at| at.to_string()).unwrap_or_default());
        cells.push(entry.updated_by.clone());
        rows.push(cells);
    }
    Ok(super::money::csv(&format!("{}.csv", table.word()), &rows))
}

async fn all(
    reader: &mut Reader,
    table: ReferenceTable,
    list: &crate::ui::List,
) -> Result<Vec<KeptEntry>, Failure> {
    let mut all = Vec::new();
    loop {
        let listing = ReferenceListing {
            name: list.filter.clone(),
            partner: None,
            search: list.q.clone(),
            offset: i64::try_from(all.len()).unwrap_or(i64::MAX),
            limit: ROWS_PER_PAGE_MAX,
        };
        let page = reference_entries(reader, table, &listing).await?;
        let is_last = page.rows.is_empty();
        all.extend(page.rows);
        if is_last || usize::try_from(page.total).is_ok_and(|total| total <= all.len()) {
            return Ok(all);
        }
    }
}

/// The cells of an entry in the order of [`headings`].
fn exported(said: &Said) -> Vec<String> {
    let day = |from: Option<jiff::civil::Date>| from.map(|day| day.to_string()).unwrap_or_default();
    match said {
        Said::Rate(rate) => {
            vec![rate.of.to_string(), rate.to.to_string(), rate.rate.to_string(), day(rate.from)]
        }
        Said::Unit(unit) => vec![
            unit.product.as_ref().map(ToString::to_string).unwrap_or_default(),
            unit.unit.to_string(),
            unit.holds.to_string(),
            unit.of.to_string(),
            day(unit.from),
        ],
        Said::Listed { list, code } => vec![list.clone(), code.clone()],
        Said::Figure { table, entry } => vec![
            table.clone(),
            entry.partner.as_ref().map(ToString::to_string).unwrap_or_default(),
            entry.period.clone().unwrap_or_default(),
            entry.value.to_string(),
            day(entry.from),
        ],
        Said::Price(price) => vec![
            price.list.clone(),
            price.product.to_string(),
            price.price.to_string(),
            price.currency.to_string(),
            day(price.from),
        ],
        Said::Holiday(holiday) => {
            let name = |language: &str| holiday.names.get(language).cloned().unwrap_or_default();
            vec![holiday.country.clone(), holiday.day.to_string(), name("en"), name("ja")]
        }
    }
}

#[derive(Deserialize)]
struct PasteForm {
    rows: String,
}

/// Pasted rows go the way of a file: their columns are shown before anything is kept.
async fn paste(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
    sent: Sent<PasteForm>,
) -> Result<Response, Failure> {
    let table = table_of(&word)?;
    let text = sent.form.rows;
    if text.lines().filter(|line| !line.trim().is_empty()).count() < 2 {
        return page(&visit, table, Some(text)).await;
    }
    let name = format!("{}.csv", table.word());
    let kept = Kept::of_text(&app, Feeds::Reference(table), &name, &text).await?;
    Ok(Redirect::to(&format!("/console/imports/{}/map", encode(&kept.id))).into_response())
}

#[derive(Deserialize)]
struct RemoveForm {
    #[serde(default)]
    name: String,
    entry: String,
}

#[derive(Deserialize)]
struct EmptyForm {
    list: String,
}

/// Takes all codes off a list.
async fn empty(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<EmptyForm>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    reference::empty_list(&mut tx, &rules, visit.now, &visit.actor()?, &sent.form.list).await?;
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to("/console/reference/lists?done=removed"))
}

async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
    sent: Sent<RemoveForm>,
) -> Result<Response, Failure> {
    let table = table_of(&word)?;
    let unreadable = || Failure::Unreadable("entry".into());
    let value = serde_json::from_str(&sent.form.entry).map_err(|_| unreadable())?;
    let said = read_entry(&value, (table, &sent.form.name)).ok_or_else(unreadable)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    reference::remove(&mut tx, &rules, visit.now, &visit.actor()?, vec![said]).await?;
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to(&format!("/console/reference/{word}?done=removed")).into_response())
}
