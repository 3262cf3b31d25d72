//! Portal, points: the people of the reader's company, for whoever looks after them.
//!
//! # Promises
//!
//! * Only who the vendor named for its company finds anything here, and of its own company alone.
//! * Of each person it is told what it has, its tier and when something moved last; not what for.
//! * Who left signs in no more and is no member any more; what it has stays its own.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{MemberState, MemberStep};
use engine::access::{self as door, AccessError, NewUser, Passwords, Role};
use engine::catalog::{self, PartnerRow};
use engine::db::{Reader, Tx};
use engine::members::{self as store, people};
use engine::rules::Rules;
use engine::views::wallet as view;
use engine::wallets::{self, Said};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::routes::own;
use super::{Tab, of_holding, tabs, title};
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Words, fill};
use crate::reading::name;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, empty, encode, notice, page_head, section, status};
use crate::visit::{Sent, Visit};

pub const PEOPLE: &str = "/portal/points/people";
/// How many people a page has, in the order of their codes.
const PEOPLE_SHOWN: usize = 200;
/// No name of a person is longer.
const NAME_CHARS_MAX: usize = 200;

pub fn add(routes: &mut Routes) {
    routes.get(PEOPLE, get(show));
    routes.post("/portal/points/people/invite", post(invite));
    routes.post("/portal/points/people/{code}/end", post(end));
}

