//! Lines that wait: facts that count for nothing in some term until a rate, a factor, a price or a
//! value arrives. Which lines, whose, for which terms, and what exactly is missing.
//!
//! # Promises
//!
//! * A line is listed once for each reason it waits for, however many terms it waits in.
//! * What it lacks is found by measuring it again while you look, with the master data of now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::code::FactKey;
use domain::fact::Fact;
use domain::measure::{Event, EventChange, Lack};
use domain::program::Names;

use super::like;
use crate::access::Viewer;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{Column, DbError, Reader, Row};
use crate::journal::{self, Entry};
use crate::rules::Rules;

/// Lines on a page at most.
const LINES_PER_PAGE_MAX: i64 = 10_000;

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct WaitingQuery {
    pub program_id: Option<i64>,
    pub partner_id: Option<i64>,
    /// A word of [`WaitReason`](domain::measure::WaitReason); empty for all.
    pub reason: String,
    /// A part of the line's key, or of its partner's code or name.
    pub search: String,
    pub offset: i64,
    pub limit: i64,
}

/// A line that waits for one reason.
#[derive(Debug, Clone)]
pub struct WaitingLine {
    pub key: String,
    /// The stable word.
    pub reason: String,
    /// Code and names of the line's partner.
    pub partner: Option<(String, Names)>,
    /// As it stands now; a return has from its sale what it does not say itself of partner and
    /// product. `None` for an amount from outside.
    pub fact: Option<Fact>,
    /// What would make it count. `None` if that is there by now, a moment before it counts.
    pub lack: Option<Lack>,
    /// Programs by their position among the rules' plans, and their terms that wait for it.
    pub terms: Vec<(usize, u16)>,
}

/// A part of the lines that wait.
#[derive(Debug, Clone, Default)]
pub struct WaitingLines {
    pub rows: Vec<WaitingLine>,
    /// How many match, by reason, whatever reason is asked for.
    pub reasons: BTreeMap<String, i64>,
    /// How many match.
    pub total: i64,
}

/// Lines with their newest row in the journal, and whose they are: a return that names nobody is
/// its sale's partner's.
const FROM: &str = "FROM waiting w \
    LEFT JOIN fact f ON f.tenant_id = w.tenant_id AND f.fact_seq = (SELECT MAX(n.fact_seq) \
    FROM fact n WHERE n.tenant_id = w.tenant_id AND n.key = w.key) \
    LEFT JOIN fact s ON f.partner_id IS NULL AND s.tenant_id = w.tenant_id \
    AND s.fact_seq = (SELECT MAX(n.fact_seq) FROM fact n WHERE n.tenant_id = w.tenant_id \
    AND n.key = f.of_key) \
    LEFT JOIN partner p ON p.tenant_id = w.tenant_id \
    AND p.partner_id = COALESCE(f.partner_id, s.partner_id) \
    WHERE w.tenant_id = $1 AND ($2 = 0 OR w.program_id = $2) AND ($3 = 0 OR p.partner_id = $3) \
    AND (LOWER(w.key) LIKE $4 ESCAPE '!' OR COALESCE(p.search, '') LIKE $4 ESCAPE '!')";

/// The lines that wait, the newest business date first.
pub async fn waiting(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    viewer: Viewer,
    query: &WaitingQuery,
) -> Result<WaitingLines, DbError> {
    let Ok(partner_id) = viewer.scope(query.partner_id) else {
        return Ok(WaitingLines::default());
    };
    let tenant = reader.tenant();
    let (program, partner) = (query.program_id.unwrap_or(0), partner_id.unwrap_or(0));
    let search = like(&query.search);
    let sql = format!("SELECT w.reason, COUNT(DISTINCT w.key) {FROM} GROUP BY w.reason");
    let args = args![tenant, program, partner, &search];
    let counted = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    let reasons: BTreeMap<String, i64> =
        counted.iter().map(|row| (row.string(0), row.int(1))).collect();
    let wanted = |reason: &String| query.reason.is_empty() || *reason == query.reason;
    let total = reasons.iter().filter(|(reason, _)| wanted(reason)).map(|(_, n)| n).sum();
    let (limit, offset) = (query.limit.clamp(1, LINES_PER_PAGE_MAX), query.offset.max(0));
    let sql = format!(
        "SELECT w.key, w.reason, MAX(COALESCE(f.of_key, w.key)), MAX(p.code), MAX(p.names) {FROM} \
         AND ($5 = '' OR w.reason = $5) GROUP BY w.key, w.reason \
         ORDER BY MAX(f.happened) DESC, w.key, w.reason LIMIT {limit} OFFSET {offset}"
    );
    let args = args![tenant, program, partner, &search, &query.reason];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    let terms = terms_of(reader, rules, &rows).await?;
    let units = units_of(reader, master, &rows).await?;
    let rows = lines(rules, master, &rows, &terms, &units).await;
    Ok(WaitingLines { rows, reasons, total })
}

