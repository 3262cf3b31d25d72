//! Trying: what a text of a program would have earned on the real journal, beside what was earned.
//!
//! # Promises
//!
//! * Nothing is written, and the text need not be saved.
//! * The same measuring and the same evaluation as activating: on days of its own a draft earns
//!   here what it would once it acts.
//! * A program that begins later is tried as if it had begun with the first of the days asked for;
//!   the answer says so.

mod moved;
pub mod promotion;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::amount::Currency;
use domain::award::Award;
use domain::booking::Upto;
use domain::booking::paid;
use domain::booking::world::{Ground, Recorded, World};
use domain::code::{PartnerCode, TermCode};
use domain::period::{Period, day_of};
use domain::plan::{Closes, Plan};
use domain::problem::Problem;
use domain::program::{Names, Program, Reward, Term};
use domain::totals::{Cell, Group, Sums};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use thiserror::Error;

use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader};
use crate::journal;
use crate::rebuild::{MeasureHistory, PlainLoops};
use crate::rules::{self, Rules, RulesError, VersionStatus, read_program};

pub use moved::moved;

/// What the text is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// The versions of the same program that act.
    Acting,
    /// Another program, by its code.
    Program(String),
    Nothing,
}

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub text: String,
    /// First and last day. Periods that touch them are looked at whole.
    pub from: Date,
    pub to: Date,
    pub against: Against,
}

/// Why nothing could be tried.
#[derive(Debug, Error)]
pub enum TrialError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("the text has errors")]
    Problems(Vec<Problem>),
    #[error("the last day is before the first; swap the two")]
    Days,
    #[error("there is no active program `{0}` to compare with")]
    NoProgram(String),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Trial {
    pub code: String,
    pub names: Names,
    pub version: u32,
    pub currency: Currency,
    pub from: Date,
    pub to: Date,
    /// The program begins later, and was tried as if it had begun with these days.
    pub is_moved: bool,
    /// The program it is compared with.
    pub against: Option<(String, Names)>,
    /// The periods that were looked at, by their days.
    pub periods: Vec<Period>,
    /// Those who earn in either, the largest difference first.
    pub lines: Vec<TrialLine>,
    /// By currency, the program's own first.
    pub sums: Vec<TrialSum>,
    /// Facts that wait for a rate, a factor, a price or a number, and earn nothing here.
    pub waiting: usize,
    /// Rows of the journal that were read.
    pub rows: i64,
}

/// Everybody in both, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialSum {
    pub currency: Currency,
    pub was: Decimal,
    pub is: Decimal,
}

impl TrialSum {
    pub fn difference(&self) -> Decimal {
        self.is - self.was
    }
}

/// A partner in both, in one currency.
#[derive(Debug, Clone)]
pub struct TrialLine {
    pub partner: PartnerCode,
    pub currency: Currency,
    pub was: Decimal,
    pub is: Decimal,
    /// What closed periods brought the partner in the program it is compared with.
    pub paid: Decimal,
    pub awards: Vec<TrialAward>,
}

impl TrialLine {
    pub fn difference(&self) -> Decimal {
        self.is - self.was
    }
}

/// One term, period and group of a partner in both. What is no money stands with the lines of the
/// program's own currency, and is added to no sum.
#[derive(Debug, Clone)]
pub struct TrialAward {
    pub term: TermCode,
    pub period: Period,
    pub group: Group,
    pub was: Option<Earned>,
    pub is: Option<Earned>,
}

/// An award on one side.
#[derive(Debug, Clone)]
pub struct Earned {
    pub term: Arc<Term>,
    pub currency: Currency,
    /// The partner's part of it.
    pub amount: Decimal,
    pub award: Award,
}

impl Earned {
    /// In what it pays.
    pub fn unit(&self) -> &str {
        match &self.term.reward {
            Reward::Money => self.currency.as_str(),
            other => other.code(),
        }
    }
}

impl Trial {
    /// How many gain, lose, and stay as they were.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for line in &self.lines {
            match line.difference() {
                up if up > Decimal::ZERO => counts.0 += 1,
                down if down < Decimal::ZERO => counts.1 += 1,
                _ => counts.2 += 1,
            }
        }
        counts
    }
}

/// Plans evaluated together, of which one is asked about.
struct Side {
    plans: Vec<Plan>,
    closes: Vec<Closes>,
    /// Position of the one that is asked about.
    at: usize,
}

