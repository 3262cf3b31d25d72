//! Console, webhooks: the places that news is sent to, and what came of each attempt.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, danger, empty,
    empty_state, facts, notice, page_head, section, status, table,
};

/// A place that news is sent to.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub url: String,
    pub description: String,
    /// Patterns of kinds.
    pub events: Vec<String>,
    pub state: State,
    /// Since when nothing was taken.
    pub failing_since: Option<DateTime>,
    /// Until when the secret before signs, too.
    pub both_until: Option<DateTime>,
    pub created_by: String,
    pub created: DateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    On,
    Off,
    Failing,
}

/// All of them, and the form for another one.
#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Every kind of event.
    pub kinds: Vec<&'static str>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct One {
    pub row: Row,
    /// A new secret, shown this once.
    pub secret: Option<String>,
    /// What was asked for and goes on.
    pub told: Option<String>,
    pub kinds: Vec<&'static str>,
    pub sent: Vec<Sent>,
    pub older: Option<i64>,
}

/// Something that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub event: String,
    pub kind: String,
    pub partner: Option<String>,
    pub at: DateTime,
    /// `news`, `replay` or `test`.
    pub cause: String,
    /// `waiting`, `delivered` or `failed`.
    pub status: String,
    pub due: Option<DateTime>,
    pub message: String,
    pub attempts: Vec<Attempt>,
}

#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i64,
    pub at: DateTime,
    pub took_millis: i64,
    pub status: Option<i64>,
    pub answer: Option<String>,
    pub failure: Option<String>,
}

impl Row {
    fn badge(&self, words: &Words) -> Markup {
        let w = &words.webhooks;
        match self.state {
            State::On if self.failing_since.is_some() => status(w.on, Tone::Wait),
            State::On => status(w.on, Tone::Good),
            State::Off => status(w.off, Tone::Plain),
            State::Failing => status(w.failing, Tone::Bad),
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.webhooks.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let w = &words.webhooks;
        let page = html! {
            (page_head(&PageHead {
                title: w.title,
                badge: empty(),
                meta: html! { span { (w.help) } },
                actions: empty(),
            }))
            div.tk-chart-side.tk-close {
                (card("tk-dense", if self.rows.is_empty() {
                    empty_state(Icon::Message, w.none, w.none_help, &empty())
                } else { self.rows(words) }))
                (section(w.new, &empty(), &shell.form(
                    "/console/webhooks", "tk-form tk-form--tight", &fields(words, None, &self.kinds),
                )))
            }
        };
        frame::console(shell, Place::Webhooks, &[], &page)
    }
}

impl Page {
    fn rows(&self, words: &Words) -> Markup {
        let w = &words.webhooks;
        let columns = [
            Column::new(w.url, Kind::Name),
            Column::new(w.events, Kind::Text).roomy(),
            Column::new(w.state, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    two_lines(
                        &html! { a.tk-break href={ "/console/webhooks/" (row.id) } { (row.url) } },
                        &html! { (row.description) },
                    ),
                    html! { span.tk-mono.tk-break { (row.events.join(", ")) } },
                    row.badge(words),
                ]
            })
            .collect();
        table(&Table::new(w.title, &columns, rows).cards())
    }
}