/// How many lines wait that a viewer may see.
pub async fn waits(reader: &mut Reader, viewer: Viewer) -> Result<i64, DbError> {
    let Ok(partner_id) = viewer.scope(None) else { return Ok(0) };
    let sql = format!("SELECT COUNT(DISTINCT w.key) {FROM}");
    let (tenant, all) = (reader.tenant(), like(""));
    let args = args![tenant, 0, partner_id.unwrap_or(0), &all];
    let row = reader.row(sqlx::AssertSqlSafe(sql), args).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

type Terms = HashMap<(String, String), Vec<(usize, u16)>>;
type Units = HashMap<FactKey, Vec<Entry>>;

/// In which terms these lines wait, by key and reason.
async fn terms_of(reader: &mut Reader, rules: &Rules, rows: &[Row]) -> Result<Terms, DbError> {
    let keys: BTreeSet<String> = rows.iter().map(|row| row.string(0)).collect();
    let found = reader
        .lookup(
            "SELECT w.key, w.reason, w.program_id, w.term FROM {keys} CROSS JOIN waiting w \
             WHERE w.tenant_id = k.tenant AND w.key = k.k1",
            args![],
            vec![Column::Text(keys.into_iter().collect())],
        )
        .await?;
    let mut terms = Terms::new();
    for row in &found {
        let (Some(at), Ok(term)) = (rules.position(row.int(2)), u16::try_from(row.int(3))) else {
            continue;
        };
        terms.entry((row.string(0), row.string(1))).or_default().push((at, term));
    }
    for terms in terms.values_mut() {
        terms.sort_unstable();
    }
    Ok(terms)
}

/// The rows of the journal of these lines' sales, by the sale's key.
async fn units_of(
    reader: &mut Reader,
    master: &MasterData,
    rows: &[Row],
) -> Result<Units, DbError> {
    let sales: BTreeSet<FactKey> = rows.iter().map(|row| FactKey::new(row.text(2))).collect();
    let sales: Vec<FactKey> = sales.into_iter().collect();
    let mut units = Units::new();
    for entry in journal::units_of(reader, master, &sales).await? {
        units.entry(journal::unit_key(&entry.fact).clone()).or_default().push(entry);
    }
    Ok(units)
}

async fn lines(
    rules: &Rules,
    master: &MasterData,
    rows: &[Row],
    terms: &Terms,
    units: &Units,
) -> Vec<WaitingLine> {
    rules
        .measuring(master, async |measurer| {
            let mut lines = Vec::with_capacity(rows.len());
            for row in rows {
                let (key, reason) = (FactKey::new(row.text(0)), row.string(1));
                let unit = units.get(row.text(2)).map_or(&[][..], Vec::as_slice);
                let terms = terms.get(&(key.to_string(), reason.clone()));
                let terms = terms.cloned().unwrap_or_default();
                let events: Vec<Event<'_>> = unit
                    .iter()
                    .map(|entry| {
                        let fact = &entry.fact;
                        Event { recorded: fact.recorded, fact, change: entry.change }
                    })
                    .collect();
                let lack = terms.iter().find_map(|at| measurer.lacks(&events, &key, *at));
                let partner = row.opt_text(3).map(|code| {
                    let names = row.opt_text(4).and_then(|text| serde_json::from_str(text).ok());
                    (code.to_owned(), names.unwrap_or_default())
                });
                let fact = fact_of(unit, &key);
                lines.push(WaitingLine {
                    key: key.to_string(),
                    reason,
                    partner,
                    fact,
                    lack,
                    terms,
                });
            }
            lines
        })
        .await
}

/// A line as it stands now.
fn fact_of(unit: &[Entry], key: &FactKey) -> Option<Fact> {
    let came = |entry: &&Entry| entry.change == EventChange::Came;
    let mut fact =
        unit.iter().rev().filter(came).find(|entry| &entry.fact.key == key)?.fact.clone();
    let sale = unit.iter().rev().filter(came).find(|entry| entry.fact.of.is_none());
    if let Some(Entry { fact: sale, .. }) = sale {
        fact.partner = fact.partner.or_else(|| sale.partner.clone());
        fact.product = fact.product.or_else(|| sale.product.clone());
        fact.currency = fact.currency.or(sale.currency);
        fact.unit = fact.unit.or_else(|| sale.unit.clone());
    }
    Some(fact)
}

#[cfg(test)]
mod tests;
