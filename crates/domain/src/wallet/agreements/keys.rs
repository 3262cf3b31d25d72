//! The keys of agreements and of the lines of their claims.

use crate::program::keys::{Key, Shape};

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

/// `2.40`, or `7%`.
const MONEY_OR_SHARE: Shape = Shape::OneOf(&[Shape::Number, Shape::Share]);

pub(crate) const STEP: &[Key] = &[
    required("from", Shape::Number, "From this quantity on, over all claims."),
    key("down_to", Shape::Number, "The agreed price."),
    key("down_by", MONEY_OR_SHARE, "So much less than what was paid: 2.40, or 7%."),
];

pub(crate) const ROW: &[Key] = &[
    key("product", Shape::Word, "The product it is for."),
    key("when", Shape::Condition, "Or which products it is for."),
    key("down_to", Shape::Number, "The agreed price."),
    key("down_by", MONEY_OR_SHARE, "So much less than what was paid: 2.40, or 7%."),
    key("steps", Shape::List(&Shape::Map(STEP)), "The price by the quantity claimed so far."),
    key("quantity", Shape::Number, "The most that is paid over all claims."),
    key("amount", Shape::Number, "The most money that is paid over all claims."),
    key("minimum", Shape::Number, "The smallest quantity of one line of a claim."),
];

pub(crate) const AGREEMENT: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    required(
        "kind",
        Shape::Words(&["special_price", "price_protection", "stock_rotation"]),
        "What it agrees.",
    ),
    key("partner", Shape::Word, "Who claims; all if nobody is said."),
    key("partners", Shape::Condition, "Or who claims, by what they are."),
    key("starts", Shape::Date, "The first day of the sales, price changes or returns."),
    key("ends", Shape::Date, "Their last day."),
    key("claim_within", Shape::Word, "How long after that day a claim comes."),
    key("when", Shape::Condition, "Over `product`, `partner`, `party` and `claim`."),
    key("auto_approve", Shape::Number, "Up to this a claim is approved as it is submitted."),
    key("lines", Shape::List(&Shape::Map(ROW)), "Of special prices: the first that fits."),
    key("list", Shape::Word, "The price list of what the partner paid."),
    key(
        "proof",
        Shape::Words(&["sale", "stock", "none"]),
        "Of special prices: whether a line names its sale, or lies in stock.",
    ),
    key("price", Shape::Share, "Of protection: the share of the difference that is supported."),
    key("quantity", Shape::Share, "Of protection: the share of the quantity that is supported."),
    key("in_transit", Shape::YesNo, "Of protection: goods under way count as well."),
    key("bought_within", Shape::Word, "Of protection: only what came so long before."),
    key("reverse", Shape::YesNo, "Of protection: a price that rises is owed by the partner."),
    key("share", Shape::Share, "Of rotation: the share of what was bought in the window."),
    key("window", Shape::Word, "Of rotation: how far back it looks; 12 months."),
    key(
        "method",
        Shape::Words(&["return", "scrap", "either"]),
        "Of rotation: what becomes of the goods.",
    ),
];

/// The line of a claim.
pub(crate) const CLAIM_LINE: &[Key] = &[
    key("product", Shape::Word, "The product."),
    key("quantity", Shape::Number, "How many."),
    key("cost", Shape::Number, "What the partner paid for one."),
    key("price", Shape::Number, "What one was sold for; of rotation what one is worth."),
    key("date", Shape::Date, "The day of the sale or of the return."),
    key("sale", Shape::Word, "The sale that it is for, by its key."),
    key("method", Shape::Words(&["return", "scrap"]), "What becomes of goods that rotate."),
    key("parties", Shape::ByName(&Shape::Word), "Who took part, by role."),
];
