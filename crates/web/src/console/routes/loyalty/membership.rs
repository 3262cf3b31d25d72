//! What a partner is to each wallet: shown, and changed by hand.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{Channel, Command, MemberStep, Withheld};
use engine::access::{self as door, Action};
use engine::catalog;
use engine::members::people;
use engine::members::{self as store, Choice, ContactChannel, Every, Lead, Subject};
use engine::office::Live;
use engine::papers::points as paper;
use engine::referrals;
use engine::wallets::{self, Active, Answer, LineRow, Said};
use jiff::civil::Date;
use serde::Deserialize;

use super::links;
use crate::app::{App, Routes};
use crate::console::loyalty::membership::{Consents, Membership, Page, Step};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::portal::points::friends::friend;
use crate::portal::points::membership::{statement_issued, statement_of_month};
use crate::portal::profile::said as consent_said;
use crate::reading;
use crate::reading::loyalty as say;
use crate::reading::members as words_of;
use crate::ui::encode;
use crate::visit::{Sent, Visit};

/// How many steps of a membership a page tells.
const STEPS_SHOWN: i64 = 100;
const MONTHS_OFFERED: i32 = 24;
/// How many awards that were withheld a page tells, the newest.
const WITHHELD_SHOWN: usize = 50;

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners/{code}/membership", get(show));
    routes.get("/console/partners/{code}/membership/statement", get(of_month));
    routes.get("/console/partners/{code}/membership/statements/{id}", get(issued));
    routes.post("/console/partners/{code}/membership/step", post(step));
    routes.post("/console/partners/{code}/membership/choice", post(choose));
    routes.post("/console/partners/{code}/membership/consent", post(agree));
    routes.post("/console/partners/{code}/membership/referral", post(register));
    routes.post("/console/partners/{code}/membership/person", post(make_person));
    routes.post("/console/partners/{code}/membership/lead", post(say_lead));
}

pub(super) fn back(code: &str) -> Redirect {
    Redirect::to(&format!("/console/partners/{}/membership?done=saved", encode(code)))
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let owner = PartnerCode::new(&code);
    let papers = paper::issued(&mut reader, row.partner_id).await?;
    let links = store::links(&mut reader, row.partner_id).await?;
    let mut memberships = Vec::new();
    for of in &rules.wallets {
        let member = wallets::membership(&mut reader, of, &master, visit.now, &owner).await?;
        let lines = wallets::lifecycle(&mut reader, &code, Some(of.wallet_id), STEPS_SHOWN).await?;
        let withheld = wallets::withheld(&mut reader, of, &code).await?;
        let choice = store::choice(&mut reader, of.wallet_id, row.partner_id).await?;
        let choice = choice.map(|row| row.choice).unwrap_or_default();
        let own = papers.iter().filter(|it| it.wallet_id == of.wallet_id);
        let last = withheld.iter().rev().take(WITHHELD_SHOWN);
        memberships.push(Membership {
            wallet: of.code.clone(),
            name: reading::name(lang, &of.name, &of.code),
            state: words_of::state(lang, member.is.state),
            rows: words_of::membership(lang, &of.code, &member),
            steps: lines.iter().map(|row| told(&visit, row)).collect(),
            withheld: last.map(|it| not_given(lang, of, it)).collect(),
            statements: words_of::every(lang, choice.every),
            every: choice.every.word(),
            promotions: choice.promotions,
            months: words_of::months(lang, visit.today(), MONTHS_OFFERED),
            issued: own.map(|it| (it.id.clone(), words_of::period(lang, it.from, it.to))).collect(),
            links: links::of_wallet(lang, of, &links),
        });
    }
    let all = referrals::of_advocate(&mut reader, row.partner_id).await?;
    let brought = referrals::of_friend(&mut reader, row.partner_id).await?;
    let channel = |channel: ContactChannel| {
        (channel.word().to_owned(), words_of::contact(lang, channel).to_owned())
    };
    let page = Page {
        partner: reading::partner_ref(lang, &row),
        memberships,
        consents: consents(&visit, &mut reader, row.partner_id).await?,
        channels: ContactChannel::ALL.into_iter().map(channel).collect(),
        code: referrals::find_code(&mut reader, row.partner_id).await?,
        brought_by: brought
            .and_then(|it| master.partner_code(it.advocate_id))
            .map(ToString::to_string),
        friends: all.iter().map(|of| friend(lang, of)).collect(),
        people: users(&mut reader, row.partner_id).await?,
        leads: leads(&mut reader, row.partner_id).await?,
        may_make_people: visit.role().is_some_and(|role| role.may(Action::EditMasterData)),
    };
    Ok(visit.page(&page).into_response())
}

