//! Figures: the most important thing on every page.

use maud::{Markup, html};

use crate::format::{MINUS, Money};
use crate::i18n::Lang;
use crate::view::{Measured, Tier};

/// An exact amount, its unit smaller than its digits.
pub fn amount(lang: Lang, money: Money) -> Markup {
    let digits = money.digits();
    html! {
        span.tk-amount {
            @match (money.currency.as_str(), lang) {
                ("JPY", Lang::Ja) => { (digits) span.tk-unit { "円" } }
                ("JPY", Lang::En) => {
                    @if digits.starts_with(MINUS) { (MINUS) }
                    span.tk-unit.tk-unit--lead { "¥" } (digits.trim_start_matches(MINUS))
                }
                (code, _) => { span.tk-unit.tk-unit--code { (code) } (digits) }
            }
        }
    }
}

/// A difference, with its sign and its colour.
pub fn change(lang: Lang, money: Money) -> Markup {
    let class = if money.amount.is_sign_negative() { "tk-loss" } else { "tk-gain" };
    html! {
        @if money.is_zero() { span.tk-muted { "±0" } }
        @else {
            span class={ "tk-nowrap " (class) } {
                @if money.amount.is_sign_positive() { "+" }
                (amount(lang, money))
            }
        }
    }
}

/// A rounded amount that says so: "about".
pub fn estimate(lang: Lang, money: Money) -> Markup {
    html! { span.tk-amount.tk-amount--estimate { (money.about(lang)) } }
}

/// A value of a qualifier or a measure.
pub fn measured(lang: Lang, value: &Measured) -> Markup {
    html! { span.tk-amount { (value.text(lang)) } }
}

/// A column of mixed currencies: code at the left edge, digits at the right.
pub fn two_ends(money: Money, figure: &Markup) -> Markup {
    html! { span.tk-money { i { (money.currency) } (figure) } }
}

/// A value that is missing.
pub fn nothing() -> Markup {
    html! { span.tk-muted.tk-none { "–" } }
}

/// Every number is a door: a figure that opens the explanation behind it.
pub fn door(href: &str, figure: &Markup) -> Markup {
    html! { a.tk-door href=(href) { (figure) } }
}

/// A tier by name, with the colour people know it by.
pub fn tier_chip(lang: Lang, tier: &Tier) -> Markup {
    html! { span class={ "tk-tier tk-tier--" (tier_key(tier)) } { (tier.label(lang)) } }
}

/// Before the first tier.
pub fn no_tier(lang: Lang) -> Markup {
    html! { span.tk-tier.tk-tier--base { (lang.words().common.no_tier) } }
}

/// A tier, or the words for having none yet.
pub fn tier_or_none(lang: Lang, tier: Option<&Tier>) -> Markup {
    match tier {
        Some(tier) => tier_chip(lang, tier),
        None => no_tier(lang),
    }
}

const METALS: [(&str, [&str; 2]); 4] = [
    ("platinum", ["platinum", "プラチナ"]),
    ("gold", ["gold", "ゴールド"]),
    ("silver", ["silver", "シルバー"]),
    ("bronze", ["bronze", "ブロンズ"]),
];

/// The class of a tier's colour: the metal in its name, or else its rank.
pub fn tier_key(tier: &Tier) -> &'static str {
    let name = tier.name.as_deref().unwrap_or_default().to_lowercase();
    let metal = METALS.iter().find(|(_, names)| names.iter().any(|metal| name.contains(metal)));
    match (metal, tier.rank) {
        (Some((key, _)), _) => key,
        (None, 0) => "base",
        (None, 1) => "first",
        (None, 2) => "second",
        (None, 3) => "third",
        (None, _) => "fourth",
    }
}
