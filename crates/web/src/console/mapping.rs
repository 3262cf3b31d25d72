//! Console, one saved mapping, to be changed.

use maud::{Markup, html};

use super::import_map::{MappingForm, fields, missing};
use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Look, PageHead, Tone, button, card, empty, encode, notice, page_head};

#[derive(Debug, Clone)]
pub struct Page {
    pub mapping: MappingForm,
    pub problem: Option<String>,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.mapping.name.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let action = format!("/console/mappings/{}", encode(&self.mapping.name));
        let page = html! {
            (page_head(&PageHead {
                title: &self.mapping.name,
                badge: empty(),
                meta: html! { span { (self.mapping.kind.label(words)) } },
                actions: empty(),
            }))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            (missing(shell.lang, &self.mapping))
            (shell.form(&action, "tk-column", &html! {
                (fields(shell.lang, &self.mapping))
                (card("", html! {
                    div.tk-text-form__send { (button(words.common.save, Look::Primary, None)) }
                }))
            }))
        };
        let crumbs = [(self.mapping.name.clone(), String::new())];
        frame::console(shell, Place::Mappings, &crumbs, &page)
    }
}
