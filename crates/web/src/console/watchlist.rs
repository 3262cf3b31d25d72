//! Console, the watchlist: whom a call today lifts into the next tier, by what it is worth.

use maud::{Markup, html};

use super::today::{NearMiss, near_table};
use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, List, Look, PageHead, button, button_link, card, empty, empty_state, page_head,
};

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<NearMiss>,
    /// Programs to choose from, by code and name.
    pub programs: Vec<(String, String)>,
    pub program: String,
    pub regions: Vec<String>,
    pub region: String,
    /// At most so many percent missing, as typed.
    pub percent: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.watchlist.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.settle;
        let page = html! {
            (page_head(&PageHead {
                title: s.watchlist,
                badge: empty(),
                meta: html! {
                    span { (s.watchlist_help) }
                    b { (format::count(self.list.rows)) }
                },
                actions: button_link(
                    words.common.export,
                    &self.list.export("/console/watchlist.csv"),
                    Look::Outline,
                    Some(Icon::Download),
                ),
            }))
            (card("tk-dense", html! {
                (self.filter(lang))
                @if self.rows.is_empty() {
                    (empty_state(Icon::Target, s.no_watch, s.no_watch_help, &empty()))
                } @else {
                    div data-live="near-list" { (near_table(lang, &self.rows)) }
                }
                (self.list.pages(lang))
            }))
        };
        frame::console(shell, Place::Watchlist, &[], &page)
    }
}

impl Page {
    fn filter(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let s = &words.settle;
        html! {
            form.tk-inline-form.tk-narrow action="/console/watchlist" {
                input.mui-input type="search" name="q" value=(self.list.q)
                    placeholder=(words.terms.find_partner) aria-label=(words.terms.find_partner);
                select.mui-input name="program" aria-label=(words.terms.program) {
                    option value="" { (s.all_programs) }
                    @for (code, name) in &self.programs {
                        option value=(code) selected[*code == self.program] { (name) }
                    }
                }
                select.mui-input name="region" aria-label=(s.region) {
                    option value="" { (s.all_regions) }
                    @for region in &self.regions {
                        option value=(region) selected[*region == self.region] { (region) }
                    }
                }
                input.mui-input name="percent" inputmode="decimal" value=(self.percent)
                    placeholder=(s.at_most_percent) aria-label=(s.at_most_percent);
                (button(s.narrow, Look::Outline, None))
            }
        }
    }
}
