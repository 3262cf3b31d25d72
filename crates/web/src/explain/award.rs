//! The steps of one award: how it was calculated, its tier, its months, its lines, and the row of
//! the file a line came in with.

use maud::{Markup, html};

use super::{Award, Limit, Month, Source, Step, step};
use crate::format::{self, Money};
use crate::i18n::{Lang, fill, fill_markup};
use crate::ui::{
    Column, Icon, Kind, List, Table, amount, door, empty, nothing, standing, table, tier_or_none,
};
use crate::view::{Measured, Unit};

impl Award {
    pub(super) fn calculation(&self, lang: Lang, i: usize) -> Markup {
        let t = &lang.words().terms;
        let say = match (&self.standing.term, self.slices.len()) {
            (_, 0) => t.nothing_earned.into(),
            _ if self.slices.iter().all(|slice| slice.measure.is_none()) => {
                t.calculation_fixed.into()
            }
            (Some(term), _) => fill(t.calculation_of, &[("term", term)]),
            (None, 1) => t.calculation_one.into(),
            (None, _) => t.calculation_bands.into(),
        };
        let rounded = Money { amount: self.unrounded, ..self.award };
        let limited = !self.limits.is_empty();
        let more = html! {
            @for slice in &self.slices {
                p.tk-sum {
                    @if let Some(measure) = &slice.measure {
                        (door(&format!("#sales-{i}"), &html! { (measure.text(lang)) }))
                        i { "×" }
                    }
                    (slice.pays.text(lang))
                    @if slice.measure.is_some() {
                        i { "=" }
                        span.tk-amount { (format::quantity(slice.amount)) }
                    }
                    @if self.slices.len() == 1 && !limited && rounded != self.award {
                        i { "→" } b { (amount(lang, self.award)) }
                    }
                }
            }
            @if self.slices.len() > 1 {
                p.tk-sum {
                    (t.sum) i { "=" } span.tk-amount { (rounded.digits()) }
                    @if !limited { i { "→" } b { (amount(lang, self.award)) } }
                }
            }
            @if !self.notes.is_empty() {
                ul.tk-plain { @for note in &self.notes { li { (note) } } }
            }
            @for hit in &self.limits {
                p.tk-sum {
                    span.tk-phrase { (limit_say(hit.limit, lang)) }
                    span.tk-amount { (hit.before.digits()) }
                    i { "→" }
                    b { (amount(lang, hit.after)) }
                }
            }
        };
        step(&Step {
            id: &format!("award-{i}"),
            icon: Icon::Rule,
            kind: t.step_calculation,
            say: html! { (say) },
            figure: amount(lang, self.award),
            more,
        })
    }

    pub(super) fn tier(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        if self.standing.tiers.is_empty() {
            return empty();
        }
        let say = match (&self.tipping, self.standing.tier()) {
            (Some(tipping), Some(tier)) => {
                let day = format::day_long(tipping.date, lang);
                let reached = fill_markup(
                    t.tier_reached,
                    &[
                        ("tier", html! { (tier.label(lang)) }),
                        ("day", html! { span.tk-nowrap { (day) } }),
                        ("document", html! { span.tk-nowrap { (tipping.document) } }),
                        ("at", html! { (tipping.at.text(lang)) }),
                    ],
                );
                html! {
                    (reached)
                    @if let Some(added) = tipping.added.filter(|added| !added.is_zero()) {
                        " "
                        (fill(t.tier_added, &[("amount", &added.text(lang))]))
                    }
                }
            }
            (None, Some(tier)) => {
                html! { (fill(t.tier_is, &[("tier", &tier.label(lang)),
                ("now", &self.standing.now.text(lang))])) }
            }
            (_, None) => html! { (standing::finding(lang, &self.standing)) },
        };
        step(&Step {
            id: "tier",
            icon: Icon::Target,
            kind: t.step_tier,
            say,
            figure: tier_or_none(lang, self.standing.tier()),
            more: standing::large(lang, &self.standing),
        })
    }

