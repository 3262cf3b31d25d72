//! Console, reading a file's columns: each with its first cells and the field it becomes.
//!
//! The same form edits a saved mapping. Nothing is imported before the last button.

use maud::{Markup, html};

use super::imports::ImportKind;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{PageHead, Tone, card, empty, notice, page_head, section};

/// A column of the file.
#[derive(Debug, Clone)]
pub struct FileColumn {
    pub heading: String,
    /// Its first cells.
    pub cells: Vec<String>,
    /// The field it is read as, by key; empty leaves it out.
    pub field: String,
}

/// How the file as a whole is read.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub encoding: String,
    pub delimiter: String,
    pub header_row: u32,
    /// Whether reports of partners wait, where a mapping may ask for it.
    pub review: Option<bool>,
    /// Which part of a date comes first, by key.
    pub dates: String,
    /// How decimals are written, by key.
    pub numbers: String,
    pub sheet: Option<String>,
}

/// Fields that are the same in every row, because no column holds them.
#[derive(Debug, Clone)]
pub struct Constant {
    pub field: String,
    pub label: String,
    pub value: String,
}

/// A mapping being written, with the choices for each of its selects: value and label.
#[derive(Debug, Clone)]
pub struct MappingForm {
    pub name: String,
    pub kind: ImportKind,
    pub layout: Layout,
    pub columns: Vec<FileColumn>,
    pub constants: Vec<Constant>,
    /// All fields a column may become, the required ones first.
    pub fields: Vec<(String, String)>,
    pub encodings: Vec<(String, String)>,
    pub delimiters: Vec<(String, String)>,
    pub number_formats: Vec<(String, String)>,
    pub date_formats: Vec<(String, String)>,
    /// The mapping as text: what no field of the form shows is kept from it.
    pub base: String,
    /// Required fields that nothing is read as, by label.
    pub missing: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub file: String,
    pub bytes: u64,
    pub mapping: MappingForm,
    /// What the first rows become, by field label; a cell that cannot be read has its reason.
    pub preview: Vec<Vec<Result<String, String>>>,
    pub preview_fields: Vec<String>,
    pub problem: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.file, words.data.map_columns)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let d = &words.data;
        let action = format!("/console/imports/{}/map", self.id);
        let page = html! {
            (page_head(&PageHead {
                title: d.map_columns,
                badge: empty(),
                meta: html! {
                    span.tk-mono { (self.file) }
                    span { (crate::format::bytes(self.bytes)) }
                    span { (self.mapping.kind.label(words)) }
                },
                actions: empty(),
            }))
            @if let Some(problem) = &self.problem {
                (notice(Tone::Bad, &html! { (problem) }, &empty()))
            }
            (missing(lang, &self.mapping))
            (shell.form(&action, "tk-column", &html! {
                (fields(lang, &self.mapping))
                @if !self.preview.is_empty() { (self.preview(lang)) }
                (card("", html! {
                    div.tk-text-form__send {
                        (Field::new("save_as", d.save_as, &self.mapping.name)
                            .hint(d.save_as_hint).optional().text())
                        button.mui-btn.mui-btn--md.mui-btn--outline type="submit" name="do"
                            value="preview" { (d.preview_again) }
                        @if self.mapping.missing.is_empty() {
                            button.mui-btn.mui-btn--md.mui-btn--primary type="submit" name="do"
                                value="run" { (d.run_import) }
                        }
                    }
                }))
            }))
        };
        let crumbs = [(self.file.clone(), String::new())];
        frame::console(shell, Place::Imports, &crumbs, &page)
    }
}

impl Page {
    fn preview(&self, lang: Lang) -> Markup {
        preview(lang, &self.preview_fields, &self.preview)
    }
}

