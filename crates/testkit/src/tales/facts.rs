//! What happened: facts of every kind, and what was done about them.

use domain::period::Calendar;
use domain::program::Every;
use jiff::civil::{Date, date};

use super::{Line, Spice, Tale, What};
use crate::random::Random;
use crate::stories::{YEAR, day};

/// Partners, products, and tables that a part of the facts needs.
pub(super) fn master(random: &mut Random, programs: &[String]) -> String {
    let level = |random: &mut Random| *random.pick(&["silver", "gold", "gold"]);
    let mut text = format!(
        "partners:\n  P1: {{ name: One, country: JP, region: East, segment: retail, level: {}, \
         joined: 2025-03-01, parent: P3, buying_group: G1, agent: P4 }}\n  \
         P2: {{ country: US, region: West, segment: trade, level: {}, parent: P1, \
         buying_group: G1, agent: D1 }}\n  \
         P3: {{ country: JP, level: {}, joined: 2026-05-01 }}\n  \
         P4: {{ country: JP, level: silver, buying_group: G2 }}\n  \
         D1: {{ parent: P3 }}\n  S1: {{}}\n  S2: {{}}\n",
        level(random),
        level(random),
        level(random),
    );
    text.push_str(
        "products:\n  B1: { category: Bikes, brand: Kita, unit: piece }\n  \
         B2: { category: Bikes, brand: Mori, unit: piece }\n  \
         H1: { name: Helmet, category: Helmets, brand: Kita, unit: piece }\n  N1: { category: New }\n",
    );
    text.push_str(
        "units: [ { unit: case, holds: 12, of: piece, from: 2025-01-01 }, \
         { product: H1, unit: case, holds: 6, of: piece } ]\n",
    );
    let from = day(random.below(500));
    text.push_str(&format!(
        "rates:\n  - {{ of: EUR, in: USD, rate: 1.1, from: {from} }}\n  \
         - {{ of: EUR, in: USD, rate: 1.25, from: 2026-07-01 }}\n  \
         - {{ of: USD, in: JPY, rate: 150.5, from: 2025-01-01 }}\n  \
         - {{ of: EUR, in: JPY, rate: 160, from: 2025-01-01 }}\n"
    ));
    text.push_str(
        "prices: { net: [ { product: B1, price: 12.5, currency: USD, from: 2025-01-01 }, \
         { product: B2, price: 800, currency: JPY, from: 2025-06-01 } ] }\n",
    );
    // A figure may name groups, if a program has them.
    let branded = programs.iter().any(|program| program.contains("group_by: [product.brand"));
    let group = if branded { "brand: Kita, " } else { "partner: P4, " };
    text.push_str(&format!(
        "figures: {{ plan: [ {{ value: {} }}, {{ partner: P1, value: {} }}, \
         {{ partner: P2, period: \"2026\", value: {} }}, {{ {group}value: {} }}, \
         {{ period: 2026Q2, value: {}, from: {} }} ] }}\n",
        1 + random.below(900),
        1 + random.below(900),
        1 + random.below(2000),
        1 + random.below(300),
        1 + random.below(500),
        day(YEAR + random.below(250)),
    ));
    text
}

struct Sale {
    key: String,
    on: u64,
    quantity: u64,
    cents: u64,
}

