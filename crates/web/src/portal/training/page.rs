//! Portal, training: one page of a course.

use maud::{Markup, html};

use super::href;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Icon, Look, PageHead, button, button_link, card, empty, encode, icon, page_head};

/// Something that lies elsewhere.
#[derive(Debug, Clone)]
pub struct Link {
    pub name: String,
    pub href: String,
    pub host: String,
}

/// What the button at the end does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Next,
    Quiz,
    Finish,
    /// It is read already, and this is only looked at again; the code of the next page.
    Look,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub course: String,
    pub course_name: String,
    pub code: String,
    pub name: String,
    /// Counted from 1.
    pub number: usize,
    pub of: usize,
    pub text: Markup,
    pub video: Option<Link>,
    pub files: Vec<Link>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub end: End,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        format!("{} · {}", self.name, self.course_name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let places = [("n", &*self.number.to_string()), ("of", &*self.of.to_string())];
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: empty(),
                meta: html! {
                    a href=(href(&self.course)) { (self.course_name) }
                    span { (fill(t.page_of, &places)) }
                },
                actions: empty(),
            }))
            progress.tk-course__line value=(self.number) max=(self.of)
                aria-label=(fill(t.page_of, &places)) {}
            (card("tk-course__page", html! {
                article.tk-prose { (self.text) }
                @if let Some(video) = &self.video { (elsewhere(lang, video, Icon::Play, t.film)) }
                @if !self.files.is_empty() {
                    h2 { (t.files) }
                    @for file in &self.files { (elsewhere(lang, file, Icon::Download, &file.host)) }
                }
            }))
            (self.foot(shell))
        };
        frame::portal(shell, PortalPlace::Training, &page)
    }
}

/// A link that leaves the site, with where it leads.
fn elsewhere(lang: Lang, link: &Link, mark: Icon, unnamed: &str) -> Markup {
    let t = &lang.words().training;
    let name = if link.name.is_empty() { unnamed } else { &link.name };
    html! {
        a.tk-course__link href=(link.href) target="_blank" rel="noopener noreferrer" {
            (icon(mark))
            span { b { (name) } small { (fill(t.opens_elsewhere, &[("host", &link.host)])) } }
        }
    }
}

impl Page {
    fn foot(&self, shell: &Shell) -> Markup {
        let t = &shell.words().training;
        let path = href(&self.course);
        let label = match self.end {
            End::Next => t.read_next,
            End::Quiz => t.read_quiz,
            End::Finish => t.read_finish,
            End::Look => t.next_page,
        };
        html! {
            div.tk-course__foot {
                @match &self.before {
                    Some(before) => {
                        (button_link(
                            t.back,
                            &format!("{path}/pages/{}", encode(before)),
                            Look::Outline,
                            None,
                        ))
                    }
                    None => { (button_link(t.to_course, &path, Look::Outline, None)) }
                }
                @match (self.end, &self.after) {
                    (End::Look, Some(after)) => {
                        (button_link(
                            label,
                            &format!("{path}/pages/{}", encode(after)),
                            Look::Primary,
                            None,
                        ))
                    }
                    (End::Look, None) => { (button_link(t.to_course, &path, Look::Primary, None)) }
                    _ => {
                        (shell.form(
                            &format!("{path}/pages/{}", encode(&self.code)),
                            "",
                            &button(label, Look::Primary, None),
                        ))
                    }
                }
            }
        }
    }
}
