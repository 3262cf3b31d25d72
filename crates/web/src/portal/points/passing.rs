//! The handlers of groups and of passing points on. Every query is bound to the reader's own partner.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::code::PartnerCode;
use domain::wallet::{Command, PassOn as Allowed, is_hidden};
use engine::catalog;
use engine::db::Reader;
use engine::office::Live;
use engine::views::loyalty::{self as pools_of, PoolShown};
use engine::views::wallet as views;
use engine::wallets::{self, Answer, Ask};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::pools::{Check, PASS_ON, Page, PassOn, href};
use super::routes::{Own, own, pass_key};
use super::{history, of_holding, points, said};
use crate::app::App;
use crate::console::routes::money::adjustments::typed_amount;
use crate::failure::Failure;
use crate::reading::{name, partner_ref};
use crate::visit::{self, Sent, Visit};

/// How many movements of a group are shown.
const MOVEMENTS_SHOWN: i64 = 50;

/// The groups of the reader.
pub(super) async fn groups(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
) -> Result<Vec<PoolShown>, Failure> {
    let of = (&*own.rules, &*own.master);
    Ok(pools_of::pools(reader, of, visit.now, Some(&own.partner)).await?)
}

/// Whether the reader may pass anything on to anybody.
pub(super) fn may_pass_on(own: &Own) -> bool {
    own.rules.wallets.iter().any(|of| {
        let allowed =
            |how| of.wallet.points.values().any(|it| it.is_spendable() && it.pass_on == how);
        let is_member = of.wallet.pools.values().any(|pool| pool.members.contains(&own.partner));
        allowed(Allowed::Partners) || (is_member && allowed(Allowed::Pools))
    })
}

async fn group(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
    code: &str,
) -> Result<PoolShown, Failure> {
    let of = (&*own.rules, &*own.master);
    let found = pools_of::pool(reader, of, visit.now, code).await?;
    found.filter(|it| it.pool.members.contains(&own.partner)).ok_or(Failure::NotFound)
}

pub(super) async fn show_pool(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let (lang, w) = (visit.lang, &visit.lang.words().keeping);
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let pool = group(&visit, &mut reader, &own, &code).await?;
    let of = (&*own.rules, &*own.master);
    let both = (&pool.code, &own.partner);
    let gave = pools_of::member_gave(&mut reader, of, visit.now, both).await?;
    let mut members = vec![];
    for member in &pool.pool.members {
        let row = catalog::partner_by_code(&mut reader, member.as_str()).await?;
        members.push(row.map_or_else(|| member.to_string(), |row| partner_ref(lang, &row).name));
    }
    let page = (None, MOVEMENTS_SHOWN);
    let moved = views::movements_of_pool(&mut reader, &own.rules, &pool.code, page).await?;
    let said = |amount| points(lang, amount, pool.decimals, &pool.unit_name, &pool.pool.points);
    let movements = moved.iter().map(|of| {
        let (what, amount) = said::movement(lang.words(), of);
        history::Movement {
            day: of.day,
            what,
            amount: if amount.is_sign_positive() {
                format!("+{}", said(amount))
            } else {
                said(amount)
            },
            is_loss: amount.is_sign_negative(),
            cause: (of.whose.clone().unwrap_or_else(|| of.cause.clone()), None),
        }
    });
    let movements = movements.collect();
    let typed = visit::query(&visit.here).remove("amount");
    let amount = typed.as_deref().and_then(typed_amount).filter(|it| Decimal::ZERO < *it);
    let wrong = (typed.is_some() && amount.is_none()).then(|| w.bad_amount.to_owned());
    let check = match amount.filter(|_| pool.pool.draw) {
        Some(amount) => {
            let to = lang.words().points.title.to_owned();
            let line = Line { from: &pool.code, to: &own.partner, unit: &pool.pool.points, amount };
            let refusal = refused(&visit, &mut reader, &own, line).await?;
            Some(Check {
                fields: vec![("amount", amount.to_string())],
                to,
                takes: said(amount),
                now: said(pool.amount),
                left: said(pool.amount - amount),
                refusal,
            })
        }
        None => None,
    };
    let typed = typed.unwrap_or_default();
    let page = Page { pool, members, gave, movements, typed, wrong, check };
    Ok(visit.page(&page).into_response())
}

