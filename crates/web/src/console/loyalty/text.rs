//! Console, the text of a wallet or of a course: a text area and a checker with lines and columns.
//!
//! Checking saves nothing, saving makes a draft. The text that was typed always comes back with the
//! answer.

use maud::{Markup, html};

use crate::console::editor::{Check, Severity, check_row};
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Icon, PageHead, Tone, card, empty, encode, icon, notice, page_head, section};

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Wallet,
    Course,
}

/// What a page says about that kind.
struct Says {
    place: Place,
    path: &'static str,
    new: &'static str,
    text_of: &'static str,
    text: &'static str,
    help: &'static str,
    save_help: &'static str,
}

impl About {
    fn says(self, words: &Words) -> Says {
        let (l, t) = (&words.loyalty, &words.training);
        match self {
            About::Wallet => Says {
                place: Place::Wallets,
                path: "/console/loyalty/wallets",
                new: l.new_wallet,
                text_of: l.text_of,
                text: l.wallet_text,
                help: l.text_help,
                save_help: l.save_help,
            },
            About::Course => Says {
                place: Place::Training,
                path: "/console/training",
                new: t.new_course,
                text_of: t.text_of,
                text: t.course_text,
                help: t.text_help,
                save_help: t.save_help,
            },
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub about: About,
    /// Code and name of what is there already.
    pub of: Option<(String, String)>,
    pub text: String,
    /// Nothing before the first check.
    pub checks: Option<Vec<Check>>,
    /// Why it was not saved, in a sentence.
    pub refused: Option<String>,
}

impl Page {
    fn name(&self, words: &Words) -> String {
        match &self.of {
            None => self.about.says(words).new.into(),
            Some((_, name)) => fill(self.about.says(words).text_of, &[("name", name)]),
        }
    }

    fn action(&self, says: &Says) -> String {
        match &self.of {
            None => format!("{}/new", says.path),
            Some((code, _)) => format!("{}/{}/edit", says.path, encode(code)),
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        self.name(words)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let says = self.about.says(words);
        let title = self.name(words);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: empty(),
                meta: html! { span { (says.help) } },
                actions: empty(),
            }))
            @if let Some(refused) = &self.refused {
                (notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            div.tk-editor { (self.form(shell)) div.tk-column { (self.checks(shell)) } }
        };
        let mut crumbs = vec![];
        if let Some((code, name)) = &self.of {
            crumbs.push((name.clone(), format!("{}/{}", says.path, encode(code))));
        }
        crumbs.push((title.clone(), String::new()));
        frame::console(shell, says.place, &crumbs, &page)
    }
}

impl Page {
    fn form(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let (k, l, says) = (&words.console, &words.loyalty, self.about.says(words));
        let lines = self.text.lines().count().clamp(24, 60);
        let is_error = |check: &Check| check.severity == Severity::Error;
        let ready = self.checks.as_ref().is_some_and(|checks| !checks.iter().any(is_error));
        card(
            "tk-code-card",
            shell.form(
                &self.action(&says),
                "tk-text-form",
                &html! {
                    label.mui-sr-only for="text" { (says.text) }
                    textarea.mui-textarea.tk-text #text name="text" rows=(lines) spellcheck="false"
                        autocapitalize="off" autocomplete="off" wrap="off" lang="en" required {
                        "\n" (self.text)
                    }
                    div.tk-text-form__send {
                        button.mui-btn.mui-btn--md type="submit" name="do" value="check"
                            .mui-btn--outline[ready] .mui-btn--primary[!ready] { (k.check) }
                        @if ready {
                            button.mui-btn.mui-btn--md.mui-btn--primary type="submit" name="do"
                                value="save" { (l.save_draft) }
                        }
                        span.tk-small.tk-muted.tk-phrase {
                            (if ready { says.save_help } else { l.check_first })
                        }
                    }
                },
            ),
        )
    }

    fn checks(&self, shell: &Shell) -> Markup {
        let k = &shell.words().console;
        let Some(checks) = &self.checks else {
            return section(
                k.checks,
                &empty(),
                &html! { p.tk-small.tk-muted.tk-phrase { (k.not_checked) } },
            );
        };
        section(
            k.checks,
            &empty(),
            &html! {
                div.tk-checker.tk-checker--wrong[!checks.is_empty()] {
                    @if checks.is_empty() { p.tk-proof { (icon(Icon::Check)) (k.no_problem) } }
                    ul { @for check in checks { (check_row(shell.lang, check)) } }
                }
            },
        )
    }
}
