//! Stories of many partners and lots, in which every lot ends. `--nocapture` says how long they take.

use std::fmt::Write;
use std::time::Instant;

use jiff::ToSpan;
use jiff::civil::{Date, date};

const PARTNERS: u32 = 1_000;

/// A year of ten credits for each partner, or of sales that earn them, on so many different days.
fn story(lines: u32, days: i64, by_sales: bool) -> String {
    let mut text = String::from(
        "case: large\n\
         points:\n\
         \x20 STAR: { expiry: 3 months, escrow: 10 days }\n\
         \x20 MILES: { kind: qualifying, reset: { every: 1 year, from: 2026-01-01 } }\n\
         tier_groups:\n\
         \x20 level: { by: { points: MILES }, grace: 10 days, tiers: [ { tier: member, from: 0 }, { tier: gold, from: 3 } ] }\n\
         vouchers: { GIFT: { value: 10, expiry: 2 months } }\n\
         programs:\n\
         \x20 - program: club\n\
         \x20   currency: EUR\n\
         \x20   starts: 2026-01-01\n\
         \x20   terms: [ { term: a, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } } ]\n\
         partners:\n",
    );
    for partner in 0..PARTNERS {
        let _ = writeln!(text, "  P{partner}: {{}}");
    }
    text.push_str("timeline:\n");
    let day = |at: u32| -> Date {
        let ordinal = i64::from(at) * days / i64::from(lines);
        date(2026, 1, 1).checked_add((ordinal * 365 / days).days()).expect("a day of the year")
    };
    for at in 0..lines {
        let (on, partner) = (day(at), (at * 7) % PARTNERS);
        let _ = if by_sales {
            writeln!(text, "  - {{ on: {on}, sale: S{at}, partner: P{partner}, amount: 5 }}")
        } else if at % 20 == 19 {
            writeln!(text, "  - {{ on: {on}, issue: V{at}, voucher: GIFT, partner: P{partner} }}")
        } else if at % 10 == 9 {
            writeln!(
                text,
                "  - {{ on: {on}, redeem: X{at}, partner: P{partner}, points: STAR, up_to: 3 }}"
            )
        } else {
            let unit = if at % 3 == 0 { "MILES" } else { "STAR" };
            writeln!(
                text,
                "  - {{ on: {on}, credit: C{at}, partner: P{partner}, points: {unit}, amount: 5 }}"
            )
        };
    }
    text.push_str("until: 2027-06-30\nexpect:\n  - { balances: P0, unit: STAR, amount: 0 }\n");
    text
}

fn took(name: &str, text: &str) {
    let case = crate::case::parse(text).into_result().expect("a case");
    let programs = case.inline_programs().expect("programs");
    let begins = Instant::now();
    let wrong = case.check(programs).expect("it runs");
    eprintln!("{name}: {:?}", begins.elapsed());
    assert!(wrong.is_empty(), "{}", wrong[0].text);
}

#[test]
fn a_story_of_many_lots() {
    took("1,000 lots by hand", &story(1_000, 365, false));
    took("300 lots by sales on 10 days", &story(300, 10, true));
}
