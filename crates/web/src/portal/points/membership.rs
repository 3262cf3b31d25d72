//! Portal, points: the reader's memberships, what they chose, and statements of points as PDF.
//!
//! # Promises
//!
//! * Whoever may enrol by themselves does so with one button, and reads first what it means.
//! * A statement is the reader's own, and says what the ledger says.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::wallet::{Channel, MemberState, MemberStep};
use engine::catalog;
use engine::members::{self as store, Choice, Every};
use engine::office::Live;
use engine::papers::points::{self as paper, Covered};
use engine::wallets::{self, Answer, Said};
use maud::{Markup, html};
use serde::Deserialize;

use super::card::CARD;
use super::people::{PEOPLE, is_lead};
use super::routes::own;
use super::{MEMBERSHIP, Tab, tabs, title};
use crate::app::{App, Routes};
use crate::console::routes::statements::file;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, Words, fill};
use crate::reading::links::{self, LinkTold};
use crate::reading::loyalty as say;
use crate::reading::members as words_of;
use crate::reading::name;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button, empty, encode, page_head, receipt, section, status};
use crate::visit::{Sent, Visit, WHOSE_COOKIE, WHOSE_OWN};

/// How long it is remembered whose points the pages are about.
const WHOSE_DAYS: u32 = 365;
/// How many months are offered for a statement of any month.
const MONTHS_OFFERED: i32 = 24;

pub fn add(routes: &mut Routes) {
    routes.get(MEMBERSHIP, get(show));
    routes.post("/portal/points/membership/{wallet}/choice", post(choose));
    routes.post("/portal/points/membership/{wallet}/{act}", post(act));
    routes.post("/portal/points/whose/{whose}", post(switch));
    routes.get("/portal/points/statements", get(of_month));
    routes.get("/portal/points/statements/{id}", get(issued));
}

