//! Portal, lines that arrived and are not counted yet: which, and what the vendor still has to do.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::console::waiting::numbers;
use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, card, empty, empty_state, page_head, table,
};

/// A line of the reader's.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: String,
    pub on: Option<Date>,
    pub product: Option<String>,
    pub amount: Option<String>,
    pub quantity: Option<String>,
    /// What the vendor still has to enter.
    pub missing: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.trace.own_waiting.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let w = &words.trace;
        let page = html! {
            (page_head(&PageHead {
                title: w.own_waiting,
                badge: empty(),
                meta: html! { span { (w.own_waiting_help) } },
                actions: empty(),
            }))
            (card("", html! {
                @if self.rows.is_empty() {
                    (empty_state(Icon::Check, w.no_waiting, "", &empty()))
                } @else { (self.table(lang)) }
                (self.list.pages(lang))
            }))
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let w = &lang.words().trace;
        let columns = [
            Column::new(w.line, Kind::Name),
            Column::new(w.what, Kind::Figure),
            Column::new(w.missing, Kind::Text).roomy(),
        ];
        let cells = |row: &Row| {
            let day = row.on.map(|day| format::day(day, lang));
            let below: Vec<String> = day.into_iter().chain(row.product.clone()).collect();
            vec![
                two_lines(&html! { (row.key) }, &html! { (below.join(" · ")) }),
                numbers(row.amount.as_deref(), row.quantity.as_deref()),
                html! { (row.missing) },
            ]
        };
        let rows = self.rows.iter().map(cells).collect();
        table(&Table::new(w.own_waiting, &columns, rows).cards())
    }
}
