//! Files for spreadsheets and other systems: CSV with headings that never change.
//!
//! # Promises
//!
//! * UTF-8 with a byte order mark, lines end with CR LF, as spreadsheets expect.
//! * Amounts are plain decimals; dates are `2026-04-01`.
//! * A text that a spreadsheet would run as a formula is written with an apostrophe before it.

use std::io::{self, Write};

use domain::explain::Lang;
use domain::program::Names;
use jiff::Timestamp;
use rust_decimal::Decimal;
use thiserror::Error;

use super::attainment::{self, Query};
use super::ledger::{PostingsQuery, postings};
use crate::access::Viewer;
use crate::catalog::{MasterData, name_in};
use crate::db::{DbError, Reader, date_of};
use crate::rules::Rules;
use crate::settle::{self, PayoutRow};

/// Why a file could not be written to its end.
#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("could not write the file")]
    Write(#[from] io::Error),
}

/// Rows read at a time.
const ROWS_PER_STEP: i64 = 1_000;
/// Payouts in a file at most.
const PAYOUTS_MAX: i64 = 1_000_000;

pub const ATTAINMENT_HEADINGS: [&str; 25] = [
    "program",
    "term",
    "period",
    "partner",
    "partner_name",
    "region",
    "level",
    "group",
    "tier",
    "tier_name",
    "qualifier",
    "qualifier_total",
    "measure",
    "baseline",
    "facts",
    "next_tier",
    "next_opens",
    "gap",
    "worth",
    "currency",
    "earned",
    "accrued",
    "target",
    "attained",
    "attained_at_pace",
];

pub const PAYOUT_HEADINGS: [&str; 15] = [
    "payout",
    "program",
    "period",
    "partner",
    "status",
    "currency",
    "calculated",
    "prior_period",
    "adjustments",
    "carried_in",
    "carried_out",
    "lapsed",
    "amount",
    "decided_by",
    "paid_at",
];

pub const LEDGER_HEADINGS: [&str; 13] = [
    "posting",
    "recorded",
    "cause",
    "debit",
    "credit",
    "currency",
    "amount",
    "program",
    "partner",
    "period_from",
    "booked_from",
    "kind",
    "subject",
];

/// Writes rows of cells.
struct Csv<'w>(&'w mut dyn Write);

impl Csv<'_> {
    fn start(out: &mut dyn Write, headings: &[&str]) -> io::Result<()> {
        out.write_all("\u{feff}".as_bytes())?;
        let headings: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
        Csv(out).row(&headings)
    }

    fn row(&mut self, cells: &[String]) -> io::Result<()> {
        for (at, cell) in cells.iter().enumerate() {
            if at != 0 {
                self.0.write_all(b",")?;
            }
            if cell.contains([',', '"', '\r', '\n']) {
                write!(self.0, "\"{}\"", cell.replace('"', "\"\""))?;
            } else {
                self.0.write_all(cell.as_bytes())?;
            }
        }
        self.0.write_all(b"\r\n")
    }
}

