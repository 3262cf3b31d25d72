//! Console, the audit log: who did what, when. Nothing in it is ever changed.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::diff::Line;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    page_head, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub number: u64,
    pub at: DateTime,
    pub who: String,
    /// What was done, in the reader's language.
    pub what: String,
    /// What it was done to, and where that is.
    pub to: String,
    pub href: Option<String>,
    pub detail: String,
    /// What was before and what is after, where it is longer than a line.
    pub diff: Vec<Line>,
}

/// Which entries are shown, as typed.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    pub kind: String,
    pub subject: String,
    pub person: String,
    pub from: String,
    pub until: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    pub narrow: Narrow,
    /// Kinds of things, by word and name.
    pub kinds: Vec<(String, String)>,
    /// People, by id and name.
    pub people: Vec<(String, String)>,
    /// Where the next page begins, if there is one.
    pub older: Option<i64>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.audit.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let k = &words.console;
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Shield, k.no_audit, k.no_audit_help, &empty())
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.audit,
                badge: empty(),
                meta: html! { span { (k.audit_help) } },
                actions: html! {
                    (button_link(words.common.export, &self.export(), Look::Outline,
                        Some(Icon::Download)))
                },
            }))
            (card("tk-dense", html! { (self.filter(lang)) (content) }))
        };
        frame::console(shell, Place::Audit, &[], &page)
    }
}

impl Page {
    fn filter(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        let narrow = &self.narrow;
        let choice = |name: &str, label: &str, value: &str, options: &[(String, String)]| {
            html! {
                select.mui-input name=(name) aria-label=(label) {
                    option value="" { (label) ": " (s.audit_all) }
                    @for (key, text) in options {
                        option value=(key) selected[key == value] { (text) }
                    }
                }
            }
        };
        html! {
            form.tk-inline-form.tk-narrow action="/console/audit" {
                (choice("kind", s.audit_kind, &narrow.kind, &self.kinds))
                input.mui-input type="search" name="subject" value=(narrow.subject)
                    placeholder=(s.audit_subject) aria-label=(s.audit_subject);
                (choice("person", s.audit_person, &narrow.person, &self.people))
                input.mui-input type="date" name="from" value=(narrow.from)
                    aria-label=(s.audit_from);
                input.mui-input type="date" name="until" value=(narrow.until)
                    aria-label=(s.audit_until);
                (button(s.narrow, Look::Outline, None))
            }
        }
    }

    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let k = &words.console;
        let columns = [
            Column::new(k.number, Kind::Figure),
            Column::new(k.when, Kind::Text),
            Column::new(k.who, Kind::Text),
            Column::new(k.what, Kind::Name),
            Column::new(k.detail, Kind::Text).wide_only(),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    html! { (format::count(row.number)) },
                    html! { (format::moment_column(row.at, lang)) },
                    html! { (row.who) },
                    html! {
                        (row.what)
                        @match &row.href {
                            Some(href) => { small.tk-below { a href=(href) { (row.to) } } }
                            None if row.to.is_empty() => {}
                            None => { small.tk-below { (row.to) } }
                        }
                    },
                    html! { span.tk-detail { (row.detail) } (diff(lang, &row.diff)) },
                ]
            })
            .collect();
        html! {
            (table(&Table::new(words.common.audit, &columns, rows).cards()))
            @if let Some(older) = self.older {
                nav.tk-pages aria-label=(words.common.pages) {
                    span {}
                    a href=(self.older(older)) rel="next" { (k.older) }
                }
            }
        }
    }

    /// The address of older entries of the same kind.
    fn older(&self, older: i64) -> String {
        self.address("/console/audit", &older.to_string())
    }

    /// The address of the file of all of them.
    fn export(&self) -> String {
        self.address("/console/audit.csv", "")
    }

    fn address(&self, path: &str, older: &str) -> String {
        let narrow = &self.narrow;
        let pairs = [
            ("kind", &narrow.kind),
            ("subject", &narrow.subject),
            ("person", &narrow.person),
            ("from", &narrow.from),
            ("until", &narrow.until),
            ("older", &older.to_owned()),
        ];
        let pairs: Vec<(String, String)> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        crate::ui::list::with_query(path, &pairs)
    }
}

/// Lines that went and came, behind a disclosure.
fn diff(lang: Lang, lines: &[Line]) -> Markup {
    let s = &lang.words().settle;
    html! {
        @if !lines.is_empty() {
            details.tk-who {
                summary { (s.before_after) }
                (diff_lines(lang, lines))
            }
        }
    }
}

/// Lines of a comparison.
pub fn diff_lines(lang: Lang, lines: &[Line]) -> Markup {
    let s = &lang.words().settle;
    html! {
        pre.tk-diff tabindex="0" {
            @for line in lines {
                @match line {
                    Line::Gone(text) => { del { "− " (text) } "\n" }
                    Line::New(text) => { ins { "+ " (text) } "\n" }
                    Line::Same(count) => {
                        span { (fill(s.same_lines, &[("n", &format::count(*count as u64))])) }
                        "\n"
                    }
                }
            }
        }
    }
}
