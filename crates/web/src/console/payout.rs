//! Console, one payout: how it comes about, who said yes, what stops it, and the next step.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use super::holds;
use crate::access;
use crate::dispute::State as DisputeState;
use crate::explain::PartKind;
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::owing::Owing;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, amount, button, button_link, card, change, empty, encode, icon,
    notice, page_head, receipt, section, states,
};
use crate::view::{PartnerRef, PayoutState};

/// A step of the chain of approval.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who may take it.
    pub who: String,
    /// Taken, in this round.
    pub is_done: bool,
    /// The next one, and by when.
    pub due: Option<Date>,
}

/// Something that was decided.
#[derive(Debug, Clone)]
pub struct Event {
    pub what: String,
    pub who: String,
    pub at: DateTime,
    pub comment: Option<String>,
}

/// A hold that acts on it.
#[derive(Debug, Clone)]
pub struct Hold {
    pub id: String,
    pub reason: String,
    pub until: Option<Date>,
}

/// A dispute about it.
#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: String,
    pub reason: String,
    pub state: DisputeState,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub partner: PartnerRef,
    pub owing: Owing,
    pub amount: Money,
    pub state: PayoutState,
    /// What it is made of, zeroes left out.
    pub parts: Vec<(PartKind, Money)>,
    pub steps: Vec<Step>,
    pub history: Vec<Event>,
    pub holds: Vec<Hold>,
    pub disputes: Vec<Dispute>,
    /// What the partner signed off, in a sentence.
    pub agreed: Option<String>,
    /// The file or note it is settled by: its number and its page.
    pub paper: Option<(String, String)>,
    /// What was said about it last, beside decisions: that it came back, for one.
    pub remark: Option<String>,
    /// Whether the next step is the reader's; if not, why.
    pub may: Result<(), String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.settle.see_payout, self.partner.name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let title = match self.owing {
            Owing::Period { .. } => {
                format!("{} {}", self.owing.name(lang), self.owing.when(lang))
            }
            Owing::Reward(_) => self.owing.name(lang),
        };
        let partner = encode(&self.partner.code);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: states::payout(words, self.state),
                meta: html! {
                    a href={ "/console/partners/" (encode(&self.partner.code)) } {
                        (self.partner.name)
                    }
                },
                actions: match self.owing {
                    Owing::Period { .. } => button_link(
                        words.terms.walk_back,
                        &format!("/console/explain/{}", self.id),
                        Look::Outline,
                        Some(Icon::Receipt),
                    ),
                    Owing::Reward(_) => button_link(
                        words.owing.see_points,
                        &format!("/console/partners/{partner}/loyalty"),
                        Look::Outline,
                        Some(Icon::Wallet),
                    ),
                },
            }))
            @if self.state == PayoutState::Withdrawn {
                (notice(Tone::Plain, &html! { (words.owing.withdrawn_help) }, &empty()))
            }
            @if let Some(remark) = &self.remark {
                (notice(Tone::Wait, &html! { (remark) }, &empty()))
            }
            div.tk-chart-side.tk-close {
                div.tk-column { (self.why(lang)) (self.parts(lang)) (self.history(lang)) }
                div.tk-column {
                    (self.approval(shell)) (self.holds(shell)) (self.partner_side(lang))
                }
            }
        };
        let crumbs = [(self.partner.name.clone(), String::new())];
        frame::console(shell, Place::Payouts, &crumbs, &page)
    }
}

impl Page {
    /// What an order of a reward owes is one amount, and the sentence says for what.
    fn why(&self, lang: Lang) -> Markup {
        let Some(of) = self.owing.reward() else { return empty() };
        let rows = self.paper_row(lang);
        let said = html! {
            p { (of.sentence(lang, self.amount)) }
            @if !rows.is_empty() { (receipt(&rows)) }
        };
        section(lang.words().owing.why, &empty(), &said)
    }

    /// What it is settled with.
    fn paper_row(&self, lang: Lang) -> Vec<(&'static str, Markup)> {
        let said = lang.words().papers.settled_with;
        let row = |(number, href): &(String, String)| (said, html! { a href=(href) { (number) } });
        self.paper.iter().map(row).collect()
    }

    fn parts(&self, lang: Lang) -> Markup {
        if self.owing.reward().is_some() {
            return empty();
        }
        let words = lang.words();
        let mut rows: Vec<(&str, Markup)> = self
            .parts
            .iter()
            .map(|(kind, money)| (kind.label(words), change(lang, *money)))
            .collect();
        rows.push((words.terms.payout, html! { b { (amount(lang, self.amount)) } }));
        rows.extend(self.paper_row(lang));
        section(words.money.how_total, &empty(), &receipt(&rows))
    }

