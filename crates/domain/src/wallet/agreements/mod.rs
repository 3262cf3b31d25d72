//! Agreements: special prices, price protection and stock rotation, and the claims that partners make
//! on them.
//!
//! # Promises
//!
//! * Each line of a claim is decided, and says why: what is payable, what is not, and for which
//!   reason.
//! * A sale, and a change of a price, is paid once. No more is paid than an agreement allows, over
//!   all claims.
//! * A claim that is rejected or cancelled gives back what it counted, as if it had never been.
//! * Stock is a function of what was reported, delivered and sold: it is right for any moment.

mod claims;
mod conditions;
mod deciding;
mod declared;
pub(crate) mod keys;
pub(in crate::wallet) mod lines;
mod places;
mod protection;
pub(in crate::wallet) mod read;
mod report;
mod rotation;
mod special;
mod state;
mod stock;

pub use declared::{
    Agreement, AgreementKind, Method, PriceProtection, Proof, Row, SpecialPrice, Step,
    StockRotation, Support, Who,
};
pub(super) use lines::names_of;
pub use lines::{AskedChannelClaim, AskedLine, ChannelLine, PriceLine, ShipmentLine, StockLine};
pub(super) use places::{account_name, product_name, sale_name, shelf_name, taken_name};
pub(super) use report::STOCK_WORDS;
pub(super) use state::Channel;
pub use state::{
    AgreementAccount, ChannelClaim, ClaimLine, Decided, Delivery, Listed, Part, Report, Taken,
    Tally, Why,
};
pub use stock::{Sale, Sales, Stock};
