//! Console, all products.

use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words, fill};
use crate::reading::clause::label;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, button, button_link, card, empty, empty_state,
    page_head, section, table,
};

#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    /// From the top of the tree to the product's own.
    pub categories: Vec<String>,
    pub attributes: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.products.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let d = &words.data;
        let import = html! {
            @if access::may_open_as(shell.role(), "/console/imports/new") {
                (button_link(
                    d.import_products,
                    "/console/imports/new?kind=products",
                    Look::Outline,
                    Some(Icon::Upload),
                ))
            }
        };
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Box, d.no_products, d.no_products_help, &import)
        } else {
            html! { (self.rows(lang)) (self.to_list(shell)) }
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.products,
                badge: empty(),
                meta: empty(),
                actions: import,
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Products, &[], &page)
    }
}

impl Page {
    /// All that the search found goes onto a list.
    fn to_list(&self, shell: &Shell) -> Markup {
        let d = &shell.words().data;
        if self.list.rows == 0 || !access::may_post(shell.role(), "/console/products/list") {
            return empty();
        }
        let help = fill(d.list_add_help, &[("n", &crate::format::count(self.list.rows))]);
        section(
            d.list_add,
            &empty(),
            &shell.form(
                "/console/products/list",
                "tk-form",
                &html! {
                    input type="hidden" name="q" value=(self.list.q);
                    (Field::new("list", d.list_name, "").hint(&help).text())
                    div.tk-form__send { (button(d.list_add, Look::Outline, None)) }
                },
            ),
        )
    }

    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (d, t) = (&words.data, &words.terms);
        let columns = [
            Column::new(t.product, Kind::Name),
            Column::new(d.code, Kind::Text),
            Column::new(d.category, Kind::Text),
            Column::new(d.attributes, Kind::Text).wide_only(),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        html! {
            div.tk-toolbar { (self.list.search_box(d.find_product)) }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else {
                (table(&Table::new(words.common.products, &columns, rows)))
            }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let attributes: Vec<String> = self
            .attributes
            .iter()
            .map(|(name, value)| format!("{} {value}", label(lang, name)))
            .collect();
        vec![
            html! { (self.name) },
            html! { span.tk-mono { (self.code) } },
            html! { (self.categories.join(" › ")) },
            html! { span.tk-muted { (attributes.join(lang.say("、", ", "))) } },
        ]
    }
}
