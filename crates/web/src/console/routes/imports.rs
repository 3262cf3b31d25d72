//! Imports: the list, a new one, its columns, its answers, and the rows that were refused.

use std::collections::HashMap;

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::Viewer;
use engine::catalog::{self, MappingTarget};
use engine::db::Reader;
use engine::imports::{self, Filter, ImportRow, Origin, RowAnswer, Status};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::Language;
use engine::ingest::source::SourceError;
use engine::office::Live;
use engine::proof::Of;

use super::mappings::{field_of, form_of, mapping_of};
use super::preview::preview;
use crate::access;
use crate::app::{App, Routes};
use crate::console::import_map::{self, FileColumn};
use crate::console::imports::ImportKind;
use crate::console::{import, import_new, imports as list_page};
use crate::failure::Failure;
use crate::i18n::{Lang, fill};
use crate::progress::{ImportState, Outcome, Progress, Row};
use crate::proofs;
use crate::reading;
use crate::ui::{List, encode};
use crate::uploads::{self, Kept};
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/imports", get(show_all));
    routes.get("/console/imports/new", get(new));
    let large = DefaultBodyLimit::max(uploads::BYTES_MAX);
    routes.post("/console/imports/new", post(send).layer(large));
    routes.get("/console/imports/{id}", get(show));
    routes.get("/console/imports/{id}/map", get(map));
    routes.post("/console/imports/{id}/map", post(mapped));
    routes.get("/console/imports/{id}/rejected", get(rejected));
    routes.get("/console/imports/{id}/known", get(known));
    routes.get("/console/imports/{id}/file", get(file));
    routes.post("/console/imports/{id}/take", post(take));
    routes.post("/console/imports/{id}/return", post(give_back));
    routes.post("/console/imports/{id}/cancel", post(cancel));
}

pub fn kind_of(feeds: Feeds) -> ImportKind {
    match feeds {
        Feeds::Facts => ImportKind::Lines,
        Feeds::Partners => ImportKind::Partners,
        Feeds::Products => ImportKind::Products,
        Feeds::Payees => ImportKind::Payees,
        Feeds::External => ImportKind::External,
        Feeds::Reference(table) => ImportKind::Reference(table),
    }
}

pub fn state_of(status: Status) -> ImportState {
    match status {
        Status::Running => ImportState::Reading,
        Status::Done => ImportState::Done,
        Status::Failed => ImportState::Failed,
        Status::Review => ImportState::Review,
        Status::Returned => ImportState::Returned,
    }
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/imports", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let (rows, total) =
        imports::list(&mut reader, &Filter::default(), reading::window(&list)).await?;
    list.rows = unsigned(total);
    let rows = rows
        .into_iter()
        .map(|row| list_page::Row {
            file: row.name,
            kind: kind_of(row.feeds),
            mapping: Some(row.mapping_name).filter(|name| !name.is_empty()),
            at: visit.local(row.started_at),
            by: row.actor_name,
            state: state_of(row.status),
            rows: unsigned(row.counts.read),
            accepted: unsigned(row.counts.accepted),
            known: unsigned(row.counts.known),
            rejected: unsigned(row.counts.rejected),
            id: row.id,
        })
        .collect();
    Ok(visit.page(&list_page::Page { list, rows }).into_response())
}

async fn new(visit: Visit) -> Result<Response, Failure> {
    new_page(&visit, None).await
}

async fn new_page(visit: &Visit, problem: Option<String>) -> Result<Response, Failure> {
    let kind = visit::query(&visit.here).get("kind").and_then(|key| ImportKind::parse(key));
    let mut reader = visit.reader().await?;
    let mappings = catalog::mappings(&mut reader).await?;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = import_new::Page {
        kind: kind.unwrap_or(ImportKind::Lines),
        mappings: mappings.into_iter().map(|mapping| mapping.name).collect(),
        problem,
        megabytes_max: uploads::MEGABYTES_MAX,
    };
    Ok((status, visit.page(&page)).into_response())
}

/// Not there, to whoever may not bring such a file in.
fn permit(visit: &Visit, feeds: Feeds) -> Result<(), Failure> {
    let may = visit.role().is_some_and(|role| access::may_import(role, feeds));
    if may { Ok(()) } else { Err(Failure::NotFound) }
}

