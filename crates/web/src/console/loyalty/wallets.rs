//! Console, all wallets.

use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, card, empty, empty_state, encode,
    page_head, status, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    /// The version that acts, in words.
    pub active: Option<String>,
    /// The draft behind it, in words.
    pub draft: Option<String>,
    /// What it has, in words.
    pub holds: Vec<String>,
    /// Who changed it last, and when.
    pub by: (String, String),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.loyalty.wallets.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, l) = (shell.lang, &shell.words().loyalty);
        let new = html! {
            @if access::may_post(shell.role(), "/console/loyalty/wallets/new") {
                (button_link(
                    l.new_wallet,
                    "/console/loyalty/wallets/new",
                    Look::Primary,
                    Some(Icon::Plus),
                ))
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: l.wallets,
                badge: empty(),
                meta: html! { span { (l.wallets_help) } },
                actions: if self.rows.is_empty() { empty() } else { new.clone() },
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Wallet, l.no_wallets, l.no_wallets_help, &new)
            } else { self.table(lang) }))
        };
        frame::console(shell, Place::Wallets, &[], &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let l = &words.loyalty;
        let columns = [
            Column::new(l.wallet, Kind::Name),
            Column::new(words.common.state, Kind::Text),
            Column::new(l.holds, Kind::Text).roomy(),
            Column::new(l.who, Kind::Text).roomy(),
        ];
        let rows = self.rows.iter().map(Row::cells).collect();
        table(&Table::new(l.wallets, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self) -> Vec<Markup> {
        let href = format!("/console/loyalty/wallets/{}", encode(&self.code));
        vec![
            two_lines(
                &html! { a href=(href) { (self.name) } },
                &html! { span.tk-mono { (self.code) } },
            ),
            html! {
                @if let Some(active) = &self.active { (status(active, Tone::Good)) }
                @if let Some(draft) = &self.draft { div { (status(draft, Tone::Wait)) } }
            },
            html! { span.tk-waits { (self.holds.join(" · ")) } },
            two_lines(&html! { (self.by.0) }, &html! { (self.by.1) }),
        ]
    }
}
