//! What letters lead to, without signing in: ending them, choosing a password, and the page for whom
//! a member invited.
//!
//! # Promises
//!
//! * Opening a link changes nothing: programs open what stands in letters. A button does it.
//! * A link that is not taken says why.
//! * Whether somebody has an access here is told to nobody: every login that is typed gets the same
//!   answer.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::access::{self as door, AccessError, PASSWORD_CHARS_MIN, User};
use engine::db::Reader;
use engine::links::{self, Link, Purpose, Refused};
use engine::mail::{self, Kind, Letter, To};
use engine::members::{self, ContactChannel, Subject};
use engine::referrals;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::gate;
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::{Look, Tone, button, button_link, encode, notice};
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/unsubscribe/{token}", get(ask_end));
    routes.post("/unsubscribe/{token}", post(end));
    routes.get("/forgot", get(ask_forgot));
    routes.post("/forgot", post(forgot));
    routes.get("/password/{token}", get(ask_password));
    routes.post("/password/{token}", post(choose));
    routes.get("/friends/{code}", get(invited));
}

/// One letter in so many seconds to one user, however often somebody asks.
const FORGOT_EVERY_SECONDS: i64 = 600;

/// What a page says, and what can be done there.
#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub text: String,
    pub tone: Option<Tone>,
    pub act: Act,
}

/// What can be done on such a page.
#[derive(Debug, Clone)]
pub enum Act {
    Nothing,
    /// Somewhere else.
    Link {
        label: &'static str,
        href: String,
    },
    /// One button.
    Button {
        label: &'static str,
        to: String,
    },
    /// A login to be typed.
    Forgot,
    /// A password to be chosen.
    Choose {
        to: String,
        problem: Option<String>,
    },
    /// A code to be handed over.
    Code {
        code: String,
    },
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.title.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let g = &shell.words().gate;
        let form = html! {
            h1 { (self.title) }
            @match self.tone {
                Some(tone) => { (notice(tone, &html! { (self.text) }, &html! {})) }
                None => { p.tk-muted.tk-phrase { (self.text) } }
            }
            (self.act(shell))
        };
        gate(shell, g.tagline, &form)
    }
}

impl Page {
    fn act(&self, shell: &Shell) -> Markup {
        let (m, g) = (&shell.words().mail, &shell.words().gate);
        match &self.act {
            Act::Nothing => html! {},
            Act::Link { label, href } => button_link(label, href, Look::Primary, None),
            Act::Button { label, to } => {
                shell.form(to, "tk-gate__fields", &button(label, Look::Primary, None))
            }
            Act::Forgot => shell.form(
                "/forgot",
                "tk-gate__fields",
                &html! {
                    (Field::new("login", g.login, "").fills("username").text())
                    (button(m.forgot_do, Look::Primary, None))
                },
            ),
            Act::Choose { to, problem } => shell.form(
                to,
                "tk-gate__fields",
                &html! {
                    (Field::new("password", m.password, "").fills("new-password")
                        .error(problem.as_deref()).password())
                    (Field::new("repeat", m.repeat, "").fills("new-password").password())
                    (button(m.choose_do, Look::Primary, None))
                },
            ),
            Act::Code { code } => html! {
                p { b.tk-figure-large.tk-mono { (code) } }
                (button_link(m.friends_have,
                    &format!("/portal/points/friends?code={}", encode(code)),
                    Look::Primary, None))
                p.tk-small.tk-muted.tk-phrase {
                    (fill(m.friends_none, &[("vendor", &shell.vendor)]))
                }
            },
        }
    }
}

fn vendor(visit: &Visit) -> String {
    visit.shell().vendor
}

/// The user who is signed in, if anybody is.
fn who(visit: &Visit) -> Option<i64> {
    visit.session.as_ref().map(|session| session.user.user_id)
}

