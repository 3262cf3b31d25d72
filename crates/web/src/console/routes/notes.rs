//! Credit notes and demands: issued over statements, drawn as papers, settled or made void.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::explain::Lang as PaperLang;
use engine::access::Viewer;
use engine::db::Reader;
use engine::papers::note::{self, NoteError, NoteRow, NoteStatus};
use engine::papers::statement::NoteKind;
use jiff::civil::Date;
use serde::Deserialize;

use super::payments::said;
use super::statements::{drawn, file, partners};
use crate::app::{App, Routes};
use crate::console::papers::notes::{NotePage, Page, Row, Waiting, Way};
use crate::failure::Failure;
use crate::format::Money;
use crate::view::PartnerRef;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/notes", get(show));
    routes.post("/console/notes", post(issue));
    routes.get("/console/notes/{id}", get(show_note));
    routes.get("/console/notes/{id}/{paper}", get(show_paper));
    routes.post("/console/notes/{id}/received", post(received));
    routes.post("/console/notes/{id}/void", post(void));
}

impl From<NoteError> for Failure {
    fn from(error: NoteError) -> Failure {
        match error {
            NoteError::Db(error) => error.into(),
            NoteError::Settle(error) => error.into(),
            NoteError::Statement(error) => error.into(),
            NoteError::NotFound => Failure::NotFound,
            other => Failure::Conflict(other.to_string()),
        }
    }
}

/// No list is longer.
const NOTES_MAX: i64 = 2_000;

/// A note may settle whatever is stated, due or not: whoever issues it has said so.
const EVER: Date = Date::constant(9999, 12, 31);

fn way(kind: NoteKind) -> Way {
    match kind {
        NoteKind::Credit => Way::Credit,
        NoteKind::Debit => Way::Demand,
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let due = note::due(&mut reader, visit.now, EVER).await?;
    let ids = due.iter().map(|one| one.statement.partner_id);
    let known = partners(&visit, &mut reader, ids).await?;
    let words = visit.lang.words();
    let waiting = due
        .iter()
        .filter_map(|one| {
            let of = &one.statement;
            let code = &of.partner_code;
            let unknown = || PartnerRef { code: code.clone(), name: code.clone() };
            Some(Waiting {
                statement: of.number.clone(),
                way: way(one.kind),
                partner: known.get(&of.partner_id).cloned().unwrap_or_else(unknown),
                total: Money::new(of.total.abs(), Currency::parse(&of.unit)?),
                fault: one.fault.as_ref().map(|fault| said(words, fault)),
            })
        })
        .collect();
    let found = note::list(&mut reader, Viewer::Vendor, None, NOTES_MAX).await?;
    let rows = rows(&visit, &mut reader, &found).await?;
    Ok(visit.page(&Page { waiting, rows }).into_response())
}

/// As lists show them.
pub async fn rows(
    visit: &Visit,
    reader: &mut Reader,
    found: &[NoteRow],
) -> Result<Vec<Row>, Failure> {
    let known = partners(visit, reader, found.iter().map(|row| row.partner_id)).await?;
    let shown = |row: &NoteRow| {
        let code = &row.partner_code;
        let unknown = || PartnerRef { code: code.clone(), name: code.clone() };
        Some(Row {
            number: row.number.clone(),
            way: way(row.kind),
            partner: known.get(&row.partner_id).cloned().unwrap_or_else(unknown),
            statement: row.statement.clone(),
            issued: row.issued,
            due: row.due,
            total: Money::new(row.total.abs(), Currency::parse(&row.unit)?),
            state: row.status.word(),
        })
    };
    Ok(found.iter().filter_map(shown).collect())
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct IssueForm {
    /// Nothing issues every credit note that waits.
    statement: String,
    due: String,
}

async fn issue(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<IssueForm>,
) -> Result<Redirect, Failure> {
    let actor = visit.actor()?;
    if sent.form.statement.is_empty() {
        note::credit_all(app.office(), &actor, EVER).await?;
        return Ok(Redirect::to("/console/notes?done=saved"));
    }
    let due = day(&visit, &sent.form.due)?;
    let mut tx = app.office().db().write().await?;
    let made = note::issue(&mut tx, &actor, visit.now, &sent.form.statement, due).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/notes/{}?done=saved", made.number)))
}

/// A day that may be left out.
fn day(visit: &Visit, text: &str) -> Result<Option<Date>, Failure> {
    let bad = || Failure::Conflict(visit.lang.words().papers.bad_day.into());
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| bad()),
    }
}

async fn find(reader: &mut Reader, viewer: Viewer, id: &str) -> Result<NoteRow, Failure> {
    note::row(reader, viewer, id).await?.ok_or(Failure::NotFound)
}

async fn show_note(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = find(&mut reader, Viewer::Vendor, &id).await?;
    let row = rows(&visit, &mut reader, std::slice::from_ref(&found)).await?;
    let page = NotePage {
        row: row.into_iter().next().ok_or(Failure::NotFound)?,
        by: (found.issued_by, visit.local(found.issued_at)),
        received: found.received,
        ended: found
            .ended
            .filter(|_| found.status != NoteStatus::Issued)
            .map(|(who, at)| (who, visit.local(at))),
        comment: found.comment,
        today: visit.today(),
    };
    Ok(visit.page(&page).into_response())
}

async fn show_paper(
    visit: Visit,
    Path((id, kind)): Path<(String, String)>,
) -> Result<Response, Failure> {
    paper(&visit, Viewer::Vendor, &id, &kind).await
}

/// A note as `ja.pdf`, `en.pdf`, `ja.xlsx` or `en.xlsx`.
pub async fn paper(
    visit: &Visit,
    viewer: Viewer,
    id: &str,
    paper: &str,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = find(&mut reader, viewer, id).await?;
    let content = note::load(&mut reader, &row).await?;
    drop(reader);
    let (lang, kind) = paper.split_once('.').ok_or(Failure::NotFound)?;
    let lang = match lang {
        "ja" => PaperLang::Ja,
        "en" => PaperLang::En,
        _ => return Err(Failure::NotFound),
    };
    let bytes = drawn(&content, lang, kind).ok_or(Failure::NotFound)?.map_err(Failure::Conflict)?;
    Ok(file(&format!("{}-{}.{kind}", row.number, lang.tag()), bytes))
}

#[derive(Deserialize)]
struct ReceivedForm {
    day: String,
}

async fn received(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<ReceivedForm>,
) -> Result<Redirect, Failure> {
    let day = day(&visit, &sent.form.day)?;
    let mut tx = app.office().db().write().await?;
    let row = note::received(&mut tx, &visit.actor()?, visit.now, &id, day).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/notes/{}?done=saved", row.number)))
}

#[derive(Deserialize)]
struct VoidForm {
    reason: String,
}

async fn void(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<VoidForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let reason = &sent.form.reason;
    let row = note::void(&mut tx, &visit.actor()?, visit.now, &id, reason).await?;
    tx.commit().await?;
    app.office().tell(engine::office::Live::Rules);
    Ok(Redirect::to(&format!("/console/notes/{}?done=revoked", row.number)))
}
