//! The procedure "How an award comes about" in plain loops, for the whole vocabulary.
//!
//! It keeps no totals and no cells, and knows no order in which things arrived: for every award it
//! walks over all facts again. It shares with the core how texts are read, conditions, calendars
//! and tables, and nothing that counts, rates, limits or shares out.
//!
//! It computes awards with everything known. What payout periods book is asked of
//! [`crate::reference`].

mod count;
mod limits;
mod rate;
mod share;
mod story;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::case::Case;
use domain::code::PartnerCode;
use domain::period::{Calendar, Period};
use domain::program::{
    Change, Measure, Program, Requirement, Term, Thresholds, Total, View, Window,
};
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use count::{Look, Seen};
use rate::Rated;
use story::Story;

/// Program, term, earner, first day of the period, group as text.
pub type Key = (String, String, String, Date, String);

/// What an award came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    pub amount: Decimal,
    pub tier: Option<u32>,
    /// Who is paid of it.
    pub paid: BTreeMap<String, Decimal>,
}

/// A version and since when it acts.
#[derive(Debug, Clone, Copy)]
struct Version<'p> {
    program: &'p Program,
    from: Date,
    corrects: Option<u32>,
    /// Whether what it acts on stands by itself within the period it cuts.
    splits: bool,
}

/// A part of a period and the version that acts on it, on days `[from, to)`.
#[derive(Debug, Clone, Copy)]
struct Part<'p> {
    from: Date,
    to: Date,
    program: &'p Program,
    term: &'p Term,
    /// Whether it stands by itself, apart from the parts before it.
    splits: bool,
}

/// One question: all groups of an earner in a period of a term.
#[derive(Debug)]
struct Asked<'q> {
    earner: &'q PartnerCode,
    period: &'q Period,
    calendar: &'q Calendar,
    parts: &'q [Part<'q>],
    /// Where its parts stand by themselves: how many days, of how many.
    share: Option<(Decimal, Decimal)>,
}

/// A term by the position of its program and its own in the order in which terms came up.
type TermAt = (usize, usize);

/// Awards of one term: by earner and period, then in the order of groups.
type Awards = BTreeMap<(PartnerCode, Date), (Period, Vec<Rated>)>;

/// All awards while they are computed.
#[derive(Debug, Default)]
struct Found {
    by: BTreeMap<TermAt, Awards>,
    /// What each term awarded for each fact, by key and by unit.
    shares: HashMap<TermAt, HashMap<(bool, String), Decimal>>,
}

/// A story as the procedure sees it.
#[derive(Debug)]
pub struct Procedure<'c> {
    story: Story,
    programs: Vec<Vec<Version<'c>>>,
    /// Codes of terms in the order in which they came up, for each program.
    terms: Vec<Vec<String>>,
    today: Date,
}

