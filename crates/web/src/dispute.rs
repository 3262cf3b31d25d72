//! A dispute as both sides read it: what it is about, what was written, and what comes next.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::proofs::Proofs;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place, PortalPlace};
use crate::ui::{
    Look, PageHead, Tone, button, danger, empty, encode, facts, page_head, section, status,
};
use crate::view::{PartnerRef, Period};

/// Where a dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    Answered,
    Accepted,
    Rejected,
    Withdrawn,
}

impl State {
    pub fn of(word: &str) -> State {
        match word {
            "answered" => State::Answered,
            "accepted" => State::Accepted,
            "rejected" => State::Rejected,
            "withdrawn" => State::Withdrawn,
            _ => State::Open,
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, State::Open | State::Answered)
    }

    pub fn label(self, words: &Words) -> Markup {
        let s = &words.settle;
        match self {
            State::Open => status(s.state_open, Tone::Wait),
            State::Answered => status(s.state_answered, Tone::Info),
            State::Accepted => status(s.state_accepted, Tone::Good),
            State::Rejected => status(s.state_rejected, Tone::Bad),
            State::Withdrawn => status(s.state_withdrawn, Tone::Plain),
        }
    }
}

/// Why, in the reader's language.
pub fn reason(words: &Words, word: &str) -> &'static str {
    let s = &words.settle;
    match word {
        "missing_sales" => s.why_missing_sales,
        "wrong_amount" => s.why_wrong_amount,
        "wrong_tier" => s.why_wrong_tier,
        "terms" => s.why_terms,
        _ => s.why_other,
    }
}

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    Console,
    Portal,
}

/// What one side wrote.
#[derive(Debug, Clone)]
pub struct Message {
    pub of_partner: bool,
    pub author: String,
    pub at: DateTime,
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub face: Face,
    pub id: String,
    pub partner: PartnerRef,
    pub program: String,
    pub period: Option<Period>,
    /// What it is about, and where that is.
    pub subject: (String, Option<String>),
    pub reason: String,
    pub stated: Money,
    pub expected: Option<Money>,
    pub state: State,
    pub due: Date,
    pub decided: Option<String>,
    /// What was accepted.
    pub accepted: Option<Money>,
    pub messages: Vec<Message>,
    /// The reader may write, and decide if it is the console.
    pub may_act: bool,
    pub proofs: Proofs,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.settle.dispute, self.program)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let s = &words.settle;
        let title = self.title(words);
        let page = html! {
            (page_head(&PageHead {
                title: &title,
                badge: self.state.label(words),
                meta: html! {
                    @if self.face == Face::Console {
                        a href={ "/console/partners/" (encode(&self.partner.code)) } {
                            (self.partner.name)
                        }
                    }
                    @if let Some(period) = &self.period { span { (period.long(lang)) } }
                    @if self.state == State::Open {
                        span {
                            (fill(s.answer_by, &[("day", &format::day(self.due, lang))]))
                        }
                    }
                },
                actions: empty(),
            }))
            (self.about(lang))
            (self.thread(lang))
            (self.proofs.draw(shell))
            @if self.state.is_open() && self.may_act { (self.act(shell)) }
        };
        match self.face {
            Face::Console => {
                frame::console(shell, Place::Disputes, &[(title.clone(), String::new())], &page)
            }
            Face::Portal => frame::portal(shell, PortalPlace::Records, &page),
        }
    }
}

impl Page {
    fn about(&self, lang: Lang) -> Markup {
        let words = lang.words();
        let (s, m) = (&words.settle, &words.money);
        let (subject, href) = &self.subject;
        let what = html! {
            @match href {
                Some(href) => { a href=(href) { (subject) } }
                None => { (subject) }
            }
        };
        let mut rows = vec![
            (s.dispute, what),
            (m.reason, html! { (self.reason) }),
            (s.amount_stated, html! { (self.stated.text(lang)) }),
        ];
        if let Some(expected) = self.expected {
            let says = match self.face {
                Face::Console => s.amount_asked,
                Face::Portal => s.amount_expected,
            };
            rows.push((says, html! { (expected.text(lang)) }));
        }
        if let Some(accepted) = self.accepted {
            rows.push((s.accepted_amount, html! { (accepted.signed(lang)) }));
        }
        if let Some(decided) = &self.decided {
            rows.push((s.decided_when, html! { (decided) }));
        }
        section(s.dispute, &empty(), &facts(&rows))
    }

    fn thread(&self, lang: Lang) -> Markup {
        let s = &lang.words().settle;
        let own = self.face == Face::Portal;
        section(
            s.history,
            &empty(),
            &html! {
                ol.tk-thread {
                    @for message in &self.messages {
                        li.tk-thread__own[message.of_partner == own] {
                            small.tk-muted {
                                (message.author) " · " (format::moment(message.at, lang))
                            }
                            p { (message.text) }
                        }
                    }
                }
            },
        )
    }

    fn act(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let base = match self.face {
            Face::Console => format!("/console/disputes/{}", self.id),
            Face::Portal => format!("/portal/disputes/{}", self.id),
        };
        let write = |path: &str, label: &'static str, more: Markup, act: Markup| {
            shell.form(
                &format!("{base}/{path}"),
                "tk-form tk-form--tight",
                &html! {
                    (more)
                    textarea.mui-textarea name="text" rows="3" maxlength="2000" required
                        aria-label=(label) placeholder=(label) {}
                    div { (act) }
                },
            )
        };
        match self.face {
            Face::Portal => html! {
                (section(s.reply, &empty(), &html! {
                    (write("messages", s.reply, empty(), button(s.send, Look::Primary, None)))
                    (shell.form(&format!("{base}/withdraw"), "", &danger(s.withdraw)))
                }))
            },
            Face::Console => html! {
                div.tk-three {
                    (section(s.answer, &empty(), &write(
                        "messages",
                        s.say_answer,
                        empty(),
                        button(s.answer, Look::Primary, None),
                    )))
                    (section(s.accept, &empty(), &html! {
                        (write(
                            "accept",
                            s.say_answer,
                            html! {
                                input.mui-input name="amount" required inputmode="decimal"
                                    value=(self.difference()) aria-label=(s.accepted_amount)
                                    placeholder=(s.accepted_amount);
                            },
                            button(s.accept, Look::Outline, None),
                        ))
                        p.tk-small.tk-muted.tk-phrase { (s.accept_help) }
                    }))
                    (section(s.reject_dispute, &empty(), &write(
                        "reject",
                        s.say_answer,
                        empty(),
                        danger(s.reject_dispute),
                    )))
                }
            },
        }
    }

    /// What the partner asks for, beyond what was stated.
    fn difference(&self) -> String {
        let difference = self.expected.map(|expected| expected.amount - self.stated.amount);
        difference.map_or_else(String::new, |amount| amount.normalize().to_string())
    }
}
