//! Console, the text of a program: a text area, a checker with lines and columns, its own tests.
//!
//! Checking saves nothing; activating is refused while there are errors. The text that was typed
//! always comes back with the answer.

use maud::{Markup, html};

use super::program::DiffLine;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::reading::problem::Told;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{PageHead, Tone, card, empty, encode, page_head, section, status, with_code};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    /// What the text leaves to a default.
    Note,
}

/// What the checker says about a place in the text.
#[derive(Debug, Clone)]
pub struct Check {
    pub severity: Severity,
    pub line: u32,
    pub column: u32,
    pub told: Told,
}

/// One test case of the program's text, run.
#[derive(Debug, Clone)]
pub struct TestRun {
    pub name: String,
    pub passed: bool,
    /// What was expected and what came, where they differ.
    pub detail: Option<String>,
}

/// What the text is checked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    New,
    /// A new version of a program.
    Version {
        code: String,
        name: String,
        number: u32,
        /// There is such a version already, and it acts or has acted: what is changed needs a
        /// number of its own.
        acts: bool,
    },
}

#[derive(Debug, Clone)]
pub struct Page {
    pub subject: Subject,
    pub text: String,
    /// Nothing before the first check.
    pub checks: Option<Vec<Check>>,
    pub tests: Vec<TestRun>,
    /// Against the version in force.
    pub changes: Vec<DiffLine>,
    /// Why activating was refused, in a sentence.
    pub refused: Option<String>,
}

impl Page {
    fn errors(&self) -> usize {
        let checks = self.checks.iter().flatten();
        checks.filter(|check| check.severity == Severity::Error).count()
            + self.tests.iter().filter(|test| !test.passed).count()
    }

    fn action(&self) -> String {
        match &self.subject {
            Subject::New => "/console/programs/new".into(),
            Subject::Version { code, .. } => format!("/console/programs/{}/edit", encode(code)),
        }
    }

    fn name(&self, words: &Words) -> String {
        match &self.subject {
            Subject::New => words.console.new_program.into(),
            Subject::Version { name, number, .. } => {
                fill(words.console.version_of, &[("name", name), ("n", &number.to_string())])
            }
        }
    }
}

/// What a new program may begin with.
fn samples(words: &Words) -> Markup {
    let k = &words.console;
    let all = [
        ("", k.sample_first),
        ("partner", k.sample_member),
        ("product", k.sample_product),
        ("hierarchy", k.sample_hierarchy),
        ("transaction", k.sample_transaction),
        ("growth", k.sample_growth),
    ];
    html! {
        p.tk-phrase {
            span.tk-muted { (k.sample_begin) ": " }
            @for (at, (word, label)) in all.into_iter().enumerate() {
                @if at > 0 { " · " }
                a href={ "/console/programs/new?sample=" (word) } { (label) }
            }
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        self.name(words)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let k = &words.console;
        let title = self.name(words);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: match &self.subject {
                    Subject::Version { acts: true, .. } => {
                        status(words.studio.version_acts, Tone::Good)
                    }
                    _ => status(words.common.state_draft, Tone::Plain),
                },
                meta: html! { span { (k.editor_help) } },
                actions: empty(),
            }))
            @if let Subject::Version { code, acts: true, .. } = &self.subject {
                (crate::ui::notice(Tone::Info, &html! { (words.studio.version_acts_help) }, &html! {
                    a href={ "/console/programs/" (encode(code)) "?tab=terms" } {
                        (words.studio.new_version)
                    }
                }))
            }
            @if self.subject == Subject::New { (samples(words)) }
            @if let Some(refused) = &self.refused {
                (crate::ui::notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            div.tk-editor {
                (self.form(shell))
                div.tk-column { (self.checks(lang)) (self.tests(lang)) (self.changes(lang)) }
            }
        };
        let mut crumbs = vec![];
        if let Subject::Version { code, name, .. } = &self.subject {
            crumbs.push((name.clone(), format!("/console/programs/{}", encode(code))));
            crumbs.push((words.terms.edit_terms.into(), String::new()));
        } else {
            crumbs.push((title.clone(), String::new()));
        }
        frame::console(shell, Place::Programs, &crumbs, &page)
    }
}

