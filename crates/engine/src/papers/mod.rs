//! The papers of settlement: payment files, statements, credit notes and demands, the journal for
//! the books.
//!
//! Reads payouts, awards and the ledger; writes statements, payment runs and what was exported;
//! says to settlement what was paid.
//!
//! # Invariants
//!
//! * What makes bytes is a pure function of typed input: [`pain001`], [`zengin`], [`beancount`],
//!   [`accounting`], [`tax`]. Reading and storing is done around them.
//! * A payout stands on one statement, and in one payment file or on one note, at most.
//! * What was handed out is kept and never made anew: the same file again, to the last byte.
//!
//! Owns `paper_setting`, `statement`, `statement_payout`, `payment_run`, `payment`,
//! `accounting_export`, `settlement_note`, `statement_sign_off`, `point_statement`.

pub mod accounting;
pub mod beancount;
pub mod export;
pub mod note;
pub mod pain001;
pub mod points;
pub mod provision;
pub mod run;
pub mod settings;
pub mod sheet;
pub mod statement;
pub mod tax;
pub mod zengin;

pub use crate::parties::{check, kana, latin, party, payee};
