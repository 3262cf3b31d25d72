//! Console, pools: who shares, what they hold and what moved.

use maud::{Markup, html};

use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, PageHead, Table, card, empty, empty_state, encode, facts, page_head,
    section, table,
};
use crate::view::PartnerRef;

const POOLS: &str = "/console/loyalty/pools";

fn href(code: &str) -> String {
    format!("{POOLS}/{}", encode(code))
}

/// A pool in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub members: usize,
    pub share: String,
    pub holds: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.keeping.pools.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().keeping;
        let columns = [
            Column::new(w.pool, Kind::Name),
            Column::new(w.members, Kind::Figure),
            Column::new(w.share, Kind::Figure),
            Column::new(w.holds, Kind::Figure),
        ];
        let cells = |row: &Row| {
            vec![
                two_lines(
                    &html! { a href=(href(&row.code)) { (row.name) } },
                    &html! { span.tk-mono { (row.code) } },
                ),
                html! { (row.members) },
                html! { (row.share) },
                html! { (row.holds) },
            ]
        };
        let page = html! {
            (page_head(&PageHead {
                title: w.pools,
                badge: empty(),
                meta: html! { span { (w.pools_help) } },
                actions: empty(),
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Users, w.no_pools, w.no_pools_help, &empty())
            } else {
                let rows = self.rows.iter().map(cells).collect();
                table(&Table::new(w.pools, &columns, rows).cards())
            }))
        };
        frame::console(shell, Place::Pools, &[], &page)
    }
}

/// A movement of a pool.
#[derive(Debug, Clone)]
pub struct Movement {
    pub day: String,
    pub what: String,
    pub cause: String,
    pub amount: String,
    pub is_less: bool,
}

/// One pool.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub code: String,
    pub name: String,
    pub share: String,
    pub holds: String,
    /// What waits, is reserved, is owed.
    pub others: Vec<(&'static str, String)>,
    pub draw: bool,
    pub members: Vec<PartnerRef>,
    pub movements: Vec<Movement>,
    /// Where older ones are.
    pub older: Option<String>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.name, words.keeping.pools)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().keeping);
        let mut told = vec![
            (w.holds, html! { b.tk-figure-large { (self.holds) } }),
            (w.share, html! { (self.share) }),
        ];
        told.extend(self.others.iter().map(|(label, value)| (*label, html! { (value) })));
        let draw = if self.draw { w.members_draw } else { w.vendor_draws };
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: empty(),
                meta: html! { span.tk-mono { (self.code) } span { (draw) } },
                actions: empty(),
            }))
            div.tk-main-side {
                div.tk-column { (card("", facts(&told))) (self.moved(lang)) }
                div.tk-column { (section(w.members, &empty(), &self.members())) }
            }
        };
        frame::console(shell, Place::Pools, &[(self.name.clone(), href(&self.code))], &page)
    }
}

impl OnePage {
    fn members(&self) -> Markup {
        html! {
            ul.tk-rows {
                @for member in &self.members {
                    @let path = format!("/console/partners/{}/loyalty", encode(&member.code));
                    li {
                        div.tk-rows__text {
                            a href=(path) { (member.name) }
                            small.tk-mono { (member.code) }
                        }
                    }
                }
            }
        }
    }

    fn moved(&self, lang: Lang) -> Markup {
        let (w, l) = (&lang.words().keeping, &lang.words().loyalty);
        let columns = [
            Column::new(l.day, Kind::Name),
            Column::new(l.what, Kind::Text).roomy(),
            Column::new(l.why, Kind::Text),
            Column::new(l.amount, Kind::Figure),
        ];
        let row = |of: &Movement| {
            let class = if of.is_less { "tk-loss" } else { "tk-gain" };
            vec![
                html! { (of.day) },
                html! { (of.what) },
                html! { span.tk-mono.tk-small { (of.cause) } },
                html! { span class={ "tk-nowrap " (class) } { (of.amount) } },
            ]
        };
        section(
            w.pool_moved,
            &empty(),
            &html! {
                @if self.movements.is_empty() { p.tk-small.tk-muted { (w.no_pool_moved) } }
                @else {
                    (table(&Table::new(
                        w.pool_moved, &columns, self.movements.iter().map(row).collect(),
                    ).cards()))
                }
                @if let Some(older) = &self.older {
                    nav.tk-pages aria-label=(lang.words().common.pages) {
                        span.tk-pages__links { a href=(older) { (lang.words().common.next) } }
                    }
                }
            },
        )
    }
}
