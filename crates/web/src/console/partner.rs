//! Console, one partner: its fields, how it stands, what it was paid, what it sent.

use jiff::civil::Date;
use maud::{Markup, html};

use super::program::Event;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words};
use crate::owing::Owing;
use crate::progress;
use crate::reading::clause::label;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, button_link, door, empty, empty_state, encode,
    facts, nothing, page_head, section, standing, states, table, tier_or_none,
};
use crate::view::{PartnerRef, PayoutState, Standing};

/// How it stands in one program.
#[derive(Debug, Clone)]
pub struct Award {
    pub standing: Standing,
    pub explain: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Payout {
    pub id: String,
    pub owing: Owing,
    pub amount: Money,
    pub state: PayoutState,
}

/// The payouts of a program since ever.
#[derive(Debug, Clone)]
pub struct Total {
    pub program: String,
    pub count: u64,
    /// Closed and not rejected.
    pub settled: Money,
    pub rejected: Money,
    pub paid: Money,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    /// Other names, by language tag.
    pub names: Vec<(String, String)>,
    pub country: String,
    pub region: String,
    pub level: Option<String>,
    pub parent: Option<PartnerRef>,
    pub children: Vec<PartnerRef>,
    pub ship_to: Vec<String>,
    /// Custom attributes, as they were imported.
    pub attributes: Vec<(String, String)>,
    pub users: Vec<String>,
    pub awards: Vec<Award>,
    pub payouts: Vec<Payout>,
    /// What payouts came to since ever, by program and currency.
    pub totals: Vec<Total>,
    /// Targets and other figures that are this partner's own.
    pub targets: Vec<Target>,
    pub uploads: Vec<progress::Upload>,
    pub history: Vec<Event>,
    /// There are wallets, so that the partner has a page of loyalty.
    pub has_loyalty: bool,
}

/// A figure of this partner.
#[derive(Debug, Clone)]
pub struct Target {
    pub table: String,
    pub period: Option<String>,
    /// Group name and value.
    pub groups: Vec<(String, String)>,
    pub value: String,
    pub from: Option<Date>,
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.partner.name.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let page = html! {
            (page_head(&PageHead {
                title: &self.partner.name,
                badge: empty(),
                meta: html! {
                    span.tk-mono { (self.partner.code) }
                    span { (self.country) }
                    span { (self.region) }
                },
                actions: html! {
                    (button_link(
                        shell.words().studio.what_if_title,
                        &format!("/console/what-if?partner={}", encode(&self.partner.code)),
                        Look::Outline,
                        None,
                    ))
                    (button_link(
                        shell.words().papers.payee,
                        &format!("/console/partners/{}/payee", encode(&self.partner.code)),
                        Look::Outline,
                        Some(Icon::Wallet),
                    ))
                },
            }))
            @if self.has_loyalty {
                (super::loyalty::partner_tabs(lang, &self.partner.code, 0))
            }
            div.tk-main-side {
                div.tk-column { (self.awards(lang)) (self.totals(lang)) (self.payouts(lang)) (self.targets(lang)) (self.uploads(lang)) }
                div.tk-column { (self.fields(lang)) (self.history(lang)) }
            }
        };
        let crumbs = [(self.partner.name.clone(), String::new())];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}

impl Page {
    fn fields(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (d, t) = (&words.data, &words.terms);
        let text = |text: &str| html! { (text) };
        let link = |partner: &PartnerRef| {
            html! {
                a href={ "/console/partners/" (encode(&partner.code)) } { (partner.name) }
            }
        };
        let mut rows: Vec<(&str, Markup)> = vec![
            (d.code, html! { span.tk-mono { (self.partner.code) } }),
            (d.country, text(&self.country)),
            (t.region, text(&self.region)),
            (d.level, self.level.as_deref().map_or_else(nothing, text)),
            (d.parent, self.parent.as_ref().map_or_else(nothing, link)),
        ];
        let names: Vec<(String, &String)> = self
            .names
            .iter()
            .map(|(tag, name)| (format!("{} ({tag})", words.console.name), name))
            .collect();
        for (label, name) in &names {
            rows.push((label, text(name)));
        }
        if !self.children.is_empty() {
            let list = html! { @for child in &self.children { div { (link(child)) } } };
            rows.push((d.children, list));
        }
        if !self.ship_to.is_empty() {
            rows.push((d.ship_to, text(&self.ship_to.join(", "))));
        }
        let attributes: Vec<(String, &String)> =
            self.attributes.iter().map(|(name, value)| (label(lang, name), value)).collect();
        for (name, value) in &attributes {
            rows.push((name, text(value)));
        }
        if !self.users.is_empty() {
            rows.push((words.common.users, text(&self.users.join(", "))));
        }
        section(d.fields, &empty(), &facts(&rows))
    }

