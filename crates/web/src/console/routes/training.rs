//! Courses: the list, what one holds, its text, letting a draft act, and who takes it.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::training::{Choose, Course, Question};
use engine::catalog;
use engine::db::Reader;
use engine::programs::needs_second;
use engine::training::{self as engine_training, CourseVersion, Person, Show, TrainingError};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::money::csv;
use super::programs::{activated, diff, problems_of};
use crate::app::{App, Routes};
use crate::console::loyalty::text::{self, About};
use crate::console::loyalty::versions::{Draft, Version};
use crate::console::training::{course, courses, people};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::markdown;
use crate::reading::{self, name};
use crate::ui::{List, encode};
use crate::view::PartnerRef;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/training", get(show_all));
    routes.get("/console/training/new", get(new_text));
    routes.post("/console/training/new", post(send_new));
    routes.get("/console/training/{code}", get(show));
    routes.get("/console/training/{code}/edit", get(edit_text));
    routes.post("/console/training/{code}/edit", post(send_text));
    routes.post("/console/training/{code}/activate", post(activate));
    routes.get("/console/training/{code}/people", get(show_people));
    routes.get("/console/training/{code}/people.csv", get(export_people));
}

/// What a new course begins with.
const EXAMPLE: &str = include_str!("example.course.yaml");

/// Who activated a version or wrote it, and when.
fn who(visit: &Visit, row: &CourseVersion) -> (String, String) {
    let who = row.activated_by.as_ref().unwrap_or(&row.created_by);
    let when = visit.local(row.activated_at.unwrap_or(row.created_at));
    (who.clone(), format::moment_column(when, visit.lang))
}

fn by(visit: &Visit, row: &CourseVersion) -> String {
    let (who, when) = who(visit, row);
    fill(visit.lang.words().loyalty.by_whom, &[("who", &who), ("when", &when)])
}

fn size(lang: Lang, of: &Course) -> String {
    let t = &lang.words().training;
    let counted = |template: &str, n: usize| fill(template, &[("n", &n.to_string())]);
    let mut parts = vec![counted(t.pages_n, of.pages().len())];
    if let Some(quiz) = &of.quiz {
        parts.push(counted(t.questions_n, quiz.questions().len()));
    }
    if of.certificate.is_some() {
        parts.push(t.certificate.into());
    }
    parts.join(" · ")
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (l, t) = (&visit.lang.words().loyalty, &visit.lang.words().training);
    let all = engine_training::versions(&mut reader).await?;
    let counts = engine_training::counts(&mut reader).await?;
    let mut rows = vec![];
    for own in all.chunk_by(|a, b| a.course_id == b.course_id) {
        let active = own.iter().find(|row| row.is_active());
        let draft = own.iter().find(|row| !row.is_active());
        let Some(shown) = active.or(draft) else { continue };
        let (course, _) = engine_training::check(&shown.text);
        let said = |template: &str, row: &CourseVersion| {
            fill(template, &[("n", &row.version.to_string())])
        };
        let of = counts.get(&shown.course_id).copied().unwrap_or_default();
        let counted = |template: &str, n: i64| fill(template, &[("n", &format::count(n))]);
        let called = course.as_ref().map(|of| name(visit.lang, &of.name, &shown.code));
        rows.push(courses::Row {
            code: shown.code.clone(),
            name: called.unwrap_or_else(|| shown.code.clone()),
            active: active.map(|row| said(l.active_version, row)),
            draft: draft.map(|row| said(l.draft_version, row)),
            holds: course.map(|of| size(visit.lang, &of)).unwrap_or_default(),
            people: [counted(t.begun_n, of.begun), counted(t.finished_n, of.finished)],
            by: own.first().map(|row| who(&visit, row)).unwrap_or_default(),
        });
    }
    Ok(visit.page(&courses::Page { rows }).into_response())
}

