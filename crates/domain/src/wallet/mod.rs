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

mod agenda;
pub(crate) mod agreements;
mod as_list;
mod ask;
mod award;
mod badges;
mod benefits;
mod book;
mod command;
mod credit;
mod dates;
mod file;
pub(crate) mod funds;
mod games;
pub(crate) mod keys;
mod ledger;
pub(crate) mod line;
mod lot;
pub(crate) mod members;
mod merge;
mod model;
mod news;
mod piece;
pub(crate) mod promotions;
mod purse;
pub(crate) mod read;
mod report;
mod rewards;
mod spending;
pub(crate) mod sponsors;
mod tallies;
#[cfg(test)]
mod tests;
pub(crate) mod tiers;
mod vouchers;

pub use agreements::{
    Agreement, AgreementAccount, AgreementKind, AskedChannelClaim, AskedLine as AskedClaimLine,
    ChannelClaim, ChannelLine, ClaimLine, Decided, Delivery, Listed, Method, Part, PriceLine,
    PriceProtection, Proof, Report as StockReport, Row, Sale, Sales, ShipmentLine, SpecialPrice,
    Step, Stock, StockLine, StockRotation, Support, Taken as TakenOfAgreement, Tally, Who, Why,
};
pub use ask::{AskedLine, read_line};
pub use award::HeldAward;
pub use badges::{BadgeHeld, BadgeKind, Given};
pub use benefits::{Benefit, Gives, HeldBenefit, Occasion};
pub use book::{Book, People};
pub use command::{ByHand, Command, GiveBadge, Refusal, SetTier, Spend, SpendAmount};
pub use credit::{Credit, Grant};
pub use dates::{Expiry, Lifetime, MovedOut, Recurring, Since, Starts};
pub use file::{WalletFile, of_case, parse};
pub use funds::{
    Activity, Allocation, AllocationRow, AskedClaim, AskedRequest, Asking, Budget, Claim, ClaimOf,
    Coop, Draw, Fund, FundAccount, FundKind, FundLine, Mended, Pot, Purpose, Reimburse, Request,
    Size, Source, SourceShare, Sources, Stage, Unused, Whose, account_name as fund_name,
};
pub use games::{Game, Looks, Play, PlayPrice, Played, Prize, PrizeGives};
pub use ledger::{Account, Entry, Posting, Unit};
pub use lot::{Ends, Lot, Place, Went};
pub use members::{Channel, MemberLine, MemberState, MemberStep, Members, Membership, Withheld};
pub use model::{
    Clawback, Negative, PassOn, PointCurrency, PointKind, Pool, Restore, Spending, Subtype, Wallet,
};
pub use news::{KINDS as NEWS_KINDS, News};
pub use piece::{Piece, PieceFacts, PieceKey, asks_for, award_asks_for, refused_by};
pub use promotions::{
    Enrol, GivenAs, Left, OneUse, Promotion, PromotionLimits, PromotionState, RefusedUse, Stance,
    Taken, TakenWhat, by_day, by_partner, by_refusal, enrolled_as,
};
pub use purse::{DebtKind, Purse};
pub use report::{Line, List, Said, Sums, Use};
pub use rewards::{CatalogueReward, OrderReward, RewardGives};
pub use sponsors::{Bearer, Billing, Sponsor};
pub use tiers::is_hidden;
pub use tiers::{
    Downgrade, Floor, HeldUntil, Hold, MovedBy, Standing, TierChange, TierGroup, TierMove, TierRow,
    TierStanding,
};
pub use vouchers::{
    CodeForm, CodeSecret, Issue, IssueLimit, SmallestOrder, UseVoucher, Voucher, VoucherKind,
    VoucherPays, VoucherState, VoucherUse,
};
