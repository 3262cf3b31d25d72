//! Portal, training: all courses of the reader, what is to do first, and the certificates.

use jiff::civil::Date;
use maud::{Markup, html};

use super::href;
use crate::format;
use crate::i18n::{Lang, Words, fill, fill_text};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, button_link, card, empty, empty_state, encode, page_head, section,
    status,
};

/// How far the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    New,
    /// So many pages are read.
    Open(usize),
    /// All pages are read, the questions wait.
    Quiz,
    Failed,
    Done(Date),
    /// The certificate ends soon, or has ended.
    Renew,
}

impl State {
    pub fn said(self, lang: Lang) -> (&'static str, Tone) {
        let t = &lang.words().training;
        match self {
            State::New => (t.state_new, Tone::Info),
            State::Open(_) | State::Quiz => (t.state_open, Tone::Wait),
            State::Failed => (t.state_failed, Tone::Bad),
            State::Done(_) => (t.state_done, Tone::Good),
            State::Renew => (t.state_renew, Tone::Wait),
        }
    }
}

/// A course as it stands in the list.
#[derive(Debug, Clone)]
pub struct Course {
    pub code: String,
    pub name: String,
    pub description: String,
    pub minutes: Option<u32>,
    pub pages: usize,
    pub questions: usize,
    pub state: State,
    /// Where the reader goes on.
    pub next: String,
}

/// A certificate of the reader.
#[derive(Debug, Clone)]
pub struct Held {
    pub code: String,
    pub name: String,
    pub last: Option<Date>,
    pub is_valid: bool,
}

impl Held {
    pub fn ends(&self, lang: Lang) -> String {
        let t = &lang.words().training;
        let day = self.last.map(|day| format::day_long(day, lang));
        match day {
            None => t.valid_for_good.into(),
            Some(day) if self.is_valid => fill(t.valid_until, &[("day", &day)]),
            Some(day) => fill(t.lapsed_on, &[("day", &day)]),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    /// What is to do stands first.
    pub courses: Vec<Course>,
    pub certificates: Vec<Held>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.training.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let page = html! {
            (page_head(&PageHead {
                title: t.title,
                badge: empty(),
                meta: html! { span { (t.help) } },
                actions: empty(),
            }))
            @if self.courses.is_empty() {
                (card("", empty_state(Icon::Book, t.no_courses, t.no_courses_help, &empty())))
            }
            div.tk-points { @for course in &self.courses { (course.draw(lang)) } }
            @if !self.certificates.is_empty() {
                (section(t.certificates, &empty(), &html! {
                    ul.tk-rows { @for held in &self.certificates { (held.draw(lang)) } }
                }))
            }
        };
        frame::portal(shell, PortalPlace::Training, &page)
    }
}

impl Course {
    fn draw(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let (said, tone) = self.state.said(lang);
        card(
            "tk-reward",
            html! {
                div.tk-voucher__head {
                    h2 { a href=(href(&self.code)) { (self.name) } }
                    (status(said, tone))
                }
                @if !self.description.is_empty() { p.tk-phrase { (self.description) } }
                p.tk-small.tk-muted { (self.size(lang)) }
                @if let State::Open(read) = self.state { (bar(lang, read, self.pages)) }
                @if let State::Done(day) = self.state {
                    p.tk-small { (fill(t.done_course, &[("day", &format::day_long(day, lang))])) }
                }
                @if self.state == State::Renew { p.tk-small { (t.renew_help) } }
                div.tk-reward__foot { (self.button(lang)) }
            },
        )
    }

    fn button(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let (label, look) = match self.state {
            State::New => (t.begin, Look::Primary),
            State::Open(_) => (t.go_on, Look::Primary),
            State::Quiz => (t.to_quiz, Look::Primary),
            State::Renew => (t.renew, Look::Primary),
            State::Failed | State::Done(_) => (t.see_result, Look::Outline),
        };
        button_link(label, &self.next, look, None)
    }

    /// How long it takes and what it holds.
    pub fn size(&self, lang: Lang) -> String {
        let t = &lang.words().training;
        let counted = |template: &str, n: usize| fill(template, &[("n", &n.to_string())]);
        let mut parts = vec![];
        parts.extend(self.minutes.map(|n| fill(t.minutes, &[("n", &n.to_string())])));
        parts.push(counted(t.pages_n, self.pages));
        if self.questions > 0 {
            parts.push(counted(t.questions_n, self.questions));
        }
        parts.join(" · ")
    }
}

/// How many pages are read, as a line.
pub fn bar(lang: Lang, read: usize, of: usize) -> Markup {
    let t = &lang.words().training;
    let places = [("n", &*read.to_string()), ("of", &*of.to_string())];
    html! {
        div.tk-course__bar {
            progress value=(read) max=(of) aria-label=(fill(t.progress, &places)) {}
            small { (fill_text(t.progress, &places)) }
        }
    }
}

impl Held {
    fn draw(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        let (said, tone) =
            if self.is_valid { (t.cert_valid, Tone::Good) } else { (t.cert_over, Tone::Plain) };
        html! {
            li {
                div.tk-rows__text {
                    b { a href={ "/portal/certificates/" (encode(&self.code)) } { (self.name) } }
                    small { (self.ends(lang)) " · " span.tk-mono { (self.code) } }
                }
                (status(said, tone))
            }
        }
    }
}
