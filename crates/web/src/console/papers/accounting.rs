//! Console, the books: exports of the ledger, and which accounts it is told to.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, empty, empty_state,
    notice, page_head, section, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub number: String,
    pub first: i64,
    pub last: i64,
    pub entries: u64,
    pub created: (String, DateTime),
}

/// The chart as it is written: lines of words between commas.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub layout: String,
    pub accounts: String,
    pub cost_centres: String,
    pub cost_centre: String,
    pub problem: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Postings that no export holds.
    pub new: u64,
    pub draft: Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.accounting.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let may = access::may_post(shell.role(), "/console/accounting");
        let label = fill(p.export_now, &[("n", &format::count(self.new))]);
        let export = shell.form(
            "/console/accounting",
            "",
            &button(&label, Look::Primary, Some(Icon::Download)),
        );
        let ledger = button_link(
            p.beancount,
            "/console/accounting/ledger.beancount",
            Look::Outline,
            Some(Icon::Ledger),
        );
        let columns = [
            Column::new(p.number, Kind::Name),
            Column::new(p.range, Kind::Figure),
            Column::new(p.entries, Kind::Figure),
            Column::new(words.money.date, Kind::Text),
            Column::new(p.file, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                let href = format!("/console/accounting/{}/file", row.number);
                let (who, when) = (&row.created.0, format::moment(row.created.1, lang));
                vec![
                    html! { (row.number) },
                    html! { (row.first) "–" (row.last) },
                    html! { (format::count(row.entries)) },
                    html! { (fill(p.done_by, &[("who", who), ("when", &when)])) },
                    html! { a href=(href) { "CSV" } },
                ]
            })
            .collect();
        let page = html! {
            (page_head(&PageHead {
                title: p.accounting,
                badge: empty(),
                meta: html! { span { (p.accounting_help) } },
                actions: html! { (ledger) @if may && self.new > 0 { (export) } },
            }))
            div.tk-chart-side.tk-close {
                (card("tk-dense", if self.rows.is_empty() {
                    empty_state(Icon::Ledger, p.no_exports, p.no_exports_help, &empty())
                } else { table(&Table::new(p.accounting, &columns, rows).cards()) }))
                @if may { (self.form(shell)) }
            }
        };
        frame::console(shell, Place::Accounting, &[], &page)
    }
}

impl Page {
    fn form(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let draft = &self.draft;
        let layouts = [("detail", p.layout_detail), ("summary", p.layout_summary)]
            .map(|(key, label)| (key.to_owned(), label.to_owned()));
        let fields = html! {
            @if let Some(problem) = &draft.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            (Field::new("layout", p.layout, &draft.layout).select(&layouts))
            (Field::new("accounts", p.chart_rows, &draft.accounts)
                .hint(p.chart_hint).optional().lines(6))
            (Field::new("cost_centres", p.cost_centres, &draft.cost_centres)
                .hint(p.cost_centres_hint).optional().lines(4))
            (Field::new("cost_centre", p.cost_centre, &draft.cost_centre).optional().text())
            (button(words.common.save, Look::Primary, None))
        };
        let form = shell.form("/console/accounting/chart", "tk-form tk-form--tight", &fields);
        section(p.chart, &empty(), &form)
    }
}
