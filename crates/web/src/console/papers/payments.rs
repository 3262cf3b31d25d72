//! Console, payment files: what can be paid, the files made, and one of them.

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
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, danger, empty,
    empty_state, encode, facts, notice, page_head, section, status, table,
};
use crate::view::PartnerRef;

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Filed,
    Paid,
    Withdrawn,
}

impl State {
    fn badge(self, words: &Words) -> Markup {
        let p = &words.papers;
        match self {
            State::Filed => status(p.state_filed, Tone::Wait),
            State::Paid => status(p.state_paid, Tone::Good),
            State::Withdrawn => status(p.state_withdrawn, Tone::Plain),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub number: String,
    pub format: &'static str,
    pub account: String,
    pub day: Date,
    pub payments: u64,
    pub total: Money,
    pub state: State,
    pub created: (String, DateTime),
}

/// Somebody who can be paid, or why not.
#[derive(Debug, Clone)]
pub struct Due {
    pub partner: PartnerRef,
    pub amount: Money,
    /// The account's end, or what is wrong.
    pub detail: String,
}

/// A transfer of a file.
#[derive(Debug, Clone)]
pub struct Transfer {
    pub position: i64,
    pub due: Due,
    /// That the bank sent it back, in a sentence.
    pub returned: Option<String>,
}

/// What a file would hold.
#[derive(Debug, Clone)]
pub struct Found {
    /// When the bank pays, and what there is to say about that.
    pub day: Date,
    pub notes: Vec<String>,
    pub ready: Vec<Due>,
    pub exceptions: Vec<Due>,
    pub unstated: u64,
    /// Statements that are settled by credit note instead.
    pub noted: u64,
    pub total: Money,
    /// The total as it travels back.
    pub said: String,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub account: String,
    pub until: String,
    pub day: String,
    pub problem: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Accounts by code and what they are called.
    pub accounts: Vec<(String, String)>,
    pub draft: Draft,
    pub found: Option<Found>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.payments.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let p = &words.papers;
        let may = access::may_post(shell.role(), "/console/payments");
        let page = html! {
            (page_head(&PageHead {
                title: p.payments,
                badge: empty(),
                meta: html! { span { (p.payments_help) } },
                actions: html! {
                    (button_link(p.payees, "/console/payees", Look::Outline, Some(Icon::Users)))
                    @if may {
                        (button_link(p.company, "/console/company", Look::Outline, Some(Icon::Settings)))
                    }
                },
            }))
            @if let Some(problem) = &self.draft.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            div.tk-chart-side.tk-close {
                div.tk-column {
                    @if let Some(found) = &self.found { (found.draw(shell, &self.draft)) }
                    (card("tk-dense", if self.rows.is_empty() {
                        empty_state(Icon::Wallet, p.no_runs, p.no_runs_help, &empty())
                    } else { rows(shell.lang, &self.rows) }))
                }
                @if may { (self.form(shell)) }
            }
        };
        frame::console(shell, Place::Payments, &[], &page)
    }
}

impl Page {
    fn form(&self, shell: &Shell) -> Markup {
        let p = &shell.words().papers;
        if self.accounts.is_empty() {
            let add = button_link(p.company, "/console/company", Look::Primary, None);
            return card("", empty_state(Icon::Wallet, p.no_accounts, p.no_own_accounts, &add));
        }
        let fields = html! {
            (Field::new("account", p.account, &self.draft.account).select(&self.accounts))
            (Field::new("until", p.until, &self.draft.until).date())
            (Field::new("day", p.execution_day, &self.draft.day).date())
            (button(p.look, Look::Primary, Some(Icon::Search)))
        };
        let form = html! {
            form.tk-form.tk-form--tight method="get" action="/console/payments" { (fields) }
        };
        section(p.look, &empty(), &form)
    }
}

fn rows(lang: Lang, rows: &[Row]) -> Markup {
    let words = lang.words();
    let p = &words.papers;
    let columns = [
        Column::new(p.number, Kind::Name),
        Column::new(p.format, Kind::Text).wide_only(),
        Column::new(p.execution_day, Kind::Text),
        Column::new(p.transfers, Kind::Figure),
        Column::new(p.total, Kind::Figure),
        Column::new(words.common.state, Kind::Text),
    ];
    let cells = rows
        .iter()
        .map(|row| {
            let by = said_by(lang, &row.created);
            vec![
                two_lines(
                    &html! { a href={ "/console/payments/" (row.number) } { (row.number) } },
                    &html! { (by) },
                ),
                two_lines(&html! { (row.format) }, &html! { (row.account) }),
                html! { span.tk-nowrap { (format::day_column(row.day, lang)) } },
                html! { (format::count(row.payments)) },
                html! { (row.total.text(lang)) },
                row.state.badge(words),
            ]
        })
        .collect();
    table(&Table::new(p.payments, &columns, cells).cards())
}

fn said_by(lang: Lang, (who, when): &(String, DateTime)) -> String {
    let when = format::moment(*when, lang);
    fill(lang.words().papers.done_by, &[("who", who), ("when", &when)])
}

fn dues(lang: Lang, title: &str, detail: &str, dues: &[Due]) -> Markup {
    let words = lang.words();
    let columns = [
        Column::new(words.common.partner, Kind::Name),
        Column::new(detail, Kind::Text),
        Column::new(words.papers.total, Kind::Figure),
    ];
    let rows = dues
        .iter()
        .map(|due| {
            let href = format!("/console/partners/{}/payee", encode(&due.partner.code));
            vec![
                two_lines(
                    &html! { a href=(href) { (due.partner.name) } },
                    &html! { span.tk-mono { (due.partner.code) } },
                ),
                html! { (due.detail) },
                html! { (due.amount.text(lang)) },
            ]
        })
        .collect();
    table(&Table::new(title, &columns, rows).cards())
}

impl Found {
    fn draw(&self, shell: &Shell, draft: &Draft) -> Markup {
        let lang = shell.lang;
        let p = &lang.words().papers;
        let number = |n: usize| format::count(n as u64);
        let label = fill(
            p.make_file,
            &[("n", &number(self.ready.len())), ("amount", &self.total.text(lang))],
        );
        // What has no statement yet gets one first, and is then shown before it is paid.
        let label = if self.unstated > 0 { p.issue_statements } else { label.as_str() };
        let make = html! {
            input type="hidden" name="account" value=(draft.account);
            input type="hidden" name="until" value=(draft.until);
            input type="hidden" name="day" value=(draft.day);
            input type="hidden" name="total" value=(self.said);
            (button(label, Look::Primary, Some(Icon::File)))
        };
        html! {
            @if !self.exceptions.is_empty() {
                (section(p.exceptions, &html! { (number(self.exceptions.len())) },
                    &dues(lang, p.exceptions, lang.words().money.reason, &self.exceptions)))
            }
            (section(p.ready, &html! { (number(self.ready.len())) }, &html! {
                p { (p.execution_day) ": " (format::day(self.day, lang)) }
                @for note in &self.notes { p.tk-small.tk-muted.tk-phrase { (note) } }
                @if self.unstated > 0 {
                    p {
                        (fill(p.unstated, &[("n", &format::count(self.unstated))]))
                    }
                }
                @if self.ready.is_empty() && self.unstated == 0 {
                    p.tk-muted.tk-phrase { (p.nothing_due) }
                }
                @if self.noted > 0 {
                    p {
                        a href="/console/notes" {
                            (fill(p.noted, &[("n", &format::count(self.noted))]))
                        }
                    }
                }
                @if !self.ready.is_empty() { (dues(lang, p.ready, p.account, &self.ready)) }
                @if !self.ready.is_empty() || self.unstated > 0 {
                    (shell.form("/console/payments", "tk-form tk-form--tight", &make))
                }
            }))
        }
    }
}

/// One file.
#[derive(Debug, Clone)]
pub struct RunPage {
    pub row: Row,
    pub file_name: String,
    pub fingerprint: String,
    pub ended: Option<(String, DateTime)>,
    pub transfers: Vec<Transfer>,
    pub today: Date,
}

impl View for RunPage {
    fn title(&self, _: &Words) -> String {
        self.row.number.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let row = &self.row;
        let base = format!("/console/payments/{}", row.number);
        let may = access::may_post(shell.role(), "/console/payments");
        let download =
            button_link(p.download, &format!("{base}/file"), Look::Primary, Some(Icon::Download));
        let mut rows = vec![
            (p.format, html! { (row.format) }),
            (p.account, html! { (row.account) }),
            (p.execution_day, html! { (format::day(row.day, lang)) }),
            (p.transfers, html! { (format::count(row.payments)) }),
            (p.total, html! { (row.total.text(lang)) }),
            (p.file, html! { (self.file_name) }),
            (p.fingerprint, html! { span.tk-mono.tk-phrase { (self.fingerprint) } }),
            (p.made, html! { (said_by(lang, &row.created)) }),
        ];
        if let Some(ended) = &self.ended {
            rows.push((p.ended, html! { (said_by(lang, ended)) }));
        }
        let page = html! {
            (page_head(&PageHead {
                title: &row.number,
                badge: row.state.badge(words),
                meta: empty(),
                actions: html! { @if may { (download) } },
            }))
            div.tk-main-side {
                div.tk-column {
                    (section(p.transfers, &empty(),
                        &dues(lang, p.transfers, p.statement, &self.dues())))
                }
                div.tk-column {
                    (section(p.sent_how, &empty(), &facts(&rows)))
                    @if may && row.state == State::Filed {
                        (section(words.common.actions, &empty(), &html! {
                            (shell.form(&format!("{base}/paid"), "tk-form tk-form--tight",
                                &button(p.said_paid, Look::Primary, Some(Icon::Check))))
                            p.tk-small.tk-muted { (p.withdraw_help) }
                            (shell.form(&format!("{base}/withdraw"), "tk-form tk-form--tight",
                                &danger(p.withdraw)))
                        }))
                    }
                    @if may && row.state == State::Paid { (self.send_back(shell, &base)) }
                }
            }
        };
        let crumbs = [(row.number.clone(), String::new())];
        frame::console(shell, Place::Payments, &crumbs, &page)
    }
}

impl RunPage {
    /// The transfers as a list, with what came back.
    fn dues(&self) -> Vec<Due> {
        let shown = |one: &Transfer| {
            let back = one.returned.iter().map(String::as_str);
            let detail: Vec<&str> = std::iter::once(one.due.detail.as_str()).chain(back).collect();
            Due { detail: detail.join(" · "), ..one.due.clone() }
        };
        self.transfers.iter().map(shown).collect()
    }

    /// Says that the bank sent one transfer back.
    fn send_back(&self, shell: &Shell, base: &str) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.papers;
        let left: Vec<(String, String)> = self
            .transfers
            .iter()
            .filter(|one| one.returned.is_none())
            .map(|one| {
                let label = format!("{} · {}", one.due.partner.name, one.due.amount.text(lang));
                (one.position.to_string(), label)
            })
            .collect();
        if left.is_empty() {
            return empty();
        }
        let today = self.today.to_string();
        section(
            p.came_back,
            &empty(),
            &html! {
                p.tk-small.tk-muted { (p.came_back_help) }
                (shell.form(&format!("{base}/returned"), "tk-form tk-form--tight", &html! {
                    (Field::new("position", p.transfers, "").select(&left))
                    (Field::new("day", p.came_back_on, &today).date())
                    (Field::new("reason", words.money.reason, "").text())
                    (button(p.came_back, Look::Outline, None))
                }))
            },
        )
    }
}
