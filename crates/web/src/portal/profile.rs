//! Portal, profile: what the reader says of themselves, and how they may be reached. Completing it is
//! an activity.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::access::{self as door, Profile};
use engine::activities;
use engine::members::{self, Consent, ContactChannel, Subject};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Words, fill};
use crate::reading::members as words_of;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, card, empty, notice, page_head, section_with};
use crate::visit::{Sent, Visit};

pub const PROFILE: &str = "/portal/profile";
const CONSENT: &str = "/portal/profile/consent";

pub fn add(routes: &mut Routes) {
    routes.get(PROFILE, get(show));
    routes.post(PROFILE, post(save));
    routes.post(CONSENT, post(agree));
}

#[derive(Debug, Clone)]
pub struct Page {
    pub login: String,
    pub profile: Profile,
    /// What the reader is asked, if the vendor asks in words of its own.
    pub wording: Option<String>,
    /// Each channel, whether the reader agreed, and what was said of it last.
    pub channels: Vec<Channel>,
}

/// How the reader may be reached.
#[derive(Debug, Clone)]
pub struct Channel {
    pub channel: ContactChannel,
    pub given: bool,
    pub said: Option<String>,
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
            (self.consent(shell))
        };
        frame::portal(shell, PortalPlace::Home, &page)
    }
}

impl Page {
    fn consent(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let own = || fill(m.consent_wording, &[("vendor", &shell.vendor)]);
        section_with(
            "tk-narrow-page",
            m.consent,
            &empty(),
            &html! {
                p.tk-phrase #consent-wording {
                    @match &self.wording { Some(text) => { (text) } None => { (own()) } }
                }
                (shell.form(CONSENT, "tk-form tk-form--tight", &html! {
                    fieldset.tk-fieldset aria-describedby="consent-wording" {
                        legend.tk-small { (m.consent) }
                        @for of in &self.channels {
                            @let word = of.channel.word();
                            label.tk-choice {
                                input type="checkbox" name=(word) value="yes" checked[of.given];
                                span { (words_of::contact(shell.lang, of.channel)) }
                            }
                            @if let Some(said) = &of.said { p.tk-small.tk-muted { (said) } }
                        }
                    }
                    (button(m.save, Look::Outline, None))
                }))
            },
        )
    }
}

/// What somebody said last of a channel, in words.
pub fn said(visit: &Visit, of: &Consent) -> String {
    let m = &visit.lang.words().members;
    let state = if of.given { m.consent_given } else { m.consent_taken_back };
    let when = format::moment_column(visit.local(of.at), visit.lang);
    let version = of.wording.to_string();
    let places = [("state", state), ("when", &*when), ("who", &*of.actor), ("version", &*version)];
    fill(m.consent_said, &places)
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let user = visit.session.as_ref().ok_or(Failure::NotFound)?.user.clone();
    let mut reader = visit.reader().await?;
    let profile = door::profile(&mut reader, &user).await?;
    let wording = members::wording(&mut reader).await?;
    let wording = wording.map(|it| visit.lang.say(&it.ja, &it.en).to_owned());
    let last = members::consents(&mut reader, Subject::User(user.user_id)).await?;
    let channel = |channel: ContactChannel| {
        let of = last.get(&channel);
        Channel {
            channel,
            given: of.is_some_and(|of| of.given),
            said: of.map(|of| said(&visit, of)),
        }
    };
    let channels = ContactChannel::ALL.into_iter().map(channel).collect();
    Ok(visit.page(&Page { login: user.login, profile, wording, channels }).into_response())
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

#[derive(Deserialize)]
struct Agreed {
    mail: Option<String>,
    phone: Option<String>,
    messaging: Option<String>,
    post: Option<String>,
}

/// The reader says by which channels they may be reached.
async fn agree(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Agreed>,
) -> Result<Redirect, Failure> {
    let user_id = visit.session.as_ref().ok_or(Failure::NotFound)?.user.user_id;
    let Agreed { mail, phone, messaging, post } = sent.form;
    let says = [
        (ContactChannel::Mail, mail.is_some()),
        (ContactChannel::Phone, phone.is_some()),
        (ContactChannel::Messaging, messaging.is_some()),
        (ContactChannel::Post, post.is_some()),
    ];
    let mut tx = app.office().db().write().await?;
    let by = (&visit.actor()?, visit.now);
    members::agree(&mut tx, by, Subject::User(user_id), &says, None).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PROFILE}?done=saved")))
}