impl Page {
    fn form(&self, shell: &Shell) -> Markup {
        let k = &shell.words().console;
        let s = &shell.words().studio;
        let lines = self.text.lines().count().clamp(24, 60);
        let checked = self.checks.is_some();
        let ready = checked && self.errors() == 0;
        card(
            "tk-code-card",
            shell.form(
                &self.action(),
                "tk-text-form",
                &html! {
                    label.mui-sr-only for="text" { (k.program_text) }
                    textarea.mui-textarea.tk-text #text name="text" rows=(lines) spellcheck="false"
                        autocapitalize="off" autocomplete="off" wrap="off" lang="en" required {
                        "\n" (self.text)
                    }
                    div.tk-text-form__send {
                        button.mui-btn.mui-btn--md type="submit" name="do" value="check"
                            .mui-btn--outline[ready] .mui-btn--primary[!ready] { (k.check) }
                        @if ready {
                            button.mui-btn.mui-btn--md.mui-btn--primary type="submit" name="do"
                                value="review" { (s.review_it) }
                            button.mui-btn.mui-btn--md.mui-btn--outline type="submit" name="do"
                                value="try" { (s.trial) }
                        }
                        @if checked {
                            button.mui-btn.mui-btn--md.mui-btn--ghost type="submit" name="do"
                                value="save" { (s.save_draft) }
                        }
                        span.tk-small.tk-muted.tk-phrase {
                            (if ready { k.activate_help } else { k.check_help })
                        }
                    }
                },
            ),
        )
    }

    fn checks(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        let Some(checks) = &self.checks else {
            return html! {
                (section(
                    k.checks,
                    &empty(),
                    &html! { p.tk-small.tk-muted.tk-phrase { (k.not_checked) } },
                ))
                (parts(lang))
            };
        };
        section(
            k.checks,
            &empty(),
            &html! {
                div.tk-checker.tk-checker--wrong[!checks.is_empty()] {
                    @if checks.is_empty() {
                        p.tk-proof { (crate::ui::icon(crate::ui::Icon::Check)) (k.no_problem) }
                    }
                    ul { @for check in checks { (check_row(lang, check)) } }
                }
            },
        )
    }

    fn tests(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        let passed = self.tests.iter().filter(|test| test.passed).count();
        let places = [("passed", passed.to_string()), ("all", self.tests.len().to_string())];
        let places: Vec<(&str, &str)> =
            places.iter().map(|(name, value)| (*name, value.as_str())).collect();
        html! {
            @if !self.tests.is_empty() {
                (section(k.its_tests, &html! { (fill(k.tests_passed, &places)) }, &html! {
                    ul.tk-rows {
                        @for test in &self.tests {
                            li {
                                (if test.passed { status(k.passed, Tone::Good) }
                                else { status(k.failed, Tone::Bad) })
                                div.tk-rows__text {
                                    (test.name)
                                    @if let Some(detail) = &test.detail {
                                        small { (detail) }
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }

    fn changes(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        let changed: Vec<(&str, &String)> = self
            .changes
            .iter()
            .filter_map(|line| match line {
                DiffLine::Same(_) => None,
                DiffLine::Added(text) => Some(("tk-code__added", text)),
                DiffLine::Removed(text) => Some(("tk-code__removed", text)),
            })
            .collect();
        html! {
            @if !changed.is_empty() {
                (section(k.changes, &empty(), &html! {
                    ol.tk-code.tk-code--diff lang="en" tabindex="0" {
                        @for (class, text) in changed { li class=(class) { code { (text) } } }
                    }
                }))
            }
        }
    }
}

/// What a text is made of, for who writes the first one.
fn parts(lang: Lang) -> Markup {
    let k = &lang.words().console;
    let parts = [
        ("program, name, currency, starts, ends", k.editor_program),
        ("partners", k.editor_partners),
        ("periods", k.editor_periods),
        ("when", k.editor_when),
        ("qualifier", k.editor_qualifier),
        ("measure", k.editor_measure),
        ("tiers", k.editor_tiers),
        ("tests", k.editor_tests),
    ];
    let rows = parts.map(|(words, means)| {
        html! { div { dt { code lang="en" { (words) } } dd { (means) } } }
    });
    section(
        k.editor_parts,
        &empty(),
        &html! { dl.tk-record.tk-record--words { @for row in &rows { (row) } } },
    )
}

pub fn check_row(lang: Lang, check: &Check) -> Markup {
    let k = &lang.words().console;
    let (tone, said) = match check.severity {
        Severity::Error => (Tone::Bad, k.error),
        Severity::Warning => (Tone::Wait, k.warning),
        Severity::Note => (Tone::Plain, k.note),
    };
    let place = fill(
        k.line_column,
        &[("line", &format::count(check.line)), ("column", &format::count(check.column))],
    );
    html! {
        li {
            span class={ "tk-dot tk-dot--" (tone.key()) } role="img" aria-label=(said) {}
            a.tk-mono.tk-nowrap href="#text" data-line=(check.line) data-column=(check.column) {
                (place)
            }
            span.tk-phrase {
                (with_code(&check.told.message))
                @if let Some(help) = &check.told.help { small.tk-below { (with_code(help)) } }
                @if let Some(original) = &check.told.original {
                    small.tk-below lang="en" { (with_code(original)) }
                }
            }
        }
    }
}
