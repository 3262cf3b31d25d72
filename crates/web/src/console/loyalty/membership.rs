//! Console: what a partner is to each wallet, what became of it, what it chose and agreed to, and whom
//! it brought.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::links::Links;
use super::partner_tabs;
use crate::access;
use crate::i18n::{Words, fill};
use crate::portal::points::friends::Friend;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Column, Kind, Look, PageHead, Table, Tone, button, card, empty, encode, page_head, receipt,
    section, status, table,
};
use crate::view::PartnerRef;

/// A step of a membership.
#[derive(Debug, Clone)]
pub struct Step {
    pub when: String,
    pub what: String,
    pub detail: String,
    pub who: String,
    pub refused: Option<String>,
}

/// A membership of one wallet.
#[derive(Debug, Clone)]
pub struct Membership {
    pub wallet: String,
    pub name: String,
    pub state: (&'static str, Tone),
    pub rows: Vec<(&'static str, String)>,
    pub steps: Vec<Step>,
    /// Awards that were not given: day, award, how much of it was.
    pub withheld: Vec<(String, String, String)>,
    pub statements: &'static str,
    pub every: &'static str,
    pub promotions: bool,
    pub months: Vec<(String, String)>,
    /// Issued statements: id, period.
    pub issued: Vec<(String, String)>,
    pub links: Links,
}

/// What somebody said of being reached.
#[derive(Debug, Clone)]
pub struct Consents {
    /// Its value in the form: `partner`, or the id of a user.
    pub subject: String,
    pub name: String,
    /// Each channel, whether it was agreed to, and what was said last.
    pub channels: Vec<(&'static str, Option<bool>, String)>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub partner: PartnerRef,
    pub memberships: Vec<Membership>,
    pub consents: Vec<Consents>,
    pub channels: Vec<(String, String)>,
    pub code: Option<String>,
    pub brought_by: Option<String>,
    pub friends: Vec<Friend>,
    /// Its users: id, name, and the code of the person that one is.
    pub people: Vec<(String, String, Option<String>)>,
    /// Those of them who look after the company's people.
    pub leads: BTreeSet<String>,
    pub may_make_people: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.partner.name, words.members.tab)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let path = format!("/console/partners/{}", encode(&self.partner.code));
        let may = access::may_post(shell.role(), "/console/partners/{code}/membership/step");
        let page = html! {
            (page_head(&PageHead {
                title: &self.partner.name,
                badge: empty(),
                meta: html! { span.tk-mono { (self.partner.code) } },
                actions: empty(),
            }))
            (partner_tabs(shell.lang, &self.partner.code, 2))
            @for of in &self.memberships {
                div.tk-main-side {
                    div.tk-column {
                        (of.standing(shell))
                        (of.lifecycle(shell))
                        (of.withheld(shell))
                        (of.links.draw(shell, &path, may))
                    }
                    div.tk-column {
                        @if may { (of.step_form(shell, &path)) (of.choice_form(shell, &path)) }
                        (of.papers(shell, &path))
                    }
                }
            }
            div.tk-main-side {
                div.tk-column { (self.consent(shell)) }
                div.tk-column { @if may { (self.consent_form(shell, &path)) } }
            }
            (self.referrals(shell, &path, may))
            (self.people(shell, &path))
        };
        let crumbs =
            [(self.partner.name.clone(), path.clone()), (m.tab.to_string(), String::new())];
        frame::console(shell, Place::Partners, &crumbs, &page)
    }
}

impl Membership {
    fn standing(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let promotions = if self.promotions { m.promotions_yes } else { m.promotions_no };
        let mut rows = vec![(m.state, status(self.state.0, self.state.1))];
        rows.extend(self.rows.iter().map(|(label, value)| (*label, html! { (value) })));
        rows.push((m.statements, html! { (self.statements) }));
        rows.push((m.choices, html! { (promotions) }));
        section(&self.name, &empty(), &receipt(&rows))
    }

    fn lifecycle(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        section(
            m.lifecycle,
            &empty(),
            &html! {
                @if self.steps.is_empty() { p.tk-muted { (m.no_lifecycle) } }
                @else {
                    ol.tk-timeline {
                        @for step in &self.steps {
                            li {
                                p.tk-timeline__title {
                                    span.tk-phrase { (step.what) }
                                    time { (step.when) }
                                }
                                p.tk-small.tk-muted { (step.who) }
                                @if !step.detail.is_empty() { p.tk-small { (step.detail) } }
                                @if let Some(why) = &step.refused { p.tk-small.tk-missing { (why) } }
                            }
                        }
                    }
                }
            },
        )
    }