/// A step in words.
fn told(visit: &Visit, row: &LineRow) -> Step {
    let lang = visit.lang;
    let m = &lang.words().members;
    let what = match row.verb.as_str() {
        "enrol" => m.step_enrol.to_owned(),
        "renew" => m.step_renew.to_owned(),
        "suspend" => m.step_suspend.to_owned(),
        "resume" => m.step_resume.to_owned(),
        "leave" => m.step_end.to_owned(),
        other => say::verb(lang, other),
    };
    let mut details = Vec::new();
    match serde_json::from_str(&row.body) {
        Ok(Command::Member(line)) => {
            if let MemberStep::Enrol { until: Some(day), .. }
            | MemberStep::Renew { until: Some(day) } = line.step
            {
                details.push(format!("{} {}", m.last_day, format::day_long(day, lang)));
            }
            if let MemberStep::Enrol { channel: Some(channel), .. } = line.step {
                details.push(words_of::channel(lang, channel).to_owned());
            }
            details.extend(line.reason);
        }
        Ok(Command::Merge { into }) => details.push(format!("→ {into}")),
        _ => {}
    }
    let refused = row.refusal.as_deref();
    let why = |why: &str| {
        fill(lang.words().loyalty.refused_because, &[("why", &say::refusal(lang, why))])
    };
    Step {
        when: format::moment_column(visit.local(row.recorded), lang),
        what,
        detail: details.join(" · "),
        who: row.actor.clone(),
        refused: refused.map(why),
    }
}

fn not_given(lang: Lang, of: &Active, it: &Withheld) -> (String, String, String) {
    let m = &lang.words().members;
    let amount = |amount| say::points_of(lang, &of.wallet, amount, &it.unit);
    let (given, asked) = (format::quantity(it.given), amount(it.asked));
    let said = fill(m.withheld_of, &[("given", &given), ("asked", &asked)]);
    (format::day_column(it.on.date(), lang), it.name.to_string(), said)
}

/// What the partner and its users said of being reached.
async fn consents(
    visit: &Visit,
    reader: &mut engine::db::Reader,
    partner_id: i64,
) -> Result<Vec<Consents>, Failure> {
    let m = &visit.lang.words().members;
    let mut subjects =
        vec![(Subject::Partner(partner_id), "partner".to_owned(), m.of_the_company.to_owned())];
    for user in door::users(reader, Some(partner_id)).await? {
        subjects.push((Subject::User(user.user_id), user.id, user.name));
    }
    let mut all = Vec::new();
    for (of, subject, name) in subjects {
        let last = store::consents(reader, of).await?;
        let channel = |channel: ContactChannel| {
            let said = last.get(&channel);
            let given = said.map(|said| said.given);
            let text = said.map(|said| consent_said(visit, said)).unwrap_or_default();
            (words_of::contact(visit.lang, channel), given, text)
        };
        let channels = ContactChannel::ALL.into_iter().map(channel).collect();
        all.push(Consents { subject, name, channels });
    }
    Ok(all)
}

async fn of_month(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    drop(reader);
    statement_of_month(&visit, row.partner_id).await
}

async fn issued(
    visit: Visit,
    Path((code, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    drop(reader);
    statement_issued(&visit, row.partner_id, &id).await
}

#[derive(Deserialize)]
struct StepForm {
    wallet: String,
    step: String,
    until: String,
    reason: String,
}

async fn step(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<StepForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let bad_day = || Failure::field(&["until"], visit.lang.words().loyalty.bad_day);
    let until: Option<Date> = match form.until.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| bad_day())?),
    };
    let step = match form.step.as_str() {
        "enrol" => MemberStep::Enrol { channel: Some(Channel::Console), until },
        "renew" => MemberStep::Renew { until },
        "suspend" => MemberStep::Suspend,
        "resume" => MemberStep::Resume,
        "end" => MemberStep::End,
        _ => return Err(Failure::NotFound),
    };
    let reason = Some(form.reason.trim().to_owned()).filter(|text| !text.is_empty());
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let id = master.partner_id(&code).ok_or(Failure::NotFound)?;
    let of = rules.wallets.iter().find(|of| of.code == form.wallet).ok_or(Failure::NotFound)?;
    let said = Said { partner: PartnerCode::new(&code), step, on: None, reason };
    let by = (&visit.actor()?, visit.now);
    let answer = wallets::say(&mut tx, (&rules, &master), by, of, said).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    if let Answer::Refused(why) = answer {
        return Err(Failure::field(&["step"], say::refusal(visit.lang, why.word())));
    }
    office.tell(Live::Wallet(id));
    Ok(back(&code))
}

#[derive(Deserialize)]
struct ChoiceForm {
    wallet: String,
    every: String,
    promotions: Option<String>,
}

async fn choose(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<ChoiceForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let every = Every::from_word(&form.every).ok_or(Failure::NotFound)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let id = master.partner_id(&code).ok_or(Failure::NotFound)?;
    let of = rules.wallets.iter().find(|of| of.code == form.wallet).ok_or(Failure::NotFound)?;
    let new = Choice { every, promotions: form.promotions.is_some() };
    store::choose(&mut tx, (&visit.actor()?, visit.now), (of.wallet_id, id), new).await?;
    tx.commit().await?;
    Ok(back(&code))
}

