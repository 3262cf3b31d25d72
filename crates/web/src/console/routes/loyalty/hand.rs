//! What people do by hand for a partner, each thing by a form of its own.
//!
//! # Promises
//!
//! * A form that is sent again does the same thing once: its key, made with the page, is the key of
//!   the line.
//! * What is refused stands in the form again, with the reason and what to do; the journal of
//!   wallets keeps that somebody asked.
//! * From the amount on at which the vendor's chains for adjustments begin, a credit or debit by hand
//!   waits for a second person.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{
    ByHand, Command, Ends, GiveBadge, HeldUntil, Hold, Issue, OrderReward, SetTier, is_hidden,
};
use engine::by_hand;
use engine::catalog;
use engine::office::Live;
use engine::rules::Rules;
use engine::views::wallet as view;
use engine::wallets::{self, Answer, Ask};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::adjustments::typed_amount;
use crate::app::{App, Routes};
use crate::console::loyalty::hand::{Act, Page};
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::reading;
use crate::reading::loyalty as say;
use crate::ui::encode;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners/{code}/loyalty/{act}", get(show));
    routes.post("/console/partners/{code}/loyalty/{act}", post(send));
}

async fn show(
    visit: Visit,
    Path((code, act)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let act = Act::from_word(&act).ok_or(Failure::NotFound)?;
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let mut held = vec![];
    if matches!(act, Act::Credit | Act::Debit | Act::Order) {
        let owner = PartnerCode::new(&code);
        let when = (visit.now, None);
        for own in view::of_partner(&mut reader, &rules, &master, when, &owner).await? {
            let all = own.holdings.iter();
            held.extend(all.map(|it| say::points(lang, it.amount, &it.name, &it.unit)));
        }
    }
    let offered = wallets::reasons(&mut reader).await?;
    let offered = offered.iter().filter(|it| Some(it.kind) == act.reasons() && !it.is_retired);
    let page = Page {
        partner: reading::partner_ref(lang, &row),
        act,
        choices: choices(lang, &rules, act),
        held,
        reasons: offered.map(|it| (it.code.clone(), say::reason_name(lang, it))).collect(),
        of: visit::query(&visit.here).remove("of").unwrap_or_default(),
    };
    Ok(visit.page(&page).into_response())
}

/// What a form lets people choose from.
fn choices(lang: Lang, rules: &Rules, act: Act) -> Vec<(String, String)> {
    let mut found = vec![];
    for of in &rules.wallets {
        let wallet = &of.wallet;
        match act {
            Act::Credit | Act::Debit => {
                let shown = wallet.points.values().filter(|it| !is_hidden(&it.unit));
                let named = |it: &domain::wallet::PointCurrency| {
                    (it.unit.to_string(), reading::name(lang, &it.name, &it.unit))
                };
                found.extend(shown.map(named));
            }
            Act::Issue => found.extend(wallet.vouchers.values().map(|it| {
                let name = reading::name(lang, &it.name, &it.code);
                let pays = say::pays(lang, &it.pays, of.money);
                (it.code.to_string(), format!("{name} ({pays})"))
            })),
            Act::Order => found.extend(wallet.rewards.values().map(|it| {
                let name = reading::name(lang, &it.name, &it.code);
                let price = say::points_of(lang, wallet, it.price, &it.points);
                (it.code.to_string(), format!("{name} ({price})"))
            })),
            Act::Floor => {
                for group in wallet.tier_groups.values() {
                    let name = reading::name(lang, &group.name, &group.code);
                    found.extend(group.rows.iter().rev().map(|row| {
                        let tier = reading::name(lang, &row.name, &row.tier);
                        (format!("{}/{}", group.code, row.tier), format!("{name}: {tier}"))
                    }));
                    let let_go = lang.words().loyalty.let_it_go;
                    found.push((format!("{}/", group.code), format!("{name}: {let_go}")));
                }
            }
            Act::Badge | Act::TakeBadge => found.extend(
                wallet
                    .badges
                    .values()
                    .map(|it| (it.code.to_string(), reading::name(lang, &it.name, &it.code))),
            ),
            Act::Cancel | Act::Merge | Act::Unmerge => {}
        }
    }
    found
}

/// The fields of all these forms; each has some of them.
#[derive(Debug, Default, Deserialize)]
struct HandForm {
    key: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
    /// The code of a reason of the list.
    #[serde(default)]
    why: String,
    #[serde(default)]
    badge: String,
    #[serde(default)]
    voucher: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    voucher_code: String,
    #[serde(default)]
    tier: String,
    /// Which way it holds, and whether until it is checked next.
    #[serde(default)]
    hold: String,
    #[serde(default)]
    to_check: String,
    #[serde(default)]
    reward: String,
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    of: String,
    #[serde(default)]
    into: String,
}

async fn send(
    State(app): State<App>,
    visit: Visit,
    Path((code, act)): Path<(String, String)>,
    sent: Sent<HandForm>,
) -> Result<Redirect, Failure> {
    let act = Act::from_word(&act).ok_or(Failure::NotFound)?;
    let office = app.office();
    let mut tx = office.db().write().await?;
    let row = catalog::partner_by_code(&mut tx, &code).await?.ok_or(Failure::NotFound)?;
    let rules = office.rules(&mut tx).await?;
    let offered = wallets::reasons(&mut tx).await?;
    let is_offered =
        |it: &wallets::Reason| Some(it.kind) == act.reasons() && it.code == sent.form.why;
    if !sent.form.why.is_empty() && !offered.iter().any(is_offered) {
        return Err(Failure::field(&["why"], visit.lang.words().loyalty.bad_choice));
    }
    let ask = asked(visit.lang, act, &code, &sent.form)?;
    if by_hand::needs_second(&mut tx, &rules, &ask.command).await? {
        let asked = by_hand::propose(&mut tx, &rules, &visit.actor()?, visit.now, &ask).await;
        asked.map_err(|error| super::proposals::refused(&visit, error))?;
        tx.commit().await?;
        return Ok(Redirect::to("/console/loyalty/proposals?done=requested"));
    }
    drop(tx);
    if let Err(word) = acted(&app, &visit, ask, row.partner_id).await? {
        return Err(Failure::field(say::field_of(word), say::refusal(visit.lang, word)));
    }
    Ok(Redirect::to(&format!("/console/partners/{}/loyalty?done=saved", encode(&code))))
}

/// Does what a line asks, and tells whoever looks; or the word of the reason why not.
pub(super) async fn acted(
    app: &App,
    visit: &Visit,
    ask: Ask,
    partner_id: i64,
) -> Result<Result<(), &'static str>, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let actor = visit.actor()?;
    let answer = wallets::act(&mut tx, &rules, &master, (&actor, visit.now), &ask).await?;
    // Also what was refused: the journal says who asked for what.
    tx.commit().await?;
    if let Answer::Refused(refusal) = answer {
        return Ok(Err(refusal.word()));
    }
    office.wake();
    office.tell(Live::Awards(Arc::new(vec![(0, partner_id)])));
    Ok(Ok(()))
}

