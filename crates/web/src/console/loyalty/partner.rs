//! Console, what a partner has in wallets, and what people may do about it by hand.

use maud::{Markup, html};

use super::{TierName, partner_tabs, tier_or_none};
use crate::access;
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, button_link, card, empty, empty_state,
    encode, nothing, page_head, receipt, section, status, table,
};
use crate::view::PartnerRef;

/// What is held of a point currency.
#[derive(Debug, Clone)]
pub struct Holding {
    pub name: String,
    pub amount: String,
    /// Worth, what ends next.
    pub details: Vec<String>,
    /// Label and figure of what waits, is reserved, is owed.
    pub others: Vec<(&'static str, String)>,
    pub lots: Vec<Lot>,
}

#[derive(Debug, Clone)]
pub struct Lot {
    pub name: String,
    /// Where it came from and went.
    pub trace: String,
    pub on: String,
    pub usable: String,
    pub expires: Option<String>,
    pub left: String,
    /// The promotion that it counts for, or who passed it on.
    pub about: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Tier {
    pub group: String,
    pub tier: Option<TierName>,
    /// Figure, gap, assessment, floor.
    pub rows: Vec<(&'static str, String)>,
    /// Lines of people that held it up.
    pub history: Vec<Line>,
    /// The tiers before, the newest first: what, when, and what moved the partner there.
    pub before: Vec<(Option<TierName>, String, &'static str)>,
}

#[derive(Debug, Clone)]
pub struct Held {
    pub name: String,
    pub code: String,
    pub state: String,
    pub tone: Tone,
    /// What is left, since when, until when.
    pub cells: Vec<Option<String>>,
    /// It can be undone: what its form is given.
    pub undo: Option<String>,
    /// It is promised: where it is used or let go.
    pub go_on: Option<String>,
}

/// A movement of points.
#[derive(Debug, Clone)]
pub struct Movement {
    pub day: String,
    pub what: String,
    pub cause: String,
    /// What the cause is about.
    pub trace: Option<String>,
    pub amount: String,
    pub is_less: bool,
}

/// What there was on a day that is over.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// As it was asked for.
    pub asked: String,
    pub wrong: Option<&'static str>,
    /// The day, and what there was then.
    pub found: Option<(String, Vec<(String, String)>)>,
}

/// A line that somebody asked.
#[derive(Debug, Clone)]
pub struct Line {
    pub when: String,
    pub what: String,
    pub detail: String,
    pub key: String,
    pub who: String,
    pub refused: Option<String>,
}

/// One wallet of the partner.
#[derive(Debug, Clone)]
pub struct Wallet {
    pub name: String,
    pub holdings: Vec<Holding>,
    pub tiers: Vec<Tier>,
    pub benefits: Vec<Held>,
    pub vouchers: Vec<Held>,
    pub badges: Vec<Held>,
    pub redemptions: Vec<Held>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub wallets: Vec<Wallet>,
    pub movements: Vec<Movement>,
    /// Where older ones are.
    pub older: Option<String>,
    pub lines: Vec<Line>,
    pub past: Past,
    /// What may be done by hand, by word and label.
    pub acts: Vec<(&'static str, &'static str)>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.partner.name, words.loyalty.tab)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, l) = (shell.lang, &shell.words().loyalty);
        let path = format!("/console/partners/{}", encode(&self.partner.code));
        let may = access::may_post(shell.role(), "/console/partners/{code}/loyalty/{act}");
        let page = html! {
            (page_head(&PageHead {
                title: &self.partner.name,
                badge: empty(),
                meta: html! { span.tk-mono { (self.partner.code) } },
                actions: html! {
                    @if may {
                        @for (act, label) in &self.acts {
                            (button_link(
                                label,
                                &format!("{path}/loyalty/{act}"),
                                Look::Outline,
                                None,
                            ))
                        }
                    }
                },
            }))
            (partner_tabs(lang, &self.partner.code, 1))
            @if self.wallets.is_empty() {
                (card("", empty_state(Icon::Wallet, l.no_wallets, l.no_wallets_help, &empty())))
            }
            div.tk-main-side data-live="loyalty" {
                div.tk-column {
                    @for wallet in &self.wallets { (wallet.main(lang, &path, may)) }
                }
                div.tk-column { @for wallet in &self.wallets { (wallet.side(lang)) } }
            }
            @if !self.wallets.is_empty() { (self.past(lang, &path)) }
            div.tk-column data-live="movements" { (self.movements(lang)) (self.lines(lang)) }
        };
        let crumbs =
            [(self.partner.name.clone(), path.clone()), (l.tab.to_string(), String::new())];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}

impl Page {
    fn past(&self, lang: Lang, path: &str) -> Markup {
        let w = &lang.words().keeping;
        let of = &self.past;
        section(
            w.past_day,
            &empty(),
            &html! {
                form.tk-points__day method="get" action={ (path) "/loyalty" } {
                    (Field::new("on", lang.words().loyalty.day, &of.asked).error(of.wrong).date())
                    (button(w.past_show, Look::Outline, None))
                }
                p.tk-small.tk-muted.tk-phrase { (w.past_help) }
                @if let Some((day, rows)) = &of.found {
                    div.tk-points__on role="status" {
                        p.tk-small { (day) }
                        @if rows.is_empty() { p.tk-small.tk-muted { (w.past_nothing) } }
                        @else {
                            dl.tk-facts.tk-facts--lines {
                                @for (label, value) in rows {
                                    div { dt { (label) } dd { (value) } }
                                }
                            }
                        }
                    }
                }
            },
        )
    }

