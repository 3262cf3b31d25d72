//! How the partners of a program stand in one of its periods, and what that costs.

use jiff::civil::Date;
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::chart::lines::{self, Lines, Series, Shape};
use crate::chart::{self, Picture, percent, picture};
use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::shell::Shell;
use crate::ui::amount::tier_key;
use crate::ui::list::Chip;
use crate::ui::parts::{Cell, strip};
use crate::ui::table::one_line;
use crate::ui::{
    Column, Icon, Kind, List, Look, Table, Tone, button_link, card, door, empty, empty_state,
    encode, no_tier, nothing, section, standing, table, tier_chip, tier_or_none,
};
use crate::view::{PartnerRef, Period, Standing, Target, Tier, about_share};

/// A partner in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub partner: PartnerRef,
    pub region: String,
    pub standing: Standing,
    pub sales: Option<Money>,
    /// The id under which the accrual is explained.
    pub explain: Option<String>,
}

/// Sums over all partners that match the list.
#[derive(Debug, Clone)]
pub struct Totals {
    pub partners: u64,
    pub sales: Option<Money>,
    pub earned: Money,
}

/// What is owed.
#[derive(Debug, Clone)]
pub struct Liability {
    pub accrued: Money,
    pub payable: Money,
}

#[derive(Debug, Clone)]
pub struct Attainment {
    pub period: Period,
    /// How the period is written in an address.
    pub period_key: String,
    /// Recent periods, oldest first, each with how it is written in an address.
    pub periods: Vec<(String, Period)>,
    /// Terms by code and name; more than one makes a choice.
    pub terms: Vec<(String, String)>,
    pub term: String,
    /// Whether the term has a target.
    pub has_target: bool,
    pub today: Date,
    /// All partners in the program, whatever the list shows.
    pub partners: u64,
    /// Those that search and region leave, whatever the filter.
    pub listed: u64,
    pub near: u64,
    pub below_last_year: Option<u64>,
    pub earned: Money,
    /// Where the present rate leads, an estimate.
    pub forecast: Option<Money>,
    pub sales: Option<Money>,
    /// Accrued by day since the start of the period.
    pub accrued: Vec<(Date, Decimal)>,
    pub accrued_before: Vec<(Date, Decimal)>,
    pub liability: Liability,
    /// Partners by tier, from none upwards.
    pub by_tier: Vec<(Option<Tier>, u64)>,
    pub list: List,
    pub rows: Vec<Row>,
    pub totals: Totals,
}

impl Attainment {
    pub(super) fn draw(&self, shell: &Shell, code: &str) -> Markup {
        let lang = shell.lang;
        html! {
            (self.choices(lang))
            (self.strip(lang))
            @if self.accrued.len() > 1 {
                div.tk-chart-side { (self.accrual(lang)) (self.liability(lang)) }
            } @else if self.partners > 0 { (self.liability(lang)) }
            (self.partners(lang, code))
        }
    }