/// Why a link is not taken.
fn refused(visit: &Visit, why: Refused) -> Response {
    let m = &visit.lang.words().mail;
    let at = |at| format::moment(visit.local(at), visit.lang);
    let (title, text) = match why {
        Refused::Unknown => (m.link_unknown, m.link_unknown_help.to_owned()),
        Refused::Over(until) => (m.link_over, at(until)),
        Refused::Used(used) => (m.link_used, format!("{} {}", at(used), m.link_used_help)),
        Refused::SomebodyElse => (m.link_else, m.link_else_help.to_owned()),
    };
    let status = match why {
        Refused::Unknown => StatusCode::NOT_FOUND,
        Refused::Over(_) | Refused::Used(_) => StatusCode::GONE,
        Refused::SomebodyElse => StatusCode::FORBIDDEN,
    };
    let page = Page { title: title.into(), text, tone: Some(Tone::Bad), act: Act::Nothing };
    (status, visit.page(&page)).into_response()
}

/// A link that ends letters, to a user or to an address.
async fn ending(
    visit: &Visit,
    reader: &mut Reader,
    token: &str,
) -> Result<Result<Link, Refused>, Failure> {
    let (now, who) = (visit.now, who(visit));
    match links::look(reader, now, (token, Purpose::Unsubscribe), who).await? {
        Err(Refused::Unknown) => Ok(links::look(reader, now, (token, Purpose::Stop), who).await?),
        other => Ok(other),
    }
}

async fn ask_end(visit: Visit, Path(token): Path<String>) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let link = match ending(&visit, &mut visit.reader().await?, &token).await? {
        Ok(link) => link,
        Err(why) => return Ok(refused(&visit, why)),
    };
    let said = if link.purpose == Purpose::Stop { m.stop_ask } else { m.unsubscribe_ask };
    let page = Page {
        title: m.unsubscribe.into(),
        text: fill(said, &[("vendor", &vendor(&visit))]),
        tone: None,
        act: Act::Button { label: m.unsubscribe_do, to: format!("/unsubscribe/{token}") },
    };
    Ok(visit.page(&page).into_response())
}

/// Whether a mail program asks for its reader (RFC 8058): it sends this and no token of a form.
fn is_one_click(body: &str) -> bool {
    body.contains("List-Unsubscribe") && body.contains("One-Click")
}

/// Ends letters: asked by the button of the page, or by a mail program for its reader. What lets it
/// is the link alone.
async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let body = String::from_utf8_lossy(&body);
    let csrf = visit::query(&format!("/?{body}")).remove("csrf").unwrap_or_default();
    if !is_one_click(&body) && !visit.is_csrf(&csrf) {
        return Err(Failure::Stale);
    }
    let mut tx = app.office().db().write().await?;
    let link = match ending(&visit, &mut tx, &token).await? {
        Ok(link) => link,
        Err(why) => return Ok(refused(&visit, why)),
    };
    let taken = links::take(&mut tx, visit.now, (&token, link.purpose), who(&visit)).await?;
    if let Err(why) = taken {
        return Ok(refused(&visit, why));
    }
    let (title, text) = if let Some(user_id) = link.user_id {
        let user = user(&mut tx, user_id).await?.ok_or(Failure::NotFound)?;
        let says = [(ContactChannel::Mail, false)];
        let by = (&user.actor(), visit.now);
        members::agree(&mut tx, by, Subject::User(user_id), &says, Some(&link.subject)).await?;
        (m.unsubscribed, m.unsubscribed_help)
    } else {
        mail::stop(&mut tx, visit.now, &link.subject).await?;
        (m.stopped, m.stopped_help)
    };
    tx.commit().await?;
    let (title, text) = (title.into(), text.into());
    let page = Page { title, text, tone: Some(Tone::Good), act: Act::Nothing };
    Ok(visit.page(&page).into_response())
}

async fn user(reader: &mut Reader, user_id: i64) -> Result<Option<User>, Failure> {
    let all = door::users(reader, None).await?;
    Ok(all.into_iter().find(|user| user.user_id == user_id))
}

async fn ask_forgot(visit: Visit) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let is_on = mail::is_on(&mut visit.reader().await?).await?;
    let page = Page {
        title: m.forgot.into(),
        text: if is_on {
            m.forgot_help.into()
        } else {
            fill(m.forgot_off, &[("vendor", &vendor(&visit))])
        },
        tone: None,
        act: if is_on { Act::Forgot } else { Act::Nothing },
    };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct Forgotten {
    login: String,
}