/// The first rows as they will be read.
pub fn preview(lang: Lang, fields: &[String], rows: &[Vec<Result<String, String>>]) -> Markup {
    let d = &lang.words().data;
    section(
        d.preview,
        &empty(),
        &html! {
            div.tk-scroll.tk-preview tabindex="0" role="region" aria-label=(d.preview) {
                table {
                    thead {
                        tr { @for field in fields { th scope="col" { (field) } } }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                @for cell in row {
                                    @match cell {
                                        Ok(text) => { td { (text) } }
                                        Err(reason) => { td.tk-missing { (crate::ui::with_code(reason)) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// Which required fields nothing is read as.
pub fn missing(lang: Lang, mapping: &MappingForm) -> Markup {
    let d = &lang.words().data;
    html! {
        @if !mapping.missing.is_empty() {
            (notice(Tone::Wait, &html! {
                (d.missing_fields) " " b { (mapping.missing.join(", ")) }
            }, &empty()))
        }
    }
}

/// The columns with their fields, the layout, the constants.
pub fn fields(lang: Lang, mapping: &MappingForm) -> Markup {
    html! {
        input type="hidden" name="base" value=(mapping.base);
        (columns(lang, mapping))
        div.tk-two { (layout(lang, mapping)) (constants(lang, mapping)) }
    }
}

fn columns(lang: Lang, mapping: &MappingForm) -> Markup {
    let d = &lang.words().data;
    section(
        d.columns,
        &empty(),
        &html! {
            ul.tk-map {
                @for (i, column) in mapping.columns.iter().enumerate() {
                    li {
                        div.tk-map__from {
                            b { (column.heading) }
                            @for cell in column.cells.iter().take(3) { span.tk-mono { (cell) } }
                        }
                        span.tk-map__arrow aria-hidden="true" { "→" }
                        input type="hidden" name={ "heading." (i) } value=(column.heading);
                        label.mui-sr-only for={ "field." (i) } { (column.heading) }
                        select.mui-input #{ "field." (i) } name={ "field." (i) } {
                            option value="" selected[column.field.is_empty()] { (d.leave_out) }
                            @for (key, label) in &mapping.fields {
                                option value=(key) selected[*key == column.field] { (label) }
                            }
                            @if column.field.starts_with("attribute.") {
                                option value=(column.field) selected { (d.as_attribute) }
                            } @else {
                                option value={ "attribute." (column.heading) } { (d.as_attribute) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn layout(lang: Lang, mapping: &MappingForm) -> Markup {
    let d = &lang.words().data;
    let layout = &mapping.layout;
    let header = layout.header_row.to_string();
    section(
        d.layout,
        &empty(),
        &html! {
            div.tk-grid-form {
                // Nothing chosen means that it is found out, which browsers take for missing.
                (Field::new("encoding", d.encoding, &layout.encoding).optional()
                    .select(&mapping.encodings))
                (Field::new("delimiter", d.delimiter, &layout.delimiter).optional()
                    .select(&mapping.delimiters))
                (Field::new("header_row", d.header_row, &header).text())
                (Field::new("numbers", d.numbers, &layout.numbers).select(&mapping.number_formats))
                (Field::new("dates", d.dates, &layout.dates).select(&mapping.date_formats))
                @if let Some(review) = layout.review {
                    (Field::new("review", d.review_of_reports, if review { "yes" } else { "no" })
                        .select(&[
                            ("no".to_owned(), d.review_no.to_owned()),
                            ("yes".to_owned(), d.review_yes.to_owned()),
                        ]))
                }
                @if let Some(sheet) = &layout.sheet {
                    (Field::new("sheet", d.sheet, sheet).text())
                }
            }
        },
    )
}

fn constants(lang: Lang, mapping: &MappingForm) -> Markup {
    let d = &lang.words().data;
    if mapping.constants.is_empty() {
        return empty();
    }
    section(
        d.constants,
        &empty(),
        &html! {
            p.tk-small.tk-muted.tk-phrase { (d.constants_help) }
            div.tk-grid-form {
                @for constant in &mapping.constants {
                    (Field::new(
                        &format!("constant.{}", constant.field),
                        &constant.label,
                        &constant.value,
                    ).optional().text())
                }
            }
        },
    )
}
