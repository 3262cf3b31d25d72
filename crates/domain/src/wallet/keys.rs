//! The keys of wallets. As with programs, what is not in these tables is refused.

pub(crate) use super::agreements::keys::AGREEMENT;
pub(crate) use super::badges::BADGE;
pub(crate) use super::funds::keys::FUND;
pub(crate) use super::games::GAME;
pub(crate) use super::members::MEMBERS;
pub(crate) use super::promotions::keys::PROMOTION;
pub(crate) use super::rewards::REWARD;
pub(crate) use super::sponsors::{SPONSOR, SPONSOR_OF_REWARD};
use super::tiers::keys::{BENEFIT, NEGATIVE, TIER_GROUP};
pub(crate) use super::vouchers::VOUCHER;
use crate::program::keys::{Key, Shape};

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

pub(crate) const EXPIRY: &[Key] = &[
    required("after", Shape::Word, "How long a lot lives: 18 months."),
    key("since", Shape::Words(&["credit", "usable", "activity"]), "From which day it counts."),
    key(
        "to",
        Shape::Words(&["month_end", "quarter_end", "year_end", "reset", "anniversary"]),
        "To where the end is moved out.",
    ),
];

/// `never`, a span, or what it counts from and is moved out to.
pub(crate) const LIFETIME: Shape = Shape::OneOf(&[Shape::Word, Shape::Map(EXPIRY)]);

pub(crate) const RESET: &[Key] = &[
    required("every", Shape::Word, "How long a period is: 1 year."),
    required("from", Shape::Word, "Its first day, or `enrolment`."),
];

pub(crate) const SPENDING: &[Key] = &[
    key("minimum", Shape::Number, "The smallest redemption."),
    key("steps", Shape::Number, "Redemptions are multiples of it."),
    key("of_order", Shape::Share, "The share of an order that points may pay."),
];

pub(crate) const SUBTYPE: &[Key] = &[
    key("cost", Shape::Number, "What one point of it costs."),
    key("priority", Shape::Whole, "The smaller is spent first."),
];

pub(crate) const POOL: &[Key] = &[
    required("members", Shape::List(&Shape::Word), "Who shares."),
    required("share", Shape::Share, "Of each credit of a member."),
    required("points", Shape::Word, "In which point currency."),
    key("name", Shape::Names, "What people call it."),
    key("draw", Shape::YesNo, "Whether members take points out for themselves."),
];

pub(crate) const POINTS: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    key("kind", Shape::Words(&["spendable", "qualifying"]), "What it is for."),
    key("decimals", Shape::Whole, "Places of an amount."),
    key("cost", Shape::Number, "What one point costs the vendor."),
    key("worth", Shape::Number, "What one point pays."),
    key("expiry", LIFETIME, "The last day of a lot."),
    key("escrow", Shape::Word, "How long a credit waits."),
    key("hold", Shape::Word, "How long a reservation lasts."),
    key(
        "negative",
        Shape::OneOf(&[Shape::Word, Shape::OpenMap(NEGATIVE, &Shape::Number)]),
        "How far below zero a claw-back may go.",
    ),
    key("overdraw", Shape::YesNo, "Whether spending may go there, too."),
    key("clawback", Shape::Words(&["arrears", "negative", "clamp"]), "When the points are gone."),
    key("restore", Shape::Word, "What comes back to a lot that is over."),
    key("subtypes", Shape::ByName(&Shape::Map(SUBTYPE)), "Parts with a cost of their own."),
    key(
        "pass_on",
        Shape::Words(&["nobody", "pools", "partners"]),
        "To whom partners pass points on by themselves.",
    ),
    key("spending", Shape::Map(SPENDING), "The rules of one redemption."),
    key("reset", Shape::Map(RESET), "When a qualifying balance starts again."),
];

/// What stands at the top of a wallet's file.
pub(crate) const FILE: &[Key] = &[
    required("wallet", Shape::Word, "The code of the wallet."),
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is for."),
    key("fields", Shape::Any, "Custom attributes that conditions use, with types."),
    key("currency", Shape::Word, "The money of costs, worths and prices: EUR."),
    key("time_zone", Shape::Word, "Where a day begins: Europe/Berlin."),
    key("members", Shape::Map(MEMBERS), "Who is a member."),
    key("points", Shape::ByName(&Shape::Map(POINTS)), "Point currencies by code."),
    key("pools", Shape::ByName(&Shape::Map(POOL)), "Groups that share points, by code."),
    key("tier_groups", Shape::ByName(&Shape::Map(TIER_GROUP)), "Tier groups by code."),
    key("benefits", Shape::ByName(&Shape::Map(BENEFIT)), "What comes with tiers, by code."),
    key("vouchers", Shape::ByName(&Shape::Map(VOUCHER)), "Vouchers by code."),
    key("rewards", Shape::ByName(&Shape::Map(REWARD)), "What points buy, by code."),
    key("badges", Shape::ByName(&Shape::Map(BADGE)), "Badges by code."),
    key("promotions", Shape::ByName(&Shape::Map(PROMOTION)), "Promotions by code."),
    key("sponsors", Shape::ByName(&Shape::Map(SPONSOR)), "Companies that pay for points, by code."),
    key("games", Shape::ByName(&Shape::Map(GAME)), "Games by code."),
    key("funds", Shape::ByName(&Shape::Map(FUND)), "Funds by code."),
    key("agreements", Shape::ByName(&Shape::Map(AGREEMENT)), "Agreements by code."),
];
