//! Sums that are exact or an error: what is shown, posted and paid is never rounded on the way,
//! and no number of a source can bring the process down.

use domain::amount::exact_sum;
use rust_decimal::Decimal;

use crate::db::DbError;

/// Adds to a sum of `what`, or says that it cannot be kept exactly.
pub(crate) fn add(sum: &mut Decimal, number: Decimal, what: &'static str) -> Result<(), DbError> {
    *sum = exact_sum(*sum, number).ok_or(DbError::OutOfRange { what })?;
    Ok(())
}

/// What remains of a number.
pub(crate) fn less(from: Decimal, number: Decimal, what: &'static str) -> Result<Decimal, DbError> {
    exact_sum(from, -number).ok_or(DbError::OutOfRange { what })
}

/// The sum of all.
pub(crate) fn sum(
    numbers: impl IntoIterator<Item = Decimal>,
    what: &'static str,
) -> Result<Decimal, DbError> {
    let mut sum = Decimal::ZERO;
    for number in numbers {
        add(&mut sum, number, what)?;
    }
    Ok(sum)
}

/// The sum of quotients, which may have more digits than a sum can keep: for people to see. Only
/// what is beyond all decimals is an error.
pub(crate) fn near(
    numbers: impl IntoIterator<Item = Decimal>,
    what: &'static str,
) -> Result<Decimal, DbError> {
    let added = |sum: Decimal, number| sum.checked_add(number);
    let sum = numbers.into_iter().try_fold(Decimal::ZERO, added);
    sum.ok_or(DbError::OutOfRange { what })
}

/// A decimal in hundredths, cut to 64 bits: to sort by, never to count with.
pub(crate) fn sort_key(number: Decimal) -> i64 {
    use rust_decimal::prelude::ToPrimitive;
    let hundredths = number.checked_mul(Decimal::ONE_HUNDRED).map(|n| n.trunc());
    hundredths.and_then(|n| n.to_i64()).unwrap_or(if number.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

#[cfg(test)]
mod tests;
