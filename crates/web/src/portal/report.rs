//! Portal, a sales report: progress while it runs, an answer for every row.

use jiff::civil::DateTime;
use maud::{Markup, html};

use super::home::explained;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::progress::{self, Files, ImportState, Progress, Row};
use crate::proofs::Proofs;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, List, Look, PageHead, Tone, button_link, change, empty, notice, page_head, section,
    status,
};
use crate::view::Measured;

/// What the report changes for one program.
#[derive(Debug, Clone)]
pub struct Effect {
    pub program: String,
    /// The id under which the amount is explained.
    pub explain: Option<String>,
    /// The tier that it reached.
    pub reached: Option<String>,
    /// The gap to the next tier before, and now.
    pub gap: Option<(Measured, Option<Measured>)>,
    pub earned: Money,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub file: String,
    pub sent: DateTime,
    pub sent_by: String,
    /// The name of the mapping it was read by; empty if its headings said how.
    pub mapping: String,
    pub progress: Progress,
    pub list: List,
    pub rows: Vec<Row>,
    pub effects: Vec<Effect>,
    pub proofs: Proofs,
    /// Where the rows are that were there before, and how many.
    pub known: Option<(String, u64)>,
    /// When the vendor took or returned it, and what was said.
    pub reviewed: Option<(DateTime, Option<String>)>,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.file.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let p = &words.portal;
        let sent =
            fill(p.sent_by, &[("when", &format::moment(self.sent, lang)), ("who", &self.sent_by)]);
        let page = html! {
            (page_head(&PageHead {
                title: &self.file,
                badge: html! {
                    span data-live="state" { (progress::state(words, self.progress.state)) }
                },
                meta: html! {
                    span { (sent) }
                    @if self.mapping.is_empty() { span { (p.read_by_headings) } }
                    @else { span { (fill(p.read_as, &[("mapping", &self.mapping)])) } }
                },
                actions: button_link(
                    p.another_file,
                    "/portal/uploads/new",
                    Look::Outline,
                    Some(Icon::Upload),
                ),
            }))
            @if let Some(failure) = &self.progress.failure {
                (notice(Tone::Bad, &html! { (failure) }, &empty()))
            }
            div.tk-main-side[!self.effects.is_empty()] {
                div.tk-column {
                    (self.word(lang))
                    @if self.progress.is_read() { (progress::progress(lang, &self.progress)) }
                    (self.proofs.draw(shell))
                    @if self.progress.is_read()
                        && (self.progress.state != ImportState::Reading || !self.rows.is_empty()) {
                        (progress::answers(
                            lang,
                            &self.progress,
                            &self.list,
                            &self.rows,
                            &Files {
                                rejected: format!("/portal/uploads/{}/rejected", self.id),
                                known: self.known.clone(),
                            },
                        ))
                    }
                }
                @if !self.effects.is_empty() { div.tk-column { (self.effects(lang)) } }
            }
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}

impl Page {
    /// How the vendor's review stands.
    fn word(&self, lang: Lang) -> Markup {
        let p = &lang.words().portal;
        if self.progress.state == ImportState::Review {
            return notice(Tone::Wait, &html! { (p.report_waits) }, &empty());
        }
        let Some((at, comment)) = &self.reviewed else { return empty() };
        let (said, tone) = match self.progress.state {
            ImportState::Returned => (p.report_returned_by, Tone::Bad),
            _ => (p.report_taken_by, Tone::Info),
        };
        let said = fill(said, &[("when", &format::moment(*at, lang))]);
        notice(
            tone,
            &html! { (said) @if let Some(comment) = comment { p.tk-phrase { (comment) } } },
            &empty(),
        )
    }

    /// What the report does for the reader.
    fn effects(&self, lang: Lang) -> Markup {
        let p = &lang.words().portal;
        section(
            p.effect_of_report,
            &empty(),
            &html! {
                @for effect in &self.effects {
                    dl.tk-receipt {
                        div {
                            dt { b { (effect.program) } }
                            dd {
                                @if let Some(tier) = &effect.reached {
                                    (status(&fill(p.reached_tier, &[("tier", tier)]), Tone::Good))
                                }
                            }
                        }
                        @if let Some((before, after)) = &effect.gap {
                            div {
                                dt { (p.gap) }
                                dd {
                                    (before.text(lang)) " → "
                                    @match after {
                                        Some(after) => { b { (after.text(lang)) } }
                                        None => { b { (p.gap_closed) } }
                                    }
                                }
                            }
                        }
                        div {
                            dt { (p.earned_by_report) }
                            dd {
                                (explained(effect.explain.as_ref(), &change(lang, effect.earned)))
                            }
                        }
                    }
                }
            },
        )
    }
}
