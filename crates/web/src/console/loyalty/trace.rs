//! Console, where points of a partner came from and went, by a key.

use maud::{Markup, html};

use crate::i18n::Words;
use crate::lots::Shown;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Look, PageHead, button_link, empty, encode, page_head};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub shown: Shown,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.shown.key, words.keeping.trace)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let path = format!("/console/partners/{}", encode(&self.partner.code));
        let back = format!("{path}/loyalty");
        let page = html! {
            (page_head(&PageHead {
                title: words.keeping.trace,
                badge: empty(),
                meta: html! {
                    span { (self.partner.name) }
                    span.tk-mono { (self.shown.key) }
                },
                actions: button_link(words.loyalty.tab, &back, Look::Outline, None),
            }))
            (self.shown.draw(shell.lang))
        };
        let crumbs = [
            (self.partner.name.clone(), path.clone()),
            (words.loyalty.tab.to_string(), back.clone()),
            (self.shown.key.clone(), String::new()),
        ];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}
