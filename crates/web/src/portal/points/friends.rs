//! Portal, points: the reader's own code, whom it brought, and what came of it.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::catalog;
use engine::db::Tx;
use engine::mail;
use engine::referrals::{self, Referral, Stage};
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::routes::own;
use super::{FRIENDS, Tab, tabs, title};
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::reading::members as words_of;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, empty, notice, page_head, section, status};
use crate::visit::{self, Sent, Visit};

/// Letters to friends that one member may write a day.
const LETTERS_PER_DAY_MAX: i64 = 10;
/// No longer name stands in a letter to a friend.
const NAME_CHARS_MAX: usize = 60;

pub fn add(routes: &mut Routes) {
    routes.get(FRIENDS, get(show));
    routes.post("/portal/points/friends/code", post(make_code));
    routes.post("/portal/points/friends/invite", post(invite));
    routes.post("/portal/points/friends/register", post(register));
}

/// Somebody whom the reader brings.
#[derive(Debug, Clone)]
pub struct Friend {
    pub name: String,
    pub contact: String,
    pub stage: (&'static str, Tone),
    /// The stages it reached, with their days.
    pub days: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub code: Option<String>,
    pub friends: Vec<Friend>,
    /// Nobody brought the reader yet.
    pub may_be_brought: bool,
    /// Mail works here.
    pub may_write: bool,
    /// A code that the reader was invited with.
    pub with_code: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.members.friends, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (m, letters) = (&shell.words().members, &shell.words().mail);
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(shell.lang, Tab::Friends))
            (section(m.my_code, &empty(), &html! {
                p.tk-phrase { (fill(m.friends_help, &[("vendor", &shell.vendor)])) }
                @match &self.code {
                    Some(code) => { p { b.tk-figure-large.tk-mono { (code) } } }
                    None => {
                        (shell.form("/portal/points/friends/code", "tk-form tk-form--tight",
                            &button(m.show_code, Look::Primary, None)))
                    }
                }
            }))
            (section(m.invited, &empty(), &html! {
                @if self.friends.is_empty() { p.tk-muted { (m.no_invited) } }
                @else {
                    ul.tk-rows {
                        @for friend in &self.friends {
                            li {
                                (status(friend.stage.0, friend.stage.1))
                                div.tk-rows__text {
                                    (friend.name)
                                    @if !friend.contact.is_empty() { small { (friend.contact) } }
                                    @for day in &friend.days { small { (day) } }
                                }
                            }
                        }
                    }
                }
            }))
            (section(m.invite, &empty(), &shell.form(
                "/portal/points/friends/invite", "tk-form tk-form--tight", &html! {
                    (Field::new("name", m.friend_name, "").text())
                    (Field::new("contact", m.friend_contact, "")
                        .hint(if self.may_write { "" } else { letters.friend_mail_off })
                        .optional().text())
                    @if self.may_write {
                        label.tk-choice {
                            input type="checkbox" name="send" value="yes";
                            span {
                                (letters.friend_sent)
                                small.tk-below { (letters.friend_mail_help) }
                            }
                        }
                    }
                    (button(m.add, Look::Outline, None))
                },
            )))
            @if self.may_be_brought {
                (section(m.brought_by, &empty(), &shell.form(
                    "/portal/points/friends/register", "tk-form tk-form--tight", &html! {
                        (Field::new("code", m.code, &self.with_code).hint(m.brought_by_help).text())
                        (button(m.use_code, Look::Outline, None))
                    },
                )))
            } @else {
                (notice(Tone::Info, &html! { (m.refused_already) }, &empty()))
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

/// Somebody whom a member brings, in words.
pub fn friend(lang: Lang, of: &Referral) -> Friend {
    let day = |stage: &Stage| {
        let day = of.reached(*stage)?;
        Some(format!("{} {}", words_of::stage(lang, *stage).0, format::day_long(day, lang)))
    };
    Friend {
        name: of.name.clone(),
        contact: of.contact.clone(),
        stage: words_of::stage(lang, of.stage()),
        days: Stage::ALL.iter().filter_map(day).collect(),
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let id = visit.member_id()?;
    let all = referrals::of_advocate(&mut reader, id).await?;
    let page = Page {
        title: title(visit.lang, &own.wallets),
        code: referrals::find_code(&mut reader, id).await?,
        friends: all.iter().map(|of| friend(visit.lang, of)).collect(),
        may_be_brought: referrals::of_friend(&mut reader, id).await?.is_none(),
        may_write: mail::is_on(&mut reader).await?,
        with_code: visit::query(&visit.here).remove("code").unwrap_or_default(),
    };
    Ok(visit.page(&page).into_response())
}

async fn make_code(
    State(app): State<App>,
    visit: Visit,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let made = referrals::code_of(&mut tx, visit.now, visit.member_id()?).await;
    made.map_err(|error| words_of::referral_failure(visit.lang, error))?;
    tx.commit().await?;
    Ok(Redirect::to(FRIENDS))
}

#[derive(Deserialize)]
struct Invited {
    name: String,
    contact: String,
    #[serde(default)]
    send: String,
}

async fn invite(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Invited>,
) -> Result<Redirect, Failure> {
    let Invited { name, contact, send } = sent.form;
    if name.trim().is_empty() {
        return Err(Failure::field(&["name"], visit.lang.words().members.no_name));
    }
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let by = (&visit.actor()?, visit.now);
    let of = (name.as_str(), contact.as_str());
    let made = referrals::invite(&mut tx, (&rules, &master), by, visit.member_id()?, of).await;
    let id = made.map_err(|error| words_of::referral_failure(visit.lang, error))?;
    if send == "yes" {
        write(&visit, &mut tx, &id, &name, &contact).await?;
    }
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to(&format!("{FRIENDS}?done=saved")))
}

/// The letter to a friend, in the language of whoever invites: it says who that is and what the code
/// is, and nothing that somebody typed but a name.
async fn write(
    visit: &Visit,
    tx: &mut Tx,
    referral: &str,
    name: &str,
    contact: &str,
) -> Result<(), Failure> {
    let m = &visit.lang.words().mail;
    let wrong = |said| Failure::field(&["contact"], said);
    let address = mail::address(contact).ok_or_else(|| wrong(m.friend_no_address))?;
    if mail::is_stopped(tx, address).await? {
        return Err(wrong(m.friend_stopped));
    }
    let advocate = visit.member_id()?;
    let since = visit.now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(visit.now);
    let kind = mail::Kind::Friend;
    if LETTERS_PER_DAY_MAX <= mail::written_since(tx, advocate, kind, since).await? {
        return Err(wrong(m.friend_too_many));
    }
    let code = referrals::code_of(tx, visit.now, advocate).await;
    let code = code.map_err(|error| words_of::referral_failure(visit.lang, error))?;
    // A name that looks like an address or a sentence would be somebody's own letter.
    let is_name = name.chars().count() <= NAME_CHARS_MAX && !name.contains(['/', '@', ':', '.']);
    let letter = mail::Letter {
        kind,
        key: format!("friend/{referral}"),
        to: mail::To {
            user_id: None,
            address: address.to_owned(),
            name: if is_name { name.trim().to_owned() } else { String::new() },
            language: visit.lang.tag().into(),
        },
        partner_id: Some(advocate),
        mailing_id: None,
        data: json!({ "advocate": advocate, "code": code }),
        paper: None,
    };
    mail::write(tx, visit.now, &letter).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Brought {
    code: String,
}

async fn register(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Brought>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let friend = catalog::partner_by_id(&mut tx, visit.member_id()?).await?;
    let friend = friend.ok_or(Failure::NotFound)?;
    let by = (&visit.actor()?, visit.now);
    let done = referrals::register(&mut tx, (&rules, &master), by, &sent.form.code, &friend).await;
    done.map_err(|error| words_of::referral_failure(visit.lang, error))?;
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to(&format!("{FRIENDS}?done=saved")))
}
