//! Portal home: what I earn, what to do next, what I would lose by waiting.

use engine::views::wallet::PartnerWallet;
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use super::points;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill, fill_text};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, Tone, amount, button_link, card, door, empty, empty_state, estimate, icon,
    link_more, measured, section, section_with, standing, tier_or_none,
};
use crate::view::{PartnerRef, Period, Standing};

/// A standing and where its explanation is.
#[derive(Debug, Clone)]
pub struct Entry {
    pub standing: Standing,
    /// The id under which the amount is explained, once there is one.
    pub explain: Option<String>,
}

/// Something the reader can do now.
#[derive(Debug, Clone)]
pub enum Task {
    /// Rows of a report were not accepted.
    CorrectRows { upload: String, file: String, rows: u64 },
    /// A little more lifts it into the next tier.
    NearMiss { href: String, program: String, tier: String, gap: String, worth: Money, days: i32 },
    /// The vendor answered a dispute.
    DisputeAnswered { id: String, about: String },
    /// A statement that the reader has not opened.
    NewPayout { id: String, program: String, period: Period, amount: Money },
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum News {
    TierReached {
        day: Date,
        program: String,
        code: String,
        tier: String,
    },
    Paid {
        day: Date,
        id: String,
        amount: Money,
    },
    ProgramStarted {
        day: Date,
        program: String,
        code: String,
    },
    /// The vendor decided about a dispute.
    DisputeDecided {
        day: Date,
        id: String,
        about: String,
        is_accepted: bool,
    },
}

impl News {
    pub fn day(&self) -> Date {
        match self {
            News::TierReached { day, .. }
            | News::Paid { day, .. }
            | News::ProgramStarted { day, .. }
            | News::DisputeDecided { day, .. } => *day,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub today: Date,
    pub as_of: DateTime,
    /// What was earned in running periods, by currency.
    pub earned: Vec<Money>,
    /// What was settled and not paid yet, by currency.
    pub payable: Vec<Money>,
    /// By what is worth most to do: the first is the lead.
    pub entries: Vec<Entry>,
    pub tasks: Vec<Task>,
    pub news: Vec<News>,
    /// What it has of points.
    pub wallets: Vec<PartnerWallet>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.portal.home.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let page = html! {
            (self.greeting(lang))
            div.tk-home {
                div.tk-home__column {
                    @match self.entries.split_first() {
                        Some((first, rest)) => {
                            (lead(lang, first))
                            @if !rest.is_empty() {
                                div.tk-home__programs {
                                    @for entry in rest { (brief(lang, entry)) }
                                }
                            }
                        }
                        None => { (card("", nothing_yet(lang))) }
                    }
                    @if !self.tasks.is_empty() { div.tk-home__tasks { (self.tasks(lang)) } }
                }
                div.tk-home__column {
                    div.tk-home__purse {
                        @for wallet in &self.wallets { (points::overview::brief(lang, wallet)) }
                        (self.purse(lang))
                    }
                    @if !self.news.is_empty() { div.tk-home__news { (self.news(lang)) } }
                }
            }
        };
        frame::portal(shell, PortalPlace::Home, &page)
    }
}

fn nothing_yet(lang: Lang) -> Markup {
    let p = &lang.words().portal;
    let action = button_link(p.report_sales, "/portal/uploads/new", Look::Outline, None);
    empty_state(Icon::Target, p.no_programs, p.no_programs_help, &action)
}

impl Page {
    fn greeting(&self, lang: Lang) -> Markup {
        let c = &lang.words().common;
        html! {
            header.tk-greeting {
                h1 { (self.partner.name) }
                p.tk-head__meta {
                    span { (format::day(self.today, lang)) }
                    span.tk-live data-live="as-of" {
                        (fill(c.live_as_of, &[("time", &format::clock(self.as_of))]))
                    }
                }
            }
        }
    }

