//! Console, all imports: what came in, from whom, and what became of it.

use engine::catalog::ReferenceTable;
use engine::ingest::mapping::Feeds;
use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::Words;
use crate::progress::{self, ImportState};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, button_link, card, empty, empty_state,
    page_head, table,
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    Lines,
    Partners,
    Products,
    Payees,
    External,
    Reference(ReferenceTable),
}

impl ImportKind {
    pub const ALL: [ImportKind; 11] = [
        ImportKind::Lines,
        ImportKind::Partners,
        ImportKind::Products,
        ImportKind::Payees,
        ImportKind::External,
        ImportKind::Reference(ReferenceTable::ExchangeRates),
        ImportKind::Reference(ReferenceTable::UnitFactors),
        ImportKind::Reference(ReferenceTable::Lists),
        ImportKind::Reference(ReferenceTable::Figures),
        ImportKind::Reference(ReferenceTable::Prices),
        ImportKind::Reference(ReferenceTable::BankHolidays),
    ];

    pub fn key(self) -> &'static str {
        match self {
            ImportKind::Lines => "lines",
            ImportKind::Partners => "partners",
            ImportKind::Products => "products",
            ImportKind::Payees => "payees",
            ImportKind::External => "external",
            ImportKind::Reference(table) => table.word(),
        }
    }

    pub fn parse(key: &str) -> Option<ImportKind> {
        ImportKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// What a file of this kind feeds.
    pub fn feeds(self) -> Feeds {
        match self {
            ImportKind::Lines => Feeds::Facts,
            ImportKind::Partners => Feeds::Partners,
            ImportKind::Products => Feeds::Products,
            ImportKind::Payees => Feeds::Payees,
            ImportKind::External => Feeds::External,
            ImportKind::Reference(table) => Feeds::Reference(table),
        }
    }

    pub fn label(self, words: &Words) -> &'static str {
        match self {
            ImportKind::Lines => words.data.kind_lines,
            ImportKind::Partners => words.common.partners,
            ImportKind::Products => words.common.products,
            ImportKind::Payees => words.papers.payees,
            ImportKind::External => words.data.kind_external,
            ImportKind::Reference(table) => super::reference::table_label(table, words),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub file: String,
    pub kind: ImportKind,
    pub mapping: Option<String>,
    pub at: DateTime,
    /// A user, a partner, a token.
    pub by: String,
    pub state: ImportState,
    pub rows: u64,
    pub accepted: u64,
    pub known: u64,
    pub rejected: u64,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.imports.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let d = &words.data;
        let new = html! {
            @if access::may_open_as(shell.role(), "/console/imports/new") {
                (button_link(
                    d.new_import,
                    "/console/imports/new",
                    Look::Primary,
                    Some(Icon::Upload),
                ))
            }
        };
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Upload, d.no_imports, d.no_imports_help, &new)
        } else {
            self.rows(shell)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.imports,
                badge: empty(),
                meta: html! { span { (d.imports_help) } },
                actions: new,
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Imports, &[], &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let (c, d) = (&words.common, &words.data);
        let columns = [
            Column::new(d.file, Kind::Name),
            Column::new(d.holds, Kind::Text).wide_only(),
            Column::new(d.sent, Kind::Text),
            Column::new(c.state, Kind::Text),
            Column::new(d.rows, Kind::Figure),
            Column::new(d.accepted, Kind::Figure),
            Column::new(d.known, Kind::Figure).wide_only(),
            Column::new(d.rejected, Kind::Figure),
        ];
        let rows = self.rows.iter().map(|row| row.cells(shell)).collect();
        html! {
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else {
                div data-live="imports" { (table(&Table::new(c.imports, &columns, rows).cards())) }
            }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    fn cells(&self, shell: &Shell) -> Vec<Markup> {
        let (lang, words) = (shell.lang, shell.words());
        // The rows of payees hold accounts.
        let may = self.kind != ImportKind::Payees
            || shell.role().is_some_and(|role| access::may_import(role, Feeds::Payees));
        let href = match self.state {
            ImportState::ToMap => format!("/console/imports/{}/map", self.id),
            _ => format!("/console/imports/{}", self.id),
        };
        vec![
            two_lines(
                &html! {
                    @if may { a href=(href) { (self.file) } } @else { (self.file) }
                },
                &html! { (self.by) @if let Some(mapping) = &self.mapping { " · " (mapping) } },
            ),
            html! { (self.kind.label(words)) },
            html! { (format::moment_column(self.at, lang)) },
            progress::state(words, self.state),
            html! { (format::count(self.rows)) },
            html! { (format::count(self.accepted)) },
            html! { (format::count(self.known)) },
            html! { span.tk-missing[self.rejected > 0] { (format::count(self.rejected)) } },
        ]
    }
}
