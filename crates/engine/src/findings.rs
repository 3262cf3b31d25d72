//! What a draft would meet in the real data: looked at before somebody lets it act.
//!
//! # Promises
//!
//! * One pass over the newest facts of a year, and no more of them than [`FACTS_MAX`].
//! * Every finding carries how many partners or lines it is about, and some of them by name.
//! * A finding is a warning: it says what is unlikely to be meant. What cannot be meant is an error
//!   of the text's own checker.

use std::collections::{BTreeMap, BTreeSet};

use domain::code::{FactKey, PartnerCode, TermCode};
use domain::condition::{Awarded, Expr, Subject};
use domain::evaluate::table;
use domain::fact::Fact;
use domain::figure::Asked;
use domain::measure::{Event, Measurer, WaitReason};
use domain::plan::{Closes, Plan};
use domain::program::{
    BaselineOf, Compare, Figure, Members, Opens, Program, Reading, Requirement, Row, Term, Total,
    View, WhenZero,
};
use domain::standing::is_enrolled;
use domain::totals::{Group, Slot, Totals};
use jiff::civil::Date;

use crate::catalog::MasterData;
use crate::db::{DbError, Reader};
use crate::journal::{self, Entry};
use crate::rules::{Rules, VersionRow, VersionStatus, read_program};
use crate::trial::moved;

/// No more facts are looked at.
pub const FACTS_MAX: i64 = 50_000;
/// No more partners or lines are named.
const NAMED_MAX: usize = 5;
/// Below this share of lines an overlap is not worth a word, in hundredths.
const OVERLAP_MIN: usize = 1;

/// Something to look at before deciding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Days on which no version acts, or on which a term has no row.
    NoVersion {
        from: Date,
        to: Date,
    },
    NoRow {
        term: TermCode,
        from: Date,
        to: Date,
    },
    /// A value of a dimension that facts of the year have, and none of the term's rows.
    NoTable {
        term: TermCode,
        group: String,
        lines: usize,
        partners: usize,
    },
    /// A row that nothing can reach: its days, its group, or another row in its place.
    Unreachable {
        term: TermCode,
        row: u32,
        opens: Option<rust_decimal::Decimal>,
        why: Unreachable,
    },
    /// A condition that no fact of the year meets.
    NeverMet {
        term: Option<TermCode>,
        condition: String,
    },
    /// Nothing of the year counts for the term.
    NothingCounts {
        term: TermCode,
    },
    /// Lines that another active term counts, too.
    Overlap {
        term: TermCode,
        program: String,
        other: TermCode,
        lines: usize,
        of: usize,
    },
    /// Lines that would wait.
    Waiting {
        reason: WaitReason,
        what: String,
        lines: usize,
        partners: usize,
    },
    /// A figure table that is not there, or says nothing for some partners.
    NoFigures {
        term: TermCode,
        table: String,
        partners: usize,
        of: usize,
        named: Vec<String>,
    },
    /// Who can earn, and has nothing that counts.
    NoFacts {
        partners: usize,
        of: usize,
        named: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// It ends before the program begins, or begins after it ends.
    Days,
    /// No product, partner or fact has this value of the group.
    Group,
    /// More than everything there can be of a share.
    Share,
    /// More facts than `frequency` lets count.
    Frequency,
}

impl Finding {
    /// The stable word for its kind.
    pub fn word(&self) -> &'static str {
        match self {
            Finding::NoVersion { .. } => "no_version",
            Finding::NoRow { .. } => "no_row",
            Finding::NoTable { .. } => "no_table",
            Finding::Unreachable { .. } => "unreachable",
            Finding::NeverMet { .. } => "never_met",
            Finding::NothingCounts { .. } => "nothing_counts",
            Finding::Overlap { .. } => "overlap",
            Finding::Waiting { .. } => "waiting",
            Finding::NoFigures { .. } => "no_figures",
            Finding::NoFacts { .. } => "no_facts",
        }
    }

    /// The term it is about, if one.
    pub fn term(&self) -> Option<&TermCode> {
        match self {
            Finding::NoRow { term, .. }
            | Finding::NoTable { term, .. }
            | Finding::Unreachable { term, .. }
            | Finding::NothingCounts { term }
            | Finding::Overlap { term, .. }
            | Finding::NoFigures { term, .. } => Some(term),
            Finding::NeverMet { term, .. } => term.as_ref(),
            Finding::NoVersion { .. } | Finding::Waiting { .. } | Finding::NoFacts { .. } => None,
        }
    }
}

