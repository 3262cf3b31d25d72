//! Console, a new import: what the file holds, the file, and how its columns are read.

use maud::{Markup, html};

use super::imports::ImportKind;
use crate::access;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{Icon, Look, PageHead, Tone, button, card, empty, notice, page_head, section};

#[derive(Debug, Clone)]
pub struct Page {
    pub kind: ImportKind,
    /// Saved mappings by name, of all kinds.
    pub mappings: Vec<String>,
    pub problem: Option<String>,
    pub megabytes_max: u32,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.data.new_import.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let d = &words.data;
        let may = |kind: &ImportKind| {
            shell.role().is_some_and(|role| access::may_import(role, kind.feeds()))
        };
        let kinds: Vec<(String, String)> = ImportKind::ALL
            .iter()
            .filter(|kind| may(kind))
            .map(|kind| (kind.key().into(), kind.label(words).into()))
            .collect();
        let mut mappings = vec![(String::new(), d.guess_mapping.to_string())];
        mappings.extend(self.mappings.iter().map(|name| (name.clone(), name.clone())));
        let hint = fill(d.file_hint, &[("n", &self.megabytes_max.to_string())]);
        let page = html! {
            (page_head(&PageHead {
                title: d.new_import,
                badge: empty(),
                meta: html! { span { (d.new_import_help) } },
                actions: empty(),
            }))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            div.tk-main-side {
                (card("", shell.upload("/console/imports/new", "tk-form", &html! {
                    (Field::new("kind", d.holds, self.kind.key()).select(&kinds))
                    (Field::new("file", d.file, "").hint(&hint).file(".csv,.tsv,.txt,.xlsx"))
                    (Field::new("mapping", d.mapping, "").hint(d.mapping_hint).optional()
                        .select(&mappings))
                    div.tk-form__send {
                        (button(d.upload_and_preview, Look::Primary, Some(Icon::Upload)))
                    }
                })))
                (section(d.what_happens, &empty(), &html! {
                    ul.tk-plain {
                        li { (d.happens_preview) }
                        li { (d.happens_rows) }
                        li { (d.happens_twice) }
                    }
                }))
            }
        };
        let crumbs = [(d.new_import.to_string(), String::new())];
        frame::console(shell, Place::Imports, &crumbs, &page)
    }
}