/// Fills the timeline.
pub(super) fn tell(tale: &mut Tale, random: &mut Random, spice: Spice) {
    let mut sales: Vec<Sale> = Vec::new();
    for nth in 0..2 + random.below(10) {
        let on = if random.chance(1, 4) { random.below(YEAR) } else { YEAR + random.below(365) };
        let recorded = on + late(random, spice);
        if random.chance(1, 12) {
            let kind = *random.pick(&["training_passed", "sign_in"]);
            let partner = *random.pick(&["P1", "P2", "P4"]);
            let words = format!("activity: A{nth}, partner: {partner}, type: {kind}");
            tale.lines.push(Line { at: None, on, recorded, what: What::Fact, words });
            continue;
        }
        if random.chance(1, 12) {
            // It names no sale.
            let words = format!("return: F{nth}, {}", said(random, 20, 5_000));
            tale.lines.push(Line { at: None, on, recorded, what: What::Fact, words });
            continue;
        }
        let (quantity, cents) = (1 + random.below(60), 1 + random.below(60_000));
        let key = format!("S{nth}");
        let mut words = format!("sale: {key}, {}", whose(random, quantity, cents));
        if random.chance(1, 25) {
            // Where the source writes a correction as a line below zero.
            words = words.replace(", amount: ", ", amount: -");
        }
        let mut line = Line { at: None, on, recorded, what: What::Fact, words };
        if random.chance(1, 12) {
            // At an instant; it is known once that has come everywhere.
            line.at = Some(random.below(24 * 60));
            line.recorded += 2;
        }
        tale.lines.push(line);
        sales.push(Sale { key, on, quantity, cents });
    }
    for (nth, sale) in sales.iter().enumerate() {
        if random.chance(1, 3) {
            give_back(tale, random, spice, nth, sale);
        }
        if spice.late && random.chance(1, 5) {
            change(tale, random, sale);
        }
    }
    if spice.late {
        happen(tale, random);
        close(tale, random);
    }
    // A sale and what takes it back on the same day come in that order.
    let rank = |line: &Line| match line.what {
        What::Fact if line.words.starts_with("sale") => 0,
        What::Fact => 1,
        What::Change => 2,
        _ => 3,
    };
    tale.lines.sort_by_key(|line| (line.recorded, rank(line)));
    awards(tale, random);
}