/// The fields of a place, empty or as they are.
fn fields(words: &Words, row: Option<&Row>, kinds: &[&'static str]) -> Markup {
    let w = &words.webhooks;
    let events = row.map_or_else(|| "*".to_owned(), |row| row.events.join("\n"));
    html! {
        (Field::new("url", w.url, row.map_or("", |row| &row.url)).hint(w.url_hint).text())
        (Field::new("description", w.description, row.map_or("", |row| &row.description))
            .optional().text())
        (Field::new("events", w.events, &events).hint(w.events_hint).lines(3))
        details.tk-small {
            summary { (w.all_events) }
            ul.tk-kinds { @for kind in kinds { li.tk-mono { (kind) } } }
        }
        (button(if row.is_some() { w.save } else { w.create }, Look::Primary, None))
    }
}

impl View for One {
    fn title(&self, words: &Words) -> String {
        format!("{} – {}", self.row.url, words.webhooks.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let w = &words.webhooks;
        let here = format!("/console/webhooks/{}", self.row.id);
        let page = html! {
            (page_head(&PageHead {
                title: &self.row.url,
                badge: self.row.badge(words),
                meta: html! {
                    @if !self.row.description.is_empty() { span { (self.row.description) } }
                    span { (fill(w.created, &[
                        ("who", &self.row.created_by),
                        ("day", &format::day(self.row.created.date(), shell.lang)),
                    ])) }
                },
                actions: self.actions(shell, &here),
            }))
            (self.notices(shell))
            div.tk-chart-side.tk-close {
                (section(w.deliveries, &empty(), &self.sent(shell, &here)))
                div.tk-stack {
                    (again(shell, &here))
                    (section(w.change, &empty(), &shell.form(
                        &here, "tk-form tk-form--tight", &fields(words, Some(&self.row), &self.kinds),
                    )))
                }
            }
        };
        let crumbs = [(self.row.url.clone(), here.clone())];
        frame::console(shell, Place::Webhooks, &crumbs, &page)
    }
}

impl One {
    fn actions(&self, shell: &Shell, here: &str) -> Markup {
        let w = &shell.words().webhooks;
        let act = |act: &str, inside: Markup| shell.form(&format!("{here}/{act}"), "", &inside);
        html! {
            @if self.row.state == State::On {
                (act("test", button(w.test, Look::Primary, None)))
                (act("rotate", button(w.rotate, Look::Outline, None)))
                (act("off", button(w.switch_off, Look::Outline, None)))
            } @else {
                (act("on", button(w.switch_on, Look::Primary, None)))
                (act("rotate", button(w.rotate, Look::Outline, None)))
            }
            (act("remove", danger(w.remove)))
        }
    }

    fn notices(&self, shell: &Shell) -> Markup {
        let w = &shell.words().webhooks;
        let told = |template: &str, at: DateTime| {
            fill(template, &[("day", &format::moment(at, shell.lang))])
        };
        html! {
            @if let Some(secret) = &self.secret {
                (notice(Tone::Good, &html! {
                    (w.secret_once) " " code.tk-mono.tk-break { (secret) } " " (w.secret_help)
                }, &empty()))
            }
            @if let Some(said) = &self.told { (notice(Tone::Good, &html! { (said) }, &empty())) }
            @if self.row.state == State::Failing {
                (notice(Tone::Bad, &html! { (w.failing_help) }, &empty()))
            } @else if let Some(since) = self.row.failing_since {
                (notice(Tone::Wait, &html! { (told(w.trouble, since)) }, &empty()))
            }
            @if let Some(until) = self.row.both_until {
                (notice(Tone::Info, &html! { (told(w.both, until)) }, &empty()))
            }
        }
    }

    fn sent(&self, shell: &Shell, here: &str) -> Markup {
        let words = shell.words();
        let w = &words.webhooks;
        if self.sent.is_empty() {
            return empty_state(Icon::Message, w.no_deliveries, w.no_deliveries_help, &empty());
        }
        let columns = [
            Column::new(w.event, Kind::Name),
            Column::new(w.when, Kind::Text),
            Column::new(w.result, Kind::Text).roomy(),
        ];
        let rows = self.sent.iter().map(|sent| self.row_of(shell, here, sent)).collect();
        html! {
            (table(&Table::new(w.deliveries, &columns, rows).cards()))
            @if let Some(older) = self.older {
                (button_link(w.older, &format!("{here}?before={older}"), Look::Outline, None))
            }
        }
    }

    fn row_of(&self, shell: &Shell, here: &str, sent: &Sent) -> Vec<Markup> {
        let w = &shell.words().webhooks;
        let lang = shell.lang;
        let cause = match sent.cause.as_str() {
            "replay" => Some(w.cause_replay),
            "test" => Some(w.cause_test),
            _ => None,
        };
        let count = sent.attempts.len().to_string();
        vec![
            two_lines(
                &html! { span.tk-mono.tk-break { (sent.kind) } },
                &html! {
                    @if let Some(partner) = &sent.partner { (partner) " " }
                    @if let Some(cause) = cause { (status(cause, Tone::Info)) }
                },
            ),
            html! { (format::moment_column(sent.at, lang)) },
            html! {
                (result(w, sent))
                @if let Some(due) = sent.due.filter(|_| !sent.attempts.is_empty()) {
                    " " small { (fill(w.waiting_again, &[("at", &format::moment(due, lang))])) }
                }
                details.tk-small {
                    summary { (fill(w.attempts_n, &[("n", &count)])) }
                    (attempts(shell, sent))
                    p { b { (w.message) } }
                    pre.tk-mono.tk-message { (sent.message) }
                    @if self.row.state == State::On {
                        (shell.form(&format!("{here}/again"), "", &html! {
                            input type="hidden" name="event" value=(sent.event);
                            (button(w.again, Look::Outline, None))
                        }))
                    }
                }
            },
        ]
    }
}

/// The form that sends days again.
fn again(shell: &Shell, here: &str) -> Markup {
    let w = &shell.words().webhooks;
    section(
        w.replay,
        &empty(),
        &html! {
            p.tk-small.tk-muted { (w.replay_help) }
            (shell.form(&format!("{here}/replay"), "tk-form tk-form--tight", &html! {
                (Field::new("from", w.replay_from, "").date())
                (Field::new("until", w.replay_until, "").date())
                (button(w.replay, Look::Outline, None))
            }))
        },
    )
}

fn result(w: &crate::i18n::en::webhooks::Webhooks, sent: &Sent) -> Markup {
    match sent.status.as_str() {
        "delivered" => status(w.delivered, Tone::Good),
        "failed" => status(w.failed, Tone::Bad),
        _ => status(w.waiting, Tone::Wait),
    }
}

fn attempts(shell: &Shell, sent: &Sent) -> Markup {
    let w = &shell.words().webhooks;
    let rows: Vec<(String, Markup)> = sent
        .attempts
        .iter()
        .map(|attempt| {
            let name = fill(w.attempt, &[("n", &attempt.number.to_string())]);
            let took = fill(w.took, &[("n", &attempt.took_millis.to_string())]);
            let value = html! {
                (format::moment(attempt.at, shell.lang)) " · " (took) " · "
                @if let Some(status) = attempt.status {
                    (fill(w.answered, &[("status", &status.to_string())]))
                }
                @if let Some(failure) = &attempt.failure { (why(shell.lang, failure)) }
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

/// Why there was no answer, and what the machine said.
fn why(lang: Lang, failure: &str) -> Markup {
    let w = &lang.words().webhooks;
    let (word, detail) = failure.split_once(": ").unwrap_or((failure, ""));
    let said = match word {
        "timeout" => w.why_timeout,
        "connect" => w.why_connect,
        "encrypt" => w.why_encrypt,
        "broken" => w.why_broken,
        "inside" => w.why_inside,
        "unresolved" => w.why_unresolved,
        "not_encrypted" => w.why_not_encrypted,
        "url" => w.why_url,
        other => other,
    };
    html! { (said) @if !detail.is_empty() { " " span.tk-mono.tk-break { (detail) } } }
}
