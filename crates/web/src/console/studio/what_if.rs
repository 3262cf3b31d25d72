//! What one more order would bring: the same form and the same answer in console and portal.

use std::collections::BTreeMap;

use domain::amount::Currency;
use engine::what_if::{Brought, Reached, WhatIf};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::reading;
use crate::reading::clause::label;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place, PortalPlace};
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button, empty, notice, page_head, section,
    table,
};
use domain::measure::WaitReason;

/// A line as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub product: String,
    pub quantity: String,
    pub amount: String,
    pub date: String,
    /// What else was said of it.
    pub more: BTreeMap<Extra, String>,
}

/// What can be said of a line beside product, numbers and day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    Unit,
    Currency,
    Channel,
    Order,
    Type,
    /// A party by its role.
    Party(String),
    /// A declared field of a program.
    Attribute(String),
}

impl Extra {
    /// What every line may say, whatever the programs read.
    pub fn of_anybody() -> Vec<Extra> {
        vec![Extra::Unit, Extra::Currency, Extra::Channel, Extra::Order, Extra::Type]
    }

    /// What it is called in the address.
    pub fn key(&self) -> String {
        match self {
            Extra::Unit => "unit".into(),
            Extra::Currency => "currency".into(),
            Extra::Channel => "channel".into(),
            Extra::Order => "order".into(),
            Extra::Type => "type".into(),
            Extra::Party(role) => format!("party.{role}."),
            Extra::Attribute(name) => format!("fact.{name}."),
        }
    }

    fn label(&self, lang: Lang) -> String {
        let w = &lang.words().trace;
        match self {
            Extra::Unit => w.line_unit.into(),
            Extra::Currency => w.line_currency.into(),
            Extra::Channel => w.line_channel.into(),
            Extra::Order => w.line_order.into(),
            Extra::Type => w.line_type.into(),
            Extra::Party(name) | Extra::Attribute(name) => label(lang, name),
        }
    }
}

impl Typed {
    pub fn is_blank(&self) -> bool {
        [&self.product, &self.quantity, &self.amount, &self.date]
            .into_iter()
            .chain(self.more.values())
            .all(|text| text.trim().is_empty())
    }
}

/// Lines the form offers at least, and at most.
pub const LINES_MIN: usize = 3;
pub const LINES_MAX: usize = 50;

#[derive(Debug, Clone)]
pub struct Page {
    /// Whose portal it is; none in the console, where the partner is chosen.
    pub own: bool,
    pub partner: String,
    pub lines: Vec<Typed>,
    /// What else a line can say.
    pub fields: Vec<Extra>,
    /// The answer, or what is wrong with the question.
    pub answer: Option<Result<WhatIf, String>>,
    pub quote: Quote,
}

/// A quote as it is pasted.
#[derive(Debug, Clone, Default)]
pub struct Quote {
    /// The saved mappings it may be read by.
    pub mappings: Vec<String>,
    pub mapping: String,
    pub rows: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.studio.what_if_title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.studio;
        // What is asked is answered right below.
        let of_quote = !self.quote.rows.is_empty();
        let answer = html! {
            @match &self.answer {
                None => {}
                Some(Err(why)) => { (notice(Tone::Bad, &html! { (why) }, &empty())) }
                Some(Ok(answer)) => { (brings(lang, answer)) }
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: s.one_more_order,
                badge: empty(),
                meta: html! { span.tk-phrase { (s.order_help) } span { (s.nothing_saved) } },
                actions: empty(),
            }))
            (section(s.what_if_title, &empty(), &self.form(lang)))
            @if !of_quote { (answer) }
            @if !self.quote.mappings.is_empty() { (self.quote(shell)) }
            @if of_quote { (answer) }
        };
        if self.own {
            frame::portal(shell, PortalPlace::Programs, &page)
        } else {
            let crumbs = [(s.what_if_title.to_owned(), String::new())];
            frame::console(shell, Place::Partners, &crumbs, &page)
        }
    }
}

