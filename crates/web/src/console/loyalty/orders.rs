//! Console, ordered rewards: the inbox, and one order on its way.

use maud::{Markup, html};

use crate::access;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::list::Chip;
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, button_link, card, danger,
    empty, empty_state, encode, facts, notice, page_head, section, status, table,
};
use crate::view::PartnerRef;
use jiff::civil::{Date, DateTime};

const ORDERS: &str = "/console/loyalty/orders";
/// The form that the boxes of the rows belong to.
const CHOSEN: &str = "chosen-orders";

fn href(key: &str) -> String {
    format!("{ORDERS}/{}", encode(key))
}

/// An order in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: String,
    pub partner: PartnerRef,
    pub reward: String,
    pub pieces: String,
    pub points: String,
    pub day: Date,
    pub state: (&'static str, Tone),
    pub cancel_asked: bool,
    /// A step may be taken together with others.
    pub is_open: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    /// By state: key, label, how many.
    pub states: Vec<(&'static str, &'static str, u64, Tone)>,
    pub all: u64,
    /// How many were left when several were taken together.
    pub left: Option<u64>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.orders.orders.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().orders);
        let common = &shell.words().common;
        let mut chips = vec![Chip::all(w.all, Some(self.all))];
        let states = self.states.iter();
        chips.extend(states.map(|(key, label, n, tone)| Chip::new(key, label, Some(*n), *tone)));
        let page = html! {
            (page_head(&PageHead {
                title: w.orders,
                badge: empty(),
                meta: html! { span { (w.orders_help) } },
                actions: html! {
                    @if self.all > 0 {
                        (button_link(
                            common.export,
                            &self.list.export("/console/loyalty/orders.csv"),
                            Look::Outline,
                            Some(Icon::Download),
                        ))
                    }
                },
            }))
            @if let Some(n) = self.left.filter(|n| *n > 0) {
                (notice(
                    Tone::Wait,
                    &html! { (fill(w.bulk_left, &[("n", &format::count(n))])) },
                    &empty(),
                ))
            }
            @if self.all == 0 {
                (card("", empty_state(Icon::Box, w.no_orders, w.no_orders_help, &empty())))
            } @else {
                (self.list.search_box(w.search))
                (self.list.chips(common.filter, &chips))
                (card("tk-dense", html! {
                    @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
                    @else {
                        (self.choosing(shell))
                        (self.table(shell))
                        (self.list.pages(lang))
                    }
                }))
            }
        };
        frame::console(shell, Place::Orders, &[], &page)
    }
}

fn may(shell: &Shell) -> bool {
    access::may_post(shell.role(), ORDERS)
}

impl Page {
    fn choosing(&self, shell: &Shell) -> Markup {
        if !may(shell) || !self.rows.iter().any(|row| row.is_open) {
            return empty();
        }
        let w = &shell.words().orders;
        let fields = html! {
            input type="hidden" name="back" value=(self.list.href());
            button.mui-btn.mui-btn--primary.mui-btn--row type="submit" name="do" value="approve" {
                (w.approve_chosen)
            }
            button.mui-btn.mui-btn--outline.mui-btn--row type="submit" name="do" value="deliver" {
                (w.deliver_chosen)
            }
        };
        shell.form_named(CHOSEN, ORDERS, "tk-choosing", &fields)
    }

    fn table(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().orders);
        let columns = [
            Column::new(w.order, Kind::Name),
            Column::new(w.who, Kind::Text).roomy(),
            Column::new(w.points, Kind::Figure).roomy(),
            Column::new(w.ordered_on, Kind::Text),
            Column::new(w.state, Kind::Text),
        ];
        let may = may(shell);
        let cells = |row: &Row| {
            let what = two_lines(
                &html! { a href=(href(&row.key)) { (row.reward) } },
                &html! { span.tk-mono { (row.key) } " · " (row.pieces) },
            );
            let label = fill(w.choose, &[("order", &row.key)]);
            vec![
                html! {
                    @if may && row.is_open {
                        div.tk-pick {
                            input type="checkbox" name="chosen" value=(row.key) form=(CHOSEN)
                                aria-label=(label);
                            (what)
                        }
                    } @else { (what) }
                },
                html! {
                    a href={ "/console/partners/" (encode(&row.partner.code)) "/loyalty" } {
                        (row.partner.name)
                    }
                },
                html! { (row.points) },
                html! { (format::day_column(row.day, lang)) },
                html! {
                    (status(row.state.0, row.state.1))
                    @if row.cancel_asked { div { (status(w.cancel_asked, Tone::Bad)) } }
                },
            ]
        };
        table(&Table::new(w.orders, &columns, self.rows.iter().map(cells).collect()).cards())
    }
}

