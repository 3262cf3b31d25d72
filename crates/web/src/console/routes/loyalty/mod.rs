//! Loyalty: wallets, members, what points cost, who moves, and what is done by hand.

mod badges;
mod building;
mod counter;
mod games;
mod hand;
mod liability;
mod links;
mod making;
mod members;
mod membership;
mod memberships;
mod movers;
pub mod orders;
mod partner;
mod pictures;
mod pools;
mod promotions;
mod proposals;
mod reasons;
mod sponsors;
mod tell;
mod trace;
mod wallets;

use std::collections::HashMap;

use domain::wallet::TierGroup;
use engine::catalog;
use engine::db::Reader;
use engine::rules::Rules;
use engine::wallets::Active;

use crate::app::Routes;
use crate::console::loyalty::TierName;
use crate::failure::Failure;
use crate::i18n::Lang;
use crate::reading;
use crate::view::PartnerRef;
use crate::visit::{Query, Visit};

pub use partner::has_wallets;

pub fn add(routes: &mut Routes) {
    members::add(routes);
    memberships::add(routes);
    membership::add(routes);
    links::add(routes);
    wallets::add(routes);
    promotions::add(routes);
    building::add(routes);
    movers::add(routes);
    liability::add(routes);
    counter::add(routes);
    games::add(routes);
    orders::add(routes);
    sponsors::add(routes);
    partner::add(routes);
    hand::add(routes);
    proposals::add(routes);
    pools::add(routes);
    pictures::add(routes);
    badges::add(routes);
    reasons::add(routes);
    tell::add(routes);
    trace::add(routes);
}

/// The wallet that the address asks for, else the first.
fn chosen<'r>(rules: &'r Rules, query: &Query) -> Option<&'r Active> {
    let asked = query.get("wallet").map(String::as_str).unwrap_or_default();
    let found = rules.wallets.iter().find(|of| of.code == asked);
    found.or_else(|| rules.wallets.first())
}

/// The wallets that act, by code and name.
fn named(lang: Lang, rules: &Rules) -> Vec<(String, String)> {
    let name = |of: &Active| (of.code.clone(), reading::name(lang, &of.name, &of.code));
    rules.wallets.iter().map(name).collect()
}

/// A row of a tier group by its name; nothing below the first.
fn tier_name(lang: Lang, group: &TierGroup, at: Option<usize>) -> Option<TierName> {
    let at = at?;
    let row = group.rows.get(at)?;
    Some(TierName { name: reading::name(lang, &row.name, &row.tier), rank: at + 1 })
}

/// Partners by their names; a pool goes by its code.
async fn partners(
    visit: &Visit,
    reader: &mut Reader,
    codes: impl Iterator<Item = &str>,
) -> Result<HashMap<String, PartnerRef>, Failure> {
    let mut found = HashMap::new();
    for code in codes {
        if found.contains_key(code) {
            continue;
        }
        if let Some(row) = catalog::partner_by_code(reader, code).await? {
            found.insert(code.to_owned(), reading::partner_ref(visit.lang, &row));
        }
    }
    Ok(found)
}

/// The partner of that name, or its code alone.
fn partner_of(found: &HashMap<String, PartnerRef>, code: &str) -> PartnerRef {
    let unknown = || PartnerRef { code: code.into(), name: code.into() };
    found.get(code).cloned().unwrap_or_else(unknown)
}
