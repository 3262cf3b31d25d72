//! A file being read: how far it is, and an answer for every row. The same in console and portal.
//!
//! Live: the figures change while the file is read. Without scripts the page shows them as they
//! were when it was opened.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::chart;
use crate::format::{count, moment};
use crate::i18n::{Lang, Words, fill};
use crate::ui::list::Chip;
use crate::ui::{Column, Icon, Kind, List, Table, Tone, icon, nothing, section, status, table};

/// Where an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// The columns are not mapped yet.
    ToMap,
    Reading,
    Done,
    /// It ended before the end of the file.
    Failed,
    /// A partner's report that waits to be taken.
    Review,
    /// The vendor gave it back.
    Returned,
}

/// How a state is written.
pub fn state(words: &Words, state: ImportState) -> Markup {
    let d = &words.data;
    match state {
        ImportState::ToMap => status(d.state_to_map, Tone::Wait),
        ImportState::Reading => status(d.state_reading, Tone::Info),
        ImportState::Done => status(d.state_done, Tone::Good),
        ImportState::Failed => status(d.state_failed, Tone::Bad),
        ImportState::Review => status(d.state_review, Tone::Wait),
        ImportState::Returned => status(d.state_returned, Tone::Bad),
    }
}

/// How far it is.
#[derive(Debug, Clone)]
pub struct Progress {
    pub state: ImportState,
    pub read: u64,
    /// Known once the end was seen, estimated from the size before.
    pub rows: Option<u64>,
    pub accepted: u64,
    pub known: u64,
    pub rejected: u64,
    /// Accepted, but waiting for something: an exchange rate, a product.
    pub waiting: u64,
    pub rows_per_second: Option<u64>,
    pub seconds_left: Option<u64>,
    /// Why it failed, in a sentence that says what was kept.
    pub failure: Option<String>,
}

impl Progress {
    /// Whether rows were read at all.
    pub fn is_read(&self) -> bool {
        !matches!(self.state, ImportState::Review | ImportState::Returned)
    }
}

/// Where the rows are that have to be looked at: each of them a file.
#[derive(Debug, Clone)]
pub struct Files {
    pub rejected: String,
    /// With how many rows it has.
    pub known: Option<(String, u64)>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Waiting,
    Rejected,
}

/// A row with its answer.
#[derive(Debug, Clone)]
pub struct Row {
    pub number: u64,
    pub outcome: Outcome,
    /// The reason in the reader's language, empty where there is nothing to say.
    pub say: String,
    /// The column it is about.
    pub column: Option<String>,
    /// What stands there.
    pub found: Option<String>,
}

pub fn progress(lang: Lang, progress: &Progress) -> Markup {
    let d = &lang.words().data;
    let left = match (progress.state, progress.seconds_left) {
        (ImportState::Reading, Some(seconds)) => fill(d.seconds_left, &[("n", &count(seconds))]),
        _ => String::new(),
    };
    let counts = [
        ("good", d.accepted, progress.accepted),
        ("plain", d.known, progress.known),
        ("wait", d.waiting, progress.waiting),
        ("bad", d.rejected, progress.rejected),
    ];
    let of = progress.rows.unwrap_or(progress.read);
    section(
        d.progress,
        &html! { span data-live="left" { (left) } },
        &html! {
            div data-live="progress" {
                (chart::meter(progress.read, of, d.rows_read))
                div.tk-progress__line {
                    p {
                        b { (count(progress.read)) }
                        @if let Some(rows) = progress.rows { " / " (count(rows)) }
                        " " (d.rows_unit)
                        @if let Some(rate) = progress.rows_per_second {
                            span.tk-muted { " " (fill(d.per_second, &[("n", &count(rate))])) }
                        }
                    }
                    ul.tk-counts {
                        @for (tone, label, n) in counts {
                            @if n > 0 || tone == "good" || tone == "bad" {
                                li {
                                    span class={ "tk-dot tk-dot--" (tone) } {}
                                    (label) " " b { (count(n)) }
                                }
                            }
                        }
                    }
                }
            }
            @if progress.state == ImportState::Reading {
                p.tk-small.tk-muted.tk-phrase { (d.may_leave) }
            }
        },
    )
}

