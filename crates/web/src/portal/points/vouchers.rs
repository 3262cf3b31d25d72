//! Portal, points: the reader's vouchers, and one of them large enough for a counter.

use maud::{Markup, html};

use super::qr;
use super::{REWARDS, Tab, VOUCHERS, tabs};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, button_link, card, empty, empty_state, encode, page_head, status,
};

/// A voucher as its holder sees it.
#[derive(Debug, Clone)]
pub struct Voucher {
    pub code: String,
    pub name: String,
    pub description: String,
    /// What is left of it, in money or uses.
    pub left: String,
    /// What of it is promised to an order.
    pub reserved: Option<String>,
    pub last_day: String,
    pub state: (&'static str, Tone),
    pub is_usable: bool,
}

impl Voucher {
    fn href(&self) -> String {
        format!("{VOUCHERS}/{}", encode(&self.code))
    }

    fn facts(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        html! {
            dl.tk-facts.tk-facts--lines {
                div { dt { (w.value_left) } dd { (self.left) } }
                @if let Some(reserved) = &self.reserved {
                    div { dt { (w.reserved_of_it) } dd { (reserved) } }
                }
                div { dt { (w.last_day) } dd { (self.last_day) } }
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    /// Those that can be used first.
    pub vouchers: Vec<Voucher>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.points.vouchers, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().points);
        let to_rewards = button_link(w.see_rewards, REWARDS, Look::Outline, None);
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(lang, Tab::Vouchers))
            @if self.vouchers.is_empty() {
                (card("", empty_state(
                    Icon::Receipt,
                    w.no_vouchers,
                    w.no_vouchers_help,
                    &to_rewards,
                )))
            }
            div.tk-points {
                @for voucher in &self.vouchers { (small(lang, voucher)) }
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

fn small(lang: Lang, voucher: &Voucher) -> Markup {
    let w = &lang.words().points;
    let (said, tone) = voucher.state;
    let label = fill(w.qr_of, &[("code", &voucher.code)]);
    card(
        if voucher.is_usable { "tk-voucher" } else { "tk-voucher tk-voucher--over" },
        html! {
            div.tk-voucher__head {
                h2 { a href=(voucher.href()) { (voucher.name) } }
                (status(said, tone))
            }
            @if !voucher.description.is_empty() {
                p.tk-small.tk-muted.tk-phrase { (voucher.description) }
            }
            div.tk-voucher__body {
                div.tk-voucher__facts {
                    p.tk-voucher__code.tk-mono { (voucher.code) }
                    (voucher.facts(lang))
                }
                @if voucher.is_usable {
                    a.tk-voucher__qr href=(voucher.href()) {
                        (qr::svg(&voucher.code, &label))
                    }
                }
            }
            @if voucher.is_usable {
                div.tk-reward__foot {
                    (button_link(w.show_at_counter, &voucher.href(), Look::Outline, None))
                }
            }
        },
    )
}

/// One voucher, to be shown to somebody.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub voucher: Voucher,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.voucher.name, words.points.vouchers)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().points);
        let voucher = &self.voucher;
        let (said, tone) = voucher.state;
        let label = fill(w.qr_of, &[("code", &voucher.code)]);
        let page = html! {
            (page_head(&PageHead {
                title: &voucher.name,
                badge: status(said, tone),
                meta: html! {
                    @if !voucher.description.is_empty() { span { (voucher.description) } }
                },
                actions: button_link(w.all_vouchers, VOUCHERS, Look::Outline, None),
            }))
            (card("tk-counter", html! {
                @if voucher.is_usable {
                    (qr::svg(&voucher.code, &label))
                    p.tk-small.tk-muted.tk-phrase { (w.show_help) }
                }
                p.tk-counter__code.tk-mono { (voucher.code) }
                div data-live={ "voucher:" (voucher.code) } { (voucher.facts(lang)) }
            }))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}
