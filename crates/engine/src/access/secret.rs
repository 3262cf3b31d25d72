//! Secrets that are handed out, and the hashes we keep of them.

use sha2::{Digest, Sha256};

use super::AccessError;
use crate::hex::hex;

/// 256 random bits as hexadecimal text: what nobody guesses.
pub(crate) fn random() -> Result<String, AccessError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
    Ok(hex(&bytes))
}

/// What the database keeps of a secret. A plain hash is enough for 256 random bits.
pub(crate) fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}
