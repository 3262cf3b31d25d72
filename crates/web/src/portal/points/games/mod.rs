//! Portal, games: what can be won and how often, a play, and what came of it.
//!
//! # Promises
//!
//! * The result is there before the first scratch or turn: the script only uncovers it. Without a
//!   script the page says it at once.
//! * Odds and what is left of each prize stand beside the button that plays.

mod result;
pub mod routes;

use maud::{Markup, html};

use super::{GAMES, HISTORY, Tab, tabs};
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    encode, page_head, section, table,
};
use jiff::civil::DateTime;

pub use result::{Outcome, Result};

/// A game as its players see it.
#[derive(Debug, Clone)]
pub struct Game {
    pub code: String,
    pub name: String,
    pub description: String,
    pub is_wheel: bool,
    pub price: String,
    /// From when until when it is played.
    pub open: Option<String>,
    /// What the reader has of what a play costs.
    pub balance: Option<String>,
    /// How often it may still play today.
    pub plays_left: Option<u32>,
    pub prizes: Vec<Prize>,
    /// How often nothing is won.
    pub nothing: String,
    pub commitment: Option<String>,
    /// Why it may not play now.
    pub refusal: Option<&'static str>,
}

/// What can be won.
#[derive(Debug, Clone)]
pub struct Prize {
    pub name: String,
    /// The share of all plays, in percent.
    pub odds: String,
    /// What is left: `None` without a limit.
    pub left: Option<u64>,
}

/// A play that was made.
#[derive(Debug, Clone)]
pub struct Play {
    pub key: String,
    pub game: String,
    pub code: String,
    pub at: DateTime,
    pub prize: Option<String>,
    pub is_cancelled: bool,
}

impl Game {
    fn href(&self) -> String {
        format!("{GAMES}/{}", encode(&self.code))
    }

    /// What a play costs and how many are left.
    fn terms(&self) -> Vec<String> {
        self.balance.iter().cloned().collect()
    }
}

fn left_today(lang: Lang, game: &Game) -> Option<String> {
    let left = game.plays_left?;
    Some(fill(lang.words().games.plays_left, &[("n", &format::count(left))]))
}

/// All games.
#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub games: Vec<Game>,
    /// The newest first.
    pub plays: Vec<Play>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.games.games, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().games);
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(lang, Tab::Games))
            @if self.games.is_empty() {
                (card("", empty_state(Icon::Star, w.no_games, w.no_games_help, &empty())))
            }
            div.tk-points { @for game in &self.games { (small(lang, game)) } }
            @if !self.games.is_empty() || !self.plays.is_empty() { (self.plays(lang)) }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

fn small(lang: Lang, game: &Game) -> Markup {
    let w = &lang.words().games;
    card(
        "tk-reward",
        html! {
            h2 { (game.name) }
            p.tk-reward__price { (game.price) }
            @if let Some(days) = &game.open { p.tk-small.tk-muted { (days) } }
            @if !game.description.is_empty() { p.tk-phrase { (game.description) } }
            ul.tk-plain {
                @for line in game.terms() { li { (line) } }
                @if let Some(left) = left_today(lang, game) { li { (left) } }
            }
            div.tk-reward__foot {
                @match game.refusal {
                    Some(why) => {
                        p.tk-small.tk-reward__why { (why) }
                        p.tk-small { a href=(game.href()) { (w.prizes) } }
                    }
                    None => { (button_link(w.to_game, &game.href(), Look::Primary, None)) }
                }
            }
        },
    )
}

impl Page {
    fn plays(&self, lang: Lang) -> Markup {
        let w = &lang.words().games;
        let content = html! {
            @if self.plays.is_empty() { p.tk-small.tk-muted { (w.no_plays) } }
            @else { ul.tk-rows { @for play in &self.plays { (made(lang, play)) } } }
        };
        html! { div #plays { (section(w.your_plays, &empty(), &content)) } }
    }
}

fn made(lang: Lang, play: &Play) -> Markup {
    let w = &lang.words().games;
    let href = format!("{GAMES}/{}?play={}&open=1", encode(&play.code), encode(&play.key));
    html! {
        li {
            div.tk-rows__text {
                b { (play.game) }
                small { a href=(href) { (format::moment(play.at, lang)) } }
            }
            span.tk-points__amount.tk-muted[play.prize.is_none() || play.is_cancelled] {
                @if play.is_cancelled { s { (play.prize.as_deref().unwrap_or(w.nothing)) } }
                @else { (play.prize.as_deref().unwrap_or(w.nothing)) }
            }
        }
    }
}

/// One game, and what came of a play.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub game: Game,
    pub result: Option<Result>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.game.name, words.games.games)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().games);
        let game = &self.game;
        let page = html! {
            (page_head(&PageHead {
                title: &game.name,
                badge: empty(),
                meta: html! {
                    span { (game.price) }
                    @if let Some(days) = &game.open { span { (days) } }
                    @for line in game.terms() { span { (line) } }
                    @if let Some(left) = left_today(lang, game) { span { (left) } }
                },
                actions: button_link(w.all_games, GAMES, Look::Outline, None),
            }))
            @if let Some(result) = &self.result { (result.draw(shell, game)) }
            (self.act(shell))
            (odds(lang, game))
            (fair(lang, game))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl OnePage {
    fn act(&self, shell: &Shell) -> Markup {
        let w = &shell.words().games;
        let game = &self.game;
        let label = match (game.is_wheel, self.result.is_some()) {
            (false, false) => w.play_card,
            (false, true) => w.play_again_card,
            (true, false) => w.play_wheel,
            (true, true) => w.play_again_wheel,
        };
        card(
            "tk-points__narrow tk-game__act",
            html! {
                @if !game.description.is_empty() && self.result.is_none() {
                    p.tk-phrase { (game.description) }
                }
                @match game.refusal {
                    Some(why) => { p.tk-small.tk-reward__why { (why) } }
                    None => {
                        (shell.form(&game.href(), "tk-points__act", &button(
                            label,
                            if self.result.is_some() { Look::Outline } else { Look::Primary },
                            None,
                        )))
                    }
                }
                p.tk-small { a href=(HISTORY) { (w.to_points) } }
            },
        )
    }
}

fn odds(lang: Lang, game: &Game) -> Markup {
    let w = &lang.words().games;
    let columns = [
        Column::new(w.prize, Kind::Name),
        Column::new(w.odds, Kind::Figure),
        Column::new(w.left, Kind::Figure),
    ];
    let row = |prize: &Prize| {
        let left = match prize.left {
            None => html! { span.tk-muted { (w.no_limit) } },
            Some(0) => html! { (w.gone) },
            Some(left) => html! { (format::count(left)) },
        };
        vec![html! { (prize.name) }, html! { (prize.odds) }, left]
    };
    let nothing = vec![html! { (w.nothing) }, html! { (game.nothing) }, empty()];
    let rows = game.prizes.iter().map(row).chain([nothing]).collect();
    section(w.prizes, &empty(), &table(&Table::new(w.prizes, &columns, rows)))
}

fn fair(lang: Lang, game: &Game) -> Markup {
    let w = &lang.words().games;
    section(
        w.fair,
        &empty(),
        &html! {
            p.tk-small.tk-phrase { (w.fair_help) }
            @if let Some(commitment) = &game.commitment {
                dl.tk-facts.tk-facts--lines.tk-points__note {
                    div { dt { (w.commitment) } dd.tk-mono.tk-hash { (commitment) } }
                }
            }
        },
    )
}
