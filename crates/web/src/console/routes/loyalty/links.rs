//! Links of a member with the companies that share a wallet: made and ended by hand.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use engine::catalog;
use engine::members::{self as store, Link, NewLink, Unlink};
use engine::wallets::Active;
use jiff::civil::Date;
use serde::Deserialize;

use super::membership::back;
use crate::app::{App, Routes};
use crate::console::loyalty::links::Links;
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::reading::links as say;
use crate::reading::name;
use crate::visit::{Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.post("/console/partners/{code}/membership/link", post(link));
    routes.post("/console/partners/{code}/membership/unlink", post(unlink));
}

/// The links of a member in a wallet.
pub fn of_wallet(lang: Lang, of: &Active, links: &[Link]) -> Links {
    let company =
        |it: &domain::wallet::Sponsor| (it.code.to_string(), name(lang, &it.name, &it.code));
    Links {
        wallet: of.code.clone(),
        links: say::told(lang, of, links),
        companies: of.wallet.sponsors.values().map(company).collect(),
    }
}

#[derive(Deserialize)]
struct LinkForm {
    wallet: String,
    company: String,
    number: String,
    since: String,
}

async fn link(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<LinkForm>,
) -> Result<Redirect, Failure> {
    let form = sent.form;
    let bad_day = || Failure::field(&["since"], visit.lang.words().loyalty.bad_day);
    let mut tx = app.office().db().write().await?;
    let rules = app.office().rules(&mut tx).await?;
    let of = rules.wallets.iter().find(|of| of.code == form.wallet).ok_or(Failure::NotFound)?;
    let since: Date = match form.since.trim() {
        "" => of.wallet.time_zone.to_datetime(visit.now).date(),
        day => day.parse().map_err(|_| bad_day())?,
    };
    let row = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let new = NewLink {
        sponsor: form.company,
        number: Some(form.number).filter(|number| !number.trim().is_empty()),
        attributes: BTreeMap::new(),
        since,
    };
    let by = (&visit.actor()?, visit.now);
    let made = store::link(&mut tx, by, (of.wallet_id, &of.wallet, row.partner_id), &new).await;
    made.map_err(|error| say::failure(visit.lang, error))?;
    tx.commit().await?;
    Ok(back(&code))
}

#[derive(Deserialize)]
struct UnlinkForm {
    /// Its number; forms are texts.
    link: String,
    why: String,
}

async fn unlink(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<UnlinkForm>,
) -> Result<Redirect, Failure> {
    let mut tx = app.office().db().write().await?;
    let rules = app.office().rules(&mut tx).await?;
    let row = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let all = store::links(&mut tx, row.partner_id).await?;
    let is_it = |it: &&Link| it.link_id.to_string() == sent.form.link;
    let found = all.iter().find(is_it).ok_or(Failure::NotFound)?;
    let of = rules.wallets.iter().find(|of| of.wallet_id == found.wallet_id);
    let zone = of.map(|of| &of.wallet.time_zone).ok_or(Failure::NotFound)?;
    // One that begins on a day to come is ended before it does anything.
    let on = zone.to_datetime(visit.now).date().max(found.since);
    let how = Unlink { on, reason: Some(sent.form.why), note: None };
    let by = (&visit.actor()?, visit.now);
    let ended = store::unlink(&mut tx, by, (row.partner_id, found.link_id), &how).await;
    ended.map_err(|error| say::failure(visit.lang, error))?;
    tx.commit().await?;
    Ok(back(&code))
}
