//! What is booked: entries of postings, each from a debit to a credit.
//!
//! # Invariants
//!
//! * A posting is never zero or negative, and never edited: what is undone is posted the other way.
//! * The postings of each unit balance by their shape, since each names both sides.

use std::fmt;
use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::code::PartnerCode;

/// What is counted: a point currency, a currency of money, or the code of a voucher.
pub type Unit = Arc<str>;

/// `role/code/owner` of the chart of accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// Credits less claw-backs.
    Granted(Unit),
    Escrow(Unit, PartnerCode),
    Open(Unit, PartnerCode),
    /// Of a voucher, by its code.
    OpenVoucher(Unit, Arc<str>),
    /// Promised to a reservation, by its key.
    Reserved(Unit, Arc<str>),
    Arrears(Unit, PartnerCode),
    Redeemed(Unit),
    /// What redeemed points were worth.
    RedeemedExpense(Unit),
    Expired(Unit),
    Adjusted(Unit),
    Reset(Unit),
    /// What points paid on orders.
    Orders,
    /// What is owed to a partner in money.
    Payable(PartnerCode),
    Cash,
    /// Points that a sponsor bought and that are not used.
    Pack(Unit),
    /// What a sponsor bears.
    Sponsored(Unit),
    /// What a sponsor owes in money.
    Receivable(Unit),
    /// Where the budget of a fund comes from, and what of it is not allocated.
    Source(Unit),
    Free(Unit),
    /// What is neither reserved nor used of an allocation, by its code.
    OpenAllocation(Unit, Unit),
    /// What claims took of a budget.
    Used(Unit),
    /// What a fund paid.
    Expense(Unit),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Granted(unit) => write!(f, "granted/{unit}"),
            Account::Escrow(unit, owner) => write!(f, "escrow/{unit}/{owner}"),
            Account::Open(unit, owner) => write!(f, "open/{unit}/{owner}"),
            Account::OpenVoucher(unit, code) => write!(f, "open/{unit}/{code}"),
            Account::Reserved(unit, key) => write!(f, "reserved/{unit}/{key}"),
            Account::Arrears(unit, owner) => write!(f, "arrears/{unit}/{owner}"),
            Account::Redeemed(unit) => write!(f, "redeemed/{unit}"),
            Account::RedeemedExpense(unit) => write!(f, "redeemed.expense/{unit}"),
            Account::Expired(unit) => write!(f, "expired/{unit}"),
            Account::Adjusted(unit) => write!(f, "adjusted/{unit}"),
            Account::Reset(unit) => write!(f, "reset/{unit}"),
            Account::Orders => f.write_str("orders"),
            Account::Payable(owner) => write!(f, "payable/{owner}"),
            Account::Cash => f.write_str("cash"),
            Account::Pack(sponsor) => write!(f, "pack/{sponsor}"),
            Account::Sponsored(sponsor) => write!(f, "sponsored/{sponsor}"),
            Account::Receivable(sponsor) => write!(f, "receivable/{sponsor}"),
            Account::Source(fund) => write!(f, "source/{fund}"),
            Account::Free(fund) => write!(f, "free/{fund}"),
            Account::OpenAllocation(fund, code) => write!(f, "open/{fund}/{code}"),
            Account::Used(fund) => write!(f, "used/{fund}"),
            Account::Expense(fund) => write!(f, "expense/{fund}"),
        }
    }
}

/// So much of a unit from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub debit: Account,
    pub credit: Account,
    pub unit: Unit,
    pub amount: Decimal,
}

/// What one cause posted at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key of the line, or what ended by itself.
    pub cause: Arc<str>,
    pub at: DateTime,
    pub posting: Posting,
}

/// Postings in the making. What is nothing is not posted.
#[derive(Debug)]
pub struct Postings {
    cause: Arc<str>,
    pub made: Vec<(Arc<str>, Posting)>,
}

impl Postings {
    pub fn new(cause: &Arc<str>) -> Postings {
        Postings { cause: cause.clone(), made: Vec::new() }
    }

    pub fn add(&mut self, unit: &Unit, debit: Account, credit: Account, amount: Decimal) {
        let cause = self.cause.clone();
        self.add_of(&cause, unit, debit, credit, amount);
    }

    /// The same, because of something else: a lot that ends by itself.
    pub fn add_of(
        &mut self,
        cause: &Arc<str>,
        unit: &Unit,
        debit: Account,
        credit: Account,
        amount: Decimal,
    ) {
        if Decimal::ZERO < amount {
            let posting = Posting { debit, credit, unit: unit.clone(), amount };
            self.made.push((cause.clone(), posting));
        }
    }
}
