//! Portal, training: the questions. The form holds places on the sheet, and nothing of what is
//! right.

use engine::training::Sheet;
use maud::{Markup, html};

use super::href;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, button_link, card, empty, notice, page_head};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    One,
    Several,
    Truth,
}

#[derive(Debug, Clone)]
pub struct Question {
    pub asks: String,
    pub choose: Choose,
    /// In the order shown.
    pub options: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub course: String,
    pub course_name: String,
    pub sheet: Sheet,
    pub needs: u32,
    pub tries_left: Option<u32>,
    pub questions: Vec<Question>,
    /// What was sent was of another sheet.
    pub is_anew: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.training.quiz, self.course_name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let t = &shell.words().training;
        let places = [("n", &*self.needs.to_string()), ("of", &*self.questions.len().to_string())];
        let page = html! {
            (page_head(&PageHead {
                title: t.quiz,
                badge: empty(),
                meta: html! {
                    a href=(href(&self.course)) { (self.course_name) }
                    span { (fill(t.pass_needs, &places)) }
                    @if let Some(n) = self.tries_left {
                        span { (fill(t.tries_left, &[("n", &n.to_string())])) }
                    }
                },
                actions: empty(),
            }))
            @if self.is_anew { (notice(Tone::Wait, &html! { (t.old_sheet) }, &empty())) }
            (shell.form(&format!("{}/quiz", href(&self.course)), "tk-course__quiz", &html! {
                input type="hidden" name="version" value=(self.sheet.version);
                input type="hidden" name="round" value=(self.sheet.round);
                input type="hidden" name="number" value=(self.sheet.number);
                @for (at, question) in self.questions.iter().enumerate() {
                    (question.draw(shell.lang, at))
                }
                div.tk-course__foot {
                    (button_link(t.read_again, &href(&self.course), Look::Outline, None))
                    (button(t.send, Look::Primary, None))
                }
                p.tk-small.tk-muted { (t.send_help) }
            }))
        };
        frame::portal(shell, PortalPlace::Training, &page)
    }
}

impl Question {
    fn draw(&self, lang: Lang, at: usize) -> Markup {
        let t = &lang.words().training;
        let help = match self.choose {
            Choose::One => t.choose_one,
            Choose::Several => t.choose_several,
            Choose::Truth => t.choose_truth,
        };
        let is_many = self.choose == Choose::Several;
        card(
            "",
            html! {
                fieldset.tk-course__question {
                    legend {
                        small { (fill(t.question_n, &[("n", &(at + 1).to_string())])) }
                        (self.asks)
                    }
                    p.tk-small.tk-muted { (help) }
                    @for (place, option) in self.options.iter().enumerate() {
                        label.tk-choice {
                            @if is_many {
                                input type="checkbox" name={ "q" (at) "o" (place) } value="1";
                            } @else {
                                input type="radio" name={ "q" (at) } value=(place) required;
                            }
                            span { (option) }
                        }
                    }
                }
            },
        )
    }
}

/// What was chosen on a sheet: places of questions and of options.
pub fn chosen(form: &std::collections::BTreeMap<String, String>) -> Vec<(usize, usize)> {
    let place = |name: &str, value: &str| {
        let rest = name.strip_prefix('q')?;
        match rest.split_once('o') {
            Some((question, option)) => Some((question.parse().ok()?, option.parse().ok()?)),
            None => Some((rest.parse().ok()?, value.parse().ok()?)),
        }
    };
    form.iter().filter_map(|(name, value)| place(name, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_nothing_else_is() {
        let form =
            [("q0", "2"), ("q1o3", "1"), ("q1o0", "1"), ("key", "7"), ("q", "1"), ("qx", "1")];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(chosen(&form), [(0, 2), (1, 0), (1, 3)]);
    }
}
