//! Who is enrolled in a program, and enrolling more of them by a draft of its text.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use domain::program::{Change, Members as Enrols, Program};
use engine::catalog::{self, Listing, ROWS_PER_PAGE_MAX};
use engine::db::Reader;
use engine::programs::{self as texts, ENROLLED_MAX, Enrolment, ProgramError};
use serde::Deserialize;

use super::programs::head_of;
use crate::app::{App, Routes};
use crate::console::program::{self, Members, Says, Tab, member};
use crate::failure::Failure;
use crate::reading;
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.post("/console/programs/{code}/members", post(enrol));
}

/// The tab of a program's newest text, be it a draft.
pub(super) async fn members(
    visit: &Visit,
    reader: &mut Reader,
    code: &str,
    typed: Option<(String, String)>,
) -> Result<Option<Members>, Failure> {
    let newest = texts::newest(reader, code).await.map_err(|error| broken(&error))?;
    let Some((program, draft)) = newest else { return Ok(None) };
    let query = visit::query(&visit.here);
    let mut list = reading::list(format!("/console/programs/{}", encode(code)), &query);
    list.keep.push(("tab".into(), "members".into()));
    let sought = query.get("find").map(|text| text.trim().to_owned()).unwrap_or_default();
    let mut page = Members {
        says: match &program.partners {
            Enrols::All => Says::Everybody,
            Enrols::Where(condition) => Says::Condition(condition.text().to_owned()),
            Enrols::List(_) => Says::List,
        },
        rows: rows(visit, reader, &program, &mut list).await?,
        list,
        draft,
        from: first_day(visit, &program),
        found: None,
        typed: String::new(),
        problem: None,
    };
    match typed {
        Some((typed, problem)) => (page.typed, page.problem) = (typed, Some(problem)),
        None if !sought.is_empty() => {
            let codes = found(reader, &program, &sought).await?;
            page.found = Some((sought, codes.len() as u64));
            page.typed = codes.join("\n");
        }
        None => {}
    }
    Ok(Some(page))
}

fn broken(error: &ProgramError) -> Failure {
    Failure::Conflict(error.to_string())
}

/// Tomorrow, or the first day that an amendment of the program may have.
fn first_day(visit: &Visit, program: &Program) -> jiff::civil::Date {
    let after = match program.change {
        Change::Amends { from, .. } => from,
        Change::First | Change::Corrects { .. } => program.starts,
    };
    let tomorrow = visit.today().tomorrow().unwrap_or(after);
    let from = tomorrow.max(after.tomorrow().unwrap_or(after));
    program.ends.map_or(from, |ends| from.min(ends))
}

async fn rows(
    visit: &Visit,
    reader: &mut Reader,
    program: &Program,
    list: &mut crate::ui::List,
) -> Result<Vec<member::Row>, Failure> {
    let Enrols::List(members) = &program.partners else { return Ok(vec![]) };
    let sought = list.q.to_lowercase();
    let fits = |code: &str| code.to_lowercase().contains(&sought);
    let found = members.iter().filter(|one| fits(one.partner.as_str())).collect();
    let mut rows = vec![];
    for one in reading::page_of(list, found) {
        let known = catalog::partner_by_code(reader, one.partner.as_str()).await?;
        rows.push(member::Row {
            code: one.partner.to_string(),
            name: known.map(|row| reading::partner_ref(visit.lang, &row).name),
            from: one.from,
            to: one.to,
            ship_to: one.ship_to.as_ref().map(ToString::to_string),
            skip: one.skip,
        });
    }
    Ok(rows)
}

/// Codes of the partners that a search finds and that are not enrolled.
async fn found(
    reader: &mut Reader,
    program: &Program,
    search: &str,
) -> Result<Vec<String>, Failure> {
    let mut codes = vec![];
    let mut offset = 0;
    while codes.len() < ENROLLED_MAX {
        let listing = Listing { search: search.to_owned(), offset, limit: ROWS_PER_PAGE_MAX };
        let page = catalog::partners(reader, &listing).await?;
        if page.rows.is_empty() {
            break;
        }
        offset += i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
        codes.extend(page.rows.into_iter().map(|row| row.code));
        if page.total <= offset {
            break;
        }
    }
    if let Enrols::List(members) = &program.partners {
        let there: std::collections::BTreeSet<&str> =
            members.iter().map(|member| member.partner.as_str()).collect();
        codes.retain(|code| !there.contains(code.as_str()));
    }
    codes.truncate(ENROLLED_MAX);
    Ok(codes)
}

#[derive(Deserialize)]
struct EnrolForm {
    members: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    replace: String,
}

async fn enrol(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<EnrolForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    match draft(&app, &visit, &code, &form).await {
        Ok(version) => {
            let to = format!("/console/programs/{}/versions/{version}?done=saved", encode(&code));
            Ok(Redirect::to(&to).into_response())
        }
        Err(ProgramError::Db(error)) => Err(error.into()),
        Err(ProgramError::NoVersion { .. }) => Err(Failure::NotFound),
        Err(error) => {
            let problem = visit.said(&error);
            let mut reader = visit.reader().await?;
            let head = head_of(&visit, &mut reader, &code).await?;
            let found = members(&visit, &mut reader, &code, Some((form.members, problem))).await?;
            let tab = Tab::Members(Box::new(found.ok_or(Failure::NotFound)?));
            let page = program::Page { head, tab };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response())
        }
    }
}

async fn draft(
    app: &App,
    visit: &Visit,
    code: &str,
    form: &EnrolForm,
) -> Result<u32, ProgramError> {
    let more = texts::pasted(&form.members)?;
    let mut tx = app.office().db().write().await?;
    let master = app.office().master(&mut tx).await?;
    let newest = texts::newest(&mut tx, code).await?;
    let first = newest.map_or(visit.today(), |(program, _)| first_day(visit, &program));
    let from = form.from.trim().parse().unwrap_or(first);
    let how = match form.replace.as_str() {
        "yes" => Enrolment::Replaces { from },
        _ => Enrolment::Adds { from },
    };
    let actor = visit.actor().map_err(|_| ProgramError::FourEyes)?;
    let by = (&actor, visit.now);
    let done = texts::enrol(&mut tx, &master, by, code, how, &more).await?;
    tx.commit().await?;
    Ok(done.version)
}
