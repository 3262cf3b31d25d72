//! Lines about agreements: claims, deliveries, reports of stock and prices.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::declared::Method;
use super::keys::CLAIM_LINE;
use super::places::{account_name, product_name, sale_name, shelf_name, taken_name};
use crate::code::{FactKey, PartnerCode, ProductCode};
use crate::reader::{Fields, Reader};
use crate::wallet::ledger::Unit;
use crate::wallet::line::Line;
use crate::yaml::Node;

/// One claim has no more lines: a longer file is several claims.
pub(super) const CLAIM_LINES_MAX: usize = 100_000;

/// What is asked of agreements, and told of stock and prices. Its key names what it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelLine {
    Claim(AskedChannelClaim),
    /// Goods to a partner.
    Shipment(ShipmentLine),
    /// What a partner says lies in its stock.
    Stock(StockLine),
    /// A price of a list, from that day on.
    Price(PriceLine),
}

/// Asks to be paid by an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedChannelClaim {
    pub partner: PartnerCode,
    pub agreement: Unit,
    pub lines: Vec<AskedLine>,
    pub draft: bool,
}

/// One line of a claim, as it is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedLine {
    pub product: Option<ProductCode>,
    pub quantity: Option<Decimal>,
    /// What the partner paid for one.
    pub cost: Option<Decimal>,
    /// What one was sold for; of rotation, what one is worth.
    pub price: Option<Decimal>,
    pub date: Option<Date>,
    pub sale: Option<FactKey>,
    pub method: Option<Method>,
    pub parties: BTreeMap<String, PartnerCode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentLine {
    pub partner: PartnerCode,
    pub product: ProductCode,
    pub quantity: Decimal,
    /// For one.
    pub price: Option<Decimal>,
    /// `None`: at once.
    pub arrives: Option<DateTime>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    pub partner: PartnerCode,
    pub product: ProductCode,
    pub quantity: Decimal,
    /// What is under way, if the partner says it.
    pub in_transit: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    pub list: String,
    pub product: ProductCode,
    pub amount: Decimal,
}

/// What these lines say beside their keys.
pub(in crate::wallet) const SHIPMENT: &[&str] =
    &["partner", "product", "quantity", "price", "arrives"];
pub(in crate::wallet) const STOCK: &[&str] = &["partner", "product", "quantity", "in_transit"];
pub(in crate::wallet) const PRICE: &[&str] = &["list", "product", "amount"];

/// What only a claim on an agreement says.
pub(in crate::wallet) const ONLY_OF_AGREEMENTS: &[&str] =
    &["agreement", "lines", "product", "quantity", "price", "sale", "method", "parties"];
/// What only a claim on a fund says.
pub(in crate::wallet) const ONLY_OF_FUNDS: &[&str] = &[
    "request",
    "fund",
    "allocation",
    "from",
    "activity",
    "amount",
    "own_cash",
    "evidence",
    "invoice",
];
const WORDS_OF_ONE: &[&str] =
    &["product", "quantity", "cost", "price", "date", "sale", "method", "parties"];

/// A line about agreements, by its word.
pub(in crate::wallet) fn read(
    reader: &mut Reader<'_>,
    word: &str,
    line: &Line<'_, '_>,
) -> Option<ChannelLine> {
    let fields = line.fields;
    if word == "price" {
        let list = reader.needed(fields, "list", Reader::code);
        let product = product(reader, fields);
        let amount = reader.needed(fields, "amount", Reader::number);
        return Some(ChannelLine::Price(PriceLine {
            list: list?,
            product: product?,
            amount: amount?,
        }));
    }
    let partner = line.partner(reader, "partner");
    if word == "claim" {
        let agreement = reader.needed(fields, "agreement", Reader::code);
        let lines = claimed(reader, fields);
        return Some(ChannelLine::Claim(AskedChannelClaim {
            draft: reader.maybe(fields, "draft", Reader::yes_no).unwrap_or(false),
            partner: partner?,
            agreement: Arc::from(agreement?),
            lines: lines?,
        }));
    }
    let product = product(reader, fields);
    let quantity = reader.needed(fields, "quantity", Reader::number);
    Some(if word == "shipment" {
        ChannelLine::Shipment(ShipmentLine {
            price: reader.maybe(fields, "price", Reader::number),
            arrives: reader.maybe(fields, "arrives", |r, k, n| line.moment(r, k, n)),
            partner: partner?,
            product: product?,
            quantity: quantity?,
        })
    } else {
        ChannelLine::Stock(StockLine {
            in_transit: reader.maybe(fields, "in_transit", Reader::number),
            partner: partner?,
            product: product?,
            quantity: quantity?,
        })
    })
}

