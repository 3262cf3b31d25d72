//! Computing an award again from the journal, for one partner and the days that matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::booking::family::Extent;
use domain::booking::{More, Outcome, Question, world};
use domain::code::{FactKey, PartnerCode};
use domain::measure::{Converted, CountedFact, Event, EventChange, LeftOut, Measurer};
use domain::period::Period;
use domain::plan::{Plan, ReadWindow};
use domain::program::{Earner, Returns};
use domain::totals::{Cell, Slot, Sums, Totals};
use jiff::civil::{Date, date};

use crate::accrue;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader};
use crate::external;
use crate::journal::{self, Entry};
use crate::rules::Rules;

/// Rows of the journal read for one award.
const ENTRIES_MAX: i64 = 2_000_000;
/// No fact is older.
const BEGINNING: Date = date(1, 1, 1);

/// What is to be computed.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Position among the rules' plans.
    pub at: usize,
    pub term: u16,
    pub partner_id: i64,
    pub partner: PartnerCode,
    pub period: Period,
}

/// Everything known about one term, partner and period.
#[derive(Debug)]
pub(super) struct Computed {
    /// `None` if no fact counts or counted.
    pub outcome: Option<Outcome>,
    /// In every reading of every version.
    pub counted: Vec<CountedFact>,
    /// How amount and quantity of each counted fact were converted for the measure.
    pub converted: HashMap<FactKey, Vec<Converted>>,
    /// The newest row of each key that is there.
    pub facts: HashMap<FactKey, Entry>,
    /// Facts of the period that do not count for the term, with why.
    pub left_out: Vec<(FactKey, Why)>,
}

/// Why a fact does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Not of a kind the term looks at.
    Kind,
    /// Outside the days of program, term or periods.
    Days,
    NotEnrolled,
    /// The condition it does not meet, as the program says it.
    Condition(String),
    ReturnsIgnored,
    /// A rate, factor, price or value is missing.
    Waits(domain::measure::WaitReason),
    /// The whole sale came back.
    CameBack,
    /// Cancelled by its source.
    TakenBack,
}

impl Why {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Why::Kind => "kind",
            Why::Days => "days",
            Why::NotEnrolled => "not_enrolled",
            Why::Condition(_) => "condition",
            Why::ReturnsIgnored => "returns_ignored",
            Why::Waits(reason) => reason.word(),
            Why::CameBack => "came_back",
            Why::TakenBack => "taken_back",
        }
    }

    fn of(left_out: LeftOut<'_>) -> Why {
        match left_out {
            LeftOut::Kind => Why::Kind,
            LeftOut::Days => Why::Days,
            LeftOut::NotEnrolled => Why::NotEnrolled,
            LeftOut::Condition(text) => Why::Condition(text.to_owned()),
            LeftOut::ReturnsIgnored => Why::ReturnsIgnored,
            LeftOut::CameBackWhole => Why::CameBack,
            LeftOut::Waits(reason) => Why::Waits(reason),
        }
    }
}

/// Reads and computes.
pub(super) async fn compute(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
) -> Result<Computed, DbError> {
    let entries = entries(reader, rules, master, asked).await?;
    let kept = together(reader, rules, master, asked, Totals::default()).await?;
    let today = accrue::evaluated_on(reader, rules.program_ids[asked.at]).await?;
    let sent = sent(reader, rules, master, asked).await?;
    let computed = measure(rules, master, asked, entries, (today, sent));
    Ok(match kept {
        Some(outcome) => Computed { outcome, ..computed },
        None => computed,
    })
}

/// Computes with all facts, and as if an import had never come; `None` if it brought none of them.
pub(super) async fn with_and_without(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
    import_id: i64,
) -> Result<Option<(Computed, Computed)>, DbError> {
    let all = entries(reader, rules, master, asked).await?;
    let brought = |entry: &Entry| entry.source.is_some_and(|from| from.import_id == import_id);
    let others: Vec<Entry> = all.iter().filter(|entry| !brought(entry)).cloned().collect();
    if others.len() == all.len() {
        return Ok(None);
    }
    let today = accrue::evaluated_on(reader, rules.program_ids[asked.at]).await?;
    let sent = sent(reader, rules, master, asked).await?;
    let mut with = measure(rules, master, asked, all.clone(), (today, sent.clone()));
    let mut without = measure(rules, master, asked, others.clone(), (today, sent));
    if let Some(outcome) = together(reader, rules, master, asked, Totals::default()).await? {
        with.outcome = outcome;
        // What is kept, less what the import brought to it.
        let mut less = totals_of(rules, master, &others);
        for (cell, sums) in totals_of(rules, master, &all).into_cells() {
            less.add(cell, sums.negated());
        }
        without.outcome = together(reader, rules, master, asked, less).await?.unwrap_or_default();
    }
    Ok(Some((with, without)))
}

