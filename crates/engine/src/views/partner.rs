//! Partners: the list with what each does, and one partner's page.

use std::collections::{BTreeMap, HashMap};

use domain::master::PartnerState;
use domain::program::Names;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Standing;
use super::portal::{awards_of, payable, running};
use super::standing::standings;
use crate::access::Viewer;
use crate::args;
use crate::catalog::{self, Listing, MasterData, Page, PartnerRow};
use crate::db::{Column, DbError, Reader};
use crate::imports::{self, ImportRow};
use crate::rules::Rules;
use crate::settle::{self, PayoutRow};
use crate::wallets;

/// Payouts and imports on the page at most.
const RECENT_MAX: i64 = 20;
/// Awards of earlier periods on the page at most.
const PAST_MAX: usize = 40;

/// A partner in the list.
#[derive(Debug, Clone)]
pub struct PartnerLine {
    pub partner: PartnerRow,
    /// Names of the parent, if it is known.
    pub parent_names: Option<Names>,
    /// Programs in which it has facts that count.
    pub programs: i64,
    /// Its rows of the journal.
    pub facts: i64,
}

/// One partner.
#[derive(Debug, Clone)]
pub struct PartnerPage {
    pub partner: PartnerRow,
    /// What it was and from when, oldest first.
    pub history: Vec<PartnerState>,
    pub parent: Option<PartnerRow>,
    pub children: Vec<PartnerRow>,
    /// Logins that see this partner.
    pub logins: Vec<String>,
    /// How it stands in the periods that run.
    pub standings: Vec<Standing>,
    /// Earlier periods, newest first.
    pub past: Vec<Standing>,
    pub payouts: Vec<PayoutRow>,
    /// Settled and not paid, by currency.
    pub payable: BTreeMap<String, Decimal>,
    pub imports: Vec<ImportRow>,
}

/// Partners by code, with what each does.
pub async fn partners(
    reader: &mut Reader,
    listing: &Listing,
) -> Result<Page<PartnerLine>, DbError> {
    let page = catalog::partners(reader, listing).await?;
    let ids: Vec<i64> = page.rows.iter().map(|row| row.partner_id).collect();
    let programs = reader
        .lookup(
            "SELECT a.partner_id, COUNT(DISTINCT a.program_id) FROM {keys} CROSS JOIN award a \
             WHERE a.tenant_id = k.tenant AND a.partner_id = k.k1 GROUP BY a.partner_id",
            args![],
            vec![Column::Int(ids.clone())],
        )
        .await?;
    let facts = reader
        .lookup(
            "SELECT f.partner_id, COUNT(*) FROM {keys} CROSS JOIN fact f \
             WHERE f.tenant_id = k.tenant AND f.partner_id = k.k1 GROUP BY f.partner_id",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    let parents: Vec<String> = page.rows.iter().filter_map(|row| row.parent.clone()).collect();
    let parents = reader
        .lookup(
            "SELECT p.code, p.names FROM {keys} CROSS JOIN partner p \
             WHERE p.tenant_id = k.tenant AND p.code = k.k1",
            args![],
            vec![Column::Text(parents)],
        )
        .await?;
    let by_id = |rows: &[crate::db::Row]| -> HashMap<i64, i64> {
        rows.iter().map(|row| (row.int(0), row.int(1))).collect()
    };
    let (programs, facts) = (by_id(&programs), by_id(&facts));
    let parents: HashMap<String, Names> = parents
        .iter()
        .map(|row| (row.string(0), serde_json::from_str(row.text(1)).unwrap_or_default()))
        .collect();
    let line = |partner: PartnerRow| PartnerLine {
        parent_names: partner.parent.as_ref().and_then(|code| parents.get(code)).cloned(),
        programs: programs.get(&partner.partner_id).copied().unwrap_or(0),
        facts: facts.get(&partner.partner_id).copied().unwrap_or(0),
        partner,
    };
    Ok(Page { total: page.total, rows: page.rows.into_iter().map(line).collect() })
}

/// The page of the partner with that code. `None` if the viewer may not see it.
pub async fn page(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (viewer, now): (Viewer, Timestamp),
    code: &str,
) -> Result<Option<PartnerPage>, DbError> {
    let found = catalog::partner_by_code(reader, code).await?;
    let Some(partner) = found.filter(|partner| viewer.may_see(partner.partner_id)) else {
        return Ok(None);
    };
    let id = partner.partner_id;
    let parent = match (&partner.parent, viewer) {
        (Some(code), Viewer::Vendor) => catalog::partner_by_code(reader, code).await?,
        _ => None,
    };
    let children = match viewer {
        Viewer::Vendor => catalog::children_of(reader, code).await?,
        Viewer::Partner(_) => Vec::new(),
    };
    let all = awards_of(reader, rules, id).await?;
    let now_running = running(reader, rules, master, now, id, &all).await?;
    let over: Vec<_> = all
        .into_iter()
        .filter(|figures| !wallets::pays_into(rules, figures.key.program_id, figures.key.term))
        .filter(|figures| {
            let period = super::standing::period_of(rules, &figures.key);
            period.is_some_and(|(plan, _, period)| {
                !period.contains(domain::period::day_of(now, &plan.zone))
            })
        })
        .take(PAST_MAX)
        .collect();
    let past = standings(reader, rules, master, now, &over).await?;
    let filter = imports::Filter { partner_id: Some(id), with_api: true };
    Ok(Some(PartnerPage {
        history: catalog::partner_history(reader, id).await?,
        parent,
        children,
        logins: logins(reader, id).await?,
        standings: now_running,
        past: past.into_iter().flatten().collect(),
        payouts: settle::payouts_of_partner(reader, id, RECENT_MAX).await?,
        payable: payable(reader, id).await?,
        imports: imports::list(reader, &filter, (0, RECENT_MAX)).await?.0,
        partner,
    }))
}

async fn logins(reader: &mut Reader, partner_id: i64) -> Result<Vec<String>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT login FROM user_account WHERE tenant_id = $1 AND partner_id = $2 \
             ORDER BY login",
            args![tenant, partner_id],
        )
        .await?;
    Ok(rows.iter().map(|row| row.string(0)).collect())
}
