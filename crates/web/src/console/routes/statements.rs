//! Statements: issued over approved payouts, drawn as papers.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::explain::Lang as PaperLang;
use engine::access::Viewer;
use engine::catalog::partner_by_id;
use engine::db::Reader;
use engine::papers::run::{self, RunError};
use engine::papers::settings::SettingsError;
use engine::papers::statement::{self, StatementError, StatementRow, pdf, xlsx};

use crate::app::{App, Routes};
use crate::console::papers::statements::{Page, Row};
use crate::failure::Failure;
use crate::format::Money;
use crate::reading;
use crate::view::PartnerRef;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/statements", get(show));
    routes.post("/console/statements", post(issue));
    routes.get("/console/statements/{id}/{paper}", get(show_paper));
    routes.post("/console/statements/{id}/void", post(void));
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Failure {
        match error {
            StatementError::Db(error) => error.into(),
            StatementError::Settle(error) => error.into(),
            StatementError::NotFound => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        match error {
            RunError::Db(error) => error.into(),
            RunError::Settle(error) => error.into(),
            RunError::Statement(error) => error.into(),
            RunError::NotFound => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// No list is longer.
const STATEMENTS_MAX: i64 = 2_000;

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let open = statement::open(&mut reader, &rules, None).await?;
    let found = statement::list(&mut reader, Viewer::Vendor, None, STATEMENTS_MAX).await?;
    let page = Page {
        rows: rows(&visit, &mut reader, &found).await?,
        open: open.iter().map(|open| open.payouts.len() as u64).sum(),
        problem: None,
    };
    Ok(visit.page(&page).into_response())
}

/// Partners by their number, as pages name them.
pub async fn partners(
    visit: &Visit,
    reader: &mut Reader,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, PartnerRef>, Failure> {
    let mut found = HashMap::new();
    for id in ids {
        if !found.contains_key(&id)
            && let Some(row) = partner_by_id(reader, id).await?
        {
            found.insert(id, reading::partner_ref(visit.lang, &row));
        }
    }
    Ok(found)
}

/// As lists show them.
pub async fn rows(
    visit: &Visit,
    reader: &mut Reader,
    found: &[StatementRow],
) -> Result<Vec<Row>, Failure> {
    let partners = partners(visit, reader, found.iter().map(|row| row.partner_id)).await?;
    let agreed = statement::agreements(reader, None).await?;
    let shown = |row: &StatementRow| {
        let currency = Currency::parse(&row.unit)?;
        let code = &row.partner_code;
        let unknown = || PartnerRef { code: code.clone(), name: code.clone() };
        Some(Row {
            id: row.public_id.clone(),
            number: row.number.clone(),
            partner: partners.get(&row.partner_id).cloned().unwrap_or_else(unknown),
            from: row.from,
            to: row.to,
            due: row.due,
            tax: Money::new(row.tax, currency),
            total: Money::new(row.total, currency),
            state: row.status,
            agreed: agreed.get(&row.statement_id).map(|one| {
                let when = crate::format::moment(visit.local(one.at), visit.lang);
                let places = [("when", when.as_str()), ("who", one.by.as_str())];
                crate::i18n::fill(visit.lang.words().settle.agreed, &places)
            }),
        })
    };
    Ok(found.iter().filter_map(shown).collect())
}

async fn issue(
    State(app): State<App>,
    visit: Visit,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    run::state_all(app.office(), &visit.actor()?, (None, None)).await?;
    Ok(Redirect::to("/console/statements?done=saved"))
}

async fn void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    statement::void(&mut tx, &visit.actor()?, visit.now, &id).await?;
    tx.commit().await?;
    Ok(Redirect::to("/console/statements?done=revoked"))
}

async fn show_paper(
    visit: Visit,
    Path((id, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    self::paper(&visit, Viewer::Vendor, &id, &paper).await
}

/// A statement as `ja.pdf`, `en.pdf`, `ja.xlsx` or `en.xlsx`.
pub async fn paper(
    visit: &Visit,
    viewer: Viewer,
    id: &str,
    paper: &str,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = statement::row(&mut reader, viewer, id).await?.ok_or(Failure::NotFound)?;
    let content = statement::load(&mut reader, &row).await?;
    drop(reader);
    let (lang, kind) = paper.split_once('.').ok_or(Failure::NotFound)?;
    let lang = match lang {
        "ja" => PaperLang::Ja,
        "en" => PaperLang::En,
        _ => return Err(Failure::NotFound),
    };
    let drawn = drawn(&content, lang, kind).ok_or(Failure::NotFound)?;
    let bytes = drawn.map_err(Failure::Conflict)?;
    Ok(file(&format!("{}-{}.{kind}", row.number, lang.tag()), bytes))
}

/// The bytes of a paper; `None` for a kind that there is not.
pub fn drawn(
    content: &statement::Statement,
    lang: PaperLang,
    kind: &str,
) -> Option<Result<Vec<u8>, String>> {
    match kind {
        "pdf" => Some(pdf::pdf(content, lang).map_err(|error| error.to_string())),
        "xlsx" => Some(xlsx::xlsx(content, lang).map_err(|error| error.to_string())),
        _ => None,
    }
}

/// A file to keep, of the kind its name says.
pub fn file(name: &str, bytes: Vec<u8>) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("xml") => "application/xml",
        Some("csv") => "text/csv; charset=utf-8",
        Some("beancount") => "text/plain; charset=utf-8",
        // Bank files are bytes of their own coding.
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        match error {
            SettingsError::Db(error) => error.into(),
            other @ SettingsError::Bad { .. } => Failure::Conflict(other.to_string()),
        }
    }
}
