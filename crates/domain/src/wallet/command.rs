//! What people and systems ask of a wallet, and why it may be refused.

use std::sync::Arc;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::agreements::ChannelLine;
use super::funds::FundLine;
use super::games::Play;
use super::ledger::Unit;
use super::lot::Ends;
use super::members::MemberLine;
use super::rewards::OrderReward;
use super::sponsors::Bearer;
use super::tiers::{HeldUntil, Hold};
use super::vouchers::{Issue, UseVoucher};
use crate::code::PartnerCode;

/// A line of the timeline that acts on wallets. Its key names what it makes, or what it acts on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    Credit(ByHand),
    /// Takes by hand, without the rules of spending.
    Debit {
        partner: PartnerCode,
        unit: Unit,
        amount: Decimal,
        reason: Option<String>,
    },
    /// Spends.
    Redeem(Spend),
    /// The first of two steps, and until when it holds.
    Reserve(Spend, Option<Ends>),
    /// The second: all that was reserved, or less.
    Commit {
        amount: Option<Decimal>,
    },
    Release,
    /// Takes a credit back.
    Clawback {
        of: Arc<str>,
        amount: Option<Decimal>,
    },
    Transfer {
        from: PartnerCode,
        to: PartnerCode,
        unit: Unit,
        amount: Decimal,
    },
    /// The membership that the key names becomes part of another one.
    Merge {
        into: PartnerCode,
    },
    /// It is one of its own again.
    Unmerge,
    /// Issues vouchers.
    Issue(Issue),
    /// Uses a voucher.
    UseVoucher(UseVoucher),
    ReserveVoucher(UseVoucher, Option<Ends>),
    /// Orders a reward.
    OrderReward(OrderReward),
    ReserveReward(OrderReward, Option<Ends>),
    /// Undoes a redemption or a credit, cancels vouchers, ends a promotion.
    Cancel {
        amount: Option<Decimal>,
        /// How long what comes back lives, if it is over.
        expires: Option<Ends>,
        reason: Option<String>,
    },
    /// Sets the tier of the partner that the line names.
    Assign(SetTier),
    /// The partner that the line names takes part in a promotion.
    Enrol {
        promotion: Unit,
    },
    /// It does not any more.
    Leave {
        promotion: Unit,
    },
    /// A sponsor buys points in advance.
    TopUp {
        sponsor: Unit,
        amount: Decimal,
    },
    /// Plays a game.
    Play(Play),
    /// The membership of the partner that the line names begins, rests or ends.
    Member(MemberLine),
    /// Gives a badge by hand.
    GiveBadge(GiveBadge),
    /// Takes a badge away, whatever gave it.
    TakeBadge {
        partner: PartnerCode,
        badge: Unit,
        reason: Option<String>,
    },
    /// Asks something of funds.
    Fund(FundLine),
    /// Claims by an agreement, or tells of deliveries, stock and prices.
    Channel(ChannelLine),
}

/// A tier by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTier {
    pub group: String,
    /// `None`: lets go of the one that was set.
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Hold::is_floor")]
    pub hold: Hold,
    pub until: Option<HeldUntil>,
    pub reason: Option<String>,
}

/// A badge by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveBadge {
    pub partner: PartnerCode,
    pub badge: Unit,
    /// Its last day; without one as the badge says.
    pub expires: Option<Ends>,
    pub reason: Option<String>,
}

/// A credit by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    pub partner: PartnerCode,
    pub unit: Unit,
    pub amount: Decimal,
    pub subtype: Option<String>,
    pub expires: Option<Ends>,
    pub usable: Option<DateTime>,
    /// In whose limits it counts.
    pub promotion: Option<Unit>,
    /// Who bears it, or a part of it; the rest is the vendor's own.
    pub sponsors: Vec<Bearer>,
    pub reason: Option<String>,
}

