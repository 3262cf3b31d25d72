//! Portal, points: the card of a membership, to be shown to somebody: number, name, tier, QR code.
//!
//! # Promises
//!
//! * The code on it is the number of the membership, which the counter finds; who never enrolled
//!   where nobody has to shows the partner's code.
//! * Only who is a member now has a card.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::wallet::MemberState;
use engine::catalog;
use engine::wallets;
use maud::{Markup, html};

use super::routes::own;
use super::{MEMBERSHIP, qr, tiers, title};
use crate::app::Routes;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Words, fill};
use crate::reading::{members, name};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, button_link, card, empty, page_head, receipt, section, status};
use crate::visit::Visit;

pub const CARD: &str = "/portal/points/card";

pub fn add(routes: &mut Routes) {
    routes.get(CARD, get(show));
}

/// One card.
#[derive(Debug, Clone)]
pub struct Card {
    pub wallet: String,
    pub number: String,
    pub tiers: Vec<String>,
    pub until: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub title: String,
    pub holder: String,
    pub cards: Vec<Card>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", words.people.card, self.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, w) = (shell.lang, &shell.words().people);
        let back = button_link(shell.words().members.tab, MEMBERSHIP, Look::Outline, None);
        let page = html! {
            (page_head(&PageHead {
                title: &self.holder,
                badge: empty(),
                meta: empty(),
                actions: back,
            }))
            @if self.cards.is_empty() {
                (section(w.card, &empty(), &html! { p.tk-muted.tk-phrase { (w.no_card) } }))
            }
            @for of in &self.cards {
                @let state = members::state(lang, MemberState::Active);
                @let label = fill(w.card_qr, &[("number", &of.number)]);
                (card("tk-counter", html! {
                    h2 { (of.wallet) }
                    (qr::svg(&of.number, &label))
                    p.tk-small.tk-muted.tk-phrase { (w.card_help) }
                    p.tk-counter__code.tk-mono { (of.number) }
                    (receipt(&of.rows(shell, status(state.0, state.1))))
                }))
            }
        };
        frame::portal(shell, PortalPlace::Points, &page)
    }
}

impl Card {
    fn rows(&self, shell: &Shell, state: Markup) -> Vec<(&'static str, Markup)> {
        let (m, l) = (&shell.words().members, &shell.words().loyalty);
        let mut rows = vec![(m.state, state)];
        rows.extend(self.tiers.iter().map(|tier| (l.tier, html! { (tier) })));
        rows.extend(self.until.iter().map(|day| (m.until, html! { (day) })));
        rows
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let row = catalog::partner_by_id(&mut reader, visit.member_id()?).await?;
    let row = row.ok_or(Failure::NotFound)?;
    let mut cards = Vec::new();
    for of in &own.rules.wallets {
        let member =
            wallets::membership(&mut reader, of, &own.master, visit.now, &own.partner).await?;
        if member.is.state != MemberState::Active {
            continue;
        }
        let shown = own.wallets.iter().find(|it| it.code == of.code);
        let groups = shown.into_iter().flat_map(|it| it.tiers.iter().map(move |tier| (it, tier)));
        let named = |(wallet, group): (&_, &engine::views::wallet::Tier)| {
            let all = tiers(lang, wallet, group);
            group.tier.and_then(|at| Some(all.get(at)?.label(lang)))
        };
        cards.push(Card {
            wallet: name(lang, &of.name, &of.code),
            number: member.shown(&of.code),
            tiers: groups.filter_map(named).collect(),
            until: member.is.until.map(|day| format::day_long(day, lang)),
        });
    }
    let page =
        Page { title: title(lang, &own.wallets), holder: name(lang, &row.names, &row.code), cards };
    Ok(visit.page(&page).into_response())
}