/// The versions of a course, the newest first.
async fn own(reader: &mut Reader, code: &str) -> Result<Vec<CourseVersion>, Failure> {
    let mut all = engine_training::versions(reader).await?;
    all.retain(|row| row.code == code);
    if all.is_empty() { Err(Failure::NotFound) } else { Ok(all) }
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&mut reader, &code).await?;
    let query = visit::query(&visit.here);
    let asked = query.get("version").and_then(|text| text.parse::<i64>().ok());
    let active = own.iter().find(|row| row.is_active());
    let draft = own.iter().find(|row| !row.is_active());
    let shown = asked.and_then(|n| own.iter().find(|row| row.version == n));
    let shown = shown.or(active).or(draft).ok_or(Failure::NotFound)?;
    let (found, _) = engine_training::check(&shown.text);
    let mut page = declared(visit.lang, &code, found.as_ref());
    page.is_active = shown.is_active();
    page.shown = shown.version;
    page.text.clone_from(&shown.text);
    let version = |row: &CourseVersion| Version {
        number: row.version,
        is_draft: !row.is_active(),
        by: by(&visit, row),
    };
    page.versions = own.iter().map(version).collect();
    if let Some(draft) = draft {
        let actor = visit.actor()?;
        let is_own = draft.author_id.is_some() && draft.author_id.as_deref() == actor.public_id();
        let needs = is_own && needs_second(&mut reader).await?;
        page.draft = Some(Draft {
            number: draft.version,
            by: by(&visit, draft),
            against: active.map(|row| row.version),
            changes: active.map(|row| diff(&row.text, &draft.text)).unwrap_or_default(),
            needs_other: needs.then(|| draft.created_by.clone()),
        });
    }
    Ok(visit.page(&page).into_response())
}

/// What a text declares, as people see it.
fn declared(lang: Lang, code: &str, of: Option<&Course>) -> course::Page {
    let t = &lang.words().training;
    let mut page = course::Page {
        code: code.into(),
        name: of.map_or_else(|| code.into(), |of| name(lang, &of.name, code)),
        description: of.map(|of| name(lang, &of.description, "")).unwrap_or_default(),
        is_active: false,
        shown: 0,
        rows: vec![],
        pages: vec![],
        questions: vec![],
        text: String::new(),
        versions: vec![],
        draft: None,
    };
    let Some(of) = of else { return page };
    let when = of.when.as_ref().map(|when| when.text().to_owned());
    page.rows =
        vec![(t.holds, size(lang, of)), (t.audience, when.unwrap_or(t.audience_all.into()))];
    page.rows.extend(of.access.as_ref().map(|code| (t.access, code.clone())));
    if let Some(quiz) = &of.quiz {
        let places =
            [("n", &*quiz.needs().to_string()), ("of", &*quiz.questions().len().to_string())];
        page.rows.push((t.pass_mark, fill(t.pass_needs, &places)));
        let tries = quiz.tries.map_or_else(|| t.no_limit.to_owned(), format::count);
        page.rows.push((t.tries, tries));
        page.questions = quiz.questions().iter().map(|it| asked(lang, it)).collect();
    }
    if let Some(certified) = &of.certificate {
        let valid = certified.valid.map(|span| reading::loyalty::span(lang, span));
        let called = name(lang, &certified.name, code);
        let valid = valid.unwrap_or_else(|| t.for_good.into());
        page.rows.push((t.certificate, format!("{called} · {valid}")));
    }
    let read = |page: &domain::training::Page| course::Read {
        name: name(lang, &page.name, &page.code),
        text: markdown::render(&name(lang, &page.text, "")),
        links: page
            .video
            .iter()
            .chain(&page.files)
            .map(|link| (name(lang, &link.name, link.href()), link.href().to_owned()))
            .collect(),
    };
    page.pages = of.pages().iter().map(read).collect();
    page
}

