//! The handlers of training in the portal. Every query is bound to the reader's own account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::training::{Choose, Quiz};
use engine::catalog::{self, MasterData};
use engine::db::Reader;
use engine::office::Live;
use engine::rules::Rules;
use engine::training::{
    self as taking, ActiveCourse, Attempt, Certificate, Finish, Learner, Standing, Step,
    TrainingError,
};
use rust_decimal::Decimal;

use super::course::{Entry, Exam};
use super::courses::{Course, Held, State as How};
use super::page::{End, Link};
use super::result::{Answered, Next, Score};
use super::{certificate, course, courses, href, page, quiz, result};
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::markdown;
use crate::reading::name;
use crate::ui::encode;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/portal/training", get(show_all));
    routes.get("/portal/training/{course}", get(show));
    routes.get("/portal/training/{course}/pages/{page}", get(show_page));
    routes.post("/portal/training/{course}/pages/{page}", post(read_page));
    routes.get("/portal/training/{course}/quiz", get(show_quiz));
    routes.post("/portal/training/{course}/quiz", post(answer));
    routes.get("/portal/training/{course}/result", get(show_result));
    routes.get("/portal/certificates/{code}", get(show_own));
    routes.get("/certificates/{code}", get(show_any));
}

/// The reader, with what courses there are.
struct Own {
    rules: Arc<Rules>,
    master: Arc<MasterData>,
    who: Learner,
    /// What benefits open for the reader's partner.
    opened: BTreeSet<String>,
}

impl Own {
    async fn of(visit: &Visit, reader: &mut Reader) -> Result<Own, Failure> {
        let office = visit.app.office();
        let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
        let session = visit.session.as_ref().ok_or(Failure::NotFound)?;
        let who = Learner::of(&session.user, &master).ok_or(Failure::NotFound)?;
        let opened =
            engine::training::opened(reader, &rules, &master, visit.now, &who.partner).await?;
        Ok(Own { rules, master, who, opened })
    }

    /// The courses that are for the reader.
    fn courses(&self, visit: &Visit) -> impl Iterator<Item = &ActiveCourse> {
        let today = visit.today();
        let (partner, master) = (&self.who.partner, &self.master.master);
        self.rules
            .courses
            .iter()
            .filter(move |of| of.course.is_for(partner, today, master, &self.opened))
    }

    fn course(&self, visit: &Visit, code: &str) -> Result<&ActiveCourse, Failure> {
        self.courses(visit).find(|of| of.code == code).ok_or(Failure::NotFound)
    }
}

fn how(of: &ActiveCourse, standing: &Standing) -> How {
    match standing.step(of) {
        Step::Done => How::Done(standing.finish.as_ref().map(|it| it.day).unwrap_or_default()),
        Step::Failed => How::Failed,
        Step::Quiz => How::Quiz,
        Step::Page(_) if standing.read.is_empty() && standing.renews => How::Renew,
        Step::Page(_) if standing.read.is_empty() => How::New,
        Step::Page(_) => How::Open(standing.read.len()),
    }
}

/// Where the reader goes on.
fn next(of: &ActiveCourse, standing: &Standing) -> String {
    let path = href(&of.code);
    match standing.step(of) {
        Step::Page(at) => format!("{path}/pages/{}", encode(&of.course.pages()[at].code)),
        Step::Quiz => format!("{path}/quiz"),
        Step::Failed | Step::Done => format!("{path}/result"),
    }
}

fn shown(lang: Lang, of: &ActiveCourse, standing: &Standing) -> Course {
    Course {
        code: of.code.clone(),
        name: name(lang, &of.course.name, &of.code),
        description: name(lang, &of.course.description, ""),
        minutes: of.course.minutes,
        pages: of.course.pages().len(),
        questions: of.course.quiz.as_ref().map_or(0, |quiz| quiz.questions().len()),
        state: how(of, standing),
        next: next(of, standing),
    }
}

