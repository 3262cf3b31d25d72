//! The SQL of totals.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::code::FactKey;
use domain::measure::Waiting;
use domain::totals::{Cell, Group, Slot, Sums, Totals};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::marks::{Groups, GroupsOf, Stale, Touched, award_keys, new_cells, stale_columns};
use super::scope::{Codes, Earners};
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Put, Reader, Row, Tx, date_of, days_of};
use crate::rules::Rules;

/// A cell by its numbers, as the table's key has them.
type Key = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, String);

fn key_of(cell: &Cell, rules: &Rules, earners: &Earners<'_>) -> Option<Key> {
    let plan = usize::try_from(cell.plan).ok()?;
    Some((
        *rules.program_ids.get(plan)?,
        earners.id(&cell.earner)?,
        i64::from(cell.term),
        days_of(cell.period),
        i64::from(cell.version),
        cell.slot.number(),
        days_of(cell.part),
        days_of(cell.payout),
        days_of(cell.accounting),
        i64::from(cell.late),
        cell.group.as_str().to_owned(),
    ))
}

/// Adds to the cells, and marks what must be evaluated again.
///
/// Reads what is there, adds in exact decimals and writes back; the transaction is the only writer.
pub async fn add(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    totals: Totals,
) -> Result<BTreeSet<Stale>, DbError> {
    Box::pin(add_new(tx, rules, directory, totals, &HashSet::new())).await
}

/// The same, with facts of which nothing was ever counted: what they count in groups of their own
/// is not looked up.
pub(crate) async fn add_new(
    tx: &mut Tx,
    rules: &Rules,
    directory: &MasterData,
    totals: Totals,
    new_facts: &HashSet<&FactKey>,
) -> Result<BTreeSet<Stale>, DbError> {
    if totals.beyond().is_some() {
        return Err(DbError::OutOfRange { what: TOTALS });
    }
    let earners = Earners::of(tx, directory, totals.iter().map(|(cell, _)| &cell.earner)).await?;
    let is_new = |cell: &Cell| {
        let fact = cell.group.get("fact").map(FactKey::new);
        !new_facts.is_empty() && fact.is_some_and(|fact| new_facts.contains(&fact))
    };
    let mut changes: Vec<(Key, Sums)> = Vec::new();
    let mut new: Vec<(Key, Sums)> = Vec::new();
    let mut touched: BTreeMap<Stale, GroupsOf> = BTreeMap::new();
    for (cell, sums) in totals.into_cells() {
        let Some(key) = key_of(&cell, rules, &earners) else { continue };
        let of = Stale { program_id: key.0, partner_id: key.1, term: key.2, period_day: key.3 };
        let groups = touched.entry(of).or_default();
        if is_new(&cell) {
            let cells = groups.entry(key.10.clone()).or_insert_with(|| Some(Vec::new()));
            if let Some(cells) = cells.as_mut().filter(|_| !sums.is_nothing()) {
                cells.push((cell.clone(), sums));
            }
            new.push((key, sums));
        } else {
            groups.insert(key.10.clone(), None);
            changes.push((key, sums));
        }
    }
    let stale: BTreeSet<Stale> = touched.keys().copied().collect();
    // In the order of the table, so that its pages are touched once.
    changes.sort_by(|a, b| a.0.cmp(&b.0));
    new.sort_by(|a, b| a.0.cmp(&b.0));
    for chunk in changes.chunks(CELLS_PER_STATEMENT) {
        add_chunk(tx, chunk).await?;
    }
    for chunk in new.chunks(CELLS_PER_STATEMENT) {
        write(tx, chunk, &vec![false; chunk.len()]).await?;
    }
    note_groups(tx, touched).await?;
    Ok(stale)
}

/// What is added up here, for an error.
pub(crate) const TOTALS: &str = "what facts count for an award";
/// Bounds the size of one look-up.
const CELLS_PER_STATEMENT: usize = 20_000;
/// Bounds what is remembered, to some 20 MiB.
const CELLS_REMEMBERED_MAX: usize = 100_000;
/// Bounds what marks hold: many facts at once are evaluated later, from the table.
const NEW_CELLS_MAX: usize = 20_000;

