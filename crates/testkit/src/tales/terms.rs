//! Terms: any words of the language beside each other.

use std::fmt::Write;

use super::programs::{Header, bounds, budget};
use super::vocabulary::{CONDITIONS, GROUPS, SETS, TOTALS};
use crate::random::Random;
use crate::stories::{YEAR, day};

/// A term before it is written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub words: Vec<(&'static str, String)>,
    shape: Shape,
}

/// What its tier table has to fit.
#[derive(Debug, Clone, Default)]
struct Shape {
    code: String,
    /// Thresholds are in %.
    ratio: bool,
    method: &'static str,
    /// The key of the value, none where rows are `fixed` alone.
    value: &'static str,
    /// Names of `group_by` with a value, for rows.
    dimension: Option<(&'static str, &'static str)>,
    group_by: Option<String>,
    /// Whether it has rows at all.
    rows: bool,
    /// How large thresholds are.
    size: u64,
    money: bool,
}

impl Draft {
    fn say(&mut self, word: &'static str, value: impl Into<String>) {
        self.words.push((word, value.into()));
    }

    /// A later version with other numbers.
    pub(super) fn change(&mut self, random: &mut Random) {
        if !self.shape.rows || random.chance(1, 3) {
            return;
        }
        let tiers = tiers(random, &self.shape);
        let limits = limits(random, &self.shape);
        for (word, value) in &mut self.words {
            match *word {
                "tiers" => value.clone_from(&tiers),
                "rate" => *value = format!("{}.5%", random.below(9)),
                "limits" if !limits.is_empty() => value.clone_from(&limits),
                _ => {}
            }
        }
    }
}

pub(super) fn draft(random: &mut Random, code: &str, before: &[Draft], header: &Header) -> Draft {
    let mut draft = Draft { words: Vec::new(), shape: Shape::default() };
    draft.say("term", code);
    code.clone_into(&mut draft.shape.code);
    match random.below(24) {
        0 => agreed(&mut draft, random),
        1 => external(&mut draft, random),
        2..=3 if !before.is_empty() => multiplied(&mut draft, random, before),
        4..=5 => lump(&mut draft, random),
        _ => rated(&mut draft, random, before, header),
    }
    reward(&mut draft, random, header);
    settled(&mut draft, random, header);
    let limits = limits(random, &draft.shape);
    if !limits.is_empty() {
        draft.say("limits", limits);
    }
    rounding(&mut draft, random);
    draft
}

/// An agreed sum for every member.
fn agreed(draft: &mut Draft, random: &mut Random) {
    draft.say("facts", "none");
    draft.say("fixed", (1 + random.below(90)).to_string());
}

fn external(draft: &mut Draft, random: &mut Random) {
    if random.chance(1, 3) {
        draft.say("group_by", "[product.brand]");
    }
    draft.say("external", "true");
}

/// Three times what another term awarded.
fn multiplied(draft: &mut Draft, random: &mut Random, before: &[Draft]) {
    which(draft, random);
    let other = &random.pick(before).shape.code;
    let plus = if random.chance(1, 4) { " + amount" } else { "" };
    draft.say("measure", format!("sum(awarded(\"{other}\"){plus})"));
    if plus.is_empty() && random.chance(1, 3) {
        draft.say("qualifier", random.pick(&["sum(amount)", "count()"]).to_string());
        draft.shape = Shape { rows: true, value: "factor", size: 60, ..draft.shape.clone() };
        draft.shape.method = *random.pick(&["all_units", "stacked", "marginal"]);
        draft.say("method", draft.shape.method);
        draft.say("tiers", tiers(random, &draft.shape));
    } else if plus.is_empty() {
        draft.say("factor", random.pick(&["3", "2", "1.5"]).to_string());
    } else {
        draft.say("rate", "2%");
    }
}

/// Rows of fixed amounts alone.
fn lump(draft: &mut Draft, random: &mut Random) {
    which(draft, random);
    group(draft, random, 4);
    let shape = &mut draft.shape;
    shape.rows = true;
    shape.size = 60;
    shape.method = *random.pick(&["highest", "sum_of_reached", "interpolated"]);
    let (qualifier, ratio, compare) = qualifier(random, &draft.shape, "sum(quantity)");
    draft.shape.ratio = ratio;
    draft.say("qualifier", qualifier);
    if !compare.is_empty() {
        draft.say(compare.0, compare.1);
    }
    draft.say("method", draft.shape.method);
    draft.say("tiers", tiers(random, &draft.shape));
}

