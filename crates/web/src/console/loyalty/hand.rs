//! Console, one thing done by hand for a partner: a small form of its own, with what it does.

use engine::wallets::ReasonKind;
use maud::{Markup, html};

use crate::i18n::{Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{Look, PageHead, button, button_link, empty, encode, page_head, section};
use crate::view::PartnerRef;

/// What people may do by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Credit,
    Debit,
    Issue,
    Floor,
    Order,
    Badge,
    TakeBadge,
    Cancel,
    Merge,
    Unmerge,
}

impl Act {
    pub const ALL: [Act; 10] = [
        Act::Credit,
        Act::Debit,
        Act::Issue,
        Act::Floor,
        Act::Order,
        Act::Badge,
        Act::TakeBadge,
        Act::Cancel,
        Act::Merge,
        Act::Unmerge,
    ];

    /// How it is written in an address.
    pub fn word(self) -> &'static str {
        match self {
            Act::Credit => "credit",
            Act::Debit => "debit",
            Act::Issue => "issue",
            Act::Floor => "floor",
            Act::Order => "order",
            Act::Badge => "badge",
            Act::TakeBadge => "take-badge",
            Act::Cancel => "cancel",
            Act::Merge => "merge",
            Act::Unmerge => "unmerge",
        }
    }

    pub fn from_word(word: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.word() == word)
    }

    pub fn label(self, words: &Words) -> &'static str {
        let l = &words.loyalty;
        match self {
            Act::Credit => l.do_credit,
            Act::Debit => l.do_debit,
            Act::Issue => l.do_issue,
            Act::Floor => l.do_floor,
            Act::Order => l.do_order,
            Act::Badge => words.keeping.do_badge,
            Act::TakeBadge => words.keeping.do_take,
            Act::Cancel => l.do_cancel,
            Act::Merge => l.do_merge,
            Act::Unmerge => l.do_unmerge,
        }
    }

    fn help(self, words: &Words) -> &'static str {
        let l = &words.loyalty;
        match self {
            Act::Credit => l.credit_help,
            Act::Debit => l.debit_help,
            Act::Issue => l.issue_help,
            Act::Floor => l.floor_help,
            Act::Order => l.order_help,
            Act::Badge => words.keeping.do_badge_help,
            Act::TakeBadge => words.keeping.do_take_help,
            Act::Cancel => l.cancel_help,
            Act::Merge => l.merge_help,
            Act::Unmerge => l.unmerge_help,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub act: Act,
    /// Currencies, vouchers, tiers or rewards to choose from, by code and name.
    pub choices: Vec<(String, String)>,
    /// What is held now.
    pub held: Vec<String>,
    /// What is to be undone, from the link that led here.
    pub of: String,
    /// Reasons to choose from, by code and name.
    pub reasons: Vec<(String, String)>,
}

impl Act {
    /// What reasons it is done for.
    pub fn reasons(self) -> Option<ReasonKind> {
        match self {
            Act::Credit | Act::Debit => Some(ReasonKind::Adjustment),
            Act::Cancel => Some(ReasonKind::Cancellation),
            Act::Floor => Some(ReasonKind::Floor),
            Act::Badge | Act::TakeBadge => Some(ReasonKind::Badge),
            Act::Issue | Act::Order | Act::Merge | Act::Unmerge => None,
        }
    }
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.act.label(words), self.partner.name)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let words = shell.words();
        let l = &words.loyalty;
        let path = format!("/console/partners/{}", encode(&self.partner.code));
        let back = format!("{path}/loyalty");
        let label = self.act.label(words);
        let action = format!("{back}/{}", self.act.word());
        let name = [("name", self.partner.name.as_str())];
        let page = html! {
            (page_head(&PageHead {
                title: label,
                badge: empty(),
                meta: html! {
                    span { (self.partner.name) }
                    span.tk-mono { (self.partner.code) }
                },
                actions: button_link(&fill(l.back_to, &name), &back, Look::Outline, None),
            }))
            div.tk-narrow-page {
                (section(label, &empty(), &html! {
                    p.tk-small.tk-muted.tk-phrase { (fill(self.act.help(words), &name)) }
                    @for held in &self.held {
                        p.tk-small { (fill(l.in_all, &[("amount", held)])) }
                    }
                    (shell.form(&action, "tk-form tk-form--tight", &html! {
                        (self.fields(words))
                        (button(label, Look::Primary, None))
                    }))
                }))
            }
        };
        let crumbs = [
            (self.partner.name.clone(), path.clone()),
            (l.tab.to_string(), back.clone()),
            (label.to_string(), String::new()),
        ];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}

impl Page {
    fn fields(&self, words: &Words) -> Markup {
        let l = &words.loyalty;
        let first = self.choices.first().map_or("", |(code, _)| code.as_str());
        let choose = |name: &'static str, label: &'static str| {
            Field::new(name, label, first).select(&self.choices)
        };
        let reason = || self.reason(words);
        let expires = || Field::new("until", l.last_day, "").hint(l.expires_hint).optional().date();
        match self.act {
            Act::Credit => html! {
                (choose("unit", l.points))
                (Field::new("amount", l.amount, "").text())
                (expires())
                (reason())
            },
            Act::Debit => html! {
                (choose("unit", l.points))
                (Field::new("amount", l.amount, "").text())
                (reason())
            },
            Act::Issue => html! {
                (choose("voucher", l.voucher))
                (Field::new("value", l.value, "").hint(l.value_hint).optional().text())
                (Field::new("voucher_code", l.code, "").hint(l.code_hint).optional().text())
                (expires())
            },
            Act::Floor => html! {
                (choose("tier", l.tier))
                (Field::new("hold", words.tiers.which_way, "floor").select(&[
                    ("floor".to_owned(), words.tiers.way_floor.to_owned()),
                    ("ceiling".to_owned(), words.tiers.way_ceiling.to_owned()),
                    ("fixed".to_owned(), words.tiers.way_fixed.to_owned()),
                ]))
                (Field::new("until", l.until, "").hint(l.until_hint).optional().date())
                label.tk-choice {
                    input type="checkbox" name="to_check" value="yes";
                    span {
                        (words.tiers.until_check)
                        small.tk-below { (words.tiers.until_check_hint) }
                    }
                }
                (reason())
            },
            Act::Order => html! {
                (choose("reward", l.reward))
                (Field::new("quantity", l.quantity, "1").text())
            },
            Act::Badge => html! {
                (choose("badge", words.keeping.badge))
                (expires())
                (reason())
            },
            Act::TakeBadge => html! {
                (choose("badge", words.keeping.badge))
                (reason())
            },
            Act::Cancel => html! {
                (Field::new("of", l.what_to_cancel, &self.of).hint(l.cancel_hint).text())
                (Field::new("amount", l.amount, "").hint(l.amount_or_all).optional().text())
                (reason())
            },
            Act::Merge => Field::new("into", l.into, "").text(),
            Act::Unmerge => empty(),
        }
    }

    /// One of the list, and what somebody adds; where there is no list, what somebody writes.
    fn reason(&self, words: &Words) -> Markup {
        let (l, w) = (&words.loyalty, &words.keeping);
        if self.reasons.is_empty() {
            return Field::new("reason", l.reason, "").hint(l.reason_hint).lines(2);
        }
        let mut all = self.reasons.clone();
        all.push((String::new(), w.another_reason.into()));
        let first = all.first().map_or("", |(code, _)| code.as_str());
        html! {
            (Field::new("why", l.reason, first).optional().select(&all))
            (Field::new("reason", w.note, "").hint(w.note_hint).optional().lines(2))
        }
    }
}
