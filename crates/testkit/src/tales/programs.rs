//! Headers and versions.

use std::fmt::Write;

use super::Spice;
use super::terms::{self, Draft};
use crate::random::Random;
use crate::stories::{YEAR, day};

const MONTHS: [&str; 12] = [
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

/// What terms of one program have in common.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub every: &'static str,
    pub lane: bool,
    pub carried: bool,
    /// Whether the program has a fund, points or the like, one of them.
    pub currency: &'static str,
    words: String,
    ends: Option<u64>,
}

/// All versions of a program, one or two of them.
pub(super) fn versions(random: &mut Random, code: &str, spice: Spice) -> Vec<String> {
    let header = header(random, spice);
    let mut drafts: Vec<Draft> = Vec::new();
    let count = *random.pick(&[1, 1, 1, 2, 2, 3]);
    for name in &["a", "b", "c"][..count] {
        let draft = terms::draft(random, name, &drafts, &header);
        drafts.push(draft);
    }
    let first = if random.chance(1, 6) { "version: 1\n" } else { "" };
    let mut texts = vec![version(code, first, &header, &drafts)];
    let mut number: u64 = 1;
    // A version is not known before the one that it changes.
    let mut known = None;
    while number < 3 && random.chance(1, 4) {
        number += 1;
        let mut change = format!("version: {number}\n");
        if random.chance(1, 3) {
            let _ = writeln!(change, "corrects: {}", number - 1);
        } else {
            let from = day(YEAR + (number - 2) * 170 + 1 + random.below(160));
            let split = *random.pick(&["", "", ", thresholds: split", ", thresholds: whole"]);
            let _ = writeln!(change, "amends: {{ from: {from}{split} }}");
        }
        if known.is_some() || random.chance(1, 3) {
            let since = known.unwrap_or(YEAR) + random.below(300);
            let _ = writeln!(change, "recorded: {}", day(since));
            known = Some(since);
        }
        if random.chance(2, 3) {
            for draft in &mut drafts {
                draft.change(random);
            }
        }
        if drafts.len() == 1 && random.chance(1, 6) {
            let draft = terms::draft(random, "z", &drafts, &header);
            drafts.push(draft);
        }
        texts.push(version(code, &change, &header, &drafts));
    }
    texts
}

fn version(code: &str, change: &str, header: &Header, drafts: &[Draft]) -> String {
    let mut text = format!("program: {code}\n{change}{}", header.words);
    if let Some(ends) = header.ends {
        let _ = writeln!(text, "ends: {}", day(ends));
    }
    text.push_str("terms:\n");
    for draft in drafts {
        for (at, (word, value)) in draft.words.iter().enumerate() {
            let indent = if at == 0 { "  - " } else { "    " };
            let _ = writeln!(text, "{indent}{word}: {value}");
        }
    }
    text
}

fn header(random: &mut Random, spice: Spice) -> Header {
    let currency = *random.pick(&["USD", "USD", "USD", "JPY"]);
    let mut words = format!("currency: {currency}\n");
    if random.chance(1, 15) {
        words.push_str("name: { en: A program, ja: 制度 }\ndescription: What it is for\n");
        words.push_str("reference: C-2026-17\nurl: https://example.com/contract\n");
    }
    if random.chance(1, 5) {
        words.push_str("time_zone: Asia/Tokyo\n");
    }
    let starts = if random.chance(1, 6) { YEAR + random.below(50) } else { YEAR };
    let _ = writeln!(words, "starts: {}", day(starts));
    let every = *random.pick(&["month", "quarter", "quarter", "half", "year", "program", "custom"]);
    let ends = match random.below(8) {
        0 => Some(YEAR + 250 + random.below(100)),
        1 if !matches!(every, "program" | "custom") => None,
        _ => Some(YEAR + 364),
    };
    let every = if spice.late && random.chance(1, 12) { "on_demand" } else { every };
    words.push_str(&periods(random, every, starts, ends));
    settlement(random, every, &mut words);
    partners(random, &mut words);
    if random.chance(1, 10) {
        words.push_str("when: '!(fact.channel == \"b-stock\")'\n");
    }
    let lane = random.chance(1, 6);
    if lane {
        let _ = writeln!(words, "lanes: {{ l: {} }}", random.pick(&["best", "first"]));
    }
    limits(random, &mut words);
    if random.chance(1, 8) {
        words.push_str("rounding: { mode: half_even }\n");
    }
    if random.chance(1, 10) {
        let _ = writeln!(words, "returns: {}", random.pick(&["own_date", "with_sale", "ignored"]));
    }
    words.push_str("lists: { range: [ B1, H1 ] }\n");
    words.push_str(
        "fields: { partner.buying_group: text, partner.agent: partner, fact.points: number, \
         fact.paid: money, fact.due: date, fact.fresh: yes_no }\n",
    );
    Header { every, lane, carried: spice.carried, currency, words, ends }
}

