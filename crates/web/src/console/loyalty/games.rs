//! Console, games: what they cost, what was won, and the draws of each day.

use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, PageHead, Table, Tone, card, empty, empty_state, encode, facts, notice,
    page_head, section, table,
};
use jiff::civil::{Date, DateTime};

/// A game in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub looks: &'static str,
    pub price: String,
    /// Prizes that were won, and not lost again.
    pub won: String,
    /// What a play costs on average.
    pub expected: String,
    /// Nothing limits how often it is played.
    pub is_unlimited: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
}

fn href(code: &str) -> String {
    format!("/console/loyalty/games/{}", encode(code))
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.games.games.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().games;
        let columns = [
            Column::new(w.game, Kind::Name),
            Column::new(w.price, Kind::Text),
            Column::new(w.given, Kind::Figure),
            Column::new(w.expected_cost, Kind::Figure).roomy(),
        ];
        let cells = |row: &Row| {
            vec![
                two_lines(
                    &html! { a href=(href(&row.code)) { (row.name) } },
                    &html! { span.tk-mono { (row.code) } " · " (row.looks) },
                ),
                html! {
                    (row.price)
                    @if row.is_unlimited { small.tk-below { (w.unlimited) } }
                },
                html! { (row.won) },
                html! { (row.expected) },
            ]
        };
        let page = html! {
            (page_head(&PageHead {
                title: w.games,
                badge: empty(),
                meta: html! { span { (w.games_help) } },
                actions: empty(),
            }))
            (card("tk-dense", if self.rows.is_empty() {
                empty_state(Icon::Star, w.no_games_console, w.no_games_console_help, &empty())
            } else {
                table(&Table::new(w.games, &columns, self.rows.iter().map(cells).collect()).cards())
            }))
        };
        frame::console(shell, Place::Games, &[], &page)
    }
}

/// A prize of a game.
#[derive(Debug, Clone)]
pub struct Prize {
    pub code: String,
    pub name: String,
    pub odds: String,
    pub cost: Option<String>,
    pub won: String,
    pub limit: Option<String>,
    pub left: Option<String>,
}

/// A day of a game.
#[derive(Debug, Clone)]
pub struct Day {
    pub day: Date,
    pub commitment: String,
    pub seed: Option<String>,
    pub draws: i64,
}

/// One game.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub row: Row,
    pub description: String,
    pub per_day: Option<u32>,
    /// From when until when it is played.
    pub open: Option<String>,
    pub prizes: Vec<Prize>,
    pub nothing: String,
    pub days: Vec<Day>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.row.name, words.games.games)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().games);
        let row = &self.row;
        let mut told = vec![
            (w.price, html! { (row.price) }),
            (w.expected_cost, html! { (row.expected) }),
            (w.given, html! { (row.won) }),
        ];
        if let Some(n) = self.per_day {
            told.push((w.limit, html! { (fill(w.per_day, &[("n", &format::count(n))])) }));
        }
        told.extend(self.open.as_ref().map(|days| (w.open_days, html! { (days) })));
        let page = html! {
            (page_head(&PageHead {
                title: &row.name,
                badge: empty(),
                meta: html! { span.tk-mono { (row.code) } span { (row.looks) } },
                actions: empty(),
            }))
            @if row.is_unlimited { (notice(Tone::Wait, &html! { (w.unlimited) }, &empty())) }
            (card("", html! {
                @if !self.description.is_empty() { p.tk-phrase { (self.description) } }
                (facts(&told))
            }))
            (section(w.prizes, &empty(), &self.prizes(lang)))
            (section(w.days, &html! { (w.days_help) }, &self.days(lang)))
        };
        frame::console(shell, Place::Games, &[(row.name.clone(), href(&row.code))], &page)
    }
}

impl OnePage {
    fn prizes(&self, lang: Lang) -> Markup {
        let w = &lang.words().games;
        let columns = [
            Column::new(w.prize, Kind::Name),
            Column::new(w.odds, Kind::Figure),
            Column::new(w.cost, Kind::Figure),
            Column::new(w.given, Kind::Figure),
            Column::new(w.limit, Kind::Figure),
            Column::new(w.left, Kind::Figure),
        ];
        let none = || html! { span.tk-muted { "–" } };
        let some = |text: &Option<String>| text.as_ref().map_or_else(none, |it| html! { (it) });
        let mut rows: Vec<Vec<Markup>> = self
            .prizes
            .iter()
            .map(|prize| {
                vec![
                    two_lines(&html! { (prize.name) }, &html! { span.tk-mono { (prize.code) } }),
                    html! { (prize.odds) },
                    some(&prize.cost),
                    html! { (prize.won) },
                    some(&prize.limit),
                    some(&prize.left),
                ]
            })
            .collect();
        let rest =
            vec![html! { (w.nothing) }, html! { (self.nothing) }, none(), none(), none(), none()];
        rows.push(rest);
        table(&Table::new(w.prizes, &columns, rows).cards())
    }

