//! Who pays and who is paid: identifiers, addresses, accounts, and what is kept of a payee.
//!
//! # Promises
//!
//! * What one of these types holds can stand on a paper and in a payment file.
//! * It names no program, fact or payout: files bring payees in, and papers pay them.
//!
//! Owns `payee`.

pub mod check;
pub mod kana;
pub mod latin;
pub mod party;
pub mod payee;
