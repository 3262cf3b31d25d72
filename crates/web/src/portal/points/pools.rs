//! Portal, points: a group that the reader shares points with, and passing points on.
//!
//! # Promises
//!
//! * A group is there for its members alone, and says nothing of what another member did but what
//!   moved in it.
//! * Points are passed on after it was looked at what that takes and leaves, once for each form.

use engine::views::loyalty::{MemberGave, PoolShown};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{OVERVIEW, Tab, history, points, tabs};
use crate::access;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::reading::name;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Look, PageHead, Tone, button, button_link, card, empty, encode, link_more, notice, page_head,
    receipt, section, section_with,
};

pub const POOLS: &str = "/portal/points/pools";
pub const PASS_ON: &str = "/portal/points/pass-on";

pub(super) fn href(code: &str) -> String {
    format!("{POOLS}/{}", encode(code))
}

/// What passing points on would take and leave.
#[derive(Debug, Clone)]
pub struct Check {
    /// The form's fields, to be sent again.
    pub fields: Vec<(&'static str, String)>,
    /// Whoever receives them, by name.
    pub to: String,
    pub takes: String,
    pub now: String,
    pub left: String,
    /// Why it would be refused.
    pub refusal: Option<String>,
}

/// One group of the reader.
#[derive(Debug, Clone)]
pub struct Page {
    pub pool: PoolShown,
    pub members: Vec<String>,
    pub gave: MemberGave,
    pub movements: Vec<history::Movement>,
    /// How many are to be taken out, as typed, and what is wrong with that.
    pub typed: String,
    pub wrong: Option<String>,
    pub check: Option<Check>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!(
            "{} · {}",
            self.pool.pool.name.values().next().map_or("", String::as_str),
            words.keeping.pool
        )
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().keeping);
        let title = name(lang, &self.pool.pool.name, self.pool.code.as_str());
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: empty(),
                meta: html! {
                    span { (w.share) " " (format::rate(self.pool.pool.share)) }
                },
                actions: button_link(shell.words().points.overview, OVERVIEW, Look::Outline, None),
            }))
            (tabs(lang, Tab::Overview))
            @match &self.check {
                Some(check) => {
                    (confirm(shell, check, (&href(self.pool.code.as_str()), true)))
                }
                None => { (self.parts(shell)) }
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl Page {
    fn points(&self, lang: Lang, amount: Decimal) -> String {
        points(lang, amount, self.pool.decimals, &self.pool.unit_name, &self.pool.pool.points)
    }

    fn parts(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().keeping);
        let held = [(w.waiting, self.pool.escrow), (w.reserved, self.pool.reserved)];
        let held = held.into_iter().filter(|(_, amount)| !amount.is_zero());
        let may = access::may_post(shell.role(), "/portal/points/pools/{code}");
        let mut gave = vec![(w.by_shares, html! { (self.points(lang, self.gave.shared)) })];
        for (label, amount) in [(w.passed_in, self.gave.passed), (w.taken_out, self.gave.taken_out)]
        {
            if !amount.is_zero() {
                gave.push((label, html! { (self.points(lang, amount)) }));
            }
        }
        html! {
            div.tk-points {
                (section_with("tk-purse tk-points__card", w.holds, &empty(), &html! {
                    p.tk-purse__figure {
                        (format::figure(self.pool.amount, self.pool.decimals)) " "
                        span.tk-points__unit {
                            (name(lang, &self.pool.unit_name, &self.pool.pool.points))
                        }
                    }
                    dl.tk-facts.tk-facts--lines.tk-points__more {
                        @for (label, amount) in held {
                            div { dt { (label) } dd { (self.points(lang, amount)) } }
                        }
                    }
                }))
                (section(w.you_gave, &empty(), &receipt(&gave)))
            }
            @if self.pool.pool.draw && may { (self.take_out(lang)) }
            (section(w.members, &empty(), &html! {
                ul.tk-rows {
                    @for member in &self.members { li { div.tk-rows__text { (member) } } }
                }
            }))
            (section(w.pool_moved, &empty(), &html! {
                @if self.movements.is_empty() { p.tk-small.tk-muted { (w.no_pool_moved) } }
                ul.tk-rows { @for moved in &self.movements { (history::line(lang, moved)) } }
            }))
        }
    }

    /// How many. Looking changes nothing, so that the address says it.
    fn take_out(&self, lang: Lang) -> Markup {
        let w = &lang.words().keeping;
        section_with(
            "tk-points__narrow",
            w.take_out,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (w.take_out_help) }
                form.tk-form.tk-form--tight method="get" action=(href(self.pool.code.as_str())) {
                    (Field::new("amount", w.amount_out, &self.typed).error(self.wrong.as_deref()).text())
                    div { (button(w.check, Look::Primary, None)) }
                }
            },
        )
    }
}