async fn send(visit: Visit, form: Multipart) -> Result<Response, Failure> {
    let role = visit.role();
    let to_map = async move |kept: Kept| {
        if !role.is_some_and(|role| access::may_import(role, kept.feeds)) {
            kept.discard().await;
            return Err(Failure::NotFound);
        }
        Ok(Redirect::to(&format!("/console/imports/{}/map", kept.id)).into_response())
    };
    match uploads::once(&visit, form, to_map).await? {
        Some(response) => Ok(response),
        None => new_page(&visit, Some(visit.lang.words().data.no_file.into())).await,
    }
}

/// The saved mapping of that name, as it reads files.
pub async fn saved(reader: &mut Reader, name: &str) -> Result<Option<Mapping>, Failure> {
    let found = catalog::find_mapping(reader, name).await?;
    Ok(found.and_then(|found| read_body(&found.body)))
}

pub fn read_body(body: &serde_json::Value) -> Option<Mapping> {
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_string);
    Mapping::parse(&text).ok()
}

async fn map(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let kept = Kept::find(&visit.app, &id).await?;
    permit(&visit, kept.feeds)?;
    let saved = match &kept.mapping {
        Some(name) => saved(&mut visit.reader().await?, name).await?,
        None => None,
    };
    map_page(&visit, kept, saved, None).await
}

/// Why a file is not a table, for people; what is rare is told as the engine says it.
fn not_read(lang: Lang, error: &SourceError) -> String {
    let d = &lang.words().data;
    match error {
        SourceError::Empty => d.file_empty.into(),
        SourceError::OtherFormat { .. } => d.file_other.into(),
        SourceError::Protected => d.file_protected.into(),
        SourceError::Damaged { .. } => d.file_damaged.into(),
        SourceError::NoHeader { row } => fill(d.file_no_header, &[("row", &row.to_string())]),
        other => crate::i18n::sentence(lang, &other.to_string()),
    }
}

/// The file's columns with a mapping, or with the one that is suggested.
async fn map_page(
    visit: &Visit,
    kept: Kept,
    mapping: Option<Mapping>,
    problem: Option<String>,
) -> Result<Response, Failure> {
    let options = mapping.as_ref().map(|mapping| mapping.source.clone()).unwrap_or_default();
    let peek = match kept.peek(options).await? {
        Ok(peek) => peek,
        Err(error) => return new_page(visit, Some(not_read(visit.lang, &error))).await,
    };
    let name = match &mapping {
        Some(mapping) if kept.mapping.is_some() => mapping.name.clone(),
        _ => String::new(),
    };
    let mapping = mapping.unwrap_or(peek.suggested);
    let cells = |column: usize| {
        let cells = peek.rows.iter().map(|row| row.cell(column).to_string());
        cells.filter(|cell| !cell.is_empty()).take(3).collect()
    };
    let columns = peek
        .headings
        .iter()
        .enumerate()
        .map(|(at, heading)| FileColumn {
            heading: heading.clone(),
            cells: cells(at),
            field: field_of(&mapping, heading),
        })
        .collect();
    let today = visit.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (preview_fields, preview) =
        preview(visit.lang, &mapping, &peek.headings, &peek.rows, today);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = import_map::Page {
        id: kept.id,
        file: kept.name,
        bytes: kept.bytes,
        mapping: form_of(visit.lang, &mapping, name, columns),
        preview,
        preview_fields,
        problem,
    };
    Ok((status, visit.page(&page)).into_response())
}

async fn mapped(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let kept = Kept::find(&app, &id).await?;
    permit(&visit, kept.feeds)?;
    let mut mapping = mapping_of(&sent.form)?;
    permit(&visit, mapping.feeds)?;
    let name = sent.form.get("save_as").map(|name| name.trim()).unwrap_or_default();
    let run = sent.form.get("do").is_some_and(|word| word == "run");
    if !run || !mapping.problems().is_empty() {
        return map_page(&visit, kept, Some(mapping), None).await;
    }
    if name.is_empty() {
        mapping.name = kept.name.clone();
    } else {
        mapping.name = name.into();
        save(&app, &visit, &mapping).await?;
    }
    let actor = visit.actor()?;
    let id = kept.import(app.office(), mapping, Origin::Console, actor).await?;
    Ok(Redirect::to(&format!("/console/imports/{id}")).into_response())
}

