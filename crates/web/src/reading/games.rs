//! Games in words: what a prize is called, and why somebody may not play.

use domain::wallet::{Prize, PrizeGives, Refusal, Wallet};
use engine::views::games::GameShown;

use super::loyalty as say;
use super::name;
use crate::i18n::{Lang, fill};

/// A prize by what it gives; goods go by their code.
pub fn prize(lang: Lang, wallet: &Wallet, of: &Prize) -> String {
    match &of.gives {
        PrizeGives::Points(unit, amount) => say::points_of(lang, wallet, *amount, unit),
        PrizeGives::Voucher(code) => say::voucher(lang, wallet, code),
        PrizeGives::Badge(code) => {
            let names = wallet.badges.get(code).map(|badge| badge.name.clone());
            name(lang, &names.unwrap_or_default(), code)
        }
        PrizeGives::Goods(product) => product.clone().unwrap_or_else(|| of.code.to_string()),
    }
}

/// A prize by its code, or nothing.
pub fn prize_or_nothing(
    lang: Lang,
    wallet: &Wallet,
    game: &GameShown,
    code: Option<&str>,
) -> String {
    let found = code.and_then(|code| game.prizes.iter().find(|it| *it.prize.code == *code));
    match (found, code) {
        (Some(found), _) => prize(lang, wallet, &found.prize),
        // A newer text has no such prize.
        (None, Some(code)) => code.into(),
        (None, None) => lang.words().games.nothing.into(),
    }
}

/// What a play costs.
pub fn price(lang: Lang, game: &GameShown) -> String {
    let w = &lang.words().games;
    match &game.game.price {
        Some(of) => {
            let points = say::points(lang, of.price, &game.price_names, &of.points);
            fill(w.costs, &[("points", &points)])
        }
        None => w.free.into(),
    }
}

/// Why somebody may not play.
pub fn refusal(lang: Lang, refusal: Refusal) -> &'static str {
    let w = &lang.words().games;
    match refusal {
        Refusal::LimitPartner => w.why_day,
        Refusal::Insufficient => w.why_insufficient,
        Refusal::Merged => w.why_merged,
        Refusal::NotStarted => w.why_not_started,
        Refusal::Expired => w.why_over,
        _ => w.why_else,
    }
}

/// From when until when a game is played; nothing if it has no days.
pub fn days(lang: Lang, game: &domain::wallet::Game) -> Option<String> {
    let w = &lang.words().games;
    let day = |day: jiff::civil::Date| crate::format::day_long(day, lang);
    match (game.starts, game.ends) {
        (Some(from), Some(until)) => {
            Some(fill(w.days_both, &[("from", &day(from)), ("until", &day(until))]))
        }
        (Some(from), None) => Some(fill(w.days_from, &[("from", &day(from))])),
        (None, Some(until)) => Some(fill(w.days_until, &[("until", &day(until))])),
        (None, None) => None,
    }
}