fn rated(draft: &mut Draft, random: &mut Random, before: &[Draft], header: &Header) {
    let lane = header.lane && random.chance(2, 3);
    which(draft, random);
    if random.chance(1, 8) {
        let first = 1 + random.below(3);
        let per = *random.pick(&["day", "month", "period", "year", "program"]);
        draft.say("frequency", format!("{{ first: {first}, per: {per} }}"));
    }
    let mate = before.iter().find(|other| other.words.iter().any(|(word, _)| *word == "lane"));
    match mate {
        Some(mate) if lane => {
            draft.shape.group_by.clone_from(&mate.shape.group_by);
            if let Some(by) = draft.shape.group_by.clone() {
                draft.say("group_by", by);
            }
        }
        _ => group(draft, random, 3),
    }
    if lane {
        draft.say("lane", "l");
    }
    let (total, value) = measured(draft, random, header);
    if random.chance(1, 5)
        && value == "rate"
        && let Some(other) = before.iter().find(|other| other.shape.money)
    {
        draft.say("net_of", format!("[{}]", other.shape.code));
    }
    draft.shape.value = value;
    draft.shape.money = true;
    draft.shape.size = if value == "rate" { 900 } else { 60 };
    if random.chance(1, 3) {
        single(draft, random, value);
    } else {
        draft.shape.rows = true;
        draft.shape.method =
            *random.pick(&["all_units", "marginal", "stacked", "excess", "interpolated"]);
        if random.chance(3, 5) {
            let (qualifier, ratio, compare) = qualifier(random, &draft.shape, &total);
            draft.shape.ratio = ratio;
            draft.say("qualifier", qualifier);
            if !compare.is_empty() {
                draft.say(compare.0, compare.1);
            }
        }
        draft.say("method", draft.shape.method);
        draft.say("tiers", tiers(random, &draft.shape));
    }
    if random.chance(1, 8) {
        let required = requires(random, draft, header, before);
        draft.say("requires", required);
    }
    if random.chance(1, 12) && header.every != "month" {
        let more = *random.pick(&["", "", ", grace: 3 days", ", calculate_after: 5 days"]);
        draft.say("periods", format!("{{ every: month{more} }}"));
    }
    if random.chance(1, 12) {
        draft.say("settle", *random.pick(&["at_once", "period_end"]));
    }
}

fn single(draft: &mut Draft, random: &mut Random, value: &'static str) {
    if value == "rate" {
        draft.say("rate", format!("{}.{}%", random.below(9), random.below(10)));
    } else {
        draft.say("per_unit", format!("{}.{:02}", random.below(4), random.below(100)));
    }
}

/// Which facts count, for whom.
fn which(draft: &mut Draft, random: &mut Random) {
    if random.chance(1, 10) {
        let of = [
            "[sale]",
            "[sale, return]",
            "[activity]",
            "[sale, activity, credit_note]",
            "[sale, return, credit_note, activity]",
        ];
        draft.say("facts", *random.pick(&of));
    }
    if random.chance(2, 5) {
        draft.say("when", *random.pick(&CONDITIONS));
    }
    if random.chance(1, 12) {
        draft.say("starts", day(YEAR + random.below(120)));
    }
    if random.chance(1, 12) {
        draft.say("ends", day(YEAR + 130 + random.below(100)));
    }
    if random.chance(1, 2) {
        draft.say("returns", *random.pick(&["with_sale", "own_date", "ignored", "own_date"]));
    }
    if random.chance(1, 8) {
        let earners = [
            "partner.parent_or_self",
            "partner.parent",
            "party.distributor",
            "P4",
            "partner.top",
            "partner.agent",
            "partner.parent.parent",
            "party.distributor.parent_or_self",
        ];
        draft.say("earner", *random.pick(&earners));
    }
    if random.chance(1, 9) {
        let splits = [
            "contributors",
            "contributors",
            "[ { to: partner, share: 65% }, { to: party.distributor, share: 35% } ]",
            "[ { to: partner, share: 33.3% }, { to: P4, share: 66.7% } ]",
        ];
        draft.say("split", *random.pick(&splits));
    }
}

fn group(draft: &mut Draft, random: &mut Random, one_of: u64) {
    if random.chance(1, one_of) {
        let (by, dimension) = *random.pick(&GROUPS);
        draft.say("group_by", by);
        draft.shape.group_by = Some(by.to_owned());
        draft.shape.dimension = dimension;
    }
}

