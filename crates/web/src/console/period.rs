//! Console, closing a period: exceptions first, the total explained, then what closing does.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::access;
use crate::chart::waterfall::{Step, Waterfall, waterfall};
use crate::chart::{Picture, picture};
use crate::explain::PartKind;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::table::one_line;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, amount, button, button_link, card, change,
    door, empty, encode, facts, icon, link_more, nothing, notice, page_head, section, states,
    table,
};
use crate::view::{PartnerRef, Period, PeriodState, ProgramRef};

/// Something a person has to look at before the period is closed.
#[derive(Debug, Clone)]
pub struct Exception {
    pub tone: Tone,
    pub title: String,
    pub detail: String,
    pub effect: Option<Money>,
    /// What solves it: the word on the button and where it leads.
    pub act: Option<(String, String)>,
    /// Its word, if whoever closes has to say that they looked at it.
    pub acknowledge: Option<String>,
    /// Who, and how much: the largest of them.
    pub partners: Vec<(PartnerRef, Money)>,
    /// How many more there are.
    pub more: u64,
}

/// A part of the total, with the number of partners it concerns.
#[derive(Debug, Clone)]
pub struct Part {
    pub kind: PartKind,
    pub partners: u64,
    pub amount: Money,
}

/// What a partner will be paid.
#[derive(Debug, Clone)]
pub struct Payout {
    pub partner: PartnerRef,
    pub amount: Money,
    /// Against the period before.
    pub change: Option<Money>,
    pub explain: Option<String>,
}

/// A check that was made, and how it came out.
#[derive(Debug, Clone)]
pub struct Checked {
    pub tone: Tone,
    pub what: String,
    pub detail: String,
}

/// When it was closed, by whom, and what was said.
#[derive(Debug, Clone)]
pub struct Close {
    pub at: DateTime,
    pub by: String,
    pub comment: Option<String>,
    /// What was known then, in a sentence each.
    pub acknowledged: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub program: ProgramRef,
    pub period: Period,
    pub state: PeriodState,
    /// Until when lines may arrive for it.
    pub lines_due: Date,
    pub may_close_from: Date,
    pub closed: Option<Close>,
    pub today: Date,
    pub partners: u64,
    pub exceptions: Vec<Exception>,
    /// What is paid, in each currency by itself, the program's own first.
    pub sums: Vec<Sum>,
    /// How closing names the totals it was shown, to be sure that they did not move.
    pub shown: String,
    /// Where the period ends when somebody ends it.
    pub end: Option<End>,
    pub largest: Vec<Payout>,
    pub checks: Vec<Checked>,
    /// Its payouts by where they stand, once it is closed.
    pub stands: Vec<Stands>,
}

/// The payouts of a period in one currency, by where they stand.
#[derive(Debug, Clone)]
pub struct Stands {
    pub count: u64,
    pub pending: Money,
    pub approved: Money,
    pub rejected: Money,
    pub paid: Money,
}

/// What a period pays in one currency.
#[derive(Debug, Clone)]
pub struct Sum {
    pub partners: u64,
    pub parts: Vec<Part>,
    pub total: Money,
    /// Below the minimum payout: so many, so much, carried forward.
    pub carried: Option<(u64, Money)>,
}

/// Ending a period that is open until somebody does.
#[derive(Debug, Clone)]
pub struct End {
    pub first: Date,
    /// The last day that may be chosen; none if no day of it is over.
    pub last: Option<Date>,
    pub until: Date,
    pub name: String,
    /// Whether the page shows what ending it so pays.
    pub is_chosen: bool,
    /// Why what was chosen cannot be.
    pub problem: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.program.name, words.common.period_close)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let title = format!("{} · {}", self.program.name, self.period.long(lang));
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: states::period(words, self.state),
                meta: html! {
                    span { (self.period.days(lang)) }
                    span { (fill(words.money.n_partners, &[("n", &format::count(self.partners))])) }
                },
                actions: button_link(
                    words.common.export,
                    &format!("/console/payouts.csv?period={}", self.id),
                    Look::Outline,
                    Some(Icon::Download),
                ),
            }))
            (self.stages(lang))
            div.tk-chart-side.tk-close {
                div.tk-column {
                    (self.exceptions(lang)) (self.each_total(lang)) (self.stands(lang))
                    (self.largest(lang))
                }
                div.tk-column { (self.closing(shell)) (self.checks(lang)) }
            }
        };
        frame::console(shell, Place::Periods, &[(title.clone(), String::new())], &page)
    }
}

