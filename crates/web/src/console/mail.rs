//! Console, mail: what was written to people, and what their servers said.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::with_query;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, empty, empty_state,
    facts, notice, page_head, section, status, table,
};

pub const LIST: &str = "/console/mail";

/// A letter in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub kind: &'static str,
    pub subject: String,
    /// Name and address; nothing where they were deleted.
    pub to: Option<(String, String)>,
    pub state: (&'static str, Tone),
    /// When it is tried again, or why it is held back.
    pub detail: Option<String>,
    pub made: DateTime,
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: String,
    pub from: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub server: Option<Server>,
    pub may_test: bool,
    pub rows: Vec<Row>,
    /// Word and label of the states and kinds that can be chosen.
    pub states: Vec<(&'static str, &'static str)>,
    pub kinds: Vec<(&'static str, &'static str)>,
    pub state: String,
    pub kind: String,
    /// The last one of this page, if there are more.
    pub older: Option<i64>,
    pub told: Option<(Tone, String)>,
}

/// One letter.
#[derive(Debug, Clone)]
pub struct One {
    pub row: Row,
    pub text: Option<String>,
    pub is_cleared: bool,
    pub attached: Option<String>,
    pub attempts: Vec<Attempt>,
    pub may_again: bool,
    pub told: Option<(Tone, String)>,
}

#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i64,
    pub at: DateTime,
    pub took_millis: i64,
    pub code: Option<i64>,
    pub answer: Option<String>,
    pub failure: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.mail.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let test = html! {
            @if self.server.is_some() && self.may_test {
                (shell.form("/console/mail/test", "", &button(m.send_test, Look::Outline, None)))
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: m.title,
                badge: empty(),
                meta: html! { span { (m.help) } },
                actions: test,
            }))
            @if let Some((tone, said)) = &self.told { (notice(*tone, &html! { (said) }, &empty())) }
            @match &self.server {
                Some(server) => {
                    p.tk-small.tk-muted {
                        (fill(m.is_on, &[("from", &server.from), ("server", &server.name)]))
                    }
                }
                None => { (notice(Tone::Wait, &html! { (m.is_off) }, &empty())) }
            }
            (self.filters(shell))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Message, m.none, m.none_help, &empty())
            } else { self.table(shell.lang) }))
        };
        frame::console(shell, Place::Mail, &[], &page)
    }
}

impl Page {
    fn filters(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let choice = |name: &str,
                      label: &str,
                      all: &str,
                      chosen: &str,
                      known: &[(&'static str, &'static str)]| {
            html! {
                select.mui-input name=(name) aria-label=(label) {
                    option value="" { (all) }
                    @for (word, text) in known {
                        option value=(word) selected[chosen == *word] { (text) }
                    }
                }
            }
        };
        html! {
            form.tk-inline-form.tk-narrow action=(LIST) {
                (choice("status", m.state, m.all, &self.state, &self.states))
                (choice("kind", m.kind, m.any_kind, &self.kind, &self.kinds))
                (button(m.show, Look::Outline, None))
            }
        }
    }

    fn table(&self, lang: Lang) -> Markup {
        let m = &lang.words().mail;
        let columns = [
            Column::new(m.kind, Kind::Name),
            Column::new(m.to, Kind::Text).roomy(),
            Column::new(m.written, Kind::Text),
            Column::new(m.state, Kind::Text),
        ];
        let rows = self.rows.iter().map(|row| {
            let to = row.to.as_ref().map_or_else(empty, |(name, address)| {
                two_lines(&html! { (name) }, &html! { span.tk-break { (address) } })
            });
            vec![
                two_lines(
                    &html! { a href={ (LIST) "/" (row.id) } { (row.subject) } },
                    &html! { (row.kind) },
                ),
                to,
                html! { (format::moment_column(row.made, lang)) },
                html! {
                    (status(row.state.0, row.state.1))
                    @if let Some(detail) = &row.detail { small.tk-below { (detail) } }
                },
            ]
        });
        let older = |last: i64| {
            let pairs = [
                ("status".to_owned(), self.state.clone()),
                ("kind".to_owned(), self.kind.clone()),
                ("before".to_owned(), last.to_string()),
            ];
            with_query(LIST, &pairs)
        };
        html! {
            (table(&Table::new(m.title, &columns, rows.collect()).cards()))
            @if let Some(last) = self.older {
                (button_link(m.older, &older(last), Look::Outline, None))
            }
        }
    }
}