    pub(super) fn months(&self, lang: Lang, i: usize) -> Markup {
        let t = &lang.words().terms;
        let quantity = Measured { value: self.counted.quantity, unit: Unit::Units };
        let say = fill(
            t.counted_say,
            &[("lines", &format::count(self.counted.lines)), ("units", &quantity.text(lang))],
        );
        let columns = [
            Column::new(t.month, Kind::Name),
            Column::new(t.lines, Kind::Figure),
            Column::new(t.units, Kind::Figure),
            Column::new(t.net, Kind::Figure),
        ];
        let cells = |name: Markup, month: &Month| {
            vec![
                name,
                html! { (format::count(month.lines)) },
                html! { (format::quantity(month.quantity)) },
                month.amount.map_or_else(empty, |money| html! { (money.digits()) }),
            ]
        };
        let rows = self
            .months
            .iter()
            .map(|month| cells(html! { (format::month(month.first_day, lang)) }, month))
            .collect();
        let total = cells(html! { (t.total) }, &self.counted);
        step(&Step {
            id: &format!("sales-{i}"),
            icon: Icon::Ledger,
            kind: t.step_sales,
            say: html! { (say) },
            figure: self.counted.amount.map_or_else(empty, |money| amount(lang, money)),
            more: table(&Table::new(t.by_month, &columns, rows).total(total)),
        })
    }

    pub(super) fn lines(&self, lang: Lang, source: Option<&Source>, list: &List) -> Markup {
        let t = &lang.words().terms;
        let columns = [
            Column::new(t.document, Kind::Text),
            Column::new(t.date, Kind::Text),
            Column::new(t.product, Kind::Name),
            Column::new(t.units, Kind::Figure),
            Column::new(t.net, Kind::Figure),
            Column::new(t.its_award, Kind::Figure),
        ];
        let rows = self
            .lines
            .iter()
            .map(|line| {
                let href = format!("?page={}&fact={}#source", list.page, line.fact);
                let open = source.is_some_and(|source| source.fact == line.fact);
                vec![
                    html! {
                        a.tk-mono href=(href) aria-current=[open.then_some("true")] {
                            (line.document)
                        }
                    },
                    html! { (format::day_column(line.date, lang)) },
                    html! { (line.product) },
                    line.quantity.map_or_else(nothing, |n| {
                        html! {
                            (format::quantity(n))
                            @if let Some(unit) = &line.unit { " " (unit) }
                        }
                    }),
                    line.amount.map_or_else(nothing, |money| {
                        html! {
                            // In another currency than the award its own is named.
                            @if Some(money.currency) == line.award.map(|award| award.currency) {
                                (money.digits())
                            } @else { (money.text(lang)) }
                            @for converted in &line.converted {
                                small.tk-below { (by_rate(lang, converted)) }
                            }
                        }
                    }),
                    match line.award {
                        Some(award) => html! { (award.digits()) },
                        None => nothing(),
                    },
                ]
            })
            .collect();
        if self.lines.is_empty() {
            return empty();
        }
        let more = html! {
            (table(&Table::new(t.step_lines, &columns, rows).cards()))
            (list.pages(lang))
        };
        step(&Step {
            id: "lines",
            icon: Icon::File,
            kind: t.step_lines,
            say: html! { (t.lines_say) },
            figure: empty(),
            more,
        })
    }
}

/// A rate or factor, with the day from which it holds.
fn by_rate(lang: Lang, (rate, since): &(String, Option<jiff::civil::Date>)) -> String {
    match since {
        None => rate.clone(),
        Some(day) => {
            let places = [("rate", rate.as_str()), ("day", &*format::day_column(*day, lang))];
            fill(lang.words().trace.converted, &places)
        }
    }
}

fn limit_say(limit: Limit, lang: Lang) -> &'static str {
    let t = &lang.words().terms;
    match limit {
        Limit::Cap => t.limit_cap,
        Limit::PartnerCap => t.limit_partner,
        Limit::Budget => t.limit_budget,
        Limit::Minimum => t.limit_minimum,
        Limit::Floor => t.limit_floor,
        Limit::MinimumBaseline => t.limit_baseline,
    }
}

impl Source {
    pub(super) fn step(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let say = fill_markup(
            t.source_say,
            &[
                ("file", html! { span.tk-mono { (self.file) } }),
                ("row", html! { (format::count(self.row)) }),
                ("when", html! { (format::moment(self.received, lang)) }),
            ],
        );
        let more = html! {
            div.tk-source tabindex="0" role="region" aria-label=(t.step_source) {
                @for (heading, cell, field) in &self.cells {
                    div {
                        span.tk-source__head { (heading) }
                        span.tk-source__cell { (cell) }
                        span.tk-source__field {
                            @if let Some(field) = field { "→ " (field) } @else { "\u{a0}" }
                        }
                    }
                }
            }
        };
        step(&Step {
            id: "source",
            icon: Icon::Upload,
            kind: t.step_source,
            say,
            figure: empty(),
            more,
        })
    }
}
