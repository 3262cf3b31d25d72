//! Ordered rewards in words.

use domain::program::Names;
use engine::orders::{Order, OrderState, Taken};
use engine::rules::Rules;

use super::name;
use crate::i18n::{Lang, Words};
use crate::ui::Tone;

/// A state, and how it looks.
pub fn state(words: &Words, state: OrderState) -> (&'static str, Tone) {
    let w = &words.orders;
    match state {
        OrderState::Ordered => (w.ordered, Tone::Wait),
        OrderState::Approved => (w.approved, Tone::Info),
        OrderState::Sent => (w.sent, Tone::Info),
        OrderState::Delivered => (w.delivered, Tone::Good),
        OrderState::Cancelled => (w.cancelled, Tone::Plain),
    }
}

/// What a step made of an order.
pub fn step(words: &Words, step: &Taken) -> &'static str {
    match OrderState::parse(&step.step) {
        Some(state) => self::state(words, state).0,
        None => words.orders.step_cancel_asked,
    }
}

/// What was ordered, by its name.
pub fn reward(lang: Lang, rules: &Rules, order: &Order) -> String {
    let of = rules.wallets.iter().find(|of| of.wallet_id == order.wallet_id);
    let declared = of.and_then(|of| of.wallet.rewards.get(order.reward.as_str()));
    let names = declared.map(|reward| reward.name.clone()).unwrap_or_default();
    name(lang, &names, &order.reward)
}

/// What it took.
pub fn points(lang: Lang, rules: &Rules, order: &Order) -> String {
    let of = rules.wallets.iter().find(|of| of.wallet_id == order.wallet_id);
    match of {
        Some(of) => super::loyalty::points_of(lang, &of.wallet, order.points, &order.unit),
        None => super::loyalty::points(lang, order.points, &Names::new(), &order.unit),
    }
}
