//! Console, one wallet: what it declares, readable; its text, its versions, and the draft that waits.

use maud::{Markup, html};

use crate::access;
use crate::console::program::DiffLine;
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, empty, encode, facts,
    notice, page_head, section, status, table,
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
pub struct Version {
    pub number: i64,
    pub is_draft: bool,
    pub by: String,
}

/// A draft that nobody activated yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub number: i64,
    pub by: String,
    /// Against the version that acts, if there is one.
    pub against: Option<i64>,
    pub changes: Vec<DiffLine>,
    /// The reader wrote it, and another person is needed: who wrote it.
    pub needs_other: Option<String>,
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
                    @if let Some(draft) = &self.draft { (self.draft(shell, draft)) }
                    (self.versions(lang))
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

    fn draft(&self, shell: &Shell, draft: &Draft) -> Markup {
        let l = &shell.words().loyalty;
        let path = "/console/loyalty/wallets/{code}/activate";
        let action = format!("/console/loyalty/wallets/{}/activate", encode(&self.code));
        let title = fill(l.draft_version, &[("n", &draft.number.to_string())]);
        section(
            &title,
            &empty(),
            &html! {
                p.tk-small.tk-muted { (draft.by) }
                @if let Some(n) = draft.against {
                    h3.tk-small { (fill(l.changes_against, &[("n", &n.to_string())])) }
                    @if draft.changes.is_empty() { p.tk-small { (l.no_changes) } }
                    @else {
                        ol.tk-code.tk-code--diff lang="en" tabindex="0" {
                            @for line in &draft.changes { (diff_line(line)) }
                        }
                    }
                }
                @if access::may_post(shell.role(), path) {
                    @if let Some(who) = &draft.needs_other {
                        (notice(
                            Tone::Info,
                            &html! { (fill(l.activate_second, &[("who", who)])) },
                            &empty(),
                        ))
                    } @else {
                        (shell.form(&action, "tk-form", &html! {
                            p.tk-small.tk-phrase { (l.activate_help) }
                            (button(l.activate, Look::Primary, Some(Icon::Check)))
                        }))
                    }
                }
            },
        )
    }

    fn versions(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let path = format!("/console/loyalty/wallets/{}", encode(&self.code));
        section(
            l.versions,
            &empty(),
            &html! {
                ol.tk-timeline {
                    @for version in &self.versions {
                        @let current = version.number == self.shown;
                        @let template = if version.is_draft { l.draft_version } else { l.version_n };
                        li class={ @if current { "tk-timeline__done" } } {
                            p.tk-timeline__title {
                                a href={ (path) "?version=" (version.number) }
                                    aria-current=[current.then_some("true")] {
                                    b { (fill(template, &[("n", &version.number.to_string())])) }
                                }
                            }
                            p.tk-small.tk-muted { (version.by) }
                        }
                    }
                }
            },
        )
    }
}

fn diff_line(line: &DiffLine) -> Markup {
    match line {
        DiffLine::Same(_) => empty(),
        DiffLine::Added(text) => html! { li.tk-code__added { code { (text) } } },
        DiffLine::Removed(text) => html! { li.tk-code__removed { code { (text) } } },
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
