//! Portal, points: balances, tiers with what is missing, benefits and badges.

use engine::views::loyalty::PoolShown;
use engine::views::wallet::{Benefit, Holding, PartnerWallet, Tier as Group};
use jiff::civil::DateTime;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{
    OVERVIEW, REWARDS, Tab, day_said, digits, figure, measured, money, of_holding, tabs, tiers,
    title, wallet_heading,
};
use crate::chart::attain::{self, Bar, Mark};
use crate::format;
use crate::i18n::{Lang, Words, fill, fill_markup, fill_text};
use crate::reading::{loyalty as say, name, tiers_by_hand};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, button_link, card, empty, empty_state, link_more, page_head, section,
    section_with, tier_or_none,
};
use crate::view::Tier;

#[derive(Debug, Clone)]
pub struct Page {
    pub as_of: DateTime,
    /// How many run for the reader.
    pub promotions: usize,
    /// The reader's groups.
    pub pools: Vec<PoolShown>,
    pub may_pass_on: bool,
    pub wallets: Vec<PartnerWallet>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.points.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let w = &words.points;
        let has_rewards = self.wallets.iter().any(|wallet| !wallet.rewards.is_empty());
        let spend = button_link(w.see_rewards, REWARDS, Look::Primary, None);
        let page = html! {
            (page_head(&PageHead {
                title: &title(lang, &self.wallets),
                badge: empty(),
                meta: html! {
                    span.tk-live data-live="as-of" {
                        (fill(words.common.live_as_of, &[("time", &format::clock(self.as_of))]))
                    }
                },
                actions: if has_rewards { spend } else { empty() },
            }))
            (tabs(lang, Tab::Overview))
            (super::promotions::brief(lang, self.promotions))
            @for wallet in &self.wallets {
                (wallet_heading(lang, &self.wallets, wallet))
                (parts(lang, wallet))
            }
            (super::pools::brief(lang, &self.pools, self.may_pass_on))
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

/// What there is in one wallet.
fn parts(lang: Lang, wallet: &PartnerWallet) -> Markup {
    let w = &lang.words().points;
    html! {
        @if wallet.holdings.is_empty() && wallet.tiers.is_empty() {
            (card("", empty_state(Icon::Star, w.nothing_yet, w.nothing_yet_help, &empty())))
        }
        @if !wallet.holdings.is_empty() {
            div.tk-points {
                @for held in &wallet.holdings { (holding(lang, wallet, held)) }
            }
        }
        @for group in &wallet.tiers { (tier_group(lang, wallet, group)) }
        @if !wallet.tiers.is_empty() { (benefits(lang, wallet)) }
        @if !wallet.badges.is_empty() { (badges(lang, wallet)) }
    }
}

/// What is held of a currency, with what waits, is owed and ends next.
fn holding(lang: Lang, wallet: &PartnerWallet, held: &Holding) -> Markup {
    let w = &lang.words().points;
    let rows = [
        (held.escrow, w.waiting, w.waiting_help),
        (held.reserved, w.reserved, ""),
        (held.arrears, w.owed, w.owed_help),
    ];
    let rows: Vec<_> = rows.iter().filter(|(amount, ..)| !amount.is_zero()).collect();
    section_with(
        "tk-purse tk-points__card",
        &name(lang, &held.name, &held.unit),
        &empty(),
        &html! {
            div data-live={ "points:" (held.unit) } {
                p.tk-points__figure { (digits(held, held.amount)) }
                p.tk-small.tk-muted.tk-phrase { (below_figure(lang, wallet, held)) }
                @if !rows.is_empty() {
                    dl.tk-facts.tk-facts--lines.tk-points__more {
                        @for (amount, label, help) in rows {
                            div {
                                dt { (label) @if !help.is_empty() { small { (help) } } }
                                dd { (digits(held, *amount)) }
                            }
                        }
                    }
                }
                p.tk-points__ends.tk-phrase { (ends_next(lang, held)) }
            }
        },
    )
}

/// What the figure is worth or is good for.
fn below_figure(lang: Lang, wallet: &PartnerWallet, held: &Holding) -> Markup {
    let w = &lang.words().points;
    let worth = held.worth.filter(|_| held.amount.is_sign_positive());
    html! {
        @if held.amount < Decimal::ZERO { (w.below_zero) }
        @else if !held.is_spendable { (w.qualifying_help) }
        @else if let Some(worth) = worth.and_then(|worth| money(wallet, worth)) {
            (fill(w.worth, &[("amount", &worth.text(lang))]))
        }
        @else { (w.balance_help) }
    }
}

/// How much ends next, and when.
fn ends_next(lang: Lang, held: &Holding) -> Markup {
    let w = &lang.words().points;
    let Some((day, amount)) = &held.expiring else {
        return html! { @if !held.lots.is_empty() { (w.never_ends) } };
    };
    let n = of_holding(lang, held, *amount);
    fill_text(w.expires_next, &[("n", &n), ("day", &day_said(lang, day))])
}

/// "1,200 to Gold", or that there is nothing above.
fn gap_say(lang: Lang, wallet: &PartnerWallet, group: &Group, tiers: &[Tier]) -> Markup {
    let w = &lang.words().points;
    let next = tiers.get(group.tier.map_or(0, |at| at + 1));
    if group.gap.is_none() && group.ceiling.is_some() {
        // What was set by hand is said below.
        return html! {};
    }
    let Some((gap, next)) = group.gap.zip(next) else { return html! { (w.top) } };
    let gap = figure(lang, wallet, &group.counted, gap);
    fill_markup(w.gap_to, &[("gap", html! { (gap) }), ("tier", html! { (next.label(lang)) })])
}

/// A tier nearer to the start than this part of the bar is not marked on it.
const NEAR_START: Decimal = Decimal::from_parts(12, 0, 0, false, 0);

fn bar(lang: Lang, wallet: &PartnerWallet, group: &Group, tiers: &[Tier]) -> Markup {
    let w = &lang.words().points;
    let reached = group.tier.map_or(0, |at| at + 1);
    let last = tiers.last().map_or(Decimal::ONE, |tier| tier.from.value);
    let now = group.figure.max(Decimal::ZERO);
    let room = last.checked_mul(Decimal::new(12, 1)).unwrap_or(last);
    let end = room.max(now).max(Decimal::ONE);
    let marks: Vec<Mark> = tiers
        .iter()
        .zip(&group.rows)
        // What lies at the very beginning has no room for its name; it stands among the rows.
        .filter(|(tier, _)| end < tier.from.value.saturating_mul(NEAR_START))
        .map(|(tier, row)| Mark {
            at: tier.from.value,
            label: tier.from.short(lang),
            name: tier.label(lang),
            pays: fill(w.benefits_n, &[("n", &row.benefits.len().to_string())]),
            reached: tier.rank <= reached,
        })
        .collect();
    let so_far = figure(lang, wallet, &group.counted, group.figure);
    let here = fill(w.so_far, &[("n", &so_far)]);
    attain::large(&Bar {
        end,
        now,
        forecast: now,
        marks: &marks,
        here: &here,
        ahead: "",
        label: &here,
    })
}

fn tier_group(lang: Lang, wallet: &PartnerWallet, group: &Group) -> Markup {
    let w = &lang.words().points;
    let tiers = tiers(lang, wallet, group);
    let own = group.tier.and_then(|at| tiers.get(at));
    let label = |at: usize| tiers.get(at).map(|tier| tier.label(lang));
    let by_hand = tiers_by_hand::told(lang, group, label);
    section_with(
        "tk-points__tiers",
        &name(lang, &group.name, &group.group),
        &html! {
            @if let Some(since) = &group.since {
                (fill(w.since, &[("day", &day_said(lang, since))]))
            }
        },
        &html! {
            div data-live={ "tiers:" (group.group) } {
                p.tk-points__tier { (tier_or_none(lang, own)) }
                p.tk-lead__say.tk-points__gap.tk-phrase {
                    (gap_say(lang, wallet, group, &tiers))
                }
                (bar(lang, wallet, group, &tiers))
                ul.tk-plain {
                    li {
                        @match &group.next_check {
                            Some(day) => {
                                (fill(w.checked_next, &[("day", &day_said(lang, day))]))
                            }
                            None => { (w.held_until_left) }
                        }
                    }
                    @if let Some((gap, tier)) = to_keep(group, own) {
                        @let gap = figure(lang, wallet, &group.counted, gap);
                        li { (fill(w.to_keep, &[("gap", &gap), ("tier", &tier.label(lang))])) }
                    }
                    @if group.is_in_grace { li { (w.in_grace) } }
                    @for said in &by_hand { li { (said) } }
                }
            }
            (rows(lang, wallet, group, &tiers))
            (before(lang, group, &tiers))
        },
    )
}

/// The tiers that the reader had, the newest first.
fn before(lang: Lang, group: &Group, tiers: &[Tier]) -> Markup {
    let w = &lang.words().keeping;
    html! {
        @if 1 < group.before.len() {
            details.tk-points__rest {
                summary { (w.tiers_before) }
                ul.tk-rows {
                    @for then in group.before.iter().rev() {
                        @let (since, until) = (then.since.as_deref(), then.until.as_deref());
                        li {
                            div.tk-rows__text {
                                (tier_or_none(lang, then.tier.and_then(|at| tiers.get(at))))
                                small {
                                    (say::span_of_tier(lang, since, until)) " · "
                                    (say::moved_by(lang, &then.by))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the running period lacks to the tier that an earlier one brought.
fn to_keep<'t>(group: &Group, own: Option<&'t Tier>) -> Option<(Decimal, &'t Tier)> {
    let own = own.filter(|_| group.next_check.is_some())?;
    let gap = own.from.value - group.figure;
    (Decimal::ZERO < gap).then_some((gap, own))
}

/// Every tier, from where, and what it brings.
fn rows(lang: Lang, wallet: &PartnerWallet, group: &Group, tiers: &[Tier]) -> Markup {
    let w = &lang.words().points;
    html! {
        dl.tk-points__rows {
            @for (at, (tier, row)) in tiers.iter().zip(&group.rows).enumerate() {
                div aria-current=[(group.tier == Some(at)).then_some("true")] {
                    dt {
                        (crate::ui::tier_chip(lang, tier))
                        small {
                            (w.opens_from) " "
                            (measured(wallet, &group.counted, row.from).text(lang))
                        }
                    }
                    dd {
                        @if row.benefits.is_empty() { (crate::ui::nothing()) }
                        @else {
                            ul.tk-plain {
                                @for (code, names) in &row.benefits {
                                    li { (name(lang, names, code)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn benefits(lang: Lang, wallet: &PartnerWallet) -> Markup {
    let w = &lang.words().points;
    let held: Vec<&Benefit> = wallet.benefits.iter().filter(|it| it.is_active).collect();
    let content = html! {
        @if held.is_empty() {
            (empty_state(Icon::Star, w.no_benefits, w.no_benefits_help, &empty()))
        } @else {
            ul.tk-rows {
                @for benefit in held {
                    li {
                        div.tk-rows__text {
                            b { (name(lang, &benefit.name, &benefit.code)) }
                            small { (name(lang, &benefit.description, "")) }
                        }
                        @if let Some(since) = &benefit.since {
                            small.tk-muted { (fill(w.since, &[("day", &day_said(lang, since))])) }
                        }
                    }
                }
            }
        }
    };
    section(w.benefits, &empty(), &html! { div data-live="benefits" { (content) } })
}

fn badges(lang: Lang, wallet: &PartnerWallet) -> Markup {
    let w = &lang.words().points;
    section(
        w.badges,
        &empty(),
        &html! {
            ul.tk-rows data-live="badges" {
                @for badge in wallet.badges.iter().filter(|badge| badge.status == "active") {
                    li {
                        div.tk-rows__text {
                            b { (name(lang, &badge.name, &badge.code)) }
                            small { (name(lang, &badge.description, "")) }
                        }
                        @if let Some(day) = &badge.expires {
                            small.tk-muted { (fill(w.until, &[("day", &day_said(lang, day))])) }
                        }
                    }
                }
            }
        },
    )
}

/// The card on the portal's home: what can be spent, what ends next, how far the next tier is.
pub fn brief(lang: Lang, wallet: &PartnerWallet) -> Markup {
    let w = &lang.words().points;
    let spendable = wallet.holdings.iter().filter(|held| held.is_spendable);
    section_with(
        "tk-purse",
        &name(lang, &wallet.name, w.title),
        &link_more(w.see_points, OVERVIEW),
        &html! {
            div data-live={ "wallet:" (wallet.code) } {
                @for held in spendable {
                    p.tk-purse__figure {
                        (digits(held, held.amount)) " "
                        span.tk-points__unit { (name(lang, &held.name, &held.unit)) }
                    }
                    p.tk-small.tk-muted.tk-phrase { (ends_next(lang, held)) }
                }
                @for group in &wallet.tiers {
                    @let tiers = tiers(lang, wallet, group);
                    p.tk-points__brief.tk-phrase {
                        (tier_or_none(lang, group.tier.and_then(|at| tiers.get(at))))
                        " "
                        span { (gap_say(lang, wallet, group, &tiers)) }
                    }
                }
            }
        },
    )
}