/// Says the measure; gives its total and the key of the value it is rated by.
fn measured(draft: &mut Draft, random: &mut Random, header: &Header) -> (String, &'static str) {
    let (total, mut value) = *random.pick(&TOTALS);
    if random.chance(1, 20) {
        draft.say("currency", "EUR");
    }
    if random.chance(1, 12) {
        draft.say("unit", *random.pick(&["case", "piece"]));
    }
    if random.chance(1, 20) {
        let unit = if random.chance(1, 4) { ", unit: piece" } else { "" };
        draft.say("measure", format!("{{ sets: {SETS}{unit} }}"));
        return ("sets".to_owned(), "per_unit");
    }
    let mut more = String::new();
    let size = if value == "rate" { 900 } else { 60 };
    let after = match random.below(10) {
        0 => {
            let after = random.below(size);
            let _ = write!(more, ", after: {after}");
            after
        }
        1 => {
            let _ = write!(more, ", after: {{ facts: {} }}", 1 + random.below(3));
            0
        }
        2 => {
            let after = 1 + random.below(size);
            let _ = write!(more, ", after: {{ facts: {}, total: {after} }}", 1 + random.below(3));
            after
        }
        _ => 0,
    };
    if random.chance(1, 6) {
        let _ = write!(more, ", up_to: {}", after + 1 + random.below(size * 3));
    }
    if random.chance(1, 12) {
        let _ = write!(more, ", packages_of: {}", 1 + random.below(40));
        let counts = ["", ", count: started", ", count: started", ", count: full"];
        more.push_str(random.pick::<&str>(&counts));
        value = "per_unit";
    }
    if random.chance(1, 24) {
        let _ = write!(more, ", unit: {}", random.pick(&["case", "piece"]));
    }
    if !header.carried && random.chance(1, 30) {
        more.push_str(", currency: EUR");
    }
    if more.is_empty() && random.chance(1, 2) {
        draft.say("measure", total);
    } else {
        draft.say("measure", format!("{{ total: {total}{more} }}"));
    }
    (total.to_owned(), value)
}

/// A qualifier, whether it is in %, and what it is compared with.
fn qualifier(random: &mut Random, shape: &Shape, total: &str) -> (String, bool, Compare) {
    let other = *random.pick(&["sum(amount)", "sum(quantity)", "count()"]);
    let total = if total == "sets" || random.chance(1, 3) { other } else { total };
    let sets = random.chance(1, 25);
    let mut words = vec![if sets { format!("sets: {SETS}") } else { format!("total: {total}") }];
    if !sets && total.starts_with("count_distinct") && random.chance(1, 2) {
        let each = ["{ total: sum(quantity), from: 20 }", "{ total: sum(amount), share: 30% }"];
        words.push(format!("each: {}", random.pick(&each)));
    }
    if random.chance(1, 5) {
        words.push(format!("when: {}", random.pick(&CONDITIONS)));
    }
    if random.chance(1, 7) {
        let scopes = ["all", "partner.buying_group", "partner.top", "partner.country"];
        words.push(format!("scope: {}", random.pick(&scopes)));
    }
    if random.chance(1, 4) {
        let windows = [
            "to_date",
            "to_date",
            "prior_period",
            "prior_year",
            "program",
            "3 months",
            "45 days",
            "period",
        ];
        words.push(format!("window: {}", random.pick(&windows)));
    }
    if shape.group_by.is_some() && random.chance(1, 4) {
        let named = shape.dimension.map(|(name, _)| format!("group_by: [{name}]"));
        words.push(match named {
            Some(named) if random.chance(1, 2) => named,
            _ => "group_by: none".to_owned(),
        });
    }
    if random.chance(1, 14) {
        words.push("unit: case".to_owned());
    }
    if random.chance(1, 20) {
        words.push("currency: EUR".to_owned());
    }
    let (seen, ratio, compare) = compared(random, shape);
    if !seen.is_empty() {
        words.push(seen);
    }
    (format!("{{ {} }}", words.join(", ")), ratio, compare)
}

type Compare = Compared;