fn asked(lang: Lang, of: &Question) -> course::Asked {
    let t = &lang.words().training;
    let said = |(at, option): (usize, &domain::training::Choice)| {
        let text = match (of.choose, at) {
            (Choose::TrueFalse, 0) => t.is_true.into(),
            (Choose::TrueFalse, _) => t.is_false.into(),
            _ => name(lang, &option.text, ""),
        };
        (text, option.right)
    };
    course::Asked {
        asks: name(lang, &of.asks, &of.code),
        options: of.options.iter().enumerate().map(said).collect(),
        why: name(lang, &of.why, ""),
    }
}

const ABOUT: About = About::Course;

async fn new_text(visit: Visit) -> Result<Response, Failure> {
    let text = EXAMPLE.to_owned();
    let page = text::Page { about: ABOUT, of: None, text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

async fn edit_text(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let newest = own(&mut reader, &code).await?.swap_remove(0);
    let of = Some(named(&visit, &newest));
    let text = newest.text;
    let page = text::Page { about: ABOUT, of, text, checks: None, refused: None };
    Ok(visit.page(&page).into_response())
}

/// Code and name of a course that is there.
fn named(visit: &Visit, newest: &CourseVersion) -> (String, String) {
    let (course, _) = engine_training::check(&newest.text);
    let called = course.map(|of| name(visit.lang, &of.name, &newest.code));
    (newest.code.clone(), called.unwrap_or_else(|| newest.code.clone()))
}

#[derive(Deserialize)]
struct TextForm {
    text: String,
    #[serde(rename = "do")]
    action: String,
}

async fn send_new(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<TextForm>,
) -> Result<Response, Failure> {
    answer(&app, &visit, None, sent.form).await
}

async fn send_text(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<TextForm>,
) -> Result<Response, Failure> {
    let newest = own(&mut visit.reader().await?, &code).await?.swap_remove(0);
    let of = named(&visit, &newest);
    answer(&app, &visit, Some(of), sent.form).await
}

/// Checks the text, and keeps it as a draft if that was asked for and nothing is wrong.
async fn answer(
    app: &App,
    visit: &Visit,
    of: Option<(String, String)>,
    form: TextForm,
) -> Result<Response, Failure> {
    // Browsers send line ends of their own.
    let text = form.text.replace("\r\n", "\n");
    let (course, problems) = engine_training::check(&text);
    let checks = Some(problems_of(visit.lang, &problems));
    let other = course.as_ref().zip(of.as_ref()).is_some_and(|(it, (code, _))| it.code != *code);
    let mut page = text::Page { about: ABOUT, of, text, checks, refused: None };
    if form.action == "save" {
        if course.is_none() {
            page.refused = Some(visit.lang.words().loyalty.errors_first.into());
        } else if other {
            page.refused = Some(visit.lang.words().training.other_course.into());
        } else {
            let mut tx = app.office().db().write().await?;
            let (code, version) =
                engine_training::draft(&mut tx, &visit.actor()?, visit.now, &page.text).await?;
            tx.commit().await?;
            let to = format!("/console/training/{}?version={version}&done=saved", encode(&code));
            return Ok(Redirect::to(&to).into_response());
        }
    }
    Ok(visit.page(&page).into_response())
}

/// Lets the draft act.
async fn activate(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let l = &visit.lang.words().loyalty;
    let mut tx = app.office().db().write().await?;
    let done = engine_training::activate(&mut tx, &visit.actor()?, visit.now, &code).await;
    done.map_err(|error| match error {
        TrainingError::NoDraft { .. } => Failure::Conflict(l.no_draft_now.into()),
        TrainingError::Problems(_) => Failure::Conflict(l.errors_first.into()),
        error => error.into(),
    })?;
    tx.commit().await?;
    activated(&app);
    Ok(Redirect::to(&format!("/console/training/{}?done=activated", encode(&code))))
}

fn shows(visit: &Visit, list: &List) -> Show {
    match list.filter.as_deref() {
        Some("open") => Show::Open,
        Some("finished") => Show::Finished,
        Some("lapsing") => Show::Lapsing(visit.today()),
        _ => Show::All,
    }
}

/// The newest text of a course that acts, else of its draft.
async fn acting(
    reader: &mut Reader,
    code: &str,
) -> Result<(CourseVersion, Option<Course>), Failure> {
    let mut own = own(reader, code).await?;
    let at = own.iter().position(CourseVersion::is_active).unwrap_or(0);
    let shown = own.swap_remove(at);
    let (course, _) = engine_training::check(&shown.text);
    Ok((shown, course))
}

async fn show_people(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (shown, course) = acting(&mut reader, &code).await?;
    let path = format!("/console/training/{}/people", encode(&code));
    let mut list = reading::list(path, &visit::query(&visit.here));
    let show = shows(&visit, &list);
    let window = reading::window(&list);
    let found = engine_training::people(&mut reader, shown.course_id, show, window).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    let names = partners(&visit, &mut reader, &found.rows).await?;
    let pages = course.as_ref().map_or(0, |course| course.pages().len());
    let page = people::Page {
        name: course.map_or_else(|| code.clone(), |of| name(visit.lang, &of.name, &code)),
        code,
        list,
        rows: found.rows.iter().map(|of| row(&visit, &names, pages, of)).collect(),
    };
    Ok(visit.page(&page).into_response())
}

async fn partners(
    visit: &Visit,
    reader: &mut Reader,
    people: &[Person],
) -> Result<HashMap<String, PartnerRef>, Failure> {
    let mut found = HashMap::new();
    for code in people.iter().map(|of| &of.partner) {
        if found.contains_key(code) {
            continue;
        }
        if let Some(row) = catalog::partner_by_code(reader, code).await? {
            found.insert(code.clone(), reading::partner_ref(visit.lang, &row));
        }
    }
    Ok(found)
}

fn row(
    visit: &Visit,
    names: &HashMap<String, PartnerRef>,
    pages: usize,
    of: &Person,
) -> people::Row {
    let unknown = || PartnerRef { code: of.partner.clone(), name: of.partner.clone() };
    let today = visit.today();
    let certificate = of.certificate.as_ref().map(|(_, last)| match last {
        None => people::Ends::Never,
        Some(last) if *last < today => people::Ends::Over(*last),
        Some(last) => people::Ends::On(*last),
    });
    people::Row {
        name: of.name.clone(),
        partner: names.get(&of.partner).cloned().unwrap_or_else(unknown),
        pages: format!("{} / {pages}", of.pages),
        tries: of.attempts,
        best: of.best.map(|(right, of)| format!("{right} / {of}")),
        finished: of.finished,
        certificate,
        last: format::moment_column(visit.local(of.last), visit.lang),
    }
}

/// No file has more people.
const PEOPLE_MAX: i64 = 100_000;

async fn export_people(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (shown, _) = acting(&mut reader, &code).await?;
    let list = reading::list("", &visit::query(&visit.here));
    let show = shows(&visit, &list);
    let found =
        engine_training::people(&mut reader, shown.course_id, show, (0, PEOPLE_MAX)).await?;
    let heading = [
        "course",
        "person",
        "partner",
        "began",
        "last",
        "pages_read",
        "tries",
        "best_right",
        "best_of",
        "best_score",
        "finished",
        "certificate",
        "certificate_until",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for of in &found.rows {
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        let score = of.best.map(|(right, of)| domain::training::share(right, of));
        let (certificate, until) = of.certificate.clone().unzip();
        rows.push(vec![
            code.clone(),
            of.name.clone(),
            of.partner.clone(),
            of.began.to_string(),
            of.last.to_string(),
            of.pages.to_string(),
            of.attempts.to_string(),
            of.best.map(|(right, _)| right.to_string()).unwrap_or_default(),
            of.best.map(|(_, of)| of.to_string()).unwrap_or_default(),
            score.map(|score: Decimal| score.to_string()).unwrap_or_default(),
            day(of.finished).unwrap_or_default(),
            certificate.unwrap_or_default(),
            day(until.flatten()).unwrap_or_default(),
        ]);
    }
    Ok(csv("course-people.csv", &rows))
}
