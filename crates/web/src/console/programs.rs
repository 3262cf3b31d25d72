//! Console, all programs.

use jiff::civil::Date;
use maud::{Markup, html};

use super::program::every;
use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, card, empty, empty_state,
    encode, nothing, page_head, states, table,
};
use crate::view::{Every, ProgramState};

#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub state: ProgramState,
    pub version: u32,
    pub starts: Date,
    /// The first day after it, if it ends.
    pub ends: Option<Date>,
    pub every: Every,
    pub partners: u64,
    pub near: u64,
    /// Accrued in its running period, by currency, its own first.
    pub accrued: Option<Vec<Money>>,
}

#[derive(Debug, Clone)]
pub struct Page {
    /// Drafts that were handed in: what they are called, and where it is decided.
    pub waiting: Vec<(String, String)>,
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.programs.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let k = &words.console;
        let may_write = access::may_open_as(shell.role(), "/console/programs/new");
        let new = html! {
            @if may_write {
                (button_link(
                    k.new_program,
                    "/console/programs/new",
                    Look::Primary,
                    Some(Icon::Plus),
                ))
                (button_link(
                    words.studio.form_title,
                    "/console/programs/form",
                    Look::Outline,
                    None,
                ))
            }
        };
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Target, k.no_programs, k.no_programs_help, &new)
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.programs,
                badge: empty(),
                meta: html! { span { (k.programs_help) } },
                actions: new,
            }))
            @for (label, href) in &self.waiting {
                (crate::ui::notice(
                    Tone::Wait,
                    &html! { (label) " – " (words.studio.review_submitted) },
                    &button_link(words.studio.activation, href, Look::Outline, None),
                ))
            }
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Programs, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, t) = (&words.common, &words.terms);
        let chips = [
            Chip::all(c.all, None),
            Chip::new("running", c.state_running, None, Tone::Plain),
            Chip::new("planned", c.state_planned, None, Tone::Plain),
            Chip::new("ended", c.state_ended, None, Tone::Plain),
        ];
        html! {
            div.tk-toolbar {
                (self.list.chips(c.filter, &chips))
                (self.list.search_box(words.console.find_program))
            }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else {
                (table(
                    &Table::new(
                        c.programs,
                        &[
                            Column::new(t.program, Kind::Name).by("name"),
                            Column::new(c.state, Kind::Text).by("state"),
                            Column::new(t.period, Kind::Text).wide_only(),
                            Column::new(t.runs, Kind::Text).by("starts").wide_only(),
                            Column::new(c.partners, Kind::Figure).by("partners"),
                            Column::new(t.near, Kind::Figure).by("near").wide_only(),
                            Column::new(t.accrued, Kind::Figure).by("accrued"),
                        ],
                        self.rows.iter().map(|row| row.cells(lang)).collect(),
                    )
                    .cards()
                    .sorted(&self.list),
                ))
            }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    /// A figure of the period that runs, where one does.
    fn running(&self, n: u64) -> Markup {
        if self.accrued.is_some() {
            html! { (format::count(n)) }
        } else {
            nothing()
        }
    }

    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let words = lang.words();
        let href = format!("/console/programs/{}", encode(&self.code));
        let last = self.ends.map(|ends| ends.yesterday().unwrap_or(ends));
        vec![
            two_lines(
                &html! { a href=(href) { (self.name) } },
                &html! { span.tk-mono { (self.code) } },
            ),
            states::program(words, self.state),
            html! { (every(words, self.every)) },
            html! {
                (format::day_column(self.starts, lang)) " – "
                @if let Some(last) = last { (format::day_column(last, lang)) }
            },
            self.running(self.partners),
            self.running(self.near),
            match &self.accrued {
                Some(amounts) => html! {
                    span data-live={ "accrued:" (self.code) } { (format::each(amounts, lang)) }
                },
                None => nothing(),
            },
        ]
    }
}