impl Page {
    fn is_closed(&self) -> bool {
        self.state == PeriodState::Closed
    }

    /// Its payouts by where they stand.
    fn stands(&self, lang: Lang) -> Markup {
        let c = &lang.words().common;
        html! {
            @for of in &self.stands {
                (section(c.payouts, &html! { (format::count(of.count)) }, &facts(&[
                    (c.state_waiting, html! { (of.pending.text(lang)) }),
                    (c.state_approved, html! { (of.approved.text(lang)) }),
                    (c.state_rejected, html! { (of.rejected.text(lang)) }),
                    (c.state_paid, html! { (of.paid.text(lang)) }),
                ])))
            }
        }
    }

    /// Where the period stands. Nothing here can be undone; a correction is a new fact.
    fn stages(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        let day = |day: Date| format::day(day, lang);
        let reached = match self.state {
            PeriodState::Open => 0,
            PeriodState::Grace => 1,
            PeriodState::Due if !self.is_serious() => 3,
            PeriodState::Due => 2,
            PeriodState::Closed => 4,
        };
        let serious = self.exceptions.iter().filter(|row| row.acknowledge.is_some()).count();
        let left = fill(m.n_left, &[("n", &format::count(serious as u64))]);
        let closed = self.closed.as_ref().map(|close| format::day(close.at.date(), lang));
        let stages = [
            (
                m.stage_period,
                if self.period.is_endless() {
                    String::new()
                } else {
                    day(self.period.ends.yesterday().unwrap_or(self.period.ends))
                },
            ),
            (
                m.stage_lines,
                if self.period.is_endless() { String::new() } else { day(self.lines_due) },
            ),
            (m.stage_exceptions, left),
            (m.stage_close, closed.unwrap_or_else(|| day(self.may_close_from))),
        ];
        html! {
            ol.tk-stages {
                @for (i, (name, detail)) in stages.iter().enumerate() {
                    @let state = match i.cmp(&reached) {
                        std::cmp::Ordering::Less => "done",
                        std::cmp::Ordering::Equal => "now",
                        std::cmp::Ordering::Greater => "next",
                    };
                    li class={ "tk-stages__" (state) }
                        aria-current=[(state == "now").then_some("step")] {
                        span.tk-stages__mark { @if state == "done" { (icon(Icon::Check)) } }
                        span { b { (name) } small { (detail) } }
                    }
                }
            }
        }
    }

    fn exceptions(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        section(
            m.exceptions,
            &empty(),
            &html! {
                @if self.exceptions.is_empty() {
                    p.tk-proof { (icon(Icon::Check)) span { (m.no_exceptions) } }
                }
                ul.tk-rows.tk-exceptions {
                    @for row in &self.exceptions {
                        li {
                            span class={ "tk-dot tk-dot--" (row.tone.key()) } {}
                            div.tk-rows__text {
                                b { (row.title) }
                                small { (row.detail) }
                                (row.who(lang))
                            }
                            span.tk-rows__figure {
                                @if let Some(effect) = row.effect { (effect.text(lang)) }
                            }
                            @if let Some((label, href)) = &row.act {
                                (button_link(label, href, Look::Outline, None))
                            }
                        }
                    }
                }
            },
        )
    }

    fn totals(&self) -> Vec<Money> {
        self.sums.iter().map(|sum| sum.total).collect()
    }

    fn each_total(&self, lang: Lang) -> Markup {
        html! { @for sum in &self.sums { (Self::total(sum, lang)) } }
    }

    fn total(sum: &Sum, lang: Lang) -> Markup {
        let words = lang.words();
        let (m, t) = (&words.money, &words.terms);
        let steps: Vec<Step> = sum
            .parts
            .iter()
            .map(|part| Step { label: part.kind.label(words), amount: part.amount })
            .collect();
        section(
            m.how_total,
            &empty(),
            &picture(&Picture {
                label: m.how_total,
                legend: empty(),
                drawing: waterfall(
                    lang,
                    &Waterfall { label: m.how_total, total_label: t.payout, steps: &steps },
                ),
                table: Self::parts(sum, lang),
                table_label: t.show_as_table,
            }),
        )
    }