fn periods(random: &mut Random, every: &str, starts: u64, ends: Option<u64>) -> String {
    let mut text = format!("periods: {{ every: {every}");
    if every == "custom" {
        let (middle, last) = (starts + 60 + random.below(120), ends.unwrap_or(YEAR + 364));
        let _ = write!(
            text,
            ", list: [ {{ period: spring, from: {}, to: {} }}, {{ period: rest, from: {}, to: {} }} ]",
            day(starts),
            day(middle),
            day(middle + 1),
            day(last)
        );
    } else if random.chance(1, 6) {
        let _ = write!(text, ", fiscal_year_from: {}", random.pick(&MONTHS));
    }
    if random.chance(1, 2) {
        let _ = write!(text, ", grace: {} days", random.below(40));
    }
    if random.chance(1, 8) {
        let _ = write!(text, ", calculate_after: {} days", random.below(12));
    }
    text + " }\n"
}

fn settlement(random: &mut Random, every: &str, words: &mut String) {
    let mut payout = Vec::new();
    let shorter = match every {
        "half" | "year" | "program" => random.chance(1, 3),
        _ => random.chance(1, 12),
    };
    if shorter {
        let by: &[&str] = match every {
            "half" => &["month", "quarter", "half"],
            "year" => &["month", "quarter", "half", "year"],
            "program" => &["month", "quarter", "half", "year", "program"],
            // As long as the qualifying ones.
            _ => &[every],
        };
        let by = *random.pick(by);
        payout.push(format!("every: {by}"));
        if random.chance(1, 2) {
            payout.push(format!("catch_up: {}", random.pick(&["end", "end", "each"])));
        }
        if random.chance(1, 3) {
            payout.push(format!("release: {}", random.pick(&["evenly", "evenly", "as_earned"])));
        }
    }
    if random.chance(1, 6) {
        payout.push(format!("minimum: {}", 1 + random.below(60)));
        if random.chance(1, 2) {
            payout.push(format!("below_minimum: {}", random.pick(&["lapse", "carry"])));
        }
    }
    if random.chance(1, 2) {
        payout.push(format!("negative: {}", random.pick(&["claim_back", "claim_back", "carry"])));
    }
    if !payout.is_empty() {
        let _ = writeln!(words, "payout: {{ {} }}", payout.join(", "));
    }
    if !matches!(every, "month") && random.chance(1, 3) {
        let by = *random.pick(&["", "", "", ", rate: 1.5%", ", per_unit: 0.2", ", forecast: plan"]);
        let every = match every {
            "custom" => every,
            _ if shorter && every != "on_demand" => "month",
            _ => *random.pick(&["month", "month", every]),
        };
        let _ = writeln!(words, "accrue: {{ every: {every}{by} }}");
    }
}

fn partners(random: &mut Random, words: &mut String) {
    let text = match random.below(9) {
        0 => "partners: partner.level == \"gold\"\n".to_owned(),
        1 => "partners: partner.country == \"JP\" && partner.level in [\"silver\", \"gold\"]\n"
            .to_owned(),
        2 => {
            let from = day(YEAR + random.below(200));
            let to = day(YEAR + 200 + random.below(150));
            format!(
                "partners: [ P1, {{ partner: P2, from: {from}, to: {to} }}, {{ partner: P3, skip: true }}, {{ partner: P4, ship_to: S1 }} ]\n"
            )
        }
        3 => "partners: [ P1, P2, P3 ]\n".to_owned(),
        _ => String::new(),
    };
    words.push_str(&text);
}

fn limits(random: &mut Random, words: &mut String) {
    if !random.chance(1, 6) {
        return;
    }
    let mut limits = Vec::new();
    if random.chance(1, 2) {
        limits.push(format!("per_partner_period: {}", bounds(random, 5, 200)));
    }
    if random.chance(1, 2) {
        limits.push(format!("per_partner: {}", bounds(random, 5, 300)));
    }
    if random.chance(1, 2) || limits.is_empty() {
        limits.push(budget(random));
    }
    let _ = writeln!(words, "limits: {{ {} }}", limits.join(", "));
}

/// A number, or what is at least and at most.
pub(super) fn bounds(random: &mut Random, from: u64, width: u64) -> String {
    let most = from + random.below(width);
    match random.below(6) {
        0 => format!("{{ at_least: {}, at_most: {most} }}", random.below(from.min(20) + 1)),
        1 => format!("{{ at_most: {most} }}"),
        _ => most.to_string(),
    }
}

pub(super) fn budget(random: &mut Random) -> String {
    let share =
        *random.pick(&["", ", share: first_come", ", share: in_proportion", ", share: all"]);
    let per = *random.pick(&["", ", per: period", ", per: program"]);
    format!("budget: {{ amount: {}{share}{per} }}", 5 + random.below(400))
}