/// Points from one to another.
#[derive(Clone, Copy)]
struct Line<'l> {
    from: &'l PartnerCode,
    to: &'l PartnerCode,
    unit: &'l str,
    amount: Decimal,
}

impl Line<'_> {
    fn command(self) -> Command {
        Command::Transfer {
            from: self.from.clone(),
            to: self.to.clone(),
            unit: Arc::from(self.unit),
            amount: self.amount,
        }
    }

    fn is_allowed(self, own: &Own) -> bool {
        let mut wallets = own.rules.wallets.iter();
        wallets.any(|of| of.wallet.may_pass_on(&own.partner, self.unit, (self.from, self.to)))
    }
}

/// Why a line would be refused, tried on a copy of the book.
async fn refused(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
    line: Line<'_>,
) -> Result<Option<String>, Failure> {
    if !line.is_allowed(own) {
        return Ok(Some(visit.lang.words().keeping.not_allowed.into()));
    }
    let of = own.rules.wallets.iter().find(|of| of.wallet.points.contains_key(line.unit));
    let Some(of) = of else { return Ok(None) };
    let when = (visit.now, None);
    let mut book = wallets::book_of(reader, of, &own.master, when, line.from).await?;
    if book.purses().all(|purse| purse.owner != *line.to)
        && own.master.partner_id(line.to.as_str()).is_none()
        && !of.wallet.pools.contains_key(line.to)
    {
        return Ok(Some(visit.lang.words().keeping.no_such_partner.into()));
    }
    let now = book.now();
    // The other one is not laid out, and is there all the same.
    let known = own.master.partner_ids.keys().cloned().collect();
    book.people_are(known, std::collections::BTreeMap::new());
    let refusal = book.act(&Arc::from("\u{1f}"), now, &line.command()).err();
    Ok(refusal.map(|why| said::refusal(visit.lang, why).into()))
}

#[derive(Debug, Deserialize)]
pub(super) struct TakeOutForm {
    key: String,
    amount: String,
}

pub(super) async fn take_out(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<TakeOutForm>,
) -> Result<Redirect, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let pool = group(&visit, &mut reader, &own, &code).await?;
    drop(reader);
    let line = Line {
        from: &pool.code,
        to: &own.partner,
        unit: &pool.pool.points,
        amount: needed(&visit, &sent.form.amount)?,
    };
    passed(&app, &visit, &own, (&sent.form.key, line)).await?;
    Ok(Redirect::to(&format!("{}?done=saved", href(&code))))
}

fn needed(visit: &Visit, text: &str) -> Result<Decimal, Failure> {
    let amount = typed_amount(text).filter(|it| Decimal::ZERO < *it);
    amount.ok_or_else(|| Failure::field(&["amount"], visit.lang.words().keeping.bad_amount))
}

async fn passed(
    app: &App,
    visit: &Visit,
    own: &Own,
    (form, line): (&str, Line<'_>),
) -> Result<(), Failure> {
    let w = &visit.lang.words().keeping;
    if !line.is_allowed(own) {
        return Err(Failure::field(&["amount"], w.not_allowed));
    }
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let ask =
        Ask { key: Arc::from(pass_key(&own.partner, form)), on: None, command: line.command() };
    let by = (&visit.actor()?, visit.now);
    let answer = wallets::act(&mut tx, &rules, &master, by, &ask).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    match answer {
        Answer::Taken(_) | Answer::Known => {
            office.wake();
            for code in [line.from, line.to] {
                if let Some(id) = master.partner_id(code.as_str()) {
                    office.tell(Live::Wallet(id));
                }
            }
            Ok(())
        }
        Answer::Refused(why) => Err(Failure::field(&["amount"], said::refusal(visit.lang, why))),
    }
}

/// The fields of passing on; looking at it says them in the address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PassForm {
    #[serde(default)]
    key: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    partner: String,
    #[serde(default)]
    amount: String,
}

