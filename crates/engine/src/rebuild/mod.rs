//! Rebuilding: all that is derived made anew from journal and postings.
//!
//! For programs that were activated over history, for master data that changed after the fact, and
//! to prove that what was kept step by step is what the journal says.
//!
//! # Invariants
//!
//! * What comes out equals what taking the same facts in one by one would have given.
//! * Everything happens in the transaction it is given: a reader sees the old totals or the new.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;

use domain::code::FactKey;
use domain::measure::{Event, Measurer, Waiting, is_scope};
use domain::plan::Plan;
use domain::totals::{Cell, Sums, Totals};
use jiff::Timestamp;

use crate::accrue::{self, Accrued};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Tx};
use crate::external;
use crate::journal::{self, Entry};
use crate::ledger;
use crate::rules::Rules;
use crate::totals;

/// Measures a history of facts for many programs at once.
///
/// Here by plain loops over the journal; engines for larger histories implement the same, and must
/// give the same sums to the last digit.
pub trait MeasureHistory {
    /// The totals of all facts up to a number of the journal, and what waits.
    fn measure(
        &self,
        reader: &mut Reader,
        rules: &Rules,
        master: &MasterData,
        up_to: i64,
    ) -> impl Future<Output = Result<(Totals, Vec<Waiting>), DbError>> + Send;
}

/// One fact after the other, from the journal.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainLoops;

/// Rows of the journal read at a time.
const ROWS_PER_PAGE: i64 = 20_000;

impl MeasureHistory for PlainLoops {
    async fn measure(
        &self,
        reader: &mut Reader,
        rules: &Rules,
        master: &MasterData,
        up_to: i64,
    ) -> Result<(Totals, Vec<Waiting>), DbError> {
        let joined = joined_keys(reader).await?;
        let (mut totals, mut waiting) = (Totals::default(), Vec::new());
        let mut after = 0;
        while after < up_to {
            let page = journal::scan(reader, master, after, ROWS_PER_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let mut measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
            for entry in page.iter().filter(|entry| entry.seq <= up_to) {
                if !joined.contains(journal::unit_key(&entry.fact)) {
                    measurer.unit(&[event(entry)], 0, &mut totals, &mut waiting);
                }
            }
        }
        let keys: Vec<FactKey> = joined.into_iter().collect();
        measure_units(reader, rules, master, (&keys, up_to), &mut totals, &mut waiting).await?;
        external::measure(reader, rules, master, None, &mut totals).await?;
        Ok((totals, waiting))
    }
}

fn event(entry: &Entry) -> Event<'_> {
    Event { recorded: entry.fact.recorded, fact: &entry.fact, change: entry.change }
}

/// Keys of units of more than one row.
async fn joined_keys(reader: &mut Reader) -> Result<HashSet<FactKey>, DbError> {
    let rows = reader
        .rows(
            "SELECT DISTINCT of_key FROM fact WHERE tenant_id = $1 AND of_key IS NOT NULL \
             UNION SELECT COALESCE(of_key, key) FROM fact WHERE tenant_id = $1 AND change = 1",
            args![reader.tenant()],
        )
        .await?;
    Ok(rows.iter().map(|row| FactKey::new(row.text(0))).collect())
}

/// Units whose rows are looked up together.
const UNITS_PER_LOOKUP: usize = 5_000;

async fn measure_units(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    (keys, up_to): (&[FactKey], i64),
    totals: &mut Totals,
    waiting: &mut Vec<Waiting>,
) -> Result<(), DbError> {
    for keys in keys.chunks(UNITS_PER_LOOKUP) {
        let entries = journal::units_of(reader, master, keys).await?;
        let mut units: BTreeMap<&FactKey, Vec<Event<'_>>> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.seq <= up_to) {
            units.entry(journal::unit_key(&entry.fact)).or_default().push(event(entry));
        }
        let mut measurer = Measurer::new(&rules.plans, &rules.closes, &master.master);
        for events in units.values() {
            measurer.unit(events, 0, totals, waiting);
        }
    }
    Ok(())
}

/// Drops everything that is derived and makes it anew: totals and what waits from the journal,
/// balances and what was accrued from the postings, awards and what is due from the totals.
pub async fn all(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
) -> Result<Accrued, DbError> {
    totals::clear_all(tx).await?;
    let up_to = journal::highest_seq(tx).await?;
    let (found, waiting) = PlainLoops.measure(tx, rules, master, up_to).await?;
    totals::set_waiting(tx, rules, &waiting).await?;
    totals::add(tx, rules, master, found).await?;
    ledger::rebuild_balances(tx).await?;
    accrue::rebuild(tx, rules, master, now).await
}

/// Measures programs anew, all or those given with all whose awards depend on theirs, and marks
/// everything about them.
pub async fn programs(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    only: Option<&[i64]>,
) -> Result<(), DbError> {
    let related = only.map(|only| rules.related(only));
    let chosen = chosen(rules, related.as_deref());
    accrue::begin_anew(tx, &chosen.program_ids).await?;
    for program_id in &chosen.program_ids {
        totals::mark_all_stale(tx, *program_id).await?;
        totals::clear_program(tx, Some(*program_id)).await?;
    }
    let up_to = journal::highest_seq(tx).await?;
    let (found, waiting) = PlainLoops.measure(tx, &chosen, master, up_to).await?;
    totals::set_waiting(tx, &chosen, &waiting).await?;
    totals::add(tx, &chosen, master, found).await?;
    Ok(())
}

