//! Console, the rules of settling: thresholds, chains of approval, reason codes, deadlines.

use engine::programs::FourEyes;
use maud::{Markup, html};

use super::studio::review::four_eyes;
use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{Look, PageHead, Tone, button, empty, notice, page_head, section};

/// The rules as they are typed.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub jump_factor: String,
    pub payee_fields: String,
    pub chains: String,
    pub approval_days: String,
    pub reasons: String,
    pub dispute_days: String,
    pub answer_days: String,
    pub near_percent: String,
    pub near_gap: String,
    pub near_days: String,
    /// What is wrong, in a sentence.
    pub problem: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub draft: Draft,
    /// Whether a second person activates programs.
    pub four_eyes: FourEyes,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.policy.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let draft = &self.draft;
        let page = html! {
            (page_head(&PageHead {
                title: s.policy,
                badge: empty(),
                meta: html! { span { (s.policy_help) } },
                actions: empty(),
            }))
            @if let Some(problem) = &draft.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            (shell.form("/console/settlement", "tk-form", &html! {
                (section(s.checklist, &empty(), &html! {
                    (Field::new("jump_factor", s.jump_factor, &draft.jump_factor).text())
                    (Field::new("payee_fields", s.payee_fields, &draft.payee_fields)
                        .optional().text())
                }))
                (section(s.approval, &empty(), &html! {
                    (Field::new("chains", s.chains, &draft.chains)
                        .hint(s.chains_hint).optional().lines(5))
                    (Field::new("approval_days", s.approval_days, &draft.approval_days).text())
                }))
                (section(s.reasons, &empty(), &html! {
                    (Field::new("reasons", s.reasons, &draft.reasons)
                        .hint(s.reasons_hint).lines(8))
                }))
                (section(s.deadlines, &empty(), &html! {
                    (Field::new("dispute_days", s.days_dispute, &draft.dispute_days).text())
                    (Field::new("answer_days", s.days_answer, &draft.answer_days).text())
                }))
                (section(s.near_notice, &empty(), &html! {
                    (Field::new("near_percent", s.near_percent, &draft.near_percent).text())
                    (Field::new("near_gap", s.near_gap, &draft.near_gap).optional().text())
                    (Field::new("near_days", s.near_days, &draft.near_days).text())
                }))
                (button(shell.words().common.save, Look::Primary, None))
            }))
            (four_eyes(shell, self.four_eyes, "/console/settlement"))
        };
        frame::console(shell, Place::Settlement, &[], &page)
    }
}