    fn withheld(&self, shell: &Shell) -> Markup {
        let (m, l) = (&shell.words().members, &shell.words().loyalty);
        let columns = [
            Column::new(l.day, Kind::Name),
            Column::new(l.why, Kind::Text),
            Column::new(l.amount, Kind::Figure),
        ];
        let rows = self.withheld.iter().map(|(day, award, amount)| {
            vec![html! { (day) }, html! { span.tk-mono.tk-small { (award) } }, html! { (amount) }]
        });
        html! {
            @if !self.withheld.is_empty() {
                (section(m.withheld, &empty(), &html! {
                    p.tk-small.tk-muted { (m.withheld_help) }
                    (table(&Table::new(m.withheld, &columns, rows.collect()).cards()))
                }))
            }
        }
    }

    fn step_form(&self, shell: &Shell, path: &str) -> Markup {
        let m = &shell.words().members;
        let steps = [
            ("enrol", m.step_enrol),
            ("renew", m.step_renew),
            ("suspend", m.step_suspend),
            ("resume", m.step_resume),
            ("end", m.step_end),
        ];
        let steps: Vec<(String, String)> =
            steps.iter().map(|(word, label)| ((*word).into(), (*label).into())).collect();
        section(
            m.say,
            &empty(),
            &shell.form(
                &format!("{path}/membership/step"),
                "tk-form tk-form--tight",
                &html! {
                    input type="hidden" name="wallet" value=(self.wallet);
                    (Field::new("step", m.step, "").select(&steps))
                    (Field::new("until", m.last_day, "").hint(m.last_day_hint).optional().date())
                    (Field::new("reason", m.reason, "").optional().text())
                    (button(m.say, Look::Primary, None))
                },
            ),
        )
    }

    fn choice_form(&self, shell: &Shell, path: &str) -> Markup {
        let m = &shell.words().members;
        let options = engine::members::Every::ALL.map(|every| {
            let label = crate::reading::members::every(shell.lang, every);
            (every.word().to_owned(), label.to_owned())
        });
        section(m.choices, &empty(), &shell.form(
            &format!("{path}/membership/choice"),
            "tk-form tk-form--tight",
            &html! {
                input type="hidden" name="wallet" value=(self.wallet);
                (Field::new("every", m.statements, self.every).select(&options))
                label.tk-choice {
                    input type="checkbox" name="promotions" value="yes" checked[self.promotions];
                    span { (m.promotions_yes) }
                }
                (button(m.save, Look::Outline, None))
            },
        ))
    }

    fn papers(&self, shell: &Shell, path: &str) -> Markup {
        let m = &shell.words().members;
        let first = self.months.first().map_or("", |(value, _)| value.as_str());
        section(
            m.statements,
            &empty(),
            &html! {
                @if self.issued.is_empty() { p.tk-small.tk-muted { (m.no_issued) } }
                @else {
                    ul.tk-rows {
                        @for (id, period) in &self.issued {
                            li {
                                div.tk-rows__text {
                                    a href={ (path) "/membership/statements/" (id) } { (period) }
                                }
                            }
                        }
                    }
                }
                form.tk-form.tk-form--tight method="get"
                    action={ (path) "/membership/statement" } {
                    input type="hidden" name="wallet" value=(self.wallet);
                    (Field::new("period", m.any_month, first).hint(m.any_month_help)
                        .select(&self.months))
                    (button(m.download, Look::Outline, None))
                }
            },
        )
    }
}

impl Page {
    fn consent(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let columns = [
            Column::new(m.who, Kind::Name),
            Column::new(m.channel_mail, Kind::Text),
            Column::new(m.channel_phone, Kind::Text),
            Column::new(m.channel_messaging, Kind::Text),
            Column::new(m.channel_post, Kind::Text),
        ];
        let said = |(_, given, said): &(&'static str, Option<bool>, String)| {
            let (label, tone) = match given {
                Some(true) => (m.consent_given, Tone::Good),
                Some(false) => (m.consent_taken_back, Tone::Plain),
                None => (m.consent_never, Tone::Plain),
            };
            html! { (status(label, tone)) @if !said.is_empty() { small.tk-below { (said) } } }
        };
        let rows = self.consents.iter().map(|of| {
            let mut row = vec![html! { (of.name) }];
            row.extend(of.channels.iter().map(said));
            row
        });
        section(
            m.consent_of,
            &empty(),
            &table(&Table::new(m.consent_of, &columns, rows.collect()).cards()),
        )
    }

