//! Portal, points: what they buy, the order of one reward in two steps, and the orders made.

use jiff::civil::Date;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{ORDERS, REWARDS, Tab, tabs};
use crate::console::loyalty::orders::{Step, timeline};
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::pictures::{self, Shown};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, button, button_link, card, empty, empty_state, encode, page_head,
    receipt, section, section_with, status,
};

/// More of one reward are not ordered at once.
pub const QUANTITY_MAX: u32 = 999;

/// A reward as it stands in the catalogue.
#[derive(Debug, Clone)]
pub struct Reward {
    pub code: String,
    pub name: String,
    pub description: String,
    /// In points, and in money besides.
    pub price: String,
    pub money: Option<Money>,
    pub gives: String,
    pub limits: Vec<String>,
    /// Why it cannot be ordered now.
    pub refusal: Option<String>,
    pub picture: Option<Shown>,
}

impl Reward {
    fn href(&self) -> String {
        format!("{REWARDS}/{}", encode(&self.code))
    }

    fn price(&self, lang: Lang) -> String {
        let w = &lang.words().points;
        match self.money {
            Some(money) => {
                fill(w.price_and, &[("points", &self.price), ("money", &money.text(lang))])
            }
            None => self.price.clone(),
        }
    }
}

/// An order that was made.
#[derive(Debug, Clone)]
pub struct Order {
    pub key: String,
    pub reward: String,
    pub quantity: Option<u32>,
    pub day: Option<Date>,
    pub points: String,
    pub state: (&'static str, Tone),
    /// What became of it, where somebody has to hand it over.
    pub steps: Vec<Step>,
    pub may_ask_cancel: bool,
    pub cancel_asked: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    /// What there is to spend, by currency.
    pub balances: Vec<String>,
    pub rewards: Vec<Reward>,
    /// The newest first.
    pub orders: Vec<Order>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.points.rewards, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().points);
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: html! {
                    b data-live="balances" {
                        @for (i, balance) in self.balances.iter().enumerate() {
                            @if i > 0 { " · " } (balance)
                        }
                    }
                    span { (w.balance_help) }
                },
                actions: empty(),
            }))
            (tabs(lang, Tab::Rewards))
            @if self.rewards.is_empty() {
                (card("", empty_state(Icon::Star, w.no_rewards, w.no_rewards_help, &empty())))
            } @else {
                div.tk-points {
                    @for reward in &self.rewards { (offer(lang, reward)) }
                }
            }
            (self.orders(shell))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

fn offer(lang: Lang, reward: &Reward) -> Markup {
    let w = &lang.words().points;
    card(
        "tk-reward",
        html! {
            (pictures::draw(reward.picture.as_ref()))
            h2 { (reward.name) }
            p.tk-reward__price { (reward.price(lang)) }
            @if !reward.description.is_empty() { p.tk-phrase { (reward.description) } }
            ul.tk-plain {
                li { (reward.gives) }
                @for limit in &reward.limits { li { (limit) } }
            }
            div.tk-reward__foot {
                @match &reward.refusal {
                    Some(why) => { p.tk-small.tk-reward__why { (why) } }
                    None => { (button_link(w.order, &reward.href(), Look::Primary, None)) }
                }
            }
        },
    )
}