    fn parts(sum: &Sum, lang: Lang) -> Markup {
        let words = lang.words();
        let (m, t) = (&words.money, &words.terms);
        let columns = [
            Column::new(m.part, Kind::Name),
            Column::new(words.common.partners, Kind::Figure),
            Column::new(sum.total.currency.as_str(), Kind::Figure),
        ];
        let rows = sum
            .parts
            .iter()
            .map(|part| {
                vec![
                    html! { (part.kind.label(words)) },
                    html! { (format::count(part.partners)) },
                    html! { (part.amount.digits()) },
                ]
            })
            .collect();
        let total = vec![
            html! { (t.total) },
            html! { (format::count(sum.partners)) },
            html! { (sum.total.digits()) },
        ];
        table(&Table::new(m.how_total, &columns, rows).total(total))
    }

    fn largest(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (m, t) = (&words.money, &words.terms);
        let columns = [
            Column::new(words.common.partner, Kind::Name),
            Column::new(t.payout, Kind::Figure),
            Column::new(m.to_last_period, Kind::Figure),
        ];
        let rows = self
            .largest
            .iter()
            .map(|payout| {
                let figure = html! { (payout.amount.text(lang)) };
                let href = format!("/console/partners/{}", encode(&payout.partner.code));
                vec![
                    one_line(lang, &payout.partner.name, &href),
                    match &payout.explain {
                        Some(id) => door(&format!("/console/explain/{id}"), &figure),
                        None => figure,
                    },
                    payout.change.map_or_else(nothing, |money| change(lang, money)),
                ]
            })
            .collect();
        let more = html! {
            @if self.is_closed() {
                (link_more(m.all_payouts, &format!("/console/payouts?period={}", self.id)))
            }
        };
        html! {
            @if !self.largest.is_empty() {
                (section(m.largest, &more, &table(&Table::new(m.largest, &columns, rows))))
            }
        }
    }

    /// What the button will do, in numbers, before it is pressed.
    fn closing(&self, shell: &Shell) -> Markup {
        let (lang, m) = (shell.lang, &shell.words().money);
        let may = access::may_post(shell.role(), "/console/periods/{id}/close");
        card(
            "tk-approval",
            html! {
                p.tk-muted.tk-small { (m.payout_total) }
                @for total in self.totals() {
                    p.tk-approval__total data-live="total" { (amount(lang, total)) }
                }
                p.tk-small.tk-muted {
                    (fill(m.to_partners, &[("n", &format::count(self.partners))]))
                }
                @if let Some(close @ Close { at, by, comment, .. }) = &self.closed {
                    p.tk-proof {
                        (icon(Icon::Check))
                        span {
                            (fill(
                                m.closed_by,
                                &[("when", &format::moment(*at, lang)), ("who", by)],
                            ))
                        }
                    }
                    @if let Some(comment) = comment {
                        p.tk-phrase {
                            span.tk-small.tk-muted { (m.comment) ": " }
                            (comment)
                        }
                    }
                    @if !close.acknowledged.is_empty() {
                        h3 { (shell.words().settle.acknowledged) }
                        ul.tk-plain.tk-approval__effects {
                            @for known in &close.acknowledged { li { (known) } }
                        }
                    }
                    p.tk-small.tk-muted.tk-phrase { (m.closed_means) }
                } @else {
                    @if self.end.as_ref().is_none_or(|end| end.is_chosen) {
                        h3 { (m.what_closing_does) }
                        (self.effects(lang))
                    }
                    @if !may { p.tk-small.tk-muted.tk-phrase { (m.finance_closes) } }
                    @else if let Some(end) = &self.end {
                        @if end.is_chosen { (self.close_form(shell)) }
                        (self.end_form(lang, end))
                    }
                    @else if self.state == PeriodState::Due { (self.close_form(shell)) }
                    @else {
                        p.tk-small.tk-muted.tk-phrase {
                            (fill(
                                m.may_close_from,
                                &[("day", &format::day(self.may_close_from, lang))],
                            ))
                        }
                    }
                }
            },
        )
    }

