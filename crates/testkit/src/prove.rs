//! What must hold for every story, asked of one story at a time.
//!
//! Each question answers what is wrong, in words, or nothing. A text that the checker refuses, or
//! that a question does not apply to, has nothing wrong with it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::case::{Case, Moment, Snapshot, What};
use domain::program::{AccrueBy, BudgetShare, CatchUp, Every, Program, Release, Returns};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::procedure::{Earned, Key, Procedure, written};
use crate::random::Random;
use crate::tales::{Tale, read};

/// A story with what the core makes of it.
#[derive(Debug)]
pub struct Asked {
    case: Case,
    programs: Vec<Program>,
    snapshot: Snapshot,
}

/// A question about a story; the seed decides what of it is tried.
pub type Question = fn(&Asked, u64) -> Option<String>;

/// Questions that cost as much as telling the story once.
pub const CHEAP: [(&str, Question); 3] =
    [("reference", reference), ("booked", booked), ("tried", tried)];

/// Questions that tell it several times.
pub const DEAR: [(&str, Question); 3] = [("order", order), ("early", early), ("alone", alone)];

impl Asked {
    /// An error says why what the checker accepts cannot be run.
    pub fn new(case: Case, programs: Vec<Program>) -> Result<Asked, String> {
        let snapshot = said(|| told(&case, &programs))??;
        Ok(Asked { case, programs, snapshot })
    }
}

/// Asks a question of a text, and takes a panic for an answer.
pub fn ask_text(question: Question, text: &str, seed: u64) -> Option<String> {
    let (case, programs) = read(text).ok()?;
    match Asked::new(case, programs) {
        Ok(asked) => ask(question, &asked, seed),
        Err(wrong) => Some(wrong),
    }
}

/// Asks, and takes a panic for an answer.
pub fn ask(question: Question, asked: &Asked, seed: u64) -> Option<String> {
    said(|| question(asked, seed)).unwrap_or_else(Some)
}

/// What something answers, or what it says when it panics.
pub fn said<T>(of: impl FnOnce() -> T) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(of)) {
        Ok(answer) => Ok(answer),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(format!("panics: {}", said.unwrap_or_default()))
        }
    }
}

fn told(case: &Case, programs: &[Program]) -> Result<Snapshot, String> {
    let mut story = case.run(programs.to_vec()).map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("accepted, but cannot be run: {}", texts.join("; "))
    })?;
    Ok(story.snapshots.pop().expect("a story has an end"))
}

/// What the core says is earned.
fn earned(snapshot: &Snapshot) -> BTreeMap<Key, Earned> {
    let mut earned: BTreeMap<Key, Earned> = BTreeMap::new();
    for line in &snapshot.awards {
        let group: Vec<(String, String)> =
            line.award.group.values().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let key = (
            line.program.to_string(),
            line.term.code.to_string(),
            line.earner.to_string(),
            line.period.start,
            written(&group),
        );
        let there = earned.entry(key).or_insert_with(|| Earned {
            amount: Decimal::ZERO,
            tier: line.award.tier,
            paid: BTreeMap::new(),
        });
        there.amount += line.award.amount;
        *there.paid.entry(line.partner.to_string()).or_default() += line.award.amount;
    }
    earned
}

/// Amounts that are something.
fn amounts(earned: &BTreeMap<Key, Earned>) -> BTreeMap<Key, Decimal> {
    let some = earned.iter().filter(|(_, earned)| !earned.amount.is_zero());
    some.map(|(key, earned)| (key.clone(), earned.amount.normalize())).collect()
}

fn differ<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    got: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
) -> Option<String> {
    for (key, value) in expected {
        if got.get(key) != Some(value) {
            return Some(format!("{what} {key:?}: {:?}, expected {value:?}", got.get(key)));
        }
    }
    let more = got.iter().find(|(key, _)| !expected.contains_key(key))?;
    Some(format!("{what} {:?}: {:?}, expected none", more.0, more.1))
}