/// A text that came from outside.
fn text(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

fn number(number: Decimal) -> String {
    number.normalize().to_string()
}

fn some(value: Option<Decimal>) -> String {
    value.map(number).unwrap_or_default()
}

fn name(names: &Names, lang: Lang) -> String {
    text(name_in(names, lang.tag()).unwrap_or_default())
}

fn day(days: Option<i64>) -> String {
    days.and_then(date_of).map(|date| date.to_string()).unwrap_or_default()
}

/// The attainment as the query shows it, all pages. False if there is none for this viewer.
pub async fn attainment(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (viewer, now): (Viewer, Timestamp),
    query: &Query,
    out: &mut (dyn Write + Send),
) -> Result<bool, ExportError> {
    let mut query = Query { offset: 0, limit: ROWS_PER_STEP, ..query.clone() };
    loop {
        let asks = (viewer, now);
        let page = attainment::attainment(reader, rules, master, asks, &query).await?;
        let Some(page) = page else { return Ok(false) };
        if query.offset == 0 {
            Csv::start(out, &ATTAINMENT_HEADINGS)?;
        }
        for row in &page.rows {
            let of = &row.standing;
            let next = of.next.as_ref();
            let tier_name = of.tier.and_then(|tier| of.tiers.iter().find(|of| of.tier == tier));
            let tier_name = tier_name.and_then(|tier| tier.name.as_ref());
            let count = |tier: Option<u32>| tier.map(|tier| tier.to_string()).unwrap_or_default();
            let group: Vec<String> =
                of.of.group.values().map(|(name, value)| format!("{name}={value}")).collect();
            Csv(out).row(&[
                text(&of.of.program),
                text(&of.of.term),
                text(&of.of.period),
                text(&row.code),
                name(&row.names, query.lang),
                text(row.region.as_deref().unwrap_or_default()),
                text(row.level.as_deref().unwrap_or_default()),
                text(&group.join(" ")),
                count(of.tier),
                tier_name.map(|names| name(names, query.lang)).unwrap_or_default(),
                some(of.qualifier),
                number(of.qualifier_total),
                some(of.measure),
                some(of.baseline),
                of.facts.to_string(),
                count(next.map(|next| next.tier)),
                some(next.and_then(|next| next.opens)),
                some(next.and_then(|next| next.gap)),
                some(next.and_then(|next| next.worth)),
                of.currency.to_string(),
                number(of.earned),
                number(row.accrued),
                some(of.target.map(|target| target.target)),
                some(of.target.map(|target| target.share)),
                some(of.target.and_then(|target| target.ahead)),
            ])?;
        }
        if i64::try_from(page.rows.len()).unwrap_or(i64::MAX) < ROWS_PER_STEP {
            return Ok(true);
        }
        query.offset += ROWS_PER_STEP;
    }
}

/// Payouts of a program and period; 0 and an empty name mean all.
pub async fn payouts(
    reader: &mut Reader,
    viewer: Viewer,
    (program_id, period_name): (i64, &str),
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let mut rows: Vec<PayoutRow> = match viewer {
        Viewer::Vendor => settle::payouts(reader, program_id, period_name, PAYOUTS_MAX).await?,
        Viewer::Partner(own) => settle::payouts_of_partner(reader, own, PAYOUTS_MAX).await?,
    };
    rows.retain(|row| {
        (program_id == 0 || row.program_id() == Some(program_id))
            && (period_name.is_empty() || row.period_name() == period_name)
    });
    Csv::start(out, &PAYOUT_HEADINGS)?;
    for row in rows {
        Csv(out).row(&[
            row.public_id.clone(),
            text(row.program()),
            text(row.period_name()),
            text(&row.partner_code),
            row.status.word().to_owned(),
            row.unit.clone(),
            number(row.calculated),
            number(row.prior_period),
            number(row.adjustments),
            number(row.carried_in),
            number(row.carried_out),
            number(row.lapsed),
            number(row.amount),
            text(row.decided_by.as_deref().unwrap_or_default()),
            row.paid_at.map(|at| at.to_string()).unwrap_or_default(),
        ])?;
    }
    Ok(())
}

/// Postings as the query shows them, all pages, newest first.
pub async fn ledger(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    viewer: Viewer,
    query: &PostingsQuery,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let mut query = PostingsQuery { limit: ROWS_PER_STEP, ..query.clone() };
    Csv::start(out, &LEDGER_HEADINGS)?;
    loop {
        let page = postings(reader, viewer, &query).await?;
        for row in &page {
            let program = row.program_id.and_then(|id| rules.position(id));
            let partner = row.partner_id.and_then(|id| master.partner_code(id));
            Csv(out).row(&[
                row.seq.to_string(),
                row.recorded.to_string(),
                row.cause.clone(),
                text(&row.debit),
                text(&row.credit),
                row.unit.clone(),
                number(row.amount),
                program.map(|at| text(rules.plans[at].code.as_str())).unwrap_or_default(),
                partner.map(|code| text(code.as_str())).unwrap_or_default(),
                day(row.period_day),
                day(row.booked_day),
                row.kind.clone().unwrap_or_default(),
                row.subject.clone().unwrap_or_default(),
            ])?;
        }
        match page.last() {
            Some(last) if i64::try_from(page.len()).unwrap_or(i64::MAX) == ROWS_PER_STEP => {
                query.before = Some(last.seq);
            }
            _ => return Ok(()),
        }
    }
}