/// `baseline` or `target` with its value, or nothing.
#[derive(Debug)]
struct Compared(&'static str, String);

impl Compared {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn compared(random: &mut Random, shape: &Shape) -> (String, bool, Compare) {
    let nothing = || Compared("", String::new());
    match random.below(10) {
        0..=1 => ("as: growth".to_owned(), true, Compared("baseline", baseline(random))),
        2 => ("as: increase".to_owned(), false, Compared("baseline", baseline(random))),
        3..=4 => ("as: attainment".to_owned(), true, Compared("target", target(random))),
        5 => {
            let of = *random.pick(&["\"true\"", "product.brand == \"Kita\""]);
            (format!("as: share, share_of: {of}"), true, nothing())
        }
        6 if shape.method == "excess" => {
            (String::new(), false, Compared("baseline", baseline(random)))
        }
        _ => (String::new(), false, nothing()),
    }
}

fn baseline(random: &mut Random) -> String {
    let of = *random.pick(&["prior_period", "prior_year", "prior_year", "120", "plan"]);
    let zero = *random.pick(&["no_award", "no_growth", "full_growth", "prior_year", "80", "plan"]);
    let minimum = match random.below(5) {
        0 => format!(", minimum: {}", random.below(300)),
        _ => String::new(),
    };
    match random.below(3) {
        0 => of.to_owned(),
        _ => format!("{{ of: {of}, when_zero: {zero}{minimum} }}"),
    }
}

fn target(random: &mut Random) -> String {
    match random.below(3) {
        0 => "plan".to_owned(),
        _ => (1 + random.below(900)).to_string(),
    }
}

fn requires(random: &mut Random, draft: &Draft, header: &Header, before: &[Draft]) -> String {
    if random.chance(1, 4) {
        return compared_requirement(random, draft);
    }
    match before.first() {
        Some(other) if random.chance(1, 2) => {
            let tier = if random.chance(1, 3) { ", tier: 2" } else { "" };
            format!("[ {{ term: {}{tier} }} ]", other.shape.code)
        }
        _ => {
            let total = *random.pick(&["sum(amount)", "sum(quantity)", "count()"]);
            let window = *random.pick(&["", "", ", window: program", ", window: prior_year"]);
            let when = *random.pick(&[
                "",
                "",
                ", when: \"true\"",
                ", scope: all",
                ", group_by: none",
                ", unit: case",
                ", currency: EUR",
            ]);
            if random.chance(1, 8) {
                return format!("[ {{ sets: {SETS}, from: {} }} ]", random.below(9));
            }
            if random.chance(1, 8) {
                let each = "each: { total: sum(quantity), from: 20 }";
                let total = "total: count_distinct(product.code)";
                return format!("[ {{ {total}, {each}, from: {} }} ]", random.below(4));
            }
            let opens = *random.pick(&["from", "above"]);
            let size = if header.currency == "JPY" { 40 } else { 200 };
            format!("[ {{ total: {total}{window}{when}, {opens}: {} }} ]", random.below(size))
        }
    }
}

/// A requirement that compares: with what the term is compared with, or with a whole.
fn compared_requirement(random: &mut Random, draft: &Draft) -> String {
    let has = |word: &str| draft.words.iter().any(|(said, _)| *said == word);
    let total = *random.pick(&["sum(amount)", "sum(quantity)", "count()"]);
    let seen = match random.below(3) {
        0 if has("baseline") => format!("as: growth, from: {}%", random.below(60)),
        1 if has("baseline") => format!("as: increase, above: {}", random.below(60)),
        0 | 1 if has("target") => format!("as: attainment, from: {}%", random.below(120)),
        _ => {
            let of = *random.pick(&["\"true\"", "product.brand == \"Kita\""]);
            let when = *random.pick(&["", ", when: fact.channel == \"web\"", ", scope: all"]);
            format!("as: share, share_of: {of}{when}, from: {}%", random.below(90))
        }
    };
    let window = *random.pick(&["", "", ", window: to_date", ", window: 45 days"]);
    format!("[ {{ total: {total}{window}, {seen} }} ]")
}

fn tiers(random: &mut Random, shape: &Shape) -> String {
    let mut rows = table(random, shape, "");
    if let Some((name, value)) = shape.dimension
        && random.chance(1, 2)
    {
        rows.extend(table(random, shape, &format!("{name}: {value}, ")));
    }
    format!("[ {} ]", rows.join(", "))
}

fn table(random: &mut Random, shape: &Shape, dimension: &str) -> Vec<String> {
    let percent = if shape.ratio { "%" } else { "" };
    let size = if shape.ratio { 90 } else { shape.size };
    let mut threshold = if random.chance(1, 2) { 0 } else { random.below(size) };
    let mut rows = Vec::new();
    let dated = random.chance(1, 12).then(|| YEAR + 20 + random.below(320));
    let count = 1 + random.below(3);
    for nth in 0..count {
        let opens = match (nth, random.below(3)) {
            (0, 0) if shape.method != "excess" || shape.ratio => String::new(),
            (_, 1) => format!("above: {threshold}{percent}, "),
            _ => format!("from: {threshold}{percent}, "),
        };
        let mut words = format!("{dimension}{opens}");
        let fixed = format!("fixed: {}", random.below(60));
        match shape.value {
            "rate" => {
                let _ = write!(words, "rate: {}.{}%", random.below(9), random.below(10));
            }
            "per_unit" => {
                let _ = write!(words, "per_unit: {}.{:02}", random.below(3), random.below(100));
            }
            "factor" => {
                let _ = write!(words, "factor: {}.{}", random.below(4), random.below(10));
            }
            _ => words.push_str(&fixed),
        }
        if !shape.value.is_empty() && random.chance(1, 5) {
            let _ = write!(words, ", {fixed}");
        }
        if random.chance(1, 10) && !matches!(shape.method, "marginal" | "interpolated") {
            let _ = write!(words, ", up_to: {}", 1 + random.below(size * 3));
        }
        if nth == 1 && random.chance(1, 4) {
            words.push_str(", name: second");
        }
        if let Some(cut) = dated {
            let _ = write!(words, ", starts: {}", day(cut));
        }
        rows.push(format!("{{ {words} }}"));
        threshold += 1 + random.below(size);
    }
    if let Some(cut) = dated {
        // Before the day another row, with a threshold of its own.
        let value = match shape.value {
            "rate" => "rate: 1%",
            "per_unit" => "per_unit: 0.5",
            "factor" => "factor: 2",
            _ => "fixed: 7",
        };
        let opens = format!("from: {}{percent}", random.below(20));
        rows.insert(0, format!("{{ {dimension}{opens}, {value}, ends: {} }}", day(cut - 1)));
    }
    rows
}

fn limits(random: &mut Random, shape: &Shape) -> String {
    let mut limits = Vec::new();
    if random.chance(1, 5) {
        let least = random.below(20);
        limits.push(match random.below(3) {
            0 => format!("per_award: {}", 1 + random.below(90)),
            1 => format!("per_award: {{ at_least: {least} }}"),
            _ => {
                format!("per_award: {{ at_least: {least}, at_most: {} }}", least + random.below(90))
            }
        });
    }
    if random.chance(1, 7) {
        limits.push(format!("per_partner_period: {}", bounds(random, 60, 90)));
    }
    if random.chance(1, 9) {
        limits.push(format!("per_partner: {}", bounds(random, 1, 200)));
    }
    if random.chance(1, 14) && shape.rows {
        let carry = *random.pick(&["", ", carry_over: true"]);
        limits.push(format!("guarantee: {{ amount: {}{carry} }}", 1 + random.below(60)));
    }
    if random.chance(1, 9) {
        limits.push(budget(random));
    }
    if limits.is_empty() { String::new() } else { format!("{{ {} }}", limits.join(", ")) }
}

fn rounding(draft: &mut Draft, random: &mut Random) {
    if random.chance(1, 2) {
        return;
    }
    let mut words = vec![format!("mode: {}", random.pick(&["half_up", "half_even", "down", "up"]))];
    if random.chance(1, 3) {
        words.push(format!("at: {}", random.pick(&["award", "fact", "tier"])));
    }
    if random.chance(1, 6) {
        words.push(format!("scale: {}", random.below(3)));
    }
    if random.chance(1, 4) {
        words.push(format!("remainder: {}", random.pick(&["largest", "first"])));
    }
    draft.say("rounding", format!("{{ {} }}", words.join(", ")));
}

fn reward(draft: &mut Draft, random: &mut Random, header: &Header) {
    if header.carried || !random.chance(1, 20) {
        return;
    }
    let rewards = [
        "{ points: STAR }",
        "{ fund: coop }",
        "{ voucher: V500 }",
        "{ badge: expert }",
        "{ benefit: support }",
        "{ goods: B1 }",
        "{ goods: same }",
        "money",
    ];
    draft.shape.money = false;
    draft.say("reward", *random.pick(&rewards));
}

/// What a term says of its own payout, accrual and name.
fn settled(draft: &mut Draft, random: &mut Random, header: &Header) {
    if random.chance(1, 20) {
        draft.say("name", "{ en: A term, ja: 条件 }");
    }
    let own = draft.words.iter().any(|(word, _)| *word == "periods");
    if own || !matches!(header.every, "half" | "year" | "program") || !random.chance(1, 10) {
        return;
    }
    let more = *random.pick(&["", ", catch_up: each", ", catch_up: end", ", release: as_earned"]);
    draft.say("payout", format!("{{ every: {}{more} }}", random.pick(&["month", "quarter"])));
    let accrued = *random.pick(&["", ", forecast: plan", ", rate: 2%", ", per_unit: 0.3"]);
    draft.say("accrue", format!("{{ every: month{accrued} }}"));
}
