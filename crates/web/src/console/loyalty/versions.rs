//! Console, the versions of a text that a second person lets act: of a wallet, of a course.

use maud::{Markup, html};

use crate::access;
use crate::console::program::DiffLine;
use crate::i18n::{Lang, fill};
use crate::shell::Shell;
use crate::ui::{Icon, Look, Tone, button, empty, notice, section};

/// The text whose versions they are.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its page.
    pub path: &'a str,
    /// The pattern of the route that lets its draft act.
    pub route: &'a str,
    /// The version that is shown.
    pub shown: i64,
}

#[derive(Debug, Clone)]
pub struct Version {
    pub number: i64,
    pub is_draft: bool,
    pub by: String,
}

/// A draft that nobody activated yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub number: i64,
    pub by: String,
    /// Against the version that acts, if there is one.
    pub against: Option<i64>,
    pub changes: Vec<DiffLine>,
    /// The reader wrote it, and another person is needed: who wrote it.
    pub needs_other: Option<String>,
}

impl Draft {
    /// What changes, and the button that lets it act, with what that does.
    pub fn draw(&self, shell: &Shell, of: &Shown, help: &str) -> Markup {
        let l = &shell.words().loyalty;
        let title = fill(l.draft_version, &[("n", &self.number.to_string())]);
        section(
            &title,
            &empty(),
            &html! {
                p.tk-small.tk-muted { (self.by) }
                @if let Some(n) = self.against {
                    h3.tk-small { (fill(l.changes_against, &[("n", &n.to_string())])) }
                    @if self.changes.is_empty() { p.tk-small { (l.no_changes) } }
                    @else {
                        ol.tk-code.tk-code--diff lang="en" tabindex="0" {
                            @for line in &self.changes { (diff_line(line)) }
                        }
                    }
                }
                @if access::may_post(shell.role(), of.route) { (self.activate(shell, of, help)) }
            },
        )
    }

    fn activate(&self, shell: &Shell, of: &Shown, help: &str) -> Markup {
        let l = &shell.words().loyalty;
        match &self.needs_other {
            Some(who) => {
                notice(Tone::Info, &html! { (fill(l.activate_second, &[("who", who)])) }, &empty())
            }
            None => shell.form(
                &format!("{}/activate", of.path),
                "tk-form",
                &html! {
                    p.tk-small.tk-phrase { (help) }
                    (button(l.activate, Look::Primary, Some(Icon::Check)))
                },
            ),
        }
    }
}

impl Shown<'_> {
    pub fn versions(&self, lang: Lang, versions: &[Version]) -> Markup {
        let l = &lang.words().loyalty;
        section(
            l.versions,
            &empty(),
            &html! {
                ol.tk-timeline {
                    @for version in versions {
                        @let current = version.number == self.shown;
                        @let template = if version.is_draft { l.draft_version } else { l.version_n };
                        li class={ @if current { "tk-timeline__done" } } {
                            p.tk-timeline__title {
                                a href={ (self.path) "?version=" (version.number) }
                                    aria-current=[current.then_some("true")] {
                                    b { (fill(template, &[("n", &version.number.to_string())])) }
                                }
                            }
                            p.tk-small.tk-muted { (version.by) }
                        }
                    }
                }
            },
        )
    }
}

fn diff_line(line: &DiffLine) -> Markup {
    match line {
        DiffLine::Same(_) => empty(),
        DiffLine::Added(text) => html! { li.tk-code__added { code { (text) } } },
        DiffLine::Removed(text) => html! { li.tk-code__removed { code { (text) } } },
    }
}