fn product(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<ProductCode> {
    reader.needed(fields, "product", Reader::code).map(ProductCode::new)
}

/// The lines of a claim: those of its list, or the one that it is itself.
fn claimed(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Vec<AskedLine>> {
    if !fields.has("lines") {
        return Some(vec![one(reader, fields)]);
    }
    for word in fields.among(WORDS_OF_ONE) {
        let help = "say it in each of the `lines`";
        reader.error(fields.at(word), format!("`{word}` stands beside `lines`"), help);
    }
    reader.maybe(fields, "lines", several)
}

/// The lines of a claim, as a list.
pub(in crate::wallet) fn several(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
) -> Option<Vec<AskedLine>> {
    let lines = reader.list(key, node, |reader, _, node| {
        let fields = reader.fields(node, "a line of a claim", CLAIM_LINE)?;
        Some(one(reader, &fields))
    })?;
    if lines.is_empty() || CLAIM_LINES_MAX < lines.len() {
        let message = format!("a claim has from 1 to {CLAIM_LINES_MAX} lines");
        reader.error(node.at, message, "add a line, or make several claims");
        return None;
    }
    Some(lines)
}

fn one(reader: &mut Reader<'_>, fields: &Fields<'_>) -> AskedLine {
    let methods = [("return", Method::Return), ("scrap", Method::Scrap)];
    AskedLine {
        product: reader.maybe(fields, "product", Reader::code).map(ProductCode::new),
        quantity: reader.maybe(fields, "quantity", Reader::number),
        cost: reader.maybe(fields, "cost", Reader::number),
        price: reader.maybe(fields, "price", Reader::number),
        date: reader.maybe(fields, "date", Reader::date),
        sale: reader.maybe(fields, "sale", Reader::code).map(FactKey::new),
        method: reader.maybe(fields, "method", |r, k, n| r.word(k, n, &methods)),
        parties: reader.maybe(fields, "parties", crate::case::parties).unwrap_or_default(),
    }
}

impl ChannelLine {
    /// The word of its line.
    pub fn word(&self) -> &'static str {
        match self {
            ChannelLine::Claim(_) => "claim",
            ChannelLine::Shipment(_) => "shipment",
            ChannelLine::Stock(_) => "stock",
            ChannelLine::Price(_) => "price",
        }
    }

    /// The agreement that it names.
    pub fn agreement(&self) -> Option<&Unit> {
        match self {
            ChannelLine::Claim(asked) => Some(&asked.agreement),
            _ => None,
        }
    }

    /// Whose things it is about, and the names of pieces that it acts on.
    pub(in crate::wallet) fn asks_for(&self) -> (Vec<PartnerCode>, Vec<String>) {
        match self {
            ChannelLine::Claim(asked) => {
                let mut names = vec![account_name(&asked.agreement)];
                names.extend(names_of(&asked.agreement, &asked.partner, asked.lines.iter()));
                (vec![asked.partner.clone()], names)
            }
            ChannelLine::Shipment(ShipmentLine { partner, product, .. })
            | ChannelLine::Stock(StockLine { partner, product, .. }) => {
                (vec![partner.clone()], vec![shelf_name(partner, product)])
            }
            ChannelLine::Price(line) => (Vec::new(), vec![product_name(&line.product)]),
        }
    }
}

/// The names of pieces that lines of a claim look at.
pub(in crate::wallet) fn names_of<'a>(
    agreement: &str,
    partner: &PartnerCode,
    lines: impl Iterator<Item = &'a AskedLine>,
) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    for line in lines {
        names.extend(line.sale.as_ref().map(sale_name));
        if let Some(product) = &line.product {
            names.insert(shelf_name(partner, product));
            names.insert(product_name(product));
            names.insert(taken_name(agreement, partner, product));
        }
    }
    names.into_iter().collect()
}
