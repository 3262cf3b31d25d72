//! Portal, training: what came of it. Answers with why, what arrived, the certificate.

use maud::{Markup, html};

use super::courses::Held;
use super::{COURSES, href};
use crate::i18n::{Lang, Words, fill};
use crate::portal::points;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Look, PageHead, Tone, button_link, card, empty, encode, notice, page_head, section, status,
};

/// A question that was answered.
#[derive(Debug, Clone)]
pub struct Answered {
    pub asks: String,
    pub is_right: bool,
    pub said: Vec<String>,
    /// Only once nothing is left to try.
    pub right: Option<Vec<String>>,
    pub why: String,
}

/// An attempt that was made.
#[derive(Debug, Clone)]
pub struct Score {
    pub right: u32,
    pub of: u32,
    pub answered: Vec<Answered>,
}

/// What is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Finished,
    /// Tries left, where there is a limit.
    Again(Option<u32>),
    NoTries,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub course: String,
    pub course_name: String,
    pub next: Next,
    pub score: Option<Score>,
    /// `50 Ride points`.
    pub points: Vec<String>,
    /// Some of them wait before they can be used.
    pub is_later: bool,
    pub badges: Vec<String>,
    pub vouchers: Vec<String>,
    pub certificate: Option<Held>,
}

impl Page {
    fn heading(&self, words: &Words) -> &'static str {
        let t = &words.training;
        match (self.next, &self.score) {
            (Next::Finished, Some(_)) => t.passed,
            (Next::Finished, None) => t.finished,
            _ => t.failed,
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.heading(words), self.course_name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let page = html! {
            (page_head(&PageHead {
                title: self.heading(shell.words()),
                badge: empty(),
                meta: html! { a href=(href(&self.course)) { (self.course_name) } },
                actions: button_link(t.all_courses, COURSES, Look::Outline, None),
            }))
            (card("tk-course__lead", html! {
                @if let Some(score) = &self.score {
                    p.tk-points__figure {
                        (fill(t.score, &[
                            ("n", &score.right.to_string()),
                            ("of", &score.of.to_string()),
                        ]))
                    }
                }
                (self.arrived(lang))
                (self.act(shell))
            }))
            @if let Some(score) = &self.score { (score.draw(lang)) }
        };
        frame::portal(shell, PortalPlace::Training, &page)
    }
}

impl Page {
    fn arrived(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        if self.points.is_empty() && self.badges.is_empty() && self.vouchers.is_empty() {
            return empty();
        }
        html! {
            div.tk-course__arrived role="status" {
                p.tk-small.tk-muted { (t.arrived) }
                @for points in &self.points {
                    p.tk-course__points { (fill(t.arrived_points, &[("points", points)])) }
                }
                @for name in &self.badges { p { (fill(t.arrived_badge, &[("name", name)])) } }
                @for code in &self.vouchers { p { (fill(t.arrived_voucher, &[("code", code)])) } }
                @if self.is_later { p.tk-small { (t.arrived_later) } }
                p { a href=(points::OVERVIEW) { (t.to_points) } }
            }
        }
    }

    fn act(&self, shell: &Shell) -> Markup {
        let t = &shell.words().training;
        let path = href(&self.course);
        html! {
            @match self.next {
                Next::Finished => {
                    @if let Some(held) = &self.certificate {
                        p.tk-small.tk-muted { (held.name) " · " (held.ends(shell.lang)) }
                        div.tk-course__act {
                            (button_link(
                                t.show_certificate,
                                &format!("/portal/certificates/{}", encode(&held.code)),
                                Look::Primary,
                                None,
                            ))
                        }
                    }
                }
                Next::Again(left) => {
                    @if let Some(n) = left {
                        p.tk-small.tk-muted { (fill(t.tries_left, &[("n", &n.to_string())])) }
                    }
                    div.tk-course__act {
                        (button_link(t.again, &format!("{path}/quiz"), Look::Primary, None))
                        (button_link(t.read_again, &path, Look::Outline, None))
                    }
                }
                Next::NoTries => {
                    (notice(
                        Tone::Wait,
                        &html! { (fill(t.no_tries, &[("vendor", &shell.vendor)])) },
                        &empty(),
                    ))
                }
            }
        }
    }
}

impl Score {
    fn draw(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        section(
            t.answers,
            &empty(),
            &html! {
                ol.tk-course__answers { @for it in &self.answered { li { (it.draw(lang)) } } }
            },
        )
    }
}

impl Answered {
    fn draw(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let (said, tone) = if self.is_right { (t.right, Tone::Good) } else { (t.wrong, Tone::Bad) };
        let listed = |texts: &[String]| match texts {
            [] => t.nothing_said.to_owned(),
            texts => texts.join(lang.say("、", ", ")),
        };
        html! {
            h3 { (self.asks) " " (status(said, tone)) }
            dl.tk-course__said {
                div { dt { (t.you_said) } dd { (listed(&self.said)) } }
                @if let Some(right) = self.right.as_ref().filter(|_| !self.is_right) {
                    div { dt { (t.right_is) } dd { (listed(right)) } }
                }
                @if !self.why.is_empty() { div { dt { (t.why) } dd.tk-phrase { (self.why) } } }
            }
        }
    }
}