/// All that was found, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    pub found: Vec<Finding>,
    /// The days whose facts were looked at, first and last.
    pub from: Date,
    pub to: Date,
    pub facts: usize,
    /// Whether there were more.
    pub is_sample: bool,
    pub members: usize,
}

/// Looks at a program beside the data of the year up to a day.
pub async fn findings(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    today: Date,
    (program, versions): (&Program, &[VersionRow]),
) -> Result<Findings, DbError> {
    let from = today.checked_sub(jiff::Span::new().years(1)).unwrap_or(today);
    let tomorrow = today.tomorrow().unwrap_or(today);
    let entries = journal::recent(reader, master, (from, tomorrow), FACTS_MAX).await?;
    let is_sample = i64::try_from(entries.len()).unwrap_or(i64::MAX) == FACTS_MAX;
    let mut found = static_findings(program, versions);
    let members = members(program, master, today);
    figures(program, master, &members, &mut found);
    let year = Year { program, rules, master, from, to: today, entries: &entries };
    year.look(&members, &mut found);
    Ok(Findings { found, from, to: today, facts: entries.len(), is_sample, members: members.len() })
}

/// What can be said without any data.
fn static_findings(program: &Program, versions: &[VersionRow]) -> Vec<Finding> {
    let mut found = Vec::new();
    let active = versions.iter().filter(|row| {
        row.status == VersionStatus::Active && row.version < i64::from(program.version)
    });
    if let domain::program::Change::Amends { from, .. } = program.change
        && let Some(before) =
            active.max_by_key(|row| row.version).and_then(|row| read_program(&row.text).ok())
        && let Some(gap) = before.ends.and_then(|ends| ends.tomorrow().ok())
        && gap < from
    {
        found.push(Finding::NoVersion { from: gap, to: from.yesterday().unwrap_or(from) });
    }
    for term in &program.terms {
        gaps(program, term, &mut found);
        for (number, row) in (1u32..).zip(&term.rows) {
            if let Some(why) = unreachable(program, term, row) {
                let opens = opens(row);
                let term = term.code.clone();
                found.push(Finding::Unreachable { term, row: number, opens, why });
            }
        }
    }
    found
}

fn opens(row: &Row) -> Option<rust_decimal::Decimal> {
    match row.opens {
        Opens::Always => None,
        Opens::From(at) | Opens::Above(at) => Some(at),
    }
}

fn unreachable(program: &Program, term: &Term, row: &Row) -> Option<Unreachable> {
    let last = term.ends.or(program.ends);
    let first = term.starts.unwrap_or(program.starts);
    if row.ends.is_some_and(|ends| ends < first)
        || row.starts.zip(last).is_some_and(|(starts, last)| last < starts)
    {
        return Some(Unreachable::Days);
    }
    let at = opens(row)?;
    let view = term.qualifier.as_ref().map(|reading| &reading.view);
    let beyond = match row.opens {
        Opens::Above(_) => at >= rust_decimal::Decimal::ONE,
        _ => at > rust_decimal::Decimal::ONE,
    };
    if matches!(view, Some(domain::program::View::Share(_))) && beyond {
        return Some(Unreachable::Share);
    }
    let counted = term.qualifier.as_ref().map(|reading| &reading.total);
    let counted = counted.or_else(|| term.measure.as_ref().map(|measure| &measure.total));
    if let (Some(domain::program::Total::Count), Some(frequency)) = (counted, &term.frequency)
        && matches!(
            frequency.per,
            domain::program::FrequencyPer::Period | domain::program::FrequencyPer::Program
        )
        && at > rust_decimal::Decimal::from(frequency.first)
    {
        return Some(Unreachable::Frequency);
    }
    None
}

