//! The table of keys: which words stand where, what their values look like, and what they say.
//!
//! The parser refuses every key that is not in it, and the JSON Schema for editors is made of it,
//! so the two cannot differ.

/// A key of a mapping of the language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub word: &'static str,
    pub shape: Shape,
    pub says: &'static str,
    pub required: bool,
}

/// What a value looks like in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A code, name or path.
    Word,
    /// Text, or text by language.
    Names,
    Date,
    /// `5 days`.
    Days,
    /// An exact decimal.
    Number,
    Whole,
    /// `2.5%` or `0.025`.
    Share,
    /// A number, or a share in % for a qualifier in %.
    Threshold,
    YesNo,
    /// CEL.
    Condition,
    /// `sum(amount)`.
    Total,
    Words(&'static [&'static str]),
    Map(&'static [Key]),
    /// These keys, and names of one's own.
    OpenMap(&'static [Key], &'static Shape),
    /// Names of one's own.
    ByName(&'static Shape),
    List(&'static Shape),
    OneOf(&'static [Shape]),
    /// Said by other tables, or by nobody.
    Any,
}

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const EVERY: Shape =
    Shape::Words(&["month", "quarter", "half", "year", "program", "custom", "on_demand"]);
const CODES: Shape = Shape::List(&Shape::Word);

pub(crate) const HEADER: &[Key] = &[
    required("program", Shape::Word, "The code of the program."),
    key("version", Shape::Whole, "The number of this version; 1 if nothing is said."),
    key("corrects", Shape::Whole, "This version replaces the one it names, from its first day."),
    key("amends", Shape::Map(AMENDS), "This version acts on facts from a date."),
    key("recorded", Shape::Date, "Since when this version is known; from the beginning."),
    key("name", Shape::Names, "What people call the program; its code."),
    key("description", Shape::Names, "What the program is for."),
    key("reference", Shape::Word, "A contract number or the like."),
    key("url", Shape::Word, "A page about the program."),
    required("currency", Shape::Word, "ISO 4217: the money of amounts, thresholds and rewards."),
    key("time_zone", Shape::Word, "IANA time zone in which a day begins; UTC."),
    required("starts", Shape::Date, "The first day."),
    key("ends", Shape::Date, "The last day, inclusive; without it the program is open."),
    key("periods", Shape::Map(PERIODS), "The qualifying periods, over which totals are taken."),
    key("payout", Shape::Map(PAYOUT), "When and how what was earned becomes payable."),
    key("accrue", Shape::Map(ACCRUE), "What is booked before the payout."),
    key("partners", PARTNERS, "Who can earn: `all`, a condition on `partner.*`, or a list."),
    key("when", Shape::Condition, "A condition that holds for every term as well."),
    key("fields", Shape::ByName(&FIELD_TYPE), "Custom attributes the program uses, with types."),
    key("lists", Shape::ByName(&CODES), "Named lists of codes, for `list(\"name\")`."),
    key("lanes", Shape::ByName(&Shape::Words(&["best", "first"])), "Terms that compete."),
    key("rounding", Shape::Map(ROUNDING), "Rounding of the terms that say nothing else."),
    key("returns", RETURNS, "What returns do in the terms that say nothing else."),
    key("limits", Shape::Map(PROGRAM_LIMITS), "Limits over all terms of the program in money."),
    required("terms", Shape::List(&Shape::Map(TERM)), "What is paid for what, in this order."),
    key("tests", Shape::List(&TEST), "Cases that must hold, without their `programs`."),
];

const TEST: Shape = Shape::Map(crate::case::keys::TEST);
pub(crate) const FIELD_TYPES: &[&str] = &["text", "number", "money", "date", "yes_no", "partner"];
const FIELD_TYPE: Shape = Shape::Words(FIELD_TYPES);
const RETURNS: Shape = Shape::Words(&["with_sale", "own_date", "ignored"]);
const PARTNERS: Shape = Shape::OneOf(&[
    Shape::Condition,
    Shape::List(&Shape::OneOf(&[Shape::Word, Shape::Map(MEMBER)])),
]);

pub(crate) const AMENDS: &[Key] = &[
    required("from", Shape::Date, "The first day this version acts on."),
    key("thresholds", Shape::Words(&["whole", "split"]), "How a period it cuts is read; whole."),
];

pub(crate) const MEMBER: &[Key] = &[
    required("partner", Shape::Word, "The partner's code."),
    key("from", Shape::Date, "First day of enrolment."),
    key("to", Shape::Date, "Last day of enrolment."),
    key("ship_to", Shape::Word, "Only facts shipped to this site count."),
    key("skip", Shape::YesNo, "Counted for others but not paid."),
];

pub(crate) const PERIODS: &[Key] = &[
    key("every", EVERY, "How often periods come; program: one period."),
    key("fiscal_year_from", Shape::Words(&MONTHS), "The month the fiscal year starts in."),
    key("grace", Shape::Days, "How long after its end a period takes facts; until it is closed."),
    key("calculate_after", Shape::Days, "How long after its end a period may be closed; 0 days."),
    key("list", Shape::List(&Shape::Map(CUSTOM_PERIOD)), "The periods of `every: custom`."),
];

pub(crate) const CUSTOM_PERIOD: &[Key] = &[
    required("period", Shape::Word, "The period's name."),
    required("from", Shape::Date, "Its first day."),
    required("to", Shape::Date, "Its last day, inclusive."),
];

pub(crate) const PAYOUT: &[Key] = &[
    key("every", EVERY, "Payout periods, where shorter than the qualifying ones."),
    key("catch_up", Shape::Words(&["each", "end"]), "When a tier reached late pays; each."),
    key("release", Shape::Words(&["as_earned", "evenly"]), "Of fixed amounts; as_earned."),
    key("minimum", Shape::Number, "Below it nothing is paid out."),
    key("below_minimum", Shape::Words(&["carry", "lapse"]), "What becomes of it; carry."),
    key("negative", Shape::Words(&["carry", "claim_back"]), "What a debt becomes; carry."),
];
/// Of them, those of the program alone.
pub(crate) const PAYOUT_HEADER_ONLY: [&str; 3] = ["minimum", "below_minimum", "negative"];
pub(crate) const PAYOUT_OF_TERM: &[Key] = &[PAYOUT[0], PAYOUT[1], PAYOUT[2]];

pub(crate) const ACCRUE: &[Key] = &[
    key("every", EVERY, "The accounting period; the payout's."),
    key("rate", Shape::Share, "A share of the measure, whatever the tier."),
    key("per_unit", Shape::Number, "An amount for each unit of the measure."),
    key("forecast", Shape::Word, "The tier that this figure table would reach."),
];

pub(crate) const ROUNDING: &[Key] = &[
    key("mode", Shape::Words(&["half_up", "half_even", "down", "up"]), "half_up."),
    key("at", Shape::Words(&["award", "fact", "tier"]), "Where it is rounded, once; award."),
    key("scale", Shape::Whole, "Decimals; those of the unit."),
    key("remainder", Shape::Words(&["largest", "first"]), "Who gets what splitting leaves."),
];

const BOUNDS: Shape = Shape::OneOf(&[Shape::Number, Shape::Map(BOUND_KEYS)]);
pub(crate) const BOUND_KEYS: &[Key] = &[
    key("at_least", Shape::Number, "Lifts an award that is not zero."),
    key("at_most", Shape::Number, "Cuts it."),
];
pub(crate) const BUDGET: &[Key] = &[
    required("amount", Shape::Number, "What there is."),
    key("share", Shape::Words(&["first_come", "in_proportion", "all"]), "Who gets it."),
    key("per", Shape::Words(&["program", "period"]), "How often it comes; program."),
];
pub(crate) const GUARANTEE: &[Key] = &[
    required("amount", Shape::Number, "Paid even if nothing was earned."),
    key("carry_over", Shape::YesNo, "What was earned beyond it lowers the next period's."),
];
pub(crate) const LIMITS: &[Key] = &[
    key("per_award", BOUNDS, "Of each award."),
    key("per_partner_period", BOUNDS, "Over all groups of the term."),
    key("per_partner", BOUNDS, "Over the whole program."),
    key("guarantee", Shape::Map(GUARANTEE), "Owed to every enrolled partner for each period."),
    key("budget", Shape::Map(BUDGET), "What all partners share."),
];
pub(crate) const PROGRAM_LIMITS: &[Key] = &[LIMITS[1], LIMITS[2], LIMITS[4]];

pub(crate) const TERM: &[Key] = &[
    required("term", Shape::Word, "The code of the term."),
    key("name", Shape::Names, "What people call it; its code."),
    key("starts", Shape::Date, "The term's first day, within the program's."),
    key("ends", Shape::Date, "The term's last day, inclusive."),
    key("periods", Shape::Map(PERIODS), "What differs from the program's."),
    key("payout", Shape::Map(PAYOUT_OF_TERM), "What differs from the program's."),
    key("accrue", Shape::Map(ACCRUE), "What differs from the program's."),
    key("facts", FACTS, "Kinds that count, or `none`: an agreed sum for every member."),
    key("when", Shape::Condition, "The condition facts meet."),
    key("frequency", Shape::Map(FREQUENCY), "Only the first so many facts."),
    key("returns", RETURNS, "What returns do; with_sale."),
    key("earner", Shape::Word, "Who earns on a fact: a path to a partner, or a code."),
    key("split", SPLIT, "Who gets the award; the earner."),
    key("group_by", GROUP_BY, "At what grain awards are made."),
    key("unit", Shape::Word, "What quantities are converted to; the product's unit."),
    key("currency", Shape::Word, "What amounts are converted to; the program's."),
    key("qualifier", READING_OR_TOTAL, "What picks the tier; the measure's total."),
    key("measure", Shape::OneOf(&[Shape::Total, Shape::Map(MEASURE)]), "What the rate applies to."),
    key("baseline", BASELINE_SHAPE, "What growth, increase and excess compare with."),
    key("target", FIGURE, "What attainment and excess compare with."),
    key("method", METHOD, "How tiers act; required with `tiers`."),
    key("tiers", Shape::List(&Shape::OpenMap(ROW, &Shape::Word)), "The tier table."),
    key("rate", Shape::Share, "A single value: share of the measure."),
    key("per_unit", Shape::Number, "A single value: amount for each unit of the measure."),
    key("fixed", Shape::Number, "A single value: an amount as such."),
    key("factor", Shape::Number, "A single value: so many times what was awarded."),
    key("external", Shape::YesNo, "Amounts come from facts of kind `award`."),
    key("requires", Shape::List(&Shape::Map(REQUIREMENT)), "All must hold."),
    key("net_of", CODES, "Amounts are reduced by what these terms awarded."),
    key("lane", Shape::Word, "The terms of a lane compete."),
    key("limits", Shape::Map(LIMITS), "What bounds the award."),
    key("rounding", Shape::Map(ROUNDING), "What differs from the program's."),
    key("settle", Shape::Words(&["at_once", "period_end"]), "When it is owed; by grain."),
    key(
        "reward",
        Shape::OneOf(&[Shape::Words(&["money"]), Shape::Map(REWARD)]),
        "In what it pays; money.",
    ),
];
/// Values that a term may have of its own in place of `tiers`.
pub(crate) const VALUES: [&str; 4] = ["rate", "per_unit", "fixed", "factor"];

const FACTS: Shape = Shape::OneOf(&[
    Shape::Words(&["none"]),
    Shape::List(&Shape::Words(&["sale", "return", "credit_note", "activity"])),
]);
pub(crate) const FREQUENCY: &[Key] = &[
    required("first", Shape::Whole, "How many facts count."),
    key("per", Shape::Words(&["day", "month", "period", "year", "program"]), "period."),
];
const SPLIT: Shape =
    Shape::OneOf(&[Shape::Words(&["contributors"]), Shape::List(&Shape::Map(SHARE_OF_SPLIT))]);
pub(crate) const SHARE_OF_SPLIT: &[Key] = &[
    required("to", Shape::Word, "A path to a partner, or a code."),
    required("share", Shape::Share, "Its part; all add up to 100%."),
];
const GROUP_BY: Shape = Shape::OneOf(&[Shape::Word, CODES, Shape::ByName(&Shape::Word)]);
const METHOD: Shape = Shape::Words(&[
    "all_units",
    "marginal",
    "stacked",
    "excess",
    "interpolated",
    "highest",
    "sum_of_reached",
]);
const FIGURE: Shape = Shape::OneOf(&[Shape::Number, Shape::Word]);
const BASELINE_SHAPE: Shape = Shape::OneOf(&[Shape::Number, Shape::Word, Shape::Map(BASELINE)]);
pub(crate) const BASELINE: &[Key] = &[
    required("of", FIGURE, "prior_period, prior_year, a number or a figure table."),
    key("minimum", Shape::Number, "Below it there is no award."),
    key("when_zero", FIGURE, "no_award, no_growth, full_growth, or another baseline."),
];

const READING_OR_TOTAL: Shape = Shape::OneOf(&[Shape::Total, Shape::Map(READING)]);
pub(crate) const READING: &[Key] = &[
    key("total", Shape::Total, "sum(x), count(), count_distinct(x), max(x) or min(x)."),
    key("sets", Shape::List(&Shape::Map(SET)), "In place of `total`: complete sets."),
    key("when", Shape::Condition, "Other facts than the term's."),
    key("scope", Shape::Word, "Whose facts: partner, all, or a path."),
    key("window", Shape::Word, "period, to_date, prior_period, prior_year, program or a span."),
    key("group_by", Shape::OneOf(&[Shape::Word, CODES]), "none, or some of the term's names."),
    key("unit", Shape::Word, "What quantities are converted to; the term's."),
    key("currency", Shape::Word, "What amounts are converted to; the term's."),
    key(
        "as",
        Shape::Words(&["growth", "increase", "attainment", "share"]),
        "How the total is looked at; as itself.",
    ),
    key("share_of", Shape::Condition, "With `as: share`: the facts of the whole."),
    key("each", Shape::Map(EACH), "With count_distinct: what a value's facts must reach."),
];
pub(crate) const SET: &[Key] = &[
    required("when", Shape::Condition, "The facts of this part of the set."),
    required("quantity", Shape::Number, "How many of them make a set."),
];
pub(crate) const EACH: &[Key] = &[
    required("total", Shape::Total, "The total of a value's facts."),
    key("from", Shape::Number, "What it must reach."),
    key("share", Shape::Share, "What share of the reading it must reach."),
];
pub(crate) const MEASURE: &[Key] = &[
    READING[0],
    READING[1],
    READING[6],
    READING[7],
    key(
        "after",
        Shape::OneOf(&[Shape::Number, Shape::Map(AFTER)]),
        "Only what lies above this much.",
    ),
    key("up_to", Shape::Number, "Only up to this much."),
    key("packages_of", Shape::Number, "Counts packages of this size."),
    key("count", Shape::Words(&["full", "started"]), "Which packages; full."),
];
pub(crate) const AFTER: &[Key] = &[
    key("facts", Shape::Whole, "Above the first so many facts."),
    key("total", Shape::Number, "Above this much."),
];
pub(crate) const REQUIREMENT: &[Key] = &[
    key("term", Shape::Word, "A term that reached a tier that pays."),
    key("tier", Shape::Whole, "At least that one."),
    READING[0],
    READING[1],
    READING[2],
    READING[3],
    READING[4],
    READING[5],
    READING[6],
    READING[7],
    READING[8],
    READING[9],
    READING[10],
    ROW[0],
    ROW[1],
];

pub(crate) const ROW: &[Key] = &[
    key("from", Shape::Threshold, "The threshold: reached at it."),
    key("above", Shape::Threshold, "The threshold: reached only beyond it."),
    key("rate", Shape::Share, "Share of the measure."),
    key("per_unit", Shape::Number, "Amount for each unit of the measure."),
    key("fixed", Shape::Number, "An amount as such."),
    key("factor", Shape::Number, "So many times what was awarded."),
    key("up_to", Shape::Number, "This row rates at most so much of the measure."),
    key("name", Shape::Names, "What people call the tier."),
    key("starts", Shape::Date, "Only for facts from this day."),
    key("ends", Shape::Date, "Only for facts until this day."),
];

pub(crate) const REWARD: &[Key] = &[
    key("points", Shape::Word, "A point currency."),
    key("fund", Shape::Word, "A fund that is credited."),
    key("voucher", Shape::Word, "A voucher."),
    key("badge", Shape::Word, "A badge."),
    key("benefit", Shape::Word, "A benefit."),
    key("goods", Shape::Word, "`same`, or a product's code."),
    key("subtype", Shape::Word, "A subtype of the point currency."),
    key(
        "expiry",
        crate::wallet::keys::LIFETIME,
        "The last day of a lot, where it is not the currency's.",
    ),
    key("escrow", Shape::Word, "How long points wait, where it is not as the currency says."),
    key("promotion", Shape::Word, "The promotion in whose limits it counts."),
    key(
        "sponsor",
        crate::wallet::keys::SPONSOR_OF_REWARD,
        "Another company that pays for the points, or a part of them.",
    ),
];
