//! Console, settlement periods: what may be closed now, what is open, what was closed.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, Tone, card, door, empty, empty_state, page_head,
    states, table,
};
use crate::view::{Period, PeriodState, ProgramRef};

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub program: ProgramRef,
    pub period: Period,
    pub state: PeriodState,
    pub may_close_from: Date,
    pub partners: u64,
    /// What it pays, or would pay as things are; by currency, the program's own first.
    pub amounts: Vec<Money>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub due: u64,
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.period_close.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let m = &words.money;
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Calendar, m.no_periods, m.no_periods_help, &empty())
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.period_close,
                badge: empty(),
                meta: html! { span { (fill(m.n_due, &[("n", &format::count(self.due))])) } },
                actions: empty(),
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Periods, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, m, t) = (&words.common, &words.money, &words.terms);
        let chips = [
            Chip::all(c.all, None),
            Chip::new("due", c.state_due, Some(self.due), Tone::Wait),
            Chip::new("open", c.state_open, None, Tone::Plain),
            Chip::new("closed", c.state_closed, None, Tone::Plain),
        ];
        let columns = [
            Column::new(t.program, Kind::Name).by("program"),
            Column::new(c.state, Kind::Text),
            Column::new(m.closes_from, Kind::Figure).by("closes"),
            Column::new(c.partners, Kind::Figure).wide_only(),
            Column::new(m.to_pay, Kind::Figure).by("amount"),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        html! {
            (self.list.chips(c.filter, &chips))
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else {
                (table(&Table::new(c.period_close, &columns, rows).cards().sorted(&self.list)))
            }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let href = format!("/console/periods/{}", self.id);
        vec![
            two_lines(
                &html! { a href=(href) { (self.program.name) } },
                &html! { (self.period.long(lang)) },
            ),
            states::period(lang.words(), self.state),
            html! { (format::day_column(self.may_close_from, lang)) },
            html! { (format::count(self.partners)) },
            door(&href, &html! { (format::each(&self.amounts, lang)) }),
        ]
    }
}
