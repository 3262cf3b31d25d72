//! Today: who is close to a tier, what may be closed, what waits for a decision.

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::amount::Currency;
use domain::settlement::{AdjustmentStatus, PayoutStatus};
use engine::access::Viewer;
use engine::catalog::{self, Listing};
use engine::db::Reader;
use engine::imports::{self, Filter as Imports};
use engine::rules::Rules;
use engine::settle::{self, PeriodState};
use engine::views::attainment::{self as figures, Filter, Query, Sort};
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::today::{self, Approval, Close, Exception, NearMiss, Stock};
use crate::failure::Failure;
use crate::format::Money;
use crate::i18n::fill;
use crate::reading::{self, standing};
use crate::ui::Tone;
use crate::view::PartnerRef;
use crate::visit::Visit;

pub fn add(routes: &mut Routes) {
    routes.get("/console", get(show));
}

/// Near misses shown, and read of each term.
const NEAR_SHOWN: usize = 8;
const NEAR_READ: i64 = 8;
/// Files that are looked at for refused rows.
const IMPORTS_READ: i64 = 30;

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let (near_all, near, accrued) = near_misses(&visit, &mut reader, &rules).await?;
    let closes = closes(&visit, &mut reader, &rules).await?;
    let (approvals_all, approvals) = approvals(&visit, &mut reader, &rules).await?;
    let page = today::Page {
        today: visit.today(),
        as_of: visit.local(visit.now),
        stock: stock(&mut reader, &rules).await?,
        near_all,
        near,
        closes,
        approvals,
        approvals_all,
        exceptions: exceptions(&visit, &mut reader).await?,
        accrued,
    };
    Ok(visit.page(&page).into_response())
}

async fn stock(reader: &mut Reader, rules: &Rules) -> Result<Stock, Failure> {
    let one = Listing { limit: 1, ..Default::default() };
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let facts = engine::journal::highest_seq(reader).await?;
    Ok(Stock {
        partners: count(catalog::partners(reader, &one).await?.total),
        products: count(catalog::products(reader, &one).await?.total),
        lines: count(facts),
        programs: rules.plans.len() as u64,
    })
}

/// How many there are, the ones worth most, and what running periods have accrued.
async fn near_misses(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
) -> Result<(u64, Vec<NearMiss>, Vec<Money>), Failure> {
    let master = visit.app.office().master(reader).await?;
    let (mut all, mut near, mut accrued) = (0, vec![], Vec::<Money>::new());
    for plan in &rules.plans {
        let currency = plan.newest().currency;
        for term in &plan.terms {
            let query = Query {
                program: plan.code.to_string(),
                term: Some(term.code.to_string()),
                filter: Filter::Near,
                sort: Sort::Worth,
                descending: true,
                limit: NEAR_READ,
                ..Default::default()
            };
            let of = (Viewer::Vendor, visit.now);
            let found = figures::attainment(reader, rules, &master, of, &query).await?;
            let Some(found) = found.filter(|found| found.pace.is_some()) else { continue };
            match accrued.iter_mut().find(|sum| sum.currency == currency) {
                Some(sum) => sum.amount += found.earned,
                None => accrued.push(Money::new(found.earned, currency)),
            }
            all += u64::try_from(found.counts.near).unwrap_or_default();
            near.extend(found.rows.iter().map(|row| NearMiss {
                partner: PartnerRef {
                    code: row.code.clone(),
                    name: reading::name(visit.lang, &row.names, &row.code),
                },
                region: row.region.clone().unwrap_or_default(),
                standing: standing::standing(visit.lang, &row.standing),
                brings: None,
                explain: Some(row.standing.of.to_string()),
            }));
        }
    }
    // Currencies are not compared: within each, what is worth most comes first.
    near.sort_by_key(|one| std::cmp::Reverse(one.standing.worth.map(|worth| worth.amount)));
    near.truncate(NEAR_SHOWN);
    accrued.sort_by_key(|sum| std::cmp::Reverse(sum.amount));
    Ok((all, near, accrued))
}