/// Tries a text on the journal as it is now.
pub async fn trial(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    ask: &Ask,
) -> Result<Trial, TrialError> {
    if ask.to < ask.from {
        return Err(TrialError::Days);
    }
    let program = readable(&ask.text)?;
    let is_moved = is_later(&program, ask.from);
    let draft = if is_moved {
        side(rules, vec![moved(&program, ask.from, ask.to)], Closes::default())?
    } else {
        acting_with(reader, rules, &program, now).await?
    };
    let against = against(rules, &program, ask, is_moved)?;
    let up_to = journal::highest_seq(reader).await?;
    let (mut cells, waiting) =
        measure(reader, rules, master, &[Some(&draft), against.as_ref()], up_to).await?;
    let recorded = recorded(reader, &draft, against.as_ref()).await?;
    let today = day_of(now, &draft.plans[draft.at].zone);
    let theirs = cells.pop().unwrap_or_default();
    let ours = cells.pop().unwrap_or_default();
    let is = earned(&draft, ours, master, today, &recorded, ask);
    let was = against
        .as_ref()
        .map(|side| earned(side, theirs, master, today, &recorded, ask))
        .unwrap_or_default();
    let paid = match &against {
        Some(side) => {
            paid_out(reader, rules, master, side.plans[side.at].code.as_str(), ask).await?
        }
        None => HashMap::new(),
    };
    let named = against.as_ref().map(|side| {
        let newest = side.plans[side.at].newest();
        (newest.code.to_string(), newest.name.clone())
    });
    let currency = program.currency;
    let (lines, periods) = lines(currency, was, is, &paid);
    Ok(Trial {
        code: program.code.to_string(),
        names: program.name.clone(),
        version: program.version,
        currency,
        from: ask.from,
        to: ask.to,
        is_moved,
        against: named,
        periods,
        sums: sums(currency, &lines),
        lines,
        waiting,
        rows: up_to,
    })
}

/// The program of a text that can be evaluated, whatever else is wrong with it.
fn readable(text: &str) -> Result<Program, TrialError> {
    let parsed = domain::program::parse(text);
    let Some(program) = parsed.value else { return Err(TrialError::Problems(parsed.problems)) };
    let refused: Vec<Problem> =
        domain::program::unsupported(&program).into_iter().filter(Problem::is_error).collect();
    if refused.is_empty() { Ok(program) } else { Err(TrialError::Problems(refused)) }
}

/// Whether a program has nothing to say about these days: it is tried on them all the same.
fn is_later(program: &Program, from: Date) -> bool {
    from < program.starts || program.ends.is_some_and(|ends| ends < from)
}

/// The versions that act, and this one as if it were activated now.
async fn acting_with(
    reader: &mut Reader,
    rules: &Rules,
    program: &Program,
    now: Timestamp,
) -> Result<Side, TrialError> {
    let mut versions = vec![program.clone()];
    let mut closes = Closes::default();
    let mut after_closes: HashMap<u32, Option<Timestamp>> = HashMap::new();
    if let Some(row) = rules::program_by_code(reader, program.code.as_str()).await? {
        for version in rules::versions(reader, row.program_id).await? {
            if version.status == VersionStatus::Active
                && version.version != i64::from(program.version)
                && let Ok(active) = read_program(&version.text)
            {
                versions.push(active);
            }
        }
        if let Some(at) = rules.position(row.program_id) {
            closes = rules.closes[at].clone();
            for version in &rules.plans[at].versions {
                after_closes.insert(version.program.version, version.after_close);
            }
        }
    }
    let mut side = side(rules, versions, closes)?;
    let newest = side.closes[side.at].0.values().max().copied();
    for version in &mut side.plans[side.at].versions {
        let number = version.program.version;
        version.after_close = if number == program.version {
            newest.filter(|closed| *closed <= now.max(*closed))
        } else {
            after_closes.get(&number).copied().flatten()
        };
    }
    Ok(side)
}

fn against(
    rules: &Rules,
    program: &Program,
    ask: &Ask,
    is_moved: bool,
) -> Result<Option<Side>, TrialError> {
    let at = match &ask.against {
        Against::Nothing => return Ok(None),
        Against::Acting => match rules.by_code(program.code.as_str()) {
            Some(at) => at,
            None => return Ok(None),
        },
        Against::Program(code) => {
            rules.by_code(code).ok_or_else(|| TrialError::NoProgram(code.clone()))?
        }
    };
    let plan = &rules.plans[at];
    let later = is_moved && is_later(plan.newest(), ask.from);
    if later && plan.versions.iter().all(|version| is_later(&version.program, ask.from)) {
        // Both begin later: what acts is tried on the same days.
        let moved = moved(plan.newest(), ask.from, ask.to);
        return side(rules, vec![moved], Closes::default()).map(Some);
    }
    let versions = plan.versions.iter().map(|version| (*version.program).clone()).collect();
    let mut side = side(rules, versions, rules.closes[at].clone())?;
    let place = side.at;
    for (ours, theirs) in side.plans[place].versions.iter_mut().zip(&plan.versions) {
        ours.after_close = theirs.after_close;
    }
    Ok(Some(side))
}

