//! Tables of figures.
//!
//! The kit's tables take their headings as plain text and sort in the browser. Ours sort on the
//! server: a heading is a link, and the page works without scripts. The kit's classes are kept,
//! so that density, hover and themes follow it.

use maud::{Markup, html};

use super::list::List;
use crate::i18n::Lang;

/// What a column holds, which decides how it is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Text,
    /// Right-aligned, in digits of equal width.
    Figure,
    /// A picture that takes the room that is left.
    Picture,
}

/// Where a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Always,
    WideOnly,
}

#[derive(Clone, Copy)]
pub struct Column<'a> {
    pub label: &'a str,
    pub kind: Kind,
    /// What stands in the address to sort by it, if one can.
    pub sort: Option<&'static str>,
    pub shown: Shown,
    /// Words that need more room in a card than a figure does.
    pub roomy: bool,
}

impl<'a> Column<'a> {
    pub const fn new(label: &'a str, kind: Kind) -> Column<'a> {
        Column { label, kind, sort: None, shown: Shown::Always, roomy: false }
    }

    #[must_use]
    pub const fn by(self, key: &'static str) -> Column<'a> {
        Column { sort: Some(key), ..self }
    }

    #[must_use]
    pub const fn wide_only(self) -> Column<'a> {
        Column { shown: Shown::WideOnly, ..self }
    }

    #[must_use]
    pub const fn roomy(self) -> Column<'a> {
        Column { roomy: true, ..self }
    }

    fn class(&self) -> String {
        let kind = match self.kind {
            Kind::Name => "tk-name",
            Kind::Text => "tk-text",
            Kind::Figure => "tk-figure",
            Kind::Picture => "tk-drawn",
        };
        let shown = if self.shown == Shown::WideOnly { " tk-wide" } else { "" };
        let roomy = if self.roomy { " tk-roomy" } else { "" };
        format!("{kind}{shown}{roomy}")
    }
}

/// What a table does where it does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrow {
    /// Scrolls sideways under a fixed first column. For tables that are compared down the column.
    Scroll,
    /// Each row becomes a small card with its headings inside. For lists of things to act on.
    Cards,
}

pub struct Table<'a> {
    pub label: &'a str,
    pub columns: &'a [Column<'a>],
    pub rows: Vec<Vec<Markup>>,
    pub total: Vec<Markup>,
    pub narrow: Narrow,
    /// The list whose order the headings change, if they do.
    pub list: Option<&'a List>,
}

impl<'a> Table<'a> {
    /// A table that nobody sorts.
    pub fn new(label: &'a str, columns: &'a [Column<'a>], rows: Vec<Vec<Markup>>) -> Table<'a> {
        Table { label, columns, rows, total: vec![], narrow: Narrow::Scroll, list: None }
    }

    #[must_use]
    pub fn cards(self) -> Table<'a> {
        Table { narrow: Narrow::Cards, ..self }
    }

    #[must_use]
    pub fn sorted(self, list: &'a List) -> Table<'a> {
        Table { list: Some(list), ..self }
    }

    #[must_use]
    pub fn total(self, total: Vec<Markup>) -> Table<'a> {
        Table { total, ..self }
    }
}

pub fn table(table: &Table) -> Markup {
    let narrow = match table.narrow {
        Narrow::Scroll => "tk-table--scroll",
        Narrow::Cards => "tk-table--cards",
    };
    html! {
        div.mui-table-wrapper.tk-scroll tabindex="0" role="region" aria-label=(table.label) {
            table class={ "mui-table mui-table--hoverable tk-table " (narrow) } {
                thead { tr { @for column in table.columns { (heading(column, table.list)) } } }
                tbody {
                    @for row in &table.rows { tr.mui-table__row { (cells(table.columns, row)) } }
                }
                @if !table.total.is_empty() {
                    tfoot { tr { (cells(table.columns, &table.total)) } }
                }
            }
        }
    }
}

fn heading(column: &Column, list: Option<&List>) -> Markup {
    let class = format!("mui-table__th {}", column.class());
    let (Some(key), Some(list)) = (column.sort, list) else {
        return html! { th class=(class) scope="col" { (column.label) } };
    };
    let href = list.sorted_by(key, column.kind == Kind::Figure);
    let current = list.sort.as_ref().filter(|sort| sort.key == key);
    let order = current.map(|sort| if sort.descending { "descending" } else { "ascending" });
    html! {
        th class=(class) scope="col" aria-sort=[order] {
            a href=(href) {
                (column.label)
                @if let Some(sort) = current {
                    span aria-hidden="true" { @if sort.descending { "↓" } @else { "↑" } }
                }
            }
        }
    }
}

fn cells(columns: &[Column], row: &[Markup]) -> Markup {
    html! {
        @for (column, cell) in columns.iter().zip(row) {
            td class={ "mui-table__td " (column.class()) } data-label=(column.label) { (cell) }
        }
    }
}

/// A company's name in a dense table: on one line, its legal form as the single character that
/// Japanese offices use for it. The full name is in the title.
pub fn one_line(lang: Lang, name: &str, href: &str) -> Markup {
    let short = match lang {
        Lang::En => name.to_string(),
        Lang::Ja => short_form(name),
    };
    html! { a.tk-one-line href=(href) title=(name) { (short) } }
}

/// The form is a word of its own before or behind the name: 生活協同組合連合会 keeps its middle.
fn short_form(name: &str) -> String {
    for (form, sign) in LEGAL_FORMS {
        if let Some(rest) = name.strip_prefix(form) {
            return format!("{sign}{NO_BREAK}{rest}");
        }
        if let Some((before, behind)) = name.split_once(form)
            && (behind.is_empty() || behind.starts_with([' ', '\u{3000}']))
        {
            return format!("{before}{NO_BREAK}{sign}{behind}");
        }
    }
    name.to_string()
}

/// Word joiner: the sign stays with the name it belongs to.
const NO_BREAK: char = '\u{2060}';

const LEGAL_FORMS: [(&str, &str); 5] = [
    ("株式会社", "㈱"),
    ("有限会社", "㈲"),
    ("合同会社", "(同)"),
    ("一般社団法人", "(一社)"),
    ("協同組合", "(協)"),
];

/// A name with a quieter line under it.
pub fn two_lines(name: &Markup, below: &Markup) -> Markup {
    html! { span.tk-two-lines { (name) small { (below) } } }
}
