//! Console, reference data: rates, units, lists of codes, targets, prices and holidays of banks, a
//! table each.

use engine::catalog::ReferenceTable;
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, button_link, card, danger,
    empty, empty_state, encode, notice, page_head, section, table, tabs,
};

/// The name of a table in the reader's language.
pub fn table_label(table: ReferenceTable, words: &Words) -> &'static str {
    let d = &words.data;
    match table {
        ReferenceTable::ExchangeRates => d.ref_exchange_rates,
        ReferenceTable::UnitFactors => d.ref_unit_factors,
        ReferenceTable::Lists => d.ref_lists,
        ReferenceTable::Figures => d.ref_figures,
        ReferenceTable::Prices => d.ref_prices,
        ReferenceTable::BankHolidays => d.ref_holidays,
    }
}

fn table_help(table: ReferenceTable, words: &Words) -> &'static str {
    let d = &words.data;
    match table {
        ReferenceTable::ExchangeRates => d.ref_exchange_rates_help,
        ReferenceTable::UnitFactors => d.ref_unit_factors_help,
        ReferenceTable::Lists => d.ref_lists_help,
        ReferenceTable::Figures => d.ref_figures_help,
        ReferenceTable::Prices => d.ref_prices_help,
        ReferenceTable::BankHolidays => d.ref_holidays_help,
    }
}

/// What a cell holds.
#[derive(Debug, Clone)]
pub enum Cell {
    Text(String),
    Code(String),
    /// A partner's code, which leads to its page.
    Partner(String),
    Figure(String),
    Day(Date),
    /// For all of them.
    All(&'static str),
}

/// An entry: its cells in the order of the table's columns.
#[derive(Debug, Clone)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// `None`: from the beginning.
    pub from: Option<Date>,
    /// When and by whom, where that is known.
    pub changed: Option<(DateTime, String)>,
    /// The list or figure table, and the entry as the API writes it: what is sent to remove it.
    pub key: (String, String),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub table: ReferenceTable,
    pub list: List,
    /// Lists or figure tables, and how many entries each has.
    pub names: Vec<(String, u64)>,
    pub rows: Vec<Row>,
    /// What was pasted, if it could not be read; else the headings to begin with.
    pub pasted: String,
    pub problem: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", table_label(self.table, words), words.common.reference)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let d = &words.data;
        let may_edit = access::may_post(shell.role(), "/console/reference/{table}/paste");
        let word = self.table.word();
        let actions = html! {
            (button_link(
                words.common.export,
                &self.list.export(&format!("/console/reference/{word}/export.csv")),
                Look::Outline,
                Some(Icon::Download),
            ))
            @if may_edit {
                (button_link(
                    d.ref_upload,
                    &format!("/console/imports/new?kind={word}"),
                    Look::Primary,
                    Some(Icon::Upload),
                ))
            }
        };
        let all: Vec<(&str, String)> = ReferenceTable::ALL
            .into_iter()
            .map(|one| (table_label(one, words), format!("/console/reference/{}", one.word())))
            .collect();
        let current = ReferenceTable::ALL.iter().position(|one| *one == self.table);
        let page = html! {
            (page_head(&PageHead {
                title: table_label(self.table, words),
                badge: empty(),
                meta: html! { span { (table_help(self.table, words)) } },
                actions,
            }))
            (tabs(words.common.reference, &all, current.unwrap_or_default()))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            (card("tk-dense", self.entries(shell, may_edit)))
            @if may_edit { (self.paste(shell)) (self.empty_list(shell)) }
        };
        let crumbs = [(table_label(self.table, words).to_string(), String::new())];
        frame::console(shell, Place::Reference, &crumbs, &page)
    }
}

impl Page {
    fn entries(&self, shell: &Shell, may_edit: bool) -> Markup {
        let (lang, d) = (shell.lang, &shell.words().data);
        if self.rows.is_empty() && !self.list.is_narrowed() {
            return empty_state(Icon::Receipt, d.ref_empty, d.ref_empty_help, &empty());
        }
        let mut columns = columns(self.table, lang);
        columns.push(Column::new(d.ref_changed, Kind::Text).wide_only());
        if may_edit {
            columns.push(Column::new("", Kind::Text));
        }
        let rows = self.rows.iter().map(|row| self.cells(row, shell, may_edit)).collect();
        html! {
            div.tk-toolbar { (self.list.search_box(d.ref_find)) }
            @if self.names.len() > 1 {
                (self.list.chips(shell.words().common.filter, &self.chips(shell.words())))
            }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else {
                (table(&Table::new(table_label(self.table, shell.words()), &columns, rows).cards()))
            }
            (self.list.pages(lang))
        }
    }

