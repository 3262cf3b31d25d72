//! The keys of funds, their allocations and activities.

use crate::program::keys::{Key, Shape};
use crate::wallet::keys::LIFETIME;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

pub(crate) const ALLOCATION: &[Key] = &[
    required("allocation", Shape::Word, "The code of the allocation."),
    key("partner", Shape::Word, "Whose it is; without it and without `when` an open pool."),
    key("when", Shape::Condition, "One for each partner who meets it on the first day."),
    key("amount", Shape::Number, "How much it is."),
    key("each", Shape::Number, "How much each partner has that meets `when`."),
    key("share", Shape::Share, "How much it is of the budget."),
    key("starts", Shape::Date, "Its first day, where it is not the fund's."),
    key("ends", Shape::Date, "Its last day, where it is not the fund's."),
    key("claims_until", Shape::Date, "Its last day for claims, where it is not the fund's."),
    key(
        "activities",
        Shape::List(&Shape::Word),
        "What it may be used for; all if nothing is said.",
    ),
];

pub(crate) const REIMBURSE: &[Key] = &[
    key("when", Shape::Condition, "When this row holds."),
    required("share", Shape::Share, "Of the cost."),
];

pub(crate) const SOURCE: &[Key] = &[
    key("allocation", Shape::Word, "An allocation."),
    key("fund", Shape::Word, "Another fund."),
    key("at_most", Shape::Number, "The most it pays of one request or claim."),
];

/// `east-p1`, or `{ allocation: pool, at_most: 500 }`.
const ONE_SOURCE: Shape = Shape::OneOf(&[Shape::Word, Shape::Map(SOURCE)]);

pub(crate) const SHARE: &[Key] = &[
    required("share", Shape::Share, "Of the amount."),
    required("from", Shape::List(&ONE_SOURCE), "What pays it, in order."),
];

pub(crate) const ACTIVITY: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is."),
    key(
        "reimburse",
        Shape::OneOf(&[Shape::Share, Shape::List(&Shape::Map(REIMBURSE))]),
        "The share of the cost that the fund pays, or rows with conditions.",
    ),
    key("match", Shape::Number, "So many times what the fund pays, the partner pays itself."),
    key("own_cash", Shape::Share, "The share of its own part that the partner pays in cash."),
    key("at_most", Shape::Number, "The most that one claim pays."),
    key("minimum", Shape::Number, "The smallest amount that is asked."),
    key(
        "request",
        Shape::Words(&["required", "optional", "none"]),
        "Whether a request comes first.",
    ),
    key("lead_time", Shape::Word, "A request comes at least so long before the activity."),
    key("claim_within", Shape::Word, "A claim comes at most so long after the activity."),
    key("evidence", Shape::List(&Shape::Word), "Kinds of proof that a claim has."),
    key("when", Shape::Condition, "Over `claim.…` and `partner.…`: what may be claimed."),
    key("auto_approve", Shape::Number, "Up to this it is approved as it is submitted."),
    key(
        "from",
        Shape::OneOf(&[
            Shape::List(&Shape::OneOf(&[Shape::Word, Shape::Map(SOURCE)])),
            Shape::List(&Shape::Map(SHARE)),
        ]),
        "What pays, in order, or by shares.",
    ),
];

pub(crate) const CARRY_OVER: &[Key] = &[
    required("carry_over", Shape::Word, "The fund to which the rest goes."),
    key("at_most", Shape::Share, "Of the budget."),
    key("once", Shape::YesNo, "What was carried over is not carried on."),
];

pub(crate) const FUND: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    required("kind", Shape::Words(&["mdf", "coop"]), "A budget, or credits of the partners."),
    key("amount", Shape::Number, "The budget; of a `coop` the limit of all credits."),
    key("partner", Shape::Word, "The only one who may use it."),
    key("starts", Shape::Date, "The first day of activities and requests."),
    key("ends", Shape::Date, "The last day of activities and requests."),
    key("claims_until", Shape::Date, "The last day for claims."),
    key("allocations", Shape::List(&Shape::Map(ALLOCATION)), "Who has how much of the budget."),
    key("remainder", Shape::Words(&["largest", "first"]), "Of allocations by `share`."),
    key("top_up", Shape::YesNo, "What an allocation lacks comes from the free budget."),
    key("activities", Shape::ByName(&Shape::Map(ACTIVITY)), "What may be claimed, by code."),
    key(
        "unused",
        Shape::OneOf(&[Shape::Words(&["recapture"]), Shape::Map(CARRY_OVER)]),
        "What becomes of the rest at the end.",
    ),
    key("expiry", LIFETIME, "The last day of a lot of a `coop`."),
    key("escrow", Shape::Word, "How long a credit of a `coop` waits."),
    key(
        "clawback",
        Shape::Words(&["arrears", "negative", "clamp"]),
        "When a `coop` credit is gone.",
    ),
    key("restore", Shape::Word, "What comes back to a lot that is over."),
];
