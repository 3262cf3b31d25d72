//! Pictures in the console: the list, one of them, another one, and none.

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::program::Names;
use engine::db::Reader;
use engine::pictures::{self as store, Alt, BYTES_MAX, PictureError, Subject};
use engine::rules::Rules;
use serde::Deserialize;

use crate::app::{App, Routes};
use crate::console::loyalty::pictures::{LIST, OnePage, Page, Thing, href};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::pictures::Pictures;
use crate::reading;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    // The picture, and room for the fields around it. What is larger is refused by its size.
    let large = DefaultBodyLimit::max(4 * BYTES_MAX);
    routes.get(LIST, get(show_all));
    routes.get("/console/loyalty/pictures/{kind}/{code}", get(show));
    routes.post("/console/loyalty/pictures/{kind}/{code}", post(send).layer(large));
    routes.post("/console/loyalty/pictures/{kind}/{code}/remove", post(remove));
}

/// All that wallets which act declare and that may have a picture, by name.
fn declared(lang: Lang, rules: &Rules) -> Vec<(Subject, String, String)> {
    let mut found = vec![];
    let mut add = |subject, code: &str, names: &Names| {
        found.push((subject, code.to_owned(), reading::name(lang, names, code)));
    };
    for of in &rules.wallets {
        let wallet = &of.wallet;
        wallet.rewards.values().for_each(|it| add(Subject::Reward, &it.code, &it.name));
        wallet.vouchers.values().for_each(|it| add(Subject::Voucher, &it.code, &it.name));
        wallet.promotions.values().for_each(|it| add(Subject::Promotion, &it.code, &it.name));
    }
    found
}

async fn show_all(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let pictures = Pictures::load(visit.lang, &mut reader).await?;
    let things = declared(visit.lang, &rules).into_iter().map(|(subject, code, name)| Thing {
        picture: pictures.get(subject, &code),
        subject,
        code,
        name,
    });
    Ok(visit.page(&Page { things: things.collect() }).into_response())
}

/// What an address names, if a wallet declares it.
async fn thing(
    visit: &Visit,
    reader: &mut Reader,
    (kind, code): (&str, &str),
) -> Result<(Subject, String), Failure> {
    let subject = Subject::from_word(kind).ok_or(Failure::NotFound)?;
    let rules = visit.app.office().rules(reader).await?;
    let all = declared(visit.lang, &rules).into_iter();
    let found = all.into_iter().find(|(own, known, _)| *own == subject && known == code);
    let (.., name) = found.ok_or(Failure::NotFound)?;
    Ok((subject, name))
}

async fn show(
    visit: Visit,
    Path((kind, code)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let (subject, name) = thing(&visit, &mut reader, (&kind, &code)).await?;
    let page = page(&visit, &mut reader, (subject, &code, name)).await?;
    Ok(visit.page(&page).into_response())
}

async fn page(
    visit: &Visit,
    reader: &mut Reader,
    (subject, code, name): (Subject, &str, String),
) -> Result<OnePage, Failure> {
    let found = store::of(reader, (subject, code)).await?;
    let about = found.as_ref().map(|of| {
        let size = format!("{} × {}", of.width, of.height);
        let bytes = format::bytes(u64::try_from(of.bytes).unwrap_or_default());
        let on = format::moment(visit.local(of.changed_at), visit.lang);
        let w = &visit.lang.words().picturing;
        fill(w.about, &[("size", &size), ("bytes", &bytes), ("who", &of.changed_by), ("on", &on)])
    });
    let (alt_en, alt_ja) = match found.as_ref().map(|of| &of.alt) {
        Some(Alt::Said { en, ja }) => (en.clone(), ja.clone()),
        Some(Alt::Decorative) | None => Default::default(),
    };
    let picture = found.as_ref().map(|of| crate::pictures::Shown::of(visit.lang, of));
    Ok(OnePage {
        is_decorative: found.as_ref().is_some_and(|of| of.alt == Alt::Decorative),
        thing: Thing { subject, code: code.to_owned(), name, picture },
        about,
        alt_en,
        alt_ja,
        refused: None,
    })
}

/// What a form brought.
#[derive(Debug, Default)]
struct Brought {
    file: Option<Vec<u8>>,
    alt_en: String,
    alt_ja: String,
    is_decorative: bool,
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unreadable(error: axum::extract::multipart::MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        _ => Failure::Unreadable(error.body_text()),
    }
}

/// The fields of a form of ours. The token stands before the file.
async fn brought(visit: &Visit, mut form: Multipart) -> Result<Brought, Failure> {
    let mut is_ours = false;
    let mut found = Brought::default();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "csrf" {
            is_ours = visit.is_csrf(&field.text().await.map_err(unreadable)?);
            continue;
        }
        if !is_ours {
            continue;
        }
        if name == "file" {
            let is_chosen = field.file_name().is_some_and(|name| !name.is_empty());
            let bytes = field.bytes().await.map_err(unreadable)?;
            found.file = is_chosen.then(|| bytes.to_vec());
            continue;
        }
        let text = field.text().await.map_err(unreadable)?;
        match name.as_str() {
            "alt_en" => found.alt_en = text,
            "alt_ja" => found.alt_ja = text,
            "decorative" => found.is_decorative = text == "yes",
            _ => {}
        }
    }
    if is_ours { Ok(found) } else { Err(Failure::Stale) }
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    Path((kind, code)): Path<(String, String)>,
    form: Multipart,
) -> Result<Response, Failure> {
    let sent = brought(&visit, form).await?;
    let mut reader = visit.reader().await?;
    let (subject, name) = thing(&visit, &mut reader, (&kind, &code)).await?;
    let mut page = page(&visit, &mut reader, (subject, &code, name)).await?;
    drop(reader);
    let alt = if sent.is_decorative {
        Alt::Decorative
    } else {
        Alt::Said { en: sent.alt_en.clone(), ja: sent.alt_ja.clone() }
    };
    let mut tx = app.office().db().write().await?;
    let by = (&visit.actor()?, visit.now);
    match store::put(&mut tx, by, (subject, &code), sent.file.as_deref(), &alt).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(Redirect::to(&format!("{}?done=saved", href(subject, &code))).into_response())
        }
        Err(PictureError::Db(error)) => Err(error.into()),
        Err(why) => {
            page.refused = Some(visit.said(&why));
            (page.alt_en, page.alt_ja) = (sent.alt_en, sent.alt_ja);
            page.is_decorative = sent.is_decorative;
            Ok(visit.page(&page).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path((kind, code)): Path<(String, String)>,
    _: Sent<Nothing>,
) -> Result<Redirect, Failure> {
    let subject = Subject::from_word(&kind).ok_or(Failure::NotFound)?;
    let mut tx = app.office().db().write().await?;
    store::remove(&mut tx, (&visit.actor()?, visit.now), (subject, &code)).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{LIST}?done=removed")))
}