/// One of the people.
#[derive(Debug, Clone)]
pub struct Person {
    pub code: String,
    pub name: String,
    pub login: Option<String>,
    /// What it has of each currency.
    pub holds: Vec<String>,
    pub tiers: Vec<String>,
    /// When something moved last.
    pub last: Option<String>,
    pub has_left: bool,
    /// Not the reader itself, who does not end itself.
    pub may_end: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub company: String,
    pub people: Vec<Person>,
    /// There are more than are shown.
    pub is_cut: bool,
    /// Whoever was just made: its login and first password, shown this once.
    pub made: Option<(String, String)>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.people.people, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().people;
        let page = html! {
            (page_head(&PageHead {
                title: &fill(w.people_of, &[("company", &self.company)]),
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(shell.lang, Tab::Membership))
            @if let Some((login, password)) = &self.made {
                (notice(Tone::Good, &html! {
                    p { (fill(w.made, &[("login", login)])) }
                    p { (w.first_password) " " b.tk-mono { (password) } }
                    p.tk-small { (w.password_once) }
                }, &empty()))
            }
            p.tk-muted.tk-phrase { (w.people_help) }
            (section(w.people, &empty(), &html! {
                @if self.people.is_empty() { p.tk-muted { (w.no_people) } }
                ul.tk-rows { @for person in &self.people { li { (person.draw(shell)) } } }
                @if self.is_cut { p.tk-small.tk-muted { (w.people_cut) } }
            }))
            (section(w.invite, &empty(), &shell.form(
                "/portal/points/people/invite", "tk-form tk-form--tight", &html! {
                    p.tk-small.tk-muted.tk-phrase { (w.invite_help) }
                    (Field::new("name", w.person_name, "").text())
                    (Field::new("login", w.person_login, "").hint(w.person_login_hint).text())
                    (button(w.invite_do, Look::Primary, None))
                },
            )))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl Person {
    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().people;
        let (label, tone) =
            if self.has_left { (w.left, Tone::Plain) } else { (w.works_here, Tone::Good) };
        html! {
            (status(label, tone))
            div.tk-rows__text {
                b { (self.name) } " " span.tk-mono.tk-small { (self.code) }
                @if let Some(login) = &self.login { small { (login) } }
                @for held in &self.holds { span { (held) } }
                @for tier in &self.tiers { small { (tier) } }
                @if let Some(day) = &self.last { small { (fill(w.last_moved, &[("day", day)])) } }
                @if self.may_end && !self.has_left {
                    details.tk-points__rest {
                        summary { (w.end) }
                        (shell.form(
                            &format!("{PEOPLE}/{}/end", encode(&self.code)),
                            "tk-form tk-form--tight",
                            &html! {
                                p.tk-small.tk-phrase { (fill(w.end_help, &[("name", &self.name)])) }
                                (button(w.end_do, Look::Outline, None))
                            },
                        ))
                    }
                }
            }
        }
    }
}

/// Whether the reader looks after the people of its company.
pub async fn is_lead(visit: &Visit, reader: &mut Reader) -> Result<bool, Failure> {
    let (Ok(company), Some(session)) = (visit.partner_id(), &visit.session) else {
        return Ok(false);
    };
    Ok(store::leads(reader, company).await?.contains(&session.user.user_id))
}

/// The reader's company, if it looks after its people; else there is nothing here.
async fn company(visit: &Visit, reader: &mut Reader) -> Result<PartnerRow, Failure> {
    if !is_lead(visit, reader).await? {
        return Err(Failure::NotFound);
    }
    let found = catalog::partner_by_id(reader, visit.partner_id()?).await?;
    found.ok_or(Failure::NotFound)
}

/// Its people, in the order of their codes.
async fn people_of(reader: &mut Reader, company: &PartnerRow) -> Result<Vec<PartnerRow>, Failure> {
    let children = catalog::children_of(reader, &company.code).await?;
    let is_person = |row: &PartnerRow| row.fields.get("kind").is_some_and(|it| it == people::KIND);
    Ok(children.into_iter().filter(is_person).collect())
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    page(&visit, None).await
}

async fn page(visit: &Visit, made: Option<(String, String)>) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let company = company(visit, &mut reader).await?;
    let own = own(visit, &mut reader).await?;
    let rows = people_of(&mut reader, &company).await?;
    let is_cut = PEOPLE_SHOWN < rows.len();
    let users = door::users(&mut reader, Some(company.partner_id)).await?;
    let ids = users.iter().map(|user| user.id.clone()).collect();
    let persons = people::people_of(&mut reader, ids).await?;
    let mut shown = Vec::new();
    for row in rows.into_iter().take(PEOPLE_SHOWN) {
        let user = users
            .iter()
            .find(|user| persons.get(&user.id).is_some_and(|code| code.as_str() == row.code));
        let owner = PartnerCode::new(&row.code);
        let when = (visit.now, None);
        let all = view::of_partner(&mut reader, &own.rules, &own.master, when, &owner).await?;
        let moved = view::movements(&mut reader, &own.rules, row.partner_id, None, 1).await?;
        let last = moved.first().map(|it| it.day.unwrap_or(visit.local(it.recorded).date()));
        let is_member = is_member(&mut reader, (&own.rules, &own.master), visit, &owner).await?;
        let itself = visit.session.as_ref().map(|it| it.user.user_id);
        shown.push(Person {
            name: name(lang, &row.names, &row.code),
            login: user.map(|user| user.login.clone()),
            holds: holds(lang, &all),
            tiers: tiers(lang, &all),
            last: last.map(|day| format::day_long(day, lang)),
            has_left: user.map_or(!is_member, |user| user.disabled),
            may_end: user.is_none_or(|user| Some(user.user_id) != itself),
            code: row.code,
        });
    }
    let page = Page {
        title: title(lang, &own.wallets),
        company: name(lang, &company.names, &company.code),
        people: shown,
        is_cut,
        made,
    };
    Ok(visit.page(&page).into_response())
}

fn holds(lang: crate::i18n::Lang, all: &[view::PartnerWallet]) -> Vec<String> {
    let held = all.iter().flat_map(|own| &own.holdings);
    held.map(|it| of_holding(lang, it, it.amount)).collect()
}

fn tiers(lang: crate::i18n::Lang, all: &[view::PartnerWallet]) -> Vec<String> {
    let groups = all.iter().flat_map(|own| &own.tiers);
    let named = |it: &view::Tier| {
        let row = it.rows.get(it.tier?)?;
        let group = name(lang, &it.name, &it.group);
        Some(format!("{group}: {}", name(lang, &row.name, &row.tier)))
    };
    groups.filter_map(named).collect()
}

/// Whether it is a member anywhere now.
async fn is_member(
    reader: &mut Reader,
    (rules, master): (&Rules, &catalog::MasterData),
    visit: &Visit,
    owner: &PartnerCode,
) -> Result<bool, Failure> {
    for of in &rules.wallets {
        let member = wallets::membership(reader, of, master, visit.now, owner).await?;
        if matches!(member.is.state, MemberState::Active | MemberState::Suspended) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[derive(Deserialize)]
struct Invited {
    name: String,
    login: String,
}

/// Makes a person of the company, and the user that it signs in as.
async fn invite(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<Invited>,
) -> Result<Response, Failure> {
    let w = &visit.lang.words().people;
    let k = &visit.lang.words().console;
    let called = sent.form.name.trim().to_owned();
    if called.is_empty() || NAME_CHARS_MAX < called.chars().count() {
        return Err(Failure::field(&["name"], w.bad_name));
    }
    let password = Passwords::generated()?;
    let hash = app.passwords().hash(&password).await?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let company = company(&visit, &mut tx).await?;
    let actor = visit.actor()?;
    let new = NewUser {
        login: sent.form.login.clone(),
        name: called.clone(),
        password: hash,
        role: Role::Partner { partner_id: company.partner_id },
        language: visit.lang.tag().into(),
    };
    let made = door::create_user(&mut tx, visit.now, &actor, new).await;
    let user = made.map_err(|error| match error {
        AccessError::LoginTaken { .. } => Failure::field(&["login"], k.problem_login_taken),
        AccessError::BadLogin { .. } => Failure::field(&["login"], k.problem_login),
        other => other.into(),
    })?;
    let code = free_code(&mut tx, &company).await?;
    let names = [("en".to_owned(), called.clone()), ("ja".to_owned(), called)];
    let fields =
        [("kind".to_owned(), people::KIND.to_owned()), ("parent".to_owned(), company.code.clone())];
    let refused = || Failure::field(&["name"], w.bad_name);
    let item = catalog::Item::new(&code, names.into(), fields.into()).map_err(|_| refused())?;
    let done = catalog::upsert_partners(&mut tx, visit.now, &actor, Date::MIN, vec![item]).await?;
    let person = catalog::partner_by_code(&mut tx, &code).await?;
    let person = person.filter(|_| done.rejected.is_empty()).ok_or_else(refused)?;
    people::link(&mut tx, visit.now, (user.user_id, person.partner_id)).await?;
    tx.commit().await?;
    office.wake();
    page(&visit, Some((user.login, password))).await
}

/// The next code of a person of this company.
async fn free_code(tx: &mut Tx, company: &PartnerRow) -> Result<String, Failure> {
    let mut number = people_of(tx, company).await?.len() + 1;
    loop {
        let code = format!("{}-P{number}", company.code);
        if catalog::partner_by_code(tx, &code).await?.is_none() {
            return Ok(code);
        }
        number += 1;
    }
}

/// Somebody left: it signs in no more, and its memberships end today.
async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let company = company(&visit, &mut tx).await?;
    let all = people_of(&mut tx, &company).await?;
    let person = all.into_iter().find(|row| row.code == code).ok_or(Failure::NotFound)?;
    let actor = visit.actor()?;
    let users = door::users(&mut tx, Some(company.partner_id)).await?;
    for user in users {
        if people::person_of(&mut tx, user.user_id).await? != Some(person.partner_id) {
            continue;
        }
        if visit.session.as_ref().is_some_and(|it| it.user.user_id == user.user_id) {
            return Err(Failure::NotFound);
        }
        door::set_user_disabled(&mut tx, visit.now, &actor, &user.id, true).await?;
    }
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = PartnerCode::new(&person.code);
    for of in &rules.wallets {
        let member = wallets::membership(&mut tx, of, &master, visit.now, &partner).await?;
        if !matches!(member.is.state, MemberState::Active | MemberState::Suspended) {
            continue;
        }
        let reason = Some(visit.lang.words().people.end_reason.to_owned());
        let step = MemberStep::End;
        let said = Said { partner: partner.clone(), step, on: None, reason };
        wallets::say(&mut tx, (&rules, &master), (&actor, visit.now), of, said).await?;
    }
    tx.commit().await?;
    office.wake();
    Ok(Redirect::to(&format!("{PEOPLE}?done=saved")))
}
