//! Codes that nobody gave: made of what issued the voucher, so that the same story has the same
//! codes.
//!
//! # Promises
//!
//! * No code is made twice.
//! * No letter or digit stands in them that people take for another one.
//!
//! * Where there is a secret, nobody who lacks it can make a code: a voucher pays whoever shows it.
//!   Without one, as in `tokuten try`, whoever knows what issued a voucher can.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// What codes are made with besides what issued the voucher: a text that nobody guesses.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret(pub Arc<str>);

impl fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeSecret")
    }
}

/// What codes look like: so many letters and digits, with something before and behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeForm {
    pub length: u32,
    pub prefix: String,
    pub suffix: String,
}

/// Fewer are soon used up, and more nobody types.
pub(super) const LENGTH_MIN: u32 = 4;
pub(super) const LENGTH_MAX: u32 = 32;

impl Default for CodeForm {
    fn default() -> CodeForm {
        CodeForm { length: 8, prefix: String::new(), suffix: String::new() }
    }
}

/// Without 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B, 6 and G, U and V, Q.
const LETTERS: &[u8; 20] = b"ACDEFHJKMNPRTWXY3479";
const LETTERS_COUNT: u64 = 20;

/// After so many codes that are taken, a longer one is tried.
const TRIES: u64 = 64;

/// A code that is not taken, for the so manieth voucher of a kind that a key issues.
pub(super) fn code(
    form: &CodeForm,
    secret: Option<&CodeSecret>,
    (voucher, key, nth): (&str, &str, u64),
    is_taken: impl Fn(&str) -> bool,
) -> Arc<str> {
    let parts = [voucher.as_bytes(), key.as_bytes(), &nth.to_be_bytes()];
    let seed = secret.map_or_else(|| hash(&parts), |secret| keyed(secret, &parts));
    let mut tried = 0;
    loop {
        let letters = u64::from(form.length) + tried / TRIES;
        let mut state = seed.wrapping_add(tried);
        let mut code = form.prefix.clone();
        for _ in 0..letters {
            code.push(letter(&mut state));
        }
        code.push_str(&form.suffix);
        if !is_taken(&code) {
            return Arc::from(code);
        }
        tried += 1;
    }
}

/// The beginning of SHA-256 over the secret and the parts, each with its length.
fn keyed(CodeSecret(secret): &CodeSecret, parts: &[&[u8]]) -> u64 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&secret.as_bytes()).chain(parts) {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize()[..8]);
    u64::from_be_bytes(first)
}

/// FNV-1a over the parts, each with its end.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// The next letter of a sequence, by `SplitMix64`.
fn letter(state: &mut u64) -> char {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let at = usize::try_from(mixed % LETTERS_COUNT).unwrap_or_default();
    char::from(LETTERS[at])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_is_made_twice_and_none_is_misread() {
        let form = CodeForm { length: 4, prefix: "SP-".to_owned(), suffix: "-26".to_owned() };
        let mut there = BTreeSet::new();
        for nth in 0..3000 {
            let made = code(&form, None, ("SPRING", "V1", nth), |code| there.contains(code));
            assert!(made.starts_with("SP-") && made.ends_with("-26"), "{made}");
            let own = &made[3..made.len() - 3];
            assert!(!own.contains(|c| "0OQ1IL2Z5S8B6GUV".contains(c)), "{made}");
            assert!(there.insert(made));
        }
    }

    #[test]
    fn the_same_story_has_the_same_codes() {
        let made =
            |key: &str, nth| code(&CodeForm::default(), None, ("SPRING", key, nth), |_| false);
        assert_eq!(made("V1", 1), made("V1", 1));
        assert_eq!(made("V1", 1).len(), 8);
        assert_ne!(made("V1", 1), made("V1", 2));
        assert_ne!(made("V1", 1), made("V2", 1));
    }

    #[test]
    fn who_lacks_the_secret_makes_other_codes() {
        let made = |secret: Option<&str>, key: &str| {
            let secret = secret.map(|secret| CodeSecret(secret.into()));
            code(&CodeForm::default(), secret.as_ref(), ("SPRING", key, 1), |_| false)
        };
        assert_eq!(made(Some("1"), "V1"), made(Some("1"), "V1"));
        assert_ne!(made(Some("1"), "V1"), made(Some("1"), "V2"));
        assert_ne!(made(Some("1"), "V1"), made(Some("2"), "V1"));
        assert_ne!(made(Some("1"), "V1"), made(None, "V1"));
    }
}
