//! Partners and products.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::amount::Currency;
use domain::master::Fields;
use engine::access::{self, Viewer};
use engine::catalog::{
    self, KeptEntry, Listing, PartnerRow, ProductRow, ReferenceListing, ReferenceTable, Said,
};
use engine::db::Reader;
use engine::imports::{self, Filter};
use engine::reference;
use engine::settle;

use super::money::payout_state;
use crate::app::{App, Routes};
use crate::console::program::Event;
use crate::console::{partner, partners, products};
use crate::failure::Failure;
use crate::format::{self, Money};
use crate::owing::Owing;
use crate::reading;
use crate::reading::standing;
use crate::ui::encode;
use crate::view::PartnerRef;
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/partners", get(show_partners));
    routes.get("/console/partners/{code}", get(show_partner));
    routes.get("/console/products", get(show_products));
    routes.post("/console/products/list", post(to_list));
}

fn listing(list: &crate::ui::List) -> Listing {
    let (offset, limit) = reading::window(list);
    Listing { search: list.q.clone(), offset, limit }
}

async fn show_partners(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/partners", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let found = catalog::partners(&mut reader, &listing(&list)).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    let rows = found.rows.iter().map(|row| partner_row(&visit, row)).collect();
    Ok(visit.page(&partners::Page { list, rows }).into_response())
}

fn partner_row(visit: &Visit, row: &PartnerRow) -> partners::Row {
    partners::Row {
        partner: reading::partner_ref(visit.lang, row),
        country: field(&row.fields, "country"),
        region: field(&row.fields, "region"),
        level: row.fields.get("level").cloned(),
        parent: row
            .parent
            .as_ref()
            .map(|code| PartnerRef { code: code.clone(), name: code.clone() }),
    }
}

fn field(fields: &Fields, name: &str) -> String {
    fields.get(name).cloned().unwrap_or_default()
}

/// Fields that have a place of their own on the page.
const SHOWN: [&str; 5] = ["country", "region", "level", "parent", "name"];
const PAYOUTS_SHOWN: i64 = 50;

async fn show_partner(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let row = catalog::partner_by_code(&mut reader, &code).await?.ok_or(Failure::NotFound)?;
    let parent = match &row.parent {
        Some(code) => catalog::partner_by_code(&mut reader, code).await?,
        None => None,
    };
    let children = catalog::children_of(&mut reader, &code).await?;
    let users = access::users(&mut reader, Some(row.partner_id)).await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let payouts = settle::payouts_of_partner(&mut reader, row.partner_id, PAYOUTS_SHOWN)
        .await?
        .into_iter()
        .filter_map(|payout| {
            let currency = domain::amount::Currency::parse(&payout.unit)?;
            Some(partner::Payout {
                owing: Owing::of(visit.lang, &rules, &payout)?,
                id: payout.public_id,
                amount: Money::new(payout.amount, currency),
                state: payout_state(payout.status),
            })
        })
        .collect();
    let sums = engine::settle::partner_sums(&mut reader, row.partner_id).await?;
    let totals = sums
        .iter()
        .filter_map(|((program, unit), sums)| {
            let currency = Currency::parse(unit)?;
            Some(partner::Total {
                program: match program {
                    Some(code) => reading::program_named(visit.lang, &rules, code).name,
                    None => visit.lang.words().owing.rewards.into(),
                },
                count: sums.count,
                settled: Money::new(sums.settled(), currency),
                rejected: Money::new(sums.rejected, currency),
                paid: Money::new(sums.paid, currency),
            })
        })
        .collect();
    let awards = standings_of(&visit, &mut reader, row.partner_id).await?;
    let uploads = uploads_of(&visit, &mut reader, row.partner_id).await?;
    let lang = visit.lang;
    let shown = lang.tag();
    let page = partner::Page {
        partner: reading::partner_ref(lang, &row),
        names: row
            .names
            .iter()
            .filter(|(tag, _)| tag.as_str() != shown)
            .map(|(tag, name)| (tag.clone(), name.clone()))
            .collect(),
        country: field(&row.fields, "country"),
        region: field(&row.fields, "region"),
        level: row.fields.get("level").cloned(),
        parent: parent.map(|parent| reading::partner_ref(lang, &parent)),
        children: children.iter().map(|child| reading::partner_ref(lang, child)).collect(),
        ship_to: vec![],
        attributes: row
            .fields
            .iter()
            .filter(|(name, _)| !SHOWN.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        users: users.into_iter().map(|user| user.name).collect(),
        awards,
        payouts,
        totals,
        targets: targets_of(&mut reader, &code).await?,
        uploads,
        history: history(&visit, &mut reader, &row).await?,
        has_loyalty: super::loyalty::has_wallets(&rules),
    };
    Ok(visit.page(&page).into_response())
}

/// How it stands in every term that runs.
async fn standings_of(
    visit: &Visit,
    reader: &mut Reader,
    partner_id: i64,
) -> Result<Vec<partner::Award>, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    let of = (Viewer::Vendor, visit.now);
    let home = engine::views::portal::home(reader, &rules, &master, of, partner_id).await?;
    let standings = home.map(|home| home.standings).unwrap_or_default();
    Ok(standings
        .iter()
        .map(|of| partner::Award {
            standing: standing::standing(visit.lang, of),
            explain: (of.facts > 0).then(|| of.of.to_string()),
        })
        .collect())
}

