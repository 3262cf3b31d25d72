//! The door: signing in and out, the first administrator, language and theme.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::{self as door, AccessError, Actor, NewUser, Role, UserChange};
use engine::activities;
use engine::catalog::{load_settings, save_settings};
use engine::db::Reader;
use serde::Deserialize;

use super::{first_run, sign_in};
use crate::access;
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::shell::Theme;
use crate::visit::{self, LANGUAGE_COOKIE, SESSION_COOKIE, Sent, THEME_COOKIE, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/", get(start));
    routes.get("/sign-in", get(ask));
    routes.post("/sign-in", post(enter));
    routes.post("/sign-out", post(leave));
    routes.get("/first-run", get(ask_first));
    routes.post("/first-run", post(create_first));
    routes.get("/language/{tag}", get(choose_language));
    routes.post("/theme", post(choose_theme));
}

/// How long this browser remembers a choice.
const CHOICE_DAYS: u32 = 365;
const SESSION_DAYS: u32 = 7;

async fn start(visit: Visit) -> Result<Redirect, Failure> {
    match visit.role() {
        Some(role) => Ok(Redirect::to(access::home(role))),
        None if is_new(&mut visit.reader().await?).await? => Ok(Redirect::to("/first-run")),
        None => Ok(Redirect::to("/sign-in")),
    }
}

/// Whether nobody can sign in yet.
async fn is_new(reader: &mut Reader) -> Result<bool, Failure> {
    Ok(door::users(reader, None).await?.is_empty())
}

async fn ask(visit: Visit) -> Result<Response, Failure> {
    if let Some(role) = visit.role() {
        return Ok(Redirect::to(access::home(role)).into_response());
    }
    let next = visit::query(&visit.here).remove("next").unwrap_or_default();
    let page = sign_in::Page { next, ..Default::default() };
    Ok(visit.page(&page).into_response())
}

#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn enter(
    State(app): State<App>,
    visit: Visit,
    sent: Result<Sent<Credentials>, Failure>,
) -> Result<Response, Failure> {
    let form = match sent {
        Ok(sent) => sent.form,
        Err(Failure::Stale) => {
            let refusal = Some(sign_in::Refusal::Stale);
            let page = sign_in::Page { refusal, ..Default::default() };
            return Ok((StatusCode::FORBIDDEN, visit.page(&page)).into_response());
        }
        Err(other) => return Err(other),
    };
    let office = app.office();
    let entered = door::sign_in(
        office.db(),
        office.clock(),
        app.passwords(),
        &form.login,
        &form.password,
        &visit.address,
    )
    .await;
    let (status, refusal) = match entered {
        Ok(signed_in) => {
            let role = signed_in.session.user.role;
            // Nobody is kept outside because it could not be told.
            if let Err(error) = activities::signed_in(office, &signed_in.session.user).await {
                tracing::error!(%error, "a sign-in could not be told as an activity");
            }
            let cookie = visit.cookie(SESSION_COOKIE, &signed_in.cookie, SESSION_DAYS);
            let to = Redirect::to(&inside(&form.next, role));
            return Ok(([(header::SET_COOKIE, cookie)], to).into_response());
        }
        Err(AccessError::WrongLogin) => (StatusCode::UNAUTHORIZED, sign_in::Refusal::Wrong),
        Err(AccessError::TooManyAttempts { retry_at }) => {
            let seconds = retry_at.duration_since(visit.now).as_secs().max(1);
            let minutes = u32::try_from(seconds.div_euclid(60) + 1).unwrap_or(1);
            (StatusCode::TOO_MANY_REQUESTS, sign_in::Refusal::TooMany { minutes })
        }
        Err(other) => return Err(other.into()),
    };
    let page = sign_in::Page { login: form.login, refusal: Some(refusal), next: form.next };
    Ok((status, visit.page(&page)).into_response())
}

/// Where to go after signing in: a page of ours that the role may open, or its home.
fn inside(next: &str, role: Role) -> String {
    let home = access::home(role);
    let ours = is_local(next) && next.starts_with(home);
    if ours { next.to_string() } else { home.to_string() }
}

/// A path of this site, not an address that a browser reads as another one.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\n', '\r'])
        && path.is_ascii()
}

