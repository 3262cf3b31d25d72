//! Ways to go on from a version: correct it, amend it from a day, end it early, copy it.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::i18n::{Lang, fill};
use crate::ui::form::Field;
use crate::ui::{button, encode, section};

/// What can be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    pub code: String,
    /// The version that is gone on from.
    pub of: u32,
    /// A draft that is there already.
    pub draft: Option<u32>,
    /// The first day an amendment may have by default.
    pub from: Date,
}

impl Begin {
    pub fn draw(&self, lang: Lang) -> Markup {
        let s = &lang.words().studio;
        let of = self.of.to_string();
        let from = self.from.to_string();
        let day = |name: &'static str, label: &str| {
            html! {
                div.mui-field {
                    label.mui-field__label for=(name) { (label) }
                    input.mui-input type="date" #(name) name=(name) value=(from) required;
                }
            }
        };
        let correct = fill(s.correct_help, &[("n", &of)]);
        let copied = format!("{}-2", self.code);
        html! {
            (section(s.new_version, &html! {}, &html! {
                @if let Some(draft) = self.draft {
                    p { a href={ "/console/programs/" (encode(&self.code)) "/versions/" (draft) } {
                        (fill(s.draft_open, &[("n", &draft.to_string())]))
                    } }
                }
                (self.way(lang, "correct", s.correct, &correct, &html! {}))
                (self.way(lang, "amend", s.amend, s.amend_help, &html! {
                    (day("from", s.day_from))
                    label.tk-small {
                        input type="checkbox" name="split" value="yes"; " " (s.split)
                    }
                }))
                (self.way(lang, "end", s.end_early, s.end_help, &day("last", s.day_to)))
                (self.way(lang, "copy", s.copy, s.copy_help,
                    &Field::new("new", s.new_code, &copied).text()))
            }))
        }
    }

    fn way(&self, lang: Lang, key: &str, title: &str, help: &str, fields: &Markup) -> Markup {
        let s = &lang.words().studio;
        html! {
            details.tk-details {
                summary { b { (title) } " " span.tk-small.tk-muted.tk-phrase { (help) } }
                form.tk-form method="get"
                    action={ "/console/programs/" (encode(&self.code)) "/begin" } {
                    input type="hidden" name="as" value=(key);
                    input type="hidden" name="of" value=(self.of);
                    (fields)
                    (button(s.begin_draft, crate::ui::Look::Outline, None))
                }
            }
        }
    }
}
