//! Portal, my programs: a card each, running ones first.

use maud::{Markup, html};

use super::home::{Entry, days_left, explained, program_href};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, PageHead, amount, card, empty, empty_state, estimate, page_head, standing, tier_or_none,
};

#[derive(Debug, Clone)]
pub struct Page {
    pub entries: Vec<Entry>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.programs.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let page = html! {
            (page_head(&PageHead {
                title: words.common.programs,
                badge: empty(),
                meta: html! { span { (words.portal.programs_help) } },
                actions: crate::ui::button_link(
                    words.studio.one_more_order,
                    "/portal/what-if",
                    crate::ui::Look::Outline,
                    None,
                ),
            }))
            @if self.entries.is_empty() {
                (card("", empty_state(
                    Icon::Target,
                    words.portal.no_programs,
                    words.portal.no_programs_help,
                    &empty(),
                )))
            }
            div.tk-home__programs {
                @for entry in &self.entries { (program(lang, entry)) }
            }
        };
        frame::portal(shell, PortalPlace::Programs, &page)
    }
}

fn program(lang: Lang, entry: &Entry) -> Markup {
    let p = &lang.words().portal;
    let own = &entry.standing;
    card(
        "tk-brief",
        html! {
            h2 { a href=(program_href(own)) { (own.program.name) } }
            @if let Some(term) = &own.term { p.tk-small.tk-muted { (term) } }
            p.tk-brief__say.tk-phrase { b { (standing::gap_say(lang, own)) } }
            @if own.tiers.len() > 1 { (standing::small(lang, own)) }
            dl.tk-brief__facts {
                @if own.tiers.len() > 1 {
                    div { dt { (p.tier_now) } dd { (tier_or_none(lang, own.tier())) } }
                }
                div {
                    dt { (p.so_far) }
                    dd { (explained(entry.explain.as_ref(), &amount(lang, own.earned))) }
                }
                @if let Some(worth) = own.worth {
                    div { dt { (p.worth) } dd { (estimate(lang, worth)) } }
                }
                div { dt { (own.period.short(lang)) } dd { (days_left(lang, own.days_left)) } }
            }
        },
    )
}
