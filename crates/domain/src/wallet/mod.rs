//! Wallets: what happens after something was earned. Points are held, spent, lost and given back.
//!
//! # Promises
//!
//! * One kind of balance: everything held is a lot with an owner, a first and a last day.
//! * Time is a function of the date: a balance asked for any day is right, whether or not a job
//!   ran.
//! * Nothing goes below what is there unless the text allows it; what is refused leaves nothing
//!   behind.
//! * Every change is an entry of the ledger.
//!
//! What the words mean is told in the wallet format; how something is earned, by programs.

mod book;
mod command;
mod dates;
mod ledger;
mod lot;
mod model;
mod purse;
mod spending;

pub use book::{Book, Grant, People};
pub use command::{Command, Refusal, Spend, SpendAmount};
pub use dates::{Expiry, MovedOut, Recurring, Since, Starts};
pub use ledger::{Account, Entry, Posting, Unit};
pub use lot::{Ends, Lot, Place};
pub use model::{
    Clawback, Negative, PointCurrency, PointKind, Pool, Restore, Spending, Subtype, Wallet,
};
pub use purse::{DebtKind, Purse};
