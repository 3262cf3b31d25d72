//! Console, what was found: programs, partners, documents, imports. Only what the reader may see.

use maud::{Markup, html};

use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{Icon, PageHead, card, empty, empty_state, encode, link_more, page_head, section};

/// What was found of one kind.
#[derive(Debug, Clone)]
pub struct Group {
    pub kind: Found,
    pub hits: Vec<Hit>,
    /// All there are; more than are shown.
    pub all: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Programs,
    Partners,
    Products,
    Documents,
    Imports,
    Payouts,
    Disputes,
    Adjustments,
    Statements,
    Notes,
    Payments,
    Exports,
    Holds,
    Users,
    Mappings,
    Reference,
}

#[derive(Debug, Clone)]
pub struct Hit {
    pub title: String,
    pub detail: String,
    pub href: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub q: String,
    pub groups: Vec<Group>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        fill(words.console.found_for, &[("q", &self.q)])
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let k = &words.console;
        let title = self.title(words);
        let page = html! {
            (page_head(&PageHead { title: &title, badge: empty(), meta: empty(), actions: empty() }))
            @if self.groups.is_empty() {
                (card("", empty_state(Icon::Search, k.nothing_found, k.search_help, &empty())))
            }
            @for group in &self.groups { (group.draw(lang, &self.q)) }
        };
        frame::console(shell, Place::Today, &[(k.search.into(), String::new())], &page)
    }
}

impl Group {
    /// Where all of them are listed, if more were found than are shown.
    fn all_of(&self, q: &str) -> Option<String> {
        let path = match self.kind {
            Found::Programs => "programs",
            Found::Partners => "partners",
            Found::Products => "products",
            _ => return None,
        };
        (self.all > self.hits.len() as u64).then(|| format!("/console/{path}?q={}", encode(q)))
    }

    fn draw(&self, lang: Lang, q: &str) -> Markup {
        let words = lang.words();
        let (c, k) = (&words.common, &words.console);
        let count = crate::format::count(self.all);
        let title = match self.kind {
            Found::Programs => c.programs,
            Found::Partners => c.partners,
            Found::Products => c.products,
            Found::Documents => k.documents,
            Found::Imports => c.imports,
            Found::Payouts => words.settle.found_payouts,
            Found::Disputes => words.settle.disputes,
            Found::Adjustments => c.adjustments,
            Found::Statements => words.papers.statements,
            Found::Notes => words.papers.notes,
            Found::Payments => words.papers.payments,
            Found::Exports => words.papers.accounting,
            Found::Holds => words.settle.holds,
            Found::Users => c.users,
            Found::Mappings => c.mappings,
            Found::Reference => c.reference,
        };
        section(
            title,
            &if let Some(href) = self.all_of(q) {
                link_more(&fill(k.all_found, &[("n", &count)]), &href)
            } else {
                html! { (count) }
            },
            &html! {
                ul.tk-rows {
                    @for hit in &self.hits {
                        li {
                            div.tk-rows__text {
                                a href=(hit.href) { (hit.title) }
                                small { (hit.detail) }
                            }
                        }
                    }
                }
            },
        )
    }
}
