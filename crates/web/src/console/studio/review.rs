//! Console, activating a version: what it changes, what it meets in the data, and who decides.

use engine::programs::{FourEyes, ReviewStatus};
use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::console::editor::{self, Check};
use crate::console::program::{DiffLine, code_line};
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::reading::findings::Told;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, button, button_link, card, empty, encode, notice, page_head,
    section, status,
};

/// What the reader may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Look only.
    Look,
    Activate,
    /// A second person has to.
    Submit,
    /// It was handed in, and somebody else decides.
    Wait,
    /// It was handed in, and this reader decides.
    Decide,
}

/// What was handed in once.
#[derive(Debug, Clone)]
pub struct Past {
    pub status: ReviewStatus,
    pub asked_by: String,
    pub asked_at: DateTime,
    pub note: Option<String>,
    pub decided: Option<(String, DateTime)>,
    pub comment: Option<String>,
}

/// What was found beside the data.
#[derive(Debug, Clone)]
pub struct Found {
    pub told: Vec<Told>,
    /// On what it was looked at.
    pub on: String,
    pub is_sample: bool,
    /// Whether there are data to find something beside.
    pub has_data: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub number: u32,
    pub is_draft: bool,
    pub author: String,
    pub may: May,
    /// Against which version, what differs in words, and the lines.
    pub changes: Option<(u32, Vec<String>, Vec<DiffLine>)>,
    pub checks: Vec<Check>,
    pub found: Option<Found>,
    pub history: Vec<Past>,
    pub text: String,
    /// What the vendor decided about a second person, for who may change it.
    pub four_eyes: Option<FourEyes>,
    pub refused: Option<String>,
    /// Why it was activated over warnings.
    pub reason: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        fill(words.console.version_of, &[("name", &self.name), ("n", &self.number.to_string())])
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.studio;
        let title = self.title(words);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: self.badge(words),
                meta: html! {
                    span { (fill(s.made_by, &[("who", &self.author)])) }
                    span { (s.activation_help) }
                },
                actions: html! {
                    @if self.is_draft && self.may != May::Look {
                        (button_link(s.as_text, &format!("/console/programs/{}/edit",
                            encode(&self.code)), Look::Outline, Some(Icon::Rule)))
                        (button_link(s.form, &format!("/console/programs/{}/form",
                            encode(&self.code)), Look::Outline, Some(Icon::Columns)))
                    }
                },
            }))
            @if let Some(refused) = &self.refused {
                (notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            div.tk-main-side {
                div.tk-column {
                    (self.changes(lang))
                    @if let Some(found) = &self.found { (found.draw(lang)) }
                    (self.checks(lang))
                    (self.text(lang))
                }
                div.tk-column {
                    (self.decide(shell))
                    (self.history(lang))
                    @if let Some(chosen) = self.four_eyes {
                        (four_eyes(shell, chosen, &self.action()))
                    }
                }
            }
        };
        let crumbs = [
            (self.name.clone(), format!("/console/programs/{}", encode(&self.code))),
            (s.activation.into(), String::new()),
        ];
        frame::console(shell, Place::Programs, &crumbs, &page)
    }
}

impl Page {
    fn badge(&self, words: &Words) -> Markup {
        if !self.is_draft {
            return status(words.studio.review_activated, Tone::Good);
        }
        match self.may {
            May::Wait | May::Decide => status(words.studio.review_submitted, Tone::Wait),
            _ => status(words.common.state_draft, Tone::Plain),
        }
    }

    fn changes(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let Some((against, said, lines)) = &self.changes else { return empty() };
        let aside = fill(
            words.terms.difference,
            &[("old", &against.to_string()), ("new", &self.number.to_string())],
        );
        section(
            words.studio.changes_in_words,
            &html! { (aside) },
            &html! {
                @if said.is_empty() { p.tk-muted { (words.terms.no_difference) } }
                ul.tk-plain { @for one in said { li { (one) } } }
                details.tk-details {
                    summary { (words.terms.text) }
                    (diff(lines))
                }
            },
        )
    }

    fn checks(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        section(
            k.checks,
            &empty(),
            &html! {
                @if self.checks.is_empty() { p.tk-muted { (k.no_problem) } }
                ul.tk-checker { @for check in &self.checks { (editor::check_row(lang, check)) } }
            },
        )
    }

    fn text(&self, lang: Lang) -> Markup {
        section(
            lang.words().terms.text,
            &empty(),
            &html! {
                ol.tk-code lang="en" tabindex="0" {
                    @for line in self.text.lines() { (code_line(line, "")) }
                }
            },
        )
    }

    /// Whether whoever activates has to say why.
    fn has_warnings(&self) -> bool {
        self.checks.iter().any(|check| check.severity == editor::Severity::Warning)
            || self.found.as_ref().is_some_and(|found| found.has_data && !found.told.is_empty())
    }

    fn action(&self) -> String {
        format!("/console/programs/{}/versions/{}", encode(&self.code), self.number)
    }

