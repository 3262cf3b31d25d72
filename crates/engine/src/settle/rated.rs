//! What of a payout is there because a tier moved.

use domain::amount::Currency;
use rust_decimal::Decimal;

use super::PayoutRow;
use crate::accrue;
use crate::db::{DbError, Reader};
use crate::rules::Rules;

/// What of a payout's calculated amount is there because a tier moved after something was booked at
/// the one before.
pub async fn rated(
    reader: &mut Reader,
    rules: &Rules,
    payout: &PayoutRow,
) -> Result<Decimal, DbError> {
    let Some(unit) = Currency::parse(&payout.unit) else { return Ok(Decimal::ZERO) };
    let own = Some(payout.partner_id);
    let Some(period) = payout.period() else { return Ok(Decimal::ZERO) };
    let rated = accrue::rated(reader, rules, period.program_id, own).await?;
    let of = (payout.partner_id, unit, period.start);
    Ok(rated.get(&of).copied().unwrap_or_default())
}
