//! Sales reports: sending one, how far it is, an answer for every row, the rows to correct.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::catalog::{self, MappingTarget};
use engine::db::Reader;
use engine::imports::{self, ImportRow, Origin};
use engine::ingest::mapping::{Feeds, Mapping};
use engine::ingest::source::SourceOptions;

use super::own;
use crate::app::App;
use crate::console::routes::imports::{language, progress_of, rejects_file, saved};
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::portal::{report, upload};
use crate::progress::{Outcome, Row};
use crate::reading;
use crate::ui::encode;
use crate::uploads::{self as files, Kept};
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
    let Some(kept) = files::keep(&visit, body).await? else {
        return form(&visit, Some(visit.lang.words().data.no_file.into())).await;
    };
    let mapping = match how(&visit, &kept).await? {
        Ok(mapping) => mapping,
        Err(problem) => {
            kept.discard().await;
            return form(&visit, Some(problem)).await;
        }
    };
    // The actor is bound to its partner, and so is all that comes in.
    let id = kept.import(app.office(), mapping, Origin::Portal, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/portal/uploads/{}", encode(&id))).into_response())
}

/// How the file is read: by the mapping that was chosen, or as its headings say. Otherwise what
/// is wrong with it, in a sentence.
async fn how(visit: &Visit, kept: &Kept) -> Result<Result<Mapping, String>, Failure> {
    let mapping = match &kept.mapping {
        Some(name) => {
            let saved = saved(&mut visit.reader().await?, name).await?;
            saved.filter(|mapping| mapping.feeds == Feeds::Facts).ok_or(Failure::NotFound)?
        }
        None => match kept.peek(SourceOptions::default()).await? {
            Ok(peek) => peek.suggested,
            Err(error) => return Ok(Err(error.to_string())),
        },
    };
    let problem = mapping.problems().into_iter().next();
    Ok(problem.map_or(Ok(mapping), Err))
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
        progress: progress_of(&visit, &import),
        list,
        rows,
        effects: vec![],
        id: import.id,
        file: import.name,
    };
    Ok(visit.page(&page).into_response())
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
            Row {
                number: rejection.row,
                outcome: Outcome::Rejected,
                say: rejection.sentence(language(lang)),
                found: (!rejection.value.is_empty()).then_some(rejection.value),
                column: rejection.column,
            }
        }
    }
}

pub async fn rejected(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let import = find(&visit, &mut reader, &id).await?;
    rejects_file(&visit, &mut reader, &import).await
}
