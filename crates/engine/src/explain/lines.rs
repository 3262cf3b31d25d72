//! The facts of an explanation, with what is known of them elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::fact::Fact;
use domain::program::Names;
use domain::share::FactLine;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::recompute::Computed;
use super::{LeftOutLine, Line, Month, SourceRef};
use crate::args;
use crate::db::{Column, DbError, Reader};
use crate::exact;
use crate::journal::Source;

/// Gives each line its fact, the names of its product and the row it stood in.
pub(super) async fn lines(
    reader: &mut Reader,
    computed: &Computed,
    shares: Vec<FactLine>,
) -> Result<Vec<Line>, DbError> {
    let entries: Vec<_> = shares.iter().map(|share| computed.facts.get(&share.fact)).collect();
    let products: BTreeSet<String> = entries
        .iter()
        .flatten()
        .filter_map(|entry| Some(entry.fact.product.as_ref()?.to_string()))
        .collect();
    let names = product_names(reader, products.into_iter().collect()).await?;
    let imports: BTreeSet<i64> =
        entries.iter().flatten().filter_map(|entry| Some(entry.source?.import_id)).collect();
    let imports = import_names(reader, imports.into_iter().collect()).await?;
    let mut lines = Vec::with_capacity(shares.len());
    for (share, entry) in shares.iter().zip(entries) {
        let Some(entry) = entry else { continue };
        let product = entry.fact.product.as_ref();
        lines.push(Line {
            seq: entry.seq,
            fact: entry.fact.clone(),
            product_names: product.and_then(|p| names.get(p.as_str())).cloned().unwrap_or_default(),
            converted: computed.converted.get(&share.fact).cloned().unwrap_or_default(),
            measure: share.measure,
            amount: share.amount,
            source: entry.source.and_then(|source| source_ref(source, &imports)),
        });
    }
    Ok(lines)
}

fn source_ref(source: Source, imports: &HashMap<i64, SourceRef>) -> Option<SourceRef> {
    let import = imports.get(&source.import_id)?;
    Some(SourceRef { row: source.row, ..import.clone() })
}

async fn product_names(
    reader: &mut Reader,
    codes: Vec<String>,
) -> Result<HashMap<String, Names>, DbError> {
    let rows = reader
        .lookup(
            "SELECT p.code, p.names FROM {keys} CROSS JOIN product p \
             WHERE p.tenant_id = k.tenant AND p.code = k.k1",
            args![],
            vec![Column::Text(codes)],
        )
        .await?;
    let names = |text: &str| serde_json::from_str(text).unwrap_or_default();
    Ok(rows.iter().map(|row| (row.string(0), names(row.text(1)))).collect())
}

/// The imports themselves, as references to their row 0.
async fn import_names(
    reader: &mut Reader,
    ids: Vec<i64>,
) -> Result<HashMap<i64, SourceRef>, DbError> {
    let rows = reader
        .lookup(
            "SELECT i.import_id, i.public_id, i.name, i.started_at FROM {keys} \
             CROSS JOIN import i WHERE i.tenant_id = k.tenant AND i.import_id = k.k1",
            args![],
            vec![Column::Int(ids)],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (import_id, import, name) = (row.int(0), row.string(1), row.string(2));
            let received = row.instant(3);
            (import_id, SourceRef { import_id, import, name, row: 0, received })
        })
        .collect())
}

/// Sums of the lines by the month of their business date.
pub(super) fn months(lines: &[Line]) -> Result<Vec<Month>, DbError> {
    let mut months: BTreeMap<Date, Month> = BTreeMap::new();
    for line in lines {
        let first_day = line.fact.date().first_of_month();
        let month = months.entry(first_day).or_insert_with(|| Month {
            first_day,
            facts: 0,
            quantity: Decimal::ZERO,
            measure: Decimal::ZERO,
            amount: Decimal::ZERO,
        });
        month.facts += 1;
        exact::add(&mut month.quantity, signed(&line.fact, line.fact.quantity), "quantities")?;
        month.measure = exact::near([month.measure, line.measure.unwrap_or_default()], "measures")?;
        exact::add(&mut month.amount, line.amount, "amounts")?;
    }
    Ok(months.into_values().collect())
}

fn signed(fact: &Fact, number: Option<Decimal>) -> Decimal {
    let number = number.unwrap_or_default();
    if fact.kind.counts_against() { -number } else { number }
}

/// The facts of the period that do not count, by date and time, then key.
pub(super) fn left_out(computed: &Computed) -> Vec<LeftOutLine> {
    let mut lines: Vec<LeftOutLine> = computed
        .left_out
        .iter()
        .filter_map(|(key, why)| {
            let entry = computed.facts.get(key)?;
            Some(LeftOutLine { seq: entry.seq, fact: entry.fact.clone(), why: why.clone() })
        })
        .collect();
    lines.sort_by(|a, b| (a.fact.at, &a.fact.key).cmp(&(b.fact.at, &b.fact.key)));
    lines
}
