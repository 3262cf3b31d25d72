//! Console, lines that wait: which, whose, what is missing, and where that is entered.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::{one_line, two_lines};
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, button_link, card, empty,
    empty_state, encode, nothing, page_head, table,
};
use crate::view::{PartnerRef, ProgramRef};

/// The reasons a line can wait for, in the order of the filter.
pub const REASONS: [&str; 4] = ["no_rate", "no_factor", "no_price", "no_value"];

/// A line that waits.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: String,
    pub on: Option<Date>,
    pub partner: Option<PartnerRef>,
    pub product: Option<String>,
    /// As its source said them, with currency and unit.
    pub amount: Option<String>,
    pub quantity: Option<String>,
    /// Programs in which it waits.
    pub programs: Vec<ProgramRef>,
    /// What is missing, in a sentence.
    pub missing: String,
    /// The word on the link to where that is entered, and where it leads.
    pub mend: Option<(&'static str, String)>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    /// How many lines wait for each of [`REASONS`].
    pub reasons: [u64; 4],
    /// Programs to choose from, by code and name.
    pub programs: Vec<(String, String)>,
    pub program: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.trace.waiting.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let (c, w) = (&words.common, &words.trace);
        let page = html! {
            (page_head(&PageHead {
                title: w.waiting,
                badge: empty(),
                meta: html! {
                    span { (w.waiting_help) }
                    b { (format::count(self.list.rows)) }
                },
                actions: html! {
                    (button_link(
                        c.export,
                        &self.list.export("/console/waiting.csv"),
                        Look::Outline,
                        Some(Icon::Download),
                    ))
                    (button_link(
                        words.studio.export_xlsx,
                        &self.list.export("/console/waiting.xlsx"),
                        Look::Outline,
                        Some(Icon::Download),
                    ))
                },
            }))
            (card("tk-dense", html! {
                (self.filter(lang))
                @if !self.rows.is_empty() { (self.table(lang)) }
                @else if self.list.is_narrowed() || !self.program.is_empty() {
                    (self.list.nothing_found(lang))
                } @else { (empty_state(Icon::Check, w.no_waiting, w.no_waiting_help, &empty())) }
                (self.list.pages(lang))
            }))
        };
        frame::console(shell, Place::Waiting, &[], &page)
    }
}

impl Page {
    fn filter(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let w = &words.trace;
        let labels = [w.reason_no_rate, w.reason_no_factor, w.reason_no_price, w.reason_no_value];
        let mut chips = vec![Chip::all(w.all_reasons, Some(self.reasons.iter().sum()))];
        for ((reason, label), n) in REASONS.into_iter().zip(labels).zip(self.reasons) {
            if n > 0 || self.list.filter.as_deref() == Some(reason) {
                chips.push(Chip::new(reason, label, Some(n), Tone::Wait));
            }
        }
        html! {
            div.tk-toolbar { (self.list.chips(words.common.filter, &chips)) }
            form.tk-inline-form.tk-narrow action=(self.list.path) {
                input.mui-input type="search" name="q" value=(self.list.q)
                    placeholder=(w.find_line) aria-label=(w.find_line);
                select.mui-input name="program" aria-label=(words.terms.program) {
                    option value="" { (w.all_programs) }
                    @for (code, name) in &self.programs {
                        option value=(code) selected[*code == self.program] { (name) }
                    }
                }
                @if let Some(filter) = &self.list.filter {
                    input type="hidden" name="filter" value=(filter);
                }
                (button(w.show, Look::Outline, None))
            }
        }
    }

    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, w) = (&words.common, &words.trace);
        let columns = [
            Column::new(w.line, Kind::Name),
            Column::new(c.partner, Kind::Text),
            Column::new(w.what, Kind::Figure),
            Column::new(words.terms.program, Kind::Text).roomy(),
            Column::new(w.missing, Kind::Text).roomy(),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        table(&Table::new(w.waiting, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let below: Vec<String> = self
            .on
            .map(|day| format::day(day, lang))
            .into_iter()
            .chain(self.product.clone())
            .collect();
        vec![
            two_lines(&html! { (self.key) }, &html! { (below.join(" · ")) }),
            match &self.partner {
                Some(partner) => {
                    let href = format!("/console/partners/{}", encode(&partner.code));
                    one_line(lang, &partner.name, &href)
                }
                None => nothing(),
            },
            numbers(self.amount.as_deref(), self.quantity.as_deref()),
            html! {
                @for (nth, program) in self.programs.iter().enumerate() {
                    @if nth > 0 { ", " }
                    a href={ "/console/programs/" (encode(&program.code)) } { (program.name) }
                }
            },
            html! {
                span.tk-waits {
                    (self.missing)
                    @if let Some((label, href)) = &self.mend { " " a href=(href) { (label) } }
                }
            },
        ]
    }
}

/// An amount with the quantity under it.
pub fn numbers(amount: Option<&str>, quantity: Option<&str>) -> Markup {
    match (amount, quantity) {
        (Some(amount), Some(quantity)) => {
            html! { (amount) small.tk-below { (quantity) } }
        }
        (Some(one), None) | (None, Some(one)) => html! { (one) },
        (None, None) => nothing(),
    }
}