    fn decide(&self, shell: &Shell) -> Markup {
        let s = &shell.words().studio;
        let act = |value: &str, label: &str, primary: bool| {
            html! {
                button.mui-btn.mui-btn--md type="submit" name="do" value=(value)
                    .mui-btn--primary[primary] .mui-btn--outline[!primary] { (label) }
            }
        };
        let activate = fill(s.activate_now, &[("n", &self.number.to_string())]);
        let errors = self.checks.iter().any(|c| c.severity == editor::Severity::Error);
        let note = Field::new("comment", s.note, "").optional().lines(2);
        let comment = Field::new("comment", s.comment, "").optional().lines(3);
        let reason = Field::new("comment", s.reason_why, "").hint(s.reason_needed).lines(3);
        let inner = match self.may {
            May::Look if self.is_draft => return empty(),
            May::Look => html! {
                p.tk-muted.tk-phrase { (s.active_already) }
                @if let Some(reason) = &self.reason {
                    p.tk-phrase { b { (s.activated_over) } ": " (reason) }
                }
            },
            _ if errors => html! { p.tk-phrase { (shell.words().console.errors_first) } },
            May::Activate => html! {
                p.tk-small.tk-muted.tk-phrase { (shell.words().console.activate_help) }
                (shell.form(&self.action(), "tk-form", &html! {
                    @if self.has_warnings() { (reason) }
                    (act("activate", &activate, true))
                }))
            },
            May::Submit => html! {
                p.tk-small.tk-muted.tk-phrase { (s.hand_in_help) }
                (shell.form(&self.action(), "tk-form", &html! {
                    (note) (act("submit", s.hand_in, true))
                }))
            },
            May::Wait => html! { p.tk-phrase { (s.review_submitted) } },
            May::Decide => html! {
                p.tk-small.tk-muted.tk-phrase { (s.you_decide) }
                (shell.form(&self.action(), "tk-form", &html! {
                    @if self.has_warnings() {
                        p.tk-small.tk-muted.tk-phrase { (s.reason_needed) }
                    }
                    (comment)
                    div.tk-buttons {
                        (act("activate", &activate, true)) (act("return", s.send_back, false))
                    }
                }))
            },
        };
        html! {
            (section(s.activation, &empty(), &inner))
            @if self.is_draft {
                (section(s.trial, &empty(), &html! {
                    p.tk-small.tk-muted.tk-phrase { (s.trial_help) }
                    (shell.form("/console/trial", "tk-form", &html! {
                        textarea name="text" hidden { "\n" (self.text) }
                        (button(s.trial, Look::Outline, Some(Icon::Play)))
                    }))
                }))
            }
        }
    }

    fn history(&self, lang: Lang) -> Markup {
        let s = &lang.words().studio;
        if self.history.is_empty() {
            return empty();
        }
        section(
            s.review_history,
            &empty(),
            &html! {
                ol.tk-timeline {
                    @for past in &self.history {
                        @let word = match past.status {
                            ReviewStatus::Submitted => s.review_submitted,
                            ReviewStatus::Returned => s.review_returned,
                            ReviewStatus::Activated => s.review_activated,
                            ReviewStatus::Withdrawn => s.review_withdrawn,
                        };
                        li {
                            p.tk-timeline__title {
                                span { (word) }
                                time { (format::moment_column(past.asked_at, lang)) }
                            }
                            p.tk-small.tk-muted {
                                (fill(s.asked_by, &[("who", &past.asked_by)]))
                                @if let Some(note) = &past.note { ": " (note) }
                            }
                            @if let Some((who, at)) = &past.decided {
                                p.tk-small.tk-muted {
                                    (fill(s.decided_by, &[("who", who),
                                        ("at", &format::moment(*at, lang))]))
                                    @if let Some(comment) = &past.comment { ": " (comment) }
                                }
                            }
                        }
                    }
                }
            },
        )
    }
}

impl Found {
    fn draw(&self, lang: Lang) -> Markup {
        let s = &lang.words().studio;
        section(
            s.findings,
            &html! { (self.on) },
            &html! {
                @if self.is_sample { p.tk-small.tk-muted { (s.findings_sample) } }
                @if self.told.is_empty() {
                    p.tk-proof { (crate::ui::icon(Icon::Check)) (s.findings_none) }
                }
                ul.tk-rows {
                    @for told in &self.told {
                        li {
                            (status(lang.words().console.warning, Tone::Wait))
                            div.tk-rows__text {
                                span.tk-phrase { (told.message) }
                                @if let Some((label, href)) = &told.link {
                                    " " a href=(href) { (label) }
                                }
                                @if !told.partners.is_empty() {
                                    small {
                                        @for (at, code) in told.partners.iter().enumerate() {
                                            @if at > 0 { ", " }
                                            a href={ "/console/partners/" (encode(code)) } { (code) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            },
        )
    }
}

/// Lines that differ, as they are told apart.
pub fn diff(lines: &[DiffLine]) -> Markup {
    card(
        "tk-code-card",
        html! {
            ol.tk-code.tk-code--diff lang="en" tabindex="0" {
                @for line in lines {
                    @match line {
                        DiffLine::Same(text) => { (code_line(text, "")) }
                        DiffLine::Added(text) => { (code_line(text, "tk-code__added")) }
                        DiffLine::Removed(text) => { (code_line(text, "tk-code__removed")) }
                    }
                }
            }
        },
    )
}

/// The choice whether a second person activates; `back` is where it leads.
pub fn four_eyes(shell: &Shell, chosen: FourEyes, back: &str) -> Markup {
    let s = &shell.words().studio;
    let label = |choice: FourEyes| match choice {
        FourEyes::Auto => s.four_eyes_auto,
        FourEyes::Always => s.four_eyes_always,
        FourEyes::Never => s.four_eyes_never,
    };
    let options: Vec<(String, String)> = FourEyes::ALL
        .into_iter()
        .map(|choice| (choice.word().to_owned(), label(choice).to_owned()))
        .collect();
    section(
        s.four_eyes,
        &empty(),
        &shell.form(
            "/console/settings/four-eyes",
            "tk-form",
            &html! {
                input type="hidden" name="back" value=(back);
                (Field::new("choice", s.four_eyes_help, chosen.word()).select(&options))
                (button(shell.words().common.save, Look::Outline, None))
            },
        ),
    )
}
