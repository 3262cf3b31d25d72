//! Families: awards that depend on each other are evaluated together, out of all their cells.
//!
//! # Invariants
//!
//! * A mark of a family stands for everything that its extent reaches: all awards of the earner, or
//!   everybody's. What did not change is written nowhere.
//! * The evaluation is `domain::booking::world`, the same that `tokuten try` uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::booking::Outcome;
use domain::booking::family::{Extent, Family};
use domain::booking::world::{Asked, Ground, Only, Recorded, World};
use domain::code::PartnerCode;
use domain::program::BudgetShare;
use domain::totals::{Cell, Sums, Totals};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Moved, days, settle_on, store};
use crate::catalog::MasterData;
use crate::db::{DbError, Reader, Tx, days_of};
use crate::journal;
use crate::rules::Rules;
use crate::totals::{self, Groups, Stale};

/// Earners that are evaluated at a time, where none depends on another.
const EARNERS_PER_WORLD: usize = 200;
/// Awards that are compared and posted at a time.
const AWARDS_PER_STEP: usize = 5_000;

/// Evaluates all that these marks of a family reach. Says how many postings that took, and whose
/// awards were looked at.
pub(super) async fn evaluate(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (family, marks): (usize, &BTreeSet<Stale>),
) -> Result<(usize, Moved), DbError> {
    let family = &rules.families()[family];
    let (mut postings, mut moved) = (0, Moved::new());
    if family.extent == Extent::Everyone {
        let step = evaluate_for(tx, rules, master, now, (family, None)).await?;
        return Ok(step);
    }
    let earners: BTreeSet<i64> = marks.iter().map(|mark| mark.partner_id).collect();
    let earners: Vec<i64> = earners.into_iter().collect();
    for some in earners.chunks(EARNERS_PER_WORLD) {
        let step = evaluate_for(tx, rules, master, now, (family, Some(some))).await?;
        postings += step.0;
        moved.extend(step.1);
    }
    Ok((postings, moved))
}

async fn evaluate_for(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    (family, earner_ids): (&Family, Option<&[i64]>),
) -> Result<(usize, Moved), DbError> {
    let today = days::today(rules, family.terms.first().map_or(0, |first| first.0), now);
    let of = (family, earner_ids);
    let found = outcomes_on(tx, rules, master, today, of, Totals::default()).await?;
    let mut outcomes: BTreeMap<Stale, Option<Outcome>> = BTreeMap::new();
    for (asked, outcome) in found {
        if let Some(of) = stale_of(rules, master, &asked) {
            outcomes.insert(of, Some(outcome));
        }
    }
    // What was there before, and marks of what is not there any more.
    let programs = program_ids(rules, family);
    let mut known = store::known_of(tx, (&programs, earner_ids)).await?;
    known.extend(totals::marks_of(tx, (&programs, earner_ids)).await?);
    for of in known.into_iter().filter(|of| is_of(rules, family, of)) {
        outcomes.entry(of).or_default();
    }
    let outcomes: Vec<(Stale, Option<Outcome>)> = outcomes.into_iter().collect();
    let (mut postings, mut moved) = (0, Moved::new());
    for some in outcomes.chunks(AWARDS_PER_STEP) {
        let changed = store::changed(tx, some, rules, master).await?;
        moved.extend(changed.iter().map(|of| (of.program_id, of.partner_id)));
        postings += settle_on(tx, rules, master, now, some, (&changed, &Groups::new())).await?;
    }
    Ok((postings, moved))
}

/// Every award of a family, of some earners or of everybody, and where it is booked, with more
/// than what is kept of totals.
pub async fn outcomes_on(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    today: Date,
    (family, earner_ids): (&Family, Option<&[i64]>),
    mut more: Totals,
) -> Result<BTreeMap<Asked, Outcome>, DbError> {
    let programs = program_ids(rules, family);
    let mut cells =
        totals::cells_of_earners(reader, rules, master, (&programs, earner_ids)).await?;
    if !more.is_empty() {
        for (cell, sums) in cells.drain(..) {
            more.add(cell, sums);
        }
        cells.extend(more.into_cells());
        // Of more than was kept, only who was asked for.
        if let Some(ids) = earner_ids {
            cells.retain(|(cell, _)| {
                master.partner_id(cell.earner.as_str()).is_some_and(|id| ids.contains(&id))
            });
        }
    }
    cells.retain(|(cell, _)| {
        let plan = usize::try_from(cell.plan).unwrap_or(usize::MAX);
        family.terms.binary_search(&(plan, cell.term)).is_ok()
    });
    let recorded = recorded(reader, rules, family, &cells).await?;
    let earners: Option<BTreeSet<PartnerCode>> = earner_ids
        .map(|ids| ids.iter().filter_map(|id| master.partner_code(*id)).cloned().collect());
    let ground = Ground {
        plans: &rules.plans,
        closes: &rules.closes,
        master: &master.master,
        today,
        recorded: &|key| recorded.get(key).copied(),
        only: Some(Only { family, earners: earners.as_ref() }),
    };
    Ok(World::new(ground, cells.into_iter()).outcomes())
}

fn program_ids(rules: &Rules, family: &Family) -> Vec<i64> {
    family.plans().into_iter().map(|plan| rules.program_ids[plan]).collect()
}

fn is_of(rules: &Rules, family: &Family, of: &Stale) -> bool {
    let at = || Some((rules.position(of.program_id)?, u16::try_from(of.term).ok()?));
    at().is_some_and(|at| family.terms.binary_search(&at).is_ok())
}

fn stale_of(rules: &Rules, master: &MasterData, asked: &Asked) -> Option<Stale> {
    Some(Stale {
        program_id: *rules.program_ids.get(asked.plan)?,
        partner_id: master.partner_id(asked.earner.as_str())?,
        term: i64::from(asked.term),
        period_day: days_of(asked.period),
    })
}

/// When facts were recorded, where a budget goes to who comes first.
pub(crate) async fn recorded(
    reader: &mut Reader,
    rules: &Rules,
    family: &Family,
    cells: &[(Cell, Sums)],
) -> Result<HashMap<String, Recorded>, DbError> {
    let first_come = |share: BudgetShare| share == BudgetShare::FirstCome;
    let asks = family.plans().into_iter().any(|plan| {
        rules.plans[plan].versions.iter().any(|version| {
            let own = version.rules.iter().flatten();
            let mut budgets = own.filter_map(|rule| rule.term.limits.budget.as_ref());
            version.program.limits.budget.is_some_and(|budget| first_come(budget.share))
                || budgets.any(|budget| first_come(budget.share))
        })
    });
    if !asks {
        return Ok(HashMap::new());
    }
    let keys: BTreeSet<&str> =
        cells.iter().filter_map(|(cell, _)| cell.group.get("fact")).collect();
    journal::first_recorded(reader, keys.into_iter().map(str::to_owned).collect()).await
}