/// Cells as they are in the database, or nothing where there is none: what was read or written
/// last, so that what moves with every batch is not looked up and marked with every batch.
#[derive(Debug, Default)]
struct Remembered {
    cells: HashMap<Key, Option<Sums>>,
    /// Marks that are there for certain.
    marks: HashMap<Stale, Touched>,
    /// How many cells of new facts marks hold.
    new_cells: usize,
}

impl Remembered {
    fn forget(&mut self) {
        *self = Remembered::default();
    }
}

async fn add_chunk(tx: &mut Tx, changes: &[(Key, Sums)]) -> Result<(), DbError> {
    remember(tx, changes).await?;
    let remembered = tx.memory::<Remembered>().await?;
    let (mut sums, mut there) = (Vec::with_capacity(changes.len()), Vec::new());
    for (key, change) in changes {
        let before = remembered.cells.get(key).copied().flatten();
        there.push(before.is_some());
        let Some(sum) = change.plus(before.unwrap_or_default()) else {
            // Nothing of this transaction is kept, so what it remembered never was.
            remembered.forget();
            return Err(DbError::OutOfRange { what: TOTALS });
        };
        remembered.cells.insert(key.clone(), Some(sum));
        sums.push((key.clone(), sum));
    }
    write(tx, &sums, &there).await
}

/// Writes cells; `there` says of each whether it was.
async fn write(tx: &mut Tx, cells: &[(Key, Sums)], there: &[bool]) -> Result<(), DbError> {
    let text = |sums: &Sums| sums.total.normalize().to_string();
    let mut data = vec![Column::same(tx.tenant())];
    data.extend(key_columns(cells.iter().map(|(key, _)| key)));
    data.push(Column::Text(cells.iter().map(|(_, sums)| text(sums)).collect()));
    data.push(Column::Int(cells.iter().map(|(_, sums)| sums.facts).collect()));
    tx.put_many(&TOTAL, data, there).await
}

const TOTAL: Put = Put {
    table: "total",
    columns: &[
        "tenant_id",
        "program_id",
        "partner_id",
        "term",
        "period_day",
        "version",
        "slot",
        "part_day",
        "payout_day",
        "accounting_day",
        "late",
        "group_key",
        "total",
        "facts",
    ],
    values: 2,
    conflict: "ON CONFLICT (tenant_id, program_id, partner_id, term, period_day, version, slot, \
        part_day, payout_day, accounting_day, late, group_key) \
        DO UPDATE SET total = excluded.total, facts = excluded.facts",
};

/// Looks up what is not remembered of these cells.
async fn remember(tx: &mut Tx, changes: &[(Key, Sums)]) -> Result<(), DbError> {
    let remembered = tx.memory::<Remembered>().await?;
    // Only here, before anything is looked up: what is not remembered counts as not there below.
    if remembered.cells.len() + changes.len() > CELLS_REMEMBERED_MAX {
        remembered.forget();
    }
    let new: Vec<&Key> = changes
        .iter()
        .map(|(key, _)| key)
        .filter(|key| !remembered.cells.contains_key(*key))
        .collect();
    for key in &new {
        remembered.cells.insert((*key).clone(), None);
    }
    let (groups, units): (Vec<&Key>, Vec<&Key>) =
        new.into_iter().partition(|key| !key.10.is_empty());
    let mut found = cells_of_units(tx, &units).await?;
    found.extend(cells_of_groups(tx, &groups).await?);
    let remembered = tx.memory::<Remembered>().await?;
    for (key, sums) in found {
        remembered.cells.insert(key, Some(sums));
    }
    Ok(())
}

/// The cells of awards that are one group: few for each award, so they are looked up by the award
/// alone, all of them. A look-up costs by the columns of its keys.
async fn cells_of_units(tx: &mut Tx, keys: &[&Key]) -> Result<Vec<(Key, Sums)>, DbError> {
    let mut units: Vec<(i64, i64, i64, i64)> =
        keys.iter().map(|key| (key.0, key.1, key.2, key.3)).collect();
    units.dedup();
    let int =
        |read: fn(&(i64, i64, i64, i64)) -> i64| Column::Int(units.iter().map(read).collect());
    let rows = tx
        .lookup(
            "SELECT k.i, t.version, t.slot, t.part_day, t.payout_day, t.accounting_day, t.late, \
             t.total, t.facts FROM {keys} CROSS JOIN total t \
             WHERE t.tenant_id = k.tenant AND t.program_id = k.k1 AND t.partner_id = k.k2 \
             AND t.term = k.k3 AND t.period_day = k.k4 AND t.group_key = k.k5",
            args![],
            vec![
                int(|unit| unit.0),
                int(|unit| unit.1),
                int(|unit| unit.2),
                int(|unit| unit.3),
                // As a constant it would be taken for a choice, as the tenant would.
                Column::Text(vec![String::new(); units.len()]),
            ],
        )
        .await?;
    let cell = |row: &Row| {
        let unit = units.get(usize::try_from(row.int(0)).ok()?)?;
        let key = (
            unit.0,
            unit.1,
            unit.2,
            unit.3,
            row.int(1),
            row.int(2),
            row.int(3),
            row.int(4),
            row.int(5),
            row.int(6),
            String::new(),
        );
        Some((key, Sums { total: decimal(row.text(7)), facts: row.int(8) }))
    };
    Ok(rows.iter().filter_map(cell).collect())
}

