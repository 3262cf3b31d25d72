//! Trying a text on past sales.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::program::{Change, Program};
use engine::papers::sheet;
use engine::trial::{Against, Ask};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use crate::app::{App, Routes, posts};
use crate::console::studio::trial::{self, SHOWN_MAX};
use crate::failure::Failure;
use crate::reading;
use crate::trials::Stage;
use crate::view::PartnerRef;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.post("/console/trial", posts(send));
    routes.get("/console/trial/{id}", get(show));
    routes.get("/console/trial/{id}/{file}", get(export));
}

#[derive(Deserialize)]
struct Form {
    text: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    against: String,
}

async fn send(State(app): State<App>, visit: Visit, sent: Sent<Form>) -> Result<Response, Failure> {
    let form = sent.form;
    let text = form.text.replace("\r\n", "\n");
    let (first, last) = days(&visit, &text);
    let ask = Ask {
        from: form.from.parse().unwrap_or(first),
        to: form.to.parse().unwrap_or(last),
        against: match form.against.as_str() {
            "" => Against::Acting,
            "-" => Against::Nothing,
            code => Against::Program(code.to_owned()),
        },
        text,
    };
    start(&app, &visit, ask).await
}

/// Tries a text on the days that suit it.
pub async fn of_text(app: &App, visit: &Visit, text: String) -> Result<Response, Failure> {
    let (from, to) = days(visit, &text);
    start(app, visit, Ask { text, from, to, against: Against::Acting }).await
}

async fn start(app: &App, visit: &Visit, ask: Ask) -> Result<Response, Failure> {
    let job = app.trials().run(app, ask, visit.now).await;
    Ok(Redirect::to(&format!("/console/trial/{}", job.id)).into_response())
}

/// The days a text is tried on if nobody says: of its last year, or of the year before it begins.
fn days(visit: &Visit, text: &str) -> (Date, Date) {
    let today = visit.today();
    let year_ago = today.checked_sub(1.year()).unwrap_or(today);
    let Some(program) = domain::program::parse(text).value else { return (year_ago, today) };
    days_of(&program, today)
}

fn days_of(program: &Program, today: Date) -> (Date, Date) {
    let back = |day: Date| day.checked_sub(1.year()).unwrap_or(day);
    let begins = match program.change {
        Change::Amends { from, .. } => from,
        _ => program.starts,
    };
    if begins <= today && program.ends.is_none_or(|ends| back(today) <= ends) {
        let last = program.ends.map_or(today, |ends| ends.min(today));
        return (program.starts.max(back(last)), last);
    }
    // Days before it, one year earlier or as many as it takes.
    let (mut from, mut to) = (program.starts, program.ends.unwrap_or(Date::MAX));
    while today < from {
        (from, to) = (back(from), if to == Date::MAX { to } else { back(to) });
    }
    let year = from.checked_add(1.year()).ok().and_then(|day| day.yesterday().ok());
    (from, to.min(today).min(year.unwrap_or(today)))
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let job = app.trials().find(&id).ok_or(Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let rules = app.office().rules(&mut reader).await?;
    let programs = rules
        .plans
        .iter()
        .map(|plan| {
            let named = reading::program_ref(visit.lang, plan.newest());
            (named.code, named.name)
        })
        .collect();
    let mut names = vec![];
    let state = match job.stage() {
        Stage::Running => trial::State::Running(visit.now.duration_since(job.started).as_secs()),
        Stage::Wrong(problem) => trial::State::Failed(reading::problem::line(visit.lang, &problem)),
        Stage::Failed(why) => trial::State::Failed(visit.said(&why)),
        Stage::Done(done) => {
            for line in done.lines.iter().take(SHOWN_MAX) {
                let code = line.partner.as_str();
                let row = engine::catalog::partner_by_code(&mut reader, code).await?;
                names.extend(row.map(|row| reading::partner_ref(visit.lang, &row)));
            }
            trial::State::Done(done)
        }
    };
    let code = domain::program::parse(&job.ask.text).value.map(|program| program.code);
    let code = match code {
        Some(code) => engine::rules::program_by_code(&mut reader, code.as_str()).await?,
        None => None,
    };
    let code = code.map(|program| program.code);
    let page = trial::Page { id, ask: job.ask.clone(), code, state, programs, names };
    Ok(visit.page(&page).into_response())
}

async fn export(
    State(app): State<App>,
    visit: Visit,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let Some(kind @ ("csv" | "xlsx")) = file.strip_prefix("lines.") else {
        return Err(Failure::NotFound);
    };
    let job = app.trials().find(&id).ok_or(Failure::NotFound)?;
    let Stage::Done(done) = job.stage() else { return Err(Failure::NotFound) };
    let mut reader = visit.reader().await?;
    let mut names: Vec<PartnerRef> = vec![];
    for line in &done.lines {
        let row = engine::catalog::partner_by_code(&mut reader, line.partner.as_str()).await?;
        names.extend(row.map(|row| reading::partner_ref(visit.lang, &row)));
    }
    let named = |code: &str| {
        names.iter().find(|name| name.code == code).map_or_else(String::new, |n| n.name.clone())
    };
    let (headings, rows) = trial::export(visit.lang, &done, &named);
    let name = crate::ui::encode(&done.code);
    if kind == "xlsx" {
        let title = visit.lang.words().studio.trial;
        let bytes = sheet::sheet(title, &headings, &rows)
            .map_err(|error| Failure::Conflict(error.to_string()))?;
        return Ok(super::statements::file(&format!("{name}-trial.xlsx"), bytes));
    }
    let text = |cell: &sheet::Cell| match cell {
        sheet::Cell::Text(text) => text.clone(),
        sheet::Cell::Number(number) => number.to_string(),
    };
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| row.iter().map(text).collect()));
    Ok(super::money::csv(&format!("{name}-trial.csv"), &lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lie_in_the_past_and_suit_the_program() {
        let today = jiff::civil::date(2026, 6, 12);
        let cases = [
            ("starts: 2026-04-01", "2026-04-01 2026-06-12"),
            ("starts: 2020-04-01", "2025-06-12 2026-06-12"),
            ("starts: 2027-04-01\nends: 2028-03-31", "2026-04-01 2026-06-12"),
            ("starts: 2026-07-01\nends: 2026-12-31", "2025-07-01 2025-12-31"),
            ("starts: 2020-01-01\nends: 2020-12-31", "2020-01-01 2020-12-31"),
        ];
        for (header, expected) in cases {
            let text = format!(
                "program: p\ncurrency: JPY\n{header}\nterms: [ {{ term: a, measure: sum(amount), \
                 rate: 1% }} ]\n"
            );
            let program = domain::program::parse(&text).into_result().expect("a program");
            let (from, to) = days_of(&program, today);
            assert_eq!(format!("{from} {to}"), expected, "{header}");
        }
    }
}