/// What is to be spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    pub partner: PartnerCode,
    pub unit: Unit,
    pub amount: SpendAmount,
    pub order: Option<String>,
    pub order_amount: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpendAmount {
    Exactly(Decimal),
    /// As many as rules and balance allow.
    UpTo(Decimal),
}

impl Command {
    /// The word of its line.
    pub fn word(&self) -> &'static str {
        match self {
            Command::Credit(_) => "credit",
            Command::Debit { .. } => "debit",
            Command::Redeem(_) | Command::UseVoucher(_) | Command::OrderReward(_) => "redeem",
            Command::Reserve(..) | Command::ReserveVoucher(..) | Command::ReserveReward(..) => {
                "reserve"
            }
            Command::Commit { .. } => "commit",
            Command::Release => "release",
            Command::Clawback { .. } => "clawback",
            Command::Transfer { .. } => "transfer",
            Command::Merge { .. } => "merge",
            Command::Unmerge => "unmerge",
            Command::Issue(_) => "issue",
            Command::Cancel { .. } => "cancel",
            Command::Assign(_) => "assign",
            Command::Enrol { .. } => "enrol",
            Command::Leave { .. } => "leave",
            Command::TopUp { .. } => "top_up",
            Command::Play(_) => "play",
            Command::Member(line) => line.step.word(),
            Command::GiveBadge(_) => "give",
            Command::TakeBadge { .. } => "take",
            Command::Fund(line) => line.word(),
            Command::Channel(line) => line.word(),
        }
    }

    /// The code of something declared that it names, if its key alone does not say what it is about.
    pub fn names_code(&self) -> Option<&str> {
        match self {
            Command::Credit(by_hand) => Some(&by_hand.unit),
            Command::Debit { unit, .. } | Command::Transfer { unit, .. } => Some(unit),
            Command::Redeem(spend) | Command::Reserve(spend, _) => Some(&spend.unit),
            Command::Issue(issue) => Some(&issue.voucher),
            Command::OrderReward(line) | Command::ReserveReward(line, _) => Some(&line.reward),
            Command::Assign(set) => Some(&set.group),
            Command::Enrol { promotion } | Command::Leave { promotion } => Some(promotion),
            Command::TopUp { sponsor, .. } => Some(sponsor),
            Command::Play(play) => Some(&play.game),
            Command::GiveBadge(GiveBadge { badge, .. }) | Command::TakeBadge { badge, .. } => {
                Some(badge)
            }
            Command::Fund(line) => line.fund().map(|fund| &**fund),
            Command::Channel(line) => line.agreement().map(|agreement| &**agreement),
            Command::Commit { .. }
            | Command::Release
            | Command::Clawback { .. }
            | Command::Merge { .. }
            | Command::Unmerge
            | Command::UseVoucher(_)
            | Command::ReserveVoucher(..)
            | Command::Member(_)
            | Command::Cancel { .. } => None,
        }
    }

    /// Whether it may touch everything that its partners have.
    pub fn is_sweeping(&self) -> bool {
        matches!(self, Command::Merge { .. } | Command::Unmerge)
    }

    /// Whether the key names what the line makes, and not what it acts on.
    pub fn makes_its_key(&self) -> bool {
        if let Command::Fund(line) = self {
            return line.makes_its_key();
        }
        !matches!(
            self,
            Command::Commit { .. }
                | Command::Release
                | Command::Merge { .. }
                | Command::Unmerge
                | Command::Cancel { .. }
                | Command::Assign(_)
                | Command::Enrol { .. }
                | Command::Leave { .. }
                | Command::Member(_)
        )
    }
}