impl<'c> Procedure<'c> {
    pub fn new(case: &Case, programs: &'c [Program]) -> Procedure<'c> {
        let mut by_code: Vec<Vec<Version<'c>>> = Vec::new();
        for program in programs {
            let found = by_code.iter().position(|of| of[0].program.code == program.code);
            let at = found.unwrap_or_else(|| {
                by_code.push(Vec::new());
                by_code.len() - 1
            });
            let (from, corrects, splits) = match program.change {
                Change::First => (program.starts, None, false),
                Change::Amends { from, thresholds } => {
                    (from, None, thresholds == Thresholds::Split)
                }
                Change::Corrects { version } => {
                    let of = by_code[at].iter().find(|of| of.program.version == version);
                    let of = of.expect("the version is there");
                    (of.from, Some(version), of.splits)
                }
            };
            by_code[at].push(Version { program, from, corrects, splits });
        }
        let terms = by_code.iter().map(|versions| {
            let mut codes: Vec<String> = Vec::new();
            for term in versions.iter().flat_map(|version| &version.program.terms) {
                if !codes.iter().any(|code| code == term.code.as_str()) {
                    codes.push(term.code.to_string());
                }
            }
            codes
        });
        let terms = terms.collect();
        let story = Story::new(case, programs);
        let today = case.until.expect("the story says its last day");
        Procedure { story, programs: by_code, terms, today }
    }

    /// The awards with everything known.
    pub fn awards(&self) -> BTreeMap<Key, Earned> {
        let mut found = Found::default();
        for at in self.order() {
            let awards = self.compute(at, &found);
            found.by.insert(at, awards);
            self.per_partner(at, &mut found);
            self.guarantee(at, &mut found);
            let lane = self.lane_of(at);
            if lane.iter().any(|mate| !found.by.contains_key(mate)) {
                continue;
            }
            self.compete(&lane, &mut found);
            for mate in lane {
                self.term_budget(mate, &mut found);
                self.share_out(mate, &mut found);
            }
        }
        for program in 0..self.programs.len() {
            self.bound_program(program, &mut found);
        }
        self.listed(found)
    }

    fn listed(&self, found: Found) -> BTreeMap<Key, Earned> {
        let mut listed = BTreeMap::new();
        for ((program, term), awards) in found.by {
            let code = self.programs[program][0].program.code.to_string();
            for ((earner, start), (period, rated)) in awards {
                let parts = self.parts((program, term), &period);
                for award in rated {
                    let speaker = award.speaker.min(parts.len() - 1);
                    let paid = self.paid(&award, &earner, &parts[speaker]);
                    let group = written(&award.group);
                    let key = (
                        code.clone(),
                        self.terms[program][term].clone(),
                        earner.to_string(),
                        start,
                        group,
                    );
                    let earned = Earned { amount: award.amount, tier: award.tier, paid };
                    listed.insert(key, earned);
                }
            }
        }
        listed
    }

    /// Terms in an order in which each comes after those it looks at and after their lanes.
    fn order(&self) -> Vec<TermAt> {
        let mut left: Vec<TermAt> = Vec::new();
        for (program, terms) in self.terms.iter().enumerate() {
            left.extend((0..terms.len()).map(|term| (program, term)));
        }
        let mut order = Vec::new();
        while !left.is_empty() {
            let next = left.iter().position(|at| {
                self.looks_at(*at)
                    .into_iter()
                    .all(|seen| self.lane_of(seen).into_iter().all(|mate| order.contains(&mate)))
            });
            order.push(left.remove(next.expect("no circle")));
        }
        order
    }

    fn versions_of(&self, (program, term): TermAt) -> Vec<(&'c Program, &'c Term)> {
        let code = &self.terms[program][term];
        let versions = self.programs[program].iter();
        versions
            .filter_map(|version| {
                let mut terms = version.program.terms.iter();
                let term = terms.find(|term| term.code.as_str() == code)?;
                Some((version.program, term))
            })
            .collect()
    }

    fn at(&self, program: usize, named: Option<&str>, term: &str) -> Option<TermAt> {
        let program = match named {
            None => program,
            Some(code) => {
                self.programs.iter().position(|of| of[0].program.code.as_str() == code)?
            }
        };
        Some((program, self.terms[program].iter().position(|code| code == term)?))
    }

    fn looks_at(&self, at: TermAt) -> Vec<TermAt> {
        let mut seen = Vec::new();
        for (_, term) in self.versions_of(at) {
            for requirement in &term.requires {
                if let Requirement::Term { term, .. } = requirement {
                    let named = term.program.as_ref().map(domain::code::ProgramCode::as_str);
                    seen.extend(self.at(at.0, named, term.term.as_str()));
                }
            }
            for of in &term.net_of {
                let named = of.program.as_ref().map(domain::code::ProgramCode::as_str);
                seen.extend(self.at(at.0, named, of.term.as_str()));
            }
            for name in awarded_names(term) {
                seen.extend(self.named(at.0, &name));
            }
        }
        seen
    }

    /// A term by what `awarded(…)` says.
    fn named(&self, program: usize, name: &str) -> Option<TermAt> {
        match name.split_once('/') {
            Some((other, term)) => self.at(program, Some(other), term),
            None => self.at(program, None, name),
        }
    }

    /// The terms of a term's lane, itself among them.
    fn lane_of(&self, at: TermAt) -> Vec<TermAt> {
        let lane = |at| self.versions_of(at).iter().find_map(|(_, term)| term.lane.clone());
        let Some(own) = lane(at) else { return vec![at] };
        let mates = (0..self.terms[at.0].len()).map(|term| (at.0, term));
        mates.filter(|mate| lane(*mate).as_ref() == Some(&own)).collect()
    }

    fn calendar(&self, at: TermAt) -> Calendar {
        let (program, term) = *self.versions_of(at).last().expect("a version has the term");
        self.story.calendar(program, term)
    }

    /// The spans of a period into which versions and dated rows cut it, those without the term
    /// left out.
    fn parts(&self, at: TermAt, period: &Period) -> Vec<Part<'c>> {
        let versions = &self.programs[at.0];
        let mut starts = vec![period.start];
        for version in versions {
            if matches!(version.program.change, Change::Amends { .. }) {
                starts.push(version.from);
            }
        }
        for (_, term) in self.versions_of(at) {
            for row in &term.rows {
                starts.extend(row.starts);
                starts.extend(row.ends.and_then(|last| last.tomorrow().ok()));
            }
        }
        starts.retain(|start| *start == period.start || period.contains(*start));
        starts.sort_unstable();
        starts.dedup();
        let replaced = |version: &Version<'_>| {
            versions.iter().any(|other| other.corrects == Some(version.program.version))
        };
        let mut parts = Vec::new();
        for (nth, from) in starts.iter().enumerate() {
            let to = starts.get(nth + 1).copied().unwrap_or(period.end);
            let acts =
                versions.iter().filter(|version| version.from <= *from && !replaced(version));
            let Some(acting) = acts.max_by_key(|v| (v.from, v.program.version)) else { continue };
            let mut terms = acting.program.terms.iter();
            let code = &self.terms[at.0][at.1];
            if let Some(term) = terms.find(|term| term.code.as_str() == code) {
                let splits = acting.splits && acting.from == *from && period.start < *from;
                parts.push(Part { from: *from, to, program: acting.program, term, splits });
            }
        }
        parts
    }

    fn compute(&self, at: TermAt, found: &Found) -> Awards {
        let calendar = self.calendar(at);
        let mut seen = Seen::default();
        let versions = self.versions_of(at);
        for (program, term) in &versions {
            seen.measures.insert(program.version, self.story.measured(program, term));
        }
        let mut awards = Awards::new();
        for period in calendar.up_to(self.today) {
            let parts = self.parts(at, &period);
            if parts.is_empty() {
                continue;
            }
            for earner in self.earners(at, &period, &parts, &seen) {
                let asked = Asked {
                    earner: &earner,
                    period: &period,
                    calendar: &calendar,
                    parts: &parts,
                    share: None,
                };
                let mut rated = self.groups(at, &asked, &seen, found);
                let last = &parts[parts.len() - 1];
                limits::bound_period(&mut rated, last);
                if limits::is_skipped(last.program, &earner, &period) {
                    for award in &mut rated {
                        award.amount = Decimal::ZERO;
                    }
                }
                if !rated.is_empty() {
                    awards.insert((earner.clone(), period.start), (period.clone(), rated));
                }
            }
        }
        awards
    }

    /// Who is looked at: whoever has a counted fact there, or is owed something without one.
    fn earners(
        &self,
        at: TermAt,
        period: &Period,
        parts: &[Part<'_>],
        seen: &Seen,
    ) -> HashSet<PartnerCode> {
        let mut earners = HashSet::new();
        for part in parts {
            let hits = &seen.measures[&part.program.version];
            let here = hits.iter().filter(|hit| hit.counts && part.holds(hit.day));
            earners.extend(here.map(|hit| hit.earner.clone()));
            let code = part.term.code.as_str();
            for sent in self.story.sent(part.program.code.as_str(), code, period) {
                earners.insert(sent.0.clone());
            }
        }
        let last = &parts[parts.len() - 1];
        if self.versions_of(at).iter().any(|(_, term)| limits::is_for_members(term))
            && limits::is_for_members(last.term)
        {
            earners.extend(self.story.members(last.program, last.term, period));
        }
        earners
    }

    /// The awards of all groups by themselves.
    fn groups(&self, at: TermAt, asked: &Asked<'_>, seen: &Seen, found: &Found) -> Vec<Rated> {
        let mut groups: Vec<Vec<(String, String)>> = Vec::new();
        for part in asked.parts {
            for hit in &seen.measures[&part.program.version] {
                let here = hit.counts && part.holds(hit.day) && &hit.earner == asked.earner;
                if here && !groups.contains(&hit.group) {
                    groups.push(hit.group.clone());
                }
            }
        }
        let part = asked.parts[asked.parts.len() - 1];
        if part.term.external {
            let (program, term) = (part.program.code.as_str(), part.term.code.as_str());
            let sent = self.story.sent(program, term, asked.period);
            let own = sent.into_iter().filter(|(earner, ..)| *earner == asked.earner);
            return own.map(|(_, group, amount)| rate::external(group, amount, &part)).collect();
        }
        if groups.is_empty() {
            groups.push(Vec::new());
        }
        // In the order of their names as they are kept.
        groups.sort_by_key(|group| written(group));
        groups.into_iter().map(|group| self.rate(at, asked, group, seen, found)).collect()
    }
}