fn held(visit: &Visit, of: &Certificate) -> Held {
    Held {
        code: of.code.clone(),
        name: name(visit.lang, &of.name, &of.course),
        last: of.last,
        is_valid: of.is_valid(visit.today()),
    }
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = Own::of(&visit, &mut reader).await?;
    let mut all = vec![];
    for of in own.courses(&visit) {
        let standing = taking::standing(&mut reader, of, &own.who, visit.today()).await?;
        all.push(shown(visit.lang, of, &standing));
    }
    let certificates = taking::of_user(&mut reader, own.who.user_id).await?;
    if all.is_empty() && certificates.is_empty() {
        return Err(Failure::NotFound);
    }
    all.sort_by_key(|it| match it.state {
        How::Open(_) | How::Quiz => 0,
        How::Renew => 1,
        How::New => 2,
        How::Failed => 3,
        How::Done(_) => 4,
    });
    let certificates = certificates.iter().map(|of| held(&visit, of)).collect();
    Ok(visit.page(&courses::Page { courses: all, certificates }).into_response())
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = Own::of(&visit, &mut reader).await?;
    let of = own.course(&visit, &code)?;
    let standing = taking::standing(&mut reader, of, &own.who, visit.today()).await?;
    let is_done = standing.finish.is_some();
    let entry = |page: &domain::training::Page| Entry {
        code: page.code.clone(),
        name: name(visit.lang, &page.name, &page.code),
        is_read: is_done || standing.read.contains(&page.code),
    };
    let exam = of.course.quiz.as_ref().map(|quiz| Exam {
        needs: quiz.needs(),
        of: quiz.questions().len(),
        tries_left: standing.tries_left(quiz),
        is_open: standing.step(of) == Step::Quiz,
    });
    let page = course::Page {
        course: shown(visit.lang, of, &standing),
        entries: of.course.pages().iter().map(entry).collect(),
        exam,
        certificate: standing.certificate.as_ref().map(|of| held(&visit, of)),
    };
    Ok(visit.page(&page).into_response())
}

fn link(lang: Lang, of: &domain::training::Link) -> Link {
    let host = of.href().trim_start_matches("https://").split(['/', '?', '#']).next();
    Link {
        name: name(lang, &of.name, ""),
        href: of.href().into(),
        host: host.unwrap_or_default().into(),
    }
}

async fn show_page(
    visit: Visit,
    Path((code, asked)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = Own::of(&visit, &mut reader).await?;
    let of = own.course(&visit, &code)?;
    let standing = taking::standing(&mut reader, of, &own.who, visit.today()).await?;
    let (at, found) = of.course.page(&asked).ok_or(Failure::NotFound)?;
    let pages = of.course.pages();
    let is_read = standing.finish.is_some() || standing.read.contains(&found.code);
    let is_last_unread =
        pages.iter().all(|page| page.code == found.code || standing.read.contains(&page.code));
    let end = match (is_read, is_last_unread, &of.course.quiz) {
        (true, ..) => End::Look,
        (false, false, _) => End::Next,
        (false, true, Some(_)) => End::Quiz,
        (false, true, None) => End::Finish,
    };
    let lang = visit.lang;
    let code_at = |at: usize| pages.get(at).map(|page| page.code.clone());
    let page = page::Page {
        course: of.code.clone(),
        course_name: name(lang, &of.course.name, &of.code),
        code: found.code.clone(),
        name: name(lang, &found.name, &found.code),
        number: at + 1,
        of: pages.len(),
        text: markdown::render(&name(lang, &found.text, "")),
        video: found.video.as_ref().map(|of| link(lang, of)),
        files: found.files.iter().map(|of| link(lang, of)).collect(),
        before: at.checked_sub(1).and_then(code_at),
        after: code_at(at + 1),
        end,
    };
    Ok(visit.page(&page).into_response())
}

/// What stands in the way, as a page says it.
fn refused(visit: &Visit, error: TrainingError) -> Failure {
    let t = &visit.lang.words().training;
    match error {
        TrainingError::NoPage => Failure::NotFound,
        TrainingError::NotRead => Failure::Conflict(t.not_read.into()),
        TrainingError::Finished => Failure::Conflict(t.finish_once.into()),
        other => other.into(),
    }
}

fn learner(visit: &Visit, master: &MasterData) -> Result<Learner, Failure> {
    let session = visit.session.as_ref().ok_or(Failure::NotFound)?;
    Learner::of(&session.user, master).ok_or(Failure::NotFound)
}

async fn read_page(
    State(app): State<App>,
    visit: Visit,
    Path((code, asked)): Path<(String, String)>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let who = learner(&visit, &master)?;
    let done = taking::read_page(office, &mut tx, (&code, &asked), &who).await;
    let standing = done.map_err(|error| refused(&visit, error))?;
    tx.commit().await?;
    told(&app, who.partner_id);
    let of = rules.courses.iter().find(|of| of.code == code).ok_or(Failure::NotFound)?;
    Ok(Redirect::to(&next(of, &standing)))
}

/// Facts came, and what wallets hold may have moved with them.
fn told(app: &App, partner_id: i64) {
    app.office().wake();
    app.office().tell(Live::Wallet(partner_id));
}

async fn show_quiz(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    quiz_page(&visit, &code, false).await
}

async fn quiz_page(visit: &Visit, code: &str, is_anew: bool) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = Own::of(visit, &mut reader).await?;
    let of = own.course(visit, code)?;
    let standing = taking::standing(&mut reader, of, &own.who, visit.today()).await?;
    let Some(quiz) = &of.course.quiz else { return Err(Failure::NotFound) };
    let sheet = match taking::sheet(of, &standing) {
        Ok(sheet) => sheet,
        // Whatever is to be done first, or came of it.
        Err(TrainingError::NotRead | TrainingError::NoTriesLeft | TrainingError::Finished) => {
            return Ok(Redirect::to(&next(of, &standing)).into_response());
        }
        Err(other) => return Err(other.into()),
    };
    let lang = visit.lang;
    let drawn = quiz.sheet(&sheet.seed(of, &own.who));
    let questions = drawn.questions.iter().map(|shown| quiz::Question {
        asks: name(lang, &shown.question.asks, &shown.question.code),
        choose: match shown.question.choose {
            Choose::One => quiz::Choose::One,
            Choose::Several => quiz::Choose::Several,
            Choose::TrueFalse => quiz::Choose::Truth,
        },
        options: shown.order.iter().map(|at| option(lang, shown.question, *at)).collect(),
    });
    let page = quiz::Page {
        course: of.code.clone(),
        course_name: name(lang, &of.course.name, &of.code),
        sheet,
        needs: quiz.needs(),
        tries_left: standing.tries_left(quiz),
        questions: questions.collect(),
        is_anew,
    };
    Ok(visit.page(&page).into_response())
}

