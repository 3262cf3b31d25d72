//! Console, approvals: what waits for the reader's word, and who stands in for whom.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{Icon, Look, PageHead, button, card, empty, empty_state, page_head, section};

/// Something whose next step is the reader's.
#[derive(Debug, Clone)]
pub struct Queue {
    pub href: String,
    pub title: String,
    pub detail: Option<String>,
    /// How many payouts it stands for; 0 for an adjustment.
    pub payouts: u64,
    pub amount: Money,
    pub due: Option<Date>,
    /// The period, where all can be approved at once.
    pub period: Option<String>,
}

/// Somebody stands in for somebody.
#[derive(Debug, Clone)]
pub struct Absence {
    pub id: String,
    pub who: String,
    pub deputy: String,
    pub from: Date,
    pub until: Date,
    pub may_end: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub today: Date,
    pub queue: Vec<Queue>,
    pub absences: Vec<Absence>,
    /// Whose absence the reader may say: id and name.
    pub away: Vec<(String, String)>,
    pub deputies: Vec<(String, String)>,
    /// The reader's id.
    pub own: String,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.settle.approvals.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let page = html! {
            (page_head(&PageHead {
                title: s.approvals,
                badge: empty(),
                meta: html! { span { (s.approvals_help) } },
                actions: empty(),
            }))
            div.tk-chart-side.tk-close {
                div.tk-column { (self.queue(shell)) }
                div.tk-column { (self.absences(shell)) (self.form(shell)) }
            }
        };
        frame::console(shell, Place::Approvals, &[], &page)
    }
}

/// Rows of the queue, as Today has them.
pub fn rows(lang: Lang, queue: &[Queue], today: Date) -> Markup {
    rows_with(lang, queue, today, |_| empty())
}

/// Rows of the queue, each with what can be done about it.
fn rows_with(lang: Lang, queue: &[Queue], today: Date, act: impl Fn(&Queue) -> Markup) -> Markup {
    let k = &lang.words().console;
    html! {
        ul.tk-rows {
            @for row in queue {
                li {
                    div.tk-rows__text {
                        a href=(row.href) { (row.title) }
                        small {
                            @if row.payouts > 0 {
                                (fill(k.n_payouts, &[("n", &format::count(row.payouts))]))
                            }
                            @if let Some(detail) = &row.detail {
                                @if row.payouts > 0 { " · " }
                                (detail)
                            }
                            @if let Some(due) = row.due {
                                " · "
                                span.tk-missing[due < today] { (due_said(lang, due)) }
                            }
                        }
                    }
                    span.tk-rows__figure { (row.amount.text(lang)) }
                    (act(row))
                }
            }
        }
    }
}

fn due_said(lang: Lang, due: Date) -> String {
    fill(lang.words().settle.due, &[("day", &format::day(due, lang))])
}

impl Page {
    fn queue(&self, shell: &Shell) -> Markup {
        let (lang, s) = (shell.lang, &shell.words().settle);
        card(
            "tk-dense",
            if self.queue.is_empty() {
                empty_state(Icon::Check, s.no_approvals, s.no_approvals_help, &empty())
            } else {
                rows_with(lang, &self.queue, self.today, |row| match (&row.period, row.payouts) {
                    (Some(period), 1..) => {
                        html! {
                            div.tk-rows__act {
                                (approve_all(shell, period, row.payouts, row.amount))
                            }
                        }
                    }
                    _ => empty(),
                })
            },
        )
    }

    /// The first who could stand in for the reader.
    fn first_other(&self) -> &str {
        let other = self.deputies.iter().find(|(id, _)| *id != self.own);
        other.map_or("", |(id, _)| id.as_str())
    }

    fn absences(&self, shell: &Shell) -> Markup {
        let (lang, s) = (shell.lang, &shell.words().settle);
        section(
            s.absence,
            &empty(),
            &html! {
                @if self.absences.is_empty() { p.tk-muted { (s.no_delegations) } }
                ul.tk-rows {
                    @for one in &self.absences {
                        li {
                            div.tk-rows__text {
                                b {
                                    (fill(
                                        s.deputy_of,
                                        &[("who", &one.deputy), ("other", &one.who)],
                                    ))
                                }
                                small {
                                    (fill(s.from_to, &[
                                        ("from", &format::day(one.from, lang)),
                                        ("to", &format::day(one.until, lang)),
                                    ]))
                                }
                            }
                            @if one.may_end {
                                (shell.form(
                                    &format!("/console/delegations/{}/end", one.id),
                                    "",
                                    &html! {
                                        button.mui-btn.mui-btn--outline.mui-btn--row type="submit" {
                                            (s.end_delegation)
                                        }
                                    },
                                ))
                            }
                        }
                    }
                }
            },
        )
    }

    fn form(&self, shell: &Shell) -> Markup {
        let s = &shell.words().settle;
        let day = self.today.to_string();
        section(
            s.deputy,
            &empty(),
            &shell.form(
                "/console/delegations",
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("who", s.who_away, &self.own).select(&self.away))
                    (Field::new("deputy", s.who_deputy, self.first_other())
                        .hint(s.absence_help).select(&self.deputies))
                    (Field::new("from", s.first_day, &day).date())
                    (Field::new("until", s.last_day, "").date())
                    (button(shell.words().common.save, Look::Primary, None))
                },
            ),
        )
    }
}

/// Approves everything of a period whose next step is the reader's.
pub fn approve_all(shell: &Shell, period: &str, payouts: u64, amount: Money) -> Markup {
    let s = &shell.words().settle;
    let text = amount.text(shell.lang);
    let say = fill(s.approve_all, &[("n", &format::count(payouts)), ("amount", &text)]);
    shell.form(
        "/console/payouts/approve",
        "tk-inline-form",
        &html! {
            input type="hidden" name="period" value=(period);
            input type="hidden" name="n" value=(payouts);
            input type="hidden" name="total" value=(amount.amount);
            input.mui-input name="comment" maxlength="2000" placeholder=(s.comment)
                aria-label=(s.comment);
            (button(&say, Look::Primary, None))
        },
    )
}