/// The awards are those of the plain loops.
pub fn reference(asked: &Asked, _: u64) -> Option<String> {
    let Asked { case, programs, snapshot } = asked;
    let got = earned(snapshot);
    // Whom a story does not name it may mean all the same.
    case.partners.as_ref()?;
    let expected = Procedure::new(case, programs).awards();
    let wrong = differ("award", &amounts(&got), &amounts(&expected));
    if wrong.is_some() {
        return wrong;
    }
    let tiers = |earned: &BTreeMap<Key, Earned>| -> BTreeMap<Key, Option<u32>> {
        let some = earned.iter().filter(|(_, earned)| !earned.amount.is_zero());
        some.map(|(key, earned)| (key.clone(), earned.tier)).collect()
    };
    let wrong = differ("tier", &tiers(&got), &tiers(&expected));
    if wrong.is_some() {
        return wrong;
    }
    let paid = |earned: &BTreeMap<Key, Earned>| -> BTreeMap<(Key, String), Decimal> {
        let all = earned.iter().flat_map(|(key, earned)| {
            earned.paid.iter().map(|(who, amount)| ((key.clone(), who.clone()), *amount))
        });
        all.filter(|(_, amount)| !amount.is_zero()).map(|(k, a)| (k, a.normalize())).collect()
    };
    differ("paid", &paid(&got), &paid(&expected))
}

/// What a what-if says its facts bring is what the plain loops say with them less without them.
pub fn tried(asked: &Asked, _: u64) -> Option<String> {
    let Asked { case, programs, snapshot } = asked;
    case.partners.as_ref()?;
    for what_if in &case.what_if {
        let Moment::Day(on) = what_if.on else { continue };
        // What is tried after the story's end is not told.
        if case.until.is_none_or(|until| until < on) {
            continue;
        }
        let known: Vec<Program> = programs
            .iter()
            .filter(|program| program.recorded.is_none_or(|recorded| recorded <= on))
            .cloned()
            .collect();
        let mut before = case.clone();
        before.until = Some(on);
        before.timeline.retain(|event| event.known().day() <= on);
        let mut after = before.clone();
        after.timeline.extend(what_if.facts.iter().map(|event| {
            let mut event = event.clone();
            event.recorded = Some(Moment::Day(on));
            event
        }));
        let awards = |case: &Case| amounts(&Procedure::new(case, &known).awards());
        let (before, after) = (awards(&before), awards(&after));
        let of = |awards: &BTreeMap<Key, Decimal>, key: &Key| {
            awards.get(key).copied().unwrap_or_default()
        };
        let mut brings: BTreeMap<Key, Decimal> = BTreeMap::new();
        for key in before.keys().chain(after.keys()) {
            let more = of(&after, key) - of(&before, key);
            brings.extend((!more.is_zero()).then(|| (key.clone(), more.normalize())));
        }
        let mut got: BTreeMap<Key, Decimal> = BTreeMap::new();
        for line in snapshot.what_if.iter().filter(|line| line.what_if == what_if.name) {
            let group: Vec<(String, String)> =
                line.group.values().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let key = (
                line.program.to_string(),
                line.term.to_string(),
                line.partner.to_string(),
                line.period.start,
                written(&group),
            );
            let more = line.brings();
            got.extend((!more.is_zero()).then(|| (key, more.normalize())));
        }
        let wrong = differ("brings", &got, &brings);
        if wrong.is_some() {
            return wrong;
        }
    }
    None
}

/// Whether periods end where somebody ends them.
fn on_demand(programs: &[Program]) -> bool {
    let mut terms = programs.iter().flat_map(|program| &program.terms);
    terms.any(|term| term.periods.every == Every::OnDemand)
}

/// Whether the order of arrival decides something by the words of the program.
fn first_come(programs: &[Program]) -> bool {
    programs.iter().any(|program| {
        let budgets = program.terms.iter().filter_map(|term| term.limits.budget);
        let mut all = budgets.chain(program.limits.budget);
        all.any(|budget| budget.share == BudgetShare::FirstCome)
    })
}

/// In whatever order facts of one day arrive, the same is earned and paid.
pub fn order(asked: &Asked, seed: u64) -> Option<String> {
    let Asked { programs, .. } = asked;
    let mut case = asked.case.clone();
    let facts_alone = case
        .timeline
        .iter()
        .all(|event| matches!(event.what, What::Fact { .. } | What::Set { .. }));
    if !facts_alone || first_come(programs) {
        return None;
    }
    let last = domain::case::Moment::Day(Date::constant(2027, 6, 1));
    for event in &mut case.timeline {
        event.recorded = Some(last);
    }
    let expected = told(&case, programs).ok()?;
    Random::new(seed).shuffle(&mut case.timeline);
    // Of two that change a partner the later one counts.
    case.timeline.sort_by_key(|event| matches!(event.what, What::Set { .. }));
    let got = told(&case, programs).ok()?;
    let wrong = differ("award", &amounts(&earned(&got)), &amounts(&earned(&expected)));
    wrong.or_else(|| {
        (got.payouts != expected.payouts)
            .then(|| format!("payouts {:?}, expected {:?}", got.payouts, expected.payouts))
    })
}

