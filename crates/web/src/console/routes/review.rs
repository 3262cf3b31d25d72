//! Beginning a version, and letting one act: by a second person where one is needed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::program::{Change, Program, Revision, Thresholds};
use engine::access::Action;
use engine::acting;
use engine::db::Reader;
use engine::findings::findings;
use engine::programs::{self as texts, FourEyes, ProgramError, Review};
use engine::rules::{self, VersionRow, VersionStatus};
use serde::Deserialize;

use super::programs::{activated, checked_page, diff, editor_of, problems_of, refusal};
use crate::app::{App, Routes, posts};
use crate::console::studio::review::{Found, May, Page, Past};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::reading;
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/programs/{code}/begin", get(begin));
    routes.get("/console/programs/{code}/versions/{version}", get(show));
    routes.post("/console/programs/{code}/versions/{version}", posts(decide));
    routes.post("/console/settings/four-eyes", posts(set_four_eyes));
}

/// The editor with the text a version begins with. Nothing is saved yet.
async fn begin(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let get = |key: &str| query.get(key).map(|text| text.trim()).unwrap_or_default();
    let of = get("of").parse().ok();
    let day = |key: &str| get(key).parse().ok();
    let bad_day = visit.lang.words().papers.bad_day.to_owned();
    let revision = match get("as") {
        "correct" => Revision::Correct,
        "amend" => {
            let thresholds =
                if get("split") == "yes" { Thresholds::Split } else { Thresholds::Whole };
            match day("from") {
                Some(from) => Revision::Amend { from, thresholds },
                None => return not_begun(&visit, &code, bad_day).await,
            }
        }
        "end" => match day("last") {
            Some(last) => Revision::End { last },
            None => return not_begun(&visit, &code, bad_day).await,
        },
        "copy" => Revision::Copy { code: domain::code::ProgramCode::new(get("new")) },
        _ => return Err(Failure::NotFound),
    };
    let mut reader = visit.reader().await?;
    let begun = texts::begin(&mut reader, &code, of, &revision).await;
    drop(reader);
    match begun {
        Ok(begun) => {
            let own = (begun.code == code).then_some(code);
            let page = checked_page(&visit, own, begun.text, None).await?;
            Ok(visit.page(&page).into_response())
        }
        Err(ProgramError::Db(error)) => Err(error.into()),
        Err(ProgramError::NoVersion { .. }) => Err(Failure::NotFound),
        Err(error) => not_begun(&visit, &code, visit.said(&error)).await,
    }
}

/// The program's text as it is, with why nothing was begun.
async fn not_begun(visit: &Visit, code: &str, why: String) -> Result<Response, Failure> {
    let mut page = editor_of(visit, code).await?;
    page.refused = Some(why);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response())
}

