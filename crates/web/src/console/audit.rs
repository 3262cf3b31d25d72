//! Console, the audit log: who did what, when. Nothing in it is ever changed.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, card, empty, empty_state, page_head, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub number: u64,
    pub at: DateTime,
    pub who: String,
    /// What was done, in the reader's language.
    pub what: String,
    /// What it was done to, and where that is.
    pub to: String,
    pub href: Option<String>,
    pub detail: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    pub older: Option<i64>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.audit.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let k = &words.console;
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Shield, k.no_audit, k.no_audit_help, &empty())
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.audit,
                badge: empty(),
                meta: html! { span { (k.audit_help) } },
                actions: empty(),
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Audit, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let k = &words.console;
        let columns = [
            Column::new(k.number, Kind::Figure),
            Column::new(k.when, Kind::Text),
            Column::new(k.who, Kind::Text),
            Column::new(k.what, Kind::Name),
            Column::new(k.detail, Kind::Text).wide_only(),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    html! { (format::count(row.number)) },
                    html! { (format::moment_column(row.at, lang)) },
                    html! { (row.who) },
                    html! {
                        (row.what)
                        @match &row.href {
                            Some(href) => { small.tk-below { a href=(href) { (row.to) } } }
                            None if row.to.is_empty() => {}
                            None => { small.tk-below { (row.to) } }
                        }
                    },
                    html! { span.tk-detail { (row.detail) } },
                ]
            })
            .collect();
        html! {
            (table(&Table::new(words.common.audit, &columns, rows).cards()))
            @if let Some(older) = self.older {
                nav.tk-pages aria-label=(words.common.pages) {
                    span {}
                    a href={ "?older=" (older) } rel="next" { (k.older) }
                }
            }
        }
    }
}