impl PassForm {
    /// A group that was chosen, else the code that was typed.
    fn receiver(&self) -> PartnerCode {
        let chosen = self.to.trim();
        PartnerCode::new(if chosen.is_empty() { self.partner.trim() } else { chosen })
    }
}

pub(super) async fn show_pass_on(visit: Visit) -> Result<Response, Failure> {
    let (lang, w) = (visit.lang, &visit.lang.words().keeping);
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    if !may_pass_on(&own) {
        return Err(Failure::NotFound);
    }
    let mut query = visit::query(&visit.here);
    let mut asked = |name: &str| query.remove(name).unwrap_or_default();
    let form = PassForm {
        key: String::new(),
        unit: asked("unit"),
        to: asked("to"),
        partner: asked("partner"),
        amount: asked("amount"),
    };
    let groups = groups(&visit, &mut reader, &own).await?;
    let currencies = own.rules.wallets.iter().flat_map(|of| of.wallet.points.values());
    let currencies = currencies
        .filter(|it| it.is_spendable() && !is_hidden(&it.unit) && it.pass_on != Allowed::Nobody);
    let currencies: Vec<_> = currencies.collect();
    let held = |unit: &str| {
        let all = own.wallets.iter().flat_map(|wallet| &wallet.holdings);
        all.into_iter().find(|held| held.unit == unit)
    };
    let unit_said = |it: &domain::wallet::PointCurrency| {
        let there = held(&it.unit).map(|held| of_holding(lang, held, held.amount));
        let named = name(lang, &it.name, &it.unit);
        (it.unit.to_string(), there.map_or(named.clone(), |there| format!("{named} ({there})")))
    };
    let mut page = PassOn {
        units: currencies.iter().map(|it| unit_said(it)).collect(),
        pools: groups
            .iter()
            .map(|it| (it.code.to_string(), name(lang, &it.pool.name, it.code.as_str())))
            .collect(),
        to_partners: currencies.iter().any(|it| it.pass_on == Allowed::Partners),
        wrong: None,
        check: None,
        unit: form.unit.clone(),
        to: form.to.clone(),
        partner: form.partner.clone(),
        amount: form.amount.clone(),
    };
    if !form.amount.is_empty() {
        let to = form.receiver();
        let group = groups.iter().find(|it| it.code == to);
        let row = catalog::partner_by_code(&mut reader, to.as_str()).await?;
        let named = match (group, &row) {
            (Some(it), _) => Some(name(lang, &it.pool.name, it.code.as_str())),
            (None, Some(row)) => Some(partner_ref(lang, row).name),
            (None, None) => None,
        };
        let amount = typed_amount(&form.amount).filter(|it| Decimal::ZERO < *it);
        match (named, amount) {
            (None, _) => page.wrong = Some(("partner", w.no_such_partner.into())),
            (_, None) => page.wrong = Some(("amount", w.bad_amount.into())),
            (Some(named), Some(amount)) => {
                let line = Line { from: &own.partner, to: &to, unit: &form.unit, amount };
                let refusal = refused(&visit, &mut reader, &own, line).await?;
                let there = held(&form.unit);
                let said = |amount| match there {
                    Some(held) => of_holding(lang, held, amount),
                    None => crate::format::quantity(amount),
                };
                let now = there.map_or(Decimal::ZERO, |held| held.amount);
                page.check = Some(Check {
                    fields: vec![
                        ("unit", form.unit.clone()),
                        ("partner", to.to_string()),
                        ("amount", amount.to_string()),
                    ],
                    to: format!("{named} ({to})"),
                    takes: said(amount),
                    now: said(now),
                    left: said(now - amount),
                    refusal,
                });
            }
        }
    }
    Ok(visit.page(&page).into_response())
}

pub(super) async fn pass_on(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<PassForm>,
) -> Result<Redirect, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    drop(reader);
    if !may_pass_on(&own) {
        return Err(Failure::NotFound);
    }
    let to = sent.form.receiver();
    let amount = needed(&visit, &sent.form.amount)?;
    let line = Line { from: &own.partner, to: &to, unit: &sent.form.unit, amount };
    passed(&app, &visit, &own, (&sent.form.key, line)).await?;
    Ok(Redirect::to(&format!("{PASS_ON}?done=saved")))
}