async fn closes(visit: &Visit, reader: &mut Reader, rules: &Rules) -> Result<Vec<Close>, Failure> {
    let mut closes = vec![];
    for (at, plan) in rules.plans.iter().enumerate() {
        let views = settle::periods(plan, &rules.closes[at], visit.now);
        let waiting: Vec<_> = views
            .iter()
            .filter(|view| matches!(view.state, PeriodState::Ready | PeriodState::Waiting))
            .collect();
        if waiting.is_empty() {
            continue;
        }
        let previews = settle::preview(reader, rules, rules.program_ids[at], None).await?;
        for view in waiting {
            let mine: Vec<Decimal> = previews
                .iter()
                .filter(|one| one.line.period.name == view.period.name)
                .map(|one| one.line.amount)
                .collect();
            closes.push(Close {
                id: reading::period_id(plan.code.as_str(), &view.period.name),
                program: reading::program_ref(visit.lang, plan.newest()).name,
                period: reading::period(&view.period),
                may_close_from: view.closable_from,
                amount: Money::new(mine.iter().sum(), plan.newest().currency),
                partners: mine.len() as u64,
                exceptions: 0,
            });
        }
    }
    closes.sort_by_key(|close| close.may_close_from);
    Ok(closes)
}

/// Payouts wait by period, adjustments one by one.
async fn approvals(
    visit: &Visit,
    reader: &mut Reader,
    rules: &Rules,
) -> Result<(u64, Vec<Approval>), Failure> {
    let mut found: Vec<Approval> = vec![];
    let mut all = 0;
    let payouts = settle::payouts(reader, 0, "", i64::MAX).await?;
    for row in payouts.iter().filter(|row| row.status == PayoutStatus::Pending) {
        all += 1;
        let id = reading::period_id(&row.program_code, &row.period_name);
        let known = found.iter_mut().find_map(|approval| match approval {
            Approval::Payouts { period, payouts, amount, .. } if *period == id => {
                Some((payouts, amount))
            }
            _ => None,
        });
        if let Some((payouts, amount)) = known {
            *payouts += 1;
            amount.amount += row.amount;
            continue;
        }
        let name = reading::period_named(rules, &row.program_code, &row.period_name);
        let (Some(name), Some(currency)) = (name, Currency::parse(&row.unit)) else { continue };
        found.push(Approval::Payouts {
            period: id,
            program: reading::program_named(visit.lang, rules, &row.program_code).name,
            name,
            payouts: 1,
            amount: Money::new(row.amount, currency),
        });
    }
    let pending = settle::adjustments(reader, 0, Some(AdjustmentStatus::Pending)).await?;
    all += pending.len() as u64;
    for row in pending {
        let partner = catalog::partner_by_id(reader, row.partner_id).await?;
        let (Some(partner), Some(currency)) = (partner, Currency::parse(&row.unit)) else {
            continue;
        };
        found.push(Approval::Adjustment {
            id: row.public_id,
            partner: reading::partner_ref(visit.lang, &partner),
            reason: row.reason,
            by: row.asked_by,
            amount: Money::new(row.amount, currency),
        });
    }
    Ok((all, found))
}

/// Files whose rows were refused, the newest first.
async fn exceptions(visit: &Visit, reader: &mut Reader) -> Result<Vec<Exception>, Failure> {
    let k = &visit.lang.words().console;
    let (rows, _) = imports::list(reader, &Imports::default(), (0, IMPORTS_READ)).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.counts.rejected > 0)
        .take(6)
        .map(|row| Exception {
            tone: Tone::Wait,
            title: fill(k.rows_refused, &[("file", &row.name)]),
            detail: crate::format::moment(visit.local(row.started_at), visit.lang),
            lines: u64::try_from(row.counts.rejected).unwrap_or_default(),
            href: format!("/console/imports/{}", row.id),
        })
        .collect())
}
