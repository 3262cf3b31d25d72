//! Console, one wallet: what it declares, readable; its text, its versions, and the draft that waits.

use maud::{Markup, html};

use super::versions::Shown;
pub use super::versions::{Draft, Version};
use crate::access;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, empty, encode, facts, page_head,
    section, status, table,
};

/// Something that a wallet declares: its name, its code, and what is said of it.
#[derive(Debug, Clone)]
pub struct Said {
    pub name: String,
    pub code: String,
    pub description: Option<String>,
    /// Label and value.
    pub rows: Vec<(&'static str, String)>,
}

/// A tier group with its rows.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub code: String,
    /// What it goes by, and how long a tier holds.
    pub rule: String,
    /// Tier with its code, threshold, benefits.
    pub rows: Vec<(super::TierName, String, String, String)>,
}

/// A table of vouchers or rewards.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    pub code: String,
    pub cells: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub is_active: bool,
    pub shown: i64,
    pub points: Vec<Said>,
    pub groups: Vec<Group>,
    pub benefits: Vec<Said>,
    pub vouchers: Vec<Entry>,
    pub rewards: Vec<Entry>,
    pub badges: Vec<Said>,
    pub pools: Vec<Said>,
    pub text: String,
    pub versions: Vec<Version>,
    pub draft: Option<Draft>,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.name.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, l) = (shell.lang, &shell.words().loyalty);
        let edit = format!("/console/loyalty/wallets/{}/edit", encode(&self.code));
        let shown = [("n", self.shown.to_string())];
        let n = [("n", shown[0].1.as_str())];
        let path = format!("/console/loyalty/wallets/{}", encode(&self.code));
        let route = "/console/loyalty/wallets/{code}/activate";
        let of = Shown { path: &path, route, shown: self.shown };
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: if self.is_active {
                    status(&fill(l.active_version, &n), Tone::Good)
                } else {
                    status(&fill(l.draft_version, &n), Tone::Wait)
                },
                meta: html! {
                    span.tk-mono { (self.code) }
                    @if let Some(text) = &self.description { span { (text) } }
                },
                actions: html! {
                    (button_link(shell.words().picturing.title, super::pictures::LIST, Look::Outline, None))
                    @if access::may_post(shell.role(), "/console/loyalty/wallets/{code}/edit") {
                        (button_link(l.edit_text, &edit, Look::Outline, Some(Icon::Rule)))
                    }
                },
            }))
            div.tk-main-side {
                div.tk-column {
                    (self.declared(lang))
                    (section(l.text, &empty(), &html! {
                        ol.tk-code lang="en" tabindex="0" {
                            @for line in self.text.lines() { li { code { (line) } } }
                        }
                    }))
                }
                div.tk-column {
                    @if let Some(draft) = &self.draft {
                        (draft.draw(shell, &of, l.activate_help))
                    }
                    (of.versions(lang, &self.versions))
                }
            }
        };
        frame::console(shell, Place::Wallets, &[(self.name.clone(), String::new())], &page)
    }
}

impl Page {
    fn declared(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let said = |title: &str, all: &[Said]| {
            html! {
                @if !all.is_empty() {
                    (section(title, &empty(), &html! { @for one in all { (one.draw()) } }))
                }
            }
        };
        let entries = |title: &str, name: &str, labels: &[&str], all: &[Entry]| {
            let mut columns = vec![Column::new(name, Kind::Name)];
            columns.extend(labels.iter().map(|label| Column::new(label, Kind::Text)));
            let rows = all.iter().map(Entry::cells).collect();
            html! {
                @if !all.is_empty() {
                    (section(title, &empty(), &table(&Table::new(title, &columns, rows).cards())))
                }
            }
        };
        html! {
            (said(l.points, &self.points))
            @for group in &self.groups { (group.draw(lang)) }
            (said(l.benefits, &self.benefits))
            (entries(l.vouchers, l.voucher, &[l.worth, l.expires, l.limit, l.issued], &self.vouchers))
            (entries(l.rewards, l.reward, &[l.price, l.gives, l.limit, l.stock], &self.rewards))
            (said(l.badges, &self.badges))
            (said(l.pools, &self.pools))
        }
    }
}

impl Said {
    fn draw(&self) -> Markup {
        let rows: Vec<(&str, Markup)> =
            self.rows.iter().map(|(label, value)| (*label, html! { (value) })).collect();
        html! {
            h3 { (self.name) " " span.tk-mono.tk-small.tk-muted { (self.code) } }
            @if let Some(text) = &self.description { p.tk-small.tk-muted.tk-phrase { (text) } }
            (facts(&rows))
        }
    }
}

impl Entry {
    fn cells(&self) -> Vec<Markup> {
        let name = two_lines(&html! { (self.name) }, &html! { span.tk-mono { (self.code) } });
        let cells = self.cells.iter().map(|cell| html! { (cell) });
        std::iter::once(name).chain(cells).collect()
    }
}

impl Group {
    fn draw(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let columns = [
            Column::new(l.tier, Kind::Name),
            Column::new(l.from, Kind::Figure),
            Column::new(l.benefits, Kind::Text).roomy(),
        ];
        let rows = self.rows.iter().map(|(tier, code, from, benefits)| {
            vec![
                two_lines(&tier.chip(), &html! { span.tk-mono { (code) } }),
                html! { (from) },
                html! { (benefits) },
            ]
        });
        section(
            &self.name,
            &html! { span.tk-mono { (self.code) } },
            &html! {
                p.tk-small.tk-muted.tk-phrase { (self.rule) }
                (table(&Table::new(&self.name, &columns, rows.collect()).cards()))
            },
        )
    }
}
