//! Console, one import: how far it is, and an answer for every row.

use jiff::civil::DateTime;
use maud::{Markup, html};

use super::imports::ImportKind;
use crate::access;
use crate::format;
use crate::i18n::{Words, fill};
use crate::progress::{self, ImportState, Progress, Row};
use crate::proofs::Proofs;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{List, PageHead, Tone, danger, empty, notice, page_head, section};

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub file: String,
    pub bytes: u64,
    pub kind: ImportKind,
    pub mapping: Option<String>,
    pub at: DateTime,
    pub by: String,
    pub progress: Progress,
    pub list: List,
    pub rows: Vec<Row>,
    pub proofs: Proofs,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.file.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let d = &words.data;
        let by = fill(d.sent_by, &[("when", &format::moment(self.at, lang)), ("who", &self.by)]);
        let done = self.progress.state == ImportState::Done;
        let may_cancel = access::may_post(shell.role(), "/console/imports/{id}/cancel");
        let page = html! {
            (page_head(&PageHead {
                title: &self.file,
                badge: html! {
                    span data-live="state" { (progress::state(words, self.progress.state)) }
                },
                meta: html! {
                    span { (self.kind.label(words)) }
                    span { (format::bytes(self.bytes)) }
                    @if let Some(mapping) = &self.mapping {
                        span { (d.mapping) ": " (mapping) }
                    }
                    span { (by) }
                },
                actions: empty(),
            }))
            @if let Some(failure) = &self.progress.failure {
                (notice(Tone::Bad, &html! { (failure) }, &empty()))
            }
            @if done && self.progress.accepted == 0 && self.progress.known > 0 {
                (notice(Tone::Info, &html! { (d.nothing_new) }, &empty()))
            }
            @if done && self.kind == ImportKind::Payees && self.progress.accepted > 0 {
                (notice(Tone::Info, &html! { (words.papers.payees_help) }, &html! {
                    a href="/console/payees" { (words.papers.payees) }
                }))
            }
            (progress::progress(lang, &self.progress))
            @if self.progress.state == ImportState::Reading && may_cancel {
                (section(d.cancel, &empty(), &html! {
                    p.tk-small.tk-muted.tk-phrase { (d.cancel_help) }
                    (shell.form(&format!("/console/imports/{}/cancel", self.id),
                        "tk-form tk-form--tight", &danger(d.cancel)))
                }))
            }
            (self.proofs.draw(shell))
            div data-live="answers" {
                @if self.progress.state != ImportState::Reading || !self.rows.is_empty() {
                    (progress::answers(
                        lang,
                        &self.progress,
                        &self.list,
                        &self.rows,
                        &format!("/console/imports/{}/rejected", self.id),
                    ))
                }
            }
        };
        let crumbs = [(self.file.clone(), String::new())];
        frame::console(shell, Place::Imports, &crumbs, &page)
    }
}
