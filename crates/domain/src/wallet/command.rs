//! What people and systems ask of a wallet, and why it may be refused.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::ledger::Unit;
use super::lot::Ends;
use crate::case::Moment;
use crate::code::PartnerCode;

/// A line of the timeline that acts on wallets. Its key names what it makes, or what it acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A credit by hand.
    Credit {
        partner: PartnerCode,
        unit: Unit,
        amount: Decimal,
        subtype: Option<String>,
        expires: Option<Ends>,
        usable: Option<Moment>,
        reason: Option<String>,
    },
    /// Takes by hand, without the rules of spending.
    Debit { partner: PartnerCode, unit: Unit, amount: Decimal, reason: Option<String> },
    /// Spends.
    Redeem(Spend),
    /// The first of two steps.
    Reserve(Spend, Option<Moment>),
    /// The second: all that was reserved, or less.
    Commit { amount: Option<Decimal> },
    Release,
    /// Takes a credit back.
    Clawback { of: Arc<str>, amount: Option<Decimal> },
    Transfer { from: PartnerCode, to: PartnerCode, unit: Unit, amount: Decimal },
    /// Undoes a redemption or a credit.
    Cancel { amount: Option<Decimal>, expires: Option<Ends>, reason: Option<String> },
}

/// What is to be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    pub partner: PartnerCode,
    pub unit: Unit,
    pub amount: SpendAmount,
    pub order: Option<String>,
    pub order_amount: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendAmount {
    Exactly(Decimal),
    /// As many as rules and balance allow.
    UpTo(Decimal),
}

/// Why a line is refused: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    OtherContent,
    UnknownPartner,
    UnknownCode,
    UnknownKey,
    WrongUnit,
    InvalidAmount,
    WrongState,
    NotStarted,
    Expired,
    NotEligible,
    BelowMinimum,
    NotAStep,
    LimitTotal,
    Insufficient,
}

impl Refusal {
    pub const ALL: [Refusal; 14] = [
        Refusal::OtherContent,
        Refusal::UnknownPartner,
        Refusal::UnknownCode,
        Refusal::UnknownKey,
        Refusal::WrongUnit,
        Refusal::InvalidAmount,
        Refusal::WrongState,
        Refusal::NotStarted,
        Refusal::Expired,
        Refusal::NotEligible,
        Refusal::BelowMinimum,
        Refusal::NotAStep,
        Refusal::LimitTotal,
        Refusal::Insufficient,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Refusal::OtherContent => "other_content",
            Refusal::UnknownPartner => "unknown_partner",
            Refusal::UnknownCode => "unknown_code",
            Refusal::UnknownKey => "unknown_key",
            Refusal::WrongUnit => "wrong_unit",
            Refusal::InvalidAmount => "invalid_amount",
            Refusal::WrongState => "wrong_state",
            Refusal::NotStarted => "not_started",
            Refusal::Expired => "expired",
            Refusal::NotEligible => "not_eligible",
            Refusal::BelowMinimum => "below_minimum",
            Refusal::NotAStep => "not_a_step",
            Refusal::LimitTotal => "limit_total",
            Refusal::Insufficient => "insufficient",
        }
    }
}
