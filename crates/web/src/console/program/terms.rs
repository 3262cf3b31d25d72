//! The text of a program with its versions, its periods, and what happened to it.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::console::studio::begin::Begin;
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::ui::{
    Column, Icon, Kind, Table, door, empty, empty_state, encode, nothing, section, states, table,
};
use crate::view::{Period, PeriodState};

/// A version of the text.
#[derive(Debug, Clone)]
pub struct Version {
    pub number: u32,
    pub from: Date,
    pub activated: Option<DateTime>,
    pub by: String,
}

/// A line of the difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    Same(String),
    Added(String),
    Removed(String),
}

#[derive(Debug, Clone)]
pub struct Terms {
    /// What the terms say, a sentence each, in the reader's language.
    pub rules: Vec<String>,
    pub shown: u32,
    pub text: String,
    /// Against which version the difference is shown, with its lines.
    pub diff: Option<(u32, Vec<DiffLine>)>,
    /// The same difference in words.
    pub changes: Vec<String>,
    /// How to go on from here, for who may.
    pub begin: Option<Begin>,
    /// Newest first.
    pub versions: Vec<Version>,
}

/// A settlement period of the program.
#[derive(Debug, Clone)]
pub struct PeriodRow {
    /// The id of the settlement period.
    pub id: String,
    pub period: Period,
    pub state: PeriodState,
    pub partners: u64,
    /// What it would pay as things are. By currency, as those below.
    pub to_pay: Vec<Money>,
    pub payouts: u64,
    pub payable: Option<Vec<Money>>,
    pub paid: Option<Vec<Money>>,
}

/// Something that happened to the program.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: DateTime,
    pub who: String,
    pub what: String,
}

impl Terms {
    pub(super) fn draw(&self, lang: Lang, code: &str) -> Markup {
        html! {
            div.tk-main-side {
                div.tk-column {
                    @if !self.rules.is_empty() { (self.rules(lang)) }
                    @if self.diff.is_some() { (self.changed(lang)) }
                    @match &self.diff {
                        Some((against, lines)) => { (self.diff(lang, *against, lines)) }
                        None => { (self.text(lang)) }
                    }
                }
                div.tk-column {
                    (self.versions(lang, code))
                    @if let Some(begin) = &self.begin { (begin.draw(lang)) }
                }
            }
        }
    }

    fn changed(&self, lang: Lang) -> Markup {
        let words = lang.words();
        section(
            words.studio.changes_in_words,
            &empty(),
            &html! {
                @if self.changes.is_empty() { p.tk-muted { (words.terms.no_difference) } }
                ul.tk-plain { @for change in &self.changes { li { (change) } } }
            },
        )
    }

    fn rules(&self, lang: Lang) -> Markup {
        section(
            lang.words().terms.in_words,
            &empty(),
            &html! { ul.tk-plain { @for rule in &self.rules { li { (rule) } } } },
        )
    }

    fn text(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        section(
            t.text,
            &html! { (fill(t.version_n, &[("n", &self.shown.to_string())])) },
            &html! {
                ol.tk-code lang="en" tabindex="0" {
                    @for line in self.text.lines() { (code_line(line, "")) }
                }
            },
        )
    }

    fn diff(&self, lang: Lang, against: u32, lines: &[DiffLine]) -> Markup {
        let t = &lang.words().terms;
        let title =
            fill(t.difference, &[("old", &against.to_string()), ("new", &self.shown.to_string())]);
        let same = lines.iter().all(|line| matches!(line, DiffLine::Same(_)));
        section(
            &title,
            &empty(),
            &html! {
                @if same { p.tk-muted { (t.no_difference) } }
                ol.tk-code.tk-code--diff lang="en" tabindex="0" {
                    @for line in lines {
                        @match line {
                            DiffLine::Same(text) => { (code_line(text, "")) }
                            DiffLine::Added(text) => { (code_line(text, "tk-code__added")) }
                            DiffLine::Removed(text) => { (code_line(text, "tk-code__removed")) }
                        }
                    }
                }
            },
        )
    }

