//! Sales reports: sending one, how far it is, an answer for every row, the rows to correct.

use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use engine::catalog::{self, MappingTarget};
use engine::db::Reader;
use engine::imports::{self, ImportError, ImportRow, Origin, Status};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::rejection::Language;

use super::own;
use crate::app::App;
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::portal::{report, upload};
use crate::progress::{ImportState, Outcome, Progress, Row};
use crate::reading;
use crate::ui::encode;
use crate::upload as files;
use crate::visit::{self, Visit};

pub async fn ask(visit: Visit) -> Result<Response, Failure> {
    form(&visit, None).await
}

/// The form, with what was wrong with the file sent before.
async fn form(visit: &Visit, problem: Option<String>) -> Result<Response, Failure> {
    let (d, p) = (&visit.lang.words().data, &visit.lang.words().portal);
    let mut reader = visit.reader().await?;
    let mut mappings = vec![(String::new(), d.guess_mapping.to_string())];
    for mapping in catalog::mappings(&mut reader).await? {
        if mapping.target == MappingTarget::Facts {
            mappings.push((mapping.name.clone(), mapping.name));
        }
    }
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let columns = [p.column_document, p.column_date, p.column_product, p.column_amounts];
    let page = upload::Page {
        mappings,
        problem,
        columns: columns.map(Into::into).to_vec(),
        megabytes_max: files::MEGABYTES_MAX,
    };
    Ok((status, visit.page(&page)).into_response())
}

pub async fn send(
    State(app): State<App>,
    visit: Visit,
    body: Multipart,
) -> Result<Response, Failure> {
    own(&visit)?;
    let Some(sent) = files::receive(&visit, body).await? else {
        return form(&visit, Some(visit.lang.words().portal.no_file.into())).await;
    };
    let mapping = match sent.fields.get("mapping").map_or("", String::as_str) {
        "" => match files::guess(Feeds::Facts, &sent.file).await {
            Ok(mapping) => mapping,
            Err(error) => return form(&visit, Some(error.to_string())).await,
        },
        name => saved(&mut visit.reader().await?, name).await?.ok_or(Failure::NotFound)?,
    };
    let problems = mapping.problems();
    if let Some(problem) = problems.first() {
        return form(&visit, Some(problem.clone())).await;
    }
    // The actor is bound to its partner, and so is all that comes in.
    let request = files::request(&sent, Origin::Portal, mapping, visit.actor()?);
    let number = match files::begin(app.office(), request, sent.file).await {
        Ok(number) => number,
        Err(ImportError::Db(error)) => return Err(error.into()),
        Err(ImportError::Rules(error)) => return Err(error.into()),
        Err(error) => return form(&visit, Some(error.to_string())).await,
    };
    let import = imports::by_number(&mut visit.reader().await?, number).await?;
    let import = import.ok_or(Failure::NotFound)?;
    Ok(Redirect::to(&format!("/portal/uploads/{}", encode(&import.id))).into_response())
}

/// A saved mapping for sales lines.
async fn saved(reader: &mut Reader, name: &str) -> Result<Option<Mapping>, Failure> {
    let found = catalog::find_mapping(reader, name).await?;
    let text = found.filter(|mapping| mapping.target == MappingTarget::Facts);
    let text = text.and_then(|mapping| mapping.body.as_str().map(str::to_owned));
    Ok(text.and_then(|text| Mapping::parse(&text).ok()))
}

/// A report of the partner of this session.
async fn find(visit: &Visit, reader: &mut Reader, id: &str) -> Result<ImportRow, Failure> {
    let (partner_id, _) = own(visit)?;
    let found = imports::get(reader, id).await?;
    found.filter(|import| import.partner_id == Some(partner_id)).ok_or(Failure::NotFound)
}

pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let import = find(&visit, &mut reader, &id).await?;
    let path = format!("/portal/uploads/{}", encode(&id));
    let mut list = reading::list(path, &visit::query(&visit.here));
    let rows = rows(&visit, &mut reader, &import, &mut list).await?;
    let page = report::Page {
        sent: visit.local(import.started_at),
        sent_by: import.actor_name.clone(),
        mapping: import.mapping_name.clone(),
        progress: progress(&visit, &import),
        list,
        rows,
        effects: vec![],
        id: import.id,
        file: import.name,
    };
    Ok(visit.page(&page).into_response())
}

pub fn state_of(status: Status) -> ImportState {
    match status {
        Status::Running => ImportState::Reading,
        Status::Done => ImportState::Done,
        Status::Failed => ImportState::Failed,
    }
}

fn progress(visit: &Visit, import: &ImportRow) -> Progress {
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let state = state_of(import.status);
    let until = import.finished_at.unwrap_or(visit.now);
    let millis = until.duration_since(import.started_at).as_millis();
    let rows_per_second = i128::from(import.counts.read).saturating_mul(1_000).checked_div(millis);
    let runs = state == ImportState::Reading;
    Progress {
        state,
        read: count(import.counts.read),
        rows: (!runs).then(|| count(import.counts.read)),
        accepted: count(import.counts.accepted),
        known: count(import.counts.known),
        rejected: count(import.counts.rejected),
        waiting: 0,
        rows_per_second: rows_per_second.filter(|_| runs).and_then(|n| u64::try_from(n).ok()),
        seconds_left: None,
        failure: import.failure.clone(),
    }
}

/// The answers on a page of the list.
async fn rows(
    visit: &Visit,
    reader: &mut Reader,
    import: &ImportRow,
    list: &mut crate::ui::List,
) -> Result<Vec<Row>, Failure> {
    let (offset, limit) = reading::window(list);
    let (answers, total) = match list.filter.as_deref() {
        None => imports::answers(reader, import, (offset, limit)).await?,
        Some("rejected") => {
            let refused = imports::rejections_page(reader, import.import_id, (offset, limit));
            let refused = refused.await?.into_iter().map(imports::RowAnswer::Refused).collect();
            (refused, import.counts.rejected)
        }
        // Nothing is accepted under a condition.
        Some(_) => (vec![], 0),
    };
    list.rows = u64::try_from(total).unwrap_or_default();
    Ok(answers.into_iter().map(|answer| row(visit.lang, answer)).collect())
}

fn row(lang: Lang, answer: imports::RowAnswer) -> Row {
    match answer {
        imports::RowAnswer::Accepted(number) => Row {
            number,
            outcome: Outcome::Accepted,
            say: String::new(),
            column: None,
            found: None,
        },
        imports::RowAnswer::Refused(refused) => {
            let rejection = refused.rejection;
            let column = rejection.column.as_deref();
            Row {
                number: rejection.row,
                outcome: Outcome::Rejected,
                say: rejection.reason.sentence(column, &rejection.value, language(lang)),
                found: (!rejection.value.is_empty()).then_some(rejection.value),
                column: rejection.column,
            }
        }
    }
}

fn language(lang: Lang) -> Language {
    match lang {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}

pub async fn rejected(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let import = find(&visit, &mut reader, &id).await?;
    let file = imports::write_rejects(&mut reader, &import, vec![], language(visit.lang)).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
            (header::CONTENT_DISPOSITION, attachment(&rejected_name(&import.name))),
        ],
        file,
    )
        .into_response())
}

/// `sales.xlsx` becomes `sales-rejected.csv`.
fn rejected_name(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}-rejected.csv")
}

/// The header that makes a browser keep the answer as a file of that name.
fn attachment(name: &str) -> String {
    format!("attachment; filename*=UTF-8''{}", encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rejected_rows_are_named_after_their_file() {
        assert_eq!(rejected_name("sales.2026.xlsx"), "sales.2026-rejected.csv");
        assert_eq!(rejected_name("sales"), "sales-rejected.csv");
        assert_eq!(attachment("売.csv"), "attachment; filename*=UTF-8''%E5%A3%B2.csv");
    }
}
