//! Console, all partners.

use maud::{Markup, html};

use crate::access;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::one_line;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, button_link, card, empty, empty_state, encode,
    nothing, page_head, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub partner: PartnerRef,
    pub country: String,
    pub region: String,
    pub level: Option<String>,
    pub parent: Option<PartnerRef>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.partners.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let d = &words.data;
        let import = html! {
            @if access::may_open_as(shell.role(), "/console/imports/new") {
                (button_link(
                    d.import_partners,
                    "/console/imports/new?kind=partners",
                    Look::Outline,
                    Some(Icon::Upload),
                ))
            }
        };
        let content = if self.rows.is_empty() && !self.list.is_narrowed() {
            empty_state(Icon::Shop, d.no_partners, d.no_partners_help, &import)
        } else {
            self.rows(lang)
        };
        let page = html! {
            (page_head(&PageHead {
                title: words.common.partners,
                badge: empty(),
                meta: empty(),
                actions: import,
            }))
            (card("tk-dense", content))
        };
        frame::console(shell, Place::Partners, &[], &page)
    }
}

impl Page {
    fn rows(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, d, t) = (&words.common, &words.data, &words.terms);
        let columns = [
            Column::new(c.partner, Kind::Name),
            Column::new(d.code, Kind::Text),
            Column::new(d.country, Kind::Text).wide_only(),
            Column::new(t.region, Kind::Text).wide_only(),
            Column::new(d.level, Kind::Text),
            Column::new(d.parent, Kind::Text).wide_only(),
        ];
        let rows = self.rows.iter().map(|row| row.cells(lang)).collect();
        html! {
            div.tk-toolbar { (self.list.search_box(t.find_partner)) }
            @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
            @else { (table(&Table::new(c.partners, &columns, rows))) }
            (self.list.pages(lang))
        }
    }
}

impl Row {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let link = |partner: &PartnerRef| format!("/console/partners/{}", encode(&partner.code));
        vec![
            one_line(lang, &self.partner.name, &link(&self.partner)),
            html! { span.tk-mono { (self.partner.code) } },
            html! { (self.country) },
            html! { (self.region) },
            self.level.as_ref().map_or_else(nothing, |level| html! { (level) }),
            self.parent
                .as_ref()
                .map_or_else(nothing, |parent| html! { a href=(link(parent)) { (parent.code) } }),
        ]
    }
}
