//! The keys of wallets. As with programs, what is not in these tables is refused.

use crate::program::keys::{Key, Shape};

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

pub(super) const EXPIRY: &[Key] = &[
    required("after", Shape::Word, "How long a lot lives: 18 months."),
    key("since", Shape::Words(&["credit", "usable", "activity"]), "From which day it counts."),
    key(
        "to",
        Shape::Words(&["month_end", "quarter_end", "year_end", "reset", "anniversary"]),
        "To where the end is moved out.",
    ),
];

pub(super) const RESET: &[Key] = &[
    required("every", Shape::Word, "How long a period is: 1 year."),
    required("from", Shape::Word, "Its first day, or `enrolment`."),
];

pub(super) const SPENDING: &[Key] = &[
    key("minimum", Shape::Number, "The smallest redemption."),
    key("steps", Shape::Number, "Redemptions are multiples of it."),
    key("of_order", Shape::Share, "The share of an order that points may pay."),
];

pub(super) const SUBTYPE: &[Key] = &[
    key("cost", Shape::Number, "What one point of it costs."),
    key("priority", Shape::Number, "The smaller is spent first."),
];

pub(super) const POOL: &[Key] = &[
    required("members", Shape::List(&Shape::Word), "Who shares."),
    required("share", Shape::Share, "Of each credit of a member."),
    required("points", Shape::Word, "In which point currency."),
];

pub(super) const POINTS: &[Key] = &[
    key("name", Shape::Any, "What people call it, also by language."),
    key("description", Shape::Any, "What it is for, also by language."),
    key("kind", Shape::Words(&["spendable", "qualifying"]), "What it is for."),
    key("decimals", Shape::Number, "Places of an amount."),
    key("cost", Shape::Number, "What one point costs the vendor."),
    key("worth", Shape::Number, "What one point pays."),
    key("expiry", Shape::OneOf(&[Shape::Word, Shape::Map(EXPIRY)]), "The last day of a lot."),
    key("escrow", Shape::Word, "How long a credit waits."),
    key("hold", Shape::Word, "How long a reservation lasts."),
    key("negative", Shape::Word, "How far below zero a claw-back may go."),
    key("overdraw", Shape::Words(&["true", "false"]), "Whether spending may go there, too."),
    key("clawback", Shape::Words(&["arrears", "negative", "clamp"]), "When the points are gone."),
    key("restore", Shape::Word, "What comes back to a lot that is over."),
    key("subtypes", Shape::ByName(&Shape::Map(SUBTYPE)), "Parts with a cost of their own."),
    key("spending", Shape::Map(SPENDING), "The rules of one redemption."),
    key("reset", Shape::Map(RESET), "When a qualifying balance starts again."),
];
