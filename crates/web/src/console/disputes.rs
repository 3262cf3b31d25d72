//! Console, disputes: those that need an answer first, by the day it is due.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::dispute::State;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, PageHead, Table, Tone, card, empty, empty_state, nothing, page_head,
    table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub partner: PartnerRef,
    /// Program, period and what it is about.
    pub about: String,
    pub reason: String,
    pub stated: Money,
    pub expected: Option<Money>,
    pub state: State,
    pub due: Date,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub today: Date,
    pub open: u64,
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.disputes.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, s) = (shell.lang, &shell.words().settle);
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Message, s.no_disputes, s.no_disputes_help, &empty())
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: s.disputes,
                badge: empty(),
                meta: html! { span { (s.disputes_help) } },
                actions: empty(),
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Disputes, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, m, s) = (&words.common, &words.money, &words.settle);
        let chips = [
            Chip::all(c.all, None),
            Chip::new("open", s.state_open, Some(self.open), Tone::Wait),
            Chip::new("answered", s.state_answered, None, Tone::Plain),
            Chip::new("accepted", s.state_accepted, None, Tone::Plain),
            Chip::new("rejected", s.state_rejected, None, Tone::Plain),
            Chip::new("withdrawn", s.state_withdrawn, None, Tone::Plain),
        ];
        let columns = [
            Column::new(c.partner, Kind::Name),
            Column::new(m.reason, Kind::Text),
            Column::new(s.amount_stated, Kind::Figure),
            Column::new(s.amount_asked, Kind::Figure),
            Column::new(c.state, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                let late = row.state == State::Open && row.due < self.today;
                vec![
                    two_lines(
                        &html! { a href={ "/console/disputes/" (row.id) } { (row.partner.name) } },
                        &html! { (row.about) },
                    ),
                    html! { (row.reason) },
                    html! { (row.stated.text(lang)) },
                    row.expected.map_or_else(nothing, |money| html! { (money.text(lang)) }),
                    html! {
                        (row.state.label(words))
                        @if row.state == State::Open {
                            small.tk-below.tk-missing[late] {
                                (crate::i18n::fill(
                                    s.answer_by,
                                    &[("day", &format::day(row.due, lang))],
                                ))
                            }
                        }
                    },
                ]
            })
            .collect();
        html! {
            div.tk-toolbar {
                (self.list.chips(c.filter, &chips))
                (self.list.search_box(words.terms.find_partner))
            }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else { (table(&Table::new(s.disputes, &columns, rows).cards())) }
            (self.list.pages(lang))
        }
    }
}
