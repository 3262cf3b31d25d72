//! Console, badges: who has one, since when, until when and why.

use maud::{Markup, html};

use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, PageHead, Table, Tone, card, empty, empty_state, encode, page_head,
    section, status, table,
};
use crate::view::PartnerRef;

/// A partner that has a badge, or had it.
#[derive(Debug, Clone)]
pub struct Holder {
    pub partner: PartnerRef,
    pub state: (String, Tone),
    pub since: Option<String>,
    pub until: Option<String>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Badge {
    pub code: String,
    pub name: String,
    pub description: String,
    /// How many have it now.
    pub active: usize,
    pub holders: Vec<Holder>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub badges: Vec<Badge>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.keeping.badges.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().keeping;
        let page = html! {
            (page_head(&PageHead {
                title: w.badges,
                badge: empty(),
                meta: html! { span { (w.badges_help) } },
                actions: empty(),
            }))
            @if self.badges.is_empty() {
                (card("", empty_state(Icon::Star, w.no_badges, w.no_badges_help, &empty())))
            }
            @for badge in &self.badges { (badge.draw(shell.lang)) }
        };
        frame::console(shell, Place::Badges, &[], &page)
    }
}

impl Badge {
    fn draw(&self, lang: Lang) -> Markup {
        let (w, words) = (&lang.words().keeping, lang.words());
        let columns = [
            Column::new(words.sponsors.partner, Kind::Name),
            Column::new(words.common.state, Kind::Text),
            Column::new(w.since, Kind::Text),
            Column::new(w.until, Kind::Text),
            Column::new(w.why, Kind::Text).roomy(),
        ];
        let row = |of: &Holder| {
            let path = format!("/console/partners/{}/loyalty", encode(&of.partner.code));
            let (state, tone) = &of.state;
            vec![
                two_lines(
                    &html! { a href=(path) { (of.partner.name) } },
                    &html! { span.tk-mono { (of.partner.code) } },
                ),
                status(state, *tone),
                super::or_nothing(of.since.as_ref()),
                html! { (of.until.as_deref().unwrap_or(w.for_good)) },
                super::or_nothing(of.reason.as_ref()),
            ]
        };
        let aside = html! {
            (w.holders) " " b { (self.active) } " · " span.tk-mono { (self.code) }
        };
        section(
            &self.name,
            &aside,
            &html! {
                @if !self.description.is_empty() { p.tk-small.tk-phrase { (self.description) } }
                @if self.holders.is_empty() { p.tk-small.tk-muted { (w.nobody) } }
                @else {
                    (table(&Table::new(
                        &self.name, &columns, self.holders.iter().map(row).collect(),
                    ).cards()))
                }
            },
        )
    }
}
