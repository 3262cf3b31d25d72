//! The ledger as people read it: balances with search, postings page by page.

use std::collections::BTreeMap;

use domain::amount::exact_sum;
use rust_decimal::Decimal;

use super::like;
use super::standing::{number_of, sum_of};
use crate::access::Viewer;
use crate::args;
use crate::db::{DbError, Reader};
use crate::ledger::{Balance, POSTING_COLUMNS, PostingRow, posting_row};

/// Rows on a page at most.
const ROWS_PER_PAGE_MAX: i64 = 1_000;

/// Which postings to show.
#[derive(Debug, Clone, Default)]
pub struct PostingsQuery {
    /// Part of an account's name, on either side.
    pub account: String,
    pub program_id: Option<i64>,
    pub partner_id: Option<i64>,
    /// A word of [`Cause`](crate::ledger::Cause).
    pub cause: String,
    /// Only numbers below this one.
    pub before: Option<i64>,
    pub limit: i64,
}

/// Balances that match.
#[derive(Debug, Clone)]
pub struct Balances {
    pub rows: Vec<Balance>,
    /// How many match.
    pub total: i64,
    /// Debit and credit of what matches, by unit.
    pub sums: BTreeMap<String, (Decimal, Decimal)>,
}

/// Debit and credit of all accounts of a kind, by kind and unit.
pub type ByKind = BTreeMap<(String, String), (Decimal, Decimal)>;

fn owner(viewer: Viewer) -> i64 {
    match viewer {
        Viewer::Vendor => 0,
        Viewer::Partner(partner_id) => partner_id,
    }
}

/// Balances whose accounts' names contain `search`, by name.
pub async fn balances(
    reader: &mut Reader,
    viewer: Viewer,
    search: &str,
    (offset, limit): (i64, i64),
) -> Result<Balances, DbError> {
    const FROM: &str = "FROM account a JOIN balance b ON b.tenant_id = a.tenant_id \
         AND b.account_id = a.account_id WHERE a.tenant_id = $1 \
         AND ($2 = 0 OR a.partner_id = $2) AND LOWER(a.name) LIKE $3 ESCAPE '!'";
    let search = like(search);
    let args = args![reader.tenant(), owner(viewer), &search];
    let sums = format!(
        "SELECT b.unit, COUNT(*), string_agg(b.debit, ' '), string_agg(b.credit, ' ') {FROM} \
         GROUP BY b.unit"
    );
    let sums = reader.rows(sqlx::AssertSqlSafe(sums), args).await?;
    let (limit, offset) = (limit.clamp(1, ROWS_PER_PAGE_MAX), offset.max(0));
    let page = format!(
        "SELECT a.name, b.unit, b.debit, b.credit {FROM} ORDER BY a.name, b.unit \
         LIMIT {limit} OFFSET {offset}"
    );
    let rows = reader.rows(sqlx::AssertSqlSafe(page), args).await?;
    Ok(Balances {
        rows: rows
            .iter()
            .map(|row| Balance {
                account: row.string(0),
                unit: row.string(1),
                debit: number_of(row.text(2)),
                credit: number_of(row.text(3)),
            })
            .collect(),
        total: sums.iter().map(|row| row.int(1)).sum(),
        sums: sums
            .iter()
            .map(|row| Ok((row.string(0), (sum_of(row.text(2))?, sum_of(row.text(3))?))))
            .collect::<Result<_, DbError>>()?,
    })
}

/// What the accounts of each kind add up to: `expense`, `accrued`, `payable`, `cash`.
pub async fn by_kind(reader: &mut Reader) -> Result<ByKind, DbError> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT CASE WHEN a.name LIKE 'expense/%' THEN 'expense' \
             WHEN a.name LIKE 'accrued/%' THEN 'accrued' \
             WHEN a.name LIKE 'payable/%' THEN 'payable' ELSE a.name END AS kind, b.unit, \
             string_agg(b.debit, ' '), string_agg(b.credit, ' ') FROM account a \
             JOIN balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.account_id \
             WHERE a.tenant_id = $1 GROUP BY kind, b.unit",
            args![tenant],
        )
        .await?;
    let sums = |row: &crate::db::Row| Ok((sum_of(row.text(2))?, sum_of(row.text(3))?));
    rows.iter().map(|row| Ok(((row.string(0), row.string(1)), sums(row)?))).collect()
}

/// Whether debits equal credits in every unit.
pub fn is_balanced(kinds: &ByKind) -> bool {
    let mut units: BTreeMap<&str, Decimal> = BTreeMap::new();
    for ((_, unit), (debit, credit)) in kinds {
        let sum = units.entry(unit).or_default();
        let added = exact_sum(*sum, *debit).and_then(|sum| exact_sum(sum, -*credit));
        // What cannot be added up is not known to be balanced.
        let Some(added) = added else { return false };
        *sum = added;
    }
    units.values().all(Decimal::is_zero)
}

/// Postings, newest first. The next page is `before` the last number of this one.
pub async fn postings(
    reader: &mut Reader,
    viewer: Viewer,
    query: &PostingsQuery,
) -> Result<Vec<PostingRow>, DbError> {
    let Ok(partner_id) = viewer.scope(query.partner_id) else { return Ok(Vec::new()) };
    let limit = query.limit.clamp(1, ROWS_PER_PAGE_MAX);
    let sql = format!(
        "{POSTING_COLUMNS} WHERE p.tenant_id = $1 AND p.posting_seq < $2 \
         AND ($3 = 0 OR p.partner_id = $3) AND ($4 = 0 OR p.program_id = $4) \
         AND ($5 = '' OR p.cause = $5) \
         AND (LOWER(d.name) LIKE $6 ESCAPE '!' OR LOWER(c.name) LIKE $6 ESCAPE '!') \
         ORDER BY p.posting_seq DESC LIMIT {limit}"
    );
    let account = like(&query.account);
    let args = args![
        reader.tenant(),
        query.before.unwrap_or(i64::MAX),
        partner_id.unwrap_or(0),
        query.program_id.unwrap_or(0),
        &query.cause,
        &account,
    ];
    let rows = reader.rows(sqlx::AssertSqlSafe(sql), args).await?;
    Ok(rows.iter().map(posting_row).collect())
}
