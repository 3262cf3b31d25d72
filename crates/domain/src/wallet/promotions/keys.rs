//! The keys of promotions.

use crate::program::keys::{Key, Shape};

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

pub(crate) const LIMITS: &[Key] = &[
    key("uses", Shape::Whole, "How many awards and credits."),
    key("uses_per_partner", Shape::Whole, "How many of them to one partner."),
    key("points", Shape::Number, "How many points."),
    key("points_per_partner", Shape::Number, "How many of them to one partner."),
    key("vouchers", Shape::Whole, "How many vouchers."),
    key("liability", Shape::Number, "What all of it costs the vendor."),
];

pub(crate) const PROMOTION: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    key("starts", Shape::Word, "The first day, or from when on."),
    key("ends", Shape::Word, "The last day, or from when on it is over."),
    key("enrol", Shape::Words(&["automatic", "required"]), "Whether one enrols before the fact."),
    key("when", Shape::Condition, "Who may take part."),
    key("limits", Shape::Map(LIMITS), "How much it gives."),
    key("cut", Shape::YesNo, "Whether the last use is cut to what a limit leaves."),
];