async fn leave(
    State(app): State<App>,
    visit: Visit,
    _sent: Sent<serde_json::Value>,
) -> Result<Response, Failure> {
    if let Some(session) = &visit.session {
        let mut tx = app.office().db().write().await?;
        door::sign_out(&mut tx, visit.now, session).await?;
        tx.commit().await?;
    }
    let cookie = visit.cookie(SESSION_COOKIE, "", 0);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

async fn ask_first(visit: Visit) -> Result<Response, Failure> {
    if !is_new(&mut visit.reader().await?).await? {
        return Ok(Redirect::to("/").into_response());
    }
    let needs_code = visit.app.options().setup_code.is_some();
    Ok(visit.page(&first_run::Page { needs_code, ..Default::default() }).into_response())
}

#[derive(Deserialize)]
struct First {
    vendor: String,
    time_zone: String,
    name: String,
    login: String,
    password: String,
    #[serde(default)]
    code: String,
}

async fn create_first(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<First>,
) -> Result<Response, Failure> {
    let form = sent.form;
    let setup_code = app.options().setup_code.as_deref();
    let problem = if setup_code.is_some_and(|code| code != form.code.trim()) {
        Some(first_run::Problem::Code)
    } else {
        create_administrator(&app, &visit, &form).await?
    };
    if let Some(problem) = problem {
        let page = first_run::Page {
            vendor: form.vendor,
            name: form.name,
            login: form.login,
            time_zone: form.time_zone,
            needs_code: setup_code.is_some(),
            problem: Some(problem),
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, visit.page(&page)).into_response());
    }
    let office = app.office();
    let (db, clock) = (office.db(), office.clock());
    let entered =
        door::sign_in(db, clock, app.passwords(), &form.login, &form.password, &visit.address)
            .await?;
    let cookie = visit.cookie(SESSION_COOKIE, &entered.cookie, SESSION_DAYS);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/console")).into_response())
}

/// Makes the administrator and names the vendor, in one commit, if nobody was quicker.
async fn create_administrator(
    app: &App,
    visit: &Visit,
    form: &First,
) -> Result<Option<first_run::Problem>, Failure> {
    use first_run::Problem;
    if form.vendor.trim().is_empty() {
        return Ok(Some(Problem::Vendor));
    }
    if form.name.trim().is_empty() {
        return Ok(Some(Problem::Name));
    }
    let password = match app.passwords().hash(&form.password).await {
        Ok(hash) => hash,
        Err(AccessError::ShortPassword | AccessError::LongPassword) => {
            return Ok(Some(Problem::Password));
        }
        Err(other) => return Err(other.into()),
    };
    let mut tx = app.office().db().write().await?;
    if !is_new(&mut tx).await? {
        return Err(Failure::NotFound);
    }
    let new = NewUser {
        login: form.login.clone(),
        name: form.name.trim().into(),
        password,
        role: Role::Administrator,
        language: visit.lang.tag().into(),
    };
    let user = match door::create_user(&mut tx, visit.now, &Actor::System, new).await {
        Ok(user) => user,
        Err(AccessError::BadLogin { .. }) => return Ok(Some(Problem::Login)),
        Err(other) => return Err(other.into()),
    };
    let mut settings = load_settings(&mut tx).await?;
    settings.vendor_name = form.vendor.trim().into();
    settings.time_zone = form.time_zone.trim().into();
    settings.default_language = visit.lang.tag().into();
    if jiff::tz::TimeZone::get(&settings.time_zone).is_err() {
        return Ok(Some(Problem::TimeZone));
    }
    save_settings(&mut tx, visit.now, &user.actor(), &settings).await?;
    tx.commit().await?;
    Ok(None)
}

async fn choose_language(
    State(app): State<App>,
    visit: Visit,
    Path(tag): Path<String>,
) -> Result<Response, Failure> {
    let lang = Lang::parse(&tag).ok_or(Failure::NotFound)?;
    let change = UserChange { language: Some(lang.tag().into()), ..Default::default() };
    remember(&app, &visit, change).await?;
    let back = visit::query(&visit.here).remove("back").filter(|back| is_local(back));
    let cookie = visit.cookie(LANGUAGE_COOKIE, lang.tag(), CHOICE_DAYS);
    let to = Redirect::to(back.as_deref().unwrap_or("/"));
    Ok(([(header::SET_COOKIE, cookie)], to).into_response())
}

#[derive(Deserialize)]
struct Choice {
    theme: String,
    #[serde(default)]
    back: String,
}

async fn choose_theme(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Choice>,
) -> Result<Response, Failure> {
    let theme = Theme::parse(&sent.form.theme).ok_or(Failure::Unreadable("theme".into()))?;
    let chosen = match theme {
        Theme::Light => door::Theme::Light,
        Theme::Dark => door::Theme::Dark,
    };
    remember(&app, &visit, UserChange { theme: Some(chosen), ..Default::default() }).await?;
    let back = if is_local(&sent.form.back) { sent.form.back.as_str() } else { "/" };
    let cookie = visit.cookie(THEME_COOKIE, theme.tag(), CHOICE_DAYS);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}

/// Keeps a choice with the user too, so that another browser follows.
async fn remember(app: &App, visit: &Visit, change: UserChange) -> Result<(), Failure> {
    let Some(session) = &visit.session else { return Ok(()) };
    let user = &session.user;
    let mut tx = app.office().db().write().await?;
    door::change_user(&mut tx, visit.now, &user.actor(), &user.id, change).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_only_to_pages_of_ours() {
        let finance = Role::Finance;
        let partner = Role::Partner { partner_id: 1 };
        let cases = [
            ("/console/payouts?page=2", finance, "/console/payouts?page=2"),
            ("/portal", finance, "/console"),
            ("//evil.example", finance, "/console"),
            ("/\\evil.example", finance, "/console"),
            ("https://evil.example", finance, "/console"),
            ("", partner, "/portal"),
            ("/portal/records", partner, "/portal/records"),
        ];
        for (next, role, expected) in cases {
            assert_eq!(inside(next, role), expected, "`{next}`");
        }
    }
}