    fn movements(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let columns = [
            Column::new(l.day, Kind::Name),
            Column::new(l.what, Kind::Text),
            Column::new(l.why, Kind::Text).roomy(),
            Column::new(l.amount, Kind::Figure),
        ];
        let rows = self.movements.iter().map(|of| {
            let class = if of.is_less { "tk-loss" } else { "tk-gain" };
            vec![
                html! { (of.day) },
                html! { (of.what) },
                html! {
                    @match &of.trace {
                        Some(trace) => { a.tk-mono.tk-small href=(trace) { (of.cause) } }
                        None => { span.tk-mono.tk-small { (of.cause) } }
                    }
                },
                html! { span class={ "tk-nowrap " (class) } { (of.amount) } },
            ]
        });
        section(
            l.movements,
            &empty(),
            &html! {
                @if self.movements.is_empty() { p.tk-muted { (l.no_movements) } }
                @else { (table(&Table::new(l.movements, &columns, rows.collect()).cards())) }
                @if let Some(older) = &self.older {
                    nav.tk-pages aria-label=(lang.words().common.pages) {
                        span.tk-pages__links { a href=(older) { (lang.words().common.next) } }
                    }
                }
            },
        )
    }

    fn lines(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        section(
            l.lines,
            &empty(),
            &if self.lines.is_empty() {
                html! { p.tk-muted { (l.no_lines) } }
            } else {
                line_table(lang, l.lines, &self.lines)
            },
        )
    }
}

fn line_table(lang: Lang, label: &str, lines: &[Line]) -> Markup {
    let l = &lang.words().loyalty;
    let columns = [
        Column::new(l.day, Kind::Name),
        Column::new(l.what, Kind::Text).roomy(),
        Column::new(l.who, Kind::Text),
        Column::new(l.key, Kind::Text).wide_only(),
    ];
    let rows = lines.iter().map(|line| {
        vec![
            html! { (line.when) },
            html! {
                (line.what)
                @if !line.detail.is_empty() { small.tk-below { (line.detail) } }
                @if let Some(why) = &line.refused {
                    small.tk-below.tk-missing { (why) }
                }
            },
            html! { (line.who) },
            html! { span.tk-mono.tk-small { (line.key) } },
        ]
    });
    table(&Table::new(label, &columns, rows.collect()).cards())
}

impl Wallet {
    fn main(&self, lang: Lang, path: &str, may: bool) -> Markup {
        let l = &lang.words().loyalty;
        html! {
            @for holding in &self.holdings { (holding.draw(lang)) }
            (held(
                (l.vouchers, l.voucher),
                &[(l.left, Kind::Figure), (l.last_day, Kind::Text)],
                (&self.vouchers, lang, path, may),
            ))
            (held(
                (l.redemptions, l.what),
                &[(l.amount, Kind::Figure), (l.value, Kind::Figure)],
                (&self.redemptions, lang, path, may),
            ))
        }
    }