/// What others computed for the program and the partner, if it takes such amounts.
async fn sent(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
) -> Result<Totals, DbError> {
    let mut all = Totals::default();
    external::measure(reader, rules, master, Some(&[asked.partner_id]), &mut all).await?;
    let mut sent = Totals::default();
    let at = u32::try_from(asked.at).unwrap_or(u32::MAX);
    for (cell, sums) in all.into_cells().filter(|(cell, _)| cell.plan == at) {
        sent.add(cell, sums);
    }
    Ok(sent)
}

/// What an award comes to with all that it depends on, from the totals that are kept and what is
/// added to them. `None` if it depends on nothing but its own facts.
async fn together(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
    more: Totals,
) -> Result<Option<Option<Outcome>>, DbError> {
    let Some(family) = rules.family_of((asked.at, asked.term)) else { return Ok(None) };
    let family = &rules.families()[family];
    let own = [asked.partner_id];
    let earners = (family.extent == Extent::Earner).then_some(&own[..]);
    let today = accrue::evaluated_on(reader, rules.program_ids[asked.at]).await?;
    let today = today.unwrap_or(Date::MIN);
    let found = accrue::outcomes_on(reader, rules, master, today, (family, earners), more).await?;
    let key = world::Asked {
        plan: asked.at,
        term: asked.term,
        earner: asked.partner.clone(),
        period: asked.period.start,
    };
    Ok(Some(found.into_iter().find(|(of, _)| of == &key).map(|(_, outcome)| outcome)))
}

fn totals_of(rules: &Rules, master: &MasterData, entries: &[Entry]) -> Totals {
    let mut measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
    let (mut totals, mut waiting) = (Totals::default(), Vec::new());
    for unit in units_of(entries).values() {
        measurer.unit(unit, 0, &mut totals, &mut waiting);
    }
    totals
}

fn units_of(entries: &[Entry]) -> BTreeMap<&FactKey, Vec<Event<'_>>> {
    let mut units: BTreeMap<&FactKey, Vec<Event<'_>>> = BTreeMap::new();
    for Entry { fact, change, .. } in entries {
        let event = Event { recorded: fact.recorded, fact, change: *change };
        units.entry(journal::unit_key(fact)).or_default().push(event);
    }
    units
}

/// The rows of the journal that matter, in its order.
async fn entries(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
) -> Result<Vec<Entry>, DbError> {
    let plan = &rules.plans[asked.at];
    let window = window(plan, asked.term, &asked.period);
    let mut own = Vec::new();
    for partner_id in contributors(plan, master, asked) {
        let left = ENTRIES_MAX.saturating_sub(i64::try_from(own.len()).unwrap_or(i64::MAX));
        own.extend(journal::of_partner(reader, master, partner_id, window, left).await?);
    }
    let keys: BTreeSet<FactKey> =
        own.iter().map(|entry| journal::unit_key(&entry.fact).clone()).collect();
    let keys: Vec<FactKey> = keys.into_iter().collect();
    // Units come whole: returns of these sales may lie outside the days, or name no partner.
    let mut entries: BTreeMap<i64, Entry> =
        own.into_iter().map(|entry| (entry.seq, entry)).collect();
    for entry in journal::units_of(reader, master, &keys).await? {
        entries.insert(entry.seq, entry);
    }
    Ok(entries.into_values().collect())
}

/// Whose facts an award can be made of: the earner's, those of partners below it, or anybody's
/// where a fact itself names who earns.
fn contributors(plan: &Plan, master: &MasterData, asked: &Asked) -> Vec<i64> {
    let earners = plan.versions.iter().filter_map(|version| {
        let rule = version.rules[usize::from(asked.term)].as_ref();
        rule.map(|rule| &rule.term.earner)
    });
    let (mut below, mut anybody) = (false, false);
    for earner in earners {
        match earner {
            Earner::Partner => {}
            Earner::Path(path) if path.text().starts_with("partner.") => below = true,
            Earner::Path(_) | Earner::Code(_) => anybody = true,
        }
    }
    let all = &master.master.partners;
    let id = |code: &PartnerCode| master.partner_id(code.as_str());
    if anybody {
        return all.keys().filter_map(id).collect();
    }
    if !below {
        return vec![asked.partner_id];
    }
    let names = |code: &PartnerCode| {
        let states = all.get(code).map_or(&[][..], |partner| partner.states());
        let fields = states.iter().flat_map(|state| state.fields.values());
        fields.cloned().collect::<BTreeSet<String>>()
    };
    // A path leads from a partner to one that one of its fields names, and so on.
    let mut reached: BTreeSet<String> = BTreeSet::from([asked.partner.to_string()]);
    let named: Vec<(&PartnerCode, BTreeSet<String>)> =
        all.keys().map(|code| (code, names(code))).collect();
    loop {
        let before = reached.len();
        for (code, fields) in &named {
            if fields.iter().any(|field| reached.contains(field)) {
                reached.insert(code.to_string());
            }
        }
        if reached.len() == before {
            break;
        }
    }
    all.keys().filter(|code| reached.contains(code.as_str())).filter_map(id).collect()
}