    fn history(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        html! {
            @if !self.history.is_empty() {
                (section(s.history, &empty(), &html! {
                    ul.tk-rows {
                        @for event in &self.history {
                            li {
                                div.tk-rows__text {
                                    b { (event.what) }
                                    @if let Some(comment) = &event.comment {
                                        span { ": " (comment) }
                                    }
                                    small {
                                        (fill(s.decided_by, &[
                                            ("who", &event.who),
                                            ("when", &format::moment(event.at, lang)),
                                        ]))
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }

    fn approval(&self, shell: &Shell) -> Markup {
        let (lang, s) = (shell.lang, &shell.words().settle);
        card(
            "tk-approval",
            html! {
                p.tk-muted.tk-small { (shell.words().terms.payout) }
                p.tk-approval__total { (amount(lang, self.amount)) }
                h3 { (s.approval) }
                ol.tk-steps {
                    @for step in &self.steps {
                        li {
                            @if step.is_done { (icon(Icon::Check)) } @else { (icon(Icon::Clock)) }
                            span {
                                (step.who)
                                @if let Some(due) = step.due {
                                    small.tk-below {
                                        (fill(s.due, &[("day", &format::day(due, lang))]))
                                    }
                                }
                            }
                        }
                    }
                }
                (self.acts(shell))
            },
        )
    }

    fn acts(&self, shell: &Shell) -> Markup {
        let (m, s) = (&shell.words().money, &shell.words().settle);
        let form = |path: &str, is_needed: bool, act: Markup| {
            let say = if is_needed { m.reason } else { s.comment };
            shell.form(
                &format!("/console/payouts/{}/{path}", self.id),
                "tk-inline-form",
                &html! {
                    input type="hidden" name="back" value=(shell.here);
                    input.mui-input name="comment" maxlength="2000" placeholder=(say)
                        aria-label=(say) required[is_needed];
                    (act)
                },
            )
        };
        let pays = access::may_post(shell.role(), "/console/payouts/{id}/paid");
        html! {
            @match (self.state, &self.may) {
                (PayoutState::Waiting | PayoutState::Rejected, Ok(())) => {
                    (form("approve", false, button(m.approve, Look::Primary, None)))
                    @if self.state == PayoutState::Waiting {
                        (form("reject", true, button(m.reject, Look::Outline, None)))
                    }
                }
                (PayoutState::Waiting | PayoutState::Rejected, Err(why)) => {
                    p.tk-small.tk-muted.tk-phrase { (why) }
                }
                (PayoutState::Approved, _) if self.holds.is_empty() && pays => {
                    @let label = if self.amount.amount.is_sign_negative() {
                        shell.words().papers.money_received
                    } else { m.mark_paid };
                    (form("paid", false, button(label, Look::Primary, None)))
                    (form("reject", true, button(m.reject, Look::Outline, None)))
                }
                _ => {}
            }
        }
    }

    fn holds(&self, shell: &Shell) -> Markup {
        let (lang, m, s) = (shell.lang, &shell.words().money, &shell.words().settle);
        let may = access::may_post(shell.role(), "/console/payouts/{id}/hold");
        let is_over = matches!(self.state, PayoutState::Paid | PayoutState::Withdrawn);
        if is_over || (self.holds.is_empty() && !may) {
            return empty();
        }
        section(
            s.holds,
            &empty(),
            &html! {
                ul.tk-rows {
                    @for hold in &self.holds {
                        li {
                            div.tk-rows__text {
                                b { (hold.reason) }
                                @if let Some(day) = hold.until {
                                    small { (fill(s.due, &[("day", &format::day(day, lang))])) }
                                }
                            }
                            (holds::release(shell, &hold.id, true))
                        }
                    }
                }
                @if may && self.holds.is_empty() {
                    (shell.form(
                        &format!("/console/payouts/{}/hold", self.id),
                        "tk-form tk-form--tight",
                        &html! {
                            (Field::new("reason", m.reason, "").text())
                            (Field::new("until", s.hold_until, "").optional().date())
                            (button(s.hold, Look::Outline, None))
                        },
                    ))
                }
            },
        )
    }

    fn partner_side(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let s = &words.settle;
        html! {
            @if self.agreed.is_some() || !self.disputes.is_empty() {
                (section(s.disputes, &empty(), &html! {
                    @if let Some(agreed) = &self.agreed {
                        p.tk-proof { (icon(Icon::Check)) span { (agreed) } }
                    }
                    ul.tk-rows {
                        @for dispute in &self.disputes {
                            li {
                                div.tk-rows__text {
                                    a href={ "/console/disputes/" (dispute.id) } {
                                        (dispute.reason)
                                    }
                                }
                                (dispute.state.label(words))
                            }
                        }
                    }
                }))
            }
        }
    }
}