/// Writes to whoever forgot a password. The answer is the same for everybody.
async fn forgot(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Forgotten>,
) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    let mut tx = app.office().db().write().await?;
    let user = door::user_by_login(&mut tx, &sent.form.login).await?;
    if let Some(user) = user.filter(|user| !user.disabled)
        && let Some(to) = To::user(&user)
    {
        let span = visit.now.as_second() / FORGOT_EVERY_SECONDS;
        let letter = Letter {
            kind: Kind::Password,
            key: format!("password/{}/{span}", user.id),
            to,
            partner_id: user.role.partner(),
            mailing_id: None,
            data: json!({ "user": user.id, "login": user.login }),
            paper: None,
        };
        mail::write(&mut tx, visit.now, &letter).await?;
    }
    tx.commit().await?;
    let page = Page {
        title: m.forgot_done.into(),
        text: m.forgot_done_help.into(),
        tone: Some(Tone::Good),
        act: Act::Nothing,
    };
    Ok(visit.page(&page).into_response())
}

/// Whose password a link chooses.
async fn chooser(visit: &Visit, token: &str) -> Result<Result<User, Refused>, Failure> {
    let mut reader = visit.reader().await?;
    let of = (token, Purpose::Password);
    let link = match links::look(&mut reader, visit.now, of, who(visit)).await? {
        Ok(link) => link,
        Err(why) => return Ok(Err(why)),
    };
    let user = door::find_user(&mut reader, &link.subject).await?;
    Ok(user.filter(|user| !user.disabled).ok_or(Refused::Unknown))
}

fn choosing(visit: &Visit, user: &User, token: &str, problem: Option<String>) -> Page {
    let m = &visit.lang.words().mail;
    let n = PASSWORD_CHARS_MIN.to_string();
    Page {
        title: m.choose.into(),
        text: fill(m.choose_help, &[("login", &user.login), ("n", &n)]),
        tone: None,
        act: Act::Choose { to: format!("/password/{token}"), problem },
    }
}

async fn ask_password(visit: Visit, Path(token): Path<String>) -> Result<Response, Failure> {
    Ok(match chooser(&visit, &token).await? {
        Ok(user) => visit.page(&choosing(&visit, &user, &token, None)).into_response(),
        Err(why) => refused(&visit, why),
    })
}

#[derive(Deserialize)]
struct Chosen {
    password: String,
    repeat: String,
}

/// Chooses a password, once, and ends all sessions of before.
async fn choose(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    sent: Sent<Chosen>,
) -> Result<Response, Failure> {
    let (m, g) = (&visit.lang.words().mail, &visit.lang.words().gate);
    let user = match chooser(&visit, &token).await? {
        Ok(user) => user,
        Err(why) => return Ok(refused(&visit, why)),
    };
    let wrong = |problem: &str| {
        let page = choosing(&visit, &user, &token, Some(problem.to_owned()));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response())
    };
    if sent.form.password != sent.form.repeat {
        return wrong(m.differ);
    }
    let hash = match app.passwords().hash(&sent.form.password).await {
        Ok(hash) => hash,
        Err(AccessError::ShortPassword | AccessError::LongPassword) => {
            return wrong(g.problem_password);
        }
        Err(other) => return Err(other.into()),
    };
    let mut tx = app.office().db().write().await?;
    let of = (token.as_str(), Purpose::Password);
    if let Err(why) = links::take(&mut tx, visit.now, of, who(&visit)).await? {
        return Ok(refused(&visit, why));
    }
    door::set_password(&mut tx, visit.now, &user.actor(), &user.id, &hash).await?;
    tx.commit().await?;
    let page = Page {
        title: m.choose.into(),
        text: m.chosen.into(),
        tone: Some(Tone::Good),
        act: Act::Link { label: g.sign_in, href: "/sign-in".into() },
    };
    Ok(visit.page(&page).into_response())
}

/// What somebody reads who was invited by a member. It says the code and not who it is.
async fn invited(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let m = &visit.lang.words().mail;
    if !referrals::is_code(&mut visit.reader().await?, &code).await? {
        return Err(Failure::NotFound);
    }
    let page = Page {
        title: m.friends.into(),
        text: fill(m.friends_help, &[("vendor", &vendor(&visit))]),
        tone: None,
        act: Act::Code { code },
    };
    Ok(visit.page(&page).into_response())
}