fn measure(
    rules: &Rules,
    master: &MasterData,
    asked: &Asked,
    entries: Vec<Entry>,
    (today, sent): (Option<Date>, Totals),
) -> Computed {
    let plan = &rules.plans[asked.at];
    let closes = &rules.closes[asked.at];
    let units = units_of(&entries);
    let mut measurer =
        Measurer::new(std::slice::from_ref(plan), std::slice::from_ref(closes), &master.master);
    let (mut totals, mut waiting) = (sent, Vec::new());
    let (mut counted, mut converted) = (Vec::new(), HashMap::new());
    for unit in units.values() {
        measurer.unit(unit, 0, &mut totals, &mut waiting);
        let own = measurer.counted(unit).into_iter().filter(|fact| {
            fact.term == asked.term
                && fact.earner == asked.partner
                && fact.counted.period.start == asked.period.start
        });
        for fact in own {
            if fact.slot == Slot::Measure {
                let of = (0, fact.version, fact.term);
                let told = measurer.converted(unit, &fact.key, of).into_iter().flatten();
                converted.insert(fact.key.clone(), told.collect());
            }
            counted.push(fact);
        }
    }
    let mut cells: Vec<(Cell, Sums)> = totals
        .into_cells()
        .filter(|(cell, _)| cell.term == asked.term && cell.period == asked.period.start)
        .filter(|(cell, _)| cell.earner == asked.partner)
        .collect();
    cells.sort_by(|(a, _), (b, _)| a.cmp(b));
    let question = Question {
        plan,
        term: asked.term,
        earner: &asked.partner,
        period: &asked.period,
        closes,
        cells: &cells,
        more: More { figures: Some(&master.master.figures), today, ..More::default() },
    };
    let outcome = (!cells.is_empty()).then(|| question.outcome());
    let left_out = left_out(asked, plan, &units, &mut measurer);
    drop(units);
    let mut facts = HashMap::new();
    for entry in entries {
        facts.insert(entry.fact.key.clone(), entry);
    }
    Computed { outcome, counted, converted, facts, left_out }
}

/// The days whose facts can matter for a period: its own, and those of its baselines.
fn window(plan: &Plan, term: u16, period: &Period) -> (Date, Date) {
    let calendar = &plan.terms[usize::from(term)].calendar;
    let (mut from, mut to) = (period.start, period.end);
    let rules = plan.versions.iter().filter_map(|v| v.rules[usize::from(term)].as_ref());
    for rule in rules {
        // Such a return counts on its own day, and may name an older sale and no partner.
        if rule.term.returns == Returns::OwnDate {
            from = BEGINNING;
        }
        for read in &rule.reads {
            match read.window {
                ReadWindow::Period => {}
                ReadWindow::Prior(prior) => {
                    if let Some((start, end)) = calendar.prior(period, prior) {
                        (from, to) = (from.min(start), to.max(end));
                    }
                }
                // However far back: the measurer knows what counts.
                ReadWindow::Program | ReadWindow::Span(..) => from = BEGINNING,
            }
        }
    }
    (from, to)
}

/// The facts of the partner in the period that the acting version does not count.
fn left_out(
    asked: &Asked,
    plan: &Plan,
    units: &BTreeMap<&FactKey, Vec<Event<'_>>>,
    measurer: &mut Measurer<'_>,
) -> Vec<(FactKey, Why)> {
    let acting = plan.acting(asked.term, &asked.period, &|_| true);
    let mut found = Vec::new();
    for events in units.values() {
        let sale = events.iter().find(|event| event.fact.of.is_none());
        let mut seen: BTreeSet<&FactKey> = BTreeSet::new();
        for event in events {
            let fact = event.fact;
            let partner = fact.partner.as_ref().or_else(|| sale?.fact.partner.as_ref());
            let day = fact.date();
            if !seen.insert(&fact.key)
                || partner != Some(&asked.partner)
                || !asked.period.contains(day)
            {
                continue;
            }
            let newest = events.iter().rev().find(|other| other.fact.key == fact.key);
            if newest.is_some_and(|newest| newest.change == EventChange::TakenBack) {
                found.push((fact.key.clone(), Why::TakenBack));
                continue;
            }
            let part = plan.part_of(asked.term, day);
            let version = acting.iter().find(|(from, _)| *from == part).and_then(|(_, v)| *v);
            let Some(version) = version.map(|version| version.program.version) else {
                found.push((fact.key.clone(), Why::Days));
                continue;
            };
            if let Err(why) = measurer.explain(events, &fact.key, (0, version, asked.term)) {
                found.push((fact.key.clone(), Why::of(why)));
            }
        }
    }
    found
}