    fn side(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        html! {
            @for tier in &self.tiers { (tier.draw(lang)) }
            @if !self.benefits.is_empty() { (section(l.benefits, &empty(), &small(&self.benefits))) }
            @if !self.badges.is_empty() { (section(l.badges, &empty(), &small(&self.badges))) }
        }
    }
}

fn small(all: &[Held]) -> Markup {
    html! {
        ul.tk-rows {
            @for held in all {
                li {
                    (status(&held.state, held.tone))
                    div.tk-rows__text {
                        (held.name)
                        @for cell in held.cells.iter().flatten() { small { (cell) } }
                    }
                }
            }
        }
    }
}

/// Vouchers, orders: nothing where there is none.
fn held(
    (title, name): (&str, &str),
    cells: &[(&str, Kind)],
    (all, lang, path, may): (&[Held], Lang, &str, bool),
) -> Markup {
    let words = lang.words();
    let mut columns =
        vec![Column::new(name, Kind::Name), Column::new(words.common.state, Kind::Text)];
    columns.extend(cells.iter().map(|(label, kind)| Column::new(label, *kind)));
    if may {
        columns.push(Column::new(words.common.actions, Kind::Text));
    }
    let rows = all.iter().map(|of| {
        let mut row = vec![
            two_lines(&html! { (of.name) }, &html! { span.tk-mono { (of.code) } }),
            status(&of.state, of.tone),
        ];
        row.extend(of.cells.iter().map(|cell| super::or_nothing(cell.as_ref())));
        if may {
            let cancel = |key: &String| {
                let href = format!("{path}/loyalty/cancel?of={}", encode(key));
                html! { a href=(href) { (words.loyalty.do_cancel) } }
            };
            let go_on = |href: &String| {
                html! {
                    a href=(href) { (words.loyalty.commit) " / " (words.loyalty.line_release) }
                }
            };
            let actions = of.undo.as_ref().map(cancel).or(of.go_on.as_ref().map(go_on));
            row.push(actions.unwrap_or_else(nothing));
        }
        row
    });
    html! {
        @if !all.is_empty() {
            (section(title, &empty(), &table(&Table::new(title, &columns, rows.collect()).cards())))
        }
    }
}

impl Holding {
    fn draw(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let columns = [
            Column::new(l.lot, Kind::Name),
            Column::new(l.credited_on, Kind::Text).wide_only(),
            Column::new(l.usable_from, Kind::Text).wide_only(),
            Column::new(l.last_day, Kind::Text),
            Column::new(l.held, Kind::Figure),
        ];
        let rows = self.lots.iter().map(|lot| {
            vec![
                html! {
                    a.tk-mono.tk-small href=(lot.trace) { (lot.name) }
                    @if let Some(about) = &lot.about { small.tk-below { (about) } }
                },
                html! { (lot.on) },
                html! { (lot.usable) },
                html! { (lot.expires.as_deref().unwrap_or(l.never_ends)) },
                html! { (lot.left) },
            ]
        });
        let amount = html! {
            b.tk-figure-large { (self.amount) }
            @for detail in &self.details { small.tk-below { (detail) } }
        };
        let mut figures = vec![(l.can_be_used, amount)];
        figures.extend(self.others.iter().map(|(label, value)| (*label, html! { (value) })));
        section(
            &self.name,
            &empty(),
            &html! {
                (receipt(&figures))
                @if !self.lots.is_empty() {
                    (table(&Table::new(l.lots, &columns, rows.collect())))
                }
            },
        )
    }
}

impl Tier {
    fn draw(&self, lang: Lang) -> Markup {
        let l = &lang.words().loyalty;
        let mut rows: Vec<(&str, Markup)> = vec![(l.tier, tier_or_none(lang, self.tier.as_ref()))];
        rows.extend(self.rows.iter().map(|(label, value)| (*label, html! { (value) })));
        section(
            &self.group,
            &empty(),
            &html! {
                (receipt(&rows))
                @if 1 < self.before.len() {
                    h3.tk-small { (lang.words().keeping.tiers_before) }
                    ol.tk-timeline {
                        @for (tier, days, by) in &self.before {
                            li {
                                p.tk-timeline__title {
                                    (tier_or_none(lang, tier.as_ref()))
                                    span.tk-small { (days) }
                                }
                                p.tk-small.tk-muted { (by) }
                            }
                        }
                    }
                }
                @if !self.history.is_empty() {
                    h3.tk-small { (l.history_of_tiers) }
                    ol.tk-timeline {
                        @for line in &self.history {
                            li {
                                p.tk-timeline__title {
                                    span.tk-phrase { (line.detail) }
                                    time { (line.when) }
                                }
                                p.tk-small.tk-muted { (line.who) }
                            }
                        }
                    }
                }
            },
        )
    }
}