impl View for One {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.row.subject, words.mail.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let here = format!("{LIST}/{}", self.row.id);
        let again = html! {
            @if self.may_again {
                (shell.form(&format!("{here}/again"), "", &button(m.again, Look::Outline, None)))
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: &self.row.subject,
                badge: status(self.row.state.0, self.row.state.1),
                meta: html! {
                    span { (self.row.kind) }
                    @if let Some((name, address)) = &self.row.to {
                        span { (name) " " span.tk-mono.tk-break { (address) } }
                    }
                    span { (format::moment(self.row.made, shell.lang)) }
                },
                actions: again,
            }))
            @if let Some((tone, said)) = &self.told { (notice(*tone, &html! { (said) }, &empty())) }
            @if let Some(detail) = &self.row.detail {
                (notice(Tone::Wait, &html! { (detail) }, &empty()))
            }
            div.tk-chart-side.tk-close {
                (section(m.text, &empty(), &self.letter(shell)))
                (section(m.attempts, &empty(), &self.attempts(shell)))
            }
        };
        frame::console(shell, Place::Mail, &[(self.row.subject.clone(), here)], &page)
    }
}

impl One {
    fn letter(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        html! {
            @match &self.text {
                Some(text) => {
                    pre.tk-letter { (text) }
                    @if let Some(name) = &self.attached {
                        p.tk-small { (fill(m.attached, &[("name", name)])) }
                    }
                    @if text.contains('…') { p.tk-small.tk-muted { (m.masked) } }
                }
                None if self.is_cleared => { p.tk-muted { (m.cleared) } }
                None => { p.tk-muted { (m.not_yet) } }
            }
        }
    }

    fn attempts(&self, shell: &Shell) -> Markup {
        let (m, w) = (&shell.words().mail, &shell.words().webhooks);
        if self.attempts.is_empty() {
            return html! { p.tk-muted { (m.no_attempts) } };
        }
        let rows: Vec<(String, Markup)> = self
            .attempts
            .iter()
            .map(|attempt| {
                let name = fill(w.attempt, &[("n", &attempt.number.to_string())]);
                let took = fill(w.took, &[("n", &attempt.took_millis.to_string())]);
                let value = html! {
                    (format::moment(attempt.at, shell.lang)) " · " (took)
                    @if let Some(code) = attempt.code {
                        " · " (fill(w.answered, &[("status", &code.to_string())]))
                    }
                    @if let Some(failure) = &attempt.failure { " · " (why(shell, failure)) }
                    @if let Some(answer) = attempt.answer.as_deref().filter(|it| !it.is_empty()) {
                        pre.tk-mono.tk-message { (answer) }
                    }
                };
                (name, value)
            })
            .collect();
        let rows: Vec<(&str, Markup)> =
            rows.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        facts(&rows)
    }
}

/// Why there was no answer, and what the machine said.
fn why(shell: &Shell, failure: &str) -> Markup {
    let (m, w) = (&shell.words().mail, &shell.words().webhooks);
    let (word, detail) = failure.split_once(": ").unwrap_or((failure, ""));
    let (said, detail) = match word {
        "timeout" => (w.why_timeout, detail),
        "connect" => (m.why_connect, detail),
        "encrypt" => (w.why_encrypt, detail),
        _ => (m.why_unwritable, failure),
    };
    html! { (said) @if !detail.is_empty() { " " span.tk-mono.tk-break { (detail) } } }
}
