//! Console and portal: credit notes and demands, what waits for one, and one of them.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, card, danger, empty, empty_state,
    encode, facts, page_head, section, status, table,
};
use crate::view::PartnerRef;

/// Which way it settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Credit,
    Demand,
}

impl Way {
    fn label(self, words: &Words) -> &'static str {
        match self {
            Way::Credit => words.papers.note_credit,
            Way::Demand => words.papers.note_demand,
        }
    }
}

/// A note as lists show it.
#[derive(Debug, Clone)]
pub struct Row {
    pub number: String,
    pub way: Way,
    pub partner: PartnerRef,
    pub statement: String,
    pub issued: Date,
    pub due: Date,
    /// Without the sign: the kind says who gets it.
    pub total: Money,
    /// `issued`, `received`, `void`.
    pub state: &'static str,
}

impl Row {
    pub fn badge(&self, words: &Words) -> Markup {
        let p = &words.papers;
        match (self.way, self.state) {
            (_, "void") => status(p.state_void, Tone::Plain),
            (_, "received") => status(p.state_received, Tone::Good),
            (Way::Credit, _) => status(p.state_credited, Tone::Good),
            (Way::Demand, _) => status(p.state_claimed, Tone::Wait),
        }
    }

    /// The papers, in the languages of the product.
    fn papers(&self, base: &str) -> Markup {
        let href = |kind: &str| format!("{base}/{}/{kind}", self.number);
        html! {
            div.tk-acts {
                a href=(href("ja.pdf")) { "PDF 日本語" }
                a href=(href("en.pdf")) { "PDF English" }
                a href=(href("ja.xlsx")) { "XLSX 日本語" }
                a href=(href("en.xlsx")) { "XLSX English" }
            }
        }
    }
}

/// A statement that a note can settle.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub statement: String,
    pub way: Way,
    pub partner: PartnerRef,
    pub total: Money,
    /// Why there is none yet.
    pub fault: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub waiting: Vec<Waiting>,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.notes.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let may = access::may_post(shell.role(), "/console/notes");
        let is_ready = |one: &&Waiting| one.way == Way::Credit && one.fault.is_none();
        let ready = self.waiting.iter().filter(is_ready).count() as u64;
        let all = fill(p.issue_credits, &[("n", &format::count(ready))]);
        let issue =
            shell.form("/console/notes", "", &button(&all, Look::Primary, Some(Icon::Receipt)));
        let page = html! {
            (page_head(&PageHead {
                title: p.notes,
                badge: empty(),
                meta: html! { span { (p.notes_help) } },
                actions: html! { @if may && ready > 0 { (issue) } },
            }))
            @if !self.waiting.is_empty() {
                (section(p.notes_waiting, &html! { (self.waiting.len()) },
                    &waiting(shell, &self.waiting, may)))
            }
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Receipt, p.no_notes, p.no_notes_help, &empty())
            } else { rows(lang, &self.rows, Some("/console/notes")) }))
        };
        frame::console(shell, Place::Notes, &[], &page)
    }
}

fn waiting(shell: &Shell, waiting: &[Waiting], may: bool) -> Markup {
    let (lang, words) = (shell.lang, shell.words());
    let p = &words.papers;
    let columns = [
        Column::new(words.common.partner, Kind::Name),
        Column::new(p.statement, Kind::Text),
        Column::new(p.total, Kind::Figure),
        Column::new(words.common.actions, Kind::Text),
    ];
    let cells = waiting
        .iter()
        .map(|one| {
            let label = match one.way {
                Way::Credit => p.issue_credit,
                Way::Demand => p.issue_demand,
            };
            let form = || {
                shell.form(
                    "/console/notes",
                    "tk-inline-form",
                    &html! {
                        input type="hidden" name="statement" value=(one.statement);
                        @if one.way == Way::Demand {
                            input.mui-input type="date" name="due" aria-label=(p.demand_due)
                                title=(p.demand_due);
                        }
                        button.mui-btn.mui-btn--outline.mui-btn--row type="submit"
                            aria-label={ (label) ": " (one.statement) } { (p.issue_note) }
                    },
                )
            };
            vec![
                two_lines(
                    &html! {
                        a href={ "/console/partners/" (encode(&one.partner.code)) "/payee" } {
                            (one.partner.name)
                        }
                    },
                    &html! { span.tk-mono { (one.partner.code) } },
                ),
                two_lines(&html! { (one.statement) }, &html! { (one.way.label(words)) }),
                html! { (one.total.text(lang)) },
                html! {
                    @match &one.fault {
                        Some(fault) => span.tk-phrase { (fault) },
                        None if may => (form()),
                        None => {}
                    }
                },
            ]
        })
        .collect();
    table(&Table::new(p.notes_waiting, &columns, cells).cards())
}

