//! Reasons in the console: lists that people keep.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::wallets::{self, REASONS_MAX, Reason, ReasonError, ReasonKind};

use crate::app::{App, Routes};
use crate::console::loyalty::reasons::{Page, Row};
use crate::failure::Failure;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/reasons", get(show));
    routes.post("/console/loyalty/reasons/{kind}", post(save));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let all = wallets::reasons(&mut reader).await?;
    let row = |it: &Reason| Row {
        code: it.code.clone(),
        name_en: it.name_en.clone().unwrap_or_default(),
        name_ja: it.name_ja.clone().unwrap_or_default(),
        is_retired: it.is_retired,
    };
    let of = |kind| (kind, all.iter().filter(|it| it.kind == kind).map(row).collect());
    let page = Page { kinds: ReasonKind::ALL.into_iter().map(of).collect() };
    Ok(visit.page(&page).into_response())
}

/// A row that has a code is a reason; a new one is offered at once.
async fn save(
    State(app): State<App>,
    visit: Visit,
    Path(kind): Path<String>,
    sent: Sent<HashMap<String, String>>,
) -> Result<Redirect, Failure> {
    let kind = ReasonKind::from_word(&kind).ok_or(Failure::NotFound)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let before = wallets::reasons(&mut tx).await?;
    let text = |name: &str, nth: usize| {
        let found = sent.form.get(&format!("{name}-{nth}")).map(|text| text.trim().to_owned());
        found.filter(|text| !text.is_empty())
    };
    let mut list = vec![];
    for nth in 0..=REASONS_MAX {
        let Some(code) = text("code", nth) else { continue };
        let is_known = before.iter().any(|own| own.kind == kind && own.code == code);
        list.push(Reason {
            kind,
            is_retired: is_known && text("used", nth).is_none(),
            name_en: text("en", nth),
            name_ja: text("ja", nth),
            code,
        });
    }
    let by = (&visit.actor()?, visit.now);
    let w = &visit.lang.words().keeping;
    match wallets::put_reasons(&mut tx, by, kind, &list).await {
        Ok(()) => {}
        Err(ReasonError::Db(error)) => return Err(error.into()),
        Err(ReasonError::Code { .. }) => {
            return Err(Failure::field(&["code-0"], w.reasons_bad_code));
        }
        Err(ReasonError::Twice { .. }) => return Err(Failure::field(&["code-0"], w.reasons_twice)),
        Err(ReasonError::LongName { .. } | ReasonError::TooMany) => {
            return Err(Failure::field(&["code-0"], w.reasons_long));
        }
    }
    tx.commit().await?;
    Ok(Redirect::to("/console/loyalty/reasons?done=saved"))
}