/// An option by its place in the text.
fn option(lang: Lang, of: &domain::training::Question, at: usize) -> String {
    let t = &lang.words().training;
    match (of.choose, at) {
        (Choose::TrueFalse, 0) => t.is_true.into(),
        (Choose::TrueFalse, _) => t.is_false.into(),
        _ => of.options.get(at).map(|it| name(lang, &it.text, "")).unwrap_or_default(),
    }
}

async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    let number = |field: &str| {
        let text = sent.form.get(field).and_then(|text| text.parse::<i64>().ok());
        text.ok_or_else(|| Failure::Unreadable("form".into()))
    };
    let sheet = taking::Sheet {
        version: number("version")?,
        round: number("round")?,
        number: number("number")?,
    };
    let chosen = quiz::chosen(&sent.form);
    let office = app.office();
    let mut tx = office.db().write().await?;
    let master = office.master(&mut tx).await?;
    let who = learner(&visit, &master)?;
    match taking::answer(office, &mut tx, (&code, sheet), &who, &chosen).await {
        Ok(_) => {}
        Err(TrainingError::OldSheet) => {
            drop(tx);
            return quiz_page(&visit, &code, true).await;
        }
        Err(TrainingError::Finished | TrainingError::NoTriesLeft) => {
            return Ok(Redirect::to(&format!("{}/result", href(&code))).into_response());
        }
        Err(other) => return Err(refused(&visit, other)),
    }
    tx.commit().await?;
    told(&app, who.partner_id);
    Ok(Redirect::to(&format!("{}/result", href(&code))).into_response())
}

async fn show_result(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = Own::of(&visit, &mut reader).await?;
    let of = own.course(&visit, &code)?;
    let standing = taking::standing(&mut reader, of, &own.who, visit.today()).await?;
    if standing.finish.is_none() && standing.attempts.is_empty() {
        return Err(Failure::NotFound);
    }
    let next = match (&standing.finish, &of.course.quiz) {
        (Some(_), _) => Next::Finished,
        (None, Some(quiz)) if standing.tries_left(quiz) == Some(0) => Next::NoTries,
        (None, quiz) => Next::Again(quiz.as_ref().and_then(|quiz| standing.tries_left(quiz))),
    };
    let score = match standing.attempts.last() {
        Some(attempt) => score(&visit, &mut reader, of, attempt, next).await?,
        None => None,
    };
    let arrived = standing.finish.as_ref().map(|finish: &Finish| &finish.arrived);
    let lang = visit.lang;
    let page = result::Page {
        course: of.code.clone(),
        course_name: name(lang, &of.course.name, &of.code),
        next,
        score,
        points: arrived.map(|it| points(lang, &own.rules, &it.points)).unwrap_or_default(),
        is_later: arrived.is_some_and(|it| it.is_later),
        badges: arrived.map(|it| badges(lang, &own.rules, &it.badges)).unwrap_or_default(),
        vouchers: arrived.map(|it| it.vouchers.clone()).unwrap_or_default(),
        certificate: standing.certificate.as_ref().map(|of| held(&visit, of)),
    };
    Ok(visit.page(&page).into_response())
}

