//! Console, amounts from outside: what another calculator sent, who, when, and which counts.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, card, door, empty,
    empty_state, encode, page_head, status, table,
};
use crate::view::{PartnerRef, ProgramRef};

/// An amount that came.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: String,
    pub partner: PartnerRef,
    pub program: ProgramRef,
    /// Term, period and group.
    pub about: String,
    pub amount: Money,
    pub by: String,
    pub at: DateTime,
    pub reason: Option<String>,
    pub counts: bool,
    /// The award it became.
    pub award: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.trace.external.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let w = &words.trace;
        let page = html! {
            (page_head(&PageHead {
                title: w.external,
                badge: empty(),
                meta: html! { span { (w.external_help) } },
                actions: html! {
                    @if access::may_open_as(shell.role(), "/console/imports/new") {
                        (button_link(
                            words.data.new_import,
                            "/console/imports/new?kind=external",
                            Look::Outline,
                            Some(Icon::Upload),
                        ))
                    }
                },
            }))
            (card("tk-dense", html! {
                @if self.rows.is_empty() {
                    (empty_state(Icon::Download, w.no_external, w.no_external_help, &empty()))
                } @else { (self.table(lang)) }
                (self.list.pages(lang))
            }))
        };
        frame::console(shell, Place::External, &[], &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let w = &words.trace;
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(words.terms.program, Kind::Text).roomy(),
            Column::new(words.money.amount, Kind::Figure),
            Column::new(w.key, Kind::Text),
            Column::new(w.sent_by, Kind::Text).roomy(),
            Column::new(words.common.state, Kind::Text),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        table(&Table::new(w.external, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let w = &lang.words().trace;
        let href = format!("/console/explain/{}", encode(&self.award));
        let (label, tone) =
            if self.counts { (w.is_counted, Tone::Good) } else { (w.is_replaced, Tone::Plain) };
        vec![
            html! {
                a href={ "/console/partners/" (encode(&self.partner.code)) } { (self.partner.name) }
            },
            two_lines(
                &html! {
                    a href={ "/console/programs/" (encode(&self.program.code)) } {
                        (self.program.name)
                    }
                },
                &html! { (self.about) },
            ),
            door(&href, &html! { (self.amount.text(lang)) }),
            html! { (self.key) },
            html! {
                (self.by) " · " (format::moment(self.at, lang))
                @if let Some(reason) = &self.reason { small.tk-below { (reason) } }
            },
            status(label, tone),
        ]
    }
}
