//! Console, accounts that wait for a second person, to be confirmed one by one or many at once.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    encode, page_head, table,
};
use crate::view::PartnerRef;

/// An account that waits.
#[derive(Debug, Clone)]
pub struct Row {
    pub partner: PartnerRef,
    /// Its end.
    pub number: String,
    pub holder: String,
    pub by: String,
    pub at: DateTime,
    /// What is sent to confirm it: nothing but what was seen is confirmed.
    pub key: String,
    /// The reader entered it, and so may not confirm it.
    pub is_own: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// How many wait in all; the first are shown.
    pub total: u64,
}

/// The form that the boxes of the rows belong to.
const CHOSEN: &str = "chosen-payees";

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.papers.payees.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().papers;
        let may = access::may_post(shell.role(), "/console/payees/confirm");
        let page = html! {
            (page_head(&PageHead {
                title: p.payees,
                badge: empty(),
                meta: html! { span { (p.payees_help) } },
                actions: html! {
                    @if may {
                        (button_link(p.payees_upload, "/console/imports/new?kind=payees",
                            Look::Primary, Some(Icon::Upload)))
                    }
                },
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Check, p.no_payees, p.no_payees_help, &empty())
            } else {
                self.waiting(shell, may)
            }))
        };
        let crumbs = [(p.payees.to_owned(), String::new())];
        frame::console(shell, Place::Payments, &crumbs, &page)
    }
}

impl Page {
    fn waiting(&self, shell: &Shell, may: bool) -> Markup {
        let words = shell.words();
        let (p, m) = (&words.papers, &words.money);
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(p.account, Kind::Text),
            Column::new(p.account_holder, Kind::Text),
            Column::new(p.entered, Kind::Text),
        ];
        let mine: Vec<&str> =
            self.rows.iter().filter(|row| may && !row.is_own).map(|row| row.key.as_str()).collect();
        let shown = self.rows.len() as u64;
        html! {
            @if !mine.is_empty() {
                (shell.form_named(CHOSEN, "/console/payees/confirm", "tk-choosing", &html! {
                    input type="hidden" name="shown" value=(mine.join("\n"));
                    label.tk-pick {
                        input type="checkbox" name="whole_page" value="1";
                        span {
                            (fill(m.choose_all, &[("n", &format::count(mine.len() as u64))]))
                        }
                    }
                    (button(p.confirm_chosen, Look::Primary, None))
                }))
            }
            (table(&Table::new(p.payees, &columns,
                self.rows.iter().map(|row| row.cells(shell, may)).collect()).cards()))
            @if shown < self.total {
                p.tk-small.tk-muted {
                    (fill(p.payees_more, &[("n", &format::count(self.total - shown))]))
                }
            }
            @if may && self.rows.iter().any(|row| row.is_own) {
                p.tk-small.tk-muted { (words.money.second_person) }
            }
        }
    }
}

impl Row {
    fn cells(&self, shell: &Shell, may: bool) -> Vec<Markup> {
        let lang = shell.lang;
        let href = format!("/console/partners/{}/payee", encode(&self.partner.code));
        let label = fill(shell.words().money.choose, &[("partner", &self.partner.name)]);
        let name = two_lines(
            &html! { a href=(href) { (self.partner.name) } },
            &html! { span.tk-mono { (self.partner.code) } },
        );
        vec![
            html! {
                @if may && !self.is_own {
                    div.tk-pick {
                        input type="checkbox" name="chosen" value=(self.key) form=(CHOSEN)
                            aria-label=(label);
                        (name)
                    }
                } @else { (name) }
            },
            html! { span.tk-mono { (self.number) } },
            html! { (self.holder) },
            two_lines(&html! { (self.by) }, &html! { (format::moment(self.at, lang)) }),
        ]
    }
}
