//! Telling a promotion by mail: who hears of it, how it reads, now or on its first day.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use engine::db::Reader;
use engine::mailings::{self, LeftOut, MailingError, Plan, Status};
use engine::views::loyalty::promotions as views;
use jiff::civil::Date;
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::console::loyalty::promotions::LIST;
use crate::console::loyalty::tell::{Mailing, Page};
use crate::console::routes::mail::state;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::mail::{Content, Frame, Links, promoted, write};
use crate::ui::{Tone, encode};
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/promotions/{code}/tell", get(show));
    routes.post("/console/loyalty/promotions/{code}/tell", post(tell));
    routes.post("/console/loyalty/promotions/{code}/tell/{id}/withdraw", post(withdraw));
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Form {
    #[serde(default)]
    says_en: String,
    #[serde(default)]
    says_ja: String,
    #[serde(default)]
    act: String,
}

async fn show(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    page(&visit, &code, Form::default(), None).await
}

async fn page(
    visit: &Visit,
    code: &str,
    form: Form,
    told: Option<(Tone, String)>,
) -> Result<Response, Failure> {
    let (lang, m) = (visit.lang, &visit.lang.words().mail);
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = mailings::audience(&mut reader, (&rules, &master), visit.now, code).await?;
    let found = found.ok_or(Failure::NotFound)?;
    let (of, promotion) = views::wallet_of(&rules, code).ok_or(Failure::NotFound)?;
    let today = of.wallet.time_zone.to_datetime(visit.now).date();
    let first = promotion.starts.map(jiff::civil::DateTime::date).filter(|day| today < *day);
    let LeftOut { may_not, no_address, no_promotions, no_consent, known } = found.left_out;
    let letter = |lang: Lang| {
        let says = lang.say(&form.says_ja, &form.says_en).to_owned();
        let content = Content::Promotion(promoted(lang, &rules, code, says)?);
        let post = visit.app.options().mail.as_ref();
        let frame = Frame {
            lang,
            vendor: visit.shell().vendor,
            address: post.map(|post| post.address.clone()).unwrap_or_default(),
            name: lang.say("佐藤 美咲", "Misaki Sato").into(),
        };
        let links = Links { act: None, unsubscribe: Some("…".into()) };
        Some((lang, write(&frame, &content, &links)))
    };
    let previews = [lang, lang.other()].into_iter().filter_map(letter).collect();
    let rows = before(visit, &mut reader, of.wallet_id, code).await?;
    let page = Page {
        code: code.to_owned(),
        name: crate::reading::name(lang, &promotion.name, code),
        is_on: engine::mail::is_on(&mut reader).await?,
        is_open: found.is_open,
        gets: u64::try_from(found.told.len()).unwrap_or(u64::MAX),
        left_out: vec![
            (m.left_may_not, may_not),
            (m.left_no_address, no_address),
            (m.left_no_promotions, no_promotions),
            (m.left_no_consent, no_consent),
            (m.left_known, known),
        ],
        previews,
        first_day: first.map(|day| format::day_long(day, lang)),
        mailings: rows,
        says_en: form.says_en,
        says_ja: form.says_ja,
        told,
    };
    Ok(visit.page(&page).into_response())
}

async fn before(
    visit: &Visit,
    reader: &mut Reader,
    wallet_id: i64,
    code: &str,
) -> Result<Vec<Mailing>, Failure> {
    let (lang, m) = (visit.lang, &visit.lang.words().mail);
    let day = |day: Date| format::day_long(day, lang);
    let mut rows = Vec::new();
    for of in mailings::of_promotion(reader, wallet_id, code).await? {
        let counts = engine::mail::counts_of(reader, of.mailing_id).await?;
        let (said, tone) = match of.status {
            Status::Planned => (fill(m.planned, &[("day", &day(of.on))]), Tone::Wait),
            Status::Told => (fill(m.told, &[("day", &day(of.on))]), Tone::Good),
            Status::Withdrawn => (m.withdrawn.to_owned(), Tone::Plain),
        };
        rows.push(Mailing {
            id: of.id,
            said,
            tone,
            by: fill(m.by, &[("who", &of.made_by)]),
            counts: engine::mail::Status::ALL
                .into_iter()
                .filter_map(|it| Some((state(lang, it).0, *counts.get(it.word())?)))
                .collect(),
            may_withdraw: of.status == Status::Planned,
        });
    }
    Ok(rows)
}

async fn tell(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<Form>,
) -> Result<Response, Failure> {
    let form = sent.form;
    if form.act == "preview" {
        return page(&visit, &code, form, None).await;
    }
    let office = app.office();
    let first = {
        let mut reader = visit.reader().await?;
        let rules = office.rules(&mut reader).await?;
        let (_, promotion) = views::wallet_of(&rules, &code).ok_or(Failure::NotFound)?;
        promotion.starts.map(jiff::civil::DateTime::date)
    };
    let plan = Plan {
        promotion: &code,
        says_en: &form.says_en,
        says_ja: &form.says_ja,
        on: first.filter(|_| form.act == "first_day"),
    };
    let made = mailings::plan(office, &visit.actor()?, &plan).await;
    made.map_err(|error| failure(&visit, error))?;
    Ok(Redirect::to(&format!("{LIST}/{}/tell?done=saved", encode(&code))).into_response())
}

async fn withdraw(
    State(app): State<App>,
    visit: Visit,
    Path((code, id)): Path<(String, String)>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let done = mailings::withdraw(app.office(), &visit.actor()?, &id).await;
    done.map_err(|error| failure(&visit, error))?;
    Ok(Redirect::to(&format!("{LIST}/{}/tell?done=withdrawn", encode(&code))))
}

fn failure(visit: &Visit, error: MailingError) -> Failure {
    let m = &visit.lang.words().mail;
    match error {
        MailingError::Db(error) => Failure::Db(error),
        MailingError::Rules(error) => error.into(),
        MailingError::Wallet(error) => error.into(),
        MailingError::NoPromotion { .. }
        | MailingError::NotFound
        | MailingError::NotAllowed { .. } => Failure::NotFound,
        MailingError::Over => Failure::Conflict(m.is_over.into()),
        MailingError::Off => Failure::Conflict(m.is_off.into()),
        MailingError::Decided => Failure::Conflict(m.decided.into()),
        MailingError::Long => Failure::field(&["says_ja", "says_en"], m.too_long),
    }
}
