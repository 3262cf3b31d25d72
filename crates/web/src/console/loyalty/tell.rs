//! Console, promotions: telling one to its audience by mail.

use maud::{Markup, html};

use super::promotions::LIST;
use crate::i18n::{Lang, Words, fill};
use crate::mail::Written;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::parts::{Cell, PageHead};
use crate::ui::{Look, Tone, button, empty, encode, notice, page_head, section, status, strip};

/// Who gets it and who does not, how it reads, and what was told before.
#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    /// Mail works here.
    pub is_on: bool,
    /// It runs or comes.
    pub is_open: bool,
    pub gets: u64,
    /// Reason and how many.
    pub left_out: Vec<(&'static str, u64)>,
    pub says_en: String,
    pub says_ja: String,
    /// Language and letter, in the order of the reader's languages.
    pub previews: Vec<(Lang, Written)>,
    /// Its first day, if that is still to come.
    pub first_day: Option<String>,
    pub mailings: Vec<Mailing>,
    pub told: Option<(Tone, String)>,
}

/// What was told, or will be.
#[derive(Debug, Clone)]
pub struct Mailing {
    pub id: String,
    pub said: String,
    pub tone: Tone,
    pub by: String,
    /// State and how many letters.
    pub counts: Vec<(&'static str, u64)>,
    pub may_withdraw: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.mail.tell, self.name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let page = html! {
            (page_head(&PageHead {
                title: m.tell,
                badge: empty(),
                meta: html! { span { (self.name) } },
                actions: empty(),
            }))
            @if let Some((tone, said)) = &self.told { (notice(*tone, &html! { (said) }, &empty())) }
            @if !self.is_on { (notice(Tone::Wait, &html! { (m.is_off) }, &empty())) }
            @if !self.is_open { (notice(Tone::Wait, &html! { (m.is_over) }, &empty())) }
            p.tk-phrase.tk-muted { (m.tell_help) }
            (self.audience(shell))
            div.tk-column {
                @if self.is_on && self.is_open { (self.form(shell)) }
                (self.letters(shell))
                @if !self.mailings.is_empty() { (self.before(shell)) }
            }
        };
        let here = format!("{LIST}/{}", encode(&self.code));
        let crumbs = [(self.name.clone(), here), (m.tell.into(), String::new())];
        frame::console(shell, Place::Promotions, &crumbs, &page)
    }
}

impl Page {
    fn audience(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let cell = |label, n: u64| Cell {
            label,
            figure: html! { (crate::format::count(n)) },
            detail: empty(),
            href: "",
            live: "",
        };
        let mut cells = vec![cell(m.gets, self.gets)];
        cells.extend(self.left_out.iter().filter(|(_, n)| 0 < *n).map(|(why, n)| cell(why, *n)));
        strip(&cells)
    }

    fn form(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        let act = |word: &str, label: &str, look: &str| {
            html! {
                button.mui-btn.mui-btn--md.(look) type="submit" name="act" value=(word) { (label) }
            }
        };
        section(
            m.tell,
            &empty(),
            &shell.form(
                &format!("{LIST}/{}/tell", encode(&self.code)),
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("says_ja", m.says_ja, &self.says_ja)
                        .hint(m.says_hint).optional().lines(3))
                    (Field::new("says_en", m.says_en, &self.says_en)
                        .hint(m.says_hint).optional().lines(3))
                    div.tk-acts {
                        (act("preview", m.preview, "mui-btn--outline"))
                        @if let Some(day) = &self.first_day {
                            (act("first_day", &fill(m.tell_first_day, &[("day", day)]),
                                "mui-btn--outline"))
                        }
                        (act("now", m.tell_now, "mui-btn--primary"))
                    }
                },
            ),
        )
    }

    fn letters(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        section(
            m.preview,
            &empty(),
            &html! {
                @for (lang, letter) in &self.previews {
                    details.tk-letter__of open[*lang == shell.lang] {
                        summary { (fill(m.preview_of, &[("language", lang.own_name())])) }
                        p { b { (letter.subject) } }
                        pre.tk-letter lang=(lang.tag()) { (letter.text) }
                    }
                }
            },
        )
    }

    fn before(&self, shell: &Shell) -> Markup {
        let m = &shell.words().mail;
        section(
            m.mailings,
            &empty(),
            &html! {
                ul.tk-rows {
                    @for mailing in &self.mailings {
                        li {
                            (status(&mailing.said, mailing.tone))
                            div.tk-rows__text {
                                (mailing.by)
                                @for (state, n) in &mailing.counts {
                                    small { (state) " " (crate::format::count(*n)) }
                                }
                            }
                            @if mailing.may_withdraw {
                                (shell.form(
                                    &format!("{LIST}/{}/tell/{}/withdraw", encode(&self.code),
                                        mailing.id),
                                    "", &button(m.withdraw, Look::Outline, None)))
                            }
                        }
                    }
                }
            },
        )
    }
}