/// The cells of awards of many groups, by their whole key.
async fn cells_of_groups(tx: &mut Tx, keys: &[&Key]) -> Result<Vec<(Key, Sums)>, DbError> {
    let rows = tx
        .lookup(
            "SELECT k.i, t.total, t.facts FROM {keys} CROSS JOIN total t \
             WHERE t.tenant_id = k.tenant AND t.program_id = k.k1 AND t.partner_id = k.k2 \
             AND t.term = k.k3 AND t.period_day = k.k4 AND t.version = k.k5 AND t.slot = k.k6 \
             AND t.part_day = k.k7 AND t.payout_day = k.k8 AND t.accounting_day = k.k9 \
             AND t.late = k.k10 AND t.group_key = k.k11",
            args![],
            key_columns(keys.iter().copied()),
        )
        .await?;
    let cell = |row: &Row| {
        let key = *keys.get(usize::try_from(row.int(0)).ok()?)?;
        Some((key.clone(), Sums { total: decimal(row.text(1)), facts: row.int(2) }))
    };
    Ok(rows.iter().filter_map(cell).collect())
}

fn key_columns<'k>(keys: impl Iterator<Item = &'k Key> + Clone) -> Vec<Column> {
    let int = |read: fn(&Key) -> i64| Column::Int(keys.clone().map(read).collect());
    vec![
        int(|key| key.0),
        int(|key| key.1),
        int(|key| key.2),
        int(|key| key.3),
        int(|key| key.4),
        int(|key| key.5),
        int(|key| key.6),
        int(|key| key.7),
        int(|key| key.8),
        int(|key| key.9),
        Column::Text(keys.clone().map(|key| key.10.clone()).collect()),
    ]
}

/// Marks what must be evaluated again.
pub async fn mark(tx: &mut Tx, stale: &BTreeSet<Stale>) -> Result<(), DbError> {
    note(tx, stale).await
}

async fn note(tx: &mut Tx, stale: &BTreeSet<Stale>) -> Result<(), DbError> {
    let remembered = tx.memory::<Remembered>().await?;
    let mut new: Vec<Stale> = Vec::new();
    for mark in stale {
        match remembered.marks.insert(*mark, Touched::All) {
            Some(was) => remembered.new_cells -= was.new_cells(),
            None => new.push(*mark),
        }
    }
    insert_marks(tx, &new).await?;
    Ok(())
}

/// Marks awards of which only these groups must be evaluated again.
async fn note_groups(tx: &mut Tx, mut touched: BTreeMap<Stale, GroupsOf>) -> Result<(), DbError> {
    let remembered = tx.memory::<Remembered>().await?;
    let more: usize = touched.values().map(new_cells).sum();
    if remembered.new_cells + more > NEW_CELLS_MAX {
        let groups = touched.values_mut().flat_map(BTreeMap::values_mut);
        groups.for_each(|cells| *cells = None);
    }
    let mut new: Vec<(Stale, GroupsOf)> = Vec::new();
    for (mark, groups) in touched {
        match remembered.marks.get_mut(&mark) {
            Some(known) => {
                let before = known.new_cells();
                known.also(groups);
                remembered.new_cells = remembered.new_cells + known.new_cells() - before;
            }
            None => new.push((mark, groups)),
        }
    }
    let asked: Vec<Stale> = new.iter().map(|(mark, _)| *mark).collect();
    let inserted = insert_marks(tx, &asked).await?;
    let remembered = tx.memory::<Remembered>().await?;
    for (mark, groups) in new {
        // A mark that was there already may be about more.
        let mut touched = Touched::Groups(GroupsOf::new());
        if inserted.contains(&mark) {
            touched.also(groups);
        } else {
            touched = Touched::All;
        }
        remembered.new_cells += touched.new_cells();
        remembered.marks.insert(mark, touched);
    }
    Ok(())
}