/// Days of a term on which none of its dated rows is there.
fn gaps(program: &Program, term: &Term, found: &mut Vec<Finding>) {
    if term.rows.is_empty() || term.rows.iter().any(|row| row.starts.or(row.ends).is_none()) {
        return;
    }
    let first = term.starts.unwrap_or(program.starts);
    let last = term.ends.or(program.ends).unwrap_or(Date::MAX);
    let mut spans: Vec<(Date, Date)> = term
        .rows
        .iter()
        .map(|row| (row.starts.unwrap_or(Date::MIN), row.ends.unwrap_or(Date::MAX)))
        .collect();
    spans.sort_unstable();
    let mut next = first;
    let mut gap = |from: Date, to: Date| {
        found.push(Finding::NoRow { term: term.code.clone(), from, to });
    };
    for (starts, ends) in spans {
        if next < starts && starts <= last {
            gap(next, starts.yesterday().unwrap_or(starts));
        }
        if next <= ends {
            match ends.tomorrow() {
                Ok(day) => next = day,
                Err(_) => return,
            }
        }
    }
    if next <= last {
        gap(next, last);
    }
}

/// Who can earn today, or on the program's first day if that is still to come.
fn members(program: &Program, master: &MasterData, today: Date) -> BTreeSet<PartnerCode> {
    if let Members::List(list) = &program.partners {
        return list.iter().map(|member| member.partner.clone()).collect();
    }
    let last = program.ends.unwrap_or(Date::MAX);
    let day = today.max(program.starts).min(last);
    let all = master.master.partners.keys();
    all.filter(|code| is_enrolled(program, code, day, &master.master)).cloned().collect()
}

fn some<'c>(codes: impl Iterator<Item = &'c PartnerCode>) -> Vec<String> {
    codes.take(NAMED_MAX).map(ToString::to_string).collect()
}

/// Targets and baselines that are not there.
fn figures(
    program: &Program,
    master: &MasterData,
    members: &BTreeSet<PartnerCode>,
    found: &mut Vec<Finding>,
) {
    let all = [Group::one()];
    // With groups a figure may be given for each of them alone, and only facts tell which.
    for term in program.terms.iter().filter(|term| term.group_by.names.is_empty()) {
        let asked: Vec<(&PartnerCode, &Group)> = members
            .iter()
            .flat_map(|member| all.iter().map(move |group| (member, group)))
            .collect();
        figures_of(program, term, master, &asked, found);
    }
}

/// Of a term's tables, those that say nothing for some of these partners and groups.
fn figures_of(
    program: &Program,
    term: &Term,
    master: &MasterData,
    all: &[(&PartnerCode, &Group)],
    found: &mut Vec<Finding>,
) {
    let calendar = domain::period::Calendar::qualifying(program, term);
    let Some(period) = calendar.first() else { return };
    let of = all.iter().map(|(partner, _)| partner).collect::<BTreeSet<_>>().len();
    for table in tables(term) {
        let lacks = |(partner, group): &&(&PartnerCode, &Group)| {
            let (period, calendar) = (&period, &calendar);
            let asked = Asked { partner, period, calendar, group, known: Date::MAX };
            master.master.figures.find(&table, &asked).is_none()
        };
        let lacking: BTreeSet<&PartnerCode> =
            all.iter().filter(lacks).map(|(partner, _)| *partner).collect();
        if !lacking.is_empty() {
            let (partners, named) = (lacking.len(), some(lacking.into_iter()));
            let term = term.code.clone();
            found.push(Finding::NoFigures { term, table, partners, of, named });
        }
    }
}

/// The figure tables that a term reads.
fn tables(term: &Term) -> Vec<String> {
    let table = |of: &BaselineOf| match of {
        BaselineOf::Figure(Figure::Table(table)) => Some(table.clone()),
        _ => None,
    };
    let mut tables: Vec<String> = match &term.compare {
        Compare::Nothing | Compare::Target(Figure::Number(_)) => Vec::new(),
        Compare::Target(Figure::Table(table)) => vec![table.clone()],
        Compare::Baseline(baseline) => {
            let other = match &baseline.when_zero {
                WhenZero::Other(of) => table(of),
                _ => None,
            };
            table(&baseline.of).into_iter().chain(other).collect()
        }
    };
    if let domain::program::AccrueBy::Forecast(table) = &term.accrue.by {
        tables.push(table.clone());
    }
    tables
}

/// A year of facts beside a program.
struct Year<'y> {
    program: &'y Program,
    rules: &'y Rules,
    master: &'y MasterData,
    from: Date,
    to: Date,
    entries: &'y [Entry],
}

