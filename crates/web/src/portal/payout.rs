//! Portal, one payout: what it is made of, whether I agree, and what I said is wrong.

use maud::{Markup, html};

use super::records::{self, Dispute};
use crate::access;
use crate::explain::PartKind;
use crate::format::Money;
use crate::i18n::{Lang, Words};
use crate::owing::Owing;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{
    Icon, Look, PageHead, Tone, amount, button, button_link, change, empty, icon, notice,
    page_head, receipt, section, states,
};
use crate::view::PayoutState;

#[derive(Debug, Clone)]
pub struct Page {
    pub id: String,
    pub owing: Owing,
    pub amount: Money,
    pub state: PayoutState,
    /// What it is made of, zeroes left out.
    pub parts: Vec<(PartKind, Money)>,
    /// When it was agreed to, in a sentence.
    pub agreed: Option<String>,
    pub disputes: Vec<Dispute>,
    /// The statement it stands on: its id and number.
    pub statement: Option<(String, String)>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.see_payout.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let title = match self.owing {
            Owing::Period { .. } => {
                format!("{} {}", self.owing.name(lang), self.owing.when(lang))
            }
            Owing::Reward(_) => self.owing.name(lang),
        };
        let (days, action) = match &self.owing {
            Owing::Period { period, .. } => (
                period.days(lang),
                (words.terms.why_this_amount, format!("/portal/explain/{}", self.id)),
            ),
            Owing::Reward(_) => {
                (self.owing.when(lang), (words.owing.see_history, "/portal/points/history".into()))
            }
        };
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: states::payout(words, self.state),
                meta: html! { span { (days) } },
                actions: button_link(action.0, &action.1, Look::Outline, Some(Icon::Receipt)),
            }))
            @if self.state == PayoutState::Withdrawn {
                (notice(Tone::Plain, &html! { (words.owing.withdrawn_help) }, &empty()))
            }
            (self.why(lang))
            (self.parts(lang))
            (self.paper(lang))
            @if self.state != PayoutState::Withdrawn { (self.word(shell)) }
            @if !self.disputes.is_empty() { (records::disputes(lang, &self.disputes)) }
        };
        frame::portal(shell, PortalPlace::Records, &page)
    }
}

impl Page {
    /// What an order of a reward owes, and for how many points.
    fn why(&self, lang: Lang) -> Markup {
        let Some(of) = self.owing.reward() else { return empty() };
        let said = html! { p { (of.sentence(lang, self.amount)) } };
        section(lang.words().owing.why, &empty(), &said)
    }

    /// What a period owes has parts; what an order owes is one amount.
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
        section(words.money.how_total, &empty(), &receipt(&rows))
    }

    /// The statement, to keep.
    fn paper(&self, lang: Lang) -> Markup {
        let Some((id, number)) = &self.statement else { return empty() };
        let href = |kind: &str| format!("/portal/statements/{id}/{}.{kind}", lang.tag());
        let papers = &lang.words().papers;
        section(
            papers.statement,
            &html! { (number) },
            &html! {
                div.tk-buttons {
                    (button_link("PDF", &href("pdf"), Look::Outline, Some(Icon::Download)))
                    (button_link("XLSX", &href("xlsx"), Look::Outline, Some(Icon::Download)))
                }
            },
        )
    }

    /// Agreeing, or saying what is wrong.
    fn word(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let is_disputed = self.disputes.iter().any(|one| one.state.is_open());
        let may = access::may_post(shell.role(), "/portal/payouts/{id}/agree");
        section(
            s.agree_ask,
            &empty(),
            &html! {
                @match &self.agreed {
                    Some(agreed) => {
                        p.tk-proof { (icon(Icon::Check)) span { (agreed) } }
                    }
                    None if may && !is_disputed => {
                        p.tk-small.tk-muted.tk-phrase { (s.agree_help) }
                        (shell.form(
                            &format!("/portal/payouts/{}/agree", self.id),
                            "tk-inline-form",
                            &html! {
                                input.mui-input name="comment" maxlength="2000"
                                    placeholder=(s.comment) aria-label=(s.comment);
                                (button(s.agree, Look::Primary, None))
                            },
                        ))
                    }
                    None => {}
                }
                // What an order owes is not disputed: the order is cancelled.
                @if !is_disputed && self.owing.reward().is_none() {
                    p {
                        (button_link(
                            s.dispute_this,
                            &format!("/portal/disputes/new?of={}", self.id),
                            Look::Ghost,
                            Some(Icon::Message),
                        ))
                    }
                }
            },
        )
    }
}
