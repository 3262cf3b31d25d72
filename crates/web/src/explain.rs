//! The explanation of an amount: from the payout back to a row of a file.
//!
//! The way back is one column of steps, read from the top. Each step is a sentence with one
//! figure at its right, so that the figures alone read as a calculation. Console and portal draw
//! the same trace; the portal is only ever given the reader's own.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place, PortalPlace};
use crate::ui::{
    Icon, List, PageHead, amount, card, door, empty, icon, page_head, section, states,
};
use crate::view::{Measured, PartnerRef, PayoutState, Pays, Period, ProgramRef, Standing};

mod award;

/// Who reads it decides the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Console,
    Portal,
}

/// What is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Payout {
        state: PayoutState,
        paid_on: Option<Date>,
    },
    /// Earned so far, not settled.
    Accrual,
}

/// Why a part of the total is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    Base,
    /// The tier moved, and what came before is rated anew.
    TierMoved,
    /// Lines of a closed period that arrived later, returns of its goods.
    PriorPeriod,
    /// Somebody requested it, somebody else approved it.
    Manual,
    /// From an earlier period, below its minimum or negative there.
    CarriedIn,
    /// To the next period, or lapsed.
    CarriedOut,
}

impl PartKind {
    pub fn label(self, words: &Words) -> &'static str {
        let t = &words.terms;
        match self {
            PartKind::Base => t.part_base,
            PartKind::TierMoved => t.part_moved,
            PartKind::PriorPeriod => t.part_prior,
            PartKind::Manual => t.part_manual,
            PartKind::CarriedIn => t.part_carried_in,
            PartKind::CarriedOut => t.part_carried_out,
        }
    }
}

/// A part of the total.
#[derive(Debug, Clone)]
pub struct Part {
    pub kind: PartKind,
    /// The reason in words, where there is one: of a manual adjustment, say.
    pub reason: Option<String>,
    pub amount: Money,
}

/// A slice of the measure at its rate. `all_units` has one, `marginal` one for each band.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Nothing for a fixed amount.
    pub measure: Option<Measured>,
    pub pays: Pays,
    /// Exact, before rounding.
    pub amount: Decimal,
}

/// A limit that changed an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Cap,
    PartnerCap,
    Budget,
    Minimum,
    Floor,
    MinimumBaseline,
}

/// What a limit did.
#[derive(Debug, Clone)]
pub struct LimitHit {
    pub limit: Limit,
    pub before: Money,
    pub after: Money,
}

/// The line that lifted the partner into the tier.
#[derive(Debug, Clone)]
pub struct Tipping {
    pub date: Date,
    /// The document as the partner knows it.
    pub document: String,
    /// Where the qualifier stood then.
    pub at: Measured,
    /// What the new rate added to what came before.
    pub added: Option<Money>,
}

/// Counted lines of a month.
#[derive(Debug, Clone)]
pub struct Month {
    pub first_day: Date,
    pub lines: u64,
    pub quantity: Decimal,
    /// What was measured, where that is money.
    pub amount: Option<Money>,
}

/// A counted line.
#[derive(Debug, Clone)]
pub struct Line {
    /// The number of the fact, which selects it.
    pub fact: u64,
    pub date: Date,
    pub document: String,
    pub product: String,
    pub quantity: Option<Decimal>,
    /// What the quantity is counted in, where the source says it.
    pub unit: Option<String>,
    pub amount: Option<Money>,
    /// By which rate and factor they were converted, and since when those hold.
    pub converted: Vec<(String, Option<Date>)>,
    /// Its share of the award.
    pub award: Option<Money>,
}

/// The award of one term.
#[derive(Debug, Clone)]
pub struct Award {
    pub standing: Standing,
    pub slices: Vec<Slice>,
    /// Exact, before rounding.
    pub unrounded: Decimal,
    pub limits: Vec<LimitHit>,
    /// What else made the amount what it is, a sentence each.
    pub notes: Vec<String>,
    pub award: Money,
    pub tipping: Option<Tipping>,
    pub months: Vec<Month>,
    pub counted: Month,
    pub lines: Vec<Line>,
}

