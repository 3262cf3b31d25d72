//! Portal, training: one course, what it holds and how far the reader is.

use maud::{Markup, html};

use super::courses::{Course, Held, State, bar};
use super::{COURSES, href};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, button_link, card, empty, encode, icon, notice, page_head, section,
    status,
};

/// A page in the table of contents.
#[derive(Debug, Clone)]
pub struct Entry {
    pub code: String,
    pub name: String,
    pub is_read: bool,
}

/// What the quiz asks for.
#[derive(Debug, Clone)]
pub struct Exam {
    pub needs: u32,
    pub of: usize,
    /// Tries left, where there is a limit.
    pub tries_left: Option<u32>,
    pub is_open: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub course: Course,
    pub entries: Vec<Entry>,
    pub exam: Option<Exam>,
    pub certificate: Option<Held>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.course.name, words.training.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let (said, tone) = self.course.state.said(lang);
        let page = html! {
            (page_head(&PageHead {
                title: &self.course.name,
                badge: status(said, tone),
                meta: html! { span { (self.course.size(lang)) } },
                actions: button_link(t.all_courses, COURSES, Look::Outline, None),
            }))
            @if self.course.state == State::Renew {
                (notice(Tone::Wait, &html! { (t.renew_help) }, &empty()))
            }
            @if !self.course.description.is_empty() || self.course.state != State::New {
                (card("tk-course__lead", html! {
                    @if !self.course.description.is_empty() {
                        p.tk-phrase { (self.course.description) }
                    }
                    @if let State::Open(read) = self.course.state {
                        (bar(lang, read, self.course.pages))
                    }
                    (self.next(lang))
                    @if let Some(held) = &self.certificate { (certificate(lang, held)) }
                }))
            } @else { (card("tk-course__lead", self.next(lang))) }
            (self.contents(lang))
        };
        frame::portal(shell, PortalPlace::Training, &page)
    }
}

impl Page {
    fn next(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let label = match self.course.state {
            State::New => t.begin,
            State::Open(_) => t.go_on,
            State::Quiz => t.to_quiz,
            State::Renew => t.renew,
            State::Failed | State::Done(_) => t.see_result,
        };
        html! { div.tk-course__act { (button_link(label, &self.course.next, Look::Primary, None)) } }
    }

    fn contents(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let path = href(&self.course.code);
        section(
            t.contents,
            &empty(),
            &html! {
                ol.tk-rows.tk-course__pages {
                    @for entry in &self.entries {
                        li {
                            div.tk-rows__text {
                                b {
                                    a href={ (path) "/pages/" (encode(&entry.code)) } {
                                        (entry.name)
                                    }
                                }
                            }
                            @if entry.is_read {
                                span.tk-small.tk-course__read { (icon(Icon::Check)) (t.page_read) }
                            }
                        }
                    }
                    @if let Some(exam) = &self.exam { (self.exam(lang, exam)) }
                }
            },
        )
    }

    fn exam(&self, lang: Lang, exam: &Exam) -> Markup {
        let t = &lang.words().training;
        let places = [("n", &*exam.needs.to_string()), ("of", &*exam.of.to_string())];
        let tries = match exam.tries_left {
            Some(n) => fill(t.tries_left, &[("n", &n.to_string())]),
            None => t.tries_free.into(),
        };
        html! {
            li {
                div.tk-rows__text {
                    b {
                        @if exam.is_open { a href={ (href(&self.course.code)) "/quiz" } { (t.quiz) } }
                        @else { (t.quiz) }
                    }
                    small {
                        (fill(t.pass_needs, &places)) " · " (tries)
                        @if !exam.is_open { " · " (t.quiz_locked) }
                    }
                }
            }
        }
    }
}

fn certificate(lang: Lang, held: &Held) -> Markup {
    let t = &lang.words().training;
    html! {
        p.tk-small {
            a href={ "/portal/certificates/" (encode(&held.code)) } { (t.certificate) }
            " · " (held.ends(lang))
        }
    }
}