/// What is booked adds up to what is earned, and so do the shares of facts and of payees.
pub fn booked(asked: &Asked, _: u64) -> Option<String> {
    let Asked { case, programs, snapshot } = asked;
    for line in &snapshot.awards {
        let shared: Decimal = line.lines.iter().map(|line| line.amount).sum();
        if shared != line.award.amount && !line.lines.is_empty() {
            return Some(format!(
                "lines of {}/{} {} {} come to {shared}, not {}",
                line.program, line.term.code, line.partner, line.period.name, line.award.amount
            ));
        }
    }
    let held_back = |program: &str, term: &str| {
        let own = programs.iter().filter(|of| of.code.as_str() == program);
        let mut terms = own.flat_map(|of| &of.terms).filter(|of| of.code.as_str() == term);
        terms.any(|term| term.accrue.by != AccrueBy::Earned)
    };
    let mut earned: BTreeMap<(String, String, String, Date), Decimal> = BTreeMap::new();
    for line in &snapshot.awards {
        let money = line.term.reward == domain::program::Reward::Money;
        if money && !held_back(line.program.as_str(), line.term.code.as_str()) {
            let (program, term) = (line.program.to_string(), line.term.code.to_string());
            let key = (program, term, line.partner.to_string(), line.period.start);
            *earned.entry(key).or_default() += line.award.amount;
        }
    }
    let mut accrued: BTreeMap<(String, String, String, Date), Decimal> = BTreeMap::new();
    for line in &snapshot.accruals {
        if !held_back(line.program.as_str(), line.term.as_str()) {
            let (program, term) = (line.program.to_string(), line.term.to_string());
            let key = (program, term, line.partner.to_string(), line.earned_in.start);
            *accrued.entry(key).or_default() += line.amount;
        }
    }
    for sums in [&mut earned, &mut accrued] {
        sums.retain(|_, amount| !amount.is_zero());
        for amount in sums.values_mut() {
            *amount = amount.normalize();
        }
    }
    let wrong = differ("accrued", &accrued, &earned);
    wrong.or_else(|| paid_out(case, programs, snapshot))
}

/// What was due adds up to what is earned, program by program and partner by partner.
fn paid_out(case: &Case, programs: &[Program], snapshot: &Snapshot) -> Option<String> {
    let adjusted = case.timeline.iter().any(|event| matches!(event.what, What::Adjust(_)));
    let lapses = programs.iter().flat_map(|program| &program.terms).any(|term| {
        let payout = &term.payout;
        payout.minimum.is_some()
            || payout.release == Release::Evenly
            || payout.catch_up == CatchUp::End
            || term.reward != domain::program::Reward::Money
            || term.currency.is_some()
            || term.measure.as_ref().is_some_and(|measure| measure.currency.is_some())
            // What is less than a minor unit is no payout.
            || term.rounding.scale.is_some()
    });
    if adjusted || lapses {
        return None;
    }
    let mut earned: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for line in &snapshot.awards {
        let key = (line.program.to_string(), line.partner.to_string());
        *earned.entry(key).or_default() += line.award.amount;
    }
    let mut due: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for payout in &snapshot.payouts {
        let key = (payout.program.to_string(), payout.partner.to_string());
        *due.entry(key).or_default() += payout.line.calculated + payout.line.prior_period;
    }
    for sums in [&mut earned, &mut due] {
        sums.retain(|_, amount| !amount.is_zero());
        for amount in sums.values_mut() {
            *amount = amount.normalize();
        }
    }
    differ("due", &due, &earned)
}

/// Facts that came late, and periods that were closed, change nothing of what is earned in all.
pub fn early(asked: &Asked, _: u64) -> Option<String> {
    let Asked { programs, .. } = asked;
    let mut case = asked.case.clone();
    // Without the closes, periods on demand would end elsewhere.
    let bound = first_come(programs) || on_demand(programs);
    if bound || programs.iter().any(|program| program.recorded.is_some()) {
        return None;
    }
    let late = earned(&asked.snapshot);
    case.timeline.retain(|event| !matches!(event.what, What::Close { .. }));
    let changes = case.timeline.iter().any(|event| {
        matches!(event.what, What::Correct { .. } | What::Cancel { .. } | What::Award(_))
    });
    if !changes {
        for event in &mut case.timeline {
            event.recorded = None;
        }
    }
    let early = earned(&told(&case, programs).ok()?);
    differ("award", &amounts(&late), &amounts(&early))
}