/// What is looked at before points go.
fn confirm(shell: &Shell, check: &Check, (action, is_out): (&str, bool)) -> Markup {
    let w = &shell.words().keeping;
    let (now, then) =
        if is_out { (w.pool_has_now, w.pool_has_then) } else { (w.have_now, w.have_then) };
    let mut rows = vec![
        (w.to, html! { b { (check.to) } }),
        (w.amount, html! { b { (check.takes) } }),
        (now, html! { (check.now) }),
    ];
    if check.refusal.is_none() {
        rows.push((then, html! { (check.left) }));
    }
    let label =
        fill(if is_out { w.confirm_take } else { w.confirm_pass }, &[("points", &check.takes)]);
    let change = button_link(w.change, action, Look::Outline, None);
    section_with(
        "tk-points__narrow",
        w.confirm_title,
        &empty(),
        &html! {
            (receipt(&rows))
            @match &check.refusal {
                Some(why) => {
                    (notice(Tone::Wait, &html! { (why) }, &empty()))
                    div.tk-points__act { (change) }
                }
                None => {
                    @if !is_out {
                        p.tk-small.tk-muted.tk-phrase.tk-points__note { (w.confirm_help) }
                    }
                    (shell.form(action, "tk-points__act", &html! {
                        @for (name, value) in &check.fields {
                            input type="hidden" name=(name) value=(value);
                        }
                        (button(&label, Look::Primary, None))
                        (change)
                    }))
                }
            }
        },
    )
}

/// Passing points on.
#[derive(Debug, Clone)]
pub struct PassOn {
    /// Currencies that may be passed on, by code and what there is.
    pub units: Vec<(String, String)>,
    /// Groups of the reader, by code and name.
    pub pools: Vec<(String, String)>,
    /// Whether any other partner may have them.
    pub to_partners: bool,
    pub unit: String,
    pub to: String,
    pub partner: String,
    pub amount: String,
    /// The field that is wrong, and how.
    pub wrong: Option<(&'static str, String)>,
    pub check: Option<Check>,
}

impl View for PassOn {
    fn title(&self, words: &Words) -> String {
        words.keeping.pass_on.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().keeping);
        let page = html! {
            (page_head(&PageHead {
                title: w.pass_on,
                badge: empty(),
                meta: html! { span { (w.pass_on_help) } },
                actions: button_link(shell.words().points.overview, OVERVIEW, Look::Outline, None),
            }))
            (tabs(lang, Tab::Overview))
            @match &self.check {
                Some(check) => { (confirm(shell, check, (PASS_ON, false))) }
                None => { (self.choose(lang)) }
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl PassOn {
    fn choose(&self, lang: Lang) -> Markup {
        let w = &lang.words().keeping;
        let wrong = |field: &str| {
            self.wrong.as_ref().filter(|(own, _)| *own == field).map(|(_, what)| what.as_str())
        };
        let mut pools = self.pools.clone();
        if self.to_partners {
            pools.push((String::new(), w.to_code.into()));
        }
        card(
            "tk-points__narrow",
            html! {
                form.tk-form.tk-form--tight method="get" action=(PASS_ON) {
                    (Field::new("unit", w.which_points, &self.unit).select(&self.units))
                    @if !self.pools.is_empty() {
                        (Field::new("to", w.to, &self.to).optional().select(&pools))
                    }
                    @if self.to_partners {
                        (Field::new("partner", w.to_code, &self.partner)
                            .optional()
                            .error(wrong("partner"))
                            .text())
                    }
                    (Field::new("amount", w.amount, &self.amount).error(wrong("amount")).text())
                    div { (button(w.check, Look::Primary, None)) }
                }
            },
        )
    }
}

/// The reader's groups and the way to pass points on, on the page of points.
pub(super) fn brief(lang: Lang, pools: &[PoolShown], may_pass_on: bool) -> Markup {
    let w = &lang.words().keeping;
    html! {
        @if !pools.is_empty() || may_pass_on {
            @let more = if may_pass_on { link_more(w.pass_on, PASS_ON) } else { empty() };
            @let title = if pools.is_empty() { w.pass_on } else { w.your_pools };
            (section(title, &more, &html! {
                @if pools.is_empty() { p.tk-small.tk-muted.tk-phrase { (w.pass_on_help) } }
                ul.tk-rows {
                    @for of in pools {
                        li {
                            div.tk-rows__text {
                                a href=(href(of.code.as_str())) {
                                    (name(lang, &of.pool.name, of.code.as_str()))
                                }
                                small { (w.share) " " (format::rate(of.pool.share)) }
                            }
                            span.tk-points__amount {
                                (points(lang, of.amount, of.decimals, &of.unit_name, &of.pool.points))
                            }
                        }
                    }
                }
            }))
        }
    }
}
