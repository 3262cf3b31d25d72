//! What payouts come to: of a partner in each program, of a period, by where they stand.

use std::collections::BTreeMap;

use domain::settlement::PayoutStatus;
use rust_decimal::Decimal;

use crate::args;
use crate::db::{DbError, Reader};
use crate::exact;

/// Payouts added up by where they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub count: u64,
    pub pending: Decimal,
    pub approved: Decimal,
    pub rejected: Decimal,
    pub paid: Decimal,
}

impl Sums {
    /// Everything that was closed and not rejected.
    pub fn settled(&self) -> Decimal {
        self.pending + self.approved + self.paid
    }

    fn add(&mut self, status: PayoutStatus, amount: Decimal) -> Result<(), DbError> {
        let sum = match status {
            PayoutStatus::Pending => &mut self.pending,
            PayoutStatus::Approved => &mut self.approved,
            PayoutStatus::Rejected => &mut self.rejected,
            PayoutStatus::Paid => &mut self.paid,
            PayoutStatus::Withdrawn => return Ok(()),
        };
        exact::add(sum, amount, "payouts")?;
        self.count += 1;
        Ok(())
    }
}

/// The payouts of a partner since ever, by program and currency; of no program are those that
/// orders of rewards owe.
pub async fn partner_sums(
    reader: &mut Reader,
    partner_id: i64,
) -> Result<BTreeMap<(Option<String>, String), Sums>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT g.code, p.unit, p.status, p.amount FROM payout p LEFT JOIN program g \
             ON g.tenant_id = p.tenant_id AND g.program_id = p.program_id \
             WHERE p.tenant_id = $1 AND p.partner_id = $2",
            args![tenant, partner_id],
        )
        .await?;
    let mut sums: BTreeMap<(Option<String>, String), Sums> = BTreeMap::new();
    for row in &rows {
        let status = PayoutStatus::from_word(row.text(2)).unwrap_or(PayoutStatus::Pending);
        let amount = row.text(3).parse().unwrap_or_default();
        sums.entry((row.opt_string(0), row.string(1))).or_default().add(status, amount)?;
    }
    Ok(sums)
}

/// The payouts of a program by period and currency; of one period, or of all.
pub async fn period_sums(
    reader: &mut Reader,
    program_id: i64,
    period: Option<&str>,
) -> Result<BTreeMap<(String, String), Sums>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT period_name, unit, status, amount FROM payout WHERE tenant_id = $1 \
             AND program_id = $2 AND ($3 = '' OR period_name = $3)",
            args![tenant, program_id, period.unwrap_or_default()],
        )
        .await?;
    let mut sums: BTreeMap<(String, String), Sums> = BTreeMap::new();
    for row in &rows {
        let status = PayoutStatus::from_word(row.text(2)).unwrap_or(PayoutStatus::Pending);
        let amount = row.text(3).parse().unwrap_or_default();
        sums.entry((row.string(0), row.string(1))).or_default().add(status, amount)?;
    }
    Ok(sums)
}