    fn chips<'a>(&'a self, words: &'a Words) -> Vec<Chip<'a>> {
        let rows = self.names.iter().map(|(_, rows)| rows).sum();
        let mut chips = vec![Chip::all(words.common.all, Some(rows))];
        let names = self.names.iter().take(CHIPS_MAX);
        chips.extend(names.map(|(name, rows)| Chip::new(name, name, Some(*rows), Tone::Plain)));
        chips
    }

    fn cells(&self, row: &Row, shell: &Shell, may_edit: bool) -> Vec<Markup> {
        let (lang, d) = (shell.lang, &shell.words().data);
        let mut cells: Vec<Markup> = row.cells.iter().map(|cell| draw_cell(cell, lang)).collect();
        if has_from(self.table) {
            cells.push(row.from.map_or_else(
                || html! { span.tk-muted { (d.ref_beginning) } },
                |day| html! { (format::day_column(day, lang)) },
            ));
        }
        cells.push(match &row.changed {
            Some((at, by)) => {
                let at = format::moment_column(*at, lang);
                two_lines(&html! { (at) }, &html! { (by) })
            }
            None => crate::ui::nothing(),
        });
        if may_edit {
            let action = format!("/console/reference/{}/remove", self.table.word());
            cells.push(shell.form(
                &action,
                "tk-inline",
                &html! {
                    input type="hidden" name="name" value=(row.key.0);
                    input type="hidden" name="entry" value=(row.key.1);
                    button.mui-btn.mui-btn--sm.mui-btn--ghost type="submit" { (d.ref_remove) }
                },
            ));
        }
        cells
    }

    /// For the list that is shown alone.
    fn empty_list(&self, shell: &Shell) -> Markup {
        let d = &shell.words().data;
        let Some(name) = self.list.filter.as_ref() else { return empty() };
        if self.table != ReferenceTable::Lists || self.rows.is_empty() {
            return empty();
        }
        section(
            d.list_empty,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (d.list_empty_help) }
                (shell.form("/console/reference/lists/empty", "tk-form tk-form--tight", &html! {
                    input type="hidden" name="list" value=(name);
                    (danger(d.list_empty))
                }))
            },
        )
    }

    fn paste(&self, shell: &Shell) -> Markup {
        let d = &shell.words().data;
        let action = format!("/console/reference/{}/paste", self.table.word());
        section(
            d.ref_paste,
            &empty(),
            &shell.form(
                &action,
                "tk-form",
                &html! {
                    (Field::new("rows", d.rows_pasted, &self.pasted).hint(d.ref_paste_help).lines(6))
                    div.tk-form__send { (button(d.ref_paste_send, Look::Primary, None)) }
                },
            ),
        )
    }
}

/// More lists than these are found by searching.
const CHIPS_MAX: usize = 30;

fn draw_cell(cell: &Cell, lang: Lang) -> Markup {
    match cell {
        Cell::Day(day) => html! { span.tk-nowrap { (format::day_column(*day, lang)) } },
        Cell::Text(text) | Cell::Figure(text) => html! { (text) },
        Cell::Code(text) => html! { span.tk-mono { (text) } },
        Cell::Partner(code) => {
            html! { a.tk-mono href={ "/console/partners/" (encode(code)) } { (code) } }
        }
        Cell::All(text) => html! { span.tk-muted { (text) } },
    }
}

/// Whether entries hold from a day on.
fn has_from(table: ReferenceTable) -> bool {
    !matches!(table, ReferenceTable::Lists | ReferenceTable::BankHolidays)
}

fn columns(table: ReferenceTable, lang: Lang) -> Vec<Column<'static>> {
    let d = &lang.words().data;
    let from = Column::new(d.ref_from, Kind::Text);
    let text = |label| Column::new(label, Kind::Text);
    let figure = |label| Column::new(label, Kind::Figure);
    let name = |label| Column::new(label, Kind::Name);
    match table {
        ReferenceTable::ExchangeRates => {
            vec![name(d.ref_of_currency), text(d.ref_in_currency), figure(d.ref_rate), from]
        }
        ReferenceTable::UnitFactors => vec![
            name(d.field_product),
            text(d.field_unit),
            figure(d.ref_holds),
            text(d.ref_of_unit),
            from,
        ],
        ReferenceTable::Lists => vec![name(d.ref_list), text(d.field_code)],
        ReferenceTable::Figures => vec![
            name(d.ref_table),
            text(d.field_partner),
            text(d.ref_period),
            text(d.ref_group),
            figure(d.ref_value),
            from,
        ],
        ReferenceTable::Prices => vec![
            name(d.ref_price_list),
            text(d.field_product),
            figure(d.ref_price),
            text(d.field_currency),
            from,
        ],
        ReferenceTable::BankHolidays => {
            vec![name(d.ref_day), text(d.field_country), text(d.ref_name_en), text(d.ref_name_ja)]
        }
    }
}