    fn versions(&self, lang: Lang, code: &str) -> Markup {
        let t = &lang.words().terms;
        let path = format!("/console/programs/{}?tab=terms", encode(code));
        section(
            t.versions,
            &empty(),
            &html! {
                ol.tk-timeline {
                    @for (i, version) in self.versions.iter().enumerate() {
                        @let current = version.number == self.shown;
                        li class={ @if current { "tk-timeline__done" } } {
                            p.tk-timeline__title {
                                a href={ (path) "&version=" (version.number) }
                                    aria-current=[current.then_some("true")] {
                                    b { (fill(t.version_n, &[("n", &version.number.to_string())])) }
                                }
                                time { (format::day_column(version.from, lang)) }
                            }
                            p.tk-small.tk-muted {
                                (version.by)
                                @if let Some(at) = version.activated {
                                    " · " (format::moment(at, lang))
                                } @else { " · " (lang.words().common.state_draft) }
                            }
                            p.tk-small {
                                a href={ "/console/programs/" (encode(code)) "/versions/"
                                    (version.number) } { (lang.words().studio.activation) }
                            }
                            @if let Some(older) = self.versions.get(i + 1) {
                                p.tk-small {
                                    a href={ (path) "&version=" (version.number) "&against="
                                        (older.number) } {
                                        (fill(t.what_changed, &[("n", &older.number.to_string())]))
                                    }
                                }
                            }
                        }
                    }
                }
            },
        )
    }
}

/// One line, its key, its value and its comment told apart.
pub fn code_line(line: &str, class: &str) -> Markup {
    let (code, comment) = line.split_at(line.find(" #").unwrap_or(line.len()));
    let split = if code.trim_start().starts_with(['-', '{']) && code.contains('{') {
        0
    } else {
        code.find(':').unwrap_or(0)
    };
    let (key, value) = code.split_at(split);
    html! {
        li class=(class) {
            code { span.tk-code__key { (key) } (value) span.tk-code__comment { (comment) } }
        }
    }
}

pub(super) fn periods(lang: Lang, periods: &[PeriodRow]) -> Markup {
    let words = lang.words();
    let t = &words.terms;
    let columns = [
        Column::new(t.period, Kind::Name),
        Column::new(words.common.state, Kind::Text),
        Column::new(words.common.partners, Kind::Figure),
        Column::new(words.money.to_pay, Kind::Figure),
        Column::new(words.common.payouts, Kind::Figure),
        Column::new(t.payable, Kind::Figure),
        Column::new(t.paid, Kind::Figure),
    ];
    let rows = periods
        .iter()
        .map(|row| {
            let href = format!("/console/periods/{}", row.id);
            let payouts = format!("/console/payouts?period={}", row.id);
            vec![
                html! { a href=(href) { (row.period.long(lang)) } },
                states::period(words, row.state),
                html! { (format::count(row.partners)) },
                door(&href, &html! { (format::each(&row.to_pay, lang)) }),
                match row.payouts {
                    0 => nothing(),
                    n => html! { a href=(payouts) { (format::count(n)) } },
                },
                row.payable
                    .as_ref()
                    .map_or_else(nothing, |all| html! { (format::each(all, lang)) }),
                row.paid.as_ref().map_or_else(nothing, |all| html! { (format::each(all, lang)) }),
            ]
        })
        .collect();
    section(
        t.periods_and_payouts,
        &empty(),
        &if periods.is_empty() {
            empty_state(Icon::Calendar, t.no_periods, t.no_periods_help, &empty())
        } else {
            table(&Table::new(t.periods_and_payouts, &columns, rows).cards())
        },
    )
}

pub(super) fn history(lang: Lang, events: &[Event]) -> Markup {
    let t = &lang.words().terms;
    section(t.history, &empty(), &timeline(lang, events))
}

/// What happened, newest first.
pub fn timeline(lang: Lang, events: &[Event]) -> Markup {
    let t = &lang.words().terms;
    html! {
        @if events.is_empty() { p.tk-muted { (t.no_history) } }
        ol.tk-timeline {
            @for event in events {
                li {
                    p.tk-timeline__title {
                        span.tk-phrase { (event.what) }
                        time { (format::moment_column(event.at, lang)) }
                    }
                    p.tk-small.tk-muted { (event.who) }
                }
            }
        }
    }
}