/// A step that was taken.
#[derive(Debug, Clone)]
pub struct Step {
    pub what: &'static str,
    pub at: DateTime,
    pub by: String,
    /// With whom it travels, or why.
    pub notes: Vec<String>,
}

/// The steps as a list, the first one first.
pub fn timeline(lang: Lang, steps: &[Step]) -> Markup {
    let w = &lang.words().orders;
    html! {
        ol.tk-steps aria-label=(w.timeline) {
            @for step in steps {
                li {
                    b { (step.what) }
                    small {
                        (format::moment(step.at, lang))
                        @if !step.by.is_empty() { " · " (fill(w.by, &[("who", &step.by)])) }
                    }
                    @for note in &step.notes { small { (note) } }
                }
            }
        }
    }
}

/// One order.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each step may follow or not, by itself")]
pub struct OnePage {
    pub row: Row,
    pub steps: Vec<Step>,
    /// What may follow.
    pub may_approve: bool,
    pub may_send: bool,
    pub may_deliver: bool,
    pub may_cancel: bool,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.row.key, words.orders.orders)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().orders);
        let row = &self.row;
        let partner = format!("/console/partners/{}/loyalty", encode(&row.partner.code));
        let told = [
            (w.reward, html! { (row.reward) " · " (row.pieces) }),
            (w.who, html! { a href=(partner) { (row.partner.name) } }),
            (w.points, html! { (row.points) }),
            (w.ordered_on, html! { (format::day_long(row.day, lang)) }),
        ];
        let page = html! {
            (page_head(&PageHead {
                title: &row.reward,
                badge: html! {
                    (status(row.state.0, row.state.1))
                    @if row.cancel_asked { (status(w.cancel_asked, Tone::Bad)) }
                },
                meta: html! { span.tk-mono { (row.key) } },
                actions: empty(),
            }))
            (card("", facts(&told)))
            @if may(shell) { (self.next(shell)) }
            (section(w.timeline, &empty(), &timeline(lang, &self.steps)))
        };
        frame::console(shell, Place::Orders, &[(row.key.clone(), href(&row.key))], &page)
    }
}

impl OnePage {
    fn next(&self, shell: &Shell) -> Markup {
        let w = &shell.words().orders;
        let to = |step: &str| format!("{}/{step}", href(&self.row.key));
        let is_any = self.may_approve || self.may_send || self.may_deliver || self.may_cancel;
        if !is_any {
            return empty();
        }
        section(
            w.next,
            &empty(),
            &html! {
                @if self.may_approve {
                    (shell.form(&to("approve"), "tk-form", &button(w.approve, Look::Primary, None)))
                }
                @if self.may_send {
                    (shell.form(&to("send"), "tk-form tk-form--tight", &html! {
                        (Field::new("carrier", w.carrier, "").optional().text())
                        (Field::new("tracking", w.tracking, "").optional().text())
                        div { (button(w.send, Look::Primary, None)) }
                    }))
                }
                @if self.may_deliver {
                    (shell.form(&to("deliver"), "tk-form", &button(w.deliver, Look::Primary, None)))
                }
                @if self.may_cancel {
                    (shell.form(&to("cancel"), "tk-form tk-form--tight", &html! {
                        (Field::new("reason", w.reason, "").optional().hint(w.cancel_help).text())
                        div { (danger(w.cancel)) }
                    }))
                }
            },
        )
    }
}