/// The row of a file that a line came from.
#[derive(Debug, Clone)]
pub struct Source {
    pub fact: u64,
    pub file: String,
    pub row: u64,
    pub received: DateTime,
    /// Heading, cell, and the field it was read as, if any.
    pub cells: Vec<(String, String, Option<String>)>,
}

/// What was left out, and why.
#[derive(Debug, Clone)]
pub struct LeftOut {
    pub reason: String,
    pub lines: u64,
}

/// The promise behind the page.
#[derive(Debug, Clone)]
pub struct Proof {
    /// What was booked or settled.
    pub stored: Money,
    /// What the same calculation gives now.
    pub recalculated: Money,
    pub entry: Option<u64>,
    pub version: u32,
    pub facts_up_to: u64,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub reader: Reader,
    pub id: String,
    pub subject: Subject,
    pub partner: PartnerRef,
    pub program: ProgramRef,
    pub period: Period,
    pub total: Money,
    /// Empty where the total is a single award.
    pub parts: Vec<Part>,
    pub awards: Vec<Award>,
    /// The lines' list: page and number of rows.
    pub list: List,
    pub source: Option<Source>,
    pub proof: Proof,
    pub left_out: Vec<LeftOut>,
    /// The terms at the time, and the lines of it that acted, from 1.
    pub terms: String,
    pub acted: Vec<usize>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        let amount = format!("{} {}", self.total.currency.as_str(), self.total.digits());
        fill(words.terms.explain_title, &[("amount", &amount)])
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let words = shell.words();
        let t = &words.terms;
        let title = fill(t.explain_title, &[("amount", &self.total.text(lang))]);
        let badge = match &self.subject {
            Subject::Payout { state, .. } => states::payout(words, *state),
            Subject::Accrual => crate::ui::status(t.accrued_not_final, crate::ui::Tone::Info),
        };
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge,
                meta: self.meta(lang),
                actions: self.dispute(shell),
            }))
            div.tk-main-side {
                (card("", html! { ol.tk-trace { (self.steps(lang)) } }))
                div.tk-column { (self.proof(lang)) (self.left_out(lang)) (self.terms(lang)) }
            }
        };
        match self.reader {
            Reader::Portal => frame::portal(shell, PortalPlace::Records, &page),
            Reader::Console => {
                let crumbs = [
                    (self.program.name.clone(), format!("/console/programs/{}", self.program.code)),
                    (t.explanation.into(), String::new()),
                ];
                frame::console(shell, Place::Programs, &crumbs, &page)
            }
        }
    }
}

impl Page {
    /// Where the partner says that it is wrong.
    fn dispute(&self, shell: &Shell) -> Markup {
        if self.reader != Reader::Portal
            || !crate::access::may_post(shell.role(), "/portal/disputes")
        {
            return empty();
        }
        crate::ui::button_link(
            shell.words().settle.dispute_this,
            &format!("/portal/disputes/new?of={}", crate::ui::encode(&self.id)),
            crate::ui::Look::Outline,
            Some(crate::ui::Icon::Message),
        )
    }

    fn meta(&self, lang: Lang) -> Markup {
        html! {
            @if self.reader == Reader::Console {
                a href={ "/console/partners/" (crate::ui::encode(&self.partner.code)) } {
                    (self.partner.name)
                }
            }
            span { (self.program.name) }
            span { (self.period.long(lang)) }
            span.tk-mono { (self.id) }
        }
    }

    fn steps(&self, lang: Lang) -> Markup {
        html! {
            (self.total_step(lang))
            @if !self.parts.is_empty() { (self.parts_step(lang)) }
            @for (i, award) in self.awards.iter().enumerate() {
                (award.calculation(lang, i))
                (award.tier(lang))
                (award.months(lang, i))
                (award.lines(lang, self.source.as_ref(), &self.list))
            }
            @if let Some(source) = &self.source { (source.step(lang)) }
        }
    }

