//! Funds: money that partners may spend on agreed activities. A budget (`mdf`) is allocated before
//! sales, credits of a `coop` are earned from them; requests reserve, claims are paid.
//!
//! # Promises
//!
//! * Of a budget, what was used, reserved, allocated and free comes to the budget: nothing exceeds
//!   it.
//! * Whatever is reserved belongs to a request or an undecided claim that is alive.
//! * What ends is over on its day. A claim that came in time keeps what it asks until it is decided.
//! * Undoing a claim gives back what it took to where it came from, as far as that is there.

mod activity;
mod asking;
mod budgets;
mod claims;
mod coops;
mod declared;
mod endings;
pub(crate) mod keys;
pub(in crate::wallet) mod lines;
pub(in crate::wallet) mod read;
mod report;
mod requests;
mod sources;
mod state;

pub(super) use coops::spent_name;
pub use declared::{
    Activity, AllocationRow, Asking, Budget, Coop, Fund, FundKind, Reimburse, Size, Source,
    SourceShare, Sources, Unused, Whose,
};
pub use lines::{AskedClaim, AskedRequest, ClaimOf, FundLine, Mended, Purpose};
pub(super) use report::{CLAIM_WORDS, FUND_WORDS};
pub use sources::Pot;
pub use state::{Allocation, Claim, Draw, FundAccount, Request, Stage};
pub(super) use state::{Cut, Funds};

/// What is kept of a fund itself.
pub fn account_name(fund: &str) -> String {
    format!("fund/{fund}")
}

/// What is kept of an allocation, by its code.
pub(super) fn allocation_name(fund: &str, allocation: &str) -> String {
    format!("fund/{fund}/{allocation}")
}

/// What finds the claims with an invoice.
pub(super) fn invoice_name(invoice: &str) -> String {
    format!("invoice/{invoice}")
}

/// What limits count of all credits of a `coop`.
pub(super) fn credited_name(fund: &str) -> String {
    format!("credited/{fund}")
}
