//! How a draw follows from a seed. All of it can be done again with a line of any language:
//!
//! `int.from_bytes(hmac(seed, b"game/2026-05-04/7/KEY", sha256)[:8]) * 10**18 >> 64` are its 18
//! decimals.

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// So many decimals has a draw. They differ from a draw of all real numbers by less than any odds
/// that can be written.
const DECIMALS: u32 = 18;

/// 32 random bytes of the operating system, as hexadecimal text.
pub(super) fn seed() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// What is told of a seed before it is: the hash of its bytes.
pub fn commitment(seed: &str) -> String {
    hex(&Sha256::digest(bytes_of(seed)))
}

/// The draw of a play, from 0 up to but not 1.
pub fn drawn(seed: &str, (game, day): (&str, Date), number: i64, key: &str) -> Decimal {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&bytes_of(seed)).expect("a key of any length is taken");
    mac.update(format!("{game}/{day}/{number}/{key}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let first = bytes.iter().take(8).fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let digits = (first * 10u128.pow(DECIMALS)) >> 64;
    let digits = i128::try_from(digits).expect("it is below 10 to the 18th");
    Decimal::from_i128_with_scale(digits, DECIMALS)
}

/// The bytes of a hexadecimal text; what is none is its own bytes, so that a check of a row that
/// somebody changed fails and does not stop.
fn bytes_of(seed: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(seed.get(at..at + 2)?, 16).ok();
    let read: Option<Vec<u8>> = (0..seed.len()).step_by(2).map(pair).collect();
    read.unwrap_or_else(|| seed.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// As another program computed them.
    #[test]
    fn a_draw_is_what_anybody_computes() {
        let seed = "00".repeat(32);
        let of = |number, key| drawn(&seed, ("card", date(2026, 5, 4)), number, key).to_string();
        assert_eq!(commitment(&seed), COMMITMENT);
        assert_eq!(of(1, "K1"), FIRST);
        assert_eq!(of(2, "K1"), SECOND);
        assert_eq!(of(2, "K2"), THIRD);
    }

    const COMMITMENT: &str = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    const FIRST: &str = "0.928315302430886014";
    const SECOND: &str = "0.552735488958839136";
    const THIRD: &str = "0.564927430300075965";

    #[test]
    fn every_draw_is_below_one_and_they_spread_evenly() {
        let seed = commitment("any");
        let mut tenths = [0u32; 10];
        for number in 0..20_000 {
            let draw = drawn(&seed, ("card", date(2026, 5, 4)), number, "K");
            assert!(Decimal::ZERO <= draw && draw < Decimal::ONE, "{draw}");
            let tenth: usize = (draw * Decimal::TEN).trunc().to_string().parse().expect("a digit");
            tenths[tenth] += 1;
        }
        assert!(tenths.iter().all(|n| (1_850..=2_150).contains(n)), "{tenths:?}");
    }
}
