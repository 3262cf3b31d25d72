//! What a visitor sees when a page cannot be shown: a sentence, what to do, a request id; within
//! the frame of the site for whoever is signed in.

use maud::{Markup, html};

use crate::i18n::{Lang, Words, fill, sentence};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place, PortalPlace};
use crate::ui::{Icon, Look, button_link, icon};
use engine::access::Role;

/// Why there is no page. What one may not see is [`Reason::NotFound`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    NotFound,
    /// The form was opened before the session changed, or it came from another site.
    Stale,
    /// What was sent cannot be read.
    Unreadable {
        what: String,
    },
    /// It was changed meanwhile, or is in a state that does not allow this.
    Conflict {
        what: String,
    },
    /// The form was sent before, and says something else now.
    OtherForm,
    /// The form was sent before; whether it was done is not known.
    NoAnswer,
    TooLarge,
    /// The database is busy or full.
    Unavailable,
    Broken,
}

impl Reason {
    /// The same with what the engine says in this language.
    #[must_use]
    pub fn said(self, lang: Lang) -> Reason {
        match self {
            Reason::Unreadable { what } => Reason::Unreadable { what: sentence(lang, &what) },
            Reason::Conflict { what } => Reason::Conflict { what: sentence(lang, &what) },
            other => other,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub reason: Reason,
    pub request_id: String,
    /// The page with the form that was sent.
    pub back: Option<String>,
}

impl Page {
    fn say(&self, words: &Words) -> (&'static str, String) {
        let g = &words.gate;
        match &self.reason {
            Reason::NotFound => (g.not_found, g.not_found_help.into()),
            Reason::Stale => (g.stale, g.stale_help.into()),
            Reason::Unreadable { what } => {
                (g.unreadable, fill(g.unreadable_help, &[("what", what)]))
            }
            Reason::Conflict { what } => (g.conflict, fill(g.conflict_help, &[("what", what)])),
            Reason::OtherForm => (g.other_form, g.other_form_help.into()),
            Reason::NoAnswer => (g.no_answer, g.no_answer_help.into()),
            Reason::TooLarge => (g.too_large, g.too_large_help.into()),
            Reason::Unavailable => (g.unavailable, g.unavailable_help.into()),
            Reason::Broken => (g.broken, g.broken_help.into()),
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        self.say(words).0.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let g = &shell.words().gate;
        let (title, help) = self.say(shell.words());
        let told = html! {
            span.tk-disc aria-hidden="true" { (icon(Icon::Alert)) }
            h1 { (title) }
            p.tk-phrase { (help) }
            p {
                @match &self.back {
                    Some(back) => (button_link(g.to_form, back, Look::Outline, None)),
                    None => (button_link(g.to_start, "/", Look::Outline, None)),
                }
            }
            p.tk-small.tk-muted {
                (g.request_id) " " span.tk-mono { (self.request_id) }
            }
        };
        let framed = html! { div.tk-refused.tk-refused--framed { (told) } };
        // Whoever is signed in keeps the way to everything else.
        match shell.viewer.as_ref().map(|viewer| viewer.role) {
            None => html! { main #main.tk-refused { (told) } },
            Some(Role::Partner { .. }) => {
                frame::portal(shell, PortalPlace::containing(&shell.here), &framed)
            }
            Some(_) => {
                let crumbs = [(title.to_owned(), String::new())];
                frame::console(shell, Place::containing(&shell.here), &crumbs, &framed)
            }
        }
    }
}
