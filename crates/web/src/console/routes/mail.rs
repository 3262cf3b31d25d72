//! Mail in the console: the list, one letter, sending it again, and a test.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::access::Action;
use engine::db::Reader;
use engine::mail::delivery::{self, NotAgain};
use engine::mail::{self as store, Filter, Kind, Letter, Mail, Status, To, Why};
use serde_json::json;

use crate::app::{App, Routes};
use crate::console::mail::{Attempt, One, Page, Row, Server};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::ui::Tone;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/mail", get(list));
    routes.post("/console/mail/test", post(test));
    routes.get("/console/mail/{id}", get(one));
    routes.post("/console/mail/{id}/again", post(again));
}

const SHOWN: i64 = 50;

type Told = Option<(Tone, String)>;

async fn list(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    page(&visit, &mut reader, None).await
}

async fn page(visit: &Visit, reader: &mut Reader, told: Told) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let filter = Filter {
        status: Status::from_word(&text("status")),
        kind: Kind::from_word(&text("kind")),
        before: text("before").parse().ok(),
    };
    let found = store::page(reader, &filter, SHOWN).await?;
    let is_full = i64::try_from(found.len()) == Ok(SHOWN);
    let page = Page {
        server: visit
            .app
            .options()
            .mail
            .as_ref()
            .map(|post| Server { name: post.server.clone(), from: post.from.clone() }),
        may_test: visit.role().is_some_and(|role| role.may(Action::EditSettings)),
        older: found.last().filter(|_| is_full).map(|last| last.mail_id),
        rows: found.iter().map(|it| row(visit, it)).collect(),
        states: Status::ALL.iter().map(|it| (it.word(), state(visit.lang, *it).0)).collect(),
        kinds: Kind::ALL.iter().map(|it| (it.word(), kind(visit.lang, *it))).collect(),
        state: filter.status.map(Status::word).unwrap_or_default().into(),
        kind: filter.kind.map(Kind::word).unwrap_or_default().into(),
        told,
    };
    Ok(visit.page(&page).into_response())
}

/// How far a letter is, in words.
pub fn state(lang: Lang, status: Status) -> (&'static str, Tone) {
    let m = &lang.words().mail;
    match status {
        Status::Waiting => (m.waiting, Tone::Wait),
        Status::Sent => (m.sent, Tone::Good),
        Status::Failed => (m.failed, Tone::Bad),
        Status::GivenUp => (m.given_up, Tone::Bad),
        Status::Held => (m.held, Tone::Plain),
    }
}

fn kind(lang: Lang, kind: Kind) -> &'static str {
    let m = &lang.words().mail;
    match kind {
        Kind::Statement => m.kind_statement,
        Kind::Promotion => m.kind_promotion,
        Kind::SponsorLow => m.kind_sponsor_low,
        Kind::Friend => m.kind_friend,
        Kind::Invitation => m.kind_invitation,
        Kind::Password => m.kind_password,
        Kind::Test => m.kind_test,
    }
}

fn why(lang: Lang, why: Why) -> &'static str {
    let m = &lang.words().mail;
    match why {
        Why::NoConsent => m.why_no_consent,
        Why::Stopped => m.why_stopped,
        Why::NoUser => m.why_no_user,
    }
}

fn row(visit: &Visit, of: &Mail) -> Row {
    let (lang, m) = (visit.lang, &visit.lang.words().mail);
    let again = of
        .due
        .filter(|_| 0 < of.attempts)
        .map(|at| fill(m.waiting_again, &[("at", &format::moment(visit.local(at), lang))]));
    Row {
        id: of.id.clone(),
        kind: kind(lang, of.kind),
        subject: of.subject.clone().unwrap_or_else(|| kind(lang, of.kind).into()),
        to: (!of.address.is_empty()).then(|| (of.name.clone(), of.address.clone())),
        state: state(lang, of.status),
        detail: of.why.map(|it| why(lang, it).to_owned()).or(again),
        made: visit.local(of.made_at),
    }
}

async fn one(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    letter(&visit, &id, None).await
}

async fn letter(visit: &Visit, id: &str, told: Told) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = store::find(&mut reader, id).await?.ok_or(Failure::NotFound)?;
    let attempts = store::attempts(&mut reader, found.mail_id).await?;
    let page = One {
        row: row(visit, &found),
        is_cleared: found.is_cleared,
        attached: found.paper.as_ref().map(|_| visit.lang.words().mail.kind_statement.into()),
        may_again: found.status != Status::Waiting && !found.is_cleared,
        text: found.text,
        attempts: attempts
            .into_iter()
            .map(|it| Attempt {
                number: it.attempt,
                at: visit.local(it.at),
                took_millis: it.took_millis,
                code: it.code,
                answer: it.answer,
                failure: it.failure,
            })
            .collect(),
        told,
    };
    Ok(visit.page(&page).into_response())
}

async fn again(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    _: Sent<serde_json::Value>,
) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let mut tx = app.office().db().write().await?;
    let done = delivery::again(&mut tx, &visit.actor()?, visit.now, &id).await?;
    let told = match done {
        Ok(()) => {
            tx.commit().await?;
            (Tone::Good, m.again_done.to_owned())
        }
        Err(NotAgain::NoLetter) => return Err(Failure::NotFound),
        Err(NotAgain::Waiting) => (Tone::Wait, m.not_again_waiting.to_owned()),
        Err(NotAgain::Cleared) => (Tone::Bad, m.not_again_cleared.to_owned()),
        Err(NotAgain::Off) => (Tone::Bad, m.not_again_off.to_owned()),
        Err(NotAgain::Held(reason)) => {
            (Tone::Bad, fill(m.not_again_held, &[("why", why(visit.lang, reason))]))
        }
    };
    letter(&visit, &id, Some(told)).await
}

/// Sends a letter to whoever asks, to see whether mail works.
async fn test(
    State(app): State<App>,
    visit: Visit,
    _: Sent<serde_json::Value>,
) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let user = visit.session.as_ref().ok_or(Failure::NotFound)?.user.clone();
    let told = match To::user(&user) {
        None => (Tone::Bad, m.test_no_address.to_owned()),
        Some(to) => {
            let said = fill(m.test_written, &[("address", &to.address)]);
            let letter = Letter {
                kind: Kind::Test,
                key: format!("test/{}/{}", user.id, visit.now.as_microsecond()),
                to: To { language: visit.lang.tag().into(), ..to },
                partner_id: None,
                mailing_id: None,
                data: json!({ "by": user.name }),
                paper: None,
            };
            let mut tx = app.office().db().write().await?;
            let written = store::write(&mut tx, visit.now, &letter).await?;
            tx.commit().await?;
            match written {
                Some(_) => (Tone::Good, said),
                None => (Tone::Bad, m.not_again_off.to_owned()),
            }
        }
    };
    page(&visit, &mut visit.reader().await?, Some(told)).await
}
