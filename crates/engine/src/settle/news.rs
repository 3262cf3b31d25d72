//! What settling tells others: payouts that were decided or paid, adjustments, periods that closed.

use domain::amount::Currency;
use domain::settlement::{AdjustmentStatus, PayoutStatus};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::store::AdjustmentRow;
use crate::access::Actor;
use crate::db::{DbError, Tx};
use crate::outbox::{self, News};
use crate::payouts::{self, PayoutRow};

/// A payout that came to stand elsewhere. A step of its approval that is not the last is no news.
pub(super) async fn of_payout(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (before, after): (PayoutStatus, &PayoutRow),
) -> Result<(), DbError> {
    let kind = match (before, after.status) {
        (was, is) if was == is => return Ok(()),
        (PayoutStatus::Paid, PayoutStatus::Approved) => "payout.returned",
        (_, PayoutStatus::Approved) => "payout.approved",
        (_, PayoutStatus::Rejected) => "payout.rejected",
        (_, PayoutStatus::Paid) => "payout.paid",
        _ => return Ok(()),
    };
    let news = payouts::told(News::new(kind, Some(&after.partner_code)), after);
    let news = news.says("by", actor.name());
    outbox::tell(tx, now, vec![news]).await
}

/// An adjustment that was decided.
pub(super) async fn of_adjustment(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    after: &AdjustmentRow,
) -> Result<(), DbError> {
    let kind = match after.status {
        AdjustmentStatus::Approved => "adjustment.approved",
        AdjustmentStatus::Rejected => "adjustment.rejected",
        AdjustmentStatus::Pending => return Ok(()),
    };
    let news = News::new(kind, Some(&after.partner_code))
        .says("adjustment", &after.public_id)
        .says("program", &after.program_code)
        .says("period", &after.period_name)
        .says("amount", after.amount.to_string())
        .says("unit", &after.unit)
        .says("reason_code", &after.reason_code)
        .says("by", actor.name());
    outbox::tell(tx, now, vec![news]).await
}

/// A period that was closed, with what it brought by currency.
pub(super) async fn of_close(
    tx: &mut Tx,
    actor: &Actor,
    now: Timestamp,
    (program, period): (&str, &str),
    (payouts, totals): (usize, &[(Currency, Decimal)]),
) -> Result<(), DbError> {
    let totals: Vec<String> =
        totals.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
    let news = News::new("period.closed", None)
        .says("program", program)
        .says("period", period)
        .says("payouts", payouts.to_string())
        .says("totals", totals.join(", "))
        .says("by", actor.name());
    outbox::tell(tx, now, vec![news]).await
}