    fn purse(&self, lang: Lang) -> Markup {
        let p = &lang.words().portal;
        let more = link_more(p.all_records, "/portal/records");
        html! {
            (section_with("tk-purse", p.earned_now, &empty(), &html! {
                (sums(lang, "earned", &self.earned))
                p.tk-small.tk-muted.tk-phrase { (p.earned_now_help) }
            }))
            (section_with("tk-purse", p.to_be_paid, &more, &html! {
                (sums(lang, "payable", &self.payable))
                p.tk-small.tk-muted.tk-phrase { (p.to_be_paid_help) }
            }))
        }
    }

    fn tasks(&self, lang: Lang) -> Markup {
        let p = &lang.words().portal;
        section(
            p.to_do,
            &empty(),
            &html! {
                ul.tk-rows { @for task in &self.tasks { (task_row(lang, task)) } }
            },
        )
    }

    fn news(&self, lang: Lang) -> Markup {
        let p = &lang.words().portal;
        section(
            p.news,
            &empty(),
            &html! {
                ul.tk-rows {
                    @for item in &self.news {
                        @let (day, href, text) = news_say(lang, item);
                        li {
                            div.tk-rows__text {
                                a href=(href) { (text) }
                                small { (format::day(day, lang)) }
                            }
                        }
                    }
                }
            },
        )
    }
}

fn sums(lang: Lang, live: &str, sums: &[Money]) -> Markup {
    html! {
        div data-live=(live) {
            @for sum in sums { p.tk-purse__figure { (amount(lang, *sum)) } }
            @if sums.is_empty() { p.tk-purse__figure { (crate::ui::nothing()) } }
        }
    }
}

/// The address of a program's page, in the period shown.
pub(super) fn program_href(standing: &Standing) -> String {
    format!(
        "/portal/programs/{}?period={}",
        crate::ui::encode(&standing.program.code),
        standing.period.key()
    )
}

/// A figure that opens its explanation, where there is one.
pub(super) fn explained(explain: Option<&String>, figure: &Markup) -> Markup {
    match explain {
        Some(id) => door(&format!("/portal/explain/{id}"), figure),
        None => figure.clone(),
    }
}

/// The name of a program, and of the term where it has several.
pub(super) fn name(standing: &Standing) -> String {
    match &standing.term {
        Some(term) => format!("{} · {term}", standing.program.name),
        None => standing.program.name.clone(),
    }
}

/// The card a sales rep came for: how far it is, and what it is worth.
fn lead(lang: Lang, entry: &Entry) -> Markup {
    let own = &entry.standing;
    let href = program_href(own);
    let live = format!("standing:{}", own.program.code);
    card(
        "tk-lead",
        html! {
            p.tk-lead__program {
                a href=(href) { (name(own)) }
                span { (days_left(lang, own.days_left)) }
            }
            div data-live=(live) {
                h2.tk-lead__say.tk-phrase { (standing::gap_say(lang, own)) }
                p.tk-lead__why.tk-phrase { (standing::worth_say(lang, own)) }
                (standing::large(lang, own))
                div.tk-lead__foot {
                    (lead_facts(lang, entry))
                    div.tk-lead__act {
                        (button_link(lang.words().portal.see_details, &href, Look::Primary, None))
                    }
                }
            }
        },
    )
}

pub(super) fn days_left(lang: Lang, days: i32) -> Markup {
    let p = &lang.words().portal;
    match days {
        ..0 => html! { (p.period_over) },
        0 => html! { b { (p.last_day) } },
        _ => fill_text(p.days_left, &[("n", &days.to_string())]),
    }
}

fn lead_facts(lang: Lang, entry: &Entry) -> Markup {
    let p = &lang.words().portal;
    let own = &entry.standing;
    html! {
        dl.tk-facts.tk-facts--lines {
            @if !own.tiers.is_empty() {
                div { dt { (p.tier_now) } dd { (tier_or_none(lang, own.tier())) } }
            }
            div {
                dt { (p.earned_so_far) }
                dd { (explained(entry.explain.as_ref(), &amount(lang, own.earned))) }
            }
            @if let Some(measure) = &own.measure {
                div { dt { (p.counted) } dd { (measured(lang, measure)) } }
            }
        }
    }
}

/// A program in a small card: name, sentence, bar, worth.
fn brief(lang: Lang, entry: &Entry) -> Markup {
    let p = &lang.words().portal;
    let own = &entry.standing;
    let live = format!("standing:{}:{}", own.program.code, own.term.as_deref().unwrap_or(""));
    card(
        "tk-brief",
        html! {
            h2 { a href=(program_href(own)) { (name(own)) } }
            div data-live=(live) {
                p.tk-brief__say.tk-phrase { b { (standing::gap_say(lang, own)) } }
                @if own.tiers.len() > 1 { (standing::small(lang, own)) }
                dl.tk-brief__facts {
                    div {
                        dt { (p.so_far) }
                        dd { (explained(entry.explain.as_ref(), &amount(lang, own.earned))) }
                    }
                    @if let Some(worth) = own.worth {
                        div { dt { (p.worth) } dd { (estimate(lang, worth)) } }
                    }
                    div { dt { (p.left) } dd { (days_left(lang, own.days_left)) } }
                }
            }
        },
    )
}

fn task_row(lang: Lang, task: &Task) -> Markup {
    let p = &lang.words().portal;
    let (mark, tone, href, title, detail) = match task {
        Task::CorrectRows { upload, file, rows } => (
            Icon::Upload,
            Tone::Wait,
            format!("/portal/uploads/{upload}?filter=rejected"),
            fill(p.task_correct, &[("n", &format::count(*rows))]),
            file.clone(),
        ),
        Task::NearMiss { href, program, tier, gap, worth, days } => (
            Icon::Target,
            Tone::Good,
            href.clone(),
            fill(
                lang.words().settle.task_near,
                &[("gap", gap), ("tier", tier), ("program", program)],
            ),
            fill(
                lang.words().settle.task_near_worth,
                &[("worth", &worth.about(lang)), ("n", &days.to_string())],
            ),
        ),
        Task::DisputeAnswered { id, about } => (
            Icon::Message,
            Tone::Info,
            format!("/portal/disputes/{id}"),
            lang.words().settle.task_answered.into(),
            about.clone(),
        ),
        Task::NewPayout { id, program, period, amount } => (
            Icon::Receipt,
            Tone::Info,
            format!("/portal/explain/{id}"),
            fill(p.task_payout, &[("amount", &amount.text(lang))]),
            format!("{program} · {}", period.long(lang)),
        ),
    };
    html! {
        li {
            span class={ "tk-disc tk-disc--" (tone.key()) } { (icon(mark)) }
            div.tk-rows__text { a href=(href) { (title) } small { (detail) } }
            span.tk-go { (icon(Icon::ChevronRight)) }
        }
    }
}

fn news_say(lang: Lang, news: &News) -> (Date, String, String) {
    let p = &lang.words().portal;
    match news {
        News::TierReached { day, program, code, tier } => (
            *day,
            format!("/portal/programs/{code}"),
            fill(p.news_tier, &[("tier", tier), ("program", program)]),
        ),
        News::Paid { day, id, amount } => (
            *day,
            format!("/portal/explain/{id}"),
            fill(p.news_paid, &[("amount", &amount.text(lang))]),
        ),
        News::ProgramStarted { day, program, code } => (
            *day,
            format!("/portal/programs/{code}"),
            fill(p.news_started, &[("program", program)]),
        ),
        News::DisputeDecided { day, id, about, is_accepted } => {
            let say = if *is_accepted { p.news_accepted } else { p.news_not_accepted };
            (*day, format!("/portal/disputes/{id}"), fill(say, &[("about", about)]))
        }
    }
}
