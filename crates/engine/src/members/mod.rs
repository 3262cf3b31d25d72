//! What members chose, and what people agreed to: how they may be reached, and what they are sent.
//!
//! # Promises
//!
//! * Nothing that somebody said is changed: a row says who said what, when and in which wording, and
//!   the newest one holds.
//! * Nobody who said nothing agreed.
//!
//! Owns `member_choice`, `consent`, `consent_wording`, `person_user`, `member_link`,
//! `member_link_end` and `people_lead`. Who is a member is said in wallets.

mod choices;
mod consent;
mod leads;
mod links;
pub mod people;

pub use choices::{Choice, ChoiceRow, Every, choice, choose, due_for};
pub use consent::{
    Consent, ContactChannel, NewWording, Subject, WORDING_CHARS_MAX, Wording, agree, consents,
    history, may_reach, set_wording, wording, wordings,
};
pub use leads::{Lead, leads, say_lead};
pub use links::{
    BETWEEN, Link, LinkEnd, LinkError, NewLink, Unlink, link, links, meant_by, unlink,
};

#[cfg(test)]
mod tests;
