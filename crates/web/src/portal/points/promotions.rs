//! Portal, points: promotions the reader may take part in, what they give, until when, how far it
//! is, and what is left.

use maud::{Markup, html};

use super::{PROMOTIONS, Tab, tabs};
use crate::chart::attain::{self, Bar, Mark};
use crate::i18n::{Lang, Words, fill, fill_markup};
use crate::pictures::{self, Shown};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, button, card, empty, empty_state, encode, page_head, section,
    status,
};
use rust_decimal::Decimal;

/// A promotion as a partner sees it.
#[derive(Debug, Clone)]
pub struct Promotion {
    pub code: String,
    pub name: String,
    pub description: String,
    pub state: (&'static str, Tone),
    /// From when and until when.
    pub days: String,
    /// `3 days left`.
    pub left: Option<String>,
    pub gives: Vec<String>,
    pub counts: Vec<String>,
    pub goals: Vec<Goal>,
    /// What limits leave.
    pub limits: Vec<String>,
    /// What it has brought.
    pub brought: Option<String>,
    /// Why it gives nothing more to this partner, or what is missing to take part.
    pub why: Option<String>,
    pub stance: Stance,
    pub picture: Option<Shown>,
}

/// What the reader can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// It takes part without a word.
    Automatic,
    /// It enrolled, and may leave.
    Enrolled,
    /// It may enrol.
    Open,
    /// Nothing.
    Closed,
}

/// How far it is on the way to a goal.
#[derive(Debug, Clone)]
pub struct Goal {
    pub now: Decimal,
    pub end: Decimal,
    /// `EUR 1,200 so far`.
    pub here: String,
    pub marks: Vec<GoalMark>,
    /// What is missing, and what that gives; `None` if all of it is reached.
    pub missing: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct GoalMark {
    pub at: Decimal,
    pub label: String,
    pub gives: String,
    pub reached: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    /// Those that run first, then what comes.
    pub promotions: Vec<Promotion>,
    /// Those that are over and brought something.
    pub over: Vec<Promotion>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.promotions.title, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, p) = (shell.lang, &shell.words().promotions);
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(lang, Tab::Promotions))
            @if self.promotions.is_empty() {
                (card("", empty_state(Icon::Star, p.none, p.none_help, &empty())))
            }
            div.tk-points {
                @for of in &self.promotions { (one(shell, of)) }
            }
            @if !self.over.is_empty() {
                (section(p.over_before, &empty(), &html! {
                    ul.tk-rows {
                        @for of in &self.over {
                            li {
                                div.tk-rows__text { b { (of.name) } small { (of.days) } }
                                @if let Some(brought) = &of.brought {
                                    small.tk-muted { (brought) }
                                }
                            }
                        }
                    }
                }))
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

fn one(shell: &Shell, of: &Promotion) -> Markup {
    let lang = shell.lang;
    let (said, tone) = of.state;
    let lines: Vec<&String> = of.counts.iter().chain(&of.limits).collect();
    card(
        "tk-promotion",
        html! {
            div #{ "promotion-" (of.code) } data-live={ "promotion:" (of.code) } {
                (pictures::draw(of.picture.as_ref()))
                div.tk-voucher__head { h2 { (of.name) } (status(said, tone)) }
                @if !of.description.is_empty() { p.tk-phrase { (of.description) } }
                @for gives in &of.gives { p.tk-promotion__gives.tk-phrase { b { (gives) } } }
                p.tk-small.tk-phrase {
                    (of.days)
                    @if let Some(left) = &of.left { " · " b { (left) } }
                }
                @for goal in &of.goals { (progress(lang, goal)) }
                @if !lines.is_empty() {
                    ul.tk-plain { @for line in lines { li { (line) } } }
                }
                @if let Some(brought) = &of.brought { p.tk-small.tk-phrase { (brought) } }
                (act(shell, of))
            }
        },
    )
}

fn progress(lang: Lang, goal: &Goal) -> Markup {
    let p = &lang.words().promotions;
    let marks: Vec<Mark> = goal
        .marks
        .iter()
        .map(|mark| Mark {
            at: mark.at,
            label: mark.label.clone(),
            name: mark.gives.clone(),
            pays: String::new(),
            reached: mark.reached,
        })
        .collect();
    html! {
        div.tk-promotion__goal {
            p.tk-lead__say.tk-points__gap.tk-phrase {
                @match &goal.missing {
                    Some((gap, what)) => {
                        (fill_markup(p.missing_to, &[
                            ("gap", html! { (gap) }),
                            ("what", html! { (what) }),
                        ]))
                    }
                    None => { (p.goal_reached) }
                }
            }
            (attain::large(&Bar {
                end: goal.end,
                now: goal.now,
                forecast: goal.now,
                marks: &marks,
                here: &goal.here,
                ahead: "",
                label: &goal.here,
            }))
        }
    }
}

fn act(shell: &Shell, of: &Promotion) -> Markup {
    let p = &shell.words().promotions;
    let to = |act: &str| format!("{PROMOTIONS}/{}/{act}", encode(&of.code));
    html! {
        @if let Some(why) = &of.why { p.tk-small.tk-reward__why.tk-phrase { (why) } }
        @match of.stance {
            Stance::Open => {
                p.tk-small.tk-muted.tk-phrase { (p.enrol_first) }
                div.tk-reward__foot {
                    (shell.form(&to("enrol"), "", &button(p.enrol, Look::Primary, None)))
                }
            }
            Stance::Enrolled => {
                div.tk-reward__foot {
                    (status(p.takes_part, Tone::Good))
                    (shell.form(&to("leave"), "", &button(p.leave, Look::Ghost, None)))
                }
            }
            Stance::Automatic | Stance::Closed => {}
        }
    }
}

/// A line on the overview of points: how many there are, and the way to them.
pub fn brief(lang: Lang, running: usize) -> Markup {
    let p = &lang.words().promotions;
    html! {
        @if running > 0 {
            (section(
                p.title,
                &crate::ui::link_more(p.see_all, PROMOTIONS),
                &html! {
                    p.tk-phrase data-live="promotions" {
                        (fill(p.n_running, &[("n", &running.to_string())]))
                    }
                },
            ))
        }
    }
}
