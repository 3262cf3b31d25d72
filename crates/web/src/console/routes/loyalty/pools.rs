//! Pools in the console.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::views::loyalty::{self as views, PoolShown};
use engine::views::wallet as view;
use rust_decimal::Decimal;

use super::{partner_of, partners};
use crate::app::Routes;
use crate::console::loyalty::pools::{Movement, OnePage, Page, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading::{loyalty as say, name};
use crate::ui::encode;
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/pools", get(show));
    routes.get("/console/loyalty/pools/{code}", get(show_one));
}

/// How many movements a page has.
const MOVEMENTS_SHOWN: i64 = 50;

fn holds(lang: Lang, of: &PoolShown) -> String {
    say::points(lang, of.amount, &of.unit_name, &of.pool.points)
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let all = views::pools(&mut reader, (&rules, &master), visit.now, None).await?;
    let row = |of: &PoolShown| Row {
        code: of.code.to_string(),
        name: name(lang, &of.pool.name, of.code.as_str()),
        members: of.pool.members.len(),
        share: format::rate(of.pool.share),
        holds: holds(lang, of),
    };
    Ok(visit.page(&Page { rows: all.iter().map(row).collect() }).into_response())
}

async fn show_one(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = views::pool(&mut reader, (&rules, &master), visit.now, &code).await?;
    let of = found.ok_or(Failure::NotFound)?;
    let older = visit::query(&visit.here).get("older").and_then(|text| text.parse().ok());
    let page = (older, MOVEMENTS_SHOWN);
    let moved = view::movements_of_pool(&mut reader, &rules, &of.code, page).await?;
    let codes = of.pool.members.iter().map(domain::code::PartnerCode::as_str);
    let named = partners(&visit, &mut reader, codes.clone()).await?;
    let w = &lang.words().keeping;
    let points = |amount: Decimal| say::points(lang, amount, &of.unit_name, &of.pool.points);
    let others = [(w.waiting, of.escrow), (w.reserved, of.reserved), (w.owed, of.arrears)];
    let others = others.into_iter().filter(|(_, amount)| !amount.is_zero());
    let last = moved.last().filter(|_| i64::try_from(moved.len()) == Ok(MOVEMENTS_SHOWN));
    let movement = |it: &view::Movement| Movement {
        day: it.day.map(|day| format::day_column(day, lang)).unwrap_or_default(),
        what: match &it.whose {
            Some(whose) => {
                format!("{} · {whose}", say::movement(lang, &it.own, &it.other, it.amount))
            }
            None => say::movement(lang, &it.own, &it.other, it.amount).into(),
        },
        cause: it.cause.clone(),
        amount: format::signed(it.amount),
        is_less: it.amount.is_sign_negative(),
    };
    let page = OnePage {
        code: of.code.to_string(),
        name: name(lang, &of.pool.name, of.code.as_str()),
        share: format::rate(of.pool.share),
        holds: holds(lang, &of),
        others: others.map(|(label, amount)| (label, points(amount))).collect(),
        draw: of.pool.draw,
        members: codes.map(|code| partner_of(&named, code)).collect(),
        older: last
            .map(|last| format!("/console/loyalty/pools/{}?older={}", encode(&code), last.seq)),
        movements: moved.iter().map(movement).collect(),
    };
    Ok(visit.page(&page).into_response())
}
