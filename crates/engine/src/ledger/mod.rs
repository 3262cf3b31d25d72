//! The ledger: balanced postings, numbered, never changed.
//!
//! # Invariants
//!
//! * A row takes an amount above zero from one account and gives it to another, so every row
//!   balances by itself, and so does every unit. A negative change swaps the two.
//! * Rows are only added (the database refuses anything else).
//! * `balance` is the sum of the postings of an account, in the same commit.
//!
//! Owns `account`, `posting`, `balance`; knows no stage.

mod store;

use std::fmt;

use domain::booking::BookingKind;
use rust_decimal::Decimal;

pub use store::{
    AccruedFor, Balance, PostingRow, Prepared, accrual_sums, add, balances, check, highest_seq,
    of_award, post, posting, postings, rebuild_balances,
};
pub(crate) use store::{POSTING_COLUMNS, posting_row};

/// An account of the chart in the wallet language: `role/code/owner`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a program costs.
    Expense {
        program: String,
    },
    /// Earned, not yet due.
    Accrued {
        program: String,
        partner: String,
    },
    /// Owed to a partner.
    Payable {
        partner: String,
    },
    /// Demanded from a partner that was paid too much.
    Receivable {
        partner: String,
    },
    Cash,
    /// What was settled by credit notes: it lessens what partners owe for their invoices.
    CreditNote,
    /// Tax that comes back with what is paid to partners.
    Tax,
    /// An account of wallets, by its name.
    Wallet {
        name: String,
        /// Whether the partner that the posting is about owns it.
        is_owned: bool,
    },
}

/// What the names of expense accounts begin with.
const EXPENSE: &str = "expense/";

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Expense { program } => write!(f, "{EXPENSE}{program}"),
            Account::Accrued { program, partner } => write!(f, "accrued/{program}/{partner}"),
            Account::Payable { partner } => write!(f, "payable/{partner}"),
            Account::Receivable { partner } => write!(f, "receivable/{partner}"),
            Account::Cash => f.write_str("cash"),
            Account::CreditNote => f.write_str("credit_note"),
            Account::Tax => f.write_str("tax"),
            Account::Wallet { name, .. } => f.write_str(name),
        }
    }
}

/// What made a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    Accrual,
    Close,
    Adjustment,
    /// Below the minimum, and given up.
    Lapse,
    Payment,
    /// What happened to points and vouchers.
    Wallet,
}

impl Cause {
    pub fn word(self) -> &'static str {
        match self {
            Cause::Accrual => "accrual",
            Cause::Close => "close",
            Cause::Adjustment => "adjustment",
            Cause::Lapse => "lapse",
            Cause::Payment => "payment",
            Cause::Wallet => "wallet",
        }
    }
}

/// What a posting is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    pub program_id: Option<i64>,
    /// Whose accounts it touches.
    pub partner_id: Option<i64>,
    /// Who earned it, if that is somebody else.
    pub earner_id: Option<i64>,
    pub term: Option<i64>,
    pub period_day: Option<i64>,
    pub group_key: Option<String>,
    /// First day of the accounting or payout period it is booked in.
    pub booked_day: Option<i64>,
    pub kind: Option<BookingKind>,
    /// The payout, adjustment or period it came from.
    pub subject: Option<String>,
}

/// A change to post: `amount` from credit to debit; below zero the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    pub cause: Cause,
    pub debit: Account,
    pub credit: Account,
    pub unit: String,
    pub amount: Decimal,
    pub about: About,
}
