//! Portal, one program: where I stand, how it goes, why this amount, the terms.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::home::{days_left, explained};
use crate::chart::lines::{self, Level, Lines, Series, Shape};
use crate::chart::{self, Picture, picture};
use crate::console::program::About;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Column, Icon, Kind, PageHead, Table, amount, card, door, empty, estimate, link_more, measured,
    nothing, page_head, section, standing, states, table, tier_chip, tier_or_none,
};
use crate::view::{Measured, Period, ProgramState, Standing, Tier, Unit};

/// The qualifier's total by day, up to today.
#[derive(Debug, Clone)]
pub struct Pace {
    pub unit: Unit,
    pub total: Decimal,
    /// Where the present rate leads, an estimate.
    pub ahead: Option<Decimal>,
    /// The total at which each tier opens, by rank.
    pub levels: Vec<(usize, Decimal)>,
    pub now: Vec<(Date, Decimal)>,
    /// The same days a year before, counted in this period's days.
    pub year_before: Vec<(Date, Decimal)>,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            unit: Unit::Plain,
            total: Decimal::ZERO,
            ahead: None,
            levels: vec![],
            now: vec![],
            year_before: vec![],
        }
    }
}

/// A settled period.
#[derive(Debug, Clone)]
pub struct Past {
    pub period: Period,
    pub now: Measured,
    pub tier: Option<Tier>,
    pub award: Money,
    /// The id under which it is explained.
    pub explain: Option<String>,
    /// What was paid, with the id of its explanation.
    pub payout: Option<(String, Money)>,
    pub paid_on: Option<Date>,
}

/// One term of the program, as this partner stands in it.
#[derive(Debug, Clone)]
pub struct Term {
    pub standing: Standing,
    pub explain: Option<String>,
    /// Why it is what it is, a sentence each.
    pub reasons: Vec<String>,
    pub counted_lines: u64,
    pub pace: Pace,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub about: About,
    pub state: ProgramState,
    pub version: u32,
    pub version_from: Date,
    pub today: Date,
    pub as_of: DateTime,
    pub period: Period,
    /// Recent periods, oldest first.
    pub periods: Vec<Period>,
    pub terms: Vec<Term>,
    /// What the terms say, a sentence each, in the reader's language.
    pub rules: Vec<String>,
    pub left_out: Vec<(String, u64)>,
    pub past: Vec<Past>,
    /// Some of its terms fill wallets, and are not shown here.
    pub pays_points: bool,
}

/// Of a program that pays points: where they are.
fn pays_points(lang: Lang) -> Markup {
    let w = &lang.words().points;
    let action = crate::ui::button_link(
        w.see_points,
        super::points::OVERVIEW,
        crate::ui::Look::Outline,
        None,
    );
    card("", crate::ui::empty_state(Icon::Star, w.pays_points, w.pays_points_help, &action))
}

impl View for Page {
    fn title(&self, _: &Words) -> String {
        self.name.clone()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let page = html! {
            (page_head(&PageHead {
                title: &self.name,
                badge: states::program(words, self.state),
                meta: html! {
                    @if let Some(text) = &self.description { span { (text) } }
                    @else { span { (self.period.days(lang)) } }
                    (self.about.draw(words))
                },
                actions: self.periods(lang),
            }))
            div.tk-main-side {
                div.tk-column {
                    @if self.pays_points { (pays_points(lang)) }
                    @for term in &self.terms { (self.standing(lang, term)) }
                    (self.past(lang))
                }
                div.tk-column {
                    @for term in &self.terms { (why(lang, term)) }
                    (card("", html! {
                        (link_more(words.studio.one_more_order, "/portal/what-if"))
                    }))
                    (self.rules(lang))
                    (self.left_out(lang))
                }
            }
        };
        frame::portal(shell, PortalPlace::Programs, &page)
    }
}

impl Page {
    /// Periods are links, so that each has an address.
    fn periods(&self, lang: Lang) -> Markup {
        html! {
            @if self.periods.len() > 1 {
                nav.tk-segments aria-label=(lang.words().terms.period) {
                    @for period in &self.periods {
                        a href={ "?period=" (period.key()) }
                            aria-current=[(*period == self.period).then_some("page")] {
                            (period.short(lang))
                        }
                    }
                }
            }
        }
    }

