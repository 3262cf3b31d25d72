//! A program by a form.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::rules;

use super::programs::{checked_page, newest_text, save_and_review};
use super::trial;
use crate::app::{App, Routes, posts};
use crate::console::studio::guided::Guided;
use crate::console::studio::guided_page::Page;
use crate::failure::Failure;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/programs/form", get(new));
    routes.post("/console/programs/form", posts(send_new));
    routes.get("/console/programs/{code}/form", get(edit));
    routes.post("/console/programs/{code}/form", posts(send));
}

async fn new(visit: Visit) -> Result<Response, Failure> {
    let settings = &visit.settings;
    let today = visit.today();
    let starts = today.first_of_month();
    let month = settings.fiscal_year_month;
    let form = Guided::blank(&settings.currency, &settings.time_zone, month, starts);
    let text = form.text();
    let page = Page { code: None, form: Some(form), text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

async fn edit(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = rules::program_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let versions = rules::versions(&mut reader, found.program_id).await?;
    let text = newest_text(&versions).ok_or(Failure::NotFound)?;
    let form = domain::program::parse(&text).value.and_then(|program| Guided::read(&program));
    let page = Page { code: Some(code), form, text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

type Fields = HashMap<String, String>;

async fn send_new(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Fields>,
) -> Result<Response, Failure> {
    answer(&app, &visit, None, sent.form).await
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<Fields>,
) -> Result<Response, Failure> {
    answer(&app, &visit, Some(code), sent.form).await
}

async fn answer(
    app: &App,
    visit: &Visit,
    code: Option<String>,
    mut fields: Fields,
) -> Result<Response, Failure> {
    if let Some(header) = fields.get_mut("header") {
        *header = header.replace('|', "\n");
    }
    if fields.get("do").is_some_and(|act| act == "text") {
        let text = fields.get("text").map(|text| text.replace("\r\n", "\n")).unwrap_or_default();
        let form = domain::program::parse(&text).value.and_then(|program| Guided::read(&program));
        let checks = checked_page(visit, code.clone(), text.clone(), None).await?.checks;
        return Ok(visit.page(&Page { code, form, text, checks, refused: None }).into_response());
    }
    let form = Guided::of(&fields);
    let text = form.text();
    let mut refused = None;
    match fields.get("do").map(String::as_str) {
        Some("try") => return trial::of_text(app, visit, text).await,
        Some("review") => match save_and_review(app, visit, code.as_deref(), &text).await? {
            Ok(response) => return Ok(response),
            Err(why) => refused = Some(why),
        },
        _ => {}
    }
    let checks = checked_page(visit, code.clone(), text.clone(), None).await?.checks;
    let page = Page { code, form: Some(form), text, checks, refused };
    Ok(visit.page(&page).into_response())
}
