//! Console, points by hand that wait for a second person, and what became of the others.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, card, danger, empty, empty_state,
    encode, page_head, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub partner: PartnerRef,
    /// The amount with its unit, and less where points are taken.
    pub amount: String,
    pub is_credit: bool,
    pub reason: Option<String>,
    pub asked_by: String,
    pub asked_at: DateTime,
    pub state: State,
}

#[derive(Debug, Clone)]
pub enum State {
    /// What the reader may do about it.
    Waiting {
        may_approve: bool,
        may_reject: bool,
    },
    Decided {
        approved: bool,
        by: String,
        at: DateTime,
        comment: Option<String>,
    },
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.proposals.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().proposals;
        let page = html! {
            (page_head(&PageHead {
                title: w.title,
                badge: empty(),
                meta: html! { span { (w.help) } },
                actions: empty(),
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Check, w.none, w.none_help, &empty())
            } else { self.rows(shell) }))
        };
        frame::console(shell, Place::Proposals, &[], &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell) -> Markup {
        let w = &shell.words().proposals;
        let columns = [
            Column::new(w.partner, Kind::Name),
            Column::new(w.points, Kind::Text).roomy(),
            Column::new(w.asked, Kind::Text),
            Column::new(w.state, Kind::Text).roomy(),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                let href = format!("/console/partners/{}/loyalty", encode(&row.partner.code));
                let what = if row.is_credit { w.gives } else { w.takes };
                vec![
                    two_lines(
                        &html! { a href=(href) { (row.partner.name) } },
                        &html! { span.tk-mono { (row.partner.code) } },
                    ),
                    two_lines(
                        &html! { (fill(what, &[("amount", &row.amount)])) },
                        &html! { @if let Some(reason) = &row.reason { (reason) } },
                    ),
                    two_lines(
                        &html! { (row.asked_by) },
                        &html! { (format::moment(row.asked_at, shell.lang)) },
                    ),
                    state(shell, row),
                ]
            })
            .collect();
        table(&Table::new(w.title, &columns, rows).cards())
    }
}

/// What became of it, or what the reader may do about it.
fn state(shell: &Shell, row: &Row) -> Markup {
    let w = &shell.words().proposals;
    match &row.state {
        State::Waiting { may_approve, may_reject } => {
            let path = |act: &str| format!("/console/loyalty/proposals/{}/{act}", row.id);
            html! {
                (status(w.waiting, Tone::Wait))
                @if *may_approve || *may_reject {
                    div.tk-decide {
                        @if *may_approve {
                            (shell.form(&path("approve"), "", &button(w.approve, Look::Primary, None)))
                        }
                        @if *may_reject {
                            (shell.form(&path("reject"), "", &danger(w.reject)))
                        }
                    }
                } @else { p.tk-small.tk-muted { (w.waits_for_other) } }
            }
        }
        State::Decided { approved, by, at, comment } => {
            let badge = if *approved {
                status(w.approved, Tone::Good)
            } else {
                status(w.rejected, Tone::Bad)
            };
            html! {
                (badge)
                p.tk-small.tk-muted {
                    (by) " · " (format::moment(*at, shell.lang))
                    @if let Some(comment) = comment { " · " (comment) }
                }
            }
        }
    }
}