    fn standing(&self, lang: Lang, term: &Term) -> Markup {
        let (c, p) = (&lang.words().common, &lang.words().portal);
        let own = &term.standing;
        let title = own.term.clone().unwrap_or_else(|| self.period.long(lang));
        section(
            &title,
            &html! {
                span.tk-live data-live="as-of" {
                    (fill(c.live_as_of, &[("time", &format::clock(self.as_of))]))
                }
            },
            &html! {
                div data-live={ "standing:" (own.term.as_deref().unwrap_or("")) } {
                    p.tk-standing__say.tk-phrase { (standing::gap_say(lang, own)) }
                    p.tk-small.tk-muted.tk-phrase { (standing::worth_say(lang, own)) }
                    @if !own.tiers.is_empty() { (standing::large(lang, own)) }
                    dl.tk-facts.tk-facts--lines.tk-standing {
                        @if !own.tiers.is_empty() {
                            div { dt { (p.tier_now) } dd { (tier_or_none(lang, own.tier())) } }
                        }
                        @if let (Some(gap), Some(next)) = (own.gap(), own.next()) {
                            div {
                                dt { (fill(p.to_tier, &[("tier", &next.label(lang))])) }
                                dd { (measured(lang, &gap)) }
                            }
                        }
                        @if let Some(worth) = own.worth {
                            div { dt { (p.worth) } dd { (estimate(lang, worth)) } }
                        }
                        @if let Some(target) = &own.target {
                            div {
                                dt { (lang.words().terms.target) }
                                dd {
                                    (measured(lang, &target.amount)) " · "
                                    (fill(p.attained_of, &[("n", &format::rate(target.share))]))
                                    @if let Some(ahead) = target.ahead {
                                        small.tk-below {
                                            (fill(p.attained_ahead,
                                                &[("n", &format::rate(ahead.round_dp(2)))]))
                                        }
                                    }
                                }
                            }
                        }
                        div { dt { (p.left) } dd { (days_left(lang, own.days_left)) } }
                        @if let Some(forecast) = &own.forecast {
                            div {
                                dt { (lang.words().settle.forecast) }
                                dd { (forecast.about(lang)) }
                            }
                        }
                    }
                }
                (self.pace(lang, term))
            },
        )
    }

    fn pace(&self, lang: Lang, term: &Term) -> Markup {
        let pace = &term.pace;
        if pace.now.len() < 2 {
            return empty();
        }
        let (p, t) = (&lang.words().portal, &lang.words().terms);
        let own = &term.standing;
        let at = |day: Date| self.place(day);
        let points = |days: &[(Date, Decimal)]| {
            days.iter().map(|(day, value)| (at(*day), *value)).collect::<Vec<_>>()
        };
        let today = at(self.today.min(self.period.ends));
        let mut series = vec![];
        if pace.year_before.len() > 1 {
            series.push(Series { class: "before", shape: Shape::Steps(points(&pace.year_before)) });
        }
        if let Some(forecast) = pace.ahead {
            let ahead = vec![(today, pace.total), (1000, forecast)];
            series.push(Series { class: "ahead", shape: Shape::Line(ahead) });
        }
        let mut now = points(&pace.now);
        // Nothing happened since: the total stands.
        now.push((today, pace.total));
        series.push(Series { class: "now", shape: Shape::Steps(now) });
        let measured = |value: Decimal| Measured { value, unit: pace.unit };
        let levels = levels(lang, term);
        let before = pace.year_before.iter().map(|(_, total)| *total);
        let next = levels.iter().map(|level| level.at).find(|at| *at > pace.total);
        let highest = before.chain([pace.total]).chain(pace.ahead).chain(next).max();
        let top = highest.unwrap_or_default().max(Decimal::ONE) * Decimal::new(115, 2);
        // Tiers far above would press the curve to the floor.
        let levels: Vec<Level> = levels.into_iter().filter(|level| level.at <= top).collect();
        let ticks: Vec<_> = lines::ticks(top)
            .into_iter()
            .map(|value| (value, measured(value).short(lang)))
            .collect();
        picture(&Picture {
            label: p.pace,
            legend: html! {
                (chart::key("now", p.pace_now))
                @if pace.ahead.is_some() { (chart::key("ahead", p.pace_ahead)) }
                @if pace.year_before.len() > 1 { (chart::key("before", p.pace_before)) }
            },
            drawing: lines::lines(&Lines {
                label: &standing::finding(lang, own),
                height: 200,
                top,
                ticks: &ticks,
                times: &self.months(lang),
                levels: &levels,
                series: &series,
                today,
                today_label: lang.words().common.today,
            }),
            table: by_month(lang, pace),
            table_label: t.show_as_table,
        })
    }

    /// A day on the axis of the period, in thousandths.
    fn place(&self, day: Date) -> i64 {
        chart::on_axis(self.period.starts, self.period.axis_end(self.today), day)
    }

    fn months(&self, lang: Lang) -> Vec<(i64, String)> {
        chart::month_marks(self.period.starts, self.period.axis_end(self.today), lang)
    }

    fn past(&self, lang: Lang) -> Markup {
        let (t, p) = (&lang.words().terms, &lang.words().portal);
        if self.past.is_empty() {
            return empty();
        }
        let columns = [
            Column::new(t.period, Kind::Name),
            Column::new(t.reached, Kind::Figure),
            Column::new(t.tier, Kind::Text),
            Column::new(t.award, Kind::Figure),
            Column::new(t.payout, Kind::Figure),
            Column::new(t.paid_on, Kind::Figure),
        ];
        let rows = self.past.iter().map(|past| past_row(lang, past)).collect();
        let more = link_more(p.all_records, "/portal/records");
        section(p.history, &more, &table(&Table::new(p.history, &columns, rows).cards()))
    }

