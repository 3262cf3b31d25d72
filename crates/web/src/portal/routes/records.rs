//! What was settled, and what I sent.

use axum::response::{IntoResponse, Response};
use domain::amount::Currency;
use engine::imports;
use engine::rules::Rules;
use engine::settle::{self, PayoutRow};

use super::own;
use crate::console::routes::imports::state_of;
use crate::failure::Failure;
use crate::format::Money;
use crate::portal::records::{self, Payout, Upload};
use crate::reading;
use crate::visit::{self, Visit};

const PAYOUTS_MAX: i64 = 5_000;
const UPLOADS_SHOWN: i64 = 100;

pub async fn show(visit: Visit) -> Result<Response, Failure> {
    let (partner_id, _) = own(&visit)?;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let payouts = settle::payouts_of_partner(&mut reader, partner_id, PAYOUTS_MAX).await?;
    let mut list = reading::list("/portal/records", &visit::query(&visit.here));
    let payouts = payouts.iter().filter_map(|row| payout(&visit, &rules, row)).collect();
    let payouts = reading::page_of(&mut list, payouts);
    let filter = imports::Filter { partner_id: Some(partner_id), with_api: false };
    let (sent, _) = imports::list(&mut reader, &filter, (0, UPLOADS_SHOWN)).await?;
    let uploads = sent
        .into_iter()
        .map(|import| Upload {
            sent: visit.local(import.started_at),
            state: state_of(import.status),
            rows: u64::try_from(import.counts.read).unwrap_or_default(),
            rejected: u64::try_from(import.counts.rejected).unwrap_or_default(),
            id: import.id,
            file: import.name,
        })
        .collect();
    Ok(visit.page(&records::Page { payouts, list, uploads }).into_response())
}

fn payout(visit: &Visit, rules: &Rules, row: &PayoutRow) -> Option<Payout> {
    Some(Payout {
        id: row.public_id.clone(),
        program: reading::program_named(visit.lang, rules, &row.program_code).name,
        period: reading::period_named(rules, &row.program_code, &row.period_name)?,
        amount: Money::new(row.amount, Currency::parse(&row.unit)?),
        state: row.status.into(),
        paid_on: row.paid_at.map(|at| visit.local(at).date()),
    })
}