/// Says which of these marks were not there.
async fn insert_marks(tx: &mut Tx, new: &[Stale]) -> Result<HashSet<Stale>, DbError> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let mut data = vec![Column::same(tx.tenant())];
    data.extend(stale_columns(new));
    let rows = tx
        .insert_many_returning(
            "stale",
            &["tenant_id", "program_id", "partner_id", "term", "period_day"],
            data,
            "ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING \
             RETURNING program_id, partner_id, term, period_day",
        )
        .await?;
    Ok(marks(&rows).into_iter().collect())
}

/// The groups that these marks are about, of those that are not about all.
pub async fn touched(tx: &mut Tx, stale: &[Stale]) -> Result<Groups, DbError> {
    let marks = &tx.memory::<Remembered>().await?.marks;
    let groups = stale.iter().filter_map(|of| match marks.get(of)? {
        Touched::All => None,
        Touched::Groups(groups) => Some((*of, groups.clone())),
    });
    Ok(groups.collect())
}

/// Before marks come that are about all.
async fn widen(tx: &mut Tx) -> Result<(), DbError> {
    let remembered = tx.memory::<Remembered>().await?;
    remembered.marks.values_mut().for_each(|touched| *touched = Touched::All);
    remembered.new_cells = 0;
    Ok(())
}

/// Marks everything about a program.
pub async fn mark_all_stale(tx: &mut Tx, program_id: i64) -> Result<(), DbError> {
    widen(tx).await?;
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO stale (tenant_id, program_id, partner_id, term, period_day) \
         SELECT DISTINCT tenant_id, program_id, partner_id, term, period_day FROM total \
         WHERE tenant_id = $1 AND program_id = $2 \
         ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING",
        args![tenant, program_id],
    )
    .await?;
    tx.execute(
        "INSERT INTO stale (tenant_id, program_id, partner_id, term, period_day) \
         SELECT DISTINCT tenant_id, program_id, partner_id, term, period_day FROM award \
         WHERE tenant_id = $1 AND program_id = $2 \
         ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING",
        args![tenant, program_id],
    )
    .await?;
    Ok(())
}

/// The next marks behind one, at most `limit`; from the first on, if there are none.
///
/// Marks come again while facts do, so whoever always began with the first would never see the
/// last.
pub async fn next_stale(
    reader: &mut Reader,
    after: Option<Stale>,
    limit: i64,
) -> Result<Vec<Stale>, DbError> {
    let tenant = reader.tenant();
    if let Some(after) = after {
        let behind = reader
            .rows(
                "SELECT program_id, partner_id, term, period_day FROM stale \
                 WHERE tenant_id = $1 AND \
                 (program_id, partner_id, term, period_day) > ($3, $4, $5, $6) \
                 ORDER BY program_id, partner_id, term, period_day LIMIT $2",
                args![
                    tenant,
                    limit,
                    after.program_id,
                    after.partner_id,
                    after.term,
                    after.period_day
                ],
            )
            .await?;
        if !behind.is_empty() {
            return Ok(marks(&behind));
        }
    }
    let rows = reader
        .rows(
            "SELECT program_id, partner_id, term, period_day FROM stale WHERE tenant_id = $1 \
             ORDER BY program_id, partner_id, term, period_day LIMIT $2",
            args![tenant, limit],
        )
        .await?;
    Ok(marks(&rows))
}

fn marks(rows: &[Row]) -> Vec<Stale> {
    rows.iter()
        .map(|row| Stale {
            program_id: row.int(0),
            partner_id: row.int(1),
            term: row.int(2),
            period_day: row.int(3),
        })
        .collect()
}