/// The figures that are its own.
async fn targets_of(reader: &mut Reader, code: &str) -> Result<Vec<partner::Target>, Failure> {
    let listing = ReferenceListing {
        partner: Some(code.to_owned()),
        limit: TARGETS_SHOWN,
        ..ReferenceListing::default()
    };
    let page = catalog::reference_entries(reader, ReferenceTable::Figures, &listing).await?;
    let target = |entry: KeptEntry| match entry.said {
        Said::Figure { table, entry } => Some(partner::Target {
            table,
            period: entry.period,
            groups: entry.groups.into_iter().collect(),
            value: format::quantity(entry.value),
            from: entry.from,
        }),
        _ => None,
    };
    Ok(page.rows.into_iter().filter_map(target).collect())
}

const TARGETS_SHOWN: i64 = 100;

/// The files it sent, newest first.
async fn uploads_of(
    visit: &Visit,
    reader: &mut Reader,
    partner_id: i64,
) -> Result<Vec<crate::progress::Upload>, Failure> {
    let filter = Filter { partner_id: Some(partner_id), with_api: false };
    let (rows, _) = imports::list(reader, &filter, (0, PAYOUTS_SHOWN)).await?;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| crate::progress::Upload {
            sent: visit.local(row.started_at),
            state: super::imports::state_of(row.status),
            rows: count(row.counts.read),
            rejected: count(row.counts.rejected),
            file: row.name,
            id: row.id,
        })
        .collect())
}

/// What changed about a partner, newest first.
async fn history(
    visit: &Visit,
    reader: &mut Reader,
    row: &PartnerRow,
) -> Result<Vec<Event>, Failure> {
    let t = &visit.lang.words().terms;
    let states = catalog::partner_history(reader, row.partner_id).await?;
    let mut events: Vec<Event> = states
        .iter()
        .zip(states.iter().skip(1))
        .filter_map(|(before, after)| {
            let changed: Vec<String> = after
                .fields
                .iter()
                .filter(|(name, value)| before.fields.get(*name) != Some(value))
                .map(|(name, value)| {
                    let old = before.fields.get(name).map_or("–", String::as_str);
                    format!("{name}: {old} → {value}")
                })
                .collect();
            let from = after.from?;
            (!changed.is_empty()).then(|| Event {
                at: from.at(0, 0, 0, 0),
                who: t.holds_from_then.into(),
                what: changed.join(", "),
            })
        })
        .collect();
    events.reverse();
    Ok(events)
}

async fn show_products(visit: Visit) -> Result<Response, Failure> {
    let mut list = reading::list("/console/products", &visit::query(&visit.here));
    let mut reader = visit.reader().await?;
    let found = catalog::products(&mut reader, &listing(&list)).await?;
    list.rows = u64::try_from(found.total).unwrap_or_default();
    let rows = found.rows.iter().map(|row| product_row(&visit, row)).collect();
    Ok(visit.page(&products::Page { list, rows }).into_response())
}

#[derive(serde::Deserialize)]
struct ListForm {
    #[serde(default)]
    q: String,
    list: String,
}

/// Adds all products that a search finds to a list of codes.
async fn to_list(
    State(app): State<App>,
    visit: Visit,
    sent: Sent<ListForm>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let rules = office.rules(&mut tx).await?;
    let list = sent.form.list.trim();
    let of = (list, sent.form.q.trim());
    reference::list_products(&mut tx, &rules, visit.now, &visit.actor()?, of).await?;
    tx.commit().await?;
    office.wake();
    let to = format!("/console/reference/lists?filter={}&done=saved", encode(list));
    Ok(Redirect::to(&to))
}

fn product_row(visit: &Visit, row: &ProductRow) -> products::Row {
    let categories = row.category.as_deref().unwrap_or_default();
    let own = ["category", "subcategory", "name"];
    products::Row {
        code: row.code.clone(),
        name: reading::name(visit.lang, &row.names, &row.code),
        categories: categories.split('/').map(str::to_string).collect(),
        attributes: row
            .fields
            .iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}