pub async fn save(app: &App, visit: &Visit, mapping: &Mapping) -> Result<(), Failure> {
    let target = match mapping.feeds {
        Feeds::Facts => MappingTarget::Facts,
        Feeds::Partners => MappingTarget::Partners,
        Feeds::Products => MappingTarget::Products,
        Feeds::Payees => MappingTarget::Payees,
        Feeds::External => MappingTarget::External,
        Feeds::Reference(table) => MappingTarget::Reference(table),
    };
    let body = serde_json::Value::String(mapping.write());
    let mut tx = app.office().db().write().await?;
    let actor = visit.actor()?;
    catalog::save_mapping(&mut tx, visit.now, &actor, &mapping.name, target, body).await?;
    tx.commit().await?;
    Ok(())
}

/// An import whose rows the reader may see: those of payees hold accounts.
async fn find(visit: &Visit, reader: &mut Reader, id: &str) -> Result<ImportRow, Failure> {
    let row = imports::get(reader, id).await?.ok_or(Failure::NotFound)?;
    if row.feeds == Feeds::Payees {
        permit(visit, row.feeds)?;
    }
    Ok(row)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = find(&visit, &mut reader, &id).await?;
    let (list, rows) = answers(&visit, &mut reader, &row, "/console/imports").await?;
    let seen = (Viewer::Vendor, "/console");
    let proofs = proofs::of(&visit, &mut reader, seen, Of::Report(&row.id), None).await?;
    let known = known_of(&mut reader, &row, "/console/imports").await?;
    let report = report_of(&visit, &mut reader, &row).await?;
    let page = import::Page {
        known,
        report,
        bytes: unsigned(row.bytes_total),
        kind: kind_of(row.feeds),
        mapping: Some(row.mapping_name.clone()).filter(|name| !name.is_empty()),
        at: visit.local(row.started_at),
        by: row.actor_name.clone(),
        progress: progress_of(&visit, &row),
        proofs,
        list,
        rows,
        file: row.name,
        id: row.id,
    };
    Ok(visit.page(&page).into_response())
}

/// How far an import is. The pace is what it did since it began.
pub fn progress_of(visit: &Visit, row: &ImportRow) -> Progress {
    let seconds = visit.now.duration_since(row.started_at).as_secs().max(1);
    let running = row.status == Status::Running;
    Progress {
        state: state_of(row.status),
        read: unsigned(row.counts.read),
        rows: (!running).then(|| unsigned(row.counts.read)),
        accepted: unsigned(row.counts.accepted),
        known: unsigned(row.counts.known),
        rejected: unsigned(row.counts.rejected),
        waiting: 0,
        rows_per_second: running.then(|| unsigned(row.counts.read / seconds)),
        seconds_left: None,
        failure: row.failure.as_ref().map(|said| visit.said(said)),
    }
}

/// The answers of a page of rows: of all of them, or of those that were refused.
pub async fn answers(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
    path: &str,
) -> Result<(List, Vec<Row>), Failure> {
    let mut list = reading::list(format!("{path}/{}", row.id), &visit::query(&visit.here));
    if !matches!(row.feeds, Feeds::Facts | Feeds::External) {
        // Of master data only the refused rows are kept.
        list.filter = Some("rejected".into());
    }
    let window = reading::window(&list);
    let (found, total) = match list.filter.as_deref() {
        None => imports::answers(reader, row, window).await?,
        Some("rejected") => {
            let refused = imports::rejections_page(reader, row.import_id, window).await?;
            let refused = refused.into_iter().map(RowAnswer::Refused).collect();
            (refused, row.counts.rejected)
        }
        // Whether a line waits is known to its programs, not to its import.
        Some(_) => (vec![], 0),
    };
    list.rows = unsigned(total);
    let language = language(visit.lang);
    let rows = found.into_iter().map(|answer| answer_row(answer, language)).collect();
    Ok((list, rows))
}

fn answer_row(answer: RowAnswer, language: Language) -> Row {
    match answer {
        RowAnswer::Accepted(number) => Row {
            number,
            outcome: Outcome::Accepted,
            say: String::new(),
            column: None,
            found: None,
        },
        RowAnswer::Refused(refused) => Row {
            number: refused.rejection.row,
            outcome: Outcome::Rejected,
            say: refused.rejection.sentence(language),
            column: refused.rejection.column,
            found: Some(refused.rejection.value).filter(|value| !value.is_empty()),
        },
    }
}