impl Year<'_> {
    fn look(&self, members: &BTreeSet<PartnerCode>, found: &mut Vec<Finding>) {
        if self.entries.is_empty() {
            return;
        }
        let never = self.never_met();
        let (plans, others) = self.plans();
        let closes = vec![Closes::default(); plans.len()];
        let mut measurer = Measurer::new(&plans, &closes, &self.master.master);
        let mut counts = Counts::default();
        for events in self.units().values() {
            let (mut totals, mut waits) = (Totals::default(), Vec::new());
            measurer.unit(events, 0, &mut totals, &mut waits);
            let mut seen: BTreeSet<(usize, u16)> = BTreeSet::new();
            let own = &plans[0].code;
            for waits in waits.iter().filter(|waits| &waits.program == own) {
                let fact = events.iter().find(|event| event.fact.key == waits.key);
                counts.waiting_terms.insert(waits.term.clone());
                counts.waits(waits.reason, fact.map(|event| event.fact));
            }
            for (cell, _) in totals.iter().filter(|(cell, _)| cell.slot == Slot::Measure) {
                let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
                seen.insert((plan, cell.term));
                if plan == 0 {
                    counts.earners.insert(cell.earner.clone());
                    let group = (cell.term, cell.group.of_award());
                    let of_group = counts.whole.entry(group).or_default();
                    of_group.0 += 1;
                    of_group.1.insert(cell.earner.clone());
                    for (name, value) in cell.group.values() {
                        counts.groups.insert((cell.term, name.to_owned(), value.to_owned()));
                    }
                }
            }
            counts.lines(&seen);
        }
        self.nothing_counts(&plans[0], &counts, &never, found);
        found.extend(
            never.into_iter().map(|(term, condition)| Finding::NeverMet { term, condition }),
        );
        self.no_group(&plans[0], &counts, found);
        self.groups(&plans[0], &counts, found);
        overlaps(&plans, &others, &counts, found);
        for ((reason, what), (lines, partners)) in counts.waiting {
            found.push(Finding::Waiting { reason, what, lines, partners: partners.len() });
        }
        let idle = || members.iter().filter(|member| !counts.earners.contains(*member));
        let partners = idle().count();
        // Partners with nothing are the rule where the sample is not the whole year.
        if partners > 0 && counts.by_term.keys().any(|(plan, _)| *plan == 0) {
            let (of, named) = (members.len(), some(idle()));
            found.push(Finding::NoFacts { partners, of, named });
        }
    }

    /// The facts by the units they belong to.
    fn units(&self) -> BTreeMap<&FactKey, Vec<Event<'_>>> {
        let mut units: BTreeMap<&FactKey, Vec<Event<'_>>> = BTreeMap::new();
        for Entry { fact, change, .. } in self.entries {
            let event = Event { recorded: fact.recorded, fact, change: *change };
            units.entry(journal::unit_key(fact)).or_default().push(event);
        }
        units
    }

    /// The program and the others that act at the same time, all as if they held for the year.
    fn plans(&self) -> (Vec<Plan>, Vec<String>) {
        let on_days = |program: &Program| Plan::new(vec![moved(program, self.from, self.to)]).ok();
        let mut plans: Vec<Plan> = on_days(self.program).into_iter().collect();
        let mut others = vec![self.program.code.to_string()];
        for plan in &self.rules.plans {
            let newest = plan.newest();
            let last = |program: &Program| program.ends.unwrap_or(Date::MAX);
            let together =
                newest.starts <= last(self.program) && self.program.starts <= last(newest);
            if newest.code != self.program.code && together {
                plans.extend(on_days(newest));
                others.push(newest.code.to_string());
            }
        }
        (plans, others)
    }

    /// Conditions, each taken by itself, that no fact meets.
    fn never_met(&self) -> Vec<(Option<TermCode>, String)> {
        let mut open: Vec<(Option<TermCode>, Expr)> = Vec::new();
        let mut put = |term: Option<&TermCode>, condition: Option<&Expr>| {
            for part in condition.into_iter().flat_map(Expr::conjuncts) {
                // What other terms awarded is not known here.
                if part.uses_awarded().is_empty() {
                    open.push((term.cloned(), part));
                }
            }
        };
        put(None, self.program.when.as_ref());
        if let Members::Where(condition) = &self.program.partners {
            put(None, Some(condition));
        }
        for term in &self.program.terms {
            put(Some(&term.code), term.when.as_ref());
            for condition in conditions(term) {
                put(Some(&term.code), Some(condition));
            }
        }
        for entry in self.entries {
            if open.is_empty() {
                break;
            }
            open.retain(|(_, condition)| !self.meets(&entry.fact, condition));
        }
        open.into_iter().map(|(term, condition)| (term, condition.text().to_owned())).collect()
    }

    fn meets(&self, fact: &Fact, condition: &Expr) -> bool {
        let date = fact.date();
        let master = &self.master.master;
        let partner = fact
            .partner
            .as_ref()
            .and_then(|code| Some((code, master.partners.get(code)?.on(date))));
        let subject = Subject {
            fact,
            date,
            quantity: fact.quantity,
            amount: fact.amount,
            partner: partner.map(|(_, fields)| fields),
            product: fact.product.as_ref().and_then(|code| master.products.get(code)),
            earner: partner,
            master,
            lists: &self.program.lists,
            currency: None,
            awarded: Awarded::Unknown,
        };
        // What cannot be told (a price, a missing number) is no finding of this kind.
        condition.truth(&subject).unwrap_or(true)
    }

    /// Rows for a value of the group that nothing of the year has.
    fn no_group(&self, plan: &Plan, counts: &Counts, found: &mut Vec<Finding>) {
        for term in &self.program.terms {
            let Some(at) = plan.term(term.code.as_str()) else { continue };
            if !counts.by_term.contains_key(&(0, at)) {
                continue;
            }
            for (number, row) in (1u32..).zip(&term.rows) {
                let has = |(name, value): (&String, &String)| {
                    counts.groups.contains(&(at, name.clone(), value.clone()))
                };
                if !row.dimensions.iter().all(has) {
                    let (term, opens) = (term.code.clone(), opens(row));
                    let why = Unreachable::Group;
                    found.push(Finding::Unreachable { term, row: number, opens, why });
                }
            }
        }
    }

    /// Groups that facts of the year have: those for which no row of the term pays, and figures
    /// that are not given for them.
    fn groups(&self, plan: &Plan, counts: &Counts, found: &mut Vec<Finding>) {
        for term in self.program.terms.iter().filter(|term| !term.group_by.names.is_empty()) {
            let Some(at) = plan.term(term.code.as_str()) else { continue };
            let of_term = || counts.whole.iter().filter(|((of, _), _)| *of == at);
            for ((_, group), (lines, partners)) in of_term() {
                if !term.rows.is_empty() && table(term, group).is_empty() {
                    let values = group.values().map(|(name, value)| format!("{name}: {value}"));
                    let group = values.collect::<Vec<_>>().join(", ");
                    let term = term.code.clone();
                    let (lines, partners) = (*lines, partners.len());
                    found.push(Finding::NoTable { term, group, lines, partners });
                }
            }
            let asked: Vec<(&PartnerCode, &Group)> = of_term()
                .flat_map(|((_, group), (_, partners))| partners.iter().map(move |p| (p, group)))
                .collect();
            figures_of(self.program, term, self.master, &asked, found);
        }
    }

    fn nothing_counts(
        &self,
        plan: &Plan,
        counts: &Counts,
        never: &[(Option<TermCode>, String)],
        found: &mut Vec<Finding>,
    ) {
        for term in &self.program.terms {
            let takes_facts = !matches!(term.facts, domain::program::FactsOf::None);
            let counted = plan
                .term(term.code.as_str())
                .is_some_and(|at| counts.by_term.contains_key(&(0, at)));
            let said = never.iter().any(|(of, _)| of.as_ref().is_none_or(|of| of == &term.code));
            let said = said || counts.waiting_terms.contains(&term.code);
            if takes_facts && !term.external && !counted && !said {
                found.push(Finding::NothingCounts { term: term.code.clone() });
            }
        }
    }
}

