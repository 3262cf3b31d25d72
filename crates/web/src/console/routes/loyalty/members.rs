//! The list of members.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::wallet::is_hidden;
use engine::views::loyalty::{self, Member, MemberOrder, MemberQuery};
use engine::wallets::Active;
use rust_decimal::Decimal;

use super::{chosen, named, partner_of, partners, tier_name};
use crate::app::Routes;
use crate::console::loyalty::members::{Page, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading;
use crate::ui::List;
use crate::visit::{self, Query, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/members", get(show));
}

/// Currencies and tiers of a wallet, as the page offers them.
struct Choices {
    units: Vec<(String, String)>,
    tiers: Vec<(String, String)>,
}

fn choices(lang: Lang, of: &Active) -> Choices {
    let mut shown: Vec<_> = of.wallet.points.values().filter(|it| !is_hidden(&it.unit)).collect();
    // What can be spent before what counts for tiers.
    shown.sort_by_key(|it| !it.is_spendable());
    let units =
        shown.into_iter().map(|it| (it.unit.to_string(), reading::name(lang, &it.name, &it.unit)));
    let groups = of.wallet.tier_groups.values();
    let tiers = groups.flat_map(|group| {
        let name = reading::name(lang, &group.name, &group.code);
        let many = of.wallet.tier_groups.len() > 1;
        let label = move |tier: &str| if many { format!("{name}: {tier}") } else { tier.into() };
        let none = (format!("{}/-", group.code), label(lang.words().loyalty.without_tier));
        let rows = group.rows.iter().enumerate().map(|(at, row)| {
            let value = format!("{}/{at}", group.code);
            (value, label(&reading::name(lang, &row.name, &row.tier)))
        });
        rows.chain([none]).collect::<Vec<_>>()
    });
    Choices { units: units.collect(), tiers: tiers.collect() }
}

fn asked(query: &Query, list: &List, choices: &Choices) -> MemberQuery {
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let unit = choices.units.iter().find(|(code, _)| code == text("unit"));
    let unit = unit.or_else(|| choices.units.first()).map(|(code, _)| code.clone());
    let is_known = choices.tiers.iter().any(|(value, _)| value == text("tier"));
    let tier = text("tier").rsplit_once('/').filter(|_| is_known);
    let (offset, limit) = reading::window(list);
    let sort = list.sort.as_ref();
    MemberQuery {
        unit,
        tier: tier.map(|(group, at)| (group.to_owned(), at.parse().ok())),
        search: list.q.clone(),
        order: match sort.map(|sort| (sort.key.as_str(), sort.descending)) {
            Some(("code", _)) => MemberOrder::Code,
            Some(("amount", false)) => MemberOrder::LeastFirst,
            _ => MemberOrder::MostFirst,
        },
        offset,
        limit,
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/loyalty/members", &query);
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let Some(of) = chosen(&rules, &query) else {
        let page = Page {
            list,
            rows: vec![],
            wallets: vec![],
            wallet: String::new(),
            units: vec![],
            unit: String::new(),
            tiers: vec![],
            tier: String::new(),
            groups: vec![],
        };
        return Ok(visit.page(&page).into_response());
    };
    let choices = choices(lang, of);
    let wanted = asked(&query, &list, &choices);
    let found = loyalty::members(&mut reader, (&rules, &master), of, visit.now, &wanted).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    for name in ["wallet", "unit", "tier"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            list.keep.push((name.into(), value.clone()));
        }
    }
    let owners = found.rows.iter().map(|row| row.owner.as_str());
    let names = partners(&visit, &mut reader, owners).await?;
    let groups: Vec<_> = of.wallet.tier_groups.values().collect();
    let row = |member: &Member| {
        let some = |amount: Decimal| (!amount.is_zero()).then(|| format::quantity(amount));
        Row {
            member: partner_of(&names, &member.owner),
            is_pool: !names.contains_key(&member.owner),
            amount: format::quantity(member.amount),
            escrow: some(member.escrow),
            reserved: some(member.reserved),
            arrears: some(member.arrears),
            tiers: groups
                .iter()
                .map(|group| {
                    let at = member.tiers.iter().find(|(code, _)| **code == *group.code);
                    tier_name(lang, group, at.and_then(|(_, at)| *at))
                })
                .collect(),
        }
    };
    let page = Page {
        rows: found.rows.iter().map(row).collect(),
        wallets: named(lang, &rules),
        wallet: of.code.clone(),
        unit: wanted.unit.clone().unwrap_or_default(),
        tier: query.get("tier").cloned().unwrap_or_default(),
        groups: groups.iter().map(|it| reading::name(lang, &it.name, &it.code)).collect(),
        units: choices.units,
        tiers: choices.tiers,
        list,
    };
    Ok(visit.page(&page).into_response())
}
