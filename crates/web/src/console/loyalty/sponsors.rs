//! Console, sponsors: packs with what is left, who waits, and what is owed by month.

use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, empty, empty_state,
    encode, facts, notice, page_head, section, status, table,
};
use jiff::civil::Date;

const SPONSORS: &str = "/console/loyalty/sponsors";

fn href(code: &str) -> String {
    format!("{SPONSORS}/{}", encode(code))
}

/// A sponsor in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub is_prepaid: bool,
    pub used: String,
    /// What is left in the pack.
    pub pack: Option<String>,
    /// What credits that wait ask of it.
    pub waiting: Option<String>,
    pub owed: Option<String>,
    pub alerts: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.sponsors.sponsors.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().sponsors;
        let columns = [
            Column::new(w.sponsor, Kind::Name),
            Column::new(w.used, Kind::Figure),
            Column::new(w.pack, Kind::Figure),
            Column::new(w.waiting, Kind::Figure),
            Column::new(w.owed, Kind::Figure),
        ];
        let none = || html! { span.tk-muted { "–" } };
        let some = |text: &Option<String>| text.as_ref().map_or_else(none, |it| html! { (it) });
        let cells = |row: &Row| {
            vec![
                two_lines(
                    &html! { a href=(href(&row.code)) { (row.name) } },
                    &html! {
                        span.tk-mono { (row.code) } " · "
                        (if row.is_prepaid { w.prepaid } else { w.postpaid })
                    },
                ),
                html! { (row.used) },
                html! {
                    (some(&row.pack))
                    @if row.alerts { div { (status(w.alerts, Tone::Bad)) } }
                },
                some(&row.waiting),
                some(&row.owed),
            ]
        };
        let page = html! {
            (page_head(&PageHead {
                title: w.sponsors,
                badge: empty(),
                meta: html! { span { (w.sponsors_help) } },
                actions: empty(),
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Users, w.no_sponsors, w.no_sponsors_help, &empty())
            } else {
                let rows = self.rows.iter().map(cells).collect();
                table(&Table::new(w.sponsors, &columns, rows).cards())
            }))
        };
        frame::console(shell, Place::Sponsors, &[], &page)
    }
}

/// A credit that waits for a pack.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub credit: String,
    pub partner: String,
    pub amount: String,
}

/// What a month brought.
#[derive(Debug, Clone)]
pub struct Month {
    pub month: Date,
    pub bought: String,
    pub used: String,
    pub owed: String,
}

/// One sponsor.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub row: Row,
    pub description: String,
    pub bought: String,
    pub paid: String,
    pub factor: String,
    pub alert: Option<String>,
    pub queue: Vec<Waiting>,
    pub months: Vec<Month>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.row.name, words.sponsors.sponsors)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().sponsors);
        let row = &self.row;
        let mut told = vec![(w.used, html! { (row.used) })];
        if row.is_prepaid {
            told.push((w.bought, html! { (self.bought) }));
            told.push((w.paid, html! { (self.paid) }));
        }
        told.extend(row.pack.iter().map(|it| (w.pack, html! { (it) })));
        told.extend(row.waiting.iter().map(|it| (w.waiting, html! { (it) })));
        told.extend(row.owed.iter().map(|it| (w.owed, html! { (it) })));
        told.push((w.factor, html! { (self.factor) }));
        told.extend(self.alert.iter().map(|it| (w.alert, html! { (it) })));
        let csv = format!("{}/statement.csv", href(&row.code));
        let pdf = format!("{}/statement.pdf", href(&row.code));
        let page = html! {
            (page_head(&PageHead {
                title: &row.name,
                badge: if row.alerts { status(w.alerts, Tone::Bad) } else { empty() },
                meta: html! {
                    span.tk-mono { (row.code) }
                    span { (if row.is_prepaid { w.prepaid } else { w.postpaid }) }
                },
                actions: html! {
                    (button_link(w.paper, &pdf, Look::Outline, Some(Icon::File)))
                    (button_link(
                        shell.words().common.export, &csv, Look::Outline, Some(Icon::Download),
                    ))
                },
            }))
            @if row.alerts { (notice(Tone::Bad, &html! { (w.alerts_help) }, &empty())) }
            (card("", html! {
                @if !self.description.is_empty() { p.tk-phrase { (self.description) } }
                (facts(&told))
            }))
            @if row.is_prepaid && access::may_post(shell.role(), "/console/loyalty/sponsors/{code}") {
                (section(w.top_up, &empty(), &shell.form(
                    &href(&row.code),
                    "tk-form tk-form--tight",
                    &html! {
                        (Field::new("amount", w.amount, "").hint(w.top_up_help).text())
                        div { (button(w.top_up, Look::Primary, None)) }
                    },
                )))
            }
            @if !self.queue.is_empty() { (section(w.queue, &empty(), &self.queue(lang))) }
            (section(w.statement, &html! { (w.statement_help) }, &self.months(lang)))
        };
        frame::console(shell, Place::Sponsors, &[(row.name.clone(), href(&row.code))], &page)
    }
}

impl OnePage {
    fn queue(&self, lang: Lang) -> Markup {
        let w = &lang.words().sponsors;
        let columns = [
            Column::new(w.credit, Kind::Name),
            Column::new(w.partner, Kind::Text),
            Column::new(w.amount, Kind::Figure),
        ];
        let cells = |of: &Waiting| {
            let partner = format!("/console/partners/{}/loyalty", encode(&of.partner));
            vec![
                html! { span.tk-mono { (of.credit) } },
                html! { a href=(partner) { (of.partner) } },
                html! { (of.amount) },
            ]
        };
        table(&Table::new(w.queue, &columns, self.queue.iter().map(cells).collect()).cards())
    }

    fn months(&self, lang: Lang) -> Markup {
        let w = &lang.words().sponsors;
        if self.months.is_empty() {
            return html! { p.tk-small.tk-muted { (w.nothing_yet) } };
        }
        let columns = [
            Column::new(w.month, Kind::Name),
            Column::new(w.bought, Kind::Figure),
            Column::new(w.used, Kind::Figure),
            Column::new(w.owed, Kind::Figure),
        ];
        let cells = |of: &Month| {
            vec![
                html! { (of.month.strftime("%Y-%m")) },
                html! { (of.bought) },
                html! { (of.used) },
                html! { (of.owed) },
            ]
        };
        table(&Table::new(w.statement, &columns, self.months.iter().map(cells).collect()).cards())
    }
}