/// The plan of these versions, and all others where it looks at any.
fn side(rules: &Rules, versions: Vec<Program>, closes: Closes) -> Result<Side, TrialError> {
    let code = versions.first().map(|program| program.code.clone());
    let looks = versions.iter().any(looks_elsewhere);
    let plan = Plan::new(versions).map_err(|error| {
        let at = domain::program::Position { line: 1, column: 1 };
        let help = "correct the version, or give it another number";
        TrialError::Problems(vec![Problem::error(at, error.to_string(), help)])
    })?;
    let (mut plans, mut all_closes) = (vec![plan], vec![closes]);
    if looks {
        for (plan, closes) in rules.plans.iter().zip(&rules.closes) {
            if Some(&plan.code) != code.as_ref() {
                plans.push(plan.clone());
                all_closes.push(closes.clone());
            }
        }
    }
    // On days of its own it has the periods that were ended.
    if !all_closes[0].0.is_empty()
        && let Some(acting) = code.as_ref().and_then(|code| rules.by_code(code.as_str()))
    {
        plans[0].end_like(&rules.plans[acting]);
    }
    Plan::link(&mut plans);
    Ok(Side { plans, closes: all_closes, at: 0 })
}

/// Whether a program looks at terms of others.
fn looks_elsewhere(program: &Program) -> bool {
    use domain::program::Requirement;
    program.terms.iter().any(|term| {
        let required = term.requires.iter().any(|requirement| {
            matches!(requirement, Requirement::Term { term, .. } if term.program.is_some())
        });
        let awarded = term.measure.as_ref().is_some_and(|measure| {
            matches!(&measure.total, domain::program::Total::Sum(expr)
                if expr.uses_awarded().iter().any(|name| name.contains('/')))
        });
        required || awarded || term.net_of.iter().any(|of| of.program.is_some())
    })
}

/// The cells of each side, from one reading of the journal.
async fn measure(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    sides: &[Option<&Side>],
    up_to: i64,
) -> Result<(Vec<Vec<(Cell, Sums)>>, usize), TrialError> {
    let mut all = Rules::empty(rules.version);
    let mut begins = Vec::new();
    for side in sides {
        begins.push(all.plans.len());
        for (plan, closes) in side.iter().flat_map(|side| side.plans.iter().zip(&side.closes)) {
            all.program_ids.push(i64::try_from(all.plans.len()).unwrap_or(i64::MAX));
            all.plans.push(plan.clone());
            all.closes.push(closes.clone());
        }
    }
    let (totals, waiting) = PlainLoops.measure(reader, &all, master, up_to).await?;
    let mut cells: Vec<Vec<(Cell, Sums)>> = vec![Vec::new(); sides.len()];
    for (cell, sums) in totals.into_cells() {
        let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
        let side = begins.iter().rposition(|begin| *begin <= plan).unwrap_or(0);
        let plan = u32::try_from(plan - begins[side]).unwrap_or(u32::MAX);
        cells[side].push((Cell { plan, ..cell }, sums));
    }
    let code = sides.first().copied().flatten().map(|side| &side.plans[side.at].code);
    let waits: BTreeSet<&str> = waiting
        .iter()
        .filter(|waiting| Some(&waiting.program) == code)
        .map(|waiting| waiting.key.as_str())
        .collect();
    Ok((cells, waits.len()))
}

/// When facts were recorded first, where a budget is given out in that order.
async fn recorded(
    reader: &mut Reader,
    draft: &Side,
    against: Option<&Side>,
) -> Result<HashMap<String, Recorded>, DbError> {
    let is_needed = [Some(draft), against].into_iter().flatten().any(|side| {
        side.plans.iter().flat_map(|plan| &plan.versions).any(|version| {
            let program = &version.program;
            program.limits.budget.is_some()
                || program.terms.iter().any(|term| term.limits.budget.is_some())
        })
    });
    if !is_needed {
        return Ok(HashMap::new());
    }
    let tenant = reader.tenant();
    let sql =
        "SELECT key, MIN(recorded), MIN(fact_seq) FROM fact WHERE tenant_id = $1 GROUP BY key";
    let rows = reader.rows(sql, args![tenant]).await?;
    Ok(rows.iter().map(|row| (row.string(0), (row.instant(1), row.int(2)))).collect())
}

type Key = (PartnerCode, TermCode, Period, Group, Currency);

