//! Console, one import: how far it is, and an answer for every row.

use jiff::civil::DateTime;
use maud::{Markup, html};

use super::import_map;
use super::imports::ImportKind;
use crate::access;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::progress::{self, Files, ImportState, Progress, Row};
use crate::proofs::Proofs;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, List, Look, PageHead, Tone, button, danger, empty, icon, notice, page_head, section,
};

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
    /// Where the rows are that were there before, and how many.
    pub known: Option<(String, u64)>,
    pub report: Report,
}

/// A partner's report: what waits to be taken, or the word that was said to it.
#[derive(Debug, Clone)]
pub struct Report {
    pub reviewed: Option<Reviewed>,
    pub preview_fields: Vec<String>,
    pub preview: Vec<Vec<Result<String, String>>>,
    /// The file is there as it was sent.
    pub has_file: bool,
}

#[derive(Debug, Clone)]
pub struct Reviewed {
    pub by: String,
    pub at: DateTime,
    pub comment: Option<String>,
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
            (self.report(shell))
            @if self.progress.is_read() { (progress::progress(lang, &self.progress)) }
            @if self.progress.state == ImportState::Reading && may_cancel {
                (section(d.cancel, &empty(), &html! {
                    p.tk-small.tk-muted.tk-phrase { (d.cancel_help) }
                    (shell.form(&format!("/console/imports/{}/cancel", self.id),
                        "tk-form tk-form--tight", &danger(d.cancel)))
                }))
            }
            (self.proofs.draw(shell))
            div data-live="answers" {
                @if self.progress.is_read()
                    && (self.progress.state != ImportState::Reading || !self.rows.is_empty()) {
                    (progress::answers(
                        lang,
                        &self.progress,
                        &self.list,
                        &self.rows,
                        &Files {
                            rejected: format!("/console/imports/{}/rejected", self.id),
                            known: self.known.clone(),
                        },
                    ))
                }
            }
        };
        let crumbs = [(self.file.clone(), String::new())];
        frame::console(shell, Place::Imports, &crumbs, &page)
    }
}

impl Page {
    /// What waits for a word, or the word that was said.
    fn report(&self, shell: &Shell) -> Markup {
        let (lang, d) = (shell.lang, &shell.words().data);
        let at = format!("/console/imports/{}", self.id);
        let may = access::may_post(shell.role(), "/console/imports/{id}/take");
        html! {
            @if let Some(word) = &self.report.reviewed {
                @let is_returned = self.progress.state == ImportState::Returned;
                @let said = if is_returned { d.report_returned } else { d.report_taken };
                (notice(if is_returned { Tone::Bad } else { Tone::Info }, &html! {
                    (fill(said, &[("who", &word.by), ("when", &format::moment(word.at, lang))]))
                    @if let Some(comment) = &word.comment { ": " (comment) }
                }, &empty()))
            }
            @if self.progress.state == ImportState::Review {
                (section(d.report_review, &self.held_file(lang), &html! {
                    p.tk-small.tk-muted.tk-phrase { (d.report_review_help) }
                    @if may {
                        div.tk-two {
                            div { (shell.form(&format!("{at}/take"), "tk-form", &html! {
                                (Field::new("comment", d.report_word, "").optional().lines(2))
                                (button(d.report_take, Look::Primary, Some(Icon::Check)))
                            })) }
                            div { (shell.form(&format!("{at}/return"), "tk-form", &html! {
                                (Field::new("why", d.report_return_why, "").lines(2))
                                (danger(d.report_return))
                            })) }
                        }
                    }
                }))
            }
            @if !self.report.preview.is_empty() {
                (import_map::preview(lang, &self.report.preview_fields, &self.report.preview))
            }
        }
    }

    fn held_file(&self, lang: Lang) -> Markup {
        html! {
            @if self.report.has_file {
                a.tk-more href={ "/console/imports/" (self.id) "/file" } download {
                    (icon(Icon::Download)) (lang.words().data.report_file)
                }
            }
        }
    }
}