pub async fn stale_count(reader: &mut Reader) -> Result<i64, DbError> {
    let row = reader
        .row("SELECT COUNT(*) FROM stale WHERE tenant_id = $1", args![reader.tenant()])
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Takes marks away.
pub async fn clear_stale(tx: &mut Tx, stale: &[Stale]) -> Result<(), DbError> {
    let remembered = tx.memory::<Remembered>().await?;
    for mark in stale {
        let was = remembered.marks.remove(mark);
        remembered.new_cells -= was.map_or(0, |was| was.new_cells());
    }
    tx.execute_many(
        "DELETE FROM stale WHERE (tenant_id, program_id, partner_id, term, period_day) \
         IN (SELECT k.tenant, k.k1, k.k2, k.k3, k.k4 FROM {keys})",
        args![],
        stale_columns(stale),
    )
    .await?;
    Ok(())
}

/// The columns of [`cell`], of the table `t`.
const CELL_COLUMNS: &str = "t.program_id, t.partner_id, t.term, t.period_day, t.version, t.slot, \
    t.part_day, t.payout_day, t.accounting_day, t.late, t.group_key, t.total, t.facts";

/// The cells of these awards.
pub async fn cells_of(
    reader: &mut Reader,
    rules: &Rules,
    directory: &MasterData,
    stale: &[Stale],
) -> Result<HashMap<Stale, Vec<(Cell, Sums)>>, DbError> {
    cells_of_groups_of(reader, rules, directory, stale, &Groups::new()).await
}

/// The cells of these awards, of all their groups or of some.
pub async fn cells_of_groups_of(
    reader: &mut Reader,
    rules: &Rules,
    directory: &MasterData,
    stale: &[Stale],
    groups: &Groups,
) -> Result<HashMap<Stale, Vec<(Cell, Sums)>>, DbError> {
    let rows = reader
        .lookup(
            "SELECT t.program_id, t.partner_id, t.term, t.period_day, t.version, t.slot, \
             t.part_day, t.payout_day, t.accounting_day, t.late, t.group_key, t.total, t.facts \
             FROM {keys} CROSS JOIN total t \
             WHERE t.tenant_id = k.tenant AND t.program_id = k.k1 AND t.partner_id = k.k2 \
             AND t.term = k.k3 AND t.period_day = k.k4 AND t.group_key >= k.k5 \
             AND t.group_key <= k.k6",
            args![],
            award_keys(stale, groups),
        )
        .await?;
    let codes = Codes::of(reader, directory, rows.iter().map(|row| row.int(1))).await?;
    let mut cells: HashMap<Stale, Vec<(Cell, Sums)>> = HashMap::new();
    for row in &rows {
        let of = Stale {
            program_id: row.int(0),
            partner_id: row.int(1),
            term: row.int(2),
            period_day: row.int(3),
        };
        cells.entry(of).or_default().extend(cell(row, rules, &codes));
    }
    for (of, groups) in groups {
        let new = groups.values().flatten().flatten();
        cells.entry(*of).or_default().extend(new.cloned());
    }
    Ok(cells)
}

/// The cells of all periods of these programs, of some earners or of everybody.
pub async fn cells_of_earners(
    reader: &mut Reader,
    rules: &Rules,
    directory: &MasterData,
    (program_ids, earner_ids): (&[i64], Option<&[i64]>),
) -> Result<Vec<(Cell, Sums)>, DbError> {
    let mut cells = Vec::new();
    for program_id in program_ids {
        let rows = if let Some(earners) = earner_ids {
            reader
                .lookup(
                    "SELECT t.program_id, t.partner_id, t.term, t.period_day, t.version, \
                     t.slot, t.part_day, t.payout_day, t.accounting_day, t.late, \
                     t.group_key, t.total, t.facts FROM {keys} CROSS JOIN total t \
                     WHERE t.tenant_id = k.tenant AND t.program_id = k.k1 \
                     AND t.partner_id = k.k2",
                    args![],
                    vec![
                        Column::Int(vec![*program_id; earners.len()]),
                        Column::Int(earners.to_vec()),
                    ],
                )
                .await?
        } else {
            let sql = format!(
                "SELECT {CELL_COLUMNS} FROM total t WHERE t.tenant_id = $1 AND t.program_id = $2"
            );
            let tenant = reader.tenant();
            reader.rows(sqlx::AssertSqlSafe(sql), args![tenant, *program_id]).await?
        };
        let codes = Codes::of(reader, directory, rows.iter().map(|row| row.int(1))).await?;
        cells.extend(rows.iter().filter_map(|row| cell(row, rules, &codes)));
    }
    Ok(cells)
}

/// Whether these programs have at most so many cells.
pub async fn are_few(reader: &mut Reader, program_ids: &[i64], most: i64) -> Result<bool, DbError> {
    let mut left = most;
    for program_id in program_ids {
        let row = reader
            .row(
                "SELECT COUNT(*) FROM (SELECT 1 AS one FROM total WHERE tenant_id = $1 \
                 AND program_id = $2 LIMIT $3) t",
                args![reader.tenant(), *program_id, left + 1],
            )
            .await?;
        left -= row.map_or(0, |row| row.int(0));
        if left < 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The marks of some earners in these programs, or of everybody.
pub async fn marks_of(
    reader: &mut Reader,
    (program_ids, earner_ids): (&[i64], Option<&[i64]>),
) -> Result<Vec<Stale>, DbError> {
    let mut found = Vec::new();
    for program_id in program_ids {
        let rows = if let Some(earners) = earner_ids {
            reader
                .lookup(
                    "SELECT t.program_id, t.partner_id, t.term, t.period_day \
                     FROM {keys} CROSS JOIN stale t WHERE t.tenant_id = k.tenant \
                     AND t.program_id = k.k1 AND t.partner_id = k.k2",
                    args![],
                    vec![
                        Column::Int(vec![*program_id; earners.len()]),
                        Column::Int(earners.to_vec()),
                    ],
                )
                .await?
        } else {
            let tenant = reader.tenant();
            reader
                .rows(
                    "SELECT program_id, partner_id, term, period_day FROM stale \
                     WHERE tenant_id = $1 AND program_id = $2",
                    args![tenant, *program_id],
                )
                .await?
        };
        found.extend(marks(&rows));
    }
    Ok(found)
}

/// Every cell, for comparing with a rebuild. Ordered by the table's key.
pub async fn all_cells(
    reader: &mut Reader,
    rules: &Rules,
    directory: &MasterData,
) -> Result<Vec<(Cell, Sums)>, DbError> {
    let sql = format!(
        "SELECT {CELL_COLUMNS} FROM total t WHERE t.tenant_id = $1 ORDER BY t.program_id, \
         t.partner_id, t.term, t.period_day, t.version, t.slot, t.part_day, t.payout_day, \
         t.accounting_day, t.late, t.group_key"
    );
    let tenant = reader.tenant();
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args![tenant]).await?;
    let codes = Codes::of(reader, directory, rows.iter().map(|row| row.int(1))).await?;
    Ok(rows.iter().filter_map(|row| cell(row, rules, &codes)).collect())
}

/// `None` also where everything cancelled out: such a cell says nothing, not even when.
fn cell(row: &Row, rules: &Rules, codes: &Codes<'_>) -> Option<(Cell, Sums)> {
    let cell = Cell {
        plan: u32::try_from(rules.position(row.int(0))?).ok()?,
        version: u32::try_from(row.int(4)).ok()?,
        term: u16::try_from(row.int(2)).ok()?,
        earner: codes.code(row.int(1))?.clone(),
        period: date(row.int(3)),
        group: Group::from_stored(row.text(10)),
        slot: Slot::from_number(row.int(5))?,
        part: date(row.int(6)),
        payout: date(row.int(7)),
        accounting: date(row.int(8)),
        late: row.bool(9),
    };
    let sums = Sums { total: decimal(row.text(11)), facts: row.int(12) };
    (!sums.is_nothing()).then_some((cell, sums))
}

fn date(days: i64) -> Date {
    date_of(days).unwrap_or(Date::MAX)
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// Before cells are dropped.
async fn forget(tx: &mut Tx) -> Result<(), DbError> {
    tx.memory::<Remembered>().await?.forget();
    Ok(())
}

/// Drops all totals of a program, or of all.
pub async fn clear_program(tx: &mut Tx, program_id: Option<i64>) -> Result<(), DbError> {
    forget(tx).await?;
    let (tenant, program_id) = (tx.tenant(), program_id.unwrap_or(0));
    for sql in [
        "DELETE FROM total WHERE tenant_id = $1 AND ($2 = 0 OR program_id = $2)",
        "DELETE FROM waiting WHERE tenant_id = $1 AND ($2 = 0 OR program_id = $2)",
    ] {
        tx.execute(sql, args![tenant, program_id]).await?;
    }
    Ok(())
}

/// Marks everything about these partners in these programs, and drops their totals there.
pub async fn clear_partners(
    tx: &mut Tx,
    (program_ids, partner_ids): (&[i64], &[i64]),
) -> Result<(), DbError> {
    forget(tx).await?;
    for program_id in program_ids {
        for sql in [
            "INSERT INTO stale (tenant_id, program_id, partner_id, term, period_day) \
             SELECT DISTINCT tenant_id, program_id, partner_id, term, period_day FROM total \
             WHERE (tenant_id, program_id, partner_id) IN (SELECT k.tenant, k.k1, k.k2 \
             FROM {keys}) \
             ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING",
            "DELETE FROM total WHERE (tenant_id, program_id, partner_id) \
             IN (SELECT k.tenant, k.k1, k.k2 FROM {keys})",
        ] {
            let programs = Column::Int(vec![*program_id; partner_ids.len()]);
            let keys = vec![programs, Column::Int(partner_ids.to_vec())];
            tx.execute_many(sql, args![], keys).await?;
        }
    }
    Ok(())
}

/// Drops all totals and marks, and what waits.
pub async fn clear_all(tx: &mut Tx) -> Result<(), DbError> {
    clear_program(tx, None).await?;
    let tenant = tx.tenant();
    tx.execute("DELETE FROM stale WHERE tenant_id = $1", args![tenant]).await?;
    Ok(())
}

/// Marks all for which something was accrued, also where no total is left.
pub async fn mark_accrued_stale(tx: &mut Tx) -> Result<(), DbError> {
    widen(tx).await?;
    let tenant = tx.tenant();
    tx.execute(
        "INSERT INTO stale (tenant_id, program_id, partner_id, term, period_day) \
         SELECT DISTINCT tenant_id, program_id, partner_id, term, period_day FROM accrued \
         WHERE tenant_id = $1 \
         ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING",
        args![tenant],
    )
    .await?;
    Ok(())
}

/// Notes what waits, in place of what was noted for these facts.
pub async fn set_waiting(tx: &mut Tx, rules: &Rules, waiting: &[Waiting]) -> Result<(), DbError> {
    let mut rows: Vec<(String, i64, i64, &str)> = Vec::new();
    for wait in waiting {
        let Some(at) = rules.by_code(wait.program.as_str()) else { continue };
        let Some(term) = rules.plans[at].term(wait.term.as_str()) else { continue };
        let reason = wait.reason.word();
        rows.push((wait.key.to_string(), rules.program_ids[at], i64::from(term), reason));
    }
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Ok(());
    }
    let data = vec![
        Column::same(tx.tenant()),
        Column::Text(rows.iter().map(|row| row.0.clone()).collect()),
        Column::Int(rows.iter().map(|row| row.1).collect()),
        Column::Int(rows.iter().map(|row| row.2).collect()),
        Column::Text(rows.iter().map(|row| row.3.to_owned()).collect()),
    ];
    tx.insert_many(
        "waiting",
        &["tenant_id", "key", "program_id", "term", "reason"],
        data,
        "ON CONFLICT (tenant_id, key, program_id, term, reason) DO NOTHING",
    )
    .await?;
    Ok(())
}

/// Forgets what waited of these facts, before they are measured anew.
pub async fn clear_waiting(tx: &mut Tx, keys: &[FactKey]) -> Result<(), DbError> {
    tx.execute_many(
        "DELETE FROM waiting WHERE (tenant_id, key) IN (SELECT k.tenant, k.k1 FROM {keys})",
        args![],
        vec![Column::Text(keys.iter().map(ToString::to_string).collect())],
    )
    .await?;
    Ok(())
}

pub async fn waiting_count(reader: &mut Reader) -> Result<i64, DbError> {
    let row = reader
        .row("SELECT COUNT(DISTINCT key) FROM waiting WHERE tenant_id = $1", args![reader.tenant()])
        .await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// What waits and why: key, program, term, reason.
pub async fn waiting_list(
    reader: &mut Reader,
    limit: i64,
) -> Result<Vec<(String, i64, i64, String)>, DbError> {
    let rows = reader
        .rows(
            "SELECT key, program_id, term, reason FROM waiting WHERE tenant_id = $1 \
             ORDER BY key, program_id, term, reason LIMIT $2",
            args![reader.tenant(), limit],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.string(0), row.int(1), row.int(2), row.string(3))).collect())
}