async fn show(
    visit: Visit,
    Path((code, version)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let page = page(&visit, &code, &version, None).await?;
    Ok(visit.page(&page).into_response())
}

async fn page(
    visit: &Visit,
    code: &str,
    version: &str,
    refused: Option<String>,
) -> Result<Page, Failure> {
    let number: i64 = version.parse().map_err(|_| Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let found = rules::program_by_code(&mut reader, code).await?.ok_or(Failure::NotFound)?;
    let versions = rules::versions(&mut reader, found.program_id).await?;
    let row = versions.iter().find(|row| row.version == number).ok_or(Failure::NotFound)?;
    let is_draft = row.status == VersionStatus::Draft;
    let check = texts::check(&mut reader, &row.text).await?;
    let program = check.program.as_ref();
    let reviews = texts::reviews(&mut reader, found.program_id, number).await?;
    let may = may(visit, &mut reader, row, reviews.first()).await?;
    let found = match program.filter(|_| is_draft) {
        Some(program) => Some(looked(visit, &mut reader, program, &versions).await?),
        None => None,
    };
    let name = program
        .map_or_else(|| code.to_owned(), |program| reading::program_ref(visit.lang, program).name);
    let four_eyes = if visit.role().is_some_and(|role| role.may(Action::EditSettings)) {
        Some(texts::four_eyes(&mut reader).await?)
    } else {
        None
    };
    Ok(Page {
        code: code.to_owned(),
        name,
        number: u32::try_from(number).unwrap_or_default(),
        is_draft,
        author: row.created_by.clone(),
        may,
        changes: program.and_then(|program| changes(visit, program, &versions)),
        checks: problems_of(visit.lang, &check.problems),
        found,
        history: reviews.iter().map(|review| past(visit, review)).collect(),
        text: row.text.clone(),
        four_eyes,
        refused,
        reason: row.activation_reason.clone(),
    })
}

/// What the reader may do with a version.
async fn may(
    visit: &Visit,
    reader: &mut Reader,
    row: &VersionRow,
    newest: Option<&Review>,
) -> Result<May, Failure> {
    let edits = visit.role().is_some_and(|role| role.may(Action::EditPrograms));
    if row.status != VersionStatus::Draft || !edits {
        return Ok(May::Look);
    }
    let open = newest.filter(|review| review.status == texts::ReviewStatus::Submitted);
    let asked = open.map(|review| review.asked_by_id.as_str());
    let own = texts::is_own(&visit.actor()?, row.author_id.as_deref(), asked);
    let needs = texts::needs_second(reader).await?;
    Ok(match (needs && own, open.is_some()) {
        (true, true) => May::Wait,
        (true, false) => May::Submit,
        (false, true) => May::Decide,
        (false, false) => May::Activate,
    })
}

/// What the version says otherwise than the one it corrects, or the one that acts before it.
fn changes(
    visit: &Visit,
    program: &Program,
    versions: &[VersionRow],
) -> Option<(u32, Vec<String>, Vec<crate::console::program::DiffLine>)> {
    let number = i64::from(program.version);
    let before = match program.change {
        Change::Corrects { version } => {
            versions.iter().find(|row| row.version == i64::from(version))
        }
        _ => versions
            .iter()
            .filter(|row| row.status == VersionStatus::Active && row.version < number)
            .max_by_key(|row| row.version),
    }?;
    let old = domain::program::parse(&before.text).value?;
    let said = reading::changes::changes(visit.lang, &old, program);
    Some((old.version, said, diff(&before.text, &program.text)))
}

async fn looked(
    visit: &Visit,
    reader: &mut Reader,
    program: &Program,
    versions: &[VersionRow],
) -> Result<Found, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let of = (program, versions);
    let found = findings(reader, &rules, &master, visit.today(), of).await?;
    let lang = visit.lang;
    Ok(Found {
        told: found.found.iter().map(|one| reading::findings::told(lang, program, one)).collect(),
        on: fill(
            lang.words().studio.findings_on,
            &[
                ("n", &found.facts.to_string()),
                ("from", &format::day_column(found.from, lang)),
                ("to", &format::day_column(found.to, lang)),
                ("members", &found.members.to_string()),
            ],
        ),
        is_sample: found.is_sample,
        has_data: found.facts > 0,
    })
}

fn past(visit: &Visit, review: &Review) -> Past {
    Past {
        status: review.status,
        asked_by: review.asked_by.clone(),
        asked_at: visit.local(review.asked_at),
        note: review.note.clone(),
        decided: review
            .decided_by
            .clone()
            .zip(review.decided_at)
            .map(|(who, at)| (who, visit.local(at))),
        comment: review.comment.clone(),
    }
}

#[derive(Deserialize)]
struct Decision {
    #[serde(rename = "do")]
    action: String,
    #[serde(default)]
    comment: String,
}

async fn decide(
    State(app): State<App>,
    visit: Visit,
    Path((code, version)): Path<(String, String)>,
    sent: Sent<Decision>,
) -> Result<Response, Failure> {
    let number: u32 = version.parse().map_err(|_| Failure::NotFound)?;
    let office = app.office();
    let actor = visit.actor()?;
    let mut tx = office.db().write().await?;
    let (of, now) = ((code.as_str(), number), visit.now);
    let comment = sent.form.comment.as_str();
    let (done, acted) = match sent.form.action.as_str() {
        "submit" => (texts::submit(&mut tx, &actor, now, of, Some(comment)).await, "requested"),
        "return" => (texts::send_back(&mut tx, &actor, now, of, comment).await, "rejected"),
        "activate" => {
            let master = office.master(&mut tx).await?;
            let when = (now, visit.today());
            let done = acting::activate(&mut tx, &master, &actor, when, of, Some(comment)).await;
            (done, "activated")
        }
        _ => return Err(Failure::NotFound),
    };
    match done {
        Ok(()) => {
            tx.commit().await?;
            let to = if acted == "activated" {
                activated(&app);
                format!("/console/programs/{}?done=activated", encode(&code))
            } else {
                format!("/console/programs/{}/versions/{number}?done={acted}", encode(&code))
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            drop(tx);
            let why = refusal(error, &visit)?;
            let page = page(&visit, &code, &version, Some(why)).await?;
            Ok(visit.page(&page).into_response())
        }
    }
}

#[derive(Deserialize)]
struct Choice {
    choice: String,
    #[serde(default)]
    back: String,
}

async fn set_four_eyes(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Choice>,
) -> Result<Response, Failure> {
    let choice = FourEyes::from_word(&sent.form.choice).ok_or(Failure::NotFound)?;
    let actor = visit.actor()?;
    let mut tx = app.office().db().write().await?;
    texts::set_four_eyes(&mut tx, &actor, visit.now, choice).await?;
    tx.commit().await?;
    let back = sent.form.back;
    let back = if back.starts_with("/console/") { back } else { "/console/programs".to_owned() };
    Ok(Redirect::to(&format!("{back}?done=saved")).into_response())
}
