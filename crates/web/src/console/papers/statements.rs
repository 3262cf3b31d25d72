//! Console and portal: statements and their papers.

use jiff::civil::Date;
use maud::{Markup, html};

use super::notes;
use crate::access;
use crate::format::{self, Money};
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place, PortalPlace};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, card, empty, empty_state, encode,
    notice, page_head, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub number: String,
    pub partner: PartnerRef,
    pub from: Date,
    pub to: Date,
    pub due: Date,
    pub tax: Money,
    pub total: Money,
    /// `issued`, `filed`, `paid`, `credited`, `claimed`, `received`, `void`.
    pub state: &'static str,
    /// That its partner agreed to it, in a sentence.
    pub agreed: Option<String>,
}

impl Row {
    fn badge(&self, words: &Words, is_partner: bool) -> Markup {
        let p = &words.papers;
        match self.state {
            "paid" => status(p.state_paid, Tone::Good),
            "void" => status(p.state_void, Tone::Plain),
            "credited" => status(p.state_credited, Tone::Good),
            "received" => status(p.state_received, Tone::Good),
            "claimed" => status(p.state_claimed, Tone::Wait),
            // What is on its way to the bank is the vendor's own business.
            "filed" if !is_partner => status(p.state_filed, Tone::Wait),
            _ => status(p.state_issued, Tone::Info),
        }
    }

    /// The papers, in the languages of the product.
    fn papers(&self, base: &str) -> Markup {
        let href = |kind: &str| format!("{base}/{}/{kind}", self.id);
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

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Approved payouts on no statement.
    pub open: u64,
    pub problem: Option<String>,
}

fn columns(words: &Words) -> Vec<Column<'_>> {
    let p = &words.papers;
    vec![
        Column::new(p.number, Kind::Name),
        Column::new(p.period, Kind::Text).wide_only(),
        Column::new(p.due, Kind::Text).wide_only(),
        Column::new(p.tax, Kind::Figure).wide_only(),
        Column::new(p.total, Kind::Figure),
        Column::new(words.common.state, Kind::Text),
        Column::new(p.file, Kind::Text),
    ]
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.statements.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let may = access::may_post(shell.role(), "/console/statements");
        let issue = shell.form(
            "/console/statements",
            "",
            &button(p.issue_statements, Look::Primary, Some(Icon::Receipt)),
        );
        let open = fill(p.statement_open, &[("n", &format::count(self.open))]);
        let rows = self
            .rows
            .iter()
            .map(|row| {
                let void = format!("/console/statements/{}/void", row.id);
                vec![
                    two_lines(
                        &html! { (row.number) },
                        &html! {
                            a href={ "/console/partners/" (encode(&row.partner.code)) } {
                                (row.partner.name)
                            }
                        },
                    ),
                    two_lines(
                        &html! { (format::day_column(row.from, lang)) },
                        &html! { (format::day_column(row.to, lang)) },
                    ),
                    html! { (format::day_column(row.due, lang)) },
                    html! { (row.tax.text(lang)) },
                    html! { (row.total.text(lang)) },
                    html! {
                        (row.badge(words, false))
                        @if let Some(agreed) = &row.agreed { small.tk-below { (agreed) } }
                        @if may && row.state == "issued" {
                            (shell.form(&void, "", &html! {
                                button.mui-btn.mui-btn--outline.mui-btn--row type="submit"
                                    aria-label={ (p.void) ": " (row.number) } { (p.void) }
                            }))
                        }
                    },
                    row.papers("/console/statements"),
                ]
            })
            .collect();
        let page = html! {
            (page_head(&PageHead {
                title: p.statements,
                badge: empty(),
                meta: html! { span { (p.statements_help) } },
                actions: html! { @if may && self.open > 0 { (issue) } },
            }))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            @if self.open > 0 {
                (notice(Tone::Wait, &html! { (open) " " (p.issue_help) }, &empty()))
            }
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Receipt, p.no_statements, p.no_statements_help, &empty())
            } else { table(&Table::new(p.statements, &columns(words), rows).cards()) }))
        };
        frame::console(shell, Place::Statements, &[], &page)
    }
}

/// A partner's own.
#[derive(Debug, Clone)]
pub struct OwnPage {
    pub rows: Vec<Row>,
    pub notes: Vec<notes::Row>,
}

impl View for OwnPage {
    fn title(&self, words: &Words) -> String {
        words.papers.statements.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let may = access::may_post(shell.role(), "/portal/statements/{id}/agree");
        let p = &words.papers;
        let rows = self
            .rows
            .iter()
            .map(|row| {
                let span = format!(
                    "{} – {}",
                    format::day_column(row.from, lang),
                    format::day_column(row.to, lang)
                );
                vec![
                    html! { (row.number) },
                    html! { (span) },
                    html! { (format::day_column(row.due, lang)) },
                    html! { (row.tax.text(lang)) },
                    html! { (row.total.text(lang)) },
                    html! {
                        (row.badge(words, true))
                        @match &row.agreed {
                            Some(agreed) => { small.tk-below { (agreed) } }
                            None if may => {
                                (shell.form(&format!("/portal/statements/{}/agree", row.id), "",
                                    &html! {
                                        button.mui-btn.mui-btn--outline.mui-btn--row type="submit"
                                            aria-label={ (words.settle.agree) ": " (row.number) } {
                                            (words.settle.agree)
                                        }
                                    }))
                            }
                            None => {}
                        }
                    },
                    row.papers("/portal/statements"),
                ]
            })
            .collect();
        let page = html! {
            (page_head(&PageHead {
                title: p.statements,
                badge: empty(),
                meta: html! { span { (p.statements_mine) } },
                actions: empty(),
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Receipt, p.no_statements, p.no_statements_help, &empty())
            } else { table(&Table::new(p.statements, &columns(words), rows).cards()) }))
            (notes::own(lang, &self.notes))
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}
