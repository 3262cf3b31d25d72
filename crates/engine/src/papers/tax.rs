//! What a rebate does to the tax of the sales it is on.
//!
//! # Invariants
//!
//! * Tax is rounded once for each document and rate, never for each line.
//! * `net + tax = gross`, for each rate and for the document.
//! * The parts of a document's tax that belong to its payouts add up to it.

use std::collections::BTreeMap;

use domain::amount::RoundingMode;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::party::{Treatment, rust_decimal_text};

/// Whether rebates are agreed on without tax, so that tax comes on top, or with it inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Tax comes on top of what was earned.
    #[default]
    Added,
    /// What was earned holds the tax.
    Included,
}

/// How tax is rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    /// Towards zero, as is usual in Japan.
    #[default]
    Down,
    HalfUp,
    Up,
}

impl TaxRounding {
    pub const ALL: [TaxRounding; 3] = [TaxRounding::Down, TaxRounding::HalfUp, TaxRounding::Up];

    pub fn word(self) -> &'static str {
        match self {
            TaxRounding::Down => "down",
            TaxRounding::HalfUp => "half_up",
            TaxRounding::Up => "up",
        }
    }

    fn mode(self) -> RoundingMode {
        match self {
            TaxRounding::Down => RoundingMode::Down,
            TaxRounding::HalfUp => RoundingMode::HalfUp,
            TaxRounding::Up => RoundingMode::Up,
        }
    }
}

/// The amounts of one rate of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// A share of 1.
    #[serde(with = "rust_decimal_text")]
    pub rate: Decimal,
    /// The reduced rate of Japan, which its documents have to mark.
    pub is_reduced: bool,
    #[serde(with = "rust_decimal_text")]
    pub net: Decimal,
    #[serde(with = "rust_decimal_text")]
    pub tax: Decimal,
    #[serde(with = "rust_decimal_text")]
    pub gross: Decimal,
}

/// A payout of a document: what was earned, and whether on goods of the reduced rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taxed {
    pub amount: Decimal,
    pub is_reduced: bool,
}

/// The tax of a document, by rate, and how much of it comes on top of each payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tax {
    pub lines: Vec<TaxLine>,
    /// In the order of the payouts; all zero where tax is included or there is none.
    pub on_top: Vec<Decimal>,
}

const STANDARD: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
const REDUCED: Decimal = Decimal::from_parts(8, 0, 0, false, 2);

/// Computes the tax of a document in a currency of so many decimals.
pub fn of_document(
    payouts: &[Taxed],
    treatment: Treatment,
    basis: Basis,
    rounding: TaxRounding,
    decimals: u32,
) -> Tax {
    let rate = |taxed: &Taxed| match treatment {
        Treatment::None | Treatment::VatUnchanged => None,
        Treatment::Japan if taxed.is_reduced => Some((REDUCED, true)),
        Treatment::Japan => Some((STANDARD, false)),
        Treatment::Vat { rate } => Some((rate, false)),
    };
    let mut by_rate: BTreeMap<(Decimal, bool), Vec<usize>> = BTreeMap::new();
    for (at, payout) in payouts.iter().enumerate() {
        if let Some(rate) = rate(payout) {
            by_rate.entry(rate).or_default().push(at);
        }
    }
    let mut on_top = vec![Decimal::ZERO; payouts.len()];
    let mut lines = Vec::new();
    for ((rate, is_reduced), places) in by_rate.into_iter().rev() {
        let sum: Decimal = places.iter().map(|at| payouts[*at].amount).sum();
        let exact = match basis {
            Basis::Added => sum * rate,
            Basis::Included => sum * rate / (Decimal::ONE + rate),
        };
        let tax = rounding.mode().round(exact, decimals);
        let (net, gross) = match basis {
            Basis::Added => (sum, sum + tax),
            Basis::Included => (sum - tax, sum),
        };
        if basis == Basis::Added {
            let shares: Vec<Decimal> = places.iter().map(|at| payouts[*at].amount * rate).collect();
            for (at, part) in places.iter().zip(split(tax, &shares, decimals)) {
                on_top[*at] = part;
            }
        }
        lines.push(TaxLine { rate, is_reduced, net, tax, gross });
    }
    Tax { lines, on_top }
}

/// Parts of a whole near to what each should be: cut towards zero, and what is left goes out by
/// minor units, the largest remainder first, the earlier of equals first.
fn split(whole: Decimal, shares: &[Decimal], decimals: u32) -> Vec<Decimal> {
    let mut parts: Vec<Decimal> =
        shares.iter().map(|share| RoundingMode::Down.round(*share, decimals)).collect();
    let minor = Decimal::new(1, decimals);
    let mut left = whole - parts.iter().sum::<Decimal>();
    let step = if left.is_sign_negative() { -minor } else { minor };
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let remainder =
        |at: &usize| (shares[*at] - RoundingMode::Down.round(shares[*at], decimals)) * step;
    order.sort_by_key(|at| (std::cmp::Reverse(remainder(at)), *at));
    for at in order.into_iter().cycle().take(shares.len() * 2) {
        if left.is_zero() {
            break;
        }
        parts[at] += step;
        left -= step;
    }
    parts
}

#[cfg(test)]
mod tests;
