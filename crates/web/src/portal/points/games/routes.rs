//! The handlers of games. A play is the reader's own, and so is what came of it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::wallet::PrizeGives;
use engine::db::Reader;
use engine::office::Live;
use engine::rules::Rules;
use engine::views::games::{self as views, GameOfPartner};
use engine::wallets::Answer;
use engine::wallets::draws::{self, PlayAsk};
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::{Game, OnePage, Outcome, Page, Play, Prize, Result as Won};
use crate::app::{App, Routes};
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::portal::points::routes::{Own, own, play_key};
use crate::portal::points::{GAMES, title};
use crate::reading::{games as say, loyalty, name};
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/portal/points/games", get(show));
    routes.get("/portal/points/games/{code}", get(show_one));
    routes.post("/portal/points/games/{code}", post(play));
}

/// Plays that are told.
const PLAYS_MAX: i64 = 50;

async fn mine(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
) -> std::result::Result<Vec<GameOfPartner>, Failure> {
    let of = (&*own.rules, &*own.master);
    Ok(views::of_partner(reader, of, visit.now, &own.partner).await?)
}

fn wallet<'r>(rules: &'r Rules, of: &GameOfPartner) -> Option<&'r domain::wallet::Wallet> {
    let found = rules.wallets.iter().find(|it| it.code == of.shown.wallet)?;
    Some(&found.wallet)
}

fn game(visit: &Visit, rules: &Rules, of: &GameOfPartner) -> Option<Game> {
    let (lang, w) = (visit.lang, &visit.lang.words().games);
    let (shown, wallet) = (&of.shown, wallet(rules, of)?);
    let price = shown.game.price.as_ref();
    let prize = |it: &views::PrizeShown| Prize {
        name: say::prize(lang, wallet, &it.prize),
        odds: format::rate(it.prize.odds),
        left: it.left.map(|left| left.to_u64().unwrap_or(0)),
    };
    Some(Game {
        code: shown.game.code.to_string(),
        name: name(lang, &shown.game.name, &shown.game.code),
        description: name(lang, &shown.game.description, ""),
        is_wheel: shown.game.looks == domain::wallet::Looks::Wheel,
        price: say::price(lang, shown),
        open: say::days(lang, &shown.game),
        balance: price.map(|price| {
            let n = loyalty::points(lang, of.balance, &shown.price_names, &price.points);
            fill(w.balance, &[("n", &n)])
        }),
        plays_left: of.plays_left,
        prizes: shown.prizes.iter().map(prize).collect(),
        nothing: format::rate(shown.nothing),
        commitment: shown.commitment().map(Into::into),
        refusal: of.refusal.map(|why| say::refusal(lang, why)),
    })
}

async fn show(visit: Visit) -> std::result::Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let all = mine(&visit, &mut reader, &own).await?;
    let rows = draws::plays_of(&mut reader, own.partner.as_str(), PLAYS_MAX).await?;
    let lang = visit.lang;
    let play = |(code, row): (String, draws::DrawRow)| {
        let played = row.played?;
        let of = all.iter().find(|it| *it.shown.game.code == *code)?;
        let prize = played.prize.as_deref();
        let named = |prize| {
            let wallet = wallet(&own.rules, of)?;
            Some(say::prize_or_nothing(lang, wallet, &of.shown, Some(prize)))
        };
        Some(Play {
            key: row.key,
            game: name(lang, &of.shown.game.name, &code),
            at: visit.local(row.recorded),
            prize: prize.and_then(named),
            is_cancelled: played.is_cancelled,
            code,
        })
    };
    let page = Page {
        title: title(lang, &own.wallets),
        games: all.iter().filter_map(|of| game(&visit, &own.rules, of)).collect(),
        plays: rows.into_iter().filter_map(play).collect(),
    };
    Ok(visit.page(&page).into_response())
}

async fn show_one(
    visit: Visit,
    Path(code): Path<String>,
) -> std::result::Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let all = mine(&visit, &mut reader, &own).await?;
    let of = all.iter().find(|of| *of.shown.game.code == *code).ok_or(Failure::NotFound)?;
    let query = visit::query(&visit.here);
    let result = match query.get("play") {
        Some(key) => {
            let found = won(&visit, &mut reader, &own, of, key).await?;
            let is_open = query.contains_key("open");
            Some(Won { is_open, ..found })
        }
        None => None,
    };
    let game = game(&visit, &own.rules, of).ok_or(Failure::NotFound)?;
    Ok(visit.page(&OnePage { game, result }).into_response())
}

/// What came of a play of the reader.
async fn won(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
    of: &GameOfPartner,
    key: &str,
) -> std::result::Result<Won, Failure> {
    let found = draws::play_of(reader, own.partner.as_str(), key).await?;
    let found = found.filter(|(game, _)| **game == *of.shown.game.code);
    let (_, row) = found.ok_or(Failure::NotFound)?;
    let played = row.played.as_ref().ok_or(Failure::NotFound)?;
    let prizes = &of.shown.prizes;
    let at = prizes.iter().position(|it| Some(&it.prize.code) == played.prize.as_ref());
    let prize = at.and_then(|at| prizes.get(at));
    let wallet = wallet(&own.rules, of).ok_or(Failure::NotFound)?;
    Ok(Won {
        key: key.into(),
        outcome: match prize.map(|it| &it.prize.gives) {
            None => Outcome::Nothing,
            Some(PrizeGives::Points(..)) => Outcome::Points,
            Some(PrizeGives::Voucher(_)) => Outcome::Voucher,
            Some(PrizeGives::Badge(_)) => Outcome::Badge,
            Some(PrizeGives::Goods(_)) => Outcome::Goods,
        },
        prize: played
            .prize
            .as_ref()
            .map(|code| say::prize_or_nothing(visit.lang, wallet, &of.shown, Some(code))),
        at: at.unwrap_or(prizes.len()),
        number: row.number,
        draw: row.draw.to_string(),
        is_cancelled: played.is_cancelled,
        is_open: false,
    })
}

async fn play(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<Value>,
) -> std::result::Result<Redirect, Failure> {
    let form_key = sent.form.get("key").and_then(Value::as_str).unwrap_or_default();
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?.clone();
    draws::game_of(&rules, &code).ok_or(Failure::NotFound)?;
    let key = play_key(&partner, form_key);
    let ask = PlayAsk { key: Arc::from(key.as_str()), game: Arc::from(code.as_str()), partner };
    let by = (&visit.actor()?, visit.now);
    let answer = draws::play(&mut tx, &rules, &master, by, &ask).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    match answer.answer {
        Answer::Taken(_) | Answer::Known => {
            office.wake();
            office.tell(Live::Wallet(visit.member_id()?));
            let to = format!("{GAMES}/{}?play={}", encode(&code), encode(&key));
            Ok(Redirect::to(&to))
        }
        Answer::Refused(why) => Err(Failure::field(&["game"], say::refusal(visit.lang, why))),
    }
}
