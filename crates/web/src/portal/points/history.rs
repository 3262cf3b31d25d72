//! Portal, points: the statement, what expires when, and the balance on a day to come.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{HISTORY, Tab, tabs};
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Icon, Look, PageHead, button, empty, empty_state, page_head, section};

/// A line of the statement.
#[derive(Debug, Clone)]
pub struct Movement {
    pub day: Option<Date>,
    pub what: &'static str,
    /// With its sign, unless it only changed its place.
    pub amount: String,
    pub is_loss: bool,
    /// Behind it, with the page where one exists.
    pub cause: (String, Option<String>),
}

/// What ends on the same day.
#[derive(Debug, Clone)]
pub struct Lot {
    /// When it was earned.
    pub earned: String,
    pub left: String,
    /// What of it waits or is reserved.
    pub also: Vec<String>,
    pub last_day: Option<String>,
}

/// What there will be on a day.
#[derive(Debug, Clone)]
pub struct OnDay {
    pub day: Date,
    pub balances: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub today: Date,
    /// The newest first.
    pub movements: Vec<Movement>,
    /// Whether they begin with the newest of all.
    pub is_first: bool,
    /// The last of them, if there are older ones.
    pub before: Option<i64>,
    pub lots: Vec<Lot>,
    pub on_day: Option<OnDay>,
    /// The day that was asked for, and what is wrong with it.
    pub asked: String,
    pub wrong: Option<&'static str>,
}

/// So many last days are shown at once, the rest when they are asked for.
const LOTS_FIRST: usize = 6;

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.points.history, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(lang, Tab::History))
            (self.on_a_day(lang))
            @if !self.lots.is_empty() && self.is_first { (self.lots(lang)) }
            (self.statement(lang))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl Page {
    fn on_a_day(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        let wrong = self.wrong;
        section(
            w.on_a_day,
            &empty(),
            &html! {
                form.tk-points__day method="get" action=(HISTORY) {
                    div.tk-field {
                        label for="on" { (w.day) }
                        input.mui-input #on type="date" name="on" value=(self.asked)
                            required aria-describedby="on-desc"
                            aria-invalid=[wrong.map(|_| "true")]
                            aria-errormessage=[wrong.map(|_| "on-err")];
                        @if let Some(wrong) = wrong {
                            p.mui-field__error.tk-wrong #on-err role="alert" { (wrong) }
                        }
                    }
                    (button(w.show, Look::Outline, None))
                }
                p.tk-small.tk-muted.tk-phrase #on-desc { (w.on_a_day_help) }
                @if let Some(on) = &self.on_day {
                    div.tk-points__on role="status" {
                        p.tk-small { (fill(w.on_day, &[("day", &format::day_long(on.day, lang))])) }
                        @for balance in &on.balances { p.tk-purse__figure { (balance) } }
                    }
                }
            },
        )
    }

    fn lots(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        let (first, rest) = self.lots.split_at(self.lots.len().min(LOTS_FIRST));
        let n = format::count(u32::try_from(rest.len()).unwrap_or(u32::MAX));
        section(
            w.lots,
            &html! { (w.lots_help) },
            &html! {
                div data-live="lots" {
                    ul.tk-rows { @for lot in first { (ending(lang, lot)) } }
                    @if !rest.is_empty() {
                        details.tk-points__rest {
                            summary { (fill(w.all_lots, &[("n", &n)])) }
                            ul.tk-rows { @for lot in rest { (ending(lang, lot)) } }
                        }
                    }
                }
            },
        )
    }

    fn statement(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        let content = if self.movements.is_empty() {
            empty_state(Icon::Ledger, w.no_movements, w.nothing_yet_help, &empty())
        } else {
            html! {
                div data-live="statement" {
                    ul.tk-rows {
                        @for movement in &self.movements { (line(lang, movement)) }
                    }
                }
                nav.tk-pages aria-label=(lang.words().common.pages) {
                    span {}
                    span.tk-pages__links {
                        @if !self.is_first { a href=(HISTORY) { (w.newest) } }
                        @if let Some(before) = self.before {
                            a href={ (HISTORY) "?before=" (before) } rel="next" { (w.older) }
                        }
                    }
                }
            }
        };
        section(w.statement, &empty(), &content)
    }
}

fn ending(lang: Lang, lot: &Lot) -> Markup {
    let w = &lang.words().points;
    html! {
        li {
            div.tk-rows__text {
                b { (lot.last_day.as_deref().unwrap_or(w.no_last_day)) }
                small { (lot.earned) }
                @for also in &lot.also { small { (also) } }
            }
            span.tk-points__amount { (lot.left) }
        }
    }
}

pub(super) fn line(lang: Lang, movement: &Movement) -> Markup {
    let (cause, href) = &movement.cause;
    html! {
        li {
            div.tk-rows__text {
                b { (movement.what) }
                small {
                    @if let Some(day) = movement.day { (format::day_long(day, lang)) " · " }
                    @match href {
                        Some(href) => { a href=(href) { (cause) } }
                        None => { (cause) }
                    }
                }
            }
            span.tk-points__amount.tk-loss[movement.is_loss] { (movement.amount) }
        }
    }
}
