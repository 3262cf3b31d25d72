//! Portal, saying that an amount is wrong.

use maud::{Markup, html};

use crate::format::Money;
use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, button, card, empty, page_head};
use crate::view::Period;

/// What was typed, given back when something is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub reason: String,
    pub expected: String,
    pub line: String,
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    /// Id of the payout, or reference of the award.
    pub of: String,
    pub program: String,
    pub period: Period,
    pub stated: Money,
    /// Reasons, by word and name.
    pub reasons: Vec<(String, String)>,
    pub draft: Draft,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.settle.dispute_this, self.program)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, s) = (shell.lang, &shell.words().settle);
        let draft = &self.draft;
        let page = html! {
            (page_head(&PageHead {
                title: s.dispute_this,
                badge: empty(),
                meta: html! {
                    span { (self.program) }
                    span { (self.period.long(lang)) }
                    span { (s.amount_stated) " " b { (self.stated.text(lang)) } }
                },
                actions: empty(),
            }))
            (card("", shell.form("/portal/disputes", "tk-form", &html! {
                p.tk-phrase { (s.dispute_help) }
                input type="hidden" name="of" value=(self.of);
                (Field::new("reason", shell.words().money.reason, &draft.reason)
                    .select(&self.reasons))
                (Field::new("expected", s.amount_expected, &draft.expected).optional().text())
                (Field::new("line", s.dispute_line, &draft.line).optional().text())
                (Field::new("text", s.say_what, &draft.text).lines(5))
                (button(s.send, Look::Primary, None))
            })))
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}
