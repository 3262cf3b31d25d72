//! Portal, points: the statement, what expires when, and the balance on a day to come.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{HISTORY, Tab, tabs};
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button, empty, empty_state, nothing, page_head,
    section, table,
};

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

/// What was credited at once, and when it ends.
#[derive(Debug, Clone)]
pub struct Lot {
    pub on: String,
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
                            min=(self.today) required aria-describedby="on-desc"
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
        let columns = [
            Column::new(w.lot_last_day, Kind::Name),
            Column::new(w.lot_left, Kind::Figure),
            Column::new(w.lot_earned, Kind::Figure),
        ];
        let row = |lot: &Lot| {
            vec![
                html! { (lot.last_day.as_deref().unwrap_or(w.no_last_day)) },
                html! {
                    (lot.left)
                    @for also in &lot.also { small.tk-below { (also) } }
                },
                html! { (lot.on) },
            ]
        };
        let rows = self.lots.iter().map(row).collect();
        section(
            w.lots,
            &html! { (w.lots_help) },
            &html! {
                div data-live="lots" { (table(&Table::new(w.lots, &columns, rows).cards())) }
            },
        )
    }

    fn statement(&self, lang: Lang) -> Markup {
        let w = &lang.words().points;
        let columns = [
            Column::new(w.day, Kind::Name),
            Column::new(w.what, Kind::Text),
            Column::new(w.amount, Kind::Figure),
            Column::new(w.because, Kind::Text).roomy(),
        ];
        let rows = self.movements.iter().map(|movement| line(lang, movement)).collect();
        let content = if self.movements.is_empty() {
            empty_state(Icon::Ledger, w.no_movements, w.nothing_yet_help, &empty())
        } else {
            html! {
                div data-live="statement" {
                    (table(&Table::new(w.statement, &columns, rows).cards()))
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

fn line(lang: Lang, movement: &Movement) -> Vec<Markup> {
    let (cause, href) = &movement.cause;
    vec![
        match movement.day {
            Some(day) => html! { (format::day_column(day, lang)) },
            None => nothing(),
        },
        html! { (movement.what) },
        html! { span.tk-loss[movement.is_loss].tk-nowrap { (movement.amount) } },
        html! {
            @match href {
                Some(href) => { a href=(href) { (cause) } }
                None => { (cause) }
            }
        },
    ]
}
