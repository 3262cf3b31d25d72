//! The portal's points: what a partner has in wallets, what it buys with it and what happened.
//!
//! # Promises
//!
//! * Everything is the reader's own: a voucher or order of somebody else is not there.
//! * What cannot be had says why in words, and what would help.
//! * Without a wallet that acts, neither the pages nor their place in the menu are there.

pub mod card;
pub mod friends;
pub mod games;
pub mod history;
pub mod membership;
pub mod overview;
mod passing;
pub mod people;
pub mod pools;
pub mod promotions;
pub mod qr;
pub mod rewards;
pub mod routes;
pub mod said;
mod taking_part;
pub mod trace;
pub mod vouchers;

use domain::program::Names;
use engine::rules::Rules;
use engine::views::wallet::{Counted, Holding, PartnerWallet};
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::format::{self, Money};
use crate::i18n::Lang;
use crate::reading::{name, standing};
use crate::ui;
use crate::view::{Measured, Tier, Unit};

/// The parts of the section, each a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Rewards,
    Promotions,
    Vouchers,
    Games,
    History,
    Membership,
    Friends,
}

pub const OVERVIEW: &str = "/portal/points";
pub const REWARDS: &str = "/portal/points/rewards";
pub const PROMOTIONS: &str = "/portal/points/promotions";
pub const VOUCHERS: &str = "/portal/points/vouchers";
pub const ORDERS: &str = "/portal/points/orders";
pub const GAMES: &str = "/portal/points/games";
pub const HISTORY: &str = "/portal/points/history";
pub const MEMBERSHIP: &str = "/portal/points/membership";
pub const FRIENDS: &str = "/portal/points/friends";

fn tabs(lang: Lang, current: Tab) -> Markup {
    let w = &lang.words().points;
    let all = [
        (Tab::Overview, w.overview, OVERVIEW),
        (Tab::Rewards, w.rewards, REWARDS),
        (Tab::Promotions, lang.words().promotions.title, PROMOTIONS),
        (Tab::Vouchers, w.vouchers, VOUCHERS),
        (Tab::Games, lang.words().games.games, GAMES),
        (Tab::History, w.history, HISTORY),
        (Tab::Membership, lang.words().members.tab, MEMBERSHIP),
        (Tab::Friends, lang.words().members.friends, FRIENDS),
    ];
    let at = all.iter().position(|(tab, ..)| *tab == current).unwrap_or_default();
    let links: Vec<(&str, String)> =
        all.iter().map(|(_, label, href)| (*label, (*href).to_string())).collect();
    ui::tabs(w.sections, &links, at)
}

/// What the reader's points are called: by the wallet, if there is one and it says so. `None` if no
/// wallet acts.
pub fn name_of(lang: Lang, rules: &Rules) -> Option<String> {
    let title = lang.words().points.title;
    match rules.wallets.as_slice() {
        [] => None,
        [only] => Some(name(lang, &only.name, title)),
        _ => Some(title.into()),
    }
}

/// The same of what a page shows.
fn title(lang: Lang, wallets: &[PartnerWallet]) -> String {
    let title = lang.words().points.title;
    match wallets {
        [only] => name(lang, &only.name, title),
        _ => title.into(),
    }
}

/// An amount of points, with what they are called: `1,200 Stars`.
fn points(lang: Lang, amount: Decimal, decimals: u32, names: &Names, unit: &str) -> String {
    let figure = format::figure(amount, decimals.max(amount.normalize().scale()));
    format!("{figure}\u{a0}{}", name(lang, names, unit))
}

/// An amount of what is held.
fn of_holding(lang: Lang, holding: &Holding, amount: Decimal) -> String {
    points(lang, amount, holding.decimals, &holding.name, &holding.unit)
}

/// Digits of an amount of what is held, where its name stands above.
fn digits(holding: &Holding, amount: Decimal) -> String {
    format::figure(amount, holding.decimals.max(amount.normalize().scale()))
}

/// A last day or moment as the engine says it, in the reader's words.
fn day_said(lang: Lang, text: &str) -> String {
    if let Ok(day) = text.parse::<Date>() {
        return format::day_long(day, lang);
    }
    match text.parse::<DateTime>() {
        Ok(at) => format!("{} {}", format::day_long(at.date(), lang), format::clock(at)),
        Err(_) => text.into(),
    }
}

/// An amount in the money of a wallet.
fn money(wallet: &PartnerWallet, amount: Decimal) -> Option<Money> {
    let currency = wallet.money?;
    // What was multiplied may have more places than the currency.
    Some(Money::new(amount.round_dp(currency.decimals()), currency))
}

/// The figure of a tier group.
fn figure(lang: Lang, wallet: &PartnerWallet, of: &Counted, value: Decimal) -> String {
    match of {
        Counted::Points(names) => points(lang, value, 0, names, ""),
        Counted::Facts(_) => measured(wallet, of, value).text(lang),
    }
}

fn measured(wallet: &PartnerWallet, of: &Counted, value: Decimal) -> Measured {
    let unit = match (of, wallet.money) {
        (Counted::Facts(counted), Some(currency)) => standing::unit(counted, currency),
        _ => Unit::Plain,
    };
    Measured { value, unit }
}

/// The rows of a tier group as tiers that pages draw.
fn tiers(lang: Lang, wallet: &PartnerWallet, group: &engine::views::wallet::Tier) -> Vec<Tier> {
    let row = |(row, rank): (&engine::views::wallet::Row, usize)| Tier {
        name: Some(name(lang, &row.name, &row.tier)),
        rank,
        from: measured(wallet, &group.counted, row.from),
        pays: crate::view::Pays::Factor(Decimal::ONE),
    };
    group.rows.iter().zip(1..).map(row).collect()
}

/// A heading for each wallet where there are several.
fn wallet_heading(lang: Lang, wallets: &[PartnerWallet], wallet: &PartnerWallet) -> Markup {
    html! {
        @if wallets.len() > 1 {
            h2.tk-points__wallet { (name(lang, &wallet.name, &wallet.code)) }
        }
    }
}