/// An attempt with what was right and why, by the text that was answered.
async fn score(
    visit: &Visit,
    reader: &mut Reader,
    of: &ActiveCourse,
    attempt: &Attempt,
    next: Next,
) -> Result<Option<Score>, Failure> {
    let text = taking::version(reader, of.course_id, attempt.version).await?;
    let quiz = text.and_then(|row| taking::check(&row.text).0).and_then(|course| course.quiz);
    let Some(quiz) = quiz else { return Ok(None) };
    let answered = answered(visit.lang, &quiz, attempt, next);
    Ok(Some(Score { right: attempt.right, of: attempt.of, answered }))
}

fn answered(lang: Lang, quiz: &Quiz, attempt: &Attempt, next: Next) -> Vec<Answered> {
    let right = quiz.grade(&attempt.answers).right;
    // While there is something left to try, what is right stays for the reader to find.
    let tells = !matches!(next, Next::Again(_));
    let question = |of: &domain::training::Question| {
        let texts = |places: &std::collections::BTreeSet<usize>| {
            places.iter().map(|at| option(lang, of, *at)).collect::<Vec<_>>()
        };
        Answered {
            asks: name(lang, &of.asks, &of.code),
            is_right: right.contains(&of.code),
            said: attempt.answers.get(&of.code).map(texts).unwrap_or_default(),
            right: tells.then(|| texts(&of.right())),
            why: name(lang, &of.why, ""),
        }
    };
    quiz.questions().iter().map(question).collect()
}

/// `50 Ride points`, by what wallets call them.
fn points(lang: Lang, rules: &Rules, arrived: &[(String, String)]) -> Vec<String> {
    let said = |(unit, amount): &(String, String)| {
        let of = rules.wallets.iter().find_map(|of| of.wallet.points.get(unit.as_str()));
        let called = of.map_or_else(|| unit.clone(), |of| name(lang, &of.name, unit));
        let amount: Decimal = amount.parse().unwrap_or_default();
        format!("{}\u{a0}{called}", crate::format::quantity(amount))
    };
    arrived.iter().map(said).collect()
}

fn badges(lang: Lang, rules: &Rules, arrived: &[String]) -> Vec<String> {
    let said = |code: &String| {
        let of = rules.wallets.iter().find_map(|of| of.wallet.badges.get(code.as_str()));
        of.map_or_else(|| code.clone(), |of| name(lang, &of.name, code))
    };
    arrived.iter().map(said).collect()
}

async fn show_own(
    visit: Visit,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Response, Failure> {
    let own = visit.session.as_ref().map(|session| session.user.user_id);
    let mut reader = visit.reader().await?;
    let found = taking::by_code(&mut reader, &code).await?;
    let found = found.filter(|of| Some(of.user_id) == own).ok_or(Failure::NotFound)?;
    let page = paper(&visit, &mut reader, &headers, found, certificate::For::Holder).await?;
    Ok(visit.page(&page).into_response())
}

async fn show_any(
    visit: Visit,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let code = code.trim().to_ascii_uppercase();
    let found = taking::by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let page = paper(&visit, &mut reader, &headers, found, certificate::For::Anyone).await?;
    Ok(visit.page(&page).into_response())
}

async fn paper(
    visit: &Visit,
    reader: &mut Reader,
    headers: &HeaderMap,
    of: Certificate,
    by: certificate::For,
) -> Result<certificate::Page, Failure> {
    let lang = visit.lang;
    let partner = catalog::partner_by_id(reader, of.partner_id).await?;
    let text = taking::version(reader, of.course_id, of.version).await?;
    let course = text.and_then(|row| taking::check(&row.text).0);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if visit.app.options().is_secure { "https" } else { "http" };
    let base = if host.is_empty() { String::new() } else { format!("{scheme}://{host}") };
    Ok(certificate::Page {
        name: name(lang, &of.name, &of.course),
        course: course.map_or_else(|| of.course.clone(), |it| name(lang, &it.name, &of.course)),
        partner: partner.map(|row| name(lang, &row.names, &row.code)).unwrap_or_default(),
        is_valid: of.is_valid(visit.today()),
        address: format!("{base}/certificates/{}", encode(&of.code)),
        code: of.code,
        holder: of.holder,
        from: of.from,
        last: of.last,
        reader: by,
    })
}