#[derive(Deserialize)]
struct ConsentForm {
    subject: String,
    channel: String,
    given: String,
    note: String,
}

/// Writes down what somebody said, by phone or on paper.
async fn agree(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<ConsentForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let channel = ContactChannel::from_word(&form.channel).ok_or(Failure::NotFound)?;
    let mut tx = app.office().db().write().await?;
    let row = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let subject = if form.subject == "partner" {
        Subject::Partner(row.partner_id)
    } else {
        let users = door::users(&mut tx, Some(row.partner_id)).await?;
        let user = users.into_iter().find(|user| user.id == form.subject);
        Subject::User(user.ok_or(Failure::NotFound)?.user_id)
    };
    let note = Some(form.note.trim()).filter(|text| !text.is_empty());
    let says = [(channel, form.given == "yes")];
    store::agree(&mut tx, (&visit.actor()?, visit.now), subject, &says, note).await?;
    tx.commit().await?;
    Ok(back(&code))
}

#[derive(Deserialize)]
struct BroughtForm {
    code: String,
}

async fn register(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<BroughtForm>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let friend = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let by = (&visit.actor()?, visit.now);
    let done = referrals::register(&mut tx, (&rules, &master), by, &sent.form.code, &friend).await;
    done.map_err(|error| words_of::referral_failure(visit.lang, error))?;
    tx.commit().await?;
    office.wake();
    Ok(back(&code))
}

/// The users of a partner, with the person that each is.
async fn users(
    reader: &mut engine::db::Reader,
    partner_id: i64,
) -> Result<Vec<(String, String, Option<String>)>, Failure> {
    let all = door::users(reader, Some(partner_id)).await?;
    let ids = all.iter().map(|user| user.id.clone()).collect();
    let persons = people::people_of(reader, ids).await?;
    let of = |user: door::User| {
        let person = persons.get(&user.id).map(ToString::to_string);
        (user.id, user.name, person)
    };
    Ok(all.into_iter().map(of).collect())
}

/// The users who look after the company's people, by their public ids.
async fn leads(
    reader: &mut engine::db::Reader,
    partner_id: i64,
) -> Result<BTreeSet<String>, Failure> {
    let named = store::leads(reader, partner_id).await?;
    let users = door::users(reader, Some(partner_id)).await?;
    let is_named = |user: &door::User| named.contains(&user.user_id);
    Ok(users.into_iter().filter(is_named).map(|user| user.id).collect())
}

#[derive(Deserialize)]
struct LeadForm {
    user: String,
    looks: String,
}

/// A user of the company looks after its people from now on, or not any more.
async fn say_lead(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<LeadForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let company = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let users = door::users(&mut tx, Some(company.partner_id)).await?;
    let user = users.into_iter().find(|it| it.id == sent.form.user).ok_or(Failure::NotFound)?;
    let says = if sent.form.looks == "yes" { Lead::Looks } else { Lead::Not };
    let by = (&visit.actor()?, visit.now);
    store::say_lead(&mut tx, by, (company.partner_id, user.user_id), says).await?;
    tx.commit().await?;
    Ok(back(&code))
}

#[derive(Deserialize)]
struct PersonForm {
    user: String,
    person: String,
}

/// A user becomes a member of its own: a partner of kind `person` whose parent is the company.
async fn make_person(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<PersonForm>,
) -> Result<Redirect, Failure> {
    let m = &visit.lang.words().members;
    let PersonForm { user, person } = sent.form;
    let person = person.trim();
    let office = app.office();
    let mut tx = office.db().write().await?;
    let company = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let users = door::users(&mut tx, Some(company.partner_id)).await?;
    let user = users.into_iter().find(|it| it.id == user).ok_or(Failure::NotFound)?;
    if catalog::partner_by_code(&mut tx, person).await?.is_some() {
        return Err(Failure::field(&["person"], m.refused_person));
    }
    let names = [("en".to_owned(), user.name.clone()), ("ja".to_owned(), user.name.clone())];
    let fields =
        [("kind".to_owned(), people::KIND.to_owned()), ("parent".to_owned(), code.clone())];
    let refused = || Failure::field(&["person"], m.refused_person);
    let item = catalog::Item::new(person, names.into(), fields.into()).map_err(|_| refused())?;
    let actor = visit.actor()?;
    let done = catalog::upsert_partners(&mut tx, visit.now, &actor, Date::MIN, vec![item]).await?;
    if !done.rejected.is_empty() {
        return Err(refused());
    }
    let made = catalog::partner_by_code(&mut tx, person).await?.ok_or(Failure::NotFound)?;
    if !people::link(&mut tx, visit.now, (user.user_id, made.partner_id)).await? {
        return Err(Failure::field(&["person"], m.refused_person));
    }
    tx.commit().await?;
    office.wake();
    Ok(back(&code))
}