/// A term by itself earns what it earns in company, if no word ties it to others.
pub fn alone(asked: &Asked, _: u64) -> Option<String> {
    let Asked { case, programs, snapshot } = asked;
    if programs.iter().all(|program| program.terms.len() < 2) {
        return None;
    }
    let bound = |program: &Program| program.limits != domain::program::ProgramLimits::default();
    let company = earned(snapshot);
    for code in programs.iter().map(|program| program.code.clone()) {
        let versions: Vec<&Program> = programs.iter().filter(|p| p.code == code).collect();
        // Days of a story are those of its first program's clocks.
        let zone = &programs[0].time_zone;
        if versions.iter().any(|version| bound(version) || version.time_zone != *zone) {
            continue;
        }
        for term in &versions[0].terms {
            let own = || {
                let all = versions.iter().flat_map(|version| &version.terms);
                all.filter(|other| other.code == term.code)
            };
            let tied = own().any(|term| {
                term.lane.is_some()
                    || !term.net_of.is_empty()
                    || term.external
                    || term
                        .requires
                        .iter()
                        .any(|it| matches!(it, domain::program::Requirement::Term { .. }))
                    || matches!(&term.measure, Some(domain::program::Measure {
                        total: domain::program::Total::Sum(expr), ..
                    }) if !expr.uses_awarded().is_empty())
            });
            if tied || own().count() != versions.len() {
                continue;
            }
            let single: Vec<Program> = versions
                .iter()
                .map(|version| {
                    let mut single = (*version).clone();
                    single.terms.retain(|other| other.code == term.code);
                    single
                })
                .collect();
            let mut lonely = case.clone();
            lonely.timeline.retain(|event| match &event.what {
                What::Close { program, .. } => *program == code,
                What::Award(_) | What::Adjust(_) => false,
                _ => true,
            });
            let Ok(snapshot) = told(&lonely, &single) else { continue };
            let got = amounts(&earned(&snapshot));
            let expected: BTreeMap<Key, Decimal> = amounts(&company)
                .into_iter()
                .filter(|(key, _)| key.0 == code.as_str() && key.1 == term.code.as_str())
                .collect();
            let wrong = differ("award alone", &got, &expected);
            if wrong.is_some() {
                return wrong;
            }
        }
    }
    None
}

/// A story in which everything is brought back, beside one in which it was never sold.
pub fn returned(tale: &Tale, random: &mut Random) -> Option<String> {
    let mut tale = tale.clone();
    for program in &mut tale.programs {
        *program = program.replace("own_date", "with_sale").replace("ignored", "with_sale");
        // Returns of a kind that does not count take nothing back.
        *program = program.replace("facts: [sale]", "facts: [sale, return]");
        *program = program.replace("[sale, activity, credit_note]", "[sale, activity, return]");
    }
    tale.lines
        .retain(|line| line.words.starts_with("sale") || line.what != crate::tales::What::Fact);
    tale.lines.retain(|line| line.what != crate::tales::What::Change);
    let (mut whole, mut never) = (tale.clone(), tale.clone());
    for line in &tale.lines {
        let Some(rest) = line.words.strip_prefix("sale: ") else { continue };
        let key = rest.split(',').next().expect("a key");
        if random.chance(1, 3) {
            let recorded = line.recorded + random.below(100);
            whole.lines.push(crate::tales::Line {
                at: None,
                on: recorded,
                recorded,
                what: crate::tales::What::Fact,
                words: format!("return: W{key}, of: {key}"),
            });
            never.lines.retain(|other| other != line);
        }
    }
    let (case, programs) = read(&whole.text()).ok()?;
    let kinds = programs.iter().flat_map(|program| &program.terms);
    let mut nets = kinds.map(|term| term.returns == Returns::WithSale);
    if first_come(&programs) || !nets.all(|nets| nets) {
        return None;
    }
    let (without, _) = read(&never.text()).ok()?;
    let got = amounts(&earned(&told(&case, &programs).ok()?));
    let expected = amounts(&earned(&told(&without, &programs).ok()?));
    differ("award", &got, &expected).map(|wrong| format!("{wrong}\n{}", whole.text()))
}
