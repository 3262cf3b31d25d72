//! Console, pictures: what has one, and giving one thing its picture.

use engine::pictures::{BYTES_MAX, SIDE_PIXELS_MAX, Subject};
use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words, fill};
use crate::pictures::{self, Shown};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, button, danger, empty, empty_state, encode, notice, page_head,
    section, section_with, status,
};

pub const LIST: &str = "/console/loyalty/pictures";

/// Something that may have a picture.
#[derive(Debug, Clone)]
pub struct Thing {
    pub subject: Subject,
    pub code: String,
    pub name: String,
    pub picture: Option<Shown>,
}

impl Thing {
    fn href(&self) -> String {
        href(self.subject, &self.code)
    }
}

pub fn href(subject: Subject, code: &str) -> String {
    format!("{LIST}/{}/{}", subject.word(), encode(code))
}

/// What things of a kind are called together.
fn together(lang: Lang, subject: Subject) -> &'static str {
    let words = lang.words();
    match subject {
        Subject::Reward => words.loyalty.rewards,
        Subject::Voucher => words.loyalty.vouchers,
        Subject::Promotion => words.promotions.title,
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub things: Vec<Thing>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.picturing.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().picturing;
        let of = |subject: Subject| self.things.iter().filter(move |it| it.subject == subject);
        let page = html! {
            (page_head(&PageHead {
                title: w.title,
                badge: empty(),
                meta: html! { span { (w.help) } },
                actions: empty(),
            }))
            @if self.things.is_empty() {
                (crate::ui::card("", empty_state(Icon::Star, w.nothing, w.nothing_help, &empty())))
            }
            @for subject in Subject::ALL {
                @if of(subject).next().is_some() {
                    (section(together(shell.lang, subject), &empty(), &html! {
                        ul.tk-gallery {
                            @for thing in of(subject) {
                                li {
                                    a href=(thing.href()) {
                                        (pictures::draw(thing.picture.as_ref()))
                                        span { (thing.name) }
                                    }
                                    @if thing.picture.is_none() { (status(w.none, Tone::Plain)) }
                                }
                            }
                        }
                    }))
                }
            }
        };
        let crumbs = [(w.title.to_owned(), String::new())];
        frame::console(shell, Place::Wallets, &crumbs, &page)
    }
}

/// One thing with its picture, and the form for another one.
#[derive(Debug, Clone)]
pub struct OnePage {
    pub thing: Thing,
    /// `640 × 480, 120 KB, by Ann on 3 May`.
    pub about: Option<String>,
    pub alt_en: String,
    pub alt_ja: String,
    pub is_decorative: bool,
    /// Why what was sent is not kept.
    pub refused: Option<String>,
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.picturing.picture, self.thing.name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().picturing;
        let route = "/console/loyalty/pictures/{kind}/{code}";
        let may = access::may_post(shell.role(), route);
        let page = html! {
            (page_head(&PageHead {
                title: &self.thing.name,
                badge: empty(),
                meta: html! {
                    span { (together(shell.lang, self.thing.subject)) }
                    span.tk-mono { (self.thing.code) }
                },
                actions: empty(),
            }))
            @if let Some(refused) = &self.refused {
                (notice(Tone::Bad, &html! { (refused) }, &empty()))
            }
            div.tk-column {
                (section_with("tk-points__narrow", w.picture, &empty(), &html! {
                    (pictures::draw(self.thing.picture.as_ref()))
                    @if let Some(about) = &self.about { p.tk-small.tk-muted { (about) } }
                    @else { p.tk-small.tk-muted { (w.none) } }
                }))
                @if may { (self.form(shell)) }
            }
        };
        let crumbs =
            [(w.title.to_owned(), LIST.to_owned()), (self.thing.name.clone(), String::new())];
        frame::console(shell, Place::Wallets, &crumbs, &page)
    }
}

impl OnePage {
    fn form(&self, shell: &Shell) -> Markup {
        let w = &shell.words().picturing;
        let has = self.thing.picture.is_some();
        let kilobytes = (BYTES_MAX / 1_000).to_string();
        let hint = fill(
            if has { w.file_hint_again } else { w.file_hint },
            &[("kb", &kilobytes), ("pixels", &SIDE_PIXELS_MAX.to_string())],
        );
        let file = Field::new("file", w.file, "").hint(&hint);
        let file = if has { file.optional() } else { file };
        let fields = html! {
            (file.file("image/png,image/jpeg,image/webp"))
            (Field::new("alt_en", w.alt_en, &self.alt_en).hint(w.alt_hint).optional().text())
            (Field::new("alt_ja", w.alt_ja, &self.alt_ja).optional().text())
            label.tk-small {
                input type="checkbox" name="decorative" value="yes" checked[self.is_decorative];
                " " (w.decorative)
            }
            div.tk-buttons { (button(w.save, Look::Primary, None)) }
        };
        let remove = format!("{}/remove", self.thing.href());
        section_with(
            "tk-points__narrow",
            if has { w.another } else { w.give },
            &empty(),
            &html! {
                (shell.upload(&self.thing.href(), "tk-form", &fields))
                @if has {
                    details.tk-points__rest {
                        summary { (w.remove) }
                        p.tk-small.tk-phrase { (w.remove_help) }
                        (shell.form(&remove, "tk-form tk-form--tight", &danger(w.remove)))
                    }
                }
            },
        )
    }
}
