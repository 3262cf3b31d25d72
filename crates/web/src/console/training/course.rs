//! Console, one course: how people see it, with what is right; its text, its versions, and the
//! draft that waits.

use maud::{Markup, html};

use crate::access;
use crate::console::loyalty::versions::{Draft, Shown, Version};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, button_link, empty, encode, facts, icon, page_head, section, status,
};

/// A page as people read it.
#[derive(Debug, Clone)]
pub struct Read {
    pub name: String,
    pub text: Markup,
    /// Name and address of what lies elsewhere.
    pub links: Vec<(String, String)>,
}

/// A question with its options, and whether each is right.
#[derive(Debug, Clone)]
pub struct Asked {
    pub asks: String,
    pub options: Vec<(String, bool)>,
    pub why: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub description: String,
    pub is_active: bool,
    /// The version that is shown.
    pub shown: i64,
    /// Label and value.
    pub rows: Vec<(&'static str, String)>,
    pub pages: Vec<Read>,
    pub questions: Vec<Asked>,
    pub text: String,
    pub versions: Vec<Version>,
    pub draft: Option<Draft>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.name, words.training.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let (l, t) = (&words.loyalty, &words.training);
        let path = format!("/console/training/{}", encode(&self.code));
        let of =
            Shown { path: &path, route: "/console/training/{code}/activate", shown: self.shown };
        let shown = self.shown.to_string();
        let n = [("n", shown.as_str())];
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: if self.is_active {
                    status(&fill(l.active_version, &n), Tone::Good)
                } else {
                    status(&fill(l.draft_version, &n), Tone::Wait)
                },
                meta: html! {
                    span.tk-mono { (self.code) }
                    @if !self.description.is_empty() { span { (self.description) } }
                },
                actions: html! {
                    (button_link(t.see_people, &format!("{path}/people"), Look::Outline, Some(Icon::Users)))
                    @if access::may_post(shell.role(), "/console/training/{code}/edit") {
                        (button_link(l.edit_text, &format!("{path}/edit"), Look::Primary, None))
                    }
                },
            }))
            div.tk-main-side {
                div.tk-column {
                    (section(t.holds, &empty(), &facts(&self.facts())))
                    @for page in &self.pages { (page.draw()) }
                    @if !self.questions.is_empty() { (self.quiz(lang)) }
                    (section(l.text, &empty(), &html! {
                        ol.tk-code lang="en" tabindex="0" {
                            @for line in self.text.lines() { li { code { (line) } } }
                        }
                    }))
                }
                div.tk-column {
                    @if let Some(draft) = &self.draft {
                        (draft.draw(shell, &of, t.activate_help))
                    }
                    (of.versions(lang, &self.versions))
                }
            }
        };
        frame::console(shell, Place::Training, &[(self.name.clone(), String::new())], &page)
    }
}

impl Page {
    fn facts(&self) -> Vec<(&str, Markup)> {
        self.rows.iter().map(|(label, value)| (*label, html! { (value) })).collect()
    }

    fn quiz(&self, lang: Lang) -> Markup {
        let t = &lang.words().training;
        section(
            t.quiz,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (t.answer_key) }
                ol.tk-course__answers {
                    @for asked in &self.questions {
                        li {
                            h3 { (asked.asks) }
                            ul.tk-plain {
                                @for (option, is_right) in &asked.options {
                                    li {
                                        (option)
                                        @if *is_right {
                                            " " span.tk-course__read {
                                                (icon(Icon::Check)) span.tk-small { (t.right) }
                                            }
                                        }
                                    }
                                }
                            }
                            @if !asked.why.is_empty() {
                                p.tk-small.tk-muted.tk-phrase { (t.why) ": " (asked.why) }
                            }
                        }
                    }
                }
            },
        )
    }
}

impl Read {
    fn draw(&self) -> Markup {
        section(
            &self.name,
            &empty(),
            &html! {
                div.tk-prose { (self.text) }
                @for (name, href) in &self.links {
                    p.tk-small { a href=(href) target="_blank" rel="noopener noreferrer" { (name) } }
                }
            },
        )
    }
}