fn chosen(rules: &Rules, only: Option<&[i64]>) -> Rules {
    let mut chosen = Rules::empty(rules.version);
    for (at, program_id) in rules.program_ids.iter().enumerate() {
        if only.is_none_or(|only| only.contains(program_id)) {
            chosen.plans.push(rules.plans[at].clone());
            chosen.closes.push(rules.closes[at].clone());
            chosen.program_ids.push(*program_id);
        }
    }
    chosen
}

/// Measures all facts of these partners anew, after what is known of them changed. Programs in which
/// facts count for others than their own partner are measured as a whole.
pub async fn partners(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    partner_ids: &[i64],
) -> Result<(), DbError> {
    if partner_ids.is_empty() || rules.plans.is_empty() {
        return Ok(());
    }
    let ids = || rules.program_ids.iter().copied();
    let (own, crossing): (Vec<i64>, Vec<i64>) = ids().partition(|id| {
        let plan = rules.position(*id).map(|at| &rules.plans[at]);
        plan.is_some_and(Plan::keeps_to_partner)
    });
    accrue::begin_anew(tx, &own).await?;
    if !own.is_empty() {
        partners_in(tx, &chosen(rules, Some(&own)), master, partner_ids).await?;
    }
    if !crossing.is_empty() {
        programs(tx, rules, master, Some(&crossing)).await?;
    }
    Ok(())
}

/// In programs in which facts count for their own partner alone.
async fn partners_in(
    tx: &mut Tx,
    rules: &Rules,
    master: &MasterData,
    partner_ids: &[i64],
) -> Result<(), DbError> {
    totals::clear_partners(tx, (&rules.program_ids, partner_ids)).await?;
    let rows = tx
        .lookup(
            "SELECT DISTINCT COALESCE(f.of_key, f.key) FROM {keys} CROSS JOIN fact f \
             WHERE f.tenant_id = k.tenant AND f.partner_id = k.k1",
            args![],
            vec![Column::Int(partner_ids.to_vec())],
        )
        .await?;
    let keys: Vec<FactKey> = rows.iter().map(|row| FactKey::new(row.text(0))).collect();
    let up_to = journal::highest_seq(tx).await?;
    let (mut found, mut waiting) = (Totals::default(), Vec::new());
    measure_units(tx, rules, master, (&keys, up_to), &mut found, &mut waiting).await?;
    if found.beyond().is_some() {
        return Err(DbError::OutOfRange { what: totals::TOTALS });
    }
    // A unit may have passed from one partner to another; the totals of others still stand.
    let of_theirs = |cell: &Cell| {
        master.partner_id(cell.earner.as_str()).is_some_and(|id| partner_ids.contains(&id))
    };
    let mut theirs = Totals::default();
    for (cell, sums) in found.into_cells().filter(|(cell, _)| of_theirs(cell)) {
        theirs.add(cell, sums);
    }
    external::measure(tx, rules, master, Some(partner_ids), &mut theirs).await?;
    // Returns wait under their own keys, not under that of the sale they belong with.
    let units = keys.iter().map(ToString::to_string).collect();
    let rows = tx
        .lookup(
            "SELECT DISTINCT f.key FROM {keys} CROSS JOIN fact f \
             WHERE f.tenant_id = k.tenant AND f.of_key = k.k1",
            args![],
            vec![Column::Text(units)],
        )
        .await?;
    let returns = rows.iter().map(|row| FactKey::new(row.text(0)));
    let waited: Vec<FactKey> = keys.iter().cloned().chain(returns).collect();
    totals::clear_waiting(tx, &waited).await?;
    totals::set_waiting(tx, rules, &waiting).await?;
    totals::add(tx, rules, master, theirs).await?;
    Ok(())
}

/// A cell in which the totals kept differ from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub cell: Cell,
    pub kept: Sums,
    pub measured: Sums,
}

/// Compares the totals kept with a fresh measurement of the whole journal.
pub async fn compare(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
) -> Result<(usize, Vec<Difference>), DbError> {
    let up_to = journal::highest_seq(reader).await?;
    let (measured, _) = PlainLoops.measure(reader, rules, master, up_to).await?;
    if measured.beyond().is_some() {
        return Err(DbError::OutOfRange { what: totals::TOTALS });
    }
    // A fact may count for somebody who is not known yet; it is counted once they are.
    let is_known =
        |cell: &Cell| is_scope(&cell.earner) || master.partner_id(cell.earner.as_str()).is_some();
    let mut measured: HashMap<Cell, Sums> =
        measured.into_cells().filter(|(cell, _)| is_known(cell)).collect();
    let cells = measured.len();
    let mut differences = Vec::new();
    for (cell, kept) in totals::all_cells(reader, rules, master).await? {
        let fresh = measured.remove(&cell).unwrap_or_default();
        if fresh != kept {
            differences.push(Difference { cell, kept, measured: fresh });
        }
    }
    differences.extend(measured.into_iter().map(|(cell, measured)| Difference {
        cell,
        kept: Sums::default(),
        measured,
    }));
    differences.sort_by(|a, b| a.cell.cmp(&b.cell));
    Ok((cells, differences))
}
