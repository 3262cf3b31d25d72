//! Random stories as text: one program of one or two versions, and what partners bought.
//!
//! Texts rather than values, so that a story that fails can be read, kept and given to `tokuten
//! try`.

use std::fmt::Write;

use crate::random::Random;

/// A story before it is written.
#[derive(Debug, Clone)]
pub struct Tale {
    /// The program's versions, as items of `programs`.
    pub programs: Vec<String>,
    pub lines: Vec<Line>,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Days since 2025-01-01.
    pub on: u64,
    pub recorded: u64,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Sale {
        key: String,
        partner: u64,
        channel: &'static str,
        quantity: u64,
        cents: u64,
    },
    /// Of a sale, part of it or (without numbers) all of it.
    Return {
        key: String,
        of: String,
        numbers: Option<(u64, u64)>,
    },
    Close {
        period: String,
    },
}

/// What a tale may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spice {
    /// Everything is recorded on its day; no period is closed.
    Plain,
    /// Facts come late, and periods are closed.
    Late,
}

/// The first day of 2026.
pub const YEAR: u64 = 365;
const PERIODS: [&str; 4] = ["month", "quarter", "half", "year"];

impl Tale {
    pub fn new(random: &mut Random, spice: Spice) -> Tale {
        let every = *random.pick(&PERIODS);
        let by_month = every != "month" && random.chance(1, 2);
        let grace = if random.chance(1, 2) { None } else { Some(random.below(40)) };
        let term = term(random);
        let mut programs = vec![version(1, "", every, grace, by_month, &term)];
        if random.chance(1, 4) {
            let from = day(YEAR + random.below(330));
            let amends = format!("amends: {{ from: {from} }}");
            let term = if random.chance(1, 2) { other_rates(&term) } else { term };
            programs.push(version(2, &amends, every, grace, by_month, &term));
        }
        let mut tale = Tale { programs, lines: Vec::new() };
        tale.buy(random, spice);
        if spice == Spice::Late {
            tale.close(random, every);
        }
        tale
    }

    fn buy(&mut self, random: &mut Random, spice: Spice) {
        for sale in 0..2 + random.below(14) {
            let on =
                if random.chance(1, 3) { random.below(YEAR) } else { YEAR + random.below(365) };
            let late = |random: &mut Random| match spice {
                Spice::Late if random.chance(1, 3) => random.below(150),
                _ => 0,
            };
            let recorded = on + late(random);
            let key = format!("S{sale}");
            let (quantity, cents) = (1 + random.below(60), 1 + random.below(200_000));
            if random.chance(1, 4) {
                let numbers = random
                    .chance(1, 2)
                    .then(|| (random.below(quantity + 1), random.below(cents + 1)));
                let on = on + random.below(100);
                let recorded = recorded.max(on) + late(random);
                let what = What::Return { key: format!("R{sale}"), of: key.clone(), numbers };
                self.lines.push(Line { on, recorded, what });
            }
            let channel = *random.pick(&["shop", "web", "shop"]);
            let what = What::Sale { key, partner: random.below(2), channel, quantity, cents };
            self.lines.push(Line { on, recorded, what });
        }
        // A sale and what takes it back on the same day come in that order.
        self.lines.sort_by_key(|line| (line.recorded, matches!(line.what, What::Return { .. })));
    }

    fn close(&mut self, random: &mut Random, every: &str) {
        let (months, names): (u64, fn(u64) -> String) = match every {
            "month" => (1, |n| format!("2026-{:02}", n + 1)),
            "quarter" => (3, |n| format!("2026Q{}", n + 1)),
            "half" => (6, |n| format!("2026H{}", n + 1)),
            _ => (12, |_| "2026".to_owned()),
        };
        for nth in 0..12 / months {
            if random.chance(1, 2) {
                let end = YEAR + (nth + 1) * months * 30;
                let recorded = end + 6 + random.below(60);
                let what = What::Close { period: names(nth) };
                self.lines.push(Line { on: recorded, recorded, what });
            }
        }
        // Stable: a fact of the day of a close came before it.
        self.lines.sort_by_key(|line| line.recorded);
    }

    /// The case as text.
    pub fn text(&self) -> String {
        let mut text = String::from("case: random\nprograms:\n");
        for program in &self.programs {
            for (at, line) in program.lines().enumerate() {
                let indent = if at == 0 { "  - " } else { "    " };
                let _ = writeln!(text, "{indent}{line}");
            }
        }
        text.push_str(if self.lines.is_empty() { "timeline: []\n" } else { "timeline:\n" });
        for line in &self.lines {
            let _ = writeln!(text, "  - {{ {} }}", line.text());
        }
        // Everything that was recorded, and every close, is looked at.
        text.push_str("until: 2028-12-31\n");
        text
    }
}

