//! Our own components, on top of `maud-ui`.
//!
//! What the kit has is used as it is; what is here is either a composition that many pages share
//! or something the kit does not know: amounts, tiers, doors to an explanation.

pub mod amount;
pub mod form;
pub mod frame;
pub mod icon;
pub mod list;
pub mod parts;
pub mod standing;
pub mod states;
pub mod table;

pub use amount::{
    amount, change, door, estimate, measured, no_tier, nothing, tier_chip, tier_or_none, two_ends,
};
pub use icon::{Icon, icon};
pub use list::List;
pub use parts::{
    Look, PageHead, Tone, button, button_link, card, danger, empty, empty_state, facts, link_more,
    notice, page_head, receipt, section, section_with, status, strip, tabs, with_code,
};
pub use table::{Column, Kind, Narrow, Table, table};

/// A text as it is written inside an address.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write;
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