/// The conditions of a term's readings, its own aside.
fn conditions(term: &Term) -> Vec<&Expr> {
    let required = term.requires.iter().filter_map(|requirement| match requirement {
        Requirement::Reading { reading, .. } => Some(&**reading),
        Requirement::Term { .. } => None,
    });
    let readings: Vec<&Reading> = term.qualifier.iter().chain(required).collect();
    let totals = readings.iter().map(|reading| &reading.total);
    let totals = totals.chain(term.measure.as_ref().map(|measure| &measure.total));
    let parts = totals.filter_map(|total| match total {
        Total::Sets(parts) => Some(parts.iter().map(|(when, _)| when)),
        _ => None,
    });
    let of_reading = readings.iter().flat_map(|reading| {
        let share = match &reading.view {
            View::Share(of) => Some(&**of),
            _ => None,
        };
        reading.when.iter().chain(share)
    });
    of_reading.chain(parts.flatten()).collect()
}

/// What was counted on the way.
#[derive(Default)]
struct Counts {
    by_term: BTreeMap<(usize, u16), usize>,
    /// Lines that a term of the program and one of another count.
    both: BTreeMap<(u16, (usize, u16)), usize>,
    earners: BTreeSet<PartnerCode>,
    /// Values of the groups that were counted: term, name, value.
    groups: BTreeSet<(u16, String, String)>,
    /// Whole groups that were counted, with their lines and partners.
    whole: BTreeMap<(u16, Group), (usize, BTreeSet<PartnerCode>)>,
    waiting_terms: BTreeSet<TermCode>,
    waiting: BTreeMap<(WaitReason, String), (usize, BTreeSet<PartnerCode>)>,
}

