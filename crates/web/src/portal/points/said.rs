//! What the engine says of wallets, in the reader's words: refusals, states, what happened.

use domain::wallet::Refusal;
use engine::views::wallet::{Movement, Offer, PartnerWallet};
use rust_decimal::Decimal;

use super::{day_said, digits};
use crate::i18n::{Lang, Words, fill};
use crate::ui::Tone;

/// Why a reward cannot be ordered, and what would help.
pub fn refusal(lang: Lang, refusal: Refusal) -> &'static str {
    let w = &lang.words().points;
    match refusal {
        Refusal::Insufficient => w.why_insufficient_plain,
        Refusal::OutOfStock => w.why_stock,
        Refusal::LimitPartner => w.why_partner_fewer,
        Refusal::LimitTotal => w.why_total,
        Refusal::NotStarted => w.why_not_started_plain,
        Refusal::Expired => w.why_over,
        Refusal::NotEligible => w.why_not_eligible,
        Refusal::Merged => w.why_merged,
        Refusal::UnknownCode => w.why_gone,
        _ => w.why_else,
    }
}

/// The same of a reward in the catalogue, with the figure or day that is missing.
pub fn offer_refusal(
    lang: Lang,
    wallet: &PartnerWallet,
    offer: &Offer,
    refused: Refusal,
) -> String {
    let w = &lang.words().points;
    let held = wallet.holdings.iter().find(|it| *it.unit == *offer.reward.points);
    match refused {
        Refusal::Insufficient => {
            let there = held.map_or(Decimal::ZERO, |it| it.amount);
            let missing = offer.reward.price - there;
            let missing = match held {
                Some(held) => digits(held, missing),
                None => crate::format::quantity(missing),
            };
            fill(w.why_insufficient, &[("n", &missing)])
        }
        Refusal::NotStarted => match offer.reward.starts {
            Some(day) => fill(w.why_not_started, &[("day", &day_said(lang, &day.to_string()))]),
            None => w.why_not_started_plain.into(),
        },
        // Not even one more.
        Refusal::LimitPartner => w.why_partner.into(),
        other => refusal(lang, other).into(),
    }
}

/// The state of an order.
pub fn order_state(words: &Words, status: &str) -> (&'static str, Tone) {
    let w = &words.points;
    match status {
        "reserved" => (w.state_reserved, Tone::Wait),
        "committed" => (w.state_committed, Tone::Good),
        "released" => (w.state_released, Tone::Plain),
        "lapsed" => (w.state_lapsed, Tone::Plain),
        "cancelled" => (w.state_cancelled, Tone::Plain),
        "partly_cancelled" => (w.state_partly, Tone::Info),
        _ => (w.state_done, Tone::Good),
    }
}

/// The state of a voucher.
pub fn voucher_state(words: &Words, status: &str) -> (&'static str, Tone) {
    let w = &words.points;
    match status {
        "redeemed" => (w.voucher_redeemed, Tone::Plain),
        "expired" => (w.voucher_expired, Tone::Plain),
        "cancelled" => (w.voucher_cancelled, Tone::Bad),
        _ => (w.voucher_issued, Tone::Good),
    }
}

/// What a movement did, and the amount as the reader counts it: what only changes its place inside
/// the wallet is neither gained nor lost, and has no sign of its own.
pub fn movement(words: &Words, of: &Movement) -> (&'static str, Decimal) {
    let w = &words.points;
    let grows = of.amount.is_sign_positive();
    let either = |more: &'static str, less: &'static str| if grows { more } else { less };
    if of.voucher.is_some() {
        let k = &words.keeping;
        let said = match (of.own.as_str(), of.other.as_str()) {
            (_, "granted") => either(k.voucher_issued, k.voucher_taken),
            (_, "expired") => k.voucher_over,
            ("open", "reserved") => w.did_reserved,
            ("reserved", "open") => w.did_released,
            _ => either(k.voucher_back, k.voucher_used),
        };
        return (said, of.amount);
    }
    match (of.own.as_str(), of.other.as_str()) {
        ("escrow", "granted") => (either(w.did_earned_waiting, w.did_taken_back), of.amount),
        ("open", "granted") => (either(w.did_earned, w.did_taken_back), of.amount),
        ("arrears", "granted") => (w.did_owed, of.amount),
        ("escrow", "open") => (w.did_usable, of.amount.abs()),
        ("open", "redeemed") => (either(w.did_came_back, w.did_redeemed), of.amount),
        ("open", "reserved") => (either(w.did_released, w.did_reserved), of.amount),
        (_, "expired") => (w.did_expired, of.amount),
        (_, "adjusted") => (w.did_debited, of.amount),
        (_, "reset") => (w.did_reset, of.amount),
        (_, "arrears") => (w.did_repaid, of.amount),
        ("open", "open") => (either(w.did_received, w.did_passed_on), of.amount),
        ("payable", _) => (w.did_cash, of.amount),
        _ => (w.did_other, of.amount),
    }
}
