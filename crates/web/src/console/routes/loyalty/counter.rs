//! The counter: what a voucher pays on an order, then using or promising it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::wallet::{Command, Line, Said, UseVoucher};
use engine::db::Reader;
use engine::wallets::{self, Answer, Ask};
use serde::Deserialize;

use super::hand::{acted, line_key, maybe};
use super::partner::status;
use crate::app::{App, Routes};
use crate::console::loyalty::counter::{Draft, Page, Pays, Used};
use crate::failure::Failure;
use crate::i18n::{Lang, fill};
use crate::reading::loyalty as say;
use crate::ui::encode;
use crate::visit::{self, Sent, Visit, capitalised};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/counter", get(show));
    routes.post("/console/loyalty/counter", post(send));
    routes.post("/console/loyalty/counter/{key}/{act}", post(go_on));
}

/// The form, or what was done under a key.
async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let used = match query.get("line") {
        None => None,
        Some(key) => {
            let mut reader = visit.reader().await?;
            let (line, pays) = found(&visit, &mut reader, key).await?.ok_or(Failure::NotFound)?;
            let word = text(&line, "status").unwrap_or_default();
            Some(Used {
                key: key.clone(),
                state: status(visit.lang, word).0,
                is_reserved: word == "reserved",
                is_done: matches!(word, "done" | "committed"),
                pays,
            })
        }
    };
    let page = Page { draft: Draft::default(), checked: None, used };
    Ok(visit.page(&page).into_response())
}

/// What goes by a key, in whichever wallet, and what it pays.
async fn found(
    visit: &Visit,
    reader: &mut Reader,
    key: &str,
) -> Result<Option<(Line, Pays)>, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    for of in &rules.wallets {
        let line = wallets::redemption(reader, of, &master, visit.now, key).await?;
        let Some(line) = line else { continue };
        let money =
            |word: &str| number(&line, word).map(|amount| say::money(visit.lang, amount, of.money));
        let l = &visit.lang.words().loyalty;
        let goods = || {
            let name = text(&line, "unit").unwrap_or_default();
            fill(l.pays_goods, &[("name", &say::voucher(visit.lang, &of.wallet, name))])
        };
        let pays = Pays {
            pays: money("value").unwrap_or_else(goods),
            left: money("left"),
            left_with_tax: money("left_with_tax"),
        };
        return Ok(Some((line, pays)));
    }
    Ok(None)
}

fn text<'l>(line: &'l Line, word: &str) -> Option<&'l str> {
    match line.says.iter().find(|(own, _)| *own == word)? {
        (_, Said::Text(text)) => Some(text),
        _ => None,
    }
}

fn number(line: &Line, word: &str) -> Option<rust_decimal::Decimal> {
    match line.says.iter().find(|(own, _)| *own == word)? {
        (_, Said::Number(number)) => Some(*number),
        _ => None,
    }
}

#[derive(Debug, Deserialize)]
struct CounterForm {
    key: String,
    #[serde(rename = "do")]
    action: String,
    voucher: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    order_amount: String,
    #[serde(default)]
    tax: String,
    #[serde(default)]
    amount: String,
}

/// Whose card was shown, if what was typed is the number on one.
async fn member_of_card(visit: &Visit, typed: &str) -> Result<Option<String>, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    Ok(wallets::member_numbered(&mut reader, &rules, typed).await?)
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<CounterForm>,
) -> Result<Response, Failure> {
    let form = sent.form;
    let lang = visit.lang;
    if let Some(member) = member_of_card(&visit, &form.voucher).await? {
        let to = format!("/console/partners/{}/loyalty", encode(&member));
        return Ok(Redirect::to(&to).into_response());
    }
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let line = UseVoucher {
        voucher: form.voucher.trim().into(),
        partner: None,
        amount: maybe(lang, "amount", &form.amount)?,
        order: some(&form.order),
        order_amount: maybe(lang, "order_amount", &form.order_amount)?,
        due: None,
        tax: maybe(lang, "tax", &form.tax)?,
    };
    let key = line_key('X', &form.key);
    let command = match form.action.as_str() {
        "reserve" => Command::ReserveVoucher(line, None),
        _ => Command::UseVoucher(line),
    };
    let ask = Ask { key: key.clone(), on: None, command };
    if form.action == "redeem" || form.action == "reserve" {
        at_counter(&app, &visit, ask).await?;
        let to = format!("/console/loyalty/counter?line={}&done=saved", encode(&key));
        return Ok(Redirect::to(&to).into_response());
    }
    let checked = Some(checked(&app, &visit, &ask).await?);
    let draft = Draft {
        voucher: form.voucher,
        order: form.order,
        order_amount: form.order_amount,
        tax: form.tax,
        amount: form.amount,
    };
    let page = Page { draft, checked, used: None };
    Ok(visit.page(&page).into_response())
}

/// What a line would do. It is done and taken back: nothing of it stays.
async fn checked(app: &App, visit: &Visit, ask: &Ask) -> Result<Result<Pays, String>, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let actor = visit.actor()?;
    let answer = wallets::act(&mut tx, &rules, &master, (&actor, visit.now), ask).await?;
    let said = match answer {
        Answer::Refused(refusal) => Err(capitalised(&why(visit.lang, refusal.word()))),
        Answer::Taken(_) | Answer::Known => {
            let (_, pays) = found(visit, &mut tx, &ask.key).await?.ok_or(Failure::NotFound)?;
            Ok(pays)
        }
    };
    tx.rollback().await?;
    Ok(said)
}

/// Does it, or says why not.
async fn at_counter(app: &App, visit: &Visit, ask: Ask) -> Result<(), Failure> {
    match acted(app, visit, ask, 0).await? {
        Ok(()) => Ok(()),
        Err(word) => Err(Failure::field(say::field_of(word), why(visit.lang, word))),
    }
}

/// Why not, to somebody who holds a voucher in their hands.
fn why(lang: Lang, word: &str) -> String {
    match word {
        "unknown_code" | "unknown_key" => lang.words().loyalty.no_such_voucher.into(),
        other => say::refusal(lang, other),
    }
}

/// The second step of a reservation, or undoing a redemption.
async fn go_on(
    State(app): State<App>,
    visit: Visit,
    Path((key, act)): Path<(String, String)>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let command = match act.as_str() {
        "commit" => Command::Commit { amount: None },
        "release" => Command::Release,
        "cancel" => Command::Cancel { amount: None, expires: None, reason: None },
        _ => return Err(Failure::NotFound),
    };
    // Credits and vouchers as such are taken back with a reason, on the page of their partner.
    let mut reader = visit.reader().await?;
    found(&visit, &mut reader, &key).await?.ok_or(Failure::NotFound)?;
    drop(reader);
    let ask = Ask { key: key.as_str().into(), on: None, command };
    at_counter(&app, &visit, ask).await?;
    let to = format!("/console/loyalty/counter?line={}&done=saved", encode(&key));
    Ok(Redirect::to(&to))
}
