//! Console, saved mappings: how the columns of recurring files are read.

use jiff::civil::DateTime;
use maud::{Markup, html};

use super::imports::ImportKind;
use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button_link, card, empty, empty_state, encode,
    nothing, page_head, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub kind: ImportKind,
    pub columns: u64,
    pub used: u64,
    pub last_used: Option<DateTime>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.mappings.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let d = &words.data;
        let page = html! {
            (page_head(&PageHead {
                title: words.common.mappings,
                badge: empty(),
                meta: html! { span { (d.mappings_help) } },
                actions: empty(),
            }))
            (card("tk-dense", self.rows(lang)))
        };
        frame::console(shell, Place::Mappings, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let d = &words.data;
        if self.rows.is_empty() {
            let new = button_link(d.new_import, "/console/imports/new", Look::Outline, None);
            return empty_state(Icon::Columns, d.no_mappings, d.no_mappings_help, &new);
        }
        let columns = [
            Column::new(d.mapping, Kind::Name),
            Column::new(d.holds, Kind::Text),
            Column::new(d.columns, Kind::Figure),
            Column::new(d.used, Kind::Figure),
            Column::new(d.last_used, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    html! { a href={ "/console/mappings/" (encode(&row.name)) } { (row.name) } },
                    html! { (row.kind.label(words)) },
                    html! { (format::count(row.columns)) },
                    html! { (format::count(row.used)) },
                    row.last_used
                        .map_or_else(nothing, |at| html! { (format::moment_column(at, lang)) }),
                ]
            })
            .collect();
        table(&Table::new(words.common.mappings, &columns, rows).cards())
    }
}