    fn rules(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let version = fill(
            t.version_from,
            &[
                ("n", &self.version.to_string()),
                ("day", &format::day_long(self.version_from, lang)),
            ],
        );
        section(
            t.terms,
            &html! { (version) },
            &html! {
                @for term in &self.terms {
                    @if !term.standing.tiers.is_empty() {
                        @if let Some(name) = &term.standing.term { h3 { (name) } }
                        (tier_table(lang, &term.standing.tiers))
                    }
                }
                ul.tk-plain { @for rule in &self.rules { li { (rule) } } }
            },
        )
    }

    fn left_out(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let lines: u64 = self.left_out.iter().map(|(_, lines)| lines).sum();
        html! {
            @if lines > 0 {
                (card("tk-quiet", html! {
                    h3 { (fill(t.left_out_n, &[("n", &format::count(lines))])) }
                    dl.tk-receipt {
                        @for (reason, lines) in &self.left_out {
                            div { dt.tk-phrase { (reason) } dd { (format::count(*lines)) } }
                        }
                    }
                }))
            }
        }
    }
}

/// Where the tiers lie on the axis of the total, ascending.
fn levels(lang: Lang, term: &Term) -> Vec<Level> {
    let own = &term.standing;
    let of = |rank: usize| own.tiers.iter().find(|tier| tier.rank == rank);
    let mut levels: Vec<Level> = term
        .pace
        .levels
        .iter()
        .filter(|(_, at)| *at > Decimal::ZERO)
        .filter_map(|(rank, at)| {
            let value = Measured { value: *at, unit: term.pace.unit };
            Some(Level {
                at: *at,
                label: format!("{} {}", of(*rank)?.label(lang), value.short(lang)),
                class: if *rank <= own.reached { "reached" } else { "gold" },
            })
        })
        .collect();
    levels.sort_by_key(|level| level.at);
    levels
}

/// The picture's figures: the total at the end of each month.
fn by_month(lang: Lang, pace: &Pace) -> Markup {
    let (t, p) = (&lang.words().terms, &lang.words().portal);
    let columns = [Column::new(t.date, Kind::Name), Column::new(p.pace_now, Kind::Figure)];
    let mut ends: Vec<(Date, Decimal)> = vec![];
    for (day, total) in &pace.now {
        if ends.last().is_some_and(|(last, _)| last.first_of_month() == day.first_of_month()) {
            ends.pop();
        }
        ends.push((*day, *total));
    }
    let rows = ends
        .into_iter()
        .map(|(day, value)| {
            let value = Measured { value, unit: pace.unit };
            vec![html! { (format::day_column(day, lang)) }, html! { (value.text(lang)) }]
        })
        .collect();
    table(&Table::new(p.pace, &columns, rows))
}

fn past_row(lang: Lang, past: &Past) -> Vec<Markup> {
    vec![
        html! { a href={ "?period=" (past.period.key()) } { (past.period.long(lang)) } },
        html! { (past.now.text(lang)) },
        tier_or_none(lang, past.tier.as_ref()),
        explained(past.explain.as_ref(), &html! { (past.award.text(lang)) }),
        match &past.payout {
            Some((id, money)) => {
                door(&format!("/portal/explain/{id}"), &html! { (money.text(lang)) })
            }
            None => nothing(),
        },
        match past.paid_on {
            Some(day) => html! { (format::day_column(day, lang)) },
            None => nothing(),
        },
    ]
}

/// Tiers as the terms state them.
pub fn tier_table(lang: Lang, tiers: &[Tier]) -> Markup {
    let t = &lang.words().terms;
    html! {
        table.tk-tiers {
            tbody {
                @for tier in tiers {
                    tr {
                        th scope="row" { (tier_chip(lang, tier)) }
                        td { (fill(t.from_value, &[("value", &tier.from.text(lang))])) }
                        td { b { (tier.pays.text(lang)) } }
                    }
                }
            }
        }
    }
}

/// The amount as a receipt: the lines that lead to it.
fn why(lang: Lang, term: &Term) -> Markup {
    let t = &lang.words().terms;
    let own = &term.standing;
    let title = match &own.term {
        Some(name) => format!("{} · {name}", t.why_this_amount),
        None => t.why_this_amount.into(),
    };
    let lines = fill(t.counted_n, &[("n", &format::count(term.counted_lines))]);
    section(
        &title,
        &empty(),
        &html! {
            dl.tk-receipt {
                div {
                    dt { (lines) }
                    dd {
                        @if let Some(measure) = &own.measure { (measured(lang, measure)) }
                        @else { (measured(lang, &own.now)) }
                    }
                }
                @if let Some(tier) = own.tier() {
                    div {
                        dt { (fill(t.now_so, &[("now", &own.now.text(lang))])) }
                        dd { (tier_chip(lang, tier)) }
                    }
                }
                div.tk-receipt__total {
                    dt { (lang.words().portal.earned_so_far) }
                    dd { (explained(term.explain.as_ref(), &amount(lang, own.earned))) }
                }
            }
            @for reason in &term.reasons { p.tk-small.tk-phrase { (reason) } }
            @if let Some(id) = &term.explain {
                p { (link_more(t.walk_back, &format!("/portal/explain/{id}"))) }
            }
        },
    )
}
