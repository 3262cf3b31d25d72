//! Console: memberships of a wallet of which something was said, and the wording of consent.

use maud::{Markup, html};

use super::members::select;
use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, List, Look, PageHead, Table, Tone, button, button_link, card, empty,
    empty_state, encode, page_head, section, status, table,
};
use crate::view::PartnerRef;

#[derive(Debug, Clone)]
pub struct Row {
    pub member: PartnerRef,
    pub number: String,
    pub state: (&'static str, Tone),
    pub since: String,
    pub until: String,
    pub channel: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub list: List,
    pub rows: Vec<Row>,
    /// Wallets, by code and name.
    pub wallets: Vec<(String, String)>,
    pub wallet: String,
    /// States to choose from, each with how many there are.
    pub states: Vec<(String, String)>,
    pub state: String,
    pub may_ask_otherwise: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.members.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let m = &words.members;
        let is_narrowed = self.list.is_narrowed() || !self.state.is_empty();
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(m.state, Kind::Text),
            Column::new(m.number, Kind::Text),
            Column::new(m.since, Kind::Text),
            Column::new(m.until, Kind::Text),
            Column::new(m.channel, Kind::Text).wide_only(),
        ];
        let cells = |row: &Row| {
            let href = format!("/console/partners/{}/membership", encode(&row.member.code));
            vec![
                two_lines(
                    &html! { a href=(href) { (row.member.name) } },
                    &html! { span.tk-mono { (row.member.code) } },
                ),
                status(row.state.0, row.state.1),
                html! { span.tk-mono { (row.number) } },
                html! { (row.since) },
                html! { (row.until) },
                html! { (row.channel) },
            ]
        };
        let rows = self.rows.iter().map(cells).collect();
        let page = html! {
            (page_head(&PageHead {
                title: m.title,
                badge: empty(),
                meta: html! { span { (m.help) } },
                actions: html! {
                    @if self.may_ask_otherwise {
                        (button_link(m.wordings, "/console/loyalty/consent", Look::Outline, None))
                    }
                },
            }))
            (card("tk-dense", html! {
                form.tk-inline-form.tk-narrow action=(self.list.path) {
                    input.mui-input type="search" name="q" value=(self.list.q)
                        placeholder=(m.find) aria-label=(m.find);
                    @if self.wallets.len() > 1 {
                        (select("wallet", words.loyalty.wallet, &self.wallets, &self.wallet))
                    }
                    (select("state", m.state, &self.states, &self.state))
                    (button(words.loyalty.show, Look::Outline, None))
                }
                @if !self.rows.is_empty() {
                    (table(&Table::new(m.title, &columns, rows).cards()))
                } @else if is_narrowed { (self.list.nothing_found(shell.lang)) }
                @else { (empty_state(Icon::Users, m.nobody, m.nobody_help, &empty())) }
                (self.list.pages(shell.lang))
            }))
        };
        frame::console(shell, Place::Members, &[], &page)
    }
}

/// What people are asked when they agree to be reached.
#[derive(Debug, Clone)]
pub struct Wording {
    pub en: String,
    pub ja: String,
    /// Nothing while the product's own words are in use.
    pub version: Option<String>,
    /// Earlier ones: version, when and by whom, text.
    pub before: Vec<(String, String, String)>,
}

impl View for Wording {
    fn title(&self, words: &Words) -> String {
        words.members.wordings.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let page = html! {
            (page_head(&PageHead {
                title: m.wordings,
                badge: empty(),
                meta: html! { span { (m.wordings_help) } },
                actions: empty(),
            }))
            (card("tk-narrow-page", html! {
                p.tk-small.tk-muted {
                    @match &self.version {
                        Some(version) => { (fill(m.version, &[("n", version)])) }
                        None => { (m.version_own) }
                    }
                }
                (shell.form("/console/loyalty/consent", "tk-form", &html! {
                    (Field::new("en", m.wording_en, &self.en).lines(4))
                    (Field::new("ja", m.wording_ja, &self.ja).lines(4))
                    (button(m.save, Look::Primary, None))
                }))
            }))
            @for (version, by, text) in &self.before {
                (section(&fill(m.version, &[("n", version)]), &empty(), &html! {
                    p.tk-small.tk-muted { (by) }
                    p.tk-phrase { (text) }
                }))
            }
        };
        let crumbs = [
            (m.title.to_string(), "/console/loyalty/memberships".to_string()),
            (m.wordings.to_string(), String::new()),
        ];
        frame::console(shell, Place::Members, &crumbs, &page)
    }
}