    fn awards(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, t) = (&words.common, &words.terms);
        let columns = [
            Column::new(t.program, Kind::Name),
            Column::new(t.period, Kind::Text).wide_only(),
            Column::new(t.tier, Kind::Text),
            Column::new(t.way_and_pace, Kind::Picture),
            Column::new(t.gap, Kind::Figure),
            Column::new(t.accrued, Kind::Figure),
        ];
        let rows = self.awards.iter().map(|award| award.cells(lang)).collect();
        section(
            t.attainment,
            &empty(),
            &if self.awards.is_empty() {
                empty_state(Icon::Target, t.in_no_program, t.in_no_program_help, &empty())
            } else {
                html! {
                    div data-live="awards" {
                        (table(&Table::new(c.programs, &columns, rows).cards()))
                    }
                }
            },
        )
    }

    /// Nothing, for a partner without payouts.
    fn totals(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, t, p) = (&words.common, &words.terms, &words.papers);
        if self.totals.is_empty() {
            return empty();
        }
        let columns = [
            Column::new(t.program, Kind::Name),
            Column::new(c.payouts, Kind::Figure),
            Column::new(p.sum_settled, Kind::Figure),
            Column::new(c.state_rejected, Kind::Figure),
            Column::new(c.state_paid, Kind::Figure),
        ];
        let rows = self
            .totals
            .iter()
            .map(|total| {
                vec![
                    html! { (total.program) },
                    html! { (format::count(total.count)) },
                    html! { (total.settled.text(lang)) },
                    html! { (total.rejected.text(lang)) },
                    html! { (total.paid.text(lang)) },
                ]
            })
            .collect();
        section(
            p.sums_to_date,
            &empty(),
            &table(&Table::new(p.sums_to_date, &columns, rows).cards()),
        )
    }

    fn payouts(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (c, t) = (&words.common, &words.terms);
        let columns = [
            Column::new(t.period, Kind::Name),
            Column::new(t.program, Kind::Text).roomy(),
            Column::new(c.state, Kind::Text),
            Column::new(t.payout, Kind::Figure),
        ];
        let rows = self
            .payouts
            .iter()
            .map(|payout| {
                let folder = if payout.owing.reward().is_some() { "payouts" } else { "explain" };
                let href = format!("/console/{folder}/{}", payout.id);
                vec![
                    html! { a href=(href) { (payout.owing.when(lang)) } },
                    html! { (payout.owing.name(lang)) },
                    states::payout(words, payout.state),
                    door(&href, &html! { (payout.amount.text(lang)) }),
                ]
            })
            .collect();
        section(
            c.payouts,
            &empty(),
            &if self.payouts.is_empty() {
                html! { p.tk-muted { (t.no_payouts_yet) } }
            } else {
                table(&Table::new(c.payouts, &columns, rows).cards())
            },
        )
    }

    /// Nothing, for a partner without any.
    fn targets(&self, lang: Lang) -> Markup {
        let d = &lang.words().data;
        if self.targets.is_empty() {
            return empty();
        }
        let columns = [
            Column::new(d.ref_table, Kind::Name),
            Column::new(d.ref_period, Kind::Text),
            Column::new(d.ref_group, Kind::Text),
            Column::new(d.ref_value, Kind::Figure),
            Column::new(d.ref_from, Kind::Text).wide_only(),
        ];
        let rows = self
            .targets
            .iter()
            .map(|target| {
                let query = encode(&target.table);
                let href = format!("/console/reference/figures?filter={query}");
                let groups = target.groups.iter().map(|(name, value)| format!("{name}: {value}"));
                vec![
                    html! { a.tk-mono href=(href) { (target.table) } },
                    html! { (target.period.as_deref().unwrap_or(d.ref_all_periods)) },
                    html! { (groups.collect::<Vec<_>>().join(", ")) },
                    html! { (target.value) },
                    target.from.map_or_else(
                        || html! { span.tk-muted { (d.ref_beginning) } },
                        |day| html! { (format::day_column(day, lang)) },
                    ),
                ]
            })
            .collect();
        section(d.ref_targets, &empty(), &table(&Table::new(d.ref_targets, &columns, rows).cards()))
    }

    fn uploads(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let d = &words.data;
        section(
            d.uploads,
            &empty(),
            &if self.uploads.is_empty() {
                html! { p.tk-muted { (d.no_uploads) } }
            } else {
                progress::uploads(lang, d.uploads, "/console/imports", &self.uploads)
            },
        )
    }

    fn history(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        section(t.history, &empty(), &super::program::timeline(lang, &self.history))
    }
}

impl Award {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let own = &self.standing;
        let earned = html! { (own.earned.text(lang)) };
        let href = format!("/console/programs/{}", encode(&own.program.code));
        vec![
            html! { a href=(href) { (own.program.name) } },
            html! { (own.period.short(lang)) },
            tier_or_none(lang, own.tier()),
            standing::small(lang, own),
            own.gap().map_or_else(nothing, |gap| html! { (gap.text(lang)) }),
            match &self.explain {
                Some(id) => door(&format!("/console/explain/{id}"), &earned),
                None => earned,
            },
        ]
    }
}