    fn total_step(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let say = match &self.subject {
            Subject::Payout { state: PayoutState::Paid, paid_on: Some(day) } => {
                fill(t.paid_on_day, &[("day", &format::day_long(*day, lang))])
            }
            Subject::Payout { state, .. } => match state {
                PayoutState::Waiting => t.payout_waits.into(),
                PayoutState::Approved => t.payout_approved.into(),
                PayoutState::Rejected => t.payout_rejected.into(),
                PayoutState::Paid => t.payout_paid.into(),
                PayoutState::Withdrawn => lang.words().owing.withdrawn_help.into(),
            },
            Subject::Accrual => t.accrual_say.into(),
        };
        let kind = match self.subject {
            Subject::Payout { .. } => t.step_payout,
            Subject::Accrual => t.step_accrual,
        };
        step(&Step {
            id: "total",
            icon: Icon::Wallet,
            kind,
            say: html! { (say) },
            figure: amount(lang, self.total),
            more: empty(),
        })
    }

    fn parts_step(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let t = &words.terms;
        let more = html! {
            dl.tk-receipt {
                @for part in &self.parts {
                    div {
                        dt {
                            (part.kind.label(words))
                            @if let Some(reason) = &part.reason {
                                small.tk-muted { " " (reason) }
                            }
                        }
                        dd { (door("#award-0", &amount(lang, part.amount))) }
                    }
                }
                div.tk-receipt__total {
                    dt { (t.total) }
                    dd { (amount(lang, self.total)) }
                }
            }
        };
        step(&Step {
            id: "parts",
            icon: Icon::Receipt,
            kind: t.step_parts,
            say: html! { (t.parts_say) },
            figure: empty(),
            more,
        })
    }

    fn proof(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let equal = self.proof.stored == self.proof.recalculated;
        html! {
            (section(t.checked, &empty(), &html! {
                @if equal {
                    p.tk-proof { (icon(Icon::Shield)) span.tk-phrase { (t.recalculated) } }
                } @else {
                    p.tk-proof.tk-proof--bad {
                        (icon(Icon::Alert))
                        span.tk-phrase {
                            (fill(
                                t.recalculated_other,
                                &[("amount", &self.proof.recalculated.text(lang))],
                            ))
                        }
                    }
                }
                dl.tk-receipt {
                    @if let Some(entry) = self.proof.entry {
                        div { dt { (t.ledger_entry) } dd.tk-mono { "#" (format::count(entry)) } }
                    }
                    div { dt { (t.version_of_terms) } dd.tk-mono { (self.proof.version) } }
                    div {
                        dt { (t.facts_up_to) }
                        dd.tk-mono { "#" (format::count(self.proof.facts_up_to)) }
                    }
                }
            }))
        }
    }

    fn left_out(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        let lines: u64 = self.left_out.iter().map(|row| row.lines).sum();
        let title = fill(t.left_out_n, &[("n", &format::count(lines))]);
        html! {
            @if !self.left_out.is_empty() {
                (section(&title, &empty(), &html! {
                    dl.tk-receipt {
                        @for row in &self.left_out {
                            div {
                                dt.tk-phrase { (row.reason) }
                                dd { (format::count(row.lines)) }
                            }
                        }
                    }
                }))
            }
        }
    }

    fn terms(&self, lang: Lang) -> Markup {
        let t = &lang.words().terms;
        if self.terms.is_empty() {
            return empty();
        }
        section(
            t.terms_at_the_time,
            &html! { (fill(t.version_n, &[("n", &self.proof.version.to_string())])) },
            &html! {
                pre.tk-yaml-small lang="en" tabindex="0" {
                    @for (i, line) in self.terms.lines().enumerate() {
                        @if self.acted.contains(&(i + 1)) { mark { (line) } } @else { (line) }
                        "\n"
                    }
                }
            },
        )
    }
}

/// A step of the way back.
struct Step<'a> {
    id: &'a str,
    icon: Icon,
    kind: &'a str,
    say: Markup,
    figure: Markup,
    more: Markup,
}

fn step(step: &Step) -> Markup {
    html! {
        li.tk-step #(step.id) {
            span.tk-step__mark { (icon(step.icon)) }
            div.tk-step__body {
                p.tk-step__kind { (step.kind) }
                div.tk-step__line {
                    p.tk-step__say.tk-phrase { (step.say) }
                    @if !step.figure.0.is_empty() { p.tk-step__figure { (step.figure) } }
                }
                (step.more)
            }
        }
    }
}