/// The key of a line, out of that of its form: short enough to be told on the telephone.
pub(super) fn line_key(letter: char, form: &str) -> Arc<str> {
    let signs: Vec<char> = form.chars().filter(char::is_ascii_alphanumeric).collect();
    let from = signs.len().saturating_sub(10);
    let last: String = signs.iter().skip(from).collect();
    Arc::from(format!("{letter}{}", last.to_ascii_uppercase()))
}

/// The line that a form asks for.
fn asked(lang: Lang, act: Act, code: &str, form: &HandForm) -> Result<Ask, Failure> {
    let partner = PartnerCode::new(code);
    let l = &lang.words().loyalty;
    let until = || match form.until.trim() {
        "" => Ok(None),
        day => match day.parse::<Date>() {
            Ok(day) => Ok(Some(Ends::After(day))),
            Err(_) => Err(Failure::field(&["until"], l.bad_day)),
        },
    };
    let reason = || match wallets::reason_text(Some(&form.why), &form.reason) {
        None => Err(Failure::field(&["reason"], l.reason_needed)),
        reason => Ok(reason),
    };
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let key = |letter: char| line_key(letter, &form.key);
    let amount = || needed(lang, "amount", &form.amount);
    let (key, command) = match act {
        Act::Credit => {
            let command = ByHand {
                partner,
                unit: Arc::from(form.unit.as_str()),
                amount: amount()?,
                subtype: None,
                expires: until()?,
                usable: None,
                promotion: None,
                sponsors: Vec::new(),
                reason: reason()?,
            };
            (key('C'), Command::Credit(command))
        }
        Act::Debit => {
            let unit = Arc::from(form.unit.as_str());
            (key('D'), Command::Debit { partner, unit, amount: amount()?, reason: reason()? })
        }
        Act::Issue => {
            let issue = Issue {
                voucher: Arc::from(form.voucher.as_str()),
                partner: Some(partner),
                value: maybe(lang, "value", &form.value)?,
                code: some(&form.voucher_code).map(Arc::from),
                expires: until()?,
                count: None,
                promotion: None,
            };
            (key('V'), Command::Issue(issue))
        }
        Act::Floor => {
            let chosen = form.tier.split_once('/');
            let (group, tier) = chosen.ok_or(Failure::field(&["tier"], l.bad_choice))?;
            let tier = some(tier);
            let hold = Hold::from_word(&form.hold).unwrap_or_default();
            let until = match (&tier, form.to_check.is_empty()) {
                (None, _) => None,
                (Some(_), false) => Some(HeldUntil::NextCheck),
                (Some(_), true) => until()?.map(HeldUntil::from),
            };
            let group = group.to_owned();
            let set = SetTier { group, tier, hold, until, reason: reason()? };
            (Arc::from(code), Command::Assign(set))
        }
        Act::Order => {
            let quantity = form.quantity.trim().parse();
            let quantity = quantity.map_err(|_| Failure::field(&["quantity"], l.bad_amount))?;
            let reward = Arc::from(form.reward.as_str());
            (key('R'), Command::OrderReward(OrderReward { partner, reward, quantity }))
        }
        Act::Badge => {
            let badge = Arc::from(form.badge.as_str());
            let give = GiveBadge { partner, badge, expires: until()?, reason: reason()? };
            (key('B'), Command::GiveBadge(give))
        }
        Act::TakeBadge => {
            let badge = Arc::from(form.badge.as_str());
            (key('T'), Command::TakeBadge { partner, badge, reason: reason()? })
        }
        Act::Cancel => {
            let amount = maybe(lang, "amount", &form.amount)?;
            let command = Command::Cancel { amount, expires: None, reason: reason()? };
            (Arc::from(form.of.trim()), command)
        }
        Act::Merge => {
            let into = PartnerCode::new(form.into.trim());
            (Arc::from(code), Command::Merge { into })
        }
        Act::Unmerge => (Arc::from(code), Command::Unmerge),
    };
    Ok(Ask { key, on: None, command })
}

fn needed(lang: Lang, field: &'static str, text: &str) -> Result<Decimal, Failure> {
    maybe(lang, field, text)?.ok_or_else(|| wrong(lang, field))
}

/// An amount as people type it; nothing if the field is empty.
pub(super) fn maybe(
    lang: Lang,
    field: &'static str,
    text: &str,
) -> Result<Option<Decimal>, Failure> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    typed_amount(text).map(Some).ok_or_else(|| wrong(lang, field))
}

fn wrong(lang: Lang, field: &'static str) -> Failure {
    let fields: &'static [&'static str] = match field {
        "value" => &["value"],
        "order_amount" => &["order_amount"],
        "tax" => &["tax"],
        _ => &["amount"],
    };
    Failure::field(fields, lang.words().loyalty.bad_amount)
}
