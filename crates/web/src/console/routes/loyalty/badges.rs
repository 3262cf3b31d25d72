//! Badges in the console.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::wallet::Ends;
use engine::views::loyalty::{self as views, Holder};
use engine::wallets::{self, ReasonKind};

use super::partner::status;
use super::{partner_of, partners};
use crate::app::Routes;
use crate::console::loyalty::badges::{Badge, Holder as Shown, Page};
use crate::failure::Failure;
use crate::format;
use crate::reading::{loyalty as say, name};
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/badges", get(show));
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let reasons = wallets::reasons(&mut reader).await?;
    let mut badges = vec![];
    for of in &rules.wallets {
        let mut held = views::badge_holders(&mut reader, of, visit.now).await?;
        for (code, kind) in &of.wallet.badges {
            let holders = held.remove(&**code).unwrap_or_default();
            let codes = holders.iter().map(|it| it.partner.as_str());
            let named = partners(&visit, &mut reader, codes).await?;
            let shown = |it: &Holder| Shown {
                partner: partner_of(&named, it.partner.as_str()),
                state: status(lang, it.held.status),
                since: it.held.since.map(|day| format::day_column(day, lang)),
                until: it.held.ends.text().map(|day| say::last_day(lang, &day)),
                reason: it
                    .held
                    .reason
                    .as_ref()
                    .map(|text| say::reason(lang, &reasons, ReasonKind::Badge, text)),
            };
            // One that nobody holds any more never ends.
            let over = |it: &Holder| it.held.status == "cancelled" && it.held.ends == Ends::Never;
            badges.push(Badge {
                code: code.to_string(),
                name: name(lang, &kind.name, code),
                description: name(lang, &kind.description, ""),
                active: holders.iter().filter(|it| it.held.status == "active").count(),
                holders: holders
                    .iter()
                    .map(|it| {
                        let shown = shown(it);
                        if over(it) { Shown { until: Some("–".into()), ..shown } } else { shown }
                    })
                    .collect(),
            });
        }
    }
    Ok(visit.page(&Page { badges }).into_response())
}