impl Page {
    fn orders(&self, shell: &Shell) -> Markup {
        let w = &shell.words().points;
        let content = html! {
            @if self.orders.is_empty() { p.tk-small.tk-muted { (w.no_orders) } }
            @else {
                ul.tk-rows {
                    @for order in &self.orders { (made(shell, order)) }
                }
                p.tk-small.tk-muted.tk-phrase { (fill(w.ask_us, &[("vendor", &shell.vendor)])) }
            }
        };
        html! { div #orders { (section(w.orders, &empty(), &content)) } }
    }
}

fn made(shell: &Shell, order: &Order) -> Markup {
    let (lang, (said, tone)) = (shell.lang, order.state);
    let w = &shell.words().orders;
    let ask = format!("{ORDERS}/{}/ask-cancel", encode(&order.key));
    html! {
        li id={ "order-" (order.key) } {
            div.tk-rows__text {
                b {
                    (order.reward)
                    @if let Some(n) = order.quantity.filter(|n| *n > 1) {
                        " × " (format::count(n))
                    }
                }
                small {
                    @if let Some(day) = order.day { (format::day_long(day, lang)) " · " }
                    (order.points) " · " span.tk-mono { (order.key) }
                }
                @if !order.steps.is_empty() { (timeline(lang, &order.steps)) }
                @if order.cancel_asked { small { (w.asked) } }
                @if order.may_ask_cancel {
                    details.tk-points__rest {
                        summary { (w.ask_cancel) }
                        (shell.form(&ask, "tk-form tk-form--tight", &html! {
                            (Field::new("reason", w.reason, "")
                                .optional()
                                .hint(w.ask_cancel_help)
                                .text())
                            div { (button(w.ask_cancel, Look::Outline, None)) }
                        }))
                    }
                }
            }
            (status(said, tone))
        }
    }
}

/// What an order would take, looked at before it is made.
#[derive(Debug, Clone)]
pub struct Check {
    pub quantity: u32,
    pub takes: String,
    pub money: Option<Money>,
    pub now: String,
    pub left: String,
    /// Why it would be refused.
    pub refusal: Option<String>,
}

/// One reward: first how many, then whether that is meant.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub reward: Reward,
    /// What was typed.
    pub quantity: String,
    /// What is wrong with that.
    pub wrong: Option<String>,
    pub check: Option<Check>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.reward.name, words.points.rewards)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().points);
        let page = html! {
            (page_head(&PageHead {
                title: &self.reward.name,
                badge: empty(),
                meta: html! { span { (self.reward.price(lang)) } },
                actions: button_link(w.all_rewards, REWARDS, Look::Outline, None),
            }))
            @if self.reward.picture.is_some() {
                div.tk-points__narrow.tk-picture-wide {
                    (pictures::draw(self.reward.picture.as_ref()))
                }
            }
            @match (&self.check, &self.reward.refusal) {
                (Some(check), _) => { (self.confirm(shell, check)) }
                (None, Some(why)) => { (refused(why)) }
                (None, None) => { (self.choose(lang)) }
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

fn refused(why: &str) -> Markup {
    crate::ui::notice(Tone::Wait, &html! { (why) }, &empty())
}

impl OnePage {
    /// How many. Looking changes nothing, so that the address says it.
    fn choose(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        let wrong = self.wrong.as_deref();
        card(
            "tk-points__narrow",
            html! {
                @if !self.reward.description.is_empty() {
                    p.tk-phrase { (self.reward.description) }
                }
                ul.tk-plain {
                    li { (self.reward.gives) }
                    @for limit in &self.reward.limits { li { (limit) } }
                }
                form.tk-form.tk-points__form method="get" action=(self.reward.href()) {
                    div.tk-field {
                        label for="quantity" { (w.quantity) }
                        input.mui-input.tk-points__quantity #quantity name="quantity"
                            inputmode="numeric" autocomplete="off" value=(self.quantity) required
                            aria-invalid=[wrong.map(|_| "true")]
                            aria-errormessage=[wrong.map(|_| "quantity-err")];
                        @if let Some(wrong) = wrong {
                            p.mui-field__error.tk-wrong #quantity-err role="alert" { (wrong) }
                        }
                    }
                    div { (button(w.to_confirm, Look::Primary, None)) }
                }
            },
        )
    }

    fn confirm(&self, shell: &Shell, check: &Check) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().points);
        let n = format::count(check.quantity);
        let mut rows = vec![
            (w.quantity, html! { (n) }),
            (w.confirm_takes, html! { b { (check.takes) } }),
            (w.confirm_now, html! { (check.now) }),
        ];
        if check.refusal.is_none() {
            rows.push((w.confirm_left, html! { (check.left) }));
        }
        if let Some(money) = check.money {
            rows.push((
                w.confirm_money,
                html! {
                    (money.text(lang)) small.tk-below { (w.confirm_money_help) }
                },
            ));
        }
        let back = format!("{}#quantity", self.reward.href());
        section_with(
            "tk-points__narrow",
            w.confirm_title,
            &empty(),
            &html! {
                (receipt(&rows))
                p.tk-small.tk-phrase.tk-points__note { (self.reward.gives) }
                @match &check.refusal {
                    Some(why) => {
                        (refused(why))
                        div.tk-points__act {
                            (button_link(w.change_quantity, &back, Look::Outline, None))
                        }
                    }
                    None => {
                        p.tk-small.tk-muted.tk-phrase.tk-points__note { (w.confirm_help) }
                        (shell.form(&self.reward.href(), "tk-points__act", &html! {
                            input type="hidden" name="quantity" value=(check.quantity);
                            (button(
                                &fill(w.confirm, &[("points", &check.takes)]),
                                Look::Primary,
                                None,
                            ))
                            (button_link(w.change_quantity, &back, Look::Outline, None))
                        }))
                    }
                }
            },
        )
    }
}

/// A quantity as people type it, in full-width digits too. `None` if it is none, or too large.
pub fn typed_quantity(text: &str) -> Option<u32> {
    let narrow = |sign: char| match sign {
        '０'..='９' => char::from_digit(u32::from(sign) - u32::from('０'), 10),
        other => Some(other),
    };
    let text: Option<String> = text.trim().chars().map(narrow).collect();
    let quantity: u32 = text?.parse().ok()?;
    (1..=QUANTITY_MAX).contains(&quantity).then_some(quantity)
}

/// So many times a price. `None` if no decimal holds it.
pub fn times(price: Decimal, quantity: u32) -> Option<Decimal> {
    price.checked_mul(Decimal::from(quantity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_type_them() {
        let cases = [
            ("1", Some(1)),
            (" 12 ", Some(12)),
            ("２", Some(2)),
            ("１０", Some(10)),
            ("999", Some(999)),
            ("1000", None),
            ("0", None),
            ("-1", None),
            ("1.5", None),
            ("two", None),
            ("", None),
        ];
        for (typed, expected) in cases {
            assert_eq!(typed_quantity(typed), expected, "`{typed}`");
        }
    }
}