    fn consent_form(&self, shell: &Shell, path: &str) -> Markup {
        let m = &shell.words().members;
        let who: Vec<(String, String)> =
            self.consents.iter().map(|of| (of.subject.clone(), of.name.clone())).collect();
        let said = [
            ("yes".to_owned(), m.consent_given.to_owned()),
            ("no".to_owned(), m.consent_taken_back.to_owned()),
        ];
        section(
            m.write_down,
            &empty(),
            &shell.form(
                &format!("{path}/membership/consent"),
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("subject", m.who, "").select(&who))
                    (Field::new("channel", m.consent, "").select(&self.channels))
                    (Field::new("given", m.said, "yes").select(&said))
                    (Field::new("note", m.note, "").text())
                    (button(m.say, Look::Outline, None))
                },
            ),
        )
    }

    fn referrals(&self, shell: &Shell, path: &str, may: bool) -> Markup {
        let m = &shell.words().members;
        let code = self.code.as_ref().map(|code| (m.my_code, html! { b.tk-mono { (code) } }));
        let brought = self.brought_by.as_ref();
        let brought = brought.map(|name| (m.referrals, fill(m.brought, &[("name", name)])));
        let brought = brought.map(|(label, text)| (label, html! { (text) }));
        let rows: Vec<(&str, Markup)> = code.into_iter().chain(brought).collect();
        card(
            "",
            html! {
                h2 { (m.referrals) }
                (receipt(&rows))
                @if self.friends.is_empty() { p.tk-muted { (m.no_invited) } }
                ul.tk-rows {
                    @for friend in &self.friends {
                        li {
                            (status(friend.stage.0, friend.stage.1))
                            div.tk-rows__text {
                                (friend.name)
                                @for day in &friend.days { small { (day) } }
                            }
                        }
                    }
                }
                @if may && self.brought_by.is_none() {
                    (shell.form(
                        &format!("{path}/membership/referral"),
                        "tk-form tk-form--tight",
                        &html! {
                            (Field::new("code", m.register, "").text())
                            (button(m.use_code, Look::Outline, None))
                        },
                    ))
                }
            },
        )
    }

    /// Whether a user looks after the company's people, and a form to say so.
    fn lead(&self, shell: &Shell, path: &str, id: &str) -> Markup {
        let w = &shell.words().people;
        let looks = self.leads.contains(id);
        let (says, label) = if looks { ("no", w.lead_stop) } else { ("yes", w.lead_say) };
        html! {
            @if looks { small { (w.lead) } }
            @if self.may_make_people {
                (shell.form(
                    &format!("{path}/membership/lead"),
                    "tk-form tk-form--tight",
                    &html! {
                        input type="hidden" name="user" value=(id);
                        input type="hidden" name="looks" value=(says);
                        (button(label, Look::Outline, None))
                    },
                ))
            }
        }
    }

    fn people(&self, shell: &Shell, path: &str) -> Markup {
        let m = &shell.words().members;
        let free: Vec<(String, String)> = self
            .people
            .iter()
            .filter(|(.., person)| person.is_none())
            .map(|(id, name, _)| (id.clone(), name.clone()))
            .collect();
        section(
            m.people,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (m.people_help) }
                p.tk-small.tk-muted.tk-phrase {
                    (shell.words().people.lead) ": " (shell.words().people.lead_help)
                }
                ul.tk-rows {
                    @for (id, name, person) in &self.people {
                        li {
                            div.tk-rows__text {
                                (name)
                                @match person {
                                    Some(code) => {
                                        small {
                                            a href={ "/console/partners/" (encode(code)) "/loyalty" } {
                                                (code)
                                            }
                                        }
                                    }
                                    None => { small { (m.not_a_person) } }
                                }
                                (self.lead(shell, path, id))
                            }
                        }
                    }
                }
                @if self.may_make_people && !free.is_empty() {
                    (shell.form(
                        &format!("{path}/membership/person"),
                        "tk-form tk-form--tight",
                        &html! {
                            (Field::new("user", m.who, "").select(&free))
                            (Field::new("person", m.person_code, "").text())
                            (button(m.make_person, Look::Outline, None))
                        },
                    ))
                }
            },
        )
    }
}