fn late(random: &mut Random, spice: Spice) -> u64 {
    if spice.late && random.chance(1, 3) { random.below(150) } else { 0 }
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn said(random: &mut Random, quantity: u64, cents: u64) -> String {
    let (quantity, cents) = (1 + random.below(quantity), 1 + random.below(cents));
    whose(random, quantity, cents)
}

/// All that a fact says beside its key.
fn whose(random: &mut Random, quantity: u64, cents: u64) -> String {
    let partner = *random.pick(&["P1", "P1", "P2", "P2", "P3", "P4"]);
    let product = *random.pick(&["B1", "B1", "B2", "H1", "N1"]);
    let channel = *random.pick(&["shop", "web", "b-stock", "shop"]);
    let mut words = format!(
        "partner: {partner}, product: {product}, channel: {channel}, quantity: {quantity}, amount: {}",
        money(cents)
    );
    if random.chance(1, 8) {
        words.push_str(", currency: EUR");
    }
    if random.chance(1, 10) && product != "N1" {
        words.push_str(", unit: case");
    }
    if random.chance(1, 2) {
        words.push_str(&format!(", order: O{}", random.below(3)));
    }
    if random.chance(1, 4) {
        words.push_str(&format!(", line: {}", 1 + random.below(3)));
    }
    if random.chance(1, 3) {
        words.push_str(&format!(", due: {}", day(YEAR + random.below(90))));
    }
    if random.chance(1, 3) {
        words.push_str(random.pick::<&str>(&[", fresh: true", ", fresh: false"]));
    }
    if random.chance(2, 3) {
        words.push_str(&format!(", points: {}", random.below(50)));
    }
    if random.chance(2, 3) {
        words.push_str(&format!(", paid: {}", random.below(50)));
    }
    match random.below(4) {
        0 => words.push_str(", parties: { distributor: D1, ship_to: S1 }"),
        1 => words.push_str(", parties: { ship_to: S2 }"),
        2 => words.push_str(", parties: { distributor: D1 }"),
        _ => {}
    }
    words
}

fn give_back(tale: &mut Tale, random: &mut Random, spice: Spice, nth: usize, sale: &Sale) {
    let kind = *random.pick(&["return", "return", "credit_note"]);
    let numbers = match random.below(3) {
        0 => String::new(),
        1 => format!(", amount: {}", money(random.below(sale.cents + 1))),
        _ => format!(
            ", quantity: {}, amount: {}",
            random.below(sale.quantity + 1),
            money(random.below(sale.cents + 1))
        ),
    };
    let on = sale.on + random.below(100);
    let recorded = on + late(random, spice);
    let words = format!("{kind}: R{nth}, of: {}{numbers}", sale.key);
    tale.lines.push(Line { at: None, on, recorded, what: What::Fact, words });
}

/// A sale is corrected or cancelled.
fn change(tale: &mut Tale, random: &mut Random, sale: &Sale) {
    let recorded = sale.on + 160 + random.below(150);
    let words = match random.below(4) {
        0 => format!("cancel: {}", sale.key),
        1 => format!("correct: {}, partner: P4", sale.key),
        2 => format!("correct: {}, date: {}", sale.key, day(sale.on + random.below(40))),
        _ => format!("correct: {}, amount: {}", sale.key, money(1 + random.below(60_000))),
    };
    tale.lines.push(Line { at: None, on: recorded, recorded, what: What::Change, words });
}

/// Facts that are tried on top of a day.
pub(super) fn tried(random: &mut Random) -> String {
    let on = YEAR + random.below(400);
    let mut facts = Vec::new();
    for nth in 0..=random.below(2) {
        let when = if random.chance(1, 3) {
            format!("on: {}, ", day(on - random.below(40)))
        } else {
            String::new()
        };
        facts.push(format!("{{ {when}sale: W{nth}, {} }}", said(random, 60, 60_000)));
    }
    if random.chance(1, 4) {
        facts.push("{ return: W9, of: S0 }".to_owned());
    }
    format!("{{ what_if: more, on: {}, facts: [ {} ] }}", day(on), facts.join(", "))
}

/// Partners change, and people adjust payouts.
fn happen(tale: &mut Tale, random: &mut Random) {
    if random.chance(1, 3) {
        let on = YEAR + random.below(365);
        let changes =
            ["level: gold", "level: silver", "parent: P4", "buying_group: G2", "agent: P2"];
        let partner = *random.pick(&["P1", "P2"]);
        let words = format!("set: {partner}, {}", random.pick(&changes));
        tale.lines.push(Line { at: None, on, recorded: on, what: What::Set, words });
    }
}

/// Some periods are closed, in their order, once they may be.
fn close(tale: &mut Tale, random: &mut Random) {
    let programs: Vec<domain::program::Program> =
        tale.programs.iter().filter_map(|text| domain::program::parse(text).value).collect();
    let mut lines = Vec::new();
    let mut before: Option<&domain::program::Program> = None;
    for program in &programs {
        // Every version has the calendar of the first.
        if before.is_some_and(|before| before.code == program.code) {
            continue;
        }
        before = Some(program);
        let term = &program.terms[0];
        // Periods of several lengths are closed in an order that is another story.
        let lengths =
            |term: &domain::program::Term| (term.periods.clone(), term.payout.every.clone());
        let versions = programs.iter().filter(|other| other.code == program.code);
        if versions.flat_map(|other| &other.terms).any(|other| lengths(other) != lengths(term)) {
            continue;
        }
        if term.periods.every == Every::OnDemand {
            lines.extend(ends(program, random));
            continue;
        }
        let calendar = Calendar::payout(program, term);
        let mut periods = calendar.up_to(date(2027, 6, 1));
        periods.truncate(4);
        let grace = u64::from(term.periods.grace_days.unwrap_or(0));
        let wait = u64::from(term.periods.calculate_after_days).max(grace);
        let mut not_before = 0;
        for period in periods.iter().take(usize::try_from(random.below(4)).unwrap_or(0)) {
            let recorded = since(period.end) + wait + 2 + random.below(60);
            let recorded = recorded.max(not_before + 1);
            not_before = recorded;
            let words = format!("close: {}, program: {}", period.name, program.code);
            lines.push(Line { at: None, on: recorded, recorded, what: What::Close, words });
        }
        if random.chance(1, 4)
            && let Some(period) = periods.first()
        {
            let on = YEAR + random.below(300);
            let more = *random.pick(&["", ", reason: agreed by phone"]);
            let status = *random.pick(&["approved", "pending", "rejected"]);
            let words = format!(
                "adjust: J1, program: {}, partner: P1, period: {}, amount: {}, \
                 status: {status}{more}",
                program.code,
                period.name,
                // Nobody adjusts by nothing.
                Some(random.between(-50, 50)).filter(|amount| *amount != 0).unwrap_or(1)
            );
            // What is decided about a closed period is another story.
            if on < since(period.start) + 5 {
                lines.push(Line { at: None, on, recorded: on, what: What::Adjust, words });
            }
        }
    }
    tale.lines.extend(lines);
}

/// Some periods are ended, on days that end the months in them where these are booked apart.
fn ends(program: &domain::program::Program, random: &mut Random) -> Vec<Line> {
    let shorter =
        |term: &domain::program::Term| term.accrue.every.is_some() || term.payout.every.is_some();
    let is_whole = program.terms.iter().any(shorter);
    let wait = program.terms.iter().map(|term| {
        let grace = u64::from(term.periods.grace_days.unwrap_or(0));
        u64::from(term.periods.calculate_after_days).max(grace)
    });
    let wait = wait.max().unwrap_or(0);
    let last_day = program.ends.unwrap_or(date(2025, 12, 31));
    let (mut lines, mut on, mut recorded) = (Vec::new(), since(program.starts), 0);
    for name in
        ["first", "second", "third"].iter().take(usize::try_from(random.below(4)).unwrap_or(0))
    {
        on += 10 + random.below(120);
        let drawn =
            date(2025, 1, 1).saturating_add(jiff::ToSpan::days(i64::try_from(on).unwrap_or(0)));
        let last = if is_whole { drawn.last_of_month() } else { drawn };
        if last_day < last {
            break;
        }
        on = since(last);
        recorded = (on + wait + 2 + random.below(60)).max(recorded + 1);
        let words = format!("close: {name}, program: {}, until: {last}", program.code);
        lines.push(Line { at: None, on: recorded, recorded, what: What::Close, words });
    }
    lines
}

/// Amounts for terms that take them from outside.
fn awards(tale: &mut Tale, random: &mut Random) {
    let programs: Vec<domain::program::Program> =
        tale.programs.iter().filter_map(|text| domain::program::parse(text).value).collect();
    let mut told: Vec<String> = Vec::new();
    for program in &programs {
        for term in program.terms.iter().filter(|term| term.external) {
            let name = format!("{}/{}", program.code, term.code);
            if told.contains(&name) {
                continue;
            }
            told.push(name.clone());
            for nth in 0..=random.below(3) {
                let on = since(program.starts).max(since(term.starts.unwrap_or(program.starts)))
                    + random.below(150);
                let group =
                    if term.group_by.names.is_empty() { "" } else { ", group: { brand: Kita }" };
                let words = format!(
                    "award: X{nth}-{}-{}, program: {}, term: {}, partner: {}, amount: {}{group}",
                    program.code,
                    term.code,
                    program.code,
                    term.code,
                    random.pick(&["P1", "P2"]),
                    money(random.below(9_000)),
                );
                tale.lines.push(Line { at: None, on, recorded: on, what: What::Award, words });
            }
        }
    }
    tale.lines.sort_by_key(|line| line.recorded);
}

/// Days since 2025-01-01.
fn since(day: Date) -> u64 {
    let days = (day - date(2025, 1, 1)).get_days();
    u64::try_from(days).unwrap_or(0)
}