impl Page {
    /// Lines that are pasted as another system writes them.
    fn quote(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let s = &words.studio;
        let action = if self.own { "/portal/what-if" } else { "/console/what-if" };
        let mappings: Vec<(String, String)> =
            self.quote.mappings.iter().map(|name| (name.clone(), name.clone())).collect();
        section(
            s.quote,
            &empty(),
            &shell.form(
                action,
                "tk-form",
                &html! {
                    @if !self.own {
                        (Field::new("of", words.common.partner, &self.partner).optional().text())
                    }
                    (Field::new("mapping", words.data.mapping, &self.quote.mapping)
                        .select(&mappings))
                    (Field::new("rows", s.quote_lines, &self.quote.rows).hint(s.quote_help)
                        .lines(6))
                    div.tk-form__send {
                        (button(s.work_it_out, Look::Primary, Some(Icon::Play)))
                    }
                },
            ),
        )
    }

    /// A form that asks and changes nothing, so that the answer has an address.
    fn form(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let s = &words.studio;
        let headings = [
            words.data.field_product,
            words.data.field_quantity,
            words.terms.net,
            words.terms.date,
        ];
        let shown = (self.lines.len() + 1).clamp(LINES_MIN, LINES_MAX);
        let blank = Typed::default();
        html! {
            form.tk-form method="get" {
                @if !self.own {
                    div.mui-field {
                        label.mui-field__label for="partner" { (words.common.partner) }
                        input.mui-input type="text" #partner name="partner" value=(self.partner)
                            required;
                    }
                }
                div.tk-grid-lines {
                    @for heading in headings { span.tk-small.tk-muted { (heading) } }
                    @for at in 0..shown {
                        @let line = self.lines.get(at).unwrap_or(&blank);
                        @let label = fill(s.line_n, &[("n", &(at + 1).to_string())]);
                        input.mui-input type="text" name={ "product" (at) } value=(line.product)
                            aria-label={ (label) " " (headings[0]) } placeholder=(headings[0]);
                        input.mui-input type="text" inputmode="decimal" name={ "quantity" (at) }
                            value=(line.quantity) aria-label={ (label) " " (headings[1]) } placeholder=(headings[1]);
                        input.mui-input type="text" inputmode="decimal" name={ "amount" (at) }
                            value=(line.amount) aria-label={ (label) " " (headings[2]) } placeholder=(headings[2]);
                        input.mui-input type="date" name={ "date" (at) } value=(line.date)
                            aria-label={ (label) " " (headings[3]) };
                        @if !self.fields.is_empty() {
                            details.tk-line-more open[!line.more.is_empty()] {
                                summary.tk-small.tk-muted { (lang.words().trace.line_more) }
                                div.tk-inline-form.tk-narrow {
                                    @for field in &self.fields {
                                        @let value = line.more.get(field).map_or("", String::as_str);
                                        @let called = field.label(lang);
                                        input.mui-input type="text"
                                            name={ (field.key()) (at) } value=(value)
                                            aria-label={ (label) " " (called) }
                                            placeholder=(called);
                                    }
                                }
                            }
                        }
                    }
                }
                div.tk-form__send { (button(s.work_it_out, Look::Primary, Some(Icon::Play))) }
            }
        }
    }
}

fn brings(lang: Lang, answer: &WhatIf) -> Markup {
    let words = lang.words();
    let s = &words.studio;
    let columns = [
        Column::new(s.program_and_term, Kind::Name),
        Column::new(s.already, Kind::Figure),
        Column::new(s.then, Kind::Figure),
        Column::new(s.brings, Kind::Figure),
        Column::new(words.terms.next_tier, Kind::Text),
    ];
    let rows = answer.rewards.iter().map(|one| row(lang, one)).collect();
    html! {
        (section(s.brings, &empty(), &html! {
            @if answer.rewards.is_empty() { p.tk-muted.tk-phrase { (s.what_if_nothing) } }
            @else { (table(&Table::new(s.brings, &columns, rows).cards())) }
            @if answer.rewards.len() > 1 {
                p.tk-sum { (s.in_all) " " b { (in_all(lang, &answer.rewards)) } }
            }
            @if !answer.eligible.is_empty() {
                details.tk-details {
                    summary.tk-small { (s.counts_where) }
                    ul.tk-plain.tk-small {
                        @for (line, terms) in counted(answer) {
                            li {
                                (fill(s.counted_by, &[
                                    ("n", &line.to_string()),
                                    ("terms", &terms.join(lang.say("、", ", "))),
                                ]))
                            }
                        }
                    }
                }
            }
            @for (line, program, reason) in &answer.waiting {
                @let template = match reason {
                    WaitReason::NoRate => s.waits_rate,
                    WaitReason::NoFactor => s.waits_factor,
                    WaitReason::NoPrice => s.waits_price,
                    WaitReason::NoValue => s.waits_value,
                };
                p.tk-small.tk-phrase {
                    (fill(template, &[("n", &line.to_string()), ("program", program)]))
                }
            }
            @for line in &answer.uncounted {
                p.tk-small.tk-muted.tk-phrase {
                    (fill(s.not_counted, &[("n", &line.to_string())]))
                }
            }
        }))
    }
}

