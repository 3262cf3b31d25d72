//! Random stories out of the whole vocabulary: several programs with several terms and versions,
//! and what partners bought, gave back, corrected, and heard of late.
//!
//! Texts rather than values, so that a story that fails can be read, shrunk, kept and given to
//! `tokuten try`. Words are put together freely; what the checker refuses is drawn again, and
//! counted.

mod facts;
mod programs;
mod terms;
mod vocabulary;

use std::fmt::Write;

use domain::case::{self, Case};
use domain::problem::Problem;
use domain::program::{Every, Program, check_versions, unsupported};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::random::Random;
use crate::stories::day;

/// What a tale may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spice {
    /// Facts come late, are corrected and cancelled, partners change, periods are closed.
    pub late: bool,
    /// Only words that a database carries.
    pub carried: bool,
}

/// A story before it is written.
#[derive(Debug, Clone)]
pub struct Tale {
    /// Each version of each program as a text.
    pub programs: Vec<String>,
    /// Partners, products, units, rates and the rest.
    pub master: String,
    pub lines: Vec<Line>,
    /// Entries of `what_if`.
    pub tried: Vec<String>,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Days since 2025-01-01.
    pub on: u64,
    /// The minute of that day, where it is said, as clocks in Greenwich show it.
    pub at: Option<u64>,
    pub recorded: u64,
    pub what: What,
    /// What is said of it beside its days.
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Fact,
    /// A correction or a cancellation of one.
    Change,
    /// Of a partner, from its day on.
    Set,
    Award,
    Adjust,
    Close,
}

/// A tale that the checker accepts, and why others were refused before it.
#[derive(Debug)]
pub struct Accepted {
    pub tale: Tale,
    pub case: Case,
    pub programs: Vec<Program>,
    pub refused: Vec<String>,
}

impl Tale {
    /// Draws until the checker accepts it.
    pub fn accepted(random: &mut Random, spice: Spice) -> Accepted {
        let mut refused = Vec::new();
        loop {
            let tale = Tale::draw(random, spice);
            match read(&tale.text()) {
                Ok((case, programs)) if !spice.carried || is_carried(&programs) => {
                    return Accepted { tale, case, programs, refused };
                }
                Ok(_) => refused.push("no database carries it".to_owned()),
                Err(problems) => refused.extend(problems.first().map(|it| it.message.clone())),
            }
        }
    }

    fn draw(random: &mut Random, spice: Spice) -> Tale {
        let mut programs = Vec::new();
        let count = 1 + usize::from(random.chance(1, 4));
        for code in &["p", "q"][..count] {
            programs.extend(programs::versions(random, code, spice));
        }
        let master = facts::master(random, &programs);
        let mut tale = Tale { programs, master, lines: Vec::new(), tried: Vec::new() };
        facts::tell(&mut tale, random, spice);
        if random.chance(1, 12) {
            tale.tried.push(facts::tried(random));
        }
        tale
    }

    /// The case as text.
    pub fn text(&self) -> String {
        let mut text = String::from("case: random\nprograms:\n");
        text.extend(self.programs.iter().map(|program| as_item(program)));
        text + &self.rest()
    }

    /// All but its name and programs.
    pub fn rest(&self) -> String {
        let mut text = self.master.clone();
        text.push_str(if self.lines.is_empty() { "timeline: []\n" } else { "timeline:\n" });
        for line in &self.lines {
            let mut days = format!("on: {}", day(line.on));
            if let Some(at) = line.at {
                let _ = write!(days, "T{:02}:{:02}:00Z", at / 60, at % 60);
            }
            let _ = write!(days, ", recorded: {}", day(line.recorded));
            let _ = writeln!(text, "  - {{ {days}, {} }}", line.words);
        }
        if !self.tried.is_empty() {
            text.push_str("what_if:\n");
        }
        for tried in &self.tried {
            let _ = writeln!(text, "  - {tried}");
        }
        // Everything that was recorded, and every close, is looked at.
        text.push_str("until: 2027-12-31\n");
        text
    }
}

/// The versions of one or two programs that a database carries, and the days on which the later
/// ones become known.
pub fn carried_versions(random: &mut Random) -> Vec<(Option<Date>, String)> {
    let spice = Spice { late: true, carried: true };
    let count = 1 + usize::from(random.chance(1, 3));
    let mut all = Vec::new();
    for code in &["p", "q"][..count] {
        loop {
            let mut known = date(2026, 1, 20);
            let mut texts = Vec::new();
            for (nth, text) in programs::versions(random, code, spice).into_iter().enumerate() {
                // Each becomes known on a day of its own.
                let lines = text.lines().filter(|line| !line.starts_with("recorded:"));
                let mut text: String =
                    lines.flat_map(|line| [line.to_owned(), "\n".to_owned()]).collect();
                let mut day = None;
                if nth != 0 {
                    known = known.saturating_add(random.between(10, 120).days());
                    let first = text.find('\n').map_or(0, |end| end + 1);
                    text.insert_str(first, &format!("recorded: {known}\n"));
                    day = Some(known);
                }
                texts.push((day, text));
            }
            let listed: String = texts.iter().map(|(_, text)| as_item(text)).collect();
            let accepted = read(&format!("case: c\nprograms:\n{listed}timeline: []\n"));
            // Worlds close periods by their names.
            let is_named = |program: &Program| {
                program.terms.iter().all(|term| term.periods.every != Every::OnDemand)
            };
            if accepted
                .is_ok_and(|(_, programs)| is_carried(&programs) && programs.iter().all(is_named))
            {
                all.extend(texts);
                break;
            }
        }
    }
    all
}

/// A text of keys as an item of a list.
pub fn as_item(program: &str) -> String {
    let lines = program.lines().enumerate();
    lines.flat_map(|(at, line)| [if at == 0 { "  - " } else { "    " }, line, "\n"]).collect()
}

/// The case and its programs, or why the checker does not accept them.
pub fn read(text: &str) -> Result<(Case, Vec<Program>), Vec<Problem>> {
    let case = case::parse(text).into_result()?;
    let programs = case.inline_programs().unwrap_or_default();
    let mut problems: Vec<Problem> = programs.iter().flat_map(unsupported).collect();
    for (at, program) in programs.iter().enumerate() {
        let own = programs[..=at].iter().filter(|other| other.code == program.code);
        let own: Vec<&Program> = own.collect();
        problems.extend(check_versions(&own));
    }
    problems.retain(Problem::is_error);
    if problems.is_empty() { Ok((case, programs)) } else { Err(problems) }
}

/// Whether a database carries all of these programs.
pub fn is_carried(programs: &[Program]) -> bool {
    programs.iter().all(|program| engine::programs::not_carried_by(program, None).is_empty())
}
