//! The SQL of amounts from outside.

use std::collections::HashMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::For;
use crate::args;
use crate::db::{Column, DbError, Reader, Tx};
use crate::journal;

/// An amount as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub key: String,
    pub program_id: i64,
    pub term: String,
    pub partner_id: i64,
    pub period_day: i64,
    pub group_key: String,
    pub amount: Decimal,
    pub reason: Option<String>,
    pub recorded: Timestamp,
}

impl Row {
    pub(super) fn is_for(&self) -> For {
        let (term, group) = (self.term.clone(), self.group_key.clone());
        (self.program_id, term, self.partner_id, self.period_day, group)
    }

    /// Whether it says the same, whenever it came.
    pub(super) fn is_same(&self, other: &Row) -> bool {
        Row { recorded: self.recorded, ..other.clone() } == *self
    }
}

fn row_of(row: &crate::db::Row) -> Row {
    Row {
        key: row.string(0),
        program_id: row.int(1),
        term: row.string(2),
        partner_id: row.int(3),
        period_day: row.int(4),
        group_key: row.string(5),
        amount: row.text(6).parse().unwrap_or_default(),
        reason: row.opt_string(7),
        recorded: row.instant(8),
    }
}

/// Those with these keys.
pub(super) async fn with_keys(
    reader: &mut Reader,
    keys: Vec<String>,
) -> Result<HashMap<String, Row>, DbError> {
    let rows = reader
        .lookup(
            "SELECT e.key, e.program_id, e.term, e.partner_id, e.period_day, e.group_key, \
             e.amount, e.reason, e.recorded FROM {keys} CROSS JOIN external_award e \
             WHERE e.tenant_id = k.tenant AND e.key = k.k1",
            args![],
            vec![Column::Text(keys)],
        )
        .await?;
    Ok(rows.iter().map(row_of).map(|row| (row.key.clone(), row)).collect())
}

/// All of a program, as they came.
pub(super) async fn of_program(reader: &mut Reader, program_id: i64) -> Result<Vec<Row>, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT key, program_id, term, partner_id, period_day, group_key, amount, reason, \
             recorded FROM external_award WHERE tenant_id = $1 AND program_id = $2 \
             ORDER BY external_seq",
            args![tenant, program_id],
        )
        .await?;
    Ok(rows.iter().map(row_of).collect())
}

/// What was said last of what these are for.
pub(super) async fn newest(
    reader: &mut Reader,
    rows: &[Row],
) -> Result<HashMap<For, Decimal>, DbError> {
    let mut programs: Vec<i64> = rows.iter().map(|row| row.program_id).collect();
    programs.sort_unstable();
    programs.dedup();
    let mut newest = HashMap::new();
    for program_id in programs {
        for row in of_program(reader, program_id).await? {
            newest.insert(row.is_for(), row.amount);
        }
    }
    Ok(newest)
}

pub(super) async fn append(tx: &mut Tx, rows: &[Row], by: &str) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let highest = tx
        .row(
            "SELECT COALESCE(MAX(external_seq), 0) FROM external_award WHERE tenant_id = $1",
            args![tenant],
        )
        .await?;
    let first = highest.map_or(0, |row| row.int(0)) + 1;
    let int = |read: fn(&Row) -> i64| Column::Int(rows.iter().map(read).collect());
    let text = |read: fn(&Row) -> String| Column::Text(rows.iter().map(read).collect());
    let data = vec![
        Column::same(tenant),
        Column::Int((first..).take(rows.len()).collect()),
        text(|row| row.key.clone()),
        int(|row| row.program_id),
        text(|row| row.term.clone()),
        int(|row| row.partner_id),
        int(|row| row.period_day),
        text(|row| row.group_key.clone()),
        text(|row| row.amount.to_string()),
        Column::OptText(rows.iter().map(|row| row.reason.clone()).collect()),
        int(|row| row.recorded.as_microsecond()),
        Column::Text(vec![by.to_owned(); rows.len()]),
    ];
    let columns = [
        "tenant_id",
        "external_seq",
        "key",
        "program_id",
        "term",
        "partner_id",
        "period_day",
        "group_key",
        "amount",
        "reason",
        "recorded",
        "actor_name",
    ];
    if let Some(last) = rows.iter().map(|row| row.recorded).max() {
        journal::is_recorded(tx, last).await?;
    }
    tx.insert_many("external_award", &columns, data, "").await?;
    Ok(())
}
