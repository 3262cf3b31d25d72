//! Console, holds: what is not paid for now, why, and until when.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, card, empty, empty_state,
    encode, page_head, section, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub partner: PartnerRef,
    /// The only payout it is on.
    pub payout: Option<String>,
    pub reason: String,
    pub until: Option<Date>,
    pub placed_by: String,
    pub placed_at: DateTime,
    /// How it ended, if it did.
    pub released: Option<String>,
    pub is_acting: bool,
}

/// What was typed, given back when something is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub partner: String,
    pub reason: String,
    pub until: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    pub draft: Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.holds.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let page = html! {
            (page_head(&PageHead {
                title: s.holds,
                badge: empty(),
                meta: html! { span { (s.hold_help) } },
                actions: empty(),
            }))
            div.tk-chart-side.tk-close {
                (card("tk-dense", if self.rows.is_empty() {
                    empty_state(Icon::Clock, s.no_holds, s.no_holds_help, &empty())
                } else { self.rows(shell) }))
                @if access::may_post(shell.role(), "/console/holds") { (self.form(shell)) }
            }
        };
        frame::console(shell, Place::Holds, &[], &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let (c, m, s) = (&lang.words().common, &lang.words().money, &lang.words().settle);
        let columns = [
            Column::new(c.partner, Kind::Name),
            Column::new(m.reason, Kind::Name),
            Column::new(c.state, Kind::Text),
            Column::new(c.actions, Kind::Text),
        ];
        let rows = self.rows.iter().map(|row| row.cells(shell)).collect();
        html! {
            (table(&Table::new(s.holds, &columns, rows).cards()))
            (self.list.pages(lang))
        }
    }

    fn form(&self, shell: &Shell) -> Markup {
        let (m, s) = (&shell.words().money, &shell.words().settle);
        let draft = &self.draft;
        section(
            s.hold,
            &empty(),
            &shell.form(
                "/console/holds",
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("partner", s.partner_code, &draft.partner)
                        .hint(s.hold_everything).text())
                    (Field::new("reason", m.reason, &draft.reason).lines(2))
                    (Field::new("until", s.hold_until, &draft.until).optional().date())
                    (button(s.hold, Look::Primary, None))
                },
            ),
        )
    }
}

impl Row {
    fn cells(&self, shell: &Shell) -> Vec<Markup> {
        let lang = shell.lang;
        vec![
            two_lines(
                &html! {
                    a href={ "/console/partners/" (encode(&self.partner.code)) } {
                        (self.partner.name)
                    }
                },
                &self.on(lang),
            ),
            two_lines(
                &html! { (self.reason) },
                &html! {
                    (fill(lang.words().settle.decided_by, &[
                        ("who", &self.placed_by),
                        ("when", &format::moment(self.placed_at, lang)),
                    ]))
                },
            ),
            self.state(lang),
            html! { div.tk-acts { (release(shell, &self.id, self.is_acting)) } },
        ]
    }

    fn on(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @match &self.payout {
                Some(id) => { a href={ "/console/payouts/" (id) } { (s.see_payout) } }
                None => { (s.hold_everything) }
            }
        }
    }

    fn state(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @if self.is_acting { (status(s.hold_on, Tone::Wait)) }
            @if let Some(day) = self.until {
                small.tk-below { (fill(s.due, &[("day", &format::day(day, lang))])) }
            }
            @if let Some(released) = &self.released { small.tk-below { (released) } }
        }
    }
}

/// The button that ends a hold by hand.
pub fn release(shell: &Shell, id: &str, is_acting: bool) -> Markup {
    let s = &shell.words().settle;
    if !is_acting || !access::may_post(shell.role(), "/console/holds/{id}/release") {
        return empty();
    }
    shell.form(
        &format!("/console/holds/{id}/release"),
        "tk-act",
        &html! {
            input type="hidden" name="back" value=(shell.here);
            input.mui-input name="comment" maxlength="2000" placeholder=(s.comment)
                aria-label=(s.comment);
            button.mui-btn.mui-btn--outline.mui-btn--row type="submit" { (s.release) }
        },
    )
}
