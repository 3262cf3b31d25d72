//! Console, who takes a course: how far everybody is, with scores and certificates.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button_link, card, empty, empty_state,
    encode, nothing, page_head, status, table,
};
use crate::view::PartnerRef;

/// Somebody who began.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub partner: PartnerRef,
    /// Pages read, of how many.
    pub pages: String,
    pub tries: i64,
    pub best: Option<String>,
    pub finished: Option<Date>,
    pub certificate: Option<Ends>,
    pub last: String,
}

/// Until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Never,
    On(Date),
    /// It has ended.
    Over(Date),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        fill(words.training.people_of, &[("name", &self.name)])
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let path = format!("/console/training/{}", encode(&self.code));
        let chips = [
            Chip::all(shell.words().common.all, None),
            Chip::new("open", t.show_open, None, Tone::Wait),
            Chip::new("finished", t.show_finished, None, Tone::Good),
            Chip::new("lapsing", t.show_lapsing, None, Tone::Bad),
        ];
        let file = self.list.export(&format!("{path}/people.csv"));
        let page = html! {
            (page_head(&PageHead {
                title: &self.title(shell.words()),
                badge: empty(),
                meta: html! { span { (t.facts_help) } },
                actions: html! {
                    @if !self.rows.is_empty() {
                        (button_link(t.people_file, &file, Look::Outline, Some(Icon::Download)))
                    }
                },
            }))
            (card("tk-dense", html! {
                (self.list.chips(t.people, &chips))
                @if !self.rows.is_empty() { (self.table(lang)) }
                @else if self.list.is_narrowed() { (self.list.nothing_found(lang)) }
                @else { (empty_state(Icon::Users, t.no_people, t.no_people_help, &empty())) }
                (self.list.pages(lang))
            }))
        };
        let crumbs = [(self.name.clone(), path), (t.people.to_owned(), String::new())];
        frame::console(shell, Place::Training, &crumbs, &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let columns = [
            Column::new(t.col_person, Kind::Name),
            Column::new(lang.words().common.partner, Kind::Text),
            Column::new(t.col_pages, Kind::Figure),
            Column::new(t.col_tries, Kind::Figure),
            Column::new(t.col_best, Kind::Figure),
            Column::new(t.col_finished, Kind::Text),
            Column::new(t.col_certificate, Kind::Text),
            Column::new(t.col_last, Kind::Text).wide_only(),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        table(&Table::new(t.people, &columns, rows).cards())
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let t = &lang.words().training;
        let href = format!("/console/partners/{}", encode(&self.partner.code));
        let day = |day: Date| html! { (format::day_column(day, lang)) };
        vec![
            html! { (self.name) },
            html! { a href=(href) { (self.partner.name) } },
            html! { (self.pages) },
            html! { (format::count(self.tries)) },
            self.best.as_ref().map_or_else(nothing, |best| html! { (best) }),
            self.finished.map_or_else(nothing, day),
            match self.certificate {
                None => nothing(),
                Some(Ends::Never) => html! { (t.for_good) },
                Some(Ends::On(last)) => day(last),
                Some(Ends::Over(last)) => {
                    html! { (day(last)) " " (status(t.cert_over, Tone::Bad)) }
                }
            },
            html! { (self.last) },
        ]
    }
}
