//! Bytes as people copy them: two digits a byte.

use std::fmt::Write as _;

/// In small letters, the first byte first.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a text cannot fail");
        text
    })
}