/// The terms that count each line.
fn counted(answer: &WhatIf) -> BTreeMap<usize, Vec<String>> {
    let mut by: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (line, program, term) in &answer.eligible {
        by.entry(*line).or_default().push(format!("{program}/{term}"));
    }
    by
}

/// What all rewards bring together, each currency and kind of reward by itself.
fn in_all(lang: Lang, rewards: &[Brought]) -> String {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for one in rewards {
        *sums.entry(one.unit.as_str()).or_default() += one.brings();
    }
    let said = sums.into_iter().map(|(unit, sum)| match Currency::parse(unit) {
        Some(currency) => Money::new(sum, currency).signed(lang),
        None => format!("{} {unit}", format::signed(sum)),
    });
    said.collect::<Vec<_>>().join(lang.say("、", ", "))
}

fn row(lang: Lang, one: &Brought) -> Vec<Markup> {
    let s = &lang.words().studio;
    let amount = |value| match Currency::parse(&one.unit) {
        Some(currency) => Money::new(value, currency).text(lang),
        None => format!("{} {}", format::quantity(value), one.unit),
    };
    let program = reading::name(lang, &one.program_names, &one.program);
    let term = reading::name(lang, &one.term_names, &one.term);
    let group: Vec<&str> = one.group.values().map(|(_, value)| value).collect();
    let tier = one.tier_then.as_ref().map(|tier| reached(lang, tier));
    let lifted = one.lift > Decimal::ZERO && one.tier_now != one.tier_then;
    vec![
        html! {
            b { (program) }
            small.tk-below.tk-muted {
                (term) " · " (reading::period(&one.period).long(lang))
                @for value in group { " · " (value) }
                @if one.depends_on_others { " · " (s.depends_on_others) }
            }
        },
        html! {
            (amount(one.now))
            small.tk-below.tk-muted { (stands(lang, one.qualifier_now, one.tier_now.as_ref(), &one.unit)) }
        },
        html! {
            (amount(one.then))
            small.tk-below.tk-muted { (stands(lang, one.qualifier_then, one.tier_then.as_ref(), &one.unit)) }
        },
        html! {
            b { (format::signed(one.brings())) }
            @if let Some(tier) = tier.filter(|_| lifted) {
                small.tk-below.tk-lift {
                    (fill(s.lift, &[("amount", &amount(one.lift)), ("tier", &tier)]))
                }
            }
        },
        html! {
            @if let Some(next) = &one.next {
                @if let Some(gap) = next.gap {
                    @let tier = next_name(lang, next);
                    (fill(s.next_gap, &[("gap", &format::quantity(gap)), ("tier", &tier)]))
                }
            }
        },
    ]
}

/// Where the qualifier stands, and in which tier.
/// What was counted, the tier that it reaches, and what that pays.
fn stands(lang: Lang, qualifier: Decimal, tier: Option<&Reached>, unit: &str) -> String {
    let mut said = vec![format::quantity(qualifier)];
    if let Some(tier) = tier {
        said.push(reached(lang, tier));
        let pays = Currency::parse(unit)
            .filter(|_| tier.value.is_some() || tier.fixed.is_some())
            .map(|currency| reading::standing::pays(tier.value, tier.fixed, currency).text(lang));
        said.extend(pays);
    }
    said.join(" · ")
}

fn reached(lang: Lang, tier: &Reached) -> String {
    named(lang, tier.name.as_ref(), tier.tier)
}

fn next_name(lang: Lang, next: &domain::award::NextTier) -> String {
    named(lang, next.name.as_ref(), next.tier)
}

fn named(lang: Lang, names: Option<&domain::program::Names>, tier: u32) -> String {
    let number = fill(lang.words().studio.tier_n, &[("n", &tier.to_string())]);
    names.map_or_else(|| number.clone(), |names| reading::name(lang, names, &number))
}
