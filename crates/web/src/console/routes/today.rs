//! Today: who is close to a tier, what may be closed, what waits for a decision.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::amount::Currency;
use engine::catalog;
use engine::db::Reader;
use engine::rules::Rules;
use engine::views::today as views;

use crate::app::Routes;
use crate::console::today::{self, Approval, Close, Exception, NearMiss, Stock};
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::{Lang, fill};
use crate::reading::{self, standing};
use crate::ui::Tone;
use crate::view::PartnerRef;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/console", get(show));
}

/// Near misses shown.
const NEAR_SHOWN: usize = 8;
/// Files with refused rows, and codes nobody knows, shown of each at most.
const EXCEPTIONS_SHOWN: usize = 6;

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let office = visit.app.office();
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let found = views::today(&mut reader, &rules, &master, visit.now).await?;
    let (approvals_all, approvals) = approvals(&visit, &mut reader, &rules, &found).await?;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let page = today::Page {
        today: visit.today(),
        as_of: visit.local(visit.now),
        stock: Stock {
            partners: count(found.stock.partners),
            products: count(found.stock.products),
            lines: count(found.stock.facts),
            programs: rules.plans.len() as u64,
        },
        near_all: count(found.near_all),
        near: found.near.iter().take(NEAR_SHOWN).map(|near| near_miss(visit.lang, near)).collect(),
        closes: closes(visit.lang, &found),
        approvals,
        approvals_all,
        exceptions: exceptions(&visit, &found),
        accrued: accrued(&visit, &mut reader, &rules).await?,
    };
    Ok(visit.page(&page).into_response())
}

/// What running periods have accrued, by currency, the largest first.
async fn accrued(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
) -> Result<Vec<Money>, Failure> {
    let mut accrued = Vec::<Money>::new();
    for line in engine::views::programs::programs(reader, rules, visit.now).await? {
        match accrued.iter_mut().find(|sum| sum.currency == line.currency) {
            Some(sum) => sum.amount += line.running.earned,
            None => accrued.push(Money::new(line.running.earned, line.currency)),
        }
    }
    accrued.retain(|sum| !sum.is_zero());
    accrued.sort_by_key(|sum| std::cmp::Reverse(sum.amount));
    Ok(accrued)
}

fn near_miss(lang: Lang, near: &views::NearMiss) -> NearMiss {
    NearMiss {
        partner: PartnerRef {
            code: near.code.clone(),
            name: reading::name(lang, &near.names, &near.code),
        },
        region: near.region.clone().unwrap_or_default(),
        standing: standing::standing(lang, &near.standing),
        brings: reading::rules::sales_of_gap(&near.standing),
        explain: Some(near.standing.of.to_string()),
    }
}

fn closes(lang: Lang, found: &views::Today) -> Vec<Close> {
    found
        .closes
        .iter()
        .filter_map(|close| {
            Some(Close {
                id: reading::period_id(&close.program, &close.period.name),
                program: reading::name(lang, &close.program_names, &close.program),
                period: reading::period(&close.period),
                may_close_from: close.closable_from,
                amount: Money::new(close.amount, Currency::parse(&close.currency)?),
                partners: u64::try_from(close.partners).unwrap_or_default(),
                exceptions: u64::try_from(close.waiting).unwrap_or_default(),
            })
        })
        .collect()
}

/// Payouts wait by period, adjustments one by one.
async fn approvals(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
    today: &views::Today,
) -> Result<(u64, Vec<Approval>), Failure> {
    let mut found: Vec<Approval> = vec![];
    let mut all = today.adjustments.len() as u64;
    for row in &today.payouts {
        let payouts = u64::try_from(row.payouts).unwrap_or_default();
        all += payouts;
        let name = reading::period_named(rules, &row.program, &row.period_name);
        let (Some(name), Some(currency)) = (name, Currency::parse(&row.unit)) else { continue };
        found.push(Approval::Payouts {
            period: reading::period_id(&row.program, &row.period_name),
            program: reading::name(visit.lang, &row.program_names, &row.program),
            name,
            payouts,
            amount: Money::new(row.amount, currency),
        });
    }
    for row in &today.adjustments {
        let partner = catalog::partner_by_id(reader, row.partner_id).await?;
        let (Some(partner), Some(currency)) = (partner, Currency::parse(&row.unit)) else {
            continue;
        };
        found.push(Approval::Adjustment {
            id: row.public_id.clone(),
            partner: reading::partner_ref(visit.lang, &partner),
            reason: row.reason.clone(),
            by: row.asked_by.clone(),
            amount: Money::new(row.amount, currency),
        });
    }
    Ok((all, found))
}

/// Codes nobody knows first, since one record solves all their lines; then files whose rows were
/// refused, the newest first.
fn exceptions(visit: &Visit, found: &views::Today) -> Vec<Exception> {
    let k = &visit.lang.words().console;
    let lines = |n: i64| u64::try_from(n).unwrap_or_default();
    let unknown = found.unknown.iter().take(EXCEPTIONS_SHOWN).map(|row| {
        let is_partner = row.reason == "unknown_partner";
        let title = if is_partner { k.unknown_partner } else { k.unknown_product };
        Exception {
            tone: Tone::Bad,
            title: fill(title, &[("code", &row.code)]),
            detail: k.unknown_detail.into(),
            lines: lines(row.rows),
            href: format!("/console/imports/{}?filter=rejected", row.import),
        }
    });
    let refused = found.refused.iter().take(EXCEPTIONS_SHOWN).map(|row| Exception {
        tone: Tone::Wait,
        title: fill(k.rows_refused, &[("file", &row.name)]),
        detail: crate::format::moment(visit.local(row.started_at), visit.lang),
        lines: lines(row.rows),
        href: format!("/console/imports/{}?filter=rejected", row.import),
    });
    unknown.chain(refused).collect()
}