    /// Choosing the last day: the page then shows what ending the period there pays.
    fn end_form(&self, lang: Lang, end: &End) -> Markup {
        let m = &lang.words().money;
        let Some(last) = end.last else {
            return html! {
                p.tk-small.tk-muted.tk-phrase {
                    (fill(m.may_close_from, &[("day", &format::day(self.may_close_from, lang))]))
                }
            };
        };
        html! {
            form.tk-form.tk-form--tight method="get" action={ "/console/periods/" (self.id) } {
                p.tk-small.tk-muted.tk-phrase { (m.end_help) }
                @if let Some(problem) = &end.problem {
                    (notice(Tone::Bad, &html! { (problem) }, &empty()))
                }
                div.mui-field {
                    label.mui-field__label for="until" { (m.end_day) }
                    input.mui-input type="date" #until name="until" value=(end.until)
                        min=(end.first) max=(last) required;
                }
                (Field::new("name", m.end_name, &end.name).hint(m.end_name_hint).text())
                (button(m.end_show, if end.is_chosen { Look::Outline } else { Look::Primary }, None))
            }
        }
    }

    fn is_serious(&self) -> bool {
        self.exceptions.iter().any(|row| row.acknowledge.is_some())
    }

    /// A box for each exception that nobody may overlook.
    fn acknowledgements(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @if self.is_serious() {
                div.tk-confirm {
                    @for row in &self.exceptions {
                        @if let Some(word) = &row.acknowledge {
                            label.tk-confirm__one {
                                input type="checkbox" name={ "ack_" (word) } value="1" required;
                                span.tk-phrase {
                                    (fill(s.acknowledge, &[("what", &row.title)]))
                                }
                            }
                        }
                    }
                    p.tk-small.tk-muted.tk-phrase { (s.acknowledge_note) }
                }
            }
        }
    }

    fn close_form(&self, shell: &Shell) -> Markup {
        let (lang, m) = (shell.lang, &shell.words().money);
        let say = fill(
            m.close_button,
            &[
                ("n", &format::count(self.partners)),
                ("amount", &format::each(&self.totals(), shell.lang)),
            ],
        );
        shell.form(
            &format!("/console/periods/{}/close", self.id),
            "",
            &html! {
                input type="hidden" name="total" value=(self.shown);
                @if let Some(end) = &self.end {
                    input type="hidden" name="until" value=(end.until);
                    input type="hidden" name="name" value=(end.name);
                }
                (self.acknowledgements(lang))
                label.tk-comment {
                    span.mui-sr-only { (m.comment) }
                    textarea.mui-textarea name="comment" rows="2" placeholder=(m.comment_hint)
                        required[self.is_serious()] {}
                }
                (button(&say, Look::Primary, None))
            },
        )
    }

    fn effects(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        html! {
            ul.tk-plain.tk-approval__effects {
                li { (fill(m.does_payable, &[("amount", &format::each(&self.totals(), lang))])) }
                li { (fill(m.does_payouts, &[("n", &format::count(self.partners))])) }
                @for (n, money) in self.sums.iter().filter_map(|sum| sum.carried.as_ref()) {
                    li {
                        (fill(
                            m.does_carry,
                            &[("n", &format::count(*n)), ("amount", &money.text(lang))],
                        ))
                    }
                }
                @if self.exceptions.iter().any(|row| row.acknowledge.as_deref() == Some("waiting")) {
                    li { (m.does_waiting) }
                }
                li { (m.does_final) }
            }
        }
    }

    fn checks(&self, lang: Lang) -> Markup {
        let m = &lang.words().money;
        let good = self.checks.iter().filter(|check| check.tone == Tone::Good).count();
        html! {
            @if !self.checks.is_empty() {
                (section(m.checklist, &html! { (good) " / " (self.checks.len()) }, &html! {
                    ul.tk-checks {
                        @for check in &self.checks {
                            @let good = check.tone == Tone::Good;
                            li {
                                span class={ "tk-checks__mark tk-checks__mark--"
                                    (check.tone.key()) } {
                                    (icon(if good { Icon::Check } else { Icon::Alert }))
                                }
                                span.tk-phrase { (check.what) }
                                span.tk-muted { (check.detail) }
                            }
                        }
                    }
                }))
            }
        }
    }
}

impl Exception {
    /// Who it is about, behind a disclosure.
    fn who(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @if !self.partners.is_empty() {
                details.tk-who {
                    summary { (s.show_amounts) }
                    ul {
                        @for (partner, money) in &self.partners {
                            li {
                                a href={ "/console/partners/" (encode(&partner.code)) } {
                                    (partner.name)
                                }
                                span.tk-amount { (money.text(lang)) }
                            }
                        }
                        @if self.more > 0 {
                            li.tk-muted {
                                (fill(s.more_below, &[("n", &format::count(self.more))]))
                            }
                        }
                    }
                }
            }
        }
    }
}