impl Part<'_> {
    /// Whether a day of the term lies in the part.
    fn holds(&self, day: Date) -> bool {
        self.from <= day && day < self.to && has_days(self.term, day)
    }
}

/// Whether a day is one of the term's own.
fn has_days(term: &Term, day: Date) -> bool {
    term.starts.is_none_or(|starts| starts <= day) && term.ends.is_none_or(|ends| day <= ends)
}

/// The values of a group as one text.
pub fn written(group: &[(String, String)]) -> String {
    let values = group.iter().map(|(name, value)| format!("{name}\u{1f}{value}"));
    values.collect::<Vec<_>>().join("\u{1e}")
}

fn awarded_names(term: &Term) -> Vec<String> {
    match &term.measure {
        Some(Measure { total: Total::Sum(expr), .. }) => expr.uses_awarded(),
        _ => Vec::new(),
    }
}

/// The days of a window of a reading, `[from, to)`, and whether only enrolled partners count.
fn window(
    look: &Look<'_>,
    asked: &Asked<'_>,
    term: &Term,
    program: &Program,
) -> Option<(Date, Date, bool)> {
    let prior = |prior| asked.calendar.prior(asked.period, prior).map(|(a, b)| (a, b, false));
    let ends = program.ends.and_then(|last| last.tomorrow().ok()).unwrap_or(Date::MAX);
    let own = |from: Date, to: Date| {
        let from = term.starts.map_or(from, |starts| from.max(starts));
        let to = term.ends.map_or(to, |last| to.min(last.tomorrow().expect("a day")));
        (from, to, true)
    };
    match look.window {
        Window::Period | Window::ToDate => Some(own(asked.period.start, asked.period.end)),
        Window::PriorPeriod => prior(domain::period::Prior::Period),
        Window::PriorYear => prior(domain::period::Prior::Year),
        Window::Program => Some(own(program.starts, ends)),
        Window::Span(span) => {
            let length = i32::try_from(span.months).expect("few").months();
            let length = length.days(i32::try_from(span.days).expect("few"));
            let from = asked.period.end.checked_sub(length).expect("a day");
            Some((from, asked.period.end, false))
        }
    }
}

/// What a view compares, for readings that say none.
fn view_of(term: &Term) -> &View {
    term.qualifier.as_ref().map_or(&View::Total, |qualifier| &qualifier.view)
}
