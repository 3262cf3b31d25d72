//! The state of a list: search, filter, order and page, all of it in the address.

use maud::{Markup, html};

use super::encode;
use super::icon::{Icon, icon};
use super::parts::Tone;
use crate::format::count;
use crate::i18n::{Lang, fill};

/// How rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub key: String,
    pub descending: bool,
}

/// What of a list is shown. A page with a list holds one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The address without its query.
    pub path: String,
    /// What else stays in the address, such as the tab.
    pub keep: Vec<(String, String)>,
    pub q: String,
    pub filter: Option<String>,
    pub sort: Option<Sort>,
    /// The first page is 1.
    pub page: u32,
    pub rows_per_page: u32,
    /// Rows that match, on all pages.
    pub rows: u64,
    /// The last row of this page, where the next one is found by it.
    pub after: Option<String>,
}

impl List {
    pub fn new(path: impl Into<String>) -> List {
        List {
            path: path.into(),
            keep: vec![],
            q: String::new(),
            filter: None,
            sort: None,
            page: 1,
            rows_per_page: 50,
            rows: 0,
            after: None,
        }
    }

    pub fn is_narrowed(&self) -> bool {
        !self.q.is_empty() || self.filter.is_some()
    }

    /// The address of this state.
    pub fn href(&self) -> String {
        let mut pairs = self.keep.clone();
        if !self.q.is_empty() {
            pairs.push(("q".into(), self.q.clone()));
        }
        if let Some(filter) = &self.filter {
            pairs.push(("filter".into(), filter.clone()));
        }
        if let Some(sort) = &self.sort {
            let mark = if sort.descending { "-" } else { "" };
            pairs.push(("sort".into(), format!("{mark}{}", sort.key)));
        }
        if self.page > 1 {
            pairs.push(("page".into(), self.page.to_string()));
        }
        with_query(&self.path, &pairs)
    }

    /// The address of the next page.
    fn next(&self) -> String {
        let mut next = List { page: self.page + 1, ..self.clone() };
        next.keep.extend(self.after.iter().map(|after| ("after".into(), after.clone())));
        next.href()
    }

    /// The address sorted by a column: figures from the largest, a second click turns it.
    pub fn sorted_by(&self, key: &str, descending_first: bool) -> String {
        let descending = match &self.sort {
            Some(sort) if sort.key == key => !sort.descending,
            _ => descending_first,
        };
        let sort = Some(Sort { key: key.into(), descending });
        List { sort, page: 1, ..self.clone() }.href()
    }

    pub fn filtered_by(&self, filter: Option<&str>) -> String {
        List { filter: filter.map(Into::into), page: 1, ..self.clone() }.href()
    }

    /// The address of the same rows as a file.
    pub fn export(&self, path: &str) -> String {
        List { path: path.into(), page: 1, ..self.clone() }.href()
    }

    fn cleared(&self) -> String {
        List { q: String::new(), filter: None, page: 1, ..self.clone() }.href()
    }

    /// A search box that keeps the filter and the order.
    pub fn search_box(&self, label: &str) -> Markup {
        html! {
            form.tk-search.tk-search--inline role="search" action=(self.path) {
                (icon(Icon::Search))
                input type="search" name="q" value=(self.q) placeholder=(label)
                    aria-label=(label);
                @for (name, value) in &self.keep {
                    input type="hidden" name=(name) value=(value);
                }
                @if let Some(filter) = &self.filter {
                    input type="hidden" name="filter" value=(filter);
                }
                @if let Some(sort) = &self.sort {
                    input type="hidden" name="sort"
                        value={ @if sort.descending { "-" } (sort.key) };
                }
            }
        }
    }

    /// Filters above the list: links, with the number of rows each leaves.
    pub fn chips(&self, label: &str, chips: &[Chip]) -> Markup {
        html! {
            nav.mui-status-chip-group.tk-chips aria-label=(label) {
                @for chip in chips {
                    @let current = self.filter.as_deref() == chip.key;
                    a.mui-status-chip-group__chip href=(self.filtered_by(chip.key))
                        data-tone=(chip.tone.key()) aria-current=[current.then_some("true")] {
                        (chip.label)
                        @if let Some(rows) = chip.rows {
                            span.mui-status-chip-group__count { (count(rows)) }
                        }
                    }
                }
            }
        }
    }

    /// Where in the list this page is, and the way on.
    pub fn pages(&self, lang: Lang) -> Markup {
        let c = &lang.words().common;
        let per_page = u64::from(self.rows_per_page.max(1));
        let first = u64::from(self.page.max(1) - 1) * per_page + 1;
        let last = (first + per_page - 1).min(self.rows);
        let of = fill(
            c.rows_of,
            &[("first", &count(first)), ("last", &count(last)), ("all", &count(self.rows))],
        );
        html! {
            @if self.rows > 0 {
                nav.tk-pages aria-label=(c.pages) {
                    span { (of) }
                    span.tk-pages__links {
                        @if self.page > 1 {
                            a href=(List { page: self.page - 1, ..self.clone() }.href())
                                rel="prev" { (c.previous) }
                        }
                        @if last < self.rows {
                            a href=(self.next())
                                rel="next" { (c.next) (icon(Icon::ChevronRight)) }
                        }
                    }
                }
            }
        }
    }

    /// Filtered to nothing: which filter, and the link that clears it.
    pub fn nothing_found(&self, lang: Lang) -> Markup {
        let c = &lang.words().common;
        let said = if self.q.is_empty() {
            c.nothing_in_filter.to_string()
        } else {
            fill(c.nothing_found, &[("q", &self.q)])
        };
        html! {
            div.tk-empty {
                span.tk-disc aria-hidden="true" { (icon(Icon::Search)) }
                h3 { (said) }
                p { a href=(self.cleared()) { (c.clear_filter) } }
            }
        }
    }
}

/// One filter of a list.
pub struct Chip<'a> {
    /// What stands in the address; nothing means all rows.
    pub key: Option<&'a str>,
    pub label: &'a str,
    pub rows: Option<u64>,
    pub tone: Tone,
}

impl<'a> Chip<'a> {
    pub fn all(label: &'a str, rows: Option<u64>) -> Chip<'a> {
        Chip { key: None, label, rows, tone: Tone::Plain }
    }

    pub fn new(key: &'a str, label: &'a str, rows: Option<u64>, tone: Tone) -> Chip<'a> {
        Chip { key: Some(key), label, rows, tone }
    }
}

/// An address with its query.
pub fn with_query(path: &str, pairs: &[(String, String)]) -> String {
    let query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if query.is_empty() { path.into() } else { format!("{path}?{}", query.join("&")) }
}
