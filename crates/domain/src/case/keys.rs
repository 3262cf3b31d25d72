//! The keys of a case. As with programs, what is not in these tables is refused.

use crate::program::keys::{Key, Shape};
use crate::wallet::keys as wallet;
use crate::wallet::tiers::keys as tiers;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

const ANY: Shape = Shape::ByName(&Shape::Any);

/// What a case has beside its name and programs; a test has only these.
pub(super) const STORY: &[Key] = &[
    key("note", Shape::Word, "What the story shows."),
    key("partners", Shape::ByName(&Shape::Any), "Partners by code, with their fields."),
    key("products", Shape::ByName(&ANY), "Products by code, with their fields."),
    key("units", Shape::List(&Shape::Map(UNIT)), "How many of a unit another one holds."),
    key("rates", Shape::List(&Shape::Map(RATE)), "Exchange rates by day."),
    key("prices", Shape::ByName(&Shape::List(&Shape::Map(PRICE))), "Price lists by name."),
    key("figures", Shape::ByName(&Shape::List(&ANY)), "Figure tables by name."),
    key("lists", Shape::ByName(&Shape::List(&Shape::Word)), "Lists of codes by name."),
    key("fields", ANY, "Declared fields with their types."),
    key("timeline", Shape::List(&ANY), "What happened, a line each."),
    key("what_if", Shape::List(&ANY), "Facts tried on top of a day."),
    key("until", Shape::Date, "The story's last day."),
    key("expect", Shape::List(&ANY), "What must hold, a line each."),
    key("currency", Shape::Word, "The money of costs and worths of a wallet."),
    key("time_zone", Shape::Word, "Where a day of a wallet begins: Europe/Berlin."),
    key("members", Shape::Map(wallet::MEMBERS), "Who is a member of the wallet."),
    key("points", Shape::ByName(&Shape::Map(wallet::POINTS)), "Point currencies by code."),
    key("pools", Shape::ByName(&Shape::Map(wallet::POOL)), "Groups that share points, by code."),
    key("tier_groups", Shape::ByName(&Shape::Map(tiers::TIER_GROUP)), "Tier groups by code."),
    key("benefits", Shape::ByName(&Shape::Map(tiers::BENEFIT)), "What comes with tiers, by code."),
    key("vouchers", Shape::ByName(&Shape::Map(wallet::VOUCHER)), "Vouchers by code."),
    key("rewards", Shape::ByName(&Shape::Map(wallet::REWARD)), "What points buy, by code."),
    key("badges", Shape::ByName(&Shape::Map(wallet::BADGE)), "Badges by code."),
    key("promotions", Shape::ByName(&Shape::Map(wallet::PROMOTION)), "Promotions by code."),
    key(
        "sponsors",
        Shape::ByName(&Shape::Map(wallet::SPONSOR)),
        "Companies that pay for points, by code.",
    ),
    key("games", Shape::ByName(&Shape::Map(wallet::GAME)), "Games by code."),
    key("funds", Shape::ByName(&Shape::Map(wallet::FUND)), "Funds by code."),
    key("agreements", Shape::ByName(&Shape::Map(wallet::AGREEMENT)), "Agreements by code."),
];

const PROGRAM: Shape = Shape::OneOf(&[Shape::Word, Shape::Map(crate::program::keys::HEADER)]);

pub(crate) const CASE: &[Key] = &[
    required("case", Shape::Word, "The name of the case."),
    required("programs", Shape::List(&PROGRAM), "Programs, inline or as paths."),
    STORY[0],
    STORY[1],
    STORY[2],
    STORY[3],
    STORY[4],
    STORY[5],
    STORY[6],
    STORY[7],
    STORY[8],
    STORY[9],
    STORY[10],
    STORY[11],
    STORY[12],
    STORY[13],
    STORY[14],
    STORY[15],
    STORY[16],
    STORY[17],
    STORY[18],
    STORY[19],
    STORY[20],
    STORY[21],
    STORY[22],
    STORY[23],
    STORY[24],
    STORY[25],
    STORY[26],
    STORY[27],
];

pub(crate) const TEST: &[Key] = &[
    required("test", Shape::Word, "What must hold, in words."),
    STORY[0],
    STORY[1],
    STORY[2],
    STORY[3],
    STORY[4],
    STORY[5],
    STORY[6],
    STORY[7],
    STORY[8],
    STORY[9],
    STORY[10],
    STORY[11],
    STORY[12],
    STORY[13],
    STORY[14],
    STORY[15],
    STORY[16],
    STORY[17],
    STORY[18],
    STORY[19],
    STORY[20],
    STORY[21],
    STORY[22],
    STORY[23],
    STORY[24],
    STORY[25],
    STORY[26],
    STORY[27],
];

/// Blocks of `wallet-format` that a case may have and this release does not run.
pub(super) const WALLET_BLOCKS: &[&str] = &["wallet"];

pub(super) const UNIT: &[Key] = &[
    key("product", Shape::Word, "Of this product; without it of all."),
    required("unit", Shape::Word, "The larger unit."),
    required("holds", Shape::Number, "How many it holds."),
    required("of", Shape::Word, "Of which unit."),
    key("from", Shape::Date, "From that day on."),
];

pub(super) const RATE: &[Key] = &[
    required("of", Shape::Word, "One of this currency…"),
    required("in", Shape::Word, "…is in this currency…"),
    required("rate", Shape::Number, "…so much."),
    key("from", Shape::Date, "From that day on."),
];

pub(super) const PRICE: &[Key] = &[
    required("product", Shape::Word, "The product."),
    required("price", Shape::Number, "What one of it costs."),
    required("currency", Shape::Word, "In this currency."),
    key("from", Shape::Date, "From that day on."),
];

/// Beside them, names of groups.
pub(super) const FIGURE: &[&str] = &["partner", "period", "value", "from"];

/// What a partner has beside declared fields.
pub(crate) const PARTNER: &[&str] =
    &["name", "country", "region", "segment", "level", "joined", "parent"];
/// What a product has beside declared fields.
pub(super) const PRODUCT: &[&str] = &["name", "category", "brand", "unit"];

/// What a fact line says beside declared fields.
pub(super) const FACT: &[&str] = &[
    "of", "partner", "product", "quantity", "unit", "amount", "currency", "order", "line",
    "channel", "type", "parties",
];

/// Words that name a line of the timeline, beside the kinds of facts.
pub(super) const ACTIONS: &[&str] = &["correct", "cancel", "set", "award", "adjust", "close"];

/// Words that choose lines of the output of programs.
pub(super) const SELECTORS: &[&str] = &[
    "program",
    "term",
    "partner",
    "earner",
    "period",
    "earned_in",
    "group",
    "kind",
    "reward",
    "unit",
    "line",
];