pub fn language(lang: Lang) -> Language {
    match lang {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}

async fn rejected(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = find(&visit, &mut reader, &id).await?;
    rejects_file(&visit, &mut reader, &row).await
}

/// The refused rows in the shape they came in, with a column that says why.
pub async fn rejects_file(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
) -> Result<Response, Failure> {
    let bytes = imports::write_rejects(reader, row, Vec::new(), language(visit.lang)).await?;
    Ok(csv(row, "rejected", bytes))
}

/// The rows that were there before, in the shape they came in.
pub async fn known_file(reader: &mut Reader, row: &ImportRow) -> Result<Response, Failure> {
    let bytes = imports::write_known(reader, row, Vec::new()).await?;
    Ok(csv(row, "known", bytes))
}

fn csv(row: &ImportRow, what: &str, bytes: Vec<u8>) -> Response {
    let stem = row.name.rsplit_once('.').map_or(row.name.as_str(), |(stem, _)| stem);
    attached(&format!("{stem}-{what}.csv"), "text/csv; charset=utf-8", bytes)
}

fn attached(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", encode(name))),
    ];
    (headers, bytes).into_response()
}

async fn known(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = find(&visit, &mut reader, &id).await?;
    known_file(&mut reader, &row).await
}

/// A report that waits, as it was sent.
async fn file(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = find(&visit, &mut reader, &id).await?;
    let bytes = imports::held_file(&mut reader, row.import_id).await?.ok_or(Failure::NotFound)?;
    // Whatever a partner sent is saved and never shown in the place of a page.
    Ok(attached(&row.name, "application/octet-stream", bytes))
}

/// What is said to a report.
#[derive(serde::Deserialize)]
struct Word {
    #[serde(default)]
    comment: String,
    /// Why it is returned.
    #[serde(default)]
    why: String,
}

/// Takes a report: its lines are read, and count.
async fn take(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<Word>,
) -> Result<Redirect, Failure> {
    let import = imports::get(&mut visit.reader().await?, &id).await?.ok_or(Failure::NotFound)?;
    uploads::take_report(app.office(), visit.actor()?, import, sent.form.comment).await?;
    Ok(Redirect::to(&format!("/console/imports/{id}?done=saved")))
}

/// Gives a report back.
async fn give_back(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    sent: Sent<Word>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let import = imports::get(&mut tx, &id).await?.ok_or(Failure::NotFound)?;
    let actor = visit.actor()?;
    imports::return_report(&mut tx, visit.now, &actor, &import, &sent.form.why).await?;
    tx.commit().await?;
    app.office().tell(Live::Import(std::sync::Arc::from(id.as_str())));
    Ok(Redirect::to(&format!("/console/imports/{id}?done=saved")))
}

/// Where the rows that were there before are, if any are kept.
pub async fn known_of(
    reader: &mut Reader,
    row: &ImportRow,
    path: &str,
) -> Result<Option<(String, u64)>, Failure> {
    let kept = unsigned(imports::known_kept(reader, row.import_id).await?);
    Ok((kept > 0).then(|| (format!("{path}/{}/known", row.id), kept)))
}

/// What there is to say of a report that waits, or of the word that was said to it.
async fn report_of(
    visit: &Visit,
    reader: &mut Reader,
    row: &ImportRow,
) -> Result<import::Report, Failure> {
    let mut report = import::Report {
        reviewed: row.reviewed.as_ref().map(|word| import::Reviewed {
            by: word.by.clone(),
            at: visit.local(word.at),
            comment: word.comment.clone(),
        }),
        preview_fields: vec![],
        preview: vec![],
        has_file: false,
    };
    if !matches!(row.status, Status::Review | Status::Returned) {
        return Ok(report);
    }
    let Some(body) = imports::held_file(reader, row.import_id).await? else { return Ok(report) };
    report.has_file = true;
    if let Ok(mapping) = Mapping::parse(&row.mapping) {
        let options = mapping.source.clone();
        if let Ok(peek) = uploads::peek_bytes(body, row.feeds, options).await? {
            let today = visit.today();
            let seen = preview(visit.lang, &mapping, &peek.headings, &peek.rows, today);
            (report.preview_fields, report.preview) = seen;
        }
    }
    Ok(report)
}

/// Stops an import that is under way; what is in stays.
async fn cancel(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _sent: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let row = imports::get(&mut tx, &id).await?.ok_or(Failure::NotFound)?;
    imports::stop(&mut tx, &visit.actor()?, visit.now, &row).await?;
    tx.commit().await?;
    app.office().tell(Live::Import(std::sync::Arc::from(id.as_str())));
    Ok(Redirect::to(&format!("/console/imports/{id}?done=saved")))
}