/// One membership.
#[derive(Debug, Clone)]
pub struct Card {
    pub wallet: String,
    pub name: String,
    pub state: &'static str,
    pub tone: Tone,
    pub rows: Vec<(&'static str, String)>,
    /// What the reader may do, by the last word of its address.
    pub acts: Vec<&'static str>,
    pub by_oneself: bool,
    pub choice: Choice,
    pub months: Vec<(String, String)>,
    /// Issued statements: id, period, when.
    pub issued: Vec<(String, String, String)>,
    /// Where else the reader is known.
    pub links: Vec<LinkTold>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub cards: Vec<Card>,
    /// The company, for whoever looks after its people.
    pub people_of: Option<String>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.members.tab, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let page = html! {
            (page_head(&PageHead {
                title: &self.title,
                badge: empty(),
                meta: empty(),
                actions: empty(),
            }))
            (tabs(shell.lang, Tab::Membership))
            p { a href=(CARD) { (shell.words().people.show_card) } }
            @if let Some(company) = &self.people_of {
                p {
                    a href=(PEOPLE) {
                        (fill(shell.words().people.open_people, &[("company", company)]))
                    }
                }
            }
            @for card in &self.cards { (card.draw(shell)) }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl Card {
    fn draw(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let base = format!("{MEMBERSHIP}/{}", encode(&self.wallet));
        let mut rows = vec![(m.state, status(self.state, self.tone))];
        rows.extend(self.rows.iter().map(|(label, value)| (*label, html! { (value) })));
        let act = |act: &str| {
            let (label, help, look) = match act {
                "enrol" => (m.join, m.join_help, Look::Primary),
                "number" => (m.join_known, m.join_known_help, Look::Outline),
                "renew" => (m.renew, "", Look::Outline),
                _ => (m.leave, m.leave_help, Look::Outline),
            };
            // Whoever is a member without a word enrols, too: a number comes with it.
            let step = if act == "number" { "enrol" } else { act };
            shell.form(
                &format!("{base}/{step}"),
                "tk-form tk-form--tight",
                &html! {
                    @if !help.is_empty() { p.tk-small.tk-muted.tk-phrase { (help) } }
                    (button(label, look, None))
                },
            )
        };
        html! {
            (section(&self.name, &empty(), &html! {
                (receipt(&rows))
                @for word in &self.acts { (act(word)) }
                @if !self.by_oneself {
                    p.tk-small.tk-muted { (fill(m.not_by_oneself, &[("vendor", &shell.vendor)])) }
                }
            }))
            (self.elsewhere(shell))
            (self.choices(shell, &base))
            (self.statements(shell))
        }
    }

    fn elsewhere(&self, shell: &Shell) -> Markup {
        let w = &shell.words().people;
        html! {
            @if !self.links.is_empty() {
                (section(w.links, &empty(), &html! {
                    ul.tk-rows {
                        @for link in &self.links {
                            li {
                                (status(&link.state.0, link.state.1))
                                div.tk-rows__text {
                                    (link.company)
                                    @if let Some(number) = &link.number {
                                        " " span.tk-mono { (number) }
                                    }
                                    small { (w.since) " " (link.since) }
                                }
                            }
                        }
                    }
                    p.tk-small.tk-muted.tk-phrase {
                        (fill(w.own_links_help, &[("vendor", &shell.vendor)]))
                    }
                }))
            }
        }
    }

    fn choices(&self, shell: &Shell, base: &str) -> Markup {
        let m = &shell.words().members;
        let options: Vec<(String, String)> = Every::ALL
            .into_iter()
            .map(|every| (every.word().to_owned(), words_of::every(shell.lang, every).to_owned()))
            .collect();
        section(
            m.choices,
            &empty(),
            &shell.form(
                &format!("{base}/choice"),
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("every", m.statements, self.choice.every.word())
                        .hint(m.statements_help).select(&options))
                    label.tk-choice {
                        input type="checkbox" name="promotions" value="yes"
                            checked[self.choice.promotions];
                        span { (m.promotions) }
                    }
                    (button(m.save, Look::Outline, None))
                },
            ),
        )
    }

    fn statements(&self, shell: &Shell) -> Markup {
        let m = &shell.words().members;
        let first = self.months.first().map_or("", |(value, _)| value.as_str());
        section(
            m.statements,
            &empty(),
            &html! {
                h3.tk-small { (m.issued) }
                @if self.issued.is_empty() { p.tk-small.tk-muted { (m.no_issued) } }
                @else {
                    ul.tk-rows {
                        @for (id, period, when) in &self.issued {
                            li {
                                div.tk-rows__text {
                                    a href={ "/portal/points/statements/" (id) } { (period) }
                                    small { (when) }
                                }
                            }
                        }
                    }
                }
                form.tk-form.tk-form--tight method="get" action="/portal/points/statements" {
                    input type="hidden" name="wallet" value=(self.wallet);
                    (Field::new("period", m.any_month, first).hint(m.any_month_help)
                        .select(&self.months))
                    (button(m.download, Look::Outline, None))
                }
            },
        )
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let lang = visit.lang;
    let partner_id = visit.member_id()?;
    let issued = paper::issued(&mut reader, partner_id).await?;
    let links = store::links(&mut reader, partner_id).await?;
    let mut cards = Vec::new();
    for of in &own.rules.wallets {
        let member =
            wallets::membership(&mut reader, of, &own.master, visit.now, &own.partner).await?;
        let choice = store::choice(&mut reader, of.wallet_id, partner_id).await?;
        let members = &of.wallet.members;
        let acts = match member.is.state {
            _ if !members.by_oneself => vec![],
            MemberState::Outside | MemberState::Ended => vec!["enrol"],
            // A member without a word has no number yet.
            MemberState::Active if member.is.since.is_none() => vec!["number"],
            MemberState::Active if members.lasts.is_some() => vec!["renew", "end"],
            MemberState::Active => vec!["end"],
            MemberState::Suspended | MemberState::Merged => vec![],
        };
        let (state, tone) = words_of::state(lang, member.is.state);
        cards.push(Card {
            wallet: of.code.clone(),
            name: name(lang, &of.name, &of.code),
            state,
            tone,
            rows: words_of::membership(lang, &of.code, &member),
            acts,
            by_oneself: members.by_oneself,
            choice: choice.map(|row| row.choice).unwrap_or_default(),
            months: words_of::months(lang, visit.today(), MONTHS_OFFERED),
            issued: issued
                .iter()
                .filter(|it| it.wallet_id == of.wallet_id)
                .map(|it| {
                    let period = words_of::period(lang, it.from, it.to);
                    (it.id.clone(), period, format::moment_column(visit.local(it.at), lang))
                })
                .collect(),
            links: links::told(lang, of, &links),
        });
    }
    let people_of = if is_lead(&visit, &mut reader).await? {
        let company = catalog::partner_by_id(&mut reader, visit.partner_id()?).await?;
        company.map(|row| name(lang, &row.names, &row.code))
    } else {
        None
    };
    let page = Page { title: title(lang, &own.wallets), cards, people_of };
    Ok(visit.page(&page).into_response())
}

/// The reader enrols, renews or leaves, where the wallet lets partners do so by themselves.
async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((wallet, act)): Path<(String, String)>,
    _: Sent<serde_json::Value>,
) -> Result<Redirect, Failure> {
    let step = match act.as_str() {
        "enrol" => MemberStep::Enrol { channel: Some(Channel::Portal), until: None },
        "renew" => MemberStep::Renew { until: None },
        "end" => MemberStep::End,
        _ => return Err(Failure::NotFound),
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?.clone();
    let of = rules.wallets.iter().find(|of| of.code == wallet && of.wallet.members.by_oneself);
    let of = of.ok_or(Failure::NotFound)?;
    let said = Said { partner, step, on: None, reason: None };
    let by = (&visit.actor()?, visit.now);
    let answer = wallets::say(&mut tx, (&rules, &master), by, of, said).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    if let Answer::Refused(why) = answer {
        return Err(Failure::Conflict(say::refusal(visit.lang, why.word())));
    }
    office.tell(Live::Wallet(visit.member_id()?));
    Ok(Redirect::to(&format!("{MEMBERSHIP}?done=saved")))
}

#[derive(Deserialize)]
struct Chosen {
    every: String,
    promotions: Option<String>,
}

async fn choose(
    State(app): State<App>,
    visit: Visit,
    Path(wallet): Path<String>,
    sent: Sent<Chosen>,
) -> Result<Redirect, Failure> {
    let every = Every::from_word(&sent.form.every).ok_or(Failure::NotFound)?;
    let new = Choice { every, promotions: sent.form.promotions.is_some() };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let of = rules.wallets.iter().find(|of| of.code == wallet).ok_or(Failure::NotFound)?;
    let by = (&visit.actor()?, visit.now);
    store::choose(&mut tx, by, (of.wallet_id, visit.member_id()?), new).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{MEMBERSHIP}?done=saved")))
}

/// A statement of any month, as the ledger says it now.
async fn of_month(visit: Visit) -> Result<Response, Failure> {
    let partner_id = visit.member_id()?;
    statement_of_month(&visit, partner_id).await
}

/// The statement of the month and wallet that the address names, of a partner.
pub async fn statement_of_month(visit: &Visit, partner_id: i64) -> Result<Response, Failure> {
    let query = crate::visit::query(&visit.here);
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let covered = Covered::from_word(text("period")).ok_or(Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let of = rules.wallets.iter().find(|of| of.code == text("wallet")).ok_or(Failure::NotFound)?;
    let partner = catalog::partner_by_id(&mut reader, partner_id).await?;
    let partner = partner.ok_or(Failure::NotFound)?;
    let when = (visit.now, covered);
    let it = paper::gather(&mut reader, (&rules, &master), of, &partner, when).await?;
    drawn(visit.lang, &it)
}

/// A statement that was issued, if it is that partner's.
pub async fn statement_issued(
    visit: &Visit,
    partner_id: i64,
    id: &str,
) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let found = paper::find(&mut reader, id).await?.filter(|(it, _)| it.partner_id == partner_id);
    let (_, statement) = found.ok_or(Failure::NotFound)?;
    drawn(visit.lang, &statement)
}

async fn issued(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let partner_id = visit.member_id()?;
    statement_issued(&visit, partner_id, &id).await
}

fn drawn(lang: Lang, statement: &paper::PointStatement) -> Result<Response, Failure> {
    let paper_lang = match lang {
        Lang::Ja => domain::explain::Lang::Ja,
        Lang::En => domain::explain::Lang::En,
    };
    let bytes = paper::pdf(statement, paper_lang);
    let bytes = bytes.map_err(|error| Failure::Conflict(error.to_string()))?;
    // Codes of partners may hold any sign; a header may not.
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let number: String = statement.number.chars().map(safe).collect();
    Ok(file(&format!("{number}-{}.pdf", lang.tag()), bytes))
}

/// From now on the pages of points are about the reader's own points, or the company's.
async fn switch(
    visit: Visit,
    Path(whose): Path<String>,
    _: Sent<serde_json::Value>,
) -> Result<Response, Failure> {
    if visit.shell().viewer.and_then(|viewer| viewer.whose).is_none() {
        return Err(Failure::NotFound);
    }
    let value = if whose == WHOSE_OWN { WHOSE_OWN } else { "company" };
    let cookie = visit.cookie(WHOSE_COOKIE, value, WHOSE_DAYS);
    let headers = [(axum::http::header::SET_COOKIE, cookie)];
    Ok((headers, Redirect::to(super::OVERVIEW)).into_response())
}
