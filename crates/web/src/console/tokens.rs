//! Console, tokens for the API: scoped, shown once, revocable.

use jiff::civil::DateTime;
use maud::{Markup, html};

use crate::format;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, danger, empty,
    empty_state, nothing, notice, page_head, section, status, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub name: String,
    /// Its first characters, to tell tokens apart.
    pub starts_with: String,
    pub scopes: Vec<String>,
    pub created: DateTime,
    pub last_used: Option<DateTime>,
    pub revoked: Option<DateTime>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// All scopes, by key and what it allows.
    pub scopes: Vec<(String, String)>,
    /// A new token, shown this once.
    pub created: Option<String>,
    pub problem: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.tokens.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let k = &words.console;
        let page = html! {
            (page_head(&PageHead {
                title: words.common.tokens,
                badge: empty(),
                meta: html! { span { (k.tokens_help) } },
                actions: button_link(k.api_docs, "/api", Look::Outline, Some(Icon::File)),
            }))
            @if let Some(token) = &self.created {
                (notice(Tone::Good, &html! {
                    (k.token_once) " " code.tk-mono { (token) }
                }, &empty()))
            }
            div.tk-chart-side.tk-close {
                (card("tk-dense", if self.rows.is_empty() {
                    empty_state(Icon::Key, k.no_tokens, k.no_tokens_help, &empty())
                } else { self.rows(shell, shell.lang) }))
                (self.form(shell))
            }
        };
        frame::console(shell, Place::Tokens, &[], &page)
    }
}

impl Page {
    fn rows(&self, shell: &Shell, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, k) = (&words.common, &words.console);
        let columns = [
            Column::new(k.name, Kind::Name),
            Column::new(k.scopes, Kind::Text).wide_only(),
            Column::new(k.created, Kind::Text).wide_only(),
            Column::new(k.last_used, Kind::Text),
            Column::new(c.actions, Kind::Text),
        ];
        let rows = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    two_lines(
                        &html! { (row.name) },
                        &html! { span.tk-mono { (row.starts_with) "…" } },
                    ),
                    html! { (row.scopes.join(", ")) },
                    html! { (format::moment_column(row.created, lang)) },
                    row.last_used
                        .map_or_else(nothing, |at| html! { (format::moment_column(at, lang)) }),
                    match row.revoked {
                        Some(_) => status(k.revoked, Tone::Plain),
                        None => shell.form(
                            &format!("/console/tokens/{}/revoke", row.id),
                            "",
                            &danger(k.revoke),
                        ),
                    },
                ]
            })
            .collect();
        table(&Table::new(c.tokens, &columns, rows).cards())
    }

    fn form(&self, shell: &Shell) -> Markup {
        let k = &shell.words().console;
        section(
            k.new_token,
            &empty(),
            &shell.form(
                "/console/tokens",
                "tk-form tk-form--tight",
                &html! {
                    @if let Some(problem) = &self.problem {
                        (notice(Tone::Bad, &html! { (problem) }, &empty()))
                    }
                    (Field::new("name", k.name, "").hint(k.token_name_hint).text())
                    fieldset.tk-fieldset {
                        legend { (k.scopes) }
                        @for (key, label) in &self.scopes {
                            label.tk-choice {
                                input type="checkbox" name="scope" value=(key);
                                span { b.tk-mono { (key) } small { (label) } }
                            }
                        }
                    }
                    (button(k.create_token, Look::Primary, None))
                },
            ),
        )
    }
}
