//! Signing in.
//!
//! The kit's login block writes its labels in English and cannot be told otherwise, so the page
//! is built from the kit's field, input and button.

use maud::{Markup, html};

use super::gate;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::{Look, Tone, button, notice};

/// Why the last attempt did not open the door. It never says which half was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Wrong,
    TooMany {
        minutes: u32,
    },
    /// The form came without its token: an old tab, or another site.
    Stale,
}

#[derive(Debug, Clone, Default)]
pub struct Page {
    pub login: String,
    pub refusal: Option<Refusal>,
    /// Where the reader wanted to go.
    pub next: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.gate.sign_in.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let g = &shell.words().gate;
        let form = html! {
            h1 { (g.sign_in) }
            p.tk-muted.tk-phrase { (g.sign_in_hint) }
            @if let Some(refusal) = self.refusal {
                (notice(Tone::Bad, &html! { (say(refusal, shell.words())) }, &html! {}))
            }
            (shell.form("/sign-in", "tk-gate__fields", &html! {
                input type="hidden" name="next" value=(self.next);
                (Field::new("login", g.login, &self.login).fills("username").text())
                (Field::new("password", g.password, "").fills("current-password").password())
                (button(g.sign_in, Look::Primary, None))
            }))
            p.tk-small { a href="/forgot" { (shell.words().mail.forgot) } }
        };
        gate(shell, g.tagline, &form)
    }
}

fn say(refusal: Refusal, words: &Words) -> String {
    let g = &words.gate;
    match refusal {
        Refusal::Wrong => g.refused_wrong.into(),
        Refusal::TooMany { minutes } => fill(g.refused_many, &[("n", &minutes.to_string())]),
        Refusal::Stale => g.refused_stale.into(),
    }
}
