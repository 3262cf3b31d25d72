//! Console, one program: who is enrolled, and enrolling more. The text stays the only truth: what is
//! sent here becomes a draft of it.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::shell::Shell;
use crate::ui::form::Field;
use crate::ui::{
    Column, Kind, List, Look, Table, Tone, button, card, empty, encode, nothing, notice, section,
    table,
};

/// A partner as the text enrols it.
#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    /// The partner's name, if there is such a partner.
    pub name: Option<String>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub ship_to: Option<String>,
    pub skip: bool,
}

/// How a program says who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Everybody,
    Condition(String),
    List,
}

#[derive(Debug, Clone)]
pub struct Members {
    pub says: Says,
    pub list: List,
    pub rows: Vec<Row>,
    /// The draft that is shown and would be changed; none if a new one would be made.
    pub draft: Option<u32>,
    /// The day from which an amendment holds unless another is said.
    pub from: Date,
    /// What partners were looked for, and how many were found that are not enrolled.
    pub found: Option<(String, u64)>,
    /// What stands in the form.
    pub typed: String,
    pub problem: Option<String>,
}

impl Members {
    pub fn draw(&self, shell: &Shell, code: &str) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let t = &words.terms;
        let may = access::may_post(shell.role(), "/console/programs/{code}/members");
        html! {
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            @if let Some(draft) = self.draft {
                (notice(Tone::Info, &html! {
                    (fill(t.members_of_draft, &[("n", &draft.to_string())]))
                }, &html! {
                    a href={ "/console/programs/" (encode(code)) "/versions/" (draft) } {
                        (words.common.state_draft)
                    }
                }))
            }
            (card("tk-dense", match &self.says {
                Says::Everybody => html! { p.tk-phrase { (t.members_everybody) } },
                Says::Condition(text) => html! {
                    p.tk-phrase { (t.members_condition) }
                    p { code.tk-mono { (text) } }
                },
                Says::List => self.rows(lang),
            }))
            @if may { (self.enrol(shell, code)) }
        }
    }

    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, d, t) = (&words.common, &words.data, &words.terms);
        let columns = [
            Column::new(c.partner, Kind::Name),
            Column::new(d.code, Kind::Text),
            Column::new(t.member_from, Kind::Text),
            Column::new(t.member_to, Kind::Text),
            Column::new(t.member_ship_to, Kind::Text),
            Column::new(c.state, Kind::Text),
        ];
        let day = |day: Option<Date>| {
            day.map_or_else(nothing, |day| html! { (format::day_column(day, lang)) })
        };
        let rows = self.rows.iter().map(|row| {
            vec![
                if let Some(name) = &row.name {
                    html! { a href={ "/console/partners/" (encode(&row.code)) } { (name) } }
                } else {
                    html! { span.tk-missing { (t.member_unknown) } }
                },
                html! { span.tk-mono { (row.code) } },
                day(row.from),
                day(row.to),
                row.ship_to.as_ref().map_or_else(nothing, |to| html! { span.tk-mono { (to) } }),
                html! { @if row.skip { (t.member_skip) } @else { (t.member_in) } },
            ]
        });
        html! {
            div.tk-toolbar { (self.list.search_box(t.find_partner)) }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else { (table(&Table::new(t.members, &columns, rows.collect()).cards())) }
            (self.list.pages(lang))
        }
    }

    fn enrol(&self, shell: &Shell, code: &str) -> Markup {
        let words = shell.words();
        let t = &words.terms;
        let path = format!("/console/programs/{}", encode(code));
        let from = self.from.to_string();
        section(
            t.enrol,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (t.enrol_help) }
                form.tk-form method="get" action=(path) {
                    input type="hidden" name="tab" value="members";
                    @let sought = self.found.as_ref().map_or("", |(q, _)| q.as_str());
                    (Field::new("find", t.enrol_find, sought).text())
                    div.tk-form__send { (button(t.enrol_take_found, Look::Outline, None)) }
                }
                @if let Some((_, n)) = &self.found {
                    p.tk-small { (fill(t.enrol_found, &[("n", &format::count(*n))])) }
                }
                (shell.form(&format!("{path}/members"), "tk-form", &html! {
                    (Field::new("members", t.enrol_lines, &self.typed)
                        .hint(t.enrol_lines_help).lines(6))
                    @if self.draft.is_none() {
                        (Field::new("from", t.enrol_from, &from).date())
                    }
                    @if self.says != Says::List {
                        label.tk-small {
                            input type="checkbox" name="replace" value="yes"; " "
                            (t.enrol_replace)
                        }
                    }
                    div.tk-form__send { (button(t.enrol_send, Look::Primary, None)) }
                }))
            },
        )
    }
}
