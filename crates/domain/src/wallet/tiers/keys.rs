//! The keys of tier groups and benefits.

use crate::program::keys::{Key, Shape};
use crate::wallet::keys::RESET;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

pub(crate) const BY: &[Key] = &[
    key("points", Shape::Word, "The balance of a point currency."),
    key("total", Shape::Total, "Or a total of facts: sum(amount), count()."),
    key("when", Shape::Condition, "Of these facts alone."),
    key("window", Shape::Word, "`period`, `program`, or a span back from the day."),
];

pub(crate) const TIER: &[Key] = &[
    required("tier", Shape::Word, "Its code."),
    key("from", Shape::Number, "Reached with this figure…"),
    key("above", Shape::Number, "…or with more than this one."),
    key("benefits", Shape::List(&Shape::Word), "What comes with it."),
    key("name", Shape::Names, "What people call it."),
    key("colour", Shape::Word, "How it is shown."),
];

pub(crate) const TIER_GROUP: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    required("by", Shape::Map(BY), "The figure."),
    required("tiers", Shape::List(&Shape::Map(TIER)), "Its tiers, ascending."),
    key("period", Shape::Map(RESET), "How long a tier holds."),
    key("grace", Shape::Word, "How long after its end a period takes facts."),
    key(
        "downgrade",
        Shape::Words(&["by_balance", "one_down", "none"]),
        "What an assessment may take.",
    ),
    key("sets", Shape::Word, "The partner's attribute that carries the tier."),
];

pub(crate) const GIVES: &[Key] = &[
    key("entitlement", Shape::Word, "A right, as long as the tier holds."),
    key("access", Shape::Word, "What may be seen, as long as the tier holds."),
    key("voucher", Shape::Word, "A voucher."),
    key("points", Shape::Word, "A credit in this currency…"),
    key("fund", Shape::Word, "An allocation of this fund, or a credit of it…"),
    key("amount", Shape::Number, "…of so many."),
];

const OCCASION: Shape = Shape::Words(&["assign", "renew", "lapse"]);

pub(crate) const BENEFIT: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    key("on", Shape::OneOf(&[OCCASION, Shape::List(&OCCASION)]), "When it is given."),
    required("gives", Shape::Map(GIVES), "What it gives."),
];

pub(crate) const NEGATIVE: &[Key] = &[
    required("group", Shape::Word, "Of which tiers."),
    key("default", Shape::Number, "In a tier that is not named; 0."),
];
