//! Who would move at the next assessment: the page and its file.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::wallet::TierGroup;
use engine::rules::Rules;
use engine::views::loyalty::{self, MOVERS_MAX, Mover, Movers};
use engine::wallets::Active;
use jiff::civil::Date;

use super::super::money::csv;
use super::{partner_of, partners, tier_name};
use crate::app::Routes;
use crate::console::loyalty::movers::{Count, Page, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading;
use crate::visit::{self, Query, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/movers", get(show));
    routes.get("/console/loyalty/movers.csv", get(export));
}

/// All groups of all wallets, as `wallet/group`.
fn groups(lang: Lang, rules: &Rules) -> Vec<(String, String)> {
    let many = rules.wallets.len() > 1;
    let of_wallet = |of: &Active| {
        let wallet = reading::name(lang, &of.name, &of.code);
        let group = |group: &TierGroup| {
            let name = reading::name(lang, &group.name, &group.code);
            let label = if many { format!("{wallet}: {name}") } else { name };
            (format!("{}/{}", of.code, group.code), label)
        };
        of.wallet.tier_groups.values().map(group).collect::<Vec<_>>()
    };
    rules.wallets.iter().flat_map(of_wallet).collect()
}

/// The group that the address asks for, else the first.
fn asked<'r>(rules: &'r Rules, query: &Query) -> Option<(&'r Active, &'r TierGroup)> {
    let all = || {
        let of_wallet = |of: &'r Active| of.wallet.tier_groups.values().map(move |it| (of, it));
        rules.wallets.iter().flat_map(of_wallet)
    };
    let wanted = query.get("group").map(String::as_str).unwrap_or_default();
    let found = all().find(|(of, group)| format!("{}/{}", of.code, group.code) == wanted);
    found.or_else(|| all().next())
}

async fn read(
    visit: &Visit,
    query: &Query,
    (of, group): (&Active, &TierGroup),
) -> Result<Movers, Failure> {
    let mut reader = visit.reader().await?;
    let master = visit.app.office().master(&mut reader).await?;
    let day: Option<Date> = query.get("day").and_then(|day| day.parse().ok());
    let when = (visit.now, day);
    let found = loyalty::movers(&mut reader, of, &master, when, &group.code).await?;
    found.ok_or(Failure::NotFound)
}

fn is_rise(mover: &Mover) -> bool {
    mover.from < mover.to
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let mut list = reading::list("/console/loyalty/movers", &query);
    let lang = visit.lang;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let mut page = Page {
        list: list.clone(),
        groups: groups(lang, &rules),
        group: String::new(),
        day: None,
        next_check: None,
        counts: vec![],
        rises: 0,
        falls: 0,
        rows: vec![],
        cut: None,
    };
    let Some((of, group)) = asked(&rules, &query) else {
        return Ok(visit.page(&page).into_response());
    };
    let found = read(&visit, &query, (of, group)).await?;
    for name in ["group", "day"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            list.keep.push((name.into(), value.clone()));
        }
    }
    let rises = found.rows.iter().filter(|mover| is_rise(mover)).count() as u64;
    page.falls = found.rows.len() as u64 - rises;
    page.rises = rises;
    let wanted = |mover: &&Mover| match list.filter.as_deref() {
        Some("rises") => is_rise(mover),
        Some("falls") => !is_rise(mover),
        _ => true,
    };
    let rows: Vec<&Mover> = found.rows.iter().filter(wanted).collect();
    let rows = reading::page_of(&mut list, rows);
    let names = partners(&visit, &mut reader, rows.iter().map(|it| it.owner.as_str())).await?;
    page.rows = rows
        .into_iter()
        .map(|mover| Row {
            member: partner_of(&names, &mover.owner),
            from: tier_name(lang, group, mover.from),
            to: tier_name(lang, group, mover.to),
            is_rise: is_rise(mover),
            figure: format::quantity(mover.figure),
            missing: mover.missing.map(format::quantity),
        })
        .collect();
    let count = |(at, count): (usize, &loyalty::RowCount)| Count {
        tier: tier_name(lang, group, at.checked_sub(1)),
        now: count.now,
        rises: count.rises,
        falls: count.falls,
        after: count.after,
    };
    page.counts = found.counts.iter().enumerate().map(count).collect();
    page.group = format!("{}/{}", of.code, group.code);
    page.day = Some(found.day);
    page.next_check = found.next_check;
    page.cut = found.is_cut.then_some(MOVERS_MAX as u64);
    page.list = list;
    Ok(visit.page(&page).into_response())
}

async fn export(visit: Visit) -> Result<Response, Failure> {
    let query = visit::query(&visit.here);
    let list = reading::list("/console/loyalty/movers", &query);
    let rules = visit.app.office().rules(&mut visit.reader().await?).await?;
    let of = asked(&rules, &query).ok_or(Failure::NotFound)?;
    let found = read(&visit, &query, of).await?;
    let heading = ["partner", "tier_group", "by", "from", "to", "figure", "missing"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    let tier = |at: Option<usize>| {
        at.and_then(|at| of.1.rows.get(at)).map(|row| row.tier.to_string()).unwrap_or_default()
    };
    let wanted = |mover: &&Mover| match list.filter.as_deref() {
        Some("rises") => is_rise(mover),
        Some("falls") => !is_rise(mover),
        _ => true,
    };
    for mover in found.rows.iter().filter(wanted) {
        rows.push(vec![
            mover.owner.clone(),
            of.1.code.to_string(),
            found.day.to_string(),
            tier(mover.from),
            tier(mover.to),
            mover.figure.normalize().to_string(),
            mover.missing.map(|gap| gap.normalize().to_string()).unwrap_or_default(),
        ]);
    }
    Ok(csv("tier-moves.csv", &rows))
}
