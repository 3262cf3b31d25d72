//! Portal, sending a sales report.

use maud::{Markup, html};

use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Icon, Look, PageHead, Tone, button, card, empty, notice, page_head, section};

#[derive(Debug, Clone)]
pub struct Page {
    /// The layouts this partner may send, by name and label.
    pub mappings: Vec<(String, String)>,
    /// What was wrong with the file sent before, in a sentence.
    pub problem: Option<String>,
    /// Columns that a report needs, in the reader's language.
    pub columns: Vec<String>,
    pub megabytes_max: u32,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.portal.report_sales.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let (d, p) = (&words.data, &words.portal);
        let hint = fill(d.file_hint, &[("n", &self.megabytes_max.to_string())]);
        let page = html! {
            (page_head(&PageHead {
                title: p.report_sales,
                badge: empty(),
                meta: html! { span { (p.report_help) } },
                actions: empty(),
            }))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            div.tk-main-side {
                (card("", shell.upload("/portal/uploads/new", "tk-form", &html! {
                    (Field::new("file", d.file, "").hint(&hint).file(".csv,.tsv,.txt,.xlsx"))
                    @if self.mappings.len() > 1 {
                        (Field::new("mapping", d.layout, "").optional().select(&self.mappings))
                    } @else {
                        @for (name, _) in &self.mappings {
                            input type="hidden" name="mapping" value=(name);
                        }
                    }
                    div.tk-form__send { (button(p.send, Look::Primary, Some(Icon::Upload))) }
                })))
                (section(p.needed_columns, &empty(), &html! {
                    ul.tk-plain { @for column in &self.columns { li { (column) } } }
                    p.tk-small.tk-muted.tk-phrase { (p.rows_answered) }
                }))
            }
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}