impl Counts {
    fn lines(&mut self, seen: &BTreeSet<(usize, u16)>) {
        for at in seen {
            *self.by_term.entry(*at).or_default() += 1;
        }
        for (_, own) in seen.iter().filter(|(plan, _)| *plan == 0) {
            for other in seen.iter().filter(|(plan, _)| *plan != 0) {
                *self.both.entry((*own, *other)).or_default() += 1;
            }
        }
    }

    fn waits(&mut self, reason: WaitReason, fact: Option<&Fact>) {
        let of = |text: Option<String>| text.unwrap_or_default();
        let what = match reason {
            WaitReason::NoRate => of(fact.and_then(|f| f.currency).map(|c| c.to_string())),
            WaitReason::NoFactor => {
                of(fact.and_then(|fact| fact.unit.as_ref()).map(ToString::to_string))
            }
            WaitReason::NoPrice | WaitReason::NoValue => String::new(),
        };
        let entry = self.waiting.entry((reason, what)).or_default();
        entry.0 += 1;
        entry.1.extend(fact.and_then(|fact| fact.partner.clone()));
    }
}

fn overlaps(plans: &[Plan], others: &[String], counts: &Counts, found: &mut Vec<Finding>) {
    for ((own, (plan, term)), lines) in &counts.both {
        let of = counts.by_term.get(&(0, *own)).copied().unwrap_or(0);
        let (Some(mine), Some(theirs)) =
            (plans[0].terms.get(usize::from(*own)), plans[*plan].terms.get(usize::from(*term)))
        else {
            continue;
        };
        if of > 0
            && OVERLAP_MIN * of <= lines * 100
            && !is_net(&plans[0], *own, &plans[*plan], *term)
        {
            let program = others.get(*plan).cloned().unwrap_or_default();
            let (term, other) = (mine.code.clone(), theirs.code.clone());
            found.push(Finding::Overlap { term, program, other, lines: *lines, of });
        }
    }
}

/// Whether one of two terms is net of the other, so that both are meant to count a line.
fn is_net(own: &Plan, term: u16, other: &Plan, other_term: u16) -> bool {
    let names = |from: &Plan, term: u16, to: &Plan, to_term: u16| {
        let Some(to_code) = to.terms.get(usize::from(to_term)).map(|term| &term.code) else {
            return false;
        };
        let rule =
            from.versions.last().and_then(|version| version.rules[usize::from(term)].as_ref());
        rule.is_some_and(|rule| {
            let mut net_of = rule.term.net_of.iter();
            net_of.any(|of| of.program.as_ref() == Some(&to.code) && &of.term == to_code)
        })
    };
    names(own, term, other, other_term) || names(other, other_term, own, term)
}

#[cfg(test)]
mod tests;