/// Notes in a table; `console` is where each has a page.
fn rows(lang: Lang, rows: &[Row], console: Option<&str>) -> Markup {
    let words = lang.words();
    let p = &words.papers;
    let columns = [
        Column::new(p.number, Kind::Name),
        Column::new(p.format, Kind::Text),
        Column::new(p.statement, Kind::Text).wide_only(),
        Column::new(p.note_issued, Kind::Text).wide_only(),
        Column::new(p.due, Kind::Text).wide_only(),
        Column::new(p.total, Kind::Figure),
        Column::new(words.common.state, Kind::Text),
        Column::new(p.file, Kind::Text),
    ];
    let base = console.unwrap_or("/portal/notes");
    let cells = rows
        .iter()
        .map(|row| {
            let number = if let Some(base) = console {
                two_lines(
                    &html! { a href={ (base) "/" (row.number) } { (row.number) } },
                    &html! { (row.partner.name) },
                )
            } else {
                html! { (row.number) }
            };
            let due = (row.way == Way::Demand).then(|| format::day_column(row.due, lang));
            vec![
                number,
                html! { (row.way.label(words)) },
                html! { (row.statement) },
                html! { (format::day_column(row.issued, lang)) },
                html! { (due.unwrap_or_else(|| "–".into())) },
                html! { (row.total.text(lang)) },
                row.badge(words),
                row.papers(base),
            ]
        })
        .collect();
    table(&Table::new(p.notes, &columns, cells).cards())
}

/// A partner's own notes, below its statements.
pub fn own(lang: Lang, own: &[Row]) -> Markup {
    html! {
        @if !own.is_empty() {
            (section(lang.words().papers.notes, &empty(), &rows(lang, own, None)))
        }
    }
}

/// One note.
#[derive(Debug, Clone)]
pub struct NotePage {
    pub row: Row,
    pub by: (String, DateTime),
    pub received: Option<Date>,
    pub ended: Option<(String, DateTime)>,
    pub comment: Option<String>,
    pub today: Date,
}

impl View for NotePage {
    fn title(&self, _: &Words) -> String {
        self.row.number.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let row = &self.row;
        let said = |(who, when): &(String, DateTime)| {
            let when = format::moment(*when, lang);
            fill(p.done_by, &[("who", who), ("when", &when)])
        };
        let mut known = vec![
            (p.format, html! { (row.way.label(words)) }),
            (p.statement, html! { (row.statement) }),
            (p.total, html! { (row.total.text(lang)) }),
        ];
        if row.way == Way::Demand {
            known.push((p.due, html! { (format::day(row.due, lang)) }));
        }
        known.push((p.made, html! { (said(&self.by)) }));
        if let Some(day) = self.received {
            known.push((p.received_on, html! { (format::day(day, lang)) }));
        }
        if let Some(ended) = &self.ended {
            known.push((p.ended, html! { (said(ended)) }));
        }
        if let Some(comment) = &self.comment {
            known.push((words.money.reason, html! { (comment) }));
        }
        let page = html! {
            (page_head(&PageHead {
                title: &row.number,
                badge: row.badge(words),
                meta: html! {
                    a href={ "/console/partners/" (encode(&row.partner.code)) } {
                        (row.partner.name)
                    }
                },
                actions: empty(),
            }))
            div.tk-main-side {
                div.tk-column {
                    (section(row.way.label(words), &empty(), &facts(&known)))
                    (section(p.file, &empty(), &row.papers("/console/notes")))
                }
                div.tk-column { (self.acts(shell)) }
            }
        };
        let crumbs = [(row.number.clone(), String::new())];
        frame::console(shell, Place::Notes, &crumbs, &page)
    }
}

impl NotePage {
    fn acts(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let base = format!("/console/notes/{}", self.row.number);
        let may = access::may_post(shell.role(), "/console/notes");
        let today = self.today.to_string();
        html! {
            @if may && self.row.state == "issued" {
                @if self.row.way == Way::Demand {
                    (section(p.money_received, &empty(), &shell.form(
                        &format!("{base}/received"), "tk-form tk-form--tight", &html! {
                            (Field::new("day", p.received_on, &today).date())
                            (button(p.money_received, Look::Primary, Some(Icon::Check)))
                        })))
                }
                (section(p.void, &empty(), &html! {
                    p.tk-small.tk-muted { (p.note_void_help) }
                    (shell.form(&format!("{base}/void"), "tk-form tk-form--tight", &html! {
                        (Field::new("reason", words.money.reason, "").text())
                        (danger(p.void))
                    }))
                }))
            }
        }
    }
}
