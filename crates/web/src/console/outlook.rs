//! Console, accrual against forecast: what each program accrued, where that leads, what was paid.

use maud::{Markup, html};

use crate::format::Money;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, card, empty, empty_state,
    encode, page_head, table,
};
use crate::view::{Period, ProgramRef};

/// How a forecast was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Final,
    Pace,
    Declared,
}

/// One period of a program.
#[derive(Debug, Clone)]
pub struct Row {
    pub program: ProgramRef,
    pub period: Period,
    /// Days passed, and all of them, while the period runs.
    pub days: Option<(i32, i32)>,
    pub basis: Basis,
    pub accrued: Money,
    pub forecast: Money,
    pub difference: Money,
    pub settled: Money,
    pub paid: Money,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.money.outlook.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let m = &words.money;
        let chips = [
            Chip::all(m.outlook_running, None),
            Chip::new("ended", m.outlook_ended, None, Tone::Plain),
            Chip::new("all", words.common.all, None, Tone::Plain),
        ];
        let page = html! {
            (page_head(&PageHead {
                title: m.outlook,
                badge: empty(),
                meta: html! { span { (m.outlook_help) } },
                actions: html! {
                    (button_link(
                        words.trace.accruals_file,
                        "/console/accruals.csv",
                        Look::Outline,
                        Some(Icon::Download),
                    ))
                    (button_link(
                        words.common.export,
                        &self.list.export("/console/outlook.csv"),
                        Look::Outline,
                        Some(Icon::Download),
                    ))
                },
            }))
            (card("tk-dense", html! {
                div.tk-toolbar {
                    (self.list.chips(words.common.filter, &chips))
                    (self.list.search_box(m.find_program))
                }
                @if self.rows.is_empty() && self.list.q.is_empty() {
                    (empty_state(Icon::Calendar, m.no_outlook, m.no_outlook_help, &empty()))
                } @else if self.rows.is_empty() {
                    (self.list.nothing_found(lang))
                } @else { (self.table(lang)) }
                (self.list.pages(lang))
            }))
        };
        frame::console(shell, Place::Outlook, &[], &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (m, t) = (&words.money, &words.terms);
        let columns = [
            Column::new(t.program, Kind::Name),
            Column::new(m.outlook_accrued, Kind::Figure),
            Column::new(t.forecast, Kind::Figure),
            Column::new(m.outlook_left, Kind::Figure),
            Column::new(m.outlook_settled, Kind::Figure).wide_only(),
            Column::new(t.paid, Kind::Figure),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        table(&Table::new(m.outlook, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let m = &lang.words().money;
        let href = format!("/console/programs/{}?tab=attainment", encode(&self.program.code));
        let days = self.days.map(|(passed, days)| {
            let places = [("n", &*passed.to_string()), ("all", &*days.to_string())];
            fill(m.outlook_days, &places)
        });
        let basis = match self.basis {
            Basis::Final => m.basis_final,
            Basis::Pace => m.basis_pace,
            Basis::Declared => m.basis_declared,
        };
        let figure = |money: &Money| html! { (money.text(lang)) };
        vec![
            two_lines(
                &html! { a href=(href) { (self.program.name) } },
                &html! {
                    (self.period.long(lang)) @if let Some(days) = &days { " · " (days) }
                },
            ),
            figure(&self.accrued),
            html! {
                @if self.basis == Basis::Final { (figure(&self.forecast)) }
                @else { (self.forecast.about(lang)) }
                small.tk-below { (basis) }
            },
            html! {
                @if self.basis == Basis::Final { (self.difference.signed(lang)) }
                @else { (self.difference.about_signed(lang)) }
            },
            figure(&self.settled),
            figure(&self.paid),
        ]
    }
}