/// The rows that need a hand first, each with its reason.
pub fn answers(
    lang: Lang,
    progress: &Progress,
    list: &List,
    rows: &[Row],
    files: &Files,
) -> Markup {
    let d = &lang.words().data;
    let chips = [
        Chip::new("rejected", d.rejected, Some(progress.rejected), Tone::Bad),
        Chip::new("waiting", d.waiting, Some(progress.waiting), Tone::Wait),
        Chip::all(d.all_rows, Some(progress.read)),
    ];
    let columns = [
        Column::new(d.row, Kind::Figure),
        Column::new(d.column, Kind::Text),
        Column::new(d.found, Kind::Text),
        Column::new(d.answer, Kind::Name),
    ];
    let cells = rows.iter().map(|row| answer(lang, row)).collect();
    let aside = html! {
        @if progress.rejected > 0 {
            a.tk-more href=(files.rejected) download {
                (icon(Icon::Download))
                (fill(d.rejected_file, &[("n", &count(progress.rejected))]))
            }
        }
        @if let Some((known, n)) = &files.known {
            a.tk-more href=(known) download {
                (icon(Icon::Download))
                (fill(d.known_file, &[("n", &count(*n))]))
            }
        }
    };
    section(
        d.row_by_row,
        &aside,
        &html! {
            (list.chips(d.filter_by_answer, &chips))
            @if rows.is_empty() {
                @if progress.rejected + progress.waiting == 0 {
                    p.tk-proof { (icon(Icon::Check)) span { (d.every_row_accepted) } }
                } @else { (list.nothing_found(lang)) }
            } @else {
                (table(&Table::new(d.row_by_row, &columns, cells).cards()))
                (list.pages(lang))
            }
        },
    )
}

fn answer(lang: Lang, row: &Row) -> Vec<Markup> {
    let d = &lang.words().data;
    let (tone, said) = match row.outcome {
        Outcome::Accepted => ("good", d.accepted),
        Outcome::Waiting => ("wait", d.waiting),
        Outcome::Rejected => ("bad", d.rejected),
    };
    let say = if row.say.is_empty() { said } else { &row.say };
    vec![
        html! { (count(row.number)) },
        row.column.as_ref().map_or_else(nothing, |column| html! { (column) }),
        row.found.as_ref().map_or_else(nothing, |found| html! { span.tk-mono { (found) } }),
        html! {
            div.tk-verdict {
                span class={ "tk-dot tk-dot--" (tone) } title=(said) {}
                span.tk-phrase { (crate::ui::with_code(say)) }
            }
        },
    ]
}

/// A file somebody sent, in a list of theirs.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: String,
    pub file: String,
    pub sent: DateTime,
    pub state: ImportState,
    pub rows: u64,
    pub rejected: u64,
}

/// The files of one sender, each leading to its answers under `at`.
pub fn uploads(lang: Lang, label: &str, at: &str, uploads: &[Upload]) -> Markup {
    let words = lang.words();
    let d = &words.data;
    let columns = [
        Column::new(d.file, Kind::Name),
        Column::new(d.sent, Kind::Text),
        Column::new(words.common.state, Kind::Text),
        Column::new(d.rows, Kind::Figure),
        Column::new(d.rejected, Kind::Figure),
    ];
    let cells = |upload: &Upload| {
        vec![
            html! { a href={ (at) "/" (upload.id) } { (upload.file) } },
            html! { (moment(upload.sent, lang)) },
            state(words, upload.state),
            html! { (count(upload.rows)) },
            html! { span.tk-missing[upload.rejected > 0] { (count(upload.rejected)) } },
        ]
    };
    table(&Table::new(label, &columns, uploads.iter().map(cells).collect()).cards())
}