/// Why a line is refused: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The key was used with other content.
    OtherContent,
    UnknownPartner,
    /// Of a currency, a subtype, a promotion.
    UnknownCode,
    UnknownKey,
    /// The partner is part of another one now.
    Merged,
    /// A voucher of another partner.
    NotOwner,
    /// Points that cannot be spent, or too many decimals.
    WrongUnit,
    /// Zero or below.
    InvalidAmount,
    /// Not possible any more, or not yet.
    WrongState,
    /// Before the first day, after the last one.
    NotStarted,
    Expired,
    /// The activity comes too soon after it is asked for.
    TooEarly,
    /// After the last day for claims.
    TooLate,
    /// Such a claim asks first.
    RequestRequired,
    /// The partner does not take part in the promotion.
    NotEnrolled,
    /// The condition does not hold.
    NotEligible,
    /// Proof is missing.
    Evidence,
    /// The invoice was claimed before.
    Duplicate,
    /// Too little of the partner's own money.
    OwnShare,
    BelowMinimum,
    NotAStep,
    LimitPartner,
    /// More than points may pay of an order, more vouchers than may be issued.
    LimitTotal,
    OutOfStock,
    /// More than an agreement pays, over all claims.
    QuantityLimit,
    /// More than the request, the allocation or the fund has, or than the claim may be paid.
    ExceedsRequest,
    ExceedsAllocation,
    ExceedsFund,
    ExceedsClaim,
    Insufficient,
    /// The pack of a sponsor does not suffice: it waits.
    PackShort,
}

impl Refusal {
    pub const ALL: [Refusal; 31] = [
        Refusal::OtherContent,
        Refusal::UnknownPartner,
        Refusal::UnknownCode,
        Refusal::UnknownKey,
        Refusal::Merged,
        Refusal::NotOwner,
        Refusal::WrongUnit,
        Refusal::InvalidAmount,
        Refusal::WrongState,
        Refusal::NotStarted,
        Refusal::Expired,
        Refusal::TooEarly,
        Refusal::TooLate,
        Refusal::RequestRequired,
        Refusal::NotEnrolled,
        Refusal::NotEligible,
        Refusal::Evidence,
        Refusal::Duplicate,
        Refusal::OwnShare,
        Refusal::BelowMinimum,
        Refusal::NotAStep,
        Refusal::LimitPartner,
        Refusal::LimitTotal,
        Refusal::OutOfStock,
        Refusal::QuantityLimit,
        Refusal::ExceedsRequest,
        Refusal::ExceedsAllocation,
        Refusal::ExceedsFund,
        Refusal::ExceedsClaim,
        Refusal::Insufficient,
        Refusal::PackShort,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Refusal::OtherContent => "other_content",
            Refusal::UnknownPartner => "unknown_partner",
            Refusal::UnknownCode => "unknown_code",
            Refusal::UnknownKey => "unknown_key",
            Refusal::Merged => "merged",
            Refusal::NotOwner => "not_owner",
            Refusal::WrongUnit => "wrong_unit",
            Refusal::InvalidAmount => "invalid_amount",
            Refusal::WrongState => "wrong_state",
            Refusal::NotStarted => "not_started",
            Refusal::Expired => "expired",
            Refusal::TooEarly => "too_early",
            Refusal::TooLate => "too_late",
            Refusal::RequestRequired => "request_required",
            Refusal::NotEnrolled => "not_enrolled",
            Refusal::NotEligible => "not_eligible",
            Refusal::Evidence => "evidence",
            Refusal::Duplicate => "duplicate",
            Refusal::OwnShare => "own_share",
            Refusal::BelowMinimum => "below_minimum",
            Refusal::NotAStep => "not_a_step",
            Refusal::LimitPartner => "limit_partner",
            Refusal::LimitTotal => "limit_total",
            Refusal::OutOfStock => "out_of_stock",
            Refusal::QuantityLimit => "quantity_limit",
            Refusal::ExceedsRequest => "exceeds_request",
            Refusal::ExceedsAllocation => "exceeds_allocation",
            Refusal::ExceedsFund => "exceeds_fund",
            Refusal::ExceedsClaim => "exceeds_claim",
            Refusal::Insufficient => "insufficient",
            Refusal::PackShort => "pack_short",
        }
    }
}
