//! Money and its rounding.
//!
//! Multiplying gives an unrounded amount. It becomes money once, at the place and by the mode the
//! term names, to the minor unit of the currency. Splitting gives out the remainder, so that the
//! parts add up to the whole.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Currencies whose minor unit has no or three decimals (ISO 4217); all others have two.
const WITHOUT_DECIMALS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XPF",
];
const WITH_THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

impl Currency {
    /// Three capital letters.
    pub fn parse(text: &str) -> Option<Currency> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// Decimals of the minor unit: JPY 0, USD 2, KWD 3.
    pub fn decimals(self) -> u32 {
        if self.as_str() == "XOF" || WITHOUT_DECIMALS.contains(&self.as_str()) {
            0
        } else if WITH_THREE_DECIMALS.contains(&self.as_str()) {
            3
        } else {
            2
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The exact sum. `None` beyond 96-bit decimals, and where the sum could only be kept rounded:
/// 2⁹⁶ is near, and what is added has more decimals than are left.
pub fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let sum = a.checked_add(b)?;
    // A scale that became smaller gave digits away, unless they were zeros.
    let is_exact = sum.scale() >= a.scale().max(b.scale())
        || (sum.checked_sub(a) == Some(b) && sum.checked_sub(b) == Some(a));
    is_exact.then_some(sum)
}

/// Decimals of what one fact adds, where it has no end or too many: a twelfth of a case, an amount
/// times a rate.
const DECIMALS_OF_A_FACT: u32 = 12;

/// A number as one fact adds it. Fifteen digits before the point and these behind it leave room in
/// 96 bits for sums that are exact, so that facts add up to the same in any order.
pub fn of_a_fact(number: Decimal) -> Decimal {
    number.round_dp(DECIMALS_OF_A_FACT)
}

/// How an exact amount becomes one of the unit's decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundingMode {
    /// A half goes away from zero.
    #[default]
    HalfUp,
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl RoundingMode {
    pub fn round(self, exact: Decimal, decimals: u32) -> Decimal {
        let strategy = match self {
            RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
            RoundingMode::Down => RoundingStrategy::ToZero,
            RoundingMode::Up => RoundingStrategy::AwayFromZero,
        };
        exact.round_dp_with_strategy(decimals, strategy)
    }
}