/// The awards of the program that is asked about, by who is paid, of periods that touch the days.
fn earned(
    side: &Side,
    cells: Vec<(Cell, Sums)>,
    master: &MasterData,
    today: Date,
    recorded: &HashMap<String, Recorded>,
    ask: &Ask,
) -> BTreeMap<Key, Earned> {
    let recorded = |key: &str| recorded.get(key).copied();
    let ground = Ground {
        only: None,
        plans: &side.plans,
        closes: &side.closes,
        master: &master.master,
        today,
        recorded: &recorded,
    };
    let world = World::new(ground, cells.into_iter());
    let plan = &side.plans[side.at];
    let mut found = BTreeMap::new();
    for (asked, (period, awards)) in world.earned(Upto::ALL) {
        if asked.plan != side.at || ask.to < period.start || period.end <= ask.from {
            continue;
        }
        for award in awards {
            let version = plan.version(award.version);
            let Some(rule) = version.and_then(|v| v.rules[usize::from(asked.term)].as_ref()) else {
                continue;
            };
            for (partner, amount) in paid(&award, award.amount, &asked.earner, rule) {
                let code = rule.term.code.clone();
                let group = award.group.clone();
                let key = (partner, code, period.clone(), group, rule.currency);
                let earned = Earned {
                    term: Arc::clone(&rule.term),
                    currency: rule.currency,
                    amount,
                    award: award.clone(),
                };
                found.insert(key, earned);
            }
        }
    }
    found
}

/// What lines add up to, by currency, this one first and always.
fn sums(own: Currency, lines: &[TrialLine]) -> Vec<TrialSum> {
    let mut units = vec![own];
    for line in lines {
        if !units.contains(&line.currency) {
            units.push(line.currency);
        }
    }
    let of = |currency| {
        let lines = || lines.iter().filter(move |line| line.currency == currency);
        let (was, is) = (lines().map(|line| line.was).sum(), lines().map(|line| line.is).sum());
        TrialSum { currency, was, is }
    };
    units.into_iter().map(of).collect()
}

/// What payouts of periods that touch the days came to, by partner and currency.
async fn paid_out(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    code: &str,
    ask: &Ask,
) -> Result<HashMap<(PartnerCode, String), Decimal>, DbError> {
    let mut sums: HashMap<(PartnerCode, String), Decimal> = HashMap::new();
    let Some(at) = rules.by_code(code) else { return Ok(sums) };
    let plan = &rules.plans[at];
    for row in crate::settle::payouts(reader, rules.program_ids[at], "", i64::MAX).await? {
        let touches = domain::settlement::named(plan, row.period_name())
            .is_some_and(|period| period.start <= ask.to && ask.from < period.end);
        if let Some(partner) = master.partner_code(row.partner_id).filter(|_| touches) {
            *sums.entry((partner.clone(), row.unit)).or_default() +=
                row.calculated + row.prior_period;
        }
    }
    Ok(sums)
}

fn lines(
    currency: Currency,
    was: BTreeMap<Key, Earned>,
    is: BTreeMap<Key, Earned>,
    paid: &HashMap<(PartnerCode, String), Decimal>,
) -> (Vec<TrialLine>, Vec<Period>) {
    let mut periods: BTreeSet<Period> = BTreeSet::new();
    let mut awards: BTreeMap<Key, TrialAward> = BTreeMap::new();
    let mut put = |(key, earned): (Key, Earned), is_new: bool| {
        periods.insert(key.2.clone());
        let (_, term, period, group, _) = key.clone();
        let blank = TrialAward { term, period, group, was: None, is: None };
        let award = awards.entry(key).or_insert(blank);
        if is_new { award.is = Some(earned) } else { award.was = Some(earned) }
    };
    for one in was {
        put(one, false);
    }
    for one in is {
        put(one, true);
    }
    let mut by_partner: BTreeMap<(PartnerCode, Currency), Vec<TrialAward>> = BTreeMap::new();
    for ((partner, ..), award) in awards {
        let any = award.is.as_ref().or(award.was.as_ref());
        let unit = any.filter(|earned| earned.term.reward == Reward::Money);
        let of = (partner, unit.map_or(currency, |earned| earned.currency));
        by_partner.entry(of).or_default().push(award);
    }
    let money = |side: Option<&Earned>| {
        side.filter(|earned| earned.term.reward == Reward::Money)
            .map_or(Decimal::ZERO, |earned| earned.amount)
    };
    let mut lines: Vec<TrialLine> = by_partner
        .into_iter()
        .map(|((partner, currency), awards)| TrialLine {
            currency,
            was: awards.iter().map(|award| money(award.was.as_ref())).sum(),
            is: awards.iter().map(|award| money(award.is.as_ref())).sum(),
            paid: paid.get(&(partner.clone(), currency.to_string())).copied().unwrap_or_default(),
            partner,
            awards,
        })
        .collect();
    lines.sort_by(|a, b| {
        let size = |line: &TrialLine| line.difference().abs();
        let own = |line: &TrialLine| line.currency != currency;
        own(a)
            .cmp(&own(b))
            .then_with(|| a.currency.cmp(&b.currency))
            .then_with(|| size(b).cmp(&size(a)))
            .then_with(|| a.partner.cmp(&b.partner))
    });
    (lines, periods.into_iter().collect())
}

#[cfg(test)]
mod tests;
