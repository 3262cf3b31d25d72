//! What is declared of agreements.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::code::{PartnerCode, ProductCode};
use crate::condition::Expr;
use crate::program::{Names, Span};
use crate::wallet::ledger::Unit;

/// What a vendor agreed with partners.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    pub code: Unit,
    pub name: Names,
    pub description: Names,
    pub kind: AgreementKind,
    pub who: Who,
    /// Days of the sales, of the price change, of the return.
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    /// How long after that day a claim comes.
    pub claim_within: Option<Span>,
    pub when: Option<Expr>,
    /// Claims up to this are approved as submitted.
    pub auto_approve: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum AgreementKind {
    /// The partner sells for less, and is paid what it paid too much.
    SpecialPrice(SpecialPrice),
    /// What lies in stock loses its price, and the partner is paid the difference.
    PriceProtection(PriceProtection),
    /// A share of what was bought goes back.
    StockRotation(StockRotation),
}

/// Who claims.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    All,
    Partner(PartnerCode),
    Those(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SpecialPrice {
    /// In the order in which they are written: the first that fits.
    pub rows: Vec<Row>,
    /// The first row of each product that is named, and the rows with conditions.
    pub(super) by_product: BTreeMap<ProductCode, usize>,
    pub(super) by_condition: Vec<usize>,
    /// The price list of what the partner paid; `None`: the line says it.
    pub list: Option<String>,
    pub proof: Proof,
}

/// What is agreed for some products.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The product or the condition: what it is counted under.
    pub name: Arc<str>,
    /// `None`: the row asks nothing more than its product, if it names one.
    pub when: Option<Expr>,
    /// Ascending by quantity; a plain row is one step from zero.
    pub steps: Vec<Step>,
    /// The most that is paid over all claims.
    pub quantity: Option<Decimal>,
    pub amount: Option<Decimal>,
    /// The smallest quantity of one line of a claim.
    pub minimum: Option<Decimal>,
}

/// What is agreed from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub from: Decimal,
    pub support: Support,
}

/// What is paid for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    DownTo(Decimal),
    DownBy(Decimal),
    /// Of what was paid.
    DownByShare(Decimal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Each line names a sale.
    Sale,
    /// What is claimed lies in stock.
    Stock,
    None,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PriceProtection {
    pub list: String,
    /// Shares of the difference and of the quantity that are supported.
    pub price: Decimal,
    pub quantity: Decimal,
    /// Goods under way count as well.
    pub in_transit: bool,
    /// Only what came so long before the change.
    pub bought_within: Option<Span>,
    /// A price that rises is owed by the partner.
    pub reverse: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StockRotation {
    pub share: Decimal,
    pub window: Span,
    /// `None`: either.
    pub method: Option<Method>,
}

/// What becomes of goods that rotate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Return,
    Scrap,
}

impl Agreement {
    /// The word of its kind.
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            AgreementKind::SpecialPrice(_) => "special_price",
            AgreementKind::PriceProtection(_) => "price_protection",
            AgreementKind::StockRotation(_) => "stock_rotation",
        }
    }
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Method::Return => "return",
            Method::Scrap => "scrap",
        }
    }
}

impl Support {
    /// What is paid for one that cost so much: never less than nothing.
    pub fn of(self, cost: Decimal) -> Option<Decimal> {
        let exact = match self {
            Support::DownTo(price) => cost.checked_sub(price)?,
            Support::DownBy(money) => money,
            Support::DownByShare(share) => cost.checked_mul(share)?,
        };
        Some(exact.max(Decimal::ZERO))
    }
}
