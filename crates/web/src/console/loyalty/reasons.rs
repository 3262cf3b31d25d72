//! Console, reasons: what people choose from when they do something by hand.

use engine::wallets::ReasonKind;
use maud::{Markup, html};

use crate::access;
use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Look, PageHead, button, empty, page_head, section};

const REASONS: &str = "/console/loyalty/reasons";
/// So many empty rows stand below the list.
const EMPTY_ROWS: usize = 3;

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub code: String,
    pub name_en: String,
    pub name_ja: String,
    pub is_retired: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub kinds: Vec<(ReasonKind, Vec<Row>)>,
}

/// What a kind is called.
pub fn kind_label(words: &Words, kind: ReasonKind) -> &'static str {
    let w = &words.keeping;
    match kind {
        ReasonKind::Adjustment => w.kind_adjustment,
        ReasonKind::Cancellation => w.kind_cancellation,
        ReasonKind::Floor => w.kind_floor,
        ReasonKind::Badge => w.kind_badge,
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.keeping.reasons.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let w = &shell.words().keeping;
        let may = access::may_post(shell.role(), "/console/loyalty/reasons/{kind}");
        let page = html! {
            (page_head(&PageHead {
                title: w.reasons,
                badge: empty(),
                meta: html! { span { (w.reasons_help) } },
                actions: empty(),
            }))
            @for (kind, rows) in &self.kinds {
                (section(kind_label(shell.words(), *kind), &empty(), &html! {
                    @if may {
                        (shell.form(
                            &format!("{REASONS}/{}", kind.word()),
                            "tk-form tk-form--tight",
                            &html! {
                                (lines(shell, *kind, rows))
                                div { (button(w.save_reasons, Look::Primary, None)) }
                            },
                        ))
                    } @else {
                        ul.tk-rows {
                            @for row in rows.iter().filter(|row| !row.is_retired) {
                                li {
                                    div.tk-rows__text {
                                        span.tk-mono { (row.code) }
                                        small { (shell.lang.say(&row.name_ja, &row.name_en)) }
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        };
        frame::console(shell, Place::Reasons, &[], &page)
    }
}

/// One row of fields for each reason, and some for new ones. What a field is called stands above the
/// first row for eyes and on each field for whoever hears the page.
fn lines(shell: &Shell, kind: ReasonKind, rows: &[Row]) -> Markup {
    let w = &shell.words().keeping;
    let blank = vec![Row::default(); EMPTY_ROWS];
    let input = |nth: usize, name: &str, label: &str, value: &str| {
        let id = format!("{}-{name}-{nth}", kind.word());
        html! {
            div.tk-field {
                label.tk-small for=(id) { (label) }
                input.mui-input type="text" id=(id) name={ (name) "-" (nth) } value=(value)
                    autocomplete="off";
            }
        }
    };
    html! {
        @for (nth, row) in rows.iter().chain(&blank).enumerate() {
            fieldset.tk-reasons {
                legend.mui-sr-only { (w.why) " " (nth + 1) }
                (input(nth, "code", w.code, &row.code))
                (input(nth, "en", w.name_en, &row.name_en))
                (input(nth, "ja", w.name_ja, &row.name_ja))
                @if !row.code.is_empty() {
                    label.tk-small {
                        input type="checkbox" name={ "used-" (nth) } value="1"
                            checked[!row.is_retired];
                        span { (w.in_use) }
                    }
                }
            }
        }
    }
}
