//! Portal, records: what was paid and why, and the reports I sent.

use maud::{Markup, html};

use crate::dispute::State as Stage;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::owing::Owing;
use crate::progress;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, door, empty, empty_state,
    notice, page_head, section, states, status, table,
};
use crate::view::PayoutState;

/// A payout to the reader.
#[derive(Debug, Clone)]
pub struct Payout {
    pub id: String,
    pub owing: Owing,
    pub amount: Money,
    pub state: PayoutState,
    /// The reader has signed it off.
    pub is_agreed: bool,
    pub paid_on: Option<jiff::civil::Date>,
}

/// Something the reader said is wrong.
#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: String,
    /// Program, period and what it is about.
    pub about: String,
    pub reason: String,
    pub state: Stage,
    pub due: jiff::civil::Date,
    /// When the vendor accepted or rejected it.
    pub decided_on: Option<jiff::civil::Date>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub payouts: Vec<Payout>,
    pub list: List,
    pub disputes: Vec<Dispute>,
    pub uploads: Vec<progress::Upload>,
    /// Lines of the reader that are not counted yet.
    pub waiting: u64,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.portal.records.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let report = button_link(
            words.portal.report_sales,
            "/portal/uploads/new",
            Look::Primary,
            Some(Icon::Upload),
        );
        let page = html! {
            (page_head(&PageHead {
                title: words.portal.records,
                badge: empty(),
                meta: html! { span { (words.portal.records_help) } },
                actions: report,
            }))
            @if self.waiting > 0 {
                @let w = &words.trace;
                @let text = fill(w.own_waiting_some, &[("n", &format::count(self.waiting))]);
                (notice(
                    Tone::Wait,
                    &html! { (text) },
                    &html! { a href="/portal/waiting" { (w.show) } },
                ))
            }
            (self.payouts(lang))
            @if !self.disputes.is_empty() { (disputes(lang, &self.disputes)) }
            (self.uploads(lang))
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}

impl Page {
    fn payouts(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (t, p) = (&words.terms, &words.portal);
        let columns = [
            Column::new(t.period, Kind::Name),
            Column::new(t.program, Kind::Text).roomy(),
            Column::new(t.payout, Kind::Figure),
            Column::new(words.common.state, Kind::Text),
            Column::new(t.paid_on, Kind::Figure),
        ];
        let rows = self
            .payouts
            .iter()
            .map(|payout| {
                let folder = if payout.owing.reward().is_some() { "payouts" } else { "explain" };
                let href = format!("/portal/{folder}/{}", payout.id);
                vec![
                    html! {
                        a href={ "/portal/payouts/" (payout.id) } { (payout.owing.when(lang)) }
                    },
                    html! { (payout.owing.name(lang)) },
                    door(&href, &html! { (payout.amount.text(lang)) }),
                    html! {
                        (states::payout(words, payout.state))
                        @if payout.is_agreed {
                            " " (status(words.settle.agreed_short, Tone::Good))
                        }
                    },
                    match payout.paid_on {
                        Some(day) => html! { (format::day_column(day, lang)) },
                        None => crate::ui::nothing(),
                    },
                ]
            })
            .collect();
        let content = if self.payouts.is_empty() {
            empty_state(Icon::Receipt, p.no_payouts, p.no_payouts_help, &empty())
        } else {
            html! {
                (table(&Table::new(p.statements, &columns, rows).cards()))
                (self.list.pages(lang))
            }
        };
        let papers = html! { a href="/portal/statements" { (words.papers.statements) } };
        section(p.statements, &papers, &content)
    }

    fn uploads(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let p = &words.portal;
        let content = if self.uploads.is_empty() {
            let action = button_link(p.report_sales, "/portal/uploads/new", Look::Outline, None);
            empty_state(Icon::Upload, p.no_uploads, p.no_uploads_help, &action)
        } else {
            progress::uploads(lang, p.reports, "/portal/uploads", &self.uploads)
        };
        section(p.reports, &empty(), &content)
    }
}

/// Disputes and where each stands.
pub fn disputes(lang: Lang, disputes: &[Dispute]) -> Markup {
    let words = lang.words();
    let s = &words.settle;
    section(
        s.your_disputes,
        &empty(),
        &html! {
            ul.tk-rows {
                @for one in disputes {
                    li {
                        div.tk-rows__text {
                            a href={ "/portal/disputes/" (one.id) } { (one.about) }
                            small {
                                (one.reason)
                                @if one.state == Stage::Open {
                                    " · "
                                    (fill(s.answer_due, &[("day", &format::day(one.due, lang))]))
                                }
                            }
                        }
                        (one.state.label(words))
                    }
                }
            }
        },
    )
}
