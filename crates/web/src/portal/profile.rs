//! Portal, profile: what the reader says of themselves. Completing it is an activity.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::{self as door, Profile};
use engine::activities;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, card, empty, notice, page_head};
use crate::visit::{Sent, Visit};

pub const PROFILE: &str = "/portal/profile";

pub fn add(routes: &mut Routes) {
    routes.get(PROFILE, get(show));
    routes.post(PROFILE, post(save));
}

#[derive(Debug, Clone)]
pub struct Page {
    pub login: String,
    pub profile: Profile,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.profile.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().profile;
        let of = &self.profile;
        let (tone, said) =
            if of.is_complete() { (Tone::Good, p.complete) } else { (Tone::Info, p.missing) };
        let page = html! {
            (page_head(&PageHead {
                title: p.title,
                badge: empty(),
                meta: html! { span { (fill(p.help, &[("vendor", &shell.vendor)])) } },
                actions: empty(),
            }))
            (notice(tone, &html! { (said) }, &empty()))
            (card("tk-narrow-page", shell.form(PROFILE, "tk-form tk-form--tight", &html! {
                (Field::new("name", p.name, &of.name).text())
                (Field::new("job", p.job, &of.job).hint(p.job_hint).optional().text())
                (Field::new("phone", p.phone, &of.phone).hint(p.phone_hint).optional().text())
                p.tk-small.tk-muted { (p.login) " " span.tk-mono { (self.login) } }
                (button(p.save, Look::Primary, None))
            })))
        };
        frame::portal(shell, PortalPlace::Home, &page)
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let user = visit.session.as_ref().ok_or(Failure::NotFound)?.user.clone();
    let profile = door::profile(&mut visit.reader().await?, &user).await?;
    Ok(visit.page(&Page { login: user.login, profile }).into_response())
}

#[derive(Deserialize)]
struct Form {
    name: String,
    job: String,
    phone: String,
}

async fn save(State(app): State<App>, visit: Visit, sent: Sent<Form>) -> Result<Redirect, Failure> {
    let Form { name, job, phone } = sent.form;
    if name.trim().is_empty() {
        return Err(Failure::field(&["name"], visit.lang.words().profile.no_name));
    }
    let user = visit.session.as_ref().ok_or(Failure::NotFound)?.user.clone();
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let new = Profile { name, job, phone };
    let kept = door::set_profile(&mut tx, visit.now, &visit.actor()?, &user, &new).await?;
    if kept.is_complete() {
        activities::profile_completed(&mut tx, (&rules, &master), visit.now, &user).await?;
    }
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to(&format!("{PROFILE}?done=saved")))
}