    /// The period and the term, as links.
    fn choices(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        html! {
            @if self.periods.len() > 1 || self.terms.len() > 1 {
                div.tk-choices-line {
                    @if self.periods.len() > 1 {
                        nav.tk-segments aria-label=(t.period) {
                            @for (key, period) in self.periods.iter().rev().take(5).rev() {
                                a href=(choice(key, &self.term))
                                    aria-current=[(*key == self.period_key).then_some("page")] {
                                    (period.short(lang))
                                }
                            }
                        }
                    }
                    @if self.terms.len() > 1 {
                        nav.tk-segments aria-label=(t.term) {
                            @for (code, name) in &self.terms {
                                a href=(choice(&self.period_key, code))
                                    aria-current=[(*code == self.term).then_some("page")] {
                                    (name)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn strip(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let share = self
            .sales
            .filter(|sales| sales.currency == self.earned.currency)
            .and_then(|sales| self.earned.amount.checked_div(sales.amount));
        let near = fill(t.near_n, &[("n", &format::count(self.near))]);
        let mut cells = vec![Cell {
            label: t.accrued,
            figure: html! { (self.earned.short(lang)) },
            detail: html! { (self.earned.text(lang)) },
            href: "",
            live: "accrued",
        }];
        if let Some(forecast) = self.forecast {
            cells.push(Cell {
                label: t.forecast,
                figure: html! { (forecast.about_short(lang)) },
                detail: html! { (t.at_present_rate) },
                href: "",
                live: "forecast",
            });
        }
        if let Some(sales) = self.sales {
            cells.push(Cell {
                label: t.counted_sales,
                figure: html! { (sales.short(lang)) },
                detail: match share {
                    Some(share) => html! {
                        (fill(t.share_of_sales, &[("n", &format::rate(share.round_dp(4)))]))
                    },
                    None => empty(),
                },
                href: "",
                live: "sales",
            });
        }
        let href = self.list.filtered_by(Some("near"));
        cells.push(Cell {
            label: t.partners_in,
            figure: html! { (format::count(self.partners)) },
            // Under a search it would count what the search leaves.
            detail: html! { @if self.list.q.is_empty() { (near) } },
            href: &href,
            live: "partners",
        });
        strip(&cells)
    }

    fn accrual(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let (starts, ends) = (self.period.starts, self.period.axis_end(self.today));
        let points = |days: &[(Date, Decimal)]| {
            days.iter()
                .map(|(day, value)| (chart::on_axis(starts, ends, *day), *value))
                .collect::<Vec<_>>()
        };
        let today = chart::on_axis(starts, ends, self.today);
        let mut series = vec![];
        if self.accrued_before.len() > 1 {
            let before = Shape::Steps(points(&self.accrued_before));
            series.push(Series { class: "before", shape: before });
        }
        if let Some(forecast) = self.forecast {
            let ahead = vec![(today, self.earned.amount), (1000, forecast.amount)];
            series.push(Series { class: "ahead", shape: Shape::Line(ahead) });
        }
        series.push(Series { class: "now", shape: Shape::Steps(points(&self.accrued)) });
        let values = self.accrued.iter().chain(&self.accrued_before).map(|(_, value)| *value);
        let highest = values.chain(self.forecast.map(|money| money.amount)).max();
        let top = highest.unwrap_or(Decimal::ONE).max(Decimal::ONE) * Decimal::new(12, 1);
        let ticks: Vec<_> = lines::ticks(top)
            .into_iter()
            .map(|value| (value, format::short(value, lang)))
            .collect();
        let finding = fill(t.accrued_finding, &[("amount", &self.earned.text(lang))]);
        section(
            t.accrual_by_day,
            &html! { (self.earned.currency) },
            &picture(&Picture {
                label: t.accrual_by_day,
                legend: html! {
                    (chart::key("now", t.accrued_so_far))
                    @if self.forecast.is_some() { (chart::key("ahead", t.at_present_rate)) }
                    @if self.accrued_before.len() > 1 { (chart::key("before", t.last_year)) }
                },
                drawing: lines::lines(&Lines {
                    label: &finding,
                    height: 190,
                    top,
                    ticks: &ticks,
                    times: &chart::month_marks(starts, ends, lang),
                    levels: &[],
                    series: &series,
                    today,
                    today_label: lang.words().common.today,
                }),
                table: self.by_day(lang),
                table_label: t.show_as_table,
            }),
        )
    }

    /// The picture's figures: the last of each month.
    fn by_day(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let columns =
            [Column::new(t.date, Kind::Name), Column::new(t.accrued_so_far, Kind::Figure)];
        let mut ends: Vec<&(Date, Decimal)> = vec![];
        for day in &self.accrued {
            if ends.last().is_some_and(|last| last.0.month() == day.0.month()) {
                ends.pop();
            }
            ends.push(day);
        }
        let rows = ends
            .into_iter()
            .map(|(day, value)| {
                let money = Money { amount: *value, ..self.earned };
                vec![html! { (format::day_column(*day, lang)) }, html! { (money.digits()) }]
            })
            .collect();
        table(&Table::new(t.accrual_by_day, &columns, rows))
    }

    fn liability(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let owed = &self.liability;
        let total = Money {
            amount: owed.accrued.amount + owed.payable.amount,
            currency: owed.accrued.currency,
        };
        section(
            t.liability,
            &html! { (owed.accrued.currency) },
            &html! {
                dl.tk-receipt data-live="liability" {
                    div { dt { (t.accrued_not_final) } dd { (owed.accrued.digits()) } }
                    div { dt { (t.final_not_paid) } dd { (owed.payable.digits()) } }
                    div.tk-receipt__total { dt { (t.total) } dd { (total.digits()) } }
                }
                @if self.by_tier.iter().any(|(_, n)| *n > 0) && self.by_tier.len() > 1 {
                    h3.tk-tiers-head { (t.partners_by_tier) }
                    (self.tier_bar(lang))
                }
            },
        )
    }

    fn tier_bar(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let total: u64 = self.by_tier.iter().map(|(_, n)| n).sum();
        let total: Decimal = total.max(1).into();
        let mut start = Decimal::ZERO;
        let pieces: Vec<_> = self
            .by_tier
            .iter()
            .map(|(tier, n)| {
                let from = start;
                start += Decimal::from(*n);
                (tier.as_ref().map_or("base", tier_key), from, Decimal::from(*n))
            })
            .collect();
        html! {
            svg.tk-split role="img" aria-label=(t.partners_by_tier) {
                @for (key, from, n) in pieces {
                    rect class={ "tk-split--" (key) } x=(percent(from, total))
                        width=(percent(n, total)) height="12" {}
                    line.tk-attain__gap x1=(percent(from, total)) x2=(percent(from, total)) y1="0"
                        y2="12" {}
                }
            }
            ul.tk-split__keys {
                @for (tier, n) in &self.by_tier {
                    li {
                        @match tier {
                            Some(tier) => { (tier_chip(lang, tier)) }
                            None => { (no_tier(lang)) }
                        }
                        b { (format::count(*n)) }
                    }
                }
            }
        }
    }

    fn partners(&self, lang: Lang, code: &str) -> Markup {
        let (c, t) = (&lang.words().common, &lang.words().terms);
        if self.partners == 0 && !self.list.is_narrowed() {
            return card("", empty_state(Icon::Shop, t.no_partners, t.no_partners_help, &empty()));
        }
        let none = Chip::new("none", c.no_tier, None, Tone::Plain);
        let mut chips = vec![
            Chip::all(c.all, Some(self.listed)),
            Chip::new("near", t.near, Some(self.near), Tone::Plain),
        ];
        if let Some(below) = self.below_last_year {
            chips.push(Chip::new("below", t.below_last_year, Some(below), Tone::Wait));
        }
        if self.by_tier.len() > 1 {
            chips.push(none);
        }
        let export = format!("/console/programs/{}/attainment.csv", encode(code));
        card(
            "tk-dense",
            html! {
                div.tk-toolbar {
                    h2 { (t.attainment_by_partner) }
                    (self.list.search_box(t.find_partner))
                    (button_link(
                        c.export,
                        &self.list.export(&export),
                        Look::Outline,
                        Some(Icon::Download),
                    ))
                }
                (self.list.chips(c.filter, &chips))
                @if self.rows.is_empty() { (self.list.nothing_found(lang)) }
                @else { div data-live="attainment" { (self.table(lang)) } }
                (self.list.pages(lang))
            },
        )
    }

    fn table(&self, lang: Lang) -> Markup {
        let (c, t) = (&lang.words().common, &lang.words().terms);
        let earned = fill(t.accrued_in, &[("currency", self.earned.currency.as_str())]);
        let sales = self.sales.map_or(self.earned.currency, |sales| sales.currency);
        let sales = fill(t.sales_in, &[("currency", sales.as_str())]);
        let mut columns = vec![
            Column::new(c.partner, Kind::Name).by("partner"),
            Column::new(t.region, Kind::Text).by("region").wide_only(),
            Column::new(t.tier, Kind::Text).by("tier"),
            Column::new(t.qualifier, Kind::Figure).by("qualifier").wide_only(),
            Column::new(t.way_and_pace, Kind::Picture).wide_only(),
            Column::new(t.gap, Kind::Figure).by("gap"),
            Column::new(t.worth_about, Kind::Figure).by("worth").wide_only(),
            Column::new(&sales, Kind::Figure).by("sales").wide_only(),
            Column::new(&earned, Kind::Figure).by("earned"),
        ];
        if self.has_target {
            columns.splice(
                4..4,
                [
                    Column::new(t.target, Kind::Figure).wide_only(),
                    Column::new(t.attained, Kind::Figure),
                    Column::new(t.attained_ahead, Kind::Figure).wide_only(),
                ],
            );
        }
        let rows = self.rows.iter().map(|row| row.cells(lang, self.has_target)).collect();
        let mut total = vec![
            html! { (fill(t.all_partners, &[("n", &format::count(self.totals.partners))])) },
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
            self.totals.sales.map_or_else(empty, |sales| html! { (sales.digits()) }),
            html! { (self.totals.earned.digits()) },
        ];
        if self.has_target {
            total.splice(4..4, [empty(), empty(), empty()]);
        }
        table(&Table::new(t.attainment_by_partner, &columns, rows).total(total).sorted(&self.list))
    }
}

/// The address of a period and a term.
fn choice(period: &str, term: &str) -> String {
    format!("?tab=attainment&period={}&term={}", encode(period), encode(term))
}

impl Row {
    fn cells(&self, lang: Lang, has_target: bool) -> Vec<Markup> {
        let own = &self.standing;
        let earned = html! { (own.earned.digits()) };
        let mut cells = vec![
            one_line(
                lang,
                &self.partner.name,
                &format!("/console/partners/{}", encode(&self.partner.code)),
            ),
            html! { (self.region) },
            tier_or_none(lang, own.tier()),
            html! { (own.now.short(lang)) },
            standing::small(lang, own),
            own.gap().map_or_else(nothing, |gap| html! { (gap.short(lang)) }),
            own.worth.map_or_else(nothing, |worth| html! { (worth.about_digits()) }),
            self.sales.map_or_else(nothing, |sales| html! { (sales.digits()) }),
            match &self.explain {
                Some(id) => door(&format!("/console/explain/{id}"), &earned),
                None => earned,
            },
        ];
        if has_target {
            let target = |say: &dyn Fn(&Target) -> Option<String>| {
                own.target.as_ref().and_then(say).map_or_else(nothing, |said| html! { (said) })
            };
            cells.splice(
                4..4,
                [
                    target(&|target| Some(target.amount.short(lang))),
                    target(&|target| Some(format::rate(target.share))),
                    target(&|target| target.ahead.map(|share| about_share(lang, share))),
                ],
            );
        }
        cells
    }
}
