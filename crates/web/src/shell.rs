//! Around every page: the document, its title, who reads it and how.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::Assets;
use crate::i18n::{Lang, Words};
use crate::refused_form::Refused;
use crate::ui::{Tone, notice};
use crate::visit::Whose;
use engine::access::Role;

/// Light or dark, as the reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

impl Theme {
    pub fn tag(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn parse(tag: &str) -> Option<Theme> {
        match tag {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        }
    }

    #[must_use]
    pub fn other(self) -> Theme {
        match self {
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Light,
        }
    }
}

/// What a page is drawn for: a reader, a language, a request.
#[derive(Debug, Clone)]
pub struct Shell {
    pub lang: Lang,
    pub theme: Theme,
    /// The vendor's name, which leads every page.
    pub vendor: String,
    /// Path and query of this page, to come back to.
    pub here: String,
    /// Goes into every form that posts.
    pub csrf: String,
    /// The idempotency key of the forms of this page.
    pub form_key: String,
    pub viewer: Option<Viewer>,
    /// What the action before this page did.
    pub done: Option<Done>,
    /// A form of this page that was refused just now.
    pub refused: Option<Refused>,
    pub assets: Arc<Assets>,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub name: String,
    pub role: Role,
    pub waiting: Waiting,
    /// What the reader's points are called, where a wallet acts.
    pub points: Option<String>,
    /// Whether there is a course for the reader.
    pub trains: bool,
    /// Set if the reader is a member of its own beside its company.
    pub whose: Option<Whose>,
}

/// How much waits for the reader, written beside the places of the console.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Drafts that were handed in.
    pub programs: u32,
    pub periods: u32,
    pub payouts: u32,
    pub adjustments: u32,
    pub disputes: u32,
}

/// What an action did. It travels in the address of the page that follows, as `?done=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Saved,
    Activated,
    Closed,
    Approved,
    Rejected,
    Paid,
    Requested,
    Revoked,
    Held,
    Released,
    Opened,
    Answered,
    Withdrawn,
    Agreed,
    Removed,
    Ordered,
    Enrolled,
    Left,
}

impl Done {
    pub const ALL: [Done; 18] = [
        Done::Saved,
        Done::Activated,
        Done::Closed,
        Done::Approved,
        Done::Rejected,
        Done::Paid,
        Done::Requested,
        Done::Revoked,
        Done::Held,
        Done::Released,
        Done::Opened,
        Done::Answered,
        Done::Withdrawn,
        Done::Agreed,
        Done::Removed,
        Done::Ordered,
        Done::Enrolled,
        Done::Left,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Done::Saved => "saved",
            Done::Activated => "activated",
            Done::Closed => "closed",
            Done::Approved => "approved",
            Done::Rejected => "rejected",
            Done::Paid => "paid",
            Done::Requested => "requested",
            Done::Revoked => "revoked",
            Done::Held => "held",
            Done::Released => "released",
            Done::Opened => "opened",
            Done::Answered => "answered",
            Done::Withdrawn => "withdrawn",
            Done::Agreed => "agreed",
            Done::Removed => "removed",
            Done::Ordered => "ordered",
            Done::Enrolled => "enrolled",
            Done::Left => "left",
        }
    }

    pub fn parse(key: &str) -> Option<Done> {
        Done::ALL.into_iter().find(|done| done.key() == key)
    }

    fn say(self, words: &Words) -> &'static str {
        let promotions = &words.promotions;
        let (points, words, s) = (&words.points, &words.common, &words.settle);
        match self {
            Done::Saved => words.done_saved,
            Done::Activated => words.done_activated,
            Done::Closed => words.done_closed,
            Done::Approved => words.done_approved,
            Done::Rejected => words.done_rejected,
            Done::Paid => words.done_paid,
            Done::Requested => words.done_requested,
            Done::Revoked => words.done_revoked,
            Done::Held => s.done_held,
            Done::Released => s.done_released,
            Done::Opened => s.done_opened,
            Done::Answered => s.done_answered,
            Done::Withdrawn => s.done_withdrawn,
            Done::Agreed => s.done_agreed,
            Done::Removed => words.done_removed,
            Done::Ordered => points.done_ordered,
            Done::Enrolled => promotions.enrolled_done,
            Done::Left => promotions.left_done,
        }
    }
}

/// A page: a title and how it is drawn. Each has one context type of its own.
pub trait View {
    /// What the tab of the browser says.
    fn title(&self, words: &Words) -> String;

    /// The body, frame included.
    fn draw(&self, shell: &Shell) -> Markup;
}

impl Shell {
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }

    pub fn role(&self) -> Option<Role> {
        self.viewer.as_ref().map(|viewer| viewer.role)
    }

    /// The whole document.
    pub fn page(&self, view: &impl View) -> Markup {
        let words = self.words();
        html! {
            (DOCTYPE)
            html lang=(self.lang.tag()) data-theme=(self.theme.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (view.title(words)) " · " (self.vendor) }
                    link rel="icon" type="image/svg+xml" href=(self.assets.icon.href());
                    link rel="stylesheet" href=(self.assets.css.href());
                    script src=(self.assets.js.href()) defer {}
                    script src=(self.assets.kit_js.href()) defer {}
                }
                body {
                    a.mui-sr-only.tk-skip href="#main" { (words.common.skip) }
                    (self.told(view.draw(self)))
                }
            }
        }
    }

    /// The page, which says that a form was refused also where it does not show that form.
    fn told(&self, page: Markup) -> Markup {
        match &self.refused {
            Some(refused) if !page.0.contains("tk-wrong") => {
                let (notice, main) = (refused.notice().into_string(), page.0.find("<main"));
                let inside = main.and_then(|at| Some(at + page.0[at..].find('>')? + 1));
                let (before, after) = page.0.split_at(inside.unwrap_or(0));
                PreEscaped(format!("{before}{notice}{after}"))
            }
            _ => page,
        }
    }

    /// What the last action did, said above the page.
    pub fn done(&self) -> Markup {
        if let Some(done) = self.done {
            notice(Tone::Good, &html! { (done.say(self.words())) }, &html! {})
        } else {
            html! {}
        }
    }

    /// A form that changes something: guarded against other sites and against a second click.
    pub fn form(&self, action: &str, class: &str, children: &Markup) -> Markup {
        html! {
            form class=(class) method="post" action=(action) {
                (self.hidden())
                (self.filled(action, children))
            }
        }
    }

    /// A form whose fields stand elsewhere on the page and name it.
    pub fn form_named(&self, id: &str, action: &str, class: &str, children: &Markup) -> Markup {
        html! {
            form id=(id) class=(class) method="post" action=(action) {
                (self.hidden())
                (self.filled(action, children))
            }
        }
    }

    /// The fields of a form: as they were typed where it was refused.
    fn filled(&self, action: &str, children: &Markup) -> Markup {
        match self.refused.as_ref().filter(|refused| refused.action == action) {
            Some(refused) => refused.fill(children),
            None => children.clone(),
        }
    }

    /// A form that carries files.
    pub fn upload(&self, action: &str, class: &str, children: &Markup) -> Markup {
        html! {
            form class=(class) method="post" action=(action) enctype="multipart/form-data" {
                (self.hidden())
                (children)
            }
        }
    }

    fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="csrf" value=(self.csrf);
            input type="hidden" name="key" value=(self.form_key);
        }
    }
}