    fn days(&self, lang: Lang) -> Markup {
        let w = &lang.words().games;
        let columns = [
            Column::new(w.day, Kind::Name),
            Column::new(w.draws, Kind::Figure),
            Column::new(w.commitment, Kind::Text).roomy(),
            Column::new(w.seed, Kind::Text).roomy(),
        ];
        let cells = |day: &Day| {
            let at = format!("{}/{}", href(&self.row.code), day.day);
            vec![
                html! {
                    @if day.seed.is_some() {
                        a href=(at) { (format::day_column(day.day, lang)) }
                    } @else { (format::day_column(day.day, lang)) }
                },
                html! { (format::count(day.draws)) },
                html! { span.tk-mono.tk-hash { (day.commitment) } },
                html! {
                    @if let Some(seed) = &day.seed { span.tk-mono.tk-hash { (seed) } }
                    @else { span.tk-muted { (w.not_over) } }
                },
            ]
        };
        table(&Table::new(w.days, &columns, self.days.iter().map(cells).collect()).cards())
    }
}

/// How often a prize was drawn, and how often its odds say.
#[derive(Debug, Clone)]
pub struct Count {
    pub prize: String,
    pub expected: String,
    pub drawn: i64,
}

/// A draw.
#[derive(Debug, Clone)]
pub struct Drawn {
    pub number: i64,
    pub who: String,
    pub prize: String,
    pub draw: String,
    pub key: String,
    pub at: DateTime,
}

/// A day that is over, drawn again.
#[derive(Debug, Clone)]
pub struct DayPage {
    pub code: String,
    pub game: String,
    pub day: Date,
    pub commitment: String,
    pub seed: String,
    pub seed_fits: bool,
    pub wrong: Vec<i64>,
    pub missing: Vec<i64>,
    pub counts: Vec<Count>,
    /// The sum, and the degrees of freedom.
    pub chi: Option<(String, usize)>,
    pub draws: Vec<Drawn>,
    /// The number to go on after.
    pub after: Option<i64>,
}

impl View for DayPage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.game, self.day)
            .replace(" · ", &format!(" · {} · ", words.games.draws))
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().games);
        let day = format::day_long(self.day, lang);
        let title = fill(w.check_of, &[("day", &day)]);
        let here = format!("{}/{}", href(&self.code), self.day);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: empty(),
                meta: html! { span { (self.game) } },
                actions: empty(),
            }))
            (self.verdict(lang))
            (card("", facts(&[
                (w.commitment, html! { span.tk-mono.tk-hash { (self.commitment) } }),
                (w.seed, html! { span.tk-mono.tk-hash { (self.seed) } }),
            ])))
            @if !self.counts.is_empty() { (section(w.odds, &empty(), &self.counts(lang))) }
            (section(w.draws, &empty(), &self.draws(lang, &here)))
        };
        let way = [(self.game.clone(), href(&self.code)), (day, here.clone())];
        frame::console(shell, Place::Games, &way, &page)
    }
}

impl DayPage {
    fn verdict(&self, lang: Lang) -> Markup {
        let w = &lang.words().games;
        if self.seed_fits && self.wrong.is_empty() && self.missing.is_empty() {
            return notice(Tone::Good, &html! { (w.holds) }, &empty());
        }
        let list = |numbers: &[i64]| {
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let told = html! {
            b { (w.broken) }
            @if !self.seed_fits { p { (w.seed_broken) } }
            @if !self.wrong.is_empty() { p { (fill(w.wrong, &[("list", &list(&self.wrong))])) } }
            @if !self.missing.is_empty() {
                p { (fill(w.missing, &[("list", &list(&self.missing))])) }
            }
        };
        notice(Tone::Bad, &told, &empty())
    }

    fn counts(&self, lang: Lang) -> Markup {
        let w = &lang.words().games;
        let columns = [
            Column::new(w.prize, Kind::Name),
            Column::new(w.expected, Kind::Figure),
            Column::new(w.drawn, Kind::Figure),
        ];
        let cells = |count: &Count| {
            vec![
                html! { (count.prize) },
                html! { (count.expected) },
                html! { (format::count(count.drawn)) },
            ]
        };
        html! {
            (table(&Table::new(w.odds, &columns, self.counts.iter().map(cells).collect()).cards()))
            @if let Some((sum, free)) = &self.chi {
                p.tk-small.tk-muted {
                    (fill(w.chi, &[("sum", sum), ("free", &free.to_string())]))
                }
            }
        }
    }

    fn draws(&self, lang: Lang, here: &str) -> Markup {
        let w = &lang.words().games;
        if self.draws.is_empty() {
            return html! { p.tk-small.tk-muted { (w.no_draws) } };
        }
        let columns = [
            Column::new(w.number, Kind::Figure),
            Column::new(w.who, Kind::Name),
            Column::new(w.prize, Kind::Text),
            Column::new(w.draw, Kind::Text),
            Column::new(w.key, Kind::Text),
            Column::new(w.recorded, Kind::Text),
        ];
        let cells = |of: &Drawn| {
            let partner = format!("/console/partners/{}/loyalty", encode(&of.who));
            vec![
                html! { (of.number) },
                html! { a href=(partner) { (of.who) } },
                html! { (of.prize) },
                html! { span.tk-mono { (of.draw) } },
                html! { span.tk-mono { (of.key) } },
                html! { (format::moment_column(of.at, lang)) },
            ]
        };
        html! {
            (table(&Table::new(w.draws, &columns, self.draws.iter().map(cells).collect()).cards()))
            @if let Some(after) = self.after {
                p { a href={ (here) "?after=" (after) } rel="next" { (w.more_draws) } }
            }
        }
    }
}
