//! The books: exports of the ledger, and the accounts it is told to.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::papers::accounting::{Chart, Layout, Mapped};
use engine::papers::export::{self, ExportError};
use engine::papers::settings;
use serde::Deserialize;

use super::statements::file;
use crate::app::{App, Routes};
use crate::console::papers::accounting::{Draft, Page, Row};
use crate::failure::Failure;
use crate::i18n::fill;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/accounting", get(show));
    routes.post("/console/accounting", post(create));
    routes.get("/console/accounting/ledger.beancount", get(beancount));
    routes.get("/console/accounting/{id}/file", get(download));
    routes.post("/console/accounting/chart", post(save_chart));
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        match error {
            ExportError::Db(error) => error.into(),
            ExportError::NotFound(_) => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let chart = settings::chart(&mut reader).await?;
    drop(reader);
    page(&visit, written(&chart)).await
}

async fn page(visit: &Visit, draft: Draft) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rows = export::exports(&mut reader).await?;
    let rows = rows.into_iter().map(|row| Row {
        number: row.number,
        first: row.first_seq,
        last: row.last_seq,
        entries: u64::try_from(row.entries).unwrap_or_default(),
        created: (row.created_by, visit.local(row.created_at)),
    });
    let new = export::unexported(&mut reader).await?;
    let new = u64::try_from(new).unwrap_or_default();
    Ok(visit.page(&Page { rows: rows.collect(), new, draft }).into_response())
}

async fn create(
    State(app): State<App>,
    visit: Visit,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    export::create(&mut tx, &master, &visit.actor()?, visit.now).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/accounting?done=saved"))
}

async fn download(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = export::export(&mut reader, &id).await?.ok_or(Failure::NotFound)?;
    let master = visit.app.office().master(&mut reader).await?;
    let bytes = export::file(&mut reader, &master, &found).await?;
    Ok(file(&found.file_name(), bytes))
}

async fn beancount(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let master = visit.app.office().master(&mut reader).await?;
    let text = export::beancount(&mut reader, &master).await?;
    Ok(file("ledger.beancount", text.into_bytes()))
}

#[derive(Deserialize)]
struct ChartForm {
    layout: String,
    #[serde(default)]
    accounts: String,
    #[serde(default)]
    cost_centres: String,
    #[serde(default)]
    cost_centre: String,
}

async fn save_chart(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<ChartForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    match read(&form) {
        Ok(chart) => {
            let mut tx = app.office().db().write().await?;
            settings::save_chart(&mut tx, &visit.actor()?, visit.now, &chart).await?;
            tx.commit().await?;
            Ok(Redirect::to("/console/accounting?done=saved").into_response())
        }
        Err(line) => {
            let p = &visit.lang.words().papers;
            let draft = Draft {
                layout: form.layout,
                accounts: form.accounts,
                cost_centres: form.cost_centres,
                cost_centre: form.cost_centre,
                problem: Some(fill(p.bad_line, &[("n", &line.to_string())])),
            };
            page(&visit, draft).await
        }
    }
}

/// A chart as lines between commas.
fn written(chart: &Chart) -> Draft {
    let accounts: Vec<String> = chart
        .accounts
        .iter()
        .map(|row| {
            let program = row.program.as_deref().unwrap_or("*");
            format!("{}, {program}, {}, {}", row.role, row.code, row.name)
        })
        .collect();
    let centres: Vec<String> =
        chart.cost_centres.iter().map(|(program, centre)| format!("{program}, {centre}")).collect();
    Draft {
        layout: chart.layout.word().into(),
        accounts: accounts.join("\n"),
        cost_centres: centres.join("\n"),
        cost_centre: chart.cost_centre.clone(),
        problem: None,
    }
}

/// The chart, or the number of a line that is not as asked for.
fn read(form: &ChartForm) -> Result<Chart, usize> {
    let lines = |text: &str| -> Vec<(usize, Vec<String>)> {
        (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| {
                (at, line.split([',', '，', '、']).map(|c| c.trim().into()).collect())
            })
            .collect()
    };
    let mut chart = Chart {
        layout: if form.layout == "summary" { Layout::Summary } else { Layout::Detail },
        cost_centre: form.cost_centre.trim().to_owned(),
        ..Chart::default()
    };
    for (at, cells) in lines(&form.accounts) {
        let [role, program, code, name @ ..] = cells.as_slice() else { return Err(at) };
        if role.is_empty() || code.is_empty() {
            return Err(at);
        }
        chart.accounts.push(Mapped {
            role: role.clone(),
            program: Some(program.clone()).filter(|code| !code.is_empty() && code != "*"),
            code: code.clone(),
            name: name.join(", "),
        });
    }
    for (at, cells) in lines(&form.cost_centres) {
        let [program, centre] = cells.as_slice() else { return Err(at) };
        chart.cost_centres.insert(program.clone(), centre.clone());
    }
    Ok(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(accounts: &str, cost_centres: &str) -> ChartForm {
        ChartForm {
            layout: "summary".into(),
            accounts: accounts.into(),
            cost_centres: cost_centres.into(),
            cost_centre: " CC-9 ".into(),
        }
    }

    #[test]
    fn a_chart_is_read_as_it_is_written() {
        let typed = form(
            "expense, *, 6400, Rebates\n\nexpense, growth, 6410, Rebates, growth\npayable,,1600",
            "volume, CC-1",
        );
        let chart = read(&typed).expect("a chart");
        let draft = written(&chart);
        assert_eq!(
            draft.accounts,
            "expense, *, 6400, Rebates\nexpense, growth, 6410, Rebates, growth\npayable, *, 1600, "
        );
        assert_eq!(draft.cost_centre, "CC-9");
        let again = read(&form(&draft.accounts, &draft.cost_centres)).expect("a chart");
        assert_eq!(again, chart);
        for (accounts, centres, line) in
            [("expense, *, 6400\nexpense", "", 2), ("expense, *,", "", 1), ("", "volume", 1)]
        {
            assert_eq!(
                read(&form(accounts, centres)).map(|_| ()),
                Err(line),
                "{accounts}{centres}"
            );
        }
    }
}
