//! What members chose, and what people agreed to: how they may be reached, and what they are sent.
//!
//! # Promises
//!
//! * Nothing that somebody said is changed: a row says who said what, when and in which wording, and
//!   the newest one holds.
//! * Nobody who said nothing agreed.
//!
//! Owns `member_choice`, `consent`, `consent_wording` and `person_user`. Who is a member is said in wallets.

mod choices;
mod consent;
pub mod people;

pub use choices::{Choice, ChoiceRow, Every, choice, choose, due_for};
pub use consent::{
    Consent, ContactChannel, NewWording, Subject, WORDING_CHARS_MAX, Wording, agree, consents,
    history, may_reach, set_wording, wording, wordings,
};

#[cfg(test)]
mod tests;