impl Line {
    fn text(&self) -> String {
        let days = format!("on: {}, recorded: {}", day(self.on), day(self.recorded));
        match &self.what {
            What::Sale { key, partner, channel, quantity, cents } => format!(
                "{days}, sale: {key}, partner: P{partner}, channel: {channel}, quantity: {quantity}, amount: {}",
                money(*cents)
            ),
            What::Return { key, of, numbers: None } => format!("{days}, return: {key}, of: {of}"),
            What::Return { key, of, numbers: Some((quantity, cents)) } => {
                let amount = money(*cents);
                format!("{days}, return: {key}, of: {of}, quantity: {quantity}, amount: {amount}")
            }
            What::Close { period } => format!("{days}, close: {period}, program: p"),
        }
    }
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The day so many days after 2025-01-01.
pub fn day(since: u64) -> String {
    let mut rest = since;
    let mut year = 2025;
    loop {
        let leap = year % 4 == 0;
        let months = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (at, days) in months.into_iter().enumerate() {
            if rest < days {
                return format!("{year}-{:02}-{:02}", at + 1, rest + 1);
            }
            rest -= days;
        }
        year += 1;
    }
}

fn version(
    number: u32,
    amends: &str,
    every: &str,
    grace: Option<u64>,
    by_month: bool,
    term: &str,
) -> String {
    let mut text = format!("program: p\nversion: {number}\n");
    if !amends.is_empty() {
        text.push_str(amends);
        text.push('\n');
    }
    text.push_str("currency: USD\nstarts: 2026-01-01\nends: 2026-12-31\n");
    let grace = grace.map_or(String::new(), |days| format!(", grace: {days} days"));
    let _ = writeln!(text, "periods: {{ every: {every}{grace} }}");
    text.push_str("payout: { negative: claim_back }\n");
    if by_month {
        text.push_str("accrue: { every: month }\n");
    }
    text.push_str("terms:\n");
    for (at, line) in term.lines().enumerate() {
        let _ = writeln!(text, "{}{line}", if at == 0 { "  - " } else { "    " });
    }
    text
}

/// A term with any of the words that the reference knows.
fn term(random: &mut Random) -> String {
    let mut text = String::from("term: t\n");
    if random.chance(1, 3) {
        text.push_str("when: fact.channel == \"shop\"\n");
    }
    let grouped = random.chance(1, 4);
    if grouped {
        let by: &&str = random.pick(&["group_by: fact\n", "group_by: { site: fact.channel }\n"]);
        text.push_str(by);
    }
    let _ = writeln!(text, "returns: {}", random.pick(&["with_sale", "own_date", "ignored"]));
    let measure = *random.pick(&["sum(amount)", "sum(quantity)"]);
    let view = if grouped { 0 } else { random.below(6) };
    let total = *random.pick(&["sum(amount)", "sum(quantity)", "count()"]);
    match view {
        0..=2 => {}
        3 => {
            let _ = writeln!(text, "qualifier: {total}");
        }
        4 => {
            let _ = writeln!(text, "qualifier: {{ total: {measure}, as: growth }}");
            let of = *random.pick(&["prior_year", "prior_period"]);
            let zero = *random.pick(&["no_award", "no_growth", "full_growth"]);
            let _ = writeln!(text, "baseline: {{ of: {of}, when_zero: {zero} }}");
        }
        _ => {
            let _ = writeln!(text, "qualifier: {{ total: {measure}, as: attainment }}");
            let _ = writeln!(text, "target: {}", 1 + random.below(900));
        }
    }
    let cut = if !grouped && random.chance(1, 4) {
        let after = random.below(200);
        format!(", after: {after}, up_to: {}", after + 1 + random.below(2000))
    } else {
        String::new()
    };
    let _ = writeln!(text, "measure: {{ total: {measure}{cut} }}");
    // What exceeds a threshold of another total has no meaning.
    let methods: &[&str] = match view {
        3 => &["all_units", "marginal", "stacked"],
        _ => &["all_units", "marginal", "stacked", "excess"],
    };
    let method = *random.pick(methods);
    let _ = writeln!(text, "method: {method}\ntiers:");
    let ratio = view > 3;
    let mut threshold = 0;
    for row in 0..=random.below(3) {
        let opens = match (row, random.below(3)) {
            // Without a threshold there is nothing to exceed.
            (0, 0) if ratio || method != "excess" => String::new(),
            (_, 1) => format!("above: {threshold}{}, ", if ratio { "%" } else { "" }),
            _ => format!("from: {threshold}{}, ", if ratio { "%" } else { "" }),
        };
        let fixed = if random.chance(1, 4) {
            format!(", fixed: {}", random.below(50))
        } else {
            String::new()
        };
        let rate = random.below(80);
        let _ = writeln!(text, "  - {{ {opens}rate: {}.{}%{fixed} }}", rate / 10, rate % 10);
        threshold += 1 + random.below(if ratio { 90 } else { 700 });
    }
    let limits = [
        "limits: { per_award: { at_least: 3, at_most: 40 } }\n",
        "limits: { per_partner_period: 25 }\n",
        "",
        "",
    ];
    let limit: &&str = random.pick(&limits);
    text.push_str(limit);
    let _ = writeln!(
        text,
        "rounding: {{ mode: {} }}",
        random.pick(&["half_up", "half_even", "down", "up"])
    );
    text
}

/// The same term with every rate half as much again and a fixed amount more.
fn other_rates(term: &str) -> String {
    term.replace(".5%", ".7%").replace("rate: 1", "rate: 2").replace("fixed: 1", "fixed: 9")
}
