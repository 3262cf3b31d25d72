//! Console, all courses.

use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, card, empty, empty_state, encode,
    page_head, status, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    /// The version that acts, in words.
    pub active: Option<String>,
    /// The draft behind it, in words.
    pub draft: Option<String>,
    /// What it has, in words.
    pub holds: String,
    /// How many began and finished, in words.
    pub people: [String; 2],
    /// Who changed it last, and when.
    pub by: (String, String),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.training.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let path = "/console/training/new";
        let new = html! {
            @if access::may_post(shell.role(), path) {
                (button_link(t.new_course, path, Look::Primary, Some(Icon::Plus)))
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: t.title,
                badge: empty(),
                meta: html! { span { (t.console_help) } },
                actions: if self.rows.is_empty() { empty() } else { new.clone() },
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Book, t.none_yet, t.none_yet_help, &new)
            } else { self.table(lang) }))
        };
        frame::console(shell, Place::Training, &[], &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let t = &words.training;
        let columns = [
            Column::new(t.course, Kind::Name),
            Column::new(words.common.state, Kind::Text),
            Column::new(t.holds, Kind::Text).roomy(),
            Column::new(t.people, Kind::Text),
            Column::new(words.loyalty.who, Kind::Text).roomy(),
        ];
        let rows = self.rows.iter().map(Row::cells).collect();
        table(&Table::new(t.title, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self) -> Vec<Markup> {
        let href = format!("/console/training/{}", encode(&self.code));
        vec![
            two_lines(
                &html! { a href=(href) { (self.name) } },
                &html! { span.tk-mono { (self.code) } },
            ),
            html! {
                @if let Some(active) = &self.active { (status(active, Tone::Good)) }
                @if let Some(draft) = &self.draft { div { (status(draft, Tone::Wait)) } }
            },
            html! { span.tk-waits { (self.holds) } },
            two_lines(
                &html! { a href={ (href) "/people" } { (self.people[0]) } },
                &html! { (self.people[1]) },
            ),
            two_lines(&html! { (self.by.0) }, &html! { (self.by.1) }),
        ]
    }
}
